/* SPDX-License-Identifier: MIT */
/* The classic text as a file for node_exporter's textfile collector: kqtop.prom in its
 * folder, replaced by rename, so that a reader finds an old one or a new one and nothing
 * in between. One kqtop a folder. */
#ifndef KQT_METRICS_TEXTFILE_H
#define KQT_METRICS_TEXTFILE_H

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"
#include "engine/metrics/metrics.h"

#define KQT_TEXTFILE_NAME "kqtop.prom"

struct kqt_textfile;

/** @dir   borrowed for the call; has to exist
 * @why    receives a sentence on failure
 * @return 0, -ENOMEM, -errno. @out given (kqt_textfile_close). */
KQT_MUST_USE int kqt_textfile_open(const char *dir, struct kqt_textfile **out,
                                   struct kqt_strbuf *why);
/** The file stays. Accepts NULL. */
void kqt_textfile_close(struct kqt_textfile *t);

/** Write it anew. What a killed one has left half-written is removed first.
 * @return 0, what kqt_metrics_render says, or -errno: then the file is as it was and
 * nothing is left beside it. Threads: main. */
KQT_MUST_USE int kqt_textfile_write(struct kqt_textfile *t, const struct kqt_metrics *m,
                                    const struct kqt_snapshot *snap);

#endif
