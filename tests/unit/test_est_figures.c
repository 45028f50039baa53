/* SPDX-License-Identifier: MIT */
/* The estimators that are formulas, and the formula of those that predict, against plain
 * versions of themselves (tests/support/est_naive.c); the least that each one needs; and
 * what can be worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/entropy/est_predict.h"
#include "engine/entropy/est_work.h"
#include "engine/entropy/tuples.h"
#include "tests/support/est_gen.h"
#include "tests/support/est_naive.h"

/* What the product promises beside NIST's tool. */
#define TOLERANCE 1e-9

#define N_MAX 70000

static uint8_t symbols[N_MAX];
static uint64_t msb[KQT_EST_WORDS(N_MAX)], lsb[KQT_EST_WORDS(N_MAX)];
static struct kqt_est_work work;

static int make_work(void **state)
{
	size_t bytes = 0;

	(void)state;
	work = (struct kqt_est_work){
	    .tuples = kqt_tuple_work_new(N_MAX, &bytes),
	    .mmc = kqt_mmc_work_new(N_MAX, &bytes),
	    .mmc_bits = kqt_mmc_bits_new(&bytes),
	    .lz = kqt_lz_work_new(&bytes),
	    .lz_bits = kqt_lz_bits_new(&bytes),
	};
	return work.tuples && work.mmc && work.mmc_bits && work.lz && work.lz_bits ? 0 : -1;
}

static int free_work(void **state)
{
	(void)state;
	kqt_tuple_work_free(work.tuples);
	kqt_mmc_work_free(work.mmc);
	kqt_mmc_bits_free(work.mmc_bits);
	kqt_lz_work_free(work.lz);
	kqt_lz_bits_free(work.lz_bits);
	return 0;
}

/* One estimator on symbols[0 .. n-1]; -1 where it says that there are too few. */
static double figure(enum kqt_estimator_id e, size_t n, unsigned k)
{
	struct kqt_est_data d = {.symbols = symbols, .n = n, .k = k};
	double bits = NAN;
	int rc;

	if (k == 2) {
		memset(msb, 0, KQT_EST_WORDS(n) * sizeof(*msb));
		memset(lsb, 0, KQT_EST_WORDS(n) * sizeof(*lsb));
		for (size_t i = 0; i < n; i++) {
			msb[i / 64] |= (uint64_t)symbols[i] << (63 - i % 64);
			lsb[i / 64] |= (uint64_t)symbols[i] << (i % 64);
		}
		d.msb = msb;
		d.lsb = lsb;
	}
	work.tuples->counted = NULL;
	rc = kqt_estimators[e].run(&d, &work, &bits);
	if (rc == -KQT_E_TOO_FEW)
		return -1;
	assert_int_equal(rc, 0);
	assert_false(signbit(bits));
	return bits;
}

static void assert_figure(enum kqt_estimator_id e, size_t n, unsigned k, double want)
{
	double got = figure(e, n, k);

	if (!(fabs(got - want) <= TOLERANCE))
		fail_msg("%s of %zu, %u symbols: got %.15g, want %.15g", kqt_estimators[e].key, n,
		         k, got, want);
}

/* Ones in 256 of them so many, and as often the one before again. */
static void fill_bits(uint64_t *seed, size_t n, unsigned ones, unsigned again)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t r = est_random(seed);

		symbols[i] = i > 0 && (r & 255) < again ? symbols[i - 1] : (r >> 8 & 255) < ones;
	}
}

static void fill_text(const char *digits)
{
	for (size_t i = 0; digits[i]; i++)
		symbols[i] = (uint8_t)(digits[i] - '0');
}

static void counts_of_two_symbols_are_those_of_the_plain_versions(void **state)
{
	static const unsigned ones[] = {128, 128, 90, 200, 20, 240, 2, 254};
	uint64_t seed = 1;

	(void)state;
	for (size_t n = 2; n <= 200; n += n < 70 ? 1 : 13)
		for (size_t m = 0; m < 8; m++) {
			fill_bits(&seed, n, ones[m], (unsigned)(est_random(&seed) % 3 * 90));
			assert_figure(KQT_EST_MCV, n, 2, est_naive_mcv(symbols, n));
			assert_figure(KQT_EST_COLLISION, n, 2, est_naive_collision(symbols, n));
			assert_figure(KQT_EST_MARKOV, n, 2, est_naive_markov(symbols, n));
		}
	for (size_t m = 0; m < 8; m++) {
		fill_bits(&seed, 5000, ones[m], (unsigned)(m * 16));
		assert_figure(KQT_EST_MCV, 5000, 2, est_naive_mcv(symbols, 5000));
		assert_figure(KQT_EST_COLLISION, 5000, 2, est_naive_collision(symbols, 5000));
		assert_figure(KQT_EST_MARKOV, 5000, 2, est_naive_markov(symbols, 5000));
	}
}

static void mcv_of_symbols_is_that_of_the_plain_version(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (size_t n = 2; n <= 1000; n += n < 40 ? 1 : 97)
		for (unsigned k = 3; k <= 256; k = k == 3 ? 16 : k * 4) {
			for (size_t i = 0; i < n; i++)
				symbols[i] = (uint8_t)(est_random(&seed) % k);
			assert_figure(KQT_EST_MCV, n, k, est_naive_mcv(symbols, n));
			memset(symbols, (int)k - 1, n - n / 3); /* the last symbol most often */
			assert_figure(KQT_EST_MCV, n, k, est_naive_mcv(symbols, n));
		}
}

/* The dictionary's 1000 blocks, the index 4096 and the 64 terms at once that begin there:
 * each side of all. */
static void compression_is_that_of_the_plain_version(void **state)
{
	static const size_t blocks[] = {1002, 1003, 1500, 4095, 4096, 4097, 4159, 4160, 5500};
	static const unsigned ones[] = {128, 110, 60, 4};
	uint64_t seed = 3;

	(void)state;
#ifdef __SANITIZE_THREAD__
	print_message("skip: slow with the thread sanitizer, and it has no threads\n");
	skip();
#endif
	for (size_t b = 0; b < sizeof(blocks) / sizeof(blocks[0]); b++)
		for (size_t m = 0; m < 4; m++) {
			size_t n = 6 * blocks[b] + b % 6;

			fill_bits(&seed, n, ones[m], 0);
			assert_figure(KQT_EST_COMPRESSION, n, 2, est_naive_compression(symbols, n));
		}
	memset(symbols, 0, 33000); /* distances of 1 but for these */
	for (size_t m = 1; m <= 4; m++) {
		symbols[6 * (1100 + m) + m] = 1;
		symbols[6 * (1100 + m + 4093 + m) + m] = 1;
	}
	assert_figure(KQT_EST_COMPRESSION, 33000, 2, est_naive_compression(symbols, 33000));
	memset(symbols, 0, 12000);
	assert_true(figure(KQT_EST_COMPRESSION, 12000, 2) == 0);
	for (size_t i = 0; i < 12000; i++) /* 0 .. 63 in turn: farther apart than by chance */
		symbols[i] = i / 6 >> (5 - i % 6) & 1;
	assert_true(figure(KQT_EST_COMPRESSION, 12000, 2) == 1);
}

/* right: how many of `total` were, the longest run of them `longest` */
static void check_prediction(uint64_t right, uint64_t total, uint64_t longest, unsigned k)
{
	struct est_prediction p = {.correct = right, .longest = longest};
	double got = kqt_predict_bits(right, total, longest, k);
	double want = est_naive_prediction_bits(p, total, k);

	if (!(fabs(got - want) <= TOLERANCE) || signbit(got))
		fail_msg("%d of %d, run %d, k %u: got %.15g, want %.15g", (int)right, (int)total,
		         (int)longest, k, got, want);
}

static void predictions_become_bits_as_in_the_plain_version(void **state)
{
	static const uint64_t totals[] = {2, 3, 5, 17, 100, 1001, 999999};
	static const unsigned ks[] = {2, 3, 256};

	(void)state;
	for (size_t t = 0; t < sizeof(totals) / sizeof(totals[0]); t++) {
		uint64_t n = totals[t];

		for (size_t i = 0; i < 3; i++) {
			check_prediction(0, n, 0, ks[i]);
			check_prediction(n, n, n, ks[i]);
			check_prediction(n / 2, n, 1, ks[i]);
		}
		for (uint64_t longest = 1; longest < n; longest += 1 + longest / 2) {
			check_prediction(longest, n, longest, ks[longest % 3]);
			check_prediction(longest + (n - longest) / 3, n, longest, ks[longest % 3]);
			check_prediction(n - 1, n, longest, 256);
		}
	}
}

/* The scoreboard of 6.3.7 to 6.3.9 as the standard steps through it; a leader that says
 * nothing neither goes on with its run nor ends it, as NIST's tool has it. */
static void plain_board(struct kqt_board *b, const uint64_t *right, const uint64_t *valid,
                        unsigned steps)
{
	for (unsigned t = 0; t < steps; t++) {
		if (right[b->leader] >> t & 1) {
			b->run.correct++;
			b->run.now++;
			if (b->run.now > b->run.longest)
				b->run.longest = b->run.now;
		} else if (valid[b->leader] >> t & 1) {
			b->run.now = 0;
		}
		for (unsigned j = 0; j < b->n; j++)
			if ((right[j] >> t & 1) && ++b->score[j] >= b->score[b->leader])
				b->leader = j;
	}
}

static void a_block_of_steps_is_scored_as_its_steps_are(void **state)
{
	static const unsigned ns[] = {1, 4, 16, 128};
	uint64_t seed = 6;

	(void)state;
	for (unsigned m = 0; m < 40; m++) {
		struct kqt_board b = {.n = ns[m % 4]}, plain = b;

		for (int block = 0; block < 200; block++) {
			uint64_t right[KQT_BOARD_MAX], valid[KQT_BOARD_MAX], any = 0;
			unsigned steps = est_random(&seed) % 3 ? 64 : 1 + est_random(&seed) % 64;
			uint64_t all = UINT64_MAX >> (64 - steps);

			for (unsigned j = 0; j < b.n; j++) {
				/* mostly wrong, mostly right, or right but for a few steps */
				uint64_t r = est_random(&seed), q = est_random(&seed);

				valid[j] = (m & 4 ? all : q | est_random(&seed)) & all;
				right[j] = (j % 3 == 0   ? r & q
				            : j % 3 == 1 ? r | q
				                         : ~(r & q & r << 7));
				right[j] = block % 8 == 0 ? valid[j] : right[j] & valid[j];
				any |= ~valid[j] & all;
			}
			kqt_board_feed(&b, right, any ? valid : NULL, steps);
			plain_board(&plain, right, valid, steps);
			assert_memory_equal(&b, &plain, sizeof(b));
		}
	}
}

/* At first the next one is always another than the commonest of any window, then it is
 * what chance makes it: no window is far ahead, so each leads for a while. */
static void windows_of_all_lengths_lead_by_turns(void **state)
{
	const size_t n = 16000;
	uint64_t seed = 8;

	(void)state;
	for (unsigned k = 3; k <= 4; k++) {
		for (size_t i = 0; i < n; i++) /* two of k: more than 1/k are right */
			symbols[i] = (uint8_t)(i < 4200 ? i % k : est_random(&seed) % 2);
		assert_figure(KQT_EST_MULTI_MCW, n, k,
		              est_naive_prediction_bits(est_naive_mcw(symbols, n), n - 63, k));
	}
}

/* -- the least --------------------------------------------------------------------- */

static void each_estimator_begins_where_it_says(void **state)
{
	static const struct {
		enum kqt_estimator_id e;
		size_t least;
	} of_any[] = {{KQT_EST_MCV, 2},
	              {KQT_EST_MULTI_MCW, 4096},
	              {KQT_EST_LAG, 3},
	              {KQT_EST_MULTI_MMC, 4},
	              {KQT_EST_LZ78Y, 19}},
	  of_bits[] = {{KQT_EST_MARKOV, 2}, {KQT_EST_COMPRESSION, 6012}};
	uint64_t seed = 4;

	(void)state;
	for (unsigned k = 2; k <= 3; k++) {
		for (size_t i = 0; i < N_MAX; i++)
			symbols[i] = (uint8_t)(est_random(&seed) % k);
		for (size_t i = 0; i < 5; i++) {
			assert_true(figure(of_any[i].e, of_any[i].least - 1, k) == -1);
			assert_true(figure(of_any[i].e, of_any[i].least, k) >= 0);
		}
		for (size_t i = 0; k == 2 && i < 2; i++) {
			assert_true(figure(of_bits[i].e, of_bits[i].least - 1, 2) == -1);
			assert_true(figure(of_bits[i].e, of_bits[i].least, 2) >= 0);
		}
	}
	memset(symbols, 0, 35);
	for (unsigned k = 2; k <= 3; k++) {
		assert_true(figure(KQT_EST_T_TUPLE, 34, k) == -1);
		assert_true(figure(KQT_EST_T_TUPLE, 35, k) == 0);
		assert_true(figure(KQT_EST_LRS, 1, k) == -1);
		assert_true(figure(KQT_EST_LRS, 2, k) == 0);
	}
}

/* 2^16 symbols are the most that may go by before an order to stop is seen. */
static void each_estimator_stops_when_it_is_told_to(void **state)
{
	atomic_int order = 1;
	uint64_t seed = 7;

	(void)state;
	for (unsigned k = 2; k <= 3; k++) {
		struct kqt_est_data d = {.symbols = symbols,
		                         .msb = msb,
		                         .lsb = lsb,
		                         .n = N_MAX,
		                         .k = k,
		                         .order = &order};

		for (size_t i = 0; i < N_MAX; i++)
			symbols[i] = (uint8_t)(est_random(&seed) % k);
		memset(msb, 0, sizeof(msb));
		memset(lsb, 0, sizeof(lsb));
		for (int e = 0; e < KQT_ESTIMATORS; e++) {
			double bits;

			if (k > 2 && !kqt_estimators[e].on_symbols)
				continue;
			work.tuples->counted = NULL;
			assert_int_equal(kqt_estimators[e].run(&d, &work, &bits), -KQT_E_STOPPED);
		}
	}
}

static void collision_of_a_few_pieces(void **state)
{
	(void)state;
	fill_text("01011"); /* 010, and 11: mean 2.5, less its error is below 2 */
	assert_true(figure(KQT_EST_COLLISION, 4, 2) == -1);
	assert_true(figure(KQT_EST_COLLISION, 5, 2) == 0);
	fill_text("0011"); /* 00, 11: mean 2, no error */
	assert_true(figure(KQT_EST_COLLISION, 3, 2) == -1);
	assert_true(figure(KQT_EST_COLLISION, 4, 2) == 0);
	fill_text("010101"); /* 010, 101: mean 3, more than any p explains */
	assert_true(figure(KQT_EST_COLLISION, 5, 2) == -1);
	assert_true(figure(KQT_EST_COLLISION, 6, 2) == 1);
}

static void markov_of_a_few_bits(void **state)
{
	(void)state;
	fill_text("01"); /* nothing follows a one: no string of 128 is possible */
	assert_true(figure(KQT_EST_MARKOV, 2, 2) == 1);
	fill_text("00"); /* one string only */
	assert_true(figure(KQT_EST_MARKOV, 2, 2) == 0);
	fill_text("11");
	assert_true(figure(KQT_EST_MARKOV, 2, 2) == 0);
	fill_text("0101"); /* alternates for certain, from either: the first costs 1 bit */
	assert_true(figure(KQT_EST_MARKOV, 4, 2) == 1 / 128.0);
	fill_text("0111"); /* ones, the first of them for log2(4/3) */
	assert_true(fabs(figure(KQT_EST_MARKOV, 4, 2) - log2(4 / 3.0) / 128) < 1e-15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_of_two_symbols_are_those_of_the_plain_versions),
	    cmocka_unit_test(mcv_of_symbols_is_that_of_the_plain_version),
	    cmocka_unit_test(compression_is_that_of_the_plain_version),
	    cmocka_unit_test(predictions_become_bits_as_in_the_plain_version),
	    cmocka_unit_test(a_block_of_steps_is_scored_as_its_steps_are),
	    cmocka_unit_test(windows_of_all_lengths_lead_by_turns),
	    cmocka_unit_test(each_estimator_begins_where_it_says),
	    cmocka_unit_test(each_estimator_stops_when_it_is_told_to),
	    cmocka_unit_test(collision_of_a_few_pieces),
	    cmocka_unit_test(markov_of_a_few_bits),
	};

	return cmocka_run_group_tests(tests, make_work, free_work);
}
