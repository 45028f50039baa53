/* SPDX-License-Identifier: MIT */
/* Comparisons of reports made by hand: whose rounds are counted, which of them are pairs,
 * what margin, floor and alpha are, what is refused, and who comes first. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/report/compare.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define SAME 1e-9 /* a logarithm and back */

static struct kqt_report *report[4];
static size_t reports;
static struct kqt_compare *c;

static struct kqt_report *new_report(bool ab)
{
	struct kqt_report *r = kqt_report_new();

	assert_non_null(r);
	r->ab = ab;
	r->complete = true;
	r->how.round_ns = 5000000000;
	report[reports++] = r;
	return r;
}

/** A round of a second with so many waits, twice as many events, so many bits. */
static struct kqt_round *add(struct kqt_report *r, unsigned side, unsigned pair, uint64_t waits,
                             double bits)
{
	struct kqt_round *round = kqt_report_add_round(r);

	assert_non_null(round);
	round->side = side;
	round->pair = pair;
	round->order = (unsigned)r->n_rounds - 1;
	round->seconds = 1;
	round->steady = 1;
	round->waits = waits;
	round->filter[KQT_FILTER_READ].events = 2 * waits;
	round->entropy = (struct kqt_round_entropy){KQT_ROUND_BYTES, bits, bits, bits};
	return round;
}

/** Rounds of one side, by turns with `odd` percent more waits. */
static struct kqt_report *plain(unsigned rounds, uint64_t waits, unsigned odd, double bits)
{
	struct kqt_report *r = new_report(false);

	for (unsigned i = 0; i < rounds; i++)
		add(r, 0, i, i % 2 ? waits + waits * odd / 100 : waits, bits);
	return r;
}

static void notified(struct kqt_round *round, unsigned n, uint64_t ns)
{
	static struct kqt_hist h;

	kqt_hist_reset(&h);
	for (unsigned i = 0; i < n; i++)
		kqt_hist_record(&h, ns);
	kqt_sparse_free(&round->notification[KQT_FILTER_READ]);
	assert_int_equal(kqt_sparse_from(&h, &round->notification[KQT_FILTER_READ]), 0);
}

static void compare(void)
{
	static const char *const files[] = {"a", "b", "c", "d"};

	assert_int_equal(
	    kqt_compare_new((const struct kqt_report *const *)report, files, reports, 0.05, &c), 0);
}

static const struct kqt_row_result *row(size_t comparison, const char *name)
{
	for (size_t i = 0; i < KQT_ROWS; i++)
		if (strcmp(kqt_rows[i].name, name) == 0)
			return &c->comparison[comparison].row[i];
	fail_msg("no row %s", name);
	return NULL;
}

static bool differs(const char *what, enum kqt_difference_kind kind)
{
	const struct kqt_differences *d = &c->comparison[0].differs;

	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->list[i].what, what) == 0)
			return d->list[i].kind == kind;
	return false;
}

static int end(void **state)
{
	(void)state;
	kqt_compare_free(c);
	c = NULL;
	while (reports > 0)
		kqt_report_free(report[--reports]);
	return 0;
}

/* -- rounds ----------------------------------------------------------------------- */

static void what_is_of_one_side_is_not_of_the_other(void **state)
{
	struct kqt_report *r = new_report(true);

	(void)state;
	for (unsigned i = 0; i < 24; i++) {
		struct kqt_round *round = add(r, i % 2, i / 2, 1000, 4);

		notified(round, i % 2 ? 20 : 30, i % 2 ? 2000 : 1000);
		if (i % 2) {
			round->steady = i < 6 ? 0 : 1;
			round->saturated = i < 4;
			round->missing = i == 3 ? 2 : 0;
		}
	}
	compare();
	assert_int_equal(c->n, 2);
	assert_true(c->entrant[0].unsteady == 0 && c->entrant[1].unsteady == 3);
	assert_true(c->entrant[0].saturated == 0 && c->entrant[1].saturated == 2);
	assert_int_equal(c->comparison[0].effect[KQT_LATENCY_NOTIFICATION].count[0], 12 * 30);
	assert_int_equal(c->comparison[0].effect[KQT_LATENCY_NOTIFICATION].count[1], 12 * 20);
	assert_true(c->comparison[0].effect[KQT_LATENCY_NOTIFICATION].cliff == 1);
	assert_true(differs("sources not registered", KQT_DIFF_BLOCKS));
	assert_int_equal(c->comparison[0].verdict, KQT_COMPARE_REFUSED);
}

/* Twice as much in each pair, whatever the pairs differ by among themselves. */
static void pairs_are_what_is_compared_and_what_lacks_a_half_is_left_out(void **state)
{
	struct kqt_report *r = new_report(true);
	const struct kqt_row_result *got;

	(void)state;
	for (unsigned i = 0; i < 14; i++) {
		add(r, 0, i, 1000 + 300 * (i * 5 % 14), 4);
		add(r, 1, i, 2 * (1000 + 300 * (i * 5 % 14)), 4);
	}
	r->rounds[7].seconds = 0; /* B of pair 3: no rate */
	add(r, 0, 14, 5000, 4);   /* and then it was interrupted */
	compare();
	assert_true(c->comparison[0].paired);
	got = row(0, "waits_per_s");
	assert_true(got->rounds[0] == 13 && got->rounds[1] == 13);
	assert_true(fabs(got->estimate - 2) < SAME);
	assert_true(fabs(got->lo - 2) < SAME && fabs(got->hi - 2) < SAME);
	assert_true(isnan(got->floor)); /* rounds of one run are not asked: it is in both */
	assert_int_equal(got->verdict, KQT_STATS_BETTER);
	assert_int_equal(row(0, "entropy")->rounds[0], 14);
}

static double covers(bool paired, size_t n, size_t m)
{
	struct kqt_stats_null *null = NULL;
	double k;

	assert_int_equal(
	    paired ? kqt_stats_null_paired(n, &null) : kqt_stats_null_unpaired(n, m, &null), 0);
	k = 1 - 2 * kqt_stats_null_cdf(null, kqt_stats_null_rank(null, KQT_STATS_ALPHA) - 1);
	kqt_stats_null_free(null);
	return k;
}

static void intervals_are_of_their_own_numbers_of_rounds(void **state)
{
	struct kqt_report *r = new_report(true);

	(void)state;
	for (unsigned i = 0; i < 24; i++)
		add(r, i % 2, i / 2, 1000 + i, 4);
	plain(12, 1000, 1, 4);
	plain(16, 1000, 1, 4);
	plain(12, 1000, 1, 4);
	compare();
	/* no primary row: at 5 % whatever the others say */
	assert_true(row(0, "events_per_s")->covers == covers(true, 12, 12));
	assert_true(row(1, "events_per_s")->covers == covers(false, 12, 12));
	assert_true(row(2, "events_per_s")->covers == covers(false, 12, 16));
	assert_true(row(3, "events_per_s")->covers == covers(false, 12, 12));
}

static void the_side_with_fewer_rounds_says_whether_there_are_enough(void **state)
{
	(void)state;
	plain(20, 1000, 0, 4);
	plain(9, 2000, 0, 4);
	plain(10, 2000, 0, 4);
	compare();
	assert_int_equal(row(0, "waits_per_s")->verdict, KQT_STATS_TOO_FEW);
	assert_string_equal(row(0, "waits_per_s")->why, "B: 9 rounds, 10 are needed");
	assert_true(row(0, "waits_per_s")->known);
	assert_int_equal(row(1, "waits_per_s")->verdict, KQT_STATS_BETTER);
	assert_string_equal(row(1, "waits_per_s")->why, "");
}

static void a_row_is_left_out_as_a_whole_where_one_round_has_too_few_samples(void **state)
{
	(void)state;
	plain(12, 1000, 0, 4);
	plain(12, 1000, 0, 4);
	for (unsigned i = 0; i < 12; i++) {
		notified(&report[0]->rounds[i], 20, 1000);
		notified(&report[1]->rounds[i], i == 4 ? 19 : i == 6 ? 18 : 20, 1000);
	}
	report[1]->rounds[2].entropy.n = KQT_ROUND_BYTES - 1;
	report[0]->rounds[5].waits = 0;
	compare();
	assert_int_equal(row(0, "notification.p50")->rounds[0], 12);
	assert_int_equal(row(0, "notification.p50")->rounds[1], 0);
	assert_string_equal(row(0, "notification.p50")->why,
	                    "B: a round has 19 samples, 20 are needed");
	assert_string_equal(row(0, "notification.p99")->why,
	                    "A: a round has 20 samples, 1000 are needed");
	assert_string_equal(row(0, "wait.p50")->why, "A: a round has none");
	assert_int_equal(row(0, "entropy")->rounds[1], 11);
	assert_int_equal(row(0, "waits_per_s")->rounds[0], 11); /* nothing has no logarithm */
	assert_true(isnan(row(0, "notification.timer.p50")->median[0]));
	assert_true(row(0, "notification.read.p50")->median[0] == 1000);
	assert_true(isnan(row(0, "notification.write.p50")->median[0]));
}

static void rates_are_of_each_rounds_own_length(void **state)
{
	(void)state;
	for (int r = 0; r < 2; r++)
		plain(12, 1000, 0, 4);
	for (size_t i = 0; i < 12; i++)
		report[1]->rounds[i].seconds = i == 5 ? 0 : 4;
	compare();
	assert_true(row(0, "waits_per_s")->median[0] == 1000);
	assert_true(row(0, "waits_per_s")->median[1] == 250);
	assert_true(row(0, "events_per_s")->median[0] == 2000);
	assert_true(row(0, "events_per_s")->median[1] == 500);
	assert_int_equal(row(0, "waits_per_s")->rounds[0], 12);
	assert_int_equal(row(0, "waits_per_s")->rounds[1], 11); /* none of no time */
	assert_int_equal(row(0, "events_per_s")->rounds[1], 11);
	assert_int_equal(row(0, "entropy")->rounds[1], 12);
}

static void what_was_wrong_with_rounds_is_counted_from_the_first_to_the_last(void **state)
{
	(void)state;
	for (int r = 0; r < 2; r++)
		plain(12, 1000, 0, 4);
	report[0]->rounds[0].steady = report[0]->rounds[11].steady = 0;
	report[0]->rounds[0].saturated = true;
	report[1]->rounds[3].steady = -1; /* too short to tell */
	for (size_t i = 6; i < 12; i++)
		report[1]->rounds[i].waits = 2000;
	compare();
	assert_int_equal(c->entrant[0].unsteady, 2);
	assert_int_equal(c->entrant[0].saturated, 1);
	assert_int_equal(c->entrant[1].unsteady, 0);
	assert_int_equal(c->entrant[1].saturated, 0);
	assert_int_equal(c->entrant[0].drifting, 0);
	assert_int_equal(c->entrant[1].drifting, 1); /* of the primary rows: not events */
}

/* Each kind from its own values, of both sides, all rounds together. */
static void effects_are_of_all_rounds_values_of_a_kind(void **state)
{
	static struct kqt_hist h;

	(void)state;
	for (uint64_t r = 0; r < 2; r++) {
		plain(12, 1000, 0, 4);
		for (size_t i = 0; i < 12; i++) {
			struct kqt_round *round = &report[r]->rounds[i];

			kqt_hist_reset(&h);
			for (int k = 0; k < 5; k++)
				kqt_hist_record(&h, 100 + r);
			assert_int_equal(kqt_sparse_from(&h, &round->wait_wake), 0);
			kqt_hist_record(&h, 3);
			assert_int_equal(kqt_sparse_from(&h, &round->response[KQT_FILTER_TIMER]),
			                 0);
			notified(round, 7, 300 - r);
		}
	}
	compare();
	for (int side = 0; side < 2; side++) {
		assert_int_equal(c->comparison[0].effect[KQT_LATENCY_WAIT].count[side], 60);
		assert_int_equal(c->comparison[0].effect[KQT_LATENCY_RESPONSE].count[side], 72);
		assert_int_equal(c->comparison[0].effect[KQT_LATENCY_NOTIFICATION].count[side], 84);
	}
	assert_true(c->comparison[0].effect[KQT_LATENCY_WAIT].cliff == 1);
	assert_true(c->comparison[0].effect[KQT_LATENCY_NOTIFICATION].cliff == -1);
	assert_true(c->comparison[0].effect[KQT_LATENCY_WAIT].gap.plus == 1);
	assert_int_equal(c->comparison[0].effect[KQT_LATENCY_WAIT].gap.plus_at_ns, 100);
	assert_false(c->comparison[0].effect[KQT_LATENCY_WAIT].crossing);
}

static void more_rounds_than_can_be_judged_are_counted(void **state)
{
	(void)state;
	plain(KQT_STATS_ROUNDS_MAX, 1000, 0, 4);
	plain(KQT_STATS_ROUNDS_MAX + 1, 1000, 0, 4);
	compare();
	assert_true(c->entrant[0].more_rounds == 0 && c->entrant[1].more_rounds == 1);
	assert_int_equal(row(0, "waits_per_s")->rounds[0], KQT_STATS_ROUNDS_MAX);
	assert_int_equal(row(0, "waits_per_s")->rounds[1], KQT_STATS_ROUNDS_MAX);
}

/* -- margins, floors, alpha ----------------------------------------------------------- */

static void margin_is_five_percent_or_as_much_of_the_smaller_entropy(void **state)
{
	(void)state;
	plain(12, 1000, 0, 3);
	plain(12, 1000, 0, 4);
	plain(12, 1000, 0, 2);
	compare();
	assert_true(fabs(row(0, "waits_per_s")->margin - 1.05) < SAME);
	assert_true(fabs(row(0, "entropy")->margin - 0.15) < SAME);
	assert_true(fabs(row(1, "entropy")->margin - 0.1) < SAME);
	assert_true(fabs(row(0, "entropy")->estimate - 1) < SAME);
	assert_int_equal(row(0, "entropy")->verdict, KQT_STATS_BETTER);
	assert_int_equal(row(1, "entropy")->verdict, KQT_STATS_WORSE);
}

static void no_entropy_on_both_sides_is_equivalent(void **state)
{
	(void)state;
	plain(12, 1000, 0, 0);
	plain(12, 1000, 0, 0);
	compare();
	assert_int_equal(row(0, "entropy")->verdict, KQT_STATS_EQUIVALENT);
	assert_int_equal(c->verdict, KQT_COMPARE_EQUIVALENT);
}

/* Rounds of A are 10 % apart by turns, those of B 30 %. */
static void floor_is_the_larger_of_both_and_what_does_not_clear_it_is_told(void **state)
{
	(void)state;
	plain(20, 1000, 10, 4);
	plain(20, 1150, 30, 4); /* more by a fifth in the middle: less than 30 % */
	plain(20, 750, 30, 4);  /* and less */
	plain(20, 5000, 30, 4);
	compare();
	for (size_t i = 0; i < 3; i++)
		assert_true(fabs(row(i, "waits_per_s")->floor - 1.3) < SAME);
	assert_int_equal(row(0, "waits_per_s")->verdict, KQT_STATS_DIFFERS);
	assert_true(row(0, "waits_per_s")->under_floor && row(0, "waits_per_s")->lo > 1.05 - SAME);
	assert_true(row(0, "waits_per_s")->lo <= row(0, "waits_per_s")->estimate);
	assert_true(row(0, "waits_per_s")->hi >= row(0, "waits_per_s")->estimate);
	assert_int_equal(row(1, "waits_per_s")->verdict, KQT_STATS_DIFFERS);
	assert_true(row(1, "waits_per_s")->under_floor);
	assert_int_equal(row(2, "waits_per_s")->verdict, KQT_STATS_BETTER);
	assert_false(row(2, "waits_per_s")->under_floor);
	end(state);
	for (unsigned i = 0; i < 4; i++) /* nor is it known where it is of one run only */
		plain(i % 3 ? 8 : 20, 1000, 30, 4);
	compare();
	for (size_t i = 0; i < 2; i++) {
		assert_true(row(i, "waits_per_s")->known);
		assert_true(isnan(row(i, "waits_per_s")->floor));
	}
	assert_true(fabs(row(2, "waits_per_s")->floor - 1.3) < SAME);
}

/* The odd rounds have 30 % more, and the last ten 10 % more than the first. With a round in the
 * middle that has no rate the odd ones stay the odd ones: 1430 is 1.43 times 1000. */
static void a_round_without_a_figure_makes_no_even_rounds_of_the_odd_ones(void **state)
{
	(void)state;
	for (unsigned side = 0; side < 2; side++) {
		struct kqt_report *r = new_report(false);

		for (unsigned i = 0; i < 20; i++)
			add(r, 0, i, (i % 2 ? 1300u : 1000u) * (i < 10 ? 10 : 11), 4);
		r->rounds[10].seconds = 0;
	}
	compare();
	assert_int_equal(row(0, "waits_per_s")->rounds[0], 19);
	assert_true(fabs(row(0, "waits_per_s")->floor - 1.43) < SAME);
}

/* Three primary rows: notification the same, entropy another, waits beyond the margin but not
 * beyond the floor. One of three is decided: Holm leaves 5 % for two. */
static void alpha_is_holms_over_the_rows_that_clear_margin_and_floor(void **state)
{
	(void)state;
	plain(20, 1000, 10, 4);
	plain(20, 1150, 30, 2);
	plain(20, 9000, 0, 7); /* refused, and no part of it */
	for (size_t r = 0; r < 3; r++)
		for (size_t i = 0; i < 20; i++)
			notified(&report[r]->rounds[i], 30, 1000);
	report[2]->how.round_ns *= 2;
	compare();
	assert_true(fabs(c->alpha - 0.025) < SAME);
	assert_true(row(0, "waits_per_s")->covers >= 0.975);
	assert_true(row(0, "events_per_s")->covers < 0.975);
	assert_true(row(0, "events_per_s")->covers >= 0.95);
}

/* -- verdicts and ranks ------------------------------------------------------------------ */

static void worse_is_the_word_for_all_and_more_rows_won_come_first(void **state)
{
	(void)state;
	plain(12, 1000, 0, 4);
	plain(12, 500, 0, 4);
	plain(12, 2000, 0, 5);
	plain(12, 9000, 0, 4);
	compare();
	assert_int_equal(c->comparison[0].verdict, KQT_COMPARE_WORSE);
	assert_int_equal(c->comparison[1].verdict, KQT_COMPARE_BETTER);
	assert_int_equal(c->comparison[2].verdict, KQT_COMPARE_BETTER);
	assert_int_equal(c->verdict, KQT_COMPARE_WORSE);
	/* two rows won, one however well, none, one lost */
	assert_true(c->rank[0] == 2 && c->rank[1] == 3 && c->rank[2] == 0 && c->rank[3] == 1);
}

static void of_as_many_rows_the_better_mean_comes_first(void **state)
{
	(void)state;
	plain(12, 1000, 0, 4);
	plain(12, 990, 0, 4);
	plain(12, 1010, 0, 4);
	compare();
	assert_int_equal(c->verdict, KQT_COMPARE_EQUIVALENT);
	assert_true(c->rank[0] == 2 && c->rank[1] == 0 && c->rank[2] == 1);
	end(state);
	/* a mean, no sum: one row of 2 % is more than two of 1.5 % each */
	plain(12, 1000, 0, 4);
	plain(12, 980, 0, NAN);
	plain(12, 985, 0, 3.94);
	compare();
	assert_true(c->rank[0] == 0 && c->rank[1] == 2 && c->rank[2] == 1);
}

static void what_is_refused_has_figures_and_no_verdict_and_comes_last(void **state)
{
	(void)state;
	plain(12, 1000, 0, 4);
	plain(12, 9000, 0, 5);
	plain(12, 500, 0, 4);
	report[1]->how.round_ns *= 2;
	compare();
	assert_int_equal(c->comparison[0].verdict, KQT_COMPARE_REFUSED);
	assert_true(fabs(row(0, "waits_per_s")->estimate - 9) < SAME);
	for (size_t i = 0; i < KQT_ROWS; i++)
		assert_false(c->comparison[0].row[i].judged);
	assert_true(row(1, "waits_per_s")->judged);
	assert_true(c->rank[0] == 0 && c->rank[1] == 2 && c->rank[2] == 1);
}

static void one_row_that_is_open_leaves_the_whole_open(void **state)
{
	static const uint64_t scatter[] = {500,  2000, 700, 1500, 900,  1100,
	                                   1900, 600,  800, 1400, 1000, 1050};

	(void)state;
	plain(12, 1000, 0, 4);
	plain(12, 1000, 0, 5);
	for (size_t i = 0; i < LEN(scatter); i++)
		report[1]->rounds[i].waits = scatter[i];
	compare();
	assert_int_equal(row(0, "entropy")->verdict, KQT_STATS_BETTER);
	assert_int_equal(row(0, "waits_per_s")->verdict, KQT_STATS_INCONCLUSIVE);
	assert_int_equal(c->verdict, KQT_COMPARE_INCONCLUSIVE);
}

/* -- what differs -------------------------------------------------------------------------- */

static void how_it_was_measured_blocks_between_reports_but_not_where_it_was_asked_for(void **state)
{
	(void)state;
	plain(12, 1000, 0, 4);
	plain(12, 1000, 0, 4);
	report[1]->side[0].config.dither = !report[0]->side[0].config.dither;
	report[1]->side[0].config.strict = !report[0]->side[0].config.strict;
	report[1]->side[0].config.num_timers++;
	compare();
	assert_true(differs("dither", KQT_DIFF_BLOCKS));
	assert_true(differs("timers", KQT_DIFF_FACTOR));
	assert_int_equal(c->comparison[0].differs.n, 2); /* strict measures nothing otherwise */
	end(NULL);
	new_report(true);
	for (unsigned i = 0; i < 24; i++)
		add(report[0], i % 2, i / 2, 1000, 4);
	report[0]->side[1].config.dither = !report[0]->side[0].config.dither;
	compare();
	assert_true(differs("dither", KQT_DIFF_FACTOR));
	assert_int_equal(c->comparison[0].differs.n, 1);
}

static const struct kqt_difference *difference(const char *what)
{
	const struct kqt_differences *d = &c->comparison[0].differs;

	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->list[i].what, what) == 0)
			return &d->list[i];
	fail_msg("%s does not differ", what);
	return NULL;
}

/* Which show the same in three digits, or in six. */
static void round_times_and_grains_are_compared_by_value(void **state)
{
	(void)state;
	plain(10, 1000, 0, 4);
	plain(10, 1000, 0, 4);
	report[0]->how.round_ns = 1001000000;
	report[1]->how.round_ns = 1004000000;
	report[0]->how.grain_ns = 41.6666667;
	report[1]->how.grain_ns = 41.6666668;
	compare();
	assert_string_equal(difference("round time")->a, "1001000000ns");
	assert_string_equal(difference("round time")->b, "1004000000ns");
	assert_string_equal(difference("grain")->a, "41.6666667ns");
	assert_string_equal(difference("grain")->b, "41.6666668ns");
	assert_int_equal(c->verdict, KQT_COMPARE_REFUSED);
}

static void a_load_that_was_not_reached_blocks(void **state)
{
	static const struct {
		double share;
		bool blocks;
	} cases[] = {{0.91, false}, {1.09, false}, {0.85, true}, {1.2, true}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		for (size_t r = 0; r < 2; r++) {
			plain(12, 1000, 0, 4)->side[0].load = strdup("cpu:2x");
			report[r]->side[0].achieved.share = r ? cases[i].share : 1;
		}
		report[0]->side[0].load_version = 3; /* of the other it is not known */
		compare();
		assert_int_equal(differs("achieved load", KQT_DIFF_BLOCKS), cases[i].blocks);
		assert_int_equal(c->comparison[0].differs.n, cases[i].blocks);
		end(NULL);
	}
}

static void saturation_of_one_side_blocks_unless_its_load_was_asked_for(void **state)
{
	static const struct {
		unsigned rounds; /* of 10 that are saturated, against 2 */
		bool load, blocks;
	} cases[] = {{7, false, false}, {8, false, true}, {8, true, false}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		plain(10, 1000, 0, 4);
		plain(10, 1000, 0, 4);
		for (unsigned k = 0; k < 10; k++) {
			report[0]->rounds[k].saturated = k < 2;
			report[1]->rounds[k].saturated = k < cases[i].rounds;
		}
		if (cases[i].load) {
			report[1]->side[0].load = strdup("cpu:2x");
			report[1]->side[0].achieved.share = 1;
		}
		compare();
		assert_int_equal(differs("stimulus", KQT_DIFF_BLOCKS), cases[i].blocks);
		end(NULL);
	}
}

static void set_facts(struct kqt_report *r, const char *kernel, const char *of_the_moment,
                      const char *value)
{
	r->facts = calloc(2, sizeof(*r->facts));
	assert_non_null(r->facts);
	r->n_facts = 2;
	r->facts[0] = (struct kqt_fact){strdup("kernel"), strdup(kernel), false};
	r->facts[1] = (struct kqt_fact){strdup(of_the_moment), strdup(value), true};
}

static void facts_of_the_moment_count_only_beside_another_machine(void **state)
{
	static const char *const facts[] = {"load_average_1", "load_average_15", "pressure_cpu",
	                                    "clock_cost_ns", "clock_granularity_ns"};

	(void)state;
	for (size_t i = 0; i < 2 * LEN(facts); i++) {
		const char *name = facts[i / 2];
		bool other = i % 2;

		set_facts(plain(12, 1000, 0, 4), "Linux 6.1", name, "0.5");
		set_facts(plain(12, 1000, 0, 4), other ? "Linux 6.2" : "Linux 6.1", name, "0.7");
		compare();
		assert_int_equal(c->comparison[0].differs.n, other ? 2 : 0);
		assert_int_equal(differs(name, KQT_DIFF_MACHINE), other);
		end(NULL);
	}
}

static void a_margin_is_above_nothing_and_below_everything(void **state)
{
	static const char *const files[] = {"a", "b"};
	static const double none[] = {0, -1, NAN, INFINITY};

	(void)state;
	plain(12, 1000, 0, 4);
	plain(12, 1000, 0, 4);
	for (size_t i = 0; i < LEN(none); i++)
		assert_int_equal(kqt_compare_new((const struct kqt_report *const *)report, files, 2,
		                                 none[i], &c),
		                 -KQT_E_RANGE);
	assert_null(c);
}

#define TEST(fn) cmocka_unit_test_teardown(fn, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_of_one_side_is_not_of_the_other),
	    TEST(pairs_are_what_is_compared_and_what_lacks_a_half_is_left_out),
	    TEST(intervals_are_of_their_own_numbers_of_rounds),
	    TEST(the_side_with_fewer_rounds_says_whether_there_are_enough),
	    TEST(a_row_is_left_out_as_a_whole_where_one_round_has_too_few_samples),
	    TEST(rates_are_of_each_rounds_own_length),
	    TEST(what_was_wrong_with_rounds_is_counted_from_the_first_to_the_last),
	    TEST(effects_are_of_all_rounds_values_of_a_kind),
	    TEST(more_rounds_than_can_be_judged_are_counted),
	    TEST(margin_is_five_percent_or_as_much_of_the_smaller_entropy),
	    TEST(no_entropy_on_both_sides_is_equivalent),
	    TEST(floor_is_the_larger_of_both_and_what_does_not_clear_it_is_told),
	    TEST(a_round_without_a_figure_makes_no_even_rounds_of_the_odd_ones),
	    TEST(alpha_is_holms_over_the_rows_that_clear_margin_and_floor),
	    TEST(worse_is_the_word_for_all_and_more_rows_won_come_first),
	    TEST(of_as_many_rows_the_better_mean_comes_first),
	    TEST(what_is_refused_has_figures_and_no_verdict_and_comes_last),
	    TEST(one_row_that_is_open_leaves_the_whole_open),
	    TEST(how_it_was_measured_blocks_between_reports_but_not_where_it_was_asked_for),
	    TEST(round_times_and_grains_are_compared_by_value),
	    TEST(a_load_that_was_not_reached_blocks),
	    TEST(saturation_of_one_side_blocks_unless_its_load_was_asked_for),
	    TEST(facts_of_the_moment_count_only_beside_another_machine),
	    TEST(a_margin_is_above_nothing_and_below_everything),
	};

	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
