/* SPDX-License-Identifier: MIT */
#include "tui/live/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "tui/live/keymap.h"
#include "tui/live/signals.h"
#include "tui/settings.h"

#define PAIRS_MAX 255
#define LOOKS (KQT_STYLE_HEAT + KQT_HEAT_STRIDE * KQT_HEAT_STRIDE)
#define CANCEL "\030" /* ends an escape sequence that was cut in the middle */
#define CLOSE_WAIT_MS 30
/* Buttons and wheel (1000), reported in SGR's way (1006). */
#define MOUSE_ON "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"

struct kqt_term {
	SCREEN *screen;
	FILE *frame;             /* curses' output */
	int out;                 /* the terminal, not blocking */
	bool own_out;            /* out was opened here */
	struct kqt_canvas shown; /* what curses' own picture was made from last */
	cchar_t *row;            /* [shown.cols] */
	bool cursor;             /* it cannot be hidden: it stands in the last corner */
	bool redraw;
	bool broken;   /* curses had no memory for a size: its windows do not fit each other */
	char *pending; /* [pending_len] a frame on its way, from pending_at */
	size_t pending_len, pending_at, pending_size;
	bool gone;
	bool mouse; /* it reports its mouse */
	enum kqt_color_tier colors;
	enum kqt_glyph_tier glyphs;
	enum kqt_palette palette; /* that `looks` was made for */
	struct {
		bool ready, ground; /* ground: of its own, not the terminal's */
		attr_t attr;
		short pair;
	} looks[LOOKS];
	short pair_fg[PAIRS_MAX], pair_bg[PAIRS_MAX];
	int n_pairs;
	struct kqt_input input;
};

/* Made by prepare, taken by open. */
static struct {
	struct kqt_term *term;
	struct termios ours;
} g;

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* -- is there a terminal -------------------------------------------------- */

/* A capability's text, NULL where the terminal has none of that name. */
static const char *capability(const char *name)
{
	const char *s = tigetstr(name);

	return (intptr_t)s == -1 || !s || !*s ? NULL : s; /* -1: no such name */
}

static bool is_possible(struct kqt_strbuf *why)
{
	const char *name = getenv("TERM");
	int err;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		kqt_strbuf_add(why, "standard %s is not a terminal",
		               isatty(STDIN_FILENO) ? "output" : "input");
		return false;
	}
	if (!name || !*name) {
		kqt_strbuf_add(why, "TERM is not set");
		return false;
	}
	if (setupterm(name, STDOUT_FILENO, &err) != OK) {
		kqt_strbuf_add(why, "terminal type '%.40s' is unknown", name);
		return false;
	}
	if (!capability("cup")) {
		kqt_strbuf_add(why, "terminal type '%.40s' cannot address its cursor", name);
		del_curterm(cur_term);
		return false;
	}
	del_curterm(cur_term);
	return true;
}

/* -- the terminal itself -------------------------------------------------- */

/* A capability without its padding ("$<5>"): no terminal of today needs it. */
static void append_capability(const char *name)
{
	const char *s = capability(name);

	if (!s)
		return;
	while (*s && kqt_tty.restore_len < sizeof(kqt_tty.restore) - 1) {
		const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;

		if (end)
			s = end + 1;
		else
			kqt_tty.restore[kqt_tty.restore_len++] = *s++;
	}
}

static void append_text(const char *s)
{
	while (*s && kqt_tty.restore_len < sizeof(kqt_tty.restore) - 1)
		kqt_tty.restore[kqt_tty.restore_len++] = *s++;
}

/* One of those that say so also reports in SGR's way, or not at all. */
static bool can_report_mouse(void)
{
	return capability("kmous") != NULL;
}

static void make_restore(void)
{
	kqt_tty.restore_len = 0;
	append_text(CANCEL);
	if (can_report_mouse()) /* on or not: a crash is no time to think */
		append_text(MOUSE_OFF);
	append_capability("sgr0");
	append_capability("op");
	append_capability("rmkx");
	append_capability("cnorm");
	if (capability("rmcup")) {
		append_capability("rmcup");
		append_text("\r");
	} else { /* no screen to go back to: below what was drawn */
		append_capability("clear");
	}
}

static void take_modes(void)
{
	g.ours = kqt_tty.before;
	g.ours.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
	g.ours.c_lflag |= ISIG; /* ^C works even if the loop is stuck */
	/* ^Z is a key: as a signal it would stop the whole group at once, and a parent
	 * such as make would give the terminal to the shell before it is put right */
	g.ours.c_cc[VSUSP] = _POSIX_VDISABLE;
	g.ours.c_iflag &= ~(tcflag_t)(IXON | INLCR | ICRNL);
	g.ours.c_oflag &= ~(tcflag_t)OPOST;
	g.ours.c_cc[VMIN] = 1;
	g.ours.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &g.ours);
}

/* A description of our own: O_NONBLOCK on the inherited one would be seen by
 * every process that shares the terminal. */
static void open_out(struct kqt_term *t)
{
	char name[256];

	t->out = STDOUT_FILENO;
	if (ttyname_r(STDOUT_FILENO, name, sizeof(name)) == 0) {
		int fd = open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0) {
			t->out = fd;
			t->own_out = true;
		}
	}
	kqt_tty.out = t->out;
}

static FILE *open_frame(void)
{
#ifdef MFD_CLOEXEC
	int fd = memfd_create("kqtop-frame", MFD_CLOEXEC);
	FILE *f = fd >= 0 ? fdopen(fd, "w+") : NULL;

	if (f)
		return f;
	if (fd >= 0)
		close(fd);
#endif
	return tmpfile();
}

static void learn_keys(struct kqt_input *in)
{
	static const struct {
		const char *name;
		int code;
	} keys[] = {
	    {"kcuu1", KQT_KEY_UP},    {"kcud1", KQT_KEY_DOWN},   {"kcub1", KQT_KEY_LEFT},
	    {"kcuf1", KQT_KEY_RIGHT}, {"kcbt", KQT_KEY_BACKTAB}, {"kf1", KQT_KEY_F1},
	    {"kf2", KQT_KEY_F2},      {"kf10", KQT_KEY_F10},     {"khome", KQT_KEY_HOME},
	    {"kend", KQT_KEY_END},    {"kpp", KQT_KEY_PGUP},     {"knp", KQT_KEY_PGDN},
	};

	kqt_input_init(in);
	for (size_t i = 0; i < COUNT(keys); i++) {
		const char *s = capability(keys[i].name);

		/* those that are one character are keys already (vt100's ^H) */
		if (s && s[0] == KQT_KEY_ESC)
			kqt_input_learn(in, s, keys[i].code);
	}
}

static enum kqt_color_tier color_tier(uint64_t color)
{
	const char *no = getenv("NO_COLOR");

	if (color == KQT_COLOR_NEVER || (color == KQT_COLOR_AUTO && no && *no) || !has_colors() ||
	    COLORS < 8)
		return KQT_COLORS_NONE;
	return COLORS >= 256 ? KQT_COLORS_256 : COLORS >= 16 ? KQT_COLORS_16 : KQT_COLORS_8;
}

/* Not braille by itself: its dots are fainter than blocks, and some fonts lack them. */
static enum kqt_glyph_tier glyph_tier(uint64_t want)
{
	const char *name = getenv("TERM");

	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 || want == KQT_WANT_ASCII)
		return KQT_GLYPHS_ASCII;
	if (name && strncmp(name, "linux", 5) == 0) /* its font has no more */
		return KQT_GLYPHS_CONSOLE;
	return want == KQT_WANT_BRAILLE ? KQT_GLYPHS_BRAILLE : KQT_GLYPHS_BLOCK;
}

void kqt_term_choose(struct kqt_term *t, uint64_t color, uint64_t glyphs)
{
	t->colors = color_tier(color);
	t->glyphs = glyph_tier(glyphs);
	t->palette = KQT_PALETTES; /* none: looks are made afresh */
}

bool kqt_term_has_colors(const struct kqt_term *t)
{
	return t->colors != KQT_COLORS_NONE;
}

static int start_curses(struct kqt_term *t, uint64_t color, uint64_t glyphs)
{
	/* often stale; and what counts is the terminal's size, which curses cannot ask
	 * for through a file: kqt_term_fit does */
	unsetenv("LINES");
	unsetenv("COLUMNS");
	t->screen = newterm(NULL, t->frame, stdin);
	if (!t->screen)
		return -KQT_E_UNSUPPORTED;
	nonl();
	noecho();
	intrflush(stdscr, FALSE);
	typeahead(-1);
	t->cursor = curs_set(0) == ERR;
	leaveok(stdscr, !t->cursor);
	scrollok(stdscr, FALSE);
	start_color();
	use_default_colors();
	kqt_term_choose(t, color, glyphs);
	return 0;
}

/* Everything that takes a descriptor or reads a file: once the session is open
 * there may be none left. Nothing is written to the terminal yet. */
static int make_term(struct kqt_term *t, uint64_t color, uint64_t glyphs)
{
	int rc;

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	if (tcgetattr(STDIN_FILENO, &kqt_tty.before) < 0)
		return -errno;
	kqt_signals_block();
	rc = kqt_signals_install(); /* before newterm, which would install its own */
	if (rc < 0)
		return rc;
	t->frame = open_frame();
	if (!t->frame)
		return -errno;
	open_out(t);
	rc = start_curses(t, color, glyphs);
	if (rc < 0)
		return rc;
	learn_keys(&t->input);
	make_restore();
	t->redraw = true;
	return 0;
}

bool kqt_term_prepare(uint64_t color, uint64_t glyphs, struct kqt_strbuf *why)
{
	char text[96];
	int rc = -ENOMEM;

	if (!is_possible(why))
		return false;
	g.term = calloc(1, sizeof(*g.term));
	if (g.term)
		rc = make_term(g.term, color, glyphs);
	if (rc == 0)
		return true;
	kqt_strbuf_add(why, "%s", kqt_err_text(rc, text, sizeof(text)));
	kqt_term_close(g.term);
	g.term = NULL;
	return false;
}

struct kqt_term *kqt_term_open(void)
{
	struct kqt_term *t = g.term;

	g.term = NULL;
	if (!t)
		return NULL;
	kqt_tty.taken = 1;
	take_modes();
	kqt_signals_unblock();
	return t;
}

/* Bounded: a terminal that takes nothing does not hold us. */
static void send_briefly(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, bytes, n);

		if (w > 0) {
			bytes += w;
			n -= (size_t)w;
		} else if (errno == EAGAIN) {
			struct pollfd p = {.fd = fd, .events = POLLOUT};

			if (poll(&p, 1, CLOSE_WAIT_MS) <= 0)
				return;
		} else if (errno != EINTR) {
			return;
		}
	}
}

static void give_back(struct kqt_term *t)
{
	t->pending_len = t->pending_at = 0;
	if (!kqt_tty.taken || t->gone)
		return;
	tcflush(STDIN_FILENO, TCOFLUSH);
	send_briefly(t->out, kqt_tty.restore, kqt_tty.restore_len);
	tcsetattr(STDIN_FILENO, TCSANOW, &kqt_tty.before);
	kqt_tty.taken = 0;
}

void kqt_term_close(struct kqt_term *t)
{
	if (!t)
		return;
	give_back(t);
	kqt_tty.taken = 0;
	kqt_signals_remove();
	if (t->screen && !t->broken) {
		endwin(); /* into memory, and forgotten: give_back has done it */
		delscreen(t->screen);
	}
	if (t->frame)
		fclose(t->frame);
	if (t->own_out)
		close(t->out);
	kqt_canvas_fini(&t->shown);
	free(t->row);
	free(t->pending);
	free(t);
}

/* -- showing -------------------------------------------------------------- */

static bool has_pairs(const struct kqt_term *t, enum kqt_palette palette, bool half_blocks)
{
	int n = kqt_theme_pairs(t->colors, palette, half_blocks);

	n += t->colors == KQT_COLORS_256; /* the terminal's own: pair_for */
	return n < COLOR_PAIRS && n <= PAIRS_MAX;
}

bool kqt_term_fit(struct kqt_term *t, struct kqt_canvas *c, enum kqt_palette palette)
{
	struct winsize ws = {0};
	int rows = 24, cols = 80;
	bool changed;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 && ws.ws_col > 0) {
		rows = ws.ws_row < 1000 ? ws.ws_row : 1000;
		cols = ws.ws_col < 2000 ? ws.ws_col : 2000;
	}
	changed = !c->cells || c->rows != rows || c->cols != cols;
	if (changed && kqt_canvas_resize(c, rows, cols) < 0)
		changed = false;
	if (changed) {
		t->broken |= resizeterm(c->rows, c->cols) == ERR;
		t->redraw = true;
	}
	c->tier = t->glyphs;
	/* where not even the styles have pairs, attributes say it all */
	if (t->colors != KQT_COLORS_NONE && !has_pairs(t, palette, false))
		t->colors = KQT_COLORS_NONE;
	c->shades = kqt_theme_shades(t->colors, palette);
	c->half_blocks = t->glyphs != KQT_GLYPHS_ASCII && c->shades > 0 &&
	                 has_pairs(t, palette, true);
	return changed;
}

static short pair_for(struct kqt_term *t, short fg, short bg)
{
	/* The terminal's own two as a pair like others, where there are plenty: curses
	 * leaves a colour for pair 0 by "\E[39m\E(B\E[m", for another pair by "\E[39m" (of
	 * all bytes at 140x45 that is a tenth). */
	if (fg < 0 && bg < 0 && t->colors != KQT_COLORS_256)
		return 0;
	for (int i = 0; i < t->n_pairs; i++)
		if (t->pair_fg[i] == fg && t->pair_bg[i] == bg)
			return (short)(i + 1);
	if (t->n_pairs + 1 >= COLOR_PAIRS || t->n_pairs >= PAIRS_MAX)
		return 0; /* fit has counted them; plain is better than wrong */
	t->pair_fg[t->n_pairs] = fg;
	t->pair_bg[t->n_pairs] = bg;
	init_pair((short)(++t->n_pairs), fg, bg);
	return (short)t->n_pairs;
}

static void make_look(struct kqt_term *t, unsigned style)
{
	struct kqt_look l = kqt_theme_look(t->colors, t->palette, style);
	attr_t a = 0;

	if (l.attr & KQT_ATTR_BOLD)
		a |= A_BOLD;
	if (l.attr & KQT_ATTR_DIM)
		a |= A_DIM;
	if (l.attr & KQT_ATTR_REVERSE)
		a |= A_REVERSE;
	if (l.attr & KQT_ATTR_UNDERLINE)
		a |= A_UNDERLINE;
	t->looks[style].attr = a;
	t->looks[style].pair = t->colors == KQT_COLORS_NONE ? 0 : pair_for(t, l.fg, l.bg);
	t->looks[style].ground = t->colors != KQT_COLORS_NONE && l.bg >= 0;
	t->looks[style].ready = true;
}

/* Of a blank only ground, reverse and underline are seen. Else it looks as what stands
 * before it does: no change of colour to be sent (a fifth of all bytes were those). */
static bool is_void(const struct kqt_term *t, const struct kqt_cell *cell, unsigned style)
{
	return cell->glyph == ' ' && !t->looks[style].ground &&
	       !(t->looks[style].attr & (A_REVERSE | A_UNDERLINE));
}

static void show_row(struct kqt_term *t, const struct kqt_canvas *c, int row)
{
	const struct kqt_cell *cells = c->cells + (size_t)row * (size_t)c->cols;
	unsigned look = KQT_STYLE_NORMAL; /* that the next blank takes over */

	for (int col = 0; col < c->cols; col++) {
		unsigned style = cells[col].style < LOOKS ? cells[col].style : 0;
		wchar_t text[2] = {(wchar_t)cells[col].glyph, 0};

		if (!t->looks[style].ready)
			make_look(t, style);
		if (is_void(t, &cells[col], style) && is_void(t, &cells[col], look))
			style = look;
		setcchar(&t->row[col], text, t->looks[style].attr, t->looks[style].pair, NULL);
		look = style;
	}
	(void)mvadd_wchnstr(row, 0, t->row, c->cols); /* clips, never wraps */
}

static int match_shown(struct kqt_term *t, const struct kqt_canvas *c)
{
	cchar_t *row;

	if (t->shown.cells && t->shown.rows == c->rows && t->shown.cols == c->cols)
		return 0;
	row = calloc((size_t)c->cols + 1, sizeof(*row));
	if (!row)
		return -ENOMEM;
	free(t->row);
	t->row = row;
	t->redraw = true;
	return kqt_canvas_resize(&t->shown, c->rows, c->cols);
}

/* What curses has written since, behind what is on its way. */
static int take_frame(struct kqt_term *t)
{
	int fd = fileno(t->frame);
	off_t len;
	ssize_t got;

	fflush(t->frame);
	len = lseek(fd, 0, SEEK_CUR);
	if (len <= 0)
		return 0;
	if ((size_t)len > t->pending_size) {
		char *p = realloc(t->pending, (size_t)len);

		if (!p)
			return -ENOMEM;
		t->pending = p;
		t->pending_size = (size_t)len;
	}
	got = pread(fd, t->pending, (size_t)len, 0);
	t->pending_len = got > 0 ? (size_t)got : 0;
	t->pending_at = 0;
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return 0;
}

static void send_pending(struct kqt_term *t)
{
	while (t->pending_at < t->pending_len && !t->gone) {
		ssize_t w = write(t->out, t->pending + t->pending_at,
		                  t->pending_len - t->pending_at);

		if (w > 0)
			t->pending_at += (size_t)w;
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR)
			t->gone = true;
	}
}

int kqt_term_show(struct kqt_term *t, const struct kqt_canvas *c, enum kqt_palette palette)
{
	int rc = t->broken ? -ENOMEM : match_shown(t, c);

	if (rc < 0)
		return rc;
	send_pending(t);
	if (t->gone)
		return -ENXIO;
	if (t->pending_at < t->pending_len)
		return 1;
	if (palette != t->palette) {
		memset(t->looks, 0, sizeof(t->looks));
		t->n_pairs = 0;
		t->palette = palette;
		t->redraw = true;
	}
	for (int row = 0; row < c->rows; row++) {
		size_t n = (size_t)c->cols * sizeof(*c->cells), at = (size_t)row * (size_t)c->cols;

		if (!t->redraw && memcmp(t->shown.cells + at, c->cells + at, n) == 0)
			continue;
		memcpy(t->shown.cells + at, c->cells + at, n);
		show_row(t, c, row);
	}
	if (t->redraw)
		clearok(curscr, TRUE);
	t->redraw = false;
	if (t->cursor)
		(void)move(c->rows - 1, c->cols - 1);
	wnoutrefresh(stdscr);
	doupdate();
	rc = take_frame(t);
	send_pending(t);
	return t->gone ? -ENXIO : rc;
}

void kqt_term_redraw(struct kqt_term *t)
{
	t->redraw = true;
}

/* -- waiting -------------------------------------------------------------- */

static void read_keys(struct kqt_term *t)
{
	char bytes[128];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n > 0)
		kqt_input_feed(&t->input, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		t->gone = true;
}

bool kqt_term_wait(struct kqt_term *t, uint64_t timeout_ns)
{
	bool sending = t->pending_at < t->pending_len;
	struct timespec ts;
	fd_set in, out;
	int n, top = kqt_tty.pipe[0] > t->out ? kqt_tty.pipe[0] : t->out;

	if (kqt_input_waits(&t->input) && timeout_ns > 5 * KQT_NS_PER_MS)
		timeout_ns = 5 * KQT_NS_PER_MS;
	ts = kqt_ns_to_timespec(timeout_ns);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(STDIN_FILENO, &in);
	FD_SET(kqt_tty.pipe[0], &in);
	if (sending)
		FD_SET(t->out, &out);
	n = pselect(top + 1, &in, &out, NULL, &ts, NULL);
	if (n <= 0)
		return n == 0;
	if (FD_ISSET(kqt_tty.pipe[0], &in))
		kqt_signals_drain();
	if (FD_ISSET(STDIN_FILENO, &in))
		read_keys(t);
	if (sending && FD_ISSET(t->out, &out))
		send_pending(t);
	return false;
}

int kqt_term_key(struct kqt_term *t)
{
	int key = kqt_input_next(&t->input, kqt_clock_now_ns());

	return key == KQT_KEY_NONE && t->gone ? KQT_KEY_EOF : key;
}

/* -- mouse ---------------------------------------------------------------- */

/* Behind what is on its way: not into the middle of a sequence. */
static void append_pending(struct kqt_term *t, const char *bytes)
{
	size_t n = strlen(bytes);

	if (t->pending_at == t->pending_len)
		t->pending_at = t->pending_len = 0;
	if (t->pending_len + n > t->pending_size) {
		char *p = realloc(t->pending, t->pending_len + n);

		if (!p)
			return;
		t->pending = p;
		t->pending_size = t->pending_len + n;
	}
	memcpy(t->pending + t->pending_len, bytes, n);
	t->pending_len += n;
	send_pending(t);
}

bool kqt_term_mouse(struct kqt_term *t, bool on)
{
	if (!can_report_mouse())
		return false;
	if (t->mouse != on)
		append_pending(t, on ? MOUSE_ON : MOUSE_OFF);
	t->mouse = on;
	return true;
}

const struct kqt_mouse *kqt_term_mouse_event(const struct kqt_term *t)
{
	return &t->input.mouse;
}

/* -- stopping ------------------------------------------------------------- */

void kqt_term_suspend(struct kqt_term *t)
{
	give_back(t);
	kqt_signals_stop_group();
	if (tcgetattr(STDIN_FILENO, &kqt_tty.before) < 0)
		t->gone = true;
	kqt_tty.taken = 1;
	take_modes();
	endwin(); /* so that the next frame begins as the first one did ... */
	(void)take_frame(t);
	t->pending_len = 0; /* ... but what it wrote is done already */
	t->redraw = true;
	if (t->mouse)
		append_pending(t, MOUSE_ON);
}
