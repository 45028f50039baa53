/* SPDX-License-Identifier: MIT */
/* The kqueue back end when kevent refuses a change: which change it was is told, and
 * nothing of what was refused stays. Limits of a kernel (4096 timers on FreeBSD and
 * NetBSD) are met here without reaching them. Built where EVENTQ has kqueue. */
/* link: -Wl,--wrap=kevent */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/strbuf.h"
#include "engine/clock/clock.h"
#include "engine/collect/session.h"
#include "engine/eventq/eventq.h"

#define MS KQT_NS_PER_MS

struct kevent;
int __real_kevent(int kq, const struct kevent *changes, int n_changes, struct kevent *events,
                  int n_events, const struct timespec *timeout);
int __wrap_kevent(int kq, const struct kevent *changes, int n_changes, struct kevent *events,
                  int n_events, const struct timespec *timeout);

static _Atomic bool wait_fails;
static int changes_left = -1; /* until they are refused; -1: never */
static int refusal;

int __wrap_kevent(int kq, const struct kevent *changes, int n_changes, struct kevent *events,
                  int n_events, const struct timespec *timeout)
{
	if (n_changes > 0 && changes_left == 0) {
		errno = refusal;
		return -1;
	}
	if (n_changes > 0 && changes_left > 0)
		changes_left--;
	if (n_events > 0 && wait_fails) {
		errno = EBADF;
		return -1;
	}
	return __real_kevent(kq, changes, n_changes, events, n_events, timeout);
}

static void refuse_after(int n, int errnum)
{
	changes_left = n;
	refusal = errnum;
}

static int end(void **state)
{
	(void)state;
	refuse_after(-1, 0);
	wait_fails = false;
	return 0;
}

static void a_queue_that_cannot_be_woken_is_not_opened(void **state)
{
	const struct kqt_eventq_ops *ops = &kqt_eventq_kqueue;
	struct kqt_eventq *q = NULL;

	(void)state;
	refuse_after(0, ENOMEM);
	assert_int_equal(ops->open(&q), -ENOMEM);
	assert_null(q);
}

static void the_timer_above_the_kernels_limit_is_told_by_enomem(void **state)
{
	const struct kqt_eventq_ops *ops = &kqt_eventq_kqueue;
	struct kqt_source_spec t = {.kind = KQT_SOURCE_TIMER, .fd = -1, .interval_ns = 5 * MS};
	struct kqt_eventq *q;
	struct kqt_event ev[8];
	struct kqt_wait w = {0};

	(void)state;
	assert_int_equal(ops->open(&q), 0);
	refuse_after(2, ENOMEM);
	for (t.token = 1; t.token <= 4; t.token++)
		assert_int_equal(ops->add(q, &t), t.token <= 2 ? 0 : -ENOMEM);
	t.token = 3;
	assert_int_equal(ops->remove(q, &t, NULL), -ENOENT); /* it never was there */
	refuse_after(-1, 0);
	assert_true(ops->wait(q, 5000 * MS, &w) >= 1);
	assert_true(ops->take(q, ev, 8) >= 1);
	assert_true(ev[0].token == 1 || ev[0].token == 2);
	ops->close(q);
}

static void of_a_socket_whose_second_filter_is_refused_the_first_goes(void **state)
{
	const struct kqt_eventq_ops *ops = &kqt_eventq_kqueue;
	struct kqt_source_spec s = {.kind = KQT_SOURCE_SOCKET, .token = 9};
	struct kqt_eventq *q;
	struct kqt_wait w = {0};
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(ops->open(&q), 0);
	s.fd = pair[0];
	s.fd_write = 1000000; /* not open: refused by the kernel itself */
	assert_int_equal(ops->add(q, &s), -EBADF);
	assert_int_equal(send(pair[1], "x", 1, 0), 1);
	assert_int_equal(ops->wait(q, 0, &w), 0);
	ops->close(q);
	close(pair[0]);
	close(pair[1]);
}

static void a_session_runs_on_the_timers_that_it_got_and_says_so(void **state)
{
	char why_text[512], text[256];
	struct kqt_strbuf why = kqt_strbuf_init(why_text, sizeof(why_text));
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	struct kqt_session_options opt = {.queue_ops = &kqt_eventq_kqueue};
	struct kqt_session *s;
	struct kqt_config c;

	(void)state;
	kqt_config_default(&c);
	c.num_sockets = c.num_file_watchers = 0;
	refuse_after(1 + 3, ENOMEM); /* the wake-up, three timers */
	assert_int_equal(kqt_session_open(&c, &opt, &s, &why), 0);
	refuse_after(-1, 0);
	assert_int_equal(kqt_session_refresh(s), 0);
	assert_true(kqt_shortfall_text(kqt_session_snapshot(s), KQT_SOURCE_TIMER, &sb));
	assert_string_equal(text, "timers: 3 of 8 registered: no timer left in the kernel, or no "
	                          "memory: cannot allocate memory");
	kqt_session_free(s);
}

static void a_wait_that_fails_ends_the_session_and_leaves_no_file(void **state)
{
	char dir[] = "/tmp/kqtop-fault-XXXXXX", why_text[512];
	struct kqt_strbuf why = kqt_strbuf_init(why_text, sizeof(why_text));
	struct kqt_session_options opt = {.queue_ops = &kqt_eventq_kqueue};
	struct kqt_session *s = NULL;
	struct kqt_config c;
	int rc;

	(void)state;
	assert_non_null(mkdtemp(dir));
	kqt_config_default(&c);
	snprintf(c.watch_dir, sizeof(c.watch_dir), "%s", dir);
	/* before anything is registered, and while it runs */
	for (int running = 0; running < 2; running++) {
		wait_fails = !running;
		rc = kqt_session_open(&c, &opt, &s, &why);
		if (running) {
			assert_int_equal(rc, 0);
			wait_fails = true;
			while ((rc = kqt_session_pump(s)) >= 0)
				;
			kqt_session_free(s);
		}
		assert_int_equal(rc, -EBADF);
		assert_int_equal(rmdir(dir), 0); /* nothing is in it */
		assert_int_equal(mkdir(dir, 0700), 0);
	}
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(a_queue_that_cannot_be_woken_is_not_opened, end),
	    cmocka_unit_test_teardown(the_timer_above_the_kernels_limit_is_told_by_enomem, end),
	    cmocka_unit_test_teardown(of_a_socket_whose_second_filter_is_refused_the_first_goes,
	                              end),
	    cmocka_unit_test_teardown(a_session_runs_on_the_timers_that_it_got_and_says_so, end),
	    cmocka_unit_test_teardown(a_wait_that_fails_ends_the_session_and_leaves_no_file, end),
	};

	return cmocka_run_group_tests_name("eventq_kqueue faults", tests, NULL, NULL);
}
