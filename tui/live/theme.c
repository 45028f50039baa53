/* SPDX-License-Identifier: MIT */
#include "tui/live/theme.h"

#include <math.h>
#include <stddef.h>

/* From rare to frequent: magma-like, each step lighter than the one before, so
 * that it reads in grey as well (ui.md). */
static const short heat_256[] = {17, 18, 54, 90, 126, 162, 203, 209, 215, 221, 229};
static const short heat_16[] = {4, 12, 5, 13, 9, 11, 15};
static const short heat_8[] = {4, 1, 5, 3, 7};
/* On a light terminal: each step darker. */
static const short light_256[] = {223, 216, 209, 203, 168, 162, 126, 90, 54, 18, 17};
static const short light_16[] = {14, 12, 13, 5, 1, 4, 0};
static const short light_8[] = {6, 5, 1, 4, 0};
#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

#define B KQT_ATTR_BOLD
#define R KQT_ATTR_REVERSE
#define U KQT_ATTR_UNDERLINE

/* 256: Okabe-Ito for the kinds; on light its hues darkened until they have contrast;
 * yellow becomes olive, which is seen on black too. test_live_theme.c computes what they have. 16 doubles as the palette of 8: bright colours
 * are made from bold there. `mono` is what remains without any colour. */
static const struct style_row {
	struct kqt_look c256, c16, light256, light16;
	unsigned mono;
} styles[KQT_STYLES] = {
    [KQT_STYLE_NORMAL] = {{-1, -1, 0}, {-1, -1, 0}, {-1, -1, 0}, {-1, -1, 0}, 0},
    [KQT_STYLE_DIM] = {{246, -1, 0}, {-1, -1, 0}, {242, -1, 0}, {-1, -1, 0}, 0},
    [KQT_STYLE_STRONG] = {{-1, -1, B}, {-1, -1, B}, {-1, -1, B}, {-1, -1, B}, B},
    [KQT_STYLE_NAME] = {{74, -1, B}, {6, -1, B}, {25, -1, B}, {4, -1, B}, B},
    [KQT_STYLE_FRAME] = {{241, -1, 0}, {-1, -1, 0}, {245, -1, 0}, {-1, -1, 0}, 0},
    [KQT_STYLE_TITLE] = {{-1, -1, B}, {-1, -1, B}, {-1, -1, B}, {-1, -1, B}, B},
    [KQT_STYLE_KEY] = {{214, -1, B}, {3, -1, B}, {130, -1, B}, {1, -1, B}, B | U},
    [KQT_STYLE_FOCUS] = {{16, 214, B}, {0, 3, 0}, {16, 214, B}, {7, 4, B}, R},
    [KQT_STYLE_LIVE] = {{36, -1, B}, {2, -1, B}, {29, -1, B}, {2, -1, B}, B},
    [KQT_STYLE_ALERT] = {{231, 160, B}, {7, 1, B}, {231, 160, B}, {7, 1, B}, B | R},
    [KQT_STYLE_GOOD] = {{36, -1, 0}, {2, -1, 0}, {29, -1, 0}, {2, -1, 0}, 0},
    [KQT_STYLE_WARN] = {{221, -1, 0}, {3, -1, 0}, {130, -1, 0}, {5, -1, 0}, B},
    [KQT_STYLE_BAD] = {{203, -1, B}, {1, -1, B}, {160, -1, B}, {1, -1, B}, B | U},
    [KQT_STYLE_BAR] = {{74, -1, 0}, {6, -1, 0}, {25, -1, 0}, {4, -1, 0}, 0},
    [KQT_STYLE_GHOST] = {{214, -1, 0}, {3, -1, B}, {130, -1, 0}, {1, -1, B}, B},
    [KQT_STYLE_BAR_GHOST] = {{16, 74, B}, {0, 6, 0}, {231, 25, 0}, {7, 4, B}, R},
    [KQT_STYLE_MARK] = {{214, -1, 0}, {3, -1, 0}, {130, -1, 0}, {1, -1, 0}, 0},
    [KQT_STYLE_TIMER] = {{214, -1, 0}, {3, -1, 0}, {130, -1, 0}, {1, -1, 0}, 0},
    [KQT_STYLE_READ] = {{74, -1, 0}, {6, -1, 0}, {20, -1, 0}, {4, -1, 0}, 0},
    [KQT_STYLE_WRITE] = {{36, -1, 0}, {2, -1, 0}, {29, -1, 0}, {2, -1, 0}, 0},
    [KQT_STYLE_VNODE] = {{227, -1, 0}, {3, -1, B}, {58, -1, 0}, {-1, -1, B}, 0},
    [KQT_STYLE_TIMEOUT] = {{175, -1, 0}, {5, -1, 0}, {90, -1, 0}, {5, -1, 0}, 0},
    [KQT_STYLE_BAR_KEY] = {{231, 24, B}, {7, 4, B}, {16, 153, B}, {0, 6, 0}, B | R},
    [KQT_STYLE_BAR_TEXT] = {{253, 24, 0}, {7, 4, 0}, {16, 153, 0}, {0, 6, 0}, R},
};

/* High contrast: what the other palette says quietly is said in full here. */
static struct kqt_look contrast(unsigned style, struct kqt_look l, enum kqt_color_tier tier)
{
	short black = tier == KQT_COLORS_256 ? 16 : 0, white = tier == KQT_COLORS_256 ? 231 : 7;

	if (style == KQT_STYLE_BAR_KEY || style == KQT_STYLE_BAR_TEXT)
		return (struct kqt_look){black, white, style == KQT_STYLE_BAR_KEY ? B : 0};
	if (style == KQT_STYLE_DIM || style == KQT_STYLE_FRAME)
		return (struct kqt_look){-1, -1, 0};
	l.attr |= B;
	return l;
}

static const short *ramp(enum kqt_color_tier tier, enum kqt_palette palette, int *n)
{
	bool light = palette == KQT_PALETTE_LIGHT;

	switch (palette == KQT_PALETTE_MONO ? KQT_COLORS_NONE : tier) {
	case KQT_COLORS_256:
		*n = COUNT(heat_256);
		return light ? light_256 : heat_256;
	case KQT_COLORS_16:
		*n = COUNT(heat_16);
		return light ? light_16 : heat_16;
	case KQT_COLORS_8:
		*n = COUNT(heat_8);
		return light ? light_8 : heat_8;
	case KQT_COLORS_NONE:
		break;
	}
	*n = 0;
	return NULL;
}

int kqt_theme_shades(enum kqt_color_tier tier, enum kqt_palette palette)
{
	int n;

	ramp(tier, palette, &n);
	return n;
}

static struct kqt_look heat_look(enum kqt_color_tier tier, enum kqt_palette palette, unsigned style)
{
	int top = (int)(style - KQT_STYLE_HEAT) / KQT_HEAT_STRIDE;
	int bottom = (int)(style - KQT_STYLE_HEAT) % KQT_HEAT_STRIDE;
	struct kqt_look l = {-1, -1, 0};
	int n;
	const short *r = ramp(tier, palette, &n);

	if (top > 0 && top <= n)
		l.fg = r[top - 1];
	if (bottom > 0 && bottom <= n)
		l.bg = r[bottom - 1];
	return l;
}

struct kqt_look kqt_theme_look(enum kqt_color_tier tier, enum kqt_palette palette, unsigned style)
{
	struct kqt_look l = {-1, -1, 0};
	bool light = palette == KQT_PALETTE_LIGHT;

	if (palette == KQT_PALETTE_MONO)
		tier = KQT_COLORS_NONE;
	if (style >= KQT_STYLE_HEAT)
		return tier == KQT_COLORS_NONE ? l : heat_look(tier, palette, style);
	if (style >= KQT_STYLES)
		return l;
	if (tier == KQT_COLORS_NONE) {
		l.attr = styles[style].mono;
		return l;
	}
	if (tier == KQT_COLORS_256)
		l = light ? styles[style].light256 : styles[style].c256;
	else
		l = light ? styles[style].light16 : styles[style].c16;
	return palette == KQT_PALETTE_CONTRAST ? contrast(style, l, tier) : l;
}

int kqt_theme_pairs(enum kqt_color_tier tier, enum kqt_palette palette, bool half_blocks)
{
	int shades = kqt_theme_shades(tier, palette), n = 0;

	for (unsigned s = 0; s < KQT_STYLES; s++) {
		struct kqt_look a = kqt_theme_look(tier, palette, s);
		bool seen = a.fg < 0 && a.bg < 0;

		for (unsigned before = 0; before < s && !seen; before++) {
			struct kqt_look b = kqt_theme_look(tier, palette, before);

			seen = a.fg == b.fg && a.bg == b.bg;
		}
		n += !seen;
	}
	/* a shade that a style has too is counted twice: at most too many */
	return n + (half_blocks ? (shades + 1) * (shades + 1) - 1 : shades);
}

const char *kqt_palette_name(enum kqt_palette p)
{
	static const char *const names[KQT_PALETTES] = {"default", "light", "high contrast",
	                                                "mono"};

	return (unsigned)p < KQT_PALETTES ? names[p] : "?";
}

unsigned kqt_glyph(enum kqt_glyph_tier tier, enum kqt_glyph g)
{
	static const unsigned ascii[KQT_GLYPHS] = {'-', '|', '+', '!', ':', '"', '.'};
	static const unsigned block[KQT_GLYPHS] = {0x2500, 0x2502, 0x252c, 0x2502,
	                                           0x250a, 0x2580, 0x2584};

	if (tier == KQT_GLYPHS_CONSOLE && g == KQT_GLYPH_MARK)
		return 0x2502; /* code page 437 has no dashed line */
	return tier == KQT_GLYPHS_ASCII ? ascii[g] : block[g];
}

unsigned kqt_glyph_bar(enum kqt_glyph_tier tier, unsigned eighths)
{
	if (eighths == 0)
		return ' ';
	if (eighths > 8)
		eighths = 8;
	if (tier >= KQT_GLYPHS_BLOCK)
		return 0x2590 - eighths; /* U+2588 full .. U+258F one eighth */
	if (tier == KQT_GLYPHS_CONSOLE)
		return eighths >= 6 ? 0x2588 : 0x258c;
	return eighths >= 6 ? '#' : eighths >= 3 ? '=' : '-';
}

int kqt_glyph_trend_values(enum kqt_glyph_tier tier)
{
	return tier == KQT_GLYPHS_BRAILLE ? 2 : 1;
}

/* Unicode's braille: a bit each dot, by row from above: left, right. */
#define BRAILLE 0x2800u
static const unsigned char dot[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

unsigned kqt_glyph_dots(unsigned there, int y, bool both)
{
	if (there < BRAILLE || there > BRAILLE + 0xff)
		there = BRAILLE;
	return there | dot[y & 3][0] | (both ? dot[y & 3][1] : 0u);
}

/* Columns of dots from below: what is there at all has one. */
static unsigned braille_trend(const double *share)
{
	unsigned glyph = BRAILLE;

	for (int x = 0; x < 2; x++) {
		int high = share[x] > 0 ? 1 + (int)fmin(share[x] * 4, 3) : 0;

		for (int y = 4 - high; y < 4; y++)
			glyph |= dot[y][x];
	}
	return glyph == BRAILLE ? ' ' : glyph;
}

unsigned kqt_glyph_trend(enum kqt_glyph_tier tier, const double *share)
{
	static const unsigned console[8] = {'_', '_', '.', '.', 0x2584, 0x2584, 0x2588, 0x2588};
	/* never the full cell, so that rows stay apart */
	unsigned level = (unsigned)(fmin(fmax(*share, 0), 1) * 6.99);

	if (tier == KQT_GLYPHS_BRAILLE)
		return braille_trend(share);
	if (!(*share > 0))
		return ' ';
	if (tier == KQT_GLYPHS_BLOCK)
		return 0x2581 + level;
	return tier == KQT_GLYPHS_CONSOLE ? console[level] : (unsigned)"__.-=+*#"[level];
}

unsigned kqt_glyph_heat(enum kqt_glyph_tier tier, double share)
{
	static const char ascii[] = ".:-=+*#%@";
	static const unsigned block[] = {0x2591, 0x2592, 0x2593, 0x2588};
	int n = tier == KQT_GLYPHS_ASCII ? (int)sizeof(ascii) - 1 : COUNT(block);
	int i = (int)floor(share * n);

	if (!(share > 0))
		return ' ';
	if (i >= n)
		i = n - 1;
	return tier == KQT_GLYPHS_ASCII ? (unsigned)ascii[i] : block[i];
}
