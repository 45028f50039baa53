/* SPDX-License-Identifier: MIT */
/* DragonFly: timers and timeouts in ticks. */
#define KQ_LABEL "kqueue"
#define KQ_CAPABILITIES (0)
#define KQ_DESCRIPTORS 1
#define KQ_USER_DESCRIPTORS 0 /* of an EVFILT_USER */
