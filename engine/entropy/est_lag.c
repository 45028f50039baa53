/* SPDX-License-Identifier: MIT */
/* Lag prediction estimate: 128 predictors, each says what came so many symbols ago.
 * SP 800-90B 6.3.8. O(128 n / 64): for each lag, 64 predictions are one word. */
#include "engine/entropy/est_predict.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LAGS 128

/* Bit t: are a[t] and b[t] equal? 64 bytes each. */
KQT_INLINE uint64_t equal_plain(const uint8_t *a, const uint8_t *b)
{
	const uint64_t low7 = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t equal = 0;

	for (unsigned t = 0; t < 64; t += 8) {
		uint64_t x = kqt_load_le(a + t) ^ kqt_load_le(b + t);
		uint64_t zero = ~(((x & low7) + low7) | x | low7) >> 7;

		/* bit 8 i to bit 56 + i, no two meet */
		equal |= (zero * UINT64_C(0x0102040810204080)) >> 56 << t;
	}
	return equal;
}

#if defined(__x86_64__)
/* SSE2: every x86-64 has it. */
KQT_INLINE uint64_t equal_sse2(const uint8_t *a, const uint8_t *b)
{
	uint64_t equal = 0;

	for (unsigned t = 0; t < 64; t += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(a + t));
		__m128i y = _mm_loadu_si128((const __m128i *)(const void *)(b + t));

		equal |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) << t;
	}
	return equal;
}
#else
#define equal_sse2 equal_plain
#endif

/* The steps from i0 on, one by one: at the beginning, where some lags have nothing to
 * say yet, and at the end, so that nothing is read past it. */
static void words_slow(const struct kqt_est_data *d, size_t i0, unsigned steps, uint64_t *right)
{
	memset(right, 0, LAGS * sizeof(*right));
	for (unsigned t = 0; t < steps; t++) {
		size_t i = i0 + t, lags = i < LAGS ? i : LAGS;

		for (size_t j = 0; j < lags; j++)
			right[j] |= (uint64_t)(d->symbols[i] == d->symbols[i - j - 1]) << t;
	}
}

enum equal_how { EQUAL_PLAIN, EQUAL_SSE2, EQUAL_AVX512 };

#define WORDS(equal)                                                                               \
	for (size_t j = 0; j < LAGS; j++)                                                          \
	right[j] = equal(d->symbols + i, d->symbols + i - j - 1)

KQT_INLINE void words_symbols(const struct kqt_est_data *d, size_t i, uint64_t *right,
                              enum equal_how how)
{
	if (how == EQUAL_PLAIN)
		WORDS(equal_plain);
	else
		WORDS(equal_sse2);
}

KQT_INLINE void words_bits(const struct kqt_est_data *d, size_t i, uint64_t *right)
{
	uint64_t now = kqt_lsb64(d->lsb, i);

	for (size_t j = 0; j < LAGS; j++)
		right[j] = ~(now ^ kqt_lsb64(d->lsb, i - j - 1));
}

KQT_INLINE int predict_body(const struct kqt_est_data *d, struct kqt_run *out, enum equal_how how)
{
	struct kqt_board b = {.n = LAGS};
	uint64_t right[LAGS];

	for (size_t i = 1; i < d->n; i += 64) {
		unsigned steps = d->n - i < 64 ? (unsigned)(d->n - i) : 64;

		if (i < LAGS || steps < 64)
			words_slow(d, i, steps, right);
		else if (d->k == 2)
			words_bits(d, i, right);
		else
			words_symbols(d, i, right, how);
		kqt_board_feed(&b, right, NULL, steps);
		if ((i & KQT_POLL_MASK) == 1 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	*out = b.run;
	return 0;
}

static int predict_plain(const struct kqt_est_data *d, struct kqt_run *out)
{
	return predict_body(d, out, EQUAL_PLAIN);
}

static KQT_ON_POPCNT int predict_popcnt(const struct kqt_est_data *d, struct kqt_run *out)
{
	return predict_body(d, out, EQUAL_SSE2);
}

static KQT_ON_AVX512 int predict_avx512(const struct kqt_est_data *d, struct kqt_run *out)
{
	return predict_body(d, out, EQUAL_SSE2);
}

int kqt_est_lag(const struct kqt_est_data *d, struct kqt_est_work *w, double *bits_out)
{
	static int (*const paths[KQT_PATHS])(const struct kqt_est_data *, struct kqt_run *) = {
	    [KQT_PATH_PLAIN] = predict_plain,
	    [KQT_PATH_POPCNT] = predict_popcnt,
	    [KQT_PATH_AVX512] = predict_avx512,
	};
	struct kqt_run run;

	(void)w;
	if (d->n < 3)
		return -KQT_E_TOO_FEW;
	if (paths[kqt_est_path()](d, &run) < 0)
		return -KQT_E_STOPPED;
	*bits_out = kqt_predict_bits(run.correct, d->n - 1, run.longest, d->k);
	return 0;
}
