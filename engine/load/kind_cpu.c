/* SPDX-License-Identifier: MIT */
/* Integer and floating-point arithmetic in registers: the processor is busy, caches and
 * memory are not. One operation is 10,000 steps, some 30 us. */
#include "engine/load/worker.h"

#define STEPS 10000

static int run(struct kqt_load_worker *w)
{
	double x = 1;

	do {
		for (int i = 0; i < STEPS; i++)
			x = x * 0.5 + (double)(kqt_load_random(w) >> 40);
		w->to = x;
	} while (kqt_load_go_on(w, 1));
	return 0;
}

const struct kqt_load_work kqt_load_cpu = {
    .name = "cpu",
    .ops = "10,000 steps",
    .processes = 1,
    .run = run,
};
