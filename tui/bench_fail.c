/* SPDX-License-Identifier: MIT */
/* Conditions of --fail-if: FIGURE OP VALUE.
 *
 *   [FILTER.]LATENCY.QUANTILE   notification.p99  timer.wait.max     a duration
 *   [FILTER.]COUNT              merged missed events                 a number
 *   [FILTER.]events_per_s  waits_per_s  timeouts                     a number
 *   assessed mcv shannon                                             bits a byte
 *
 * Figures are those of the summary: the median of the rounds, the largest of all, sums. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/bench.h"

enum kqt_condition_what {
	WHAT_EVENTS,
	WHAT_MERGED,
	WHAT_MISSED,
	WHAT_EVENTS_PER_S,
	/* of the whole, not of a filter */
	WHAT_WAITS_PER_S,
	WHAT_TIMEOUTS,
	WHAT_ASSESSED,
	WHAT_MCV,
	WHAT_SHANNON,
	WHATS
};

static const char *const what_names[WHATS] = {"events",       "merged",      "missed",
                                              "events_per_s", "waits_per_s", "timeouts",
                                              "assessed",     "mcv",         "shannon"};

/* -- parsing ---------------------------------------------------------------- */

/* The part up to the next '.', if it is one of the names. @return its number or -1. */
static int part_of(const char **text, const char *const *names, int n)
{
	size_t len = strcspn(*text, ".");

	for (int i = 0; i < n; i++)
		if (strlen(names[i]) == len && strncmp(names[i], *text, len) == 0) {
			*text += len + ((*text)[len] == '.');
			return i;
		}
	return -1;
}

static int parse_quantile(const char *text)
{
	static const char *const max[] = {"max"};

	if (part_of(&text, max, 1) == 0 && !*text)
		return -1;
	if (strcmp(text, "p99.9") == 0)
		return KQT_SUMMARY_QUANTILES - 1;
	for (int i = 0; i < KQT_SUMMARY_QUANTILES; i++)
		if (strcmp(text, kqt_summary_q_names[i]) == 0)
			return i;
	return -2;
}

static int parse_figure(const char *text, struct kqt_condition *c, struct kqt_strbuf *why)
{
	const char *const filters[] = {"timer", "read", "write", "vnode", "all"};
	const char *const latencies[] = {"wait", "notification", "response"};
	const char *rest = text;
	int filter = part_of(&rest, filters, 5);

	c->filter = filter < 0 ? KQT_FILTERS : (unsigned)filter;
	c->latency = part_of(&rest, latencies, 3);
	if (c->latency >= 0) {
		c->quantile = parse_quantile(rest);
		if (c->quantile >= -1)
			return 0;
		kqt_strbuf_add(why,
		               "'%.60s' needs one of p50, p90, p99, p99.9, max, as in "
		               "notification.p99",
		               text);
		return -KQT_E_SYNTAX;
	}
	c->what = part_of(&rest, what_names, WHATS);
	if (c->what < 0 || *rest) {
		kqt_strbuf_add(why,
		               "no figure '%.60s': [FILTER.]wait, notification or response "
		               "with .p50 .p90 .p99 .p99.9 .max; [FILTER.]events, merged, "
		               "missed, events_per_s; waits_per_s, timeouts, assessed, mcv, "
		               "shannon",
		               text);
		return -KQT_E_UNKNOWN_NAME;
	}
	if (filter >= 0 && filter < KQT_FILTERS && c->what >= WHAT_WAITS_PER_S) {
		kqt_strbuf_add(why, "'%.60s': '%s' is not of a filter", text, what_names[c->what]);
		return -KQT_E_SYNTAX;
	}
	return 0;
}

static int parse_value(const char *text, struct kqt_condition *c, struct kqt_strbuf *why)
{
	uint64_t ns;
	char *end = NULL;

	if (c->latency >= 0) {
		size_t digits = strspn(text, "0123456789.");

		if (text[0] && !text[digits]) {
			kqt_strbuf_add(why, "'%.40s' needs a unit: ns, us, ms or s", text);
			return -KQT_E_SYNTAX;
		}
		if (kqt_parse_duration(text, "ns", &ns) < 0) {
			kqt_strbuf_add(why, "'%.40s' is not a duration such as 500us", text);
			return -KQT_E_SYNTAX;
		}
		c->value = (double)ns;
		return 0;
	}
	c->value = text[0] >= '0' && text[0] <= '9' && !strpbrk(text, "xXpP") ? strtod(text, &end)
	                                                                      : NAN;
	if (end && !*end && isfinite(c->value))
		return 0;
	kqt_strbuf_add(why, "'%.40s' is not a number", text);
	return -KQT_E_SYNTAX;
}

/* Without blanks; conditions are short. */
static bool squeeze(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text; text++)
		if (!strchr(" \t", *text)) {
			if (n + 1 >= size)
				return false;
			out[n++] = *text;
		}
	out[n] = '\0';
	return true;
}

int kqt_condition_parse(const char *text, struct kqt_condition *out, struct kqt_strbuf *why)
{
	struct kqt_condition c = {.text = text, .latency = -1, .quantile = -1, .what = -1};
	char copy[128] = "", *op;
	int rc;

	if (!squeeze(text, copy, sizeof(copy)) || !(op = strpbrk(copy, "<>")) || op == copy) {
		kqt_strbuf_add(why,
		               "'%.60s' is not FIGURE>VALUE or FIGURE<VALUE, as in "
		               "notification.p99>500us",
		               text);
		return -KQT_E_SYNTAX;
	}
	c.less = *op == '<';
	c.or_equal = op[1] == '=';
	*op = '\0';
	rc = parse_figure(copy, &c, why);
	if (rc == 0)
		rc = parse_value(op + 1 + c.or_equal, &c, why);
	if (rc == 0)
		*out = c;
	return rc;
}

/* -- judging ---------------------------------------------------------------- */

static double known(uint64_t v)
{
	return v == KQT_UNKNOWN ? NAN : (double)v;
}

static double figure(const struct kqt_condition *c, const struct kqt_summary *s)
{
	const struct kqt_summary_row *row = &s->row[c->filter];

	if (c->latency >= 0) {
		const struct kqt_summary_latency *l = &row->latency[c->latency];

		return known(c->quantile < 0 ? l->max_ns : l->q_ns[c->quantile]);
	}
	switch ((enum kqt_condition_what)c->what) {
	case WHAT_EVENTS:
		return known(row->events);
	case WHAT_MERGED:
		return known(row->merged);
	case WHAT_MISSED:
		return known(row->missed);
	case WHAT_EVENTS_PER_S:
		return row->events_per_s;
	case WHAT_WAITS_PER_S:
		return s->waits_per_s;
	case WHAT_TIMEOUTS:
		return (double)s->timeouts;
	case WHAT_ASSESSED:
		return s->assessed;
	case WHAT_MCV:
		return s->mcv;
	case WHAT_SHANNON:
	case WHATS:
		break;
	}
	return s->shannon;
}

static bool met_by(const struct kqt_condition *c, const struct kqt_report *r, unsigned side)
{
	struct kqt_summary s;
	char text[32];
	double v;
	bool met;

	kqt_summarise(r, side, &s);
	v = figure(c, &s);
	if (isnan(v)) {
		kqt_complain("--fail-if '%s'%s: the figure is not known", c->text,
		             !r->ab ? ""
		             : side ? " (B)"
		                    : " (A)");
		return true;
	}
	met = c->less ? v < c->value : v > c->value;
	met = met || (c->or_equal && v == c->value);
	if (!met)
		return false;
	if (c->latency >= 0)
		kqt_fmt_ns((uint64_t)v, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%.6g", v);
	kqt_complain("--fail-if '%s' is met%s: %s", c->text,
	             !r->ab ? ""
	             : side ? " by B"
	                    : " by A",
	             text);
	return true;
}

bool kqt_condition_met(const struct kqt_condition *c, const struct kqt_report *r)
{
	bool met = met_by(c, r, 0);

	if (r->ab)
		met = met_by(c, r, 1) || met;
	return met;
}
