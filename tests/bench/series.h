/* SPDX-License-Identifier: MIT */
/* What the programs here share: figures that are taken many times, of which the least
 * and the median count. The least is what the machine can do when nobody disturbs; the
 * median says how far the rest was from it. */
#ifndef KQT_TESTS_BENCH_SERIES_H
#define KQT_TESTS_BENCH_SERIES_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SERIES_MAX 4096 /* later ones are dropped */

struct series {
	const char *name;
	size_t n;
	double v[SERIES_MAX];
};

static inline double clock_of(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/** The thread's own CPU time: a neighbour that takes the processor away adds nothing. */
static inline double cpu_ns(void)
{
	return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

static inline double wall_ns(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

static inline void series_add(struct series *s, double v)
{
	if (s->n < SERIES_MAX)
		s->v[s->n++] = v;
}

static inline int series_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/** Quantile by rank, of sorted or unsorted values, which it sorts; 0 when empty. */
static inline double series_at(struct series *s, double q)
{
	qsort(s->v, s->n, sizeof(s->v[0]), series_order);
	return s->n ? s->v[(size_t)(q * (double)(s->n - 1) + 0.5)] : 0;
}

/** "name":{"least":..,"median":..,"p99":..,"most":..}; null for what was never measured. */
static inline void series_print(struct series *s, const char *before)
{
	if (s->n == 0) {
		printf("%s\"%s\":null", before, s->name);
		return;
	}
	printf("%s\"%s\":{\"least\":%.3f,\"median\":%.3f,\"p99\":%.3f,\"most\":%.3f}", before,
	       s->name, series_at(s, 0), series_at(s, 0.5), series_at(s, 0.99), series_at(s, 1));
}

#endif
