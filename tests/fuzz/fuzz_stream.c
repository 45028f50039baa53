/* SPDX-License-Identifier: MIT */
/* What is known of every byte while it runs: extraction, statistics and health tests of any
 * latencies. However they are cut in blocks it is the same, figures stay within their
 * bounds, and what can be counted plainly is what was counted.
 *
 * Input: the claim, the stream, the length of a block, a collection's; the rest are
 * latencies of two bytes each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/entropy/blockstat.h"
#include "engine/entropy/bytestat.h"
#include "engine/entropy/grain.h"
#include "engine/entropy/health.h"
#include "tests/fuzz/fuzz.h"

#define LATENCIES_MAX 32768

static uint64_t ns[LATENCIES_MAX], ticks[LATENCIES_MAX];
static uint8_t whole[LATENCIES_MAX], parts[LATENCIES_MAX];

static size_t extract(const uint8_t *head, size_t n, size_t block, uint8_t *out)
{
	struct kqt_extract e = {.stream = (enum kqt_stream)(head[1] % KQT_STREAMS),
	                        .collection = (uint64_t)head[3] + 1};
	size_t bytes = 0;

	for (size_t i = 0; i < n; i += block)
		bytes += kqt_extract_block(&e, ns + i, n - i < block ? n - i : block, out + bytes);
	return bytes;
}

/* Runs of one byte, one after the other. */
static void check_runs(const struct kqt_health_run *h, size_t n)
{
	uint64_t alarms[KQT_HEALTH_ALPHAS] = {0};
	uint32_t run = 0, longest = 0;

	for (size_t i = 0; i < n; i++) {
		run = i > 0 && whole[i] == whole[i - 1] ? run + 1 : 1;
		longest = run > longest ? run : longest;
		for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
			alarms[a] += run == h->test[KQT_HEALTH_RCT][a].cutoff;
	}
	KQT_FUZZ_MUST(h->rct_max == longest);
	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
		KQT_FUZZ_MUST(h->test[KQT_HEALTH_RCT][a].alarms == alarms[a]);
	KQT_FUZZ_MUST(h->apt_max <= KQT_APT_WINDOW && (h->apt_max > 0) == (n > 0));
}

static void check_health(double claim, size_t n, size_t block)
{
	struct kqt_health_run at_once, cut;

	kqt_health_begin(&at_once, claim);
	kqt_health_begin(&cut, claim);
	kqt_health_add(&at_once, whole, n, 7);
	for (size_t i = 0; i < n; i += block)
		kqt_health_add(&cut, whole + i, n - i < block ? n - i : block, 7);
	for (int t = 0; t < KQT_HEALTH_TESTS; t++)
		for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
			KQT_FUZZ_MUST(at_once.test[t][a].alarms == cut.test[t][a].alarms &&
			              at_once.test[t][a].cutoff >= 2);
	KQT_FUZZ_MUST(at_once.rct_max == cut.rct_max && at_once.apt_max == cut.apt_max);
	check_runs(&at_once, n);
}

static bool within(double x, double lo, double hi)
{
	return isnan(x) || (x >= lo - 1e-9 && x <= hi + 1e-9);
}

static bool alike(double a, double b)
{
	return isnan(a) ? isnan(b) : a == b;
}

static void check_marginal(const uint64_t counts[256], size_t n)
{
	double shannon = kqt_shannon_bits(counts), mcv = kqt_mcv_bits(counts);
	struct kqt_grain_figures g;

	KQT_FUZZ_MUST(isnan(shannon) == (n == 0) && isnan(mcv) == (n < 2));
	KQT_FUZZ_MUST(within(shannon, 0, 8) && within(mcv, 0, 8));
	KQT_FUZZ_MUST(n < 2 || mcv <= shannon + 1e-9);
	kqt_grain_figures(counts, &g);
	KQT_FUZZ_MUST(within(g.shannon, 0, 8) && within(g.mcv, 0, 8));
	for (unsigned k = 0; k < KQT_GRAINS; k++) {
		kqt_grain_ticks(k, ns, n, ticks);
		for (size_t i = 0; i < n; i++)
			KQT_FUZZ_MUST(ticks[i] <= ns[i]);
	}
}

static void check_blocks(size_t n, size_t block)
{
	static struct kqt_block_stat at_once, cut;
	static struct kqt_watch w, v;
	uint64_t counts[256] = {0};

	memset(&at_once, 0, sizeof(at_once));
	memset(&cut, 0, sizeof(cut));
	kqt_block_stat_add(&at_once, whole, n);
	for (size_t i = 0; i < n; i += block)
		kqt_block_stat_add(&cut, whole + i, n - i < block ? n - i : block);
	kqt_block_stat_figures(&at_once, &w);
	kqt_block_stat_figures(&cut, &v);
	for (size_t i = 0; i < n; i++)
		counts[whole[i]]++;
	KQT_FUZZ_MUST(w.n == n && v.n == n && memcmp(w.counts, counts, sizeof(counts)) == 0 &&
	              memcmp(v.counts, counts, sizeof(counts)) == 0);
	for (int i = 0; i < 8; i++)
		KQT_FUZZ_MUST(within(w.bias[i], 0, 1) && alike(w.bias[i], v.bias[i]));
	for (int i = 0; i < KQT_LAGS; i++)
		KQT_FUZZ_MUST(within(w.lag[i], -1, 1) && alike(w.lag[i], v.lag[i]));
	KQT_FUZZ_MUST(within(w.chi_p, 0, 1) && alike(w.chi_p, v.chi_p));
	KQT_FUZZ_MUST(memcmp(w.delay, v.delay, sizeof(w.delay)) == 0);
	check_marginal(counts, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n, bytes, block;

	if (size < 4)
		return 0;
	n = (size - 4) / 2 < LATENCIES_MAX ? (size - 4) / 2 : LATENCIES_MAX;
	block = (size_t)data[2] + 1;
	for (size_t i = 0; i < n; i++)
		ns[i] = (uint64_t)data[4 + 2 * i] << 8 | data[5 + 2 * i];
	bytes = extract(data, n, LATENCIES_MAX, whole);
	KQT_FUZZ_MUST(bytes <= n && extract(data, n, block, parts) == bytes &&
	              memcmp(whole, parts, bytes) == 0);
	check_health((data[0] + 1) / 32.0, bytes, block);
	check_blocks(bytes, block);
	return 0;
}
