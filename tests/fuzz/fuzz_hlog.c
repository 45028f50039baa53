/* SPDX-License-Identifier: MIT */
/* Any bytes read as a histogram log. What is read must be a histogram: its count is
 * the sum of its buckets, and written again it reads the same. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "tests/fuzz/fuzz.h"

static struct kqt_hlog_codec *codec;
static struct kqt_hist again;

static void check_hist(const struct kqt_hist *h)
{
	const char *text;
	uint64_t sum = 0;
	int len;

	for (unsigned i = 0; i < KQT_HIST_LEN; i++)
		sum += h->counts[i];
	KQT_FUZZ_MUST(sum == h->count);
	len = kqt_hlog_encode(codec, h, &text);
	KQT_FUZZ_MUST(len > 0);
	KQT_FUZZ_MUST(kqt_hlog_decode(codec, text, (size_t)len, &again, NULL) == 0);
	KQT_FUZZ_MUST(again.count == h->count && again.sum_ns == h->sum_ns);
	KQT_FUZZ_MUST(again.min_ns == h->min_ns && again.max_ns == h->max_ns);
	KQT_FUZZ_MUST(kqt_hist_quantile(h, 0) == h->min_ns || h->count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kqt_hlog_interval iv;
	struct kqt_hlog_reader *r;
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	int rc;

	if (!codec)
		codec = kqt_hlog_codec_new();
	if (!f || kqt_hlog_reader_new(f, "fuzz.hlog", &r) < 0)
		return 0;
	while ((rc = kqt_hlog_read(r, &iv, &why)) == 1)
		check_hist(iv.hist);
	KQT_FUZZ_MUST(rc == 0 || why.len > 0);
	for (size_t i = 0; i < why.len; i++)
		KQT_FUZZ_MUST((unsigned char)text[i] >= ' ');
	kqt_hlog_reader_free(r);
	return 0;
}
