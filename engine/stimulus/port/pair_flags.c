/* SPDX-License-Identifier: MIT */
/* Linux, the BSDs: in one call, so that no fork comes between. */
#include <errno.h>
#include <sys/socket.h>

#include "engine/stimulus/port/port.h"

int kqt_port_socket_pair(int fd[2])
{
	int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

	return socketpair(AF_UNIX, type, 0, fd) < 0 ? -errno : 0;
}
