/* SPDX-License-Identifier: MIT */
/* Now, the baseline and reports side by side, without a terminal. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/report_gen.h"
#include "tests/support/screen_text.h"
#include "tui/live/app.h"
#include "tui/live/beside.h"
#include "tui/live/view.h"

#define SECOND UINT64_C(1000000000)

static struct {
	struct kqt_tally epoch, baseline;
	struct kqt_snapshot snap;
	struct kqt_history history;
	struct kqt_figures fig;
	struct kqt_ui ui;
	struct kqt_canvas canvas;
	struct kqt_beside b;
	char folder[64], path[96], other[96];
} w;

static void fill(struct kqt_tally *t, uint64_t ns, int n)
{
	t->start_ns = SECOND;
	kqt_tally_end(t, 3 * SECOND);
	t->waits = (uint64_t)n;
	for (int i = 0; i < n; i++)
		kqt_hist_record(&t->wait_wake, ns);
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	if (kqt_history_init(&w.history) < 0)
		return -1;
	snapshot_at_start(&w.snap);
	w.snap.epoch = w.snap.total = &w.epoch;
	ui_at_start(&w.ui, KQT_VIEW_COMPARE);
	fill(&w.epoch, 20000, 1000);
	snprintf(w.folder, sizeof(w.folder), "/tmp/kqtop-beside-XXXXXX");
	if (!mkdtemp(w.folder))
		return -1;
	snprintf(w.path, sizeof(w.path), "%s/first.json", w.folder);
	snprintf(w.other, sizeof(w.other), "%s/second.json", w.folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(w.path);
	unlink(w.other);
	rmdir(w.folder);
	kqt_beside_fini(&w.b);
	kqt_history_fini(&w.history);
	kqt_canvas_fini(&w.canvas);
	return 0;
}

static void save(const char *path, bool ab, const char *label)
{
	struct kqt_report *r = report_gen(3, 100, ab, 1);

	assert_non_null(r);
	free(r->label);
	r->label = label ? strdup(label) : NULL;
	r->side[0].config = w.snap.config;
	r->side[0].config.num_timers = 16;
	assert_int_equal(kqt_report_save(r, path, NULL), 0);
	kqt_report_free(r);
}

static int load(const char *names, char why[256])
{
	struct kqt_strbuf sb = kqt_strbuf_init(why, 256);

	why[0] = '\0';
	return kqt_beside_load(&w.b, names, &sb);
}

static void update(void)
{
	kqt_beside_update(&w.b, &w.snap, &w.history, &w.ui, true);
}

static void with_baseline(void)
{
	w.snap.baseline = &w.baseline;
	fill(&w.baseline, 10000, 500);
	w.fig.change.known = true;
	snprintf(w.fig.change.what, sizeof(w.fig.change.what), "timers 8 -> 16");
	snprintf(w.fig.change.looks, sizeof(w.fig.change.looks), "body slower, tail slower");
}

static const char *drawn(int rows, int cols)
{
	struct kqt_app_ab ab = {0};
	struct kqt_scene sc = {.snap = &w.snap,
	                       .live = &w.snap,
	                       .wanted = &w.snap.config,
	                       .history = &w.history,
	                       .fig = &w.fig,
	                       .ui = &w.ui,
	                       .ab = &ab,
	                       .beside = &w.b,
	                       .running = true,
	                       .cpus = 2};

	update();
	return screen_text(&w.canvas, &sc, rows, cols);
}

/* -- figures -------------------------------------------------------------- */

static void distance_and_gap_are_those_of_the_distributions(void **state)
{
	const struct kqt_beside_one *a = &w.b.one[1];

	(void)state;
	with_baseline();
	update();
	assert_int_equal(w.b.n, 2);
	assert_string_equal(w.b.one[0].tag, "now");
	assert_true(isnan(w.b.one[0].ks));
	assert_true(a->ks == 1); /* nothing in common */
	/* between 10 and 20 us all of the baseline is below, nothing of now */
	assert_true(a->gap[kqt_bin_of_ns(15000)] == -1);
	assert_true(a->gap[kqt_bin_of_ns(9000)] == 0);
	assert_true(a->gap[kqt_bin_of_ns(30000)] == 0);
	assert_true(a->gap_max == 1);
	assert_true(a->waits_s == 250);
}

static void nothing_measured_has_no_distance(void **state)
{
	(void)state;
	with_baseline();
	w.ui.kind = KQT_LATENCY_RESPONSE;
	update();
	assert_int_equal(w.b.one[1].q.count, 0);
	assert_true(isnan(w.b.one[1].ks));
	assert_int_equal(w.b.hi, 0);
}

static void axis_holds_all_and_only_grows_until_the_kind_changes(void **state)
{
	unsigned hi;

	(void)state;
	update();
	hi = w.b.hi;
	fill(&w.epoch, 90000000, 1);
	update();
	assert_true(w.b.hi > hi);
	hi = w.b.hi;
	kqt_tally_reset(&w.epoch);
	fill(&w.epoch, 20000, 10);
	update();
	assert_int_equal(w.b.hi, hi);
	w.ui.kind = KQT_LATENCY_RESPONSE;
	update();
	w.ui.kind = KQT_LATENCY_WAIT;
	update();
	assert_true(w.b.hi < hi);
}

/* -- reports -------------------------------------------------------------- */

static void report_of_two_sides_is_two_columns_of_all_its_rounds(void **state)
{
	char why[256];

	(void)state;
	save(w.path, true, NULL);
	assert_int_equal(load(w.path, why), 1);
	update();
	assert_int_equal(w.b.n, 3);
	assert_string_equal(w.b.one[1].tag, "R1A");
	assert_string_equal(w.b.one[2].tag, "R1B");
	assert_true(w.b.one[1].is_report);
	for (int side = 0; side < 2; side++) {
		struct kqt_hist *sum = calloc(1, sizeof(*sum));

		assert_non_null(sum);
		for (size_t i = 0; i < w.b.report[0]->n_rounds; i++)
			if (w.b.report[0]->rounds[i].side == (unsigned)side)
				kqt_round_hist(&w.b.report[0]->rounds[i], KQT_LATENCY_WAIT,
				               KQT_FILTERS, sum);
		assert_true(sum->count > 0);
		assert_int_equal(w.b.one[1 + side].q.count, sum->count);
		assert_int_equal(w.b.one[1 + side].q.q_ns[KQT_Q99], kqt_hist_quantile(sum, 0.99));
		free(sum);
	}
}

static void name_loaded_again_takes_the_place_of_itself(void **state)
{
	char why[256];

	(void)state;
	save(w.path, false, NULL);
	assert_int_equal(load(w.path, why), 1);
	save(w.path, true, NULL);
	assert_int_equal(load(w.path, why), 1);
	assert_int_equal(w.b.n_reports, 1);
	assert_int_equal(w.b.n_sides, 2);
	assert_int_equal(kqt_beside_clear(&w.b), 1);
	update();
	assert_int_equal(w.b.n, 1);
}

static void files_of_one_long_folder_are_not_taken_for_each_other(void **state)
{
	char why[256], folder[256], first[300], second[300], both[640];

	(void)state;
	snprintf(folder, sizeof(folder), "%s/%0150d", w.folder, 0);
	snprintf(first, sizeof(first), "%s/before.json", folder);
	snprintf(second, sizeof(second), "%s/after.json", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	save(first, false, NULL);
	save(second, false, NULL);
	snprintf(both, sizeof(both), "%s,%s", first, second);
	assert_int_equal(load(both, why), 2);
	assert_int_equal(w.b.n_reports, 2);
	assert_non_null(strstr(w.b.side[0].words, "/before.json, 3 rounds"));
	assert_non_null(strstr(w.b.side[1].words, "/after.json, 3 rounds"));
	/* another way to name one of them */
	snprintf(both, sizeof(both), "%s/../%0150d/after.json", folder, 0);
	assert_int_equal(load(both, why), 1);
	assert_int_equal(w.b.n_reports, 2);
	unlink(first);
	unlink(second);
	rmdir(folder);
}

static void one_bad_file_of_two_changes_nothing(void **state)
{
	char why[256], both[256];

	(void)state;
	save(w.path, false, NULL);
	assert_int_equal(load(w.path, why), 1);
	snprintf(both, sizeof(both), "%s,%s", w.path, w.other);
	assert_true(load(both, why) < 0);
	assert_non_null(strstr(why, "second.json"));
	assert_int_equal(w.b.n_reports, 1);
	update();
	assert_int_equal(w.b.n, 2);
}

static void file_with_a_comma_in_its_name_is_one_file(void **state)
{
	char why[256];

	(void)state;
	snprintf(w.other, sizeof(w.other), "%s/a,b.json", w.folder);
	save(w.other, false, NULL);
	assert_int_equal(load(w.other, why), 1);
	assert_non_null(strstr(w.b.name[0], "a,b.json"));
}

static void what_differs_is_said_in_words(void **state)
{
	char why[256];

	(void)state;
	save(w.path, false, "web2");
	assert_int_equal(load(w.path, why), 1);
	update();
	/* not medians of rounds, as compare has them */
	assert_non_null(strstr(w.b.side[0].words, " together, epoll"));
	assert_non_null(strstr(w.b.side[0].differs, "timers 16, here 8"));
	assert_null(strstr(w.b.side[0].differs, "round time"));
	assert_null(strstr(w.b.side[0].differs, "unknown")); /* then it may be the same */
	/* the report's machine is made up */
	assert_non_null(strstr(w.b.side[0].differs, "different machine: "));
	snprintf(w.ui.load, sizeof(w.ui.load), "LOAD fork:3 47s");
	update();
	assert_shows(w.b.side[0].differs, "load cpu:2x, here fork:3");
}

/* -- the view ------------------------------------------------------------- */

static void table_has_ratios_to_the_baseline(void **state)
{
	const char *s;

	(void)state;
	with_baseline();
	s = drawn(24, 80);
	assert_shows(s, " now ");
	assert_shows(s, " now-A, 1 ");
	assert_shows(s, "    p50  20.0us                  10.0us                  x2.00\n");
	assert_shows(s, "waits/s     500                     250                  x2.00\n");
	assert_shows(s, "      D                            1.00                  at 10.0us\n");
	assert_shows(s, "now: 2 s of this epoch; A: before timers 8 -> 16, 2 s; looks body slower");
}

static void without_a_baseline_it_says_what_to_do(void **state)
{
	const char *s;

	(void)state;
	s = drawn(24, 80);
	assert_shows(s, "no baseline yet: change a knob, or pin one with b.");
	assert_shows(s, "n measures the configuration now");
	assert_shows(s, "    p50  20.0us\n");
}

static void columns_without_room_are_counted(void **state)
{
	char why[256], both[256];

	(void)state;
	with_baseline();
	save(w.path, true, NULL);
	save(w.other, true, NULL);
	snprintf(both, sizeof(both), "%s,%s", w.path, w.other);
	assert_int_equal(load(both, why), 2);
	assert_shows(drawn(10, 40), " +3\n");
	assert_null(strstr(drawn(24, 140), " +3\n"));
}

static void second_page_has_all_that_differs(void **state)
{
	char why[256];
	const char *s;

	(void)state;
	save(w.path, false, "web2");
	assert_int_equal(load(w.path, why), 1);
	w.ui.page = 1;
	s = drawn(24, 80);
	assert_shows(s, "- reports ---");
	assert_shows(s, "\n R1: web2, 3 rounds of ");
	assert_shows(s, "kqtop compare judges their\n medians.");
	assert_shows(s, "page 2 of 2");
}

/* -- file names ----------------------------------------------------------- */

static void names_are_completed_as_far_as_they_agree(void **state)
{
	char path[200], text[256] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	save(w.path, false, NULL);
	snprintf(path, sizeof(path), "x.json,%s/f", w.folder);
	assert_true(kqt_complete_path(path, sizeof(path), &sb));
	assert_non_null(strstr(path, "/first.json"));
	assert_memory_equal(path, "x.json,/tmp/", 12);
	assert_false(kqt_complete_path(path, sizeof(path), &sb));
	snprintf(path, sizeof(path), "%s/none", w.folder);
	sb = kqt_strbuf_init(text, sizeof(text));
	assert_false(kqt_complete_path(path, sizeof(path), &sb));
	assert_string_equal(text, "nothing begins so");
	snprintf(path, sizeof(path), "%.60s", w.folder); /* a folder goes on */
	sb = kqt_strbuf_init(text, sizeof(text));
	assert_true(kqt_complete_path(path, sizeof(path), &sb));
	assert_int_equal(path[strlen(path) - 1], '/');
}

static void names_to_choose_from_are_in_order(void **state)
{
	static const char *const names[] = {"rc.json", "ra.json", "rd.json", "rb.json"};
	char path[200], text[256] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", w.folder, names[i]);
		fclose(fopen(path, "w"));
	}
	snprintf(path, sizeof(path), "%s/r", w.folder);
	assert_false(kqt_complete_path(path, sizeof(path), &sb));
	for (int i = 0; i < 4; i++) {
		char file[200];

		snprintf(file, sizeof(file), "%s/%s", w.folder, names[i]);
		unlink(file);
	}
	assert_string_equal(text, "ra.json  rb.json  rc.json  rd.json");
}

static void completion_never_outgrows_its_room(void **state)
{
	char path[200], text[256] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	save(w.path, false, NULL);
	snprintf(path, sizeof(path), "%s/f", w.folder);
	assert_false(kqt_complete_path(path, strlen(path) + 4, &sb));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(distance_and_gap_are_those_of_the_distributions),
	    TEST(nothing_measured_has_no_distance),
	    TEST(axis_holds_all_and_only_grows_until_the_kind_changes),
	    TEST(report_of_two_sides_is_two_columns_of_all_its_rounds),
	    TEST(name_loaded_again_takes_the_place_of_itself),
	    TEST(files_of_one_long_folder_are_not_taken_for_each_other),
	    TEST(one_bad_file_of_two_changes_nothing),
	    TEST(file_with_a_comma_in_its_name_is_one_file),
	    TEST(what_differs_is_said_in_words),
	    TEST(table_has_ratios_to_the_baseline),
	    TEST(without_a_baseline_it_says_what_to_do),
	    TEST(columns_without_room_are_counted),
	    TEST(second_page_has_all_that_differs),
	    TEST(names_are_completed_as_far_as_they_agree),
	    TEST(names_to_choose_from_are_in_order),
	    TEST(completion_never_outgrows_its_room),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
