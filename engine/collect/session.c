/* SPDX-License-Identifier: MIT */
#include "engine/collect/session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/collect/session_priv.h"

/* A request that a busy collector has not seen by then finds it blocked in a wait:
 * ring. Ringing at once would wake it four times a second for nothing. */
#define RING_AFTER_NS (20 * KQT_NS_PER_MS)
#define PUMP_PAUSE_NS (200 * KQT_NS_PER_US)
/* Process-wide, as signals are. */
static struct kqt_stops process_stops;

static void on_sigcont(int sig)
{
	(void)sig;
	kqt_stops_note(&process_stops, kqt_clock_now_ns());
}

static void watch_stops(void)
{
	struct sigaction sa = {.sa_handler = on_sigcont};
	sigset_t set;

	sigemptyset(&sa.sa_mask);
	sigaction(SIGCONT, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void pause_briefly(void)
{
	struct timespec ts = kqt_ns_to_timespec(PUMP_PAUSE_NS);

	nanosleep(&ts, NULL);
}

/* -- orders and answers --------------------------------------------------- */

bool kqt_session_order(struct kqt_session *s, enum kqt_collect_op op, struct kqt_tally *tally)
{
	struct kqt_collect_msg msg = {.op = op, .u.tally = tally};

	if (!kqt_collector_send(s->collector, &msg))
		return false;
	s->awaited[s->n_awaited++] = op == KQT_COL_BEGIN ? KQT_AWAITED_BEGIN : KQT_AWAITED_SNAP;
	return true;
}

/* Once for all that it has not answered: it answers all of it then. */
void kqt_session_ring(struct kqt_session *s)
{
	if (s->rung)
		return;
	kqt_collector_ring(s->collector);
	s->rung = true;
}

/* @return false when there is no room now */
static bool order_snap(struct kqt_session *s)
{
	struct kqt_tally *spare;

	if (s->n_awaited >= 3)
		return false;
	spare = kqt_session_spare_take(s);
	if (!spare)
		return false;
	if (kqt_session_order(s, KQT_COL_SNAP, spare))
		return true;
	kqt_session_spare_give(s, spare);
	return false;
}

/* Nobody rings for it, until something else has no room: a collector that waits has nothing
 * more to part. */
static void send_cut(struct kqt_session *s)
{
	if (!s->cut_wanted || !order_snap(s))
		return;
	s->awaited[s->n_awaited - 1] = KQT_AWAITED_CUT;
	s->n_cuts++;
	s->cut_wanted = false;
}

void kqt_session_cut(struct kqt_session *s, enum kqt_cut cut)
{
	if (!s->running)
		return; /* all that was counted is here */
	s->cut = cut;
	s->cut_wanted = true;
	send_cut(s);
}

void kqt_session_cut_undo(struct kqt_session *s)
{
	s->cut = KQT_CUT_NONE;
	s->cut_wanted = false;
}

void kqt_session_request(struct kqt_session *s)
{
	if (!s->running || s->requested_ns)
		return;
	if (!order_snap(s)) {
		/* cuts take the room, and nobody rings for those */
		kqt_session_ring(s);
		return;
	}
	s->requested_ns = kqt_clock_now_ns();
	s->rung = false;
}

static int take_snapped(struct kqt_session *s, struct kqt_tally *t)
{
	enum kqt_awaited why = s->awaited[0];

	s->rung = false;
	s->n_awaited--;
	memmove(s->awaited, s->awaited + 1, s->n_awaited * sizeof(s->awaited[0]));
	kqt_session_count(s, t);
	if (why == KQT_AWAITED_CUT && --s->n_cuts == 0 && !s->cut_wanted)
		s->cut = KQT_CUT_NONE;
	/* The figures of this interval go on in the next tally. When it halts too: what was
	 * on its way then nobody would take before the last comes. */
	if (why != KQT_AWAITED_SNAP || s->halting) {
		if (s->part) {
			kqt_tally_merge(s->part, t);
			kqt_session_spare_give(s, t);
		} else {
			s->part = t;
		}
		return 0;
	}
	if (s->part) {
		kqt_tally_merge(t, s->part);
		kqt_session_spare_give(s, s->part);
		s->part = NULL;
	}
	kqt_session_spare_give(s, s->interval);
	s->interval = t;
	s->requested_ns = 0;
	kqt_session_fill_snapshot(s);
	return KQT_NEWS_SNAPSHOT;
}

static int take_answer(struct kqt_session *s, const struct kqt_collect_msg *msg)
{
	switch (msg->op) {
	case KQT_COL_SNAPPED:
		return take_snapped(s, msg->u.tally);
	case KQT_COL_RETIRED:
		kqt_session_retired(s, msg->u.source, msg->rc);
		return 0;
	case KQT_COL_DONE:
		kqt_session_roll_epoch(s, msg->u.epoch);
		s->snap.config = s->epoch_cfg;
		kqt_session_done(s);
		s->snap.changing = s->phase != KQT_CHANGE_NONE;
		return KQT_NEWS_CHANGE;
	case KQT_COL_FAILED:
		s->failed = true;
		s->fail_rc = msg->rc;
		return 0;
	default:
		return 0;
	}
}

/* Figures are looked at before a change that came with them makes them the baseline's, a
 * change before the next one. */
int kqt_session_take_answers(struct kqt_session *s)
{
	struct kqt_collect_msg msg;
	int news = 0;

	while (!news && kqt_collector_answer(s->collector, &msg))
		news = take_answer(s, &msg);
	kqt_session_advance_change(s);
	return news;
}

int kqt_session_pump(struct kqt_session *s)
{
	int news;

	kqt_session_take_watch(s);
	if (!s->running)
		return 0;
	news = kqt_session_take_answers(s);
	send_cut(s);
	if (s->failed) {
		kqt_session_halt(s);
		return s->fail_rc;
	}
	if (s->requested_ns && kqt_clock_now_ns() - s->requested_ns > RING_AFTER_NS)
		kqt_session_ring(s);
	return news;
}

int kqt_session_refresh(struct kqt_session *s)
{
	kqt_session_request(s);
	while (s->running) {
		int news = kqt_session_pump(s);

		if (news < 0)
			return news;
		if (news & KQT_NEWS_SNAPSHOT)
			return 0;
		kqt_session_request(s); /* if there was no spare the first time */
		pause_briefly();
	}
	return 0;
}

const struct kqt_snapshot *kqt_session_snapshot(struct kqt_session *s)
{
	return &s->snap;
}

/* -- start and stop ------------------------------------------------------- */

static void unlock(struct kqt_session *s)
{
	if (s->locked)
		(void)munlockall();
	s->locked = false;
}

int kqt_session_lock(struct kqt_session *s, bool on, struct kqt_strbuf *why)
{
	char text[96];

	if (!on) {
		unlock(s);
	} else if (!s->locked && mlockall(MCL_CURRENT | MCL_FUTURE) < 0) {
		int rc = -errno;

		kqt_strbuf_add(why, "mlock: %s", kqt_err_text(rc, text, sizeof(text)));
		return rc;
	}
	s->locked = on;
	return 0;
}

static void wake_queue(void *arg)
{
	struct kqt_eventq *q = arg;

	q->ops->wake(q);
}

static int new_threads(struct kqt_session *s, const struct kqt_eventq_ops *ops)
{
	struct kqt_stimulus_env se = {.dirty = s->dirty,
	                              .stops = &process_stops,
	                              .bell = &s->bell,
	                              .wake = wake_queue,
	                              .cpu = (int)s->cfg.cpu_stimulus,
	                              .priority = (int)s->cfg.priority,
	                              .slack_ns = s->cfg.slack_ns};
	struct kqt_collector_env ce = {.dirty = s->dirty,
	                               .stops = &process_stops,
	                               .bell = &s->bell,
	                               .raw = s->opt.raw_mask ? &s->raw : NULL,
	                               .raw_mask = s->opt.raw_mask,
	                               .cpu = (int)s->cfg.cpu_collector,
	                               .priority = (int)s->cfg.priority,
	                               .slack_ns = s->cfg.slack_ns};
	struct kqt_tally *first;
	int rc = ops->open(&s->queue);

	if (rc < 0)
		return rc;
	if (s->assessor) {
		ce.raw = kqt_assessor_ring(s->assessor);
		ce.raw_mask = 1u << KQT_RAW_WAIT | 1u << KQT_RAW_NOTIFICATION;
	}
	se.wake_arg = s->queue;
	rc = kqt_stimulus_new(&se, &s->stimulus);
	if (rc < 0)
		return rc;
	ce.queue = s->queue;
	ce.stimulus = s->stimulus;
	first = kqt_session_spare_take(s);
	rc = kqt_collector_new(&ce, first, &s->collector);
	if (rc < 0)
		kqt_session_spare_give(s, first);
	return rc;
}

static void free_threads(struct kqt_session *s)
{
	kqt_collector_free(s->collector);
	kqt_stimulus_free(s->stimulus);
	if (s->queue)
		s->queue->ops->close(s->queue);
	s->collector = NULL;
	s->stimulus = NULL;
	s->queue = NULL;
	s->running = s->watching = false;
	unlock(s);
}

/* Start both threads, and what is to be registered. */
static int go(struct kqt_session *s)
{
	int rc;

	rc = kqt_stimulus_start(s->stimulus);
	if (rc < 0)
		return rc;
	rc = kqt_collector_start(s->collector);
	if (rc < 0) {
		kqt_stimulus_stop(s->stimulus);
		return rc;
	}
	s->running = s->snap.running = true;
	s->failed = false;
	/* t0: all timers and the stimulus stand on multiples of their periods from here */
	s->t0_ns = s->queue->ops->now(s->queue);
	kqt_session_begin_change(s);
	return 0;
}

/* Until the first change is through. */
static int wait_for_it(struct kqt_session *s)
{
	struct kqt_progress progress;
	int rc;

	while (s->phase != KQT_CHANGE_NONE) {
		/* before it goes on: on a slow machine one more step may be the last */
		if (s->opt.opening && kqt_session_progress(s, &progress) &&
		    !s->opt.opening(s->opt.opening_arg, &progress))
			return -ECANCELED;
		rc = kqt_session_pump(s);
		if (rc < 0)
			return rc;
		if (s->phase != KQT_CHANGE_NONE)
			pause_briefly();
	}
	return 0;
}

/* A thread that could not be had as asked for: name what was asked. */
static void tell_refused(const struct kqt_session *s, int rc, struct kqt_strbuf *why)
{
	static const char *const names[] = {"cpu", "priority", "slack"};
	bool pinned = false;
	char text[128];

	kqt_strbuf_add(why, "cannot start the measuring threads");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct kqt_tunable *t = kqt_tunable_find(names[i]);
		struct kqt_config def;
		char was[64];

		kqt_config_default(&def);
		kqt_config_get_text(&def, t, was, sizeof(was));
		if (strcmp(kqt_config_get_text(&s->cfg, t, text, sizeof(text)), was) == 0)
			continue;
		kqt_strbuf_add(why, ", --%s %s", names[i], text);
		pinned = pinned || i == 0;
	}
	/* sched_setaffinity(2): "no processors that are currently physically on the system and
	 * permitted to the thread" */
	kqt_strbuf_add(why, ": %s",
	               pinned && rc == -EINVAL ? "no such CPU, or not for this process"
	                                       : kqt_err_text(rc, text, sizeof(text)));
}

static int start(struct kqt_session *s, bool wait, struct kqt_strbuf *why)
{
	const struct kqt_eventq_ops *ops = s->opt.queue_ops;
	char text[128];
	int rc;

	if (!ops)
		ops = kqt_eventq_find(s->cfg.backend);
	if (!ops) {
		kqt_strbuf_add(why, "backend: '%s' is not in this build", s->cfg.backend);
		return -KQT_E_UNKNOWN_NAME;
	}
	s->snap.backend = ops->name;
	s->snap.backend_label = ops->label;
	s->snap.capabilities = ops->capabilities;
	rc = kqt_session_lock(s, s->cfg.mlock, why);
	if (rc < 0)
		return rc;
	rc = new_threads(s, ops);
	if (rc < 0) {
		kqt_strbuf_add(why, "cannot open the %s event queue: %s", ops->name,
		               kqt_err_text(rc, text, sizeof(text)));
	} else {
		rc = go(s);
		if (rc == 0 && wait)
			rc = wait_for_it(s);
		if (rc < 0 && rc != -ECANCELED)
			tell_refused(s, rc, why);
	}
	if (rc < 0 && s->running) {
		kqt_session_halt(s);
	} else if (rc < 0) {
		if (s->collector) /* it never ran: only its tally is to be had back */
			kqt_session_spare_give(s, kqt_collector_stop(s->collector));
		free_threads(s);
	}
	return rc;
}

static void forget_awaited(struct kqt_session *s)
{
	s->n_awaited = s->n_cuts = 0;
	kqt_session_cut_undo(s);
	s->requested_ns = 0;
}

void kqt_session_halt(struct kqt_session *s)
{
	struct kqt_stimulus_stats stats;
	struct kqt_collect_msg msg;
	struct kqt_tally *last;

	if (!s->running)
		return;
	s->halting = true;
	if (!s->failed)
		kqt_session_remove_all(s);
	last = kqt_collector_stop(s->collector);
	kqt_stimulus_stop(s->stimulus);
	while (kqt_collector_answer(s->collector, &msg))
		(void)take_answer(s, &msg);
	while (kqt_collector_unheard(s->collector, &msg))
		if (msg.op == KQT_COL_SNAP || msg.op == KQT_COL_BEGIN)
			kqt_session_spare_give(s, msg.u.tally);
	kqt_session_free_sources(s);
	kqt_session_count(s, last);
	if (s->part) {
		kqt_tally_merge(last, s->part);
		kqt_session_spare_give(s, s->part);
		s->part = NULL;
	}
	kqt_session_spare_give(s, s->interval);
	s->interval = last;
	kqt_stimulus_stats(s->stimulus, &stats);
	free_threads(s);
	kqt_session_stats_sum(&s->stim_before, &stats);
	s->phase = KQT_CHANGE_NONE;
	s->halting = false;
	kqt_session_take_next(s);
	forget_awaited(s);
	kqt_session_fill_snapshot(s);
}

/* What is missing when all is well is told from the snapshot. */
static int judge_start(struct kqt_session *s, struct kqt_strbuf *why)
{
	uint64_t registered = 0, missing = 0;

	for (int k = 0; k < KQT_SOURCE_KINDS; k++) {
		registered += s->fleet[k].live;
		missing += s->snap.shortfall[k].error[0] != '\0';
	}
	if (missing == 0)
		return 0;
	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++) {
		if (s->snap.shortfall[k].error[0] && why->len)
			kqt_strbuf_add(why, "; ");
		(void)kqt_shortfall_text(&s->snap, k, why);
	}
	if (registered == 0)
		return -KQT_E_NO_SOURCE;
	if (s->cfg.strict)
		return -KQT_E_UNREGISTERED;
	*why = kqt_strbuf_init(why->text, why->size);
	return 0;
}

int kqt_session_started(struct kqt_session *s, struct kqt_strbuf *why)
{
	int rc = judge_start(s, why);

	if (rc < 0)
		kqt_session_halt(s);
	return rc;
}

int kqt_session_resume_begin(struct kqt_session *s, struct kqt_strbuf *why)
{
	return s->running ? 0 : start(s, false, why);
}

int kqt_session_resume(struct kqt_session *s, struct kqt_strbuf *why)
{
	int rc;

	if (s->running)
		return 0;
	rc = start(s, true, why);
	return rc == 0 ? kqt_session_started(s, why) : rc;
}

static int prepare_watch(struct kqt_session *s, struct kqt_strbuf *why)
{
	struct kqt_assessor_options opt = {.ring = s->opt.raw_len,
	                                   .window = s->opt.watch_window,
	                                   .window_slow = s->opt.watch_window_slow,
	                                   .stream = s->opt.watch_stream};
	char text[128];
	int rc;

	if (opt.window == 0)
		return 0;
	rc = s->opt.raw_mask ? -EINVAL : kqt_assessor_new(&opt, &s->assessor);
	if (rc < 0)
		kqt_strbuf_add(why, "cannot watch the byte stream: %s",
		               kqt_err_text(rc, text, sizeof(text)));
	return rc;
}

static int start_watch(struct kqt_session *s, struct kqt_strbuf *why)
{
	char text[128];
	int rc = kqt_assessor_start(s->assessor);

	if (rc < 0)
		kqt_strbuf_add(why, "cannot start the thread that watches the byte stream: %s",
		               kqt_err_text(rc, text, sizeof(text)));
	return rc;
}

int kqt_session_open(const struct kqt_config *cfg, const struct kqt_session_options *opt,
                     struct kqt_session **out, struct kqt_strbuf *why)
{
	struct kqt_session *s = kqt_aligned_new(sizeof(*s));
	int rc = -ENOMEM;

	if (!s) {
		kqt_strbuf_add(why, "no memory for a session");
		return rc;
	}
	s->cfg = *cfg;
	if (opt)
		s->opt = *opt;
	s->dirty = kqt_aligned_new(sizeof(*s->dirty));
	if (s->dirty)
		rc = kqt_session_tallies_new(s);
	if (rc == 0 && s->opt.raw_mask)
		rc = kqt_spsc_init(&s->raw, s->opt.raw_len, sizeof(struct kqt_raw));
	if (rc < 0) {
		kqt_strbuf_add(why, "no memory for a session");
		goto fail;
	}
	watch_stops();
	rc = prepare_watch(s, why);
	if (rc < 0)
		goto fail;
	s->opened_ns = kqt_clock_now_ns();
	rc = start(s, true, why);
	if (rc < 0)
		goto fail;
	rc = judge_start(s, why);
	if (rc == 0 && s->assessor)
		rc = start_watch(s, why);
	if (rc < 0)
		goto fail;
	s->opt.opening = NULL; /* a resume has nobody to tell */
	kqt_session_fill_snapshot(s);
	*out = s;
	return 0;
fail:
	kqt_session_free(s);
	return rc;
}

void kqt_session_free(struct kqt_session *s)
{
	if (!s)
		return;
	kqt_session_halt(s);
	kqt_assessor_release(s->assessor);
	while (s->n_spare)
		free(s->spare[--s->n_spare]);
	free(s->interval);
	free(s->epoch_tally);
	free(s->baseline);
	free(s->total);
	free(s->saved);
	free(s->own);
	free(s->own_epoch);
	free(s->window[0]);
	free(s->window[1]);
	kqt_spsc_fini(&s->raw);
	free(s->dirty);
	free(s);
}

/* -- the rest ------------------------------------------------------------- */

void kqt_session_watch_stream(struct kqt_session *s, enum kqt_stream stream)
{
	if (s->assessor)
		kqt_assessor_watch(s->assessor, stream);
}

size_t kqt_session_raw(struct kqt_session *s, struct kqt_raw *out, size_t n)
{
	size_t got = 0;

	while (got < n && kqt_spsc_pop(&s->raw, &out[got]))
		got++;
	return got;
}
