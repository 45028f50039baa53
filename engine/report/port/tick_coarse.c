/* SPDX-License-Identifier: MIT */
/* Linux: the coarse clock goes forward at each tick, and its resolution says how far
 * (clock_getres(2)). */
#include <time.h>

#include "engine/report/port/port.h"

uint64_t kqt_port_tick_ns(void)
{
	struct timespec ts;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}
