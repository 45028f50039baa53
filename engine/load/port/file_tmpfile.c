/* SPDX-License-Identifier: MIT */
/* Linux: no name at any time; in memory where the file system has no such files. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "engine/load/port/port.h"

int kqt_port_load_file(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		fd = memfd_create("kqtop-load", MFD_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}
