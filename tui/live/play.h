/* SPDX-License-Identifier: MIT */
/* Playing a recording on the live screen: a position that time, keys and the command
 * line move, and everything up to it fed to what the live screen is made of. While it
 * is paused no figure on the screen comes from this machine's clock.
 *
 * Threads: main only. */
#ifndef KQT_TUI_LIVE_PLAY_H
#define KQT_TUI_LIVE_PLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/live/canvas.h"
#include "tui/live/journal.h"
#include "tui/live/keep.h"
#include "tui/live/keymap.h"
#include "tui/live/tape.h"

struct kqt_app;

#define KQT_SPEED_MIN 0.1
#define KQT_SPEED_MAX 1000.0
#define KQT_PLAY_RESETS 16 /* as many can be undone; those before them are forgotten */

/** A live screen that shows a recording; the first four as the command line says. */
struct kqt_play {
	struct kqt_tape *tape; /* borrowed */
	const char *path;      /* of the file, as it was given; borrowed */
	double speed;          /* seconds of the recording a second */
	double pause_at_s;     /* begin there, paused; negative = play from the beginning */

	struct kqt_keep keep; /* `most` as the command line says */

	double pos_s;
	double target_s; /* where a seek is on its way to; negative = none is */
	bool paused;
	uint64_t clock_ns; /* when the position was last moved by time */
	bool typing;
	char typed[16];
	bool feeding;             /* a line of the recording is being taken */
	double feed_s;            /* its position */
	bool configured;          /* there was a configuration */
	struct kqt_config config; /* the last one */
	uint64_t alarms[KQT_HEALTH_TESTS][KQT_HEALTH_ALPHAS]; /* of this epoch */
	double load_s; /* when the load began that is at work, if one is */
	/* at recorded resets that were not undone: what counts read from before them */
	struct kqt_reset_base before[KQT_PLAY_RESETS];
	unsigned n_before;
	int error;      /* why it cannot be read further, 0 = it can */
	char why[512];  /* in words */
	char alarm[96]; /* the last one of a health test up to here, "" = none */
};

/** A time as people type it: "90" (seconds), "1:30", "1:02:03", "2.5". @return false when
 * it is none. */
bool kqt_play_time_parse(const char *text, double *seconds);

/** When the line that is being fed was recorded. */
struct kqt_moment kqt_play_moment(const struct kqt_play *p);

/** Go to the beginning, or to where --pause-at says. */
void kqt_play_begin(struct kqt_app *a);
/** Time has passed. @return whether the screen is to be drawn anew. */
bool kqt_play_tick(struct kqt_app *a, uint64_t now_ns);
/** A key, before anybody else looks at it. @return whether that was all. */
bool kqt_play_key(struct kqt_app *a, int key);
/** Say that a recording cannot be changed. */
void kqt_play_refuse(struct kqt_app *a);
/** Is it reading on its way to a position? It wants to be ticked again at once then. */
bool kqt_play_seeks(const struct kqt_play *p);
/** Has the recording been played to its end, or as far as it can be read? */
bool kqt_play_ended(const struct kqt_play *p);

/* view_replay.c */
struct kqt_scene;
/** The header of a replay. */
void kqt_draw_replay(struct kqt_canvas *c, int row, const struct kqt_scene *sc);
/** "PAUSED", "END" or "REPLAY": for where there is room for a word. */
const char *kqt_play_word(const struct kqt_play *p);

#endif
