/* SPDX-License-Identifier: MIT */
#include "tui/live/entropy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double kqt_bias_sigma(double share, uint64_t n)
{
	return n ? (share - 0.5) * 2 * sqrt((double)n) : NAN;
}

double kqt_count_sigma(uint64_t count, uint64_t n, double expected)
{
	double all = (double)n * expected;

	return n ? ((double)count - all) / sqrt(all * (1 - expected)) : NAN;
}

double kqt_lag_limit(uint64_t n)
{
	return n ? 3 / sqrt((double)n) : NAN;
}

double kqt_estimate_bits(const struct kqt_assessment *a, int e)
{
	/* fmin takes the other one where one is NaN */
	return fmin(a->literal.bits[e], a->bitstring.bits[e] * a->bits_per_symbol);
}

unsigned kqt_judge(double value, double perfect, double fair, double poor)
{
	double d = perfect - value;

	if (!isfinite(d))
		return KQT_STYLE_DIM;
	return d <= fair ? KQT_STYLE_GOOD : d <= poor ? KQT_STYLE_WARN : KQT_STYLE_BAD;
}

unsigned kqt_judge_sigma(double sigma)
{
	if (!isfinite(sigma))
		return KQT_STYLE_DIM;
	sigma = fabs(sigma);
	return sigma <= 3 ? KQT_STYLE_GOOD : sigma <= 4 ? KQT_STYLE_WARN : KQT_STYLE_BAD;
}

unsigned kqt_judge_verdict(enum kqt_verdict v)
{
	return v == KQT_VERDICT_HOLDS   ? KQT_STYLE_GOOD
	       : v == KQT_VERDICT_FAILS ? KQT_STYLE_BAD
	                                : KQT_STYLE_DIM;
}

const char *kqt_verdict_words(enum kqt_verdict v)
{
	return v == KQT_VERDICT_HOLDS   ? "holds"
	       : v == KQT_VERDICT_FAILS ? "does not hold"
	                                : "not known yet";
}

const char *kqt_cell_real(double v, int digits, char buf[16])
{
	if (isfinite(v))
		snprintf(buf, 16, "%.*f", digits, v);
	else
		snprintf(buf, 16, "-");
	return buf;
}

const char *kqt_cell_age(double seconds, char buf[16])
{
	if (!isfinite(seconds) || seconds < 0)
		seconds = 0;
	if (seconds < 100)
		snprintf(buf, 16, "%.0fs", floor(seconds));
	else if (seconds < 6000)
		snprintf(buf, 16, "%.0fm", floor(seconds / 60));
	else
		snprintf(buf, 16, "%.0fh", fmin(floor(seconds / 3600), 999));
	return buf;
}

uint64_t kqt_scene_at_ns(const struct kqt_scene *sc)
{
	double s = sc->ui->frozen ? sc->ui->frozen_s : sc->elapsed_s;

	return sc->start_ns + (uint64_t)(fmax(s, 0) * 1e9);
}

bool kqt_alarm_words(const struct kqt_watch *w, enum kqt_health_test test, uint64_t start_ns,
                     struct kqt_strbuf *out)
{
	const struct kqt_health *last = NULL;
	char n[16], at[24];

	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
		const struct kqt_health *h = &w->health[test][a];

		if (!h->alarms)
			continue;
		kqt_strbuf_add(out, "%s%s at 2^-%u",
		               last                     ? ", "
		               : test == KQT_HEALTH_RCT ? "RCT alarms: "
		                                        : "APT alarms: ",
		               kqt_fmt_count((double)h->alarms, n, sizeof(n)),
		               kqt_health_alpha_exp[a]);
		if (!last || h->at_ns >= last->at_ns)
			last = h;
	}
	if (last)
		kqt_strbuf_add(out, ", last %s, byte %02x",
		               kqt_clock_text((double)(int64_t)(last->at_ns - start_ns) / 1e9, at),
		               last->symbol);
	return last != NULL;
}
