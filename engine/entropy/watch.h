/* SPDX-License-Identifier: MIT */
/* What is known about a byte stream while it runs: statistics of every sample,
 * the two health tests of SP 800-90B 4.4, the same figures on coarser clocks, and
 * the last whole assessment. Filled in by the assessor thread
 * (engine/collect/assessor.h), read by screens, lines of JSON and metrics. */
#ifndef KQT_ENTROPY_WATCH_H
#define KQT_ENTROPY_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/entropy/assess.h"
#include "engine/entropy/extract.h"

/** Bits of min-entropy a wait that the source claims (the seed's figure). */
#define KQT_CLAIMED_BITS 2.5

#define KQT_LAGS 16
#define KQT_DELAY_CELLS 32 /* the delay plot's cells a side: 8 byte values each */

/** The probabilities of a false alarm that the tests run with: 2^-20, 2^-30, 2^-40. */
#define KQT_HEALTH_ALPHAS 3
extern const unsigned kqt_health_alpha_exp[KQT_HEALTH_ALPHAS];

enum kqt_health_test {
	KQT_HEALTH_RCT, /* repetition count, SP 800-90B 4.4.1 */
	KQT_HEALTH_APT, /* adaptive proportion, SP 800-90B 4.4.2 */
	KQT_HEALTH_TESTS
};

/** One test at one alpha. */
struct kqt_health {
	uint32_t cutoff; /* a count that reaches it is an alarm */
	uint64_t alarms; /* since the epoch began */
	/* the last alarm; nothing of it is known while alarms is 0 */
	uint64_t at_ns; /* monotonic: when the assessor saw it */
	uint8_t symbol; /* the byte that repeated */
};

/** The coarser clocks: as measured, 41.67 ns (24 MHz, Apple's), 100 ns, 1 us. */
#define KQT_GRAINS 4
extern const uint64_t kqt_grain_ps[KQT_GRAINS]; /* [0] is 0: as the clock gives them */

/** Marginal figures of the selected stream when every latency is first cut down to
 * whole ticks of a clock: tick = floor(latency / grain). Over the last window. */
struct kqt_grain_figures {
	uint64_t n; /* bytes that they are taken from; 0 = not known */
	double shannon, shannon_ref, mcv, mcv_ref; /* bits a byte; NAN when n is too small */
};

/** A plain struct: copies are independent. Cumulative figures are since the epoch or
 * the choice of the stream, whichever is later, and 0 or NAN before the first byte. */
struct kqt_watch {
	uint64_t serial; /* grows by one a publication */
	uint64_t epoch;
	enum kqt_stream stream;
	uint64_t at_ns; /* monotonic: when this was true */
	uint64_t taken; /* raw samples, of every kind, since the watch began */

	/* every sample */
	uint64_t n;           /* bytes */
	uint64_t lost;        /* samples that found the ring full, since the epoch began */
	uint64_t counts[256]; /* how often each byte came */
	double bias[8];       /* share of ones in a bit plane, 0 = lowest bit; NAN when n is 0 */
	double
	    lag[KQT_LAGS]; /* autocorrelation of the bytes at lag 1 .. 16, -1 .. 1; NAN unknown */
	double chi_square,
	    chi_p; /* of the 256 counts against uniform, 255 degrees; NAN below n 1280 */
	uint32_t delay[KQT_DELAY_CELLS]
	              [KQT_DELAY_CELLS]; /* [byte / 8][next byte / 8]: pairs, recent */

	/* health tests */
	double claim_bits;   /* the claim a sample that the cutoffs are for, in bits a byte */
	uint32_t rct_max;    /* longest run of one byte */
	uint32_t apt_max;    /* most occurrences of a window's first byte in the window */
	uint32_t apt_window; /* bytes of a window */
	struct kqt_health health[KQT_HEALTH_TESTS][KQT_HEALTH_ALPHAS];

	struct kqt_grain_figures grain[KQT_GRAINS];

	/* the assessment of a window */
	uint64_t window; /* bytes that the next assessment is made of */
	uint64_t filled; /* of those are there */
	bool running;    /* an assessment is going on */
	bool have;       /* an assessment is done; the rest is known then */
	struct kqt_assessment assessment;
	uint64_t assessed_ns;    /* monotonic: when its window was full */
	uint64_t assessed_epoch; /* its bytes are of this epoch */
	uint64_t assessments;    /* done so far */
};

/** Nothing is known: counts 0, figures NAN. */
void kqt_watch_unknown(struct kqt_watch *w);

/** Bits a byte of a stream that a claim of `bits` a wait or trigger comes to: `lsb`
 * has eight waits in a byte; never above 8. */
double kqt_watch_claim(enum kqt_stream stream, double bits);

enum kqt_verdict {
	KQT_VERDICT_UNKNOWN, /* nothing assessed yet in this epoch */
	KQT_VERDICT_HOLDS,   /* the assessed figure is at least the claim */
	KQT_VERDICT_FAILS
};
enum kqt_verdict kqt_watch_verdict(const struct kqt_watch *w);

#endif
