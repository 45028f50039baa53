/* SPDX-License-Identifier: MIT */
/* For fish: one `complete` an option, each with its command as condition. */
#include <stdio.h>

#include "tui/complete.h"

/* Between single quotes. */
static void text(const char *s)
{
	kqt_complete_escaped(s, "\\", "\\", "\\'");
}

static void begin(const struct kqt_command *commands)
{
	printf("# fish completion for kqtop %s; made by: kqtop __complete fish\n\n"
	       "# is the command on this line (live when none is given) one of these?\n"
	       "function __kqtop_is\n"
	       "    set -l words (commandline -opc)\n"
	       "    set -l command live\n"
	       "    if set -q words[2]; and not string match -q -- '-*' $words[2]\n"
	       "        set command $words[2]\n"
	       "    end\n"
	       "    contains -- $command $argv\n"
	       "end\n\n"
	       "# is there no word yet but kqtop?\n"
	       "function __kqtop_first\n"
	       "    set -l words (commandline -opc)\n"
	       "    not set -q words[2]\n"
	       "end\n\n"
	       "function __kqtop_presets\n"
	       "    set -l base $XDG_CONFIG_HOME\n"
	       "    test -n \"$base\"; or set base ~/.config\n"
	       "    sed -n '%s' \\\n"
	       "        $base/kqtop/config 2>/dev/null\n"
	       "end\n\n"
	       "complete -c kqtop -f\n",
	       KQT_VERSION, KQT_COMPLETE_PRESET_SED);
	for (const struct kqt_command *c = commands; c->name; c++) {
		printf("complete -c kqtop -n __kqtop_first -a %s -d '", c->name);
		text(c->summary);
		printf("'\ncomplete -c kqtop -n '__kqtop_is help' -a %s\n", c->name);
	}
	printf("complete -c kqtop -n __kqtop_first -a help -d 'what a command takes'\n");
}

static void command(const struct kqt_command *c)
{
	printf("\n# %s\n", c->name);
}

static void values(const struct kqt_complete_item *o)
{
	if (o->kind == KQT_COMPLETE_VALUES)
		printf(" -a '%s'", o->values);
	else if (o->kind == KQT_COMPLETE_FILES)
		printf(" -F");
	else if (o->kind == KQT_COMPLETE_PRESETS)
		printf(" -a '%s (__kqtop_presets)'", o->values);
	else if (o->kind == KQT_COMPLETE_FOLDERS)
		printf(" -a '(__fish_complete_directories)'");
}

/* -r: a value must follow. Without it one may, after "=". -f keeps files away. */
static void option(const struct kqt_command *c, const struct kqt_complete_item *o)
{
	printf("complete -c kqtop -n '__kqtop_is %s' -l %s", c->name, o->name);
	if (o->letter)
		printf(" -s %c", o->letter);
	if (o->takes == KQT_TAKES_VALUE)
		printf(o->kind == KQT_COMPLETE_FILES ? " -r" : " -r -f");
	values(o);
	printf(" -d '");
	text(o->help);
	printf("'\n");
}

static void operands(const struct kqt_command *c, const struct kqt_complete_item *o)
{
	printf("complete -c kqtop -n '__kqtop_is %s; and not __kqtop_first'", c->name);
	values(o);
	printf("\n");
}

static void end_command(const struct kqt_command *c)
{
	(void)c;
}

static void end(void)
{
}

const struct kqt_complete_shell kqt_complete_fish = {
    .name = "fish",
    .begin = begin,
    .command = command,
    .option = option,
    .operands = operands,
    .end_command = end_command,
    .end = end,
};
