/* SPDX-License-Identifier: MIT */
/* A round, measured on the real kernel: its slices make it up, its histograms are what it
 * counts, and what ends it early says so. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/report/line.h"
#include "engine/report/measure.h"

#define MS KQT_NS_PER_MS

static struct kqt_round_order order;
static struct kqt_round_answer a;
static int calls, calls_left;

static int setup(void **state)
{
	(void)state;
	memset(&order, 0, sizeof(order));
	kqt_config_default(&order.config);
	order.round_ns = 300 * MS;
	order.stream = KQT_STREAM_SEED;
	kqt_round_answer_init(&a);
	calls = 0;
	calls_left = -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kqt_round_answer_fini(&a);
	return 0;
}

static bool go_on(void *arg)
{
	assert_ptr_equal(arg, &order);
	calls++;
	return calls_left < 0 || calls < calls_left;
}

static void measured(void)
{
	assert_int_equal(kqt_round_measure(&order, go_on, &order, &a), 0);
	if (a.error)
		fail_msg("%s", a.error);
	assert_null(a.shortfall);
}

static void quiet(void)
{
	char text[128];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));

	assert_int_equal(kqt_config_preset(&order.config, "quiet", &why), 0);
}

static void slices_make_up_the_round_and_histograms_are_what_it_counts(void **state)
{
	const struct kqt_round *r = &a.round;
	uint64_t waits = 0;
	double seconds = 0;

	(void)state;
	measured();
	assert_non_null(a.backend);
	assert_non_null(a.backend_label);
	assert_int_equal(r->n_slices, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct kqt_slice *s = &r->slice[i];

		assert_true(s->seconds > 0);
		assert_true(s->waits > 0 && s->wait_p50_ns <= s->wait_p99_ns);
		assert_true(s->notification_p50_ns <= s->notification_p99_ns);
		seconds += s->seconds;
		waits += s->waits;
	}
	/* three slices are too few to tell what is warm-up */
	assert_int_equal(r->steady, -1);
	assert_true(r->warmup_s == 0 && r->seconds == seconds);
	assert_int_equal(r->waits, waits);
	assert_int_equal(r->waits, r->wait_wake.count + r->wait_timeout.count);
	assert_int_equal(r->timeouts, r->wait_timeout.count);
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++) {
		const struct kqt_filter_tally *t = &r->filter[f];
		bool stamped = kqt_filter_is_stamped(&order.config, f);

		assert_true(t->events > 0 && t->wakes > 0);
		assert_int_equal(t->wakes, r->wait_filter[f].count);
		assert_true(stamped == (t->merged != KQT_UNKNOWN));
		assert_true(stamped == (t->missed != KQT_UNKNOWN));
		assert_true(stamped == (t->unstamped != KQT_UNKNOWN));
		assert_int_equal(r->notification[f].count > 0, r->response[f].count > 0);
		/* a timer whose due times nobody knows has none at all */
		if (stamped && (f != KQT_FILTER_TIMER || r->notification[f].count > 0))
			assert_int_equal(r->notification[f].count, t->triggers);
	}
	assert_true(r->ticks > 0);
	assert_int_equal(r->missing, 0);
	assert_int_equal(r->raw_lost, 0);
	assert_int_equal(a.broke.wait_ns, 0);
	assert_int_equal(r->entropy.n, 0); /* 20,000 bytes take longer */
}

static void a_wait_that_is_too_long_ends_the_round_in_its_slice(void **state)
{
	(void)state;
	quiet();
	order.round_ns = 3600 * KQT_NS_PER_S;
	order.break_ns = 1;
	measured();
	assert_int_equal(a.round.n_slices, 1);
	assert_true(a.broke.wait_ns > order.break_ns);
	assert_true(a.broke.at_s > 0 && a.broke.at_s < 3600);
	assert_int_equal(a.broke.filters, 0); /* it timed out */
	for (int f = 0; f < KQT_FILTERS; f++)
		assert_true(a.broke.pending[f] == 0 && a.broke.pending_oldest_ns[f] == 0);
	for (int i = 0; i < KQT_BROKE_BEFORE; i++) /* it was the first */
		assert_int_equal(a.broke.before_ns[i], KQT_UNKNOWN);
	assert_true(a.round.waits > 0);
	assert_int_equal(a.round.ticks, 0); /* nobody to poke */
}

static void no_wait_is_longer_than_the_longest(void **state)
{
	(void)state;
	quiet();
	order.round_ns = 100 * MS;
	order.break_ns = UINT64_MAX;
	measured();
	assert_int_equal(a.broke.wait_ns, 0);
	assert_int_equal(a.round.n_slices, 1);
	assert_int_equal(a.round.waits, a.round.timeouts);
	assert_int_equal(a.round.waits, a.round.wait_timeout.count);
	assert_int_equal(a.round.slice[0].notification_p50_ns, KQT_UNKNOWN);
	assert_int_equal(a.round.slice[0].notification_p99_ns, KQT_UNKNOWN);
}

static void the_shortest_round_is_one_slice(void **state)
{
	(void)state;
	quiet();
	order.round_ns = KQT_ROUND_MIN_NS;
	order.config.timeout_ms = 10000; /* no wait is through when it ends */
	measured();
	assert_int_equal(a.round.n_slices, 1);
	assert_true(a.round.seconds >= 0.05 && a.round.slice[0].seconds == a.round.seconds);
	assert_int_equal(a.round.waits, 0);
	assert_int_equal(a.round.slice[0].wait_p50_ns, KQT_UNKNOWN);
	assert_int_equal(a.round.slice[0].wait_p99_ns, KQT_UNKNOWN);
}

static void who_says_no_ends_it(void **state)
{
	(void)state;
	quiet();
	order.round_ns = 3600 * KQT_NS_PER_S;
	calls_left = 3;
	assert_int_equal(kqt_round_measure(&order, go_on, &order, &a), -KQT_E_STOPPED);
	assert_int_equal(calls, 3);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(slices_make_up_the_round_and_histograms_are_what_it_counts),
	    TEST(a_wait_that_is_too_long_ends_the_round_in_its_slice),
	    TEST(no_wait_is_longer_than_the_longest),
	    TEST(the_shortest_round_is_one_slice),
	    TEST(who_says_no_ends_it),
	};

	return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
