/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tui/bench.h"

/* One word from *in to *out, both moved on. @return false when a quote stays open. */
static bool word(const char **in, char **out)
{
	const char *p = *in;
	char *q = *out, quote = '\0';

	for (; *p && (quote || !strchr(" \t\n", *p)); p++) {
		if (*p == quote)
			quote = '\0';
		else if (!quote && (*p == '\'' || *p == '"'))
			quote = *p;
		else if (*p == '\\' && quote != '\'' && p[1])
			*q++ = *++p;
		else
			*q++ = *p;
	}
	*q++ = '\0';
	*in = p;
	*out = q;
	return quote == '\0';
}

int kqt_words(const char *line, char ***out, int *n)
{
	size_t len = strlen(line);
	char **words = calloc(len / 2 + 3, sizeof(*words)); /* a word and a blank each */
	char *text = malloc(len + 2), *end = text;
	bool closed = true;

	if (!words || !text) {
		free(words);
		free(text);
		return -ENOMEM;
	}
	text[0] = '\0';
	words[0] = text; /* also when there is none: it is what is freed */
	*n = 0;
	for (line += strspn(line, " \t\n"); *line && closed; line += strspn(line, " \t\n")) {
		words[(*n)++] = end;
		closed = word(&line, &end);
	}
	if (!closed) {
		free(words);
		free(text);
		return -KQT_E_SYNTAX;
	}
	*out = words;
	return 0;
}
