/* SPDX-License-Identifier: MIT */
/* The terminal's whole life (term.c) and its picture (term_show.c): the only files that know
 * curses and termios.
 *
 * Curses draws into memory (a memfd), not to the terminal: what it wrote is sent
 * without blocking, and while a frame is still on its way no new one is begun. So
 * a slow line neither holds up a key nor piles up old frames.
 *
 * Threads: main only. One terminal at a time. */
#ifndef KQT_TUI_LIVE_TERM_H
#define KQT_TUI_LIVE_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/live/canvas.h"
#include "tui/live/input.h"
#include "tui/live/theme.h"

struct kqt_term;

/** Ready everything that needs descriptors or files, and block the signals that
 * the screen handles; the terminal itself is not touched.
 * @color   KQT_COLOR_AUTO ..
 * @glyphs  KQT_WANT_AUTO .. (settings.h); the locale may allow less
 * @return whether a screen works here; the reason in why when not. */
bool kqt_term_prepare(uint64_t color, uint64_t glyphs, struct kqt_strbuf *why);

/** Take the terminal, after prepare. @return NULL when nothing was prepared. */
struct kqt_term *kqt_term_open(void);

bool kqt_term_has_colors(const struct kqt_term *t);
/** Other colours or glyphs from the next frame on; as for prepare. */
void kqt_term_choose(struct kqt_term *t, uint64_t color, uint64_t glyphs);

/** Have the terminal report its mouse's buttons and wheel, or not. What it reports come
 * as KQT_KEY_MOUSE. Undone by close, suspend and a crash.
 * @return whether this terminal can. */
bool kqt_term_mouse(struct kqt_term *t, bool on);
/** What the last KQT_KEY_MOUSE was. */
const struct kqt_mouse *kqt_term_mouse_event(const struct kqt_term *t);

/** Give the terminal back as it was. What has not been sent is thrown away, so
 * that this takes no time on a slow line. Accepts NULL. */
void kqt_term_close(struct kqt_term *t);

/** Ready the canvas for this terminal: its size, glyphs, shades. @return whether
 * the size changed. */
bool kqt_term_fit(struct kqt_term *t, struct kqt_canvas *c, enum kqt_palette palette);

/** Show a canvas, the whole of it. @return 0 shown; 1 when the frame before is
 * still on its way (show it again later); -ENXIO when the terminal is gone,
 * -ENOMEM or -errno when there can be no picture. */
KQT_MUST_USE int kqt_term_show(struct kqt_term *t, const struct kqt_canvas *c,
                               enum kqt_palette palette);
/** The next frame is sent in full. */
void kqt_term_redraw(struct kqt_term *t);

/** Wait for a key, a signal, room for output, or until the time is over.
 * @return whether it was over. */
bool kqt_term_wait(struct kqt_term *t, uint64_t timeout_ns);

/** @return the next key, KQT_KEY_NONE, or KQT_KEY_EOF when the terminal is gone. */
int kqt_term_key(struct kqt_term *t);

/** Stop as ^Z wants it; returns when continued, the terminal ours again. */
void kqt_term_suspend(struct kqt_term *t);

#endif
