/* SPDX-License-Identifier: MIT */
/* jansson's values, with memory that runs out noticed: a value that could not be made or
 * put in its place would be missing from what is printed, and nobody told. Each thread
 * that builds a tree builds one at a time. */
#ifndef KQT_REPORT_JSON_TREE_H
#define KQT_REPORT_JSON_TREE_H

#include <jansson.h>

/** Put v, which is given, into an object or at the end of a list. NULL for v, o or list is
 * memory that ran out: remembered until kqt_tree_text. */
void kqt_tree_set(json_t *o, const char *key, json_t *v);
void kqt_tree_append(json_t *list, json_t *v);

/** The text of a tree, compact, and @tail behind it.
 * @root  given: it is freed
 * @return given (free); NULL when memory ran out here or since the call before */
char *kqt_tree_text(json_t *root, const char *tail);

#endif
