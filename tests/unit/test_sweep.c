/* SPDX-License-Identifier: MIT */
/* A sweep's arithmetic: the grid, the order of its rounds, which point is the best, and
 * what the pairs say, on made-up figures. What is refused: tests/cli/test_cli_sweep.py. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/report/sweep.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct kqt_sweep *grid(const char *const *axes, size_t n)
{
	static struct kqt_sweep_axis axis[KQT_SWEEP_AXES_MAX];
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_sweep *s = NULL;
	struct kqt_config base;

	kqt_config_default(&base);
	for (size_t i = 0; i < n; i++)
		if (kqt_sweep_axis_parse(axes[i], &axis[i], &why) < 0)
			fail_msg("%s", text);
	if (kqt_sweep_new(&base, axis, n, &s, &why) < 0)
		fail_msg("%s", text);
	return s;
}

static struct kqt_sweep *grid_of_six(void)
{
	static const char *const axes[] = {"timers=1,8,2", "timeout=2,500"};

	return grid(axes, LEN(axes));
}

static struct kqt_sweep_figures figures(double v)
{
	return (struct kqt_sweep_figures){
	    .p50_ns = v, .p99_ns = v, .waits_per_s = v, .assessed = v / 1000, .bytes_per_s = 1000};
}

static void add(struct kqt_sweep *s, size_t point, double v)
{
	s->point[point].round[s->point[point].n++] = figures(v);
}

static void points_are_all_combinations_last_axis_fastest(void **state)
{
	static const char *const names[] = {"timers=1 timeout=2ms", "timers=1 timeout=500ms",
	                                    "timers=8 timeout=2ms", "timers=8 timeout=500ms",
	                                    "timers=2 timeout=2ms", "timers=2 timeout=500ms"};
	struct kqt_sweep *s = grid_of_six();

	(void)state;
	assert_int_equal(s->n_points, 6);
	for (size_t p = 0; p < 6; p++) {
		char text[64];
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
		struct kqt_config cfg;

		kqt_sweep_point_text(s, p, &sb);
		assert_string_equal(text, names[p]);
		kqt_sweep_config(s, p, &cfg);
		assert_int_equal(cfg.num_timers, p < 2 ? 1 : p < 4 ? 8 : 2);
		assert_int_equal(cfg.timeout_ms, p % 2 ? 500 : 2);
		assert_int_equal(cfg.num_sockets, s->base.num_sockets);
	}
	kqt_sweep_free(s);
}

static void each_pass_visits_every_point_in_an_order_of_its_own(void **state)
{
	static const char *const axes[] = {"timers=1,2,3,4,5,6,7,8", "sockets=1,2,3,4,5,6,7,8"};
	struct kqt_sweep *s = grid(axes, LEN(axes));
	size_t order[3][64];

	(void)state;
	s->seed = 5;
	for (uint64_t pass = 0; pass < 3; pass++) {
		bool seen[64] = {false};

		kqt_sweep_order(s, pass % 2, order[pass]);
		for (size_t i = 0; i < 64; i++) {
			assert_in_range(order[pass][i], 0, 63);
			assert_false(seen[order[pass][i]]);
			seen[order[pass][i]] = true;
		}
	}
	assert_memory_not_equal(order[0], order[1], sizeof(order[0]));
	assert_memory_equal(order[0], order[2], sizeof(order[0]));
	s->seed = 6;
	kqt_sweep_order(s, 0, order[2]);
	assert_memory_not_equal(order[0], order[2], sizeof(order[0]));
	kqt_sweep_free(s);
}

static void the_best_has_the_best_median_in_the_objectives_direction(void **state)
{
	/* one very good round is no good point */
	static const double rounds[6][3] = {{50, 60, 70}, {1, 90, 95},     {40, 45, 500},
	                                    {45, 45, 45}, {NAN, NAN, NAN}, {NAN, 300, 310}};
	struct kqt_sweep *s = grid_of_six();

	(void)state;
	assert_int_equal(kqt_sweep_best(s), -1);
	for (size_t p = 0; p < 6; p++)
		for (size_t i = 0; i < 3; i++)
			add(s, p, rounds[p][i]);
	s->objective = KQT_OBJECTIVE_P99;
	assert_int_equal(kqt_sweep_best(s), 2); /* the first of equals: 45 */
	s->objective = KQT_OBJECTIVE_WAITS;
	assert_int_equal(kqt_sweep_best(s), 5);
	assert_int_equal(kqt_sweep_spread(s, 4).n, 0);
	assert_true(isnan(kqt_sweep_spread(s, 4).median));
	assert_int_equal(kqt_sweep_spread(s, 5).n, 2);
	assert_true(kqt_sweep_spread(s, 2).least == 40 && kqt_sweep_spread(s, 2).most == 500);
	assert_true(kqt_sweep_median(s, 0, offsetof(struct kqt_sweep_figures, waits_per_s)) == 60);
	kqt_sweep_free(s);
}

static void of_equals_the_first_is_the_best_and_it_may_be_the_first_of_all(void **state)
{
	struct kqt_sweep *s = grid_of_six();
	struct kqt_config from;
	char text[128], *json;
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	kqt_config_default(&from);
	s->from = &from;
	for (int o = 0; o < KQT_OBJECTIVES; o++) {
		s->objective = (enum kqt_objective)o;
		assert_int_equal(kqt_objective_parse(kqt_objective_name(s->objective), &why), o);
		for (size_t p = 0; p < 6; p++) {
			s->point[p].n = 0;
			add(s, p, 0.5);
		}
		assert_int_equal(kqt_sweep_best(s), 0);
	}
	json = kqt_sweep_json(s);
	assert_non_null(json);
	assert_non_null(strstr(json, "\"best\":{\"at\":{\"timers\":1,\"timeout\":2}"));
	free(json);
	assert_true(kqt_objective_parse("p98", &why) < 0);
	assert_string_equal(text, "'p98' is none of p99, p50, waits_per_s, assessed_bits_per_s");
	kqt_sweep_free(s);
}

static void assessed_bits_are_bits_a_byte_times_bytes(void **state)
{
	struct kqt_sweep *s = grid_of_six();
	struct kqt_sweep_figures f = {.assessed = 2.5, .bytes_per_s = 4000};

	(void)state;
	s->objective = KQT_OBJECTIVE_ASSESSED;
	assert_true(kqt_sweep_value(s, &f) == 10000);
	f.assessed = NAN;
	assert_true(isnan(kqt_sweep_value(s, &f)));
	f.assessed = 0; /* has no logarithm */
	assert_true(isnan(kqt_sweep_value(s, &f)));
	kqt_sweep_free(s);
}

static void fill_pairs(struct kqt_sweep *s, double base, double best)
{
	/* within 1 % of each other, no two alike */
	for (size_t i = 0; i < KQT_SWEEP_PAIRS; i++) {
		double wobble = 1 + (double)(i * 7 % 10) / 1000;

		s->pair[i][0] = figures(base * wobble);
		s->pair[i][1] = figures(best * (2 - wobble));
	}
	s->n_pairs = KQT_SWEEP_PAIRS;
}

static void a_p99_needs_ten_samples_above_it(void **state)
{
	(void)state;
	for (unsigned n = 999; n <= 1000; n++) {
		static struct kqt_hist h;
		struct kqt_round round = {.waits = n, .seconds = 1};
		struct kqt_sweep_figures f;

		kqt_hist_reset(&h);
		for (unsigned i = 0; i < n; i++)
			kqt_hist_record(&h, i);
		assert_int_equal(kqt_sparse_from(&h, &round.notification[KQT_FILTER_READ]), 0);
		kqt_sweep_figures_of(&round, KQT_STREAM_SEED, 1, &f);
		assert_true(f.p50_ns == 499);
		assert_true(n < 1000 ? isnan(f.p99_ns) : f.p99_ns == 989);
		kqt_sparse_free(&round.notification[KQT_FILTER_READ]);
	}
}

static void bytes_of_the_seed_are_those_that_collections_give(void **state)
{
	static const struct {
		enum kqt_stream stream;
		uint64_t collection;
		double bytes_per_s;
	} runs[] = {{KQT_STREAM_SEED, 1, 1000.0},
	            {KQT_STREAM_SEED, 1024, 65000.0 * 1024 / 1088},
	            {KQT_STREAM_LOW8, 1, 65000.0},
	            {KQT_STREAM_LSB, 1, 65000.0 / 8}};
	const struct kqt_round round = {.waits = 130000, .seconds = 2};

	(void)state;
	for (size_t i = 0; i < LEN(runs); i++) {
		struct kqt_sweep_figures f;

		kqt_sweep_figures_of(&round, runs[i].stream, runs[i].collection, &f);
		assert_true(fabs(f.bytes_per_s - runs[i].bytes_per_s) < 1e-6);
	}
}

static void a_round_has_the_figures_that_it_can_have(void **state)
{
	static struct kqt_hist h;
	struct kqt_round round = {.waits = 7, .entropy = {.n = 0, .assessed = 3}};
	struct kqt_sweep_figures f;

	(void)state;
	kqt_sweep_figures_of(&round, KQT_STREAM_NOTIFICATION, 1, &f);
	assert_true(isnan(f.p50_ns) && isnan(f.p99_ns) && isnan(f.assessed));
	assert_true(isnan(f.waits_per_s) && isnan(f.bytes_per_s)); /* of no time */
	for (unsigned i = 0; i < 5; i++)
		kqt_hist_record(&h, 100 * i);
	assert_int_equal(kqt_sparse_from(&h, &round.notification[KQT_FILTER_TIMER]), 0);
	round.seconds = 2;
	round.entropy.n = KQT_ROUND_BYTES;
	kqt_sweep_figures_of(&round, KQT_STREAM_NOTIFICATION, 1, &f);
	assert_true(f.p50_ns == 200 && isnan(f.p99_ns));
	assert_true(f.waits_per_s == 3.5 && f.bytes_per_s == 2.5 && f.assessed == 3);
	kqt_sparse_free(&round.notification[KQT_FILTER_TIMER]);
}

static void pairs_judge_the_best_in_the_objectives_direction(void **state)
{
	static const struct {
		enum kqt_objective objective;
		double base, best;
		enum kqt_stats_verdict verdict;
	} cases[] = {
	    {KQT_OBJECTIVE_P99, 100, 50, KQT_STATS_BETTER},
	    {KQT_OBJECTIVE_P99, 50, 100, KQT_STATS_WORSE},
	    {KQT_OBJECTIVE_WAITS, 100, 50, KQT_STATS_WORSE},
	    {KQT_OBJECTIVE_WAITS, 50, 100, KQT_STATS_BETTER},
	    {KQT_OBJECTIVE_P50, 100, 100, KQT_STATS_EQUIVALENT},
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct kqt_sweep *s = grid_of_six();
		struct kqt_sweep_verdict v;

		s->objective = cases[i].objective;
		fill_pairs(s, cases[i].base, cases[i].best);
		assert_int_equal(kqt_sweep_judge(s, &v), 0);
		assert_true(v.known);
		assert_int_equal(v.pairs, KQT_SWEEP_PAIRS);
		assert_int_equal(v.verdict, cases[i].verdict);
		/* the figures are within 1 % on either side, so their ratio is within 2 % */
		assert_true(fabs(v.ratio / (cases[i].best / cases[i].base) - 1) < 0.02);
		assert_true(v.lo <= v.ratio && v.ratio <= v.hi);
		kqt_sweep_free(s);
	}
}

static void few_pairs_with_a_figure_say_nothing(void **state)
{
	struct kqt_sweep *s = grid_of_six();
	struct kqt_sweep_verdict v;

	(void)state;
	fill_pairs(s, 100, 50);
	for (size_t i = 5; i < KQT_SWEEP_PAIRS; i++)
		s->pair[i][i % 2] = figures(NAN);
	assert_int_equal(kqt_sweep_judge(s, &v), 0);
	assert_int_equal(v.pairs, 5);
	assert_false(v.known);
	assert_int_equal(v.verdict, KQT_STATS_TOO_FEW);
	assert_true(isnan(v.ratio));
	kqt_sweep_free(s);
}

static void six_pairs_have_an_interval_and_no_verdict(void **state)
{
	struct kqt_sweep *s = grid_of_six();
	struct kqt_sweep_verdict v;

	(void)state;
	fill_pairs(s, 100, 50);
	s->pair[6][0] = figures(0); /* has no logarithm */
	for (size_t i = 7; i < KQT_SWEEP_PAIRS; i++)
		s->pair[i][1] = figures(NAN);
	assert_int_equal(kqt_sweep_judge(s, &v), 0);
	assert_int_equal(v.pairs, 6);
	assert_true(v.known);
	assert_true(v.lo > 0.48 && v.lo < v.ratio && v.ratio < v.hi && v.hi < 0.52);
	assert_int_equal(v.verdict, KQT_STATS_TOO_FEW);
	kqt_sweep_free(s);
}

static void the_best_is_first_in_about_half_of_the_pairs_by_seed(void **state)
{
	struct kqt_sweep *s = grid_of_six();
	unsigned first = 0, other = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		bool was;

		s->seed = 5;
		was = kqt_sweep_best_first(s, i);
		first += was;
		assert_true(kqt_sweep_best_first(s, i) == was);
		s->seed = 6;
		other += kqt_sweep_best_first(s, i) != was;
	}
	assert_in_range(first, 400, 600);
	assert_in_range(other, 400, 600);
	kqt_sweep_free(s);
}

static void json_has_every_figure_under_its_name(void **state)
{
	static const char *const axes[] = {"timers=1,9"};
	struct kqt_sweep *s = grid(axes, 1);
	struct kqt_config from;
	char *json;

	(void)state;
	kqt_config_default(&from);
	s->from = &from;
	s->seed = 4;
	s->round_ns = 5;
	s->objective = KQT_OBJECTIVE_WAITS;
	for (size_t p = 0; p < 2; p++)
		for (size_t i = 0; i < 3; i++)
			s->point[p].round[s->point[p].n++] = (struct kqt_sweep_figures){
			    .p50_ns = (double)(p + 1),
			    .p99_ns = (double)(p + 11),
			    .waits_per_s = (double)(100 * (p + 1) + i * i),
			    .assessed = (double)(p + 2),
			    .bytes_per_s = (double)(p + 31)};
	s->n_pairs = 1;
	s->pair[0][0] = figures(7);
	s->pair[0][1] = figures(9);
	json = kqt_sweep_json(s);
	assert_non_null(json);
	assert_string_equal(
	    json, "{\"schema\":1,\"objective\":\"waits_per_s\",\"more_is_better\":true,"
	          "\"stream\":\"seed\",\"backend\":null,\"round_ns\":5,\"seed\":4,"
	          "\"axes\":[{\"name\":\"timers\",\"config\":\"num_timers\",\"values\":[1,9]}],"
	          "\"points\":["
	          "{\"at\":{\"timers\":1},\"median\":101,\"min\":100,\"max\":104,"
	          "\"notification_p50_ns\":1,\"notification_p99_ns\":11,\"waits_per_s\":101,"
	          "\"bytes_per_s\":31,\"assessed\":2,\"rounds\":[100,101,104]},"
	          "{\"at\":{\"timers\":9},\"median\":201,\"min\":200,\"max\":204,"
	          "\"notification_p50_ns\":2,\"notification_p99_ns\":12,\"waits_per_s\":201,"
	          "\"bytes_per_s\":32,\"assessed\":3,\"rounds\":[200,201,204]}],"
	          "\"best\":{\"at\":{\"timers\":9},\"command\":\"kqtop live --timers 9\"},"
	          "\"confirm\":{\"pairs\":1,\"ratio\":null,\"lo\":null,\"hi\":null,"
	          "\"verdict\":\"too few\",\"base\":[7],\"best\":[9]}}\n");
	free(json);
	kqt_sweep_free(s);
}

static void json_of_an_empty_sweep_has_nulls(void **state)
{
	struct kqt_sweep *s = grid_of_six();
	char *json = kqt_sweep_json(s);

	(void)state;
	assert_non_null(json);
	assert_non_null(strstr(json, "\"values\":[2,500]"));
	assert_non_null(strstr(json, "\"median\":null"));
	assert_non_null(strstr(json, "\"best\":null,\"confirm\":null}\n"));
	free(json);
	kqt_sweep_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(points_are_all_combinations_last_axis_fastest),
	    cmocka_unit_test(each_pass_visits_every_point_in_an_order_of_its_own),
	    cmocka_unit_test(the_best_has_the_best_median_in_the_objectives_direction),
	    cmocka_unit_test(of_equals_the_first_is_the_best_and_it_may_be_the_first_of_all),
	    cmocka_unit_test(assessed_bits_are_bits_a_byte_times_bytes),
	    cmocka_unit_test(a_p99_needs_ten_samples_above_it),
	    cmocka_unit_test(bytes_of_the_seed_are_those_that_collections_give),
	    cmocka_unit_test(pairs_judge_the_best_in_the_objectives_direction),
	    cmocka_unit_test(few_pairs_with_a_figure_say_nothing),
	    cmocka_unit_test(a_round_has_the_figures_that_it_can_have),
	    cmocka_unit_test(six_pairs_have_an_interval_and_no_verdict),
	    cmocka_unit_test(the_best_is_first_in_about_half_of_the_pairs_by_seed),
	    cmocka_unit_test(json_has_every_figure_under_its_name),
	    cmocka_unit_test(json_of_an_empty_sweep_has_nulls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
