/* SPDX-License-Identifier: MIT */
#include "tui/live/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

struct kqt_tty kqt_tty = {.pipe = {-1, -1}, .out = -1};

static volatile sig_atomic_t came[NSIG];
static struct sigaction old[NSIG];
static unsigned char altstack[65536];

/* Those that would end or stop us without a word. Not KILL and STOP, which nobody
 * catches, nor CONT and CHLD, which end nothing. */
static const int noted[] = {SIGINT,  SIGTERM, SIGHUP,    SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE,
                            SIGALRM, SIGPROF, SIGVTALRM, SIGXCPU, SIGTSTP, SIGWINCH};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < COUNT(noted); i++)
		sigaddset(&set, noted[i]);
	pthread_sigmask(how, &set, NULL);
}

void kqt_signals_block(void)
{
	mask(SIG_BLOCK);
}

void kqt_signals_unblock(void)
{
	mask(SIG_UNBLOCK);
}

static void on_noted(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	/* our own write to a closed pipe: the write says so itself */
	if (sig == SIGPIPE && info && info->si_pid == getpid())
		return;
	came[sig] = 1;
	(void)!write(kqt_tty.pipe[1], "", 1);
	errno = saved;
}

static void on_crash(int sig)
{
	if (kqt_tty.taken) {
		kqt_tty.taken = 0;
		tcflush(STDIN_FILENO, TCOFLUSH);
		(void)!write(kqt_tty.out, kqt_tty.restore, kqt_tty.restore_len);
		tcsetattr(STDIN_FILENO, TCSANOW, &kqt_tty.before);
	}
	/* whoever handled it before us (a sanitizer, or the system) has the last word */
	sigaction(sig, &old[sig], NULL);
	raise(sig);
}

int kqt_signals_install(void)
{
	struct sigaction sa = {0};
	stack_t stack = {.ss_sp = altstack, .ss_size = sizeof(altstack)};

	if (pipe(kqt_tty.pipe) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		fcntl(kqt_tty.pipe[i], F_SETFL, O_NONBLOCK);
		fcntl(kqt_tty.pipe[i], F_SETFD, FD_CLOEXEC);
	}
	sigaltstack(&stack, NULL); /* a stack that overflowed has no room for a handler */
	sigemptyset(&sa.sa_mask);
	sa.sa_sigaction = on_noted;
	sa.sa_flags = SA_RESTART | SA_SIGINFO;
	for (size_t i = 0; i < COUNT(noted); i++)
		sigaction(noted[i], &sa, &old[noted[i]]);
	sa.sa_flags = SA_ONSTACK | SA_NODEFER;
	sa.sa_handler = on_crash;
	for (size_t i = 0; i < COUNT(crashes); i++)
		sigaction(crashes[i], &sa, &old[crashes[i]]);
	return 0;
}

void kqt_signals_remove(void)
{
	if (kqt_tty.pipe[0] < 0)
		return;
	for (size_t i = 0; i < COUNT(noted); i++)
		sigaction(noted[i], &old[noted[i]], NULL);
	for (size_t i = 0; i < COUNT(crashes); i++)
		sigaction(crashes[i], &old[crashes[i]], NULL);
	close(kqt_tty.pipe[0]);
	close(kqt_tty.pipe[1]);
	kqt_tty.pipe[0] = kqt_tty.pipe[1] = -1;
}

int kqt_signals_take(void)
{
	for (size_t i = 0; i < COUNT(noted); i++) {
		if (!came[noted[i]])
			continue;
		came[noted[i]] = 0;
		return noted[i];
	}
	return 0;
}

void kqt_signals_drain(void)
{
	char bytes[64];

	while (read(kqt_tty.pipe[0], bytes, sizeof(bytes)) > 0)
		;
}

/* To the whole group, as the terminal does it; in an orphaned group the kernel
 * drops it and we simply go on, where SIGSTOP would hang for ever. */
void kqt_signals_stop_group(void)
{
	struct sigaction ours, deflt = {.sa_handler = SIG_DFL};

	sigemptyset(&deflt.sa_mask);
	sigaction(SIGTSTP, &deflt, &ours);
	kill(0, SIGTSTP);
	sigaction(SIGTSTP, &ours, NULL);
}

void kqt_signals_die(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}
