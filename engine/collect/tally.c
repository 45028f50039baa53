/* SPDX-License-Identifier: MIT */
#include "engine/collect/tally.h"

#include <string.h>

const char *kqt_latency_name(enum kqt_latency k)
{
	static const char *const names[KQT_LATENCIES] = {"wait", "notification", "response"};

	return (unsigned)k < KQT_LATENCIES ? names[k] : "?";
}

static void merge_filter(struct kqt_filter_tally *d, const struct kqt_filter_tally *s)
{
	d->events += s->events;
	d->wakes += s->wakes;
	d->triggers += s->triggers;
	d->merged += s->merged;
	d->missed += s->missed;
	d->unstamped += s->unstamped;
	d->transition += s->transition;
	d->gap += s->gap;
}

static void merge_excluded(struct kqt_excluded *d, const struct kqt_excluded *s)
{
	d->eintr += s->eintr;
	d->control += s->control;
	d->transition += s->transition;
	d->gap += s->gap;
}

static void merge_counts(struct kqt_tally *d, const struct kqt_tally *s)
{
	d->waits += s->waits;
	d->timeouts += s->timeouts;
	d->stale += s->stale;
	d->overflows += s->overflows;
	d->stalls += s->stalls;
	if (s->stall_max_ns > d->stall_max_ns)
		d->stall_max_ns = s->stall_max_ns;
	d->raw_lost += s->raw_lost;
	d->collections_done += s->collections_done;
	d->collections_short += s->collections_short;
	if (s->collection_last_ns)
		d->collection_last_ns = s->collection_last_ns;
	d->bytes += s->bytes;
	merge_excluded(&d->excluded, &s->excluded);
	for (int i = 0; i < KQT_EVENTS_PER_WAIT; i++)
		d->events_per_wait[i] += s->events_per_wait[i];
	for (int i = 0; i < KQT_STREAMS; i++)
		for (int b = 0; b < 256; b++)
			d->byte_counts[i][b] += s->byte_counts[i][b];
}

static void merge_head(struct kqt_tally *d, const struct kqt_tally *s)
{
	if (d->start_ns == 0 || (s->start_ns && s->start_ns < d->start_ns))
		d->start_ns = s->start_ns;
	if (s->end_ns > d->end_ns)
		d->end_ns = s->end_ns;
	d->measured_ns += s->measured_ns;
	d->epoch = s->epoch;
	merge_counts(d, s);
	for (int f = 0; f < KQT_FILTERS; f++)
		merge_filter(&d->filter[f], &s->filter[f]);
}

/* One of src's histograms into that of each dst at the same place. */
static void merge_hist(struct kqt_tally *const *dst, size_t n, const struct kqt_tally *src,
                       const struct kqt_hist *h)
{
	size_t at = (size_t)((const char *)h - (const char *)src);
	struct kqt_hist *into[KQT_TALLY_TARGETS] = {0};

	for (size_t i = 0; i < n; i++)
		into[i] = (void *)((char *)dst[i] + at);
	kqt_hist_merge_all(into, n, h);
}

void kqt_tally_merge_all(struct kqt_tally *const *dst, size_t n, const struct kqt_tally *src)
{
	for (size_t i = 0; i < n; i++)
		merge_head(dst[i], src);
	merge_hist(dst, n, src, &src->wait_wake);
	merge_hist(dst, n, src, &src->wait_timeout);
	for (int f = 0; f < KQT_FILTERS; f++) {
		merge_hist(dst, n, src, &src->wait_filter[f]);
		merge_hist(dst, n, src, &src->notification[f]);
		merge_hist(dst, n, src, &src->response[f]);
	}
}

void kqt_tally_merge(struct kqt_tally *d, const struct kqt_tally *s)
{
	kqt_tally_merge_all(&d, 1, s);
}

void kqt_tally_reset(struct kqt_tally *t)
{
	/* the counters before the histograms at once; these reset what they touched */
	memset(t, 0, offsetof(struct kqt_tally, wait_wake));
	kqt_hist_reset(&t->wait_wake);
	kqt_hist_reset(&t->wait_timeout);
	for (int f = 0; f < KQT_FILTERS; f++) {
		kqt_hist_reset(&t->wait_filter[f]);
		kqt_hist_reset(&t->notification[f]);
		kqt_hist_reset(&t->response[f]);
	}
}

static const struct kqt_hist *hist_of(const struct kqt_tally *t, enum kqt_latency kind, unsigned f)
{
	switch (kind) {
	case KQT_LATENCY_WAIT:
		return &t->wait_filter[f];
	case KQT_LATENCY_NOTIFICATION:
		return &t->notification[f];
	case KQT_LATENCY_RESPONSE:
	case KQT_LATENCIES:
		break;
	}
	return &t->response[f];
}

void kqt_tally_hist(const struct kqt_tally *t, enum kqt_latency kind, unsigned filter,
                    struct kqt_hist *out)
{
	if (filter < KQT_FILTERS) {
		kqt_hist_merge(out, hist_of(t, kind, filter));
		return;
	}
	if (kind == KQT_LATENCY_WAIT) {
		kqt_hist_merge(out, &t->wait_wake);
		kqt_hist_merge(out, &t->wait_timeout);
		return;
	}
	for (unsigned f = 0; f < KQT_FILTERS; f++)
		kqt_hist_merge(out, hist_of(t, kind, f));
}

uint64_t kqt_tally_events(const struct kqt_tally *t)
{
	uint64_t n = 0;

	for (int f = 0; f < KQT_FILTERS; f++)
		n += t->filter[f].events;
	return n;
}

double kqt_tally_seconds(const struct kqt_tally *t)
{
	return (double)t->measured_ns / 1e9;
}
