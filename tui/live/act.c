/* SPDX-License-Identifier: MIT */
/* What keys do. A knob shows its new value at once (kqt_session_wanted), whatever
 * the engine needs until it is in force; what cannot be done says why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tui/live/app.h"
#include "tui/live/entropy.h"

#define FOCUS_NS (8 * KQT_NS_PER_S)

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

static void stop_engine(struct kqt_app *a)
{
	kqt_session_halt(a->session);
	kqt_app_record(a);
	a->running = a->changing = a->asked = false;
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

	stop_engine(a);
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

static void set_knob(struct kqt_app *a, const struct kqt_tunable *t, const char *value)
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

static void step_knob(struct kqt_app *a, int place, bool up)
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
	set_knob(a, t, value);
}

/* Built-in ones and one's own, in a circle. */
static void step_preset(struct kqt_app *a, int step)
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
static void show_base(struct kqt_app *a)
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
	show_base(a);
}

static void reset(struct kqt_app *a)
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
	kqt_app_say(a, KQT_MESSAGE_INFO,
	            a->play ? "baseline unpinned: it is the recording's again"
	                    : "baseline unpinned: the next change replaces it; b pins what is now");
	kqt_app_note(a, KQT_ENTRY_FIGURES, KQT_MARK_UNPINNED);
	if (!a->play)
		kqt_app_mark(a, 'b', KQT_MARK_UNPINNED);
}

/* b pins, and again unpins: the state is on the screen, and to pin anew is b b. */
static void pin(struct kqt_app *a)
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
	kqt_fmt_count((double)snap->baseline->waits, n, sizeof(n));
	kqt_ago_text(kqt_tally_seconds(snap->baseline), ago);
	kqt_app_say(a, KQT_MESSAGE_INFO,
	            "baseline A pinned: %s waits of %s; b unpins, v shows it%s", n, ago,
	            while_text(a));
	if (!a->play) /* of the same second as its label */
		kqt_journal_add(a->journal,
		                (struct kqt_moment){snap->baseline_s, (int64_t)time(NULL)},
		                KQT_ENTRY_FIGURES, "baseline pinned: %s waits of %s", n, ago);
	kqt_app_mark(a, 'b', "baseline pinned");
}

static void swap(struct kqt_app *a)
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

static void undo(struct kqt_app *a)
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
	show_base(a);
	a->recompute_all = true;
	words = kqt_session_reset_undo(a->session)
	            ? "the figures from before the reset are back"
	            : "counts are back; a change since then has ended that epoch";
	kqt_app_say(a, KQT_MESSAGE_INFO, "%s", words);
	kqt_app_note(a, KQT_ENTRY_FIGURES, "undone: %s", words);
	kqt_app_mark(a, 'u', "reset undone");
}

/* -- engine and view ------------------------------------------------------ */

static void halt_or_resume(struct kqt_app *a)
{
	char why[256];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));

	if (a->running) {
		stop_engine(a);
		kqt_app_mark(a, 'z', "engine stopped");
		kqt_app_say(a, KQT_MESSAGE_INFO, "the engine is stopped; z starts it again");
		kqt_app_note(a, KQT_ENTRY_ENGINE, "stopped");
		return;
	}
	if (start_engine(a, &sb) < 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "cannot start: %s", why);
		kqt_app_note(a, KQT_ENTRY_ENGINE, "cannot start: %s", why);
		return;
	}
	snprintf(a->ui.cause, sizeof(a->ui.cause), "restarted");
	kqt_app_mark(a, 'z', "engine started");
	kqt_app_say(a, KQT_MESSAGE_INFO, "the engine runs again, in a new epoch");
	kqt_app_note(a, KQT_ENTRY_ENGINE, "started again, in a new epoch");
}

/* Just after a start or a change there is nothing that a frozen view could show. */
static bool is_empty(const struct kqt_snapshot *snap)
{
	return !snap->window[0] || snap->window[0]->waits + snap->window[1]->waits == 0;
}

static void let_go(struct kqt_app *a)
{
	kqt_snapshot_free(a->held);
	free(a->held_journal);
	a->held = NULL;
	a->held_journal = NULL;
}

static void freeze(struct kqt_app *a)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(a->session);

	a->recompute_all = true;
	if (a->ui.frozen) {
		a->ui.frozen = false;
		show_base(a);
		(void)kqt_stretch_home(&a->ui);
		kqt_history_thaw(&a->history);
		let_go(a);
		kqt_app_say(a, KQT_MESSAGE_INFO, "live again");
		return;
	}
	if (a->running && !a->freezing && is_empty(snap)) {
		a->freezing = true;
		kqt_app_say(a, KQT_MESSAGE_INFO, "freezes as soon as there are figures");
		return;
	}
	a->freezing = false;
	a->held = kqt_snapshot_copy(snap);
	a->held_journal = kqt_journal_copy(a->journal);
	if (!a->held || !a->held_journal || kqt_history_hold(&a->history) < 0) {
		let_go(a);
		kqt_app_say(a, KQT_MESSAGE_BAD, "no memory to keep the view");
		return;
	}
	a->ui.frozen = true;
	a->ui.frozen_s = snap->elapsed_s;
	kqt_app_say(a, KQT_MESSAGE_INFO,
	            "the view is frozen, the engine goes on; <- -> { } go back in it, space thaws"
	            "\nfrozen; <- -> go back, space thaws");
}

void kqt_app_freeze_due(struct kqt_app *a)
{
	if (a->freezing && !a->ui.frozen && !is_empty(kqt_session_snapshot(a->session)))
		freeze(a);
}

static void step_refresh(struct kqt_app *a, bool more)
{
	uint64_t before = a->ui.interval_ns / KQT_NS_PER_MS;
	uint64_t ms = kqt_setting_step(KQT_SETTING_INTERVAL, before, more ? -1 : 1);

	a->ui.interval_ns = ms * KQT_NS_PER_MS;
	a->next_ns = kqt_clock_now_ns();
	kqt_app_say(a, KQT_MESSAGE_INFO, "a refresh every %llu ms%s", (unsigned long long)ms,
	            ms == before ? ": as far as this key goes" : "");
}

static int map_cells(const struct kqt_app *a)
{
	return kqt_map_cells(a->canvas.cols, a->ui.view == KQT_VIEW_LATENCY);
}

static void step_zoom(struct kqt_app *a, int step)
{
	static const unsigned zooms[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
	int n = (int)(sizeof(zooms) / sizeof(zooms[0])), at = 0;
	char text[24];

	while (at < n - 1 && zooms[at] < a->ui.zoom)
		at++;
	at += step;
	at = at < 0 ? 0 : at >= n ? n - 1 : at;
	a->ui.zoom = zooms[at];
	if (!a->ui.fixed)
		a->axis.hi = 0;
	if (a->ui.at != KQT_NOW) /* it stays in sight */
		kqt_stretch_move(&a->history, &a->ui, map_cells(a), 0);
	kqt_app_say(a, KQT_MESSAGE_INFO, "%.5g s a column, %s across",
	            zooms[at] * kqt_column_s(&a->ui),
	            kqt_ago_text(zooms[at] * kqt_column_s(&a->ui) * map_cells(a), text));
}

/* Live: half a screen of the past. Frozen: the moment that is shown. */
static void scroll(struct kqt_app *a, int columns)
{
	uint64_t end = a->ui.end, at = a->ui.at;
	int width = map_cells(a), step = width / 2 > 0 ? width / 2 : 1;
	char text[24];

	if (!a->ui.frozen)
		columns = columns < 0 ? -step : step;
	kqt_stretch_move(&a->history, &a->ui, width, columns);
	if (!a->ui.fixed && a->ui.end != end)
		a->axis.hi = 0;
	a->recompute_all = true;
	kqt_ago_text(kqt_stretch_ago_s(&a->history, &a->ui), text);
	if (a->ui.end == end && a->ui.at == at)
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            columns > 0 ? "this is the newest"
		            : a->ui.end == KQT_NOW && a->ui.at == KQT_NOW
		                ? "all of the past is on the screen"
		                : "nothing older is kept");
	else if (a->ui.end == KQT_NOW)
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            a->ui.frozen ? "the moment of the freeze" : "at the newest again");
	else
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            a->ui.frozen ? "%s before the freeze; Esc: the end, space: live"
		                         : "scrolled back by %s; } forward, Esc: now",
		            text);
}

static void fix_range(struct kqt_app *a)
{
	char lo[16], hi[16];

	if (!a->ui.fixed && a->axis.hi == 0) {
		kqt_app_say(a, KQT_MESSAGE_INFO, "no range yet: nothing has been measured");
		return;
	}
	a->ui.fixed = !a->ui.fixed;
	if (a->ui.fixed)
		kqt_app_say(a, KQT_MESSAGE_INFO, "range fixed: %s to %s; L: automatic again",
		            kqt_fmt_ns(kqt_bin_lowest_ns(a->axis.lo), lo, sizeof(lo)),
		            kqt_fmt_ns(kqt_bin_lowest_ns(a->axis.hi), hi, sizeof(hi)));
	else
		kqt_app_say(a, KQT_MESSAGE_INFO, "range automatic");
	if (!a->ui.fixed)
		a->axis.hi = 0;
}

static void show_view(struct kqt_app *a, int number)
{
	for (int v = 0; v < KQT_VIEWS; v++) {
		if (kqt_views[v].hotkey != '0' + number)
			continue;
		a->ui.view = (enum kqt_view_id)v;
		a->ui.page = 0;
		a->recompute_all = true; /* what the view before did not show is stale */
		kqt_app_say(a, KQT_MESSAGE_INFO, "%s", kqt_views[v].name);
	}
}

static void next_chart(struct kqt_app *a)
{
	unsigned pages = kqt_entropy_pages(a->canvas.rows, a->canvas.cols);

	if (a->ui.view == KQT_VIEW_ENTROPY)
		a->ui.chart = (a->ui.chart % pages + 1) % pages;
	a->ui.view = KQT_VIEW_ENTROPY;
}

static void scroll_log(struct kqt_app *a, enum kqt_log_move move)
{
	a->ui.log_end = kqt_log_moved(kqt_app_log(a), a->ui.log_group, a->ui.log_end, move,
	                              a->canvas.rows, a->canvas.cols);
}

/* Round from the last to the first; Home and End go to these. */
static unsigned next_page(unsigned page, unsigned pages, int step)
{
	if (step < -1 || step > 1)
		return step < 0 ? 0 : pages - 1;
	return (page % pages + (step > 0 ? 1 : pages - 1)) % pages;
}

/* PgUp, PgDn, Home, End. */
static void turn_page(struct kqt_app *a, int step)
{
	static const enum kqt_log_move moves[] = {KQT_LOG_FIRST, KQT_LOG_PAGE_UP, KQT_LOG_LAST,
	                                          KQT_LOG_PAGE_DOWN, KQT_LOG_LAST};
	struct kqt_ui *ui = &a->ui;

	switch (ui->view) {
	case KQT_VIEW_HELP:
		ui->help_page = next_page(ui->help_page,
		                          kqt_help_pages(a->canvas.rows, a->canvas.cols), step);
		break;
	case KQT_VIEW_EVENTS:
		ui->page = next_page(ui->page, kqt_events_pages(a->canvas.rows, kqt_app_shown(a)),
		                     step);
		break;
	case KQT_VIEW_COMPARE:
		ui->page = next_page(ui->page == KQT_COMPARE_LAST
		                         ? kqt_compare_pages(&a->beside, &a->ab) - 1
		                         : ui->page,
		                     kqt_compare_pages(&a->beside, &a->ab), step);
		break;
	case KQT_VIEW_LOG:
		scroll_log(a, moves[step + 2]);
		break;
	default:
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            "pages are in help (?), events (3), compare (5), log (6)");
		break;
	}
}

static void next_filter(struct kqt_app *a)
{
	struct kqt_ui *ui = &a->ui;

	if (ui->view == KQT_VIEW_LOG) {
		ui->log_group = (enum kqt_entry_group)((ui->log_group + 1) % KQT_ENTRY_GROUPS);
		ui->log_end = 0;
		kqt_app_say(a, KQT_MESSAGE_INFO, "log: %s", kqt_entry_group_name(ui->log_group));
		return;
	}
	ui->filter = (ui->filter + 1) % (KQT_FILTERS + 1);
	kqt_app_say(a, KQT_MESSAGE_INFO, "filter %s", kqt_filter_label(ui->filter));
}

static void next_theme(struct kqt_app *a)
{
	struct kqt_ui *ui = &a->ui;
	const char *no = getenv("NO_COLOR");

	ui->palette = (enum kqt_palette)((ui->palette + 1) % KQT_PALETTES);
	if (!kqt_term_has_colors(a->term))
		kqt_app_say(a, KQT_MESSAGE_INFO, "theme %s, but no colours: %s",
		            kqt_palette_name(ui->palette),
		            ui->settings.value[KQT_SETTING_COLOR] == KQT_COLOR_NEVER
		                ? "setup (,) has them off"
		            : no && *no ? "NO_COLOR is set"
		                        : "the terminal has none");
	else
		kqt_app_say(a, KQT_MESSAGE_INFO, "theme %s%s, for now; setup (,) saves one",
		            kqt_palette_name(ui->palette),
		            ui->palette == KQT_PALETTE_LIGHT ? " (for light terminals)" : "");
}

/* -- typing a value ------------------------------------------------------- */

/* A knob stays chosen while it is used, and is forgotten with what was typed for it: a
 * focus that nobody remembers would catch keys that are meant for something else. */
static void keep_focus(struct kqt_app *a)
{
	a->ui.focus_until_ns = kqt_clock_now_ns() + FOCUS_NS;
}

static void leave_focus(struct kqt_app *a)
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
	leave_focus(a);
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
static bool type_key(struct kqt_app *a, int key)
{
	struct kqt_ui *ui = &a->ui;
	size_t n = strlen(ui->typed);

	keep_focus(a);
	if (key == KQT_KEY_ENTER) {
		ui->typing = false;
		if (n > 0)
			set_knob(a, kqt_knob(ui->focus), ui->typed);
	} else if (key == KQT_KEY_BACKSPACE) {
		if (n > 0)
			ui->typed[n - 1] = '\0';
	} else if (key == KQT_KEY_ESC) {
		leave_focus(a);
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

static void focus(struct kqt_app *a, int step)
{
	/* -1 (no focus) is one of the places */
	kqt_app_focus(a, (a->ui.focus + 1 + step + KQT_KNOBS + 1) % (KQT_KNOBS + 1) - 1);
}

static void need_focus(struct kqt_app *a, enum kqt_action action, int arg)
{
	if (a->ui.focus < 0)
		focus(a, 1);
	keep_focus(a);
	if (action != KQT_DO_TYPE) {
		step_knob(a, a->ui.focus, arg > 0);
		return;
	}
	a->ui.typing = true;
	a->ui.typed[0] = '\0';
}

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
		leave_focus(a);
	else if (a->ui.view == KQT_VIEW_SETUP)
		kqt_app_setup_toggle(a);
	else if (a->ui.view == KQT_VIEW_HELP)
		a->ui.view = a->ui.before_help;
	else if (kqt_stretch_home(&a->ui))
		come_home(a);
	else if (a->ui.view != KQT_VIEW_OVERVIEW)
		show_view(a, 1);
	else if (!kqt_app_load_end(a, false))
		kqt_app_say(a, KQT_MESSAGE_INFO, "Esc leaves help and typing; q quits");
}

/* -- dispatch ------------------------------------------------------------- */

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
		next_filter(a);
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
		pin(a);
		break;
	case KQT_DO_SWAP:
		swap(a);
		break;
	case KQT_DO_THEME:
		next_theme(a);
		break;
	case KQT_DO_ZOOM:
		step_zoom(a, arg);
		break;
	case KQT_DO_SCROLL:
		scroll(a, 10 * arg);
		break;
	case KQT_DO_RANGE:
		fix_range(a);
		break;
	case KQT_DO_CHART:
		next_chart(a);
		break;
	case KQT_DO_PAGE:
		turn_page(a, arg);
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
		step_knob(a, arg / 2, arg % 2);
		break;
	case KQT_DO_PRESET:
		step_preset(a, arg);
		break;
	case KQT_DO_UNDO:
		undo(a);
		break;
	case KQT_DO_FREEZE:
		if (a->ui.view == KQT_VIEW_HELP)
			turn_page(a, 1);
		else
			freeze(a);
		break;
	case KQT_DO_RESET:
		reset(a);
		break;
	case KQT_DO_HALT:
		halt_or_resume(a);
		break;
	case KQT_DO_AB:
		kqt_app_ab_begin(a);
		break;
	case KQT_DO_LOAD:
		kqt_app_load_step(a, arg);
		break;
	case KQT_DO_REFRESH:
		step_refresh(a, arg > 0);
		break;
	case KQT_DO_FOCUS:
		focus(a, arg);
		break;
	case KQT_DO_ARROW:
		if (a->ui.view == KQT_VIEW_LOG && a->ui.focus < 0)
			scroll_log(a, arg > 0 ? KQT_LOG_UP : KQT_LOG_DOWN);
		else
			need_focus(a, action, arg);
		break;
	case KQT_DO_STEP:
	case KQT_DO_TYPE:
		need_focus(a, action, arg);
		break;
	case KQT_DO_CANCEL:
		cancel(a);
		break;
	case KQT_DO_VIEW:
		show_view(a, arg);
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
	if (a->ui.typing && type_key(a, key))
		return;
	if (b && kqt_app_ab_key(a, b->action))
		return;
	if (a->ui.frozen && a->ui.focus < 0 && (key == KQT_KEY_LEFT || key == KQT_KEY_RIGHT)) {
		scroll(a, key == KQT_KEY_LEFT ? -1 : 1); /* Tab chooses a knob still */
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
