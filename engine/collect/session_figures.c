/* SPDX-License-Identifier: MIT */
/* A session's figures: what the collector has handed over goes into the run, the
 * epoch and the windows, and out of these a snapshot is made. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/clock/clock.h"
#include "engine/collect/session_priv.h"

/* Halves of the sliding windows: figures over the last 5 to 10 s, and over the
 * last 32,768 to 65,536 bytes and whole intervals: a fast source gives more in one. */
#define WINDOW_HALF_NS (5 * KQT_NS_PER_S)
#define BYTES_HALF 32768
/* A change so soon after another makes no baseline: who presses T three times
 * wants to see what it did against the state before the first. */
#define BASELINE_MIN_NS (KQT_NS_PER_S / 2)

/* -- tallies -------------------------------------------------------------- */

struct kqt_tally *kqt_session_spare_take(struct kqt_session *s)
{
	return s->n_spare ? s->spare[--s->n_spare] : NULL;
}

void kqt_session_spare_give(struct kqt_session *s, struct kqt_tally *t)
{
	if (!t)
		return;
	kqt_tally_reset(t);
	s->spare[s->n_spare++] = t;
}

int kqt_session_tallies_new(struct kqt_session *s)
{
	struct kqt_tally **const keep[] = {&s->epoch_tally, &s->baseline,  &s->total,
	                                   &s->saved,       &s->window[0], &s->window[1]};

	for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++) {
		*keep[i] = kqt_array_new(1, sizeof(struct kqt_tally));
		if (!*keep[i])
			return -ENOMEM;
	}
	for (; s->n_spare < KQT_TALLIES; s->n_spare++) {
		s->spare[s->n_spare] = kqt_array_new(1, sizeof(struct kqt_tally));
		if (!s->spare[s->n_spare])
			return -ENOMEM;
	}
	return 0;
}

static void window_reset(struct kqt_session *s)
{
	kqt_tally_reset(s->window[0]);
	kqt_tally_reset(s->window[1]);
	memset(s->bytes, 0, sizeof(s->bytes));
	memset(s->bytes_n, 0, sizeof(s->bytes_n));
}

static void swap_ptr(struct kqt_tally **a, struct kqt_tally **b)
{
	struct kqt_tally *t = *a;

	*a = *b;
	*b = t;
}

/* Before t is added: the newer half is full, it becomes the older one. */
static void window_turn(struct kqt_session *s, const struct kqt_tally *t)
{
	if (s->window[0]->start_ns && t->end_ns - s->window[0]->start_ns > WINDOW_HALF_NS) {
		swap_ptr(&s->window[0], &s->window[1]);
		kqt_tally_reset(s->window[0]);
	}
}

static void bytes_add(struct kqt_session *s, const struct kqt_tally *t)
{
	for (int st = 0; st < KQT_STREAMS; st++) {
		if (s->bytes_n[0][st] >= BYTES_HALF) {
			memcpy(s->bytes[1][st], s->bytes[0][st], sizeof(s->bytes[0][st]));
			memset(s->bytes[0][st], 0, sizeof(s->bytes[0][st]));
			s->bytes_n[0][st] = 0;
		}
		for (int b = 0; b < 256; b++) {
			s->bytes[0][st][b] += t->byte_counts[st][b];
			s->bytes_n[0][st] += t->byte_counts[st][b];
		}
	}
}

/* Something that the collector has handed over, into everything that it is part of. */
void kqt_session_count(struct kqt_session *s, const struct kqt_tally *t)
{
	struct kqt_tally *into[4] = {s->total};
	size_t n = 1;

	if (s->cut == KQT_CUT_NONE)
		into[n++] = s->epoch_tally;
	else if (s->have_saved)
		into[n++] = s->saved;
	if (s->own_apart)
		into[n++] = s->own_epoch;
	if (s->cut != KQT_CUT_RESET) {
		window_turn(s, t);
		into[n++] = s->window[0];
		bytes_add(s, t);
	}
	/* together: a third of the interface's CPU time was this (perf, 140x45, 4 frames a second) */
	kqt_tally_merge_all(into, n, t);
}

void kqt_session_stats_sum(struct kqt_stimulus_stats *d, const struct kqt_stimulus_stats *a)
{
	d->ticks += a->ticks;
	d->lost += a->lost;
	d->behind += a->behind;
	d->refused_drains += a->refused_drains;
	for (int f = 0; f < KQT_FILTERS; f++) {
		d->due[f] += a->due[f];
		d->performed[f] += a->performed[f];
		d->missed[f] += a->missed[f];
		d->skipped[f] += a->skipped[f];
		d->failed[f] += a->failed[f];
		d->failed_rc[f] = d->failed_rc[f] ? d->failed_rc[f] : a->failed_rc[f];
	}
}

static void stats_now(struct kqt_session *s, struct kqt_stimulus_stats *out)
{
	*out = (struct kqt_stimulus_stats){0};
	if (s->stimulus)
		kqt_stimulus_stats(s->stimulus, out);
	kqt_session_stats_sum(out, &s->stim_before);
}

void kqt_session_take_watch(struct kqt_session *s)
{
	struct kqt_watch *w;

	if (!s->assessor)
		return;
	w = kqt_assessor_newest(s->assessor);
	w->lost = s->total->raw_lost - s->lost_before; /* the collector's count: exact */
	s->snap.watch = w;
}

static double elapsed_now(const struct kqt_session *s)
{
	return (double)(kqt_clock_now_ns() - s->opened_ns) / 1e9;
}

/* The tallies that change places. */
void kqt_session_show_epoch(struct kqt_session *s)
{
	const struct kqt_baseline_facts *b = s->have_own ? &s->own_facts : &s->baseline_facts;
	struct kqt_tally *epoch = s->own_apart ? s->own_epoch : s->epoch_tally;
	struct kqt_snapshot *p = &s->snap;

	epoch->epoch = s->epoch; /* an empty one, too, is of its epoch */
	p->epoch = epoch;
	p->baseline = s->have_own ? s->own : s->have_baseline ? s->baseline : NULL;
	p->baseline_config = b->config;
	p->baseline_serial = b->serial;
	p->run_baseline_serial = s->baseline_facts.serial;
	p->baseline_s = b->at_s;
	p->pinned = s->have_own || s->pinned;
	p->reset = s->have_saved && !s->own_apart;
}

void kqt_session_fill_snapshot(struct kqt_session *s)
{
	struct kqt_snapshot *p = &s->snap;

	p->serial++;
	p->elapsed_s = elapsed_now(s);
	p->interval = s->interval;
	kqt_session_show_epoch(s);
	p->total = s->total;
	p->window[0] = s->window[0];
	p->window[1] = s->window[1];
	for (int st = 0; st < KQT_STREAMS; st++)
		for (int b = 0; b < 256; b++)
			s->bytes_sum[st][b] = s->bytes[0][st][b] + s->bytes[1][st][b];
	p->bytes = (const uint64_t(*)[256])s->bytes_sum;
	p->config = s->epoch_cfg;
	stats_now(s, &p->stimulus);
	p->interval_ticks = p->stimulus.ticks - s->stim_last.ticks;
	p->interval_lost = p->stimulus.lost - s->stim_last.lost;
	p->interval_behind = p->stimulus.behind - s->stim_last.behind;
	p->saturated = kqt_stimulus_saturated(p->interval_ticks, p->interval_lost,
	                                      p->interval_behind);
	s->stim_last = p->stimulus;
	p->running = s->running;
	p->changing = s->phase != KQT_CHANGE_NONE;
	kqt_session_fill_shortfall(s);
	kqt_session_take_watch(s);
}

static bool can_be_baseline(const struct kqt_tally *t)
{
	return t->waits > 0 && t->measured_ns >= BASELINE_MIN_NS;
}

static void note_baseline(struct kqt_session *s, struct kqt_baseline_facts *b, double at_s)
{
	b->config = s->epoch_cfg;
	b->serial = ++s->baselines;
	b->at_s = at_s;
}

static void make_baseline(struct kqt_session *s, double at_s)
{
	swap_ptr(&s->epoch_tally, &s->baseline);
	s->have_baseline = true;
	note_baseline(s, &s->baseline_facts, at_s);
}

void kqt_session_roll_epoch(struct kqt_session *s, uint64_t epoch)
{
	if (!s->pinned && can_be_baseline(s->epoch_tally))
		make_baseline(s, s->snap.elapsed_s);
	s->own_apart = false;
	s->epoch_cfg = s->cfg;
	kqt_tally_reset(s->epoch_tally);
	window_reset(s);
	s->have_saved = false;
	kqt_session_cut_undo(s); /* what comes is all of the new epoch */
	s->lost_before = s->total->raw_lost;
	s->epoch = epoch;
	kqt_session_show_epoch(s); /* the next snapshot may be a minute off */
}

/* What is fed is not touched: the recording's figures go on as they were. */
static bool pin_own(struct kqt_session *s)
{
	const struct kqt_tally *epoch = s->own_apart ? s->own_epoch : s->epoch_tally;

	if (!can_be_baseline(epoch))
		return false;
	memcpy(s->own, epoch, sizeof(*s->own));
	note_baseline(s, &s->own_facts, s->snap.elapsed_s);
	kqt_tally_reset(s->own_epoch);
	s->have_own = s->own_apart = true;
	kqt_session_show_epoch(s);
	return true;
}

bool kqt_session_pin_epoch(struct kqt_session *s, double at_s)
{
	if (!can_be_baseline(s->epoch_tally))
		return false;
	make_baseline(s, at_s);
	kqt_tally_reset(s->epoch_tally);
	s->own_apart = s->have_saved = false;
	kqt_session_cut(s, KQT_CUT_PIN);
	s->pinned = true;
	kqt_session_show_epoch(s);
	return true;
}

void kqt_session_unpin_epoch(struct kqt_session *s)
{
	s->pinned = false;
	kqt_session_show_epoch(s);
}

bool kqt_session_pin(struct kqt_session *s)
{
	/* what is counted from now on is apart from it, not what came after the last figures */
	return s->own ? pin_own(s) : kqt_session_pin_epoch(s, elapsed_now(s));
}

void kqt_session_unpin(struct kqt_session *s)
{
	if (!s->own) {
		kqt_session_unpin_epoch(s);
		return;
	}
	s->have_own = s->own_apart = false;
	kqt_session_show_epoch(s);
}

void kqt_session_reset(struct kqt_session *s)
{
	swap_ptr(&s->epoch_tally, &s->saved);
	s->have_saved = true;
	s->own_apart = false;
	kqt_tally_reset(s->epoch_tally);
	window_reset(s);
	kqt_session_cut(s, KQT_CUT_RESET);
	kqt_session_show_epoch(s);
}

bool kqt_session_reset_undo(struct kqt_session *s)
{
	if (!s->have_saved)
		return false;
	kqt_tally_merge(s->epoch_tally, s->saved);
	s->have_saved = false;
	kqt_session_cut_undo(s);
	kqt_session_show_epoch(s);
	return true;
}

/* What is left of a whole. While it runs a part may have been read after the whole: then
 * nothing was left at a moment in between. */
static uint64_t rest(const struct kqt_session *s, uint64_t whole, uint64_t parts)
{
	return s->running && parts > whole ? 0 : whole - parts;
}

/* Whether it is known how often timers expired: the clock says it when they end. */
static bool timers_are_timed(const struct kqt_session *s)
{
	return (s->snap.capabilities & KQT_CAP_TIMER_DUE) && s->fleet[KQT_SOURCE_TIMER].live == 0;
}

void kqt_session_account(struct kqt_session *s, struct kqt_account out[KQT_FILTERS])
{
	struct kqt_stimulus_stats st;

	stats_now(s, &st);
	for (int f = 0; f < KQT_FILTERS; f++) {
		const struct kqt_filter_tally *ft = &s->total->filter[f];
		struct kqt_account *a = &out[f];

		*a = (struct kqt_account){.due = st.due[f],
		                          .performed = st.performed[f],
		                          .missed = st.missed[f],
		                          .skipped = st.skipped[f],
		                          .failed = st.failed[f],
		                          .samples = ft->triggers,
		                          .transition = ft->transition,
		                          .gap = ft->gap};
		if (f == KQT_FILTER_TIMER && !timers_are_timed(s)) {
			a->untimed = true;
			continue;
		}
		if (f == KQT_FILTER_TIMER)
			a->due = a->performed = s->timer_expired;
		a->pending = rest(s, a->performed, a->samples + a->transition + a->gap);
		a->folded = rest(s, a->due, a->performed + a->missed + a->skipped);
	}
}
