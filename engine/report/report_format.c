/* SPDX-License-Identifier: MIT */
/* The format of a report, as tables: docs/FORMATS.md tells the same in words. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/report/config_json.h"
#include "engine/report/report_priv.h"
#include "engine/report/summary.h"

/* -- the report ------------------------------------------------------------- */

static void write_schema(struct kqt_json_out *out, const void *at)
{
	(void)at;
	kqt_json_put_int(out, KQT_REPORT_SCHEMA);
}

static void read_schema(struct kqt_json_in *in, void *at)
{
	uint64_t v;

	(void)at;
	if (kqt_json_count(in, &v) && v != KQT_REPORT_SCHEMA)
		(void)kqt_json_fail(in, -KQT_E_UNSUPPORTED,
		                    "this is format version %llu, and %d is what can be read",
		                    (unsigned long long)v, KQT_REPORT_SCHEMA);
}

static void write_config(struct kqt_json_out *out, const void *at)
{
	kqt_config_write_json(out, at);
}

static void read_config(struct kqt_json_in *in, void *at)
{
	(void)kqt_config_read_json(in, at);
}

static const struct kqt_field side_load_fields[] = {
    KQT_ROW_TEXT("requested", kqt_side, load),
    KQT_ROW_TEXT("command", kqt_side, load_command),
    KQT_ROW_COUNT_OR_NULL("version", kqt_side, load_version),
    {.key = "achieved",
     .type = KQT_F_OBJECT,
     .offset = offsetof(struct kqt_side, achieved),
     .table = kqt_load_fields},
    KQT_ROW_END,
};

static const struct kqt_field side_b_fields[] = {
    KQT_ROW_TEXT("options", kqt_side, options),
    {.key = "config",
     .type = KQT_F_CUSTOM,
     .offset = offsetof(struct kqt_side, config),
     .read = read_config,
     .write = write_config,
     .required = true},
    {.key = "load", .type = KQT_F_OBJECT, .table = side_load_fields},
    KQT_ROW_END,
};

static void write_b(struct kqt_json_out *out, const void *at)
{
	const struct kqt_report *r = at;

	if (r->ab)
		kqt_json_write(out, side_b_fields, &r->side[1]);
	else
		kqt_json_put(out, "null");
}

static void read_b(struct kqt_json_in *in, void *at)
{
	struct kqt_report *r = at;

	if (kqt_json_null(in))
		return;
	r->ab = true;
	(void)kqt_json_read(in, side_b_fields, &r->side[1]);
}

static const struct kqt_field how_fields[] = {
    KQT_ROW_COUNT("round_ns", kqt_how, round_ns),
    KQT_ROW_TEXT("warmup", kqt_how, warmup),
    KQT_ROW_TEXT("stream", kqt_how, stream),
    KQT_ROW_REAL("grain_ns", kqt_how, grain_ns),
    KQT_ROW_COUNT_OR_NULL("dma_latency_us", kqt_how, dma_latency_us),
    KQT_ROW_END,
};

static void write_facts(struct kqt_json_out *out, const void *at)
{
	const struct kqt_report *r = at;

	kqt_json_put(out, "{");
	for (size_t i = 0; i < r->n_facts; i++) {
		const struct kqt_fact *f = &r->facts[i];

		kqt_json_put(out, "%s", i ? "," : "");
		kqt_json_put_text(out, f->key);
		kqt_json_put(out, ":");
		if (f->number && f->value)
			kqt_json_put(out, "%s", f->value);
		else
			kqt_json_put_text(out, f->value);
	}
	kqt_json_put(out, "}");
}

/* A number is kept as it is written, so that no digit changes on the way. */
static bool read_number(struct kqt_json_in *in, struct kqt_fact *f)
{
	const char *start;
	double v;

	(void)kqt_json_peek(in);
	start = in->at;
	if (!kqt_json_real(in, &v))
		return false;
	f->number = true;
	f->value = strndup(start, (size_t)(in->at - start));
	return f->value || kqt_json_fail(in, -ENOMEM, "out of memory");
}

static bool read_fact(struct kqt_json_in *in, struct kqt_fact *f)
{
	char key[64], c;

	/* a key is read as a text is: it is printed */
	if (!kqt_json_key(in, key, sizeof(key)))
		return false;
	if (key[0] == '\0' || strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(key))
		return kqt_json_fail(in, -KQT_E_SYNTAX,
		                     "a key is not of small letters, digits and '_'");
	f->key = strdup(key);
	if (!f->key)
		return kqt_json_fail(in, -ENOMEM, "out of memory");
	c = kqt_json_peek(in);
	if (c == '"')
		return kqt_json_text(in, &f->value);
	if (c == 'n')
		return kqt_json_null(in) || kqt_json_skip(in);
	return read_number(in, f);
}

static void read_facts(struct kqt_json_in *in, void *at)
{
	struct kqt_report *r = at;

	if (!kqt_json_enter(in, '{'))
		return;
	r->facts = kqt_array_new(KQT_REPORT_FACTS_MAX, sizeof(r->facts[0]));
	if (!r->facts) {
		(void)kqt_json_fail(in, -ENOMEM, "out of memory");
		return;
	}
	while (kqt_json_more(in, '{')) {
		if (r->n_facts == KQT_REPORT_FACTS_MAX) {
			(void)kqt_json_fail(in, -KQT_E_RANGE, "more than %d facts",
			                    KQT_REPORT_FACTS_MAX);
			return;
		}
		if (!read_fact(in, &r->facts[r->n_facts++]))
			return;
	}
}

static void write_rounds(struct kqt_json_out *out, const void *at)
{
	const struct kqt_report *r = at;

	kqt_json_put(out, "[");
	for (size_t i = 0; i < r->n_rounds; i++) {
		kqt_json_put(out, "%s", i ? ",\n" : "\n");
		kqt_json_write(out, kqt_round_fields, &r->rounds[i]);
	}
	kqt_json_put(out, "\n]");
}

static void read_rounds(struct kqt_json_in *in, void *at)
{
	struct kqt_report *r = at;
	struct kqt_round *round;

	if (!kqt_json_enter(in, '['))
		return;
	while (kqt_json_more(in, '[')) {
		if (r->n_rounds == KQT_REPORT_ROUNDS_MAX) {
			(void)kqt_json_fail(in, -KQT_E_RANGE, "more than %d rounds",
			                    KQT_REPORT_ROUNDS_MAX);
			return;
		}
		round = kqt_report_add_round(r);
		if (!round) {
			(void)kqt_json_fail(in, -ENOMEM, "out of memory");
			return;
		}
		if (!kqt_round_read(in, round))
			return;
		if (r->n_rounds > 1 && round->order <= round[-1].order)
			(void)kqt_json_fail(in, -KQT_E_SYNTAX, "rounds are not in their order");
	}
}

static void write_summary(struct kqt_json_out *out, const void *at)
{
	kqt_summary_write_json(out, at);
}

const struct kqt_field kqt_report_fields[] = {
    {.key = "schema",
     .type = KQT_F_CUSTOM,
     .read = read_schema,
     .write = write_schema,
     .required = true},
    KQT_ROW_TEXT("version", kqt_report, version),
    KQT_ROW_TEXT("label", kqt_report, label),
    KQT_ROW_TEXT("started", kqt_report, started),
    KQT_ROW_COUNT("seed", kqt_report, seed),
    KQT_ROW_TEXT("backend", kqt_report, backend),
    KQT_ROW_TEXT("backend_label", kqt_report, backend_label),
    KQT_ROW_FLAG("self_check", kqt_report, self_check),
    KQT_ROW_FLAG("complete", kqt_report, complete),
    KQT_ROW_COUNT("rounds_wanted", kqt_report, rounds_wanted),
    {.key = "how",
     .type = KQT_F_OBJECT,
     .offset = offsetof(struct kqt_report, how),
     .table = how_fields},
    {.key = "config",
     .type = KQT_F_CUSTOM,
     .offset = offsetof(struct kqt_report, side[0].config),
     .read = read_config,
     .write = write_config,
     .required = true},
    {.key = "load",
     .type = KQT_F_OBJECT,
     .offset = offsetof(struct kqt_report, side[0]),
     .table = side_load_fields},
    {.key = "b", .type = KQT_F_CUSTOM, .read = read_b, .write = write_b},
    {.key = "fingerprint",
     .type = KQT_F_CUSTOM,
     .read = read_facts,
     .write = write_facts,
     .required = true},
    {.key = "summary", .type = KQT_F_CUSTOM, .write = write_summary},
    {.key = "rounds",
     .type = KQT_F_CUSTOM,
     .read = read_rounds,
     .write = write_rounds,
     .required = true},
    KQT_ROW_END,
};
