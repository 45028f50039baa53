/* SPDX-License-Identifier: MIT */
/* From a snapshot to the figures on the screen: everything worth asserting is
 * computed here, without curses. A figure that is not known says so (known,
 * count 0, NaN), and views show it as "-", never as 0. */
#ifndef KQT_TUI_LIVE_MODEL_H
#define KQT_TUI_LIVE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/live/history.h"
#include "tui/live/ui.h"

enum { KQT_Q50, KQT_Q90, KQT_Q99, KQT_Q999, KQT_QUANTILES };

struct kqt_quantiles {
	uint64_t count; /* 0 = the others mean nothing */
	uint64_t q_ns[KQT_QUANTILES], min_ns, max_ns;
};

enum kqt_row_state {
	KQT_ROW_ON,
	KQT_ROW_OFF,    /* no source configured */
	KQT_ROW_FAILED, /* some configured, none registered */
};

struct kqt_filter_figures {
	enum kqt_row_state state;
	uint64_t wanted, got;                   /* sources of its kind */
	bool missing;                           /* some could not be registered */
	uint64_t events, wakes, merged, missed; /* since the start or key r */
	bool stamped;                           /* merged and missed are known */
	double rate;                            /* events a second, lately; NaN unknown */
	double share; /* of all events since the last change; NaN when there are none */
	struct kqt_quantiles latency; /* of the selected kind, last 5 to 10 s */
};

/** The first seconds after a change are not like those that follow: caches, the
 * scheduler and the timers' phases find their places. */
#define KQT_SETTLE_S 2.0

struct kqt_change_figures {
	bool known; /* there is a baseline and something to compare */
	struct kqt_quantiles before, now;
	double waits_before, waits_now; /* a second */
	double now_s;                   /* how long this epoch lasts */
	bool settling;                  /* too short for its figures to be compared */
	struct kqt_entropy_figures h_before, h_now;
	double ks; /* D between the two, NaN unknown */
	uint64_t ks_at_ns;
	double own;      /* D of the baseline's own two halves, NaN unknown */
	char what[128];  /* "timers 8 -> 16" */
	char looks[64];  /* "body slower, tail same" */
	char other[32];  /* of a kind that went the other way: "notif tail slower"; or "" */
	bool pinned;     /* the baseline: no change replaces it */
	double pinned_s; /* since when, of the run */
	bool reset;      /* now begins at a reset */
};

/** A load that has ended, as long as nothing has been changed since. */
struct kqt_load_told {
	bool any;
	char what[40]; /* "memory:2x" */
	double lasted_s;
	uint64_t ended_ns; /* monotonic */
	/* what it did, in the kind and filter looked at when it ended; known only when the
	 * epoch before it was the baseline */
	struct kqt_change_figures change;
	char of[32]; /* "wait, all" */
};

struct kqt_figures {
	double window_s;          /* the span of `now` */
	struct kqt_quantiles now; /* the selected kind and filter */
	uint64_t bins[KQT_BINS];  /* the same, for drawing */
	/* every kind and filter (the last: all) in the same window; for the view of events,
	 * and of the selected filter for that of latency */
	struct kqt_quantiles every[KQT_LATENCIES][KQT_FILTERS + 1];
	struct kqt_quantiles baseline;
	uint64_t baseline_bins[KQT_BINS];
	struct kqt_quantiles kinds_baseline[KQT_LATENCIES]; /* its filter, for latency */
	struct kqt_filter_figures filter[KQT_FILTERS];
	uint64_t wakes; /* since the start: of whatever filter, one that brought two counts once */
	/* waits of this epoch, and how many of them brought so many events; the last: or more */
	uint64_t epoch_waits, events_per_wait[KQT_EVENTS_PER_WAIT];
	uint64_t timeouts;
	double timeout_rate, timeout_share;           /* share: of waits */
	struct kqt_quantiles timeout;                 /* waits that timed out, last 5 to 10 s */
	uint64_t collections_done, collections_short; /* since the start or key r */
	uint64_t collection_last_ns;                  /* 0 = none yet */
	uint64_t stimulus_ticks, stimulus_lost;       /* the whole run, as the four below */
	struct kqt_excluded excluded;
	uint64_t lost; /* samples or reports that we or the kernel dropped */
	uint64_t stalls, stall_max_ns;
	double waits_rate, events_rate, bytes_rate; /* lately; NaN unknown */
	struct kqt_entropy_figures entropy;
	struct kqt_watch watch; /* of the selected stream, a second old at most; all unknown,
	                         * serial 0, while nobody watches it */
	struct kqt_change_figures change;
	struct kqt_load_told load;
	bool no_timeout_can_fire; /* the stimulus always comes first */
	bool swapped;  /* now, filters and rates are the baseline's, and the ghost is now */
	bool scrubbed; /* now, rates and latencies are of ui->at, a while before; counts since the
	                * start are of the freeze still: nobody knows what they were then */
	double ago_s;  /* percentiles then are within a bin, 7 %; max is exact */
};

/** What is remembered from one snapshot to the next. About 3 MB of address space,
 * little of it touched. */
struct kqt_model {
	struct kqt_figures fig;
	struct kqt_hist scratch[2]; /* zeroed between uses */
	/* D of the halves of a baseline that the viewer of a recording pinned, and which one
	 * it is. Wherever he goes in it they stay, as that baseline does. */
	double own_pin[KQT_LATENCIES][KQT_FILTERS + 1];
	uint64_t pin_serial;
	/* D between the two halves of the present epoch's window, by kind and filter,
	 * as last seen; it becomes the run's baseline's when the epoch ends */
	double own[KQT_LATENCIES][KQT_FILTERS + 1], own_baseline[KQT_LATENCIES][KQT_FILTERS + 1];
	uint64_t epoch;
	uint64_t window_ns;       /* start of the window's newer half: another one, it has turned */
	unsigned turn;            /* which of `own` comes next */
	uint64_t compared_serial; /* of the snapshot that `change` was made from */
	uint64_t baseline_serial, compared_baseline;
	bool compared_reset, compared_swap;
	enum kqt_view_id compared_view;
	enum kqt_latency compared_kind;
	unsigned compared_filter;
	enum kqt_stream compared_stream;
};

/** Heap, zeroed; NULL when memory is short. */
struct kqt_model *kqt_model_new(void);
void kqt_model_free(struct kqt_model *m);

/** Note what has to be remembered of a snapshot; once for each, in order, also
 * while the view is frozen. */
void kqt_model_note(struct kqt_model *m, const struct kqt_snapshot *snap);
/** A baseline was pinned: what it has of the epoch until now is its own. */
void kqt_model_note_baseline(struct kqt_model *m, const struct kqt_snapshot *snap);
/** What the viewer of a recording pinned, into a model that begins it again. */
void kqt_model_keep_pin(struct kqt_model *to, const struct kqt_model *from);
/** The next update computes everything, whatever it has shown before. */
void kqt_model_forget(struct kqt_model *m);
/** Compute m->fig for what the user looks at; what the chosen view does not show
 * keeps its value. snap may be an older one.
 * @all  false: only the headline quantiles and the counts, which is a tenth of the
 *       work and a third of the bytes to send; the rest keeps its value. In the view
 *        of events, where they stand in the same rows, all of them do: a row is of
 *        one moment */
void kqt_model_update(struct kqt_model *m, const struct kqt_snapshot *snap,
                      const struct kqt_history *h, const struct kqt_ui *ui, bool all);

/** What the last change did to the selected kind and filter, whatever the view shows: into
 * c, all of it. Cost: walks two epochs' histograms. */
void kqt_model_change(struct kqt_model *m, const struct kqt_snapshot *snap, const struct kqt_ui *ui,
                      struct kqt_change_figures *c);

/** A load ends, its epoch still the snapshot's: keep what it did. @what "memory:2x" */
void kqt_model_load_ended(struct kqt_model *m, const struct kqt_snapshot *snap,
                          const struct kqt_ui *ui, const char *what, double lasted_s,
                          uint64_t now_ns);

/** Quantiles of coarse bins, interpolated: within 7 %. @max_ns  the true largest */
void kqt_quantiles_of_bins(const uint64_t bins[KQT_BINS], uint64_t max_ns,
                           struct kqt_quantiles *out);
/** n of all, n a second; NaN where there is nothing to divide by. */
double kqt_part_of(uint64_t n, uint64_t all);
double kqt_per_second(uint64_t n, double seconds);
/** The sources that a filter's events come from. */
enum kqt_source_kind kqt_kind_of_filter(unsigned f);
/** Quantiles of a histogram. */
void kqt_quantiles_of(const struct kqt_hist *h, struct kqt_quantiles *out);

/** "timers 8 -> 16, timeout 1ms -> 2ms"; "preset spin -> quiet" alone when that says all.
 * Empty when the two are the same. */
void kqt_change_words(const struct kqt_config *before, const struct kqt_config *now,
                      struct kqt_strbuf *out);

/** "body slower, tail same": what p50 and p99 did; "settling" while the epoch is too
 * new, "within noise" when D is not above what the baseline has within itself and neither
 * moved by a quarter; if one did, both are said. */
void kqt_looks_words(const struct kqt_change_figures *c, struct kqt_strbuf *out);

/** The name of a latency kind or filter as the screen has room for it. */
const char *kqt_latency_short(enum kqt_latency k); /* "wait" "notif" "resp" */
const char *kqt_filter_label(unsigned filter);     /* "all" too */

/** A copy of a snapshot that stays when the session goes on: what a frozen view
 * shows. @return NULL when memory is short. */
struct kqt_snapshot *kqt_snapshot_copy(const struct kqt_snapshot *snap);
void kqt_snapshot_free(struct kqt_snapshot *copy);

#endif
