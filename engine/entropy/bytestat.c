/* SPDX-License-Identifier: MIT */
/* The two figures, and their expectations on perfect data. Below EXACT_N the
 * expectations sum over the binomial law of one count, X ~ Bin(n, 1/256);
 * above it that law is so narrow and so nearly normal that closed forms are
 * exact to 1e-5 bit and take constant time. */
#include "engine/entropy/bytestat.h"

#include <math.h>

#define SYMBOLS 256
/* 99.5 % quantile of the normal law; SP 800-90B prints 2.576, NIST's tool has
 * this value. */
#define Z_99 2.5758293035489008
/* Here the standard deviation of a count is 64: the sums below have about 1200
 * terms (20 to 40 us), and the closed forms' next terms are below 1e-11 bit
 * (Shannon) and 1e-5 bit (MCV; tests/unit/test_bytestat.c checks the seam). */
#define EXACT_N (UINT64_C(1) << 20)
/* Weights are relative to the mode's. At 1e-20 what is left out on a side is
 * below 1e-18 of the whole, less than a double's grain. */
#define TAIL 1e-20

static uint64_t total_of(const uint64_t counts[SYMBOLS])
{
	uint64_t n = 0;

	for (int i = 0; i < SYMBOLS; i++)
		n += counts[i];
	return n;
}

double kqt_shannon_bits(const uint64_t counts[SYMBOLS])
{
	double n = (double)total_of(counts), h = 0;

	if (n < 1)
		return NAN;
	for (int i = 0; i < SYMBOLS; i++) {
		double p = (double)counts[i] / n;

		if (counts[i])
			h -= p * log2(p);
	}
	return fmin(h, 8); /* 256 roundings, of counts of billions, can go past it */
}

/* SP 800-90B 6.3.1, steps 2 and 3. */
static double mcv_of(double most, double n)
{
	double p = most / n, p_u = p + Z_99 * sqrt(p * (1 - p) / (n - 1));

	return p_u >= 1 ? 0 : -log2(p_u);
}

double kqt_mcv_bits(const uint64_t counts[SYMBOLS])
{
	uint64_t n = total_of(counts), most = 0;

	if (n < 2)
		return NAN;
	for (int i = 0; i < SYMBOLS; i++) {
		if (counts[i] > most)
			most = counts[i];
	}
	return mcv_of((double)most, (double)n);
}

/* Bin(n, 1/256) one term at a time, relative to the mode:
 * P(k+1) / P(k) = (n - k) / (k + 1) * p / (1 - p), and p / (1 - p) = 1/255.
 * No lgamma: its rounding grows with n, the recurrence's does not. */
static double up_ratio(double n, double k)
{
	return (n - k) / ((k + 1) * (SYMBOLS - 1));
}

static double mode_of(double n)
{
	return floor((n + 1) / SYMBOLS);
}

/* sum_k P(X = k) k log2 k = n/256 E[log2(1 + Y)] with Y ~ Bin(n - 1, 1/256),
 * which needs no term for k = 0 and loses no digits. */
static double shannon_ref_exact(double n)
{
	double mode = mode_of(n - 1), w = 1, weights = 0, sum = 0;

	for (double k = mode; k < n && w > TAIL; k++) {
		weights += w;
		sum += w * log2(k + 1);
		w *= up_ratio(n - 1, k);
	}
	w = 1;
	for (double k = mode - 1; k >= 0; k--) {
		w /= up_ratio(n - 1, k);
		if (w <= TAIL)
			break;
		weights += w;
		sum += w * log2(k + 1);
	}
	return log2(n) - sum / weights;
}

double kqt_shannon_ref_bits(uint64_t n)
{
	double x = (double)n, m = SYMBOLS;

	if (n < 2)
		return NAN;
	if (n < EXACT_N)
		return shannon_ref_exact(x);
	/* Harris (1975): H - (m - 1)/(2n) - (m^2 - 1)/(12 n^2) nats on m equal
	 * probabilities; the next term is of the order m^3 / (12 n^3). */
	return 8 - ((m - 1) / (2 * x) + (m * m - 1) / (12 * x * x)) / M_LN2;
}

/* P(all 256 counts <= k) from P(one count > k), which is below 1. */
static double all_at_most(double above)
{
	return exp(SYMBOLS * log1p(-above));
}

/* Walks k upwards from the least that the largest of 256 counts can be,
 * ceil(n / 256), so that `above` = P(X > k) is known at each k. The walk starts
 * next to the mode, hence weights relative to it do not underflow. */
static double mcv_ref_exact(double n)
{
	double mode = mode_of(n), least = ceil(n / SYMBOLS), w = 1, weights = 0, above, sum = 0;
	double below = 0;

	for (double k = mode; k <= n && w > TAIL; k++) {
		weights += w;
		w *= up_ratio(n, k);
	}
	above = weights;
	w = 1;
	for (double k = mode - 1; k >= 0 && w > TAIL; k--) {
		w /= up_ratio(n, k);
		weights += w;
	}
	w = 1;
	for (double k = mode; k <= n && w > TAIL; k++) {
		double at_most;

		above = fmax(above - w, 0);
		w *= up_ratio(n, k);
		if (k < least)
			continue;
		at_most = all_at_most(above / weights);
		sum += (at_most - below) * mcv_of(k, n);
		below = at_most;
	}
	return sum / below;
}

/* The largest of 256 normal variables, z, has a law that no n enters; a count
 * is mean + sd * x where x corrects z for the binomial's skewness 254/256/sd
 * (Cornish-Fisher, first term). The law's weight lies in 0 .. 8: below 0 there
 * is 2^-256, above 8 there is 1e-13. The integrand is smooth and vanishes at
 * both ends, so equal steps converge faster than any power of the step. */
static double mcv_ref_normal(double n)
{
	const double step = 1.0 / 32, mean = n / SYMBOLS;
	const double sd = sqrt(mean * (SYMBOLS - 1) / SYMBOLS);
	const double skew = (double)(SYMBOLS - 2) / SYMBOLS / sd;
	double sum = 0, weights = 0;

	for (double z = 0; z <= 8; z += step) {
		double at_most_other = all_at_most(erfc(z / M_SQRT2) / 2);
		double density = exp(-z * z / 2) * at_most_other / (1 - erfc(z / M_SQRT2) / 2);
		double x = z + (z * z - 1) / 6 * skew;

		weights += density;
		sum += density * mcv_of(mean + sd * x, n);
	}
	return sum / weights;
}

double kqt_mcv_ref_bits(uint64_t n)
{
	if (n < 2)
		return NAN;
	return n < EXACT_N ? mcv_ref_exact((double)n) : mcv_ref_normal((double)n);
}
