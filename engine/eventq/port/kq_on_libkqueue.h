/* SPDX-License-Identifier: MIT */
/* libkqueue on Linux: kqueue's calls over epoll, a timerfd a timer and an inotify
 * instance a file. A file is watched by the name that /proc has for it. */
#define KQ_LABEL "libkqueue"
#define KQ_CAPABILITIES (KQT_CAP_TIMER_FD | KQT_CAP_FILE_FD | KQT_CAP_NS_TIMEOUT)
#define KQ_DESCRIPTORS 4
#define KQ_USER_DESCRIPTORS 1 /* of an EVFILT_USER */
