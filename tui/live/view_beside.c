/* SPDX-License-Identifier: MIT */
/* The compare view's first page: what is measured now, the baseline and loaded reports
 * side by side, on one latency axis and above their percentiles:
 *
 *          --- now ---------- A ------------ now - A, 0.2 -
 *    100us |######   p50     |####          |    ##|
 *     10us |########         |###########   |  ####|
 *      p50     12.3us            10.1us          x1.22
 *
 * The third strip is the difference of the distribution functions: to the right, now has
 * more values at or below that latency. No verdicts here. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/beside.h"
#include "tui/live/view.h"

#define LABEL_CELLS 8
#define STRIP_MIN 10
#define RATIO_FROM 14 /* cells of a strip: value and ratio */
#define ROWS_MAX 128
#define PLOT_MIN 4
#define STRIPS_MAX 20 /* each with its difference */

struct strip {
	size_t one;
	bool gap; /* its difference, else it */
	int col, end;
};

/* -- strips --------------------------------------------------------------- */

static void add_strip(struct strip *s, int *n, int most, size_t one, bool gap)
{
	if (*n < most)
		s[(*n)++] = (struct strip){.one = one, .gap = gap};
}

/* Every one first, then the differences that there is room for. @return strips */
static int place(const struct kqt_beside *b, int cols, struct strip s[STRIPS_MAX])
{
	int most = (cols - LABEL_CELLS) / STRIP_MIN, n = 0, gaps, width;

	if (most > STRIPS_MAX)
		most = STRIPS_MAX;
	gaps = most - (int)b->n;
	for (size_t i = 0; i < b->n; i++) {
		add_strip(s, &n, most, i, false);
		if (i > 0 && gaps-- > 0)
			add_strip(s, &n, most, i, true);
	}
	width = n ? (cols - LABEL_CELLS) / n : 0;
	for (int i = 0; i < n; i++) {
		s[i].col = LABEL_CELLS + i * width;
		s[i].end = s[i].col + width;
	}
	return n;
}

static unsigned style_of(const struct kqt_beside *b, size_t one)
{
	if (one == 0)
		return KQT_STYLE_BAR;
	return b->one[one].is_report ? KQT_STYLE_VNODE : KQT_STYLE_GHOST;
}

/* Full scale of a strip of differences: noise is to look small. */
static double gap_scale(double most)
{
	return most <= 0.1 ? 0.1 : most <= 0.2 ? 0.2 : most <= 0.5 ? 0.5 : 1;
}

static void draw_heads(struct kqt_canvas *c, int row, const struct kqt_beside *b,
                       const struct strip *s, int n)
{
	for (int i = 0; i < n; i++) {
		const struct kqt_beside_one *o = &b->one[s[i].one];
		struct kqt_pen p = kqt_pen_at(c, row, s[i].col, s[i].end);

		kqt_canvas_put(c, row, s[i].col, kqt_glyph(c->tier, KQT_GLYPH_TEE),
		               KQT_STYLE_FRAME);
		p.col++;
		if (!s[i].gap)
			kqt_pen_add(&p, style_of(b, s[i].one), " %s ", o->tag);
		else if (s[i].end - s[i].col >= RATIO_FROM)
			kqt_pen_add(&p, KQT_STYLE_DIM, " now-%s, %g ", o->tag,
			            gap_scale(o->gap_max));
		else
			kqt_pen_add(&p, KQT_STYLE_DIM, " -%s, %g ", o->tag, gap_scale(o->gap_max));
	}
	if ((size_t)n < b->n) { /* nothing goes in silence */
		struct kqt_pen p = kqt_pen_at(c, row, 0, c->cols);

		kqt_pen_right(&p, KQT_STYLE_ALERT, " +%zu ", b->n - (size_t)n);
	}
}

/* -- the plot ------------------------------------------------------------- */

struct scale {
	int top, rows;
	double first, per_row; /* bin at the lower edge; bins a row */
};

static struct scale scale_of(const struct kqt_beside *b, int top, int rows)
{
	struct scale k = {.top = top, .rows = rows};
	double lo = b->hi ? b->lo : kqt_bin_of_ns(1000), hi = b->hi ? b->hi : lo + 64;

	k.per_row = fmax((hi - lo) / rows, 0.5);
	k.first = (lo + hi - k.per_row * rows) / 2;
	return k;
}

/* Values in a row, counted from below; a bin on an edge counts by its parts. */
static double in_row(const struct scale *k, int row, const uint64_t bins[KQT_BINS])
{
	double from = fmax(k->first + row * k->per_row, 0);
	double to = fmin(k->first + (row + 1) * k->per_row, KQT_BINS), n = 0;

	for (int b = (int)from; b < to && b < KQT_BINS; b++)
		n += (double)bins[b] * (fmin(b + 1, to) - fmax(b, from));
	return n;
}

static int row_of(const struct scale *k, double bin)
{
	int up = (int)floor((bin - k->first) / k->per_row);

	up = up < 0 ? 0 : up >= k->rows ? k->rows - 1 : up;
	return k->top + k->rows - 1 - up;
}

static void draw_axis(struct kqt_canvas *c, const struct scale *k)
{
	for (int bin = 0; bin < KQT_BINS; bin += KQT_BINS_PER_DECADE) {
		struct kqt_pen p = kqt_pen_at(c, row_of(k, bin), 0, LABEL_CELLS - 1);
		double at = bin - k->first;
		uint64_t ns = 1; /* a bin's lowest is rounded */
		char text[16];

		if (at < -0.5 || at >= k->per_row * k->rows)
			continue;
		for (int d = 0; d <= bin / KQT_BINS_PER_DECADE; d++)
			ns *= 10;
		kqt_fmt_ns(ns, text, sizeof(text));
		kqt_pen_right(&p, KQT_STYLE_NORMAL, "%s", text);
	}
}

static void draw_bars(struct kqt_canvas *c, const struct scale *k, const struct strip *s,
                      const struct kqt_beside *b, double most, enum kqt_scale how)
{
	const struct kqt_beside_one *o = &b->one[s->one];
	int width = s->end - s->col - 2, marks[2];

	for (int r = 0; r < k->rows && o->q.count; r++) {
		double share = in_row(k, r, o->bins) / (double)o->q.count;
		int eighths = (int)lround(kqt_scale_apply(how, share / most) * width * 8);

		if (share > 0 && eighths < 1)
			eighths = 1;
		for (int i = 0; i * 8 < eighths; i++)
			kqt_canvas_put(c, k->top + k->rows - 1 - r, s->col + 1 + i,
			               kqt_glyph_bar(c->tier, (unsigned)(eighths - i * 8)),
			               style_of(b, s->one));
	}
	if (!o->q.count || width < 16)
		return;
	marks[0] = row_of(k, 0.5 + kqt_bin_of_ns(o->q.q_ns[KQT_Q50]));
	marks[1] = row_of(k, 0.5 + kqt_bin_of_ns(o->q.q_ns[KQT_Q99]));
	for (int i = 0; i < 2; i++) {
		struct kqt_pen p = kqt_pen_at(c, marks[i], s->col, s->end);

		kqt_pen_right(&p, KQT_STYLE_STRONG, "%s",
		              marks[0] == marks[1] ? " p50-99"
		              : i                  ? " p99"
		                                   : " p50");
	}
}

/* The gap at a row's upper edge, as a bar from the middle. */
static void draw_gap(struct kqt_canvas *c, const struct scale *k, const struct strip *s,
                     const struct kqt_beside_one *o)
{
	int half = (s->end - s->col - 2) / 2, middle = s->col + 1 + half;
	unsigned full = kqt_glyph_bar(c->tier, 8), wall = kqt_glyph(c->tier, KQT_GLYPH_VLINE);

	for (int r = 0; r < k->rows; r++) {
		int row = k->top + k->rows - 1 - r;
		int bin = (int)floor(k->first + (r + 1) * k->per_row) - 1;
		double v = bin >= 0 && bin < KQT_BINS ? o->gap[bin] / gap_scale(o->gap_max) : 0;
		int n = (int)lround(v * half);

		kqt_canvas_put(c, row, middle, wall, KQT_STYLE_FRAME);
		for (int i = 1; i <= abs(n) && i <= half; i++)
			kqt_canvas_put(c, row, middle + (n > 0 ? i : -i), full,
			               n > 0 ? KQT_STYLE_GOOD : KQT_STYLE_WARN);
	}
}

static void draw_plot(struct kqt_canvas *c, int top, int rows, const struct strip *s, int n,
                      const struct kqt_scene *sc)
{
	const struct kqt_beside *b = sc->beside;
	struct scale k = scale_of(b, top, rows);
	double most = 0;

	for (int i = 0; i < n; i++) /* bars of all strips are to be compared */
		for (int r = 0; r < rows && b->one[s[i].one].q.count; r++)
			most = fmax(most, in_row(&k, r, b->one[s[i].one].bins) /
			                      (double)b->one[s[i].one].q.count);
	draw_axis(c, &k);
	for (int i = 0; i < n; i++) {
		for (int r = 0; r < rows; r++)
			kqt_canvas_put(c, top + r, s[i].col, kqt_glyph(c->tier, KQT_GLYPH_VLINE),
			               KQT_STYLE_FRAME);
		if (s[i].gap)
			draw_gap(c, &k, &s[i], &b->one[s[i].one]);
		else if (most > 0)
			draw_bars(c, &k, &s[i], b, most, sc->ui->scale);
	}
}

/* -- the table ------------------------------------------------------------ */

/* Rows by importance: where there is no room the last ones go. */
enum { ROW_P50, ROW_P99, ROW_WAITS, ROW_P90, ROW_P999, ROW_MAX, ROW_D, ROW_N, ROWS };
static const char *const row_names[ROWS] = {"p50",   "p99", "waits/s", "p90",
                                            "p99.9", "max", "D",       "n"};
static const int row_order[ROWS] = {ROW_P50, ROW_P90,   ROW_P99, ROW_P999,
                                    ROW_MAX, ROW_WAITS, ROW_D,   ROW_N};

/* NaN: none. */
static double value_of(const struct kqt_beside_one *o, int row)
{
	static const int q[ROWS] = {
	    [ROW_P50] = KQT_Q50, [ROW_P90] = KQT_Q90, [ROW_P99] = KQT_Q99, [ROW_P999] = KQT_Q999};

	switch (row) {
	case ROW_WAITS:
		return o->waits_s;
	case ROW_D:
		return o->ks;
	case ROW_N:
		return (double)o->q.count;
	case ROW_MAX:
		return o->q.count ? (double)o->q.max_ns : NAN;
	default:
		return o->q.count ? (double)o->q.q_ns[q[row]] : NAN;
	}
}

static void value_text(const struct kqt_beside_one *o, int row, char *buf, size_t size)
{
	double v = value_of(o, row);

	if (!isfinite(v))
		snprintf(buf, size, "-");
	else if (row == ROW_D)
		snprintf(buf, size, "%.2f", v);
	else if (row == ROW_WAITS || row == ROW_N)
		(void)kqt_fmt_count(v, buf, size);
	else
		(void)kqt_fmt_ns((uint64_t)v, buf, size);
}

/* Now by this. "" where there is none. */
static void ratio_text(const struct kqt_beside *b, const struct kqt_beside_one *o, int row,
                       char *buf, size_t size)
{
	double r = value_of(&b->one[0], row) / value_of(o, row);
	char at[16];

	buf[0] = '\0';
	if (row == ROW_D && isfinite(o->ks) && o->ks > 0)
		snprintf(buf, size, "at %s", kqt_fmt_ns(o->ks_at_ns, at, sizeof(at)));
	else if (row == ROW_N || row == ROW_D || !isfinite(r))
		return;
	else if (r >= 0.01 && r < 100)
		snprintf(buf, size, r < 10 ? "x%.2f" : "x%.1f", r);
	else
		snprintf(buf, size, "x%.0e", r);
}

static void draw_table(struct kqt_canvas *c, int top, int rows, const struct strip *s, int n,
                       const struct kqt_beside *b)
{
	int row = top;

	for (int k = 0; k < ROWS; k++) {
		int what = row_order[k];
		struct kqt_pen p = kqt_pen_at(c, row, 0, LABEL_CELLS - 1);
		char text[24], by[24];

		if (what >= rows)
			continue;
		kqt_pen_right(&p, KQT_STYLE_DIM, "%s", row_names[what]);
		for (int i = 0; i < n; i++) {
			const struct kqt_beside_one *o = &b->one[s[i].one];
			bool beside = i + 1 < n && s[i + 1].gap; /* then the ratio stands there */
			bool wide = s[i].end - s[i].col >= RATIO_FROM;

			p = kqt_pen_at(c, row, s[i].col + 1, s[i].end);
			ratio_text(b, o, what, by, sizeof(by));
			value_text(o, what, text, sizeof(text));
			if (s[i].gap)
				kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s", by);
			else if (o == &b->one[0] && what == ROW_D)
				continue;
			else
				kqt_pen_add(&p,
				            what == ROW_P50 ? KQT_STYLE_STRONG : KQT_STYLE_NORMAL,
				            "%6s", text);
			if (!s[i].gap && s[i].one > 0 && !beside && wide)
				(void)kqt_pen_try(&p, KQT_STYLE_DIM, " %s", by);
		}
		row++;
	}
}

/* -- words ---------------------------------------------------------------- */

/* Text over as many of the rows as it needs. @return the row after it */
static int wrapped(struct kqt_canvas *c, int row, int end, unsigned style, const char *text)
{
	while (*text && row < end) {
		struct kqt_pen p = kqt_pen_at(c, row++, 1, c->cols);
		size_t room = (size_t)(p.end - p.col), n = strlen(text);

		if (n > room) {
			for (n = room; n > 1 && text[n] != ' ';)
				n--;
			n = n > 1 ? n : room;
		}
		kqt_pen_add(&p, style, "%.*s", (int)n, text);
		text += n;
		text += *text == ' ';
	}
	return row;
}

static const char *const intro[] = {
    "no baseline yet: change a knob, or pin one with b. c loads reports of kqtop bench",
    "n measures the configuration now against the baseline, in interleaved rounds of "
    "processes of their own, and gives a verdict for each figure; the live engine is stopped "
    "meanwhile, Esc cancels.",
};

static int draw_baseline_words(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc)
{
	const struct kqt_change_figures *f = &sc->fig->change;
	double now_s = sc->snap->epoch ? kqt_tally_seconds(sc->snap->epoch) : 0;
	char text[320], own[32] = "", at[24], pin[48] = "";

	if (!f->known || !sc->snap->baseline) {
		snprintf(text, sizeof(text), "now: %.0f s of this epoch; no baseline yet", now_s);
		return wrapped(c, row, end, KQT_STYLE_DIM, text);
	}
	if (isfinite(f->own))
		snprintf(own, sizeof(own), ", own halves' D %.2f", f->own);
	if (f->pinned)
		snprintf(pin, sizeof(pin), " (pinned at %s)", kqt_clock_text(f->pinned_s, at));
	snprintf(text, sizeof(text), "now: %.0f s of this epoch; A%s: %s%s, %.0f s; %s%s%s", now_s,
	         pin, f->what[0] ? "before " : "",
	         f->what[0]  ? f->what
	         : f->pinned ? "nothing changed"
	                     : "the epoch before",
	         kqt_tally_seconds(sc->snap->baseline), f->settling ? "" : "looks ", f->looks, own);
	return wrapped(c, row, end, KQT_STYLE_GHOST, text);
}

static int draw_side_words(struct kqt_canvas *c, int row, int end, const struct kqt_beside_side *s)
{
	char text[760];

	snprintf(text, sizeof(text), "%s: %s%s%s", s->tag, s->words, s->differs[0] ? "; " : "",
	         s->differs);
	return wrapped(c, row, end, KQT_STYLE_NORMAL, text);
}

static void draw_words(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc)
{
	const struct kqt_beside *b = sc->beside;

	if (b->n_sides == 0 && !sc->fig->change.known) {
		for (size_t i = 0; i < sizeof(intro) / sizeof(intro[0]); i++)
			row = wrapped(c, row, end, KQT_STYLE_DIM, intro[i]);
		return;
	}
	row = draw_baseline_words(c, row, end, sc);
	for (size_t i = 0; i < b->n_sides; i++)
		row = draw_side_words(c, row, end, &b->side[i]);
}

void kqt_draw_beside_words(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc)
{
	const struct kqt_beside *b = sc->beside;
	char text[160];

	for (size_t i = 0; i < b->n_sides; i++) {
		snprintf(text, sizeof(text), "%s: %s", b->side[i].tag, b->side[i].words);
		row = wrapped(c, row, end, KQT_STYLE_STRONG, text);
		row = wrapped(c, row, end, KQT_STYLE_NORMAL,
		              b->side[i].differs[0] ? b->side[i].differs
		                                    : "nothing is known to differ");
	}
	(void)wrapped(c, row, end, KQT_STYLE_DIM,
	              "Here all rounds are taken together and described; kqtop compare judges "
	              "their medians.");
}

void kqt_draw_beside(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc)
{
	const struct kqt_beside *b = sc->beside;
	int rows = end - row, table = ROWS, words = 3, plot, n;
	struct strip strips[STRIPS_MAX];

	n = place(b, c->cols, strips);
	draw_heads(c, row++, b, strips, n);
	rows--;
	if (c->rows >= 34)
		words = 3 + (int)b->n_sides;
	plot = rows - table - words;
	if (plot < PLOT_MIN) { /* the table of six rows tells most */
		table = rows < 6 ? rows : 6;
		words = rows - table < 2 ? rows - table : 2;
		plot = rows - table - words;
	}
	if (plot < PLOT_MIN) /* it is the words' */
		plot = 0;
	if (plot > ROWS_MAX)
		plot = ROWS_MAX;
	if (plot > 0)
		draw_plot(c, row, plot, strips, n, sc);
	draw_table(c, row + plot, table, strips, n, b);
	draw_words(c, row + plot + table, end, sc);
}
