/* SPDX-License-Identifier: MIT */
/* View 3: who woke us, in full. Complete at 80x24:
 *
 *   how many        a row for each filter, all of them, timeouts
 *   how long        percentiles of the chosen kind, in the same rows
 *   the account     where every trigger went, as a sum that grows from left to right
 *   what else       stimulus, what is missing, what does not count
 *
 * Wider screens have longer trends and every digit of counts, higher ones how many events a
 * wait brought and the percentiles of every kind. Smaller ones have pages. Latencies are drawn in events_latency.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/events.h"

#define NAME_CELLS 8
#define FULL_FROM 110 /* columns: counts with every digit */
#define FULL_DIGITS 11
#define ACCOUNT_DIGITS 10
#define HEADER_FROM 20
#define ROWS_COUNTS (KQT_FILTERS + 3)
#define ROWS_LATENCY (KQT_FILTERS + 3)
#define ROWS_ACCOUNT (KQT_FILTERS + 1)
#define ROWS_NOTES 2
#define ROWS_A_WAIT 5 /* at least: title and four rows */
#define EVERY_CELLS 60
#define BESIDE_FROM 110

/* -- cells ---------------------------------------------------------------- */

void kqt_events_head(struct kqt_canvas *c, int row, int end, const char *text)
{
	char padded[32];

	snprintf(padded, sizeof(padded), end < c->cols ? " %s " : " %s", text);
	kqt_draw_cell(c, row, end < c->cols ? end + 1 : end, KQT_STYLE_DIM, padded);
}

void kqt_events_name(struct kqt_canvas *c, int row, unsigned filter)
{
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);

	kqt_pen_add(&p, kqt_filter_style(filter), "%s", kqt_filter_label(filter));
}

/* -- how many ------------------------------------------------------------- */

enum count_column { EVENTS, RATE, SHARE, WAKES, A_WAKE, MERGED, MISSED, SOURCES, COUNT_COLUMNS };

/* From which width of the screen, and of how many cells; events are wider where there is
 * room for every digit. */
static const struct {
	const char *head;
	int cells, from;
} count_columns[COUNT_COLUMNS] = {
    [EVENTS] = {"events", 7, 0}, [RATE] = {"/s", 6, 0},           [SHARE] = {"share", 7, 56},
    [WAKES] = {"wakes", 6, 70},  [A_WAKE] = {"a wake", 7, 76},    [MERGED] = {"merged", 7, 0},
    [MISSED] = {"missed", 7, 0}, [SOURCES] = {"sources", 11, 48},
};

/* Where each column ends, 0 = it has no room. @return where the last one does */
static int place_counts(int cols, int at[COUNT_COLUMNS])
{
	int end = NAME_CELLS;

	for (int i = 0; i < COUNT_COLUMNS; i++) {
		bool wide = cols >= FULL_FROM && (i == EVENTS || i == WAKES);

		at[i] = 0;
		if (cols < count_columns[i].from)
			continue;
		end += count_columns[i].cells + (wide ? 6 : 0);
		at[i] = end;
	}
	return end;
}

/* What a row of counts is made of. */
struct counts {
	bool on, stamped;
	bool known; /* else all but the rate is not */
	uint64_t events, wakes, merged, missed, all;
	double rate;
};

static void draw_counts(struct kqt_canvas *c, int row, const int at[COUNT_COLUMNS],
                        const struct counts *n)
{
	bool full = c->cols >= FULL_FROM;
	double share = n->known ? kqt_part_of(n->events, n->all) : NAN;
	double a_wake = n->known ? kqt_part_of(n->events, n->wakes) : NAN;
	char text[24];

	kqt_draw_count(c, row, at[EVENTS], n->on && n->known, n->events, full ? FULL_DIGITS : 0);
	kqt_draw_cell(c, row, at[RATE], KQT_STYLE_NORMAL,
	              kqt_cell_count(n->on ? n->rate : NAN, text));
	if (n->on && isfinite(share))
		snprintf(text, sizeof(text), "%.1f%%", 100 * share);
	else
		snprintf(text, sizeof(text), "-");
	if (at[SHARE])
		kqt_draw_cell(c, row, at[SHARE], KQT_STYLE_NORMAL, text);
	if (at[WAKES])
		kqt_draw_count(c, row, at[WAKES], n->on && n->known, n->wakes,
		               full ? FULL_DIGITS : 0);
	if (n->on && a_wake < 1000)
		snprintf(text, sizeof(text), "%.2f", a_wake);
	else /* thousands of sources can come in one wake */
		(void)kqt_cell_count(n->on ? a_wake : NAN, text);
	if (at[A_WAKE])
		kqt_draw_cell(c, row, at[A_WAKE], KQT_STYLE_NORMAL, text);
	kqt_draw_count(c, row, at[MERGED], n->on && n->known && n->stamped, n->merged, 0);
	kqt_draw_count(c, row, at[MISSED], n->on && n->known && n->stamped, n->missed, 0);
}

static void draw_sources(struct kqt_canvas *c, int row, int end, const struct kqt_filter_figures *t)
{
	char text[48];

	if (t->state == KQT_ROW_OFF)
		snprintf(text, sizeof(text), "off");
	else
		snprintf(text, sizeof(text), "%s%llu/%llu", t->missing ? "!" : "",
		         (unsigned long long)t->got, (unsigned long long)t->wanted);
	kqt_draw_cell(c, row, end,
	              t->missing                ? KQT_STYLE_BAD
	              : t->state == KQT_ROW_OFF ? KQT_STYLE_DIM
	                                        : KQT_STYLE_NORMAL,
	              text);
}

static bool was_reset(const struct kqt_ui *ui)
{
	uint64_t n = ui->base.timeouts;

	for (int f = 0; f < KQT_FILTERS; f++)
		n += ui->base.filter[f].events;
	return n > 0;
}

/* Timeouts are waits, not events; their share is of the waits. */
static void draw_timeout_counts(struct kqt_canvas *c, int row, const int at[COUNT_COLUMNS],
                                const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);
	bool polls = sc->snap->config.timeout_ms == 0;
	char text[24];

	kqt_pen_add(&p, KQT_STYLE_TIMEOUT, polls ? "polls" : "timeout");
	kqt_draw_count(c, row, at[EVENTS], !f->scrubbed, f->timeouts,
	               c->cols >= FULL_FROM ? FULL_DIGITS : 0);
	kqt_draw_cell(c, row, at[RATE], KQT_STYLE_NORMAL, kqt_cell_count(f->timeout_rate, text));
	if (!at[SHARE])
		return;
	if (isfinite(f->timeout_share))
		snprintf(text, sizeof(text), "%.1f%%", 100 * f->timeout_share);
	else
		snprintf(text, sizeof(text), "-");
	kqt_draw_cell(c, row, at[SHARE], KQT_STYLE_NORMAL, text);
	p = kqt_pen_at(c, row, at[SHARE] + 1, at[SOURCES] ? at[SOURCES] : c->cols);
	if (f->no_timeout_can_fire)
		(void)(kqt_pen_try(&p, KQT_STYLE_DIM, "of waits: stimulus %lluus comes first",
		                   (unsigned long long)sc->snap->config.stimulus_us) ||
		       kqt_pen_try(&p, KQT_STYLE_DIM, "of waits"));
	else
		(void)kqt_pen_try(&p, KQT_STYLE_DIM, "of waits");
}

static void section_counts(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;
	struct counts sum = {
	    .on = true, .stamped = true, .known = !f->scrubbed, .rate = f->events_rate};
	int at[COUNT_COLUMNS], end = place_counts(c->cols, at), last = row + rows;
	char title[32], ago[24];

	if (f->scrubbed)
		snprintf(title, sizeof(title), "-%s", kqt_ago_text(f->ago_s, ago));
	else
		snprintf(title, sizeof(title), "%s",
		         f->swapped          ? "of A"
		         : was_reset(sc->ui) ? "from r"
		                             : "so far");
	(void)kqt_draw_title(c, row, 0, c->cols, title);
	for (int i = 0; i < COUNT_COLUMNS; i++)
		if (at[i])
			kqt_events_head(c, row, at[i], count_columns[i].head);
	if (c->cols - end > 12)
		kqt_draw_cell(c, row, end + 10, KQT_STYLE_DIM, " trend/s ");
	for (int i = 0; i < KQT_FILTERS; i++)
		sum.all += f->filter[i].events;
	for (unsigned i = 0; i < KQT_FILTERS; i++) {
		const struct kqt_filter_figures *t = &f->filter[i];
		struct counts n = {.on = t->state != KQT_ROW_OFF || t->events > 0,
		                   .stamped = t->stamped,
		                   .known = sum.known,
		                   .events = t->events,
		                   .wakes = t->wakes,
		                   .merged = t->merged,
		                   .missed = t->missed,
		                   .all = sum.all,
		                   .rate = t->rate};

		kqt_events_name(c, ++row, i);
		draw_counts(c, row, at, &n);
		if (at[SOURCES])
			draw_sources(c, row, at[SOURCES], t);
		kqt_draw_trend(c, row, end + 2, c->cols - 1, sc, (int)i, kqt_filter_style(i));
		sum.merged += t->stamped ? t->merged : 0;
		sum.missed += t->stamped ? t->missed : 0;
		sum.stamped &= t->stamped || !n.on;
	}
	sum.events = sum.all;
	if (row + 2 < last) { /* where there is no room the sum goes */
		kqt_events_name(c, ++row, KQT_FILTERS);
		/* a wake that brought two filters is one wake here */
		sum.wakes = f->swapped || !was_reset(sc->ui) ? f->wakes : 0;
		draw_counts(c, row, at, &sum);
		if (at[WAKES] && sum.wakes == 0)
			kqt_draw_count(c, row, at[WAKES], false, 0, 0);
		kqt_draw_trend(c, row, end + 2, c->cols - 1, sc, KQT_TREND_EVENTS, KQT_STYLE_BAR);
	}
	draw_timeout_counts(c, ++row, at, sc);
	kqt_draw_trend(c, row, end + 2, c->cols - 1, sc, KQT_TREND_TIMEOUTS, KQT_STYLE_TIMEOUT);
}

/* -- the account ---------------------------------------------------------- */

static const struct {
	const char *head;
	int end, small_end; /* the latter below 80 columns; 0 = not there */
} account_columns[] = {{"samples", 17, 17},  {"+trans", 24, 0},     {"+gap", 30, 0},
                       {"+pending", 39, 26}, {"=performed", 50, 0}, {"+missed", 58, 34},
                       {"+skip", 65, 0},     {"+folded", 74, 0},    {"=due", 80, 40}};
#define ACCOUNT_COLUMNS ((int)(sizeof(account_columns) / sizeof(account_columns[0])))

/* Timers that are gone expired as often as the clock says, to one expiration each: fewer than
 * were seen, and nobody knows how many are pending. */
static bool is_known(const struct kqt_account *a, int column)
{
	switch (column) {
	case 3: /* pending */
		return !a->untimed && (int64_t)a->pending >= 0;
	case 4: /* performed */
	case 7: /* folded */
	case 8: /* due */
		return !a->untimed;
	default:
		return true;
	}
}

static void section_account(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc)
{
	int wider = c->cols >= 80 ? (c->cols - 80) / ACCOUNT_COLUMNS : 0, last = row + rows;

	(void)kqt_draw_title(c, row, 0, c->cols, "account");
	for (int i = 0; i < ACCOUNT_COLUMNS; i++)
		if (c->cols >= 80)
			kqt_events_head(c, row, account_columns[i].end + wider * (i + 1),
			                account_columns[i].head);
		else if (account_columns[i].small_end)
			kqt_events_head(c, row,
			                account_columns[i].small_end, /* not the whole sum */
			                account_columns[i].head + (i > 0));
	for (unsigned f = 0; f < KQT_FILTERS && row + 1 < last; f++) {
		const struct kqt_account none = {.untimed = true},
		                         *a = sc->account ? &sc->account[f] : &none;
		const uint64_t n[] = {a->samples, a->transition, a->gap,
		                      a->pending, a->performed,  a->missed,
		                      a->skipped, a->folded,     a->due};
		bool stamped = sc->fig->filter[f].stamped;

		kqt_events_name(c, ++row, f);
		for (int i = 0; i < ACCOUNT_COLUMNS; i++) {
			bool known = sc->account && stamped && is_known(a, i);
			int end = c->cols >= 80 ? account_columns[i].end + wider * (i + 1)
			                        : account_columns[i].small_end;

			if (end)
				kqt_draw_count(c, row, end, known, n[i],
				               wider >= 6 ? ACCOUNT_DIGITS : 0);
		}
	}
}

/* -- what else ------------------------------------------------------------ */

static void section_notes(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc)
{
	const struct kqt_config *cfg = &sc->snap->config;
	const struct kqt_figures *f = sc->fig;
	struct kqt_flow flow = {c, row, row + rows, 1, {{NULL, 0}}};
	uint64_t failed = 0, ticks = sc->snap->interval_ticks + sc->snap->interval_lost;
	char lost[16], all[16], text[256] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	for (int k = 0; k < KQT_SOURCE_KINDS; k++) {
		struct kqt_strbuf what = kqt_strbuf_init(text, sizeof(text));

		if (kqt_shortfall_text(sc->snap, (enum kqt_source_kind)k, &what))
			kqt_flow_add(&flow, KQT_STYLE_BAD, "! %s", text);
	}
	text[0] = '\0';
	if (sc->snap->saturated && ticks)
		kqt_strbuf_add(&sb, ", SATURATED %.0f%% now",
		               100 * (double)sc->snap->interval_lost / (double)ticks);
	if (cfg->num_sockets + cfg->num_file_watchers == 0)
		kqt_flow_add(&flow, KQT_STYLE_DIM, "stimulus asleep: no sockets, no watchers");
	else
		kqt_flow_add(
		    &flow, sc->snap->saturated ? KQT_STYLE_BAD : KQT_STYLE_NORMAL,
		    "stimulus %lluus: lost %s of %s tick%s%s", (unsigned long long)cfg->stimulus_us,
		    kqt_fmt_count((double)f->stimulus_lost, lost, sizeof(lost)),
		    kqt_fmt_count((double)(f->stimulus_ticks + f->stimulus_lost), all, sizeof(all)),
		    kqt_plural(f->stimulus_ticks + f->stimulus_lost), text);
	for (int i = 0; sc->account && i < KQT_FILTERS; i++)
		failed += sc->account[i].failed;
	if (failed)
		kqt_flow_add(&flow, KQT_STYLE_BAD, "writes failed %s",
		             kqt_fmt_count((double)failed, all, sizeof(all)));
	kqt_flow_add(&flow, f->stalls ? KQT_STYLE_WARN : KQT_STYLE_DIM, "stalls %s%s%s",
	             kqt_fmt_count((double)f->stalls, all, sizeof(all)),
	             f->stalls ? " between waits, longest " : "",
	             f->stalls ? kqt_fmt_ns(f->stall_max_ns, lost, sizeof(lost)) : "");
	kqt_flow_excluded(&flow, f);
}

/* -- where there is room -------------------------------------------------- */

/* How many events a wait brought since the change: 0 are its timeouts. The last row stands
 * for itself and all above it. */
static void draw_a_wait(struct kqt_canvas *c, int row, int rows, int end,
                        const struct kqt_scene *sc)
{
	const struct kqt_figures *f = sc->fig;
	int n = rows - 1 < KQT_EVENTS_PER_WAIT ? rows - 1 : KQT_EVENTS_PER_WAIT;
	int width = end - 21;
	double most = 0;
	char text[16];

	(void)kqt_draw_title(c, row, 0, end, "events a wait brought, since the change");
	for (int i = 0; i < KQT_EVENTS_PER_WAIT; i++)
		most = fmax(most, (double)f->events_per_wait[i]);
	for (int i = 0; i < n; i++) {
		bool last = i == n - 1;
		uint64_t count = 0;
		int eighths;

		for (int k = i; (k == i || last) && k < KQT_EVENTS_PER_WAIT; k++)
			count += f->events_per_wait[k];
		snprintf(text, sizeof(text), "%d%s", i, last ? "+" : " ");
		kqt_draw_cell(c, ++row, 5, i ? KQT_STYLE_NORMAL : KQT_STYLE_TIMEOUT, text);
		kqt_draw_count(c, row, 11, f->epoch_waits, count, 0);
		if (f->epoch_waits)
			snprintf(text, sizeof(text), "%.1f%%",
			         100 * (double)count / (double)f->epoch_waits);
		else
			snprintf(text, sizeof(text), "-");
		kqt_draw_cell(c, row, 19, KQT_STYLE_NORMAL, text);
		if (!count || width <= 0)
			continue;
		eighths = (int)lround(
		    kqt_scale_apply(sc->ui->scale, (double)count / fmax(most, (double)count)) *
		    width * 8);
		for (int k = 0; k == 0 || k * 8 < eighths; k++)
			kqt_canvas_put(c, row, 20 + k,
			               kqt_glyph_bar(c->tier, eighths - k * 8 > 0
			                                          ? (unsigned)(eighths - k * 8)
			                                          : 1),
			               i ? KQT_STYLE_BAR : KQT_STYLE_TIMEOUT);
	}
}

static void draw_rest(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc)
{
	if (rows < ROWS_A_WAIT)
		return;
	if (c->cols >= BESIDE_FROM) {
		kqt_events_every(c, row, rows, c->cols - EVERY_CELLS - 2, sc);
		draw_a_wait(c, row, rows, c->cols - EVERY_CELLS - 3, sc);
		return;
	}
	if (rows >= ROWS_A_WAIT + KQT_LATENCIES + 1) {
		int every = rows >= KQT_EVENTS_EVERY_ROWS + ROWS_A_WAIT ? KQT_EVENTS_EVERY_ROWS
		                                                        : KQT_LATENCIES + 1;

		kqt_events_every(c, row + rows - every, every, 0, sc);
		rows -= every;
	}
	draw_a_wait(c, row, rows, c->cols - 1, sc);
}

/* -- the whole ------------------------------------------------------------ */

static const struct {
	int rows, rows_min;
	void (*draw)(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc);
} sections[] = {
    {ROWS_COUNTS, ROWS_COUNTS - 1, section_counts},
    {ROWS_LATENCY, ROWS_LATENCY - 1, kqt_events_latency},
    {ROWS_ACCOUNT, ROWS_ACCOUNT, section_account},
    {ROWS_NOTES, 1, section_notes},
};
#define SECTIONS ((int)(sizeof(sections) / sizeof(sections[0])))

static int body_top(int rows)
{
	return rows >= HEADER_FROM ? 2 : 1;
}

/* What is missing needs a row of its own. */
static int rows_of(int section, const struct kqt_snapshot *snap)
{
	int rows = sections[section].rows;

	for (int k = 0; section == SECTIONS - 1 && k < KQT_SOURCE_KINDS; k++)
		if (snap->shortfall[k].error[0])
			return rows + 1;
	return rows;
}

/* Sections one below the other; each is made as short as may be if that saves a page. Draws
 * those of one page on c, unless that is NULL. @return pages */
static unsigned flow_sections(struct kqt_canvas *c, int rows, unsigned page,
                              const struct kqt_snapshot *snap, const struct kqt_scene *sc)
{
	int top = body_top(rows), end = rows - 1, row = top, over = top - end;
	bool squeezed;
	unsigned at = 0;

	for (int i = 0; i < SECTIONS; i++)
		over += rows_of(i, snap);
	squeezed = over > 0 && over <= 2;
	end -= over > 2; /* a row says that there are pages */
	for (int i = 0; i < SECTIONS; i++) {
		/* of latencies first, then of counts */
		int most = rows_of(i, snap) - (squeezed && (i == 1 || (i == 0 && over == 2)));
		int room = end - row;

		if (room < sections[i].rows_min && row > top) {
			at++;
			row = top;
			room = end - row;
		}
		if (room > most)
			room = most;
		if (c && at == page)
			sections[i].draw(c, row, room, sc);
		row += room;
	}
	if (c && page == 0 && at == 0)
		draw_rest(c, row, end - row, sc);
	return at + 1;
}

unsigned kqt_events_pages(int rows, const struct kqt_snapshot *snap)
{
	return flow_sections(NULL, rows, 0, snap, NULL);
}

void kqt_draw_events(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	unsigned pages = kqt_events_pages(c->rows, sc->snap), page = sc->ui->page % pages;
	int row = 0;

	if (body_top(c->rows) > 1)
		kqt_draw_header(c, row++, sc);
	kqt_draw_knobs(c, row, sc);
	(void)flow_sections(c, c->rows, page, sc->snap, sc);
	if (pages > 1) {
		struct kqt_pen p = kqt_pen_at(c, c->rows - 2, 1, c->cols);

		kqt_pen_add(&p, KQT_STYLE_STRONG, "page %u of %u", page + 1, pages);
		kqt_pen_add(&p, KQT_STYLE_DIM, "  PgDn: next");
	}
	kqt_draw_foot(c, sc);
}
