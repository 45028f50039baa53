/* SPDX-License-Identifier: MIT */
/* The two health tests of SP 800-90B 4.4, on bytes as they come. The repetition count
 * test looks at runs of one byte, the adaptive proportion test at how often the first
 * byte of a window of 512 comes in it. Each runs at three probabilities of a false
 * alarm at once, so neither stops at an alarm: a run, or a window, that reaches a
 * cutoff is one alarm of that cutoff, and the test goes on. */
#ifndef KQT_ENTROPY_HEALTH_H
#define KQT_ENTROPY_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/entropy/watch.h"

#define KQT_APT_WINDOW 512

/** 4.4.1: 1 + ceil(-log2(alpha) / h).
 * @h          bits of min-entropy a sample that are claimed, > 0
 * @alpha_exp  alpha = 2^-alpha_exp, 1 .. 60 */
uint32_t kqt_rct_cutoff(double h, unsigned alpha_exp);

/** How the cutoff of 4.4.2 is read. */
enum kqt_apt_form {
	/* as printed: 1 + CRITBINOM(window, 2^-h, 1 - alpha); may be window + 1, which
	 * no window can reach. The one that runs. */
	KQT_APT_STANDARD,
	/* the smallest count that a window reaches with a probability of at most alpha:
	 * its first sample counts for certain, so 2 + CRITBINOM(window - 1, ..), and at
	 * most window (the second reading is jitterentropy's too) */
	KQT_APT_EXACT,
};
/** @window  samples, 2 .. 65536        @h, @alpha_exp  as above
 * Cost: O(window), about 50 us for 512. */
uint32_t kqt_apt_cutoff(uint32_t window, double h, unsigned alpha_exp, enum kqt_apt_form form);

/** Both tests on one series of bytes. A plain struct. */
struct kqt_health_run {
	struct kqt_health test[KQT_HEALTH_TESTS][KQT_HEALTH_ALPHAS];
	double claim_bits;
	uint32_t rct_max, apt_max;
	/* the run that goes on, and the window */
	uint32_t run; /* 0 = no byte yet */
	uint8_t last;
	uint8_t first;
	uint32_t seen, same; /* bytes of this window so far, those equal to first */
	unsigned apt_told;   /* 1 << alpha: this window's alarm is counted */
};

/** Cutoffs for this claim, in bits a byte, > 0; nothing seen. The adaptive proportion
 * test's are as the standard prints them, at most the window. */
void kqt_health_begin(struct kqt_health_run *h, double claim_bits);

/** n bytes more. An alarm's time is now_ns. Cost: about 0.7 ns a byte. */
void kqt_health_add(struct kqt_health_run *h, const uint8_t *bytes, size_t n, uint64_t now_ns);

#endif
