/* SPDX-License-Identifier: MIT */
/* Multi Markov model with counting prediction estimate. SP 800-90B 6.3.9.
 * This file: the estimator, and the way for symbols; bits have est_multi_mmc_bits.c.
 *
 * Predictor d (0 .. 15) knows, for each context of d + 1 symbols, how often each symbol
 * came next, and says the commonest (of equals the largest). A predictor holds at most
 * 100,000 pairs (context, next): then no new pair is taken, old ones go on counting.
 *
 * A pair (x, y) of predictor d is, one step later, the context xy of predictor d + 1.
 * So all predictors are one trie over strings: a node is a string, its count that of
 * the pair it is. Of the 16 contexts at a step each is the child, by the symbol seen,
 * of a context of the step before: 16 nodes move along, nothing is looked up from the
 * root. (A context whose pair was refused is refused too: level d + 1 is full when
 * level d is, as each string counted there has been continued.)
 * The first child of a node is named in it; further ones are found by a hash.
 * O(16 n) steps, of which those that miss the cache cost; 60 to 200 ns a symbol. */
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/entropy/est_predict.h"
#include "engine/entropy/est_work.h"

#define LEVELS 16
#define PAIRS_MAX 100000
#define ROOTS 256
#define NONE 0 /* a root: never a child */
#define INDEX_BITS 21

_Static_assert(ROOTS + LEVELS * PAIRS_MAX < 1 << INDEX_BITS, "a node's index has 21 bits");

struct node {
	uint32_t count;       /* of the pair that this string is */
	uint32_t best_count;  /* of the commonest child; 0 = no child */
	uint32_t first_child; /* its index */
	uint8_t best, first;  /* symbols of the commonest and of the first child */
};

struct kqt_mmc_work {
	struct node *nodes;
	uint64_t *slots; /* (parent, symbol) above the child's index; 0 = free */
	size_t nodes_max;
	unsigned slot_bits;
	/* of one run */
	uint32_t n_nodes;
	uint32_t pairs[LEVELS];
	uint32_t second[ROOTS * ROOTS]; /* children of the roots, by both symbols */
};

struct kqt_mmc_work *kqt_mmc_work_new(size_t n_max, size_t *bytes)
{
	struct kqt_mmc_work *w = kqt_array_new(1, sizeof(*w));
	size_t per_level = n_max < PAIRS_MAX ? n_max : PAIRS_MAX;

	if (!w)
		return NULL;
	w->nodes_max = ROOTS + LEVELS * per_level + 1;
	w->slot_bits = 8;
	while ((size_t)1 << w->slot_bits < w->nodes_max + w->nodes_max / 4)
		w->slot_bits++;
	*bytes += sizeof(*w) + w->nodes_max * sizeof(*w->nodes) +
	          (sizeof(*w->slots) << w->slot_bits);
	w->nodes = kqt_array_new(w->nodes_max, sizeof(*w->nodes));
	w->slots = kqt_array_new((size_t)1 << w->slot_bits, sizeof(*w->slots));
	if (!w->nodes || !w->slots) {
		kqt_mmc_work_free(w);
		return NULL;
	}
	return w;
}

void kqt_mmc_work_free(struct kqt_mmc_work *w)
{
	if (!w)
		return;
	free(w->nodes);
	free(w->slots);
	free(w);
}

static void clear(struct kqt_mmc_work *w)
{
	memset(w->slots, 0, sizeof(*w->slots) << w->slot_bits);
	memset(w->nodes, 0, ROOTS * sizeof(*w->nodes));
	memset(w->pairs, 0, sizeof(w->pairs));
	memset(w->second, 0, sizeof(w->second));
	w->n_nodes = ROOTS;
}

static inline uint64_t *slot_of(struct kqt_mmc_work *w, uint64_t key)
{
	size_t mask = ((size_t)1 << w->slot_bits) - 1;
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - w->slot_bits));

	while (w->slots[at] && w->slots[at] >> INDEX_BITS != key)
		at = (at + 1) & mask;
	return &w->slots[at];
}

static inline uint32_t new_node(struct kqt_mmc_work *w, uint32_t parent, uint8_t y)
{
	struct node *p = &w->nodes[parent];
	uint32_t at = w->n_nodes++;

	w->nodes[at] = (struct node){.count = 1};
	if (parent < ROOTS) {
		w->second[parent << 8 | y] = at;
	} else if (p->best_count == 0) {
		p->first_child = at;
		p->first = y;
	} else {
		uint64_t key = (uint64_t)parent << 8 | y;

		*slot_of(w, key) = key << INDEX_BITS | at;
	}
	return at;
}

static inline uint32_t find(struct kqt_mmc_work *w, uint32_t parent, uint8_t y)
{
	const struct node *p = &w->nodes[parent];

	if (parent < ROOTS)
		return w->second[parent << 8 | y];
	if (p->best_count == 0)
		return NONE;
	if (p->first == y)
		return p->first_child;
	return (uint32_t)(*slot_of(w, (uint64_t)parent << 8 | y) & ((1u << INDEX_BITS) - 1));
}

/* The pair (parent, y) of a level was seen. @return its node, NONE if refused. */
static inline uint32_t see(struct kqt_mmc_work *w, unsigned level, uint32_t parent, uint8_t y)
{
	uint32_t child = find(w, parent, y), count;
	struct node *p = &w->nodes[parent];

	if (child != NONE) {
		count = ++w->nodes[child].count;
	} else {
		if (w->pairs[level] >= PAIRS_MAX)
			return NONE;
		w->pairs[level]++;
		child = new_node(w, parent, y);
		count = 1;
	}
	if (count > p->best_count || (count == p->best_count && y > p->best)) {
		p->best_count = count;
		p->best = y;
	}
	return child;
}

/* One step: what the predictors say of y (from i = 2 on), and what they learn.
 * at[d]: node of the last d + 1 symbols; -1 = not in the trie. */
static inline void step(struct kqt_mmc_work *w, int64_t at[LEVELS], unsigned levels, uint8_t y,
                        unsigned t, uint64_t *right, uint64_t *valid)
{
	bool found = true;
	int64_t before = y; /* the root of y becomes the shortest context */

	for (unsigned d = 0; d < levels; d++) {
		int64_t here = at[d], child = -1;

		if (here >= 0) {
			const struct node *p = &w->nodes[here];
			uint32_t c;

			found = found && p->best_count != 0;
			if (found) {
				valid[d] |= UINT64_C(1) << t;
				right[d] |= (uint64_t)(p->best == y) << t;
			}
			c = see(w, d, (uint32_t)here, y);
			child = c == NONE ? -1 : (int64_t)c;
		} else {
			found = false;
		}
		at[d] = before;
		before = child;
	}
	if (levels < LEVELS)
		at[levels] = before;
}

int kqt_mmc_symbols(const struct kqt_est_data *d, struct kqt_mmc_work *w, double *bits_out)
{
	const uint8_t *s = d->symbols;
	struct kqt_board b = {.n = LEVELS};
	int64_t at[LEVELS];
	uint64_t unused[LEVELS] = {0};

	clear(w);
	at[0] = s[0];
	step(w, at, 1, s[1], 0, unused, unused); /* learned, not predicted */
	for (size_t i0 = 2; i0 < d->n; i0 += 64) {
		unsigned steps = d->n - i0 < 64 ? (unsigned)(d->n - i0) : 64;
		uint64_t right[LEVELS] = {0}, valid[LEVELS] = {0};

		for (unsigned t = 0; t < steps; t++) {
			size_t i = i0 + t;

			step(w, at, i < LEVELS ? (unsigned)i : LEVELS, s[i], t, right, valid);
		}
		kqt_board_feed(&b, right, valid, steps);
		if ((i0 & KQT_POLL_MASK) == 2 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	*bits_out = kqt_predict_bits(b.run.correct, d->n - 2, b.run.longest, d->k);
	return 0;
}

int kqt_est_multi_mmc(const struct kqt_est_data *d, struct kqt_est_work *w, double *bits_out)
{
	if (d->n < 4)
		return -KQT_E_TOO_FEW;
	return d->k == 2 ? kqt_mmc_bitwise(d, w->mmc_bits, bits_out)
	                 : kqt_mmc_symbols(d, w->mmc, bits_out);
}
