/* SPDX-License-Identifier: MIT */
/* Files that results are written to as they come. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/cmd.h"

FILE *kqt_output_open(const char *path)
{
	int error, fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	char text[96];

	if (f)
		return f;
	error = errno;
	if (fd >= 0)
		close(fd);
	kqt_complain("cannot open '%s': %s", path, kqt_errno_text(error, text, sizeof(text)));
	return NULL;
}

bool kqt_output_begin(FILE *f, const char *path)
{
	struct stat st;
	char text[96];

	/* a pipe or a device has nothing to be emptied of */
	if (fstat(fileno(f), &st) == 0 && (!S_ISREG(st.st_mode) || ftruncate(fileno(f), 0) == 0))
		return true;
	kqt_complain("cannot write '%s': %s", path, kqt_errno_text(errno, text, sizeof(text)));
	return false;
}
