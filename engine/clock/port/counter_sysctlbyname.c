/* SPDX-License-Identifier: MIT */
/* FreeBSD, NetBSD, DragonFly ("TSC"); macOS has the call but not the name. */
#include <sys/types.h>

#include <sys/sysctl.h>

#include "engine/clock/port/port.h"

void kqt_port_clock_counter(char *out, size_t size)
{
	size_t n = size - 1;

	if (sysctlbyname("kern.timecounter.hardware", out, &n, NULL, 0) != 0)
		n = 0;
	out[n] = '\0';
}
