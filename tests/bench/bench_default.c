/* SPDX-License-Identifier: MIT */
/* The default preset as a plain program: eight timers, four socket pairs whose one end is
 * kept full, four watched files, somebody who pokes them each 500 us, and a loop that waits
 * and reads out what came. The same system calls as the engine makes, two clock readings
 * around each wait, and no instrument. What the engine's threads take above this is
 * what its instruments cost.
 *
 *   bench_default SECONDS      prints one JSON object: waits, CPU time of both threads */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include "tests/bench/plain.h"
#include "tests/bench/series.h"

#define TIMERS 8
#define SOCKETS 4
#define FILES 4
#define POKE_NS 500000u
#define MS 1000000u
#define STAMP 24
#define BIG 65536

enum what { TIMER, SOCKET, INOTIFY, WHATS };

static int epfd, inotify_fd, near_end[SOCKETS], far_end[SOCKETS], file[FILES];
static atomic_bool over;
static double poker_cpu_ns;
static uint64_t start; /* timers and pokes stand on one grid */
static char out_bytes[BIG], in_bytes[BIG];

static int add(int fd, unsigned events, enum what what)
{
	struct epoll_event ev = {.events = events | EPOLLET,
	                         .data.u64 = (uint64_t)fd << 8 | (unsigned)what};

	return epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev);
}

static void refill(int fd)
{
	while (send(fd, out_bytes, BIG, MSG_DONTWAIT) == BIG)
		;
}

static int open_timers(void)
{
	for (unsigned i = 0; i < TIMERS; i++) {
		struct itimerspec its = {.it_value = {.tv_sec = (time_t)(start / 1000000000u),
		                                      .tv_nsec = (long)(start % 1000000000u)},
		                         .it_interval.tv_nsec = (long)(i + 1) * (long)MS};
		int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

		if (fd < 0 || timerfd_settime(fd, TFD_TIMER_ABSTIME, &its, NULL) < 0 ||
		    add(fd, EPOLLIN, TIMER) < 0)
			return -1;
	}
	return 0;
}

static int open_sockets(void)
{
	int sv[2], least = 2048;

	for (int i = 0; i < SOCKETS; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv) < 0)
			return -1;
		(void)setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
		near_end[i] = sv[0];
		far_end[i] = sv[1];
		refill(sv[0]);
		if (add(sv[0], EPOLLIN | EPOLLOUT, SOCKET) < 0)
			return -1;
	}
	return 0;
}

static int open_files(void)
{
	const char *dir = getenv("TMPDIR");
	char path[32];

	inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	for (int i = 0; i < FILES; i++) {
		file[i] = open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", file[i]);
		if (file[i] < 0 || inotify_add_watch(inotify_fd, path, IN_MODIFY | IN_ATTRIB) < 0)
			return -1;
	}
	return add(inotify_fd, EPOLLIN, INOTIFY);
}

static void *poker(void *arg)
{
	uint64_t due = start;
	static char drained[BIG];
	unsigned tick = 0;

	for (; !atomic_load_explicit(&over, memory_order_relaxed); tick++) {
		struct timespec ts;

		due += POKE_NS;
		ts = (struct timespec){.tv_sec = (time_t)(due / 1000000000u),
		                       .tv_nsec = (long)(due % 1000000000u)};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		for (int i = 0; i < SOCKETS; i++) {
			(void)!send(far_end[i], out_bytes, STAMP, MSG_DONTWAIT);
			(void)!recv(far_end[i], drained, BIG, MSG_DONTWAIT);
		}
		for (int i = 0; i < FILES; i++) {
			if (tick % 8 == 7)
				(void)futimens(file[i], NULL);
			else
				(void)!pwrite(file[i], "kqtop", 5, 0);
		}
	}
	poker_cpu_ns = cpu_ns();
	return arg;
}

static void read_out(const struct epoll_event *ev)
{
	int fd = (int)(ev->data.u64 >> 8);
	uint64_t expired;

	switch ((enum what)(ev->data.u64 & 0xff)) {
	case TIMER:
		(void)!read(fd, &expired, sizeof(expired));
		break;
	case SOCKET:
		if (ev->events & EPOLLIN)
			(void)!recv(fd, in_bytes, 512 * STAMP, MSG_DONTWAIT);
		if (ev->events & EPOLLOUT)
			refill(fd);
		break;
	case INOTIFY:
		while (read(fd, in_bytes, 16384) > 0)
			;
		break;
	case WHATS:
		break;
	}
}

int main(int argc, char **argv)
{
	double seconds = argc == 2 ? atof(argv[1]) : 0, began, cpu;
	const struct timespec timeout = {.tv_nsec = MS};
	static struct epoll_event events[PLAIN_EVENTS];
	uint64_t waits = 0, sum = 0;
	pthread_t t;

	if (seconds <= 0) {
		fprintf(stderr, "usage: bench_default SECONDS\n");
		return 2;
	}
	epfd = epoll_create1(EPOLL_CLOEXEC);
	start = plain_now() + MS;
	if (epfd < 0 || open_sockets() < 0 || open_files() < 0 || open_timers() < 0 ||
	    pthread_create(&t, NULL, poker, NULL) != 0) {
		perror("bench_default");
		return 1;
	}
	began = wall_ns();
	cpu = cpu_ns();
	while (wall_ns() - began < seconds * 1e9) {
		uint64_t t0 = plain_now();
		int n = epoll_pwait2(epfd, events, PLAIN_EVENTS, &timeout, NULL);

		sum += plain_now() - t0;
		waits++;
		for (int i = 0; i < n; i++)
			read_out(&events[i]);
	}
	cpu = cpu_ns() - cpu;
	began = wall_ns() - began;
	atomic_store(&over, true);
	pthread_join(t, NULL);
	printf("{\"seconds\":%.6f,\"waits\":%llu,\"waited_ns\":%llu,\"collector_ns\":%.0f,"
	       "\"stimulus_ns\":%.0f}\n",
	       began / 1e9, (unsigned long long)waits, (unsigned long long)sum, cpu, poker_cpu_ns);
	return 0;
}
