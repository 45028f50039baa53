/* SPDX-License-Identifier: MIT */
/* Longest repeated substring estimate. SP 800-90B 6.3.6: for the lengths above the
 * t-tuples' up to the longest repeat, the chance that two places hold the same string,
 * to the power 1 / length. The counts and their cost: tuples.h. */
#include "engine/entropy/est_priv.h"
#include "engine/entropy/tuples.h"

int kqt_est_lrs(const struct kqt_est_data *d, struct kqt_est_work *w, double *bits_out)
{
	if (d->n < 2)
		return -KQT_E_TOO_FEW;
	if (kqt_tuples_count(d, w->tuples) < 0)
		return -KQT_E_STOPPED;
	if (isinf(w->tuples->log_lrs))
		return -KQT_E_TOO_FEW;
	*bits_out = kqt_bits_of(kqt_upper_bound(exp(w->tuples->log_lrs), (double)d->n - 1), d->k);
	return 0;
}
