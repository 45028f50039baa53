/* SPDX-License-Identifier: MIT */
/* Histogram logs that HdrHistogram's own tools read (.hlog): text, one line an
 * interval, the histogram in the V2 compressed encoding.
 *
 *   #[comments, then the two times that column 1 counts from]
 *   #[StartTime: 1795396680.123 (seconds since epoch), 2026-11-23T01:18:00Z]
 *   #[BaseTime: 1795396680.123 (seconds since epoch)]
 *   "StartTimestamp","Interval_Length","Interval_Max","Compressed_Histogram"
 *   Tag=wait.timer,1.000,1.001,0.873,HISTFAAA...
 *
 * start and length in seconds, the largest value in ms, base64 of
 *   0x1c849314, length, zlib of
 *     0x1c849313, length, 0, digits, lowest, highest, 1.0 (all big-endian), then
 *     counts as zig-zag LEB128 of at most 9 bytes; -n stands for n zeros.
 * Our layout (hist.h) is lowest 1, highest 1 h in ns, 3 digits; only that is read
 * back. The encoding has no exact minimum, maximum and sum: what reads it gives
 * the bounds of the outermost buckets and the sum of the buckets' middles, as
 * HdrHistogram does.
 *
 * Threads: none of its own; one thread at a time for an object. */
#ifndef KQT_HIST_HLOG_H
#define KQT_HIST_HLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"
#include "engine/hist/hist.h"
#include "engine/hist/hlog_file.h"

/** Letters, digits and _ . = ; - at most; readers take no other. */
#define KQT_HLOG_TAG_SIZE 128
/** Header comments are cut to this: a reader has a line buffer of 128. */
#define KQT_HLOG_COMMENT_MAX 120

/* -- one histogram -------------------------------------------------------- */

/** Work space of the encoding, both ways: about 1.5 MB of address space, of which
 * only what a histogram needs is touched. */
struct kqt_hlog_codec;
/** @return NULL when memory is short */
struct kqt_hlog_codec *kqt_hlog_codec_new(void);
void kqt_hlog_codec_free(struct kqt_hlog_codec *c);

/** Encode into base64.
 * @text  receives the text, borrowed until the next call with c
 * @return its length, or -KQT_E_RANGE when a count is above 2^63 - 1.
 * Cost: about 30 us for a second's waits. */
KQT_MUST_USE int kqt_hlog_encode(struct kqt_hlog_codec *c, const struct kqt_hist *h,
                                 const char **text);

/** Decode base64 into `out`, which is reset first and empty after a failure. The text
 * may come from anywhere: any length, any bytes.
 * @why  receives, on failure, what is wrong, without a subject: "its base64 ends in
 *       the middle"
 * @return 0; -KQT_E_SYNTAX; -KQT_E_RANGE when counts do not fit; -KQT_E_UNSUPPORTED
 * for another layout or version of the encoding. */
KQT_MUST_USE int kqt_hlog_decode(struct kqt_hlog_codec *c, const char *text, size_t len,
                                 struct kqt_hist *out, struct kqt_strbuf *why);

/* -- writing a log -------------------------------------------------------- */

struct kqt_hlog_writer;

struct kqt_hlog_head {
	uint64_t start_ms;           /* wall clock, since 1970: StartTime and BaseTime */
	const char *const *comments; /* ended by NULL; or NULL. One line each, cut and
	                              * control characters made "?" */
};

/** Create or go on with a log. APPEND to a log that has a header writes none, and
 * counts times from its BaseTime: what the caller gives is shifted by the difference
 * between head->start_ms and that, never below 0.
 * @return as kqt_lines_open, -ENOMEM, -errno of writing the header: a NEW log is gone
 * then; -KQT_E_SYNTAX also when the log to go on with has no BaseTime. @out given
 * (kqt_hlog_close). */
KQT_MUST_USE int kqt_hlog_create(const char *path, enum kqt_lines_how how,
                                 const struct kqt_hlog_head *head, struct kqt_hlog_writer **out);

/** Write one interval: one line, one write().
 * @tag       NULL = none. The untagged lines are what readers show by default
 * @start_ns  since head->start_ms
 * @return 0; -KQT_E_SYNTAX for a tag with other characters, -KQT_E_RANGE when it is
 * too long; -errno, and then nothing more is written (kqt_lines_write). */
KQT_MUST_USE int kqt_hlog_write(struct kqt_hlog_writer *w, const char *tag, uint64_t start_ns,
                                uint64_t length_ns, const struct kqt_hist *h);

/** Bytes in the file so far. */
uint64_t kqt_hlog_size(const struct kqt_hlog_writer *w);

/** Close and free; NULL is fine. @return 0 or the first error, as kqt_lines_close. */
int kqt_hlog_close(struct kqt_hlog_writer *w);

/* -- reading a log -------------------------------------------------------- */

struct kqt_hlog_reader;

struct kqt_hlog_interval {
	char tag[KQT_HLOG_TAG_SIZE]; /* "" = none */
	uint64_t start_ns;           /* column 1: since base_ms where the log has one */
	uint64_t length_ns;
	uint64_t line;         /* in the file, from 1 */
	struct kqt_hist *hist; /* borrowed, until the next read */
};

/** Read from a stream, which is taken: closed by the close below, also after a
 * failure. Lines that were cut off (no newline) end the log.
 * @name  for messages; shown escaped
 * @return 0 or -ENOMEM */
KQT_MUST_USE int kqt_hlog_reader_new(FILE *f, const char *name, struct kqt_hlog_reader **out);
void kqt_hlog_reader_free(struct kqt_hlog_reader *r);

/** The next interval, of whatever tag.
 * @why  receives, on failure, a sentence: "'x.hlog', line 7: its base64 ends in the middle"
 * @return 1; 0 at the end; negative when a line is not understood. */
KQT_MUST_USE int kqt_hlog_read(struct kqt_hlog_reader *r, struct kqt_hlog_interval *out,
                               struct kqt_strbuf *why);

/** Wall clock that column 1 counts from, ms since 1970, of the headers read so far.
 * @return false when there was none */
bool kqt_hlog_base_ms(const struct kqt_hlog_reader *r, uint64_t *base_ms);

/** Where the next read begins, in bytes; and go there. Line numbers are those of the
 * lines read since. @return 0 or -errno. */
uint64_t kqt_hlog_tell(const struct kqt_hlog_reader *r);
KQT_MUST_USE int kqt_hlog_seek(struct kqt_hlog_reader *r, uint64_t offset);

#endif
