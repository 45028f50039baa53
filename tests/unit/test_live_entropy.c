/* SPDX-License-Identifier: MIT */
/* The entropy view, without a terminal: a watch made by hand, the screen read as
 * text at the sizes that people have. */
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
#include "tui/live/entropy.h"

#define SECOND UINT64_C(1000000000)

static struct {
	struct kqt_tally tally;
	uint64_t bytes[KQT_STREAMS][256];
	struct kqt_watch watch;
	struct kqt_snapshot snap;
	struct kqt_history history;
	struct kqt_model *model;
	struct kqt_ui ui;
	struct kqt_canvas canvas;
} w;

static const char *screen; /* as drawn last */

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.model = kqt_model_new();
	if (!w.model || kqt_history_init(&w.history) < 0)
		return -1;
	snapshot_at_start(&w.snap);
	w.snap.interval = w.snap.epoch = w.snap.total = &w.tally;
	w.snap.window[0] = w.snap.window[1] = &w.tally;
	w.snap.bytes = (const uint64_t(*)[256])w.bytes;
	w.tally.start_ns = SECOND;
	kqt_tally_end(&w.tally, 2 * SECOND);
	w.tally.epoch = 1;
	ui_at_start(&w.ui, KQT_VIEW_ENTROPY);
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

static void assessed(void)
{
	struct kqt_assessment *a = &w.watch.assessment;

	w.watch.have = true;
	w.watch.assessed_epoch = 1;
	w.watch.assessed_ns = 100 * SECOND;
	w.watch.assessments = 1;
	*a = (struct kqt_assessment){.samples = 100000,
	                             .alphabet = 256,
	                             .bits_per_symbol = 8,
	                             .assessed = 6.3125,
	                             .binding = KQT_EST_COMPRESSION,
	                             .binding_bitstring = true,
	                             .seconds = 0.25};
	for (int e = 0; e < KQT_ESTIMATORS; e++) {
		a->literal.bits[e] = kqt_estimators[e].on_symbols ? 7.5 : NAN;
		a->bitstring.bits[e] = e == KQT_EST_COMPRESSION ? 0.7890625 : 0.95;
		a->literal.ns[e] = a->bitstring.ns[e] = 5000000;
	}
	a->literal.assessed = a->bitstring.assessed = true;
	a->literal.h = 7.5;
	a->bitstring.h = 0.7890625;
}

/* An even stream of 25,600 bytes, assessed, and one plane, one lag, one byte, one
 * pair and one test that are not as they should be. */
static void watched(void)
{
	struct kqt_watch *k = &w.watch;

	w.snap.watch = k;
	kqt_watch_unknown(k);
	k->serial = k->epoch = 1;
	k->at_ns = 101 * SECOND;
	k->n = 25600;
	k->lost = 12;
	for (int b = 0; b < 256; b++) {
		k->counts[b] = 100;
		w.bytes[KQT_STREAM_SEED][b] = 256;
	}
	k->counts[0x31] = 160;
	k->counts[0xf2] = 40;
	for (int i = 0; i < 8; i++)
		k->bias[i] = 0.5;
	k->bias[7] = 0.52; /* 6.4 sigma */
	for (int i = 0; i < KQT_LAGS; i++)
		k->lag[i] = i ? 0.001 : -0.42;
	k->chi_square = 261.5;
	k->chi_p = 0.375;
	for (int i = 0; i < KQT_DELAY_CELLS; i++)
		for (int j = 0; j < KQT_DELAY_CELLS; j++)
			k->delay[i][j] = 25;
	k->delay[3][0] = 900;
	k->claim_bits = 2.5;
	k->rct_max = 5;
	k->apt_max = 116;
	k->apt_window = 512;
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
		k->health[KQT_HEALTH_RCT][a].cutoff = 9 + 4 * (unsigned)a;
		k->health[KQT_HEALTH_APT][a].cutoff = 116 + 20 * (unsigned)a;
	}
	k->health[KQT_HEALTH_APT][0].alarms = 2;
	k->health[KQT_HEALTH_APT][0].at_ns = 73 * SECOND;
	k->health[KQT_HEALTH_APT][0].symbol = 0x31;
	for (int g = 0; g < KQT_GRAINS; g++)
		k->grain[g] = (struct kqt_grain_figures){25600, 7.99 - 2 * g, 7.993, 7.25 - 2 * g,
		                                         7.375};
	k->window = 100000;
	k->filled = 43000;
	assessed();
}

static void seconds_pass(int n)
{
	for (int i = 0; i < n; i++) {
		kqt_history_add(&w.history, &w.tally);
		kqt_history_note(&w.history, &w.snap);
	}
}

/* The whole screen at a size, rows joined by newlines. */
static const char *drawn(int rows, int cols)
{
	struct kqt_scene sc = {.snap = &w.snap,
	                       .live = &w.snap,
	                       .wanted = &w.snap.config,
	                       .history = &w.history,
	                       .fig = &w.model->fig,
	                       .ui = &w.ui,
	                       .running = w.snap.running,
	                       .elapsed_s = 93,
	                       .start_ns = 10 * SECOND,
	                       .message = w.ui.message_kind != KQT_MESSAGE_NONE,
	                       .cpus = 2};

	kqt_model_update(w.model, &w.snap, &w.history, &w.ui, true);
	kqt_axis_update(&sc.axis, &w.model->fig, &w.history, &w.ui);
	return screen = screen_text(&w.canvas, &sc, rows, cols);
}

/* -- what is always there -------------------------------------------------- */

static void facts_stand_beside_every_figure(void **state)
{
	static const int sizes[][2] = {{24, 80}, {30, 100}, {45, 140}, {60, 200}};
	static const char *const facts[] = {
	    "entropy of stream seed",
	    "watched 25.6k  lost 12",
	    "8.0000 of 7.9972",
	    "chi-square 261.5  p 0.375",
	    "2.5 bits a sample: holds",
	    "assessed 6.312 by Compression, bits  3s ago",
	    "grain      clock 41.67ns   100ns     1us",
	    "Shannon   7.9900  5.9900  3.9900  1.9900",
	    "perfect   7.9930  7.9930  7.9930  7.9930",
	    "MCV       7.2500  5.2500  3.2500  1.2500",
	    "perfect   7.3750  7.3750  7.3750  7.3750",
	    "health     2^-20 2^-30 2^-40  most/at\n",
	    "RCT cutoff     9    13    17        5\n",
	    "    alarms     0     0     0        -\n",
	    "APT cutoff   116   136   156      116\n",
	    "    alarms     2     0     0  0:01:03\n",
	};

	(void)state;
	watched();
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		unsigned pages = kqt_entropy_pages(sizes[s][0], sizes[s][1]);

		for (w.ui.chart = 0; w.ui.chart < pages; w.ui.chart++) {
			drawn(sizes[s][0], sizes[s][1]);
			for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
				assert_shows(screen, facts[i]);
		}
	}
}

static void forty_columns_have_all_facts_on_one_page(void **state)
{
	(void)state;
	watched();
	assert_shows(drawn(10, 40), "t8 s4 w4 o1ms");
	assert_shows(screen, "seed 25.6k lost 12 chi 261.5  p 0.375\n");
	assert_shows(screen, "H 8.0000 of 7.9972 MCV 7.785 of 7.5");
	assert_shows(screen, "2.5 bits a sample: holds\n");
	assert_shows(screen, "assessed 6.312 by Compression, bits 3s\n");
	assert_shows(screen, "grain     clock 41.67ns   100ns     1us\n");
	assert_shows(screen, "MCV       7.250   5.250   3.250   1.250\n");
	assert_shows(screen, "RCT 5 of 9 13 17 alarms 0 0 0\n");
	assert_shows(screen, "APT 116 of 116 136 156 alarms 2 0 0\n");
	assert_shows(screen, "quit  ? help");
}

static void nothing_known_is_dashes_not_zeros(void **state)
{
	(void)state;
	for (w.ui.chart = 0; w.ui.chart < KQT_CHARTS; w.ui.chart++) {
		drawn(24, 80);
		assert_shows(screen, "not watched yet");
		assert_shows(screen, "H      - of      -  MCV     - of     -");
		assert_shows(screen, "chi-square -  p -");
		assert_shows(screen, "2.5 bits a sample: not known yet  assessed -\n");
		assert_shows(screen, "Shannon        -       -       -       -");
		assert_shows(screen, "RCT cutoff     -     -     -        -\n");
		assert_shows(screen, "    alarms     -     -     -        -\n");
		assert_null(strstr(screen, "0.0"));
	}
}

static void another_stream_than_the_watched_one_is_unknown(void **state)
{
	(void)state;
	watched();
	w.ui.stream = KQT_STREAM_LOW8;
	assert_shows(drawn(24, 80), "entropy of stream low8");
	assert_shows(screen, "not watched yet");
	assert_null(strstr(screen, "261.5"));
}

static void largest_figures_stay_in_their_columns(void **state)
{
	struct kqt_watch *k = &w.watch;

	(void)state;
	watched();
	w.ui.stream = k->stream = KQT_STREAM_NOTIFICATION;
	k->n = k->lost = UINT64_MAX;
	k->rct_max = k->apt_max = 4294967295u;
	k->claim_bits = 8;
	k->chi_square = 1e12;
	k->chi_p = 1e-300;
	for (int t = 0; t < KQT_HEALTH_TESTS; t++)
		for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
			k->health[t][a] = (struct kqt_health){1024, 99999999, 99990 * SECOND, 7};
	k->assessed_ns = 0;
	k->assessed_epoch = 0;
	assert_shows(drawn(24, 80), "entropy of stream notification");
	assert_shows(screen, "watched 18.4E  lost 18.4E -\n");
	assert_shows(screen, "chi-square 1e+12  p <1e-99\n");
	assert_shows(screen, "8.0 bits a sample: not known yet  assessed 6.312  before the change");
	assert_shows(screen, "APT cutoff  1024  1024  1024    4.29G\n");
}

/* -- verdict, age ---------------------------------------------------------- */

static void verdict_is_words_at_every_size(void **state)
{
	(void)state;
	watched();
	w.watch.claim_bits = 6.5;
	for (int i = 0; i < 3; i++)
		assert_shows(drawn(i ? i * 22 : 10, i ? i * 70 + 10 : 40),
		             "6.5 bits a sample: does not hold");
	w.watch.have = false;
	w.watch.assessments = 0;
	assert_shows(drawn(24, 80),
	             "6.5 bits a sample: not known yet  assessed -  window 43% full\n");
}

static void assessment_of_the_epoch_before_says_so(void **state)
{
	(void)state;
	watched();
	w.watch.epoch = 2;
	assert_shows(drawn(24, 100), "2.5 bits a sample: not known yet");
	assert_shows(screen, "by Compression, bits  before the change, 3s ago\n");
	assert_shows(drawn(24, 80), "  before the change, 3s ago\n");
	assert_shows(drawn(10, 40), " before the change");
}

static void ages_are_counted_to_the_freezing(void **state)
{
	(void)state;
	watched();
	w.ui.frozen = true;
	w.ui.frozen_s = 91;
	assert_shows(drawn(24, 80), "bits  1s ago");
}

static void ages_fit_four_cells(void **state)
{
	char text[16];

	(void)state;
	assert_string_equal(kqt_cell_age(-1, text), "0s");
	assert_string_equal(kqt_cell_age(99.9, text), "99s");
	assert_string_equal(kqt_cell_age(100, text), "1m");
	assert_string_equal(kqt_cell_age(6000, text), "1h");
	assert_string_equal(kqt_cell_age(1e12, text), "999h");
	assert_string_equal(kqt_cell_age(NAN, text), "0s");
}

/* -- the figures ----------------------------------------------------------- */

static void estimators_stand_in_columns_and_the_binding_one_is_marked(void **state)
{
	(void)state;
	watched();
	assert_shows(drawn(24, 80), "estimators, 1 of 6 ");
	assert_shows(screen, " n 100k in 250ms  next 43000 of 100000 ");
	for (int e = 0; e < KQT_ESTIMATORS; e++) {
		char row[64], literal[16];

		snprintf(row, sizeof(row), "\n %c %-11s%9s%9.4f%8s",
		         e == KQT_EST_COMPRESSION ? '*' : ' ', kqt_estimators[e].title,
		         kqt_cell_real(w.watch.assessment.literal.bits[e], 4, literal),
		         w.watch.assessment.bitstring.bits[e], "10.0ms");
		assert_shows(screen, row);
	}
	assert_shows(screen, "   H, least      7.5000   0.7891   250ms  H_original, H_bitstring\n");
	/* 38 cells for 8 bits: 6.3125 are 30 of them, and the claim is at the twelfth */
	assert_shows(screen, "10.0ms  ###########!##################\n");
}

static void estimators_fit_forty_columns_in_bits_a_sample(void **state)
{
	(void)state;
	watched();
	w.ui.chart = 1 + KQT_CHART_ESTIMATORS;
	assert_shows(drawn(10, 40), "   MCV          7.50   LRS          7.50\n");
	assert_shows(screen, " * Compression  6.31   MultiMMC     7.50\n");
}

static int row_of(const char *text, const char *what)
{
	const char *at = strstr(text, what);
	int row = 0;

	if (!at)
		fail_msg("'%s' is not on the screen:\n%s", what, text);
	for (; text < at; text++)
		row += *text == '\n';
	return row;
}

static void deficit_is_drawn_beside_the_perfect_lines(void **state)
{
	(void)state;
	watched();
	w.bytes[KQT_STREAM_SEED][0] += 2560; /* Shannon and MCV fall below perfect */
	seconds_pass(30);
	w.ui.chart = KQT_CHART_DEFICIT;
	w.ui.interval_ns = 5 * SECOND;
	assert_shows(drawn(24, 80), "h Shannon, m MCV, a assessed, & several  5s/col");
	w.ui.interval_ns = SECOND / 4;
	assert_shows(drawn(24, 80), "h Shannon, m MCV, a assessed, & several  1s/col");
	/* from bad to good: assessed 1.69, MCV's perfect 0.4, Shannon's 0.003 */
	assert_true(row_of(screen, " aaaaaaaa") < row_of(screen, " ========"));
	assert_true(row_of(screen, " mmmmmmmm") < row_of(screen, " ========"));
	assert_true(row_of(screen, " hhhhhhhh") > row_of(screen, " ========"));
	assert_true(row_of(screen, " 1e-1") < row_of(screen, " 1e-2"));
}

static void deficit_has_no_assessed_figure_before_there_is_one(void **state)
{
	(void)state;
	watched();
	w.watch.have = false;
	seconds_pass(30);
	w.ui.chart = KQT_CHART_DEFICIT;
	assert_shows(drawn(24, 80), "hhhh");
	assert_null(strstr(screen, "aaaa"));
}

static void figures_in_one_row_are_marked_as_several(void **state)
{
	(void)state;
	watched();
	w.watch.assessment.assessed = 7.78; /* MCV is 7.785 */
	seconds_pass(30);
	w.ui.chart = 1 + KQT_CHART_DEFICIT;
	assert_shows(drawn(10, 40), " &&&&&&&&");
	assert_null(strstr(screen, "aaaa"));
}

static void deficit_is_not_drawn_where_it_is_not_known(void **state)
{
	(void)state;
	seconds_pass(30);
	w.ui.chart = KQT_CHART_DEFICIT;
	drawn(24, 80);
	assert_null(strstr(screen, "hh"));
	assert_null(strstr(screen, "mm"));
	assert_null(strstr(screen, "aa"));
}

static void sweep_leaves_drawn_columns_where_they_are(void **state)
{
	static char before[SCREEN_BYTES];
	int differ = 0;

	(void)state;
	watched();
	w.ui.chart = KQT_CHART_DEFICIT;
	seconds_pass(100);
	memcpy(before, drawn(24, 80), sizeof(before));
	seconds_pass(1);
	drawn(24, 80);
	for (size_t i = 0; screen[i] && before[i]; i++)
		differ += screen[i] != before[i];
	/* one column drawn, the gap before it moved on: five glyphs and five blanks */
	assert_in_range(differ, 1, 10);
}

static void biased_plane_and_lag_are_marked_beyond_three_sigma(void **state)
{
	(void)state;
	watched();
	w.ui.chart = KQT_CHART_BIAS;
	assert_shows(drawn(24, 80), " bit 7  0.5200   +6.4! ");
	assert_shows(screen, "#\n bit 6"); /* 0.02: the edge */
	assert_shows(screen, " bit 0  0.5000   +0.0  ");
	w.ui.chart = KQT_CHART_LAG;
	assert_shows(drawn(24, 80), " lag  1  -0.4200! ");
	assert_shows(screen, " lag 16  +0.0010  ");
	assert_shows(screen, "3/sqrt(n) = 0.0187");
}

static void map_tells_frequent_and_rare_bytes_from_chance(void **state)
{
	(void)state;
	watched();
	w.ui.chart = KQT_CHART_MAP;
	assert_shows(drawn(24, 80),
	             "\n 20  . . . . . . . . . . . . . . . . .+6 . . . . . . . . . . . . . .\n");
	assert_shows(screen,
	             "\n e0  . . . . . . . . . . . . . . . . . .-6 . . . . . . . . . . . . .\n");
	w.ui.chart = 0;
	drawn(45, 140); /* 16 x 16 */
	assert_shows(screen, " 30 .+..............\n");
	assert_shows(screen, " f0 ..-.............\n");
}

static void delay_plot_shades_what_comes_too_often(void **state)
{
	(void)state;
	watched();
	w.ui.chart = KQT_CHART_DELAY;
	assert_shows(drawn(24, 80), " 26.5k pairs ");
	assert_shows(screen, "\n 00 . . . --. . ");
	w.watch.delay[3][0] = 25;
	w.watch.delay[4][31] = 0;
	w.watch.at_ns += SECOND;
	w.ui.chart = 1 + KQT_CHART_DELAY;
	drawn(60, 200); /* all 32 x 32 */
	assert_shows(screen, "\n f8 . . . .   . . ");
	assert_shows(screen, "\n 00 . . . . . . ");
}

static void large_screen_shows_all_figures_at_once(void **state)
{
	static const int sizes[][2] = {{45, 140}, {60, 200}};

	(void)state;
	watched();
	for (int s = 0; s < 2; s++) {
		w.ui.chart = 0;
		drawn(sizes[s][0], sizes[s][1]);
		for (int i = 0; i < KQT_CHARTS; i++) {
			char title[32];

			snprintf(title, sizeof(title), "- %s -", kqt_charts[i].name);
			assert_shows(screen, title);
		}
		assert_shows(screen, "lag 16  +0.0010");
		assert_shows(screen, "H, least      7.5000   0.7891");
		assert_shows(screen, " 00 .");
		w.ui.chart = 3;
		assert_shows(drawn(sizes[s][0], sizes[s][1]), "bit bias, 3 of 6");
	}
}

static void hints_and_titles_are_whole_at_80_columns(void **state)
{
	(void)state;
	watched();
	for (int i = 0; i < KQT_CHARTS; i++) {
		w.ui.chart = (unsigned)i;
		assert_true(kqt_text_cells(kqt_charts[i].hint) <= 79);
		assert_shows(drawn(24, 80), kqt_charts[i].hint);
	}
}

static void no_size_overflows(void **state)
{
	(void)state;
	watched();
	seconds_pass(300);
	for (w.ui.chart = 0; w.ui.chart <= KQT_CHARTS; w.ui.chart++)
		for (int rows = 1; rows < 70; rows += 3)
			for (int cols = 1; cols < 230; cols += 11)
				drawn(rows, cols);
}

static void ascii_tier_shows_no_byte_above_126(void **state)
{
	(void)state;
	watched();
	seconds_pass(30);
	for (w.ui.chart = 0; w.ui.chart <= KQT_CHARTS; w.ui.chart++)
		for (const char *p = drawn(45, 140); *p; p++)
			assert_in_range((unsigned char)*p, '\n', 126);
}

/* -- what is shown when ---------------------------------------------------- */

static void watch_is_shown_afresh_once_a_second(void **state)
{
	(void)state;
	watched();
	drawn(24, 80);
	w.watch.at_ns += SECOND / 4;
	w.watch.lost = 34;
	assert_shows(drawn(24, 80), "lost 12");
	w.watch.at_ns += SECOND;
	assert_shows(drawn(24, 80), "lost 34");
	/* a new assessment is news, and so is a change */
	w.watch.lost = 56;
	w.watch.assessments++;
	assert_shows(drawn(24, 80), "lost 56");
	w.watch.lost = 78;
	w.watch.epoch++;
	assert_shows(drawn(24, 80), "lost 78");
}

static void copy_of_a_snapshot_keeps_its_watch(void **state)
{
	struct kqt_snapshot *copy;

	(void)state;
	watched();
	copy = kqt_snapshot_copy(&w.snap);
	assert_non_null(copy);
	w.watch.n = 1;
	assert_int_equal(copy->watch->n, 25600);
	kqt_snapshot_free(copy);
	w.snap.watch = NULL;
	copy = kqt_snapshot_copy(&w.snap);
	assert_non_null(copy);
	assert_null(copy->watch);
	kqt_snapshot_free(copy);
}

/* -- other views ----------------------------------------------------------- */

static void overview_has_verdict_age_and_alarms(void **state)
{
	(void)state;
	watched();
	w.ui.view = KQT_VIEW_OVERVIEW;
	assert_shows(drawn(24, 80), " 6.31 Compr 2.5 holds 3s\n");
	assert_shows(screen, "! APT alarms: 2 at 2^-20, last 0:01:03, byte 31");
	assert_shows(drawn(24, 120), "assessed 6.31 Compression, 2.5 holds, 3s\n");
	assert_shows(drawn(45, 140), "assessed 6.312 by Compression, bits  3s ago\n");
	assert_shows(screen, "2.5 bits a sample: holds\n");
	w.watch.claim_bits = 6.5;
	w.watch.at_ns += SECOND;
	assert_shows(drawn(24, 80), " 6.31 Compr 6.5 fails 3s\n");
	w.watch.have = false;
	w.watch.assessments = 0;
	assert_shows(drawn(24, 80), " 6.5 not known yet, 43%");
}

/* -- judgement ------------------------------------------------------------- */

static unsigned style_of(const char *what)
{
	for (int row = 0; row < w.canvas.rows; row++) {
		char text[1024];
		const char *at;

		kqt_canvas_row_text(&w.canvas, row, text, sizeof(text));
		at = strstr(text, what);
		if (at)
			return w.canvas.cells[row * w.canvas.cols + (at - text)].style;
	}
	fail_msg("'%s' is not on the screen", what);
	return 0;
}

static void colour_judges_the_distance_to_perfect(void **state)
{
	(void)state;
	assert_int_equal(kqt_judge(5.0, 5.1, 0.2, 1),
	                 KQT_STYLE_GOOD); /* low, but as it should be */
	assert_int_equal(kqt_judge(7.5, 8.0, 0.2, 1), KQT_STYLE_WARN);
	assert_int_equal(kqt_judge(7.5, 8.6, 0.2, 1), KQT_STYLE_BAD);
	assert_int_equal(kqt_judge(NAN, 8, 0.2, 1), KQT_STYLE_DIM);
	assert_int_equal(kqt_judge_sigma(-2.9), KQT_STYLE_GOOD);
	assert_int_equal(kqt_judge_sigma(3.1), KQT_STYLE_WARN);
	assert_int_equal(kqt_judge_sigma(-4.1), KQT_STYLE_BAD);
	assert_int_equal(kqt_judge_sigma(NAN), KQT_STYLE_DIM);
	watched();
	drawn(24, 80);
	assert_int_equal(style_of("holds"), KQT_STYLE_GOOD);
	assert_int_equal(style_of("watched"), KQT_STYLE_BAD);
	w.watch.lost = 0;
	w.watch.claim_bits = 6.5;
	w.watch.at_ns += SECOND;
	drawn(24, 80);
	assert_int_equal(style_of("does not hold"), KQT_STYLE_BAD);
	assert_int_equal(style_of("watched"), KQT_STYLE_NORMAL);
}

/* -- numbers --------------------------------------------------------------- */

static void sigmas_are_those_of_a_binomial(void **state)
{
	(void)state;
	assert_true(fabs(kqt_bias_sigma(0.51, 10000) - 2) < 1e-12);
	/* np = 100, variance np(1 - p) = 99.609 */
	assert_true(fabs(kqt_count_sigma(110, 25600, 1 / 256.0) - 10 / sqrt(99.609375)) < 1e-12);
	assert_true(fabs(kqt_lag_limit(90000) - 0.01) < 1e-12);
	assert_true(isnan(kqt_bias_sigma(0.5, 0)));
	assert_true(isnan(kqt_count_sigma(0, 0, 0.5)));
	assert_true(isnan(kqt_lag_limit(0)));
}

static void estimate_is_the_smaller_view_in_bits_a_sample(void **state)
{
	(void)state;
	watched();
	assert_true(kqt_estimate_bits(&w.watch.assessment, KQT_EST_MCV) == 7.5);
	assert_true(kqt_estimate_bits(&w.watch.assessment, KQT_EST_COMPRESSION) == 6.3125);
	w.watch.assessment.bitstring.bits[KQT_EST_MCV] = NAN;
	w.watch.assessment.literal.bits[KQT_EST_MCV] = NAN;
	assert_true(isnan(kqt_estimate_bits(&w.watch.assessment, KQT_EST_MCV)));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(facts_stand_beside_every_figure),
	    TEST(forty_columns_have_all_facts_on_one_page),
	    TEST(nothing_known_is_dashes_not_zeros),
	    TEST(another_stream_than_the_watched_one_is_unknown),
	    TEST(largest_figures_stay_in_their_columns),
	    TEST(verdict_is_words_at_every_size),
	    TEST(assessment_of_the_epoch_before_says_so),
	    TEST(ages_are_counted_to_the_freezing),
	    TEST(ages_fit_four_cells),
	    TEST(estimators_stand_in_columns_and_the_binding_one_is_marked),
	    TEST(estimators_fit_forty_columns_in_bits_a_sample),
	    TEST(deficit_is_drawn_beside_the_perfect_lines),
	    TEST(deficit_has_no_assessed_figure_before_there_is_one),
	    TEST(figures_in_one_row_are_marked_as_several),
	    TEST(deficit_is_not_drawn_where_it_is_not_known),
	    TEST(sweep_leaves_drawn_columns_where_they_are),
	    TEST(biased_plane_and_lag_are_marked_beyond_three_sigma),
	    TEST(map_tells_frequent_and_rare_bytes_from_chance),
	    TEST(delay_plot_shades_what_comes_too_often),
	    TEST(large_screen_shows_all_figures_at_once),
	    TEST(hints_and_titles_are_whole_at_80_columns),
	    TEST(no_size_overflows),
	    TEST(ascii_tier_shows_no_byte_above_126),
	    TEST(watch_is_shown_afresh_once_a_second),
	    TEST(copy_of_a_snapshot_keeps_its_watch),
	    TEST(overview_has_verdict_age_and_alarms),
	    TEST(colour_judges_the_distance_to_perfect),
	    TEST(sigmas_are_those_of_a_binomial),
	    TEST(estimate_is_the_smaller_view_in_bits_a_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
