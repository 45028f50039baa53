/* SPDX-License-Identifier: MIT */
/* For bash 4 and later; needs nothing of the package bash-completion. The script is a
 * table, one call a row, which finds what the option before the cursor takes, and
 * compgen after it. */
#include <stdio.h>

#include "tui/complete.h"

/* COMP_WORDS has "--write=edge" as three words, as readline breaks words at "=",
 * unless the user has taken that out of COMP_WORDBREAKS: then it is one. */
static const char head[] =
    "# _kqtop_option NAME LETTER none|maybe|value KIND VALUES; the variables are _kqtop's\n"
    "_kqtop_option()\n"
    "{\n"
    "\toptions+=\" --$1\"\n"
    "\t[[ -z $2 ]] || options+=\" -$2\"\n"
    "\tif [[ $3 != none && $before == \"--$1=\" ]] ||\n"
    "\t   [[ $3 == value && ( $before == \"--$1\" || ( -n $2 && $before == \"-$2\" ) ) ]]; then\n"
    "\t\tkind=$4 values=$5\n"
    "\tfi\n"
    "}\n"
    "\n"
    "_kqtop_presets()\n"
    "{\n"
    "\tsed -n '" KQT_COMPLETE_PRESET_SED "' \\\n"
    "\t\t\"${XDG_CONFIG_HOME:-$HOME/.config}/kqtop/config\" 2>/dev/null\n"
    "}\n"
    "\n"
    "_kqtop()\n"
    "{\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "\tlocal command=live options='' kind='' values='' operands='' named='' prefix=''\n"
    "\n"
    "\tCOMPREPLY=()\n"
    "\tif [[ $cur == '=' ]]; then\n"
    "\t\tcur='' before+='='\n"
    "\telif [[ $before == '=' ]] && (( COMP_CWORD > 2 )); then\n"
    "\t\tbefore=${COMP_WORDS[COMP_CWORD-2]}=\n"
    "\telif [[ $cur == --*=* ]]; then\n"
    "\t\tbefore=${cur%%=*}= prefix=${cur%%=*}= cur=${cur#*=}\n"
    "\tfi\n"
    "\tif (( COMP_CWORD > 1 )) && [[ ${COMP_WORDS[1]} != -* ]]; then\n"
    "\t\tcommand=${COMP_WORDS[1]}\n"
    "\tfi\n";

static const char tail[] =
    "\tesac\n"
    "\n"
    "\tif [[ -z $kind ]]; then\n"
    "\t\tif (( COMP_CWORD == 1 )) && [[ $cur != -* ]]; then\n"
    "\t\t\tkind=values values=$commands\n"
    "\t\telif [[ $cur == -* || -z $operands ]]; then\n"
    "\t\t\tkind=values values=$options\n"
    "\t\telse\n"
    "\t\t\tkind=$operands values=$named\n"
    "\t\tfi\n"
    "\tfi\n"
    "\tif [[ $kind == presets ]]; then\n"
    "\t\tkind=values values+=\" $(_kqtop_presets)\"\n"
    "\tfi\n"
    "\tcase $kind in\n"
    "\tvalues) mapfile -t COMPREPLY < <(compgen -P \"$prefix\" -W \"$values\" -- \"$cur\") ;;\n"
    "\tfiles) mapfile -t COMPREPLY < <(compgen -P \"$prefix\" -f -- \"$cur\") ;;\n"
    "\tfolders) mapfile -t COMPREPLY < <(compgen -P \"$prefix\" -d -- \"$cur\") ;;\n"
    "\tesac\n"
    "\t# compopt speaks to readline, which is not there when a script calls us\n"
    "\tif [[ $kind == files || $kind == folders ]]; then\n"
    "\t\tcompopt -o filenames 2>/dev/null\n"
    "\telif (( ${#COMPREPLY[@]} == 1 )) && [[ ${COMPREPLY[0]} == *= ]]; then\n"
    "\t\tcompopt -o nospace 2>/dev/null\n"
    "\tfi\n"
    "\treturn 0\n"
    "}\n"
    "complete -F _kqtop kqtop\n";

static const char *const kinds[] = {
    [KQT_COMPLETE_NOTHING] = "nothing", [KQT_COMPLETE_VALUES] = "values",
    [KQT_COMPLETE_FILES] = "files",     [KQT_COMPLETE_FOLDERS] = "folders",
    [KQT_COMPLETE_PRESETS] = "presets",
};

static const char *const takes[] = {
    [KQT_TAKES_NONE] = "none",
    [KQT_TAKES_MAYBE] = "maybe",
    [KQT_TAKES_VALUE] = "value",
};

static void begin(const struct kqt_command *commands)
{
	printf("# bash completion for kqtop %s; made by: kqtop __complete bash\n\n%s"
	       "\tlocal commands='",
	       KQT_VERSION, head);
	for (const struct kqt_command *c = commands; c->name; c++)
		printf("%s ", c->name);
	printf("help'\n"
	       "\n"
	       "\tcase $command in\n"
	       "\thelp)\n"
	       "\t\tkind=values\n"
	       "\t\t(( COMP_CWORD == 2 )) && values=$commands\n"
	       "\t\t;;\n");
}

static void command(const struct kqt_command *c)
{
	printf("\t%s)\n", c->name);
}

static void option(const struct kqt_command *c, const struct kqt_complete_item *o)
{
	(void)c;
	printf("\t\t_kqtop_option %s '", o->name);
	if (o->letter)
		putchar(o->letter);
	printf("' %s", takes[o->takes]);
	if (o->takes != KQT_TAKES_NONE)
		printf(" %s", kinds[o->kind]);
	if (o->values[0])
		printf(" '%s'", o->values);
	putchar('\n');
}

static void operands(const struct kqt_command *c, const struct kqt_complete_item *o)
{
	(void)c;
	printf("\t\toperands=%s named='%s'\n", kinds[o->kind], o->values);
}

static void end_command(const struct kqt_command *c)
{
	(void)c;
	printf("\t\t;;\n");
}

static void end(void)
{
	fputs(tail, stdout);
}

const struct kqt_complete_shell kqt_complete_bash = {
    .name = "bash",
    .begin = begin,
    .command = command,
    .option = option,
    .operands = operands,
    .end_command = end_command,
    .end = end,
};
