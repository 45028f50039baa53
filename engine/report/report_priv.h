/* SPDX-License-Identifier: MIT */
/* What the files of a report share: report.c (life, files), report_format.c (the
 * tables), summary.c. And the parts of the format that other files carry too. */
#ifndef KQT_REPORT_REPORT_PRIV_H
#define KQT_REPORT_REPORT_PRIV_H

#include "engine/report/json.h"
#include "engine/report/report.h"

/** The keys of a report and of a round. */
extern const struct kqt_field kqt_report_fields[];
extern const struct kqt_field kqt_round_fields[];

/** Read a round and see that it does not contradict itself. */
bool kqt_round_read(struct kqt_json_in *in, struct kqt_round *round);

#endif
