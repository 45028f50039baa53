/* SPDX-License-Identifier: MIT */
/* Snapshots of a running session, taken at random moments and while it changes: tallies
 * change hands between two threads, and nothing is lost or counted twice. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "engine/clock/clock.h"
#include "engine/collect/session.h"

#define DEADLINE_NS (120 * KQT_NS_PER_S) /* only a failure comes near it */
#define SNAPSHOTS 60

struct sums {
	uint64_t serial, waits, timeouts, events[KQT_FILTERS], bytes, latencies;
};

static uint64_t random_state = 88172645463325252u;

/* xorshift64 */
static unsigned some(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 33) % below;
}

static void stop_somewhere(void)
{
	struct timespec nap = {.tv_nsec = (long)some(2000000)};

	switch (some(4)) {
	case 0:
		nanosleep(&nap, NULL);
		break;
	case 1:
		sched_yield();
		break;
	default:
		break;
	}
}

static void add(struct sums *s, const struct kqt_tally *t)
{
	s->waits += t->waits;
	s->timeouts += t->timeouts;
	s->bytes += t->bytes;
	s->latencies += t->wait_wake.count + t->wait_timeout.count;
	for (int f = 0; f < KQT_FILTERS; f++)
		s->events[f] += t->filter[f].events;
}

static void take(struct kqt_session *s, struct sums *sums)
{
	const struct kqt_snapshot *p = kqt_session_snapshot(s);

	if (p->serial == sums->serial)
		return;
	assert_int_equal(p->serial, sums->serial + 1);
	sums->serial = p->serial;
	/* whole: what one thread counted in steps the other sees at once */
	assert_int_equal(p->interval->waits,
	                 p->interval->wait_wake.count + p->interval->wait_timeout.count);
	add(sums, p->interval);
}

static void change_somehow(struct kqt_session *s)
{
	struct kqt_config c = *kqt_session_wanted(s);
	char text[128];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));

	c.num_timers = some(9);
	c.num_sockets = some(3);
	c.num_file_watchers = some(3);
	c.timeout_ms = some(3);
	c.stimulus_us = 200 + some(2000);
	assert_int_equal(kqt_session_apply(s, &c, &why), 0);
}

static void identity_holds(const char *preset, bool changes)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	struct kqt_session *s;
	struct sums sums = {0}, total = {0};
	struct kqt_account account[KQT_FILTERS];
	struct kqt_config c;
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));

	kqt_config_default(&c);
	assert_int_equal(kqt_config_preset(&c, preset, &why), 0);
	assert_int_equal(kqt_session_open(&c, NULL, &s, &why), 0);
	sums.serial = kqt_session_snapshot(s)->serial;
	while (sums.serial < SNAPSHOTS) {
		assert_true(kqt_clock_now_ns() < end);
		kqt_session_request(s);
		stop_somewhere();
		assert_true(kqt_session_pump(s) >= 0);
		take(s, &sums);
		if (changes && some(40) == 0)
			change_somehow(s);
	}
	/* figures that are on their way when it ends are a part of the last */
	kqt_session_request(s);
	stop_somewhere();
	kqt_session_halt(s);
	take(s, &sums);
	add(&total, kqt_session_snapshot(s)->total);
	assert_true(total.waits > 0);
	total.serial = sums.serial;
	assert_memory_equal(&sums, &total, sizeof(sums));
	assert_int_equal(total.waits, total.latencies);
	kqt_session_account(s, account);
	for (int f = 0; f < KQT_FILTERS; f++) {
		const struct kqt_account *a = &account[f];

		if (!a->untimed && f != KQT_FILTER_TIMER)
			assert_int_equal(a->due, a->performed + a->missed + a->skipped + a->folded);
	}
	kqt_session_free(s);
}

static void nothing_is_lost_when_it_never_sleeps(void **state)
{
	(void)state;
	identity_holds("spin", false);
}

static void nothing_is_lost_through_changes(void **state)
{
	(void)state;
	identity_holds("default", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_lost_when_it_never_sleeps),
	    cmocka_unit_test(nothing_is_lost_through_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
