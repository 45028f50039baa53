/* SPDX-License-Identifier: MIT */
/* Waiting with nanoseconds, past a libc that has no name for it (musl 1.2.5, glibc before
 * 2.35): probe/has_sys_epoll_pwait2.c. The kernel may still not have it: ENOSYS. */
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int kqt_port_epoll_pwait2(int epfd, struct epoll_event *events, int cap,
                                        const struct timespec *timeout)
{
	return (int)syscall(SYS_epoll_pwait2, epfd, events, cap, timeout, NULL, (size_t)0);
}
