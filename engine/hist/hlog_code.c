/* SPDX-License-Identifier: MIT */
/* The V2 compressed encoding of a histogram, and base64 around it. Written from
 * HdrHistogram's description of the format; what its own library writes is in
 * tests/data/hlog_vectors.txt, and the tests compare byte by byte. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/hist/hlog.h"
#include "engine/hist/hlog_priv.h"

#define COOKIE_V2 0x1c849313u
#define COOKIE_V2_COMPRESSED 0x1c849314u
#define COOKIE_FAMILY 0x1c8493u /* of all versions */
#define HEAD 40
#define OUTER_HEAD 8
#define LEB_MAX 9
#define BUCKETS ((uint64_t)KQT_HIST_LEN)
/* Every bucket its own 9 bytes is the worst; runs of zeros only make it shorter. So
 * nothing that inflates to more than this is a histogram of ours, and inflating
 * stops there. */
#define PAYLOAD_MAX (HEAD + LEB_MAX * (size_t)KQT_HIST_LEN)

struct kqt_hlog_codec {
	z_stream deflater, inflater;
	bool deflater_ready, inflater_ready;
	size_t packed_size;
	uint8_t *packed;                  /* [packed_size], the compressed form */
	char text[KQT_HLOG_TEXT_MAX + 1]; /* base64 */
	uint8_t payload[PAYLOAD_MAX + 1]; /* uncompressed; one more, to see that it is too long */
};

struct kqt_hlog_codec *kqt_hlog_codec_new(void)
{
	struct kqt_hlog_codec *c = kqt_array_new(1, sizeof(*c));

	if (!c)
		return NULL;
	c->deflater_ready = deflateInit(&c->deflater, Z_DEFAULT_COMPRESSION) == Z_OK;
	c->inflater_ready = inflateInit(&c->inflater) == Z_OK;
	if (c->deflater_ready) {
		c->packed_size = OUTER_HEAD + deflateBound(&c->deflater, PAYLOAD_MAX);
		c->packed = kqt_array_new(c->packed_size, 1);
	}
	if (!c->packed || !c->inflater_ready) {
		kqt_hlog_codec_free(c);
		return NULL;
	}
	return c;
}

void kqt_hlog_codec_free(struct kqt_hlog_codec *c)
{
	if (!c)
		return;
	if (c->deflater_ready)
		deflateEnd(&c->deflater);
	if (c->inflater_ready)
		inflateEnd(&c->inflater);
	free(c->packed);
	free(c);
}

/* -- bytes ---------------------------------------------------------------- */

static void put_be(uint8_t *p, unsigned bytes, uint64_t v)
{
	while (bytes > 0) {
		p[--bytes] = (uint8_t)v;
		v >>= 8;
	}
}

static uint64_t get_be(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

/* Zig-zag, then 7 bits a byte, lowest first; the ninth byte holds 8. */
static size_t put_leb(uint8_t *p, int64_t value)
{
	uint64_t v = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
	size_t n = 0;

	while (v > 0x7f && n < LEB_MAX - 1) {
		p[n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	p[n++] = (uint8_t)v;
	return n;
}

/* @return bytes taken, 0 when the value is cut */
static size_t get_leb(const uint8_t *p, size_t size, int64_t *value)
{
	uint64_t v = 0;

	for (size_t n = 0; n < size && n < LEB_MAX; n++) {
		bool last = n == LEB_MAX - 1 || !(p[n] & 0x80);

		v |= (uint64_t)(n == LEB_MAX - 1 ? p[n] : p[n] & 0x7f) << (7 * n);
		if (last) {
			v = v >> 1 ^ (v & 1 ? UINT64_MAX : 0);
			memcpy(value, &v, sizeof(v));
			return n + 1;
		}
	}
	return 0;
}

/* -- base64 --------------------------------------------------------------- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t base64_encode(const uint8_t *in, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0) |
		             (i + 2 < n ? in[i + 2] : 0);

		out[len++] = alphabet[v >> 18];
		out[len++] = alphabet[v >> 12 & 63];
		out[len++] = i + 1 < n ? alphabet[v >> 6 & 63] : '=';
		out[len++] = i + 2 < n ? alphabet[v & 63] : '=';
	}
	out[len] = '\0';
	return len;
}

static int digit_of(char ch)
{
	if (ch >= 'A' && ch <= 'Z')
		return ch - 'A';
	if (ch >= 'a' && ch <= 'z')
		return ch - 'a' + 26;
	if (ch >= '0' && ch <= '9')
		return ch - '0' + 52;
	return ch == '+' ? 62 : ch == '/' ? 63 : -1;
}

/* @return bytes, or -1 */
static int base64_decode(const char *in, size_t len, uint8_t *out)
{
	size_t n = 0, pad = 0;

	if (len % 4 != 0)
		return -1;
	while (pad < 2 && pad < len && in[len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t v = 0;
		unsigned digits = i + 4 == len ? 4 - (unsigned)pad : 4;

		for (unsigned k = 0; k < 4; k++) {
			int d = k < digits ? digit_of(in[i + k]) : 0;

			if (d < 0)
				return -1;
			v = v << 6 | (uint32_t)d;
		}
		for (unsigned k = 0; k + 1 < digits; k++)
			out[n++] = (uint8_t)(v >> (16 - 8 * k));
	}
	return (int)n;
}

/* -- encode --------------------------------------------------------------- */

/* @return bytes, or -KQT_E_RANGE. Ends with the last count that is not 0, as
 * HdrHistogram's own does. */
static int put_counts(const struct kqt_hist *h, uint8_t *p)
{
	unsigned end = h->count ? kqt_hist_index(h->max_ns) + 1 : 1;
	size_t n = 0;

	for (unsigned i = 0; i < end;) {
		unsigned zeros = 0;

		if (h->counts[i] > INT64_MAX)
			return -KQT_E_RANGE;
		while (i + zeros < end && h->counts[i + zeros] == 0)
			zeros++;
		/* a single zero is a count like any other */
		n += put_leb(p + n, zeros > 1 ? -(int64_t)zeros : (int64_t)h->counts[i]);
		i += zeros ? zeros : 1;
	}
	return (int)n;
}

static size_t put_payload(const struct kqt_hist *h, uint8_t *p, int *rc)
{
	static const uint8_t one[8] = {0x3f, 0xf0}; /* 1.0, value a unit */
	int n = put_counts(h, p + HEAD);

	*rc = n < 0 ? n : 0;
	if (n < 0)
		return 0;
	put_be(p, 4, COOKIE_V2);
	put_be(p + 4, 4, (uint64_t)n);
	put_be(p + 8, 4, 0);
	put_be(p + 12, 4, 3);
	put_be(p + 16, 8, 1);
	put_be(p + 24, 8, KQT_HIST_MAX_NS);
	memcpy(p + 32, one, 8);
	return HEAD + (size_t)n;
}

int kqt_hlog_encode(struct kqt_hlog_codec *c, const struct kqt_hist *h, const char **text)
{
	z_stream *z = &c->deflater;
	size_t n, packed;
	int rc;

	n = put_payload(h, c->payload, &rc);
	if (rc < 0)
		return rc;
	deflateReset(z);
	z->next_in = c->payload;
	z->avail_in = (uInt)n;
	z->next_out = c->packed + OUTER_HEAD;
	z->avail_out = (uInt)(c->packed_size - OUTER_HEAD);
	if (deflate(z, Z_FINISH) != Z_STREAM_END) /* the space is deflateBound's */
		return -KQT_E_RANGE;
	packed = (size_t)z->total_out;
	if ((packed + OUTER_HEAD + 2) / 3 * 4 > KQT_HLOG_TEXT_MAX)
		return -KQT_E_RANGE;
	put_be(c->packed, 4, COOKIE_V2_COMPRESSED);
	put_be(c->packed + 4, 4, packed);
	*text = c->text;
	return (int)base64_encode(c->packed, packed + OUTER_HEAD, c->text);
}

/* -- decode --------------------------------------------------------------- */

static int bad(struct kqt_strbuf *why, int rc, const char *text)
{
	if (why)
		kqt_strbuf_add(why, "%s", text);
	return rc;
}

static int check_cookie(const uint8_t *p, uint32_t wanted, struct kqt_strbuf *why)
{
	uint32_t cookie = (uint32_t)get_be(p, 4);

	if (cookie == wanted)
		return 0;
	if (cookie >> 8 == COOKIE_FAMILY)
		return bad(why, -KQT_E_UNSUPPORTED,
		           "its histogram is in another version of the encoding than V2");
	return bad(why, -KQT_E_SYNTAX, "what its base64 holds is no histogram");
}

/* @return bytes of payload */
static int unpack(struct kqt_hlog_codec *c, size_t packed, struct kqt_strbuf *why)
{
	z_stream *z = &c->inflater;
	int rc;

	if (packed < OUTER_HEAD)
		return bad(why, -KQT_E_SYNTAX, "what its base64 holds is no histogram");
	rc = check_cookie(c->packed, COOKIE_V2_COMPRESSED, why);
	if (rc < 0)
		return rc;
	if (get_be(c->packed + 4, 4) != packed - OUTER_HEAD)
		return bad(why, -KQT_E_SYNTAX, "its histogram is cut or has bytes behind it");
	inflateReset(z);
	z->next_in = c->packed + OUTER_HEAD;
	z->avail_in = (uInt)(packed - OUTER_HEAD);
	z->next_out = c->payload;
	z->avail_out = sizeof(c->payload);
	rc = inflate(z, Z_FINISH);
	if (z->avail_out == 0)
		return bad(why, -KQT_E_RANGE, "its histogram inflates to more than any can have");
	if (rc != Z_STREAM_END || z->avail_in != 0)
		return bad(why, -KQT_E_SYNTAX, "its compressed histogram is damaged");
	return (int)z->total_out;
}

static int check_head(const uint8_t *p, size_t n, struct kqt_strbuf *why)
{
	/* HdrHistogramJS writes 1 for the offset, which nothing reads, and an integer for 1.0 */
	static const uint8_t one[8] = {0x3f, 0xf0}, one_js[8] = {0, 0, 0, 0, 0, 0, 0, 1};
	uint64_t offset;
	int rc;

	if (n < HEAD)
		return bad(why, -KQT_E_SYNTAX, "its histogram is shorter than a header");
	rc = check_cookie(p, COOKIE_V2, why);
	if (rc < 0)
		return rc;
	if (get_be(p + 4, 4) != n - HEAD)
		return bad(why, -KQT_E_SYNTAX, "its counts are cut or have bytes behind them");
	offset = get_be(p + 8, 4);
	/* the highest value only says how many buckets there may be */
	if (offset > 1 || memcmp(p + 32, offset ? one_js : one, 8) != 0 || get_be(p + 12, 4) != 3 ||
	    get_be(p + 16, 8) != 1)
		return bad(why, -KQT_E_UNSUPPORTED,
		           "its histogram has another layout than 3 digits from 1 ns");
	return 0;
}

/* One bucket's count; keeps min, max, sum as far as they are known. */
static int take_count(struct kqt_hist *out, unsigned i, uint64_t n)
{
	uint64_t lo = kqt_hist_lowest_of(i), mid = lo + (kqt_hist_highest_of(i) - lo + 1) / 2, sum;

	if (i > kqt_hist_index(KQT_HIST_MAX_NS) ||
	    __builtin_add_overflow(out->count, n, &out->count) ||
	    __builtin_mul_overflow(mid, n, &sum) ||
	    __builtin_add_overflow(out->sum_ns, sum, &out->sum_ns))
		return -KQT_E_RANGE;
	out->counts[i] = n;
	return 0;
}

static int take_counts(const uint8_t *p, size_t n, struct kqt_hist *out, unsigned *first,
                       unsigned *last)
{
	uint64_t i = 0;

	*first = KQT_HIST_LEN;
	for (size_t at = 0; at < n;) {
		int64_t v;
		size_t used = get_leb(p + at, n - at, &v);

		if (used == 0)
			return -KQT_E_SYNTAX;
		at += used;
		if (v < 0) {
			if (v < -(int64_t)BUCKETS || i - (uint64_t)v > BUCKETS)
				return -KQT_E_RANGE;
			i -= (uint64_t)v;
			continue;
		}
		if (i >= BUCKETS)
			return -KQT_E_RANGE;
		if (v > 0) {
			*first = *first == KQT_HIST_LEN ? (unsigned)i : *first;
			*last = (unsigned)i;
			if (take_count(out, (unsigned)i, (uint64_t)v) < 0)
				return -KQT_E_RANGE;
		}
		i++;
	}
	return 0;
}

int kqt_hlog_decode(struct kqt_hlog_codec *c, const char *text, size_t len, struct kqt_hist *out,
                    struct kqt_strbuf *why)
{
	unsigned first = 0, last = 0;
	int n, rc;

	kqt_hist_reset(out);
	if (len > KQT_HLOG_TEXT_MAX || len / 4 * 3 > c->packed_size)
		return bad(why, -KQT_E_RANGE, "its histogram is longer than any can be");
	n = base64_decode(text, len, c->packed);
	if (n < 0)
		return bad(why, -KQT_E_SYNTAX, "its last column is no base64");
	n = unpack(c, (size_t)n, why);
	if (n < 0)
		return n;
	rc = check_head(c->payload, (size_t)n, why);
	if (rc < 0)
		return rc;
	rc = take_counts(c->payload + HEAD, (size_t)n - HEAD, out, &first, &last);
	if (rc < 0) {
		/* min and max, by which a reset knows what to clear, are not set yet */
		memset(out, 0, sizeof(*out));
		return bad(why, rc,
		           rc == -KQT_E_RANGE ? "its counts do not fit a histogram"
		                              : "its counts end in the middle");
	}
	if (out->count) {
		out->min_ns = kqt_hist_lowest_of(first);
		out->max_ns = kqt_hist_highest_of(last);
	}
	return 0;
}
