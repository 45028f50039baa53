/* SPDX-License-Identifier: MIT */
/* Structs, in both directions by the table of their fields. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/report/json.h"

/* -- reading ---------------------------------------------------------------- */

static bool read_real(struct kqt_json_in *in, double *v)
{
	(void)kqt_json_peek(in);
	if (in->at < in->end && *in->at == '-')
		return kqt_json_fail(in, -KQT_E_RANGE, "the number is negative");
	return kqt_json_real(in, v);
}

static void read_unsigned(struct kqt_json_in *in, unsigned *v)
{
	uint64_t n = 0;

	(void)kqt_json_peek(in);
	if (!kqt_json_count(in, &n))
		return;
	if (n > UINT32_MAX)
		(void)kqt_json_fail(in, -KQT_E_RANGE, "the number is too large");
	else
		*v = (unsigned)n;
}

static void read_text(struct kqt_json_in *in, char **v)
{
	char *text = NULL;

	if (!kqt_json_null(in) && !kqt_json_text(in, &text))
		return;
	free(*v);
	*v = text;
}

static void read_field(struct kqt_json_in *in, const struct kqt_field *f, void *into)
{
	void *at = (char *)into + f->offset;

	switch (f->type) {
	case KQT_F_COUNT_OR_NULL:
		if (kqt_json_null(in)) {
			*(uint64_t *)at = UINT64_MAX;
			break;
		}
		/* fall through */
	case KQT_F_COUNT:
		(void)kqt_json_count(in, at);
		break;
	case KQT_F_UNSIGNED:
		read_unsigned(in, at);
		break;
	case KQT_F_REAL_OR_NULL:
		if (kqt_json_null(in)) {
			*(double *)at = NAN;
			break;
		}
		/* fall through */
	case KQT_F_REAL:
		(void)read_real(in, at);
		break;
	case KQT_F_FLAG:
		(void)kqt_json_flag(in, at);
		break;
	case KQT_F_TEXT_OR_NULL:
		read_text(in, at);
		break;
	case KQT_F_OBJECT:
		(void)kqt_json_read(in, f->table, at);
		break;
	case KQT_F_CUSTOM:
		if (f->read)
			f->read(in, at);
		else
			(void)kqt_json_skip(in);
		break;
	}
}

static bool is_required(const struct kqt_field *f)
{
	switch (f->type) {
	case KQT_F_COUNT_OR_NULL:
	case KQT_F_REAL_OR_NULL:
	case KQT_F_TEXT_OR_NULL:
		return false;
	case KQT_F_CUSTOM:
		return f->required;
	case KQT_F_COUNT:
	case KQT_F_UNSIGNED:
	case KQT_F_REAL:
	case KQT_F_FLAG:
	case KQT_F_OBJECT:
		break;
	}
	return true;
}

static void read_absent(struct kqt_json_in *in, const struct kqt_field *f, void *into)
{
	void *at = (char *)into + f->offset;

	if (is_required(f))
		(void)kqt_json_fail(in, -KQT_E_SYNTAX, "'%s' is missing", f->key);
	else if (f->type == KQT_F_COUNT_OR_NULL)
		*(uint64_t *)at = UINT64_MAX;
	else if (f->type == KQT_F_REAL_OR_NULL)
		*(double *)at = NAN;
}

static int row_of(const struct kqt_field *table, const char *key)
{
	for (int i = 0; table[i].key; i++)
		if (strcmp(table[i].key, key) == 0)
			return i;
	return -1;
}

bool kqt_json_read(struct kqt_json_in *in, const struct kqt_field *table, void *into)
{
	char key[KQT_JSON_KEYS_MAX];
	uint64_t seen = 0;
	unsigned depth;

	if (!kqt_json_enter(in, '{'))
		return false;
	depth = in->depth - 1;
	while (kqt_json_more(in, '{')) {
		int row;

		in->path[depth].key = "";
		if (!kqt_json_key(in, key, sizeof(key)))
			return false;
		row = row_of(table, key);
		if (row < 0) {
			if (!kqt_json_skip(in))
				return false;
			continue;
		}
		in->path[depth].key = table[row].key;
		if (seen & UINT64_C(1) << row)
			return kqt_json_fail(in, -KQT_E_SYNTAX, "is there twice");
		seen |= UINT64_C(1) << row;
		read_field(in, &table[row], into);
	}
	for (int i = 0; table[i].key && in->rc == 0; i++)
		if (!(seen & UINT64_C(1) << i))
			read_absent(in, &table[i], into);
	return in->rc == 0;
}

/* -- writing ---------------------------------------------------------------- */

static void write_field(struct kqt_json_out *out, const struct kqt_field *f, const void *from)
{
	const void *at = (const char *)from + f->offset;

	switch (f->type) {
	case KQT_F_COUNT:
	case KQT_F_COUNT_OR_NULL:
		kqt_json_put_count(out, *(const uint64_t *)at);
		break;
	case KQT_F_UNSIGNED:
		kqt_json_put_int(out, *(const unsigned *)at);
		break;
	case KQT_F_REAL:
	case KQT_F_REAL_OR_NULL:
		kqt_json_put_real(out, *(const double *)at);
		break;
	case KQT_F_FLAG:
		kqt_json_put(out, "%s", *(const bool *)at ? "true" : "false");
		break;
	case KQT_F_TEXT_OR_NULL:
		kqt_json_put_text(out, *(char *const *)at);
		break;
	case KQT_F_OBJECT:
		kqt_json_write(out, f->table, at);
		break;
	case KQT_F_CUSTOM:
		f->write(out, at);
		break;
	}
}

void kqt_json_write(struct kqt_json_out *out, const struct kqt_field *table, const void *from)
{
	char sep = '{';

	for (; table->key; table++) {
		if (table->type == KQT_F_CUSTOM && !table->write)
			continue;
		kqt_json_put(out, "%c\"%s\":", sep, table->key);
		write_field(out, table, from);
		sep = ',';
	}
	kqt_json_put(out, sep == '{' ? "{}" : "}");
}
