/* SPDX-License-Identifier: MIT */
/* Signals of the live screen: which came, and a terminal given back by whatever
 * way the process ends. Handlers only note the signal and write one byte to a pipe
 * that the loop waits on. A crash restores the terminal from its handler, with a
 * string made in advance, and then takes its course.
 *
 * Threads: main only. Handlers may run on any thread that crashes. */
#ifndef KQT_TUI_LIVE_SIGNALS_H
#define KQT_TUI_LIVE_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "engine/engine.h"

/** What handlers read: they know no struct. Set before `taken`. */
struct kqt_tty {
	int pipe[2];           /* a byte for each signal noted; -1 = none */
	int out;               /* descriptor of the terminal */
	struct termios before; /* line discipline as it was found */
	char restore[512];     /* what a terminal has to be sent to be as before */
	size_t restore_len;
	volatile int taken; /* the terminal is ours: 1, else 0 */
};
extern struct kqt_tty kqt_tty;

/** Block what the screen handles, so that threads made from now on have it blocked. */
void kqt_signals_block(void);
/** Handlers, still blocked. @return 0 or -errno. Undo with remove. */
KQT_MUST_USE int kqt_signals_install(void);
/** From now on they come. */
void kqt_signals_unblock(void);
void kqt_signals_remove(void);

/** @return a signal that came and was not taken yet, 0 when none. */
int kqt_signals_take(void);
/** Forget the bytes in the pipe. */
void kqt_signals_drain(void);

/** Stop the whole process group as the terminal would; returns when continued. */
void kqt_signals_stop_group(void);
/** End the process by this signal's own action. */
void kqt_signals_die(int sig);

#endif
