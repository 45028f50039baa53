/* SPDX-License-Identifier: MIT */
/* When the process was last continued after a stop (SIGSTOP, SIGTSTP, a
 * debugger). Whatever was due before that moment waited through the stop, and its
 * lateness tells nothing about the kernel: it is a gap. Lateness alone never
 * proves a stop; this does.
 *
 * The SIGCONT handler writes, which runs in the collector's thread before that thread
 * does anything else, and so does this thread after a wait that was interrupted, with
 * that wait's end: the handler may have come between, and the later moment stays. Any
 * readers. Lock-free. */
#ifndef KQT_BASE_STOPS_H
#define KQT_BASE_STOPS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct kqt_stops {
	_Atomic uint64_t continued_ns; /* on the queue's clock; 0 = never */
};

/** The process goes on at now_ns, if it did not go on later. Async-signal-safe. */
static inline void kqt_stops_note(struct kqt_stops *s, uint64_t now_ns)
{
	uint64_t was = atomic_load_explicit(&s->continued_ns, memory_order_relaxed);

	while (was < now_ns &&
	       !atomic_compare_exchange_weak_explicit(&s->continued_ns, &was, now_ns,
	                                              memory_order_release, memory_order_relaxed))
		;
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
