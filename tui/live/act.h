/* SPDX-License-Identifier: MIT */
/* What keys do, in three files: what changes (change.c), what is shown (choose.c), the
 * knob that is chosen (focus.c). act.c finds what a key stands for. Each says in the row of
 * messages what it did, or why not. Threads: main only. */
#ifndef KQT_TUI_LIVE_ACT_H
#define KQT_TUI_LIVE_ACT_H

#include <stdbool.h>

#include "tui/live/app.h"

/* -- change.c: the source, whether it runs, and where its figures begin ---- */

/** A value as it was typed, "2ms". */
void kqt_app_set_knob(struct kqt_app *a, const struct kqt_tunable *t, const char *value);
/** @place 0 .. KQT_KNOBS - 1 */
void kqt_app_step_knob(struct kqt_app *a, int place, bool up);
/** The next preset, 1, or the one before, -1. */
void kqt_app_step_preset(struct kqt_app *a, int step);
/** The figures start afresh. */
void kqt_app_reset(struct kqt_app *a);
/** Take the last change or reset back. */
void kqt_app_undo(struct kqt_app *a);
/** What is now becomes the baseline, or one that was pinned is no longer. */
void kqt_app_pin(struct kqt_app *a);
/** Baseline and now change places in the views. */
void kqt_app_swap(struct kqt_app *a);
void kqt_app_halt_or_resume(struct kqt_app *a);
/** What is shown is counted from where it is now; a frozen view keeps its own. */
void kqt_app_show_base(struct kqt_app *a);

/* -- choose.c: what is shown of it (ui.h) ---------------------------------- */

/** Freeze the view, or thaw it; later, when there is nothing yet to be shown. */
void kqt_app_freeze(struct kqt_app *a);
void kqt_app_step_refresh(struct kqt_app *a, bool more);
void kqt_app_step_zoom(struct kqt_app *a, int step);
/** In columns, back below 0. Live: by half a screen, whatever their number. Frozen: the
 * moment that is shown. */
void kqt_app_scroll(struct kqt_app *a, int columns);
/** The latency axis stays as it is, or grows again. */
void kqt_app_fix_range(struct kqt_app *a);
/** By the digit of its key. */
void kqt_app_show_view(struct kqt_app *a, int number);
void kqt_app_next_chart(struct kqt_app *a);
void kqt_app_scroll_log(struct kqt_app *a, enum kqt_log_move move);
/** A page on (1) or back (-1), to the last (2) or the first (-2). */
void kqt_app_turn_page(struct kqt_app *a, int step);
/** The next filter; in the log, the next kind of entries. */
void kqt_app_next_filter(struct kqt_app *a);
void kqt_app_next_theme(struct kqt_app *a);

/* -- focus.c: the knob that is chosen, and a value typed for it ------------- */

/** A key while a value is typed. @return false for a key that is none of the field's: it
 * closes it and does what it always does */
bool kqt_app_type_key(struct kqt_app *a, int key);
/** The next knob, 1, or the one before, -1; none is one of the places. */
void kqt_app_focus_step(struct kqt_app *a, int step);
void kqt_app_leave_focus(struct kqt_app *a);
/** Step the chosen knob or begin to type for it (KQT_DO_TYPE); the first if none is. */
void kqt_app_need_focus(struct kqt_app *a, enum kqt_action action, int arg);

#endif
