/* SPDX-License-Identifier: MIT */
/* Waking a waiter by a pipe: works on every kqueue, from any thread and from a
 * signal handler. */
#include <fcntl.h>
#include <unistd.h>

#include "engine/eventq/port/kq_change.h"

#define KQ_WAKE_DESCRIPTORS 2

struct kq_wake {
	int fd[2]; /* read end, write end; -1 when closed */
};

static inline void kq_wake_close(struct kq_wake *w)
{
	for (int i = 0; i < 2; i++)
		if (w->fd[i] >= 0)
			close(w->fd[i]);
	w->fd[0] = w->fd[1] = -1;
}

static inline int kq_wake_open(struct kq_wake *w, int kq)
{
	int rc;

	w->fd[0] = w->fd[1] = -1;
	if (pipe(w->fd) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		if (fcntl(w->fd[i], F_SETFD, FD_CLOEXEC) < 0 ||
		    fcntl(w->fd[i], F_SETFL, O_NONBLOCK) < 0)
			return -errno;
	}
	rc = kqt_kq_change(kq, (uintptr_t)w->fd[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, 0);
	return rc;
}

/* Its event was returned: empty it, since a full pipe would tell of no further
 * wake. Bytes that arrive meanwhile are an event of their own, or are taken here:
 * then this wake stands for them. */
static inline void kq_wake_taken(struct kq_wake *w)
{
	char bytes[256];

	while (read(w->fd[0], bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
		;
}

static inline void kq_wake_ring(struct kq_wake *w, int kq)
{
	ssize_t n = write(w->fd[1], "", 1);

	(void)kq;
	(void)n; /* EAGAIN: so full that it is awake */
}
