/* SPDX-License-Identifier: MIT */
/* A comparison as JSON: kqtop(1) and docs/COMPARING.md tell its keys. */
#include <math.h>
#include <stdlib.h>

#include "engine/report/compare.h"
#include "engine/report/json.h"

/* "key": with the comma that belongs before all but the first. */
static void key(struct kqt_json_out *out, const char *name, bool first)
{
	kqt_json_put(out, "%s\"%s\":", first ? "" : ",", name);
}

static void text(struct kqt_json_out *out, const char *name, const char *value)
{
	key(out, name, false);
	kqt_json_put_text(out, value);
}

static void real(struct kqt_json_out *out, const char *name, double value)
{
	key(out, name, false);
	kqt_json_put_real(out, value);
}

static void count(struct kqt_json_out *out, const char *name, uint64_t value)
{
	key(out, name, false);
	kqt_json_put_count(out, value);
}

static void flag(struct kqt_json_out *out, const char *name, bool value)
{
	key(out, name, false);
	kqt_json_put(out, value ? "true" : "false");
}

static void report(struct kqt_json_out *out, const struct kqt_entrant *e)
{
	kqt_json_put(out, "{\"tag\":\"%s\"", e->tag);
	text(out, "name", e->name);
	text(out, "file", e->file);
	text(out, "side", e->side ? "B" : "A");
	text(out, "label", e->report->label);
	text(out, "started", e->report->started);
	text(out, "backend", e->report->backend);
	count(out, "rounds", e->figures.n);
	count(out, "rounds_left_out", e->more_rounds);
	count(out, "rounds_unsteady", e->unsteady);
	count(out, "rounds_saturated", e->saturated);
	count(out, "rows_drifting", e->drifting);
	count(out, "round_ns", e->report->how.round_ns);
	kqt_json_put(out, "}");
}

static void row(struct kqt_json_out *out, const struct kqt_row *of, const struct kqt_row_result *r)
{
	bool bits = of->source == KQT_ROW_ENTROPY;

	kqt_json_put(out, "{\"name\":\"%s\"", of->name);
	flag(out, "primary", of->primary);
	text(out, "better", kqt_row_more_is_better(of) ? "more" : "less");
	text(out, "unit", of->source == KQT_ROW_QUANTILE ? "ns" : bits ? "bits" : "1/s");
	count(out, "rounds_a", r->rounds[0]);
	count(out, "rounds_b", r->rounds[1]);
	real(out, "a", r->median[0]);
	real(out, "b", r->median[1]);
	text(out, "scale", bits ? "difference" : "ratio");
	real(out, "ratio", bits ? NAN : r->estimate);
	real(out, "estimate", r->estimate);
	real(out, "lo", r->lo);
	real(out, "hi", r->hi);
	real(out, "covers", r->covers);
	real(out, "margin", r->margin);
	real(out, "floor", r->floor);
	text(out, "verdict", r->judged ? kqt_stats_verdict_text(r->verdict) : NULL);
	count(out, "rounds_needed", r->rounds_needed ? r->rounds_needed : KQT_UNKNOWN);
	text(out, "why", r->why[0] ? r->why : NULL);
	kqt_json_put(out, "}");
}

static void effect(struct kqt_json_out *out, const struct kqt_effect *e)
{
	kqt_json_put(out, "{\"count_a\":");
	kqt_json_put_count(out, e->count[0]);
	count(out, "count_b", e->count[1]);
	real(out, "cliff", e->cliff);
	real(out, "d_plus", e->gap.plus);
	real(out, "d_minus", e->gap.minus);
	count(out, "d_plus_at_ns", e->gap.plus > 0 ? e->gap.plus_at_ns : KQT_UNKNOWN);
	count(out, "d_minus_at_ns", e->gap.minus > 0 ? e->gap.minus_at_ns : KQT_UNKNOWN);
	flag(out, "crossing", e->crossing);
	kqt_json_put(out, "}");
}

static void differences(struct kqt_json_out *out, const struct kqt_comparison *one,
                        const char *name, enum kqt_difference_kind kind)
{
	bool first = true;

	key(out, name, false);
	kqt_json_put(out, "[");
	for (size_t i = 0; i < one->differs.n; i++) {
		const struct kqt_difference *d = &one->differs.list[i];

		if (d->kind != kind)
			continue;
		kqt_json_put(out, "%s{\"what\":", first ? "" : ",");
		kqt_json_put_text(out, d->what);
		text(out, "a", d->a);
		text(out, "b", d->b);
		kqt_json_put(out, "}");
		first = false;
	}
	kqt_json_put(out, "]");
}

/* Without braces: the first comparison's keys stand in the top object too. */
static void comparison(struct kqt_json_out *out, const struct kqt_comparison *one)
{
	flag(out, "paired", one->paired);
	differences(out, one, "factor", KQT_DIFF_FACTOR);
	differences(out, one, "machine", KQT_DIFF_MACHINE);
	differences(out, one, "refused", KQT_DIFF_BLOCKS);
	key(out, "notices", false);
	for (size_t i = 0; i < one->n_notices; i++) {
		kqt_json_put(out, i ? "," : "[");
		kqt_json_put_text(out, one->notice[i].text);
	}
	kqt_json_put(out, one->n_notices ? "]" : "[]");
	key(out, "rows", false);
	for (size_t i = 0; i < KQT_ROWS; i++) {
		kqt_json_put(out, i ? "," : "[");
		row(out, &kqt_rows[i], &one->row[i]);
	}
	kqt_json_put(out, "]");
	key(out, "effects", false);
	for (int kind = 0; kind < KQT_LATENCIES; kind++) {
		kqt_json_put(out, kind ? "," : "{");
		key(out, kqt_latency_name((enum kqt_latency)kind), true);
		effect(out, &one->effect[kind]);
	}
	kqt_json_put(out, "}");
}

char *kqt_compare_json(const struct kqt_compare *c)
{
	struct kqt_json_out out = {0};

	kqt_json_put(&out, "{\"schema\":1");
	text(&out, "verdict", kqt_compare_verdict_text(c->verdict));
	real(&out, "margin", c->margin);
	real(&out, "alpha", c->alpha);
	key(&out, "reports", false);
	for (size_t i = 0; i < c->n; i++) {
		kqt_json_put(&out, i ? "," : "[");
		report(&out, &c->entrant[i]);
	}
	kqt_json_put(&out, "]");
	key(&out, "ranking", false);
	for (size_t i = 0; i < c->n; i++)
		kqt_json_put(&out, "%s\"%s\"", i ? "," : "[", c->entrant[c->rank[i]].tag);
	kqt_json_put(&out, "]");
	comparison(&out, &c->comparison[0]);
	key(&out, "comparisons", false);
	for (size_t i = 0; i + 1 < c->n; i++) {
		const struct kqt_comparison *one = &c->comparison[i];

		kqt_json_put(&out, "%s{\"a\":\"%s\",\"b\":\"%s\",\"verdict\":\"%s\"", i ? "," : "[",
		             c->entrant[one->a].tag, c->entrant[one->b].tag,
		             kqt_compare_verdict_text(one->verdict));
		comparison(&out, one);
		kqt_json_put(&out, "}");
	}
	kqt_json_put(&out, "]}");
	if (out.failed) {
		free(out.text);
		return NULL;
	}
	return out.text;
}
