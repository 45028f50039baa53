/* SPDX-License-Identifier: MIT */
#include "engine/base/err.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct kqt_role on_main, on_collector, on_stimulus, on_assessor, on_http;

static const char *const own_text[KQT_E_END - KQT_E_TOO_FEW] = {
    [KQT_E_TOO_FEW - KQT_E_TOO_FEW] = "too few items",
    [KQT_E_BAD_SYMBOL - KQT_E_TOO_FEW] = "symbol outside its alphabet",
    [KQT_E_RANGE - KQT_E_TOO_FEW] = "out of range",
    [KQT_E_SYNTAX - KQT_E_TOO_FEW] = "not understood",
    [KQT_E_UNKNOWN_NAME - KQT_E_TOO_FEW] = "no such name",
    [KQT_E_NO_SOURCE - KQT_E_TOO_FEW] = "no source could be registered",
    [KQT_E_UNREGISTERED - KQT_E_TOO_FEW] = "not everything could be registered",
    [KQT_E_UNSUPPORTED - KQT_E_TOO_FEW] = "not supported here",
    [KQT_E_STOPPED - KQT_E_TOO_FEW] = "stopped",
    [KQT_E_SHORT - KQT_E_TOO_FEW] = "ended early",
};

/* glibc has two strerror_r and feature macros choose between them; the XSI one
 * returns int, the GNU one a pointer that may not be buf. _Generic would hide
 * the choice; two overload-like helpers selected by the result's type keep it
 * in one expression that compiles on both. */
static const char *pick_int(int rc, const char *buf)
{
	return rc == 0 ? buf : "unknown error";
}
static const char *pick_ptr(const char *text, const char *buf KQT_UNUSED)
{
	return text;
}
#define STRERROR_PICK(expr, buf) _Generic((expr), int : pick_int, default : pick_ptr)((expr), (buf))

const char *kqt_errno_text(int errnum, char *buf, size_t size)
{
	char tmp[128];
	const char *text;

	if (size == 0)
		return buf;
	tmp[0] = '\0';
	text = STRERROR_PICK(strerror_r(errnum, tmp, sizeof(tmp)), tmp);
	snprintf(buf, size, "%s", text);
	/* "Invalid argument" reads as a sentence's start; "I/O error" must stay */
	if (isupper((unsigned char)buf[0]) && !isupper((unsigned char)buf[1]) && buf[1] != '/')
		buf[0] = (char)tolower((unsigned char)buf[0]);
	return buf;
}

const char *kqt_err_text(int rc, char *buf, size_t size)
{
	if (size == 0)
		return buf;
	if (rc >= 0)
		snprintf(buf, size, "success");
	else if (rc == INT_MIN) /* has no positive counterpart */
		snprintf(buf, size, "unknown error");
	else if (-rc >= KQT_E_TOO_FEW && -rc < KQT_E_END)
		snprintf(buf, size, "%s", own_text[-rc - KQT_E_TOO_FEW]);
	else if (-rc >= KQT_E_END)
		snprintf(buf, size, "unknown error %d", -rc);
	else
		return kqt_errno_text(-rc, buf, size);
	return buf;
}
