/* SPDX-License-Identifier: MIT */
/* The live screen's state, shared by its loop (app.c), its keys (act.c) and its
 * last words (summary.c). Threads: main only. */
#ifndef KQT_TUI_LIVE_APP_H
#define KQT_TUI_LIVE_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/live/ab.h"
#include "tui/live/beside.h"
#include "tui/live/canvas.h"
#include "tui/live/history.h"
#include "tui/live/journal.h"
#include "tui/live/keymap.h"
#include "tui/live/live.h"
#include "tui/live/load.h"
#include "tui/live/model.h"
#include "tui/live/play.h"
#include "tui/live/term.h"
#include "tui/live/ui.h"
#include "tui/live/view.h"

#define KQT_UNDO_MAX 64

struct kqt_undo {
	bool reset; /* a reset, with what the figures read from before it */
	struct kqt_reset_base base;
	struct kqt_config config; /* else the configuration before the change */
};

struct kqt_app {
	struct kqt_session *session;        /* borrowed */
	const struct kqt_live_options *opt; /* borrowed */
	struct kqt_play *play;              /* a recording is shown; NULL = the engine is */
	struct kqt_term *term;
	struct kqt_canvas canvas;
	struct kqt_history history;
	struct kqt_model *model;
	struct kqt_journal *journal;
	struct kqt_ui ui;
	struct kqt_app_load load;
	struct kqt_app_ab ab;
	struct kqt_beside beside;
	struct kqt_axis axis;
	struct kqt_account account[KQT_FILTERS]; /* as shown */
	struct kqt_snapshot *held;               /* what a frozen view shows, or NULL */
	struct kqt_journal *held_journal;        /* ... its log */
	bool freezing;                           /* with the next figures: there are none now */
	struct kqt_undo undo[KQT_UNDO_MAX];      /* the last n_undo, oldest first */
	int n_undo;
	struct kqt_reset_base base;    /* ui.base is what is shown: a frozen view keeps its own */
	uint64_t start_ns, next_ns;    /* of the run; of the next refresh */
	bool running, changing;        /* the engine, now; its snapshot says so only later */
	bool starting;                 /* by key z: what it needs is being registered */
	bool asked;                    /* figures are on their way */
	bool dirty;                    /* the screen does not show the state yet */
	bool recompute, recompute_all; /* the figures neither: headline, all of them */
	uint64_t progress_ns;          /* when the progress of a change is drawn next */
	uint64_t all_ns;               /* when all of them were computed last */
	bool quit;
	int signal; /* to die of, 0 none */
	int rc;     /* exit status so far */
	bool engine_failed;
	int engine_rc, draw_rc; /* why, and why there is no screen any more; 0 = all is well */
	uint64_t publish_ns;    /* when the metrics are to be made next */
	int lines_error;        /* errno of the first failed line */
	struct kqt_recorder *recorder; /* NULL = not recording */
	bool recorder_raw;             /* it has FILE.raw */
	char recorded[512];            /* the last recording's files */
	char recordings[2048];         /* of all of them, for the summary; "" = none */
	int recordings_more;           /* that had no room there */
	char record_error[512];        /* why the last one ended early; "" = it did not */
	char record_failed[544];       /* the first of them that is not whole, for the end */
	unsigned cpus;
};

/** What a view shows: the held snapshot while frozen, else the newest. */
const struct kqt_snapshot *kqt_app_shown(const struct kqt_app *a);
const struct kqt_journal *kqt_app_log(const struct kqt_app *a);

/** Say something on the message line for some seconds. After a line's end may stand what is
 * said instead where that has no room. */
void kqt_app_say(struct kqt_app *a, enum kqt_message_kind kind, const char *fmt, ...)
    KQT_PRINTF(3, 4);

/** Write it down in the journal. */
void kqt_app_note(struct kqt_app *a, enum kqt_entry_kind kind, const char *fmt, ...)
    KQT_PRINTF(3, 4);
/** Mark what was done, by the letter of its key, on the time axis (and in a recording). */
void kqt_app_mark(struct kqt_app *a, char letter, const char *text);
/** Take what the session shows now into history, model, lines and recording. */
void kqt_app_take_figures(struct kqt_app *a);
/** Forget history and model: a recording is played from its beginning again.
 * @return 0 or -ENOMEM, and then nothing is forgotten. */
KQT_MUST_USE int kqt_app_forget_figures(struct kqt_app *a);

/* act.c */
/** Obey a key. */
void kqt_app_key(struct kqt_app *a, int key);
void kqt_app_act(struct kqt_app *a, enum kqt_action action, int arg);

/* change.c */
/** Counts of the whole run are shown from now on as they go on from here. */
void kqt_app_base_now(struct kqt_app *a);

/** Stop the engine; nothing is on its way any more. */
void kqt_app_stop_engine(struct kqt_app *a);
/** What key z has started is registered, or cannot be: say so. */
void kqt_app_engine_started(struct kqt_app *a);

/* choose.c */
/** Freeze the view if it waits for figures to be frozen with; call when some came. */
void kqt_app_freeze_due(struct kqt_app *a);

/* focus.c */
/** Choose a knob, -1 none. */
void kqt_app_focus(struct kqt_app *a, int place);
/** Forget a choice that was not used for some seconds. */
void kqt_app_focus_tick(struct kqt_app *a, uint64_t now);

/* setup.c */
/** The settings as the file and the command line have them; the terminal is open. */
void kqt_app_setup_begin(struct kqt_app *a);
/** Before a drawing: what keys have changed, for the setup screen. */
void kqt_app_setup_note(struct kqt_app *a);
void kqt_app_setup_toggle(struct kqt_app *a);
/** Keys of the setup screen and of the question for a preset's name.
 * @return whether it was one */
bool kqt_app_setup_key(struct kqt_app *a, int key);
bool kqt_app_name_key(struct kqt_app *a, int key);
void kqt_app_name_begin(struct kqt_app *a);
void kqt_app_mouse_toggle(struct kqt_app *a);
/** Obey a click or the wheel. */
void kqt_app_mouse(struct kqt_app *a);

/* ask.c */
/** c: ask for reports' files. */
void kqt_app_ask(struct kqt_app *a);
/** A key while the question stands. @return whether it was for it. */
bool kqt_app_ask_key(struct kqt_app *a, int key);
/** Complete the last name of a list that commas divide, in place, as far as the folder
 * leaves no choice. @names receives what it could be, or why nothing.
 * @return whether something was added. */
bool kqt_complete_path(char *path, size_t size, struct kqt_strbuf *names);

/* snapshot.c */
/** Save what is shown under a name of its own in the current folder. */
void kqt_app_snapshot(struct kqt_app *a);

/* record.c */
/** Give the newest figures to the recording, if there is one; once each. */
void kqt_app_record(struct kqt_app *a);
/** Take the waits that are there, for the recording or, where nobody wants them, away.
 * Nothing without --record-raw. */
void kqt_app_record_waits(struct kqt_app *a);
/** Write down in it what was done. */
void kqt_app_record_mark(struct kqt_app *a, char letter, const char *text);
/** Begin one under a name of its own, or end the one there is. */
void kqt_app_record_toggle(struct kqt_app *a);
/** The last figures, and the end. Nothing when there is none. */
void kqt_app_record_end(struct kqt_app *a);

/* summary.c */
/** Five lines about the whole run and the command line that repeats it. The
 * session is halted. */
void kqt_app_summary(const struct kqt_app *a, FILE *out);

#endif
