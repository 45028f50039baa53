/* SPDX-License-Identifier: MIT */
/* The samples that the golden values in tests/data/estimates.tsv were taken of, made
 * again: integers only, the same on every machine. */
#ifndef KQT_TESTS_EST_GEN_H
#define KQT_TESTS_EST_GEN_H

#include <stddef.h>
#include <stdint.h>

/** splitmix64 (Vigna, public domain): the next of *state's numbers. */
uint64_t est_random(uint64_t *state);

/** Fill out[n]. Kinds: const (nearly), geom, biasbit, mkv8, mkvbit, nib, sym64, uni8, two,
 * popc, ramp. @return 0, -1 for another kind. */
int est_generate(const char *kind, uint64_t seed, uint8_t *out, size_t n);

#endif
