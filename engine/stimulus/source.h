/* SPDX-License-Identifier: MIT */
/* A source: one timer, socket pair or watched file, with its descriptors, and
 * the stamps by which the stimulus tells the collector when it really pulled the
 * trigger.
 *
 *   main        opens it, hands it to the collector, closes it when it comes back
 *   collector   has it registered between ADD and RETIRED
 *   stimulus    triggers it between START and STOPPED
 *
 * Stamp rings (files, and the write side of sockets; the read side carries its
 * stamps as payload). The order is what makes the accounting exact:
 *
 *   stimulus                              collector
 *   push stamp (release)                  B = fired (acquire), loaded before the wait
 *   trigger: pwrite / recv                wait
 *   fired++ (release), dirty bit          F = fired (acquire), loaded before the reports
 *                                             of files are read
 *                                         E = reports for this source
 *                                         pop E stamps, and on until none below the
 *                                             limit is left
 *
 * A report whose trigger is not yet in `fired` has its stamp in the ring already,
 * as stamps are pushed first: E stamps can always be popped. More than E are due
 * when reports merged. The limit says which triggers certainly have no report to
 * come: those that had fired before the wait began (B), since the wait would have
 * returned their report; and, where reports of files are read after the wait and
 * this wait did read them, those that had fired before that reading (F). What is
 * between is carried to the next wait, where it is below B.
 * A wait whose array was full would not have returned it: of a source without a
 * report nothing is certain then, and the limit is 0. With a report it is B all the
 * same, as one report stands for all that had made its source ready. The wait that
 * is not full at last returns whatever had fired before it began, so B needs no
 * memory of those that were. (Without this a fourth of the WRITE triggers of 4000
 * sockets on a crowded CPU were taken as merged, their reports as unstamped.)
 * Stamping after the trigger instead would let the collector find an event
 * without a stamp; taking every pushed stamp for each event would let it take
 * stamps of triggers that have not happened; taking F as the limit when nothing
 * was read takes stamps whose report is still on its way (at 3 million polls a
 * second, 9 of 10). */
#ifndef KQT_STIMULUS_SOURCE_H
#define KQT_STIMULUS_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/kinds.h"
#include "engine/base/spsc.h"
#include "engine/config/config.h"

/** One performed trigger, and the dues before it that were not performed. */
struct kqt_stamp {
	uint64_t first_tick; /* number of the first due this stamp answers */
	uint64_t actual_ns;  /* clock right before the trigger */
	uint32_t n_dues;     /* dues first_tick .. first_tick + n_dues - 1; the last is the
	                      * performed one. 0: void, the trigger failed */
	uint32_t sched_id;
};

/* Stamps in flight before the stimulus skips: a stalled collector is given 128 ms
 * at 500 us. The read side holds about 277 (the socket buffer). */
#define KQT_FILE_STAMPS 256
/* The write side never has more than one drain outstanding. */
#define KQT_WRITE_STAMPS 8
/* Every 8th trigger of a file changes its attributes instead of its contents. */
#define KQT_ATTRIB_EVERY 8

/** Dues that were not performed and wait for the next stamp. */
struct kqt_due_fold {
	uint64_t first_tick;
	uint64_t n;
};

struct kqt_source {
	/* set by main before ADD, constant until RETIRED */
	enum kqt_source_kind kind;
	uint32_t index; /* i-th of its kind */
	uint32_t token;
	enum kqt_write_mode write; /* sockets */
	int fd;                    /* timer; near end, read by the collector; file */
	int fd_far;                /* far end, the stimulus'; -1 */
	uint64_t interval_ns;      /* timers */
	uint64_t offset_ns;        /* timers: phase within the grid */
	char *path;                /* files: what the name is or was; NULL = never had one */

	/* main until ADD, collector from then on, main after RETIRED */
	bool named; /* the file at path has to be removed */

	/* the stamps' door */
	struct kqt_spsc stamps;
	_Atomic uint64_t fired;   /* stamps whose trigger was performed (or void) */
	_Atomic uint64_t written; /* W: bytes the collector has put into the near end */

	/* collector */
	uint64_t next_due_ns KQT_OWNED(on_collector); /* timers */
	uint64_t since_ns KQT_OWNED(on_collector); /* timers: start of the wait that had it last */
	uint64_t popped KQT_OWNED(on_collector);   /* stamps consumed */
	uint64_t fired_seen KQT_OWNED(on_collector);   /* F */
	uint64_t fired_before KQT_OWNED(on_collector); /* B */
	uint32_t reports KQT_OWNED(on_collector);      /* E of this wait; 0 between */
	uint64_t touched_serial KQT_OWNED(on_collector);
	int handle KQT_OWNED(on_collector);    /* the back end's own */
	bool settling KQT_OWNED(on_collector); /* its name has just gone; not started yet */

	/* left by the collector for main, valid after RETIRED: a timer's life */
	uint64_t first_due_ns;
	uint64_t removed_ns[2]; /* clock before and after its last expirations were read */

	/* stimulus */
	uint64_t received KQT_OWNED(on_stimulus); /* R: bytes taken out of the far end */
	uint64_t triggers KQT_OWNED(on_stimulus);
	size_t place KQT_OWNED(on_stimulus);                /* in its array of targets */
	struct kqt_due_fold fold[2] KQT_OWNED(on_stimulus); /* [0] read or vnode, [1] write */
};

/** Open a socket pair or a file (timers: the event queue opens what they need).
 * Sockets: AF_UNIX stream pair, non-blocking, the near end's send buffer as small
 * as the kernel allows when `write` is driven. Files: without a name, in
 * `dir`; O_TMPFILE, else mkstemp and unlink; if dir is NULL also, at last, memfd.
 * @out  given to the caller (kqt_source_free)
 * @return 0, or -errno with nothing left open. Thread: main. */
KQT_MUST_USE int kqt_source_open_socket(enum kqt_write_mode write, struct kqt_source **out);
KQT_MUST_USE int kqt_source_open_file(const char *dir, struct kqt_source **out);
/** As open_file, but with a name until kqt_source_unname: for back ends without
 * KQT_CAP_NAMELESS_FILE. The name is in a folder of its own below `dir`, mode 0700. */
KQT_MUST_USE int kqt_source_open_named_file(const char *dir, struct kqt_source **out);
/** Remove the name and its folder, if there is one: right after the file was
 * registered. A process that is killed before this leaves both behind. */
void kqt_source_unname(struct kqt_source *s);
/** An empty source of a kind, descriptors at -1. NULL when memory is short. */
struct kqt_source *kqt_source_new(enum kqt_source_kind kind);
/** Closes its descriptors. Accepts NULL. Only main, only before ADD or after RETIRED. */
void kqt_source_free(struct kqt_source *s);

/** The folder for watched files when none is given: $TMPDIR, else "/tmp". */
const char *kqt_default_watch_dir(void);

/* Which sources have new stamps: one bit a slot, one summary bit a word, so that
 * the collector's cost follows what fired, not what is registered.
 * Set: any thread; collect: the collector. Both wait-free. */
#define KQT_DIRTY_WORDS (KQT_SLOTS / 64)
#define KQT_DIRTY_SUMMARY ((KQT_DIRTY_WORDS + 63) / 64)
struct kqt_dirty {
	_Atomic uint64_t summary[KQT_DIRTY_SUMMARY];
	_Atomic uint64_t word[KQT_DIRTY_WORDS];
};

static inline void kqt_dirty_set(struct kqt_dirty *d, uint32_t slot)
{
	uint32_t w = slot / 64;

	atomic_fetch_or_explicit(&d->word[w], UINT64_C(1) << (slot % 64), memory_order_release);
	atomic_fetch_or_explicit(&d->summary[w / 64], UINT64_C(1) << (w % 64),
	                         memory_order_release);
}

/** Is there any? What is set while this looks may be missed; the next look sees it. */
static inline bool kqt_dirty_any(struct kqt_dirty *d)
{
	uint64_t any = 0;

	for (unsigned i = 0; i < KQT_DIRTY_SUMMARY; i++)
		any |= atomic_load_explicit(&d->summary[i], memory_order_relaxed);
	return any != 0;
}

#endif
