/* SPDX-License-Identifier: MIT */
/* glibc, musl, DragonFly, FreeBSD from 12.2 on. */
#include <pthread.h>

#include "engine/clock/port/port.h"

void kqt_port_name_thread(const char *name)
{
	(void)pthread_setname_np(pthread_self(), name);
}
