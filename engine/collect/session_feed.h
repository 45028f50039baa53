/* SPDX-License-Identifier: MIT */
/* A session without an engine: its figures come from a recording, and its snapshot is
 * what a session that runs would show at that moment, sums, windows, epoch and
 * baseline, by the same code. No thread, no event queue, no source.
 *
 *   open_fed -> config -> interval* -> config -> interval* ... -> kqt_session_free
 *
 * kqt_session_snapshot, _wanted, _reset, _reset_undo work as ever; _pump has no news, and what
 * would start or change an engine must not be called. kqt_session_pin and _unpin are of who looks
 * at it: their baseline is shown instead of the recording's, whatever is fed, until unpinned.
 * Threads: main only. */
#ifndef KQT_COLLECT_SESSION_FEED_H
#define KQT_COLLECT_SESSION_FEED_H

#include "engine/base/annot.h"
#include "engine/collect/session.h"

/** @return 0 or -ENOMEM. @out given (kqt_session_free). */
KQT_MUST_USE int kqt_session_open_fed(struct kqt_session **out);

/** Forget everything but a baseline of kqt_session_pin: another run begins, or the same one again. */
void kqt_session_feed_restart(struct kqt_session *s);

/** What a configuration's coming into force brings. All borrowed for the call but the
 * names, which must stay until the next one. */
struct kqt_fed_config {
	const struct kqt_config *config;
	uint64_t epoch;
	const char *backend, *backend_label;
	unsigned capabilities;
	const uint64_t *registered;            /* [KQT_SOURCE_KINDS] */
	const struct kqt_shortfall *shortfall; /* [KQT_SOURCE_KINDS] */
};
/** A configuration comes into force: a new epoch, the old one may be the baseline. */
void kqt_session_feed_config(struct kqt_session *s, const struct kqt_fed_config *c);

/** An interval has been counted: the snapshot is of its end.
 * @t         copied
 * @stimulus  its figures of the whole run up to here */
void kqt_session_feed_interval(struct kqt_session *s, const struct kqt_tally *t,
                               const struct kqt_stimulus_stats *stimulus, double elapsed_s);

/** What the one who was recorded did to the figures. */
enum kqt_fed_mark { KQT_FED_RESET, KQT_FED_RESET_UNDONE, KQT_FED_PIN, KQT_FED_UNPIN };
/** Done between the intervals that were fed and those to come.
 * @at_s  when, as elapsed_s */
void kqt_session_feed_mark(struct kqt_session *s, enum kqt_fed_mark mark, double at_s);

/** Is the baseline that is shown one of kqt_session_pin? */
bool kqt_session_feed_own(const struct kqt_session *s);

/** What a fed session is at a moment, kept to go back to. */
struct kqt_fed_state;
/** @return NULL when memory is short. Given (kqt_session_feed_free). Cost: some 0.5 ms; about 2 MB. */
struct kqt_fed_state *kqt_session_feed_keep(const struct kqt_session *s);
/** Be that again. A baseline of kqt_session_pin stays, as in restart; names of the back end
 * are the caller's, as in feed_config, and have to be what they were. */
void kqt_session_feed_recall(struct kqt_session *s, const struct kqt_fed_state *state);
void kqt_session_feed_free(struct kqt_fed_state *state);

#endif
