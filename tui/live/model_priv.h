/* SPDX-License-Identifier: MIT */
/* What model.c (now), model_past.c (then) and model_change.c (before and after) share. */
#ifndef KQT_TUI_LIVE_MODEL_PRIV_H
#define KQT_TUI_LIVE_MODEL_PRIV_H

#include "tui/live/model.h"

/** Comparing needs some waits of the new epoch. */
#define KQT_CHANGE_MIN_COUNT 50

/** What a span of time had: the window, or a moment of the past. */
struct kqt_counts {
	double seconds;
	uint64_t waits, timeouts, bytes, events[KQT_FILTERS], events_all;
};

/** Rates and shares, of the same span as the percentiles beside them. */
void kqt_model_rates(struct kqt_figures *fig, const struct kqt_counts *c);

/** The figures of the column of the screen that holds ui->at, instead of those of the
 * last seconds. Nothing when the history does not have it. */
void kqt_model_scrub(struct kqt_figures *fig, const struct kqt_history *h, const struct kqt_ui *ui);

#endif
