/* SPDX-License-Identifier: MIT */
/* For zsh: a function for the fpath, by _arguments, which knows the values' help too. */
#include <stdio.h>

#include "tui/complete.h"

/* Between single quotes, in a spec of _arguments or _describe. */
static void text(const char *s)
{
	kqt_complete_escaped(s, "[]:\\", "\\", "'\\''");
}

static void begin(const struct kqt_command *commands)
{
	printf("#compdef kqtop\n"
	       "# zsh completion for kqtop %s; made by: kqtop __complete zsh\n\n"
	       "_kqtop_presets()\n"
	       "{\n"
	       "\tcompadd \"$@\" ${(f)\"$(sed -n '%s' \\\n"
	       "\t\t\"${XDG_CONFIG_HOME:-$HOME/.config}/kqtop/config\" 2>/dev/null)\"}\n"
	       "}\n"
	       "\n"
	       "_kqtop()\n"
	       "{\n"
	       "\tlocal command=live\n"
	       "\tlocal -a commands=(\n",
	       KQT_VERSION, KQT_COMPLETE_PRESET_SED);
	for (const struct kqt_command *c = commands; c->name; c++) {
		printf("\t\t'%s:", c->name);
		text(c->summary);
		printf("'\n");
	}
	printf("\t\t'help:what a command takes'\n"
	       "\t)\n"
	       "\n"
	       "\tif [[ $words[2] != -* ]]; then\n"
	       "\t\tif (( CURRENT == 2 )); then\n"
	       "\t\t\t_describe command commands\n"
	       "\t\t\treturn\n"
	       "\t\tfi\n"
	       "\t\tcommand=$words[2]\n"
	       "\t\tshift words\n"
	       "\t\t(( CURRENT-- ))\n"
	       "\tfi\n"
	       "\tcase $command in\n"
	       "\thelp)\n"
	       "\t\t(( CURRENT == 2 )) && _describe command commands\n"
	       "\t\t;;\n");
}

static void command(const struct kqt_command *c)
{
	printf("\t%s)\n"
	       "\t\t_arguments -S",
	       c->name);
}

static void action(const struct kqt_complete_item *o)
{
	text(o->arg);
	switch (o->kind) {
	case KQT_COMPLETE_NOTHING:
		printf(": ");
		break;
	case KQT_COMPLETE_VALUES:
		printf(":(%s)", o->values);
		break;
	case KQT_COMPLETE_FILES:
		printf(":_files");
		break;
	case KQT_COMPLETE_FOLDERS:
		printf(":_files -/");
		break;
	case KQT_COMPLETE_PRESETS:
		printf(":_kqtop_presets %s", o->values);
		break;
	}
}

/* One way to write an option. @joint  "", "=" "+" a value may follow in the same or in
 * the next word, "=-" in the same word only */
static void form(const struct kqt_complete_item *o, const char *dash, const char *name,
                 const char *joint)
{
	printf(" \\\n\t\t\t'");
	if (o->letter)
		printf("(-%c --%s)", o->letter, o->name);
	printf("%s%s%s[", dash, name, joint);
	text(o->help);
	printf("]");
	if (o->takes != KQT_TAKES_NONE) {
		printf(o->takes == KQT_TAKES_MAYBE ? "::" : ":");
		action(o);
	}
	printf("'");
}

static void option(const struct kqt_command *c, const struct kqt_complete_item *o)
{
	static const char *const joints[] = {
	    [KQT_TAKES_NONE] = "",
	    [KQT_TAKES_MAYBE] = "=-",
	    [KQT_TAKES_VALUE] = "=",
	};
	char letter[2] = {o->letter, '\0'};

	(void)c;
	form(o, "--", o->name, joints[o->takes]);
	if (o->letter)
		form(o, "-", letter, o->takes == KQT_TAKES_VALUE ? "+" : "");
}

/* A name such as "timers=" is followed by its value, not by a blank. */
static void operands(const struct kqt_command *c, const struct kqt_complete_item *o)
{
	(void)c;
	printf(" \\\n\t\t\t'*:");
	if (o->kind == KQT_COMPLETE_VALUES) {
		text(o->arg);
		printf(":compadd -S \"\" -- %s", o->values);
	} else {
		action(o);
	}
	printf("'");
}

static void end_command(const struct kqt_command *c)
{
	(void)c;
	printf("\n\t\t;;\n");
}

static void end(void)
{
	printf("\tesac\n"
	       "}\n"
	       "\n"
	       "# loaded by compinit, this file is the function; sourced, it defines it\n"
	       "if [[ $funcstack[1] == _kqtop ]]; then\n"
	       "\t_kqtop \"$@\"\n"
	       "else\n"
	       "\tcompdef _kqtop kqtop\n"
	       "fi\n");
}

const struct kqt_complete_shell kqt_complete_zsh = {
    .name = "zsh",
    .begin = begin,
    .command = command,
    .option = option,
    .operands = operands,
    .end_command = end_command,
    .end = end,
};
