/* SPDX-License-Identifier: MIT */
/* Other people's text inside our messages. */
#ifndef KQT_CONFIG_TEXT_H
#define KQT_CONFIG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** Text as it may be shown in a message: control characters (C1 too: a terminal
 * obeys U+009B as it obeys ESC [) and bytes that are no UTF-8 become \xHH; what
 * does not fit ends in "...", so that a message keeps the words after it.
 * @buf  [size], at least 8
 * @return buf. */
const char *kqt_text_show(const char *text, char *buf, size_t size);

/** UTF-8 without control characters? */
bool kqt_text_is_plain(const char *text);

#endif
