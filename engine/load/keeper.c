/* SPDX-License-Identifier: MIT */
/* The keeper: a process of one thread that forks the workers, answers how far they are,
 * and sees to it that none outlives it, the parent, or the time limit. */
#include "engine/load/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/load/port/port.h"
#include "engine/load/worker.h"

#define PROCESSES_MAX (KQT_LOAD_COUNT_MAX * 4)
/* What is left of the limit when a worker has not noticed it: then it is killed. */
#define GRACE_S 2

struct keeper {
	const struct kqt_load_work *work;
	uint64_t until_ns, seed;
	unsigned units, wanted;
	pid_t pid[PROCESSES_MAX];
	struct kqt_load_slot *slot; /* [wanted], shared with the workers */
};

static int signals[2] = {-1, -1}; /* a byte each: the signal's number */

static void on_signal(int sig)
{
	int kept = errno;
	unsigned char byte = (unsigned char)sig;
	ssize_t n = write(signals[1], &byte, 1);

	(void)n; /* EAGAIN: so full that it wakes anyway */
	errno = kept;
}

static void set_handler(int sig, void (*handler)(int))
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigemptyset(&sa.sa_mask);
	(void)sigaction(sig, &sa, NULL);
}

static void set_alarm(uint64_t s)
{
	struct itimerval at = {.it_value = {.tv_sec = (time_t)s}};

	(void)setitimer(ITIMER_REAL, &at, NULL);
}

static const int ending[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

int kqt_load_keeper_begin(uint64_t limit_ns, unsigned grace_s)
{
	if (pipe(signals) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		(void)fcntl(signals[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(signals[i], F_SETFL, O_NONBLOCK);
	}
	for (unsigned i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		set_handler(ending[i], on_signal);
	set_handler(SIGCHLD, on_signal);
	set_handler(SIGPIPE, SIG_IGN);
	set_handler(SIGALRM, SIG_DFL);
	set_alarm(limit_ns / KQT_NS_PER_S + grace_s);
	kqt_port_adopt();
	return 0;
}

void kqt_load_child_begin(unsigned limit_s)
{
	for (unsigned i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		set_handler(ending[i], SIG_DFL);
	set_handler(SIGCHLD, SIG_DFL);
	close(signals[0]);
	close(signals[1]);
	set_alarm(limit_s); /* a fork has none of its parent's */
	kqt_port_follow_parent();
}

static void take_signals(struct kqt_load_wake *wake)
{
	unsigned char sig[64];
	ssize_t n;

	while ((n = read(signals[0], sig, sizeof(sig))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (sig[i] == SIGCHLD)
				wake->child = true;
			else
				wake->end = true;
		}
	}
}

static void take_questions(struct kqt_load_wake *wake)
{
	char bytes[64];
	ssize_t n = read(KQT_LOAD_LIFELINE, bytes, sizeof(bytes));

	if (n > 0)
		wake->n = (unsigned)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		wake->end = true;
}

void kqt_load_keeper_wait(uint64_t until_ns, int extra, struct kqt_load_wake *wake)
{
	struct pollfd pfd[] = {{.fd = KQT_LOAD_LIFELINE, .events = POLLIN},
	                       {.fd = signals[0], .events = POLLIN},
	                       {.fd = extra, .events = POLLIN}};
	uint64_t now = kqt_clock_now_ns(), left = until_ns > now ? until_ns - now : 0;
	/* rounded up, else it would spin through the last millisecond */
	uint64_t ms = (left + KQT_NS_PER_MS - 1) / KQT_NS_PER_MS;

	memset(wake, 0, sizeof(*wake));
	if (poll(pfd, 3, ms < 60000 ? (int)ms : 60000) > 0) {
		if (pfd[0].revents)
			take_questions(wake);
		wake->extra = pfd[2].revents != 0;
	}
	take_signals(wake);
	wake->limit = kqt_clock_now_ns() >= until_ns;
}

/* For a child's end; 10 ms at most, as not all that have to end are children. */
static void wait_child(void)
{
	struct pollfd pfd = {.fd = signals[0], .events = POLLIN};
	struct kqt_load_wake ignored = {0};

	(void)poll(&pfd, 1, 10);
	take_signals(&ignored);
}

void kqt_load_answer(const struct kqt_load_answer *a)
{
	while (write(KQT_LOAD_ANSWERS, a, sizeof(*a)) < 0 && errno == EINTR)
		;
}

/* -- the end of all ------------------------------------------------------- */

static void signal_one(pid_t pid, void *arg)
{
	(void)kill(pid, *(int *)arg);
}

static void signal_family(pid_t group, int sig)
{
	if (group > 0)
		(void)kill(-group, sig);
	(void)kqt_port_family(signal_one, &sig, NULL);
}

/* Waits for those that have ended.
 * @return whether there is a child left, or anybody in the group, whose number cannot be
 * another's in the moments since its last one was waited for */
static bool anybody(pid_t group)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0 || (pid < 0 && errno == EINTR));
	return pid == 0 || (group > 0 && kill(-group, 0) == 0);
}

void kqt_load_end_family(pid_t group, uint64_t grace_ns)
{
	uint64_t until = kqt_clock_now_ns() + grace_ns;

	if (grace_ns && anybody(group)) {
		signal_family(group, SIGTERM);
		signal_family(group, SIGCONT); /* one that is stopped obeys no SIGTERM */
		while (anybody(group) && kqt_clock_now_ns() < until)
			wait_child();
	}
	/* Again and again: one that was killed may have left children, which are ours
	 * now. Who cannot be killed at once (in the kernel, in a disk's hands) is waited
	 * for; the keeper's own alarm ends that. */
	while (anybody(group)) {
		signal_family(group, SIGKILL);
		wait_child();
	}
}

/* -- workers of our own --------------------------------------------------- */

static void worker(const struct keeper *k, unsigned at, unsigned role, const int pair[2])
{
	struct kqt_load_worker w = {
	    .role = role,
	    .fd = k->work->pair ? pair[role] : -1,
	    .random = k->seed ^ (uint64_t)(at + 1) * UINT64_C(0xd1342543de82ef95),
	    .slot = &k->slot[at],
	    .children = k->work->children,
	    .until_ns = k->until_ns,
	};
	uint64_t now = kqt_clock_now_ns();

	kqt_load_child_begin(
	    (unsigned)((k->until_ns > now ? k->until_ns - now : 0) / KQT_NS_PER_S) + GRACE_S);
	close(KQT_LOAD_ANSWERS); /* the parent sees by them that the keeper has ended */
	if (k->work->pair)
		close(pair[!role]);
	_exit(kqt_load_worker_run(&w, k->work));
}

/* @return 0 or -errno */
static int start_unit(struct keeper *k, unsigned unit)
{
	int pair[2] = {-1, -1}, rc = 0;

	if (k->work->pair && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return -errno;
	for (unsigned role = 0; role < k->work->processes && rc == 0; role++) {
		unsigned at = unit * k->work->processes + role;

		k->pid[at] = fork();
		if (k->pid[at] == 0)
			worker(k, at, role, pair);
		if (k->pid[at] < 0) {
			rc = -errno;
			k->pid[at] = 0;
		}
	}
	for (int i = 0; i < 2 && pair[i] >= 0; i++)
		close(pair[i]);
	return rc;
}

static void count(const struct keeper *k, struct kqt_load_count *c)
{
	uint64_t wanted_ns;

	memset(c, 0, sizeof(*c));
	c->at_ns = kqt_clock_now_ns();
	c->wanted = k->wanted;
	for (unsigned i = 0; i < k->wanted; i++) {
		struct kqt_load_slot *s = &k->slot[i];

		c->cpu_ns += atomic_load_explicit(&s->cpu_ns, memory_order_relaxed);
		wanted_ns = atomic_load_explicit(&s->wanted_ns, memory_order_relaxed);
		c->wanted_ns = c->wanted_ns == KQT_LOAD_UNKNOWN || wanted_ns == KQT_LOAD_UNKNOWN
		                   ? KQT_LOAD_UNKNOWN
		                   : c->wanted_ns + wanted_ns;
		c->switches += atomic_load_explicit(&s->switches, memory_order_relaxed);
		c->ops += atomic_load_explicit(&s->ops, memory_order_relaxed);
		c->running += k->pid[i] > 0 &&
		              atomic_load_explicit(&s->working, memory_order_acquire) == 1;
	}
}

/* Workers end when they are told to, or when something went wrong.
 * @return how many are left; why says what happened to the last one */
static unsigned take_ended(struct keeper *k, struct kqt_strbuf *why)
{
	unsigned left = 0;
	char text[96];

	for (unsigned i = 0; i < k->wanted; i++) {
		int status, error;

		if (k->pid[i] > 0 && waitpid(k->pid[i], &status, WNOHANG) == k->pid[i]) {
			k->pid[i] = 0;
			error = atomic_load_explicit(&k->slot[i].working, memory_order_acquire);
			why->len = 0;
			if (error < 0)
				kqt_strbuf_add(why, "a worker cannot work: %s",
				               kqt_err_text(error, text, sizeof(text)));
			else if (WIFSIGNALED(status))
				kqt_strbuf_add(why, "a worker was killed by signal %d",
				               WTERMSIG(status));
			else
				kqt_strbuf_add(why, "a worker has ended");
		}
		left += k->pid[i] > 0;
	}
	return left;
}

static void watch(struct keeper *k, struct kqt_load_answer *last)
{
	struct kqt_strbuf why = kqt_strbuf_init(last->text, sizeof(last->text));
	struct kqt_load_wake wake = {.child = true};

	while (!wake.end && !wake.limit) {
		struct kqt_load_answer a = {.kind = KQT_LOAD_IS_COUNT};

		if (wake.child && take_ended(k, &why) == 0 && kqt_clock_now_ns() < k->until_ns)
			return;
		for (; wake.n > 0; wake.n--) {
			count(k, &a.count);
			kqt_load_answer(&a);
		}
		kqt_load_keeper_wait(k->until_ns, -1, &wake);
	}
	last->kind = KQT_LOAD_IS_ENDED;
	why.len = 0;
	kqt_strbuf_add(&why, wake.limit ? "the time limit is over" : "stopped");
}

static int keep(struct keeper *k)
{
	struct kqt_load_answer last = {.kind = KQT_LOAD_IS_FAILED};
	char text[96];
	int rc;

	k->wanted = k->units * k->work->processes;
	k->slot = mmap(NULL, k->wanted * sizeof(*k->slot), PROT_READ | PROT_WRITE,
	               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	rc = k->slot == MAP_FAILED ? -errno : 0;
	for (unsigned i = 0; i < k->units && rc == 0; i++)
		rc = start_unit(k, i);
	if (rc == 0)
		watch(k, &last);
	else
		snprintf(last.text, sizeof(last.text), "cannot start %u process%s: %s", k->wanted,
		         k->wanted == 1 ? "" : "es", kqt_err_text(rc, text, sizeof(text)));
	if (k->slot != MAP_FAILED)
		count(k, &last.count);
	for (unsigned i = 0; i < k->wanted; i++)
		if (k->pid[i] > 0)
			(void)kill(k->pid[i], SIGKILL);
	kqt_load_end_family(0, 0);
	kqt_load_answer(&last);
	return rc < 0;
}

/* -- hidden commands ------------------------------------------------------ */

static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

static bool number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return !errno && *text >= '0' && *text <= '9' && !*end && *out >= min && *out <= max;
}

/* __load KIND UNITS SEED LIMIT_NS */
static int keep_kind(char **argv)
{
	static struct keeper k;
	struct kqt_load_spec spec;
	char text[KQT_LOAD_TEXT];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	uint64_t units, limit_ns;

	if (kqt_load_parse(argv[2], &spec, &why) < 0 ||
	    !number(argv[3], 1, KQT_LOAD_COUNT_MAX, &units) ||
	    !number(argv[4], 0, UINT64_MAX, &k.seed) ||
	    !number(argv[5], KQT_LOAD_LIMIT_MIN_NS, KQT_LOAD_LIMIT_MAX_NS, &limit_ns))
		return 2;
	k.work = kqt_load_works[spec.kind];
	k.units = (unsigned)units;
	k.until_ns = kqt_clock_now_ns() + limit_ns;
	if (kqt_load_keeper_begin(limit_ns, 2 * GRACE_S) < 0)
		return 1;
	return keep(&k);
}

int kqt_load_keeper(int argc, char **argv)
{
	uint64_t limit_ns;
	bool kind = argc > 1 && strcmp(argv[1], "__load") == 0;

	if (!kind && (argc < 2 || strcmp(argv[1], "__load-cmd") != 0))
		return -1;
	if (!is_pipe(KQT_LOAD_LIFELINE) || !is_pipe(KQT_LOAD_ANSWERS))
		return 2;
	if (kind)
		return argc == 6 ? keep_kind(argv) : 2;
	if (argc != 4 || !number(argv[2], KQT_LOAD_LIMIT_MIN_NS, KQT_LOAD_LIMIT_MAX_NS, &limit_ns))
		return 2;
	return kqt_load_keep_command(argv[3], limit_ns);
}
