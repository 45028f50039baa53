/* SPDX-License-Identifier: MIT */
/* Linux: whoever else wakes up takes the processor at once, and a processor with such
 * a thread counts as idle when the kernel looks for one. nice 19 has neither. */
#include <pthread.h>
#include <sched.h>

#include "engine/clock/port/port.h"

void kqt_port_lower_thread(void)
{
	struct sched_param sp = {.sched_priority = 0};

	(void)pthread_setschedparam(pthread_self(), SCHED_IDLE, &sp);
}
