/* SPDX-License-Identifier: MIT */
/* macOS: a thread can name only itself. */
#include <pthread.h>

#include "engine/clock/port/port.h"

void kqt_port_name_thread(const char *name)
{
	(void)pthread_setname_np(name);
}
