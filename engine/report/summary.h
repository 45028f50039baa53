/* SPDX-License-Identifier: MIT */
/* A report on one page: each figure is the median over the rounds of what the round
 * itself came to (values of several rounds are never pooled: rounds differ more than
 * their values do), except the largest, which is the largest of all, and counts, which
 * are sums. */
#ifndef KQT_REPORT_SUMMARY_H
#define KQT_REPORT_SUMMARY_H

#include "engine/report/json.h"
#include "engine/report/report.h"

/** p50, p90, p99, p99.9, in this order everywhere. */
#define KQT_SUMMARY_QUANTILES 4
extern const double kqt_summary_q[KQT_SUMMARY_QUANTILES];
extern const char *const kqt_summary_q_names[KQT_SUMMARY_QUANTILES]; /* "p50" .. "p999" */

struct kqt_summary_latency {
	uint64_t count;                       /* of all rounds */
	uint64_t q_ns[KQT_SUMMARY_QUANTILES]; /* KQT_UNKNOWN: no round has a value */
	uint64_t max_ns;                      /* KQT_UNKNOWN: no round has a value */
};

struct kqt_summary_row {
	uint64_t events, merged, missed; /* sums; KQT_UNKNOWN when a round does not know */
	double events_per_s;             /* NAN without rounds */
	struct kqt_summary_latency latency[KQT_LATENCIES];
};

struct kqt_summary {
	size_t rounds;
	double seconds; /* of all rounds, without warm-up */
	uint64_t waits, timeouts;
	double waits_per_s;
	struct kqt_summary_row row[KQT_FILTERS + 1]; /* the last: all filters */
	double assessed, mcv, shannon;               /* bits a byte; NAN: no round knows */
	size_t entropy_rounds;                       /* that know it */
	size_t saturated_rounds, unsteady_rounds;
	size_t raw_lost_rounds; /* that lost raw samples, as far as they know */
};

/** @side 0 or 1. Cost: about 1 ms a round. Threads: main (a scratch histogram). */
void kqt_summarise(const struct kqt_report *r, unsigned side, struct kqt_summary *out);

/** {"A":{..},"B":{..}|null}. */
void kqt_summary_write_json(struct kqt_json_out *out, const struct kqt_report *r);

/** Median of what is not NAN. @v [n], reordered. @return NAN when nothing is left. */
double kqt_median(double *v, size_t n);

#endif
