/* SPDX-License-Identifier: MIT */
#include "engine/report/json_tree.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT (JSON_COMPACT | JSON_REAL_PRECISION(17))

static _Thread_local bool lacking;

void kqt_tree_set(json_t *o, const char *key, json_t *v)
{
	lacking |= json_object_set_new(o, key, v) < 0;
}

void kqt_tree_append(json_t *list, json_t *v)
{
	lacking |= json_array_append_new(list, v) < 0;
}

/* Not json_dumps: when its buffer cannot grow at a key (jansson 2.14), it leaves the key
 * out, goes on, and says nothing. Into a buffer that is large enough it cannot fail so. */
char *kqt_tree_text(json_t *root, const char *tail)
{
	size_t size = lacking || !root ? 0 : json_dumpb(root, NULL, 0, FORMAT);
	char *text = size ? malloc(size + strlen(tail) + 1) : NULL;

	if (text && json_dumpb(root, text, size, FORMAT) == size) {
		memcpy(text + size, tail, strlen(tail) + 1);
	} else {
		free(text);
		text = NULL;
	}
	json_decref(root);
	lacking = false;
	return text;
}
