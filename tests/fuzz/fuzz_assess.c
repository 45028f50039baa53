/* SPDX-License-Identifier: MIT */
/* An assessment of any bytes: figures stay within their bounds, nothing is NaN that was
 * not refused with a reason, and all ways of computing give the same.
 * Input: first byte = bits a sample (1 .. 8), the rest are samples. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/entropy/assess.h"
#include "tests/fuzz/fuzz.h"

#define SAMPLES_MAX 20000

static void check_view(const struct kqt_assess_view *v, double bits)
{
	if (!v->assessed)
		return;
	for (int e = 0; e < KQT_ESTIMATORS; e++) {
		KQT_FUZZ_MUST((v->rc[e] == 0) == !isnan(v->bits[e]));
		if (v->rc[e] == 0)
			KQT_FUZZ_MUST(v->bits[e] >= 0 && v->bits[e] <= bits + 1e-12);
	}
	KQT_FUZZ_MUST(v->h >= 0 && v->h <= bits);
}

static bool same(const struct kqt_assess_view *a, const struct kqt_assess_view *b)
{
	if (a->assessed != b->assessed)
		return false;
	for (int e = 0; a->assessed && e < KQT_ESTIMATORS; e++)
		if (a->rc[e] != b->rc[e] || (a->rc[e] == 0 && a->bits[e] != b->bits[e]))
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kqt_assess_workspace *w;
	static uint8_t samples[SAMPLES_MAX];
	struct kqt_assess_options how = {.threads = 1};
	struct kqt_assessment got, first;
	bool have = false;
	size_t n = size > 0 ? size - 1 : 0;
	unsigned bits = size > 0 ? data[0] % 8 + 1 : 8;

	if (!w)
		w = kqt_assess_workspace_new(SAMPLES_MAX, 8);
	KQT_FUZZ_MUST(w);
	if (n > SAMPLES_MAX)
		n = SAMPLES_MAX;
	for (size_t i = 0; i < n; i++)
		samples[i] = (uint8_t)(data[i + 1] & ((1u << bits) - 1));
	for (enum kqt_est_path p = 0; p < KQT_PATHS; p++) {
		int rc;

		if (kqt_est_path_force(p) < 0)
			continue;
		rc = kqt_assess(w, samples, n, bits, &how, &got);
		KQT_FUZZ_MUST(rc == (n == 0 ? -KQT_E_TOO_FEW : 0));
		if (rc < 0)
			continue;
		KQT_FUZZ_MUST(got.samples == n && got.bits_per_symbol <= bits);
		KQT_FUZZ_MUST(got.assessed >= 0 && got.assessed <= bits);
		check_view(&got.literal, bits);
		check_view(&got.bitstring, 1);
		if (have)
			KQT_FUZZ_MUST(same(&got.literal, &first.literal) &&
			              same(&got.bitstring, &first.bitstring));
		first = got;
		have = true;
	}
	return 0;
}
