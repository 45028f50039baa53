/* SPDX-License-Identifier: MIT */
/* From waits to bytes. Expected values are worked by hand, or by the definition
 * written out over whole arrays, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/entropy/extract.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t next_random(uint64_t *s)
{
	uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64, public domain */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* The fold as a sentence says it: XOR of the eight bytes. */
static uint8_t slow_fold8(uint64_t x)
{
	uint8_t bytes[8], r = 0;

	memcpy(bytes, &x, 8);
	for (int i = 0; i < 8; i++)
		r = (uint8_t)(r ^ bytes[i]);
	return r;
}

static void fold8_xors_the_eight_bytes_of_a_word(void **state)
{
	uint64_t s = 1;

	(void)state;
	assert_int_equal(kqt_fold8(0), 0);
	assert_int_equal(kqt_fold8(0xff), 0xff);
	assert_int_equal(kqt_fold8(UINT64_C(0xff00000000000000)), 0xff);
	/* 1^2^3^4^5^6^7^8 = 8 */
	assert_int_equal(kqt_fold8(UINT64_C(0x0102030405060708)), 8);
	for (int i = 0; i < 1000; i++) {
		uint64_t x = next_random(&s);

		assert_int_equal(kqt_fold8(x), slow_fold8(x));
	}
}

static void fold_of_the_worked_example(void **state)
{
	/* deltas 3, -4, 291; XORs 0xffffffffffffffff and 0xfffffffffffffedf; eight
	 * times 0xff folds to 0, six times 0xff with 0xfe and 0xdf to 0x21 */
	static const uint64_t waits[] = {10, 13, 9, 300};
	struct kqt_fold f = {0};
	uint8_t byte = 0x5a;

	(void)state;
	assert_int_equal(UINT64_C(3) ^ (uint64_t)-4, UINT64_C(0xffffffffffffffff));
	assert_int_equal((uint64_t)-4 ^ UINT64_C(291), UINT64_C(0xfffffffffffffedf));
	assert_false(kqt_fold_step(&f, waits[0], &byte));
	assert_false(kqt_fold_step(&f, waits[1], &byte));
	assert_int_equal(byte, 0x5a);
	assert_true(kqt_fold_step(&f, waits[2], &byte));
	assert_int_equal(byte, 0x00);
	assert_true(kqt_fold_step(&f, waits[3], &byte));
	assert_int_equal(byte, 0x21);
}

static void fold_wraps_around_in_64_bits(void **state)
{
	/* 2^64 - 1 -> 1: delta 2; 1 -> 2^64 - 2: delta -3; 2 ^ -3 = ~0 and folds
	 * to 0; -3 ^ 5 = 0xff..f8 folds to 0xff ^ 0xf8 = 7 */
	static const uint64_t waits[] = {UINT64_MAX, 1, UINT64_MAX - 1, 3};
	struct kqt_fold f = {0};
	uint8_t byte = 0;

	(void)state;
	assert_false(kqt_fold_step(&f, waits[0], &byte));
	assert_false(kqt_fold_step(&f, waits[1], &byte));
	assert_true(kqt_fold_step(&f, waits[2], &byte));
	assert_int_equal(byte, 0);
	assert_true(kqt_fold_step(&f, waits[3], &byte));
	assert_int_equal(byte, 7);
}

static void fold_does_not_take_zeroed_state_for_a_wait(void **state)
{
	/* with a phantom wait of 0 before it, 5 5 5 would give a byte too early */
	struct kqt_fold f = {0};
	uint8_t byte = 0x5a;

	(void)state;
	assert_false(kqt_fold_step(&f, 5, &byte));
	assert_false(kqt_fold_step(&f, 5, &byte));
	assert_true(kqt_fold_step(&f, 5, &byte));
	assert_int_equal(byte, 0);
}

/* One collection as both callers run it: warm-up dropped, the rest folded. */
static size_t collect(const uint64_t *waits, size_t n_waits, uint8_t *out)
{
	struct kqt_fold f = {0};
	size_t n = 0;

	for (size_t i = 0; i < n_waits; i++) {
		if (i >= KQT_COLLECT_WARMUP && kqt_fold_step(&f, waits[i], &out[n]))
			n++;
	}
	return n;
}

static void collection_of_n_bytes_takes_n_and_64_waits(void **state)
{
	static const size_t sizes[] = {1, 2, 32, 1024};
	uint64_t s = 7, waits[1024 + 64];
	uint8_t got[1024 + 64];

	(void)state;
	for (size_t k = 0; k < LEN(sizes); k++) {
		size_t n = sizes[k];

		for (size_t i = 0; i < n + 64; i++)
			waits[i] = next_random(&s) >> (i % 60);
		assert_int_equal(collect(waits, n + KQT_COLLECT_EXTRA, got), n);
		for (size_t i = 0; i < n; i++) {
			const uint64_t *w = waits + 62 + i;

			assert_int_equal(got[i], slow_fold8((w[1] - w[0]) ^ (w[2] - w[1])));
		}
	}
}

static void collection_does_not_depend_on_its_warm_up(void **state)
{
	uint64_t s = 8, waits[32 + 64];
	uint8_t a[96], b[96];

	(void)state;
	for (size_t i = 0; i < LEN(waits); i++)
		waits[i] = next_random(&s) % 100000;
	assert_int_equal(collect(waits, LEN(waits), a), 32);
	for (size_t i = 0; i < 62; i++)
		waits[i] = next_random(&s);
	assert_int_equal(collect(waits, LEN(waits), b), 32);
	assert_memory_equal(a, b, 32);
	waits[62]++;
	assert_int_equal(collect(waits, LEN(waits), b), 32);
	assert_memory_not_equal(a, b, 32);
}

static void pack_puts_the_first_wait_in_the_highest_bit(void **state)
{
	/* lowest bits 1 0 1 1 0 0 0 1 = 0xb1, then 0 0 0 0 1 1 1 0 = 0x0e */
	static const uint64_t waits[] = {1001, 1000, 3, 7,  2, 0,   4, UINT64_MAX,
	                                 0,    256,  8, 10, 9, 257, 5, UINT64_MAX - 1};
	struct kqt_pack p = {0};
	uint8_t byte = 0x5a;

	(void)state;
	for (size_t i = 0; i < LEN(waits); i++) {
		bool whole = kqt_pack_step(&p, waits[i], &byte);

		assert_int_equal(whole, i % 8 == 7);
		assert_int_equal(byte, i < 7 ? 0x5a : i < 15 ? 0xb1 : 0x0e);
	}
}

static void stream_names_are_those_of_the_options(void **state)
{
	(void)state;
	assert_string_equal(kqt_stream_name(KQT_STREAM_SEED), "seed");
	assert_string_equal(kqt_stream_name(KQT_STREAM_LOW8), "low8");
	assert_string_equal(kqt_stream_name(KQT_STREAM_LSB), "lsb");
	assert_string_equal(kqt_stream_name(KQT_STREAM_NOTIFICATION), "notification");
	assert_string_equal(kqt_stream_name(KQT_STREAMS), "");
}

static void stream_names_read_back(void **state)
{
	(void)state;
	for (int s = 0; s < KQT_STREAMS; s++)
		assert_int_equal(kqt_stream_from_name(kqt_stream_name((enum kqt_stream)s)), s);
}

static void stream_from_name_wants_the_whole_name(void **state)
{
	static const char *const bad[] = {"", "see", "seeds", "Seed", "low8 ", "lsb\n"};

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++)
		assert_int_equal(kqt_stream_from_name(bad[i]), -KQT_E_UNKNOWN_NAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fold8_xors_the_eight_bytes_of_a_word),
	    cmocka_unit_test(fold_of_the_worked_example),
	    cmocka_unit_test(fold_wraps_around_in_64_bits),
	    cmocka_unit_test(fold_does_not_take_zeroed_state_for_a_wait),
	    cmocka_unit_test(collection_of_n_bytes_takes_n_and_64_waits),
	    cmocka_unit_test(collection_does_not_depend_on_its_warm_up),
	    cmocka_unit_test(pack_puts_the_first_wait_in_the_highest_bit),
	    cmocka_unit_test(stream_names_are_those_of_the_options),
	    cmocka_unit_test(stream_names_read_back),
	    cmocka_unit_test(stream_from_name_wants_the_whole_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
