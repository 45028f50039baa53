/* SPDX-License-Identifier: MIT */
/* The machine on which something was measured, as facts: key and value, in one order,
 * every key on every system, null where nothing is known. From /proc and /sys on
 * Linux; elsewhere what uname, sysconf and sysctl say. Nothing that names a person or a
 * network: the host's name only when it is asked for. */
#ifndef KQT_REPORT_FINGERPRINT_H
#define KQT_REPORT_FINGERPRINT_H

#include <stdbool.h>

#include "engine/base/annot.h"
#include "engine/report/report.h"

/** Put the facts into a report that has none.
 * @return 0 or -ENOMEM. Cost: some ms (the clock is measured). Threads: main. */
KQT_MUST_USE int kqt_fingerprint(struct kqt_report *r, bool hostname);

/** Add one fact. @value NULL = unknown; other bytes than plain text are escaped.
 * @number  value is a JSON number
 * @return 0, -ENOMEM, -KQT_E_RANGE when there are KQT_REPORT_FACTS_MAX. */
KQT_MUST_USE int kqt_fact_add(struct kqt_report *r, const char *key, const char *value,
                              bool number);
/** @return the value; NULL when unknown or when there is no such key. */
const char *kqt_fact(const struct kqt_report *r, const char *key);

#endif
