/* SPDX-License-Identifier: MIT */
/* History and axis of the live screen, with tallies made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/live/view.h"

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
	kqt_tally_end(tally, tally->start_ns + ms * UINT64_C(1000000));
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

/* Columns of one second, each with its number as the count of waits. */
static void seconds(unsigned n)
{
	static uint64_t count;

	if (kqt_history_oldest(&h) == 0 && !kqt_history_column(&h, 0))
		count = 0;
	for (unsigned i = 0; i < n; i++) {
		struct kqt_tally *t = interval(1000, 1);

		t->waits = ++count;
		t->timeouts = 1;
		kqt_hist_record(&t->wait_wake, 1000 + count % 7 * 1000);
		kqt_history_add(&h, t);
	}
}

/* Everything there is, met once each. @return waits; *columns how many there were */
static uint64_t walk(uint64_t per, uint64_t *places, uint64_t bins[KQT_BINS])
{
	uint64_t i = kqt_history_oldest(&h), from = i, waits = 0;
	const struct kqt_column *c;

	while ((c = kqt_history_next(&h, &i, UINT64_MAX, per)) != NULL) {
		assert_int_equal(c->index, from); /* no gap, no overlap */
		from = c->index + c->span;
		waits += c->waits;
		if (bins)
			kqt_column_bins(c, KQT_LATENCY_WAIT, KQT_FILTERS, bins);
	}
	*places = from;
	return waits;
}

static void nothing_is_lost_or_counted_twice_in_an_hour(void **state)
{
	enum { HOUR = 3600 };
	uint64_t places, bins[KQT_BINS] = {0}, sum = 0;

	(void)state;
	seconds(HOUR);
	assert_int_equal(kqt_history_oldest(&h), 0);
	assert_int_equal(walk(1, &places, bins), (uint64_t)HOUR * (HOUR + 1) / 2);
	assert_int_equal(places, HOUR);
	for (int b = 0; b < KQT_BINS; b++)
		sum += bins[b];
	assert_int_equal(sum, HOUR);
	/* the same, from the coarse columns where there are any */
	assert_int_equal(walk(256, &places, NULL), (uint64_t)HOUR * (HOUR + 1) / 2);
	assert_int_equal(places, HOUR);
}

static void columns_get_coarser_as_they_age(void **state)
{
	(void)state;
	seconds(3600);
	assert_int_equal(kqt_history_find(&h, 3599, 1)->span, 1);
	assert_int_equal(kqt_history_find(&h, 3600 - KQT_HISTORY_FINE, 1)->span, 1);
	assert_int_equal(kqt_history_find(&h, 3600 - KQT_HISTORY_FINE - 1, 1)->span, 4);
	assert_int_equal(kqt_history_find(&h, 1800, 1)->span, 16);
	assert_int_equal(kqt_history_find(&h, 0, 1)->span, 16);
	assert_null(kqt_history_column(&h, 0));
	assert_null(kqt_history_find(&h, 3600, 1));
}

static void coarse_columns_serve_a_coarse_view_while_they_are_whole(void **state)
{
	(void)state;
	seconds(18);
	assert_int_equal(kqt_history_find(&h, 0, 64)->span, 16);
	assert_int_equal(kqt_history_find(&h, 0, 8)->span, 4);
	assert_int_equal(kqt_history_find(&h, 0, 2)->span, 1);
	/* 16 and 17 are no whole four yet */
	assert_int_equal(kqt_history_find(&h, 16, 64)->span, 1);
	assert_int_equal(kqt_history_find(&h, 0, 16)->waits, 16 * 17 / 2);
	assert_int_equal(kqt_history_find(&h, 0, 16)->timeouts, 16);
	assert_true(kqt_history_find(&h, 0, 16)->seconds == 16);
}

static void half_a_day_is_kept_and_the_oldest_forgotten(void **state)
{
	uint64_t places, oldest;

	(void)state;
	seconds(70000);
	oldest = kqt_history_oldest(&h);
	assert_in_range(oldest, 1, 70000 - 18 * 3600);
	assert_null(kqt_history_find(&h, oldest - 1, 1));
	assert_non_null(kqt_history_find(&h, oldest, 1));
	assert_int_equal(walk(1, &places, NULL),
	                 UINT64_C(70000) * 70001 / 2 - oldest * (oldest + 1) / 2);
	assert_int_equal(places, 70000);
}

static void largest_latency_is_exact_however_coarse(void **state)
{
	struct kqt_tally *t;

	(void)state;
	t = interval(1000, 1);
	kqt_hist_record(&t->wait_wake, 123457);
	kqt_history_add(&h, t);
	seconds(600);
	assert_int_equal(kqt_history_find(&h, 0, 1)->span, 4);
	assert_int_equal(
	    kqt_column_max_ns(kqt_history_find(&h, 0, 1), KQT_LATENCY_WAIT, KQT_FILTERS), 123457);
	assert_int_equal(
	    kqt_column_max_ns(kqt_history_find(&h, 0, 1), KQT_LATENCY_RESPONSE, KQT_FILTERS), 0);
}

static void largest_counts_add_exactly(void **state)
{
	uint64_t bins[KQT_BINS] = {0};
	struct kqt_tally *t;

	(void)state;
	for (int i = 0; i < 5; i++) {
		t = interval(1000, 1);
		t->wait_wake.count = t->wait_wake.counts[kqt_hist_index(1000)] = UINT64_MAX / 4;
		t->wait_wake.min_ns = t->wait_wake.max_ns = 1000;
		kqt_history_add(&h, t);
	}
	kqt_column_bins(kqt_history_find(&h, 0, 4), KQT_LATENCY_WAIT, KQT_FILTERS, bins);
	assert_true(bins[kqt_bin_of_ns(1000)] == UINT64_MAX / 4 * 4);
}

/* A snapshot of a configuration, noted after an interval of an epoch. */
static void noted(uint64_t epoch, uint64_t timers, double elapsed_s)
{
	struct kqt_snapshot snap = {.elapsed_s = elapsed_s};

	kqt_config_default(&snap.config);
	snap.config.num_timers = timers;
	kqt_history_add(&h, interval(1000, epoch));
	kqt_history_note(&h, &snap);
}

static void change_marks_its_column_by_its_key_and_in_words(void **state)
{
	(void)state;
	noted(0, 8, 1); /* 0 -> 1 is the opening, no change */
	noted(1, 8, 2);
	noted(2, 16, 3);
	noted(2, 16, 4);
	noted(3, 4, 5);
	kqt_history_mark(&h, 'G', "load none -> cpu:1");
	noted(4, 4, 6); /* who began an epoch of the same has marked it himself */
	noted(4, 4, 7);
	noted(4, 4, 8);
	noted(5, 4, 9);
	assert_int_equal(kqt_history_column(&h, 1)->mark, 0);
	assert_int_equal(kqt_history_column(&h, 2)->mark, 'T');
	assert_int_equal(kqt_history_column(&h, 3)->mark, 0);
	assert_int_equal(kqt_history_column(&h, 4)->mark, '*'); /* t, G */
	assert_int_equal(kqt_history_column(&h, 5)->mark, 0);
	assert_string_equal(kqt_history_marked(&h, 0, 4)->text, "timers 8 -> 16");
	assert_int_equal(kqt_history_column(&h, 8)->mark, '|');
	assert_string_equal(kqt_history_marked(&h, 0, 5)->text, "load none -> cpu:1");
	assert_int_equal(kqt_history_marked(&h, 0, 5)->index, 4);
	assert_string_equal(kqt_history_marked(&h, 5, 9)->text, "a new epoch");
	assert_null(kqt_history_marked(&h, 0, 2));
	assert_true(kqt_history_column(&h, 4)->end_s == 5);
}

static void marks_survive_merging(void **state)
{
	(void)state;
	seconds(10);
	kqt_history_mark(&h, 'r', "reset");
	seconds(10);
	kqt_history_mark(&h, 'z', "engine stopped");
	seconds(3000);
	assert_int_equal(kqt_history_find(&h, 9, 1)->span, 16);
	assert_int_equal(kqt_history_find(&h, 9, 1)->mark, 'r');
	assert_int_equal(kqt_history_find(&h, 9, 64)->mark, '*');
	assert_string_equal(kqt_history_marked(&h, 0, 16)->text, "reset");
	assert_string_equal(kqt_history_marked(&h, 0, 64)->text, "engine stopped");
}

static void cleared_history_is_as_new(void **state)
{
	uint64_t index;

	(void)state;
	seconds(1000);
	kqt_history_mark(&h, 'r', "reset");
	kqt_history_clear(&h);
	assert_false(kqt_history_newest(&h, &index));
	assert_null(kqt_history_find(&h, 0, 1));
	assert_null(kqt_history_marked(&h, 0, 10000));
	seconds(3);
	assert_int_equal(kqt_history_column(&h, 0)->waits, 1);
	assert_int_equal(newest(), 2);
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
	uint64_t places, sum;

	(void)state;
	seconds(1000);
	kqt_history_mark(&h, 'r', "reset");
	sum = walk(1, &places, NULL);
	assert_int_equal(kqt_history_hold(&h), 0);
	seconds(20000);
	kqt_history_mark(&h, 'z', "engine stopped");
	assert_int_equal(newest(), 999);
	assert_int_equal(kqt_history_column(&h, 999)->waits, 1000);
	assert_null(kqt_history_column(&h, 1000));
	assert_int_equal(walk(1, &places, NULL), sum);
	assert_string_equal(kqt_history_marked(&h, 0, UINT64_MAX)->text, "reset");
	kqt_history_thaw(&h);
	assert_int_equal(newest(), 20999);
	assert_string_equal(kqt_history_marked(&h, 0, UINT64_MAX)->text, "engine stopped");
}

/* -- the part of it that is on the screen --------------------------------- */

static struct kqt_ui ui_now(void)
{
	return (struct kqt_ui){.zoom = 1, .end = KQT_NOW, .at = KQT_NOW, .filter = KQT_FILTERS};
}

static void newest_full_column_is_written_before_the_gap(void **state)
{
	struct kqt_ui ui = ui_now();
	struct kqt_stretch w;

	(void)state;
	assert_false(kqt_stretch_of(&h, &ui, 10, &w));
	seconds(26); /* 25 grows */
	assert_true(kqt_stretch_of(&h, &ui, 10, &w));
	assert_true(w.sweep);
	assert_int_equal(w.last, 24);
	assert_int_equal(w.first, 16);
	assert_int_equal(kqt_stretch_column(&w, 24), 4);
	assert_int_equal(kqt_stretch_column(&w, 16), 6); /* 5 is the gap */
	ui.zoom = 4;
	assert_true(kqt_stretch_of(&h, &ui, 10, &w));
	assert_int_equal(w.last, 6); /* 24: the part of the group that is full */
	assert_int_equal(w.first, 0);
}

static void scrolled_view_runs_from_left_to_right_and_stays(void **state)
{
	struct kqt_ui ui = ui_now();
	struct kqt_stretch w;

	(void)state;
	seconds(101);
	kqt_stretch_move(&h, &ui, 10, -30);
	assert_true(kqt_stretch_of(&h, &ui, 10, &w));
	assert_false(w.sweep);
	assert_int_equal(w.last, 69);
	assert_int_equal(kqt_stretch_column(&w, 69), 9);
	assert_int_equal(kqt_stretch_column(&w, w.first), 0);
	seconds(50);
	assert_true(kqt_stretch_of(&h, &ui, 10, &w));
	assert_int_equal(w.last, 69);
	kqt_stretch_move(&h, &ui, 10, -1000); /* the oldest at the left */
	assert_true(kqt_stretch_of(&h, &ui, 10, &w));
	assert_int_equal(w.first, 1);
	kqt_stretch_move(&h, &ui, 10, 1000);
	assert_true(ui.end == KQT_NOW);
	assert_false(kqt_stretch_home(&ui));
}

static void moment_steps_over_columns_and_stays_in_sight(void **state)
{
	struct kqt_ui ui = ui_now();
	struct kqt_stretch w;

	(void)state;
	seconds(1001);
	ui.frozen = true;
	kqt_stretch_move(&h, &ui, 10, -1);
	assert_int_equal(ui.at, 999); /* the last full one */
	kqt_stretch_move(&h, &ui, 10, -50);
	assert_int_equal(ui.at, 949);
	assert_true(kqt_stretch_of(&h, &ui, 10, &w));
	assert_in_range(949, w.first, w.last);
	kqt_stretch_move(&h, &ui, 10, 1000);
	assert_true(ui.at == KQT_NOW); /* the freeze itself */
	/* where the history has got coarser, by what can be told apart */
	ui.at = 400;
	kqt_stretch_move(&h, &ui, 10, -1);
	assert_int_equal(ui.at, 399);
	assert_int_equal(kqt_history_find(&h, 399, 1)->index, 396);
	kqt_stretch_move(&h, &ui, 10, -1);
	assert_int_equal(ui.at, 395);
	kqt_stretch_move(&h, &ui, 10, 1);
	assert_int_equal(ui.at, 396);
	kqt_stretch_move(&h, &ui, 10, -5000);
	assert_int_equal(ui.at, 0);
}

static void time_back_is_that_of_the_run(void **state)
{
	struct kqt_ui ui = ui_now();

	(void)state;
	for (int i = 1; i <= 100; i++)
		noted(1, 8, i < 60 ? i : i + 600); /* it was stopped for ten minutes */
	assert_true(kqt_stretch_ago_s(&h, &ui) == 0);
	kqt_stretch_move(&h, &ui, 10, -9);
	assert_true(kqt_stretch_ago_s(&h, &ui) == 10);
	kqt_stretch_move(&h, &ui, 10, -50);
	assert_true(kqt_stretch_ago_s(&h, &ui) == 660);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bins_are_sixteen_a_decade_from_10_ns),
	    cmocka_unit_test_setup_teardown(column_is_full_after_a_second, setup, teardown),
	    cmocka_unit_test_setup_teardown(slow_refresh_makes_longer_columns_not_holes, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(all_waits_are_wakes_and_timeouts, setup, teardown),
	    cmocka_unit_test_setup_teardown(all_notifications_are_the_filters_together, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(held_history_stands_still, setup, teardown),
	    cmocka_unit_test_setup_teardown(nothing_is_lost_or_counted_twice_in_an_hour, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(columns_get_coarser_as_they_age, setup, teardown),
	    cmocka_unit_test_setup_teardown(coarse_columns_serve_a_coarse_view_while_they_are_whole,
	                                    setup, teardown),
	    cmocka_unit_test_setup_teardown(half_a_day_is_kept_and_the_oldest_forgotten, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(largest_latency_is_exact_however_coarse, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(largest_counts_add_exactly, setup, teardown),
	    cmocka_unit_test_setup_teardown(change_marks_its_column_by_its_key_and_in_words, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(marks_survive_merging, setup, teardown),
	    cmocka_unit_test_setup_teardown(cleared_history_is_as_new, setup, teardown),
	    cmocka_unit_test_setup_teardown(newest_full_column_is_written_before_the_gap, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(scrolled_view_runs_from_left_to_right_and_stays, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(moment_steps_over_columns_and_stays_in_sight, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(time_back_is_that_of_the_run, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
