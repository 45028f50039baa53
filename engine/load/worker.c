/* SPDX-License-Identifier: MIT */
#include "engine/load/worker.h"

#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/clock/clock.h"
#include "engine/load/port/port.h"

/* How soon a worker notices that it shall end, when it has a processor all along; a
 * poll of 1 us each 10 ms is 0.01 % of its work. */
#define LOOK_NS (10 * KQT_NS_PER_MS)

/* splitmix64 (Sebastiano Vigna, public domain) */
uint64_t kqt_load_random(struct kqt_load_worker *w)
{
	uint64_t z = w->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void add_usage(int who, uint64_t *cpu_ns, uint64_t *switches)
{
	struct rusage u;

	if (getrusage(who, &u) < 0)
		return;
	*cpu_ns += (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * KQT_NS_PER_S +
	           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * KQT_NS_PER_US;
	*switches += (uint64_t)u.ru_nvcsw + (uint64_t)u.ru_nivcsw;
}

static void tell(struct kqt_load_worker *w)
{
	uint64_t cpu_ns = 0, switches = 0;

	add_usage(RUSAGE_SELF, &cpu_ns, &switches);
	if (w->children)
		add_usage(RUSAGE_CHILDREN, &cpu_ns, &switches);
	atomic_store_explicit(&w->slot->cpu_ns, cpu_ns, memory_order_relaxed);
	atomic_store_explicit(&w->slot->wanted_ns, kqt_port_wanted_ns(), memory_order_relaxed);
	atomic_store_explicit(&w->slot->switches, switches, memory_order_relaxed);
	atomic_store_explicit(&w->slot->ops, w->ops, memory_order_relaxed);
	atomic_store_explicit(&w->slot->working, 1, memory_order_release);
}

/* Questions to the keeper lie in the same pipe: only its end counts. */
static bool parent_gone(void)
{
	struct pollfd pfd = {.fd = STDIN_FILENO, .events = 0};

	return poll(&pfd, 1, 0) > 0 && (pfd.revents & (POLLHUP | POLLERR | POLLNVAL));
}

bool kqt_load_go_on(struct kqt_load_worker *w, uint64_t ops)
{
	uint64_t now = kqt_clock_now_ns();

	w->ops += ops;
	if (now < w->look_ns)
		return true;
	tell(w);
	w->look_ns = now + LOOK_NS;
	return now < w->until_ns && !parent_gone();
}

int kqt_load_worker_run(struct kqt_load_worker *w, const struct kqt_load_work *work)
{
	int rc = work->run(w);

	tell(w);
	if (rc < 0)
		atomic_store_explicit(&w->slot->working, rc, memory_order_release);
	return rc < 0;
}
