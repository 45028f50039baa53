/* SPDX-License-Identifier: MIT */
/* The journal and its view, without a terminal: snapshots made by hand, the screen read
 * as text. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/screen_text.h"
#include "tui/live/journal.h"
#include "tui/live/view.h"

#define SECOND UINT64_C(1000000000)

static struct {
	struct kqt_tally tally, epoch, baseline;
	struct kqt_watch watch;
	struct kqt_snapshot snap;
	struct kqt_figures fig;
	struct kqt_ui ui;
	struct kqt_canvas canvas;
	struct kqt_journal *j;
} w;

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.j = kqt_journal_new();
	if (!w.j)
		return -1;
	snapshot_at_start(&w.snap);
	w.snap.total = &w.tally;
	w.snap.epoch = &w.epoch;
	ui_at_start(&w.ui, KQT_VIEW_LOG);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(w.j);
	kqt_canvas_fini(&w.canvas);
	return 0;
}

static struct kqt_moment at(double elapsed_s)
{
	return (struct kqt_moment){elapsed_s, -1};
}

static void watch(double elapsed_s)
{
	kqt_journal_watch(w.j, at(elapsed_s), &w.snap);
}

static const struct kqt_entry *newest(void)
{
	return kqt_journal_before(w.j, UINT64_MAX, KQT_ENTRIES_ALL);
}

static uint64_t entries(void)
{
	return w.j->next - 1;
}

static const char *drawn(int rows, int cols)
{
	struct kqt_scene sc = {.snap = &w.snap,
	                       .live = &w.snap,
	                       .wanted = &w.snap.config,
	                       .fig = &w.fig,
	                       .ui = &w.ui,
	                       .journal = w.j,
	                       .running = true,
	                       .cpus = 2};

	return screen_text(&w.canvas, &sc, rows, cols);
}

/* -- the journal ---------------------------------------------------------- */

static void quiet_snapshots_make_no_entries(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		watch(i);
	assert_int_equal(entries(), 0);
	assert_null(newest());
}

static void memory_is_bounded_and_the_oldest_go_first(void **state)
{
	(void)state;
	for (int i = 1; i <= KQT_JOURNAL_LEN + 5; i++)
		kqt_journal_add(w.j, at(i), KQT_ENTRY_CHANGE, "number %d", i);
	assert_null(kqt_journal_entry(w.j, 5));
	assert_string_equal(kqt_journal_entry(w.j, 6)->text, "number 6");
	assert_int_equal(kqt_journal_after(w.j, 0, KQT_ENTRIES_ALL)->serial, 6);
	assert_string_equal(newest()->text, "number 1005");
}

static void control_characters_of_others_are_escaped(void **state)
{
	(void)state;
	kqt_journal_add(w.j, at(1), KQT_ENTRY_REPORT, "loaded '%s'", "a\033[2Jb\x9b");
	assert_string_equal(newest()->text, "loaded 'a\\x1b[2Jb\\x9b'");
}

static void losses_within_ten_seconds_are_one_entry_that_grows(void **state)
{
	(void)state;
	for (int i = 1; i <= 5; i++) {
		w.tally.raw_lost = (uint64_t)i * 10;
		watch(i);
	}
	assert_int_equal(entries(), 1);
	assert_string_equal(newest()->text, "50 samples or reports had no room, in 4 s");
	w.tally.overflows = 1;
	watch(30);
	assert_int_equal(entries(), 2);
	assert_string_equal(newest()->text,
	                    "1 sample or report had no room (the kernel's queue of file events "
	                    "too)");
}

static void stalls_and_gaps_are_told_with_their_number(void **state)
{
	(void)state;
	w.tally.stalls = 2;
	w.tally.stall_max_ns = 48000000;
	watch(1);
	assert_string_equal(newest()->text,
	                    "2 stalls between two waits; the longest of the run 48.0ms");
	w.tally.excluded.gap = 1;
	watch(2);
	assert_string_equal(newest()->text, "the process was stopped or slept: 1 wait left out");
}

static void saturation_has_a_beginning_and_an_end(void **state)
{
	(void)state;
	w.snap.saturated = true;
	w.snap.interval_ticks = 90;
	w.snap.interval_lost = w.snap.stimulus.lost = 10;
	watch(5);
	assert_string_equal(newest()->text, "saturated: loses 10% of its ticks");
	for (int i = 6; i < 10; i++) {
		w.snap.stimulus.lost += 10;
		watch(i);
	}
	w.snap.saturated = false;
	w.snap.interval_lost = 0;
	watch(15);
	assert_int_equal(entries(), 1); /* it may come again */
	watch(20);
	assert_int_equal(entries(), 2);
	assert_string_equal(newest()->text, "in time again since 11 s; lost 50 ticks in 4 s");
}

static void alarms_begin_anew_with_the_watch(void **state)
{
	(void)state;
	w.snap.watch = &w.watch;
	w.watch.epoch = 1;
	w.watch.health[KQT_HEALTH_APT][0].alarms = 3;
	w.watch.health[KQT_HEALTH_APT][0].symbol = 0x31;
	w.watch.health[KQT_HEALTH_APT][1].alarms = 1;
	watch(1);
	assert_string_equal(
	    newest()->text,
	    "APT alarms of this epoch: 3 at 2^-20, 1 at 2^-30; byte 31 of stream seed");
	w.watch.epoch = 2;
	w.watch.health[KQT_HEALTH_APT][0].alarms = 1;
	w.watch.health[KQT_HEALTH_APT][1].alarms = 0;
	watch(20);
	assert_int_equal(entries(), 2);
	assert_string_equal(newest()->text,
	                    "APT alarms of this epoch: 1 at 2^-20; byte 31 of stream seed");
}

static void shortfall_is_told_when_it_changes(void **state)
{
	(void)state;
	w.snap.shortfall[KQT_SOURCE_TIMER] = (struct kqt_shortfall){8, 3, "too many open files"};
	watch(1);
	watch(2);
	assert_int_equal(entries(), 1);
	assert_string_equal(newest()->text, "timers: 3 of 8 registered: too many open files");
	w.snap.shortfall[KQT_SOURCE_TIMER] = (struct kqt_shortfall){3, 3, ""};
	watch(3);
	assert_string_equal(newest()->text, "timers: nothing is missing any more");
}

static void effect_is_told_once_an_epoch_and_not_before_it_settled(void **state)
{
	struct kqt_change_figures c = {.known = true,
	                               .before = {.count = 100, .q_ns = {1000, 0, 5000, 0}},
	                               .now = {.count = 100, .q_ns = {2000, 0, 5000, 0}},
	                               .waits_before = 100,
	                               .waits_now = 50,
	                               .ks = 0.5,
	                               .own = 0.25,
	                               .what = "timers 8 -> 16",
	                               .looks = "body slower, tail same"};

	(void)state;
	w.epoch.epoch = 2;
	w.epoch.waits = 100;
	w.epoch.start_ns = SECOND;
	kqt_tally_end(&w.epoch, 2 * SECOND);
	assert_false(kqt_journal_wants_effect(w.j, &w.snap)); /* no baseline */
	w.snap.baseline = &w.baseline;
	assert_false(kqt_journal_wants_effect(w.j, &w.snap)); /* too new */
	kqt_tally_end(&w.epoch, 3 * SECOND);
	assert_true(kqt_journal_wants_effect(w.j, &w.snap));
	c.settling = true;
	kqt_journal_effect(w.j, at(4), 2, &c, "wait, all");
	assert_int_equal(entries(), 0);
	assert_true(kqt_journal_wants_effect(w.j, &w.snap));
	c.settling = false;
	kqt_journal_effect(w.j, at(5), 2, &c, "wait, all");
	assert_string_equal(
	    newest()->text,
	    "timers 8 -> 16: looks body slower, tail same (wait, all): p50 1.00us -> "
	    "2.00us, p99 5.00us -> 5.00us, waits/s 100 -> 50, D 0.50 (own halves 0.25), "
	    "from 100 samples only");
	assert_false(kqt_journal_wants_effect(w.j, &w.snap));
	c.now.count = 1000;
	kqt_journal_effect(w.j, at(9), 3, &c, "wait, all");
	assert_null(strstr(newest()->text, "only"));
}

static void effect_that_looks_different_later_is_told_again(void **state)
{
	struct kqt_change_figures c = {.known = true,
	                               .before = {.count = 2000, .q_ns = {1000, 0, 5000, 0}},
	                               .now = {.count = 2000, .q_ns = {2000, 0, 5000, 0}},
	                               .now_s = 2,
	                               .what = "timers 8 -> 16",
	                               .looks = "body slower, tail same"};

	(void)state;
	w.snap.baseline = &w.baseline;
	w.epoch.epoch = 2;
	w.epoch.waits = 2000;
	w.epoch.start_ns = SECOND;
	kqt_tally_end(&w.epoch, 3 * SECOND);
	kqt_journal_effect(w.j, at(3), 2, &c, "wait, all");
	assert_int_equal(entries(), 1);
	kqt_tally_end(&w.epoch, 20 * SECOND);
	assert_false(kqt_journal_wants_effect(w.j, &w.snap));
	kqt_tally_end(&w.epoch, 21 * SECOND);
	assert_true(kqt_journal_wants_effect(w.j, &w.snap));
	c.now_s = 20;
	snprintf(c.looks, sizeof(c.looks), "within noise");
	kqt_journal_effect(w.j, at(21), 2, &c, "wait, all");
	assert_int_equal(entries(), 2);
	assert_non_null(strstr(newest()->text, "timers 8 -> 16, after 20 s: looks within noise ("));
	assert_false(kqt_journal_wants_effect(w.j, &w.snap));

	/* the same words, or words of another kind or another baseline, are no news */
	for (uint64_t epoch = 3; epoch < 6; epoch++) {
		snprintf(c.what, sizeof(c.what), "timers 16 -> 8");
		snprintf(c.looks, sizeof(c.looks), "within noise");
		c.now_s = 2;
		kqt_journal_effect(w.j, at(30), epoch, &c, "wait, all");
		assert_null(strstr(newest()->text, "after"));
		if (epoch > 3)
			snprintf(c.looks, sizeof(c.looks), "something else");
		if (epoch == 5)
			snprintf(c.what, sizeof(c.what), "nothing changed");
		kqt_journal_effect(w.j, at(50), epoch, &c, epoch == 4 ? "notif, all" : "wait, all");
		assert_int_equal(entries(), epoch);
		w.epoch.epoch = epoch;
		assert_false(kqt_journal_wants_effect(w.j, &w.snap));
	}
}

static void groups_leave_out_the_other_kinds(void **state)
{
	(void)state;
	kqt_journal_add(w.j, at(1), KQT_ENTRY_CHANGE, "one");
	kqt_journal_add(w.j, at(2), KQT_ENTRY_LOST, "two");
	kqt_journal_add(w.j, at(3), KQT_ENTRY_RECORD, "three");
	assert_string_equal(kqt_journal_before(w.j, UINT64_MAX, KQT_ENTRIES_TROUBLE)->text, "two");
	assert_string_equal(kqt_journal_after(w.j, 0, KQT_ENTRIES_FILES)->text, "three");
	assert_null(kqt_journal_before(w.j, 2, KQT_ENTRIES_FILES));
}

/* -- the view ------------------------------------------------------------- */

static void numbered(int n)
{
	for (int i = 1; i <= n; i++)
		kqt_journal_add(w.j, at(i), KQT_ENTRY_CHANGE, "number %d.", i);
}

static void entry_has_time_kind_and_words(void **state)
{
	const char *s;

	(void)state;
	kqt_journal_add(w.j, at(3725), KQT_ENTRY_CHANGE, "timers 8 -> 16");
	s = drawn(24, 80);
	assert_shows(s, " log: all ");
	assert_shows(s, "\n 1:02:05        -  change     timers 8 -> 16\n");
	assert_shows(drawn(10, 40), "\n 1:02:05 change   timers 8 -> 16\n");
}

static void long_sentences_go_on_below(void **state)
{
	(void)state;
	kqt_journal_add(w.j, at(1), KQT_ENTRY_EFFECT,
	                "a sentence that is longer than the line that it begins on");
	assert_shows(drawn(24, 80), "effect     a sentence that is longer than the line that it\n"
	                            "                              begins on\n");
	assert_shows(drawn(10, 40), "effect   a sentence that is\n"
	                            "          longer than the line that it\n"
	                            "          begins on\n");
}

static void newest_is_at_the_bottom_and_followed(void **state)
{
	const char *s;

	(void)state;
	numbered(30);
	s = drawn(24, 80); /* 19 rows of entries */
	assert_shows(s, "number 30.");
	assert_shows(s, "number 12.");
	assert_hides(s, "number 11.");
	numbered(1);
	assert_hides(drawn(24, 80), "number 12.");
}

static void scrolled_view_stays_and_says_what_is_below(void **state)
{
	const char *s;

	(void)state;
	numbered(30);
	w.ui.log_end = kqt_log_moved(w.j, KQT_ENTRIES_ALL, 0, KQT_LOG_UP, 24, 80);
	numbered(2);
	s = drawn(24, 80);
	assert_shows(s, "number 29.");
	assert_hides(s, "number 30.");
	assert_shows(s, " 3 newer: End");
}

static void pages_overlap_by_one_entry_and_end_where_the_journal_does(void **state)
{
	uint64_t end = 0;

	(void)state;
	numbered(50);
	end = kqt_log_moved(w.j, KQT_ENTRIES_ALL, end, KQT_LOG_PAGE_UP, 24, 80);
	assert_int_equal(end, 32); /* 32 .. 50 were shown */
	end = kqt_log_moved(w.j, KQT_ENTRIES_ALL, end, KQT_LOG_PAGE_UP, 24, 80);
	end = kqt_log_moved(w.j, KQT_ENTRIES_ALL, end, KQT_LOG_PAGE_UP, 24, 80);
	assert_int_equal(end, 19); /* a full screen from the first */
	assert_int_equal(kqt_log_moved(w.j, KQT_ENTRIES_ALL, end, KQT_LOG_UP, 24, 80), 19);
	end = kqt_log_moved(w.j, KQT_ENTRIES_ALL, end, KQT_LOG_PAGE_DOWN, 24, 80);
	assert_int_equal(end, 37);
	end = kqt_log_moved(w.j, KQT_ENTRIES_ALL, end, KQT_LOG_PAGE_DOWN, 24, 80);
	assert_int_equal(end, 0); /* follows again */
	assert_int_equal(kqt_log_moved(w.j, KQT_ENTRIES_ALL, 0, KQT_LOG_FIRST, 24, 80), 19);
	assert_int_equal(kqt_log_moved(w.j, KQT_ENTRIES_ALL, 19, KQT_LOG_LAST, 24, 80), 0);
	assert_int_equal(kqt_log_moved(w.j, KQT_ENTRIES_ALL, 49, KQT_LOG_DOWN, 24, 80), 0);
}

static void short_journal_does_not_scroll(void **state)
{
	(void)state;
	for (int n = 0; n < 3; n++) {
		for (int move = KQT_LOG_UP; move <= KQT_LOG_LAST; move++)
			assert_int_equal(
			    kqt_log_moved(w.j, KQT_ENTRIES_ALL, 0, (enum kqt_log_move)move, 24, 80),
			    0);
		numbered(1);
	}
}

static void entry_that_was_pushed_out_is_no_end(void **state)
{
	(void)state;
	numbered(KQT_JOURNAL_LEN + 100);
	w.ui.log_end = 3;
	assert_shows(drawn(24, 80), "number 101.");
}

static void empty_group_says_so(void **state)
{
	(void)state;
	numbered(1);
	w.ui.log_group = KQT_ENTRIES_TROUBLE;
	assert_shows(drawn(24, 80), "nothing of this kind has happened yet");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(quiet_snapshots_make_no_entries),
	    TEST(memory_is_bounded_and_the_oldest_go_first),
	    TEST(control_characters_of_others_are_escaped),
	    TEST(losses_within_ten_seconds_are_one_entry_that_grows),
	    TEST(stalls_and_gaps_are_told_with_their_number),
	    TEST(saturation_has_a_beginning_and_an_end),
	    TEST(alarms_begin_anew_with_the_watch),
	    TEST(shortfall_is_told_when_it_changes),
	    TEST(effect_is_told_once_an_epoch_and_not_before_it_settled),
	    TEST(effect_that_looks_different_later_is_told_again),
	    TEST(groups_leave_out_the_other_kinds),
	    TEST(entry_has_time_kind_and_words),
	    TEST(long_sentences_go_on_below),
	    TEST(newest_is_at_the_bottom_and_followed),
	    TEST(scrolled_view_stays_and_says_what_is_below),
	    TEST(pages_overlap_by_one_entry_and_end_where_the_journal_does),
	    TEST(short_journal_does_not_scroll),
	    TEST(entry_that_was_pushed_out_is_no_end),
	    TEST(empty_group_says_so),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
