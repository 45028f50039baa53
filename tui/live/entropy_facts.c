/* SPDX-License-Identifier: MIT */
/* What the entropy view always shows:
 *
 *   --- entropy of stream seed ------------------------------ n 1.20M  lost 0 --
 *    H 7.9970 of 7.9972  MCV 7.553 of 7.556  n 65.5k   chi-square 260.1  p 0.402
 *    2.5 bits a sample: holds  assessed 6.313 by Compression, bits  3s ago
 *    grain     clock 41.67ns   100ns     1us | health      2^-20 2^-30 2^-40 most
 *    ...                                     | ...
 *
 * From 132 columns up the second and third row become a third block. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/entropy.h"

#define WIDE_FROM 132
#define TABLE_ROWS 5
#define GRAIN_CELLS 40
#define HEALTH_CELLS 37

int kqt_facts_rows(int cols)
{
	return 1 + TABLE_ROWS + (cols >= WIDE_FROM ? 0 : 2);
}

static double claim(const struct kqt_watch *w)
{
	return w->serial ? w->claim_bits : KQT_CLAIMED_BITS;
}

static double filled(const struct kqt_watch *w)
{
	return 100 * (double)w->filled / (double)w->window;
}

/* -- one line each -------------------------------------------------------- */

static void add_marginal(struct kqt_pen *p, const char *name, double value, double perfect,
                         int digits, double fair, double poor)
{
	char a[16], b[16];

	kqt_pen_add(p, KQT_STYLE_DIM, "%s ", name);
	kqt_pen_add(p, kqt_judge(value, perfect, fair, poor), "%*s", digits + 2,
	            kqt_cell_real(value, digits, a));
	kqt_pen_add(p, KQT_STYLE_DIM, " of %*s", digits + 2, kqt_cell_real(perfect, digits, b));
}

static void add_shannon(struct kqt_pen *p, const char *name, const struct kqt_entropy_figures *e)
{
	add_marginal(p, name, e->shannon, e->shannon_ref, 4, KQT_SHANNON_FAIR, KQT_SHANNON_POOR);
}

static void add_mcv(struct kqt_pen *p, const char *name, const struct kqt_entropy_figures *e)
{
	add_marginal(p, name, e->mcv, e->mcv_ref, 3, KQT_MCV_FAIR, KQT_MCV_POOR);
}

/* Too even is as unlikely as too uneven: both tails are judged. */
static void add_chi_square(struct kqt_pen *p, const struct kqt_watch *w, const char *name)
{
	double tail = fmin(w->chi_p, 1 - w->chi_p);
	unsigned style = !isfinite(w->chi_p) ? KQT_STYLE_DIM
	                 : tail >= 1e-3      ? KQT_STYLE_GOOD
	                 : tail >= 1e-6      ? KQT_STYLE_WARN
	                                     : KQT_STYLE_BAD;
	char chi[16], text[16];

	if (!isfinite(w->chi_square))
		snprintf(chi, sizeof(chi), "-");
	else
		snprintf(chi, sizeof(chi), w->chi_square < 1e5 ? "%.1f" : "%.2g", w->chi_square);
	if (!isfinite(w->chi_p))
		snprintf(text, sizeof(text), "-");
	else if (w->chi_p > 0 && w->chi_p < 1e-3)
		snprintf(text, sizeof(text), w->chi_p < 1e-99 ? "<1e-99" : "%.0e", w->chi_p);
	else
		snprintf(text, sizeof(text), w->chi_p > 0 ? "%.3f" : "<1e-99", w->chi_p);
	kqt_pen_add(p, KQT_STYLE_DIM, "%s ", name);
	kqt_pen_add(p, style, "%s", chi);
	kqt_pen_add(p, KQT_STYLE_DIM, "  p ");
	kqt_pen_add(p, style, "%s", text);
}

void kqt_draw_claim(struct kqt_pen *p, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	enum kqt_verdict v = kqt_watch_verdict(w);

	kqt_pen_add(p, KQT_STYLE_NORMAL, "%.1f bits a sample: ", claim(w));
	kqt_pen_add(p, kqt_judge_verdict(v), "%s", kqt_verdict_words(v));
}

static const char *age_of(const struct kqt_scene *sc, char buf[16])
{
	const struct kqt_watch *w = &sc->fig->watch;

	return kqt_cell_age((double)(int64_t)(kqt_scene_at_ns(sc) - w->assessed_ns) / 1e9, buf);
}

/* An assessment of an epoch that is over is still the last there is, and says so. */
void kqt_draw_assessed(struct kqt_pen *p, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	const struct kqt_assessment *a = &w->assessment;
	bool old = w->assessed_epoch != w->epoch;
	char text[16], by[80] = ": all bytes equal";

	kqt_pen_add(p, KQT_STYLE_DIM, "assessed ");
	kqt_pen_add(p, KQT_STYLE_STRONG, "%s", kqt_cell_real(w->have ? a->assessed : NAN, 3, text));
	if (!w->have) {
		if (w->window)
			kqt_pen_add(p, KQT_STYLE_DIM, "  window %.0f%% full", filled(w));
		return;
	}
	if (a->binding >= 0)
		snprintf(by, sizeof(by), " by %s, %s", kqt_estimators[a->binding].title,
		         a->binding_bitstring ? "bits" : "symbols");
	if (old) { /* which is more than by whom, where there is no room for both */
		(void)(kqt_pen_try(p, KQT_STYLE_WARN, "%s  before the change, %s ago", by,
		                   age_of(sc, text)) ||
		       kqt_pen_try(p, KQT_STYLE_WARN, "  before the change, %s ago",
		                   age_of(sc, text)) ||
		       kqt_pen_try(p, KQT_STYLE_WARN, " before the change"));
		return;
	}
	kqt_pen_add(p, KQT_STYLE_NORMAL, "%s", by);
	(void)(kqt_pen_try(p, KQT_STYLE_NORMAL, "  %s ago", age_of(sc, text)) ||
	       kqt_pen_try(p, KQT_STYLE_NORMAL, " %s", age_of(sc, text)));
}

static void draw_no_verdict(struct kqt_pen *p, const struct kqt_watch *w)
{
	double c = claim(w), f = w->window ? filled(w) : 0;

	if (!w->window)
		(void)kqt_pen_try(p, KQT_STYLE_NORMAL, "claim %.1f: not assessed", c);
	else
		(void)(kqt_pen_try(p, KQT_STYLE_NORMAL,
		                   "claim %.1f bits a sample: not known yet, window %.0f%% full", c,
		                   f) ||
		       kqt_pen_try(p, KQT_STYLE_NORMAL, "claim %.1f: not known yet, %.0f%%", c,
		                   f) ||
		       kqt_pen_try(p, KQT_STYLE_NORMAL, "%.1f not known yet, %.0f%%", c, f));
}

void kqt_draw_verdict(struct kqt_pen *p, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	const struct kqt_assessment *a = &w->assessment;
	enum kqt_verdict v = kqt_watch_verdict(w);
	const char *who = w->have && a->binding >= 0 ? kqt_estimators[a->binding].title : "equal";
	/* five letters name it: "Compr", "MCW", "MMC" */
	const char *brief = strncmp(who, "Multi", 5) == 0 ? who + 5 : who;
	const char *holds = v == KQT_VERDICT_HOLDS ? "holds" : "fails";
	unsigned style = kqt_judge_verdict(v);
	char age[16];

	if (v == KQT_VERDICT_UNKNOWN) {
		draw_no_verdict(p, w);
		return;
	}
	(void)(kqt_pen_try(p, style, "%.1f bits a sample: %s  assessed %.3f by %s, %s ago",
	                   claim(w), kqt_verdict_words(v), a->assessed, who, age_of(sc, age)) ||
	       kqt_pen_try(p, style, "assessed %.2f %s, %.1f %s, %s", a->assessed, who, claim(w),
	                   holds, age_of(sc, age)) ||
	       kqt_pen_try(p, style, "%.2f %s %.1f %s %s", a->assessed, who, claim(w), holds,
	                   age_of(sc, age)) ||
	       kqt_pen_try(p, style, "%.2f %.5s %.1f %s %s", a->assessed, brief, claim(w), holds,
	                   age_of(sc, age)) ||
	       kqt_pen_try(p, style, "%.2f %.1f %s", a->assessed, claim(w), holds));
}

/* -- tables --------------------------------------------------------------- */

static void grain_row(const struct kqt_block *b, int row, const char *name,
                      const struct kqt_watch *w, int what)
{
	struct kqt_pen p = kqt_pen_at(b->canvas, row, b->col, b->end);

	kqt_pen_add(&p, KQT_STYLE_DIM, "%-8s", name);
	for (int i = 0; i < KQT_GRAINS; i++) {
		const struct kqt_grain_figures *g = &w->grain[i];
		unsigned style = KQT_STYLE_DIM;
		double v = what == 0   ? g->shannon
		           : what == 1 ? g->shannon_ref
		           : what == 2 ? g->mcv
		                       : g->mcv_ref;
		char text[16];

		if (what == 0)
			style = kqt_judge(v, g->shannon_ref, KQT_SHANNON_FAIR, KQT_SHANNON_POOR);
		if (what == 2)
			style = kqt_judge(v, g->mcv_ref, KQT_MCV_FAIR, KQT_MCV_POOR);
		kqt_pen_add(&p, style, " %7s", kqt_cell_real(v, 4, text));
	}
}

/* The clock's grain decides more than any knob (entropy.md). */
static void draw_grains(const struct kqt_block *b, const struct kqt_watch *w)
{
	static const char *const rows[] = {"Shannon", "perfect", "MCV", "perfect"};
	struct kqt_pen p = kqt_pen_at(b->canvas, b->row, b->col, b->end);

	kqt_pen_add(&p, KQT_STYLE_TITLE, "grain   ");
	kqt_pen_add(&p, KQT_STYLE_DIM, " %7s %7s %7s %7s", "clock", "41.67ns", "100ns", "1us");
	for (int i = 0; i < 4; i++)
		grain_row(b, b->row + 1 + i, rows[i], w, i);
}

static void health_rows(const struct kqt_block *b, int row, const struct kqt_scene *sc,
                        enum kqt_health_test test)
{
	const struct kqt_watch *w = &sc->fig->watch;
	struct kqt_pen p = kqt_pen_at(b->canvas, row, b->col, b->end);
	const struct kqt_health *last = NULL;
	uint32_t most = test == KQT_HEALTH_RCT ? w->rct_max : w->apt_max;
	char text[24];

	kqt_pen_add(&p, KQT_STYLE_DIM, "%s cutoff", test == KQT_HEALTH_RCT ? "RCT" : "APT");
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
		if (w->serial)
			kqt_pen_add(&p, KQT_STYLE_NORMAL, "%6u", w->health[test][a].cutoff);
		else
			kqt_pen_add(&p, KQT_STYLE_DIM, "%6s", "-");
	}
	kqt_pen_add(&p, KQT_STYLE_STRONG, " %8s",
	            kqt_fmt_count(w->n ? (double)most : NAN, text, sizeof(text)));
	p = kqt_pen_at(b->canvas, row + 1, b->col, b->end);
	kqt_pen_add(&p, KQT_STYLE_DIM, "    alarms");
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
		const struct kqt_health *h = &w->health[test][a];

		/* one in 2^20 comes by chance, and a fast stream has a million soon */
		kqt_pen_add(&p,
		            !h->alarms ? KQT_STYLE_GOOD
		            : a == 0   ? KQT_STYLE_WARN
		                       : KQT_STYLE_BAD,
		            " %5s",
		            w->n ? kqt_fmt_count((double)h->alarms, text, sizeof(text)) : "-");
		if (h->alarms && (!last || h->at_ns >= last->at_ns))
			last = h;
	}
	if (last)
		kqt_pen_add(
		    &p, KQT_STYLE_WARN, " %8s",
		    kqt_clock_text((double)(int64_t)(last->at_ns - sc->start_ns) / 1e9, text));
	else
		kqt_pen_add(&p, KQT_STYLE_DIM, " %8s", "-");
}

static void draw_health(const struct kqt_block *b, const struct kqt_scene *sc)
{
	struct kqt_pen p = kqt_pen_at(b->canvas, b->row, b->col, b->end);

	kqt_pen_add(&p, KQT_STYLE_TITLE, "health    ");
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
		kqt_pen_add(&p, KQT_STYLE_DIM, " 2^-%u", kqt_health_alpha_exp[a]);
	kqt_pen_add(&p, KQT_STYLE_DIM, "%9s", "most/at");
	health_rows(b, b->row + 1, sc, KQT_HEALTH_RCT);
	health_rows(b, b->row + 3, sc, KQT_HEALTH_APT);
}

static void draw_wall(struct kqt_canvas *c, int row, int rows, int col)
{
	for (int r = 0; r < rows; r++)
		kqt_canvas_put(c, row + r, col, kqt_glyph(c->tier, KQT_GLYPH_VLINE),
		               KQT_STYLE_FRAME);
}

/* -- the whole ------------------------------------------------------------ */

static void draw_facts_title(const struct kqt_block *b, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	char title[64], n[16], lost[16];
	struct kqt_pen p;

	snprintf(title, sizeof(title), "entropy of stream %s", kqt_stream_name(sc->ui->stream));
	p = kqt_draw_title(b->canvas, b->row, b->col, b->end, title);
	p.end = b->end - 1;
	if (!w->serial)
		kqt_pen_right(&p, KQT_STYLE_DIM, " not watched yet ");
	else
		kqt_pen_right(&p, w->lost ? KQT_STYLE_BAD : KQT_STYLE_NORMAL,
		              " watched %s  lost %s ", kqt_fmt_count((double)w->n, n, sizeof(n)),
		              kqt_fmt_count((double)w->lost, lost, sizeof(lost)));
}

static struct kqt_pen row_pen(const struct kqt_block *b, int row, int end)
{
	return kqt_pen_at(b->canvas, b->row + row, b->col + 1, end);
}

/* The three rows that stand apart where it is wide. */
static void draw_apart(const struct kqt_block *b, const struct kqt_scene *sc, int end)
{
	const struct kqt_entropy_figures *e = &sc->fig->entropy;
	const struct kqt_watch *w = &sc->fig->watch;
	struct kqt_pen p = row_pen(b, 1, end);
	char n[16];

	add_shannon(&p, "Shannon", e);
	kqt_pen_add(&p, KQT_STYLE_DIM, "  last ");
	kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s", kqt_cell_count((double)e->n, n));
	p = row_pen(b, 2, end);
	add_mcv(&p, "MCV    ", e);
	p = row_pen(b, 3, end);
	add_chi_square(&p, w, "chi-square");
	p = row_pen(b, 4, end);
	kqt_draw_assessed(&p, sc);
	p = row_pen(b, 5, end);
	kqt_draw_claim(&p, sc);
}

static void draw_together(const struct kqt_block *b, const struct kqt_scene *sc)
{
	const struct kqt_entropy_figures *e = &sc->fig->entropy;
	const struct kqt_watch *w = &sc->fig->watch;
	struct kqt_pen p = row_pen(b, 1, b->end);
	char n[16];

	add_shannon(&p, "H", e);
	kqt_pen_add(&p, KQT_STYLE_NORMAL, "  ");
	add_mcv(&p, "MCV", e);
	kqt_pen_add(&p, KQT_STYLE_DIM, "  n ");
	kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s   ", kqt_cell_count((double)e->n, n));
	add_chi_square(&p, w, "chi-square");
	p = row_pen(b, 2, b->end);
	kqt_draw_claim(&p, sc);
	kqt_pen_add(&p, KQT_STYLE_NORMAL, "  ");
	kqt_draw_assessed(&p, sc);
}

void kqt_draw_facts(const struct kqt_block *b, const struct kqt_scene *sc)
{
	bool wide = b->end - b->col >= WIDE_FROM;
	int wall = b->end - HEALTH_CELLS - 2, left = wide ? wall - GRAIN_CELLS : b->col + 1;
	int row = b->row + kqt_facts_rows(b->end - b->col) - TABLE_ROWS;
	struct kqt_block grains = {b->canvas, row, TABLE_ROWS, left, wall};
	struct kqt_block health = {b->canvas, row, TABLE_ROWS, wall + 2, b->end};

	draw_facts_title(b, sc);
	if (wide) {
		draw_apart(b, sc, left - 2);
		draw_wall(b->canvas, row, TABLE_ROWS, left - 2);
	} else {
		draw_together(b, sc);
	}
	draw_grains(&grains, &sc->fig->watch);
	draw_wall(b->canvas, row, TABLE_ROWS, wall);
	draw_health(&health, sc);
}

/* -- in forty columns ----------------------------------------------------- */

static struct kqt_pen line(const struct kqt_block *b, int n)
{
	/* below the block there is nothing to write on */
	return kqt_pen_at(b->canvas, b->row + n, b->col, n < b->rows ? b->end : b->col);
}

static void short_grains(struct kqt_pen p, const char *name, bool mcv, const struct kqt_watch *w)
{
	char text[16];

	kqt_pen_add(&p, KQT_STYLE_DIM, "%-7s", name);
	for (int i = 0; i < KQT_GRAINS; i++) {
		const struct kqt_grain_figures *g = &w->grain[i];

		kqt_pen_add(
		    &p,
		    mcv ? kqt_judge(g->mcv, g->mcv_ref, KQT_MCV_FAIR, KQT_MCV_POOR)
		        : kqt_judge(g->shannon, g->shannon_ref, KQT_SHANNON_FAIR, KQT_SHANNON_POOR),
		    " %7s", kqt_cell_real(mcv ? g->mcv : g->shannon, 3, text));
	}
}

static void short_health(struct kqt_pen p, const struct kqt_watch *w, enum kqt_health_test test)
{
	const struct kqt_health *h = w->health[test];
	char n[16];

	kqt_pen_add(&p, KQT_STYLE_DIM, "%s ", test == KQT_HEALTH_RCT ? "RCT" : "APT");
	if (!w->n) {
		kqt_pen_add(&p, KQT_STYLE_DIM, "-");
		return;
	}
	kqt_pen_add(&p, KQT_STYLE_STRONG, "%u", test == KQT_HEALTH_RCT ? w->rct_max : w->apt_max);
	kqt_pen_add(&p, KQT_STYLE_NORMAL, " of %u %u %u ", h[0].cutoff, h[1].cutoff, h[2].cutoff);
	kqt_pen_add(&p, KQT_STYLE_DIM, "alarms");
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
		kqt_pen_add(&p, !h[a].alarms ? KQT_STYLE_GOOD : KQT_STYLE_BAD, " %s",
		            kqt_fmt_count((double)h[a].alarms, n, sizeof(n)));
}

static void short_title(struct kqt_pen p, const struct kqt_scene *sc)
{
	const struct kqt_watch *w = &sc->fig->watch;
	char n[16];

	kqt_pen_add(&p, KQT_STYLE_TITLE, "%s",
	            sc->ui->stream == KQT_STREAM_NOTIFICATION ? "notif"
	                                                      : kqt_stream_name(sc->ui->stream));
	kqt_pen_add(&p, KQT_STYLE_NORMAL, " %s",
	            kqt_fmt_count(w->serial ? (double)w->n : NAN, n, sizeof(n)));
	kqt_pen_add(&p, w->lost ? KQT_STYLE_BAD : KQT_STYLE_DIM, " lost %s ",
	            kqt_fmt_count(w->serial ? (double)w->lost : NAN, n, sizeof(n)));
	add_chi_square(&p, w, "chi");
}

void kqt_draw_short_facts(const struct kqt_block *b, const struct kqt_scene *sc)
{
	const struct kqt_entropy_figures *e = &sc->fig->entropy;
	const struct kqt_watch *w = &sc->fig->watch;
	struct kqt_pen p = line(b, 1);

	short_title(line(b, 0), sc);
	add_shannon(&p, "H", e);
	kqt_pen_add(&p, KQT_STYLE_NORMAL, " ");
	add_mcv(&p, "MCV", e);
	p = line(b, 2);
	kqt_draw_claim(&p, sc);
	p = line(b, 3);
	kqt_draw_assessed(&p, sc);
	p = line(b, 4);
	kqt_pen_add(&p, KQT_STYLE_DIM, "grain  %8s %7s %7s %7s", "clock", "41.67ns", "100ns",
	            "1us");
	short_grains(line(b, 5), "MCV", true, w);
	short_health(line(b, 6), w, KQT_HEALTH_RCT);
	short_health(line(b, 7), w, KQT_HEALTH_APT);
	short_grains(line(b, 8), "Shannon", false, w);
}
