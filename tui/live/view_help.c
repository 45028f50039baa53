/* SPDX-License-Identifier: MIT */
/* Every key, from the key table, and every word and abbreviation of the screen.
 * Lines flow into columns and columns into pages; a group that fits into a column
 * is not divided, and what is longer than its line goes on below it. Nothing is
 * cut off without a mark: there is a next page then, and the last row says so. */
#include <stdio.h>
#include <string.h>

#include "tui/live/keymap.h"
#include "tui/live/view.h"

#define KEYS_CELLS 9
#define WORD_CELLS 14
#define TWO_COLUMNS_FROM 76
#define WORDS_BESIDE_FROM 116 /* columns of the screen: the words' lines fit half of it */

/* measurement.md, "Words", and what the screen shortens. */
static const char *const words[][2] = {
    {"wait", "before -> after the wait call"},
    {"notification", "trigger really happened -> seen; notif"},
    {"response", "trigger was due -> seen; resp"},
    {"event", "one readiness report from the queue"},
    {"wake", "a wait that returned at least one event"},
    {"merged", "triggers minus events: folded together"},
    {"missed", "due, but never performed"},
    {"/s, share", "in the seconds that the percentiles are of"},
    {"a wake", "a filter's events in each wake that brought any"},
    {"coll a/b", "collections of seed bytes: a done, b short of bytes"},
    {"A, ghost", "baseline: the epoch before the change, or pinned"},
    {"epoch", "the time between two changes of the source"},
    {"1/17, x38", "now is a 17th of before, or 38 times it"},
    {"body, tail", "median (5 % or more) and p99 (10 %): slower, faster"},
    {"KS D", "largest distance of the two distributions, 0 to 1"},
    {"settling", "the change is too new to tell"},
    {"within noise", "D (as a whole) not above the epoch before's own halves'"},
    {"account", "where triggers went, whole run; exact once stopped"},
    {"  trans, gap", "dropped: in a change, while stopped"},
    {"  pending, skip", "not seen yet; never to be: stopped, or gone"},
    {"  folded", "due, and waiting for the next trigger's stamp"},
    {"lost", "samples or reports that had no room; always shown"},
    {"excluded", "waits that were measured and do not count:"},
    {"  eintr, control", "ended by a signal; by our bell, for the screen"},
    {"  transition, gap", "sources changed; the process stopped or slept"},
    {"stall", "from wait to wait above 10 times timeout, stimulus;"},
    {"", "a wait that takes that long is a latency"},
    {"saturated", "the stimulus cannot keep its own pace"},
    {"H", "Shannon entropy, bits a byte; an upper bound"},
    {"MCV", "most common value: a bound of min-entropy"},
    {"x of y", "y: what a perfect source reads for as many bytes"},
    {"assessed", "least of ten estimators, SP 800-90B 6.3"},
    {"claim", "2.5 bits a sample; holds if assessed is not below"},
    {"x E 2.5 holds", "assessed x by estimator E, claim 2.5; how old it is"},
    {"RCT, APT", "health tests of 4.4; 2^-20: chance of a false alarm"},
    {"grain", "the figures if the clock had only such ticks"},
    {"cpu:1, cpu:1x", "a load by one worker, by one for each CPU"},
    {"heat map", "it sweeps: the new goes over the old, now|older; shaded by column"},
    {"  T r z G |", "what was done, by its key; | a new epoch"},
};
#define N_WORDS ((int)(sizeof(words) / sizeof(words[0])))

/* Where the next line goes. */
struct flow {
	struct kqt_canvas *canvas;
	int top, rows;            /* of a column */
	int columns, column, row; /* a page's; where we are */
	unsigned page, shown;
};

static void next_column(struct flow *f)
{
	f->row = 0;
	if (++f->column >= f->columns) {
		f->column = 0;
		f->page++;
	}
}

static int width_of(const struct flow *f)
{
	return f->canvas->cols / f->columns - 1;
}

/* A pen at the beginning of the next line; it writes nothing on another page. */
static struct kqt_pen next_line(struct flow *f)
{
	int col, row;

	if (f->row >= f->rows)
		next_column(f);
	col = 1 + f->column * (f->canvas->cols / f->columns);
	row = f->top + f->row++;
	return kqt_pen_at(f->canvas, row, col, f->page == f->shown ? col + width_of(f) : col);
}

/* Text from p on, over as many lines as it needs, broken at blanks. */
static void wrapped(struct flow *f, struct kqt_pen p, int indent, const char *text)
{
	int room = width_of(f) > indent ? width_of(f) - indent : 1; /* pages are counted of any */

	for (;;) {
		int n = (int)strlen(text);

		if (n > room)
			for (n = room; n > 1 && text[n] != ' ';)
				n--;
		kqt_pen_add(&p, KQT_STYLE_NORMAL, "%.*s", n, text);
		text += n;
		text += *text == ' ';
		if (!*text)
			return;
		p = next_line(f);
		p.col += indent;
	}
}

static void put(struct flow *f, unsigned style, const char *name, int cells, const char *means)
{
	struct kqt_pen p = next_line(f);
	int col = p.col;

	kqt_pen_add(&p, style, "%s", name);
	p.col = col + ((int)strlen(name) < cells ? cells : (int)strlen(name) + 1);
	wrapped(f, p, p.col - col, means);
}

/* Begin a group of so many lines: in a new column if it fits there and not here. */
static void begin(struct flow *f, const char *title, int lines)
{
	int left = f->rows - f->row - (f->row > 0);
	struct kqt_pen p;

	if (lines + 1 > left && (lines + 1 <= f->rows || left < 3))
		next_column(f);
	else if (f->row > 0)
		f->row++;
	p = next_line(f);
	kqt_pen_add(&p, KQT_STYLE_TITLE, "%s", title);
}

static void add_keys(struct flow *f, enum kqt_key_group g)
{
	int lines = 0;

	for (const struct kqt_key *key = kqt_keys(); key->keys; key++)
		lines += key->group == g;
	begin(f, kqt_key_group_name(g), lines);
	for (const struct kqt_key *key = kqt_keys(); key->keys; key++)
		if (key->group == g)
			put(f, KQT_STYLE_KEY, key->keys, KEYS_CELLS, key->help);
}

static void add_words(struct flow *f)
{
	begin(f, "words", N_WORDS);
	for (int i = 0; i < N_WORDS; i++)
		put(f, KQT_STYLE_STRONG, words[i][0], WORD_CELLS, words[i][1]);
}

/* Draw page `shown`. @return how many there are. */
static unsigned flow_all(struct kqt_canvas *c, int top, int rows, unsigned shown)
{
	struct flow f = {.canvas = c, .top = top, .rows = rows, .shown = shown};

	f.columns = c->cols >= TWO_COLUMNS_FROM ? 2 : 1;
	add_keys(&f, kqt_keys() == kqt_keymap ? KQT_KEYS_MEASURE : KQT_KEYS_REPLAY);
	add_keys(&f, KQT_KEYS_PROGRAM);
	add_keys(&f, KQT_KEYS_SHOW);
	if (c->cols < WORDS_BESIDE_FROM && f.columns > 1) {
		f.page += f.row > 0 || f.column > 0;
		f.row = f.column = 0;
		f.columns = 1;
	}
	add_words(&f);
	return f.page + 1;
}

static bool is_small(int cols)
{
	return cols < TWO_COLUMNS_FROM;
}

unsigned kqt_help_pages(int rows, int cols)
{
	struct kqt_canvas nowhere = {.rows = 0, .cols = cols};

	return flow_all(&nowhere, 0, rows - (is_small(cols) ? 3 : 4), ~0u);
}

/* That it has more is no secret while something is said, if that leaves room for it. */
static void draw_page_beside(struct kqt_canvas *c, int row, unsigned page, unsigned pages)
{
	struct kqt_pen p = {c, row, 0, c->cols};
	char text[48];
	int cells = snprintf(text, sizeof(text), "  page %u of %u, space: next ", page + 1, pages);

	if (cells < c->cols && kqt_canvas_is(c, row, c->cols - cells, c->cols, ' '))
		kqt_pen_right(&p, KQT_STYLE_STRONG, "%s", text);
}

void kqt_draw_help(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	int top = is_small(c->cols) ? 1 : 2, end = c->rows - 2;
	unsigned pages = kqt_help_pages(c->rows, c->cols), page = sc->ui->help_page % pages;
	struct kqt_pen p = kqt_pen_at(c, end, 1, c->cols);

	if (top > 1)
		kqt_draw_header(c, 0, sc);
	kqt_draw_knobs(c, top - 1, sc);
	(void)flow_all(c, top, end - top, page);
	kqt_pen_add(&p, KQT_STYLE_STRONG, "page %u of %u", page + 1, pages);
	if (pages > 1)
		(void)(kqt_pen_try(&p, KQT_STYLE_DIM,
		                   "  space or PgDn: the next, PgUp: the one before, ? leaves") ||
		       kqt_pen_try(&p, KQT_STYLE_DIM, "  space: next"));
	kqt_draw_foot(c, sc);
	if (pages > 1 && sc->message)
		draw_page_beside(c, end, page, pages);
}
