/* SPDX-License-Identifier: MIT */
/* That thousands of sources are being registered: said where the screen will be until it is
 * there, and then in its row of messages. Threads: main only. */
#ifndef KQT_TUI_LIVE_OPENING_H
#define KQT_TUI_LIVE_OPENING_H

#include <stdbool.h>

#include "engine/engine.h"

/** In words, "registering 1,200 of 6,096 sources". @return false, and nothing is added, for so
 * few that nobody waits for them. */
bool kqt_opening_text(const struct kqt_progress *p, struct kqt_strbuf *out);

/** Before there is a screen: a line on standard output, which is a terminal. */
struct kqt_opening {
	uint64_t next_ns; /* when it is to be written again */
	int cells;        /* of it; 0 = nothing was written */
	int signal;       /* that came and ends a program; 0 = none */
};
/** The session's option `opening`, of a struct kqt_opening that begins zeroed.
 * @return false when a signal came that ends a program: it is opening's `signal` and still blocked. */
bool kqt_opening_tell(void *opening, const struct kqt_progress *p);
/** Take the line away. */
void kqt_opening_end(struct kqt_opening *o);

#endif
