/* SPDX-License-Identifier: MIT */
/* link: -Wl,--wrap=pwrite -Wl,--wrap=futimens -Wl,--wrap=kqt_pace_sleep */
/* The stimulus thread when a write is cut short and a sleep ends early, and what it really
 * does to a file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/stimulus/stimulus.h"

#define DEADLINE_NS (20 * KQT_NS_PER_S) /* only a failure comes near it */

static _Atomic bool full;             /* a file takes three bytes and no more */
static _Atomic int early;             /* so many sleeps until something is due end at once */
static _Atomic uint64_t writes, sets; /* to the file: its contents, its attributes */

ssize_t __real_pwrite(int fd, const void *buf, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	writes++;
	return __real_pwrite(fd, buf, full && n > 3 ? 3 : n, at);
}

int __real_futimens(int fd, const struct timespec times[2]);
int __wrap_futimens(int fd, const struct timespec times[2]);
int __wrap_futimens(int fd, const struct timespec times[2])
{
	sets++;
	return __real_futimens(fd, times);
}

bool __real_kqt_pace_sleep(struct kqt_pace *p, uint64_t due_ns);
bool __wrap_kqt_pace_sleep(struct kqt_pace *p, uint64_t due_ns);
bool __wrap_kqt_pace_sleep(struct kqt_pace *p, uint64_t due_ns)
{
	if (due_ns == KQT_PACE_FOREVER || early == 0)
		return __real_kqt_pace_sleep(p, due_ns);
	early--;
	return false;
}

static struct kqt_stimulus *stimulus;
static struct kqt_dirty dirty;
static struct kqt_stops stops;
static _Atomic uint32_t bell;
static struct kqt_source *file;

static void no_wake(void *arg)
{
	(void)arg;
}

static int setup(void **state)
{
	const struct kqt_stimulus_env env = {
	    .dirty = &dirty, .stops = &stops, .bell = &bell, .wake = no_wake, .cpu = -1};

	(void)state;
	full = false;
	early = 0;
	writes = sets = 0;
	if (kqt_source_open_file("/tmp", &file) == -KQT_E_UNSUPPORTED &&
	    kqt_source_open_named_file("/tmp", &file) < 0)
		return -1;
	file->token = kqt_token(2 * KQT_SLOTS_PER_KIND, 1);
	return kqt_stimulus_new(&env, &stimulus) < 0 ? -1 : kqt_stimulus_start(stimulus);
}

static int teardown(void **state)
{
	(void)state;
	kqt_stimulus_stop(stimulus);
	kqt_stimulus_free(stimulus);
	kqt_source_free(file);
	return 0;
}

static void nap_until(uint64_t end_ns)
{
	assert_true(kqt_clock_now_ns() < end_ns);
	nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

static void tell(enum kqt_stimulus_op op, uint64_t period_ns)
{
	uint64_t end_ns = kqt_clock_now_ns() + DEADLINE_NS;
	struct kqt_stimulus_msg msg = {
	    .op = op,
	    .source = file,
	    .sched = {.id = 5, .base_ns = kqt_clock_now_ns(), .period_ns = period_ns}};

	assert_true(kqt_stimulus_send(stimulus, &msg));
	while (op != KQT_STIM_START && !kqt_stimulus_reply(stimulus, &msg))
		nap_until(end_ns);
}

/* Let it trigger the file so often and stop. @return its counters then. */
static struct kqt_stimulus_stats triggered(uint64_t times)
{
	uint64_t end_ns = kqt_clock_now_ns() + DEADLINE_NS;
	struct kqt_stimulus_stats st;
	struct kqt_stamp stamp;

	tell(KQT_STIM_SCHED, 100000);
	tell(KQT_STIM_START, 0);
	while (file->fired < times) {
		while (kqt_spsc_pop(&file->stamps, &stamp))
			;
		nap_until(end_ns);
	}
	tell(KQT_STIM_STOP, 0);
	kqt_stimulus_stats(stimulus, &st);
	return st;
}

static void every_eighth_trigger_of_a_file_is_one_of_its_attributes(void **state)
{
	struct kqt_stimulus_stats st = triggered(100);

	(void)state;
	assert_int_equal(sets, st.performed[KQT_FILTER_VNODE] / 8);
	assert_int_equal(writes + sets, st.performed[KQT_FILTER_VNODE]);
	assert_int_equal(st.failed[KQT_FILTER_VNODE], 0);
}

static void a_write_that_is_cut_short_has_failed_for_want_of_space(void **state)
{
	struct kqt_stimulus_stats st;

	(void)state;
	full = true;
	st = triggered(20);
	assert_int_equal(st.failed[KQT_FILTER_VNODE], writes);
	assert_int_equal(st.failed_rc[KQT_FILTER_VNODE], -ENOSPC);
	assert_int_equal(st.performed[KQT_FILTER_VNODE], sets);
}

static void a_sleep_that_ends_early_is_slept_again(void **state)
{
	uint64_t end_ns = kqt_clock_now_ns() + DEADLINE_NS;
	struct kqt_stimulus_stats st;

	(void)state;
	early = 10;
	tell(KQT_STIM_SCHED, 1000 * KQT_NS_PER_S);
	tell(KQT_STIM_START, 0);
	while (early > 0)
		nap_until(end_ns);
	tell(KQT_STIM_STOP, 0);
	kqt_stimulus_stats(stimulus, &st);
	assert_int_equal(st.ticks, 0);
	assert_int_equal(st.lost, 0);
	assert_int_equal(st.due[KQT_FILTER_VNODE], 0);
	assert_int_equal(st.performed[KQT_FILTER_VNODE], 0);
	assert_int_equal(file->fired, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(every_eighth_trigger_of_a_file_is_one_of_its_attributes),
	    TEST(a_write_that_is_cut_short_has_failed_for_want_of_space),
	    TEST(a_sleep_that_ends_early_is_slept_again),
	};

	return cmocka_run_group_tests_name("stimulus, refused", tests, NULL, NULL);
}
