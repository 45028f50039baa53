/* SPDX-License-Identifier: MIT */
#include "engine/entropy/grain.h"

#include <string.h>

#include "engine/entropy/bytestat.h"

const uint64_t kqt_grain_ps[KQT_GRAINS] = {0, 41670, 100000, 1000000};

/* One loop a grain, so that each divides by a constant. */
void kqt_grain_ticks(unsigned grain, const uint64_t *ns, size_t n, uint64_t *ticks)
{
	switch (grain) {
	case 1:
		for (size_t i = 0; i < n; i++)
			ticks[i] = ns[i] / 4167 * 100 + ns[i] % 4167 * 100 / 4167;
		break;
	case 2:
		for (size_t i = 0; i < n; i++)
			ticks[i] = ns[i] / 100;
		break;
	case 3:
		for (size_t i = 0; i < n; i++)
			ticks[i] = ns[i] / 1000;
		break;
	default:
		memmove(ticks, ns, n * sizeof(*ticks));
		break;
	}
}

void kqt_grain_figures(const uint64_t counts[256], struct kqt_grain_figures *out)
{
	uint64_t n = 0;

	for (int b = 0; b < 256; b++)
		n += counts[b];
	if (n != out->n || n == 0) {
		out->n = n;
		out->shannon_ref = kqt_shannon_ref_bits(n);
		out->mcv_ref = kqt_mcv_ref_bits(n);
	}
	out->shannon = kqt_shannon_bits(counts);
	out->mcv = kqt_mcv_bits(counts);
}
