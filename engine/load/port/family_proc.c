/* SPDX-License-Identifier: MIT */
/* Linux: child subreaper (prctl(2)) and /proc/PID/stat (proc(5)). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/load/load.h"
#include "engine/load/port/port.h"

/** A process, as far as it matters here. */
struct process {
	pid_t pid, parent;
	uint64_t ticks; /* CPU time, its waited-for children's too */
	bool ours;
};

void kqt_port_adopt(void)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void kqt_port_follow_parent(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* The name, field 2, is in parentheses and can hold any character: fields are counted
 * from the last one that closes. 3 state, 4 ppid, 14-17 utime stime cutime cstime. */
static bool read_stat(const char *pid, struct process *p)
{
	char path[64], text[1024], state;
	const char *after;
	uint64_t t[4];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	after = strrchr(text, ')');
	/* NOLINTNEXTLINE(cert-err34-c): the kernel writes numbers there */
	if (!after || sscanf(after + 1,
	                     " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
	                     " %" SCNu64 " %" SCNu64,
	                     &state, &p->parent, &t[0], &t[1], &t[2], &t[3]) != 6)
		return false;
	p->pid = (pid_t)strtol(pid, NULL, 10);
	p->ticks = t[0] + t[1] + t[2] + t[3];
	p->ours = false;
	/* a zombie's time is counted by whoever waits for it, which is us or one of ours */
	return state != 'Z' && state != 'X';
}

/* @return how many, or -errno; *out is for free() */
static int read_all(struct process **out)
{
	DIR *dir = opendir("/proc");
	struct process *all = NULL;
	size_t n = 0, room = 0;
	struct dirent *e;

	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		if (n == room) {
			struct process *more = realloc(all, (room = room * 2 + 64) * sizeof(*all));

			if (!more) {
				free(all);
				closedir(dir);
				return -ENOMEM;
			}
			all = more;
		}
		if (read_stat(e->d_name, &all[n]))
			n++;
	}
	closedir(dir);
	*out = all;
	return (int)n;
}

static bool is_ours(const struct process *all, int n, pid_t parent)
{
	if (parent == getpid())
		return true;
	for (int i = 0; i < n; i++)
		if (all[i].pid == parent)
			return all[i].ours;
	return false;
}

int kqt_port_family(void (*each)(pid_t pid, void *arg), void *arg, uint64_t *cpu_ns)
{
	struct process *all = NULL;
	int n = read_all(&all), found = 0, before;
	uint64_t ticks = 0;
	long hz = sysconf(_SC_CLK_TCK);

	if (n <= 0 || !all) { /* 0 cannot be: we are there ourselves */
		free(all);
		return n;
	}
	do { /* until a pass finds nobody more: pids say nothing about age */
		before = found;
		for (int i = 0; i < n; i++) {
			if (all[i].ours || !is_ours(all, n, all[i].parent))
				continue;
			all[i].ours = true;
			ticks += all[i].ticks;
			found++;
			if (each)
				each(all[i].pid, arg);
		}
	} while (found != before);
	free(all);
	if (cpu_ns)
		*cpu_ns = ticks * (KQT_NS_PER_S / (uint64_t)(hz > 0 ? hz : 100));
	return found;
}

/* /proc/self/schedstat (Documentation/scheduler/sched-stats.rst): time on a CPU, time
 * runnable and waiting for one, slices. Without CONFIG_SCHED_INFO it is not there. */
uint64_t kqt_port_wanted_ns(void)
{
	static int fd = -2; /* a worker is a process of one thread */
	uint64_t on, waiting;
	char text[96], *at, *end;
	ssize_t n;

	if (fd == -2)
		fd = open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return KQT_LOAD_UNKNOWN;
	text[n] = '\0';
	on = strtoull(text, &at, 10);
	waiting = strtoull(at, &end, 10);
	return at > text && end > at ? on + waiting : KQT_LOAD_UNKNOWN;
}
