/* SPDX-License-Identifier: MIT */
/* Two distributions against each other, from their histograms. */
#include <math.h>

#include "engine/report/stats.h"

/* Buckets [lo, end) in which either has something. Both histograms are zero outside
 * of what they recorded. */
static void span_of_both(const struct kqt_hist *a, const struct kqt_hist *b, unsigned *lo,
                         unsigned *end)
{
	*lo = kqt_hist_index(a->min_ns < b->min_ns ? a->min_ns : b->min_ns);
	*end = kqt_hist_index(a->max_ns > b->max_ns ? a->max_ns : b->max_ns) + 1;
}

double kqt_stats_cliff(const struct kqt_hist *a, const struct kqt_hist *b)
{
	unsigned lo, end;
	double delta = 0, below_a = 0, all_a = (double)a->count, all_b = (double)b->count;

	if (a->count == 0 || b->count == 0)
		return NAN;
	span_of_both(a, b, &lo, &end);
	for (unsigned i = lo; i < end; i++) {
		double here_a = (double)a->counts[i], here_b = (double)b->counts[i];

		/* of this bucket's b: those of a below less those above */
		delta += here_b / all_b * (below_a - (all_a - below_a - here_a)) / all_a;
		below_a += here_a;
	}
	return delta;
}

struct kqt_stats_ecdf_gap kqt_stats_ecdf(const struct kqt_hist *a, const struct kqt_hist *b)
{
	struct kqt_stats_ecdf_gap gap = {NAN, NAN, 0, 0};
	uint64_t below_a = 0, below_b = 0;
	unsigned lo, end;

	if (a->count == 0 || b->count == 0)
		return gap;
	gap.plus = gap.minus = 0;
	span_of_both(a, b, &lo, &end);
	for (unsigned i = lo; i < end; i++) {
		double d;

		below_a += a->counts[i];
		below_b += b->counts[i];
		d = (double)below_a / (double)a->count - (double)below_b / (double)b->count;
		if (d > gap.plus) {
			gap.plus = d;
			gap.plus_at_ns = kqt_hist_highest_of(i);
		} else if (-d > gap.minus) {
			gap.minus = -d;
			gap.minus_at_ns = kqt_hist_highest_of(i);
		}
	}
	return gap;
}

bool kqt_stats_crosses(const struct kqt_stats_ecdf_gap *gap)
{
	return gap->plus > KQT_STATS_CROSSING && gap->minus > KQT_STATS_CROSSING;
}
