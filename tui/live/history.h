/* SPDX-License-Identifier: MIT */
/* What happened over time, in bounded memory: a ring of columns of about a
 * second each. A column holds coarse latency histograms (16 bins a decade) of
 * every kind and filter, so that another filter is shown with its whole past at
 * once, and the counts that trends are drawn from.
 *
 * A column is full when the snapshots in it cover a second, not when a clock
 * says so: while the engine is stopped no column passes, and a slow refresh makes
 * longer columns instead of holes. */
#ifndef KQT_TUI_LIVE_HISTORY_H
#define KQT_TUI_LIVE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

#define KQT_BINS_PER_DECADE 16
#define KQT_BIN_DECADES 10
#define KQT_BINS (KQT_BINS_PER_DECADE * KQT_BIN_DECADES) /* 10 ns .. 100 s; beyond: the ends */
#define KQT_HISTORY_COLUMNS 480                          /* 8 minutes; 9 KB each */

/* wait has two of its own (wakes, timeouts) beside the filters'. */
enum kqt_series {
	KQT_SERIES_WAKE,
	KQT_SERIES_TIMEOUT,
	KQT_SERIES_WAIT,
	KQT_SERIES_NOTIFICATION = KQT_SERIES_WAIT + KQT_FILTERS,
	KQT_SERIES_RESPONSE = KQT_SERIES_NOTIFICATION + KQT_FILTERS,
	KQT_SERIES_COUNT = KQT_SERIES_RESPONSE + KQT_FILTERS
};

/** Bits a byte of a stream's last bytes, and what a perfect source reads for as many;
 * NaN where not known. */
struct kqt_entropy_point {
	float shannon, shannon_ref, mcv, mcv_ref, assessed;
};

struct kqt_column {
	uint64_t index; /* grows by one a column */
	uint64_t epoch; /* of its last snapshot */
	double seconds; /* that it covers */
	bool mark;      /* an epoch began in it */
	uint64_t waits, timeouts, bytes, events[KQT_FILTERS], events_all;
	bool noted; /* entropy is known */
	struct kqt_entropy_point entropy[KQT_STREAMS];
	uint32_t bins[KQT_SERIES_COUNT][KQT_BINS];
};

struct kqt_history {
	struct kqt_column *ring; /* [KQT_HISTORY_COLUMNS], owned */
	uint64_t next;           /* index the next column will get; 0 = nothing yet */
	struct kqt_column held;  /* the newest column when the view was frozen */
	bool holding;
	uint8_t bin_of[KQT_HIST_LEN]; /* fine bucket -> coarse bin */
};

/** @return 0 or -ENOMEM. Undo with fini, which accepts a zeroed history. */
KQT_MUST_USE int kqt_history_init(struct kqt_history *h);
void kqt_history_fini(struct kqt_history *h);

/** Take one interval's figures (t). Cost: the touched part of its histograms. */
void kqt_history_add(struct kqt_history *h, const struct kqt_tally *t);

/** Note the entropy of this moment in the newest column, once for each column. Cost:
 * about 0.1 ms a second. */
void kqt_history_note(struct kqt_history *h, const struct kqt_snapshot *snap);

/** Freeze what `newest` and `column` say, without stopping `add`; false thaws. */
void kqt_history_hold(struct kqt_history *h, bool hold);

/** @return whether there is any column; *index the newest, still growing one. */
bool kqt_history_newest(const struct kqt_history *h, uint64_t *index);
/** @return the column, or NULL when it is not, or not any more, there. */
const struct kqt_column *kqt_history_column(const struct kqt_history *h, uint64_t index);

/** Add a column's bins of a kind and filter (KQT_FILTERS = all) to out. */
void kqt_column_bins(const struct kqt_column *c, enum kqt_latency kind, unsigned filter,
                     uint64_t out[KQT_BINS]);

/** Add a fine histogram to coarse bins. */
void kqt_history_coarsen(const struct kqt_history *h, const struct kqt_hist *hist,
                         uint64_t out[KQT_BINS]);

/** The last `seconds` (or what there is), summed: counts and the time they took.
 * The bins of the result are not set. */
struct kqt_rates {
	double seconds;
	uint64_t waits, timeouts, bytes, events[KQT_FILTERS], events_all;
};
void kqt_history_recent(const struct kqt_history *h, double seconds, struct kqt_rates *out);

/** Bin of a latency, and the smallest latency of a bin (rounded to ns). */
unsigned kqt_bin_of_ns(uint64_t ns);
uint64_t kqt_bin_lowest_ns(unsigned bin);

#endif
