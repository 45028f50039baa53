/* SPDX-License-Identifier: MIT */
/* Marginal statistics of bytes from their 256 counts, and what a perfect source
 * would read at the same n: both figures fall short of 8 bits on perfect data
 * by an amount that depends on n alone, so no figure is shown without its
 * reference (shared design, entropy.md). */
#ifndef KQT_ENTROPY_BYTESTAT_H
#define KQT_ENTROPY_BYTESTAT_H

#include <stdint.h>

#include "engine/base/annot.h"

/** Plug-in Shannon entropy, bits a byte, 0 .. 8. NaN when n = sum(counts) is 0. */
double kqt_shannon_bits(const uint64_t counts[256]);

/** Most common value estimate of min-entropy: SP 800-90B (2018-01) 6.3.1, with
 * the upper 99 % bound on the largest proportion:
 *   p_u = min(1, p + 2.5758293035489008 * sqrt(p (1 - p) / (n - 1))), -log2(p_u).
 * NaN when n < 2. Bits a byte, 0 .. 8. */
double kqt_mcv_bits(const uint64_t counts[256]);

/** What the two functions above are expected to read for n bytes of a perfect
 * source (independent, uniform on 256 values).
 * Shannon: the exact expectation, by the binomial law of one count:
 *   E[H] = log2 n - 256/n * sum_k P(X = k) k log2 k;
 * from n = 2^20 up by its series in 1/n (Harris 1975), within 1e-11 bit.
 * MCV: expectation of -log2 p_u over the law of the largest of 256 counts,
 * taking the counts as independent binomials. They are negatively associated, so
 * this reads too high: by 0.0040 bit at n = 256, 0.0014 at 4096, and at most
 * 0.009 below 256 (by the exact multinomial law, tests/unit/test_bytestat.c).
 * Cost: O(sqrt(n)) terms, about 25 us at n = 2^20 and constant from there on,
 * any n. NaN when n < 2. */
double kqt_shannon_ref_bits(uint64_t n);
double kqt_mcv_ref_bits(uint64_t n);

#endif
