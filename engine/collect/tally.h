/* SPDX-License-Identifier: MIT */
/* Everything that is counted between two moments: one struct for the collector's
 * current interval, for an epoch, for a window and for the whole run, so that a
 * longer span is the sum of shorter ones and nothing is counted in two ways. */
#ifndef KQT_COLLECT_TALLY_H
#define KQT_COLLECT_TALLY_H

#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/kinds.h"
#include "engine/entropy/extract.h"
#include "engine/hist/hist.h"

/** What a latency is measured from and to. */
enum kqt_latency {
	KQT_LATENCY_WAIT,         /* before -> after the wait call */
	KQT_LATENCY_NOTIFICATION, /* trigger really happened -> seen */
	KQT_LATENCY_RESPONSE,     /* trigger was due -> seen */
	KQT_LATENCIES
};
const char *kqt_latency_name(enum kqt_latency k);

struct kqt_filter_tally {
	uint64_t events;     /* readiness reports, but those of dropped triggers alone */
	uint64_t wakes;      /* waits that returned at least one of those */
	uint64_t triggers;   /* performed triggers seen: notification samples */
	uint64_t merged;     /* triggers beyond one a report */
	uint64_t missed;     /* dues that were never performed, seen through a later stamp */
	uint64_t unstamped;  /* reports for which no stamp was there */
	uint64_t transition; /* triggers dropped: a configuration change was going on */
	uint64_t gap;        /* triggers dropped: the process had been stopped */
};

struct kqt_excluded {
	uint64_t eintr;      /* waits ended by a signal */
	uint64_t control;    /* waits ended by our own wake, resumed or dropped */
	uint64_t transition; /* waits during a configuration change */
	uint64_t gap;        /* waits over which the process was stopped */
};

#define KQT_EVENTS_PER_WAIT 17 /* 0 .. 15, 16 and more */

struct kqt_tally {
	uint64_t start_ns, end_ns; /* the moments; end is 0 while it grows */
	uint64_t measured_ns;      /* of that time; less where a sum has a stop or a change in it */
	uint64_t epoch;
	uint64_t waits;    /* samples: completed by events or by timeout */
	uint64_t timeouts; /* of those, by timeout (with timeout 0: empty polls) */
	struct kqt_filter_tally filter[KQT_FILTERS];
	struct kqt_excluded excluded;
	uint64_t stale;     /* events of a source that had gone */
	uint64_t overflows; /* times the kernel dropped vnode reports */
	uint64_t stalls;    /* gaps between two waits above the limit */
	uint64_t stall_max_ns;
	uint64_t raw_lost; /* raw samples that found their ring full */
	uint64_t collections_done, collections_short;
	uint64_t collection_last_ns; /* duration of the last complete one; 0 = none */
	uint64_t bytes;              /* bytes that collections gave */
	uint64_t events_per_wait[KQT_EVENTS_PER_WAIT];
	uint64_t byte_counts[KQT_STREAMS][256];

	/* by wait: those with events, by filter those that returned it, timeouts.
	 * All waits = wake + timeout, not stored twice. */
	struct kqt_hist wait_wake, wait_timeout, wait_filter[KQT_FILTERS];
	struct kqt_hist notification[KQT_FILTERS];
	struct kqt_hist response[KQT_FILTERS];
};

/** dst += src; start of the earlier, end of the later. A zeroed dst is empty. */
void kqt_tally_merge(struct kqt_tally *dst, const struct kqt_tally *src);
/** The same for n of them, KQT_TALLY_TARGETS at most, all others than src. Cost: src, 1 MB
 * and more of memory that no cache holds, is read once. */
#define KQT_TALLY_TARGETS 4
void kqt_tally_merge_all(struct kqt_tally *const *dst, size_t n, const struct kqt_tally *src);
void kqt_tally_reset(struct kqt_tally *t);

/** Add to `out` the histogram of a kind: of one filter, or of all of them when
 * filter is KQT_FILTERS (a wake that returned two filters counts once). */
void kqt_tally_hist(const struct kqt_tally *t, enum kqt_latency kind, unsigned filter,
                    struct kqt_hist *out);

/** Reports of all filters. */
uint64_t kqt_tally_events(const struct kqt_tally *t);
/** It ends, and measured all the time since it began. */
static inline void kqt_tally_end(struct kqt_tally *t, uint64_t end_ns)
{
	t->end_ns = end_ns;
	t->measured_ns = end_ns > t->start_ns ? end_ns - t->start_ns : 0;
}
/** Seconds that it measured: what rates are of. Changes and stops are not in it. */
double kqt_tally_seconds(const struct kqt_tally *t);

#endif
