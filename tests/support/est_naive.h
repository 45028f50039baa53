/* SPDX-License-Identifier: MIT */
/* The estimators once more and plainly: straight from the text of SP 800-90B, slow, and
 * only for short inputs (n up to 60,000 for predictors, a few hundred for tuples). */
#ifndef KQT_TESTS_EST_NAIVE_H
#define KQT_TESTS_EST_NAIVE_H

#include <stddef.h>
#include <stdint.h>

struct est_prediction {
	uint64_t correct, longest;
};

/* 6.3.7 to 6.3.10: what was predicted, from the first prediction on. s: [n], below k */
struct est_prediction est_naive_mcw(const uint8_t *s, size_t n);
struct est_prediction est_naive_lag(const uint8_t *s, size_t n);
struct est_prediction est_naive_mmc(const uint8_t *s, size_t n);
struct est_prediction est_naive_lz78y(const uint8_t *s, size_t n);
/* the step at which est_naive_lz78y's dictionary became full; 0 = it did not */
size_t est_naive_lz78y_full(void);

/* 6.3.7, steps 4 to 6: from so many right ones, the longest run of them that long, to bits. */
double est_naive_prediction_bits(struct est_prediction p, uint64_t total, unsigned k);

/* 6.3.1, and of two symbols 6.3.2 to 6.3.4: bits, -1 = has none. */
double est_naive_mcv(const uint8_t *s, size_t n);
double est_naive_collision(const uint8_t *s, size_t n);
double est_naive_markov(const uint8_t *s, size_t n);
double est_naive_compression(const uint8_t *s, size_t n);

/* 6.3.5 and 6.3.6: bits, -1 = has none. */
double est_naive_t_tuple(const uint8_t *s, size_t n);
double est_naive_lrs(const uint8_t *s, size_t n);

#endif
