/* SPDX-License-Identifier: MIT */
#include "engine/report/line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "engine/clock/clock.h"
#include "engine/entropy/bytestat.h"
#include "engine/report/json_tree.h"
#include "engine/report/watch_json.h"

static json_t *integer(uint64_t v)
{
	return json_integer((json_int_t)v);
}

/* JSON has no NaN: unknown is null. */
static json_t *real(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

bool kqt_filter_is_stamped(const struct kqt_config *cfg, enum kqt_filter f)
{
	return f != KQT_FILTER_WRITE || cfg->write == KQT_WRITE_DRIVEN;
}

void kqt_entropy_figures(const uint64_t counts[256], struct kqt_entropy_figures *out)
{
	/* the references cost some 50 us and depend on n alone: a window's n comes
	 * back at every refresh of a slow source. Main thread only. */
	static uint64_t cached_n;
	static double cached_shannon, cached_mcv;

	out->n = 0;
	for (int b = 0; b < 256; b++)
		out->n += counts[b];
	if (out->n != cached_n || cached_n == 0) {
		cached_n = out->n;
		cached_shannon = kqt_shannon_ref_bits(out->n);
		cached_mcv = kqt_mcv_ref_bits(out->n);
	}
	out->shannon = kqt_shannon_bits(counts);
	out->mcv = kqt_mcv_bits(counts);
	out->shannon_ref = cached_shannon;
	out->mcv_ref = cached_mcv;
}

static json_t *tunable_json(const struct kqt_config *cfg, const struct kqt_tunable *t)
{
	char text[KQT_PATH_SIZE + 8];

	switch (t->type) {
	case KQT_T_UINT:
	case KQT_T_DURATION:
		return integer(kqt_config_get(cfg, t));
	case KQT_T_FLAG:
		return json_boolean(kqt_config_get(cfg, t));
	case KQT_T_CHOICE:
	case KQT_T_TEXT:
	case KQT_T_CPUS:
		break;
	}
	kqt_config_get_text(cfg, t, text, sizeof(text));
	return text[0] ? json_string(text) : json_null();
}

static json_t *config_json(const struct kqt_config *cfg)
{
	json_t *o = json_object();

	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
		kqt_tree_set(o, t->json, tunable_json(cfg, t));
	kqt_tree_set(o, "preset", json_string(cfg->preset));
	return o;
}

static json_t *collections_json(const struct kqt_tally *t)
{
	json_t *o = json_object();

	kqt_tree_set(o, "done", integer(t->collections_done));
	kqt_tree_set(o, "short", integer(t->collections_short));
	kqt_tree_set(o, "last_ms",
	             t->collections_done ? real((double)t->collection_last_ns / 1e6) : json_null());
	return o;
}

static json_t *excluded_json(const struct kqt_excluded *x)
{
	json_t *o = json_object();

	kqt_tree_set(o, "eintr", integer(x->eintr));
	kqt_tree_set(o, "control", integer(x->control));
	kqt_tree_set(o, "transition", integer(x->transition));
	kqt_tree_set(o, "gap", integer(x->gap));
	return o;
}

static json_t *stimulus_json(const struct kqt_snapshot *p, bool final)
{
	const struct kqt_stimulus_stats *st = &p->stimulus;
	bool saturated = final ? kqt_stimulus_saturated(st->ticks, st->lost, st->behind)
	                       : p->saturated;
	json_t *o = json_object();

	kqt_tree_set(o, "ticks", integer(st->ticks));
	kqt_tree_set(o, "lost", integer(st->lost));
	kqt_tree_set(o, "saturated", json_boolean(saturated));
	kqt_tree_set(o, "refused_drains", integer(st->refused_drains));
	return o;
}

static json_t *account_json(const struct kqt_account *a)
{
	json_t *o = json_object();
	bool timed = !a->untimed;

	kqt_tree_set(o, "due", timed ? integer(a->due) : json_null());
	kqt_tree_set(o, "performed", timed ? integer(a->performed) : json_null());
	kqt_tree_set(o, "missed", integer(a->missed));
	kqt_tree_set(o, "skipped", integer(a->skipped));
	kqt_tree_set(o, "folded", timed ? json_integer((json_int_t)a->folded) : json_null());
	kqt_tree_set(o, "failed", integer(a->failed));
	kqt_tree_set(o, "samples", integer(a->samples));
	kqt_tree_set(o, "transition", integer(a->transition));
	kqt_tree_set(o, "gap", integer(a->gap));
	kqt_tree_set(o, "pending", timed ? json_integer((json_int_t)a->pending) : json_null());
	return o;
}

static json_t *filter_json(const struct kqt_snapshot *p, enum kqt_filter f,
                           const struct kqt_tally *span, const struct kqt_account *account)
{
	const struct kqt_filter_tally *total = &p->total->filter[f];
	const struct kqt_hist *h = &span->notification[f];
	bool stamped = kqt_filter_is_stamped(&p->config, f);
	double seconds = kqt_tally_seconds(span);
	json_t *o = json_object();

	kqt_tree_set(o, "events", integer(total->events));
	kqt_tree_set(o, "events_per_s",
	             seconds > 0 ? real((double)span->filter[f].events / seconds) : json_null());
	kqt_tree_set(o, "wakes", integer(total->wakes));
	kqt_tree_set(o, "merged", stamped ? integer(total->merged) : json_null());
	kqt_tree_set(o, "missed", stamped ? integer(total->missed) : json_null());
	kqt_tree_set(o, "unstamped", stamped ? integer(total->unstamped) : json_null());
	kqt_tree_set(o, "p50_ns", h->count ? integer(kqt_hist_quantile(h, 0.50)) : json_null());
	kqt_tree_set(o, "p99_ns", h->count ? integer(kqt_hist_quantile(h, 0.99)) : json_null());
	if (account)
		kqt_tree_set(o, "account", account_json(&account[f]));
	return o;
}

/* The scratch histogram is static because it is 270 KB; main thread only. */
static json_t *latency_json(const struct kqt_tally *span, enum kqt_latency kind)
{
	static const double q[4] = {0.50, 0.90, 0.99, 0.999};
	static const char *const keys[4] = {"p50_ns", "p90_ns", "p99_ns", "p999_ns"};
	static struct kqt_hist h;
	json_t *o = json_object();
	uint64_t v[4];

	kqt_hist_reset(&h);
	kqt_tally_hist(span, kind, KQT_FILTERS, &h);
	kqt_hist_quantiles(&h, q, 4, v);
	kqt_tree_set(o, "count", integer(h.count));
	kqt_tree_set(o, "min_ns", h.count ? integer(h.min_ns) : json_null());
	for (int i = 0; i < 4; i++)
		kqt_tree_set(o, keys[i], h.count ? integer(v[i]) : json_null());
	kqt_tree_set(o, "max_ns", h.count ? integer(h.max_ns) : json_null());
	kqt_tree_set(o, "mean_ns",
	             h.count ? integer((uint64_t)llround(kqt_hist_mean(&h))) : json_null());
	return o;
}

static json_t *entropy_json(const struct kqt_snapshot *p, const uint64_t counts[256],
                            enum kqt_stream stream)
{
	struct kqt_entropy_figures e;
	json_t *o = json_object();

	kqt_entropy_figures(counts, &e);
	kqt_tree_set(o, "stream", json_string(kqt_stream_name(stream)));
	kqt_tree_set(o, "n", integer(e.n));
	kqt_tree_set(o, "shannon", real(e.shannon));
	kqt_tree_set(o, "shannon_ref", real(e.shannon_ref));
	kqt_tree_set(o, "mcv", real(e.mcv));
	kqt_tree_set(o, "mcv_ref", real(e.mcv_ref));
	kqt_watch_json(o, p->watch, stream, kqt_clock_now_ns());
	return o;
}

static void add_unregistered(json_t *list, const char *filter, const struct kqt_shortfall *sf)
{
	json_t *o = json_object();

	kqt_tree_set(o, "filter", json_string(filter));
	kqt_tree_set(o, "wanted", integer(sf->wanted));
	kqt_tree_set(o, "got", integer(sf->got));
	kqt_tree_set(o, "error", json_string(sf->error));
	kqt_tree_append(list, o);
}

static json_t *unregistered_json(const struct kqt_snapshot *p)
{
	json_t *list = json_array();

	for (int k = 0; k < KQT_SOURCE_KINDS; k++) {
		const struct kqt_shortfall *sf = &p->shortfall[k];

		if (!sf->error[0])
			continue;
		if (k == KQT_SOURCE_TIMER)
			add_unregistered(list, "timer", sf);
		if (k == KQT_SOURCE_SOCKET) { /* a pair stands for two filters */
			add_unregistered(list, "read", sf);
			add_unregistered(list, "write", sf);
		}
		if (k == KQT_SOURCE_FILE)
			add_unregistered(list, "vnode", sf);
	}
	return list;
}

static void set_rates(json_t *o, const struct kqt_snapshot *p, const struct kqt_tally *span)
{
	double s = kqt_tally_seconds(span);

	kqt_tree_set(o, "waits_total", integer(p->total->waits));
	kqt_tree_set(o, "waits_per_s", s > 0 ? real((double)span->waits / s) : json_null());
	kqt_tree_set(o, "events_total", integer(kqt_tally_events(p->total)));
	kqt_tree_set(o, "events_per_s",
	             s > 0 ? real((double)kqt_tally_events(span) / s) : json_null());
	kqt_tree_set(o, "bytes_total", integer(p->total->bytes));
	kqt_tree_set(o, "bytes_per_s", s > 0 ? real((double)span->bytes / s) : json_null());
	kqt_tree_set(o, "timeouts_total", integer(p->total->timeouts));
}

static json_t *line_object(const struct kqt_snapshot *p, enum kqt_stream stream, bool final,
                           const struct kqt_account *account)
{
	const struct kqt_tally *span = final ? p->total : p->interval;
	json_t *o = json_object(), *filters = json_object(), *latency = json_object();

	kqt_tree_set(o, "schema", json_integer(1));
	kqt_tree_set(o, "elapsed_s", real(p->elapsed_s));
	kqt_tree_set(o, "final", json_boolean(final));
	kqt_tree_set(o, "config", config_json(&p->config));
	kqt_tree_set(o, "backend", json_string(p->backend));
	kqt_tree_set(o, "epoch", integer(p->epoch->epoch));
	kqt_tree_set(o, "collections", collections_json(p->total));
	set_rates(o, p, span);
	kqt_tree_set(o, "excluded", excluded_json(&p->total->excluded));
	kqt_tree_set(o, "stalls", integer(p->total->stalls));
	kqt_tree_set(o, "stimulus", stimulus_json(p, final));
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++)
		kqt_tree_set(filters, kqt_filter_name(f), filter_json(p, f, span, account));
	kqt_tree_set(o, "filters", filters);
	for (enum kqt_latency k = 0; k < KQT_LATENCIES; k++)
		kqt_tree_set(latency, kqt_latency_name(k), latency_json(span, k));
	kqt_tree_set(o, "latency", latency);
	kqt_tree_set(
	    o, "entropy",
	    entropy_json(p, final ? p->total->byte_counts[stream] : p->bytes[stream], stream));
	kqt_tree_set(o, "unregistered", unregistered_json(p));
	return o;
}

char *kqt_line_json(const struct kqt_snapshot *p, enum kqt_stream stream, bool final,
                    const struct kqt_account *account)
{
	if (!p->interval || !p->total)
		return NULL;
	return kqt_tree_text(line_object(p, stream, final, account), "\n");
}
