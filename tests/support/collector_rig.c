/* SPDX-License-Identifier: MIT */
#include "tests/support/collector_rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void no_wake(void *arg)
{
	(void)arg;
}

static int open_parts(struct collector_rig *r, const struct kqt_eventq_ops *ops, size_t raw_len)
{
	struct kqt_stimulus_env se = {
	    .dirty = &r->dirty, .stops = &r->stops, .bell = &r->bell, .wake = no_wake, .cpu = -1};
	struct kqt_collector_env ce = {
	    .dirty = &r->dirty, .stops = &r->stops, .bell = &r->bell, .cpu = -1};
	int rc;

	for (int i = 0; i < COLLECTOR_RIG_TALLIES; i++) {
		r->tally[i] = calloc(1, sizeof(struct kqt_tally));
		if (!r->tally[i])
			return -ENOMEM;
	}
	rc = ops->open(&r->q);
	if (rc == 0)
		rc = kqt_stimulus_new(&se, &r->stimulus);
	if (rc == 0 && raw_len > 0)
		rc = kqt_spsc_init(&r->raw, raw_len, sizeof(struct kqt_raw));
	if (rc < 0)
		return rc;
	ce.queue = r->q;
	ce.stimulus = r->stimulus;
	if (raw_len > 0) {
		ce.raw = &r->raw;
		ce.raw_mask = 1u << KQT_RAW_WAIT | 1u << KQT_RAW_NOTIFICATION;
	}
	return kqt_collector_new(&ce, r->tally[0], &r->c);
}

int collector_rig_open(struct collector_rig *r, const struct kqt_eventq_ops *ops,
                       uint64_t timeout_ns, size_t raw_len)
{
	int rc;

	memset(r, 0, sizeof(*r));
	rc = open_parts(r, ops, raw_len);
	if (rc < 0)
		return rc;
	kqt_role_enter(&on_collector);
	r->params = (struct kqt_collect_params){.timeout_ns = timeout_ns,
	                                        .collection = 1024,
	                                        .stall_limit_ns = UINT64_MAX,
	                                        .t0_ns = ops->now(r->q)};
	r->c->sched = (struct kqt_sched){.base_ns = r->params.t0_ns,
	                                 .period_ns = COLLECTOR_RIG_PERIOD_NS};
	return 0;
}

bool collector_rig_order(struct collector_rig *r, enum kqt_collect_op op, void *what)
{
	struct kqt_collect_msg msg = {.op = op};

	memcpy(&msg.u, &what, sizeof(what));
	return kqt_collector_send(r->c, &msg);
}

int collector_rig_begin(struct collector_rig *r, struct kqt_source *const *sources, size_t n)
{
	struct kqt_collect_msg msg;
	bool sent = collector_rig_order(r, KQT_COL_PARAMS, &r->params);
	int rc = 0;

	kqt_role_enter(&on_collector);
	for (size_t i = 0; i < n; i++)
		sent = sent && collector_rig_order(r, KQT_COL_ADD, sources[i]);
	if (!sent || !collector_rig_order(r, KQT_COL_END, NULL))
		return -ENOSPC;
	r->q->ops->wake(r->q);
	while (rc == 0 && r->c->in_change)
		rc = kqt_collector_step(r->c);
	while (kqt_collector_answer(r->c, &msg))
		if (msg.op == KQT_COL_RETIRED && rc == 0)
			rc = msg.rc;
	return rc;
}

void collector_rig_close(struct collector_rig *r)
{
	kqt_collector_free(r->c);
	kqt_stimulus_free(r->stimulus);
	if (r->q)
		r->q->ops->close(r->q);
	kqt_spsc_fini(&r->raw);
	for (int i = 0; i < COLLECTOR_RIG_TALLIES; i++)
		free(r->tally[i]);
}

int collector_rig_trigger(struct collector_rig *r, struct kqt_source *s, uint64_t k,
                          uint64_t now_ns)
{
	struct kqt_stamp stamp = {.first_tick = k, .actual_ns = now_ns, .n_dues = 1};

	if (s->kind == KQT_SOURCE_SOCKET)
		return send(s->fd_far, &stamp, sizeof(stamp), MSG_DONTWAIT) < 0 ? -errno : 0;
	if (!kqt_spsc_push(&s->stamps, &stamp))
		return -ENOSPC;
	if (s->fd >= 0 && pwrite(s->fd, "kqtop", 5, 0) != 5)
		return -errno;
	atomic_fetch_add_explicit(&s->fired, 1, memory_order_release);
	kqt_dirty_set(&r->dirty, kqt_slot_of_token(s->token));
	return 0;
}
