/* SPDX-License-Identifier: MIT */
/* macOS: a socket is made first and told afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/stimulus/port/port.h"

int kqt_port_socket_pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		int rc;

		if (fcntl(fd[i], F_SETFD, FD_CLOEXEC) == 0 &&
		    fcntl(fd[i], F_SETFL, O_NONBLOCK) == 0)
			continue;
		rc = -errno;
		close(fd[0]);
		close(fd[1]);
		return rc;
	}
	return 0;
}
