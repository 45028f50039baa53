/* SPDX-License-Identifier: MIT */
#include <sys/prctl.h>

int probe(void)
{
	return prctl(PR_SET_TIMERSLACK, 1ul) + prctl(PR_GET_TIMERSLACK);
}
