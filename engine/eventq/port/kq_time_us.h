/* SPDX-License-Identifier: MIT */
/* Timers take microseconds: probe/has_note_useconds.c. */
#define KQ_TIME_FFLAGS NOTE_USECONDS
#define KQ_TIME_UNIT_NS UINT64_C(1000)
