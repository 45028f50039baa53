/* SPDX-License-Identifier: MIT */
/* The BSDs, and macOS, where hw.model is the computer's and not the processor's. */
#include <sys/types.h>

#include <sys/sysctl.h>

#include "engine/report/port/port.h"

bool kqt_port_cpu_model(char *out, size_t size)
{
	static const char *const names[] = {"machdep.cpu.brand_string", "machdep.cpu_brand",
	                                    "hw.model"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = size - 1;

		if (sysctlbyname(names[i], out, &n, NULL, 0) == 0 && n > 0) {
			out[n] = '\0';
			return true;
		}
	}
	return false;
}
