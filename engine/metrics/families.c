/* SPDX-License-Identifier: MIT */
#include "engine/metrics/families.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Bounds are 2^k and 1.5 * 2^k in turn, from 2^6. */
#define BOUND_FIRST_BITS 6
/* Ten significant digits hold every bound below 10 s to the nanosecond, and %g then
 * writes what Go's shortest form is: scrapers that normalise change nothing. */
#define BOUND_FORMAT "%.10g"

_Static_assert(BOUND_FIRST_BITS + (KQT_METRICS_BOUNDS - 1) / 2 == 30, "the last bound is 2^30 ns");

uint64_t kqt_metrics_bound_ns(unsigned i)
{
	uint64_t two = UINT64_C(1) << (BOUND_FIRST_BITS + i / 2);

	return i % 2 ? two + two / 2 : two;
}

static const char *type_name(const struct kqt_family_writer *w)
{
	switch (w->type) {
	case KQT_FAMILY_COUNTER:
		return "counter";
	case KQT_FAMILY_HISTOGRAM:
		return "histogram";
	case KQT_FAMILY_INFO:
		return w->format == KQT_METRICS_OPEN ? "info" : "gauge";
	case KQT_FAMILY_GAUGE:
		break;
	}
	return "gauge";
}

/* What a sample's name has beyond its family's in OpenMetrics; in the classic format
 * the family has it too. */
static const char *suffix(const struct kqt_family_writer *w)
{
	if (w->type == KQT_FAMILY_COUNTER)
		return "_total";
	return w->type == KQT_FAMILY_INFO ? "_info" : "";
}

/* The classic format escapes a backslash and a newline in help, OpenMetrics quotes too;
 * both do all three in a label's value. */
static const char *escape_of(char c, bool quotes)
{
	if (c == '\\')
		return "\\\\";
	if (c == '\n')
		return "\\n";
	return quotes && c == '"' ? "\\\"" : NULL;
}

static void add_help(struct kqt_family_writer *w, const char *help)
{
	for (; *help; help++) {
		const char *e = escape_of(*help, w->format == KQT_METRICS_OPEN);

		if (e)
			kqt_strbuf_add(w->out, "%s", e);
		else
			kqt_strbuf_add(w->out, "%c", *help);
	}
	kqt_strbuf_add(w->out, "\n");
}

void kqt_family(struct kqt_family_writer *w, enum kqt_family_type type, const char *name,
                const char *unit, const char *help)
{
	bool open = w->format == KQT_METRICS_OPEN;
	const char *end;

	w->name = name;
	w->type = type;
	end = open ? "" : suffix(w);
	if (open) {
		kqt_strbuf_add(w->out, "# TYPE %s %s\n", name, type_name(w));
		if (unit)
			kqt_strbuf_add(w->out, "# UNIT %s %s\n", name, unit);
	}
	kqt_strbuf_add(w->out, "# HELP %s%s ", name, end);
	add_help(w, help);
	if (!open)
		kqt_strbuf_add(w->out, "# TYPE %s%s %s\n", name, end, type_name(w));
}

void kqt_label(struct kqt_labels *l, const char *name, const char *value)
{
	/* a value's escape, the closing quote and the end must fit: a label that is cut
	 * is still one */
	const size_t room = sizeof(l->text) - 4;
	int n;

	if (l->len >= room)
		return;
	n = snprintf(l->text + l->len, room - l->len, "%s%s=\"", l->len ? "," : "", name);
	if (n < 0 || (size_t)n >= room - l->len) {
		l->text[l->len] = '\0'; /* not even its name */
		return;
	}
	l->len += (size_t)n;
	for (; *value && l->len < room; value++) {
		const char *e = escape_of(*value, true);
		size_t len = e ? 2 : 1;

		memcpy(l->text + l->len, e ? e : value, len);
		l->len += len;
	}
	l->text[l->len++] = '"';
	l->text[l->len] = '\0';
}

/* Name and labels of a sample; `more` is a label that stands after the others. */
static void begin(struct kqt_family_writer *w, const char *end, const char *labels,
                  const char *more)
{
	bool some = labels && labels[0];

	kqt_strbuf_add(w->out, "%s%s", w->name, end);
	if (some || more)
		kqt_strbuf_add(w->out, "{%s%s%s}", some ? labels : "", some && more ? "," : "",
		               more ? more : "");
}

void kqt_sample_count(struct kqt_family_writer *w, const char *labels, uint64_t v)
{
	begin(w, suffix(w), labels, NULL);
	kqt_strbuf_add(w->out, " %" PRIu64 "\n", v);
}

void kqt_sample_real(struct kqt_family_writer *w, const char *labels, double v)
{
	begin(w, suffix(w), labels, NULL);
	kqt_strbuf_add(w->out, " %.9g\n", v); /* more would differ from libm to libm */
}

static void add_seconds(struct kqt_strbuf *out, uint64_t ns)
{
	const uint64_t s = UINT64_C(1000000000);

	kqt_strbuf_add(out, " %" PRIu64 ".%09" PRIu64 "\n", ns / s, ns % s);
}

void kqt_sample_ns(struct kqt_family_writer *w, const char *labels, uint64_t ns)
{
	begin(w, suffix(w), labels, NULL);
	add_seconds(w->out, ns);
}

void kqt_sample_hist(struct kqt_family_writer *w, const char *labels,
                     const struct kqt_hist *const *parts, unsigned n_parts)
{
	uint64_t below = 0, from = 0, count = 0, sum_ns = 0;
	char le[40];

	for (unsigned i = 0; i < KQT_METRICS_BOUNDS; i++) {
		uint64_t to = kqt_metrics_bound_ns(i);

		for (unsigned p = 0; p < n_parts; p++)
			below += kqt_hist_count_between(parts[p], from, to);
		from = to;
		snprintf(le, sizeof(le), "le=\"" BOUND_FORMAT "\"", (double)to / 1e9);
		begin(w, "_bucket", labels, le);
		kqt_strbuf_add(w->out, " %" PRIu64 "\n", below);
	}
	for (unsigned p = 0; p < n_parts; p++) {
		count += parts[p]->count;
		sum_ns += parts[p]->sum_ns;
	}
	begin(w, "_bucket", labels, "le=\"+Inf\"");
	kqt_strbuf_add(w->out, " %" PRIu64 "\n", count);
	begin(w, "_sum", labels, NULL);
	add_seconds(w->out, sum_ns);
	begin(w, "_count", labels, NULL);
	kqt_strbuf_add(w->out, " %" PRIu64 "\n", count);
}

void kqt_families_end(struct kqt_family_writer *w)
{
	if (w->format == KQT_METRICS_OPEN)
		kqt_strbuf_add(w->out, "# EOF\n");
}
