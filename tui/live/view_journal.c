/* SPDX-License-Identifier: MIT */
/* View 6: the journal, the newest entry at the bottom. It follows what happens until it
 * is scrolled; then it stays, and says how much is below. What is longer than its line
 * goes on below it. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/live/journal.h"
#include "tui/live/view.h"

#define BOTH_TIMES_FROM 76
#define BOTH_CELLS 30 /* " 0:12:41 14:03:22  alarm     " */
#define ONE_CELLS 18
#define BELOW_CELLS 10 /* of the lines that follow, where there is little room */
#define HEADER_FROM 16
#define ROWS_MAX 512

static int indent_of(int cols, int line)
{
	return cols >= BOTH_TIMES_FROM ? BOTH_CELLS : line > 0 ? BELOW_CELLS : ONE_CELLS;
}

/* Never none: a canvas may be as narrow as it likes. */
static int room_of(int cols, int line)
{
	int room = cols - indent_of(cols, line) - 1;

	return room > 8 ? room : 8;
}

/* -- lines of an entry ---------------------------------------------------- */

/* Bytes of text that the next line of so many cells takes, broken at a blank where there is
 * one; *skip: blanks to pass over behind it. */
static size_t next_line(const char *text, int room, size_t *skip)
{
	size_t at = 0, blank = 0;

	*skip = 0;
	for (int cells = 0; text[at] && cells < room; cells++) {
		if (text[at] == ' ')
			blank = at;
		do
			at++;
		while (((unsigned char)text[at] & 0xc0) == 0x80);
	}
	if (text[at] && text[at] != ' ' && blank > 0)
		at = blank;
	*skip = text[at] == ' ';
	return at;
}

static int lines_of(const struct kqt_entry *e, int cols)
{
	const char *text = e->text;
	int n = 0;
	size_t skip;

	do {
		text += next_line(text, room_of(cols, n), &skip);
		text += skip;
		n++;
	} while (*text);
	return n;
}

/* -- scrolling ------------------------------------------------------------ */

static int body_rows(int rows)
{
	/* header, knobs, title, message, key bar */
	return rows - (rows >= HEADER_FROM ? 5 : 4);
}

/* The last entry of a screen that begins with `first`; the newest when it has room. */
static const struct kqt_entry *fill_down(const struct kqt_journal *j, enum kqt_entry_group g,
                                         const struct kqt_entry *first, int rows, int cols)
{
	const struct kqt_entry *last = first;
	int n = first ? lines_of(first, cols) : 0;

	while (last && n < rows) {
		const struct kqt_entry *e = kqt_journal_after(j, last->serial + 1, g);

		if (!e)
			break;
		n += lines_of(e, cols);
		if (n <= rows)
			last = e;
	}
	return last;
}

/* The first entry of a screen that ends with `last`. @lines of all of them */
static const struct kqt_entry *fill_up(const struct kqt_journal *j, enum kqt_entry_group g,
                                       const struct kqt_entry *last, int rows, int cols, int *lines)
{
	const struct kqt_entry *first = last;

	*lines = last ? lines_of(last, cols) : 0;
	while (first && *lines < rows) {
		const struct kqt_entry *e = kqt_journal_before(j, first->serial - 1, g);

		if (!e)
			break;
		first = e;
		*lines += lines_of(e, cols);
	}
	return first;
}

static const struct kqt_entry *end_entry(const struct kqt_journal *j, enum kqt_entry_group g,
                                         uint64_t end)
{
	const struct kqt_entry *e = kqt_journal_before(j, end ? end : UINT64_MAX, g);

	return e ? e : kqt_journal_after(j, 0, g); /* it has been pushed out meanwhile */
}

uint64_t kqt_log_moved(const struct kqt_journal *j, enum kqt_entry_group g, uint64_t end,
                       enum kqt_log_move move, int rows, int cols)
{
	const struct kqt_entry *newest = kqt_journal_before(j, UINT64_MAX, g);
	const struct kqt_entry *last = end_entry(j, g, end), *lowest, *to = newest;
	int lines;

	rows = body_rows(rows);
	if (!newest)
		return 0;
	/* the screen is full when it can be */
	lowest = fill_down(j, g, kqt_journal_after(j, 0, g), rows, cols);
	if (!lowest)
		lowest = newest;
	switch (move) {
	case KQT_LOG_UP:
		to = kqt_journal_before(j, last->serial - 1, g);
		break;
	case KQT_LOG_DOWN:
		to = kqt_journal_after(j, last->serial + 1, g);
		break;
	case KQT_LOG_PAGE_UP:
		to = fill_up(j, g, last, rows, cols, &lines);
		if (to == last)
			to = kqt_journal_before(j, last->serial - 1, g);
		break;
	case KQT_LOG_PAGE_DOWN:
		to = fill_down(j, g, last, rows, cols);
		if (to == last)
			to = kqt_journal_after(j, last->serial + 1, g);
		break;
	case KQT_LOG_FIRST:
		to = lowest;
		break;
	case KQT_LOG_LAST:
		break;
	}
	if (!to)
		to = move == KQT_LOG_UP || move == KQT_LOG_PAGE_UP ? lowest : newest;
	if (to->serial < lowest->serial)
		to = lowest;
	return to->serial >= newest->serial ? 0 : to->serial;
}

/* -- drawing -------------------------------------------------------------- */

static unsigned style_of(enum kqt_entry_kind k)
{
	switch (k) {
	case KQT_ENTRY_CHANGE:
	case KQT_ENTRY_LOAD:
		return KQT_STYLE_STRONG;
	case KQT_ENTRY_EFFECT:
		return KQT_STYLE_GHOST;
	case KQT_ENTRY_LOST:
	case KQT_ENTRY_SOURCE:
		return KQT_STYLE_BAD;
	case KQT_ENTRY_SATURATED:
	case KQT_ENTRY_STALL:
	case KQT_ENTRY_GAP:
	case KQT_ENTRY_ALARM:
		return KQT_STYLE_WARN;
	default:
		return KQT_STYLE_NORMAL;
	}
}

static const char *wall_text(int64_t wall_s, bool utc, char buf[16])
{
	time_t t = (time_t)wall_s;
	struct tm tm;

	if (wall_s < 0 || !(utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)) ||
	    strftime(buf, 16, "%H:%M:%S", &tm) == 0)
		snprintf(buf, 16, "-");
	return buf;
}

/* The lines of an entry from number `from` on. @return the row after them. */
static int draw_entry(struct kqt_canvas *c, int row, int end, const struct kqt_entry *e, int from,
                      bool utc)
{
	const char *text = e->text;
	char at[24], wall[16];
	int line = 0;

	do {
		struct kqt_pen p = kqt_pen_at(c, row, 0, c->cols);
		size_t skip, n = next_line(text, room_of(c->cols, line), &skip);

		if (line >= from && row < end) {
			if (line == 0) {
				kqt_pen_add(&p, KQT_STYLE_DIM, "%8s ",
				            kqt_clock_text(e->at.elapsed_s, at));
				if (c->cols >= BOTH_TIMES_FROM)
					kqt_pen_add(&p, KQT_STYLE_DIM, "%8s  ",
					            wall_text(e->at.wall_s, utc, wall));
				kqt_pen_add(&p, style_of(e->kind), "%s",
				            kqt_entry_kind_name(e->kind));
			}
			p.col = indent_of(c->cols, line);
			kqt_pen_add(&p, KQT_STYLE_NORMAL, "%.*s", (int)n, text);
			row++;
		}
		text += n + skip;
		line++;
	} while (*text);
	return row;
}

static void draw_entries(struct kqt_canvas *c, int row, int rows, const struct kqt_journal *j,
                         enum kqt_entry_group g, uint64_t end)
{
	const struct kqt_entry *last = end_entry(j, g, end), *e;
	int lines, cut;

	if (!last) {
		struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);

		kqt_pen_add(&p, KQT_STYLE_DIM, "nothing of this kind has happened yet");
		return;
	}
	e = fill_up(j, g, last, rows, c->cols, &lines);
	cut = lines > rows ? lines - rows : 0;
	for (int at = row; e && e->serial <= last->serial && at < row + rows;) {
		at = draw_entry(c, at, row + rows, e, cut, j->utc);
		cut = 0;
		e = kqt_journal_after(j, e->serial + 1, g);
	}
}

static uint64_t count_after(const struct kqt_journal *j, enum kqt_entry_group g, uint64_t serial)
{
	const struct kqt_entry *e = kqt_journal_after(j, serial + 1, g);
	uint64_t n = 0;

	for (; e; e = kqt_journal_after(j, e->serial + 1, g))
		n++;
	return n;
}

void kqt_draw_journal(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	const struct kqt_journal *j = sc->journal;
	enum kqt_entry_group g = sc->ui->log_group;
	uint64_t end = sc->ui->log_end, below;
	int row = 0;
	struct kqt_pen p;
	char title[48];

	if (c->rows >= HEADER_FROM)
		kqt_draw_header(c, row++, sc);
	kqt_draw_knobs(c, row++, sc);
	snprintf(title, sizeof(title), "log: %s", kqt_entry_group_name(g));
	p = kqt_draw_title(c, row, 0, c->cols, title);
	below = j && end ? count_after(j, g, end) : 0;
	if (below)
		kqt_pen_right(&p, KQT_STYLE_ALERT, " %llu newer: End ", (unsigned long long)below);
	else if (sc->log_since)
		kqt_pen_right(&p, KQT_STYLE_ALERT,
		              c->cols < 60 ? " %llu since "
		                           : " %llu since the freeze: space thaws ",
		              (unsigned long long)sc->log_since);
	else if (j && j->next > KQT_JOURNAL_LEN + 1)
		kqt_pen_right(&p, KQT_STYLE_DIM, " the last %d ", KQT_JOURNAL_LEN);
	row++;
	if (j)
		draw_entries(c, row, c->rows - 2 - row, j, g, end);
	if (!kqt_draw_message(c, c->rows - 2, sc)) {
		p = kqt_pen_at(c, c->rows - 2, 1, c->cols);
		(void)(kqt_pen_try(&p, KQT_STYLE_DIM,
		                   "PgUp PgDn Home End and arrows scroll, f: changes, trouble, "
		                   "files, all") ||
		       kqt_pen_try(&p, KQT_STYLE_DIM, "PgUp PgDn scroll, f: which kinds"));
	}
	kqt_draw_key_bar(c, c->rows - 1);
}
