/* SPDX-License-Identifier: MIT */
#include "engine/hist/hlog_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "engine/base/err.h"

#define BLOCK 65536

/* Bytes up to and with the last newline. */
static int whole_lines(int fd, uint64_t size, uint64_t *out)
{
	char block[BLOCK];

	while (size > 0) {
		size_t part = size < BLOCK ? (size_t)size : BLOCK;
		ssize_t n = pread(fd, block, part, (off_t)(size - part));

		if (n != (ssize_t)part)
			return n < 0 ? -errno : -EIO;
		for (size_t i = part; i > 0; i--) {
			if (block[i - 1] == '\n') {
				*out = size - part + i;
				return 0;
			}
		}
		size -= part;
	}
	*out = 0;
	return 0;
}

static int check_beginning(int fd, const char *begins)
{
	char head[64];
	size_t len = strlen(begins);
	ssize_t n = pread(fd, head, len < sizeof(head) ? len : sizeof(head), 0);

	if (n < 0)
		return -errno;
	return (size_t)n == len && memcmp(head, begins, len) == 0 ? 0 : -KQT_E_SYNTAX;
}

static int prepare_append(struct kqt_lines *f, const struct stat *st, const char *begins)
{
	int rc;

	if (!S_ISREG(st->st_mode))
		return -KQT_E_UNSUPPORTED;
	if (st->st_size == 0)
		return 0;
	rc = check_beginning(f->fd, begins);
	if (rc == 0)
		rc = whole_lines(f->fd, (uint64_t)st->st_size, &f->size);
	if (rc == 0 && f->size < (uint64_t)st->st_size && ftruncate(f->fd, (off_t)f->size) < 0)
		rc = -errno;
	return rc;
}

static int prepare(struct kqt_lines *f, enum kqt_lines_how how, const char *begins)
{
	struct stat st;
	bool regular;
	int rc = 0;

	if (fstat(f->fd, &st) < 0)
		return -errno;
	regular = S_ISREG(st.st_mode);
	/* what cannot be locked (a device) need not be */
	if (flock(f->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -EWOULDBLOCK;
	if (how == KQT_LINES_APPEND)
		rc = prepare_append(f, &st, begins);
	else if (regular && ftruncate(f->fd, 0) < 0) /* under the lock, so not by O_TRUNC */
		rc = -errno;
	if (rc == 0 && fcntl(f->fd, F_SETFL, O_APPEND) < 0)
		rc = -errno;
	return rc;
}

int kqt_lines_open(struct kqt_lines *f, const char *path, enum kqt_lines_how how,
                   const char *begins)
{
	static const int flags[] = {
	    [KQT_LINES_NEW] = O_WRONLY | O_EXCL,
	    [KQT_LINES_REPLACE] = O_WRONLY,
	    [KQT_LINES_APPEND] = O_RDWR,
	};
	int rc;

	*f = (struct kqt_lines){.fd = -1};
	/* never blocks in open: a FIFO that nobody reads is an error, not a wait */
	f->fd = open(path, flags[how] | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
	if (f->fd < 0)
		return -errno;
	rc = prepare(f, how, begins);
	if (rc < 0) {
		close(f->fd);
		f->fd = -1;
	}
	return rc;
}

int kqt_lines_write(struct kqt_lines *f, const char *line, size_t len)
{
	size_t done = 0;

	if (f->error)
		return f->error;
	while (done < len) {
		ssize_t n = write(f->fd, line + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			f->error = n < 0 ? -errno : -EIO;
			/* fails where there is nothing to cut, on a device or a pipe */
			(void)!ftruncate(f->fd, (off_t)f->size);
			return f->error;
		}
		done += (size_t)n;
	}
	f->size += len;
	return 0;
}

int kqt_lines_close(struct kqt_lines *f)
{
	int rc = f->error;

	if (f->fd < 0)
		return rc;
	if (close(f->fd) < 0 && rc == 0)
		rc = -errno;
	f->fd = -1;
	return rc;
}

int kqt_line_read(FILE *f, char *buf, size_t size, size_t *len)
{
	bool nul = false;
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(f)) != EOF && c != '\n') {
		if (n + 1 >= size)
			return -KQT_E_RANGE;
		nul |= c == '\0';
		buf[n++] = (char)c;
	}
	*len = n;
	buf[n] = '\0';
	if (c == EOF)
		return ferror(f) ? -EIO : 0;
	if (nul)
		return -KQT_E_SYNTAX;
	if (n > 0 && buf[n - 1] == '\r')
		buf[--*len] = '\0';
	return 1;
}
