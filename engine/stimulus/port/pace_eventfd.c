/* SPDX-License-Identifier: MIT */
/* Linux; FreeBSD 13 and NetBSD 10 have both calls too. */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/clock/clock.h"
#include "engine/stimulus/pace.h"

int kqt_pace_open(struct kqt_pace *p)
{
	p->fd[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return p->fd[0] >= 0 ? 0 : -errno;
}

void kqt_pace_close(struct kqt_pace *p)
{
	if (p->fd[0] >= 0)
		close(p->fd[0]);
	p->fd[0] = -1;
}

bool kqt_pace_sleep(struct kqt_pace *p, uint64_t due_ns)
{
	struct pollfd pfd = {.fd = p->fd[0], .events = POLLIN};
	struct timespec left = {.tv_sec = KQT_PACE_LONGEST_S};
	uint64_t count;

	if (due_ns != KQT_PACE_FOREVER) {
		uint64_t now = kqt_clock_now_ns();

		left = kqt_ns_to_timespec(due_ns > now ? due_ns - now : 0);
	}
	if (ppoll(&pfd, 1, &left, NULL) <= 0)
		return false;
	return read(p->fd[0], &count, sizeof(count)) > 0;
}

void kqt_pace_wake(struct kqt_pace *p)
{
	uint64_t one = 1;
	ssize_t n = write(p->fd[0], &one, sizeof(one));

	(void)n; /* EAGAIN: it is awake for the next 2^64 calls anyway */
}
