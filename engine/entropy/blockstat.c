/* SPDX-License-Identifier: MIT */
#include "engine/entropy/blockstat.h"

#include <math.h>
#include <string.h>

#include "engine/entropy/chisquare.h"

#define CENTRE 128
#define CELL_SHIFT 3 /* 8 byte values a cell */

static void count(struct kqt_block_stat *s, const uint8_t *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->counts[x[i]]++;
	s->n += n;
}

/* @x_before  the byte before x[0] */
static void count_pairs(struct kqt_block_stat *s, uint8_t x_before, const uint8_t *x, size_t n)
{
	unsigned from = x_before >> CELL_SHIFT;

	for (size_t i = 0; i < n; i++) {
		unsigned to = x[i] >> CELL_SHIFT;

		s->delay[0][from][to]++;
		from = to;
	}
}

static void delay(struct kqt_block_stat *s, const uint8_t *x, size_t n)
{
	uint8_t before = s->last;
	size_t i = 0;

	if (s->n == 0)
		before = x[i++]; /* the first byte of all ends no pair */
	while (i < n) {
		size_t part = KQT_DELAY_HALF - s->delay_n;

		if (part > n - i)
			part = n - i;
		count_pairs(s, before, x + i, part);
		s->delay_n += (uint32_t)part;
		i += part;
		before = x[i - 1];
		if (s->delay_n == KQT_DELAY_HALF) {
			memcpy(s->delay[1], s->delay[0], sizeof(s->delay[0]));
			memset(s->delay[0], 0, sizeof(s->delay[0]));
			s->delay_n = 0;
		}
	}
	s->last = x[n - 1];
}

/* A block's constant length, 16 bit factors and 32 bit sums are what a compiler makes
 * multiply-and-add instructions of (1024 * 128^2 = 2^24). */
static int32_t dot_block(const int16_t *a, const int16_t *b)
{
	int32_t sum = 0;

	for (int i = 0; i < KQT_LAG_BLOCK; i++)
		sum += a[i] * b[i];
	return sum;
}

static void end_block(struct kqt_block_stat *s)
{
	const int16_t *x = s->centred + KQT_LAGS;

	for (int k = 1; k <= KQT_LAGS; k++)
		s->product[k - 1] += dot_block(x, x - k);
	memcpy(s->centred, s->centred + KQT_LAG_BLOCK, KQT_LAGS * sizeof(s->centred[0]));
	s->filled = 0;
}

/* The 16 places before the first byte of all are 0, and so are its products with them. */
static void lags(struct kqt_block_stat *s, const uint8_t *x, size_t n)
{
	for (size_t i = 0; i < n && s->n + i < KQT_LAGS; i++)
		s->head[s->n + i] = (int16_t)(x[i] - CENTRE);
	while (n > 0) {
		size_t part = KQT_LAG_BLOCK - s->filled;
		int16_t *to = s->centred + KQT_LAGS + s->filled;

		if (part > n)
			part = n;
		for (size_t i = 0; i < part; i++)
			to[i] = (int16_t)(x[i] - CENTRE);
		s->filled += (unsigned)part;
		x += part;
		n -= part;
		if (s->filled == KQT_LAG_BLOCK)
			end_block(s);
	}
}

void kqt_block_stat_add(struct kqt_block_stat *s, const uint8_t *bytes, size_t n)
{
	if (n == 0)
		return;
	delay(s, bytes, n);
	lags(s, bytes, n);
	count(s, bytes, n);
}

static void bias_figures(const struct kqt_block_stat *s, struct kqt_watch *w)
{
	for (int b = 0; b < 8; b++) {
		uint64_t ones = 0;

		for (int v = 0; v < 256; v++)
			ones += v >> b & 1 ? s->counts[v] : 0;
		w->bias[b] = s->n ? (double)ones / (double)s->n : NAN;
	}
}

/* Sum of x[i] x[i-k] over whole blocks and the one that is filling. */
static int64_t product_at(const struct kqt_block_stat *s, int k)
{
	const int16_t *x = s->centred + KQT_LAGS;
	int64_t sum = s->product[k - 1];

	for (unsigned i = 0; i < s->filled; i++)
		sum += (int64_t)x[i] * x[(int)i - k];
	return sum;
}

static void lag_figures(const struct kqt_block_stat *s, struct kqt_watch *w)
{
	const int16_t *end = s->centred + KQT_LAGS + s->filled;
	double n = (double)s->n, mean, spread, total = 0, squares = 0;
	int64_t head = 0, tail = 0;

	for (int v = 0; v < 256; v++) {
		double x = v - CENTRE;

		total += x * (double)s->counts[v];
		squares += x * x * (double)s->counts[v];
	}
	mean = total / n;
	spread = squares - n * mean * mean;
	for (int k = 1; k <= KQT_LAGS; k++) {
		if (s->n <= (uint64_t)k || spread <= squares * 1e-12) {
			w->lag[k - 1] = NAN;
			continue;
		}
		head += s->head[k - 1];
		tail += end[-k];
		w->lag[k - 1] = ((double)product_at(s, k) -
		                 mean * (2 * total - (double)head - (double)tail) +
		                 (n - k) * mean * mean) /
		                spread;
	}
}

void kqt_block_stat_figures(const struct kqt_block_stat *s, struct kqt_watch *w)
{
	w->n = s->n;
	memcpy(w->counts, s->counts, sizeof(w->counts));
	bias_figures(s, w);
	lag_figures(s, w);
	w->chi_square = kqt_chi_square(s->counts);
	w->chi_p = kqt_chi_square_p(w->chi_square, 255);
	for (int i = 0; i < KQT_DELAY_CELLS; i++)
		for (int j = 0; j < KQT_DELAY_CELLS; j++)
			w->delay[i][j] = s->delay[0][i][j] + s->delay[1][i][j];
}
