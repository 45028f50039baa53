/* SPDX-License-Identifier: MIT */
/* What themes promise: contrast, computed from xterm's palette by WCAG 2's formula; as
 * many colour pairs as terminals have; glyphs that each tier may use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <math.h>

#include "tui/live/theme.h"

#define TEXT_CONTRAST 4.5
#define MARK_CONTRAST 3.0
enum { WHITE = 231, BLACK = 16 };

static double linear(int level)
{
	double c = level / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* Relative luminance of one of the 240 colours that do not depend on a terminal's
 * settings. */
static double luminance(int color)
{
	static const int cube[] = {0, 95, 135, 175, 215, 255};
	int n = color - 16, grey = 8 + 10 * (color - 232);

	assert_in_range(color, 16, 255);
	if (color >= 232)
		return linear(grey);
	return 0.2126 * linear(cube[n / 36]) + 0.7152 * linear(cube[n / 6 % 6]) +
	       0.0722 * linear(cube[n % 6]);
}

static double contrast(int a, int b)
{
	double high = fmax(luminance(a), luminance(b)), low = fmin(luminance(a), luminance(b));

	return (high + 0.05) / (low + 0.05);
}

/* What is drawn with it and never written. */
static bool is_mark(unsigned style)
{
	return style == KQT_STYLE_FRAME || style == KQT_STYLE_BAR || style == KQT_STYLE_GHOST ||
	       style == KQT_STYLE_BAR_GHOST || style == KQT_STYLE_MARK;
}

static void assert_contrast(enum kqt_palette palette, int background)
{
	for (unsigned s = 0; s < KQT_STYLES; s++) {
		struct kqt_look l = kqt_theme_look(KQT_COLORS_256, palette, s);
		double want = is_mark(s) ? MARK_CONTRAST : TEXT_CONTRAST;
		double has = contrast(l.fg < 0 ? (background == WHITE ? BLACK : WHITE) : l.fg,
		                      l.bg < 0 ? background : l.bg);

		if (has < want)
			fail_msg("%s: style %u has %.2f:1 of %.1f", kqt_palette_name(palette), s,
			         has, want);
	}
}

static void default_theme_has_contrast_on_black(void **state)
{
	(void)state;
	assert_contrast(KQT_PALETTE_DEFAULT, BLACK);
	assert_contrast(KQT_PALETTE_CONTRAST, BLACK);
}

static void light_theme_has_contrast_on_white(void **state)
{
	(void)state;
	assert_contrast(KQT_PALETTE_LIGHT, WHITE);
}

static void heat_leads_away_from_the_background_step_by_step(void **state)
{
	(void)state;
	for (int p = 0; p < KQT_PALETTE_MONO; p++) {
		enum kqt_palette palette = (enum kqt_palette)p;
		double sign = palette == KQT_PALETTE_LIGHT ? -1 : 1, before = 0;

		for (int shade = 1; shade <= kqt_theme_shades(KQT_COLORS_256, palette); shade++) {
			struct kqt_look l = kqt_theme_look(KQT_COLORS_256, palette,
			                                   KQT_STYLE_HEAT + (unsigned)shade);

			assert_int_equal(l.fg, -1);
			assert_true(shade == 1 || sign * luminance(l.bg) > sign * before);
			before = luminance(l.bg);
		}
		/* the fullest row of a column is not to be overlooked */
		assert_true(contrast(palette == KQT_PALETTE_LIGHT ? 17 : 229,
		                     palette == KQT_PALETTE_LIGHT ? WHITE : BLACK) > 10);
	}
}

static void kinds_differ_in_every_theme_with_colours(void **state)
{
	static const unsigned kinds[] = {KQT_STYLE_TIMER, KQT_STYLE_READ, KQT_STYLE_WRITE,
	                                 KQT_STYLE_VNODE, KQT_STYLE_TIMEOUT};

	(void)state;
	for (int p = 0; p < KQT_PALETTE_MONO; p++)
		for (int a = 0; a < 5; a++)
			for (int b = 0; b < a; b++)
				assert_int_not_equal(
				    kqt_theme_look(KQT_COLORS_256, (enum kqt_palette)p, kinds[a])
				        .fg,
				    kqt_theme_look(KQT_COLORS_256, (enum kqt_palette)p, kinds[b])
				        .fg);
}

static void tiers_use_only_the_colours_they_have(void **state)
{
	static const int colors[] = {
	    [KQT_COLORS_8] = 8, [KQT_COLORS_16] = 16, [KQT_COLORS_256] = 256};

	(void)state;
	for (int tier = KQT_COLORS_8; tier <= KQT_COLORS_256; tier++)
		for (int p = 0; p < KQT_PALETTES; p++)
			for (unsigned s = 0; s < KQT_STYLE_HEAT + KQT_HEAT_STRIDE * KQT_HEAT_STRIDE;
			     s++) {
				struct kqt_look l = kqt_theme_look((enum kqt_color_tier)tier,
				                                   (enum kqt_palette)p, s);

				assert_true(l.fg < colors[tier] && l.bg < colors[tier]);
				assert_true(p != KQT_PALETTE_MONO || (l.fg == -1 && l.bg == -1));
			}
}

/* COLOR_PAIRS of xterm (8 colours), xterm-16color, xterm-256color; and no more than
 * term_show.c has room for. */
static void pairs_fit_the_terminals_there_are(void **state)
{
	static const int pairs[] = {
	    [KQT_COLORS_8] = 64, [KQT_COLORS_16] = 256, [KQT_COLORS_256] = 256};

	(void)state;
	for (int tier = KQT_COLORS_8; tier <= KQT_COLORS_256; tier++)
		for (int p = 0; p < KQT_PALETTES; p++)
			assert_true(kqt_theme_pairs((enum kqt_color_tier)tier, (enum kqt_palette)p,
			                            true) < pairs[tier]);
	assert_int_equal(kqt_theme_pairs(KQT_COLORS_NONE, KQT_PALETTE_DEFAULT, true), 0);
	/* (shades + 1)^2 of them, one of which is pair 0, and those of the styles */
	assert_in_range(kqt_theme_pairs(KQT_COLORS_256, KQT_PALETTE_DEFAULT, true), 143 + 10,
	                143 + KQT_STYLES);
}

static void trends_rise_and_each_tier_keeps_to_its_characters(void **state)
{
	(void)state;
	for (int tier = KQT_GLYPHS_ASCII; tier <= KQT_GLYPHS_BRAILLE; tier++) {
		for (int i = 0; i <= 100; i++) {
			double share[2] = {i / 100.0, 0};
			unsigned glyph = kqt_glyph_trend((enum kqt_glyph_tier)tier, share);

			if (tier == KQT_GLYPHS_ASCII)
				assert_in_range(glyph, ' ', '~');
			else if (tier == KQT_GLYPHS_BLOCK)
				assert_true(glyph == ' ' || (glyph >= 0x2581 && glyph <= 0x2587));
			else if (tier == KQT_GLYPHS_BRAILLE)
				assert_true(glyph == ' ' || (glyph > 0x2800 && glyph <= 0x28ff));
			assert_true((glyph == ' ') == (i == 0)); /* little is not nothing */
		}
	}
}

static void braille_has_two_values_beside_each_other(void **state)
{
	(void)state;
	assert_int_equal(kqt_glyph_trend_values(KQT_GLYPHS_BRAILLE), 2);
	assert_int_equal(kqt_glyph_trend_values(KQT_GLYPHS_BLOCK), 1);
	/* U+2800 and the sum of dots: left column 1, 2, 4, 64 from above, right 8 .. 128 */
	assert_int_equal(kqt_glyph_trend(KQT_GLYPHS_BRAILLE, (double[]){0.1, 0}), 0x2840);
	assert_int_equal(kqt_glyph_trend(KQT_GLYPHS_BRAILLE, (double[]){0, 0.1}), 0x2880);
	assert_int_equal(kqt_glyph_trend(KQT_GLYPHS_BRAILLE, (double[]){1, 0.5}), 0x28f7);
	assert_int_equal(kqt_glyph_trend(KQT_GLYPHS_BRAILLE, (double[]){NAN, NAN}), ' ');
}

static void dots_of_a_plot_add_up_in_a_cell(void **state)
{
	unsigned cell = kqt_glyph_dots(' ', 0, true);

	(void)state;
	assert_int_equal(cell, 0x2809);
	assert_int_equal(kqt_glyph_dots(cell, 3, false), 0x2849);
	assert_int_equal(kqt_glyph_dots('h', 1, true), 0x2812);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(default_theme_has_contrast_on_black),
	    cmocka_unit_test(light_theme_has_contrast_on_white),
	    cmocka_unit_test(heat_leads_away_from_the_background_step_by_step),
	    cmocka_unit_test(kinds_differ_in_every_theme_with_colours),
	    cmocka_unit_test(tiers_use_only_the_colours_they_have),
	    cmocka_unit_test(pairs_fit_the_terminals_there_are),
	    cmocka_unit_test(trends_rise_and_each_tier_keeps_to_its_characters),
	    cmocka_unit_test(braille_has_two_values_beside_each_other),
	    cmocka_unit_test(dots_of_a_plot_add_up_in_a_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
