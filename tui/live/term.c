/* SPDX-License-Identifier: MIT */
#include "tui/live/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "tui/live/keymap.h"
#include "tui/live/signals.h"
#include "tui/live/term_priv.h"

#define CANCEL "\030" /* ends an escape sequence that was cut in the middle */
#define CLOSE_WAIT_MS 30
/* Buttons and wheel (1000), reported in SGR's way (1006). */
#define MOUSE_ON "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"

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

static int make_term(struct kqt_term *t, uint64_t color, uint64_t glyphs)
{
	int rc;

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	setlocale(LC_MESSAGES, "C");
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
	rc = kqt_term_start_curses(t, color, glyphs);
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
		kqt_term_send(t);
	return false;
}

int kqt_term_key(struct kqt_term *t)
{
	int key = kqt_input_next(&t->input, kqt_clock_now_ns());

	return key == KQT_KEY_NONE && t->gone ? KQT_KEY_EOF : key;
}

/* -- mouse ---------------------------------------------------------------- */

bool kqt_term_mouse(struct kqt_term *t, bool on)
{
	if (!can_report_mouse())
		return false;
	if (t->mouse != on)
		kqt_term_append(t, on ? MOUSE_ON : MOUSE_OFF);
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
	kqt_term_begin_again(t);
	if (t->mouse)
		kqt_term_append(t, MOUSE_ON);
}
