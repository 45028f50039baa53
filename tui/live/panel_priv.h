/* SPDX-License-Identifier: MIT */
/* What panel.c (axis, distribution, titles) and panel_map.c (the heat map) share: where things
 * of the latency panel are. */
#ifndef KQT_TUI_LIVE_PANEL_PRIV_H
#define KQT_TUI_LIVE_PANEL_PRIV_H

#include "tui/live/view.h"

#define KQT_SUBROWS_MAX 256

struct kqt_panel {
	int top, rows;       /* of the drawing */
	int map, map_end;    /* columns of the heat map */
	int dist, dist_end;  /* of the distribution */
	int per_cell;        /* heat values a cell: 2 with half blocks */
	double first;        /* bin at the lower edge */
	double bins_per_sub; /* bins in one heat value; a bin on an edge is divided */
	bool wide;           /* the latency view's: with a time axis and the baseline's marks */
	struct kqt_stretch window;
	bool has_window;
};

/** What of a histogram is in one heat value, counted from below. A bin that lies on an edge
 * counts for both sides by its parts. */
double kqt_panel_sum(const struct kqt_panel *l, int sub, const uint64_t bins[KQT_BINS]);

/** The map, with its letters, the cursor of a chosen moment and the gap of the sweep; after
 * the titles: letters stand in their line. */
void kqt_panel_map(struct kqt_canvas *c, const struct kqt_panel *l, const struct kqt_scene *sc);
/** The time of the run at every sixteenth column, below the map and after it. */
void kqt_panel_times(struct kqt_canvas *c, const struct kqt_panel *l, const struct kqt_scene *sc);

#endif
