/* SPDX-License-Identifier: MIT */
/* Elsewhere: a pipe, and pselect, the one call everywhere that waits for a
 * descriptor with a timeout finer than a millisecond. */
#include <errno.h>
#include <fcntl.h>
#include <sys/select.h>
#include <unistd.h>

#include "engine/clock/clock.h"
#include "engine/stimulus/pace.h"

static int prepare(int fd)
{
	if (fd >= FD_SETSIZE) /* opened before any source, so it is a low number */
		return -EMFILE;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int kqt_pace_open(struct kqt_pace *p)
{
	int rc;

	if (pipe(p->fd) < 0) {
		p->fd[0] = p->fd[1] = -1;
		return -errno;
	}
	rc = prepare(p->fd[0]);
	if (rc == 0)
		rc = prepare(p->fd[1]);
	if (rc < 0)
		kqt_pace_close(p);
	return rc;
}

void kqt_pace_close(struct kqt_pace *p)
{
	for (int i = 0; i < 2; i++) {
		if (p->fd[i] >= 0)
			close(p->fd[i]);
		p->fd[i] = -1;
	}
}

/* All wakes so far count as one. */
static bool empty(int fd)
{
	char bytes[256];
	ssize_t n;
	bool any = false;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		any = true;
	return any;
}

bool kqt_pace_sleep(struct kqt_pace *p, uint64_t due_ns)
{
	struct timespec left = {.tv_sec = KQT_PACE_LONGEST_S};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(p->fd[0], &set);
	if (due_ns != KQT_PACE_FOREVER) {
		uint64_t now = kqt_clock_now_ns();

		left = kqt_ns_to_timespec(due_ns > now ? due_ns - now : 0);
	}
	if (pselect(p->fd[0] + 1, &set, NULL, NULL, &left, NULL) <= 0)
		return false;
	return empty(p->fd[0]);
}

void kqt_pace_wake(struct kqt_pace *p)
{
	ssize_t n = write(p->fd[1], "", 1);

	(void)n; /* EAGAIN: so full that it is awake */
}
