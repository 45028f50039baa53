/* SPDX-License-Identifier: MIT */
/* The latency view, all rows for it:
 *
 *   header, knobs
 *   now                percentiles, n and window
 *   A                  the baseline's, on the same columns
 *   heat map | distribution, with the percentiles of both, and a time axis
 *   kinds              wait, notification, response, now and A; where there is room
 *   log                what the last change did; messages
 *   key bar */
#include <stdio.h>
#include <string.h>

#include "tui/live/view.h"

#define KINDS_FROM 34    /* rows: with the table of kinds */
#define KINDS_WIDE 112   /* columns: now and A beside each other */
#define LOG_ROWS_FROM 30 /* rows: with three of the log */
#define QUANTILE_CELLS 8

static void draw_figure(struct kqt_pen *p, const char *name, uint64_t count, uint64_t ns)
{
	char text[16];

	kqt_pen_add(p, KQT_STYLE_DIM, "%s ", name);
	kqt_pen_add(p, KQT_STYLE_STRONG, "%s  ", kqt_cell_ns(count, ns, text));
}

static void draw_quantiles(struct kqt_pen *p, const struct kqt_quantiles *q)
{
	static const char *const names[KQT_QUANTILES] = {"p50", "p90", "p99", "p99.9"};
	char text[16];

	for (int i = 0; i < KQT_QUANTILES; i++)
		draw_figure(p, names[i], q->count, q->q_ns[i]);
	draw_figure(p, "max", q->count, q->max_ns);
	kqt_pen_add(p, KQT_STYLE_DIM, "n ");
	kqt_pen_add(p, KQT_STYLE_NORMAL, "%s", kqt_cell_count((double)q->count, text));
}

/* What the main figures are of. */
static void draw_main(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);
	char ago[24];

	kqt_pen_add(&p, f->swapped || f->scrubbed ? KQT_STYLE_ALERT : KQT_STYLE_STRONG, "%s",
	            f->swapped    ? "A"
	            : f->scrubbed ? "then"
	                          : "now");
	p.col = 6;
	draw_quantiles(&p, &f->now);
	if (f->swapped)
		(void)kqt_pen_try(&p, KQT_STYLE_ALERT, "  BASELINE, over %.0f s ", f->window_s);
	else if (f->scrubbed)
		(void)kqt_pen_try(&p, KQT_STYLE_ALERT, "  over %.0f s, %s before ", f->window_s,
		                  kqt_ago_text(f->ago_s, ago));
	else
		(void)(kqt_pen_try(&p, KQT_STYLE_DIM, "  in the last %.0f s", f->window_s) ||
		       kqt_pen_try(&p, KQT_STYLE_DIM, "  in %.0f s", f->window_s));
}

static void draw_ghost(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);
	char text[24];

	kqt_pen_add(&p, KQT_STYLE_GHOST, f->swapped ? "now" : "A");
	p.col = 6;
	if (!f->change.known) {
		kqt_pen_add(&p, KQT_STYLE_DIM, "no baseline yet: a change makes one, b pins one");
		return;
	}
	draw_quantiles(&p, &f->baseline);
	if (f->change.pinned)
		(void)kqt_pen_try(&p, KQT_STYLE_GHOST, "  pinned at %s",
		                  kqt_clock_text(f->change.pinned_s, text));
	else if (!f->swapped)
		(void)kqt_pen_try(&p, KQT_STYLE_DIM, "  before the last change");
}

/* -- the three kinds ------------------------------------------------------ */

static void draw_cells(struct kqt_pen *p, const struct kqt_quantiles *q)
{
	char text[16];

	kqt_pen_add(p, KQT_STYLE_NORMAL, "%*s", QUANTILE_CELLS,
	            kqt_cell_count((double)q->count, text));
	for (int i = 0; i < KQT_QUANTILES; i++)
		kqt_pen_add(p, i == KQT_Q50 ? KQT_STYLE_STRONG : KQT_STYLE_NORMAL, "%*s",
		            QUANTILE_CELLS, kqt_cell_ns(q->count, q->q_ns[i], text));
	kqt_pen_add(p, KQT_STYLE_NORMAL, "%*s", QUANTILE_CELLS,
	            kqt_cell_ns(q->count, q->max_ns, text));
}

static void draw_head(struct kqt_pen *p, unsigned style, const char *of)
{
	static const char *const names[] = {"n", "p50", "p90", "p99", "p99.9", "max"};

	for (int i = 0; i < 6; i++) {
		char text[16];

		if (i == 0)
			snprintf(text, sizeof(text), "%s n", of);
		kqt_pen_add(p, i ? KQT_STYLE_DIM : style, "%*s", QUANTILE_CELLS,
		            i ? names[i] : text);
	}
}

/* A row each with A beside it, or two where that has no room. */
static int kinds_rows(const struct kqt_canvas *c)
{
	if (c->rows < KINDS_FROM)
		return 0;
	return 1 + KQT_LATENCIES * (c->cols >= KINDS_WIDE ? 1 : 2);
}

static void draw_kinds(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;
	bool wide = c->cols >= KINDS_WIDE;
	const char *main = f->swapped ? "A" : f->scrubbed ? "then" : "now";
	const char *ghost = f->swapped ? "now" : "A";
	struct kqt_pen p;

	(void)kqt_draw_title(c, row, 0, c->cols, "kind");
	p = kqt_pen_at(c, row, 14, c->cols);
	draw_head(&p, KQT_STYLE_STRONG, wide ? main : "");
	kqt_pen_add(&p, KQT_STYLE_DIM, wide ? "  " : " ");
	if (wide)
		draw_head(&p, KQT_STYLE_GHOST, ghost);
	kqt_pen_add(&p, KQT_STYLE_DIM, " ");
	for (int k = 0; k < KQT_LATENCIES; k++) {
		bool chosen = sc->ui->kind == (enum kqt_latency)k;

		p = kqt_pen_at(c, ++row, 0, c->cols);
		kqt_pen_add(&p, KQT_STYLE_STRONG, chosen ? ">" : " ");
		kqt_pen_add(&p, chosen ? KQT_STYLE_STRONG : KQT_STYLE_NORMAL, "%-13s",
		            kqt_latency_name((enum kqt_latency)k));
		draw_cells(&p, &f->every[k][sc->ui->filter]);
		p.col += 2;
		if (!wide) {
			p = kqt_pen_at(c, ++row, 1, c->cols);
			kqt_pen_add(&p, KQT_STYLE_GHOST, "%*s", 13, ghost);
		}
		draw_cells(&p, &f->kinds_baseline[k]);
	}
}

void kqt_draw_latency_view(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	int log_rows = c->rows >= LOG_ROWS_FROM ? 3 : 1;
	int log = c->rows - 1 - log_rows, kinds = log - kinds_rows(c);

	kqt_draw_header(c, 0, sc);
	kqt_draw_knobs(c, 1, sc);
	draw_main(c, 2, sc);
	draw_ghost(c, 3, sc);
	kqt_draw_latency_wide(c, 4, kinds - 4, sc);
	if (kinds < log)
		draw_kinds(c, kinds, sc);
	kqt_draw_log(c, log, log_rows, sc);
	kqt_draw_key_bar(c, c->rows - 1);
}
