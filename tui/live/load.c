/* SPDX-License-Identifier: MIT */
#include "tui/live/load.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/app.h"

#define SECONDS 60
#define SECONDS_MAX 3600

/* How much of it: one, one for each CPU, then twice and four times as many. */
static const struct {
	unsigned count;
	bool per_cpu;
} rungs[] = {{0, false}, {1, false}, {1, true}, {2, true}, {4, true}};
#define RUNGS ((int)(sizeof(rungs) / sizeof(rungs[0])))

static struct kqt_load_spec spec_of(enum kqt_load_kind kind, int rung)
{
	return (struct kqt_load_spec){kind, rungs[rung].count, rungs[rung].per_cpu};
}

/* -- the question --------------------------------------------------------- */

static uint64_t seconds_asked(const struct kqt_app_load *l)
{
	uint64_t s = 0;

	if (!l->typed[0])
		return SECONDS;
	if (kqt_parse_uint(l->typed, 1, SECONDS_MAX, &s) < 0)
		return 0;
	return s;
}

static void ask(struct kqt_app *a)
{
	struct kqt_app_load *l = &a->load;
	struct kqt_load_spec spec = spec_of(l->kind, l->rung);
	const char *seconds = l->typed[0] ? l->typed : "60";
	char text[32];

	l->asking = true;
	if (l->rung == 0)
		kqt_app_say(
		    a, KQT_MESSAGE_INFO,
		    "no load? Enter ends it, G more, Esc goes on\nno load? Enter ends it; G more");
	else
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            "load %s for %ss? Enter starts; g G Tab change it, digits: seconds"
		            "\n%s %ss? Enter; g G Tab 0-9",
		            kqt_load_text(&spec, text, sizeof(text)), seconds, text, seconds);
	a->ui.message_until_ns = UINT64_MAX; /* a question stays */
}

static void leave_question(struct kqt_app *a)
{
	a->load.asking = false;
	a->ui.message_kind = KQT_MESSAGE_NONE;
	a->dirty = true;
}

/* What is proposed is at work already: nothing to ask for. */
static bool is_running(const struct kqt_app_load *l)
{
	struct kqt_load_spec spec = spec_of(l->kind, l->rung);

	return l->load && spec.kind == l->spec.kind && spec.count == l->spec.count &&
	       spec.per_cpu == l->spec.per_cpu;
}

static int within(int rung, int least)
{
	return rung < least ? least : rung >= RUNGS ? RUNGS - 1 : rung;
}

void kqt_app_load_step(struct kqt_app *a, int step)
{
	struct kqt_app_load *l = &a->load;
	int least = l->load ? 0 : 1;

	if (!l->asking && l->load) { /* from what is at work, whatever was asked since */
		l->kind = l->spec.kind;
		l->rung = 0;
		while (l->rung < RUNGS - 1 && !is_running(l))
			l->rung++;
	}
	if (!l->asking && !l->load)
		l->rung = step > 0 ? 2 : 1; /* G alone: what fills the machine */
	else
		l->rung = within(l->rung + step, least);
	if (is_running(l))
		l->rung = within(l->rung + step, least);
	if (is_running(l)) /* there is no more than that */
		l->rung = 0;
	if (!l->asking)
		l->typed[0] = '\0';
	ask(a);
}

static void type_digit(struct kqt_app *a, int key)
{
	char *typed = a->load.typed;
	size_t n = strlen(typed);

	if (key == KQT_KEY_BACKSPACE && n > 0) {
		typed[n - 1] = '\0';
	} else if (key != KQT_KEY_BACKSPACE && n + 1 < sizeof(a->load.typed) && (n || key != '0')) {
		typed[n] = (char)key;
		typed[n + 1] = '\0';
	}
	ask(a);
}

/* -- start and end -------------------------------------------------------- */

/* As a knob's change: a new epoch, of which the one before is the baseline. */
static void begin_epoch(struct kqt_app *a, const char *before, const char *now)
{
	struct kqt_config same = *kqt_session_wanted(a->session);

	snprintf(a->ui.cause, sizeof(a->ui.cause), "load %s -> %s", before, now);
	snprintf(a->ui.loaded.now, sizeof(a->ui.loaded.now), "%s", now);
	kqt_app_note(a, KQT_ENTRY_LOAD, "%s", a->ui.cause);
	kqt_app_mark(a, strcmp(now, "none") != 0 ? 'G' : 'g', a->ui.cause);
	if (a->running && kqt_session_apply(a->session, &same, NULL) == 0)
		a->changing = true;
}

static void show_countdown(struct kqt_app *a)
{
	struct kqt_app_load *l = &a->load;
	char text[32], old[sizeof(a->ui.load)];

	memcpy(old, a->ui.load, sizeof(old));
	a->ui.load[0] = '\0';
	if (l->load) /* rounded up: at 0s it has ended */
		snprintf(a->ui.load, sizeof(a->ui.load), "LOAD %s %llus",
		         kqt_load_text(&l->spec, text, sizeof(text)),
		         (unsigned long long)((kqt_load_left_ns(l->load) + KQT_NS_PER_S - 1) /
		                              KQT_NS_PER_S));
	if (strcmp(old, a->ui.load) != 0)
		a->dirty = true;
}

/* How it ended, for who comes later: in the log and in a recording. */
static void note_end(struct kqt_app *a, const char *words)
{
	kqt_app_note(a, KQT_ENTRY_LOAD, "%s", words);
	kqt_app_record_mark(a, 'g', words);
}

static void say_achieved(struct kqt_app *a, const char *spec, const char *how)
{
	struct kqt_app_load *l = &a->load;
	struct kqt_load_count last;
	struct kqt_load_rates r;
	const char *what, *by;
	char ops[16], cpus[16] = "-", words[128];

	kqt_load_last(l->load, &last);
	kqt_load_rates_of(l->load, &l->first, &last, &r);
	if (isfinite(r.utilisation))
		snprintf(cpus, sizeof(cpus), "%.2f", r.utilisation);
	(void)kqt_fmt_count(r.ops_per_s, ops, sizeof(ops));
	what = kqt_load_kind_ops(l->spec.kind);
	by = *what >= '0' && *what <= '9' ? "x " : ""; /* "13.4k x 10,000 steps/s" */
	snprintf(words, sizeof(words), "load %s: %s; it kept %s CPUs busy, %s %s%s/s", spec, how,
	         cpus, ops, by, what);
	kqt_app_say(a, KQT_MESSAGE_INFO, "%s\nload %s: %s; it kept %s CPUs busy", words, spec, how,
	            cpus);
	note_end(a, words);
}

/* @for_another  that takes its place: one change, not two */
static bool end(struct kqt_app *a, bool quiet, bool for_another)
{
	struct kqt_app_load *l = &a->load;
	struct kqt_load_count c;
	char text[32], words[128];

	if (!l->load)
		return false;
	kqt_load_text(&l->spec, text, sizeof(text));
	if (!quiet) {
		enum kqt_load_state state = kqt_load_poll(l->load);

		(void)!kqt_load_sample(l->load, 100 * KQT_NS_PER_MS, &c);
		if (state == KQT_LOAD_FAILED) {
			snprintf(words, sizeof(words), "load %s: %s", text,
			         kqt_load_reason(l->load));
			kqt_app_say(a, KQT_MESSAGE_BAD, "%s", words);
			note_end(a, words);
		} else {
			say_achieved(a, text,
			             state == KQT_LOAD_ENDED ? kqt_load_reason(l->load) : "ended");
		}
	}
	kqt_load_stop(l->load);
	l->load = NULL;
	if (l->working) {
		uint64_t now = kqt_clock_now_ns();

		kqt_model_load_ended(a->model, kqt_session_snapshot(a->session), &a->ui, text,
		                     (double)(now - l->began_ns) / 1e9, now);
		if (for_another)
			snprintf(l->before, sizeof(l->before), "%s", text);
		else
			begin_epoch(a, text, "none");
	}
	l->working = false;
	show_countdown(a);
	return true;
}

bool kqt_app_load_end(struct kqt_app *a, bool quiet)
{
	return end(a, quiet, false);
}

static void start(struct kqt_app *a)
{
	struct kqt_app_load *l = &a->load;
	char why[256];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));
	struct kqt_load_order o = {.seed = 1};

	l->seconds = seconds_asked(l);
	if (l->seconds == 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "load: '%s' is not 1 to %d seconds", l->typed,
		            SECONDS_MAX);
		return;
	}
	l->before[0] = '\0';
	(void)end(a, false, true);
	o.spec = l->spec = spec_of(l->kind, l->rung);
	o.limit_ns = l->seconds * KQT_NS_PER_S;
	if (kqt_load_start(&o, &l->load, &sb) < 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "%s", why);
		kqt_app_note(a, KQT_ENTRY_LOAD, "%s", why);
		if (l->before[0])
			begin_epoch(a, l->before, "none");
		return;
	}
	l->working = false;
	show_countdown(a);
}

/* Help, quit and the like do what they always do; another key is an answer, and a no. */
static bool is_programs(int key)
{
	const struct kqt_key *row = kqt_keys_row(key);

	return row && row->group == KQT_KEYS_PROGRAM && key != KQT_KEY_ESC;
}

/* -- keys ----------------------------------------------------------------- */

bool kqt_app_load_key(struct kqt_app *a, int key)
{
	struct kqt_app_load *l = &a->load;
	int kind = (int)l->kind;

	if (!l->asking)
		return false;
	if (key == KQT_KEY_TAB || key == KQT_KEY_RIGHT || key == KQT_KEY_BACKTAB ||
	    key == KQT_KEY_LEFT) {
		kind += key == KQT_KEY_TAB || key == KQT_KEY_RIGHT ? 1 : KQT_LOAD_KINDS - 1;
		l->kind = (enum kqt_load_kind)(kind % KQT_LOAD_KINDS);
		l->rung += l->rung == 0;
		if (is_running(l))
			l->rung += l->rung < RUNGS - 1 ? 1 : -1;
		ask(a);
		return true;
	}
	if (key == KQT_KEY_BACKSPACE || (key >= '0' && key <= '9')) {
		type_digit(a, key);
		return true;
	}
	if (key == 'g' || key == 'G')
		return false; /* the key table's */
	leave_question(a);
	if (key == KQT_KEY_ENTER && l->rung == 0)
		(void)kqt_app_load_end(a, false);
	else if (key == KQT_KEY_ENTER)
		start(a);
	else if (is_programs(key))
		return false;
	else
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            l->load ? "the load goes on as it was"
		                    : "no load started: Enter would");
	return true;
}

void kqt_app_load_tick(struct kqt_app *a)
{
	struct kqt_app_load *l = &a->load;
	enum kqt_load_state state;
	char text[32];

	/* something more important took the question's place */
	if (l->asking && a->ui.message_until_ns != UINT64_MAX)
		l->asking = false;
	if (!l->load)
		return;
	state = kqt_load_poll(l->load);
	if (state == KQT_LOAD_RUNNING && !l->working) {
		l->working = true;
		l->began_ns = kqt_clock_now_ns();
		a->model->fig.load.any = false;
		kqt_load_last(l->load, &l->first);
		begin_epoch(a, l->before[0] ? l->before : "none",
		            kqt_load_text(&l->spec, text, sizeof(text)));
	}
	if (state == KQT_LOAD_ENDED || state == KQT_LOAD_FAILED)
		(void)kqt_app_load_end(a, false);
	else
		show_countdown(a);
}

uint64_t kqt_app_load_wait_ns(const struct kqt_app *a)
{
	const struct kqt_app_load *l = &a->load;

	if (!l->load)
		return UINT64_MAX;
	/* its answer that all of it is at work comes within some ms */
	return l->working ? kqt_load_left_ns(l->load) % KQT_NS_PER_S + KQT_NS_PER_MS
	                  : 5 * KQT_NS_PER_MS;
}
