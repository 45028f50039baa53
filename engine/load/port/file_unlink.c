/* SPDX-License-Identifier: MIT */
/* Elsewhere: a name that nobody can guess, gone within microseconds. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/load/port/port.h"

int kqt_port_load_file(const char *dir)
{
	char path[1024];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/.kqtop-load-XXXXXX", dir) >= sizeof(path))
		return -ENAMETOOLONG;
	fd = mkstemp(path);
	if (fd < 0)
		return -errno;
	(void)unlink(path);
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}
