/* SPDX-License-Identifier: MIT */
/* What the rounds of one run say about that run: its noise, drift, warm-up. */
#include <errno.h>
#include <math.h>

#include "engine/base/err.h"
#include "engine/report/stats.h"

#define DRIFT_ALPHA 0.01 /* a flag beside every row: rare when nothing drifts */
#define WARMUP_LEAST 10
#define WARMUP_REST 5 /* of fewer the standard error is small by chance */

/* Shift and interval of b against a. */
static int compare(const double *a, size_t n, const double *b, size_t m, double alpha,
                   double *shift, struct kqt_stats_interval *interval)
{
	struct kqt_stats_null *null = NULL;
	struct kqt_stats_shifts s;
	int rc;

	if (n < KQT_STATS_ROUNDS_PART || m < KQT_STATS_ROUNDS_PART)
		return -KQT_E_TOO_FEW;
	rc = kqt_stats_shifts_unpaired(a, n, b, m, &s);
	if (rc < 0)
		return rc;
	rc = kqt_stats_null_unpaired(n, m, &null);
	if (rc == 0) {
		*shift = kqt_stats_shift(&s);
		*interval = kqt_stats_interval(&s, null, alpha);
	}
	kqt_stats_null_free(null);
	kqt_stats_shifts_fini(&s);
	return rc;
}

int kqt_stats_floor(const double *y, size_t n, double *floor)
{
	double parts[2][KQT_STATS_ROUNDS_MAX], shift;
	struct kqt_stats_interval interval;
	size_t len[2] = {0, 0};
	int rc;

	if (n > 2 * (size_t)KQT_STATS_ROUNDS_MAX)
		return -KQT_E_RANGE;
	for (size_t i = 0; i < n; i++)
		if (!isnan(y[i]))
			parts[i % 2][len[i % 2]++] = y[i];
	rc = compare(parts[0], len[0], parts[1], len[1], KQT_STATS_ALPHA, &shift, &interval);
	if (rc == 0)
		*floor = fmax(fabs(interval.lo), fabs(interval.hi));
	return rc;
}

int kqt_stats_drift(const double *y, size_t n, double *shift)
{
	double all[2 * KQT_STATS_ROUNDS_MAX], second_minus_first;
	struct kqt_stats_interval interval;
	size_t len = 0;
	int rc;

	if (n > 2 * (size_t)KQT_STATS_ROUNDS_MAX)
		return -KQT_E_RANGE;
	for (size_t i = 0; i < n; i++)
		if (!isnan(y[i]))
			all[len++] = y[i];
	rc = compare(all, len / 2, all + len / 2, len - len / 2, DRIFT_ALPHA, &second_minus_first,
	             &interval);
	if (rc < 0)
		return rc;
	if (shift)
		*shift = second_minus_first;
	return interval.lo > 0 || interval.hi < 0;
}

/* From the end, so that each d needs one step: mean and sum of squares of the last
 * values, as Welford updates them. */
long kqt_stats_warmup(const double *y, size_t n)
{
	double mean = 0, squares = 0, least = INFINITY;
	size_t best = 0;

	if (n < WARMUP_LEAST)
		return -KQT_E_TOO_FEW;
	for (size_t i = 0; i < n; i++)
		if (!isfinite(y[i]))
			return -KQT_E_RANGE;
	for (size_t d = n; d-- > 0;) {
		double count = (double)(n - d), off = y[d] - mean, error;

		mean += off / count;
		squares += off * (y[d] - mean);
		error = squares / (count * count);
		if (n - d >= WARMUP_REST && error <= least) {
			least = error;
			best = d;
		}
	}
	return (long)best;
}
