/* SPDX-License-Identifier: MIT */
/* macOS, OpenBSD: a thread cannot be bound to a processor. */
#include "engine/base/err.h"
#include "engine/clock/port/port.h"

const bool kqt_port_can_pin = false;

int kqt_port_pin_thread(int cpu)
{
	(void)cpu;
	return -KQT_E_UNSUPPORTED;
}
