/* SPDX-License-Identifier: MIT */
/* JSON in both directions from one table: a struct's fields are listed once, with
 * their keys, and the same list reads and writes it, so that the two cannot drift
 * apart.
 *
 * Why not jansson, which writes our small objects: it builds a tree, with an
 * allocation a number. A report is a million numbers in 10 MB; measured, 360 ms to
 * load against some 60 ms here, at 20 times the memory; and it knows a place (line,
 * column) only for errors of grammar, not for a number that is out of its range.
 *
 * Reading is of hostile text: depth and lengths are limited, nothing is read twice,
 * recursion is by depth only, texts come out as UTF-8 without control characters.
 * The first error is kept, with its place and field; after it every function does
 * nothing and says false.
 *
 * Threads: any, one at a time for an object. */
#ifndef KQT_REPORT_JSON_H
#define KQT_REPORT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"

#define KQT_JSON_DEPTH_MAX 16
#define KQT_JSON_TEXT_MAX 1023 /* bytes of a text, decoded */
#define KQT_JSON_KEYS_MAX 64   /* rows of a table */

struct kqt_json_in {
	const char *name; /* of the file, for messages */
	const char *text, *at, *end;
	size_t lines_before; /* of the file, where text is not its beginning */
	int rc;              /* 0, or the first error */
	struct kqt_strbuf *why;
	unsigned depth;
	/* where we are: a key, or NULL and an index */
	struct {
		const char *key;
		size_t index;
	} path[KQT_JSON_DEPTH_MAX];
	bool fresh; /* the container was just entered: no comma before its first element */
};

/** A growing text. Zeroed = empty. `text` is freed by the owner. */
struct kqt_json_out {
	char *text;
	size_t len, room;
	bool failed; /* memory was short; text is still to be freed */
};

enum kqt_field_type {
	KQT_F_COUNT,         /* uint64_t; required */
	KQT_F_COUNT_OR_NULL, /* uint64_t; null or absent = UINT64_MAX */
	KQT_F_UNSIGNED,      /* unsigned; required */
	KQT_F_REAL,          /* double, finite and not negative; required */
	KQT_F_REAL_OR_NULL,  /* the same; null or absent = NAN */
	KQT_F_FLAG,          /* bool; required */
	KQT_F_TEXT_OR_NULL,  /* char *, owned; null or absent = NULL */
	KQT_F_OBJECT,        /* a table of its own over the struct at offset; required */
	KQT_F_CUSTOM,        /* by functions */
};

/** One key. Ended by a row whose key is NULL. */
struct kqt_field {
	const char *key;
	enum kqt_field_type type;
	size_t offset;                 /* of the field in the struct */
	const struct kqt_field *table; /* KQT_F_OBJECT */
	/* KQT_F_CUSTOM: @at points at the field. read = NULL: written for others, skipped
	 * when read; write = NULL: not written. Absent: as it was, unless required. */
	void (*read)(struct kqt_json_in *in, void *at);
	void (*write)(struct kqt_json_out *out, const void *at);
	bool required; /* KQT_F_CUSTOM only */
};

/* -- reading: each takes one value -- */

/** @text [size], borrowed while it is read. */
struct kqt_json_in kqt_json_in(const char *name, const char *text, size_t size,
                               struct kqt_strbuf *why);
/** An object by its table. A known key twice is an error; an unknown one is skipped. */
bool kqt_json_read(struct kqt_json_in *in, const struct kqt_field *table, void *into);
/** Arrays and objects by hand: enter, then `more` before each element until it says
 * false. @open '[' or '{'. In an object `key` follows `more`; a key that does not fit
 * into size is cut, and cut keys are nobody's. */
bool kqt_json_enter(struct kqt_json_in *in, char open);
bool kqt_json_more(struct kqt_json_in *in, char open);
bool kqt_json_key(struct kqt_json_in *in, char *key, size_t size);
bool kqt_json_int(struct kqt_json_in *in, int64_t *v);
/** `more` and `int` in one, for the arrays that nearly all of a report consists of. */
bool kqt_json_more_int(struct kqt_json_in *in, int64_t *v);
bool kqt_json_count(struct kqt_json_in *in, uint64_t *v);
bool kqt_json_real(struct kqt_json_in *in, double *v);
bool kqt_json_flag(struct kqt_json_in *in, bool *v);
/** @v given (free). */
bool kqt_json_text(struct kqt_json_in *in, char **v);
/** Is the next value null? Then it is taken. */
bool kqt_json_null(struct kqt_json_in *in);
/** First character of the next value, '\0' at the end or after an error. */
char kqt_json_peek(struct kqt_json_in *in);
/** Pass over a value of any kind; its grammar is checked. */
bool kqt_json_skip(struct kqt_json_in *in);
/** Only blanks are left. */
bool kqt_json_end(struct kqt_json_in *in);
/** Note an error of the caller's at this place. @rc negative. @return false. */
bool kqt_json_fail(struct kqt_json_in *in, int rc, const char *fmt, ...) KQT_PRINTF(3, 4);

/* -- writing -- */

void kqt_json_write(struct kqt_json_out *out, const struct kqt_field *table, const void *from);
/** As it is; separators are the caller's. */
void kqt_json_put(struct kqt_json_out *out, const char *fmt, ...) KQT_PRINTF(2, 3);
void kqt_json_put_int(struct kqt_json_out *out, int64_t v);
/** null above INT64_MAX, as for KQT_UNKNOWN. */
void kqt_json_put_count(struct kqt_json_out *out, uint64_t v);
/** null for what is not finite; 17 digits at most, as few as give the same number. */
void kqt_json_put_real(struct kqt_json_out *out, double v);
/** Quoted and escaped; null for NULL. */
void kqt_json_put_text(struct kqt_json_out *out, const char *text);

#endif
