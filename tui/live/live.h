/* SPDX-License-Identifier: MIT */
/* The live screen: what cmd_live.c calls. Order:
 *
 *   kqt_live_prepare -> kqt_session_open -> kqt_live_run -> kqt_session_free
 *
 * prepare stands before open because the session's threads inherit the mask of
 * blocked signals (only the main thread may be interrupted by one), and because a
 * session may take every descriptor that is left.
 *
 * Threads: main only. */
#ifndef KQT_TUI_LIVE_LIVE_H
#define KQT_TUI_LIVE_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/engine.h"
#include "tui/live/beside.h"
#include "tui/publish.h"
#include "tui/settings.h"

struct kqt_play; /* play.h */

struct kqt_live_options {
	uint64_t duration_ns;            /* 0 = until the user quits */
	uint64_t interval_ns;            /* refresh and JSON line period; 0 = 250 ms */
	FILE *lines;                     /* JSON lines beside the screen, or NULL; borrowed */
	struct kqt_recorder *recorder;   /* recording that has begun, or NULL; taken */
	bool raw;                        /* of every wait too: the session has raw samples */
	struct kqt_publisher *publisher; /* metrics for the outside, or NULL; borrowed */
	uint64_t ab_pairs;               /* of rounds that key n makes; 0 = KQT_AB_PAIRS */
	uint64_t ab_round_ns;            /* length of each; 0 = KQT_AB_ROUND_NS */
	enum kqt_stream stream;          /* byte stream shown at first */
	struct kqt_beside *beside;       /* reports to show beside it, or NULL; taken */
	struct kqt_settings settings;    /* the screen's; two of them, in force, are above */
	struct kqt_play *play; /* show this recording, whose session is given; NULL = live */
};

/** Is there a terminal to draw on? Standard input and output are terminals and
 * TERM names one that can address its cursor. Readies it, touches nothing of it,
 * and blocks the signals that the screen handles; run unblocks them.
 * @return 0, or 2 after one line on stderr. */
KQT_MUST_USE int kqt_live_prepare(const struct kqt_live_options *opt);

/** Draw and obey until the user quits or the duration is over; then restore the
 * terminal and print the summary and the reproducing command line on stdout.
 * A fatal signal ends the process by that signal, the terminal restored.
 * @s       borrowed; stopped or not at the end
 * @return exit status: 0, or 1 when the engine or the terminal failed. */
KQT_MUST_USE int kqt_live_run(struct kqt_session *s, const struct kqt_live_options *opt);

#endif
