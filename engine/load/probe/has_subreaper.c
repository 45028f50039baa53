/* SPDX-License-Identifier: MIT */
#include <sys/prctl.h>

int probe(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) + prctl(PR_SET_PDEATHSIG, 9);
}
