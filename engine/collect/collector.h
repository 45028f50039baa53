/* SPDX-License-Identifier: MIT */
/* The collector: the one thread that waits on the event queue, and all that it
 * records. Between start and stop it allocates nothing, takes no lock, prints
 * nothing and opens or closes no descriptor.
 *
 * Orders reach it through a queue, answers leave it through another, and a bell
 * that it reads once a wait says whether to look:
 *
 *   main -> collector                       collector -> main
 *   SNAP    a spare tally                   SNAPPED   the tally that grew till now
 *   BEGIN   a spare tally; change begins    SNAPPED   the old epoch's last part
 *   ADD     a source                        RETIRED   rc < 0: not registered, why
 *   REMOVE  a source                        RETIRED   rc 0: deregistered, yours again
 *   PARAMS  timeout, collection, schedule
 *   END     change is complete              DONE      all of it is in force
 *   QUIT    leave the loop
 *
 * From BEGIN to DONE nothing is a sample: waits, and triggers that happened or were due
 * before DONE, are counted as `transition`. DONE is sent when every stop and schedule has been answered by
 * the stimulus too. The header is the contract for session.c; nothing above the
 * session uses it. */
#ifndef KQT_COLLECT_COLLECTOR_H
#define KQT_COLLECT_COLLECTOR_H

#include <stdatomic.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/spsc.h"
#include "engine/base/stops.h"
#include "engine/collect/tally.h"
#include "engine/eventq/eventq.h"
#include "engine/stimulus/stimulus.h"

enum kqt_collect_op {
	KQT_COL_SNAP,
	KQT_COL_BEGIN,
	KQT_COL_ADD,
	KQT_COL_REMOVE,
	KQT_COL_PARAMS,
	KQT_COL_END,
	KQT_COL_QUIT,
	/* answers */
	KQT_COL_SNAPPED,
	KQT_COL_RETIRED,
	KQT_COL_DONE,
	KQT_COL_FAILED, /* the wait itself failed: rc; the collector has left its loop */
};

/** What may change without a source coming or going. Borrowed until DONE. */
struct kqt_collect_params {
	uint64_t timeout_ns;
	uint64_t collection;     /* bytes */
	uint64_t stall_limit_ns; /* a longer gap between two waits is a stall */
	uint64_t t0_ns;          /* the grid that timers stand on */
	struct kqt_sched sched;
	bool sched_changed; /* send it to the stimulus */
};

struct kqt_collect_msg {
	enum kqt_collect_op op;
	int rc;
	union {
		struct kqt_tally *tally;
		struct kqt_source *source;
		const struct kqt_collect_params *params;
		uint64_t epoch;
	} u;
};

/** A raw sample, for whoever wants the series itself (collect). */
enum kqt_raw_kind { KQT_RAW_WAIT, KQT_RAW_NOTIFICATION };
struct kqt_raw {
	uint64_t value_ns;
	uint32_t seq;   /* grows by one a sample; a jump means samples were lost */
	uint8_t kind;   /* enum kqt_raw_kind */
	uint8_t filter; /* notification: which; wait: mask of filters returned, 0 = timeout */
	uint16_t epoch; /* low bits: a change means the run of samples was cut */
};

struct kqt_collector;

struct kqt_collector_env {
	struct kqt_eventq *queue;      /* borrowed */
	struct kqt_stimulus *stimulus; /* borrowed */
	struct kqt_dirty *dirty;
	struct kqt_stops *stops; /* noted by the SIGCONT handler */
	_Atomic uint32_t *bell;
	struct kqt_spsc *raw; /* of struct kqt_raw, or NULL */
	unsigned raw_mask;    /* 1 << enum kqt_raw_kind */
	int cpu, priority;
	uint64_t slack_ns;
};

/** @return 0 or -ENOMEM. @first: the tally to begin with, handed over. */
KQT_MUST_USE int kqt_collector_new(const struct kqt_collector_env *env, struct kqt_tally *first,
                                   struct kqt_collector **out);
void kqt_collector_free(struct kqt_collector *c);

/** Start the thread; all signals blocked in it but SIGCONT.
 * @return 0 or -errno (also: pinning or priority refused). Thread: main. */
KQT_MUST_USE int kqt_collector_start(struct kqt_collector *c);
/** Send QUIT, wake, join. @return the tally that was growing; yours again. */
struct kqt_tally *kqt_collector_stop(struct kqt_collector *c);

/** Main: one order. Does not wake a blocked wait: kqt_collector_ring does.
 * @return false when the queue is full. */
bool kqt_collector_send(struct kqt_collector *c, const struct kqt_collect_msg *msg);
void kqt_collector_ring(struct kqt_collector *c);
/** Main: one answer. @return false when there is none. */
bool kqt_collector_answer(struct kqt_collector *c, struct kqt_collect_msg *msg);
/** Main, after stop: an order that it did not come to, as its wait had failed. What
 * the order carries is yours again. @return false when there is none. */
bool kqt_collector_unheard(struct kqt_collector *c, struct kqt_collect_msg *msg);

/** One wait and all that follows from it; what the thread does for ever. For
 * tests that drive a collector on the fake queue without a thread.
 * @return 0, 1 when told to quit, -errno when the wait failed. */
int kqt_collector_step(struct kqt_collector *c) KQT_ON(on_collector);

#endif
