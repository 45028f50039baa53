/* SPDX-License-Identifier: MIT */
/* MultiMMC prediction for two symbols (see est_multi_mmc.c). SP 800-90B 6.3.9.
 *
 * Of two symbols only the difference of the counts matters: a context of up to 15 bits
 * is one number, v = 2 (ones - zeros) + 1, and 0 before it was seen. It says one if
 * v > 0 (of equals the largest). Contexts of 15 bits make 65,536 pairs: below the
 * 100,000 that a predictor may hold. Those of 16 bits can make 131,072, so they keep
 * both counts.
 * Three lengths share a line of 16 numbers, picked by the latest 3 g bits; in it the
 * next bits pick one of 2, of 4 and of 8 (lanes 0-1, 2-5, 6-13). So a step reads and
 * writes five lines, each with one instruction where the machine has AVX-512. */
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/entropy/est_predict.h"
#include "engine/entropy/est_work.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LEVELS 16
#define SHORT 15 /* levels without a cap */
#define PAIRS_MAX 100000
#define GROUPS 5 /* of 3 levels */
#define LANES 16
#define LINES ((1 << 3 * GROUPS) / 7) /* 1 + 8 + ... + 8^4 */

struct kqt_mmc_bits {
	int32_t v[LINES][LANES];
	uint32_t last[1 << LEVELS][2]; /* the 16th level */
	uint32_t pairs;                /* of the 16th level */
};

/* First line of a group: 1 + 8 + ... + 8^(g-1). */
#define FIRST_LINE(g) (((1u << 3 * (g)) - 1) / 7)

struct kqt_mmc_bits *kqt_mmc_bits_new(size_t *bytes)
{
	*bytes += sizeof(struct kqt_mmc_bits);
	return kqt_aligned_new(sizeof(struct kqt_mmc_bits));
}

void kqt_mmc_bits_free(struct kqt_mmc_bits *w)
{
	free(w);
}

/* What the 15 shorter predictors did in one step, a bit each. */
struct answers {
	uint32_t zero;   /* it said zero */
	uint32_t silent; /* it said nothing */
};

KQT_INLINE void see(int32_t *here, int32_t change, unsigned level, struct answers *a)
{
	int32_t was = *here;
	uint32_t is_new = was == 0;

	a->zero |= (uint32_t)was >> 31 << level;
	a->silent |= is_new << level;
	*here = was + change + (int32_t)is_new;
}

KQT_INLINE struct answers step_plain(struct kqt_mmc_bits *w, uint32_t history, uint32_t y,
                                     unsigned levels)
{
	int32_t change = (int32_t)(4 * y) - 2;
	struct answers a = {0};

#pragma GCC unroll 8
	for (unsigned g = 0; g < GROUPS; g++) {
		int32_t *line = w->v[FIRST_LINE(g) + (history & ((1u << 3 * g) - 1))];
		uint32_t next = history >> 3 * g & 7;

		if (3 * g < levels)
			see(&line[next & 1], change, 3 * g, &a);
		if (3 * g + 1 < levels)
			see(&line[2 + (next & 3)], change, 3 * g + 1, &a);
		if (3 * g + 2 < levels)
			see(&line[6 + next], change, 3 * g + 2, &a);
	}
	return a;
}

#if defined(__x86_64__)
KQT_ON_AVX512 static inline struct answers step_avx512(struct kqt_mmc_bits *w, uint32_t history,
                                                       uint32_t y)
{
	static const uint16_t lanes_of[8] = {0x0045, 0x008a, 0x0111, 0x0222,
	                                     0x0405, 0x080a, 0x1011, 0x2022};
	__m512i change = _mm512_set1_epi32((int)(4 * y) - 2), one = _mm512_set1_epi32(1);
	struct answers a = {0};

#pragma GCC unroll 8
	for (unsigned g = 0; g < GROUPS; g++) {
		int32_t *line = w->v[FIRST_LINE(g) + (history & ((1u << 3 * g) - 1))];
		__mmask16 lanes = lanes_of[history >> 3 * g & 7];
		__m512i v = _mm512_load_si512(line);
		__mmask16 zero = _mm512_movepi32_mask(v), is_new = _mm512_testn_epi32_mask(v, v);

		a.zero |= _pext_u32(zero, lanes) << 3 * g;
		a.silent |= _pext_u32(is_new, lanes) << 3 * g;
		v = _mm512_mask_add_epi32(v, lanes, v, change);
		v = _mm512_mask_add_epi32(v, lanes & is_new, v, one);
		_mm512_store_si512(line, v);
	}
	return a;
}
#endif

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
		struct answers a = step_plain(w, *history, s[i], levels);
		uint32_t last = i >= LEVELS ? step_last(w, *history, s[i]) : 0;

		for (unsigned d = 0; d < levels; d++) {
			valid[d] = ~a.silent >> d & 1;
			right[d] = valid[d] & ((a.zero >> d ^ s[i]) & 1);
		}
		right[SHORT] = last & 1;
		valid[SHORT] = last >> 1;
		if (i >= 2) /* the first is learned, not predicted */
			kqt_board_feed(b, right, valid, 1);
		*history = *history << 1 | s[i];
	}
}

/* Up to 64 steps: what each predictor got right, and when it said anything. */
struct block {
	uint16_t right[64], known[64];
	uint32_t silent; /* not 0: some predictor at some step said nothing */
};

KQT_INLINE void note(struct block *b, unsigned t, uint32_t y, struct answers a, uint32_t last)
{
	b->right[t] = (uint16_t)(((a.zero ^ (0u - y)) & ~a.silent & 0x7fff) | (last & 1) << SHORT);
	b->known[t] = (uint16_t)((~a.silent & 0x7fff) | last >> 1 << SHORT);
	b->silent |= a.silent | (~last & 2);
}

static uint32_t block_plain(struct kqt_mmc_bits *w, uint64_t bits, unsigned steps, uint32_t history,
                            struct block *b)
{
	for (unsigned t = 0; t < steps; t++) {
		uint32_t y = bits >> t & 1, last = step_last(w, history, y);

		note(b, t, y, step_plain(w, history, y, SHORT), last);
		history = history << 1 | y;
	}
	return history;
}

#if defined(__x86_64__)
KQT_ON_AVX512 static uint32_t block_avx512(struct kqt_mmc_bits *w, uint64_t bits, unsigned steps,
                                           uint32_t history, struct block *b)
{
	for (unsigned t = 0; t < steps; t++) {
		uint32_t y = bits >> t & 1, last = step_last(w, history, y);

		note(b, t, y, step_avx512(w, history, y), last);
		history = history << 1 | y;
	}
	return history;
}
#else
#define block_avx512 block_plain
#endif

KQT_INLINE int predict_body(const struct kqt_est_data *d, struct kqt_mmc_bits *w,
                            struct kqt_run *out)
{
	size_t first = d->n < LEVELS + 2 ? d->n : LEVELS + 2;
	bool avx512 = kqt_est_path() == KQT_PATH_AVX512;
	struct kqt_board b = {.n = LEVELS};
	uint32_t history = d->symbols[0];

	feed_first(&b, w, d->symbols, first, &history);
	for (size_t i0 = first; i0 < d->n; i0 += 64) {
		unsigned steps = d->n - i0 < 64 ? (unsigned)(d->n - i0) : 64;
		uint64_t now = kqt_lsb64(d->lsb, i0), right[LEVELS], valid[LEVELS];
		struct block block = {.silent = 0};

		history = avx512 ? block_avx512(w, now, steps, history, &block)
		                 : block_plain(w, now, steps, history, &block);
		to_words(block.right, right);
		if (block.silent)
			to_words(block.known, valid);
		kqt_board_feed(&b, right, block.silent ? valid : NULL, steps);
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
