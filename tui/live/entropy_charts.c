/* SPDX-License-Identifier: MIT */
/* The entropy view's charts. Each fits itself into the block it is given: rows of
 * a list go into as many columns as are needed, maps put neighbours together and
 * say so in their title. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/entropy.h"

/* -- titles, bars --------------------------------------------------------- */

static struct kqt_pen title(const struct kqt_block *b, const struct kqt_scene *sc,
                            enum kqt_chart_id id)
{
	char text[64];

	unsigned pages = kqt_entropy_pages(b->canvas->rows, b->canvas->cols);

	if (pages > KQT_CHARTS && sc->ui->chart % pages == 0)
		snprintf(text, sizeof(text), "%s", kqt_charts[id].name);
	else
		snprintf(text, sizeof(text), "%s, %d of %d", kqt_charts[id].name, id + 1,
		         KQT_CHARTS);
	return kqt_draw_title(b->canvas, b->row, b->col, b->end, text);
}

static void title_right(const struct kqt_block *b, struct kqt_pen p, const char *text)
{
	p.end = b->end - 1;
	if (kqt_text_cells(text) < p.end - p.col)
		kqt_pen_right(&p, KQT_STYLE_DIM, "%s", text);
}

/* Of n rows that go into b's rows below its title, the i-th: columns as few as do. */
static struct kqt_pen list_pen(const struct kqt_block *b, int i, int n)
{
	int rows = b->rows - 1, columns = (n + rows - 1) / rows;
	int each = (n + columns - 1) / columns, cells = (b->end - b->col) / columns;
	int col = b->col + 1 + i / each * cells;

	return kqt_pen_at(b->canvas, b->row + 1 + i % each, col, col + cells - 1);
}

/* A bar from the middle of [p.col, p.end): `range` reaches the edges, marks stand
 * at +-limit. What goes beyond an edge ends in an arrow there. */
static void draw_deviation(const struct kqt_pen *p, double v, double limit, double range,
                           unsigned style)
{
	struct kqt_canvas *c = p->canvas;
	int half = (p->end - p->col - 1) / 2, zero = p->col + half;
	int mark = (int)lround(limit / range * half);
	int at = isfinite(v) ? (int)lround(fmax(-1, fmin(1, v / range)) * half) : 0;

	if (half < 3)
		return;
	kqt_canvas_put(c, p->row, zero, kqt_glyph(c->tier, KQT_GLYPH_VLINE), KQT_STYLE_FRAME);
	for (int i = at < 0 ? -1 : 1; i != at + (at < 0 ? -1 : 1) && at; i += at < 0 ? -1 : 1)
		kqt_canvas_put(c, p->row, zero + i, kqt_glyph_bar(c->tier, 8), style);
	if (fabs(v) > range)
		kqt_canvas_put(c, p->row, zero + at, v < 0 ? '<' : '>', style);
	for (int side = -1; side <= 1; side += 2)
		if (at * side < mark)
			kqt_canvas_put(c, p->row, zero + side * mark,
			               kqt_glyph(c->tier, KQT_GLYPH_MARK), KQT_STYLE_GHOST);
}

/* The next of 1, 2, 5 times a power of ten: a scale that seldom moves. */
static double round_up(double v)
{
	double p = pow(10, floor(log10(v)));

	return v <= p ? p : v <= 2 * p ? 2 * p : v <= 5 * p ? 5 * p : 10 * p;
}

/* -- the ten estimators --------------------------------------------------- */

#define NAME_CELLS 13
#define FIGURE_CELLS 9

static void draw_estimate_bar(const struct kqt_pen *p, double bits, double claim, unsigned style)
{
	struct kqt_canvas *c = p->canvas;
	int width = p->end - p->col, mark = p->col + (int)(claim / 8 * width);
	int eighths = isfinite(bits) ? (int)lround(bits / 8 * width * 8) : 0;

	if (width < 8)
		return;
	for (int i = 0; i * 8 < eighths && i < width; i++)
		kqt_canvas_put(c, p->row, p->col + i,
		               kqt_glyph_bar(c->tier, (unsigned)(eighths - i * 8)), style);
	if (claim > 0)
		kqt_canvas_put(c, p->row, mark < p->end ? mark : p->end - 1,
		               kqt_glyph(c->tier, KQT_GLYPH_GHOST),
		               (mark - p->col + 1) * 8 <= eighths ? KQT_STYLE_BAR_GHOST
		                                                  : KQT_STYLE_GHOST);
}

static void add_figure(struct kqt_pen *p, unsigned style, double v)
{
	char text[16];

	kqt_pen_add(p, isfinite(v) ? style : KQT_STYLE_DIM, "%*s", FIGURE_CELLS,
	            kqt_cell_real(v, 4, text));
}

static void add_time(struct kqt_pen *p, bool known, uint64_t ns)
{
	char text[16];

	kqt_pen_add(p, KQT_STYLE_DIM, "%8s  ", known ? kqt_fmt_ns(ns, text, sizeof(text)) : "-");
}

static void draw_estimator(const struct kqt_block *b, const struct kqt_watch *w, int e)
{
	const struct kqt_assessment *a = &w->assessment;
	struct kqt_pen p = list_pen(b, e, KQT_ESTIMATORS);
	bool binds = w->have && a->binding == e;
	unsigned style = binds ? kqt_judge_verdict(kqt_watch_verdict(w)) : KQT_STYLE_NORMAL;
	char text[16];

	kqt_pen_add(&p, style, "%c ", binds ? '*' : ' ');
	kqt_pen_add(&p, style, "%-*s", NAME_CELLS - 2, kqt_estimators[e].title);
	if (p.end - p.col < 2 * FIGURE_CELLS + 10) { /* bits a sample, the smaller figure */
		kqt_pen_add(&p, style, " %5s", kqt_cell_real(kqt_estimate_bits(a, e), 2, text));
		return;
	}
	add_figure(&p, binds && !a->binding_bitstring ? style : KQT_STYLE_NORMAL,
	           a->literal.bits[e]);
	add_figure(&p, binds && a->binding_bitstring ? style : KQT_STYLE_NORMAL,
	           a->bitstring.bits[e]);
	add_time(&p, w->have, a->literal.ns[e] + a->bitstring.ns[e]);
	draw_estimate_bar(&p, kqt_estimate_bits(a, e), w->claim_bits,
	                  binds ? style : (unsigned)KQT_STYLE_BAR);
}

/* "n 100k, took 0.2s, next 43%" */
static void draw_window(const struct kqt_block *b, struct kqt_pen p, const struct kqt_watch *w)
{
	char text[96], n[16], took[16];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	if (w->have)
		kqt_strbuf_add(
		    &sb, " n %s in %s ", kqt_fmt_count((double)w->assessment.samples, n, sizeof(n)),
		    kqt_fmt_ns((uint64_t)(w->assessment.seconds * 1e9), took, sizeof(took)));
	if (w->window && p.end - p.col > 44)
		kqt_strbuf_add(&sb, " next %llu of %llu%s ", (unsigned long long)w->filled,
		               (unsigned long long)w->window, w->running ? ", running" : "");
	else if (w->window)
		kqt_strbuf_add(&sb, " next %.0f%% ", 100 * (double)w->filled / (double)w->window);
	title_right(b, p, text);
}

static void draw_estimators(const struct kqt_block *b, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	const struct kqt_assessment *a = &w->assessment;
	struct kqt_pen p = title(b, sc, KQT_CHART_ESTIMATORS);
	struct kqt_block list = *b;

	draw_window(b, p, w);
	if (b->rows > KQT_ESTIMATORS + 2) {
		list.row++;
		list.rows--;
		p = kqt_pen_at(b->canvas, b->row + 1, b->col + 1 + NAME_CELLS, b->end);
		kqt_pen_add(&p, KQT_STYLE_DIM, "%*s%*s%8s", FIGURE_CELLS, "a symbol", FIGURE_CELLS,
		            "a bit", "time");
		kqt_pen_add(&p, KQT_STYLE_DIM, "  bits a sample, 0 to 8");
	}
	for (int e = 0; e < KQT_ESTIMATORS; e++)
		draw_estimator(&list, w, e);
	if (list.rows < KQT_ESTIMATORS + 2)
		return;
	p = kqt_pen_at(b->canvas, list.row + 1 + KQT_ESTIMATORS, b->col + 1, b->end);
	kqt_pen_add(&p, KQT_STYLE_STRONG, "  %-*s", NAME_CELLS - 2, "H, least");
	add_figure(&p, KQT_STYLE_STRONG, a->literal.h);
	add_figure(&p, KQT_STYLE_STRONG, a->bitstring.h);
	add_time(&p, w->have, (uint64_t)(a->seconds * 1e9));
	(void)kqt_pen_try(&p, KQT_STYLE_DIM, "H_original, H_bitstring");
}

/* -- deficit over time ---------------------------------------------------- */

#define AXIS_CELLS 5
#define DEFICIT_TOP 8.0
#define DEFICIT_LOW 1e-4

struct plot {
	const struct kqt_block *b;
	int col, width;
};

/* How many of so many steps up a figure is, 0 .. steps - 1. */
static int plot_step(double bits, int steps)
{
	double deficit = fmax(8 - bits, DEFICIT_LOW);
	double up = log10(deficit / DEFICIT_LOW) / log10(DEFICIT_TOP / DEFICIT_LOW);

	return (int)fmin(steps - 1, floor(up * steps));
}

/* The row of a figure; a block's rows are shared by what lies close together. */
static int plot_row(const struct kqt_block *b, double bits)
{
	return b->row + b->rows - 1 - plot_step(bits, b->rows - 1);
}

static void plot_point(const struct plot *g, int x, double bits, unsigned glyph, unsigned style)
{
	if (isfinite(bits))
		kqt_canvas_put(g->b->canvas, plot_row(g->b, bits), x, glyph, style);
}

/* A letter; where there is one already, & for several. */
static void plot_letter(const struct plot *g, int x, double bits, unsigned letter, unsigned style)
{
	const struct kqt_canvas *c = g->b->canvas;
	int row = isfinite(bits) ? plot_row(g->b, bits) : 0;
	unsigned there = row < c->rows && x < c->cols ? c->cells[row * c->cols + x].glyph : 0;

	if (there == 'h' || there == 'm' || there == '&')
		letter = '&';
	plot_point(g, x, bits, letter, style);
}

/* With four steps a row; a line of single dots is a perfect source's. */
static void plot_dots(const struct plot *g, int x, double bits, bool both, unsigned style)
{
	struct kqt_canvas *c = g->b->canvas;
	int row = isfinite(bits) ? plot_row(g->b, bits) : -1;
	int y = row < 0 ? 0 : 3 - plot_step(bits, 4 * (g->b->rows - 1)) % 4;

	if (row >= 0 && row < c->rows && x < c->cols)
		kqt_canvas_put(c, row, x,
		               kqt_glyph_dots(c->cells[row * c->cols + x].glyph, y, both), style);
}

static void plot_fine_column(const struct plot *g, int x, const struct kqt_entropy_point *e)
{
	plot_dots(g, x, e->shannon_ref, false, KQT_STYLE_DIM);
	plot_dots(g, x, e->mcv_ref, false, KQT_STYLE_DIM);
	plot_dots(g, x, e->shannon, true, KQT_STYLE_READ);
	plot_dots(g, x, e->mcv, true, KQT_STYLE_TIMER);
	plot_dots(g, x, e->assessed, true, KQT_STYLE_TIMEOUT);
}

static void plot_column(const struct plot *g, int x, const struct kqt_entropy_point *e)
{
	enum kqt_glyph_tier tier = g->b->canvas->tier;

	plot_point(g, x, e->shannon_ref, kqt_glyph(tier, KQT_GLYPH_HLINE), KQT_STYLE_DIM);
	plot_point(g, x, e->mcv_ref, tier == KQT_GLYPHS_ASCII ? '=' : 0x2550, KQT_STYLE_DIM);
	plot_letter(g, x, e->shannon, 'h', KQT_STYLE_READ);
	plot_letter(g, x, e->mcv, 'm', KQT_STYLE_TIMER);
	plot_letter(g, x, e->assessed, 'a', KQT_STYLE_TIMEOUT);
}

/* Sweeps as the latency panel does; the newest column is drawn when it is full. */
static void draw_deficit(const struct kqt_block *b, const struct kqt_scene *sc)
{
	static const char *const names[] = {"8", "1", "1e-1", "1e-2", "1e-3"};
	struct plot g = {b, b->col + AXIS_CELLS + 1, b->end - b->col - AXIS_CELLS - 2};
	struct kqt_pen p = title(b, sc, KQT_CHART_DEFICIT);
	uint64_t newest, zoom = sc->ui->zoom;
	bool fine = b->canvas->tier == KQT_GLYPHS_BRAILLE && b->canvas->shades > 0;
	char text[64];

	snprintf(text, sizeof(text), " h Shannon, m MCV, a assessed, & several  %.5gs/col ",
	         sc->ui->zoom * kqt_column_s(sc->ui));
	title_right(b, p, text);
	for (int i = 0; i < 5; i++) {
		double v = i ? pow(10, 1 - i) : DEFICIT_TOP;

		if (i != 1 || b->rows > 10) { /* 8 and 1 share a row where there are few */
			p = kqt_pen_at(b->canvas, plot_row(b, 8 - v), b->col, b->col + AXIS_CELLS);
			kqt_pen_right(&p, KQT_STYLE_DIM, "%s", names[i]);
		}
	}
	if (!kqt_history_newest(sc->history, &newest) || g.width < 1)
		return;
	for (uint64_t back = 1; back < (uint64_t)g.width && back <= newest / zoom; back++) {
		uint64_t group = newest / zoom - back;
		const struct kqt_column *h = kqt_history_find(sc->history, group * zoom + zoom - 1,
		                                              zoom);

		if (!h || !h->noted)
			continue;
		/* dots say by colour what they are, and by the letter that the newest has */
		if (fine && back > 1)
			plot_fine_column(&g, g.col + (int)(group % (uint64_t)g.width),
			                 &h->entropy[sc->ui->stream]);
		else
			plot_column(&g, g.col + (int)(group % (uint64_t)g.width),
			            &h->entropy[sc->ui->stream]);
	}
}

/* -- bits, lags ----------------------------------------------------------- */

/* An edge for deviations: the largest of them, and at least twice their limit. */
static double edge(const double *v, int n, double zero, double limit, double most)
{
	double far = 2 * limit;

	for (int i = 0; i < n; i++)
		far = fmax(far, fabs(v[i] - zero));
	return isfinite(far) ? fmin(most, round_up(far)) : most;
}

static void draw_bias(const struct kqt_block *b, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	double limit = kqt_lag_limit(w->n) / 2; /* 3 sigma of a share */
	double range = edge(w->bias, 8, 0.5, limit, 0.5);

	title_right(b, title(b, sc, KQT_CHART_BIAS), " ones; sigma off 0.5 ");
	for (int i = 0; i < 8; i++) {
		double share = w->bias[7 - i], sigma = kqt_bias_sigma(share, w->n);
		unsigned style = kqt_judge_sigma(sigma);
		struct kqt_pen p = list_pen(b, i, 8);
		char text[16], off[16];

		kqt_pen_add(&p, KQT_STYLE_DIM, p.end - p.col < 24 ? "b%d " : "bit %d  ", 7 - i);
		kqt_pen_add(&p, style, "%6s", kqt_cell_real(share, 4, text));
		if (fabs(sigma) < 100)
			snprintf(off, sizeof(off), "%+.1f", sigma);
		else
			snprintf(off, sizeof(off), "%s%s",
			         sigma < 0         ? "-"
			         : isfinite(sigma) ? "+"
			                           : "",
			         kqt_fmt_count(fabs(sigma), text, sizeof(text)));
		kqt_pen_add(&p, style, " %6s%c ", off, fabs(sigma) > 3 ? '!' : ' ');
		draw_deviation(&p, share - 0.5, isfinite(limit) ? limit : range / 2, range, style);
	}
}

static void draw_lags(const struct kqt_block *b, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	double limit = kqt_lag_limit(w->n), range = edge(w->lag, KQT_LAGS, 0, limit, 1);
	struct kqt_pen p = title(b, sc, KQT_CHART_LAG);
	char text[64], a[16];

	snprintf(text, sizeof(text), " 3/sqrt(n) = %s, edge %g ", kqt_cell_real(limit, 4, a),
	         range);
	title_right(b, p, text);
	for (int i = 0; i < KQT_LAGS; i++) {
		double v = w->lag[i];
		unsigned style = kqt_judge_sigma(3 * v / limit);

		p = list_pen(b, i, KQT_LAGS);
		kqt_pen_add(&p, KQT_STYLE_DIM, p.end - p.col < 20 ? "%2d " : "lag %2d ", i + 1);
		if (isfinite(v))
			kqt_pen_add(&p, style, p.end - p.col < 20 ? "%+.3f" : " %+.4f", v);
		else
			kqt_pen_add(&p, style, "%6s", "-");
		kqt_pen_add(&p, style, "%c ", fabs(v) > limit ? '!' : ' ');
		draw_deviation(&p, v, isfinite(limit) ? limit : range / 2, range, style);
	}
}

/* -- the map of bytes ----------------------------------------------------- */

/* The shade of a factor above an even share: the darkest would not be seen as a thin
 * glyph. Without colours the glyph must do. */
static unsigned factor_style(const struct kqt_canvas *c, double share, bool background)
{
	int dark = c->shades > 8 && !background ? 4 : 1;
	unsigned shade = (unsigned)(dark + lround(share * (c->shades - dark)));

	if (!c->shades)
		return KQT_STYLE_NORMAL;
	return KQT_STYLE_HEAT + shade * (background ? 1 : KQT_HEAT_STRIDE);
}

/* "+4", " .": sign and whole standard deviations, where it is 3 or more; what is more
 * has a background by its factor, up to 256, which goes on where sigmas end. */
static void map_cell(struct kqt_canvas *c, int row, int col, double z, double factor, bool two)
{
	double share = fmin(1, fmax(0, log2(factor) / 8));
	unsigned style = z > 4 && c->shades ? factor_style(c, share, true)
	                 : z < 0            ? (unsigned)KQT_STYLE_WARN
	                                    : kqt_judge_sigma(z);
	int whole = isfinite(z) ? (int)fmin(10, floor(fabs(z))) : 0;
	unsigned digit = whole > 9 ? '*' : '0' + (unsigned)whole;

	if (!isfinite(z)) {
		kqt_canvas_put(c, row, col + two, '-', KQT_STYLE_DIM);
	} else if (whole < 3) {
		kqt_canvas_put(c, row, col + two, '.', KQT_STYLE_DIM);
	} else if (two) {
		kqt_canvas_put(c, row, col, z > 0 ? '+' : whole > 9 ? ' ' : '-', style);
		kqt_canvas_put(c, row, col + 1, z < 0 && whole > 9 ? '-' : digit, style);
	} else {
		kqt_canvas_put(c, row, col, z < 0 ? '-' : '+', style);
	}
}

static void draw_map(const struct kqt_block *b, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	int rows = b->rows - 1, lines = rows >= 16 ? 16 : rows >= 8 ? 8 : 4;
	int across = lines == 16 ? 16 : 32, by = 256 / (lines * across);
	bool two = across * 2 + 4 < b->end - b->col;
	char text[64];

	snprintf(text, sizeof(text), by > 1 ? " %d bytes a cell, z " : " %d a row, z off even ",
	         by > 1 ? by : across);
	title_right(b, title(b, sc, KQT_CHART_MAP), text);
	for (int r = 0; r < lines; r++) {
		struct kqt_pen p = kqt_pen_at(b->canvas, b->row + 1 + r, b->col + 1, b->end);

		kqt_pen_add(&p, KQT_STYLE_DIM, "%02x", r * 256 / lines);
		for (int i = 0; i < across; i++) {
			uint64_t count = 0;

			for (int k = 0; k < by; k++)
				count += w->counts[(r * across + i) * by + k];
			map_cell(b->canvas, p.row, p.col + 1 + i * (two ? 2 : 1),
			         kqt_count_sigma(count, w->n, by / 256.0),
			         (double)count / ((double)w->n * by / 256), two);
		}
	}
}

/* -- the delay plot ------------------------------------------------------- */

/* A cell is judged against an even spread: what chance explains is a dot, what is
 * rarer a blank, what is oftener a shade of its factor; 1024 fills it. */
static void delay_cell(struct kqt_canvas *c, int row, int col, int wide, double z, double factor)
{
	unsigned glyph = '.', style = KQT_STYLE_DIM;

	if (z < -4) {
		glyph = ' ';
	} else if (z > 4) {
		double share = fmin(1, fmax(0.01, log2(factor) / 10));

		glyph = kqt_glyph_heat(c->tier, share);
		style = factor_style(c, share, false);
	}
	for (int i = 0; i < wide; i++)
		kqt_canvas_put(c, row, col + i, i && glyph == '.' ? ' ' : glyph, style);
}

static void draw_delay(const struct kqt_block *b, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	int rows = b->rows - 1, lines = rows >= 32 ? 32 : rows >= 16 ? 16 : rows >= 8 ? 8 : 4;
	int by = KQT_DELAY_CELLS / lines, wide = b->end - b->col > 2 * KQT_DELAY_CELLS + 4 ? 2 : 1;
	uint64_t n = 0;
	char text[64], count[16];

	for (int i = 0; i < KQT_DELAY_CELLS * KQT_DELAY_CELLS; i++)
		n += w->delay[i / KQT_DELAY_CELLS][i % KQT_DELAY_CELLS];
	snprintf(text, sizeof(text), " %s pair%s ",
	         kqt_fmt_count(w->serial ? (double)n : NAN, count, sizeof(count)), kqt_plural(n));
	title_right(b, title(b, sc, KQT_CHART_DELAY), text);
	for (int r = 0; r < lines; r++) {
		struct kqt_pen p = kqt_pen_at(b->canvas, b->row + lines - r, b->col + 1, b->end);

		kqt_pen_add(&p, KQT_STYLE_DIM, "%02x", r * by * 8);
		for (int i = 0; i < KQT_DELAY_CELLS && n; i++) {
			double even = by / (double)(KQT_DELAY_CELLS * KQT_DELAY_CELLS);
			uint64_t cell = 0;

			for (int k = 0; k < by; k++)
				cell += w->delay[i][r * by + k];
			delay_cell(b->canvas, p.row, p.col + 1 + i * wide, wide,
			           kqt_count_sigma(cell, n, even),
			           (double)cell / ((double)n * even));
		}
	}
}

const struct kqt_chart kqt_charts[KQT_CHARTS] = {
    [KQT_CHART_ESTIMATORS] = {"estimators",
                              "a symbol, a bit, time; bar: the smaller, bits a sample; mark: "
                              "claim; * decides",
                              draw_estimators},
    [KQT_CHART_DEFICIT] = {"8 - H",
                           "lower is better; lines: a perfect source's Shannon and MCV at that n",
                           draw_deficit},
    [KQT_CHART_BIAS] = {"bit bias", "marks: 3 sigma; ! beyond. Share of ones in each bit plane",
                        draw_bias},
    [KQT_CHART_LAG] = {"autocorrelation", "a byte with that k before it; ! beyond the marks",
                       draw_lags},
    [KQT_CHART_MAP] = {"bytes", "how often each byte came: . as even as chance, + more, - fewer",
                       draw_map},
    [KQT_CHART_DELAY] = {"delay plot",
                         "byte right, next up: . as chance has it, blank rarer, shade oftener",
                         draw_delay},
};
