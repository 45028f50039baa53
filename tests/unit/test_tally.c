/* SPDX-License-Identifier: MIT */
/* Tallies add up, and a snapshot's line of JSON says what is in them: figures
 * made by hand, read back by jansson. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "engine/collect/tally.h"
#include "engine/entropy/bytestat.h"
#include "engine/report/line.h"

static struct kqt_tally *tally(void)
{
	struct kqt_tally *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	return t;
}

/* A tally in which every counter is different. */
static void fill(struct kqt_tally *t, uint64_t k)
{
	t->start_ns = 1000000000 * k;
	kqt_tally_end(t, t->start_ns + 500000000);
	t->epoch = k;
	t->waits = 100 * k;
	t->timeouts = 7 * k;
	t->excluded =
	    (struct kqt_excluded){.eintr = k, .control = 2 * k, .transition = 3 * k, .gap = 4 * k};
	t->stalls = k;
	t->stall_max_ns = 11 * k;
	t->collections_done = 5 * k;
	t->collections_short = k;
	t->collection_last_ns = 2000000 * k;
	t->bytes = 90 * k;
	for (int f = 0; f < KQT_FILTERS; f++)
		t->filter[f] = (struct kqt_filter_tally){.events = 10 * k + (uint64_t)f,
		                                         .wakes = 9 * k,
		                                         .triggers = 12 * k,
		                                         .merged = 2 * k,
		                                         .missed = k,
		                                         .gap = k,
		                                         .transition = 2 * k};
	kqt_hist_record(&t->wait_wake, 100 * k);
	kqt_hist_record(&t->wait_timeout, 1000 * k);
	kqt_hist_record(&t->notification[KQT_FILTER_READ], 5 * k);
	kqt_hist_record(&t->notification[KQT_FILTER_VNODE], 6 * k);
	kqt_hist_record(&t->response[KQT_FILTER_READ], 50 * k);
	kqt_hist_record(&t->wait_filter[KQT_FILTER_READ], 100 * k);
	t->byte_counts[KQT_STREAM_SEED][3] = k;
}

static void a_sum_of_tallies_has_the_sum_of_every_counter(void **state)
{
	struct kqt_tally *a = tally(), *b = tally();

	(void)state;
	fill(a, 1);
	fill(b, 2);
	kqt_tally_merge(a, b);
	assert_int_equal(a->start_ns, 1000000000);
	assert_int_equal(a->end_ns, 2500000000);
	assert_int_equal(a->epoch, 2); /* what was added last is of the newest */
	assert_int_equal(a->waits, 300);
	assert_int_equal(a->timeouts, 21);
	assert_int_equal(a->excluded.eintr, 3);
	assert_int_equal(a->excluded.control, 6);
	assert_int_equal(a->excluded.transition, 9);
	assert_int_equal(a->excluded.gap, 12);
	assert_int_equal(a->stall_max_ns, 22);
	assert_int_equal(a->collections_done, 15);
	assert_int_equal(a->collections_short, 3);
	assert_int_equal(a->collection_last_ns, 4000000);
	assert_int_equal(a->bytes, 270);
	for (int f = 0; f < KQT_FILTERS; f++) {
		assert_int_equal(a->filter[f].events, 30 + 2 * f);
		assert_int_equal(a->filter[f].wakes, 27);
		assert_int_equal(a->filter[f].triggers, 36);
		assert_int_equal(a->filter[f].merged, 6);
		assert_int_equal(a->filter[f].missed, 3);
		assert_int_equal(a->filter[f].transition, 6);
		assert_int_equal(a->filter[f].gap, 3);
	}
	assert_int_equal(kqt_tally_events(a), 4 * 30 + 2 * (1 + 2 + 3));
	assert_int_equal(a->wait_wake.count, 2);
	assert_int_equal(a->notification[KQT_FILTER_READ].sum_ns, 15);
	assert_int_equal(a->byte_counts[KQT_STREAM_SEED][3], 3);
	kqt_tally_reset(a);
	kqt_tally_reset(b);
	assert_memory_equal(a, b, sizeof(*a));
	memset(b, 0, sizeof(*b));
	assert_memory_equal(a->byte_counts, b->byte_counts, sizeof(b->byte_counts));
	assert_int_equal(a->response[KQT_FILTER_READ].count, 0);
	free(a);
	free(b);
}

/* Whatever its name: everything between the moments and the histograms is a counter. */
static void a_merge_forgets_no_counter(void **state)
{
	const size_t first = offsetof(struct kqt_tally, waits) / sizeof(uint64_t),
	             end = offsetof(struct kqt_tally, wait_wake) / sizeof(uint64_t);
	struct kqt_tally *a = tally(), *b = tally();
	uint64_t *x = (uint64_t *)a, *y = (uint64_t *)b;

	(void)state;
	for (size_t i = first; i < end; i++) {
		x[i] = i;
		y[i] = 1000 * i;
	}
	kqt_tally_merge(a, b);
	for (size_t i = first; i < end; i++) {
		bool sum = &x[i] != &a->stall_max_ns && &x[i] != &a->collection_last_ns;

		assert_int_equal(x[i], sum ? 1001 * i : 1000 * i);
	}
	free(a);
	free(b);
}

/* They stand one after the other at the end. */
static void a_merge_forgets_no_histogram(void **state)
{
	const size_t n = (sizeof(struct kqt_tally) - offsetof(struct kqt_tally, wait_wake)) /
	                 sizeof(struct kqt_hist);
	struct kqt_tally *a = tally(), *b = tally();
	struct kqt_hist *x = &a->wait_wake, *y = &b->wait_wake, *all = calloc(1, sizeof(*all));
	uint64_t sum[KQT_LATENCIES] = {0};

	(void)state;
	assert_non_null(all);
	for (size_t i = 0; i < n; i++)
		kqt_hist_record((void *)((char *)y + i * sizeof(*y)), 10 + i);
	for (int i = 0; i < 3; i++)
		kqt_tally_merge(a, b);
	for (size_t i = 0; i < n; i++) {
		const struct kqt_hist *h = (void *)((char *)x + i * sizeof(*x));

		assert_int_equal(h->count, 3);
		assert_int_equal(h->sum_ns, 3 * (10 + i));
	}
	sum[KQT_LATENCY_WAIT] = a->wait_wake.sum_ns + a->wait_timeout.sum_ns;
	for (int f = 0; f < KQT_FILTERS; f++) {
		sum[KQT_LATENCY_NOTIFICATION] += a->notification[f].sum_ns;
		sum[KQT_LATENCY_RESPONSE] += a->response[f].sum_ns;
	}
	for (enum kqt_latency k = 0; k < KQT_LATENCIES; k++) {
		kqt_hist_reset(all);
		kqt_tally_hist(a, k, KQT_FILTERS, all);
		assert_int_equal(all->sum_ns, sum[k]);
		assert_int_equal(all->count, k == KQT_LATENCY_WAIT ? 6 : 3 * KQT_FILTERS);
	}
	kqt_tally_reset(a);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(((struct kqt_hist *)(void *)((char *)x + i * sizeof(*x)))->count,
		                 0);
	free(a);
	free(b);
	free(all);
}

static void a_sum_begins_with_the_first_and_ends_with_the_last(void **state)
{
	struct kqt_tally *a = tally(), *b = tally();

	(void)state;
	fill(a, 2);
	fill(b, 1);
	kqt_tally_merge(a, b); /* the earlier one into the later one */
	assert_int_equal(a->start_ns, 1000000000);
	assert_int_equal(a->end_ns, 2500000000);
	assert_int_equal(a->measured_ns, 1000000000);
	assert_int_equal(a->stall_max_ns, 22);
	kqt_tally_reset(b);
	kqt_tally_merge(a, b); /* nothing changes nothing */
	assert_int_equal(a->start_ns, 1000000000);
	assert_int_equal(a->end_ns, 2500000000);
	assert_int_equal(a->collection_last_ns, 2000000);
	free(a);
	free(b);
}

static void one_added_to_several_at_once_is_in_each(void **state)
{
	struct kqt_tally *src = tally(), *d[3], *e[3];

	(void)state;
	fill(src, 5);
	for (uint64_t v = 1; v < 4000000; v += v / 3 + 1)
		kqt_hist_record(&src->wait_filter[KQT_FILTER_WRITE], v);
	for (unsigned i = 0; i < 3; i++) {
		d[i] = tally();
		e[i] = tally();
		fill(d[i], i + 1);
		fill(e[i], i + 1);
		kqt_tally_merge(e[i], src);
	}
	kqt_tally_merge_all(d, 3, src);
	for (unsigned i = 0; i < 3; i++) {
		assert_memory_equal(d[i], e[i], sizeof(*d[i]));
		assert_int_equal(d[i]->wait_filter[KQT_FILTER_WRITE].count,
		                 src->wait_filter[KQT_FILTER_WRITE].count);
		free(d[i]);
		free(e[i]);
	}
	free(src);
}

static void all_waits_are_those_with_events_and_those_that_timed_out(void **state)
{
	struct kqt_tally *t = tally();
	static struct kqt_hist h;

	(void)state;
	fill(t, 1);
	memset(&h, 0, sizeof(h));
	kqt_tally_hist(t, KQT_LATENCY_WAIT, KQT_FILTERS, &h);
	assert_int_equal(h.count, 2); /* the wake counts once, though a filter has it too */
	memset(&h, 0, sizeof(h));
	kqt_tally_hist(t, KQT_LATENCY_WAIT, KQT_FILTER_READ, &h);
	assert_int_equal(h.count, 1);
	assert_int_equal(h.max_ns, 100);
	memset(&h, 0, sizeof(h));
	kqt_tally_hist(t, KQT_LATENCY_NOTIFICATION, KQT_FILTERS, &h);
	assert_int_equal(h.count, 2);
	assert_int_equal(h.sum_ns, 11);
	memset(&h, 0, sizeof(h));
	kqt_tally_hist(t, KQT_LATENCY_RESPONSE, KQT_FILTER_VNODE, &h);
	assert_int_equal(h.count, 0);
	free(t);
}

/* -- the line ---------------------------------------------------------------- */

struct made {
	struct kqt_snapshot snap;
	struct kqt_tally *interval, *epoch, *total;
	uint64_t bytes[KQT_STREAMS][256];
};

static struct made *make(void)
{
	struct made *m = calloc(1, sizeof(*m));

	m->interval = tally();
	m->epoch = tally();
	m->total = tally();
	fill(m->interval, 2);
	fill(m->total, 5);
	m->snap.interval = m->interval;
	m->snap.epoch = m->epoch;
	m->snap.total = m->total;
	m->snap.bytes = (const uint64_t(*)[256])m->bytes;
	m->snap.backend = "fake";
	m->snap.elapsed_s = 12.5;
	kqt_config_default(&m->snap.config);
	return m;
}

static void made_free(struct made *m)
{
	free(m->interval);
	free(m->epoch);
	free(m->total);
	free(m);
}

static json_t *line(struct made *m, bool final)
{
	char *text = kqt_line_json(&m->snap, KQT_STREAM_SEED, final, NULL);
	json_error_t err;
	json_t *o;

	assert_non_null(text);
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
	o = json_loads(text, 0, &err);
	assert_non_null(o);
	free(text);
	return o;
}

static json_int_t at(json_t *o, const char *a, const char *b, const char *c)
{
	json_t *v = json_object_get(o, a);

	if (b)
		v = json_object_get(v, b);
	if (c)
		v = json_object_get(v, c);
	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static bool is_null(json_t *o, const char *a, const char *b, const char *c)
{
	return json_is_null(json_object_get(json_object_get(json_object_get(o, a), b), c));
}

static void totals_are_of_the_run_and_rates_of_the_interval(void **state)
{
	struct made *m = make();
	json_t *o = line(m, false);

	(void)state;
	assert_int_equal(at(o, "schema", NULL, NULL), 1);
	assert_int_equal(at(o, "waits_total", NULL, NULL), 500);
	/* the interval: 200 waits in half a second */
	assert_true(json_real_value(json_object_get(o, "waits_per_s")) == 400.0);
	assert_int_equal(at(o, "filters", "write", "events"), 52);
	assert_true(
	    json_real_value(json_object_get(json_object_get(json_object_get(o, "filters"), "timer"),
	                                    "events_per_s")) == 40.0);
	assert_int_equal(at(o, "filters", "read", "p50_ns"), 10);
	assert_int_equal(at(o, "latency", "wait", "count"), 2);
	assert_int_equal(at(o, "latency", "wait", "max_ns"), 2000);
	json_decref(o);
	/* the last line: the run in everything */
	o = line(m, true);
	assert_true(json_real_value(json_object_get(o, "waits_per_s")) == 1000.0);
	assert_int_equal(at(o, "filters", "read", "p50_ns"), 25);
	assert_int_equal(at(o, "latency", "wait", "max_ns"), 5000);
	assert_int_equal(at(o, "entropy", "n", NULL), 5);
	json_decref(o);
	made_free(m);
}

static void unknown_is_null_and_never_zero(void **state)
{
	struct made *m = make();
	json_t *o;

	(void)state;
	m->snap.config.write = KQT_WRITE_LEVEL;
	m->total->collections_done = 0;
	o = line(m, false);
	assert_true(is_null(o, "filters", "write", "merged"));
	assert_true(is_null(o, "filters", "write", "missed"));
	assert_false(is_null(o, "filters", "read", "merged"));
	assert_true(is_null(o, "filters", "timer", "p50_ns")); /* none was recorded */
	assert_true(
	    json_is_null(json_object_get(json_object_get(o, "entropy"), "shannon"))); /* n = 0 */
	assert_true(json_is_null(json_object_get(json_object_get(o, "entropy"), "mcv_ref")));
	assert_true(json_is_null(json_object_get(json_object_get(o, "entropy"), "assessed")));
	assert_true(json_is_null(json_object_get(json_object_get(o, "collections"), "last_ms")));
	json_decref(o);
	made_free(m);
}

static void numbers_beyond_2_to_the_53_stay_exact(void **state)
{
	struct made *m = make();
	json_t *o;

	(void)state;
	m->total->waits = (UINT64_C(1) << 60) + 1;
	o = line(m, false);
	assert_true(at(o, "waits_total", NULL, NULL) == (json_int_t)((UINT64_C(1) << 60) + 1));
	json_decref(o);
	made_free(m);
}

static void a_shortfall_of_sockets_is_one_of_two_filters(void **state)
{
	struct made *m = make();
	json_t *o, *list;

	(void)state;
	m->snap.shortfall[KQT_SOURCE_SOCKET] =
	    (struct kqt_shortfall){.wanted = 4, .got = 1, .error = "a \"quoted\"\nreason"};
	o = line(m, false);
	list = json_object_get(o, "unregistered");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "filter")),
	                    "read");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "filter")),
	                    "write");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "error")),
	                    "a \"quoted\"\nreason");
	json_decref(o);
	made_free(m);
}

static void figures_stand_beside_what_a_perfect_source_reads(void **state)
{
	uint64_t counts[256];
	struct kqt_entropy_figures e;

	(void)state;
	for (int b = 0; b < 256; b++)
		counts[b] = 16;
	for (int twice = 0; twice < 2; twice++) { /* the second time from the cache */
		kqt_entropy_figures(counts, &e);
		assert_int_equal(e.n, 4096);
		assert_true(fabs(e.shannon - 8.0) < 1e-12);
		assert_true(e.shannon_ref == kqt_shannon_ref_bits(4096));
		assert_true(e.mcv_ref == kqt_mcv_ref_bits(4096));
	}
	counts[0] = 0;
	kqt_entropy_figures(counts, &e);
	assert_true(e.mcv_ref == kqt_mcv_ref_bits(4080));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sum_of_tallies_has_the_sum_of_every_counter),
	    cmocka_unit_test(a_merge_forgets_no_counter),
	    cmocka_unit_test(a_merge_forgets_no_histogram),
	    cmocka_unit_test(a_sum_begins_with_the_first_and_ends_with_the_last),
	    cmocka_unit_test(one_added_to_several_at_once_is_in_each),
	    cmocka_unit_test(all_waits_are_those_with_events_and_those_that_timed_out),
	    cmocka_unit_test(totals_are_of_the_run_and_rates_of_the_interval),
	    cmocka_unit_test(unknown_is_null_and_never_zero),
	    cmocka_unit_test(numbers_beyond_2_to_the_53_stay_exact),
	    cmocka_unit_test(a_shortfall_of_sockets_is_one_of_two_filters),
	    cmocka_unit_test(figures_stand_beside_what_a_perfect_source_reads),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
