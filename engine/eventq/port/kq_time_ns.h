/* SPDX-License-Identifier: MIT */
/* Timers take nanoseconds: probe/has_note_nseconds.c. */
#define KQ_TIME_FFLAGS NOTE_NSECONDS
#define KQ_TIME_UNIT_NS UINT64_C(1)
