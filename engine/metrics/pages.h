/* SPDX-License-Identifier: MIT */
/* The door between main, which makes pages, and the thread that hands them out: the
 * newest page set is always there for the taking, and neither ever waits.
 *
 * Three sets. Main fills `back`, the server reads `front`, and the third lies in the
 * middle: its number, with a bit that says "newer than what you have", is the only
 * thing that is shared, and both change it by an exchange (acquire and release), which
 * hands over a whole set in either direction. So a set has one owner at any time.
 *
 *   main: fill back, exchange with middle | FRESH        server: if middle is FRESH,
 *   (gets what nobody reads)                             exchange with front
 *
 * Progress: both sides wait-free. One thread may publish, one may take. */
#ifndef KQT_METRICS_PAGES_H
#define KQT_METRICS_PAGES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/metrics/metrics.h"

/** What is served, as it was at one moment. */
struct kqt_pages {
	char *metrics[KQT_METRICS_FORMATS]; /* [KQT_METRICS_ROOM] each, owned */
	size_t metrics_len[KQT_METRICS_FORMATS];
	char *line; /* kqt_line_json's, owned; NULL = memory was short */
	size_t line_len;
	bool running;       /* the engine measures */
	uint64_t at_ns;     /* monotonic; 0 = never published */
	uint64_t period_ns; /* until the next set, about */
};

struct kqt_door {
	struct kqt_pages set[3];
	unsigned back KQT_OWNED(on_main), front KQT_OWNED(on_http);
	_Atomic unsigned middle;
};

/** @return 0 or -ENOMEM. Undo with fini, which accepts a zeroed door. */
KQT_MUST_USE int kqt_door_init(struct kqt_door *d);
void kqt_door_fini(struct kqt_door *d);

/** Main: the set to fill, whatever was in it. */
struct kqt_pages *kqt_door_back(struct kqt_door *d) KQT_ON(on_main);
/** Main: the set that was filled becomes the newest. */
void kqt_door_publish(struct kqt_door *d) KQT_ON(on_main);
/** The server: the newest set, its own until the next call. */
const struct kqt_pages *kqt_door_take(struct kqt_door *d) KQT_ON(on_http);

/** Render a snapshot into a set. @return 0, or what kqt_metrics_render says: the set is
 * not to be published then. Threads: main. */
KQT_MUST_USE int kqt_pages_fill(struct kqt_pages *p, const struct kqt_metrics *m,
                                const struct kqt_snapshot *snap, enum kqt_stream stream);

#endif
