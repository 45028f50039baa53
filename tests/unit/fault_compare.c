/* SPDX-License-Identifier: MIT */
/* link: -Wl,--wrap=calloc -Wl,--wrap=malloc -Wl,--wrap=realloc */
/* Comparing when memory is short: each allocation fails in turn, and what was there is
 * given back (the address sanitizer's leak report says if not). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/report/compare.h"
#include "tests/support/report_gen.h"

static long left = -1; /* allocations that still succeed; below 0 all do */

static int fails(void)
{
	return left >= 0 && left-- == 0;
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

static const char *const files[] = {"a.json", "b.json"};

static struct kqt_compare *compared(const struct kqt_report *const *reports)
{
	struct kqt_compare *c = NULL;

	assert_int_equal(kqt_compare_new(reports, files, 2, 0.05, &c), 0);
	return c;
}

static void every_failed_allocation_is_an_error(void **state)
{
	struct kqt_report *a = report_gen(12, 50, true, 1), *b = report_gen(12, 50, false, 2);
	const struct kqt_report *reports[] = {a, b};
	long n;

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	for (n = 0;; n++) {
		struct kqt_compare *c = NULL;
		int rc;

		left = n;
		rc = kqt_compare_new(reports, files, 2, 0.05, &c);
		left = -1;
		if (rc == 0) {
			kqt_compare_free(c);
			break;
		}
		assert_int_equal(rc, -ENOMEM);
		assert_null(c);
	}
	/* figures, shifts, null distributions, differences, notices: many */
	if (n < 100)
		fail_msg("only %ld allocations", n);
	kqt_report_free(a);
	kqt_report_free(b);
}

static void a_text_is_whole_or_not_there(void **state)
{
	struct kqt_report *a = report_gen(12, 50, true, 1), *b = report_gen(12, 50, false, 2);
	const struct kqt_report *reports[] = {a, b};
	struct kqt_compare *c = compared(reports);
	char *(*const makers[])(const struct kqt_compare *) = {kqt_compare_json, kqt_compare_html};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *whole = makers[i](c), *text = NULL;

		assert_non_null(whole);
		for (left = 0; !text; left++) {
			long n = left;

			text = makers[i](c);
			left = n;
		}
		left = -1;
		assert_string_equal(text, whole);
		free(text);
		free(whole);
	}
	kqt_compare_free(c);
	kqt_report_free(a);
	kqt_report_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_failed_allocation_is_an_error),
	    cmocka_unit_test(a_text_is_whole_or_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
