/* SPDX-License-Identifier: MIT */
/* Statistics of every byte of a stream, taken in blocks: counts (and from them the bit
 * planes' bias and chi-square), autocorrelation, the delay plot's cells. Cut anywhere,
 * the same bytes give the same figures. */
#ifndef KQT_ENTROPY_BLOCKSTAT_H
#define KQT_ENTROPY_BLOCKSTAT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/entropy/watch.h"

#define KQT_LAG_BLOCK 1024
/* Each half of the delay plot: it shows the last 65,536 pairs or more, up to twice that. */
#define KQT_DELAY_HALF 65536

/** A plain struct; zeroed = no byte yet. */
struct kqt_block_stat {
	uint64_t n, counts[256];
	/* Lags: sums of products of centred bytes (byte - 128) over whole blocks, and the
	 * block that is filling after the last KQT_LAGS bytes before it. 63 bits hold
	 * 5 * 10^14 bytes: five years at 3 million a second. */
	int64_t product[KQT_LAGS];
	int16_t centred[KQT_LAGS + KQT_LAG_BLOCK];
	unsigned filled;        /* of the block */
	int16_t head[KQT_LAGS]; /* the first bytes of all, centred */
	/* pairs: the half that grows and the one before it */
	uint32_t delay[2][KQT_DELAY_CELLS][KQT_DELAY_CELLS];
	uint32_t delay_n; /* of the half that grows */
	uint8_t last;     /* byte, for the next pair; of use when n > 0 */
};

/** n bytes more. Cost: about 4 ns a byte. Allocates nothing. */
void kqt_block_stat_add(struct kqt_block_stat *s, const uint8_t *bytes, size_t n);

/** The figures: n, counts, bias, lag, chi_square, chi_p, delay of the watch. The
 * autocorrelation at lag k is sum (x[i]-m)(x[i-k]-m) / sum (x[i]-m)^2, m the mean of
 * all; NaN when n <= k or all bytes are equal. Cost: about 20 us. */
void kqt_block_stat_figures(const struct kqt_block_stat *s, struct kqt_watch *w);

#endif
