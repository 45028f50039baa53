/* SPDX-License-Identifier: MIT */
/* link: -Wl,--wrap=open -Wl,--wrap=write -Wl,--wrap=fsync -Wl,--wrap=fchmod -Wl,--wrap=rename -Wl,--wrap=mkdir -Wl,--wrap=mkostemp */
/* Files when the system refuses a call: the configuration file is the old one or the new
 * one and nothing lies beside it; a watched file is had where a file system has none
 * without a name. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/config/config_file.h"
#include "engine/stimulus/source.h"

#ifdef O_TMPFILE
#define NAMELESS O_TMPFILE
#else
#define NAMELESS (-1) /* no flags are that */
#endif

enum call { NONE, OPEN_NAMELESS, WRITE, WRITE_PARTS, FSYNC, FCHMOD, RENAME, MKDIR, MKOSTEMP };
static enum call refused; /* this call ... */
static int error;         /* ... with this */

static int refuses(enum call call)
{
	if (refused != call)
		return 0;
	errno = error;
	return 1;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	unsigned mode;
	va_list ap;

	if ((flags & NAMELESS) == NAMELESS && refuses(OPEN_NAMELESS))
		return -1;
	va_start(ap, flags);
	mode = va_arg(ap, unsigned); /* not looked at when no file is made */
	va_end(ap);
	return __real_open(path, flags, mode);
}

/* WRITE: a disk that takes a part and no more. WRITE_PARTS: three bytes at a time, with an
 * interruption before each. */
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
	static bool interrupted;

	if (refused == WRITE_PARTS) {
		interrupted = !interrupted;
		if (interrupted)
			return refuses(WRITE_PARTS) ? -1 : 0;
	}
	if ((refused == WRITE || refused == WRITE_PARTS) && size > 3)
		return __real_write(fd, data, 3);
	return refuses(WRITE) ? -1 : __real_write(fd, data, size);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	return refuses(FSYNC) ? -1 : __real_fsync(fd);
}

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode)
{
	return refuses(FCHMOD) ? -1 : __real_fchmod(fd, mode);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
	return refuses(RENAME) ? -1 : __real_rename(from, to);
}

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode)
{
	return refuses(MKDIR) ? -1 : __real_mkdir(path, mode);
}

int __real_mkostemp(char *path, int flags);
int __wrap_mkostemp(char *path, int flags);
int __wrap_mkostemp(char *path, int flags)
{
	return refuses(MKOSTEMP) ? -1 : __real_mkostemp(path, flags);
}

/* -- a folder of ours ---------------------------------------------------------- */

static char folder[64], file[96];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/kqtop-fault-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof(file), "%s/kqtop.conf", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	refused = NONE;
	unlink(file);
	return rmdir(folder);
}

static unsigned entries(void)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL)
		n += e->d_name[0] != '.' || strncmp(e->d_name, ".kqtop", 6) == 0;
	closedir(dir);
	return n;
}

static void assert_text(const char *want)
{
	char *text;

	assert_int_equal(kqt_config_text_load(file, &text), 0);
	assert_string_equal(text, want);
	free(text);
}

/* -- tests ----------------------------------------------------------------------- */

static void a_save_that_is_refused_leaves_the_old_text_and_nothing_beside_it(void **state)
{
	static const struct {
		enum call call;
		int error;
	} cases[] = {{WRITE, ENOSPC}, {FSYNC, EIO},     {FCHMOD, EPERM},
	             {RENAME, EXDEV}, {RENAME, ENOSPC}, {MKOSTEMP, EROFS}};

	(void)state;
	assert_int_equal(kqt_config_text_save(file, "[kqtop]\nscale = lin\n"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		refused = cases[i].call;
		error = cases[i].error;
		assert_int_equal(kqt_config_text_save(file, "[kqtop]\nscale = log\n"), -error);
		refused = NONE;
		assert_text("[kqtop]\nscale = lin\n");
		assert_int_equal(entries(), 1);
	}
	assert_int_equal(kqt_config_text_save(file, "[kqtop]\nscale = log\n"), 0);
	assert_text("[kqtop]\nscale = log\n");
	assert_int_equal(entries(), 1);
}

static void parts_and_interruptions_of_a_write_are_not_seen(void **state)
{
	(void)state;
	refused = WRITE_PARTS;
	error = EINTR;
	assert_int_equal(kqt_config_text_save(file, "[kqtop]\nscale = log\ntimers = 16\n"), 0);
	refused = NONE;
	assert_text("[kqtop]\nscale = log\ntimers = 16\n");
}

static void a_folder_that_cannot_be_made_is_told(void **state)
{
	char deep[128];

	(void)state;
	snprintf(deep, sizeof(deep), "%s/a/b/kqtop.conf", folder);
	refused = MKDIR;
	error = EACCES;
	assert_int_equal(kqt_config_text_save(deep, "[kqtop]\n"), -EACCES);
	refused = NONE;
	assert_int_equal(entries(), 0);
}

/* As overlay and network file systems of some age: EOPNOTSUPP, EISDIR. */
static void without_nameless_files_one_loses_its_name_at_once(void **state)
{
	static const int errors[] = {EOPNOTSUPP, EISDIR, EINVAL};

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct kqt_source *s = NULL;
		struct stat st;
		int rc;

		refused = OPEN_NAMELESS;
		error = errors[i];
		rc = kqt_source_open_file(folder, &s);
		refused = NONE;
		if (rc == -KQT_E_UNSUPPORTED) {
			puts("skip: this system has no nameless files");
			skip();
		}
		assert_int_equal(rc, 0);
		assert_int_equal(fstat(s->fd, &st), 0);
		assert_true(S_ISREG(st.st_mode) && st.st_nlink == 0);
		assert_int_equal(pwrite(s->fd, "abc", 3, 0), 3);
		assert_int_equal(entries(), 0);
		kqt_source_free(s);
	}
}

static void a_folder_that_takes_no_file_at_all_is_told(void **state)
{
	struct kqt_source *s = NULL;
	char none[96];
	int rc;

	(void)state;
	snprintf(none, sizeof(none), "%s/none", folder);
	refused = OPEN_NAMELESS;
	error = EOPNOTSUPP;
	rc = kqt_source_open_file(none, &s);
	refused = NONE;
	assert_true(rc == -ENOENT || rc == -KQT_E_UNSUPPORTED);
	assert_null(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_save_that_is_refused_leaves_the_old_text_and_nothing_beside_it),
	    TEST(parts_and_interruptions_of_a_write_are_not_seen),
	    TEST(a_folder_that_cannot_be_made_is_told),
	    TEST(without_nameless_files_one_loses_its_name_at_once),
	    TEST(a_folder_that_takes_no_file_at_all_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
