/* SPDX-License-Identifier: MIT */
/* Load on the machine from the live screen: g and G ask for it on the message line,
 * Enter starts it, a countdown in the header shows it, and its start and end are changes
 * like those of a knob: a mark on the time axis, a new epoch, and "A>now" compares with
 * the epoch without it. It ends by its time, by g, by Esc, when the screen is left or
 * suspended, and with the process. Threads: main only. */
#ifndef KQT_TUI_LIVE_LOAD_H
#define KQT_TUI_LIVE_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

struct kqt_app;

/** Part of struct kqt_app; all zero at first. */
struct kqt_app_load {
	struct kqt_load *load; /* NULL = none runs */
	struct kqt_load_spec spec;
	uint64_t seconds;            /* that it is to run */
	struct kqt_load_count first; /* of the time it worked */
	uint64_t began_ns;           /* when all of it was at work */
	bool working;
	char before[32]; /* what it took the place of; "" = none */
	/* the question */
	bool asking;
	enum kqt_load_kind kind;
	int rung;      /* 0 = none */
	char typed[6]; /* seconds so far */
};

/** g (-1) or G (+1). */
void kqt_app_load_step(struct kqt_app *a, int step);
/** A key while the question stands. @return whether it was for it. */
bool kqt_app_load_key(struct kqt_app *a, int key);
/** Look at the load; once a round of the loop. */
void kqt_app_load_tick(struct kqt_app *a);
/** End it, and say how it went unless `quiet`. Some ms. @return whether one ran. */
bool kqt_app_load_end(struct kqt_app *a, bool quiet);
/** Time until the countdown changes; UINT64_MAX when there is none. */
uint64_t kqt_app_load_wait_ns(const struct kqt_app *a);

#endif
