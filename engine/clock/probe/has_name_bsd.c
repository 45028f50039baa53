/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <pthread_np.h>

void probe(pthread_t t)
{
	pthread_set_name_np(t, "name");
}
