/* SPDX-License-Identifier: MIT */
/* NetBSD: the set is made by the library; its size is the kernel's affair. Needs
 * root unless security.models.extensions.user_set_cpu_affinity is set. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "engine/clock/port/port.h"

const bool kqt_port_can_pin = true;

int kqt_port_pin_thread(int cpu)
{
	cpuset_t *set = cpuset_create();
	int rc;

	if (!set)
		return -ENOMEM;
	if (cpuset_set((cpuid_t)cpu, set) != 0)
		rc = -EINVAL;
	else
		rc = -pthread_setaffinity_np(pthread_self(), cpuset_size(set), set);
	cpuset_destroy(set);
	return rc;
}
