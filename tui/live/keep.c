/* SPDX-License-Identifier: MIT */
#include "tui/live/keep.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tui/live/app.h"

#define APART_S 20.0

struct kqt_kept {
	double pos_s;
	struct kqt_tape_place *tape;
	struct kqt_history history;
	struct kqt_model *model;
	struct kqt_journal *journal;
	struct kqt_config config;
	bool configured;
	double load_s;
	uint64_t alarms[KQT_HEALTH_TESTS][KQT_HEALTH_ALPHAS];
	struct kqt_reset_base base, before[KQT_PLAY_RESETS];
	unsigned n_before;
	char alarm[96], cause[sizeof(((struct kqt_ui *)NULL)->cause)];
	struct kqt_ui_loaded loaded; /* the recording's, not the viewer's own */
};

/* All but what is zeroed between uses, which is most of it, and what the viewer pinned. */
static void copy_model(struct kqt_model *to, const struct kqt_model *from)
{
	size_t tail = offsetof(struct kqt_model, own);

	to->fig = from->fig;
	memcpy((char *)to + tail, (const char *)from + tail, sizeof(*to) - tail);
}

static void drop(struct kqt_kept *p)
{
	if (!p)
		return;
	kqt_tape_drop(p->tape);
	kqt_history_fini(&p->history);
	kqt_model_free(p->model);
	free(p->journal);
	free(p);
}

void kqt_keep_fini(struct kqt_keep *k)
{
	while (k->n)
		drop(k->place[--k->n]);
}

/* @return NULL when memory is short: then it is not kept, and going back takes longer */
static struct kqt_kept *make(struct kqt_app *a, double pos_s)
{
	struct kqt_play *play = a->play;
	struct kqt_kept *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->pos_s = pos_s;
	p->tape = kqt_tape_keep(play->tape);
	p->model = kqt_model_new();
	p->journal = kqt_journal_new();
	if (!p->tape || !p->model || !p->journal ||
	    kqt_history_copy(&p->history, &a->history) < 0) {
		drop(p);
		return NULL;
	}
	copy_model(p->model, a->model);
	*p->journal = *a->journal;
	p->config = play->config;
	p->configured = play->configured;
	p->load_s = play->load_s;
	memcpy(p->alarms, play->alarms, sizeof(p->alarms));
	p->base = a->base;
	memcpy(p->before, play->before, sizeof(p->before));
	p->n_before = play->n_before;
	memcpy(p->alarm, play->alarm, sizeof(p->alarm));
	memcpy(p->cause, a->ui.cause, sizeof(p->cause));
	p->loaded = a->ui.loaded;
	return p;
}

/* The one whose neighbours are nearest to each other, for how far it lies back. */
static int least_needed(const struct kqt_keep *k, double pos_s)
{
	double least = 1e300;
	int at = 0;

	for (int i = 0; i + 1 < k->n; i++) {
		double gap = k->place[i + 1]->pos_s - (i ? k->place[i - 1]->pos_s : 0);
		double need = gap / (pos_s - k->place[i]->pos_s + APART_S);

		if (need < least) {
			least = need;
			at = i;
		}
	}
	return at;
}

void kqt_keep_note(struct kqt_app *a)
{
	struct kqt_keep *k = &a->play->keep;
	double pos_s = kqt_session_snapshot(a->session)->elapsed_s;
	struct kqt_kept *p;

	if (k->most == 0 || pos_s < APART_S ||
	    (k->n && pos_s < k->place[k->n - 1]->pos_s + APART_S))
		return;
	p = make(a, pos_s);
	if (!p)
		return;
	if ((uint64_t)k->n == k->most) {
		int out = least_needed(k, pos_s);

		drop(k->place[out]);
		k->n--;
		for (int i = out; i < k->n; i++)
			k->place[i] = k->place[i + 1];
	}
	k->place[k->n++] = p;
}

bool kqt_keep_recall(struct kqt_app *a, double from_s, double to_s)
{
	struct kqt_play *play = a->play;
	const struct kqt_kept *p = NULL;
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));

	for (int i = 0; i < play->keep.n; i++)
		if (play->keep.place[i]->pos_s >= from_s && play->keep.place[i]->pos_s <= to_s)
			p = play->keep.place[i];
	if (!p || kqt_tape_recall(play->tape, p->tape, &why) < 0)
		return false;
	kqt_history_fini(&a->history);
	if (kqt_history_copy(&a->history, &p->history) < 0)
		return false; /* the caller begins at the beginning */
	copy_model(a->model, p->model);
	*a->journal = *p->journal;
	play->config = p->config;
	play->configured = p->configured;
	play->load_s = p->load_s;
	memcpy(play->alarms, p->alarms, sizeof(play->alarms));
	a->base = a->ui.base = p->base;
	memcpy(play->before, p->before, sizeof(play->before));
	play->n_before = p->n_before;
	memcpy(play->alarm, p->alarm, sizeof(play->alarm));
	memcpy(a->ui.cause, p->cause, sizeof(p->cause));
	memcpy(a->ui.loaded.now, p->loaded.now, sizeof(p->loaded.now));
	memcpy(a->ui.loaded.pinned, p->loaded.pinned, sizeof(p->loaded.pinned));
	play->pos_s = p->pos_s;
	return true;
}
