/* SPDX-License-Identifier: MIT */
/* A measuring session: the collector and stimulus threads, the sources they work
 * on, and what has been counted so far. This is what tui/ drives.
 *
 * Nothing here blocks on the measuring threads but open, halt and free (a few
 * milliseconds). A program calls request when it wants figures, and pump often;
 * pump says what has happened.
 *
 *   open -> [request, pump]* -> apply -> [pump]* -> ... -> free
 *
 * Threads: every function: main only. Signals: open blocks SIGCONT in the calling
 * thread and installs a handler for it, so that a wait which the process slept
 * through is known as a gap; start other threads with it blocked. */
#ifndef KQT_COLLECT_SESSION_H
#define KQT_COLLECT_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"
#include "engine/collect/collector.h"
#include "engine/collect/tally.h"
#include "engine/config/config.h"
#include "engine/entropy/watch.h"

/** Sources of one kind that could not be had. During a change: before it. */
struct kqt_shortfall {
	uint64_t wanted, got;
	char error[160]; /* why; "" when nothing is missing */
};

/** Where every trigger went, per filter. Exact when the session is halted; while
 * it runs each number is exact for some recent moment.
 *   due       = performed + missed + skipped + folded        (stimulus' side)
 *   performed = samples + transition + gap + pending         (collector's side)
 * Timers have no stimulus: performed is what the clock says has expired, which is known of
 * those that are gone, to one expiration each (pending is a signed number then); without
 * KQT_CAP_TIMER_DUE, and while timers run, nothing says that. */
struct kqt_account {
	bool untimed; /* due, performed, pending and folded are not known (and 0) */
	uint64_t due, performed, missed, skipped, failed;
	uint64_t samples, transition, gap;
	uint64_t pending; /* performed, not yet taken */
	uint64_t folded;  /* due, not performed, waiting for the next stamp */
};

/** What is known at a moment. Pointers are borrowed until the next pump. */
struct kqt_snapshot {
	uint64_t serial;                   /* grows by one a snapshot */
	double elapsed_s;                  /* since the session was opened */
	const struct kqt_tally *interval;  /* since the snapshot before */
	const struct kqt_tally *epoch;     /* since the last change */
	const struct kqt_tally *baseline;  /* the epoch before, or what is pinned; NULL = none */
	const struct kqt_tally *total;     /* the whole run */
	const struct kqt_tally *window[2]; /* two parts that together are the last 5 to 10 s
	                                   * of this epoch */
	const uint64_t (*bytes)[256];      /* [KQT_STREAMS]: the last 32,768 bytes or more of each
	                                   * stream in this epoch, or as many as there are */
	struct kqt_config config, baseline_config; /* of the epoch and of the baseline */
	uint64_t baseline_serial;                  /* another number: another baseline */
	uint64_t run_baseline_serial; /* the run's, before which a fed session's pin may stand */
	double baseline_s;            /* when it ended or was pinned, as elapsed_s */
	bool pinned;                  /* no change replaces the baseline */
	bool reset;                   /* the epoch's figures begin at a reset, not at its start */
	const char *backend, *backend_label;
	unsigned capabilities;
	uint64_t registered[KQT_SOURCE_KINDS];
	struct kqt_shortfall shortfall[KQT_SOURCE_KINDS];
	struct kqt_stimulus_stats stimulus; /* the whole run */
	uint64_t interval_ticks, interval_lost, interval_behind;
	bool saturated; /* kqt_stimulus_saturated, of this interval */
	bool running, changing;
	/* the byte stream, watched; NULL = nobody does. Newer than the rest by some
	 * milliseconds, or older; goes on while the session is halted until all that was
	 * collected is seen. */
	const struct kqt_watch *watch;
};

/** How far a change has come. */
struct kqt_progress {
	uint64_t have, wanted; /* sources of all kinds: open, and when it is through */
	uint64_t all;          /* that it removes and adds */
	uint64_t leaving;      /* those that are being removed: first they, then what is to come */
};

struct kqt_session;

struct kqt_session_options {
	unsigned raw_mask; /* 1 << enum kqt_raw_kind; 0 = no raw samples */
	size_t raw_len;    /* of the ring of raw samples; to watch, 0 = as long as it should be */
	/* Watch a byte stream (assessor.h): bytes of an assessment; 0 = do not. Excludes
	 * raw_mask, as the ring has one reader. */
	size_t watch_window;
	/* bytes instead when that many would take longer than a minute; 0 = never */
	size_t watch_window_slow;
	enum kqt_stream watch_stream;           /* at first */
	const struct kqt_eventq_ops *queue_ops; /* tests only: NULL = by config.backend */
	/* Called again and again while open waits for what it registers; NULL = nobody is.
	 * @return false to give up: open ends with -ECANCELED. */
	bool (*opening)(void *arg, const struct kqt_progress *progress);
	void *opening_arg;
};

enum kqt_session_news {
	KQT_NEWS_SNAPSHOT = 1 << 0, /* figures that were requested are there */
	KQT_NEWS_CHANGE = 1 << 1,   /* a change is in force; look at shortfall */
};

/** Open and start: returns when everything that can be registered is.
 * @why   receives a sentence on failure
 * @return 0; -KQT_E_NO_SOURCE when nothing could be registered and that was not
 * asked for; -KQT_E_UNREGISTERED when something could not and config.strict is
 * set; -KQT_E_UNKNOWN_NAME for the back end; -ECANCELED, and no sentence, when opt->opening
 * gave up; -errno. @out given (free). */
KQT_MUST_USE int kqt_session_open(const struct kqt_config *cfg,
                                  const struct kqt_session_options *opt, struct kqt_session **out,
                                  struct kqt_strbuf *why);
/** Halt, if it runs, and free. Accepts NULL. */
void kqt_session_free(struct kqt_session *s);

/** Ask for figures; nothing when some are already on their way. */
void kqt_session_request(struct kqt_session *s);
/** Take what the collector has answered, up to the first news: what follows it is the
 * next call's. @return that, or -errno when the wait itself failed (the session is
 * halted then). Wakes the collector when a request has been waiting for 20 ms. */
KQT_MUST_USE int kqt_session_pump(struct kqt_session *s);
/** request and pump until the figures are there. @return 0 or -errno. Blocks for
 * at most about 25 ms unless the machine starves us. */
KQT_MUST_USE int kqt_session_refresh(struct kqt_session *s);
const struct kqt_snapshot *kqt_session_snapshot(struct kqt_session *s);

/** Change the configuration to cfg: what differs is added, removed or set. Comes
 * into force while you pump; if a change is going on already it follows that one
 * (only the last of several is carried out). Starts a new epoch; the present one,
 * if it lasted half a second or more, becomes the baseline unless one is pinned. Pinning, priority,
 * slack, back end cannot change in a running session: they take effect at the
 * next resume. The process' memory is locked, or given free, at once.
 * @return 0, or what kqt_config_check or the lock says, with a sentence in why. */
KQT_MUST_USE int kqt_session_apply(struct kqt_session *s, const struct kqt_config *cfg,
                                   struct kqt_strbuf *why);
/** @return whether a change is being carried out; *out is how far it has come, else 0. */
bool kqt_session_progress(const struct kqt_session *s, struct kqt_progress *out);
/** What it is, or will be when all changes are through. */
const struct kqt_config *kqt_session_wanted(const struct kqt_session *s);

/** What is wanted is a preset of this name from now on: nothing is measured otherwise and
 * no epoch begins. Its values are the caller's care. */
void kqt_session_name(struct kqt_session *s, const char *preset);

/** Stop the engine: every source is taken down, both threads end, memory is locked no
 * more; what was counted stays. Nothing when it is halted. */
void kqt_session_halt(struct kqt_session *s);
/** Start it again, in a new epoch. As open. */
KQT_MUST_USE int kqt_session_resume(struct kqt_session *s, struct kqt_strbuf *why);
/** The same without waiting for what it registers, which is done while you pump: a change like
 * others. When it is through (KQT_NEWS_CHANGE, and the snapshot is not changing) ask _started. */
KQT_MUST_USE int kqt_session_resume_begin(struct kqt_session *s, struct kqt_strbuf *why);
/** @return what resume would have returned; on failure the session is halted */
KQT_MUST_USE int kqt_session_started(struct kqt_session *s, struct kqt_strbuf *why);

/** Watch this stream from now on; its figures begin anew. Nothing when none is watched. */
void kqt_session_watch_stream(struct kqt_session *s, enum kqt_stream stream);

/** Forget the epoch's and the window's figures (never the total's); bring them
 * back by undo until the next reset or change. The watch is not touched: its figures
 * are of every sample since the epoch began or the stream was chosen. */
void kqt_session_reset(struct kqt_session *s);
/** @return false when there is nothing to bring back */
bool kqt_session_reset_undo(struct kqt_session *s);

/** Make what the epoch has so far the baseline, and keep it whatever changes; the
 * epoch's figures begin anew, so that nothing is compared with itself. A reset before
 * it cannot be undone any more. @return false, and nothing happens, when the epoch is
 * shorter than half a second or empty. */
bool kqt_session_pin(struct kqt_session *s);
/** From now on the next change replaces the baseline, as ever; until then it stays. */
void kqt_session_unpin(struct kqt_session *s);

/** Raw samples, oldest first, up to n. @return how many. */
size_t kqt_session_raw(struct kqt_session *s, struct kqt_raw *out, size_t n);

void kqt_session_account(struct kqt_session *s, struct kqt_account out[KQT_FILTERS]);

/** Tell what is missing, one sentence a kind: "timers: 3 of 8 registered: too
 * many open files: 24 allowed, 31 needed". @return false when nothing is. */
bool kqt_shortfall_text(const struct kqt_snapshot *snap, enum kqt_source_kind kind,
                        struct kqt_strbuf *out);

/** Tell which triggers failed: "vnode: 416 of 832 triggers failed: no space left on
 * device". @return false when none did. */
bool kqt_failed_text(const struct kqt_snapshot *snap, enum kqt_filter f, struct kqt_strbuf *out);

#endif
