/* SPDX-License-Identifier: MIT */
/* What differs between two entrants, and of which kind each difference is. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/report/compare_priv.h"

#define LOAD_OFF 0.1 /* of what was asked for */

static void add(struct kqt_differences *d, enum kqt_difference_kind kind, const char *what,
                const char *a, const char *b)
{
	struct kqt_difference *more;

	/* room doubles: it is full whenever the number is a power of two */
	if ((d->n & (d->n - 1)) == 0) {
		more = realloc(d->list, (d->n ? 2 * d->n : 1) * sizeof(*more));
		if (!more) {
			d->failed = true;
			return;
		}
		d->list = more;
	}
	more = &d->list[d->n++];
	more->kind = kind;
	snprintf(more->what, sizeof(more->what), "%s", what);
	(void)kqt_text_show(a, more->a, sizeof(more->a));
	(void)kqt_text_show(b, more->b, sizeof(more->b));
}

/* NULL is a value too: unknown, or not asked for. */
static void add_texts(struct kqt_differences *d, enum kqt_difference_kind kind, const char *what,
                      const char *a, const char *b, const char *null)
{
	a = a ? a : null;
	b = b ? b : null;
	if (strcmp(a, b) != 0)
		add(d, kind, what, a, b);
}

/* -- how it was measured ------------------------------------------------------- */

/* By value: what people read has three digits, and 1.001 s is not 1.004 s. Where those are
 * the same, all of them. */
static void round_times(uint64_t a, uint64_t b, struct kqt_differences *d)
{
	char ta[32] = "none", tb[32] = "none";

	if (a == b)
		return;
	if (a)
		(void)kqt_fmt_ns(a, ta, sizeof(ta));
	if (b)
		(void)kqt_fmt_ns(b, tb, sizeof(tb));
	if (strcmp(ta, tb) == 0) {
		snprintf(ta, sizeof(ta), "%" PRIu64 "ns", a);
		snprintf(tb, sizeof(tb), "%" PRIu64 "ns", b);
	}
	add(d, KQT_DIFF_BLOCKS, "round time", ta, tb);
}

static void grains(double a, double b, struct kqt_differences *d)
{
	char ta[32], tb[32];
	int digits = 6;

	if (a == b)
		return;
	do { /* 17 tell any two apart */
		snprintf(ta, sizeof(ta), "%.*gns", digits, a);
		snprintf(tb, sizeof(tb), "%.*gns", digits, b);
	} while (digits++ < 17 && strcmp(ta, tb) == 0);
	add(d, KQT_DIFF_BLOCKS, "grain", ta, tb);
}

static const char *latency_held(uint64_t us, char *buf, size_t size)
{
	if (us == KQT_UNKNOWN)
		return "not held";
	snprintf(buf, size, "%lluus", (unsigned long long)us);
	return buf;
}

static void how(const struct kqt_how *a, const struct kqt_how *b, struct kqt_differences *d)
{
	char ta[32], tb[32];

	round_times(a->round_ns, b->round_ns, d);
	add_texts(d, KQT_DIFF_BLOCKS, "warm-up", a->warmup, b->warmup, "unknown");
	add_texts(d, KQT_DIFF_BLOCKS, "stream of the entropy", a->stream, b->stream, "unknown");
	grains(a->grain_ns, b->grain_ns, d);
	add_texts(d, KQT_DIFF_BLOCKS, "DMA latency",
	          latency_held(a->dma_latency_us, ta, sizeof(ta)),
	          latency_held(b->dma_latency_us, tb, sizeof(tb)), "");
}

/* Tunables that say how a run measures, not what. An A/B run that has them on one side
 * was told to. */
static bool is_of_measuring(const char *name)
{
	return strcmp(name, "dither") == 0 || strcmp(name, "cpu") == 0;
}

/* Whether to refuse when something cannot be registered changes no figure. */
static bool is_of_no_effect(const char *name)
{
	return strcmp(name, "strict") == 0;
}

static void tunables(const struct kqt_config *a, const struct kqt_config *b, bool one_report,
                     struct kqt_differences *d)
{
	char ta[KQT_PATH_SIZE], tb[KQT_PATH_SIZE];

	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
		if (!is_of_no_effect(t->name))
			add_texts(d,
			          is_of_measuring(t->name) && !one_report ? KQT_DIFF_BLOCKS
			                                                  : KQT_DIFF_FACTOR,
			          t->name, kqt_config_get_text(a, t, ta, sizeof(ta)),
			          kqt_config_get_text(b, t, tb, sizeof(tb)), "");
}

static size_t sources_missing(const struct kqt_entrant *e)
{
	uint64_t most = 0;

	for (size_t i = 0; i < e->report->n_rounds; i++)
		if (e->report->rounds[i].side == e->side && e->report->rounds[i].missing > most)
			most = e->report->rounds[i].missing;
	return most > SIZE_MAX ? SIZE_MAX : (size_t)most;
}

/* -- load ---------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_load(const struct kqt_side *a, const struct kqt_side *b)
{
	return same_text(a->load, b->load) && same_text(a->load_command, b->load_command);
}

static bool load_is_off(const struct kqt_side *s)
{
	return (s->load || s->load_command) && fabs(s->achieved.share - 1) > LOAD_OFF;
}

static void achieved_text(const struct kqt_side *s, char *buf, size_t size)
{
	if (!s->load && !s->load_command)
		snprintf(buf, size, "no load");
	else if (isnan(s->achieved.share))
		snprintf(buf, size, "unknown");
	else
		snprintf(buf, size, "%.0f %% of %s", 100 * s->achieved.share,
		         s->load ? s->load : "its command");
}

/* The same name does not stand for the same work in every version of this program.
 * Reports of before this was written down are taken as they are. */
static void load_versions(const struct kqt_side *a, const struct kqt_side *b,
                          struct kqt_differences *d)
{
	char ta[32], tb[32];

	if (!a->load || !b->load || a->load_version == KQT_UNKNOWN ||
	    b->load_version == KQT_UNKNOWN)
		return;
	snprintf(ta, sizeof(ta), "%" PRIu64, a->load_version);
	snprintf(tb, sizeof(tb), "%" PRIu64, b->load_version);
	add_texts(d, KQT_DIFF_BLOCKS, "version of the load", ta, tb, "");
}

static void loads(const struct kqt_side *a, const struct kqt_side *b, struct kqt_differences *d)
{
	char ta[96], tb[96];

	add_texts(d, KQT_DIFF_FACTOR, "load", a->load, b->load, "none");
	add_texts(d, KQT_DIFF_FACTOR, "load command", a->load_command, b->load_command, "none");
	load_versions(a, b, d);
	if (!load_is_off(a) && !load_is_off(b))
		return;
	achieved_text(a, ta, sizeof(ta));
	achieved_text(b, tb, sizeof(tb));
	add(d, KQT_DIFF_BLOCKS, "achieved load", ta, tb);
}

/* In which part of its rounds. */
static double saturation(const struct kqt_entrant *e)
{
	return e->figures.n ? (double)e->saturated / (double)e->figures.n : 0;
}

/* Saturated on one side: in more rounds there by half of all. 5 of 10 and 6 of 10 are two
 * busy machines, and a notice says so of each. A stimulus that a load holds up loses
 * ticks; where the load is the factor, that is its effect. */
static void stimulus(const struct kqt_entrant *a, const struct kqt_entrant *b,
                     struct kqt_differences *d)
{
	bool asked = !same_load(&a->report->side[a->side], &b->report->side[b->side]);

	if (fabs(saturation(a) - saturation(b)) > 0.5 && !asked)
		add(d, KQT_DIFF_BLOCKS, "stimulus",
		    saturation(a) > saturation(b) ? "saturated" : "in time",
		    saturation(a) > saturation(b) ? "in time" : "saturated");
}

/* -- machine ------------------------------------------------------------------- */

static const struct kqt_fact *fact(const struct kqt_report *r, const char *key)
{
	for (size_t i = 0; i < r->n_facts; i++)
		if (strcmp(r->facts[i].key, key) == 0)
			return &r->facts[i];
	return NULL;
}

bool kqt_fact_is_momentary(const char *key)
{
	static const char *const begins[] = {"load_average", "pressure", "clock_cost",
	                                     "clock_granularity"};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(key, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static void facts(const struct kqt_report *a, const struct kqt_report *b, bool momentary,
                  struct kqt_differences *d)
{
	for (size_t i = 0; i < a->n_facts; i++) {
		const struct kqt_fact *mine = &a->facts[i], *other = fact(b, mine->key);

		if (kqt_fact_is_momentary(mine->key) == momentary)
			add_texts(d, KQT_DIFF_MACHINE, mine->key, mine->value,
			          other ? other->value : NULL, "unknown");
	}
	for (size_t i = 0; i < b->n_facts; i++)
		if (kqt_fact_is_momentary(b->facts[i].key) == momentary &&
		    !fact(a, b->facts[i].key))
			add_texts(d, KQT_DIFF_MACHINE, b->facts[i].key, NULL, b->facts[i].value,
			          "unknown");
}

static void machines(const struct kqt_report *a, const struct kqt_report *b,
                     struct kqt_differences *d)
{
	size_t before = d->n;

	add_texts(d, KQT_DIFF_MACHINE, "label", a->label, b->label, "none");
	add_texts(d, KQT_DIFF_MACHINE, "back end", a->backend, b->backend, "unknown");
	facts(a, b, false, d);
	if (d->n > before)
		facts(a, b, true, d);
}

void kqt_compare_differences(const struct kqt_entrant *a, const struct kqt_entrant *b,
                             struct kqt_differences *out)
{
	const struct kqt_side *sa = &a->report->side[a->side], *sb = &b->report->side[b->side];
	bool one_report = a->report == b->report;
	char ta[32], tb[32];

	tunables(&sa->config, &sb->config, one_report, out);
	loads(sa, sb, out);
	stimulus(a, b, out);
	snprintf(ta, sizeof(ta), "%zu", sources_missing(a));
	snprintf(tb, sizeof(tb), "%zu", sources_missing(b));
	add_texts(out, KQT_DIFF_BLOCKS, "sources not registered", ta, tb, "");
	if (one_report)
		return;
	how(&a->report->how, &b->report->how, out);
	machines(a->report, b->report, out);
}
