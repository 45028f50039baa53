/* SPDX-License-Identifier: MIT */
/* Files of lines that grow while something is measured, and that are of use
 * whatever ends the writer: each line is one write(), so a killed process leaves
 * whole lines behind, and at most one that was cut. The histogram log and the
 * recording are such files. The reading side takes files from anywhere: a line has
 * a limit, and one that has no newline was cut and is no line.
 *
 * Nothing here calls fsync: what is promised is what a kill leaves, not a power cut.
 * Threads: none of its own; one thread at a time for a file. */
#ifndef KQT_HIST_HLOG_FILE_H
#define KQT_HIST_HLOG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/base/annot.h"

enum kqt_lines_how {
	KQT_LINES_NEW,     /* -EEXIST when there is a file */
	KQT_LINES_REPLACE, /* what is there is lost */
	KQT_LINES_APPEND,  /* go on after its last newline; a line that was cut is lost */
};

/** Being written. fd is -1 when it is not open. */
struct kqt_lines {
	int fd;
	uint64_t size; /* bytes, all of them whole lines */
	int error;     /* of the write that failed, -errno; 0 = none. No write is tried after it */
};

/** Open for writing. The file is locked: a second writer is refused.
 * @begins  APPEND only: what a file of this kind begins with; another is left as it is
 * @return 0; -EEXIST; -EWOULDBLOCK when another process writes it; -KQT_E_SYNTAX when
 * the file does not begin so; -KQT_E_UNSUPPORTED for APPEND to what is no regular
 * file; -errno. f->size says 0 when nothing was there. */
KQT_MUST_USE int kqt_lines_open(struct kqt_lines *f, const char *path, enum kqt_lines_how how,
                                const char *begins);

/** Write one line, its newline included. If that fails or is only done in part, the
 * part is cut off again and the file takes nothing more.
 * @return 0, or the -errno of the first failure. */
KQT_MUST_USE int kqt_lines_write(struct kqt_lines *f, const char *line, size_t len);

/** Close; nothing when it is not open. @return 0, the error of an earlier write, or
 * what close() says. */
int kqt_lines_close(struct kqt_lines *f);

/** Read one line of at most size - 1 bytes. The newline (and a CR before it) is
 * removed; NUL bytes inside are refused.
 * @buf   [size] receives the line, terminated
 * @len   its length; when the answer is 0, of the cut line that was left out
 * @return 1; 0 at the end; -KQT_E_RANGE when it is longer; -KQT_E_SYNTAX for a NUL;
 * -EIO. */
KQT_MUST_USE int kqt_line_read(FILE *f, char *buf, size_t size, size_t *len);

#endif
