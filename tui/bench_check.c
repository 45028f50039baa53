/* SPDX-License-Identifier: MIT */
/* A/A: two sides that are the same, measured in pairs, must not differ. How far they do
 * all the same is the noise floor: a difference between two configurations that is not
 * larger cannot be told from nothing here. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tui/bench.h"

#define ROWS 6

/** A row that decides (compare.md's primary rows). */
struct row {
	const char *name;
	int latency; /* enum kqt_latency; -1 = a rate or bits */
	double q;
	bool bits; /* a difference in bits, not a ratio */
};

static const struct row rows[ROWS] = {
    {"notification p50", KQT_LATENCY_NOTIFICATION, 0.50, false},
    {"notification p99", KQT_LATENCY_NOTIFICATION, 0.99, false},
    {"wait p50", KQT_LATENCY_WAIT, 0.50, false},
    {"wait p99", KQT_LATENCY_WAIT, 0.99, false},
    {"waits/s", -1, 0, false},
    {"assessed entropy", -1, 0, true},
};

struct result {
	bool known;
	double shift, p;
	struct kqt_stats_shifts shifts;
	struct kqt_stats_null *null;
	size_t pairs;
};

/* A round's figure, as it is compared: a logarithm, or bits. NAN = there is none. */
static double value(const struct kqt_round *r, const struct row *row)
{
	static struct kqt_hist h; /* 270 KB; main thread only */

	if (row->bits)
		return r->entropy.assessed;
	if (row->latency < 0)
		return r->seconds > 0 && r->waits ? log((double)r->waits / r->seconds) : NAN;
	kqt_hist_reset(&h);
	kqt_round_hist(r, (enum kqt_latency)row->latency, KQT_FILTERS, &h);
	if (!kqt_stats_tail_suffices(h.count, row->q))
		return NAN;
	return log((double)kqt_hist_quantile(&h, row->q));
}

/* B minus A of each whole pair. @return how many; d [n_rounds] */
static size_t differences(const struct kqt_report *r, const struct row *row, double *d)
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < r->n_rounds; i++) {
		const struct kqt_round *a = &r->rounds[i], *b = &r->rounds[i + 1];
		double v;

		if (a->pair != b->pair)
			continue;
		v = (a->side ? -1 : 1) * (value(b, row) - value(a, row));
		if (isfinite(v) && n < KQT_STATS_ROUNDS_MAX)
			d[n++] = v;
	}
	return n;
}

static void judge(const struct kqt_report *r, const struct row *row, double *d, struct result *out)
{
	*out = (struct result){.pairs = differences(r, row, d), .p = 1};
	if (out->pairs < KQT_STATS_ROUNDS_INTERVAL ||
	    kqt_stats_shifts_paired(d, out->pairs, &out->shifts) < 0 ||
	    kqt_stats_null_paired(out->pairs, &out->null) < 0)
		return;
	out->known = true;
	out->shift = kqt_stats_shift(&out->shifts);
	out->p = kqt_stats_p_outside(&out->shifts, out->null, 0);
}

static void show(FILE *f, const struct row *row, const struct result *res, double alpha,
                 bool differs)
{
	struct kqt_stats_interval i;
	double floor;

	fprintf(f, "%-17s", row->name);
	if (!res->known) {
		fprintf(f, "too few: %zu pair%s of rounds with it, %d are needed\n", res->pairs,
		        kqt_plural(res->pairs), KQT_STATS_ROUNDS_INTERVAL);
		return;
	}
	i = kqt_stats_interval(&res->shifts, res->null, alpha);
	floor = fmax(fabs(i.lo), fabs(i.hi));
	if (row->bits)
		fprintf(f, "%+8.3f  %+8.3f .. %+7.3f  %7.3f bit", res->shift, i.lo, i.hi, floor);
	else
		fprintf(f, "%8.3f  %8.3f .. %7.3f  %7.1f %%", exp(res->shift), exp(i.lo), exp(i.hi),
		        100 * (exp(floor) - 1));
	fprintf(f, "%s\n", differs ? "  differs" : "");
}

bool kqt_bench_check(const struct kqt_report *r, bool to_stderr)
{
	FILE *f = to_stderr ? stderr : stdout;
	double *d = calloc(r->n_rounds + 1, sizeof(*d)), p[ROWS], holm[ROWS];
	struct result res[ROWS];
	unsigned differ = 0;

	if (!d) {
		kqt_complain("out of memory");
		return false;
	}
	for (int i = 0; i < ROWS; i++) {
		judge(r, &rows[i], d, &res[i]);
		p[i] = res[i].p;
	}
	kqt_stats_holm(p, ROWS, holm);
	fprintf(f, "\n%-17s%8s  %19s  %11s\n", "the same twice", "B/A", "95 % interval",
	        "noise floor");
	for (int i = 0; i < ROWS; i++) {
		bool differs = holm[i] <= KQT_STATS_ALPHA;

		differ += differs;
		show(f, &rows[i], &res[i], KQT_STATS_ALPHA, differs);
		kqt_stats_shifts_fini(&res[i].shifts);
		kqt_stats_null_free(res[i].null);
	}
	free(d);
	if (differ)
		fprintf(f,
		        "%u of %d rows differ%s although nothing does: by chance once in 20 runs, "
		        "else the machine was disturbed\n",
		        differ, ROWS, differ == 1 ? "s" : "");
	else
		fprintf(f, "no row differs\n");
	return differ == 0;
}
