/* SPDX-License-Identifier: MIT */
/* LZ78Y prediction estimate. SP 800-90B 6.3.10. This file: the estimator, and the way
 * for symbols; bits have est_lz78y_bits.c.
 *
 * A dictionary knows, for up to 65,536 contexts of 1 to 16 symbols, how often each
 * symbol came next. The prediction is the symbol with the largest count over all
 * contexts that end here; of equal counts that of the longest context, then the
 * largest symbol.
 *
 * Only contexts of one symbol are counted here. A longer one never has a larger count
 * for y than the one-symbol context x it ends in, and has an equal one just if all
 * occurrences of (x, y) so far had it before them. So the prediction is the y with the
 * largest count after x; of several such y's the one whose occurrences have the longest
 * context of the dictionary in common with what stands here. For that each pair keeps
 * where it was first seen and how many symbols all its contexts share.
 *
 * The exception: contexts enter longest first, so that the step that fills the
 * dictionary may take in long ones and leave out the one-symbol context they end in.
 * Those few contexts, all ends of one string, are counted as they are (struct chain).
 *
 * O(1) a symbol but for ties; 10 to 20 ns. */
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/entropy/est_predict.h"
#include "engine/entropy/est_work.h"

#define LENGTHS 16
#define CONTEXTS_MAX 65536
#define SLOTS (2 * CONTEXTS_MAX)

/** The last symbols before a position: the latest in the highest bits. */
struct context {
	uint64_t late, early;
};

struct pair {
	struct context first; /* at the first occurrence */
	uint32_t count;
	uint8_t shared; /* symbols that the contexts of all occurrences share, 1 .. 16 */
};

struct chain {
	struct context at;
	unsigned shortest; /* lengths from this one up to 16 are in; 0 = no chain */
	uint32_t count[LENGTHS + 1][256];
};

struct kqt_lz_work {
	struct pair pairs[256][256];
	uint32_t most[256];     /* largest count after a symbol */
	uint16_t n_best[256];   /* how many have it */
	uint8_t best[256][256]; /* which */
	bool known[256];        /* is the one-symbol context in the dictionary? */
	uint32_t n_contexts;
	struct context key[SLOTS];
	uint8_t length[SLOTS]; /* 0 = free */
	struct chain chain;
};

struct kqt_lz_work *kqt_lz_work_new(size_t *bytes)
{
	*bytes += sizeof(struct kqt_lz_work);
	return kqt_array_new(1, sizeof(struct kqt_lz_work));
}

void kqt_lz_work_free(struct kqt_lz_work *w)
{
	free(w);
}

static inline struct context context_at(const uint8_t *s, size_t i)
{
	return (struct context){.late = kqt_load_le(s + i - 8), .early = kqt_load_le(s + i - 16)};
}

static inline struct context last_of(struct context c, unsigned length)
{
	if (length <= 8)
		return (struct context){.late = c.late >> (64 - 8 * length), .early = 0};
	if (length < LENGTHS)
		c.early >>= 64 - 8 * (length - 8);
	return c;
}

/* How many symbols do they share, from the latest on? */
static inline unsigned shared_of(struct context a, struct context b)
{
	uint64_t late = a.late ^ b.late, early = a.early ^ b.early;

	if (late)
		return (unsigned)__builtin_clzll(late) / 8;
	return early ? 8 + (unsigned)__builtin_clzll(early) / 8 : LENGTHS;
}

/* The context's slot, or the free one where it would be. */
static size_t slot_of(const struct kqt_lz_work *w, struct context key, unsigned length)
{
	uint64_t hash = (key.late ^ key.early * UINT64_C(0xff51afd7ed558ccd)) + length;
	size_t at;

	hash = (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	at = (size_t)(hash >> 47); /* 17 bits: SLOTS */
	while (w->length[at] && (w->length[at] != length || w->key[at].late != key.late ||
	                         w->key[at].early != key.early))
		at = (at + 1) & (SLOTS - 1);
	return at;
}

static bool has(const struct kqt_lz_work *w, struct context c, unsigned length)
{
	return w->length[slot_of(w, last_of(c, length), length)] != 0;
}

/* Take in the contexts that end here, longest first, as far as there is room. Until the
 * dictionary is full a context is in only together with its shorter ends. */
static void take_in(struct kqt_lz_work *w, struct context c, uint8_t x)
{
	for (unsigned length = LENGTHS; length > 0; length--) {
		struct context key = last_of(c, length);
		size_t at = slot_of(w, key, length);

		if (w->length[at])
			return;
		if (w->n_contexts == CONTEXTS_MAX) {
			/* the longer ones are in, this one is not */
			if (length < LENGTHS && !w->known[x] && w->chain.shortest == 0) {
				w->chain.shortest = length + 1;
				w->chain.at = c;
			}
			return;
		}
		w->key[at] = key;
		w->length[at] = (uint8_t)length;
		w->n_contexts++;
		if (length == 1)
			w->known[x] = true;
	}
}

static void see_pair(struct kqt_lz_work *w, struct context c, uint8_t x, uint8_t y)
{
	struct pair *p = &w->pairs[x][y];

	if (p->count++ == 0) {
		p->first = c;
		p->shared = LENGTHS;
	} else if (p->shared > 1) {
		unsigned shared = shared_of(c, p->first);

		p->shared = (uint8_t)(shared < p->shared ? shared : p->shared);
	}
	if (p->count > w->most[x]) {
		w->most[x] = p->count;
		w->n_best[x] = 0;
	}
	if (p->count == w->most[x])
		w->best[x][w->n_best[x]++] = y;
}

static void see_chain(struct kqt_lz_work *w, struct context c, uint8_t y)
{
	struct chain *ch = &w->chain;
	unsigned shared = shared_of(c, ch->at);

	for (unsigned length = ch->shortest; length <= shared; length++)
		ch->count[length][y]++;
}

/* Longest context of the dictionary that this pair shares with what stands here. */
static unsigned reach(const struct kqt_lz_work *w, struct context c, const struct pair *p)
{
	unsigned length = shared_of(c, p->first);

	length = length < p->shared ? length : p->shared;
	while (length > 1 && !has(w, c, length))
		length--;
	return length;
}

static int predict_tied(const struct kqt_lz_work *w, struct context c, uint8_t x)
{
	unsigned longest = 0;
	int best = -1;

	for (unsigned m = 0; m < w->n_best[x]; m++) {
		uint8_t y = w->best[x][m];
		unsigned length = reach(w, c, &w->pairs[x][y]);

		if (length > longest || (length == longest && y > best)) {
			longest = length;
			best = y;
		}
	}
	return best;
}

static int predict_chain(const struct kqt_lz_work *w, struct context c)
{
	const struct chain *ch = &w->chain;
	uint32_t most = 0;
	int best = -1;

	for (unsigned length = shared_of(c, ch->at); length >= ch->shortest; length--) {
		uint32_t here = most;

		for (int y = 0; y < 256; y++) {
			uint32_t count = ch->count[length][y];

			/* strictly more than longer contexts, of equals the largest */
			if (count > most && count >= here) {
				here = count;
				best = y;
			}
		}
		most = here;
	}
	return best;
}

/* @return the symbol, -1 = none */
static inline int predict(const struct kqt_lz_work *w, struct context c, uint8_t x)
{
	if (w->known[x])
		return w->n_best[x] == 1 ? w->best[x][0] : predict_tied(w, c, x);
	return w->chain.shortest ? predict_chain(w, c) : -1;
}

static inline void learn(struct kqt_lz_work *w, struct context c, uint8_t x, uint8_t y)
{
	if (w->n_contexts < CONTEXTS_MAX)
		take_in(w, c, x);
	if (w->known[x])
		see_pair(w, c, x, y);
	else if (w->chain.shortest)
		see_chain(w, c, y);
}

int kqt_lz_symbols(const struct kqt_est_data *d, struct kqt_lz_work *w, double *bits_out)
{
	const uint8_t *s = d->symbols;
	struct kqt_run run = {0};

	memset(w, 0, sizeof(*w));
	learn(w, context_at(s, LENGTHS), s[LENGTHS - 1], s[LENGTHS]);
	for (size_t i = LENGTHS + 1; i < d->n; i++) {
		struct context c = context_at(s, i);

		kqt_run_step(&run, predict(w, c, s[i - 1]) == s[i]);
		learn(w, c, s[i - 1], s[i]);
		if ((i & KQT_POLL_MASK) == 0 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	*bits_out = kqt_predict_bits(run.correct, d->n - LENGTHS - 1, run.longest, d->k);
	return 0;
}

int kqt_est_lz78y(const struct kqt_est_data *d, struct kqt_est_work *w, double *bits_out)
{
	if (d->n < LENGTHS + 3)
		return -KQT_E_TOO_FEW;
	return d->k == 2 ? kqt_lz_bitwise(d, w->lz_bits, bits_out)
	                 : kqt_lz_symbols(d, w->lz, bits_out);
}
