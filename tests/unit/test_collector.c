/* SPDX-License-Identifier: MIT */
/* The collector on the fake queue, one wait at a time and without threads: what
 * becomes of each wait, event and stamp, to the nanosecond. The test plays the
 * stimulus by pushing stamps itself. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/clock/clock.h"
#include "engine/collect/collector_priv.h"
#include "engine/eventq/eventq_fake.h"

#define MS KQT_NS_PER_MS
#define US KQT_NS_PER_US
#define FILE_TOKEN kqt_token(2 * KQT_SLOTS_PER_KIND, 1)
#define SOCKET_TOKEN kqt_token(KQT_SLOTS_PER_KIND, 1)
#define TIMER_TOKEN kqt_token(0, 1)

struct rig {
	struct kqt_eventq *q;
	struct kqt_stimulus *stimulus; /* a mail box until a test starts it */
	struct kqt_collector *c;
	struct kqt_dirty dirty;
	struct kqt_stops stops;
	_Atomic uint32_t bell;
	struct kqt_spsc raw;
	struct kqt_tally *tally[4];
	struct kqt_collect_params params;
};

static void no_wake(void *arg)
{
	(void)arg;
}

static void order(struct rig *r, enum kqt_collect_op op, void *what)
{
	struct kqt_collect_msg msg = {.op = op};

	memcpy(&msg.u, &what, sizeof(what));
	assert_true(kqt_collector_send(r->c, &msg));
}

static struct kqt_collect_msg answer(struct rig *r, enum kqt_collect_op op)
{
	struct kqt_collect_msg msg;

	do
		assert_true(kqt_collector_answer(r->c, &msg));
	while (msg.op != op);
	return msg;
}

static void step(struct rig *r)
{
	assert_int_equal(kqt_collector_step(r->c), 0);
}

/* Take a change with these sources through, as the session does. */
static void begin_run(struct rig *r, struct kqt_source **sources, size_t n)
{
	order(r, KQT_COL_PARAMS, &r->params);
	for (size_t i = 0; i < n; i++)
		order(r, KQT_COL_ADD, sources[i]);
	order(r, KQT_COL_END, NULL);
	r->q->ops->wake(r->q);
	step(r);
	assert_false(r->c->in_change);
	answer(r, KQT_COL_DONE);
}

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct kqt_stimulus_env se = {
	    .dirty = &r->dirty, .stops = &r->stops, .bell = &r->bell, .wake = no_wake, .cpu = -1};
	struct kqt_collector_env ce = {.dirty = &r->dirty,
	                               .stops = &r->stops,
	                               .bell = &r->bell,
	                               .raw = &r->raw,
	                               .raw_mask = 1u << KQT_RAW_WAIT,
	                               .cpu = -1};

	for (int i = 0; i < 4; i++)
		r->tally[i] = calloc(1, sizeof(struct kqt_tally));
	if (kqt_eventq_fake.open(&r->q) < 0 || kqt_stimulus_new(&se, &r->stimulus) < 0 ||
	    kqt_spsc_init(&r->raw, 256, sizeof(struct kqt_raw)) < 0)
		return -1;
	ce.queue = r->q;
	ce.stimulus = r->stimulus;
	if (kqt_collector_new(&ce, r->tally[0], &r->c) < 0)
		return -1;
	r->params = (struct kqt_collect_params){.timeout_ns = MS,
	                                        .collection = 4,
	                                        .stall_limit_ns = 10 * MS,
	                                        .t0_ns = KQT_FAKE_START_NS};
	r->c->sched = (struct kqt_sched){.base_ns = KQT_FAKE_START_NS, .period_ns = 500 * US};
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;

	kqt_stimulus_stop(r->stimulus); /* where a test has started it */
	kqt_collector_free(r->c);
	kqt_stimulus_free(r->stimulus);
	r->q->ops->close(r->q);
	kqt_spsc_fini(&r->raw);
	for (int i = 0; i < 4; i++)
		free(r->tally[i]);
	free(r);
	return 0;
}

static struct kqt_source *timer(uint64_t every_ns)
{
	struct kqt_source *s = kqt_source_new(KQT_SOURCE_TIMER);

	s->token = TIMER_TOKEN;
	s->interval_ns = every_ns;
	return s;
}

static struct kqt_source *file(void)
{
	struct kqt_source *s = kqt_source_new(KQT_SOURCE_FILE);

	assert_int_equal(kqt_spsc_init(&s->stamps, 16, sizeof(struct kqt_stamp)), 0);
	s->token = FILE_TOKEN;
	s->fd = dup(STDERR_FILENO); /* the fake only looks whether there is one */
	return s;
}

/* The stimulus' three steps, so that a test can stop between any two of them. */
static void push_stamp(struct kqt_source *s, uint64_t tick, uint64_t actual_ns, uint32_t n_dues)
{
	struct kqt_stamp st = {.first_tick = tick, .actual_ns = actual_ns, .n_dues = n_dues};

	assert_true(kqt_spsc_push(&s->stamps, &st));
}

static void trigger(struct rig *r, struct kqt_source *s, uint64_t at_ns)
{
	assert_int_equal(kqt_eventq_fake_at(r->q, at_ns, s->token, KQT_FILTER_VNODE), 0);
}

static void fire(struct rig *r, struct kqt_source *s)
{
	s->fired++;
	kqt_dirty_set(&r->dirty, kqt_slot_of_token(s->token));
}

static uint64_t now(struct rig *r)
{
	return r->q->ops->now(r->q);
}

/* All three, for the write side of a socket. */
static void drain_whole(struct rig *r, struct kqt_source *s, uint64_t tick)
{
	push_stamp(s, tick, now(r), 1);
	assert_int_equal(kqt_eventq_fake_at(r->q, now(r), s->token, KQT_FILTER_WRITE), 0);
	fire(r, s);
}

static struct kqt_filter_tally *vnode(struct rig *r)
{
	return &r->c->tally->filter[KQT_FILTER_VNODE];
}

/* A change that takes 2.5 ms between its last wait and its end. */
static uint64_t later(struct kqt_eventq *q)
{
	kqt_eventq_fake_advance(q, 2500 * US);
	return kqt_eventq_fake.now(q);
}

static void change_ends_late(struct rig *r)
{
	struct kqt_eventq_ops slow = kqt_eventq_fake;

	slow.now = later;
	r->c->ops = &slow;
	step(r);
	r->c->ops = &kqt_eventq_fake;
	answer(r, KQT_COL_DONE);
}

static void change_slowly(struct rig *r)
{
	order(r, KQT_COL_BEGIN, r->tally[1]);
	order(r, KQT_COL_END, NULL);
	r->q->ops->wake(r->q);
	change_ends_late(r);
}

/* -- waits ------------------------------------------------------------------ */

static void a_timeout_is_a_sample_of_its_own_class(void **state)
{
	struct rig *r = *state;

	begin_run(r, NULL, 0);
	kqt_eventq_fake_latency(r->q, 75 * US);
	step(r);
	assert_int_equal(r->c->tally->waits, 1);
	assert_int_equal(r->c->tally->timeouts, 1);
	assert_int_equal(r->c->tally->wait_timeout.count, 1);
	assert_int_equal(r->c->tally->wait_timeout.max_ns, MS + 75 * US);
	assert_int_equal(r->c->tally->wait_wake.count, 0);
	assert_int_equal(r->c->tally->events_per_wait[0], 1);
}

static void a_control_wake_is_no_sample_and_the_wait_goes_on(void **state)
{
	struct rig *r = *state;
	uint64_t start;

	begin_run(r, NULL, 0);
	start = now(r);
	r->q->ops->wake(r->q);
	step(r);
	assert_int_equal(r->c->tally->waits, 0);
	kqt_eventq_fake_advance(r->q, 300 * US); /* time that the wake cost */
	step(r);
	assert_int_equal(r->c->tally->waits, 1);
	/* one timeout of 1 ms from its first start, not 1.3 ms */
	assert_int_equal(r->c->tally->wait_timeout.max_ns, MS);
	assert_int_equal(now(r), start + MS);
	assert_int_equal(r->c->tally->excluded.control, 2); /* begin_run's and this one */
}

/* What waits for nobody, such as another timeout, begins and ends in one wake. */
static void a_wait_of_before_a_change_is_no_sample_after_it(void **state)
{
	struct rig *r = *state;
	uint64_t changed;

	begin_run(r, NULL, 0);
	r->q->ops->wake(r->q);
	step(r); /* a wait has begun, and goes on */
	kqt_eventq_fake_advance(r->q, 300 * US);
	r->params.timeout_ns = 200 * US;
	order(r, KQT_COL_BEGIN, r->tally[1]);
	order(r, KQT_COL_PARAMS, &r->params);
	order(r, KQT_COL_END, NULL);
	r->q->ops->wake(r->q);
	step(r);
	answer(r, KQT_COL_DONE);
	changed = now(r);
	step(r);
	assert_int_equal(r->tally[1]->waits, 1);
	assert_int_equal(r->tally[1]->wait_timeout.max_ns, 200 * US);
	assert_int_equal(now(r), changed + 200 * US);
	/* nor is one of during a change that takes longer */
	order(r, KQT_COL_BEGIN, r->tally[2]);
	r->q->ops->wake(r->q);
	step(r);
	order(r, KQT_COL_END, NULL);
	r->q->ops->wake(r->q);
	change_ends_late(r);
	step(r);
	assert_int_equal(r->tally[2]->waits, 1);
	assert_int_equal(r->tally[2]->wait_timeout.max_ns, 200 * US);
}

static void what_was_due_during_an_interrupted_wait_is_a_gap(void **state)
{
	struct rig *r = *state;
	struct kqt_source *t = timer(MS);
	struct kqt_filter_tally *ft = &r->c->tally->filter[KQT_FILTER_TIMER];

	begin_run(r, &t, 1);
	kqt_eventq_fake_interrupt(r->q, t->first_due_ns + 50 * MS + 1 - now(r));
	step(r);
	assert_int_equal(r->c->tally->excluded.eintr, 1);
	kqt_eventq_fake_advance(r->q, MS); /* one more expires after the stop */
	step(r);
	assert_int_equal(r->c->tally->waits, 1);
	assert_int_equal(ft->gap, 51);
	assert_int_equal(ft->triggers, 1);
	assert_int_equal(ft->merged, 0);
	assert_int_equal(r->c->tally->response[KQT_FILTER_TIMER].max_ns, 1);
	kqt_source_free(t);
}

/* A kernel with a periodic clock, or any kqueue: a timer comes early, late, a tick
 * late, several at once. How often it expired is known, when it was due is not. */
static void expirations_without_a_due_time_are_counted_and_no_more(void **state)
{
	struct rig *r = *state;
	struct kqt_eventq_ops ticking = kqt_eventq_fake;
	struct kqt_source *t = timer(10 * MS);
	const struct kqt_filter_tally *ft;

	ticking.capabilities &= ~(unsigned)KQT_CAP_TIMER_DUE;
	r->c->ops = &ticking;
	begin_run(r, &t, 1);
	r->c->timeout_ns = 100 * MS;
	assert_int_equal(kqt_eventq_fake_at(r->q, now(r) + MS, TIMER_TOKEN, KQT_FILTER_TIMER), 0);
	step(r); /* early: 1 ms after it was added */
	ft = &r->c->tally->filter[KQT_FILTER_TIMER];
	assert_int_equal(ft->triggers, 1);
	kqt_eventq_fake_latency(r->q, 10 * MS - 1);
	step(r); /* late by almost an interval */
	assert_int_equal(ft->triggers, 2);
	kqt_eventq_fake_latency(r->q, 10 * MS);
	step(r); /* a whole one: two expirations in one report */
	assert_int_equal(ft->triggers, 4);
	assert_int_equal(ft->events, 3);
	assert_int_equal(ft->merged, 1);
	assert_int_equal(ft->wakes, 3);
	assert_int_equal(r->c->tally->waits, 3);
	assert_int_equal(r->c->tally->notification[KQT_FILTER_TIMER].count, 0);
	assert_int_equal(r->c->tally->response[KQT_FILTER_TIMER].count, 0);
	/* which of those since the wait before fell into the stop is not known either */
	kqt_eventq_fake_latency(r->q, 0);
	kqt_eventq_fake_interrupt(r->q, 30 * MS);
	step(r);
	kqt_eventq_fake_advance(r->q, US);
	step(r);
	assert_int_equal(ft->gap, 3);
	assert_int_equal(ft->triggers, 4);
	step(r);
	assert_int_equal(ft->triggers, 5);
	/* nor whether the wait that was stopped had reported all of them */
	kqt_stops_note(&r->stops, now(r) + US);
	step(r);
	step(r);
	assert_int_equal(ft->gap, 5);
	step(r);
	assert_int_equal(ft->triggers, 6);
	kqt_source_free(t);
}

/* Taking the name away may be reported as a change of the file: not as the first
 * trigger's. */
static void a_file_that_loses_its_name_is_not_yet_measured(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s;
	char path[256];

	assert_int_equal(kqt_source_open_named_file("/tmp", &s), 0);
	snprintf(path, sizeof(path), "%s", s->path);
	s->token = FILE_TOKEN;
	order(r, KQT_COL_PARAMS, &r->params);
	order(r, KQT_COL_ADD, s);
	order(r, KQT_COL_END, NULL);
	r->q->ops->wake(r->q);
	assert_int_equal(access(path, F_OK), 0);
	step(r);
	assert_int_equal(access(path, F_OK), -1);
	assert_true(r->c->in_change);
	assert_int_equal(kqt_eventq_fake_at(r->q, now(r), FILE_TOKEN, KQT_FILTER_VNODE), 0);
	step(r);
	assert_false(r->c->in_change);
	assert_int_equal(r->c->tally->excluded.transition, 1);
	step(r);
	assert_int_equal(r->c->tally->waits, 1);
	assert_int_equal(vnode(r)->events, 0);
	assert_int_equal(vnode(r)->unstamped, 0);
	kqt_source_free(s);
}

static void a_wait_that_began_before_a_stop_is_a_gap_and_the_next_is_not(void **state)
{
	struct rig *r = *state;
	struct kqt_source *t = timer(MS);

	begin_run(r, &t, 1);
	step(r);
	kqt_eventq_fake_advance(r->q, 20 * MS);
	kqt_stops_note(&r->stops, now(r)); /* what the handler does */
	step(r);
	assert_int_equal(r->c->tally->waits, 1);
	assert_int_equal(r->c->tally->excluded.gap, 1);
	assert_int_equal(r->c->tally->filter[KQT_FILTER_TIMER].gap, 20);
	assert_int_equal(r->c->tally->stalls, 0);
	kqt_eventq_fake_advance(r->q, 1); /* the real clock does not stand still */
	step(r);
	assert_int_equal(r->c->tally->waits, 2);
	assert_int_equal(r->c->tally->response[KQT_FILTER_TIMER].count, 2);
	kqt_source_free(t);
}

/* The handler ran, but what ended the wait was its timeout. */
static void a_wait_with_a_stop_in_it_is_a_gap(void **state)
{
	struct rig *r = *state;

	begin_run(r, NULL, 0);
	kqt_stops_note(&r->stops, now(r) + 400 * US);
	step(r);
	assert_int_equal(r->c->tally->waits, 0);
	assert_int_equal(r->c->tally->excluded.gap, 1);
	step(r);
	assert_int_equal(r->c->tally->waits, 1);
	assert_int_equal(r->c->tally->excluded.gap, 1);
}

static void dues_of_before_a_stop_are_no_response_even_in_a_later_stamp(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();
	uint64_t t0;

	begin_run(r, &s, 1);
	t0 = now(r);
	kqt_eventq_fake_advance(r->q, 2 * MS);
	kqt_stops_note(&r->stops, now(r));
	kqt_eventq_fake_advance(r->q, MS);
	/* ticks 1 to 6 (0.5 to 3.0 ms); the first four were due before the stop's end */
	push_stamp(s, 1, t0 + 3 * MS, 6);
	trigger(r, s, now(r));
	fire(r, s);
	step(r);
	assert_int_equal(vnode(r)->triggers, 1);
	assert_int_equal(r->c->tally->response[KQT_FILTER_VNODE].count, 2);
	assert_int_equal(r->c->tally->response[KQT_FILTER_VNODE].max_ns, 500 * US);
	/* and one that was pulled before the stop is a gap though the wait began after */
	push_stamp(s, 7, t0 + MS, 1);
	trigger(r, s, now(r));
	fire(r, s);
	step(r);
	assert_int_equal(vnode(r)->triggers, 1);
	assert_int_equal(vnode(r)->gap, 1);
	kqt_source_free(s);
}

/* The handler runs again after the wait was interrupted and before that is noted. */
static void a_later_stop_is_not_forgotten_for_an_earlier_one(void **state)
{
	struct rig *r = *state;
	struct kqt_source *t = timer(MS);
	uint64_t again;

	begin_run(r, &t, 1);
	again = now(r) + 5 * MS;
	kqt_stops_note(&r->stops, again);
	kqt_eventq_fake_interrupt(r->q, MS);
	step(r);
	assert_int_equal(kqt_stops_continued_ns(&r->stops), again);
	kqt_eventq_fake_interrupt(r->q, 10 * MS);
	step(r);
	assert_int_equal(kqt_stops_continued_ns(&r->stops), now(r));
	kqt_source_free(t);
}

static void a_stop_between_two_waits_is_no_stall(void **state)
{
	struct rig *r = *state;

	begin_run(r, NULL, 0);
	step(r);
	kqt_eventq_fake_advance(r->q, 100 * MS);
	kqt_stops_note(&r->stops, now(r));
	kqt_eventq_fake_advance(r->q, 1);
	step(r);
	assert_int_equal(r->c->tally->waits, 2);
	assert_int_equal(r->c->tally->stalls, 0);
}

static void a_long_way_between_two_waits_is_a_stall(void **state)
{
	struct rig *r = *state;

	begin_run(r, NULL, 0);
	step(r);
	kqt_eventq_fake_advance(r->q, 10 * MS); /* the limit itself is none */
	step(r);
	assert_int_equal(r->c->tally->stalls, 0);
	kqt_eventq_fake_advance(r->q, 10 * MS + 1);
	step(r);
	assert_int_equal(r->c->tally->stalls, 1);
	assert_int_equal(r->c->tally->stall_max_ns, 10 * MS + 1);
	assert_int_equal(r->c->tally->waits, 3); /* and each wait a sample all the same */
	kqt_eventq_fake_advance(r->q, 30 * MS);
	step(r);
	kqt_eventq_fake_advance(r->q, 20 * MS);
	step(r);
	assert_int_equal(r->c->tally->stalls, 3);
	assert_int_equal(r->c->tally->stall_max_ns, 30 * MS);
}

static void a_change_is_no_stall(void **state)
{
	struct rig *r = *state;

	r->params.stall_limit_ns = 2 * MS;
	begin_run(r, NULL, 0);
	step(r);
	change_slowly(r);
	step(r);
	assert_int_equal(r->tally[1]->waits, 1);
	assert_int_equal(r->tally[1]->stalls, 0);
	kqt_eventq_fake_advance(r->q, 2 * MS + 1);
	step(r);
	assert_int_equal(r->tally[1]->stalls, 1);
}

static void sixteen_events_and_more_are_one_class(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s[20];

	for (uint32_t i = 0; i < 20; i++) {
		s[i] = file();
		s[i]->token = kqt_token(2 * KQT_SLOTS_PER_KIND + i, 1);
	}
	begin_run(r, s, 20);
	for (unsigned n = 15; n <= 20; n += n < 17 ? 1 : 3) { /* 15, 16, 17, 20 */
		for (unsigned i = 0; i < n; i++) {
			push_stamp(s[i], n, now(r), 1);
			trigger(r, s[i], now(r));
			fire(r, s[i]);
		}
		step(r);
	}
	assert_int_equal(r->c->tally->waits, 4);
	assert_int_equal(r->c->tally->events_per_wait[15], 1);
	assert_int_equal(r->c->tally->events_per_wait[16], 3);
	assert_int_equal(vnode(r)->events, 15 + 16 + 17 + 20);
	for (unsigned i = 0; i < 20; i++)
		kqt_source_free(s[i]);
}

/* -- timers ----------------------------------------------------------------- */

static void every_expiration_in_one_report_is_a_sample(void **state)
{
	struct rig *r = *state;
	struct kqt_source *t = timer(2 * MS);
	struct kqt_hist *h = &r->c->tally->notification[KQT_FILTER_TIMER];

	begin_run(r, &t, 1);
	/* first due: the first grid point that can be met; then 2.5 intervals too late */
	kqt_eventq_fake_advance(r->q, t->first_due_ns + 5 * MS - now(r));
	step(r);
	assert_int_equal(r->c->tally->filter[KQT_FILTER_TIMER].events, 1);
	assert_int_equal(r->c->tally->filter[KQT_FILTER_TIMER].wakes, 1);
	assert_int_equal(r->c->tally->filter[KQT_FILTER_TIMER].triggers, 3);
	assert_int_equal(r->c->tally->filter[KQT_FILTER_TIMER].merged, 2);
	assert_int_equal(h->count, 3);
	assert_int_equal(h->min_ns, MS);
	assert_int_equal(h->max_ns, 5 * MS);
	assert_int_equal(h->sum_ns, 9 * MS);
	kqt_source_free(t);
}

static int take_later(struct kqt_eventq *q, struct kqt_event *events, int cap)
{
	kqt_eventq_fake_advance(q, 1500 * US);
	return kqt_eventq_fake.take(q, events, cap);
}

/* The timer is read some time after the wait, and has expired again by then. */
static void an_expiration_after_the_waits_end_is_seen_when_it_is_read(void **state)
{
	struct rig *r = *state;
	struct kqt_eventq_ops slow = kqt_eventq_fake;
	struct kqt_source *t = timer(MS);

	begin_run(r, &t, 1);
	slow.take = take_later;
	r->c->ops = &slow;
	step(r);
	r->c->ops = &kqt_eventq_fake;
	assert_int_equal(r->c->tally->filter[KQT_FILTER_TIMER].triggers, 2);
	assert_int_equal(r->c->tally->filter[KQT_FILTER_TIMER].merged, 1);
	assert_int_equal(r->c->tally->notification[KQT_FILTER_TIMER].max_ns, 500 * US);
	assert_int_equal(r->c->tally->response[KQT_FILTER_TIMER].sum_ns, 500 * US);
	kqt_source_free(t);
}

static void timers_stand_on_the_grid_with_their_offset(void **state)
{
	struct rig *r = *state;
	struct kqt_source *t = timer(3 * MS);

	t->offset_ns = 700 * US;
	kqt_eventq_fake_advance(r->q, 10 * MS);
	begin_run(r, &t, 1);
	/* 0.7, 3.7, 6.7, 9.7, 12.7 ms: the first after 10.05 ms */
	assert_int_equal(t->first_due_ns, KQT_FAKE_START_NS + 12700 * US);
	kqt_source_free(t);
	/* one that comes just in time is no interval later */
	t = timer(10050 * US);
	order(r, KQT_COL_ADD, t);
	kqt_collector_service(r->c);
	assert_int_equal(t->first_due_ns, KQT_FAKE_START_NS + 10050 * US);
	kqt_source_free(t);
}

/* -- stamps ----------------------------------------------------------------- */

static void a_stamp_gives_notification_and_response(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();
	uint64_t t0;

	begin_run(r, &s, 1);
	t0 = now(r);
	kqt_eventq_fake_latency(r->q, 20 * US);
	push_stamp(s, 1, t0 + 530 * US, 1); /* due at 500 us, done at 530 */
	trigger(r, s, t0 + 530 * US);
	fire(r, s);
	step(r);
	assert_int_equal(vnode(r)->events, 1);
	assert_int_equal(vnode(r)->triggers, 1);
	assert_int_equal(r->c->tally->notification[KQT_FILTER_VNODE].max_ns, 20 * US);
	assert_int_equal(r->c->tally->response[KQT_FILTER_VNODE].max_ns, 50 * US);
	assert_int_equal(r->c->tally->wait_filter[KQT_FILTER_VNODE].max_ns, 550 * US);
	assert_int_equal(r->c->tally->byte_counts[KQT_STREAM_NOTIFICATION][(uint8_t)(20 * US)], 1);
	kqt_source_free(s);
}

static void merged_triggers_are_samples_of_their_own(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();
	uint64_t t0;

	begin_run(r, &s, 1);
	t0 = now(r);
	for (uint64_t i = 1; i <= 3; i++) {
		push_stamp(s, i, t0 + i * 100 * US, 1);
		trigger(r, s, t0 + i * 100 * US);
		fire(r, s);
	}
	kqt_eventq_fake_advance(r->q, 400 * US);
	step(r);
	assert_int_equal(vnode(r)->events, 1);
	assert_int_equal(vnode(r)->triggers, 3);
	assert_int_equal(vnode(r)->merged, 2);
	assert_int_equal(vnode(r)->unstamped, 0);
	assert_int_equal(r->c->tally->notification[KQT_FILTER_VNODE].sum_ns,
	                 (300 + 200 + 100) * US);
	kqt_source_free(s);
}

static void dues_that_were_not_performed_enter_response_from_their_own_time(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();
	uint64_t t0;

	begin_run(r, &s, 1);
	t0 = now(r);
	/* ticks 2, 3 and 4 (1.0, 1.5, 2.0 ms), one trigger at 2.1 ms */
	push_stamp(s, 2, t0 + 2100 * US, 3);
	trigger(r, s, t0 + 2100 * US);
	fire(r, s);
	kqt_eventq_fake_advance(r->q, 2200 * US);
	step(r);
	assert_int_equal(vnode(r)->triggers, 1);
	assert_int_equal(vnode(r)->missed, 2);
	assert_int_equal(r->c->tally->notification[KQT_FILTER_VNODE].count, 1);
	assert_int_equal(r->c->tally->notification[KQT_FILTER_VNODE].max_ns, 100 * US);
	assert_int_equal(r->c->tally->response[KQT_FILTER_VNODE].count, 3);
	assert_int_equal(r->c->tally->response[KQT_FILTER_VNODE].max_ns, 1200 * US);
	assert_int_equal(r->c->tally->response[KQT_FILTER_VNODE].sum_ns, (1200 + 700 + 200) * US);
	kqt_source_free(s);
}

static void a_report_whose_trigger_is_not_yet_published_has_its_stamp(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();

	begin_run(r, &s, 1);
	push_stamp(s, 1, now(r), 1);
	trigger(r, s, now(r)); /* and the stimulus is preempted before fired++ */
	step(r);
	assert_int_equal(vnode(r)->triggers, 1);
	assert_int_equal(vnode(r)->unstamped, 0);
	fire(r, s);
	step(r);
	step(r);
	assert_int_equal(vnode(r)->triggers, 1); /* not taken twice */
	assert_int_equal(vnode(r)->merged, 0);
	kqt_source_free(s);
}

static void a_trigger_whose_report_is_still_to_come_is_left_for_it(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();

	r->params.timeout_ns = 0;
	begin_run(r, &s, 1);
	/* fired, but the report comes to the queue only after this poll has returned */
	push_stamp(s, 1, now(r), 1);
	fire(r, s);
	trigger(r, s, now(r) + 1);
	step(r);
	assert_int_equal(r->c->tally->timeouts, 1);
	assert_int_equal(vnode(r)->triggers, 0);
	kqt_eventq_fake_advance(r->q, 10 * US);
	step(r);
	assert_int_equal(vnode(r)->events, 1);
	assert_int_equal(vnode(r)->triggers, 1);
	assert_int_equal(vnode(r)->merged, 0);
	assert_int_equal(vnode(r)->unstamped, 0);
	assert_int_equal(r->c->tally->notification[KQT_FILTER_VNODE].max_ns, 10 * US);
	kqt_source_free(s);
}

static void a_trigger_that_merged_unseen_is_taken_after_the_next_wait(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();

	begin_run(r, &s, 1);
	push_stamp(s, 1, now(r), 1);
	push_stamp(s, 2, now(r), 1);
	trigger(r, s, now(r)); /* both in one report, the second not yet published */
	fire(r, s);
	step(r);
	assert_int_equal(vnode(r)->triggers, 1);
	fire(r, s);
	step(r); /* a timeout: the report could still be on its way */
	assert_int_equal(vnode(r)->triggers, 1);
	step(r); /* it had fired before this wait, and nothing came */
	assert_int_equal(vnode(r)->triggers, 2);
	assert_int_equal(vnode(r)->merged, 1);
	kqt_source_free(s);
}

/* Three sockets are drained, and a wait has room for one report: those whose report was
 * left out had fired before the second wait as well, and keep their stamps for it. */
static void a_full_wait_leaves_the_stamps_of_reports_that_it_left_out(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s[3];
	const struct kqt_filter_tally *ft = &r->c->tally->filter[KQT_FILTER_WRITE];
	uint64_t began;

	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(kqt_source_open_socket(KQT_WRITE_DRIVEN, &s[i]), 0);
		s[i]->token = kqt_token(KQT_SLOTS_PER_KIND + i, 1);
	}
	begin_run(r, s, 3);
	began = now(r);
	for (unsigned i = 0; i < 3; i++)
		drain_whole(r, s[i], 1);
	kqt_eventq_fake_room(r->q, 1);
	for (uint64_t i = 1; i <= 3; i++) {
		kqt_eventq_fake_advance(r->q, US);
		step(r);
		assert_int_equal(ft->events, i);
		assert_int_equal(ft->triggers, i);
		assert_int_equal(r->c->tally->notification[KQT_FILTER_WRITE].max_ns,
		                 now(r) - began);
	}
	kqt_eventq_fake_room(r->q, 0);
	step(r);
	assert_int_equal(ft->triggers, 3);
	assert_int_equal(ft->merged, 0);
	assert_int_equal(ft->unstamped, 0);
	for (unsigned i = 0; i < 3; i++)
		kqt_source_free(s[i]);
}

/* Where reports of files come with the wait (kqueue): one stands for all changes before
 * it, be there others that found no room or not. */
static void a_report_in_a_full_wait_takes_what_had_merged_into_it(void **state)
{
	struct rig *r = *state;
	struct kqt_eventq_ops at_once = kqt_eventq_fake;
	struct kqt_source *s[3];

	at_once.capabilities &= ~(unsigned)KQT_CAP_EVENTS_LATER;
	r->c->ops = &at_once;
	for (uint32_t i = 0; i < 3; i++) {
		s[i] = file();
		s[i]->token = kqt_token(2 * KQT_SLOTS_PER_KIND + i, 1);
	}
	begin_run(r, s, 3);
	for (uint32_t i = 0; i < 4; i++) { /* 0, 1, 1, 2 */
		struct kqt_source *t = s[(i + 1) / 2];

		push_stamp(t, i, now(r), 1);
		trigger(r, t, now(r));
		fire(r, t);
	}
	kqt_eventq_fake_room(r->q, 1);
	step(r);
	assert_int_equal(vnode(r)->triggers, 1);
	kqt_eventq_fake_room(r->q, 2);
	step(r);
	assert_int_equal(vnode(r)->triggers, 3);
	assert_int_equal(vnode(r)->merged, 1);
	step(r);
	assert_int_equal(vnode(r)->triggers, 4);
	assert_int_equal(vnode(r)->events, 3);
	assert_int_equal(vnode(r)->merged, 1);
	assert_int_equal(vnode(r)->unstamped, 0);
	for (unsigned i = 0; i < 3; i++)
		kqt_source_free(s[i]);
}

static void a_trigger_after_the_waits_end_is_seen_by_a_second_look_at_the_clock(void **state)
{
	struct rig *r = *state;
	struct kqt_source *a = file(), *list[1] = {a};

	begin_run(r, list, 1);
	push_stamp(a, 1, now(r), 1);
	trigger(r, a, now(r));
	fire(r, a);
	/* a second one, stamped 5 us after the wait has ended, merged into the report */
	push_stamp(a, 2, now(r) + 5 * US, 1);
	fire(r, a);
	step(r);
	assert_int_equal(vnode(r)->triggers, 2);
	/* the fake clock stands still, so the second is seen when it happened: 0, and
	 * not 2^64 less 5 us */
	assert_int_equal(r->c->tally->notification[KQT_FILTER_VNODE].max_ns, 0);
	kqt_source_free(a);
}

static void a_void_stamp_is_skipped(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();

	begin_run(r, &s, 1);
	push_stamp(s, 1, now(r), 0); /* the write failed */
	fire(r, s);
	push_stamp(s, 1, now(r), 2);
	trigger(r, s, now(r));
	fire(r, s);
	step(r);
	assert_int_equal(vnode(r)->triggers, 1);
	assert_int_equal(vnode(r)->missed, 1);
	assert_int_equal(vnode(r)->merged, 0);
	kqt_source_free(s);
}

static void a_report_without_a_stamp_is_an_event_and_nothing_more(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();

	begin_run(r, &s, 1);
	trigger(r, s, now(r)); /* somebody else changed the file */
	step(r);
	assert_int_equal(vnode(r)->events, 1);
	assert_int_equal(vnode(r)->unstamped, 1);
	assert_int_equal(vnode(r)->triggers, 0);
	assert_int_equal(vnode(r)->merged, 0);
	assert_int_equal(vnode(r)->wakes, 1);
	kqt_source_free(s);
}

static void what_a_leaving_source_had_is_a_transition_and_it_is_carried_no_more(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s[2] = {file(), file()};

	s[1]->token = kqt_token(2 * KQT_SLOTS_PER_KIND + 1, 1);
	begin_run(r, s, 2);
	for (int i = 0; i < 2; i++) { /* fired, and the report is still to come */
		push_stamp(s[i], 1, now(r), 1);
		fire(r, s[i]);
	}
	step(r);
	assert_int_equal(r->c->n_carried, 2);
	kqt_collector_drain(r->c, s[0]);
	assert_int_equal(r->c->n_carried, 1);
	assert_ptr_equal(r->c->carried[0], s[1]);
	assert_int_equal(vnode(r)->transition, 1);
	assert_int_equal(vnode(r)->triggers, 0);
	step(r); /* and the other is a sample as ever */
	assert_int_equal(vnode(r)->triggers, 1);
	for (int i = 0; i < 2; i++)
		kqt_source_free(s[i]);
}

static void a_stamp_of_another_schedule_is_a_transition(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();

	begin_run(r, &s, 1);
	r->c->sched.id = 1;
	push_stamp(s, 1, now(r), 1); /* of schedule 0 */
	trigger(r, s, now(r));
	fire(r, s);
	step(r);
	assert_int_equal(vnode(r)->triggers, 0);
	assert_int_equal(vnode(r)->transition, 1);
	kqt_source_free(s);
}

static void stamps_in_a_socket_are_read_until_it_is_empty(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s;
	struct kqt_filter_tally *ft = &r->c->tally->filter[KQT_FILTER_READ];
	struct kqt_stamp st = {.first_tick = 1, .n_dues = 1};
	int room = 4 << 20;

	assert_int_equal(kqt_source_open_socket(KQT_WRITE_EDGE, &s), 0);
	s->token = SOCKET_TOKEN;
	begin_run(r, &s, 1);
	st.actual_ns = now(r);
	/* more than one read takes, which no default buffer holds */
	if (setsockopt(s->fd_far, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0) {
		kqt_source_free(s);
		print_message("skip: not allowed to make a socket's buffer larger\n");
		skip();
	}
	for (int i = 0; i < KQT_READ_STAMPS + 5; i++)
		assert_int_equal(send(s->fd_far, &st, sizeof(st), MSG_DONTWAIT), sizeof(st));
	assert_int_equal(kqt_eventq_fake_at(r->q, now(r), s->token, KQT_FILTER_READ), 0);
	step(r);
	assert_int_equal(ft->events, 1);
	assert_int_equal(ft->triggers, KQT_READ_STAMPS + 5);
	assert_int_equal(ft->merged, KQT_READ_STAMPS + 4);
	assert_int_equal(recv(s->fd, &st, 1, MSG_DONTWAIT), -1);
	kqt_source_free(s);
}

/* What is filled without having been drained would speak without a trigger. */
static void a_socket_is_filled_again_when_it_has_said_that_it_was_drained(void **state)
{
	static unsigned char bytes[65536];
	struct rig *r = *state;
	struct kqt_source *s;
	uint64_t before;

	assert_int_equal(kqt_source_open_socket(KQT_WRITE_DRIVEN, &s), 0);
	s->token = SOCKET_TOKEN;
	begin_run(r, &s, 1);
	before = s->written;
	assert_true(before > 0);
	while (recv(s->fd_far, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	push_stamp(s, 1, now(r), 1); /* its report is still to come */
	fire(r, s);
	step(r);
	assert_int_equal(s->written, before);
	assert_int_equal(recv(s->fd_far, bytes, 1, MSG_DONTWAIT), -1);
	assert_int_equal(kqt_eventq_fake_at(r->q, now(r), s->token, KQT_FILTER_WRITE), 0);
	step(r);
	assert_int_equal(s->written, 2 * before);
	assert_int_equal(recv(s->fd_far, bytes, 1, MSG_DONTWAIT), 1);
	kqt_source_free(s);
}

static void an_event_of_a_source_that_went_is_stale(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();
	const uint32_t token = kqt_token(2 * KQT_SLOTS_PER_KIND, 2);

	begin_run(r, NULL, 0);
	assert_int_equal(kqt_eventq_fake_at(r->q, now(r), FILE_TOKEN, KQT_FILTER_VNODE), 0);
	step(r);
	assert_int_equal(r->c->tally->stale, 1);
	assert_int_equal(vnode(r)->events, 0);
	assert_int_equal(r->c->tally->waits, 1); /* the kernel did complete it */
	/* and so is one of a source whose place another has taken */
	order(r, KQT_COL_ADD, s);
	kqt_collector_service(r->c);
	assert_int_equal(kqt_eventq_fake_at(r->q, now(r), token, KQT_FILTER_VNODE), 0);
	step(r);
	assert_int_equal(r->c->tally->stale, 2);
	assert_int_equal(vnode(r)->events, 0);
	kqt_source_free(s);
}

/* -- snapshots and changes -------------------------------------------------- */

static void a_snapshot_hands_over_exactly_what_was_counted(void **state)
{
	struct rig *r = *state;
	struct kqt_tally *old;

	begin_run(r, NULL, 0);
	for (int i = 0; i < 5; i++)
		step(r);
	order(r, KQT_COL_SNAP, r->tally[1]);
	step(r);
	old = answer(r, KQT_COL_SNAPPED).u.tally;
	assert_ptr_equal(old, r->tally[0]);
	assert_int_equal(old->waits, 6);
	assert_int_equal(old->wait_timeout.count, 6);
	assert_ptr_equal(r->c->tally, r->tally[1]);
	assert_int_equal(r->c->tally->start_ns, old->end_ns);
	step(r);
	assert_int_equal(r->c->tally->waits, 1);
}

static void nothing_is_a_sample_between_begin_and_done(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file(), *t = timer(MS);
	struct kqt_tally *old;

	begin_run(r, &s, 1);
	step(r);
	order(r, KQT_COL_BEGIN, r->tally[1]);
	order(r, KQT_COL_ADD, t);
	step(r);
	old = answer(r, KQT_COL_SNAPPED).u.tally;
	assert_int_equal(old->waits, 2); /* the wait after which BEGIN was read is whole */
	push_stamp(s, 1, now(r), 1);
	trigger(r, s, now(r));
	fire(r, s);
	step(r);
	step(r);
	assert_int_equal(r->c->tally->waits, 0);
	assert_int_equal(r->c->tally->excluded.transition, 2);
	assert_int_equal(vnode(r)->transition, 1);
	assert_int_equal(vnode(r)->events, 0);
	assert_int_equal(r->c->tally->filter[KQT_FILTER_TIMER].transition, 1);
	assert_true(old->measured_ns > 0);
	order(r, KQT_COL_SNAP, r->tally[2]);
	step(r);
	assert_int_equal(answer(r, KQT_COL_SNAPPED).u.tally->measured_ns, 0);
	order(r, KQT_COL_END, (void *)(uintptr_t)7);
	step(r);
	assert_int_equal(answer(r, KQT_COL_DONE).u.epoch, 7);
	step(r);
	assert_int_equal(r->c->tally->epoch, 7);
	assert_int_equal(r->c->tally->waits, 1);
	order(r, KQT_COL_SNAP, r->tally[3]);
	step(r);
	step(r);
	assert_int_equal(r->tally[3]->waits, 1);
	assert_int_equal(r->tally[3]->epoch, 7);
	kqt_source_free(s);
	kqt_source_free(t);
}

static void expirations_of_before_a_changes_end_are_a_transition(void **state)
{
	struct rig *r = *state;
	struct kqt_source *t = timer(MS);
	const struct kqt_filter_tally *ft = &r->tally[1]->filter[KQT_FILTER_TIMER];

	begin_run(r, &t, 1);
	step(r);
	change_slowly(r);
	kqt_eventq_fake_advance(r->q, 400 * US);
	step(r);
	assert_int_equal(ft->transition, 2);
	assert_int_equal(ft->triggers, 0);
	assert_int_equal(ft->events, 0);
	assert_int_equal(ft->wakes, 0);
	assert_int_equal(ft->merged, 0);
	assert_int_equal(r->tally[1]->waits, 1); /* it began after the change */
	assert_int_equal(r->tally[1]->wait_wake.count, 1);
	step(r);
	assert_int_equal(ft->triggers, 1);
	assert_int_equal(ft->events, 1);
	assert_int_equal(r->tally[1]->notification[KQT_FILTER_TIMER].count, 1);
	assert_int_equal(r->tally[1]->response[KQT_FILTER_TIMER].max_ns, 0);
	kqt_source_free(t);
}

static void stamps_of_before_a_changes_end_are_a_transition(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();
	const struct kqt_tally *t = r->tally[1];
	const struct kqt_filter_tally *ft = &t->filter[KQT_FILTER_VNODE];

	begin_run(r, &s, 1);
	step(r);
	change_slowly(r);
	push_stamp(s, 1, now(r) - US, 1);
	trigger(r, s, now(r));
	fire(r, s);
	step(r); /* a report of a dropped trigger alone */
	assert_int_equal(ft->transition, 1);
	assert_int_equal(ft->events, 0);
	/* two that merged, the second after the change; its due before last was during it */
	kqt_eventq_fake_advance(r->q, 600 * US);
	push_stamp(s, 2, t->start_ns - 1, 1);
	push_stamp(s, (t->start_ns - KQT_FAKE_START_NS) / (500 * US) - 1, now(r), 2);
	for (int i = 0; i < 2; i++) {
		trigger(r, s, now(r));
		fire(r, s);
	}
	step(r);
	assert_int_equal(ft->transition, 2);
	assert_int_equal(ft->events, 1);
	assert_int_equal(ft->wakes, 1);
	assert_int_equal(ft->triggers, 1);
	assert_int_equal(ft->merged, 0);
	assert_int_equal(ft->missed, 0);
	assert_int_equal(t->notification[KQT_FILTER_VNODE].count, 1);
	assert_int_equal(t->response[KQT_FILTER_VNODE].count, 1);
	/* one that was due during it, and late */
	push_stamp(s, (t->start_ns - KQT_FAKE_START_NS) / (500 * US) - 1, now(r), 1);
	trigger(r, s, now(r));
	fire(r, s);
	step(r);
	assert_int_equal(ft->transition, 3);
	assert_int_equal(ft->triggers, 1);
	assert_int_equal(ft->events, 1);
	kqt_source_free(s);
}

static void a_failed_registration_comes_back_with_its_error(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();
	struct kqt_collect_msg msg;

	close(s->fd);
	s->fd = -1;
	order(r, KQT_COL_ADD, s);
	order(r, KQT_COL_END, NULL);
	r->q->ops->wake(r->q);
	step(r);
	msg = answer(r, KQT_COL_RETIRED);
	assert_int_equal(msg.rc, -EBADF);
	assert_ptr_equal(msg.u.source, s);
	answer(r, KQT_COL_DONE);
	kqt_source_free(s);
}

static void a_removed_timer_gives_back_what_it_never_reported(void **state)
{
	struct rig *r = *state;
	struct kqt_source *t = timer(MS);

	begin_run(r, &t, 1);
	step(r);
	order(r, KQT_COL_BEGIN, r->tally[1]);
	order(r, KQT_COL_REMOVE, t);
	kqt_eventq_fake_advance(r->q, 3 * MS);
	kqt_collector_service(r->c); /* as if the orders had come in the middle of a step */
	assert_int_equal(answer(r, KQT_COL_RETIRED).rc, 0);
	assert_int_equal(r->tally[0]->filter[KQT_FILTER_TIMER].triggers, 1);
	assert_int_equal(r->c->tally->filter[KQT_FILTER_TIMER].transition, 3);
	assert_int_equal(t->removed_ns[0], now(r));
	assert_int_equal(t->removed_ns[1], now(r));
	kqt_source_free(t);
}

/* What the stimulus has been told it is still to answer. */
static void change_through(struct rig *r)
{
	uint64_t end = kqt_clock_now_ns() + 60 * KQT_NS_PER_S; /* only a failure comes near it */

	assert_int_equal(kqt_stimulus_start(r->stimulus), 0);
	while (r->c->in_change) {
		assert_true(kqt_clock_now_ns() < end);
		step(r);
	}
}

static void a_change_waits_for_the_stimulus_and_then_its_schedule_counts(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();
	struct kqt_stamp stamp = {.first_tick = 4, .n_dues = 1, .sched_id = 5};
	struct kqt_collect_msg msg;
	uint64_t base;

	begin_run(r, &s, 1);
	base = now(r);
	r->params.sched =
	    (struct kqt_sched){.id = 5, .base_ns = base, .period_ns = 1000 * KQT_NS_PER_S};
	r->params.sched_changed = true;
	order(r, KQT_COL_BEGIN, r->tally[1]);
	order(r, KQT_COL_PARAMS, &r->params);
	order(r, KQT_COL_END, NULL);
	step(r);
	step(r);
	answer(r, KQT_COL_SNAPPED);
	assert_true(r->c->in_change); /* the stimulus has not answered */
	assert_false(kqt_collector_answer(r->c, &msg));
	change_through(r);
	answer(r, KQT_COL_DONE);
	kqt_eventq_fake_advance(r->q, 4000 * KQT_NS_PER_S + 30 * US - (now(r) - base));
	stamp.actual_ns = now(r);
	assert_true(kqt_spsc_push(&s->stamps, &stamp));
	trigger(r, s, now(r));
	fire(r, s);
	step(r);
	assert_int_equal(vnode(r)->triggers, 1);
	assert_int_equal(vnode(r)->transition, 0);
	assert_int_equal(r->c->tally->response[KQT_FILTER_VNODE].max_ns, 30 * US);
	kqt_source_free(s);
}

static void what_a_removed_source_still_had_is_a_transition(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();
	struct kqt_collect_msg msg;

	begin_run(r, &s, 1);
	order(r, KQT_COL_BEGIN, r->tally[1]);
	order(r, KQT_COL_REMOVE, s);
	order(r, KQT_COL_END, NULL);
	step(r);
	for (uint64_t i = 1; i <= 3; i++) { /* it goes on until it has read STOP */
		push_stamp(s, i, now(r), 1);
		fire(r, s);
	}
	change_through(r);
	msg = answer(r, KQT_COL_RETIRED);
	assert_ptr_equal(msg.u.source, s);
	assert_int_equal(msg.rc, 0);
	assert_int_equal(vnode(r)->transition, 3);
	assert_int_equal(vnode(r)->triggers, 0);
	assert_int_equal(s->popped, 3);
	assert_int_equal(kqt_eventq_fake_at(r->q, now(r), FILE_TOKEN, KQT_FILTER_VNODE), 0);
	step(r); /* nor does it look at it any more */
	assert_int_equal(r->c->tally->stale, 1);
	kqt_source_free(s);
}

static void a_change_cuts_a_collection_short_and_a_snapshot_does_not(void **state)
{
	struct rig *r = *state;

	begin_run(r, NULL, 0);
	step(r);
	order(r, KQT_COL_SNAP, r->tally[1]);
	step(r);
	assert_int_equal(answer(r, KQT_COL_SNAPPED).u.tally->collections_short, 0);
	order(r, KQT_COL_BEGIN, r->tally[2]);
	order(r, KQT_COL_END, NULL);
	step(r);
	assert_int_equal(answer(r, KQT_COL_SNAPPED).u.tally->collections_short, 1);
	for (int i = 0; i < 67; i++) /* four bytes take 68 waits from here */
		step(r);
	assert_int_equal(r->c->tally->collections_done, 0);
	step(r);
	assert_int_equal(r->c->tally->collections_done, 1);
	assert_int_equal(r->c->tally->collections_short, 0);
}

static void quit_ends_the_loop(void **state)
{
	struct rig *r = *state;

	begin_run(r, NULL, 0);
	order(r, KQT_COL_QUIT, NULL);
	assert_int_equal(kqt_collector_step(r->c), 1);
}

/* -- bytes ------------------------------------------------------------------ */

static uint64_t sum(const uint64_t counts[256])
{
	uint64_t n = 0;

	for (int i = 0; i < 256; i++)
		n += counts[i];
	return n;
}

static void a_collection_takes_n_and_64_waits_and_gives_n_bytes(void **state)
{
	struct rig *r = *state;
	struct kqt_tally *t = r->c->tally;

	begin_run(r, NULL, 0); /* collections of 4 bytes: 68 waits of 1 ms */
	for (int i = 0; i < 67; i++)
		step(r);
	assert_int_equal(t->collections_done, 0);
	assert_int_equal(t->bytes, 3);
	step(r);
	assert_int_equal(t->collections_done, 1);
	assert_int_equal(t->bytes, 4);
	assert_int_equal(t->collection_last_ns, 68 * MS);
	assert_int_equal(sum(t->byte_counts[KQT_STREAM_SEED]), 4);
	assert_int_equal(t->byte_counts[KQT_STREAM_SEED][0], 4); /* equal waits fold to 0 */
	assert_int_equal(sum(t->byte_counts[KQT_STREAM_LOW8]), 68);
	assert_int_equal(t->byte_counts[KQT_STREAM_LOW8][(uint8_t)MS], 68);
	assert_int_equal(sum(t->byte_counts[KQT_STREAM_LSB]), 8);
	for (int i = 0; i < 3; i++)
		step(r);
	kqt_collector_cut_collection(r->c);
	kqt_collector_cut_collection(r->c); /* of nothing: none that was cut short */
	assert_int_equal(t->collections_short, 1);
	for (int i = 0; i < 7; i++) /* bits of before it are in no byte either */
		step(r);
	assert_int_equal(sum(t->byte_counts[KQT_STREAM_LSB]), 8);
	step(r);
	assert_int_equal(sum(t->byte_counts[KQT_STREAM_LSB]), 9);
	assert_int_equal(t->collections_done, 1);
}

static void raw_samples_are_numbered_and_losses_counted(void **state)
{
	struct rig *r = *state;
	struct kqt_raw s;

	begin_run(r, NULL, 0);
	for (int i = 0; i < 260; i++) /* the ring holds 256 */
		step(r);
	assert_int_equal(r->c->tally->raw_lost, 4);
	for (uint32_t i = 0; i < 256; i++) {
		assert_true(kqt_spsc_pop(&r->raw, &s));
		assert_int_equal(s.seq, i);
		assert_int_equal(s.value_ns, MS);
		assert_int_equal(s.kind, KQT_RAW_WAIT);
	}
	step(r);
	assert_true(kqt_spsc_pop(&r->raw, &s));
	assert_int_equal(s.seq, 260); /* the hole shows */
}

static void a_raw_wait_says_which_filters_ended_it(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = file();
	struct kqt_raw raw = {0};

	begin_run(r, &s, 1);
	push_stamp(s, 1, now(r), 1);
	trigger(r, s, now(r));
	fire(r, s);
	step(r);
	step(r);
	assert_true(kqt_spsc_pop(&r->raw, &raw));
	assert_int_equal(raw.filter, 1u << KQT_FILTER_VNODE);
	assert_true(kqt_spsc_pop(&r->raw, &raw));
	assert_int_equal(raw.filter, 0);
	kqt_source_free(s);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_timeout_is_a_sample_of_its_own_class),
	    TEST(a_control_wake_is_no_sample_and_the_wait_goes_on),
	    TEST(what_was_due_during_an_interrupted_wait_is_a_gap),
	    TEST(a_wait_that_began_before_a_stop_is_a_gap_and_the_next_is_not),
	    TEST(dues_of_before_a_stop_are_no_response_even_in_a_later_stamp),
	    TEST(a_later_stop_is_not_forgotten_for_an_earlier_one),
	    TEST(a_stop_between_two_waits_is_no_stall),
	    TEST(expirations_without_a_due_time_are_counted_and_no_more),
	    TEST(a_file_that_loses_its_name_is_not_yet_measured),
	    TEST(a_long_way_between_two_waits_is_a_stall),
	    TEST(every_expiration_in_one_report_is_a_sample),
	    TEST(timers_stand_on_the_grid_with_their_offset),
	    TEST(a_stamp_gives_notification_and_response),
	    TEST(merged_triggers_are_samples_of_their_own),
	    TEST(dues_that_were_not_performed_enter_response_from_their_own_time),
	    TEST(a_report_whose_trigger_is_not_yet_published_has_its_stamp),
	    TEST(a_trigger_whose_report_is_still_to_come_is_left_for_it),
	    TEST(a_trigger_that_merged_unseen_is_taken_after_the_next_wait),
	    TEST(a_full_wait_leaves_the_stamps_of_reports_that_it_left_out),
	    TEST(a_report_in_a_full_wait_takes_what_had_merged_into_it),
	    TEST(a_trigger_after_the_waits_end_is_seen_by_a_second_look_at_the_clock),
	    TEST(a_void_stamp_is_skipped),
	    TEST(a_stamp_of_another_schedule_is_a_transition),
	    TEST(stamps_in_a_socket_are_read_until_it_is_empty),
	    TEST(an_event_of_a_source_that_went_is_stale),
	    TEST(a_snapshot_hands_over_exactly_what_was_counted),
	    TEST(nothing_is_a_sample_between_begin_and_done),
	    TEST(expirations_of_before_a_changes_end_are_a_transition),
	    TEST(stamps_of_before_a_changes_end_are_a_transition),
	    TEST(a_failed_registration_comes_back_with_its_error),
	    TEST(a_removed_timer_gives_back_what_it_never_reported),
	    TEST(a_change_waits_for_the_stimulus_and_then_its_schedule_counts),
	    TEST(what_a_removed_source_still_had_is_a_transition),
	    TEST(a_change_cuts_a_collection_short_and_a_snapshot_does_not),
	    TEST(a_socket_is_filled_again_when_it_has_said_that_it_was_drained),
	    TEST(quit_ends_the_loop),
	    TEST(a_collection_takes_n_and_64_waits_and_gives_n_bytes),
	    TEST(raw_samples_are_numbered_and_losses_counted),
	    TEST(a_wait_of_before_a_change_is_no_sample_after_it),
	    TEST(a_wait_with_a_stop_in_it_is_a_gap),
	    TEST(a_change_is_no_stall),
	    TEST(sixteen_events_and_more_are_one_class),
	    TEST(an_expiration_after_the_waits_end_is_seen_when_it_is_read),
	    TEST(a_report_without_a_stamp_is_an_event_and_nothing_more),
	    TEST(what_a_leaving_source_had_is_a_transition_and_it_is_carried_no_more),
	    TEST(a_raw_wait_says_which_filters_ended_it),
	};

	return cmocka_run_group_tests_name("collector", tests, NULL, NULL);
}
