/* SPDX-License-Identifier: MIT */
/* A fuzz target is one file fuzz_NAME.c with this one function. `make fuzz` links it with
 * libFuzzer; `make test` links it with replay.c, which feeds it every file of
 * tests/fuzz/corpus/NAME, and the empty input, under whatever sanitizer the build has. */
#ifndef KQT_TESTS_FUZZ_H
#define KQT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** Feed the bytes to what is tested; abort when something that must hold does not.
 * @return 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Abort with a sentence when it does not hold, whatever NDEBUG says. */
#define KQT_FUZZ_MUST(condition)                                                                   \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
