/* SPDX-License-Identifier: MIT */
/* Bounded strings and the two ways numbers are shown. The numbers are put
 * together from integers: printf's %f would take the locale's decimal comma
 * once a curses program has called setlocale. */
#include "engine/base/strbuf.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct kqt_strbuf kqt_strbuf_init(char *storage, size_t size)
{
	struct kqt_strbuf sb = {.text = storage, .size = size, .len = 0, .cut = false};

	storage[0] = '\0';
	return sb;
}

/* Bytes of a UTF-8 sequence by its first byte; 1 for anything else. */
static size_t utf8_len(unsigned char first)
{
	if (first >= 0xf0)
		return 4;
	if (first >= 0xe0)
		return 3;
	return first >= 0xc0 ? 2 : 1;
}

/* The cut may fall inside a character (bars and units are not ASCII): half a
 * character would garble the rest of a terminal's row. Never goes below `from`,
 * where this append began. */
static void drop_half_character(struct kqt_strbuf *sb, size_t from)
{
	size_t first = sb->len;

	while (first > from && ((unsigned char)sb->text[first - 1] & 0xc0) == 0x80)
		first--;
	if (first == from)
		return;
	first--;
	if (first + utf8_len((unsigned char)sb->text[first]) > sb->len)
		sb->len = first;
	sb->text[sb->len] = '\0';
}

void kqt_strbuf_addv(struct kqt_strbuf *sb, const char *fmt, va_list ap)
{
	size_t from = sb->len, room = sb->size - sb->len;
	int n;

	if (sb->cut)
		return;
	n = vsnprintf(sb->text + from, room, fmt, ap);
	if (n >= 0 && (size_t)n < room) {
		sb->len += (size_t)n;
		return;
	}
	sb->cut = true;
	if (n < 0) {
		sb->text[from] = '\0'; /* an encoding error leaves the contents open */
		return;
	}
	sb->len = sb->size - 1;
	drop_half_character(sb, from);
}

void kqt_strbuf_add(struct kqt_strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kqt_strbuf_addv(sb, fmt, ap);
	va_end(ap);
}

static const unsigned power10[] = {1, 10, 100};

static const char *put_scaled(uint64_t scaled, unsigned decimals, const char *unit, char *buf,
                              size_t size)
{
	unsigned p = power10[decimals];

	if (decimals == 0)
		snprintf(buf, size, "%" PRIu64 "%s", scaled, unit);
	else
		snprintf(buf, size, "%" PRIu64 ".%0*" PRIu64 "%s", scaled / p, (int)decimals,
		         scaled % p, unit);
	return buf;
}

/* Each unit serves up to `end` of itself. Above hours stand days and years of
 * 365 days, so that any 64-bit value (584 years) keeps to 6 cells. */
static const struct ns_unit {
	uint64_t ns;
	unsigned end;
	const char *name;
} ns_units[] = {
    {UINT64_C(1), 1000, "ns"},
    {UINT64_C(1000), 1000, "us"},
    {UINT64_C(1000000), 1000, "ms"},
    {UINT64_C(1000000000), 60, "s"},
    {UINT64_C(60000000000), 60, "m"},
    {UINT64_C(3600000000000), 1000, "h"},
    {UINT64_C(86400000000000), 1000, "d"},
    {UINT64_C(31536000000000000), 1000, "y"},
};
#define N_NS_UNITS (sizeof(ns_units) / sizeof(ns_units[0]))

/* ns in units of u, times 10^decimals, halves up. Split because ns * 100 would
 * overflow from 5.8 years up. */
static uint64_t ns_scaled(uint64_t ns, const struct ns_unit *u, unsigned decimals)
{
	unsigned p = power10[decimals];

	return ns / u->ns * p + (ns % u->ns * p + u->ns / 2) / u->ns;
}

const char *kqt_fmt_ns(uint64_t ns, char *buf, size_t size)
{
	/* Rounding is done first and judged after, so that 999.6 us becomes
	 * "1.00ms", never "1000us". */
	if (ns < 1000)
		return put_scaled(ns, 0, "ns", buf, size);
	for (size_t i = 1; i < N_NS_UNITS; i++) {
		const struct ns_unit *u = &ns_units[i];

		for (unsigned decimals = 3; decimals-- > 0;) {
			uint64_t scaled = ns_scaled(ns, u, decimals);

			if (scaled < 1000 && scaled < (uint64_t)u->end * power10[decimals])
				return put_scaled(scaled, decimals, u->name, buf, size);
		}
	}
	return buf; /* not reached: 2^64 ns is 585 years */
}

const char *kqt_fmt_count(double value, char *buf, size_t size)
{
	static const char *const units[] = {"", "k", "M", "G", "T", "P", "E"};
	double v = value;

	if (!(value >= 0)) {
		snprintf(buf, size, "-");
		return buf;
	}
	if (value < 1000 && value == floor(value))
		return put_scaled((uint64_t)value, 0, "", buf, size);
	/* a rate that is not nothing must not read as nothing */
	if (value < 0.005) {
		snprintf(buf, size, "<0.01");
		return buf;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++, v /= 1000) {
		for (unsigned decimals = 3; decimals-- > 0;) {
			double scaled = round(v * power10[decimals]);

			if (scaled < 1000)
				return put_scaled((uint64_t)scaled, decimals, units[i], buf, size);
		}
	}
	snprintf(buf, size, ">999E");
	return buf;
}

const char *kqt_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}
