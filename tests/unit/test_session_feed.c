/* SPDX-License-Identifier: MIT */
/* A session fed from elsewhere shows what the session showed whose intervals it got. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/collect/session_feed.h"

static struct kqt_session *live, *fed;

static void feed_config(const struct kqt_snapshot *p)
{
	struct kqt_fed_config c = {&p->config,      p->epoch->epoch, p->backend,  p->backend_label,
	                           p->capabilities, p->registered,   p->shortfall};

	kqt_session_feed_config(fed, &c);
}

/* Let it measure and hand over `n` intervals. */
static void pass_on(int n)
{
	struct timespec nap = {0, 20000000};

	for (int i = 0; i < n; i++) {
		const struct kqt_snapshot *p;

		nanosleep(&nap, NULL);
		assert_int_equal(kqt_session_refresh(live), 0);
		p = kqt_session_snapshot(live);
		kqt_session_feed_interval(fed, p->interval, &p->stimulus, p->elapsed_s);
	}
}

static int start(void **state)
{
	static char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_config cfg;

	(void)state;
	kqt_config_default(&cfg);
	if (kqt_session_open(&cfg, NULL, &live, &why) < 0 || kqt_session_open_fed(&fed) < 0)
		return -1;
	return 0;
}

static int end(void **state)
{
	(void)state;
	kqt_session_free(live);
	kqt_session_free(fed);
	return 0;
}

static void snapshots_are_the_same(void **state)
{
	const struct kqt_snapshot *a = kqt_session_snapshot(live), *b = kqt_session_snapshot(fed);

	(void)state;
	feed_config(a);
	pass_on(5);
	assert_memory_equal(a->total, b->total, sizeof(*a->total));
	/* the first interval reaches back into the start, when nothing was a sample */
	assert_int_equal(a->epoch->waits, b->epoch->waits);
	assert_memory_equal(a->epoch->filter, b->epoch->filter, sizeof(a->epoch->filter));
	assert_memory_equal(&a->epoch->wait_wake, &b->epoch->wait_wake,
	                    sizeof(a->epoch->wait_wake));
	assert_memory_equal(a->interval, b->interval, sizeof(*a->interval));
	assert_int_equal(a->window[0]->waits, b->window[0]->waits);
	assert_memory_equal(a->bytes, b->bytes, sizeof(*a->bytes) * KQT_STREAMS);
	assert_memory_equal(a->registered, b->registered, sizeof(a->registered));
	assert_string_equal(a->backend_label, b->backend_label);
	assert_true(kqt_config_same(&a->config, &b->config));
	assert_true(a->elapsed_s == b->elapsed_s);
	assert_int_equal(a->stimulus.ticks, b->stimulus.ticks);
	assert_int_equal(a->interval_ticks, b->interval_ticks);
	assert_null(b->baseline);
	assert_false(b->running);
}

static void change_makes_the_old_epoch_the_baseline(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);
	struct kqt_tally *long_one = calloc(1, sizeof(*long_one));
	struct kqt_stimulus_stats none = {0};
	struct kqt_shortfall missing[KQT_SOURCE_KINDS] = {{3, 2, "why"}};
	uint64_t registered[KQT_SOURCE_KINDS] = {2, 4, 4};
	struct kqt_fed_config c = {.epoch = 1, .registered = registered, .shortfall = missing};
	struct kqt_config cfg;

	(void)state;
	assert_non_null(long_one);
	kqt_config_default(&cfg);
	c.config = &cfg;
	kqt_session_feed_config(fed, &c);
	long_one->start_ns = 1000;
	kqt_tally_end(long_one, 1000001000);
	long_one->waits = 10;
	long_one->epoch = 1;
	kqt_session_feed_interval(fed, long_one, &none, 1);
	cfg.num_timers = 3;
	c.epoch = 2;
	kqt_session_feed_config(fed, &c);
	assert_non_null(b->baseline);
	assert_int_equal(b->baseline->waits, 10);
	assert_int_equal(b->epoch->waits, 0);
	assert_int_equal(b->total->waits, 10);
	assert_int_equal(b->baseline_config.num_timers, 8);
	assert_int_equal(b->config.num_timers, 3);
	kqt_session_feed_interval(fed, long_one, &none, 2);
	assert_int_equal(b->total->waits, 20);
	assert_int_equal(b->epoch->waits, 10);
	assert_string_equal(b->shortfall[0].error, "why");
	assert_int_equal(b->registered[0], 2);
	kqt_session_feed_restart(fed);
	assert_null(b->baseline);
	assert_int_equal(b->total->waits, 0);
	kqt_session_feed_interval(fed, long_one, &none, 1);
	assert_int_equal(b->total->waits, 10);
	free(long_one);
}

static void pinned_baseline_stays_when_the_run_is_played_again(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);
	struct kqt_tally *long_one = calloc(1, sizeof(*long_one));
	struct kqt_stimulus_stats none = {0};

	(void)state;
	assert_non_null(long_one);
	long_one->start_ns = 1000;
	kqt_tally_end(long_one, 1000001000);
	long_one->waits = 10;
	kqt_session_feed_interval(fed, long_one, &none, 7);
	assert_true(kqt_session_pin(fed));
	assert_true(b->pinned && b->baseline_s == 7);
	assert_int_equal(b->epoch->waits, 0);
	kqt_session_feed_restart(fed);
	assert_non_null(b->baseline);
	assert_int_equal(b->baseline->waits, 10);
	assert_true(b->pinned && b->baseline_s == 7);
	kqt_session_unpin(fed);
	kqt_session_feed_restart(fed);
	assert_null(b->baseline);
	free(long_one);
}

static void state_that_is_kept_comes_back(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);
	struct kqt_tally *total = calloc(1, sizeof(*total)), *window = calloc(1, sizeof(*window));
	struct kqt_fed_state *kept;
	double elapsed_s;

	(void)state;
	assert_non_null(total);
	assert_non_null(window);
	feed_config(kqt_session_snapshot(live));
	pass_on(3);
	kept = kqt_session_feed_keep(fed);
	assert_non_null(kept);
	memcpy(total, b->total, sizeof(*total));
	memcpy(window, b->window[0], sizeof(*window));
	elapsed_s = b->elapsed_s;
	pass_on(3);
	assert_int_not_equal(b->total->waits, total->waits);
	for (int i = 0; i < 2; i++) { /* once more, after a restart */
		kqt_session_feed_recall(fed, kept);
		assert_memory_equal(b->total, total, sizeof(*total));
		assert_memory_equal(b->window[0], window, sizeof(*window));
		assert_int_equal(b->epoch->waits, total->waits);
		assert_true(b->elapsed_s == elapsed_s);
		kqt_session_feed_restart(fed);
		assert_int_equal(b->total->waits, 0);
	}
	kqt_session_feed_free(kept);
	free(total);
	free(window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(snapshots_are_the_same, start, end),
	    cmocka_unit_test_setup_teardown(change_makes_the_old_epoch_the_baseline, start, end),
	    cmocka_unit_test_setup_teardown(pinned_baseline_stays_when_the_run_is_played_again,
	                                    start, end),
	    cmocka_unit_test_setup_teardown(state_that_is_kept_comes_back, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
