/* SPDX-License-Identifier: MIT */
/* FreeBSD: the same by other names and headers. */
#include <sys/param.h>

#include <errno.h>
#include <pthread.h>
#include <pthread_np.h>
#include <sys/cpuset.h>

#include "engine/clock/port/port.h"

const bool kqt_port_can_pin = true;

int kqt_port_pin_thread(int cpu)
{
	cpuset_t set;

	if (cpu >= CPU_SETSIZE)
		return -EINVAL;
	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	return -pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}
