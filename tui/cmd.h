/* SPDX-License-Identifier: MIT */
/* The commands, and what they share: exit statuses, messages, options. */
#ifndef KQT_TUI_CMD_H
#define KQT_TUI_CMD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/engine.h"
#include "tui/settings.h"

/* Exit statuses: interface.md, "Common". */
enum kqt_exit {
	KQT_EXIT_OK = 0,
	KQT_EXIT_NEGATIVE = 1,
	KQT_EXIT_USAGE = 2,
	KQT_EXIT_UNDECIDED = 3
};

/** One command. argv[0] is the command's name. @return exit status. */
struct kqt_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary; /* one line, lower case */
};
extern const struct kqt_command kqt_commands[]; /* ended by a NULL name */

int kqt_cmd_live(int argc, char **argv);
int kqt_cmd_replay(int argc, char **argv);
int kqt_cmd_info(int argc, char **argv);
int kqt_cmd_sweep(int argc, char **argv);
int kqt_cmd_collect(int argc, char **argv);
int kqt_cmd_assess(int argc, char **argv);
int kqt_cmd_bench(int argc, char **argv);
int kqt_cmd_compare(int argc, char **argv);
int kqt_cmd_serve(int argc, char **argv);
int kqt_cmd_config(int argc, char **argv);

/** "kqtop: ..." and a newline on stderr. */
void kqt_complain(const char *fmt, ...) KQT_PRINTF(1, 2);

/** An option of one command, beside the tunables. */
struct kqt_option {
	const char *name; /* long name; NULL ends a list */
	char letter;      /* short name, '\0' = none */
	/* metavariable; NULL = takes none; "[FILE]" = optional. It says what a value is,
	 * to people and to completion: FILE, DIR, STREAM; "raw|hex" are the values */
	const char *arg;
	const char *help;
	/* receives the option's value (NULL when it has none); a sentence in why on
	 * failure, without the option's name */
	int (*set)(void *into, const char *value, struct kqt_strbuf *why);
};

/** What a command line is read with. */
struct kqt_usage {
	const char *command, *synopsis, *about;
	const struct kqt_option *options; /* NULL-name-terminated */
	bool measures;                    /* takes the tunables and a configuration file */
	/* the screen's settings within `into`: their options are taken then, and their keys
	 * in the file; NULL = takes none of them */
	struct kqt_settings *(*settings)(void *into);
	/* other defaults than everybody's, before the file; NULL = none */
	void (*defaults)(struct kqt_config *cfg);
	/* receives, within `into`, what the file makes of the defaults: the base of a command
	 * line that is printed; NULL = nobody asks */
	struct kqt_config *(*base)(void *into);
	/* options given within an option, by its name ("--ab"): on top of what cfg is, no
	 * defaults and no file; NULL = a whole command line */
	const char *within;
	const char *operands; /* NULL = none allowed; else files, or tunables: "NAME=LIST" */
};

/** Read a command line. Defaults, then the configuration file, then --preset, then
 * the single options, whatever their order on the command line. The file's presets of
 * one's own are known from then on.
 * --help and --version are answered here.
 * @cfg    may be NULL when u->measures is false
 * @first  index of the first operand, when u->operands
 * @return -1 to go on, else the exit status to end with (0 after --help, 2 after a
 * message). */
int kqt_options_read(int argc, char **argv, const struct kqt_usage *u, struct kqt_config *cfg,
                     void *into, int *first);

/** Bytes that the assessor looks at a time: --assess-window of what runs without end. */
struct kqt_window {
	uint64_t bytes; /* 0 = nobody watches */
	uint64_t slow;  /* instead, where `bytes` would take over a minute; 0 = never */
};
#define KQT_WINDOW_DEFAULT                                                                         \
	{                                                                                          \
		100000, 10000                                                                      \
	}
#define KQT_WINDOW_HELP                                                                            \
	"bytes assessed at a time, 1000 to 1000000; 0 = do not (default 100000, or 10000 when "    \
	"those take over a minute)"
/** As struct kqt_option's set: a window as given is never made smaller. */
int kqt_window_set(struct kqt_window *w, const char *value, struct kqt_strbuf *why);

/** Which word of a list such as "raw|hex|base64" is this? For options that have the
 * list as metavariable. @return its place from 0, or -KQT_E_UNKNOWN_NAME with a sentence. */
int kqt_choice(const char *list, const char *value, struct kqt_strbuf *why);

/** Have a command say what it takes and do nothing: every command reads its command
 * line first, and that is where it ends. Not from within visit. Threads: main only. */
void kqt_options_visit(const struct kqt_command *c,
                       void (*visit)(const struct kqt_usage *u, void *ctx), void *ctx);

/** Tell on stderr what could not be registered. @return how many kinds. */
int kqt_tell_shortfall(const struct kqt_snapshot *snap);
/** Say which triggers failed, a line a filter. @return how many filters. */
int kqt_tell_failed(const struct kqt_snapshot *snap);

/** Give a recorder the raw samples that are there (live --record-raw), while the session
 * runs a million at a time: a disk may be slower than the waits.
 * @r  NULL: drop them, or they would be counted as lost
 * @return as kqt_recorder_waits. */
int kqt_record_waits(struct kqt_recorder *r, struct kqt_session *s, struct kqt_strbuf *why);

/** How many waits found no room on their way to a recording, in words. Nothing when none.
 * @return whether there are such. */
bool kqt_record_lost(const struct kqt_recorder *r, const struct kqt_snapshot *snap,
                     struct kqt_strbuf *words);

/** Open a file to write to, created if need be. What is in it stays until there is something
 * to write: a start that fails must not cost it. @return NULL: told. Undo with fclose. */
FILE *kqt_output_open(const char *path);
/** Now: empty it. @return whether it is; told otherwise. */
bool kqt_output_begin(FILE *f, const char *path);

/** To standard output. @return whether it took it; told otherwise, with the reason. */
bool kqt_output_text(const char *text);
/** Everything is printed: @return whether standard output took all of it. Told otherwise,
 * once in a process. */
bool kqt_output_end(void);

/** Open a session and complain when that fails. @return -1 with *out set, else the
 * exit status. */
int kqt_open_session(const struct kqt_config *cfg, const struct kqt_session_options *opt,
                     struct kqt_session **out);

#endif
