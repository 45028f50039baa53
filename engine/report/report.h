/* SPDX-License-Identifier: MIT */
/* A report: what `kqtop bench` found out in a number of rounds, how, and on which
 * machine. One JSON file; docs/FORMATS.md has the format for other tools.
 *
 * One run is one report, an A/B run too: it has two sides, `side[0]` (A) and
 * `side[1]` (B), and each round says of which side it is. In such a run the rounds
 * come in pairs: two rounds with the same `pair`, one of each side, measured one right
 * after the other in random order. They may be compared as paired. A run that was
 * interrupted can end with half a pair. Without --ab all rounds are of side 0 and a
 * round's pair is its place. A self-check (--self-check) is an A/B run whose sides
 * are the same; `self_check` says so.
 *
 * Unknown is never 0: a count that is not known is KQT_UNKNOWN, a real NAN, a text
 * NULL; JSON says null for all of them. Every text is UTF-8 without control characters
 * (the reader refuses others), so it may be printed as it is.
 *
 * A file from elsewhere is hostile. The reader (engine/report/json_read.h) refuses,
 * with the file's name, line, column and field, what is not JSON, not schema 1, above
 * a limit below, or contradicts itself (a histogram whose bins are not its count).
 * Keys that it does not know it skips.
 *
 * Threads: any, one at a time for a report. */
#ifndef KQT_REPORT_REPORT_H
#define KQT_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/kinds.h"
#include "engine/base/strbuf.h"
#include "engine/collect/tally.h"
#include "engine/config/config.h"
#include "engine/hist/sparse.h"

#define KQT_REPORT_SCHEMA 1
/* Limits of what is read. */
#define KQT_REPORT_SIZE_MAX (UINT64_C(128) << 20) /* bytes of a file */
#define KQT_REPORT_DEPTH_MAX 16                   /* arrays and objects within each other */
#define KQT_REPORT_ROUNDS_MAX 10000
#define KQT_REPORT_FACTS_MAX 64
#define KQT_REPORT_TEXT_MAX 1023 /* bytes of any text */
#define KQT_REPORT_SLICES_MAX 64

#define KQT_UNKNOWN UINT64_MAX
/** Bytes that a round's entropy is taken from; never fewer, never more. */
#define KQT_ROUND_BYTES 20000

#define KQT_SIDES 2

/** Load while a round ran. All NAN: nothing is known, or there was none. */
struct kqt_load_figures {
	double share;          /* achieved / requested, 1 = all of it */
	double utilisation;    /* CPUs that the load kept busy: 2.0 = two of them */
	double switches_per_s; /* context switches of its processes */
	double ops_per_s;      /* the load's own unit of work */
};

/** One configuration of a run. */
struct kqt_side {
	struct kqt_config config;
	char *options;         /* side B: what --ab was given; NULL on side A */
	char *load;            /* --load as given, "cpu:2x"; NULL = none asked for */
	char *load_command;    /* --load-cmd; NULL = none */
	uint64_t load_version; /* of what `load` does, KQT_LOAD_VERSION; or KQT_UNKNOWN */
	struct kqt_load_figures achieved; /* median of the side's rounds */
};

/** How it was measured; the same for all rounds of a report. What differs here
 * between two reports nobody asked for, and blocks a bare verdict. Dither and pinning
 * are in the configuration. */
struct kqt_how {
	uint64_t round_ns;       /* --round-time: a round's length, warm-up included */
	char *warmup;            /* rule: "mser" */
	char *stream;            /* of the entropy: "seed" "low8" "lsb" "notification" */
	double grain_ns;         /* latencies cut to this before bytes are made; 0 = not */
	uint64_t dma_latency_us; /* held during the run; KQT_UNKNOWN = not held */
};

/** A fact about the machine. Keys in the order of the fingerprint. */
struct kqt_fact {
	char *key;   /* "cpu_model" */
	char *value; /* NULL = unknown */
	bool number; /* written as a JSON number */
};

/** A part of a round, in order; together they are the round, warm-up included. */
struct kqt_slice {
	double seconds;
	uint64_t waits;
	uint64_t wait_p50_ns, wait_p99_ns;                 /* KQT_UNKNOWN: no waits in it */
	uint64_t notification_p50_ns, notification_p99_ns; /* all filters */
};

/** Entropy of exactly n bytes of the round, assessed after it. */
struct kqt_round_entropy {
	uint64_t n;          /* KQT_ROUND_BYTES; 0 = the round gave fewer, nothing else is known */
	double assessed;     /* bits a byte: least of SP 800-90B 6.3's ten, symbols and bitstring */
	double mcv, shannon; /* bits a byte, marginal */
};

/** What disturbed the round, over its length. KQT_UNKNOWN where the system does not
 * say. */
struct kqt_round_flags {
	uint64_t steal_ns;        /* taken by the hypervisor, all CPUs together */
	uint64_t pressure_cpu_ns; /* PSI "some": somebody waited for a CPU */
	uint64_t pressure_memory_ns, pressure_io_ns;
	uint64_t throttled_ns;         /* our control group's CPU quota was used up */
	uint64_t thermal_throttles;    /* times a CPU was slowed down as it was hot */
	uint64_t involuntary_switches; /* of our process */
	uint64_t major_faults;         /* of our process: pages from disk */
};

/** One round, measured by a process of its own. Figures are of the part after the
 * warm-up, but for `slice` and `flags`. */
struct kqt_round {
	unsigned side;   /* 0 = A, 1 = B */
	unsigned pair;   /* see above; from 0 */
	unsigned order;  /* place in the run, from 0 */
	double start_s;  /* since the run began */
	double seconds;  /* what the figures cover; rates are over this */
	double warmup_s; /* left out at the beginning */
	int steady;      /* 1; 0 = no steady state: the warm-up rule wanted more than half
	                   * of the round; -1 = too short to tell */
	uint64_t waits, timeouts, stalls, stall_max_ns;
	struct kqt_excluded excluded;
	/* merged, missed and unstamped are KQT_UNKNOWN where the trigger has no stamp */
	struct kqt_filter_tally filter[KQT_FILTERS];
	uint64_t ticks, ticks_lost; /* the stimulus' */
	bool saturated;             /* kqt_stimulus_saturated */
	uint64_t missing;           /* sources that could not be registered */
	uint64_t raw_lost;          /* samples that neither entropy nor --break saw: read too
	                             * late; the warm-up's too, as entropy is also of those.
	                             * KQT_UNKNOWN: of before this was noted */

	/* as in struct kqt_tally; all waits = wait_wake + wait_timeout */
	struct kqt_sparse wait_wake, wait_timeout, wait_filter[KQT_FILTERS];
	struct kqt_sparse notification[KQT_FILTERS], response[KQT_FILTERS];

	struct kqt_round_entropy entropy;
	struct kqt_round_flags flags;
	struct kqt_load_figures load;
	size_t n_slices;
	struct kqt_slice *slice; /* [n_slices], owned */
};

struct kqt_report {
	char *version;                   /* of the program that measured */
	char *label;                     /* --label; NULL = none */
	char *started;                   /* "2026-11-23T01:30:00Z" */
	uint64_t seed;                   /* of the order within pairs; 0 .. 2^53 */
	char *backend;                   /* "epoll" */
	char *backend_label;             /* "epoll+timerfd+inotify" */
	bool ab;                         /* two sides */
	bool self_check;                 /* two sides that are the same on purpose */
	bool complete;                   /* every round that was asked for is there */
	uint64_t rounds_wanted;          /* of each side */
	struct kqt_side side[KQT_SIDES]; /* side[1] means nothing without ab */
	struct kqt_how how;
	size_t n_facts;
	struct kqt_fact *facts; /* [n_facts], owned */
	size_t n_rounds;
	struct kqt_round *rounds; /* [n_rounds], in the order of `order`, owned */
};

/** An empty report: default configurations, everything else unknown. NULL when memory
 * is short. */
struct kqt_report *kqt_report_new(void);
void kqt_report_free(struct kqt_report *r);

/** A round more, everything in it empty or unknown. @return the round, the report's
 * until the next one is added; NULL when memory is short. */
struct kqt_round *kqt_report_add_round(struct kqt_report *r);
/** Free what a round owns and make it empty. */
void kqt_round_fini(struct kqt_round *round);

/** Read a file.
 * @path  "-" is not special; a pipe will do
 * @out   given (kqt_report_free); untouched on failure
 * @why   receives a sentence on failure that names the file and the place:
 *        "'a.json', line 1, column 8210: rounds[3].latency.wait.timer.bins: a count
 *        is negative"
 * @return 0; -errno; -KQT_E_SYNTAX: not JSON, or not what belongs there; -KQT_E_RANGE: a
 * limit; -KQT_E_UNSUPPORTED: another schema; -ENOMEM.
 * Cost: 10 MB in some 60 ms of CPU time. */
KQT_MUST_USE int kqt_report_load(const char *path, struct kqt_report **out, struct kqt_strbuf *why);
/** The same from memory. @name as it shall stand in messages. @text [size], borrowed;
 * need not be terminated. */
KQT_MUST_USE int kqt_report_parse(const char *text, size_t size, const char *name,
                                  struct kqt_report **out, struct kqt_strbuf *why);

/** As JSON, one line with its newline. @return given (free); NULL when memory is
 * short. @size may be NULL. */
char *kqt_report_json(const struct kqt_report *r, size_t *size);

/** Write to a file, so that under this name there is either what was there before or
 * the whole report: written beside it, synced, renamed. @why on failure a sentence with
 * the file's name. @return 0 or -errno. */
KQT_MUST_USE int kqt_report_save(const struct kqt_report *r, const char *path,
                                 struct kqt_strbuf *why);

/** What kqt_report_save does, with any text. A pipe or a device is written to, not
 * replaced; of a symbolic link the target is. @return 0 or -errno. */
KQT_MUST_USE int kqt_file_replace(const char *path, const char *text, size_t size);

/** Add a round's histogram of a kind to `out`: of one filter, or of all of them when
 * filter is KQT_FILTERS, as kqt_tally_hist does. */
void kqt_round_hist(const struct kqt_round *round, enum kqt_latency kind, unsigned filter,
                    struct kqt_hist *out);

/** Events of all filters. */
uint64_t kqt_round_events(const struct kqt_round *round);

#endif
