/* SPDX-License-Identifier: MIT */
/* t-tuple estimate. SP 800-90B 6.3.5: of strings of each length that occur 35 times or
 * more, the commonest; its share of all places, to the power 1 / length. The counts and
 * their cost: tuples.h. */
#include "engine/entropy/est_priv.h"
#include "engine/entropy/tuples.h"

int kqt_est_t_tuple(const struct kqt_est_data *d, struct kqt_est_work *w, double *bits_out)
{
	if (d->n < KQT_TUPLE_MIN)
		return -KQT_E_TOO_FEW;
	if (kqt_tuples_count(d, w->tuples) < 0)
		return -KQT_E_STOPPED;
	if (isinf(w->tuples->log_t))
		return -KQT_E_TOO_FEW;
	*bits_out = kqt_bits_of(kqt_upper_bound(exp(w->tuples->log_t), (double)d->n - 1), d->k);
	return 0;
}
