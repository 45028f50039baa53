/* SPDX-License-Identifier: MIT */
/* What history.c (columns in levels) and history_bins.c (the bins of one) share. */
#ifndef KQT_TUI_LIVE_HISTORY_PRIV_H
#define KQT_TUI_LIVE_HISTORY_PRIV_H

#include "tui/live/history.h"

/** Pack bins into a column that has none yet. @return 0 or -ENOMEM: then it stays without */
int kqt_column_pack(struct kqt_column *c, const uint64_t bins[KQT_SERIES_COUNT][KQT_BINS]);
/** Add a series' bins, loose or packed, to out. */
void kqt_column_add_series(const struct kqt_column *c, unsigned series, uint64_t out[KQT_BINS]);

#endif
