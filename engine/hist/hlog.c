/* SPDX-License-Identifier: MIT */
/* Writing a log: headers, and one line an interval. */
#include "engine/hist/hlog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/hist/hlog_priv.h"

#define NS_PER_MS UINT64_C(1000000)
#define BEGINS "#["

struct kqt_hlog_writer {
	struct kqt_lines file;
	struct kqt_hlog_codec *codec;
	uint64_t start_ms, base_ms; /* what the caller counts from, and what the file does */
	char line[KQT_HLOG_LINE_SIZE];
};

/* -- headers -------------------------------------------------------------- */

static int comment(struct kqt_hlog_writer *w, const char *text)
{
	char line[KQT_HLOG_COMMENT_MAX + 8];
	struct kqt_strbuf sb = kqt_strbuf_init(line, KQT_HLOG_COMMENT_MAX);

	kqt_strbuf_add(&sb, "#[%s", text);
	for (size_t i = 0; i < sb.len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	memcpy(line + sb.len, "]\n", 3);
	return kqt_lines_write(&w->file, line, sb.len + 2);
}

/* 1795396680.123: no printf of doubles, whose point the locale chooses. */
static int time_comment(struct kqt_hlog_writer *w, const char *name, uint64_t ms, bool words)
{
	char text[KQT_HLOG_COMMENT_MAX], utc[40] = "";
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (words && gmtime_r(&seconds, &tm))
		(void)strftime(utc, sizeof(utc), ", %Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(text, sizeof(text), "%s: %" PRIu64 ".%03u (seconds since epoch)%s", name,
	         ms / 1000, (unsigned)(ms % 1000), utc);
	return comment(w, text);
}

static int write_head(struct kqt_hlog_writer *w, const struct kqt_hlog_head *head)
{
	static const char legend[] = "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
	                             "\"Compressed_Histogram\"\n";
	int rc = comment(w, "Histogram log format version 1.3");

	for (size_t i = 0; rc == 0 && head->comments && head->comments[i]; i++)
		rc = comment(w, head->comments[i]);
	if (rc == 0)
		rc = time_comment(w, "StartTime", head->start_ms, true);
	if (rc == 0)
		rc = time_comment(w, "BaseTime", head->start_ms, false);
	return rc < 0 ? rc : kqt_lines_write(&w->file, legend, sizeof(legend) - 1);
}

/* BaseTime of the log that is gone on with: what its first lines say. */
static int read_base(const char *path, uint64_t *base_ms)
{
	struct kqt_hlog_interval none;
	struct kqt_hlog_reader *r = NULL;
	FILE *f = fopen(path, "re");
	int rc;

	if (!f)
		return -errno;
	rc = kqt_hlog_reader_new(f, path, &r);
	if (rc < 0)
		return rc;
	rc = kqt_hlog_read(r, &none, NULL);
	if (rc >= 0)
		rc = kqt_hlog_base_ms(r, base_ms) ? 0 : -KQT_E_SYNTAX;
	kqt_hlog_reader_free(r);
	return rc;
}

int kqt_hlog_create(const char *path, enum kqt_lines_how how, const struct kqt_hlog_head *head,
                    struct kqt_hlog_writer **out)
{
	struct kqt_hlog_writer *w = kqt_array_new(1, sizeof(*w));
	int rc;

	*out = NULL;
	if (!w)
		return -ENOMEM;
	w->file.fd = -1;
	w->start_ms = w->base_ms = head->start_ms;
	w->codec = kqt_hlog_codec_new();
	rc = w->codec ? kqt_lines_open(&w->file, path, how, BEGINS) : -ENOMEM;
	if (rc == 0)
		rc = w->file.size ? read_base(path, &w->base_ms) : write_head(w, head);
	if (rc < 0) {
		if (how == KQT_LINES_NEW && w->file.fd >= 0)
			(void)unlink(path); /* made just now */
		kqt_hlog_close(w);
		return rc;
	}
	*out = w;
	return 0;
}

/* -- lines ---------------------------------------------------------------- */

static int check_tag(const char *tag)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                              "0123456789_.=;-";
	size_t n = strspn(tag, allowed);

	if (n == 0 || tag[n] != '\0')
		return -KQT_E_SYNTAX;
	return n < KQT_HLOG_TAG_SIZE ? 0 : -KQT_E_RANGE;
}

/* Rounded to ms, and where the first column counts from. */
static uint64_t start_in_file_ms(const struct kqt_hlog_writer *w, uint64_t start_ns)
{
	uint64_t ms = w->start_ms + (start_ns + NS_PER_MS / 2) / NS_PER_MS;

	return ms > w->base_ms ? ms - w->base_ms : 0;
}

int kqt_hlog_write(struct kqt_hlog_writer *w, const char *tag, uint64_t start_ns,
                   uint64_t length_ns, const struct kqt_hist *h)
{
	uint64_t start_ms = start_in_file_ms(w, start_ns);
	uint64_t length_ms = (length_ns + NS_PER_MS / 2) / NS_PER_MS;
	uint64_t max_us = h->count ? h->max_ns / 1000 + (h->max_ns % 1000 >= 500) : 0;
	const char *text = NULL;
	int rc = tag ? check_tag(tag) : 0, n;

	if (rc == 0)
		rc = kqt_hlog_encode(w->codec, h, &text);
	if (rc < 0)
		return rc;
	n = snprintf(w->line, sizeof(w->line),
	             "%s%s%s%" PRIu64 ".%03u,%" PRIu64 ".%03u,%" PRIu64 ".%03u,%s\n",
	             tag ? "Tag=" : "", tag ? tag : "", tag ? "," : "", start_ms / 1000,
	             (unsigned)(start_ms % 1000), length_ms / 1000, (unsigned)(length_ms % 1000),
	             max_us / 1000, (unsigned)(max_us % 1000), text);
	if (n < 0 || (size_t)n >= sizeof(w->line))
		return -KQT_E_RANGE;
	return kqt_lines_write(&w->file, w->line, (size_t)n);
}

uint64_t kqt_hlog_size(const struct kqt_hlog_writer *w)
{
	return w->file.size;
}

int kqt_hlog_close(struct kqt_hlog_writer *w)
{
	int rc;

	if (!w)
		return 0;
	rc = kqt_lines_close(&w->file);
	kqt_hlog_codec_free(w->codec);
	free(w);
	return rc;
}
