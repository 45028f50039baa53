/* SPDX-License-Identifier: MIT */
/* How a session on the real kernel makes its sources and what it tells the collector of the
 * configuration: looked up inside it, as from outside only distributions would show it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "engine/clock/clock.h"
#include "engine/collect/session_priv.h"

#define DEADLINE_NS (120 * KQT_NS_PER_S) /* only a failure comes near it */
#define MS KQT_NS_PER_MS

static struct kqt_session *s;
static struct kqt_config cfg;
static char why_text[512];

static void open_with(uint64_t timers, uint64_t sockets)
{
	struct kqt_strbuf why = kqt_strbuf_init(why_text, sizeof(why_text));

	kqt_config_default(&cfg);
	cfg.num_timers = timers;
	cfg.num_sockets = sockets;
	cfg.num_file_watchers = 0;
	assert_int_equal(kqt_session_open(&cfg, NULL, &s, &why), 0);
}

static void apply(void)
{
	struct kqt_strbuf why = kqt_strbuf_init(why_text, sizeof(why_text));
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;

	assert_int_equal(kqt_session_apply(s, &cfg, &why), 0);
	while (s->phase != KQT_CHANGE_NONE) {
		assert_true(kqt_session_pump(s) >= 0);
		assert_true(kqt_clock_now_ns() < end);
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	}
}

static int teardown(void **state)
{
	(void)state;
	kqt_session_free(s);
	s = NULL;
	return 0;
}

static const struct kqt_source *timer(uint32_t i)
{
	return s->fleet[KQT_SOURCE_TIMER].source[i];
}

static void timers_have_the_seeds_intervals(void **state)
{
	(void)state;
	open_with(12, 0);
	for (uint32_t i = 0; i < 12; i++) {
		assert_non_null(timer(i));
		assert_int_equal(timer(i)->interval_ns, (i % 10 + 1) * MS);
		assert_int_equal(timer(i)->offset_ns, 0);
	}
	assert_null(timer(12));
}

/* i * 0.618.. without its whole turns, of i % 10 + 1 ms. */
static void spread_timers_are_made_anew_at_their_points_of_the_interval(void **state)
{
	static const uint64_t offset_ns[] = {0, 1236067, 708203, 3416407};
	uint64_t was[4];

	(void)state;
	open_with(4, 0);
	for (uint32_t i = 0; i < 4; i++)
		was[i] = timer(i)->token;
	cfg.spread = 1;
	apply();
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(timer(i)->offset_ns, offset_ns[i]);
		assert_int_not_equal(timer(i)->token, was[i]);
	}
}

static void another_write_filter_makes_sockets_anew_and_leaves_timers(void **state)
{
	const struct kqt_fleet *sockets;
	uint64_t socket, first;

	(void)state;
	open_with(2, 2);
	sockets = &s->fleet[KQT_SOURCE_SOCKET];
	socket = sockets->source[1]->token;
	first = timer(1)->token;
	cfg.write = KQT_WRITE_LEVEL;
	apply();
	assert_int_not_equal(sockets->source[1]->token, socket);
	assert_int_equal(sockets->source[1]->write, KQT_WRITE_LEVEL);
	assert_int_equal(timer(1)->token, first);
}

/* And nothing that still speaks of the one that was there is taken for the one that is. */
static void places_are_given_again_under_another_token(void **state)
{
	uint64_t stays, goes;

	(void)state;
	open_with(8, 0);
	stays = timer(3)->token;
	goes = timer(5)->token;
	cfg.num_timers = 4;
	apply();
	assert_null(timer(5));
	cfg.num_timers = 8;
	apply();
	assert_int_equal(timer(3)->token, stays);
	assert_non_null(timer(5));
	assert_null(timer(8));
	assert_int_equal(kqt_slot_of_token(timer(5)->token), kqt_slot_of_token((uint32_t)goes));
	assert_int_not_equal(timer(5)->token, goes);
	assert_int_equal(timer(5)->interval_ns, 6 * MS);
}

/* measurement.md: a gap of more than 10 times the timeout and the stimulus' period. */
static void a_stall_is_ten_times_the_longer_of_timeout_and_period(void **state)
{
	(void)state;
	open_with(1, 1);
	assert_int_equal(s->params.stall_limit_ns, 10 * MS);
	cfg.timeout_ms = 20;
	apply();
	assert_int_equal(s->params.timeout_ns, 20 * MS);
	assert_int_equal(s->params.stall_limit_ns, 200 * MS);
	cfg.stimulus_us = 30000;
	apply();
	assert_int_equal(s->params.stall_limit_ns, 300 * MS);
}

static void the_stimulus_gets_another_schedule_when_it_is_another(void **state)
{
	uint64_t id;

	(void)state;
	open_with(1, 1);
	id = s->params.sched.id;
	assert_int_equal(s->params.sched.base_ns, s->t0_ns);
	cfg.timeout_ms = 2;
	apply();
	assert_int_equal(s->params.sched.id, id);
	cfg.phase_us = 130;
	apply();
	assert_int_equal(s->params.sched.id, id + 1);
	assert_int_equal(s->params.sched.base_ns, s->t0_ns + 130000);
	cfg.dither = !cfg.dither;
	apply();
	assert_int_equal(s->params.sched.id, id + 2);
	cfg.stimulus_us = 700;
	apply();
	assert_int_equal(s->params.sched.id, id + 3);
	assert_int_equal(s->params.sched.period_ns, 700000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(timers_have_the_seeds_intervals, teardown),
	    cmocka_unit_test_teardown(spread_timers_are_made_anew_at_their_points_of_the_interval,
	                              teardown),
	    cmocka_unit_test_teardown(another_write_filter_makes_sockets_anew_and_leaves_timers,
	                              teardown),
	    cmocka_unit_test_teardown(places_are_given_again_under_another_token, teardown),
	    cmocka_unit_test_teardown(a_stall_is_ten_times_the_longer_of_timeout_and_period,
	                              teardown),
	    cmocka_unit_test_teardown(the_stimulus_gets_another_schedule_when_it_is_another,
	                              teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
