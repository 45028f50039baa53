/* SPDX-License-Identifier: MIT */
/* The keeper of a user's command: the same guarantees for what knows nothing of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/load/keeper.h"
#include "engine/load/port/port.h"

/* What a command is given to remove its own files after SIGTERM. */
#define TERM_GRACE_NS (500 * KQT_NS_PER_MS)
#define ALARM_GRACE_S 5
#define TAIL 160

struct command {
	pid_t pid; /* 0 when it has been waited for; also its process group */
	pid_t group;
	int said;    /* its stderr; -1 when closed */
	int status;  /* of the command itself, once it has ended */
	bool family; /* others of it may still run */
	uint64_t cpu_ns;
	char tail[TAIL]; /* the last of what it said */
	size_t tail_len;
};

static void run_command(const char *command, int said)
{
	int null = open("/dev/null", O_RDWR);

	kqt_load_child_begin(0); /* an alarm would go through exec: the command's to use */
	(void)setpgid(0, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(said, 2) < 0)
		_exit(126);
	if (null > 2)
		close(null);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(126);
}

static int start(struct command *c, const char *command)
{
	int said[2];

	if (pipe(said) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		(void)fcntl(said[i], F_SETFD, FD_CLOEXEC);
	(void)fcntl(said[0], F_SETFL, O_NONBLOCK);
	c->pid = fork();
	if (c->pid == 0)
		run_command(command, said[1]);
	if (c->pid < 0) {
		int rc = -errno;

		c->pid = 0;
		close(said[0]);
		close(said[1]);
		return rc;
	}
	(void)setpgid(c->pid, c->pid); /* whoever comes first of the two */
	c->group = c->pid;
	close(said[1]);
	c->said = said[0];
	return 0;
}

static void listen_to(struct command *c)
{
	char text[512];
	ssize_t n;

	while (c->said >= 0 && (n = read(c->said, text, sizeof(text))) != 0) {
		size_t len, keep;

		if (n < 0)
			return; /* nothing more now */
		len = (size_t)n < TAIL ? (size_t)n : TAIL;
		keep = c->tail_len + len > TAIL ? TAIL - len : c->tail_len;
		memmove(c->tail, c->tail + c->tail_len - keep, keep);
		memcpy(c->tail + keep, text + (size_t)n - len, len);
		c->tail_len = keep + len;
	}
	if (c->said >= 0)
		close(c->said);
	c->said = -1;
}

/* The last line that it said, if any. */
static void add_last_line(const struct command *c, struct kqt_strbuf *out)
{
	size_t end = c->tail_len, from;

	while (end > 0 && (c->tail[end - 1] == '\n' || c->tail[end - 1] == '\r'))
		end--;
	for (from = end; from > 0 && c->tail[from - 1] != '\n'; from--)
		;
	if (from == end)
		return;
	kqt_strbuf_add(out, ": ");
	kqt_load_show(out, c->tail + from, end - from);
}

/* @return whether it, or an orphan of it, still runs */
static bool lives(struct command *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == c->pid) {
			c->pid = 0;
			c->status = status;
		}
	}
	return pid == 0;
}

static void count(struct command *c, struct kqt_load_count *out)
{
	struct rusage u;
	uint64_t cpu_ns = 0;

	out->at_ns = kqt_clock_now_ns();
	out->ops = out->switches = out->cpu_ns = out->wanted_ns = KQT_LOAD_UNKNOWN;
	out->running = c->family;
	out->wanted = 1;
	if (kqt_port_family(NULL, NULL, &cpu_ns) < 0 || getrusage(RUSAGE_CHILDREN, &u) < 0)
		return;
	cpu_ns += (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * KQT_NS_PER_S +
	          (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * KQT_NS_PER_US;
	/* one that ended between the two was counted by neither */
	if (cpu_ns > c->cpu_ns)
		c->cpu_ns = cpu_ns;
	out->cpu_ns = c->cpu_ns;
}

static bool failed(const struct command *c)
{
	return c->pid == 0 && !(WIFEXITED(c->status) && WEXITSTATUS(c->status) == 0);
}

static void watch(struct command *c, uint64_t until_ns, struct kqt_load_answer *last)
{
	struct kqt_strbuf why = kqt_strbuf_init(last->text, sizeof(last->text));
	struct kqt_load_wake wake = {.child = true};

	while (!wake.end && !wake.limit) {
		struct kqt_load_answer a = {.kind = KQT_LOAD_IS_COUNT};

		listen_to(c);
		c->family = lives(c);
		if (!c->family || failed(c))
			break;
		for (; wake.n > 0; wake.n--) {
			count(c, &a.count);
			kqt_load_answer(&a);
		}
		kqt_load_keeper_wait(until_ns, c->said, &wake);
	}
	count(c, &last->count);
	last->kind = failed(c) ? KQT_LOAD_IS_FAILED : KQT_LOAD_IS_ENDED;
	listen_to(c); /* what it said last of all */
	if (failed(c) && WIFSIGNALED(c->status))
		kqt_strbuf_add(&why, "the load command was killed by signal %d",
		               WTERMSIG(c->status));
	else if (failed(c))
		kqt_strbuf_add(&why, "the load command ended with status %d",
		               WEXITSTATUS(c->status));
	else
		kqt_strbuf_add(&why, "%s",
		               wake.limit ? "the time limit is over"
		               : wake.end ? "stopped"
		                          : "the load command has ended");
	if (failed(c))
		add_last_line(c, &why);
}

int kqt_load_keep_command(const char *command, uint64_t limit_ns)
{
	uint64_t until_ns = kqt_clock_now_ns() + limit_ns;
	struct kqt_load_answer last = {.kind = KQT_LOAD_IS_FAILED};
	struct command c = {.said = -1};
	char text[96];
	int rc = kqt_load_keeper_begin(limit_ns, ALARM_GRACE_S);

	if (rc == 0)
		rc = start(&c, command);
	if (rc == 0)
		watch(&c, until_ns, &last);
	else
		snprintf(last.text, sizeof(last.text), "cannot start the load command: %s",
		         kqt_err_text(rc, text, sizeof(text)));
	kqt_load_end_family(c.group, TERM_GRACE_NS);
	if (c.said >= 0) /* not before: what it says at its end must not kill it by SIGPIPE */
		close(c.said);
	kqt_load_answer(&last);
	return rc < 0;
}
