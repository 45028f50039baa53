/* SPDX-License-Identifier: MIT */
/* The sparse histogram against the dense one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/hist/sparse.h"

static struct kqt_hist dense, back;
static struct kqt_sparse sparse;

static uint64_t next_random(uint64_t *s)
{
	uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64, public domain */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int fill(void **state)
{
	uint64_t s = 7;

	(void)state;
	memset(&dense, 0, sizeof(dense));
	memset(&back, 0, sizeof(back));
	/* each binary magnitude up to 2^43 about as often: some are above 1 h */
	for (int i = 0; i < 3000; i++)
		kqt_hist_record(&dense,
		                next_random(&s) & ((UINT64_C(2) << next_random(&s) % 43) - 1));
	return kqt_sparse_from(&dense, &sparse);
}

static int drop(void **state)
{
	(void)state;
	kqt_sparse_free(&sparse);
	return 0;
}

static void comes_back_whole(void **state)
{
	(void)state;
	assert_true(dense.above > 0);
	assert_null(kqt_sparse_fault(&sparse));
	kqt_sparse_add_to(&sparse, &back);
	assert_memory_equal(&dense, &back, sizeof(dense));
	/* and adds, as merging does */
	kqt_sparse_add_to(&sparse, &back);
	kqt_hist_merge(&dense, &dense);
	assert_memory_equal(&dense, &back, sizeof(dense));
}

static void empty_is_empty(void **state)
{
	struct kqt_sparse s;

	(void)state;
	assert_int_equal(kqt_sparse_from(&back, &s), 0);
	assert_int_equal(s.n, 0);
	assert_null(kqt_sparse_fault(&s));
	kqt_sparse_add_to(&s, &back);
	assert_int_equal(back.count, 0);
	kqt_sparse_free(&s);
}

static void tells_what_contradicts_itself(void **state)
{
	struct kqt_sparse s = sparse;
	struct kqt_bin *last = &sparse.bins[sparse.n - 1];

	(void)state;
#define FAULTY(change, text)                                                                       \
	do {                                                                                       \
		s = sparse;                                                                        \
		change;                                                                            \
		assert_string_equal(kqt_sparse_fault(&s), text);                                   \
	} while (0)
	FAULTY(s.count++, "the bins' sum is not the count");
	FAULTY(s.count = 0, "the bins' sum is not the count");
	FAULTY(s.n--, "the bins' sum is not the count");
	FAULTY(s.min_ns = s.max_ns + 1, "the minimum is above the maximum");
	FAULTY(s.min_ns += 5000, "the minimum is not in the first bin");
	FAULTY(s.max_ns = s.min_ns, "the maximum is not in the last bin");
	FAULTY(s.above = 0, "above does not fit the maximum");
	FAULTY(s.above = last->count + 1, "above does not fit the maximum");
	FAULTY(s.sum_ns = UINT64_MAX, "the sum does not fit the count");
	last->index = KQT_HIST_LEN;
	FAULTY((void)0, "a bin is above the highest");
	last->index = 0;
	FAULTY((void)0, "the bins are not in order");
	last->index = KQT_HIST_LEN - 1;
	last->count = 0;
	FAULTY((void)0, "a bin is empty");
	last->count = UINT64_MAX;
	FAULTY((void)0, "the bins' sum is too large");
	s = (struct kqt_sparse){.sum_ns = 1};
	assert_string_equal(kqt_sparse_fault(&s), "empty, but not its sum");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(comes_back_whole, fill, drop),
	    cmocka_unit_test_setup_teardown(empty_is_empty, fill, drop),
	    cmocka_unit_test_setup_teardown(tells_what_contradicts_itself, fill, drop),
	};

	return cmocka_run_group_tests_name("sparse", tests, NULL, NULL);
}
