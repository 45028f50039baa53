/* SPDX-License-Identifier: MIT */
/* Repeated strings by a suffix array (see tuples.h): places sorted by what follows
 * them, with the number of symbols that neighbours share (LCP).
 *
 *  1. Suffix array by induced sorting: Nong, Zhang, Chan, "Two efficient algorithms for
 *     linear time suffix array construction", IEEE Trans. Computers 60 (2011).
 *  2. LCP by way of text order: Karkkainen, Manzini, Puglisi, "Permuted
 *     longest-common-prefix array", CPM 2009.
 *  3. A run of neighbours that share `l` symbols or more, between a smaller value on
 *     each side, is one string of length l and its occurrences; a stack of places where
 *     the value rose finds them all.
 *
 * Three arrays of n numbers: a is the suffix array, then LCP; b is the text-order LCP,
 * then the stack; c is room for sorting, then what is summed for each length. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/entropy/est_priv.h"
#include "engine/entropy/tuples.h"

#define NONE UINT32_MAX

/** A text to sort: symbols are bytes at first, names of substrings further down. */
struct text {
	const uint8_t *bytes;
	const uint32_t *names; /* used if named */
	bool named;
	size_t n;
	uint32_t k;
	uint64_t *s_type; /* bit i: suffix i is smaller than suffix i + 1 */
	const struct kqt_est_data *d;
};

static inline uint32_t at(const struct text *t, size_t i)
{
	return t->named ? t->names[i] : t->bytes[i];
}

static inline bool is_s(const struct text *t, size_t i)
{
	return t->s_type[i / 64] >> (i % 64) & 1;
}

/* Leftmost of a run of S: a place that is S after one that is not. */
static inline bool is_lms(const struct text *t, size_t i)
{
	return i > 0 && is_s(t, i) && !is_s(t, i - 1);
}

static inline bool stop(const struct text *t, size_t i)
{
	return (i & KQT_POLL_MASK) == 0 && kqt_est_stop(t->d);
}

/* The end counts as a symbol smaller than all: the last suffix is L. */
static int find_types(struct text *t)
{
	bool s = false;

	memset(t->s_type, 0, (t->n / 64 + 1) * sizeof(*t->s_type));
	for (size_t i = t->n - 1; i-- > 0;) {
		uint32_t x = at(t, i), y = at(t, i + 1);

		s = x < y || (x == y && s);
		t->s_type[i / 64] |= (uint64_t)s << (i % 64);
		if (stop(t, i))
			return -KQT_E_STOPPED;
	}
	return 0;
}

/* Where each symbol's suffixes begin, or end. */
static int find_buckets(const struct text *t, uint32_t *bucket, bool ends)
{
	uint32_t sum = 0;

	memset(bucket, 0, t->k * sizeof(*bucket));
	for (size_t i = 0; i < t->n; i++) {
		bucket[at(t, i)]++;
		if (stop(t, i))
			return -KQT_E_STOPPED;
	}
	for (uint32_t x = 0; x < t->k; x++) {
		uint32_t count = bucket[x];

		bucket[x] = ends ? sum + count : sum;
		sum += count;
	}
	return 0;
}

static int induce(const struct text *t, uint32_t *sa, uint32_t *bucket)
{
	if (find_buckets(t, bucket, false) < 0)
		return -KQT_E_STOPPED;
	sa[bucket[at(t, t->n - 1)]++] = (uint32_t)(t->n - 1); /* before the end comes the last */
	for (size_t i = 0; i < t->n; i++) {
		uint32_t j = sa[i];

		if (j != NONE && j > 0 && !is_s(t, j - 1))
			sa[bucket[at(t, j - 1)]++] = j - 1;
		if (stop(t, i))
			return -KQT_E_STOPPED;
	}
	if (find_buckets(t, bucket, true) < 0)
		return -KQT_E_STOPPED;
	for (size_t i = t->n; i-- > 0;) {
		uint32_t j = sa[i];

		if (j != NONE && j > 0 && is_s(t, j - 1))
			sa[--bucket[at(t, j - 1)]] = j - 1;
		if (stop(t, i))
			return -KQT_E_STOPPED;
	}
	return 0;
}

/* Are the substrings from these LMS places to the next ones equal? */
static bool equal_lms(const struct text *t, size_t a, size_t b)
{
	for (size_t i = 0;; i++) {
		bool end_a, end_b;

		if (a + i == t->n || b + i == t->n || at(t, a + i) != at(t, b + i))
			return false;
		end_a = i > 0 && is_lms(t, a + i);
		end_b = i > 0 && is_lms(t, b + i);
		if (end_a || end_b)
			return end_a && end_b;
	}
}

/* sa: the sorted LMS substrings first. Gives each a name, the names in text order at
 * the end of sa. @return 0 and how many names, -KQT_E_STOPPED. */
static int name_lms(const struct text *t, uint32_t *sa, size_t n_lms, uint32_t *names_out)
{
	uint32_t names = 0, last = NONE;
	size_t out = t->n;

	for (size_t i = n_lms; i < t->n; i++)
		sa[i] = NONE;
	for (size_t i = 0; i < n_lms; i++) {
		uint32_t place = sa[i];

		if (last == NONE || !equal_lms(t, last, place))
			names++;
		last = place;
		/* LMS places are two apart at least: half the room is enough */
		sa[n_lms + place / 2] = names - 1;
		if (stop(t, i))
			return -KQT_E_STOPPED;
	}
	for (size_t i = t->n; i-- > n_lms;)
		if (sa[i] != NONE)
			sa[--out] = sa[i];
	*names_out = names;
	return 0;
}

/* @bucket: room for t->k numbers and all levels below; @types: likewise, in words. */
static int sort_suffixes(struct text *t, uint32_t *sa, uint32_t *bucket, uint64_t *types);

/* sa: names at its end; gives the order of LMS suffixes at its beginning. */
static int sort_names(const struct text *t, uint32_t *sa, size_t n_lms, uint32_t names,
                      uint32_t *bucket, uint64_t *types)
{
	uint32_t *text = sa + t->n - n_lms;
	struct text next = {.names = text, .named = true, .n = n_lms, .k = names, .d = t->d};
	size_t j = n_lms;

	if (names < n_lms) {
		int rc = sort_suffixes(&next, sa, bucket + t->k, types + t->n / 64 + 1);

		if (rc < 0)
			return rc;
	} else {
		for (size_t i = 0; i < n_lms; i++)
			sa[text[i]] = (uint32_t)i;
	}
	for (size_t i = t->n; i-- > 1;) { /* from numbers of LMS places to places */
		if (is_lms(t, i))
			text[--j] = (uint32_t)i;
		if (stop(t, i))
			return -KQT_E_STOPPED;
	}
	for (size_t i = 0; i < n_lms; i++)
		sa[i] = text[sa[i]];
	return 0;
}

/* Put the LMS places, in text order or sorted, to the ends of their buckets. */
static int place_unsorted(const struct text *t, uint32_t *sa, uint32_t *bucket, size_t *n_out)
{
	size_t n_lms = 0;

	if (find_buckets(t, bucket, true) < 0)
		return -KQT_E_STOPPED;
	for (size_t i = 0; i < t->n; i++)
		sa[i] = NONE;
	for (size_t i = t->n; i-- > 1;) {
		if (is_lms(t, i)) {
			sa[--bucket[at(t, i)]] = (uint32_t)i;
			n_lms++;
		}
		if (stop(t, i))
			return -KQT_E_STOPPED;
	}
	*n_out = n_lms;
	return 0;
}

static int place_sorted(const struct text *t, uint32_t *sa, size_t n_lms, uint32_t *bucket)
{
	if (find_buckets(t, bucket, true) < 0)
		return -KQT_E_STOPPED;
	for (size_t i = n_lms; i < t->n; i++)
		sa[i] = NONE;
	for (size_t i = n_lms; i-- > 0;) {
		uint32_t place = sa[i];

		sa[i] = NONE;
		sa[--bucket[at(t, place)]] = place;
		if (stop(t, i))
			return -KQT_E_STOPPED;
	}
	return 0;
}

static int sort_suffixes(struct text *t, uint32_t *sa, uint32_t *bucket, uint64_t *types)
{
	size_t n_lms = 0, found = 0;
	uint32_t names = 0;

	t->s_type = types;
	if (find_types(t) < 0 || place_unsorted(t, sa, bucket, &n_lms) < 0 ||
	    induce(t, sa, bucket) < 0)
		return -KQT_E_STOPPED;
	for (size_t i = 0; i < t->n; i++)
		if (is_lms(t, sa[i]))
			sa[found++] = sa[i];
	if (n_lms > 1) {
		if (name_lms(t, sa, n_lms, &names) < 0 ||
		    sort_names(t, sa, n_lms, names, bucket, types) < 0)
			return -KQT_E_STOPPED;
	}
	if (place_sorted(t, sa, n_lms, bucket) < 0)
		return -KQT_E_STOPPED;
	return induce(t, sa, bucket);
}

/* -- LCP -------------------------------------------------------------------- */

/* sa becomes LCP: lcp[i] of suffixes i - 1 and i; lcp[0] = 0. */
static int shared_lengths(const struct kqt_est_data *d, uint32_t *sa, uint32_t *plcp)
{
	const uint8_t *s = d->symbols;
	size_t shared = 0, n = d->n;

	plcp[sa[0]] = NONE;
	for (size_t i = 1; i < n; i++) {
		plcp[sa[i]] = sa[i - 1];
		if ((i & KQT_POLL_MASK) == 0 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	for (size_t i = 0; i < n; i++) {
		size_t before = plcp[i], most;

		if ((i & KQT_POLL_MASK) == 0 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
		if (before == NONE) {
			plcp[i] = 0;
			shared = 0;
			continue;
		}
		most = n - (i > before ? i : before);
		while (shared + 8 <= most) {
			uint64_t x = kqt_load_le(s + i + shared) ^ kqt_load_le(s + before + shared);

			if (x) {
				most = shared + (unsigned)__builtin_ctzll(x) / 8;
				break;
			}
			shared += 8;
		}
		while (shared < most && s[i + shared] == s[before + shared])
			shared++;
		plcp[i] = (uint32_t)shared;
		shared -= shared > 0;
	}
	for (size_t i = 0; i < n; i++) {
		sa[i] = plcp[sa[i]];
		if ((i & KQT_POLL_MASK) == 0 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	return 0;
}

/* -- intervals --------------------------------------------------------------- */

/* Each string's interval, from the longest within to those around it:
 *   most != NULL:  most[length] = its occurrences, if that is larger
 *   pairs != NULL: its pairs of occurrences are added for lengths from its parent's + 1
 *                  to its own, as a difference; modulo 2^32, as sums below are. */
static int intervals(const struct kqt_est_data *d, const uint32_t *lcp, uint32_t *stack,
                     uint32_t *most, uint32_t *pairs)
{
	size_t top = 0, n = d->n;

	/* stack: where the value rose, above the last place where it was 0; an interval
	 * begins at the place below its own */
	stack[0] = 0;
	for (size_t i = 1; i <= n; i++) {
		uint32_t now = i < n ? lcp[i] : 0;

		while (top > 0 && lcp[stack[top]] >= now) {
			uint32_t length = lcp[stack[top--]];
			uint32_t count = (uint32_t)i - stack[top];
			uint32_t around = top ? lcp[stack[top]] : 0;

			around = now > around ? now : around;
			if (length == around)
				continue; /* goes on in the next one */
			if (most && count > most[length])
				most[length] = count;
			if (pairs) {
				uint32_t c2 = (uint32_t)((uint64_t)count * (count - 1) / 2);

				pairs[length] += c2;
				pairs[around] -= c2;
			}
		}
		stack[now > 0 ? ++top : 0] = (uint32_t)i;
		if ((i & KQT_POLL_MASK) == 0 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	return 0;
}

static size_t longest_of(const uint32_t *lcp, size_t n)
{
	uint32_t longest = 0;

	for (size_t i = 0; i < n; i++)
		longest = lcp[i] > longest ? lcp[i] : longest;
	return longest;
}

int kqt_tuples_by_suffix_array(const struct kqt_est_data *d, struct kqt_tuple_work *w)
{
	struct text t = {.bytes = d->symbols, .n = d->n, .k = d->k, .d = d};
	struct kqt_tuple_sum sum = {.n = (double)d->n, .log_p = -INFINITY}, lrs = sum;
	size_t longest, u = 1;
	int rc;

	/* names are fewer than n / 2, the names of names fewer than n / 4: c has room for
	 * the buckets of all levels; types, n / 64 words and half and so on, fit b */
	rc = sort_suffixes(&t, w->a, w->c, (uint64_t *)(void *)w->b);
	if (rc == 0)
		rc = shared_lengths(d, w->a, w->b);
	if (rc < 0)
		return rc;
	longest = longest_of(w->a, d->n);
	memset(w->c, 0, (longest + 2) * sizeof(*w->c));
	if (intervals(d, w->a, w->b, w->c, NULL) < 0)
		return -KQT_E_STOPPED;
	for (size_t i = longest; i > 1; i--)
		w->c[i - 1] = w->c[i - 1] < w->c[i] ? w->c[i] : w->c[i - 1];
	for (; u <= longest && w->c[u] >= KQT_TUPLE_MIN; u++) {
		if (u == longest || w->c[u + 1] != w->c[u])
			kqt_tuple_add_most(&sum, u, w->c[u]);
		if ((u & KQT_POLL_MASK) == 0 && kqt_est_stop(d))
			return -KQT_E_STOPPED;
	}
	memset(w->c, 0, (longest + 2) * sizeof(*w->c));
	if (intervals(d, w->a, w->b, NULL, w->c) < 0)
		return -KQT_E_STOPPED;
	for (size_t i = longest; i >= u && i > 0; i--) {
		/* strings of this length occur 34 times at most: sums stay below 2^32 */
		w->c[i] += w->c[i + 1];
		if (w->c[i] != w->c[i + 1])
			kqt_tuple_add_pairs(&lrs, i, w->c[i]);
	}
	w->log_t = sum.log_p;
	w->log_lrs = lrs.log_p;
	return 0;
}
