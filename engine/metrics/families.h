/* SPDX-License-Identifier: MIT */
/* The syntax of the two text formats: families (help, type, unit) and their samples.
 * They differ in what a counter's family is called (OpenMetrics leaves `_total` to the
 * sample), in the order of a family's comments, in units and in the end.
 *
 * Threads: any, one at a time for a writer. */
#ifndef KQT_METRICS_FAMILIES_H
#define KQT_METRICS_FAMILIES_H

#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"
#include "engine/hist/hist.h"
#include "engine/metrics/metrics.h"

enum kqt_family_type {
	KQT_FAMILY_COUNTER,
	KQT_FAMILY_GAUGE,
	KQT_FAMILY_HISTOGRAM,
	KQT_FAMILY_INFO /* a gauge of 1 in the classic format */
};

struct kqt_family_writer {
	struct kqt_strbuf *out; /* borrowed */
	enum kqt_metrics_format format;
	const char *name; /* of the family that is open, without _total or _info */
	enum kqt_family_type type;
};

#define KQT_LABELS_SIZE 4096
/** Labels of a sample as they stand between the braces. */
struct kqt_labels {
	char text[KQT_LABELS_SIZE];
	size_t len;
};

/** Open a family; its samples follow.
 * @name  without _total or _info, borrowed while it is open
 * @unit  what the name ends in, or NULL
 * @help  any text: it is escaped */
void kqt_family(struct kqt_family_writer *w, enum kqt_family_type type, const char *name,
                const char *unit, const char *help);

/** Add a label; the value is escaped, and cut where there is no room. */
void kqt_label(struct kqt_labels *l, const char *name, const char *value);

/** A sample. @labels NULL or "" = none; as kqt_labels.text. */
void kqt_sample_count(struct kqt_family_writer *w, const char *labels, uint64_t v);
void kqt_sample_real(struct kqt_family_writer *w, const char *labels, double v);
/** Nanoseconds as seconds, exactly. */
void kqt_sample_ns(struct kqt_family_writer *w, const char *labels, uint64_t ns);
/** The sum of some histograms. */
void kqt_sample_hist(struct kqt_family_writer *w, const char *labels,
                     const struct kqt_hist *const *parts, unsigned n_parts);

/** What stands after the last family. */
void kqt_families_end(struct kqt_family_writer *w);

#endif
