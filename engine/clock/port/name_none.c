/* SPDX-License-Identifier: MIT */
#include "engine/clock/port/port.h"

void kqt_port_name_thread(const char *name)
{
	(void)name;
}
