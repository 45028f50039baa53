/* SPDX-License-Identifier: MIT */
/* What the collector's three files share: collector.c (thread, loop, waits),
 * collector_events.c (what a wait brought), collector_orders.c (changes). */
#ifndef KQT_COLLECT_COLLECTOR_PRIV_H
#define KQT_COLLECT_COLLECTOR_PRIV_H

#include <pthread.h>

#include "engine/collect/collector.h"

#define KQT_EVENT_BATCH 256
/* The far end of a socket fills after 277 stamps where this was measured; one
 * read takes them all, and a short one proves that the socket is empty. */
#define KQT_READ_STAMPS 512

/** What becomes of a wait and of the triggers that it brought. */
enum kqt_fate { KQT_FATE_SAMPLE, KQT_FATE_TRANSITION, KQT_FATE_GAP };

/** The seed's collection in progress. */
struct kqt_collection {
	struct kqt_fold fold;
	uint64_t waits; /* taken, warm-up included */
	uint64_t start_ns;
};

struct kqt_collector {
	struct kqt_collector_env env;
	struct kqt_spsc orders, answers;
	pthread_t thread;
	bool running;
	_Atomic int started; /* 0 not yet, 1 runs, < 0 refused */

	/* the loop's own lines */
	KQT_CACHE_ALIGNED struct kqt_wait wait KQT_OWNED(on_collector);
	const struct kqt_eventq_ops *ops KQT_OWNED(on_collector);
	struct kqt_eventq *queue KQT_OWNED(on_collector);
	struct kqt_tally *tally KQT_OWNED(on_collector);
	uint64_t timeout_ns KQT_OWNED(on_collector);
	uint64_t stall_limit_ns KQT_OWNED(on_collector);
	uint64_t last_t1_ns KQT_OWNED(on_collector); /* end of the last completed wait; 0 = none */
	uint32_t bell_seen KQT_OWNED(on_collector);
	bool quit KQT_OWNED(on_collector);

	/* this wait */
	enum kqt_fate fate KQT_OWNED(on_collector);
	unsigned mask KQT_OWNED(on_collector); /* filters returned */
	unsigned kept KQT_OWNED(on_collector); /* of those, with a report that counts */
	bool dropped KQT_OWNED(on_collector);  /* some report does not */
	uint64_t reports KQT_OWNED(on_collector);
	uint32_t reports_of[KQT_FILTERS] KQT_OWNED(on_collector); /* that count */
	uint64_t late_ns KQT_OWNED(on_collector); /* the last reading after a wait */
	uint64_t serial KQT_OWNED(on_collector);
	unsigned n_touched KQT_OWNED(on_collector), n_carried KQT_OWNED(on_collector);

	/* bytes */
	struct kqt_collection col KQT_OWNED(on_collector);
	uint64_t collection KQT_OWNED(on_collector); /* bytes a collection */
	struct kqt_pack pack KQT_OWNED(on_collector);
	uint32_t raw_seq KQT_OWNED(on_collector);

	/* changes */
	bool in_change KQT_OWNED(on_collector), end_seen KQT_OWNED(on_collector);
	bool settling KQT_OWNED(on_collector);        /* a file lost its name: unname */
	unsigned outstanding KQT_OWNED(on_collector); /* answers of the stimulus awaited */
	uint64_t epoch KQT_OWNED(on_collector), next_epoch KQT_OWNED(on_collector);
	uint64_t in_force_ns KQT_OWNED(on_collector); /* end of the last change; 0 = none yet */
	uint64_t t0_ns KQT_OWNED(on_collector);
	struct kqt_sched sched KQT_OWNED(on_collector);

	struct kqt_event events[KQT_EVENT_BATCH] KQT_OWNED(on_collector);
	struct kqt_source *touched[KQT_SLOTS] KQT_OWNED(on_collector); /* of this wait */
	struct kqt_source *carried[KQT_SLOTS] KQT_OWNED(on_collector); /* for the next */
	struct kqt_source *slot[KQT_SLOTS] KQT_OWNED(on_collector);
	struct kqt_stamp stamps[KQT_READ_STAMPS] KQT_OWNED(on_collector);
};

/* collector_events.c */

/** Take everything that the last wait reported and account for it by c->fate.
 * Sets mask and reports. */
void kqt_collector_events(struct kqt_collector *c) KQT_ON(on_collector);
/** Empty a source whose stimulus has stopped, before it is deregistered. */
void kqt_collector_drain(struct kqt_collector *c, struct kqt_source *s) KQT_ON(on_collector);
/** Fill the near end's send buffer and publish how much went in. */
void kqt_collector_refill(struct kqt_source *s) KQT_ON(on_collector);

/* collector_orders.c */

/** Answer every order and every reply of the stimulus that is waiting. */
void kqt_collector_service(struct kqt_collector *c) KQT_ON(on_collector);
/** What was counted so far is all of this tally. */
void kqt_collector_end_tally(struct kqt_collector *c, uint64_t now_ns) KQT_ON(on_collector);
void kqt_collector_send_answer(struct kqt_collector *c, const struct kqt_collect_msg *msg);

/* collector.c */

/** End a collection, and a byte of lsb, before it is complete. */
void kqt_collector_cut_collection(struct kqt_collector *c) KQT_ON(on_collector);

/** Into the ring of raw samples. Inline: the call was 11 of the 34 instructions
 * that a raw sample takes (callgrind on tests/bench/bench_instructions). */
static inline void kqt_collector_raw(struct kqt_collector *c, enum kqt_raw_kind kind,
                                     unsigned filter, uint64_t value_ns) KQT_ON(on_collector);
static inline void kqt_collector_raw(struct kqt_collector *c, enum kqt_raw_kind kind,
                                     unsigned filter, uint64_t value_ns)
{
	struct kqt_raw r = {.value_ns = value_ns,
	                    .seq = c->raw_seq++,
	                    .kind = (uint8_t)kind,
	                    .filter = (uint8_t)filter,
	                    .epoch = (uint16_t)c->epoch};

	if (!kqt_spsc_push_sized(c->env.raw, &r, sizeof(r)))
		c->tally->raw_lost++;
}

#endif
