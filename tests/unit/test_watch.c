/* SPDX-License-Identifier: MIT */
/* What the watch is filled from: block statistics against plain ones, chi-square's
 * probability against known values, coarser clocks, framed streams, the verdict. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/entropy/blockstat.h"
#include "engine/entropy/bytestat.h"
#include "engine/entropy/chisquare.h"
#include "engine/entropy/extract.h"
#include "engine/entropy/grain.h"
#include "tests/support/est_gen.h"

#define N 200000

static uint8_t bytes[N];

static void assert_close(double got, double want, double relative)
{
	if (!(fabs(got - want) <= relative * fabs(want)))
		fail_msg("got %.17g, want %.17g", got, want);
}

/* By mpmath 1.3 at 30 digits: gammainc(a, x, inf, regularized=True). */
static void gamma_q_has_its_known_values(void **state)
{
	static const struct {
		double a, x, q;
	} known[] = {
	    {0.5, 0.5, 0.31731050786291410283},
	    {1, 1, 0.3678794411714423216},
	    {0.5, 2, 0.045500263896358414401},
	    {127.5, 127.5, 0.48822252177040634337},
	    {127.5, 100, 0.99542544454195189527},
	    {127.5, 160, 0.003534328375272905354},
	    {127.5, 250, 4.3849619167996510479e-18},
	    {2.5, 40, 8.3918251148316100895e-16},
	    {1000, 1100, 0.0010593232539299773489},
	    {10, 1, 0.99999988857452166128},
	    {127.5, 30, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_close(kqt_gamma_q(known[i].a, known[i].x), known[i].q, 1e-12);
	assert_true(kqt_gamma_q(3, 0) == 1);
}

/* By mpmath 1.3 at 30 digits: loggamma(x). */
static void log_gamma_has_its_known_values(void **state)
{
	static const struct {
		double x, log;
	} known[] = {
	    {0.5, 0.572364942924700087072},  {1.5, -0.120782237635245222346},
	    {3, 0.693147180559945309417},    {7.25, 7.05218545073853944493},
	    {10, 12.8018274800814696112},    {15.5, 26.536914491115613624},
	    {127.5, 489.130370430642812638}, {1000.5, 5908.67417584867748868},
	    {65536, 661276.871765185503633},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		double got = kqt_log_gamma(known[i].x);

		if (!(fabs(got - known[i].log) <= 1e-14 * fmax(1, fabs(known[i].log))))
			fail_msg("%g: got %.17g, want %.17g", known[i].x, got, known[i].log);
	}
	assert_true(fabs(kqt_log_gamma(1)) < 1e-14);
	assert_true(fabs(kqt_log_gamma(2)) < 1e-14);
}

/* Critical values that every table of the law prints. */
static void chi_square_p_at_the_tables_values(void **state)
{
	(void)state;
	assert_close(kqt_chi_square_p(3.841458820694124, 1), 0.05, 1e-9);
	assert_close(kqt_chi_square_p(293.24783508070, 255), 0.05, 1e-9);
	assert_close(kqt_chi_square_p(310.45738821990, 255), 0.01, 1e-9);
	assert_true(isnan(kqt_chi_square_p(NAN, 255)));
}

static void chi_square_by_hand(void **state)
{
	uint64_t counts[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		counts[i] = i % 2 ? 9 : 11; /* expected 10: 256 * 1 / 10 */
	assert_close(kqt_chi_square(counts), 25.6, 1e-15);
	memset(counts, 0, sizeof(counts));
	counts[3] = 1279;
	assert_true(isnan(kqt_chi_square(counts)));
	counts[3] = 1280; /* 1275^2/5 + 255 * 5 */
	assert_close(kqt_chi_square(counts), 1275.0 * 1275 / 5 + 255 * 5, 1e-15);
}

static double plain_lag(const uint8_t *x, size_t n, size_t k)
{
	long double mean = 0, over = 0, under = 0;

	for (size_t i = 0; i < n; i++)
		mean += x[i];
	mean /= n;
	for (size_t i = 0; i < n; i++) {
		under += (x[i] - mean) * (x[i] - mean);
		if (i >= k)
			over += (x[i] - mean) * (x[i - k] - mean);
	}
	return (double)(over / under);
}

/* 1e-10: what the mean's square leaves of 16 digits when all bytes are below 10 (geom). */
static void assert_plain(const struct kqt_block_stat *s, size_t n)
{
	uint64_t counts[256] = {0}, ones[8] = {0}, pairs = 0;
	uint32_t delay[KQT_DELAY_CELLS][KQT_DELAY_CELLS] = {{0}};
	size_t shown = n - 1 < 65536 ? n - 1 : (n - 1) % 65536 + 65536;
	struct kqt_watch w;

	kqt_block_stat_figures(s, &w);
	for (size_t i = 0; i < n; i++) {
		counts[bytes[i]]++;
		for (int b = 0; b < 8; b++)
			ones[b] += bytes[i] >> b & 1;
	}
	for (size_t i = n - shown; i < n; i++, pairs++)
		delay[bytes[i - 1] / 8][bytes[i] / 8]++;
	assert_int_equal(w.n, n);
	assert_memory_equal(w.counts, counts, sizeof(counts));
	assert_memory_equal(w.delay, delay, sizeof(delay));
	for (int b = 0; b < 8; b++)
		assert_true(w.bias[b] == (double)ones[b] / (double)n);
	for (size_t k = 1; k <= KQT_LAGS; k++) {
		if (k >= n)
			assert_true(isnan(w.lag[k - 1]));
		else if (fabs(w.lag[k - 1] - plain_lag(bytes, n, k)) > 1e-10)
			fail_msg("n %zu lag %zu: %.17g, want %.17g", n, k, w.lag[k - 1],
			         plain_lag(bytes, n, k));
	}
	assert_true(n < 1280 ? isnan(w.chi_square) : w.chi_square == kqt_chi_square(counts));
	assert_true(n < 1280 ? isnan(w.chi_p) : w.chi_p == kqt_chi_square_p(w.chi_square, 255));
}

static void block_statistics_equal_plain_ones_at_any_cut(void **state)
{
	static const size_t ends[] = {2,    3,     15,    16,    17,    1023,   1024,   1025,
	                              1040, 65536, 65537, 65538, 70000, 131073, 131074, N};
	static const char *const kinds[] = {"uni8", "mkv8", "geom"};

	(void)state;
	for (int k = 0; k < 3; k++) {
		static struct kqt_block_stat s;
		uint64_t random = 4;
		size_t at = 0;

		assert_int_equal(est_generate(kinds[k], 77, bytes, N), 0);
		memset(&s, 0, sizeof(s));
		for (size_t e = 0; e < sizeof(ends) / sizeof(ends[0]); e++) {
			while (at < ends[e]) {
				size_t part = 1 + est_random(&random) % 3000;

				part = part > ends[e] - at ? ends[e] - at : part;
				kqt_block_stat_add(&s, bytes + at, part);
				at += part;
			}
			assert_plain(&s, at);
		}
	}
}

static void bytes_that_do_not_vary_have_no_autocorrelation(void **state)
{
	static struct kqt_block_stat s;
	struct kqt_watch w;

	(void)state;
	memset(&s, 0, sizeof(s));
	kqt_block_stat_figures(&s, &w);
	assert_int_equal(w.n, 0);
	assert_true(isnan(w.bias[0]) && isnan(w.lag[0]) && isnan(w.chi_p));
	memset(bytes, 200, 5000);
	kqt_block_stat_add(&s, bytes, 5000);
	kqt_block_stat_figures(&s, &w);
	assert_true(w.bias[7] == 1 && w.bias[0] == 0);
	for (int k = 0; k < KQT_LAGS; k++)
		assert_true(isnan(w.lag[k]));
	assert_true(w.chi_p == 0);
}

/* One byte that differs by one is spread enough. */
static void one_byte_that_differs_gives_an_autocorrelation(void **state)
{
	static struct kqt_block_stat s;
	struct kqt_watch w;

	(void)state;
	memset(&s, 0, sizeof(s));
	memset(bytes, 200, 5000);
	bytes[2500] = 201;
	kqt_block_stat_add(&s, bytes, 5000);
	kqt_block_stat_figures(&s, &w);
	for (size_t k = 1; k <= KQT_LAGS; k++) /* 1e-7: a spread of 1 of squares of 3e7 */
		assert_true(fabs(w.lag[k - 1] - plain_lag(bytes, 5000, k)) < 1e-7);
}

static void no_byte_changes_nothing(void **state)
{
	static struct kqt_block_stat s, nothing;

	(void)state;
	bytes[0] = 1;
	kqt_block_stat_add(&s, bytes, 0);
	assert_memory_equal(&s, &nothing, sizeof(s));
}

static void lags_of_an_alternating_series(void **state)
{
	static struct kqt_block_stat s;
	struct kqt_watch w;

	(void)state;
	memset(&s, 0, sizeof(s));
	for (int i = 0; i < 10000; i++)
		bytes[i] = i % 2 ? 255 : 0;
	kqt_block_stat_add(&s, bytes, 10000);
	kqt_block_stat_figures(&s, &w);
	for (int k = 1; k <= KQT_LAGS; k++) /* (n-k)/n, the sign by turns */
		assert_close(w.lag[k - 1], (k % 2 ? -1 : 1) * (1 - k / 1e4), 1e-12);
}

static void ticks_are_whole_grains(void **state)
{
	static const uint64_t ps[KQT_GRAINS] = {1000, 41670, 100000, 1000000};
	uint64_t ns[1000], ticks[1000], random = 5;
	static uint64_t own[1000];

	(void)state;
	for (int i = 0; i < 1000; i++)
		ns[i] = est_random(&random) >> (i % 58);
	ns[1] = 41;
	ns[2] = 42;
	ns[3] = 4167; /* exactly 100 of 41.67 */
	ns[4] = 4166;
	ns[5] = 0;
	for (unsigned g = 0; g < KQT_GRAINS; g++) {
		kqt_grain_ticks(g, ns, 1000, ticks);
		for (int i = 0; i < 1000; i++)
			assert_true(ticks[i] ==
			            (uint64_t)((unsigned __int128)ns[i] * 1000 / ps[g]));
		if (g > 0)
			assert_int_equal(kqt_grain_ps[g], ps[g]);
		memcpy(own, ns, sizeof(own));
		kqt_grain_ticks(g, own, 1000, own);
		assert_memory_equal(own, ticks, sizeof(own));
	}
}

static void grain_figures_stand_beside_their_references(void **state)
{
	struct kqt_grain_figures f = {0};
	uint64_t counts[256] = {0};

	(void)state;
	kqt_grain_figures(counts, &f);
	assert_int_equal(f.n, 0);
	assert_true(isnan(f.shannon) && isnan(f.mcv) && isnan(f.shannon_ref));
	for (int i = 0; i < 256; i++)
		counts[i] = 16;
	kqt_grain_figures(counts, &f);
	assert_int_equal(f.n, 4096);
	assert_true(f.shannon == 8);
	assert_true(f.mcv == kqt_mcv_bits(counts));
	assert_true(f.shannon_ref == kqt_shannon_ref_bits(4096));
	assert_true(f.mcv_ref == kqt_mcv_ref_bits(4096));
	counts[0] = 15; /* fewer have other references */
	kqt_grain_figures(counts, &f);
	assert_int_equal(f.n, 4095);
	assert_true(f.shannon_ref == kqt_shannon_ref_bits(4095));
	assert_true(f.mcv_ref == kqt_mcv_ref_bits(4095));
}

/* Wait by wait, as the collector does it. */
static size_t plain_seed(const uint64_t *ns, size_t n, uint64_t collection, uint8_t *out)
{
	struct kqt_fold fold = {0};
	uint64_t waits = 0;
	size_t got = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t byte;

		if (++waits > KQT_COLLECT_WARMUP && kqt_fold_step(&fold, ns[i], &byte))
			out[got++] = byte;
		if (waits == collection + KQT_COLLECT_EXTRA) {
			waits = 0;
			memset(&fold, 0, sizeof(fold));
		}
	}
	return got;
}

static void blocks_give_the_bytes_that_single_waits_give(void **state)
{
	static const uint64_t collections[] = {1, 32, 1000, 1048576};
	static uint64_t ns[20000];
	static uint8_t want[20000], got[20000];
	uint64_t random = 6;

	(void)state;
	for (int i = 0; i < 20000; i++)
		ns[i] = est_random(&random) >> 40;
	for (int c = 0; c < 4; c++) {
		struct kqt_extract e = {.stream = KQT_STREAM_SEED, .collection = collections[c]};
		size_t n = plain_seed(ns, 20000, collections[c], want), k = 0;

		for (size_t i = 0; i < 20000;) {
			size_t part = est_random(&random) % 300;

			part = part > 20000 - i ? 20000 - i : part;
			k += kqt_extract_block(&e, ns + i, part, got + k);
			i += part;
		}
		assert_int_equal(k, n);
		assert_memory_equal(got, want, n);
	}
}

static void the_other_streams_in_blocks(void **state)
{
	uint64_t ns[20];
	uint8_t out[20];
	struct kqt_extract low8 = {.stream = KQT_STREAM_LOW8, .collection = 1};
	struct kqt_extract lsb = {.stream = KQT_STREAM_LSB, .collection = 1};

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		ns[i] = 256 * i + 3 * i; /* low byte 3 i, lowest bit that of i */
	assert_int_equal(kqt_extract_block(&low8, ns, 20, out), 20);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(out[i], 3 * i);
	assert_int_equal(kqt_extract_block(&lsb, ns, 5, out), 0);
	assert_int_equal(kqt_extract_block(&lsb, ns + 5, 11, out), 2);
	assert_int_equal(out[0], 0x55);
	assert_int_equal(out[1], 0x55);
	assert_int_equal(kqt_extract_block(&lsb, ns, 7, out), 0);
	kqt_extract_cut(&lsb); /* what was begun is dropped */
	assert_int_equal(kqt_extract_block(&lsb, ns + 1, 8, out), 1);
	assert_int_equal(out[0], 0xaa);
}

static void the_claim_of_each_stream(void **state)
{
	(void)state;
	assert_true(kqt_watch_claim(KQT_STREAM_SEED, 2.5) == 2.5);
	assert_true(kqt_watch_claim(KQT_STREAM_LOW8, 2.5) == 2.5);
	assert_true(kqt_watch_claim(KQT_STREAM_NOTIFICATION, 9) == 8);
	assert_true(kqt_watch_claim(KQT_STREAM_LSB, 0.5) == 4);
	assert_true(kqt_watch_claim(KQT_STREAM_LSB, 2.5) == 8);
}

static void of_a_watch_that_has_seen_nothing_no_figure_is_known(void **state)
{
	struct kqt_watch w;

	(void)state;
	memset(&w, 1, sizeof(w));
	kqt_watch_unknown(&w);
	assert_int_equal(w.n, 0);
	for (int b = 0; b < 8; b++)
		assert_true(isnan(w.bias[b]));
	for (int k = 0; k < KQT_LAGS; k++)
		assert_true(isnan(w.lag[k]));
	assert_true(isnan(w.chi_square) && isnan(w.chi_p));
	for (int g = 0; g < KQT_GRAINS; g++) {
		const struct kqt_grain_figures *f = &w.grain[g];

		assert_int_equal(f->n, 0);
		assert_true(isnan(f->shannon) && isnan(f->shannon_ref));
		assert_true(isnan(f->mcv) && isnan(f->mcv_ref));
	}
	for (int e = 0; e < KQT_ESTIMATORS; e++) {
		assert_true(isnan(w.assessment.literal.bits[e]));
		assert_true(isnan(w.assessment.bitstring.bits[e]));
	}
	assert_true(isnan(w.assessment.literal.h) && isnan(w.assessment.bitstring.h));
	assert_true(isnan(w.assessment.assessed));
	assert_int_equal(w.assessment.binding, -1);
	assert_int_equal(kqt_watch_verdict(&w), KQT_VERDICT_UNKNOWN);
}

static void the_verdict_is_of_this_epoch(void **state)
{
	struct kqt_watch w = {.claim_bits = 2.5, .epoch = 3, .assessed_epoch = 3};

	(void)state;
	assert_int_equal(kqt_watch_verdict(&w), KQT_VERDICT_UNKNOWN);
	w.have = true;
	w.assessment.assessed = 2.5;
	assert_int_equal(kqt_watch_verdict(&w), KQT_VERDICT_HOLDS);
	w.assessment.assessed = 2.4999;
	assert_int_equal(kqt_watch_verdict(&w), KQT_VERDICT_FAILS);
	w.epoch = 4;
	assert_int_equal(kqt_watch_verdict(&w), KQT_VERDICT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gamma_q_has_its_known_values),
	    cmocka_unit_test(log_gamma_has_its_known_values),
	    cmocka_unit_test(chi_square_p_at_the_tables_values),
	    cmocka_unit_test(chi_square_by_hand),
	    cmocka_unit_test(block_statistics_equal_plain_ones_at_any_cut),
	    cmocka_unit_test(bytes_that_do_not_vary_have_no_autocorrelation),
	    cmocka_unit_test(one_byte_that_differs_gives_an_autocorrelation),
	    cmocka_unit_test(no_byte_changes_nothing),
	    cmocka_unit_test(lags_of_an_alternating_series),
	    cmocka_unit_test(ticks_are_whole_grains),
	    cmocka_unit_test(grain_figures_stand_beside_their_references),
	    cmocka_unit_test(blocks_give_the_bytes_that_single_waits_give),
	    cmocka_unit_test(the_other_streams_in_blocks),
	    cmocka_unit_test(the_claim_of_each_stream),
	    cmocka_unit_test(of_a_watch_that_has_seen_nothing_no_figure_is_known),
	    cmocka_unit_test(the_verdict_is_of_this_epoch),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
