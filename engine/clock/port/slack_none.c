/* SPDX-License-Identifier: MIT */
/* Elsewhere there is none, or (macOS's coalescing) none that can be asked. */
#include "engine/base/err.h"
#include "engine/clock/port/port.h"

const bool kqt_port_can_slack = false;

int kqt_port_set_slack(uint64_t ns)
{
	(void)ns;
	return -KQT_E_UNSUPPORTED;
}

uint64_t kqt_port_get_slack(void)
{
	return 0;
}
