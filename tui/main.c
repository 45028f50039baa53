/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/cmd.h"
#include "tui/complete.h"
#include "tui/rounds.h"
#include "tui/self.h"

const struct kqt_command kqt_commands[] = {
    {"live", kqt_cmd_live, "the interactive monitor (also when no command is given)"},
    {"replay", kqt_cmd_replay, "a recording on the same screen: pause, seek, speed"},
    {"sweep", kqt_cmd_sweep, "every combination of some values, and the best of them"},
    {"config", kqt_cmd_config, "the settings in force, and where each comes from"},
    {"info", kqt_cmd_info, "the source's card, limits and clock of this machine"},
    {"collect", kqt_cmd_collect, "bytes or timings to standard output or a file"},
    {"assess", kqt_cmd_assess, "min-entropy of a file or a pipe, by SP 800-90B"},
    {"bench", kqt_cmd_bench, "rounds without a screen, under a declared load, into a report"},
    {"compare", kqt_cmd_compare, "reports of bench: is there a difference, and is it real"},
    {"serve", kqt_cmd_serve, "metrics for Prometheus, without a screen"},
    {NULL, NULL, NULL},
};

static void usage(FILE *f)
{
	fprintf(f, "usage: kqtop [COMMAND] [OPTIONS]\n"
	           "top(1) for kernel event notification: times every wait on the event queue\n\n");
	for (const struct kqt_command *c = kqt_commands; c->name; c++)
		fprintf(f, "  %-9s %s\n", c->name, c->summary);
	fprintf(f, "\n'kqtop COMMAND --help' lists a command's options; kqtop(1) is the manual.\n");
}

static int unknown(const char *name)
{
	char text[256];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	for (const struct kqt_command *c = kqt_commands; c->name; c++)
		kqt_strbuf_add(&sb, "%s%s", c == kqt_commands ? "" : ", ", c->name);
	kqt_complain("no command '%s' (there are: %s)", name, text);
	return KQT_EXIT_USAGE;
}

/* A descriptor below 3 that is closed would be given to the event queue or to a
 * socket, and what is printed would go there. Standard output gets one that cannot
 * be written to, so that a result that reaches nobody is an error. */
static void fill_standard_descriptors(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

static int run(int argc, char **argv)
{
	if (argc < 2)
		return kqt_cmd_live(argc, argv);
	if (strcmp(argv[1], KQT_ROUND_COMMAND) == 0)
		return kqt_round_main();
	if (strcmp(argv[1], "help") == 0 && argc > 2) {
		char *ask[] = {argv[2], "--help", NULL};

		for (const struct kqt_command *c = kqt_commands; c->name; c++)
			if (strcmp(c->name, argv[2]) == 0)
				return c->run(2, ask);
		return unknown(argv[2]);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return KQT_EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("kqtop %s\n", KQT_VERSION);
		return KQT_EXIT_OK;
	}
	if (strcmp(argv[1], "__complete") == 0)
		return kqt_complete(argc - 1, argv + 1);
	if (argv[1][0] == '-')
		return kqt_cmd_live(argc, argv);
	for (const struct kqt_command *c = kqt_commands; c->name; c++)
		if (strcmp(c->name, argv[1]) == 0)
			return c->run(argc - 1, argv + 1);
	return unknown(argv[1]);
}

int main(int argc, char **argv)
{
	int rc = kqt_load_keeper(argc, argv);

	if (rc >= 0)
		return rc;
	kqt_load_program(argv[0]);
	kqt_self_set(argv[0]);
	fill_standard_descriptors();
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* numbers are for programs too */
	/* so are messages: the system's words in our sentences are English as these, and ASCII,
	 * whatever bytes another locale's would be in JSON and on the screen */
	setlocale(LC_MESSAGES, "C");
	/* a closed pipe is an error of write(), told and turned into an exit status */
	signal(SIGPIPE, SIG_IGN);
	/* so is a file that reached the limit of its size */
	signal(SIGXFSZ, SIG_IGN);

	rc = run(argc, argv);
	/* whoever failed has said why */
	if (rc == KQT_EXIT_OK && !kqt_output_end())
		rc = KQT_EXIT_NEGATIVE;
	return rc;
}
