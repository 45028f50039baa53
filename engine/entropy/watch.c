/* SPDX-License-Identifier: MIT */
#include "engine/entropy/watch.h"

#include <math.h>
#include <string.h>

#define LSB_WAITS 8 /* in a byte of stream lsb */

double kqt_watch_claim(enum kqt_stream stream, double bits)
{
	return fmin(8, stream == KQT_STREAM_LSB ? LSB_WAITS * bits : bits);
}

enum kqt_verdict kqt_watch_verdict(const struct kqt_watch *w)
{
	/* what was found of another configuration says nothing about this one */
	if (!w->have || w->assessed_epoch != w->epoch)
		return KQT_VERDICT_UNKNOWN;
	return w->assessment.assessed >= w->claim_bits ? KQT_VERDICT_HOLDS : KQT_VERDICT_FAILS;
}

void kqt_watch_unknown(struct kqt_watch *w)
{
	memset(w, 0, sizeof(*w));
	for (int i = 0; i < 8; i++)
		w->bias[i] = NAN;
	for (int i = 0; i < KQT_LAGS; i++)
		w->lag[i] = NAN;
	for (int i = 0; i < KQT_GRAINS; i++)
		w->grain[i] = (struct kqt_grain_figures){0, NAN, NAN, NAN, NAN};
	w->chi_square = w->chi_p = NAN;
	for (int e = 0; e < KQT_ESTIMATORS; e++)
		w->assessment.literal.bits[e] = w->assessment.bitstring.bits[e] = NAN;
	w->assessment.literal.h = w->assessment.bitstring.h = w->assessment.assessed = NAN;
	w->assessment.binding = -1;
}
