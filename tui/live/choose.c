/* SPDX-License-Identifier: MIT */
#include "tui/live/act.h"

#include <stdlib.h>

#include "tui/live/entropy.h"

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

void kqt_app_freeze(struct kqt_app *a)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(a->session);

	a->recompute_all = true;
	if (a->ui.frozen) {
		a->ui.frozen = false;
		kqt_app_show_base(a);
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
		kqt_app_freeze(a);
}

void kqt_app_step_refresh(struct kqt_app *a, bool more)
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

void kqt_app_step_zoom(struct kqt_app *a, int step)
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
void kqt_app_scroll(struct kqt_app *a, int columns)
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

void kqt_app_fix_range(struct kqt_app *a)
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

void kqt_app_show_view(struct kqt_app *a, int number)
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

void kqt_app_next_chart(struct kqt_app *a)
{
	unsigned pages = kqt_entropy_pages(a->canvas.rows, a->canvas.cols);

	if (a->ui.view == KQT_VIEW_ENTROPY)
		a->ui.chart = (a->ui.chart % pages + 1) % pages;
	a->ui.view = KQT_VIEW_ENTROPY;
}

void kqt_app_scroll_log(struct kqt_app *a, enum kqt_log_move move)
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
void kqt_app_turn_page(struct kqt_app *a, int step)
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
		kqt_app_scroll_log(a, moves[step + 2]);
		break;
	default:
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            "pages are in help (?), events (3), compare (5), log (6)");
		break;
	}
}

void kqt_app_next_filter(struct kqt_app *a)
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

void kqt_app_next_theme(struct kqt_app *a)
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
