/* SPDX-License-Identifier: MIT */
#include "engine/entropy/health.h"

#include <math.h>
#include <string.h>

#include "engine/entropy/chisquare.h"

const unsigned kqt_health_alpha_exp[KQT_HEALTH_ALPHAS] = {20, 30, 40};

uint32_t kqt_rct_cutoff(double h, unsigned alpha_exp)
{
	return 1 + (uint32_t)ceil(alpha_exp / h);
}

/* Smallest c with P[Bin(n, p) <= c] >= 1 - alpha. Summed from the top, where the terms
 * are small: 1 - P would lose alphas below 2^-53. */
static uint32_t critical_binomial(uint32_t n, double p, double alpha)
{
	double tail = 0;

	for (uint32_t k = n; k > 0; k--) {
		tail += exp(kqt_log_gamma(n + 1.0) - kqt_log_gamma(k + 1.0) -
		            kqt_log_gamma(n - k + 1.0) + k * log(p) + (n - k) * log1p(-p));
		if (tail > alpha)
			return k;
	}
	return 0;
}

uint32_t kqt_apt_cutoff(uint32_t window, double h, unsigned alpha_exp, enum kqt_apt_form form)
{
	double p = exp2(-h), alpha = ldexp(1, -(int)alpha_exp);
	uint32_t c;

	if (form == KQT_APT_STANDARD)
		return 1 + critical_binomial(window, p, alpha);
	c = 2 + critical_binomial(window - 1, p, alpha);
	return c < window ? c : window;
}

void kqt_health_begin(struct kqt_health_run *h, double claim_bits)
{
	memset(h, 0, sizeof(*h));
	h->claim_bits = claim_bits;
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
		unsigned e = kqt_health_alpha_exp[a];
		uint32_t apt = kqt_apt_cutoff(KQT_APT_WINDOW, claim_bits, e, KQT_APT_STANDARD);

		h->test[KQT_HEALTH_RCT][a].cutoff = kqt_rct_cutoff(claim_bits, e);
		h->test[KQT_HEALTH_APT][a].cutoff = apt < KQT_APT_WINDOW ? apt : KQT_APT_WINDOW;
	}
}

static void alarm(struct kqt_health *t, uint8_t symbol, uint64_t now_ns)
{
	t->alarms++;
	t->at_ns = now_ns;
	t->symbol = symbol;
}

static void repeated(struct kqt_health_run *h, uint8_t symbol, uint64_t now_ns)
{
	if (h->run == UINT32_MAX)
		return;
	h->run++;
	if (h->run > h->rct_max)
		h->rct_max = h->run;
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
		if (h->run == h->test[KQT_HEALTH_RCT][a].cutoff)
			alarm(&h->test[KQT_HEALTH_RCT][a], symbol, now_ns);
}

static void repetition_count(struct kqt_health_run *h, const uint8_t *x, size_t n, uint64_t now_ns)
{
	uint8_t last = h->last;
	size_t i = 0;

	if (h->run == 0) {
		last = x[i++];
		h->run = h->rct_max = 1;
	}
	for (; i < n; i++) {
		if (KQT_UNLIKELY(x[i] == last))
			repeated(h, last, now_ns);
		else if (KQT_UNLIKELY(h->run != 1))
			h->run = 1;
		last = x[i];
	}
	h->last = last;
}

/* A constant length, so that it becomes vector instructions. */
#define CHUNK 64

static uint32_t count_equal(const uint8_t *x, size_t n, uint8_t to)
{
	uint32_t same = 0;

	for (; n >= CHUNK; n -= CHUNK, x += CHUNK) {
		uint8_t part = 0;

		for (int i = 0; i < CHUNK; i++)
			part = (uint8_t)(part + (x[i] == to));
		same += part;
	}
	for (size_t i = 0; i < n; i++)
		same += x[i] == to;
	return same;
}

static void judge_window(struct kqt_health_run *h, uint64_t now_ns)
{
	if (h->same > h->apt_max)
		h->apt_max = h->same;
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
		struct kqt_health *t = &h->test[KQT_HEALTH_APT][a];

		if (h->same < t->cutoff || h->apt_told & 1u << a)
			continue;
		h->apt_told |= 1u << a;
		alarm(t, h->first, now_ns);
	}
}

/* Windows follow each other without overlap; the part of one that is there is judged,
 * so that a slow stream need not wait for its end. */
static void adaptive_proportion(struct kqt_health_run *h, const uint8_t *x, size_t n,
                                uint64_t now_ns)
{
	while (n > 0) {
		size_t part = KQT_APT_WINDOW - h->seen;

		if (part > n)
			part = n;
		if (h->seen == 0) {
			h->first = x[0];
			h->same = 0;
			h->apt_told = 0;
		}
		h->same += count_equal(x, part, h->first);
		h->seen = (h->seen + (uint32_t)part) % KQT_APT_WINDOW;
		judge_window(h, now_ns);
		x += part;
		n -= part;
	}
}

void kqt_health_add(struct kqt_health_run *h, const uint8_t *bytes, size_t n, uint64_t now_ns)
{
	if (n == 0)
		return;
	repetition_count(h, bytes, n, now_ns);
	adaptive_proportion(h, bytes, n, now_ns);
}
