/* SPDX-License-Identifier: MIT */
/* Neither libc nor the kernel's headers know it: whole milliseconds. */
#include <errno.h>
#include <sys/epoll.h>

#include "engine/base/annot.h"

static inline int kqt_port_epoll_pwait2(int epfd KQT_UNUSED, struct epoll_event *events KQT_UNUSED,
                                        int cap KQT_UNUSED,
                                        const struct timespec *timeout KQT_UNUSED)
{
	errno = ENOSYS;
	return -1;
}
