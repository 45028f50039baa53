/* SPDX-License-Identifier: MIT */
#include "tui/live/entropy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/live/model_priv.h"

/* The comparison walks whole epochs: twice a second is enough to read. */
#define COMPARE_EVERY 2

#define WATCH_EVERY_NS (900 * KQT_NS_PER_MS)

struct kqt_model *kqt_model_new(void)
{
	struct kqt_model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	for (int k = 0; k < KQT_LATENCIES; k++)
		for (int f = 0; f <= KQT_FILTERS; f++)
			m->own[k][f] = m->own_baseline[k][f] = m->own_pin[k][f] = NAN;
	kqt_watch_unknown(&m->fig.watch);
	return m;
}

void kqt_model_free(struct kqt_model *m)
{
	free(m);
}

void kqt_quantiles_of(const struct kqt_hist *h, struct kqt_quantiles *out)
{
	static const double q[KQT_QUANTILES] = {0.50, 0.90, 0.99, 0.999};

	out->count = h->count;
	out->min_ns = h->min_ns;
	out->max_ns = h->max_ns;
	kqt_hist_quantiles(h, q, KQT_QUANTILES, out->q_ns);
}

const char *kqt_latency_short(enum kqt_latency k)
{
	static const char *const names[KQT_LATENCIES] = {"wait", "notif", "resp"};

	return (unsigned)k < KQT_LATENCIES ? names[k] : "?";
}

const char *kqt_filter_label(unsigned filter)
{
	return filter < KQT_FILTERS ? kqt_filter_name((enum kqt_filter)filter) : "all";
}

double kqt_scale_apply(enum kqt_scale scale, double value)
{
	if (!(value > 0))
		return 0;
	if (value > 1)
		value = 1;
	if (scale == KQT_SCALE_SQRT)
		return sqrt(value);
	if (scale == KQT_SCALE_LOG)
		return fmax(1 + log10(value) / 4, 0.01);
	return value;
}

const char *kqt_scale_name(enum kqt_scale scale)
{
	static const char *const names[KQT_SCALES] = {"lin", "sqrt", "log"};

	return (unsigned)scale < KQT_SCALES ? names[scale] : "?";
}

/* -- figures -------------------------------------------------------------- */

double kqt_per_second(uint64_t n, double seconds)
{
	return seconds > 0 ? (double)n / seconds : NAN;
}

enum kqt_source_kind kqt_kind_of_filter(unsigned f)
{
	switch (f) {
	case KQT_FILTER_TIMER:
		return KQT_SOURCE_TIMER;
	case KQT_FILTER_VNODE:
		return KQT_SOURCE_FILE;
	default:
		return KQT_SOURCE_SOCKET; /* one pair serves both directions */
	}
}

/* Two tallies or one (the other NULL) whose sum is looked at. */
struct parts {
	const struct kqt_tally *t[2];
};

static bool is_swapped(const struct kqt_snapshot *snap, const struct kqt_ui *ui)
{
	return ui->swap && snap->baseline && !kqt_stretch_moment(ui);
}

/* The last seconds, and the baseline; or, swapped, the other way round. */
static struct parts main_parts(const struct kqt_snapshot *snap, bool swapped)
{
	return swapped ? (struct parts){{snap->baseline, NULL}}
	               : (struct parts){{snap->window[0], snap->window[1]}};
}

/* Quantiles and bins of one kind and filter. */
static void parts_figures(struct kqt_model *m, struct parts parts, const struct kqt_history *h,
                          enum kqt_latency kind, unsigned filter, struct kqt_quantiles *q,
                          uint64_t *bins)
{
	struct kqt_hist *sum = &m->scratch[0];

	for (int i = 0; i < 2; i++)
		if (parts.t[i])
			kqt_tally_hist(parts.t[i], kind, filter, sum);
	kqt_quantiles_of(sum, q);
	if (bins) {
		memset(bins, 0, sizeof(uint64_t[KQT_BINS]));
		kqt_history_coarsen(h, sum, bins);
	}
	kqt_hist_reset(sum);
}

static const struct kqt_reset_base no_base;

/* What moves with every refresh; cheap, and the rest of a row stands still. */
static void event_figures(struct kqt_figures *fig, const struct kqt_snapshot *snap,
                          const struct kqt_ui *ui)
{
	const struct kqt_reset_base *base = fig->swapped ? &no_base : &ui->base;
	const struct kqt_tally *t = fig->swapped ? snap->baseline : snap->total;

	for (unsigned f = 0; f < KQT_FILTERS; f++)
		fig->filter[f].events = t->filter[f].events - base->filter[f].events;
	fig->timeouts = t->timeouts - base->timeouts;
}

static void count_figures(struct kqt_figures *fig, const struct kqt_snapshot *snap,
                          const struct kqt_ui *ui)
{
	const struct kqt_reset_base *base = fig->swapped ? &no_base : &ui->base;
	const struct kqt_tally *total = snap->total, *of = fig->swapped ? snap->baseline : total;

	for (unsigned f = 0; f < KQT_FILTERS; f++) {
		const struct kqt_filter_tally *t = &of->filter[f], *b = &base->filter[f];
		struct kqt_filter_figures *out = &fig->filter[f];
		enum kqt_source_kind k = kqt_kind_of_filter(f);

		out->wanted = snap->shortfall[k].wanted;
		out->got = snap->registered[k];
		out->missing = snap->shortfall[k].error[0] != '\0';
		out->state = out->wanted == 0                ? KQT_ROW_OFF
		             : out->got == 0 && out->missing ? KQT_ROW_FAILED
		                                             : KQT_ROW_ON;
		out->wakes = t->wakes - b->wakes;
		out->merged = t->merged - b->merged;
		out->missed = t->missed - b->missed;
		out->stamped = kqt_filter_is_stamped(&snap->config, (enum kqt_filter)f);
	}
	fig->wakes = of->waits - of->timeouts;
	fig->epoch_waits = snap->epoch->waits;
	memcpy(fig->events_per_wait, snap->epoch->events_per_wait, sizeof(fig->events_per_wait));
	fig->collections_done = of->collections_done - base->collections_done;
	fig->collections_short = of->collections_short - base->collections_short;
	fig->collection_last_ns = of->collection_last_ns;
	fig->stimulus_ticks = snap->stimulus.ticks;
	fig->stimulus_lost = snap->stimulus.lost;
	fig->excluded = total->excluded;
	fig->lost = total->raw_lost + total->overflows;
	fig->stalls = total->stalls;
	fig->stall_max_ns = total->stall_max_ns;
}

static void count_tally(struct kqt_counts *c, const struct kqt_tally *t)
{
	c->seconds += kqt_tally_seconds(t);
	c->waits += t->waits;
	c->timeouts += t->timeouts;
	c->bytes += t->bytes;
	c->events_all += kqt_tally_events(t);
	for (unsigned f = 0; f < KQT_FILTERS; f++)
		c->events[f] += t->filter[f].events;
}

double kqt_part_of(uint64_t n, uint64_t all)
{
	return all ? (double)n / (double)all : NAN;
}

void kqt_model_rates(struct kqt_figures *fig, const struct kqt_counts *c)
{
	for (unsigned f = 0; f < KQT_FILTERS; f++) {
		fig->filter[f].rate = kqt_per_second(c->events[f], c->seconds);
		fig->filter[f].share = kqt_part_of(c->events[f], c->events_all);
	}
	fig->timeout_rate = kqt_per_second(c->timeouts, c->seconds);
	fig->timeout_share = kqt_part_of(c->timeouts, c->waits);
	fig->waits_rate = kqt_per_second(c->waits, c->seconds);
	fig->events_rate = kqt_per_second(c->events_all, c->seconds);
	fig->bytes_rate = kqt_per_second(c->bytes, c->seconds);
	fig->window_s = c->seconds;
}

static void filter_figures(struct kqt_model *m, struct parts parts, const struct kqt_history *h,
                           const struct kqt_ui *ui)
{
	for (unsigned f = 0; f < KQT_FILTERS; f++)
		parts_figures(m, parts, h, ui->kind, f, &m->fig.filter[f].latency, NULL);
}

static void every_figures(struct kqt_model *m, struct parts parts, const struct kqt_history *h)
{
	for (int k = 0; k < KQT_LATENCIES; k++)
		for (unsigned f = 0; f <= KQT_FILTERS; f++)
			parts_figures(m, parts, h, (enum kqt_latency)k, f, &m->fig.every[k][f],
			              NULL);
}

static void kind_figures(struct kqt_model *m, struct parts parts, const struct kqt_history *h,
                         const struct kqt_ui *ui)
{
	for (int k = 0; k < KQT_LATENCIES; k++)
		parts_figures(m, parts, h, (enum kqt_latency)k, ui->filter,
		              &m->fig.every[k][ui->filter], NULL);
}

static void timeout_figures(struct kqt_model *m, const struct kqt_snapshot *snap,
                            struct parts parts)
{
	struct kqt_figures *fig = &m->fig;
	const struct kqt_config *c = fig->swapped ? &snap->baseline_config : &snap->config;
	const struct kqt_tally *epoch = fig->swapped ? snap->baseline : snap->epoch;
	bool stimulated = c->num_sockets > 0 || c->num_file_watchers > 0;

	for (int i = 0; i < 2; i++)
		if (parts.t[i])
			kqt_hist_merge(&m->scratch[0], &parts.t[i]->wait_timeout);
	kqt_quantiles_of(&m->scratch[0], &fig->timeout);
	kqt_hist_reset(&m->scratch[0]);
	fig->no_timeout_can_fire = stimulated && epoch->timeouts == 0 && epoch->waits > 0 &&
	                           c->stimulus_us < c->timeout_ms * 1000;
}

/* The other one, to compare the main figures with. */
static void ghost_figures(struct kqt_model *m, const struct kqt_snapshot *snap,
                          const struct kqt_history *h, const struct kqt_ui *ui)
{
	struct kqt_figures *fig = &m->fig;

	memset(fig->baseline_bins, 0, sizeof(fig->baseline_bins));
	fig->baseline.count = 0;
	if (snap->baseline)
		parts_figures(m, main_parts(snap, !fig->swapped), h, ui->kind, ui->filter,
		              &fig->baseline, fig->baseline_bins);
	for (int k = 0; k < KQT_LATENCIES; k++) {
		fig->kinds_baseline[k].count = 0;
		if (snap->baseline && ui->view == KQT_VIEW_LATENCY)
			parts_figures(m, main_parts(snap, !fig->swapped), h, (enum kqt_latency)k,
			              ui->filter, &fig->kinds_baseline[k], NULL);
	}
}

/* Once a second is enough to read, and every digit that moves is sent: a chart of
 * the watched stream is a third of the screen. What changes at once is which stream
 * and epoch it is, and a new assessment. */
static void watch_figures(struct kqt_figures *fig, const struct kqt_watch *w,
                          enum kqt_stream stream)
{
	struct kqt_watch *shown = &fig->watch;

	if (!w || w->stream != stream) {
		kqt_watch_unknown(shown);
		return;
	}
	if (shown->serial && shown->stream == w->stream && shown->epoch == w->epoch &&
	    shown->assessments == w->assessments && w->at_ns >= shown->at_ns &&
	    w->at_ns - shown->at_ns < WATCH_EVERY_NS)
		return;
	*shown = *w;
}

/* -- beside the baseline ------------------------------------------------------ */

static bool compare_is_due(const struct kqt_model *m, const struct kqt_snapshot *snap,
                           const struct kqt_ui *ui)
{
	return m->compared_view != ui->view || m->compared_kind != ui->kind ||
	       m->compared_filter != ui->filter || m->compared_stream != ui->stream ||
	       m->fig.change.known != (snap->baseline != NULL) ||
	       m->compared_baseline != snap->baseline_serial ||
	       m->fig.change.pinned != snap->pinned || m->compared_reset != snap->reset ||
	       m->compared_swap != m->fig.swapped || snap->serial < m->compared_serial ||
	       snap->serial - m->compared_serial >= COMPARE_EVERY ||
	       (snap->serial != m->compared_serial &&
	        m->fig.change.now.count < KQT_CHANGE_MIN_COUNT);
}

void kqt_model_forget(struct kqt_model *m)
{
	m->compared_kind = KQT_LATENCIES;
}

static void compare(struct kqt_model *m, const struct kqt_snapshot *snap,
                    const struct kqt_history *h, const struct kqt_ui *ui)
{
	ghost_figures(m, snap, h, ui);
	kqt_model_change(m, snap, ui, &m->fig.change);
	m->compared_serial = snap->serial;
	m->compared_kind = ui->kind;
	m->compared_filter = ui->filter;
	m->compared_stream = ui->stream;
	m->compared_baseline = snap->baseline_serial;
	m->compared_reset = snap->reset;
	m->compared_swap = m->fig.swapped;
	m->compared_view = ui->view;
}

static void latency_figures(struct kqt_model *m, const struct kqt_snapshot *snap,
                            const struct kqt_history *h, const struct kqt_ui *ui, bool all)
{
	struct kqt_figures *fig = &m->fig;
	struct parts parts = main_parts(snap, fig->swapped);
	struct kqt_counts r = {0};

	if (all || !fig->swapped)
		parts_figures(m, parts, h, ui->kind, ui->filter, &fig->now, all ? fig->bins : NULL);
	fig->window_s = 0;
	for (int i = 0; i < 2; i++)
		fig->window_s += parts.t[i] ? kqt_tally_seconds(parts.t[i]) : 0;
	fig->every[ui->kind][ui->filter] = fig->now; /* two figures of one thing are the same */
	event_figures(fig, snap, ui);
	if (!all)
		return;
	count_figures(fig, snap, ui);
	for (int i = 0; i < 2; i++)
		if (parts.t[i])
			count_tally(&r, parts.t[i]);
	kqt_model_rates(fig, &r);
	if (ui->view == KQT_VIEW_LATENCY)
		kind_figures(m, parts, h, ui);
	else
		filter_figures(m, parts, h, ui);
	timeout_figures(m, snap, parts);
	if (ui->view == KQT_VIEW_EVENTS)
		every_figures(m, parts, h);
	if (compare_is_due(m, snap, ui))
		compare(m, snap, h, ui);
}

void kqt_model_update(struct kqt_model *m, const struct kqt_snapshot *snap,
                      const struct kqt_history *h, const struct kqt_ui *ui, bool all)
{
	if (!snap->total || !snap->window[0])
		return;
	/* all of it at once, or figures beside each other would be of two windows */
	all |= snap->window[0]->start_ns != m->window_ns;
	m->window_ns = snap->window[0]->start_ns;
	m->fig.swapped = is_swapped(snap, ui);
	if (kqt_views[ui->view].latencies && (all || ui->view != KQT_VIEW_EVENTS))
		latency_figures(m, snap, h, ui, all);
	if (!all)
		return;
	kqt_entropy_figures(m->fig.swapped ? snap->baseline->byte_counts[ui->stream]
	                                   : snap->bytes[ui->stream],
	                    &m->fig.entropy);
	watch_figures(&m->fig, snap->watch, ui->stream);
	m->fig.scrubbed = false;
	if (ui->frozen && ui->at != KQT_NOW)
		kqt_model_scrub(&m->fig, h, ui);
}

/* -- a copy that stays ---------------------------------------------------- */

struct held {
	struct kqt_snapshot snap; /* first: the copy is known by its address */
	struct kqt_tally interval, epoch, baseline, total, window[2];
	uint64_t bytes[KQT_STREAMS][256];
	struct kqt_watch watch;
};

static const struct kqt_tally *keep(struct kqt_tally *into, const struct kqt_tally *t)
{
	if (!t)
		return NULL;
	kqt_tally_merge(into, t);
	return into;
}

struct kqt_snapshot *kqt_snapshot_copy(const struct kqt_snapshot *snap)
{
	struct held *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->snap = *snap;
	c->snap.interval = keep(&c->interval, snap->interval);
	c->snap.epoch = keep(&c->epoch, snap->epoch);
	c->snap.baseline = keep(&c->baseline, snap->baseline);
	c->snap.total = keep(&c->total, snap->total);
	c->snap.window[0] = keep(&c->window[0], snap->window[0]);
	c->snap.window[1] = keep(&c->window[1], snap->window[1]);
	if (snap->bytes) {
		memcpy(c->bytes, snap->bytes, sizeof(c->bytes));
		c->snap.bytes = (const uint64_t(*)[256])c->bytes;
	}
	if (snap->watch) {
		c->watch = *snap->watch;
		c->snap.watch = &c->watch;
	}
	return &c->snap;
}

void kqt_snapshot_free(struct kqt_snapshot *copy)
{
	free(copy); /* the first member of struct held */
}
