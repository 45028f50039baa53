/* SPDX-License-Identifier: MIT */
/* Accept, as far as it decides between two formats (RFC 9110, 12.5.1): a list of media
 * ranges with parameters, of which q is the weight and version names the format's. The
 * text comes from a stranger: what does not parse as a range or a weight is passed over. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/metrics/metrics.h"

const char *kqt_metrics_content_type(enum kqt_metrics_format f)
{
	return f == KQT_METRICS_OPEN ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
	                             : "text/plain; version=0.0.4; charset=utf-8";
}

/* A piece of the header; not terminated. */
struct piece {
	const char *text;
	size_t len;
};

/* Cut off the piece before `sep`, without blanks around it. */
static struct piece next(struct piece *rest, char sep)
{
	const char *end = memchr(rest->text, sep, rest->len);
	struct piece p = {rest->text, end ? (size_t)(end - rest->text) : rest->len};

	rest->text += p.len + (end ? 1 : 0);
	rest->len -= p.len + (end ? 1 : 0);
	while (p.len && strchr(" \t", *p.text)) {
		p.text++;
		p.len--;
	}
	while (p.len && strchr(" \t", p.text[p.len - 1]))
		p.len--;
	return p;
}

static bool is(struct piece p, const char *word)
{
	return p.len == strlen(word) && strncasecmp(p.text, word, p.len) == 0;
}

/* A weight in thousandths, 0 .. 1000: at most three digits after the point. */
static unsigned weight(struct piece p)
{
	unsigned w = 0, unit = 100;

	if (p.len && *p.text == '1')
		return 1000;
	for (size_t i = 2; i < p.len && unit; i++, unit /= 10) {
		if (p.text[i] < '0' || p.text[i] > '9')
			break;
		w += unit * (unsigned)(p.text[i] - '0');
	}
	return w;
}

/* One media range. Raises the weight of what it names. */
static void take(struct piece range, unsigned *open, unsigned *text)
{
	struct piece type = next(&range, ';');
	unsigned q = 1000;
	bool other_version = false;

	while (range.len) {
		struct piece value = next(&range, ';'), name = next(&value, '=');

		value = next(&value, '\0');
		if (is(name, "q"))
			q = weight(value);
		else if (is(name, "version"))
			other_version = !is(value, "1.0.0") && !is(value, "\"1.0.0\"");
	}
	if (is(type, "application/openmetrics-text")) {
		if (!other_version && q > *open)
			*open = q;
	} else if (is(type, "text/plain") || is(type, "text/*") || is(type, "*/*")) {
		if (q > *text)
			*text = q;
	}
}

enum kqt_metrics_format kqt_metrics_accept(const char *accept)
{
	struct piece rest = {accept, accept ? strlen(accept) : 0};
	unsigned open = 0, text = 0;

	while (rest.len)
		take(next(&rest, ','), &open, &text);
	return open && open >= text ? KQT_METRICS_OPEN : KQT_METRICS_CLASSIC;
}
