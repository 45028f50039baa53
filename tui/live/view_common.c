/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "tui/live/keymap.h"
#include "tui/live/view.h"

#define FLOW_GAP 2
#define MESSAGE_ROWS 3
#define KNOBS_CHOICES 35 /* cells of preset, stream, kind and filter, about */

const char *kqt_cell_ns(uint64_t count, uint64_t ns, char buf[16])
{
	char text[16];

	snprintf(buf, 16, "%6s", count ? kqt_fmt_ns(ns, text, sizeof(text)) : "-");
	return buf;
}

const char *kqt_cell_count(double value, char buf[16])
{
	char text[16];

	snprintf(buf, 16, "%5s", kqt_fmt_count(value, text, sizeof(text)));
	return buf;
}

const char *kqt_clock_text(double seconds, char buf[24])
{
	unsigned long s = seconds > 0 ? (unsigned long)seconds : 0;

	snprintf(buf, 24, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	return buf;
}

/* How it runs, at the right end of the header: a word, never colour alone. */
static void state_text(const struct kqt_scene *sc, struct kqt_strbuf *out, unsigned *style)
{
	char at[24], ago[24];

	*style = KQT_STYLE_ALERT;
	if (kqt_stretch_moment(sc->ui))
		kqt_strbuf_add(out, " FROZEN at %s, %s before ",
		               kqt_clock_text(sc->ui->frozen_s, at),
		               kqt_ago_text(kqt_stretch_ago_s(sc->history, sc->ui), ago));
	else if (sc->ui->frozen)
		kqt_strbuf_add(out, " FROZEN at %s ", kqt_clock_text(sc->ui->frozen_s, at));
	else if (sc->ui->end != KQT_NOW)
		kqt_strbuf_add(out, " %s BACK ",
		               kqt_ago_text(kqt_stretch_ago_s(sc->history, sc->ui), ago));
	if (sc->fig && sc->fig->swapped)
		kqt_strbuf_add(out, " BASELINE A, v: now ");
	if (!sc->running)
		kqt_strbuf_add(out, " STOPPED ");
	else if (sc->changing)
		kqt_strbuf_add(out, " CHANGING ");
	if (out->len)
		return;
	*style = KQT_STYLE_LIVE;
	if (sc->ui->interval_ns <= KQT_NS_PER_S)
		kqt_strbuf_add(out, " LIVE %.3g/s ", 1e9 / (double)sc->ui->interval_ns);
	else
		kqt_strbuf_add(out, " LIVE, every %.3gs ", (double)sc->ui->interval_ns / 1e9);
}

/* FROZEN, STOPPED, CHANGING, a load, REC; nothing when live. @return cells of it */
static int draw_state(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	struct kqt_pen p = kqt_pen_at(c, row, 0, c->cols);
	double ago = kqt_stretch_ago_s(sc->history, sc->ui);
	char at[24], text[64] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	const char *word = sc->fig && sc->fig->swapped ? "BASELINE"
	                   : sc->play                  ? kqt_play_word(sc->play)
	                   : sc->ui->frozen            ? "FROZEN"
	                   : sc->ui->end != KQT_NOW    ? "BACK"
	                   : !sc->running              ? "STOPPED"
	                   : sc->changing              ? "CHANGING"
	                   : sc->ui->load[0]           ? sc->ui->load
	                                               : NULL;

	if (sc->recording)
		kqt_strbuf_add(&sb, " REC");
	if (word)
		kqt_strbuf_add(&sb, " %s", word);
	if (sc->play && word)
		kqt_strbuf_add(&sb, " %s", kqt_clock_text(sc->elapsed_s, at));
	else if (word && ago > 0)
		kqt_strbuf_add(&sb, " -%s", kqt_ago_text(ago, at));
	if (!text[0])
		return 0;
	kqt_pen_right(&p, KQT_STYLE_ALERT, "%s ", text);
	return kqt_text_cells(text) + 1;
}

/* The file's name as far as there is room; that something is being recorded always. */
static void draw_recording(struct kqt_pen *p, const struct kqt_scene *sc)
{
	char size[16], name[48];
	const char *slash;
	size_t n = 0;

	if (!sc->recording)
		return;
	slash = strrchr(sc->recording, '/');
	for (const char *s = slash ? slash + 1 : sc->recording; *s && n + 1 < sizeof(name); s++)
		name[n++] = (char)((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
	name[n] = '\0';
	kqt_fmt_count((double)sc->recorded_bytes, size, sizeof(size));
	kqt_pen_add(p, KQT_STYLE_NORMAL, "  ");
	if (n + 1 == sizeof(name) || !kqt_pen_try(p, KQT_STYLE_ALERT, "REC %s %sB", name, size))
		kqt_pen_add(p, KQT_STYLE_ALERT, "REC %sB", size);
}

void kqt_draw_header(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);
	char text[48], up[24];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	unsigned style;

	if (sc->play) {
		kqt_draw_replay(c, row, sc);
		return;
	}
	state_text(sc, &sb, &style);
	kqt_pen_right(&p, style, "%s", text);
	p.end -= (int)sb.len + 1;
	if (sc->ui->load[0]) { /* as little to be missed as a frozen view */
		kqt_pen_right(&p, KQT_STYLE_ALERT, " %s ", sc->ui->load);
		p.end -= kqt_text_cells(sc->ui->load) + 3;
	}
	kqt_pen_add(&p, KQT_STYLE_NAME, "kqtop");
	(void)kqt_pen_try(&p, KQT_STYLE_NORMAL, "  %s", sc->live->backend_label);
	draw_recording(&p, sc);
	(void)kqt_pen_try(&p, KQT_STYLE_NORMAL, "  up %s", kqt_clock_text(sc->elapsed_s, up));
	(void)kqt_pen_try(&p, KQT_STYLE_DIM, "  %u cpu%s", sc->cpus, kqt_plural(sc->cpus));
	if (p.end - p.col > 40)
		kqt_pen_add(&p, KQT_STYLE_DIM, "  kqtop " KQT_VERSION);
}

static void note_knob(const struct kqt_pen *p, int from, int place)
{
	kqt_canvas_zone(p->canvas, (struct kqt_zone){p->row, from, p->col, KQT_ZONE_KNOB, place});
}

/* Its value; while the view is frozen and the engine has gone on to it from what the
 * figures are of, both: "16<8". The present one first, as scripts look for "timers 16". */
static bool knob_text(const struct kqt_scene *sc, int place, char buf[64])
{
	const struct kqt_tunable *t = kqt_knob(place);
	char shown[32];

	kqt_config_get_text(sc->wanted, t, buf, 31);
	kqt_config_get_text(sc->ui->frozen ? &sc->snap->config : sc->wanted, t, shown,
	                    sizeof(shown));
	if (strcmp(buf, shown) == 0)
		return false;
	snprintf(buf + strlen(buf), 64 - strlen(buf), "<%s", shown);
	return true;
}

/* "timers 16" with its key's letter marked inside the word. */
static void draw_knob(struct kqt_pen *p, int place, const struct kqt_scene *sc)
{
	const struct kqt_tunable *t = kqt_knob(place);
	const char *hot = strchr(t->name, t->key_less);
	char value[64];
	bool next = knob_text(sc, place, value);
	int from = p->col;

	if (sc->ui->focus == place) {
		kqt_pen_add(p, KQT_STYLE_FOCUS, "%s %s", t->name, value);
	} else {
		for (const char *s = t->name; *s; s++)
			kqt_pen_add(p, s == hot ? KQT_STYLE_KEY : KQT_STYLE_NORMAL, "%c", *s);
		kqt_pen_add(p, KQT_STYLE_NORMAL, " ");
		kqt_pen_add(p, next ? KQT_STYLE_ALERT : KQT_STYLE_STRONG, "%s", value);
	}
	note_knob(p, from, place);
}

/* Is the configuration what its preset's name says? */
static bool is_preset(const struct kqt_config *cfg)
{
	struct kqt_config pure = *cfg;

	return kqt_config_preset(&pure, cfg->preset, NULL) == 0 && kqt_config_same(&pure, cfg);
}

/* What is chosen beside the knobs, in the order of the row. */
struct choice {
	const char *key, *text, *brief; /* brief: where the text has no room; or NULL */
	int rank;                       /* the highest goes first when room is short */
	bool out;
};
#define CHOICES 4

static int choices_cells(const struct choice *choice, int gap)
{
	int n = 0;

	for (int i = 0; i < CHOICES; i++)
		if (!choice[i].out)
			n += gap + 2 + (int)strlen(choice[i].text);
	return n;
}

/* Shorten, then leave out, until all fits. @return the gap between two of them */
static int fit_choices(struct choice *choice, int room)
{
	for (int rank = CHOICES; rank > 0; rank--) {
		for (int gap = 2; gap >= 1; gap--)
			if (choices_cells(choice, gap) <= room)
				return gap;
		for (int i = 0; i < CHOICES; i++)
			if (choice[i].brief)
				choice[i].text = choice[i].brief;
		if (choices_cells(choice, 1) <= room)
			return 1;
		for (int i = 0; i < CHOICES; i++)
			choice[i].out |= choice[i].rank == rank;
	}
	return 1;
}

static void draw_choices(struct kqt_pen *p, const struct kqt_scene *sc, const char *preset)
{
	const char *stream = kqt_stream_name(sc->ui->stream);
	struct choice choice[CHOICES] = {
	    {"p", preset, NULL, 3, false},
	    {"d", stream, sc->ui->stream == KQT_STREAM_NOTIFICATION ? "notif" : NULL, 4, false},
	    {"k", kqt_latency_short(sc->ui->kind), NULL, 2, false},
	    {"f", kqt_filter_label(sc->ui->filter), NULL, 1, false},
	};
	int gap = fit_choices(choice, p->end - p->col);

	for (int i = 0; i < CHOICES; i++) {
		if (choice[i].out)
			continue;
		kqt_pen_add(p, KQT_STYLE_NORMAL, "%*s", gap, "");
		kqt_pen_add(p, KQT_STYLE_KEY, "%s", choice[i].key);
		kqt_pen_add(p, KQT_STYLE_NORMAL, " %s", choice[i].text);
	}
}

static int knobs_cells(const struct kqt_scene *sc, int gap)
{
	char value[64];
	int n = -gap;

	for (int i = 0; i < KQT_KNOBS; i++) {
		(void)knob_text(sc, i, value);
		n += gap + (int)(strlen(kqt_knob(i)->name) + 1 + strlen(value));
	}
	return n;
}

/* "t16 s4 w4 o2ms": where the words have no room. */
static void draw_short_knobs(struct kqt_pen *p, const struct kqt_scene *sc)
{
	char value[64];

	for (int i = 0; i < KQT_KNOBS; i++) {
		bool focus = sc->ui->focus == i, next = knob_text(sc, i, value);
		int from = p->col;

		kqt_pen_add(p, focus ? KQT_STYLE_FOCUS : KQT_STYLE_KEY, "%c",
		            kqt_knob(i)->key_less);
		kqt_pen_add(p,
		            focus  ? KQT_STYLE_FOCUS
		            : next ? KQT_STYLE_ALERT
		                   : KQT_STYLE_STRONG,
		            "%s", value);
		note_knob(p, from, i);
		kqt_pen_add(p, KQT_STYLE_NORMAL, " ");
	}
	(void)kqt_pen_try(p, KQT_STYLE_NORMAL, " %s", sc->wanted->preset);
}

static void draw_knobs(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc)
{
	int gap = knobs_cells(sc, 2) + KNOBS_CHOICES <= end ? 2 : 1;
	struct kqt_pen p = kqt_pen_at(c, row, gap - 1, end);
	char preset[40];

	if (knobs_cells(sc, gap) > end) {
		draw_short_knobs(&p, sc);
		return;
	}
	for (int i = 0; i < KQT_KNOBS; i++) {
		if (i > 0)
			kqt_pen_add(&p, KQT_STYLE_NORMAL, "%*s", gap, "");
		draw_knob(&p, i, sc);
	}
	snprintf(preset, sizeof(preset), "%s%s", sc->wanted->preset,
	         is_preset(sc->wanted) ? "" : "*");
	draw_choices(&p, sc, preset);
}

void kqt_draw_knobs(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	/* no header above: how it runs has to be here */
	draw_knobs(c, row, c->cols - (row == 0 ? draw_state(c, row, sc) : 0), sc);
}

struct kqt_pen kqt_draw_title(struct kqt_canvas *c, int row, int col, int end, const char *title)
{
	struct kqt_pen p = kqt_pen_at(c, row, col + 1, end);

	kqt_canvas_fill(c, row, col, p.end, kqt_glyph(c->tier, KQT_GLYPH_HLINE), KQT_STYLE_FRAME);
	if (*title)
		kqt_pen_add(&p, KQT_STYLE_TITLE, " %s ", title);
	return p;
}

/* A letter of the bar that is a key of its own is clicked as that; all else of the
 * entry is its first key. */
static void note_entry(struct kqt_canvas *c, int row, int col, const struct kqt_key *k)
{
	int letters = (int)strlen(k->bar), cells = letters + kqt_text_cells(k->label);

	for (int i = 0; i < letters; i++)
		for (int b = 0; b < KQT_KEY_BINDINGS && k->bind[b].code; b++)
			if (k->bind[b].code == k->bar[i])
				kqt_canvas_zone(c, (struct kqt_zone){row, col + i, col + i + 1,
				                                     KQT_ZONE_KEY, k->bar[i]});
	kqt_canvas_zone(c, (struct kqt_zone){row, col, col + cells, KQT_ZONE_KEY, k->bind[0].code});
}

/* Keys by rank: what is on a narrow bar is the beginning of a wide one. */
void kqt_draw_key_bar(struct kqt_canvas *c, int row)
{
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);

	kqt_canvas_fill(c, row, 0, c->cols, ' ', KQT_STYLE_BAR_TEXT);
	for (int rank = 0; rank < 99; rank++) {
		for (const struct kqt_key *k = kqt_keys(); k->keys; k++) {
			if (!k->bar || k->priority != rank)
				continue;
			if ((int)(strlen(k->bar) + strlen(k->label)) > p.end - p.col)
				return;
			note_entry(c, row, p.col, k);
			kqt_pen_add(&p, KQT_STYLE_BAR_KEY, "%s", k->bar);
			kqt_pen_add(&p, KQT_STYLE_BAR_TEXT, "%s  ", k->label);
		}
	}
}

/* In this row, and where it is too long for it in those above it too: the end of an error
 * says what is wrong. */
static void draw_sentence(struct kqt_canvas *c, int row, unsigned style, const char *text)
{
	int indent = c->cols >= 60 ? 1 : 0, room = c->cols - indent, lines = 0;
	size_t from[MESSAGE_ROWS + 1] = {0}, len = strlen(text);

	if (room < 8)
		room = 8;
	while (lines < MESSAGE_ROWS && from[lines] < len) {
		size_t n = len - from[lines];

		if (n > (size_t)room) {
			for (n = (size_t)room; n > 1 && text[from[lines] + n] != ' ';)
				n--;
			n = n > 1 ? n + 1 : (size_t)room;
		}
		from[lines + 1] = from[lines] + n;
		lines++;
	}
	if (row < lines - 1) /* one line of it is all there is room for */
		lines = 1;
	for (int i = 0; i < lines; i++) {
		struct kqt_pen p = kqt_pen_at(c, row - lines + 1 + i, indent, c->cols);

		kqt_canvas_fill(c, p.row, 0, c->cols, ' ', KQT_STYLE_NORMAL);
		kqt_pen_add(&p, style, "%.*s", (int)(from[i + 1] - from[i]), text + from[i]);
	}
}

bool kqt_draw_message(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	struct kqt_pen p = kqt_pen_at(c, row, c->cols >= 60 ? 1 : 0, c->cols);
	bool bad = sc->ui->message_kind == KQT_MESSAGE_BAD;
	char text[sizeof(sc->ui->message) + 2];
	const char *brief; /* said instead where there is no room */
	size_t said;

	if (sc->ui->asking && !(sc->ui->asking_shown && sc->message)) {
		size_t n, from, room = c->cols > 24 ? (size_t)c->cols - 16 : 8;
		char name[600];

		n = strlen(kqt_text_show(sc->ui->path, name, sizeof(name)));
		from = n > room ? n - room : 0;
		while (((unsigned char)name[from] & 0xc0) == 0x80) /* not half a character */
			from++;
		kqt_canvas_fill(c, row, 0, c->cols, ' ', KQT_STYLE_NORMAL);
		/* the end of a long path is what is being typed */
		kqt_pen_add(&p, KQT_STYLE_FOCUS, " report: %s%s_ ", from ? "..." : "", name + from);
		(void)(kqt_pen_try(&p, KQT_STYLE_DIM, " Tab completes, Enter loads%s",
		                   n ? "" : " (nothing: forget all)") ||
		       kqt_pen_try(&p, KQT_STYLE_DIM, " Tab completes"));
		return true;
	}
	if (sc->ui->naming) {
		kqt_canvas_fill(c, row, 0, c->cols, ' ', KQT_STYLE_NORMAL);
		kqt_pen_add(&p, KQT_STYLE_FOCUS, " save preset as: %s_ ", sc->ui->name);
		(void)(kqt_pen_try(&p, KQT_STYLE_DIM, "  %s, Esc leaves",
		                   sc->ui->name_taken ? "is there: Enter replaces it"
		                                      : "Enter saves") ||
		       kqt_pen_try(&p, KQT_STYLE_DIM, "  %s",
		                   sc->ui->name_taken ? "is there: Enter?" : "Enter saves"));
		return true;
	}
	if (sc->ui->typing) {
		const struct kqt_tunable *t = kqt_knob(sc->ui->focus);

		kqt_canvas_fill(c, row, 0, c->cols, ' ', KQT_STYLE_NORMAL);
		kqt_pen_add(&p, KQT_STYLE_FOCUS, " %s: %s_ ", t->name, sc->ui->typed);
		kqt_pen_add(&p, KQT_STYLE_DIM, "  %llu to %llu%s", (unsigned long long)t->min,
		            (unsigned long long)t->max, t->unit);
		(void)(kqt_pen_try(&p, KQT_STYLE_DIM, "  Enter sets, Esc leaves") ||
		       kqt_pen_try(&p, KQT_STYLE_DIM, "  Enter sets"));
		return true;
	}
	if (sc->progress) {
		draw_sentence(c, row, KQT_STYLE_STRONG, sc->progress);
		return true;
	}
	if (!sc->message)
		return false;
	brief = strchr(sc->ui->message, '\n');
	said = brief ? (size_t)(brief - sc->ui->message) : strlen(sc->ui->message);
	snprintf(text, sizeof(text), "%s%.*s", bad ? "! " : "", (int)said, sc->ui->message);
	if (brief && kqt_text_cells(text) > c->cols - 1)
		snprintf(text, sizeof(text), "%s%s", bad ? "! " : "", brief + 1);
	draw_sentence(c, row, bad ? KQT_STYLE_BAD : KQT_STYLE_STRONG, text);
	return true;
}

void kqt_draw_foot(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	(void)kqt_draw_message(c, c->rows - 2, sc);
	kqt_draw_key_bar(c, c->rows - 1);
}

void kqt_flow_spare(struct kqt_flow *f)
{
	for (size_t i = 0; i < sizeof(f->spare) / sizeof(f->spare[0]); i++) {
		struct kqt_pen p = kqt_pen_at(f->canvas, f->row, f->col, f->canvas->cols);

		if (!f->spare[i].text || f->row >= f->rows_end ||
		    !kqt_pen_try(&p, f->spare[i].style, "%s", f->spare[i].text))
			continue;
		f->col = p.col + FLOW_GAP;
		f->spare[i].text = NULL;
	}
}

void kqt_flow_add(struct kqt_flow *f, unsigned style, const char *fmt, ...)
{
	struct kqt_pen p;
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (f->col > 1 && f->col + kqt_text_cells(text) > f->canvas->cols) {
		kqt_flow_spare(f);
		f->row++;
		f->col = 1;
	}
	if (f->row >= f->rows_end)
		return;
	p = kqt_pen_at(f->canvas, f->row, f->col, f->canvas->cols);
	kqt_pen_add(&p, style, "%s", text);
	f->col = p.col + FLOW_GAP;
}

const struct kqt_view kqt_views[] = {
    [KQT_VIEW_OVERVIEW] = {"overview", '1', 24, 80, true, kqt_draw_overview},
    [KQT_VIEW_LATENCY] = {"latency", '2', 16, 80, true, kqt_draw_latency_view},
    [KQT_VIEW_EVENTS] = {"events", '3', 10, 40, true, kqt_draw_events},
    [KQT_VIEW_ENTROPY] = {"entropy", '4', 10, 40, false, kqt_draw_entropy},
    [KQT_VIEW_COMPARE] = {"compare", '5', 10, 40, true, kqt_draw_compare},
    [KQT_VIEW_LOG] = {"log", '6', 10, 40, false, kqt_draw_journal},
    [KQT_VIEW_HELP] = {"help", '?', 10, 40, false, kqt_draw_help},
    [KQT_VIEW_SETUP] = {"setup", ',', 10, 40, false, kqt_draw_setup},
};

bool kqt_view_is_numbered(enum kqt_view_id v)
{
	return kqt_views[v].hotkey >= '0' && kqt_views[v].hotkey <= '9';
}

/* The compact form has the figures of the overview: under another view's name they would
 * be taken for its own. */
static void draw_no_room(struct kqt_canvas *c, const struct kqt_view *v, const struct kqt_scene *sc)
{
	struct kqt_flow f = {c, 2, c->rows - 1, 1, {{NULL, 0}}};

	kqt_draw_knobs(c, 0, sc);
	kqt_flow_add(&f, KQT_STYLE_STRONG, "%s needs %dx%d", v->name, v->cols_min, v->rows_min);
	kqt_flow_add(&f, KQT_STYLE_NORMAL, "and the terminal has %dx%d.", c->cols, c->rows);
	kqt_flow_add(&f, KQT_STYLE_NORMAL, "1, Esc: the overview");
	kqt_draw_foot(c, sc);
}

void kqt_view_draw(struct kqt_canvas *c, const struct kqt_scene *sc)
{
	const struct kqt_view *v = &kqt_views[sc->ui->view];
	bool fits = c->rows >= v->rows_min && c->cols >= v->cols_min;

	kqt_canvas_clear(c);
	if (fits)
		v->draw(c, sc);
	else if (sc->ui->view == KQT_VIEW_OVERVIEW || c->rows < KQT_COMPACT_ROWS ||
	         c->cols < KQT_COMPACT_COLS)
		kqt_draw_compact(c, sc); /* one line below its size, and that says so too */
	else
		draw_no_room(c, v, sc);
}

/* -- cells of tables --------------------------------------------------- */

void kqt_draw_cell(struct kqt_canvas *c, int row, int end, unsigned style, const char *text)
{
	struct kqt_pen p = kqt_pen_at(c, row, 0, end);

	kqt_pen_right(&p, style, "%s", text);
}

void kqt_draw_count(struct kqt_canvas *c, int row, int end, bool known, uint64_t n, int digits)
{
	char text[24];

	if (!known)
		snprintf(text, sizeof(text), "-");
	else if (snprintf(text, sizeof(text), "%llu", (unsigned long long)n) > digits)
		kqt_fmt_count((double)n, text, sizeof(text));
	kqt_draw_cell(c, row, end, known && n ? KQT_STYLE_NORMAL : KQT_STYLE_DIM, text);
}
