/* SPDX-License-Identifier: MIT */
/* The loop of the live screen. It waits for a key, a signal, or the next refresh;
 * between a refresh's request and its answer it looks every millisecond, so that
 * keys are obeyed meanwhile. A key is drawn at once; figures when they come. */
#include "tui/live/app.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tui/live/opening.h"
#include "tui/live/signals.h"

#define PUMP_NS KQT_NS_PER_MS
#define MESSAGE_NS (4 * KQT_NS_PER_S)
#define INTERVAL_NS (250 * KQT_NS_PER_MS)
#define FIRST_NS (100 * KQT_NS_PER_MS) /* figures soon after the start */
#define BUSY_NS (20 * KQT_NS_PER_MS)   /* retry while a slow line takes a frame */
#define FAR_NS (KQT_NS_PER_S)
#define RAW_NS (50 * KQT_NS_PER_MS)       /* the ring of waits to record holds some 0.4 s */
#define PROGRESS_NS (100 * KQT_NS_PER_MS) /* how far a long change is */
#define PUBLISH_NS (450 * KQT_NS_PER_MS)  /* metrics: with every second refresh */
/* Figures over a second or more need not be drawn afresh with every refresh; a
 * little below half a second, so that every second refresh of 250 ms has them. */
#define SLOW_NS (450 * KQT_NS_PER_MS)
/* A screen full of them nobody reads faster than once a second. */
#define TABLES_NS (900 * KQT_NS_PER_MS)

const struct kqt_snapshot *kqt_app_shown(const struct kqt_app *a)
{
	return a->held ? a->held : kqt_session_snapshot(a->session);
}

const struct kqt_journal *kqt_app_log(const struct kqt_app *a)
{
	return a->held_journal ? a->held_journal : a->journal;
}

void kqt_app_say(struct kqt_app *a, enum kqt_message_kind kind, const char *fmt, ...)
{
	struct kqt_strbuf sb = kqt_strbuf_init(a->ui.message, sizeof(a->ui.message));
	va_list ap;

	va_start(ap, fmt);
	kqt_strbuf_addv(&sb, fmt, ap);
	va_end(ap);
	a->ui.message_kind = kind;
	a->ui.message_until_ns = kqt_clock_now_ns() + MESSAGE_NS;
	a->dirty = true;
}

static struct kqt_moment moment(const struct kqt_app *a)
{
	if (a->play)
		return kqt_play_moment(a->play);
	return (struct kqt_moment){(double)(kqt_clock_now_ns() - a->start_ns) / 1e9,
	                           (int64_t)time(NULL)};
}

void kqt_app_note(struct kqt_app *a, enum kqt_entry_kind kind, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	/* a recording's journal has what was recorded, not what is done while it is watched */
	if (a->play && !a->play->feeding)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kqt_journal_add(a->journal, moment(a), kind, "%s", text);
}

void kqt_app_mark(struct kqt_app *a, char letter, const char *text)
{
	kqt_history_mark(&a->history, letter, text);
	kqt_app_record_mark(a, letter, text);
}

int kqt_live_prepare(const struct kqt_live_options *opt)
{
	char text[128];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));

	if (kqt_term_prepare(opt->settings.value[KQT_SETTING_COLOR],
	                     opt->settings.value[KQT_SETTING_GLYPHS], &why))
		return 0;
	fprintf(stderr, "kqtop: no screen: %s; try %s\n", text,
	        opt->play ? "--json-lines"
	                  : "`kqtop live --json-lines`, `kqtop bench` or a command's --json");
	return 2;
}

/* -- figures -------------------------------------------------------------- */

static void write_line(struct kqt_app *a, bool final)
{
	struct kqt_account account[KQT_FILTERS];
	char *line;

	if (!a->opt->lines || a->lines_error)
		return;
	if (final)
		kqt_session_account(a->session, account);
	line = kqt_line_json(kqt_session_snapshot(a->session), a->ui.stream, final,
	                     final ? account : NULL);
	errno = 0;
	if (!line)
		a->lines_error = ENOMEM;
	else if (fputs(line, a->opt->lines) == EOF || fflush(a->opt->lines) != 0)
		a->lines_error = errno ? errno : EIO;
	free(line);
	if (a->lines_error) {
		char text[96];

		(void)kqt_errno_text(a->lines_error, text, sizeof(text));
		kqt_app_say(a, KQT_MESSAGE_BAD, "no more JSON lines: %s", text);
		kqt_app_note(a, KQT_ENTRY_RECORD, "no more JSON lines: %s", text);
	}
}

/* The engine may be halted: the outside is to know that too. */
static void publish(struct kqt_app *a, uint64_t now)
{
	uint64_t period = a->ui.interval_ns > PUBLISH_NS ? a->ui.interval_ns : PUBLISH_NS;
	const struct kqt_snapshot *snap = kqt_session_snapshot(a->session);

	if (!a->opt->publisher || !snap->total || now < a->publish_ns)
		return;
	a->publish_ns = now + PUBLISH_NS;
	if (kqt_publish(a->opt->publisher, snap, a->running, a->ui.stream, period, false) < 0)
		kqt_app_say(a, KQT_MESSAGE_BAD, "no new metrics: out of memory");
}

/* A change's effect is of the kind and filter that are looked at when it is there. */
static void keep_journal(struct kqt_app *a, const struct kqt_snapshot *snap)
{
	struct kqt_change_figures change = {0};
	char of[32];

	kqt_journal_watch(a->journal, moment(a), snap);
	if (!kqt_journal_wants_effect(a->journal, snap))
		return;
	kqt_model_change(a->model, snap, &a->ui, &change);
	snprintf(of, sizeof(of), "%s, %s", kqt_latency_short(a->ui.kind),
	         kqt_filter_label(a->ui.filter));
	kqt_journal_effect(a->journal, moment(a), snap->epoch->epoch, &change, of);
}

void kqt_app_take_figures(struct kqt_app *a)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(a->session);

	if (snap->interval)
		kqt_history_add(&a->history, snap->interval);
	kqt_history_note(&a->history, snap);
	kqt_model_note(a->model, snap);
	keep_journal(a, snap);
	write_line(a, false);
	kqt_app_record(a);
	publish(a, kqt_clock_now_ns());
	a->dirty = true;
	a->recompute |= !a->ui.frozen;
	kqt_app_freeze_due(a);
}

int kqt_app_forget_figures(struct kqt_app *a)
{
	struct kqt_model *model = kqt_model_new();
	struct kqt_journal *journal = kqt_journal_new();
	struct kqt_history history;
	int rc = model && journal ? kqt_history_init(&history) : -ENOMEM;

	if (rc < 0) {
		kqt_model_free(model);
		free(journal);
		return rc;
	}
	kqt_model_keep_pin(model, a->model);
	kqt_history_fini(&a->history);
	kqt_model_free(a->model);
	free(a->journal);
	journal->utc = a->play != NULL;
	a->history = history;
	a->model = model;
	a->journal = journal;
	return 0;
}

static void tell_change(struct kqt_app *a)
{
	char text[256];

	a->dirty = true;
	for (int k = 0; k < KQT_SOURCE_KINDS; k++) {
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

		if (kqt_shortfall_text(kqt_session_snapshot(a->session), (enum kqt_source_kind)k,
		                       &sb))
			kqt_app_say(a, KQT_MESSAGE_BAD, "%s", text);
	}
}

static void pump(struct kqt_app *a)
{
	int news = kqt_session_pump(a->session);
	uint64_t now = kqt_clock_now_ns();
	char text[96];

	if (a->changing && now >= a->progress_ns) {
		a->progress_ns = now + PROGRESS_NS;
		a->dirty = true;
	}

	if (news < 0) {
		a->engine_failed = true;
		a->engine_rc = news;
		a->running = a->changing = a->starting = a->asked = false;
		a->rc = 1;
		kqt_app_record(a);
		(void)kqt_err_text(news, text, sizeof(text));
		kqt_app_say(a, KQT_MESSAGE_BAD, "the wait failed: %s; z tries again", text);
		kqt_app_note(a, KQT_ENTRY_ENGINE, "the wait failed: %s", text);
		return;
	}
	if (news & KQT_NEWS_CHANGE) {
		a->changing = kqt_session_snapshot(a->session)->changing;
		if (a->starting && !a->changing)
			kqt_app_engine_started(a);
		tell_change(a);
	}
	if (news & KQT_NEWS_SNAPSHOT) {
		a->asked = false;
		kqt_app_take_figures(a);
	}
}

static void refresh(struct kqt_app *a, uint64_t now)
{
	if (now >= a->next_ns) {
		/* on the grid of the first one, but never two at once after a delay */
		a->next_ns += a->ui.interval_ns;
		if (a->next_ns <= now)
			a->next_ns = now + a->ui.interval_ns;
		if (a->play) {
			a->dirty |= kqt_play_tick(a, now);
		} else if (a->running && !a->starting) {
			kqt_session_request(a->session);
			a->asked = true;
		} else {
			a->dirty = true; /* the clock goes on */
			publish(a, now);
		}
	}
	if (a->play && kqt_play_seeks(a->play))
		(void)kqt_play_tick(a, now);
	if (!a->play && a->running && (a->asked || a->changing))
		pump(a);
}

/* -- drawing -------------------------------------------------------------- */

/* @return false when the frame before is still on its way */
static bool draw(struct kqt_app *a, uint64_t now)
{
	const struct kqt_snapshot *snap = kqt_app_shown(a);
	char progress[64];
	struct kqt_strbuf sb = kqt_strbuf_init(progress, sizeof(progress));
	struct kqt_progress far;
	double elapsed_s = a->play ? a->play->pos_s : (double)(now - a->start_ns) / 1e9;
	struct kqt_scene sc = {
	    .snap = snap,
	    .live = kqt_session_snapshot(a->session),
	    .running = a->running,
	    .changing = a->changing,
	    .wanted = kqt_session_wanted(a->session),
	    .history = &a->history,
	    .fig = &a->model->fig,
	    .ui = &a->ui,
	    .play = a->play,
	    .start_ns = a->play ? 0 : a->start_ns,
	    .elapsed_s = elapsed_s,
	    .now_ns = a->play ? (uint64_t)(elapsed_s * 1e9) : now,
	    .ab = &a->ab,
	    .beside = &a->beside,
	    .journal = kqt_app_log(a),
	    .log_since = a->held_journal ? a->journal->next - a->held_journal->next : 0,
	    .account = a->play ? NULL : a->account, /* no recording has one */
	    .cpus = a->cpus,
	    .message = a->ui.message_kind != KQT_MESSAGE_NONE,
	    .recording = a->recorder ? kqt_recorder_path(a->recorder) : NULL,
	    .recorded_bytes = a->recorder ? kqt_recorder_size(a->recorder) : 0,
	};
	int rc;

	if (a->changing && kqt_session_progress(a->session, &far) && kqt_opening_text(&far, &sb))
		sc.progress = progress;
	if (a->recompute || a->recompute_all) {
		bool tables = a->ui.view == KQT_VIEW_EVENTS || a->ui.view == KQT_VIEW_COMPARE;
		uint64_t slow = tables ? TABLES_NS : SLOW_NS;
		bool all = a->recompute_all || now - a->all_ns >= slow;

		kqt_model_update(a->model, snap, &a->history, &a->ui, all);
		if (all)
			a->all_ns = now;
		if (all && !a->ui.frozen)
			kqt_session_account(a->session, a->account);
		if (all && a->ui.view == KQT_VIEW_COMPARE)
			kqt_beside_update(&a->beside, snap, &a->history, &a->ui, !a->play);
	}
	a->recompute = a->recompute_all = false;
	kqt_app_setup_note(a);
	(void)kqt_term_fit(a->term, &a->canvas, a->ui.palette);
	kqt_axis_update(&a->axis, &a->model->fig, &a->history, &a->ui);
	sc.axis = a->axis;
	kqt_view_draw(&a->canvas, &sc);
	rc = kqt_term_show(a->term, &a->canvas, a->ui.palette);
	if (rc < 0)
		a->quit = true;
	if (rc == -ENXIO)
		a->signal = SIGHUP;
	else if (rc < 0)
		a->draw_rc = rc;
	return rc != 1;
}

/* -- the loop ------------------------------------------------------------- */

static void take_signals(struct kqt_app *a)
{
	int sig;

	while ((sig = kqt_signals_take()) != 0) {
		a->dirty = true;
		if (sig == SIGTSTP) {
			kqt_app_act(a, KQT_DO_SUSPEND, 0);
		} else if (sig == SIGINT) {
			kqt_app_act(a, KQT_DO_QUIT, 0);
		} else if (sig != SIGWINCH) {
			a->signal = sig;
			a->quit = true;
		}
	}
}

static void take_keys(struct kqt_app *a)
{
	int key;

	while (!a->quit && (key = kqt_term_key(a->term)) != KQT_KEY_NONE) {
		if (key == KQT_KEY_EOF) {
			a->signal = SIGHUP;
			a->quit = true;
			return;
		}
		kqt_app_key(a, key);
	}
}

static uint64_t until(uint64_t now, uint64_t then)
{
	return then > now ? then - now : 0;
}

static uint64_t time_to_wait(const struct kqt_app *a, uint64_t now)
{
	uint64_t wait = until(now, a->next_ns);

	if (a->opt->duration_ns && until(now, a->start_ns + a->opt->duration_ns) < wait)
		wait = until(now, a->start_ns + a->opt->duration_ns);
	if (a->ui.message_kind != KQT_MESSAGE_NONE && until(now, a->ui.message_until_ns) < wait)
		wait = until(now, a->ui.message_until_ns);
	if (a->ui.focus >= 0 && until(now, a->ui.focus_until_ns) < wait)
		wait = until(now, a->ui.focus_until_ns);
	if (kqt_app_ab_wait_ns(a) < wait)
		wait = kqt_app_ab_wait_ns(a);
	if (kqt_app_load_wait_ns(a) < wait)
		wait = kqt_app_load_wait_ns(a);
	if (a->dirty && BUSY_NS < wait)
		wait = BUSY_NS;
	if (a->running && (a->asked || a->changing) && PUMP_NS < wait)
		wait = PUMP_NS;
	if (a->opt->raw && a->running && RAW_NS < wait)
		wait = RAW_NS;
	if (a->play && kqt_play_seeks(a->play))
		wait = 0;
	return wait < FAR_NS ? wait : FAR_NS;
}

static void loop(struct kqt_app *a)
{
	while (!a->quit) {
		uint64_t now = kqt_clock_now_ns();

		take_signals(a);
		take_keys(a);
		if (a->opt->duration_ns && now - a->start_ns >= a->opt->duration_ns)
			a->quit = true;
		if (a->quit)
			return;
		refresh(a, now);
		kqt_app_record_waits(a);
		kqt_app_load_tick(a);
		kqt_app_ab_tick(a);
		kqt_app_focus_tick(a, now);
		if (a->ui.message_kind != KQT_MESSAGE_NONE && now >= a->ui.message_until_ns) {
			a->ui.message_kind = KQT_MESSAGE_NONE;
			a->dirty = true;
		}
		if (a->dirty)
			a->dirty = !draw(a, kqt_clock_now_ns());
		if (!a->quit)
			(void)kqt_term_wait(a->term, time_to_wait(a, kqt_clock_now_ns()));
	}
}

/* -- start and end -------------------------------------------------------- */

static void begin_journal(struct kqt_app *a)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(a->session);
	const struct kqt_config *cfg = kqt_session_wanted(a->session);
	char text[320] = "", value[64], usual[64];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	struct kqt_config plain;

	for (int i = 0; i < KQT_KNOBS; i++)
		kqt_strbuf_add(&sb, ", %s %s", kqt_knob(i)->name,
		               kqt_config_get_text(cfg, kqt_knob(i), value, sizeof(value)));
	/* what no knob shows, where it is not what the preset's name says */
	kqt_config_default(&plain);
	(void)!kqt_config_preset(&plain, cfg->preset, NULL);
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
		if (!t->key_less && t->type != KQT_T_TEXT &&
		    strcmp(kqt_config_get_text(cfg, t, value, sizeof(value)),
		           kqt_config_get_text(&plain, t, usual, sizeof(usual))) != 0)
			kqt_strbuf_add(&sb, ", %s %s", t->name, value);
	kqt_app_note(a, KQT_ENTRY_ENGINE, "started on %s, preset %s%s", snap->backend_label,
	             cfg->preset, text);
	if (a->recorder)
		kqt_app_note(a, KQT_ENTRY_RECORD, "recording to %s",
		             kqt_recorder_path(a->recorder));
}

/* A typing error in the file would go unnoticed: nothing else looks at a key that has no
 * meaning. */
static void tell_unknown(struct kqt_app *a)
{
	const struct kqt_settings *s = &a->opt->settings;

	for (int i = 0; i < s->n_unknown && i < KQT_UNKNOWN_KEYS; i++)
		kqt_app_note(a, KQT_ENTRY_ENGINE,
		             "configuration file, line %d: '%s' in [%s] is unknown and has no "
		             "effect",
		             s->unknown[i].line, s->unknown[i].name, s->unknown[i].section);
	if (s->n_unknown > KQT_UNKNOWN_KEYS)
		kqt_app_note(a, KQT_ENTRY_ENGINE, "configuration file: %d more unknown key%s",
		             s->n_unknown - KQT_UNKNOWN_KEYS,
		             kqt_plural((uint64_t)(s->n_unknown - KQT_UNKNOWN_KEYS)));
	if (s->n_unknown > 0)
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            "config file: '%s', line %d, is unknown%s\n'%s', line %d, is "
		            "unknown",
		            s->unknown[0].name, s->unknown[0].line,
		            s->n_unknown > 1 ? ", and others: log (6)" : " (log: 6)",
		            s->unknown[0].name, s->unknown[0].line);
}

static int start(struct kqt_app *a)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int rc = kqt_history_init(&a->history);

	if (rc < 0)
		return rc;
	a->model = kqt_model_new();
	a->journal = kqt_journal_new();
	if (!a->model || !a->journal)
		return -ENOMEM;
	a->journal->utc = a->play != NULL;
	a->cpus = cpus > 0 ? (unsigned)cpus : 1;
	a->ui.interval_ns = a->opt->interval_ns ? a->opt->interval_ns : INTERVAL_NS;
	a->ui.filter = KQT_FILTERS;
	a->ui.stream = a->opt->stream;
	a->ui.ghost = true;
	a->ui.zoom = 1;
	a->ui.end = a->ui.at = KQT_NOW;
	a->ui.focus = -1;
	a->running = true;
	if (a->play)
		kqt_keymap_replaying();
	a->dirty = a->recompute_all = true;
	a->term = kqt_term_open();
	if (a->term)
		kqt_app_setup_begin(a);
	if (a->opt->beside) {
		a->beside = *a->opt->beside; /* ours now */
		memset(a->opt->beside, 0, sizeof(*a->opt->beside));
		a->ui.view = KQT_VIEW_COMPARE;
	}
	if (a->opt->publisher)
		kqt_app_say(a, KQT_MESSAGE_INFO, "metrics at %s",
		            kqt_publish_url(a->opt->publisher));
	a->start_ns = kqt_clock_now_ns();
	if (a->play)
		kqt_play_begin(a);
	else
		begin_journal(a);
	if (!a->play)
		tell_unknown(a);
	a->next_ns = a->start_ns +
	             (a->opt->lines || a->ui.interval_ns < FIRST_NS ? a->ui.interval_ns : FIRST_NS);
	return a->term ? 0 : -KQT_E_UNSUPPORTED;
}

/* What went wrong while there was a screen to say it on, for whoever reads no more of it. */
static void tell_end(const struct kqt_app *a)
{
	char text[96];

	if (a->draw_rc)
		kqt_complain("cannot draw the screen: %s",
		             kqt_err_text(a->draw_rc, text, sizeof(text)));
	if (a->engine_rc)
		kqt_complain("the wait failed: %s", kqt_err_text(a->engine_rc, text, sizeof(text)));
	if (a->lines_error)
		kqt_complain("JSON lines ended early: %s",
		             kqt_errno_text(a->lines_error, text, sizeof(text)));
	if (a->record_failed[0])
		kqt_complain("%s", a->record_failed);
}

static void finish(struct kqt_app *a)
{
	bool lost = a->signal == SIGHUP;

	kqt_term_close(a->term);
	a->term = NULL;
	(void)kqt_app_load_end(a, true);
	kqt_app_ab_fini(a);
	kqt_session_halt(a->session);
	write_line(a, true);
	kqt_app_record_end(a);
	if (a->lines_error || a->record_failed[0] || a->draw_rc)
		a->rc = 1;
	if (!lost)
		tell_end(a);
	if (!a->signal)
		kqt_app_summary(a, stdout);
	else if (!lost)
		fflush(stdout);
}

int kqt_live_run(struct kqt_session *s, const struct kqt_live_options *opt)
{
	struct kqt_app *a = calloc(1, sizeof(*a));
	char text[96];
	int rc = a ? 0 : -ENOMEM, status = 1, sig = 0;

	if (a) {
		a->session = s;
		a->opt = opt;
		a->play = opt->play;
		a->recorder = opt->recorder;
		a->recorder_raw = opt->recorder && opt->raw;
		rc = start(a);
	}
	if (rc < 0) {
		fprintf(stderr, "kqtop: cannot start the screen: %s\n",
		        kqt_err_text(rc, text, sizeof(text)));
	} else {
		loop(a);
		finish(a);
		status = a->rc;
		sig = a->signal;
	}
	if (a) {
		if (a->play)
			kqt_keep_fini(&a->play->keep);
		kqt_term_close(a->term);
		kqt_app_record_end(a);
		kqt_app_ab_fini(a);
		kqt_beside_fini(&a->beside);
		kqt_history_fini(&a->history);
		kqt_model_free(a->model);
		free(a->journal);
		kqt_snapshot_free(a->held);
		free(a->held_journal);
		kqt_canvas_fini(&a->canvas);
		free(a);
	}
	if (sig) {
		kqt_signals_die(sig);
	}
	return status;
}
