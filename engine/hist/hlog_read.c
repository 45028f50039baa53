/* SPDX-License-Identifier: MIT */
/* Reading a log, ours or another program's, from anywhere. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/hist/hlog.h"
#include "engine/hist/hlog_priv.h"

#define NS_PER_S UINT64_C(1000000000)
/* 2^33 s are 272 years: of wall clocks and intervals none is longer. */
#define SECONDS_MAX (UINT64_C(1) << 33)
#define NAME_SIZE 256

struct kqt_hlog_reader {
	FILE *file;
	struct kqt_hlog_codec *codec;
	uint64_t line, offset;
	uint64_t start_ms, base_ms;
	bool have_start, have_base;
	char name[NAME_SIZE]; /* as it may be shown */
	struct kqt_hist hist;
	char text[KQT_HLOG_LINE_SIZE];
};

/* A file's name is other people's text: no control character of it reaches a terminal. */
static void take_name(char *out, const char *name)
{
	size_t n = 0;

	for (; *name && n + 1 < NAME_SIZE; name++)
		out[n++] = (unsigned char)*name < 0x20 || (unsigned char)*name == 0x7f ? '?'
		                                                                       : *name;
	out[n] = '\0';
}

int kqt_hlog_reader_new(FILE *f, const char *name, struct kqt_hlog_reader **out)
{
	struct kqt_hlog_reader *r = kqt_array_new(1, sizeof(*r));

	*out = NULL;
	if (r)
		r->codec = kqt_hlog_codec_new();
	if (!r || !r->codec) {
		free(r);
		fclose(f);
		return -ENOMEM;
	}
	r->file = f;
	take_name(r->name, name);
	*out = r;
	return 0;
}

void kqt_hlog_reader_free(struct kqt_hlog_reader *r)
{
	if (!r)
		return;
	fclose(r->file);
	kqt_hlog_codec_free(r->codec);
	free(r);
}

static int bad(const struct kqt_hlog_reader *r, struct kqt_strbuf *why, int rc, const char *text)
{
	if (why)
		kqt_strbuf_add(why, "'%s', line %" PRIu64 ": %s", r->name, r->line, text);
	return rc;
}

/* "12.345" up to a comma, blank or the end, into ns; *end where it stopped.
 * @return false when it is no such number or beyond SECONDS_MAX */
static bool read_seconds(const char *s, const char **end, uint64_t *ns)
{
	uint64_t v = 0, unit = NS_PER_S;
	bool any = false;

	for (; *s >= '0' && *s <= '9'; s++, any = true) {
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > SECONDS_MAX)
			return false;
	}
	v *= NS_PER_S;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, any = true) {
			unit /= 10; /* digits below a nanosecond count nothing */
			v += unit * (uint64_t)(*s - '0');
		}
	}
	*end = s;
	*ns = v;
	return any;
}

static void take_header(struct kqt_hlog_reader *r)
{
	static const char start[] = "#[StartTime: ", base[] = "#[BaseTime: ";
	const char *end;
	uint64_t ns;

	if (strncmp(r->text, start, sizeof(start) - 1) == 0 &&
	    read_seconds(r->text + sizeof(start) - 1, &end, &ns)) {
		r->start_ms = ns / 1000000;
		r->have_start = true;
	} else if (strncmp(r->text, base, sizeof(base) - 1) == 0 &&
	           read_seconds(r->text + sizeof(base) - 1, &end, &ns)) {
		r->base_ms = ns / 1000000;
		r->have_base = true;
	}
}

static bool take_tag(const char **text, char tag[KQT_HLOG_TAG_SIZE])
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                              "0123456789_.=;-";
	size_t n;

	tag[0] = '\0';
	if (strncmp(*text, "Tag=", 4) != 0)
		return true;
	n = strspn(*text + 4, allowed);
	if (n == 0 || n >= KQT_HLOG_TAG_SIZE || (*text)[4 + n] != ',')
		return false;
	memcpy(tag, *text + 4, n);
	tag[n] = '\0';
	*text += 4 + n + 1;
	return true;
}

static int take_interval(struct kqt_hlog_reader *r, struct kqt_hlog_interval *out,
                         struct kqt_strbuf *why)
{
	const char *p = r->text, *end;
	char text[128];
	struct kqt_strbuf what = kqt_strbuf_init(text, sizeof(text));
	uint64_t ignored;
	int rc;

	if (!take_tag(&p, out->tag))
		return bad(r, why, -KQT_E_SYNTAX, "its tag has characters that no tag has");
	if (!read_seconds(p, &end, &out->start_ns) || *end != ',' ||
	    !read_seconds(end + 1, &end, &out->length_ns) || *end != ',' ||
	    !read_seconds(end + 1, &end, &ignored) || *end != ',')
		return bad(r, why, -KQT_E_SYNTAX,
		           "no interval of a histogram log: start, length, maximum, histogram");
	p = end + 1;
	rc = kqt_hlog_decode(r->codec, p, strlen(p), &r->hist, &what);
	if (rc < 0)
		return bad(r, why, rc, text);
	out->line = r->line;
	out->hist = &r->hist;
	return 1;
}

int kqt_hlog_read(struct kqt_hlog_reader *r, struct kqt_hlog_interval *out, struct kqt_strbuf *why)
{
	for (;;) {
		size_t len = 0;
		int rc = kqt_line_read(r->file, r->text, sizeof(r->text), &len);
		off_t at;

		if (rc == 0)
			return 0;
		r->line++;
		if (rc < 0)
			return bad(r, why, rc,
			           rc == -KQT_E_RANGE    ? "longer than any line of a histogram log"
			           : rc == -KQT_E_SYNTAX ? "has a NUL byte"
			                                 : "cannot be read");
		at = ftello(r->file);
		r->offset = at > 0 ? (uint64_t)at : 0;
		if (r->text[0] == '#')
			take_header(r);
		else if (r->text[0] != '\0' && r->text[0] != '"') /* the legend is in quotes */
			return take_interval(r, out, why);
	}
}

bool kqt_hlog_base_ms(const struct kqt_hlog_reader *r, uint64_t *base_ms)
{
	if (!r->have_base && !r->have_start)
		return false;
	*base_ms = r->have_base ? r->base_ms : r->start_ms;
	return true;
}

uint64_t kqt_hlog_tell(const struct kqt_hlog_reader *r)
{
	return r->offset;
}

int kqt_hlog_seek(struct kqt_hlog_reader *r, uint64_t offset)
{
	if (offset == r->offset)
		return 0;
	if (offset > INT64_MAX || fseeko(r->file, (off_t)offset, SEEK_SET) < 0)
		return offset > INT64_MAX ? -KQT_E_RANGE : -errno;
	r->offset = offset;
	return 0;
}
