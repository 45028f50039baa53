/* SPDX-License-Identifier: MIT */
/* Monotonic nanoseconds. One clock for the whole program: the one that the
 * kernel's timers of this platform are set on, so that "due" and "seen" can be
 * subtracted. On Linux CLOCK_MONOTONIC (timerfd, epoll_pwait2); it does not
 * count time suspended, which is what a latency wants. On macOS that clock has
 * steps of a microsecond; CLOCK_UPTIME_RAW is mach_absolute_time in nanoseconds,
 * and the Makefile says so where probe/has_clock_uptime_raw.c compiles. */
#ifndef KQT_CLOCK_CLOCK_H
#define KQT_CLOCK_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "engine/base/annot.h"

#ifdef KQT_HAVE_CLOCK_UPTIME_RAW
#define KQT_CLOCK_ID CLOCK_UPTIME_RAW
#define KQT_CLOCK_NAME "CLOCK_UPTIME_RAW"
#else
#define KQT_CLOCK_ID CLOCK_MONOTONIC
#define KQT_CLOCK_NAME "CLOCK_MONOTONIC"
#endif

#define KQT_NS_PER_US UINT64_C(1000)
#define KQT_NS_PER_MS UINT64_C(1000000)
#define KQT_NS_PER_S UINT64_C(1000000000)

/** Now. Inline, because it stands on both sides of the measured system call.
 * Cost: 20-30 ns through the vDSO. Threads: any. */
static inline uint64_t kqt_clock_now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(KQT_CLOCK_ID, &ts); /* cannot fail for this clock */
	return (uint64_t)ts.tv_sec * KQT_NS_PER_S + (uint64_t)ts.tv_nsec;
}

static inline struct timespec kqt_ns_to_timespec(uint64_t ns)
{
	struct timespec ts = {.tv_sec = (time_t)(ns / KQT_NS_PER_S),
	                      .tv_nsec = (long)(ns % KQT_NS_PER_S)};

	return ts;
}

struct kqt_clock_info {
	const char *name;        /* the call and clock: "CLOCK_MONOTONIC" */
	char source[32];         /* the kernel's clock source ("tsc"), "" when unknown */
	uint64_t granularity_ns; /* smallest step ever seen between two readings; 0 = none */
	double cost_ns;          /* cost of one reading, uninterrupted */
};

/** Measure the clock: granularity is the smallest non-zero difference of
 * consecutive readings (not clock_getres, which says 1 ns for anything on
 * Linux); cost is the mean over the best batch of 1000 of the same readings, as
 * one preemption in the 1 ms that this takes would double a mean over all.
 * Threads: any. */
void kqt_clock_measure(struct kqt_clock_info *out);

#endif
