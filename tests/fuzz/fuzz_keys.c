/* SPDX-License-Identifier: MIT */
/* The screen's loop with anybody's bytes as keys, on a terminal whose size changes: whatever
 * was typed, every frame can be drawn at that size and holds nothing raw, and Esc and q
 * lead out of it. A session runs beside it; no process can be started, no file written.
 *
 * Input: two bytes that size and pace come from, then the bytes that are typed. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tui/live/app.h"

/* Out of a typed value, a question, the help, a view; then q. */
#define ESCAPES 60

struct kqt_term {
	struct kqt_input input;
	const uint8_t *data;
	size_t size, at;
	uint64_t now_ns;
	unsigned seed, escapes;
};

static struct kqt_term fake;

static unsigned some(unsigned below)
{
	fake.seed = fake.seed * 1103515245u + 12345u;
	return (fake.seed >> 16) % below;
}

/* -- instead of term.c --------------------------------------------------------- */

bool kqt_term_prepare(uint64_t color, uint64_t glyphs, struct kqt_strbuf *why)
{
	(void)color;
	(void)glyphs;
	(void)why;
	return true;
}

struct kqt_term *kqt_term_open(void)
{
	kqt_input_init(&fake.input);
	return &fake;
}

bool kqt_term_has_colors(const struct kqt_term *t)
{
	(void)t;
	return true;
}

void kqt_term_choose(struct kqt_term *t, uint64_t color, uint64_t glyphs)
{
	(void)t;
	(void)color;
	(void)glyphs;
}

bool kqt_term_mouse(struct kqt_term *t, bool on)
{
	(void)t;
	return on;
}

const struct kqt_mouse *kqt_term_mouse_event(const struct kqt_term *t)
{
	return &t->input.mouse;
}

void kqt_term_close(struct kqt_term *t)
{
	(void)t;
}

/* Often 80x24, now and then any size from 1x1 on. */
bool kqt_term_fit(struct kqt_term *t, struct kqt_canvas *c, enum kqt_palette palette)
{
	enum kqt_color_tier colors;
	int rows = 24, cols = 80;

	(void)t;
	if (some(4) == 0) {
		rows = 1 + (int)some(70);
		cols = 1 + (int)some(200);
	}
	c->tier = (enum kqt_glyph_tier)some(KQT_GLYPHS_BRAILLE + 1);
	colors = (enum kqt_color_tier)some(KQT_COLORS_256 + 1);
	c->shades = colors == KQT_COLORS_NONE ? 0 : kqt_theme_shades(colors, palette);
	c->half_blocks = c->tier != KQT_GLYPHS_ASCII && c->shades > 0 && some(2);
	if (c->cells && c->rows == rows && c->cols == cols)
		return false;
	KQT_FUZZ_MUST(kqt_canvas_resize(c, rows, cols) == 0);
	return true;
}

int kqt_term_show(struct kqt_term *t, const struct kqt_canvas *c, enum kqt_palette palette)
{
	(void)t;
	(void)palette;
	for (int i = 0; i < c->rows * c->cols; i++) {
		uint32_t glyph = (uint32_t)c->cells[i].glyph;

		KQT_FUZZ_MUST(glyph >= ' ' && glyph != 0x7f && !(glyph >= 0x80 && glyph < 0xa0));
	}
	return 0;
}

void kqt_term_redraw(struct kqt_term *t)
{
	(void)t;
}

/* The next bytes have come, and some time has gone by. */
bool kqt_term_wait(struct kqt_term *t, uint64_t timeout_ns)
{
	size_t n = 1 + some(6);

	(void)timeout_ns;
	t->now_ns += 40 * KQT_NS_PER_MS; /* an escape alone is one by now */
	if (t->at < t->size) {
		n = n < t->size - t->at ? n : t->size - t->at;
		kqt_input_feed(&t->input, (const char *)t->data + t->at, n);
		t->at += n;
		return false;
	}
	KQT_FUZZ_MUST(t->escapes++ < ESCAPES);
	if (t->escapes % 2) /* a pause between them, or together they are another key */
		kqt_input_feed(&t->input, t->escapes % 8 == 7 ? "q" : "\033", 1);
	return false;
}

int kqt_term_key(struct kqt_term *t)
{
	return kqt_input_next(&t->input, t->now_ns);
}

void kqt_term_suspend(struct kqt_term *t)
{
	(void)t;
}

/* -- nothing is started -------------------------------------------------------- */

int posix_spawn(pid_t *restrict pid, const char *restrict path,
                const posix_spawn_file_actions_t *files, const posix_spawnattr_t *restrict attr,
                char *const argv[restrict], char *const env[restrict])
{
	(void)pid;
	(void)path;
	(void)files;
	(void)attr;
	(void)argv;
	(void)env;
	return EAGAIN;
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file,
                 const posix_spawn_file_actions_t *files, const posix_spawnattr_t *restrict attr,
                 char *const argv[restrict], char *const env[restrict])
{
	return posix_spawn(pid, file, files, attr, argv, env);
}

/* -- a run ----------------------------------------------------------------------- */

static void run(void)
{
	static struct kqt_live_options opt;
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_session *s = NULL;
	struct kqt_config cfg;

	kqt_config_default(&cfg);
	cfg.num_timers = 2;
	cfg.num_sockets = cfg.num_file_watchers = 1;
	KQT_FUZZ_MUST(kqt_session_open(&cfg, NULL, &s, &why) == 0);
	opt.settings = (struct kqt_settings){0};
	kqt_settings_default(&opt.settings);
	KQT_FUZZ_MUST(kqt_live_run(s, &opt) == 0);
	kqt_session_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), out, nowhere;

	if (size < 2 || size > 4096) {
		close(here);
		return 0;
	}
	setenv("XDG_CONFIG_HOME", "/proc/self/nowhere", 1);
	fake = (struct kqt_term){.data = data + 2,
	                         .size = size - 2,
	                         .now_ns = 1,
	                         .seed = (unsigned)data[0] << 8 | data[1]};
	/* a folder in which nobody can make a file; and the summary is for nobody */
	KQT_FUZZ_MUST(here >= 0 && chdir("/proc/self") == 0);
	fflush(stdout);
	out = dup(STDOUT_FILENO);
	nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	KQT_FUZZ_MUST(out >= 0 && nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0);
	close(nowhere);
	run();
	fflush(stdout);
	KQT_FUZZ_MUST(dup2(out, STDOUT_FILENO) >= 0 && fchdir(here) == 0);
	close(out);
	close(here);
	return 0;
}
