/* SPDX-License-Identifier: MIT */
#include "tui/live/tape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 128
/* Beyond what rounding makes of a time: a position that was reached is reached. */
#define ROUNDING_S 1e-6

struct kqt_tape {
	struct kqt_recording *file;
	struct kqt_session *session;
	struct kqt_recording_run run;
	struct kqt_tape_facts facts;
	char name[NAME_SIZE], backend[NAME_SIZE], label[NAME_SIZE]; /* of the configuration fed */
	const struct kqt_recorded *next; /* read, not yet fed; NULL = none */
	bool any;                        /* an interval has been fed */
	bool ended;
	int error;     /* of reading on; 0 = none */
	char why[512]; /* in words */
};

/* "'/folder/x.jsonl', line 7": on a narrow screen the folder would be all there is. */
static void shorten(struct kqt_tape *t)
{
	char *end = t->why[0] == '\'' ? strchr(t->why + 1, '\'') : NULL, *slash = end;

	while (slash && slash > t->why && *slash != '/')
		slash--;
	if (slash && slash > t->why)
		memmove(t->why + 1, slash + 1, strlen(slash));
}

static void take_name(struct kqt_tape *t, const char *path)
{
	const char *slash = strrchr(path, '/');

	t->facts.name = kqt_text_show(slash ? slash + 1 : path, t->name, NAME_SIZE);
}

static int choose_run(struct kqt_tape *t, unsigned run, struct kqt_strbuf *why)
{
	struct kqt_recording_run *runs;
	size_t n;
	int rc = kqt_recording_runs(t->file, &runs, &n, why);

	if (rc < 0)
		return rc;
	if (run < 1 || run > n) {
		kqt_strbuf_add(why, "'%s' has %zu run%s", t->name, n, kqt_plural(n));
		free(runs);
		return -KQT_E_RANGE;
	}
	t->run = runs[run - 1];
	free(runs);
	t->facts.run = run;
	t->facts.runs = (unsigned)n;
	t->facts.offset_s = t->run.begin_s;
	t->facts.length_s = t->run.end_s - t->run.begin_s;
	t->facts.changes = t->run.changes;
	return 0;
}

int kqt_tape_rewind(struct kqt_tape *t, struct kqt_strbuf *why)
{
	kqt_session_feed_restart(t->session);
	t->next = NULL;
	t->any = t->ended = false;
	t->error = 0;
	return kqt_recording_go(t->file, &t->run, t->facts.run, why);
}

int kqt_tape_open(const char *path, unsigned run, struct kqt_tape **out, struct kqt_strbuf *why)
{
	struct kqt_tape *t = calloc(1, sizeof(*t));
	const struct kqt_recorded *head = NULL;
	int rc = -ENOMEM;

	*out = NULL;
	if (!t) {
		kqt_strbuf_add(why, "no memory to replay '%s'", path);
		return rc;
	}
	take_name(t, path);
	rc = kqt_recording_open(path, &t->file, why);
	if (rc == 0)
		rc = choose_run(t, run, why);
	if (rc == 0 && (rc = kqt_session_open_fed(&t->session)) < 0)
		kqt_strbuf_add(why, "no memory to replay '%s'", path);
	if (rc == 0)
		rc = kqt_tape_rewind(t, why);
	if (rc == 0)
		rc = kqt_recording_next(t->file, &head, why);
	if (rc > 0 && head) {
		t->facts.started_ms = head->head.started_ms;
		rc = kqt_tape_rewind(t, why);
	}
	if (rc < 0) {
		kqt_tape_close(t);
		return rc;
	}
	*out = t;
	return 0;
}

void kqt_tape_close(struct kqt_tape *t)
{
	if (!t)
		return;
	kqt_recording_close(t->file);
	kqt_session_free(t->session);
	free(t);
}

const struct kqt_tape_facts *kqt_tape_facts(const struct kqt_tape *t)
{
	return &t->facts;
}

struct kqt_session *kqt_tape_session(struct kqt_tape *t)
{
	return t->session;
}

bool kqt_tape_ended(const struct kqt_tape *t)
{
	return t->ended;
}

/* The next line of this run into t->next; nothing when it has been read already. */
static void read_on(struct kqt_tape *t)
{
	struct kqt_strbuf why = kqt_strbuf_init(t->why, sizeof(t->why));
	const struct kqt_recorded *rec;
	int rc;

	if (t->next || t->ended)
		return;
	rc = kqt_recording_next(t->file, &rec, &why);
	if (rc < 0) {
		t->error = rc;
		shorten(t);
	}
	if (rc <= 0 || rec->run != t->facts.run)
		t->ended = true;
	else
		t->next = rec;
}

/* Of the keys that marks have, those which act on figures. */
static void feed_mark(struct kqt_tape *t, const struct kqt_recorded_mark *m, double at_s)
{
	switch (m->key[0]) {
	case 'r':
		kqt_session_feed_mark(t->session, KQT_FED_RESET, at_s);
		break;
	case 'u':
		kqt_session_feed_mark(t->session, KQT_FED_RESET_UNDONE, at_s);
		break;
	case 'b':
		kqt_session_feed_mark(t->session,
		                      m->text && strcmp(m->text, KQT_MARK_UNPINNED) == 0
		                          ? KQT_FED_UNPIN
		                          : KQT_FED_PIN,
		                      at_s);
		break;
	default:
		break;
	}
}

static void feed(struct kqt_tape *t, const struct kqt_recorded *rec)
{
	const struct kqt_recorded_config *c = &rec->config;
	double at = rec->elapsed_s - t->facts.offset_s;

	if (rec->type == KQT_RECORDED_CONFIG) {
		struct kqt_fed_config fed = {
		    &c->config,    c->epoch,    t->backend, t->label, (unsigned)c->capabilities,
		    c->registered, c->shortfall};

		/* the reader's own go when it reads the next one, which is before that is fed */
		snprintf(t->backend, NAME_SIZE, "%s", c->backend ? c->backend : "");
		snprintf(t->label, NAME_SIZE, "%s", c->backend_label ? c->backend_label : "");
		kqt_session_feed_config(t->session, &fed);
	} else if (rec->type == KQT_RECORDED_INTERVAL) {
		kqt_session_feed_interval(t->session, rec->interval.tally, &rec->interval.stimulus,
		                          at > 0 ? at : 0);
		t->any = true;
	} else if (rec->type == KQT_RECORDED_MARK) {
		feed_mark(t, &rec->mark, at > 0 ? at : 0);
	}
}

int kqt_tape_step(struct kqt_tape *t, double until_s, const struct kqt_recorded **line,
                  struct kqt_strbuf *why)
{
	const struct kqt_recorded *rec;

	read_on(t);
	if (t->error < 0)
		kqt_strbuf_add(why, "%s", t->why);
	rec = t->next;
	if (!rec)
		return t->error;
	/* what stood before the first interval is so from the beginning */
	if (rec->elapsed_s - t->facts.offset_s > until_s + ROUNDING_S &&
	    (t->any || rec->type == KQT_RECORDED_INTERVAL))
		return 0;
	feed(t, rec);
	t->next = NULL;
	*line = rec;
	return 1;
}

/* -- places ---------------------------------------------------------------- */

struct kqt_tape_place {
	struct kqt_fed_state *state;
	struct kqt_recording_run at; /* of the next line */
	char backend[NAME_SIZE], label[NAME_SIZE];
	bool any;
};

void kqt_tape_drop(struct kqt_tape_place *p)
{
	if (!p)
		return;
	kqt_session_feed_free(p->state);
	free(p);
}

struct kqt_tape_place *kqt_tape_keep(struct kqt_tape *t)
{
	struct kqt_tape_place *p;

	if (t->next || t->ended) /* a line has been read that is not fed */
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->state = kqt_session_feed_keep(t->session);
	if (!p->state) {
		free(p);
		return NULL;
	}
	kqt_recording_place(t->file, &p->at);
	memcpy(p->backend, t->backend, NAME_SIZE);
	memcpy(p->label, t->label, NAME_SIZE);
	p->any = t->any;
	return p;
}

int kqt_tape_recall(struct kqt_tape *t, const struct kqt_tape_place *p, struct kqt_strbuf *why)
{
	memcpy(t->backend, p->backend, NAME_SIZE);
	memcpy(t->label, p->label, NAME_SIZE);
	kqt_session_feed_recall(t->session, p->state);
	t->next = NULL;
	t->any = p->any;
	t->ended = false;
	t->error = 0;
	return kqt_recording_go(t->file, &p->at, t->facts.run + 1, why);
}
