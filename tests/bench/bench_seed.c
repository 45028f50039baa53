/* SPDX-License-Identifier: MIT */
/* The algorithm that kqtop replaces, as it was written (an entropy source over kqueue, in
 * Rust), here on epoll, timerfd and inotify:
 *
 *   a collection of n bytes opens a queue, registers 8 timers (1 + i % 10 ms), 4 socket
 *   pairs (read readiness of one end; write readiness of the other, level-triggered, so
 *   ready at every wait) and 4 files, and starts a poker: a byte into every socket
 *   (blocking), every file opened and truncated, written, closed, 500 us of sleep;
 *   n + 64 times: clock, wait of at most 1 ms, clock; if anything was ready a blocking
 *   read of every socket, also of those that have nothing; it gives up after 4 s;
 *   the first n + 2 times fold to n bytes.
 *
 * Differences, without which it could not run here or would harm: a timer that was
 * reported is read (kqueue re-arms by itself), inotify is read (EV_CLEAR does it there),
 * and the files are in a folder of their own instead of under names that anybody can guess.
 *
 *   bench_seed SECONDS N      collections of N bytes until that many seconds went by; one
 *                             JSON object */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/bench/plain.h"
#include "tests/bench/series.h"

#define TIMERS 8
#define SOCKETS 4
#define FILES 4
#define MS 1000000
#define MAX_BYTES 65536
#define GIVE_UP_NS 4000000000u
#define PATH 160

struct collection {
	int epfd, inotify_fd, timer[TIMERS], near_end[SOCKETS], far_end[SOCKETS];
	char file[FILES][PATH];
	atomic_bool stop;
};

static struct {
	uint64_t waits, bytes, collections, call_ns, drain_ns;
} sum;

static char folder[PATH / 2];
static uint64_t timing[MAX_BYTES + 64];
static uint8_t folded[MAX_BYTES];

static void write_file(const char *path, const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	(void)!write(fd, text, n);
	close(fd);
}

static int watch(struct collection *c, int fd, unsigned events, uint64_t what)
{
	struct epoll_event ev = {.events = events, .data.u64 = what};

	return epoll_ctl(c->epfd, EPOLL_CTL_ADD, fd, &ev);
}

static int open_all(struct collection *c)
{
	int bad = 0, sv[2];

	c->epfd = epoll_create1(EPOLL_CLOEXEC);
	c->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (int i = 0; i < TIMERS; i++) {
		struct itimerspec its = {.it_value.tv_nsec = (1 + i % 10) * MS,
		                         .it_interval.tv_nsec = (1 + i % 10) * MS};

		c->timer[i] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		bad |= timerfd_settime(c->timer[i], 0, &its, NULL);
		bad |= watch(c, c->timer[i], EPOLLIN, (uint64_t)c->timer[i]);
	}
	for (int i = 0; i < SOCKETS; i++) {
		bad |= socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv);
		c->near_end[i] = sv[0];
		c->far_end[i] = sv[1];
		(void)!write(sv[1], "\xaa", 1);
		bad |= watch(c, sv[0], EPOLLIN, 0);
		bad |= watch(c, sv[1], EPOLLOUT, 0);
	}
	for (int i = 0; i < FILES; i++) {
		snprintf(c->file[i], PATH, "%s/oe_kq_%d", folder, i);
		write_file(c->file[i], "entropy", 7);
		bad |= inotify_add_watch(c->inotify_fd, c->file[i], IN_MODIFY | IN_ATTRIB) < 0;
	}
	bad |= watch(c, c->inotify_fd, EPOLLIN, (uint64_t)c->inotify_fd);
	return bad ? -1 : 0;
}

static void close_all(struct collection *c)
{
	for (int i = 0; i < TIMERS; i++)
		close(c->timer[i]);
	for (int i = 0; i < SOCKETS; i++) {
		close(c->near_end[i]);
		close(c->far_end[i]);
	}
	for (int i = 0; i < FILES; i++)
		unlink(c->file[i]);
	close(c->inotify_fd);
	close(c->epfd);
}

static void *poker(void *arg)
{
	const struct timespec pause = {.tv_nsec = 500000};
	struct collection *c = arg;

	while (!atomic_load_explicit(&c->stop, memory_order_relaxed)) {
		for (int i = 0; i < SOCKETS; i++)
			(void)!write(c->far_end[i], "\xbb", 1);
		for (int i = 0; i < FILES; i++)
			write_file(c->file[i], "poke", 4);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* What kqueue does by itself: re-arm what was reported. */
static void rearm(const struct epoll_event *events, int n)
{
	char buf[4096];

	for (int i = 0; i < n; i++)
		if (events[i].data.u64)
			(void)!read((int)events[i].data.u64, buf, sizeof(buf));
}

static void drain(struct collection *c)
{
	char buf[64];

	for (int i = 0; i < SOCKETS; i++)
		(void)!read(c->near_end[i], buf, sizeof(buf));
}

static size_t take(struct collection *c, size_t wanted)
{
	static struct epoll_event events[TIMERS + 2 * SOCKETS + FILES];
	uint64_t deadline = plain_now() + GIVE_UP_NS;
	size_t n = 0;

	for (; n < wanted; n++) {
		uint64_t t0, t1;
		int ready;

		if (n % 64 == 0 && plain_now() >= deadline)
			break;
		t0 = plain_now();
		ready = epoll_wait(c->epfd, events, TIMERS + 2 * SOCKETS + FILES, 1);
		t1 = plain_now();
		rearm(events, ready);
		if (ready > 0)
			drain(c);
		sum.drain_ns += plain_now() - t1;
		sum.call_ns += t1 - t0;
		timing[n] = t1 - t0;
	}
	return n;
}

static size_t fold(size_t n, size_t wanted)
{
	size_t bytes = 0;

	for (size_t i = 0; i + 2 < n && bytes < wanted; i++) {
		uint64_t x = (timing[i + 1] - timing[i]) ^ (timing[i + 2] - timing[i + 1]);

		x ^= x >> 32;
		x ^= x >> 16;
		x ^= x >> 8;
		folded[bytes++] = (uint8_t)x;
	}
	return bytes;
}

static int collect(size_t n)
{
	static struct collection c;
	pthread_t t;
	size_t waits;

	c.stop = false;
	if (open_all(&c) < 0 || pthread_create(&t, NULL, poker, &c) != 0) {
		close_all(&c);
		return -1;
	}
	waits = take(&c, n + 64);
	atomic_store(&c.stop, true);
	pthread_join(t, NULL);
	close_all(&c);
	sum.waits += waits;
	sum.bytes += fold(waits, n);
	sum.collections++;
	return 0;
}

int main(int argc, char **argv)
{
	const char *dir = getenv("TMPDIR");
	double seconds = argc == 3 ? atof(argv[1]) : 0, from = wall_ns(), took;
	int n = argc == 3 ? atoi(argv[2]) : 0, bad = 0;

	if (seconds <= 0 || n < 1 || n > MAX_BYTES) {
		fprintf(stderr, "usage: bench_seed SECONDS N\n");
		return 2;
	}
	snprintf(folder, sizeof(folder), "%.40s/kqtop-bench-XXXXXX", dir ? dir : "/tmp");
	if (!mkdtemp(folder)) {
		perror(folder);
		return 1;
	}
	do {
		bad = collect((size_t)n);
		took = wall_ns() - from;
	} while (!bad && took < seconds * 1e9);
	rmdir(folder);
	printf("{\"seconds\":%.6f,\"waits\":%llu,\"bytes\":%llu,\"collections\":%llu,"
	       "\"call_ns\":%llu,\"drain_ns\":%llu,\"last\":%u}\n",
	       took / 1e9, (unsigned long long)sum.waits, (unsigned long long)sum.bytes,
	       (unsigned long long)sum.collections, (unsigned long long)sum.call_ns,
	       (unsigned long long)sum.drain_ns, folded[0]);
	return bad ? 1 : 0;
}
