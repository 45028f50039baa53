/* SPDX-License-Identifier: MIT */
/* The source's card: what it is, what it claims, and whether it works here. */
#ifndef KQT_REPORT_CARD_H
#define KQT_REPORT_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/clock/clock.h"

struct kqt_card {
	const char *name, *description, *physics, *category, *platform;
	double entropy_rate_estimate;
	bool composite, is_fast, available;
	char reason[192];            /* why not; "" when available */
	const char *backends[4];     /* compiled in, ended by NULL */
	const char *features[12];    /* of the first back end and this system, ended by NULL */
	const char *lacks[12];       /* what others have and these have not, ended by NULL */
	struct kqt_clock_info clock; /* measured */
	/* limits; 0 = unknown */
	uint64_t max_descriptors, max_inotify_watches, max_inotify_instances, max_timers;
	uint64_t timer_slack_ns;
	const char *version;
};

/** Fill the card: opens and closes an event queue, measures the clock (about
 * 1 ms). Threads: main. */
void kqt_card_read(struct kqt_card *card);

/** What this build has, or lacks, above the layers that the card knows. @name borrowed. */
void kqt_card_add_feature(struct kqt_card *card, const char *name, bool here);

/** The card as one JSON object, keys as in interface.md. @return a string given
 * to the caller (free), NULL when memory is short. */
char *kqt_card_json(const struct kqt_card *card);

#endif
