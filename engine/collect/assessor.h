/* SPDX-License-Identifier: MIT */
/* The assessor: the thread that looks at every raw sample of a session. It takes them
 * out of the collector's ring, makes the watched stream's bytes of them, feeds the
 * statistics of engine/entropy and, now and then, assesses a window whole.
 *
 *   collector -- raw samples -->  assessor  -- struct kqt_watch -->  main
 *        main -- epochs, the stream ----^  ^---- empty ones ---------'
 *
 * It runs when nothing else wants the processor, so it may be late by any time: the
 * collector counts what it finds no room for (tally.raw_lost) and nobody ever waits
 * for this thread. It polls the ring every 20 ms and wakes nobody.
 *
 * While an assessment runs, in a thread of its own (kqt_assess), this one goes on with
 * the samples. An assessment is followed by a rest of four times as long as it took:
 * at most a fifth of one processor. The window after it begins with the rest's end, so
 * an assessment is of bytes that follow each other, and the newest.
 *
 * The header is the contract for session.c; nothing above the session uses it. */
#ifndef KQT_COLLECT_ASSESSOR_H
#define KQT_COLLECT_ASSESSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/spsc.h"
#include "engine/entropy/watch.h"

/* 87 ms of 3 million samples a second: a poll, an assessment's progress, and as much
 * again. 4 MB. */
#define KQT_ASSESSOR_RING 262144

struct kqt_assessor_options {
	size_t ring;   /* raw samples, rounded up to a power of two; 0 = KQT_ASSESSOR_RING */
	size_t window; /* bytes an assessment is made of, 1 .. KQT_ASSESS_MAX_SAMPLES */
	/* bytes instead when `window` would take longer than a minute at the present rate;
	 * at most window; 0 = never */
	size_t window_slow;
	enum kqt_stream stream; /* at first */
};

struct kqt_assessor;

/** All memory it needs: the ring, three watches, and kqt_assess_workspace_new's for the
 * window (62 MB for 100,000 bytes). @return 0 or -ENOMEM, -KQT_E_RANGE. @out given
 * (release). Thread: main. */
KQT_MUST_USE int kqt_assessor_new(const struct kqt_assessor_options *opt,
                                  struct kqt_assessor **out);

/** Start the thread. @return 0 or -errno. Thread: main. */
KQT_MUST_USE int kqt_assessor_start(struct kqt_assessor *a);

/** Main has done with it, and no collector uses the ring any more. Does not wait: the
 * thread frees what is left when it comes to know, an assessment is given up. Accepts
 * NULL. */
void kqt_assessor_release(struct kqt_assessor *a);

/** Where the collector puts its struct kqt_raw, of both kinds. */
struct kqt_spsc *kqt_assessor_ring(struct kqt_assessor *a);

/** Main, before the collector can count a sample of this epoch: its number, and how
 * many bytes its collections have. */
void kqt_assessor_epoch(struct kqt_assessor *a, uint64_t epoch, uint64_t collection);

/** Main: watch this stream from the next samples on. What was counted of the one before
 * is dropped, and so is its assessment. */
void kqt_assessor_watch(struct kqt_assessor *a, enum kqt_stream stream);

/** Main: what was published last, never NULL. Main's until the next call. */
struct kqt_watch *kqt_assessor_newest(struct kqt_assessor *a);

/** Take what is in the ring, assess if it is time, publish: what the thread does over
 * and over. For tests that drive an assessor without its thread. */
void kqt_assessor_step(struct kqt_assessor *a) KQT_ON(on_assessor);

#endif
