/* SPDX-License-Identifier: MIT */
/* The setup screen: a row each setting, changed by arrows, seen and saved at once. On a
 * small screen the rows move with the chosen one, and what they mean is left out. */
#include <string.h>

#include "tui/live/view.h"

#define NAME_CELLS 10
#define VALUE_CELLS 18
#define WIDE_FROM 70 /* columns: with what a setting means */

static const char *origin_text(const struct kqt_settings *s, enum kqt_setting_id id)
{
	switch (s->origin[id].by) {
	case KQT_BY_FILE:
		return "file";
	case KQT_BY_OPTION:
		return "option";
	case KQT_BY_DEFAULT:
		break;
	}
	return "default";
}

static void draw_row(struct kqt_canvas *c, int row, const struct kqt_scene *sc,
                     enum kqt_setting_id id)
{
	const struct kqt_settings *s = &sc->ui->settings;
	bool chosen = sc->ui->setup_row == (int)id, wide = c->cols >= WIDE_FROM;
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);
	char value[64];

	kqt_setting_text(id, s->value[id], value, sizeof(value));
	kqt_pen_add(&p, chosen ? KQT_STYLE_STRONG : KQT_STYLE_NORMAL, "%s%-*s",
	            chosen ? "> " : "  ", NAME_CELLS, kqt_setting(id)->name);
	if (chosen)
		kqt_pen_add(&p, KQT_STYLE_FOCUS, "< %s >", value);
	else
		kqt_pen_add(&p, KQT_STYLE_STRONG, "  %s", value);
	kqt_canvas_zone(c, (struct kqt_zone){row, 0, c->cols, KQT_ZONE_SETTING, (int)id});
	p.col = 3 + NAME_CELLS + VALUE_CELLS;
	if (wide)
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s", kqt_setting(id)->help);
	if (wide || p.col < c->cols - 8)
		kqt_pen_right(&(struct kqt_pen){c, row, p.col, c->cols - 1}, KQT_STYLE_DIM, "%s",
		              origin_text(s, id));
}

/* Names of presets in as many rows as they need of those there are. */
static void draw_presets(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc)
{
	struct kqt_pen p;
	const char *name;

	if (row >= end)
		return;
	(void)kqt_draw_title(c, row++, 0, c->cols, "presets");
	p = kqt_pen_at(c, row, 1, c->cols - 1);
	for (size_t i = 0; (name = kqt_preset_name(i)) != NULL && row < end; i++) {
		bool now = strcmp(name, sc->wanted->preset) == 0;

		if (p.col > 1 && p.col + (int)strlen(name) >= p.end)
			p = kqt_pen_at(c, ++row, 1, c->cols - 1);
		if (row < end)
			kqt_pen_add(&p, now ? KQT_STYLE_FOCUS : KQT_STYLE_NORMAL, "%s", name);
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "  ");
	}
	if (row + 1 >= end)
		return;
	p = kqt_pen_at(c, row + 1, 1, c->cols);
	kqt_pen_add(&p, KQT_STYLE_DIM,
	            "p, P: the next, the one before; N saves what is measured now");
}

/* Where it is saved, the end of a path that is too long; then what is to be said of it. */
static void draw_file(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	const struct kqt_settings *s = &sc->ui->settings;
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols - 1);
	char shown[KQT_PATH_SIZE];
	const char *path = kqt_text_show(s->path, shown, sizeof(shown));
	int room = p.end - p.col - 6;

	if (!s->path[0]) {
		kqt_pen_add(&p, KQT_STYLE_WARN, "no file: neither XDG_CONFIG_HOME nor HOME is set");
		return;
	}
	kqt_pen_add(&p, KQT_STYLE_DIM, "file  ");
	if (kqt_text_cells(path) > room)
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "...%s",
		            path + strlen(path) - (size_t)(room - 3));
	else
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "%s", path);
	p = kqt_pen_at(c, row + 1, 7, c->cols);
	if (!s->there)
		kqt_pen_add(&p, KQT_STYLE_DIM, "not there yet");
	if (s->n_unknown)
		kqt_pen_add(&p, KQT_STYLE_WARN, "%d unknown key%s, kept; kqtop config names them",
		            s->n_unknown, kqt_plural((uint64_t)s->n_unknown));
}

void kqt_draw_setup(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	bool small = c->rows < 18;
	int row = 0, end = c->rows - 1, rows, first;
	struct kqt_pen p;

	if (!small)
		kqt_draw_header(c, row++, sc);
	kqt_draw_knobs(c, row++, sc);
	p = kqt_draw_title(c, row++, 0, c->cols, "setup");
	(void)(kqt_pen_try(&p, KQT_STYLE_DIM,
	                   " up, down: choose; left, right: change, saved at once; Esc leaves ") ||
	       kqt_pen_try(&p, KQT_STYLE_DIM, " arrows change, Esc leaves "));
	rows = end - row - (small ? 0 : 1);
	if (rows > KQT_SETTINGS)
		rows = KQT_SETTINGS;
	first = sc->ui->setup_row - rows / 2;
	if (first > KQT_SETTINGS - rows)
		first = KQT_SETTINGS - rows;
	if (first < 0)
		first = 0;
	for (int i = 0; i < rows; i++)
		draw_row(c, row++, sc, (enum kqt_setting_id)(first + i));
	if (!small) {
		draw_file(c, row + 1, sc);
		draw_presets(c, row + 4, end - 1, sc);
	}
	kqt_draw_foot(c, sc);
}
