/* SPDX-License-Identifier: MIT */
/* LZ78Y prediction for two symbols (see est_lz78y.c). SP 800-90B 6.3.10.
 *
 * The dictionary is one bit for each of the 131,070 contexts. Both one-symbol contexts
 * are in it long before it is full: it takes 65,536 contexts, and those of equal bits
 * only are 16 for each bit. So the exception of est_lz78y.c cannot occur.
 * O(1) a bit, about 3 ns. */
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/entropy/est_predict.h"
#include "engine/entropy/est_work.h"

#define LENGTHS 16
#define CONTEXTS_MAX 65536

struct pair {
	uint32_t count, first; /* first: the 16 bits before the first occurrence */
	unsigned shared;       /* bits that the contexts of all occurrences share */
};

struct kqt_lz_bits {
	uint64_t in[(1 << (LENGTHS + 1)) / 64]; /* index: 1, then the context's bits */
	uint32_t n_contexts;
	struct pair pairs[2][2];
};

struct kqt_lz_bits *kqt_lz_bits_new(size_t *bytes)
{
	*bytes += sizeof(struct kqt_lz_bits);
	return kqt_aligned_new(sizeof(struct kqt_lz_bits));
}

void kqt_lz_bits_free(struct kqt_lz_bits *w)
{
	free(w);
}

/* The latest bit is the lowest. */
static inline uint32_t index_of(uint32_t history, unsigned length)
{
	return 1u << length | (history & ((1u << length) - 1));
}

static inline bool has(const struct kqt_lz_bits *w, uint32_t history, unsigned length)
{
	uint32_t at = index_of(history, length);

	return w->in[at / 64] >> (at % 64) & 1;
}

static void take_in(struct kqt_lz_bits *w, uint32_t history)
{
	for (unsigned length = LENGTHS; length > 0; length--) {
		uint32_t at = index_of(history, length);

		if (has(w, history, length) || w->n_contexts == CONTEXTS_MAX)
			return;
		w->in[at / 64] |= UINT64_C(1) << (at % 64);
		w->n_contexts++;
	}
}

static inline unsigned shared_of(uint32_t a, uint32_t b)
{
	return (unsigned)__builtin_ctz((a ^ b) | 1u << LENGTHS);
}

static unsigned reach(const struct kqt_lz_bits *w, uint32_t history, const struct pair *p)
{
	unsigned length = shared_of(history, p->first);

	length = length < p->shared ? length : p->shared;
	while (length > 1 && !has(w, history, length))
		length--;
	return length;
}

static inline unsigned predict(const struct kqt_lz_bits *w, uint32_t history)
{
	const struct pair *p = w->pairs[history & 1];

	if (p[0].count != p[1].count)
		return p[1].count > p[0].count;
	if (p[0].count == 0)
		return 2; /* neither */
	return reach(w, history, &p[1]) >= reach(w, history, &p[0]);
}

static inline void learn(struct kqt_lz_bits *w, uint32_t history, uint32_t y)
{
	struct pair *p = &w->pairs[history & 1][y];

	if (w->n_contexts < CONTEXTS_MAX && !has(w, history, LENGTHS))
		take_in(w, history);
	if (p->count++ == 0) {
		p->first = history;
		p->shared = LENGTHS;
	} else if (p->shared > 1) {
		unsigned shared = shared_of(history, p->first);

		p->shared = shared < p->shared ? shared : p->shared;
	}
}

int kqt_lz_bitwise(const struct kqt_est_data *d, struct kqt_lz_bits *w, double *bits_out)
{
	const uint8_t *s = d->symbols;
	struct kqt_run run = {0};
	uint32_t history = 0;

	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < LENGTHS; i++)
		history = history << 1 | s[i];
	learn(w, history, s[LENGTHS]);
	history = history << 1 | s[LENGTHS];
	for (size_t i = LENGTHS + 1; i < d->n; i++) {
		kqt_run_step(&run, predict(w, history) == s[i]);
		learn(w, history, s[i]);
		history = history << 1 | s[i];
		if ((i & KQT_POLL_MASK) == 0 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	*bits_out = kqt_predict_bits(run.correct, d->n - LENGTHS - 1, run.longest, 2);
	return 0;
}
