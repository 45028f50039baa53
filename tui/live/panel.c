/* SPDX-License-Identifier: MIT */
/* The latency panel: a heat map (time to the right) and the distribution of the
 * last seconds share one logarithmic axis, so that a band on the left is a bar on
 * the right.
 *
 *    10us |▒▒▒▒▒▒▒▒▓▓▓▓ ▒▒▒▒▒▒▒|██████|███  p50     | on a bar: the baseline's bar
 *         heat map      ^ gap  distribution  percentiles ends here
 *
 * The map is in panel_map.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/panel_priv.h"

#define LABEL_CELLS 7 /* "100us" and a blank */
#define DIST_MIN 24
#define MARK_CELLS 9 /* room kept for " p90-99.9" right of the longest bar */
#define AXIS_STEP (KQT_BINS_PER_DECADE / 4)
#define AXIS_COLUMNS UINT64_C(200) /* of the screen whose latencies an axis begins with */

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
static void place_axis(struct kqt_panel *l, const struct kqt_axis *a)
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
static double bin_of_sub(const struct kqt_panel *l, int sub)
{
	return l->first + sub * l->bins_per_sub;
}

/* A bin that lies on an edge counts for both sides by its parts: otherwise rows
 * of two and of three bins would alternate as stripes. */
double kqt_panel_sum(const struct kqt_panel *l, int sub, const uint64_t bins[KQT_BINS])
{
	double from = fmax(bin_of_sub(l, sub), 0), to = fmin(bin_of_sub(l, sub + 1), KQT_BINS);
	double n = 0;

	for (int b = (int)from; b < to && b < KQT_BINS; b++)
		if (bins[b])
			n += (double)bins[b] * (fmin(b + 1, to) - fmax(b, from));
	return n;
}

static int row_of_bin(const struct kqt_panel *l, double bin)
{
	int up = (int)floor((bin - l->first) / (l->bins_per_sub * l->per_cell));

	if (up < 0)
		up = 0;
	if (up >= l->rows)
		up = l->rows - 1;
	return l->top + l->rows - 1 - up;
}

/* Powers of ten on their rows; their thirds where there is room: a row has one label. */
static void draw_axis(struct kqt_canvas *c, const struct kqt_panel *l)
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

			if (bin >= from - 0.5 && bin < to && kqt_canvas_is(c, p.row, 0, p.end, ' '))
				kqt_pen_right(&p, third ? KQT_STYLE_DIM : KQT_STYLE_NORMAL, "%s",
				              names[d][third]);
		}
	}
}

/* -- the distribution ----------------------------------------------------- */

struct bars {
	double now[KQT_SUBROWS_MAX], ghost[KQT_SUBROWS_MAX]; /* share of all, by row from below */
	double most;
	bool has_ghost;
};

static void fill_bars(struct bars *b, const struct kqt_panel *l, const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;

	memset(b, 0, sizeof(*b));
	b->has_ghost = sc->ui->ghost && f->baseline.count > 0;
	for (int r = 0; r < l->rows; r++) {
		for (int k = 0; k < l->per_cell; k++) {
			int s = r * l->per_cell + k;

			if (f->now.count)
				b->now[r] += kqt_panel_sum(l, s, f->bins) / (double)f->now.count;
			if (b->has_ghost)
				b->ghost[r] += kqt_panel_sum(l, s, f->baseline_bins) /
				               (double)f->baseline.count;
		}
		b->most = fmax(b->most, fmax(b->now[r], b->ghost[r]));
	}
}

static void draw_bar(struct kqt_canvas *c, const struct kqt_panel *l, int row, double share,
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
static void draw_marks(struct kqt_canvas *c, const struct kqt_panel *l,
                       const struct kqt_quantiles *f, int end, unsigned style)
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
static double off_axis(const struct kqt_panel *l, const struct kqt_figures *f)
{
	double shown = 0, all = 0;

	for (int s = 0; s < l->rows * l->per_cell; s++)
		shown += kqt_panel_sum(l, s, f->bins);
	for (int b = 0; b < KQT_BINS; b++)
		all += (double)f->bins[b];
	return all - shown;
}

static void draw_distribution(struct kqt_canvas *c, const struct kqt_panel *l,
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
static void draw_mark_words(struct kqt_pen *p, const struct kqt_panel *l,
                            const struct kqt_scene *sc)
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

static void draw_map_title(struct kqt_canvas *c, const struct kqt_panel *l,
                           const struct kqt_scene *sc)
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

static void draw_titles(struct kqt_canvas *c, const struct kqt_panel *l, const struct kqt_scene *sc)
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
	struct kqt_panel l = {.top = row + 1,
	                      .rows = rows - 1 - wide,
	                      .per_cell = c->half_blocks ? 2 : 1,
	                      .wide = wide};

	if (l.rows < 1)
		return;
	if (l.rows > KQT_SUBROWS_MAX / 2)
		l.rows = KQT_SUBROWS_MAX / 2;
	l.dist_end = c->cols;
	l.map = LABEL_CELLS;
	l.map_end = LABEL_CELLS + kqt_map_cells(c->cols, wide);
	l.dist = l.map_end + 1;
	l.has_window = kqt_stretch_of(sc->history, sc->ui, l.map_end - l.map, &l.window);
	place_axis(&l, &sc->axis);
	draw_titles(c, &l, sc);
	draw_axis(c, &l);
	kqt_panel_map(c, &l, sc);
	if (wide)
		kqt_panel_times(c, &l, sc);
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
