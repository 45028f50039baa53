/* SPDX-License-Identifier: MIT */
/* Repeated strings by parting places (see tuples.h).
 *
 *   all places --first symbols--> parts --next symbols--> ... --> small parts
 *
 * A part is the places of one string of some length, its depth. Parting it by the next
 * few symbols counts all strings that continue it by one symbol, two symbols, and so
 * on: the histogram over all of them, folded. In a part of few places all
 * pairs are compared; pairs[] then gets one at the length they share, and a pair counts
 * for all shorter lengths down to the part's depth: a sum from behind at the end.
 * Strings that occur 35 times are never within a small part, so most[] is exact where
 * it matters. Places near the end of the data belong to no string that would go past
 * it: they leave a part early (struct ended). */
#include "engine/entropy/tuples.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/entropy/est_priv.h"

#define SMALL_BITS 12 /* all below KQT_TUPLE_MIN */
#define SMALL_SYMBOLS 32
#define DIGIT_MAX 11 /* bits by which a part is parted at once */
/* Deeper than this (in bits) with many places: the other way is better. It
 * also bounds the recursion: 512 levels of less than 200 bytes. */
#define DEPTH_MAX 4096
#define ROOM ((size_t)2 << DIGIT_MAX) /* two histograms, and what short inputs need in all */
#define BUDGET 14                     /* places looked at, for each symbol */

struct parting {
	const struct kqt_est_data *d;
	struct kqt_tuple_work *w;
	unsigned small; /* places of a part whose pairs are compared */
	unsigned unit;  /* bits a symbol in 64-bit keys: 1 or 8 */
	unsigned shift; /* its log2: 0 or 3 */
	size_t longest;
	size_t used; /* of w->c: ends of the parts around this one */
	int rc;
};

enum { SPENT = 1 };

struct kqt_tuple_work *kqt_tuple_work_new(size_t n_max, size_t *bytes)
{
	struct kqt_tuple_work *w = kqt_array_new(1, sizeof(*w));

	if (!w)
		return NULL;
	w->n_max = n_max;
	*bytes += sizeof(*w) + 3 * (n_max + ROOM) * sizeof(*w->a) +
	          (KQT_TUPLE_DENSE + 2) * (sizeof(*w->most) + sizeof(*w->pairs));
	w->a = kqt_array_new(n_max + ROOM, sizeof(*w->a));
	w->b = kqt_array_new(n_max + ROOM, sizeof(*w->b));
	w->c = kqt_array_new(n_max + ROOM, sizeof(*w->c));
	w->most = kqt_array_new(KQT_TUPLE_DENSE + 2, sizeof(*w->most));
	w->pairs = kqt_array_new(KQT_TUPLE_DENSE + 2, sizeof(*w->pairs));
	if (!w->a || !w->b || !w->c || !w->most || !w->pairs) {
		kqt_tuple_work_free(w);
		return NULL;
	}
	return w;
}

void kqt_tuple_work_free(struct kqt_tuple_work *w)
{
	if (!w)
		return;
	free(w->a);
	free(w->b);
	free(w->c);
	free(w->most);
	free(w->pairs);
	free(w);
}

/* -- the two estimates' P --------------------------------------------------- */

void kqt_tuple_add_most(struct kqt_tuple_sum *s, size_t length, double most)
{
	double i = (double)length, log_p = log(most / (s->n - i + 1)) / i;

	s->log_p = fmax(s->log_p, log_p);
}

void kqt_tuple_add_pairs(struct kqt_tuple_sum *s, size_t length, double pairs)
{
	double i = (double)length, places = s->n - i + 1;
	double log_p = log(pairs / (places * (places - 1) / 2)) / i;

	s->log_p = fmax(s->log_p, log_p);
}

/* -- keys ------------------------------------------------------------------- */

/* The 64 bits from `depth` symbols after a place on; zeros past the end. */
KQT_INLINE uint64_t key_at(const struct parting *p, size_t place, size_t depth)
{
	size_t at = place + depth;
	uint64_t key = 0;

	if (at >= p->d->n)
		return 0;
	if (p->unit == 1)
		return kqt_msb64(p->d->msb, at);
	if (at + 8 <= p->d->n)
		return kqt_load_be(p->d->symbols + at);
	for (size_t i = at; i < p->d->n; i++)
		key |= (uint64_t)p->d->symbols[i] << (56 - 8 * (i - at));
	return key;
}

/* -- small parts: all pairs -------------------------------------------------- */

/* Symbols that two places share, which share `depth` and then differ at `differ`
 * bits' distance or, if that is 64, later. */
static size_t shared_by(struct parting *p, size_t a, size_t b, size_t depth, uint64_t differ)
{
	size_t end = p->d->n - (a > b ? a : b), shared = depth;

	while (!differ && shared < end) {
		shared += 64u >> p->shift;
		if (shared > KQT_TUPLE_DENSE || ++p->w->work > p->w->limit) {
			p->rc = SPENT;
			return depth;
		}
		differ = key_at(p, a, shared) ^ key_at(p, b, shared);
	}
	if (differ)
		shared += (unsigned)__builtin_clzll(differ) >> p->shift;
	return shared < end ? shared : end;
}

/* A pair of which one place is near the end of the data, or that shares all of its
 * keys. @return whether to go on. */
static bool slow_pair(struct parting *p, size_t a, size_t b, size_t depth, uint64_t differ)
{
	size_t shared = shared_by(p, a, b, depth, differ);

	if (shared > KQT_TUPLE_DENSE)
		p->rc = SPENT;
	if (p->rc)
		return false;
	p->w->pairs[shared]++;
	p->longest = shared > p->longest ? shared : p->longest;
	return true;
}

static void all_pairs(struct parting *p, const uint32_t *places, size_t n, size_t depth)
{
	uint64_t keys[SMALL_SYMBOLS], *pairs = p->w->pairs + depth, closest = UINT64_MAX;
	bool near_end = false;

	for (size_t i = 0; i < n; i++) {
		keys[i] = key_at(p, places[i], depth);
		near_end = near_end || places[i] + depth + 64 > p->d->n;
	}
	p->w->work += n;
	pairs[0] -= n * (n - 1) / 2;
	for (size_t i = 1; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			uint64_t differ = keys[i] ^ keys[j];

			if (KQT_LIKELY(differ && !near_end)) {
				closest = differ < closest ? differ : closest;
				pairs[(unsigned)__builtin_clzll(differ) >> p->shift]++;
			} else if (!slow_pair(p, places[i], places[j], depth, differ)) {
				return;
			}
		}
	}
	if (closest != UINT64_MAX) {
		size_t shared = depth + ((unsigned)__builtin_clzll(closest) >> p->shift);

		p->longest = shared > p->longest ? shared : p->longest;
	}
}

/* -- large parts -------------------------------------------------------------- */

/* Places at which less than a digit is left of the data: at most DIGIT_MAX. */
struct ended {
	uint32_t digit[DIGIT_MAX];
	unsigned left[DIGIT_MAX]; /* symbols */
	unsigned n;
};

/* Strings of one length, from the histogram of their continuations. */
static void note(struct parting *p, size_t length, const uint32_t *counts, size_t n)
{
	struct kqt_tuple_work *w = p->w;
	uint32_t most = w->most[length];
	uint64_t pairs = 0;

	for (size_t x = 0; x < n; x++) {
		most = counts[x] > most ? counts[x] : most;
		pairs += (uint64_t)counts[x] * (counts[x] - (counts[x] != 0)) / 2;
	}
	w->most[length] = most;
	/* here only; pairs[] is summed from behind */
	w->pairs[length] += pairs;
	w->pairs[length - 1] -= pairs;
	if (pairs && length > p->longest)
		p->longest = length;
}

/* counts: of the digits of a part at this depth; folded in place, length by length. */
static void fold(struct parting *p, size_t depth, unsigned digit_bits, uint32_t *counts,
                 const struct ended *ended)
{
	note(p, depth + (digit_bits >> p->shift), counts, (size_t)1 << digit_bits);
	if (p->unit != 1)
		return;
	for (unsigned bits = digit_bits - 1; bits > 0; bits--) {
		for (size_t x = 0; x < (size_t)1 << bits; x++)
			counts[x] = counts[2 * x] + counts[2 * x + 1];
		for (unsigned e = 0; e < ended->n; e++)
			if (ended->left[e] == bits)
				counts[ended->digit[e] >> (digit_bits - bits)]++;
		note(p, depth + bits, counts, (size_t)1 << bits);
	}
}

static unsigned digit_for(const struct parting *p, size_t n)
{
	unsigned bits = n > 1 ? 63 - (unsigned)__builtin_clzll(n) : 1;

	if (p->unit == 8)
		return 8;
	bits = bits > 3 ? bits - 2 : 2;
	return bits < DIGIT_MAX ? bits : DIGIT_MAX;
}

/* Count digits into counts[]; places that end within their digit go to *ended. */
static void count_digits(struct parting *p, const uint32_t *places, size_t n, size_t depth,
                         unsigned digit_bits, uint32_t *counts, struct ended *ended)
{
	unsigned symbols = (digit_bits >> p->shift);

	memset(counts, 0, sizeof(*counts) << digit_bits);
	for (size_t i = 0; i < n; i++) {
		size_t place = places[i], end = place + depth;
		uint32_t digit = (uint32_t)(key_at(p, place, depth) >> (64 - digit_bits));

		if (end + symbols <= p->d->n) {
			counts[digit]++;
		} else if (end < p->d->n) {
			ended->digit[ended->n] = digit;
			ended->left[ended->n++] = (unsigned)(p->d->n - end);
		}
		if ((i & KQT_POLL_MASK) == KQT_POLL_MASK && kqt_est_stop(p->d)) {
			p->rc = -KQT_E_STOPPED;
			return;
		}
	}
}

static void part(struct parting *p, uint32_t *from, uint32_t *to, size_t n, size_t depth);

/* Write the places to `to`, digit by digit. `at` becomes the end of each digit's. */
static void scatter(struct parting *p, const uint32_t *from, uint32_t *to, size_t n, size_t depth,
                    unsigned digit_bits, uint32_t *at)
{
	unsigned symbols = (digit_bits >> p->shift);

	for (size_t i = 0; i < n; i++) {
		size_t place = from[i];

		if ((i & KQT_POLL_MASK) == KQT_POLL_MASK && kqt_est_stop(p->d)) {
			p->rc = -KQT_E_STOPPED;
			return;
		}
		if (place + depth + symbols > p->d->n)
			continue;
		to[at[key_at(p, place, depth) >> (64 - digit_bits)]++] = (uint32_t)place;
	}
}

/* What is parted further: the places of each digit, up to its end in `list`. The part's
 * own list is not needed any more, so that its room is the room to part into. */
static void descend(struct parting *p, uint32_t *room, uint32_t *list, const uint32_t *ends,
                    unsigned digit_bits, size_t depth)
{
	uint32_t begin = 0;

	for (size_t x = 0; x < (size_t)1 << digit_bits && !p->rc; x++) {
		uint32_t end = ends[x];

		if (end - begin > p->small)
			part(p, list + begin, room + begin, end - begin, depth);
		else if (end - begin > 1)
			all_pairs(p, list + begin, end - begin, depth);
		begin = end;
	}
}

static void part(struct parting *p, uint32_t *from, uint32_t *to, size_t n, size_t depth)
{
	struct ended ended = {.n = 0};
	unsigned digit_bits = digit_for(p, n);
	uint32_t size = 1u << digit_bits, sum = 0;
	uint32_t *ends = p->w->c + p->used, *counts = ends + size;

	p->w->work += n;
	if (p->w->work > p->w->limit || depth * p->unit > DEPTH_MAX ||
	    p->used + (size_t)2 * size > p->w->n_max + ROOM) {
		p->rc = SPENT;
		return;
	}
	if (kqt_est_stop(p->d))
		p->rc = -KQT_E_STOPPED;
	if (!p->rc)
		count_digits(p, from, n, depth, digit_bits, counts, &ended);
	if (p->rc)
		return;
	for (uint32_t x = 0; x < size; x++) {
		ends[x] = sum;
		sum += counts[x];
	}
	fold(p, depth, digit_bits, counts, &ended);
	scatter(p, from, to, n, depth, digit_bits, ends);
	if (p->rc)
		return;
	p->used += size;
	descend(p, from, to, ends, digit_bits, depth + (digit_bits >> p->shift));
	p->used -= size;
}

/* -- the estimates ------------------------------------------------------------ */

static void conclude(struct parting *p)
{
	struct kqt_tuple_work *w = p->w;
	struct kqt_tuple_sum t = {.n = (double)p->d->n, .log_p = -INFINITY}, lrs = t;
	size_t u = 1;

	for (size_t i = p->longest; i > 0; i--)
		w->pairs[i - 1] += w->pairs[i];
	/* where the next longer is as common, only that one can be the largest */
	for (; u <= p->longest && w->most[u] >= KQT_TUPLE_MIN; u++)
		if (u == p->longest || w->most[u + 1] != w->most[u])
			kqt_tuple_add_most(&t, u, w->most[u]);
	for (size_t i = u; i <= p->longest; i++)
		if (i == p->longest || w->pairs[i + 1] != w->pairs[i])
			kqt_tuple_add_pairs(&lrs, i, (double)w->pairs[i]);
	w->log_t = t.log_p;
	w->log_lrs = lrs.log_p;
}

static int by_parts(const struct kqt_est_data *d, struct kqt_tuple_work *w)
{
	struct parting p = {.d = d, .w = w, .unit = d->k == 2 ? 1 : 8, .shift = d->k == 2 ? 0 : 3};

	p.small = d->k == 2 ? SMALL_BITS : SMALL_SYMBOLS;
	memset(w->most, 0, (KQT_TUPLE_DENSE + 2) * sizeof(*w->most));
	memset(w->pairs, 0, (KQT_TUPLE_DENSE + 2) * sizeof(*w->pairs));
	w->work = 0;
	w->limit = BUDGET * (uint64_t)d->n + 4096;
	for (size_t i = 0; i < d->n; i++)
		w->a[i] = (uint32_t)i;
	if (d->n > 1)
		part(&p, w->a, w->b, d->n, 0);
	if (p.rc == 0)
		conclude(&p);
	return p.rc;
}

int kqt_tuples_count(const struct kqt_est_data *d, struct kqt_tuple_work *w)
{
	int rc;

	if (w->counted == d->symbols)
		return 0;
	rc = by_parts(d, w);
	if (rc == SPENT)
		rc = kqt_tuples_by_suffix_array(d, w);
	if (rc == 0)
		w->counted = d->symbols;
	return rc;
}
