/* SPDX-License-Identifier: MIT */
#include "tui/live/canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define REPLACEMENT '?'

int kqt_canvas_resize(struct kqt_canvas *c, int rows, int cols)
{
	struct kqt_cell *cells;

	if (rows < 1)
		rows = 1;
	if (cols < 1)
		cols = 1;
	cells = calloc((size_t)rows * (size_t)cols, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	free(c->cells);
	c->cells = cells;
	c->rows = rows;
	c->cols = cols;
	kqt_canvas_clear(c);
	return 0;
}

void kqt_canvas_fini(struct kqt_canvas *c)
{
	free(c->cells);
	c->cells = NULL;
	c->rows = c->cols = 0;
}

void kqt_canvas_clear(struct kqt_canvas *c)
{
	size_t n = (size_t)c->rows * (size_t)c->cols;

	for (size_t i = 0; i < n; i++)
		c->cells[i] = (struct kqt_cell){' ', KQT_STYLE_NORMAL};
	c->n_zones = 0;
}

bool kqt_canvas_is(const struct kqt_canvas *c, int row, int col, int end, unsigned glyph)
{
	for (; col < end; col++)
		if (c->cells[row * c->cols + col].glyph != glyph)
			return false;
	return true;
}

void kqt_canvas_zone(struct kqt_canvas *c, struct kqt_zone zone)
{
	if (c->n_zones < KQT_ZONES_MAX && zone.col < zone.end)
		c->zones[c->n_zones++] = zone;
}

const struct kqt_zone *kqt_canvas_zone_at(const struct kqt_canvas *c, int row, int col)
{
	for (int i = 0; i < c->n_zones; i++)
		if (c->zones[i].row == row && col >= c->zones[i].col && col < c->zones[i].end)
			return &c->zones[i];
	return NULL;
}

void kqt_canvas_put(struct kqt_canvas *c, int row, int col, unsigned glyph, unsigned style)
{
	if (row < 0 || row >= c->rows || col < 0 || col >= c->cols)
		return;
	c->cells[row * c->cols + col] = (struct kqt_cell){(uint16_t)glyph, (uint16_t)style};
}

void kqt_canvas_fill(struct kqt_canvas *c, int row, int col, int end, unsigned glyph,
                     unsigned style)
{
	for (; col < end; col++)
		kqt_canvas_put(c, row, col, glyph, style);
}

/* One character of UTF-8; a byte that is none reads as the replacement. */
static unsigned decode(const char **text)
{
	const unsigned char *p = (const unsigned char *)*text;
	unsigned ch = *p++;
	int more = ch >= 0xf0 ? 3 : ch >= 0xe0 ? 2 : ch >= 0xc2 ? 1 : 0;

	if (ch >= 0x80)
		ch = more ? ch & (0x3fu >> more) : REPLACEMENT;
	for (; more > 0 && (*p & 0xc0) == 0x80; more--)
		ch = ch << 6 | (*p++ & 0x3f);
	*text = (const char *)p;
	return more ? REPLACEMENT : ch;
}

/* Only what is surely one cell wide: Latin and Greek to Cyrillic, punctuation,
 * the drawing blocks and braille. File names and messages are all that is not ours. */
static unsigned showable(enum kqt_glyph_tier tier, unsigned ch)
{
	bool narrow = (ch >= 0xa1 && ch < 0x300) || (ch >= 0x370 && ch < 0x483) ||
	              (ch >= 0x2010 && ch < 0x2028) || (ch >= 0x2500 && ch < 0x25a0) ||
	              (ch >= 0x2800 && ch < 0x2900);

	if (ch >= ' ' && ch < 0x7f)
		return ch;
	return narrow && tier != KQT_GLYPHS_ASCII ? ch : REPLACEMENT;
}

int kqt_text_cells(const char *text)
{
	int n = 0;

	for (; *text; n++)
		(void)decode(&text);
	return n;
}

static size_t encode(unsigned ch, char *out)
{
	if (ch < 0x80) {
		out[0] = (char)ch;
		return 1;
	}
	if (ch < 0x800) {
		out[0] = (char)(0xc0 | ch >> 6);
		out[1] = (char)(0x80 | (ch & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | ch >> 12);
	out[1] = (char)(0x80 | (ch >> 6 & 0x3f));
	out[2] = (char)(0x80 | (ch & 0x3f));
	return 3;
}

const char *kqt_canvas_row_text(const struct kqt_canvas *c, int row, char *buf, size_t size)
{
	size_t len = 0, used = 0;

	for (int col = 0; row >= 0 && row < c->rows && col < c->cols && len + 4 < size; col++) {
		unsigned ch = c->cells[row * c->cols + col].glyph;

		len += encode(ch, buf + len);
		if (ch != ' ')
			used = len;
	}
	buf[used] = '\0';
	return buf;
}

struct kqt_pen kqt_pen_at(struct kqt_canvas *c, int row, int col, int end)
{
	return (struct kqt_pen){c, row, col, end > c->cols ? c->cols : end};
}

static void draw(struct kqt_pen *p, unsigned style, const char *text)
{
	while (*text && p->col < p->end) {
		unsigned ch = decode(&text);

		kqt_canvas_put(p->canvas, p->row, p->col++, showable(p->canvas->tier, ch), style);
	}
}

void kqt_pen_add(struct kqt_pen *p, unsigned style, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	draw(p, style, text);
}

bool kqt_pen_try(struct kqt_pen *p, unsigned style, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (kqt_text_cells(text) > p->end - p->col)
		return false;
	draw(p, style, text);
	return true;
}

void kqt_pen_right(const struct kqt_pen *p, unsigned style, const char *fmt, ...)
{
	struct kqt_pen q = *p;
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = kqt_text_cells(text);
	q.col = n < q.end ? q.end - n : 0;
	draw(&q, style, text);
}
