/* SPDX-License-Identifier: MIT */
/* A screen in memory: cells of one character and one style each. Views draw on
 * it, tests read it as text, term_show.c shows it. Every write is clipped to the
 * canvas, so no view can wrap or scroll a real screen. No curses in here. */
#ifndef KQT_TUI_LIVE_CANVAS_H
#define KQT_TUI_LIVE_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/live/theme.h"

struct kqt_cell {
	uint16_t glyph; /* a character one cell wide, of the basic plane */
	uint16_t style; /* kqt_style, or KQT_STYLE_HEAT + top * KQT_HEAT_STRIDE + bottom */
};

/** What a click on some cells means. */
struct kqt_zone {
	int row, col, end; /* [col, end) */
	enum { KQT_ZONE_KEY, KQT_ZONE_KNOB, KQT_ZONE_SETTING } what;
	int arg; /* the key's code; the knob's or the setting's place */
};
#define KQT_ZONES_MAX 128

struct kqt_canvas {
	int rows, cols;
	struct kqt_cell *cells; /* [rows * cols], owned */
	enum kqt_glyph_tier tier;
	int shades;       /* of the heat map, as the colours allow */
	bool half_blocks; /* two heat values a cell */
	struct kqt_zone zones[KQT_ZONES_MAX];
	int n_zones;
};

/** @return 0 or -ENOMEM (the canvas stays as it was). Contents become blank. */
KQT_MUST_USE int kqt_canvas_resize(struct kqt_canvas *c, int rows, int cols);
/** Accepts a zeroed canvas. */
void kqt_canvas_fini(struct kqt_canvas *c);
/** Blanks, and no zones. */
void kqt_canvas_clear(struct kqt_canvas *c);

/** One cell; nothing happens outside the canvas. */
void kqt_canvas_put(struct kqt_canvas *c, int row, int col, unsigned glyph, unsigned style);
/** The same glyph over [col, end). */
void kqt_canvas_fill(struct kqt_canvas *c, int row, int col, int end, unsigned glyph,
                     unsigned style);
/** @return whether [col, end) has this glyph everywhere; all of it is on the canvas */
bool kqt_canvas_is(const struct kqt_canvas *c, int row, int col, int end, unsigned glyph);

/** Note what a click there means; what finds no room means nothing. */
void kqt_canvas_zone(struct kqt_canvas *c, struct kqt_zone zone);
/** @return the zone that has this cell, or NULL. */
const struct kqt_zone *kqt_canvas_zone_at(const struct kqt_canvas *c, int row, int col);

/** Row as UTF-8 without the blanks at its end. @return buf. */
const char *kqt_canvas_row_text(const struct kqt_canvas *c, int row, char *buf, size_t size);

/** Where the next piece of a row goes, and where the row ends for it. */
struct kqt_pen {
	struct kqt_canvas *canvas;
	int row, col, end; /* nothing is written at end or beyond */
};

struct kqt_pen kqt_pen_at(struct kqt_canvas *c, int row, int col, int end);
/** Append text (UTF-8; what this canvas cannot show becomes '?'). What does not
 * fit is cut. */
void kqt_pen_add(struct kqt_pen *p, unsigned style, const char *fmt, ...) KQT_PRINTF(3, 4);
/** Append all of it or nothing. @return whether it fitted. */
bool kqt_pen_try(struct kqt_pen *p, unsigned style, const char *fmt, ...) KQT_PRINTF(3, 4);
/** Text that ends just before p->end. Moves nothing. */
void kqt_pen_right(const struct kqt_pen *p, unsigned style, const char *fmt, ...) KQT_PRINTF(3, 4);

/** Cells that a text takes: characters, as all of them are one cell wide here. */
int kqt_text_cells(const char *text);

#endif
