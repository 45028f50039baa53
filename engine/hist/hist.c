/* SPDX-License-Identifier: MIT */
/* Everything that is not on the hot path. Each function walks only the span
 * between the buckets of the smallest and the largest value: the rest of the
 * 270 KB was never written, so it holds zeros and, in a fresh mapping, no memory. */
#include "engine/hist/hist.h"

#include <math.h>
#include <string.h>

/* Buckets [lo, end) that may hold counts. */
struct span {
	unsigned lo, end;
};

static struct span span_of(const struct kqt_hist *h)
{
	struct span s = {0, 0};

	if (h->count) {
		s.lo = kqt_hist_index(h->min_ns);
		s.end = kqt_hist_index(h->max_ns) + 1;
	}
	return s;
}

/* log2 of a bucket's width; the first two runs of 1024 have width 1. */
static unsigned width_log2(unsigned index)
{
	return index < 2 * KQT_HIST_SUB_HALF ? 0 : index / KQT_HIST_SUB_HALF - 1;
}

uint64_t kqt_hist_lowest_of(unsigned index)
{
	unsigned b = width_log2(index);

	return (uint64_t)(index - (b << (KQT_HIST_SUB_BITS - 1))) << b;
}

uint64_t kqt_hist_highest_of(unsigned index)
{
	return kqt_hist_lowest_of(index) + (UINT64_C(1) << width_log2(index)) - 1;
}

void kqt_hist_reset(struct kqt_hist *h)
{
	struct span s = span_of(h);

	memset(h->counts + s.lo, 0, (s.end - s.lo) * sizeof(h->counts[0]));
	h->count = h->sum_ns = h->min_ns = h->max_ns = h->above = 0;
}

#define LINE 8u /* counts looked at together */

static inline bool any_of_line(const uint64_t *c)
{
	return (c[0] | c[1] | c[2] | c[3] | c[4] | c[5] | c[6] | c[7]) != 0;
}

static inline void add_line(struct kqt_hist *const *dst, size_t n, const uint64_t *c, unsigned at,
                            unsigned len)
{
	for (size_t d = 0; d < n; d++)
		for (unsigned k = 0; k < len; k++)
			dst[d]->counts[at + k] += c[k];
}

/* Always inline: with n known to be 1 it takes 7 % fewer instructions. */
static KQT_ALWAYS_INLINE void merge_into(struct kqt_hist *const *dst, size_t n,
                                         const struct kqt_hist *src)
{
	struct span s = span_of(src);
	unsigned i = s.lo;

	if (src->count == 0)
		return;
	/* An interval's histogram is wide and nearly empty: looking first leaves dst's memory
	 * alone where there is nothing to add (measured: half the time). */
	for (; i + LINE <= s.end; i += LINE)
		if (any_of_line(src->counts + i))
			add_line(dst, n, src->counts + i, i, LINE);
	add_line(dst, n, src->counts + i, i, s.end - i);
	for (size_t d = 0; d < n; d++) {
		if (dst[d]->count == 0 || src->min_ns < dst[d]->min_ns)
			dst[d]->min_ns = src->min_ns;
		if (dst[d]->count == 0 || src->max_ns > dst[d]->max_ns)
			dst[d]->max_ns = src->max_ns;
		dst[d]->count += src->count;
		dst[d]->sum_ns += src->sum_ns;
		dst[d]->above += src->above;
	}
}

void kqt_hist_merge(struct kqt_hist *dst, const struct kqt_hist *src)
{
	merge_into(&dst, 1, src);
}

void kqt_hist_merge_all(struct kqt_hist *const *dst, size_t n, const struct kqt_hist *src)
{
	merge_into(dst, n, src);
}

/* Nearest rank, 1 .. count. One ulp is taken off q because decimal fractions
 * are not exact: 0.07 * 100 is 7.000000000000001 and would ask for the 8th
 * (HdrHistogram's getValueAtPercentile does the same). */
static uint64_t rank_of(const struct kqt_hist *h, double q)
{
	double n = (double)h->count, r = ceil(nextafter(q, 0) * n);

	if (r >= n)
		return h->count;
	return r < 1 ? 1 : (uint64_t)r;
}

void kqt_hist_quantiles(const struct kqt_hist *h, const double *q, size_t n, uint64_t *out)
{
	struct span s = span_of(h);
	unsigned i = s.lo;
	uint64_t below = h->count ? h->counts[i] : 0; /* values in buckets s.lo .. i */

	for (size_t k = 0; k < n; k++) {
		uint64_t rank, highest;

		if (h->count == 0 || !(q[k] > 0)) {
			out[k] = h->count ? h->min_ns : 0;
			continue;
		}
		rank = rank_of(h, q[k]);
		/* the last bucket says nothing of values above the range */
		if (q[k] >= 1 || rank > h->count - h->above) {
			out[k] = h->max_ns;
			continue;
		}
		while (below < rank && i + 1 < s.end)
			below += h->counts[++i];
		highest = kqt_hist_highest_of(i);
		out[k] = highest < h->max_ns ? highest : h->max_ns;
	}
}

uint64_t kqt_hist_quantile(const struct kqt_hist *h, double q)
{
	uint64_t out;

	kqt_hist_quantiles(h, &q, 1, &out);
	return out;
}

double kqt_hist_mean(const struct kqt_hist *h)
{
	return h->count ? (double)h->sum_ns / (double)h->count : 0;
}

/* First bucket whose lowest value is ns or above; KQT_HIST_LEN at most. */
static unsigned first_from(uint64_t ns)
{
	unsigned i = kqt_hist_index(ns);

	return kqt_hist_lowest_of(i) < ns ? i + 1 : i;
}

uint64_t kqt_hist_count_between(const struct kqt_hist *h, uint64_t lo_ns, uint64_t hi_ns)
{
	struct span s = span_of(h);
	unsigned lo = first_from(lo_ns), end = first_from(hi_ns);
	uint64_t n = 0;

	if (lo < s.lo)
		lo = s.lo;
	if (end > s.end)
		end = s.end;
	for (unsigned i = lo; i < end; i++)
		n += h->counts[i];
	return n;
}

double kqt_hist_ks(const struct kqt_hist *a, const struct kqt_hist *b, uint64_t *at_ns)
{
	struct span sa = span_of(a), sb = span_of(b);
	/* past the end of either its function is 1 and the difference only shrinks */
	unsigned lo = sa.lo < sb.lo ? sa.lo : sb.lo, end = sa.end < sb.end ? sa.end : sb.end;
	unsigned at = lo;
	uint64_t below_a = 0, below_b = 0;
	double worst = 0;

	if (a->count == 0 || b->count == 0)
		return NAN;
	for (unsigned i = lo; i < end; i++) {
		double d;

		below_a += i >= sa.lo ? a->counts[i] : 0;
		below_b += i >= sb.lo ? b->counts[i] : 0;
		d = fabs((double)below_a / (double)a->count - (double)below_b / (double)b->count);
		if (d > worst) {
			worst = d;
			at = i;
		}
	}
	if (at_ns)
		*at_ns = kqt_hist_highest_of(at);
	return worst;
}
