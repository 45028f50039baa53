/* SPDX-License-Identifier: MIT */
/* A report on one page, out of made-up rounds: every figure is known beforehand.
 * Values are below 2048 ns, where a histogram's buckets are 1 ns wide. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/report/report.h"
#include "engine/report/summary.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct kqt_report *made;
static struct kqt_summary sum;

static int setup(void **state)
{
	(void)state;
	made = kqt_report_new();
	return made ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	kqt_report_free(made);
	return 0;
}

static struct kqt_round *add(unsigned side)
{
	struct kqt_round *r = kqt_report_add_round(made);

	assert_non_null(r);
	made->ab = made->ab || side;
	r->side = side;
	r->seconds = 1;
	return r;
}

/* 1000 values, from, from + 1, .. */
static void fill(struct kqt_sparse *s, uint64_t from)
{
	static struct kqt_hist h;

	kqt_hist_reset(&h);
	for (uint64_t i = 0; i < 1000; i++)
		kqt_hist_record(&h, from + i);
	assert_int_equal(kqt_sparse_from(&h, s), 0);
}

static void a_median_is_of_what_is_known(void **state)
{
	struct {
		size_t n;
		double v[5], median;
	} cases[] = {
	    {1, {7}, 7},
	    {2, {4, 1}, 2.5},
	    {3, {9, 1, 4}, 4},
	    {4, {8, 1, 5, 2}, 3.5},
	    {5, {5, NAN, 1, NAN, 2}, 2},
	    {4, {NAN, 3, NAN, 1}, 2},
	    {0, {1}, NAN},
	    {2, {NAN, NAN}, NAN},
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		double m = kqt_median(cases[i].v, cases[i].n);

		assert_true(isnan(cases[i].median) ? isnan(m) : m == cases[i].median);
	}
}

static void a_latency_is_the_median_of_its_rounds_and_the_largest_of_all(void **state)
{
	/* between the second and the third there is half a nanosecond: rounded up */
	static const uint64_t from[] = {0, 701, 10, 21};
	const struct kqt_summary_latency *l;

	(void)state;
	for (size_t i = 0; i < LEN(from); i++) {
		fill(&add(1)->response[KQT_FILTER_READ], from[i]);
		fill(&add(0)->response[KQT_FILTER_READ], 1000);
	}
	add(1); /* without a value: in no median */
	kqt_summarise(made, 1, &sum);
	l = &sum.row[KQT_FILTER_READ].latency[KQT_LATENCY_RESPONSE];
	assert_int_equal(l->count, 4000);
	assert_int_equal(l->q_ns[0], 499 + 16);
	assert_int_equal(l->q_ns[1], 899 + 16);
	assert_int_equal(l->q_ns[2], 989 + 16);
	assert_int_equal(l->q_ns[3], 998 + 16);
	assert_int_equal(l->max_ns, 1700);
	assert_memory_equal(&sum.row[KQT_FILTERS].latency[KQT_LATENCY_RESPONSE], l, sizeof(*l));
	l = &sum.row[KQT_FILTER_READ].latency[KQT_LATENCY_WAIT];
	assert_int_equal(l->count, 0);
	for (int i = 0; i < KQT_SUMMARY_QUANTILES; i++)
		assert_int_equal(l->q_ns[i], KQT_UNKNOWN);
	assert_int_equal(l->max_ns, KQT_UNKNOWN);
	kqt_summarise(made, 0, &sum);
	l = &sum.row[KQT_FILTER_READ].latency[KQT_LATENCY_RESPONSE];
	assert_int_equal(l->q_ns[0], 1499);
	assert_int_equal(l->max_ns, 1999);
}

static void a_row_sums_its_filters_counts_and_all_have_theirs(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 2; i++) {
		struct kqt_round *r = add(0);

		r->seconds = i ? 2 : 4;
		for (uint64_t f = 0; f < KQT_FILTERS; f++)
			r->filter[f] = (struct kqt_filter_tally){
			    .events = 8 << f, .merged = 10 * f + i, .missed = 100 * f + i};
		add(1)->filter[KQT_FILTER_TIMER].events = 1000;
	}
	made->rounds[0].filter[KQT_FILTER_TIMER].merged = KQT_UNKNOWN;
	made->rounds[2].filter[KQT_FILTER_VNODE].missed = KQT_UNKNOWN;
	kqt_summarise(made, 0, &sum);
	for (uint64_t f = 0; f < KQT_FILTERS; f++) {
		const struct kqt_summary_row *row = &sum.row[f];

		assert_int_equal(row->events, 16 << f);
		/* 8 << f events in 4 s and in 2 s */
		assert_true(row->events_per_s == (double)(3 << f));
		assert_int_equal(row->merged, f == KQT_FILTER_TIMER ? KQT_UNKNOWN : 20 * f + 1);
		assert_int_equal(row->missed, f == KQT_FILTER_VNODE ? KQT_UNKNOWN : 200 * f + 1);
	}
	assert_int_equal(sum.row[KQT_FILTERS].events, 240);
	assert_true(sum.row[KQT_FILTERS].events_per_s == 45);
	assert_int_equal(sum.row[KQT_FILTERS].merged, KQT_UNKNOWN);
	assert_int_equal(sum.row[KQT_FILTERS].missed, KQT_UNKNOWN);
	made->rounds[0].filter[KQT_FILTER_TIMER].merged = 1;
	made->rounds[2].filter[KQT_FILTER_VNODE].missed = 1;
	kqt_summarise(made, 0, &sum);
	assert_int_equal(sum.row[KQT_FILTERS].merged, 60 + 60 + 5);
	assert_int_equal(sum.row[KQT_FILTERS].missed, 600 + 300 + 1 + 3);
}

static void a_sides_rounds_are_counted_for_what_was_wrong_with_them(void **state)
{
	static const struct {
		double seconds;
		uint64_t waits, timeouts, raw_lost;
		int steady;
		bool saturated;
		struct kqt_round_entropy e;
	} rounds[] = {
	    {2, 100, 10, 0, 1, true, {KQT_ROUND_BYTES, 1, 5, 7}},
	    {0.5, 100, 20, KQT_UNKNOWN, 0, true, {0, NAN, NAN, NAN}},
	    {0, 5, 1, 3, -1, true, {KQT_ROUND_BYTES, 4, 6, 7.5}},
	    {1, 90, 0, 1, -1, false, {KQT_ROUND_BYTES, 2, 7, 7.75}},
	};

	(void)state;
	for (size_t i = 0; i < LEN(rounds); i++) {
		struct kqt_round *r = add(0);

		r->seconds = rounds[i].seconds;
		r->waits = rounds[i].waits;
		r->timeouts = rounds[i].timeouts;
		r->raw_lost = rounds[i].raw_lost;
		r->steady = rounds[i].steady;
		r->saturated = rounds[i].saturated;
		r->entropy = rounds[i].e;
		r = add(1);
		r->waits = 1;
		r->steady = 0;
	}
	kqt_summarise(made, 0, &sum);
	assert_int_equal(sum.rounds, 4);
	assert_true(sum.seconds == 3.5);
	assert_int_equal(sum.waits, 295);
	assert_int_equal(sum.timeouts, 31);
	assert_true(sum.waits_per_s == 90); /* of 50, 200 and 90: 5 waits in no time are no rate */
	assert_true(sum.row[KQT_FILTERS].events_per_s == 0);
	assert_int_equal(sum.saturated_rounds, 3);
	assert_int_equal(sum.unsteady_rounds, 1); /* too short to tell is not unsteady */
	assert_int_equal(sum.raw_lost_rounds, 2);
	assert_int_equal(sum.entropy_rounds, 3);
	assert_true(sum.assessed == 2 && sum.mcv == 6 && sum.shannon == 7.5);
}

static void a_round_of_no_length_has_no_rate(void **state)
{
	struct kqt_round *r = add(0);

	(void)state;
	r->seconds = 0;
	r->waits = r->filter[KQT_FILTER_TIMER].events = 7;
	kqt_summarise(made, 0, &sum);
	assert_true(isnan(sum.waits_per_s));
	assert_true(isnan(sum.row[KQT_FILTERS].events_per_s));
	assert_true(isnan(sum.row[KQT_FILTER_TIMER].events_per_s));
	kqt_summarise(made, 1, &sum); /* nor have no rounds */
	assert_int_equal(sum.rounds, 0);
	assert_true(isnan(sum.waits_per_s) && isnan(sum.assessed));
}

static bool says(const char *json, const char *what)
{
	return strstr(json, what) != NULL;
}

static void json_has_each_figure_under_its_name_and_side(void **state)
{
	struct kqt_json_out out = {0};
	struct kqt_round *r;
	const char *b;

	(void)state;
	for (unsigned side = 0; side < 2; side++) {
		r = add(side);
		r->waits = 30 + side;
		r->timeouts = 20;
		r->saturated = true;
		r->entropy = (struct kqt_round_entropy){side ? 0 : KQT_ROUND_BYTES, 1.5, 6.5, 7.5};
		for (uint64_t f = 0; f < KQT_FILTERS; f++)
			r->filter[f] = (struct kqt_filter_tally){
			    .events = f + 1, .merged = f + 11, .missed = f + 21};
		fill(&r->notification[KQT_FILTER_VNODE], 100 + side);
	}
	r->steady = 0;
	kqt_summary_write_json(&out, made);
	assert_false(out.failed);
	b = strstr(out.text, ",\"B\":");
	assert_non_null(b);
	assert_memory_equal(out.text, "{\"A\":{\"rounds\":1,\"seconds\":1,\"waits\":30,", 40);
	assert_true(says(out.text, "\"waits\":30,\"timeouts\":20,\"waits_per_s\":30,\"entropy\":"
	                           "{\"rounds\":1,\"assessed\":1.5,\"mcv\":6.5,\"shannon\":7.5},"
	                           "\"saturated_rounds\":1,\"unsteady_rounds\":0,"
	                           "\"raw_lost_rounds\":0,\"filters\":{\"all\":"
	                           "{\"events\":10,\"events_per_s\":10,\"merged\":50,"
	                           "\"missed\":90,\"wait\":{\"count\":0,\"p50_ns\":null,"));
	assert_true(says(b, ",\"B\":{\"rounds\":1,\"seconds\":1,\"waits\":31,\"timeouts\":20,"
	                    "\"waits_per_s\":31,\"entropy\":{\"rounds\":0,"));
	assert_true(says(b, "\"saturated_rounds\":1,\"unsteady_rounds\":1,"));
	assert_true(says(b, "\"vnode\":{\"events\":4,\"events_per_s\":4,\"merged\":14,"
	                    "\"missed\":24,\"wait\":{\"count\":0,"));
	assert_true(says(b, "\"notification\":{\"count\":1000,\"p50_ns\":600,\"p90_ns\":1000,"
	                    "\"p99_ns\":1090,\"p999_ns\":1099,\"max_ns\":1100},"
	                    "\"response\":{\"count\":0,"));
	free(out.text);
}

static void json_of_one_side_has_no_other(void **state)
{
	struct kqt_json_out out = {0};

	(void)state;
	add(0);
	kqt_summary_write_json(&out, made);
	assert_non_null(out.text);
	assert_string_equal(out.text + out.len - 11, "}},\"B\":null}" + 1);
	free(out.text);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_median_is_of_what_is_known),
	    TEST(a_latency_is_the_median_of_its_rounds_and_the_largest_of_all),
	    TEST(a_row_sums_its_filters_counts_and_all_have_theirs),
	    TEST(a_sides_rounds_are_counted_for_what_was_wrong_with_them),
	    TEST(a_round_of_no_length_has_no_rate),
	    TEST(json_has_each_figure_under_its_name_and_side),
	    TEST(json_of_one_side_has_no_other),
	};

	return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
