/* SPDX-License-Identifier: MIT */
/* A report written and read again, and what is refused, with which words. */
#include <errno.h>
#include <math.h>
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

#include "engine/base/err.h"
#include "engine/report/report.h"
#include "engine/report/summary.h"
#include "tests/support/report_gen.h"

static struct kqt_report *made, *again;
static char *json, why_text[1024];
static size_t json_size;
static struct kqt_strbuf why;

static int setup(void **state)
{
	(void)state;
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	again = NULL;
	made = report_gen(6, 300, true, 42);
	json = made ? kqt_report_json(made, &json_size) : NULL;
	return json ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	kqt_report_free(made);
	kqt_report_free(again);
	free(json);
	return 0;
}

static void comes_back_as_it_was(void **state)
{
	size_t size;
	char *second;

	(void)state;
	assert_int_equal(kqt_report_parse(json, json_size, "a.json", &again, &why), 0);
	assert_string_equal(why_text, "");
	second = kqt_report_json(again, &size);
	assert_non_null(second);
	assert_int_equal(size, json_size);
	assert_string_equal(second, json);
	free(second);

	/* not only the same text: the same values */
	assert_string_equal(again->label, made->label);
	assert_int_equal(again->side[1].config.num_timers, 32);
	assert_int_equal(again->side[0].config.cpu_collector, 1);
	assert_int_equal(again->n_rounds, 6);
	assert_int_equal(again->rounds[3].side, 1);
	assert_int_equal(again->rounds[3].pair, 1);
	assert_true(again->rounds[3].seconds == made->rounds[3].seconds);
	assert_int_equal(again->rounds[2].wait_wake.sum_ns, made->rounds[2].wait_wake.sum_ns);
	assert_int_equal(again->rounds[2].wait_wake.n, made->rounds[2].wait_wake.n);
	for (size_t i = 0; i < made->rounds[2].wait_wake.n; i++) {
		assert_int_equal(again->rounds[2].wait_wake.bins[i].index,
		                 made->rounds[2].wait_wake.bins[i].index);
		assert_int_equal(again->rounds[2].wait_wake.bins[i].count,
		                 made->rounds[2].wait_wake.bins[i].count);
	}
	assert_int_equal(again->rounds[2].filter[KQT_FILTER_WRITE].merged, KQT_UNKNOWN);
	assert_int_equal(again->rounds[0].entropy.n, 0);
	assert_true(isnan(again->rounds[0].entropy.assessed));
	assert_true(isnan(again->rounds[0].load.ops_per_s));
	assert_int_equal(again->rounds[0].flags.throttled_ns, KQT_UNKNOWN);
	assert_int_equal(again->rounds[0].steady, -1);
	assert_int_equal(again->rounds[2].steady, 1);
	assert_null(again->facts[2].value);
	assert_true(again->facts[1].number);
}

/* The text with the first `from` after `anchor` replaced. @return given. */
static char *changed(const char *anchor, const char *from, const char *to)
{
	char *at = strstr(json, anchor), *text = malloc(json_size + strlen(to) + 1);

	assert_non_null(text);
	assert_non_null(at);
	at = strstr(at, from);
	assert_non_null(at);
	sprintf(text, "%.*s%s%s", (int)(at - json), json, to, at + strlen(from));
	return text;
}

struct bad {
	const char *anchor, *from, *to;
	int rc;
	const char *says; /* contained in the message */
};

static void refused(const struct bad *b)
{
	char *text = changed(b->anchor, b->from, b->to);
	int rc;

	why = kqt_strbuf_init(why_text, sizeof(why_text));
	rc = kqt_report_parse(text, strlen(text), "a.json", &again, &why);
	free(text);
	if (rc != -b->rc || !strstr(why_text, b->says) || !strstr(why_text, "'a.json'"))
		fail_msg("%s -> %s: %d, %s", b->from, b->to, rc, why_text);
	assert_null(again);
	for (const char *p = why_text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void hostile_fields_are_refused_by_name(void **state)
{
	static const struct bad all[] = {
	    {"schema", "1", "2", KQT_E_UNSUPPORTED, "format version 2"},
	    {"schema", "1", "\"1\"", KQT_E_SYNTAX, "schema: a whole number expected"},
	    {"label", "web3", "\\u001b[31m", KQT_E_SYNTAX, "label: the text holds a control"},
	    {"label", "web3", "\x1b[31m", KQT_E_SYNTAX, "label: control character 0x1b"},
	    {"label", "web3", "\x9b", KQT_E_SYNTAX, "label: the text holds a control"},
	    {"label", "web3", "\\u0000", KQT_E_SYNTAX, "label: the text holds a control"},
	    {"label", "web3", "\\ud83d", KQT_E_SYNTAX, "second half of a pair"},
	    {"label", "web3", "\\udc00", KQT_E_SYNTAX, "half of a character"},
	    {"label", "web3", "\\x", KQT_E_SYNTAX, "an escape expected"},
	    {"\"seed\"", ":42", ":-1", KQT_E_RANGE, "seed: the number is negative"},
	    {"\"seed\"", ":42", ":1.5", KQT_E_SYNTAX, "seed: not a whole number"},
	    {"\"seed\"", ":42", ":99999999999999999999", KQT_E_RANGE,
	     "seed: the number is too large"},
	    {"\"seed\"", ":42", ":042", KQT_E_SYNTAX, "seed: a number does not begin with 0"},
	    {"\"seed\"", ":42", ":42,\"seed\":42", KQT_E_SYNTAX, "seed: is there twice"},
	    {"\"complete\"", "true", "1", KQT_E_SYNTAX, "complete: true or false expected"},
	    {"\"complete\"", "\"complete\":true,", "", KQT_E_SYNTAX, "'complete' is missing"},
	    {"\"num_timers\"", ":16", ":5000", KQT_E_RANGE, "5000 is out of range"},
	    {"\"preset\"", "default", "no such", KQT_E_SYNTAX, "'no such' is no preset's name"},
	    {"\"rounds\":[", "\"start_s\":0", "\"start_s\":NaN", KQT_E_SYNTAX,
	     "rounds[0].start_s: a number expected, found 'N'"},
	    {"\"rounds\":[", "\"start_s\":0", "\"start_s\":1e999", KQT_E_RANGE,
	     "rounds[0].start_s: the number is too large"},
	    {"\"rounds\":[", "\"start_s\":0", "\"start_s\":-0.5", KQT_E_RANGE,
	     "rounds[0].start_s: the number is negative"},
	    {"\"rounds\":[", "\"start_s\":0", "\"start_s\":1e10", KQT_E_RANGE,
	     "rounds[0]: a time that is longer than any run"},
	    {"\"rounds\":[", "\"seconds\":4", "\"seconds\":1e-300,\"x\":4", KQT_E_RANGE,
	     "rounds[0]: seconds are less than a nanosecond"},
	    {"\"rounds\":[", "\"missed\":3", "\"missed\":281474976710657", KQT_E_RANGE,
	     "rounds[0]: more of something than a round can have"},
	    {"\"rounds\":[", "\"control\":12", "\"control\":999999999999999999", KQT_E_RANGE,
	     "rounds[0]: more of something than a round can have"},
	    {"\"rounds\":[", "\"side\":\"A\"", "\"side\":\"C\"", KQT_E_SYNTAX, "neither \"A\" nor"},
	    {"\"rounds\":[", "\"order\":1", "\"order\":0", KQT_E_SYNTAX,
	     "rounds[1]: rounds are not in"},
	    {"\"rounds\":[", "\"waits\":", "\"waits\":9", KQT_E_SYNTAX,
	     "rounds[0]: waits is not the sum"},
	    {"\"response\":{\"timer\":{\"count\"", "\"bins\":[", "\"bins\":[0,", KQT_E_RANGE,
	     "latency.response.timer.bins[0]: a bin is empty"},
	    {"\"response\":{\"timer\":{\"count\"", "\"bins\":[", "\"bins\":[-33792,", KQT_E_RANGE,
	     "response.timer.bins[0]: a bin is above"},
	    {"\"response\":{\"timer\":{\"count\"", "\"bins\":[", "\"bins\":[-9000000000000,",
	     KQT_E_RANGE, "response.timer.bins[0]: a bin is above"},
	    {"\"response\":{\"timer\":{\"count\"", "\"sum_ns\":", "\"sum_ns\":9999", KQT_E_SYNTAX,
	     "response.timer: the sum does not fit"},
	    {"\"response\":{\"timer\":{\"count\"", "\"count\":", "\"count\":1", KQT_E_SYNTAX,
	     "response.timer: the bins' sum is not"},
	    {"\"entropy\":{\"n\"", "20000", "19999", KQT_E_RANGE, "entropy: n is not 20000"},
	    {"\"entropy\":{\"n\"", "\"assessed\":2", "\"assessed\":82", KQT_E_RANGE,
	     "8 bits a byte"},
	    {"\"fingerprint\"", "kernel", "Ker\\u001bnel", KQT_E_SYNTAX,
	     "fingerprint: a key is not of"},
	    {"\"b\":{", "\"b\":{", "\"c\":{", KQT_E_SYNTAX, "a round is of side B"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		refused(&all[i]);
}

static void unknown_keys_are_skipped(void **state)
{
	char *text = changed("\"rounds\":[", "\"side\"",
	                     "\"new\":{\"a\":[1,-2.5e3,null,true,\"\\u00e9\",{}]},\"side\"");

	(void)state;
	assert_int_equal(kqt_report_parse(text, strlen(text), "a.json", &again, &why), 0);
	free(text);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	/* the last byte is a newline: without it the report is whole */
	for (size_t n = 0; n + 1 < json_size; n += n < 4000 ? 1 : 997) {
		/* an own block: what reads past the end is seen by the address sanitizer */
		char *part = malloc(n ? n : 1);

		assert_non_null(part);
		memcpy(part, json, n);
		why = kqt_strbuf_init(why_text, sizeof(why_text));
		assert_true(kqt_report_parse(part, n, "a.json", &again, &why) < 0);
		assert_non_null(strstr(why_text, "'a.json', line "));
		/* an interval of 500us that ends at its 5 is one of 5us */
		assert_true(strstr(why_text, "the file ends here") ||
		            strstr(why_text, "stimulus: 5 is out of range"));
		free(part);
	}
}

static void says_line_and_column(void **state)
{
	static const char text[] = "{\"schema\":1,\n  \"seed\": x}";

	(void)state;
	assert_int_equal(kqt_report_parse(text, strlen(text), "a.json", &again, &why),
	                 -KQT_E_SYNTAX);
	assert_string_equal(
	    why_text, "'a.json', line 2, column 11: seed: a whole number expected, found 'x'");
}

static void other_versions_and_kinds_are_named(void **state)
{
	static const struct {
		const char *text, *says;
		int rc;
	} all[] = {
	    {"{\"config\":7,\"rounds\":{},\"schema\":2}",
	     "'a.json': schema: this is format version 2, and 1 is what can be read",
	     KQT_E_UNSUPPORTED},
	    {"{\"schema\":1,\"samples\":20000,\"assessed\":7.1}",
	     "'a.json' has no 'rounds': it is not a report of kqtop bench", KQT_E_SYNTAX},
	    {"", "'a.json', line 1, column 1: the file ends here: an object is missing",
	     KQT_E_SYNTAX},
	    {"\x7f"
	     "ELF",
	     "'a.json', line 1, column 1: an object expected, found byte 0x7f", KQT_E_SYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		why = kqt_strbuf_init(why_text, sizeof(why_text));
		assert_int_equal(
		    kqt_report_parse(all[i].text, strlen(all[i].text), "a.json", &again, &why),
		    -all[i].rc);
		assert_string_equal(why_text, all[i].says);
	}
}

static void deep_nesting_is_refused_not_followed(void **state)
{
	enum { N = 1000000 };
	char *text = malloc(N + 32);

	(void)state;
	assert_non_null(text);
	strcpy(text, "{\"schema\":1,\"x\":");
	memset(text + strlen(text) + 0, '[', N);
	assert_int_equal(kqt_report_parse(text, N, "a.json", &again, &why), -KQT_E_RANGE);
	assert_non_null(strstr(why_text, "more than 16 levels"));
	free(text);
}

static void names_are_shown_without_control_characters(void **state)
{
	(void)state;
	assert_true(kqt_report_parse("", 0, "a\x1b[2J.json", &again, &why) < 0);
	assert_non_null(strstr(why_text, "'a\\x1b[2J.json'"));
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	assert_int_equal(kqt_report_load("/nonexistent\n/x.json", &again, &why), -ENOENT);
	assert_string_equal(why_text,
	                    "cannot open '/nonexistent\\x0a/x.json': no such file or directory");
}

static void a_file_is_replaced_whole_or_not_at_all(void **state)
{
	char dir[] = "/tmp/kqt-report-XXXXXX", path[64], link[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.json", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink("a.json", link), 0);
	assert_int_equal(kqt_report_save(made, path, &why), 0);
	assert_int_equal(kqt_report_save(made, link, &why), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(kqt_report_load(link, &again, &why), 0);
	assert_int_equal(again->n_rounds, 6);
	/* no file of ours is left beside it */
	unlink(path);
	unlink(link);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(kqt_report_save(made, path, &why), -ENOENT);
	assert_non_null(strstr(why_text, "cannot write '"));
	assert_int_equal(kqt_report_save(made, "/dev/null", &why), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void summary_is_the_median_of_the_rounds(void **state)
{
	static struct kqt_hist h;
	struct kqt_summary s;
	double p99[3], rate[3];
	uint64_t max = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		const struct kqt_round *r = &made->rounds[2 * i + 1];

		kqt_hist_reset(&h);
		kqt_round_hist(r, KQT_LATENCY_RESPONSE, KQT_FILTERS, &h);
		p99[i] = (double)kqt_hist_quantile(&h, 0.99);
		max = h.max_ns > max ? h.max_ns : max;
		rate[i] = (double)r->waits / r->seconds;
	}
	kqt_summarise(made, 1, &s);
	assert_int_equal(s.rounds, 3);
	assert_int_equal(s.row[KQT_FILTERS].latency[KQT_LATENCY_RESPONSE].q_ns[2],
	                 (uint64_t)kqt_median(p99, 3));
	assert_int_equal(s.row[KQT_FILTERS].latency[KQT_LATENCY_RESPONSE].max_ns, max);
	assert_true(s.waits_per_s == kqt_median(rate, 3));
	assert_int_equal(s.row[KQT_FILTER_WRITE].merged, KQT_UNKNOWN);
	assert_int_equal(s.row[KQT_FILTER_READ].merged, 21);
	assert_int_equal(s.row[KQT_FILTER_TIMER].latency[KQT_LATENCY_NOTIFICATION].q_ns[0],
	                 KQT_UNKNOWN);
	/* rounds 1, 3, 5 have 2.6, 2.8 and 3.0 bits */
	assert_float_equal(s.assessed, 2.8, 1e-12);
	assert_int_equal(s.raw_lost_rounds, 3);
	kqt_summarise(made, 0, &s); /* round 0 does not know */
	assert_int_equal(s.raw_lost_rounds, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(comes_back_as_it_was),
	    TEST(hostile_fields_are_refused_by_name),
	    TEST(unknown_keys_are_skipped),
	    TEST(every_truncation_is_refused),
	    TEST(says_line_and_column),
	    TEST(other_versions_and_kinds_are_named),
	    TEST(deep_nesting_is_refused_not_followed),
	    TEST(names_are_shown_without_control_characters),
	    TEST(a_file_is_replaced_whole_or_not_at_all),
	    TEST(summary_is_the_median_of_the_rounds),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
