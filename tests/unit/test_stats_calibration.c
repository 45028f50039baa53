/* SPDX-License-Identifier: MIT */
/* How often the comparison is wrong, and how much it sees, by simulation with a fixed
 * seed: identical programs must be called different in at most 6.5 % of 2,000
 * comparisons. Rounds are as measured ones are: each is a mixture of three modes (CPU
 * awake, idle, deep sleep) whose weights and places move from round to round with a
 * memory (autoregressive, 0.7), so that rounds are neither independent nor bell-shaped.
 *
 *   build/release/tests/unit/test_stats_calibration table    the tables of docs/COMPARING.md */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/report/stats.h"

#define COMPARISONS 2000
#define SAMPLES 64
#define ROUNDS_MAX 40 /* a side */
#define ROWS 6
#define MEMORY 0.7

/* 1 - alpha and the binomial spread of 2,000 tries: the issue's own bound. */
#define FALSE_POSITIVES_MAX 0.065

static uint64_t next_random(uint64_t *s)
{
	uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64, public domain */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static double uniform(uint64_t *s)
{
	return ((double)(next_random(s) >> 11) + 0.5) * 0x1p-53;
}

/* Mean 0, variance 1, a sum of four: a bell near enough, and the same on every libm. */
static double normal(uint64_t *s)
{
	double sum = -2;

	for (int i = 0; i < 4; i++)
		sum += uniform(s);
	return sum * sqrt(3);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/** The machine: what the rounds have in common. */
struct machine {
	uint64_t seed;
	double mood, level; /* which modes, and where they are */
};

/* One round's six figures, logarithms, above is worse: three quantiles, the tail, the
 * mean, and one like a rate. */
static void make_round(struct machine *m, double effect, double y[ROWS])
{
	static const double modes[3] = {2.9, 3.4, 4.9}; /* ln 18, 30, 130 us */
	double x[SAMPLES], sum = 0, kick = sqrt(1 - MEMORY * MEMORY), awake;

	m->mood = MEMORY * m->mood + kick * normal(&m->seed);
	m->level = MEMORY * m->level + kick * normal(&m->seed);
	awake = 1 / (1 + exp(-m->mood));
	for (int i = 0; i < SAMPLES; i++) {
		double u = uniform(&m->seed);
		int mode = u < 0.9 * awake ? 0 : u < 0.95 ? 1 : 2;

		x[i] = modes[mode] + 0.04 * m->level + 0.1 * normal(&m->seed) + effect;
		sum += x[i];
	}
	qsort(x, SAMPLES, sizeof(x[0]), by_value);
	y[0] = x[SAMPLES / 4];
	y[1] = x[SAMPLES / 2];
	y[2] = x[SAMPLES * 3 / 4];
	y[3] = x[SAMPLES - 3];
	y[4] = sum / SAMPLES;
	y[5] = sum / SAMPLES + 0.02 * normal(&m->seed);
}

enum design { PAIRED, INTERLEAVED, IN_SEQUENCE, DESIGNS };
static const char *const design_names[DESIGNS] = {
    "pairs in random order, paired", "pairs in random order, unpaired", "all of A, then all of B"};

/** Rounds of both sides, [row][round]. */
struct run {
	double a[ROWS][ROUNDS_MAX], b[ROWS][ROUNDS_MAX];
};

static void make_run(struct machine *m, bool in_sequence, size_t rounds, double effect,
                     struct run *run)
{
	double y[ROWS];

	m->mood = normal(&m->seed);
	m->level = normal(&m->seed);
	for (size_t i = 0; i < 2 * rounds; i++) {
		/* the first of a pair is drawn, the second is the other */
		static bool b_first;
		bool is_b;

		if (i % 2 == 0)
			b_first = next_random(&m->seed) & 1;
		is_b = in_sequence ? i >= rounds : (i % 2 == 0) == b_first;
		make_round(m, is_b ? effect : 0, y);
		for (int r = 0; r < ROWS; r++)
			(is_b ? run->b : run->a)[r][in_sequence ? i % rounds : i / 2] = y[r];
	}
}

/* One comparison as kqtop compare makes it: Holm over the rows, one alpha, verdicts. */
static void compare(const struct run *run, enum design design, size_t rounds, bool with_floor,
                    const struct kqt_stats_null *null, struct kqt_stats_judged out[ROWS])
{
	struct kqt_stats_rule rule[ROWS];
	struct kqt_stats_shifts s[ROWS];
	double p[ROWS], d[ROUNDS_MAX], alpha;
	int rc;

	for (int r = 0; r < ROWS; r++) {
		double floors[2] = {0, 0};

		for (size_t i = 0; i < rounds; i++)
			d[i] = run->b[r][i] - run->a[r][i];
		rc = design == PAIRED
		         ? kqt_stats_shifts_paired(d, rounds, &s[r])
		         : kqt_stats_shifts_unpaired(run->a[r], rounds, run->b[r], rounds, &s[r]);
		assert_int_equal(rc, 0);
		if (with_floor) {
			rc = kqt_stats_floor(run->a[r], rounds, &floors[0]);
			rc = rc ? rc : kqt_stats_floor(run->b[r], rounds, &floors[1]);
			assert_int_equal(rc, 0);
		}
		rule[r].margin = log(1.05);
		rule[r].floor = fmax(floors[0], floors[1]);
		p[r] = kqt_stats_p_outside(&s[r], null, fmax(rule[r].margin, rule[r].floor));
	}
	alpha = kqt_stats_holm_alpha(p, ROWS, KQT_STATS_ALPHA);
	for (int r = 0; r < ROWS; r++) {
		rule[r].alpha = alpha;
		kqt_stats_judge(&s[r], null, &rule[r], rounds, &out[r]);
		kqt_stats_shifts_fini(&s[r]);
	}
}

static bool excludes_0(const struct kqt_stats_interval *i)
{
	return i->lo > 0 || i->hi < 0;
}

/** Of how many comparisons ... */
struct rates {
	double one_row;   /* ... the 95 % interval of one row excludes 0 */
	double any_claim; /* ... any of six is better, worse or differs */
	double any_worse; /* ... any of six is better or worse */
	double all_equal; /* ... all six are equivalent */
	double row_worse; /* ... a row is worse, mean over the rows */
};

static struct rates simulate(enum design design, int comparisons, size_t rounds, double effect,
                             bool with_floor)
{
	struct machine m = {.seed = 20261123};
	struct kqt_stats_null *null = NULL;
	struct rates out = {0};
	static struct run run;
	const double each = 1.0 / comparisons;

	assert_int_equal(design == PAIRED ? kqt_stats_null_paired(rounds, &null)
	                                  : kqt_stats_null_unpaired(rounds, rounds, &null),
	                 0);
	for (int turn = 0; turn < comparisons; turn++) {
		struct kqt_stats_judged j[ROWS];
		struct kqt_stats_interval alone;
		struct kqt_stats_shifts s;
		double d[ROUNDS_MAX];
		int claims = 0, worse = 0, decided = 0, equal = 0;

		make_run(&m, design == IN_SEQUENCE, rounds, effect, &run);
		compare(&run, design, rounds, with_floor, null, j);
		for (int r = 0; r < ROWS; r++) {
			worse += j[r].verdict == KQT_STATS_WORSE;
			decided += j[r].verdict == KQT_STATS_WORSE ||
			           j[r].verdict == KQT_STATS_BETTER;
			claims += excludes_0(&j[r].interval);
			equal += j[r].verdict == KQT_STATS_EQUIVALENT;
		}
		for (size_t i = 0; i < rounds; i++)
			d[i] = run.b[1][i] - run.a[1][i];
		assert_int_equal(design == PAIRED ? kqt_stats_shifts_paired(d, rounds, &s)
		                                  : kqt_stats_shifts_unpaired(run.a[1], rounds,
		                                                              run.b[1], rounds, &s),
		                 0);
		alone = kqt_stats_interval(&s, null, KQT_STATS_ALPHA);
		kqt_stats_shifts_fini(&s);
		out.one_row += excludes_0(&alone) * each;
		out.any_claim += (claims > 0) * each;
		out.any_worse += (decided > 0) * each;
		out.all_equal += (equal == ROWS) * each;
		out.row_worse += worse * each / ROWS;
	}
	kqt_stats_null_free(null);
	return out;
}

static void check_false_positives(enum design design)
{
	struct rates r = simulate(design, COMPARISONS, 20, 0, false);

	if (r.one_row > FALSE_POSITIVES_MAX || r.any_claim > FALSE_POSITIVES_MAX)
		fail_msg("%s: %.1f %% of one row, %.1f %% of six", design_names[design],
		         100 * r.one_row, 100 * r.any_claim);
	/* an interval of everything would pass too */
	assert_true(r.one_row > 0.002);
}

static void identical_programs_in_pairs_are_seldom_called_different(void **state)
{
	(void)state;
	check_false_positives(PAIRED);
}

static void identical_programs_interleaved_are_seldom_called_different(void **state)
{
	(void)state;
	check_false_positives(INTERLEAVED);
}

/* Two files made one after the other: the reason for their label and for the floor. */
static void identical_programs_in_sequence_need_the_floor(void **state)
{
	struct rates bare = simulate(IN_SEQUENCE, 500, 20, 0, false);
	struct rates with = simulate(IN_SEQUENCE, 500, 20, 0, true);

	(void)state;
	assert_true(bare.one_row > FALSE_POSITIVES_MAX);
	if (with.any_worse > FALSE_POSITIVES_MAX)
		fail_msg("worse or better in %.1f %%", 100 * with.any_worse);
}

static void a_third_longer_is_seen_in_twenty_pairs(void **state)
{
	struct rates r = simulate(PAIRED, 300, 20, log(4.0 / 3), false);

	(void)state;
	if (r.row_worse < 0.5)
		fail_msg("seen in %.1f %%", 100 * r.row_worse);
}

static void print_tables(void)
{
	static const double ratios[] = {1.0, 1.02, 1.05, 1.1, 1.2, 1.35, 1.5, 2.0};
	static const size_t sizes[] = {10, 20, 40};

	printf("identical, 20 rounds a side, %d comparisons\n", COMPARISONS);
	printf("%-34s %9s %9s %9s\n", "", "one row", "of six", "worse or");
	printf("%-34s %9s %9s %9s\n", "", "excl. 0", "excl. 0", "better");
	for (int d = 0; d < DESIGNS; d++)
		for (int floor = 0; floor < 2; floor++) {
			struct rates r = simulate((enum design)d, COMPARISONS, 20, 0, floor);

			printf("%-34s %7.1f %% %7.1f %% %7.1f %%\n",
			       floor ? "  with the noise floor" : design_names[d], 100 * r.one_row,
			       100 * r.any_claim, 100 * r.any_worse);
		}
	printf("\na row called worse when B is longer by ..., paired\n%-8s", "rounds");
	for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
		printf(" %6.0f %%", 100 * (ratios[i] - 1));
	for (size_t n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
		printf("\n%-8zu", sizes[n]);
		for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
			printf(" %6.1f %%",
			       100 * simulate(PAIRED, COMPARISONS, sizes[n], log(ratios[i]), false)
			                 .row_worse);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(identical_programs_in_pairs_are_seldom_called_different),
	    cmocka_unit_test(identical_programs_interleaved_are_seldom_called_different),
	    cmocka_unit_test(identical_programs_in_sequence_need_the_floor),
	    cmocka_unit_test(a_third_longer_is_seen_in_twenty_pairs),
	};

	if (argc == 2 && strcmp(argv[1], "table") == 0) {
		print_tables();
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
