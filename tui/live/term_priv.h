/* SPDX-License-Identifier: MIT */
/* What term.c (the terminal's life, its keys) and term_show.c (its picture, through curses)
 * share. */
#ifndef KQT_TUI_LIVE_TERM_PRIV_H
#define KQT_TUI_LIVE_TERM_PRIV_H

#include <curses.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tui/live/canvas.h"
#include "tui/live/input.h"
#include "tui/live/term.h"
#include "tui/live/theme.h"

#define KQT_PAIRS_MAX 255
#define KQT_LOOKS (KQT_STYLE_HEAT + KQT_HEAT_STRIDE * KQT_HEAT_STRIDE)

struct kqt_term {
	SCREEN *screen;
	FILE *frame;             /* curses' output */
	int out;                 /* the terminal, not blocking */
	bool own_out;            /* out was opened here */
	struct kqt_canvas shown; /* what curses' own picture was made from last */
	cchar_t *row;            /* [shown.cols] */
	bool cursor;             /* it cannot be hidden: it stands in the last corner */
	bool redraw;
	bool broken;   /* curses had no memory for a size: its windows do not fit each other */
	char *pending; /* [pending_len] a frame on its way, from pending_at */
	size_t pending_len, pending_at, pending_size;
	bool gone;
	bool mouse; /* it reports its mouse */
	enum kqt_color_tier colors;
	enum kqt_glyph_tier glyphs;
	enum kqt_palette palette; /* that `looks` was made for */
	struct {
		bool ready, ground; /* ground: of its own, not the terminal's */
		attr_t attr;
		short pair;
	} looks[KQT_LOOKS];
	short pair_fg[KQT_PAIRS_MAX], pair_bg[KQT_PAIRS_MAX];
	int n_pairs;
	struct kqt_input input;
};

/** Begin curses, which draws into t->frame; the terminal itself is not touched.
 * @return 0 or -KQT_E_UNSUPPORTED */
KQT_MUST_USE int kqt_term_start_curses(struct kqt_term *t, uint64_t color, uint64_t glyphs);
/** The terminal was somebody else's: the next frame is as the first one was. What is on its
 * way is forgotten. */
void kqt_term_begin_again(struct kqt_term *t);
/** Send what is on its way as far as it is taken now; t->gone when the terminal is. */
void kqt_term_send(struct kqt_term *t);
/** Send bytes behind what is on its way: not into the middle of a sequence. */
void kqt_term_append(struct kqt_term *t, const char *bytes);

#endif
