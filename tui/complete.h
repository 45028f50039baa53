/* SPDX-License-Identifier: MIT */
/* Completion scripts for shells, made from the tables that the program itself reads
 * its command line with: commands, tunables, presets, back ends, each command's own
 * options. Nothing here names an option but the two that no table has. */
#ifndef KQT_TUI_COMPLETE_H
#define KQT_TUI_COMPLETE_H

#include "tui/cmd.h"

/** What may stand where a value is expected. */
enum kqt_complete_kind {
	KQT_COMPLETE_NOTHING, /* a number, a duration: nothing to offer */
	KQT_COMPLETE_VALUES,
	KQT_COMPLETE_FILES,
	KQT_COMPLETE_FOLDERS,
	KQT_COMPLETE_PRESETS, /* values, and what the configuration file defines */
};

enum kqt_complete_takes { KQT_TAKES_NONE, KQT_TAKES_MAYBE, KQT_TAKES_VALUE };

/** One option, or (name NULL) a command's operands. Texts are borrowed. */
struct kqt_complete_item {
	const char *name;
	char letter; /* '\0' = none */
	enum kqt_complete_takes takes;
	enum kqt_complete_kind kind;
	char values[512]; /* of VALUES and PRESETS: separated by blanks */
	const char *arg;  /* metavariable, "" when it takes none */
	const char *help; /* "" when none */
};

/** How one shell's script is written: called from the first line to the last. A
 * command's operands, if it takes any, come after its options. */
struct kqt_complete_shell {
	const char *name;
	void (*begin)(const struct kqt_command *commands);
	void (*command)(const struct kqt_command *c);
	void (*option)(const struct kqt_command *c, const struct kqt_complete_item *o);
	void (*operands)(const struct kqt_command *c, const struct kqt_complete_item *o);
	void (*end_command)(const struct kqt_command *c);
	void (*end)(void);
};

extern const struct kqt_complete_shell kqt_complete_bash, kqt_complete_zsh, kqt_complete_fish;

/** What sed -n makes the names of presets of one's own from the configuration file with:
 * the shell looks by itself, as it runs no kqtop. */
#define KQT_COMPLETE_PRESET_SED                                                                    \
	"s/^[[:blank:]]*\\[preset[[:blank:]]\\{1,\\}\\([A-Za-z0-9][A-Za-z0-9._-]*\\)\\].*/\\1/p"

/** Print text with `before` in front of each character that is in `special`; a '
 * becomes `quote`. */
void kqt_complete_escaped(const char *text, const char *special, const char *before,
                          const char *quote);

/** `kqtop __complete SHELL`: the script on standard output. @return exit status. */
int kqt_complete(int argc, char **argv);

#endif
