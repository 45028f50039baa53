/* SPDX-License-Identifier: MIT */
/* Below 80x24, down to 40x10: the same figures in fewer words, the most asked for
 * first, the latency panel when rows are left. Below that, one line. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/view.h"

#define TABLE_ROWS (KQT_FILTERS + 2)

static void add_ns(struct kqt_pen *p, const char *name, uint64_t count, uint64_t ns)
{
	char text[16];

	if (kqt_text_cells(name) + 7 > p->end - p->col)
		return;
	kqt_pen_add(p, KQT_STYLE_DIM, "%s ", name);
	kqt_pen_add(p, KQT_STYLE_STRONG, "%s", kqt_cell_ns(count, ns, text));
	kqt_pen_add(p, KQT_STYLE_NORMAL, " ");
}

static void add_rate(struct kqt_pen *p, const char *name, double rate)
{
	char text[16];

	if (kqt_text_cells(name) + 6 > p->end - p->col)
		return;
	kqt_pen_add(p, KQT_STYLE_DIM, "%s ", name);
	kqt_pen_add(p, KQT_STYLE_STRONG, "%s", kqt_cell_count(rate, text));
	kqt_pen_add(p, KQT_STYLE_NORMAL, " ");
}

static const char *state_word(const struct kqt_scene *sc)
{
	if (sc->play)
		return kqt_play_word(sc->play);
	if (sc->ui->frozen)
		return "FROZEN";
	if (sc->fig->swapped)
		return "BASELINE";
	if (sc->running && sc->ui->load[0])
		return sc->ui->load;
	return !sc->running ? "STOPPED" : sc->changing ? "CHANGING" : "LIVE";
}

/* What of it the terminal has no room for, where another view was chosen than what the
 * line is of. */
static void draw_needs(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	const struct kqt_view *v = &kqt_views[sc->ui->view];
	struct kqt_pen p = kqt_pen_at(c, row, 0, c->cols);

	(void)(kqt_pen_try(&p, KQT_STYLE_WARN, "no room: %s needs %dx%d", v->name, v->cols_min,
	                   v->rows_min) ||
	       kqt_pen_try(&p, KQT_STYLE_WARN, "%s: no room", v->name) ||
	       kqt_pen_try(&p, KQT_STYLE_WARN, "no room"));
}

static void draw_one_line(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;
	struct kqt_pen p = kqt_pen_at(c, 0, 0, c->cols);
	bool other = sc->ui->view != KQT_VIEW_OVERVIEW;

	if (kqt_draw_message(c, 0, sc))
		return;
	if (other && c->rows == 1) {
		draw_needs(c, 0, sc);
		return;
	}
	if (c->cols >= 30 || sc->ui->frozen || sc->fig->swapped || !sc->running || sc->play)
		(void)kqt_pen_try(&p,
		                  sc->ui->frozen || sc->fig->swapped || sc->play ? KQT_STYLE_ALERT
		                                                                 : KQT_STYLE_LIVE,
		                  "%s ", state_word(sc));
	if (sc->recording)
		(void)kqt_pen_try(&p, KQT_STYLE_ALERT, "REC ");
	add_ns(&p, "p50", f->now.count, f->now.q_ns[KQT_Q50]);
	add_ns(&p, "p99", f->now.count, f->now.q_ns[KQT_Q99]);
	add_rate(&p, "w/s", f->waits_rate);
	add_rate(&p, "ev/s", f->events_rate);
	add_ns(&p, "max", f->now.count, f->now.max_ns);
	if (other)
		draw_needs(c, 1, sc);
}

/* As many as there is room for, those first that are asked for most; in their own order. */
static void draw_figures(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	static const struct {
		const char *name;
		int place; /* of kqt_quantiles; KQT_QUANTILES = the largest */
		int rank;
	} figure[] = {{"p50", KQT_Q50, 0},
	              {"p90", KQT_Q90, 4},
	              {"p99", KQT_Q99, 1},
	              {"p99.9", KQT_Q999, 3},
	              {"max", KQT_QUANTILES, 2}};
	const int n = (int)(sizeof(figure) / sizeof(figure[0]));
	const struct kqt_quantiles *q = &sc->fig->now;
	struct kqt_pen p = kqt_pen_at(c, row, 0, c->cols);
	int most = 0;

	for (int cells = 0, rank = 0; rank < n; rank++)
		for (int i = 0; i < n; i++)
			if (figure[i].rank == rank) {
				cells += (int)strlen(figure[i].name) + 8;
				most += cells <= c->cols + 1;
			}
	for (int i = 0; i < n; i++)
		if (figure[i].rank < most)
			add_ns(&p, figure[i].name, q->count,
			       figure[i].place < KQT_QUANTILES ? q->q_ns[figure[i].place]
			                                       : q->max_ns);
}

/* What forbids trust in few words; a kind of which nothing is there says so in its row. */
static bool trouble_words(const struct kqt_snapshot *snap, struct kqt_strbuf *out)
{
	uint64_t ticks = snap->interval_ticks + snap->interval_lost;

	for (int k = 0; k < KQT_SOURCE_KINDS; k++) {
		const struct kqt_shortfall *s = &snap->shortfall[k];

		if (s->error[0] && s->got > 0)
			kqt_strbuf_add(out, "! %s %llu of %llu: %s ",
			               kqt_source_kind_name((enum kqt_source_kind)k),
			               (unsigned long long)s->got, (unsigned long long)s->wanted,
			               s->error);
	}
	if (snap->saturated && ticks)
		kqt_strbuf_add(out, "! %.0f%% of ticks lost",
		               100 * (double)snap->interval_lost / (double)ticks);
	return out->len > 0;
}

/* @alone  there is no row below for what forbids trust and for what a load did: they come
 *         before the rest */
static void draw_rates(struct kqt_canvas *c, int row, bool alone, const struct kqt_scene *sc)
{
	const struct kqt_entropy_figures *e = &sc->fig->entropy;
	struct kqt_pen p = kqt_pen_at(c, row, 0, c->cols);
	char text[256];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	bool trouble = alone && trouble_words(sc->snap, &sb);

	if (alone && !trouble && kqt_draw_load_told(c, row, sc))
		return;
	add_rate(&p, "waits/s", sc->fig->waits_rate);
	if (trouble) {
		kqt_pen_add(&p, KQT_STYLE_BAD, "%s", text);
		return;
	}
	add_rate(&p, "events/s", sc->fig->events_rate);
	if (e->n >= 2)
		(void)(kqt_pen_try(&p, KQT_STYLE_NORMAL, "%s H %.3f of %.3f",
		                   kqt_stream_name(sc->ui->stream), e->shannon, e->shannon_ref) ||
		       kqt_pen_try(&p, KQT_STYLE_NORMAL, "H%.2f/%.2f", e->shannon, e->shannon_ref));
}

/* A row of the table; what is not known is a dash. */
struct row {
	const char *name;
	unsigned style;
	bool known; /* the count */
	uint64_t n;
	double rate; /* NaN = not known */
	const struct kqt_quantiles *latency;
};

static void draw_row(struct kqt_canvas *c, int row, const struct row *r)
{
	const struct kqt_quantiles *q = r->latency;
	struct kqt_pen p = kqt_pen_at(c, row, 0, c->cols);
	char text[16];

	kqt_pen_add(&p, r->style, "%s", r->name);
	p.col = 8;
	kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s",
	            kqt_cell_count(r->known ? (double)r->n : NAN, text));
	kqt_pen_add(&p, KQT_STYLE_NORMAL, isfinite(r->rate) ? " %s/s" : "   %s",
	            kqt_cell_count(r->rate, text));
	kqt_pen_add(&p, KQT_STYLE_STRONG, " %s", kqt_cell_ns(q->count, q->q_ns[KQT_Q50], text));
	kqt_pen_add(&p, KQT_STYLE_NORMAL, " %s", kqt_cell_ns(q->count, q->q_ns[KQT_Q99], text));
	(void)kqt_pen_try(&p, KQT_STYLE_DIM, " %s", kqt_cell_ns(q->count, q->max_ns, text));
}

static void draw_filter(struct kqt_canvas *c, int row, const struct kqt_scene *sc, unsigned f)
{
	const struct kqt_filter_figures *t = &sc->fig->filter[f];
	bool on = t->state == KQT_ROW_ON || t->events > 0;
	const struct kqt_quantiles none = {0};
	struct kqt_pen p = kqt_pen_at(c, row, 0, c->cols);

	if (t->state == KQT_ROW_FAILED) {
		kqt_pen_add(&p, kqt_filter_style(f), "%-8s", kqt_filter_label(f));
		kqt_pen_add(&p, KQT_STYLE_BAD, "none of %llu: %s", (unsigned long long)t->wanted,
		            sc->snap->shortfall[kqt_kind_of_filter(f)].error);
		return;
	}
	draw_row(c, row,
	         &(struct row){kqt_filter_label(f), kqt_filter_style(f), on && !sc->fig->scrubbed,
	                       t->events, on ? t->rate : NAN, on ? &t->latency : &none});
	p.col = (int)strlen(kqt_filter_label(f));
	if (t->missing)
		kqt_pen_add(&p, KQT_STYLE_BAD, "!");
	else if (!on)
		kqt_pen_add(&p, KQT_STYLE_DIM, " off");
}

static void add_head(struct kqt_canvas *c, int row, int end, const char *text)
{
	struct kqt_pen p = kqt_pen_at(c, row, 0, end + 1);

	if (end <= c->cols)
		kqt_pen_right(&p, KQT_STYLE_DIM, " %s ", text);
}

static void draw_table(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	const struct kqt_quantiles none = {0};
	const struct kqt_figures *f = sc->fig;
	char p50[24];

	(void)kqt_draw_title(c, row, 0, c->cols, "");
	snprintf(p50, sizeof(p50), "%s p50", kqt_latency_short(sc->ui->kind));
	add_head(c, row, 13, "events");
	add_head(c, row, 18, "rate"); /* "notif p50" needs what is beside */
	add_head(c, row, 28, p50);
	add_head(c, row, 35, "p99");
	add_head(c, row, 42, "max");
	for (unsigned i = 0; i < KQT_FILTERS; i++)
		draw_filter(c, row + 1 + (int)i, sc, i);
	draw_row(c, row + 1 + KQT_FILTERS,
	         &(struct row){"timeout", KQT_STYLE_TIMEOUT, !f->scrubbed, f->timeouts,
	                       f->timeout_rate,
	                       sc->ui->kind == KQT_LATENCY_WAIT ? &f->timeout : &none});
}

void kqt_draw_compact(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	int row = 0, free_rows = c->rows - 3 - TABLE_ROWS;
	int log = c->rows >= 20 ? 2 : c->rows >= 16; /* rows of it */
	bool header = free_rows >= 2;

	if (c->rows < KQT_COMPACT_ROWS || c->cols < KQT_COMPACT_COLS) {
		draw_one_line(c, sc);
		return;
	}
	if (header)
		kqt_draw_header(c, row++, sc);
	kqt_draw_knobs(c, row, sc);
	row++;
	draw_figures(c, row++, sc);
	if (c->rows - row - TABLE_ROWS >= 6) { /* title, three rows of drawing, rates, bar */
		int rows = c->rows - row - TABLE_ROWS - 2 - log;

		kqt_draw_latency(c, row, rows, sc);
		row += rows;
	}
	draw_table(c, row, sc);
	row += TABLE_ROWS;
	log = c->rows - 2 - row; /* all that is left */
	draw_rates(c, row++, log == 0, sc);
	if (log > 0)
		kqt_draw_news(c, row, log, sc);
	kqt_draw_foot(c, sc);
}
