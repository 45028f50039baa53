/* SPDX-License-Identifier: MIT */
#include <sys/types.h>

#include <sys/event.h>
#include <sys/time.h>

const long probe = EVFILT_USER + NOTE_TRIGGER;
