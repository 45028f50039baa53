/* SPDX-License-Identifier: MIT */
/* The rounds of a bench, one after the other. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/bench.h"

#define POLL_MS 100
#define BAR 24
#define SETTLE_NS (10 * KQT_NS_PER_S)
#define SAMPLE_NS (1 * KQT_NS_PER_S)
/* What a round takes beside its time: start, change, assessment. Only for the time left,
 * and only until one has been seen. */
#define AROUND_NS (200 * KQT_NS_PER_MS)

/** A run in progress. */
struct running {
	struct kqt_bench *b;
	struct kqt_load *load;    /* NULL = none runs */
	unsigned load_side;       /* whose it is */
	uint64_t start_ns, total; /* rounds of both sides */
	uint64_t spent_ns;        /* in rounds that are done */
	bool bar, told_shortfall;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static void catch_signals(void)
{
	/* poll() is to end; a second signal ends us at once, and all children with us */
	struct sigaction sa = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/* -- progress --------------------------------------------------------------- */

static uint64_t round_takes_ns(const struct running *r)
{
	size_t done = r->b->report->n_rounds;

	return done ? r->spent_ns / done : r->b->opt->round_ns + AROUND_NS;
}

static void progress(const struct running *r, unsigned side, uint64_t began_ns)
{
	size_t done = r->b->report->n_rounds;
	uint64_t each = round_takes_ns(r), in = kqt_clock_now_ns() - began_ns, left;
	double share;
	char text[16];
	int full;

	if (!r->bar)
		return;
	left = (r->total - done) * each - (in < each ? in : each);
	share = ((double)done + (in < each ? (double)in / (double)each : 1)) / (double)r->total;
	full = (int)(share * BAR);
	/* whole seconds: three digits of a time that is guessed would only flicker */
	kqt_fmt_ns((left + KQT_NS_PER_S - 1) / KQT_NS_PER_S * KQT_NS_PER_S, text, sizeof(text));
	fprintf(stderr, "\r[%.*s%*s] round %zu of %" PRIu64 "%s, %s left \033[K", full,
	        "########################", BAR - full, "", done + 1, r->total,
	        !r->b->report->ab ? ""
	        : side            ? " (B)"
	                          : " (A)",
	        text);
}

static void progress_end(const struct running *r)
{
	if (r->bar)
		fputs("\r\033[K", stderr);
}

/* A message must not stand in the bar's line. */
static void tell(const struct running *r, const char *text)
{
	progress_end(r);
	kqt_complain("%s", text);
}

/* -- load ------------------------------------------------------------------- */

static bool same_load(const struct kqt_bench_load *a, const struct kqt_bench_load *b)
{
	if (!a->text != !b->text || !a->command != !b->command)
		return false;
	if (a->command)
		return strcmp(a->command, b->command) == 0;
	return !a->text || (a->spec.kind == b->spec.kind && a->spec.count == b->spec.count &&
	                    a->spec.per_cpu == b->spec.per_cpu);
}

static void stop_load(struct running *r)
{
	kqt_load_stop(r->load);
	r->load = NULL;
}

/* For what is left, and as long again: it is a limit, not a plan. */
static uint64_t load_limit_ns(const struct running *r)
{
	uint64_t rounds = r->total - r->b->report->n_rounds;
	double ns = 2.0 * (double)rounds * (double)round_takes_ns(r) + 60e9;

	return ns < (double)KQT_LOAD_LIMIT_MAX_NS ? (uint64_t)ns : KQT_LOAD_LIMIT_MAX_NS;
}

/* See that the side's load runs and no other. @return 0 or negative, told. */
static int want_load(struct running *r, unsigned side)
{
	const struct kqt_bench_load *want = &r->b->load_of[side];
	struct kqt_load_order order = {.spec = want->spec,
	                               .command = want->command,
	                               .seed = r->b->report->seed,
	                               .limit_ns = load_limit_ns(r)};
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc;

	if (r->load && (!same_load(want, &r->b->load_of[r->load_side]) ||
	                kqt_load_poll(r->load) > KQT_LOAD_RUNNING))
		stop_load(r);
	if (r->load || (!want->text && !want->command))
		return 0;
	rc = kqt_load_start(&order, &r->load, &why);
	if (rc == 0) {
		r->load_side = side;
		rc = kqt_load_settle(r->load, SETTLE_NS, &why);
	}
	if (rc < 0) {
		tell(r, text);
		stop_load(r);
		r->b->unusable = r->b->report->n_rounds == 0;
	}
	return rc;
}

static void note_load(const struct running *r, const struct kqt_load_count *from,
                      struct kqt_round *round)
{
	struct kqt_load_count to;
	struct kqt_load_rates rates;

	/* what is not there in time is the last that was: its moment is in it */
	if (kqt_load_sample(r->load, SAMPLE_NS, &to) < 0 &&
	    kqt_load_poll(r->load) > KQT_LOAD_RUNNING)
		to.running = 0;
	kqt_load_rates_of(r->load, from, &to, &rates);
	round->load = (struct kqt_load_figures){.share = rates.share,
	                                        .utilisation = rates.utilisation,
	                                        .switches_per_s = rates.switches_per_s,
	                                        .ops_per_s = rates.ops_per_s};
}

/* -- a round ---------------------------------------------------------------- */

/* @return 1 with the answer there, 0 when interrupted, or negative */
static int wait_for(struct running *r, struct kqt_round_child *child, unsigned side)
{
	uint64_t began = kqt_clock_now_ns();
	int rc = 0;

	while (rc == 0 && !interrupted) {
		progress(r, side, began);
		rc = kqt_round_wait(child, POLL_MS);
	}
	return interrupted ? 0 : rc;
}

static int take_answer(struct running *r, struct kqt_round_child *child,
                       const struct kqt_round *place)
{
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_round_answer a;
	int rc;

	kqt_round_answer_init(&a);
	rc = kqt_round_finish(child, &a, &why);
	if (rc == 0 && a.error) {
		tell(r, a.error);
		r->b->unusable = a.unusable && r->b->report->n_rounds == 0;
		rc = -KQT_E_STOPPED;
	} else if (rc < 0) {
		tell(r, text);
	} else {
		rc = kqt_round_keep(r->b->report, &a, place);
		if (rc < 0)
			tell(r, "no memory for a further round");
		if (a.shortfall && !r->told_shortfall) {
			tell(r, a.shortfall);
			r->told_shortfall = true;
		}
		if (a.broke.wait_ns) {
			r->b->broke = a.broke;
			r->b->broke_side = place->side;
		}
	}
	kqt_round_answer_fini(&a);
	return rc;
}

/* @return 0, or negative: told. An interruption is no error. */
static int one_round(struct running *r, const struct kqt_round *place)
{
	struct kqt_bench *b = r->b;
	struct kqt_round_order order = {.config = b->report->side[place->side].config,
	                                .round_ns = b->opt->round_ns,
	                                .stream = b->opt->stream,
	                                .break_ns = b->opt->break_ns};
	struct kqt_round_child child;
	struct kqt_load_count from;
	uint64_t began = kqt_clock_now_ns();
	char text[96];
	int rc = want_load(r, place->side);

	if (rc < 0)
		return rc;
	if (r->load && kqt_load_sample(r->load, SAMPLE_NS, &from) < 0)
		kqt_load_last(r->load, &from);
	rc = kqt_round_start(&order, &child);
	if (rc == 0)
		rc = wait_for(r, &child, place->side);
	if (rc < 0) {
		progress_end(r);
		kqt_complain("cannot run a round: %s", kqt_err_text(rc, text, sizeof(text)));
	}
	if (rc <= 0) {
		kqt_round_abandon(&child);
		return rc;
	}
	rc = take_answer(r, &child, place);
	if (rc == 0 && r->load)
		note_load(r, &from, &b->report->rounds[b->report->n_rounds - 1]);
	r->spent_ns += kqt_clock_now_ns() - began;
	return rc;
}

static double median_of(const struct kqt_report *r, unsigned side, double *room, size_t offset)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_rounds; i++)
		if (r->rounds[i].side == side)
			memcpy(&room[n++], (const char *)&r->rounds[i].load + offset,
			       sizeof(room[0]));
	return kqt_median(room, n);
}

static void sum_up_load(struct kqt_report *r)
{
	double *room = calloc(r->n_rounds + 1, sizeof(*room));

	for (unsigned side = 0; side < KQT_SIDES && room; side++) {
		struct kqt_load_figures *l = &r->side[side].achieved;

		l->share = median_of(r, side, room, offsetof(struct kqt_load_figures, share));
		l->utilisation = median_of(r, side, room,
		                           offsetof(struct kqt_load_figures, utilisation));
		l->switches_per_s = median_of(r, side, room,
		                              offsetof(struct kqt_load_figures, switches_per_s));
		l->ops_per_s = median_of(r, side, room,
		                         offsetof(struct kqt_load_figures, ops_per_s));
	}
	free(room);
}

void kqt_bench_run(struct kqt_bench *b)
{
	struct kqt_report *report = b->report;
	struct running r = {.b = b,
	                    .start_ns = kqt_clock_now_ns(),
	                    .total = b->opt->rounds * (report->ab ? 2 : 1),
	                    .bar = isatty(STDERR_FILENO)};
	int rc = 0;

	catch_signals();
	for (uint64_t i = 0; i < r.total && rc == 0 && !interrupted && !b->broke.wait_ns; i++) {
		struct kqt_round place = {
		    .start_s = (double)(kqt_clock_now_ns() - r.start_ns) / 1e9,
		};

		kqt_round_place(report, i, &place);
		rc = one_round(&r, &place);
	}
	progress_end(&r);
	stop_load(&r);
	sum_up_load(report);
	b->failed = rc < 0;
	b->interrupted = interrupted;
	report->complete = report->n_rounds == r.total && !b->broke.wait_ns;
}
