/* SPDX-License-Identifier: MIT */
/* Every key, from the key table; the words; in two columns from 80x24 up. Below
 * that one column, as far as it goes. */
#include <string.h>

#include "tui/live/keymap.h"
#include "tui/live/view.h"

#define KEYS_CELLS 9

struct column {
	struct kqt_canvas *canvas;
	int row, rows_end, col, end;
};

static void add_group(struct column *k, enum kqt_key_group g)
{
	struct kqt_pen p = kqt_pen_at(k->canvas, k->row, k->col, k->end);

	if (k->row >= k->rows_end)
		return;
	kqt_pen_add(&p, KQT_STYLE_TITLE, "%s", kqt_key_group_name(g));
	k->row++;
	for (const struct kqt_key *key = kqt_keymap; key->keys && k->row < k->rows_end; key++) {
		if (key->group != g)
			continue;
		p = kqt_pen_at(k->canvas, k->row++, k->col, k->end);
		kqt_pen_add(&p, KQT_STYLE_KEY, "%s", key->keys);
		p.col = k->col + KEYS_CELLS > p.col ? k->col + KEYS_CELLS : p.col + 1;
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s", key->help);
	}
}

static void add_word(struct column *k, const char *word, const char *means)
{
	struct kqt_pen p = kqt_pen_at(k->canvas, k->row, k->col, k->end);

	if (k->row >= k->rows_end)
		return;
	kqt_pen_add(&p, KQT_STYLE_STRONG, "%s", word);
	p.col = k->col + 14;
	kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s", means);
	k->row++;
}

/* measurement.md, "Words", as short as it gets; where there is room. */
static void add_words(struct column *k)
{
	static const char *const words[][2] = {
	    {"wait", "before -> after the wait call"},
	    {"notification", "trigger really happened -> seen"},
	    {"response", "trigger was due -> seen"},
	    {"event", "one readiness report from the queue"},
	    {"wake", "a wait that returned at least one event"},
	    {"merged", "triggers minus events: folded together"},
	    {"missed", "due, but never performed"},
	    {"share", "a filter's events of all events"},
	    {"stall", "a gap above 10 times timeout and stimulus"},
	    {"A, ghost", "the epoch before the last change"},
	    {"KS D", "largest distance of the two distributions"},
	    {"own halves", "the same D within the epoch before"},
	    {"H, MCV", "bits a byte, beside a perfect source's"},
	    {"heat map", "each column against its fullest row"},
	};

	if (k->rows_end - k->row < 4)
		return;
	k->row++;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		add_word(k, words[i][0], words[i][1]);
}

void kqt_draw_help(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	bool two = c->cols >= 76;
	int top = two ? 2 : 1, end = c->rows - 2;
	struct column left = {c, top, end, 1, two ? c->cols / 2 : c->cols};
	struct column right = {c, top, end, c->cols / 2 + 1, c->cols};

	if (two)
		kqt_draw_header(c, 0, sc);
	kqt_draw_knobs(c, two ? 1 : 0, sc);
	add_group(&left, KQT_KEYS_MEASURE);
	if (two) {
		add_group(&right, KQT_KEYS_SHOW);
		left.row++;
		add_group(&left, KQT_KEYS_PROGRAM);
		if (c->cols >= 110)
			add_words(&right);
	} else {
		add_group(&left, KQT_KEYS_PROGRAM);
		add_group(&left, KQT_KEYS_SHOW);
	}
	(void)kqt_draw_message(c, c->rows - 2, sc);
	kqt_draw_key_bar(c, c->rows - 1);
}
