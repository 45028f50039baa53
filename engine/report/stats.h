/* SPDX-License-Identifier: MIT */
/* The statistics of comparing runs. A run is a list of rounds, and a round gives one
 * figure y of each row: the logarithm of a quantile or a rate, or bits of entropy. The
 * replicate is the round: samples within one depend on each other so much that any
 * test on pooled samples calls identical programs different.
 *
 * Of two lists of rounds, A and B:
 *   shifts    all differences b - a (or, of rounds made in pairs, all means of two
 *             pairs' differences), sorted; their median is the Hodges-Lehmann estimate
 *   null      how a rank statistic is distributed when there is no shift, exactly
 *   interval  [w_(k), w_(N+1-k)] of the N shifts, k from the null distribution
 *   verdict   from intervals, margin and noise floor
 * Numbers are equal to those of R's wilcox.test(b, a, exact = TRUE, conf.int = TRUE)
 * when there are no ties; with ties the intervals stay valid (they cover at least as
 * often as they say), where R falls back to a normal approximation.
 *
 * Everything here is pure: no state, no clock, no I/O. Threads: any.
 * Sources: Hollander, Wolfe, Chicken, Nonparametric Statistical Methods, 3rd ed., 3.1-3.3
 * and 4.1-4.3; Holm 1979; Cliff 1993; White 1997 (MSER); Schuirmann 1987 (equivalence). */
#ifndef KQT_REPORT_STATS_H
#define KQT_REPORT_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/hist/hist.h"

/* Rounds a side at most. Counts of arrangements are doubles: rounding takes 2e-9 of a
 * probability at 400 against 400, and 4e-6 at 500 already. */
#define KQT_STATS_ROUNDS_MAX 400
/* Below these there is no interval (of 5 pairs none covers 95 %), and no verdict. */
#define KQT_STATS_ROUNDS_INTERVAL 6
#define KQT_STATS_ROUNDS_VERDICT 10
/* A run against itself, in two parts, needs so many in each. */
#define KQT_STATS_ROUNDS_PART 5
#define KQT_STATS_ALPHA 0.05 /* of the rows that decide, together */
#define KQT_STATS_TAIL 10    /* samples that a round must have above a quantile */
#define KQT_STATS_CROSSING 0.02
#define KQT_STATS_NEEDED_MAX 100000 /* rounds; more is no advice */

/* -- exact null distributions (stats_rank.c) --------------------------------- */

/** Null distribution of a rank statistic; opaque. */
struct kqt_stats_null;

/** Mann-Whitney's U of n against m rounds, by the coefficients of
 * prod (1 - q^(m+i)) / (1 - q^i), i = 1 .. n: the number of arrangements with U = u.
 * Exact integers while C(n+m, n) < 2^53 (28 against 28); above, each probability is
 * within 1e-8 of itself.
 * @n, @m  1 .. KQT_STATS_ROUNDS_MAX
 * @out    given (kqt_stats_null_free); untouched on failure
 * @return 0; -KQT_E_TOO_FEW, -KQT_E_RANGE, -ENOMEM.
 * Cost: n * n * m / 2 additions twice; 20 against 20 some microseconds. */
KQT_MUST_USE int kqt_stats_null_unpaired(size_t n, size_t m, struct kqt_stats_null **out);

/** Wilcoxon's signed-rank V of n pairs, by the coefficients of prod (1 + q^i).
 * As above; 1 <= n <= KQT_STATS_ROUNDS_MAX. */
KQT_MUST_USE int kqt_stats_null_paired(size_t n, struct kqt_stats_null **out);

void kqt_stats_null_free(struct kqt_stats_null *null);

/** P(statistic <= k), 0 .. 1. R: pwilcox(k, n, m), psignrank(k, n). */
double kqt_stats_null_cdf(const struct kqt_stats_null *null, uint64_t k);

/** k of the interval that covers at least 1 - alpha: the smallest with
 * P(statistic <= k) >= alpha / 2, but at least 1. R: qwilcox(alpha / 2, n, m).
 * @alpha  above 0, below 1 */
uint64_t kqt_stats_null_rank(const struct kqt_stats_null *null, double alpha);

/* -- shifts (stats_rank.c) ---------------------------------------------------- */

struct kqt_stats_shifts {
	double *w; /* [n], ascending */
	size_t n;  /* as many as the null distribution's statistic has values but one */
};

/** All differences b[j] - a[i].
 * @a, @b  [n], [m] finite, 1 .. KQT_STATS_ROUNDS_MAX; borrowed for the call
 * @out    to be released by kqt_stats_shifts_fini; empty on failure
 * @return 0; -KQT_E_TOO_FEW, -KQT_E_RANGE (too many, or not finite), -ENOMEM.
 * Cost: n * m * log(n * m). */
KQT_MUST_USE int kqt_stats_shifts_unpaired(const double *a, size_t n, const double *b, size_t m,
                                           struct kqt_stats_shifts *out);

/** All Walsh averages (d[i] + d[j]) / 2, i <= j, of the pairs' differences d = b - a.
 * As above. */
KQT_MUST_USE int kqt_stats_shifts_paired(const double *d, size_t n, struct kqt_stats_shifts *out);

/** Accepts an empty or zeroed struct. */
void kqt_stats_shifts_fini(struct kqt_stats_shifts *s);

/** Hodges-Lehmann estimate: the median of the shifts. @s not empty. */
double kqt_stats_shift(const struct kqt_stats_shifts *s);

struct kqt_stats_interval {
	double lo, hi;
	double covers; /* at least the level asked for, unless even the widest does not:
	                * then it is the widest, and this says what it does cover */
};

/** Exact interval of the shift. @null of the same numbers of rounds as @s. */
struct kqt_stats_interval kqt_stats_interval(const struct kqt_stats_shifts *s,
                                             const struct kqt_stats_null *null, double alpha);

/** Two-sided p of "the shift lies within -bound .. bound": the smallest alpha whose
 * interval lies wholly outside. bound 0 gives wilcox.test's p-value.
 * @bound  0 or more   @return above 0, at most 1. */
double kqt_stats_p_outside(const struct kqt_stats_shifts *s, const struct kqt_stats_null *null,
                           double bound);

/* -- several rows at once (stats.c) -------------------------------------------- */

/** Holm's adjusted p. @p [n], each 0 .. 1; @adjusted [n], may be p itself.
 * R: p.adjust(p, "holm"). n at most 64: the order is found by looking n times. */
void kqt_stats_holm(const double *p, size_t n, double *adjusted);

/** The alpha at which each row's own interval says what Holm says of all together:
 * with j of n rejected it is alpha / (n - j) (alpha itself when all are): those
 * rejected have p <= alpha / (n - j + 1), the others p > alpha / (n - j). So one
 * interval a row can be shown and decides. n = 0 gives alpha. */
double kqt_stats_holm_alpha(const double *p, size_t n, double alpha);

/* -- verdict (stats.c) --------------------------------------------------------- */

enum kqt_stats_verdict {
	KQT_STATS_TOO_FEW, /* rounds or samples: nothing can be said */
	KQT_STATS_BETTER,
	KQT_STATS_WORSE,
	KQT_STATS_EQUIVALENT,
	KQT_STATS_DIFFERS, /* perhaps by less than the margin, or than the noise floor */
	KQT_STATS_INCONCLUSIVE,
};

/** "too few", "better", "worse", "equivalent", "differs", "inconclusive". */
const char *kqt_stats_verdict_text(enum kqt_stats_verdict v);

struct kqt_stats_rule {
	double alpha;  /* of the interval that says better, worse, differs */
	double margin; /* > 0, in the shifts' unit: ln 1.05, or bits */
	double floor;  /* what identical runs differ by (kqt_stats_floor); 0 = none needed */
};

struct kqt_stats_judged {
	double shift; /* estimate; above 0 is worse, as the caller oriented it */
	struct kqt_stats_interval interval; /* at rule.alpha */
	struct kqt_stats_interval narrow;   /* at 0.1: inside the margin is equivalent, each
	                                     * side being a test at 5 % (Schuirmann) */
	enum kqt_stats_verdict verdict;
	uint64_t rounds_needed; /* a side, when inconclusive; see kqt_stats_rounds_needed */
};

/** Verdict of one row: interval above both margin and floor worse, below both better;
 * narrow interval inside the margin equivalent; interval excludes 0 differs; else
 * inconclusive. With fewer than KQT_STATS_ROUNDS_VERDICT rounds too few (the figures
 * are filled in all the same).
 * @s       oriented so that above 0 is worse
 * @rounds  on the smaller side */
void kqt_stats_judge(const struct kqt_stats_shifts *s, const struct kqt_stats_null *null,
                     const struct kqt_stats_rule *rule, size_t rounds,
                     struct kqt_stats_judged *out);

/** How many rounds a side would decide, with 4 chances in 5, if the estimate is the
 * truth and intervals shrink with the square root of the rounds. A plan, no promise.
 * @j       interval, narrow and shift are read
 * @rounds  that they come from
 * @return rounds + 1 or more; 0 when it would be above KQT_STATS_NEEDED_MAX. */
uint64_t kqt_stats_rounds_needed(const struct kqt_stats_judged *j,
                                 const struct kqt_stats_rule *rule, size_t rounds);

/** Does a round of `count` samples have enough above the quantile:
 * count * (1 - q) >= KQT_STATS_TAIL? @q 0 .. 1. */
bool kqt_stats_tail_suffices(uint64_t count, double q);

/* -- one run's rounds (stats_series.c) ------------------------------------------ */
/* y [n] in the order in which they were made; NaN = no figure, left out. */

/** Noise floor: by how much identical rounds differ, as odd against even ones: the
 * larger end, without sign, of their 95 % interval.
 * @return 0; -KQT_E_TOO_FEW below 2 * KQT_STATS_ROUNDS_PART rounds (@floor
 * untouched), -KQT_E_RANGE, -ENOMEM. */
KQT_MUST_USE int kqt_stats_floor(const double *y, size_t n, double *floor);

/** Drift: is the second half of the rounds shifted against the first, its 99 %
 * interval without 0? @shift second minus first; may be NULL.
 * @return 1 drift, 0 none, else as kqt_stats_floor. */
KQT_MUST_USE int kqt_stats_drift(const double *y, size_t n, double *shift);

/** Warm-up by the marginal standard error rule: how many leading values to leave out
 * so that the squared standard error of the mean of the rest,
 * sum (y - mean)^2 / (n - d)^2, is smallest; d = 0 .. n - 5, the first of equals.
 * More than half: no steady state was reached.
 * @y  no NaN here
 * @return d; -KQT_E_TOO_FEW below 10 values, -KQT_E_RANGE when one is not finite. */
KQT_MUST_USE long kqt_stats_warmup(const double *y, size_t n);

/* -- two distributions (stats_dist.c) ------------------------------------------- */
/* Effect sizes of pooled samples. They describe and never decide. */

/** Cliff's delta: P(b > a) - P(b < a) of a value of each, values of one bucket being
 * equal. @return -1 .. 1; NaN when either is empty. Cost: one pass. */
double kqt_stats_cliff(const struct kqt_hist *a, const struct kqt_hist *b);

struct kqt_stats_ecdf_gap {
	double plus, minus;               /* 0 .. 1: largest F_a - F_b, largest F_b - F_a */
	uint64_t plus_at_ns, minus_at_ns; /* where; 0 when there is no such gap */
};

/** Largest differences of the two empirical distribution functions in both directions.
 * plus: b has longer latencies there. Both NaN when either is empty. */
struct kqt_stats_ecdf_gap kqt_stats_ecdf(const struct kqt_hist *a, const struct kqt_hist *b);

/** Neither distribution is better everywhere: both gaps above KQT_STATS_CROSSING. */
bool kqt_stats_crosses(const struct kqt_stats_ecdf_gap *gap);

#endif
