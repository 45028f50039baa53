/* SPDX-License-Identifier: MIT */
#include <sys/types.h>

#include <sys/event.h>
#include <sys/time.h>

const unsigned probe = NOTE_USECONDS;
