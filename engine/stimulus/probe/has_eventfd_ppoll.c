/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <sys/eventfd.h>

int probe(struct pollfd *p, const struct timespec *ts)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) + ppoll(p, 1, ts, 0);
}
