/* SPDX-License-Identifier: MIT */
/* Waiting with nanoseconds, by libc (glibc since 2.35): probe/has_epoll_pwait2.c. A
 * header, as it stands between the two clock readings. */
#include <sys/epoll.h>

static inline int kqt_port_epoll_pwait2(int epfd, struct epoll_event *events, int cap,
                                        const struct timespec *timeout)
{
	return epoll_pwait2(epfd, events, cap, timeout, NULL);
}
