/* SPDX-License-Identifier: MIT */
/* What disturbs a measurement from outside, as far as the system counts it: Linux in
 * /proc and /sys, every system its own process. Where there is no such file nothing is
 * known, and that is said. */
#ifndef KQT_REPORT_DISTURB_H
#define KQT_REPORT_DISTURB_H

#include "engine/report/report.h"

/** Counters at a moment: as struct kqt_round_flags, but since the machine or the
 * process began. */
struct kqt_disturbance {
	struct kqt_round_flags at;
};

/** Cost: about 0.2 ms. Threads: any. */
void kqt_disturbance_now(struct kqt_disturbance *out);
/** What came since then. */
void kqt_disturbance_since(const struct kqt_disturbance *before, struct kqt_round_flags *out);

#endif
