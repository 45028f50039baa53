/* SPDX-License-Identifier: MIT */
/* Writes of 1 byte to 64 KiB all over a file of up to 8 MiB that has no name, emptied
 * after every 256. Never synced: it is the file system and the page cache that are
 * loaded; a disk would be worn out by gigabytes a minute. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/load/port/port.h"
#include "engine/load/worker.h"

#define FILE_SIZE_MAX (8u << 20)
#define WRITE_MAX (64u << 10)
#define WRITES 256

static int run(struct kqt_load_worker *w)
{
	static char block[WRITE_MAX];
	const char *dir = getenv("TMPDIR");
	int fd = kqt_port_load_file(dir && *dir ? dir : "/tmp"), rc = 0;

	if (fd < 0)
		return fd;
	for (unsigned i = 1; rc == 0; i++) {
		uint64_t r = kqt_load_random(w);
		size_t size = 1 + r % WRITE_MAX;
		off_t at = (off_t)((r >> 32) % (FILE_SIZE_MAX - WRITE_MAX));

		block[0] = (char)r;
		if (pwrite(fd, block, size, at) < 0 && errno != EINTR)
			rc = -errno;
		if (i % WRITES == 0 && ftruncate(fd, 0) < 0)
			rc = -errno;
		if (!kqt_load_go_on(w, 1))
			break;
	}
	close(fd);
	return rc;
}

const struct kqt_load_work kqt_load_files = {
    .name = "files",
    .ops = "writes",
    .processes = 1,
    .run = run,
};
