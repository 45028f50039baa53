/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>

const int probe = SOCK_NONBLOCK | SOCK_CLOEXEC;
