/* SPDX-License-Identifier: MIT */
/* OpenBSD: timeouts and timers in ticks (10 ms at HZ 100): no timeout below one. */
#define KQ_LABEL "kqueue"
#define KQ_CAPABILITIES (0)
#define KQ_DESCRIPTORS 1
#define KQ_USER_DESCRIPTORS 0 /* of an EVFILT_USER */
