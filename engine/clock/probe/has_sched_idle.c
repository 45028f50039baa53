/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sched.h>

int probe(void);
int probe(void)
{
	struct sched_param sp = {.sched_priority = 0};

	return pthread_setschedparam(pthread_self(), SCHED_IDLE, &sp);
}
