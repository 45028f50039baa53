/* SPDX-License-Identifier: MIT */
/* The format of a round, as tables: docs/FORMATS.md tells the same in words. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/report/report_priv.h"

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

static bool add_bin(struct kqt_json_in *in, struct kqt_sparse *s, size_t *room, uint32_t index,
                    uint64_t count)
{
	struct kqt_bin *more;

	if (s->n == *room) {
		*room = *room ? 2 * *room : 64;
		more = realloc(s->bins, *room * sizeof(*more));
		if (!more)
			return kqt_json_fail(in, -ENOMEM, "out of memory");
		s->bins = more;
	}
	s->bins[s->n++] = (struct kqt_bin){.index = index, .count = count};
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
		if (v == 0 || index + (v < 0 ? (uint64_t)-v : 0) >= (uint64_t)KQT_HIST_LEN) {
			(void)kqt_json_fail(in, -KQT_E_RANGE,
			                    v ? "a bin is above the highest" : "a bin is empty");
			return;
		}
		if (v < 0) {
			index += (uint64_t)-v;
			continue;
		}
		if (!add_bin(in, s, &room, (uint32_t)index, (uint64_t)v))
			return;
		index++;
	}
	/* a report has thousands of these: what is not needed is given back */
	fit = s->n ? realloc(s->bins, s->n * sizeof(*fit)) : NULL;
	if (fit)
		s->bins = fit;
}

static void read_hist(struct kqt_json_in *in, void *at)
{
	static const struct kqt_field fields[] = {
	    {.key = "count", .type = KQT_F_COUNT, .offset = offsetof(struct kqt_sparse, count)},
	    {.key = "sum_ns", .type = KQT_F_COUNT, .offset = offsetof(struct kqt_sparse, sum_ns)},
	    {.key = "min_ns",
	     .type = KQT_F_COUNT_OR_NULL,
	     .offset = offsetof(struct kqt_sparse, min_ns)},
	    {.key = "max_ns",
	     .type = KQT_F_COUNT_OR_NULL,
	     .offset = offsetof(struct kqt_sparse, max_ns)},
	    {.key = "above", .type = KQT_F_COUNT, .offset = offsetof(struct kqt_sparse, above)},
	    {.key = "bins", .type = KQT_F_CUSTOM, .read = read_bins, .required = true},
	    KQT_ROW_END,
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
		.key = (name), .type = KQT_F_CUSTOM, .offset = offsetof(struct kqt_round, field),  \
		.read = read_hist, .write = write_hist, .required = true                           \
	}
static const struct kqt_field wait_fields[] = {
    HIST("wake", wait_wake),
    HIST("timeout", wait_timeout),
    HIST("timer", wait_filter[KQT_FILTER_TIMER]),
    HIST("read", wait_filter[KQT_FILTER_READ]),
    HIST("write", wait_filter[KQT_FILTER_WRITE]),
    HIST("vnode", wait_filter[KQT_FILTER_VNODE]),
    KQT_ROW_END,
};
static const struct kqt_field notification_fields[] = {
    HIST("timer", notification[KQT_FILTER_TIMER]),
    HIST("read", notification[KQT_FILTER_READ]),
    HIST("write", notification[KQT_FILTER_WRITE]),
    HIST("vnode", notification[KQT_FILTER_VNODE]),
    KQT_ROW_END,
};
static const struct kqt_field response_fields[] = {
    HIST("timer", response[KQT_FILTER_TIMER]),
    HIST("read", response[KQT_FILTER_READ]),
    HIST("write", response[KQT_FILTER_WRITE]),
    HIST("vnode", response[KQT_FILTER_VNODE]),
    KQT_ROW_END,
};

static const struct kqt_field latency_fields[] = {
    {.key = "wait", .type = KQT_F_OBJECT, .table = wait_fields},
    {.key = "notification", .type = KQT_F_OBJECT, .table = notification_fields},
    {.key = "response", .type = KQT_F_OBJECT, .table = response_fields},
    KQT_ROW_END,
};

static const struct kqt_field filter_fields[] = {
    KQT_ROW_COUNT("events", kqt_filter_tally, events),
    KQT_ROW_COUNT("wakes", kqt_filter_tally, wakes),
    KQT_ROW_COUNT("triggers", kqt_filter_tally, triggers),
    KQT_ROW_COUNT_OR_NULL("merged", kqt_filter_tally, merged),
    KQT_ROW_COUNT_OR_NULL("missed", kqt_filter_tally, missed),
    KQT_ROW_COUNT_OR_NULL("unstamped", kqt_filter_tally, unstamped),
    KQT_ROW_COUNT("transition", kqt_filter_tally, transition),
    KQT_ROW_COUNT("gap", kqt_filter_tally, gap),
    KQT_ROW_END,
};

#define FILTER(name, f)                                                                            \
	{                                                                                          \
		.key = (name), .type = KQT_F_OBJECT,                                               \
		.offset = offsetof(struct kqt_round, filter[f]), .table = filter_fields            \
	}
static const struct kqt_field filters_fields[] = {
    FILTER("timer", KQT_FILTER_TIMER), FILTER("read", KQT_FILTER_READ),
    FILTER("write", KQT_FILTER_WRITE), FILTER("vnode", KQT_FILTER_VNODE), KQT_ROW_END};

static const struct kqt_field excluded_fields[] = {
    KQT_ROW_COUNT("eintr", kqt_excluded, eintr), KQT_ROW_COUNT("control", kqt_excluded, control),
    KQT_ROW_COUNT("transition", kqt_excluded, transition), KQT_ROW_COUNT("gap", kqt_excluded, gap),
    KQT_ROW_END};

static const struct kqt_field stimulus_fields[] = {
    KQT_ROW_COUNT("ticks", kqt_round, ticks), KQT_ROW_COUNT("lost", kqt_round, ticks_lost),
    KQT_ROW_FLAG("saturated", kqt_round, saturated), KQT_ROW_END};

const struct kqt_field kqt_load_fields[] = {
    KQT_ROW_REAL_OR_NULL("share", kqt_load_figures, share),
    KQT_ROW_REAL_OR_NULL("utilisation", kqt_load_figures, utilisation),
    KQT_ROW_REAL_OR_NULL("switches_per_s", kqt_load_figures, switches_per_s),
    KQT_ROW_REAL_OR_NULL("ops_per_s", kqt_load_figures, ops_per_s),
    KQT_ROW_END,
};

static const struct kqt_field flags_fields[] = {
    KQT_ROW_COUNT_OR_NULL("steal_ns", kqt_round_flags, steal_ns),
    KQT_ROW_COUNT_OR_NULL("pressure_cpu_ns", kqt_round_flags, pressure_cpu_ns),
    KQT_ROW_COUNT_OR_NULL("pressure_memory_ns", kqt_round_flags, pressure_memory_ns),
    KQT_ROW_COUNT_OR_NULL("pressure_io_ns", kqt_round_flags, pressure_io_ns),
    KQT_ROW_COUNT_OR_NULL("throttled_ns", kqt_round_flags, throttled_ns),
    KQT_ROW_COUNT_OR_NULL("thermal_throttles", kqt_round_flags, thermal_throttles),
    KQT_ROW_COUNT_OR_NULL("involuntary_switches", kqt_round_flags, involuntary_switches),
    KQT_ROW_COUNT_OR_NULL("major_faults", kqt_round_flags, major_faults),
    KQT_ROW_END,
};

static const struct kqt_field slice_fields[] = {
    KQT_ROW_REAL("seconds", kqt_slice, seconds),
    KQT_ROW_COUNT("waits", kqt_slice, waits),
    KQT_ROW_COUNT_OR_NULL("wait_p50_ns", kqt_slice, wait_p50_ns),
    KQT_ROW_COUNT_OR_NULL("wait_p99_ns", kqt_slice, wait_p99_ns),
    KQT_ROW_COUNT_OR_NULL("notification_p50_ns", kqt_slice, notification_p50_ns),
    KQT_ROW_COUNT_OR_NULL("notification_p99_ns", kqt_slice, notification_p99_ns),
    KQT_ROW_END,
};

static const struct kqt_field entropy_fields[] = {
    KQT_ROW_COUNT("n", kqt_round_entropy, n),
    KQT_ROW_REAL_OR_NULL("assessed", kqt_round_entropy, assessed),
    KQT_ROW_REAL_OR_NULL("mcv", kqt_round_entropy, mcv),
    KQT_ROW_REAL_OR_NULL("shannon", kqt_round_entropy, shannon),
    KQT_ROW_END,
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
     .offset = offsetof(struct kqt_round, side),
     .read = read_side,
     .write = write_side,
     .required = true},
    {.key = "pair", .type = KQT_F_UNSIGNED, .offset = offsetof(struct kqt_round, pair)},
    {.key = "order", .type = KQT_F_UNSIGNED, .offset = offsetof(struct kqt_round, order)},
    KQT_ROW_REAL("start_s", kqt_round, start_s),
    KQT_ROW_REAL("seconds", kqt_round, seconds),
    KQT_ROW_REAL("warmup_s", kqt_round, warmup_s),
    {.key = "steady",
     .type = KQT_F_CUSTOM,
     .offset = offsetof(struct kqt_round, steady),
     .read = read_steady,
     .write = write_steady},
    KQT_ROW_COUNT("waits", kqt_round, waits),
    {.key = "waits_per_s", .type = KQT_F_CUSTOM, .write = write_waits_per_s},
    {.key = "events_per_s", .type = KQT_F_CUSTOM, .write = write_events_per_s},
    KQT_ROW_COUNT("timeouts", kqt_round, timeouts),
    KQT_ROW_COUNT("stalls", kqt_round, stalls),
    KQT_ROW_COUNT("stall_max_ns", kqt_round, stall_max_ns),
    KQT_ROW_COUNT("missing", kqt_round, missing),
    KQT_ROW_COUNT_OR_NULL("raw_lost", kqt_round, raw_lost),
    {.key = "excluded",
     .type = KQT_F_OBJECT,
     .offset = offsetof(struct kqt_round, excluded),
     .table = excluded_fields},
    {.key = "filters", .type = KQT_F_OBJECT, .table = filters_fields},
    {.key = "stimulus", .type = KQT_F_OBJECT, .table = stimulus_fields},
    {.key = "entropy",
     .type = KQT_F_CUSTOM,
     .offset = offsetof(struct kqt_round, entropy),
     .read = read_entropy,
     .write = write_entropy},
    {.key = "flags",
     .type = KQT_F_OBJECT,
     .offset = offsetof(struct kqt_round, flags),
     .table = flags_fields},
    {.key = "load",
     .type = KQT_F_OBJECT,
     .offset = offsetof(struct kqt_round, load),
     .table = kqt_load_fields},
    {.key = "slices", .type = KQT_F_CUSTOM, .read = read_slices, .write = write_slices},
    {.key = "latency", .type = KQT_F_OBJECT, .table = latency_fields},
    KQT_ROW_END,
};

/* Of one round: of the 10,000 that a report may have the sums fit 63 bits. A day of 10^9 a
 * second is less. */
#define COUNT_MAX (UINT64_C(1) << 48)
#define SECONDS_MAX 1e9    /* since a run began, and of a round: 32 years */
#define SECONDS_LEAST 1e-9 /* of what was measured at all: rates are finite */

static bool too_many(uint64_t count)
{
	return count > COUNT_MAX && count != KQT_UNKNOWN;
}

static bool too_many_of_filter(const struct kqt_filter_tally *f)
{
	return too_many(f->events) || too_many(f->triggers) || too_many(f->merged) ||
	       too_many(f->missed) || too_many(f->unstamped) || too_many(f->transition) ||
	       too_many(f->gap);
}

/* What no round is. Values of each histogram, and with them waits, timeouts and wakes. */
static const char *size_fault(const struct kqt_round *r)
{
	bool many = too_many(r->wait_wake.count) || too_many(r->wait_timeout.count) ||
	            too_many(r->stalls) || too_many(r->ticks) || too_many(r->ticks_lost) ||
	            too_many(r->missing) || too_many(r->raw_lost) || too_many(r->excluded.eintr) ||
	            too_many(r->excluded.control) || too_many(r->excluded.transition) ||
	            too_many(r->excluded.gap);

	for (int f = 0; f < KQT_FILTERS; f++)
		many = many || too_many_of_filter(&r->filter[f]) ||
		       too_many(r->wait_filter[f].count) || too_many(r->notification[f].count) ||
		       too_many(r->response[f].count);
	if (many)
		return "more of something than a round can have";
	if (r->start_s > SECONDS_MAX || r->seconds > SECONDS_MAX || r->warmup_s > SECONDS_MAX)
		return "a time that is longer than any run";
	return r->seconds > 0 && r->seconds < SECONDS_LEAST ? "seconds are less than a nanosecond"
	                                                    : NULL;
}

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
	fault = size_fault(round);
	if (fault)
		return kqt_json_fail(in, -KQT_E_RANGE, "%s", fault);
	fault = round_fault(round);
	return !fault || kqt_json_fail(in, -KQT_E_SYNTAX, "%s", fault);
}
