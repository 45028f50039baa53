/* SPDX-License-Identifier: MIT */
/* Linux. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/stimulus/port/port.h"
#include "engine/stimulus/source.h"

/* A file that has no name at any time, so that SIGKILL leaves nothing behind. */
static int open_nameless(const char *dir)
{
	return open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/* For file systems without O_TMPFILE (EOPNOTSUPP; old kernels say EISDIR): a name
 * that nobody can guess, made with O_EXCL, and gone within microseconds. */
static int open_unlinked(const char *dir)
{
	char path[KQT_PATH_SIZE + 32];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/.kqtop-XXXXXX", dir) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

/* A file in memory. It is opened a second time, through /proc: since Linux 6.14 a
 * file from memfd_create is marked as not to be notified of, so that a write
 * through the first descriptor gives no IN_MODIFY; through another it does. */
static int open_memory(void)
{
	char path[32];
	int first = memfd_create("kqtop", MFD_CLOEXEC), fd;

	if (first < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", first);
	fd = open(path, O_RDWR | O_CLOEXEC);
	close(first);
	return fd;
}

int kqt_port_open_nameless(const char *dir)
{
	int fd = open_nameless(dir ? dir : kqt_default_watch_dir());

	if (fd < 0 &&
	    (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOTSUP || errno == EINVAL))
		fd = open_unlinked(dir ? dir : kqt_default_watch_dir());
	/* memory in place of a folder only when no folder was asked for by name, and
	 * never to hide that descriptors ran out */
	if (fd < 0 && !dir && errno != EMFILE && errno != ENFILE)
		fd = open_memory();
	return fd >= 0 ? fd : -errno;
}
