/* SPDX-License-Identifier: MIT */
/* Waking a waiter by an event of our own: nothing to read, no pipe. A
 * trigger is one system call, which a signal handler may make on the kernels that
 * have this. libkqueue has it too, but takes two locks there: it gets the pipe. */
#include "engine/eventq/port/kq_change.h"

#define KQ_WAKE_DESCRIPTORS KQ_USER_DESCRIPTORS
/* EVFILT_USER has identifiers of its own. */
#define KQ_WAKE_IDENT 1

struct kq_wake {
	char unused;
};

static inline int kq_wake_open(struct kq_wake *w, int kq)
{
	w->unused = 0;
	return kqt_kq_change(kq, KQ_WAKE_IDENT, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, 0);
}

static inline void kq_wake_close(struct kq_wake *w)
{
	(void)w;
}

/* Its event was returned. */
static inline void kq_wake_taken(struct kq_wake *w)
{
	(void)w;
}

static inline void kq_wake_ring(struct kq_wake *w, int kq)
{
	(void)w;
	(void)kqt_kq_change(kq, KQ_WAKE_IDENT, EVFILT_USER, 0, NOTE_TRIGGER, 0, 0);
}
