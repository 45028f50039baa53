/* SPDX-License-Identifier: MIT */
/* Linux: the file itself, also when it was replaced or removed meanwhile. */
#include <stdio.h>
#include <unistd.h>

#include "engine/load/port/port.h"

const char *kqt_port_self(const char *argv0, char *buf, size_t size)
{
	(void)argv0;
	snprintf(buf, size, "/proc/self/exe");
	return access(buf, X_OK) == 0 ? buf : NULL;
}
