/* SPDX-License-Identifier: MIT */
/* Sleeping until an absolute time, with a wake-up from other threads: by an eventfd
 * and ppoll (port/pace_eventfd.c), or a pipe and pselect (port/pace_pipe.c). */
#ifndef KQT_STIMULUS_PACE_H
#define KQT_STIMULUS_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/annot.h"

struct kqt_pace {
	int fd[2]; /* an eventfd alone, or a pipe's two ends; -1 when closed */
};
#define KQT_PACE_CLOSED                                                                            \
	{                                                                                          \
		.fd = { -1, -1 }                                                                   \
	}

#define KQT_PACE_FOREVER UINT64_MAX
/* In truth at most this long: a wake that the system has lost costs a second then, and
 * not the process' end. */
#define KQT_PACE_LONGEST_S 1

/** @return 0 or -errno. */
KQT_MUST_USE int kqt_pace_open(struct kqt_pace *p);
void kqt_pace_close(struct kqt_pace *p);

/** Sleep until due_ns (kqt_clock_now_ns's clock) or until woken.
 * @return true when woken (all wakes so far are used up), false when due.
 * May be early by a signal, or after KQT_PACE_LONGEST_S; the caller looks at the clock. */
bool kqt_pace_sleep(struct kqt_pace *p, uint64_t due_ns);

/** Wake the sleeper, or let its next sleep end at once. Any thread,
 * async-signal-safe. */
void kqt_pace_wake(struct kqt_pace *p);

#endif
