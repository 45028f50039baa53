/* SPDX-License-Identifier: MIT */
/* A watched session on the real kernel: every sample is seen or counted as lost, and
 * what is seen gives the very bytes that the collector counts. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/collect/session.h"

#define DEADLINE_NS (120 * KQT_NS_PER_S) /* only a failure comes near it */

static char why_text[512];
static struct kqt_strbuf why;

static struct kqt_config config(const char *preset)
{
	struct kqt_config c;

	why = kqt_strbuf_init(why_text, sizeof(why_text));
	kqt_config_default(&c);
	assert_int_equal(kqt_config_preset(&c, preset, &why), 0);
	return c;
}

static struct kqt_session *open_with(const struct kqt_config *c,
                                     const struct kqt_session_options *opt)
{
	struct kqt_session *s = NULL;
	int rc = kqt_session_open(c, opt, &s, &why);

	if (rc < 0)
		print_message("%s\n", why_text);
	assert_int_equal(rc, 0);
	return s;
}

static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static const struct kqt_snapshot *run_waits(struct kqt_session *s, uint64_t waits)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;

	do {
		assert_true(kqt_clock_now_ns() < end);
		assert_int_equal(kqt_session_refresh(s), 0);
	} while (kqt_session_snapshot(s)->epoch->waits < waits);
	return kqt_session_snapshot(s);
}

/* Raw samples that the collector has made in this run. */
static uint64_t made(const struct kqt_tally *t)
{
	uint64_t n = t->waits;

	for (int f = 0; f < KQT_FILTERS; f++)
		n += t->notification[f].count;
	return n;
}

/* Halted: until the assessor has come to the end of the ring. */
static const struct kqt_watch *seen_all(struct kqt_session *s)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	const struct kqt_snapshot *p = kqt_session_snapshot(s);

	while (p->watch->taken + p->total->raw_lost < made(p->total)) {
		assert_true(kqt_clock_now_ns() < end);
		assert_true(kqt_session_pump(s) >= 0);
		pause_briefly();
	}
	assert_true(p->watch->taken + p->total->raw_lost == made(p->total));
	return p->watch;
}

static void every_byte_of_each_stream_is_seen(void **state)
{
	(void)state;
	for (enum kqt_stream st = KQT_STREAM_SEED; st < KQT_STREAMS; st++) {
		struct kqt_session_options opt = {.watch_window = 5000, .watch_stream = st};
		struct kqt_config c = config("default");
		struct kqt_session *s = open_with(&c, &opt);
		const struct kqt_watch *w;

		run_waits(s, 1500);
		kqt_session_halt(s);
		w = seen_all(s);
		assert_int_equal(w->lost, 0);
		assert_int_equal(w->epoch, kqt_session_snapshot(s)->epoch->epoch);
		assert_memory_equal(w->counts, kqt_session_snapshot(s)->epoch->byte_counts[st],
		                    sizeof(w->counts));
		if (kqt_session_snapshot(s)->capabilities & KQT_CAP_TIMER_DUE)
			assert_true(w->n > 0);
		kqt_session_free(s);
	}
}

static void what_is_not_seen_is_counted(void **state)
{
	struct kqt_session_options opt = {.watch_window = 1000, .raw_len = 64};
	struct kqt_config c = config("spin");
	struct kqt_session *s = open_with(&c, &opt);
	const struct kqt_watch *w;

	(void)state;
	run_waits(s, 100000);
	kqt_session_halt(s);
	w = seen_all(s);
	assert_true(w->lost > 0);
	assert_true(w->taken > 0);
	kqt_session_free(s);
}

static void a_change_begins_the_figures_anew(void **state)
{
	struct kqt_session_options opt = {.watch_window = 5000};
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c, &opt);
	const struct kqt_watch *w;
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;

	(void)state;
	run_waits(s, 1000);
	c.num_timers = 3;
	c.collection = 7; /* other collections: told before the first sample */
	assert_int_equal(kqt_session_apply(s, &c, &why), 0);
	while (kqt_session_snapshot(s)->epoch->epoch < 2) {
		assert_true(kqt_clock_now_ns() < end);
		assert_int_equal(kqt_session_refresh(s), 0);
	}
	run_waits(s, 1000);
	kqt_session_reset(s); /* touches other figures, not these */
	run_waits(s, 500);
	assert_true(kqt_session_reset_undo(s));
	kqt_session_halt(s);
	w = seen_all(s);
	assert_int_equal(w->epoch, 2);
	assert_memory_equal(w->counts, kqt_session_snapshot(s)->epoch->byte_counts[KQT_STREAM_SEED],
	                    sizeof(w->counts));
	/* and so does a halt */
	assert_int_equal(kqt_session_resume(s, &why), 0);
	run_waits(s, 1000);
	kqt_session_halt(s);
	w = seen_all(s);
	assert_true(w->epoch > 2);
	assert_memory_equal(w->counts, kqt_session_snapshot(s)->epoch->byte_counts[KQT_STREAM_SEED],
	                    sizeof(w->counts));
	kqt_session_free(s);
}

static void another_stream_is_watched_while_it_runs(void **state)
{
	struct kqt_session_options opt = {.watch_window = 5000};
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c, &opt);
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	const struct kqt_watch *w;

	(void)state;
	run_waits(s, 200);
	for (enum kqt_stream st = KQT_STREAMS; st-- > KQT_STREAM_SEED;) {
		kqt_session_watch_stream(s, st);
		while (kqt_session_snapshot(s)->watch->stream != st) {
			assert_true(kqt_clock_now_ns() < end);
			assert_true(kqt_session_pump(s) >= 0);
			pause_briefly();
		}
	}
	run_waits(s, 1000);
	kqt_session_halt(s);
	w = seen_all(s);
	assert_int_equal(w->stream, KQT_STREAM_SEED);
	assert_true(w->n < kqt_session_snapshot(s)->epoch->bytes + 1);
	kqt_session_free(s);
}

static const struct kqt_watch *until_running(struct kqt_session *s)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	const struct kqt_snapshot *p = kqt_session_snapshot(s);

	while (!p->watch->running) {
		assert_true(kqt_clock_now_ns() < end);
		assert_int_equal(kqt_session_refresh(s), 0);
	}
	return p->watch;
}

/* Nothing waits for it: that this ends is all there is to see. */
static void a_session_ends_during_an_assessment(void **state)
{
	struct kqt_session_options opt = {.watch_window = 100000};
	struct kqt_config c = config("spin");
	struct kqt_session *s = open_with(&c, &opt);

	(void)state;
	(void)until_running(s);
	kqt_session_free(s);
}

static void an_assessment_goes_on_over_a_halt(void **state)
{
	struct kqt_session_options opt = {.watch_window = 20000};
	struct kqt_config c = config("spin");
	struct kqt_session *s = open_with(&c, &opt);
	const struct kqt_snapshot *p = kqt_session_snapshot(s);
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;

	(void)state;
	(void)until_running(s);
	kqt_session_halt(s);
	while (!p->watch->have) {
		assert_true(kqt_clock_now_ns() < end);
		assert_int_equal(kqt_session_pump(s), 0);
		pause_briefly();
	}
	assert_int_equal(p->watch->assessment.samples, 20000);
	assert_int_not_equal(kqt_watch_verdict(p->watch), KQT_VERDICT_UNKNOWN);
	kqt_session_free(s);
}

static void nobody_watches_unless_asked(void **state)
{
	struct kqt_session_options both = {.watch_window = 5000, .raw_mask = 1, .raw_len = 64};
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c, NULL);

	(void)state;
	assert_null(run_waits(s, 10)->watch);
	kqt_session_watch_stream(s, KQT_STREAM_LSB);
	kqt_session_free(s);
	assert_int_equal(kqt_session_open(&c, &both, &s, &why), -EINVAL);
	assert_non_null(strstr(why_text, "cannot watch the byte stream"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_byte_of_each_stream_is_seen),
	    cmocka_unit_test(what_is_not_seen_is_counted),
	    cmocka_unit_test(a_change_begins_the_figures_anew),
	    cmocka_unit_test(another_stream_is_watched_while_it_runs),
	    cmocka_unit_test(a_session_ends_during_an_assessment),
	    cmocka_unit_test(an_assessment_goes_on_over_a_halt),
	    cmocka_unit_test(nobody_watches_unless_asked),
	};

	return cmocka_run_group_tests_name("watched sessions", tests, NULL, NULL);
}
