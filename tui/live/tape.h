/* SPDX-License-Identifier: MIT */
/* A recording on its way into a session: one run of a file, line after line, up to a
 * position. What a position shows is a function of the file alone: everything before
 * it, fed in order. Going back therefore begins at the run's beginning again.
 *
 * Positions are seconds since the run's recording began. Texts of the file are free of
 * control characters. Threads: main only. */
#ifndef KQT_TUI_LIVE_TAPE_H
#define KQT_TUI_LIVE_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

struct kqt_tape;

/** The text of a mark of key b that unpins; any other pins. */
#define KQT_MARK_UNPINNED "baseline unpinned"

/** What is known of the run without reading it. */
struct kqt_tape_facts {
	const char *name;    /* of the file, without its folders, as it may be shown */
	unsigned run, runs;  /* from 1 */
	double length_s;     /* as far as the file's lines go */
	uint64_t changes;    /* of the configuration */
	uint64_t started_ms; /* wall clock, since 1970; 0 = not known */
	double offset_s;     /* session's time when the recording began (key R) */
};

/** Open a recording.
 * @run   from 1
 * @out   given (kqt_tape_close)
 * @why   a sentence on failure
 * @return 0; -errno; what kqt_recording_open says; -KQT_E_RANGE: no such run. */
KQT_MUST_USE int kqt_tape_open(const char *path, unsigned run, struct kqt_tape **out,
                               struct kqt_strbuf *why);
void kqt_tape_close(struct kqt_tape *t);

const struct kqt_tape_facts *kqt_tape_facts(const struct kqt_tape *t);
/** What it is fed into; elapsed_s of its snapshots are positions. */
struct kqt_session *kqt_tape_session(struct kqt_tape *t);

/** Feed the next line, if it is not of a later position than until_s.
 * @line  its type, and what it holds until the next step
 * @why   a sentence when it cannot be read: file, line, what
 * @return 1; 0 when the next line is later, or at the end (kqt_tape_ended); negative, and
 * the same again and again, when the next line is not understood. Cost: about 1 ms an
 * interval, nearly all of it to decode its histograms. */
KQT_MUST_USE int kqt_tape_step(struct kqt_tape *t, double until_s, const struct kqt_recorded **line,
                               struct kqt_strbuf *why);
/** Is there nothing more to be read, the end or a line that is not understood? */
bool kqt_tape_ended(const struct kqt_tape *t);

/** To the run's beginning; the session is empty. @return 0 or -errno with a sentence. */
KQT_MUST_USE int kqt_tape_rewind(struct kqt_tape *t, struct kqt_strbuf *why);

/** A position that was fed, kept to go back to. NULL when memory is short. Given
 * (kqt_tape_drop). As expensive as kqt_session_feed_keep. */
struct kqt_tape_place;
struct kqt_tape_place *kqt_tape_keep(struct kqt_tape *t);
/** Be there again; the session is as it was. @return 0 or -errno with a sentence. */
KQT_MUST_USE int kqt_tape_recall(struct kqt_tape *t, const struct kqt_tape_place *p,
                                 struct kqt_strbuf *why);
void kqt_tape_drop(struct kqt_tape_place *p);

#endif
