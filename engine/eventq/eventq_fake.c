/* SPDX-License-Identifier: MIT */
#include "engine/eventq/eventq_fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"

#define SOURCES_MAX 64
#define TRIGGERS_MAX 4096

struct fake_source {
	struct kqt_source_spec spec;
	uint64_t next_due_ns; /* timers */
	bool live;
};

struct fake_trigger {
	uint64_t at_ns;
	uint32_t token;
	enum kqt_filter filter;
	bool reported; /* the wait has returned it; take has not */
};

struct fake_queue {
	struct kqt_eventq base;
	uint64_t now_ns, latency_ns;
	int room; /* for triggers, a wait; 0 = for all */
	bool woken, interrupt, full;
	uint64_t stopped_ns; /* by that interrupt */
	bool open_for_take;  /* between a wait that returned something and the end of take */
	struct fake_source source[SOURCES_MAX];
	struct fake_trigger trigger[TRIGGERS_MAX]; /* in the order they were asked for */
	unsigned n_triggers;
};

static struct fake_queue *self(struct kqt_eventq *q)
{
	return (struct fake_queue *)q; /* base is the first member */
}

static int fake_open(struct kqt_eventq **out)
{
	struct fake_queue *q = kqt_array_new(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->base.ops = &kqt_eventq_fake;
	q->now_ns = KQT_FAKE_START_NS;
	*out = &q->base;
	return 0;
}

static void fake_close(struct kqt_eventq *q)
{
	free(q);
}

static int fake_open_source(struct kqt_eventq *q KQT_UNUSED, enum kqt_source_kind kind KQT_UNUSED,
                            int *fd)
{
	*fd = -1;
	return 0;
}

static struct fake_source *find(struct fake_queue *q, uint32_t token)
{
	for (unsigned i = 0; i < SOURCES_MAX; i++)
		if (q->source[i].live && q->source[i].spec.token == token)
			return &q->source[i];
	return NULL;
}

static int fake_add(struct kqt_eventq *base, struct kqt_source_spec *spec)
{
	struct fake_queue *q = self(base);

	if (spec->kind != KQT_SOURCE_TIMER && spec->fd < 0)
		return -EBADF;
	if (find(q, spec->token))
		return -EEXIST;
	for (unsigned i = 0; i < SOURCES_MAX; i++) {
		if (q->source[i].live)
			continue;
		q->source[i] = (struct fake_source){
		    .spec = *spec, .next_due_ns = spec->first_due_ns, .live = true};
		return 0;
	}
	return -ENOSPC;
}

static uint64_t expirations(const struct fake_source *s, uint64_t now)
{
	if (s->spec.kind != KQT_SOURCE_TIMER || now < s->next_due_ns)
		return 0;
	return (now - s->next_due_ns) / s->spec.interval_ns + 1;
}

static void drop_trigger(struct fake_queue *q, unsigned i)
{
	q->n_triggers--;
	memmove(&q->trigger[i], &q->trigger[i + 1], (q->n_triggers - i) * sizeof(q->trigger[0]));
}

static int fake_remove(struct kqt_eventq *base, const struct kqt_source_spec *spec,
                       uint64_t *pending)
{
	struct fake_queue *q = self(base);
	struct fake_source *s = find(q, spec->token);

	if (!s)
		return -ENOENT;
	if (pending)
		*pending = expirations(s, q->now_ns);
	for (unsigned i = 0; i < q->n_triggers;)
		if (q->trigger[i].token == spec->token)
			drop_trigger(q, i);
		else
			i++;
	s->live = false;
	return 0;
}

/* A level-triggered write end is always ready. */
static bool level_ready(const struct fake_source *s)
{
	return s->live && s->spec.kind == KQT_SOURCE_SOCKET && s->spec.write_level;
}

/* Mark what is ready now. @return how many reports. */
static int mark_ready(struct fake_queue *q)
{
	int n = 0;

	for (unsigned i = 0; i < q->n_triggers; i++) {
		q->trigger[i].reported = q->trigger[i].at_ns <= q->now_ns &&
		                         (q->room == 0 || n < q->room);
		n += q->trigger[i].reported;
	}
	q->full = q->room > 0 && n == q->room;
	for (unsigned i = 0; i < SOURCES_MAX; i++)
		if (q->source[i].live)
			n += (expirations(&q->source[i], q->now_ns) > 0) +
			     level_ready(&q->source[i]);
	return n;
}

static uint64_t next_moment(const struct fake_queue *q, uint64_t deadline)
{
	uint64_t next = deadline;

	for (unsigned i = 0; i < q->n_triggers; i++)
		if (q->trigger[i].at_ns < next)
			next = q->trigger[i].at_ns;
	for (unsigned i = 0; i < SOURCES_MAX; i++)
		if (q->source[i].live && q->source[i].spec.kind == KQT_SOURCE_TIMER &&
		    q->source[i].next_due_ns < next)
			next = q->source[i].next_due_ns;
	return next;
}

static int fake_wait(struct kqt_eventq *base, uint64_t timeout_ns, struct kqt_wait *w)
{
	struct fake_queue *q = self(base);
	int n;

	if (w->t0_ns == 0)
		w->t0_ns = q->now_ns;
	w->control = w->interrupted = w->full = false;
	if (q->interrupt) {
		q->interrupt = false;
		q->now_ns += q->stopped_ns;
		w->t1_ns = q->now_ns;
		w->interrupted = true;
		q->open_for_take = false;
		return 0;
	}
	n = mark_ready(q);
	if (n == 0 && !q->woken) { /* block */
		q->now_ns = next_moment(q, w->t0_ns + timeout_ns);
		if (timeout_ns > 0)
			q->now_ns += q->latency_ns;
		n = mark_ready(q);
	}
	w->t1_ns = q->now_ns;
	q->open_for_take = n > 0;
	w->control = q->woken;
	w->full = q->full;
	q->woken = false;
	return n;
}

static bool take_timer(struct fake_queue *q, struct fake_source *s, struct kqt_event *ev)
{
	uint64_t n = s->live ? expirations(s, q->now_ns) : 0;

	if (n == 0)
		return false;
	s->next_due_ns += n * s->spec.interval_ns;
	*ev = (struct kqt_event){.token = s->spec.token, .filter = KQT_FILTER_TIMER, .count = n};
	return true;
}

/* The first report; the triggers that merged into it go with it. */
static bool take_trigger(struct fake_queue *q, struct kqt_event *ev)
{
	unsigned i = 0;
	struct fake_trigger t;

	while (i < q->n_triggers && !q->trigger[i].reported)
		i++;
	if (i == q->n_triggers)
		return false;
	t = q->trigger[i];
	drop_trigger(q, i);
	while (i < q->n_triggers && q->trigger[i].reported && q->trigger[i].token == t.token &&
	       q->trigger[i].filter == t.filter)
		drop_trigger(q, i);
	*ev = (struct kqt_event){.token = t.token, .filter = (uint8_t)t.filter, .count = 1};
	return true;
}

static int fake_take(struct kqt_eventq *base, struct kqt_event *events, int cap)
{
	struct fake_queue *q = self(base);
	int n = 0;

	if (!q->open_for_take)
		return 0;
	for (unsigned i = 0; i < SOURCES_MAX && n < cap; i++)
		n += take_timer(q, &q->source[i], &events[n]);
	while (n < cap && take_trigger(q, &events[n]))
		n++;
	if (n == cap)
		return n;
	q->open_for_take = false;
	for (unsigned i = 0; i < SOURCES_MAX && n < cap; i++)
		if (level_ready(&q->source[i]))
			events[n++] = (struct kqt_event){.token = q->source[i].spec.token,
			                                 .filter = KQT_FILTER_WRITE,
			                                 .count = 1};
	return n;
}

static uint64_t fake_now(struct kqt_eventq *q)
{
	return self(q)->now_ns;
}

static void fake_wake(struct kqt_eventq *q)
{
	self(q)->woken = true;
}

int kqt_eventq_fake_at(struct kqt_eventq *base, uint64_t at_ns, uint32_t token,
                       enum kqt_filter filter)
{
	struct fake_queue *q = self(base);

	if (q->n_triggers == TRIGGERS_MAX)
		return -ENOSPC;
	q->trigger[q->n_triggers++] =
	    (struct fake_trigger){.at_ns = at_ns, .token = token, .filter = filter};
	return 0;
}

void kqt_eventq_fake_latency(struct kqt_eventq *q, uint64_t ns)
{
	self(q)->latency_ns = ns;
}

void kqt_eventq_fake_room(struct kqt_eventq *q, int triggers)
{
	self(q)->room = triggers;
}

void kqt_eventq_fake_advance(struct kqt_eventq *q, uint64_t ns)
{
	self(q)->now_ns += ns;
}

void kqt_eventq_fake_interrupt(struct kqt_eventq *q, uint64_t ns)
{
	self(q)->interrupt = true;
	self(q)->stopped_ns = ns;
}

const struct kqt_eventq_ops kqt_eventq_fake = {
    .name = "fake",
    .label = "fake",
    .capabilities = KQT_CAP_TIMER_DUE | KQT_CAP_NS_TIMEOUT | KQT_CAP_NAMELESS_FILE |
                    KQT_CAP_EVENTS_LATER | KQT_CAP_VIRTUAL,
    .descriptors = 0,
    .open = fake_open,
    .open_source = fake_open_source,
    .add = fake_add,
    .remove = fake_remove,
    .wait = fake_wait,
    .take = fake_take,
    .now = fake_now,
    .wake = fake_wake,
    .close = fake_close,
};
