/* SPDX-License-Identifier: MIT */
/* The estimators against plain versions of themselves (tests/support/est_naive.c), and
 * what must hold of them whatever the data. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/entropy/assess.h"
#include "engine/entropy/est_predict.h"
#include "engine/entropy/est_work.h"
#include "engine/entropy/tuples.h"
#include "tests/support/est_gen.h"
#include "tests/support/est_naive.h"

/* Sums in another order, of at most some thousand terms. */
#define ROUNDING 1e-10

#define N_MAX 40000

static struct kqt_assess_workspace *ws;

static int make_workspace(void **state)
{
	(void)state;
	ws = kqt_assess_workspace_new(N_MAX, 8);
	return ws ? 0 : -1;
}

static int free_workspace(void **state)
{
	(void)state;
	kqt_assess_workspace_free(ws);
	return 0;
}

/* Assessed from memory that ends where the samples do, for the sanitizer's sake. */
static void assess(const uint8_t *s, size_t n, unsigned bits, struct kqt_assessment *out)
{
	uint8_t *exact = malloc(n);

	assert_non_null(exact);
	memcpy(exact, s, n);
	assert_int_equal(kqt_assess(ws, exact, n, bits, NULL, out), 0);
	free(exact);
}

/* Random strings of many shapes: how many symbols, how often the last one is repeated,
 * how often a piece from before is copied. */
static size_t shape(uint64_t *seed, uint8_t *s, size_t n_max, unsigned *k_out)
{
	static const unsigned ks[] = {2, 3, 4, 16, 200, 256};
	size_t n = 2 + est_random(seed) % (n_max - 1), i = 0;
	unsigned k = ks[est_random(seed) % 6], repeat = (unsigned)(est_random(seed) % 256);
	unsigned copy = est_random(seed) % 4 ? 0 : (unsigned)(est_random(seed) % 8);

	while (i < n) {
		uint64_t r = est_random(seed);
		size_t from, len;

		if (i > 0 && (r >> 8 & 0xff) < copy) {
			from = (r >> 16 & 0xffff) % i;
			len = 1 + (r >> 32) % 200;
			for (; len > 0 && i < n; len--)
				s[i++] = s[from++];
		} else if (i > 0 && (r & 0xff) < repeat) {
			s[i] = s[i - 1];
			i++;
		} else {
			s[i++] = (uint8_t)((r >> 40) % k);
		}
	}
	*k_out = k;
	return n;
}

static void assert_figure(const char *what, uint64_t seed, size_t n, double got, double want)
{
	if (isnan(got) && want < 0)
		return;
	if (fabs(got - want) <= ROUNDING)
		return;
	fail_msg("%s of %zu, seed %llu: got %.15g, want %.15g", what, n, (unsigned long long)seed,
	         got, want);
}

/* -- against plain versions --------------------------------------------------- */

static double naive_bits(struct est_prediction p, size_t first, size_t n, unsigned k)
{
	return n < first + 2 ? -1 : kqt_predict_bits(p.correct, n - first, p.longest, k);
}

static void check_predictors(const uint8_t *s, size_t n, unsigned k,
                             const struct kqt_assess_view *v, uint64_t seed)
{
	if (n >= 4096)
		assert_figure("multi_mcw", seed, n, v->bits[KQT_EST_MULTI_MCW],
		              naive_bits(est_naive_mcw(s, n), 63, n, k));
	assert_figure("lag", seed, n, v->bits[KQT_EST_LAG],
	              naive_bits(est_naive_lag(s, n), 1, n, k));
	assert_figure("multi_mmc", seed, n, v->bits[KQT_EST_MULTI_MMC],
	              naive_bits(est_naive_mmc(s, n), 2, n, k));
	assert_figure("lz78y", seed, n, v->bits[KQT_EST_LZ78Y],
	              naive_bits(est_naive_lz78y(s, n), 17, n, k));
}

/* By rank, as the product sees them. @return how many */
static unsigned rank(uint8_t *s, size_t n)
{
	bool seen[256] = {false};
	uint8_t to[256] = {0};
	unsigned k = 0;

	for (size_t i = 0; i < n; i++)
		seen[s[i]] = true;
	for (int x = 0; x < 256; x++)
		if (seen[x])
			to[x] = (uint8_t)k++;
	for (size_t i = 0; i < n; i++)
		s[i] = to[s[i]];
	return k;
}

static size_t to_bits(const uint8_t *s, size_t n, unsigned bits, uint8_t *out)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		for (unsigned b = bits; b-- > 0;)
			out[m++] = s[i] >> b & 1;
	return m;
}

static void predictors_are_those_of_the_plain_versions(void **state)
{
	static uint8_t s[6000], bits[8 * 6000];

	(void)state;
#ifdef __SANITIZE_THREAD__
	print_message("skip: slow with the thread sanitizer, and it has no threads\n");
	skip();
#endif
	for (uint64_t seed = 1; seed <= 24; seed++) {
		uint64_t at = seed;
		struct kqt_assessment a;
		unsigned k;
		size_t n = shape(&at, s, seed % 3 ? 400 : sizeof(s), &k), m;

		k = rank(s, n);
		assess(s, n, 8, &a);
		if (k < 2)
			continue;
		check_predictors(s, n, k, &a.literal, seed);
		if (k == 2)
			continue;
		m = to_bits(s, n < 1000 ? n : 1000, 8, bits);
		if (n > 1000)
			assess(s, 1000, 8, &a);
		if (a.bitstring.assessed)
			check_predictors(bits, m, 2, &a.bitstring, seed);
	}
}

static void tuples_are_those_of_the_plain_versions(void **state)
{
	static uint8_t s[300], bits[8 * 40];

	(void)state;
#ifdef __SANITIZE_THREAD__
	print_message("skip: slow with the thread sanitizer, and it has no threads\n");
	skip();
#endif
	for (uint64_t seed = 1; seed <= 150; seed++) {
		uint64_t at = seed;
		struct kqt_assessment a;
		unsigned k;
		size_t n = shape(&at, s, sizeof(s), &k), m;

		k = rank(s, n);
		assess(s, n, 8, &a);
		if (k < 2)
			continue;
		assert_figure("t_tuple", seed, n, a.literal.bits[KQT_EST_T_TUPLE],
		              est_naive_t_tuple(s, n));
		assert_figure("lrs", seed, n, a.literal.bits[KQT_EST_LRS], est_naive_lrs(s, n));
		if (n > 40) {
			n = 40;
			assess(s, n, 8, &a);
		}
		m = to_bits(s, n, 8, bits);
		if (!a.bitstring.assessed)
			continue;
		assert_figure("t_tuple, bits", seed, m, a.bitstring.bits[KQT_EST_T_TUPLE],
		              est_naive_t_tuple(bits, m));
		assert_figure("lrs, bits", seed, m, a.bitstring.bits[KQT_EST_LRS],
		              est_naive_lrs(bits, m));
	}
}

static void pack(const uint8_t *s, size_t n, uint64_t *msb, uint64_t *lsb)
{
	memset(msb, 0, KQT_EST_WORDS(n) * sizeof(*msb));
	memset(lsb, 0, KQT_EST_WORDS(n) * sizeof(*lsb));
	for (size_t i = 0; i < n; i++) {
		msb[i / 64] |= (uint64_t)s[i] << (63 - i % 64);
		lsb[i / 64] |= (uint64_t)s[i] << (i % 64);
	}
}

static void both_ways_to_count_tuples_agree(void **state)
{
	static uint8_t s[20000];
	static uint64_t msb[KQT_EST_WORDS(20000)], lsb[KQT_EST_WORDS(20000)];
	size_t bytes = 0;
	struct kqt_tuple_work *w = kqt_tuple_work_new(sizeof(s), &bytes);

	(void)state;
#ifdef __SANITIZE_THREAD__
	print_message("skip: slow with the thread sanitizer, and it has no threads\n");
	skip();
#endif
	assert_non_null(w);
	for (uint64_t seed = 1; seed <= 60; seed++) {
		uint64_t at = seed;
		struct kqt_est_data d = {.symbols = s, .msb = msb, .lsb = lsb};
		double t, lrs;

		d.n = shape(&at, s, seed % 2 ? 300 : sizeof(s), &d.k);
		d.k = rank(s, d.n);
		if (d.k < 2)
			continue;
		if (d.k == 2)
			pack(s, d.n, msb, lsb);
		w->counted = NULL;
		assert_int_equal(kqt_tuples_count(&d, w), 0);
		t = w->log_t;
		lrs = w->log_lrs;
		assert_int_equal(kqt_tuples_by_suffix_array(&d, w), 0);
		if (!(fabs(t - w->log_t) < ROUNDING || t == w->log_t))
			fail_msg("seed %d: t-tuple %g and %g", (int)seed, t, w->log_t);
		if (!(fabs(lrs - w->log_lrs) < ROUNDING || lrs == w->log_lrs))
			fail_msg("seed %d: LRS %g and %g", (int)seed, lrs, w->log_lrs);
	}
	kqt_tuple_work_free(w);
}

/* SP 800-90B 6.3.10 puts contexts into its dictionary longest first. If the step that
 * fills it meets a symbol for the first time, the symbol's long contexts are in and its
 * short ones are not, and they predict when that string comes again. */
static void lz78y_knows_long_contexts_whose_ends_it_does_not_know(void **state)
{
	static uint8_t s[9000];
	const size_t n = sizeof(s);
	uint64_t seed = 5;
	size_t full;
	int differs = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		s[i] = (uint8_t)(est_random(&seed) % 255);
	est_naive_lz78y(s, n);
	full = est_naive_lz78y_full();
	assert_in_range(full, 4000, 5000);
	/* the new symbol last in the context of a step near the one that fills it; that
	 * context again and again, with two ways to go on */
	for (size_t at = full - 2; at <= full + 1; at++) {
		static uint8_t with[9000];
		struct kqt_assessment a;
		struct est_prediction p, before;

		memcpy(with, s, n);
		before = est_naive_lz78y(with, n);
		with[at - 1] = 255;
		for (size_t m = 6000; m + 20 < n; m += 20) {
			memcpy(with + m, with + at - 16, 17);
			if (m % 60 == 0)
				with[m + 16] = 9;
			if (m % 100 == 0)
				with[m + 3] = 11; /* only the later part of the context */
		}
		p = est_naive_lz78y(with, n);
		differs += p.correct > before.correct + 20;
		assess(with, n, 8, &a);
		assert_figure("lz78y", at, n, a.literal.bits[KQT_EST_LZ78Y],
		              naive_bits(p, 17, n, rank(with, n)));
	}
	assert_true(differs > 0);
}

/* -- what must hold ------------------------------------------------------------- */

static void assert_in_bounds(const struct kqt_assess_view *v, double most)
{
	for (int e = 0; e < KQT_ESTIMATORS; e++) {
		if (v->rc[e] != 0) {
			assert_true(isnan(v->bits[e]));
			continue;
		}
		if (!(v->bits[e] >= 0 && v->bits[e] <= most && !signbit(v->bits[e])))
			fail_msg("%s is %.17g of %g", kqt_estimators[e].key, v->bits[e], most);
		assert_true(v->h <= v->bits[e]);
	}
}

static void figures_stay_between_0_and_log2_of_the_alphabet(void **state)
{
	static uint8_t s[3000];

	(void)state;
	for (uint64_t seed = 1000; seed < 1300; seed++) {
		uint64_t at = seed;
		struct kqt_assessment a;
		unsigned k;
		size_t n = shape(&at, s, seed % 5 ? 60 : sizeof(s), &k);

		assess(s, n, 8, &a);
		assert_true(a.assessed >= 0 && a.assessed <= 8);
		assert_in_bounds(&a.literal, log2(a.alphabet));
		assert_in_bounds(&a.bitstring, 1);
		if (a.literal.assessed)
			assert_true(a.assessed <= a.literal.h);
		if (a.bitstring.assessed)
			assert_true(a.assessed <= 8 * a.bitstring.h);
	}
}

static void assert_same(const struct kqt_assess_view *a, const struct kqt_assess_view *b,
                        const unsigned *which, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(a->bits[which[i]] == b->bits[which[i]]))
			fail_msg("%s: %.17g and %.17g", kqt_estimators[which[i]].key,
			         a->bits[which[i]], b->bits[which[i]]);
}

static void renaming_symbols_changes_nothing_where_order_does_not_matter(void **state)
{
	static const unsigned any[] = {KQT_EST_MCV, KQT_EST_T_TUPLE, KQT_EST_LRS, KQT_EST_MULTI_MCW,
	                               KQT_EST_LAG};
	static const unsigned in_order[] = {KQT_EST_MCV,       KQT_EST_T_TUPLE, KQT_EST_LRS,
	                                    KQT_EST_MULTI_MCW, KQT_EST_LAG,     KQT_EST_MULTI_MMC,
	                                    KQT_EST_LZ78Y};
	static uint8_t s[8000], t[8000];
	const size_t n = sizeof(s);

	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct kqt_assessment a, b;
		uint64_t at = seed;

		for (size_t i = 0; i < n; i++)
			s[i] = (uint8_t)(est_random(&at) % 60);
		assess(s, n, 8, &a);
		for (size_t i = 0; i < n; i++)
			t[i] = (uint8_t)(s[i] * 77 + 13); /* 77 is odd: a permutation */
		assess(t, n, 8, &b);
		assert_same(&a.literal, &b.literal, any, 5);
		for (size_t i = 0; i < n; i++)
			t[i] = (uint8_t)(s[i] * 4 + (s[i] > 20));
		assess(t, n, 8, &b);
		assert_same(&a.literal, &b.literal, in_order, 7);
	}
}

static void more_bias_is_less_entropy(void **state)
{
	static uint8_t s[20000];
	double last = 1;

	(void)state;
	for (unsigned in256 = 128; in256 < 256; in256 += 16) {
		struct kqt_assessment a;
		uint64_t at = 3;

		for (size_t i = 0; i < sizeof(s); i++)
			s[i] = (est_random(&at) & 255) >= in256;
		assess(s, sizeof(s), 1, &a);
		assert_true(a.literal.bits[KQT_EST_MCV] < last);
		last = a.literal.bits[KQT_EST_MCV];
	}
}

static void mcv_of_the_standards_example(void **state)
{
	/* 6.3.1: 20 symbols, 8 of the commonest, prints 0.5363 with z rounded to 2.576;
	 * the full quantile gives 0.53638: hence 1e-4 */
	static const uint8_t s[20] = {0, 1, 1, 2, 0, 1, 2, 2, 0, 1, 0, 1, 1, 0, 2, 2, 1, 0, 2, 1};
	struct kqt_assessment a;

	(void)state;
	assess(s, 20, 2, &a);
	assert_true(fabs(a.literal.bits[KQT_EST_MCV] - 0.5363) < 1e-4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(predictors_are_those_of_the_plain_versions),
	    cmocka_unit_test(tuples_are_those_of_the_plain_versions),
	    cmocka_unit_test(both_ways_to_count_tuples_agree),
	    cmocka_unit_test(lz78y_knows_long_contexts_whose_ends_it_does_not_know),
	    cmocka_unit_test(figures_stay_between_0_and_log2_of_the_alphabet),
	    cmocka_unit_test(renaming_symbols_changes_nothing_where_order_does_not_matter),
	    cmocka_unit_test(more_bias_is_less_entropy),
	    cmocka_unit_test(mcv_of_the_standards_example),
	};

	return cmocka_run_group_tests(tests, make_workspace, free_workspace);
}
