/* SPDX-License-Identifier: MIT */
#include "tui/live/keymap.h"

#include <stddef.h>
#include <string.h>

#include "engine/engine.h"

#define LESS(place) KQT_DO_KNOB, (place)*2
#define MORE(place) KQT_DO_KNOB, (place)*2 + 1

/* clang-format off */
const struct kqt_key kqt_keymap[] = {
	{{{'t', LESS(0)}, {'T', MORE(0)}}, "t T", "tT", " timers", 11, KQT_KEYS_MEASURE,
	 "timers: fewer, more"},
	{{{'s', LESS(1)}, {'S', MORE(1)}}, "s S", "sS", " sockets", 12, KQT_KEYS_MEASURE,
	 "socket pairs: fewer, more"},
	{{{'w', LESS(2)}, {'W', MORE(2)}}, "w W", "wW", " watchers", 13, KQT_KEYS_MEASURE,
	 "watched files: fewer, more"},
	{{{'o', LESS(3)}, {'O', MORE(3)}}, "o O", "oO", " timeout", 14, KQT_KEYS_MEASURE,
	 "timeout: shorter, longer"},
	{{{KQT_KEY_TAB, KQT_DO_FOCUS, 1}, {KQT_KEY_RIGHT, KQT_DO_FOCUS, 1},
	  {KQT_KEY_LEFT, KQT_DO_FOCUS, -1}, {KQT_KEY_BACKTAB, KQT_DO_FOCUS, -1},
	  {'-', KQT_DO_STEP, -1}, {KQT_KEY_DOWN, KQT_DO_ARROW, -1}, {'+', KQT_DO_STEP, 1},
	  {KQT_KEY_UP, KQT_DO_ARROW, 1}},
	 "Tab - +", NULL, "", 99, KQT_KEYS_MEASURE, "choose a knob, step it; arrows"},
	{{{KQT_KEY_ENTER, KQT_DO_TYPE, 0}, {'=', KQT_DO_TYPE, 0}}, "Enter =", NULL, "", 99,
	 KQT_KEYS_MEASURE, "type its value"},
	{{{'p', KQT_DO_PRESET, 1}, {'P', KQT_DO_PRESET, -1}, {'N', KQT_DO_NAME, 0}}, "p P N", "p",
	 "reset", 6, KQT_KEYS_MEASURE, "preset: next, previous; save"},
	{{{'u', KQT_DO_UNDO, 0}}, "u", "u", "ndo", 5, KQT_KEYS_MEASURE, "undo a change or a reset"},
	{{{'r', KQT_DO_RESET, 0}}, "r", "r", "eset", 9, KQT_KEYS_MEASURE,
	 "forget the figures so far"},
	{{{'g', KQT_DO_LOAD, -1}, {'G', KQT_DO_LOAD, 1}}, "g G", "gG", " load", 21, KQT_KEYS_MEASURE,
	 "load: less, more (asks first)"},
	{{{'z', KQT_DO_HALT, 0}}, "z", "z", " stop", 10, KQT_KEYS_MEASURE, "stop, start the engine"},

	{{{'k', KQT_DO_KIND, 0}}, "k", "k", "ind", 3, KQT_KEYS_SHOW,
	 "wait, notification, response"},
	{{{'f', KQT_DO_FILTER, 0}}, "f", "f", "ilter", 4, KQT_KEYS_SHOW, "all filters, or one"},
	{{{'d', KQT_DO_STREAM, 0}}, "d", "d", " stream", 15, KQT_KEYS_SHOW, "byte stream of entropy"},
	{{{'e', KQT_DO_CHART, 0}}, "e", "e", "ntropy", 8, KQT_KEYS_SHOW,
	 "entropy view; its next figure"},
	{{{'l', KQT_DO_SCALE, 0}, {'L', KQT_DO_RANGE, 0}}, "l L", "lL", " scale", 20, KQT_KEYS_SHOW,
	 "lin, sqrt, log; fix the range"},
	{{{'b', KQT_DO_PIN, 0}, {'B', KQT_DO_GHOST, 0}, {'v', KQT_DO_SWAP, 0}}, "b B v", "bBv",
	 " baseline", 16, KQT_KEYS_SHOW, "baseline: pin, ghost, swap"},
	{{{'[', KQT_DO_ZOOM, -1}, {']', KQT_DO_ZOOM, 1}, {'{', KQT_DO_SCROLL, -1},
	  {'}', KQT_DO_SCROLL, 1}}, "[ ] { }", "[]{}", " time", 17, KQT_KEYS_SHOW,
	 "time: in, out, back, forward"},
	{{{' ', KQT_DO_FREEZE, 0}}, "Space", "spc", " freeze", 2, KQT_KEYS_SHOW,
	 "freeze the view, not engine"},
	{{{'<', KQT_DO_REFRESH, -1}, {'>', KQT_DO_REFRESH, 1}}, "< >", "<>", " rate", 18,
	 KQT_KEYS_SHOW, "refresh less, more often"},
	{{{'m', KQT_DO_THEME, 0}}, "m", "m", " theme", 19, KQT_KEYS_SHOW,
	 "theme, from dark to no colours"},
	{{{'R', KQT_DO_RECORD, 0}, {'x', KQT_DO_SNAPSHOT, 0}}, "R x", "Rx", " save", 22,
	 KQT_KEYS_SHOW, "record, end; save the screen"},
	{{{'n', KQT_DO_AB, 0}}, "n", "n", " A/B", 23, KQT_KEYS_SHOW, "A/B bench against baseline"},
	{{{'c', KQT_DO_COMPARE, 0}}, "c", "c", " compare", 24, KQT_KEYS_SHOW,
	 "compare: load reports"},
	{{{'1', KQT_DO_VIEW, 1}, {'2', KQT_DO_VIEW, 2}, {'3', KQT_DO_VIEW, 3}}, "1 2 3", "1-6",
	 " views", 2, KQT_KEYS_SHOW, "overview, latency, events"},
	{{{'4', KQT_DO_VIEW, 4}, {'5', KQT_DO_VIEW, 5}, {'6', KQT_DO_VIEW, 6}}, "4 5 6", NULL, "",
	 99, KQT_KEYS_SHOW, "entropy, compare, log"},
	{{{KQT_KEY_PGDN, KQT_DO_PAGE, 1}, {KQT_KEY_PGUP, KQT_DO_PAGE, -1},
	  {KQT_KEY_HOME, KQT_DO_PAGE, -2}, {KQT_KEY_END, KQT_DO_PAGE, 2}},
	 "PgUp/Dn", NULL, "", 99, KQT_KEYS_SHOW, "pages of a view; Home, End"},

	{{{'?', KQT_DO_HELP, 0}, {KQT_KEY_F1, KQT_DO_HELP, 0}}, "? F1", "?", " help", 1,
	 KQT_KEYS_PROGRAM, "this help, and back"},
	{{{KQT_KEY_ESC, KQT_DO_CANCEL, 0}}, "Esc", NULL, "", 99, KQT_KEYS_PROGRAM,
	 "leave help, focus, typing"},
	{{{',', KQT_DO_SETUP, 0}, {KQT_KEY_F2, KQT_DO_SETUP, 0}, {'M', KQT_DO_MOUSE, 0}}, ", F2 M",
	 ",", " setup", 7, KQT_KEYS_PROGRAM, "setup screen; mouse on, off"},
	{{{KQT_KEY_CTRL_L, KQT_DO_REDRAW, 0}, {KQT_KEY_CTRL_Z, KQT_DO_SUSPEND, 0}}, "^L ^Z", NULL,
	 "", 99, KQT_KEYS_PROGRAM, "draw again; suspend (then fg)"},
	{{{'q', KQT_DO_QUIT, 0}, {KQT_KEY_F10, KQT_DO_QUIT, 0}, {KQT_KEY_CTRL_C, KQT_DO_QUIT, 0}},
	 "q F10 ^C", "q", "uit", 0, KQT_KEYS_PROGRAM, "quit, with a summary"},
	{{{0}}, NULL, NULL, NULL, 0, KQT_KEYS_PROGRAM, NULL},
};

const struct kqt_key kqt_keymap_replay[] = {
	{{{' ', KQT_DO_PAUSE, 0}}, "Space", "spc", " pause", 2, KQT_KEYS_REPLAY, "pause, go on"},
	{{{KQT_KEY_LEFT, KQT_DO_SEEK, -5}, {KQT_KEY_RIGHT, KQT_DO_SEEK, 5}}, "<- ->", "<- ->", " 5s", 3,
	 KQT_KEYS_REPLAY, "5 s back, forward"},
	{{{KQT_KEY_PGUP, KQT_DO_SEEK, -60}, {KQT_KEY_PGDN, KQT_DO_SEEK, 60}}, "PgUp/Dn", NULL, "", 99,
	 KQT_KEYS_REPLAY, "a minute back, forward"},
	{{{KQT_KEY_HOME, KQT_DO_ENDS, -1}, {KQT_KEY_END, KQT_DO_ENDS, 1}}, "Home End", NULL, "", 99,
	 KQT_KEYS_REPLAY, "the beginning, the end"},
	{{{KQT_KEY_ENTER, KQT_DO_GOTO, 0}, {'=', KQT_DO_GOTO, 0}}, "Enter =", "=", " time", 5,
	 KQT_KEYS_REPLAY, "type a time: 90, 1:30, 1:02:03"},
	{{{'-', KQT_DO_SPEED, -1}, {'+', KQT_DO_SPEED, 1}, {KQT_KEY_DOWN, KQT_DO_SPEED, -1},
	  {KQT_KEY_UP, KQT_DO_SPEED, 1}}, "- +", "-+", " speed", 6,
	 KQT_KEYS_REPLAY, "slower, faster; down, up"},
	{{{'x', KQT_DO_SNAPSHOT, 0}}, "x", "x", " save", 22, KQT_KEYS_REPLAY, "save the screen"},
	{{{0}}, NULL, NULL, NULL, 0, KQT_KEYS_REPLAY, NULL},
};
/* clang-format on */

const char *kqt_key_group_name(enum kqt_key_group g)
{
	static const char *const names[KQT_KEY_GROUPS] = {"what is measured", "the recording",
	                                                  "what is shown", "the program"};

	return (unsigned)g < KQT_KEY_GROUPS ? names[g] : "?";
}

const struct kqt_binding *kqt_keymap_find_in(const struct kqt_key *keys, int code)
{
	for (const struct kqt_key *k = keys; k->keys; k++)
		for (int i = 0; i < KQT_KEY_BINDINGS && k->bind[i].code; i++)
			if (k->bind[i].code == code)
				return &k->bind[i];
	return NULL;
}

const struct kqt_binding *kqt_keymap_find(int code)
{
	return kqt_keymap_find_in(kqt_keymap, code);
}

/* -- a replay's keys ------------------------------------------------------ */

/* Enough for both tables; a longer one fails its test. */
#define IN_FORCE_MAX 96
static struct kqt_key in_force[IN_FORCE_MAX];
static const struct kqt_key *keys_now = kqt_keymap;

/* Does this row of the live screen do something in a replay? */
static bool is_replayed(const struct kqt_key *k)
{
	if (k->group == KQT_KEYS_MEASURE || k->bind[0].action == KQT_DO_RECORD ||
	    k->bind[0].action == KQT_DO_AB)
		return false;
	/* the pages of the help are turned in the help */
	return k->bind[0].action == KQT_DO_PAGE ||
	       !kqt_keymap_find_in(kqt_keymap_replay, k->bind[0].code);
}

void kqt_keymap_replaying(void)
{
	size_t n = 0;

	for (const struct kqt_key *k = kqt_keymap_replay; k->keys; k++)
		in_force[n++] = *k;
	for (const struct kqt_key *k = kqt_keymap; k->keys && n + 1 < IN_FORCE_MAX; k++)
		if (is_replayed(k))
			in_force[n++] = *k;
	in_force[n] = (struct kqt_key){.keys = NULL};
	keys_now = in_force;
}

const struct kqt_key *kqt_keys(void)
{
	return keys_now;
}

const struct kqt_key *kqt_keys_row(int code)
{
	for (const struct kqt_key *k = keys_now; k->keys; k++)
		for (int i = 0; i < KQT_KEY_BINDINGS && k->bind[i].code; i++)
			if (k->bind[i].code == code)
				return k;
	return NULL;
}

/* -- as text -------------------------------------------------------------- */

void kqt_keymap_mdoc(const struct kqt_key *keys, struct kqt_strbuf *out)
{
	for (const struct kqt_key *k = keys; k->keys; k++) {
		kqt_strbuf_add(out, ".It Ic ");
		/* \& keeps a key that is punctuation to mdoc from being read as such, \- is a
		 * minus and no hyphen */
		for (const char *p = k->keys; *p; p++)
			kqt_strbuf_add(out, "%s%c",
			               *p == '-'              ? "\\"
			               : strchr("[]?<>,", *p) ? "\\&"
			                                      : "",
			               *p);
		kqt_strbuf_add(out, "\n%s\n", k->help);
	}
}

const struct kqt_tunable *kqt_knob(int place)
{
	static const char *const names[KQT_KNOBS] = {"timers", "sockets", "watchers", "timeout"};

	return place >= 0 && place < KQT_KNOBS ? kqt_tunable_find(names[place]) : NULL;
}
