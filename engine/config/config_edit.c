/* SPDX-License-Identifier: MIT */
/* One key of a configuration file changed, the rest as it was. Lines are understood as
 * inih does after our reader has taken the blanks before them: "#" and ";" begin a
 * comment, "=" or ":" ends a name, a ";" behind a blank ends a value. */
#include "engine/config/config_file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A line of the text, by offsets; the end is that of its text, before its newline. */
struct line {
	const char *start, *end, *next; /* next: of the following line */
};

struct found {
	const char *key_start, *key_end; /* the last line of the name; NULL = none */
	const char *section_end;         /* behind the section's last line; NULL = no section */
};

static struct line line_at(const char *p)
{
	struct line l = {p, strchr(p, '\n'), NULL};

	l.next = l.end ? l.end + 1 : p + strlen(p);
	if (!l.end)
		l.end = l.next;
	if (l.end > l.start && l.end[-1] == '\r')
		l.end--;
	return l;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

static const char *trim_end(const char *start, const char *end)
{
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return end;
}

static bool is_text(const char *start, const char *end, const char *text)
{
	return (size_t)(end - start) == strlen(text) &&
	       memcmp(start, text, (size_t)(end - start)) == 0;
}

static const char *find(const char *p, const char *end, const char *chars)
{
	while (p < end && !strchr(chars, *p))
		p++;
	return p;
}

/* The name on a line, or false when it is none of `name = value`. */
static bool is_key(const struct line *l, const char *name)
{
	const char *start = skip_blanks(l->start, l->end), *end = find(start, l->end, "=:");

	return end < l->end && is_text(start, trim_end(start, end), name);
}

static struct line first_line(const char *text)
{
	struct line l = line_at(text);

	const char *p = skip_blanks(l.start, l.end);

	if (strncmp(p, "\xef\xbb\xbf", 3) == 0) /* a byte order mark is passed over */
		l.start = p + 3;
	return l;
}

static struct found look(const char *text, const char *section, const char *name)
{
	struct found f = {0};
	bool inside = false;

	for (struct line l = first_line(text); l.start < l.next; l = line_at(l.next)) {
		const char *p = skip_blanks(l.start, l.end);

		if (p < l.end && *p == '[') {
			inside = is_text(p + 1, find(p, l.end, "]"), section);
		} else if (p == l.end || strchr("#;", *p) || !inside) {
			continue; /* what follows the last key is not the section's */
		} else if (is_key(&l, name)) {
			f.key_start = l.start;
			f.key_end = l.end;
		}
		if (inside)
			f.section_end = l.next;
	}
	return f;
}

/* A text that grows; `text` becomes NULL when memory is short, and stays so. */
struct grown {
	char *text;
	size_t len;
};

static void add(struct grown *g, const char *start, size_t n)
{
	char *more = g->text ? realloc(g->text, g->len + n + 1) : NULL;

	if (!more)
		free(g->text);
	g->text = more;
	if (!more)
		return;
	memcpy(more + g->len, start, n);
	g->len += n;
	more[g->len] = '\0';
}

static void add_text(struct grown *g, const char *text)
{
	add(g, text, strlen(text));
}

static void add_key(struct grown *g, const char *name, const char *value, const char *newline)
{
	add_text(g, name);
	add_text(g, " = ");
	add_text(g, value);
	add_text(g, newline);
}

/* End a last line that has no newline; a carriage return may be there already. */
static void end_line(struct grown *g, const char *newline)
{
	if (g->text && g->len > 0 && g->text[g->len - 1] != '\n')
		add_text(g, g->text[g->len - 1] == '\r' ? "\n" : newline);
}

/* Everything but the lines of that name. */
static void without(struct grown *g, const char *text, const char *section, const char *name)
{
	bool inside = false;
	const char *kept = text;

	for (struct line l = first_line(text); l.start < l.next; l = line_at(l.next)) {
		const char *p = skip_blanks(l.start, l.end);

		if (p < l.end && *p == '[') {
			inside = is_text(p + 1, find(p, l.end, "]"), section);
		} else if (inside && p < l.end && !strchr("#;", *p) && is_key(&l, name)) {
			add(g, kept, (size_t)(l.start - kept));
			kept = l.next;
		}
	}
	add_text(g, kept);
}

/* The line with another value: what stands before it and a comment behind it stay. */
static void replace_value(struct grown *g, const struct found *f, const char *value)
{
	const char *after = find(f->key_start, f->key_end, "=:") + 1, *comment = after;
	const char *start = skip_blanks(after, f->key_end), *end;

	while (comment < f->key_end &&
	       !(*comment == ';' && (comment[-1] == ' ' || comment[-1] == '\t')))
		comment++;
	end = trim_end(after, comment);
	if (start >= comment) { /* no value so far */
		add(g, f->key_start, (size_t)(after - f->key_start));
		add_text(g, " ");
	} else {
		add(g, f->key_start, (size_t)(start - f->key_start));
	}
	add_text(g, value);
	add(g, end, (size_t)(f->key_end - end));
}

char *kqt_config_edit(const char *text, const char *section, const char *name, const char *value)
{
	struct found f = look(text, section, name);
	const char *newline = strstr(text, "\r\n") ? "\r\n" : "\n";
	struct grown g = {.text = calloc(1, 1)};
	const char *rest = text;

	if (!value) {
		without(&g, text, section, name);
		return g.text;
	}
	if (f.key_start) {
		add(&g, text, (size_t)(f.key_start - text));
		replace_value(&g, &f, value);
		rest = f.key_end;
	} else if (f.section_end) {
		add(&g, text, (size_t)(f.section_end - text));
		end_line(&g, newline);
		add_key(&g, name, value, newline);
		rest = f.section_end;
	} else {
		add_text(&g, text);
		rest = "";
		end_line(&g, newline);
		if (*text)
			add_text(&g, newline);
		add_text(&g, "[");
		add_text(&g, section);
		add_text(&g, "]");
		add_text(&g, newline);
		add_key(&g, name, value, newline);
	}
	add_text(&g, rest);
	return g.text;
}
