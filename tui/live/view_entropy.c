/* SPDX-License-Identifier: MIT */
/* View 4: the selected byte stream.
 *
 *   header, knobs
 *   facts                what is always there
 *   chart                one of six, key e goes on to the next; from 140x45 up all
 *                        of them stand side by side first
 *   hint or message
 *   key bar
 *
 * Below 80x24 the facts in short are a page of their own before the charts. */
#include "tui/live/entropy.h"

#define ALL_ROWS 44
#define ALL_COLS 132
#define SHORT_FACTS_ROWS 9
#define SMALL_ROWS 24
#define SMALL_COLS 80

static bool is_small(int rows, int cols)
{
	return rows < SMALL_ROWS || cols < SMALL_COLS;
}

static bool has_room_for_all(int rows, int cols)
{
	return rows >= ALL_ROWS && cols >= ALL_COLS;
}

unsigned kqt_entropy_pages(int rows, int cols)
{
	return is_small(rows, cols) || has_room_for_all(rows, cols) ? KQT_CHARTS + 1 : KQT_CHARTS;
}

static void draw_chart(struct kqt_canvas *c, int row, int rows, int col, int end, int id,
                       const struct kqt_scene *sc)
{
	struct kqt_block b = {c, row, rows, col, end};

	kqt_charts[id].draw(&b, sc);
}

/*   estimators | bias | bytes
 *   deficit    | lags | delay plot */
static void draw_all(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc)
{
	int right = c->cols - (c->cols >= 170 ? 70 : 36), middle = right - 37, left = middle - 1;

	draw_chart(c, row, KQT_ESTIMATORS + 3, 0, left, KQT_CHART_ESTIMATORS, sc);
	draw_chart(c, row + 13, rows - 13, 0, left, KQT_CHART_DEFICIT, sc);
	draw_chart(c, row, 9, middle, right - 1, KQT_CHART_BIAS, sc);
	draw_chart(c, row + 9, rows - 9 > 17 ? 17 : rows - 9, middle, right - 1, KQT_CHART_LAG, sc);
	draw_chart(c, row, 17, right, c->cols, KQT_CHART_MAP, sc);
	draw_chart(c, row + 17, rows - 17, right, c->cols, KQT_CHART_DELAY, sc);
}

static void draw_small(struct kqt_canvas *c, const struct kqt_scene *sc, unsigned page)
{
	int row = 0;

	if (c->rows >= 13)
		kqt_draw_header(c, row++, sc);
	kqt_draw_knobs(c, row, sc);
	row++;
	if (page == 0) {
		int rows = c->rows - 1 - row, rest = rows - SHORT_FACTS_ROWS;
		struct kqt_block b = {c, row, rows, 0, c->cols};

		kqt_draw_short_facts(&b, sc);
		if (rest > KQT_ESTIMATORS / 2)
			draw_chart(c, row + SHORT_FACTS_ROWS, rest, 0, c->cols,
			           KQT_CHART_ESTIMATORS, sc);
	} else {
		draw_chart(c, row, c->rows - 1 - row, 0, c->cols, (int)page - 1, sc);
	}
	kqt_draw_foot(c, sc);
}

void kqt_draw_entropy(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	unsigned page = sc->ui->chart % kqt_entropy_pages(c->rows, c->cols);
	struct kqt_block facts = {c, 2, kqt_facts_rows(c->cols), 0, c->cols};
	int row = facts.row + facts.rows, rows = c->rows - 2 - row;

	if (is_small(c->rows, c->cols)) {
		draw_small(c, sc, page);
		return;
	}
	kqt_draw_header(c, 0, sc);
	kqt_draw_knobs(c, 1, sc);
	kqt_draw_facts(&facts, sc);
	if (has_room_for_all(c->rows, c->cols) && page == 0) {
		struct kqt_pen p = kqt_pen_at(c, c->rows - 2, 1, c->cols);

		draw_all(c, row, rows, sc);
		kqt_pen_add(&p, KQT_STYLE_DIM,
		            "e shows one figure after the other and how to read it; "
		            "d the next byte stream; ! is beyond chance");
	} else {
		struct kqt_pen p = kqt_pen_at(c, c->rows - 2, 1, c->cols);
		int id = (int)page - has_room_for_all(c->rows, c->cols);

		draw_chart(c, row, rows, 0, c->cols, id, sc);
		kqt_pen_add(&p, KQT_STYLE_DIM, "%s", kqt_charts[id].hint);
	}
	kqt_draw_foot(c, sc);
}
