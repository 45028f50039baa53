/* SPDX-License-Identifier: MIT */
/* A snapshot as metrics, in the two text formats that scrapers read. Names:
 * interface.md, to the letter; docs/FLEET.md lists them. Base units (seconds,
 * bytes; entropy in bits a byte, unnamed, as the conventions know no bits); every counter covers the whole run, so that no reset of figures, epoch or
 * pause is seen in it. What is not known is absent, never 0: a filter that never had
 * stamps has no latency, a stream that nobody watches no assessment.
 *
 * Sources: OpenMetrics 1.0.0 (prometheus/OpenMetrics, specification/OpenMetrics.md);
 * Prometheus' text exposition format 0.0.4. */
#ifndef KQT_METRICS_METRICS_H
#define KQT_METRICS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"
#include "engine/collect/session.h"
#include "engine/entropy/watch.h"

enum kqt_metrics_format {
	KQT_METRICS_CLASSIC, /* text/plain; version=0.0.4 */
	KQT_METRICS_OPEN,    /* application/openmetrics-text; version=1.0.0 */
	KQT_METRICS_FORMATS
};
const char *kqt_metrics_content_type(enum kqt_metrics_format f);

/** Which of the two an Accept header asks for: OpenMetrics where 1.0.0 of it, or it
 * without a version, is wanted at least as much as plain text; else, and without a
 * header (NULL), the classic one. Any text is taken. Threads: any. */
enum kqt_metrics_format kqt_metrics_accept(const char *accept);

/** Room that always suffices, if no text of the configuration is longer than its field. */
#define KQT_METRICS_ROOM ((size_t)192 * 1024)

/** Bounds of the histograms' buckets: 2^k and 1.5 * 2^k ns from 64 ns to 2^30 ns (1.07 s),
 * edges of kqt_hist's own buckets, so that every count is exact. A bound is exclusive to
 * the nanosecond, which is the clock's unit: a value of just 64 ns is in the bucket above. */
#define KQT_METRICS_BOUNDS 49
uint64_t kqt_metrics_bound_ns(unsigned i);

/** What is not in a snapshot: facts of the process, and counts that a snapshot has only
 * since its epoch began, carried on over epochs. Main's; zeroed = nothing known. */
struct kqt_metrics {
	uint64_t clock_granularity_ns; /* 0 = unknown */
	uint64_t start_unix_ns;        /* when init was called; 0 = unknown */
	uint64_t cpu_ns;               /* of the process, so far */
	uint64_t resident_bytes;       /* 0 = unknown */
	/* Whose counters were told: they are told to the end, since a counter that goes away
	 * and comes back reads as one that was set back. Bits. */
	uint32_t stamped;      /* filters */
	uint32_t watched_ever; /* streams */
	/* of the watched stream, since it is watched */
	bool watched;
	uint64_t epoch; /* of the watch that was noted last */
	enum kqt_stream stream;
	uint64_t alarms[KQT_STREAMS][KQT_HEALTH_TESTS][KQT_HEALTH_ALPHAS];
	uint64_t last_alarms[KQT_HEALTH_TESTS][KQT_HEALTH_ALPHAS];
};

/** Measure the clock, note the time: about 1 ms. */
void kqt_metrics_init(struct kqt_metrics *m);

/** Take from a snapshot what has to be carried on, and what the process costs now. Call
 * for each snapshot that is rendered, in their order. Threads: main. */
void kqt_metrics_note(struct kqt_metrics *m, const struct kqt_snapshot *snap);

/** Render. A pure function of its arguments: twice the same gives the same bytes.
 * @snap  with interval and total; borrowed
 * @out   appended to
 * @return 0; -KQT_E_TOO_FEW when there are no figures yet; -ENOBUFS when it did not fit:
 * out is cut then and must not be shown.
 * Cost: about 0.3 ms. Threads: main (as kqt_entropy_figures). */
KQT_MUST_USE int kqt_metrics_render(const struct kqt_metrics *m, const struct kqt_snapshot *snap,
                                    enum kqt_metrics_format format, struct kqt_strbuf *out);

#endif
