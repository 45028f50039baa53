/* SPDX-License-Identifier: MIT */
#include "tests/support/report_gen.h"

#include <stdlib.h>
#include <string.h>

static uint64_t next_random(uint64_t *s)
{
	uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64, public domain */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 10 us to 5 ms, as waits are, and a few above an hour. */
static bool fill(struct kqt_sparse *s, unsigned n, uint64_t *seed)
{
	static struct kqt_hist h;

	kqt_hist_reset(&h);
	for (unsigned i = 0; i < n; i++)
		kqt_hist_record(&h, next_random(seed) % 10000 == 0
		                        ? KQT_HIST_MAX_NS + 1
		                        : 10000 + next_random(seed) % 5000000);
	return kqt_sparse_from(&h, s) == 0;
}

static bool make_round(struct kqt_round *r, unsigned i, unsigned values, bool ab, uint64_t *seed)
{
	bool ok = fill(&r->wait_wake, values, seed) && fill(&r->wait_timeout, values / 10, seed);

	r->side = ab ? i % 2 : 0;
	r->pair = ab ? i / 2 : i;
	r->order = i;
	r->start_s = 5.5 * i;
	r->seconds = 4.7 + 0.001 * (double)(next_random(seed) % 100);
	r->warmup_s = 0.1 * i;
	r->raw_lost = i ? 3 * i : KQT_UNKNOWN;
	r->steady = (int)(i % 3) - 1;
	r->timeouts = r->wait_timeout.count;
	r->waits = r->wait_wake.count + r->timeouts;
	for (int f = 0; f < KQT_FILTERS; f++) {
		ok = ok && fill(&r->wait_filter[f], values, seed) &&
		     fill(&r->notification[f], f ? values : 0, seed) &&
		     fill(&r->response[f], values, seed);
		r->filter[f] = (struct kqt_filter_tally){.events = values + 5,
		                                         .wakes = r->wait_filter[f].count,
		                                         .triggers = values,
		                                         .merged = f == 2 ? KQT_UNKNOWN : 7,
		                                         .missed = f == 2 ? KQT_UNKNOWN : 3};
	}
	r->excluded.control = 12;
	r->ticks = 9000;
	r->saturated = i % 2;
	if (i % 4)
		r->entropy = (struct kqt_round_entropy){.n = KQT_ROUND_BYTES,
		                                        .assessed = 2.5 + 0.1 * (i % 50),
		                                        .mcv = 7.1,
		                                        .shannon = 7.9};
	r->flags.steal_ns = 10000000 * i;
	r->flags.involuntary_switches = i;
	r->load.share = 0.99;
	r->slice = calloc(2, sizeof(*r->slice));
	if (!ok || !r->slice)
		return false;
	r->n_slices = 2;
	r->slice[0] = (struct kqt_slice){2.5, 100, 1, 2, 3, 4};
	r->slice[1] = (struct kqt_slice){2.5,         0,           KQT_UNKNOWN,
	                                 KQT_UNKNOWN, KQT_UNKNOWN, KQT_UNKNOWN};
	return true;
}

static struct kqt_fact fact(const char *key, const char *value, bool number)
{
	return (struct kqt_fact){strdup(key), value ? strdup(value) : NULL, number};
}

struct kqt_report *report_gen(unsigned rounds, unsigned values, bool ab, uint64_t seed)
{
	struct kqt_report *r = kqt_report_new();

	if (!r)
		return NULL;
	r->version = strdup("0.1.0");
	r->label = strdup("web3 \"quoted\" \\ \xc3\xa9");
	r->started = strdup("2026-11-23T01:30:00Z");
	r->backend = strdup("epoll");
	r->backend_label = strdup("epoll+timerfd+inotify");
	r->seed = seed;
	r->ab = ab;
	r->complete = true;
	r->rounds_wanted = ab ? rounds / 2 : rounds;
	r->how.round_ns = 5000000000;
	r->how.warmup = strdup("mser");
	r->how.stream = strdup("seed");
	r->side[0].load = strdup("cpu:2x");
	r->side[0].config.num_timers = 16;
	r->side[0].config.cpu_collector = 1;
	if (ab) {
		r->side[1].options = strdup("--timers 32");
		r->side[1].config.num_timers = 32;
	}
	r->facts = calloc(3, sizeof(*r->facts));
	if (!r->facts)
		goto fail;
	r->n_facts = 3;
	r->facts[0] = fact("kernel", "Linux 6.1.0", false);
	r->facts[1] = fact("cores", "2", true);
	r->facts[2] = fact("governor", NULL, false);
	for (unsigned i = 0; i < rounds; i++) {
		struct kqt_round *round = kqt_report_add_round(r);

		if (!round || !make_round(round, i, values, ab, &seed))
			goto fail;
	}
	return r;
fail:
	kqt_report_free(r);
	return NULL;
}
