/* SPDX-License-Identifier: MIT */
/* The last rows above the key bar: what the last change did, in words and with
 * the figures behind them, then whatever the reader has to know about how far
 * the figures can be trusted. Pieces flow; none is broken over two rows. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/entropy.h"

/* How long a load that has ended is told of instead of its end's effect; from how many
 * columns there is room for both. */
#define LOAD_TOLD_NS (300 * KQT_NS_PER_S)
#define LOAD_AND_NOW_FROM 132
/* ... and from how many for its percentiles: below, a load is told in one piece */
#define LOAD_IN_PIECES_FROM 80
/* From how many columns on a kind that went the other way stands before the figures; below it
 * has what room they leave. */
#define OTHER_FIRST_FROM 120

/* "+18%", "-3%"; "x12" and "1/300" when it is no small thing any more. */
static const char *ratio_text(double before, double now, char buf[16])
{
	double r = before > 0 ? now / before : NAN;

	if (!isfinite(r))
		snprintf(buf, 16, "-");
	else if (r >= 10)
		snprintf(buf, 16, "x%.0f", fmin(r, 1e9));
	else if (r > 0 && r <= 0.1)
		snprintf(buf, 16, "1/%.0f", fmin(1 / r, 1e9));
	else if (fabs(r - 1) < 0.005) /* no "-0%" */
		snprintf(buf, 16, "+0%%");
	else
		snprintf(buf, 16, "%+.0f%%", (r - 1) * 100);
	return buf;
}

static void add_quantile(struct kqt_flow *f, const struct kqt_change_figures *c, int q,
                         const char *name)
{
	char a[16], b[16], r[16];

	if (!c->before.count || !c->now.count)
		return;
	kqt_flow_add(f, KQT_STYLE_NORMAL, "%s %s -> %s (%s)", name,
	             kqt_fmt_ns(c->before.q_ns[q], a, sizeof(a)),
	             kqt_fmt_ns(c->now.q_ns[q], b, sizeof(b)),
	             ratio_text((double)c->before.q_ns[q], (double)c->now.q_ns[q], r));
}

/* Two windows differ in n, and what a perfect source reads depends on n: the
 * distance to it is what can be compared. */
static void add_entropy(struct kqt_flow *f, const struct kqt_change_figures *c)
{
	double a = c->h_before.shannon - c->h_before.shannon_ref;
	double b = c->h_now.shannon - c->h_now.shannon_ref;

	if (isfinite(a) && isfinite(b))
		kqt_flow_add(f, KQT_STYLE_NORMAL, "H %.4f -> %.4f (to perfect %+.4f -> %+.4f)",
		             c->h_before.shannon, c->h_now.shannon, a, b);
}

static void add_ks(struct kqt_flow *f, const struct kqt_change_figures *c)
{
	char at[16], own[16];

	if (!isfinite(c->ks)) {
		kqt_flow_add(f, KQT_STYLE_DIM, "KS -");
		return;
	}
	if (isfinite(c->own))
		snprintf(own, sizeof(own), "%.2f", c->own);
	else
		snprintf(own, sizeof(own), "-");
	kqt_flow_add(f, KQT_STYLE_NORMAL, "KS D=%.2f at %s (own halves %s)", c->ks,
	             kqt_fmt_ns(c->ks_at_ns, at, sizeof(at)), own);
}

static bool is_load_told(const struct kqt_scene *sc)
{
	const struct kqt_load_told *l = &sc->fig->load;

	return l->any && sc->now_ns >= l->ended_ns && sc->now_ns - l->ended_ns < LOAD_TOLD_NS;
}

/* As much of it as so many cells have room for; what it did above all. */
static void brief_load(const struct kqt_scene *sc, int room, char *buf, size_t size)
{
	const struct kqt_load_told *l = &sc->fig->load;
	char ago[24];

	kqt_ago_text((double)(sc->now_ns - l->ended_ns) / 1e9, ago);
	snprintf(buf, size, "load %s for %.0fs, ended %s ago: %s", l->what, l->lasted_s, ago,
	         l->change.known ? l->change.looks : "what it did cannot be told");
	if (kqt_text_cells(buf) > room)
		snprintf(buf, size, "load %s ended %s ago: %s", l->what, ago,
		         l->change.known ? l->change.looks : "effect unknown");
	if (kqt_text_cells(buf) > room)
		snprintf(buf, size, "%s gone: %s", l->what,
		         l->change.known ? l->change.looks : "effect unknown");
}

bool kqt_draw_load_told(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	struct kqt_pen p = kqt_pen_at(c, row, 0, c->cols);
	char text[160];

	if (!is_load_told(sc))
		return false;
	brief_load(sc, c->cols, text, sizeof(text));
	kqt_pen_add(&p, KQT_STYLE_GHOST, "%s", text);
	return true;
}

/* Who looks a minute later is to see that there was a load, and what it did. */
static void add_load(struct kqt_flow *f, const struct kqt_scene *sc)
{
	const struct kqt_load_told *l = &sc->fig->load;
	char ago[24], now[sizeof(l->of)], text[160];

	if (f->canvas->cols < LOAD_IN_PIECES_FROM) {
		brief_load(sc, f->canvas->cols - f->col, text, sizeof(text));
		kqt_flow_add(f, KQT_STYLE_GHOST, "%s", text);
		return;
	}
	kqt_flow_add(f, KQT_STYLE_GHOST, "load %s for %.0fs, ended %s ago:", l->what, l->lasted_s,
	             kqt_ago_text((double)(sc->now_ns - l->ended_ns) / 1e9, ago));
	if (!l->change.known) {
		kqt_flow_add(f, KQT_STYLE_DIM, "what it did cannot be told");
		return;
	}
	kqt_flow_add(f, KQT_STYLE_STRONG, "%s", l->change.looks);
	snprintf(now, sizeof(now), "%s, %s", kqt_latency_short(sc->ui->kind),
	         kqt_filter_label(sc->ui->filter));
	if (strcmp(now, l->of) == 0)
		kqt_flow_add(f, KQT_STYLE_DIM, "while it ran:");
	else
		kqt_flow_add(f, KQT_STYLE_DIM, "while it ran (%s):", l->of);
	add_quantile(f, &l->change, KQT_Q50, "p50");
	add_quantile(f, &l->change, KQT_Q99, "p99");
}

static void add_change(struct kqt_flow *f, const struct kqt_scene *sc)
{
	const struct kqt_change_figures *c = &sc->fig->change;
	char a[24], b[16], r[16], span[32], other[sizeof(c->other) + 4];

	if (is_load_told(sc)) {
		add_load(f, sc);
		if (f->canvas->cols < LOAD_AND_NOW_FROM)
			return;
	}
	if (!c->known) {
		kqt_flow_add(f, KQT_STYLE_DIM, "no change yet%s",
		             sc->play ? "" : ": t T s S w W o O p step the source, u undoes");
		return;
	}
	kqt_flow_add(f, KQT_STYLE_GHOST, "A>now %s:",
	             c->what[0]  ? c->what
	             : c->pinned ? "nothing changed"
	                         : "a new epoch");
	if (c->pinned)
		kqt_flow_add(f, KQT_STYLE_GHOST, "A pinned at %s", kqt_clock_text(c->pinned_s, a));
	if (c->reset)
		kqt_flow_add(f, KQT_STYLE_NORMAL, "since the reset");
	kqt_flow_add(f, KQT_STYLE_STRONG, c->settling ? "%s" : "looks: %s", c->looks);
	if (c->settling)
		return;
	snprintf(span, sizeof(span), "now %s", kqt_ago_text(c->now_s, a));
	snprintf(other, sizeof(other), "%s: k", c->other);
	if (c->other[0] && f->canvas->cols >= OTHER_FIRST_FROM) {
		kqt_flow_add(f, KQT_STYLE_WARN, "%s", other);
	} else if (c->other[0]) {
		f->spare[0].text = other;
		f->spare[0].style = KQT_STYLE_WARN;
	}
	f->spare[1].text = span;
	f->spare[1].style = KQT_STYLE_DIM;
	add_quantile(f, c, KQT_Q50, "p50");
	add_quantile(f, c, KQT_Q99, "p99");
	kqt_flow_add(f, KQT_STYLE_NORMAL, "waits/s %s -> %s (%s)",
	             kqt_fmt_count(c->waits_before, a, sizeof(a)),
	             kqt_fmt_count(c->waits_now, b, sizeof(b)),
	             ratio_text(c->waits_before, c->waits_now, r));
	add_ks(f, c);
	add_entropy(f, c);
	kqt_flow_spare(f);
	f->spare[0].text = f->spare[1].text = NULL;
}

void kqt_flow_excluded(struct kqt_flow *f, const struct kqt_figures *fig)
{
	const struct kqt_excluded *x = &fig->excluded;
	uint64_t all = x->eintr + x->control + x->transition + x->gap;

	kqt_flow_add(f, fig->lost ? KQT_STYLE_BAD : KQT_STYLE_DIM, "lost %llu",
	             (unsigned long long)fig->lost);
	kqt_flow_add(
	    f, KQT_STYLE_DIM, "excluded %llu: eintr %llu control %llu transition %llu gap %llu",
	    (unsigned long long)all, (unsigned long long)x->eintr, (unsigned long long)x->control,
	    (unsigned long long)x->transition, (unsigned long long)x->gap);
}

/* The source is not what was asked for. */
static void add_troubles(struct kqt_flow *f, const struct kqt_scene *sc)
{
	const struct kqt_snapshot *p = sc->snap;
	uint64_t ticks = p->interval_ticks + p->interval_lost;
	char text[256];

	for (int k = 0; k < KQT_SOURCE_KINDS; k++) {
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

		if (kqt_shortfall_text(p, (enum kqt_source_kind)k, &sb))
			kqt_flow_add(f, KQT_STYLE_BAD, "! %s", text);
	}
	if (p->saturated && ticks)
		kqt_flow_add(f, KQT_STYLE_BAD, "! stimulus saturated: %.0f%% of ticks lost now",
		             100 * (double)p->interval_lost / (double)ticks);
}

static void add_notices(struct kqt_flow *f, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	char text[256], longest[16];

	for (int t = 0; t < KQT_HEALTH_TESTS; t++) {
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

		if (kqt_alarm_words(w, (enum kqt_health_test)t, sc->start_ns, &sb))
			/* at the first alpha a million samples have one by chance */
			kqt_flow_add(f, w->health[t][1].alarms ? KQT_STYLE_BAD : KQT_STYLE_WARN,
			             "! %s", text);
	}
	if (sc->play && sc->play->alarm[0])
		kqt_flow_add(f, KQT_STYLE_WARN, "! %s", sc->play->alarm);
	add_troubles(f, sc);
	if (sc->fig->stalls)
		kqt_flow_add(f, KQT_STYLE_WARN, "stalls between waits %llu, longest %s",
		             (unsigned long long)sc->fig->stalls,
		             kqt_fmt_ns(sc->fig->stall_max_ns, longest, sizeof(longest)));
}

void kqt_draw_news(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc)
{
	struct kqt_flow f = {c, row, row + rows, 1, {{NULL, 0}}};

	if (rows == 1) /* what forbids trust comes before what has changed */
		add_troubles(&f, sc);
	if (sc->fig->scrubbed)
		kqt_flow_add(&f, KQT_STYLE_ALERT, "at the freeze:");
	add_change(&f, sc);
	if (f.col > 1 && f.row < f.rows_end - 1) {
		f.row++;
		f.col = 1;
	}
	if (sc->fig->scrubbed)
		kqt_flow_add(&f, KQT_STYLE_ALERT, "at the freeze:");
	if (rows > 1)
		add_notices(&f, sc);
	kqt_flow_excluded(&f, sc->fig);
}

void kqt_draw_log(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc)
{
	kqt_draw_news(c, row, rows, sc);
	(void)kqt_draw_message(c, row + rows - 1, sc);
}
