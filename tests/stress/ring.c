/* SPDX-License-Identifier: MIT */
/* The ring between two threads that stop at random places: every element once, whole, in
 * order, and what was offered is what was taken plus what was refused.
 *
 *   ring [RUNS [SEED]]
 *
 * tests/checks/test_threads.py compiles it with ThreadSanitizer, as it is and with
 * -DKQT_SPSC_RELEASE=memory_order_relaxed: then the sanitizer has to complain, or its silence
 * about the program would prove nothing. */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/spsc.h"

#define OFFERS 20000

struct element {
	uint64_t n, check[5];
};

struct run {
	struct kqt_spsc ring;
	uint64_t seed;
	_Atomic bool done;
	uint64_t pushed, refused, taken, wrong;
};

/* xorshift64 */
static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	return *x ^= *x << 17;
}

/* Nowhere for most of the time, then for long: the other side finds it full, or empty. */
static void stop_somewhere(uint64_t *x)
{
	uint64_t r = next(x);

	if (r % 16 == 0)
		sched_yield();
	for (uint64_t i = r % 512 == 1 ? r >> 50 : 0; i > 0; i--)
		atomic_signal_fence(memory_order_seq_cst);
}

static void *produce(void *arg)
{
	struct run *r = arg;
	uint64_t x = r->seed | 1;

	for (int i = 0; i < OFFERS; i++) {
		struct element e = {.n = r->pushed};

		for (unsigned k = 0; k < 5; k++)
			e.check[k] = e.n * (k + 3);
		if (kqt_spsc_push(&r->ring, &e))
			r->pushed++;
		else
			r->refused++;
		stop_somewhere(&x);
	}
	atomic_store(&r->done, true);
	return NULL;
}

static void look(struct run *r, const struct element *e)
{
	bool right = e->n == r->taken;

	for (unsigned k = 0; k < 5; k++)
		right = right && e->check[k] == e->n * (k + 3);
	r->wrong += !right;
	r->taken++;
}

/* By turns one by one, and where they lie. @return whether there was any */
static bool consume(struct run *r, uint64_t *x)
{
	const struct element *at;
	struct element e;
	size_t n, some;

	if (next(x) % 2) {
		if (!kqt_spsc_pop(&r->ring, &e))
			return false;
		look(r, &e);
		return true;
	}
	at = kqt_spsc_span(&r->ring, &n);
	if (!at)
		return false;
	some = 1 + next(x) % n;
	for (size_t i = 0; i < some; i++)
		look(r, &at[i]);
	kqt_spsc_drop(&r->ring, some);
	return true;
}

static bool run(uint64_t seed)
{
	struct run r = {.seed = seed};
	uint64_t x = seed * 2 + 1;
	pthread_t producer;
	bool last, right;

	if (kqt_spsc_init(&r.ring, 1 + seed % 33, sizeof(struct element)) < 0 ||
	    pthread_create(&producer, NULL, produce, &r) != 0)
		return false;
	do {
		last = atomic_load(&r.done); /* before the look: then empty means the end */
		while (consume(&r, &x))
			stop_somewhere(&x);
		sched_yield();
	} while (!last);
	pthread_join(producer, NULL);
	right = r.wrong == 0 && r.taken == r.pushed && r.pushed + r.refused == OFFERS;
	if (!right)
		printf("seed %" PRIu64 ": %" PRIu64 " pushed, %" PRIu64 " refused, %" PRIu64
		       " taken, %" PRIu64 " wrong\n",
		       seed, r.pushed, r.refused, r.taken, r.wrong);
	kqt_spsc_fini(&r.ring);
	return right;
}

int main(int argc, char **argv)
{
	uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 20;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	for (uint64_t i = 0; i < runs; i++)
		if (!run(seed + i))
			return 1;
	printf("%" PRIu64 " runs, %d offers each: all accounted for\n", runs, OFFERS);
	return 0;
}
