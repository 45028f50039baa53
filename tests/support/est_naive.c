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

/* -- figures ---------------------------------------------------------------------- */

#define Z 2.5758293035489008L

static long double upper(long double p, long double m)
{
	return fminl(1, p + Z * sqrtl(p * (1 - p) / m));
}

static double bits_of(double p, size_t n)
{
	p = (double)upper(p, (long double)n - 1);
	return p >= 1 ? 0 : -log2(p);
}

/* Where a falling function has this value, between lo and hi. */
static long double root(long double (*f)(long double p, const void *arg), const void *arg,
                        long double lo, long double hi, long double want)
{
	for (int round = 0; round < 70; round++) {
		long double p = (lo + hi) / 2;

		if (f(p, arg) > want)
			lo = p;
		else
			hi = p;
	}
	return lo;
}

struct runs {
	long double r, total;
};

/* The right side of 6.3.7's equation for P_local, its logarithm. */
static long double no_run(long double p, const void *arg)
{
	const struct runs *a = arg;
	long double x = 1, q = 1 - p;

	for (int round = 0; round < 66; round++)
		x = 1 + q * powl(p, a->r) * powl(x, a->r + 1);
	if (!(p * x < 1 && a->r * x < a->r + 1))
		return -INFINITY;
	return logl((1 - p * x) / ((a->r + 1 - a->r * x) * q)) - (a->total + 1) * logl(x);
}

double est_naive_prediction_bits(struct est_prediction p, uint64_t total, unsigned k)
{
	struct runs a = {(long double)p.longest + 1, (long double)total};
	long double all = (long double)p.correct / a.total;
	long double most = p.correct ? upper(all, a.total - 1) : 1 - powl(0.01L, 1 / a.total);

	most = fmaxl(most, root(no_run, &a, 0, 1, logl(0.99L)));
	return fabs((double)log2l(fmaxl(most, 1.0L / k)));
}

double est_naive_mcv(const uint8_t *s, size_t n)
{
	size_t count[256] = {0}, most = 0;

	for (size_t i = 0; i < n; i++)
		most = ++count[s[i]] > most ? count[s[i]] : most;
	return n < 2 ? -1 : bits_of((double)most / (double)n, n);
}

/* Steps 6 and 7 with F(1/z) = Gamma(3, z) z^-3 e^z, that is q + 2 q^2 + 2 q^3 for z = 1/q. */
static long double mean_piece(long double p, const void *arg)
{
	long double q = 1 - p, f = q + 2 * q * q + 2 * q * q * q, half = (1 / p - 1 / q) / 2;

	(void)arg;
	return p / (q * q) * (1 + half) * f - p / q * half;
}

double est_naive_collision(const uint8_t *s, size_t n)
{
	long double v = 0, sum = 0, squares = 0, mean, low;

	for (size_t i = 0, len; i < n; i += len, v++, sum += len, squares += len * len) {
		bool seen[2] = {false}, twice = false;

		for (len = 0; i + len < n && !twice; len++) {
			twice = seen[s[i + len]];
			seen[s[i + len]] = true;
		}
		if (!twice)
			break;
	}
	if (v < 2)
		return -1;
	mean = sum / v;
	low = mean - Z * sqrtl((squares - v * mean * mean) / (v - 1)) / sqrtl(v);
	if (low >= 2.5L)
		return 1;
	/* at p = 1 its terms are infinite */
	return low <= 2 ? 0 : (double)-log2l(root(mean_piece, NULL, 0.5L, 1 - 1e-9L, low));
}

double est_naive_markov(const uint8_t *s, size_t n)
{
	double of[2] = {0}, from[2] = {0}, step[2][2] = {{0}}, least = 128;

	for (size_t i = 0; i < n; i++) {
		of[s[i]]++;
		if (i + 1 < n) {
			from[s[i]]++;
			step[s[i]][s[i + 1]]++;
		}
	}
	for (int a = 0; a < 2; a++) /* the last part of table 2: each of 128 bits for itself */
		for (int shape = 0; shape < 3; shape++) {
			double bits = -log2(of[a] / (double)n);
			int now = a;

			for (int i = 1; i < 128; i++) {
				int next = shape == 0 ? a : shape == 1 ? a ^ (i & 1) : !a;

				bits -= from[now] > 0 ? log2(step[now][next] / from[now])
				                      : -INFINITY;
				now = next;
			}
			least = fmin(least, bits);
		}
	return n < 2 ? -1 : least / 128;
}

struct blocks {
	size_t n;
	long double *log2_of;
};

/* G(z) of step 7, its sums over t and u as they stand. */
static long double g(long double z, const struct blocks *b)
{
	long double inner = 0, all = 0, power = 1; /* power: (1 - z)^(t - 1) */

	for (size_t t = 1; t <= b->n; t++) {
		if (t > 1000)
			all += z * z * inner + z * b->log2_of[t] * power;
		inner += b->log2_of[t] * power;
		power *= 1 - z;
	}
	return all / (b->n - 1000);
}

static long double mean_log(long double p, const void *arg)
{
	return g(p, arg) + 63 * g((1 - p) / 63, arg);
}

double est_naive_compression(const uint8_t *s, size_t n)
{
	struct blocks b = {.n = n / 6};
	size_t last[64] = {0};
	long double sum = 0, squares = 0, v = (long double)b.n - 1000, mean, low, p;

	if (b.n < 1002)
		return -1;
	b.log2_of = calloc(b.n + 1, sizeof(*b.log2_of));
	if (!b.log2_of)
		abort();
	for (size_t i = 1; i <= b.n; i++) {
		unsigned value = 0;

		for (size_t j = 0; j < 6; j++)
			value = value << 1 | s[6 * (i - 1) + j];
		b.log2_of[i] = log2l(i);
		if (i > 1000) {
			long double x = log2l(i - last[value]);

			sum += x;
			squares += x * x;
		}
		last[value] = i;
	}
	mean = sum / v;
	low = mean - Z * 0.5907L * sqrtl(fmaxl(0, squares / (v - 1) - mean * mean)) / sqrtl(v);
	p = mean_log(1.0L / 64, &b) <= low ? 1.0L / 64 : root(mean_log, &b, 1.0L / 64, 1, low);
	free(b.log2_of);
	return (double)(-log2l(p) / 6);
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
