/* SPDX-License-Identifier: MIT */
/* What hlog.c and hlog_code.c share. Private to engine/hist. */
#ifndef KQT_HIST_HLOG_PRIV_H
#define KQT_HIST_HLOG_PRIV_H

#include <stddef.h>

#include "engine/hist/hist.h"

/** Base64 of the largest histogram there can be: 9 bytes for each bucket that do not
 * compress at all, with what zlib then adds, which is below 1 %. */
#define KQT_HLOG_TEXT_MAX (((9 * (size_t)KQT_HIST_LEN + 48) / 100 * 101 + 1024) / 3 * 4)
/** A line: tag, three numbers, that text. */
#define KQT_HLOG_LINE_SIZE (KQT_HLOG_TEXT_MAX + 512)

#endif
