/* SPDX-License-Identifier: MIT */
/* The screen's settings in force, changed and saved; presets of one's own; the mouse.
 * A setting that has a key of its own (theme, scale ..) may differ from the file's until
 * it is changed here. */
#include <stdio.h>
#include <string.h>

#include "tui/live/app.h"

static enum kqt_view_id numbered_view(uint64_t place)
{
	for (int v = 0; v < KQT_VIEWS; v++)
		if (kqt_view_is_numbered((enum kqt_view_id)v) && place-- == 0)
			return (enum kqt_view_id)v;
	return KQT_VIEW_OVERVIEW;
}

/* What has a place of its own in the state of the screen, from there. */
static void note_values(struct kqt_ui *ui)
{
	uint64_t *v = ui->settings.value;

	v[KQT_SETTING_THEME] = ui->palette;
	v[KQT_SETTING_INTERVAL] = ui->interval_ns / KQT_NS_PER_MS;
	v[KQT_SETTING_KIND] = ui->kind;
	v[KQT_SETTING_STREAM] = ui->stream;
	v[KQT_SETTING_SCALE] = ui->scale;
	v[KQT_SETTING_MOUSE] = ui->mouse;
}

static void put_stream(struct kqt_app *a, enum kqt_stream stream)
{
	if (a->ui.stream == stream)
		return;
	a->ui.stream = stream;
	kqt_session_watch_stream(a->session, stream);
}

/* @return false when it cannot be here */
static bool put_value(struct kqt_app *a, enum kqt_setting_id id)
{
	struct kqt_ui *ui = &a->ui;
	uint64_t v = ui->settings.value[id];

	a->recompute_all = true;
	switch (id) {
	case KQT_SETTING_THEME:
		ui->palette = (enum kqt_palette)v;
		break;
	case KQT_SETTING_GLYPHS:
	case KQT_SETTING_COLOR:
		kqt_term_choose(a->term, ui->settings.value[KQT_SETTING_COLOR],
		                ui->settings.value[KQT_SETTING_GLYPHS]);
		break;
	case KQT_SETTING_INTERVAL:
		ui->interval_ns = v * KQT_NS_PER_MS;
		a->next_ns = kqt_clock_now_ns();
		break;
	case KQT_SETTING_KIND:
		ui->kind = (enum kqt_latency)v;
		break;
	case KQT_SETTING_STREAM:
		put_stream(a, (enum kqt_stream)v);
		break;
	case KQT_SETTING_SCALE:
		ui->scale = (enum kqt_scale)v;
		break;
	case KQT_SETTING_MOUSE:
		if (!kqt_term_mouse(a->term, v != 0) && v)
			return false;
		ui->mouse = v != 0;
		break;
	case KQT_SETTING_VIEW: /* of the next start */
	case KQT_SETTINGS:
		break;
	}
	return true;
}

void kqt_app_setup_begin(struct kqt_app *a)
{
	const uint64_t *v = a->opt->settings.value;

	a->ui.settings = a->opt->settings;
	a->ui.palette = (enum kqt_palette)v[KQT_SETTING_THEME];
	a->ui.kind = (enum kqt_latency)v[KQT_SETTING_KIND];
	a->ui.scale = (enum kqt_scale)v[KQT_SETTING_SCALE];
	a->ui.view = numbered_view(v[KQT_SETTING_VIEW]);
	if (v[KQT_SETTING_MOUSE])
		(void)put_value(a, KQT_SETTING_MOUSE);
}

void kqt_app_setup_note(struct kqt_app *a)
{
	if (a->ui.view == KQT_VIEW_SETUP)
		note_values(&a->ui);
}

static void save(struct kqt_app *a, enum kqt_setting_id id)
{
	struct kqt_settings *s = &a->ui.settings;
	char why[512], value[64];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));

	kqt_setting_text(id, s->value[id], value, sizeof(value));
	if (kqt_settings_save(s, id, &sb) < 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "%s", why);
		return;
	}
	s->there = true;
	s->origin[id] = (struct kqt_origin){KQT_BY_FILE, 0};
	kqt_app_say(a, KQT_MESSAGE_INFO, "%s %s, saved", kqt_setting(id)->name, value);
}

static void change(struct kqt_app *a, int step)
{
	enum kqt_setting_id id = (enum kqt_setting_id)a->ui.setup_row;
	uint64_t *value = &a->ui.settings.value[id], before;

	note_values(&a->ui);
	before = *value;
	*value = kqt_setting_step(id, before, step);
	if (put_value(a, id)) {
		save(a, id);
		return;
	}
	*value = before;
	kqt_app_say(a, KQT_MESSAGE_BAD, "this terminal does not report its mouse");
}

/* What nobody sees behind the setup screen: the engine's keys wait until it is left. */
static bool is_engines(int key)
{
	const struct kqt_key *row = kqt_keys_row(key);

	return row && (row->group == KQT_KEYS_MEASURE || row->bind[0].action == KQT_DO_AB);
}

bool kqt_app_setup_key(struct kqt_app *a, int key)
{
	int *row = &a->ui.setup_row;

	if (a->ui.view != KQT_VIEW_SETUP)
		return false;
	switch (key) {
	case KQT_KEY_UP:
	case KQT_KEY_BACKTAB:
		*row = (*row + KQT_SETTINGS - 1) % KQT_SETTINGS;
		break;
	case KQT_KEY_DOWN:
	case KQT_KEY_TAB:
		*row = (*row + 1) % KQT_SETTINGS;
		break;
	case KQT_KEY_LEFT:
	case '-':
		change(a, -1);
		break;
	case KQT_KEY_RIGHT:
	case KQT_KEY_ENTER:
	case '+':
	case ' ':
		change(a, 1);
		break;
	default:
		if (!is_engines(key))
			return false;
		kqt_app_say(
		    a, KQT_MESSAGE_INFO,
		    "setup: arrows change a setting; Esc leaves first\nsetup: Esc leaves first");
		break;
	}
	return true;
}

void kqt_app_setup_toggle(struct kqt_app *a)
{
	struct kqt_ui *ui = &a->ui;

	if (ui->view == KQT_VIEW_SETUP) {
		ui->view = ui->view_before;
	} else {
		ui->view_before = ui->view == KQT_VIEW_HELP ? ui->before_help : ui->view;
		ui->view = KQT_VIEW_SETUP;
		ui->focus = -1; /* the arrows are for settings here */
		ui->typing = false;
	}
	a->recompute_all = true;
}

/* -- presets of one's own -------------------------------------------------- */

static bool is_own(const char *name)
{
	for (size_t i = 0; kqt_preset_name(i); i++)
		if (strcmp(kqt_preset_name(i), name) == 0)
			return true;
	return false;
}

static void save_preset(struct kqt_app *a)
{
	struct kqt_config cfg = *kqt_session_wanted(a->session), made = cfg;
	struct kqt_ui *ui = &a->ui;
	char why[512];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));
	int rc = kqt_preset_name_check(ui->name, &sb);

	if (rc < 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "%s", why);
		ui->naming = false;
		return;
	}
	if (is_own(ui->name) && !ui->name_taken) {
		ui->name_taken = true;
		return;
	}
	ui->naming = false;
	rc = kqt_settings_save_preset(&ui->settings, ui->name, &cfg, &sb);
	if (rc < 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "%s", why);
		return;
	}
	/* what is measured is this preset now; the figures go on */
	if (kqt_config_preset(&made, ui->name, NULL) == 0 && kqt_config_same(&made, &cfg)) {
		kqt_session_name(a->session, ui->name);
		if (kqt_config_same(&a->history.config, &cfg))
			memcpy(a->history.config.preset, made.preset, sizeof(made.preset));
	}
	kqt_app_say(a, KQT_MESSAGE_INFO, "preset %s saved; p and P, --preset %s bring it back",
	            ui->name, ui->name);
}

void kqt_app_name_begin(struct kqt_app *a)
{
	a->ui.naming = true;
	a->ui.name_taken = false;
	a->ui.name[0] = '\0';
}

bool kqt_app_name_key(struct kqt_app *a, int key)
{
	struct kqt_ui *ui = &a->ui;
	size_t n = strlen(ui->name);

	if (!ui->naming)
		return false;
	if (key == KQT_KEY_ENTER) {
		save_preset(a);
	} else if (key == KQT_KEY_ESC) {
		ui->naming = false;
	} else if (key == KQT_KEY_BACKSPACE) {
		ui->name[n > 0 ? n - 1 : 0] = '\0';
		ui->name_taken = false;
	} else if (key >= ' ' && key < 127) {
		/* a name has no blanks (preset.c): what it has instead is seen at once */
		if (n + 1 < sizeof(ui->name))
			snprintf(ui->name + n, sizeof(ui->name) - n, "%c", key == ' ' ? '-' : key);
		ui->name_taken = false;
	} else {
		/* ^C, ^L, ^Z and function keys do what they always do; letters never */
		return key == KQT_KEY_MOUSE;
	}
	return true;
}

/* -- mouse ----------------------------------------------------------------- */

void kqt_app_mouse_toggle(struct kqt_app *a)
{
	bool on = !a->ui.mouse;

	if (!kqt_term_mouse(a->term, on)) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "this terminal does not report its mouse");
		return;
	}
	a->ui.mouse = on;
	kqt_app_say(a, KQT_MESSAGE_INFO, "mouse %s",
	            on ? "on: click knobs and keys, the wheel steps a knob"
	               : "off: the terminal selects text again");
}

void kqt_app_mouse(struct kqt_app *a)
{
	const struct kqt_mouse *m = kqt_term_mouse_event(a->term);
	const struct kqt_zone *z = kqt_canvas_zone_at(&a->canvas, m->row, m->col);
	bool wheel = m->what != KQT_MOUSE_CLICK, up = m->what == KQT_MOUSE_WHEEL_UP;
	const struct kqt_tunable *knob;

	if (!z || !a->ui.mouse || a->ui.typing)
		return;
	switch (z->what) {
	case KQT_ZONE_KEY:
		if (!wheel)
			kqt_app_key(a, z->arg);
		break;
	case KQT_ZONE_KNOB:
		knob = kqt_knob(z->arg);
		/* what a key of the knob may not do, the wheel may not either; nor is a knob
		 * chosen where its keys are for something else: they say why */
		if (a->play)
			kqt_play_refuse(a);
		else if (wheel || a->ab.running || a->ui.view == KQT_VIEW_SETUP)
			kqt_app_key(a, wheel && !up ? knob->key_less : knob->key_more);
		else
			kqt_app_focus(a, z->arg);
		break;
	case KQT_ZONE_SETTING:
		a->ui.setup_row = z->arg;
		if (wheel)
			change(a, up ? 1 : -1);
		break;
	}
}
