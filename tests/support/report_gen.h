/* SPDX-License-Identifier: MIT */
/* A made-up report, the same for the same seed. */
#ifndef KQT_TESTS_REPORT_GEN_H
#define KQT_TESTS_REPORT_GEN_H

#include "engine/report/report.h"

/** @values  in each histogram of each round
 * @ab      two sides, rounds of each
 * @return given (kqt_report_free); NULL when memory is short. */
struct kqt_report *report_gen(unsigned rounds, unsigned values, bool ab, uint64_t seed);

#endif
