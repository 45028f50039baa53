/* SPDX-License-Identifier: MIT */
/* Numbers and durations from text, and text from strangers. Written by hand, as
 * strtoull takes signs and blanks, sets errno and wraps "-1" to 2^64 - 1, and as
 * strtod would make the value depend on the locale and on rounding. */
#include "engine/config/config.h"
#include "engine/config/text.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"

#define DURATION_MAX_NS (365ull * 24 * 3600 * 1000000000) /* 3.2e16, far from 2^64 */

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
    {"ns", 1},         {"us", 1000},       {"ms", 1000000},
    {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000},
};

/* Not isdigit: its answer for bytes above 127 is the locale's. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits at *p, which moves behind them; UINT64_MAX when they say more.
 * @return how many there were. */
static size_t scan_digits(const char **p, uint64_t *value)
{
	const char *start = *p;

	*value = 0;
	for (; is_digit(**p); (*p)++) {
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(**p - '0'), value)) {
			*value = UINT64_MAX;
			*p += strspn(*p, "0123456789");
			break;
		}
	}
	return (size_t)(*p - start);
}

int kqt_parse_uint(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	const char *p = text;
	uint64_t v;

	if (scan_digits(&p, &v) == 0 || *p != '\0')
		return -KQT_E_SYNTAX;
	/* 2^64 - 1 also stands for all above it, and no range of ours reaches it */
	if (v < min || v > max || v == UINT64_MAX)
		return -KQT_E_RANGE;
	*value = v;
	return 0;
}

static uint64_t unit_ns(const char *name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].name, name) == 0)
			return units[i].ns;
	return 0;
}

/* 0.d1 d2 .. dn units in nanoseconds, exactly: from the last digit inwards,
 * x = (d * unit + x) / 10. A remainder at any step means that the sum is no
 * whole number of nanoseconds. No step exceeds 10 units, so any n fits.
 * @return false when not whole. */
static bool fraction_ns(const char *digits, size_t n, uint64_t unit, uint64_t *ns)
{
	uint64_t x = 0;

	while (n-- > 0) {
		x += (uint64_t)(digits[n] - '0') * unit;
		if (x % 10 != 0)
			return false;
		x /= 10;
	}
	*ns = x;
	return true;
}

int kqt_parse_duration(const char *text, const char *default_unit, uint64_t *ns)
{
	const char *p = text, *digits = NULL;
	uint64_t whole, ignored, unit, fraction = 0, sum;
	size_t n = 0;

	if (scan_digits(&p, &whole) == 0)
		return -KQT_E_SYNTAX;
	if (*p == '.') {
		digits = ++p;
		n = scan_digits(&p, &ignored);
		if (n == 0)
			return -KQT_E_SYNTAX;
	}
	unit = unit_ns(*p ? p : default_unit);
	if (unit == 0 || !fraction_ns(digits, n, unit, &fraction))
		return -KQT_E_SYNTAX;
	if (__builtin_mul_overflow(whole, unit, &sum) ||
	    __builtin_add_overflow(sum, fraction, &sum) || sum > DURATION_MAX_NS)
		return -KQT_E_RANGE;
	*ns = sum;
	return 0;
}

/* Length of the UTF-8 character at s, 0 when it is none: continuation bytes,
 * overlong forms, surrogates and values above U+10FFFF are not (Unicode 15,
 * table 3-7). Stops at a NUL, as no continuation byte is 0. */
static size_t utf8_length(const unsigned char *s)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	if (s[1] < lo || s[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n;
}

/* Length of the character at s when a terminal shows it, 0 when it is a
 * control character (C0, DEL, C1) or no UTF-8. */
static size_t shown_length(const unsigned char *s)
{
	size_t n = utf8_length(s);

	if (n == 1 && (s[0] < 0x20 || s[0] == 0x7f))
		return 0;
	if (n == 2 && s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	return n;
}

const char *kqt_text_show(const char *text, char *buf, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = 0, keep = 0; /* keep: where "..." still fits */

	while (*s) {
		size_t n = shown_length(s), need = n ? n : strlen("\\xHH");

		if (len + need >= size) {
			memcpy(buf + keep, "...", sizeof("..."));
			return buf;
		}
		if (n)
			memcpy(buf + len, s, n);
		else
			snprintf(buf + len, size - len, "\\x%02x", *s);
		len += need;
		s += n ? n : 1;
		if (len + sizeof("...") <= size)
			keep = len;
	}
	buf[len] = '\0';
	return buf;
}

bool kqt_text_is_plain(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t n = shown_length(s);

		if (n == 0)
			return false;
		s += n;
	}
	return true;
}
