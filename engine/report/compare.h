/* SPDX-License-Identifier: MIT */
/* Runs against the first of them: is there a difference, how large is it, is it real.
 *
 * What is compared is a side of a report (an entrant). Each round gives one figure of
 * each row; six rows are primary and decide, the others are shown. Of two sides of one
 * report rounds are taken in their pairs, otherwise all against all; such a comparison
 * is "unpaired, drift not excluded", and what it calls better or worse must also clear
 * what each run differs by from itself (engine/report/stats.h has the statistics).
 *
 * A difference in what was measured is the factor, and listed: tunables, load, the
 * machine. A difference in how it was measured that nobody asked for makes the
 * comparison refused: its figures are there, its verdicts are not.
 *
 * Texts in here are UTF-8 without control characters. Threads: main (scratch
 * histograms are static). */
#ifndef KQT_REPORT_COMPARE_H
#define KQT_REPORT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/report/report.h"
#include "engine/report/stats.h"

#define KQT_COMPARE_MARGIN 0.05 /* 5 % */
/* Entrants at most: Holm's rule is over six rows of each but the first. */
#define KQT_COMPARE_MAX 10

/* -- rows (compare_rows.c) ----------------------------------------------------- */

enum kqt_row_source {
	KQT_ROW_QUANTILE, /* of a latency */
	KQT_ROW_WAITS,    /* a second */
	KQT_ROW_EVENTS,   /* a second */
	KQT_ROW_ENTROPY,  /* bits a byte, assessed */
};

struct kqt_row {
	const char *name;  /* "notification.p99": JSON, CSV */
	const char *title; /* "notification p99" */
	enum kqt_row_source source;
	enum kqt_latency kind; /* of a quantile, and: */
	unsigned filter;       /* KQT_FILTERS = all */
	double q;
	bool primary; /* decides */
	bool detail;  /* not on the one screen */
};

#define KQT_ROWS 22
#define KQT_ROWS_PRIMARY 6
extern const struct kqt_row kqt_rows[KQT_ROWS];

/** Throughput and entropy: more is better. Latency: less is. */
bool kqt_row_more_is_better(const struct kqt_row *row);

/** What the rounds of an entrant come to. */
struct kqt_round_figures {
	size_t n;                /* rounds, at most KQT_STATS_ROUNDS_MAX */
	unsigned *pair;          /* [n] */
	double *value[KQT_ROWS]; /* [n] each: ns, 1/s, bits; NAN = the round has none */
	char why[KQT_ROWS][64];  /* why a row as a whole has none; "" = it has */
};

/* -- what differs (compare_diff.c) ---------------------------------------------- */

enum kqt_difference_kind {
	KQT_DIFF_FACTOR,  /* asked for: a tunable, the load */
	KQT_DIFF_MACHINE, /* a fact of the fingerprint, the back end; the factor too */
	KQT_DIFF_BLOCKS,  /* in how it was measured, and nobody asked for it */
};

struct kqt_difference {
	enum kqt_difference_kind kind;
	char what[48]; /* "timers", "round time" */
	char a[96], b[96];
};

/** A list that grows; zeroed = empty. */
struct kqt_differences {
	struct kqt_difference *list; /* [n], owned */
	size_t n;
	bool failed; /* memory was short */
};

struct kqt_entrant {
	const struct kqt_report *report; /* borrowed */
	unsigned side;
	char tag[4];    /* "A", "B", ... in the order given */
	char name[160]; /* for people: the label, else the file; " (A)" or " (B)" of two sides */
	char file[128]; /* as given, made plain */
	struct kqt_round_figures figures;
	size_t drifting;    /* primary rows whose second half of rounds is shifted */
	size_t unsteady;    /* rounds in which no steady state was reached */
	size_t saturated;   /* rounds in which the stimulus was (kqt_stimulus_saturated) */
	size_t more_rounds; /* beyond KQT_STATS_ROUNDS_MAX: not looked at */
};

/** A fact of the moment, or one that was measured: it differs on one machine too. */
bool kqt_fact_is_momentary(const char *key);
/** Append what differs between two entrants. */
void kqt_compare_differences(const struct kqt_entrant *a, const struct kqt_entrant *b,
                             struct kqt_differences *out);

/* -- a comparison (compare.c) ----------------------------------------------------- */

struct kqt_row_result {
	size_t rounds[2]; /* of a and b with a figure; in pairs: pairs */
	double median[2]; /* ns, 1/s, bits; NAN = none */
	bool known;       /* there is an interval: what follows means something */
	double estimate;  /* b / a; of entropy b - a in bits */
	double lo, hi;    /* its interval */
	double covers;    /* 0 .. 1 */
	double floor;     /* by which a run differs from itself: a ratio above 1, bits; NAN =
	                    * not known or, in pairs, not needed */
	double margin;    /* as floor */
	bool under_floor; /* beyond the margin, but it does not clear the floor */
	bool judged;      /* verdict means something; false when refused */
	enum kqt_stats_verdict verdict;
	uint64_t rounds_needed; /* a side, when inconclusive; 0 = no number would help */
	char why[80];           /* when too few: of what */
};

/** Pooled distributions of all rounds. They describe and never decide. */
struct kqt_effect {
	uint64_t count[2];
	double cliff; /* above 0: b is longer; NAN = one is empty */
	struct kqt_stats_ecdf_gap gap;
	bool crossing;
};

/** Of a whole comparison; of several the last in this order. */
enum kqt_compare_verdict {
	KQT_COMPARE_BETTER,       /* one primary row or more, none worse or inconclusive */
	KQT_COMPARE_EQUIVALENT,   /* all that could be judged */
	KQT_COMPARE_DIFFERS,      /* one or more differ, none better, worse or inconclusive */
	KQT_COMPARE_INCONCLUSIVE, /* one or more, none worse; or nothing could be judged */
	KQT_COMPARE_REFUSED,
	KQT_COMPARE_WORSE, /* one primary row or more */
};

/** "better" "equivalent" "differs" "inconclusive" "refused" "worse". */
const char *kqt_compare_verdict_text(enum kqt_compare_verdict v);

struct kqt_sentence {
	char text[200];
};

struct kqt_comparison {
	size_t a, b; /* entrants; a is 0 */
	bool paired;
	struct kqt_row_result row[KQT_ROWS];
	struct kqt_effect effect[KQT_LATENCIES];
	struct kqt_differences differs;
	/* what to know beside the figures: "unpaired, drift not excluded", drift, rounds
	 * without a steady state; those of the first entrant begin with its tag */
	struct kqt_sentence *notice; /* [n_notices], owned */
	size_t n_notices;
	enum kqt_compare_verdict verdict;
};

struct kqt_compare {
	double margin; /* 0.05 */
	double alpha;  /* of the primary rows' intervals, by Holm over all of them */
	size_t n;      /* entrants */
	struct kqt_entrant entrant[KQT_COMPARE_MAX];
	struct kqt_comparison *comparison; /* [n - 1], owned */
	size_t rank[KQT_COMPARE_MAX];      /* entrants, best first */
	enum kqt_compare_verdict verdict;  /* the last of the comparisons' */
};

/** Compare reports with the first. A report with two sides gives two entrants.
 * @report  [n], borrowed as long as *out is used   @file  [n] names for people
 * @margin  above 0: 0.05 is 5 %
 * @out     given (kqt_compare_free); untouched on failure
 * @return 0; -KQT_E_TOO_FEW: fewer than two entrants; -KQT_E_RANGE: too many, or a
 * margin that is none; -ENOMEM.
 * Cost: some 1 ms a round. */
KQT_MUST_USE int kqt_compare_new(const struct kqt_report *const *report, const char *const *file,
                                 size_t n, double margin, struct kqt_compare **out);
void kqt_compare_free(struct kqt_compare *c);

/** How primary rows of a comparison came out. @return the number with this verdict. */
size_t kqt_comparison_count(const struct kqt_comparison *c, enum kqt_stats_verdict v);

/* -- for people (compare_cells.c, compare_html.c) and programs (compare_json.c) ------- */

/** A median ("30.9us", "3.20b", "4.10k") and an estimate or an end of an interval
 * ("0.602", "+0.310"); "-" for NAN. size at least 16. */
void kqt_compare_value_text(const struct kqt_row *row, double v, char *buf, size_t size);
void kqt_compare_scale_text(const struct kqt_row *row, double v, char *buf, size_t size);

/** A row's cells in a table. */
struct kqt_compare_cells {
	char a[16], b[16], estimate[16], interval[24], verdict[32];
};
void kqt_compare_cells(const struct kqt_compare *c, const struct kqt_row *row,
                       const struct kqt_row_result *r, struct kqt_compare_cells *out);

/** The next primary rows that could not be judged for one and the same lack: "both: 5 pairs,
 * 10 are needed: wait p50, waits/s".
 * @said  which rows have been told; all false at first
 * @return false when there are no more */
bool kqt_compare_lacking(const struct kqt_comparison *one, bool said[], struct kqt_strbuf *out);

/** A page of its own: figures, distributions, their differences, rounds as heat maps, as
 * inline SVG. No script, nothing from elsewhere; light or dark as its reader's screen.
 * @return given (free); NULL when memory is short. */
char *kqt_compare_html(const struct kqt_compare *c);

/** As one JSON object without newline. @return given (free); NULL when memory is short. */
char *kqt_compare_json(const struct kqt_compare *c);

#endif
