/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sched.h>

int probe(pthread_t t)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return pthread_setaffinity_np(t, sizeof(set), &set);
}
