/* SPDX-License-Identifier: MIT */
/* A comparison for people and for their documents. Each prints to standard output. */
#ifndef KQT_TUI_COMPARE_TEXT_H
#define KQT_TUI_COMPARE_TEXT_H

#include "engine/engine.h"

/** One screen, 80 columns: the rows of two, the ranking of more. */
void kqt_compare_print(const struct kqt_compare *c);

/** The same as tables of GitHub's Markdown. */
void kqt_compare_print_markdown(const struct kqt_compare *c);

/** Every row of every comparison, a header line first; RFC 4180 but for its CRLF. */
void kqt_compare_print_csv(const struct kqt_compare *c);

#endif
