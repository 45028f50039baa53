/* SPDX-License-Identifier: MIT */
#include "engine/stimulus/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/stimulus/port/port.h"

/* Linux doubles it and raises that to its own least (4608), which is what 1 would
 * give as well. The BSDs take it as it is: 1 would be a buffer of a byte, and below
 * their low-water mark of 2048 they lower that mark too. */
#define LEAST_BUFFER 2048

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
	kqt_source_unname(s);
	free(s->path);
	kqt_spsc_fini(&s->stamps);
	free(s);
}

int kqt_source_open_socket(enum kqt_write_mode write, struct kqt_source **out)
{
	struct kqt_source *s = kqt_source_new(KQT_SOURCE_SOCKET);
	int sv[2], least = LEAST_BUFFER, rc;

	if (!s)
		return -ENOMEM;
	s->write = write;
	rc = kqt_spsc_init(&s->stamps, KQT_WRITE_STAMPS, sizeof(struct kqt_stamp));
	if (rc < 0)
		goto fail;
	rc = kqt_port_socket_pair(sv);
	if (rc < 0)
		goto fail;
	s->fd = sv[0];
	s->fd_far = sv[1];
	/* The smaller the buffer, the cheaper a refill. On newer FreeBSD the peer's
	 * receive buffer counts: set both. What it really holds is learnt from the first
	 * fill. Failure only makes it slower. */
	if (write == KQT_WRITE_DRIVEN) {
		(void)setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
		(void)setsockopt(s->fd_far, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
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

/* A file with a name, in a folder of its own that nobody else may enter: a name
 * beside others' files could be moved away, and another put in its place, before it
 * is watched by it. */
static int open_named(struct kqt_source *s, const char *dir)
{
	static const char folder[] = "/.kqtop-XXXXXX", file[] = "/watched";
	size_t len = strlen(dir), size = len + sizeof(folder) + sizeof(file);

	if (len >= KQT_PATH_SIZE)
		return -ENAMETOOLONG;
	s->path = kqt_array_new(size, 1);
	if (!s->path)
		return -ENOMEM;
	memcpy(s->path, dir, len);
	memcpy(s->path + len, folder, sizeof(folder));
	if (!mkdtemp(s->path))
		return -errno;
	s->named = true;
	memcpy(s->path + len + sizeof(folder) - 1, file, sizeof(file));
	s->fd = open(s->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return s->fd >= 0 ? 0 : -errno;
}

void kqt_source_unname(struct kqt_source *s)
{
	char *slash;

	if (!s->named)
		return;
	s->named = false;
	(void)unlink(s->path);
	slash = strrchr(s->path, '/');
	*slash = '\0';
	(void)rmdir(s->path);
}

static int new_file(struct kqt_source **out)
{
	int rc;

	*out = kqt_source_new(KQT_SOURCE_FILE);
	if (!*out)
		return -ENOMEM;
	rc = kqt_spsc_init(&(*out)->stamps, KQT_FILE_STAMPS, sizeof(struct kqt_stamp));
	if (rc < 0)
		kqt_source_free(*out);
	return rc;
}

int kqt_source_open_file(const char *dir, struct kqt_source **out)
{
	struct kqt_source *s;
	int rc = new_file(&s);

	if (rc < 0)
		return rc;
	rc = kqt_port_open_nameless(dir);
	if (rc < 0) {
		kqt_source_free(s);
		return rc;
	}
	s->fd = rc;
	*out = s;
	return 0;
}

int kqt_source_open_named_file(const char *dir, struct kqt_source **out)
{
	struct kqt_source *s;
	int rc = new_file(&s);

	if (rc < 0)
		return rc;
	rc = open_named(s, dir ? dir : kqt_default_watch_dir());
	if (rc < 0) {
		kqt_source_free(s);
		return rc;
	}
	*out = s;
	return 0;
}
