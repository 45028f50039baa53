/* SPDX-License-Identifier: MIT */
/* A sweep: every combination of some values of some tunables, measured in rounds that
 * are interleaved over the grid, so that what drifts on the machine drifts for all of
 * them alike. The best of many is the best partly by luck; so it is measured once more,
 * in pairs with the configuration that was there before, and only that comparison says
 * whether it is better.
 *
 * Pure: no clock, no processes (tui/cmd_sweep.c has them). Threads: any, one at a time
 * for a sweep; kqt_sweep_figures_of: main. */
#ifndef KQT_REPORT_SWEEP_H
#define KQT_REPORT_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"
#include "engine/config/config.h"
#include "engine/entropy/extract.h"
#include "engine/report/report.h"
#include "engine/report/stats.h"

#define KQT_SWEEP_AXES_MAX 6
#define KQT_SWEEP_VALUES_MAX 64 /* of an axis */
#define KQT_SWEEP_POINTS_MAX 1024
#define KQT_SWEEP_TEXT 32
#define KQT_SWEEP_ROUNDS_MIN 3 /* of a point: a median of fewer is none */
#define KQT_SWEEP_ROUNDS_MAX 100
#define KQT_SWEEP_PAIRS KQT_STATS_ROUNDS_VERDICT /* to confirm the best */

enum kqt_objective {
	KQT_OBJECTIVE_P99,      /* of the notification latency, all filters, ns; less is better */
	KQT_OBJECTIVE_P50,      /* the same */
	KQT_OBJECTIVE_WAITS,    /* a second; more is better */
	KQT_OBJECTIVE_ASSESSED, /* bits a second: assessed bits a byte times bytes a second */
	KQT_OBJECTIVES
};

/** "p99" "p50" "waits_per_s" "assessed_bits_per_s". */
const char *kqt_objective_name(enum kqt_objective o);
/** In words: "notification p99, less is better". */
const char *kqt_objective_about(enum kqt_objective o);
bool kqt_objective_more_is_better(enum kqt_objective o);
/** @return the objective, or -KQT_E_UNKNOWN_NAME with a sentence in why. */
int kqt_objective_parse(const char *name, struct kqt_strbuf *why);

/** One tunable and its values. */
struct kqt_sweep_axis {
	const struct kqt_tunable *tunable;
	size_t n;
	char value[KQT_SWEEP_VALUES_MAX][KQT_SWEEP_TEXT]; /* as kqt_config_set takes them */
};

/** "timers=0,4,8". Each value must be one that the tunable takes, and none the same as
 * another.
 * @why  a sentence that names the axis
 * @return 0, -KQT_E_SYNTAX, -KQT_E_UNKNOWN_NAME, -KQT_E_RANGE; *out means nothing then */
KQT_MUST_USE int kqt_sweep_axis_parse(const char *text, struct kqt_sweep_axis *out,
                                      struct kqt_strbuf *why);

/** What a round came to. NAN = it has no such figure. */
struct kqt_sweep_figures {
	double p50_ns, p99_ns; /* notification latency, all filters */
	double waits_per_s;
	double assessed;    /* bits a byte */
	double bytes_per_s; /* of the stream */
};

struct kqt_sweep_point {
	size_t n;
	struct kqt_sweep_figures round[KQT_SWEEP_ROUNDS_MAX];
};

struct kqt_sweep {
	struct kqt_config base; /* what is not on an axis */
	/* where kqt_sweep_command's options lead from: the base of kqt_config_command_line;
	 * borrowed, the caller's to set */
	const struct kqt_config *from;
	enum kqt_objective objective;
	enum kqt_stream stream;
	size_t n_axes, n_points;
	struct kqt_sweep_axis axis[KQT_SWEEP_AXES_MAX];
	struct kqt_sweep_point *point; /* [n_points], owned; the last axis changes fastest */
	/* how it was measured; the caller's to set, for JSON only */
	uint64_t seed, round_ns;
	char backend[64]; /* "" = unknown */
	/* the best against base, in pairs; the caller's to fill */
	size_t n_pairs;
	struct kqt_sweep_figures pair[KQT_SWEEP_PAIRS][2]; /* base, best */
};

/** A grid over axes.
 * @base    borrowed for the call   @axis [n], borrowed for the call
 * @out     given (kqt_sweep_free); untouched on failure
 * @why     a sentence on failure: an axis twice, too many points, a combination that
 *          cannot be measured (named)
 * @return 0, -KQT_E_SYNTAX, -KQT_E_RANGE, -KQT_E_NO_SOURCE, -ENOMEM */
KQT_MUST_USE int kqt_sweep_new(const struct kqt_config *base, const struct kqt_sweep_axis *axis,
                               size_t n, struct kqt_sweep **out, struct kqt_strbuf *why);
void kqt_sweep_free(struct kqt_sweep *s);

/** The place of a point on an axis: an index into its values. */
size_t kqt_sweep_place(const struct kqt_sweep *s, size_t point, size_t axis);
void kqt_sweep_config(const struct kqt_sweep *s, size_t point, struct kqt_config *out);
/** "timers=8 sockets=4". */
void kqt_sweep_point_text(const struct kqt_sweep *s, size_t point, struct kqt_strbuf *out);

/** The command line of a point, to be pasted into a shell. */
void kqt_sweep_command(const struct kqt_sweep *s, size_t point, struct kqt_strbuf *out);

/** The order in which pass number `pass` visits the points: a permutation, by seed.
 * @order [n_points] */
void kqt_sweep_order(const struct kqt_sweep *s, uint64_t pass, size_t *order);
/** Is the best measured before base in this pair? */
bool kqt_sweep_best_first(const struct kqt_sweep *s, size_t pair);

/** Figures of a measured round. @collection bytes of one, as it was configured. */
void kqt_sweep_figures_of(const struct kqt_round *round, enum kqt_stream stream,
                          uint64_t collection, struct kqt_sweep_figures *out);
/** The objective's value; NAN = not known, or 0 of what may not be 0. */
double kqt_sweep_value(const struct kqt_sweep *s, const struct kqt_sweep_figures *f);

struct kqt_sweep_spread {
	size_t n;                   /* rounds with a value */
	double median, least, most; /* NAN when n is 0 */
};
/** The objective over a point's rounds. */
struct kqt_sweep_spread kqt_sweep_spread(const struct kqt_sweep *s, size_t point);
/** Median of another figure over a point's rounds, by its offset in kqt_sweep_figures. */
double kqt_sweep_median(const struct kqt_sweep *s, size_t point, size_t offset);

/** @return the point with the best median, the first of equals; -1 when none has any. */
long kqt_sweep_best(const struct kqt_sweep *s);

struct kqt_sweep_verdict {
	size_t pairs;                   /* with a value on both sides */
	bool known;                     /* there is an interval */
	double ratio;                   /* best / base */
	double lo, hi;                  /* its 95 % interval */
	enum kqt_stats_verdict verdict; /* of the best, against base; margin 5 % */
};
/** What the pairs say. @return 0, -ENOMEM */
KQT_MUST_USE int kqt_sweep_judge(const struct kqt_sweep *s, struct kqt_sweep_verdict *out);

/** As one JSON object and a newline. @return given (free); NULL when memory is short. */
char *kqt_sweep_json(const struct kqt_sweep *s);

#endif
