/* SPDX-License-Identifier: MIT */
/* The configuration file, read by inih under three precautions, as the file is
 * a stranger's until it is understood:
 *   - our reader, not inih's, cuts the file into lines: inih would split a long
 *     line in two and take its tail for a new key, stop at a NUL, and take an
 *     indented line for the continuation of the one above;
 *   - the size is bounded, so that a pipe without end does not hold us for ever;
 *   - two copies are filled, one with the preset, one with the single keys, and
 *     put together at the end: the preset comes first wherever it stands, and
 *     the caller's configuration stays as it was when anything is wrong. */
#include "engine/config/config.h"
#include "engine/config/text.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

#define FILE_SIZE_MAX (1 << 20)             /* a thousand times what anyone writes */
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

struct load {
	FILE *file;
	struct kqt_config base;     /* the caller's, then the preset's */
	struct kqt_config rows;     /* the single keys */
	bool set[KQT_TUNABLES_MAX]; /* which rows of the table the file sets */
	int line;                   /* the current one, from 1 */
	size_t bytes;               /* read so far */
	int rc;                     /* first thing that went wrong */
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

/* inih's callback. @return 0 when the line is wrong. */
static int take_key(void *user, const char *section, const char *name, const char *value)
{
	struct load *l = user;
	const struct kqt_tunable *t = kqt_tunable_find(name);

	if (l->rc < 0)
		return 0;
	if (strcmp(section, "kqtop") != 0)
		return 1;
	if (strcmp(name, "preset") == 0) {
		l->rc = kqt_config_preset(&l->base, value, &l->message);
	} else if (t) {
		l->rc = kqt_config_set(&l->rows, name, value, &l->message);
		l->set[t - kqt_tunables] = true;
	}
	return l->rc == 0;
}

/* The file's rows over the file's preset. By text, as the row's type knows how
 * a value is written and read, and nothing here should. */
static int merge(struct load *l)
{
	char value[KQT_PATH_SIZE];

	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		int rc;

		if (!l->set[t - kqt_tunables])
			continue;
		kqt_config_get_text(&l->rows, t, value, sizeof(value));
		rc = kqt_config_set(&l->base, t->name, value, &l->message);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* inih goes on after a line that it cannot read and names the first such line
 * at the end, by when a later line may have stopped us: the earlier one counts.
 * It also names lines that take_key refused, which have a message already. */
static int parse(struct load *l)
{
	int first_bad = ini_parse_stream(read_line, l, take_key, l);

	if (first_bad == -2)
		return -ENOMEM;
	if (first_bad > 0 && (l->rc == 0 || first_bad < l->line)) {
		l->line = first_bad;
		l->message = kqt_strbuf_init(l->message_text, sizeof(l->message_text));
		stop(l, -KQT_E_SYNTAX, "line is neither key = value, [section] nor # comment");
	}
	return l->rc < 0 ? l->rc : merge(l);
}

int kqt_config_file_load(struct kqt_config *cfg, const char *path, struct kqt_strbuf *why)
{
	struct load l = {.base = *cfg, .rows = *cfg};
	char shown[256];
	int rc;

	l.message = kqt_strbuf_init(l.message_text, sizeof(l.message_text));
	l.file = fopen(path, "re");
	if (!l.file)
		return -errno;
	allow_long_lines();
	rc = parse(&l);
	fclose(l.file);
	if (rc == 0)
		*cfg = l.base;
	else if (rc <= -KQT_E_TOO_FEW && why)
		kqt_strbuf_add(why, "%s:%d: %s", kqt_text_show(path, shown, sizeof(shown)), l.line,
		               l.message.text);
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
