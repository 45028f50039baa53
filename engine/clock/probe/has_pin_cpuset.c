/* SPDX-License-Identifier: MIT */
#include <sys/param.h>

#include <pthread.h>
#include <pthread_np.h>
#include <sys/cpuset.h>

int probe(pthread_t t)
{
	cpuset_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return pthread_setaffinity_np(t, sizeof(set), &set);
}
