/* SPDX-License-Identifier: MIT */
/* The poker: one thread that makes sockets and files speak at stated times and
 * stamps when it really did. It never touches the event queue.
 *
 * Each tick k of the schedule is a due for every target. A due is
 *   performed  the trigger was pulled: one stamp, one notification sample
 *   missed     it was not (the tick was lost, the far end full, the drain skipped
 *              because the collector had not refilled yet): it is folded into the
 *              next stamp of that target and enters `response` from its own due time
 *   skipped    it was not and never will be: the process was stopped, the target
 *              went or the schedule changed before a stamp could carry it
 * so that at any time, per filter: due = performed + missed + skipped + folded.
 *
 * Threads: _init, _fini, _start, _stop, _stats: main. Commands and replies are
 * the collector's. */
#ifndef KQT_STIMULUS_STIMULUS_H
#define KQT_STIMULUS_STIMULUS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/kinds.h"
#include "engine/base/spsc.h"
#include "engine/base/stops.h"
#include "engine/stimulus/pace.h"
#include "engine/stimulus/sched.h"
#include "engine/stimulus/source.h"

enum kqt_stimulus_op {
	KQT_STIM_START, /* source: trigger it from the next tick on */
	KQT_STIM_STOP,  /* source: answer STOPPED; it is not touched any more */
	KQT_STIM_SCHED, /* sched: answer SCHEDULED */
	KQT_STIM_QUIT,
};

struct kqt_stimulus_msg {
	enum kqt_stimulus_op op;
	struct kqt_source *source;
	struct kqt_sched sched;
};

/** Counters of the stimulus, as read at one moment. */
struct kqt_stimulus_stats {
	uint64_t ticks;            /* performed */
	uint64_t lost;             /* ticks performed with a later one, whose time had come too */
	uint64_t behind;           /* of those: late by a period or more. With dither two dues may
	                            * be nearer to each other than a tick takes: lost, not behind */
	uint64_t due[KQT_FILTERS]; /* dues of its targets so far */
	uint64_t performed[KQT_FILTERS];
	uint64_t missed[KQT_FILTERS]; /* folded into a stamp that was sent */
	uint64_t skipped[KQT_FILTERS];
	uint64_t failed[KQT_FILTERS]; /* system calls that failed other than "full" */
	int failed_rc[KQT_FILTERS];   /* -errno of the last of them; 0 = none */
	uint64_t refused_drains;      /* WRITE: W - R was 0 */
};

/** Saturated: behind with more than 1 % of its ticks (docs/MEASURING.md). */
static inline bool kqt_stimulus_saturated(uint64_t ticks, uint64_t lost, uint64_t behind)
{
	return (double)behind > 0.01 * (double)(ticks + lost);
}

/** What the thread needs of its surroundings. All borrowed. */
struct kqt_stimulus_env {
	struct kqt_dirty *dirty;
	struct kqt_stops *stops; /* when the process was last continued */
	_Atomic uint32_t *bell;  /* bumped after each reply */
	void (*wake)(void *arg); /* wakes the collector */
	void *wake_arg;
	int cpu;           /* -1 = not pinned */
	int priority;      /* SCHED_FIFO; 0 = not asked */
	uint64_t slack_ns; /* 0 = the system's */
};

struct kqt_stimulus;

/** @return 0, -ENOMEM or -errno. @out given (kqt_stimulus_free). */
KQT_MUST_USE int kqt_stimulus_new(const struct kqt_stimulus_env *env, struct kqt_stimulus **out);
/** Accepts NULL; the thread must be stopped. */
void kqt_stimulus_free(struct kqt_stimulus *t);

/** Start the thread; every signal is blocked in it.
 * @return 0, or -errno; also when pinning or priority were asked for and refused. */
KQT_MUST_USE int kqt_stimulus_start(struct kqt_stimulus *t);
/** Make it end and join it. Nothing if it does not run. */
void kqt_stimulus_stop(struct kqt_stimulus *t);

/** Collector: one command. @return false when the queue is full. */
bool kqt_stimulus_send(struct kqt_stimulus *t, const struct kqt_stimulus_msg *msg);
/** Collector: one reply (op STOP = stopped, SCHED = scheduled). */
bool kqt_stimulus_reply(struct kqt_stimulus *t, struct kqt_stimulus_msg *msg);

/** Any thread. Each number is exact for some recent moment; together they are
 * exact once the thread is stopped. */
void kqt_stimulus_stats(struct kqt_stimulus *t, struct kqt_stimulus_stats *out);

#endif
