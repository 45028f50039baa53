/* SPDX-License-Identifier: MIT */
/* Coarse bins: which one a latency is in, and those of a column, packed and read. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tui/live/history_priv.h"

#define FIRST_DECADE 1 /* bin 0 begins at 10^1 ns */

unsigned kqt_bin_of_ns(uint64_t ns)
{
	/* the small addend: log10 of a bin's own edge must not fall below it */
	double x = ns ? (log10((double)ns) - FIRST_DECADE) * KQT_BINS_PER_DECADE + 1e-9 : 0;

	if (x < 0)
		return 0;
	return x >= KQT_BINS ? KQT_BINS - 1 : (unsigned)x;
}

uint64_t kqt_bin_lowest_ns(unsigned bin)
{
	return (uint64_t)llround(pow(10, FIRST_DECADE + (double)bin / KQT_BINS_PER_DECADE));
}

/* -- packing -------------------------------------------------------------- */

static uint32_t put_count(uint8_t *to, uint64_t n)
{
	uint32_t len = 0;

	for (; n > 0x7f; n >>= 7)
		to[len++] = (uint8_t)(n | 0x80);
	to[len++] = (uint8_t)n;
	return len;
}

static const uint8_t *get_count(const uint8_t *from, uint64_t *n)
{
	unsigned shift = 0;

	for (*n = 0; *from & 0x80; shift += 7)
		*n |= (uint64_t)(*from++ & 0x7f) << shift;
	*n |= (uint64_t)*from << shift;
	return from + 1;
}

#define COUNT_BYTES 10 /* of the largest */
#define PACKED_MAX (KQT_SERIES_COUNT * (1 + KQT_BINS * COUNT_BYTES))

int kqt_column_pack(struct kqt_column *c, const uint64_t bins[KQT_SERIES_COUNT][KQT_BINS])
{
	uint8_t bytes[PACKED_MAX];
	uint32_t len = 0;

	for (int s = 0; s < KQT_SERIES_COUNT; s++) {
		unsigned lo = 0, hi = KQT_BINS;

		c->at[s] = len;
		while (lo < KQT_BINS && bins[s][lo] == 0)
			lo++;
		if (lo == KQT_BINS)
			continue;
		while (bins[s][hi - 1] == 0)
			hi--;
		bytes[len++] = (uint8_t)lo;
		for (; lo < hi; lo++)
			len += put_count(bytes + len, bins[s][lo]);
	}
	c->at[KQT_SERIES_COUNT] = len;
	c->packed = malloc(len ? len : 1);
	if (!c->packed)
		return -ENOMEM;
	memcpy(c->packed, bytes, len);
	return 0;
}

void kqt_column_add_series(const struct kqt_column *c, unsigned s, uint64_t out[KQT_BINS])
{
	const uint8_t *p, *end;
	unsigned b;
	uint64_t n;

	if (c->loose) {
		for (b = 0; b < KQT_BINS; b++)
			out[b] += c->loose[s][b];
		return;
	}
	if (!c->packed || c->at[s] == c->at[s + 1])
		return;
	p = c->packed + c->at[s];
	end = c->packed + c->at[s + 1];
	for (b = *p++; p < end; b++) {
		p = get_count(p, &n);
		out[b] += n;
	}
}

/* -- reading -------------------------------------------------------------- */

static unsigned first_series(enum kqt_latency kind)
{
	if (kind == KQT_LATENCY_NOTIFICATION)
		return KQT_SERIES_NOTIFICATION;
	return kind == KQT_LATENCY_RESPONSE ? KQT_SERIES_RESPONSE : KQT_SERIES_WAIT;
}

/* The series [*from, *end) that make up a kind and filter. */
static void series_of(enum kqt_latency kind, unsigned filter, unsigned *from, unsigned *end)
{
	*from = first_series(kind);
	*end = *from + KQT_FILTERS;
	if (filter < KQT_FILTERS) {
		*from += filter;
		*end = *from + 1;
	} else if (kind == KQT_LATENCY_WAIT) { /* a wake of two filters counts once */
		*from = KQT_SERIES_WAKE;
		*end = KQT_SERIES_TIMEOUT + 1;
	}
}

void kqt_column_bins(const struct kqt_column *c, enum kqt_latency kind, unsigned filter,
                     uint64_t out[KQT_BINS])
{
	unsigned from, end;

	series_of(kind, filter, &from, &end);
	for (unsigned s = from; s < end; s++)
		kqt_column_add_series(c, s, out);
}

uint64_t kqt_column_max_ns(const struct kqt_column *c, enum kqt_latency kind, unsigned filter)
{
	unsigned from, end;
	uint64_t most = 0;

	series_of(kind, filter, &from, &end);
	for (unsigned s = from; s < end; s++)
		most = c->max_ns[s] > most ? c->max_ns[s] : most;
	return most;
}
