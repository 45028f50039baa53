/* SPDX-License-Identifier: MIT */
/* Linux: epoll for readiness, a timerfd a timer, one inotify instance for all
 * files. It stands for kqueue's four filters:
 *
 *   EVFILT_TIMER  timerfd, CLOCK_MONOTONIC, absolute and periodic
 *   EVFILT_READ   EPOLLIN | EPOLLET
 *   EVFILT_WRITE  EPOLLOUT | EPOLLET (or level-triggered when asked)
 *   EVFILT_VNODE  inotify IN_MODIFY (NOTE_WRITE) and IN_ATTRIB (NOTE_ATTRIB)
 *
 * All edge-triggered: a level-triggered item that was reported goes back on the
 * ready list and is polled again inside the next wait, 85-90 ns each in the very
 * interval that is measured. What edge-triggering asks in return, to read each
 * descriptor until it is empty, take() does for timerfd and inotify and the
 * collector for sockets.
 *
 * The control eventfd is edge-triggered too and never read: each write to it is
 * an edge of its own (eventfd_write wakes its waiters every time), so a wake
 * costs the collector no system call. Its counter would saturate after 2^64-2
 * wakes.
 *
 * epoll's data carries token (31 bits), whether it is a timer, and descriptor (high 32 bits): take()
 * needs no table for timers. Watches do need one, wd -> token: inotify hands out
 * descriptors by a cyclic counter, so a hash with linear probing. */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/clock/clock.h"
#include "engine/eventq/eventq.h"
#include KQT_EPOLL_WAIT

#define RAW_MAX 1024
/* What no source has: its token fits 31 bits and its descriptor too. */
#define DATA_CONTROL UINT64_MAX
#define DATA_INOTIFY (UINT64_MAX - 1)
/* Beside a token: the descriptor is a timerfd and has to be read. */
#define DATA_TIMER (UINT64_C(1) << 31)
/* Twice the most watches that may live at once, so that probes stay short. */
#define WATCH_SLOTS 16384u
#define WATCH_GONE (-2)
#define WATCH_EMPTY (-1)
/* A record without a name is 16 bytes: 1024 a read. */
#define INOTIFY_BYTES (1024 * sizeof(struct inotify_event))
/* A read that left as much room as the longest record takes has emptied the kernel's list:
 * inotify(7) copies as many as fit. Asking once more to hear EAGAIN was a system call a wake. */
#define INOTIFY_FULL (INOTIFY_BYTES - (sizeof(struct inotify_event) + NAME_MAX + 1))

struct watch {
	int wd; /* WATCH_EMPTY, WATCH_GONE or a live descriptor */
	uint32_t token;
};

struct epoll_queue {
	struct kqt_eventq base;
	int epfd, control_fd, inotify_fd;
	int have_pwait2;
	int n_raw, next_raw; /* of the last wait, handed out up to next_raw */
	bool inotify_due;    /* records are to be handed out, */
	bool inotify_more;   /* and to be read before */
	size_t ino_len, ino_next;
	struct epoll_event raw[RAW_MAX];
	struct watch watches[WATCH_SLOTS];
	_Alignas(struct inotify_event) char ino[INOTIFY_BYTES];
};

static struct epoll_queue *self(struct kqt_eventq *q)
{
	return (struct epoll_queue *)q; /* base is the first member */
}

static int register_fd(struct epoll_queue *q, int fd, uint32_t what, uint64_t data)
{
	struct epoll_event ev = {.events = what, .data.u64 = data};

	return epoll_ctl(q->epfd, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : -errno;
}

static void eq_close(struct kqt_eventq *base)
{
	struct epoll_queue *q = self(base);

	if (!q)
		return;
	if (q->inotify_fd >= 0)
		close(q->inotify_fd);
	if (q->control_fd >= 0)
		close(q->control_fd);
	if (q->epfd >= 0)
		close(q->epfd);
	free(q);
}

/* epoll_pwait2 came with Linux 5.11; seccomp filters older than that answer
 * EPERM or ENOSYS. A call on no descriptor tells without waiting. */
static int probe_pwait2(void)
{
	struct timespec zero = {0};
	struct epoll_event ev;

	return !(kqt_port_epoll_pwait2(-1, &ev, 1, &zero) < 0 &&
	         (errno == ENOSYS || errno == EPERM));
}

static int eq_open(struct kqt_eventq **out)
{
	struct epoll_queue *q = kqt_aligned_new(sizeof(*q));
	int rc;

	if (!q)
		return -ENOMEM;
	q->base.ops = &kqt_eventq_epoll;
	q->epfd = q->control_fd = q->inotify_fd = -1;
	for (unsigned i = 0; i < WATCH_SLOTS; i++)
		q->watches[i].wd = WATCH_EMPTY;
	q->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (q->epfd < 0)
		goto fail_errno;
	q->control_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->control_fd < 0)
		goto fail_errno;
	rc = register_fd(q, q->control_fd, EPOLLIN | EPOLLET, DATA_CONTROL);
	if (rc < 0)
		goto fail;
	q->have_pwait2 = probe_pwait2();
	*out = &q->base;
	return 0;

fail_errno:
	rc = -errno;
fail:
	eq_close(&q->base);
	return rc;
}

/* The inotify instance is made with the first watch: a run without watchers
 * does not need one of the 128 that a user may have. */
static int need_inotify(struct epoll_queue *q)
{
	int rc;

	if (q->inotify_fd >= 0)
		return 0;
	q->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (q->inotify_fd < 0)
		return -errno;
	rc = register_fd(q, q->inotify_fd, EPOLLIN | EPOLLET, DATA_INOTIFY);
	if (rc < 0) {
		close(q->inotify_fd);
		q->inotify_fd = -1;
	}
	return rc;
}

static int eq_open_source(struct kqt_eventq *base, enum kqt_source_kind kind, int *fd)
{
	*fd = -1;
	if (kind == KQT_SOURCE_FILE)
		return need_inotify(self(base));
	if (kind != KQT_SOURCE_TIMER)
		return 0;
	*fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return *fd >= 0 ? 0 : -errno;
}

static int add_timer(struct epoll_queue *q, const struct kqt_source_spec *spec)
{
	struct itimerspec its = {.it_value = kqt_ns_to_timespec(spec->first_due_ns),
	                         .it_interval = kqt_ns_to_timespec(spec->interval_ns)};
	int rc = register_fd(q, spec->fd, EPOLLIN | EPOLLET,
	                     (uint64_t)spec->fd << 32 | DATA_TIMER | spec->token);

	if (rc < 0)
		return rc;
	if (timerfd_settime(spec->fd, TFD_TIMER_ABSTIME, &its, NULL) == 0)
		return 0;
	rc = -errno;
	epoll_ctl(q->epfd, EPOLL_CTL_DEL, spec->fd, NULL);
	return rc;
}

static int add_socket(struct epoll_queue *q, const struct kqt_source_spec *spec)
{
	uint32_t in = EPOLLIN | EPOLLET, out = spec->write_level ? EPOLLOUT : EPOLLOUT | EPOLLET;
	int rc;

	if (spec->fd_write == spec->fd)
		return register_fd(q, spec->fd, in | out, spec->token);
	rc = register_fd(q, spec->fd, in, spec->token);
	if (rc < 0 || spec->fd_write < 0)
		return rc;
	rc = register_fd(q, spec->fd_write, out, spec->token);
	if (rc < 0)
		epoll_ctl(q->epfd, EPOLL_CTL_DEL, spec->fd, NULL);
	return rc;
}

static struct watch *watch_find(struct epoll_queue *q, int wd)
{
	unsigned i = (unsigned)wd % WATCH_SLOTS;

	for (unsigned n = 0; n < WATCH_SLOTS; n++, i = (i + 1) % WATCH_SLOTS) {
		if (q->watches[i].wd == wd)
			return &q->watches[i];
		if (q->watches[i].wd == WATCH_EMPTY)
			return NULL;
	}
	return NULL;
}

static int watch_insert(struct epoll_queue *q, int wd, uint32_t token)
{
	unsigned i = (unsigned)wd % WATCH_SLOTS;

	for (unsigned n = 0; n < WATCH_SLOTS; n++, i = (i + 1) % WATCH_SLOTS) {
		if (q->watches[i].wd == WATCH_EMPTY || q->watches[i].wd == WATCH_GONE) {
			q->watches[i] = (struct watch){.wd = wd, .token = token};
			return 0;
		}
	}
	return -ENOSPC;
}

/* A deleted entry becomes empty when its run of probes ends right there, so that
 * years of adding and removing do not fill the table with marks. */
static void watch_delete(struct epoll_queue *q, struct watch *w)
{
	unsigned i = (unsigned)(w - q->watches);

	w->wd = WATCH_GONE;
	if (q->watches[(i + 1) % WATCH_SLOTS].wd != WATCH_EMPTY)
		return;
	while (q->watches[i].wd == WATCH_GONE) {
		q->watches[i].wd = WATCH_EMPTY;
		i = (i + WATCH_SLOTS - 1) % WATCH_SLOTS;
	}
}

static int add_file(struct epoll_queue *q, struct kqt_source_spec *spec)
{
	char path[32];
	int wd, rc;

	/* the file has no name; its entry in /proc leads to the same inode */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", spec->fd);
	wd = inotify_add_watch(q->inotify_fd, path, IN_MODIFY | IN_ATTRIB);
	if (wd < 0)
		return -errno;
	rc = watch_find(q, wd) ? -EEXIST : watch_insert(q, wd, spec->token);
	if (rc == -ENOSPC)
		inotify_rm_watch(q->inotify_fd, wd);
	spec->handle = wd;
	return rc;
}

static int eq_add(struct kqt_eventq *base, struct kqt_source_spec *spec)
{
	struct epoll_queue *q = self(base);

	switch (spec->kind) {
	case KQT_SOURCE_TIMER:
		return add_timer(q, spec);
	case KQT_SOURCE_SOCKET:
		return add_socket(q, spec);
	case KQT_SOURCE_FILE:
		return add_file(q, spec);
	case KQT_SOURCE_KINDS:
		break;
	}
	return -EINVAL;
}

static int remove_timer(struct epoll_queue *q, const struct kqt_source_spec *spec,
                        uint64_t *pending)
{
	struct itimerspec off = {0};
	uint64_t n = 0;

	if (read(spec->fd, &n, sizeof(n)) == (ssize_t)sizeof(n))
		*pending = n;
	timerfd_settime(spec->fd, 0, &off, NULL);
	return epoll_ctl(q->epfd, EPOLL_CTL_DEL, spec->fd, NULL) == 0 ? 0 : -errno;
}

/* Read what is in the queue now and forget it. Called when nothing of the last
 * wait is left to hand out. */
static void inotify_discard(struct epoll_queue *q)
{
	while (read(q->inotify_fd, q->ino, sizeof(q->ino)) > 0)
		;
	q->ino_len = q->ino_next = 0;
}

/* inotify_rm_watch queues IN_IGNORED, which would end a wait: read it at once.
 * Records of other watches that are read with it are not lost to the accounting:
 * their stamps are consumed after the next wait, as changes that merged. */
static int remove_file(struct epoll_queue *q, const struct kqt_source_spec *spec)
{
	struct watch *w = watch_find(q, spec->handle);
	int rc;

	if (!w || w->token != spec->token)
		return -ENOENT;
	rc = inotify_rm_watch(q->inotify_fd, w->wd) == 0 ? 0 : -errno;
	watch_delete(q, w);
	inotify_discard(q);
	return rc;
}

static int remove_socket(struct epoll_queue *q, const struct kqt_source_spec *spec)
{
	int rc = epoll_ctl(q->epfd, EPOLL_CTL_DEL, spec->fd, NULL) == 0 ? 0 : -errno;

	if (spec->fd_write >= 0 && spec->fd_write != spec->fd &&
	    epoll_ctl(q->epfd, EPOLL_CTL_DEL, spec->fd_write, NULL) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

static int eq_remove(struct kqt_eventq *base, const struct kqt_source_spec *spec, uint64_t *pending)
{
	struct epoll_queue *q = self(base);
	uint64_t dummy;

	if (!pending)
		pending = &dummy;
	*pending = 0;
	switch (spec->kind) {
	case KQT_SOURCE_TIMER:
		return remove_timer(q, spec, pending);
	case KQT_SOURCE_SOCKET:
		return remove_socket(q, spec);
	case KQT_SOURCE_FILE:
		return remove_file(q, spec);
	case KQT_SOURCE_KINDS:
		break;
	}
	return -EINVAL;
}

/* A control report is taken out of the array here, after the clock was read. */
static int strip_control(struct epoll_queue *q, int n, struct kqt_wait *w)
{
	for (int i = 0; i < n; i++) {
		if (KQT_UNLIKELY(q->raw[i].data.u64 == DATA_CONTROL)) {
			w->control = true;
			q->raw[i] = q->raw[n - 1];
			n--;
			break; /* one descriptor, one report */
		}
	}
	return n;
}

/* Without epoll_pwait2: whole milliseconds, rounded up, never early. */
static int wait_ms(struct epoll_queue *q, uint64_t left_ns)
{
	uint64_t ms = (left_ns + KQT_NS_PER_MS - 1) / KQT_NS_PER_MS;

	return epoll_wait(q->epfd, q->raw, RAW_MAX, ms > INT_MAX ? INT_MAX : (int)ms);
}

static KQT_HOT int eq_wait(struct kqt_eventq *base, uint64_t timeout_ns, struct kqt_wait *w)
{
	struct epoll_queue *q = self(base);
	struct timespec ts = {0};
	uint64_t left_ns = timeout_ns;
	int n;

	w->control = w->interrupted = w->full = false;
	if (KQT_UNLIKELY(w->t0_ns != 0)) {
		uint64_t now = kqt_clock_now_ns(), due = w->t0_ns + timeout_ns;

		left_ns = due > now ? due - now : 0;
	}
	/* a poll needs none: the divisions were 10 of its 69 instructions here (callgrind on
	 * tests/bench/bench_instructions) */
	if (left_ns)
		ts = kqt_ns_to_timespec(left_ns);
	if (KQT_LIKELY(w->t0_ns == 0))
		w->t0_ns = kqt_clock_now_ns();
	/* a poll by epoll_wait spares the kernel the copy of a timespec: 20 ns */
	if (left_ns == 0)
		n = epoll_wait(q->epfd, q->raw, RAW_MAX, 0);
	else if (KQT_LIKELY(q->have_pwait2))
		n = kqt_port_epoll_pwait2(q->epfd, q->raw, RAW_MAX, &ts);
	else
		n = wait_ms(q, left_ns);
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

/* One record of the inotify buffer, or false when there is none left. */
static bool inotify_next(struct epoll_queue *q, struct kqt_event *ev)
{
	while (q->ino_next < q->ino_len) {
		const struct inotify_event *rec = (const void *)(q->ino + q->ino_next);
		struct watch *w;

		q->ino_next += sizeof(*rec) + rec->len;
		if (rec->mask & IN_Q_OVERFLOW) {
			*ev = (struct kqt_event){
			    .filter = KQT_FILTER_VNODE, .flags = KQT_EVENT_OVERFLOW, .count = 1};
			return true;
		}
		w = watch_find(q, rec->wd);
		if (!w || (rec->mask & IN_IGNORED))
			continue; /* of a watch that went: stale */
		*ev = (struct kqt_event){.token = w->token, .filter = KQT_FILTER_VNODE, .count = 1};
		return true;
	}
	return false;
}

static void inotify_read(struct epoll_queue *q)
{
	ssize_t got = read(q->inotify_fd, q->ino, sizeof(q->ino));

	q->ino_next = 0;
	q->ino_len = got > 0 ? (size_t)got : 0;
	q->inotify_more = q->ino_len > INOTIFY_FULL;
}

static int take_inotify(struct epoll_queue *q, struct kqt_event *events, int cap)
{
	int n = 0;

	while (n < cap && q->inotify_due) {
		if (inotify_next(q, &events[n]))
			n++;
		else if (q->inotify_more)
			inotify_read(q);
		else
			q->inotify_due = false;
	}
	return n;
}

/* @return how many events the raw report gave: 0, 1 or 2 */
static int take_one(struct epoll_queue *q, const struct epoll_event *raw, struct kqt_event *ev)
{
	uint32_t token = (uint32_t)raw->data.u64 & 0x7fffffff;
	int fd = (int)(raw->data.u64 >> 32 & 0x7fffffff), n = 0;
	uint8_t flags = raw->events & (EPOLLERR | EPOLLHUP) ? KQT_EVENT_HANGUP : 0;
	uint64_t count;

	if (raw->data.u64 == DATA_INOTIFY) {
		q->inotify_due = q->inotify_more = true;
		return 0;
	}
	if (!(raw->data.u64 & DATA_TIMER)) {
		if (raw->events & EPOLLIN)
			ev[n++] = (struct kqt_event){
			    .token = token, .filter = KQT_FILTER_READ, .flags = flags, .count = 1};
		if (raw->events & EPOLLOUT)
			ev[n++] = (struct kqt_event){
			    .token = token, .filter = KQT_FILTER_WRITE, .flags = flags, .count = 1};
		return n;
	}
	/* EAGAIN: already read at an earlier report of the same edge */
	if (read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return 0;
	ev[0] = (struct kqt_event){.token = token, .filter = KQT_FILTER_TIMER, .count = count};
	return 1;
}

static KQT_HOT int eq_take(struct kqt_eventq *base, struct kqt_event *events, int cap)
{
	struct epoll_queue *q = self(base);
	int n = 0;

	while (n + 1 < cap && q->next_raw < q->n_raw)
		n += take_one(q, &q->raw[q->next_raw++], events + n);
	if (KQT_UNLIKELY(q->inotify_due))
		n += take_inotify(q, events + n, cap - n);
	return n;
}

static uint64_t eq_now(struct kqt_eventq *base KQT_UNUSED)
{
	return kqt_clock_now_ns();
}

static void eq_wake(struct kqt_eventq *base)
{
	uint64_t one = 1;
	ssize_t n = write(self(base)->control_fd, &one, sizeof(one));

	(void)n; /* EAGAIN only after 2^64-2 wakes */
}

const struct kqt_eventq_ops kqt_eventq_epoll = {
    .name = "epoll",
    .label = "epoll+timerfd+inotify",
    .capabilities = KQT_CAP_TIMER_DUE | KQT_CAP_TIMER_FD | KQT_CAP_NS_TIMEOUT |
                    KQT_CAP_NAMELESS_FILE | KQT_CAP_EVENTS_LATER,
    .descriptors = 2,
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
