/* SPDX-License-Identifier: MIT */
#include "tui/live/history.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN_S 1.0
#define FIRST_DECADE 1 /* bin 0 begins at 10^1 ns */

unsigned kqt_bin_of_ns(uint64_t ns)
{
	/* the small addend: log10 of a bin's own edge must not fall below it */
	double x = ns ? (log10((double)ns) - FIRST_DECADE) * KQT_BINS_PER_DECADE + 1e-9 : 0;

	if (x < 0)
		return 0;
	return x >= KQT_BINS ? KQT_BINS - 1 : (unsigned)x;
}

uint64_t kqt_bin_lowest_ns(unsigned bin)
{
	return (uint64_t)llround(pow(10, FIRST_DECADE + (double)bin / KQT_BINS_PER_DECADE));
}

int kqt_history_init(struct kqt_history *h)
{
	memset(h, 0, sizeof(*h));
	h->ring = calloc(KQT_HISTORY_COLUMNS, sizeof(*h->ring));
	if (!h->ring)
		return -ENOMEM;
	/* by the middle: a bucket on a power of ten begins just below it */
	for (unsigned i = 0; i < KQT_HIST_LEN; i++)
		h->bin_of[i] = (uint8_t)kqt_bin_of_ns(
		    kqt_hist_lowest_of(i) + (kqt_hist_highest_of(i) - kqt_hist_lowest_of(i)) / 2);
	return 0;
}

void kqt_history_fini(struct kqt_history *h)
{
	free(h->ring);
	h->ring = NULL;
	h->next = 0;
}

static void coarsen32(const struct kqt_history *h, const struct kqt_hist *hist,
                      uint32_t out[KQT_BINS])
{
	unsigned i, end;

	if (!hist->count)
		return;
	end = kqt_hist_index(hist->max_ns) + 1;
	for (i = kqt_hist_index(hist->min_ns); i < end; i++)
		if (hist->counts[i])
			out[h->bin_of[i]] += (uint32_t)hist->counts[i];
}

void kqt_history_coarsen(const struct kqt_history *h, const struct kqt_hist *hist,
                         uint64_t out[KQT_BINS])
{
	unsigned i, end;

	if (!hist->count)
		return;
	end = kqt_hist_index(hist->max_ns) + 1;
	for (i = kqt_hist_index(hist->min_ns); i < end; i++)
		if (hist->counts[i])
			out[h->bin_of[i]] += hist->counts[i];
}

/* The column that an interval of this length belongs to: a new one when the
 * present one would be nearer to its second without it. */
static struct kqt_column *column_for(struct kqt_history *h, const struct kqt_tally *t)
{
	double seconds = kqt_tally_seconds(t);
	struct kqt_column *c = NULL;

	if (h->next > 0)
		c = &h->ring[(h->next - 1) % KQT_HISTORY_COLUMNS];
	if (c && c->seconds + seconds / 2 < COLUMN_S)
		return c;
	c = &h->ring[h->next % KQT_HISTORY_COLUMNS];
	memset(c, 0, sizeof(*c));
	c->index = h->next++;
	c->epoch = t->epoch;
	return c;
}

void kqt_history_add(struct kqt_history *h, const struct kqt_tally *t)
{
	uint64_t before = h->next ? h->ring[(h->next - 1) % KQT_HISTORY_COLUMNS].epoch : t->epoch;
	struct kqt_column *c = column_for(h, t);

	c->mark |= t->epoch != before && before != 0; /* 0: the opening itself */
	c->epoch = t->epoch;
	c->seconds += kqt_tally_seconds(t);
	c->waits += t->waits;
	c->timeouts += t->timeouts;
	c->bytes += t->bytes;
	c->events_all += kqt_tally_events(t);
	coarsen32(h, &t->wait_wake, c->bins[KQT_SERIES_WAKE]);
	coarsen32(h, &t->wait_timeout, c->bins[KQT_SERIES_TIMEOUT]);
	for (int f = 0; f < KQT_FILTERS; f++) {
		c->events[f] += t->filter[f].events;
		coarsen32(h, &t->wait_filter[f], c->bins[KQT_SERIES_WAIT + f]);
		coarsen32(h, &t->notification[f], c->bins[KQT_SERIES_NOTIFICATION + f]);
		coarsen32(h, &t->response[f], c->bins[KQT_SERIES_RESPONSE + f]);
	}
}

void kqt_history_note(struct kqt_history *h, const struct kqt_snapshot *snap)
{
	struct kqt_column *c = h->next ? &h->ring[(h->next - 1) % KQT_HISTORY_COLUMNS] : NULL;
	const struct kqt_watch *w = snap->watch;

	if (!c || c->noted || c->seconds < COLUMN_S / 2 || !snap->bytes)
		return;
	c->noted = true;
	for (int s = 0; s < KQT_STREAMS; s++) {
		struct kqt_entropy_figures e;

		kqt_entropy_figures(snap->bytes[s], &e);
		c->entropy[s] = (struct kqt_entropy_point){(float)e.shannon, (float)e.shannon_ref,
		                                           (float)e.mcv, (float)e.mcv_ref, NAN};
		if (w && w->have && w->stream == (enum kqt_stream)s &&
		    w->assessed_epoch == w->epoch)
			c->entropy[s].assessed = (float)w->assessment.assessed;
	}
}

void kqt_history_hold(struct kqt_history *h, bool hold)
{
	h->holding = hold && h->next > 0;
	if (h->holding)
		h->held = h->ring[(h->next - 1) % KQT_HISTORY_COLUMNS];
}

bool kqt_history_newest(const struct kqt_history *h, uint64_t *index)
{
	if (h->next == 0)
		return false;
	*index = h->holding ? h->held.index : h->next - 1;
	return true;
}

const struct kqt_column *kqt_history_column(const struct kqt_history *h, uint64_t index)
{
	if (h->holding && index >= h->held.index)
		return index == h->held.index ? &h->held : NULL;
	if (index >= h->next || h->next - index > KQT_HISTORY_COLUMNS)
		return NULL;
	return &h->ring[index % KQT_HISTORY_COLUMNS];
}

static void add_bins(const uint32_t bins[KQT_BINS], uint64_t out[KQT_BINS])
{
	for (int b = 0; b < KQT_BINS; b++)
		out[b] += bins[b];
}

void kqt_column_bins(const struct kqt_column *c, enum kqt_latency kind, unsigned filter,
                     uint64_t out[KQT_BINS])
{
	unsigned first = KQT_SERIES_WAIT;

	if (kind == KQT_LATENCY_WAIT && filter >= KQT_FILTERS) {
		add_bins(c->bins[KQT_SERIES_WAKE], out);
		add_bins(c->bins[KQT_SERIES_TIMEOUT], out);
		return;
	}
	if (kind == KQT_LATENCY_NOTIFICATION)
		first = KQT_SERIES_NOTIFICATION;
	if (kind == KQT_LATENCY_RESPONSE)
		first = KQT_SERIES_RESPONSE;
	for (unsigned f = 0; f < KQT_FILTERS; f++)
		if (filter >= KQT_FILTERS || filter == f)
			add_bins(c->bins[first + f], out);
}

void kqt_history_recent(const struct kqt_history *h, double seconds, struct kqt_rates *out)
{
	uint64_t newest;

	memset(out, 0, sizeof(*out));
	if (!kqt_history_newest(h, &newest))
		return;
	for (uint64_t i = newest; out->seconds < seconds; i--) {
		const struct kqt_column *c = kqt_history_column(h, i);

		/* an older epoch's rate says nothing about this one */
		if (!c || (i < newest && c->epoch != kqt_history_column(h, newest)->epoch))
			return;
		out->seconds += c->seconds;
		out->waits += c->waits;
		out->timeouts += c->timeouts;
		out->bytes += c->bytes;
		out->events_all += c->events_all;
		for (int f = 0; f < KQT_FILTERS; f++)
			out->events[f] += c->events[f];
		if (i == 0 || c->mark)
			return;
	}
}
