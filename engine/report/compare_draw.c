/* SPDX-License-Identifier: MIT */
/* Each drawing is WIDTH x HEIGHT units with its axes around a field. */
#include "engine/report/compare_draw.h"

#include <math.h>
#include <stdlib.h>

#include "engine/report/compare_priv.h"

#define WIDTH 520
#define LONG 1070 /* of the distribution, which has a line of its own */
#define HEIGHT 230
#define LEFT 52
#define RIGHT 508
#define TOP 14
#define BOTTOM 198
#define HEAT_LEVELS 8
#define HEAT_BINS 48    /* two of KQT_DRAW_BINS each */
#define HEAT_ROUNDS 100 /* columns narrower than 4 units cannot be told apart */

/* @right  end of the field */
static double x_of(const struct kqt_draw *d, double right, double log_ns)
{
	return LEFT + (log_ns - d->lo) / (d->hi - d->lo) * (right - LEFT);
}

/* -- data ---------------------------------------------------------------------- */

/* Quantiles at equal steps of ln(p / (1 - p)), so that both tails have room: from 1 %
 * to 99.99 %. */
static double p_of(int i)
{
	double from = log(0.01 / 0.99), to = log(0.9999 / 0.0001);
	double z = from + (to - from) * i / (KQT_DRAW_BINS - 1);

	return 1 / (1 + exp(-z));
}

static void pool(const struct kqt_entrant *e, enum kqt_latency kind, struct kqt_hist *out)
{
	kqt_hist_reset(out);
	for (size_t i = 0; i < e->report->n_rounds; i++)
		if (e->report->rounds[i].side == e->side)
			kqt_round_hist(&e->report->rounds[i], kind, KQT_FILTERS, out);
}

/* Bin of the axis, by the middle of the bucket; outside of it the first or the last. */
static int bin_of(const struct kqt_draw *d, unsigned bucket, int bins)
{
	double middle = ((double)kqt_hist_lowest_of(bucket) + (double)kqt_hist_highest_of(bucket)) /
	                2;
	double at = (log10(fmax(middle, 1)) - d->lo) / (d->hi - d->lo) * bins;

	return at < 0 ? 0 : at >= bins ? bins - 1 : (int)at;
}

static void share_out(const struct kqt_draw *d, const struct kqt_hist *h, int bins, double *share)
{
	unsigned end = kqt_hist_index(h->max_ns) + 1;

	for (int i = 0; i < bins; i++)
		share[i] = 0;
	for (unsigned i = kqt_hist_index(h->min_ns); i < end; i++)
		if (h->counts[i])
			share[bin_of(d, i, bins)] += (double)h->counts[i] / (double)h->count;
}

bool kqt_draw_init(struct kqt_draw *d, const struct kqt_compare *c,
                   const struct kqt_comparison *one, enum kqt_latency kind)
{
	static struct kqt_hist h[2]; /* 270 KB each; main thread only */
	double lo = INFINITY, hi = -INFINITY;

	*d = (struct kqt_draw){.c = c, .one = one, .kind = kind};
	for (int side = 0; side < 2; side++) {
		pool(&c->entrant[side ? one->b : one->a], kind, &h[side]);
		if (h[side].count == 0)
			return false;
		/* one sample in a thousand below: a few very short ones would take half */
		lo = fmin(lo, log10(fmax((double)kqt_hist_quantile(&h[side], 0.001), 1)));
		hi = fmax(hi, log10(fmax((double)h[side].max_ns, 1)));
	}
	d->lo = floor(lo * 10) / 10 - 0.05;
	d->hi = fmax(ceil(hi * 10) / 10, d->lo + 0.5);
	for (int side = 0; side < 2; side++) {
		share_out(d, &h[side], KQT_DRAW_BINS, d->share[side]);
		for (int i = 0; i < KQT_DRAW_BINS; i++)
			d->quantile[side][i] = kqt_stats_tail_suffices(h[side].count, p_of(i))
			                           ? (double)kqt_hist_quantile(&h[side], p_of(i))
			                           : NAN;
	}
	return true;
}

/* -- axes ---------------------------------------------------------------------- */

static void open_drawing(struct kqt_json_out *out, int width, const char *what)
{
	kqt_json_put(out, "<svg%s viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
	             width == LONG ? " class=\"long\"" : "", width, HEIGHT, what);
}

static void line(struct kqt_json_out *out, const char *class, double x1, double y1, double x2,
                 double y2)
{
	kqt_json_put(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
	             class, x1, y1, x2, y2);
}

/* @anchor "start" "middle" "end" */
static void text(struct kqt_json_out *out, double x, double y, const char *anchor, const char *what)
{
	kqt_json_put(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor,
	             what);
}

/* A round number: "20us", without the digits that kqt_fmt_ns would add. */
static const char *tick(double ns, char *buf, size_t size)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	struct kqt_strbuf sb = kqt_strbuf_init(buf, size);
	int unit = 0;

	while (ns >= 999.5 && unit < 3) {
		ns /= 1000;
		unit++;
	}
	kqt_strbuf_add(&sb, "%.0f%s", ns, units[unit]);
	return buf;
}

/* Powers of ten, and 2 and 5 of them on an axis of less than three decades. */
static void latency_axis(struct kqt_json_out *out, const struct kqt_draw *d, double right)
{
	static const double steps[] = {1, 2, 5};
	int n = d->hi - d->lo < 3 ? 3 : 1;

	for (int power = (int)floor(d->lo); power <= (int)ceil(d->hi); power++)
		for (int i = 0; i < n; i++) {
			double ns = steps[i] * pow(10, power), x = x_of(d, right, log10(ns));
			char label[16];

			if (x < LEFT || x > right || ns < 0.5)
				continue;
			line(out, "grid", x, TOP, x, BOTTOM);
			text(out, x, BOTTOM + 16, "middle", tick(ns, label, sizeof(label)));
		}
	line(out, "axis", LEFT, BOTTOM, right, BOTTOM);
}

static double y_of(double v, double lo, double hi)
{
	return BOTTOM - (v - lo) / (hi - lo) * (BOTTOM - TOP);
}

/* -- drawings --------------------------------------------------------------------- */

static double y_of_share(double share, double most)
{
	return y_of(sqrt(share / most), 0, 1);
}

void kqt_draw_density(struct kqt_json_out *out, const struct kqt_draw *d)
{
	double most = 0, right = LONG - (WIDTH - RIGHT), step = (right - LEFT) / KQT_DRAW_BINS;

	for (int side = 0; side < 2; side++)
		for (int i = 0; i < KQT_DRAW_BINS; i++)
			most = fmax(most, d->share[side][i]);
	open_drawing(out, LONG, "both distributions");
	latency_axis(out, d, right);
	/* lines at parts of the largest share that round numbers stand for */
	for (double mark = 0.001; mark < most; mark *= 10) {
		char label[16];
		struct kqt_strbuf sb = kqt_strbuf_init(label, sizeof(label));
		double y = y_of_share(mark, most);

		kqt_strbuf_add(&sb, "%g %%", 100 * mark);
		line(out, "grid", LEFT, y, right, y);
		text(out, LEFT - 6, y + 4, "end", label);
	}
	for (int side = 0; side < 2; side++) {
		kqt_json_put(out, "<path class=\"%s area\" d=\"M%d %d", side ? "b" : "a", LEFT,
		             BOTTOM);
		for (int i = 0; i < KQT_DRAW_BINS; i++)
			kqt_json_put(out, "V%.1fH%.1f", y_of_share(d->share[side][i], most),
			             LEFT + step * (i + 1));
		kqt_json_put(out, "V%dZ\"/>", BOTTOM);
	}
	kqt_json_put(out, "</svg>");
}

/* "B longer here" */
static void side_note(struct kqt_json_out *out, const struct kqt_draw *d, double y,
                      const char *what)
{
	char note[32];
	struct kqt_strbuf sb = kqt_strbuf_init(note, sizeof(note));

	kqt_strbuf_add(&sb, "%s %s here", d->c->entrant[d->one->b].tag, what);
	text(out, RIGHT - 4, y, "end", note);
}

void kqt_draw_ecdf(struct kqt_json_out *out, const struct kqt_draw *d)
{
	double gap = 0, most = KQT_STATS_CROSSING * 1.5, y;
	double step = (double)(RIGHT - LEFT) / KQT_DRAW_BINS;

	for (int i = 0; i < KQT_DRAW_BINS; i++) {
		gap += d->share[0][i] - d->share[1][i];
		most = fmax(most, fabs(gap));
	}
	most = ceil(most * 20) / 20;
	open_drawing(out, WIDTH, "difference of the distribution functions");
	latency_axis(out, d, RIGHT);
	for (int i = -2; i <= 2; i++) {
		char label[16];
		struct kqt_strbuf sb = kqt_strbuf_init(label, sizeof(label));

		y = y_of(most * i / 2, -most, most);
		kqt_strbuf_add(&sb, "%+.3g", most * i / 2);
		line(out, i ? "grid" : "axis", LEFT, y, RIGHT, y);
		text(out, LEFT - 6, y + 4, "end", i ? label : "0");
	}
	gap = 0;
	y = y_of(0, -most, most);
	kqt_json_put(out, "<path class=\"ink line\" d=\"M%d %.1f", LEFT, y);
	for (int i = 0; i < KQT_DRAW_BINS; i++) {
		gap += d->share[0][i] - d->share[1][i];
		kqt_json_put(out, "L%.1f %.1f", LEFT + step * (i + 1), y_of(gap, -most, most));
	}
	kqt_json_put(out, "\"/>");
	side_note(out, d, TOP + 12, "longer");
	side_note(out, d, BOTTOM - 6, "shorter");
	kqt_json_put(out, "</svg>");
}

static double x_of_p(double p)
{
	double from = log(0.01 / 0.99), to = log(0.9999 / 0.0001);

	return LEFT + (log(p / (1 - p)) - from) / (to - from) * (RIGHT - LEFT);
}

/* Of the rows with this latency of all filters: the rounds' estimate and interval. */
static void row_marks(struct kqt_json_out *out, const struct kqt_draw *d, double most)
{
	for (size_t i = 0; i < KQT_ROWS; i++) {
		const struct kqt_row_result *r = &d->one->row[i];
		double x;

		if (kqt_rows[i].source != KQT_ROW_QUANTILE || kqt_rows[i].kind != d->kind ||
		    kqt_rows[i].filter != KQT_FILTERS || !r->known)
			continue;
		x = x_of_p(kqt_rows[i].q);
		line(out, "mark", x, y_of(log(r->lo), -most, most), x,
		     y_of(log(r->hi), -most, most));
		kqt_json_put(out, "<circle class=\"ink\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>", x,
		             y_of(log(r->estimate), -most, most));
	}
}

/* Half the height: enough for the curve and for every interval, in steps whose square
 * roots, the lines half way, are round too. */
static double shift_range(const struct kqt_draw *d)
{
	static const double steps[] = {1.21, 1.44, 2.25, 4, 9, 25, 100, 400, 1e4, 1e6};
	double most = 0;
	size_t i = 0;

	for (int k = 0; k < KQT_DRAW_BINS; k++)
		if (d->quantile[0][k] > 0 && d->quantile[1][k] > 0)
			most = fmax(most, fabs(log(d->quantile[1][k] / d->quantile[0][k])));
	for (size_t k = 0; k < KQT_ROWS; k++)
		if (kqt_rows[k].source == KQT_ROW_QUANTILE && kqt_rows[k].kind == d->kind &&
		    kqt_rows[k].filter == KQT_FILTERS && d->one->row[k].known)
			most = fmax(
			    most, fmax(fabs(log(d->one->row[k].lo)), fabs(log(d->one->row[k].hi))));
	while (i + 1 < sizeof(steps) / sizeof(steps[0]) && log(steps[i]) < most)
		i++;
	return fmax(log(steps[i]), fmin(most, log(1e12)));
}

static void shift_axes(struct kqt_json_out *out, const struct kqt_draw *d, double most)
{
	static const struct {
		double p;
		const char *name;
	} ticks[] = {{0.01, "p1"},  {0.1, "p10"},     {0.5, "p50"},      {0.9, "p90"},
	             {0.99, "p99"}, {0.999, "p99.9"}, {0.9999, "p99.99"}};
	double margin = log1p(d->c->margin), top = fmin(margin, most);

	kqt_json_put(out, "<rect class=\"band\" x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>",
	             LEFT, y_of(top, -most, most), RIGHT - LEFT,
	             y_of(-top, -most, most) - y_of(top, -most, most));
	for (size_t i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++) {
		line(out, "grid", x_of_p(ticks[i].p), TOP, x_of_p(ticks[i].p), BOTTOM);
		text(out, x_of_p(ticks[i].p), BOTTOM + 16, i == 6 ? "end" : "middle",
		     ticks[i].name);
	}
	for (int i = -2; i <= 2; i++) {
		char label[16];
		struct kqt_strbuf sb = kqt_strbuf_init(label, sizeof(label));
		double y = y_of(most * i / 2, -most, most);

		kqt_strbuf_add(&sb, "&#215;%.3g", exp(most * i / 2));
		line(out, i ? "grid" : "axis", LEFT, y, RIGHT, y);
		text(out, LEFT - 6, y + 4, "end", label);
	}
}

void kqt_draw_shift(struct kqt_json_out *out, const struct kqt_draw *d)
{
	double most = shift_range(d);
	bool pen_down = false;

	open_drawing(out, WIDTH, "ratio by quantile");
	shift_axes(out, d, most);
	kqt_json_put(out, "<path class=\"b line\" d=\"");
	for (int i = 0; i < KQT_DRAW_BINS; i++) {
		double a = d->quantile[0][i], b = d->quantile[1][i];

		if (!(a > 0) || !(b > 0)) {
			pen_down = false;
			continue;
		}
		kqt_json_put(out, "%c%.1f %.1f", pen_down ? 'L' : 'M', x_of_p(p_of(i)),
		             y_of(log(b / a), -most, most));
		pen_down = true;
	}
	kqt_json_put(out, "\"/>");
	row_marks(out, d, most);
	kqt_json_put(out, "</svg>");
}

/* -- rounds ------------------------------------------------------------------------- */

/** What a heat map is made of: depth 0 .. HEAT_LEVELS of each field. */
struct heat {
	size_t columns;
	double share[HEAT_ROUNDS][HEAT_BINS];
};

static void collect_rounds(const struct kqt_draw *d, int side, struct heat *heat)
{
	const struct kqt_entrant *e = &d->c->entrant[side ? d->one->b : d->one->a];
	static struct kqt_hist h; /* 270 KB; main thread only */

	heat->columns = 0;
	for (size_t i = 0; i < e->report->n_rounds && heat->columns < HEAT_ROUNDS; i++) {
		if (e->report->rounds[i].side != e->side)
			continue;
		kqt_hist_reset(&h);
		kqt_round_hist(&e->report->rounds[i], d->kind, KQT_FILTERS, &h);
		for (int k = 0; k < HEAT_BINS; k++)
			heat->share[heat->columns][k] = 0;
		if (h.count)
			share_out(d, &h, HEAT_BINS, heat->share[heat->columns]);
		heat->columns++;
	}
}

/* Square root, so that the tail is seen; anything at all is the first level. */
static int level_of(double share)
{
	int level = (int)ceil(sqrt(share / 0.25) * HEAT_LEVELS);

	return level > HEAT_LEVELS ? HEAT_LEVELS : level;
}

/* One path a level: fields of the same depth are one element. */
static void heat_fields(struct kqt_json_out *out, const struct heat *heat, int level, double width,
                        const char *class)
{
	double height = (double)(BOTTOM - TOP) / HEAT_BINS;

	kqt_json_put(out, "<path class=\"%s heat\" fill-opacity=\"%.2f\" d=\"", class,
	             0.08 + 0.92 * level / HEAT_LEVELS);
	for (size_t i = 0; i < heat->columns; i++)
		for (int k = 0; k < HEAT_BINS; k++)
			if (level_of(heat->share[i][k]) == level)
				kqt_json_put(out, "M%.1f %.1fh%.1fv%.1fh%.1fz",
				             LEFT + width * (double)i, BOTTOM - height * k,
				             width * 0.94, -height, -width * 0.94);
	kqt_json_put(out, "\"/>");
}

void kqt_draw_rounds(struct kqt_json_out *out, const struct kqt_draw *d, int side)
{
	static struct heat heat; /* 38 KB */
	double width;

	collect_rounds(d, side, &heat);
	width = (double)(RIGHT - LEFT) / (double)(heat.columns ? heat.columns : 1);
	open_drawing(out, WIDTH, side ? "rounds of the second run" : "rounds of the first run");
	for (int power = (int)ceil(d->lo); power <= (int)floor(d->hi); power++) {
		double y = y_of(power, d->lo, d->hi);
		char label[16];

		line(out, "grid", LEFT, y, RIGHT, y);
		text(out, LEFT - 6, y + 4, "end", tick(pow(10, power), label, sizeof(label)));
	}
	for (int level = 1; level <= HEAT_LEVELS; level++)
		heat_fields(out, &heat, level, width, side ? "b" : "a");
	line(out, "axis", LEFT, BOTTOM, RIGHT, BOTTOM);
	text(out, LEFT, BOTTOM + 16, "start", "first round");
	text(out, RIGHT, BOTTOM + 16, "end", heat.columns == HEAT_ROUNDS ? "100th" : "last");
	kqt_json_put(out, "</svg>");
}

/* -- a row's interval --------------------------------------------------------------- */

#define CELL_WIDTH 150
#define CELL_HEIGHT 18
#define CELL_MARGINS 100 /* at the cell's ends */

/* asinh: one margin is a quarter of the half, a hundred are all of it. */
static double x_of_margins(double margins)
{
	double x = asinh(margins) / asinh(CELL_MARGINS);

	x = x < -1 ? -1 : x > 1 ? 1 : x;
	return CELL_WIDTH / 2.0 + x * (CELL_WIDTH / 2.0 - 4);
}

void kqt_draw_interval(struct kqt_json_out *out, const struct kqt_row *row,
                       const struct kqt_row_result *r)
{
	bool bits = row->source == KQT_ROW_ENTROPY;
	double unit = bits ? r->margin : log(r->margin);
	double lo = (bits ? r->lo : log(r->lo)) / unit, hi = (bits ? r->hi : log(r->hi)) / unit;
	double at = (bits ? r->estimate : log(r->estimate)) / unit;

	kqt_json_put(out,
	             "<svg class=\"cell\" viewBox=\"0 0 %d %d\" role=\"img\" "
	             "aria-label=\"interval\">",
	             CELL_WIDTH, CELL_HEIGHT);
	kqt_json_put(out, "<rect class=\"band\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%d\"/>",
	             x_of_margins(-1), x_of_margins(1) - x_of_margins(-1), CELL_HEIGHT);
	line(out, "axis", CELL_WIDTH / 2.0, 0, CELL_WIDTH / 2.0, CELL_HEIGHT);
	if (r->known) {
		line(out, "mark", x_of_margins(lo), CELL_HEIGHT / 2.0, x_of_margins(hi),
		     CELL_HEIGHT / 2.0);
		kqt_json_put(out, "<circle class=\"ink\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>",
		             x_of_margins(at), CELL_HEIGHT / 2.0);
	}
	kqt_json_put(out, "</svg>");
}
