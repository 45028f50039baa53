/* SPDX-License-Identifier: MIT */
#include "engine/entropy/watch.h"

#include <math.h>

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
