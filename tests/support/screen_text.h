/* SPDX-License-Identifier: MIT */
/* Views as text, for the unit tests that draw them: what a scene looks like on a screen of a
 * size, and how a user interface and a snapshot are before anybody pressed a key. Inline, as programs without
 * a screen are linked with this folder too. Needs cmocka before it. */
#ifndef KQT_TESTS_SCREEN_TEXT_H
#define KQT_TESTS_SCREEN_TEXT_H

#include <string.h>

#include "tui/live/view.h"

#define SCREEN_BYTES (200 * 400) /* of the largest, 60x200: a cell has up to three bytes */

/** All filters, no knob in focus, the newest at the end; four refreshes a second. */
static inline void ui_at_start(struct kqt_ui *ui, enum kqt_view_id view)
{
	ui->view = view;
	ui->filter = KQT_FILTERS;
	ui->focus = -1;
	ui->zoom = 1;
	ui->end = ui->at = KQT_NOW;
	ui->interval_ns = KQT_NS_PER_S / 4;
}

/** Defaults, that came after the same; what is measured is not there yet. */
static inline void snapshot_at_start(struct kqt_snapshot *snap)
{
	kqt_config_default(&snap->config);
	snap->baseline_config = snap->config;
	snap->serial = 1;
	snap->backend = snap->backend_label = "epoll";
	snap->running = true;
}

/** The whole screen, rows joined by newlines. @return text of one buffer. */
static inline const char *screen_text(struct kqt_canvas *c, const struct kqt_scene *sc, int rows,
                                      int cols)
{
	static char screen[SCREEN_BYTES];
	size_t len = 0;

	assert_int_equal(kqt_canvas_resize(c, rows, cols), 0);
	kqt_view_draw(c, sc);
	for (int r = 0; r < rows; r++) {
		kqt_canvas_row_text(c, r, screen + len, sizeof(screen) - len);
		len += strlen(screen + len);
		screen[len++] = '\n';
	}
	screen[len] = '\0';
	return screen;
}

static inline void assert_shows(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("'%s' is not on the screen:\n%s", what, text);
}

static inline void assert_hides(const char *text, const char *what)
{
	if (strstr(text, what))
		fail_msg("'%s' is on the screen:\n%s", what, text);
}

#endif
