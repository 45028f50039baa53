/* SPDX-License-Identifier: MIT */
/* Every estimate of tests/data/estimates.tsv, by NIST's tool, within 1e-9 bit: that is
 * what the product promises. What is seen is below 1e-11; the rest is room for other
 * compilers' and libraries' last digits. */
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
#include "tests/support/est_gen.h"

#define TOLERANCE 1e-9
#define N_MAX 1000000

static const char data_file[] = "tests/data/estimates.tsv";

/* One set of samples and what was assessed of it. */
struct sample_set {
	char kind[16];
	size_t n;
	unsigned long long seed;
	struct kqt_assessment got;
	bool have;
};

static uint8_t samples[N_MAX];

static void assess(struct sample_set *set)
{
	unsigned bits;
	struct kqt_assess_workspace *w;
	struct kqt_assess_options how = {.threads = 2};

	assert_int_equal(est_generate(set->kind, set->seed, samples, set->n), 0);
	bits = kqt_assess_bits(samples, set->n);
	w = kqt_assess_workspace_new(set->n, bits);
	assert_non_null(w);
	assert_int_equal(kqt_assess(w, samples, set->n, bits, &how, &set->got), 0);
	kqt_assess_workspace_free(w);
	set->have = true;
}

static double value_of(const struct kqt_assessment *a, const char *view, const char *name)
{
	const struct kqt_assess_view *v = strcmp(view, "literal") == 0 ? &a->literal
	                                                               : &a->bitstring;

	if (strcmp(view, "summary") == 0) {
		if (strcmp(name, "alphabet") == 0)
			return a->alphabet;
		if (strcmp(name, "word_size") == 0)
			return a->bits_per_symbol;
		if (strcmp(name, "H_original") == 0)
			return a->literal.h;
		return strcmp(name, "H_bitstring") == 0 ? a->bitstring.h : a->assessed;
	}
	for (int e = 0; e < KQT_ESTIMATORS; e++)
		if (strcmp(kqt_estimators[e].key, name) == 0)
			return v->bits[e];
	fail_msg("%s has an unknown estimator '%s'", data_file, name);
	return NAN;
}

/* @return lines of this length checked */
static int check_all(size_t n)
{
	struct sample_set set = {.n = 0};
	char line[256], kind[16], view[16], name[16];
	unsigned long long seed;
	FILE *f = fopen(data_file, "re");
	int checked = 0;
	size_t len;
	double want;

	if (!f)
		fail_msg("cannot open %s: run from the top of the source tree", data_file);
	while (f && fgets(line, sizeof(line), f)) {
		double got;

		if (line[0] == '#')
			continue;
		if (sscanf(line, "%15s %zu %llu %15s %15s %lf", kind, &len, &seed, view, name,
		           &want) != 6)
			fail_msg("%s: cannot read '%s'", data_file, line);
		if (len != n)
			continue;
		if (!set.have || strcmp(set.kind, kind) != 0) {
			set = (struct sample_set){.n = len, .seed = seed};
			strcpy(set.kind, kind);
			assess(&set);
		}
		got = value_of(&set.got, view, name);
		if (!(fabs(got - want) <= TOLERANCE))
			fail_msg("%s %zu %s %s: got %.17g, want %.17g", kind, len, view, name, got,
			         want);
		checked++;
	}
	if (f)
		fclose(f);
	return checked;
}

/* 7 sets: 5 with 7 + 10 estimates and 5 figures of the whole, 2 of two symbols with 10
 * and 4. */
#define LINES (5 * 22 + 2 * 14)

static void estimates_of_10000_samples_are_nists(void **state)
{
	(void)state;
	assert_int_equal(check_all(10000), LINES);
}

static void estimates_of_100000_samples_are_nists(void **state)
{
	(void)state;
	assert_int_equal(check_all(100000), LINES);
}

static void estimates_of_1000000_samples_are_nists(void **state)
{
	(void)state;
#ifdef __SANITIZE_THREAD__
	print_message("skip: slow with the thread sanitizer, and what its threads do the shorter "
	              "sets show\n");
	skip();
#endif
	assert_int_equal(check_all(1000000), LINES);
}

static void every_path_gives_the_same_digits(void **state)
{
	static const char *const kinds[] = {"geom", "mkv8", "two", "uni8", "sym64", "const"};
	const size_t n = 20000;
	struct kqt_assess_workspace *w = kqt_assess_workspace_new(n, 8);

	(void)state;
	assert_non_null(w);
	for (size_t m = 0; m < sizeof(kinds) / sizeof(kinds[0]); m++) {
		struct kqt_assessment plain, other;

		assert_int_equal(est_generate(kinds[m], 7, samples, n), 0);
		assert_int_equal(kqt_est_path_force(KQT_PATH_PLAIN), 0);
		assert_int_equal(kqt_assess(w, samples, n, 8, NULL, &plain), 0);
		for (int path = 1; path <= (int)kqt_est_path_best(); path++) {
			assert_int_equal(kqt_est_path_force((enum kqt_est_path)path), 0);
			assert_int_equal(kqt_assess(w, samples, n, 8, NULL, &other), 0);
			assert_memory_equal(plain.literal.bits, other.literal.bits,
			                    sizeof(plain.literal.bits));
			assert_memory_equal(plain.bitstring.bits, other.bitstring.bits,
			                    sizeof(plain.bitstring.bits));
		}
	}
	assert_int_equal(kqt_est_path_force(KQT_PATHS), -KQT_E_UNSUPPORTED);
	kqt_assess_workspace_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(estimates_of_10000_samples_are_nists),
	    cmocka_unit_test(estimates_of_100000_samples_are_nists),
	    cmocka_unit_test(estimates_of_1000000_samples_are_nists),
	    cmocka_unit_test(every_path_gives_the_same_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
