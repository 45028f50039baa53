/* SPDX-License-Identifier: MIT */
/* Small strings in the caller's storage: append, never overflow, know when
 * something was cut. For messages and screen rows; no allocation. */
#ifndef KQT_BASE_STRBUF_H
#define KQT_BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"

struct kqt_strbuf {
	char *text;  /* [size], always terminated; borrowed */
	size_t size; /* bytes of storage, at least 1 */
	size_t len;  /* bytes in use without the terminator */
	bool cut;    /* something did not fit */
};

/** An empty string over storage that the caller keeps. size is at least 1. */
struct kqt_strbuf kqt_strbuf_init(char *storage, size_t size);

/** Append as printf does; what does not fit is cut at the end, between two UTF-8
 * characters, and noted. After a cut nothing more is taken: it would read as if
 * nothing was missing. */
void kqt_strbuf_add(struct kqt_strbuf *sb, const char *fmt, ...) KQT_PRINTF(2, 3);
void kqt_strbuf_addv(struct kqt_strbuf *sb, const char *fmt, va_list ap) KQT_PRINTF(2, 0);

/** A duration of nanoseconds in at most 6 cells, the unit always shown:
 * "999ns" "1.42us" "12.3us" " 999us" -> without padding "999us", "4.80ms",
 * "12.0s", "59.9m", "1.00h"; above 999 h days "41.7d" and years "2.74y". Three
 * significant digits, halves up; rounding never shows "1000us". Decimal point in
 * every locale. @return buf. size at least 8. */
const char *kqt_fmt_ns(uint64_t ns, char *buf, size_t size);

/** A count or rate in at most 5 cells: "0" "999" "10.3k" "1.20M" "3.45G". A rate
 * below 1000 that is not whole keeps three digits, "0.25" "12.5"; one too small
 * to show is "<0.01", not "0"; from 10^21 up ">999E". Negative or NaN: "-".
 * @return buf. size at least 8. */
const char *kqt_fmt_count(double value, char *buf, size_t size);

/** The end of a word that is counted: "" of one, else "s". */
const char *kqt_plural(uint64_t n);

#endif
