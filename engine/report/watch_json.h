/* SPDX-License-Identifier: MIT */
/* The watched byte stream, and an assessment's estimates, as JSON: for the lines of
 * `live` and for `assess`. */
#ifndef KQT_REPORT_WATCH_JSON_H
#define KQT_REPORT_WATCH_JSON_H

#include <jansson.h>

#include "engine/base/annot.h"
#include "engine/entropy/watch.h"

/** Ten keys, kqt_estimators' in their order: bits a symbol of this view, null where an
 * estimator gave none. @return a new reference, NULL when memory is short. */
json_t *kqt_estimates_json(const struct kqt_assess_view *v);

/** A list of objects, one a grain: grain_ps (null: as measured), n, shannon, shannon_ref,
 * mcv, mcv_ref. */
json_t *kqt_grains_json(const struct kqt_grain_figures figures[KQT_GRAINS]);

/** Put into `into` what the watch knows of `stream`: the keys assessed (null until the
 * first assessment), verdict, claim_bits, watched (bytes), lost (samples), window, bias,
 * lag, chi_square, chi_p, health, grains. All are null when nobody watches that stream
 * (w NULL, or it watches another).
 * @now_ns  monotonic: ages are counted to it */
void kqt_watch_json(json_t *into, const struct kqt_watch *w, enum kqt_stream stream,
                    uint64_t now_ns);

#endif
