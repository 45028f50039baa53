/* SPDX-License-Identifier: MIT */
/* What to know beside the figures of a comparison, in sentences. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/strbuf.h"
#include "engine/report/compare_priv.h"
#include "engine/report/fingerprint.h"

#define NOTICES_MAX 48
#define STEAL_SHARE 0.01 /* of a round's time on all CPUs that the hypervisor took */

/** The list while it is written. */
struct notices {
	struct kqt_sentence *list; /* [NOTICES_MAX] */
	size_t n;
};

static void say(struct notices *to, const char *fmt, ...) KQT_PRINTF(2, 3);
static void say(struct notices *to, const char *fmt, ...)
{
	struct kqt_strbuf sb;
	va_list ap;

	if (to->n == NOTICES_MAX)
		return;
	sb = kqt_strbuf_init(to->list[to->n].text, sizeof(to->list[to->n].text));
	to->n++;
	va_start(ap, fmt);
	kqt_strbuf_addv(&sb, fmt, ap);
	va_end(ap);
}

static size_t differences(const struct kqt_comparison *one, enum kqt_difference_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < one->differs.n; i++)
		n += one->differs.list[i].kind == kind;
	return n;
}

static void design(const struct kqt_compare *c, const struct kqt_comparison *one,
                   struct notices *to)
{
	const struct kqt_report *a = c->entrant[one->a].report, *b = c->entrant[one->b].report;
	char va[40], vb[40];

	if (one->paired && a->self_check)
		say(to, "self-check: both sides are the same on purpose");
	else if (one->differs.n == 0)
		say(to, "nothing that was asked for differs: the same measurement twice");
	if (!one->paired)
		say(to, "unpaired, drift not excluded%s",
		    differences(one, KQT_DIFF_MACHINE)
		        ? ": one session each, and sessions of one machine differ too"
		        : "");
	if (a->version && b->version && strcmp(a->version, b->version) != 0)
		say(to, "measured by kqtop %s and %s", kqt_text_show(a->version, va, sizeof(va)),
		    kqt_text_show(b->version, vb, sizeof(vb)));
}

static void floors(const struct kqt_comparison *one, struct notices *to)
{
	for (size_t row = 0; row < KQT_ROWS; row++)
		if (one->row[row].judged && one->row[row].under_floor && !kqt_rows[row].detail)
			say(to,
			    "%s: beyond the margin, but not beyond what rounds of one run differ "
			    "by",
			    kqt_rows[row].title);
}

/* What happened to rounds, and in how many. */
struct disturbances {
	size_t stolen, throttled, holes;
};

static bool any(uint64_t n)
{
	return n != KQT_UNKNOWN && n > 0;
}

static struct disturbances disturbed(const struct kqt_entrant *e)
{
	const char *cores = kqt_fact(e->report, "cores");
	double n = cores ? strtod(cores, NULL) : NAN; /* of how many is not known: no share */
	struct disturbances d = {0};

	for (size_t i = 0; i < e->report->n_rounds; i++) {
		const struct kqt_round *r = &e->report->rounds[i];
		const struct kqt_round_flags *f = &r->flags;

		if (r->side != e->side)
			continue;
		d.stolen += f->steal_ns != KQT_UNKNOWN &&
		            (double)f->steal_ns >
		                STEAL_SHARE * 1e9 * n * (r->warmup_s + r->seconds);
		d.throttled += any(f->throttled_ns) || any(f->thermal_throttles);
		d.holes += any(r->raw_lost); /* entropy is of bytes with holes between them */
	}
	return d;
}

static void of_entrant(const struct kqt_entrant *e, struct notices *to)
{
	struct disturbances d = disturbed(e);
	size_t all = e->figures.n + e->more_rounds;

	if (!e->report->complete)
		say(to, "%s is not complete: %zu of %llu round%s", e->tag, all,
		    (unsigned long long)e->report->rounds_wanted,
		    kqt_plural(e->report->rounds_wanted));
	if (e->more_rounds)
		say(to, "%s: only the first %zu of its %zu rounds were looked at", e->tag,
		    e->figures.n, all);
	if (e->drifting)
		say(to,
		    "%s drifts: its second half differs from its first in %zu of %d primary rows",
		    e->tag, e->drifting, KQT_ROWS_PRIMARY);
	if (e->unsteady)
		say(to, "%s: no steady state in %zu of %zu round%s", e->tag, e->unsteady, all,
		    kqt_plural(all));
	if (e->saturated)
		say(to, "%s: stimulus saturated in %zu of %zu round%s", e->tag, e->saturated, all,
		    kqt_plural(all));
	if (d.throttled)
		say(to, "%s: CPU throttled in %zu of %zu round%s", e->tag, d.throttled, all,
		    kqt_plural(all));
	if (d.holes)
		say(to, "%s: raw samples were lost in %zu of %zu round%s: bytes have holes", e->tag,
		    d.holes, all, kqt_plural(all));
	if (d.stolen)
		say(to, "%s: the hypervisor took more than 1 %% of the CPUs in %zu of %zu round%s",
		    e->tag, d.stolen, all, kqt_plural(all));
}

int kqt_comparison_notices(const struct kqt_compare *c, struct kqt_comparison *one)
{
	struct notices to = {.list = calloc(NOTICES_MAX, sizeof(to.list[0]))};

	if (!to.list)
		return -ENOMEM;
	one->notice = to.list;
	design(c, one, &to);
	floors(one, &to);
	of_entrant(&c->entrant[one->a], &to);
	of_entrant(&c->entrant[one->b], &to);
	one->n_notices = to.n;
	return 0;
}
