/* SPDX-License-Identifier: MIT */
/* The command line, by getopt_long, from two tables: the tunables and the
 * command's own options. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cmd.h"

#define OPTIONS_MAX 64
#define GIVEN_MAX 256
#define WINDOW_MIN 1000
#define WINDOW_MAX 1000000
#define HELP_LEFT 28 /* columns of an option and its metavariable */
/* getopt's `val`: the tunables, the command's own, and the few that all have. */
#define VAL_TUNABLE 1000
#define VAL_SETTING 1500
#define VAL_OWN 2000
enum { VAL_PRESET = 3000, VAL_CONFIG, VAL_HELP, VAL_VERSION };

struct given {
	const char *name, *value;
};

/** What getopt_long is given, and what it found. */
struct reading {
	const struct kqt_usage *u;
	struct option longs[OPTIONS_MAX];
	char shorts[OPTIONS_MAX * 3];
	struct given tunables[GIVEN_MAX]; /* in the order given */
	int n_tunables;
	const char *settings[KQT_SETTINGS]; /* the last given; NULL = not */
	const char *preset, *config;
};

/* Set while kqt_options_visit asks a command. */
static struct {
	void (*visit)(const struct kqt_usage *u, void *ctx);
	void *ctx;
} asked;

void kqt_complain(const char *fmt, ...)
{
	char text[4096], shown[8192];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* names of files and much else in it come from anywhere: a terminal must not obey */
	fprintf(stderr, "kqtop: %s\n", kqt_text_show(text, shown, sizeof(shown)));
}

static void add_long(struct reading *r, int *n, const char *name, int has_arg, int val)
{
	if (*n < OPTIONS_MAX - 1)
		r->longs[(*n)++] = (struct option){.name = name, .has_arg = has_arg, .val = val};
}

static void add_short(struct reading *r, char letter, int has_arg)
{
	size_t len = strlen(r->shorts);

	snprintf(r->shorts + len, sizeof(r->shorts) - len, "%c%s", letter,
	         has_arg == no_argument ? "" : ":");
}

static void build(struct reading *r)
{
	int n = 0;

	/* no reordering messages of getopt's own: they would name no option as ours do */
	strcpy(r->shorts, ":h");
	if (r->u->measures) {
		for (int i = 0; kqt_tunables[i].name; i++)
			add_long(r, &n, kqt_tunables[i].name,
			         kqt_tunables[i].type == KQT_T_FLAG ? optional_argument
			                                            : required_argument,
			         VAL_TUNABLE + i);
		add_long(r, &n, "preset", required_argument, VAL_PRESET);
		add_long(r, &n, "config", required_argument, VAL_CONFIG);
	}
	for (int i = 0; r->u->settings && i < KQT_SETTINGS; i++)
		add_long(r, &n, kqt_setting((enum kqt_setting_id)i)->name, required_argument,
		         VAL_SETTING + i);
	for (int i = 0; r->u->options[i].name; i++) {
		const struct kqt_option *o = &r->u->options[i];
		int has_arg = !o->arg            ? no_argument
		              : o->arg[0] == '[' ? optional_argument
		                                 : required_argument;

		add_long(r, &n, o->name, has_arg, VAL_OWN + i);
		if (o->letter)
			add_short(r, o->letter, has_arg);
	}
	add_long(r, &n, "help", no_argument, VAL_HELP);
	add_long(r, &n, "version", no_argument, VAL_VERSION);
	r->longs[n] = (struct option){0};
}

static void help_line(const char *left, const char *help)
{
	if (strlen(left) > HELP_LEFT)
		printf("  %s\n  %-*s %s\n", left, HELP_LEFT, "", help);
	else
		printf("  %-*s %s\n", HELP_LEFT, left, help);
}

static void tunable_help(const struct kqt_tunable *t)
{
	char left[64], text[256], value[64];
	struct kqt_config def;
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	kqt_config_default(&def);
	if (t->arg)
		snprintf(left, sizeof(left), "--%s %s", t->name, t->arg);
	else
		snprintf(left, sizeof(left), "--%s", t->name);
	kqt_strbuf_add(&sb, "%s", t->help);
	if (t->type == KQT_T_UINT || t->type == KQT_T_DURATION)
		kqt_strbuf_add(&sb, " (%llu to %llu%s, default %s)", (unsigned long long)t->min,
		               (unsigned long long)t->max, t->unit,
		               kqt_config_get_text(&def, t, value, sizeof(value)));
	else if (t->type == KQT_T_CHOICE)
		kqt_strbuf_add(&sb, " (default %s)",
		               kqt_config_get_text(&def, t, value, sizeof(value)));
	help_line(left, text);
}

static void setting_help(enum kqt_setting_id id)
{
	const struct kqt_setting *s = kqt_setting(id);
	char left[96], text[256], value[64];

	snprintf(left, sizeof(left), "--%s %s", s->name, s->arg);
	snprintf(text, sizeof(text), "%s (%sdefault %s)", s->help,
	         id == KQT_SETTING_INTERVAL ? "10 to 60000, " : "",
	         kqt_setting_text(id, s->def, value, sizeof(value)));
	help_line(left, text);
}

static void print_help(const struct kqt_usage *u)
{
	char left[64];

	printf("usage: %s\n%s\n", u->synopsis, u->about);
	if (u->options[0].name)
		printf("\noptions:\n");
	for (const struct kqt_option *o = u->options; o->name; o++) {
		struct kqt_strbuf sb = kqt_strbuf_init(left, sizeof(left));

		if (o->letter)
			kqt_strbuf_add(&sb, "-%c, ", o->letter);
		kqt_strbuf_add(&sb, "--%s", o->name);
		if (o->arg)
			kqt_strbuf_add(&sb, "%s%s", o->arg[0] == '[' ? "[=" : " ",
			               o->arg + (o->arg[0] == '['));
		help_line(left, o->help);
	}
	if (u->settings)
		printf("\nthe screen, also in the configuration file:\n");
	for (int i = 0; u->settings && i < KQT_SETTINGS; i++)
		setting_help((enum kqt_setting_id)i);
	if (u->measures) {
		printf("\nwhat is measured:\n");
		for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
			tunable_help(t);
		printf("  %-28s set of these:", "--preset NAME");
		for (int i = 0; kqt_preset_names[i]; i++)
			printf(" %s", kqt_preset_names[i]);
		printf("\n");
		help_line("--config FILE", "configuration file in place of the usual one");
	}
	printf("\n");
	help_line("-h, --help", "this text");
	help_line("--version", "version");
}

static int bad(const struct kqt_usage *u, const char *fmt, ...) KQT_PRINTF(2, 3);
static int bad(const struct kqt_usage *u, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kqt_complain("%s%s%s (see 'kqtop %s --help')", u->within ? u->within : "",
	             u->within ? ": " : "", text, u->command);
	return KQT_EXIT_USAGE;
}

static int take_own(struct reading *r, const struct kqt_option *o, void *into)
{
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc = o->set(into, optarg, &why);

	if (rc == 0)
		return -1;
	if (o->letter)
		return bad(r->u, "-%c: %s", o->letter, text);
	return bad(r->u, "--%s: %s", o->name, text);
}

/* @return the command's option with this letter */
static int own_by_letter(const struct kqt_usage *u, int letter)
{
	for (int i = 0; u->options[i].name; i++)
		if (u->options[i].letter == letter)
			return i;
	return -1;
}

static int take(struct reading *r, int val, void *into)
{
	if (val == 'h' || val == VAL_HELP) {
		print_help(r->u);
		return KQT_EXIT_OK;
	}
	switch (val) {
	case VAL_VERSION:
		printf("kqtop %s\n", KQT_VERSION);
		return KQT_EXIT_OK;
	case VAL_PRESET:
		r->preset = optarg;
		return -1;
	case VAL_CONFIG:
		r->config = optarg;
		return -1;
	default:
		break;
	}
	if (val >= VAL_OWN)
		return take_own(r, &r->u->options[val - VAL_OWN], into);
	if (val >= VAL_SETTING && val < VAL_SETTING + KQT_SETTINGS) {
		r->settings[val - VAL_SETTING] = optarg;
		return -1;
	}
	if (val >= VAL_TUNABLE) {
		if (r->n_tunables == GIVEN_MAX)
			return bad(r->u, "more than %d options", GIVEN_MAX);
		r->tunables[r->n_tunables++] =
		    (struct given){.name = kqt_tunables[val - VAL_TUNABLE].name, .value = optarg};
		return -1;
	}
	return take_own(r, &r->u->options[own_by_letter(r->u, val)], into);
}

/* The element of argv that getopt has just read an option from. */
static const char *element(char **argv)
{
	return optarg && optarg == argv[optind - 1] ? argv[optind - 2] : argv[optind - 1];
}

/* getopt takes a beginning of a name for the name; a script that relied on that
 * would break with the next option that begins so. */
static bool abbreviated(const char *arg, const char *name)
{
	size_t len = strlen(name);

	return strncmp(arg + 2, name, len) != 0 || (arg[2 + len] != '\0' && arg[2 + len] != '=');
}

static int scan(struct reading *r, int argc, char **argv, void *into)
{
	opterr = 0;
	optind = 1;
	for (;;) {
		int which = -1, rc;
		int val = getopt_long(argc, argv, r->shorts, r->longs, &which);
		/* what it did not like, wherever it stands: operands before it were skipped */
		const char *wrong = argv[optind - 1];

		if (val == -1)
			return -1;
		if (which >= 0 && abbreviated(element(argv), r->longs[which].name))
			return bad(r->u, "no option '%s'", element(argv));
		if (val == '?' && optopt > 255)
			return bad(r->u, "option '%s' takes no value", wrong);
		if (val == '?' && optopt)
			return bad(r->u, "no option '-%c'", optopt);
		if (val == '?')
			return bad(r->u, "no option '%s'", wrong);
		if (val == ':')
			return bad(r->u, "option '%s' needs a value", wrong);
		rc = take(r, val, into);
		if (rc >= 0)
			return rc;
	}
}

static int apply_file(const struct reading *r, struct kqt_config *cfg, struct kqt_settings *s)
{
	char path[KQT_PATH_SIZE], text[KQT_PATH_SIZE + 256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_config_lines lines = {0};
	struct kqt_config_use use = {
	    .other = s ? kqt_settings_take : NULL, .ctx = s, .lines = &lines};
	const char *file = r->config;
	int rc;

	if (!file)
		file = kqt_config_file_path(path, sizeof(path));
	if (!file)
		return -1;
	if (s)
		snprintf(s->path, sizeof(s->path), "%s", file);
	rc = kqt_config_file_load(cfg, file, &use, &why);
	if (s && rc == 0) {
		s->there = true;
		for (int i = 0; i < KQT_TUNABLES_MAX; i++)
			if (lines.row[i])
				s->tunable[i] = (struct kqt_origin){KQT_BY_FILE, lines.row[i]};
		if (lines.preset)
			s->preset = (struct kqt_origin){KQT_BY_FILE, lines.preset};
	}
	if (rc == 0 || (rc == -ENOENT && !r->config))
		return -1;
	/* nobody asked for that one: it may be another user's, of whom HOME still speaks */
	if ((rc == -EACCES || rc == -ENOTDIR) && !r->config) {
		kqt_complain("'%s' is not read: %s", file, kqt_err_text(rc, text, sizeof(text)));
		return -1;
	}
	if (why.len)
		kqt_complain("%s", text);
	else
		kqt_complain("cannot open '%s': %s", file, kqt_err_text(rc, text, sizeof(text)));
	return KQT_EXIT_USAGE;
}

static int apply_settings(const struct reading *r, struct kqt_settings *s)
{
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));

	for (int i = 0; i < KQT_SETTINGS; i++) {
		enum kqt_setting_id id = (enum kqt_setting_id)i;

		if (!r->settings[i])
			continue;
		if (kqt_setting_parse(id, r->settings[i], &s->value[i], &why) < 0)
			return bad(r->u, "--%s: %s", kqt_setting(id)->name, text);
		s->origin[i] = (struct kqt_origin){KQT_BY_OPTION, 0};
	}
	for (int i = 0; i < r->n_tunables; i++)
		s->tunable[kqt_tunable_find(r->tunables[i].name) - kqt_tunables] =
		    (struct kqt_origin){KQT_BY_OPTION, 0};
	if (r->preset)
		s->preset = (struct kqt_origin){KQT_BY_OPTION, 0};
	return -1;
}

static int apply_options(const struct reading *r, struct kqt_config *cfg)
{
	char text[KQT_PATH_SIZE + 256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));

	if (r->preset && kqt_config_preset(cfg, r->preset, &why) < 0)
		return bad(r->u, "%s", text);
	for (int i = 0; i < r->n_tunables; i++)
		if (kqt_config_set(cfg, r->tunables[i].name, r->tunables[i].value, &why) < 0)
			return bad(r->u, "%s", text);
	if (kqt_config_check(cfg, &why) < 0)
		return bad(r->u, "%s", text);
	return -1;
}

/* Without a configuration (cfg NULL) the settings alone. */
static int apply_all(const struct reading *r, struct kqt_config *cfg, struct kqt_settings *s,
                     void *into)
{
	struct kqt_config unused;
	bool measures = cfg != NULL;
	int rc;

	if (!measures)
		cfg = &unused;
	kqt_config_default(cfg);
	if (r->u->defaults)
		r->u->defaults(cfg);
	if (s)
		kqt_settings_default(s);
	rc = apply_file(r, cfg, s);
	if (s)
		s->file = *cfg;
	if (r->u->base)
		*r->u->base(into) = *cfg;
	if (rc < 0 && s)
		rc = apply_settings(r, s);
	return rc >= 0 || !measures ? rc : apply_options(r, cfg);
}

int kqt_options_read(int argc, char **argv, const struct kqt_usage *u, struct kqt_config *cfg,
                     void *into, int *first)
{
	struct reading r = {.u = u};
	int rc;

	if (asked.visit) {
		asked.visit(u, asked.ctx);
		return KQT_EXIT_OK;
	}
	build(&r);
	rc = scan(&r, argc, argv, into);
	if (rc >= 0)
		return rc;
	if (!u->operands && optind < argc)
		return bad(u, "'%s' is not expected here", argv[optind]);
	if (first)
		*first = optind;
	if (!u->measures)
		cfg = NULL;
	if (!cfg && !u->settings)
		return -1;
	if (u->within)
		return apply_options(&r, cfg);
	return apply_all(&r, cfg, u->settings ? u->settings(into) : NULL, into);
}

int kqt_window_set(struct kqt_window *w, const char *value, struct kqt_strbuf *why)
{
	uint64_t n;

	if (kqt_parse_uint(value, 0, WINDOW_MAX, &n) < 0 || (n > 0 && n < WINDOW_MIN)) {
		kqt_strbuf_add(why, "'%.40s' is not 0 or a whole number from %d to %d", value,
		               WINDOW_MIN, WINDOW_MAX);
		return -KQT_E_RANGE;
	}
	*w = (struct kqt_window){.bytes = n};
	return 0;
}

void kqt_options_visit(const struct kqt_command *c,
                       void (*visit)(const struct kqt_usage *u, void *ctx), void *ctx)
{
	char name[32];
	char *argv[] = {name, NULL};

	snprintf(name, sizeof(name), "%s", c->name);
	asked.visit = visit;
	asked.ctx = ctx;
	(void)c->run(1, argv);
	asked.visit = NULL;
}

int kqt_choice(const char *list, const char *value, struct kqt_strbuf *why)
{
	size_t len = strlen(value);
	const char *word = list;

	for (int i = 0; *word; i++) {
		size_t n = strcspn(word, "|");

		if (n == len && strncmp(word, value, n) == 0)
			return i;
		word += n + (word[n] == '|');
	}
	kqt_strbuf_add(why, "'%.40s' is none of ", value);
	for (; *list; list++)
		if (*list == '|')
			kqt_strbuf_add(why, ", ");
		else
			kqt_strbuf_add(why, "%c", *list);
	return -KQT_E_UNKNOWN_NAME;
}

int kqt_tell_shortfall(const struct kqt_snapshot *snap)
{
	int n = 0;

	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++) {
		char text[256];
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

		if (!kqt_shortfall_text(snap, k, &sb))
			continue;
		kqt_complain("%s", text);
		n++;
	}
	return n;
}

int kqt_tell_failed(const struct kqt_snapshot *snap)
{
	int n = 0;

	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++) {
		char text[256];
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

		if (!kqt_failed_text(snap, f, &sb))
			continue;
		kqt_complain("%s", text);
		n++;
	}
	return n;
}

int kqt_open_session(const struct kqt_config *cfg, const struct kqt_session_options *opt,
                     struct kqt_session **out)
{
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc = kqt_session_open(cfg, opt, out, &why);

	if (rc == 0)
		return -1;
	if (rc == -ECANCELED) /* by who knows why */
		return KQT_EXIT_NEGATIVE;
	if (!why.len)
		kqt_err_text(rc, text, sizeof(text));
	if (rc == -KQT_E_NO_SOURCE)
		kqt_complain("nothing could be registered: %s", text);
	else if (rc == -KQT_E_UNREGISTERED)
		kqt_complain("--strict: %s", text);
	else
		kqt_complain("%s", text);
	return rc == -KQT_E_NO_SOURCE ? KQT_EXIT_NEGATIVE : KQT_EXIT_USAGE;
}
