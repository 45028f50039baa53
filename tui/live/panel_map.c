/* SPDX-License-Identifier: MIT */
/* The heat map. It sweeps (stretch.c): scrolling would send 12 to 30 times the bytes (ui.md).
 * Each column is shaded against its own fullest row, so that a column once drawn never
 * changes. What was done to the source stands as a letter, that of its key, above the
 * column in which it came. */
#include <math.h>
#include <string.h>

#include "tui/live/panel_priv.h"

#define TIME_STEP 16  /* cells between two times on the time axis */
#define SWEEP_CELLS 3 /* "now" */

static void draw_heat_cell(struct kqt_canvas *c, int row, int col, const double share[2], bool mark)
{
	unsigned blank = mark ? kqt_glyph(c->tier, KQT_GLYPH_MARK) : ' ';
	unsigned top, bottom;

	if (share[0] <= 0 && share[1] <= 0) {
		kqt_canvas_put(c, row, col, blank, KQT_STYLE_MARK);
		return;
	}
	if (!c->half_blocks) {
		/* thin glyphs: the darkest shades would not be seen */
		int dark = c->shades > 8 ? 4 : 1;

		top = (unsigned)(dark + lround(share[0] * (c->shades - dark)));
		kqt_canvas_put(c, row, col, kqt_glyph_heat(c->tier, share[0]),
		               c->shades ? KQT_STYLE_HEAT + top * KQT_HEAT_STRIDE
		                         : (unsigned)KQT_STYLE_NORMAL);
		return;
	}
	top = share[0] > 0 ? 1 + (unsigned)lround(share[0] * (c->shades - 1)) : 0;
	bottom = share[1] > 0 ? 1 + (unsigned)lround(share[1] * (c->shades - 1)) : 0;
	/* a blank needs no foreground, and two equal halves no glyph */
	if (top == bottom)
		kqt_canvas_put(c, row, col, ' ', KQT_STYLE_HEAT + bottom);
	else if (top == 0)
		kqt_canvas_put(c, row, col, kqt_glyph(c->tier, KQT_GLYPH_LOWER_HALF),
		               KQT_STYLE_HEAT + bottom * KQT_HEAT_STRIDE);
	else
		kqt_canvas_put(c, row, col, kqt_glyph(c->tier, KQT_GLYPH_UPPER_HALF),
		               KQT_STYLE_HEAT + top * KQT_HEAT_STRIDE + bottom);
}

static void draw_column(struct kqt_canvas *c, const struct kqt_panel *l, int col,
                        const uint64_t bins[KQT_BINS], bool mark, enum kqt_scale scale)
{
	int subrows = l->rows * l->per_cell;
	double share[KQT_SUBROWS_MAX + 1] = {0}, most = 0;

	for (int s = 0; s < subrows; s++) {
		share[s] = kqt_panel_sum(l, s, bins);
		most = fmax(most, share[s]);
	}
	for (int s = 0; s < subrows; s += l->per_cell) {
		double pair[2] = {0, 0}; /* upper, lower */

		if (most > 0)
			for (int k = 0; k < l->per_cell; k++)
				pair[l->per_cell - 1 - k] = kqt_scale_apply(scale,
				                                            share[s + k] / most);
		draw_heat_cell(c, l->top + l->rows - 1 - s / l->per_cell, col, pair, mark);
	}
}

/* In the title's line, where no words stand, nor are beside it: a letter would be one of
 * theirs. */
static int row_above(const struct kqt_canvas *c, const struct kqt_panel *l, int col)
{
	const struct kqt_cell *at = &c->cells[(l->top - 1) * c->cols + col];

	/* left and right of a column of the map there are cells */
	return at->glyph == kqt_glyph(c->tier, KQT_GLYPH_HLINE) && at[-1].glyph != ' ' &&
	               at[1].glyph != ' '
	           ? l->top - 1
	           : l->top;
}

/* A letter above its column: on the time axis, in the title's line, or where words
 * stand in that, in the map. */
static void draw_letter(struct kqt_canvas *c, const struct kqt_panel *l, int col, unsigned letter,
                        unsigned style)
{
	int row = l->wide ? l->top + l->rows : row_above(c, l, col);

	kqt_canvas_put(c, row, col, letter, style);
}

/* The chosen moment: a line through what is blank, ended above and below. */
static void draw_cursor(struct kqt_canvas *c, const struct kqt_panel *l, int col)
{
	for (int r = 0; r < l->rows; r++)
		if (c->cells[(l->top + r) * c->cols + col].glyph == ' ' &&
		    c->cells[(l->top + r) * c->cols + col].style < KQT_STYLE_HEAT)
			kqt_canvas_put(c, l->top + r, col, kqt_glyph(c->tier, KQT_GLYPH_VLINE),
			               KQT_STYLE_ALERT);
	kqt_canvas_put(c, row_above(c, l, col), col, 'V', KQT_STYLE_ALERT);
	kqt_canvas_put(c, l->top + l->rows - !l->wide, col, '^', KQT_STYLE_ALERT);
}

/* The columns of a group. @return the last of them, NULL when it is empty. */
static const struct kqt_column *sum_group(const struct kqt_scene *sc, const struct kqt_stretch *w,
                                          uint64_t group, uint64_t bins[KQT_BINS], char *mark)
{
	uint64_t i = group * w->zoom, end = i + w->zoom < w->end ? i + w->zoom : w->end;
	const struct kqt_column *h, *last = NULL;

	while ((h = kqt_history_next(sc->history, &i, end, w->zoom)) != NULL) {
		last = h;
		kqt_column_bins(h, sc->ui->kind, sc->ui->filter, bins);
		/* one that stands for several columns of the screen has its mark in the first */
		if (h->mark && h->index >= group * w->zoom)
			*mark = *mark && *mark != h->mark ? '*' : h->mark;
	}
	return last;
}

/* Above the map: nothing but its line; in it: nothing. */
static bool is_free(const struct kqt_canvas *c, const struct kqt_panel *l, int row, int col,
                    int end)
{
	return kqt_canvas_is(c, row, col, end,
	                     row < l->top ? kqt_glyph(c->tier, KQT_GLYPH_HLINE) : ' ');
}

/* Where the sweep is: a line in its gap, and beside it, where nothing else stands, which
 * side is the newest and that the other is the oldest. */
static void draw_gap(struct kqt_canvas *c, const struct kqt_panel *l)
{
	const struct kqt_stretch *w = &l->window;
	int col = l->map + kqt_stretch_column(w, w->last + 1), row = l->top - 1;
	int now = col - SWEEP_CELLS, older = col + 1 + SWEEP_CELLS + 2;
	bool full = w->last + 1 >= w->width && older < l->map_end; /* something comes to an end */
	struct kqt_pen p;

	while (now > l->map && row < l->top + l->rows && !is_free(c, l, row, now - 1, col + 1))
		row++;
	if (row == l->top + l->rows) /* no room: over three cells, until it has gone on */
		row = l->top;
	p = kqt_pen_at(c, row, now, l->map_end);
	if (now > l->map)
		kqt_pen_add(&p, KQT_STYLE_STRONG, "now");
	p.col = col + 1;
	if (full && is_free(c, l, row, p.col, older + 1))
		kqt_pen_add(&p, KQT_STYLE_DIM, "older");
	for (int r = 0; r < l->rows; r++)
		kqt_canvas_put(c, l->top + r, col, kqt_glyph(c->tier, KQT_GLYPH_VLINE),
		               KQT_STYLE_NORMAL);
}

void kqt_panel_map(struct kqt_canvas *c, const struct kqt_panel *l, const struct kqt_scene *sc)
{
	const struct kqt_stretch *w = &l->window;

	for (uint64_t g = w->first; l->has_window && g <= w->last; g++) {
		uint64_t bins[KQT_BINS] = {0};
		int col = l->map + kqt_stretch_column(w, g);
		char mark = 0;

		if (!sum_group(sc, w, g, bins, &mark))
			continue;
		draw_column(c, l, col, bins, mark != 0, sc->ui->scale);
		if (mark)
			draw_letter(c, l, col, (unsigned char)mark, KQT_STYLE_MARK);
		if (sc->fig->scrubbed && sc->ui->at / w->zoom == g)
			draw_cursor(c, l, col);
	}
	if (l->has_window && w->sweep && w->width > 1)
		draw_gap(c, l);
}

/* The time of the run at every sixteenth column; it stays until the sweep comes by. After
 * the map: letters go before. */
void kqt_panel_times(struct kqt_canvas *c, const struct kqt_panel *l, const struct kqt_scene *sc)
{
	const struct kqt_stretch *w = &l->window;
	int row = l->top + l->rows;

	for (uint64_t g = w->first; l->has_window && g <= w->last; g++) {
		int at = kqt_stretch_column(w, g);
		uint64_t i = g * w->zoom;
		const struct kqt_column *h;
		char text[24];
		struct kqt_pen p;

		if (at % TIME_STEP || at + TIME_STEP / 2 > (int)w->width)
			continue;
		h = kqt_history_next(sc->history, &i, w->end, w->zoom);
		if (!h || h->end_s <= 0)
			continue;
		p = kqt_pen_at(c, row, l->map + at, l->map_end);
		kqt_clock_text(h->end_s - h->seconds, text);
		if (kqt_canvas_is(c, row, p.col, p.col + (int)strlen(text), ' '))
			kqt_pen_add(&p, KQT_STYLE_DIM, "%s", text);
	}
}
