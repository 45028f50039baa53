/* SPDX-License-Identifier: MIT */
/* The rows of a comparison, and what each round has to say for them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/report/compare_priv.h"

#define ALL KQT_FILTERS
#define QUANTILE(name_, title_, kind_, filter_, q_, primary_, detail_)                             \
	{                                                                                          \
		.name = (name_), .title = (title_), .source = KQT_ROW_QUANTILE,                    \
		.kind = KQT_LATENCY_##kind_, .filter = (filter_), .q = (q_),                       \
		.primary = (primary_), .detail = (detail_)                                         \
	}
#define OF_FILTER(name_, f)                                                                        \
	QUANTILE("notification." name_ ".p50", "notification " name_ " p50", NOTIFICATION, f, 0.5, \
	         false, true),                                                                     \
	    QUANTILE("notification." name_ ".p99", "notification " name_ " p99", NOTIFICATION, f,  \
	             0.99, false, true)

/* In the order of the screen. Primary is what a user feels, in the middle and at the
 * tail, how much gets done, and what the bytes are worth. */
const struct kqt_row kqt_rows[KQT_ROWS] = {
    QUANTILE("notification.p50", "notification p50", NOTIFICATION, ALL, 0.5, true, false),
    QUANTILE("notification.p90", "notification p90", NOTIFICATION, ALL, 0.9, false, true),
    QUANTILE("notification.p99", "notification p99", NOTIFICATION, ALL, 0.99, true, false),
    QUANTILE("notification.p999", "notification p99.9", NOTIFICATION, ALL, 0.999, false, false),
    QUANTILE("wait.p50", "wait p50", WAIT, ALL, 0.5, true, false),
    QUANTILE("wait.p90", "wait p90", WAIT, ALL, 0.9, false, true),
    QUANTILE("wait.p99", "wait p99", WAIT, ALL, 0.99, true, false),
    QUANTILE("wait.p999", "wait p99.9", WAIT, ALL, 0.999, false, true),
    QUANTILE("response.p50", "response p50", RESPONSE, ALL, 0.5, false, true),
    QUANTILE("response.p99", "response p99", RESPONSE, ALL, 0.99, false, false),
    QUANTILE("response.p999", "response p99.9", RESPONSE, ALL, 0.999, false, true),
    {.name = "waits_per_s", .title = "waits/s", .source = KQT_ROW_WAITS, .primary = true},
    {.name = "events_per_s", .title = "events/s", .source = KQT_ROW_EVENTS},
    {.name = "entropy", .title = "assessed entropy", .source = KQT_ROW_ENTROPY, .primary = true},
    OF_FILTER("timer", KQT_FILTER_TIMER),
    OF_FILTER("read", KQT_FILTER_READ),
    OF_FILTER("write", KQT_FILTER_WRITE),
    OF_FILTER("vnode", KQT_FILTER_VNODE),
};

bool kqt_row_more_is_better(const struct kqt_row *row)
{
	return row->source != KQT_ROW_QUANTILE;
}

double kqt_row_y(const struct kqt_row *row, double value)
{
	if (row->source == KQT_ROW_ENTROPY)
		return -value;
	if (!(value > 0))
		return NAN;
	return kqt_row_more_is_better(row) ? -log(value) : log(value);
}

double kqt_row_ratio(const struct kqt_row *row, double shift)
{
	if (row->source == KQT_ROW_ENTROPY)
		return -shift;
	return exp(kqt_row_more_is_better(row) ? -shift : shift);
}

/* A row with a quantile that one round's samples do not bear has no figures at all: to
 * leave out that round would leave out the rounds in which least was noticed. */
static void too_few_samples(struct kqt_round_figures *f, size_t row, uint64_t count)
{
	const struct kqt_row *of = &kqt_rows[row];

	if (f->why[row][0])
		return;
	if (count == 0)
		snprintf(f->why[row], sizeof(f->why[row]), "a round has none");
	else
		snprintf(f->why[row], sizeof(f->why[row]),
		         "a round has %llu sample%s, %.0f are needed", (unsigned long long)count,
		         kqt_plural(count), KQT_STATS_TAIL / (1 - of->q));
}

static void quantiles(struct kqt_round_figures *f, const struct kqt_round *round, size_t at)
{
	static struct kqt_hist h; /* 270 KB; main thread only */

	for (size_t row = 0; row < KQT_ROWS; row++) {
		const struct kqt_row *of = &kqt_rows[row], *before = row ? of - 1 : NULL;

		if (of->source != KQT_ROW_QUANTILE)
			continue;
		/* neighbours are of the same distribution */
		if (!before || before->source != KQT_ROW_QUANTILE || before->kind != of->kind ||
		    before->filter != of->filter) {
			kqt_hist_reset(&h);
			kqt_round_hist(round, of->kind, of->filter, &h);
		}
		if (kqt_stats_tail_suffices(h.count, of->q))
			f->value[row][at] = (double)kqt_hist_quantile(&h, of->q);
		else
			too_few_samples(f, row, h.count);
	}
}

static void one_round(struct kqt_round_figures *f, const struct kqt_round *round, size_t at)
{
	f->pair[at] = round->pair;
	for (size_t row = 0; row < KQT_ROWS; row++) {
		f->value[row][at] = NAN;
		if (round->seconds > 0 && kqt_rows[row].source == KQT_ROW_WAITS)
			f->value[row][at] = (double)round->waits / round->seconds;
		if (round->seconds > 0 && kqt_rows[row].source == KQT_ROW_EVENTS)
			f->value[row][at] = (double)kqt_round_events(round) / round->seconds;
		if (round->entropy.n == KQT_ROUND_BYTES && kqt_rows[row].source == KQT_ROW_ENTROPY)
			f->value[row][at] = round->entropy.assessed;
	}
	quantiles(f, round, at);
}

int kqt_round_figures_init(struct kqt_round_figures *f, const struct kqt_report *r, unsigned side,
                           size_t *more_rounds)
{
	*f = (struct kqt_round_figures){0};
	*more_rounds = 0;
	f->pair = kqt_array_new(KQT_STATS_ROUNDS_MAX, sizeof(f->pair[0]));
	if (!f->pair)
		return -ENOMEM;
	for (size_t row = 0; row < KQT_ROWS; row++) {
		f->value[row] = kqt_array_new(KQT_STATS_ROUNDS_MAX, sizeof(double));
		if (!f->value[row])
			return -ENOMEM;
	}
	for (size_t i = 0; i < r->n_rounds; i++) {
		if (r->rounds[i].side != side)
			continue;
		if (f->n == KQT_STATS_ROUNDS_MAX)
			(*more_rounds)++;
		else
			one_round(f, &r->rounds[i], f->n++);
	}
	for (size_t row = 0; row < KQT_ROWS; row++)
		for (size_t i = 0; f->why[row][0] && i < f->n; i++)
			f->value[row][i] = NAN;
	return 0;
}

void kqt_round_figures_fini(struct kqt_round_figures *f)
{
	free(f->pair);
	for (size_t row = 0; row < KQT_ROWS; row++)
		free(f->value[row]);
	*f = (struct kqt_round_figures){0};
}
