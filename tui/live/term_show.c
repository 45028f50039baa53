/* SPDX-License-Identifier: MIT */
/* The terminal's picture: colours and glyphs that it has, a canvas as curses' cells, and the
 * bytes that curses makes of them on their way. */
#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tui/live/term_priv.h"
#include "tui/settings.h"

/* -- what it can ------------------------------------------------------------ */

static enum kqt_color_tier color_tier(uint64_t color)
{
	const char *no = getenv("NO_COLOR");

	if (color == KQT_COLOR_NEVER || (color == KQT_COLOR_AUTO && no && *no) || !has_colors() ||
	    COLORS < 8)
		return KQT_COLORS_NONE;
	return COLORS >= 256 ? KQT_COLORS_256 : COLORS >= 16 ? KQT_COLORS_16 : KQT_COLORS_8;
}

/* Not braille by itself: its dots are fainter than blocks, and some fonts lack them. */
static enum kqt_glyph_tier glyph_tier(uint64_t want)
{
	const char *name = getenv("TERM");

	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 || want == KQT_WANT_ASCII)
		return KQT_GLYPHS_ASCII;
	if (name && strncmp(name, "linux", 5) == 0) /* its font has no more */
		return KQT_GLYPHS_CONSOLE;
	return want == KQT_WANT_BRAILLE ? KQT_GLYPHS_BRAILLE : KQT_GLYPHS_BLOCK;
}

void kqt_term_choose(struct kqt_term *t, uint64_t color, uint64_t glyphs)
{
	t->colors = color_tier(color);
	t->glyphs = glyph_tier(glyphs);
	t->palette = KQT_PALETTES; /* none: looks are made afresh */
}

bool kqt_term_has_colors(const struct kqt_term *t)
{
	return t->colors != KQT_COLORS_NONE;
}

int kqt_term_start_curses(struct kqt_term *t, uint64_t color, uint64_t glyphs)
{
	/* often stale; and what counts is the terminal's size, which curses cannot ask
	 * for through a file: kqt_term_fit does */
	unsetenv("LINES");
	unsetenv("COLUMNS");
	t->screen = newterm(NULL, t->frame, stdin);
	if (!t->screen)
		return -KQT_E_UNSUPPORTED;
	nonl();
	noecho();
	intrflush(stdscr, FALSE);
	typeahead(-1);
	t->cursor = curs_set(0) == ERR;
	leaveok(stdscr, !t->cursor);
	scrollok(stdscr, FALSE);
	start_color();
	use_default_colors();
	kqt_term_choose(t, color, glyphs);
	return 0;
}

/* Everything that takes a descriptor or reads a file: once the session is open
 * there may be none left. Nothing is written to the terminal yet. */
/* -- a canvas as curses' cells ---------------------------------------------- */

static bool has_pairs(const struct kqt_term *t, enum kqt_palette palette, bool half_blocks)
{
	int n = kqt_theme_pairs(t->colors, palette, half_blocks);

	n += t->colors == KQT_COLORS_256; /* the terminal's own: pair_for */
	return n < COLOR_PAIRS && n <= KQT_PAIRS_MAX;
}

bool kqt_term_fit(struct kqt_term *t, struct kqt_canvas *c, enum kqt_palette palette)
{
	struct winsize ws = {0};
	int rows = 24, cols = 80;
	bool changed;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 && ws.ws_col > 0) {
		rows = ws.ws_row < 1000 ? ws.ws_row : 1000;
		cols = ws.ws_col < 2000 ? ws.ws_col : 2000;
	}
	changed = !c->cells || c->rows != rows || c->cols != cols;
	if (changed && kqt_canvas_resize(c, rows, cols) < 0)
		changed = false;
	if (changed) {
		t->broken |= resizeterm(c->rows, c->cols) == ERR;
		t->redraw = true;
	}
	c->tier = t->glyphs;
	/* where not even the styles have pairs, attributes say it all */
	if (t->colors != KQT_COLORS_NONE && !has_pairs(t, palette, false))
		t->colors = KQT_COLORS_NONE;
	c->shades = kqt_theme_shades(t->colors, palette);
	c->half_blocks = t->glyphs != KQT_GLYPHS_ASCII && c->shades > 0 &&
	                 has_pairs(t, palette, true);
	return changed;
}

static short pair_for(struct kqt_term *t, short fg, short bg)
{
	/* The terminal's own two as a pair like others, where there are plenty: curses
	 * leaves a colour for pair 0 by "\E[39m\E(B\E[m", for another pair by "\E[39m" (of
	 * all bytes at 140x45 that is a tenth). */
	if (fg < 0 && bg < 0 && t->colors != KQT_COLORS_256)
		return 0;
	for (int i = 0; i < t->n_pairs; i++)
		if (t->pair_fg[i] == fg && t->pair_bg[i] == bg)
			return (short)(i + 1);
	if (t->n_pairs + 1 >= COLOR_PAIRS || t->n_pairs >= KQT_PAIRS_MAX)
		return 0; /* fit has counted them; plain is better than wrong */
	t->pair_fg[t->n_pairs] = fg;
	t->pair_bg[t->n_pairs] = bg;
	init_pair((short)(++t->n_pairs), fg, bg);
	return (short)t->n_pairs;
}

static void make_look(struct kqt_term *t, unsigned style)
{
	struct kqt_look l = kqt_theme_look(t->colors, t->palette, style);
	attr_t a = 0;

	if (l.attr & KQT_ATTR_BOLD)
		a |= A_BOLD;
	if (l.attr & KQT_ATTR_DIM)
		a |= A_DIM;
	if (l.attr & KQT_ATTR_REVERSE)
		a |= A_REVERSE;
	if (l.attr & KQT_ATTR_UNDERLINE)
		a |= A_UNDERLINE;
	t->looks[style].attr = a;
	t->looks[style].pair = t->colors == KQT_COLORS_NONE ? 0 : pair_for(t, l.fg, l.bg);
	t->looks[style].ground = t->colors != KQT_COLORS_NONE && l.bg >= 0;
	t->looks[style].ready = true;
}

/* Of a blank only ground, reverse and underline are seen. Else it looks as what stands
 * before it does: no change of colour to be sent (a fifth of all bytes were those). */
static bool is_void(const struct kqt_term *t, const struct kqt_cell *cell, unsigned style)
{
	return cell->glyph == ' ' && !t->looks[style].ground &&
	       !(t->looks[style].attr & (A_REVERSE | A_UNDERLINE));
}

static bool is_same(const struct kqt_cell *a, const struct kqt_cell *b)
{
	return a->glyph == b->glyph && a->style == b->style;
}

/* Only what has changed, and the blanks behind it, which take its look over (else their old one
 * is sent: 5 % more bytes). Curses works on every cell that it is given, also on one that is
 * there already: with whole rows that was a tenth of the instructions of the interface. */
static void show_row(struct kqt_term *t, const struct kqt_cell *shown, const struct kqt_cell *cells,
                     int row, int cols)
{
	unsigned look = KQT_STYLE_NORMAL; /* that the next blank takes over */
	bool given = false;
	int n = 0; /* cells before this one that are to be given */

	for (int col = 0; col < cols; col++) {
		unsigned style = cells[col].style < KQT_LOOKS ? cells[col].style : 0;
		wchar_t text[2] = {(wchar_t)cells[col].glyph, 0};

		given = t->redraw || !is_same(&shown[col], &cells[col]) ||
		        (given && cells[col].glyph == ' ');
		if (!t->looks[style].ready)
			make_look(t, style);
		if (is_void(t, &cells[col], style) && is_void(t, &cells[col], look))
			style = look;
		look = style;
		if (given) {
			setcchar(&t->row[n++], text, t->looks[style].attr, t->looks[style].pair,
			         NULL);
		} else if (n > 0) {
			(void)mvadd_wchnstr(row, col - n, t->row, n); /* clips, never wraps */
			n = 0;
		}
	}
	if (n > 0)
		(void)mvadd_wchnstr(row, cols - n, t->row, n);
}

static int match_shown(struct kqt_term *t, const struct kqt_canvas *c)
{
	cchar_t *row;

	if (t->shown.cells && t->shown.rows == c->rows && t->shown.cols == c->cols)
		return 0;
	row = calloc((size_t)c->cols + 1, sizeof(*row));
	if (!row)
		return -ENOMEM;
	free(t->row);
	t->row = row;
	t->redraw = true;
	return kqt_canvas_resize(&t->shown, c->rows, c->cols);
}

/* -- on its way ------------------------------------------------------------- */

/* What curses has written since, behind what is on its way. */
static int take_frame(struct kqt_term *t)
{
	int fd = fileno(t->frame);
	off_t len;
	ssize_t got;

	fflush(t->frame);
	len = lseek(fd, 0, SEEK_CUR);
	if (len <= 0)
		return 0;
	if ((size_t)len > t->pending_size) {
		char *p = realloc(t->pending, (size_t)len);

		if (!p)
			return -ENOMEM;
		t->pending = p;
		t->pending_size = (size_t)len;
	}
	got = pread(fd, t->pending, (size_t)len, 0);
	t->pending_len = got > 0 ? (size_t)got : 0;
	t->pending_at = 0;
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return 0;
}

void kqt_term_send(struct kqt_term *t)
{
	while (t->pending_at < t->pending_len && !t->gone) {
		ssize_t w = write(t->out, t->pending + t->pending_at,
		                  t->pending_len - t->pending_at);

		if (w > 0)
			t->pending_at += (size_t)w;
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR)
			t->gone = true;
	}
}

void kqt_term_append(struct kqt_term *t, const char *bytes)
{
	size_t n = strlen(bytes);

	if (t->pending_at == t->pending_len)
		t->pending_at = t->pending_len = 0;
	if (t->pending_len + n > t->pending_size) {
		char *p = realloc(t->pending, t->pending_len + n);

		if (!p)
			return;
		t->pending = p;
		t->pending_size = t->pending_len + n;
	}
	memcpy(t->pending + t->pending_len, bytes, n);
	t->pending_len += n;
	kqt_term_send(t);
}

int kqt_term_show(struct kqt_term *t, const struct kqt_canvas *c, enum kqt_palette palette)
{
	int rc = t->broken ? -ENOMEM : match_shown(t, c);

	if (rc < 0)
		return rc;
	kqt_term_send(t);
	if (t->gone)
		return -ENXIO;
	if (t->pending_at < t->pending_len)
		return 1;
	if (palette != t->palette) {
		memset(t->looks, 0, sizeof(t->looks));
		t->n_pairs = 0;
		t->palette = palette;
		t->redraw = true;
	}
	for (int row = 0; row < c->rows; row++) {
		size_t n = (size_t)c->cols * sizeof(*c->cells), at = (size_t)row * (size_t)c->cols;

		if (!t->redraw && memcmp(t->shown.cells + at, c->cells + at, n) == 0)
			continue;
		show_row(t, t->shown.cells + at, c->cells + at, row, c->cols);
		memcpy(t->shown.cells + at, c->cells + at, n);
	}
	if (t->redraw)
		clearok(curscr, TRUE);
	t->redraw = false;
	if (t->cursor)
		(void)move(c->rows - 1, c->cols - 1);
	wnoutrefresh(stdscr);
	doupdate();
	rc = take_frame(t);
	kqt_term_send(t);
	return t->gone ? -ENXIO : rc;
}

void kqt_term_redraw(struct kqt_term *t)
{
	t->redraw = true;
}

void kqt_term_begin_again(struct kqt_term *t)
{
	endwin(); /* so that the next frame begins as the first one did ... */
	(void)take_frame(t);
	t->pending_len = 0; /* ... but what it wrote is done already */
	t->redraw = true;
}
