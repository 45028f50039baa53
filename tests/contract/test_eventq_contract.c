/* SPDX-License-Identifier: MIT */
/* What every back end of eventq.h must do, numbered as there. The same code runs
 * against each kernel facility in this build, for real, and against the fake;
 * only how a trigger is pulled differs (struct driver).
 *
 * Waits have deadlines: a clause that fails says so, it does not hang. No time
 * is judged but "not before", which holds on any machine. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/clock/clock.h"
#include "engine/eventq/eventq.h"
#include "engine/eventq/eventq_fake.h"
#include "tests/support/descriptors.h"

#define MS KQT_NS_PER_MS
#define LONG (5000 * MS) /* a deadline that only a failure reaches */
#define EVENTS_MAX 64

struct bench {
	const struct kqt_eventq_ops *ops;
	struct kqt_eventq *q;
	int pair[2], file;
	char path[256]; /* the file's name, where it must have one; "" */
	struct kqt_event ev[EVENTS_MAX];
	int n;
	struct kqt_wait w;
};

static bool is_fake(const struct bench *b)
{
	return b->ops->capabilities & KQT_CAP_VIRTUAL;
}

/* Do timers fire at first_due + k * interval? Else the first comes an interval after
 * it was added, and on a kernel with a periodic clock up to a tick (10 ms where this
 * is common) early or two late. */
static bool has_due(const struct bench *b)
{
	return b->ops->capabilities & KQT_CAP_TIMER_DUE;
}
#define TICKS_LATE (50 * MS)

static void let_pass(struct bench *b, uint64_t until_ns)
{
	while (b->ops->now(b->q) < until_ns)
		if (is_fake(b))
			kqt_eventq_fake_advance(b->q, MS);
}

/* -- pulling triggers ------------------------------------------------------ */

static void fake_ready(struct bench *b, uint32_t token, enum kqt_filter f)
{
	assert_int_equal(kqt_eventq_fake_at(b->q, b->ops->now(b->q), token, f), 0);
}

static void make_readable(struct bench *b, uint32_t token)
{
	if (is_fake(b))
		fake_ready(b, token, KQT_FILTER_READ);
	else
		assert_int_equal(send(b->pair[1], "x", 1, 0), 1);
}

static void read_empty(struct bench *b)
{
	char buf[256];

	while (!is_fake(b) && recv(b->pair[0], buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static void fill(struct bench *b)
{
	static const char zeros[65536];

	while (!is_fake(b) && send(b->pair[0], zeros, sizeof(zeros), MSG_DONTWAIT) > 0)
		;
}

static void make_writable(struct bench *b, uint32_t token)
{
	static char buf[65536];

	if (is_fake(b)) {
		fake_ready(b, token, KQT_FILTER_WRITE);
		return;
	}
	while (recv(b->pair[1], buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static void change_file(struct bench *b, uint32_t token, bool attributes)
{
	if (is_fake(b))
		fake_ready(b, token, KQT_FILTER_VNODE);
	else if (attributes)
		assert_int_equal(futimens(b->file, NULL), 0);
	else
		assert_int_equal(pwrite(b->file, "x", 1, 0), 1);
}

/* As the sources open theirs, without the product's own code: with a name while it
 * is watched, or without. */
static void open_file(struct bench *b)
{
	const char *dir = getenv("TMPDIR");

	snprintf(b->path, sizeof(b->path), "%.200s/kqtop-contract-XXXXXX", dir ? dir : "/tmp");
	b->file = mkstemp(b->path);
	assert_true(b->file >= 0);
	if (!(b->ops->capabilities & KQT_CAP_NAMELESS_FILE))
		return;
	assert_int_equal(unlink(b->path), 0);
	b->path[0] = '\0';
}

static void close_file(struct bench *b)
{
	close(b->file);
	if (b->path[0])
		unlink(b->path);
}

/* -- waiting --------------------------------------------------------------- */

static int take_all(struct bench *b)
{
	int k;

	b->n = 0;
	while (b->n < EVENTS_MAX && (k = b->ops->take(b->q, b->ev + b->n, EVENTS_MAX - b->n)) > 0)
		b->n += k;
	return b->n;
}

static int wait_fresh(struct bench *b, uint64_t timeout_ns)
{
	int rc;

	memset(&b->w, 0, sizeof(b->w));
	rc = b->ops->wait(b->q, timeout_ns, &b->w);
	assert_true(rc >= 0);
	take_all(b);
	return rc;
}

/* Is there a report of this token and filter in the last wait? */
static const struct kqt_event *report(const struct bench *b, uint32_t token, enum kqt_filter f)
{
	for (int i = 0; i < b->n; i++)
		if (b->ev[i].token == token && b->ev[i].filter == f)
			return &b->ev[i];
	return NULL;
}

/* -- sources --------------------------------------------------------------- */

static struct kqt_source_spec timer_spec(struct bench *b, uint32_t token, uint64_t in_ns,
                                         uint64_t every_ns)
{
	struct kqt_source_spec s = {.kind = KQT_SOURCE_TIMER,
	                            .token = token,
	                            .fd_write = -1,
	                            .first_due_ns = b->ops->now(b->q) + in_ns,
	                            .interval_ns = every_ns};

	assert_int_equal(b->ops->open_source(b->q, KQT_SOURCE_TIMER, &s.fd), 0);
	return s;
}

static struct kqt_source_spec socket_spec(struct bench *b, uint32_t token, int write_fd, bool level)
{
	return (struct kqt_source_spec){.kind = KQT_SOURCE_SOCKET,
	                                .token = token,
	                                .fd = b->pair[0],
	                                .fd_write = write_fd,
	                                .write_level = level};
}

static struct kqt_source_spec file_spec(struct bench *b, uint32_t token)
{
	struct kqt_source_spec s = {
	    .kind = KQT_SOURCE_FILE, .token = token, .fd = b->file, .fd_write = -1};
	int fd;

	assert_int_equal(b->ops->open_source(b->q, KQT_SOURCE_FILE, &fd), 0);
	assert_int_equal(fd, -1);
	return s;
}

static void add(struct bench *b, struct kqt_source_spec *s)
{
	assert_int_equal(b->ops->add(b->q, s), 0);
}

static void gone(struct bench *b, struct kqt_source_spec *s)
{
	assert_int_equal(b->ops->remove(b->q, s, NULL), 0);
	if (s->kind == KQT_SOURCE_TIMER && s->fd >= 0)
		close(s->fd);
}

/* -- the clauses ----------------------------------------------------------- */

static void C1_open_and_close_leave_no_descriptor(void **state)
{
	struct bench *b = *state;
	int before = kqt_test_descriptors(), wanted;

	for (int i = 0; i < 50; i++) {
		struct kqt_eventq *q;

		assert_int_equal(b->ops->open(&q), 0);
		assert_ptr_equal(q->ops, b->ops);
		wanted = before + b->ops->descriptors;
		assert_int_equal(kqt_test_descriptors_once(wanted), wanted);
		b->ops->close(q);
	}
	b->ops->close(NULL);
	assert_int_equal(kqt_test_descriptors_once(before), before);
}

static void C2_a_timer_fires_when_due_and_again_each_interval(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = timer_spec(b, 7, 3 * MS, 2 * MS);
	uint64_t seen = 0, added = b->ops->now(b->q);

	add(b, &s);
	while (seen < 5) {
		const struct kqt_event *ev;

		assert_int_equal(wait_fresh(b, LONG), 1);
		ev = report(b, 7, KQT_FILTER_TIMER);
		assert_non_null(ev);
		assert_true(ev->count >= 1);
		seen += ev->count;
		/* never early, and never more expirations than the clock allows */
		if (!has_due(b)) {
			assert_true(b->ops->now(b->q) - added >= (seen - 1) * s.interval_ns);
			continue;
		}
		assert_true(b->w.t1_ns >= s.first_due_ns);
		assert_true(seen <= (b->ops->now(b->q) - s.first_due_ns) / s.interval_ns + 1);
	}
	gone(b, &s);
}

static void C2_expirations_between_two_waits_are_one_report_that_counts_them(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = timer_spec(b, 8, 10 * MS, 10 * MS);
	uint64_t added = b->ops->now(b->q), most;
	const struct kqt_event *ev;

	add(b, &s);
	let_pass(b, added + 100 * MS);
	assert_int_equal(wait_fresh(b, LONG), 1);
	most = (b->ops->now(b->q) - added) / (10 * MS) + 1;
	assert_int_equal(b->n, 1);
	ev = report(b, 8, KQT_FILTER_TIMER);
	assert_non_null(ev);
	assert_true(ev->count >= 2 && ev->count <= most);
	if (has_due(b)) /* one less: the interrupt of the last may not have come yet */
		assert_true(ev->count >= 9);
	gone(b, &s);
}

static void C3_readable_is_reported_once_per_arrival(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = socket_spec(b, 9, -1, false);

	add(b, &s);
	assert_int_equal(wait_fresh(b, 0), 0);
	make_readable(b, 9);
	assert_int_equal(wait_fresh(b, LONG), 1);
	assert_non_null(report(b, 9, KQT_FILTER_READ));
	/* edge: reported, so not again, drained or not, until more arrives */
	assert_int_equal(wait_fresh(b, 0), 0);
	read_empty(b);
	assert_int_equal(wait_fresh(b, 0), 0);
	make_readable(b, 9);
	assert_int_equal(wait_fresh(b, LONG), 1);
	assert_non_null(report(b, 9, KQT_FILTER_READ));
	gone(b, &s);
}

static void C4_a_full_near_end_is_reported_when_it_was_drained(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = socket_spec(b, 11, b->pair[0], false);

	fill(b);
	add(b, &s);
	assert_int_equal(wait_fresh(b, 0), 0); /* full when registered: no report of its own */
	make_writable(b, 11);
	assert_true(wait_fresh(b, LONG) >= 1);
	assert_non_null(report(b, 11, KQT_FILTER_WRITE));
	assert_null(report(b, 11, KQT_FILTER_READ));
	assert_int_equal(wait_fresh(b, 0), 0);
	fill(b);
	make_writable(b, 11);
	assert_true(wait_fresh(b, LONG) >= 1);
	assert_non_null(report(b, 11, KQT_FILTER_WRITE));
	gone(b, &s);
}

static void C4_a_level_triggered_write_end_is_reported_every_time(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = socket_spec(b, 12, b->pair[1], true);

	add(b, &s);
	for (int i = 0; i < 3; i++) {
		assert_true(wait_fresh(b, LONG) >= 1);
		assert_non_null(report(b, 12, KQT_FILTER_WRITE));
	}
	gone(b, &s);
}

static void C5_writes_and_attribute_changes_of_a_file_are_reported(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = file_spec(b, 13);

	add(b, &s);
	assert_int_equal(wait_fresh(b, 0), 0);
	for (int attributes = 0; attributes < 2; attributes++) {
		change_file(b, 13, attributes);
		assert_true(wait_fresh(b, LONG) >= 1);
		assert_int_equal(b->n, 1);
		assert_non_null(report(b, 13, KQT_FILTER_VNODE));
		assert_int_equal(wait_fresh(b, 0), 0);
	}
	gone(b, &s);
}

static void C5_no_more_reports_than_changes(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = file_spec(b, 14);

	add(b, &s);
	for (int i = 0; i < 20; i++)
		change_file(b, 14, i % 2);
	assert_true(wait_fresh(b, LONG) >= 1);
	assert_true(b->n >= 1 && b->n <= 20);
	assert_int_equal(wait_fresh(b, 0), 0); /* and all of them at once */
	gone(b, &s);
}

static void C5_changes_of_one_file_do_not_merge_into_anothers(void **state)
{
	struct bench *b = *state, other = {.ops = b->ops, .q = b->q};
	struct kqt_source_spec s = file_spec(b, 16), t;

	open_file(&other);
	t = file_spec(&other, 17);
	add(b, &s);
	add(b, &t);
	for (int i = 0; i < 3; i++) {
		change_file(b, 16, false);
		change_file(&other, 17, i % 2);
	}
	assert_true(wait_fresh(b, LONG) >= 1);
	assert_non_null(report(b, 16, KQT_FILTER_VNODE));
	assert_non_null(report(b, 17, KQT_FILTER_VNODE));
	assert_true(b->n <= 6);
	gone(b, &s);
	change_file(&other, 17, false);
	assert_true(wait_fresh(b, LONG) >= 1);
	assert_null(report(b, 16, KQT_FILTER_VNODE));
	assert_non_null(report(b, 17, KQT_FILTER_VNODE));
	gone(b, &t);
	close_file(&other);
}

/* More than one read brings: inotify's buffer has room for a thousand records. */
static void C5_however_many_changes_all_are_told_after_one_wait(void **state)
{
	struct bench *b = *state, other = {.ops = b->ops, .q = b->q};
	struct kqt_source_spec s = file_spec(b, 18), t;
	unsigned pairs = is_fake(b) ? 10 : 1500, told[2] = {0};

	open_file(&other);
	t = file_spec(&other, 19);
	add(b, &s);
	add(b, &t);
	for (unsigned i = 0; i < pairs; i++) {
		change_file(b, 18, false);
		change_file(&other, 19, false);
	}
	memset(&b->w, 0, sizeof(b->w));
	assert_true(b->ops->wait(b->q, LONG, &b->w) >= 1);
	while (take_all(b) > 0)
		for (int i = 0; i < b->n; i++)
			told[b->ev[i].token == 19]++;
	assert_true(told[0] >= 1 && told[0] <= pairs);
	assert_true(told[1] >= 1 && told[1] <= pairs);
	if (b->ops->capabilities & KQT_CAP_EVENTS_LATER) { /* only neighbours merge */
		assert_int_equal(told[0], pairs);
		assert_int_equal(told[1], pairs);
	}
	assert_int_equal(wait_fresh(b, 0), 0);
	gone(b, &s);
	gone(b, &t);
	close_file(&other);
}

/* Each registration has its own result, whatever those around it came to. */
static void C6_errors_are_told_one_by_one(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec good = socket_spec(b, 18, b->pair[0], false),
	                       bad = socket_spec(b, 19, -1, false), file = file_spec(b, 20),
	                       t = timer_spec(b, 25, MS, MS);

	fill(b);
	bad.fd = -1;
	assert_int_equal(b->ops->add(b->q, &bad), -EBADF);
	add(b, &t);
	bad.kind = KQT_SOURCE_FILE;
	assert_true(b->ops->add(b->q, &bad) < 0);
	add(b, &good);
	assert_true(b->ops->add(b->q, &bad) < 0);
	add(b, &file);
	make_readable(b, 18);
	change_file(b, 20, false);
	let_pass(b, b->ops->now(b->q) + MS + TICKS_LATE);
	assert_true(wait_fresh(b, LONG) >= 1);
	assert_non_null(report(b, 18, KQT_FILTER_READ));
	assert_non_null(report(b, 20, KQT_FILTER_VNODE));
	assert_non_null(report(b, 25, KQT_FILTER_TIMER));
	assert_int_equal(b->n, 3);
	gone(b, &good);
	gone(b, &file);
	gone(b, &t);
}

/* Of a socket whose second half is refused the first half does not stay. */
static void C6_half_a_socket_is_not_registered(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = socket_spec(b, 26, -1, false);

	if (is_fake(b)) {
		print_message("skip: the fake looks at one descriptor only\n");
		skip();
	}
	s.fd_write = 1000000; /* not open */
	assert_int_equal(b->ops->add(b->q, &s), -EBADF);
	make_readable(b, 26);
	assert_int_equal(wait_fresh(b, 0), 0);
	s.fd_write = -1;
	add(b, &s); /* already readable: that is reported */
	assert_true(wait_fresh(b, LONG) >= 1);
	gone(b, &s);
}

/* Is there a limit of timers, it is an error of the one that is too many: -ENOMEM
 * by kqueue's kernels, -EMFILE where a timer is a descriptor, -ENOSPC by us. */
static void C6_a_timer_too_many_is_refused_and_the_others_stay(void **state)
{
	enum { MANY = 5000 };
	struct bench *b = *state;
	struct kqt_source_spec *s = calloc(MANY, sizeof(*s));
	struct rlimit old, few;
	int n = 0, rc = 0;

	assert_non_null(s);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = (rlim_t)kqt_test_descriptors() + 40;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (; n < MANY; n++) {
		s[n] = (struct kqt_source_spec){.kind = KQT_SOURCE_TIMER,
		                                .token = (uint32_t)n + 1,
		                                .fd_write = -1,
		                                .first_due_ns = b->ops->now(b->q) + MS,
		                                .interval_ns = 10 * MS};
		rc = b->ops->open_source(b->q, KQT_SOURCE_TIMER, &s[n].fd);
		if (rc == 0)
			rc = b->ops->add(b->q, &s[n]);
		if (rc < 0)
			break;
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_true(n > 0 && n < MANY);
	assert_true(rc == -EMFILE || rc == -ENOMEM || rc == -ENOSPC);
	assert_true(wait_fresh(b, LONG) >= 1);
	gone(b, &s[0]);
	s[0].fd = -1;
	assert_int_equal(b->ops->open_source(b->q, KQT_SOURCE_TIMER, &s[0].fd), 0);
	add(b, &s[0]); /* there is room for one again */
	for (int i = 0; i < n; i++)
		gone(b, &s[i]);
	free(s);
}

/* Whoever closes a registered descriptor has deregistered it, on every kernel; what
 * remove then says is of no account, and the number may be used again. */
static void C7_a_closed_descriptor_speaks_no_more_and_its_number_is_free(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = socket_spec(b, 27, -1, false);

	if (is_fake(b)) {
		print_message("skip: the fake has no descriptors\n");
		skip();
	}
	for (uint32_t i = 0; i < 3; i++) {
		s.token = 27 + i;
		s.fd = b->pair[0];
		add(b, &s);
		make_readable(b, s.token);
		assert_int_equal(wait_fresh(b, LONG), 1);
		assert_non_null(report(b, s.token, KQT_FILTER_READ));
		assert_int_equal(send(b->pair[1], "y", 1, 0), 1);
		close(b->pair[0]);
		assert_int_equal(wait_fresh(b, 0), 0);
		(void)b->ops->remove(b->q, &s, NULL);
		close(b->pair[1]);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b->pair), 0);
		assert_int_equal(wait_fresh(b, 0), 0);
	}
}

static void C6_a_failed_add_registers_nothing(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = socket_spec(b, 15, -1, false);

	s.fd = -1;
	assert_true(b->ops->add(b->q, &s) < 0);
	assert_int_equal(wait_fresh(b, 0), 0);
	s.fd = b->pair[0];
	add(b, &s); /* the same token is free still */
	gone(b, &s);
}

static void C7_nothing_is_reported_after_remove(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec t = timer_spec(b, 21, 0, MS),
	                       s = socket_spec(b, 22, b->pair[0], false), f = file_spec(b, 23);

	fill(b);
	add(b, &t);
	add(b, &s);
	add(b, &f);
	/* all of them ready, none reported */
	let_pass(b, t.first_due_ns + MS + (has_due(b) ? 0 : TICKS_LATE));
	make_readable(b, 22);
	make_writable(b, 22);
	change_file(b, 23, false);
	gone(b, &t);
	gone(b, &s);
	gone(b, &f);
	/* neither the removal nor what was ready ends a wait */
	assert_int_equal(wait_fresh(b, 2 * MS), 0);
	assert_int_equal(b->n, 0);
	assert_true(b->w.t1_ns - b->w.t0_ns >= 2 * MS);
}

/* What had expired of the old timer is not told of the new one. */
static void C7_a_live_timer_is_changed_by_remove_and_add(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = timer_spec(b, 28, 2 * MS, 2 * MS);

	add(b, &s);
	assert_int_equal(wait_fresh(b, LONG), 1);
	let_pass(b, b->ops->now(b->q) + 10 * MS + (has_due(b) ? 0 : TICKS_LATE));
	gone(b, &s);
	s = timer_spec(b, 28, 300 * MS, 300 * MS);
	add(b, &s);
	assert_int_equal(wait_fresh(b, 20 * MS), 0);
	assert_int_equal(wait_fresh(b, LONG), 1);
	assert_int_equal(report(b, 28, KQT_FILTER_TIMER)->count, 1);
	/* and to a shorter one */
	gone(b, &s);
	s = timer_spec(b, 28, 2 * MS, 2 * MS);
	add(b, &s);
	for (int i = 0; i < 3; i++)
		assert_int_equal(wait_fresh(b, LONG), 1);
	gone(b, &s);
	assert_true(b->ops->remove(b->q, &s, NULL) < 0); /* twice is once too often */
}

static void C8_remove_tells_a_timers_unreported_expirations(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = timer_spec(b, 24, 0, MS);
	uint64_t pending = 0, before, after;

	if (!has_due(b)) {
		print_message("skip: this back end's timers have no due time\n");
		skip();
	}
	add(b, &s);
	let_pass(b, s.first_due_ns + 4 * MS);
	before = (b->ops->now(b->q) - s.first_due_ns) / MS + 1;
	assert_int_equal(b->ops->remove(b->q, &s, &pending), 0);
	after = (b->ops->now(b->q) - s.first_due_ns) / MS + 1;
	/* one less: the interrupt of the last may not have come yet */
	assert_true(pending + 1 >= before);
	assert_true(pending <= after);
	if (s.fd >= 0)
		close(s.fd);
}

static void C9_a_timeout_returns_nothing_and_not_early(void **state)
{
	struct bench *b = *state;
	static const uint64_t ns[] = {MS, 3 * MS, 20 * MS};

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(wait_fresh(b, ns[i]), 0);
		assert_false(b->w.control);
		assert_false(b->w.interrupted);
		assert_true(b->w.t1_ns - b->w.t0_ns >= ns[i]);
	}
}

static void C10_a_poll_returns_what_is_ready_or_nothing(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = socket_spec(b, 31, -1, false);

	assert_int_equal(wait_fresh(b, 0), 0);
	add(b, &s);
	make_readable(b, 31);
	assert_int_equal(wait_fresh(b, 0), 1);
	gone(b, &s);
}

static void C11_the_clock_is_read_on_both_sides(void **state)
{
	struct bench *b = *state;
	uint64_t before = b->ops->now(b->q), after;

	wait_fresh(b, MS);
	after = b->ops->now(b->q);
	assert_true(before <= b->w.t0_ns);
	assert_true(b->w.t0_ns <= b->w.t1_ns);
	assert_true(b->w.t1_ns <= after);
}

static void C12_a_resumed_wait_keeps_its_start_and_deadline(void **state)
{
	struct bench *b = *state;
	uint64_t t0;

	memset(&b->w, 0, sizeof(b->w));
	b->ops->wake(b->q);
	assert_int_equal(b->ops->wait(b->q, 30 * MS, &b->w), 0);
	assert_true(b->w.control);
	t0 = b->w.t0_ns;
	assert_true(b->w.t1_ns - t0 < 30 * MS || !is_fake(b));
	assert_int_equal(b->ops->wait(b->q, 30 * MS, &b->w), 0);
	assert_int_equal(b->w.t0_ns, t0);
	assert_false(b->w.control);
	assert_true(b->w.t1_ns - t0 >= 30 * MS);
}

static void C12_a_wait_resumed_after_its_deadline_returns_as_a_poll_does(void **state)
{
	struct bench *b = *state;
	uint64_t called;

	if (is_fake(b))
		kqt_eventq_fake_advance(b->q, 2 * LONG);
	called = b->ops->now(b->q);
	b->w.t0_ns = called - LONG; /* begun that long ago */
	assert_int_equal(b->ops->wait(b->q, LONG, &b->w), 0);
	assert_int_equal(b->w.t0_ns, called - LONG);
	assert_true(b->w.t1_ns - called < LONG); /* not another whole timeout */
}

static void on_signal(int sig)
{
	(void)sig;
}

/* Signals the waiting thread until told that it has noticed. */
struct nagger {
	pthread_t target;
	_Atomic bool done;
};

static void *nag(void *arg)
{
	struct nagger *n = arg;

	while (!n->done) {
		pthread_kill(n->target, SIGUSR1);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return NULL;
}

static void C13_a_signal_ends_a_wait_as_interrupted(void **state)
{
	struct bench *b = *state;
	struct sigaction sa = {.sa_handler = on_signal};
	struct nagger n = {.target = pthread_self()};
	pthread_t th;

	if (is_fake(b)) {
		kqt_eventq_fake_interrupt(b->q, MS);
		assert_int_equal(wait_fresh(b, LONG), 0);
		assert_true(b->w.interrupted);
		return;
	}
	sigaction(SIGUSR1, &sa, NULL);
	assert_int_equal(pthread_create(&th, NULL, nag, &n), 0);
	assert_int_equal(wait_fresh(b, LONG), 0);
	n.done = true;
	pthread_join(th, NULL);
	assert_true(b->w.interrupted);
	assert_false(b->w.control);
}

static void C14_timeouts_below_a_millisecond_are_not_early(void **state)
{
	struct bench *b = *state;

	assert_int_equal(wait_fresh(b, 200000), 0);
	assert_true(b->w.t1_ns - b->w.t0_ns >= 200000);
	if (is_fake(b)) /* elsewhere a machine under load may take any time */
		assert_int_equal(b->w.t1_ns - b->w.t0_ns, 200000);
}

static void *wake_later(void *arg)
{
	struct bench *b = arg;

	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	b->ops->wake(b->q);
	return NULL;
}

static void C15_wake_ends_a_blocked_wait(void **state)
{
	struct bench *b = *state;
	pthread_t th;

	if (is_fake(b)) {
		print_message("skip: the fake never blocks\n");
		skip();
	}
	assert_int_equal(pthread_create(&th, NULL, wake_later, b), 0);
	assert_int_equal(wait_fresh(b, LONG), 0);
	pthread_join(th, NULL);
	assert_true(b->w.control);
	assert_true(b->w.t1_ns - b->w.t0_ns < LONG);
}

static void C15_a_wake_before_the_wait_is_not_lost_and_not_repeated(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 100; i++) {
		for (int k = 0; k <= i % 3; k++)
			b->ops->wake(b->q);
		assert_int_equal(wait_fresh(b, LONG), 0);
		assert_true(b->w.control);
		assert_int_equal(wait_fresh(b, 0), 0);
		assert_false(b->w.control);
	}
}

static void C15_a_wake_beside_an_event_hides_neither(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = socket_spec(b, 41, -1, false);

	add(b, &s);
	make_readable(b, 41);
	b->ops->wake(b->q);
	assert_int_equal(wait_fresh(b, LONG), 1);
	assert_true(b->w.control);
	assert_int_equal(b->n, 1);
	assert_non_null(report(b, 41, KQT_FILTER_READ));
	gone(b, &s);
}

/* More than a pipe holds. */
static void C15_wakes_that_nobody_waits_for_never_block(void **state)
{
	struct bench *b = *state;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100000; i++)
			b->ops->wake(b->q);
		assert_int_equal(wait_fresh(b, LONG), 0);
		assert_true(b->w.control);
		assert_int_equal(wait_fresh(b, 0), 0);
		assert_false(b->w.control);
	}
}

static void C16_close_after_remove_leaves_nothing(void **state)
{
	struct bench *b = *state;
	int before = kqt_test_descriptors();

	for (int i = 0; i < 10; i++) {
		struct kqt_eventq *q = b->q;
		struct kqt_source_spec t, s, f;

		assert_int_equal(b->ops->open(&b->q), 0);
		t = timer_spec(b, 54, 0, MS);
		s = socket_spec(b, 55, b->pair[0], false);
		f = file_spec(b, 56);
		add(b, &t);
		add(b, &s);
		add(b, &f);
		make_readable(b, 55);
		change_file(b, 56, false);
		if (i % 2)
			wait_fresh(b, LONG);
		gone(b, &t);
		gone(b, &s);
		gone(b, &f);
		b->ops->close(b->q);
		b->q = q;
		read_empty(b);
	}
	assert_int_equal(kqt_test_descriptors_once(before), before);
}

static void C16_close_forgets_what_is_registered(void **state)
{
	struct bench *b = *state;
	struct kqt_eventq *q = b->q;
	struct kqt_source_spec t, s = socket_spec(b, 51, -1, false), f;
	int before;

	assert_int_equal(b->ops->open(&b->q), 0); /* the one that teardown closes */
	b->ops->close(b->q);
	b->q = q;
	before = kqt_test_descriptors();
	t = timer_spec(b, 52, MS, MS);
	f = file_spec(b, 53);
	add(b, &t);
	add(b, &s);
	add(b, &f);
	b->ops->close(b->q);
	if (t.fd >= 0)
		close(t.fd);
	before -= b->ops->descriptors;
	assert_int_equal(kqt_test_descriptors_once(before), before);
	assert_int_equal(fcntl(b->pair[0], F_GETFD) >= 0, true); /* the sources stay the caller's */
	assert_int_equal(b->ops->open(&b->q), 0);
}

static void C17_one_wait_tells_all_that_is_ready_apart(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec t[10], s = socket_spec(b, 61, b->pair[0], false),
	                              f = file_spec(b, 62);
	uint64_t every = has_due(b) ? 1000 * MS : 5 * MS;

	fill(b);
	add(b, &s);
	add(b, &f);
	for (uint32_t i = 0; i < 10; i++) {
		t[i] = timer_spec(b, 70 + i, 0, every);
		add(b, &t[i]);
	}
	make_readable(b, 61);
	make_writable(b, 61);
	change_file(b, 62, false);
	/* every timer's interrupt has come when a later one's has */
	{
		struct kqt_source_spec last = timer_spec(b, 99, 5 * MS, every);

		add(b, &last);
		let_pass(b, last.first_due_ns + (has_due(b) ? 5 * MS : TICKS_LATE));
		assert_true(wait_fresh(b, LONG) >= 1);
		assert_non_null(report(b, 99, KQT_FILTER_TIMER));
		gone(b, &last);
	}
	for (uint32_t i = 0; i < 10; i++) {
		assert_non_null(report(b, 70 + i, KQT_FILTER_TIMER));
		gone(b, &t[i]);
	}
	assert_non_null(report(b, 61, KQT_FILTER_READ));
	assert_non_null(report(b, 61, KQT_FILTER_WRITE));
	assert_non_null(report(b, 62, KQT_FILTER_VNODE));
	assert_int_equal(b->n, 14);
	gone(b, &s);
	gone(b, &f);
}

static void C18_take_hands_out_everything_in_small_portions(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s[3];
	uint64_t every = has_due(b) ? 1000 * MS : 5 * MS;
	int n = 0, k;

	for (uint32_t i = 0; i < 3; i++) {
		s[i] = timer_spec(b, 80 + i, 0, every);
		add(b, &s[i]);
	}
	let_pass(b, s[2].first_due_ns + (has_due(b) ? 5 * MS : TICKS_LATE));
	memset(&b->w, 0, sizeof(b->w));
	assert_int_equal(b->ops->wait(b->q, LONG, &b->w), 3);
	while ((k = b->ops->take(b->q, b->ev, 2)) > 0)
		n += k;
	assert_int_equal(n, 3);
	for (uint32_t i = 0; i < 3; i++)
		gone(b, &s[i]);
}

/* With room for all that is ready a wait is not full; where it is, what it left out
 * comes with the next ones, and the last of these is not. */
static void C19_a_wait_that_was_full_says_so(void **state)
{
	struct bench *b = *state;
	struct kqt_source_spec s = socket_spec(b, 91, -1, false);

	add(b, &s);
	make_readable(b, 91);
	assert_int_equal(wait_fresh(b, LONG), 1);
	assert_false(b->w.full);
	if (is_fake(b)) {
		fake_ready(b, 91, KQT_FILTER_READ);
		fake_ready(b, 91, KQT_FILTER_WRITE);
		kqt_eventq_fake_room(b->q, 1);
		assert_int_equal(wait_fresh(b, LONG), 1);
		assert_true(b->w.full);
		kqt_eventq_fake_room(b->q, 2);
		assert_int_equal(wait_fresh(b, LONG), 1);
		assert_false(b->w.full);
	}
	gone(b, &s);
}

/* -- running them against each back end ------------------------------------- */

static int setup_with(void **state, const struct kqt_eventq_ops *ops)
{
	struct bench *b = calloc(1, sizeof(*b));
	int one = 1;

	if (!b || ops->open(&b->q) < 0)
		return -1;
	b->ops = ops;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, b->pair) < 0)
		return -1;
	(void)setsockopt(b->pair[0], SOL_SOCKET, SO_SNDBUF, &one, sizeof(one));
	open_file(b);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	b->ops->close(b->q);
	close(b->pair[0]);
	close(b->pair[1]);
	close_file(b);
	free(b);
	return 0;
}

static const struct kqt_eventq_ops *under_test;

static int setup(void **state)
{
	return setup_with(state, under_test);
}

#define CLAUSE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

static int run(const struct kqt_eventq_ops *ops)
{
	const struct CMUnitTest clauses[] = {
	    CLAUSE(C1_open_and_close_leave_no_descriptor),
	    CLAUSE(C2_a_timer_fires_when_due_and_again_each_interval),
	    CLAUSE(C2_expirations_between_two_waits_are_one_report_that_counts_them),
	    CLAUSE(C3_readable_is_reported_once_per_arrival),
	    CLAUSE(C4_a_full_near_end_is_reported_when_it_was_drained),
	    CLAUSE(C4_a_level_triggered_write_end_is_reported_every_time),
	    CLAUSE(C5_writes_and_attribute_changes_of_a_file_are_reported),
	    CLAUSE(C5_no_more_reports_than_changes),
	    CLAUSE(C5_changes_of_one_file_do_not_merge_into_anothers),
	    CLAUSE(C5_however_many_changes_all_are_told_after_one_wait),
	    CLAUSE(C6_a_failed_add_registers_nothing),
	    CLAUSE(C6_errors_are_told_one_by_one),
	    CLAUSE(C6_half_a_socket_is_not_registered),
	    CLAUSE(C6_a_timer_too_many_is_refused_and_the_others_stay),
	    CLAUSE(C7_nothing_is_reported_after_remove),
	    CLAUSE(C7_a_live_timer_is_changed_by_remove_and_add),
	    CLAUSE(C7_a_closed_descriptor_speaks_no_more_and_its_number_is_free),
	    CLAUSE(C8_remove_tells_a_timers_unreported_expirations),
	    CLAUSE(C9_a_timeout_returns_nothing_and_not_early),
	    CLAUSE(C10_a_poll_returns_what_is_ready_or_nothing),
	    CLAUSE(C11_the_clock_is_read_on_both_sides),
	    CLAUSE(C12_a_resumed_wait_keeps_its_start_and_deadline),
	    CLAUSE(C12_a_wait_resumed_after_its_deadline_returns_as_a_poll_does),
	    CLAUSE(C13_a_signal_ends_a_wait_as_interrupted),
	    CLAUSE(C14_timeouts_below_a_millisecond_are_not_early),
	    CLAUSE(C15_wake_ends_a_blocked_wait),
	    CLAUSE(C15_a_wake_before_the_wait_is_not_lost_and_not_repeated),
	    CLAUSE(C15_a_wake_beside_an_event_hides_neither),
	    CLAUSE(C15_wakes_that_nobody_waits_for_never_block),
	    CLAUSE(C16_close_after_remove_leaves_nothing),
	    CLAUSE(C16_close_forgets_what_is_registered),
	    CLAUSE(C17_one_wait_tells_all_that_is_ready_apart),
	    CLAUSE(C18_take_hands_out_everything_in_small_portions),
	    CLAUSE(C19_a_wait_that_was_full_says_so),
	};
	struct kqt_eventq *keep;
	char name[64];
	int failed;

	under_test = ops;
	snprintf(name, sizeof(name), "eventq contract: %s", ops->name);
	/* with a queue open all the time, what libkqueue has beside its queues stays, and
	 * descriptors can be counted */
	if (ops->open(&keep) < 0)
		return 1;
	failed = cmocka_run_group_tests_name(name, clauses, NULL, NULL);
	ops->close(keep);
	return failed;
}

int main(void)
{
	int failed = run(&kqt_eventq_fake);

	for (size_t i = 0; kqt_eventq_list[i]; i++)
		failed += run(kqt_eventq_list[i]);
	return failed;
}
