/* SPDX-License-Identifier: MIT */
/* What the files of a report share: report.c (life, files), report_format.c (the
 * tables), summary.c. And the parts of the format that other files carry too. */
#ifndef KQT_REPORT_REPORT_PRIV_H
#define KQT_REPORT_REPORT_PRIV_H

#include "engine/report/json.h"
#include "engine/report/report.h"

/* Rows of a table: key, struct, field. */
#define KQT_ROW_COUNT(name, type_, field)                                                          \
	{                                                                                          \
		.key = (name), .type = KQT_F_COUNT, .offset = offsetof(struct type_, field)        \
	}
#define KQT_ROW_COUNT_OR_NULL(name, type_, field)                                                  \
	{                                                                                          \
		.key = (name), .type = KQT_F_COUNT_OR_NULL,                                        \
		.offset = offsetof(struct type_, field)                                            \
	}
#define KQT_ROW_REAL(name, type_, field)                                                           \
	{                                                                                          \
		.key = (name), .type = KQT_F_REAL, .offset = offsetof(struct type_, field)         \
	}
#define KQT_ROW_REAL_OR_NULL(name, type_, field)                                                   \
	{                                                                                          \
		.key = (name), .type = KQT_F_REAL_OR_NULL, .offset = offsetof(struct type_, field) \
	}
#define KQT_ROW_FLAG(name, type_, field)                                                           \
	{                                                                                          \
		.key = (name), .type = KQT_F_FLAG, .offset = offsetof(struct type_, field)         \
	}
#define KQT_ROW_TEXT(name, type_, field)                                                           \
	{                                                                                          \
		.key = (name), .type = KQT_F_TEXT_OR_NULL, .offset = offsetof(struct type_, field) \
	}
#define KQT_ROW_END                                                                                \
	{                                                                                          \
		.key = NULL                                                                        \
	}

/** The keys of a report, of a round, of a load's figures. */
extern const struct kqt_field kqt_report_fields[];
extern const struct kqt_field kqt_round_fields[];
extern const struct kqt_field kqt_load_fields[];

/** Read a round and see that it does not contradict itself. */
bool kqt_round_read(struct kqt_json_in *in, struct kqt_round *round);

#endif
