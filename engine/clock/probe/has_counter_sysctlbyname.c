/* SPDX-License-Identifier: MIT */
#include <sys/types.h>

#include <sys/sysctl.h>

int probe(char *out, size_t *size)
{
	return sysctlbyname("kern.timecounter.hardware", out, size, 0, 0);
}
