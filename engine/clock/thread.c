/* SPDX-License-Identifier: MIT */
#include "engine/clock/thread.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "engine/clock/clock.h"
#include "engine/clock/port/port.h"

int kqt_thread_apply(const struct kqt_thread_options *opt)
{
	struct sched_param sp = {.sched_priority = opt->priority};
	int rc = 0, rc2;

	if (opt->name)
		kqt_port_name_thread(opt->name);
	if (opt->cpu >= 0)
		rc = kqt_port_pin_thread(opt->cpu);
	if (opt->priority > 0) {
		rc2 = -pthread_setschedparam(pthread_self(), SCHED_FIFO, &sp);
		rc = rc ? rc : rc2;
	}
	if (opt->slack_ns > 0) {
		rc2 = kqt_port_set_slack(opt->slack_ns);
		rc = rc ? rc : rc2;
	}
	return rc;
}

void kqt_thread_lowest(void)
{
	kqt_port_lower_thread();
}

void kqt_thread_mask(int open, sigset_t *old)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&set, faults[i]);
	if (open)
		sigdelset(&set, open);
	pthread_sigmask(SIG_SETMASK, &set, old);
}

int kqt_thread_start(pthread_t *thread, void *(*thread_main)(void *), void *arg,
                     _Atomic int *started)
{
	struct timespec pause = {.tv_nsec = 20000};
	sigset_t old;
	int rc;

	atomic_store(started, 0);
	kqt_thread_mask(0, &old);
	rc = -pthread_create(thread, NULL, thread_main, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc < 0)
		return rc;
	while ((rc = atomic_load_explicit(started, memory_order_acquire)) == 0)
		nanosleep(&pause, NULL);
	if (rc > 0)
		return 0;
	pthread_join(*thread, NULL);
	return rc;
}

uint64_t kqt_thread_slack_ns(void)
{
	return kqt_port_get_slack();
}

unsigned kqt_thread_features(void)
{
	return (kqt_port_can_pin ? KQT_THREAD_PIN : 0u) |
	       (kqt_port_can_slack ? KQT_THREAD_SLACK : 0u);
}

uint64_t kqt_process_cpu_ns(void)
{
	struct timespec ts = {0};

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) != 0)
		return 0;
	return (uint64_t)ts.tv_sec * KQT_NS_PER_S + (uint64_t)ts.tv_nsec;
}
