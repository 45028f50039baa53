/* SPDX-License-Identifier: MIT */
/* The health tests: every cutoff of tests/data/health_cutoffs.tsv, and alarms exactly
 * where a series is made to have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/entropy/health.h"
#include "tests/support/est_gen.h"

#define CLAIM 2.5 /* cutoffs 9 13 17 and 135 147 157 */

static const char data_file[] = "tests/data/health_cutoffs.tsv";
static uint8_t bytes[100000];

static void every_cutoff_of_the_table(void **state)
{
	char line[256];
	FILE *f = fopen(data_file, "re");
	int rows = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned a, rct, std512, std1024, exact512, exact1024;
		double h;

		if (line[0] == '#')
			continue;
		assert_int_equal(sscanf(line, "%u %lf %u %u %u %u %u", &a, &h, &rct, &std512,
		                        &std1024, &exact512, &exact1024),
		                 7);
		assert_int_equal(kqt_rct_cutoff(h, a), rct);
		assert_int_equal(kqt_apt_cutoff(512, h, a, KQT_APT_STANDARD), std512);
		assert_int_equal(kqt_apt_cutoff(1024, h, a, KQT_APT_STANDARD), std1024);
		assert_int_equal(kqt_apt_cutoff(512, h, a, KQT_APT_EXACT), exact512);
		assert_int_equal(kqt_apt_cutoff(1024, h, a, KQT_APT_EXACT), exact1024);
		rows++;
	}
	fclose(f);
	assert_int_equal(rows, 75);
}

/* jitterentropy's table for alpha 2^-60: far below what 1 - P can tell apart. */
static void cutoffs_hold_below_the_grain_of_1(void **state)
{
	static const uint32_t want[] = {355, 447, 479, 494, 502, 507, 510, 512, 512};

	(void)state;
	for (unsigned osr = 1; osr <= sizeof(want) / sizeof(want[0]); osr++)
		assert_int_equal(kqt_apt_cutoff(512, 1.0 / osr, 60, KQT_APT_EXACT), want[osr - 1]);
}

/* Of two samples each is the byte in question once in 256: both are in 2^-16, one is or
 * both are in 2^-7 - 2^-16. */
static void cutoffs_of_two_samples_by_hand(void **state)
{
	(void)state;
	assert_int_equal(kqt_apt_cutoff(2, 8, 15, KQT_APT_STANDARD), 2);
	assert_int_equal(kqt_apt_cutoff(2, 8, 17, KQT_APT_STANDARD), 3);
	assert_int_equal(kqt_apt_cutoff(2, 8, 8, KQT_APT_STANDARD), 2);
	assert_int_equal(kqt_apt_cutoff(2, 8, 7, KQT_APT_STANDARD), 1);
}

/* Claimed so little that all 512 may well be equal: the cutoff is what a window can reach. */
static void a_cutoff_is_at_most_the_window(void **state)
{
	struct kqt_health_run h;

	(void)state;
	kqt_health_begin(&h, 0.001);
	assert_true(h.claim_bits == 0.001);
	memset(bytes, 3, 512);
	kqt_health_add(&h, bytes, 511, 1);
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
		assert_int_equal(h.test[KQT_HEALTH_RCT][a].cutoff, 20001 + 10000 * a);
		assert_int_equal(h.test[KQT_HEALTH_APT][a].cutoff, 512);
		assert_int_equal(h.test[KQT_HEALTH_APT][a].alarms, 0);
	}
	kqt_health_add(&h, bytes, 1, 1);
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
		assert_int_equal(h.test[KQT_HEALTH_APT][a].alarms, 1);
}

static void no_byte_changes_nothing_and_one_is_a_run_of_one(void **state)
{
	struct kqt_health_run h, before;

	(void)state;
	kqt_health_begin(&h, CLAIM);
	before = h;
	kqt_health_add(&h, bytes, 0, 1);
	assert_memory_equal(&h, &before, sizeof(h));
	kqt_health_add(&h, bytes, 1, 1);
	assert_int_equal(h.rct_max, 1);
	assert_int_equal(h.apt_max, 1);
}

/* A day of one byte at 50,000 a second is longer than 32 bits hold. */
static void a_run_stays_at_the_most_that_is_counted(void **state)
{
	struct kqt_health_run h;

	(void)state;
	memset(bytes, 5, 100);
	kqt_health_begin(&h, CLAIM);
	kqt_health_add(&h, bytes, 100, 1);
	h.run = h.rct_max = UINT32_MAX - 1;
	kqt_health_add(&h, bytes, 100, 2);
	assert_true(h.run == UINT32_MAX);
	assert_true(h.rct_max == UINT32_MAX);
	assert_int_equal(h.test[KQT_HEALTH_RCT][0].alarms, 1);
	assert_int_equal(h.test[KQT_HEALTH_RCT][0].at_ns, 1);
}

/* 0 .. 255 over and over: no run, and twice each byte in a window. */
static void fill_ramp(size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)i;
}

static void add_in_parts(struct kqt_health_run *h, size_t n, size_t part, uint64_t now_ns)
{
	for (size_t i = 0; i < n; i += part)
		kqt_health_add(h, bytes + i, n - i < part ? n - i : part, now_ns);
}

static void a_run_that_reaches_a_cutoff_is_one_alarm_of_it(void **state)
{
	static const size_t parts[] = {1, 7, 512, 100000};

	(void)state;
	for (size_t p = 0; p < 4; p++) {
		struct kqt_health_run h;
		const struct kqt_health *rct = h.test[KQT_HEALTH_RCT];

		fill_ramp(10000);
		memset(bytes + 1000, 0x42, 8);  /* one short of 9 */
		memset(bytes + 2000, 0x43, 9);  /* reaches 9 */
		memset(bytes + 3000, 0x44, 16); /* 9 and 13 */
		memset(bytes + 4000, 0x45, 40); /* all */
		kqt_health_begin(&h, CLAIM);
		assert_int_equal(rct[0].cutoff, 9);
		assert_int_equal(rct[1].cutoff, 13);
		assert_int_equal(rct[2].cutoff, 17);
		add_in_parts(&h, 3500, parts[p], 111);
		assert_int_equal(rct[0].alarms, 2);
		assert_int_equal(rct[1].alarms, 1);
		assert_int_equal(rct[2].alarms, 0);
		assert_int_equal(rct[0].symbol, 0x44);
		assert_int_equal(rct[0].at_ns, 111);
		assert_int_equal(h.rct_max, 16);
		fill_ramp(3500);
		memset(bytes, 0x45, 40);
		add_in_parts(&h, 3500, parts[p], 222);
		assert_int_equal(rct[0].alarms, 3);
		assert_int_equal(rct[1].alarms, 2);
		assert_int_equal(rct[2].alarms, 1);
		assert_int_equal(rct[0].at_ns, 222);
		assert_int_equal(rct[0].symbol, 0x45);
		assert_int_equal(rct[2].at_ns, 222);
		assert_int_equal(h.rct_max, 40);
		assert_int_equal(h.test[KQT_HEALTH_APT][0].alarms, 0);
	}
}

/* `same` bytes equal to the window's first, spread so that there is no run. */
static void fill_window(uint8_t *w, uint8_t first, unsigned same)
{
	for (unsigned i = 0; i < KQT_APT_WINDOW; i++)
		w[i] = (uint8_t)(first + 1 + i % 200);
	for (unsigned i = 0; i < same; i++)
		w[3 * i] = first;
}

static void a_window_that_reaches_a_cutoff_is_one_alarm_of_it(void **state)
{
	static const size_t parts[] = {1, 100, 512, 100000};
	static const unsigned same[] = {134, 135, 147, 156, 157, 1};

	(void)state;
	for (size_t p = 0; p < 4; p++) {
		struct kqt_health_run h;
		const struct kqt_health *apt = h.test[KQT_HEALTH_APT];

		for (unsigned w = 0; w < 6; w++)
			fill_window(bytes + w * 512, (uint8_t)(w + 1), same[w]);
		kqt_health_begin(&h, CLAIM);
		assert_int_equal(apt[0].cutoff, 135);
		assert_int_equal(apt[1].cutoff, 147);
		assert_int_equal(apt[2].cutoff, 157);
		add_in_parts(&h, 6 * (size_t)512, parts[p], 5);
		assert_int_equal(apt[0].alarms, 4);
		assert_int_equal(apt[1].alarms, 3);
		assert_int_equal(apt[2].alarms, 1);
		assert_int_equal(apt[0].symbol, 5);
		assert_int_equal(apt[2].symbol, 5);
		assert_int_equal(h.apt_max, 157);
		assert_int_equal(h.test[KQT_HEALTH_RCT][0].alarms, 0);
	}
}

/* Windows do not overlap: 134 + 134 across a border are no alarm. */
static void windows_do_not_overlap(void **state)
{
	struct kqt_health_run h;

	(void)state;
	fill_ramp(1024);
	for (unsigned i = 0; i < 134; i++) {
		bytes[511 - 2 * i] = 0;
		bytes[512 + 2 * i] = 0;
	}
	bytes[0] = 0;
	kqt_health_begin(&h, CLAIM);
	kqt_health_add(&h, bytes, 1024, 1);
	assert_int_equal(h.test[KQT_HEALTH_APT][0].alarms, 1); /* 0 also stands at 0 and 256 */
	assert_int_equal(h.apt_max, 136);
	bytes[0] = 1; /* another first byte: only the second window counts zeros */
	kqt_health_begin(&h, CLAIM);
	kqt_health_add(&h, bytes, 1024, 1);
	assert_int_equal(h.test[KQT_HEALTH_APT][0].alarms, 0);
	assert_int_equal(h.apt_max, 134);
}

static void random_bytes_raise_no_alarm_and_any_cut_gives_the_same(void **state)
{
	struct kqt_health_run whole, cut;
	uint64_t s = 9;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(est_random(&s) >> 60); /* 16 values: runs of 5 and more */
	kqt_health_begin(&whole, 4);
	kqt_health_add(&whole, bytes, sizeof(bytes), 1);
	kqt_health_begin(&cut, 4);
	for (size_t i = 0; i < sizeof(bytes);) {
		size_t part = est_random(&s) % 1500;

		part = part > sizeof(bytes) - i ? sizeof(bytes) - i : part;
		kqt_health_add(&cut, bytes + i, part, 1);
		i += part;
	}
	assert_memory_equal(&whole, &cut, sizeof(whole));
	assert_true(whole.rct_max >= 4 && whole.rct_max < 6 + 1);
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
		for (int t = 0; t < KQT_HEALTH_TESTS; t++)
			assert_int_equal(whole.test[t][a].alarms, 0);
}

static void a_constant_stream_is_one_alarm_of_runs_and_one_a_window(void **state)
{
	struct kqt_health_run h;

	(void)state;
	memset(bytes, 7, sizeof(bytes));
	kqt_health_begin(&h, 8); /* lsb's claim */
	kqt_health_add(&h, bytes, 51200, 1);
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
		assert_int_equal(h.test[KQT_HEALTH_RCT][a].alarms, 1);
		assert_int_equal(h.test[KQT_HEALTH_APT][a].alarms, 100);
	}
	assert_int_equal(h.rct_max, 51200);
	assert_int_equal(h.apt_max, 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_cutoff_of_the_table),
	    cmocka_unit_test(cutoffs_hold_below_the_grain_of_1),
	    cmocka_unit_test(cutoffs_of_two_samples_by_hand),
	    cmocka_unit_test(a_cutoff_is_at_most_the_window),
	    cmocka_unit_test(no_byte_changes_nothing_and_one_is_a_run_of_one),
	    cmocka_unit_test(a_run_stays_at_the_most_that_is_counted),
	    cmocka_unit_test(a_run_that_reaches_a_cutoff_is_one_alarm_of_it),
	    cmocka_unit_test(a_window_that_reaches_a_cutoff_is_one_alarm_of_it),
	    cmocka_unit_test(windows_do_not_overlap),
	    cmocka_unit_test(random_bytes_raise_no_alarm_and_any_cut_gives_the_same),
	    cmocka_unit_test(a_constant_stream_is_one_alarm_of_runs_and_one_a_window),
	};

	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
