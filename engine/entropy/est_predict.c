/* SPDX-License-Identifier: MIT */
/* From predictions to bits: SP 800-90B 6.3.7, steps 4 to 6 (the same in 6.3.8 to 10).
 *
 * Two bounds on the chance of a right prediction: the upper end of the confidence
 * interval of what was seen over all, and the p for which so long a run of right ones
 * would be the 99th percentile. The second needs a solver, but only if it can be the
 * larger one: that is asked first. */
#include "engine/entropy/est_predict.h"

#define ALPHA 0.99
#define ROUNDS 66 /* NIST's tool: 65 and a last one */

/* ln of the probability of no run of r right predictions among n, for a chance of p
 * (Feller's approximation), with y = x - 1, x the smallest root of
 * x = 1 + q p^r x^(r+1). In y nothing cancels: a double is enough. */
static double log_no_run(double p, double r, double n)
{
	double q = 1 - p, base = log(q) + r * log(p), y = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double next = exp(base + (r + 1) * log1p(y));

		if (r * next >= 1)
			return -INFINITY;
		if (next == y)
			break;
		y = next;
	}
	if (p * y >= q)
		return -INFINITY;
	return log1p(-p * y / q) - log1p(-r * y) - (n + 1) * log1p(y);
}

static double local_bound(double lo, double r, double n)
{
	double hi = 1, target = log(ALPHA);

	for (;;) {
		double p = lo + (hi - lo) / 2;

		if (p <= lo || p >= hi)
			return p;
		if (log_no_run(p, r, n) > target)
			lo = p;
		else
			hi = p;
	}
}

double kqt_predict_bits(uint64_t correct, uint64_t total, uint64_t longest, unsigned k)
{
	double n = (double)total, r = (double)longest + 1, p;

	if (correct == 0)
		p = 1 - pow(1 - ALPHA, 1 / n);
	else
		p = kqt_upper_bound((double)correct / n, n - 1);
	p = fmax(p, 1 / (double)k);
	if (p < 1 && log_no_run(p, r, n) > log(ALPHA))
		p = local_bound(p, r, n);
	return kqt_bits_of(p, k);
}
