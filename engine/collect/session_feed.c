/* SPDX-License-Identifier: MIT */
#include "engine/collect/session_feed.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/collect/session_priv.h"
#include "engine/hist/sparse.h"

int kqt_session_open_fed(struct kqt_session **out)
{
	struct kqt_session *s = kqt_aligned_new(sizeof(*s));

	*out = NULL;
	if (!s)
		return -ENOMEM;
	s->own = kqt_array_new(1, sizeof(*s->own));
	s->own_epoch = kqt_array_new(1, sizeof(*s->own_epoch));
	if (!s->own || !s->own_epoch || kqt_session_tallies_new(s) < 0) {
		kqt_session_free(s);
		return -ENOMEM;
	}
	kqt_config_default(&s->cfg);
	s->epoch_cfg = s->cfg;
	s->snap.backend = s->snap.backend_label = "";
	kqt_session_fill_snapshot(s);
	s->snap.elapsed_s = 0;
	*out = s;
	return 0;
}

void kqt_session_feed_restart(struct kqt_session *s)
{
	kqt_session_spare_give(s, s->interval);
	s->interval = NULL;
	kqt_tally_reset(s->total);
	kqt_tally_reset(s->epoch_tally); /* first: an empty epoch becomes no baseline */
	kqt_session_roll_epoch(s, 0);
	s->have_baseline = s->pinned = false;
	s->stim_before = s->stim_last = (struct kqt_stimulus_stats){0};
	kqt_session_fill_snapshot(s);
	s->snap.elapsed_s = 0;
}

/* What an engine would know of its sources, the recording has said: it stays. */
static void fill(struct kqt_session *s, double elapsed_s)
{
	kqt_session_fill_snapshot(s);
	s->snap.elapsed_s = elapsed_s;
}

void kqt_session_feed_config(struct kqt_session *s, const struct kqt_fed_config *c)
{
	s->cfg = *c->config;
	kqt_session_roll_epoch(s, c->epoch);
	s->snap.backend = c->backend ? c->backend : "";
	s->snap.backend_label = c->backend_label ? c->backend_label : "";
	s->snap.capabilities = c->capabilities;
	memcpy(s->snap.registered, c->registered, sizeof(s->snap.registered));
	memcpy(s->snap.shortfall, c->shortfall, sizeof(s->snap.shortfall));
	fill(s, s->snap.elapsed_s);
}

void kqt_session_feed_interval(struct kqt_session *s, const struct kqt_tally *t,
                               const struct kqt_stimulus_stats *stimulus, double elapsed_s)
{
	kqt_session_spare_give(s, s->interval);
	s->interval = kqt_session_spare_take(s); /* there is one: nothing is on its way */
	kqt_tally_merge(s->interval, t);
	kqt_session_count(s, s->interval);
	s->stim_before = *stimulus;
	fill(s, elapsed_s);
}

void kqt_session_feed_mark(struct kqt_session *s, enum kqt_fed_mark mark, double at_s)
{
	switch (mark) {
	case KQT_FED_RESET:
		kqt_session_reset(s);
		break;
	case KQT_FED_RESET_UNDONE:
		(void)kqt_session_reset_undo(s);
		break;
	case KQT_FED_PIN:
		(void)kqt_session_pin_epoch(s, at_s);
		break;
	case KQT_FED_UNPIN:
		kqt_session_unpin_epoch(s);
		break;
	}
}

bool kqt_session_feed_own(const struct kqt_session *s)
{
	return s->have_own;
}

/* -- a state that is kept -------------------------------------------------- */

enum { TOTAL, EPOCH, BASELINE, SAVED, WINDOW, WINDOW_OLD, INTERVAL, PARTS };

/* A tally in a fiftieth of its size: its histograms' buckets in use. Their order in
 * struct kqt_tally is one after the other, to its end. */
#define HEAD offsetof(struct kqt_tally, wait_wake)
#define HISTS ((sizeof(struct kqt_tally) - HEAD) / sizeof(struct kqt_hist))
struct small_tally {
	unsigned char head[HEAD];
	struct kqt_sparse hist[HISTS];
};

static size_t hist_offset(size_t i)
{
	return HEAD + i * sizeof(struct kqt_hist);
}

static void free_small(struct small_tally *s)
{
	for (size_t i = 0; s && i < HISTS; i++)
		kqt_sparse_free(&s->hist[i]);
	free(s);
}

static struct small_tally *make_small(const struct kqt_tally *t)
{
	struct small_tally *s = kqt_array_new(1, sizeof(*s));

	if (!s)
		return NULL;
	memcpy(s->head, t, HEAD);
	for (size_t i = 0; i < HISTS; i++) {
		if (kqt_sparse_from((const void *)((const char *)t + hist_offset(i)), &s->hist[i]) <
		    0) {
			free_small(s);
			return NULL;
		}
	}
	return s;
}

/* t is empty. */
static void put_small(struct kqt_tally *t, const struct small_tally *s)
{
	memcpy(t, s->head, HEAD);
	for (size_t i = 0; i < HISTS; i++)
		kqt_sparse_add_to(&s->hist[i], (void *)((char *)t + hist_offset(i)));
}

struct kqt_fed_state {
	struct small_tally *part[PARTS]; /* NULL = none */
	struct kqt_session fields;       /* its tallies are not used */
};

/* Which tallies there are: the places of their addresses. */
static void parts_of(struct kqt_session *s, struct kqt_tally **out[PARTS])
{
	out[TOTAL] = &s->total;
	out[EPOCH] = &s->epoch_tally;
	out[BASELINE] = &s->baseline;
	out[SAVED] = &s->saved;
	out[WINDOW] = &s->window[0];
	out[WINDOW_OLD] = &s->window[1];
	out[INTERVAL] = &s->interval;
}

void kqt_session_feed_free(struct kqt_fed_state *state)
{
	if (!state)
		return;
	for (int i = 0; i < PARTS; i++)
		free_small(state->part[i]);
	free(state);
}

struct kqt_fed_state *kqt_session_feed_keep(const struct kqt_session *s)
{
	struct kqt_fed_state *k = kqt_aligned_new(sizeof(*k));
	struct kqt_tally **from[PARTS];

	if (!k)
		return NULL;
	memcpy(&k->fields, s, sizeof(*s));
	parts_of(&k->fields, from);
	for (int i = 0; i < PARTS; i++) {
		if (!*from[i])
			continue;
		k->part[i] = make_small(*from[i]);
		if (!k->part[i]) {
			kqt_session_feed_free(k);
			return NULL;
		}
	}
	return k;
}

void kqt_session_feed_recall(struct kqt_session *s, const struct kqt_fed_state *state)
{
	const struct kqt_session *k = &state->fields;
	struct kqt_tally **to[PARTS];

	if (!s->interval && state->part[INTERVAL])
		s->interval = kqt_session_spare_take(s);
	parts_of(s, to);
	for (int i = 0; i < PARTS; i++) {
		if (!*to[i])
			continue;
		kqt_tally_reset(*to[i]);
		if (state->part[i])
			put_small(*to[i], state->part[i]);
	}
	s->cfg = k->cfg;
	s->epoch_cfg = k->epoch_cfg;
	s->epoch = k->epoch;
	s->have_saved = k->have_saved;
	memcpy(s->bytes, k->bytes, sizeof(s->bytes));
	memcpy(s->bytes_n, k->bytes_n, sizeof(s->bytes_n));
	memcpy(s->bytes_sum, k->bytes_sum, sizeof(s->bytes_sum));
	s->stim_before = k->stim_before;
	s->stim_last = k->stim_last;
	s->have_baseline = k->have_baseline;
	s->pinned = k->pinned;
	s->baseline_facts = k->baseline_facts;
	s->own_apart = false;
	s->snap = k->snap;
	s->snap.interval = state->part[INTERVAL] ? s->interval : NULL;
	kqt_session_show_epoch(s);
	s->snap.total = s->total;
	s->snap.window[0] = s->window[0];
	s->snap.window[1] = s->window[1];
	s->snap.bytes = (const uint64_t(*)[256])s->bytes_sum;
}
