/* SPDX-License-Identifier: MIT */
/* The one table of keys: dispatch, key bar, help view and the man page's section
 * are made from it. A row is one line of the help and has some keys. Every
 * function key has a letter beside it. No curses in here: input.c names keys that
 * are no character by the KQT_KEY_ codes below. */
#ifndef KQT_TUI_LIVE_KEYMAP_H
#define KQT_TUI_LIVE_KEYMAP_H

#include "engine/engine.h"

enum kqt_key_code {
	KQT_KEY_NONE = 0,
	KQT_KEY_CTRL_C = 3,
	KQT_KEY_TAB = 9,
	KQT_KEY_CTRL_L = 12,
	KQT_KEY_ENTER = 13,
	KQT_KEY_CTRL_Z = 26,
	KQT_KEY_ESC = 27,
	KQT_KEY_BACKSPACE = 127,
	KQT_KEY_UP = 256,
	KQT_KEY_DOWN,
	KQT_KEY_LEFT,
	KQT_KEY_RIGHT,
	KQT_KEY_BACKTAB,
	KQT_KEY_PGUP,
	KQT_KEY_PGDN,
	KQT_KEY_HOME,
	KQT_KEY_END,
	KQT_KEY_F1,
	KQT_KEY_F2,
	KQT_KEY_F10,
	KQT_KEY_MOUSE, /* kqt_term_mouse_event says what */
	KQT_KEY_EOF,   /* the terminal is gone */
};

enum kqt_action {
	KQT_DO_NOTHING,
	KQT_DO_KNOB,   /* arg: tunable's place * 2 + (1 = more) */
	KQT_DO_PRESET, /* arg: +1 next, -1 previous */
	KQT_DO_UNDO,
	KQT_DO_FREEZE,
	KQT_DO_AB,
	KQT_DO_RESET,
	KQT_DO_HALT,
	KQT_DO_LOAD, /* arg: +1 more, -1 less */
	KQT_DO_FILTER,
	KQT_DO_KIND,
	KQT_DO_STREAM,
	KQT_DO_SCALE,
	KQT_DO_GHOST,
	KQT_DO_PIN,
	KQT_DO_SWAP,
	KQT_DO_ZOOM,   /* arg: +1 longer columns */
	KQT_DO_SCROLL, /* arg: -1 back in time */
	KQT_DO_RANGE,
	KQT_DO_REFRESH, /* arg: +1 more often */
	KQT_DO_THEME,
	KQT_DO_FOCUS, /* arg: +1 next knob, -1 previous */
	KQT_DO_STEP,  /* arg: +1 more, -1 less, of the knob in focus */
	KQT_DO_ARROW, /* the same, and in the log up (+1) and down */
	KQT_DO_TYPE,
	KQT_DO_CANCEL,
	KQT_DO_VIEW, /* arg: number */
	KQT_DO_CHART,
	KQT_DO_HELP,
	KQT_DO_PAGE, /* arg: +1 next, -1 previous, -2 first, +2 last, of a view with pages */
	KQT_DO_COMPARE,
	KQT_DO_RECORD,
	KQT_DO_NAME,     /* a preset of one's own */
	KQT_DO_SNAPSHOT, /* what is shown, to files */
	KQT_DO_SETUP,
	KQT_DO_MOUSE,
	KQT_DO_REDRAW,
	KQT_DO_SUSPEND,
	KQT_DO_QUIT,
	/* of a replay */
	KQT_DO_PAUSE,
	KQT_DO_SEEK,  /* arg: seconds forward, negative = back */
	KQT_DO_ENDS,  /* arg: -1 the beginning, +1 the end */
	KQT_DO_GOTO,  /* type a time */
	KQT_DO_SPEED, /* arg: +1 faster, -1 slower */
};

enum kqt_key_group {
	KQT_KEYS_MEASURE, /* changes the engine: means nothing to a recording */
	KQT_KEYS_REPLAY,  /* only there */
	KQT_KEYS_SHOW,
	KQT_KEYS_PROGRAM,
	KQT_KEY_GROUPS
};

struct kqt_binding {
	int code;
	enum kqt_action action;
	int arg;
};

/* The views that digits choose: kqt_views by their hotkeys. A row of the key table may
 * have several of them, with their names in the order of its keys. */
#define KQT_KEY_BINDINGS 8
struct kqt_key {
	struct kqt_binding bind[KQT_KEY_BINDINGS]; /* the first with code 0 ends them */
	const char *keys;                          /* as help names them: "t T" */
	const char *bar;   /* as the key bar names them: "tT"; NULL = never on the bar */
	const char *label; /* one word for the key bar */
	int priority;      /* on the bar: the smaller the longer it stays when room is short */
	enum kqt_key_group group;
	const char *help; /* at most 30 cells */
};

/** Ended by a row whose keys is NULL. Order is the order of help. */
extern const struct kqt_key kqt_keymap[];

/** The keys of a replay, which come before those of the same codes above. */
extern const struct kqt_key kqt_keymap_replay[];

/** From now on this process replays: kqt_keys says what its keys are. */
void kqt_keymap_replaying(void);
/** The rows in force, for help and key bar: kqt_keymap; in a replay its own, and those of
 * the others that do something there. Ended as they are. */
const struct kqt_key *kqt_keys(void);
/** The row of a key in force. In a replay a key without one may still have a row in
 * kqt_keymap: it would change an engine. @return NULL when there is none. */
const struct kqt_key *kqt_keys_row(int code);

const char *kqt_key_group_name(enum kqt_key_group g);

/** @return the binding in `keys`, or NULL when the key means nothing there. */
const struct kqt_binding *kqt_keymap_find_in(const struct kqt_key *keys, int code);
/** ... in kqt_keymap. */
const struct kqt_binding *kqt_keymap_find(int code);

/** The rows as lines of a man page (mdoc list items), for docs and its test. */
void kqt_keymap_mdoc(const struct kqt_key *keys, struct kqt_strbuf *out);

/** The four knobs of t s w o in that order, then NULL. */
const struct kqt_tunable *kqt_knob(int place);
#define KQT_KNOBS 4

#endif
