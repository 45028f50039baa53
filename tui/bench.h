/* SPDX-License-Identifier: MIT */
/* What the files of `kqtop bench` share: cmd_bench.c (command line, exit status),
 * bench_run.c (the rounds), bench_show.c (tables), bench_check.c (A/A), bench_fail.c
 * (conditions). */
#ifndef KQT_TUI_BENCH_H
#define KQT_TUI_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/cmd.h"
#include "tui/rounds.h"

#define KQT_CONDITIONS_MAX 16

/** Load that one side asks for. */
struct kqt_bench_load {
	const char *text; /* --load as given; NULL = none */
	struct kqt_load_spec spec;
	const char *command; /* --load-cmd; NULL = none */
};

/** A figure of the summary, an operator and a number: 'timer.notification.p99>500us'. */
struct kqt_condition {
	const char *text;    /* as given; borrowed */
	unsigned filter;     /* KQT_FILTERS = all */
	int latency;         /* enum kqt_latency; -1 = `what` */
	int quantile;        /* of kqt_summary_q; -1 = the largest */
	int what;            /* enum kqt_condition_what */
	bool less, or_equal; /* < <= > >= */
	double value;        /* ns, a count, a rate, bits */
};

struct kqt_bench_options {
	uint64_t rounds, round_ns, seed, break_ns;
	uint64_t dma_latency_us; /* KQT_UNKNOWN = not held */
	enum kqt_stream stream;
	struct kqt_bench_load load;
	const char *ab, *label, *file;
	struct kqt_condition condition[KQT_CONDITIONS_MAX];
	unsigned n_conditions;
	bool seed_given, self_check, json, hostname;
	struct kqt_config base; /* what the configuration file makes of the defaults */
};

/** A run. */
struct kqt_bench {
	const struct kqt_bench_options *opt;
	struct kqt_bench_load load_of[KQT_SIDES];
	struct kqt_report *report; /* sides filled in, no rounds yet */
	/* the outcome */
	bool failed;   /* a round could not be measured; told */
	bool unusable; /* that was what was asked for, before the first round was done */
	bool interrupted;
	struct kqt_broke broke; /* wait_ns 0 = none */
	unsigned broke_side;
};

/** Measure all rounds into the report. Tells on stderr what goes wrong. */
void kqt_bench_run(struct kqt_bench *b);

/** The table of one side, or of both, on stdout.
 * @base  as of kqt_config_command_line */
void kqt_bench_show(const struct kqt_report *r, const struct kqt_config *base);
/** The wait that was too long, on stderr. */
void kqt_bench_show_broke(const struct kqt_bench *b);

/** A/A: how far two sides that are the same differ, row by row, on stdout (stderr when
 * stdout has the JSON).
 * @return false when a row differs. */
bool kqt_bench_check(const struct kqt_report *r, bool to_stderr);

/** Parse a condition. @why a sentence on failure, without the option's name. @return 0
 * or negative. */
KQT_MUST_USE int kqt_condition_parse(const char *text, struct kqt_condition *out,
                                     struct kqt_strbuf *why);
/** Is it met, on either side? A figure that is not known meets every condition: a gate
 * that cannot see does not open. Tells on stderr what is met. */
bool kqt_condition_met(const struct kqt_condition *c, const struct kqt_report *r);

/** Words of a line as a shell splits them: blanks, '..', "..", backslash; nothing is
 * expanded. @out given, ended by NULL: free both *out and (*out)[0], which holds all of
 * them. @n how many. @return 0, -ENOMEM, -KQT_E_SYNTAX: a quote is open. */
KQT_MUST_USE int kqt_words(const char *line, char ***out, int *n);

#endif
