/* SPDX-License-Identifier: MIT */
#include "tui/live/ab.h"

#include <stdlib.h>
#include <string.h>

#include "tui/live/app.h"

#define TICK_NS (100 * KQT_NS_PER_MS)
/* What a round takes beside its time, until one has been seen. */
#define AROUND_NS (200 * KQT_NS_PER_MS)

/* -- how far it is -------------------------------------------------------- */

static double round_takes_s(const struct kqt_app_ab *ab)
{
	if (ab->done == 0)
		return (double)(ab->round_ns + AROUND_NS) / 1e9;
	return (double)(ab->round_began_ns - ab->began_ns) / 1e9 / (double)ab->done;
}

double kqt_ab_left_s(const struct kqt_app_ab *ab, uint64_t now_ns)
{
	double each = round_takes_s(ab), in = (double)(now_ns - ab->round_began_ns) / 1e9;

	return (double)(ab->total - ab->done) * each - (in < each ? in : each);
}

double kqt_ab_share(const struct kqt_app_ab *ab, uint64_t now_ns)
{
	double all = (double)ab->total * round_takes_s(ab);

	return all > 0 ? 1 - kqt_ab_left_s(ab, now_ns) / all : 0;
}

uint64_t kqt_app_ab_wait_ns(const struct kqt_app *a)
{
	return a->ab.running ? TICK_NS : UINT64_MAX;
}

/* -- life ----------------------------------------------------------------- */

static void forget_result(struct kqt_app_ab *ab)
{
	kqt_compare_free(ab->result);
	ab->result = NULL;
	kqt_report_free(ab->report);
	ab->report = NULL;
}

static void start_engine(struct kqt_app *a)
{
	char why[256];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));

	if (!a->ab.resume || a->quit)
		return;
	if (kqt_session_resume(a->session, &sb) < 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "cannot start the live engine again: %s", why);
		return;
	}
	a->running = true;
	snprintf(a->ui.cause, sizeof(a->ui.cause), "restarted after A/B");
	a->next_ns = 0;
}

/* What was measured so far is of no use: verdicts need all pairs. */
static void give_up(struct kqt_app *a, enum kqt_message_kind kind, const char *why)
{
	kqt_round_abandon(&a->ab.child);
	a->ab.running = false;
	forget_result(&a->ab);
	start_engine(a);
	kqt_app_say(a, kind, "%s", why);
	kqt_app_note(a, KQT_ENTRY_AB, "%s", why);
}

static bool next_round(struct kqt_app *a)
{
	struct kqt_app_ab *ab = &a->ab;
	uint64_t now = kqt_clock_now_ns();
	struct kqt_round_order order = {.round_ns = ab->round_ns, .stream = (uint64_t)a->ui.stream};
	char text[96], why[160];
	int rc;

	kqt_round_place(ab->report, ab->done, &ab->place);
	ab->place.start_s = (double)(now - ab->began_ns) / 1e9;
	order.config = ab->report->side[ab->place.side].config;
	ab->round_began_ns = now;
	rc = kqt_round_start(&order, &ab->child);
	if (rc == 0)
		return true;
	snprintf(why, sizeof(why), "cannot run a round: %s", kqt_err_text(rc, text, sizeof(text)));
	give_up(a, KQT_MESSAGE_BAD, why);
	return false;
}

/* Whose rounds they are. @return false when there is nothing to compare. */
static bool choose_sides(struct kqt_app *a)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(a->session);
	const struct kqt_config *wanted = kqt_session_wanted(a->session);
	struct kqt_app_ab *ab = &a->ab;
	bool changed = snap->baseline && !kqt_config_same(&snap->baseline_config, wanted);

	if (!changed && ab->again && kqt_config_same(&ab->side[1], wanted))
		return true;
	if (!changed)
		return false;
	ab->side[0] = snap->baseline_config;
	ab->side[1] = *wanted;
	ab->again = true;
	return true;
}

/* Dithered as bench does it, or each side's phase would be frozen once for all. */
static struct kqt_report *new_report(const struct kqt_app *a)
{
	struct kqt_report *r = kqt_report_new();

	if (!r)
		return NULL;
	r->ab = true;
	r->rounds_wanted = a->ab.total / 2;
	r->seed = kqt_clock_now_ns() & UINT32_MAX;
	r->how.round_ns = a->ab.round_ns;
	r->how.warmup = strdup(KQT_ROUND_WARMUP);
	r->how.stream = strdup(kqt_stream_name(a->ui.stream));
	for (int i = 0; i < KQT_SIDES; i++) {
		r->side[i].config = a->ab.side[i];
		r->side[i].config.dither = true;
	}
	return r;
}

void kqt_app_ab_begin(struct kqt_app *a)
{
	struct kqt_app_ab *ab = &a->ab;
	struct kqt_strbuf sb = kqt_strbuf_init(ab->what, sizeof(ab->what));

	if (!choose_sides(a)) {
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            kqt_session_snapshot(a->session)->baseline
		                ? "the configuration is the baseline's: nothing to compare"
		                : "no baseline yet: change a knob first, then n");
		return;
	}
	(void)kqt_app_load_end(a, true);
	forget_result(ab);
	ab->total = 2 * (a->opt->ab_pairs ? a->opt->ab_pairs : KQT_AB_PAIRS);
	ab->round_ns = a->opt->ab_round_ns ? a->opt->ab_round_ns : KQT_AB_ROUND_NS;
	ab->done = 0;
	kqt_change_words(&ab->side[0], &ab->side[1], &sb);
	ab->report = new_report(a);
	if (!ab->report) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "no memory for a bench");
		return;
	}
	ab->resume = a->running;
	if (a->running)
		kqt_app_stop_engine(a);
	ab->running = true;
	kqt_app_note(a, KQT_ENTRY_AB, "%s: %llu pair%s of rounds of %.3g s begin%s", ab->what,
	             (unsigned long long)ab->total / 2, kqt_plural(ab->total / 2),
	             (double)ab->round_ns / 1e9, ab->total == 2 ? "s" : "");
	ab->began_ns = kqt_clock_now_ns();
	a->ui.view = KQT_VIEW_COMPARE;
	a->ui.page = KQT_COMPARE_LAST;
	a->recompute_all = true;
	if (next_round(a))
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            "A/B: the live engine is stopped meanwhile; Esc cancels");
}

/* "timers 8 -> 16: B is worse: worse notification p50; better waits/s" */
static void note_result(struct kqt_app *a)
{
	static const enum kqt_stats_verdict told[] = {KQT_STATS_WORSE, KQT_STATS_BETTER,
	                                              KQT_STATS_DIFFERS};
	const struct kqt_compare *cmp = a->ab.result;
	const struct kqt_row_result *r = cmp->comparison[0].row;
	char text[256];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		const char *gap = "; ";

		for (size_t k = 0; k < KQT_ROWS; k++) {
			if (!kqt_rows[k].primary || !r[k].judged || r[k].verdict != told[i])
				continue;
			if (*gap == ';')
				kqt_strbuf_add(&sb, "%s%s", gap, kqt_stats_verdict_text(told[i]));
			kqt_strbuf_add(&sb, "%s%s", *gap == ';' ? " " : gap, kqt_rows[k].title);
			gap = ", ";
		}
	}
	kqt_app_note(a, KQT_ENTRY_AB, "%s: B is %s%s", a->ab.what,
	             kqt_compare_verdict_text(cmp->verdict), text);
}

static void finish(struct kqt_app *a)
{
	struct kqt_app_ab *ab = &a->ab;
	const struct kqt_report *report = ab->report;
	const char *name = "live";

	ab->running = false;
	ab->report->complete = true;
	if (kqt_compare_new(&report, &name, 1, KQT_COMPARE_MARGIN, &ab->result) < 0) {
		give_up(a, KQT_MESSAGE_BAD, "no memory to compare");
		return;
	}
	note_result(a);
	start_engine(a);
	kqt_app_say(a, KQT_MESSAGE_INFO, "A/B is done%s",
	            ab->resume ? "; the live engine runs again" : "");
}

static void take_answer(struct kqt_app *a)
{
	struct kqt_app_ab *ab = &a->ab;
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_round_answer answer;
	int rc;

	kqt_round_answer_init(&answer);
	rc = kqt_round_finish(&ab->child, &answer, &why);
	if (rc == 0 && answer.error)
		give_up(a, KQT_MESSAGE_BAD, answer.error);
	else if (rc < 0)
		give_up(a, KQT_MESSAGE_BAD, text);
	else if (kqt_round_keep(ab->report, &answer, &ab->place) < 0)
		give_up(a, KQT_MESSAGE_BAD, "no memory for a round");
	kqt_round_answer_fini(&answer);
	if (!ab->running)
		return;
	if (++ab->done == ab->total)
		finish(a);
	else
		(void)next_round(a);
}

void kqt_app_ab_tick(struct kqt_app *a)
{
	char text[96];
	int rc;

	if (!a->ab.running)
		return;
	a->dirty = true; /* the time left */
	rc = kqt_round_wait(&a->ab.child, 0);
	if (rc > 0)
		take_answer(a);
	else if (rc < 0)
		give_up(a, KQT_MESSAGE_BAD, kqt_err_text(rc, text, sizeof(text)));
}

bool kqt_app_ab_key(struct kqt_app *a, enum kqt_action action)
{
	if (!a->ab.running)
		return false;
	switch (action) {
	case KQT_DO_CANCEL:
	case KQT_DO_SUSPEND: /* rounds that are stopped with us measure nothing */
		give_up(a, KQT_MESSAGE_INFO,
		        a->ab.resume ? "A/B cancelled; the live engine runs again"
		                     : "A/B cancelled");
		return action == KQT_DO_CANCEL;
	case KQT_DO_VIEW:
	case KQT_DO_HELP:
	case KQT_DO_PAGE:
	case KQT_DO_CHART:
	case KQT_DO_THEME:
	case KQT_DO_REDRAW:
	case KQT_DO_QUIT:
		return false;
	default:
		kqt_app_say(a, KQT_MESSAGE_INFO, "an A/B bench is running: Esc cancels it first");
		return true;
	}
}

void kqt_app_ab_fini(struct kqt_app *a)
{
	if (a->ab.running)
		kqt_round_abandon(&a->ab.child);
	a->ab.running = false;
	forget_result(&a->ab);
}
