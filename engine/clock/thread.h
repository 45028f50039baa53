/* SPDX-License-Identifier: MIT */
/* How a measuring thread runs: name, processor, priority, timer slack. */
#ifndef KQT_CLOCK_THREAD_H
#define KQT_CLOCK_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

#include "engine/base/annot.h"

struct kqt_thread_options {
	const char *name;  /* at most 15 bytes */
	int cpu;           /* -1 = not pinned */
	int priority;      /* SCHED_FIFO priority; 0 = leave it */
	uint64_t slack_ns; /* timer slack; 0 = leave it */
};

/** Apply to the running thread. What was asked for and refused is an error: a
 * run that says it is pinned has to be.
 * @return 0, -errno (the first refusal), -KQT_E_UNSUPPORTED. Thread: the one meant. */
KQT_MUST_USE int kqt_thread_apply(const struct kqt_thread_options *opt);

/** Let the running thread, and what it starts, run when nothing else wants to: for
 * work that must not be seen in what is measured. As far as the system has that. */
void kqt_thread_lowest(void);

/** Signal mask for a measuring thread: everything blocked but the signals that a
 * fault raises in the thread itself (a blocked SIGSEGV would kill the process
 * past any handler, and leave the terminal as it is), and `open` (0 = none).
 * Apply around pthread_create or in the thread. @old may be NULL. */
void kqt_thread_mask(int open, sigset_t *old);

/** What this system can do of the above, for whoever shows it. */
enum { KQT_THREAD_PIN = 1u << 0, KQT_THREAD_SLACK = 1u << 1 };
unsigned kqt_thread_features(void);

/** Start a measuring thread with every signal blocked that can be, and wait until
 * it has said how it got on: thread_main stores 1 into *started when it runs as it
 * was asked to, or a negative result and ends. A few microseconds, once a run.
 * @return 0 and a thread to join, or the negative result and none. */
KQT_MUST_USE int kqt_thread_start(pthread_t *thread, void *(*thread_main)(void *), void *arg,
                                  _Atomic int *started);

/** This thread's timer slack in ns, 0 when the system does not say. */
uint64_t kqt_thread_slack_ns(void);

/** CPU time this process has used, in ns. */
uint64_t kqt_process_cpu_ns(void);

#endif
