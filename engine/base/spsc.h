/* SPDX-License-Identifier: MIT */
/* Single-producer single-consumer ring: the one way by which values cross
 * threads here (the other is a pointer to a finished snapshot, which travels
 * through such a ring too).
 *
 *      producer                          consumer
 *   write slot[head & mask]           load head (acquire)
 *   store head+1 (release)  ------->  read slot[tail & mask]
 *   load tail (acquire)     <-------  store tail+1 (release)
 *
 * Both indices only grow (64 bits: 500 years at 10^9 a second), so full and
 * empty cannot be confused and every slot is usable. Each side keeps a copy of
 * the other's index and reloads it only when the copy says full or empty: in
 * the steady state a push or pop touches one shared line, not two.
 * Progress: both sides wait-free. One thread may push, one may pop; the two may
 * be the same. Elements are plain bytes of a fixed size. */
#ifndef KQT_BASE_SPSC_H
#define KQT_BASE_SPSC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/annot.h"
#include "engine/base/err.h"

/* What publishes: the index behind a slot that is written, or read. Only the test that
 * sees whether ThreadSanitizer notices the lack of it sets another (tests/stress/ring.c). */
#ifndef KQT_SPSC_RELEASE
#define KQT_SPSC_RELEASE memory_order_release
#endif

struct kqt_spsc {
	/* shared, set once */
	unsigned char *slots; /* [mask + 1][size], owned */
	uint64_t mask;
	size_t size; /* bytes an element */
	/* producer's line */
	KQT_CACHE_ALIGNED _Atomic uint64_t head; /* next to write */
	uint64_t tail_seen;
	/* consumer's line */
	KQT_CACHE_ALIGNED _Atomic uint64_t tail; /* next to read */
	uint64_t head_seen;
};

/** A ring of at least `count` elements (rounded up to a power of two).
 * @return 0, -ENOMEM, or -KQT_E_RANGE when count or size is 0 or the ring
 * would exceed 1 GiB. Undo with kqt_spsc_fini, which accepts a zeroed ring. */
KQT_MUST_USE int kqt_spsc_init(struct kqt_spsc *r, size_t count, size_t size);
void kqt_spsc_fini(struct kqt_spsc *r);

/** Producer: copy one element in, whose size (that of the ring) is a constant where this
 * is called: no call of memcpy then. @return false when full; nothing changed. */
static inline bool kqt_spsc_push_sized(struct kqt_spsc *r, const void *elem, size_t size)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	if (KQT_UNLIKELY(head - r->tail_seen > r->mask)) {
		r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
		if (head - r->tail_seen > r->mask)
			return false;
	}
	memcpy(r->slots + (head & r->mask) * size, elem, size);
	atomic_store_explicit(&r->head, head + 1, KQT_SPSC_RELEASE);
	return true;
}

/** Producer: copy one element in. @return false when full; nothing changed. */
static inline bool kqt_spsc_push(struct kqt_spsc *r, const void *elem)
{
	return kqt_spsc_push_sized(r, elem, r->size);
}

/** Producer: rewrite the element pushed last. Allowed only while the consumer
 * knows by other means that it must not pop that element yet. */
static inline void kqt_spsc_amend(struct kqt_spsc *r, const void *elem)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	memcpy(r->slots + ((head - 1) & r->mask) * r->size, elem, r->size);
}

/** Consumer: copy one element out. @return false when empty. */
static inline bool kqt_spsc_pop(struct kqt_spsc *r, void *elem)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail == r->head_seen) {
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
		if (tail == r->head_seen)
			return false;
	}
	memcpy(elem, r->slots + (tail & r->mask) * r->size, r->size);
	atomic_store_explicit(&r->tail, tail + 1, KQT_SPSC_RELEASE);
	return true;
}

/** Consumer: the oldest elements where they lie, until they are dropped.
 * @n  receives how many there are in one piece; those past the ring's end come with
 * the next call after a drop
 * @return the first, NULL when empty */
static inline const void *kqt_spsc_span(struct kqt_spsc *r, size_t *n)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	uint64_t count, to_end = r->mask + 1 - (tail & r->mask);

	r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
	count = r->head_seen - tail;
	*n = (size_t)(count < to_end ? count : to_end);
	return count ? r->slots + (tail & r->mask) * r->size : NULL;
}

/** Consumer: drop the n oldest, at most as many as span told of. */
static inline void kqt_spsc_drop(struct kqt_spsc *r, size_t n)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	atomic_store_explicit(&r->tail, tail + n, KQT_SPSC_RELEASE);
}

/** Elements waiting; exact for the consumer's own view, a lower bound of what
 * the producer has pushed. Any of the two threads. */
static inline uint64_t kqt_spsc_count(struct kqt_spsc *r)
{
	return atomic_load_explicit(&r->head, memory_order_acquire) -
	       atomic_load_explicit(&r->tail, memory_order_acquire);
}

#endif
