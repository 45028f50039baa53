/* SPDX-License-Identifier: MIT */
/* Small text files in which a kernel says something about itself. Absent, unreadable
 * or empty is all the same here: not known. */
#ifndef KQT_REPORT_SYSFILE_H
#define KQT_REPORT_SYSFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The first line that begins with `start` ("" = the first), what follows that, without
 * blanks at either end. @return false when there is none, or it is empty. */
bool kqt_sysfile_line(const char *path, const char *start, char *out, size_t size);

/** A file that is one number. */
bool kqt_sysfile_count(const char *path, uint64_t *out);

#endif
