/* SPDX-License-Identifier: MIT */
#include "engine/report/sysfile.h"

#include <stdio.h>
#include <string.h>

#include "engine/config/config.h"

/* Longest line looked at: /proc/cpuinfo's flags have some 2000 bytes. */
#define LINE_MAX_SIZE 8192

bool kqt_sysfile_line(const char *path, const char *start, char *out, size_t size)
{
	char line[LINE_MAX_SIZE];
	size_t len = strlen(start);
	bool found = false;
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = strncmp(line, start, len) == 0;
	fclose(f);
	if (!found)
		return false;
	len += strspn(line + len, " \t");
	snprintf(out, size, "%s", line + len);
	len = strcspn(out, "\n");
	while (len > 0 && (out[len - 1] == ' ' || out[len - 1] == '\t'))
		len--;
	out[len] = '\0';
	return len > 0;
}

bool kqt_sysfile_count(const char *path, uint64_t *out)
{
	char text[32];

	return kqt_sysfile_line(path, "", text, sizeof(text)) &&
	       kqt_parse_uint(text, 0, UINT64_MAX - 1, out) == 0;
}
