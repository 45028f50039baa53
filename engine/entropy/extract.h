/* SPDX-License-Identifier: MIT */
/* From waits to bytes: the four byte streams, and the seed's collection as a
 * state machine that takes one wait at a time. Used by the collector (counts
 * only) and by `kqtop collect` (the bytes themselves), so that both agree.
 *
 * A collection of n bytes takes n + 64 waits. The first 62 are warm-up and are
 * dropped (the seed kept the cold ones and dropped the last 62); the other
 * n + 2 give n + 1 differences, and those n XORs, folded to a byte each:
 *     d[i] = w[i+1] - w[i] (mod 2^64),  byte[i] = fold(d[i] ^ d[i+1])
 * where fold XORs a word's eight bytes. */
#ifndef KQT_ENTROPY_EXTRACT_H
#define KQT_ENTROPY_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"

enum kqt_stream {
	KQT_STREAM_SEED,         /* the folded bytes: one a wait after warm-up */
	KQT_STREAM_LOW8,         /* low byte of the wait in ns: one a wait */
	KQT_STREAM_LSB,          /* lowest bit of 8 successive waits, first wait in the
	                          * highest bit: one byte in 8 waits */
	KQT_STREAM_NOTIFICATION, /* low byte of a notification latency: one a trigger */
	KQT_STREAMS
};

/** "seed" "low8" "lsb" "notification". */
const char *kqt_stream_name(enum kqt_stream s);
/** @return the stream or -KQT_E_UNKNOWN_NAME. */
KQT_MUST_USE int kqt_stream_from_name(const char *name);

#define KQT_COLLECT_EXTRA 64  /* waits a collection takes beyond its bytes (the seed's n + 64) */
#define KQT_COLLECT_WARMUP 62 /* of which these many, the first, are dropped */

/** XOR of the eight bytes of a word. */
static inline uint8_t kqt_fold8(uint64_t x)
{
	x ^= x >> 32;
	x ^= x >> 16;
	x ^= x >> 8;
	return (uint8_t)x;
}

/** The fold over a run of waits. Zeroed = at the start of a run. */
struct kqt_fold {
	uint64_t last_wait, last_delta;
	unsigned have; /* 0 nothing, 1 a wait, 2 a wait and a difference */
};

/** Take one wait. @return true when it completed a byte, put into *byte. */
static inline bool kqt_fold_step(struct kqt_fold *f, uint64_t wait_ns, uint8_t *byte)
{
	uint64_t delta = wait_ns - f->last_wait;
	bool full = f->have == 2;

	if (full)
		*byte = kqt_fold8(f->last_delta ^ delta);
	f->last_wait = wait_ns;
	f->last_delta = delta;
	if (!full)
		f->have++;
	return full;
}

/** Bits packed to bytes, most significant first. Zeroed = empty. */
struct kqt_pack {
	uint8_t acc, n;
};

static inline bool kqt_pack_step(struct kqt_pack *p, uint64_t wait_ns, uint8_t *byte)
{
	p->acc = (uint8_t)((unsigned)p->acc << 1 | (unsigned)(wait_ns & 1));
	if (++p->n < 8)
		return false;
	*byte = p->acc;
	p->n = 0;
	return true;
}

/** One byte stream out of a series of latencies, collections framed as the collector
 * frames them. Set stream and collection, zero the rest. */
struct kqt_extract {
	enum kqt_stream stream;
	uint64_t collection; /* bytes of a collection, >= 1; seed only */
	uint64_t waits;      /* of the collection that goes on */
	struct kqt_fold fold;
	struct kqt_pack pack;
};

/** Take n latencies: waits, or of stream notification those.
 * @out     [n]
 * @return  bytes put there. Cost: about 2 ns a latency. */
size_t kqt_extract_block(struct kqt_extract *e, const uint64_t *ns, size_t n, uint8_t *out);

/** The next latency does not follow on the last one: begin a collection, and a byte. */
void kqt_extract_cut(struct kqt_extract *e);

#endif
