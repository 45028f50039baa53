/* SPDX-License-Identifier: MIT */
/* What happened over time, in bounded memory: columns of about a second each for
 * the last minutes, then of 4, 16, 64 and 256 such seconds, half a day in all. A
 * coarser column is the exact sum of the finer ones that it stands for. A column
 * holds coarse latency histograms (16 bins a decade) of every kind and filter, so
 * that another filter is shown with its whole past at once, and the counts that
 * trends are drawn from.
 *
 * A column is full when the snapshots in it cover a second, not when a clock says
 * so: while the engine is stopped no column passes, and a slow refresh makes longer
 * columns instead of holes. Columns are named by their place in the finest level:
 * 0, 1, 2 ... from the start on; a coarser one has the place of its first.
 *
 * Threads: main only. */
#ifndef KQT_TUI_LIVE_HISTORY_H
#define KQT_TUI_LIVE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

#define KQT_BINS_PER_DECADE 16
#define KQT_BIN_DECADES 10
#define KQT_BINS (KQT_BINS_PER_DECADE * KQT_BIN_DECADES) /* 10 ns .. 100 s; beyond: the ends */

/* 8, 17 and 68 minutes, 4.5 and 18 hours; 1 to 2 KB a column, 3 MB when all are full. */
#define KQT_HISTORY_LEVELS 5
#define KQT_HISTORY_FACTOR 4   /* columns of a level in one of the next */
#define KQT_HISTORY_FINE 512   /* columns of the finest level */
#define KQT_HISTORY_COARSE 256 /* of each of the others */
#define KQT_HISTORY_MARKS 64   /* whose words are kept */

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
	uint32_t n;
	float shannon, shannon_ref, mcv, mcv_ref, assessed;
};

/** Bins are read by kqt_column_bins. */
struct kqt_column {
	uint64_t index; /* place of the first that it stands for */
	uint64_t span;  /* how many it stands for: 1, 4, 16 ... */
	uint64_t epoch; /* of its last snapshot */
	double end_s;   /* of the run, at its last snapshot; 0 = never noted */
	double seconds; /* that it covers */
	char mark;      /* letter of the mark in it, '*' for several, 0 for none */
	uint64_t waits, timeouts, bytes, events[KQT_FILTERS], events_all;
	bool noted;                                    /* entropy is known */
	struct kqt_entropy_point entropy[KQT_STREAMS]; /* at its end */
	uint64_t max_ns[KQT_SERIES_COUNT];
	/* bins, packed when the column is full: of series i the bytes [at[i], at[i + 1]), a
	 * first bin and then counts as LEB128. Owned; NULL while it grows, and when memory
	 * was short: the counts above stay. */
	uint8_t *packed;
	uint32_t at[KQT_SERIES_COUNT + 1];
	const uint64_t (*loose)[KQT_BINS]; /* while it grows: by series, the history's own */
};

/** Something done to the source, on the time axis. */
struct kqt_mark {
	uint64_t index; /* of the finest column in which it came */
	char letter;    /* of the key that does it */
	char text[60];  /* "timers 8 -> 16" */
};

struct kqt_level {
	struct kqt_column *ring; /* [len], owned */
	uint64_t len, next;      /* columns there have been; the newest of the finest grows */
};

struct kqt_history {
	struct kqt_level level[KQT_HISTORY_LEVELS];
	struct kqt_level held[KQT_HISTORY_LEVELS]; /* while frozen: a copy; ring NULL = not */
	struct kqt_mark marks[KQT_HISTORY_MARKS];  /* a ring */
	uint64_t n_marks, n_held_marks;            /* there have been; when it was frozen */
	bool changed;                              /* an epoch began that `note` has not seen yet */
	bool foretold;                             /* its mark is there: of a load, a stop */
	bool have_config;
	char early; /* letter of a mark before the first column, which gets it; 0 = none */
	struct kqt_config config;                   /* of the last snapshot noted */
	uint64_t grown[KQT_SERIES_COUNT][KQT_BINS]; /* bins of the newest column */
	uint64_t sum[KQT_SERIES_COUNT][KQT_BINS];   /* for merging */
	uint8_t bin_of[KQT_HIST_LEN];               /* fine bucket -> coarse bin */
};

/** @return 0 or -ENOMEM. Undo with fini, which accepts a zeroed history. */
KQT_MUST_USE int kqt_history_init(struct kqt_history *h);
void kqt_history_fini(struct kqt_history *h);
/** Forget everything, marks too; as after init. */
void kqt_history_clear(struct kqt_history *h);

/** Make `to`, which is not initialised, the same as `from`, which is not held.
 * @return 0, or -ENOMEM with `to` zeroed. `to` must stay where it is. */
KQT_MUST_USE int kqt_history_copy(struct kqt_history *to, const struct kqt_history *from);

/** Take one interval's figures (t). Cost: the touched part of its histograms, and
 * once a column some microseconds. */
void kqt_history_add(struct kqt_history *h, const struct kqt_tally *t);

/** Note what a snapshot says beyond its interval: the time of the run, the entropy of
 * this moment, once for each column, and, after an epoch began, a mark with what was
 * changed. Call it after add. Cost: about 0.1 ms a second. */
void kqt_history_note(struct kqt_history *h, const struct kqt_snapshot *snap);

/** Mark the newest column. @text may be cut. */
void kqt_history_mark(struct kqt_history *h, char letter, const char *text);
/** The newest mark in [first, end), or NULL. While held, none that came later. */
const struct kqt_mark *kqt_history_marked(const struct kqt_history *h, uint64_t first,
                                          uint64_t end);

/** Freeze what all functions below say, without stopping `add`, by a copy of all
 * that there is; thaw frees it. @return 0 or -ENOMEM (then nothing is frozen). */
KQT_MUST_USE int kqt_history_hold(struct kqt_history *h);
void kqt_history_thaw(struct kqt_history *h);

/** @return whether there is any column; *index the newest, still growing one. */
bool kqt_history_newest(const struct kqt_history *h, uint64_t *index);
/** @return the place of the oldest that is still there; 0 when there is none. */
uint64_t kqt_history_oldest(const struct kqt_history *h);
/** @return the finest level's column, or NULL when it is not, or not any more, there. */
const struct kqt_column *kqt_history_column(const struct kqt_history *h, uint64_t index);
/** The column that stands for a place: the coarsest whose span is at most `per`, or,
 * where the history has got coarser, the finest there is. NULL when there is none. */
const struct kqt_column *kqt_history_find(const struct kqt_history *h, uint64_t index,
                                          uint64_t per);
/** Go through the places [*index, end): as find, and *index goes behind what it
 * returns. NULL at the end. What is forgotten is passed over.
 * To meet everything once, begin at kqt_history_oldest. */
const struct kqt_column *kqt_history_next(const struct kqt_history *h, uint64_t *index,
                                          uint64_t end, uint64_t per);

/** Add a column's bins of a kind and filter (KQT_FILTERS = all) to out. */
void kqt_column_bins(const struct kqt_column *c, enum kqt_latency kind, unsigned filter,
                     uint64_t out[KQT_BINS]);
/** The largest latency of a kind and filter in it, exact; 0 when there is none. */
uint64_t kqt_column_max_ns(const struct kqt_column *c, enum kqt_latency kind, unsigned filter);

/** Add a fine histogram to coarse bins. */
void kqt_history_coarsen(const struct kqt_history *h, const struct kqt_hist *hist,
                         uint64_t out[KQT_BINS]);

/** Bin of a latency, and the smallest latency of a bin (rounded to ns). */
unsigned kqt_bin_of_ns(uint64_t ns);
uint64_t kqt_bin_lowest_ns(unsigned bin);

#endif
