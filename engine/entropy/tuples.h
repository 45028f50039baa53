/* SPDX-License-Identifier: MIT */
/* What the t-tuple and LRS estimates (SP 800-90B 6.3.5, 6.3.6) need of the data: for
 * each length, how often the commonest string of that length occurs, and in how many
 * pairs of places two equal strings stand. One pass gives both.
 *
 * Two ways, the same figures:
 *  - parts (tuples.c): places are parted by their next symbols until parts are small;
 *    in those all pairs are compared, 64 bits at a time. 20 ns a bit on random data;
 *    its cost grows with the length of repeats, so it works against a budget.
 *  - suffix array (tuples_sa.c): when that is spent. Linear in n whatever the data,
 *    about 200 ns a symbol. */
#ifndef KQT_ENTROPY_TUPLES_H
#define KQT_ENTROPY_TUPLES_H

#include "engine/entropy/est.h"

/* A string that occurs less often does not count for the t-tuple estimate (6.3.5, 1). */
#define KQT_TUPLE_MIN 35

/* Longest string that the way by parts takes in its stride. */
#define KQT_TUPLE_DENSE 65536

struct kqt_tuple_work {
	size_t n_max;
	uint32_t *a, *b, *c; /* [n_max + 8192] each */
	/* by parts, for each length: */
	uint32_t *most;       /* [KQT_TUPLE_DENSE + 1] occurrences of the commonest string */
	uint64_t *pairs;      /* the same length: pairs of equal strings */
	uint64_t work, limit; /* budget: places looked at, bits */
	/* the result, valid while counted is the data's symbols */
	const uint8_t *counted;
	double log_t, log_lrs; /* ln of the two estimates' P; -INFINITY = none */
};

/** Room for n_max symbols: 12 bytes for each, and 0.9 MB. Its size is added to *bytes.
 * NULL when memory is short. */
struct kqt_tuple_work *kqt_tuple_work_new(size_t n_max, size_t *bytes);
void kqt_tuple_work_free(struct kqt_tuple_work *w);

/** Fill in the result. @return 0, -KQT_E_STOPPED. */
KQT_MUST_USE int kqt_tuples_count(const struct kqt_est_data *d, struct kqt_tuple_work *w);
/** For tests: by this way only. */
KQT_MUST_USE int kqt_tuples_by_suffix_array(const struct kqt_est_data *d, struct kqt_tuple_work *w);

/** The two P from lengths 1 .. longest: most[i] of length i until it is below 35, then
 * pairs. For tuples*.c. */
struct kqt_tuple_sum {
	double n;     /* symbols */
	double log_p; /* largest so far; -INFINITY = none */
};
/* most strings of this length are the same, of n - length + 1 */
void kqt_tuple_add_most(struct kqt_tuple_sum *s, size_t length, double most);
void kqt_tuple_add_pairs(struct kqt_tuple_sum *s, size_t length, double pairs);

#endif
