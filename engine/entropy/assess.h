/* SPDX-License-Identifier: MIT */
/* A whole assessment: all estimators of SP 800-90B 6.3, on the symbols and on the
 * bitstring, over a few threads; and the minimum that 3.1.3 takes from them. */
#ifndef KQT_ENTROPY_ASSESS_H
#define KQT_ENTROPY_ASSESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/entropy/est.h"

#define KQT_ASSESS_MAX_SAMPLES (KQT_EST_N_MAX / 8) /* 15,625,000 */
#define KQT_ASSESS_MAX_THREADS 64

/** What one view of the data came to. */
struct kqt_assess_view {
	bool assessed;               /* false: nothing was run on this view */
	double bits[KQT_ESTIMATORS]; /* a symbol of this view; NAN where rc is not 0 */
	int rc[KQT_ESTIMATORS];      /* as kqt_estimator_fn's; -KQT_E_UNSUPPORTED: not run */
	uint64_t ns[KQT_ESTIMATORS]; /* time it took; the t-tuples' has the LRS' counts in it */
	double h;                    /* least of them and of the word's bits; NAN if !assessed */
};

struct kqt_assessment {
	size_t samples;
	unsigned alphabet;        /* different symbols that occur */
	unsigned bits_per_symbol; /* 1 .. 8 */
	struct kqt_assess_view literal, bitstring;
	double assessed;        /* bits a sample, 0 .. bits_per_symbol */
	int binding;            /* the estimator that decided: enum kqt_estimator_id; -1 = none */
	bool binding_bitstring; /* on which view */
	double seconds;         /* wall clock */
};

struct kqt_assess_options {
	unsigned threads; /* 1 .. KQT_ASSESS_MAX_THREADS; 0 = 1 */
	/* Called every 50 ms or so in the caller's thread, done 0 .. 1 rising; false ends
	 * the assessment. NULL = not called. */
	bool (*progress)(void *arg, double done);
	void *arg;
};

struct kqt_assess_workspace;

/** Room for max_samples of bits (1 .. 8) each; all memory an assessment needs, threads'
 * stacks apart: 14.5 bytes a bit, 1 byte a sample and at most 49 MB. For 1,000,000
 * samples of 8 bits that is 156 MB (10,000 of them: 13 MB).
 * @return NULL when memory is short or either is out of range. */
struct kqt_assess_workspace *kqt_assess_workspace_new(size_t max_samples, unsigned bits)
    KQT_GIVES(kqt_assess_workspace_free);
void kqt_assess_workspace_free(struct kqt_assess_workspace *w);
/** Bytes that it holds. */
size_t kqt_assess_workspace_size(const struct kqt_assess_workspace *w);

/** Bits that hold every sample: 1 .. 8; 1 when all are 0 or there are none. */
unsigned kqt_assess_bits(const uint8_t *samples, size_t n);

/** Assess.
 * @samples  [n], borrowed for the call; n is 1 .. max_samples
 * @bits     of a sample, as in _new or fewer; the bitstring is made of them, highest first
 * @out      filled in on success
 * @return 0; -KQT_E_TOO_FEW if n is 0; -KQT_E_RANGE if n or bits is more than there is
 * room for; -KQT_E_BAD_SYMBOL if a sample has more bits; -KQT_E_STOPPED if it was told to
 * stop; -errno when not one thread could be started. Whatever it returns, no thread is
 * left and the workspace can be used again. Allocates nothing but threads.
 * One call at a time for a workspace.
 *
 * One symbol only: assessed 0 and no estimator run. Two symbols (of any width): the
 * literal view alone, with all estimators, as NIST's tool does. */
KQT_MUST_USE int kqt_assess(struct kqt_assess_workspace *w, const uint8_t *samples, size_t n,
                            unsigned bits, const struct kqt_assess_options *opt,
                            struct kqt_assessment *out);

/** End a running assessment within 50 ms; without effect if none is running.
 * Threads: any. Async-signal-safe. */
void kqt_assess_stop(struct kqt_assess_workspace *w);

/** Why an estimator has no figure, for people: "needs at least 4096". "" if it has. */
const char *kqt_assess_reason(enum kqt_estimator_id id, int rc, char *buf, size_t size);

#endif
