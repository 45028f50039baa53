/* SPDX-License-Identifier: MIT */
#include "engine/collect/collector.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/clock/clock.h"
#include "engine/clock/thread.h"
#include "engine/collect/collector_priv.h"

/* Removing 3 * 4096 sources and adding as many in one change. */
#define QUEUE_LEN 32768

void kqt_collector_cut_collection(struct kqt_collector *c)
{
	if (c->col.waits > 0)
		c->tally->collections_short++;
	memset(&c->col, 0, sizeof(c->col));
	memset(&c->pack, 0, sizeof(c->pack));
}

/* The byte streams, one wait on. */
static void feed_streams(struct kqt_collector *c, uint64_t wait_ns) KQT_ON(on_collector)
{
	struct kqt_tally *t = c->tally;
	struct kqt_collection *col = &c->col;
	uint8_t byte;

	t->byte_counts[KQT_STREAM_LOW8][(uint8_t)wait_ns]++;
	if (kqt_pack_step(&c->pack, wait_ns, &byte))
		t->byte_counts[KQT_STREAM_LSB][byte]++;

	if (col->waits == 0)
		col->start_ns = c->wait.t0_ns;
	if (++col->waits > KQT_COLLECT_WARMUP && kqt_fold_step(&col->fold, wait_ns, &byte)) {
		t->byte_counts[KQT_STREAM_SEED][byte]++;
		t->bytes++;
	}
	if (col->waits == c->collection + KQT_COLLECT_EXTRA) {
		t->collections_done++;
		t->collection_last_ns = c->wait.t1_ns - col->start_ns;
		memset(col, 0, sizeof(*col));
	}
}

static void note_stall(struct kqt_collector *c) KQT_ON(on_collector)
{
	uint64_t gap = c->wait.t0_ns - c->last_t1_ns;

	if (KQT_LIKELY(gap <= c->stall_limit_ns) || kqt_stops_before(c->env.stops, c->last_t1_ns))
		return;
	c->tally->stalls++;
	if (gap > c->tally->stall_max_ns)
		c->tally->stall_max_ns = gap;
}

static KQT_HOT void record_wait(struct kqt_collector *c, bool timed_out) KQT_ON(on_collector)
{
	struct kqt_tally *t = c->tally;
	uint64_t ns = c->wait.t1_ns - c->wait.t0_ns;
	unsigned n = c->reports < KQT_EVENTS_PER_WAIT - 1 ? (unsigned)c->reports
	                                                  : KQT_EVENTS_PER_WAIT - 1;

	t->waits++;
	t->events_per_wait[n]++;
	if (timed_out) {
		t->timeouts++;
		kqt_hist_record(&t->wait_timeout, ns);
	} else {
		kqt_hist_record(&t->wait_wake, ns);
		for (unsigned m = c->kept; m; m &= m - 1) {
			unsigned f = (unsigned)__builtin_ctz(m);

			t->filter[f].wakes++;
			kqt_hist_record(&t->wait_filter[f], ns);
		}
	}
	if (c->last_t1_ns)
		note_stall(c);
	feed_streams(c, ns);
	if (c->env.raw_mask & 1u << KQT_RAW_WAIT)
		kqt_collector_raw(c, KQT_RAW_WAIT, c->mask, ns);
}

/* EINTR: only SIGCONT is unblocked here, and a process that a debugger stopped
 * ends its epoll_wait that way without any signal. What is pending waited through
 * the stop. Whoever interrupts each wait does not keep main from being heard. */
static int interrupted(struct kqt_collector *c) KQT_ON(on_collector)
{
	c->tally->excluded.eintr++;
	kqt_stops_note(c->env.stops, c->wait.t1_ns);
	c->wait.t0_ns = 0;
	if (atomic_load_explicit(c->env.bell, memory_order_relaxed) == c->bell_seen)
		return 0;
	kqt_collector_service(c);
	return c->quit ? 1 : 0;
}

/* Our own wake and nothing else: no sample. The wait goes on with its first start
 * and deadline, or is dropped if a change began or ended meanwhile, or both: one that
 * waits for nobody is through at once. */
static int control_only(struct kqt_collector *c) KQT_ON(on_collector)
{
	uint64_t in_force_ns = c->in_force_ns;

	c->tally->excluded.control++;
	kqt_collector_service(c);
	if (c->in_change || c->in_force_ns != in_force_ns)
		c->wait.t0_ns = 0;
	return c->quit ? 1 : 0;
}

/* Did the process sleep through a part of this wait, or is it part of a change? */
static enum kqt_fate judge_wait(struct kqt_collector *c) KQT_ON(on_collector)
{
	if (KQT_UNLIKELY(kqt_stops_before(c->env.stops, c->wait.t0_ns))) {
		c->tally->excluded.gap++;
		return KQT_FATE_GAP;
	}
	if (KQT_UNLIKELY(c->in_change)) {
		c->tally->excluded.transition++;
		return KQT_FATE_TRANSITION;
	}
	return KQT_FATE_SAMPLE;
}

KQT_HOT int kqt_collector_step(struct kqt_collector *c)
{
	struct kqt_wait *w = &c->wait;
	int n = c->ops->wait(c->queue, c->timeout_ns, w);

	if (KQT_UNLIKELY(n < 0))
		return n;
	if (KQT_UNLIKELY(n == 0 && w->interrupted))
		return interrupted(c);
	if (KQT_UNLIKELY(n == 0 && w->control))
		return control_only(c);

	c->fate = judge_wait(c);
	/* An empty poll with no stamp to look at is spared looking for events: 100 of its 400
	 * instructions went there (callgrind on tests/bench/bench_instructions). */
	if (n == 0 && c->n_carried == 0 && !kqt_dirty_any(c->env.dirty)) {
		c->mask = c->kept = 0;
		c->reports = 0;
	} else {
		kqt_collector_events(c);
	}
	if (KQT_LIKELY(c->fate == KQT_FATE_SAMPLE))
		record_wait(c, n == 0);
	c->last_t1_ns = w->t1_ns;
	w->t0_ns = 0;
	if (KQT_UNLIKELY(atomic_load_explicit(c->env.bell, memory_order_relaxed) != c->bell_seen)) {
		kqt_collector_service(c);
		return c->quit ? 1 : 0;
	}
	return 0;
}

static void *collector_main(void *arg)
{
	struct kqt_collector *c = arg;
	struct kqt_thread_options opt = {.name = "kqt-collector",
	                                 .cpu = c->env.cpu,
	                                 .priority = c->env.priority,
	                                 .slack_ns = c->env.slack_ns};
	struct kqt_collect_msg failed = {.op = KQT_COL_FAILED};
	int rc = kqt_thread_apply(&opt);

	kqt_thread_mask(SIGCONT, NULL);
	kqt_role_enter(&on_collector);
	atomic_store_explicit(&c->started, rc < 0 ? rc : 1, memory_order_release);
	if (rc < 0)
		return NULL;
	while ((rc = kqt_collector_step(c)) == 0)
		;
	if (rc < 0) {
		failed.rc = rc;
		kqt_collector_send_answer(c, &failed);
	}
	return NULL;
}

int kqt_collector_new(const struct kqt_collector_env *env, struct kqt_tally *first,
                      struct kqt_collector **out)
{
	struct kqt_collector *c = kqt_aligned_new(sizeof(*c));
	int rc;

	if (!c)
		return -ENOMEM;
	kqt_role_enter(&on_collector); /* no thread yet */
	c->env = *env;
	if (!env->raw)
		c->env.raw_mask = 0;
	c->queue = env->queue;
	c->ops = env->queue->ops;
	c->tally = first;
	c->collection = 1;
	c->timeout_ns = KQT_NS_PER_MS;
	c->stall_limit_ns = UINT64_MAX;
	c->in_change = true; /* nothing is a sample before the first END */
	first->start_ns = c->ops->now(c->queue);
	rc = kqt_spsc_init(&c->orders, QUEUE_LEN, sizeof(struct kqt_collect_msg));
	if (rc == 0)
		rc = kqt_spsc_init(&c->answers, QUEUE_LEN, sizeof(struct kqt_collect_msg));
	if (rc < 0) {
		kqt_collector_free(c);
		return rc;
	}
	*out = c;
	return 0;
}

void kqt_collector_free(struct kqt_collector *c)
{
	if (!c)
		return;
	kqt_spsc_fini(&c->orders);
	kqt_spsc_fini(&c->answers);
	free(c);
}

int kqt_collector_start(struct kqt_collector *c)
{
	int rc = kqt_thread_start(&c->thread, collector_main, c, &c->started);

	c->running = rc == 0;
	return rc;
}

struct kqt_tally *kqt_collector_stop(struct kqt_collector *c)
{
	struct kqt_collect_msg quit = {.op = KQT_COL_QUIT};

	if (c->running) {
		(void)kqt_collector_send(c, &quit);
		kqt_collector_ring(c);
		pthread_join(c->thread, NULL);
		c->running = false;
	}
	kqt_role_enter(&on_collector); /* the thread is gone */
	kqt_collector_cut_collection(c);
	kqt_collector_end_tally(c, c->ops->now(c->queue));
	return c->tally;
}

bool kqt_collector_send(struct kqt_collector *c, const struct kqt_collect_msg *msg)
{
	if (!kqt_spsc_push(&c->orders, msg))
		return false;
	atomic_fetch_add_explicit(c->env.bell, 1, memory_order_release);
	return true;
}

void kqt_collector_ring(struct kqt_collector *c)
{
	c->env.queue->ops->wake(c->env.queue);
}

bool kqt_collector_answer(struct kqt_collector *c, struct kqt_collect_msg *msg)
{
	return kqt_spsc_pop(&c->answers, msg);
}

bool kqt_collector_unheard(struct kqt_collector *c, struct kqt_collect_msg *msg)
{
	return kqt_spsc_pop(&c->orders, msg);
}
