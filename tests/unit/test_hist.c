/* SPDX-License-Identifier: MIT */
/* The histogram against HdrHistogram's layout written out slowly, against the
 * figures HdrHistogram's own tests publish, and against sorted arrays. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/hist/hist.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define N_MAX 5000u

/* Two or three histograms of 270 KB and a data set: kept off the stack. */
static struct kqt_hist ha, hb, hc;
static uint64_t va[N_MAX], vb[N_MAX];

static int empty_all(void **state)
{
	(void)state;
	memset(&ha, 0, sizeof(ha));
	memset(&hb, 0, sizeof(hb));
	memset(&hc, 0, sizeof(hc));
	return 0;
}

static uint64_t next_random(uint64_t *s)
{
	uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64, public domain */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Values from 0 to above 1 h, each binary magnitude about as often. */
static uint64_t next_latency(uint64_t *s)
{
	uint64_t bits = next_random(s) % 42;

	return next_random(s) & ((UINT64_C(2) << bits) - 1);
}

/* HdrHistogram's layout as its documentation tells it: buckets of 2048
 * sub-buckets, each bucket's of twice the width of the one before; of every
 * bucket but the first only the upper half is kept. */
static unsigned slow_index(uint64_t v)
{
	unsigned bucket = 0;

	if (v > UINT64_C(3600000000000))
		v = UINT64_C(3600000000000);
	while (v >= 2048) {
		v /= 2;
		bucket++;
	}
	if (bucket == 0)
		return (unsigned)v;
	return 2048 + (bucket - 1) * 1024 + ((unsigned)v - 1024);
}

/* --- layout --- */

static void length_is_that_of_hdrhistogram_for_one_hour(void **state)
{
	uint64_t reach = 2048;
	unsigned buckets = 1;

	(void)state;
	/* its rule: double from 2048 until above the highest trackable value */
	while (reach <= UINT64_C(3600000000000)) {
		reach *= 2;
		buckets++;
	}
	assert_int_equal(buckets, 32);
	assert_int_equal(KQT_HIST_LEN, (buckets + 1) * 1024);
	assert_int_equal(LEN(ha.counts), 33792);
	assert_int_equal(kqt_hist_highest_of(KQT_HIST_LEN - 1), reach - 1);
}

static void index_is_that_of_hdrhistogram_at_every_boundary(void **state)
{
	(void)state;
	for (uint64_t width = 1; width < UINT64_C(1) << 31; width *= 2) {
		for (uint64_t sub = width == 1 ? 0 : 1024; sub < 2048; sub++) {
			uint64_t lowest = sub * width, highest = lowest + width - 1;

			assert_int_equal(kqt_hist_index(lowest), slow_index(lowest));
			assert_int_equal(kqt_hist_index(highest), slow_index(highest));
			assert_int_equal(kqt_hist_index(highest + 1), slow_index(lowest) + 1);
		}
	}
}

static void index_is_that_of_hdrhistogram_for_random_values(void **state)
{
	uint64_t s = 1;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint64_t v = next_latency(&s);

		assert_int_equal(kqt_hist_index(v), slow_index(v));
	}
}

static void equivalent_values_are_those_hdrhistogram_publishes(void **state)
{
	/* HistogramTest.java: testLowestEquivalentValue, testHighestEquivalentValue */
	static const uint64_t lowest[][2] = {{10007, 10000}, {10009, 10008}};
	static const uint64_t highest[][2] = {{8180, 8183}, {8191, 8191},   {8193, 8199},
	                                      {9995, 9999}, {10007, 10007}, {10008, 10015}};

	(void)state;
	for (size_t i = 0; i < LEN(lowest); i++)
		assert_int_equal(kqt_hist_lowest_of(kqt_hist_index(lowest[i][0])), lowest[i][1]);
	for (size_t i = 0; i < LEN(highest); i++)
		assert_int_equal(kqt_hist_highest_of(kqt_hist_index(highest[i][0])), highest[i][1]);
}

static void buckets_tile_the_range_without_gap_or_overlap(void **state)
{
	(void)state;
	assert_int_equal(kqt_hist_lowest_of(0), 0);
	for (unsigned i = 0; i < KQT_HIST_LEN; i++) {
		uint64_t lo = kqt_hist_lowest_of(i), hi = kqt_hist_highest_of(i);

		assert_true(lo <= hi);
		/* 3 digits: a bucket is at most 1/1024 of its values wide */
		assert_true((hi - lo) * 1024 <= lo);
		if (i + 1 < KQT_HIST_LEN)
			assert_int_equal(kqt_hist_lowest_of(i + 1), hi + 1);
		if (hi <= KQT_HIST_MAX_NS) {
			assert_int_equal(kqt_hist_index(lo), i);
			assert_int_equal(kqt_hist_index(hi), i);
		}
	}
}

static void index_above_one_hour_is_that_of_one_hour(void **state)
{
	unsigned top = slow_index(UINT64_C(3600000000000));

	(void)state;
	assert_int_equal(kqt_hist_index(KQT_HIST_MAX_NS), top);
	assert_int_equal(kqt_hist_index(KQT_HIST_MAX_NS + 1), top);
	assert_int_equal(kqt_hist_index(UINT64_C(1) << 43), top);
	assert_int_equal(kqt_hist_index(UINT64_MAX), top);
}

/* --- record, reset, merge --- */

static void record_keeps_count_sum_and_extremes_exactly(void **state)
{
	uint64_t s = 2, sum = 0, min = UINT64_MAX, max = 0, above = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t v = next_latency(&s);

		kqt_hist_record(&ha, v);
		hb.counts[slow_index(v)]++;
		sum += v;
		min = v < min ? v : min;
		max = v > max ? v : max;
		above += v > UINT64_C(3600000000000);
		assert_int_equal(ha.min_ns, min);
		assert_int_equal(ha.max_ns, max);
	}
	assert_int_equal(ha.count, 20000);
	assert_int_equal(ha.sum_ns, sum);
	assert_int_equal(ha.above, above);
	assert_true(above > 0);
	assert_memory_equal(ha.counts, hb.counts, sizeof(ha.counts));
	assert_true(kqt_hist_mean(&ha) == (double)sum / 20000);
}

static void record_of_a_zero_is_a_minimum(void **state)
{
	(void)state;
	kqt_hist_record(&ha, 5);
	assert_int_equal(ha.min_ns, 5);
	kqt_hist_record(&ha, 0);
	assert_int_equal(ha.min_ns, 0);
	kqt_hist_record(&ha, 7);
	assert_int_equal(ha.min_ns, 0);
	assert_int_equal(ha.max_ns, 7);
}

static void reset_leaves_nothing_of_what_was_recorded(void **state)
{
	uint64_t s = 3;

	(void)state;
	kqt_hist_reset(&ha);
	assert_memory_equal(&ha, &hb, sizeof(ha));
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 1 + round; i++)
			kqt_hist_record(&ha, next_latency(&s));
		kqt_hist_reset(&ha);
		assert_memory_equal(&ha, &hb, sizeof(ha));
	}
	kqt_hist_record(&ha, 0);
	kqt_hist_record(&ha, UINT64_MAX);
	kqt_hist_reset(&ha);
	assert_memory_equal(&ha, &hb, sizeof(ha));
}

static void functions_touch_only_the_recorded_span(void **state)
{
	const unsigned below = kqt_hist_index(99), beyond = kqt_hist_index(1000000) + 1;

	(void)state;
	kqt_hist_record(&ha, 100);
	kqt_hist_record(&ha, 1000000);
	kqt_hist_record(&hb, 50);
	kqt_hist_record(&hb, 500);
	/* counts that cannot be there: whoever looks there, finds them */
	ha.counts[below] = ha.counts[beyond] = ha.counts[KQT_HIST_LEN - 1] = 1000;
	hb.counts[kqt_hist_index(600)] = 1000;
	assert_int_equal(kqt_hist_quantile(&ha, 0.5), 100);
	assert_int_equal(kqt_hist_quantile(&ha, 0.9), 1000000);
	assert_int_equal(kqt_hist_count_between(&ha, 0, UINT64_MAX), 2);
	assert_true(kqt_hist_ks(&ha, &hb, NULL) == 0.5);
	assert_true(kqt_hist_ks(&hb, &ha, NULL) == 0.5);
	kqt_hist_merge(&hb, &ha);
	assert_int_equal(hb.counts[below], 0);
	assert_int_equal(hb.counts[beyond], 0);
	kqt_hist_reset(&ha);
	assert_int_equal(ha.counts[below], 1000);
	assert_int_equal(ha.counts[beyond], 1000);
	assert_int_equal(ha.counts[kqt_hist_index(100)], 0);
	assert_int_equal(ha.counts[kqt_hist_index(1000000)], 0);
}

static void merge_equals_recording_both(void **state)
{
	uint64_t s = 4;

	(void)state;
	for (int round = 0; round < 20; round++) {
		empty_all(state);
		for (int i = 0; i < 300; i++) {
			/* narrow sets at changing places: spans apart, inside, across */
			uint64_t v = next_latency(&s) >> (round % 5 * 4);
			struct kqt_hist *h = next_random(&s) % 3 ? &ha : &hb;

			if (h == &hb)
				v = v / 7 + 3;
			kqt_hist_record(h, v);
			kqt_hist_record(&hc, v);
		}
		if (round % 4 == 0) {
			kqt_hist_record(&hb, 2 * KQT_HIST_MAX_NS);
			kqt_hist_record(&hc, 2 * KQT_HIST_MAX_NS);
		}
		kqt_hist_merge(&ha, &hb);
		assert_memory_equal(&ha, &hc, sizeof(ha));
	}
}

static void merge_with_an_empty_one_changes_nothing(void **state)
{
	(void)state;
	kqt_hist_record(&ha, 1000);
	kqt_hist_record(&ha, 2000);
	hc = ha;
	kqt_hist_merge(&ha, &hb);
	assert_memory_equal(&ha, &hc, sizeof(ha));
	kqt_hist_merge(&hb, &ha);
	assert_memory_equal(&hb, &hc, sizeof(hb));
}

/* --- quantiles --- */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Nearest rank of a fraction, in integers: ceil(num * n / den), at least 1. */
static uint64_t nearest_rank(const uint64_t *sorted, size_t n, size_t num, size_t den)
{
	size_t rank = (num * n + den - 1) / den;

	return sorted[rank ? rank - 1 : 0];
}

static void check_quantiles(const uint64_t *sorted, size_t n)
{
	static const struct {
		double q;
		size_t num, den;
	} qs[] = {
	    {0.001, 1, 1000}, {0.01, 1, 100},  {0.07, 7, 100},     {0.1, 1, 10},
	    {0.25, 1, 4},     {0.29, 29, 100}, {0.5, 1, 2},        {0.75, 3, 4},
	    {0.9, 9, 10},     {0.99, 99, 100}, {0.999, 999, 1000}, {0.9999, 9999, 10000},
	};

	for (size_t i = 0; i < LEN(qs); i++) {
		uint64_t want = nearest_rank(sorted, n, qs[i].num, qs[i].den);
		uint64_t got = kqt_hist_quantile(&ha, qs[i].q);

		if (want > KQT_HIST_MAX_NS) {
			assert_int_equal(got, sorted[n - 1]);
			continue;
		}
		/* its own bucket's end: above by less than the bucket's width */
		assert_int_equal(slow_index(got), slow_index(want));
		assert_true(got >= want);
		assert_true(got <= sorted[n - 1]);
		if (want < 2048)
			assert_int_equal(got, want);
	}
	assert_int_equal(kqt_hist_quantile(&ha, 0), sorted[0]);
	assert_int_equal(kqt_hist_quantile(&ha, 1), sorted[n - 1]);
}

static void quantile_is_the_nearest_rank_of_the_sorted_values(void **state)
{
	uint64_t s = 5;

	for (int round = 0; round < 200; round++) {
		size_t n = 1 + next_random(&s) % (round % 2 ? 30u : N_MAX);
		/* from all magnitudes at once to one decade, some constant */
		uint64_t base = next_latency(&s);
		int spread = round % 4;

		empty_all(state);
		for (size_t i = 0; i < n; i++) {
			if (spread == 0)
				va[i] = next_latency(&s);
			else if (spread == 1)
				va[i] = base + next_random(&s) % (base + 1);
			else
				va[i] = base + next_random(&s) % (spread == 2 ? 50u : 1u);
			kqt_hist_record(&ha, va[i]);
		}
		qsort(va, n, sizeof(va[0]), by_value);
		check_quantiles(va, n);
	}
}

static void quantile_of_a_decimal_fraction_is_not_one_rank_too_high(void **state)
{
	(void)state;
	for (uint64_t v = 1; v <= 100; v++)
		kqt_hist_record(&ha, v);
	assert_true(0.07 * 100 > 7); /* the trap */
	for (int k = 1; k <= 100; k++)
		assert_int_equal(kqt_hist_quantile(&ha, k / 100.0), k);
	for (uint64_t v = 101; v <= 1000; v++)
		kqt_hist_record(&ha, v);
	for (int k = 1; k <= 1000; k++)
		assert_int_equal(kqt_hist_quantile(&ha, k / 1000.0), k);
	assert_int_equal(kqt_hist_quantile(&ha, 0.0005), 1);
	assert_int_equal(kqt_hist_quantile(&ha, 0.50001), 501);
}

static void quantile_never_leaves_the_extremes(void **state)
{
	(void)state;
	/* both in the bucket 1000448 .. 1000959 or so, wider than their distance */
	kqt_hist_record(&ha, 1000500);
	kqt_hist_record(&ha, 1000501);
	assert_int_equal(kqt_hist_index(1000500), kqt_hist_index(1000501));
	assert_int_equal(kqt_hist_quantile(&ha, 0), 1000500);
	assert_int_equal(kqt_hist_quantile(&ha, 0.5), 1000501);
	assert_int_equal(kqt_hist_quantile(&ha, 0.99), 1000501);
	assert_int_equal(kqt_hist_quantile(&ha, 1), 1000501);
}

static void quantile_outside_0_to_1_is_an_extreme(void **state)
{
	(void)state;
	kqt_hist_record(&ha, 10);
	kqt_hist_record(&ha, 20);
	assert_int_equal(kqt_hist_quantile(&ha, -1), 10);
	assert_int_equal(kqt_hist_quantile(&ha, (double)NAN), 10);
	assert_int_equal(kqt_hist_quantile(&ha, 2), 20);
}

static void quantile_of_nothing_is_zero(void **state)
{
	(void)state;
	ha.min_ns = 77; /* meaningless when empty, and not to be shown */
	assert_int_equal(kqt_hist_quantile(&ha, 0), 0);
	assert_int_equal(kqt_hist_quantile(&ha, 0.5), 0);
	assert_int_equal(kqt_hist_quantile(&ha, 1), 0);
	assert_true(kqt_hist_mean(&ha) == 0);
}

static void quantile_above_one_hour_is_the_maximum_not_one_hour(void **state)
{
	const uint64_t hour = UINT64_C(3600000000000);

	(void)state;
	kqt_hist_record(&ha, 1000);
	kqt_hist_record(&ha, hour);
	kqt_hist_record(&ha, 2 * hour);
	kqt_hist_record(&ha, 5 * hour);
	assert_int_equal(ha.above, 2);
	assert_int_equal(ha.sum_ns, 8 * hour + 1000);
	assert_int_equal(kqt_hist_quantile(&ha, 0.25), 1000);
	assert_int_equal(kqt_hist_index(kqt_hist_quantile(&ha, 0.5)), kqt_hist_index(hour));
	assert_int_equal(kqt_hist_quantile(&ha, 0.75), 5 * hour);
	assert_int_equal(kqt_hist_quantile(&ha, 1), 5 * hour);
	kqt_hist_reset(&ha);
	kqt_hist_record(&ha, 1000);
	kqt_hist_record(&ha, 2 * hour);
	assert_int_equal(kqt_hist_quantile(&ha, 0.5), 1000); /* the last of those in range */
	assert_int_equal(kqt_hist_quantile(&ha, 0.51), 2 * hour);
	kqt_hist_reset(&ha);
	kqt_hist_record(&ha, 2 * hour);
	kqt_hist_record(&ha, 3 * hour);
	assert_int_equal(kqt_hist_quantile(&ha, 0), 2 * hour);
	assert_int_equal(kqt_hist_quantile(&ha, 0.01), 3 * hour);
}

static void quantiles_in_one_pass_are_the_single_ones(void **state)
{
	static const double q[] = {0, 0, 0.01, 0.01, 0.1, 0.5, 0.5, 0.9, 0.99, 0.999, 1, 1};
	uint64_t s = 6, out[LEN(q)];

	for (int round = 0; round < 50; round++) {
		size_t n = round == 0 ? 0 : next_random(&s) % 200;

		empty_all(state);
		for (size_t i = 0; i < n; i++)
			kqt_hist_record(&ha, next_latency(&s));
		kqt_hist_quantiles(&ha, q, LEN(q), out);
		for (size_t i = 0; i < LEN(q); i++)
			assert_int_equal(out[i], kqt_hist_quantile(&ha, q[i]));
	}
}

/* --- count_between --- */

static void count_between_is_exact_on_bucket_edges(void **state)
{
	uint64_t s = 7, edges[84];
	size_t n_edges = 0;

	(void)state;
	edges[n_edges++] = 0;
	for (int k = 1; k < 41; k++) {
		edges[n_edges++] = UINT64_C(1) << k;
		edges[n_edges++] = UINT64_C(3) << (k - 1); /* 1.5 * 2^k: the metrics' bounds */
	}
	for (size_t i = 0; i < N_MAX; i++) {
		va[i] = next_latency(&s);
		kqt_hist_record(&ha, va[i]);
	}
	for (size_t e = 0; e < n_edges; e++) {
		for (size_t f = 0; f < n_edges; f += 3) {
			uint64_t n = 0;

			for (size_t i = 0; i < N_MAX; i++)
				n += va[i] >= edges[e] && va[i] < edges[f];
			assert_int_equal(kqt_hist_count_between(&ha, edges[e], edges[f]), n);
		}
	}
}

static void count_between_goes_by_the_lowest_value_of_a_bucket(void **state)
{
	(void)state;
	kqt_hist_record(&ha, 10005); /* in 10000 .. 10007 */
	assert_int_equal(kqt_hist_count_between(&ha, 10000, 10001), 1);
	assert_int_equal(kqt_hist_count_between(&ha, 10001, 20000), 0);
	assert_int_equal(kqt_hist_count_between(&ha, 0, 10000), 0);
	assert_int_equal(kqt_hist_count_between(&ha, 0, 10001), 1);
}

static void count_between_of_adjoining_parts_adds_up_to_all(void **state)
{
	uint64_t s = 8, edge = 0, n = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		kqt_hist_record(&ha, next_latency(&s));
	while (edge < UINT64_C(1) << 43) {
		uint64_t next = edge + 1 + edge / 3;

		n += kqt_hist_count_between(&ha, edge, next);
		edge = next;
	}
	assert_int_equal(n, 1000);
	assert_int_equal(kqt_hist_count_between(&ha, 0, UINT64_MAX), 1000);
	assert_int_equal(kqt_hist_count_between(&ha, 5, 5), 0);
	assert_int_equal(kqt_hist_count_between(&ha, 500, 5), 0);
	assert_int_equal(kqt_hist_count_between(&hb, 0, UINT64_MAX), 0);
}

/* --- Kolmogorov-Smirnov --- */

/* By definition, at every value of either set, by counting. */
static double slow_ks(size_t na, size_t nb)
{
	double worst = 0;

	for (size_t i = 0; i < na + nb; i++) {
		unsigned x = slow_index(i < na ? va[i] : vb[i - na]);
		size_t below_a = 0, below_b = 0;

		for (size_t k = 0; k < na; k++)
			below_a += slow_index(va[k]) <= x;
		for (size_t k = 0; k < nb; k++)
			below_b += slow_index(vb[k]) <= x;
		worst = fmax(worst,
		             fabs((double)below_a / (double)na - (double)below_b / (double)nb));
	}
	return worst;
}

/* Difference of the distribution functions at a value, from the values. */
static double slow_difference(size_t na, size_t nb, uint64_t at)
{
	size_t below_a = 0, below_b = 0;

	for (size_t k = 0; k < na; k++)
		below_a += slow_index(va[k]) <= slow_index(at);
	for (size_t k = 0; k < nb; k++)
		below_b += slow_index(vb[k]) <= slow_index(at);
	return fabs((double)below_a / (double)na - (double)below_b / (double)nb);
}

static void ks_agrees_with_counting_by_definition(void **state)
{
	uint64_t s = 9;

	for (int round = 0; round < 100; round++) {
		size_t na = 1 + next_random(&s) % 120, nb = 1 + next_random(&s) % 120;
		uint64_t at = 0;
		double d;

		empty_all(state);
		for (size_t i = 0; i < na; i++)
			kqt_hist_record(&ha, va[i] = round % 2 ? next_latency(&s)
			                                       : next_random(&s) % 300);
		for (size_t i = 0; i < nb; i++)
			kqt_hist_record(&hb, vb[i] = round % 2 ? next_latency(&s) >> round % 9
			                                       : 50 + next_random(&s) % 200);
		d = kqt_hist_ks(&ha, &hb, &at);
		/* the same quotients of integers: equal, not just near */
		assert_true(d == slow_ks(na, nb));
		assert_true(d == slow_difference(na, nb, at));
		assert_true(d == kqt_hist_ks(&hb, &ha, NULL));
	}
}

static void ks_of_a_hand_computed_pair(void **state)
{
	uint64_t at = 0;

	(void)state;
	/* F_a at 1, 2, 3, ...: .25 .5 .75 1; F_b: 0 0 .25 .5 .75 1; D = .5 from 2 on */
	for (uint64_t v = 1; v <= 4; v++) {
		kqt_hist_record(&ha, v);
		kqt_hist_record(&hb, v + 2);
	}
	assert_true(kqt_hist_ks(&ha, &hb, &at) == 0.5);
	assert_int_equal(at, 2);
}

static void ks_is_0_for_equal_and_1_for_disjoint_sets(void **state)
{
	uint64_t at = 0;

	(void)state;
	kqt_hist_record(&ha, 100);
	kqt_hist_record(&ha, 200);
	kqt_hist_record(&hb, 5000);
	assert_true(kqt_hist_ks(&ha, &ha, &at) == 0);
	assert_int_equal(at, 100);
	assert_true(kqt_hist_ks(&ha, &hb, &at) == 1);
	assert_int_equal(at, 200);
}

static void ks_with_nothing_is_nan(void **state)
{
	(void)state;
	kqt_hist_record(&ha, 100);
	assert_true(isnan(kqt_hist_ks(&ha, &hb, NULL)));
	assert_true(isnan(kqt_hist_ks(&hb, &ha, NULL)));
	assert_true(isnan(kqt_hist_ks(&hb, &hb, NULL)));
}

#define TEST(f) cmocka_unit_test_setup(f, empty_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(length_is_that_of_hdrhistogram_for_one_hour),
	    TEST(index_is_that_of_hdrhistogram_at_every_boundary),
	    TEST(index_is_that_of_hdrhistogram_for_random_values),
	    TEST(equivalent_values_are_those_hdrhistogram_publishes),
	    TEST(buckets_tile_the_range_without_gap_or_overlap),
	    TEST(index_above_one_hour_is_that_of_one_hour),
	    TEST(record_keeps_count_sum_and_extremes_exactly),
	    TEST(record_of_a_zero_is_a_minimum),
	    TEST(reset_leaves_nothing_of_what_was_recorded),
	    TEST(functions_touch_only_the_recorded_span),
	    TEST(merge_equals_recording_both),
	    TEST(merge_with_an_empty_one_changes_nothing),
	    TEST(quantile_is_the_nearest_rank_of_the_sorted_values),
	    TEST(quantile_of_a_decimal_fraction_is_not_one_rank_too_high),
	    TEST(quantile_never_leaves_the_extremes),
	    TEST(quantile_outside_0_to_1_is_an_extreme),
	    TEST(quantile_of_nothing_is_zero),
	    TEST(quantile_above_one_hour_is_the_maximum_not_one_hour),
	    TEST(quantiles_in_one_pass_are_the_single_ones),
	    TEST(count_between_is_exact_on_bucket_edges),
	    TEST(count_between_goes_by_the_lowest_value_of_a_bucket),
	    TEST(count_between_of_adjoining_parts_adds_up_to_all),
	    TEST(ks_agrees_with_counting_by_definition),
	    TEST(ks_of_a_hand_computed_pair),
	    TEST(ks_is_0_for_equal_and_1_for_disjoint_sets),
	    TEST(ks_with_nothing_is_nan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
