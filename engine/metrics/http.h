/* SPDX-License-Identifier: MIT */
/* The endpoint: /metrics, /healthz, /snapshot and a page with links to them, over HTTP by
 * libmicrohttpd, in one thread of its own. What it serves was made by main in advance and
 * comes through a door (pages.h); no request makes anything be computed, opened or read,
 * so whoever asks, how often and how slowly, costs the measuring threads nothing but
 * processor time, and of that little:
 *
 *   places      KQT_HTTP_CONNECTIONS; who comes while all are taken waits in the backlog
 *   time        10 s from connection to the last byte, 1 s while all places are taken
 *   size        a request's line and headers: 8 KiB; a body is not read
 *   methods     GET and HEAD; one request a connection
 *
 * port/http_mhd.c, or port/http_none.c where there is no libmicrohttpd.
 *
 * Threads: every function: main. Its thread: on_http; all signals blocked in it. */
#ifndef KQT_METRICS_HTTP_H
#define KQT_METRICS_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"
#include "engine/collect/session.h"
#include "engine/metrics/metrics.h"

#define KQT_HTTP_CONNECTIONS 32
#define KQT_HTTP_DEFAULT_LISTEN "127.0.0.1:9464"

extern const bool kqt_http_available;

struct kqt_http;

/** Take the address, so that nobody else can have it; who connects waits.
 * @listen  as kqt_listen_open takes it
 * @why     receives a sentence on failure
 * @return 0; -KQT_E_UNSUPPORTED without libmicrohttpd; what kqt_listen_open says;
 * -ENOMEM. @out given (kqt_http_free). */
KQT_MUST_USE int kqt_http_open(const char *listen, struct kqt_http **out, struct kqt_strbuf *why);
/** Ends the thread and whatever connection there is. Accepts NULL. */
void kqt_http_free(struct kqt_http *h);

/** As in a URL: "127.0.0.1:9464" with the port that it got. */
const char *kqt_http_address(const struct kqt_http *h);
/** Can it be reached from this machine only? */
bool kqt_http_is_loopback(const struct kqt_http *h);

/** From now on this is served. Starts the thread when called first.
 * @period_ns  until the next one, about: /healthz is unhappy some time after that
 * @return 0; what kqt_pages_fill says, or -errno when the thread cannot be started:
 * what was served before still is. Cost: that of two renderings and a line. */
KQT_MUST_USE int kqt_http_publish(struct kqt_http *h, const struct kqt_metrics *m,
                                  const struct kqt_snapshot *snap, enum kqt_stream stream,
                                  uint64_t period_ns);

#endif
