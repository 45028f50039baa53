/* SPDX-License-Identifier: MIT */
/* Latency histogram in HdrHistogram's bucket layout: log-linear, 3 significant
 * digits, lowest discernible value 1, highest trackable value 1 h in
 * nanoseconds. The layout is HdrHistogram's own (a bucket index here is the
 * index there), so logs made from it are read by its readers; beside the counts
 * stand the exact minimum, maximum, sum and count, which the layout loses.
 *
 * Layout: 2048 sub-buckets of width 1, then 31 times 1024 sub-buckets, each
 * time of twice the width (2048 = smallest power of two >= 2 * 10^3):
 *   index(v) = (b << 10) + (v >> b),  b = bits(v | 2047) - 11.
 * 33 * 1024 counts reach 2^42 - 1 ns, the first power of two above 1 h.
 *
 * Threads: none of its own; one thread at a time. */
#ifndef KQT_HIST_HIST_H
#define KQT_HIST_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"

#define KQT_HIST_SUB_BITS 11
#define KQT_HIST_SUB_HALF 1024
#define KQT_HIST_LEN (33 * KQT_HIST_SUB_HALF)
#define KQT_HIST_MAX_NS UINT64_C(3600000000000) /* 1 h */

/** About 270 KB. A zeroed struct is an empty histogram; nothing to free.
 * Only the part between the smallest and the largest value recorded is ever
 * touched, by any function here: empty decades cost neither memory nor time. */
struct kqt_hist {
	uint64_t count;  /* values recorded */
	uint64_t sum_ns; /* exact; of the values as given, not as clamped */
	uint64_t min_ns; /* exact; meaningless when count is 0 */
	uint64_t max_ns; /* exact, of the values as given */
	uint64_t above;  /* how many were above KQT_HIST_MAX_NS (clamped into the last bucket) */
	uint64_t counts[KQT_HIST_LEN];
};

/** Bucket of a value. Values above KQT_HIST_MAX_NS share its bucket. */
static inline unsigned kqt_hist_index(uint64_t ns)
{
	unsigned b;

	if (KQT_UNLIKELY(ns > KQT_HIST_MAX_NS))
		ns = KQT_HIST_MAX_NS;
	b = 63u - (unsigned)__builtin_clzll(ns | (2 * KQT_HIST_SUB_HALF - 1)) -
	    (KQT_HIST_SUB_BITS - 1);
	return (b << (KQT_HIST_SUB_BITS - 1)) + (unsigned)(ns >> b);
}

/** Smallest and largest value that a bucket stands for. index < KQT_HIST_LEN. */
uint64_t kqt_hist_lowest_of(unsigned index);
uint64_t kqt_hist_highest_of(unsigned index);

/** Record one value. Cost: at most 5 ns; no allocation, no branch on the data
 * but the clamp and the two extremes. */
static inline void kqt_hist_record(struct kqt_hist *h, uint64_t ns)
{
	if (KQT_UNLIKELY(ns > KQT_HIST_MAX_NS))
		h->above++;
	if (KQT_UNLIKELY(h->count == 0) || ns < h->min_ns)
		h->min_ns = ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
	h->count++;
	h->sum_ns += ns;
	h->counts[kqt_hist_index(ns)]++;
}

/** Empty it again. Cost: the touched part only. */
void kqt_hist_reset(struct kqt_hist *h);

/** dst += src, exact in every field. */
void kqt_hist_merge(struct kqt_hist *dst, const struct kqt_hist *src);
/** The same for n of them, all others than src. Cost: src is read once. */
void kqt_hist_merge_all(struct kqt_hist *const *dst, size_t n, const struct kqt_hist *src);

/** Value at a quantile by nearest rank: the value v such that at least
 * ceil(q * count) of the values are <= v, as the highest value of its bucket
 * but never outside [min_ns, max_ns]. A value above KQT_HIST_MAX_NS counts as
 * max_ns: its bucket would show less than was measured.
 * @q  0 .. 1; 0 gives min_ns, 1 gives max_ns exactly. One ulp is taken off, so
 *     that 0.07 of 100 values is the 7th although 0.07 * 100 > 7 in doubles.
 *     Below 0 and NaN read as 0, above 1 as 1.
 * @return nanoseconds; 0 when the histogram is empty (ask count first). */
uint64_t kqt_hist_quantile(const struct kqt_hist *h, double q);

/** Several quantiles in one pass. @q [n] ascending, @out [n]. */
void kqt_hist_quantiles(const struct kqt_hist *h, const double *q, size_t n, uint64_t *out);

/** Mean, exact sum over count; 0 when empty. */
double kqt_hist_mean(const struct kqt_hist *h);

/** How many values lie in buckets whose lowest value is in [lo_ns, hi_ns). For
 * drawing and for metrics: exact when both edges are bucket edges, as are all
 * integers up to 2048 and all 2^k and 1.5 * 2^k below KQT_HIST_MAX_NS. Values
 * above that count in its bucket; hi_ns = UINT64_MAX includes them. */
uint64_t kqt_hist_count_between(const struct kqt_hist *h, uint64_t lo_ns, uint64_t hi_ns);

/** Largest absolute difference of the two empirical distribution functions
 * (Kolmogorov-Smirnov D), at bucket resolution, and where it is reached.
 * @at_ns  the highest value of the first bucket where it is reached, the lowest
 *         one in use when there is no difference; untouched on NaN; may be NULL
 * @return 0 .. 1, or NaN when either is empty. */
double kqt_hist_ks(const struct kqt_hist *a, const struct kqt_hist *b, uint64_t *at_ns);

#endif
