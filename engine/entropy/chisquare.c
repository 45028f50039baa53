/* SPDX-License-Identifier: MIT */
#include "engine/entropy/chisquare.h"

#include <math.h>
#include <stddef.h>

#define SYMBOLS 256
#define GRAIN 1e-16
/* Near x = a both need some 10 sqrt(a) terms. */
#define TERMS_MAX 1000

double kqt_chi_square(const uint64_t counts[SYMBOLS])
{
	uint64_t n = 0;
	double expected, sum = 0;

	for (int i = 0; i < SYMBOLS; i++)
		n += counts[i];
	if (n < KQT_CHI_SQUARE_MIN_N)
		return NAN;
	expected = (double)n / SYMBOLS;
	for (int i = 0; i < SYMBOLS; i++) {
		double d = (double)counts[i] - expected;

		sum += d * d;
	}
	return sum / expected;
}

double kqt_log_gamma(double x)
{
	/* B(2k) / (2k (2k-1)); the next term is below 2e-18 at 16 */
	static const double c[] = {1.0 / 12,    -1.0 / 360, 1.0 / 1260,
	                           -1.0 / 1680, 1.0 / 1188, -691.0 / 360360};
	double product = 1, sum = 0, power;

	for (; x < 16; x++)
		product *= x;
	power = 1 / x;
	for (size_t k = 0; k < sizeof(c) / sizeof(c[0]); k++, power /= x * x)
		sum += c[k] * power;
	return (x - 0.5) * log(x) - x + 0.91893853320467274178 /* log(2 pi) / 2 */ + sum -
	       log(product);
}

/* x^a e^-x / Gamma(a) */
static double factor(double a, double x)
{
	return exp(a * log(x) - x - kqt_log_gamma(a));
}

/* P(a, x) = factor * sum x^k / (a (a+1) .. (a+k)) */
static double lower_by_series(double a, double x)
{
	double term = 1 / a, sum = term;

	for (int k = 1; k < TERMS_MAX && term > sum * GRAIN; k++) {
		term *= x / (a + k);
		sum += term;
	}
	return sum * factor(a, x);
}

/* Q(a, x) = factor / (x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ..))). From x = a + 1 on
 * the k-th c and 1 / d are above k + 1 (by induction, as b is 2 k + 2 or more): nothing
 * to guard against. */
static double upper_by_fraction(double a, double x)
{
	double b = x + 1 - a, c = INFINITY, d = 1 / b, h = d;

	for (int k = 1; k < TERMS_MAX; k++) {
		double an = -k * (k - a), step;

		b += 2;
		d = 1 / (an * d + b);
		c = b + an / c;
		step = c * d;
		h *= step;
		if (fabs(step - 1) < GRAIN)
			break;
	}
	return h * factor(a, x);
}

double kqt_gamma_q(double a, double x)
{
	return x < a + 1 ? 1 - lower_by_series(a, x) : upper_by_fraction(a, x);
}

double kqt_chi_square_p(double x, double df)
{
	return isnan(x) ? NAN : kqt_gamma_q(df / 2, x / 2);
}
