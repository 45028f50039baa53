/* SPDX-License-Identifier: MIT */
/* Timers take milliseconds, kqueue's first and only unit for long: NetBSD 9,
 * OpenBSD 7.2, DragonFly. Asking for another by its bit would be ignored there. */
#define KQ_TIME_FFLAGS 0
#define KQ_TIME_UNIT_NS UINT64_C(1000000)
