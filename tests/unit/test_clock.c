/* SPDX-License-Identifier: MIT */
/* The clock's own measurement, on a clock that this program makes up: a
 * definition of clock_gettime in the program goes before the C library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "engine/clock/clock.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct {
	uint64_t now_ns;
	uint64_t readings;
	const unsigned *step_ns; /* [n_steps], taken in turn, one a reading */
	size_t n_steps;
	uint64_t jump_at, jump_ns; /* one long step, at this reading */
	clockid_t clock;
} fake;

static const unsigned still[] = {0};

static void fake_start(const unsigned *step_ns, size_t n)
{
	memset(&fake, 0, sizeof(fake));
	fake.now_ns = UINT64_C(1700000000999999000);
	fake.step_ns = step_ns;
	fake.n_steps = n;
	fake.jump_at = UINT64_MAX;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (fake.n_steps)
		fake.now_ns += fake.step_ns[fake.readings % fake.n_steps];
	if (fake.readings == fake.jump_at)
		fake.now_ns += fake.jump_ns;
	fake.readings++;
	fake.clock = clock;
	ts->tv_sec = (time_t)(fake.now_ns / 1000000000);
	ts->tv_nsec = (long)(fake.now_ns % 1000000000);
	return 0;
}

static void now_joins_seconds_and_nanoseconds_of_the_monotonic_clock(void **state)
{
	static const unsigned one[] = {1};

	(void)state;
	fake_start(one, LEN(one));
	fake.now_ns = UINT64_C(12345999999999);
	assert_int_equal(kqt_clock_now_ns(), UINT64_C(12346000000000));
	assert_int_equal(fake.clock, CLOCK_MONOTONIC);
}

static void timespec_splits_what_now_joined(void **state)
{
	struct timespec ts = kqt_ns_to_timespec(UINT64_C(12345999999999));

	(void)state;
	assert_int_equal(ts.tv_sec, 12345);
	assert_int_equal(ts.tv_nsec, 999999999);
	ts = kqt_ns_to_timespec(0);
	assert_int_equal(ts.tv_sec, 0);
	assert_int_equal(ts.tv_nsec, 0);
}

static void granularity_is_the_smallest_step_that_is_not_nothing(void **state)
{
	/* Apple's 41.67 ns tick in whole nanoseconds, most readings in one tick */
	static const unsigned steps[] = {0, 0, 42, 0, 84, 0, 41, 0, 42};
	struct kqt_clock_info info;

	(void)state;
	fake_start(steps, LEN(steps));
	kqt_clock_measure(&info);
	assert_int_equal(info.granularity_ns, 41);
}

static void granularity_of_a_coarse_clock_is_its_tick(void **state)
{
	static unsigned steps[5000]; /* a 4 ms tick, less than one a batch of readings */
	struct kqt_clock_info info;

	(void)state;
	steps[4999] = 4000000;
	fake_start(steps, LEN(steps));
	kqt_clock_measure(&info);
	assert_int_equal(info.granularity_ns, 4000000);
}

static void cost_is_the_time_of_one_reading(void **state)
{
	static const unsigned steps[] = {20, 30};
	struct kqt_clock_info info;

	(void)state;
	fake_start(steps, LEN(steps));
	kqt_clock_measure(&info);
	/* 20 and 30 in turn: 25, exactly, over any even number of readings */
	assert_true(info.cost_ns == 25.0);
}

static void cost_does_not_count_an_interruption(void **state)
{
	static const unsigned steps[] = {25};
	struct kqt_clock_info info;

	(void)state;
	fake_start(steps, LEN(steps));
	fake.jump_at = 3333;
	fake.jump_ns = 100000; /* preempted for a tenth of the measurement */
	kqt_clock_measure(&info);
	assert_true(info.cost_ns == 25.0);
	assert_int_equal(info.granularity_ns, 25);
}

static void measure_takes_about_a_millisecond_of_its_clock(void **state)
{
	static const unsigned steps[] = {25};
	struct kqt_clock_info info;

	(void)state;
	fake_start(steps, LEN(steps));
	kqt_clock_measure(&info);
	/* the fake clock's millisecond, no speed of ours: 10^6 / 25 readings and
	 * at most a quarter more */
	assert_in_range(fake.readings, 40000, 50000);
}

static void measure_of_a_clock_that_stands_still_ends(void **state)
{
	struct kqt_clock_info info;

	(void)state;
	fake_start(still, LEN(still));
	kqt_clock_measure(&info);
	assert_int_equal(info.granularity_ns, 0);
	assert_true(info.cost_ns == 0);
}

static void source_is_what_the_kernel_says(void **state)
{
	static const unsigned steps[] = {25};
	FILE *f = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "r");
	struct kqt_clock_info info;
	char want[32] = "";

	(void)state;
	if (f) {
		if (fscanf(f, "%31s", want) != 1)
			want[0] = '\0';
		(void)fclose(f);
	}
	fake_start(steps, LEN(steps));
	memset(&info, 0x5a, sizeof(info));
	kqt_clock_measure(&info);
	assert_string_equal(info.source, want);
	assert_string_equal(info.name, "CLOCK_MONOTONIC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(now_joins_seconds_and_nanoseconds_of_the_monotonic_clock),
	    cmocka_unit_test(timespec_splits_what_now_joined),
	    cmocka_unit_test(granularity_is_the_smallest_step_that_is_not_nothing),
	    cmocka_unit_test(granularity_of_a_coarse_clock_is_its_tick),
	    cmocka_unit_test(cost_is_the_time_of_one_reading),
	    cmocka_unit_test(cost_does_not_count_an_interruption),
	    cmocka_unit_test(measure_takes_about_a_millisecond_of_its_clock),
	    cmocka_unit_test(measure_of_a_clock_that_stands_still_ends),
	    cmocka_unit_test(source_is_what_the_kernel_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
