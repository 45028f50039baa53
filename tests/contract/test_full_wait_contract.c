/* SPDX-License-Identifier: MIT */
/* More sockets at once than a wait has room for, on each back end for real: as many
 * stamps as were pushed are taken, each with its own report. The test plays the
 * stimulus and draws every socket empty before the collector looks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "engine/clock/clock.h"
#include "engine/collect/collector_priv.h"
#include "engine/eventq/eventq.h"
#include "tests/support/collector_rig.h"

/* Two waits that are full (1024 reports with epoll) leave some for a third: only what had
 * fired before the second one began, and is left out by it, shows whether its stamp stays. */
#define SOCKETS (2 * 1024 + 60)
#define WAITS 60 /* a kernel may hand out less at once: libkqueue 512 */

static struct kqt_source *source[SOCKETS];

/* @return false when the process may not have so many descriptors */
static bool open_sockets(void)
{
	struct rlimit lim;

	getrlimit(RLIMIT_NOFILE, &lim);
	if (lim.rlim_max < 3 * SOCKETS) /* two each, and what libkqueue takes beside them */
		return false;
	lim.rlim_cur = 3 * SOCKETS;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
	for (uint32_t i = 0; i < SOCKETS; i++) {
		assert_int_equal(kqt_source_open_socket(KQT_WRITE_DRIVEN, &source[i]), 0);
		source[i]->token = kqt_token(KQT_SLOTS_PER_KIND + i, 1);
	}
	return true;
}

static void drain(struct collector_rig *r, struct kqt_source *s)
{
	static char buf[1 << 16];
	uint64_t now = kqt_clock_now_ns();
	struct kqt_stamp stamp = {
	    .first_tick = kqt_sched_next(&r->c->sched, now), .actual_ns = now, .n_dues = 1};

	assert_true(kqt_spsc_push(&s->stamps, &stamp));
	while (recv(s->fd_far, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	atomic_fetch_add_explicit(&s->fired, 1, memory_order_release);
	kqt_dirty_set(&r->dirty, kqt_slot_of_token(s->token));
}

static void each_report_has_its_stamp(const struct kqt_eventq_ops *ops)
{
	struct collector_rig r;
	const struct kqt_filter_tally *ft;
	unsigned full = 0;

	/* first, as in a session: where the stimulus' wake is a pipe it wants a low number */
	assert_int_equal(collector_rig_open(&r, ops, 0, 0), 0);
	if (!open_sockets()) {
		collector_rig_close(&r);
		print_message("skip: too few descriptors allowed for %d sockets\n", SOCKETS);
		skip();
	}
	kqt_role_enter(&on_collector);
	assert_int_equal(collector_rig_begin(&r, source, SOCKETS), 0);
	for (unsigned i = 0; i < SOCKETS; i++)
		drain(&r, source[i]);
	ft = &r.c->tally->filter[KQT_FILTER_WRITE];
	for (unsigned i = 0; i < WAITS; i++) {
		assert_int_equal(kqt_collector_step(r.c), 0);
		full += r.c->wait.full;
		assert_int_equal(ft->triggers, ft->events);
	}
	assert_true(full >= 2); /* else this shows nothing */
	assert_int_equal(ft->triggers, SOCKETS);
	assert_int_equal(ft->merged, 0);
	assert_int_equal(ft->unstamped, 0);
	collector_rig_close(&r);
	for (unsigned i = 0; i < SOCKETS; i++)
		kqt_source_free(source[i]);
}

static void each_report_has_its_stamp_in_full_waits(void **state)
{
	(void)state;
	for (size_t i = 0; kqt_eventq_list[i]; i++)
		each_report_has_its_stamp(kqt_eventq_list[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_report_has_its_stamp_in_full_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
