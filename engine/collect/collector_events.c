/* SPDX-License-Identifier: MIT */
/* What a wait brought: expirations of timers, stamps out of sockets and rings.
 * Every trigger becomes exactly one of: a sample, a transition drop, a gap drop.
 * Why stamps are taken in this order and up to this limit: stimulus/source.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "engine/collect/collector_priv.h"

/* One send that a full buffer must cut short. Zero pages: never written to. */
#define REFILL_BYTES 65536
static const unsigned char refill_bytes[REFILL_BYTES];

/* When was it seen? At the end of the wait; but what happened after that was
 * seen when we came to look (up to 7 % of stamps at 50 us). */
static uint64_t seen_ns(struct kqt_collector *c, uint64_t happened_ns) KQT_ON(on_collector)
{
	if (KQT_LIKELY(happened_ns <= c->wait.t1_ns))
		return c->wait.t1_ns;
	if (c->late_ns < happened_ns)
		c->late_ns = c->ops->now(c->queue);
	return c->late_ns > happened_ns ? c->late_ns : happened_ns;
}

/* Was a trigger of this moment a sample? If not it is counted as what it is. Stops and
 * changes are judged trigger by trigger: one that expired during it may come with a
 * wait that began after it. */
static bool is_sample(struct kqt_collector *c, struct kqt_filter_tally *ft, uint64_t at_ns)
    KQT_ON(on_collector)
{
	if (KQT_UNLIKELY(c->fate == KQT_FATE_TRANSITION || at_ns < c->in_force_ns)) {
		ft->transition++;
		return false;
	}
	if (KQT_UNLIKELY(kqt_stops_before(c->env.stops, at_ns))) {
		ft->gap++;
		return false;
	}
	return true;
}

static void record_notification(struct kqt_collector *c, enum kqt_filter f, uint64_t ns)
    KQT_ON(on_collector)
{
	struct kqt_tally *t = c->tally;

	kqt_hist_record(&t->notification[f], ns);
	t->byte_counts[KQT_STREAM_NOTIFICATION][(uint8_t)ns]++;
	if (c->env.raw_mask & 1u << KQT_RAW_NOTIFICATION)
		kqt_collector_raw(c, KQT_RAW_NOTIFICATION, f, ns);
}

/* So many reports brought so many triggers, or fewer, of which so many were samples. A
 * report of which nothing is left as a sample is none: samples are always events, and what
 * merged, less those unstamped. */
static void count_uneven(struct kqt_collector *c, enum kqt_filter f, uint64_t reports,
                         uint64_t found, uint64_t samples) KQT_ON(on_collector)
{
	struct kqt_filter_tally *ft = &c->tally->filter[f];
	uint64_t unstamped = reports > found ? reports - found : 0;

	if (c->fate != KQT_FATE_SAMPLE)
		return;
	ft->unstamped += unstamped;
	if (samples + unstamped >= reports) {
		ft->merged += samples + unstamped - reports;
		return;
	}
	ft->events -= reports - unstamped - samples;
	c->reports_of[f] -= (uint32_t)(reports - unstamped - samples);
	c->dropped = true;
}

static inline void count_reports(struct kqt_collector *c, enum kqt_filter f, uint64_t reports,
                                 uint64_t found, uint64_t samples) KQT_ON(on_collector)
{
	if (found != reports || samples != reports)
		count_uneven(c, f, reports, found, samples);
}

static void record_response(struct kqt_collector *c, enum kqt_filter f, uint64_t due, uint64_t seen)
    KQT_ON(on_collector)
{
	/* not a due of before a stop that the stimulus still took for its own lateness */
	if (KQT_LIKELY(!kqt_stops_before(c->env.stops, due)))
		kqt_hist_record(&c->tally->response[f], seen > due ? seen - due : 0);
}

/* Dues of before a change's end are part of the change, and so is a trigger that was due
 * then: but for stops there are as many responses as triggers and dues missed. */
static void take_stamp(struct kqt_collector *c, enum kqt_filter f, const struct kqt_stamp *st)
    KQT_ON(on_collector)
{
	struct kqt_filter_tally *ft = &c->tally->filter[f];
	uint32_t i = st->n_dues - 1;
	uint64_t seen, due;

	if (!is_sample(c, ft, st->actual_ns))
		return;
	due = kqt_sched_due(&c->sched, st->first_tick + i);
	/* of the schedule before, its dues are not known any more */
	if (KQT_UNLIKELY(st->sched_id != c->sched.id || due < c->in_force_ns)) {
		ft->transition++;
		return;
	}
	seen = seen_ns(c, st->actual_ns);
	ft->triggers++;
	record_notification(c, f, seen - st->actual_ns);
	record_response(c, f, due, seen);
	while (i-- > 0 && (due = kqt_sched_due(&c->sched, st->first_tick + i)) >= c->in_force_ns) {
		ft->missed++;
		record_response(c, f, due, seen);
	}
}

/* When they were due nobody can tell: counted, but no latency is made up. They
 * expired after the wait that reported this timer last had begun, and if a stop or a
 * change came since then they may have done so during it. */
static void untimed_event(struct kqt_collector *c, struct kqt_source *s, uint64_t count)
    KQT_ON(on_collector)
{
	struct kqt_filter_tally *ft = &c->tally->filter[KQT_FILTER_TIMER];
	uint64_t samples = 0;

	for (uint64_t i = 0; i < count; i++)
		samples += is_sample(c, ft, s->since_ns);
	s->since_ns = c->wait.t0_ns;
	ft->triggers += samples;
	count_reports(c, KQT_FILTER_TIMER, 1, count, samples);
}

static void timer_event(struct kqt_collector *c, struct kqt_source *s, uint64_t count)
    KQT_ON(on_collector)
{
	struct kqt_filter_tally *ft = &c->tally->filter[KQT_FILTER_TIMER];
	uint64_t due = s->next_due_ns, samples = 0;

	s->next_due_ns += count * s->interval_ns;
	if (!(c->ops->capabilities & KQT_CAP_TIMER_DUE)) {
		untimed_event(c, s, count);
		return;
	}
	for (uint64_t i = 0; i < count; i++, due += s->interval_ns) {
		uint64_t ns;

		if (!is_sample(c, ft, due))
			continue;
		ns = seen_ns(c, due) - due;
		ft->triggers++;
		samples++;
		record_notification(c, KQT_FILTER_TIMER, ns);
		kqt_hist_record(&c->tally->response[KQT_FILTER_TIMER], ns);
	}
	count_reports(c, KQT_FILTER_TIMER, 1, count, samples);
}

/* Read stamps until the socket is empty. @return how many. */
static uint64_t drain_stamps(struct kqt_collector *c, struct kqt_source *s) KQT_ON(on_collector)
{
	uint64_t n = 0;
	ssize_t got;

	do {
		got = recv(s->fd, c->stamps, sizeof(c->stamps), MSG_DONTWAIT);
		/* stamps are sent whole, so they arrive whole; the read's size is a multiple */
		for (ssize_t i = 0; i < got / (ssize_t)sizeof(c->stamps[0]); i++, n++)
			take_stamp(c, KQT_FILTER_READ, &c->stamps[i]);
	} while (got == (ssize_t)sizeof(c->stamps));
	return n;
}

static void read_event(struct kqt_collector *c, struct kqt_source *s) KQT_ON(on_collector)
{
	struct kqt_filter_tally *ft = &c->tally->filter[KQT_FILTER_READ];
	uint64_t before = ft->triggers, n = drain_stamps(c, s);

	count_reports(c, KQT_FILTER_READ, 1, n, ft->triggers - before);
}

/* Put a source on this wait's list, once. */
static void touch(struct kqt_collector *c, struct kqt_source *s) KQT_ON(on_collector)
{
	if (s->touched_serial == c->serial)
		return;
	s->touched_serial = c->serial;
	c->touched[c->n_touched++] = s;
}

/* Load `fired` of every source with new stamps, before any event is read. */
static void load_fired(struct kqt_collector *c) KQT_ON(on_collector)
{
	struct kqt_dirty *d = c->env.dirty;

	for (unsigned i = 0; i < KQT_DIRTY_SUMMARY; i++) {
		uint64_t words;

		if (KQT_LIKELY(atomic_load_explicit(&d->summary[i], memory_order_relaxed) == 0))
			continue;
		words = atomic_exchange_explicit(&d->summary[i], 0, memory_order_acquire);
		for (; words; words &= words - 1) {
			unsigned w = i * 64 + (unsigned)__builtin_ctzll(words);
			uint64_t bits = atomic_exchange_explicit(&d->word[w], 0,
			                                         memory_order_acquire);

			for (; bits; bits &= bits - 1) {
				struct kqt_source *s =
				    c->slot[w * 64 + (unsigned)__builtin_ctzll(bits)];

				if (!s)
					continue;
				s->fired_seen = atomic_load_explicit(&s->fired,
				                                     memory_order_acquire);
				touch(c, s);
			}
		}
	}
}

/* Pop until `reports` performed stamps and everything below the limit are out. */
static void settle_ring(struct kqt_collector *c, struct kqt_source *s, enum kqt_filter f,
                        uint64_t limit) KQT_ON(on_collector)
{
	struct kqt_filter_tally *ft = &c->tally->filter[f];
	uint64_t real = 0, reports = s->reports, before = ft->triggers;
	struct kqt_stamp st;

	s->reports = 0;
	while (s->popped < limit || real < reports) {
		if (!kqt_spsc_pop(&s->stamps, &st))
			break;
		s->popped++;
		if (st.n_dues == 0) /* void */
			continue;
		real++;
		take_stamp(c, f, &st);
	}
	count_reports(c, f, reports, real, ft->triggers - before);
}

void kqt_collector_refill(struct kqt_source *s)
{
	uint64_t written = atomic_load_explicit(&s->written, memory_order_relaxed);
	ssize_t n;

	do {
		/* no MSG_NOSIGNAL, which older macOS lacks: SIGPIPE is blocked here */
		n = send(s->fd, refill_bytes, REFILL_BYTES, MSG_DONTWAIT);
		if (n > 0)
			written += (uint64_t)n;
	} while (n == REFILL_BYTES); /* short: full */
	atomic_store_explicit(&s->written, written, memory_order_release);
}

static enum kqt_filter ring_filter(const struct kqt_source *s)
{
	return s->kind == KQT_SOURCE_FILE ? KQT_FILTER_VNODE : KQT_FILTER_WRITE;
}

static void settle(struct kqt_collector *c, struct kqt_source *s) KQT_ON(on_collector)
{
	bool refill = s->kind == KQT_SOURCE_SOCKET && s->reports > 0;
	bool all_read = s->kind == KQT_SOURCE_FILE && (c->mask & 1u << KQT_FILTER_VNODE) &&
	                (c->ops->capabilities & KQT_CAP_EVENTS_LATER);
	uint64_t limit = s->fired_before;

	if (all_read)
		limit = s->fired_seen;
	else if (KQT_UNLIKELY(c->wait.full) && s->reports == 0)
		limit = 0; /* its report may be among those left out */
	settle_ring(c, s, ring_filter(s), limit);
	s->fired_before = s->fired_seen;
	if (s->popped < s->fired_seen)
		c->carried[c->n_carried++] = s;
	if (refill)
		kqt_collector_refill(s);
}

static void one_event(struct kqt_collector *c, const struct kqt_event *ev) KQT_ON(on_collector)
{
	struct kqt_source *s = c->slot[kqt_slot_of_token(ev->token)];

	if (KQT_UNLIKELY(ev->flags & KQT_EVENT_OVERFLOW)) {
		c->tally->overflows++;
		return;
	}
	if (KQT_UNLIKELY(!s || s->token != ev->token)) {
		c->tally->stale++;
		return;
	}
	c->mask |= 1u << ev->filter;
	c->reports++;
	c->reports_of[ev->filter]++;
	if (c->fate == KQT_FATE_SAMPLE)
		c->tally->filter[ev->filter].events++;
	switch ((enum kqt_filter)ev->filter) {
	case KQT_FILTER_TIMER:
		timer_event(c, s, ev->count);
		break;
	case KQT_FILTER_READ:
		read_event(c, s);
		break;
	case KQT_FILTER_WRITE:
		if (s->write != KQT_WRITE_DRIVEN)
			break; /* always ready, or made ready by our own reading: no trigger */
		               /* fall through */
	case KQT_FILTER_VNODE:
		touch(c, s);
		s->reports++;
		break;
	case KQT_FILTERS:
		break;
	}
}

KQT_HOT void kqt_collector_events(struct kqt_collector *c)
{
	int n;

	c->mask = 0;
	c->dropped = false;
	c->reports = 0;
	memset(c->reports_of, 0, sizeof(c->reports_of));
	c->n_touched = 0;
	c->serial++;
	for (unsigned i = 0; i < c->n_carried; i++)
		touch(c, c->carried[i]);
	c->n_carried = 0;
	load_fired(c);
	while ((n = c->ops->take(c->queue, c->events, KQT_EVENT_BATCH)) > 0)
		for (int i = 0; i < n; i++)
			one_event(c, &c->events[i]);
	for (unsigned i = 0; i < c->n_touched; i++)
		settle(c, c->touched[i]);
	c->kept = c->mask;
	for (unsigned f = 0; KQT_UNLIKELY(c->dropped) && f < KQT_FILTERS; f++)
		if (c->reports_of[f] == 0)
			c->kept &= ~(1u << f);
}

/* What was carried for it must not be touched after it has gone. It is there once. */
static void forget_carried(struct kqt_collector *c, const struct kqt_source *s) KQT_ON(on_collector)
{
	for (unsigned i = 0; i < c->n_carried; i++)
		if (c->carried[i] == s)
			c->carried[i] = c->carried[--c->n_carried];
}

void kqt_collector_drain(struct kqt_collector *c, struct kqt_source *s)
{
	enum kqt_fate fate = c->fate;

	c->fate = KQT_FATE_TRANSITION;
	if (s->kind == KQT_SOURCE_SOCKET)
		(void)drain_stamps(c, s);
	settle_ring(c, s, ring_filter(s), atomic_load_explicit(&s->fired, memory_order_acquire));
	c->fate = fate;
	forget_carried(c, s);
}
