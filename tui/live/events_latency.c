/* SPDX-License-Identifier: MIT */
#include "tui/live/events.h"

#include <math.h>
#include <stdio.h>

#define QUANTILES_WIDE 64 /* columns: from here all six have room for two blanks */
#define TREND_MAX 512

enum { Q_COUNT, Q_50, Q_90, Q_99, Q_999, Q_MAX, Q_COLUMNS };
static const struct {
	const char *head;
	int from;
} q_columns[Q_COLUMNS] = {{"n", 60}, {"p50", 0}, {"p90", 50}, {"p99", 0}, {"p99.9", 0}, {"max", 0}};

/* @first where the names end. @return where the last column does */
static int place_quantiles(int cols, int first, int at[Q_COLUMNS])
{
	int end = first;

	for (int i = 0; i < Q_COLUMNS; i++) {
		at[i] = 0;
		if (cols < q_columns[i].from)
			continue;
		end += i == Q_COUNT || cols < QUANTILES_WIDE ? 7 : 8;
		at[i] = end;
	}
	return end;
}

static void quantile_heads(struct kqt_canvas *c, int row, const int at[Q_COLUMNS])
{
	for (int i = 0; i < Q_COLUMNS; i++)
		if (at[i])
			kqt_events_head(c, row, at[i], q_columns[i].head);
}

static void draw_quantiles(struct kqt_canvas *c, int row, const int at[Q_COLUMNS],
                           const struct kqt_quantiles *q)
{
	static const int of[Q_COLUMNS] = {0, KQT_Q50, KQT_Q90, KQT_Q99, KQT_Q999, 0};
	char text[16];

	if (at[Q_COUNT])
		kqt_draw_cell(c, row, at[Q_COUNT], q->count ? KQT_STYLE_NORMAL : KQT_STYLE_DIM,
		              q->count ? kqt_cell_count((double)q->count, text) : "-");
	for (int i = Q_50; i <= Q_MAX; i++)
		if (at[i])
			kqt_draw_cell(
			    c, row, at[i],
			    q->count == 0 ? KQT_STYLE_DIM
			    : i == Q_50   ? KQT_STYLE_STRONG
			                  : KQT_STYLE_NORMAL,
			    kqt_cell_ns(q->count, i == Q_MAX ? q->max_ns : q->q_ns[of[i]], text));
}

/* The bin of a quantile of a column; -1 when nothing is in it. */
static int bin_at(const uint64_t bins[KQT_BINS], double q)
{
	uint64_t n = 0, sum = 0;

	for (int b = 0; b < KQT_BINS; b++)
		n += bins[b];
	for (int b = 0; b < KQT_BINS && n; b++) {
		sum += bins[b];
		if ((double)sum >= q * (double)n)
			return b;
	}
	return -1;
}

/* p99 of each column, at the places where kqt_draw_trend has its counts. On a log scale from
 * the lowest to the highest, of a decade at least, so that noise stays low. */
static void draw_p99_trend(struct kqt_canvas *c, int row, int col, int end,
                           const struct kqt_scene *sc, unsigned filter)
{
	uint64_t newest, width = end > col ? (uint64_t)(end - col) : 0, first, last;
	uint64_t each = (uint64_t)kqt_glyph_trend_values(c->tier);
	int bin[TREND_MAX] = {0}, lo = KQT_BINS, hi = 0;

	if (width * each > TREND_MAX)
		width = TREND_MAX / each;
	if (width < 4 || !kqt_history_newest(sc->history, &newest) || newest == 0)
		return;
	last = (newest - 1) / each; /* cell of the newest that is full */
	first = last + 2 > width ? last + 2 - width : 0;
	for (uint64_t i = first * each; i < (last + 1) * each; i++) {
		const struct kqt_column *h = i < newest ? kqt_history_column(sc->history, i) : NULL;
		uint64_t bins[KQT_BINS] = {0};
		int *at = &bin[i - first * each];

		if (h)
			kqt_column_bins(h, sc->ui->kind, filter, bins);
		*at = h ? bin_at(bins, 0.99) : -1;
		lo = *at >= 0 && *at < lo ? *at : lo;
		hi = *at > hi ? *at : hi;
	}
	if (hi - lo < KQT_BINS_PER_DECADE)
		hi = lo + KQT_BINS_PER_DECADE;
	for (uint64_t cell = first; cell <= last; cell++) {
		double share[2];

		for (uint64_t k = 0; k < each; k++) {
			int at = bin[(cell - first) * each + k];

			share[k] = at < 0 ? NAN : 0.05 + 0.95 * (at - lo) / (hi - lo);
		}
		kqt_canvas_put(c, row, col + (int)(cell % width), kqt_glyph_trend(c->tier, share),
		               kqt_filter_style(filter));
	}
}

void kqt_events_latency(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;
	int at[Q_COLUMNS], first = c->cols < 60 ? 11 : 15;
	int end = place_quantiles(c->cols, first, at), last = row + rows;
	char title[48], ago[24];

	if (f->scrubbed)
		snprintf(title, sizeof(title), "%s %s ago", kqt_latency_short(sc->ui->kind),
		         kqt_ago_text(f->ago_s, ago));
	else if (f->swapped)
		snprintf(title, sizeof(title), "%s, A %.0fs", kqt_latency_short(sc->ui->kind),
		         f->window_s);
	else
		snprintf(title, sizeof(title), c->cols < 60 ? "%s, %.0fs" : "%s, last %.0fs",
		         kqt_latency_short(sc->ui->kind), f->window_s);
	(void)kqt_draw_title(c, row, 0, c->cols, title);
	quantile_heads(c, row, at);
	if (c->cols - end > 14)
		kqt_draw_cell(c, row, end + 12, KQT_STYLE_DIM, " p99 trend ");
	for (unsigned i = 0; i <= KQT_FILTERS && row + 1 < last; i++) {
		kqt_events_name(c, ++row, i);
		draw_quantiles(c, row, at, &f->every[sc->ui->kind][i]);
		draw_p99_trend(c, row, end + 2, c->cols - 1, sc, i);
	}
	if (row + 1 < last) {
		const struct kqt_quantiles none = {0};
		struct kqt_pen p = kqt_pen_at(c, ++row, 1, c->cols);
		bool wait = sc->ui->kind == KQT_LATENCY_WAIT;

		kqt_pen_add(&p, KQT_STYLE_TIMEOUT, "timeout");
		draw_quantiles(c, row, at, wait ? &f->timeout : &none);
	}
}

/* Every kind and filter; only the sums where there is no room for all. */
void kqt_events_every(struct kqt_canvas *c, int row, int rows, int col, const struct kqt_scene *sc)
{
	int at[Q_COLUMNS];
	bool all = rows >= KQT_EVENTS_EVERY_ROWS;
	char title[48];

	snprintf(title, sizeof(title), "kinds, last %.0fs", sc->fig->window_s);
	(void)kqt_draw_title(c, row, col, c->cols, title);
	(void)place_quantiles(c->cols, col + 14, at);
	quantile_heads(c, row, at);
	for (int k = 0; k < KQT_LATENCIES; k++) {
		for (unsigned f = all ? 0 : KQT_FILTERS; f <= KQT_FILTERS; f++) {
			struct kqt_pen p = kqt_pen_at(c, ++row, col + 1, c->cols);

			kqt_pen_add(&p, f == KQT_FILTERS ? KQT_STYLE_STRONG : KQT_STYLE_DIM, "%-6s",
			            f == 0 || !all ? kqt_latency_short((enum kqt_latency)k) : "");
			kqt_pen_add(&p, kqt_filter_style(f), "%s", kqt_filter_label(f));
			draw_quantiles(c, row, at, &sc->fig->every[k][f]);
		}
	}
}
