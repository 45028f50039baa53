/* SPDX-License-Identifier: MIT */
/* A knob shows its new value at once (kqt_session_wanted), whatever the engine needs
 * until it is in force; what cannot be done says why. */
#include "tui/live/act.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void push_undo(struct kqt_app *a, const struct kqt_undo *u)
{
	if (a->n_undo == KQT_UNDO_MAX)
		memmove(&a->undo[0], &a->undo[1], (size_t)(--a->n_undo) * sizeof(a->undo[0]));
	a->undo[a->n_undo++] = *u;
}

/* What the engine reads when it starts only (session.h). */
static bool made_otherwise(const struct kqt_config *before, const struct kqt_config *now,
                           struct kqt_strbuf *what)
{
	static const char *const rows[] = {"cpu", "priority", "mlock", "slack", "backend"};
	char a[KQT_PATH_SIZE], b[KQT_PATH_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct kqt_tunable *t = kqt_tunable_find(rows[i]);

		if (strcmp(kqt_config_get_text(before, t, a, sizeof(a)),
		           kqt_config_get_text(now, t, b, sizeof(b))) != 0)
			kqt_strbuf_add(what, "%s%s", what->len ? ", " : "", t->name);
	}
	return what->len > 0;
}

void kqt_app_stop_engine(struct kqt_app *a)
{
	kqt_session_halt(a->session);
	kqt_app_record(a);
	a->running = a->changing = a->starting = a->asked = false;
	a->recompute_all = true;
}

static int start_engine(struct kqt_app *a, struct kqt_strbuf *why)
{
	int rc = kqt_session_resume(a->session, why);

	if (rc < 0)
		return rc;
	a->engine_failed = false;
	a->running = true;
	a->next_ns = 0;
	return 0;
}

/* Stop, change, start; if it cannot start so, start again as it was. */
static int restart_with(struct kqt_app *a, const struct kqt_config *cfg, struct kqt_strbuf *why)
{
	struct kqt_config before = *kqt_session_wanted(a->session);
	char text[256];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	int rc;

	kqt_app_stop_engine(a);
	rc = kqt_session_apply(a->session, cfg, why);
	if (rc == 0)
		rc = start_engine(a, why);
	if (rc == 0)
		return 0;
	snprintf(a->ui.cause, sizeof(a->ui.cause), "restarted");
	if (kqt_session_apply(a->session, &before, &sb) < 0 || start_engine(a, &sb) < 0)
		kqt_strbuf_add(why, "; nor as it was: %s", text);
	return rc;
}

/* @return whether it will be so */
static bool apply(struct kqt_app *a, const struct kqt_config *cfg, bool undoable)
{
	struct kqt_undo u = {.config = *kqt_session_wanted(a->session)};
	struct kqt_config wanted = *cfg;
	char why[256], what[96];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));
	struct kqt_strbuf rows = kqt_strbuf_init(what, sizeof(what));
	bool anew = a->running && made_otherwise(&u.config, cfg, &rows);
	int rc = anew ? restart_with(a, &wanted, &sb) : kqt_session_apply(a->session, &wanted, &sb);
	if (rc < 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "%s", why);
		kqt_app_note(a, KQT_ENTRY_CHANGE, "refused: %s", why);
		return false;
	}
	a->changing = a->running && !anew;
	a->model->fig.load.any = false;
	/* what an epoch of the same configuration has behind it then */
	snprintf(a->ui.cause, sizeof(a->ui.cause), "changed and changed back");
	if (a->running && kqt_config_same(&a->history.config, kqt_session_wanted(a->session)))
		kqt_app_mark(a, '|', a->ui.cause);
	if (undoable)
		push_undo(a, &u);
	return true;
}

static const char *while_text(const struct kqt_app *a)
{
	if (a->ui.frozen)
		return " (the view is frozen, the engine obeys)";
	return a->running ? "" : " (at the next start, z)";
}

static void say_change(struct kqt_app *a, const struct kqt_config *before, bool undone)
{
	const struct kqt_config *now = kqt_session_wanted(a->session);
	char words[160] = "", rows[96], how[128] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(words, sizeof(words));
	struct kqt_strbuf anew = kqt_strbuf_init(rows, sizeof(rows));

	kqt_change_words(before, now, &sb);
	if (a->running && made_otherwise(before, now, &anew))
		snprintf(how, sizeof(how), " (restarted for %s)", rows);
	kqt_app_note(a, KQT_ENTRY_CHANGE, "%s%s%s", undone ? "undone: " : "", words,
	             a->running ? how : " (at the next start)");
	kqt_app_say(a, KQT_MESSAGE_INFO, "%s%s\n%s", words, *how ? how : while_text(a), words);
}

void kqt_app_set_knob(struct kqt_app *a, const struct kqt_tunable *t, const char *value)
{
	struct kqt_config before = *kqt_session_wanted(a->session), cfg = before;
	char why[256];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));

	if (kqt_config_set(&cfg, t->name, value, &sb) < 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "%s", why);
		return;
	}
	if (kqt_config_same(&before, &cfg)) {
		kqt_app_say(a, KQT_MESSAGE_INFO, "%s stays at %s", t->name, value);
		return;
	}
	if (apply(a, &cfg, true))
		say_change(a, &before, false);
}

void kqt_app_step_knob(struct kqt_app *a, int place, bool up)
{
	const struct kqt_tunable *t = kqt_knob(place);
	uint64_t now = kqt_config_get(kqt_session_wanted(a->session), t);
	uint64_t next = kqt_tunable_step(t, now, up);
	char value[32];

	if (next == now) {
		kqt_app_say(a, KQT_MESSAGE_INFO, "%s: %llu%s is as far as this key goes", t->name,
		            (unsigned long long)now, t->unit);
		return;
	}
	snprintf(value, sizeof(value), "%llu%s", (unsigned long long)next, t->unit);
	kqt_app_set_knob(a, t, value);
}

/* Built-in ones and one's own, in a circle. */
void kqt_app_step_preset(struct kqt_app *a, int step)
{
	struct kqt_config before = *kqt_session_wanted(a->session), cfg = before;
	const char *name;
	int n = 0, at = 0;

	for (; (name = kqt_preset_name((size_t)n)) != NULL; n++)
		if (strcmp(name, cfg.preset) == 0)
			at = n;
	if (n > 0 &&
	    kqt_config_preset(&cfg, kqt_preset_name((size_t)((at + step + n) % n)), NULL) == 0 &&
	    apply(a, &cfg, true))
		say_change(a, &before, false);
}

/* -- reset, undo ---------------------------------------------------------- */

/* What a frozen view shows was counted from where it was then. */
void kqt_app_show_base(struct kqt_app *a)
{
	if (!a->ui.frozen)
		a->ui.base = a->base;
}

void kqt_app_base_now(struct kqt_app *a)
{
	const struct kqt_tally *t = kqt_session_snapshot(a->session)->total;

	memcpy(a->base.filter, t->filter, sizeof(t->filter));
	a->base.timeouts = t->timeouts;
	a->base.collections_done = t->collections_done;
	a->base.collections_short = t->collections_short;
	kqt_app_show_base(a);
}

void kqt_app_reset(struct kqt_app *a)
{
	struct kqt_undo u = {.reset = true, .base = a->base};

	if (!kqt_session_snapshot(a->session)->total)
		return;
	kqt_session_reset(a->session);
	push_undo(a, &u);
	kqt_app_base_now(a);
	if (!a->ui.fixed && !a->ui.frozen)
		a->axis.hi = 0;
	a->recompute_all = true;
	kqt_app_mark(a, 'r', "reset");
	kqt_app_say(a, KQT_MESSAGE_INFO, "figures start afresh%s; u brings them back",
	            a->ui.frozen ? " (what is frozen stays)" : "");
	kqt_app_note(a, KQT_ENTRY_FIGURES, "reset: figures start afresh");
}

/* A replay's is a baseline of the viewer's own, over what the recording has. */
static void unpin(struct kqt_app *a)
{
	kqt_session_unpin(a->session);
	a->ui.loaded.own = false;
	kqt_app_say(a, KQT_MESSAGE_INFO,
	            a->play ? "baseline unpinned: it is the recording's again"
	                    : "baseline unpinned: the next change replaces it; b pins what is now");
	kqt_app_note(a, KQT_ENTRY_FIGURES, KQT_MARK_UNPINNED);
	if (!a->play)
		kqt_app_mark(a, 'b', KQT_MARK_UNPINNED);
}

/* b pins, and again unpins: the state is on the screen, and to pin anew is b b. */
void kqt_app_pin(struct kqt_app *a)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(a->session);
	char n[16], ago[24];

	if (a->play ? kqt_session_feed_own(a->session) : snap->pinned) {
		unpin(a);
		return;
	}
	if (!kqt_session_pin(a->session)) {
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            "too soon to pin: a baseline takes half a second of figures");
		return;
	}
	a->ui.loaded.own = a->play != NULL;
	memcpy(a->play ? a->ui.loaded.own_pinned : a->ui.loaded.pinned, a->ui.loaded.now,
	       sizeof(a->ui.loaded.now));
	kqt_model_note_baseline(a->model, snap);
	kqt_fmt_count((double)snap->baseline->waits, n, sizeof(n));
	kqt_ago_text(kqt_tally_seconds(snap->baseline), ago);
	kqt_app_say(a, KQT_MESSAGE_INFO,
	            "baseline A pinned: %s wait%s of %s; b unpins, v shows it%s", n,
	            kqt_plural(snap->baseline->waits), ago, while_text(a));
	if (!a->play) /* of the same second as its label */
		kqt_journal_add(a->journal,
		                (struct kqt_moment){snap->baseline_s, (int64_t)time(NULL)},
		                KQT_ENTRY_FIGURES, "baseline pinned: %s wait%s of %s", n,
		                kqt_plural(snap->baseline->waits), ago);
	kqt_app_mark(a, 'b', "baseline pinned");
}

void kqt_app_swap(struct kqt_app *a)
{
	if (!kqt_app_shown(a)->baseline && !a->ui.swap) {
		kqt_app_say(a, KQT_MESSAGE_INFO, "no baseline yet: b pins one, a change makes one");
		return;
	}
	a->ui.swap = !a->ui.swap;
	kqt_app_say(a, KQT_MESSAGE_INFO,
	            a->ui.swap ? "the baseline's figures, and now as the ghost; v: back"
	                       : "the figures of now");
}

void kqt_app_undo(struct kqt_app *a)
{
	struct kqt_config before = *kqt_session_wanted(a->session);
	const char *words;
	struct kqt_undo *u;

	if (a->n_undo == 0) {
		kqt_app_say(a, KQT_MESSAGE_INFO, "nothing to undo");
		return;
	}
	u = &a->undo[a->n_undo - 1];
	if (!u->reset && !apply(a, &u->config, false))
		return; /* why was said; it can be tried again */
	a->n_undo--;
	if (!u->reset) {
		say_change(a, &before, true);
		return;
	}
	a->base = u->base;
	kqt_app_show_base(a);
	a->recompute_all = true;
	words = kqt_session_reset_undo(a->session)
	            ? "the figures from before the reset are back"
	            : "counts are back; a change since then has ended that epoch";
	kqt_app_say(a, KQT_MESSAGE_INFO, "%s", words);
	kqt_app_note(a, KQT_ENTRY_FIGURES, "undone: %s", words);
	kqt_app_mark(a, 'u', "reset undone");
}

/* -- stop, start ---------------------------------------------------------- */

static void cannot_start(struct kqt_app *a, const char *why)
{
	kqt_app_say(a, KQT_MESSAGE_BAD, "cannot start: %s", why);
	kqt_app_note(a, KQT_ENTRY_ENGINE, "cannot start: %s", why);
}

void kqt_app_halt_or_resume(struct kqt_app *a)
{
	char why[256];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));

	if (a->running) {
		kqt_app_stop_engine(a);
		kqt_app_mark(a, 'z', "engine stopped");
		kqt_app_say(a, KQT_MESSAGE_INFO, "the engine is stopped; z starts it again");
		kqt_app_note(a, KQT_ENTRY_ENGINE, "stopped");
		return;
	}
	if (kqt_session_resume_begin(a->session, &sb) < 0) {
		cannot_start(a, why);
		return;
	}
	a->running = a->changing = a->starting = true;
	a->next_ns = 0;
}

/* No figures were asked for since the start: the mark comes before those of the new epoch. */
void kqt_app_engine_started(struct kqt_app *a)
{
	char why[256];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));

	a->starting = false;
	if (kqt_session_started(a->session, &sb) < 0) {
		kqt_app_stop_engine(a);
		cannot_start(a, why);
		return;
	}
	a->engine_failed = false;
	snprintf(a->ui.cause, sizeof(a->ui.cause), "restarted");
	kqt_app_mark(a, 'z', "engine started");
	kqt_app_say(a, KQT_MESSAGE_INFO, "the engine runs again, in a new epoch");
	kqt_app_note(a, KQT_ENTRY_ENGINE, "started again, in a new epoch");
}
