/* SPDX-License-Identifier: MIT */
/* kqueue: macOS, FreeBSD, NetBSD, OpenBSD, DragonFly, and Linux with libkqueue.
 *
 *   timer   EVFILT_TIMER, periodic; its event's data counts the expirations
 *   read    EVFILT_READ   EV_CLEAR
 *   write   EVFILT_WRITE  EV_CLEAR, or level-triggered when asked
 *   vnode   EVFILT_VNODE  EV_CLEAR, NOTE_WRITE | NOTE_ATTRIB
 *
 * What differs between these systems is in port/, one small header a difference,
 * chosen by the Makefile (KQT_KQ_ON the system, KQT_KQ_TIME the unit of timers,
 * KQT_KQ_WAKE how a waiter is woken). docs/PORTABILITY.md has the table and where
 * each line of it comes from.
 *
 * Timers have no due time here, on no system: a periodic timer begins when it is
 * added and an absolute one (NOTE_ABSTIME, NOTE_ABSOLUTE) fires once and, on the
 * BSDs, on the wall clock. What is known of an expiration is that it was counted.
 * first_due_ns is therefore not looked at, and no latency of a timer is recorded.
 * Kernels with a periodic clock deliver a 1 ms timer every 10 or 20 ms, early or a
 * tick late; only data says how often it expired.
 *
 * udata carries the token; 0 is the wake-up, which no token is. Reports of files
 * come with the wait, so KQT_CAP_EVENTS_LATER is not set. */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/clock/clock.h"
#include "engine/eventq/eventq.h"
#include "engine/eventq/port/kq_change.h"
#include KQT_KQ_ON
#include KQT_KQ_TIME
#include KQT_KQ_WAKE

#define RAW_MAX 512 /* what libkqueue hands out at most */
#define TIMERS_MAX KQT_SLOTS_PER_KIND

struct kqueue_queue {
	struct kqt_eventq base;
	int kq;
	struct kq_wake wake;
	int n_raw, next_raw; /* of the last wait, handed out up to next_raw */
	struct kevent raw[RAW_MAX];
	unsigned n_timers;
	uint32_t timers[TIMERS_MAX]; /* tokens of those registered */
};

static struct kqueue_queue *self(struct kqt_eventq *q)
{
	return (struct kqueue_queue *)q; /* base is the first member */
}

static int change(struct kqueue_queue *q, uintptr_t ident, int filter, unsigned flags,
                  unsigned fflags, uint32_t token)
{
	return kqt_kq_change(q->kq, ident, filter, flags, fflags, 0, token);
}

/* A timer that outlives its queue was a crash on older kernels: timers go first. */
static void eq_close(struct kqt_eventq *base)
{
	struct kqueue_queue *q = self(base);

	if (!q)
		return;
	while (q->n_timers > 0)
		(void)change(q, q->timers[--q->n_timers], EVFILT_TIMER, EV_DELETE, 0, 0);
	if (q->kq >= 0)
		close(q->kq);
	kq_wake_close(&q->wake);
	free(q);
}

static int eq_open(struct kqt_eventq **out)
{
	struct kqueue_queue *q = kqt_aligned_new(sizeof(*q));
	int rc;

	if (!q)
		return -ENOMEM;
	q->base.ops = &kqt_eventq_kqueue;
	q->kq = kqueue();
	if (q->kq < 0) {
		rc = -errno;
		free(q);
		return rc;
	}
	(void)fcntl(q->kq, F_SETFD, FD_CLOEXEC); /* kqueue1 is not everywhere */
	rc = kq_wake_open(&q->wake, q->kq);
	if (rc < 0) {
		eq_close(&q->base);
		return rc;
	}
	*out = &q->base;
	return 0;
}

static int eq_open_source(struct kqt_eventq *base KQT_UNUSED, enum kqt_source_kind kind KQT_UNUSED,
                          int *fd)
{
	*fd = -1;
	return 0;
}

/* Never EV_ADD over a live one: what an older kernel makes of its running callout
 * then is its own affair. A change of a timer is a remove and an add. */
static int add_timer(struct kqueue_queue *q, const struct kqt_source_spec *spec)
{
	uint64_t units = (spec->interval_ns + KQ_TIME_UNIT_NS - 1) / KQ_TIME_UNIT_NS;
	int rc;

	if (spec->interval_ns == 0)
		return -EINVAL;
	if (q->n_timers == TIMERS_MAX)
		return -ENOSPC;
	rc = kqt_kq_change(q->kq, spec->token, EVFILT_TIMER, EV_ADD | EV_ENABLE, KQ_TIME_FFLAGS,
	                   (int64_t)units, spec->token);
	if (rc == 0)
		q->timers[q->n_timers++] = spec->token;
	return rc; /* -ENOMEM is the kernel's limit of timers */
}

static int remove_timer(struct kqueue_queue *q, uint32_t token)
{
	for (unsigned i = 0; i < q->n_timers; i++) {
		if (q->timers[i] != token)
			continue;
		q->timers[i] = q->timers[--q->n_timers];
		return change(q, token, EVFILT_TIMER, EV_DELETE, 0, 0);
	}
	return -ENOENT;
}

/* Two filters, two changes, each with an error of its own. No NOTE_LOWAT. */
static int add_socket(struct kqueue_queue *q, const struct kqt_source_spec *spec)
{
	unsigned edge = EV_ADD | EV_ENABLE | EV_CLEAR, level = EV_ADD | EV_ENABLE;
	int rc;

	if (spec->fd < 0)
		return -EBADF;
	rc = change(q, (uintptr_t)spec->fd, EVFILT_READ, edge, 0, spec->token);
	if (rc < 0 || spec->fd_write < 0)
		return rc;
	rc = change(q, (uintptr_t)spec->fd_write, EVFILT_WRITE, spec->write_level ? level : edge, 0,
	            spec->token);
	if (rc < 0)
		(void)change(q, (uintptr_t)spec->fd, EVFILT_READ, EV_DELETE, 0, 0);
	return rc;
}

static int remove_socket(struct kqueue_queue *q, const struct kqt_source_spec *spec)
{
	int rc = change(q, (uintptr_t)spec->fd, EVFILT_READ, EV_DELETE, 0, 0), rc2 = 0;

	if (spec->fd_write >= 0)
		rc2 = change(q, (uintptr_t)spec->fd_write, EVFILT_WRITE, EV_DELETE, 0, 0);
	return rc < 0 ? rc : rc2;
}

static int eq_add(struct kqt_eventq *base, struct kqt_source_spec *spec)
{
	struct kqueue_queue *q = self(base);

	switch (spec->kind) {
	case KQT_SOURCE_TIMER:
		return add_timer(q, spec);
	case KQT_SOURCE_SOCKET:
		return add_socket(q, spec);
	case KQT_SOURCE_FILE:
		return change(q, (uintptr_t)spec->fd, EVFILT_VNODE, EV_ADD | EV_ENABLE | EV_CLEAR,
		              NOTE_WRITE | NOTE_ATTRIB, spec->token);
	case KQT_SOURCE_KINDS:
		break;
	}
	return -EINVAL;
}

static int eq_remove(struct kqt_eventq *base, const struct kqt_source_spec *spec, uint64_t *pending)
{
	struct kqueue_queue *q = self(base);

	if (pending)
		*pending = 0; /* they go with the timer and nobody can tell how many */
	switch (spec->kind) {
	case KQT_SOURCE_TIMER:
		return remove_timer(q, spec->token);
	case KQT_SOURCE_SOCKET:
		return remove_socket(q, spec);
	case KQT_SOURCE_FILE:
		return change(q, (uintptr_t)spec->fd, EVFILT_VNODE, EV_DELETE, 0, 0);
	case KQT_SOURCE_KINDS:
		break;
	}
	return -EINVAL;
}

/* The wake-up's report is taken out of the array here, after the clock was read. */
static int strip_control(struct kqueue_queue *q, int n, struct kqt_wait *w)
{
	for (int i = 0; i < n; i++) {
		if (KQT_UNLIKELY(kqt_kq_token(&q->raw[i]) == 0)) {
			w->control = true;
			kq_wake_taken(&q->wake);
			q->raw[i] = q->raw[n - 1];
			n--;
			break; /* one registration, one report */
		}
	}
	return n;
}

static KQT_HOT int eq_wait(struct kqt_eventq *base, uint64_t timeout_ns, struct kqt_wait *w)
{
	struct kqueue_queue *q = self(base);
	struct timespec ts;
	uint64_t left_ns = timeout_ns;
	int n;

	w->control = w->interrupted = w->full = false;
	if (KQT_UNLIKELY(w->t0_ns != 0)) {
		uint64_t now = kqt_clock_now_ns(), due = w->t0_ns + timeout_ns;

		left_ns = due > now ? due - now : 0;
	}
	ts = kqt_ns_to_timespec(left_ns);
	if (KQT_LIKELY(w->t0_ns == 0))
		w->t0_ns = kqt_clock_now_ns();
	n = kevent(q->kq, NULL, 0, q->raw, RAW_MAX, &ts);
	w->t1_ns = kqt_clock_now_ns();

	q->n_raw = q->next_raw = 0;
	if (KQT_UNLIKELY(n < 0)) {
		w->interrupted = errno == EINTR;
		return w->interrupted ? 0 : -errno;
	}
	w->full = n == RAW_MAX;
	q->n_raw = strip_control(q, n, w);
	return q->n_raw;
}

static enum kqt_filter filter_of(const struct kevent *raw)
{
	switch (raw->filter) {
	case EVFILT_TIMER:
		return KQT_FILTER_TIMER;
	case EVFILT_READ:
		return KQT_FILTER_READ;
	case EVFILT_WRITE:
		return KQT_FILTER_WRITE;
	default:
		return KQT_FILTER_VNODE;
	}
}

static KQT_HOT int eq_take(struct kqt_eventq *base, struct kqt_event *events, int cap)
{
	struct kqueue_queue *q = self(base);
	int n = 0;

	while (n < cap && q->next_raw < q->n_raw) {
		const struct kevent *raw = &q->raw[q->next_raw++];
		enum kqt_filter f = filter_of(raw);
		bool many = f == KQT_FILTER_TIMER && raw->data > 1;

		events[n++] = (struct kqt_event){
		    .token = kqt_kq_token(raw),
		    .filter = (uint8_t)f,
		    .flags = raw->flags & (EV_EOF | EV_ERROR) ? KQT_EVENT_HANGUP : 0,
		    .count = many ? (uint64_t)raw->data : 1,
		};
	}
	return n;
}

static uint64_t eq_now(struct kqt_eventq *base KQT_UNUSED)
{
	return kqt_clock_now_ns();
}

static void eq_wake(struct kqt_eventq *base)
{
	struct kqueue_queue *q = self(base);

	kq_wake_ring(&q->wake, q->kq);
}

const struct kqt_eventq_ops kqt_eventq_kqueue = {
    .name = "kqueue",
    .label = KQ_LABEL,
    .capabilities = KQ_CAPABILITIES,
    .descriptors = KQ_DESCRIPTORS + KQ_WAKE_DESCRIPTORS,
    .open = eq_open,
    .open_source = eq_open_source,
    .add = eq_add,
    .remove = eq_remove,
    .wait = eq_wait,
    .take = eq_take,
    .now = eq_now,
    .wake = eq_wake,
    .close = eq_close,
};
