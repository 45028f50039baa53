/* SPDX-License-Identifier: MIT */
/* The configuration file, read by inih under three precautions, as the file is
 * a stranger's until it is understood:
 *   - our reader, not inih's, cuts the file into lines: inih would split a long
 *     line in two and take its tail for a new key, stop at a NUL, and take an
 *     indented line for the continuation of the one above;
 *   - the size is bounded, so that a pipe without end does not hold us for ever;
 *   - a section's keys are collected, and put together with its preset at the end:
 *     the preset comes first wherever it stands, may be defined further down, and the
 *     caller's configuration stays as it was when anything is wrong. */
#include "engine/config/config_file.h"
#include "engine/config/text.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

#define FILE_SIZE_MAX KQT_CONFIG_FILE_MAX
#define LINE_SIZE_MAX (KQT_PATH_SIZE + 128) /* the longest value, its key, blanks */

/* How long a line inih takes is fixed when inih is built (200) except in
 * Debian's, which reads this variable. Weak: it is NULL elsewhere, and the
 * shorter limit is then reported with the line. Only ELF has such references. */
#ifdef __ELF__
/* NOLINTNEXTLINE(readability-redundant-declaration): upstream's ini.h has none */
extern int ini_max_line __attribute__((weak));
#endif

static void allow_long_lines(void)
{
#ifdef __ELF__
	if (&ini_max_line && ini_max_line < LINE_SIZE_MAX)
		ini_max_line = LINE_SIZE_MAX;
#endif
}

/* A section's keys, until all is read. */
struct section {
	char name[64];              /* of [preset NAME]; "" = [kqtop] */
	struct kqt_config rows;     /* the single keys */
	bool set[KQT_TUNABLES_MAX]; /* which rows of the table they are */
	char preset[64];            /* to begin with; "" = none named */
	int line[KQT_TUNABLES_MAX]; /* of each */
	int preset_line, first_line;
};

struct load {
	FILE *file;
	const struct kqt_config_use *use; /* or NULL */
	struct section *sections;         /* [n], the first is [kqtop] */
	size_t n;
	int line;     /* the current one, from 1 */
	size_t bytes; /* read so far */
	int rc;       /* first thing that went wrong */
	struct kqt_strbuf message;
	char message_text[256];
};

static void *stop(struct load *l, int rc, const char *message)
{
	l->rc = rc;
	kqt_strbuf_add(&l->message, "%s", message);
	return NULL;
}

/* Neither a NUL, which would hide the rest of its line, nor any other control
 * character but the tab belongs into a text file. */
static bool has_control(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
			return true;
	return false;
}

/* One line without the blanks before it. inih calls this once a line; the line
 * always ends in a newline, so that a build of inih with a growing buffer does
 * not ask for more of it. */
static char *read_line(char *line, int size, void *user)
{
	struct load *l = user;
	size_t len = 0, max = (size_t)size - 2; /* newline, terminator */
	int c;

	if (l->rc < 0)
		return NULL;
	l->line++;
	while ((c = getc(l->file)) != EOF) {
		if (++l->bytes > FILE_SIZE_MAX)
			return stop(l, -KQT_E_RANGE, "the file is larger than 1 MiB");
		if (c == '\n')
			break;
		if (len == 0 && (c == ' ' || c == '\t'))
			continue;
		if (len == max) {
			kqt_strbuf_add(&l->message, "line is longer than %zu bytes", max);
			return stop(l, -KQT_E_RANGE, "");
		}
		line[len++] = (char)c;
	}
	if (c == EOF && ferror(l->file))
		return stop(l, errno > 0 ? -errno : -EIO, "");
	if (c == EOF && len == 0)
		return NULL;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (has_control(line, len))
		return stop(l, -KQT_E_SYNTAX, "line holds a control character");
	memcpy(line + len, "\n", 2);
	return line;
}

static struct section *add_section(struct load *l, const char *name)
{
	struct section *more;

	if (l->n > KQT_PRESETS_OWN_MAX) {
		kqt_strbuf_add(&l->message, "more than %d presets", KQT_PRESETS_OWN_MAX);
		l->rc = -KQT_E_RANGE;
		return NULL;
	}
	more = realloc(l->sections, (l->n + 1) * sizeof(*more));
	if (!more) {
		l->rc = -ENOMEM;
		return NULL;
	}
	l->sections = more;
	more += l->n++;
	memset(more, 0, sizeof(*more));
	kqt_config_default(&more->rows);
	snprintf(more->name, sizeof(more->name), "%s", name);
	more->first_line = l->line;
	return more;
}

/* @return the section a key belongs to, made if it is new; NULL: not one of ours, or
 * an error (l->rc) */
static struct section *section_of(struct load *l, const char *name)
{
	if (strcmp(name, "kqtop") == 0)
		return &l->sections[0];
	if (strncmp(name, "preset ", 7) != 0)
		return NULL;
	name += 7 + strspn(name + 7, " \t");
	l->rc = kqt_preset_name_check(name, &l->message);
	if (l->rc < 0)
		return NULL;
	for (size_t i = 1; i < l->n; i++)
		if (strcmp(l->sections[i].name, name) == 0)
			return &l->sections[i];
	return add_section(l, name);
}

static void take_other(struct load *l, const char *section, const char *name, const char *value)
{
	const struct kqt_config_key key = {section, name, value, l->line};

	if (l->use && l->use->other)
		l->rc = l->use->other(l->use->ctx, &key, &l->message);
}

/* inih's callback. @return 0 when the line is wrong. */
static int take_key(void *user, const char *section, const char *name, const char *value)
{
	struct load *l = user;
	const struct kqt_tunable *t = kqt_tunable_find(name);
	struct section *s;

	if (l->rc < 0)
		return 0;
	s = section_of(l, section);
	if (l->rc < 0)
		return 0;
	if (s && strcmp(name, "preset") == 0) {
		if (strlen(value) >= sizeof(s->preset))
			l->rc = kqt_config_preset(&s->rows, value, &l->message);
		snprintf(s->preset, sizeof(s->preset), "%s", value);
		s->preset_line = l->line;
	} else if (s && t) {
		l->rc = kqt_config_set(&s->rows, name, value, &l->message);
		s->set[t - kqt_tunables] = true;
		s->line[t - kqt_tunables] = l->line;
	} else {
		take_other(l, section, name, value);
	}
	return l->rc == 0;
}

/* A section's rows over its preset, on top of base. By text, as the row's type knows
 * how a value is written and read, and nothing here should. */
static int merge(struct load *l, const struct section *s, struct kqt_config *base)
{
	char value[KQT_PATH_SIZE];
	int rc;

	l->line = s->preset_line;
	if (s->preset_line) {
		rc = kqt_config_preset(base, s->preset, &l->message);
		if (rc < 0)
			return rc;
	}
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		if (!s->set[t - kqt_tunables])
			continue;
		kqt_config_get_text(&s->rows, t, value, sizeof(value));
		rc = kqt_config_set(base, t->name, value, &l->message);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Presets first, as [kqtop] may name one. One's own begin with a built-in one. */
static int put_together(struct load *l, struct kqt_config *cfg)
{
	struct section *k = &l->sections[0];
	int rc = 0;

	kqt_presets_forget();
	/* one's own may not begin with one's own: none is defined until all are made */
	for (size_t i = 1; rc == 0 && i < l->n; i++) {
		struct section *s = &l->sections[i];
		struct kqt_config made;

		kqt_config_default(&made);
		rc = merge(l, s, &made);
		s->rows = made;
		l->line = rc == 0 ? s->first_line : l->line;
		if (rc == 0)
			rc = kqt_config_check(&made, &l->message);
	}
	for (size_t i = 1; rc == 0 && i < l->n; i++) {
		l->line = l->sections[i].first_line;
		rc = kqt_preset_define(l->sections[i].name, &l->sections[i].rows,
		                       l->sections[i].set, &l->message);
	}
	if (rc == 0)
		rc = merge(l, k, cfg);
	if (rc == 0 && l->use && l->use->lines) {
		memcpy(l->use->lines->row, k->line, sizeof(k->line));
		l->use->lines->preset = k->preset_line;
	}
	return rc;
}

/* inih goes on after a line that it cannot read and names the first such line
 * at the end, by when a later line may have stopped us: the earlier one counts.
 * It also names lines that take_key refused, which have a message already. */
static int parse(struct load *l, struct kqt_config *cfg)
{
	int first_bad = ini_parse_stream(read_line, l, take_key, l);

	if (first_bad == -2)
		return -ENOMEM;
	if (first_bad > 0 && (l->rc == 0 || first_bad < l->line)) {
		l->line = first_bad;
		l->message = kqt_strbuf_init(l->message_text, sizeof(l->message_text));
		stop(l, -KQT_E_SYNTAX, "line is neither key = value, [section] nor # comment");
	}
	return l->rc < 0 ? l->rc : put_together(l, cfg);
}

int kqt_config_file_from(FILE *f, const char *path, struct kqt_config *cfg,
                         const struct kqt_config_use *use, struct kqt_strbuf *why)
{
	struct load l = {.file = f, .use = use};
	struct kqt_config made = *cfg;
	char shown[256];
	int rc;

	l.message = kqt_strbuf_init(l.message_text, sizeof(l.message_text));
	allow_long_lines();
	rc = add_section(&l, "") ? parse(&l, &made) : -ENOMEM;
	free(l.sections);
	if (rc == 0)
		*cfg = made;
	else if (rc <= -KQT_E_TOO_FEW && why)
		kqt_strbuf_add(why, "%s:%d: %s", kqt_text_show(path, shown, sizeof(shown)), l.line,
		               l.message.text);
	return rc;
}

int kqt_config_file_load(struct kqt_config *cfg, const char *path, const struct kqt_config_use *use,
                         struct kqt_strbuf *why)
{
	FILE *f = fopen(path, "re");
	int rc;

	if (!f)
		return -errno;
	rc = kqt_config_file_from(f, path, cfg, use, why);
	fclose(f);
	return rc;
}

/* A relative $XDG_CONFIG_HOME is to be ignored, and an empty one counts as not
 * set (XDG Base Directory Specification 0.8). */
const char *kqt_config_file_path(char *buf, size_t size)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *below = "";
	int n;

	if (!base || base[0] != '/') {
		base = getenv("HOME");
		below = "/.config";
	}
	if (!base || base[0] == '\0')
		return NULL;
	n = snprintf(buf, size, "%s%s/kqtop/config", base, below);
	return n >= 0 && (size_t)n < size ? buf : NULL;
}
