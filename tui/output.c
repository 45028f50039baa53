/* SPDX-License-Identifier: MIT */
/* Where results are written to as they come: files, standard output. */
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

/* What was printed before may have failed too, and only the last reason is known. */
static void complain_of_stdout(int error)
{
	static bool told;
	char text[96];

	if (!told && error)
		kqt_complain("cannot write to standard output: %s",
		             kqt_errno_text(error, text, sizeof(text)));
	else if (!told)
		kqt_complain("cannot write to standard output");
	told = true;
}

bool kqt_output_text(const char *text)
{
	errno = 0;
	if (fputs(text, stdout) != EOF)
		return true;
	complain_of_stdout(errno);
	return false;
}

bool kqt_output_end(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	complain_of_stdout(errno);
	return false;
}
