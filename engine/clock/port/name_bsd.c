/* SPDX-License-Identifier: MIT */
/* OpenBSD, FreeBSD: the older spelling, in a header of its own. */
#include <pthread.h>
#include <pthread_np.h>

#include "engine/clock/port/port.h"

void kqt_port_name_thread(const char *name)
{
	pthread_set_name_np(pthread_self(), name);
}
