/* SPDX-License-Identifier: MIT */
/* A report from anywhere: read or refused with words and a place, never anything raw in
 * them; what was read is written and read again as the same. Input: the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/report/measure.h"
#include "engine/report/report.h"
#include "tests/fuzz/fuzz.h"

static void check_words(const char *text, const char *name)
{
	KQT_FUZZ_MUST(strstr(text, name) || strcmp(text, "out of memory") == 0);
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		KQT_FUZZ_MUST(*p >= 0x20 && *p != 0x7f);
}

static void check_again(const struct kqt_report *r)
{
	char text[1024];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	size_t size, second_size;
	char *json = kqt_report_json(r, &size), *second;
	struct kqt_report *again = NULL;

	KQT_FUZZ_MUST(json);
	KQT_FUZZ_MUST(kqt_report_parse(json, size, "again", &again, &why) == 0);
	second = kqt_report_json(again, &second_size);
	KQT_FUZZ_MUST(second && size == second_size && memcmp(json, second, size) == 0);
	free(json);
	free(second);
	kqt_report_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[1024];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_report *r = NULL;
	struct kqt_round_answer answer;
	struct kqt_round_order order;
	/* an own block: what reads past its end is seen */
	char *copy = malloc(size ? size : 1);

	KQT_FUZZ_MUST(copy);
	memcpy(copy, data, size);
	if (kqt_report_parse(copy, size, "a\033.json", &r, &why) == 0)
		check_again(r);
	else
		check_words(text, "'a\\x1b.json'");
	kqt_report_free(r);

	/* what a round's process reads and writes has the same reader */
	why = kqt_strbuf_init(text, sizeof(text));
	kqt_round_answer_init(&answer);
	(void)!kqt_round_answer_parse(copy, size, &answer, &why);
	kqt_round_answer_fini(&answer);
	(void)!kqt_round_order_parse(copy, size, &order, &why);
	free(copy);
	return 0;
}
