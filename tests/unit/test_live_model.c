/* SPDX-License-Identifier: MIT */
/* Model and views, without a terminal: a snapshot made by hand, the screen read
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
#include "tui/live/keymap.h"
#include "tui/live/view.h"

#define SECOND UINT64_C(1000000000)

static struct {
	struct kqt_tally interval, epoch, baseline, total, window[2];
	uint64_t bytes[KQT_STREAMS][256];
	struct kqt_snapshot snap;
	struct kqt_history history;
	struct kqt_model *model;
	struct kqt_ui ui;
	struct kqt_canvas canvas;
	uint64_t now_ns;
} w;

static const char *screen; /* as drawn last */

/* Two seconds of 1000 timer wakes of 100 us, and some events of each filter. */
static void fill(struct kqt_tally *t, uint64_t wait_ns)
{
	t->start_ns = SECOND;
	kqt_tally_end(t, 3 * SECOND);
	t->epoch = 1;
	t->waits = 1000;
	for (int i = 0; i < 1000; i++) {
		kqt_hist_record(&t->wait_wake, wait_ns);
		kqt_hist_record(&t->wait_filter[KQT_FILTER_TIMER], wait_ns);
		kqt_hist_record(&t->notification[KQT_FILTER_WRITE], 5000);
	}
	for (int f = 0; f < KQT_FILTERS; f++) {
		t->filter[f].events = (uint64_t)(f + 1) * 100;
		t->filter[f].wakes = 50;
		t->filter[f].merged = 3;
		t->filter[f].missed = 2;
	}
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.model = kqt_model_new();
	if (!w.model || kqt_history_init(&w.history) < 0)
		return -1;
	ui_at_start(&w.ui, KQT_VIEW_OVERVIEW);
	snapshot_at_start(&w.snap);
	w.snap.interval = &w.interval;
	w.snap.epoch = &w.epoch;
	w.snap.total = &w.total;
	w.snap.window[0] = &w.window[0];
	w.snap.window[1] = &w.window[1];
	w.snap.bytes = (const uint64_t(*)[256])w.bytes;
	for (int k = 0; k < KQT_SOURCE_KINDS; k++)
		w.snap.registered[k] = w.snap.shortfall[k].wanted = w.snap.shortfall[k].got = 4;
	w.ui.ghost = true;
	w.ui.scale = KQT_SCALE_SQRT;
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

static void measured(void)
{
	fill(&w.interval, 100000);
	fill(&w.epoch, 100000);
	fill(&w.total, 100000);
	fill(&w.window[0], 100000);
	kqt_history_add(&w.history, w.snap.interval);
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
	                       .changing = w.snap.changing,
	                       .message = w.ui.message_kind != KQT_MESSAGE_NONE,
	                       .now_ns = w.now_ns,
	                       .cpus = 2};

	kqt_model_update(w.model, &w.snap, &w.history, &w.ui, true);
	kqt_axis_update(&sc.axis, &w.model->fig, &w.history, &w.ui);
	return screen = screen_text(&w.canvas, &sc, rows, cols);
}

static void nothing_measured_shows_dashes_not_zeros(void **state)
{
	const char *s;

	(void)state;
	s = drawn(24, 80);
	assert_shows(s, " p50      -  p90      -  p99      -  p99.9      -  max      -");
	assert_shows(s, "waits/s     -");
	assert_shows(s, "H      - of -");
}

static void percentiles_and_rates_are_those_of_the_tally(void **state)
{
	const char *s;

	(void)state;
	measured();
	s = drawn(24, 80);
	assert_shows(s, " p50  100us  p90  100us  p99  100us  p99.9  100us  max  100us  n 1.00k");
	assert_shows(s, "waits/s   500");
	/* 100 of 1000 events, over two seconds */
	assert_shows(s, " timer      100     50  10.0%    50      3      2     100us  100us");
}

static void knob_row_is_literal_in_every_view_and_size(void **state)
{
	(void)state;
	measured();
	w.snap.config.num_timers = 16;
	w.snap.config.timeout_ms = 2;
	for (int view = KQT_VIEW_OVERVIEW; view <= KQT_VIEW_HELP; view++) {
		w.ui.view = (enum kqt_view_id)view;
		for (int cols = 80; cols <= 200; cols += 20) {
			const char *s = drawn(24 + (cols - 80) / 4, cols);

			assert_shows(s, "timers 16 ");
			assert_shows(s, " sockets 4 ");
			assert_shows(s, " watchers 4 ");
			assert_shows(s, " timeout 2ms");
		}
	}
}

static void largest_configuration_keeps_the_knob_row(void **state)
{
	(void)state;
	w.snap.config.num_timers = w.snap.config.num_sockets = 4096;
	w.snap.config.num_file_watchers = 4096;
	w.snap.config.timeout_ms = 60000;
	assert_shows(drawn(24, 80), "timers 4096 sockets 4096 watchers 4096 timeout 60000ms");
}

static void unstamped_write_has_dashes_for_merged_and_missed(void **state)
{
	(void)state;
	measured();
	w.snap.config.write = KQT_WRITE_LEVEL;
	assert_shows(drawn(24, 80), " write      300    150  30.0%    50      -      -");
}

static void message_longer_than_its_row_takes_those_above_it(void **state)
{
	(void)state;
	measured();
	w.ui.message_kind = KQT_MESSAGE_BAD;
	snprintf(w.ui.message, sizeof(w.ui.message), "timers: 99999 is out of range (0 to 4096)");
	assert_shows(drawn(10, 40), "\n! timers: 99999 is out of range (0 to\n4096)");
	assert_shows(drawn(24, 80), "\n ! timers: 99999 is out of range (0 to 4096)\n");
	assert_shows(drawn(5, 40), "! timers: 99999 is out of range (0 to");
}

static void filter_without_sources_is_off(void **state)
{
	(void)state;
	w.snap.shortfall[KQT_SOURCE_FILE].wanted = w.snap.registered[KQT_SOURCE_FILE] = 0;
	assert_shows(drawn(24, 80), " vnode off    -      -      -     -      -      -");
}

static void filter_that_could_not_be_registered_says_why(void **state)
{
	struct kqt_shortfall *sf = &w.snap.shortfall[KQT_SOURCE_FILE];

	(void)state;
	sf->wanted = 4;
	sf->got = w.snap.registered[KQT_SOURCE_FILE] = 0;
	snprintf(sf->error, sizeof(sf->error), "too many open files: 24 allowed, 31 needed");
	assert_shows(drawn(24, 80),
	             " vnode  none of 4 registered: too many open files: 24 allowed");
	assert_shows(screen, "! watchers: 0 of 4 registered: too many open files");
}

static void small_screens_too_say_off_and_why_nothing_is_registered(void **state)
{
	struct kqt_shortfall *sf = w.snap.shortfall;

	(void)state;
	measured();
	sf[KQT_SOURCE_FILE].got = w.snap.registered[KQT_SOURCE_FILE] = 0;
	snprintf(sf[KQT_SOURCE_FILE].error, sizeof(sf->error), "too many open files");
	sf[KQT_SOURCE_SOCKET].wanted = w.snap.registered[KQT_SOURCE_SOCKET] = 0;
	w.total.filter[KQT_FILTER_READ].events = 0;
	for (int rows = 10; rows <= 23; rows++) {
		drawn(rows, 60);
		assert_shows(screen, "\ntimer     100    50/s  100us  100us");
		assert_shows(screen, "\nread off    -       -      -      -");
		assert_shows(screen, "\nvnode   none of 4: too many open files");
	}
	assert_shows(drawn(10, 40), "\nvnode   none of 4: too many open files");
}

static void small_screens_have_a_row_for_what_forbids_trust(void **state)
{
	struct kqt_shortfall *sf = &w.snap.shortfall[KQT_SOURCE_TIMER];

	(void)state;
	measured();
	sf->got = w.snap.registered[KQT_SOURCE_TIMER] = 3;
	snprintf(sf->error, sizeof(sf->error), "too many open files");
	for (int rows = 10; rows <= 23; rows++) {
		drawn(rows, 60);
		assert_shows(screen, "\ntimer!    100    50/s");
		assert_shows(screen, rows == 10 || rows == 11 || rows == 15
		                         ? "\nwaits/s   500 ! timers 3 of 4: too many open files"
		                         : "\n ! timers: 3 of 4 registered: too many open files");
	}
	assert_shows(drawn(10, 40), "\nwaits/s   500 ! timers 3 of 4: too many");
	sf->error[0] = '\0';
	w.snap.saturated = true;
	w.snap.interval_lost = w.snap.interval_ticks = 10;
	assert_shows(drawn(10, 40), "\nwaits/s   500 ! 50% of ticks lost");
}

static void small_screens_tell_what_a_load_did(void **state)
{
	struct kqt_load_told *l = &w.model->fig.load;

	(void)state;
	measured();
	*l = (struct kqt_load_told){
	    .any = true, .what = "cpu:1x", .lasted_s = 60, .ended_ns = SECOND, .of = "wait, all"};
	l->change.known = true;
	snprintf(l->change.looks, sizeof(l->change.looks), "body faster, tail same");
	w.now_ns = 16 * SECOND;
	for (int rows = 10; rows <= 23; rows++) {
		assert_shows(drawn(rows, 79),
		             "load cpu:1x for 60s, ended 15s ago: body faster, tail same");
		assert_shows(drawn(rows, 55), "load cpu:1x ended 15s ago: body faster, tail same");
		assert_shows(drawn(rows, 40), "cpu:1x gone: body faster, tail same");
	}
	l->change.known = false;
	assert_shows(drawn(10, 41), "load cpu:1x ended 15s ago: effect unknown");
	w.now_ns = 400 * SECOND;
	assert_shows(drawn(10, 40), "waits/s   500 events/s");
}

static void timeouts_have_latencies_only_as_waits(void **state)
{
	(void)state;
	measured();
	w.total.timeouts = w.epoch.timeouts = 10;
	kqt_hist_record(&w.window[0].wait_timeout, 2000000);
	assert_shows(drawn(24, 80), "of waits    2.00ms 2.00ms");
	w.ui.kind = KQT_LATENCY_NOTIFICATION;
	assert_shows(drawn(24, 80), "of waits         -      -");
}

static void says_why_no_wait_timed_out(void **state)
{
	(void)state;
	measured();
	assert_shows(drawn(24, 80), "no wait timed out: stimulus 500us < timeout");
	w.snap.config.stimulus_us = 5000;
	drawn(24, 80);
	assert_null(strstr(screen, "no wait timed out"));
}

static void change_is_told_in_words(void **state)
{
	const char *s;

	(void)state;
	measured();
	fill(&w.baseline, 50000);
	w.snap.baseline = &w.baseline;
	w.snap.config.num_timers = 16;
	w.snap.serial = 2;
	s = drawn(30, 160);
	assert_shows(s, "A>now timers 8 -> 16:  looks: body slower, tail slower");
	assert_shows(s, "p50 50.0us -> 100us (+100%)");
	assert_shows(s, "waits/s 500 -> 500 (+0%)");
	assert_shows(s, "KS D=1.00 at 50.0us (own halves -)");
}

/* A wait brings many triggers: what is counted is of the kind that is looked at. */
static void settling_counts_samples_of_its_kind(void **state)
{
	struct kqt_change_figures c = {.settling = true, .now = {.count = 42645}, .now_s = 1.5};
	char text[64];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	kqt_looks_words(&c, &sb);
	assert_string_equal(text, "settling, 42645 samples in 1 s");
}

/* Two numbers in one row: the whole run's ticks, the share of the last interval's. */
static void saturation_says_that_it_is_of_now(void **state)
{
	(void)state;
	measured();
	w.snap.saturated = true;
	w.snap.interval_lost = w.snap.interval_ticks = 10;
	assert_shows(drawn(24, 80), "! stimulus saturated: 50% of ticks lost now");
	w.ui.view = KQT_VIEW_EVENTS;
	assert_shows(drawn(24, 80), " ticks, SATURATED 50% now");
}

static void no_difference_has_no_minus(void **state)
{
	(void)state;
	measured();
	fill(&w.baseline, 50000);
	w.baseline.waits += 1;
	w.snap.baseline = &w.baseline;
	w.snap.serial = 2;
	drawn(30, 160);
	assert_shows(screen, "(+0%)");
	assert_null(strstr(screen, "-0%"));
}

static void kinds_that_went_the_other_way_are_told(void **state)
{
	const char *s;

	(void)state;
	measured();
	fill(&w.baseline, 900000);
	w.snap.baseline = &w.baseline;
	w.snap.config.num_timers = 16;
	for (int i = 0; i < 1000; i++) {
		kqt_hist_record(&w.baseline.notification[KQT_FILTER_READ], 5000);
		kqt_hist_record(&w.epoch.notification[KQT_FILTER_READ], i < 900 ? 5000 : 50000);
	}
	s = drawn(45, 140);
	assert_shows(s, "looks: body faster, tail faster  notif tail slower: k  p50");
	assert_shows(s, "  now 2s"); /* how long it is measured */
	w.ui.kind = KQT_LATENCY_NOTIFICATION;
	assert_shows(drawn(45, 140), "looks: body same, tail slower  wait faster: k  p50");
	w.ui.kind = KQT_LATENCY_WAIT;
	fill(&w.baseline, 1000);
	kqt_model_forget(w.model);
	assert_hides(drawn(45, 140), "tail slower: k");
}

static void difference_within_the_baselines_own_is_none(void **state)
{
	struct kqt_change_figures c = {.before = {.count = 1000, .q_ns = {1000, 0, 1000}},
	                               .now = {.count = 1000, .q_ns = {1100, 0, 1000}},
	                               .ks = 0.05,
	                               .own = 0.06};
	char text[64];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	kqt_looks_words(&c, &sb);
	assert_string_equal(text, "within noise");
	c.own = 0.04;
	sb = kqt_strbuf_init(text, sizeof(text));
	kqt_looks_words(&c, &sb);
	assert_string_equal(text, "body slower, tail same");
}

static void tail_that_moved_is_told_though_d_is_within_noise(void **state)
{
	struct kqt_change_figures c = {.before = {.count = 900, .q_ns = {1000, 0, 1280000}},
	                               .now = {.count = 5000, .q_ns = {1010, 0, 3530000}},
	                               .ks = 0.05,
	                               .own = 0.06};
	char text[64];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	kqt_looks_words(&c, &sb);
	assert_string_equal(text, "body same, tail slower; too few to tell");
	c.before.count = 5000;
	sb = kqt_strbuf_init(text, sizeof(text));
	kqt_looks_words(&c, &sb);
	assert_string_equal(text, "body same, tail slower; as a whole within noise");
}

/* Headline figures are made more often than the rest: not over the window's turn. */
static void figures_beside_each_other_are_of_one_window(void **state)
{
	struct kqt_figures *f = &w.model->fig;

	(void)state;
	measured();
	fill(&w.window[1], 100000);
	w.ui.view = KQT_VIEW_EVENTS;
	kqt_model_update(w.model, &w.snap, &w.history, &w.ui, true);
	assert_true(f->window_s == 4);
	kqt_tally_reset(&w.window[0]);
	fill(&w.window[0], 100000);
	w.window[0].start_ns += SECOND; /* one second of it */
	kqt_tally_end(&w.window[0], 3 * SECOND);
	kqt_model_update(w.model, &w.snap, &w.history, &w.ui, false);
	assert_true(f->window_s == 3);
	assert_true(f->waits_rate > 666 && f->waits_rate < 667);
	kqt_tally_reset(&w.window[1]);
	w.window[0].start_ns++;
	kqt_model_update(w.model, &w.snap, &w.history, &w.ui, false);
	assert_int_equal(f->every[KQT_LATENCY_WAIT][KQT_FILTERS].count, 1000);
	assert_int_equal(f->every[KQT_LATENCY_WAIT][KQT_FILTER_TIMER].count, 1000);
}

static void timeouts_of_before_the_change_are_no_riddle(void **state)
{
	(void)state;
	measured();
	w.total.timeouts = 420000;
	assert_shows(drawn(24, 80), "420k  none since the change: stimulus 500us < timeout");
}

static void empty_window_has_no_words_without_figures(void **state)
{
	const char *s;

	(void)state;
	w.total.timeouts = 5; /* a change has just begun another epoch */
	s = drawn(24, 80);
	assert_shows(s, " no figures yet ");
	assert_null(strstr(s, "of waits"));
}

/* A replay's baseline is the recording's or the viewer's; each has halves of its own, also
 * where the recording's comes while the viewer's is shown. */
static void halves_are_those_of_the_baseline_that_is_shown(void **state)
{
	double *own = &w.model->own[KQT_LATENCY_WAIT][KQT_FILTERS];
	struct kqt_change_figures c = {0};
	struct kqt_model *again;

	(void)state;
	measured();
	fill(&w.baseline, 50000);
	w.snap.baseline = &w.baseline;
	w.model->epoch = 1;
	*own = 0.1;
	w.snap.baseline_serial = w.snap.run_baseline_serial = 1;
	kqt_model_note(w.model, &w.snap);
	*own = 0.2;
	w.snap.baseline_serial = 2;
	kqt_model_note_baseline(w.model, &w.snap);
	kqt_model_change(w.model, &w.snap, &w.ui, &c);
	assert_true(c.own == 0.2);
	*own = 0.3;
	w.snap.run_baseline_serial = 3;
	kqt_model_note(w.model, &w.snap);
	again = kqt_model_new();
	assert_non_null(again);
	kqt_model_keep_pin(again, w.model);
	kqt_model_note(again, &w.snap);
	kqt_model_change(again, &w.snap, &w.ui, &c);
	assert_true(c.own == 0.2);
	kqt_model_free(again);
	*own = 0.4;
	w.snap.baseline_serial = 3;
	kqt_model_note(w.model, &w.snap);
	kqt_model_change(w.model, &w.snap, &w.ui, &c);
	assert_true(c.own == 0.3);
}

static void change_is_not_judged_before_it_settles(void **state)
{
	(void)state;
	measured();
	fill(&w.baseline, 50000);
	w.snap.baseline = &w.baseline;
	w.snap.config.num_timers = 16;
	kqt_tally_end(&w.epoch, w.epoch.start_ns + SECOND * 3 / 2);
	w.snap.serial = 2;
	drawn(30, 160);
	assert_shows(screen, "A>now timers 8 -> 16:  settling, 1000 samples in 1 s\n");
	assert_null(strstr(screen, "looks:"));
	assert_null(strstr(screen, "KS D"));
	kqt_hist_reset(&w.epoch.wait_wake);
	kqt_hist_reset(&w.epoch.wait_timeout);
	kqt_hist_record(&w.epoch.wait_wake, 50000);
	w.snap.serial = 4;
	assert_shows(drawn(30, 160), "settling, 1 sample in 1 s\n");
	kqt_tally_reset(&w.epoch);
	fill(&w.epoch, 100000);
	kqt_tally_end(&w.epoch, w.epoch.start_ns + 2 * SECOND);
	w.snap.serial = 6;
	assert_shows(drawn(30, 160), "looks: body slower, tail slower");
}

static void what_falls_to_nearly_nothing_is_a_fraction(void **state)
{
	(void)state;
	measured();
	fill(&w.baseline, 30000000); /* 30 ms -> 100 us */
	w.snap.baseline = &w.baseline;
	w.snap.config.num_timers = 16;
	w.snap.serial = 2;
	drawn(30, 160);
	assert_shows(screen, "p50 30.0ms -> 100us (1/300)");
	assert_null(strstr(screen, "-100%"));
}

static void preset_change_is_named_alone(void **state)
{
	struct kqt_config a, b;
	char text[128];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	kqt_config_default(&a);
	b = a;
	assert_int_equal(kqt_config_preset(&b, "quiet", NULL), 0);
	kqt_change_words(&a, &b, &sb);
	assert_string_equal(text, "preset default -> quiet");
}

static void refreshes_and_columns_are_as_long_as_they_say(void **state)
{
	static const struct {
		uint64_t ms;
		const char *state, *column;
	} all[] = {{10, "LIVE 100/s", " 1s/col"},     {250, "LIVE 4/s", " 1s/col"},
	           {700, "LIVE 1.43/s", " 0.7s/col"}, {1000, "LIVE 1/s", " 1s/col"},
	           {1500, "every 1.5s", " 1.5s/col"}, {60000, "every 60s", " 60s/col"}};

	(void)state;
	measured();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		w.ui.interval_ns = all[i].ms * KQT_NS_PER_MS;
		assert_shows(drawn(24, 80), all[i].state);
		assert_shows(screen, all[i].column);
	}
	w.ui.zoom = 512;
	assert_shows(drawn(24, 80), " 30720s/col");
}

static void states_are_words(void **state)
{
	(void)state;
	assert_shows(drawn(24, 80), "LIVE 4/s");
	w.ui.frozen = true;
	w.ui.frozen_s = 761;
	w.snap.running = false;
	assert_shows(drawn(24, 80), "FROZEN at 0:12:41  STOPPED");
	assert_shows(drawn(10, 40), "FROZEN");
}

/* Seconds of the past, each of a latency of its own: 1 ms, 2 ms, 3 ms ... */
static void past(unsigned seconds)
{
	static struct kqt_tally t;

	for (unsigned i = 1; i <= seconds; i++) {
		kqt_tally_reset(&t);
		fill(&t, i * 1000000);
		kqt_tally_end(&t, t.start_ns + SECOND);
		w.snap.elapsed_s += 1;
		kqt_history_add(&w.history, &t);
		kqt_history_note(&w.history, &w.snap);
	}
}

static void chosen_moment_has_its_own_figures(void **state)
{
	struct kqt_quantiles *q = &w.model->fig.now;
	const char *s;

	(void)state;
	measured();
	past(30);
	w.ui.frozen = true;
	w.ui.frozen_s = 30;
	w.ui.at = w.ui.end = 20; /* measured() was 0: of 20 ms */
	s = drawn(45, 140);
	assert_shows(s, "FROZEN at 0:00:30, 10s before");
	assert_shows(s, " 10s before ");
	assert_shows(s, "max 20.0ms");
	assert_in_range(q->q_ns[KQT_Q50], 18600000, 20000000 * 1.001);
	assert_int_equal(q->count, 1000);
	assert_shows(s, "waits/s  1.00k");
	assert_true(w.model->fig.filter[KQT_FILTER_TIMER].rate == 100);
	assert_shows(s, "over 1 s, 10s before");
	w.ui.at = KQT_NOW;
	assert_shows(drawn(45, 140), "p50  100us");
}

/* What a moment has not is a dash, what is not of it says of when it is. */
static void moment_shows_nothing_of_the_freeze_as_its_own(void **state)
{
	const char *s;

	(void)state;
	measured();
	past(30);
	w.snap.saturated = true;
	w.snap.interval_lost = 10;
	w.ui.frozen = true;
	w.ui.at = w.ui.end = 20;
	s = drawn(24, 80);
	assert_shows(s, "- -10s - events --- /s");
	assert_shows(s, " timer        -    100  10.0%     -      -      -");
	assert_shows(s, "coll -/- -");
	assert_shows(s, " at the freeze:  no change yet");
	assert_shows(s, " at the freeze:  ! stimulus saturated");
	w.ui.view = KQT_VIEW_EVENTS;
	s = drawn(24, 80);
	assert_shows(s, "- -10s -");
	assert_shows(s, "\n timer        -   100      -     -      -      -      -        4/4 ");
	w.ui.view = KQT_VIEW_OVERVIEW;
	assert_shows(drawn(15, 60), "\ntimer       -   100/s");
}

static void scrolled_back_the_figures_say_that_they_are_of_now(void **state)
{
	(void)state;
	measured();
	past(200);
	w.ui.end = 80;
	drawn(24, 80);
	assert_shows(screen, " now, 2s ");
	assert_shows(screen, "- now -- events");
	assert_shows(drawn(45, 140), "  now: the last 2 s; the map alone is back");
}

static void swapped_counts_are_the_baselines(void **state)
{
	(void)state;
	measured();
	fill(&w.baseline, 50000);
	w.baseline.filter[KQT_FILTER_TIMER].events = 77;
	w.snap.baseline = &w.baseline;
	w.ui.swap = true;
	drawn(24, 80);
	assert_int_equal(w.model->fig.filter[KQT_FILTER_TIMER].events, 77);
}

static void frozen_knobs_tell_what_is_measured_next(void **state)
{
	struct kqt_config next = w.snap.config;
	struct kqt_scene sc = {.snap = &w.snap, .wanted = &next, .ui = &w.ui};
	char row[400];

	(void)state;
	next.num_timers = 16;
	w.ui.frozen = true;
	assert_int_equal(kqt_canvas_resize(&w.canvas, 24, 80), 0);
	kqt_draw_knobs(&w.canvas, 1, &sc);
	kqt_canvas_row_text(&w.canvas, 1, row, sizeof(row));
	assert_shows(row, "timers 16<8 sockets 4 watchers 4");
	kqt_canvas_clear(&w.canvas);
	w.ui.frozen = false;
	kqt_draw_knobs(&w.canvas, 1, &sc);
	kqt_canvas_row_text(&w.canvas, 1, row, sizeof(row));
	assert_shows(row, " timers 16  sockets 4  watchers 4");
}

static void each_step_back_from_a_freeze_is_a_second(void **state)
{
	(void)state;
	measured();
	past(30);
	w.ui.frozen = true;
	for (int i = 1; i <= 8; i++) {
		char text[32];

		kqt_stretch_move(&w.history, &w.ui, 48, -1);
		snprintf(text, sizeof(text), " %ds before ", i);
		assert_shows(drawn(24, 80), text);
	}
	kqt_stretch_move(&w.history, &w.ui, 48, 7);
	assert_shows(drawn(24, 80), " 1s before ");
	kqt_stretch_move(&w.history, &w.ui, 48, 1);
	assert_true(w.ui.at == KQT_NOW && w.ui.end == KQT_NOW);
}

static void scrolled_back_says_so_and_how_far(void **state)
{
	const char *s;

	(void)state;
	measured();
	past(200);
	w.ui.end = 80;
	s = drawn(24, 80);
	assert_shows(s, " 2:00 BACK");
	assert_shows(s, " 2:00 back ");
	assert_shows(s, "p50  100us"); /* the figures are those of now */
	assert_shows(drawn(45, 140), " 2:00 back; } forward, Esc now ");
	assert_shows(drawn(10, 40), "BACK -2:00");
}

static void mark_stands_over_its_column_with_its_words(void **state)
{
	(void)state;
	measured();
	past(20);
	kqt_history_mark(&w.history, 'T', "timers 8 -> 16");
	past(5);
	assert_shows(drawn(45, 140), " T timers 8 -> 16 ");
	/* column 20 of a map that begins in the eighth cell */
	assert_int_equal(w.canvas.cells[4 * 140 + 7 + 20].glyph, 'T');
}

static void fixed_range_keeps_the_axis_and_counts_what_is_off_it(void **state)
{
	struct kqt_axis axis = {0};
	unsigned hi;

	(void)state;
	measured();
	drawn(24, 80);
	kqt_axis_update(&axis, &w.model->fig, &w.history, &w.ui);
	hi = axis.hi;
	w.ui.fixed = true;
	memset(&w.window[0], 0, sizeof(w.window[0]));
	fill(&w.window[0], 50000000);
	drawn(24, 80);
	kqt_axis_update(&axis, &w.model->fig, &w.history, &w.ui);
	assert_int_equal(axis.hi, hi);
	w.ui.fixed = false;
	kqt_axis_update(&axis, &w.model->fig, &w.history, &w.ui);
	assert_in_range(axis.hi, kqt_bin_of_ns(50000000), KQT_BINS);
}

static void percentiles_of_bins_are_within_a_bin(void **state)
{
	uint64_t bins[KQT_BINS] = {0};
	struct kqt_quantiles q;

	(void)state;
	for (uint64_t ns = 1000; ns <= 100000; ns++)
		bins[kqt_bin_of_ns(ns)]++;
	kqt_quantiles_of_bins(bins, 100000, &q);
	assert_int_equal(q.count, 99001);
	assert_in_range(q.q_ns[KQT_Q50], 50500 * 0.93, 50500 * 1.07);
	assert_in_range(q.q_ns[KQT_Q99], 99010 * 0.93, 99010 * 1.07);
	assert_in_range(q.q_ns[KQT_Q999], 99000, 100000);
	assert_int_equal(q.max_ns, 100000);
	memset(bins, 0, sizeof(bins));
	kqt_quantiles_of_bins(bins, 0, &q);
	assert_int_equal(q.count, 0);
}

static void rates_shares_and_percentiles_are_of_the_same_window(void **state)
{
	(void)state;
	measured();
	fill(&w.window[1], 100000); /* 4 s and 2000 waits with it */
	w.epoch.filter[KQT_FILTER_TIMER].events = 100000;
	assert_shows(drawn(24, 80), " timer      100     50  10.0%");
	assert_shows(screen, "waits/s   500");
}

static void with_baseline(uint64_t wait_ns)
{
	fill(&w.baseline, wait_ns);
	w.snap.baseline = &w.baseline;
	w.snap.baseline_serial++;
	w.snap.serial++;
}

static void pinned_baseline_says_so_and_since_when(void **state)
{
	const char *s;

	(void)state;
	measured();
	with_baseline(50000);
	w.snap.config.num_timers = 16;
	drawn(45, 140);
	assert_null(strstr(screen, "pinned"));
	w.snap.pinned = true;
	w.snap.baseline_s = 130;
	s = drawn(45, 140);
	assert_shows(s, "A>now timers 8 -> 16:  A pinned at 0:02:10  looks: ");
	assert_shows(s, "A pinned 0:02:10 ");
	assert_shows(drawn(24, 80), "A pinned at 0:02:10");
	w.snap.config.num_timers = 8;
	w.snap.serial += 2;
	assert_shows(drawn(45, 140), "A>now nothing changed:");
}

static void swapped_view_has_the_baselines_figures_and_says_so(void **state)
{
	static const int sizes[][2] = {{60, 200}, {45, 140}, {24, 80}};

	(void)state;
	measured();
	with_baseline(50000);
	w.ui.swap = true;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		drawn(sizes[i][0], sizes[i][1]);
		assert_shows(screen, " p50 50.0us  p90 50.0us");
		assert_shows(screen, "BASELINE A, v: now");
		assert_shows(screen, " A, 2s ");
		assert_shows(screen, "now");
	}
	assert_int_equal(w.model->fig.baseline.q_ns[KQT_Q50] / 1000, 100);
	assert_shows(drawn(10, 40), "BASELINE");
	assert_shows(drawn(5, 60), "BASELINE");
	w.ui.swap = false;
	w.snap.serial += 2;
	assert_shows(drawn(24, 80), " p50  100us  p90  100us");
	w.ui.swap = true; /* nothing to swap with */
	w.snap.baseline = NULL;
	assert_shows(drawn(24, 80), " p50  100us  p90  100us");
}

static void comparison_begins_anew_with_a_reset(void **state)
{
	(void)state;
	measured();
	with_baseline(50000);
	w.snap.config.num_timers = 16;
	assert_shows(drawn(45, 140), "looks: body slower");
	kqt_tally_reset(&w.epoch); /* no new snapshot yet */
	w.snap.reset = true;
	assert_shows(drawn(45, 140), "since the reset  settling, 0 samples in 0 s");
}

static void latency_view_has_now_and_the_baseline_on_one_axis(void **state)
{
	static const int sizes[][2] = {{24, 80}, {45, 140}, {60, 200}};

	(void)state;
	measured();
	past(40);
	kqt_history_mark(&w.history, 'T', "timers 8 -> 16");
	past(3);
	w.ui.view = KQT_VIEW_LATENCY;
	assert_shows(drawn(24, 80), "\n A    no baseline yet");
	with_baseline(50000);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const char *s = drawn(sizes[i][0], sizes[i][1]);

		assert_shows(
		    s, "\n now  p50  100us  p90  100us  p99  100us  p99.9  100us  max  100us  "
		       "n 1.00k");
		assert_shows(
		    s, "\n A    p50 50.0us  p90 50.0us  p99 50.0us  p99.9 50.0us  max 50.0us  "
		       "n 1.00k");
		assert_shows(s, "wait latency, all filters");
		assert_shows(s, " sqrt ");
		assert_shows(s, " last 2s ");
		/* the percentiles of both */
		assert_shows(s, "p50-max");
		assert_shows(strstr(s, "p50-max") + 1, "p50-max");
		assert_shows(s, " 0:00:31");
		assert_shows(s, "\n quit  ? help");
	}
	assert_shows(screen, ">wait            1.00k   100us");
	assert_shows(screen, " notification    1.00k  5.00us");
	assert_shows(drawn(40, 100), "            A   1.00k  50.0us");
	assert_shows(drawn(20, 60), "latency needs 80x16");
}

static void latency_view_has_all_of_the_baseline_when_nothing_comes_any_more(void **state)
{
	(void)state;
	measured();
	with_baseline(50000);
	drawn(40, 100); /* frozen or stopped from here on: the snapshot stays this one */
	w.ui.view = KQT_VIEW_LATENCY;
	assert_shows(drawn(40, 100), "            A   1.00k  50.0us");
}

static void time_axis_has_times_and_letters_but_no_mixture(void **state)
{
	int rows = 24;
	char row[400];

	(void)state;
	measured();
	past(18);
	kqt_history_mark(&w.history, 'T', "timers 8 -> 16"); /* in the label at 16 */
	past(20);
	w.ui.view = KQT_VIEW_LATENCY;
	drawn(rows, 80);
	kqt_canvas_row_text(&w.canvas, rows - 3, row, sizeof(row));
	assert_string_equal(row, "                         T             0:00:31");
}

static void help_has_every_key_and_word_on_its_pages(void **state)
{
	static const int sizes[][2] = {{10, 40}, {16, 60},  {23, 79},
	                               {24, 80}, {45, 140}, {60, 200}};
	static const char *const words[] = {"coll a/b",   "KS D",    "lost", "control",
	                                    "transition", "H ",      "MCV",  "within noise",
	                                    "RCT, APT",   "heat map"};

	(void)state;
	w.ui.view = KQT_VIEW_HELP;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		unsigned pages = kqt_help_pages(sizes[s][0], sizes[s][1]);
		static char all[200 * 400];
		char mark[32];

		all[0] = '\0';
		for (w.ui.help_page = 0; w.ui.help_page < pages; w.ui.help_page++) {
			drawn(sizes[s][0], sizes[s][1]);
			snprintf(mark, sizeof(mark), "\n page %u of %u", w.ui.help_page + 1, pages);
			assert_shows(screen, mark);
			assert_true(strlen(all) + strlen(screen) < sizeof(all));
			strcat(all, screen);
		}
		for (const struct kqt_key *k = kqt_keymap; k->keys; k++) {
			assert_shows(all, k->keys);
			if (sizes[s][1] >= 80)
				assert_shows(all, k->help);
		}
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			assert_shows(all, words[i]);
	}
	assert_int_equal(kqt_help_pages(45, 140), 1);
	assert_int_equal(kqt_help_pages(24, 80), 3); /* no fourth for one line */
	w.ui.help_page = 0;
	w.ui.message_kind = KQT_MESSAGE_INFO; /* of the key before */
	snprintf(w.ui.message, sizeof(w.ui.message), "compare");
	for (size_t s = 0; s < 4; s++) {
		char mark[48];

		snprintf(mark, sizeof(mark), "  page 1 of %u, space: next",
		         kqt_help_pages(sizes[s][0], sizes[s][1]));
		assert_shows(drawn(sizes[s][0], sizes[s][1]), "compare  ");
		assert_shows(screen, mark);
	}
}

static void no_size_overflows(void **state)
{
	(void)state;
	measured();
	w.ui.message_kind = KQT_MESSAGE_BAD;
	memset(w.ui.message, 'x', sizeof(w.ui.message) - 1);
	for (int rows = 1; rows < 60; rows += 1)
		for (int cols = 1; cols < 220; cols += 7)
			drawn(rows, cols);
	w.ui.view = KQT_VIEW_HELP;
	for (int rows = 1; rows < 60; rows += 3)
		for (int cols = 1; cols < 220; cols += 11)
			drawn(rows, cols);
}

static void ascii_tier_shows_no_byte_above_126(void **state)
{
	(void)state;
	measured();
	fill(&w.baseline, 50000);
	w.snap.baseline = &w.baseline;
	w.canvas.tier = KQT_GLYPHS_ASCII;
	snprintf(w.snap.shortfall[0].error, sizeof(w.snap.shortfall[0].error), "caf\xc3\xa9");
	for (const char *p = drawn(45, 140); *p; p++)
		assert_in_range((unsigned char)*p, '\n', 126);
}

static void reset_base_is_taken_off_the_counts(void **state)
{
	(void)state;
	measured();
	w.ui.base.filter[KQT_FILTER_TIMER].events = 90;
	w.ui.base.filter[KQT_FILTER_TIMER].wakes = 49;
	drawn(24, 80);
	assert_int_equal(w.model->fig.filter[KQT_FILTER_TIMER].events, 10);
	assert_int_equal(w.model->fig.filter[KQT_FILTER_TIMER].wakes, 1);
}

static void copy_of_a_snapshot_stands_still(void **state)
{
	struct kqt_snapshot *copy;

	(void)state;
	measured();
	copy = kqt_snapshot_copy(&w.snap);
	assert_non_null(copy);
	w.total.waits = 5;
	w.bytes[0][0] = 9;
	assert_int_equal(copy->total->waits, 1000);
	assert_int_equal(copy->bytes[0][0], 0);
	assert_null(copy->baseline);
	kqt_snapshot_free(copy);
}

static void scale_shows_what_is_there(void **state)
{
	(void)state;
	for (int s = 0; s < KQT_SCALES; s++) {
		assert_true(kqt_scale_apply((enum kqt_scale)s, 0) == 0);
		assert_true(kqt_scale_apply((enum kqt_scale)s, 1) == 1);
		assert_true(kqt_scale_apply((enum kqt_scale)s, 1e-9) > 0);
		assert_true(kqt_scale_apply((enum kqt_scale)s, NAN) == 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(nothing_measured_shows_dashes_not_zeros),
	    TEST(percentiles_and_rates_are_those_of_the_tally),
	    TEST(knob_row_is_literal_in_every_view_and_size),
	    TEST(largest_configuration_keeps_the_knob_row),
	    TEST(unstamped_write_has_dashes_for_merged_and_missed),
	    TEST(message_longer_than_its_row_takes_those_above_it),
	    TEST(filter_without_sources_is_off),
	    TEST(filter_that_could_not_be_registered_says_why),
	    TEST(small_screens_too_say_off_and_why_nothing_is_registered),
	    TEST(small_screens_have_a_row_for_what_forbids_trust),
	    TEST(small_screens_tell_what_a_load_did),
	    TEST(timeouts_have_latencies_only_as_waits),
	    TEST(says_why_no_wait_timed_out),
	    TEST(change_is_told_in_words),
	    TEST(settling_counts_samples_of_its_kind),
	    TEST(saturation_says_that_it_is_of_now),
	    TEST(no_difference_has_no_minus),
	    TEST(kinds_that_went_the_other_way_are_told),
	    TEST(difference_within_the_baselines_own_is_none),
	    TEST(tail_that_moved_is_told_though_d_is_within_noise),
	    TEST(figures_beside_each_other_are_of_one_window),
	    TEST(timeouts_of_before_the_change_are_no_riddle),
	    TEST(empty_window_has_no_words_without_figures),
	    TEST(moment_shows_nothing_of_the_freeze_as_its_own),
	    TEST(scrolled_back_the_figures_say_that_they_are_of_now),
	    TEST(swapped_counts_are_the_baselines),
	    TEST(frozen_knobs_tell_what_is_measured_next),
	    TEST(each_step_back_from_a_freeze_is_a_second),
	    TEST(halves_are_those_of_the_baseline_that_is_shown),
	    TEST(change_is_not_judged_before_it_settles),
	    TEST(what_falls_to_nearly_nothing_is_a_fraction),
	    TEST(preset_change_is_named_alone),
	    TEST(refreshes_and_columns_are_as_long_as_they_say),
	    TEST(states_are_words),
	    TEST(chosen_moment_has_its_own_figures),
	    TEST(scrolled_back_says_so_and_how_far),
	    TEST(mark_stands_over_its_column_with_its_words),
	    TEST(fixed_range_keeps_the_axis_and_counts_what_is_off_it),
	    TEST(percentiles_of_bins_are_within_a_bin),
	    TEST(rates_shares_and_percentiles_are_of_the_same_window),
	    TEST(pinned_baseline_says_so_and_since_when),
	    TEST(swapped_view_has_the_baselines_figures_and_says_so),
	    TEST(comparison_begins_anew_with_a_reset),
	    TEST(latency_view_has_now_and_the_baseline_on_one_axis),
	    TEST(latency_view_has_all_of_the_baseline_when_nothing_comes_any_more),
	    TEST(time_axis_has_times_and_letters_but_no_mixture),
	    TEST(help_has_every_key_and_word_on_its_pages),
	    TEST(no_size_overflows),
	    TEST(ascii_tier_shows_no_byte_above_126),
	    TEST(reset_base_is_taken_off_the_counts),
	    TEST(copy_of_a_snapshot_stands_still),
	    TEST(scale_shows_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
