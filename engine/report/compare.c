/* SPDX-License-Identifier: MIT */
/* Entrants, their rows against the first one's, verdicts, ranking. */
#include "engine/report/compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/report/compare_priv.h"
#include "engine/report/summary.h"

/* Bits. Where both have no entropy at all the margin is 0, and equal is equivalent. */
#define MARGIN_BITS_LEAST 1e-9

const char *kqt_compare_verdict_text(enum kqt_compare_verdict v)
{
	static const char *const texts[] = {
	    [KQT_COMPARE_BETTER] = "better",   [KQT_COMPARE_EQUIVALENT] = "equivalent",
	    [KQT_COMPARE_DIFFERS] = "differs", [KQT_COMPARE_INCONCLUSIVE] = "inconclusive",
	    [KQT_COMPARE_REFUSED] = "refused", [KQT_COMPARE_WORSE] = "worse",
	};

	return texts[v];
}

/* -- entrants ------------------------------------------------------------------ */

static void name_entrant(struct kqt_entrant *e, size_t at, const char *file)
{
	const char *base = strrchr(file, '/');
	char shown[128];

	snprintf(e->tag, sizeof(e->tag), "%c", (char)('A' + at));
	(void)kqt_text_show(file, e->file, sizeof(e->file));
	(void)kqt_text_show(e->report->label  ? e->report->label
	                    : base && base[1] ? base + 1
	                                      : file,
	                    shown, sizeof(shown));
	snprintf(e->name, sizeof(e->name), "%s%s", shown,
	         !e->report->ab ? ""
	         : e->side      ? " (B)"
	                        : " (A)");
}

/* All rounds, each at its place: one without a figure is NAN. @y [KQT_STATS_ROUNDS_MAX] */
static void in_order(const struct kqt_round_figures *f, size_t row, double *y)
{
	for (size_t i = 0; i < f->n; i++)
		y[i] = kqt_row_y(&kqt_rows[row], f->value[row][i]);
}

/* @return primary rows that drift, or what failed. */
static int drifting_rows(const struct kqt_round_figures *f)
{
	double y[KQT_STATS_ROUNDS_MAX];
	int n = 0;

	for (size_t row = 0; row < KQT_ROWS; row++) {
		int rc;

		if (!kqt_rows[row].primary)
			continue;
		in_order(f, row, y);
		rc = kqt_stats_drift(y, f->n, NULL);
		if (rc < 0 && rc != -KQT_E_TOO_FEW)
			return rc;
		n += rc == 1;
	}
	return n;
}

static int add_entrant(struct kqt_compare *c, const struct kqt_report *r, unsigned side,
                       const char *file)
{
	struct kqt_entrant *e = &c->entrant[c->n];
	int rc;

	if (c->n == KQT_COMPARE_MAX)
		return -KQT_E_RANGE;
	e->report = r;
	e->side = side;
	name_entrant(e, c->n++, file);
	rc = kqt_round_figures_init(&e->figures, r, side, &e->more_rounds);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < r->n_rounds; i++) {
		e->unsteady += r->rounds[i].side == side && r->rounds[i].steady == 0;
		e->saturated += r->rounds[i].side == side && r->rounds[i].saturated;
	}
	rc = drifting_rows(&e->figures);
	e->drifting = rc > 0 ? (size_t)rc : 0;
	return rc < 0 ? rc : 0;
}

/* -- a row ------------------------------------------------------------------------ */

/** The figures of a row as the statistics take them. */
struct sides {
	bool paired;
	size_t n, m; /* of pairs both are their number */
	double a[KQT_STATS_ROUNDS_MAX], b[KQT_STATS_ROUNDS_MAX];
};

/** The null distribution last used: most rows have the same numbers of rounds. */
struct nulls {
	struct kqt_stats_null *null;
	bool paired;
	size_t n, m;
};

static int null_for(struct nulls *cache, const struct sides *s)
{
	if (cache->null && cache->paired == s->paired && cache->n == s->n && cache->m == s->m)
		return 0;
	kqt_stats_null_free(cache->null);
	*cache = (struct nulls){.paired = s->paired, .n = s->n, .m = s->m};
	return s->paired ? kqt_stats_null_paired(s->n, &cache->null)
	                 : kqt_stats_null_unpaired(s->n, s->m, &cache->null);
}

static size_t collect(const struct kqt_round_figures *f, size_t row, double *y)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		y[n] = kqt_row_y(&kqt_rows[row], f->value[row][i]);
		n += isnan(y[n]) ? 0 : 1;
	}
	return n;
}

/* The round of a pair, from where the last one was found: pairs come in their order. */
static const double *partner(const struct kqt_round_figures *f, size_t row, unsigned pair,
                             size_t *from)
{
	for (size_t step = 0; step < f->n; step++) {
		size_t i = (*from + step) % f->n;

		if (f->pair[i] == pair) {
			*from = i;
			return &f->value[row][i];
		}
	}
	return NULL;
}

static void collect_pairs(const struct kqt_round_figures *a, const struct kqt_round_figures *b,
                          size_t row, struct sides *s)
{
	size_t from = 0;

	for (size_t i = 0; i < a->n; i++) {
		const double *other = partner(b, row, a->pair[i], &from);
		double ya = kqt_row_y(&kqt_rows[row], a->value[row][i]);
		double yb = other ? kqt_row_y(&kqt_rows[row], *other) : NAN;

		if (isnan(ya) || isnan(yb))
			continue;
		s->a[s->n] = ya;
		s->b[s->n++] = yb;
	}
	s->m = s->n;
}

static void collect_sides(const struct kqt_entrant *a, const struct kqt_entrant *b, size_t row,
                          bool paired, struct sides *s)
{
	s->paired = paired;
	s->n = s->m = 0;
	if (paired) {
		collect_pairs(&a->figures, &b->figures, row, s);
	} else {
		s->n = collect(&a->figures, row, s->a);
		s->m = collect(&b->figures, row, s->b);
	}
}

static int shifts_of(const struct sides *s, struct kqt_stats_shifts *out)
{
	double d[KQT_STATS_ROUNDS_MAX];

	if (!s->paired)
		return kqt_stats_shifts_unpaired(s->a, s->n, s->b, s->m, out);
	for (size_t i = 0; i < s->n; i++)
		d[i] = s->b[i] - s->a[i];
	return kqt_stats_shifts_paired(d, s->n, out);
}

static double median_of(const struct kqt_round_figures *f, size_t row)
{
	double copy[KQT_STATS_ROUNDS_MAX];

	for (size_t i = 0; i < f->n; i++)
		copy[i] = f->value[row][i];
	return kqt_median(copy, f->n);
}

/* What a run differs by from itself; NAN where it has too few rounds for that. Of all its
 * rounds, as which are the odd ones must not depend on those without a figure. */
static int floor_of_one(const struct kqt_round_figures *f, size_t row, double *out)
{
	double y[KQT_STATS_ROUNDS_MAX];
	int rc;

	*out = NAN;
	in_order(f, row, y);
	rc = kqt_stats_floor(y, f->n, out);
	return rc == -KQT_E_TOO_FEW ? 0 : rc;
}

/* The larger of both runs'; NAN where either is not known. */
static int floor_of(const struct kqt_round_figures *one, const struct kqt_round_figures *other,
                    size_t row, double *out)
{
	double a, b = NAN;
	int rc = floor_of_one(one, row, &a);

	if (rc == 0)
		rc = floor_of_one(other, row, &b);
	*out = isnan(a) || isnan(b) ? NAN : fmax(a, b);
	return rc;
}

/** What a row needs before alpha is known. */
struct prepared {
	struct sides sides;
	struct kqt_stats_rule rule; /* without alpha */
	bool known;                 /* rounds enough for an interval */
};

static int prepare(const struct kqt_compare *c, const struct kqt_comparison *one, size_t row,
                   struct prepared *out)
{
	const struct kqt_entrant *a = &c->entrant[one->a], *b = &c->entrant[one->b];
	double floor = NAN, least;
	int rc = 0;

	collect_sides(a, b, row, one->paired, &out->sides);
	out->known = out->sides.n >= KQT_STATS_ROUNDS_INTERVAL &&
	             out->sides.m >= KQT_STATS_ROUNDS_INTERVAL;
	if (out->known && !one->paired)
		rc = floor_of(&a->figures, &b->figures, row, &floor);
	out->rule.floor = isnan(floor) ? 0 : floor;
	out->rule.margin = log1p(c->margin);
	if (kqt_rows[row].source == KQT_ROW_ENTROPY) {
		least = fmin(median_of(&a->figures, row), median_of(&b->figures, row));
		out->rule.margin = fmax(c->margin * least, MARGIN_BITS_LEAST);
	}
	return rc;
}

/* p of "beyond margin and floor" of a primary row. @return 1 when there is one. */
static int p_of(const struct kqt_compare *c, const struct kqt_comparison *one, size_t row,
                struct nulls *nulls, double *p)
{
	struct prepared with;
	struct kqt_stats_shifts s;
	int rc = prepare(c, one, row, &with);

	if (rc < 0)
		return rc;
	if (!with.known || with.sides.n < KQT_STATS_ROUNDS_VERDICT ||
	    with.sides.m < KQT_STATS_ROUNDS_VERDICT)
		return 0;
	rc = null_for(nulls, &with.sides);
	if (rc == 0)
		rc = shifts_of(&with.sides, &s);
	if (rc < 0)
		return rc;
	*p = kqt_stats_p_outside(&s, nulls->null, fmax(with.rule.margin, with.rule.floor));
	kqt_stats_shifts_fini(&s);
	return 1;
}

/* Why there is no verdict: of which side, and what lacks. */
static void say_why(const struct kqt_compare *c, const struct kqt_comparison *one, size_t row,
                    struct kqt_row_result *out)
{
	for (int side = 0; side < 2 && !out->why[0]; side++) {
		const struct kqt_entrant *e = &c->entrant[side ? one->b : one->a];

		if (e->figures.why[row][0])
			snprintf(out->why, sizeof(out->why), "%s: %.70s", e->tag,
			         e->figures.why[row]);
	}
	for (int side = 0; side < 2 && !out->why[0]; side++) {
		const struct kqt_entrant *e = &c->entrant[side ? one->b : one->a];

		if (out->rounds[side] < KQT_STATS_ROUNDS_VERDICT)
			snprintf(out->why, sizeof(out->why), "%s: %zu %s%s, %d are needed",
			         one->paired ? "both" : e->tag, out->rounds[side],
			         one->paired ? "pair" : "round", kqt_plural(out->rounds[side]),
			         KQT_STATS_ROUNDS_VERDICT);
	}
}

static int judge_row(const struct kqt_compare *c, const struct kqt_comparison *one, size_t row,
                     struct nulls *nulls, struct kqt_row_result *out)
{
	const struct kqt_row *of = &kqt_rows[row];
	bool bits = of->source == KQT_ROW_ENTROPY, turned = kqt_row_more_is_better(of);
	struct kqt_stats_judged j;
	struct kqt_stats_shifts s;
	struct prepared with;
	int rc = prepare(c, one, row, &with);

	if (rc < 0)
		return rc;
	*out = (struct kqt_row_result){
	    .rounds = {with.sides.n, with.sides.m},
	    .median = {median_of(&c->entrant[one->a].figures, row),
	               median_of(&c->entrant[one->b].figures, row)},
	    .estimate = NAN,
	    .lo = NAN,
	    .hi = NAN,
	    .covers = NAN,
	    .floor = with.rule.floor <= 0 ? NAN
	             : bits               ? with.rule.floor
	                                  : exp(with.rule.floor),
	    .margin = bits ? with.rule.margin : exp(with.rule.margin),
	    .verdict = KQT_STATS_TOO_FEW,
	    .judged = true,
	};
	if (!with.known) {
		say_why(c, one, row, out);
		return 0;
	}
	rc = null_for(nulls, &with.sides);
	if (rc == 0)
		rc = shifts_of(&with.sides, &s);
	if (rc < 0)
		return rc;
	with.rule.alpha = of->primary ? c->alpha : KQT_STATS_ALPHA;
	kqt_stats_judge(&s, nulls->null, &with.rule,
	                with.sides.n < with.sides.m ? with.sides.n : with.sides.m, &j);
	kqt_stats_shifts_fini(&s);
	out->known = true;
	out->estimate = kqt_row_ratio(of, j.shift);
	out->lo = kqt_row_ratio(of, turned ? j.interval.hi : j.interval.lo);
	out->hi = kqt_row_ratio(of, turned ? j.interval.lo : j.interval.hi);
	out->covers = j.interval.covers;
	out->verdict = j.verdict;
	out->rounds_needed = j.rounds_needed;
	out->under_floor = j.verdict == KQT_STATS_DIFFERS &&
	                   (j.interval.lo > with.rule.margin || j.interval.hi < -with.rule.margin);
	say_why(c, one, row, out);
	return 0;
}

/* -- a comparison -------------------------------------------------------------------- */

static void pool(const struct kqt_entrant *e, enum kqt_latency kind, struct kqt_hist *out)
{
	kqt_hist_reset(out);
	for (size_t i = 0; i < e->report->n_rounds; i++)
		if (e->report->rounds[i].side == e->side)
			kqt_round_hist(&e->report->rounds[i], kind, KQT_FILTERS, out);
}

static void effects(const struct kqt_compare *c, struct kqt_comparison *one)
{
	static struct kqt_hist a, b; /* 270 KB each; main thread only */

	for (int kind = 0; kind < KQT_LATENCIES; kind++) {
		struct kqt_effect *e = &one->effect[kind];

		pool(&c->entrant[one->a], (enum kqt_latency)kind, &a);
		pool(&c->entrant[one->b], (enum kqt_latency)kind, &b);
		e->count[0] = a.count;
		e->count[1] = b.count;
		e->cliff = kqt_stats_cliff(&a, &b);
		e->gap = kqt_stats_ecdf(&a, &b);
		e->crossing = kqt_stats_crosses(&e->gap);
	}
}

static bool is_refused(const struct kqt_comparison *one)
{
	for (size_t i = 0; i < one->differs.n; i++)
		if (one->differs.list[i].kind == KQT_DIFF_BLOCKS)
			return true;
	return false;
}

size_t kqt_comparison_count(const struct kqt_comparison *c, enum kqt_stats_verdict v)
{
	size_t n = 0;

	for (size_t row = 0; row < KQT_ROWS; row++)
		n += kqt_rows[row].primary && c->row[row].judged && c->row[row].verdict == v;
	return n;
}

static enum kqt_compare_verdict verdict_of(const struct kqt_comparison *one)
{
	if (is_refused(one))
		return KQT_COMPARE_REFUSED;
	if (kqt_comparison_count(one, KQT_STATS_WORSE))
		return KQT_COMPARE_WORSE;
	if (kqt_comparison_count(one, KQT_STATS_INCONCLUSIVE))
		return KQT_COMPARE_INCONCLUSIVE;
	if (kqt_comparison_count(one, KQT_STATS_BETTER))
		return KQT_COMPARE_BETTER;
	if (kqt_comparison_count(one, KQT_STATS_DIFFERS))
		return KQT_COMPARE_DIFFERS;
	return kqt_comparison_count(one, KQT_STATS_EQUIVALENT) ? KQT_COMPARE_EQUIVALENT
	                                                       : KQT_COMPARE_INCONCLUSIVE;
}

static int judge(const struct kqt_compare *c, struct kqt_comparison *one, struct nulls *nulls)
{
	bool refused = is_refused(one);

	for (size_t row = 0; row < KQT_ROWS; row++) {
		int rc = judge_row(c, one, row, nulls, &one->row[row]);

		if (rc < 0)
			return rc;
		one->row[row].judged = !refused;
	}
	effects(c, one);
	one->verdict = verdict_of(one);
	return kqt_comparison_notices(c, one);
}

/* Holm over the primary rows of all comparisons that are not refused. */
static int find_alpha(struct kqt_compare *c, struct nulls *nulls)
{
	double p[KQT_ROWS_PRIMARY * (KQT_COMPARE_MAX - 1)];
	size_t n = 0;

	for (size_t i = 0; i + 1 < c->n; i++)
		for (size_t row = 0; row < KQT_ROWS && !is_refused(&c->comparison[i]); row++) {
			int rc = 0;

			if (kqt_rows[row].primary)
				rc = p_of(c, &c->comparison[i], row, nulls, &p[n]);
			if (rc < 0)
				return rc;
			n += rc > 0;
		}
	c->alpha = kqt_stats_holm_alpha(p, n, KQT_STATS_ALPHA);
	return 0;
}

/* -- ranking ------------------------------------------------------------------------- */

/** How an entrant stands to the first: rows won less rows lost, then their mean. */
struct standing {
	bool refused;
	long net;
	double mean; /* of the primary rows' logarithms of b / a; above 0 is worse */
};

static struct standing standing_of(const struct kqt_compare *c, size_t entrant)
{
	struct standing s = {0};
	const struct kqt_comparison *one;
	size_t n = 0;

	if (entrant == 0)
		return s;
	one = &c->comparison[entrant - 1];
	s.refused = one->verdict == KQT_COMPARE_REFUSED;
	s.net = (long)kqt_comparison_count(one, KQT_STATS_WORSE) -
	        (long)kqt_comparison_count(one, KQT_STATS_BETTER);
	for (size_t row = 0; row < KQT_ROWS; row++) {
		double ratio = one->row[row].median[1] / one->row[row].median[0];

		if (!kqt_rows[row].primary || !(ratio > 0) || !isfinite(ratio))
			continue;
		s.mean += kqt_row_more_is_better(&kqt_rows[row]) ? -log(ratio) : log(ratio);
		n++;
	}
	s.mean /= n ? (double)n : 1;
	return s;
}

static bool stands_before(const struct standing *a, const struct standing *b)
{
	if (a->refused != b->refused)
		return b->refused;
	return a->net != b->net ? a->net < b->net : a->mean < b->mean;
}

static void rank(struct kqt_compare *c)
{
	struct standing s[KQT_COMPARE_MAX];

	for (size_t i = 0; i < c->n; i++) {
		size_t at = i;

		s[i] = standing_of(c, i);
		while (at > 0 && stands_before(&s[i], &s[c->rank[at - 1]])) {
			c->rank[at] = c->rank[at - 1];
			at--;
		}
		c->rank[at] = i;
	}
}

/* -- all of it ------------------------------------------------------------------------ */

static int add_entrants(struct kqt_compare *c, const struct kqt_report *const *report,
                        const char *const *file, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (unsigned side = 0; side < (report[i]->ab ? 2u : 1u); side++) {
			int rc = add_entrant(c, report[i], side, file[i]);

			if (rc < 0)
				return rc;
		}
	return c->n < 2 ? -KQT_E_TOO_FEW : 0;
}

static int compare_all(struct kqt_compare *c)
{
	struct nulls nulls = {0};
	int rc = 0;

	c->comparison = kqt_array_new(c->n - 1, sizeof(c->comparison[0]));
	if (!c->comparison)
		return -ENOMEM;
	for (size_t i = 0; i + 1 < c->n; i++) {
		struct kqt_comparison *one = &c->comparison[i];

		one->b = i + 1;
		one->paired = c->entrant[0].report == c->entrant[one->b].report;
		kqt_compare_differences(&c->entrant[0], &c->entrant[one->b], &one->differs);
		if (one->differs.failed)
			return -ENOMEM;
	}
	rc = find_alpha(c, &nulls);
	for (size_t i = 0; i + 1 < c->n && rc == 0; i++) {
		rc = judge(c, &c->comparison[i], &nulls);
		if (c->comparison[i].verdict > c->verdict)
			c->verdict = c->comparison[i].verdict;
	}
	kqt_stats_null_free(nulls.null);
	if (rc == 0)
		rank(c);
	return rc;
}

int kqt_compare_new(const struct kqt_report *const *report, const char *const *file, size_t n,
                    double margin, struct kqt_compare **out)
{
	struct kqt_compare *c;
	int rc;

	if (!(margin > 0) || !isfinite(margin))
		return -KQT_E_RANGE;
	c = kqt_array_new(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->margin = margin;
	rc = add_entrants(c, report, file, n);
	if (rc == 0)
		rc = compare_all(c);
	if (rc < 0)
		kqt_compare_free(c);
	else
		*out = c;
	return rc;
}

void kqt_compare_free(struct kqt_compare *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->comparison && i + 1 < c->n; i++) {
		free(c->comparison[i].differs.list);
		free(c->comparison[i].notice);
	}
	for (size_t i = 0; i < c->n; i++)
		kqt_round_figures_fini(&c->entrant[i].figures);
	free(c->comparison);
	free(c);
}
