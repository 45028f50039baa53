/* SPDX-License-Identifier: MIT */
/* The collector's side of snapshots and changes: collector.h has the protocol. */
#include <errno.h>
#include <string.h>

#include "engine/clock/clock.h"
#include "engine/collect/collector_priv.h"

/* A timer that joins needs this much time until its first expiration can be
 * armed before it is due; half of what a registration was seen to take, twice
 * over. */
#define TIMER_LEAD_NS (50 * KQT_NS_PER_US)

void kqt_collector_send_answer(struct kqt_collector *c, const struct kqt_collect_msg *msg)
{
	/* as long as the order queue, and one answer an order: never full */
	(void)kqt_spsc_push(&c->answers, msg);
}

static void retire(struct kqt_collector *c, struct kqt_source *s, int rc)
{
	struct kqt_collect_msg msg = {.op = KQT_COL_RETIRED, .rc = rc, .u.source = s};

	kqt_collector_send_answer(c, &msg);
}

void kqt_collector_end_tally(struct kqt_collector *c, uint64_t now_ns)
{
	kqt_tally_end(c->tally, now_ns);
	if (c->in_change) /* nothing was a sample */
		c->tally->measured_ns = 0;
}

/* Hand over the tally that grew till now, go on with the spare one. */
static void swap_tally(struct kqt_collector *c, struct kqt_tally *spare) KQT_ON(on_collector)
{
	struct kqt_collect_msg msg = {.op = KQT_COL_SNAPPED, .u.tally = c->tally};
	uint64_t now = c->wait.t1_ns ? c->wait.t1_ns : c->ops->now(c->queue);

	kqt_collector_end_tally(c, now);
	spare->start_ns = now;
	spare->epoch = c->epoch;
	c->tally = spare;
	kqt_collector_send_answer(c, &msg);
}

static struct kqt_source_spec spec_of(const struct kqt_source *s) KQT_ON(on_collector)
{
	struct kqt_source_spec spec = {
	    .kind = s->kind,
	    .token = s->token,
	    .fd = s->fd,
	    .fd_write = -1,
	    .first_due_ns = s->next_due_ns,
	    .interval_ns = s->interval_ns,
	    .handle = s->handle,
	};

	if (s->kind == KQT_SOURCE_SOCKET) {
		spec.fd_write = s->write == KQT_WRITE_DRIVEN ? s->fd : s->fd_far;
		spec.write_level = s->write == KQT_WRITE_LEVEL;
	}
	return spec;
}

/* The first point of this timer's own grid that can still be met. */
static uint64_t first_due(struct kqt_collector *c, const struct kqt_source *s) KQT_ON(on_collector)
{
	uint64_t base = c->t0_ns + s->offset_ns;
	uint64_t now = c->ops->now(c->queue) + TIMER_LEAD_NS;

	if (now <= base)
		return base;
	return base + (now - base + s->interval_ns - 1) / s->interval_ns * s->interval_ns;
}

static void start(struct kqt_collector *c, struct kqt_source *s) KQT_ON(on_collector)
{
	struct kqt_stimulus_msg msg = {.op = KQT_STIM_START, .source = s};

	(void)kqt_stimulus_send(c->env.stimulus, &msg);
}

/* Watched now, so it needs its name no longer. Done here and not by main: each
 * moment more is one in which a kill leaves a file behind. Removing a name is a
 * change of the file's attributes (libkqueue reports it). That report is there at
 * once, in the next wait, which ends at once: only then the stimulus may start, as
 * the report would take a stamp that is not its own. */
static void unname(struct kqt_collector *c, struct kqt_source *s) KQT_ON(on_collector)
{
	kqt_source_unname(s);
	s->settling = c->settling = true;
}

static void start_settled(struct kqt_collector *c) KQT_ON(on_collector)
{
	c->settling = false;
	for (uint32_t i = 0; i < KQT_SLOTS_PER_KIND; i++) {
		struct kqt_source *s = c->slot[KQT_SOURCE_FILE * KQT_SLOTS_PER_KIND + i];

		if (s && s->settling) {
			s->settling = false;
			start(c, s);
		}
	}
}

static void order_add(struct kqt_collector *c, struct kqt_source *s) KQT_ON(on_collector)
{
	struct kqt_source_spec spec;
	int rc;

	if (s->kind == KQT_SOURCE_TIMER)
		s->first_due_ns = s->next_due_ns = s->since_ns = first_due(c, s);
	else if (s->kind == KQT_SOURCE_SOCKET && s->write == KQT_WRITE_DRIVEN)
		kqt_collector_refill(s); /* full before it is registered: no event of its own */
	spec = spec_of(s);
	rc = c->ops->add(c->queue, &spec);
	if (s->named)
		unname(c, s);
	if (rc < 0) {
		retire(c, s, rc);
		return;
	}
	s->handle = spec.handle;
	c->slot[kqt_slot_of_token(s->token)] = s;
	if (s->kind != KQT_SOURCE_TIMER && !s->settling)
		start(c, s);
}

static void deregister(struct kqt_collector *c, struct kqt_source *s) KQT_ON(on_collector)
{
	struct kqt_source_spec spec = spec_of(s);
	uint64_t pending = 0;
	int rc;

	s->removed_ns[0] = c->ops->now(c->queue);
	rc = c->ops->remove(c->queue, &spec, &pending);
	s->removed_ns[1] = c->ops->now(c->queue);
	c->tally->filter[KQT_FILTER_TIMER].transition += pending;
	c->slot[kqt_slot_of_token(s->token)] = NULL;
	(void)rc; /* it is gone from the queue either way; nothing is left to undo */
	retire(c, s, 0);
}

static void order_remove(struct kqt_collector *c, struct kqt_source *s) KQT_ON(on_collector)
{
	struct kqt_stimulus_msg stop = {.op = KQT_STIM_STOP, .source = s};

	if (s->kind == KQT_SOURCE_TIMER) {
		deregister(c, s);
		return;
	}
	c->outstanding++;
	(void)kqt_stimulus_send(c->env.stimulus, &stop);
}

static void order_params(struct kqt_collector *c, const struct kqt_collect_params *p)
    KQT_ON(on_collector)
{
	struct kqt_stimulus_msg msg = {.op = KQT_STIM_SCHED, .sched = p->sched};

	c->timeout_ns = p->timeout_ns;
	c->collection = p->collection;
	c->stall_limit_ns = p->stall_limit_ns;
	c->t0_ns = p->t0_ns;
	if (!p->sched_changed)
		return;
	c->sched = p->sched;
	c->outstanding++;
	(void)kqt_stimulus_send(c->env.stimulus, &msg);
}

static void order_begin(struct kqt_collector *c, struct kqt_tally *spare) KQT_ON(on_collector)
{
	kqt_collector_cut_collection(c);
	swap_tally(c, spare);
	c->in_change = true;
	c->end_seen = false;
}

static void take_order(struct kqt_collector *c, const struct kqt_collect_msg *msg)
    KQT_ON(on_collector)
{
	switch (msg->op) {
	case KQT_COL_SNAP:
		swap_tally(c, msg->u.tally);
		break;
	case KQT_COL_BEGIN:
		order_begin(c, msg->u.tally);
		break;
	case KQT_COL_ADD:
		order_add(c, msg->u.source);
		break;
	case KQT_COL_REMOVE:
		order_remove(c, msg->u.source);
		break;
	case KQT_COL_PARAMS:
		order_params(c, msg->u.params);
		break;
	case KQT_COL_END:
		c->end_seen = true;
		c->next_epoch = msg->u.epoch;
		break;
	case KQT_COL_QUIT:
		c->quit = true;
		break;
	default:
		break; /* answers are not orders */
	}
}

static void take_reply(struct kqt_collector *c, const struct kqt_stimulus_msg *msg)
    KQT_ON(on_collector)
{
	c->outstanding--;
	if (msg->op != KQT_STIM_STOP)
		return;
	kqt_collector_drain(c, msg->source);
	deregister(c, msg->source);
}

/* The change is in force: from the next wait on everything is a sample again that happens
 * from now on. What came due during the change waited for its end. */
static void finish_change(struct kqt_collector *c) KQT_ON(on_collector)
{
	struct kqt_collect_msg done = {.op = KQT_COL_DONE, .u.epoch = c->next_epoch};

	c->in_change = false;
	c->epoch = c->next_epoch;
	c->tally->epoch = c->epoch;
	c->tally->start_ns = c->in_force_ns = c->ops->now(c->queue);
	c->last_t1_ns = 0; /* the change is no stall */
	kqt_collector_send_answer(c, &done);
}

void kqt_collector_service(struct kqt_collector *c)
{
	struct kqt_stimulus_msg reply;
	struct kqt_collect_msg order;

	c->bell_seen = atomic_load_explicit(c->env.bell, memory_order_acquire);
	if (KQT_UNLIKELY(c->settling))
		start_settled(c);
	while (kqt_stimulus_reply(c->env.stimulus, &reply))
		take_reply(c, &reply);
	while (kqt_spsc_pop(&c->orders, &order))
		take_order(c, &order);
	if (KQT_UNLIKELY(c->settling)) { /* come back after one wait more */
		c->bell_seen--;
		c->ops->wake(c->queue);
		return;
	}
	if (c->in_change && c->end_seen && c->outstanding == 0)
		finish_change(c);
}
