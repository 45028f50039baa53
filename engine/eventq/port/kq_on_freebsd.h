/* SPDX-License-Identifier: MIT */
/* FreeBSD: timeouts and timers on sbintime, as fine as its event timers are. */
#define KQ_LABEL "kqueue"
#define KQ_CAPABILITIES (KQT_CAP_NS_TIMEOUT)
#define KQ_DESCRIPTORS 1
#define KQ_USER_DESCRIPTORS 0 /* of an EVFILT_USER */
