/* SPDX-License-Identifier: MIT */
/* A knob stays chosen while it is used, and is forgotten with what was typed for it: a
 * focus that nobody remembers would catch keys that are meant for something else. */
#include "tui/live/act.h"

#include <string.h>

#define FOCUS_NS (8 * KQT_NS_PER_S)

static void keep_focus(struct kqt_app *a)
{
	a->ui.focus_until_ns = kqt_clock_now_ns() + FOCUS_NS;
}

void kqt_app_leave_focus(struct kqt_app *a)
{
	a->ui.focus = -1;
	a->ui.typing = false;
	a->dirty = true;
}

void kqt_app_focus_tick(struct kqt_app *a, uint64_t now)
{
	if (a->ui.focus < 0 || now < a->ui.focus_until_ns)
		return;
	if (a->ui.typing)
		kqt_app_say(a, KQT_MESSAGE_INFO, "%s: nothing was set",
		            kqt_knob(a->ui.focus)->name);
	kqt_app_leave_focus(a);
}

/* Does it belong to a value of this knob, behind what there is of it? "2ms", "1.5s". */
static bool is_of_value(const struct kqt_tunable *t, const char *typed, int key)
{
	if (key >= '0' && key <= '9')
		return true;
	return t->type == KQT_T_DURATION && typed[0] && key < 128 && key > 0 &&
	       strchr(".numsh", key) != NULL;
}

/* @return false for a key that is none of the field's: it closes it and does what it
 * always does */
bool kqt_app_type_key(struct kqt_app *a, int key)
{
	struct kqt_ui *ui = &a->ui;
	size_t n = strlen(ui->typed);

	keep_focus(a);
	if (key == KQT_KEY_ENTER) {
		ui->typing = false;
		if (n > 0)
			kqt_app_set_knob(a, kqt_knob(ui->focus), ui->typed);
	} else if (key == KQT_KEY_BACKSPACE) {
		if (n > 0)
			ui->typed[n - 1] = '\0';
	} else if (key == KQT_KEY_ESC) {
		kqt_app_leave_focus(a);
	} else if (is_of_value(kqt_knob(ui->focus), ui->typed, key)) {
		if (n + 1 < sizeof(ui->typed)) {
			ui->typed[n] = (char)key;
			ui->typed[n + 1] = '\0';
		}
	} else {
		ui->typing = false;
		return false;
	}
	return true;
}

void kqt_app_focus(struct kqt_app *a, int place)
{
	a->ui.typing = false; /* what was typed was for the knob that is left */
	a->ui.focus = place;
	keep_focus(a);
	if (a->ui.focus >= 0)
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            "%s: - and + step it, Enter types a value\n%s: - + step, Enter types",
		            kqt_knob(a->ui.focus)->name, kqt_knob(a->ui.focus)->name);
	else
		kqt_app_say(a, KQT_MESSAGE_INFO, "no knob chosen");
}

void kqt_app_focus_step(struct kqt_app *a, int step)
{
	/* -1 (no focus) is one of the places */
	kqt_app_focus(a, (a->ui.focus + 1 + step + KQT_KNOBS + 1) % (KQT_KNOBS + 1) - 1);
}

void kqt_app_need_focus(struct kqt_app *a, enum kqt_action action, int arg)
{
	if (a->ui.focus < 0)
		kqt_app_focus_step(a, 1);
	keep_focus(a);
	if (action != KQT_DO_TYPE) {
		kqt_app_step_knob(a, a->ui.focus, arg > 0);
		return;
	}
	a->ui.typing = true;
	a->ui.typed[0] = '\0';
}
