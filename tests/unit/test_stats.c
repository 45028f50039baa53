/* SPDX-License-Identifier: MIT */
/* The statistics of comparing: against R (tests/data/stats_r.tsv, made by
 * tests/checks/stats.R), against counting out everything, and against what must hold. */
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
#include "engine/report/stats.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
/* Both sides compute the same sums of the same doubles in another order. */
#define SAME 1e-12
#define FIELDS 8
#define VALUES 64

static const char data_file[] = "tests/data/stats_r.tsv";

static uint64_t next_random(uint64_t *s)
{
	uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64, public domain */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static double uniform(uint64_t *s)
{
	return (double)(next_random(s) >> 11) * 0x1p-53;
}

static void expect(double got, double want, const char *line)
{
	if (!(fabs(got - want) <= SAME))
		fail_msg("got %.17g, want %.17g: %.60s", got, want, line);
}

/* --- R --- */

/* "1,2.5" -> values; @return how many */
static size_t list(const char *text, double *values)
{
	size_t n = 0;
	char *end;

	for (; text && n < VALUES; text = end + 1) {
		values[n++] = strtod(text, &end);
		if (*end != ',')
			return n;
	}
	fail_msg("%s: a list is missing or longer than %d", data_file, VALUES);
	return 0;
}

static void check_test(char *const field[], bool paired)
{
	double level = atof(field[1]), a[VALUES], b[VALUES];
	size_t n = list(field[2], a), m = paired ? 0 : list(field[3], b);
	struct kqt_stats_null *null = NULL;
	struct kqt_stats_interval got;
	struct kqt_stats_shifts s;

	assert_int_equal(paired ? kqt_stats_shifts_paired(a, n, &s)
	                        : kqt_stats_shifts_unpaired(a, n, b, m, &s),
	                 0);
	assert_int_equal(
	    paired ? kqt_stats_null_paired(n, &null) : kqt_stats_null_unpaired(n, m, &null), 0);
	got = kqt_stats_interval(&s, null, 1 - level);
	expect(kqt_stats_shift(&s), atof(field[4]), field[2]);
	expect(got.lo, atof(field[5]), field[2]);
	expect(got.hi, atof(field[6]), field[2]);
	expect(kqt_stats_p_outside(&s, null, 0), atof(field[7]), field[2]);
	/* R warns where even the widest interval is not enough: 6 and 7 pairs at high levels */
	if (!paired || n > 7)
		assert_true(got.covers >= level);
	kqt_stats_null_free(null);
	kqt_stats_shifts_fini(&s);
}

static void check_beyond(char *const field[])
{
	double a[VALUES], b[VALUES];
	size_t n = list(field[2], a), m = list(field[3], b);
	struct kqt_stats_null *null = NULL;
	struct kqt_stats_shifts s;

	assert_int_equal(kqt_stats_shifts_unpaired(a, n, b, m, &s), 0);
	assert_int_equal(kqt_stats_null_unpaired(n, m, &null), 0);
	expect(kqt_stats_p_outside(&s, null, atof(field[1])), atof(field[4]), field[2]);
	kqt_stats_null_free(null);
	kqt_stats_shifts_fini(&s);
}

static void check_cdf(char *const field[], bool paired)
{
	size_t n = (size_t)atol(field[1]), m = paired ? 0 : (size_t)atol(field[2]);
	struct kqt_stats_null *null = NULL;

	assert_int_equal(
	    paired ? kqt_stats_null_paired(n, &null) : kqt_stats_null_unpaired(n, m, &null), 0);
	expect(kqt_stats_null_cdf(null, strtoull(field[3], NULL, 10)), atof(field[4]), field[0]);
	kqt_stats_null_free(null);
}

static void check_holm(char *const field[])
{
	double p[VALUES] = {0}, want[VALUES] = {0}, got[VALUES] = {0};
	size_t n = list(field[1], p);

	assert_int_equal(list(field[2], want), n);
	kqt_stats_holm(p, n, got);
	for (size_t i = 0; i < n; i++)
		expect(got[i], want[i], field[1]);
}

/* @return how many lines of this kind there are */
static int check_all(const char *kind)
{
	static char line[8192];
	FILE *f = fopen(data_file, "re");
	int checked = 0;

	if (!f)
		fail_msg("cannot open %s: run from the top of the source tree", data_file);
	while (f && fgets(line, sizeof(line), f)) {
		char *field[FIELDS] = {0}, *rest = line;
		size_t n = 0;

		while (n < FIELDS && (field[n] = strsep(&rest, "\t\n")))
			n++;
		if (strcmp(field[0], kind) != 0)
			continue;
		checked++;
		if (strcmp(kind, "unpaired") == 0 || strcmp(kind, "paired") == 0)
			check_test(field, kind[0] == 'p');
		else if (strcmp(kind, "beyond") == 0)
			check_beyond(field);
		else if (strcmp(kind, "holm") == 0)
			check_holm(field);
		else
			check_cdf(field, strcmp(kind, "psignrank") == 0);
	}
	if (f)
		fclose(f);
	return checked;
}

static void unpaired_intervals_are_rs(void **state)
{
	(void)state;
	assert_int_equal(check_all("unpaired"), 24);
}

static void paired_intervals_are_rs(void **state)
{
	(void)state;
	assert_int_equal(check_all("paired"), 24);
}

static void p_of_a_margin_is_rs(void **state)
{
	(void)state;
	assert_int_equal(check_all("beyond"), 9);
}

static void null_distributions_are_rs(void **state)
{
	(void)state;
	assert_int_equal(check_all("pwilcox"), 42);
	assert_int_equal(check_all("psignrank"), 36);
}

static void holm_is_rs(void **state)
{
	(void)state;
	assert_int_equal(check_all("holm"), 5);
}

/* --- null distributions --- */

/* Mean and variance that the books give: nm/2 and nm(n+m+1)/12, n(n+1)/4 and
 * n(n+1)(2n+1)/24. Sums of 1 - F and of its moments; 1e-8 is what stats.h
 * promises, of which the difference of the squares leaves 1e-5. */
static void check_moments(const struct kqt_stats_null *null, uint64_t top, double variance)
{
	double mean = 0, second = 0, middle = (double)top / 2;

	for (uint64_t k = 0; k < top; k++) {
		double above = 1 - kqt_stats_null_cdf(null, k);

		mean += above;
		second += (2 * (double)k + 1) * above;
	}
	assert_true(fabs(mean - middle) <= 1e-8 * middle);
	assert_true(fabs(second - mean * mean - variance) <= 1e-5 * variance);
}

static void distribution_holds_up_to_the_largest_numbers(void **state)
{
	const size_t sizes[][2] = {{1, 1}, {2, 5}, {28, 28}, {100, 3}, {120, 90}, {400, 400}};

	(void)state;
	for (size_t i = 0; i < LEN(sizes); i++) {
		size_t n = sizes[i][0], m = sizes[i][1];
		struct kqt_stats_null *null = NULL;

		assert_int_equal(kqt_stats_null_unpaired(n, m, &null), 0);
		check_moments(null, n * m, (double)(n * m * (n + m + 1)) / 12);
		kqt_stats_null_free(null);
		assert_int_equal(kqt_stats_null_paired(n, &null), 0);
		check_moments(null, n * (n + 1) / 2, (double)(n * (n + 1) * (2 * n + 1)) / 24);
		kqt_stats_null_free(null);
	}
}

static void rank_is_the_last_that_covers(void **state)
{
	const double alphas[] = {0.1, 0.05, 0.05 / 6, 0.01};
	struct kqt_stats_null *null = NULL;

	(void)state;
	/* P(V <= 1) of five pairs is 2 of 32, which is half of 1/8 and no less */
	assert_int_equal(kqt_stats_null_paired(5, &null), 0);
	assert_int_equal(kqt_stats_null_rank(null, 0.125), 1);
	assert_true(kqt_stats_null_cdf(null, 15) == 1); /* the largest V, and beyond it */
	assert_true(kqt_stats_null_cdf(null, 16) == 1);
	kqt_stats_null_free(null);
	for (size_t n = 6; n < 40; n += 7) {
		assert_int_equal(kqt_stats_null_unpaired(n, n + 2, &null), 0);
		for (size_t i = 0; i < LEN(alphas); i++) {
			uint64_t k = kqt_stats_null_rank(null, alphas[i]);

			assert_true(kqt_stats_null_cdf(null, k - 1) < alphas[i] / 2);
			assert_true(kqt_stats_null_cdf(null, k) >= alphas[i] / 2);
		}
		kqt_stats_null_free(null);
	}
}

static void an_interval_says_what_it_covers(void **state)
{
	static const double five[] = {1, 2, 3, 4, 5}, six[] = {1, 2, 3, 4, 5, 6};
	struct kqt_stats_null *null = NULL;
	struct kqt_stats_shifts s;
	struct kqt_stats_interval got;

	(void)state;
	/* U of five and five: 0, 1 and 2 have 4 of 252 arrangements, 3 has 3 more */
	assert_int_equal(kqt_stats_shifts_unpaired(five, 5, five, 5, &s), 0);
	assert_int_equal(kqt_stats_null_unpaired(5, 5, &null), 0);
	got = kqt_stats_interval(&s, null, 0.05);
	assert_true(fabs(got.covers - (1 - 2 * 4.0 / 252)) < 1e-12);
	assert_true(got.lo == -3 && got.hi == 3); /* the third of 25 */
	kqt_stats_null_free(null);
	kqt_stats_shifts_fini(&s);
	/* V of six: 0 has one of 64, 1 another */
	assert_int_equal(kqt_stats_shifts_paired(six, 6, &s), 0);
	assert_int_equal(kqt_stats_null_paired(6, &null), 0);
	got = kqt_stats_interval(&s, null, 0.05);
	assert_true(fabs(got.covers - (1 - 2 * 1.0 / 64)) < 1e-12);
	assert_true(got.lo == 1 && got.hi == 6);
	kqt_stats_null_free(null);
	kqt_stats_shifts_fini(&s);
}

static void a_shift_on_the_bound_is_not_outside_of_it(void **state)
{
	struct kqt_stats_null *null = NULL;

	(void)state;
	assert_int_equal(kqt_stats_null_paired(6, &null), 0);
	for (int sign = -1; sign <= 1; sign += 2) {
		double d[6] = {sign, sign, sign, sign, sign, sign};
		struct kqt_stats_shifts s;

		assert_int_equal(kqt_stats_shifts_paired(d, 6, &s), 0);
		assert_true(kqt_stats_p_outside(&s, null, 1) == 1);
		/* below: all of 64 signs but two say less */
		assert_true(fabs(kqt_stats_p_outside(&s, null, 0.5) - 2.0 / 64) < SAME);
		kqt_stats_shifts_fini(&s);
	}
	kqt_stats_null_free(null);
}

static void sizes_out_of_range_are_refused(void **state)
{
	struct kqt_stats_null *null = NULL;
	struct kqt_stats_shifts s;
	double y[2] = {1, NAN};

	(void)state;
	assert_int_equal(kqt_stats_null_unpaired(0, 5, &null), -KQT_E_TOO_FEW);
	assert_int_equal(kqt_stats_null_unpaired(5, 0, &null), -KQT_E_TOO_FEW);
	assert_int_equal(kqt_stats_null_unpaired(5, 401, &null), -KQT_E_RANGE);
	assert_int_equal(kqt_stats_null_paired(0, &null), -KQT_E_TOO_FEW);
	assert_int_equal(kqt_stats_null_paired(401, &null), -KQT_E_RANGE);
	assert_null(null);
	assert_int_equal(kqt_stats_shifts_unpaired(y, 0, y, 1, &s), -KQT_E_TOO_FEW);
	assert_int_equal(kqt_stats_shifts_unpaired(y, 1, y, 2, &s), -KQT_E_RANGE);
	assert_int_equal(kqt_stats_shifts_paired(y, 2, &s), -KQT_E_RANGE);
	assert_int_equal(kqt_stats_shifts_paired(y, 0, &s), -KQT_E_TOO_FEW);
	kqt_stats_shifts_fini(&s);
}

/* --- Holm, verdicts --- */

static void one_alpha_says_what_holm_says(void **state)
{
	uint64_t seed = 5;
	double p[8], adjusted[8];

	(void)state;
	for (int turn = 0; turn < 5000; turn++) {
		size_t n = 1 + next_random(&seed) % LEN(p);
		double alpha;

		for (size_t i = 0; i < n; i++)
			p[i] = pow(uniform(&seed), 6);
		kqt_stats_holm(p, n, adjusted);
		alpha = kqt_stats_holm_alpha(p, n, 0.05);
		assert_true(alpha >= 0.05 / (double)n && alpha <= 0.05);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i] <= alpha, adjusted[i] <= 0.05);
	}
	assert_true(kqt_stats_holm_alpha(p, 0, 0.05) == 0.05);
	/* on the edge: 2 * 0.025 is 0.05 */
	assert_true(kqt_stats_holm_alpha((double[]){0.025, 0.9}, 2, 0.05) == 0.05);
	kqt_stats_holm((double[]){0.6, 0.8}, 2, adjusted);
	assert_true(adjusted[0] == 1 && adjusted[1] == 1);
}

/* Twenty against twenty: figures of b are those of a and the shift, spread times
 * -1 .. 1 in another order. */
static struct kqt_stats_judged judge(double shift, double spread, const struct kqt_stats_rule *rule)
{
	double a[20], b[20];
	struct kqt_stats_null *null = NULL;
	struct kqt_stats_judged out;
	struct kqt_stats_shifts s;

	for (int i = 0; i < 20; i++) {
		a[i] = spread * (i - 9.5) / 9.5;
		b[i] = shift + spread * ((i * 7) % 20 - 9.5) / 9.5;
	}
	assert_int_equal(kqt_stats_shifts_unpaired(a, 20, b, 20, &s), 0);
	assert_int_equal(kqt_stats_null_unpaired(20, 20, &null), 0);
	kqt_stats_judge(&s, null, rule, 20, &out);
	kqt_stats_null_free(null);
	kqt_stats_shifts_fini(&s);
	return out;
}

static void verdict_follows_the_intervals(void **state)
{
	const struct kqt_stats_rule rule = {.alpha = 0.05, .margin = 0.05, .floor = 0};
	const struct {
		double shift, spread;
		enum kqt_stats_verdict verdict;
	} cases[] = {
	    {0.3, 0.1, KQT_STATS_WORSE},         {-0.3, 0.1, KQT_STATS_BETTER},
	    {0.0, 0.02, KQT_STATS_EQUIVALENT},   {0.03, 0.01, KQT_STATS_EQUIVALENT},
	    {0.06, 0.05, KQT_STATS_DIFFERS},     {-0.06, 0.05, KQT_STATS_DIFFERS},
	    {0.02, 0.3, KQT_STATS_INCONCLUSIVE},
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct kqt_stats_judged j = judge(cases[i].shift, cases[i].spread, &rule);

		if (j.verdict != cases[i].verdict)
			fail_msg("case %zu: %s, [%g, %g]", i, kqt_stats_verdict_text(j.verdict),
			         j.interval.lo, j.interval.hi);
		assert_true(fabs(j.shift - cases[i].shift) < 1e-9);
		assert_true(j.interval.covers >= 0.95 && j.interval.covers < 0.96);
		assert_true(j.narrow.covers >= 0.9 && j.narrow.covers < 0.91);
		assert_true(j.narrow.lo >= j.interval.lo && j.narrow.hi <= j.interval.hi);
		assert_int_equal(j.rounds_needed != 0, j.verdict == KQT_STATS_INCONCLUSIVE);
	}
}

static void what_does_not_clear_the_floor_only_differs(void **state)
{
	struct kqt_stats_rule rule = {.alpha = 0.05, .margin = 0.05, .floor = 0.28};

	(void)state;
	assert_int_equal(judge(0.3, 0.1, &rule).verdict, KQT_STATS_DIFFERS);
	assert_int_equal(judge(-0.3, 0.1, &rule).verdict, KQT_STATS_DIFFERS);
	rule.floor = 0.15;
	assert_int_equal(judge(0.3, 0.1, &rule).verdict, KQT_STATS_WORSE);
}

/* Of twenty pairs, some with a difference of `one` and the others of `other`. */
static enum kqt_stats_verdict judge_pairs(int some, double one, double other, double margin,
                                          double floor)
{
	const struct kqt_stats_rule rule = {.alpha = 0.05, .margin = margin, .floor = floor};
	struct kqt_stats_null *null = NULL;
	struct kqt_stats_judged out;
	struct kqt_stats_shifts s;
	double d[20];

	for (int i = 0; i < 20; i++)
		d[i] = i < some ? one : other;
	assert_int_equal(kqt_stats_shifts_paired(d, 20, &s), 0);
	assert_int_equal(kqt_stats_null_paired(20, &null), 0);
	kqt_stats_judge(&s, null, &rule, 20, &out);
	kqt_stats_null_free(null);
	kqt_stats_shifts_fini(&s);
	return out.verdict;
}

static void an_interval_that_touches_a_bound_is_not_beyond_it(void **state)
{
	const double touches = 0.5, more = 0.5078125; /* as they are in binary */

	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		enum kqt_stats_verdict beyond = sign > 0 ? KQT_STATS_WORSE : KQT_STATS_BETTER;

		assert_int_equal(judge_pairs(20, sign * touches, 0, 0.5, 0), KQT_STATS_DIFFERS);
		assert_int_equal(judge_pairs(20, sign * more, 0, 0.5, 0), beyond);
		assert_int_equal(judge_pairs(20, sign * touches, 0, 0.25, 0.5), KQT_STATS_DIFFERS);
		assert_int_equal(judge_pairs(20, sign * more, 0, 0.25, 0.5), beyond);
		assert_int_equal(judge_pairs(20, sign * touches, 0, more, 0), KQT_STATS_EQUIVALENT);
		/* twelve without any difference: the interval ends on 0 */
		assert_int_equal(judge_pairs(8, sign, 0, 0.25, 0), KQT_STATS_INCONCLUSIVE);
		assert_int_equal(judge_pairs(8, sign, sign * 0.125, 0.25, 0), KQT_STATS_DIFFERS);
	}
}

static void nine_rounds_give_an_interval_and_no_verdict(void **state)
{
	const struct kqt_stats_rule rule = {.alpha = 0.05, .margin = 0.05, .floor = 0};
	double a[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, b[9] = {11, 12, 13, 14, 15, 16, 17, 18, 19};
	struct kqt_stats_null *null = NULL;
	struct kqt_stats_judged out = {.rounds_needed = 7};
	struct kqt_stats_shifts s;

	(void)state;
	assert_int_equal(kqt_stats_shifts_unpaired(a, 9, b, 9, &s), 0);
	assert_int_equal(kqt_stats_null_unpaired(9, 9, &null), 0);
	kqt_stats_judge(&s, null, &rule, 9, &out);
	assert_int_equal(out.verdict, KQT_STATS_TOO_FEW);
	assert_int_equal(out.rounds_needed, 0);
	assert_true(out.shift == 10 && out.interval.lo > 5 && out.interval.hi < 15);
	/* whatever they are of: the tenth makes it one */
	kqt_stats_judge(&s, null, &rule, 10, &out);
	assert_int_equal(out.verdict, KQT_STATS_WORSE);
	kqt_stats_null_free(null);
	kqt_stats_shifts_fini(&s);
}

static void rounds_needed_grow_as_the_estimate_nears_the_margin(void **state)
{
	const struct kqt_stats_rule rule = {.alpha = 0.05, .margin = 0.05, .floor = 0};
	const struct kqt_stats_rule noisy = {.alpha = 0.05, .margin = 0.05, .floor = 0.1};
	struct kqt_stats_judged j = {.interval = {-0.1, 0.3, 0.95}, .narrow = {-0.08, 0.28, 0.9}};
	uint64_t far, near;

	(void)state;
	j.shift = 0.15;
	far = kqt_stats_rounds_needed(&j, &rule, 20);
	j.shift = 0.1;
	near = kqt_stats_rounds_needed(&j, &rule, 20);
	/* by hand: 20 * (0.2 / 1.95996 * (1.95996 + 0.84162) / 0.1)^2 = 163.5 */
	assert_int_equal(far, 164);
	assert_int_equal(near, 654);
	j.shift = 0.05;
	assert_int_equal(kqt_stats_rounds_needed(&j, &rule, 20), 0);
	/* towards equivalence: 20 * (0.18 / 1.64485 * 2.48647 / 0.05)^2 = 592.3 */
	j.shift = 0;
	assert_int_equal(kqt_stats_rounds_needed(&j, &rule, 20), 593);
	/* from 0.02 on there are 0.03 left: 20 * (0.109432 * 2.48647 / 0.03)^2 = 1645.3 */
	j.shift = 0.02;
	assert_int_equal(kqt_stats_rounds_needed(&j, &rule, 20), 1646);
	/* 20 * (0.102043 * 2.80158 / 0.2)^2 = 40.9: a floor above the margin is the bound */
	j.shift = -0.3;
	assert_int_equal(kqt_stats_rounds_needed(&j, &noisy, 20), 41);
	/* 20 * (0.01 / 1.64485 * 2.48647 / 0.05)^2 = 1.8, and yet nothing was decided */
	j.narrow = (struct kqt_stats_interval){-0.01, 0.01, 0.9};
	j.shift = 0;
	assert_int_equal(kqt_stats_rounds_needed(&j, &rule, 20), 21);
}

static void tail_needs_ten_samples_above(void **state)
{
	(void)state;
	assert_true(kqt_stats_tail_suffices(20, 0.5));
	assert_false(kqt_stats_tail_suffices(19, 0.5));
	assert_true(kqt_stats_tail_suffices(1000, 0.99));
	assert_false(kqt_stats_tail_suffices(999, 0.99));
	assert_true(kqt_stats_tail_suffices(10000, 0.999));
	assert_false(kqt_stats_tail_suffices(9999, 0.999));
	assert_false(kqt_stats_tail_suffices(0, 0));
	assert_true(100 * (1 - 0.9) < 10); /* in doubles, and ten all the same */
	assert_true(kqt_stats_tail_suffices(100, 0.9));
}

/* --- series --- */

static void floor_is_that_of_odd_against_even(void **state)
{
	double y[14], step[40], floor = -1;

	(void)state;
	for (int i = 0; i < 14; i++)
		y[i] = i % 2 ? 3 + i * 0.001 : i * 0.001;
	assert_int_equal(kqt_stats_floor(y, 9, &floor), -KQT_E_TOO_FEW);
	assert_true(floor == -1);
	assert_int_equal(kqt_stats_floor(y, 14, &floor), 0);
	assert_true(floor > 3 && floor < 3.02);
	/* a figure that is not there leaves the others where they are */
	y[4] = NAN;
	assert_int_equal(kqt_stats_floor(y, 14, &floor), 0);
	assert_true(floor > 3 && floor < 3.02);
	/* the larger end, be it the lower one */
	for (int i = 0; i < 14; i++)
		y[i] = i % 2 ? i * 0.001 : 3 + i * 0.001;
	assert_int_equal(kqt_stats_floor(y, 14, &floor), 0);
	assert_true(floor > 3 && floor < 3.02);
	/* what changes once in the middle is in both parts */
	for (int i = 0; i < 40; i++)
		step[i] = i < 20 ? 1 : 101;
	assert_int_equal(kqt_stats_floor(step, 40, &floor), 0);
	assert_true(floor == 0);
	y[5] = INFINITY;
	assert_int_equal(kqt_stats_floor(y, 14, &floor), -KQT_E_RANGE);
}

static void floor_is_of_the_first_round_and_of_the_last(void **state)
{
	/* six and five: the interval is from the fourth of the thirty differences to the
	 * fourth from their end, which is 500 less the fourth of the six */
	static const double y[] = {64, 100, 1, 200, 4, 300, 16, 400, 9, 500, 25};
	static double many[2 * KQT_STATS_ROUNDS_MAX + 1];
	double floor = -1;

	(void)state;
	assert_int_equal(kqt_stats_floor(y, LEN(y), &floor), 0);
	assert_true(floor == 500 - 16);
	/* as many as there may be, and one more */
	assert_int_equal(kqt_stats_floor(many, LEN(many) - 1, &floor), 0);
	assert_true(floor == 0);
	assert_int_equal(kqt_stats_drift(many, LEN(many) - 1, NULL), 0);
	assert_int_equal(kqt_stats_floor(many, LEN(many), &floor), -KQT_E_RANGE);
	assert_int_equal(kqt_stats_drift(many, LEN(many), NULL), -KQT_E_RANGE);
}

static void drift_is_found_and_noise_is_not(void **state)
{
	double y[20] = {0}, shift = 0;
	uint64_t seed = 3;

	(void)state;
	assert_int_equal(kqt_stats_drift(y, 0, NULL), -KQT_E_TOO_FEW);
	for (int i = 0; i < 20; i++)
		y[i] = 0.1 * i + uniform(&seed);
	assert_int_equal(kqt_stats_drift(y, 20, &shift), 1);
	assert_true(shift > 0.5 && shift < 1.5);
	for (int i = 0; i < 20; i++)
		y[i] = uniform(&seed);
	assert_int_equal(kqt_stats_drift(y, 20, &shift), 0);
	/* 0 .. 9, then as much and 3.5: of 100 differences 21 are below 0, the 99 % interval
	 * begins with the 17th and the 95 % interval with the 24th. 4.5: 15 are below 0. */
	for (int turn = 0; turn < 4; turn++) {
		for (int i = 0; i < 20; i++)
			y[i] = (turn % 2 ? -1 : 1) * (i < 10 ? i : i - 10 + (turn < 2 ? 3.5 : 4.5));
		assert_int_equal(kqt_stats_drift(y, 20, &shift), turn >= 2);
	}
	/* of an odd number the last is there too */
	for (int i = 0; i < 11; i++)
		y[i] = i < 5 ? 0 : i - 4;
	assert_int_equal(kqt_stats_drift(y, 11, &shift), 1);
	assert_true(shift == 3.5);
	for (int i = 0; i < 20; i++)
		y[i] = uniform(&seed);
	for (int i = 0; i < 20; i += 2)
		y[i] = NAN;
	assert_int_equal(kqt_stats_drift(y, 20, NULL), 0);
	y[1] = NAN;
	assert_int_equal(kqt_stats_drift(y, 20, NULL), -KQT_E_TOO_FEW);
}

static void warm_up_ends_where_the_level_does(void **state)
{
	double y[64];
	uint64_t seed = 4;

	(void)state;
	for (int i = 0; i < 64; i++)
		y[i] = (i < 9 ? 50 - 5 * i : 5) + uniform(&seed);
	assert_int_equal(kqt_stats_warmup(y, 64), 9);
	for (int i = 0; i < 64; i++)
		y[i] = 7;
	assert_int_equal(kqt_stats_warmup(y, 64), 0);
	/* still falling at the end: no steady state */
	for (int i = 0; i < 64; i++)
		y[i] = 200 - 3 * i + uniform(&seed);
	assert_true(kqt_stats_warmup(y, 64) > 32);
	assert_int_equal(kqt_stats_warmup(y, 9), -KQT_E_TOO_FEW);
	for (int i = 0; i < 64; i += 21) { /* wherever it is: 0, 21, 42, 63 */
		double was = y[i];

		y[i] = i % 2 ? NAN : INFINITY;
		assert_int_equal(kqt_stats_warmup(y, 64), -KQT_E_RANGE);
		y[i] = was;
	}
}

/* White's rule as it is written, against the one pass from the end. */
static void warm_up_is_the_rule_written_out(void **state)
{
	uint64_t seed = 6;

	(void)state;
	for (int turn = 0; turn < 200; turn++) {
		size_t n = 10 + next_random(&seed) % 60, best = 0;
		double y[70], least = INFINITY;

		for (size_t i = 0; i < n; i++)
			y[i] = uniform(&seed) + (i < n / 4 ? 1 : 0);
		for (size_t d = 0; d + 5 <= n; d++) {
			double mean = 0, squares = 0, rest = (double)(n - d);

			for (size_t i = d; i < n; i++)
				mean += y[i] / rest;
			for (size_t i = d; i < n; i++)
				squares += (y[i] - mean) * (y[i] - mean);
			if (squares / (rest * rest) < least) {
				least = squares / (rest * rest);
				best = d;
			}
		}
		assert_int_equal(kqt_stats_warmup(y, n), best);
	}
}

/* --- distributions --- */

static struct kqt_hist ha, hb;

static void effect_sizes_are_those_counted_out(void **state)
{
	uint64_t seed = 9, a[90], b[70];

	(void)state;
	for (int turn = 0; turn < 40; turn++) {
		long above = 0;
		double plus = 0, minus = 0;
		struct kqt_stats_ecdf_gap gap;

		kqt_hist_reset(&ha);
		kqt_hist_reset(&hb);
		/* below 2048 each value has a bucket of its own */
		for (size_t i = 0; i < LEN(a); i++)
			kqt_hist_record(&ha, a[i] = next_random(&seed) % 50 + 7);
		for (size_t i = 0; i < LEN(b); i++)
			kqt_hist_record(&hb, b[i] = next_random(&seed) % 40 + 7 + (uint64_t)turn);
		for (size_t i = 0; i < LEN(a); i++)
			for (size_t j = 0; j < LEN(b); j++)
				above += (b[j] > a[i]) - (b[j] < a[i]);
		for (uint64_t x = 0; x < 200; x++) {
			double fa = 0, fb = 0;

			for (size_t i = 0; i < LEN(a); i++)
				fa += (double)(a[i] <= x) / LEN(a);
			for (size_t i = 0; i < LEN(b); i++)
				fb += (double)(b[i] <= x) / LEN(b);
			plus = fmax(plus, fa - fb);
			minus = fmax(minus, fb - fa);
		}
		gap = kqt_stats_ecdf(&ha, &hb);
		assert_true(fabs(kqt_stats_cliff(&ha, &hb) -
		                 (double)above / (double)(LEN(a) * LEN(b))) < SAME);
		assert_true(fabs(gap.plus - plus) < SAME && fabs(gap.minus - minus) < SAME);
		assert_true(fabs(fmax(plus, minus) - kqt_hist_ks(&ha, &hb, NULL)) < SAME);
	}
}

static void crossing_needs_both_directions(void **state)
{
	struct kqt_stats_ecdf_gap gap;

	(void)state;
	kqt_hist_reset(&ha);
	kqt_hist_reset(&hb);
	assert_true(isnan(kqt_stats_cliff(&ha, &hb)));
	gap = kqt_stats_ecdf(&ha, &hb);
	assert_true(isnan(gap.plus) && isnan(gap.minus) && !kqt_stats_crosses(&gap));
	/* b: shorter in the middle, longer at the end, as under a load that keeps the CPU awake */
	for (int i = 0; i < 95; i++) {
		kqt_hist_record(&ha, 30900);
		kqt_hist_record(&hb, 18600);
	}
	for (int i = 0; i < 5; i++) {
		kqt_hist_record(&ha, 131000);
		kqt_hist_record(&hb, 934000);
	}
	gap = kqt_stats_ecdf(&ha, &hb);
	assert_true(kqt_stats_crosses(&gap));
	assert_true(fabs(gap.minus - 0.95) < SAME && fabs(gap.plus - 0.05) < SAME);
	assert_true(gap.minus_at_ns >= 18600 && gap.minus_at_ns < 19000);
	gap = (struct kqt_stats_ecdf_gap){.plus = 0.02, .minus = 0.5};
	assert_false(kqt_stats_crosses(&gap));
	gap = (struct kqt_stats_ecdf_gap){.plus = 0.5, .minus = 0.02};
	assert_false(kqt_stats_crosses(&gap));
	gap = kqt_stats_ecdf(&ha, &ha);
	assert_false(kqt_stats_crosses(&gap));
	assert_true(gap.plus == 0 && gap.minus == 0 && gap.plus_at_ns == 0);
	assert_true(kqt_stats_cliff(&ha, &ha) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unpaired_intervals_are_rs),
	    cmocka_unit_test(paired_intervals_are_rs),
	    cmocka_unit_test(p_of_a_margin_is_rs),
	    cmocka_unit_test(null_distributions_are_rs),
	    cmocka_unit_test(holm_is_rs),
	    cmocka_unit_test(distribution_holds_up_to_the_largest_numbers),
	    cmocka_unit_test(rank_is_the_last_that_covers),
	    cmocka_unit_test(an_interval_says_what_it_covers),
	    cmocka_unit_test(a_shift_on_the_bound_is_not_outside_of_it),
	    cmocka_unit_test(sizes_out_of_range_are_refused),
	    cmocka_unit_test(one_alpha_says_what_holm_says),
	    cmocka_unit_test(verdict_follows_the_intervals),
	    cmocka_unit_test(what_does_not_clear_the_floor_only_differs),
	    cmocka_unit_test(an_interval_that_touches_a_bound_is_not_beyond_it),
	    cmocka_unit_test(nine_rounds_give_an_interval_and_no_verdict),
	    cmocka_unit_test(rounds_needed_grow_as_the_estimate_nears_the_margin),
	    cmocka_unit_test(tail_needs_ten_samples_above),
	    cmocka_unit_test(floor_is_that_of_odd_against_even),
	    cmocka_unit_test(floor_is_of_the_first_round_and_of_the_last),
	    cmocka_unit_test(drift_is_found_and_noise_is_not),
	    cmocka_unit_test(warm_up_ends_where_the_level_does),
	    cmocka_unit_test(warm_up_is_the_rule_written_out),
	    cmocka_unit_test(effect_sizes_are_those_counted_out),
	    cmocka_unit_test(crossing_needs_both_directions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
