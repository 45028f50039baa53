/* SPDX-License-Identifier: MIT */
/* Who woke us: a row for each filter, one for timeouts. Columns are right-aligned
 * and of fixed width; what is left of the row is the trend. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/view.h"

#define SWEEP_FROM 13 /* cells: shorter trends move along, longer ones sweep */

unsigned kqt_filter_style(unsigned filter)
{
	static const unsigned styles[KQT_FILTERS] = {KQT_STYLE_TIMER, KQT_STYLE_READ,
	                                             KQT_STYLE_WRITE, KQT_STYLE_VNODE};

	return filter < KQT_FILTERS ? styles[filter] : (unsigned)KQT_STYLE_STRONG;
}

/* -- trends --------------------------------------------------------------- */

static double trend_value(const struct kqt_column *h, int what)
{
	uint64_t n;

	if (!h || h->seconds <= 0)
		return NAN;
	switch (what) {
	case KQT_TREND_TIMEOUTS:
		n = h->timeouts;
		break;
	case KQT_TREND_WAITS:
		n = h->waits;
		break;
	case KQT_TREND_EVENTS:
		n = h->events_all;
		break;
	case KQT_TREND_BYTES:
		n = h->bytes;
		break;
	default:
		n = h->events[what];
		break;
	}
	return (double)n / h->seconds;
}

/* The next of 1, 2, 5 times a power of ten: a scale that seldom moves. */
static double round_up(double v)
{
	double p = pow(10, floor(log10(v)));

	return v <= p ? p : v <= 2 * p ? 2 * p : v <= 5 * p ? 5 * p : 10 * p;
}

/* A column's share of the trend's scale; NaN for none, or one that still grows: that
 * would flicker. */
static double trend_share(const struct kqt_scene *sc, uint64_t i, uint64_t newest, int what,
                          double most)
{
	return i < newest ? trend_value(kqt_history_column(sc->history, i), what) / most : NAN;
}

/* From 0, so that heights are to be compared. A cell has the columns of one or two
 * seconds, always the same ones together. */
void kqt_draw_trend(struct kqt_canvas *c, int row, int col, int end, const struct kqt_scene *sc,
                    int what, unsigned style)
{
	uint64_t newest, width = end > col ? (uint64_t)(end - col) : 0;
	uint64_t each = (uint64_t)kqt_glyph_trend_values(c->tier), last, then;
	bool sweep = width >= SWEEP_FROM;
	double most = 0;

	if (!kqt_history_newest(sc->history, &newest) || newest == 0 || width == 0)
		return;
	/* at a moment of the past it ends there */
	then = sc->fig->scrubbed ? (sc->ui->at / sc->ui->zoom + 1) * sc->ui->zoom : newest;
	newest = then < newest ? then : newest;
	for (uint64_t i = newest; i-- > 0 && newest - i <= width * each;)
		most = fmax(most, trend_value(kqt_history_column(sc->history, i), what));
	if (!(most > 0))
		return;
	most = round_up(most);
	last = (newest - 1) / each; /* cell of the newest that is full */
	for (uint64_t cell = last + 1; cell-- > 0 && last - cell < width - sweep;) {
		int at = sweep ? col + (int)(cell % width) : end - 1 - (int)(last - cell);
		double share[2];

		for (uint64_t k = 0; k < each; k++)
			share[k] = trend_share(sc, cell * each + k, newest, what, most);
		kqt_canvas_put(c, row, at, kqt_glyph_trend(c->tier, share), style);
	}
}

/* -- the table ------------------------------------------------------------ */

struct columns {
	int events, rate, share, wakes, merged, missed, p50, p99, trend; /* where each ends */
	int bar;    /* share as a bar; 0 none */
	int digits; /* of a count in full; 0 in short */
};

static struct columns place(int end)
{
	struct columns k = {.digits = end >= 96 ? 11 : 0};
	int w = k.digits ? 12 : 7;

	k.events = 8 + w;
	k.rate = k.events + 7;
	k.share = k.rate + 7;
	k.bar = end >= 112 ? k.share + 11 : 0;
	k.wakes = (k.bar ? k.bar : k.share) + (k.digits ? 12 : 6);
	k.merged = k.wakes + 7;
	k.missed = k.merged + 7;
	k.p50 = k.missed + 10;
	k.p99 = k.p50 + 7;
	k.trend = end - 1;
	return k;
}

static void head(struct kqt_canvas *c, int row, int end, const char *text)
{
	char padded[32];

	snprintf(padded, sizeof(padded), " %s ", text);
	kqt_draw_cell(c, row, end + 1, KQT_STYLE_DIM, padded);
}

static void draw_head(struct kqt_canvas *c, int row, int end, const struct columns *k,
                      const struct kqt_scene *sc)
{
	char p50[24], ago[24];

	/* whose figures these are, where the map shows another time */
	if (sc->fig->scrubbed)
		snprintf(p50, sizeof(p50), "-%s", kqt_ago_text(sc->fig->ago_s, ago));
	else
		snprintf(p50, sizeof(p50), "%s",
		         kqt_stretch_ago_s(sc->history, sc->ui) > 0 ? "now" : "filter");
	(void)kqt_draw_title(c, row, 0, end, p50);
	head(c, row, k->events, "events");
	head(c, row, k->rate, "/s");
	head(c, row, k->share, "share");
	head(c, row, k->wakes, "wakes");
	head(c, row, k->merged, "merged");
	head(c, row, k->missed, "missed");
	snprintf(p50, sizeof(p50), "%s p50", kqt_latency_short(sc->ui->kind));
	head(c, row, k->p50, p50);
	head(c, row, k->p99, "p99");
	if (k->trend - k->p99 > 9)
		kqt_draw_cell(c, row, k->p99 + 8, KQT_STYLE_DIM, " trend ");
}

static void rate_cells(struct kqt_canvas *c, int row, const struct columns *k, double rate,
                       double share, unsigned style)
{
	char text[16];

	kqt_draw_cell(c, row, k->rate, KQT_STYLE_NORMAL, kqt_cell_count(rate, text));
	if (isfinite(share))
		snprintf(text, sizeof(text), "%.1f%%", share * 100);
	else
		snprintf(text, sizeof(text), "-");
	kqt_draw_cell(c, row, k->share, KQT_STYLE_NORMAL, text);
	for (int i = 0, n = (int)lround(isfinite(share) ? share * 80 : 0); k->bar && n > 0;
	     i++, n -= 8)
		kqt_canvas_put(c, row, k->share + 1 + i,
		               kqt_glyph_bar(c->tier, n > 8 ? 8 : (unsigned)n), style);
}

static void latency_cells(struct kqt_canvas *c, int row, const struct columns *k,
                          const struct kqt_quantiles *q)
{
	char text[16];
	unsigned style = q->count ? KQT_STYLE_NORMAL : KQT_STYLE_DIM;

	kqt_draw_cell(c, row, k->p50, q->count ? KQT_STYLE_STRONG : style,
	              kqt_cell_ns(q->count, q->q_ns[KQT_Q50], text));
	kqt_draw_cell(c, row, k->p99, style, kqt_cell_ns(q->count, q->q_ns[KQT_Q99], text));
}

static void draw_filter(struct kqt_canvas *c, int row, int end, const struct columns *k,
                        const struct kqt_scene *sc, unsigned f)
{
	const struct kqt_filter_figures *t = &sc->fig->filter[f];
	bool on = t->state == KQT_ROW_ON || t->events > 0, known = !sc->fig->scrubbed;
	struct kqt_pen p = kqt_pen_at(c, row, 1, end);
	const struct kqt_quantiles none = {0};

	kqt_pen_add(&p, kqt_filter_style(f), "%s", kqt_filter_label(f));
	if (t->state == KQT_ROW_FAILED) {
		kqt_pen_add(&p, KQT_STYLE_BAD, "  none of %llu registered: %s",
		            (unsigned long long)t->wanted,
		            sc->snap->shortfall[kqt_kind_of_filter(f)].error);
		return;
	}
	if (t->state == KQT_ROW_ON && t->missing)
		kqt_pen_add(&p, KQT_STYLE_BAD, "!");
	if (t->state == KQT_ROW_OFF && !on)
		kqt_pen_add(&p, KQT_STYLE_DIM, " off");
	kqt_draw_count(c, row, k->events, on && known, t->events, k->digits);
	rate_cells(c, row, k, on ? t->rate : NAN, on ? t->share : NAN, kqt_filter_style(f));
	kqt_draw_count(c, row, k->wakes, on && known, t->wakes, k->digits);
	kqt_draw_count(c, row, k->merged, on && known && t->stamped, t->merged, 0);
	kqt_draw_count(c, row, k->missed, on && known && t->stamped, t->missed, 0);
	latency_cells(c, row, k, on ? &t->latency : &none);
	kqt_draw_trend(c, row, k->p99 + 2, k->trend, sc, (int)f, kqt_filter_style(f));
}

/* Timeouts are waits, not events: their share is of the waits. */
static void draw_timeouts(struct kqt_canvas *c, int row, int end, const struct columns *k,
                          const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;
	struct kqt_pen p = kqt_pen_at(c, row, 1, end);
	const struct kqt_quantiles none = {0};
	bool polls = sc->snap->config.timeout_ms == 0;

	kqt_pen_add(&p, KQT_STYLE_TIMEOUT, polls ? "polls" : "timeout");
	kqt_draw_count(c, row, k->events, !f->scrubbed, f->timeouts, k->digits);
	if (f->no_timeout_can_fire) {
		p.col = k->events + 2;
		kqt_pen_add(&p, KQT_STYLE_WARN, "%s: stimulus %lluus < timeout",
		            f->timeouts ? "none since the change" : "no wait timed out",
		            (unsigned long long)sc->snap->config.stimulus_us);
		return;
	}
	rate_cells(c, row, k, f->timeout_rate, f->timeout_share, KQT_STYLE_TIMEOUT);
	kqt_draw_count(c, row, k->wakes, false, 0, 0);
	if (isfinite(f->timeout_share))
		kqt_draw_cell(c, row, k->missed, KQT_STYLE_DIM, "of waits");
	latency_cells(c, row, k, sc->ui->kind == KQT_LATENCY_WAIT ? &f->timeout : &none);
	kqt_draw_trend(c, row, k->p99 + 2, k->trend, sc, KQT_TREND_TIMEOUTS, KQT_STYLE_TIMEOUT);
}

void kqt_draw_filters(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc)
{
	struct columns k = place(end);

	draw_head(c, row, end, &k, sc);
	for (unsigned f = 0; f < KQT_FILTERS; f++)
		draw_filter(c, row + 1 + (int)f, end, &k, sc, f);
	draw_timeouts(c, row + 1 + KQT_FILTERS, end, &k, sc);
}
