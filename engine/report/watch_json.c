/* SPDX-License-Identifier: MIT */
#include "engine/report/watch_json.h"

#include <math.h>

#include "engine/report/json_tree.h"

static json_t *integer(uint64_t v)
{
	return json_integer((json_int_t)v);
}

static json_t *real(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *reals(const double *v, int n)
{
	json_t *a = json_array();

	for (int i = 0; i < n; i++)
		kqt_tree_append(a, real(v[i]));
	return a;
}

/* Seconds from then to now; a moment that is not past yet is now. */
static json_t *age(uint64_t then_ns, uint64_t now_ns)
{
	return json_real(now_ns > then_ns ? (double)(now_ns - then_ns) / 1e9 : 0);
}

json_t *kqt_estimates_json(const struct kqt_assess_view *v)
{
	json_t *o = json_object();

	for (int e = 0; e < KQT_ESTIMATORS; e++)
		kqt_tree_set(o, kqt_estimators[e].key, real(v->bits[e]));
	return o;
}

static json_t *binding_json(const struct kqt_assessment *a)
{
	json_t *o;

	if (a->binding < 0)
		return json_null();
	o = json_object();
	kqt_tree_set(o, "estimator", json_string(kqt_estimators[a->binding].key));
	kqt_tree_set(o, "on", json_string(a->binding_bitstring ? "bitstring" : "literal"));
	return o;
}

static json_t *assessed_json(const struct kqt_watch *w, uint64_t now_ns)
{
	const struct kqt_assessment *a = &w->assessment;
	json_t *o;

	if (!w->have)
		return json_null();
	o = json_object();
	kqt_tree_set(o, "n", integer(a->samples));
	kqt_tree_set(o, "window", integer(w->window));
	kqt_tree_set(o, "epoch", integer(w->assessed_epoch));
	kqt_tree_set(o, "age_s", age(w->assessed_ns, now_ns));
	kqt_tree_set(o, "seconds", real(a->seconds));
	kqt_tree_set(o, "alphabet", integer(a->alphabet));
	kqt_tree_set(o, "bits_per_symbol", integer(a->bits_per_symbol));
	kqt_tree_set(o, "h_original", real(a->literal.h));
	kqt_tree_set(o, "h_bitstring", real(a->bitstring.h));
	kqt_tree_set(o, "assessed", real(a->assessed));
	kqt_tree_set(o, "binding", binding_json(a));
	kqt_tree_set(o, "claim", real(w->claim_bits));
	kqt_tree_set(o, "holds", json_boolean(a->assessed >= w->claim_bits));
	kqt_tree_set(o, "literal", kqt_estimates_json(&a->literal));
	kqt_tree_set(o, "bitstring",
	             a->alphabet == 2 ? json_null() : kqt_estimates_json(&a->bitstring));
	return o;
}

static json_t *alarms_json(const struct kqt_health tests[KQT_HEALTH_ALPHAS], uint64_t now_ns)
{
	json_t *list = json_array();

	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
		const struct kqt_health *t = &tests[a];
		json_t *o = json_object();

		kqt_tree_set(o, "alpha_exp", integer(kqt_health_alpha_exp[a]));
		kqt_tree_set(o, "cutoff", integer(t->cutoff));
		kqt_tree_set(o, "alarms", integer(t->alarms));
		kqt_tree_set(o, "age_s", t->alarms ? age(t->at_ns, now_ns) : json_null());
		kqt_tree_set(o, "symbol", t->alarms ? integer(t->symbol) : json_null());
		kqt_tree_append(list, o);
	}
	return list;
}

static json_t *health_json(const struct kqt_watch *w, uint64_t now_ns)
{
	json_t *o = json_object(), *rct = json_object(), *apt = json_object();

	kqt_tree_set(rct, "max", w->n ? integer(w->rct_max) : json_null());
	kqt_tree_set(rct, "tests", alarms_json(w->health[KQT_HEALTH_RCT], now_ns));
	kqt_tree_set(apt, "max", w->n ? integer(w->apt_max) : json_null());
	kqt_tree_set(apt, "window", integer(w->apt_window));
	kqt_tree_set(apt, "tests", alarms_json(w->health[KQT_HEALTH_APT], now_ns));
	kqt_tree_set(o, "rct", rct);
	kqt_tree_set(o, "apt", apt);
	return o;
}

json_t *kqt_grains_json(const struct kqt_grain_figures figures[KQT_GRAINS])
{
	json_t *list = json_array();

	for (int g = 0; g < KQT_GRAINS; g++) {
		const struct kqt_grain_figures *f = &figures[g];
		json_t *o = json_object();

		kqt_tree_set(o, "grain_ps", g == 0 ? json_null() : integer(kqt_grain_ps[g]));
		kqt_tree_set(o, "n", integer(f->n));
		kqt_tree_set(o, "shannon", real(f->shannon));
		kqt_tree_set(o, "shannon_ref", real(f->shannon_ref));
		kqt_tree_set(o, "mcv", real(f->mcv));
		kqt_tree_set(o, "mcv_ref", real(f->mcv_ref));
		kqt_tree_append(list, o);
	}
	return list;
}

static json_t *verdict_json(const struct kqt_watch *w)
{
	switch (kqt_watch_verdict(w)) {
	case KQT_VERDICT_HOLDS:
		return json_string("holds");
	case KQT_VERDICT_FAILS:
		return json_string("fails");
	case KQT_VERDICT_UNKNOWN:
		break;
	}
	return json_null();
}

void kqt_watch_json(json_t *into, const struct kqt_watch *w, enum kqt_stream stream,
                    uint64_t now_ns)
{
	static const char *const keys[] = {"assessed",   "verdict", "claim_bits", "watched",
	                                   "lost",       "window",  "bias",       "lag",
	                                   "chi_square", "chi_p",   "health",     "grains"};

	if (!w || w->stream != stream) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			kqt_tree_set(into, keys[i], json_null());
		return;
	}
	kqt_tree_set(into, "assessed", assessed_json(w, now_ns));
	kqt_tree_set(into, "verdict", verdict_json(w));
	kqt_tree_set(into, "claim_bits", real(w->claim_bits));
	kqt_tree_set(into, "watched", integer(w->n));
	kqt_tree_set(into, "lost", integer(w->lost));
	kqt_tree_set(into, "window", integer(w->window));
	kqt_tree_set(into, "bias", reals(w->bias, 8));
	kqt_tree_set(into, "lag", reals(w->lag, KQT_LAGS));
	kqt_tree_set(into, "chi_square", real(w->chi_square));
	kqt_tree_set(into, "chi_p", real(w->chi_p));
	kqt_tree_set(into, "health", health_json(w, now_ns));
	kqt_tree_set(into, "grains", kqt_grains_json(w->grain));
}
