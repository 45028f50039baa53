/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/report/json.h"

/* Room for `more` bytes and a terminator. */
static bool grow(struct kqt_json_out *out, size_t more)
{
	size_t room = out->room ? out->room : 4096;
	char *text;

	if (out->failed)
		return false;
	if (out->len + more < out->room)
		return true;
	while (room <= out->len + more)
		room *= 2;
	text = realloc(out->text, room);
	if (!text) {
		out->failed = true;
		return false;
	}
	out->text = text;
	out->room = room;
	return true;
}

static void put_bytes(struct kqt_json_out *out, const char *bytes, size_t n)
{
	if (!grow(out, n))
		return;
	memcpy(out->text + out->len, bytes, n);
	out->len += n;
	out->text[out->len] = '\0';
}

void kqt_json_put(struct kqt_json_out *out, const char *fmt, ...)
{
	char text[256]; /* longest: a key or a number */
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_bytes(out, text, n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

void kqt_json_put_int(struct kqt_json_out *out, int64_t v)
{
	char text[24], *p = text + sizeof(text);
	uint64_t n = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	if (v < 0)
		*--p = '-';
	put_bytes(out, p, (size_t)(text + sizeof(text) - p));
}

void kqt_json_put_count(struct kqt_json_out *out, uint64_t v)
{
	if (v > INT64_MAX) /* more than a reader can be expected to take: not known */
		put_bytes(out, "null", 4);
	else
		kqt_json_put_int(out, (int64_t)v);
}

void kqt_json_put_real(struct kqt_json_out *out, double v)
{
	char text[40];

	if (!isfinite(v)) {
		put_bytes(out, "null", 4);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	put_bytes(out, text, strlen(text));
}

void kqt_json_put_text(struct kqt_json_out *out, const char *text)
{
	if (!text) {
		put_bytes(out, "null", 4);
		return;
	}
	put_bytes(out, "\"", 1);
	for (; *text; text++) {
		size_t plain = strcspn(text, "\"\\");

		for (size_t i = 0; i < plain; i++)
			if ((unsigned char)text[i] < 0x20)
				plain = i;
		put_bytes(out, text, plain);
		text += plain;
		if (!*text)
			break;
		if ((unsigned char)*text < 0x20)
			kqt_json_put(out, "\\u%04x", (unsigned char)*text);
		else
			kqt_json_put(out, "\\%c", *text);
	}
	put_bytes(out, "\"", 1);
}
