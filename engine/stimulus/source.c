/* SPDX-License-Identifier: MIT */
#include "engine/stimulus/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/alloc.h"

struct kqt_source *kqt_source_new(enum kqt_source_kind kind)
{
	struct kqt_source *s = kqt_aligned_new(sizeof(*s));

	if (!s)
		return NULL;
	s->kind = kind;
	s->fd = s->fd_far = -1;
	return s;
}

void kqt_source_free(struct kqt_source *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (s->fd_far >= 0)
		close(s->fd_far);
	kqt_spsc_fini(&s->stamps);
	free(s);
}

int kqt_source_open_socket(enum kqt_write_mode write, struct kqt_source **out)
{
	struct kqt_source *s = kqt_source_new(KQT_SOURCE_SOCKET);
	int sv[2], one = 1, rc;

	if (!s)
		return -ENOMEM;
	s->write = write;
	rc = kqt_spsc_init(&s->stamps, KQT_WRITE_STAMPS, sizeof(struct kqt_stamp));
	if (rc < 0)
		goto fail;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv) < 0) {
		rc = -errno;
		goto fail;
	}
	s->fd = sv[0];
	s->fd_far = sv[1];
	/* The smaller the buffer, the cheaper a refill; the kernel raises 1 to its own
	 * least. On newer FreeBSD the peer's receive buffer counts: set both. What it
	 * really holds is learnt from the first fill. Failure only makes it slower. */
	if (write == KQT_WRITE_DRIVEN) {
		(void)setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &one, sizeof(one));
		(void)setsockopt(s->fd_far, SOL_SOCKET, SO_RCVBUF, &one, sizeof(one));
	}
	*out = s;
	return 0;
fail:
	kqt_source_free(s);
	return rc;
}

const char *kqt_default_watch_dir(void)
{
	const char *dir = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): before the threads */

	return dir && dir[0] ? dir : "/tmp";
}

/* A file that has no name at any time, so that SIGKILL leaves nothing behind. */
static int open_nameless(const char *dir)
{
#ifdef O_TMPFILE
	return open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#else
	(void)dir;
	errno = ENOTSUP;
	return -1;
#endif
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

static int open_anywhere(const char *dir)
{
	int fd = open_nameless(dir ? dir : kqt_default_watch_dir());

	if (fd < 0 &&
	    (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOTSUP || errno == EINVAL))
		fd = open_unlinked(dir ? dir : kqt_default_watch_dir());
	/* memory in place of a folder only when no folder was asked for by name, and
	 * never to hide that descriptors ran out */
	if (fd < 0 && !dir && errno != EMFILE && errno != ENFILE)
		fd = open_memory();
	return fd;
}

int kqt_source_open_file(const char *dir, struct kqt_source **out)
{
	struct kqt_source *s = kqt_source_new(KQT_SOURCE_FILE);
	int rc;

	if (!s)
		return -ENOMEM;
	rc = kqt_spsc_init(&s->stamps, KQT_FILE_STAMPS, sizeof(struct kqt_stamp));
	if (rc < 0)
		goto fail;
	s->fd = open_anywhere(dir);
	if (s->fd < 0) {
		rc = -errno;
		goto fail;
	}
	*out = s;
	return 0;
fail:
	kqt_source_free(s);
	return rc;
}
