/* SPDX-License-Identifier: MIT */
/* A histogram as a report keeps it: only the buckets in use, some 2,000 of the
 * 33,792 where this was measured. The exact figures beside the bins are those of
 * struct kqt_hist (engine/hist/hist.h), whose bucket numbers these are.
 *
 * Threads: none of its own; reading functions from any number at once. */
#ifndef KQT_HIST_SPARSE_H
#define KQT_HIST_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/hist/hist.h"

struct kqt_bin {
	uint32_t index; /* below KQT_HIST_LEN */
	uint64_t count; /* 1 or more */
};

/** Zeroed = empty. */
struct kqt_sparse {
	uint64_t count;  /* values: the sum of the bins */
	uint64_t sum_ns; /* exact */
	uint64_t min_ns; /* exact; meaningless when count is 0 */
	uint64_t max_ns; /* exact */
	uint64_t above;  /* values above KQT_HIST_MAX_NS, which are in the last bucket */
	size_t n;
	struct kqt_bin *bins; /* [n], index ascending; owned */
};

/** Take the bins in use of a histogram.
 * @out  overwritten; given (kqt_sparse_free); zeroed on failure
 * @return 0 or -ENOMEM. */
KQT_MUST_USE int kqt_sparse_from(const struct kqt_hist *h, struct kqt_sparse *out);
void kqt_sparse_free(struct kqt_sparse *s);

/** dst += s, exact in every field: every function of hist.h then works on dst. */
void kqt_sparse_add_to(const struct kqt_sparse *s, struct kqt_hist *dst);

/** Is it what kqt_sparse_from could have made? Bins ascending, none empty, their sum
 * the count, minimum and maximum in the first and last bin, sum between count * min
 * and count * max, `above` as the last bin and the maximum allow. @return NULL, or what
 * is wrong: "the bins' sum is not the count". */
const char *kqt_sparse_fault(const struct kqt_sparse *s);

#endif
