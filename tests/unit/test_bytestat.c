/* SPDX-License-Identifier: MIT */
/* Byte statistics by hand and by the standard's example; their references on
 * perfect data against the exact multinomial law, a seeded simulation and the
 * figures of the shared design. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/entropy/bytestat.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Rounding of a few hundred double operations on values up to 8. */
#define ROUNDING 1e-12

#define assert_near(got, want, tol) assert_near_at(got, want, tol, __LINE__)
static void assert_near_at(double got, double want, double tol, int line)
{
	if (fabs(got - want) <= tol)
		return;
	fail_msg("line %d: got %.12g, want %.12g within %g", line, got, want, tol);
}

/* --- the figures --- */

static void shannon_by_hand(void **state)
{
	uint64_t c[256] = {0};

	(void)state;
	c[7] = 10;
	assert_true(kqt_shannon_bits(c) == 0); /* one symbol only */
	assert_false(signbit(kqt_shannon_bits(c)));
	c[255] = 10;
	assert_near(kqt_shannon_bits(c), 1, ROUNDING); /* 1/2, 1/2 */
	c[0] = 20;
	assert_near(kqt_shannon_bits(c), 1.5, ROUNDING); /* 1/4, 1/4, 1/2 */
	c[1] = 40;
	assert_near(kqt_shannon_bits(c), 1.75, ROUNDING); /* 1/8, 1/8, 1/4, 1/2 */
}

static void shannon_of_equal_counts_is_8(void **state)
{
	uint64_t c[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		c[i] = 3;
	assert_near(kqt_shannon_bits(c), 8, ROUNDING);
	assert_true(kqt_shannon_bits(c) <= 8);
	for (int i = 0; i < 256; i++)
		c[i] = UINT64_C(5594080868) + (i < 2); /* the plain sum is 2e-14 above 8 */
	assert_true(kqt_shannon_bits(c) <= 8);
	assert_near(kqt_shannon_bits(c), 8, ROUNDING);
}

static void shannon_of_nothing_is_nan(void **state)
{
	uint64_t c[256] = {0};

	(void)state;
	assert_true(isnan(kqt_shannon_bits(c)));
	c[3] = 1;
	assert_true(kqt_shannon_bits(c) == 0);
}

static void mcv_of_the_standards_example(void **state)
{
	/* SP 800-90B 6.3.1: 20 symbols, 8 of them the most common, prints 0.5363.
	 * It rounds z to 2.576; the full quantile gives 0.53638: hence 1e-4. */
	uint64_t c[256] = {6, 8, 6};

	(void)state;
	assert_near(kqt_mcv_bits(c), 0.5363, 1e-4);
	/* 0.4 + 2.5758293035489008 * sqrt(0.24 / 19) = 0.689497644...; an n in
	 * place of n - 1 would give 0.5527 */
	assert_near(kqt_mcv_bits(c), -log2(0.4 + 2.5758293035489008 * sqrt(0.24 / 19)), ROUNDING);
}

static void mcv_is_0_when_the_bound_reaches_1(void **state)
{
	uint64_t c[256] = {0};

	(void)state;
	c[9] = 100; /* p = 1 */
	assert_true(kqt_mcv_bits(c) == 0);
	assert_false(signbit(kqt_mcv_bits(c)));
	c[10] = 1; /* p = 0.990, bound 1.016 */
	assert_true(kqt_mcv_bits(c) == 0);
	c[9] = c[10] = 1; /* n = 2: 0.5 + 2.58 * 0.5 */
	assert_true(kqt_mcv_bits(c) == 0);
}

static void mcv_does_not_depend_on_the_symbols_place(void **state)
{
	uint64_t c[256];
	double want;

	(void)state;
	for (int i = 0; i < 256; i++)
		c[i] = 16;
	c[0] = 31;
	want = kqt_mcv_bits(c);
	for (int i = 1; i < 256; i++) {
		c[i - 1] = 16;
		c[i] = 31;
		assert_true(kqt_mcv_bits(c) == want);
	}
}

static void mcv_of_fewer_than_2_is_nan(void **state)
{
	uint64_t c[256] = {0};

	(void)state;
	assert_true(isnan(kqt_mcv_bits(c)));
	c[200] = 1;
	assert_true(isnan(kqt_mcv_bits(c)));
	c[200] = 2;
	assert_true(kqt_mcv_bits(c) == 0);
}

/* --- the references --- */

static void refs_are_those_of_the_shared_design(void **state)
{
	/* entropy.md, made by a simulation and rounded to the digits shown: half a
	 * last digit for Shannon; for MCV also that simulation's own error */
	static const struct {
		uint64_t n;
		double shannon, shannon_tol, mcv, mcv_tol;
	} cases[] = {
	    {256, 7.17, 0.0051, 4.63, 0.015},
	    {1024, 7.81, 0.0051, 5.76, 0.015},
	    {4096, 7.955, 0.00051, 6.61, 0.01},
	    {65536, 7.9972, 0.000051, 7.556, 0.01},
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		assert_near(kqt_shannon_ref_bits(cases[i].n), cases[i].shannon,
		            cases[i].shannon_tol);
		assert_near(kqt_mcv_ref_bits(cases[i].n), cases[i].mcv, cases[i].mcv_tol);
	}
}

/* The header's formula with the binomial law from lgamma, term by term. */
static double slow_shannon_ref(double n)
{
	double sum = 0;

	for (double k = 2; k <= n; k++) {
		double log_p = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) +
		               k * log(1.0 / 256) + (n - k) * log(255.0 / 256);

		sum += exp(log_p) * k * log2(k);
	}
	return log2(n) - 256 / n * sum;
}

static void shannon_ref_is_the_exact_expectation(void **state)
{
	static const uint64_t ns[] = {2, 3, 10, 255, 256, 257, 1000, 4096, 65536};

	(void)state;
	/* by hand: 2 bytes are equal once in 256, else they read 1 bit */
	assert_near(kqt_shannon_ref_bits(2), 255.0 / 256, ROUNDING);
	for (size_t i = 0; i < LEN(ns); i++) {
		double n = (double)ns[i];

		/* the slow one's lgamma rounds at n ln n * 2^-53 relative */
		assert_near(kqt_shannon_ref_bits(ns[i]), slow_shannon_ref(n),
		            1e-12 + 16 * n * log(n) * 1.2e-16);
	}
}

/* The header's formula for MCV: each term of the binomial law from lgamma, the
 * largest of 256 independent ones by the 256th power. No count is the largest
 * below n / 256. */
static double slow_mcv_ref(double n)
{
	double one = 0, below = 0, sum = 0;

	for (double k = 0; k <= n; k++) {
		double p = k / n, p_u = p + 2.5758293035489008 * sqrt(p * (1 - p) / (n - 1));
		double at_most;

		one += exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - k * log(256.0) +
		           (n - k) * log(255.0 / 256));
		if (k < n / 256)
			continue;
		at_most = pow(one, 256);
		sum += (at_most - below) * -log2(fmin(p_u, 1));
		below = at_most;
	}
	return sum / below;
}

static void mcv_ref_is_the_expectation_for_independent_counts(void **state)
{
	static const uint64_t ns[] = {2, 3, 10, 255, 256, 257, 511, 512, 1000, 4096, 65536};

	(void)state;
	for (size_t i = 0; i < LEN(ns); i++) {
		double n = (double)ns[i];

		/* as for Shannon, and the 256th power multiplies the error by 256 */
		assert_near(kqt_mcv_ref_bits(ns[i]), slow_mcv_ref(n),
		            1e-12 + 256 * 16 * n * log(n) * 1.2e-16);
	}
}

/* P(all 256 counts of n bytes <= k), exact: the n-th coefficient of
 * (sum_j<=k e^-m m^j / j!)^256 over that of e^-n n^n / n!, m = n / 256, the 256th power by
 * eight squarings. scratch is [2][n + 1]. */
static double all_at_most_exact(int n, int k, double *scratch)
{
	double *a = scratch, *b = scratch + n + 1, m = n / 256.0;
	int top = k < n ? k : n; /* highest power in a */

	for (int j = 0; j <= top; j++)
		a[j] = exp(-m + j * log(m) - lgamma(j + 1.0));
	for (int round = 0; round < 8; round++) {
		int next = 2 * top < n ? 2 * top : n;
		double *t = a;

		memset(b, 0, ((size_t)n + 1) * sizeof(*b));
		for (int i = 0; i <= top; i++) {
			for (int j = 0; j <= top && i + j <= n; j++)
				b[i + j] += a[i] * a[j];
		}
		a = b;
		b = t;
		top = next;
	}
	return top < n ? 0 : a[n] / exp(-(double)n + n * log(n) - lgamma(n + 1.0));
}

/* Expectation of the MCV figure over the exact law; the figure itself by way of
 * counts, through the function that the first half of this file tests. */
static double mcv_expected_exactly(int n)
{
	double *scratch = calloc(2 * ((size_t)n + 1), sizeof(*scratch)), below = 0, sum = 0;

	assert_non_null(scratch);
	for (int k = (n + 255) / 256; k <= n && below < 1 - 1e-9; k++) {
		uint64_t c[256] = {0};
		double at_most = all_at_most_exact(n, k, scratch);

		/* any counts with k the largest and n the sum */
		for (int i = 0, left = n; left > 0; i++) {
			int part = left < k ? left : k;

			c[i] = (uint64_t)part;
			left -= part;
		}
		sum += (at_most - below) * kqt_mcv_bits(c);
		below = at_most;
	}
	free(scratch);
	return sum / below;
}

static void mcv_ref_is_near_the_exact_expectation(void **state)
{
	static const struct {
		int n;
		double tol; /* what taking the counts as independent may cost */
	} cases[] = {{2, 0.01},   {10, 0.01},   {50, 0.01},   {100, 0.01},
	             {200, 0.01}, {256, 0.005}, {300, 0.005}, {600, 0.005}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		assert_near(kqt_mcv_ref_bits((uint64_t)cases[i].n),
		            mcv_expected_exactly(cases[i].n), cases[i].tol);
}

static uint64_t next_random(uint64_t *s)
{
	uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64, public domain */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

struct mean {
	double sum, squares;
	int n;
};

static void mean_add(struct mean *m, double x)
{
	m->sum += x;
	m->squares += x * x;
	m->n++;
}

/* Five standard errors, plus what the reference itself may be off. The seed is
 * fixed, so this passes always or never. */
static void assert_mean_near(const struct mean *m, double want, double own_error)
{
	double mean = m->sum / m->n, variance = m->squares / m->n - mean * mean;

	assert_near(mean, want, own_error + 5 * sqrt(variance / m->n));
}

static void refs_are_what_perfect_bytes_read(void **state)
{
	static const struct {
		uint64_t n;
		int runs;
	} cases[] = {{256, 8000}, {1024, 3000}, {4096, 1000}, {65536, 150}};
	uint64_t s = 12345;

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct mean shannon = {0}, mcv = {0};

		for (int run = 0; run < cases[i].runs; run++) {
			uint64_t c[256] = {0};

			for (uint64_t k = 0; k < cases[i].n; k++)
				c[next_random(&s) >> 56]++;
			mean_add(&shannon, kqt_shannon_bits(c));
			mean_add(&mcv, kqt_mcv_bits(c));
		}
		assert_mean_near(&shannon, kqt_shannon_ref_bits(cases[i].n), 0);
		assert_mean_near(&mcv, kqt_mcv_ref_bits(cases[i].n), 0.005);
	}
}

static void refs_have_no_seam_where_the_method_changes(void **state)
{
	const uint64_t seam = UINT64_C(1) << 20;
	double step_s = kqt_shannon_ref_bits(seam - 1) - kqt_shannon_ref_bits(seam - 2);
	double step_m = kqt_mcv_ref_bits(seam - 1) - kqt_mcv_ref_bits(seam - 2);

	(void)state;
	assert_true(step_s > 0 && step_m > 0);
	/* Harris' next term, m^3 / (12 n^3), is 1e-12 here; the sum rounds alike */
	assert_near(kqt_shannon_ref_bits(seam) - kqt_shannon_ref_bits(seam - 1), step_s, 1e-11);
	/* Cornish-Fisher's next term, about z^3 skew^2 / 36 of a standard deviation */
	assert_near(kqt_mcv_ref_bits(seam) - kqt_mcv_ref_bits(seam - 1), step_m, 1e-5);
}

static void refs_grow_with_n_and_stay_below_8(void **state)
{
	double last_s = 0, last_m = 0;

	(void)state;
	for (uint64_t n = 4; n < UINT64_C(1) << 40; n += n / 4) {
		double s = kqt_shannon_ref_bits(n), m = kqt_mcv_ref_bits(n);

		assert_true(s > last_s && s < 8);
		assert_true(m >= last_m && m < s);
		last_s = s;
		last_m = m;
	}
}

static void refs_of_the_largest_n_are_finite(void **state)
{
	static const uint64_t ns[] = {UINT64_C(1) << 20, UINT64_C(1000000000), UINT64_C(1) << 53,
	                              UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < LEN(ns); i++) {
		assert_true(isfinite(kqt_shannon_ref_bits(ns[i])));
		assert_true(isfinite(kqt_mcv_ref_bits(ns[i])));
	}
	assert_near(kqt_shannon_ref_bits(UINT64_MAX), 8, ROUNDING);
	/* sqrt(256 / n) * (2.58 + 2.82) / ln 2 = 3e-8 below 8 */
	assert_near(kqt_mcv_ref_bits(UINT64_MAX), 8, 1e-7);
}

static void refs_of_fewer_than_2_are_nan(void **state)
{
	(void)state;
	assert_true(isnan(kqt_shannon_ref_bits(0)));
	assert_true(isnan(kqt_shannon_ref_bits(1)));
	assert_true(isnan(kqt_mcv_ref_bits(0)));
	assert_true(isnan(kqt_mcv_ref_bits(1)));
	assert_true(kqt_mcv_ref_bits(2) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shannon_by_hand),
	    cmocka_unit_test(shannon_of_equal_counts_is_8),
	    cmocka_unit_test(shannon_of_nothing_is_nan),
	    cmocka_unit_test(mcv_of_the_standards_example),
	    cmocka_unit_test(mcv_is_0_when_the_bound_reaches_1),
	    cmocka_unit_test(mcv_does_not_depend_on_the_symbols_place),
	    cmocka_unit_test(mcv_of_fewer_than_2_is_nan),
	    cmocka_unit_test(refs_are_those_of_the_shared_design),
	    cmocka_unit_test(shannon_ref_is_the_exact_expectation),
	    cmocka_unit_test(mcv_ref_is_the_expectation_for_independent_counts),
	    cmocka_unit_test(mcv_ref_is_near_the_exact_expectation),
	    cmocka_unit_test(refs_are_what_perfect_bytes_read),
	    cmocka_unit_test(refs_have_no_seam_where_the_method_changes),
	    cmocka_unit_test(refs_grow_with_n_and_stay_below_8),
	    cmocka_unit_test(refs_of_the_largest_n_are_finite),
	    cmocka_unit_test(refs_of_fewer_than_2_are_nan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
