/* SPDX-License-Identifier: MIT */
/* Linux: x86 has a name in /proc/cpuinfo; arm64 has numbers there, and a board's name in
 * its device tree. Where neither file is, nothing is known. */
#include <string.h>

#include "engine/report/port/port.h"
#include "engine/report/sysfile.h"

bool kqt_port_cpu_model(char *out, size_t size)
{
	static const struct {
		const char *path, *start;
	} places[] = {
	    {"/proc/cpuinfo", "model name"}, {"/proc/cpuinfo", "cpu model"}, /* MIPS */
	    {"/proc/cpuinfo", "Hardware"},   {"/sys/firmware/devicetree/base/model", ""},
	    {"/proc/cpuinfo", "CPU part"},
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t skip;

		if (!kqt_sysfile_line(places[i].path, places[i].start, out, size))
			continue;
		skip = strspn(out, ": \t"); /* "model name<tab>: AMD EPYC" */
		memmove(out, out + skip, strlen(out + skip) + 1);
		return true;
	}
	return false;
}
