/* SPDX-License-Identifier: MIT */
/* This process' side: start the keeper, ask it, end it. */
#include "engine/load/load.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/load/keeper.h"
#include "engine/load/port/port.h"
#include "engine/load/worker.h"

/* A screen asks with each of its refreshes; a command's count costs the keeper a walk
 * through /proc, some ms. */
#define ASK_NS KQT_NS_PER_S
#define ALIVE_NS (200 * KQT_NS_PER_MS)
/* A keeper that was told to end gives a command 500 ms. After this it is killed. */
#define STOP_NS (3 * KQT_NS_PER_S)

/* _GNU_SOURCE declares it in glibc, POSIX does not ask for it */
extern char **environ; /* NOLINT(readability-redundant-declaration) */

struct kqt_load {
	struct kqt_load_spec spec; /* kind KQT_LOAD_COMMAND: a command */
	char *command;
	unsigned units;
	uint64_t start_ns, limit_ns;
	pid_t pid;             /* the keeper and its group; 0 = waited for */
	int lifeline, answers; /* -1 = closed */
	unsigned outstanding;  /* questions without an answer yet */
	uint64_t asked_ns;     /* when the last question was asked */
	enum kqt_load_state state;
	struct kqt_load_count last;
	char reason[KQT_LOAD_TEXT];
};

static const char *program;

void kqt_load_program(const char *argv0)
{
	program = argv0;
}

/* -- start ---------------------------------------------------------------- */

static int close_on_exec(const int fd[2])
{
	for (int i = 0; i < 2; i++)
		if (fcntl(fd[i], F_SETFD, FD_CLOEXEC) < 0)
			return -errno;
	return 0;
}

/* @return 0 or -errno; pipes that are open are the caller's to close */
static int open_pipes(int lifeline[2], int answers[2])
{
	int rc;

	if (pipe(lifeline) < 0 || pipe(answers) < 0)
		return -errno;
	rc = close_on_exec(lifeline);
	if (rc == 0)
		rc = close_on_exec(answers);
	if (rc == 0 && (fcntl(answers[0], F_SETFL, O_NONBLOCK) < 0 ||
	                fcntl(lifeline[1], F_SETFL, O_NONBLOCK) < 0))
		rc = -errno;
	return rc;
}

/* posix_spawn, as fork would copy what the other threads of this process hold: no
 * signal is blocked or ignored in the keeper, and its group is its own, so that a ^C
 * at the terminal reaches only whoever has to end it. */
static int spawn(char **argv, int in, int out, pid_t *pid)
{
	char self[1024];
	const char *path = kqt_port_self(program, self, sizeof(self));
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	if (!path)
		return -ENOENT;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	rc = posix_spawn_file_actions_adddup2(&files, in, KQT_LOAD_LIFELINE);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&files, out, KQT_LOAD_ANSWERS);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY,
		                                      0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
	                                    POSIX_SPAWN_SETPGROUP);
	if (rc == 0)
		rc = posix_spawn(pid, path, &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return -rc;
}

static int spawn_keeper(struct kqt_load *l, uint64_t seed)
{
	char kind[16], units[16], seed_text[24], limit[24];
	char *argv[] = {"kqtop", "__load", kind, units, seed_text, limit, NULL};
	char *argv_command[] = {"kqtop", "__load-cmd", limit, l->command, NULL};
	int lifeline[2] = {-1, -1}, answers[2] = {-1, -1};
	int rc = open_pipes(lifeline, answers);

	snprintf(kind, sizeof(kind), "%s", kqt_load_kind_name(l->spec.kind));
	snprintf(units, sizeof(units), "%u", l->units);
	snprintf(seed_text, sizeof(seed_text), "%llu", (unsigned long long)seed);
	snprintf(limit, sizeof(limit), "%llu", (unsigned long long)l->limit_ns);
	if (rc == 0)
		rc = spawn(l->command ? argv_command : argv, lifeline[0], answers[1], &l->pid);
	if (lifeline[0] >= 0)
		close(lifeline[0]);
	if (answers[1] >= 0)
		close(answers[1]);
	l->lifeline = lifeline[1];
	l->answers = answers[0];
	return rc;
}

static int check_memory(const struct kqt_load *l, struct kqt_strbuf *why)
{
	uint64_t unit = l->command ? 0 : kqt_load_works[l->spec.kind]->unit_bytes, most;
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	if (!unit || pages <= 0 || page <= 0)
		return 0;
	most = (uint64_t)pages * (uint64_t)page / 2 / unit;
	if (l->units <= most)
		return 0;
	kqt_strbuf_add(
	    why, "load %s:%u would take more than half of this machine's memory: at most %llu",
	    kqt_load_kind_name(l->spec.kind), l->units, (unsigned long long)most);
	return -KQT_E_RANGE;
}

static int check_order(const struct kqt_load_order *o, struct kqt_strbuf *why)
{
	if (o->limit_ns < KQT_LOAD_LIMIT_MIN_NS || o->limit_ns > KQT_LOAD_LIMIT_MAX_NS) {
		kqt_strbuf_add(why, "the load's time limit is outside 1 ms to 1 day");
		return -KQT_E_RANGE;
	}
	if (o->command && o->command[strspn(o->command, " \t\n")] == '\0') {
		kqt_strbuf_add(why, "the load command is empty");
		return -KQT_E_SYNTAX;
	}
	if (o->command && strlen(o->command) > KQT_LOAD_COMMAND_MAX) {
		kqt_strbuf_add(why, "the load command is longer than %d bytes",
		               KQT_LOAD_COMMAND_MAX);
		return -KQT_E_RANGE;
	}
	if (!o->command && ((unsigned)o->spec.kind >= KQT_LOAD_KINDS || o->spec.count < 1 ||
	                    kqt_load_units(&o->spec, 0) > KQT_LOAD_COUNT_MAX)) {
		kqt_strbuf_add(why, "no such load");
		return -KQT_E_RANGE;
	}
	return 0;
}

static void forget_count(struct kqt_load_count *c)
{
	*c = (struct kqt_load_count){.at_ns = KQT_LOAD_UNKNOWN,
	                             .cpu_ns = KQT_LOAD_UNKNOWN,
	                             .wanted_ns = KQT_LOAD_UNKNOWN,
	                             .switches = KQT_LOAD_UNKNOWN,
	                             .ops = KQT_LOAD_UNKNOWN};
}

int kqt_load_start(const struct kqt_load_order *o, struct kqt_load **out, struct kqt_strbuf *why)
{
	struct kqt_load *l;
	char text[96];
	int rc = check_order(o, why);

	if (rc < 0)
		return rc;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->lifeline = l->answers = -1;
	l->spec = o->spec;
	l->units = o->command ? 1 : kqt_load_units(&o->spec, 0);
	if (o->command) {
		l->spec.kind = KQT_LOAD_COMMAND;
		l->command = strdup(o->command);
	}
	l->limit_ns = o->limit_ns;
	l->start_ns = kqt_clock_now_ns();
	forget_count(&l->last);
	rc = o->command && !l->command ? -ENOMEM : check_memory(l, why);
	if (rc == 0) {
		rc = spawn_keeper(l, o->seed);
		if (rc < 0)
			kqt_strbuf_add(why, "cannot start the load: %s",
			               kqt_err_text(rc, text, sizeof(text)));
	}
	if (rc < 0) {
		kqt_load_stop(l);
		return rc;
	}
	*out = l;
	return 0;
}

/* -- questions and answers ------------------------------------------------ */

static void reap(struct kqt_load *l)
{
	while (l->pid > 0 && waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
		;
	l->pid = 0;
}

static bool over(const struct kqt_load *l)
{
	return l->state == KQT_LOAD_ENDED || l->state == KQT_LOAD_FAILED;
}

/* The keeper has closed its end: it is gone, and after this so is everybody in its
 * group (before it is waited for: then its number could become somebody else's). */
static void take_end(struct kqt_load *l)
{
	if (!over(l)) {
		l->state = KQT_LOAD_FAILED;
		snprintf(l->reason, sizeof(l->reason), "the load's keeper was killed");
	}
	if (l->pid > 0)
		(void)kill(-l->pid, SIGKILL);
	reap(l);
	close(l->answers);
	l->answers = -1;
}

static void take_answer(struct kqt_load *l, const struct kqt_load_answer *a)
{
	if (a->count.at_ns)
		l->last = a->count;
	if (a->kind == KQT_LOAD_IS_COUNT) {
		l->outstanding -= l->outstanding > 0;
		if (l->state == KQT_LOAD_STARTING && a->count.running == a->count.wanted)
			l->state = KQT_LOAD_RUNNING;
		return;
	}
	l->state = a->kind == KQT_LOAD_IS_ENDED ? KQT_LOAD_ENDED : KQT_LOAD_FAILED;
	snprintf(l->reason, sizeof(l->reason), "%.*s", (int)sizeof(a->text) - 1, a->text);
}

static void take_answers(struct kqt_load *l)
{
	struct kqt_load_answer a;
	ssize_t n;

	while (l->answers >= 0) {
		n = read(l->answers, &a, sizeof(a));
		if (n == (ssize_t)sizeof(a)) {
			take_answer(l, &a);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		take_end(l);
	}
}

static void ask(struct kqt_load *l)
{
	l->asked_ns = kqt_clock_now_ns();
	/* a failure is the keeper's end, which its answers tell */
	if (write(l->lifeline, "", 1) == 1)
		l->outstanding++;
}

enum kqt_load_state kqt_load_poll(struct kqt_load *l)
{
	take_answers(l);
	if (!over(l) && l->outstanding == 0 &&
	    (l->state == KQT_LOAD_STARTING || kqt_clock_now_ns() - l->asked_ns >= ASK_NS))
		ask(l);
	return l->state;
}

/* Sleep until something is answered, or until then. */
static void wait_answer(struct kqt_load *l, uint64_t until_ns)
{
	struct pollfd pfd = {.fd = l->answers, .events = POLLIN};
	uint64_t now = kqt_clock_now_ns();

	if (l->answers >= 0 && now < until_ns)
		(void)poll(&pfd, 1, (int)((until_ns - now) / KQT_NS_PER_MS % 60000) + 1);
	take_answers(l);
}

int kqt_load_settle(struct kqt_load *l, uint64_t timeout_ns, struct kqt_strbuf *why)
{
	uint64_t until = kqt_clock_now_ns() + timeout_ns;

	for (;;) {
		uint64_t now = kqt_clock_now_ns(), next = now + KQT_NS_PER_MS;

		(void)kqt_load_poll(l);
		if (over(l)) {
			kqt_strbuf_add(why, "%s", l->reason);
			return -KQT_E_STOPPED;
		}
		if (l->state == KQT_LOAD_RUNNING && (!l->command || now - l->start_ns >= ALIVE_NS))
			return 0;
		if (now >= until) {
			kqt_strbuf_add(why, "the load has not started");
			return -ETIMEDOUT;
		}
		if (l->state == KQT_LOAD_RUNNING)
			next = l->start_ns + ALIVE_NS;
		wait_answer(l, next < until ? next : until);
	}
}

void kqt_load_last(const struct kqt_load *l, struct kqt_load_count *out)
{
	*out = l->last;
}

int kqt_load_sample(struct kqt_load *l, uint64_t timeout_ns, struct kqt_load_count *out)
{
	uint64_t now = kqt_clock_now_ns(), until = now + timeout_ns;
	int rc = 0;

	take_answers(l);
	if (!over(l))
		ask(l);
	while (!over(l) && (l->last.at_ns == KQT_LOAD_UNKNOWN || l->last.at_ns < now) && rc == 0) {
		if (kqt_clock_now_ns() >= until)
			rc = -ETIMEDOUT;
		else
			wait_answer(l, until);
	}
	*out = l->last;
	return over(l) ? -KQT_E_STOPPED : rc;
}

/* -- figures and words ---------------------------------------------------- */

static double per_second(uint64_t from, uint64_t to, double seconds)
{
	if (from == KQT_LOAD_UNKNOWN || to == KQT_LOAD_UNKNOWN || to < from)
		return NAN;
	return (double)(to - from) / seconds;
}

void kqt_load_rates_of(const struct kqt_load *l, const struct kqt_load_count *from,
                       const struct kqt_load_count *to, struct kqt_load_rates *out)
{
	unsigned cpus = kqt_load_cpus(0);
	double wanted;

	*out = (struct kqt_load_rates){NAN, NAN, NAN, NAN, NAN};
	if (from->at_ns == KQT_LOAD_UNKNOWN || to->at_ns == KQT_LOAD_UNKNOWN ||
	    to->at_ns <= from->at_ns)
		return;
	out->seconds = (double)(to->at_ns - from->at_ns) / 1e9;
	out->utilisation = per_second(from->cpu_ns, to->cpu_ns, out->seconds * 1e9);
	out->switches_per_s = per_second(from->switches, to->switches, out->seconds);
	out->ops_per_s = per_second(from->ops, to->ops, out->seconds);
	wanted = per_second(from->wanted_ns, to->wanted_ns, out->seconds * 1e9) / l->units;
	if (l->spec.kind == KQT_LOAD_CPU)
		out->share = isfinite(wanted)
		                 ? fmin(wanted, 1)
		                 : out->utilisation / (l->units < cpus ? l->units : cpus);
	else if (to->wanted > 0)
		out->share = (double)to->running / to->wanted;
}

const char *kqt_load_reason(const struct kqt_load *l)
{
	return l->reason;
}

uint64_t kqt_load_left_ns(const struct kqt_load *l)
{
	uint64_t now = kqt_clock_now_ns(), end = l->start_ns + l->limit_ns;

	return over(l) || now >= end ? 0 : end - now;
}

/* -- the end -------------------------------------------------------------- */

void kqt_load_stop(struct kqt_load *l)
{
	uint64_t until;

	if (!l)
		return;
	if (l->lifeline >= 0)
		close(l->lifeline);
	until = kqt_clock_now_ns() + STOP_NS;
	while (l->pid > 0 && l->answers >= 0 && kqt_clock_now_ns() < until)
		wait_answer(l, until);
	if (l->pid > 0)
		(void)kill(-l->pid, SIGKILL);
	reap(l);
	if (l->answers >= 0)
		close(l->answers);
	free(l->command);
	free(l);
}
