/* SPDX-License-Identifier: MIT */
/* What the four prediction estimators (SP 800-90B 6.3.7 to 6.3.10) have in common: the
 * figure from a count and a longest run of correct predictions, and the board that
 * keeps the predictors' scores. */
#ifndef KQT_ENTROPY_EST_PREDICT_H
#define KQT_ENTROPY_EST_PREDICT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/entropy/est_priv.h"

/** Bits of min-entropy a symbol, 0 .. log2(k).
 * @correct   of @total predictions, total at least 2
 * @longest   longest run of correct ones        @k  alphabet size */
double kqt_predict_bits(uint64_t correct, uint64_t total, uint64_t longest, unsigned k);

/** Runs of correct predictions of one predictor. Zeroed = nothing yet. */
struct kqt_run {
	uint64_t correct, now, longest;
};

static inline void kqt_run_step(struct kqt_run *r, unsigned correct)
{
	r->correct += correct;
	r->now = correct ? r->now + 1 : 0;
	r->longest = r->now > r->longest ? r->now : r->longest;
}

/** Scores of up to 128 predictors, and who leads. Each step is judged by the leader
 * before it; then each predictor that was right scores, and takes the lead if it has
 * then no less than the leader; predictors take their turn in order.
 * Steps are fed up to 64 at a time: a word a predictor, first step in the lowest bit.
 * In a block where nobody can reach the leader, words are counted as wholes. */
#define KQT_BOARD_MAX 128
struct kqt_board {
	uint64_t score[KQT_BOARD_MAX];
	struct kqt_run run; /* of the leaders */
	unsigned n, leader; /* n: predictors */
};

/* A block step by step. @who: the predictors that matter, in order, the leader among
 * them. @valid: for each predictor the steps at which it said anything, NULL = all: a
 * leader that says nothing is not right, but its run goes on (as NIST's tool has it). */
KQT_INLINE void kqt_board_replay(struct kqt_board *b, const uint64_t *right, const uint64_t *valid,
                                 unsigned steps, const uint8_t *who, unsigned n_who)
{
	for (unsigned t = 0; t < steps; t++) {
		if (!valid || (valid[b->leader] >> t & 1))
			kqt_run_step(&b->run, right[b->leader] >> t & 1);
		for (unsigned m = 0; m < n_who; m++) {
			unsigned j = who[m];

			if (!(right[j] >> t & 1))
				continue;
			if (++b->score[j] >= b->score[b->leader])
				b->leader = j;
		}
	}
}

/* The leader keeps the lead for all steps: only runs are looked at. */
KQT_INLINE void kqt_board_runs(struct kqt_run *r, uint64_t right, unsigned steps)
{
	uint64_t all = steps == 64 ? UINT64_MAX : (UINT64_C(1) << steps) - 1, ends = right;
	uint64_t wrong = ~right & all;

	r->correct += (uint64_t)__builtin_popcountll(right);
	if (!wrong) {
		r->now += steps;
		r->longest = r->now > r->longest ? r->now : r->longest;
		return;
	}
	r->now += (uint64_t)__builtin_ctzll(wrong);
	r->longest = r->now > r->longest ? r->now : r->longest;
	/* a run inside: only one longer than the longest so far matters */
	if (r->longest < steps) {
		for (uint64_t k = 1; k <= r->longest && ends; k++)
			ends &= ends >> 1;
		while (ends) {
			r->longest++;
			ends &= ends >> 1;
		}
	}
	r->now = (uint64_t)__builtin_clzll(wrong << (64 - steps));
}

KQT_INLINE void kqt_board_feed(struct kqt_board *b, const uint64_t *right, const uint64_t *valid,
                               unsigned steps)
{
	uint64_t lead = right[b->leader], top = b->score[b->leader], reach = 0;
	uint64_t all = steps == 64 ? UINT64_MAX : (UINT64_C(1) << steps) - 1;
	uint8_t who[KQT_BOARD_MAX];
	unsigned n_who = 0;

	for (unsigned j = 0; j < b->n; j++) {
		/* the most that j can gain on the leader */
		uint64_t gain = (uint64_t)__builtin_popcountll(right[j] & ~lead);

		reach |= (uint64_t)(b->score[j] + gain >= top && right[j] != 0 && j != b->leader);
	}
	if (!reach && (!valid || (valid[b->leader] & all) == all)) {
		for (unsigned j = 0; j < b->n; j++)
			b->score[j] += (uint64_t)__builtin_popcountll(right[j]);
		kqt_board_runs(&b->run, lead, steps);
		return;
	}
	for (unsigned j = 0; j < b->n; j++) {
		uint64_t gain = (uint64_t)__builtin_popcountll(right[j] & ~lead);

		if (j == b->leader || (b->score[j] + gain >= top && right[j] != 0))
			who[n_who++] = (uint8_t)j;
		else
			b->score[j] += (uint64_t)__builtin_popcountll(right[j]);
	}
	kqt_board_replay(b, right, valid, steps, who, n_who);
}

#endif
