/* SPDX-License-Identifier: MIT */
/* Ping-pong: one process sends 1 to 4096 bytes through a socket pair, the other sends
 * them back. Each byte wakes somebody. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/load/worker.h"

#define MESSAGE_MAX 4096

/* @return bytes, 0 when the other one has ended, -errno */
static ssize_t take(int fd, char *into, size_t size)
{
	ssize_t n;

	do
		n = read(fd, into, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	return n;
}

/* @return 1, 0 when the other one has ended, -errno */
static int give(int fd, const char *from, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, from, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EPIPE || errno == ECONNRESET ? 0 : -errno;
		from += n;
		size -= (size_t)n;
	}
	return 1;
}

static int send_back(struct kqt_load_worker *w)
{
	char text[MESSAGE_MAX];
	ssize_t n;
	int rc;

	do {
		n = take(w->fd, text, sizeof(text));
		rc = n > 0 ? give(w->fd, text, (size_t)n) : (int)n;
	} while (rc > 0 && kqt_load_go_on(w, 0));
	return rc < 0 ? rc : 0;
}

static int run(struct kqt_load_worker *w)
{
	char text[MESSAGE_MAX] = {0};

	if (w->role != 0)
		return send_back(w);
	do {
		size_t left = 1 + kqt_load_random(w) % MESSAGE_MAX;
		int rc = give(w->fd, text, left);

		while (rc > 0 && left > 0) {
			ssize_t n = take(w->fd, text, left);

			if (n <= 0)
				rc = (int)n;
			else
				left -= (size_t)n;
		}
		if (rc <= 0)
			return rc;
	} while (kqt_load_go_on(w, 1));
	return 0;
}

const struct kqt_load_work kqt_load_sockets = {
    .name = "sockets",
    .ops = "round trips",
    .processes = 2,
    .pair = true,
    .run = run,
};
