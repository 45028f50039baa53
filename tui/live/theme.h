/* SPDX-License-Identifier: MIT */
/* What things look like: meanings (styles), the colours and attributes they get
 * in each colour tier, and the characters of each glyph tier. Data only;
 * term_show.c turns it into curses' pairs. Colour is never the only carrier: whatever
 * a style says is also said by a word, a glyph or a place. */
#ifndef KQT_TUI_LIVE_THEME_H
#define KQT_TUI_LIVE_THEME_H

#include <stdbool.h>

enum kqt_style {
	KQT_STYLE_NORMAL,
	KQT_STYLE_DIM,    /* units, axis, what is unknown */
	KQT_STYLE_STRONG, /* figures one looks for */
	KQT_STYLE_NAME,   /* the program's */
	KQT_STYLE_FRAME,
	KQT_STYLE_TITLE,
	KQT_STYLE_KEY,   /* a letter to press */
	KQT_STYLE_FOCUS, /* the knob that the arrows step */
	KQT_STYLE_LIVE,
	KQT_STYLE_ALERT, /* FROZEN, STOPPED, CHANGING */
	KQT_STYLE_GOOD,
	KQT_STYLE_WARN,
	KQT_STYLE_BAD,
	KQT_STYLE_BAR,       /* the distribution now */
	KQT_STYLE_GHOST,     /* the baseline's, beside a bar */
	KQT_STYLE_BAR_GHOST, /* ... on a bar */
	KQT_STYLE_MARK,      /* a change on the time axis */
	KQT_STYLE_TIMER,
	KQT_STYLE_READ,
	KQT_STYLE_WRITE,
	KQT_STYLE_VNODE,
	KQT_STYLE_TIMEOUT,
	KQT_STYLE_BAR_KEY, /* key bar */
	KQT_STYLE_BAR_TEXT,
	KQT_STYLES,
	KQT_STYLE_HEAT = 64, /* + top * KQT_HEAT_STRIDE + bottom, each 0 .. shades */
};
#define KQT_SHADES_MAX 11
#define KQT_HEAT_STRIDE (KQT_SHADES_MAX + 1)

/* For a dark terminal; for a light one; nothing said quietly; no colour at all. The
 * background is the terminal's own in all of them. */
enum kqt_palette {
	KQT_PALETTE_DEFAULT,
	KQT_PALETTE_LIGHT,
	KQT_PALETTE_CONTRAST,
	KQT_PALETTE_MONO,
	KQT_PALETTES
};
const char *kqt_palette_name(enum kqt_palette p);

enum kqt_color_tier { KQT_COLORS_NONE, KQT_COLORS_8, KQT_COLORS_16, KQT_COLORS_256 };

enum { KQT_ATTR_BOLD = 1, KQT_ATTR_DIM = 2, KQT_ATTR_REVERSE = 4, KQT_ATTR_UNDERLINE = 8 };

struct kqt_look {
	short fg, bg; /* colour number; -1 = the terminal's own */
	unsigned attr;
};
/** @style  below KQT_STYLES, or a heat style */
struct kqt_look kqt_theme_look(enum kqt_color_tier tier, enum kqt_palette palette, unsigned style);
/** Steps from rare to frequent; 0 where there are no colours. */
int kqt_theme_shades(enum kqt_color_tier tier, enum kqt_palette palette);

/** Colour pairs that a terminal needs for all of it, pair 0 (its own two) apart.
 * @half_blocks  heat maps with two values a cell: (shades + 1)^2 - 1 of them */
int kqt_theme_pairs(enum kqt_color_tier tier, enum kqt_palette palette, bool half_blocks);

/* ASCII; what the Linux console's font has (code page 437); all block elements; those
 * and braille, of which trends and plots make 2 x 4 dots a cell. Each has all that the
 * ones before it have. */
enum kqt_glyph_tier { KQT_GLYPHS_ASCII, KQT_GLYPHS_CONSOLE, KQT_GLYPHS_BLOCK, KQT_GLYPHS_BRAILLE };

enum kqt_glyph {
	KQT_GLYPH_HLINE,
	KQT_GLYPH_VLINE,
	KQT_GLYPH_TEE,
	KQT_GLYPH_GHOST,
	KQT_GLYPH_MARK,
	KQT_GLYPH_UPPER_HALF,
	KQT_GLYPH_LOWER_HALF,
	KQT_GLYPHS
};
unsigned kqt_glyph(enum kqt_glyph_tier tier, enum kqt_glyph g);
/** A bar's cell filled to `eighths` of 8 from the left; 0 gives a blank. */
unsigned kqt_glyph_bar(enum kqt_glyph_tier tier, unsigned eighths);
/** Values that a trend's cell shows side by side: 2 with braille, else 1. */
int kqt_glyph_trend_values(enum kqt_glyph_tier tier);
/** A trend's cell.
 * @share  [kqt_glyph_trend_values] of the full height, 0 .. 1; above 0 always shows */
unsigned kqt_glyph_trend(enum kqt_glyph_tier tier, const double *share);
/** For the braille tier: the cell `there` with dots in row y (0 .. 3, from above) added,
 * one or both; a cell that is no braille is begun anew. */
unsigned kqt_glyph_dots(unsigned there, int y, bool both);
/** A heat map's cell by glyph alone: share 0 .. 1 of the ramp; 0 gives a blank. */
unsigned kqt_glyph_heat(enum kqt_glyph_tier tier, double share);

#endif
