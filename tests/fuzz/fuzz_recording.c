/* SPDX-License-Identifier: MIT */
/* Any bytes read as a recording: FILE, a line "%%hlog", FILE.hlog. What is read adds up
 * and can be merged, as the screen does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "tests/fuzz/fuzz.h"

#define BORDER "%%hlog\n"

static struct kqt_tally *total;

static void check(const struct kqt_recorded *rec)
{
	static struct kqt_hist h;
	uint64_t sum = 0;

	KQT_FUZZ_MUST(rec->run > 0 && rec->line > 0 && rec->elapsed_s >= 0);
	if (rec->type != KQT_RECORDED_INTERVAL)
		return;
	kqt_hist_reset(&h);
	kqt_tally_hist(rec->interval.tally, KQT_LATENCY_NOTIFICATION, KQT_FILTERS, &h);
	for (unsigned i = 0; i < KQT_HIST_LEN; i++)
		sum += h.counts[i];
	KQT_FUZZ_MUST(sum == h.count);
	KQT_FUZZ_MUST(kqt_hist_quantile(&h, 1) == (h.count ? h.max_ns : 0));
	kqt_tally_merge(total, rec->interval.tally);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *border = memmem(data, size, BORDER, strlen(BORDER));
	size_t n = border ? (size_t)(border - data) : 0, rest;
	const struct kqt_recorded *rec;
	struct kqt_recording *r;
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	FILE *lines, *hlog;
	int rc;

	if (!total)
		total = calloc(1, sizeof(*total));
	rest = border ? size - n - strlen(BORDER) : 0;
	if (!total || n == 0 || rest == 0)
		return 0;
	kqt_tally_reset(total);
	lines = fmemopen((void *)(uintptr_t)data, n, "r");
	hlog = fmemopen((void *)(uintptr_t)(border + strlen(BORDER)), rest, "r");
	rc = kqt_recording_from(lines, hlog, "fuzz.jsonl", &r, &why);
	if (rc == 0) {
		while ((rc = kqt_recording_next(r, &rec, &why)) == 1)
			check(rec);
		kqt_recording_close(r);
	}
	KQT_FUZZ_MUST(rc == 0 || why.len > 0);
	for (size_t i = 0; i < why.len; i++)
		KQT_FUZZ_MUST((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
	return 0;
}
