/* SPDX-License-Identifier: MIT */
/* View 5, in pages: what is measured now beside the baseline and loaded reports
 * (view_beside.c), in what these differ, and what key n came to: while rounds are made, how far
 * they are; then a row of each figure with its verdict, as `kqtop compare` shows it. */
#include <stdio.h>

#include "tui/compare_text.h"
#include "tui/live/ab.h"
#include "tui/live/view.h"

#define WIDE 76 /* columns from which medians and intervals are shown */
#define BAR 40

static void draw_progress(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	const struct kqt_app_ab *ab = sc->ab;
	int bar = c->cols - 4 < BAR ? c->cols - 4 : BAR;
	int full = (int)(kqt_ab_share(ab, sc->now_ns) * bar);
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);

	kqt_pen_add(&p, KQT_STYLE_STRONG, "round %llu of %llu", (unsigned long long)ab->done + 1,
	            (unsigned long long)ab->total);
	kqt_pen_add(&p, KQT_STYLE_NORMAL, " (%c), some %.0f s left", ab->place.side ? 'B' : 'A',
	            kqt_ab_left_s(ab, sc->now_ns) + 0.5);
	p = kqt_pen_at(c, row + 1, 1, c->cols);
	kqt_pen_add(&p, KQT_STYLE_FRAME, "[");
	for (int i = 0; i < bar; i++)
		kqt_pen_add(&p, i < full ? KQT_STYLE_STRONG : KQT_STYLE_DIM, i < full ? "#" : "-");
	kqt_pen_add(&p, KQT_STYLE_FRAME, "]");
	p = kqt_pen_at(c, row + 2, 1, c->cols);
	kqt_pen_add(&p, KQT_STYLE_DIM, "the live engine is stopped; Esc cancels");
}

static unsigned style_of(const struct kqt_row_result *r)
{
	if (!r->judged)
		return KQT_STYLE_DIM;
	switch (r->verdict) {
	case KQT_STATS_WORSE:
		return KQT_STYLE_BAD;
	case KQT_STATS_BETTER:
		return KQT_STYLE_GOOD;
	case KQT_STATS_DIFFERS:
		return KQT_STYLE_WARN;
	case KQT_STATS_EQUIVALENT:
		return KQT_STYLE_NORMAL;
	default:
		return KQT_STYLE_DIM;
	}
}

static void draw_row(struct kqt_canvas *c, int row, const struct kqt_compare *cmp, size_t k)
{
	const struct kqt_row_result *r = &cmp->comparison[0].row[k];
	struct kqt_pen p = kqt_pen_at(c, row, 0, c->cols);
	struct kqt_compare_cells cells;

	kqt_compare_cells(cmp, &kqt_rows[k], r, &cells);
	kqt_pen_add(&p, kqt_rows[k].primary ? KQT_STYLE_STRONG : KQT_STYLE_DIM, "%c %-18s",
	            kqt_rows[k].primary ? '*' : ' ', kqt_rows[k].title);
	if (c->cols >= WIDE)
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "%8s%8s%8s  %-14s ", cells.a, cells.b,
		            cells.estimate, cells.interval);
	else
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "%8s  ", cells.estimate);
	kqt_pen_add(&p, style_of(r), "%s", cells.verdict);
}

/* Rows that decide first when there is no room for all. */
static bool is_shown(const struct kqt_row *row, bool all)
{
	return all ? !row->detail : row->primary;
}

static void draw_heads(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	const struct kqt_compare *cmp = sc->ab->result;
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);

	kqt_pen_add(&p, KQT_STYLE_NORMAL, "B is ");
	kqt_pen_add(&p, KQT_STYLE_STRONG, "%s", kqt_compare_verdict_text(cmp->verdict));
	kqt_pen_add(&p, KQT_STYLE_DIM, "  (%zu pair%s of rounds of %.3g s)",
	            cmp->entrant[1].figures.n, kqt_plural(cmp->entrant[1].figures.n),
	            (double)sc->ab->round_ns / 1e9);
	p = kqt_pen_at(c, row + 1, 0, c->cols);
	if (c->cols >= WIDE)
		kqt_pen_add(&p, KQT_STYLE_DIM, "%-20s%8s%8s%8s  %-14s %s", "", "A", "B", "B/A",
		            "interval", "verdict");
	else
		kqt_pen_add(&p, KQT_STYLE_DIM, "%-20s%8s  %s", "", "B/A", "verdict");
}

static void draw_notes(struct kqt_canvas *c, int row, int end, const struct kqt_compare *cmp)
{
	const struct kqt_comparison *one = &cmp->comparison[0];
	bool said[KQT_ROWS] = {false};
	char text[256] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	struct kqt_pen p;

	/* before the notes: it is what to do to get a verdict */
	while (row < end && kqt_compare_lacking(one, said, &sb)) {
		p = kqt_pen_at(c, row++, 1, c->cols);
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "too few: %s", text);
		sb = kqt_strbuf_init(text, sizeof(text));
	}
	for (size_t i = 0; i < one->n_notices && row < end; i++) {
		p = kqt_pen_at(c, row++, 1, c->cols);
		kqt_pen_add(&p, KQT_STYLE_DIM, "%s", one->notice[i].text);
	}
	p = kqt_pen_at(c, row, 1, row < end ? c->cols : 1);
	kqt_pen_add(&p, KQT_STYLE_DIM, "* decides, at %.4g %%; (N) rounds needed; margin %.3g %%",
	            100 * (1 - cmp->alpha), 100 * cmp->margin);
	if (p.col > 1) /* Hodges-Lehmann: who divides the two columns gets another number */
		(void)(kqt_pen_try(&p, KQT_STYLE_DIM, "; B/A: the shift of rounds, not B over A") ||
		       kqt_pen_try(&p, KQT_STYLE_DIM, "; B/A: shift, no quotient"));
}

/* Where there is no room for every row those that decide come first, and for them the
 * heads go. */
static void draw_result(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc)
{
	const struct kqt_compare *cmp = sc->ab->result;
	int rows = 0;
	bool all;

	if (end - row >= KQT_ROWS_PRIMARY + 2) {
		draw_heads(c, row, sc);
		row += 2;
	}
	for (size_t k = 0; k < KQT_ROWS; k++)
		rows += !kqt_rows[k].detail;
	all = rows <= end - row;
	for (size_t k = 0; k < KQT_ROWS && row < end; k++)
		if (is_shown(&kqt_rows[k], all))
			draw_row(c, row++, cmp, k);
	draw_notes(c, row, end, cmp);
}

enum page { PAGE_BESIDE, PAGE_REPORTS, PAGE_AB, PAGES };

static bool has_page(const struct kqt_scene *sc, enum page p)
{
	if (p == PAGE_REPORTS)
		return sc->beside && sc->beside->n_sides > 0;
	if (p == PAGE_AB)
		return sc->ab && (sc->ab->running || sc->ab->result);
	return sc->beside != NULL;
}

/* What is on the other pages: "A/B: worse". */
static void draw_other_pages(struct kqt_canvas *c, const struct kqt_scene *sc, enum page shown)
{
	char text[64] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	unsigned n = 0, at = 0;

	for (int i = 0; i < PAGES; i++) {
		n += has_page(sc, (enum page)i);
		at += i <= (int)shown && has_page(sc, (enum page)i);
	}
	if (n < 2)
		return;
	if (shown != PAGE_AB && sc->ab && sc->ab->result)
		kqt_strbuf_add(&sb, "A/B: %s, ", kqt_compare_verdict_text(sc->ab->result->verdict));
	kqt_pen_right(&(struct kqt_pen){c, c->rows - 2, 0, c->cols}, KQT_STYLE_STRONG,
	              "  %spage %u of %u, PgDn: next ", text, at, n);
}

static enum page page_of(const struct kqt_scene *sc)
{
	unsigned n = 0, at;

	for (int i = 0; i < PAGES; i++)
		n += has_page(sc, (enum page)i);
	/* a bench that begins comes to the front */
	at = n ? sc->ui->page == KQT_COMPARE_LAST ? n - 1 : sc->ui->page % n : 0;
	for (int i = 0; i < PAGES; i++)
		if (has_page(sc, (enum page)i) && at-- == 0)
			return (enum page)i;
	return PAGE_BESIDE;
}

unsigned kqt_compare_pages(const struct kqt_beside *b, const struct kqt_app_ab *ab)
{
	struct kqt_scene sc = {.beside = b, .ab = ab};
	unsigned n = 0;

	for (int i = 0; i < PAGES; i++)
		n += has_page(&sc, (enum page)i);
	return n ? n : 1;
}

void kqt_draw_compare(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	static const char *const titles[PAGES] = {"", "reports", "compare: A the baseline, B now"};
	const struct kqt_app_ab *ab = sc->ab;
	int row = 0, end = c->rows - 2;
	enum page page = page_of(sc);
	struct kqt_pen p;

	if (c->rows >= 16)
		kqt_draw_header(c, row++, sc);
	kqt_draw_knobs(c, row++, sc);
	p = kqt_draw_title(c, row, 0, c->cols,
	                   page == PAGE_AB && c->cols < WIDE ? "A/B" : titles[page]);
	if (page == PAGE_AB) {
		kqt_pen_right(&p, KQT_STYLE_STRONG, " %s ", ab->what);
		if (ab->running)
			draw_progress(c, row + 1, sc);
		else
			draw_result(c, row + 1, end, sc);
	} else if (page == PAGE_REPORTS) {
		kqt_draw_beside_words(c, row + 1, end, sc);
	} else if (sc->beside) {
		/* the row of messages is free but for what other pages there are */
		kqt_draw_beside(c, row, end + (kqt_compare_pages(sc->beside, ab) == 1), sc);
	}
	draw_other_pages(c, sc, page);
	kqt_draw_foot(c, sc);
}
