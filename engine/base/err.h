/* SPDX-License-Identifier: MIT */
/* One kind of result for the whole engine: an int, 0 or a count for success,
 * -errno or -KQT_E_* for failure. The two ranges never meet. */
#ifndef KQT_BASE_ERR_H
#define KQT_BASE_ERR_H

#include <stddef.h>

#include "engine/base/annot.h"

/* Linux's errno values end at 4095 (MAX_ERRNO), the BSDs' below 100. */
enum kqt_error {
	KQT_E_TOO_FEW = 10001, /* fewer items than the computation needs */
	KQT_E_BAD_SYMBOL,      /* a symbol outside its alphabet */
	KQT_E_RANGE,           /* a number outside its range */
	KQT_E_SYNTAX,          /* text that does not parse */
	KQT_E_UNKNOWN_NAME,    /* no such option, preset, filter, back end */
	KQT_E_NO_SOURCE,       /* nothing could be registered, or nothing was asked for */
	KQT_E_UNREGISTERED,    /* a part could not be registered and strict was asked for */
	KQT_E_UNSUPPORTED,     /* this platform or back end lacks it */
	KQT_E_STOPPED,         /* the engine was told to stop */
	KQT_E_SHORT,           /* ended before all that was asked for was there */
	KQT_E_END,             /* one above the last */
};

/** Text of a result for people: lower case, no newline, no prefix.
 * @rc    a negative result of any engine function; others read "success"
 * @buf   [size] receives a terminated string; borrowed for the call
 * @return buf.
 * Threads: any. */
const char *kqt_err_text(int rc, char *buf, size_t size);

/** Text of an errno value as people read it in a sentence: strerror's words
 * with a lower-case first letter ("too many open files").
 * @return buf. Threads: any. */
const char *kqt_errno_text(int errnum, char *buf, size_t size);

#endif
