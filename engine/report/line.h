/* SPDX-License-Identifier: MIT */
/* A snapshot as one line of JSON: what `live --json-lines` writes, and what the
 * screen shows, from the same figures. Keys: interface.md, to the letter; more
 * keys stand beside them. Which span a figure covers:
 *   *_total, filters.*.{events,wakes,merged,missed}, excluded, collections,
 *   stimulus.{ticks,lost}    the whole run
 *   *_per_s, latency, filters.*.p*_ns, stimulus.saturated   since the line before
 *   entropy                  the last 32,768 bytes or more of the epoch (up to twice that and two
 *                            intervals: an interval is never divided); from `assessed` on the
 *                            keys of watch_json.h: every byte of the epoch, or since the stream
 *                            was chosen; grains of the last window
 * and on the last line (final) all of them the whole run, but for what is watched.
 * filters.*.p50_ns and p99_ns are of the notification latency. */
#ifndef KQT_REPORT_LINE_H
#define KQT_REPORT_LINE_H

#include <stdbool.h>

#include "engine/base/annot.h"
#include "engine/collect/session.h"
#include "engine/entropy/extract.h"

/** @account  [KQT_FILTERS] or NULL: where every trigger went (key "account")
 * @return one line with its newline, given to the caller (free); NULL when
 * memory is short. Cost: below 1 ms. Threads: main. */
char *kqt_line_json(const struct kqt_snapshot *snap, enum kqt_stream stream, bool final,
                    const struct kqt_account *account);

/** Shannon and MCV of byte counts beside what a perfect source reads at the same
 * n. NaN where n is too small. */
struct kqt_entropy_figures {
	uint64_t n;
	double shannon, shannon_ref, mcv, mcv_ref;
};
void kqt_entropy_figures(const uint64_t counts[256], struct kqt_entropy_figures *out);

/** Has this filter's trigger a stamp in this configuration? Write readiness that
 * is level- or merely edge-triggered has none: merged, missed and latencies from
 * the trigger are unknown then. */
bool kqt_filter_is_stamped(const struct kqt_config *cfg, enum kqt_filter f);

#endif
