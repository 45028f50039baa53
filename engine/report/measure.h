/* SPDX-License-Identifier: MIT */
/* One round of a bench: a session that runs for a given time, and what it comes to.
 *
 * The round is cut into slices. How many of the first belong to the warm-up decides the
 * marginal standard error rule on the slices' mean waits (kqt_stats_warmup); the figures
 * are of the rest. Where the rule wants more than half of them there was no steady
 * state, and the figures are of the whole round.
 *
 * Entropy is of the first 20,000 bytes that the round gives, after the first 62 waits
 * (the seed's warm-up), and is assessed when the session has ended: no assessor thread
 * runs beside the measuring ones. */
#ifndef KQT_REPORT_MEASURE_H
#define KQT_REPORT_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"
#include "engine/config/config.h"
#include "engine/report/report.h"

#define KQT_ROUND_MIN_NS UINT64_C(50000000)       /* 50 ms */
#define KQT_ROUND_MAX_NS UINT64_C(86400000000000) /* a day */
/** The rule by which the warm-up is found, as a report names it. */
#define KQT_ROUND_WARMUP "mser"
#define KQT_BROKE_BEFORE 8

/** What a round is to be. */
struct kqt_round_order {
	struct kqt_config config;
	uint64_t round_ns; /* KQT_ROUND_MIN_NS .. KQT_ROUND_MAX_NS */
	uint64_t stream;   /* enum kqt_stream */
	uint64_t break_ns; /* a longer wait ends the round; 0 = none does */
};

/** The wait that was too long. What had happened by its end was pending while it
 * lasted: each trigger that it brought, by its notification latency. */
struct kqt_broke {
	uint64_t wait_ns;              /* 0 = no wait was */
	double at_s;                   /* since the round began, when it was seen */
	uint64_t filters;              /* 1 << enum kqt_filter that it returned; 0 = it timed out */
	uint64_t pending[KQT_FILTERS]; /* triggers that it brought */
	uint64_t pending_oldest_ns[KQT_FILTERS]; /* the longest of them; 0 = none */
	uint64_t before_ns[KQT_BROKE_BEFORE];    /* the waits before it, the last one first;
	                                          * KQT_UNKNOWN: there was none */
};

/** A round's result. Texts are owned. */
struct kqt_round_answer {
	char *error;     /* it could not be measured, a sentence; the rest means nothing */
	bool unusable;   /* that was because of what was asked for */
	char *shortfall; /* sources that are missing, triggers that failed; NULL = none */
	char *backend, *backend_label;
	struct kqt_broke broke;
	struct kqt_round round;
};
void kqt_round_answer_init(struct kqt_round_answer *a);
void kqt_round_answer_fini(struct kqt_round_answer *a);

/** Measure. Side, pair, order, start and load of the round are the caller's.
 * @go_on  called every 10 ms or so and while it is assessed; false ends the round
 * @out    initialised by the caller
 * @return 0; -KQT_E_STOPPED; whatever else went wrong is out->error, and 0.
 * Threads: main; nothing else may run in the process. */
KQT_MUST_USE int kqt_round_measure(const struct kqt_round_order *order, bool (*go_on)(void *arg),
                                   void *arg, struct kqt_round_answer *out);

/* -- between processes: an order and an answer as JSON, as a report is written -- */

/** @return given (free); NULL when memory is short. */
char *kqt_round_order_json(const struct kqt_round_order *order, size_t *size);
char *kqt_round_answer_json(const struct kqt_round_answer *a, size_t *size);
/** @why a sentence on failure. @return 0 or negative. */
KQT_MUST_USE int kqt_round_order_parse(const char *text, size_t size, struct kqt_round_order *out,
                                       struct kqt_strbuf *why);
/** @out initialised; to be finished whatever is returned. */
KQT_MUST_USE int kqt_round_answer_parse(const char *text, size_t size, struct kqt_round_answer *out,
                                        struct kqt_strbuf *why);

#endif
