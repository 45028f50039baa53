/* SPDX-License-Identifier: MIT */
#include "engine/metrics/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/io.h"

/* node_exporter reads *.prom only. One fixed name: what a SIGKILL leaves is found. */
#define UNFINISHED ".kqtop.prom.unfinished"

struct kqt_textfile {
	int dir; /* the folder stays this one, whatever becomes of its name */
	char text[KQT_METRICS_ROOM];
};

int kqt_textfile_open(const char *dir, struct kqt_textfile **out, struct kqt_strbuf *why)
{
	struct kqt_textfile *t = calloc(1, sizeof(*t));
	char text[96];
	int rc = -ENOMEM;

	*out = NULL;
	if (t) {
		t->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rc = t->dir < 0 ? -errno : 0;
	}
	if (t && rc == 0 && faccessat(t->dir, ".", W_OK | X_OK, 0) < 0) {
		rc = -errno;
		close(t->dir);
	}
	if (rc < 0) {
		kqt_strbuf_add(why, "cannot write in '%s': %s", dir,
		               kqt_err_text(rc, text, sizeof(text)));
		free(t);
		return rc;
	}
	*out = t;
	return 0;
}

void kqt_textfile_close(struct kqt_textfile *t)
{
	if (!t)
		return;
	close(t->dir);
	free(t);
}

int kqt_textfile_write(struct kqt_textfile *t, const struct kqt_metrics *m,
                       const struct kqt_snapshot *snap)
{
	struct kqt_strbuf out = kqt_strbuf_init(t->text, sizeof(t->text));
	int rc = kqt_metrics_render(m, snap, KQT_METRICS_CLASSIC, &out), fd;

	if (rc < 0)
		return rc;
	if (unlinkat(t->dir, UNFINISHED, 0) < 0 && errno != ENOENT)
		return -errno;
	/* EXCL: never through a link that somebody has put there */
	fd = openat(t->dir, UNFINISHED, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	rc = kqt_write_all(fd, out.text, out.len);
	/* node_exporter is another user; whatever our umask is */
	if (rc == 0 && fchmod(fd, 0644) < 0)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && renameat(t->dir, UNFINISHED, t->dir, KQT_TEXTFILE_NAME) < 0)
		rc = -errno;
	if (rc < 0)
		(void)unlinkat(t->dir, UNFINISHED, 0);
	return rc;
}
