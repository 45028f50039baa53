/* SPDX-License-Identifier: MIT */
#include "tui/live/play.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/live/app.h"

/* A second of a fast replay, and what lies before a far position, is work for more than
 * one: keys are obeyed in between, and the way is shown. */
#define TICK_BUDGET_NS (60 * KQT_NS_PER_MS)
#define SEEK_BUDGET_NS (200 * KQT_NS_PER_MS)
/* Time that passed unnoticed (the process was stopped) is not played. */
#define TICK_MAX_NS KQT_NS_PER_S

static const double speeds[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
#define SPEEDS ((int)(sizeof(speeds) / sizeof(speeds[0])))

bool kqt_play_ended(const struct kqt_play *p)
{
	return kqt_tape_ended(p->tape);
}

bool kqt_play_time_parse(const char *text, double *seconds)
{
	double total = 0;

	for (int part = 0; part < 3; part++) {
		char *end;
		double v;

		if (!isdigit((unsigned char)*text))
			return false;
		v = strtod(text, &end);
		/* strtod knows more than these: 0x10, 1e3 */
		if (strspn(text, "0123456789.") != (size_t)(end - text) || v > 1e9 ||
		    (part > 0 && v >= 60))
			return false;
		total = total * 60 + v;
		if (*end == '\0') {
			*seconds = total;
			return true;
		}
		if (*end != ':' || v != floor(v))
			return false;
		text = end + 1;
	}
	return false;
}

/* -- feeding -------------------------------------------------------------- */

struct kqt_moment kqt_play_moment(const struct kqt_play *p)
{
	uint64_t ms = kqt_tape_facts(p->tape)->started_ms;

	return (struct kqt_moment){p->feed_s, ms ? (int64_t)((double)ms / 1e3 + p->feed_s) : -1};
}

static void note_config(struct kqt_app *a, const struct kqt_recorded *rec)
{
	struct kqt_play *p = a->play;
	const struct kqt_config *now = &rec->config.config;
	char text[160] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	if (!p->configured) {
		kqt_app_note(a, KQT_ENTRY_ENGINE, "recorded on %s, preset %s",
		             rec->config.backend_label ? rec->config.backend_label : "?",
		             now->preset);
	} else {
		kqt_change_words(&p->config, now, &sb);
		if (text[0]) {
			a->ui.cause[0] = '\0';
			a->model->fig.load.any = false; /* as live */
		}
		if (text[0] || !a->ui.cause[0]) /* else its mark was noted */
			kqt_app_note(a, KQT_ENTRY_CHANGE, "%s", text[0] ? text : "a new epoch");
	}
	p->config = *now;
	p->configured = true;
	p->alarm[0] = '\0'; /* of another epoch */
	memset(p->alarms, 0, sizeof(p->alarms));
}

static void note_alarm(struct kqt_app *a, const struct kqt_recorded *rec)
{
	struct kqt_play *p = a->play;
	const struct kqt_recorded_alarm *al = &rec->alarm;
	bool apt = al->test && strcmp(al->test, "apt") == 0;
	enum kqt_health_test test = apt ? KQT_HEALTH_APT : KQT_HEALTH_RCT;
	char at[24];

	for (int i = 0; i < KQT_HEALTH_ALPHAS; i++)
		if (kqt_health_alpha_exp[i] == al->alpha_exp)
			p->alarms[test][i] = al->alarms;
	kqt_journal_alarms(a->journal, kqt_play_moment(p), test, p->alarms[test],
	                   (unsigned)al->symbol & 0xff, NULL);

	snprintf(p->alarm, sizeof(p->alarm), "%s 2^-%llu: alarm %llu, byte %llu, at %s",
	         apt ? "APT" : "RCT", (unsigned long long)al->alpha_exp,
	         (unsigned long long)al->alarms, (unsigned long long)al->symbol,
	         kqt_clock_text(rec->elapsed_s - kqt_tape_facts(p->tape)->offset_s, at));
}

/* "load none -> cpu:1", "load cpu:1 -> none": a load that was at work has ended, one began. */
static void note_load(struct kqt_app *a, const char *change, const char *arrow)
{
	static const char word[] = "load ", none[] = "none";
	struct kqt_play *p = a->play;
	char before[40];

	if (strncmp(change, word, strlen(word)) != 0)
		return;
	change += strlen(word);
	snprintf(before, sizeof(before), "%.*s", (int)(arrow - change), change);
	if (strcmp(before, none) != 0)
		kqt_model_load_ended(a->model, kqt_session_snapshot(a->session), &a->ui, before,
		                     p->feed_s - p->load_s, (uint64_t)(p->feed_s * 1e9));
	snprintf(a->ui.loaded.now, sizeof(a->ui.loaded.now), "%s", arrow + strlen(" -> "));
	p->load_s = p->feed_s;
	if (strcmp(before, none) == 0)
		a->model->fig.load.any = false;
}

/* Counts of the whole run, as the one who was recorded saw them. */
static void note_reset(struct kqt_app *a, bool undone)
{
	struct kqt_play *p = a->play;

	if (undone) {
		if (p->n_before)
			a->base = p->before[--p->n_before];
		a->ui.base = a->base;
		return;
	}
	if (p->n_before == KQT_PLAY_RESETS)
		memmove(&p->before[0], &p->before[1], --p->n_before * sizeof(p->before[0]));
	p->before[p->n_before++] = a->base;
	kqt_app_base_now(a);
}

/* What it did to the session's figures is done (tape.c). */
static void note_mark(struct kqt_app *a, const struct kqt_recorded *rec)
{
	const char *text = rec->mark.text ? rec->mark.text : "";
	const char *arrow = strstr(text, " -> ");
	char key = rec->mark.key[0];
	bool load = key == 'G' || key == 'g';
	bool begins = strchr("Ggz|", key) != NULL; /* an epoch of the same configuration */

	if (load && !arrow) { /* what a load has done, told as it ends */
		kqt_app_note(a, KQT_ENTRY_LOAD, "%s", text);
		return;
	}
	if (load)
		note_load(a, text, arrow);
	if (key == 'r' || key == 'u')
		note_reset(a, key == 'u');
	if (key == 'b')
		memcpy(a->ui.loaded.pinned, a->ui.loaded.now, sizeof(a->ui.loaded.now));
	kqt_history_mark(&a->history, key, text);
	kqt_app_note(a,
	             load         ? KQT_ENTRY_LOAD
	             : key == 'z' ? KQT_ENTRY_ENGINE
	             : key == '|' ? KQT_ENTRY_CHANGE
	                          : KQT_ENTRY_FIGURES,
	             "%s", text);
	if (begins)
		snprintf(a->ui.cause, sizeof(a->ui.cause), "%s", text);
}

/* Everything up to a position, or as far as the time allows: that is the position then.
 * @return whether all of it was fed. */
static bool feed(struct kqt_app *a, double until_s, uint64_t budget_ns)
{
	struct kqt_play *p = a->play;
	struct kqt_strbuf why = kqt_strbuf_init(p->why, sizeof(p->why));
	uint64_t end = kqt_clock_now_ns() + budget_ns;
	const struct kqt_recorded *rec;
	int rc;

	while ((rc = kqt_tape_step(p->tape, until_s, &rec, &why)) > 0) {
		p->feeding = true;
		p->feed_s = fmax(rec->elapsed_s - kqt_tape_facts(p->tape)->offset_s, 0);
		if (rec->type == KQT_RECORDED_CONFIG)
			note_config(a, rec);
		else if (rec->type == KQT_RECORDED_ALARM)
			note_alarm(a, rec);
		else if (rec->type == KQT_RECORDED_MARK)
			note_mark(a, rec);
		else if (rec->type == KQT_RECORDED_INTERVAL)
			kqt_app_take_figures(a);
		p->feeding = false;
		if (rec->type == KQT_RECORDED_INTERVAL)
			kqt_keep_note(a);
		if (rec->type == KQT_RECORDED_INTERVAL && kqt_clock_now_ns() >= end) {
			p->pos_s = kqt_session_snapshot(a->session)->elapsed_s;
			return false;
		}
	}
	if (rc < 0 && !p->error)
		kqt_app_say(a, KQT_MESSAGE_BAD, "cannot be read further: %s", p->why);
	p->error = rc;
	p->pos_s = rc < 0 ? kqt_session_snapshot(a->session)->elapsed_s : until_s;
	return true;
}

/* What is drawn now is a function of what was fed, not of the frames before. */
static void look_afresh(struct kqt_app *a)
{
	kqt_model_forget(a->model);
	(void)kqt_stretch_home(&a->ui);
	if (!a->ui.fixed)
		a->axis = (struct kqt_axis){0};
	a->recompute_all = a->dirty = true;
}

static void say_end(struct kqt_app *a)
{
	char at[24];

	if (!a->play->error)
		kqt_app_say(a, KQT_MESSAGE_INFO, "the recording ends here, at %s",
		            kqt_clock_text(a->play->pos_s, at));
}

static void go_on_seeking(struct kqt_app *a, uint64_t budget_ns)
{
	struct kqt_play *p = a->play;

	bool there = feed(a, p->target_s, budget_ns);

	p->clock_ns = kqt_clock_now_ns();
	a->recompute = a->dirty = true;
	if (!there)
		return;
	p->target_s = -1;
	look_afresh(a);
	if (kqt_play_ended(p))
		say_end(a);
}

static void seek(struct kqt_app *a, double to_s)
{
	struct kqt_play *p = a->play;
	double length = kqt_tape_facts(p->tape)->length_s;
	struct kqt_strbuf why = kqt_strbuf_init(p->why, sizeof(p->why));

	if (to_s < 0)
		to_s = 0;
	if (to_s > length)
		to_s = length;
	p->why[0] = '\0';
	if (kqt_keep_recall(a, to_s < p->pos_s ? 0 : p->pos_s, to_s)) {
		p->error = 0;
		a->ui.log_end = 0;
	} else if (to_s < p->pos_s || !a->history.level[0].ring) {
		if (kqt_tape_rewind(p->tape, &why) < 0 || kqt_app_forget_figures(a) < 0) {
			kqt_app_say(a, KQT_MESSAGE_BAD, "cannot go back: %s",
			            p->why[0] ? p->why : "no memory");
			return;
		}
		p->error = 0;
		p->pos_s = 0;
		p->configured = false;
		p->alarm[0] = '\0';
		p->n_before = 0;
		a->base = a->ui.base = (struct kqt_reset_base){0};
		a->ui.cause[0] = '\0';
		a->ui.loaded.now[0] = a->ui.loaded.pinned[0] = '\0';
		a->ui.log_end = 0; /* the newest there will be */
	}
	p->target_s = to_s;
	go_on_seeking(a, SEEK_BUDGET_NS);
}

void kqt_play_begin(struct kqt_app *a)
{
	struct kqt_play *p = a->play;
	const struct kqt_tape_facts *f = kqt_tape_facts(p->tape);

	p->paused = p->pause_at_s >= 0;
	seek(a, p->paused ? p->pause_at_s : 0);
	if (f->runs > 1 && !p->error)
		kqt_app_say(a, KQT_MESSAGE_INFO, "run %u of the %u in this file; --run chooses one",
		            f->run, f->runs);
}

bool kqt_play_tick(struct kqt_app *a, uint64_t now_ns)
{
	struct kqt_play *p = a->play;
	uint64_t passed = now_ns - p->clock_ns;
	double length = kqt_tape_facts(p->tape)->length_s, to_s;

	p->clock_ns = now_ns;
	if (kqt_play_seeks(p)) {
		go_on_seeking(a, TICK_BUDGET_NS);
		return true;
	}
	if (p->paused || kqt_play_ended(p))
		return false;
	to_s = p->pos_s + (double)(passed < TICK_MAX_NS ? passed : TICK_MAX_NS) / 1e9 * p->speed;
	if (to_s > length)
		to_s = length;
	(void)feed(a, to_s, TICK_BUDGET_NS);
	if (kqt_play_ended(p)) {
		look_afresh(a);
		say_end(a);
	}
	return true;
}

bool kqt_play_seeks(const struct kqt_play *p)
{
	return p->target_s >= 0;
}

/* -- keys ----------------------------------------------------------------- */

static void pause_or_go_on(struct kqt_app *a)
{
	struct kqt_play *p = a->play;

	if (!p->paused && !kqt_play_ended(p)) {
		(void)kqt_play_tick(a, kqt_clock_now_ns());
		p->paused = true;
		look_afresh(a);
		kqt_app_say(a, KQT_MESSAGE_INFO, "paused; space goes on");
		return;
	}
	if (kqt_play_ended(p)) {
		kqt_app_say(a, KQT_MESSAGE_INFO, "this is the end; Home goes to the beginning");
		return;
	}
	p->paused = false;
	p->clock_ns = kqt_clock_now_ns();
	kqt_app_say(a, KQT_MESSAGE_INFO, "playing");
}

static void step_speed(struct kqt_app *a, int step)
{
	struct kqt_play *p = a->play;
	int at = 0;

	(void)kqt_play_tick(a, kqt_clock_now_ns());
	while (at < SPEEDS - 1 && speeds[at] < p->speed)
		at++;
	if (step < 0 || speeds[at] <= p->speed) /* from between two, up is the next one */
		at += step;
	at = at < 0 ? 0 : at >= SPEEDS ? SPEEDS - 1 : at;
	p->speed = speeds[at];
	kqt_app_say(a, KQT_MESSAGE_INFO, "speed %gx", p->speed);
}

static void show_typed(struct kqt_app *a)
{
	kqt_app_say(a, KQT_MESSAGE_INFO,
	            "go to: %s_   seconds, 1:30 or 1:02:03; Enter goes, Esc "
	            "leaves",
	            a->play->typed);
	a->ui.message_until_ns = UINT64_MAX;
}

static bool type_key(struct kqt_app *a, int key)
{
	struct kqt_play *p = a->play;
	size_t n = strlen(p->typed);
	double to_s;

	if (key == KQT_KEY_ENTER) {
		p->typing = false;
		a->ui.message_kind = KQT_MESSAGE_NONE;
		if (n > 0 && kqt_play_time_parse(p->typed, &to_s))
			seek(a, to_s);
		else if (n > 0)
			kqt_app_say(a, KQT_MESSAGE_BAD,
			            "'%s' is no time such as 90, 1:30 or 1:02:03", p->typed);
		return true;
	}
	if (key == KQT_KEY_ESC) {
		p->typing = false;
		a->ui.message_kind = KQT_MESSAGE_NONE;
		return true;
	}
	if (key == KQT_KEY_BACKSPACE && n > 0) {
		p->typed[n - 1] = '\0';
	} else if (key < 128 && (isdigit(key) || key == ':' || key == '.') &&
	           n + 1 < sizeof(p->typed)) {
		p->typed[n] = (char)key;
		p->typed[n + 1] = '\0';
	} else if (key >= 128 || !isprint(key)) {
		p->typing = false; /* a function key does what it always does */
		a->ui.message_kind = KQT_MESSAGE_NONE;
		return false;
	}
	show_typed(a);
	return true;
}

static void act(struct kqt_app *a, const struct kqt_binding *b)
{
	struct kqt_play *p = a->play;

	switch (b->action) {
	case KQT_DO_PAUSE:
		pause_or_go_on(a);
		break;
	case KQT_DO_SEEK:
		seek(a, (kqt_play_seeks(p) ? p->target_s : p->pos_s) + b->arg);
		break;
	case KQT_DO_ENDS:
		seek(a, b->arg < 0 ? 0 : kqt_tape_facts(p->tape)->length_s);
		break;
	case KQT_DO_SPEED:
		step_speed(a, b->arg);
		break;
	case KQT_DO_GOTO:
		p->typing = true;
		p->typed[0] = '\0';
		show_typed(a);
		break;
	default:
		kqt_app_act(a, b->action, b->arg);
		break;
	}
}

static void refuse(struct kqt_app *a, int key, const struct kqt_binding *b)
{
	if (b && b->action == KQT_DO_RECORD)
		kqt_app_say(a, KQT_MESSAGE_INFO, "this is a recording already: %s",
		            kqt_tape_facts(a->play->tape)->name);
	else if (key > ' ' && key < 127)
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            "%c: a recording cannot be changed; ? lists the "
		            "keys",
		            key);
	else
		kqt_app_say(a, KQT_MESSAGE_INFO, "a recording cannot be changed; ? lists the keys");
}

void kqt_play_refuse(struct kqt_app *a)
{
	refuse(a, KQT_KEY_NONE, NULL);
}

bool kqt_play_key(struct kqt_app *a, int key)
{
	const struct kqt_binding *b = kqt_keymap_find_in(kqt_keymap_replay, key);
	bool paged = a->ui.view == KQT_VIEW_HELP || a->ui.view == KQT_VIEW_LOG ||
	             a->ui.view == KQT_VIEW_COMPARE ||
	             (a->ui.view == KQT_VIEW_EVENTS &&
	              kqt_events_pages(a->canvas.rows, kqt_app_shown(a)) > 1);
	bool turns = key == KQT_KEY_PGUP || key == KQT_KEY_PGDN || key == KQT_KEY_HOME ||
	             key == KQT_KEY_END || (a->ui.view == KQT_VIEW_HELP && key == ' ') ||
	             (a->ui.view == KQT_VIEW_LOG && (key == KQT_KEY_UP || key == KQT_KEY_DOWN));

	a->dirty = true;
	if (a->play->typing && type_key(a, key))
		return true;
	if (kqt_app_setup_key(a, key))
		return true;
	if (paged && turns) /* what is on the screen is what they move */
		return false;
	if (b) {
		act(a, b);
		return true;
	}
	b = kqt_keymap_find(key);
	if (!b || kqt_keys_row(key))
		return false;
	refuse(a, key, b);
	return true;
}
