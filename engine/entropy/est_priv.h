/* SPDX-License-Identifier: MIT */
/* What the estimators' files share. */
#ifndef KQT_ENTROPY_EST_PRIV_H
#define KQT_ENTROPY_EST_PRIV_H

#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/entropy/est.h"

/* 99.5 % quantile of the normal law: SP 800-90B prints 2.576, NIST's tool has this. */
#define KQT_EST_Z 2.5758293035489008

/* Code that is compiled once for each path: the body is KQT_INLINE, and a function for
 * each path calls it. Same statements, same order, same results. */
#define KQT_INLINE static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define KQT_ON_POPCNT __attribute__((target("popcnt,bmi,bmi2,lzcnt")))
#define KQT_ON_AVX512                                                                              \
	__attribute__((target("popcnt,bmi,bmi2,lzcnt,avx2,avx512f,avx512bw,avx512dq,avx512vl,"     \
	                      "avx512vpopcntdq")))
#else
#define KQT_ON_POPCNT
#define KQT_ON_AVX512
#endif

/** Upper end of the 99 % confidence interval of a proportion p of m + 1. */
static inline double kqt_upper_bound(double p, double m)
{
	return fmin(1, p + KQT_EST_Z * sqrt(p * (1 - p) / m));
}

/** -log2 without a negative zero, and never above the alphabet's log2(k). */
static inline double kqt_bits_of(double p, unsigned k)
{
	double h = p >= 1 ? 0 : -log2(p);

	return fmin(h, log2((double)k));
}

/* 2^16 symbols take the slowest estimator about 20 ms. */
#define KQT_POLL_MASK 0xffffu

static inline bool kqt_est_stop(const struct kqt_est_data *d)
{
	return d->order && atomic_load_explicit(d->order, memory_order_relaxed) != 0;
}

/** The 64 symbols from i on: the first in the lowest, or in the highest bit. i < n. */
KQT_INLINE uint64_t kqt_lsb64(const uint64_t *words, size_t i)
{
	size_t w = i >> 6;
	unsigned s = i & 63;

	return words[w] >> s | words[w + 1] << 1 << (63 - s);
}

KQT_INLINE uint64_t kqt_msb64(const uint64_t *words, size_t i)
{
	size_t w = i >> 6;
	unsigned s = i & 63;

	return words[w] << s | words[w + 1] >> 1 >> (63 - s);
}

/** Eight bytes, the first in the lowest or in the highest bits. */
KQT_INLINE uint64_t kqt_load_le(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

KQT_INLINE uint64_t kqt_load_be(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

#endif
