/* SPDX-License-Identifier: MIT */
/* NetBSD: the name is a format with one argument. */
#include <pthread.h>

#include "engine/clock/port/port.h"

void kqt_port_name_thread(const char *name)
{
	char copy[16]; /* the argument is void *, not const */
	size_t n = 0;

	for (; name[n] && n < sizeof(copy) - 1; n++)
		copy[n] = name[n];
	copy[n] = '\0';
	(void)pthread_setname_np(pthread_self(), "%s", copy);
}
