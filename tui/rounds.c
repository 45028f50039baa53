/* SPDX-License-Identifier: MIT */
#include "tui/rounds.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tui/self.h"

#define CHUNK ((size_t)65536)
#define ORDER_MAX 16384
/* A child that has been told to end and does not is in the kernel, or stopped. */
#define END_WAIT_MS 2000

extern char **environ; /* NOLINT(readability-redundant-declaration) */

/* -- the parent's side ------------------------------------------------------ */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Ends that the other process does not have: a child that inherited the order's write
 * end would never see it close. */
static int pipe_apart(int fd[2])
{
	if (pipe(fd) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		if (fcntl(fd[i], F_SETFD, FD_CLOEXEC) < 0)
			return -errno;
	return 0;
}

static int spawn(const int order[2], const int answer[2], pid_t *pid)
{
	char *argv[] = {(char *)"kqtop", (char *)KQT_ROUND_COMMAND, NULL};
	posix_spawn_file_actions_t actions;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc != 0)
		return -rc;
	rc = posix_spawn_file_actions_adddup2(&actions, order[0], STDIN_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, answer[1], STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawnp(pid, kqt_self_path(), &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -rc;
}

/* An order is far smaller than a pipe: it waits for nobody. */
static int send_order(int fd, const struct kqt_round_order *order)
{
	size_t size, done = 0;
	char *text = kqt_round_order_json(order, &size);
	int rc = 0;

	if (!text)
		return -ENOMEM;
	text[size] = '\n'; /* over the terminator */
	while (rc == 0 && done < size + 1) {
		ssize_t n = write(fd, text + done, size + 1 - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			rc = n == 0 ? -EIO : -errno;
	}
	free(text);
	return rc;
}

int kqt_round_start(const struct kqt_round_order *order, struct kqt_round_child *out)
{
	int to[2] = {-1, -1}, from[2] = {-1, -1};
	int rc = pipe_apart(to);

	*out = (struct kqt_round_child){.order_fd = -1, .answer_fd = -1};
	if (rc == 0)
		rc = pipe_apart(from);
	if (rc == 0)
		rc = spawn(to, from, &out->pid);
	close_fd(&to[0]);
	close_fd(&from[1]);
	out->order_fd = to[1];
	out->answer_fd = from[0];
	if (rc == 0)
		rc = send_order(out->order_fd, order);
	if (rc < 0)
		kqt_round_abandon(out);
	return rc;
}

static int read_more(struct kqt_round_child *c)
{
	ssize_t n;

	if (c->room - c->len < CHUNK) {
		size_t room = c->room ? 2 * c->room : 4 * CHUNK;
		char *more = realloc(c->text, room);

		if (!more)
			return -ENOMEM;
		c->text = more;
		c->room = room;
	}
	n = read(c->answer_fd, c->text + c->len, c->room - c->len);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	c->len += (size_t)n;
	return n == 0;
}

int kqt_round_wait(struct kqt_round_child *c, int timeout_ms)
{
	struct pollfd pfd = {.fd = c->answer_fd, .events = POLLIN};
	int n = poll(&pfd, 1, timeout_ms);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n > 0 ? read_more(c) : 0;
}

static int reap(struct kqt_round_child *c)
{
	int status = 0;

	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
	return status;
}

static void forget(struct kqt_round_child *c)
{
	close_fd(&c->order_fd);
	close_fd(&c->answer_fd);
	free(c->text);
	c->text = NULL;
	c->len = c->room = 0;
}

int kqt_round_finish(struct kqt_round_child *c, struct kqt_round_answer *out,
                     struct kqt_strbuf *why)
{
	int status = reap(c), rc;

	if (WIFSIGNALED(status)) {
		kqt_strbuf_add(why, "a round's process was ended by signal %d (%s)",
		               WTERMSIG(status), strsignal(WTERMSIG(status)));
		rc = -KQT_E_STOPPED;
	} else if (c->len == 0) {
		kqt_strbuf_add(why, "a round's process ended with status %d and no answer",
		               WEXITSTATUS(status));
		rc = -KQT_E_STOPPED;
	} else {
		rc = kqt_round_answer_parse(c->text, c->len, out, why);
	}
	forget(c);
	return rc;
}

void kqt_round_abandon(struct kqt_round_child *c)
{
	struct timespec nap = kqt_ns_to_timespec(5 * KQT_NS_PER_MS);
	int status;

	/* both pipes: it may be writing an answer that nobody wants any more */
	forget(c);
	if (c->pid <= 0)
		return;
	for (int ms = 0; ms < END_WAIT_MS; ms += 5) {
		if (waitpid(c->pid, &status, WNOHANG) != 0) {
			c->pid = 0;
			return;
		}
		nanosleep(&nap, NULL);
	}
	kill(c->pid, SIGKILL);
	(void)reap(c);
}

int kqt_round_time_parse(const char *value, uint64_t *round_ns, struct kqt_strbuf *why)
{
	uint64_t ns;

	if (kqt_parse_duration(value, "s", &ns) < 0 || ns < KQT_ROUND_MIN_NS ||
	    ns > KQT_ROUND_MAX_NS) {
		kqt_strbuf_add(why, "'%.40s' is not a duration from 50ms to 24h", value);
		return -KQT_E_RANGE;
	}
	*round_ns = ns;
	return 0;
}

/* -- into a report ---------------------------------------------------------- */

/* splitmix64 (public domain): is B first in this pair? */
static bool b_first(uint64_t seed, uint64_t pair)
{
	uint64_t z = seed + (pair + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) & 1;
}

void kqt_round_place(const struct kqt_report *r, uint64_t i, struct kqt_round *place)
{
	uint64_t pair = r->ab ? i / 2 : i;

	place->side = r->ab && b_first(r->seed, pair) != (i & 1);
	place->pair = (unsigned)pair;
	place->order = (unsigned)i;
}

int kqt_round_keep(struct kqt_report *r, struct kqt_round_answer *a, const struct kqt_round *place)
{
	struct kqt_round *round = kqt_report_add_round(r);

	if (!round)
		return -ENOMEM;
	*round = a->round;
	round->side = place->side;
	round->pair = place->pair;
	round->order = place->order;
	round->start_s = place->start_s;
	a->round = (struct kqt_round){0};
	if (!r->backend) {
		r->backend = a->backend;
		r->backend_label = a->backend_label;
		a->backend = a->backend_label = NULL;
	}
	return 0;
}

/* -- the child's side ------------------------------------------------------- */

/* One line; the pipe stays open behind it. */
static int read_order(struct kqt_round_order *order, struct kqt_strbuf *why)
{
	static char text[ORDER_MAX];
	size_t len = 0;
	char *end = NULL;

	while (!end && len < sizeof(text)) {
		ssize_t n = read(STDIN_FILENO, text + len, sizeof(text) - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		end = memchr(text + len, '\n', (size_t)n);
		len += (size_t)n;
	}
	if (!end) {
		kqt_strbuf_add(why, "no order");
		return -KQT_E_SHORT;
	}
	return kqt_round_order_parse(text, (size_t)(end - text), order, why);
}

/* The parent writes nothing more: whatever can be read now is the end. */
static bool parent_lives(void *arg)
{
	struct pollfd pfd = {.fd = STDIN_FILENO, .events = POLLIN};
	int n = poll(&pfd, 1, 0);

	(void)arg;
	return n == 0 || (n < 0 && errno == EINTR);
}

static int send_answer(const struct kqt_round_answer *a)
{
	size_t size;
	char *text = kqt_round_answer_json(a, &size);
	bool sent = text && fwrite(text, 1, size, stdout) == size && fflush(stdout) == 0;

	free(text);
	return sent ? KQT_EXIT_OK : KQT_EXIT_NEGATIVE;
}

int kqt_round_main(void)
{
	struct kqt_round_answer a;
	struct kqt_round_order order;
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc;

	/* ^C is the parent's to answer, and the terminal sends it to everybody */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (read_order(&order, &why) < 0) {
		kqt_complain("%s: %s", KQT_ROUND_COMMAND, text);
		return KQT_EXIT_USAGE;
	}
	kqt_round_answer_init(&a);
	rc = kqt_round_measure(&order, parent_lives, NULL, &a);
	rc = rc < 0 ? KQT_EXIT_NEGATIVE : send_answer(&a);
	kqt_round_answer_fini(&a);
	return rc;
}
