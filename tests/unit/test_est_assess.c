/* SPDX-License-Identifier: MIT */
/* The assessment as a whole: odd input, threads, stopping, the workspace. */
#include <math.h>
#include <pthread.h>
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
#include "tests/support/est_gen.h"

#define N 60000

static uint8_t samples[N];

static struct kqt_assess_workspace *workspace(size_t n, unsigned bits)
{
	struct kqt_assess_workspace *w = kqt_assess_workspace_new(n, bits);

	assert_non_null(w);
	return w;
}

static void assert_nothing(const struct kqt_assess_view *v)
{
	assert_false(v->assessed);
	for (int e = 0; e < KQT_ESTIMATORS; e++)
		assert_true(isnan(v->bits[e]));
}

static void one_symbol_is_assessed_as_0_without_figures(void **state)
{
	struct kqt_assess_workspace *w = workspace(100, 8);
	struct kqt_assessment a;

	(void)state;
	memset(samples, 0xaa, 100);
	for (size_t n = 1; n <= 100; n += 33) {
		assert_int_equal(kqt_assess(w, samples, n, 8, NULL, &a), 0);
		assert_true(a.assessed == 0 && a.alphabet == 1 && a.binding == -1);
		assert_nothing(&a.literal);
		assert_nothing(&a.bitstring);
		assert_true(isnan(a.bitstring.h));
	}
	kqt_assess_workspace_free(w);
}

static void two_symbols_have_no_bitstring(void **state)
{
	struct kqt_assess_workspace *w = workspace(N, 8);
	struct kqt_assessment a;

	(void)state;
	assert_int_equal(est_generate("two", 1, samples, N), 0);
	assert_int_equal(kqt_assess(w, samples, N, 8, NULL, &a), 0);
	assert_nothing(&a.bitstring);
	assert_true(isnan(a.bitstring.h));
	for (int e = 0; e < KQT_ESTIMATORS; e++)
		assert_int_equal(a.literal.rc[e], 0);
	assert_true(a.assessed == a.literal.h && a.assessed <= 1);
	kqt_assess_workspace_free(w);
}

static void too_few_samples_leave_figures_out_with_a_reason(void **state)
{
	static const uint8_t three[] = {1, 2, 3, 1, 2, 3, 3, 3};
	struct kqt_assess_workspace *w = workspace(8, 8);
	struct kqt_assessment a;
	char text[64];

	(void)state;
	for (size_t n = 3; n <= 8; n++) {
		assert_int_equal(kqt_assess(w, three, n, 2, NULL, &a), 0);
		assert_int_equal(a.literal.rc[KQT_EST_MCV], 0);
		assert_int_equal(a.literal.rc[KQT_EST_MULTI_MCW], -KQT_E_TOO_FEW);
		assert_true(isnan(a.literal.bits[KQT_EST_MULTI_MCW]));
		assert_true(a.assessed >= 0 && a.assessed <= 2);
	}
	assert_string_equal(
	    kqt_assess_reason(KQT_EST_MULTI_MCW, -KQT_E_TOO_FEW, text, sizeof(text)),
	    "needs at least 4096");
	assert_string_equal(kqt_assess_reason(KQT_EST_MCV, 0, text, sizeof(text)), "");
	kqt_assess_workspace_free(w);
}

static void every_short_length_is_assessed(void **state)
{
	struct kqt_assess_workspace *w = workspace(200, 8);
	uint64_t seed = 9;

	(void)state;
	for (size_t n = 1; n <= 200; n++) {
		uint8_t *s = malloc(n);
		struct kqt_assessment a;

		assert_non_null(s);
		for (unsigned k = 2; k <= 256; k *= 2) {
			for (size_t i = 0; i < n; i++)
				s[i] = (uint8_t)(est_random(&seed) % k);
			assert_int_equal(kqt_assess(w, s, n, 8, NULL, &a), 0);
			assert_true(a.assessed >= 0 && a.assessed <= 8);
		}
		free(s);
	}
	kqt_assess_workspace_free(w);
}

static void bad_calls_are_refused(void **state)
{
	struct kqt_assess_workspace *w = workspace(10, 4);
	struct kqt_assessment a;

	(void)state;
	memset(samples, 15, 11);
	assert_int_equal(kqt_assess(w, samples, 0, 4, NULL, &a), -KQT_E_TOO_FEW);
	assert_int_equal(kqt_assess(w, samples, 11, 4, NULL, &a), -KQT_E_RANGE);
	assert_int_equal(kqt_assess(w, samples, 10, 5, NULL, &a), -KQT_E_RANGE);
	assert_int_equal(kqt_assess(w, samples, 10, 0, NULL, &a), -KQT_E_RANGE);
	assert_int_equal(kqt_assess(w, samples, 10, 3, NULL, &a), -KQT_E_BAD_SYMBOL);
	assert_int_equal(kqt_assess(w, samples, 10, 4, NULL, &a), 0);
	assert_null(kqt_assess_workspace_new(0, 8));
	assert_null(kqt_assess_workspace_new(10, 0));
	assert_null(kqt_assess_workspace_new(10, 9));
	assert_null(kqt_assess_workspace_new((size_t)KQT_ASSESS_MAX_SAMPLES + 1, 8));
	kqt_assess_workspace_free(NULL);
	kqt_assess_workspace_free(w);
}

static void word_is_as_wide_as_the_largest_sample(void **state)
{
	static const uint8_t s[] = {0, 0, 1, 5, 128};

	(void)state;
	assert_int_equal(kqt_assess_bits(s, 2), 1);
	assert_int_equal(kqt_assess_bits(s, 3), 1);
	assert_int_equal(kqt_assess_bits(s, 4), 3);
	assert_int_equal(kqt_assess_bits(s, 5), 8);
	assert_int_equal(kqt_assess_bits(s, 0), 1);
}

static void threads_do_not_change_a_digit(void **state)
{
	struct kqt_assess_workspace *w = workspace(N, 8);
	struct kqt_assessment one, more;

	(void)state;
	assert_int_equal(est_generate("mkv8", 3, samples, N), 0);
	for (unsigned threads = 1; threads <= 4; threads++) {
		struct kqt_assess_options how = {.threads = threads};

		assert_int_equal(kqt_assess(w, samples, N, 8, &how, &more), 0);
		if (threads == 1)
			one = more;
		assert_memory_equal(one.literal.bits, more.literal.bits, sizeof(one.literal.bits));
		assert_memory_equal(one.bitstring.bits, more.bitstring.bits,
		                    sizeof(one.bitstring.bits));
		assert_true(one.assessed == more.assessed && one.binding == more.binding);
	}
	kqt_assess_workspace_free(w);
}

struct watcher {
	double last;
	int calls, stop_at;
	pthread_t caller;
};

static bool watch(void *arg, double done)
{
	struct watcher *x = arg;

	assert_true(done >= x->last && done <= 1);
	assert_true(pthread_equal(pthread_self(), x->caller));
	x->last = done;
	return ++x->calls != x->stop_at;
}

static void progress_rises_in_the_callers_thread(void **state)
{
	struct kqt_assess_workspace *w = workspace(N, 8);
	struct watcher x = {.caller = pthread_self()};
	struct kqt_assess_options how = {.threads = 2, .progress = watch, .arg = &x};
	struct kqt_assessment a;

	(void)state;
	assert_int_equal(est_generate("uni8", 3, samples, N), 0);
	assert_int_equal(kqt_assess(w, samples, N, 8, &how, &a), 0);
	assert_true(x.calls > 0);
	kqt_assess_workspace_free(w);
}

static void stopped_assessment_returns_and_the_workspace_stays_usable(void **state)
{
	static const char *const kinds[] = {"uni8", "ramp", "const", "two"};
	struct kqt_assess_workspace *w = workspace(N, 8);
	struct kqt_assessment before, stopped, after;

	(void)state;
	for (size_t m = 0; m < 4; m++) {
		assert_int_equal(est_generate(kinds[m], 4, samples, N), 0);
		assert_int_equal(kqt_assess(w, samples, N, 8, NULL, &before), 0);
		for (int at = 1; at <= 3; at++) {
			struct watcher x = {.caller = pthread_self(), .stop_at = at};
			struct kqt_assess_options how = {
			    .threads = 2, .progress = watch, .arg = &x};
			int rc = kqt_assess(w, samples, N, 8, &how, &stopped);

			/* a later call may come after the end */
			assert_true(rc == -KQT_E_STOPPED || (at > 1 && rc == 0));
		}
		assert_int_equal(kqt_assess(w, samples, N, 8, NULL, &after), 0);
		assert_memory_equal(before.literal.bits, after.literal.bits,
		                    sizeof(before.literal.bits));
		assert_memory_equal(before.bitstring.bits, after.bitstring.bits,
		                    sizeof(before.bitstring.bits));
	}
	kqt_assess_workspace_free(w);
}

static void workspace_is_as_large_as_its_header_says(void **state)
{
	struct kqt_assess_workspace *w = workspace(1000000, 8);

	(void)state;
	assert_in_range(kqt_assess_workspace_size(w), 1, 160000000);
	kqt_assess_workspace_free(w);
}

static void table_lists_ten_estimators_in_the_standards_order(void **state)
{
	static const char *const keys[] = {"mcv", "collision", "markov", "compression", "t_tuple",
	                                   "lrs", "multi_mcw", "lag",    "multi_mmc",   "lz78y"};
	char section[16];

	(void)state;
	assert_int_equal(KQT_ESTIMATORS, 10);
	for (int e = 0; e < KQT_ESTIMATORS; e++) {
		snprintf(section, sizeof(section), "6.3.%d", e + 1);
		assert_string_equal(kqt_estimators[e].key, keys[e]);
		assert_string_equal(kqt_estimators[e].section, section);
		assert_true(kqt_estimators[e].on_bits);
		assert_int_equal(kqt_estimators[e].on_symbols, e == 0 || e >= KQT_EST_T_TUPLE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_symbol_is_assessed_as_0_without_figures),
	    cmocka_unit_test(two_symbols_have_no_bitstring),
	    cmocka_unit_test(too_few_samples_leave_figures_out_with_a_reason),
	    cmocka_unit_test(every_short_length_is_assessed),
	    cmocka_unit_test(bad_calls_are_refused),
	    cmocka_unit_test(word_is_as_wide_as_the_largest_sample),
	    cmocka_unit_test(threads_do_not_change_a_digit),
	    cmocka_unit_test(progress_rises_in_the_callers_thread),
	    cmocka_unit_test(stopped_assessment_returns_and_the_workspace_stays_usable),
	    cmocka_unit_test(workspace_is_as_large_as_its_header_says),
	    cmocka_unit_test(table_lists_ten_estimators_in_the_standards_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
