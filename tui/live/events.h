/* SPDX-License-Identifier: MIT */
/* What the files of the view of events share: view_events.c (counts, and the whole),
 * events_latency.c (how long). */
#ifndef KQT_TUI_LIVE_EVENTS_H
#define KQT_TUI_LIVE_EVENTS_H

#include "tui/live/view.h"

/** A column's head in a section's title, ending where the column does. */
void kqt_events_head(struct kqt_canvas *c, int row, int end, const char *text);
/** A row's name at its left. @filter  KQT_FILTERS = all */
void kqt_events_name(struct kqt_canvas *c, int row, unsigned filter);

/** Percentiles of the chosen kind, a row for each filter, all of them and timeouts. */
void kqt_events_latency(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc);

#define KQT_EVENTS_EVERY_ROWS (KQT_LATENCIES * (KQT_FILTERS + 1) + 1)
/** Those of every kind and filter, from column `col` on; of all filters only where there are
 * fewer than KQT_EVENTS_EVERY_ROWS. */
void kqt_events_every(struct kqt_canvas *c, int row, int rows, int col, const struct kqt_scene *sc);

#endif
