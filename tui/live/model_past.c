/* SPDX-License-Identifier: MIT */
/* The figures of a moment of the past, from the history's coarse bins. */
#include <math.h>
#include <string.h>

#include "tui/live/model_priv.h"
#include "tui/live/view.h"

void kqt_quantiles_of_bins(const uint64_t bins[KQT_BINS], uint64_t max_ns,
                           struct kqt_quantiles *out)
{
	static const double q[KQT_QUANTILES] = {0.50, 0.90, 0.99, 0.999};
	double below = 0;
	int at = 0;

	memset(out, 0, sizeof(*out));
	for (unsigned b = 0; b < KQT_BINS; b++) {
		if (bins[b] && out->count == 0)
			out->min_ns = kqt_bin_lowest_ns(b);
		out->count += bins[b];
	}
	out->max_ns = max_ns;
	for (unsigned b = 0; b < KQT_BINS && out->count; b++) {
		double n = (double)bins[b], lowest = (double)kqt_bin_lowest_ns(b);

		for (; at < KQT_QUANTILES && below + n >= q[at] * (double)out->count; at++) {
			double in = n > 0 ? (q[at] * (double)out->count - below) / n : 0;
			double ns = lowest * pow(10, in / KQT_BINS_PER_DECADE);

			out->q_ns[at] = max_ns && ns > (double)max_ns ? max_ns : (uint64_t)ns;
		}
		below += n;
	}
}

static void add_column(struct kqt_counts *c, const struct kqt_column *h)
{
	c->seconds += h->seconds;
	c->waits += h->waits;
	c->timeouts += h->timeouts;
	c->bytes += h->bytes;
	c->events_all += h->events_all;
	for (unsigned f = 0; f < KQT_FILTERS; f++)
		c->events[f] += h->events[f];
}

/* Percentiles of the columns [from, from + n); bins may be NULL. */
static void span_quantiles(const struct kqt_history *h, uint64_t from, uint64_t n,
                           enum kqt_latency kind, unsigned filter, struct kqt_quantiles *q,
                           uint64_t *bins)
{
	uint64_t sum[KQT_BINS] = {0}, max_ns = 0, i = from;
	const struct kqt_column *c;

	while ((c = kqt_history_next(h, &i, from + n, n)) != NULL) {
		uint64_t most = kqt_column_max_ns(c, kind, filter);

		kqt_column_bins(c, kind, filter, sum);
		max_ns = most > max_ns ? most : max_ns;
	}
	kqt_quantiles_of_bins(sum, max_ns, q);
	if (bins)
		memcpy(bins, sum, sizeof(sum));
}

/* What a column of the screen stands for, instead of the last seconds. */
void kqt_model_scrub(struct kqt_figures *fig, const struct kqt_history *h, const struct kqt_ui *ui)
{
	uint64_t n = ui->zoom, from = ui->at / n * n, i = from;
	const struct kqt_column *c, *last = NULL;
	struct kqt_counts sum = {0};

	while ((c = kqt_history_next(h, &i, from + n, n)) != NULL) {
		add_column(&sum, c);
		last = c;
	}
	if (!last)
		return;
	fig->scrubbed = true;
	fig->ago_s = kqt_stretch_ago_s(h, ui);
	kqt_model_rates(fig, &sum);
	span_quantiles(h, from, n, ui->kind, ui->filter, &fig->now, fig->bins);
	for (unsigned f = 0; f < KQT_FILTERS; f++)
		span_quantiles(h, from, n, ui->kind, f, &fig->filter[f].latency, NULL);
	for (int k = 0; ui->view == KQT_VIEW_EVENTS && k < KQT_LATENCIES; k++)
		for (unsigned f = 0; f <= KQT_FILTERS; f++)
			span_quantiles(h, from, n, (enum kqt_latency)k, f, &fig->every[k][f], NULL);
	for (int k = 0; k < KQT_LATENCIES && ui->view == KQT_VIEW_LATENCY; k++)
		span_quantiles(h, from, n, (enum kqt_latency)k, ui->filter,
		               &fig->every[k][ui->filter], NULL);
	fig->timeout.count = 0;
	fig->no_timeout_can_fire = false;
	if (last->noted)
		fig->entropy = (struct kqt_entropy_figures){
		    .n = last->entropy[ui->stream].n,
		    .shannon = last->entropy[ui->stream].shannon,
		    .shannon_ref = last->entropy[ui->stream].shannon_ref,
		    .mcv = last->entropy[ui->stream].mcv,
		    .mcv_ref = last->entropy[ui->stream].mcv_ref};
}
