/* SPDX-License-Identifier: MIT */
/* Positions of a replay that are kept to go back to, so that five seconds back need not
 * read an hour again. The nearer to where it was made last, the denser they lie.
 *
 * Threads: main only. */
#ifndef KQT_TUI_LIVE_KEEP_H
#define KQT_TUI_LIVE_KEEP_H

#include <stdbool.h>
#include <stdint.h>

struct kqt_app;
struct kqt_kept; /* one of them: some 6 MB */

#define KQT_KEEP_MAX 10

struct kqt_keep {
	struct kqt_kept *place[KQT_KEEP_MAX]; /* by position, [n] */
	int n;
	uint64_t most; /* 0 .. KQT_KEEP_MAX */
};

/** Keep where it is, if it is far enough from what is kept; after an interval was fed. */
void kqt_keep_note(struct kqt_app *a);
/** Be at the latest kept position in [from_s, to_s], if there is one.
 * @return whether there was; a->play->pos_s is it then */
bool kqt_keep_recall(struct kqt_app *a, double from_s, double to_s);
void kqt_keep_fini(struct kqt_keep *k);

#endif
