/* SPDX-License-Identifier: MIT */
/* A collector that the caller drives one wait at a time, on any back end, without
 * threads: what measures it (tests/bench) and what counts its instructions. The
 * stimulus is a mail box that nobody empties; who wants triggers makes them. */
#ifndef KQT_TESTS_COLLECTOR_RIG_H
#define KQT_TESTS_COLLECTOR_RIG_H

#include "engine/collect/collector_priv.h"

#define COLLECTOR_RIG_TALLIES 4
#define COLLECTOR_RIG_PERIOD_NS UINT64_C(500000) /* of the schedule that stamps stand on */

struct collector_rig {
	struct kqt_eventq *q;
	struct kqt_stimulus *stimulus;
	struct kqt_collector *c;
	struct kqt_dirty dirty;
	struct kqt_stops stops;
	_Atomic uint32_t bell;
	struct kqt_spsc raw;                            /* of struct kqt_raw; both kinds */
	struct kqt_tally *tally[COLLECTOR_RIG_TALLIES]; /* [0] is the collector's at first */
	struct kqt_collect_params params;
};

/** @raw_len  of the ring of raw samples; 0 = none are made
 * @return 0 or -errno; undo with close in either case. *r need not be zeroed. */
KQT_MUST_USE int collector_rig_open(struct collector_rig *r, const struct kqt_eventq_ops *ops,
                                    uint64_t timeout_ns, size_t raw_len);
/** Take a change that adds n sources through; what was timed starts with it. Sources
 * stay the caller's, to be freed after close. @return 0 or -errno */
KQT_MUST_USE int collector_rig_begin(struct collector_rig *r, struct kqt_source *const *sources,
                                     size_t n);
/** Send an order; op says what u holds. @return false when the queue is full */
bool collector_rig_order(struct collector_rig *r, enum kqt_collect_op op, void *what);
void collector_rig_close(struct collector_rig *r);

/** Do what the stimulus does for a source: a stamp of now_ns for tick k, and the trigger.
 * Sockets: their read side. @return 0 or -errno */
KQT_MUST_USE int collector_rig_trigger(struct collector_rig *r, struct kqt_source *s, uint64_t k,
                                       uint64_t now_ns);

#endif
