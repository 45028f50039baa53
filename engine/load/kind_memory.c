/* SPDX-License-Identifier: MIT */
/* a[i] = b[i] + k * c[i] through three arrays of 16 MiB, which no cache of a core holds:
 * what McCalpin's STREAM calls triad. */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "engine/load/worker.h"

#define ARRAY_LEN (1u << 21)
#define BLOCK_LEN (1u << 15)
#define ARRAYS_SIZE (3 * (uint64_t)ARRAY_LEN * sizeof(double))

static int run(struct kqt_load_worker *w)
{
	double *a = mmap(NULL, ARRAYS_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	                 0);
	double k = (double)(kqt_load_random(w) >> 54);
	unsigned at = 0;

	if (a == MAP_FAILED)
		return -errno;
	/* touched first: one page of zeros for all that is only read would be in the cache */
	for (unsigned i = 0; i < 3 * ARRAY_LEN; i++)
		a[i] = (double)(i % 1000);
	do {
		const double *b = a + ARRAY_LEN, *c = b + ARRAY_LEN;

		for (unsigned i = at; i < at + BLOCK_LEN; i++)
			a[i] = b[i] + k * c[i];
		w->to = a[at];
		at = (at + BLOCK_LEN) % ARRAY_LEN;
	} while (kqt_load_go_on(w, UINT64_C(3) * BLOCK_LEN * sizeof(double) / 1024));
	return 0;
}

const struct kqt_load_work kqt_load_memory = {
    .name = "memory",
    .ops = "KiB read or written",
    .processes = 1,
    .unit_bytes = ARRAYS_SIZE,
    .run = run,
};
