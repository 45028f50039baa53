/* SPDX-License-Identifier: MIT */
/* The schedule's arithmetic, the sources' files and sockets, and the stimulus
 * thread on the real kernel, with the test in the collector's place. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/stimulus/stimulus.h"

#define DEADLINE_NS (20 * KQT_NS_PER_S) /* only a failure comes near it */

/* Until COND holds; a deadline makes a hang a failure. */
#define UNTIL(cond)                                                                                \
	do {                                                                                       \
		uint64_t end_ = kqt_clock_now_ns() + DEADLINE_NS;                                  \
		while (!(cond)) {                                                                  \
			assert_true(kqt_clock_now_ns() < end_);                                    \
			nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);                    \
		}                                                                                  \
	} while (0)

/* -- schedule ---------------------------------------------------------------- */

static void due_times_are_a_grid(void **state)
{
	struct kqt_sched s = {.base_ns = 1000, .period_ns = 500};

	(void)state;
	assert_int_equal(kqt_sched_due(&s, 0), 1000);
	assert_int_equal(kqt_sched_due(&s, 3), 2500);
	assert_int_equal(kqt_sched_next(&s, 0), 0);
	assert_int_equal(kqt_sched_next(&s, 999), 0);
	assert_int_equal(kqt_sched_next(&s, 1000), 1); /* due now is not after now */
	assert_int_equal(kqt_sched_next(&s, 2499), 3);
	assert_int_equal(kqt_sched_next(&s, 2500), 4);
}

static void dither_keeps_each_due_in_its_own_period_and_the_mean(void **state)
{
	struct kqt_sched s = {
	    .base_ns = 10, .period_ns = 500000, .dither = true, .dither_seed = 12345};
	double sum = 0;
	const uint64_t n = 20000;

	(void)state;
	for (uint64_t k = 0; k < n; k++) {
		uint64_t due = kqt_sched_due(&s, k), start = s.base_ns + k * s.period_ns;

		assert_true(due >= start && due < start + s.period_ns);
		assert_int_equal(kqt_sched_next(&s, due), k + 1);
		assert_int_equal(kqt_sched_next(&s, due - 1), k);
		sum += (double)(due - start) / (double)s.period_ns;
	}
	/* uniform: mean 0.5, standard error sqrt(1/12/n) = 0.002; five of them */
	assert_true(sum / (double)n > 0.49 && sum / (double)n < 0.51);
}

static void a_due_near_the_next_is_lost_without_being_behind(void **state)
{
	struct kqt_sched s = {.base_ns = 10, .period_ns = 500000};
	uint64_t near = 0;

	(void)state;
	/* a grid: whatever is performed with a later one was due a period before it */
	assert_int_equal(kqt_sched_behind(&s, 100, 1, kqt_sched_due(&s, 100) + 499999), 0);
	for (uint64_t n = 2; n < 6; n++)
		assert_int_equal(kqt_sched_behind(&s, 100, n, kqt_sched_due(&s, 99 + n)), n - 1);
	s.dither = true;
	s.dither_seed = 12345;
	while (kqt_sched_due(&s, near + 1) - kqt_sched_due(&s, near) > 20000)
		near++;
	assert_int_equal(kqt_sched_behind(&s, near, 2, kqt_sched_due(&s, near + 1)), 0);
	assert_int_equal(kqt_sched_behind(&s, near, 2, kqt_sched_due(&s, near) + 499999), 0);
	assert_int_equal(kqt_sched_behind(&s, near, 2, kqt_sched_due(&s, near) + 500000), 1);
	assert_int_equal(kqt_sched_behind(&s, near, 2, kqt_sched_due(&s, near) + 900000), 1);
	assert_in_range(kqt_sched_behind(&s, 0, 1000, kqt_sched_due(&s, 999)), 997, 999);
}

/* -- sources ----------------------------------------------------------------- */

static int entries(const char *dir)
{
	char cmd[256];
	FILE *p;
	int n = -1;

	snprintf(cmd, sizeof(cmd), "ls -A '%s' | wc -l", dir);
	p = popen(cmd, "r");
	if (p && fscanf(p, "%d", &n) != 1)
		n = -1;
	if (p)
		pclose(p);
	return n;
}

/* Does a write through the source's descriptor reach a watch on it? */
static bool watchable(const struct kqt_source *s)
{
	char path[32], buf[4096];
	int in = inotify_init1(IN_NONBLOCK);
	bool seen;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->fd);
	assert_true(inotify_add_watch(in, path, IN_MODIFY | IN_ATTRIB) >= 0);
	assert_int_equal(pwrite(s->fd, "x", 1, 0), 1);
	seen = read(in, buf, sizeof(buf)) > 0;
	assert_int_equal(futimens(s->fd, NULL), 0);
	seen = seen && read(in, buf, sizeof(buf)) > 0;
	close(in);
	return seen;
}

static void skip_without_nameless_files(void)
{
	struct kqt_source *s;

	if (kqt_source_open_file("/tmp", &s) == -KQT_E_UNSUPPORTED) {
		print_message("skip: no file without a name in this build\n");
		skip();
	}
	kqt_source_free(s);
}

static void a_file_has_no_name_and_can_be_watched(void **state)
{
	char dir[] = "/tmp/kqtop-test-XXXXXX";
	struct kqt_source *s;

	(void)state;
	skip_without_nameless_files();
	assert_non_null(mkdtemp(dir));
	assert_int_equal(kqt_source_open_file(dir, &s), 0);
	assert_int_equal(entries(dir), 0);
	assert_true(watchable(s));
	kqt_source_free(s);
	assert_int_equal(rmdir(dir), 0);
}

/* For back ends that find a file by its name: in a folder that is nobody else's. */
static void a_named_file_stands_alone_and_unname_leaves_nothing(void **state)
{
	char dir[] = "/tmp/kqtop-test-XXXXXX";
	struct kqt_source *s;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (int unnamed = 0; unnamed < 2; unnamed++) {
		assert_int_equal(kqt_source_open_named_file(dir, &s), 0);
		assert_int_equal(entries(dir), 1);
		assert_int_equal(stat(s->path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		*strrchr(s->path, '/') = '\0';
		assert_int_equal(stat(s->path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0700);
		s->path[strlen(s->path)] = '/';
		if (unnamed) {
			kqt_source_unname(s);
			assert_int_equal(entries(dir), 0);
			assert_true(watchable(s));
			kqt_source_unname(s); /* nothing more to do */
		}
		kqt_source_free(s); /* a source that was never registered goes with its name */
		assert_int_equal(entries(dir), 0);
	}
	assert_int_equal(kqt_source_open_named_file("/nonexistent/kqtop", &s), -ENOENT);
	assert_int_equal(rmdir(dir), 0);
}

static void without_a_usable_default_folder_a_file_in_memory_serves(void **state)
{
	struct kqt_source *s;

	(void)state;
	skip_without_nameless_files();
	setenv("TMPDIR", "/nonexistent/kqtop", 1);
	assert_int_equal(kqt_source_open_file(NULL, &s), 0);
	unsetenv("TMPDIR");
	assert_true(watchable(s));
	kqt_source_free(s);
}

static void a_folder_asked_for_by_name_is_not_replaced(void **state)
{
	struct kqt_source *s = NULL;

	(void)state;
	skip_without_nameless_files();
	assert_int_equal(kqt_source_open_file("/nonexistent/kqtop", &s), -ENOENT);
	assert_int_equal(kqt_source_open_file("/dev/null", &s), -ENOTDIR);
	assert_null(s);
}

static void a_driven_socket_has_a_small_buffer_and_others_do_not(void **state)
{
	static char big[65536];
	struct kqt_source *driven, *level;
	ssize_t a, b;

	(void)state;
	assert_int_equal(kqt_source_open_socket(KQT_WRITE_DRIVEN, &driven), 0);
	assert_int_equal(kqt_source_open_socket(KQT_WRITE_LEVEL, &level), 0);
	a = send(driven->fd, big, sizeof(big), MSG_DONTWAIT);
	b = send(level->fd, big, sizeof(big), MSG_DONTWAIT);
	assert_true(a > 0 && a < b);
	kqt_source_free(driven);
	kqt_source_free(level);
	kqt_source_free(NULL);
}

/* -- the thread -------------------------------------------------------------- */

struct rig {
	struct kqt_stimulus *t;
	struct kqt_dirty dirty;
	struct kqt_stops stops;
	_Atomic uint32_t bell;
	_Atomic int wakes;
};

static void count_wake(void *arg)
{
	((struct rig *)arg)->wakes++;
}

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct kqt_stimulus_env env = {.dirty = &r->dirty,
	                               .stops = &r->stops,
	                               .bell = &r->bell,
	                               .wake = count_wake,
	                               .wake_arg = r,
	                               .cpu = -1};

	*state = r;
	return kqt_stimulus_new(&env, &r->t) < 0 ? -1 : kqt_stimulus_start(r->t);
}

static int teardown(void **state)
{
	struct rig *r = *state;

	kqt_stimulus_stop(r->t);
	kqt_stimulus_free(r->t);
	free(r);
	return 0;
}

static struct kqt_stimulus_stats stats(struct rig *r)
{
	struct kqt_stimulus_stats st;

	kqt_stimulus_stats(r->t, &st);
	return st;
}

static void send_op(struct rig *r, enum kqt_stimulus_op op, struct kqt_source *s,
                    uint64_t period_ns)
{
	struct kqt_stimulus_msg msg = {
	    .op = op,
	    .source = s,
	    .sched = {.id = 5, .base_ns = kqt_clock_now_ns(), .period_ns = period_ns}};

	assert_true(kqt_stimulus_send(r->t, &msg));
}

static void await_reply(struct rig *r, enum kqt_stimulus_op op)
{
	struct kqt_stimulus_msg msg = {.op = KQT_STIM_QUIT};

	UNTIL(kqt_stimulus_reply(r->t, &msg));
	assert_int_equal(msg.op, op);
	assert_true(r->bell > 0 && r->wakes > 0);
}

static struct kqt_source *open_file(uint32_t slot)
{
	struct kqt_source *s;

	if (kqt_source_open_file("/tmp", &s) == -KQT_E_UNSUPPORTED)
		assert_int_equal(kqt_source_open_named_file("/tmp", &s), 0);
	s->token = kqt_token(slot, 1);
	return s;
}

static void sleeps_without_targets(void **state)
{
	struct rig *r = *state;

	send_op(r, KQT_STIM_SCHED, NULL, 100000);
	await_reply(r, KQT_STIM_SCHED);
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* time in which it would tick */
	assert_int_equal(stats(r).ticks, 0);
}

static void each_trigger_of_a_file_has_a_stamp_and_each_due_is_accounted_for(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = open_file(8192);
	struct kqt_stimulus_stats st;
	struct kqt_stamp stamp;
	uint64_t popped = 0, dues = 0, next_tick = 0;

	send_op(r, KQT_STIM_SCHED, NULL, 200000);
	await_reply(r, KQT_STIM_SCHED);
	send_op(r, KQT_STIM_START, s, 0);
	while (popped < 300) {
		UNTIL(kqt_spsc_pop(&s->stamps, &stamp));
		assert_int_equal(stamp.sched_id, 5);
		assert_true(stamp.n_dues >= 1);
		/* every due in exactly one stamp */
		if (popped > 0)
			assert_int_equal(stamp.first_tick, next_tick);
		next_tick = stamp.first_tick + stamp.n_dues;
		dues += stamp.n_dues;
		popped++;
	}
	send_op(r, KQT_STIM_STOP, s, 0);
	await_reply(r, KQT_STIM_STOP);
	while (kqt_spsc_pop(&s->stamps, &stamp)) {
		popped++;
		dues += stamp.n_dues;
	}
	st = stats(r);
	assert_int_equal(st.performed[KQT_FILTER_VNODE], popped);
	assert_int_equal(s->fired, popped);
	assert_int_equal(st.missed[KQT_FILTER_VNODE], dues - popped);
	assert_int_equal(st.due[KQT_FILTER_VNODE], dues + st.skipped[KQT_FILTER_VNODE]);
	assert_int_equal(st.failed[KQT_FILTER_VNODE], 0);
	/* the one target there was is due with each tick, performed or lost; on a grid
	 * whatever is performed with a later one is behind, and the rest went with the target */
	assert_int_equal(st.due[KQT_FILTER_VNODE], st.ticks + st.lost);
	assert_true(st.behind <= st.lost);
	assert_true(st.behind + st.skipped[KQT_FILTER_VNODE] >= st.lost);
	kqt_source_free(s);
}

/* Dues that no stamp has carried yet. */
static uint64_t waiting(struct rig *r)
{
	struct kqt_stimulus_stats st = stats(r);

	return st.due[KQT_FILTER_VNODE] - st.performed[KQT_FILTER_VNODE] -
	       st.missed[KQT_FILTER_VNODE];
}

static void a_full_ring_is_not_triggered_and_its_dues_are_folded(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = open_file(8192);
	struct kqt_stamp stamp;
	struct kqt_stimulus_stats st;
	uint64_t next_tick;

	send_op(r, KQT_STIM_SCHED, NULL, 100000);
	await_reply(r, KQT_STIM_SCHED);
	send_op(r, KQT_STIM_START, s, 0);
	/* nobody takes stamps: 256 fit, then dues gather */
	UNTIL(stats(r).performed[KQT_FILTER_VNODE] == KQT_FILE_STAMPS);
	UNTIL(waiting(r) > 60);
	assert_int_equal(stats(r).performed[KQT_FILTER_VNODE], KQT_FILE_STAMPS);
	for (int i = 0; i < KQT_FILE_STAMPS; i++)
		assert_true(kqt_spsc_pop(&s->stamps, &stamp));
	next_tick = stamp.first_tick + stamp.n_dues;
	UNTIL(kqt_spsc_pop(&s->stamps, &stamp));
	assert_int_equal(stamp.first_tick, next_tick);
	assert_true(stamp.n_dues > 60); /* the first after the jam carries them */
	send_op(r, KQT_STIM_STOP, s, 0);
	await_reply(r, KQT_STIM_STOP);
	st = stats(r);
	assert_int_equal(st.due[KQT_FILTER_VNODE], st.performed[KQT_FILTER_VNODE] +
	                                               st.missed[KQT_FILTER_VNODE] +
	                                               st.skipped[KQT_FILTER_VNODE]);
	kqt_source_free(s);
}

static void another_schedule_skips_what_the_old_one_left(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = open_file(8192);
	struct kqt_stimulus_stats st;

	send_op(r, KQT_STIM_SCHED, NULL, 100000);
	await_reply(r, KQT_STIM_SCHED);
	send_op(r, KQT_STIM_START, s, 0);
	UNTIL(stats(r).performed[KQT_FILTER_VNODE] == KQT_FILE_STAMPS);
	UNTIL(waiting(r) > 10);
	send_op(r, KQT_STIM_SCHED, NULL, 1000 * KQT_NS_PER_S); /* not due while we look */
	await_reply(r, KQT_STIM_SCHED);
	st = stats(r);
	assert_true(st.skipped[KQT_FILTER_VNODE] > 10);
	assert_int_equal(st.due[KQT_FILTER_VNODE], st.performed[KQT_FILTER_VNODE] +
	                                               st.missed[KQT_FILTER_VNODE] +
	                                               st.skipped[KQT_FILTER_VNODE]);
	send_op(r, KQT_STIM_STOP, s, 0);
	await_reply(r, KQT_STIM_STOP);
	assert_int_equal(stats(r).skipped[KQT_FILTER_VNODE],
	                 st.skipped[KQT_FILTER_VNODE]); /* not once more */
	kqt_source_free(s);
}

static void ticks_without_a_target_are_nobodys(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = open_file(8192);
	struct kqt_stimulus_msg sched = {
	    .op = KQT_STIM_SCHED, .sched = {.base_ns = kqt_clock_now_ns(), .period_ns = 100000}};
	struct kqt_stamp stamp;
	uint64_t begun_ns;

	assert_true(kqt_stimulus_send(r->t, &sched));
	await_reply(r, KQT_STIM_SCHED);
	begun_ns = kqt_clock_now_ns() + 3 * KQT_NS_PER_MS; /* thirty ticks */
	UNTIL(kqt_clock_now_ns() >= begun_ns);
	send_op(r, KQT_STIM_START, s, 0);
	UNTIL(kqt_spsc_pop(&s->stamps, &stamp));
	assert_true(kqt_sched_due(&sched.sched, stamp.first_tick) > begun_ns);
	send_op(r, KQT_STIM_STOP, s, 0);
	await_reply(r, KQT_STIM_STOP);
	kqt_source_free(s);
}

static void a_write_that_fails_is_a_void_stamp_and_its_dues_are_the_next_ones(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = open_file(8192);
	int good = dup(s->fd), bad = open("/dev/null", O_PATH | O_CLOEXEC);
	struct kqt_stimulus_stats st;
	uint64_t voids = 0, dues = 0;
	struct kqt_stamp stamp, first = {0};

	assert_true(good >= 0 && bad >= 0 && dup2(bad, s->fd) == s->fd);
	send_op(r, KQT_STIM_SCHED, NULL, 100000);
	await_reply(r, KQT_STIM_SCHED);
	send_op(r, KQT_STIM_START, s, 0);
	UNTIL(stats(r).failed[KQT_FILTER_VNODE] > 20);
	assert_int_equal(stats(r).performed[KQT_FILTER_VNODE], 0);
	assert_int_equal(stats(r).failed_rc[KQT_FILTER_VNODE], -EBADF);
	assert_int_equal(dup2(good, s->fd), s->fd);
	do {
		UNTIL(kqt_spsc_pop(&s->stamps, &stamp));
		UNTIL(s->fired > voids); /* a void one is published too: the collector skips it */
		first = voids == 0 ? stamp : first;
		voids += stamp.n_dues == 0;
	} while (stamp.n_dues == 0);
	assert_true(voids > 20);
	assert_int_equal(stamp.first_tick, first.first_tick);
	dues = stamp.n_dues;
	assert_true(dues > voids);
	send_op(r, KQT_STIM_STOP, s, 0);
	await_reply(r, KQT_STIM_STOP);
	st = stats(r);
	assert_int_equal(st.failed[KQT_FILTER_VNODE], voids);
	assert_int_equal(st.due[KQT_FILTER_VNODE], st.performed[KQT_FILTER_VNODE] +
	                                               st.missed[KQT_FILTER_VNODE] +
	                                               st.skipped[KQT_FILTER_VNODE]);
	close(good);
	close(bad);
	kqt_source_free(s);
}

static void a_full_socket_is_no_failure_and_one_that_is_gone_is(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s;
	struct kqt_stimulus_stats st;
	struct kqt_stamp stamp;
	uint64_t next_tick = 0, n = 0;

	assert_int_equal(kqt_source_open_socket(KQT_WRITE_EDGE, &s), 0);
	s->token = kqt_token(4096, 1);
	send_op(r, KQT_STIM_SCHED, NULL, 50000);
	await_reply(r, KQT_STIM_SCHED);
	send_op(r, KQT_STIM_START, s, 0);
	do { /* nobody reads: dues gather */
		st = stats(r);
	} while (st.due[KQT_FILTER_READ] <
	         st.performed[KQT_FILTER_READ] + st.missed[KQT_FILTER_READ] + 10);
	assert_int_equal(stats(r).failed[KQT_FILTER_READ], 0);
	/* and every one of them is in one stamp */
	while (n < st.performed[KQT_FILTER_READ] + 2) {
		UNTIL(recv(s->fd, &stamp, sizeof(stamp), MSG_DONTWAIT) == sizeof(stamp));
		if (n++ > 0)
			assert_int_equal(stamp.first_tick, next_tick);
		next_tick = stamp.first_tick + stamp.n_dues;
	}
	assert_int_equal(shutdown(s->fd, SHUT_RDWR), 0);
	UNTIL(stats(r).failed[KQT_FILTER_READ] > 0);
	assert_int_equal(stats(r).failed_rc[KQT_FILTER_READ], -EPIPE);
	send_op(r, KQT_STIM_STOP, s, 0);
	await_reply(r, KQT_STIM_STOP);
	kqt_source_free(s);
}

static void a_drain_waits_for_the_refill_and_takes_exactly_what_was_written(void **state)
{
	static char zeros[65536];
	struct rig *r = *state;
	struct kqt_source *s;
	struct kqt_stimulus_stats st;
	struct kqt_stamp stamp;

	assert_int_equal(kqt_source_open_socket(KQT_WRITE_DRIVEN, &s), 0);
	s->token = kqt_token(4096, 1);
	send_op(r, KQT_STIM_SCHED, NULL, 200000);
	await_reply(r, KQT_STIM_SCHED);
	send_op(r, KQT_STIM_START, s, 0);
	UNTIL(stats(r).refused_drains > 5); /* nothing written: W - R is 0 */
	assert_int_equal(stats(r).performed[KQT_FILTER_WRITE], 0);
	for (uint64_t i = 1; i <= 10; i++) {
		ssize_t n = send(s->fd, zeros, sizeof(zeros), MSG_DONTWAIT);

		assert_true(n > 0);
		s->written += (uint64_t)n;
		UNTIL(kqt_spsc_pop(&s->stamps, &stamp));
		UNTIL(s->fired == i);
		assert_true(stamp.n_dues >= 1);
	}
	assert_true(stats(r).performed[KQT_FILTER_READ] > 0);
	send_op(r, KQT_STIM_STOP, s, 0);
	await_reply(r, KQT_STIM_STOP);
	st = stats(r);
	assert_int_equal(st.due[KQT_FILTER_WRITE], st.due[KQT_FILTER_READ]);
	for (int f = KQT_FILTER_READ; f <= KQT_FILTER_WRITE; f++)
		assert_int_equal(st.due[f], st.performed[f] + st.missed[f] + st.skipped[f]);
	kqt_source_free(s);
}

/* Where the kernel does not let the buffer be made small a refill is more than one drain. */
static void what_one_drain_leaves_the_next_ones_take(void **state)
{
	static char zeros[150000];
	struct rig *r = *state;
	struct kqt_source *s;
	ssize_t n;

	assert_int_equal(kqt_source_open_socket(KQT_WRITE_EDGE, &s), 0);
	s->write = KQT_WRITE_DRIVEN;
	s->token = kqt_token(4096, 1);
	n = send(s->fd, zeros, sizeof(zeros), MSG_DONTWAIT);
	if (n <= 65536) {
		kqt_source_free(s);
		print_message("skip: a socket's buffer is smaller than a drain here\n");
		skip();
	}
	s->written = (uint64_t)n;
	send_op(r, KQT_STIM_SCHED, NULL, 200000);
	await_reply(r, KQT_STIM_SCHED);
	send_op(r, KQT_STIM_START, s, 0);
	UNTIL(stats(r).refused_drains > 0);
	send_op(r, KQT_STIM_STOP, s, 0);
	await_reply(r, KQT_STIM_STOP);
	assert_int_equal(recv(s->fd_far, zeros, 1, MSG_DONTWAIT), -1);
	assert_int_equal(s->fired, (uint64_t)(n + 65535) / 65536);
	kqt_source_free(s);
}

static void after_a_stop_of_the_process_dues_are_skipped_by_name(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s = open_file(8192);
	struct kqt_stimulus_stats st;
	uint64_t before;

	send_op(r, KQT_STIM_SCHED, NULL, 500000);
	await_reply(r, KQT_STIM_SCHED);
	send_op(r, KQT_STIM_START, s, 0);
	UNTIL(stats(r).performed[KQT_FILTER_VNODE] > 3);
	kqt_stops_note(&r->stops, kqt_clock_now_ns()); /* what the SIGCONT handler does */
	UNTIL(stats(r).skipped[KQT_FILTER_VNODE] > 0);
	before = stats(r).performed[KQT_FILTER_VNODE];
	UNTIL(stats(r).performed[KQT_FILTER_VNODE] > before + 3); /* and on it goes */
	send_op(r, KQT_STIM_STOP, s, 0);
	await_reply(r, KQT_STIM_STOP);
	st = stats(r);
	assert_int_equal(st.due[KQT_FILTER_VNODE], st.performed[KQT_FILTER_VNODE] +
	                                               st.missed[KQT_FILTER_VNODE] +
	                                               st.skipped[KQT_FILTER_VNODE]);
	kqt_source_free(s);
}

static void targets_come_and_go_in_any_order(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s[8];

	send_op(r, KQT_STIM_SCHED, NULL, 100000);
	await_reply(r, KQT_STIM_SCHED);
	for (uint32_t i = 0; i < 8; i++) {
		s[i] = open_file(8192 + i);
		send_op(r, KQT_STIM_START, s[i], 0);
	}
	for (int i = 0; i < 8; i++) {
		struct kqt_source *x = s[i * 3 % 8];

		UNTIL(x->fired > 0);
		send_op(r, KQT_STIM_STOP, x, 0);
		await_reply(r, KQT_STIM_STOP);
		kqt_source_free(x); /* it must not be touched any more: the sanitizers look */
	}
}

/* The last takes the place of the one that goes, and is found there when it goes itself. */
static void who_stays_is_triggered_and_who_went_is_not(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s[3];
	uint64_t fired;

	send_op(r, KQT_STIM_SCHED, NULL, 100000);
	await_reply(r, KQT_STIM_SCHED);
	for (uint32_t i = 0; i < 3; i++) {
		s[i] = open_file(8192 + i);
		send_op(r, KQT_STIM_START, s[i], 0);
	}
	for (int i = 0; i < 3; i += 2) { /* the first, and the last in its place */
		UNTIL(s[i]->fired > 0);
		send_op(r, KQT_STIM_STOP, s[i], 0);
		await_reply(r, KQT_STIM_STOP);
	}
	fired = s[2]->fired;
	for (int i = 0; i < 3; i++) {
		uint64_t seen = s[1]->fired;
		struct kqt_stamp stamp;

		while (kqt_spsc_pop(&s[1]->stamps, &stamp))
			;
		UNTIL(s[1]->fired > seen);
	}
	assert_int_equal(s[2]->fired, fired);
	send_op(r, KQT_STIM_STOP, s[1], 0);
	await_reply(r, KQT_STIM_STOP);
	for (int i = 0; i < 3; i++)
		kqt_source_free(s[i]);
}

static void what_a_target_had_not_performed_when_it_went_is_skipped(void **state)
{
	struct rig *r = *state;
	struct kqt_source *s;
	struct kqt_stimulus_stats st;

	assert_int_equal(kqt_source_open_socket(KQT_WRITE_DRIVEN, &s), 0);
	s->token = kqt_token(4096, 1);
	send_op(r, KQT_STIM_SCHED, NULL, 200000);
	await_reply(r, KQT_STIM_SCHED);
	send_op(r, KQT_STIM_START, s, 0);
	UNTIL(stats(r).refused_drains > 5); /* nobody has written what it is to drain */
	send_op(r, KQT_STIM_STOP, s, 0);
	await_reply(r, KQT_STIM_STOP);
	st = stats(r);
	assert_true(st.due[KQT_FILTER_WRITE] > 5);
	assert_int_equal(st.skipped[KQT_FILTER_WRITE], st.due[KQT_FILTER_WRITE]);
	assert_int_equal(st.due[KQT_FILTER_READ], st.due[KQT_FILTER_WRITE]);
	kqt_source_free(s);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(due_times_are_a_grid),
	    cmocka_unit_test(dither_keeps_each_due_in_its_own_period_and_the_mean),
	    cmocka_unit_test(a_due_near_the_next_is_lost_without_being_behind),
	    cmocka_unit_test(a_file_has_no_name_and_can_be_watched),
	    cmocka_unit_test(a_named_file_stands_alone_and_unname_leaves_nothing),
	    cmocka_unit_test(without_a_usable_default_folder_a_file_in_memory_serves),
	    cmocka_unit_test(a_folder_asked_for_by_name_is_not_replaced),
	    cmocka_unit_test(a_driven_socket_has_a_small_buffer_and_others_do_not),
	    TEST(sleeps_without_targets),
	    TEST(each_trigger_of_a_file_has_a_stamp_and_each_due_is_accounted_for),
	    TEST(a_full_ring_is_not_triggered_and_its_dues_are_folded),
	    TEST(a_drain_waits_for_the_refill_and_takes_exactly_what_was_written),
	    TEST(after_a_stop_of_the_process_dues_are_skipped_by_name),
	    TEST(another_schedule_skips_what_the_old_one_left),
	    TEST(ticks_without_a_target_are_nobodys),
	    TEST(a_write_that_fails_is_a_void_stamp_and_its_dues_are_the_next_ones),
	    TEST(a_full_socket_is_no_failure_and_one_that_is_gone_is),
	    TEST(what_one_drain_leaves_the_next_ones_take),
	    TEST(targets_come_and_go_in_any_order),
	    TEST(who_stays_is_triggered_and_who_went_is_not),
	    TEST(what_a_target_had_not_performed_when_it_went_is_skipped),
	};

	return cmocka_run_group_tests_name("stimulus", tests, NULL, NULL);
}
