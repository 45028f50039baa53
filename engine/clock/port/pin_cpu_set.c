/* SPDX-License-Identifier: MIT */
/* Linux: a set of a fixed size. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "engine/clock/port/port.h"

const bool kqt_port_can_pin = true;

int kqt_port_pin_thread(int cpu)
{
	cpu_set_t set;

	if (cpu >= CPU_SETSIZE)
		return -EINVAL;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return -pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}
