/* SPDX-License-Identifier: MIT */
/* main() of a fuzz target under `make test`: its corpus, a test a file, in TAP as
 * tests/run reads it. A file that the target cannot stand ends the program, which
 * tests/run counts as a failure; the last line before says which file it was. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define FILES_MAX 4096

static char *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rbe");
	char *data = NULL;
	long end;

	if (!f || fseek(f, 0, SEEK_END) != 0 || (end = ftell(f)) < 0)
		goto out;
	rewind(f);
	data = malloc((size_t)end + 1);
	*size = data ? fread(data, 1, (size_t)end, f) : 0;
	if (data && *size != (size_t)end) {
		free(data);
		data = NULL;
	}
out:
	if (f)
		fclose(f);
	return data;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* build/PROFILE/tests/fuzz/fuzz_NAME -> tests/fuzz/corpus/NAME */
static void corpus_of(const char *program, char *out, size_t size)
{
	const char *name = strrchr(program, '/');

	name = name ? name + 1 : program;
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	snprintf(out, size, "tests/fuzz/corpus/%s", name);
}

int main(int argc, char **argv)
{
	static char *names[FILES_MAX];
	char folder[512], path[1024];
	size_t n = 0, size;
	struct dirent *entry;
	DIR *dir;

	(void)argc;
	corpus_of(argv[0], folder, sizeof(folder));
	dir = opendir(folder);
	while (dir && n < FILES_MAX && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			names[n++] = strdup(entry->d_name);
	if (dir)
		closedir(dir);
	if (n == 0) {
		printf("1..1\nnot ok 1 - %s holds no file\n", folder);
		return 1;
	}
	qsort(names, n, sizeof(*names), by_name);
	printf("1..%zu\n", n + 1);
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	printf("ok 1 - empty\n");
	for (size_t i = 0; i < n; i++) {
		char *data;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		printf("# %s\n", path);
		fflush(stdout);
		data = read_file(path, &size);
		if (data)
			LLVMFuzzerTestOneInput((const uint8_t *)data, size);
		printf("%s %zu - %s\n", data ? "ok" : "not ok", i + 2, names[i]);
		free(data);
		free(names[i]);
	}
	return 0;
}
