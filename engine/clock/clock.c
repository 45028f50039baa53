/* SPDX-License-Identifier: MIT */
#include "engine/clock/clock.h"

#include "engine/clock/port/port.h"

/* Batches of this many readings: at 25 ns each 25 us, so most batches fit
 * between two timer interrupts even on a busy machine. */
#define BATCH 1000
/* A clock that stands still (a debugger, a faked clock) must not hang us. */
#define BATCHES_MAX 10000

/* One batch of back-to-back readings. Lowers *step_ns to the smallest non-zero
 * difference met. @return what the batch took, by its own readings. */
static uint64_t read_batch(uint64_t *step_ns)
{
	uint64_t first = kqt_clock_now_ns(), last = first;

	for (int i = 0; i < BATCH; i++) {
		uint64_t now = kqt_clock_now_ns();

		if (now != last && now - last < *step_ns)
			*step_ns = now - last;
		last = now;
	}
	return last - first;
}

void kqt_clock_measure(struct kqt_clock_info *out)
{
	uint64_t step_ns = UINT64_MAX, best_ns = UINT64_MAX, spent_ns = 0;
	int batches = 0;

	while (spent_ns < KQT_NS_PER_MS && batches++ < BATCHES_MAX) {
		uint64_t took_ns = read_batch(&step_ns);

		if (took_ns < best_ns)
			best_ns = took_ns;
		spent_ns += took_ns;
	}
	out->name = KQT_CLOCK_NAME;
	kqt_port_clock_counter(out->source, sizeof(out->source));
	out->granularity_ns = step_ns == UINT64_MAX ? 0 : step_ns;
	out->cost_ns = (double)best_ns / BATCH;
}
