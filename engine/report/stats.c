/* SPDX-License-Identifier: MIT */
/* From intervals to verdicts: Holm's correction, the rule of a row, the plan for more
 * rounds. */
#include "engine/report/stats.h"

#include <math.h>

/* Of the narrow interval: two tests at 5 %, one a side of the margin. */
#define EQUIVALENCE_ALPHA 0.1

/* Normal quantiles: of 4 chances in 5, and of the narrow interval's 95 % a side
 * (R: qnorm(0.8), qnorm(0.95)). */
#define Z_POWER 0.8416212335729143
#define Z_NARROW 1.6448536269514722

void kqt_stats_holm(const double *p, size_t n, double *adjusted)
{
	double left[64], largest = 0;
	size_t many = n < 64 ? n : 64;

	for (size_t i = 0; i < many; i++)
		left[i] = p[i];
	for (size_t step = 0; step < many; step++) {
		size_t least = 0;
		double scaled;

		for (size_t i = 1; i < many; i++)
			if (left[i] < left[least])
				least = i;
		scaled = left[least] * (double)(many - step);
		if (scaled > largest)
			largest = scaled < 1 ? scaled : 1;
		adjusted[least] = largest;
		left[least] = INFINITY;
	}
}

double kqt_stats_holm_alpha(const double *p, size_t n, double alpha)
{
	double adjusted[64] = {0};
	size_t many = n < 64 ? n : 64, open = many;

	kqt_stats_holm(p, many, adjusted);
	for (size_t i = 0; i < many; i++)
		open -= adjusted[i] <= alpha;
	return open > 1 ? alpha / (double)open : alpha;
}

const char *kqt_stats_verdict_text(enum kqt_stats_verdict v)
{
	static const char *const texts[] = {
	    [KQT_STATS_TOO_FEW] = "too few", [KQT_STATS_BETTER] = "better",
	    [KQT_STATS_WORSE] = "worse",     [KQT_STATS_EQUIVALENT] = "equivalent",
	    [KQT_STATS_DIFFERS] = "differs", [KQT_STATS_INCONCLUSIVE] = "inconclusive",
	};

	return texts[v];
}

/* z with P(|Z| > z) = alpha, by halving: needed once a row, to three digits. */
static double z_of(double alpha)
{
	double lo = 0, hi = 40;

	for (int i = 0; i < 60; i++) {
		double mid = (lo + hi) / 2;

		if (erfc(mid / sqrt(2)) > alpha)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* An interval is z standard errors wide on each side. What has to fit between the
 * estimate and the bound, to be seen with 4 chances in 5, is z and Z_POWER of them. */
static double rounds_for(double half_width, double z, double distance, size_t rounds)
{
	double factor = half_width / z * (z + Z_POWER) / distance;

	return (double)rounds * factor * factor;
}

uint64_t kqt_stats_rounds_needed(const struct kqt_stats_judged *j,
                                 const struct kqt_stats_rule *rule, size_t rounds)
{
	double size = fabs(j->shift),
	       bound = rule->margin > rule->floor ? rule->margin : rule->floor;
	double need = INFINITY;

	if (size > bound)
		need = rounds_for((j->interval.hi - j->interval.lo) / 2, z_of(rule->alpha),
		                  size - bound, rounds);
	else if (size < rule->margin)
		need = rounds_for((j->narrow.hi - j->narrow.lo) / 2, Z_NARROW, rule->margin - size,
		                  rounds);
	if (!(need <= KQT_STATS_NEEDED_MAX))
		return 0;
	return need > (double)rounds ? (uint64_t)ceil(need) : rounds + 1;
}

static enum kqt_stats_verdict verdict_of(const struct kqt_stats_judged *j,
                                         const struct kqt_stats_rule *rule)
{
	double bound = rule->margin > rule->floor ? rule->margin : rule->floor;

	if (j->interval.lo > bound)
		return KQT_STATS_WORSE;
	if (j->interval.hi < -bound)
		return KQT_STATS_BETTER;
	if (j->narrow.lo > -rule->margin && j->narrow.hi < rule->margin)
		return KQT_STATS_EQUIVALENT;
	if (j->interval.lo > 0 || j->interval.hi < 0)
		return KQT_STATS_DIFFERS;
	return KQT_STATS_INCONCLUSIVE;
}

void kqt_stats_judge(const struct kqt_stats_shifts *s, const struct kqt_stats_null *null,
                     const struct kqt_stats_rule *rule, size_t rounds, struct kqt_stats_judged *out)
{
	out->shift = kqt_stats_shift(s);
	out->interval = kqt_stats_interval(s, null, rule->alpha);
	out->narrow = kqt_stats_interval(s, null, EQUIVALENCE_ALPHA);
	out->rounds_needed = 0;
	if (rounds < KQT_STATS_ROUNDS_VERDICT) {
		out->verdict = KQT_STATS_TOO_FEW;
		return;
	}
	out->verdict = verdict_of(out, rule);
	if (out->verdict == KQT_STATS_INCONCLUSIVE)
		out->rounds_needed = kqt_stats_rounds_needed(out, rule, rounds);
}

/* 1 - q of a decimal fraction is off in its last digits, to either side: a millionth
 * of a sample is no sample. */
bool kqt_stats_tail_suffices(uint64_t count, double q)
{
	return (double)count * (1 - q) >= KQT_STATS_TAIL - 1e-6;
}
