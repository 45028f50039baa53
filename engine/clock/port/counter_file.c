/* SPDX-License-Identifier: MIT */
/* Linux has it in a file; where that file is not, nothing is known. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/clock/port/port.h"

#define FILE_NAME "/sys/devices/system/clocksource/clocksource0/current_clocksource"

void kqt_port_clock_counter(char *out, size_t size)
{
	ssize_t n = -1;
	int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		n = read(fd, out, size - 1);
		(void)close(fd);
	}
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}
