/* SPDX-License-Identifier: MIT */
/* The ten min-entropy estimators of NIST SP 800-90B (2018-01), section 6.3, one file
 * each (est_*.c), and the table that lists them. What is computed is what NIST's tool
 * (v1.1.7) computes, to 1e-9 bit; docs/ENTROPY.md says where that is tested.
 *
 * An estimator reads one view of the data: the symbols (k of them), or the same data
 * as a string of bits (k = 2). Estimators allocate nothing: what they work in is a
 * part of struct kqt_est_work, made once for the longest input (assess.h does it). */
#ifndef KQT_ENTROPY_EST_H
#define KQT_ENTROPY_EST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"

/** In the order of section 6.3, of every table and of every output. */
enum kqt_estimator_id {
	KQT_EST_MCV,
	KQT_EST_COLLISION,
	KQT_EST_MARKOV,
	KQT_EST_COMPRESSION,
	KQT_EST_T_TUPLE,
	KQT_EST_LRS,
	KQT_EST_MULTI_MCW,
	KQT_EST_LAG,
	KQT_EST_MULTI_MMC,
	KQT_EST_LZ78Y,
	KQT_ESTIMATORS
};

/* Positions, counts and twice a count fit an int32_t, and 17 times n a uint32_t
 * (tuples_sa.c relies on it). */
#define KQT_EST_N_MAX 125000000u

/** One view of the data. Borrowed for the call, not written to. */
struct kqt_est_data {
	const uint8_t *symbols;  /* [n], each 0 .. k-1 */
	const uint64_t *msb;     /* k == 2: the symbols packed, first in the highest bit */
	const uint64_t *lsb;     /* k == 2: the same, first in the lowest bit */
	size_t n;                /* at most KQT_EST_N_MAX */
	unsigned k;              /* 2 .. 256; for a bitstring 2 though only one may occur */
	const atomic_int *order; /* not 0 = stop; polled every 2^16 symbols or oftener; or NULL */
};
/* Words of msb and lsb: zero past the end, so that 64 bits can be had at any position. */
#define KQT_EST_WORDS(n) ((n) / 64 + 3)

/** What the estimators work in, for one view. Two estimators may run at once on the
 * same work, except t-tuple and LRS, which share one pass over the data. */
struct kqt_est_work {
	struct kqt_tuple_work *tuples;
	struct kqt_mmc_work *mmc; /* symbols (k > 2) */
	struct kqt_mmc_bits *mmc_bits;
	struct kqt_lz_work *lz; /* symbols (k > 2) */
	struct kqt_lz_bits *lz_bits;
};

/** @bits_out  bits of min-entropy a symbol, 0 .. log2(k); untouched on failure
 * @return 0; -KQT_E_TOO_FEW (kqt_estimator.needs says of what); -KQT_E_UNSUPPORTED if
 * it does not run on this alphabet; -KQT_E_STOPPED after an order to stop.
 * Threads: any. Allocates nothing. */
typedef int kqt_estimator_fn(const struct kqt_est_data *d, struct kqt_est_work *w,
                             double *bits_out);

struct kqt_estimator {
	const char *key;     /* name in JSON: "multi_mcw" */
	const char *title;   /* name for people: "MultiMCW" */
	const char *section; /* of SP 800-90B: "6.3.7" */
	bool on_symbols;     /* runs on more than two symbols */
	bool on_bits;        /* runs on two symbols and on bitstrings */
	const char *needs;   /* what -KQT_E_TOO_FEW was too few of */
	kqt_estimator_fn *run;
};
extern const struct kqt_estimator kqt_estimators[KQT_ESTIMATORS];

/* Each one's source and cost stand at the top of its file. */
kqt_estimator_fn kqt_est_mcv, kqt_est_collision, kqt_est_markov, kqt_est_compression,
    kqt_est_t_tuple, kqt_est_lrs, kqt_est_multi_mcw, kqt_est_lag, kqt_est_multi_mmc, kqt_est_lz78y;

/** Which way of computing the same figures: tests run each one. */
enum kqt_est_path { KQT_PATH_PLAIN, KQT_PATH_POPCNT, KQT_PATH_AVX512, KQT_PATHS };

/** The fastest this machine has. */
enum kqt_est_path kqt_est_path_best(void);
/** The path in use: the best, unless a test chose another. */
enum kqt_est_path kqt_est_path(void);
/** For tests: use this one from here on. No estimator may be running.
 * @return 0, -KQT_E_UNSUPPORTED if this machine lacks it. */
KQT_MUST_USE int kqt_est_path_force(enum kqt_est_path path);

#endif
