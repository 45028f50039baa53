/* SPDX-License-Identifier: MIT */
/* From a key to what it stands for, by the table of keys; a question or a field on the
 * screen takes it first. */
#include "tui/live/act.h"

static void come_home(struct kqt_app *a)
{
	a->recompute_all = true;
	if (!a->ui.fixed)
		a->axis.hi = 0;
	kqt_app_say(a, KQT_MESSAGE_INFO, a->ui.frozen ? "the moment of the freeze" : "now again");
}

static void cancel(struct kqt_app *a)
{
	if (a->ui.focus >= 0)
		kqt_app_leave_focus(a);
	else if (a->ui.view == KQT_VIEW_SETUP)
		kqt_app_setup_toggle(a);
	else if (a->ui.view == KQT_VIEW_HELP)
		a->ui.view = a->ui.before_help;
	else if (kqt_stretch_home(&a->ui))
		come_home(a);
	else if (a->ui.view != KQT_VIEW_OVERVIEW)
		kqt_app_show_view(a, 1);
	else if (!kqt_app_load_end(a, false))
		kqt_app_say(a, KQT_MESSAGE_INFO, "Esc leaves help and typing; q quits");
}

static void suspend(struct kqt_app *a)
{
	uint64_t from = kqt_clock_now_ns();

	(void)kqt_app_load_end(a, false); /* nobody would see it */
	kqt_app_note(a, KQT_ENTRY_GAP, "suspended");
	kqt_term_suspend(a->term);
	kqt_app_note(a, KQT_ENTRY_GAP, "continued after %.1f s",
	             (double)(kqt_clock_now_ns() - from) / 1e9);
	a->next_ns = 0;
}

static void act_on_view(struct kqt_app *a, enum kqt_action action, int arg)
{
	struct kqt_ui *ui = &a->ui;

	a->recompute_all = true;
	switch (action) {
	case KQT_DO_FILTER:
		kqt_app_next_filter(a);
		break;
	case KQT_DO_KIND:
		ui->kind = (enum kqt_latency)((ui->kind + 1) % KQT_LATENCIES);
		kqt_app_say(a, KQT_MESSAGE_INFO, "%s latency", kqt_latency_name(ui->kind));
		break;
	case KQT_DO_STREAM:
		ui->stream = (enum kqt_stream)((ui->stream + 1) % KQT_STREAMS);
		kqt_session_watch_stream(a->session, ui->stream);
		kqt_app_say(a, KQT_MESSAGE_INFO, "byte stream %s", kqt_stream_name(ui->stream));
		break;
	case KQT_DO_SCALE:
		ui->scale = (enum kqt_scale)((ui->scale + 1) % KQT_SCALES);
		kqt_app_say(a, KQT_MESSAGE_INFO, "scale %s", kqt_scale_name(ui->scale));
		break;
	case KQT_DO_GHOST:
		ui->ghost = !ui->ghost;
		kqt_app_say(a, KQT_MESSAGE_INFO, "the baseline's ghost is %s",
		            ui->ghost ? "on" : "off");
		break;
	case KQT_DO_PIN:
		kqt_app_pin(a);
		break;
	case KQT_DO_SWAP:
		kqt_app_swap(a);
		break;
	case KQT_DO_THEME:
		kqt_app_next_theme(a);
		break;
	case KQT_DO_ZOOM:
		kqt_app_step_zoom(a, arg);
		break;
	case KQT_DO_SCROLL:
		kqt_app_scroll(a, 10 * arg);
		break;
	case KQT_DO_RANGE:
		kqt_app_fix_range(a);
		break;
	case KQT_DO_CHART:
		kqt_app_next_chart(a);
		break;
	case KQT_DO_PAGE:
		kqt_app_turn_page(a, arg);
		break;
	case KQT_DO_HELP:
		ui->help_page = 0;
		if (ui->view == KQT_VIEW_HELP) {
			ui->view = ui->before_help;
			break;
		}
		ui->before_help = ui->view;
		ui->view = KQT_VIEW_HELP;
		break;
	default:
		break;
	}
}

/* Files, and what asks for a name. */
static void act_on_files(struct kqt_app *a, enum kqt_action action, int arg)
{
	switch (action) {
	case KQT_DO_RECORD:
		kqt_app_record_toggle(a);
		break;
	case KQT_DO_COMPARE:
		kqt_app_ask(a);
		break;
	case KQT_DO_NAME:
		kqt_app_name_begin(a);
		break;
	case KQT_DO_SNAPSHOT:
		kqt_app_snapshot(a);
		break;
	case KQT_DO_SETUP:
		kqt_app_setup_toggle(a);
		break;
	case KQT_DO_MOUSE:
		kqt_app_mouse_toggle(a);
		break;
	default:
		act_on_view(a, action, arg);
		break;
	}
}

void kqt_app_act(struct kqt_app *a, enum kqt_action action, int arg)
{
	a->dirty = true;
	switch (action) {
	case KQT_DO_KNOB:
		kqt_app_step_knob(a, arg / 2, arg % 2);
		break;
	case KQT_DO_PRESET:
		kqt_app_step_preset(a, arg);
		break;
	case KQT_DO_UNDO:
		kqt_app_undo(a);
		break;
	case KQT_DO_FREEZE:
		if (a->ui.view == KQT_VIEW_HELP)
			kqt_app_turn_page(a, 1);
		else
			kqt_app_freeze(a);
		break;
	case KQT_DO_RESET:
		kqt_app_reset(a);
		break;
	case KQT_DO_HALT:
		kqt_app_halt_or_resume(a);
		break;
	case KQT_DO_AB:
		kqt_app_ab_begin(a);
		break;
	case KQT_DO_LOAD:
		kqt_app_load_step(a, arg);
		break;
	case KQT_DO_REFRESH:
		kqt_app_step_refresh(a, arg > 0);
		break;
	case KQT_DO_FOCUS:
		kqt_app_focus_step(a, arg);
		break;
	case KQT_DO_ARROW:
		if (a->ui.view == KQT_VIEW_LOG && a->ui.focus < 0)
			kqt_app_scroll_log(a, arg > 0 ? KQT_LOG_UP : KQT_LOG_DOWN);
		else
			kqt_app_need_focus(a, action, arg);
		break;
	case KQT_DO_STEP:
	case KQT_DO_TYPE:
		kqt_app_need_focus(a, action, arg);
		break;
	case KQT_DO_CANCEL:
		cancel(a);
		break;
	case KQT_DO_VIEW:
		kqt_app_show_view(a, arg);
		break;
	case KQT_DO_REDRAW:
		kqt_term_redraw(a->term);
		kqt_app_say(a, KQT_MESSAGE_INFO, "drawn again");
		break;
	case KQT_DO_SUSPEND:
		suspend(a);
		break;
	case KQT_DO_QUIT:
		a->quit = true;
		break;
	default:
		act_on_files(a, action, arg);
		break;
	}
}

void kqt_app_key(struct kqt_app *a, int key)
{
	const struct kqt_binding *b = kqt_keymap_find(key);

	a->dirty = true;
	if (key >= 128 && key < KQT_KEY_UP) { /* no key's, but a file may be named so */
		(void)kqt_app_ask_key(a, key);
		return;
	}
	if (kqt_app_name_key(a, key) || kqt_app_ask_key(a, key))
		return;
	if (key == KQT_KEY_MOUSE) {
		kqt_app_mouse(a);
		return;
	}
	if (a->play && kqt_play_key(a, key))
		return;
	if (kqt_app_load_key(a, key))
		return;
	if (!a->ui.typing && kqt_app_setup_key(a, key))
		return;
	if (a->ui.typing && kqt_app_type_key(a, key))
		return;
	if (b && kqt_app_ab_key(a, b->action))
		return;
	if (a->ui.frozen && a->ui.focus < 0 && (key == KQT_KEY_LEFT || key == KQT_KEY_RIGHT)) {
		kqt_app_scroll(a, key == KQT_KEY_LEFT ? -1 : 1); /* Tab chooses a knob still */
		return;
	}
	if (b)
		kqt_app_act(a, b->action, b->arg);
	else if (key > ' ' && key < 127)
		kqt_app_say(
		    a, KQT_MESSAGE_INFO,
		    "key %c means nothing here; ? lists the keys\n%c is no key; ? lists them", key,
		    key);
}
