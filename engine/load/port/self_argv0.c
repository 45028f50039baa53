/* SPDX-License-Identifier: MIT */
/* Elsewhere: as the shell found it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/load/port/port.h"

const char *kqt_port_self(const char *argv0, char *buf, size_t size)
{
	const char *path = getenv("PATH");

	if (!argv0)
		return NULL;
	if (strchr(argv0, '/')) {
		if ((size_t)snprintf(buf, size, "%s", argv0) >= size)
			return NULL;
		return access(buf, X_OK) == 0 ? buf : NULL;
	}
	for (; path && *path; path += strspn(path, ":")) {
		size_t len = strcspn(path, ":");

		if ((size_t)snprintf(buf, size, "%.*s/%s", (int)len, path, argv0) < size &&
		    access(buf, X_OK) == 0)
			return buf;
		path += len;
	}
	return NULL;
}
