/* SPDX-License-Identifier: MIT */
/* Chi-square of byte counts against the uniform law, and how likely a perfect source
 * reads as much or more. */
#ifndef KQT_ENTROPY_CHISQUARE_H
#define KQT_ENTROPY_CHISQUARE_H

#include <stdint.h>

/** Below 5 bytes expected of each value the law is no good approximation. */
#define KQT_CHI_SQUARE_MIN_N 1280

/** Sum of (count - n/256)^2 / (n/256). NaN when n is below KQT_CHI_SQUARE_MIN_N. */
double kqt_chi_square(const uint64_t counts[256]);

/** P[chi-square with this many degrees of freedom >= x]. NaN for NaN; x >= 0, df > 0. */
double kqt_chi_square_p(double x, double df);

/** Regularised upper incomplete gamma function Q(a, x), 0 < a <= 1000, x >= 0, within
 * 1e-12 of its value or 1e-300. Its series below x = a + 1 and its continued fraction from there
 * (Abramowitz and Stegun 6.5.29 and 6.5.31; modified Lentz evaluation). */
double kqt_gamma_q(double a, double x);

/** log Gamma(x), x > 0, within 1e-14 of its value or 1e-14. Stirling's series above 16
 * and the recurrence to there; libm's has a global variable for its second result, which
 * two threads may not share. */
double kqt_log_gamma(double x);

#endif
