/* SPDX-License-Identifier: MIT */
/* The loop: sleep until the next tick is due, take commands, trigger every
 * target, go on. If ticks went by meanwhile, one trigger stands for all of them
 * and its stamp says how many. */
#include "engine/stimulus/stimulus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/clock/clock.h"
#include "engine/clock/thread.h"

/* Every source of every kind may be started and stopped in one change. */
#define QUEUE_LEN 32768
/* A drain takes what the near end had: 4480 bytes here, some 200 KB where the
 * kernel does not let the buffer be made small. */
#define DRAIN_BYTES 65536
/* A lateness that starvation reaches too, but where it is worth a pause to let
 * the collector's SIGCONT handler speak first. */
#define SUSPICIOUS_NS (10 * KQT_NS_PER_MS)
#define PAUSE_NS (200 * KQT_NS_PER_US)

/* Written by the stimulus alone, read by anyone. */
struct counters {
	_Atomic uint64_t ticks, lost, behind, refused_drains;
	_Atomic uint64_t due[KQT_FILTERS], performed[KQT_FILTERS], missed[KQT_FILTERS];
	_Atomic uint64_t skipped[KQT_FILTERS], failed[KQT_FILTERS];
	_Atomic int failed_rc[KQT_FILTERS];
};

struct kqt_stimulus {
	struct kqt_stimulus_env env;
	struct kqt_spsc commands, replies;
	struct kqt_pace pace;
	pthread_t thread;
	bool running;
	_Atomic int started; /* 0 not yet, 1 runs, < 0 refused */

	KQT_CACHE_ALIGNED struct counters count;

	KQT_CACHE_ALIGNED struct kqt_source **targets KQT_OWNED(on_stimulus); /* [n_targets] */
	size_t n_targets KQT_OWNED(on_stimulus);
	struct kqt_sched sched KQT_OWNED(on_stimulus);
	uint64_t tick KQT_OWNED(on_stimulus); /* next to perform */
	uint64_t continued_seen_ns KQT_OWNED(on_stimulus);
	unsigned char buf[DRAIN_BYTES] KQT_OWNED(on_stimulus);
};

static void add(_Atomic uint64_t *c, uint64_t n)
{
	/* one writer: a plain read and write, no locked instruction */
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n,
	                      memory_order_relaxed);
}

/* The filter of fold[i] of a source. */
static enum kqt_filter filter_of(const struct kqt_source *s, int i)
{
	if (i == 1)
		return KQT_FILTER_WRITE;
	return s->kind == KQT_SOURCE_FILE ? KQT_FILTER_VNODE : KQT_FILTER_READ;
}

static bool has_fold(const struct kqt_source *s, int i)
{
	return i == 0 || (s->kind == KQT_SOURCE_SOCKET && s->write == KQT_WRITE_DRIVEN);
}

/* n dues from first on could not be performed: the next stamp carries them. */
static void fold_add(struct kqt_source *s, int i, uint64_t first, uint64_t n) KQT_ON(on_stimulus)
{
	if (s->fold[i].n == 0)
		s->fold[i].first_tick = first;
	s->fold[i].n += n;
}

/* A stamp for n dues from first on, with what was folded before it. */
static struct kqt_stamp stamp_make(const struct kqt_stimulus *t, const struct kqt_source *s, int i,
                                   uint64_t first, uint64_t n) KQT_ON(on_stimulus)
{
	uint64_t all = n + s->fold[i].n;

	return (struct kqt_stamp){
	    .first_tick = s->fold[i].n ? s->fold[i].first_tick : first,
	    .actual_ns = kqt_clock_now_ns(),
	    .n_dues = all > UINT32_MAX ? UINT32_MAX : (uint32_t)all,
	    .sched_id = t->sched.id,
	};
}

static void performed(struct kqt_stimulus *t, struct kqt_source *s, int i,
                      const struct kqt_stamp *stamp) KQT_ON(on_stimulus)
{
	enum kqt_filter f = filter_of(s, i);

	add(&t->count.performed[f], 1);
	add(&t->count.missed[f], stamp->n_dues - 1);
	s->fold[i].n = 0;
}

/* Publish the stamp pushed last: its trigger is done, or void. */
static void publish(struct kqt_stimulus *t, struct kqt_source *s)
{
	atomic_store_explicit(&s->fired, atomic_load_explicit(&s->fired, memory_order_relaxed) + 1,
	                      memory_order_release);
	kqt_dirty_set(t->env.dirty, kqt_slot_of_token(s->token));
}

/* @rc  -errno; a short write is no space, whatever errno says */
static void failed(struct kqt_stimulus *t, enum kqt_filter f, int rc)
{
	add(&t->count.failed[f], 1);
	atomic_store_explicit(&t->count.failed_rc[f], rc, memory_order_relaxed);
}

static void give_up(struct kqt_stimulus *t, struct kqt_source *s, int i, struct kqt_stamp *stamp,
                    uint64_t first, uint64_t n, int rc) KQT_ON(on_stimulus)
{
	stamp->n_dues = 0; /* void: the collector skips it */
	kqt_spsc_amend(&s->stamps, stamp);
	publish(t, s);
	failed(t, filter_of(s, i), rc);
	fold_add(s, i, first, n);
}

static void trigger_read(struct kqt_stimulus *t, struct kqt_source *s, uint64_t first, uint64_t n)
    KQT_ON(on_stimulus)
{
	struct kqt_stamp stamp = stamp_make(t, s, 0, first, n);
	/* no MSG_NOSIGNAL, which older macOS lacks: SIGPIPE is blocked in this thread */
	ssize_t sent = send(s->fd_far, &stamp, sizeof(stamp), MSG_DONTWAIT);

	if (sent == (ssize_t)sizeof(stamp)) {
		performed(t, s, 0, &stamp);
		return;
	}
	if (sent >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS))
		failed(t, KQT_FILTER_READ, sent >= 0 ? -ENOBUFS : -errno);
	fold_add(s, 0, first, n);
}

/* Take exactly what the collector has written, W - R, in one call: reading until
 * EAGAIN would race its refill and make events without a stamp. */
static void trigger_write(struct kqt_stimulus *t, struct kqt_source *s, uint64_t first, uint64_t n)
    KQT_ON(on_stimulus)
{
	uint64_t have = atomic_load_explicit(&s->written, memory_order_acquire) - s->received;
	struct kqt_stamp stamp;
	ssize_t got;

	if (have == 0) {
		add(&t->count.refused_drains, 1);
		fold_add(s, 1, first, n);
		return;
	}
	stamp = stamp_make(t, s, 1, first, n);
	if (!kqt_spsc_push(&s->stamps, &stamp)) {
		fold_add(s, 1, first, n);
		return;
	}
	got = recv(s->fd_far, t->buf, have < DRAIN_BYTES ? have : DRAIN_BYTES, MSG_DONTWAIT);
	if (got <= 0) {
		give_up(t, s, 1, &stamp, first, n, got < 0 ? -errno : -ENOTCONN);
		return;
	}
	s->received += (uint64_t)got;
	publish(t, s);
	performed(t, s, 1, &stamp);
}

static void trigger_file(struct kqt_stimulus *t, struct kqt_source *s, uint64_t first, uint64_t n)
    KQT_ON(on_stimulus)
{
	struct kqt_stamp stamp = stamp_make(t, s, 0, first, n);
	ssize_t put;
	int rc = 0;

	if (!kqt_spsc_push(&s->stamps, &stamp)) {
		fold_add(s, 0, first, n);
		return;
	}
	if (++s->triggers % KQT_ATTRIB_EVERY == 0) {
		rc = futimens(s->fd, NULL) < 0 ? -errno : 0;
	} else {
		put = pwrite(s->fd, "kqtop", 5, 0);
		if (put != 5)
			rc = put < 0 ? -errno : -ENOSPC;
	}
	if (rc < 0) {
		give_up(t, s, 0, &stamp, first, n, rc);
		return;
	}
	publish(t, s);
	performed(t, s, 0, &stamp);
}

static void trigger_all(struct kqt_stimulus *t, uint64_t first, uint64_t n) KQT_ON(on_stimulus)
{
	for (size_t i = 0; i < t->n_targets; i++) {
		struct kqt_source *s = t->targets[i];

		add(&t->count.due[filter_of(s, 0)], n);
		if (s->kind == KQT_SOURCE_FILE) {
			trigger_file(t, s, first, n);
			continue;
		}
		trigger_read(t, s, first, n);
		if (has_fold(s, 1)) {
			add(&t->count.due[KQT_FILTER_WRITE], n);
			trigger_write(t, s, first, n);
		}
	}
}

static void fold_drop(struct kqt_stimulus *t, struct kqt_source *s) KQT_ON(on_stimulus)
{
	for (int i = 0; i < 2; i++) {
		add(&t->count.skipped[filter_of(s, i)], s->fold[i].n);
		s->fold[i].n = 0;
	}
}

/* n dues of a target will not be performed, nor what was folded before them. */
static void skip(struct kqt_stimulus *t, struct kqt_source *s, uint64_t n) KQT_ON(on_stimulus)
{
	for (int k = 0; k < 2; k++) {
		if (!has_fold(s, k))
			continue;
		add(&t->count.due[filter_of(s, k)], n);
		add(&t->count.skipped[filter_of(s, k)], n);
	}
	fold_drop(t, s);
}

/* Ticks up to now are not to be performed: the process was stopped, or has a new
 * schedule. They, and what was folded, are skipped by name. */
static void realign(struct kqt_stimulus *t, uint64_t now_ns) KQT_ON(on_stimulus)
{
	uint64_t next = kqt_sched_next(&t->sched, now_ns);
	uint64_t n = next > t->tick ? next - t->tick : 0;

	for (size_t i = 0; i < t->n_targets; i++)
		skip(t, t->targets[i], n);
	t->tick = next;
}

static void reply(struct kqt_stimulus *t, const struct kqt_stimulus_msg *msg)
{
	/* as long as the command queue: it cannot be full */
	(void)kqt_spsc_push(&t->replies, msg);
	atomic_fetch_add_explicit(t->env.bell, 1, memory_order_release);
	t->env.wake(t->env.wake_arg);
}

static void start_target(struct kqt_stimulus *t, struct kqt_source *s) KQT_ON(on_stimulus)
{
	/* it slept: the ticks meanwhile were nobody's */
	if (t->n_targets == 0)
		t->tick = kqt_sched_next(&t->sched, kqt_clock_now_ns());
	s->place = t->n_targets;
	t->targets[t->n_targets++] = s;
}

static void stop_target(struct kqt_stimulus *t, struct kqt_source *s) KQT_ON(on_stimulus)
{
	struct kqt_source *last = t->targets[--t->n_targets];

	uint64_t next = kqt_sched_next(&t->sched, kqt_clock_now_ns());
	uint64_t n = next > t->tick ? next - t->tick : 0;

	t->targets[s->place] = last;
	last->place = s->place;
	/* what came due while this thread was kept from running was due all the same, and
	 * with the last target goes the last chance to perform the tick */
	skip(t, s, n);
	if (t->n_targets == 0)
		add(&t->count.lost, n);
}

/* @return false when told to quit */
static bool take_commands(struct kqt_stimulus *t) KQT_ON(on_stimulus)
{
	struct kqt_stimulus_msg msg;

	while (kqt_spsc_pop(&t->commands, &msg)) {
		switch (msg.op) {
		case KQT_STIM_START:
			start_target(t, msg.source);
			break;
		case KQT_STIM_STOP:
			stop_target(t, msg.source);
			reply(t, &msg);
			break;
		case KQT_STIM_SCHED:
			realign(t, kqt_clock_now_ns()); /* of the schedule that ends */
			t->sched = msg.sched;
			t->tick = kqt_sched_next(&t->sched, kqt_clock_now_ns());
			reply(t, &msg);
			break;
		case KQT_STIM_QUIT:
			return false;
		}
	}
	return true;
}

/* Was the process stopped since we last looked? Only the collector's handler
 * knows; a thread that wakes on another core may be here before it has run, so a
 * suspicious lateness gives it a moment. Lateness alone proves nothing. */
static bool was_stopped(struct kqt_stimulus *t, uint64_t late_ns) KQT_ON(on_stimulus)
{
	struct timespec pause = kqt_ns_to_timespec(PAUSE_NS);
	uint64_t continued_ns;

	if (late_ns > SUSPICIOUS_NS)
		nanosleep(&pause, NULL);
	continued_ns = kqt_stops_continued_ns(t->env.stops);
	if (continued_ns == t->continued_seen_ns)
		return false;
	t->continued_seen_ns = continued_ns;
	return true;
}

static void perform_due(struct kqt_stimulus *t, uint64_t now_ns) KQT_ON(on_stimulus)
{
	uint64_t next = kqt_sched_next(&t->sched, now_ns);
	uint64_t n;

	if (next <= t->tick) /* a signal ended the sleep early */
		return;
	n = next - t->tick;
	trigger_all(t, t->tick, n);
	add(&t->count.ticks, 1);
	add(&t->count.lost, n - 1);
	if (KQT_UNLIKELY(n > 1))
		add(&t->count.behind, kqt_sched_behind(&t->sched, t->tick, n, now_ns));
	t->tick = next;
}

static void *stimulus_main(void *arg)
{
	struct kqt_stimulus *t = arg;
	struct kqt_thread_options opt = {.name = "kqt-stimulus",
	                                 .cpu = t->env.cpu,
	                                 .priority = t->env.priority,
	                                 .slack_ns = t->env.slack_ns};
	int rc = kqt_thread_apply(&opt);

	kqt_role_enter(&on_stimulus);
	atomic_store_explicit(&t->started, rc < 0 ? rc : 1, memory_order_release);
	if (rc < 0)
		return NULL;
	t->continued_seen_ns = kqt_stops_continued_ns(t->env.stops);
	while (take_commands(t)) {
		uint64_t due, now;

		if (t->n_targets == 0) { /* nobody to poke: no ticks */
			(void)kqt_pace_sleep(&t->pace, KQT_PACE_FOREVER);
			continue;
		}
		due = kqt_sched_due(&t->sched, t->tick);
		if (kqt_pace_sleep(&t->pace, due))
			continue;
		now = kqt_clock_now_ns();
		if (was_stopped(t, now > due ? now - due : 0))
			realign(t, kqt_clock_now_ns());
		else
			perform_due(t, now);
	}
	return NULL;
}

int kqt_stimulus_new(const struct kqt_stimulus_env *env, struct kqt_stimulus **out)
{
	struct kqt_stimulus *t = kqt_aligned_new(sizeof(*t));
	int rc = -ENOMEM;

	if (!t)
		return -ENOMEM;
	kqt_role_enter(&on_stimulus); /* no thread yet */
	t->env = *env;
	t->pace = (struct kqt_pace)KQT_PACE_CLOSED;
	t->sched.period_ns = KQT_NS_PER_S;
	t->targets = kqt_array_new((size_t)2 * KQT_SLOTS_PER_KIND, sizeof(struct kqt_source *));
	if (!t->targets)
		goto fail;
	rc = kqt_spsc_init(&t->commands, QUEUE_LEN, sizeof(struct kqt_stimulus_msg));
	if (rc < 0)
		goto fail;
	rc = kqt_spsc_init(&t->replies, QUEUE_LEN, sizeof(struct kqt_stimulus_msg));
	if (rc < 0)
		goto fail;
	rc = kqt_pace_open(&t->pace);
	if (rc < 0)
		goto fail;
	*out = t;
	return 0;
fail:
	kqt_stimulus_free(t);
	return rc;
}

void kqt_stimulus_free(struct kqt_stimulus *t)
{
	if (!t)
		return;
	kqt_role_enter(&on_stimulus); /* the thread is gone */
	kqt_pace_close(&t->pace);
	kqt_spsc_fini(&t->commands);
	kqt_spsc_fini(&t->replies);
	free(t->targets);
	free(t);
}

int kqt_stimulus_start(struct kqt_stimulus *t)
{
	int rc = kqt_thread_start(&t->thread, stimulus_main, t, &t->started);

	t->running = rc == 0;
	return rc;
}

bool kqt_stimulus_send(struct kqt_stimulus *t, const struct kqt_stimulus_msg *msg)
{
	if (!kqt_spsc_push(&t->commands, msg))
		return false;
	kqt_pace_wake(&t->pace);
	return true;
}

/* After the collector is gone, main is the command queue's producer. */
void kqt_stimulus_stop(struct kqt_stimulus *t)
{
	struct kqt_stimulus_msg quit = {.op = KQT_STIM_QUIT};

	if (!t->running)
		return;
	(void)kqt_stimulus_send(t, &quit);
	pthread_join(t->thread, NULL);
	t->running = false;
}

bool kqt_stimulus_reply(struct kqt_stimulus *t, struct kqt_stimulus_msg *msg)
{
	return kqt_spsc_pop(&t->replies, msg);
}

void kqt_stimulus_stats(struct kqt_stimulus *t, struct kqt_stimulus_stats *out)
{
	out->ticks = atomic_load_explicit(&t->count.ticks, memory_order_relaxed);
	out->lost = atomic_load_explicit(&t->count.lost, memory_order_relaxed);
	out->behind = atomic_load_explicit(&t->count.behind, memory_order_relaxed);
	out->refused_drains = atomic_load_explicit(&t->count.refused_drains, memory_order_relaxed);
	for (int f = 0; f < KQT_FILTERS; f++) {
		out->due[f] = atomic_load_explicit(&t->count.due[f], memory_order_relaxed);
		out->performed[f] = atomic_load_explicit(&t->count.performed[f],
		                                         memory_order_relaxed);
		out->missed[f] = atomic_load_explicit(&t->count.missed[f], memory_order_relaxed);
		out->skipped[f] = atomic_load_explicit(&t->count.skipped[f], memory_order_relaxed);
		out->failed[f] = atomic_load_explicit(&t->count.failed[f], memory_order_relaxed);
		out->failed_rc[f] = atomic_load_explicit(&t->count.failed_rc[f],
		                                         memory_order_relaxed);
	}
}
