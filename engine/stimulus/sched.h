/* SPDX-License-Identifier: MIT */
/* When the stimulus is due. All timers and the stimulus stand on one absolute
 * grid that starts at t0, so that two runs of one configuration have one phase:
 * timers are 1-10 ms, the stimulus is 500 us, and with a phase of its own each
 * run would freeze a random one and differ from the next.
 *
 *   due(k) = t0 + phase + k * period + d(k),   0 <= d(k) < period with dither
 *
 * d(k) is a hash of k, not a state: any due time can be computed again from its
 * number alone, on both sides of a stamp. It keeps each due in its own period,
 * so due times grow and the mean rate is kept. */
#ifndef KQT_STIMULUS_SCHED_H
#define KQT_STIMULUS_SCHED_H

#include <stdbool.h>
#include <stdint.h>

struct kqt_sched {
	uint32_t id; /* differs from the one before it; stamps carry it */
	bool dither;
	uint64_t base_ns;   /* t0 + phase */
	uint64_t period_ns; /* above 0 */
	uint64_t dither_seed;
};

/** splitmix64's finaliser (Steele, Lea, Flood 2014): a good hash of a counter. */
static inline uint64_t kqt_mix64(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static inline uint64_t kqt_sched_due(const struct kqt_sched *s, uint64_t k)
{
	uint64_t due = s->base_ns + k * s->period_ns;

	if (s->dither)
		due += kqt_mix64(s->dither_seed + k) % s->period_ns;
	return due;
}

/** Number of the first tick that is due after now. */
static inline uint64_t kqt_sched_next(const struct kqt_sched *s, uint64_t now_ns)
{
	uint64_t k;

	if (now_ns < s->base_ns)
		return 0;
	k = (now_ns - s->base_ns) / s->period_ns;
	return kqt_sched_due(s, k) > now_ns ? k : k + 1;
}

/** Ticks tick .. tick + n - 1 are performed at once, now: how many of those before the last
 * are late by a period or more. On a plain grid all of them are; with dither two dues may
 * be nearer to each other than one tick takes, which is nobody's being behind. */
static inline uint64_t kqt_sched_behind(const struct kqt_sched *s, uint64_t tick, uint64_t n,
                                        uint64_t now_ns)
{
	uint64_t in_time = now_ns > s->period_ns ? kqt_sched_next(s, now_ns - s->period_ns) : 0;

	if (n < 2 || in_time <= tick)
		return 0;
	return in_time - tick < n ? in_time - tick : n - 1;
}

#endif
