/* SPDX-License-Identifier: MIT */
/* A report's histograms as a HdrHistogram log (engine/hist/hlog.h): a line a round and
 * latency. Untagged is the wait of all filters, which readers show by default; tags are
 * wait.wake wait.timeout wait.FILTER notification.FILTER response.FILTER, with "B." in
 * front on side B, whose wait of all filters is B.wait. */
#ifndef KQT_REPORT_REPORT_HLOG_H
#define KQT_REPORT_REPORT_HLOG_H

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"
#include "engine/report/report.h"

/** Write it, whole or not at all, as kqt_report_save does.
 * @why  a sentence on failure   @return 0 or negative. Threads: main. */
KQT_MUST_USE int kqt_report_save_hlog(const struct kqt_report *r, const char *path,
                                      struct kqt_strbuf *why);

#endif
