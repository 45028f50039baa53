/* SPDX-License-Identifier: MIT */
/* The first view, complete at 80x24:
 *
 *   header               backend, time, LIVE or what else
 *   knobs                the configuration
 *   figures              percentiles of the chosen kind and filter
 *   latency panel        all rows that the others leave
 *   filter table (6)     | from 120 columns: entropy and what was not counted
 *   throughput, entropy  |
 *   log (3)              what the last change did; messages
 *   key bar */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/entropy.h"

#define LOG_ROWS 3
#define SIDE_FROM 132 /* columns: with a panel beside the table */
#define SIDE_CELLS 46

static void draw_figure(struct kqt_pen *p, const char *name, uint64_t count, uint64_t ns)
{
	char text[16];

	kqt_pen_add(p, KQT_STYLE_DIM, "%s ", name);
	kqt_pen_add(p, KQT_STYLE_STRONG, "%s", kqt_cell_ns(count, ns, text));
	kqt_pen_add(p, KQT_STYLE_NORMAL, "  ");
}

static void draw_figures(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	static const char *const names[KQT_QUANTILES] = {"p50", "p90", "p99", "p99.9"};
	const struct kqt_quantiles *q = &sc->fig->now;
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);
	char text[16], ago[24];

	for (int i = 0; i < KQT_QUANTILES; i++)
		draw_figure(&p, names[i], q->count, q->q_ns[i]);
	draw_figure(&p, "max", q->count, q->max_ns);
	kqt_pen_add(&p, KQT_STYLE_DIM, "n ");
	kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s", kqt_cell_count((double)q->count, text));
	if (sc->fig->scrubbed)
		(void)kqt_pen_try(&p, KQT_STYLE_ALERT, "  over %.0f s, %s before ",
		                  sc->fig->window_s, kqt_ago_text(sc->fig->ago_s, ago));
	else if (sc->fig->swapped)
		(void)kqt_pen_try(&p, KQT_STYLE_ALERT, "  BASELINE, over %.0f s ",
		                  sc->fig->window_s);
	else if (kqt_stretch_ago_s(sc->history, sc->ui) > 0)
		(void)kqt_pen_try(&p, KQT_STYLE_ALERT,
		                  "  now: the last %.0f s; the map alone is back ",
		                  sc->fig->window_s);
	else
		(void)(kqt_pen_try(&p, KQT_STYLE_DIM, "  in the last %.0f s", sc->fig->window_s) ||
		       kqt_pen_try(&p, KQT_STYLE_DIM, "  in %.0f s", sc->fig->window_s));
}

/* -- throughput ----------------------------------------------------------- */

static const struct {
	const char *name;
	int trend;
	unsigned style;
} speeds[] = {
    {"waits/s", KQT_TREND_WAITS, KQT_STYLE_BAR},
    {"events/s", KQT_TREND_EVENTS, KQT_STYLE_BAR},
    {"bytes/s", KQT_TREND_BYTES, KQT_STYLE_BAR},
};

static double speed(const struct kqt_figures *f, int i)
{
	return i == 0 ? f->waits_rate : i == 1 ? f->events_rate : f->bytes_rate;
}

static void collections_text(const struct kqt_scene *sc, bool words, char *buf, size_t size)
{
	const struct kqt_figures *f = sc->fig;
	char done[16], few[16], ms[16];

	if (f->scrubbed) { /* counts of the freeze, in a row of figures from before */
		snprintf(buf, size, words ? "collections - done, - short, last -" : "coll -/- -");
		return;
	}
	kqt_fmt_count((double)f->collections_done, done, sizeof(done));
	kqt_fmt_count((double)f->collections_short, few, sizeof(few));
	snprintf(buf, size, words ? "collections %s done, %s short, last %s" : "coll %s/%s %s",
	         done, few, kqt_cell_ns(f->collection_last_ns, f->collection_last_ns, ms));
}

/* One row: three rates with what trend there is room for, and the collections. */
static void draw_throughput(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc)
{
	char coll[64], text[16];
	bool words = end >= 110;
	struct kqt_pen p = kqt_pen_at(c, row, 1, end);
	int trend, most = words ? 45 : 17;

	collections_text(sc, words, coll, sizeof(coll));
	if ((int)strlen(coll) > most)
		most = (int)strlen(coll);
	trend = (end - 2 - 22 - 3 * 8 - most) / 3; /* 22 of names, 3 rates and blanks */
	if (trend > 12)
		trend = 12;
	for (int i = 0; i < 3; i++) {
		kqt_pen_add(&p, KQT_STYLE_DIM, "%s ", speeds[i].name);
		kqt_pen_add(&p, KQT_STYLE_STRONG, "%s ", kqt_cell_count(speed(sc->fig, i), text));
		kqt_draw_trend(c, row, p.col, p.col + trend, sc, speeds[i].trend, speeds[i].style);
		p.col += trend + 1;
	}
	kqt_pen_add(&p, sc->fig->collections_short ? KQT_STYLE_WARN : KQT_STYLE_NORMAL, "%s", coll);
}

/* A row each, with a trend as long as the table's. */
static void draw_throughput_rows(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc)
{
	char coll[64], text[16];
	struct kqt_pen p;

	collections_text(sc, true, coll, sizeof(coll));
	p = kqt_draw_title(c, row, 0, end, "throughput");
	kqt_pen_right(&(struct kqt_pen){c, row, p.col, end - 1}, KQT_STYLE_DIM, " %s ", coll);
	for (int i = 0; i < 3; i++) {
		p = kqt_pen_at(c, row + 1 + i, 1, end);
		kqt_pen_add(&p, KQT_STYLE_DIM, "%-8s ", speeds[i].name);
		kqt_pen_add(&p, KQT_STYLE_STRONG, "%s  ", kqt_cell_count(speed(sc->fig, i), text));
		kqt_draw_trend(c, row + 1 + i, p.col, end - 1, sc, speeds[i].trend,
		               speeds[i].style);
	}
}

/* -- entropy -------------------------------------------------------------- */

static void draw_entropy_row(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	const struct kqt_entropy_figures *e = &sc->fig->entropy;
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);
	const char *stream = sc->ui->stream == KQT_STREAM_NOTIFICATION && c->cols < 100
	                         ? "notif"
	                         : kqt_stream_name(sc->ui->stream);
	char a[16], b[16];

	kqt_pen_add(&p, KQT_STYLE_DIM, "%s ", c->cols < 100 ? stream : "entropy of");
	if (c->cols >= 100)
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s  ", stream);
	kqt_pen_add(&p, KQT_STYLE_DIM, "n ");
	kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s  ", kqt_cell_count((double)e->n, a));
	kqt_pen_add(&p, KQT_STYLE_DIM, "H ");
	kqt_pen_add(&p, kqt_judge(e->shannon, e->shannon_ref, KQT_SHANNON_FAIR, KQT_SHANNON_POOR),
	            "%6s", kqt_cell_real(e->shannon, 4, a));
	kqt_pen_add(&p, KQT_STYLE_DIM, " of %s  MCV ", kqt_cell_real(e->shannon_ref, 4, b));
	kqt_pen_add(&p, kqt_judge(e->mcv, e->mcv_ref, KQT_MCV_FAIR, KQT_MCV_POOR), "%5s",
	            kqt_cell_real(e->mcv, 3, a));
	kqt_pen_add(&p, KQT_STYLE_DIM, " of %s  ", kqt_cell_real(e->mcv_ref, 3, b));
	kqt_draw_verdict(&p, sc);
}

static void draw_entropy_line(struct kqt_canvas *c, int row, int col, const char *name,
                              double value, double perfect, unsigned style)
{
	struct kqt_pen p = kqt_pen_at(c, row, col, c->cols);
	char a[16], b[16];

	kqt_pen_add(&p, KQT_STYLE_DIM, "%-8s", name);
	kqt_pen_add(&p, style, "%7s", kqt_cell_real(value, 4, a));
	kqt_pen_add(&p, KQT_STYLE_DIM, "  perfect ");
	kqt_pen_add(&p, KQT_STYLE_NORMAL, "%6s", kqt_cell_real(perfect, 4, b));
	if (isfinite(value - perfect))
		kqt_pen_add(&p, style, "  %+.4f", value - perfect);
}

static void draw_side(struct kqt_canvas *c, int row, int rows, int col, const struct kqt_scene *sc)
{
	const struct kqt_entropy_figures *e = &sc->fig->entropy;
	struct kqt_pen p;
	char title[64];

	for (int r = 0; r < rows; r++)
		kqt_canvas_put(c, row + r, col,
		               kqt_glyph(c->tier, r ? KQT_GLYPH_VLINE : KQT_GLYPH_TEE),
		               KQT_STYLE_FRAME);
	snprintf(title, sizeof(title), "entropy of stream %s", kqt_stream_name(sc->ui->stream));
	p = kqt_draw_title(c, row, col + 1, c->cols, title);
	kqt_pen_right(&(struct kqt_pen){c, row, p.col, c->cols - 1}, KQT_STYLE_DIM, " n %llu ",
	              (unsigned long long)e->n);
	draw_entropy_line(
	    c, row + 1, col + 2, "Shannon", e->shannon, e->shannon_ref,
	    kqt_judge(e->shannon, e->shannon_ref, KQT_SHANNON_FAIR, KQT_SHANNON_POOR));
	draw_entropy_line(c, row + 2, col + 2, "MCV", e->mcv, e->mcv_ref,
	                  kqt_judge(e->mcv, e->mcv_ref, KQT_MCV_FAIR, KQT_MCV_POOR));
	p = kqt_pen_at(c, row + 3, col + 2, c->cols);
	kqt_draw_assessed(&p, sc);
	p = kqt_pen_at(c, row + 4, col + 2, c->cols);
	kqt_draw_claim(&p, sc);
	p = kqt_pen_at(c, row + 5, col + 2, c->cols);
	kqt_pen_add(&p, KQT_STYLE_DIM, "bits a byte; Shannon, MCV are upper bounds");
}

static void draw_side_more(struct kqt_canvas *c, int row, int col, const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;
	struct kqt_pen p = kqt_pen_at(c, row, col + 2, c->cols);
	char a[16], b[16];

	if (f->scrubbed) {
		kqt_pen_add(&p, KQT_STYLE_DIM, "stimulus, stalls -");
		return;
	}
	kqt_pen_add(&p, KQT_STYLE_DIM, "stimulus ");
	if (sc->snap->config.num_sockets + sc->snap->config.num_file_watchers == 0) {
		kqt_pen_add(&p, KQT_STYLE_DIM, "asleep: no sockets, no watchers");
	} else {
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "%lluus  ",
		            (unsigned long long)sc->snap->config.stimulus_us);
		if (sc->snap->saturated)
			kqt_pen_add(&p, KQT_STYLE_BAD, "SATURATED ");
		kqt_pen_add(
		    &p, sc->snap->saturated ? KQT_STYLE_BAD : KQT_STYLE_NORMAL,
		    sc->snap->saturated ? "lost %s/%s" : "lost %s of %s",
		    kqt_fmt_count((double)f->stimulus_lost, b, sizeof(b)),
		    kqt_fmt_count((double)(f->stimulus_ticks + f->stimulus_lost), a, sizeof(a)));
	}
	p = kqt_pen_at(c, row + 1, col + 2, c->cols);
	kqt_pen_add(&p, KQT_STYLE_DIM, "stalls   ");
	kqt_pen_add(&p, f->stalls ? KQT_STYLE_WARN : KQT_STYLE_NORMAL, "%llu",
	            (unsigned long long)f->stalls);
	kqt_pen_add(&p, KQT_STYLE_DIM, "  longest ");
	kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s",
	            f->stalls ? kqt_fmt_ns(f->stall_max_ns, a, sizeof(a)) : "-");
}

/* -- the whole ------------------------------------------------------------ */

void kqt_draw_overview(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	bool side = c->cols >= SIDE_FROM && c->rows >= 30;
	int log = c->rows - 1 - LOG_ROWS, lower = log - (side ? 10 : 8);

	kqt_draw_header(c, 0, sc);
	kqt_draw_knobs(c, 1, sc);
	draw_figures(c, 2, sc);
	kqt_draw_latency(c, 3, lower - 3, sc);
	if (side) {
		int col = c->cols - SIDE_CELLS;

		kqt_draw_filters(c, lower, col, sc);
		draw_throughput_rows(c, lower + 6, col, sc);
		draw_side(c, lower, 10, col, sc);
		draw_side_more(c, lower + 6, col, sc);
	} else {
		kqt_draw_filters(c, lower, c->cols, sc);
		draw_throughput(c, lower + 6, c->cols, sc);
		draw_entropy_row(c, lower + 7, sc);
	}
	kqt_draw_log(c, log, LOG_ROWS, sc);
	kqt_draw_key_bar(c, c->rows - 1);
}
