/* SPDX-License-Identifier: MIT */
#include "tests/support/est_naive.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* -- a dictionary: strings to counts of what came next ------------------------ */

#define SLOTS (1u << 19)

struct entry {
	const uint8_t *key;
	size_t len;
	uint16_t count[256];
};

struct dictionary {
	struct entry *slots[SLOTS];
	size_t n;
};

static struct entry **slot_of(struct dictionary *d, const uint8_t *key, size_t len)
{
	uint64_t h = 14695981039346656037u + len;
	size_t at;

	for (size_t i = 0; i < len; i++)
		h = (h ^ key[i]) * 1099511628211u;
	for (at = h % SLOTS; d->slots[at]; at = (at + 1) % SLOTS)
		if (d->slots[at]->len == len && memcmp(d->slots[at]->key, key, len) == 0)
			break;
	return &d->slots[at];
}

static struct entry *find(struct dictionary *d, const uint8_t *key, size_t len)
{
	return *slot_of(d, key, len);
}

static struct entry *add(struct dictionary *d, const uint8_t *key, size_t len)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		abort();
	e->key = key;
	e->len = len;
	d->n++;
	return *slot_of(d, key, len) = e;
}

static struct dictionary *dictionary_new(void)
{
	struct dictionary *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	return d;
}

static void dictionary_free(struct dictionary *d)
{
	for (size_t i = 0; i < SLOTS; i++)
		free(d->slots[i]);
	free(d);
}

/* Of equal counts the largest symbol. */
static int commonest(const struct entry *e)
{
	int best = 0;

	for (int y = 0; y < 256; y++)
		if (e->count[y] >= e->count[best])
			best = y;
	return best;
}

/* -- the board of 6.3.7 to 6.3.9 ------------------------------------------------ */

struct board {
	uint64_t score[128], now;
	int winner;
	struct est_prediction p;
};

/* said[j]: a symbol, or -1 for nothing */
static void judge(struct board *b, const int *said, int n, int y)
{
	if (said[b->winner] == y) {
		b->p.correct++;
		b->now++;
		if (b->now > b->p.longest)
			b->p.longest = b->now;
	} else if (said[b->winner] != -2) {
		b->now = 0;
	}
	for (int j = 0; j < n; j++)
		if (said[j] == y && ++b->score[j] >= b->score[b->winner])
			b->winner = j;
}

struct est_prediction est_naive_mcw(const uint8_t *s, size_t n)
{
	static const size_t size[4] = {63, 255, 1023, 4095};
	struct board b = {.now = 0};

	for (size_t i = 63; i < n; i++) {
		int said[4];

		for (int j = 0; j < 4; j++) {
			unsigned count[256] = {0}, most = 0;

			said[j] = -1;
			for (size_t m = i < size[j] ? i : i - size[j]; m < i; m++)
				if (++count[s[m]] > most)
					most = count[s[m]];
			for (size_t m = i; i >= size[j] && m-- > 0 && said[j] < 0;)
				if (count[s[m]] == most)
					said[j] = s[m];
		}
		judge(&b, said, 4, s[i]);
	}
	return b.p;
}

struct est_prediction est_naive_lag(const uint8_t *s, size_t n)
{
	struct board b = {.now = 0};

	for (size_t i = 1; i < n; i++) {
		int said[128];

		for (size_t j = 0; j < 128; j++)
			said[j] = i > j ? s[i - j - 1] : -1;
		judge(&b, said, 128, s[i]);
	}
	return b.p;
}

struct est_prediction est_naive_mmc(const uint8_t *s, size_t n)
{
	struct dictionary *d = dictionary_new();
	struct board b = {.now = 0};
	size_t pairs[17] = {0};

	for (size_t i = 1; i < n; i++) {
		int said[16];
		bool found = true;

		for (size_t len = 1; len <= 16; len++) {
			struct entry *e = i >= len ? find(d, s + i - len, len) : NULL;

			found = found && e;
			said[len - 1] = found ? commonest(e) : -2;
			if (i < len || ((!e || e->count[s[i]] == 0) && pairs[len] == 100000))
				continue;
			if (!e)
				e = add(d, s + i - len, len);
			pairs[len] += e->count[s[i]]++ == 0;
		}
		if (i >= 2)
			judge(&b, said, 16, s[i]);
	}
	dictionary_free(d);
	return b.p;
}

static size_t full_at;

struct est_prediction est_naive_lz78y(const uint8_t *s, size_t n)
{
	struct dictionary *d = dictionary_new();
	struct board b = {.now = 0};

	full_at = 0;
	for (size_t i = 16; i < n; i++) {
		int said = -1;
		unsigned most = 0;

		for (size_t len = 16; len > 0; len--) {
			struct entry *e = find(d, s + i - len, len);

			if (e && e->count[commonest(e)] > most) {
				said = commonest(e);
				most = e->count[said];
			}
			if (!e && d->n < 65536)
				e = add(d, s + i - len, len);
			if (e)
				e->count[s[i]]++;
			if (d->n == 65536 && full_at == 0)
				full_at = i;
		}
		if (i > 16)
			judge(&b, &said, 1, s[i]);
	}
	dictionary_free(d);
	return b.p;
}

size_t est_naive_lz78y_full(void)
{
	return full_at;
}

/* -- tuples --------------------------------------------------------------------- */

/* Pairs of equal strings of this length, and how many the commonest has. */
static uint64_t pairs_of(const uint8_t *s, size_t n, size_t len, uint64_t *most)
{
	uint64_t pairs = 0;

	*most = 0;
	for (size_t i = 0; i + len <= n; i++) {
		uint64_t same = 1;

		for (size_t j = i + 1; j + len <= n; j++)
			same += memcmp(s + i, s + j, len) == 0;
		pairs += same - 1;
		*most = same > *most ? same : *most;
	}
	return pairs;
}

static double bits_of(double p, size_t n)
{
	p += 2.5758293035489008 * sqrt(p * (1 - p) / ((double)n - 1));
	return p >= 1 ? 0 : -log2(p);
}

static double tuple(const uint8_t *s, size_t n, bool lrs)
{
	double p = -1;
	uint64_t most;
	bool common = true;

	for (size_t len = 1; len <= n; len++) {
		uint64_t pairs = pairs_of(s, n, len, &most);
		double places = (double)(n - len + 1);

		common = common && most >= 35;
		if (common && !lrs)
			p = fmax(p, pow((double)most / places, 1 / (double)len));
		if (!common && lrs && pairs)
			p = fmax(p,
			         pow((double)pairs / (places * (places - 1) / 2), 1 / (double)len));
		if (pairs == 0)
			break;
	}
	return p < 0 ? -1 : bits_of(p, n);
}

double est_naive_t_tuple(const uint8_t *s, size_t n)
{
	return tuple(s, n, false);
}

double est_naive_lrs(const uint8_t *s, size_t n)
{
	return tuple(s, n, true);
}
