/* SPDX-License-Identifier: MIT */
/* Whole sessions on the real kernel: what is registered, changes as differences,
 * shortfalls, and above all that every trigger is accounted for. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/clock/thread.h"
#include "engine/collect/session.h"
#include "tests/support/descriptors.h"

#define DEADLINE_NS (120 * KQT_NS_PER_S) /* only a failure comes near it */

static char why_text[512];
static struct kqt_strbuf why;

static struct kqt_config config(const char *preset)
{
	struct kqt_config c;

	why = kqt_strbuf_init(why_text, sizeof(why_text));
	kqt_config_default(&c);
	assert_int_equal(kqt_config_preset(&c, preset, &why), 0);
	return c;
}

static struct kqt_session *open_with(const struct kqt_config *c)
{
	struct kqt_session *s = NULL;
	int rc;

	why = kqt_strbuf_init(why_text, sizeof(why_text));
	rc = kqt_session_open(c, NULL, &s, &why);
	if (rc < 0)
		print_message("%s\n", why_text);
	assert_int_equal(rc, 0);
	return s;
}

static const struct kqt_snapshot *refresh(struct kqt_session *s)
{
	assert_int_equal(kqt_session_refresh(s), 0);
	return kqt_session_snapshot(s);
}

/* Refresh until the epoch has this many waits. */
static const struct kqt_snapshot *run_waits(struct kqt_session *s, uint64_t waits)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	const struct kqt_snapshot *p = refresh(s);

	while (p->epoch->waits < waits) {
		assert_true(kqt_clock_now_ns() < end);
		p = refresh(s);
	}
	return p;
}

/* Refresh until the epoch is long enough to become a baseline. */
static const struct kqt_snapshot *run_long_enough(struct kqt_session *s)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	const struct kqt_snapshot *p = refresh(s);

	while (kqt_tally_seconds(p->epoch) < 0.6) {
		assert_true(kqt_clock_now_ns() < end);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		p = refresh(s);
	}
	return p;
}

static void settle(struct kqt_session *s)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;

	do {
		assert_true(kqt_clock_now_ns() < end);
		assert_true(kqt_session_pump(s) >= 0);
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	} while (refresh(s)->changing);
}

static void apply(struct kqt_session *s, const struct kqt_config *c)
{
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	assert_int_equal(kqt_session_apply(s, c, &why), 0);
}

static void pump_until(struct kqt_session *s, int news)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	int got;

	while (!((got = kqt_session_pump(s)) & news)) {
		assert_true(got >= 0);
		assert_true(kqt_clock_now_ns() < end);
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	}
}

/* A back end's library may keep some for good once it was used: not ours to count. */
static void open_a_queue_once(void)
{
	struct kqt_eventq *q;

	assert_int_equal(kqt_eventq_list[0]->open(&q), 0);
	q->ops->close(q);
}

static int descriptors(void)
{
	open_a_queue_once();
	return kqt_test_descriptors();
}

/* triggers = samples + pending + counted as skipped; after a halt nothing is
 * pending. Timers are checked against the clock: each timer's last expiration may
 * be counted by one and not by the other. */
static void assert_accounted(struct kqt_session *s, uint64_t timers_ever)
{
	struct kqt_account a[KQT_FILTERS];

	kqt_session_account(s, a);
	for (int f = 0; f < KQT_FILTERS; f++) {
		int64_t pending = (int64_t)a[f].pending;

		if (f == KQT_FILTER_TIMER && a[f].untimed) {
			assert_int_equal(a[f].due | a[f].performed | a[f].pending, 0);
			continue;
		}
		if (f == KQT_FILTER_TIMER) {
			assert_true(pending <= (int64_t)timers_ever);
			assert_true(pending >= -(int64_t)timers_ever);
			continue;
		}
		assert_int_equal(a[f].pending, 0);
		assert_int_equal(a[f].folded, 0);
		assert_int_equal(a[f].failed, 0);
	}
}

static void everything_asked_for_is_registered_and_speaks(void **state)
{
	struct kqt_config c = config("default");
	int before = descriptors();
	struct kqt_session *s = open_with(&c);
	const struct kqt_snapshot *p;

	(void)state;
	p = run_waits(s, 1000);
	assert_int_equal(p->registered[KQT_SOURCE_TIMER], 8);
	assert_int_equal(p->registered[KQT_SOURCE_SOCKET], 4);
	assert_int_equal(p->registered[KQT_SOURCE_FILE], 4);
	for (int f = 0; f < KQT_FILTERS; f++) {
		const struct kqt_filter_tally *t = &p->epoch->filter[f];

		assert_true(t->events > 0);
		assert_true(t->wakes > 0 && t->wakes <= t->events);
		assert_int_equal(t->unstamped, 0);
		assert_int_equal(t->triggers, t->events + t->merged);
		assert_int_equal(p->epoch->wait_filter[f].count, t->wakes);
		if (f == KQT_FILTER_TIMER && !(p->capabilities & KQT_CAP_TIMER_DUE)) {
			assert_int_equal(p->epoch->notification[f].count, 0);
			assert_int_equal(p->epoch->response[f].count, 0);
			continue;
		}
		assert_int_equal(p->epoch->notification[f].count, t->triggers);
		assert_int_equal(p->epoch->response[f].count, t->triggers + t->missed);
	}
	assert_int_equal(p->epoch->wait_wake.count + p->epoch->wait_timeout.count, p->epoch->waits);
	assert_int_equal(p->epoch->stale, 0);
	kqt_session_halt(s);
	assert_accounted(s, 8);
	kqt_session_free(s);
	assert_int_equal(kqt_test_descriptors_once(before), before);
}

static void what_nobody_knows_while_it_runs_is_not_accounted_for(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);
	struct kqt_account a[KQT_FILTERS];

	(void)state;
	run_waits(s, 300);
	kqt_session_account(s, a);
	assert_true(a[KQT_FILTER_TIMER].samples > 0);
	for (int f = 0; f < KQT_FILTERS; f++) {
		assert_int_equal(a[f].untimed, f == KQT_FILTER_TIMER);
		assert_true((int64_t)a[f].pending >= 0 && (int64_t)a[f].folded >= 0);
	}
	assert_int_equal(a[KQT_FILTER_TIMER].due | a[KQT_FILTER_TIMER].performed, 0);
	assert_int_equal(a[KQT_FILTER_TIMER].pending, 0);
	c.num_timers = 0;
	apply(s, &c);
	settle(s);
	kqt_session_account(s, a);
	assert_int_equal(a[KQT_FILTER_TIMER].untimed,
	                 !(kqt_session_snapshot(s)->capabilities & KQT_CAP_TIMER_DUE));
	kqt_session_free(s);
}

static void accounting_holds(const char *preset, uint64_t waits)
{
	struct kqt_config c = config(preset);
	struct kqt_session *s = open_with(&c);

	run_waits(s, waits);
	kqt_session_halt(s);
	assert_accounted(s, c.num_timers);
	for (int f = 0; f < KQT_FILTERS; f++)
		if (f != KQT_FILTER_WRITE || c.write == KQT_WRITE_DRIVEN)
			assert_int_equal(kqt_session_snapshot(s)->total->filter[f].unstamped, 0);
	kqt_session_free(s);
}

static void every_trigger_is_accounted_for_in_each_preset(void **state)
{
	static const struct {
		const char *preset;
		uint64_t waits;
	} runs[] = {{"seed", 30000}, {"timers", 300},  {"sockets", 1000}, {"watchers", 1000},
	            {"quiet", 200},  {"spin", 100000}, {"storm", 5000}};

	(void)state;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		accounting_holds(runs[i].preset, runs[i].waits);
}

static void a_change_is_a_difference_and_starts_an_epoch(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);
	const struct kqt_snapshot *p = run_long_enough(s);
	uint64_t epoch = p->epoch->epoch, waits = p->epoch->waits;
	int before = descriptors();

	(void)state;
	c.num_timers = 16;
	apply(s, &c);
	settle(s);
	assert_int_equal(descriptors(), before + 8);
	p = run_waits(s, 200);
	assert_int_equal(p->registered[KQT_SOURCE_TIMER], 16);
	assert_int_equal(p->epoch->epoch, epoch + 1);
	assert_non_null(p->baseline);
	assert_int_equal(p->baseline->epoch, epoch);
	assert_int_equal(p->baseline_config.num_timers, 8);
	assert_true(p->baseline->waits >= waits);
	/* what was counted before is in the total still, and only there and in the baseline */
	assert_true(p->total->waits >= p->baseline->waits + p->epoch->waits);
	c.num_timers = 2;
	c.num_sockets = 0;
	apply(s, &c);
	settle(s);
	assert_int_equal(descriptors(), before - 6 - 8);
	kqt_session_halt(s);
	assert_accounted(s, 8 + 8);
	kqt_session_free(s);
}

/* Not only from the next snapshot on, which may be a minute off. */
static void a_change_that_is_told_has_its_epoch_and_its_baseline(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);
	const struct kqt_snapshot *p = refresh(s);

	(void)state;
	for (uint64_t epoch = 1; epoch <= 2; epoch++) {
		uint64_t timers = c.num_timers, waits = run_long_enough(s)->epoch->waits;

		assert_int_equal(p->epoch->epoch, epoch);
		c.num_timers *= 2;
		apply(s, &c);
		pump_until(s, KQT_NEWS_CHANGE);
		assert_int_equal(p->epoch->epoch, epoch + 1);
		assert_int_equal(p->epoch->waits, 0);
		assert_non_null(p->baseline);
		assert_int_equal(p->baseline->epoch, epoch);
		assert_true(p->baseline->waits >= waits);
		assert_int_equal(p->baseline_config.num_timers, timers);
	}
	kqt_session_reset(s);
	assert_int_equal(p->epoch->epoch, 3);
	kqt_session_free(s);
}

/* Figures and a change's end may come together: the figures are of before. */
static void figures_are_told_before_the_change_that_follows_them(void **state)
{
	struct kqt_session_options opt = {.raw_mask = 1u << KQT_RAW_WAIT, .raw_len = 4096};
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	struct kqt_config c = config("quiet");
	struct kqt_session *s = NULL;
	struct kqt_raw raw = {0};
	const struct kqt_snapshot *p;

	(void)state;
	assert_int_equal(kqt_session_open(&c, &opt, &s, &why), 0);
	p = refresh(s);
	kqt_session_request(s);
	c.timeout_ms = 2;
	apply(s, &c);
	while (raw.epoch != 2) { /* a sample of the new epoch: both answers are on their way */
		assert_true(kqt_clock_now_ns() < end);
		(void)kqt_session_raw(s, &raw, 1);
	}
	assert_int_equal(kqt_session_pump(s), KQT_NEWS_SNAPSHOT);
	assert_int_equal(p->epoch->epoch, 1);
	assert_int_equal(p->interval->epoch, 1);
	assert_true(p->changing);
	assert_int_equal(kqt_session_pump(s), KQT_NEWS_CHANGE);
	assert_int_equal(p->epoch->epoch, 2);
	assert_int_equal(p->config.timeout_ms, 2);
	kqt_session_free(s);
}

static void assert_timers(const struct kqt_snapshot *p, uint64_t n)
{
	assert_int_equal(p->config.num_timers, n);
	assert_int_equal(p->shortfall[KQT_SOURCE_TIMER].wanted, n);
	assert_int_equal(p->shortfall[KQT_SOURCE_TIMER].got, n);
}

/* The configuration is that of the figures, and no source is missing, nor is one too many. */
static void what_is_not_in_force_yet_is_told_of_no_figures(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);
	const struct kqt_snapshot *p = refresh(s);

	(void)state;
	kqt_session_request(s);
	c.num_timers = 4;
	apply(s, &c);
	c.num_timers = 5;
	apply(s, &c);
	pump_until(s, KQT_NEWS_SNAPSHOT);
	assert_int_equal(p->epoch->epoch, 1);
	assert_timers(p, 8);
	pump_until(s, KQT_NEWS_CHANGE);
	assert_true(p->changing);
	assert_timers(p, 4);
	pump_until(s, KQT_NEWS_CHANGE);
	assert_false(p->changing);
	assert_timers(p, 5);
	kqt_session_free(s);
}

static void of_changes_in_a_hurry_the_last_one_counts(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);

	(void)state;
	for (uint64_t n = 1; n <= 64; n *= 2) {
		c.num_timers = n;
		apply(s, &c);
		assert_int_equal(kqt_session_wanted(s)->num_timers, n);
	}
	settle(s);
	assert_int_equal(kqt_session_snapshot(s)->registered[KQT_SOURCE_TIMER], 64);
	assert_int_equal(kqt_session_snapshot(s)->config.num_timers, 64);
	kqt_session_free(s);
}

static void random_changes_lose_nothing(void **state)
{
	struct kqt_config c = config("default");
	int before = descriptors();
	struct kqt_session *s = open_with(&c);
	uint64_t timers_ever = 8;
	unsigned seed = 20260101;

	(void)state;
	for (int i = 0; i < 60; i++) {
		c.num_timers = (uint64_t)(rand_r(&seed) % 20);
		c.num_sockets = (uint64_t)(rand_r(&seed) % 9);
		c.num_file_watchers = 1 + (uint64_t)(rand_r(&seed) % 9);
		c.timeout_ms = (uint64_t)(rand_r(&seed) % 3);
		c.stimulus_us = 100u << rand_r(&seed) % 4;
		c.write = (uint64_t)(rand_r(&seed) % 3);
		c.spread = (uint64_t)(rand_r(&seed) % 2);
		c.dither = (uint64_t)(rand_r(&seed) % 2);
		timers_ever += c.num_timers;
		apply(s, &c);
		settle(s);
		assert_int_equal(kqt_session_snapshot(s)->registered[KQT_SOURCE_TIMER],
		                 c.num_timers);
		assert_int_equal(kqt_session_snapshot(s)->registered[KQT_SOURCE_SOCKET],
		                 c.num_sockets);
		assert_int_equal(kqt_session_snapshot(s)->registered[KQT_SOURCE_FILE],
		                 c.num_file_watchers);
		if (i % 10 == 0)
			run_waits(s, 50);
	}
	kqt_session_halt(s);
	assert_accounted(s, timers_ever);
	kqt_session_free(s);
	assert_int_equal(kqt_test_descriptors_once(before), before);
}

static void halt_and_resume_keep_the_total(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);
	uint64_t waits, events;

	(void)state;
	run_waits(s, 300);
	kqt_session_halt(s);
	waits = kqt_session_snapshot(s)->total->waits;
	events = kqt_tally_events(kqt_session_snapshot(s)->total);
	assert_false(kqt_session_snapshot(s)->running);
	assert_int_equal(kqt_session_refresh(s), 0); /* nothing to wait for, and no hang */
	assert_int_equal(kqt_session_snapshot(s)->total->waits, waits);
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	assert_int_equal(kqt_session_resume(s, &why), 0);
	run_waits(s, 300);
	assert_true(kqt_session_snapshot(s)->total->waits >= waits + 300);
	assert_true(kqt_tally_events(kqt_session_snapshot(s)->total) > events);
	kqt_session_halt(s);
	assert_accounted(s, 16);
	kqt_session_free(s);
}

/* Rates are of the time that was measured: a second of standing still is not in it. */
static void a_stop_is_in_no_figure(void **state)
{
	struct timespec second = {.tv_sec = 1};
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);
	const struct kqt_snapshot *p = run_waits(s, 2000);
	double before, after;

	(void)state;
	kqt_session_halt(s);
	before = kqt_tally_seconds(p->total);
	assert_true(before > 0.2);
	assert_int_equal(nanosleep(&second, NULL), 0);
	assert_int_equal(kqt_session_resume(s, &why), 0);
	p = run_waits(s, 100);
	after = kqt_tally_seconds(p->total);
	assert_true(after > before);
	assert_true((double)(p->total->end_ns - p->total->start_ns) / 1e9 > after + 0.99);
	if (p->baseline)
		assert_true(kqt_tally_seconds(p->baseline) <= before);
	kqt_session_free(s);
}

static void a_change_that_waits_outlives_a_halt(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);

	(void)state;
	c.num_timers = 9;
	apply(s, &c);
	c.num_timers = 10;
	apply(s, &c);
	kqt_session_halt(s);
	assert_int_equal(kqt_session_wanted(s)->num_timers, 10);
	assert_int_equal(kqt_session_snapshot(s)->config.num_timers, 9); /* it ran with these */
	assert_false(kqt_session_snapshot(s)->changing);
	assert_int_equal(kqt_session_resume(s, &why), 0);
	assert_timers(refresh(s), 10);
	assert_int_equal(kqt_session_snapshot(s)->registered[KQT_SOURCE_TIMER], 10);
	kqt_session_free(s);
}

static void what_a_halt_kept_from_being_opened_is_not_missing(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);
	struct kqt_progress far;
	uint64_t timers = c.num_timers;

	(void)state;
	assert_false(kqt_session_progress(s, &far));
	c.num_timers = 800;
	assert_int_equal(kqt_session_apply(s, &c, &why), 0);
	assert_true(kqt_session_progress(s, &far));
	assert_int_equal(far.wanted, 800 + c.num_sockets + c.num_file_watchers);
	assert_int_equal(far.all, 800 - timers);
	kqt_session_halt(s);
	assert_false(kqt_session_progress(s, &far));
	for (int k = 0; k < KQT_SOURCE_KINDS; k++)
		assert_string_equal(kqt_session_snapshot(s)->shortfall[k].error, "");
	assert_int_equal(kqt_session_wanted(s)->num_timers, 800);
	assert_int_equal(kqt_session_resume(s, &why), 0);
	assert_int_equal(kqt_session_snapshot(s)->registered[KQT_SOURCE_TIMER], 800);
	kqt_session_free(s);
}

static bool give_up(void *calls, const struct kqt_progress *p)
{
	(void)p;
	++*(int *)calls;
	return false;
}

static void open_is_given_up_when_it_is_told_to(void **state)
{
	struct kqt_config c = config("default");
	int calls = 0;
	struct kqt_session_options opt = {.opening = give_up, .opening_arg = &calls};
	struct kqt_session *s = NULL;

	(void)state;
	c.num_timers = 800;
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	assert_int_equal(kqt_session_open(&c, &opt, &s, &why), -ECANCELED);
	assert_null(s);
	assert_int_equal(calls, 1);
	assert_string_equal(why_text, "");
}

static void reset_forgets_the_epoch_and_undo_brings_it_back(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);
	const struct kqt_snapshot *p = run_waits(s, 500);
	uint64_t waits = p->epoch->waits, total = p->total->waits;

	(void)state;
	assert_false(kqt_session_reset_undo(s));
	kqt_session_reset(s);
	p = refresh(s);
	assert_true(p->total->waits >= total);
	assert_true(p->epoch->waits <= p->total->waits - waits);
	assert_true(kqt_session_reset_undo(s));
	p = refresh(s);
	assert_int_equal(p->epoch->waits, p->total->waits);
	assert_false(kqt_session_reset_undo(s));
	kqt_session_free(s);
}

/* Until the collector has made n more waits, without asking it for them. */
static void let_make(struct kqt_session *s, size_t n)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	struct kqt_raw raw[64];

	while (kqt_session_raw(s, raw, 64) > 0)
		; /* made before */
	for (size_t got = 0; got < n; got += kqt_session_raw(s, raw, 64))
		assert_true(kqt_clock_now_ns() < end);
}

/* A session whose waits are seen without a snapshot. */
static struct kqt_session *open_raw(const struct kqt_config *c)
{
	struct kqt_session_options opt = {.raw_mask = 1u << KQT_RAW_WAIT, .raw_len = 1 << 16};
	struct kqt_session *s = NULL;

	open_a_queue_once();
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	assert_int_equal(kqt_session_open(c, &opt, &s, &why), 0);
	return s;
}

/* What the collector held at that moment comes later, and is forgotten all the same. */
static void what_was_counted_before_a_reset_or_a_pin_is_in_no_figure_after_it(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_raw(&c);
	const struct kqt_snapshot *p;
	uint64_t pinned, windows;

	(void)state;
	(void)run_long_enough(s);
	let_make(s, 200);
	kqt_session_reset(s);
	p = refresh(s);
	assert_true(p->interval->waits >= p->epoch->waits + 100);
	assert_int_equal(p->window[0]->waits, p->epoch->waits);
	/* a second one while the first is on its way, and what it forgot comes back */
	kqt_session_reset(s);
	kqt_session_reset(s);
	assert_true(kqt_session_reset_undo(s));
	(void)refresh(s);
	kqt_session_reset(s);
	assert_true(kqt_session_reset_undo(s));
	p = run_long_enough(s);
	let_make(s, 200);
	pinned = p->epoch->waits;
	windows = p->window[0]->waits + p->window[1]->waits;
	assert_true(kqt_session_pin(s));
	p = refresh(s);
	assert_int_equal(p->baseline->waits, pinned);
	/* windows go on: they have it all, as long as they do not forget the oldest */
	if (p->elapsed_s < 5)
		assert_int_equal(p->window[0]->waits + p->window[1]->waits,
		                 windows + p->interval->waits);
	assert_true(p->interval->waits >= p->epoch->waits + 100);
	kqt_session_free(s);
}

static void samples_that_were_lost_stay_so_when_figures_are_forgotten(void **state)
{
	struct kqt_session_options opt = {.watch_window = 1000, .raw_len = 64};
	struct kqt_config c = config("spin");
	struct kqt_session *s = NULL;
	const struct kqt_watch *w;
	uint64_t lost;

	(void)state;
	open_a_queue_once();
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	assert_int_equal(kqt_session_open(&c, &opt, &s, &why), 0);
	(void)run_waits(s, 100000);
	kqt_session_halt(s);
	w = kqt_session_snapshot(s)->watch;
	lost = w->lost;
	assert_true(lost > 0);
	kqt_session_reset(s);
	assert_int_equal(kqt_session_pump(s), 0);
	assert_true(kqt_session_snapshot(s)->watch->lost == lost);
	assert_int_equal(kqt_session_resume(s, &why), 0); /* another epoch */
	(void)refresh(s);
	assert_int_equal(kqt_session_snapshot(s)->watch->lost,
	                 kqt_session_snapshot(s)->epoch->raw_lost);
	kqt_session_free(s);
}

static void pinned_baseline_outlives_changes_until_unpinned(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);
	const struct kqt_snapshot *p;
	uint64_t waits, serial;

	(void)state;
	assert_false(kqt_session_pin(s)); /* nothing has been measured */
	p = run_long_enough(s);
	waits = p->epoch->waits;
	assert_true(kqt_session_pin(s));
	assert_true(p->pinned);
	assert_int_equal(p->baseline->waits, waits);
	assert_int_equal(p->epoch->waits, 0);      /* nothing is compared with itself */
	assert_true(p->baseline_s > p->elapsed_s); /* now, not when figures last came */
	serial = p->baseline_serial;
	c.num_timers = 16;
	apply(s, &c);
	settle(s);
	(void)run_long_enough(s);
	c.num_timers = 4;
	apply(s, &c);
	settle(s);
	p = refresh(s);
	assert_int_equal(p->baseline->waits, waits);
	assert_int_equal(p->baseline_config.num_timers, 8);
	assert_int_equal(p->baseline_serial, serial);
	kqt_session_unpin(s);
	assert_false(p->pinned);
	assert_int_equal(p->baseline->waits, waits);
	(void)run_long_enough(s);
	c.num_timers = 8;
	apply(s, &c);
	settle(s);
	p = refresh(s);
	assert_int_equal(p->baseline_config.num_timers, 4);
	assert_int_not_equal(p->baseline_serial, serial);
	kqt_session_free(s);
}

static void reset_is_told_at_once(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = open_with(&c);
	const struct kqt_snapshot *p = run_waits(s, 100);

	(void)state;
	kqt_session_halt(s);
	assert_false(p->reset);
	kqt_session_reset(s);
	assert_true(p->reset);
	assert_int_equal(p->epoch->waits, 0);
	assert_true(kqt_session_reset_undo(s));
	assert_false(p->reset);
	assert_in_range(p->epoch->waits, 100, UINT64_MAX);
	kqt_session_free(s);
}

/* The limit is on the number of a new descriptor, and some that we inherited, or that
 * a library keeps, stand among the free ones. @return one that leaves n of those. */
static rlim_t limit_leaving(int n)
{
	int fd = 0;

	for (; n > 0; fd++)
		n -= fcntl(fd, F_GETFD) < 0;
	return (rlim_t)fd;
}

/* As if there were only so many descriptors left, beside those of the queue. */
static void with_left(int left, const struct kqt_config *c, int want_rc)
{
	struct rlimit old, few;
	struct kqt_session *s = NULL;
	int rc;

	why = kqt_strbuf_init(why_text, sizeof(why_text));
	(void)kqt_test_descriptors(); /* those of the session before have gone */
	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = limit_leaving(kqt_eventq_list[0]->descriptors + left);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	rc = kqt_session_open(c, NULL, &s, &why);
	if (rc == 0) {
		const struct kqt_snapshot *p = run_waits(s, 50);
		char text[256];
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

		assert_true(kqt_shortfall_text(p, KQT_SOURCE_TIMER, &sb));
		assert_non_null(strstr(text, "too many open files: "));
		kqt_session_free(s);
	}
	setrlimit(RLIMIT_NOFILE, &old);
	assert_int_equal(rc, want_rc);
}

/* The stimulus' wake-up: a pipe takes two. */
static int wake_descriptors(void)
{
	const char *without = getenv("KQT_WITHOUT");

	return without && strstr(without, "eventfd_ppoll") ? 2 : 1;
}

static void with_few_descriptors_it_runs_on_what_it_has_and_says_so(void **state)
{
	struct kqt_config c = config("default");
	int before = descriptors();

	(void)state;
	with_left(8, &c, 0);
	c.strict = 1;
	with_left(8, &c, -KQT_E_UNREGISTERED);
	assert_non_null(strstr(why_text, "timers: "));
	c.strict = 0;
	/* libkqueue wants some more for a moment, while a queue is opened */
	if (!(kqt_eventq_list[0]->capabilities & KQT_CAP_FILE_FD))
		with_left(wake_descriptors(), &c, -KQT_E_NO_SOURCE);
	with_left(-1, &c, -EMFILE);
	assert_int_equal(kqt_test_descriptors_once(before), before);
}

static void resume_refuses_what_open_refuses(void **state)
{
	static const struct {
		int pairs, rc;
	} runs[] = {{0, -KQT_E_NO_SOURCE}, {1, -KQT_E_UNREGISTERED}, {4, 0}};
	struct kqt_config c = config("sockets");
	struct kqt_session *s;
	struct rlimit old, few;

	(void)state;
	if (kqt_eventq_list[0]->capabilities & KQT_CAP_FILE_FD) {
		print_message("skip: libkqueue takes descriptors for a moment\n");
		skip();
	}
	c.strict = 1;
	c.num_sockets = 4;
	s = open_with(&c);
	kqt_session_halt(s);
	getrlimit(RLIMIT_NOFILE, &old);
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		int rc, need = kqt_eventq_list[0]->descriptors + wake_descriptors();

		few = old;
		few.rlim_cur = limit_leaving(need + 2 * runs[i].pairs);
		why = kqt_strbuf_init(why_text, sizeof(why_text));
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		rc = kqt_session_resume(s, &why);
		setrlimit(RLIMIT_NOFILE, &old);
		assert_int_equal(rc, runs[i].rc);
		assert_int_equal(why.len > 0, rc < 0);
		assert_int_equal(kqt_session_snapshot(s)->running, rc == 0);
	}
	assert_int_equal(refresh(s)->registered[KQT_SOURCE_SOCKET], 4);
	kqt_session_free(s);
}

/* The same errno as for descriptors, another limit. */
static void inotify_instances_that_are_used_up_are_told_from_descriptors(void **state)
{
	struct kqt_config c = config("watchers");
	static int held[1024];
	struct kqt_session *s = NULL;
	int n = 0, rc;

	(void)state;
	while (n < 1024 && (held[n] = inotify_init1(IN_CLOEXEC)) >= 0)
		n++;
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	rc = n < 1024 ? kqt_session_open(&c, NULL, &s, &why) : 0;
	for (int i = 0; i < n; i++)
		close(held[i]);
	if (n == 1024) {
		print_message("skip: more than 1024 inotify instances are allowed here\n");
		skip();
	}
	assert_int_equal(rc, -KQT_E_NO_SOURCE);
	assert_non_null(strstr(why_text, "watchers: 0 of 4 registered: no inotify instance left"));
}

static void what_could_not_be_had_is_had_when_it_can(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s;
	char text[256];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	snprintf(c.watch_dir, sizeof(c.watch_dir), "/nonexistent/kqtop");
	s = open_with(&c);
	assert_true(kqt_shortfall_text(refresh(s), KQT_SOURCE_FILE, &sb));
	assert_non_null(strstr(text, "watchers: 0 of 4 registered: cannot make a file in "
	                             "'/nonexistent/kqtop': no such file or directory"));
	snprintf(c.watch_dir, sizeof(c.watch_dir), "/tmp");
	apply(s, &c);
	settle(s);
	assert_int_equal(kqt_session_snapshot(s)->registered[KQT_SOURCE_FILE], 4);
	assert_false(kqt_shortfall_text(kqt_session_snapshot(s), KQT_SOURCE_FILE, &sb));
	kqt_session_free(s);
}

/* kB; 0 also where nothing says it */
static unsigned long locked_memory(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	unsigned long kb = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		(void)sscanf(line, "VmLck: %lu", &kb);
	if (f)
		fclose(f);
	return kb;
}

static void memory_is_locked_while_a_configuration_says_so(void **state)
{
	struct kqt_config c = config("quiet");
	bool can = mlockall(MCL_CURRENT | MCL_FUTURE) == 0 && locked_memory() > 0;
	struct kqt_session *s;

	(void)state;
	(void)munlockall();
	if (!can) {
		print_message("skip: memory cannot be locked here, or a sanitizer does not\n");
		skip();
	}
	s = open_with(&c);
	c.mlock = 1;
	apply(s, &c);
	settle(s);
	assert_true(locked_memory() > 0);
	c.mlock = 0;
	apply(s, &c);
	settle(s);
	assert_int_equal(locked_memory(), 0);
	c.mlock = 1;
	apply(s, &c);
	kqt_session_halt(s);
	assert_int_equal(locked_memory(), 0);
	assert_int_equal(kqt_session_resume(s, &why), 0);
	assert_true(locked_memory() > 0);
	kqt_session_free(s);
	assert_int_equal(locked_memory(), 0);
}

/* Where our open files without a name are: how many of them below this folder. */
static int files_in(const char *folder)
{
	char link[PATH_MAX], target[PATH_MAX];
	int n = 0;

	for (int fd = 0; fd < 1024; fd++) {
		ssize_t len;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		n += strncmp(target, folder, strlen(folder)) == 0 &&
		     target[strlen(folder)] == '/' && strstr(target, " (deleted)");
	}
	return n;
}

static void another_folder_for_files_is_used_at_once(void **state)
{
	char folder[2][32] = {"/tmp/kqtop-test-a-XXXXXX", "/tmp/kqtop-test-b-XXXXXX"};
	struct kqt_config c = config("watchers");
	struct kqt_session *s;

	(void)state;
	if (access("/proc/self/fd/0", F_OK) < 0) {
		print_message("skip: no /proc/self/fd here\n");
		skip();
	}
	for (int i = 0; i < 2; i++)
		assert_non_null(mkdtemp(folder[i]));
	snprintf(c.watch_dir, sizeof(c.watch_dir), "%s", folder[0]);
	s = open_with(&c);
	assert_in_range(files_in(folder[0]), c.num_file_watchers, INT_MAX);
	snprintf(c.watch_dir, sizeof(c.watch_dir), "%s", folder[1]);
	apply(s, &c);
	settle(s);
	assert_int_equal(files_in(folder[0]), 0);
	assert_in_range(files_in(folder[1]), c.num_file_watchers, INT_MAX);
	run_waits(s, 100);
	kqt_session_halt(s);
	assert_accounted(s, 0);
	kqt_session_free(s);
	for (int i = 0; i < 2; i++)
		assert_int_equal(rmdir(folder[i]), 0);
}

static void pinning_to_a_processor_that_is_not_there_is_refused(void **state)
{
	struct kqt_config c = config("default");
	struct kqt_session *s = NULL;
	int before = descriptors();

	(void)state;
	c.cpu_collector = 1023;
	assert_int_equal(kqt_session_open(&c, NULL, &s, &why),
	                 kqt_thread_features() & KQT_THREAD_PIN ? -EINVAL : -KQT_E_UNSUPPORTED);
	assert_non_null(strstr(why_text, "--cpu 1023"));
	assert_int_equal(kqt_test_descriptors_once(before), before);
}

static void raw_samples_are_the_waits_in_order(void **state)
{
	struct kqt_config c = config("quiet");
	struct kqt_session_options opt = {.raw_mask = 1u << KQT_RAW_WAIT, .raw_len = 4096};
	struct kqt_session *s = NULL;
	struct kqt_raw raw[64];
	uint32_t seq = 0;
	uint64_t sum = 0;

	(void)state;
	assert_int_equal(kqt_session_open(&c, &opt, &s, &why), 0);
	run_waits(s, 200);
	kqt_session_halt(s);
	for (size_t n; (n = kqt_session_raw(s, raw, 64)) > 0;) {
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(raw[i].seq, seq++);
			assert_int_equal(raw[i].filter, 0); /* timeouts */
			sum += raw[i].value_ns;
		}
	}
	assert_int_equal(seq, kqt_session_snapshot(s)->total->waits);
	assert_int_equal(sum, kqt_session_snapshot(s)->total->wait_timeout.sum_ns);
	kqt_session_free(s);
}

/* A wait of a minute must not make anybody wait for it. */
static void a_long_wait_is_interrupted_for_snapshots_and_changes(void **state)
{
	struct kqt_config c = config("quiet");
	uint64_t start = kqt_clock_now_ns();
	struct kqt_session *s;

	(void)state;
	c.timeout_ms = 60000;
	s = open_with(&c);
	for (int i = 0; i < 3; i++)
		assert_int_equal(refresh(s)->total->waits, 0);
	assert_true(kqt_session_snapshot(s)->total->excluded.control >= 2);
	c.timeout_ms = 1;
	apply(s, &c);
	settle(s);
	run_waits(s, 5);
	kqt_session_free(s);
	assert_true(kqt_clock_now_ns() - start < 60 * KQT_NS_PER_S);
}

/* As many resets as are on their way at once leave no room to ask for figures, or to begin a
 * change: what makes room is asked for at once, and not had at the end of a wait. */
static void resets_in_a_long_wait_keep_no_figures_and_no_change_waiting(void **state)
{
	struct kqt_config c = config("quiet");
	struct kqt_session *s;

	(void)state;
	c.timeout_ms = 60000;
	s = open_with(&c);
	for (int i = 0; i < 4; i++)
		kqt_session_reset(s);
	assert_int_equal(refresh(s)->total->waits, 0);
	for (int i = 0; i < 4; i++)
		kqt_session_reset(s);
	c.timeout_ms = 30000;
	apply(s, &c);
	kqt_session_halt(s);
	assert_int_equal(kqt_session_snapshot(s)->total->waits, 0);
	kqt_session_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_asked_for_is_registered_and_speaks),
	    cmocka_unit_test(every_trigger_is_accounted_for_in_each_preset),
	    cmocka_unit_test(what_nobody_knows_while_it_runs_is_not_accounted_for),
	    cmocka_unit_test(a_change_is_a_difference_and_starts_an_epoch),
	    cmocka_unit_test(a_change_that_is_told_has_its_epoch_and_its_baseline),
	    cmocka_unit_test(figures_are_told_before_the_change_that_follows_them),
	    cmocka_unit_test(what_is_not_in_force_yet_is_told_of_no_figures),
	    cmocka_unit_test(of_changes_in_a_hurry_the_last_one_counts),
	    cmocka_unit_test(random_changes_lose_nothing),
	    cmocka_unit_test(halt_and_resume_keep_the_total),
	    cmocka_unit_test(a_stop_is_in_no_figure),
	    cmocka_unit_test(a_change_that_waits_outlives_a_halt),
	    cmocka_unit_test(what_a_halt_kept_from_being_opened_is_not_missing),
	    cmocka_unit_test(open_is_given_up_when_it_is_told_to),
	    cmocka_unit_test(reset_forgets_the_epoch_and_undo_brings_it_back),
	    cmocka_unit_test(what_was_counted_before_a_reset_or_a_pin_is_in_no_figure_after_it),
	    cmocka_unit_test(samples_that_were_lost_stay_so_when_figures_are_forgotten),
	    cmocka_unit_test(pinned_baseline_outlives_changes_until_unpinned),
	    cmocka_unit_test(reset_is_told_at_once),
	    cmocka_unit_test(with_few_descriptors_it_runs_on_what_it_has_and_says_so),
	    cmocka_unit_test(resume_refuses_what_open_refuses),
	    cmocka_unit_test(inotify_instances_that_are_used_up_are_told_from_descriptors),
	    cmocka_unit_test(what_could_not_be_had_is_had_when_it_can),
	    cmocka_unit_test(memory_is_locked_while_a_configuration_says_so),
	    cmocka_unit_test(another_folder_for_files_is_used_at_once),
	    cmocka_unit_test(pinning_to_a_processor_that_is_not_there_is_refused),
	    cmocka_unit_test(raw_samples_are_the_waits_in_order),
	    cmocka_unit_test(a_long_wait_is_interrupted_for_snapshots_and_changes),
	    cmocka_unit_test(resets_in_a_long_wait_keep_no_figures_and_no_change_waiting),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
