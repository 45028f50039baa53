/* SPDX-License-Identifier: MIT */
#include "engine/clock/thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"

static int pin(int cpu)
{
	cpu_set_t set;

	if (cpu >= CPU_SETSIZE)
		return -EINVAL;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return -pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

int kqt_thread_apply(const struct kqt_thread_options *opt)
{
	struct sched_param sp = {.sched_priority = opt->priority};
	int rc = 0, rc2;

	if (opt->name)
		(void)pthread_setname_np(pthread_self(), opt->name); /* for ps and gdb only */
	if (opt->cpu >= 0)
		rc = pin(opt->cpu);
	if (opt->priority > 0) {
		rc2 = -pthread_setschedparam(pthread_self(), SCHED_FIFO, &sp);
		rc = rc ? rc : rc2;
	}
	if (opt->slack_ns > 0 && prctl(PR_SET_TIMERSLACK, opt->slack_ns) < 0 && !rc)
		rc = -errno;
	return rc;
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

uint64_t kqt_thread_slack_ns(void)
{
	int slack = prctl(PR_GET_TIMERSLACK);

	return slack > 0 ? (uint64_t)slack : 0;
}

uint64_t kqt_process_cpu_ns(void)
{
	struct timespec ts = {0};

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) != 0)
		return 0;
	return (uint64_t)ts.tv_sec * KQT_NS_PER_S + (uint64_t)ts.tv_nsec;
}
