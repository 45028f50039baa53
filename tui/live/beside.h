/* SPDX-License-Identifier: MIT */
/* Side by side: what is measured now, the baseline, and reports of `kqtop bench`, as
 * distributions on one axis and as percentiles. All of it describes; only key n and
 * `kqtop compare` give verdicts. A report's figures are of all its rounds together.
 * No curses in here. Threads: main only. */
#ifndef KQT_TUI_LIVE_BESIDE_H
#define KQT_TUI_LIVE_BESIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/live/history.h"
#include "tui/live/model.h"
#include "tui/live/ui.h"

#define KQT_BESIDE_FILES 4
#define KQT_BESIDE_SIDES (KQT_BESIDE_FILES * KQT_SIDES)
#define KQT_BESIDE_MAX (2 + KQT_BESIDE_SIDES) /* now and the baseline too */

/** A side of a loaded report. */
struct kqt_beside_side {
	const struct kqt_report *report;
	unsigned side;
	char tag[4];           /* "R1"; "R1A" and "R1B" of two sides */
	char words[160];       /* label or file, rounds, back end, load */
	char differs[512];     /* "timers 8 here, 16 there; ..."; "" = nothing that is known */
	struct kqt_hist *hist; /* of kind and filter, all rounds; owned */
	enum kqt_latency kind;
	unsigned filter;
	bool filled;
	double waits_s;
};

/** One column of the view. */
struct kqt_beside_one {
	char tag[4]; /* "now" "A" "R1" */
	bool is_report;
	struct kqt_quantiles q;
	double waits_s;          /* a second; NaN unknown */
	uint64_t bins[KQT_BINS]; /* of q.count values */
	double ks;               /* D between now and this; NaN: is now, or one is empty */
	uint64_t ks_at_ns;
	double gap[KQT_BINS]; /* F now - F this at the upper edge of each bin */
	double gap_max;       /* largest of those, without sign */
};

struct kqt_beside {
	struct kqt_report *report[KQT_BESIDE_FILES]; /* owned */
	char *path[KQT_BESIDE_FILES];                /* of the file: what it is known by; owned */
	char name[KQT_BESIDE_FILES][64];             /* as it may be shown; a long one's end */
	size_t n_reports;
	struct kqt_beside_side side[KQT_BESIDE_SIDES];
	size_t n_sides;
	struct kqt_report *here; /* this machine, and the configuration now; NULL = not known */
	char here_load[32];
	struct kqt_hist *scratch; /* [2]; NULL until the first update */

	struct kqt_beside_one one[KQT_BESIDE_MAX];
	size_t n;
	unsigned lo, hi; /* the axis: bins [lo, hi), the same for all; hi 0 = nothing yet */
	enum kqt_latency kind;
	unsigned filter;
};

/** Free what it owns; accepts a zeroed one. */
void kqt_beside_fini(struct kqt_beside *b);

/** Load reports: of one file, or of several with commas between them. A report that is
 * loaded already is read again. Nothing changes unless all can be read.
 * @why  a sentence with file and field on failure
 * @return how many; -KQT_E_RANGE: no room; otherwise as kqt_report_load. */
KQT_MUST_USE int kqt_beside_load(struct kqt_beside *b, const char *names, struct kqt_strbuf *why);
/** Forget all reports. @return how many there were. */
size_t kqt_beside_clear(struct kqt_beside *b);

/** Compute what stands side by side. @machine whether this machine is what is measured (a
 * recording may be of another). Cost: walks two epochs' histograms and, after a change of
 * kind or filter, those of every round. */
void kqt_beside_update(struct kqt_beside *b, const struct kqt_snapshot *snap,
                       const struct kqt_history *h, const struct kqt_ui *ui, bool machine);

#endif
