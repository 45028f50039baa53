/* SPDX-License-Identifier: MIT */
/* Markov estimate, for two symbols. SP 800-90B 6.3.3. O(n / 64).
 *
 * The likeliest string of 128 bits under a first-order chain is one of six: all equal,
 * alternating, or one bit followed by 127 of the other; each from a probability of the
 * first bit and of four transitions. */
#include "engine/entropy/est_priv.h"

#define LEN 128

struct chain {
	double start[2];
	double step[2][2]; /* from, to; all 0 from a bit that nothing follows */
};

KQT_INLINE void count_body(const struct kqt_est_data *d, uint64_t ones_of[2])
{
	uint64_t ones = 0, pairs = 0; /* pairs: one followed by one */

	for (size_t i = 0; i < d->n; i += 64) {
		uint64_t x = kqt_lsb64(d->lsb, i), next = kqt_lsb64(d->lsb, i + 1);

		ones += (uint64_t)__builtin_popcountll(x);
		pairs += (uint64_t)__builtin_popcountll(x & next);
	}
	ones_of[0] = ones;
	ones_of[1] = pairs;
}

static void count_plain(const struct kqt_est_data *d, uint64_t ones_of[2])
{
	count_body(d, ones_of);
}

static KQT_ON_POPCNT void count_popcnt(const struct kqt_est_data *d, uint64_t ones_of[2])
{
	count_body(d, ones_of);
}

static struct chain chain_of(const struct kqt_est_data *d)
{
	uint64_t found[2];
	double n = (double)d->n, ones, pairs, from1, from0, to1;
	struct chain c = {.start = {0}};

	if (kqt_est_path() == KQT_PATH_PLAIN)
		count_plain(d, found);
	else
		count_popcnt(d, found);
	ones = (double)found[0];
	pairs = (double)found[1];
	from1 = ones - d->symbols[d->n - 1];
	from0 = n - 1 - from1;
	to1 = ones - d->symbols[0]; /* transitions that end in a one */
	/* as NIST's tool rounds: one of each pair by its count, the other by subtraction */
	c.start[0] = (n - ones) / n;
	c.start[1] = 1 - c.start[0];
	if (from0 > 0) {
		c.step[0][0] = (from0 - (to1 - pairs)) / from0;
		c.step[0][1] = 1 - c.step[0][0];
	}
	if (from1 > 0) {
		c.step[1][0] = (from1 - pairs) / from1;
		c.step[1][1] = 1 - c.step[1][0];
	}
	return c;
}

/* Bits of surprise in `times` steps of probability p; infinite if p is 0. */
static double surprise(double p, int times)
{
	return -times * log2(p);
}

int kqt_est_markov(const struct kqt_est_data *d, struct kqt_est_work *w, double *bits_out)
{
	struct chain c;
	double least = LEN;

	(void)w;
	if (d->k != 2)
		return -KQT_E_UNSUPPORTED;
	if (d->n < 2)
		return -KQT_E_TOO_FEW;
	c = chain_of(d);
	for (int a = 0; a < 2; a++) {
		int b = !a;
		double first = surprise(c.start[a], 1);
		double same = surprise(c.step[a][a], LEN - 1);
		double alternate = surprise(c.step[a][b], LEN / 2) +
		                   surprise(c.step[b][a], LEN / 2 - 1);
		double then_other = surprise(c.step[a][b], 1) + surprise(c.step[b][b], LEN - 2);

		least = fmin(least, first + fmin(same, fmin(alternate, then_other)));
	}
	*bits_out = fmax(least / LEN, 0); /* no negative zero */
	return kqt_est_stop(d) ? -KQT_E_STOPPED : 0;
}
