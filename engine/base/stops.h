/* SPDX-License-Identifier: MIT */
/* When the process was last continued after a stop (SIGSTOP, SIGTSTP, a
 * debugger). Whatever was due before that moment waited through the stop, and its
 * lateness tells nothing about the kernel: it is a gap. Lateness alone never
 * proves a stop; this does.
 *
 * One writer, the SIGCONT handler, which runs in the collector's thread before
 * that thread does anything else; any readers. Wait-free. */
#ifndef KQT_BASE_STOPS_H
#define KQT_BASE_STOPS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct kqt_stops {
	_Atomic uint64_t continued_ns; /* on the queue's clock; 0 = never */
};

/** The process goes on at now_ns. Async-signal-safe. */
static inline void kqt_stops_note(struct kqt_stops *s, uint64_t now_ns)
{
	atomic_store_explicit(&s->continued_ns, now_ns, memory_order_release);
}

static inline uint64_t kqt_stops_continued_ns(struct kqt_stops *s)
{
	return atomic_load_explicit(&s->continued_ns, memory_order_acquire);
}

/** Did this happen, or was it due, before the process was last continued? */
static inline bool kqt_stops_before(struct kqt_stops *s, uint64_t at_ns)
{
	return at_ns <= atomic_load_explicit(&s->continued_ns, memory_order_relaxed);
}

#endif
