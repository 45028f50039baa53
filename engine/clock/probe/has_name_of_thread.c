/* SPDX-License-Identifier: MIT */
#include <pthread.h>

int probe(pthread_t t)
{
	return pthread_setname_np(t, "name");
}
