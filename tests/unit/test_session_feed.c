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
#include "engine/clock/clock.h"
#include "engine/collect/session_feed.h"
#include "engine/collect/session_priv.h"

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

static int start_fed(void **state)
{
	(void)state;
	live = NULL;
	return kqt_session_open_fed(&fed);
}

static int end(void **state)
{
	(void)state;
	kqt_session_free(live);
	fed->running = false; /* run_made */
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

/* -- fed with what is made up, so that every figure is known ------------------- */

static const uint64_t registered_one[KQT_SOURCE_KINDS] = {1, 0, 0};
static const struct kqt_shortfall missing_none[KQT_SOURCE_KINDS];

static void feed_timers(unsigned timers, uint64_t epoch)
{
	struct kqt_config cfg;
	struct kqt_fed_config c = {.config = &cfg,
	                           .epoch = epoch,
	                           .registered = registered_one,
	                           .shortfall = missing_none};

	kqt_config_default(&cfg);
	cfg.num_timers = timers;
	kqt_session_feed_config(fed, &c);
}

/** An interval from start_ns on, with one wait and so many bytes of one value. */
static void feed_made(uint64_t start_ns, uint64_t len_ns, uint8_t byte, uint64_t bytes,
                      const struct kqt_stimulus_stats *stimulus)
{
	static const struct kqt_stimulus_stats none;
	static struct kqt_tally t;

	kqt_tally_reset(&t);
	t.start_ns = start_ns;
	kqt_tally_end(&t, start_ns + len_ns);
	t.waits = 1;
	kqt_hist_record(&t.wait_timeout, len_ns);
	t.byte_counts[KQT_STREAM_LOW8][byte] = bytes;
	kqt_session_feed_interval(fed, &t, stimulus ? stimulus : &none,
	                          (double)(start_ns + len_ns) / 1e9);
}

static void windows_have_the_last_five_to_ten_seconds(void **state)
{
	/* seconds after so many of one second each */
	static const unsigned together[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 6, 7, 8, 9, 10, 6};
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);

	(void)state;
	feed_timers(8, 1);
	for (size_t i = 0; i < sizeof(together) / sizeof(together[0]); i++) {
		feed_made((i + 1) * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
		assert_int_equal(b->window[0]->waits + b->window[1]->waits, together[i]);
		assert_int_equal(b->window[0]->wait_timeout.count +
		                     b->window[1]->wait_timeout.count,
		                 together[i]);
	}
}

static uint64_t bytes_of_window(void)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);
	uint64_t n = 0;

	for (int v = 0; v < 256; v++)
		n += b->bytes[KQT_STREAM_LOW8][v];
	return n;
}

static void byte_window_has_the_last_32768_to_65536(void **state)
{
	static const uint64_t together[] = {16384, 32768, 49152, 65536, 49152, 65536, 49152};
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);

	(void)state;
	feed_timers(8, 1);
	for (size_t i = 0; i < sizeof(together) / sizeof(together[0]); i++) {
		feed_made((i + 1) * KQT_NS_PER_S, KQT_NS_PER_S, (uint8_t)i, 16384, NULL);
		assert_int_equal(bytes_of_window(), together[i]);
	}
	for (int v = 0; v < 7; v++) /* the oldest are gone */
		assert_int_equal(b->bytes[KQT_STREAM_LOW8][v], v < 4 ? 0 : 16384);
}

static void change_and_reset_empty_the_windows(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);

	(void)state;
	for (int reset = 0; reset < 2; reset++) {
		feed_timers(8, 1);
		feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 1, 40000, NULL);
		feed_made(2 * KQT_NS_PER_S, 6 * KQT_NS_PER_S, 1, 40000, NULL);
		assert_int_equal(bytes_of_window(), 80000);
		if (reset)
			kqt_session_reset(fed);
		else
			feed_timers(3, 2);
		feed_made(8 * KQT_NS_PER_S, KQT_NS_PER_S, 2, 100, NULL);
		assert_int_equal(bytes_of_window(), 100);
		assert_int_equal(b->window[0]->waits + b->window[1]->waits, 1);
		assert_int_equal(b->epoch->waits, 1);
		assert_true(b->reset == (reset == 1));
	}
}

static void stimulus_of_the_run_and_of_the_interval_are_shown(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);
	struct kqt_stimulus_stats st = {.ticks = 1000,
	                                .lost = 300,
	                                .behind = 200,
	                                .refused_drains = 7,
	                                .due = {1, 2, 3, 4},
	                                .performed = {5, 6, 7, 8},
	                                .missed = {9, 10, 11, 12},
	                                .skipped = {13, 14, 15, 16},
	                                .failed = {0, 18, 0, 20},
	                                .failed_rc = {0, -28, 0, -5}};

	(void)state;
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, &st);
	assert_memory_equal(&b->stimulus, &st, sizeof(st));
	assert_true(b->interval_ticks == 1000 && b->interval_lost == 300);
	assert_int_equal(b->interval_behind, 200);
	assert_true(b->saturated);
	st.ticks += 2000;
	st.lost += 4;
	st.behind += 3;
	feed_made(2 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, &st);
	assert_true(b->interval_ticks == 2000 && b->interval_lost == 4);
	assert_int_equal(b->interval_behind, 3);
	assert_false(b->saturated);
	kqt_session_feed_restart(fed);
	assert_true(b->interval_ticks == 0 && b->interval_lost == 0 && b->stimulus.ticks == 0);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, &st);
	assert_int_equal(b->interval_ticks, 3000);
}

/* As if a collector ran that has been asked for so many tallies that it can be asked for
 * no more now: what came before a reset or a pin is not parted from what came after. */
static void run_made(bool on)
{
	fed->running = on;
	fed->n_awaited = on ? 3 : 0;
}

static void what_comes_with_a_change_is_the_new_epochs_whatever_a_reset_still_awaited(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);

	(void)state;
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 1, 100, NULL);
	run_made(true);
	kqt_session_reset(fed);
	feed_made(2 * KQT_NS_PER_S, KQT_NS_PER_S, 1, 100, NULL);
	assert_int_equal(b->epoch->waits, 0);
	assert_int_equal(bytes_of_window(), 0);
	feed_timers(3, 2);
	feed_made(3 * KQT_NS_PER_S, KQT_NS_PER_S, 1, 100, NULL);
	assert_int_equal(b->epoch->waits, 1);
	assert_int_equal(b->window[0]->waits, 1);
	assert_int_equal(bytes_of_window(), 100);
	assert_int_equal(b->total->waits, 3);
	run_made(false);
}

static void what_was_on_its_way_at_a_reset_comes_back_with_what_is_undone(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);

	(void)state;
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 1, 100, NULL);
	run_made(true);
	kqt_session_reset(fed);
	feed_made(2 * KQT_NS_PER_S, KQT_NS_PER_S, 1, 100, NULL);
	assert_int_equal(b->epoch->waits, 0);
	assert_true(kqt_session_reset_undo(fed));
	assert_int_equal(b->epoch->waits, 2);
	feed_made(3 * KQT_NS_PER_S, KQT_NS_PER_S, 1, 100, NULL);
	assert_int_equal(b->epoch->waits, 3);
	run_made(false);
}

static void what_was_on_its_way_at_a_pin_is_in_the_windows_only(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);

	(void)state;
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 1, 100, NULL);
	run_made(true);
	kqt_session_feed_mark(fed, KQT_FED_PIN, 2);
	feed_made(2 * KQT_NS_PER_S, KQT_NS_PER_S, 1, 100, NULL);
	assert_int_equal(b->epoch->waits, 0);
	assert_int_equal(b->baseline->waits, 1);
	assert_int_equal(b->window[0]->waits, 2);
	assert_int_equal(bytes_of_window(), 200);
	run_made(false);
}

static void every_due_and_every_trigger_has_its_place_in_the_account(void **state)
{
	const struct kqt_stimulus_stats st = {.due = {0, 1000, 100, 100},
	                                      .performed = {0, 700, 50, 50},
	                                      .missed = {0, 200, 20, 20},
	                                      .skipped = {0, 60, 10, 40},
	                                      .failed = {0, 5, 0, 0}};
	struct kqt_account a[KQT_FILTERS];
	struct kqt_tally *t = calloc(1, sizeof(*t));

	(void)state;
	assert_non_null(t);
	feed_timers(8, 1);
	t->filter[KQT_FILTER_READ] =
	    (struct kqt_filter_tally){.triggers = 600, .transition = 70, .gap = 8};
	t->filter[KQT_FILTER_VNODE] =
	    (struct kqt_filter_tally){.triggers = 45, .transition = 5, .gap = 1};
	kqt_session_feed_interval(fed, t, &st, 1);
	run_made(true);
	kqt_session_account(fed, a);
	run_made(false);
	assert_int_equal(a[KQT_FILTER_READ].pending, 700 - 600 - 70 - 8);
	assert_int_equal(a[KQT_FILTER_READ].folded, 1000 - 700 - 200 - 60);
	assert_int_equal(a[KQT_FILTER_READ].failed, 5);
	assert_int_equal(a[KQT_FILTER_WRITE].pending, 50);
	assert_int_equal(a[KQT_FILTER_WRITE].folded, 20);
	/* the parts were read after the whole */
	assert_int_equal(a[KQT_FILTER_VNODE].pending, 0);
	assert_int_equal(a[KQT_FILTER_VNODE].folded, 0);
	assert_true(a[KQT_FILTER_TIMER].untimed); /* capabilities say nothing of timers */
	free(t);
}

static void epoch_of_half_a_second_with_a_wait_becomes_a_baseline(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);
	struct kqt_stimulus_stats none = {0};
	struct kqt_tally *empty = calloc(1, sizeof(*empty));

	(void)state;
	assert_non_null(empty);
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S / 2 - 1, 0, 0, NULL);
	assert_false(kqt_session_pin(fed));
	feed_timers(3, 2);
	assert_null(b->baseline);
	empty->start_ns = KQT_NS_PER_S;
	kqt_tally_end(empty, 3 * KQT_NS_PER_S);
	kqt_session_feed_interval(fed, empty, &none, 3);
	feed_timers(4, 3);
	assert_null(b->baseline);
	feed_made(4 * KQT_NS_PER_S, KQT_NS_PER_S / 2, 0, 0, NULL);
	feed_timers(5, 4);
	assert_non_null(b->baseline);
	assert_int_equal(b->baseline_config.num_timers, 4);
	assert_int_equal(b->baseline_serial, 1);
	assert_true(b->baseline_s == 4.5);
	assert_int_equal(b->epoch->epoch, 4);
	/* nor does what was there when the run begins again: the next is the second */
	feed_made(5 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	kqt_session_feed_restart(fed);
	assert_null(b->baseline);
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	feed_timers(3, 2);
	assert_int_equal(b->baseline_serial, 2);
	free(empty);
}

static void pinned_baseline_outlasts_changes_and_forgets_a_reset(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);

	(void)state;
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	kqt_session_reset(fed);
	feed_made(2 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	kqt_session_feed_mark(fed, KQT_FED_PIN, 2.5);
	assert_true(b->baseline_s == 2.5);
	assert_false(kqt_session_reset_undo(fed));
	feed_made(3 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	feed_timers(3, 2);
	feed_made(4 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	feed_timers(6, 3);
	assert_int_equal(b->baseline_config.num_timers, 8);
	assert_int_equal(b->baseline_serial, 1);
	assert_true(b->pinned);
	feed_made(5 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	kqt_session_feed_mark(fed, KQT_FED_UNPIN, 6);
	assert_false(b->pinned);
	feed_timers(4, 4);
	assert_int_equal(b->baseline_config.num_timers, 6);
}

static void recorded_resets_and_pins_are_done_again_after_going_back(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);
	struct kqt_fed_state *kept;

	(void)state;
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	kept = kqt_session_feed_keep(fed);
	assert_non_null(kept);
	for (int i = 0; i < 2; i++) {
		kqt_session_feed_mark(fed, KQT_FED_RESET, 1);
		assert_true(b->reset && b->epoch->waits == 0);
		feed_made(2 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
		kqt_session_feed_mark(fed, KQT_FED_RESET_UNDONE, 2);
		assert_true(!b->reset && b->epoch->waits == 2);
		kqt_session_feed_mark(fed, KQT_FED_PIN, 2);
		assert_true(b->pinned && !kqt_session_feed_own(fed));
		assert_int_equal(b->baseline->waits, 2);
		feed_timers(3, 2);
		assert_int_equal(b->baseline_config.num_timers, 8);
		kqt_session_feed_recall(fed, kept);
		assert_false(b->pinned);
		assert_null(b->baseline);
		assert_int_equal(b->epoch->waits, 1);
	}
	kqt_session_feed_mark(fed, KQT_FED_PIN, 1);
	kqt_session_feed_free(kept);
	kqt_session_feed_restart(fed);
	assert_false(b->pinned);
	assert_null(b->baseline);
}

static void viewers_pin_lies_over_the_recorded_one_and_changes_nothing_of_it(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);

	(void)state;
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	kqt_session_feed_mark(fed, KQT_FED_PIN, 2);
	feed_timers(3, 2);
	feed_made(2 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	assert_true(kqt_session_pin(fed));
	assert_true(b->pinned && kqt_session_feed_own(fed) && b->baseline_s == 3);
	assert_int_equal(b->baseline_config.num_timers, 3);
	assert_int_equal(b->epoch->waits, 0);
	feed_made(3 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	assert_int_equal(b->epoch->waits, 1);
	kqt_session_feed_mark(fed, KQT_FED_UNPIN, 4);
	assert_true(b->pinned && b->baseline_config.num_timers == 3);
	kqt_session_unpin(fed); /* and it is as it would have been */
	assert_false(b->pinned);
	assert_int_equal(b->baseline_config.num_timers, 8);
	assert_true(b->baseline_s == 2);
	assert_int_equal(b->epoch->waits, 2);
	feed_timers(5, 3);
	assert_int_equal(b->baseline->waits, 2);
}

static void reset_can_be_undone_once_and_no_more(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);

	(void)state;
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	for (uint64_t i = 1; i < 4; i++) {
		kqt_session_reset(fed);
		assert_true(b->reset && b->epoch->waits == 0);
		feed_made((i + 1) * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
		assert_true(kqt_session_reset_undo(fed));
		assert_false(b->reset);
		assert_int_equal(b->epoch->waits, i + 1);
		assert_false(kqt_session_reset_undo(fed));
	}
}

static void kept_state_brings_every_figure_back(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);
	struct kqt_stimulus_stats st = {.ticks = 100, .lost = 10, .behind = 5};
	struct kqt_fed_state *kept;

	(void)state;
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 1, 20000, &st);
	kqt_session_reset(fed);
	st.ticks = 200;
	feed_made(2 * KQT_NS_PER_S, KQT_NS_PER_S, 1, 32768, &st);
	kept = kqt_session_feed_keep(fed);
	assert_non_null(kept);
	feed_timers(3, 2);
	st.ticks = 1000;
	feed_made(3 * KQT_NS_PER_S, 6 * KQT_NS_PER_S, 2, 50000, &st);
	feed_made(9 * KQT_NS_PER_S, KQT_NS_PER_S, 2, 7, &st);
	kqt_session_feed_recall(fed, kept);
	assert_int_equal(b->config.num_timers, 8);
	assert_int_equal(kqt_session_wanted(fed)->num_timers, 8);
	assert_null(b->baseline);
	assert_true(b->elapsed_s == 3 && b->reset);
	assert_int_equal(b->total->waits, 2);
	assert_int_equal(bytes_of_window(), 32768);
	assert_int_equal(b->stimulus.ticks, 200);
	assert_true(kqt_session_reset_undo(fed));
	assert_int_equal(b->epoch->waits, 2);
	/* and it goes on from there */
	st.ticks = 250;
	feed_made(3 * KQT_NS_PER_S, KQT_NS_PER_S, 3, 100, &st);
	assert_int_equal(b->interval_ticks, 50);
	assert_int_equal(b->epoch->epoch, 1);
	assert_int_equal(b->epoch->waits, 3);
	assert_int_equal(b->window[0]->waits + b->window[1]->waits, 2);
	assert_int_equal(b->bytes[KQT_STREAM_LOW8][1], 32768);
	assert_int_equal(b->bytes[KQT_STREAM_LOW8][3], 100);
	/* the half that was full has turned: this one more is what it says */
	feed_made(4 * KQT_NS_PER_S, KQT_NS_PER_S, 4, 32768, &st);
	feed_made(5 * KQT_NS_PER_S, KQT_NS_PER_S, 5, 1, &st);
	assert_int_equal(bytes_of_window(), 32869);
	feed_timers(3, 2);
	assert_int_equal(b->baseline_config.num_timers, 8);
	kqt_session_feed_recall(fed, kept);
	feed_timers(3, 2); /* a change is what follows: no interval yet says more */
	assert_int_equal(b->stimulus.ticks, 200);
	kqt_session_feed_free(kept);
}

static void pinned_baseline_outlasts_a_recall(void **state)
{
	const struct kqt_snapshot *b = kqt_session_snapshot(fed);
	struct kqt_fed_state *kept;

	(void)state;
	feed_timers(8, 1);
	feed_made(KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	kept = kqt_session_feed_keep(fed);
	assert_non_null(kept);
	feed_timers(3, 2);
	feed_made(2 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	feed_made(3 * KQT_NS_PER_S, KQT_NS_PER_S, 0, 0, NULL);
	assert_true(kqt_session_pin(fed));
	kqt_session_feed_recall(fed, kept);
	assert_true(b->pinned);
	assert_non_null(b->baseline);
	assert_int_equal(b->baseline->waits, 2);
	assert_int_equal(b->baseline_config.num_timers, 3);
	assert_true(b->baseline_s == 4);
	assert_int_equal(b->baseline_serial, 2);
	kqt_session_feed_free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(snapshots_are_the_same, start, end),
	    cmocka_unit_test_setup_teardown(change_makes_the_old_epoch_the_baseline, start, end),
	    cmocka_unit_test_setup_teardown(pinned_baseline_stays_when_the_run_is_played_again,
	                                    start, end),
	    cmocka_unit_test_setup_teardown(state_that_is_kept_comes_back, start, end),
	    cmocka_unit_test_setup_teardown(windows_have_the_last_five_to_ten_seconds, start_fed,
	                                    end),
	    cmocka_unit_test_setup_teardown(byte_window_has_the_last_32768_to_65536, start_fed,
	                                    end),
	    cmocka_unit_test_setup_teardown(change_and_reset_empty_the_windows, start_fed, end),
	    cmocka_unit_test_setup_teardown(stimulus_of_the_run_and_of_the_interval_are_shown,
	                                    start_fed, end),
	    cmocka_unit_test_setup_teardown(epoch_of_half_a_second_with_a_wait_becomes_a_baseline,
	                                    start_fed, end),
	    cmocka_unit_test_setup_teardown(pinned_baseline_outlasts_changes_and_forgets_a_reset,
	                                    start_fed, end),
	    cmocka_unit_test_setup_teardown(
	        what_comes_with_a_change_is_the_new_epochs_whatever_a_reset_still_awaited,
	        start_fed, end),
	    cmocka_unit_test_setup_teardown(
	        what_was_on_its_way_at_a_reset_comes_back_with_what_is_undone, start_fed, end),
	    cmocka_unit_test_setup_teardown(what_was_on_its_way_at_a_pin_is_in_the_windows_only,
	                                    start_fed, end),
	    cmocka_unit_test_setup_teardown(
	        every_due_and_every_trigger_has_its_place_in_the_account, start_fed, end),
	    cmocka_unit_test_setup_teardown(reset_can_be_undone_once_and_no_more, start_fed, end),
	    cmocka_unit_test_setup_teardown(kept_state_brings_every_figure_back, start_fed, end),
	    cmocka_unit_test_setup_teardown(pinned_baseline_outlasts_a_recall, start_fed, end),
	    cmocka_unit_test_setup_teardown(
	        recorded_resets_and_pins_are_done_again_after_going_back, start_fed, end),
	    cmocka_unit_test_setup_teardown(
	        viewers_pin_lies_over_the_recorded_one_and_changes_nothing_of_it, start_fed, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
