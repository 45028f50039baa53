/* SPDX-License-Identifier: MIT */
/* The kernel's headers know it. Where a long is not the kernel's 64 bits of time, only libc
 * can tell how its timespec is laid out. */
#include <sys/syscall.h>

const long probe = SYS_epoll_pwait2;
_Static_assert(sizeof(long) == 8, "a timespec that is the kernel's");
