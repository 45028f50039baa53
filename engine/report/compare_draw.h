/* SPDX-License-Identifier: MIT */
/* The drawings of a comparison's page, as SVG elements for a page that has the style:
 * classes a and b (the two runs), ink, grid, band, and heat with an opacity. Private to
 * the page (compare_html.c). Nothing in here is text from a report. */
#ifndef KQT_REPORT_COMPARE_DRAW_H
#define KQT_REPORT_COMPARE_DRAW_H

#include "engine/report/compare.h"
#include "engine/report/json.h"

#define KQT_DRAW_BINS 96

/** Two distributions over one logarithmic axis of nanoseconds, and what is drawn of
 * them. */
struct kqt_draw {
	const struct kqt_compare *c;
	const struct kqt_comparison *one;
	enum kqt_latency kind;
	double lo, hi; /* log10 of the axis' ends */
	double share[2][KQT_DRAW_BINS];

	double quantile[2][KQT_DRAW_BINS]; /* ns, at kqt_draw_p(i); NAN = too few samples */
};

/** @return false when either side has no samples: there is nothing to draw.
 * Threads: main (scratch histograms). */
bool kqt_draw_init(struct kqt_draw *d, const struct kqt_compare *c,
                   const struct kqt_comparison *one, enum kqt_latency kind);

/** Both distributions: share of samples a bin, on a square root scale. */
void kqt_draw_density(struct kqt_json_out *out, const struct kqt_draw *d);
/** F_a - F_b: above 0 b is longer there. */
void kqt_draw_ecdf(struct kqt_json_out *out, const struct kqt_draw *d);
/** Ratio b / a by quantile, and the rows' estimates with their intervals. */
void kqt_draw_shift(struct kqt_json_out *out, const struct kqt_draw *d);
/** Rounds from left to right, latency from below, how often by depth of colour.
 * @side 0 or 1 */
void kqt_draw_rounds(struct kqt_json_out *out, const struct kqt_draw *d, int side);
/** A row's interval in margins: small, for a table's cell. */
void kqt_draw_interval(struct kqt_json_out *out, const struct kqt_row *row,
                       const struct kqt_row_result *r);

#endif
