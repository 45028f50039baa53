/* SPDX-License-Identifier: MIT */
/* What there is to complete. A metavariable says what a value is: FILE and DIR are
 * looked up on the disk, STREAM is a byte stream, KIND a kind of load,
 * "raw|hex" are the values. */
#include "tui/complete.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/** The walk from command to command. */
struct walk {
	const struct kqt_complete_shell *shell;
	const struct kqt_command *command;
};

static const struct kqt_complete_shell *const shells[] = {
    &kqt_complete_bash,
    &kqt_complete_zsh,
    &kqt_complete_fish,
    NULL,
};

void kqt_complete_escaped(const char *text, const char *special, const char *before,
                          const char *quote)
{
	for (; *text; text++) {
		if (*text == '\'') {
			fputs(quote, stdout);
			continue;
		}
		if (strchr(special, *text))
			fputs(before, stdout);
		putchar(*text);
	}
}

static struct kqt_strbuf values_of(struct kqt_complete_item *o)
{
	o->kind = KQT_COMPLETE_VALUES;
	return kqt_strbuf_init(o->values, sizeof(o->values));
}

static void add_value(struct kqt_strbuf *sb, const char *value)
{
	kqt_strbuf_add(sb, "%s%s", sb->len ? " " : "", value);
}

static void add_names(struct kqt_complete_item *o, const char *const *names)
{
	struct kqt_strbuf sb = values_of(o);

	for (; *names; names++)
		add_value(&sb, *names);
}

/* "auto|always|never" */
static void add_alternatives(struct kqt_complete_item *o, const char *arg)
{
	struct kqt_strbuf sb = values_of(o);

	while (*arg) {
		size_t n = strcspn(arg, "|]");

		kqt_strbuf_add(&sb, "%s%.*s", sb.len ? " " : "", (int)n, arg);
		arg += n + (arg[n] != '\0');
	}
}

static void streams(struct kqt_complete_item *o)
{
	struct kqt_strbuf sb = values_of(o);

	for (int i = 0; i < KQT_STREAMS; i++)
		add_value(&sb, kqt_stream_name((enum kqt_stream)i));
}

static void load_kinds(struct kqt_complete_item *o)
{
	struct kqt_strbuf sb = values_of(o);

	for (int i = 0; i < KQT_LOAD_KINDS; i++)
		add_value(&sb, kqt_load_kind_name((enum kqt_load_kind)i));
}

static void backends(struct kqt_complete_item *o)
{
	struct kqt_strbuf sb = values_of(o);

	for (int i = 0; kqt_eventq_list[i]; i++)
		add_value(&sb, kqt_eventq_list[i]->name);
}

/* What its metavariable says about a value. */
static void by_metavariable(struct kqt_complete_item *o, const char *arg)
{
	const char *word = arg + (arg[0] == '[');

	if (strncmp(word, "FILE", 4) == 0)
		o->kind = KQT_COMPLETE_FILES;
	else if (strncmp(word, "DIR", 3) == 0)
		o->kind = KQT_COMPLETE_FOLDERS;
	else if (strncmp(word, "STREAM", 6) == 0)
		streams(o);
	else if (strncmp(word, "KIND", 4) == 0)
		load_kinds(o);
	else if (strpbrk(word, "|") && !strpbrk(word, "[:= "))
		add_alternatives(o, word);
}

static void tunable(const struct walk *w, const struct kqt_tunable *t)
{
	static const char *const on_off[] = {"on", "off", NULL};
	struct kqt_complete_item o = {.name = t->name,
	                              .takes = KQT_TAKES_VALUE,
	                              .arg = t->arg ? t->arg : "on|off",
	                              .help = t->help};

	if (t->type == KQT_T_FLAG) {
		o.takes = KQT_TAKES_MAYBE;
		add_names(&o, on_off);
	} else if (t->type == KQT_T_CHOICE) {
		add_names(&o, t->choices);
	} else if (t->offset == offsetof(struct kqt_config, backend)) {
		backends(&o);
	} else {
		by_metavariable(&o, o.arg);
	}
	w->shell->option(w->command, &o);
}

static void setting(const struct walk *w, const struct kqt_setting *s)
{
	struct kqt_complete_item o = {
	    .name = s->name, .takes = KQT_TAKES_VALUE, .arg = s->arg, .help = s->help};

	if (s->words)
		add_alternatives(&o, s->words);
	w->shell->option(w->command, &o);
}

static void own(const struct walk *w, const struct kqt_option *option)
{
	struct kqt_complete_item o = {.name = option->name,
	                              .letter = option->letter,
	                              .arg = option->arg ? option->arg : "",
	                              .help = option->help};

	if (option->arg) {
		o.takes = option->arg[0] == '[' ? KQT_TAKES_MAYBE : KQT_TAKES_VALUE;
		by_metavariable(&o, option->arg);
	}
	w->shell->option(w->command, &o);
}

/* Those that kqt_options_read adds by itself. */
static void shared(const struct walk *w, bool measures)
{
	struct kqt_complete_item preset = {.name = "preset",
	                                   .takes = KQT_TAKES_VALUE,
	                                   .arg = "NAME",
	                                   .help = "set of values to start from"},
	                         config = {.name = "config",
	                                   .takes = KQT_TAKES_VALUE,
	                                   .kind = KQT_COMPLETE_FILES,
	                                   .arg = "FILE",
	                                   .help = "configuration file in place of the usual one"},
	                         help = {.name = "help", .letter = 'h', .arg = "", .help = "help"},
	                         version = {.name = "version", .arg = "", .help = "version"};

	if (measures) {
		add_names(&preset, kqt_preset_names);
		preset.kind = KQT_COMPLETE_PRESETS;
		w->shell->option(w->command, &preset);
		w->shell->option(w->command, &config);
	}
	w->shell->option(w->command, &help);
	w->shell->option(w->command, &version);
}

/* "FILE", or "NAME=..." for tunables and their values. */
static void operands(const struct walk *w, const char *what)
{
	struct kqt_complete_item o = {.arg = what, .help = ""};

	if (strchr(what, '=')) {
		struct kqt_strbuf sb = values_of(&o);

		for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
			kqt_strbuf_add(&sb, "%s%s=", sb.len ? " " : "", t->name);
	} else {
		o.kind = KQT_COMPLETE_FILES;
	}
	w->shell->operands(w->command, &o);
}

static void visit(const struct kqt_usage *u, void *ctx)
{
	const struct walk *w = ctx;

	w->shell->command(w->command);
	for (const struct kqt_tunable *t = kqt_tunables; u->measures && t->name; t++)
		tunable(w, t);
	for (int i = 0; u->settings && i < KQT_SETTINGS; i++)
		setting(w, kqt_setting((enum kqt_setting_id)i));
	for (const struct kqt_option *o = u->options; o->name; o++)
		own(w, o);
	shared(w, u->measures);
	if (u->operands)
		operands(w, u->operands);
	w->shell->end_command(w->command);
}

int kqt_complete(int argc, char **argv)
{
	struct walk w = {0};

	for (int i = 0; argc == 2 && shells[i]; i++)
		if (strcmp(argv[1], shells[i]->name) == 0)
			w.shell = shells[i];
	if (!w.shell) {
		kqt_complain("usage: kqtop __complete bash|zsh|fish");
		return KQT_EXIT_USAGE;
	}
	w.shell->begin(kqt_commands);
	for (w.command = kqt_commands; w.command->name; w.command++)
		kqt_options_visit(w.command, visit, &w);
	w.shell->end();
	return KQT_EXIT_OK;
}
