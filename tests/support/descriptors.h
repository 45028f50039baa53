/* SPDX-License-Identifier: MIT */
/* How many descriptors this process has, for tests that look for leaks. Not as
 * simple as counting them: libkqueue closes a queue's descriptors by a thread of its
 * own, a moment after close() has returned. */
#ifndef KQT_TESTS_SUPPORT_DESCRIPTORS_H
#define KQT_TESTS_SUPPORT_DESCRIPTORS_H

/** The number that a moment of quiet leaves. */
int kqt_test_descriptors(void);

/** Wait until there are so many, 5 s at most. @return how many there are. */
int kqt_test_descriptors_once(int wanted);

#endif
