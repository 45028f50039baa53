/* SPDX-License-Identifier: MIT */
/* The kernel's event queue behind one interface: a table of operations a
 * kernel facility (a run may hold two back ends to compare them, hence a table
 * and not a link-time choice).
 *
 *   main                      collector
 *   open ------------------>  add ... remove        registration
 *   open_source               wait                  one system call, timed inside
 *   wake (any thread) ----->  take, take, ... 0     what it returned, read out
 *   close (after join)        now
 *
 * `wait` reads the clock on both sides of the system call itself, so that no
 * indirect call and no book-keeping lies in the measured interval. `take` then
 * makes what was reported readable for the collector; whatever a facility needs
 * for that (reading a timerfd, the inotify queue) is outside of it.
 *
 * Tokens: a source is known to the queue by a 32-bit token that the caller
 * makes (slot and generation), never by a pointer: an event that was in flight
 * when its source went is then recognised as stale.
 *
 * Every back end passes tests/contract/test_eventq_contract.c; the numbers [Cn]
 * below are the clauses there. */
#ifndef KQT_EVENTQ_EVENTQ_H
#define KQT_EVENTQ_EVENTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/kinds.h"

/** What a back end can say. What it cannot is shown as unknown, never as 0. */
enum kqt_capability {
	/* timers fire at first_due + k * interval of now(): their latency is known */
	KQT_CAP_TIMER_DUE = 1u << 0,
	/* a timer takes a descriptor */
	KQT_CAP_TIMER_FD = 1u << 1,
	/* timeouts below 1 ms are possible */
	KQT_CAP_NS_TIMEOUT = 1u << 2,
	/* a file without a name can be watched */
	KQT_CAP_NAMELESS_FILE = 1u << 3,
	/* reports of files are read in take: such a report may tell of a change made
	 * after the wait returned, and none of a change made before is still to come */
	KQT_CAP_EVENTS_LATER = 1u << 4,
	/* no kernel behind it: tests only */
	KQT_CAP_VIRTUAL = 1u << 5,
	/* watching a file takes a descriptor beside the file's own */
	KQT_CAP_FILE_FD = 1u << 6,
};

/** One source to register. Descriptors are borrowed until remove returns. */
struct kqt_source_spec {
	enum kqt_source_kind kind;
	uint32_t token; /* 1 .. 2^31 - 1 */
	int fd;         /* timer: from open_source; socket: the end that is read; file: the file */
	int fd_write; /* socket: the end whose write readiness is asked for; may equal fd; -1 none */
	bool write_level;      /* write readiness level-triggered (else edge-triggered) */
	uint64_t first_due_ns; /* timer: absolute, on now()'s clock */
	uint64_t interval_ns;  /* timer: above 0 */
	int handle;            /* set by add for remove; the back end's own */
};

enum kqt_event_flag {
	KQT_EVENT_OVERFLOW = 1u << 0, /* the kernel dropped vnode reports; token is 0 */
	KQT_EVENT_HANGUP = 1u << 1,   /* the other end is closed, or an error is pending */
};

/** One readiness report. */
struct kqt_event {
	uint32_t token;
	uint8_t filter; /* enum kqt_filter */
	uint8_t flags;
	uint64_t count; /* timer: expirations since the last report, at least 1; else 1 */
};

/** One wait. Zero it for a fresh wait; leave it as returned to resume one. */
struct kqt_wait {
	uint64_t t0_ns;   /* before the system call; kept when a wait is resumed */
	uint64_t t1_ns;   /* after it */
	bool control;     /* somebody called wake */
	bool interrupted; /* EINTR; n is 0 then */
	/* it returned as many reports as it has room for: others may be ready as well, and
	 * come with the next wait. Not so, nothing was ready that it did not return */
	bool full;
};

/** Opaque; each back end's struct begins with it. */
struct kqt_eventq {
	const struct kqt_eventq_ops *ops;
};

struct kqt_eventq_ops {
	const char *name;  /* what --backend takes: "epoll" */
	const char *label; /* what the screen says: "epoll+timerfd+inotify" */
	unsigned capabilities;

	/** Create a queue. @out receives it, given to the caller (close).
	 * @return 0 or -errno, nothing left open then. Thread: main. [C1] */
	int (*open)(struct kqt_eventq **out);

	/** Descriptors that open() holds for the queue's life. For budgets in messages. */
	int descriptors;

	/** What the queue itself needs for a source of this kind, before add: a timer
	 * its descriptor (*fd, the caller closes it after remove; -1 where it needs
	 * none), a file the queue's own watch descriptor (made once, closed with the
	 * queue; *fd is -1). @return 0 or -errno. Thread: main, also while the collector
	 * waits. */
	int (*open_source)(struct kqt_eventq *q, enum kqt_source_kind kind, int *fd);

	/** Register one source and arm it.
	 * A socket is registered for reading on fd, and for writing on fd_write unless
	 * that is -1; both edge-triggered but for write_level: after a report the reader
	 * has to drain fully before the next can come. A file is watched for writes and
	 * attribute changes. After a failure nothing of this source is registered. [C2-C6]
	 * @return 0 or -errno. Thread: collector. */
	int (*add)(struct kqt_eventq *q, struct kqt_source_spec *spec);

	/** Deregister. Afterwards no event with its token is reported any more, except
	 * those that the last wait already returned and take has not yet handed out; call
	 * it between waits. Never causes a wake of its own. [C7, C8]
	 * @pending  timers: expirations that were never reported; else 0; may be NULL
	 * @return 0 or -errno (the source is gone from the queue all the same). */
	int (*remove)(struct kqt_eventq *q, const struct kqt_source_spec *spec, uint64_t *pending);

	/** Wait until something is ready, wake was called, or timeout_ns after
	 * w->t0_ns; 0 polls. One system call. With w->t0_ns set the wait goes on with
	 * its first start and deadline. [C9-C14, C19]
	 * @return reports (0 at a timeout, a control-only wake, or EINTR), or -errno.
	 * Cost: the system call and two clock readings. Thread: collector. */
	int (*wait)(struct kqt_eventq *q, uint64_t timeout_ns, struct kqt_wait *w);

	/** Hand out up to cap events of the last wait; call until it returns 0.
	 * @cap  2 or more: one report of a socket may be two events
	 * May hand out fewer or more events than wait counted (one descriptor may stand
	 * for many watches). @return how many. Thread: collector. */
	int (*take)(struct kqt_eventq *q, struct kqt_event *events, int cap);

	/** The clock that wait reads. */
	uint64_t (*now)(struct kqt_eventq *q);

	/** Make the present or the next wait return with control set; several calls
	 * may count as one. Async-signal-safe, any thread, never blocks. [C15] */
	void (*wake)(struct kqt_eventq *q);

	/** Close; accepts NULL. No thread may be in wait. Sources still registered
	 * are forgotten, their descriptors stay the caller's. [C16] */
	void (*close)(struct kqt_eventq *q);
};

extern const struct kqt_eventq_ops kqt_eventq_epoll;
extern const struct kqt_eventq_ops kqt_eventq_kqueue;

/** The back ends compiled in, best first, ended by NULL. The fake is not among
 * them: nothing but a test can ask for it. */
extern const struct kqt_eventq_ops *const kqt_eventq_list[];

/** @name  a back end's name, or "" for the first; @return NULL when there is none. */
const struct kqt_eventq_ops *kqt_eventq_find(const char *name);

#endif
