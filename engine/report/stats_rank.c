/* SPDX-License-Identifier: MIT */
/* Exact rank intervals: the null distributions of U and V and the sorted shifts. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/report/stats.h"

/* A statistic of 0 .. top, symmetric about top / 2; only the lower half is kept. */
struct kqt_stats_null {
	uint64_t top;
	size_t len;   /* top / 2 + 1 */
	double cdf[]; /* [len]: P(statistic <= k) */
};

static struct kqt_stats_null *null_new(uint64_t top)
{
	size_t len = (size_t)(top / 2 + 1);
	struct kqt_stats_null *null = malloc(sizeof(*null) + len * sizeof(null->cdf[0]));

	if (!null)
		return NULL;
	null->top = top;
	null->len = len;
	null->cdf[0] = 1;
	for (size_t k = 1; k < len; k++)
		null->cdf[k] = 0;
	return null;
}

/* From numbers of arrangements to the distribution function. All arrangements: the
 * lower half counts twice, but a middle value once. */
static void accumulate(struct kqt_stats_null *null)
{
	double sum = 0, all = null->top % 2 == 0 ? -null->cdf[null->len - 1] : 0;

	for (size_t k = 0; k < null->len; k++) {
		sum += null->cdf[k];
		null->cdf[k] = sum;
	}
	all += 2 * sum;
	for (size_t k = 0; k < null->len; k++)
		null->cdf[k] /= all;
}

int kqt_stats_null_unpaired(size_t n, size_t m, struct kqt_stats_null **out)
{
	struct kqt_stats_null *null;
	size_t few = n < m ? n : m, many = n < m ? m : n;
	double *c;

	if (few < 1)
		return -KQT_E_TOO_FEW;
	if (many > KQT_STATS_ROUNDS_MAX)
		return -KQT_E_RANGE;
	null = null_new((uint64_t)n * m);
	if (!null)
		return -ENOMEM;
	c = null->cdf;
	/* one factor at a time, so that what stands there is always a count */
	for (size_t i = 1; i <= few; i++) {
		for (size_t k = null->len; k-- > many + i;)
			c[k] -= c[k - many - i];
		for (size_t k = i; k < null->len; k++)
			c[k] += c[k - i];
	}
	accumulate(null);
	*out = null;
	return 0;
}

int kqt_stats_null_paired(size_t n, struct kqt_stats_null **out)
{
	struct kqt_stats_null *null;

	if (n < 1)
		return -KQT_E_TOO_FEW;
	if (n > KQT_STATS_ROUNDS_MAX)
		return -KQT_E_RANGE;
	null = null_new((uint64_t)n * (n + 1) / 2);
	if (!null)
		return -ENOMEM;
	for (size_t i = 1; i <= n; i++)
		for (size_t k = null->len; k-- > i;)
			null->cdf[k] += null->cdf[k - i];
	accumulate(null);
	*out = null;
	return 0;
}

void kqt_stats_null_free(struct kqt_stats_null *null)
{
	free(null);
}

double kqt_stats_null_cdf(const struct kqt_stats_null *null, uint64_t k)
{
	if (k >= null->top)
		return 1;
	if (k < null->len)
		return null->cdf[k];
	return 1 - null->cdf[null->top - k - 1];
}

uint64_t kqt_stats_null_rank(const struct kqt_stats_null *null, double alpha)
{
	uint64_t k = 1;

	/* P(statistic <= top / 2) is at least a half: the loop ends inside */
	while (k < null->len && null->cdf[k] < alpha / 2)
		k++;
	return k;
}

/* -- shifts ------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool all_finite(const double *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(y[i]))
			return false;
	return true;
}

static int room_for(struct kqt_stats_shifts *s, size_t n)
{
	s->w = kqt_array_new(n, sizeof(s->w[0]));
	return s->w ? 0 : -ENOMEM;
}

int kqt_stats_shifts_unpaired(const double *a, size_t n, const double *b, size_t m,
                              struct kqt_stats_shifts *out)
{
	*out = (struct kqt_stats_shifts){0};
	if (n < 1 || m < 1)
		return -KQT_E_TOO_FEW;
	if (n > KQT_STATS_ROUNDS_MAX || m > KQT_STATS_ROUNDS_MAX || !all_finite(a, n) ||
	    !all_finite(b, m))
		return -KQT_E_RANGE;
	if (room_for(out, n * m) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			out->w[out->n++] = b[j] - a[i];
	qsort(out->w, out->n, sizeof(out->w[0]), by_value);
	return 0;
}

int kqt_stats_shifts_paired(const double *d, size_t n, struct kqt_stats_shifts *out)
{
	*out = (struct kqt_stats_shifts){0};
	if (n < 1)
		return -KQT_E_TOO_FEW;
	if (n > KQT_STATS_ROUNDS_MAX || !all_finite(d, n))
		return -KQT_E_RANGE;
	if (room_for(out, n * (n + 1) / 2) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			out->w[out->n++] = d[i] / 2 + d[j] / 2;
	qsort(out->w, out->n, sizeof(out->w[0]), by_value);
	return 0;
}

void kqt_stats_shifts_fini(struct kqt_stats_shifts *s)
{
	free(s->w);
	*s = (struct kqt_stats_shifts){0};
}

double kqt_stats_shift(const struct kqt_stats_shifts *s)
{
	size_t half = s->n / 2;

	return s->n % 2 ? s->w[half] : s->w[half - 1] / 2 + s->w[half] / 2;
}

struct kqt_stats_interval kqt_stats_interval(const struct kqt_stats_shifts *s,
                                             const struct kqt_stats_null *null, double alpha)
{
	uint64_t k = kqt_stats_null_rank(null, alpha);
	struct kqt_stats_interval out = {
	    .lo = s->w[k - 1],
	    .hi = s->w[s->n - k],
	    .covers = 1 - 2 * kqt_stats_null_cdf(null, k - 1),
	};

	return out;
}

/* How many shifts are at most (of the negated ones: at least) the bound. */
static uint64_t at_most(const struct kqt_stats_shifts *s, double bound)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->w[mid] <= bound)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static uint64_t at_least(const struct kqt_stats_shifts *s, double bound)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->w[mid] < bound)
			lo = mid + 1;
		else
			hi = mid;
	}
	return s->n - lo;
}

/* w_(k) > bound says that fewer than k shifts are at most the bound, and k is the
 * smallest with P(<= k) >= alpha / 2: so alpha is above 2 P(<= their number). */
double kqt_stats_p_outside(const struct kqt_stats_shifts *s, const struct kqt_stats_null *null,
                           double bound)
{
	uint64_t below = at_most(s, bound), above = at_least(s, -bound);
	double p = 2 * kqt_stats_null_cdf(null, below < above ? below : above);

	return p < 1 ? p : 1;
}
