/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sched.h>

int probe(pthread_t t)
{
	cpuset_t *set = cpuset_create();

	return cpuset_set(0, set) + pthread_setaffinity_np(t, cpuset_size(set), set);
}
