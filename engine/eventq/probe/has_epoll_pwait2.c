/* SPDX-License-Identifier: MIT */
#include <sys/epoll.h>

int probe(struct epoll_event *ev, const struct timespec *ts)
{
	return epoll_pwait2(0, ev, 1, ts, 0);
}
