/* SPDX-License-Identifier: MIT */
/* What the files of `kqtop sweep` share: cmd_sweep.c (command line, rounds) and
 * sweep_show.c (table, heat map, words). */
#ifndef KQT_TUI_SWEEP_H
#define KQT_TUI_SWEEP_H

#include <stdbool.h>

#include "engine/engine.h"

/** Table, heat map, and what is said of the best, on stdout. @color 256 colours. */
void kqt_sweep_show(const struct kqt_sweep *s, bool color);

#endif
