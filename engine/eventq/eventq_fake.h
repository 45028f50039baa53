/* SPDX-License-Identifier: MIT */
/* A queue without a kernel, on a clock that stands still unless told: for tests
 * that need an exact sequence. Nothing but a test can ask for it (it is not in
 * kqt_eventq_list), and a report made with it says so (KQT_CAP_VIRTUAL).
 *
 * wait never blocks: it moves the clock to the next thing that happens. */
#ifndef KQT_EVENTQ_EVENTQ_FAKE_H
#define KQT_EVENTQ_EVENTQ_FAKE_H

#include "engine/eventq/eventq.h"

extern const struct kqt_eventq_ops kqt_eventq_fake;

/** The clock's first reading of a new queue. */
#define KQT_FAKE_START_NS UINT64_C(1000000000)

/** Something becomes ready at at_ns (at once if that has passed): one trigger of a
 * registered source. As with inotify, a trigger of a file merges with the report
 * before it if that is of the same file and has not been read yet.
 * @return 0, or -ENOSPC when 4096 triggers are waiting. */
KQT_MUST_USE int kqt_eventq_fake_at(struct kqt_eventq *q, uint64_t at_ns, uint32_t token,
                                    enum kqt_filter filter);
/** From now on a wait that had to block returns this long after what ended it. */
void kqt_eventq_fake_latency(struct kqt_eventq *q, uint64_t ns);
/** From now on a wait has room for so many triggers, the oldest; 0 = for all. Timers and
 * what is level-triggered do not count. */
void kqt_eventq_fake_room(struct kqt_eventq *q, int triggers);
/** Time goes by outside of a wait. */
void kqt_eventq_fake_advance(struct kqt_eventq *q, uint64_t ns);
/** The process is stopped for ns during the next wait, which ends with EINTR. */
void kqt_eventq_fake_interrupt(struct kqt_eventq *q, uint64_t ns);

#endif
