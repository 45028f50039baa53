/* SPDX-License-Identifier: MIT */
/* Rounds, each measured by a process of its own: this program once more, by exec, so
 * that nothing of one round (memory, caches of the allocator, descriptors, what a
 * scheduler knows about a thread) is there in the next.
 *
 *   kqtop bench ------ order (a pipe, its stdin) ------> kqtop __round
 *               <----- answer (a pipe, its stdout) ----
 *
 * The order's pipe stays open: when the parent ends, by whatever means, the child reads
 * the end of file within 10 ms and ends too. */
#ifndef KQT_TUI_ROUNDS_H
#define KQT_TUI_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tui/cmd.h"

#define KQT_ROUND_COMMAND "__round"

/** A round that is being measured. Zeroed = none. */
struct kqt_round_child {
	pid_t pid;
	int order_fd, answer_fd;
	char *text; /* [room], what was answered so far */
	size_t len, room;
};

/** @return 0 or -errno. Threads: main, and no other may run. */
KQT_MUST_USE int kqt_round_start(const struct kqt_round_order *order, struct kqt_round_child *out);
/** Wait up to timeout_ms, or for a signal, for more of the answer.
 * @return 1 when all of it is there, 0 when not, or -errno. */
KQT_MUST_USE int kqt_round_wait(struct kqt_round_child *c, int timeout_ms);
/** After 1: the child is reaped, the answer parsed.
 * @out  initialised; to be finished whatever is returned
 * @why  a sentence on failure: the child was killed, or did not answer
 * @return 0 or negative. */
KQT_MUST_USE int kqt_round_finish(struct kqt_round_child *c, struct kqt_round_answer *out,
                                  struct kqt_strbuf *why);
/** End it before it has answered, and reap it. Nothing when there is none. */
void kqt_round_abandon(struct kqt_round_child *c);

/** --round-time: a duration, in s, that a round can have. @return 0, or -KQT_E_RANGE with
 * a sentence in why, without the option's name. */
KQT_MUST_USE int kqt_round_time_parse(const char *value, uint64_t *round_ns,
                                      struct kqt_strbuf *why);

/** Place i (from 0) of the rounds of a run: side, pair and order; in an A/B run which
 * side goes first is drawn anew for each pair, by the report's seed. Nothing else of
 * *place is touched. */
void kqt_round_place(const struct kqt_report *r, uint64_t i, struct kqt_round *place);
/** An answer's round goes into the report at its place, what it owns too.
 * @return 0 or -ENOMEM. */
KQT_MUST_USE int kqt_round_keep(struct kqt_report *r, struct kqt_round_answer *a,
                                const struct kqt_round *place);

/** The child's side: `kqtop __round`. @return exit status. */
int kqt_round_main(void);

#endif
