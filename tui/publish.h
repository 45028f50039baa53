/* SPDX-License-Identifier: MIT */
/* Metrics of a session for the outside, shared by `serve` and the monitor: the endpoint
 * and the text file, whichever was asked for. Says on stderr what a person must know.
 * Threads: main. */
#ifndef KQT_TUI_PUBLISH_H
#define KQT_TUI_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/cmd.h"

struct kqt_publish_options {
	const char *listen;   /* NULL = no endpoint */
	const char *textfile; /* folder; NULL = no file */
};

struct kqt_publisher;

/** Take address and folder. @return -1 with *out set, else the exit status after a
 * message. @out given (kqt_publish_close). */
int kqt_publish_open(const struct kqt_publish_options *opt, struct kqt_publisher **out);
/** Accepts NULL. */
void kqt_publish_close(struct kqt_publisher *p);

/** Make this what the outside sees; the file at most every 5 s, unless `last`.
 * @running    the engine, now
 * @period_ns  until the next call, about
 * @return 0 or the first error, which is not said here */
int kqt_publish(struct kqt_publisher *p, const struct kqt_snapshot *snap, bool running,
                enum kqt_stream stream, uint64_t period_ns, bool last);

/** "http://ADDR:PORT/metrics", or "" without an endpoint. */
const char *kqt_publish_url(const struct kqt_publisher *p);

/** An address for --listen: as struct kqt_option's set; checks, does not open. */
int kqt_publish_check_listen(const char *value, struct kqt_strbuf *why);

#endif
