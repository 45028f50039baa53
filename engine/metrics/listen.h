/* SPDX-License-Identifier: MIT */
/* "ADDRESS:PORT" to a socket that listens. Numeric addresses and "localhost" only: no
 * name is looked up. IPv6 in brackets. Port 0 takes any that is free. */
#ifndef KQT_METRICS_LISTEN_H
#define KQT_METRICS_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"

struct kqt_listener {
	int fd;           /* -1 = none; owned, nonblocking, close-on-exec */
	char address[64]; /* as it stands in a URL, with the port that it got */
	bool loopback;    /* reached from this machine only */
};

/** Is this an address that could be listened on? Opens nothing.
 * @why  on failure a sentence; may be NULL
 * @return 0 or -KQT_E_SYNTAX */
KQT_MUST_USE int kqt_listen_check(const char *text, struct kqt_strbuf *why);

/** @return 0, -KQT_E_SYNTAX, or -errno with the sentence "cannot listen on '..': .." */
KQT_MUST_USE int kqt_listen_open(const char *text, struct kqt_listener *out,
                                 struct kqt_strbuf *why);
/** Accepts a closed one. */
void kqt_listen_close(struct kqt_listener *l);

#endif
