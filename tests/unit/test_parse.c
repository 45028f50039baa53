/* SPDX-License-Identifier: MIT */
/* Numbers, durations and strangers' text. Expectations are worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/config/config.h"
#include "engine/config/text.h"

#define UNTOUCHED 4711u
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void uint_takes_whole_decimal_strings_only(void **state)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t value;
	} cases[] = {
	    {"0", 0, 0},
	    {"7", 0, 7},
	    {"007", 0, 7},
	    {"18446744073709551614", 0, UINT64_MAX - 1},
	    {"", -KQT_E_SYNTAX, UNTOUCHED},
	    {" 7", -KQT_E_SYNTAX, UNTOUCHED},
	    {"7 ", -KQT_E_SYNTAX, UNTOUCHED},
	    {"+7", -KQT_E_SYNTAX, UNTOUCHED},
	    {"-7", -KQT_E_SYNTAX, UNTOUCHED},
	    {"0x7", -KQT_E_SYNTAX, UNTOUCHED},
	    {"7e3", -KQT_E_SYNTAX, UNTOUCHED},
	    {"7.0", -KQT_E_SYNTAX, UNTOUCHED},
	    {"99999999999999999999x", -KQT_E_SYNTAX, UNTOUCHED},
	    {"\xd9\xa1", -KQT_E_SYNTAX, UNTOUCHED}, /* an Arabic one is no digit here */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t v = UNTOUCHED;

		assert_int_equal(kqt_parse_uint(cases[i].text, 0, UINT64_MAX, &v), cases[i].rc);
		assert_int_equal(v, cases[i].value);
	}
}

static void uint_keeps_to_its_range_and_never_wraps(void **state)
{
	static const char *const outside[] = {
	    "9",
	    "21",
	    "18446744073709551615", /* 2^64 - 1 */
	    "18446744073709551616", /* 2^64 would wrap to 0 */
	    "18446744073709551626", /* would wrap to 10 */
	    "184467440737095516160",
	    "99999999999999999999999999999999999999999999999999",
	};
	uint64_t v = UNTOUCHED;

	(void)state;
	for (size_t i = 0; i < COUNT(outside); i++)
		assert_int_equal(kqt_parse_uint(outside[i], 10, 20, &v), -KQT_E_RANGE);
	assert_int_equal(v, UNTOUCHED);
	assert_int_equal(kqt_parse_uint("18446744073709551616", 0, UINT64_MAX, &v), -KQT_E_RANGE);
	assert_int_equal(kqt_parse_uint("10", 10, 20, &v), 0);
	assert_int_equal(v, 10);
	assert_int_equal(kqt_parse_uint("20", 10, 20, &v), 0);
	assert_int_equal(v, 20);
}

static void duration_is_exact_in_every_unit(void **state)
{
	static const struct {
		const char *text, *unit;
		uint64_t ns;
	} cases[] = {
	    {"0", "ms", 0},
	    {"0s", "ms", 0},
	    {"3", "ns", 3},
	    {"3", "us", 3000},
	    {"3", "ms", 3000000},
	    {"3", "s", 3000000000},
	    {"3ns", "s", 3},
	    {"250us", "ms", 250000},
	    {"500ms", "us", 500000000},
	    {"2s", "ms", 2000000000},
	    {"1m", "ms", 60000000000},
	    {"1h", "ms", 3600000000000},
	    {"1.5s", "ms", 1500000000},
	    {"1.5", "s", 1500000000},
	    {"0.0005ms", "ms", 500},
	    {"0.1s", "ms", 100000000}, /* 0.1 is no binary fraction */
	    {"0.25m", "ms", 15000000000},
	    {"0.000000001s", "ms", 1},
	    {"0.00000000005m", "ms", 3}, /* 60e9 * 5e-11 */
	    {"4.350000000000000000000000000000us", "ms", 4350},
	    {"31536000s", "ms", 31536000000000000}, /* 365 * 86400 s */
	    {"8760h", "ms", 31536000000000000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t ns = UNTOUCHED;

		assert_int_equal(kqt_parse_duration(cases[i].text, cases[i].unit, &ns), 0);
		assert_int_equal(ns, cases[i].ns);
	}
}

static void duration_refuses_what_is_none(void **state)
{
	static const char *const bad[] = {
	    "",
	    " ",
	    "s",
	    ".5s",
	    "5.s",
	    ".",
	    "1..5s",
	    "1.5.0s",
	    "-1s",
	    "+1s",
	    " 1s",
	    "1s ",
	    "1 s",
	    "1S",
	    "1sec",
	    "1x",
	    "12x",
	    "1s2ms",
	    "1e3ms",
	    "0x1s",
	    "inf",
	    "nan",
	    "0.5ns",
	    "0.0000000001s",
	    "1,5s",
	    "1msx",
	    "1\n",
	    "1d",
	    "m",
	    "1.ms",
	    "0.00000000001m",
	    "1\xc2\xb5s",
	    "99999999999999999999999x",
	};
	uint64_t ns = UNTOUCHED;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(kqt_parse_duration(bad[i], "ms", &ns), -KQT_E_SYNTAX);
	assert_int_equal(kqt_parse_duration("1", "fortnight", &ns), -KQT_E_SYNTAX);
	assert_int_equal(ns, UNTOUCHED);
}

static void duration_above_a_year_is_out_of_range_and_never_wraps(void **state)
{
	static const char *const huge[] = {
	    "31536001s",
	    "31536000.000000001s",
	    "18446744073709551615ns",
	    "18446744073709551616ns",
	    "18446744074s", /* * 1e9 is just above 2^64: wraps to 290448384 ns */
	    "18446744073709551616h",
	    "99999999999999999999999999999999999999999.5s",
	};
	uint64_t ns = UNTOUCHED;

	(void)state;
	for (size_t i = 0; i < COUNT(huge); i++)
		assert_int_equal(kqt_parse_duration(huge[i], "ms", &ns), -KQT_E_RANGE);
	assert_int_equal(ns, UNTOUCHED);
}

static void shown_text_has_no_control_characters(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
	    {"", ""},
	    {"plain", "plain"},
	    {"a b'c\"$\\", "a b'c\"$\\"},
	    {"\x1b[31mred\x07", "\\x1b[31mred\\x07"},
	    {"a\tb\nc\rd\x7f", "a\\x09b\\x0ac\\x0dd\\x7f"},
	    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	     "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
	    {"\xc2\x9b"
	     "31m",
	     "\\xc2\\x9b31m"},        /* U+009B does what ESC [ does */
	    {"\xc2\xa0", "\xc2\xa0"}, /* the first one after C1 */
	    {"\x9b"
	     "31m",
	     "\\x9b31m"},
	    {"\xc0\xaf", "\\xc0\\xaf"},                   /* overlong */
	    {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},          /* overlong */
	    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* surrogate */
	    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
	    {"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"}, /* overlong */
	    {"x\xe2\x82", "x\\xe2\\x82"},                 /* ends too early */
	    {"\xff", "\\xff"},
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(kqt_text_show(cases[i].text, buf, sizeof(buf)), cases[i].shown);
		assert_int_equal(kqt_text_is_plain(cases[i].text),
		                 strcmp(cases[i].text, cases[i].shown) == 0);
	}
}

static void shown_text_that_is_too_long_ends_in_dots(void **state)
{
	char buf[8];

	(void)state;
	assert_string_equal(kqt_text_show("1234567", buf, sizeof(buf)), "1234567");
	assert_string_equal(kqt_text_show("12345678", buf, sizeof(buf)), "1234...");
	assert_string_equal(kqt_text_show("12\x01\x01", buf, sizeof(buf)), "12...");
	/* 4 bytes a character: one and the dots fit, not half of a second */
	assert_string_equal(kqt_text_show("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", buf, sizeof(buf)),
	                    "\xf0\x9f\x98\x80...");
}

static void shown_text_fits_and_is_plain_whatever_comes_in(void **state)
{
	uint64_t x = 88172645463325252u; /* xorshift64 */

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[40], buf[40];
		size_t size = 8 + x % 33;

		for (size_t i = 0; i < sizeof(text); i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			text[i] = (char)(x >> 32);
		}
		text[x % sizeof(text)] = '\0';
		memset(buf, 'x', sizeof(buf));
		kqt_text_show(text, buf, size);
		assert_non_null(memchr(buf, '\0', size));
		assert_true(kqt_text_is_plain(buf));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(uint_takes_whole_decimal_strings_only),
	    cmocka_unit_test(uint_keeps_to_its_range_and_never_wraps),
	    cmocka_unit_test(duration_is_exact_in_every_unit),
	    cmocka_unit_test(duration_refuses_what_is_none),
	    cmocka_unit_test(duration_above_a_year_is_out_of_range_and_never_wraps),
	    cmocka_unit_test(shown_text_has_no_control_characters),
	    cmocka_unit_test(shown_text_that_is_too_long_ends_in_dots),
	    cmocka_unit_test(shown_text_fits_and_is_plain_whatever_comes_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
