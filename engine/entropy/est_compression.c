/* SPDX-License-Identifier: MIT */
/* Compression estimate (after Maurer), for two symbols. SP 800-90B 6.3.4.
 * O(n / 6) for the distances, and 0.05 to 0.5 ms for each of about 15 evaluations of
 * the expectation.
 *
 * The expectation needs, for z = p and z = (1 - p) / 63, the sum over i = 2 .. N of
 *   weight(i) log2(i) (1 - z)^(i - 1),
 *   weight(i) = z^2 (N - D) up to i = D, and z^2 (N - i) + z after it,
 * which is 6.3.4's double sum with its inner sums done. For small z it has up to N
 * terms that matter. From i = HEAD on the logarithm is so smooth that BLOCK terms at
 * once are a polynomial, summed by the powers' moments:
 *   sum over u of (c - u) log(i0 + u) x^u = sum over k of coefficient_k * moment_k. */
#include "engine/entropy/est_priv.h"

#define BLOCK_BITS 6
#define VALUES 64
#define DICTIONARY 1000 /* d of the standard */
#define SIGMA_FACTOR 0.5907

#define HEAD 4096
#define STEP 64 /* terms at once, around their middle: |u| <= 32, u / i <= 2^-7 */
/* Order 7: the first term left out is (2^-7)^8 / 8 = 1.7e-18 of one. */
#define ORDER 7
#define NEGLIGIBLE 1e-24

struct expectation {
	double blocks, tests; /* N, v = N - D */
	double log2_of[HEAD]; /* of the index */
};

/* -- the data -------------------------------------------------------------- */

struct distances {
	double sum, squares; /* of log2 of the distance */
};

/* Distances below HEAD, which nearly all are, are counted: a million additions would
 * cost digits that the flat expectation near p = 1/64 multiplies by a thousand. */
static int measure(const struct kqt_est_data *d, size_t blocks, const double *log2_of,
                   struct distances *out)
{
	uint32_t last[VALUES] = {0}, counts[HEAD] = {0};
	struct distances sum = {0};

	for (size_t i = 1; i <= blocks; i++) {
		unsigned value = (unsigned)(kqt_msb64(d->msb, (i - 1) * BLOCK_BITS) >>
		                            (64 - BLOCK_BITS));
		size_t distance = i - last[value];

		last[value] = (uint32_t)i;
		if (i > DICTIONARY && distance < HEAD) {
			counts[distance]++;
		} else if (i > DICTIONARY) {
			double x = log2((double)distance);

			sum.sum += x;
			sum.squares += x * x;
		}
		if ((i & KQT_POLL_MASK) == 0 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	for (int i = 1; i < HEAD; i++) {
		sum.sum += counts[i] * log2_of[i];
		sum.squares += counts[i] * log2_of[i] * log2_of[i];
	}
	*out = sum;
	return 0;
}

/* -- the expectation ------------------------------------------------------- */

/* Sum of u^k x^(u + STEP / 2) over u = -STEP / 2 .. STEP / 2 - 1. */
static void moments_of(double x, double moments[ORDER + 2])
{
	double power = 1;

	for (int k = 0; k < ORDER + 2; k++)
		moments[k] = 0;
	for (int u = -STEP / 2; u < STEP / 2; u++) {
		double term = power;

		for (int k = 0; k < ORDER + 2; k++) {
			moments[k] += term;
			term *= u;
		}
		power *= x;
	}
}

/* Sum of (weight - slope u) log2(middle + u) x^(u + STEP / 2). */
static double block_sum(double middle, double weight, double slope, const double *moments)
{
	double c = log(middle), inverse = 1 / middle, power = 1, sum;

	sum = c * (weight * moments[0] - slope * moments[1]);
	for (int k = 1; k <= ORDER; k++) {
		power *= k == 1 ? inverse : -inverse;
		c = power / k;
		sum += c * (weight * moments[k] - slope * moments[k + 1]);
	}
	return sum * M_LOG2E;
}

/* Terms from i = HEAD to N; power = x^(HEAD - 1). */
static double tail(const struct expectation *e, double z, double power, double sum)
{
	double moments[ORDER + 2], x = 1 - z, step = exp(STEP * log1p(-z)), i = HEAD;

	moments_of(x, moments);
	for (; i + STEP - 1 <= e->blocks; i += STEP) {
		double middle = i + (double)STEP / 2;

		/* NEGLIGIBLE even if all terms to come were as large */
		if (power * e->blocks < NEGLIGIBLE * sum)
			return sum;
		sum += power * block_sum(middle, z * z * (e->blocks - middle) + z, z * z, moments);
		power *= step;
	}
	for (; i <= e->blocks; i++) {
		sum += (z * z * (e->blocks - i) + z) * log2(i) * power;
		power *= x;
	}
	return sum;
}

/* G of 6.3.4, step 7. */
static double expected_log(const struct expectation *e, double z)
{
	double x = 1 - z, power = x, sum = 0;
	double head = fmin(HEAD - 1, e->blocks);

	for (double i = 2; i <= head; i++) {
		double weight = i <= DICTIONARY ? z * z * e->tests : z * z * (e->blocks - i) + z;

		sum += weight * e->log2_of[(int)i] * power;
		power *= x;
		if (power * e->blocks < NEGLIGIBLE * sum)
			return sum / e->tests;
	}
	if (e->blocks >= HEAD)
		sum = tail(e, z, power, sum);
	return sum / e->tests;
}

/* p below 1 */
static double expected_mean(const struct expectation *e, double p)
{
	double q = (1 - p) / (VALUES - 1);

	return expected_log(e, p) + (VALUES - 1) * expected_log(e, q);
}

/* p with expected_mean(p) = mean; decreasing in p. Regula falsi (Illinois), and a
 * bisection whenever the bracket has not halved in three steps. */
static double solve(const struct expectation *e, double mean)
{
	double lo = 1.0 / VALUES, hi = 1, f_lo = expected_mean(e, lo) - mean, f_hi = -mean;
	double width = hi - lo;

	if (f_lo <= 0)
		return -1;
	if (f_hi >= 0)
		return 1;
	for (int round = 1; round < 200 && hi - lo > 1e-15 * lo; round++) {
		double p = lo + (hi - lo) * f_lo / (f_lo - f_hi), f;

		if (round % 3 == 0) {
			if (hi - lo > width / 2)
				p = lo + (hi - lo) / 2;
			width = hi - lo;
		}
		if (!(p > lo && p < hi))
			p = lo + (hi - lo) / 2;
		if (p <= lo || p >= hi)
			break;
		f = expected_mean(e, p) - mean;
		if (f > 0) {
			lo = p;
			f_lo = f;
			f_hi /= 2;
		} else if (f < 0) {
			hi = p;
			f_hi = f;
			f_lo /= 2;
		} else {
			return p;
		}
	}
	return lo + (hi - lo) / 2;
}

int kqt_est_compression(const struct kqt_est_data *d, struct kqt_est_work *w, double *bits_out)
{
	size_t blocks = d->n / BLOCK_BITS;
	struct expectation e = {.blocks = (double)blocks, .tests = (double)blocks - DICTIONARY};
	struct distances found;
	double mean, sigma, p;

	(void)w;
	if (d->k != 2)
		return -KQT_E_UNSUPPORTED;
	if (blocks <= DICTIONARY + 1)
		return -KQT_E_TOO_FEW;
	for (int i = 1; i < HEAD; i++)
		e.log2_of[i] = log2(i);
	if (measure(d, blocks, e.log2_of, &found) < 0)
		return -KQT_E_STOPPED;
	mean = found.sum / e.tests;
	sigma = SIGMA_FACTOR * sqrt(fmax(0, found.squares / (e.tests - 1) - mean * mean));
	p = solve(&e, mean - KQT_EST_Z * sigma / sqrt(e.tests));
	*bits_out = p < 0 ? 1 : kqt_bits_of(p, 2 << (BLOCK_BITS - 1)) / BLOCK_BITS;
	return kqt_est_stop(d) ? -KQT_E_STOPPED : 0;
}
