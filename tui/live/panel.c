/* SPDX-License-Identifier: MIT */
/* The latency panel: a heat map (time to the right) and the distribution of the
 * last seconds share one logarithmic axis, so that a band on the left is a bar on
 * the right.
 *
 *    10us |▒▒▒▒▒▒▒▒▓▓▓▓ ▒▒▒▒▒▒▒|██████|███  p50     | on a bar: the baseline's bar
 *         heat map      ^ gap  distribution  percentiles ends here
 *
 * The map sweeps (stretch.c): scrolling would send 12 to 30 times the bytes (ui.md).
 * Each column is shaded against its own fullest row, so that a column once drawn never
 * changes. What was done to the source stands as a letter, that of its key, above the
 * column in which it came. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/view.h"

#define LABEL_CELLS 7 /* "100us" and a blank */
#define DIST_MIN 24
#define MARK_CELLS 9 /* room kept for " p90-99.9" right of the longest bar */
#define SUBROWS_MAX 256
#define AXIS_STEP (KQT_BINS_PER_DECADE / 4)
#define AXIS_COLUMNS UINT64_C(200) /* of the screen whose latencies an axis begins with */
#define TIME_STEP 16               /* cells between two times on the time axis */
#define SWEEP_CELLS 3              /* "now" */

struct layout {
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

int kqt_map_cells(int cols, bool wide)
{
	int dist = (cols - LABEL_CELLS) * (wide ? 4 : 3) / 10;

	if (dist < DIST_MIN)
		dist = cols < 60 ? cols / 3 : DIST_MIN;
	return cols - dist - 1 - LABEL_CELLS;
}

/* -- the axis ------------------------------------------------------------- */

void kqt_range_widen(unsigned *lo, unsigned *hi, const uint64_t bins[KQT_BINS], unsigned step)
{
	unsigned first = 0, end = KQT_BINS;

	while (first < KQT_BINS && bins[first] == 0)
		first++;
	if (first == KQT_BINS)
		return;
	while (bins[end - 1] == 0)
		end--;
	first -= first % step;
	end += (step - end % step) % step;
	if (*hi == 0 || first < *lo)
		*lo = first;
	if (end > *hi)
		*hi = end;
}

/* By quarters of a decade: each step draws the whole map afresh. */
static void widen(struct kqt_axis *a, const uint64_t bins[KQT_BINS])
{
	kqt_range_widen(&a->lo, &a->hi, bins, AXIS_STEP);
}

void kqt_axis_update(struct kqt_axis *a, const struct kqt_figures *fig, const struct kqt_history *h,
                     const struct kqt_ui *ui)
{
	uint64_t newest, end, from, bins[KQT_BINS] = {0};

	if (ui->fixed && a->hi != 0)
		return;
	if (a->hi == 0 || a->kind != ui->kind || a->filter != ui->filter) {
		const struct kqt_column *c;

		*a = (struct kqt_axis){0, 0, ui->kind, ui->filter};
		if (kqt_history_newest(h, &newest)) {
			end = ui->end != KQT_NOW && ui->end < newest ? ui->end + 1 : newest + 1;
			from = end > AXIS_COLUMNS * ui->zoom ? end - AXIS_COLUMNS * ui->zoom : 0;
			from -= from % ui->zoom;
			while ((c = kqt_history_next(h, &from, end, ui->zoom)) != NULL)
				kqt_column_bins(c, ui->kind, ui->filter, bins);
		}
		widen(a, bins);
	}
	widen(a, fig->bins);
	if (ui->ghost)
		widen(a, fig->baseline_bins);
}

/* The span in use and half a bin around it over all rows; not stretched further
 * than half a bin a heat value, where a bin would become a stripe. */
static void place_axis(struct layout *l, const struct kqt_axis *a)
{
	int subrows = l->rows * l->per_cell;
	double lo = a->lo, hi = a->hi;

	if (a->hi == 0) { /* nothing yet: 1 us .. 10 ms, where most of it will be */
		lo = kqt_bin_of_ns(1000);
		hi = kqt_bin_of_ns(10 * KQT_NS_PER_MS);
	}
	l->bins_per_sub = fmax((hi - lo + 1) / subrows, 0.5);
	l->first = (lo + hi - subrows * l->bins_per_sub) / 2;
}

/* Where heat value `sub` begins, counted from below; may be outside 0 .. KQT_BINS. */
static double bin_of_sub(const struct layout *l, int sub)
{
	return l->first + sub * l->bins_per_sub;
}

/* A bin that lies on an edge counts for both sides by its parts: otherwise rows
 * of two and of three bins would alternate as stripes. */
static double sum_sub(const struct layout *l, int sub, const uint64_t bins[KQT_BINS])
{
	double from = fmax(bin_of_sub(l, sub), 0), to = fmin(bin_of_sub(l, sub + 1), KQT_BINS);
	double n = 0;

	for (int b = (int)from; b < to && b < KQT_BINS; b++)
		if (bins[b])
			n += (double)bins[b] * (fmin(b + 1, to) - fmax(b, from));
	return n;
}

static int row_of_bin(const struct layout *l, double bin)
{
	int up = (int)floor((bin - l->first) / (l->bins_per_sub * l->per_cell));

	if (up < 0)
		up = 0;
	if (up >= l->rows)
		up = l->rows - 1;
	return l->top + l->rows - 1 - up;
}

static bool is_blank(const struct kqt_canvas *c, int row, int col, int end)
{
	for (; col < end; col++)
		if (c->cells[row * c->cols + col].glyph != ' ')
			return false;
	return true;
}

/* Powers of ten on their rows; their thirds where there is room: a row has one label. */
static void draw_axis(struct kqt_canvas *c, const struct layout *l)
{
	static const char *const names[KQT_BIN_DECADES][2] = {
	    {"10ns", "30ns"},   {"100ns", "300ns"}, {"1us", "3us"},   {"10us", "30us"},
	    {"100us", "300us"}, {"1ms", "3ms"},     {"10ms", "30ms"}, {"100ms", "300ms"},
	    {"1s", "3s"},       {"10s", "30s"},
	};
	double from = bin_of_sub(l, 0), to = bin_of_sub(l, l->rows * l->per_cell);
	int thirds = l->bins_per_sub * l->per_cell <= KQT_BINS_PER_DECADE / 3.0 ? 1 : 0;

	for (int third = 0; third <= thirds; third++) {
		for (int d = 0; d < KQT_BIN_DECADES; d++) {
			int bin = d * KQT_BINS_PER_DECADE + third * (KQT_BINS_PER_DECADE / 2);
			struct kqt_pen p = kqt_pen_at(c, row_of_bin(l, bin), 0, LABEL_CELLS - 1);

			if (bin >= from - 0.5 && bin < to && is_blank(c, p.row, 0, p.end))
				kqt_pen_right(&p, third ? KQT_STYLE_DIM : KQT_STYLE_NORMAL, "%s",
				              names[d][third]);
		}
	}
}

/* -- the heat map --------------------------------------------------------- */

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

static void draw_column(struct kqt_canvas *c, const struct layout *l, int col,
                        const uint64_t bins[KQT_BINS], bool mark, enum kqt_scale scale)
{
	int subrows = l->rows * l->per_cell;
	double share[SUBROWS_MAX + 1] = {0}, most = 0;

	for (int s = 0; s < subrows; s++) {
		share[s] = sum_sub(l, s, bins);
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

static bool is_line(const struct kqt_canvas *c, int row, int col, int end)
{
	for (; col < end; col++)
		if (c->cells[row * c->cols + col].glyph != kqt_glyph(c->tier, KQT_GLYPH_HLINE))
			return false;
	return true;
}

/* In the title's line, where no words stand, nor are beside it: a letter would be one of
 * theirs. */
static int row_above(const struct kqt_canvas *c, const struct layout *l, int col)
{
	const struct kqt_cell *at = &c->cells[(l->top - 1) * c->cols + col];

	/* left and right of a column of the map there are cells */
	return is_line(c, l->top - 1, col, col + 1) && at[-1].glyph != ' ' && at[1].glyph != ' '
	           ? l->top - 1
	           : l->top;
}

/* A letter above its column: on the time axis, in the title's line, or where words
 * stand in that, in the map. */
static void draw_letter(struct kqt_canvas *c, const struct layout *l, int col, unsigned letter,
                        unsigned style)
{
	int row = l->wide ? l->top + l->rows : row_above(c, l, col);

	kqt_canvas_put(c, row, col, letter, style);
}

/* The chosen moment: a line through what is blank, ended above and below. */
static void draw_cursor(struct kqt_canvas *c, const struct layout *l, int col)
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
static bool is_free(const struct kqt_canvas *c, const struct layout *l, int row, int col, int end)
{
	return row < l->top ? is_line(c, row, col, end) : is_blank(c, row, col, end);
}

/* Where the sweep is: a line in its gap, and beside it, where nothing else stands, which
 * side is the newest and that the other is the oldest. */
static void draw_gap(struct kqt_canvas *c, const struct layout *l)
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

static void draw_map(struct kqt_canvas *c, const struct layout *l, const struct kqt_scene *sc)
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
static void draw_time_axis(struct kqt_canvas *c, const struct layout *l, const struct kqt_scene *sc)
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
		if (is_blank(c, row, p.col, p.col + (int)strlen(text)))
			kqt_pen_add(&p, KQT_STYLE_DIM, "%s", text);
	}
}

/* -- the distribution ----------------------------------------------------- */

struct bars {
	double now[SUBROWS_MAX], ghost[SUBROWS_MAX]; /* share of all, by row from below */
	double most;
	bool has_ghost;
};

static void fill_bars(struct bars *b, const struct layout *l, const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;

	memset(b, 0, sizeof(*b));
	b->has_ghost = sc->ui->ghost && f->baseline.count > 0;
	for (int r = 0; r < l->rows; r++) {
		for (int k = 0; k < l->per_cell; k++) {
			int s = r * l->per_cell + k;

			if (f->now.count)
				b->now[r] += sum_sub(l, s, f->bins) / (double)f->now.count;
			if (b->has_ghost)
				b->ghost[r] += sum_sub(l, s, f->baseline_bins) /
				               (double)f->baseline.count;
		}
		b->most = fmax(b->most, fmax(b->now[r], b->ghost[r]));
	}
}

static void draw_bar(struct kqt_canvas *c, const struct layout *l, int row, double share,
                     double ghost, bool has_ghost, enum kqt_scale scale)
{
	int width = l->dist_end - l->dist - MARK_CELLS - (l->wide ? MARK_CELLS : 0);
	int eighths = (int)lround(kqt_scale_apply(scale, share) * width * 8);
	int at = (int)floor(kqt_scale_apply(scale, ghost) * width);

	if (share > 0 && eighths < 1)
		eighths = 1;
	for (int i = 0; i * 8 < eighths; i++)
		kqt_canvas_put(c, row, l->dist + i,
		               kqt_glyph_bar(c->tier, (unsigned)(eighths - i * 8)), KQT_STYLE_BAR);
	if (has_ghost && ghost > 0) {
		bool on_bar = (at + 1) * 8 <= eighths;

		if (at >= width)
			at = width - 1;
		kqt_canvas_put(c, row, l->dist + at, kqt_glyph(c->tier, KQT_GLYPH_GHOST),
		               on_bar ? KQT_STYLE_BAR_GHOST : KQT_STYLE_GHOST);
	}
}

/* "p50", "p90-99.9", "max": the percentiles that lie on a row, ending at `end`. */
static void draw_marks(struct kqt_canvas *c, const struct layout *l, const struct kqt_quantiles *f,
                       int end, unsigned style)
{
	static const char *const names[KQT_QUANTILES + 1] = {"50", "90", "99", "99.9", "max"};
	int rows[KQT_QUANTILES + 1];

	for (int q = 0; q <= KQT_QUANTILES; q++)
		rows[q] =
		    row_of_bin(l, 0.5 + kqt_bin_of_ns(q < KQT_QUANTILES ? f->q_ns[q] : f->max_ns));
	for (int q = 0, first; q <= KQT_QUANTILES;) {
		char text[32];
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
		struct kqt_pen p = kqt_pen_at(c, rows[q], l->dist, end);

		first = q++;
		while (q <= KQT_QUANTILES && rows[q] == rows[first])
			q++;
		kqt_strbuf_add(&sb, "%s%s", first < KQT_QUANTILES ? "p" : "", names[first]);
		if (q - 1 > first)
			kqt_strbuf_add(&sb, "-%s", names[q - 1]);
		kqt_pen_right(&p, style, " %s", text);
	}
}

/* Of those that were measured, how many lie beyond an axis that is fixed? */
static double off_axis(const struct layout *l, const struct kqt_figures *f)
{
	double shown = 0, all = 0;

	for (int s = 0; s < l->rows * l->per_cell; s++)
		shown += sum_sub(l, s, f->bins);
	for (int b = 0; b < KQT_BINS; b++)
		all += (double)f->bins[b];
	return all - shown;
}

static void draw_distribution(struct kqt_canvas *c, const struct layout *l,
                              const struct kqt_scene *sc)
{
	unsigned wall = kqt_glyph(c->tier, KQT_GLYPH_VLINE);
	struct bars b;

	fill_bars(&b, l, sc);
	for (int r = 0; r < l->rows; r++) {
		int row = l->top + l->rows - 1 - r;

		kqt_canvas_put(c, row, l->dist - 1, wall, KQT_STYLE_FRAME);
		if (b.most > 0)
			draw_bar(c, l, row, b.now[r] / b.most, b.ghost[r] / b.most, b.has_ghost,
			         sc->ui->scale);
	}
	if (l->wide && b.has_ghost)
		draw_marks(c, l, &sc->fig->baseline, l->dist_end - MARK_CELLS, KQT_STYLE_GHOST);
	if (sc->fig->now.count)
		draw_marks(c, l, &sc->fig->now, l->dist_end, KQT_STYLE_STRONG);
}

/* -- titles --------------------------------------------------------------- */

/* What was changed last, of what is on the screen, or at the chosen moment. */
static void draw_mark_words(struct kqt_pen *p, const struct layout *l, const struct kqt_scene *sc)
{
	const struct kqt_stretch *w = &l->window;
	uint64_t from = w->first * w->zoom, end = w->end + 1;
	const struct kqt_mark *m;

	if (!l->has_window)
		return;
	if (sc->fig->scrubbed) {
		from = sc->ui->at / w->zoom * w->zoom;
		end = from + w->zoom;
	}
	m = kqt_history_marked(sc->history, from, end);
	if (m)
		(void)kqt_pen_try(p, KQT_STYLE_MARK, " %c %s ", m->letter, m->text);
}

static void draw_map_title(struct kqt_canvas *c, const struct layout *l, const struct kqt_scene *sc)
{
	const struct kqt_ui *ui = sc->ui;
	double ago = sc->fig->scrubbed ? 0 : kqt_stretch_ago_s(sc->history, ui);
	char title[64], right[48], text[24];
	struct kqt_pen p;
	int row = l->top - 1, room;

	snprintf(right, sizeof(right), " %s%.5gs/col ", ui->fixed ? "range fixed  " : "",
	         ui->zoom * kqt_column_s(ui));
	room = l->dist - 1 - 2 - kqt_text_cells(right) - 4; /* blanks and some of the line */
	snprintf(title, sizeof(title),
	         ui->filter < KQT_FILTERS ? "%s latency, %s only" : "%s latency, %s filters",
	         kqt_latency_name(ui->kind), kqt_filter_label(ui->filter));
	if (kqt_text_cells(title) > room)
		snprintf(title, sizeof(title), "%s, %s", kqt_latency_name(ui->kind),
		         kqt_filter_label(ui->filter));
	if (kqt_text_cells(title) > room)
		snprintf(title, sizeof(title), "%s, %s", kqt_latency_short(ui->kind),
		         kqt_filter_label(ui->filter));
	if (kqt_text_cells(title) > room)
		snprintf(right, sizeof(right), ui->fixed ? " fixed " : " %.5gs ",
		         ui->zoom * kqt_column_s(ui));
	p = kqt_draw_title(c, row, 0, l->dist - 1, title);
	kqt_pen_right(&(struct kqt_pen){c, row, 0, l->dist - 2}, KQT_STYLE_DIM, "%s", right);
	p.col++;
	p.end -= (int)strlen(right) + 2;
	if (ago > 0)
		(void)(kqt_pen_try(&p, KQT_STYLE_ALERT, " %s back; } forward, Esc now ",
		                   kqt_ago_text(ago, text)) ||
		       kqt_pen_try(&p, KQT_STYLE_ALERT, " %s back ", text));
	else
		draw_mark_words(&p, l, sc);
}

static void draw_ghost_title(struct kqt_pen *p, const char *ghost, const struct kqt_scene *sc)
{
	const struct kqt_change_figures *change = &sc->fig->change;
	char text[24];

	if (sc->fig->swapped)
		(void)(kqt_pen_try(p, KQT_STYLE_GHOST, " %s now ", ghost) ||
		       kqt_pen_try(p, KQT_STYLE_GHOST, "%snow", ghost));
	else if (change->pinned)
		(void)(kqt_pen_try(p, KQT_STYLE_GHOST, " %s A pinned %s ", ghost,
		                   kqt_clock_text(change->pinned_s, text)) ||
		       kqt_pen_try(p, KQT_STYLE_GHOST, "%sA pin ", ghost) ||
		       kqt_pen_try(p, KQT_STYLE_GHOST, "%sA ", ghost));
	else
		(void)(kqt_pen_try(p, KQT_STYLE_GHOST, " %s before ", ghost) ||
		       kqt_pen_try(p, KQT_STYLE_GHOST, "%sA ", ghost));
}

static void draw_titles(struct kqt_canvas *c, const struct layout *l, const struct kqt_scene *sc)
{
	const struct kqt_ui *ui = sc->ui;
	const char *ghost = c->tier == KQT_GLYPHS_ASCII ? "!" : "\xe2\x94\x82";
	double beyond = ui->fixed ? off_axis(l, sc->fig) : 0;
	char title[64], text[24];
	struct kqt_pen p;
	int row = l->top - 1;

	draw_map_title(c, l, sc);
	kqt_canvas_put(c, row, l->dist - 1, kqt_glyph(c->tier, KQT_GLYPH_TEE), KQT_STYLE_FRAME);
	if (sc->fig->scrubbed)
		snprintf(title, sizeof(title), "%s before", kqt_ago_text(sc->fig->ago_s, text));
	else if (!sc->fig->swapped && sc->fig->now.count == 0 && sc->fig->window_s < 1)
		snprintf(title, sizeof(title), "no figures yet");
	else if (!sc->fig->swapped)
		snprintf(title, sizeof(title), "last %.*fs", sc->fig->window_s < 1,
		         sc->fig->window_s);
	if (!sc->fig->scrubbed && kqt_stretch_ago_s(sc->history, ui) > 0)
		snprintf(title, sizeof(title), "now, %.0fs", sc->fig->window_s);
	p = kqt_draw_title(c, row, l->dist, l->dist_end, sc->fig->swapped ? "" : title);
	if (sc->fig->swapped)
		kqt_pen_add(&p, KQT_STYLE_ALERT, " A, %s ", kqt_ago_text(sc->fig->window_s, text));
	kqt_pen_right(&(struct kqt_pen){c, row, 0, l->dist_end - 1}, KQT_STYLE_DIM, " %s ",
	              kqt_scale_name(ui->scale));
	p.end -= (int)strlen(kqt_scale_name(ui->scale)) + 3;
	if (beyond >= 0.5)
		(void)kqt_pen_try(&p, KQT_STYLE_WARN, " %s off ",
		                  kqt_fmt_count(beyond, text, sizeof(text)));
	if (ui->ghost && sc->fig->baseline.count > 0)
		draw_ghost_title(&p, ghost, sc);
}

static void draw_panel(struct kqt_canvas *c, int row, int rows, bool wide,
                       const struct kqt_scene *sc)
{
	struct layout l = {.top = row + 1,
	                   .rows = rows - 1 - wide,
	                   .per_cell = c->half_blocks ? 2 : 1,
	                   .wide = wide};

	if (l.rows < 1)
		return;
	if (l.rows > SUBROWS_MAX / 2)
		l.rows = SUBROWS_MAX / 2;
	l.dist_end = c->cols;
	l.map = LABEL_CELLS;
	l.map_end = LABEL_CELLS + kqt_map_cells(c->cols, wide);
	l.dist = l.map_end + 1;
	l.has_window = kqt_stretch_of(sc->history, sc->ui, l.map_end - l.map, &l.window);
	place_axis(&l, &sc->axis);
	draw_titles(c, &l, sc);
	draw_axis(c, &l);
	draw_map(c, &l, sc);
	if (wide)
		draw_time_axis(c, &l, sc);
	draw_distribution(c, &l, sc);
}

void kqt_draw_latency(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc)
{
	draw_panel(c, row, rows, false, sc);
}

void kqt_draw_latency_wide(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc)
{
	draw_panel(c, row, rows, true, sc);
}
