/* SPDX-License-Identifier: MIT */
/* Most common value estimate. SP 800-90B 6.3.1. O(n), about 0.5 ns a symbol. */
#include "engine/entropy/est_priv.h"

/* Four tables by turns: equal neighbours would wait for each other's increment. */
static void count(const struct kqt_est_data *d, uint32_t counts[4][256])
{
	const uint8_t *s = d->symbols;
	size_t i = 0;

	for (; i + 4 <= d->n; i += 4) {
		counts[0][s[i]]++;
		counts[1][s[i + 1]]++;
		counts[2][s[i + 2]]++;
		counts[3][s[i + 3]]++;
	}
	for (; i < d->n; i++)
		counts[0][s[i]]++;
}

int kqt_est_mcv(const struct kqt_est_data *d, struct kqt_est_work *w, double *bits_out)
{
	uint32_t counts[4][256] = {{0}}, most = 0;
	double n = (double)d->n;

	(void)w;
	if (d->n < 2)
		return -KQT_E_TOO_FEW;
	count(d, counts);
	for (int x = 0; x < 256; x++) {
		uint32_t c = counts[0][x] + counts[1][x] + counts[2][x] + counts[3][x];

		most = c > most ? c : most;
	}
	*bits_out = kqt_bits_of(kqt_upper_bound(most / n, n - 1), d->k);
	return kqt_est_stop(d) ? -KQT_E_STOPPED : 0;
}
