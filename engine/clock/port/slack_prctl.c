/* SPDX-License-Identifier: MIT */
/* Linux. */
#include <errno.h>
#include <sys/prctl.h>

#include "engine/clock/port/port.h"

const bool kqt_port_can_slack = true;

int kqt_port_set_slack(uint64_t ns)
{
	return prctl(PR_SET_TIMERSLACK, ns) < 0 ? -errno : 0;
}

uint64_t kqt_port_get_slack(void)
{
	int slack = prctl(PR_GET_TIMERSLACK);

	return slack > 0 ? (uint64_t)slack : 0;
}
