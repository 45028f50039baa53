/* SPDX-License-Identifier: MIT */
/* A tree of JSON when memory is short: each of jansson's allocations fails in turn, and
 * what comes out is the whole text or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/report/json_tree.h"

static long left = -1; /* allocations that still succeed; below 0 all do */

static void *sometimes(size_t size)
{
	return left >= 0 && left-- == 0 ? NULL : malloc(size);
}

/* Long enough that a growing buffer has to grow at every kind of place. */
static json_t *tree(void)
{
	json_t *o = json_object(), *list = json_array();
	char key[16];

	for (int i = 0; i < 40; i++) {
		json_t *inner = json_object();

		kqt_tree_set(inner, "name", json_string("value"));
		kqt_tree_append(list, inner);
		snprintf(key, sizeof(key), "key%d", i);
		kqt_tree_set(o, key, json_real(i * 0.1));
	}
	kqt_tree_set(o, "list", list);
	return o;
}

static void text_is_whole_or_not_there(void **state)
{
	char *whole, *text;
	long n, refused = 0;

	(void)state;
	json_set_alloc_funcs(sometimes, free);
	whole = kqt_tree_text(tree(), "\n");
	assert_non_null(whole);
	for (n = 0;; n++) {
		left = n;
		text = kqt_tree_text(tree(), "\n");
		if (left >= 0)
			break; /* there were no more to fail */
		left = -1;
		if (text)
			assert_string_equal(text, whole);
		refused += !text;
		free(text);
		/* one failure does not spoil the next */
		text = kqt_tree_text(tree(), "\n");
		assert_string_equal(text, whole);
		free(text);
	}
	left = -1;
	assert_string_equal(text, whole);
	assert_true(refused > 100);
	free(text);
	free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_is_whole_or_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
