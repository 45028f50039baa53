/* SPDX-License-Identifier: MIT */
/* Elsewhere: orphans go to init, and a parent's end is seen by the lifeline only. */
#include "engine/base/err.h"
#include "engine/load/load.h"
#include "engine/load/port/port.h"

void kqt_port_adopt(void)
{
}

void kqt_port_follow_parent(void)
{
}

int kqt_port_family(void (*each)(pid_t pid, void *arg), void *arg, uint64_t *cpu_ns)
{
	(void)each;
	(void)arg;
	(void)cpu_ns;
	return -KQT_E_UNSUPPORTED;
}

uint64_t kqt_port_wanted_ns(void)
{
	return KQT_LOAD_UNKNOWN;
}
