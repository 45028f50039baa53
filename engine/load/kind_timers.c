/* SPDX-License-Identifier: MIT */
/* Sleeps of 1 to 100 us, one after the other, in four processes each: mostly timer
 * interrupts and the scheduler. */
#include <time.h>

#include "engine/clock/clock.h"
#include "engine/clock/thread.h"
#include "engine/load/worker.h"

#define SLEEP_MAX_NS (100 * KQT_NS_PER_US)

static int run(struct kqt_load_worker *w)
{
	/* else Linux bundles timers that lie within 50 us. Elsewhere there is no such
	 * thing to set. */
	const struct kqt_thread_options sharp = {.cpu = -1, .slack_ns = 1};

	(void)!kqt_thread_apply(&sharp);
	do {
		struct timespec nap =
		    kqt_ns_to_timespec(KQT_NS_PER_US + kqt_load_random(w) % SLEEP_MAX_NS);

		nanosleep(&nap, NULL);
	} while (kqt_load_go_on(w, 1));
	return 0;
}

const struct kqt_load_work kqt_load_timers = {
    .name = "timers",
    .ops = "sleeps",
    .processes = 4,
    .run = run,
};
