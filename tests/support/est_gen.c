/* SPDX-License-Identifier: MIT */
#include "tests/support/est_gen.h"

#include <string.h>

uint64_t est_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Each: the next sample from a random number, the sample before, and its index. */
typedef uint8_t next_fn(uint64_t r, uint8_t before, size_t i);

static uint8_t next_const(uint64_t r, uint8_t before, size_t i)
{
	(void)before;
	(void)i;
	return r & 0x1fff ? 0x55 : (uint8_t)(r >> 32);
}

static uint8_t next_geom(uint64_t r, uint8_t before, size_t i)
{
	int zeros = r ? __builtin_ctzll(r) : 63;

	(void)before;
	(void)i;
	return (uint8_t)(zeros > 7 ? 7 : zeros);
}

static uint8_t next_biasbit(uint64_t r, uint8_t before, size_t i)
{
	(void)before;
	(void)i;
	return (r & 15) == 0;
}

static uint8_t next_mkv8(uint64_t r, uint8_t before, size_t i)
{
	(void)i;
	return (uint8_t)(r & 7 ? before + 1u : r >> 32);
}

static uint8_t next_mkvbit(uint64_t r, uint8_t before, size_t i)
{
	(void)i;
	return (uint8_t)(before ^ ((r & 15) < 3));
}

static uint8_t next_nib(uint64_t r, uint8_t before, size_t i)
{
	(void)before;
	(void)i;
	return (uint8_t)(r >> 60);
}

static uint8_t next_sym64(uint64_t r, uint8_t before, size_t i)
{
	(void)before;
	(void)i;
	return (uint8_t)(4 * (r >> 58) + 1);
}

static uint8_t next_uni8(uint64_t r, uint8_t before, size_t i)
{
	(void)before;
	(void)i;
	return (uint8_t)(r >> 56);
}

static uint8_t next_two(uint64_t r, uint8_t before, size_t i)
{
	(void)before;
	(void)i;
	return r >> 63 ? 0xf0 : 0x00;
}

static uint8_t next_popc(uint64_t r, uint8_t before, size_t i)
{
	(void)before;
	(void)i;
	return (uint8_t)__builtin_popcountll(r);
}

static uint8_t next_ramp(uint64_t r, uint8_t before, size_t i)
{
	(void)r;
	(void)before;
	return (uint8_t)i;
}

int est_generate(const char *kind, uint64_t seed, uint8_t *out, size_t n)
{
	static const struct {
		const char *kind;
		next_fn *next;
	} kinds[] = {
	    {"const", next_const}, {"geom", next_geom},     {"biasbit", next_biasbit},
	    {"mkv8", next_mkv8},   {"mkvbit", next_mkvbit}, {"nib", next_nib},
	    {"sym64", next_sym64}, {"uni8", next_uni8},     {"two", next_two},
	    {"popc", next_popc},   {"ramp", next_ramp},
	};

	for (size_t m = 0; m < sizeof(kinds) / sizeof(kinds[0]); m++) {
		uint8_t before = 0;

		if (strcmp(kinds[m].kind, kind) != 0)
			continue;
		for (size_t i = 0; i < n; i++)
			before = out[i] = kinds[m].next(est_random(&seed), before, i);
		return 0;
	}
	return -1;
}
