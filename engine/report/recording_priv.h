/* SPDX-License-Identifier: MIT */
/* What the files recording_*.c share. Private to engine/report. */
#ifndef KQT_REPORT_RECORDING_PRIV_H
#define KQT_REPORT_RECORDING_PRIV_H

#include "engine/report/json.h"
#include "engine/report/recording.h"

/* The type is the first key of every line. */
#define KQT_RECORDING_BEGINS "{\"type\":\"recording\",\"format\":"

/** A line as it is read and written: what all types have, and each one's own. */
struct kqt_rec_line {
	uint64_t format;             /* head */
	double elapsed_s;            /* all others */
	uint64_t hlog_from, hlog_to; /* interval: bytes of FILE.hlog */
	uint64_t hlog_lines;         /* how many lines that is */
	struct kqt_recorded_head head;
	struct kqt_recorded_config config;
	struct kqt_recorded_interval interval; /* its tally is beside it */
	struct kqt_recorded_alarm alarm;
	struct kqt_recorded_mark mark;
};

/* The keys after the type, of struct kqt_rec_line. */
extern const struct kqt_field kqt_rec_head_fields[], kqt_rec_config_fields[],
    kqt_rec_interval_fields[], kqt_rec_alarm_fields[], kqt_rec_mark_fields[];
/* Key "tally", of struct kqt_tally: all but the buckets and the bytes' counts, which
 * are in FILE.hlog. */
extern const struct kqt_field kqt_rec_tally_fields[];

/** The histograms of a tally by tag; ended by a NULL tag. */
struct kqt_rec_series {
	const char *tag; /* "wait.timer" */
	size_t offset;   /* of the struct kqt_hist in struct kqt_tally */
};
extern const struct kqt_rec_series kqt_rec_series[];
#define KQT_REC_SERIES (2 + 3 * KQT_FILTERS)

/** "bytes.seed": how often each byte came, as a histogram of 0 .. 255. */
const char *kqt_rec_bytes_tag(enum kqt_stream s);

#endif
