/* SPDX-License-Identifier: MIT */
/* The hot path, for callgrind to count: each case_NAME does a thing CALLS times, and how
 * many instructions it took no neighbour on the machine can change. One thread; what is
 * reported is there before the wait, so that every run takes the same way.
 * tests/checks/test_instructions.py has the counts that it should come to. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/clock/clock.h"
#include "engine/eventq/eventq_fake.h"
#include "engine/hist/hist.h"
#include "tests/support/collector_rig.h"

#define CALLS 1000
#define RING 4096
#define CASE __attribute__((noinline)) static

static struct collector_rig rig;
static struct kqt_source *source;
static struct kqt_hist hist, sum;
static int failed;
static uint64_t done[8]; /* keeps cases apart that are the same code */

static void step(void)
{
	kqt_role_enter(&on_collector);
	failed |= kqt_collector_step(rig.c) < 0;
}

static void forget_raw(void)
{
	kqt_spsc_drop(&rig.raw, kqt_spsc_count(&rig.raw));
}

/* An empty poll, every instrument on. */
CASE void case_poll(void)
{
	done[0] += CALLS;
	for (int i = 0; i < CALLS; i++)
		step();
}

/* A wait that brings one report, one trigger, one stamp: socket, file, timer. */
CASE void case_socket(void)
{
	done[1] += CALLS;
	for (uint64_t i = 0; i < CALLS; i++) {
		failed |= collector_rig_trigger(&rig, source, i, kqt_clock_now_ns());
		step();
	}
}

CASE void case_file(void)
{
	done[2] += CALLS;
	for (uint64_t i = 0; i < CALLS; i++) {
		failed |= collector_rig_trigger(&rig, source, i, kqt_clock_now_ns());
		step();
	}
}

CASE void case_timer(void)
{
	done[3] += CALLS;
	for (int i = 0; i < CALLS; i++)
		step();
}

/* Most values in two octaves, one in eight out of them. */
CASE void case_record(void)
{
	for (uint64_t i = 0; i < CALLS; i++)
		kqt_hist_record(&hist, (300 + i) << (i % 8 == 0 ? 9 : 0));
}

CASE void case_merge(void)
{
	kqt_hist_merge(&sum, &hist);
}

CASE void case_quantiles(void)
{
	static const double q[] = {0.5, 0.9, 0.99, 0.999};
	uint64_t out[4];

	kqt_hist_quantiles(&sum, q, 4, out);
}

static void begin(const struct kqt_eventq_ops *ops, uint64_t timeout_ns)
{
	failed |= collector_rig_open(&rig, ops, timeout_ns, RING) < 0 ||
	          collector_rig_begin(&rig, &source, source ? 1 : 0) < 0;
	forget_raw();
}

static void end(void)
{
	collector_rig_close(&rig);
	kqt_source_free(source);
	source = NULL;
}

static void named(uint32_t slot)
{
	if (source)
		source->token = kqt_token(slot, 1);
	else
		failed = 1;
}

static void on_the_kernel(void)
{
	begin(&kqt_eventq_epoll, 0);
	case_poll();
	end();

	failed |= kqt_source_open_socket(KQT_WRITE_DRIVEN, &source) < 0;
	named(KQT_SLOTS_PER_KIND);
	begin(&kqt_eventq_epoll, KQT_NS_PER_MS);
	case_socket();
	end();

	begin(&kqt_eventq_epoll, KQT_NS_PER_MS);
	failed |= rig.q->ops->open_source(rig.q, KQT_SOURCE_FILE, &(int){0}) < 0;
	failed |= kqt_source_open_file(NULL, &source) < 0;
	named(2 * KQT_SLOTS_PER_KIND);
	failed |= collector_rig_begin(&rig, &source, 1) < 0;
	case_file();
	end();
}

static void on_the_fake(void)
{
	source = kqt_source_new(KQT_SOURCE_TIMER);
	named(0);
	source->interval_ns = KQT_NS_PER_MS;
	begin(&kqt_eventq_fake, 10 * KQT_NS_PER_MS);
	case_timer();
	end();
}

int main(void)
{
	on_the_kernel();
	on_the_fake();
	case_record();
	case_merge();
	case_quantiles();
	if (failed)
		fprintf(stderr, "bench_instructions: something is missing here\n");
	return failed;
}
