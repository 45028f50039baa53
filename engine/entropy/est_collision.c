/* SPDX-License-Identifier: MIT */
/* Collision estimate, for two symbols. SP 800-90B 6.3.2. O(n), about 1 ns a symbol.
 *
 * Cut the string into the shortest pieces that hold a repeated symbol. Two symbols:
 * a piece is 2 long if its first two are equal and 3 if not, so that only the number
 * of each is needed. The standard's equation for p has a closed form then:
 *   E[t] = 2 + 2 p q, hence p = 1/2 + sqrt(5/4 - E[t]/2). */
#include "engine/entropy/est_priv.h"

int kqt_est_collision(const struct kqt_est_data *d, struct kqt_est_work *w, double *bits_out)
{
	const uint8_t *s = d->symbols;
	size_t i = 0, next_poll = 0, three = 0, pieces = 0;
	double v, sum, squares, mean, low;

	(void)w;
	if (d->k != 2)
		return -KQT_E_UNSUPPORTED;
	while (i + 2 < d->n) {
		unsigned differ = s[i] ^ s[i + 1];

		three += differ;
		pieces++;
		i += 2 + differ;
		if (i >= next_poll) {
			if (kqt_est_stop(d))
				return -KQT_E_STOPPED;
			next_poll = i + KQT_POLL_MASK;
		}
	}
	/* two symbols left: a whole piece only if they are equal */
	pieces += i + 2 == d->n && s[i] == s[i + 1];
	if (pieces < 2)
		return -KQT_E_TOO_FEW;
	v = (double)pieces;
	sum = 2 * v + (double)three;
	squares = 4 * v + 5 * (double)three;
	mean = sum / v;
	low = mean - KQT_EST_Z * sqrt(fmax(0, (squares - sum * mean) / (v - 1)) / v);
	low = fmax(low, 2);
	*bits_out = low < 2.5 ? kqt_bits_of(0.5 + sqrt(1.25 - low / 2), 2) : 1;
	return 0;
}
