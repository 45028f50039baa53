/* SPDX-License-Identifier: MIT */
/* The configuration file's text, read whole and replaced whole. */
#include "engine/config/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/io.h"

#define LINKS_MAX 40 /* as Linux follows */

int kqt_config_text_load(const char *path, char **out)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t n;
	int rc = 0;

	*out = NULL;
	if (!f && errno != ENOENT)
		return -errno;
	text = malloc(KQT_CONFIG_FILE_MAX + 2);
	n = text && f ? fread(text, 1, KQT_CONFIG_FILE_MAX + 1, f) : 0;
	if (!text)
		rc = -ENOMEM;
	else if (f && ferror(f))
		rc = errno > 0 ? -errno : -EIO;
	else if (n > KQT_CONFIG_FILE_MAX)
		rc = -KQT_E_RANGE;
	else if (memchr(text, '\0', n))
		rc = -KQT_E_SYNTAX;
	if (f)
		fclose(f);
	if (rc < 0) {
		free(text);
		return rc;
	}
	text[n] = '\0';
	*out = text;
	return 0;
}

/* Where the links end, be there a file or not. realpath wants one. */
static int follow(const char *path, char target[PATH_MAX])
{
	char link[PATH_MAX], at[PATH_MAX];

	if ((size_t)snprintf(target, PATH_MAX, "%s", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t n = readlink(target, link, sizeof(link) - 1);
		char *slash = strrchr(target, '/');
		int folder = slash ? (int)(slash - target) + 1 : 0;

		if (n < 0)
			return 0; /* no link, or nothing there */
		link[n] = '\0';
		if (snprintf(at, sizeof(at), "%.*s%s", link[0] == '/' ? 0 : folder, target, link) >=
		    (int)sizeof(at))
			return -ENAMETOOLONG;
		memcpy(target, at, sizeof(at));
	}
	return -ELOOP;
}

/* The folders of a file's name. XDG Base Directory Specification 0.8: 0700. */
static int make_folders(const char *path)
{
	char part[PATH_MAX];

	for (const char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		memcpy(part, path, (size_t)(p - path));
		part[p - path] = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* As the file that is to be replaced, or as open() would make a new one. */
static int set_mode(int fd, const struct stat *old)
{
	mode_t mask = umask(0);

	umask(mask);
	if (fchmod(fd, old ? old->st_mode & 07777 : 0666 & ~mask) < 0)
		return -errno;
	/* root's, who edits for somebody else; others may not, and need not */
	if (old && old->st_uid != geteuid())
		(void)!fchown(fd, old->st_uid, old->st_gid);
	return 0;
}

/* The name is on the disk only when its folder is. */
static void sync_folder(const char *path)
{
	char folder[PATH_MAX];
	char *slash;
	int fd;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!fsync(fd);
	close(fd);
}

int kqt_config_text_save(const char *path, const char *text)
{
	char target[PATH_MAX], beside[PATH_MAX];
	struct stat st;
	bool there;
	int fd, rc = follow(path, target);

	if (rc < 0)
		return rc;
	there = stat(target, &st) == 0;
	if (there && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (!there) {
		rc = make_folders(target);
		if (rc < 0)
			return rc;
	}
	if (snprintf(beside, sizeof(beside), "%s.XXXXXX", target) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = set_mode(fd, there ? &st : NULL);
	if (rc == 0)
		rc = kqt_write_all(fd, text, strlen(text));
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(beside, target) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(beside);
	else
		sync_folder(target);
	return rc;
}
