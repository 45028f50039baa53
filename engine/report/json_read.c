/* SPDX-License-Identifier: MIT */
/* The reader: recursive descent over a text in memory, one value a function. Blanks
 * are passed before a value, never after it, so that an error's place is the value. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/config/text.h"
#include "engine/report/json.h"

#define NUMBER_MAX 64 /* characters of a number: 17 digits, sign, point, exponent, and room */

struct kqt_json_in kqt_json_in(const char *name, const char *text, size_t size,
                               struct kqt_strbuf *why)
{
	struct kqt_json_in in = {
	    .name = name, .text = text, .at = text, .end = text + size, .why = why};

	return in;
}

/* -- errors ----------------------------------------------------------------- */

static void add_path(const struct kqt_json_in *in)
{
	bool any = false;

	for (unsigned i = 0; i < in->depth; i++)
		if (!in->path[i].key) {
			kqt_strbuf_add(in->why, "[%zu]", in->path[i].index);
			any = true;
		} else if (in->path[i].key[0]) { /* "" = a key that is not ours */
			kqt_strbuf_add(in->why, "%s%s", any ? "." : "", in->path[i].key);
			any = true;
		}
	if (any)
		kqt_strbuf_add(in->why, ": ");
}

bool kqt_json_fail(struct kqt_json_in *in, int rc, const char *fmt, ...)
{
	size_t line = in->lines_before + 1, column = 1;
	va_list ap;

	if (in->rc < 0)
		return false;
	in->rc = rc;
	for (const char *p = in->text; p < in->at; p++, column++)
		if (*p == '\n') {
			line++;
			column = 0;
		}
	kqt_strbuf_add(in->why, "'%s', line %zu, column %zu: ", in->name, line, column);
	add_path(in);
	va_start(ap, fmt);
	kqt_strbuf_addv(in->why, fmt, ap);
	va_end(ap);
	return false;
}

/* Does the file end here, or in the middle of a word or a number that could have been valid? */
static bool ends_here(const struct kqt_json_in *in)
{
	static const char *const words[] = {"null", "true", "false"};
	size_t left = (size_t)(in->end - in->at), digits = 0;

	while (digits < left && in->at[digits] && strchr("+-.0123456789Ee", in->at[digits]))
		digits++;
	if (digits == left)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (left < strlen(words[i]) && memcmp(in->at, words[i], left) == 0)
			return true;
	return false;
}

static bool unexpected(struct kqt_json_in *in, const char *wanted)
{
	unsigned char c;

	if (ends_here(in))
		return kqt_json_fail(in, -KQT_E_SYNTAX, "the file ends here: %s is missing",
		                     wanted);
	c = (unsigned char)*in->at;
	if (c > ' ' && c < 0x7f)
		return kqt_json_fail(in, -KQT_E_SYNTAX, "%s expected, found '%c'", wanted, c);
	return kqt_json_fail(in, -KQT_E_SYNTAX, "%s expected, found byte 0x%02x", wanted, c);
}

/* -- blanks, brackets ------------------------------------------------------- */

char kqt_json_peek(struct kqt_json_in *in)
{
	if (in->rc < 0)
		return '\0';
	while (in->at < in->end &&
	       (*in->at == ' ' || *in->at == '\n' || *in->at == '\r' || *in->at == '\t'))
		in->at++;
	return in->at < in->end ? *in->at : '\0';
}

static bool take(struct kqt_json_in *in, char c, const char *wanted)
{
	if (in->rc < 0)
		return false;
	if (kqt_json_peek(in) != c || in->at >= in->end)
		return unexpected(in, wanted);
	in->at++;
	return true;
}

bool kqt_json_enter(struct kqt_json_in *in, char open)
{
	if (!take(in, open, open == '[' ? "an array" : "an object"))
		return false;
	if (in->depth == KQT_JSON_DEPTH_MAX)
		return kqt_json_fail(in, -KQT_E_RANGE, "more than %d levels", KQT_JSON_DEPTH_MAX);
	in->path[in->depth].key = open == '{' ? "" : NULL;
	in->path[in->depth].index = 0;
	in->depth++;
	in->fresh = true;
	return true;
}

bool kqt_json_more(struct kqt_json_in *in, char open)
{
	char close = open == '[' ? ']' : '}', c = kqt_json_peek(in);
	bool first = in->fresh;

	if (in->rc < 0)
		return false;
	in->fresh = false;
	if (c == close) {
		in->at++;
		in->depth--;
		return false;
	}
	if (first)
		return true;
	if (c != ',')
		return unexpected(in, open == '[' ? "',' or ']'" : "',' or '}'");
	in->at++;
	in->path[in->depth - 1].index++;
	return true;
}

bool kqt_json_end(struct kqt_json_in *in)
{
	if (in->rc < 0)
		return false;
	(void)kqt_json_peek(in);
	return in->at == in->end || unexpected(in, "the end");
}

static bool word(struct kqt_json_in *in, const char *w)
{
	size_t len = strlen(w);

	if ((size_t)(in->end - in->at) < len || memcmp(in->at, w, len) != 0)
		return false;
	in->at += len;
	return true;
}

bool kqt_json_null(struct kqt_json_in *in)
{
	return kqt_json_peek(in) == 'n' && word(in, "null");
}

bool kqt_json_flag(struct kqt_json_in *in, bool *v)
{
	char c = kqt_json_peek(in);

	if (in->rc < 0)
		return false;
	if (c == 't' && word(in, "true"))
		*v = true;
	else if (c == 'f' && word(in, "false"))
		*v = false;
	else
		return unexpected(in, "true or false");
	return true;
}

/* -- numbers ---------------------------------------------------------------- */

bool kqt_json_int(struct kqt_json_in *in, int64_t *v)
{
	bool negative = kqt_json_peek(in) == '-';
	const char *p = in->at + negative, *digits = p;
	uint64_t n = 0;

	if (in->rc < 0)
		return false;
	/* 18 digits cannot overflow */
	while (p < in->end && *p >= '0' && *p <= '9' && p - digits < 18)
		n = n * 10 + (uint64_t)(*p++ - '0');
	if (p == digits)
		return unexpected(in, "a whole number");
	if (p < in->end && *p >= '0' && *p <= '9')
		return kqt_json_fail(in, -KQT_E_RANGE, "the number is too large");
	if (*digits == '0' && p - digits > 1)
		return kqt_json_fail(in, -KQT_E_SYNTAX, "a number does not begin with 0");
	if (p < in->end && (*p == '.' || *p == 'e' || *p == 'E'))
		return kqt_json_fail(in, -KQT_E_SYNTAX, "not a whole number");
	in->at = p;
	*v = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

bool kqt_json_more_int(struct kqt_json_in *in, int64_t *v)
{
	const char *p = in->at;
	int64_t n = 0, sign = 1;

	/* a number of up to 8 digits, without blanks, between two others; all else below */
	if (!in->fresh && in->rc == 0 && in->end - p > 11 && *p == ',') {
		const char *digits;

		if (*++p == '-') {
			sign = -1;
			p++;
		}
		digits = p;
		while (*p >= '0' && *p <= '9' && p - digits < 9)
			n = n * 10 + (*p++ - '0');
		if ((*p == ',' || *p == ']') && p > digits && p - digits < 9 && *digits != '0') {
			in->at = p;
			in->path[in->depth - 1].index++;
			*v = sign * n;
			return true;
		}
	}
	return kqt_json_more(in, '[') && kqt_json_int(in, v);
}

bool kqt_json_count(struct kqt_json_in *in, uint64_t *v)
{
	int64_t n = 0;

	if (kqt_json_peek(in) == '-')
		return kqt_json_fail(in, -KQT_E_RANGE, "the number is negative");
	if (!kqt_json_int(in, &n))
		return false;
	*v = (uint64_t)n;
	return true;
}

static const char *digits_from(const struct kqt_json_in *in, const char *p)
{
	while (p < in->end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* The end of a number, by JSON's grammar; NULL if there is none. */
static const char *number_end(const struct kqt_json_in *in)
{
	const char *p = in->at + (in->at < in->end && *in->at == '-'), *q = digits_from(in, p);

	if (q == p || (*p == '0' && q - p > 1))
		return NULL;
	if (q < in->end && *q == '.') {
		p = q + 1;
		q = digits_from(in, p);
		if (q == p)
			return NULL;
	}
	if (q < in->end && (*q == 'e' || *q == 'E')) {
		p = q + 1;
		p += p < in->end && (*p == '+' || *p == '-');
		q = digits_from(in, p);
		if (q == p)
			return NULL;
	}
	return q;
}

bool kqt_json_real(struct kqt_json_in *in, double *v)
{
	char number[NUMBER_MAX];
	const char *stop;
	size_t len;
	double d;

	(void)kqt_json_peek(in);
	if (in->rc < 0)
		return false;
	stop = number_end(in);
	if (!stop)
		return unexpected(in, "a number");
	len = (size_t)(stop - in->at);
	if (len >= sizeof(number))
		return kqt_json_fail(in, -KQT_E_RANGE, "the number is too long");
	memcpy(number, in->at, len);
	number[len] = '\0';
	d = strtod(number, NULL);
	if (!isfinite(d))
		return kqt_json_fail(in, -KQT_E_RANGE, "the number is too large");
	in->at = stop;
	*v = d;
	return true;
}

/* -- texts ------------------------------------------------------------------ */

/** Where a text's decoded bytes go; what does not fit is only counted. */
struct decoded {
	char *bytes;
	size_t len, room;
};

static void add_byte(struct decoded *d, unsigned byte)
{
	if (d->len < d->room)
		d->bytes[d->len] = (char)byte;
	d->len++;
}

static void add_code_point(struct decoded *d, uint32_t c)
{
	if (c < 0x80) {
		add_byte(d, c);
	} else if (c < 0x800) {
		add_byte(d, 0xc0 | c >> 6);
		add_byte(d, 0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		add_byte(d, 0xe0 | c >> 12);
		add_byte(d, 0x80 | (c >> 6 & 0x3f));
		add_byte(d, 0x80 | (c & 0x3f));
	} else {
		add_byte(d, 0xf0 | c >> 18);
		add_byte(d, 0x80 | (c >> 12 & 0x3f));
		add_byte(d, 0x80 | (c >> 6 & 0x3f));
		add_byte(d, 0x80 | (c & 0x3f));
	}
}

static bool hex4(struct kqt_json_in *in, uint32_t *v)
{
	*v = 0;
	for (int i = 0; i < 4; i++, in->at++) {
		char c = in->at < in->end ? *in->at : '\0';
		int digit = c >= '0' && c <= '9'   ? c - '0'
		            : c >= 'a' && c <= 'f' ? c - 'a' + 10
		            : c >= 'A' && c <= 'F' ? c - 'A' + 10
		                                   : -1;

		if (digit < 0)
			return unexpected(in, "a hexadecimal digit");
		*v = *v << 4 | (uint32_t)digit;
	}
	return true;
}

/* After "\u". Halves of a pair belong together. */
static bool unicode_escape(struct kqt_json_in *in, struct decoded *d)
{
	uint32_t c, low;

	if (!hex4(in, &c))
		return false;
	if (c >= 0xd800 && c < 0xdc00) {
		if (!word(in, "\\u"))
			return unexpected(in, "the second half of a pair");
		if (!hex4(in, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return kqt_json_fail(in, -KQT_E_SYNTAX, "half of a character");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c < 0xe000) {
		return kqt_json_fail(in, -KQT_E_SYNTAX, "half of a character");
	}
	add_code_point(d, c);
	return true;
}

static bool escape(struct kqt_json_in *in, struct decoded *d)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = in->at < in->end ? memchr(from, *in->at, sizeof(from) - 1) : NULL;

	if (at) {
		add_byte(d, (unsigned char)to[at - from]);
		in->at++;
		return true;
	}
	if (in->at < in->end && *in->at == 'u') {
		in->at++;
		return unicode_escape(in, d);
	}
	return unexpected(in, "an escape");
}

/* The decoded bytes, as many as there is room for, and how many there are. */
static bool string(struct kqt_json_in *in, struct decoded *d)
{
	if (!take(in, '"', "a text"))
		return false;
	while (in->at < in->end && *in->at != '"') {
		unsigned char c = (unsigned char)*in->at;

		if (c < 0x20)
			return kqt_json_fail(in, -KQT_E_SYNTAX,
			                     "control character 0x%02x in a text", c);
		in->at++;
		if (c != '\\')
			add_byte(d, c);
		else if (!escape(in, d))
			return false;
	}
	return take(in, '"', "the end of a text");
}

bool kqt_json_text(struct kqt_json_in *in, char **v)
{
	char bytes[KQT_JSON_TEXT_MAX + 1];
	struct decoded d = {.bytes = bytes, .room = sizeof(bytes) - 1};
	const char *start;

	(void)kqt_json_peek(in);
	start = in->at;
	if (!string(in, &d))
		return false;
	if (d.len > d.room) {
		in->at = start;
		return kqt_json_fail(in, -KQT_E_RANGE, "the text is longer than %d bytes",
		                     KQT_JSON_TEXT_MAX);
	}
	bytes[d.len] = '\0';
	if (strlen(bytes) != d.len || !kqt_text_is_plain(bytes)) {
		in->at = start;
		return kqt_json_fail(in, -KQT_E_SYNTAX,
		                     "the text holds a control character or is not UTF-8");
	}
	*v = strdup(bytes);
	return *v || kqt_json_fail(in, -ENOMEM, "out of memory");
}

bool kqt_json_key(struct kqt_json_in *in, char *key, size_t size)
{
	struct decoded d = {.bytes = key, .room = size - 1};

	if (!string(in, &d) || !take(in, ':', "':'"))
		return false;
	key[d.len < d.room ? d.len : d.room] = '\0';
	if (d.len > d.room || strlen(key) != d.len)
		key[0] = '\0';
	return true;
}

/* -- values of any kind ----------------------------------------------------- */

static bool skip_members(struct kqt_json_in *in, char open)
{
	char key[1];

	if (!kqt_json_enter(in, open))
		return false;
	while (kqt_json_more(in, open))
		if ((open == '{' && !kqt_json_key(in, key, sizeof(key))) || !kqt_json_skip(in))
			return false;
	return in->rc == 0;
}

bool kqt_json_skip(struct kqt_json_in *in)
{
	struct decoded nowhere = {0};
	const char *stop;
	bool flag;

	switch (kqt_json_peek(in)) {
	case '{':
	case '[':
		return skip_members(in, *in->at);
	case '"':
		return string(in, &nowhere);
	case 't':
	case 'f':
		return kqt_json_flag(in, &flag);
	case 'n':
		return kqt_json_null(in) || unexpected(in, "a value");
	default:
		if (in->rc < 0)
			return false;
		stop = number_end(in);
		if (!stop)
			return unexpected(in, "a value");
		in->at = stop;
		return true;
	}
}
