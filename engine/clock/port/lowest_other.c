/* SPDX-License-Identifier: MIT */
/* Elsewhere: the lowest of the usual policy's priorities, where it has more than one
 * (macOS). nice() would be the whole process's. */
#include <pthread.h>
#include <sched.h>

#include "engine/clock/port/port.h"

void kqt_port_lower_thread(void)
{
	struct sched_param sp = {.sched_priority = sched_get_priority_min(SCHED_OTHER)};

	(void)pthread_setschedparam(pthread_self(), SCHED_OTHER, &sp);
}
