/* SPDX-License-Identifier: MIT */
/* The view of events, without a terminal: tallies made by hand, the screen read as text. */
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
#include "tui/live/view.h"

#define SECOND UINT64_C(1000000000)

static struct {
	struct kqt_tally tally, none;
	uint64_t bytes[KQT_STREAMS][256];
	struct kqt_account account[KQT_FILTERS];
	struct kqt_snapshot snap;
	struct kqt_history history;
	struct kqt_model *model;
	struct kqt_ui ui;
	struct kqt_canvas canvas;
	bool no_account;
} w;

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.model = kqt_model_new();
	if (!w.model || kqt_history_init(&w.history) < 0)
		return -1;
	snapshot_at_start(&w.snap);
	w.snap.interval = w.snap.epoch = w.snap.total = w.snap.window[0] = &w.tally;
	w.snap.window[1] = &w.none;
	w.snap.bytes = (const uint64_t(*)[256])w.bytes;
	for (int k = 0; k < KQT_SOURCE_KINDS; k++)
		w.snap.registered[k] = w.snap.shortfall[k].wanted = w.snap.shortfall[k].got = 4;
	ui_at_start(&w.ui, KQT_VIEW_EVENTS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kqt_model_free(w.model);
	kqt_history_fini(&w.history);
	kqt_canvas_fini(&w.canvas);
	return 0;
}

/* Two seconds: 1000 waits of 100 us for timers, ten of them with three events and the rest
 * with one, and 100, 200, 300, 400 events of the filters. */
static void measured(void)
{
	struct kqt_tally *t = &w.tally;

	t->start_ns = SECOND;
	kqt_tally_end(t, 3 * SECOND);
	t->epoch = 1;
	t->waits = 1000;
	t->events_per_wait[1] = 990;
	t->events_per_wait[3] = 10;
	for (int i = 0; i < 1000; i++) {
		kqt_hist_record(&t->wait_wake, 100000);
		kqt_hist_record(&t->wait_filter[KQT_FILTER_TIMER], 100000);
		kqt_hist_record(&t->notification[KQT_FILTER_WRITE], 5000);
	}
	for (int f = 0; f < KQT_FILTERS; f++) {
		t->filter[f].events = (uint64_t)(f + 1) * 100;
		t->filter[f].wakes = 50;
		t->filter[f].merged = 3;
		t->filter[f].missed = 2;
		w.account[f] = (struct kqt_account){.due = 115,
		                                    .performed = 110,
		                                    .missed = 2,
		                                    .skipped = 1,
		                                    .folded = 2,
		                                    .samples = 100,
		                                    .transition = 6,
		                                    .gap = 3,
		                                    .pending = 1};
	}
	t->excluded = (struct kqt_excluded){1, 2, 3, 4};
	w.snap.stimulus.ticks = 990;
	w.snap.stimulus.lost = 10;
	kqt_history_add(&w.history, t);
	kqt_history_add(&w.history, t);
}

/* After a refresh that has all figures, or only those that each refresh has. */
static const char *refreshed(bool all, int rows, int cols)
{
	struct kqt_scene sc = {.snap = &w.snap,
	                       .live = &w.snap,
	                       .wanted = &w.snap.config,
	                       .history = &w.history,
	                       .fig = &w.model->fig,
	                       .ui = &w.ui,
	                       .account = w.no_account ? NULL : w.account,
	                       .running = true,
	                       .cpus = 2};

	kqt_model_update(w.model, &w.snap, &w.history, &w.ui, all);
	return screen_text(&w.canvas, &sc, rows, cols);
}

static const char *drawn(int rows, int cols)
{
	return refreshed(true, rows, cols);
}

static void screen_of_80x24_has_every_section(void **state)
{
	const char *s;

	(void)state;
	measured();
	assert_int_equal(kqt_events_pages(24, &w.snap), 1);
	s = drawn(24, 80);
	assert_shows(
	    s, "- so far events -- /s  share wakes a wake merged missed -- sources  trend/s ");
	assert_shows(s, "\n timer      100    50  10.0%    50   2.00      3      2        4/4 ");
	assert_shows(s, "\n all      1.00k   500 100.0% 1.00k   1.00     12      8 ");
	assert_shows(s, "\n timeout      0     0   0.0% of waits: stimulus 500us comes first");
	assert_shows(s,
	             "- wait, last 2s ---- n --- p50 --- p90 --- p99 - p99.9 --- max  p99 trend ");
	assert_shows(s, "\n timer           1.00k   100us   100us   100us   100us   100us");
	assert_shows(s, "\n read                -       -       -       -       -       -");
	assert_shows(
	    s, "- account samples +trans  +gap +pending =performed +missed  +skip  +folded  =due");
	assert_shows(
	    s,
	    "\n read         100      6     3        1        110       2      1        2   115");
	assert_shows(s, "\n stimulus 500us: lost 10 of 1.00k ticks  stalls 0  lost 0");
	assert_shows(s, "excluded 10: eintr 1 control 2 transition 3 gap 4");
}

static void kind_is_the_chosen_one(void **state)
{
	(void)state;
	measured();
	w.ui.kind = KQT_LATENCY_NOTIFICATION;
	assert_shows(drawn(24, 80), "\n write           1.00k  5.00us  5.00us  5.00us");
}

static void nothing_measured_shows_dashes(void **state)
{
	const char *s;

	(void)state;
	w.no_account = true;
	s = drawn(24, 80);
	assert_shows(s, "\n timer        0     -      -     0      -      0      0        4/4");
	assert_shows(
	    s,
	    "\n timer          -      -     -        -          -       -      -        -     -");
}

static void row_without_sources_is_off(void **state)
{
	(void)state;
	w.snap.shortfall[KQT_SOURCE_FILE].wanted = w.snap.registered[KQT_SOURCE_FILE] = 0;
	assert_shows(drawn(24, 80),
	             "\n vnode        -     -      -     -      -      -      -        off");
}

static void shortfall_has_its_reason_and_pushes_nothing_out_that_counts(void **state)
{
	const char *s;

	(void)state;
	measured();
	w.snap.shortfall[KQT_SOURCE_TIMER] = (struct kqt_shortfall){8, 3, "too many open files"};
	w.snap.registered[KQT_SOURCE_TIMER] = 3;
	s = drawn(24, 80);
	assert_shows(s, "       !3/8 ");
	assert_shows(s, "\n ! timers: 3 of 8 registered: too many open files\n");
	assert_shows(s, "excluded 10: ");
	assert_shows(s, "=due\n timer");
	assert_int_equal(kqt_events_pages(24, &w.snap), 1);
}

static void unstamped_triggers_have_no_account(void **state)
{
	const char *s;

	(void)state;
	measured();
	w.snap.config.write = KQT_WRITE_LEVEL;
	s = drawn(24, 80);
	assert_shows(s, "\n write      300   150  30.0%    50   6.00      -      -");
	assert_shows(
	    s,
	    "\n write          -      -     -        -          -       -      -        -     -");
}

/* How often timers that run have expired; and of those that are gone, what the clock says
 * less than was seen. */
static void what_is_not_known_of_timers_is_a_dash(void **state)
{
	(void)state;
	measured();
	w.account[KQT_FILTER_TIMER] = (struct kqt_account){.samples = 50, .untimed = true};
	assert_shows(
	    drawn(24, 80),
	    "\n timer         50      0     0        -          -       0      0        -     -");
	w.account[KQT_FILTER_TIMER] = (struct kqt_account){
	    .samples = 50, .performed = 49, .due = 49, .pending = (uint64_t)-1};
	assert_shows(
	    drawn(24, 80),
	    "\n timer         50      0     0        -         49       0      0        0    49");
}

static void counts_after_r_say_so_and_wakes_of_all_are_unknown(void **state)
{
	const char *s;

	(void)state;
	measured();
	w.ui.base.filter[KQT_FILTER_TIMER].events = 60;
	s = drawn(24, 80);
	assert_shows(s, "- from r events ");
	assert_shows(s, "\n timer       40 ");
	assert_shows(s, "\n all        940   500 100.0%     -      -");
}

/* The counts, the rates and the shares beside them come with the same refresh. */
static void figures_of_a_screen_are_of_one_moment(void **state)
{
	static char before[64 * 1024];

	(void)state;
	measured();
	snprintf(before, sizeof(before), "%s", drawn(45, 140));
	w.tally.filter[KQT_FILTER_TIMER].events += 55;
	w.tally.filter[KQT_FILTER_TIMER].wakes += 11;
	w.tally.waits += 11;
	w.tally.timeouts += 3;
	w.tally.events_per_wait[5] += 11;
	kqt_hist_record(&w.tally.wait_wake, 700000);
	w.snap.serial++;
	assert_string_equal(refreshed(false, 45, 140), before);
	assert_shows(drawn(45, 140), "\n timer            155 ");
}

static void higher_screens_have_events_a_wait_and_every_kind(void **state)
{
	const char *s;

	(void)state;
	measured();
	s = drawn(45, 140);
	assert_shows(s, "events a wait brought, since the change");
	assert_shows(s, "\n   1    990   99.0% ###");
	assert_shows(s, "\n   3     10    1.0% ");
	assert_shows(s, "\n  16+     0    0.0%");
	assert_shows(s, " notif timer        -");
	assert_shows(s, "       write    1.00k  5.00us  5.00us");
	/* the last row stands for all above it */
	s = drawn(29, 110);
	assert_shows(s, "\n   3+    10    1.0% ");
	assert_shows(s, " notif all      1.00k  5.00us");
}

static void small_screens_have_all_of_it_in_pages(void **state)
{
	const char *s;

	(void)state;
	measured();
	assert_int_equal(kqt_events_pages(10, &w.snap), 3);
	s = drawn(10, 40);
	assert_shows(s, "\n timer      100    50      3      2");
	assert_shows(s, "\n page 1 of 3 ");
	w.ui.page = 1;
	s = drawn(10, 40);
	assert_shows(s, "\n timer       100us  100us  100us  100us\n");
	w.ui.page = 2;
	s = drawn(10, 40);
	assert_shows(s, "- account samples  pending  missed - due\n");
	assert_shows(s, "\n read         100        1       2   115\n");
	assert_shows(s, "stimulus 500us");
	assert_hides(s, "=due");
}

static void columns_stay_aligned_at_every_width(void **state)
{
	static const char *const heads[] = {"events", "p99.9", "samples"};
	static const char *const values[] = {"\n timer ", "\n timer ", "\n timer "};

	(void)state;
	measured();
	for (int cols = 80; cols <= 200; cols += 7) {
		const char *s = drawn(24, cols), *row = s;

		for (int i = 0; i < 3; i++) {
			const char *title, *figure;
			size_t end;

			row = strstr(row, heads[i]);
			assert_non_null(row);
			title = row;
			while (title > s && title[-1] != '\n')
				title--;
			end = (size_t)(row - title) + strlen(heads[i]);
			figure = strstr(row, values[i]) + 1;
			/* the figure ends below the end of its head */
			assert_int_not_equal(figure[end - 1], ' ');
			assert_int_equal(figure[end], ' ');
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(screen_of_80x24_has_every_section),
	    TEST(kind_is_the_chosen_one),
	    TEST(nothing_measured_shows_dashes),
	    TEST(row_without_sources_is_off),
	    TEST(shortfall_has_its_reason_and_pushes_nothing_out_that_counts),
	    TEST(unstamped_triggers_have_no_account),
	    TEST(what_is_not_known_of_timers_is_a_dash),
	    TEST(counts_after_r_say_so_and_wakes_of_all_are_unknown),
	    TEST(figures_of_a_screen_are_of_one_moment),
	    TEST(higher_screens_have_events_a_wait_and_every_kind),
	    TEST(small_screens_have_all_of_it_in_pages),
	    TEST(columns_stay_aligned_at_every_width),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
