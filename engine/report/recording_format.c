/* SPDX-License-Identifier: MIT */
/* The format of a recording's lines, as tables; docs/FORMATS.md tells it in words. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/report/config_json.h"
#include "engine/report/recording_priv.h"

#define AT(type, field) offsetof(struct type, field)
#define END                                                                                        \
	{                                                                                          \
		.key = NULL                                                                        \
	}

/* -- arrays of a fixed length --------------------------------------------- */

static void write_counts(struct kqt_json_out *out, const uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		kqt_json_put(out, i ? "," : "[");
		kqt_json_put_int(out, (int64_t)v[i]);
	}
	kqt_json_put(out, "]");
}

static void read_counts(struct kqt_json_in *in, uint64_t *v, size_t n)
{
	size_t got = 0;

	if (!kqt_json_enter(in, '['))
		return;
	while (kqt_json_more(in, '[')) {
		uint64_t x = 0;

		if (!kqt_json_count(in, &x))
			return;
		if (got < n)
			v[got] = x;
		got++;
	}
	if (in->rc == 0 && got != n)
		(void)kqt_json_fail(in, -KQT_E_SYNTAX, "%zu numbers expected, found %zu", n, got);
}

/* What older recordings lack. */
static void write_newer(struct kqt_json_out *out, const void *at)
{
	kqt_json_put_count(out, *(const uint64_t *)at);
}

static void read_newer(struct kqt_json_in *in, void *at)
{
	(void)kqt_json_count(in, at);
}

static void write_filters(struct kqt_json_out *out, const void *at)
{
	write_counts(out, at, KQT_FILTERS);
}

static void read_filters(struct kqt_json_in *in, void *at)
{
	read_counts(in, at, KQT_FILTERS);
}

static void write_kinds(struct kqt_json_out *out, const void *at)
{
	write_counts(out, at, KQT_SOURCE_KINDS);
}

static void read_kinds(struct kqt_json_in *in, void *at)
{
	read_counts(in, at, KQT_SOURCE_KINDS);
}

static void write_per_wait(struct kqt_json_out *out, const void *at)
{
	write_counts(out, at, KQT_EVENTS_PER_WAIT);
}

static void read_per_wait(struct kqt_json_in *in, void *at)
{
	read_counts(in, at, KQT_EVENTS_PER_WAIT);
}

static void write_three(struct kqt_json_out *out, const void *at)
{
	write_counts(out, at, 3);
}

static void read_three(struct kqt_json_in *in, void *at)
{
	read_counts(in, at, 3);
}

/* What the encoding of a histogram loses: [count, sum, min, max, above]. */
static void write_exact(struct kqt_json_out *out, const void *at)
{
	const struct kqt_hist *h = at;
	uint64_t v[5] = {h->count, h->sum_ns, h->count ? h->min_ns : 0, h->max_ns, h->above};

	write_counts(out, v, 5);
}

static void read_exact(struct kqt_json_in *in, void *at)
{
	struct kqt_hist *h = at;
	uint64_t v[5] = {0};

	read_counts(in, v, 5);
	if (in->rc < 0)
		return;
	h->count = v[0];
	h->sum_ns = v[1];
	h->min_ns = v[2];
	h->max_ns = v[3];
	h->above = v[4];
}

/* -- head ----------------------------------------------------------------- */

#define HEAD(field) offsetof(struct kqt_rec_line, head.field)

const struct kqt_field kqt_rec_head_fields[] = {
    {"format", KQT_F_COUNT, AT(kqt_rec_line, format), NULL, NULL, NULL, false},
    {"version", KQT_F_TEXT_OR_NULL, HEAD(version), NULL, NULL, NULL, false},
    {"started", KQT_F_TEXT_OR_NULL, HEAD(started), NULL, NULL, NULL, false},
    {"started_ms", KQT_F_COUNT, HEAD(started_ms), NULL, NULL, NULL, false},
    {"system", KQT_F_TEXT_OR_NULL, HEAD(system), NULL, NULL, NULL, false},
    {"release", KQT_F_TEXT_OR_NULL, HEAD(release), NULL, NULL, NULL, false},
    {"machine", KQT_F_TEXT_OR_NULL, HEAD(machine), NULL, NULL, NULL, false},
    {"cpus", KQT_F_COUNT_OR_NULL, HEAD(cpus), NULL, NULL, NULL, false},
    {"clock", KQT_F_TEXT_OR_NULL, HEAD(clock), NULL, NULL, NULL, false},
    {"clock_source", KQT_F_TEXT_OR_NULL, HEAD(clock_source), NULL, NULL, NULL, false},
    END,
};

/* -- configuration -------------------------------------------------------- */

static void write_config(struct kqt_json_out *out, const void *at)
{
	kqt_config_write_json(out, at);
}

static void read_config(struct kqt_json_in *in, void *at)
{
	(void)kqt_config_read_json(in, at);
}

static void write_error(struct kqt_json_out *out, const void *at)
{
	kqt_json_put_text(out, at);
}

static void read_error(struct kqt_json_in *in, void *at)
{
	const size_t size = sizeof(((struct kqt_shortfall *)NULL)->error);
	char *text = NULL;

	/* cut, it might end in half a character, which no JSON can be made of again */
	if (kqt_json_text(in, &text) && strlen(text) >= size)
		(void)kqt_json_fail(in, -KQT_E_RANGE, "the text is longer than %zu bytes",
		                    size - 1);
	else if (text)
		memcpy(at, text, strlen(text) + 1);
	free(text);
}

static const struct kqt_field shortfall_fields[] = {
    {"wanted", KQT_F_COUNT, AT(kqt_shortfall, wanted), NULL, NULL, NULL, false},
    {"got", KQT_F_COUNT, AT(kqt_shortfall, got), NULL, NULL, NULL, false},
    {"error", KQT_F_CUSTOM, AT(kqt_shortfall, error), NULL, read_error, write_error, true},
    END,
};

#define CONFIG(field) offsetof(struct kqt_rec_line, config.field)
#define SHORT(name, kind)                                                                          \
	{                                                                                          \
		name, KQT_F_OBJECT, CONFIG(shortfall[kind]), shortfall_fields, NULL, NULL, false   \
	}

static const struct kqt_field shortfalls_fields[] = {
    SHORT("timers", KQT_SOURCE_TIMER),
    SHORT("sockets", KQT_SOURCE_SOCKET),
    SHORT("watchers", KQT_SOURCE_FILE),
    END,
};

const struct kqt_field kqt_rec_config_fields[] = {
    {"elapsed_s", KQT_F_REAL, AT(kqt_rec_line, elapsed_s), NULL, NULL, NULL, false},
    {"epoch", KQT_F_COUNT, CONFIG(epoch), NULL, NULL, NULL, false},
    {"backend", KQT_F_TEXT_OR_NULL, CONFIG(backend), NULL, NULL, NULL, false},
    {"backend_label", KQT_F_TEXT_OR_NULL, CONFIG(backend_label), NULL, NULL, NULL, false},
    {"capabilities", KQT_F_COUNT, CONFIG(capabilities), NULL, NULL, NULL, false},
    {"registered", KQT_F_CUSTOM, CONFIG(registered), NULL, read_kinds, write_kinds, true},
    /* offsets of its rows are of the line, as is its own */
    {"shortfall", KQT_F_OBJECT, 0, shortfalls_fields, NULL, NULL, false},
    {"config", KQT_F_CUSTOM, CONFIG(config), NULL, read_config, write_config, true},
    END,
};

/* -- interval ------------------------------------------------------------- */

#define TALLY(field) offsetof(struct kqt_tally, field)
#define SERIES(tag, field)                                                                         \
	{                                                                                          \
		tag, offsetof(struct kqt_tally, field)                                             \
	}

const struct kqt_rec_series kqt_rec_series[] = {
    SERIES("wait.wake", wait_wake),
    SERIES("wait.timeout", wait_timeout),
    SERIES("wait.timer", wait_filter[KQT_FILTER_TIMER]),
    SERIES("wait.read", wait_filter[KQT_FILTER_READ]),
    SERIES("wait.write", wait_filter[KQT_FILTER_WRITE]),
    SERIES("wait.vnode", wait_filter[KQT_FILTER_VNODE]),
    SERIES("notification.timer", notification[KQT_FILTER_TIMER]),
    SERIES("notification.read", notification[KQT_FILTER_READ]),
    SERIES("notification.write", notification[KQT_FILTER_WRITE]),
    SERIES("notification.vnode", notification[KQT_FILTER_VNODE]),
    SERIES("response.timer", response[KQT_FILTER_TIMER]),
    SERIES("response.read", response[KQT_FILTER_READ]),
    SERIES("response.write", response[KQT_FILTER_WRITE]),
    SERIES("response.vnode", response[KQT_FILTER_VNODE]),
    {NULL, 0},
};

const char *kqt_rec_bytes_tag(enum kqt_stream s)
{
	static const char *const tags[KQT_STREAMS] = {"bytes.seed", "bytes.low8", "bytes.lsb",
	                                              "bytes.notification"};

	return (unsigned)s < KQT_STREAMS ? tags[s] : "?";
}

#define EXACT(tag, field)                                                                          \
	{                                                                                          \
		tag, KQT_F_CUSTOM, TALLY(field), NULL, read_exact, write_exact, true               \
	}
static const struct kqt_field hist_fields[] = {
    EXACT("wait.wake", wait_wake),
    EXACT("wait.timeout", wait_timeout),
    EXACT("wait.timer", wait_filter[KQT_FILTER_TIMER]),
    EXACT("wait.read", wait_filter[KQT_FILTER_READ]),
    EXACT("wait.write", wait_filter[KQT_FILTER_WRITE]),
    EXACT("wait.vnode", wait_filter[KQT_FILTER_VNODE]),
    EXACT("notification.timer", notification[KQT_FILTER_TIMER]),
    EXACT("notification.read", notification[KQT_FILTER_READ]),
    EXACT("notification.write", notification[KQT_FILTER_WRITE]),
    EXACT("notification.vnode", notification[KQT_FILTER_VNODE]),
    EXACT("response.timer", response[KQT_FILTER_TIMER]),
    EXACT("response.read", response[KQT_FILTER_READ]),
    EXACT("response.write", response[KQT_FILTER_WRITE]),
    EXACT("response.vnode", response[KQT_FILTER_VNODE]),
    END,
};

#define COUNT(struct_, name)                                                                       \
	{                                                                                          \
#name, KQT_F_COUNT, AT(struct_, name), NULL, NULL, NULL, false                     \
	}

static const struct kqt_field filter_fields[] = {
    COUNT(kqt_filter_tally, events),
    COUNT(kqt_filter_tally, wakes),
    COUNT(kqt_filter_tally, triggers),
    COUNT(kqt_filter_tally, merged),
    COUNT(kqt_filter_tally, missed),
    COUNT(kqt_filter_tally, unstamped),
    COUNT(kqt_filter_tally, transition),
    COUNT(kqt_filter_tally, gap),
    END,
};

#define FILTER(name, f)                                                                            \
	{                                                                                          \
		name, KQT_F_OBJECT, TALLY(filter[f]), filter_fields, NULL, NULL, false             \
	}

static const struct kqt_field excluded_fields[] = {
    COUNT(kqt_excluded, eintr),
    COUNT(kqt_excluded, control),
    COUNT(kqt_excluded, transition),
    COUNT(kqt_excluded, gap),
    END,
};

const struct kqt_field kqt_rec_tally_fields[] = {
    COUNT(kqt_tally, start_ns),
    COUNT(kqt_tally, end_ns),
    {"measured_ns", KQT_F_CUSTOM, TALLY(measured_ns), NULL, read_newer, write_newer, false},
    COUNT(kqt_tally, epoch),
    COUNT(kqt_tally, waits),
    COUNT(kqt_tally, timeouts),
    FILTER("timer", KQT_FILTER_TIMER),
    FILTER("read", KQT_FILTER_READ),
    FILTER("write", KQT_FILTER_WRITE),
    FILTER("vnode", KQT_FILTER_VNODE),
    {"excluded", KQT_F_OBJECT, TALLY(excluded), excluded_fields, NULL, NULL, false},
    COUNT(kqt_tally, stale),
    COUNT(kqt_tally, overflows),
    COUNT(kqt_tally, stalls),
    COUNT(kqt_tally, stall_max_ns),
    COUNT(kqt_tally, raw_lost),
    COUNT(kqt_tally, collections_done),
    COUNT(kqt_tally, collections_short),
    COUNT(kqt_tally, collection_last_ns),
    COUNT(kqt_tally, bytes),
    {"events_per_wait", KQT_F_CUSTOM, TALLY(events_per_wait), NULL, read_per_wait, write_per_wait,
     true},
    /* offsets of its rows are of the tally, as is its own */
    {"hists", KQT_F_OBJECT, 0, hist_fields, NULL, NULL, false},
    END,
};

static const struct kqt_field stimulus_fields[] = {
    COUNT(kqt_stimulus_stats, ticks),
    COUNT(kqt_stimulus_stats, lost),
    {"behind", KQT_F_CUSTOM, AT(kqt_stimulus_stats, behind), NULL, read_newer, write_newer, false},
    COUNT(kqt_stimulus_stats, refused_drains),
    {"due", KQT_F_CUSTOM, AT(kqt_stimulus_stats, due), NULL, read_filters, write_filters, true},
    {"performed", KQT_F_CUSTOM, AT(kqt_stimulus_stats, performed), NULL, read_filters,
     write_filters, true},
    {"missed", KQT_F_CUSTOM, AT(kqt_stimulus_stats, missed), NULL, read_filters, write_filters,
     true},
    {"skipped", KQT_F_CUSTOM, AT(kqt_stimulus_stats, skipped), NULL, read_filters, write_filters,
     true},
    {"failed", KQT_F_CUSTOM, AT(kqt_stimulus_stats, failed), NULL, read_filters, write_filters,
     true},
    END,
};

#define INTERVAL(field) offsetof(struct kqt_rec_line, interval.field)

static void write_tally(struct kqt_json_out *out, const void *at)
{
	kqt_json_write(out, kqt_rec_tally_fields, *(struct kqt_tally *const *)at);
}

static void read_tally(struct kqt_json_in *in, void *at)
{
	(void)kqt_json_read(in, kqt_rec_tally_fields, *(struct kqt_tally **)at);
}

static void read_elapsed(struct kqt_json_in *in, void *at)
{
	double v = 0;

	if (kqt_json_real(in, &v) && !(v >= 0))
		(void)kqt_json_fail(in, -KQT_E_RANGE, "the number is negative");
	*(double *)at = v;
}

/* The keys of `live --json-lines` follow these, and elapsed_s is one of them. */
const struct kqt_field kqt_rec_interval_fields[] = {
    {"hlog", KQT_F_CUSTOM, AT(kqt_rec_line, hlog_from), NULL, read_three, write_three, true},
    {"ticks", KQT_F_COUNT, INTERVAL(ticks), NULL, NULL, NULL, false},
    {"ticks_lost", KQT_F_COUNT, INTERVAL(ticks_lost), NULL, NULL, NULL, false},
    {"source", KQT_F_OBJECT, INTERVAL(stimulus), stimulus_fields, NULL, NULL, false},
    {"tally", KQT_F_CUSTOM, INTERVAL(tally), NULL, read_tally, write_tally, true},
    {"elapsed_s", KQT_F_CUSTOM, AT(kqt_rec_line, elapsed_s), NULL, read_elapsed, NULL, true},
    END,
};

/* -- alarm ---------------------------------------------------------------- */

#define ALARM(field) offsetof(struct kqt_rec_line, alarm.field)

const struct kqt_field kqt_rec_alarm_fields[] = {
    {"elapsed_s", KQT_F_REAL, AT(kqt_rec_line, elapsed_s), NULL, NULL, NULL, false},
    {"test", KQT_F_TEXT_OR_NULL, ALARM(test), NULL, NULL, NULL, false},
    {"alpha_exp", KQT_F_COUNT, ALARM(alpha_exp), NULL, NULL, NULL, false},
    {"alarms", KQT_F_COUNT, ALARM(alarms), NULL, NULL, NULL, false},
    {"symbol", KQT_F_COUNT, ALARM(symbol), NULL, NULL, NULL, false},
    END,
};

/* -- mark ----------------------------------------------------------------- */

#define MARK(field) offsetof(struct kqt_rec_line, mark.field)

const struct kqt_field kqt_rec_mark_fields[] = {
    {"elapsed_s", KQT_F_REAL, AT(kqt_rec_line, elapsed_s), NULL, NULL, NULL, false},
    {"key", KQT_F_TEXT_OR_NULL, MARK(key), NULL, NULL, NULL, false},
    {"text", KQT_F_TEXT_OR_NULL, MARK(text), NULL, NULL, NULL, false},
    END,
};
