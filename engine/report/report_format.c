/* SPDX-License-Identifier: MIT */
/* The format of a report, as tables: docs/FORMATS.md tells the same in words. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/report/config_json.h"
#include "engine/report/report_priv.h"
#include "engine/report/summary.h"

#define AT(type, field) offsetof(struct type, field)
#define END                                                                                        \
	{                                                                                          \
		.key = NULL                                                                        \
	}

/* -- histograms ------------------------------------------------------------- */

/* Bins from the lowest bucket up: a count, or how many empty buckets follow, negative
 * (the idea is HdrHistogram's log format's). */
static void write_bins(struct kqt_json_out *out, const struct kqt_sparse *s)
{
	uint32_t next = 0;

	kqt_json_put(out, "[");
	for (size_t i = 0; i < s->n; i++) {
		if (i)
			kqt_json_put(out, ",");
		if (s->bins[i].index > next) {
			kqt_json_put_int(out, -(int64_t)(s->bins[i].index - next));
			kqt_json_put(out, ",");
		}
		kqt_json_put_int(out, (int64_t)s->bins[i].count);
		next = s->bins[i].index + 1;
	}
	kqt_json_put(out, "]");
}

static void write_hist(struct kqt_json_out *out, const void *at)
{
	const struct kqt_sparse *s = at;

	kqt_json_put(out, "{\"count\":");
	kqt_json_put_count(out, s->count);
	kqt_json_put(out, ",\"sum_ns\":");
	kqt_json_put_count(out, s->sum_ns);
	kqt_json_put(out, ",\"min_ns\":");
	kqt_json_put_count(out, s->count ? s->min_ns : KQT_UNKNOWN);
	kqt_json_put(out, ",\"max_ns\":");
	kqt_json_put_count(out, s->count ? s->max_ns : KQT_UNKNOWN);
	kqt_json_put(out, ",\"above\":");
	kqt_json_put_count(out, s->above);
	kqt_json_put(out, ",\"bins\":");
	write_bins(out, s);
	kqt_json_put(out, "}");
}

static bool add_bin(struct kqt_json_in *in, struct kqt_sparse *s, size_t *room, struct kqt_bin bin)
{
	struct kqt_bin *more;

	if (s->n == *room) {
		*room = *room ? 2 * *room : 64;
		more = realloc(s->bins, *room * sizeof(*more));
		if (!more)
			return kqt_json_fail(in, -ENOMEM, "out of memory");
		s->bins = more;
	}
	s->bins[s->n++] = bin;
	return true;
}

static void read_bins(struct kqt_json_in *in, void *at)
{
	struct kqt_sparse *s = at;
	struct kqt_bin *fit;
	uint64_t index = 0;
	size_t room = 0;
	int64_t v;

	if (!kqt_json_enter(in, '['))
		return;
	while (kqt_json_more_int(in, &v)) {
		if (v == 0 || index + (v < 0 ? (uint64_t)-v : 0) >= KQT_HIST_LEN) {
			(void)kqt_json_fail(in, -KQT_E_RANGE,
			                    v ? "a bin is above the highest" : "a bin is empty");
			return;
		}
		if (v < 0)
			index += (uint64_t)-v;
		else if (!add_bin(
		             in, s, &room,
		             (struct kqt_bin){.index = (uint32_t)index++, .count = (uint64_t)v}))
			return;
	}
	/* a report has thousands of these: what is not needed is given back */
	fit = s->n ? realloc(s->bins, s->n * sizeof(*fit)) : NULL;
	if (fit)
		s->bins = fit;
}

static void read_hist(struct kqt_json_in *in, void *at)
{
	static const struct kqt_field fields[] = {
	    {.key = "count", .type = KQT_F_COUNT, .offset = AT(kqt_sparse, count)},
	    {.key = "sum_ns", .type = KQT_F_COUNT, .offset = AT(kqt_sparse, sum_ns)},
	    {.key = "min_ns", .type = KQT_F_COUNT_OR_NULL, .offset = AT(kqt_sparse, min_ns)},
	    {.key = "max_ns", .type = KQT_F_COUNT_OR_NULL, .offset = AT(kqt_sparse, max_ns)},
	    {.key = "above", .type = KQT_F_COUNT, .offset = AT(kqt_sparse, above)},
	    {.key = "bins", .type = KQT_F_CUSTOM, .read = read_bins, .required = true},
	    END,
	};
	struct kqt_sparse *s = at;
	const char *fault;

	if (!kqt_json_read(in, fields, s))
		return;
	if (s->count == 0)
		s->min_ns = s->max_ns = 0;
	fault = kqt_sparse_fault(s);
	if (fault)
		(void)kqt_json_fail(in, -KQT_E_SYNTAX, "%s", fault);
}

/* -- a round ---------------------------------------------------------------- */

#define HIST(name, field)                                                                          \
	{                                                                                          \
		.key = name, .type = KQT_F_CUSTOM, .offset = AT(kqt_round, field),                 \
		.read = read_hist, .write = write_hist, .required = true                           \
	}
#define OF_FILTERS(field)                                                                          \
	HIST("timer", field[KQT_FILTER_TIMER]), HIST("read", field[KQT_FILTER_READ]),              \
	    HIST("write", field[KQT_FILTER_WRITE]), HIST("vnode", field[KQT_FILTER_VNODE])

static const struct kqt_field wait_fields[] = {
    HIST("wake", wait_wake), HIST("timeout", wait_timeout), OF_FILTERS(wait_filter), END};
static const struct kqt_field notification_fields[] = {OF_FILTERS(notification), END};
static const struct kqt_field response_fields[] = {OF_FILTERS(response), END};

static const struct kqt_field latency_fields[] = {
    {.key = "wait", .type = KQT_F_OBJECT, .table = wait_fields},
    {.key = "notification", .type = KQT_F_OBJECT, .table = notification_fields},
    {.key = "response", .type = KQT_F_OBJECT, .table = response_fields},
    END,
};

#define COUNT(name, type_, field)                                                                  \
	{                                                                                          \
		.key = name, .type = KQT_F_COUNT, .offset = AT(type_, field)                       \
	}
#define COUNT_OR_NULL(name, type_, field)                                                          \
	{                                                                                          \
		.key = name, .type = KQT_F_COUNT_OR_NULL, .offset = AT(type_, field)               \
	}
#define REAL(name, type_, field)                                                                   \
	{                                                                                          \
		.key = name, .type = KQT_F_REAL, .offset = AT(type_, field)                        \
	}
#define REAL_OR_NULL(name, type_, field)                                                           \
	{                                                                                          \
		.key = name, .type = KQT_F_REAL_OR_NULL, .offset = AT(type_, field)                \
	}
#define FLAG(name, type_, field)                                                                   \
	{                                                                                          \
		.key = name, .type = KQT_F_FLAG, .offset = AT(type_, field)                        \
	}
#define TEXT(name, type_, field)                                                                   \
	{                                                                                          \
		.key = name, .type = KQT_F_TEXT_OR_NULL, .offset = AT(type_, field)                \
	}

static const struct kqt_field filter_fields[] = {
    COUNT("events", kqt_filter_tally, events),
    COUNT("wakes", kqt_filter_tally, wakes),
    COUNT("triggers", kqt_filter_tally, triggers),
    COUNT_OR_NULL("merged", kqt_filter_tally, merged),
    COUNT_OR_NULL("missed", kqt_filter_tally, missed),
    COUNT_OR_NULL("unstamped", kqt_filter_tally, unstamped),
    COUNT("transition", kqt_filter_tally, transition),
    COUNT("gap", kqt_filter_tally, gap),
    END,
};

#define FILTER(name, f)                                                                            \
	{                                                                                          \
		.key = name, .type = KQT_F_OBJECT, .offset = AT(kqt_round, filter[f]),             \
		.table = filter_fields                                                             \
	}
static const struct kqt_field filters_fields[] = {
    FILTER("timer", KQT_FILTER_TIMER), FILTER("read", KQT_FILTER_READ),
    FILTER("write", KQT_FILTER_WRITE), FILTER("vnode", KQT_FILTER_VNODE), END};

static const struct kqt_field excluded_fields[] = {
    COUNT("eintr", kqt_excluded, eintr), COUNT("control", kqt_excluded, control),
    COUNT("transition", kqt_excluded, transition), COUNT("gap", kqt_excluded, gap), END};

static const struct kqt_field stimulus_fields[] = {COUNT("ticks", kqt_round, ticks),
                                                   COUNT("lost", kqt_round, ticks_lost),
                                                   FLAG("saturated", kqt_round, saturated), END};

static const struct kqt_field load_fields[] = {
    REAL_OR_NULL("share", kqt_load_figures, share),
    REAL_OR_NULL("utilisation", kqt_load_figures, utilisation),
    REAL_OR_NULL("switches_per_s", kqt_load_figures, switches_per_s),
    REAL_OR_NULL("ops_per_s", kqt_load_figures, ops_per_s),
    END,
};

static const struct kqt_field flags_fields[] = {
    COUNT_OR_NULL("steal_ns", kqt_round_flags, steal_ns),
    COUNT_OR_NULL("pressure_cpu_ns", kqt_round_flags, pressure_cpu_ns),
    COUNT_OR_NULL("pressure_memory_ns", kqt_round_flags, pressure_memory_ns),
    COUNT_OR_NULL("pressure_io_ns", kqt_round_flags, pressure_io_ns),
    COUNT_OR_NULL("throttled_ns", kqt_round_flags, throttled_ns),
    COUNT_OR_NULL("thermal_throttles", kqt_round_flags, thermal_throttles),
    COUNT_OR_NULL("involuntary_switches", kqt_round_flags, involuntary_switches),
    COUNT_OR_NULL("major_faults", kqt_round_flags, major_faults),
    END,
};

static const struct kqt_field slice_fields[] = {
    REAL("seconds", kqt_slice, seconds),
    COUNT("waits", kqt_slice, waits),
    COUNT_OR_NULL("wait_p50_ns", kqt_slice, wait_p50_ns),
    COUNT_OR_NULL("wait_p99_ns", kqt_slice, wait_p99_ns),
    COUNT_OR_NULL("notification_p50_ns", kqt_slice, notification_p50_ns),
    COUNT_OR_NULL("notification_p99_ns", kqt_slice, notification_p99_ns),
    END,
};

static const struct kqt_field entropy_fields[] = {
    COUNT("n", kqt_round_entropy, n),
    REAL_OR_NULL("assessed", kqt_round_entropy, assessed),
    REAL_OR_NULL("mcv", kqt_round_entropy, mcv),
    REAL_OR_NULL("shannon", kqt_round_entropy, shannon),
    END,
};

/* "A" or "B" */
static void write_side(struct kqt_json_out *out, const void *at)
{
	kqt_json_put(out, "\"%c\"", 'A' + (int)*(const unsigned *)at);
}

static void read_side(struct kqt_json_in *in, void *at)
{
	char *text = NULL;

	if (!kqt_json_text(in, &text))
		return;
	if (strcmp(text, "A") != 0 && strcmp(text, "B") != 0)
		(void)kqt_json_fail(in, -KQT_E_SYNTAX, "neither \"A\" nor \"B\"");
	*(unsigned *)at = text[0] == 'B';
	free(text);
}

static void write_steady(struct kqt_json_out *out, const void *at)
{
	int steady = *(const int *)at;

	kqt_json_put(out, "%s", steady < 0 ? "null" : steady ? "true" : "false");
}

static void read_steady(struct kqt_json_in *in, void *at)
{
	bool flag;

	if (kqt_json_null(in))
		*(int *)at = -1;
	else if (kqt_json_flag(in, &flag))
		*(int *)at = flag;
}

static void write_entropy(struct kqt_json_out *out, const void *at)
{
	const struct kqt_round_entropy *e = at;

	if (e->n == 0)
		kqt_json_put(out, "null");
	else
		kqt_json_write(out, entropy_fields, e);
}

static void read_entropy(struct kqt_json_in *in, void *at)
{
	struct kqt_round_entropy *e = at;

	if (kqt_json_null(in) || !kqt_json_read(in, entropy_fields, e))
		return;
	if (e->n != KQT_ROUND_BYTES)
		(void)kqt_json_fail(in, -KQT_E_RANGE, "n is not %d", KQT_ROUND_BYTES);
	else if (e->assessed > 8 || e->mcv > 8 || e->shannon > 8)
		(void)kqt_json_fail(in, -KQT_E_RANGE, "more than 8 bits a byte");
}

static void write_slices(struct kqt_json_out *out, const void *at)
{
	const struct kqt_round *r = at;

	kqt_json_put(out, "[");
	for (size_t i = 0; i < r->n_slices; i++) {
		kqt_json_put(out, "%s", i ? "," : "");
		kqt_json_write(out, slice_fields, &r->slice[i]);
	}
	kqt_json_put(out, "]");
}

static void read_slices(struct kqt_json_in *in, void *at)
{
	struct kqt_round *r = at;

	if (!kqt_json_enter(in, '['))
		return;
	r->slice = kqt_array_new(KQT_REPORT_SLICES_MAX, sizeof(r->slice[0]));
	if (!r->slice) {
		(void)kqt_json_fail(in, -ENOMEM, "out of memory");
		return;
	}
	while (kqt_json_more(in, '[')) {
		if (r->n_slices == KQT_REPORT_SLICES_MAX) {
			(void)kqt_json_fail(in, -KQT_E_RANGE, "more than %d slices",
			                    KQT_REPORT_SLICES_MAX);
			return;
		}
		if (!kqt_json_read(in, slice_fields, &r->slice[r->n_slices]))
			return;
		r->n_slices++;
	}
}

/* Derived figures, for readers that want no arithmetic. */
static void write_waits_per_s(struct kqt_json_out *out, const void *at)
{
	const struct kqt_round *r = at;

	kqt_json_put_real(out, r->seconds > 0 ? (double)r->waits / r->seconds : NAN);
}

static void write_events_per_s(struct kqt_json_out *out, const void *at)
{
	const struct kqt_round *r = at;

	kqt_json_put_real(out, r->seconds > 0 ? (double)kqt_round_events(r) / r->seconds : NAN);
}

const struct kqt_field kqt_round_fields[] = {
    {.key = "side",
     .type = KQT_F_CUSTOM,
     .offset = AT(kqt_round, side),
     .read = read_side,
     .write = write_side,
     .required = true},
    {.key = "pair", .type = KQT_F_UNSIGNED, .offset = AT(kqt_round, pair)},
    {.key = "order", .type = KQT_F_UNSIGNED, .offset = AT(kqt_round, order)},
    REAL("start_s", kqt_round, start_s),
    REAL("seconds", kqt_round, seconds),
    REAL("warmup_s", kqt_round, warmup_s),
    {.key = "steady",
     .type = KQT_F_CUSTOM,
     .offset = AT(kqt_round, steady),
     .read = read_steady,
     .write = write_steady},
    COUNT("waits", kqt_round, waits),
    {.key = "waits_per_s", .type = KQT_F_CUSTOM, .write = write_waits_per_s},
    {.key = "events_per_s", .type = KQT_F_CUSTOM, .write = write_events_per_s},
    COUNT("timeouts", kqt_round, timeouts),
    COUNT("stalls", kqt_round, stalls),
    COUNT("stall_max_ns", kqt_round, stall_max_ns),
    COUNT("missing", kqt_round, missing),
    {.key = "excluded",
     .type = KQT_F_OBJECT,
     .offset = AT(kqt_round, excluded),
     .table = excluded_fields},
    {.key = "filters", .type = KQT_F_OBJECT, .table = filters_fields},
    {.key = "stimulus", .type = KQT_F_OBJECT, .table = stimulus_fields},
    {.key = "entropy",
     .type = KQT_F_CUSTOM,
     .offset = AT(kqt_round, entropy),
     .read = read_entropy,
     .write = write_entropy},
    {.key = "flags", .type = KQT_F_OBJECT, .offset = AT(kqt_round, flags), .table = flags_fields},
    {.key = "load", .type = KQT_F_OBJECT, .offset = AT(kqt_round, load), .table = load_fields},
    {.key = "slices", .type = KQT_F_CUSTOM, .read = read_slices, .write = write_slices},
    {.key = "latency", .type = KQT_F_OBJECT, .table = latency_fields},
    END,
};

static const char *round_fault(const struct kqt_round *r)
{
	if (r->waits != r->wait_wake.count + r->wait_timeout.count)
		return "waits is not the sum of latency.wait.wake and .timeout";
	if (r->timeouts != r->wait_timeout.count)
		return "timeouts is not the count of latency.wait.timeout";
	for (int f = 0; f < KQT_FILTERS; f++)
		if (r->wait_filter[f].count != r->filter[f].wakes)
			return "a filter's wakes are not the count of its waits";
	return NULL;
}

bool kqt_round_read(struct kqt_json_in *in, struct kqt_round *round)
{
	const char *fault;

	if (!kqt_json_read(in, kqt_round_fields, round))
		return false;
	fault = round_fault(round);
	return !fault || kqt_json_fail(in, -KQT_E_SYNTAX, "%s", fault);
}

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
    TEXT("requested", kqt_side, load),
    TEXT("command", kqt_side, load_command),
    {.key = "achieved",
     .type = KQT_F_OBJECT,
     .offset = AT(kqt_side, achieved),
     .table = load_fields},
    END,
};

static const struct kqt_field side_b_fields[] = {
    TEXT("options", kqt_side, options),
    {.key = "config",
     .type = KQT_F_CUSTOM,
     .offset = AT(kqt_side, config),
     .read = read_config,
     .write = write_config,
     .required = true},
    {.key = "load", .type = KQT_F_OBJECT, .table = side_load_fields},
    END,
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
    COUNT("round_ns", kqt_how, round_ns),
    TEXT("warmup", kqt_how, warmup),
    TEXT("stream", kqt_how, stream),
    REAL("grain_ns", kqt_how, grain_ns),
    COUNT_OR_NULL("dma_latency_us", kqt_how, dma_latency_us),
    END,
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
    TEXT("version", kqt_report, version),
    TEXT("label", kqt_report, label),
    TEXT("started", kqt_report, started),
    COUNT("seed", kqt_report, seed),
    TEXT("backend", kqt_report, backend),
    TEXT("backend_label", kqt_report, backend_label),
    FLAG("self_check", kqt_report, self_check),
    FLAG("complete", kqt_report, complete),
    COUNT("rounds_wanted", kqt_report, rounds_wanted),
    {.key = "how", .type = KQT_F_OBJECT, .offset = AT(kqt_report, how), .table = how_fields},
    {.key = "config",
     .type = KQT_F_CUSTOM,
     .offset = AT(kqt_report, side[0].config),
     .read = read_config,
     .write = write_config,
     .required = true},
    {.key = "load",
     .type = KQT_F_OBJECT,
     .offset = AT(kqt_report, side[0]),
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
    END,
};
