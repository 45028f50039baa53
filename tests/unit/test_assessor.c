/* SPDX-License-Identifier: MIT */
/* The assessor, step by step without its thread: raw samples are put into its ring by
 * hand, and what it publishes is compared with the same thing worked out plainly. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/collect/assessor.h"
#include "engine/collect/collector.h"
#include "engine/entropy/extract.h"
#include "engine/entropy/grain.h"
#include "tests/support/est_gen.h"

#define DEADLINE_NS (120 * KQT_NS_PER_S) /* only a failure comes near it */
#define N 60000

static uint64_t waits[N];
static uint8_t want[N];
static uint32_t seq;

static struct kqt_assessor *new_with(size_t window, size_t slow, enum kqt_stream stream)
{
	struct kqt_assessor_options opt = {
	    .ring = N, .window = window, .window_slow = slow, .stream = stream};
	struct kqt_assessor *a;

	kqt_role_enter(&on_assessor);
	assert_int_equal(kqt_assessor_new(&opt, &a), 0);
	seq = 0;
	return a;
}

static void make_waits(void)
{
	uint64_t random = 11;

	for (size_t i = 0; i < N; i++)
		waits[i] = 300 + est_random(&random) % 5000;
}

static void put(struct kqt_assessor *a, enum kqt_raw_kind kind, uint64_t ns, uint64_t epoch)
{
	struct kqt_raw r = {
	    .value_ns = ns, .seq = seq++, .kind = (uint8_t)kind, .epoch = (uint16_t)epoch};

	assert_true(kqt_spsc_push(kqt_assessor_ring(a), &r));
}

static void put_waits(struct kqt_assessor *a, size_t from, size_t to, uint64_t epoch)
{
	for (size_t i = from; i < to; i++)
		put(a, KQT_RAW_WAIT, waits[i], epoch);
}

/* Step until the figures are of this many raw samples: a step publishes at most every
 * 100 ms. */
static const struct kqt_watch *after(struct kqt_assessor *a, uint64_t taken)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	const struct kqt_watch *w;

	do {
		assert_true(kqt_clock_now_ns() < end);
		kqt_assessor_step(a);
		w = kqt_assessor_newest(a);
	} while (w->taken != taken);
	return w;
}

static const struct kqt_watch *until_assessed(struct kqt_assessor *a, uint64_t assessments)
{
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	const struct kqt_watch *w;

	do {
		assert_true(kqt_clock_now_ns() < end);
		kqt_assessor_step(a);
		w = kqt_assessor_newest(a);
	} while (w->assessments < assessments);
	return w;
}

static size_t plain(enum kqt_stream stream, uint64_t collection, size_t from, size_t to,
                    uint8_t *out)
{
	struct kqt_extract e = {.stream = stream, .collection = collection};

	return kqt_extract_block(&e, waits + from, to - from, out);
}

static void assert_counts(const struct kqt_watch *w, const uint8_t *bytes, size_t n)
{
	uint64_t counts[256] = {0};

	for (size_t i = 0; i < n; i++)
		counts[bytes[i]]++;
	assert_int_equal(w->n, n);
	assert_memory_equal(w->counts, counts, sizeof(counts));
}

static void nothing_is_known_before_the_first_sample(void **state)
{
	struct kqt_assessor *a = new_with(1000, 0, KQT_STREAM_LOW8);
	const struct kqt_watch *w = kqt_assessor_newest(a);

	(void)state;
	assert_non_null(w);
	assert_int_equal(w->n, 0);
	assert_int_equal(w->stream, KQT_STREAM_LOW8);
	assert_true(isnan(w->bias[3]) && isnan(w->lag[15]) && isnan(w->chi_p));
	assert_true(isnan(w->grain[0].mcv));
	assert_int_equal(w->health[KQT_HEALTH_RCT][0].cutoff, 9);
	assert_int_equal(w->health[KQT_HEALTH_APT][2].cutoff, 157);
	assert_int_equal(w->window, 1000);
	assert_false(w->have || w->running);
	assert_true(isnan(w->assessment.assessed) && isnan(w->assessment.literal.bits[0]));
	assert_int_equal(kqt_watch_verdict(w), KQT_VERDICT_UNKNOWN);
	kqt_assessor_release(a);
	kqt_assessor_release(NULL);
}

static void sizes_out_of_range_are_refused(void **state)
{
	struct kqt_assessor_options none = {.window = 0},
	                            more = {.window = KQT_ASSESS_MAX_SAMPLES + 1},
	                            slow = {.window = 1000, .window_slow = 1001};
	struct kqt_assessor *a = NULL;

	(void)state;
	assert_int_equal(kqt_assessor_new(&none, &a), -KQT_E_RANGE);
	assert_int_equal(kqt_assessor_new(&more, &a), -KQT_E_RANGE);
	assert_int_equal(kqt_assessor_new(&slow, &a), -KQT_E_RANGE);
	assert_null(a);
}

static void bytes_of_each_stream_of_waits(void **state)
{
	(void)state;
	make_waits();
	for (enum kqt_stream st = KQT_STREAM_SEED; st <= KQT_STREAM_LSB; st++) {
		struct kqt_assessor *a = new_with(50000, 0, st);
		size_t n = plain(st, 32, 0, 30000, want);

		kqt_assessor_epoch(a, 1, 32);
		for (size_t i = 0; i < 30000; i++) {
			put(a, KQT_RAW_WAIT, waits[i], 1);
			if (i % 7 == 0)
				put(a, KQT_RAW_NOTIFICATION, i, 1);
			if (i % 4999 == 0)
				kqt_assessor_step(a);
		}
		assert_counts(after(a, seq), want, n);
		kqt_assessor_release(a);
	}
}

static void bytes_of_notifications(void **state)
{
	struct kqt_assessor *a = new_with(50000, 0, KQT_STREAM_NOTIFICATION);

	(void)state;
	kqt_assessor_epoch(a, 1, 32);
	for (size_t i = 0; i < 5000; i++) {
		put(a, KQT_RAW_WAIT, 3, 1);
		put(a, KQT_RAW_NOTIFICATION, 1000 * i, 1);
		want[i] = (uint8_t)(1000 * i);
	}
	assert_counts(after(a, 10000), want, 5000);
	kqt_assessor_release(a);
}

static void an_epoch_begins_anew_with_its_own_collections(void **state)
{
	struct kqt_assessor *a = new_with(50000, 0, KQT_STREAM_SEED);
	const struct kqt_watch *w;

	(void)state;
	make_waits();
	/* told of before: main is ahead of the samples; 70002 is 4466 in 16 bits */
	kqt_assessor_epoch(a, 70000, 32);
	kqt_assessor_epoch(a, 70001, 1000); /* no sample of it */
	kqt_assessor_epoch(a, 70002, 5);
	put_waits(a, 0, 5000, 70000);
	w = after(a, 5000);
	assert_int_equal(w->epoch, 70000);
	assert_counts(w, want, plain(KQT_STREAM_SEED, 32, 0, 5000, want));
	put_waits(a, 5000, 9000, 70002);
	w = after(a, 9000);
	assert_int_equal(w->epoch, 70002);
	assert_counts(w, want, plain(KQT_STREAM_SEED, 5, 5000, 9000, want));
	/* and one that main had no room to tell of is the next with these bits */
	put_waits(a, 9000, 9500, 70005);
	w = after(a, 9500);
	assert_int_equal(w->epoch, 70005);
	assert_counts(w, want, plain(KQT_STREAM_SEED, 5, 9000, 9500, want));
	put_waits(a, 9500, 9600, 65536 * 2);
	assert_int_equal(after(a, 9600)->epoch, 65536 * 2);
	kqt_assessor_release(a);
}

static void a_jump_of_the_sequence_cuts_collections(void **state)
{
	struct kqt_assessor *a = new_with(50000, 0, KQT_STREAM_SEED);
	const struct kqt_watch *w;
	size_t n;

	(void)state;
	make_waits();
	kqt_assessor_epoch(a, 1, 1000);
	put_waits(a, 0, 500, 1);
	seq += 3; /* these found no room */
	put_waits(a, 503, 3000, 1);
	n = plain(KQT_STREAM_SEED, 1000, 0, 500, want);
	n += plain(KQT_STREAM_SEED, 1000, 503, 3000, want + n);
	w = after(a, 2997);
	assert_counts(w, want, n);
	for (unsigned g = 0; g < KQT_GRAINS; g++) /* on every clock */
		assert_int_equal(w->grain[g].n, n);
	kqt_assessor_release(a);
}

static void another_stream_begins_anew_and_drops_the_assessment(void **state)
{
	struct kqt_assessor *a = new_with(1000, 0, KQT_STREAM_LOW8);
	const struct kqt_watch *w;

	(void)state;
	make_waits();
	kqt_assessor_epoch(a, 1, 32);
	put_waits(a, 0, 2000, 1);
	assert_true(until_assessed(a, 1)->have);
	kqt_assessor_watch(a, KQT_STREAM_LSB);
	put_waits(a, 2000, 4000, 1);
	w = after(a, 4000);
	assert_int_equal(w->stream, KQT_STREAM_LSB);
	assert_int_equal(w->epoch, 1);
	assert_false(w->have);
	assert_true(isnan(w->assessment.assessed)); /* it was of the other stream */
	assert_true(w->claim_bits == 8);
	assert_counts(w, want, plain(KQT_STREAM_LSB, 32, 2000, 4000, want));
	kqt_assessor_release(a);
}

static void a_full_window_is_assessed_as_assess_does(void **state)
{
	struct kqt_assessor *a = new_with(5000, 0, KQT_STREAM_SEED);
	struct kqt_assess_workspace *work = kqt_assess_workspace_new(5000, 8);
	struct kqt_assessment plainly;
	const struct kqt_watch *w;
	size_t n;

	(void)state;
	make_waits();
	kqt_assessor_epoch(a, 9, 1000);
	put_waits(a, 0, 20000, 9);
	n = plain(KQT_STREAM_SEED, 1000, 0, 20000, want);
	assert_true(n > 5000);
	w = until_assessed(a, 1);
	assert_true(w->have);
	assert_false(w->running);
	assert_int_equal(w->assessed_epoch, 9);
	assert_true(w->assessed_ns > 0 && w->assessed_ns <= w->at_ns);
	assert_int_equal(kqt_assess(work, want, 5000, kqt_assess_bits(want, 5000), NULL, &plainly),
	                 0);
	assert_int_equal(w->assessment.samples, 5000);
	assert_true(w->assessment.assessed == plainly.assessed);
	assert_int_equal(w->assessment.binding, plainly.binding);
	assert_memory_equal(w->assessment.literal.bits, plainly.literal.bits,
	                    sizeof(plainly.literal.bits));
	assert_int_equal(kqt_watch_verdict(w),
	                 plainly.assessed >= 2.5 ? KQT_VERDICT_HOLDS : KQT_VERDICT_FAILS);
	/* the window's bytes as measured, on the clock's own grain */
	assert_int_equal(w->grain[0].n, 5000);
	/* a new epoch: what was found of the old one is kept, but no verdict on this one */
	put_waits(a, 20000, 20100, 10);
	w = after(a, 20100);
	assert_true(w->have);
	assert_int_equal(w->epoch, 10);
	assert_int_equal(w->assessed_epoch, 9);
	assert_int_equal(kqt_watch_verdict(w), KQT_VERDICT_UNKNOWN);
	assert_true(w->assessment.assessed == plainly.assessed);
	kqt_assess_workspace_free(work);
	kqt_assessor_release(a);
}

static void windows_follow_each_other_after_a_rest(void **state)
{
	struct kqt_assessor *a = new_with(1000, 0, KQT_STREAM_LOW8);
	uint64_t end = kqt_clock_now_ns() + DEADLINE_NS;
	const struct kqt_watch *w = kqt_assessor_newest(a);

	(void)state;
	make_waits();
	kqt_assessor_epoch(a, 1, 32);
	while (w->assessments < 3) {
		assert_true(kqt_clock_now_ns() < end);
		put_waits(a, 0, 2000, 1);
		kqt_assessor_step(a);
		w = kqt_assessor_newest(a);
	}
	assert_int_equal(w->assessment.samples, 1000);
	kqt_assessor_release(a);
}

/* 10 bytes in 6 ms and more promise 100,000 in more than a minute. */
static void a_slow_stream_is_assessed_in_smaller_windows(void **state)
{
	struct kqt_assessor *a = new_with(100000, 10, KQT_STREAM_LOW8);
	const struct kqt_watch *w;

	(void)state;
	make_waits();
	kqt_assessor_epoch(a, 1, 32);
	for (size_t i = 0; i < 12; i++)
		waits[i] = i < 2 ? i : 7;
	put_waits(a, 0, 12, 1);
	w = until_assessed(a, 1);
	assert_int_equal(w->window, 10);
	assert_int_equal(w->assessment.samples, 10);
	assert_int_equal(w->assessment.alphabet, 1); /* the newest are all the same */
	kqt_assessor_release(a);
}

/* Each grain's bytes, from the same waits counted in whole grains. */
static void coarser_clocks_of_a_window(void **state)
{
	static uint64_t ticks[N];
	struct kqt_assessor *a = new_with(20000, 0, KQT_STREAM_LOW8);
	const struct kqt_watch *w;

	(void)state;
	make_waits();
	kqt_assessor_epoch(a, 1, 32);
	put_waits(a, 0, 8000, 1);
	w = after(a, 8000); /* not full yet: figures of what is there */
	assert_int_equal(w->filled, 8000);
	for (unsigned g = 0; g < KQT_GRAINS; g++) {
		struct kqt_grain_figures f = {0};
		uint64_t counts[256] = {0};

		kqt_grain_ticks(g, waits, 8000, ticks);
		for (int i = 0; i < 8000; i++)
			counts[(uint8_t)ticks[i]]++;
		kqt_grain_figures(counts, &f);
		assert_int_equal(w->grain[g].n, 8000);
		assert_true(w->grain[g].shannon == f.shannon);
		assert_true(w->grain[g].mcv == f.mcv);
		assert_true(w->grain[g].mcv_ref == f.mcv_ref);
	}
	assert_true(w->grain[3].shannon < w->grain[1].shannon);
	kqt_assessor_release(a);
}

/* The second window begins in the middle of a collection, or of a byte: on coarser clocks
 * nothing of before it is in its first byte. */
static void coarser_clocks_of_a_window_that_begins_in_a_collection(void **state)
{
	static const enum kqt_stream streams[] = {KQT_STREAM_SEED, KQT_STREAM_LSB};
	static uint64_t ticks[N];

	(void)state;
	make_waits();
	for (size_t i = 0; i < 2; i++) {
		struct kqt_assessor *a = new_with(100, 0, streams[i]);
		struct kqt_extract e = {.stream = streams[i], .collection = 5000};
		uint64_t counts[256] = {0}, begun = kqt_clock_now_ns(), rested;
		struct kqt_grain_figures f = {0};
		const struct kqt_watch *w;
		size_t n;

		kqt_assessor_epoch(a, 1, 5000);
		put_waits(a, 0, 1003, 1);
		(void)until_assessed(a, 1);
		/* the rest is four times as long as the assessment, which is in this */
		rested = kqt_clock_now_ns();
		rested += 4 * (rested - begun);
		while (kqt_clock_now_ns() < rested)
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		kqt_assessor_step(a);        /* the window begins with what comes now */
		put_waits(a, 1003, 2003, 1); /* one batch: it is counted whole */
		w = until_assessed(a, 2);
		(void)kqt_extract_block(&e, waits, 1003, want);
		memset(&e.fold, 0, sizeof(e.fold));
		memset(&e.pack, 0, sizeof(e.pack));
		kqt_grain_ticks(2, waits + 1003, 1000, ticks);
		n = kqt_extract_block(&e, ticks, 1000, want);
		for (size_t k = 0; k < n; k++)
			counts[want[k]]++;
		kqt_grain_figures(counts, &f);
		assert_int_equal(w->grain[2].n, n);
		assert_true(w->grain[2].shannon == f.shannon);
		kqt_assessor_release(a);
	}
}

static void *wish_when_it_runs(void *arg)
{
	struct kqt_assessor *a = arg;
	const struct kqt_watch *w;

	while (w = kqt_assessor_newest(a), !w->running && !w->have) /* or it is through already */
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	kqt_assessor_watch(a, KQT_STREAM_LSB);
	return NULL;
}

/* Main wishes for another stream while the one before is assessed. */
static void an_assessment_of_a_stream_that_nobody_watches_is_given_up(void **state)
{
	struct kqt_assessor *a = new_with(N, 0, KQT_STREAM_LOW8);
	const struct kqt_watch *w;
	pthread_t main_thread;

	(void)state;
	make_waits();
	kqt_assessor_epoch(a, 1, 32);
	put_waits(a, 0, N, 1);
	assert_int_equal(pthread_create(&main_thread, NULL, wish_when_it_runs, a), 0);
	kqt_assessor_step(a);
	assert_int_equal(pthread_join(main_thread, NULL), 0);
	put_waits(a, 0, 80, 1);
	w = after(a, N + 80);
	assert_int_equal(w->stream, KQT_STREAM_LSB);
	assert_int_equal(w->n, 10);
	assert_false(w->have);
	kqt_assessor_release(a);
}

static void main_keeps_what_it_has_taken(void **state)
{
	struct kqt_assessor *a = new_with(50000, 0, KQT_STREAM_LOW8);
	const struct kqt_watch *mine;

	(void)state;
	make_waits();
	kqt_assessor_epoch(a, 1, 32);
	put_waits(a, 0, 100, 1);
	mine = after(a, 100);
	for (uint64_t e = 2; e < 10; e++) { /* each publishes at once */
		kqt_assessor_epoch(a, e, 32);
		put_waits(a, 0, 10, e);
		kqt_assessor_step(a);
	}
	assert_int_equal(mine->taken, 100);
	assert_int_equal(mine->epoch, 1);
	assert_true(kqt_assessor_newest(a)->epoch > 1);
	assert_int_equal(after(a, 180)->epoch, 9);
	kqt_assessor_release(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_known_before_the_first_sample),
	    cmocka_unit_test(sizes_out_of_range_are_refused),
	    cmocka_unit_test(bytes_of_each_stream_of_waits),
	    cmocka_unit_test(bytes_of_notifications),
	    cmocka_unit_test(an_epoch_begins_anew_with_its_own_collections),
	    cmocka_unit_test(a_jump_of_the_sequence_cuts_collections),
	    cmocka_unit_test(another_stream_begins_anew_and_drops_the_assessment),
	    cmocka_unit_test(a_full_window_is_assessed_as_assess_does),
	    cmocka_unit_test(windows_follow_each_other_after_a_rest),
	    cmocka_unit_test(a_slow_stream_is_assessed_in_smaller_windows),
	    cmocka_unit_test(coarser_clocks_of_a_window),
	    cmocka_unit_test(coarser_clocks_of_a_window_that_begins_in_a_collection),
	    cmocka_unit_test(an_assessment_of_a_stream_that_nobody_watches_is_given_up),
	    cmocka_unit_test(main_keeps_what_it_has_taken),
	};

	return cmocka_run_group_tests_name("assessor", tests, NULL, NULL);
}
