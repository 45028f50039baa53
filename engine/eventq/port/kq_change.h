/* SPDX-License-Identifier: MIT */
/* One change of a kqueue, and what its fields are where. The types of struct
 * kevent's fields differ (udata is a pointer, but intptr_t on NetBSD before 10;
 * filter is a short, but uint32_t on NetBSD; data is intptr_t or int64_t; FreeBSD
 * has ext besides): each value takes the type of the field that it goes to. */
#ifndef KQT_EVENTQ_PORT_KQ_CHANGE_H
#define KQT_EVENTQ_PORT_KQ_CHANGE_H

#include <sys/types.h>

#include <errno.h>
#include <stdint.h>
#include <sys/event.h>
#include <sys/time.h>

/** Apply one change, at once.
 * Without room for events an error comes back as kevent's own, and is then that of
 * this change: EV_ERROR tells no more, EV_RECEIPT is not everywhere, and with room
 * but without a receipt the call would take pending events away.
 * @return 0 or -errno. */
static inline int kqt_kq_change(int kq, uintptr_t ident, int filter, unsigned flags,
                                unsigned fflags, int64_t data, uint32_t token)
{
	struct kevent ev = {0};

	ev.ident = (__typeof__(ev.ident))ident;
	ev.filter = (__typeof__(ev.filter))filter;
	ev.flags = (__typeof__(ev.flags))flags;
	ev.fflags = (__typeof__(ev.fflags))fflags;
	ev.data = (__typeof__(ev.data))data;
	ev.udata = (__typeof__(ev.udata))(uintptr_t)token;
	return kevent(kq, &ev, 1, NULL, 0, NULL) < 0 ? -errno : 0;
}

static inline uint32_t kqt_kq_token(const struct kevent *ev)
{
	return (uint32_t)(uintptr_t)ev->udata;
}

#endif
