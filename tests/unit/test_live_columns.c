/* SPDX-License-Identifier: MIT */
/* Columns of every table, without a terminal: whatever is in them, neighbours stand apart.
 * A row of the largest figures has as many words as the same row of the smallest: two that
 * ran together would be one. The same of bars and their labels, titles and letters, messages
 * and the keys below them. */
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
#include "tui/live/beside.h"
#include "tui/live/keymap.h"
#include "tui/live/view.h"

#define ROWS_MAX 200

static const struct {
	int cols, rows;
} sizes[] = {{40, 10}, {60, 16}, {60, 20}, {80, 24}, {120, 40}, {140, 45}};

static struct {
	struct kqt_tally tally;
	struct kqt_account account[KQT_FILTERS];
	struct kqt_snapshot snap;
	struct kqt_history history;
	struct kqt_figures fig;
	struct kqt_beside beside;
	struct kqt_ui ui;
	struct kqt_canvas canvas;
} w;

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	if (kqt_history_init(&w.history) < 0)
		return -1;
	snapshot_at_start(&w.snap);
	w.snap.epoch = w.snap.total = &w.tally;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kqt_history_fini(&w.history);
	kqt_canvas_fini(&w.canvas);
	return 0;
}

static struct kqt_quantiles quantiles(uint64_t count, uint64_t ns)
{
	return (struct kqt_quantiles){.count = count, .q_ns = {ns, ns, ns, ns}, .max_ns = ns};
}

/* Every figure that a table has: n, ns, and n in each of `wakes` wakes. */
static void fill(uint64_t n, uint64_t ns, uint64_t wakes, uint64_t sources)
{
	struct kqt_figures *f = &w.fig;
	struct kqt_quantiles q = quantiles(n, ns);

	w.tally.waits = n;
	for (int i = 0; i < KQT_EVENTS_PER_WAIT; i++)
		w.tally.events_per_wait[i] = n;
	f->now = f->baseline = f->timeout = q;
	for (int k = 0; k < KQT_LATENCIES; k++) {
		f->kinds_baseline[k] = q;
		for (int i = 0; i <= KQT_FILTERS; i++)
			f->every[k][i] = q;
	}
	f->timeouts = n;
	f->timeout_rate = (double)n;
	f->timeout_share = n > 9 ? 1 : 0.01;
	f->waits_rate = f->events_rate = f->bytes_rate = (double)n;
	f->change.known = true;
	for (int i = 0; i < KQT_FILTERS; i++) {
		f->filter[i] = (struct kqt_filter_figures){.state = KQT_ROW_ON,
		                                           .wanted = sources,
		                                           .got = sources - 1,
		                                           .missing = true,
		                                           .events = n,
		                                           .wakes = wakes,
		                                           .merged = n,
		                                           .missed = n,
		                                           .stamped = true,
		                                           .rate = (double)n,
		                                           .share = n > 9 ? 1 : 0.01,
		                                           .latency = q};
		w.account[i] = (struct kqt_account){.due = n,
		                                    .performed = n,
		                                    .missed = n,
		                                    .skipped = n,
		                                    .folded = n,
		                                    .samples = n,
		                                    .transition = n,
		                                    .gap = n,
		                                    .pending = n >> 1};
	}
	w.beside.n = 3;
	for (size_t i = 0; i < w.beside.n; i++) {
		w.beside.one[i] = (struct kqt_beside_one){.is_report = i == 2,
		                                          .q = q,
		                                          .waits_s = (double)n,
		                                          .ks = i ? 1 : NAN,
		                                          .ks_at_ns = ns,
		                                          .gap_max = 1};
		snprintf(w.beside.one[i].tag, sizeof(w.beside.one[i].tag), "%s",
		         i == 0   ? "now"
		         : i == 1 ? "A"
		                  : "R1");
	}
}

static const char *drawn(int rows, int cols)
{
	struct kqt_scene sc = {.snap = &w.snap,
	                       .live = &w.snap,
	                       .wanted = &w.snap.config,
	                       .history = &w.history,
	                       .fig = &w.fig,
	                       .ui = &w.ui,
	                       .message = w.ui.message[0] != '\0',
	                       .account = w.account,
	                       .beside = &w.beside,
	                       .running = true,
	                       .cpus = 2};

	return screen_text(&w.canvas, &sc, rows, cols);
}

/* Does a row of a table begin so? */
static bool is_name(const char *text, size_t n)
{
	static const char *const names[] = {
	    "timer", "timer!",  "read", "read!", "write", "write!", "vnode",        "vnode!",
	    "all",   "timeout", "wait", ">wait", "notif", "resp",   "notification", "response"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && strncmp(text, names[i], n) == 0)
			return true;
	return strspn(text, "0123456789+") == n; /* events a wait brought */
}

/* Words of each row of a table, 0 of others. */
static void count_words(const char *screen, int rows, int words[ROWS_MAX])
{
	for (int r = 0; r < rows; r++, screen = strchr(screen, '\n') + 1) {
		size_t end = strcspn(screen, "\n"), at = strspn(screen, " ");

		words[r] = 0;
		if (at >= end || !is_name(screen + at, strcspn(screen + at, " \n")))
			continue;
		while (at < end) {
			words[r]++;
			at += strcspn(screen + at, " \n");
			at += strspn(screen + at, " ");
		}
	}
}

/* @return tables' rows that were compared */
static int compare(enum kqt_view_id view, unsigned page, int rows, int cols, uint64_t n,
                   uint64_t ns, uint64_t wakes)
{
	int few[ROWS_MAX], many[ROWS_MAX], compared = 0;
	const char *screen;

	ui_at_start(&w.ui, view);
	w.ui.page = page;
	fill(1, 1, 1, 2);
	count_words(drawn(rows, cols), rows, few);
	fill(n, ns, wakes, KQT_SOURCES_MAX);
	screen = drawn(rows, cols);
	count_words(screen, rows, many);
	for (int r = 0; r < rows; r++) {
		if (few[r] != many[r])
			fail_msg("row %d of view %d at %dx%d: %d words, not %d\n%s", r, (int)view,
			         cols, rows, many[r], few[r], screen);
		compared += few[r] > 0;
	}
	return compared;
}

static void the_largest_figures_stand_apart(void **state)
{
	static const enum kqt_view_id views[] = {KQT_VIEW_OVERVIEW, KQT_VIEW_LATENCY,
	                                         KQT_VIEW_EVENTS, KQT_VIEW_COMPARE};
	int compared = 0;

	(void)state;
	for (size_t v = 0; v < sizeof(views) / sizeof(views[0]); v++)
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
			for (unsigned page = 0; page < 3; page++) {
				int rows = sizes[s].rows, cols = sizes[s].cols;

				/* in short; every digit; of an average with a fraction */
				compared += compare(views[v], page, rows, cols,
				                    UINT64_C(1230000000000000), 99900000, 1);
				compared += compare(views[v], page, rows, cols,
				                    UINT64_C(9999999999999), 1230000, 5);
				compared += compare(views[v], page, rows, cols,
				                    UINT64_C(99999999999), 28900000, 7);
				compared += compare(views[v], page, rows, cols, 14720, 11100000, 5);
			}
	assert_true(compared > 1000);
}

static void heads_are_whole_in_every_kind(void **state)
{
	static const char *const cut[] = {" rat ", " event ", "filt ", "accoun ", " p99. "};

	(void)state;
	fill(14720, 11100000, 5, KQT_SOURCES_MAX);
	for (int k = 0; k < KQT_LATENCIES; k++)
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
			for (int view = KQT_VIEW_OVERVIEW; view <= KQT_VIEW_EVENTS; view++) {
				const char *screen;

				ui_at_start(&w.ui, (enum kqt_view_id)view);
				w.ui.kind = (enum kqt_latency)k;
				screen = drawn(sizes[s].rows, sizes[s].cols);
				for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++)
					assert_hides(screen, cut[i]);
			}
}

static void an_average_of_thousands_is_short(void **state)
{
	const char *screen;

	(void)state;
	ui_at_start(&w.ui, KQT_VIEW_EVENTS);
	fill(14720, 100000, 5, 4);
	screen = drawn(24, 80);
	assert_shows(screen, " 14.7k 14.7k  25.0%     5  2.94k  14.7k ");
	assert_hides(screen, "2944");
}

/* A letter beside the title's words would read as one of them: "wait, all T". */
static void letters_keep_off_the_titles_words(void **state)
{
	bool there = false;

	(void)state;
	for (int i = 0; i < 30; i++) {
		w.tally.start_ns = (uint64_t)(1 + i) * KQT_NS_PER_S;
		kqt_tally_end(&w.tally, w.tally.start_ns + KQT_NS_PER_S);
		w.tally.epoch = 1;
		kqt_history_mark(&w.history, 'T', "t");
		kqt_history_add(&w.history, &w.tally);
	}
	for (int cols = 60; cols <= 140; cols += 4) {
		const char *screen, *title;
		char line[400];

		ui_at_start(&w.ui, KQT_VIEW_OVERVIEW);
		screen = drawn(cols < 80 ? 20 : 45, cols);
		title = strstr(screen, "\n- wait");
		assert_non_null(title);
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(title + 1, "\n"), title + 1);
		there |= strstr(line, "TTTT") != NULL;
		assert_hides(line, " TT");
		assert_hides(line, "TT ");
	}
	assert_true(there); /* where there is room */
}

static void labels_keep_off_full_bars(void **state)
{
	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
		for (int view = KQT_VIEW_OVERVIEW; view <= KQT_VIEW_COMPARE; view++) {
			struct kqt_quantiles q = quantiles(1000, 100000);
			unsigned bin = kqt_bin_of_ns(100000);

			if (view == KQT_VIEW_EVENTS || view == KQT_VIEW_ENTROPY)
				continue;
			memset(&w.fig, 0, sizeof(w.fig));
			fill(1000, 100000, 7, 4);
			q.max_ns = 10000000;
			w.fig.now = q;
			w.fig.baseline = q;
			w.fig.bins[bin] = w.fig.baseline_bins[bin] = 1000;
			for (int i = 0; i < 3; i++) {
				w.beside.one[i].q = q;
				w.beside.one[i].bins[bin] = 1000;
			}
			ui_at_start(&w.ui, (enum kqt_view_id)view);
			assert_hides(drawn(sizes[s].rows, sizes[s].cols), "#p");
		}
}

static void help_and_quit_stay_below_a_message(void **state)
{
	static const char said[] = "what was just done", keys[] = "\n quit  ? help";

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
		for (int view = KQT_VIEW_OVERVIEW; view <= KQT_VIEW_SETUP; view++) {
			const char *screen, *below;

			ui_at_start(&w.ui, (enum kqt_view_id)view);
			snprintf(w.ui.message, sizeof(w.ui.message), "%s", said);
			screen = drawn(sizes[s].rows, sizes[s].cols);
			assert_shows(screen, said);
			/* the help has its page at the end of that row */
			below = strchr(strstr(screen, said), '\n');
			assert_non_null(below);
			assert_true(strncmp(below, keys, strlen(keys)) == 0);
		}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(the_largest_figures_stand_apart),  TEST(heads_are_whole_in_every_kind),
	    TEST(an_average_of_thousands_is_short), TEST(letters_keep_off_the_titles_words),
	    TEST(labels_keep_off_full_bars),        TEST(help_and_quit_stay_below_a_message),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
