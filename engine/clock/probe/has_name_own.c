/* SPDX-License-Identifier: MIT */
#include <pthread.h>

int probe(void)
{
	return pthread_setname_np("name");
}
