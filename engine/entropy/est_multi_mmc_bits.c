/* SPDX-License-Identifier: MIT */
/* MultiMMC prediction for two symbols (see est_multi_mmc.c). SP 800-90B 6.3.9.
 *
 * Of two symbols only the difference of the counts matters: a context of up to 15 bits
 * is one number, v = 2 (ones - zeros) + 1, and 0 before it was seen. It says one if
 * v > 0 (of equals the largest). Contexts of 15 bits make 65,536 pairs: below the
 * 100,000 that a predictor may hold. Those of 16 bits can make 131,072, so they keep
 * both counts.
 * A context of L bits has the index 1 and then its bits, the latest lowest. */
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/entropy/est_predict.h"
#include "engine/entropy/est_work.h"

#define LEVELS 16
#define SHORT 15 /* levels without a cap */
#define PAIRS_MAX 100000

struct kqt_mmc_bits {
	int32_t v[1 << (SHORT + 1)];
	uint32_t last[1 << LEVELS][2]; /* the 16th level */
	uint32_t pairs;                /* of the 16th level */
};

struct kqt_mmc_bits *kqt_mmc_bits_new(size_t *bytes)
{
	*bytes += sizeof(struct kqt_mmc_bits);
	return kqt_aligned_new(sizeof(struct kqt_mmc_bits));
}

void kqt_mmc_bits_free(struct kqt_mmc_bits *w)
{
	free(w);
}

/* Bit d: predictor d was right; bit 16 + d: it said nothing. */
KQT_INLINE uint32_t step_short(int32_t *v, uint32_t history, uint32_t y, unsigned levels)
{
	int32_t sign = (int32_t)(2 * y) - 1;
	uint32_t right = 0, silent = 0;

#pragma GCC unroll 16
	for (unsigned d = 0; d < levels; d++) {
		int32_t *here = &v[2u << d | (history & ((2u << d) - 1))], was = *here;
		uint32_t is_new = was == 0;

		right |= (uint32_t)(was * sign > 0) << d;
		silent |= is_new << d;
		*here = was + 2 * sign + (int32_t)is_new;
	}
	return right | silent << 16;
}

/* Bit 0: it was right; bit 1: it said something. */
KQT_INLINE uint32_t step_last(struct kqt_mmc_bits *w, uint32_t history, uint32_t y)
{
	uint32_t *count = w->last[history & 0xffff];
	uint32_t said = count[1] >= count[0], known = (count[0] | count[1]) != 0;

	if (count[y] || w->pairs < PAIRS_MAX) {
		w->pairs += count[y] == 0;
		count[y]++;
	}
	return (known & (uint32_t)(said == y)) | known << 1;
}

/* Eight rows of eight bits, transposed (Hacker's Delight, 7-3). */
static inline uint64_t transpose8(uint64_t x)
{
	uint64_t t = (x ^ x >> 7) & UINT64_C(0x00aa00aa00aa00aa);

	x ^= t ^ t << 7;
	t = (x ^ x >> 14) & UINT64_C(0x0000cccc0000cccc);
	x ^= t ^ t << 14;
	t = (x ^ x >> 28) & UINT64_C(0x00000000f0f0f0f0);
	return x ^ t ^ t << 28;
}

/* From a mask of levels for each of 64 steps to a word of steps for each level. */
static void to_words(const uint16_t masks[64], uint64_t right[LEVELS])
{
	memset(right, 0, LEVELS * sizeof(*right));
	for (unsigned t = 0; t < 64; t += 8) {
		uint64_t low = 0, high = 0;

		for (unsigned i = 0; i < 8; i++) {
			low |= (uint64_t)(masks[t + i] & 0xff) << (8 * i);
			high |= (uint64_t)(masks[t + i] >> 8) << (8 * i);
		}
		low = transpose8(low);
		high = transpose8(high);
		for (unsigned i = 0; i < 8; i++) {
			right[i] |= (low >> (8 * i) & 0xff) << t;
			right[8 + i] |= (high >> (8 * i) & 0xff) << t;
		}
	}
}

/* The first steps, where long contexts are not there yet. */
static void feed_first(struct kqt_board *b, struct kqt_mmc_bits *w, const uint8_t *s, size_t n,
                       uint32_t *history)
{
	for (size_t i = 1; i < n; i++) {
		unsigned levels = i < SHORT ? (unsigned)i : SHORT;
		uint64_t right[LEVELS] = {0}, valid[LEVELS] = {0};
		uint32_t mask = step_short(w->v, *history, s[i], levels);
		uint32_t last = i >= LEVELS ? step_last(w, *history, s[i]) : 0;

		for (unsigned d = 0; d < levels; d++) {
			right[d] = mask >> d & 1;
			valid[d] = ~mask >> (16 + d) & 1;
		}
		right[SHORT] = last & 1;
		valid[SHORT] = last >> 1;
		if (i >= 2) /* the first is learned, not predicted */
			kqt_board_feed(b, right, valid, 1);
		*history = *history << 1 | s[i];
	}
}

KQT_INLINE int predict_body(const struct kqt_est_data *d, struct kqt_mmc_bits *w,
                            struct kqt_run *out)
{
	size_t first = d->n < LEVELS + 2 ? d->n : LEVELS + 2;
	struct kqt_board b = {.n = LEVELS};
	uint32_t history = d->symbols[0];

	feed_first(&b, w, d->symbols, first, &history);
	for (size_t i0 = first; i0 < d->n; i0 += 64) {
		unsigned steps = d->n - i0 < 64 ? (unsigned)(d->n - i0) : 64;
		uint64_t now = kqt_lsb64(d->lsb, i0);
		uint64_t right[LEVELS], valid[LEVELS];
		uint16_t masks[64] = {0}, known[64] = {0};

		for (unsigned t = 0; t < steps; t++) {
			uint32_t y = now >> t & 1;
			uint32_t mask = step_short(w->v, history, y, SHORT);
			uint32_t last = step_last(w, history, y);

			masks[t] = (uint16_t)((mask & 0x7fff) | (last & 1) << SHORT);
			known[t] = (uint16_t)((~mask >> 16 & 0x7fff) | last >> 1 << SHORT);
			history = history << 1 | y;
		}
		to_words(masks, right);
		to_words(known, valid);
		kqt_board_feed(&b, right, valid, steps);
		if ((i0 & KQT_POLL_MASK) < 64 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	*out = b.run;
	return 0;
}

static int predict_plain(const struct kqt_est_data *d, struct kqt_mmc_bits *w, struct kqt_run *out)
{
	return predict_body(d, w, out);
}

static KQT_ON_POPCNT int predict_popcnt(const struct kqt_est_data *d, struct kqt_mmc_bits *w,
                                        struct kqt_run *out)
{
	return predict_body(d, w, out);
}

int kqt_mmc_bitwise(const struct kqt_est_data *d, struct kqt_mmc_bits *w, double *bits_out)
{
	struct kqt_run run;
	int rc;

	memset(w, 0, sizeof(*w));
	rc = kqt_est_path() == KQT_PATH_PLAIN ? predict_plain(d, w, &run)
	                                      : predict_popcnt(d, w, &run);
	if (rc < 0)
		return rc;
	*bits_out = kqt_predict_bits(run.correct, d->n - 2, run.longest, 2);
	return 0;
}
