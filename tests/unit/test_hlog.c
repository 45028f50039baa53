/* SPDX-License-Identifier: MIT */
/* Histogram logs: the encoding against what HdrHistogram's own library writes
 * (tests/data/hlog_vectors.txt), the log's lines, and input from anywhere. That
 * its readers read ours is in tests/cli/test_cli_hlog.py. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "engine/base/err.h"
#include "engine/hist/hlog.h"

#define VECTORS "tests/data/hlog_vectors.txt"
#define LINE 65536

static struct kqt_hlog_codec *codec;
static struct kqt_hist a, b;

static int open_codec(void **state)
{
	(void)state;
	codec = kqt_hlog_codec_new();
	return codec ? 0 : -1;
}

static int close_codec(void **state)
{
	(void)state;
	kqt_hlog_codec_free(codec);
	return 0;
}

/* -- the vectors ---------------------------------------------------------- */

struct vector {
	char name[64];
	char text[LINE], values[LINE], percentiles[1024];
};

static void take(char *into, size_t size, const char *line, const char *key)
{
	size_t n = strlen(key), len = strlen(line);

	if (strncmp(line, key, n) != 0)
		return;
	assert_true(len - n < size);
	memcpy(into, line + n, len - n + 1);
}

static bool next_vector(FILE *f, struct vector *v)
{
	static char line[LINE];

	memset(v, 0, sizeof(*v));
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		take(v->name, sizeof(v->name), line, "name ");
		take(v->text, sizeof(v->text), line, "text ");
		take(v->values, sizeof(v->values), line, "values ");
		take(v->percentiles, sizeof(v->percentiles), line, "percentiles ");
		if (strncmp(line, "percentiles ", 12) == 0)
			return true;
	}
	return false;
}

static void record_many(struct kqt_hist *h, uint64_t value, uint64_t n)
{
	kqt_hist_record(h, value);
	h->counts[kqt_hist_index(value)] += n - 1;
	h->count += n - 1;
	h->sum_ns += value * (n - 1);
}

static void hist_of(const char *values, struct kqt_hist *h)
{
	kqt_hist_reset(h);
	for (char *end; *values; values = *end ? end + 1 : end) {
		uint64_t value = strtoull(values, &end, 10), n = strtoull(end + 1, &end, 10);

		record_many(h, value, n);
	}
}

static size_t from_base64(const char *text, uint8_t *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = 0;
	uint32_t v = 0;

	for (size_t i = 0; text[i]; i++) {
		v = v << 6 | (text[i] == '=' ? 0 : (uint32_t)(strchr(digits, text[i]) - digits));
		if (i % 4 == 3)
			for (int k = 2; k >= 0; k--)
				out[n++] = (uint8_t)(v >> 8 * k);
	}
	while (n > 0 && text[strlen(text) - 1] == '=' && text[strlen(text) - 2] == '=' &&
	       n % 3 != 1)
		n--;
	return n;
}

/* The counts as they are before compression: compressors differ, these must not. */
static size_t payload_of(const char *text, uint8_t *out, size_t size)
{
	static uint8_t packed[LINE];
	uLongf len = (uLongf)size;

	(void)from_base64(text, packed);
	assert_int_equal(
	    uncompress(out, &len, packed + 8,
	               (uLong)((uint32_t)packed[6] << 8 | packed[7])), /* below 64 KB each */
	    Z_OK);
	return len;
}

static void encoding_is_the_librarys_byte_for_byte(void **state)
{
	static uint8_t mine[LINE], theirs[LINE];
	static struct vector v;
	FILE *f = fopen(VECTORS, "r");
	int n = 0;

	(void)state;
	assert_non_null(f);
	while (next_vector(f, &v)) {
		const char *text;
		size_t len;
		int rc;

		if (strncmp(v.name, "js.", 3) == 0) /* the JavaScript one has its own header */
			continue;
		hist_of(v.values, &a);
		rc = kqt_hlog_encode(codec, &a, &text);
		assert_int_equal(rc, strlen(text));
		len = payload_of(text, mine, sizeof(mine));
		assert_int_equal(payload_of(v.text, theirs, sizeof(theirs)), len);
		assert_memory_equal(mine, theirs, len);
		n++;
	}
	fclose(f);
	assert_true(n >= 10);
}

static void librarys_text_gives_the_same_counts_and_percentiles(void **state)
{
	static struct vector v;
	FILE *f = fopen(VECTORS, "r");

	(void)state;
	assert_non_null(f);
	while (next_vector(f, &v)) {
		hist_of(v.values, &a);
		assert_int_equal(kqt_hlog_decode(codec, v.text, strlen(v.text), &b, NULL), 0);
		assert_int_equal(a.count, b.count);
		assert_memory_equal(a.counts, b.counts, sizeof(a.counts));
		for (char *p = v.percentiles, *end; a.count && *p; p = *end ? end + 1 : end) {
			double q = strtod(p, &end) / 100;

			assert_int_equal(kqt_hist_quantile(&b, q), strtoull(end + 1, &end, 10));
		}
	}
	fclose(f);
}

static void decoded_bounds_are_those_of_the_buckets(void **state)
{
	const char *text;
	int len;

	(void)state;
	kqt_hist_reset(&a);
	kqt_hist_record(&a, 5000);
	kqt_hist_record(&a, 1000001);
	len = kqt_hlog_encode(codec, &a, &text);
	assert_int_equal(kqt_hlog_decode(codec, text, (size_t)len, &b, NULL), 0);
	assert_int_equal(b.min_ns, kqt_hist_lowest_of(kqt_hist_index(5000)));
	assert_int_equal(b.max_ns, kqt_hist_highest_of(kqt_hist_index(1000001)));
	assert_in_range(b.sum_ns, 1005001 - 600, 1005001 + 600); /* half of the wider bucket, 512 */
}

static void counts_of_any_size_come_back(void **state)
{
	const char *text;
	int len;

	(void)state;
	for (unsigned bits = 0; bits < 63; bits++) {
		kqt_hist_reset(&a);
		record_many(&a, 0, UINT64_C(1) << bits); /* a middle of 0: no sum to overflow */
		record_many(&a, 1, 5);                   /* what follows stands where it belongs */
		len = kqt_hlog_encode(codec, &a, &text);
		assert_int_equal(kqt_hlog_decode(codec, text, (size_t)len, &b, NULL), 0);
		assert_int_equal(b.counts[0], UINT64_C(1) << bits);
		assert_int_equal(b.counts[1], 5);
	}
	record_many(&a, 0, UINT64_C(1) << 63);
	assert_int_equal(kqt_hlog_encode(codec, &a, &text), -KQT_E_RANGE);
}

/* -- bad histograms ------------------------------------------------------- */

static void to_base64(const uint8_t *in, size_t n, char *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = 0;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0) |
		             (i + 2 < n ? in[i + 2] : 0);

		for (int k = 0; k < 4; k++)
			out[len++] = i + (size_t)k > n ? '=' : digits[v >> (18 - 6 * k) & 63];
	}
	out[len] = '\0';
}

/* A payload as it should not be, compressed and made text as it should be. */
static int decode_payload(const uint8_t *payload, size_t n, char *why, size_t size)
{
	static uint8_t packed[1 << 22];
	static char text[1 << 23];
	struct kqt_strbuf sb = kqt_strbuf_init(why, size);
	uLongf len = sizeof(packed) - 8;

	assert_int_equal(compress2(packed + 8, &len, payload, (uLong)n, 9), Z_OK);
	memcpy(packed, "\x1c\x84\x93\x14", 4);
	for (int i = 0; i < 4; i++)
		packed[4 + i] = (uint8_t)(len >> (24 - 8 * i));
	to_base64(packed, len + 8, text);
	return kqt_hlog_decode(codec, text, strlen(text), &b, &sb);
}

static const uint8_t head[40] = {0x1c, 0x84, 0x93, 0x13, 0,    0,    0,    1, 0,    0,   0, 0,
                                 0,    0,    0,    3,    0,    0,    0,    0, 0,    0,   0, 1,
                                 0,    0,    3,    0x46, 0x30, 0xb8, 0xa0, 0, 0x3f, 0xf0};

static size_t payload_with(uint8_t *out, const void *counts, size_t n)
{
	memcpy(out, head, sizeof(head));
	out[4] = (uint8_t)(n >> 24);
	out[5] = (uint8_t)(n >> 16);
	out[6] = (uint8_t)(n >> 8);
	out[7] = (uint8_t)n;
	memcpy(out + sizeof(head), counts, n);
	return sizeof(head) + n;
}

static void a_good_payload_made_by_hand_is_read(void **state)
{
	uint8_t payload[64];
	char why[128];

	(void)state;
	assert_int_equal(
	    decode_payload(payload, payload_with(payload, "\x01\x06", 2), why, sizeof(why)), 0);
	assert_int_equal(b.count, 3);
	assert_int_equal(b.min_ns, 1);
}

static void bad_counts_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int rc;
	} cases[] = {
	    {"\xff", 1, -KQT_E_SYNTAX},                                /* cut */
	    {"\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9, -KQT_E_RANGE}, /* -2^63 zeros */
	    {"\x81\x90\x04\x02", 4, -KQT_E_RANGE},                     /* beyond the last bucket */
	    {"\xff\x8f\x04\x02\x02", 5, -KQT_E_RANGE}, /* in none we use, then beyond */
	    {"\x05\xfe\xff\xff\xff\xff\xff\xff\xff\xff", 10, -KQT_E_RANGE}, /* sum of values */
	    {"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x04", 19,
	     -KQT_E_RANGE}, /* sum of counts */
	};
	uint8_t payload[64];
	char why[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = payload_with(payload, cases[i].bytes, cases[i].n);

		assert_int_equal(decode_payload(payload, n, why, sizeof(why)), cases[i].rc);
		assert_true(strlen(why) > 10);
		assert_int_equal(b.count, 0);
		assert_int_equal(kqt_hist_quantile(&b, 1), 0);
	}
}

static void another_layout_or_version_is_refused_by_name(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
		int rc;
	} cases[] = {{3, 0x03, -KQT_E_UNSUPPORTED}, {0, 0, -KQT_E_SYNTAX},
	             {11, 1, -KQT_E_UNSUPPORTED},   {15, 2, -KQT_E_UNSUPPORTED},
	             {23, 2, -KQT_E_UNSUPPORTED},   {32, 0x40, -KQT_E_UNSUPPORTED},
	             {7, 9, -KQT_E_SYNTAX}};
	uint8_t payload[64];
	char why[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = payload_with(payload, "\x02", 1);

		payload[cases[i].at] = cases[i].byte;
		assert_int_equal(decode_payload(payload, n, why, sizeof(why)), cases[i].rc);
	}
}

static void what_inflates_without_end_is_stopped(void **state)
{
	size_t n = 64 << 20; /* 64 MB of zeros are 64 KB compressed */
	uint8_t *bomb = calloc(n, 1);
	char why[128];

	(void)state;
	assert_non_null(bomb);
	assert_int_equal(decode_payload(bomb, n, why, sizeof(why)), -KQT_E_RANGE);
	assert_non_null(strstr(why, "inflates"));
	free(bomb);
}

static void bad_text_is_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    "HIST",
	    "HISTF",
	    "====",
	    "HISTFAAAACB4nJNpmSzMwMDACMXMDBDAyMDA7GawYwEDnA8ASQ8DH!==",
	    "HISTFAAAACB4nJNpmSzMwMDACMXMDBDAyMDA7GawYwEDnA8ASQ8=",     /* cut */
	    "HISTFAAAACB4nJNpmSzMwMDACMXMDBDAyMDA7GawYwEDnA8ASQ8DHwAA", /* longer than it says */
	    "HISTFAAAACB4nJNpmSzMwMDACMXMDBDAyMDA7GawYwEDnA8ASQ9DHw==", /* checksum */
	};
	char why[128];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));

		assert_int_equal(kqt_hlog_decode(codec, texts[i], strlen(texts[i]), &b, &sb),
		                 -KQT_E_SYNTAX);
		assert_true(sb.len > 10);
	}
}

/* -- the log -------------------------------------------------------------- */

static char path[64];

static void new_path(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/kqtop-hlog-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
}

static struct kqt_hlog_reader *reader_of(const char *file)
{
	struct kqt_hlog_reader *r;

	assert_int_equal(kqt_hlog_reader_new(fopen(file, "r"), file, &r), 0);
	return r;
}

static struct kqt_hlog_writer *writer(enum kqt_lines_how how, uint64_t start_ms)
{
	static const char *const comments[] = {"kqtop 0.1.0", "a\x1b[31m", NULL};
	struct kqt_hlog_head h = {.start_ms = start_ms, .comments = comments};
	struct kqt_hlog_writer *w;

	assert_int_equal(kqt_hlog_create(path, how, &h, &w), 0);
	return w;
}

static void written_lines_come_back(void **state)
{
	struct kqt_hlog_writer *w;
	struct kqt_hlog_reader *r;
	struct kqt_hlog_interval got;
	uint64_t base_ms;
	struct stat st;

	(void)state;
	new_path();
	kqt_hist_reset(&a);
	for (uint64_t i = 1; i < 1000; i++)
		kqt_hist_record(&a, i * i * 17);
	w = writer(KQT_LINES_REPLACE, 1795396680123);
	assert_int_equal(kqt_hlog_write(w, NULL, 0, 250000000, &a), 0);
	assert_int_equal(kqt_hlog_write(w, "wait.timer", 1250499999, 1000500000, &a), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(kqt_hlog_size(w), st.st_size);
	assert_int_equal(kqt_hlog_close(w), 0);

	r = reader_of(path);
	assert_false(kqt_hlog_base_ms(r, &base_ms));
	assert_int_equal(kqt_hlog_read(r, &got, NULL), 1);
	assert_true(kqt_hlog_base_ms(r, &base_ms));
	assert_int_equal(base_ms, 1795396680123);
	assert_string_equal(got.tag, "");
	assert_int_equal(got.start_ns, 0);
	assert_int_equal(got.length_ns, 250000000);
	assert_memory_equal(got.hist->counts, a.counts, sizeof(a.counts));
	assert_int_equal(kqt_hlog_read(r, &got, NULL), 1);
	assert_string_equal(got.tag, "wait.timer");
	assert_int_equal(got.start_ns, 1250000000); /* the format has milliseconds */
	assert_int_equal(got.length_ns, 1001000000);
	assert_int_equal(kqt_hlog_read(r, &got, NULL), 0);
	kqt_hlog_reader_free(r);
	unlink(path);
}

static void headers_are_short_and_have_no_control_characters(void **state)
{
	char line[4096];
	FILE *f;

	(void)state;
	new_path();
	assert_int_equal(kqt_hlog_close(writer(KQT_LINES_REPLACE, 1000)), 0);
	f = fopen(path, "r");
	while (fgets(line, sizeof(line), f)) {
		assert_true(strlen(line) < 127);
		for (char *p = line; *p && *p != '\n'; p++)
			assert_in_range(*p, 0x20, 0x7e);
	}
	fclose(f);
	unlink(path);
}

static void tags_with_other_characters_are_refused(void **state)
{
	struct kqt_hlog_writer *w;
	char longest[KQT_HLOG_TAG_SIZE + 1];

	(void)state;
	new_path();
	w = writer(KQT_LINES_REPLACE, 1000);
	assert_int_equal(kqt_hlog_write(w, "a b", 0, 0, &a), -KQT_E_SYNTAX);
	assert_int_equal(kqt_hlog_write(w, "", 0, 0, &a), -KQT_E_SYNTAX);
	assert_int_equal(kqt_hlog_write(w, "a,b", 0, 0, &a), -KQT_E_SYNTAX);
	memset(longest, 'a', sizeof(longest));
	longest[KQT_HLOG_TAG_SIZE] = '\0';
	assert_int_equal(kqt_hlog_write(w, longest, 0, 0, &a), -KQT_E_RANGE);
	longest[KQT_HLOG_TAG_SIZE - 1] = '\0';
	assert_int_equal(kqt_hlog_write(w, longest, 0, 0, &a), 0);
	kqt_hlog_close(w);
	unlink(path);
}

static void going_on_cuts_to_the_last_newline_and_keeps_the_base(void **state)
{
	struct kqt_hlog_writer *w;
	struct kqt_hlog_reader *r;
	struct kqt_hlog_interval got;
	struct stat before, st;

	(void)state;
	new_path();
	kqt_hist_reset(&a);
	kqt_hist_record(&a, 1234);
	w = writer(KQT_LINES_REPLACE, 5000);
	assert_int_equal(kqt_hlog_write(w, NULL, 0, 1000000000, &a), 0);
	assert_int_equal(kqt_hlog_write(w, NULL, 1000000000, 1000000000, &a), 0);
	kqt_hlog_close(w);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(truncate(path, before.st_size - 3), 0);
	r = reader_of(path);
	assert_int_equal(kqt_hlog_read(r, &got, NULL), 1);
	assert_int_equal(kqt_hlog_read(r, &got, NULL), 0); /* the cut line is none */
	kqt_hlog_reader_free(r);

	w = writer(KQT_LINES_APPEND, 65000);
	assert_int_equal(kqt_hlog_write(w, "x", 500000000, 1000000000, &a), 0);
	kqt_hlog_close(w);
	r = reader_of(path);
	assert_int_equal(kqt_hlog_read(r, &got, NULL), 1);
	assert_int_equal(got.start_ns, 0);
	assert_int_equal(kqt_hlog_read(r, &got, NULL), 1);
	assert_string_equal(got.tag, "x");
	assert_int_equal(got.start_ns, 60500000000);
	assert_int_equal(kqt_hlog_read(r, &got, NULL), 0);
	kqt_hlog_reader_free(r);
	assert_int_equal(stat(path, &st), 0);
	unlink(path);
}

static void going_on_leaves_other_files_alone(void **state)
{
	struct kqt_hlog_head h = {.start_ms = 1};
	struct kqt_hlog_writer *w;
	char text[32] = "";
	FILE *f;

	(void)state;
	new_path();
	f = fopen(path, "w");
	fputs("precious, and no newline", f);
	fclose(f);
	assert_int_equal(kqt_hlog_create(path, KQT_LINES_APPEND, &h, &w), -KQT_E_SYNTAX);
	assert_int_equal(kqt_hlog_create(path, KQT_LINES_NEW, &h, &w), -EEXIST);
	assert_null(w);
	f = fopen(path, "r");
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "precious, and no newline");
	unlink(path);
}

static void second_writer_is_refused(void **state)
{
	struct kqt_hlog_head h = {.start_ms = 1};
	struct kqt_hlog_writer *w, *second;

	(void)state;
	new_path();
	w = writer(KQT_LINES_REPLACE, 1);
	assert_int_equal(kqt_hlog_create(path, KQT_LINES_REPLACE, &h, &second), -EWOULDBLOCK);
	assert_int_equal(kqt_hlog_close(w), 0);
	unlink(path);
}

static void a_full_device_is_an_error_once_and_for_all(void **state)
{
	struct kqt_hlog_head h = {.start_ms = 1};
	struct kqt_hlog_writer *w;

	(void)state;
	if (access("/dev/full", W_OK) != 0) {
		print_message("skip: no /dev/full here\n");
		skip();
	}
	assert_int_equal(kqt_hlog_create("/dev/full", KQT_LINES_REPLACE, &h, &w), -ENOSPC);
	assert_null(w);
}

static void bad_lines_are_named_by_file_and_number(void **state)
{
	static const struct {
		const char *line;
		int rc;
	} cases[] = {
	    {"Tag=a b,1,2,3,HISTF\n", -KQT_E_SYNTAX},
	    {"Tag=\x1b[31m,1,2,3,HISTF\n", -KQT_E_SYNTAX},
	    {"1,2,3\n", -KQT_E_SYNTAX},
	    {"nan,inf,1e5,HISTF\n", -KQT_E_SYNTAX},
	    {"-1,2,3,HISTF\n", -KQT_E_SYNTAX},
	    {"99999999999999999999999,2,3,HISTF\n", -KQT_E_SYNTAX},
	    {"1,2,3,HISTF*\n", -KQT_E_SYNTAX},
	};
	struct kqt_hlog_interval got;
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));
		char text[256];
		struct kqt_hlog_reader *r;
		int n = snprintf(text, sizeof(text), "#[a]\n\n%s", cases[i].line);

		assert_int_equal(
		    kqt_hlog_reader_new(fmemopen(text, (size_t)n, "r"), "x\x1b.hlog", &r), 0);
		assert_int_equal(kqt_hlog_read(r, &got, &sb), cases[i].rc);
		assert_ptr_equal(strstr(why, "'x?.hlog', line 3: "), why);
		assert_null(strchr(why, '\x1b'));
		kqt_hlog_reader_free(r);
	}
}

static void endless_line_and_nul_are_refused(void **state)
{
	size_t n = 4 << 20;
	char *text = malloc(n);
	struct kqt_hlog_interval got;
	struct kqt_hlog_reader *r;

	(void)state;
	assert_non_null(text);
	memset(text, '1', n);
	assert_int_equal(kqt_hlog_reader_new(fmemopen(text, n, "r"), "x", &r), 0);
	assert_int_equal(kqt_hlog_read(r, &got, NULL), -KQT_E_RANGE);
	kqt_hlog_reader_free(r);
	memcpy(text, "1,\0,2\n", 6);
	assert_int_equal(kqt_hlog_reader_new(fmemopen(text, 6, "r"), "x", &r), 0);
	assert_int_equal(kqt_hlog_read(r, &got, NULL), -KQT_E_SYNTAX);
	kqt_hlog_reader_free(r);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(encoding_is_the_librarys_byte_for_byte),
	    cmocka_unit_test(librarys_text_gives_the_same_counts_and_percentiles),
	    cmocka_unit_test(decoded_bounds_are_those_of_the_buckets),
	    cmocka_unit_test(counts_of_any_size_come_back),
	    cmocka_unit_test(a_good_payload_made_by_hand_is_read),
	    cmocka_unit_test(bad_counts_are_refused),
	    cmocka_unit_test(another_layout_or_version_is_refused_by_name),
	    cmocka_unit_test(what_inflates_without_end_is_stopped),
	    cmocka_unit_test(bad_text_is_refused),
	    cmocka_unit_test(written_lines_come_back),
	    cmocka_unit_test(headers_are_short_and_have_no_control_characters),
	    cmocka_unit_test(tags_with_other_characters_are_refused),
	    cmocka_unit_test(going_on_cuts_to_the_last_newline_and_keeps_the_base),
	    cmocka_unit_test(going_on_leaves_other_files_alone),
	    cmocka_unit_test(second_writer_is_refused),
	    cmocka_unit_test(a_full_device_is_an_error_once_and_for_all),
	    cmocka_unit_test(bad_lines_are_named_by_file_and_number),
	    cmocka_unit_test(endless_line_and_nul_are_refused),
	};

	return cmocka_run_group_tests(tests, open_codec, close_codec);
}
