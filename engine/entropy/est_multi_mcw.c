/* SPDX-License-Identifier: MIT */
/* Multi most common in window prediction estimate: four predictors, each says the most
 * common of the last 63, 255, 1023 or 4095 symbols, of equally common ones the latest.
 * SP 800-90B 6.3.7. Symbols: O(n) but for rare searches of the alphabet. Bits: O(n). */
#include "engine/entropy/est_predict.h"

#define WINDOWS 4
#define N_MIN 4096

static const uint32_t window_of[WINDOWS] = {63, 255, 1023, 4095};

/* -- symbols --------------------------------------------------------------- */

/* A key is a symbol's count in the window above the position it was seen last: the
 * prediction is the symbol with the largest key. */
#define COUNT UINT64_C(0x100000000)

struct window {
	uint64_t key[256];
	uint64_t others; /* no symbol but the best has a larger count than this */
	unsigned best;
};

static void search(struct window *w, unsigned k)
{
	uint64_t best = 0, second = 0;

	for (unsigned x = 0; x < k; x++) {
		uint64_t key = w->key[x];

		if (key > best) {
			second = best;
			best = key;
			w->best = x;
		} else if (key > second) {
			second = key;
		}
	}
	w->others = second / COUNT;
}

static inline void enter(struct window *w, unsigned x, size_t i)
{
	uint64_t key = (w->key[x] & ~(COUNT - 1)) + COUNT + i;

	w->key[x] = key;
	if (x == w->best)
		return;
	if (key > w->key[w->best]) {
		uint64_t was = w->key[w->best] / COUNT;

		w->others = was > w->others ? was : w->others;
		w->best = x;
	} else if (key / COUNT > w->others) {
		w->others = key / COUNT;
	}
}

static inline void leave(struct window *w, unsigned x, unsigned k)
{
	w->key[x] -= COUNT;
	if (x == w->best && w->key[x] / COUNT <= w->others)
		search(w, k);
}

static int predict_symbols(const struct kqt_est_data *d, struct kqt_run *out)
{
	const uint8_t *s = d->symbols;
	struct window windows[WINDOWS] = {0};
	struct kqt_board b = {.n = WINDOWS};

	for (size_t i = 0; i < window_of[0]; i++)
		for (unsigned j = 0; j < WINDOWS; j++)
			enter(&windows[j], s[i], i);
	for (size_t i0 = window_of[0]; i0 < d->n; i0 += 64) {
		unsigned steps = d->n - i0 < 64 ? (unsigned)(d->n - i0) : 64;
		uint64_t right[WINDOWS] = {0};

		for (unsigned j = 0; j < WINDOWS; j++) {
			struct window *w = &windows[j];
			uint32_t size = window_of[j];

			for (unsigned t = 0; t < steps; t++) {
				size_t i = i0 + t;

				if (i >= size)
					right[j] |= (uint64_t)(w->best == s[i]) << t;
				enter(w, s[i], i);
				if (i >= size)
					leave(w, s[i - size], d->k);
			}
		}
		kqt_board_feed(&b, right, NULL, steps);
		if ((i0 / 64 & (KQT_POLL_MASK >> 6)) == 0 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	*out = b.run;
	return 0;
}

/* -- bits ------------------------------------------------------------------ */

/* Windows are odd: no two symbols are equally common in a full one. Blocks begin at
 * 63 + 64 m, and so do the lengths: a window is full for all of a block, or for none. */
KQT_INLINE uint64_t majority_words(const struct kqt_est_data *d, size_t i0, unsigned steps,
                                   uint32_t size, uint32_t *ones)
{
	uint64_t now = kqt_lsb64(d->lsb, i0), right = 0;
	uint64_t out = i0 < size ? 0 : kqt_lsb64(d->lsb, i0 - size);
	uint32_t have = *ones, half = size / 2;

	for (unsigned t = 0; t < steps; t++) {
		uint32_t in = now >> t & 1;

		right |= (uint64_t)((uint32_t)(have > half) == in) << t;
		have += in - (uint32_t)(out >> t & 1);
	}
	*ones = have;
	return i0 < size ? 0 : right;
}

KQT_INLINE int predict_bits_body(const struct kqt_est_data *d, struct kqt_run *out)
{
	struct kqt_board b = {.n = WINDOWS};
	uint32_t ones[WINDOWS];

	ones[0] = (uint32_t)__builtin_popcountll(kqt_lsb64(d->lsb, 0) << 1); /* the first 63 */
	for (unsigned j = 1; j < WINDOWS; j++)
		ones[j] = ones[0];
	for (size_t i0 = window_of[0]; i0 < d->n; i0 += 64) {
		unsigned steps = d->n - i0 < 64 ? (unsigned)(d->n - i0) : 64;
		uint64_t right[WINDOWS];

		for (unsigned j = 0; j < WINDOWS; j++)
			right[j] = majority_words(d, i0, steps, window_of[j], &ones[j]);
		kqt_board_feed(&b, right, NULL, steps);
		if ((i0 / 64 & (KQT_POLL_MASK >> 6)) == 0 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	*out = b.run;
	return 0;
}

static int predict_bits_plain(const struct kqt_est_data *d, struct kqt_run *out)
{
	return predict_bits_body(d, out);
}

static KQT_ON_POPCNT int predict_bits_popcnt(const struct kqt_est_data *d, struct kqt_run *out)
{
	return predict_bits_body(d, out);
}

int kqt_est_multi_mcw(const struct kqt_est_data *d, struct kqt_est_work *w, double *bits_out)
{
	struct kqt_run run;
	int rc;

	(void)w;
	if (d->n < N_MIN)
		return -KQT_E_TOO_FEW;
	if (d->k > 2)
		rc = predict_symbols(d, &run);
	else if (kqt_est_path() == KQT_PATH_PLAIN)
		rc = predict_bits_plain(d, &run);
	else
		rc = predict_bits_popcnt(d, &run);
	if (rc < 0)
		return rc;
	*bits_out = kqt_predict_bits(run.correct, d->n - window_of[0], run.longest, d->k);
	return 0;
}
