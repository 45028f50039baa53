/* SPDX-License-Identifier: MIT */
/* Key n: the configuration now (B) against the baseline (A), by interleaved rounds in
 * processes of their own, as `kqtop bench --ab` makes them. The live engine is stopped
 * meanwhile, so that nothing of ours runs beside a round; the compare view shows how far
 * it is and then the verdicts of engine/report/compare.h. Threads: main only. */
#ifndef KQT_TUI_LIVE_AB_H
#define KQT_TUI_LIVE_AB_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/live/keymap.h"
#include "tui/rounds.h"

struct kqt_app;

/* The fewest pairs that give a verdict (KQT_STATS_ROUNDS_VERDICT). */
#define KQT_AB_PAIRS KQT_STATS_ROUNDS_VERDICT
#define KQT_AB_ROUND_NS (2 * KQT_NS_PER_S)

/** Part of struct kqt_app; all zero at first. */
struct kqt_app_ab {
	bool running;
	struct kqt_report *report;  /* of the run that goes on, or of the result; NULL = none */
	struct kqt_compare *result; /* NULL = none yet */
	struct kqt_round_child child;
	struct kqt_round place; /* of the round being measured: side, pair, order, start */
	uint64_t began_ns, round_began_ns, round_ns, total, done;
	char what[128]; /* "timers 8 -> 16" */
	bool resume;    /* the engine ran before */
	/* of the last run: its end began an epoch, of which the one before has the same
	 * configuration, and n again is to mean the same again */
	bool again;
	struct kqt_config side[KQT_SIDES];
};

/** n: begin, or say why not. */
void kqt_app_ab_begin(struct kqt_app *a);
/** Bring it forward; once a round of the loop. */
void kqt_app_ab_tick(struct kqt_app *a);
/** A key's action while it runs. @return whether the key was for it, or must wait. */
bool kqt_app_ab_key(struct kqt_app *a, enum kqt_action action);
/** Time until the progress changes; UINT64_MAX when nothing runs. */
uint64_t kqt_app_ab_wait_ns(const struct kqt_app *a);
/** The screen ends: no process and no memory stays. */
void kqt_app_ab_fini(struct kqt_app *a);

/** Seconds left, as far as known; share done, 0 .. 1. now_ns: monotonic. */
double kqt_ab_left_s(const struct kqt_app_ab *ab, uint64_t now_ns);
double kqt_ab_share(const struct kqt_app_ab *ab, uint64_t now_ns);

#endif
