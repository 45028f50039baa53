/* SPDX-License-Identifier: MIT */
/* A recording: what the monitor has measured, second by second, in two files that
 * are of use whatever ends the program (docs/FORMATS.md has the format):
 *
 *   FILE       JSON lines: a head, then configurations, intervals and alarms in the
 *              order in which they came
 *   FILE.hlog  the intervals' histograms, for HdrHistogram's tools too
 *   FILE.raw   if asked for: every wait, as `collect --format timings` writes them
 *
 * An interval's line says which lines of FILE.hlog are its own and is written after
 * them: what FILE has in whole lines, FILE.hlog has.
 *
 * An interval is at least about a second, of however many refreshes of the screen: so
 * what is written and what that costs does not grow with the refresh rate. It ends
 * early at a mark and when the configuration changes, and the refresh in which that happened
 * belongs to the old one.
 *
 * Threads: main only. Nothing here is printed; errors are sentences in `why`. */
#ifndef KQT_REPORT_RECORDING_H
#define KQT_REPORT_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"
#include "engine/collect/session.h"
#include "engine/hist/hlog_file.h"

#define KQT_RECORDING_FORMAT 1
#define KQT_RECORDING_LINE_MAX 65536 /* bytes of a line of FILE */

/* -- writing -------------------------------------------------------------- */

struct kqt_recorder;

/** Create FILE and FILE.hlog and write the head; the configuration follows with the
 * first interval.
 * @how   KQT_LINES_NEW: neither may exist. KQT_LINES_APPEND: go on with a recording,
 *        as another run in it
 * @snap  of a session that runs
 * @out   given (kqt_recorder_close); NULL on failure, and what NEW had created is gone
 * @why   receives a sentence on failure that names the file
 * @return 0, -EEXIST, -EWOULDBLOCK when it is being written, -KQT_E_SYNTAX when it is
 * no recording, another -errno. */
KQT_MUST_USE int kqt_recorder_open(const char *path, enum kqt_lines_how how,
                                   const struct kqt_snapshot *snap, struct kqt_recorder **out,
                                   struct kqt_strbuf *why);

/** Take a snapshot, every one that has a new interval, in order; one that was taken
 * before, or at open, is passed over.
 * @stream  whose entropy stands in the line
 * @why     receives a sentence when writing failed: the first time, not again
 * @return 0, or the -errno of the failure, again and again: nothing is written after
 * it; what was written before is whole. Cost: a merge of histograms; once a second
 * 3 ms or so of encoding and writing. */
KQT_MUST_USE int kqt_recorder_take(struct kqt_recorder *r, const struct kqt_snapshot *snap,
                                   enum kqt_stream stream, struct kqt_strbuf *why);

/** Something was done now, since the newest snapshot, which was taken: its interval ends here.
 * Nothing before the first interval. @key its key; @text a few words
 * @return as kqt_recorder_take. */
KQT_MUST_USE int kqt_recorder_mark(struct kqt_recorder *r, const struct kqt_snapshot *snap,
                                   char key, const char *text, struct kqt_strbuf *why);

/** Record every wait too, to FILE.raw: nanoseconds, unsigned, 64 bits, little-endian, no
 * head. Before the first kqt_recorder_waits; how as for open (a number that was cut off
 * at the end of the file is taken away).
 * @return 0, -EEXIST, -errno; a sentence in why. */
KQT_MUST_USE int kqt_recorder_raw(struct kqt_recorder *r, enum kqt_lines_how how,
                                  struct kqt_strbuf *why);
/** Write the waits among n raw samples; nothing when FILE.raw was not asked for.
 * @return as kqt_recorder_take. Cost: one write for each 4,096 of them. */
KQT_MUST_USE int kqt_recorder_waits(struct kqt_recorder *r, const struct kqt_raw *samples, size_t n,
                                    struct kqt_strbuf *why);

/** Write what is left of the last interval, close and free. NULL is fine.
 * @snap  the newest snapshot that was taken, or NULL: drop what is left
 * @return 0, or the first -errno, with a sentence in why unless it was told before. */
int kqt_recorder_close(struct kqt_recorder *r, const struct kqt_snapshot *snap,
                       struct kqt_strbuf *why);

const char *kqt_recorder_path(const struct kqt_recorder *r);
/** Bytes of its files together. */
uint64_t kqt_recorder_size(const struct kqt_recorder *r);

/** A name that no file has, in the current folder: kqtop-20260401-093000.jsonl, with
 * -2 and so on behind it if need be. */
void kqt_recording_default_name(char *out, size_t size);

/* -- reading -------------------------------------------------------------- */

enum kqt_recorded_type {
	KQT_RECORDED_HEAD,     /* a run begins */
	KQT_RECORDED_CONFIG,   /* a configuration comes into force, a new epoch with it */
	KQT_RECORDED_INTERVAL, /* what was counted */
	KQT_RECORDED_ALARM,    /* a health test of the byte stream has raised one */
	KQT_RECORDED_MARK,     /* something was done that no configuration tells: a reset */
};

/** Texts are NULL when unknown; no control characters in any. */
struct kqt_recorded_head {
	char *version;       /* of the program that recorded */
	char *started;       /* "2026-11-23T01:30:00Z" */
	uint64_t started_ms; /* since 1970 */
	char *system, *release, *machine, *clock, *clock_source;
	uint64_t cpus; /* UINT64_MAX = unknown */
};

struct kqt_recorded_config {
	struct kqt_config config;
	uint64_t epoch;
	char *backend, *backend_label;
	uint64_t capabilities;
	uint64_t registered[KQT_SOURCE_KINDS];
	struct kqt_shortfall shortfall[KQT_SOURCE_KINDS];
};

struct kqt_recorded_interval {
	struct kqt_tally *tally;            /* exact in every field, as it was counted */
	struct kqt_stimulus_stats stimulus; /* the whole run, up to here */
	uint64_t ticks, ticks_lost;         /* the stimulus', in this interval */
};

struct kqt_recorded_alarm {
	char *test; /* "rct", "apt" */
	uint64_t alpha_exp;
	uint64_t alarms; /* since the epoch began */
	uint64_t symbol; /* the byte that repeated */
};

struct kqt_recorded_mark {
	char *key;  /* "r": one printable ASCII character */
	char *text; /* "reset" */
};

/** One line. What is borrowed stays until the next read. Only the part that `type`
 * names is of this line; the others are those of the last such line, or empty. */
struct kqt_recorded {
	enum kqt_recorded_type type;
	unsigned run;     /* from 1 */
	uint64_t line;    /* in FILE, from 1 */
	double elapsed_s; /* since the run's session was opened */
	struct kqt_recorded_head head;
	struct kqt_recorded_config config;
	struct kqt_recorded_interval interval;
	struct kqt_recorded_alarm alarm;
	struct kqt_recorded_mark mark;
};

struct kqt_recording;

/** Open a recording for reading; the first line must be a head.
 * @out   given (kqt_recording_close)
 * @why   a sentence on failure
 * @return 0; -errno; -KQT_E_SYNTAX, -KQT_E_UNSUPPORTED (another format's number),
 * -KQT_E_RANGE. */
KQT_MUST_USE int kqt_recording_open(const char *path, struct kqt_recording **out,
                                    struct kqt_strbuf *why);
/** The same from streams, which are taken. */
KQT_MUST_USE int kqt_recording_from(FILE *lines, FILE *hlog, const char *name,
                                    struct kqt_recording **out, struct kqt_strbuf *why);
void kqt_recording_close(struct kqt_recording *r);

/** The next line; lines of a type that is not known are passed over. A line that was
 * cut by a kill is the end.
 * @why  "'x.jsonl', line 7, column 30: tally.waits: the number is negative"
 * @return 1; 0 at the end; negative when a line, or its histograms, are not
 * understood. Cost: below 1 ms an interval. */
KQT_MUST_USE int kqt_recording_next(struct kqt_recording *r, const struct kqt_recorded **out,
                                    struct kqt_strbuf *why);

/** One of a file's runs, as a look at its lines finds it. */
struct kqt_recording_run {
	uint64_t offset, line;       /* of its head: bytes, and from 1 */
	double begin_s, end_s;       /* elapsed_s when its first interval began; of its last line */
	uint64_t intervals, changes; /* changes: configurations after the first */
};

/** Look through the whole file for its runs; what its lines hold is not read, so a broken
 * line is found by whoever reads there. The next read is the file's first line again.
 * @out  [*n], given (free); at least one
 * @return 0; -ENOMEM; -errno with a sentence in why. Cost: 5 ns a byte of FILE. */
KQT_MUST_USE int kqt_recording_runs(struct kqt_recording *r, struct kqt_recording_run **out,
                                    size_t *n, struct kqt_strbuf *why);
/** The next read is the head of a run.
 * @number  of it, from 1: place in what kqt_recording_runs gave, plus 1
 * @return 0 or -errno with a sentence in why. */
KQT_MUST_USE int kqt_recording_go(struct kqt_recording *r, const struct kqt_recording_run *run,
                                  unsigned number, struct kqt_strbuf *why);

/** Where the next read begins: offset and line; kqt_recording_go, with the present run's
 * number plus 1, comes back to it. Not within a run's lines before the first read. */
void kqt_recording_place(struct kqt_recording *r, struct kqt_recording_run *at);

#endif
