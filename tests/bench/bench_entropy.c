/* SPDX-License-Identifier: MIT */
/* How long an assessment takes: `bench_entropy KIND N THREADS PATH` assesses N samples of a
 * kind that tests/support/est_gen.h makes and prints one JSON object; `bench_entropy KIND N`
 * writes the samples themselves, for another tool to be timed with. The kind `flip` is
 * zeros with one bit flipped in the middle. tests/bench/run makes the table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/entropy/assess.h"
#include "tests/support/est_gen.h"

#define SEED 1

static const char *const path_names[KQT_PATHS] = {
    [KQT_PATH_PLAIN] = "plain", [KQT_PATH_POPCNT] = "popcnt", [KQT_PATH_AVX512] = "avx512"};

static int generate(const char *kind, uint8_t *out, size_t n)
{
	if (strcmp(kind, "flip") != 0)
		return est_generate(kind, SEED, out, n);
	memset(out, 0, n);
	out[n / 2] = 1;
	return 0;
}

static int choose_path(const char *name)
{
	if (strcmp(name, "best") == 0)
		return kqt_est_path_force(kqt_est_path_best());
	for (enum kqt_est_path p = 0; p < KQT_PATHS; p++)
		if (strcmp(path_names[p], name) == 0)
			return kqt_est_path_force(p);
	return -EINVAL;
}

static void print_view(const char *name, const struct kqt_assess_view *v)
{
	const char *comma = "";

	printf(",\"%s\":{", name);
	for (int e = 0; e < KQT_ESTIMATORS; e++) {
		if (!v->assessed || v->rc[e] == -KQT_E_UNSUPPORTED)
			continue;
		printf("%s\"%s\":%llu", comma, kqt_estimators[e].key, (unsigned long long)v->ns[e]);
		comma = ",";
	}
	printf("}");
}

int main(int argc, char **argv)
{
	size_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	struct kqt_assess_workspace *w;
	struct kqt_assess_options how = {0};
	struct kqt_assessment got;
	uint8_t *samples;
	unsigned bits;
	int rc;

	if ((argc != 3 && argc != 5) || n == 0 || n > KQT_ASSESS_MAX_SAMPLES) {
		fprintf(stderr, "usage: bench_entropy KIND N [THREADS plain|popcnt|avx512|best]\n");
		return 2;
	}
	samples = malloc(n);
	if (!samples || generate(argv[1], samples, n) < 0) {
		fprintf(stderr, "bench_entropy: cannot make %zu samples of '%s'\n", n, argv[1]);
		free(samples);
		return 2;
	}
	if (argc == 3) {
		rc = fwrite(samples, 1, n, stdout) == n ? 0 : 1;
		free(samples);
		return rc;
	}
	rc = choose_path(argv[4]);
	if (rc == -KQT_E_UNSUPPORTED) {
		printf("null\n"); /* this machine has no such path: not known */
		free(samples);
		return 0;
	}
	how.threads = (unsigned)atoi(argv[3]);
	bits = kqt_assess_bits(samples, n);
	w = rc == 0 ? kqt_assess_workspace_new(n, bits) : NULL;
	rc = w ? kqt_assess(w, samples, n, bits, &how, &got) : -ENOMEM;
	if (rc < 0) {
		fprintf(stderr, "bench_entropy: the assessment failed: %d\n", rc);
		free(samples);
		return 1;
	}
	printf("{\"kind\":\"%s\",\"n\":%zu,\"threads\":%u,\"path\":\"%s\",\"bits\":%u,"
	       "\"seconds\":%.6f,\"assessed\":%.15g",
	       argv[1], n, how.threads, path_names[kqt_est_path()], bits, got.seconds,
	       got.assessed);
	print_view("literal", &got.literal);
	print_view("bitstring", &got.bitstring);
	printf("}\n");
	kqt_assess_workspace_free(w);
	free(samples);
	return 0;
}
