/* SPDX-License-Identifier: MIT */
/* The least that any program can do that times its waits: clock, wait, clock. What the
 * engine costs is what it takes above this. */
#ifndef KQT_TESTS_BENCH_PLAIN_H
#define KQT_TESTS_BENCH_PLAIN_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define PLAIN_EVENTS 1024 /* room for as many as the engine asks for */

/** A queue as the engine's without sources is: one eventfd, never ready.
 * @fd  [2]: queue and eventfd, to be closed. @return 0 or -1 */
static inline int plain_open(int fd[2])
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET};

	fd[0] = epoll_create1(EPOLL_CLOEXEC);
	fd[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return fd[0] < 0 || fd[1] < 0 ? -1 : epoll_ctl(fd[0], EPOLL_CTL_ADD, fd[1], &ev);
}

static inline uint64_t plain_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/** n polls, timed. @return the sum of the times */
static inline uint64_t plain_polls(int epfd, uint64_t n)
{
	static struct epoll_event events[PLAIN_EVENTS];
	uint64_t sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t t0 = plain_now();

		(void)epoll_wait(epfd, events, PLAIN_EVENTS, 0);
		sum += plain_now() - t0;
	}
	return sum;
}

#endif
