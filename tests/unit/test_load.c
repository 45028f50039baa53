/* SPDX-License-Identifier: MIT */
/* The load generators with real processes. This program is its own keeper (main hands
 * over, as kqtop's does), and its own victim: `HOLD` starts a load and waits to be
 * killed. Processes are found in /proc by a number in their command line that no other
 * has; where there is no /proc those tests are skipped. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/load/load.h"
#include "engine/load/port/port.h"
#include "engine/load/worker.h"
#include "tests/support/descriptors.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
/* For conditions that a loaded machine or a sanitizer delays; never waited through. */
#define PATIENCE_NS (30 * KQT_NS_PER_S)

static char text[1024];
static const char *self; /* argv[0] */

static struct kqt_strbuf fresh_text(void)
{
	return kqt_strbuf_init(text, sizeof(text));
}

static void nap(void)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	nanosleep(&ms, NULL);
}

/* -- processes ------------------------------------------------------------ */

static uint64_t new_mark(void)
{
	static unsigned n;

	return (uint64_t)getpid() * 1000000 + 424200 + n++;
}

static bool has_mark(const char *pid, const char *mark)
{
	char path[300], line[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	for (ssize_t i = 0; i < n; i++)
		if (line[i] == '\0')
			line[i] = ' ';
	line[n > 0 ? n : 0] = '\0';
	return strstr(line, mark) != NULL;
}

/* Who has a mark. */
struct marked {
	int n;
	pid_t child; /* the one that is our own child: the keeper; 0 = none */
	pid_t other; /* one that is not */
};

static struct marked find_marked(uint64_t mark)
{
	DIR *dir = opendir("/proc");
	struct marked m = {0};
	struct dirent *e;
	char word[32];

	snprintf(word, sizeof(word), "%llu", (unsigned long long)mark);
	while (dir && (e = readdir(dir))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid <= 0 || !has_mark(e->d_name, word))
			continue;
		m.n++;
		if (waitpid(pid, NULL, WNOHANG) == 0)
			m.child = pid;
		else
			m.other = pid;
	}
	if (dir)
		closedir(dir);
	return m;
}

static const char *with_mark(const char *command, uint64_t mark)
{
	static char line[512];
	struct kqt_strbuf sb = kqt_strbuf_init(line, sizeof(line));
	const char *at;

	for (; (at = strstr(command, "MARK")); command = at + 4)
		kqt_strbuf_add(&sb, "%.*s%llu", (int)(at - command), command,
		               (unsigned long long)mark);
	kqt_strbuf_add(&sb, "%s", command);
	return line;
}

static bool have_proc(void)
{
	return access("/proc/self/cmdline", R_OK) == 0;
}

static bool become_none(uint64_t mark)
{
	uint64_t until = kqt_clock_now_ns() + PATIENCE_NS;

	while (find_marked(mark).n > 0 && kqt_clock_now_ns() < until)
		nap();
	return find_marked(mark).n == 0;
}

#define NEED_PROC()                                                                                \
	do {                                                                                       \
		if (!have_proc()) {                                                                \
			print_message("skip: no /proc to find processes in\n");                    \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

/* -- loads ---------------------------------------------------------------- */

static struct kqt_load *start(const struct kqt_load_order *o)
{
	struct kqt_load *l = NULL;
	struct kqt_strbuf why = fresh_text();

	if (kqt_load_start(o, &l, &why) < 0)
		fail_msg("%s", text);
	return l;
}

static struct kqt_load *start_kind(const char *spec, uint64_t seed)
{
	struct kqt_load_order o = {.limit_ns = 60 * KQT_NS_PER_S, .seed = seed};
	struct kqt_strbuf why = fresh_text();

	assert_int_equal(kqt_load_parse(spec, &o.spec, &why), 0);
	return start(&o);
}

static struct kqt_load *start_command(const char *command)
{
	struct kqt_load_order o = {.limit_ns = 60 * KQT_NS_PER_S, .command = command};

	return start(&o);
}

static void settle(struct kqt_load *l)
{
	struct kqt_strbuf why = fresh_text();

	if (kqt_load_settle(l, PATIENCE_NS, &why) < 0)
		fail_msg("%s", text);
}

static enum kqt_load_state wait_over(struct kqt_load *l)
{
	uint64_t until = kqt_clock_now_ns() + PATIENCE_NS;
	enum kqt_load_state s;

	while ((s = kqt_load_poll(l)) != KQT_LOAD_ENDED && s != KQT_LOAD_FAILED &&
	       kqt_clock_now_ns() < until)
		nap();
	return s;
}

/* -- how it is asked for -------------------------------------------------- */

static void a_kind_parses_with_a_number_or_times_the_cpus(void **state)
{
	static const struct {
		const char *text, *back;
		enum kqt_load_kind kind;
		unsigned count;
		bool per_cpu;
	} good[] = {
	    {"cpu", "cpu:1x", KQT_LOAD_CPU, 1, true},
	    {"cpu:2x", "cpu:2x", KQT_LOAD_CPU, 2, true},
	    {"memory:3", "memory:3", KQT_LOAD_MEMORY, 3, false},
	    {"fork:256", "fork:256", KQT_LOAD_FORK, 256, false},
	    {"sockets:1", "sockets:1", KQT_LOAD_SOCKETS, 1, false},
	    {"files:007", "files:7", KQT_LOAD_FILES, 7, false},
	    {"timers:1x", "timers:1x", KQT_LOAD_TIMERS, 1, true},
	};

	(void)state;
	for (size_t i = 0; i < LEN(good); i++) {
		struct kqt_load_spec spec = {0};
		struct kqt_strbuf why = fresh_text();
		char back[16];

		assert_int_equal(kqt_load_parse(good[i].text, &spec, &why), 0);
		assert_int_equal(spec.kind, good[i].kind);
		assert_int_equal(spec.count, good[i].count);
		assert_int_equal(spec.per_cpu, good[i].per_cpu);
		assert_string_equal(kqt_load_text(&spec, back, sizeof(back)), good[i].back);
		assert_int_equal(kqt_load_units(&spec, 3),
		                 good[i].per_cpu ? good[i].count * 3 : good[i].count);
	}
}

static void what_is_no_load_is_refused_in_words(void **state)
{
	static const struct {
		const char *text;
		int rc;
		const char *word;
	} bad[] = {
	    {"", -KQT_E_UNKNOWN_NAME, "there are cpu, memory, fork, sockets, files, timers"},
	    {"cp", -KQT_E_UNKNOWN_NAME, "'cp'"},
	    {"CPU", -KQT_E_UNKNOWN_NAME, "'CPU'"},
	    {"cpus:2", -KQT_E_UNKNOWN_NAME, "'cpus:2'"},
	    {"command", -KQT_E_UNKNOWN_NAME, "'command'"},
	    {"cpu\033[2J", -KQT_E_UNKNOWN_NAME, "'cpu\\x1b[2J'"},
	    {"cpu:", -KQT_E_SYNTAX, ":N or :Nx"},
	    {"cpu:x", -KQT_E_SYNTAX, ":N or :Nx"},
	    {"cpu:-1", -KQT_E_SYNTAX, "'cpu:-1'"},
	    {"cpu:+1", -KQT_E_SYNTAX, "'cpu:+1'"},
	    {"cpu: 1", -KQT_E_SYNTAX, "'cpu: 1'"},
	    {"cpu:1.5x", -KQT_E_SYNTAX, "'cpu:1.5x'"},
	    {"cpu:2xx", -KQT_E_SYNTAX, "'cpu:2xx'"},
	    {"cpu:2:3", -KQT_E_SYNTAX, "'cpu:2:3'"},
	    {"cpu:0", -KQT_E_RANGE, "1 to 256"},
	    {"cpu:0x", -KQT_E_RANGE, "1 to 256"},
	    {"cpu:257", -KQT_E_RANGE, "1 to 256"},
	    {"cpu:18446744073709551617", -KQT_E_RANGE, "1 to 256"},
	    {"cpu:4294967297x", -KQT_E_RANGE, "1 to 256"},
	};

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		struct kqt_load_spec spec = {.kind = KQT_LOAD_FILES, .count = 99};
		struct kqt_strbuf why = fresh_text();

		assert_int_equal(kqt_load_parse(bad[i].text, &spec, &why), bad[i].rc);
		assert_int_equal(spec.kind, KQT_LOAD_FILES);
		assert_int_equal(spec.count, 99);
		if (!strstr(text, bad[i].word))
			fail_msg("%s: no %s in: %s", bad[i].text, bad[i].word, text);
	}
}

static void an_absurd_order_is_refused(void **state)
{
	static char long_command[KQT_LOAD_COMMAND_MAX + 2];
	struct kqt_load_order o = {.spec = {.kind = KQT_LOAD_CPU, .count = 1}};
	struct kqt_load *l = NULL;
	struct kqt_strbuf why = fresh_text();

	(void)state;
	assert_int_equal(kqt_load_start(&o, &l, &why), -KQT_E_RANGE); /* no time limit */
	o.limit_ns = KQT_LOAD_LIMIT_MAX_NS + 1;
	assert_int_equal(kqt_load_start(&o, &l, &why), -KQT_E_RANGE);
	o.limit_ns = KQT_NS_PER_S;
	o.spec.count = 0;
	assert_int_equal(kqt_load_start(&o, &l, &why), -KQT_E_RANGE);
	o.command = " \t ";
	assert_int_equal(kqt_load_start(&o, &l, &why), -KQT_E_SYNTAX);
	memset(long_command, 'x', sizeof(long_command) - 1);
	o.command = long_command;
	assert_int_equal(kqt_load_start(&o, &l, &why), -KQT_E_RANGE);
	assert_null(l);
	kqt_load_stop(NULL);
}

static void memory_of_more_than_half_the_machine_is_refused(void **state)
{
	uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;
	struct kqt_load_order o = {.spec = {.kind = KQT_LOAD_MEMORY, .count = 256},
	                           .limit_ns = KQT_NS_PER_S};
	struct kqt_load *l = NULL;
	struct kqt_strbuf why = fresh_text();

	(void)state;
	if (half / kqt_load_memory.unit_bytes >= 256) {
		print_message("skip: 256 units are less than half of this machine's memory\n");
		skip();
	}
	assert_int_equal(kqt_load_start(&o, &l, &why), -KQT_E_RANGE);
	assert_non_null(strstr(text, "memory:256"));
	assert_null(l);
}

static void the_sequence_of_work_is_the_seeds(void **state)
{
	struct kqt_load_worker a = {.random = 5}, b = {.random = 5}, c = {.random = 6};
	uint64_t first = kqt_load_random(&a);

	(void)state;
	assert_int_equal(kqt_load_random(&b), first);
	assert_int_not_equal(kqt_load_random(&c), first);
	assert_int_equal(kqt_load_random(&a), kqt_load_random(&b));
}

/* -- what it does --------------------------------------------------------- */

static void every_kind_works_is_counted_and_leaves_nobody(void **state)
{
	NEED_PROC();
	(void)state;
	for (int k = 0; k < KQT_LOAD_KINDS; k++) {
		uint64_t mark = new_mark(), until = kqt_clock_now_ns() + PATIENCE_NS;
		struct kqt_load_count from, to;
		struct kqt_load_rates r;
		char spec[32];
		struct kqt_load *l;

		snprintf(spec, sizeof(spec), "%s:2", kqt_load_kind_name((enum kqt_load_kind)k));
		l = start_kind(spec, mark);
		settle(l);
		assert_int_equal(kqt_load_poll(l), KQT_LOAD_RUNNING);
		assert_int_equal(kqt_load_sample(l, PATIENCE_NS, &from), 0);
		assert_int_equal(from.running, from.wanted);
		assert_int_equal(from.wanted, 2 * kqt_load_works[k]->processes);
		/* the keeper and its workers; fork's children of the moment too */
		assert_true(find_marked(mark).n >= (int)from.wanted + 1);
		do {
			assert_int_equal(kqt_load_sample(l, PATIENCE_NS, &to), 0);
			nap();
		} while ((to.ops == from.ops || to.cpu_ns == from.cpu_ns ||
		          to.switches == from.switches) &&
		         kqt_clock_now_ns() < until);
		kqt_load_rates_of(l, &from, &to, &r);
		assert_true(r.seconds > 0 && r.ops_per_s > 0 && r.switches_per_s > 0);
		assert_true(r.utilisation > 0);
		assert_true(k == KQT_LOAD_CPU ? r.share > 0 : r.share == 1);
		assert_true(kqt_load_left_ns(l) > 0);
		assert_string_equal(kqt_load_reason(l), "");
		kqt_load_stop(l);
		assert_int_equal(find_marked(mark).n, 0);
	}
}

static void rates_without_time_or_counts_are_unknown(void **state)
{
	uint64_t mark = new_mark();
	struct kqt_load *l = start_kind("cpu:1", mark);
	struct kqt_load_count none, c;
	struct kqt_load_rates r;

	(void)state;
	kqt_load_last(l, &none);
	assert_int_equal(none.ops, KQT_LOAD_UNKNOWN);
	assert_int_equal(kqt_load_sample(l, PATIENCE_NS, &c), 0);
	kqt_load_rates_of(l, &none, &c, &r);
	assert_true(isnan(r.seconds) && isnan(r.share) && isnan(r.ops_per_s));
	kqt_load_rates_of(l, &c, &c, &r);
	assert_true(isnan(r.seconds) && isnan(r.utilisation));
	kqt_load_stop(l);
}

static void the_time_limit_ends_it_without_anybodys_help(void **state)
{
	uint64_t mark = new_mark();
	struct kqt_load_order o[2] = {
	    {.spec = {.kind = KQT_LOAD_TIMERS, .count = 1}, .seed = mark},
	    {.command = with_mark("trap '' TERM; while :; do :; done # MARK", mark)},
	};

	NEED_PROC();
	(void)state;
	for (size_t i = 0; i < LEN(o); i++) {
		struct kqt_load *l;

		o[i].limit_ns = 30 * KQT_NS_PER_MS;
		l = start(&o[i]);
		assert_int_equal(wait_over(l), KQT_LOAD_ENDED);
		assert_string_equal(kqt_load_reason(l), "the time limit is over");
		assert_int_equal(kqt_load_left_ns(l), 0);
		assert_true(become_none(mark)); /* before we stop it */
		kqt_load_stop(l);
	}
}

static void a_killed_worker_is_missed_and_the_last_one_is_the_end(void **state)
{
	uint64_t mark = new_mark(), until = kqt_clock_now_ns() + PATIENCE_NS;
	struct kqt_load *l = start_kind("cpu:2", mark);
	struct kqt_load_count c;

	NEED_PROC();
	(void)state;
	settle(l);
	for (unsigned left = 1; left > 0; left--) {
		assert_int_equal(kill(find_marked(mark).other, SIGKILL), 0);
		do
			assert_int_equal(kqt_load_sample(l, PATIENCE_NS, &c), 0);
		while (c.running != left && kqt_clock_now_ns() < until);
		assert_int_equal(c.running, left);
		assert_int_equal(c.wanted, 2);
	}
	assert_int_equal(kill(find_marked(mark).other, SIGKILL), 0);
	assert_int_equal(wait_over(l), KQT_LOAD_FAILED);
	assert_string_equal(kqt_load_reason(l), "a worker was killed by signal 9");
	kqt_load_stop(l);
	assert_int_equal(find_marked(mark).n, 0);
}

static void a_killed_keeper_takes_its_workers_along(void **state)
{
	uint64_t mark = new_mark();
	struct kqt_load *l = start_kind("sockets:2", mark);

	NEED_PROC();
	(void)state;
	settle(l);
	assert_int_equal(kill(find_marked(mark).child, SIGKILL), 0);
	assert_int_equal(wait_over(l), KQT_LOAD_FAILED);
	assert_string_equal(kqt_load_reason(l), "the load's keeper was killed");
	assert_true(become_none(mark));
	kqt_load_stop(l);
}

static void nothing_stands_on_the_disk(void **state)
{
	char dir[] = "/tmp/kqtop-test-XXXXXX";
	uint64_t mark = new_mark();
	struct kqt_load *l;
	struct dirent *e;
	DIR *d;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(setenv("TMPDIR", dir, 1), 0);
	l = start_kind("files:2", mark);
	settle(l);
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' || strlen(e->d_name) > 2)
			fail_msg("'%s' is there", e->d_name);
	closedir(d);
	kqt_load_stop(l);
	unsetenv("TMPDIR");
	assert_int_equal(rmdir(dir), 0); /* fails if there is anything in it */
}

static void a_folder_that_is_not_there_is_said(void **state)
{
	struct kqt_strbuf why = fresh_text();
	struct kqt_load *l;

	(void)state;
	assert_int_equal(setenv("TMPDIR", "/nonexistent/kqtop", 1), 0);
	l = start_kind("files:1", new_mark());
	assert_int_equal(kqt_load_settle(l, PATIENCE_NS, &why), -KQT_E_STOPPED);
	unsetenv("TMPDIR");
	assert_string_equal(text, "a worker cannot work: no such file or directory");
	assert_int_equal(kqt_load_poll(l), KQT_LOAD_FAILED);
	kqt_load_stop(l);
}

static void start_and_stop_leave_no_descriptor(void **state)
{
	int before = kqt_test_descriptors();

	(void)state;
	for (int i = 0; i < 3; i++)
		kqt_load_stop(start_kind("cpu:1", new_mark()));
	kqt_load_stop(start_command("sleep 100"));
	assert_int_equal(kqt_test_descriptors_once(before), before);
}

/* -- commands ------------------------------------------------------------- */

static bool family_known(void)
{
	return kqt_port_family(NULL, NULL, NULL) >= 0;
}

static void a_command_is_counted_while_it_lives(void **state)
{
	struct kqt_load *l = start_command("while :; do :; done");
	uint64_t until = kqt_clock_now_ns() + PATIENCE_NS;
	struct kqt_load_count from, to;
	struct kqt_load_rates r;

	(void)state;
	settle(l);
	assert_int_equal(kqt_load_sample(l, PATIENCE_NS, &from), 0);
	assert_int_equal(from.running, 1);
	assert_int_equal(from.ops, KQT_LOAD_UNKNOWN);
	do {
		nap();
		assert_int_equal(kqt_load_sample(l, PATIENCE_NS, &to), 0);
	} while (family_known() && to.cpu_ns == from.cpu_ns && kqt_clock_now_ns() < until);
	kqt_load_rates_of(l, &from, &to, &r);
	assert_true(r.share == 1 && isnan(r.ops_per_s) && isnan(r.switches_per_s));
	assert_true(family_known() ? r.utilisation > 0 : isnan(r.utilisation));
	kqt_load_stop(l);
}

/* Each leaves, in some way, processes that are no children of the command any more. */
static const char *const stubborn[] = {
    "sleep MARK",
    "sleep MARK & sleep MARK & wait",
    "trap '' TERM; (trap '' TERM; while :; do sleep 1; done; : MARK) & while :; do :; done",
    "(setsid sh -c 'sleep MARK & sleep MARK' &); sleep 1000",
    "setsid sh -c 'trap \"\" TERM; while :; do :; done; : MARK' & sleep 1000",
    "(sleep MARK & ) ; kill -STOP $$",
};

static void stop_leaves_nothing_of_a_command(void **state)
{
	NEED_PROC();
	(void)state;
	for (size_t i = 0; i < LEN(stubborn); i++) {
		uint64_t mark = new_mark(), until = kqt_clock_now_ns() + PATIENCE_NS;
		const char *line;
		struct kqt_load *l;

		if (!family_known() && strstr(stubborn[i], "setsid"))
			continue; /* nobody can find those there; load.h says so */
		line = with_mark(stubborn[i], mark);
		l = start_command(line);
		settle(l);
		/* the keeper has the command in its own line; the command's shell too */
		while (find_marked(mark).n < 2 && kqt_clock_now_ns() < until)
			nap();
		kqt_load_stop(l);
		if (find_marked(mark).n > 0)
			fail_msg("left of: %s", line);
	}
}

static void a_command_that_is_not_there_is_said(void **state)
{
	static const struct {
		const char *command;
		enum kqt_load_state state;
		const char *reason;
	} ends[] = {
	    {"true", KQT_LOAD_ENDED, "the load command has ended"},
	    {"exit 3", KQT_LOAD_FAILED, "the load command ended with status 3"},
	    {"echo one >&2; printf 'two \\033[31m\\377\\n' >&2; exit 9", KQT_LOAD_FAILED,
	     "the load command ended with status 9: two \\x1b[31m\\xff"},
	    {"kill -9 $$", KQT_LOAD_FAILED, "the load command was killed by signal 9"},
	    {"sleep 1000 & exit 4", KQT_LOAD_FAILED, "the load command ended with status 4"},
	};

	(void)state;
	for (size_t i = 0; i < LEN(ends); i++) {
		struct kqt_load *l = start_command(ends[i].command);
		struct kqt_strbuf why = fresh_text();

		assert_int_equal(wait_over(l), ends[i].state);
		assert_string_equal(kqt_load_reason(l), ends[i].reason);
		assert_int_equal(kqt_load_settle(l, PATIENCE_NS, &why), -KQT_E_STOPPED);
		assert_string_equal(text, ends[i].reason);
		kqt_load_stop(l);
	}
	{
		struct kqt_load *l = start_command("/nonexistent/stress-ng --cpu 2");
		struct kqt_strbuf why = fresh_text();

		assert_int_equal(kqt_load_settle(l, PATIENCE_NS, &why), -KQT_E_STOPPED);
		assert_non_null(strstr(text, "status 127: "));
		assert_non_null(strstr(text, "/nonexistent/stress-ng"));
		kqt_load_stop(l);
	}
}

/* -- the parent's death --------------------------------------------------- */

/* HOLD spec MARK, or HOLD command: start it, say so, wait for SIGKILL. */
static int hold(char **argv)
{
	struct kqt_load_order o = {.limit_ns = 600 * KQT_NS_PER_S};
	struct kqt_strbuf why = fresh_text();
	struct kqt_load *l;

	if (argv[3])
		o.seed = strtoull(argv[3], NULL, 10);
	else
		o.command = argv[2];
	if ((argv[3] && kqt_load_parse(argv[2], &o.spec, &why) < 0) ||
	    kqt_load_start(&o, &l, &why) < 0 || kqt_load_settle(l, PATIENCE_NS, &why) < 0)
		return 1;
	if (write(STDOUT_FILENO, "!", 1) != 1)
		return 1;
	for (;;)
		pause();
}

static void kill_holder(const char *what, uint64_t mark, bool command)
{
	char number[32], byte;
	int said[2];
	pid_t pid;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)mark);
	assert_int_equal(pipe(said), 0);
	pid = fork();
	if (pid == 0) {
		dup2(said[1], STDOUT_FILENO);
		close(said[0]);
		close(said[1]);
		execl("/proc/self/exe", self, "HOLD", what, command ? NULL : number, (char *)NULL);
		_exit(127);
	}
	close(said[1]);
	if (read(said[0], &byte, 1) != 1)
		fail_msg("holder of %s has not started", what);
	assert_true(find_marked(mark).n > 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	if (!become_none(mark))
		fail_msg("left of %s", what);
	close(said[0]);
}

static void a_killed_parent_leaves_no_process(void **state)
{
	NEED_PROC();
	(void)state;
	for (int k = 0; k < KQT_LOAD_KINDS; k++) {
		char spec[32];

		snprintf(spec, sizeof(spec), "%s:2", kqt_load_kind_name((enum kqt_load_kind)k));
		kill_holder(spec, new_mark(), false);
	}
	for (size_t i = 0; i < LEN(stubborn); i++) {
		uint64_t mark = new_mark();
		const char *line;

		if (!family_known() && strstr(stubborn[i], "setsid"))
			continue;
		line = with_mark(stubborn[i], mark);
		kill_holder(line, mark, true);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_kind_parses_with_a_number_or_times_the_cpus),
	    cmocka_unit_test(what_is_no_load_is_refused_in_words),
	    cmocka_unit_test(an_absurd_order_is_refused),
	    cmocka_unit_test(memory_of_more_than_half_the_machine_is_refused),
	    cmocka_unit_test(the_sequence_of_work_is_the_seeds),
	    cmocka_unit_test(every_kind_works_is_counted_and_leaves_nobody),
	    cmocka_unit_test(rates_without_time_or_counts_are_unknown),
	    cmocka_unit_test(the_time_limit_ends_it_without_anybodys_help),
	    cmocka_unit_test(a_killed_worker_is_missed_and_the_last_one_is_the_end),
	    cmocka_unit_test(a_killed_keeper_takes_its_workers_along),
	    cmocka_unit_test(nothing_stands_on_the_disk),
	    cmocka_unit_test(a_folder_that_is_not_there_is_said),
	    cmocka_unit_test(start_and_stop_leave_no_descriptor),
	    cmocka_unit_test(a_command_is_counted_while_it_lives),
	    cmocka_unit_test(stop_leaves_nothing_of_a_command),
	    cmocka_unit_test(a_command_that_is_not_there_is_said),
	    cmocka_unit_test(a_killed_parent_leaves_no_process),
	};
	int rc = kqt_load_keeper(argc, argv);

	if (rc >= 0)
		return rc;
	self = argv[0];
	kqt_load_program(self);
	signal(SIGPIPE, SIG_IGN);
	if (argc > 2 && strcmp(argv[1], "HOLD") == 0)
		return hold(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
