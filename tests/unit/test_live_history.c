/* SPDX-License-Identifier: MIT */
/* History and axis of the live screen, with tallies made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/live/history.h"

static struct kqt_history h;
static struct kqt_tally *tally;

static int setup(void **state)
{
	(void)state;
	tally = calloc(1, sizeof(*tally));
	return tally && kqt_history_init(&h) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(tally);
	kqt_history_fini(&h);
	return 0;
}

/* A tally of so many milliseconds, ready to be filled. */
static struct kqt_tally *interval(unsigned ms, uint64_t epoch)
{
	kqt_tally_reset(tally);
	tally->start_ns = 1000000000;
	tally->end_ns = tally->start_ns + ms * UINT64_C(1000000);
	tally->epoch = epoch;
	return tally;
}

static uint64_t newest(void)
{
	uint64_t index = 0;

	assert_true(kqt_history_newest(&h, &index));
	return index;
}

static void bins_are_sixteen_a_decade_from_10_ns(void **state)
{
	(void)state;
	assert_int_equal(kqt_bin_of_ns(0), 0);
	assert_int_equal(kqt_bin_of_ns(10), 0);
	assert_int_equal(kqt_bin_of_ns(99), 15);
	assert_int_equal(kqt_bin_of_ns(100), 16);
	assert_int_equal(kqt_bin_of_ns(1000), 32);
	assert_int_equal(kqt_bin_of_ns(1000000), 80);
	assert_int_equal(kqt_bin_of_ns(UINT64_MAX), KQT_BINS - 1);
	for (unsigned b = 0; b < KQT_BINS; b++) {
		uint64_t lowest = kqt_bin_lowest_ns(b);

		/* below 100 ns an edge is rounded to a whole ns and may fall to either side */
		if (lowest >= 100)
			assert_in_range(kqt_bin_of_ns(lowest + 1), b, b);
	}
}

static void column_is_full_after_a_second(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		kqt_history_add(&h, interval(250, 1));
	assert_int_equal(newest(), 0);
	kqt_history_add(&h, interval(250, 1));
	assert_int_equal(newest(), 1);
}

static void slow_refresh_makes_longer_columns_not_holes(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		kqt_history_add(&h, interval(5000, 1));
	assert_int_equal(newest(), 2);
	for (uint64_t i = 0; i < 3; i++)
		assert_non_null(kqt_history_column(&h, i));
}

static void ring_forgets_the_oldest_only(void **state)
{
	(void)state;
	for (int i = 0; i < KQT_HISTORY_COLUMNS + 10; i++)
		kqt_history_add(&h, interval(1000, 1));
	assert_null(kqt_history_column(&h, 9));
	assert_non_null(kqt_history_column(&h, 10));
	assert_int_equal(kqt_history_column(&h, 10)->index, 10);
	assert_null(kqt_history_column(&h, newest() + 1));
}

static void change_marks_the_column_in_which_it_came(void **state)
{
	(void)state;
	kqt_history_add(&h, interval(1000, 0));
	kqt_history_add(&h, interval(1000, 1)); /* 0 -> 1 is the opening, no change */
	kqt_history_add(&h, interval(1000, 1));
	kqt_history_add(&h, interval(1000, 2));
	assert_false(kqt_history_column(&h, 1)->mark);
	assert_false(kqt_history_column(&h, 2)->mark);
	assert_true(kqt_history_column(&h, 3)->mark);
}

static void all_waits_are_wakes_and_timeouts(void **state)
{
	uint64_t bins[KQT_BINS] = {0};
	struct kqt_tally *t = interval(1000, 1);

	(void)state;
	kqt_hist_record(&t->wait_wake, 1000);
	kqt_hist_record(&t->wait_timeout, 1000000);
	/* one wake of two filters: once in each, once in all */
	kqt_hist_record(&t->wait_filter[KQT_FILTER_TIMER], 1000);
	kqt_hist_record(&t->wait_filter[KQT_FILTER_READ], 1000);
	kqt_history_add(&h, t);
	kqt_column_bins(kqt_history_column(&h, 0), KQT_LATENCY_WAIT, KQT_FILTERS, bins);
	assert_int_equal(bins[kqt_bin_of_ns(1000)], 1);
	assert_int_equal(bins[kqt_bin_of_ns(1000000)], 1);
	memset(bins, 0, sizeof(bins));
	kqt_column_bins(kqt_history_column(&h, 0), KQT_LATENCY_WAIT, KQT_FILTER_READ, bins);
	assert_int_equal(bins[kqt_bin_of_ns(1000)], 1);
	assert_int_equal(bins[kqt_bin_of_ns(1000000)], 0);
}

static void all_notifications_are_the_filters_together(void **state)
{
	uint64_t bins[KQT_BINS] = {0};
	struct kqt_tally *t = interval(1000, 1);

	(void)state;
	kqt_hist_record(&t->notification[KQT_FILTER_TIMER], 50000);
	kqt_hist_record(&t->notification[KQT_FILTER_VNODE], 50000);
	kqt_hist_record(&t->response[KQT_FILTER_VNODE], 50000);
	kqt_history_add(&h, t);
	kqt_column_bins(kqt_history_column(&h, 0), KQT_LATENCY_NOTIFICATION, KQT_FILTERS, bins);
	assert_int_equal(bins[kqt_bin_of_ns(50000)], 2);
}

static void held_history_stands_still(void **state)
{
	struct kqt_tally *t;

	(void)state;
	t = interval(250, 1);
	t->waits = 7;
	kqt_history_add(&h, t);
	kqt_history_hold(&h, true);
	for (int i = 0; i < 10; i++) {
		t = interval(250, 1);
		t->waits = 7;
		kqt_history_add(&h, t);
	}
	assert_int_equal(newest(), 0);
	assert_int_equal(kqt_history_column(&h, 0)->waits, 7);
	assert_null(kqt_history_column(&h, 1));
	kqt_history_hold(&h, false);
	assert_int_equal(newest(), 2);
	assert_int_equal(kqt_history_column(&h, 0)->waits, 28);
}

static void recent_rates_stay_within_the_epoch(void **state)
{
	struct kqt_rates r;
	struct kqt_tally *t;

	(void)state;
	t = interval(1000, 1);
	t->waits = 1000;
	kqt_history_add(&h, t);
	t = interval(1000, 2);
	t->waits = 10;
	kqt_history_add(&h, t);
	kqt_history_recent(&h, 5, &r);
	assert_int_equal(r.waits, 10);
	assert_true(r.seconds > 0.99 && r.seconds < 1.01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bins_are_sixteen_a_decade_from_10_ns),
	    cmocka_unit_test_setup_teardown(column_is_full_after_a_second, setup, teardown),
	    cmocka_unit_test_setup_teardown(slow_refresh_makes_longer_columns_not_holes, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(ring_forgets_the_oldest_only, setup, teardown),
	    cmocka_unit_test_setup_teardown(change_marks_the_column_in_which_it_came, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(all_waits_are_wakes_and_timeouts, setup, teardown),
	    cmocka_unit_test_setup_teardown(all_notifications_are_the_filters_together, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(held_history_stands_still, setup, teardown),
	    cmocka_unit_test_setup_teardown(recent_rates_stay_within_the_epoch, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
