/* SPDX-License-Identifier: MIT */
#include "tui/live/history.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/live/history_priv.h"
#include "tui/live/model.h"

#define COLUMN_S 1.0

/* -- life ----------------------------------------------------------------- */

static void free_levels(struct kqt_level level[KQT_HISTORY_LEVELS])
{
	for (int k = 0; k < KQT_HISTORY_LEVELS; k++) {
		for (uint64_t i = 0; level[k].ring && i < level[k].len; i++)
			free(level[k].ring[i].packed);
		free(level[k].ring);
		level[k] = (struct kqt_level){0};
	}
}

static uint64_t oldest_of(const struct kqt_level *l)
{
	return l->next > l->len ? l->next - l->len : 0;
}

static int new_levels(struct kqt_level level[KQT_HISTORY_LEVELS])
{
	for (int k = 0; k < KQT_HISTORY_LEVELS; k++) {
		level[k].next = 0;
		level[k].len = k ? KQT_HISTORY_COARSE : KQT_HISTORY_FINE;
		level[k].ring = calloc(level[k].len, sizeof(*level[k].ring));
		if (!level[k].ring) {
			free_levels(level);
			return -ENOMEM;
		}
	}
	return 0;
}

int kqt_history_init(struct kqt_history *h)
{
	memset(h, 0, sizeof(*h));
	/* by the middle: a bucket on a power of ten begins just below it */
	for (unsigned i = 0; i < KQT_HIST_LEN; i++)
		h->bin_of[i] = (uint8_t)kqt_bin_of_ns(
		    kqt_hist_lowest_of(i) + (kqt_hist_highest_of(i) - kqt_hist_lowest_of(i)) / 2);
	return new_levels(h->level);
}

void kqt_history_clear(struct kqt_history *h)
{
	kqt_history_thaw(h);
	for (int k = 0; k < KQT_HISTORY_LEVELS; k++)
		h->level[k].next = 0;
	memset(h->grown, 0, sizeof(h->grown));
	h->n_marks = 0;
	h->changed = h->foretold = h->have_config = false;
	h->early = 0;
}

void kqt_history_fini(struct kqt_history *h)
{
	free_levels(h->level);
	free_levels(h->held);
}

static struct kqt_column *growing(const struct kqt_history *h)
{
	const struct kqt_level *l = &h->level[0];

	return l->next ? &l->ring[(l->next - 1) % l->len] : NULL;
}

/* The growing column is packed in the copy. */
static int copy_column(struct kqt_column *to, const struct kqt_column *c)
{
	uint32_t n = c->at[KQT_SERIES_COUNT];

	*to = *c;
	to->loose = NULL;
	to->packed = NULL;
	if (c->loose)
		return kqt_column_pack(to, c->loose);
	if (!c->packed)
		return 0;
	to->packed = malloc(n);
	if (!to->packed)
		return -ENOMEM;
	memcpy(to->packed, c->packed, n);
	return 0;
}

static int copy_levels(struct kqt_level copy[KQT_HISTORY_LEVELS],
                       const struct kqt_level level[KQT_HISTORY_LEVELS])
{
	int rc = new_levels(copy);

	for (int k = 0; rc == 0 && k < KQT_HISTORY_LEVELS; k++) {
		const struct kqt_level *l = &level[k];

		copy[k].next = l->next;
		for (uint64_t i = oldest_of(l); rc == 0 && i < l->next; i++)
			rc = copy_column(&copy[k].ring[i % l->len], &l->ring[i % l->len]);
	}
	if (rc < 0)
		free_levels(copy);
	return rc;
}

int kqt_history_copy(struct kqt_history *to, const struct kqt_history *from)
{
	struct kqt_column *c;
	int rc;

	*to = *from;
	memset(to->level, 0, sizeof(to->level));
	memset(to->held, 0, sizeof(to->held));
	rc = copy_levels(to->level, from->level);
	if (rc < 0) {
		memset(to, 0, sizeof(*to));
		return rc;
	}
	c = growing(to);
	if (c && growing(from)->loose) {
		/* it goes on growing */
		free(c->packed);
		c->packed = NULL;
		c->loose = (const uint64_t(*)[KQT_BINS])to->grown;
	}
	return 0;
}

int kqt_history_hold(struct kqt_history *h)
{
	struct kqt_level copy[KQT_HISTORY_LEVELS] = {{0}};
	int rc = copy_levels(copy, h->level);

	if (rc < 0)
		return rc;
	kqt_history_thaw(h);
	memcpy(h->held, copy, sizeof(copy));
	h->n_held_marks = h->n_marks;
	return 0;
}

void kqt_history_thaw(struct kqt_history *h)
{
	free_levels(h->held);
}

/* -- columns -------------------------------------------------------------- */

/* What reading sees: [KQT_HISTORY_LEVELS]. */
static const struct kqt_level *shown(const struct kqt_history *h)
{
	return h->held[0].ring ? h->held : h->level;
}

static void note_mark(struct kqt_column *c, char letter)
{
	if (letter)
		c->mark = c->mark && c->mark != letter ? '*' : letter;
}

static void merge(struct kqt_column *to, const struct kqt_column *c,
                  uint64_t sum[KQT_SERIES_COUNT][KQT_BINS])
{
	to->epoch = c->epoch;
	to->end_s = c->end_s;
	to->seconds += c->seconds;
	note_mark(to, c->mark);
	to->waits += c->waits;
	to->timeouts += c->timeouts;
	to->bytes += c->bytes;
	to->events_all += c->events_all;
	for (int f = 0; f < KQT_FILTERS; f++)
		to->events[f] += c->events[f];
	if (c->noted) {
		to->noted = true;
		memcpy(to->entropy, c->entropy, sizeof(to->entropy));
	}
	for (unsigned s = 0; s < KQT_SERIES_COUNT; s++) {
		if (c->max_ns[s] > to->max_ns[s])
			to->max_ns[s] = c->max_ns[s];
		kqt_column_add_series(c, s, sum[s]);
	}
}

/* An empty one in place of the oldest. */
static struct kqt_column *fresh(struct kqt_level *l, uint64_t span)
{
	struct kqt_column *c = &l->ring[l->next % l->len];

	free(c->packed);
	memset(c, 0, sizeof(*c));
	c->index = l->next++ * span;
	c->span = span;
	return c;
}

/* The newest column is full. Without memory its bins are lost, its counts are not. */
static void close_column(struct kqt_history *h)
{
	struct kqt_column *c = growing(h);

	if (h->level[0].next == 0)
		return;
	(void)kqt_column_pack(c, (const uint64_t(*)[KQT_BINS])h->grown);
	c->loose = NULL;
	memset(h->grown, 0, sizeof(h->grown));
}

/* Four of a level are full: they are one of the next, and so on. */
static void fold(struct kqt_history *h)
{
	uint64_t span = 1;

	for (int k = 1; k < KQT_HISTORY_LEVELS; k++) {
		const struct kqt_level *fine = &h->level[k - 1];
		struct kqt_column *c;

		if (fine->next == 0 || fine->next % KQT_HISTORY_FACTOR)
			return;
		span *= KQT_HISTORY_FACTOR;
		c = fresh(&h->level[k], span);
		memset(h->sum, 0, sizeof(h->sum));
		for (uint64_t i = fine->next - KQT_HISTORY_FACTOR; i < fine->next; i++)
			merge(c, &fine->ring[i % fine->len], h->sum);
		(void)kqt_column_pack(c, (const uint64_t(*)[KQT_BINS])h->sum);
	}
}

/* The column that an interval of this length belongs to: a new one when the
 * present one would be nearer to its second without it. */
static struct kqt_column *column_for(struct kqt_history *h, const struct kqt_tally *t)
{
	struct kqt_column *c = growing(h);

	if (h->level[0].next && c->seconds + kqt_tally_seconds(t) / 2 < COLUMN_S)
		return c;
	close_column(h);
	fold(h);
	c = fresh(&h->level[0], 1);
	c->epoch = t->epoch;
	c->loose = (const uint64_t(*)[KQT_BINS])h->grown;
	return c;
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

static void grow(struct kqt_history *h, struct kqt_column *c, unsigned series,
                 const struct kqt_hist *hist)
{
	if (hist->count && hist->max_ns > c->max_ns[series])
		c->max_ns[series] = hist->max_ns;
	kqt_history_coarsen(h, hist, h->grown[series]);
}

void kqt_history_add(struct kqt_history *h, const struct kqt_tally *t)
{
	uint64_t before = h->level[0].next ? growing(h)->epoch : t->epoch;
	struct kqt_column *c = column_for(h, t);

	h->changed |= t->epoch != before && before != 0; /* 0: the opening itself */
	c->epoch = t->epoch;
	c->seconds += kqt_tally_seconds(t);
	c->waits += t->waits;
	c->timeouts += t->timeouts;
	c->bytes += t->bytes;
	c->events_all += kqt_tally_events(t);
	grow(h, c, KQT_SERIES_WAKE, &t->wait_wake);
	grow(h, c, KQT_SERIES_TIMEOUT, &t->wait_timeout);
	for (unsigned f = 0; f < KQT_FILTERS; f++) {
		c->events[f] += t->filter[f].events;
		grow(h, c, KQT_SERIES_WAIT + f, &t->wait_filter[f]);
		grow(h, c, KQT_SERIES_NOTIFICATION + f, &t->notification[f]);
		grow(h, c, KQT_SERIES_RESPONSE + f, &t->response[f]);
	}
}

/* -- marks ---------------------------------------------------------------- */

void kqt_history_mark(struct kqt_history *h, char letter, const char *text)
{
	struct kqt_column *c = growing(h);
	struct kqt_mark *m = &h->marks[h->n_marks++ % KQT_HISTORY_MARKS];

	m->index = c ? c->index : 0;
	m->letter = letter;
	h->foretold |= strchr("Ggz|", letter) != NULL;
	snprintf(m->text, sizeof(m->text), "%s", text);
	if (c)
		note_mark(c, letter);
	else
		h->early = letter;
}

const struct kqt_mark *kqt_history_marked(const struct kqt_history *h, uint64_t first, uint64_t end)
{
	uint64_t n = h->held[0].ring ? h->n_held_marks : h->n_marks;

	for (uint64_t i = n; i-- > 0 && h->n_marks - i <= KQT_HISTORY_MARKS;) {
		const struct kqt_mark *m = &h->marks[i % KQT_HISTORY_MARKS];

		if (m->index >= first && m->index < end)
			return m;
	}
	return NULL;
}

/* The key that does it: t or T for timers, p for a preset; c for what has no key. */
static char letter_of(const struct kqt_config *before, const struct kqt_config *now)
{
	char letter = 0;

	if (strcmp(before->preset, now->preset) != 0)
		return 'p';
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		uint64_t a, b;

		if (t->type == KQT_T_TEXT)
			continue;
		a = kqt_config_get(before, t);
		b = kqt_config_get(now, t);
		if (a != b && letter)
			return '*';
		if (a != b)
			letter = t->key_less ? (b > a ? t->key_more : t->key_less) : 'c';
	}
	return letter;
}

/* A new epoch with nothing changed (a load, a stop) has had its mark, before, from
 * who began it, if that was us. */
static void mark_change(struct kqt_history *h, const struct kqt_snapshot *snap)
{
	char text[128] = "", letter = h->have_config ? letter_of(&h->config, &snap->config) : 0;
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	if (h->changed && letter) {
		kqt_change_words(&h->config, &snap->config, &sb);
		kqt_history_mark(h, letter, text);
	} else if (h->changed && h->have_config && !h->foretold) {
		kqt_history_mark(h, '|', "a new epoch");
	}
	h->foretold &= !h->changed || !h->have_config; /* the first is of no epoch that began */
	h->changed = false;
	h->config = snap->config;
	h->have_config = true;
}

void kqt_history_note(struct kqt_history *h, const struct kqt_snapshot *snap)
{
	struct kqt_column *c = growing(h);
	const struct kqt_watch *w = snap->watch;

	if (h->changed || !h->have_config)
		mark_change(h, snap);
	if (c) {
		c->end_s = snap->elapsed_s;
		note_mark(c, h->early);
		h->early = 0;
	}
	if (!c || c->noted || c->seconds < COLUMN_S / 2 || !snap->bytes)
		return;
	c->noted = true;
	for (int s = 0; s < KQT_STREAMS; s++) {
		struct kqt_entropy_figures e;

		kqt_entropy_figures(snap->bytes[s], &e);
		c->entropy[s] = (struct kqt_entropy_point){(uint32_t)e.n,        (float)e.shannon,
		                                           (float)e.shannon_ref, (float)e.mcv,
		                                           (float)e.mcv_ref,     NAN};
		if (w && w->have && w->stream == (enum kqt_stream)s &&
		    w->assessed_epoch == w->epoch)
			c->entropy[s].assessed = (float)w->assessment.assessed;
	}
}

/* -- reading -------------------------------------------------------------- */

bool kqt_history_newest(const struct kqt_history *h, uint64_t *index)
{
	const struct kqt_level *l = shown(h);

	if (l->next == 0)
		return false;
	*index = l->next - 1;
	return true;
}

/* Level k's column that stands for a place. */
static const struct kqt_column *level_column(const struct kqt_history *h, int k, uint64_t index)
{
	const struct kqt_level *l = shown(h) + k;

	for (int i = 0; i < k; i++)
		index /= KQT_HISTORY_FACTOR;
	return index < l->next && index >= oldest_of(l) ? &l->ring[index % l->len] : NULL;
}

const struct kqt_column *kqt_history_column(const struct kqt_history *h, uint64_t index)
{
	return level_column(h, 0, index);
}

uint64_t kqt_history_oldest(const struct kqt_history *h)
{
	const struct kqt_level *l = shown(h);
	uint64_t oldest = oldest_of(l), span = 1;

	for (int k = 1; k < KQT_HISTORY_LEVELS; k++) {
		span *= KQT_HISTORY_FACTOR;
		if (l[k].next && oldest_of(&l[k]) * span < oldest)
			oldest = oldest_of(&l[k]) * span;
	}
	return oldest;
}

const struct kqt_column *kqt_history_find(const struct kqt_history *h, uint64_t index, uint64_t per)
{
	const struct kqt_column *c, *best = NULL;
	uint64_t span = 1;

	for (int k = 0; k < KQT_HISTORY_LEVELS; k++, span *= KQT_HISTORY_FACTOR) {
		if (span > per && best)
			return best;
		c = level_column(h, k, index);
		if (c && span > per)
			return c;
		if (c)
			best = c;
	}
	return best;
}

const struct kqt_column *kqt_history_next(const struct kqt_history *h, uint64_t *index,
                                          uint64_t end, uint64_t per)
{
	const struct kqt_column *c = NULL;
	uint64_t newest, oldest = kqt_history_oldest(h);

	if (!kqt_history_newest(h, &newest))
		return NULL;
	if (*index < oldest)
		*index = oldest;
	if (end > newest + 1)
		end = newest + 1;
	for (; !c && *index < end; *index += !c)
		c = kqt_history_find(h, *index, per);
	if (c)
		*index = c->index + c->span;
	return c;
}
