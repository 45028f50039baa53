/* SPDX-License-Identifier: MIT */
/* Processes that are made, end at once, and are waited for. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/load/worker.h"

static int run(struct kqt_load_worker *w)
{
	do {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid < 0 && errno != EAGAIN) /* a limit that others may stay below again */
			return -errno;
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		if (!kqt_load_go_on(w, pid > 0))
			return 0;
	} while (1);
}

const struct kqt_load_work kqt_load_fork = {
    .name = "fork",
    .ops = "processes",
    .processes = 1,
    .children = true,
    .run = run,
};
