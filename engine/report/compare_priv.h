/* SPDX-License-Identifier: MIT */
/* What the files of a comparison share: compare_rows.c (a round's figures),
 * compare_diff.c (what differs), compare_notice.c (sentences), compare.c. */
#ifndef KQT_REPORT_COMPARE_PRIV_H
#define KQT_REPORT_COMPARE_PRIV_H

#include "engine/config/text.h"
#include "engine/report/compare.h"

/** Figures of an entrant's rounds, by its report and side. @return 0 or -ENOMEM; then
 * too what is there is to be freed by kqt_round_figures_fini. */
KQT_MUST_USE int kqt_round_figures_init(struct kqt_round_figures *f, const struct kqt_report *r,
                                        unsigned side, size_t *more_rounds);
void kqt_round_figures_fini(struct kqt_round_figures *f);

/** A figure as the statistics take it: above 0 is worse, a logarithm or bits. NAN of
 * what has no logarithm. */
double kqt_row_y(const struct kqt_row *row, double value);
/** A shift of those, back to b / a or bits. */
double kqt_row_ratio(const struct kqt_row *row, double shift);

/** Write down what to know beside the figures. @return 0 or -ENOMEM. */
KQT_MUST_USE int kqt_comparison_notices(const struct kqt_compare *c, struct kqt_comparison *one);

#endif
