/* SPDX-License-Identifier: MIT */
/* What watching a byte stream costs a wait, in ns, the best of many passes by the
 * thread's own CPU clock: in the collector (a raw sample into the ring, and into one that
 * is full), and in the assessor, part by part. Prints one JSON object. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/collect/collector_priv.h"
#include "engine/entropy/blockstat.h"
#include "engine/entropy/grain.h"
#include "engine/entropy/health.h"
#include "tests/support/est_gen.h"

#define WAITS 1024 /* a batch of the assessor */
#define PASSES 4000
#define RING 262144
#define RING_PASSES 40

enum part { PUSH, PUSH_FULL, EXTRACT, STATISTICS, HEALTH, GRAINS, PARTS };
static const char *const names[PARTS] = {"push",       "push_full", "extract",
                                         "statistics", "health",    "grains"};

static double best[PARTS];
static double since_ns;

static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void begin(void)
{
	since_ns = cpu_ns();
}

static void end(enum part p, double waits)
{
	double ns = (cpu_ns() - since_ns) / waits;

	if (best[p] == 0 || ns < best[p])
		best[p] = ns;
}

static int ring(void)
{
	static struct kqt_collector c;
	static struct kqt_tally tally;
	static struct kqt_spsc r;
	int rc = kqt_spsc_init(&r, RING, sizeof(struct kqt_raw));

	if (rc < 0)
		return rc;
	kqt_role_enter(&on_collector);
	memset(r.slots, 0, RING * sizeof(struct kqt_raw));
	c.env.raw = &r;
	c.tally = &tally;
	for (int pass = 0; pass < RING_PASSES; pass++) {
		for (enum part p = PUSH; p <= PUSH_FULL; p++) {
			begin();
			for (uint64_t i = 0; i < RING; i++)
				kqt_collector_raw(&c, KQT_RAW_WAIT, 1, i);
			end(p, RING);
		}
		kqt_spsc_drop(&r, RING);
	}
	kqt_spsc_fini(&r);
	return 0;
}

static void blocks(void)
{
	static uint64_t ns[WAITS], ticks[WAITS];
	static uint8_t bytes[WAITS], coarse_bytes[WAITS];
	static struct kqt_block_stat stat;
	struct kqt_extract seed = {.stream = KQT_STREAM_SEED, .collection = 1024};
	struct kqt_extract coarse[KQT_GRAINS] = {seed, seed, seed, seed};
	struct kqt_health_run health;
	uint64_t random = 1;

	kqt_health_begin(&health, KQT_CLAIMED_BITS);
	for (int pass = 0; pass < PASSES; pass++) {
		size_t n;

		for (int i = 0; i < WAITS; i++)
			ns[i] = 200 + est_random(&random) % 5000;
		begin();
		n = kqt_extract_block(&seed, ns, WAITS, bytes);
		end(EXTRACT, WAITS);
		begin();
		kqt_block_stat_add(&stat, bytes, n);
		end(STATISTICS, WAITS);
		begin();
		kqt_health_add(&health, bytes, n, 1);
		end(HEALTH, WAITS);
		begin();
		for (unsigned g = 1; g < KQT_GRAINS; g++) {
			kqt_grain_ticks(g, ns, WAITS, ticks);
			(void)kqt_extract_block(&coarse[g], ticks, WAITS, coarse_bytes);
		}
		end(GRAINS, WAITS);
	}
}

int main(void)
{
	if (ring() < 0) {
		fprintf(stderr, "bench_watch: out of memory\n");
		return 1;
	}
	blocks();
	for (int p = 0; p < PARTS; p++)
		printf("%s\"%s\":%.2f", p ? "," : "{", names[p], best[p]);
	printf("}\n");
	return 0;
}
