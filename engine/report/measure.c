/* SPDX-License-Identifier: MIT */
#include "engine/report/measure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/collect/session.h"
#include "engine/entropy/assess.h"
#include "engine/entropy/bytestat.h"
#include "engine/report/disturb.h"
#include "engine/report/line.h"
#include "engine/report/stats.h"

#define SLICES_MAX 40
#define SLICE_MIN_NS (100 * KQT_NS_PER_MS)
#define POLL_MS 10
/* What the fastest preset gives in that time, and a bit: 5 M waits a second. Of the
 * 2 MB only as much is touched as is used. */
#define RAW_LEN (1u << 17)
#define RAW_BATCH 1024
#define HISTS (2 + 3 * KQT_FILTERS)

/** A slice that may turn out to be warm-up: its counters, and its histograms as bins,
 * as 40 tallies would be 150 MB, which --mlock would want to have in memory. */
struct part {
	struct kqt_tally *counters; /* only what stands before the histograms */
	struct kqt_sparse hist[HISTS];
	uint64_t ticks, lost, behind; /* the stimulus', up to the slice's end */
};

struct measuring {
	const struct kqt_round_order *order;
	struct kqt_round_answer *out;
	struct kqt_session *session;
	bool (*go_on)(void *arg);
	void *arg;
	uint64_t start_ns;

	size_t n_slices, n_parts; /* of the first half, which may be left out */
	struct kqt_slice slice[SLICES_MAX];
	double mean[SLICES_MAX]; /* of the waits; what the warm-up is judged by */
	struct part part[SLICES_MAX / 2];
	struct kqt_tally *rest, *scratch;
	struct kqt_hist *hist;

	uint8_t bytes[KQT_ROUND_BYTES];
	size_t n_bytes;
	struct kqt_fold fold;
	struct kqt_pack pack;
	uint64_t waits;
	uint32_t next_seq;
	uint16_t epoch;
	bool started;
	struct kqt_broke seen; /* of the wait that is being put together */
};

/* -- bytes ------------------------------------------------------------------ */

static void take_byte(struct measuring *m, uint8_t byte)
{
	if (m->n_bytes < KQT_ROUND_BYTES)
		m->bytes[m->n_bytes++] = byte;
}

static void take_value(struct measuring *m, uint64_t ns)
{
	uint8_t byte;

	if (++m->waits <= KQT_COLLECT_WARMUP)
		return;
	switch ((enum kqt_stream)m->order->stream) {
	case KQT_STREAM_SEED:
		if (kqt_fold_step(&m->fold, ns, &byte))
			take_byte(m, byte);
		break;
	case KQT_STREAM_LSB:
		if (kqt_pack_step(&m->pack, ns, &byte))
			take_byte(m, byte);
		break;
	case KQT_STREAM_LOW8:
	case KQT_STREAM_NOTIFICATION:
	case KQT_STREAMS:
		take_byte(m, (uint8_t)ns);
		break;
	}
}

/* -- the wait that is too long ---------------------------------------------- */

static void note_trigger(struct kqt_broke *b, const struct kqt_raw *r)
{
	b->pending[r->filter]++;
	if (r->value_ns > b->pending_oldest_ns[r->filter])
		b->pending_oldest_ns[r->filter] = r->value_ns;
}

/* Neither the waits before nor the triggers so far are of the wait that comes now. */
static void forget(struct kqt_broke *b)
{
	for (size_t i = 0; i < KQT_BROKE_BEFORE; i++)
		b->before_ns[i] = KQT_UNKNOWN;
	memset(b->pending, 0, sizeof(b->pending));
	memset(b->pending_oldest_ns, 0, sizeof(b->pending_oldest_ns));
}

/* The collector gives a wait's triggers first, then the wait. */
static void note_wait(struct measuring *m, const struct kqt_raw *r)
{
	struct kqt_broke *b = &m->seen;

	if (r->value_ns > m->order->break_ns && m->out->broke.wait_ns == 0) {
		b->wait_ns = r->value_ns;
		b->filters = r->filter;
		b->at_s = (double)(kqt_clock_now_ns() - m->start_ns) / 1e9;
		m->out->broke = *b;
	}
	memmove(b->before_ns + 1, b->before_ns, (KQT_BROKE_BEFORE - 1) * sizeof(b->before_ns[0]));
	b->before_ns[0] = r->value_ns;
	memset(b->pending, 0, sizeof(b->pending));
	memset(b->pending_oldest_ns, 0, sizeof(b->pending_oldest_ns));
}

/* -- raw samples ------------------------------------------------------------ */

static void take_raw(struct measuring *m, const struct kqt_raw *r)
{
	enum kqt_raw_kind wanted = m->order->stream == KQT_STREAM_NOTIFICATION
	                               ? KQT_RAW_NOTIFICATION
	                               : KQT_RAW_WAIT;

	if (m->started && (r->seq != m->next_seq || r->epoch != m->epoch)) {
		/* a difference across a hole would be no difference of two neighbours */
		memset(&m->fold, 0, sizeof(m->fold));
		memset(&m->pack, 0, sizeof(m->pack));
		forget(&m->seen);
	}
	m->started = true;
	m->next_seq = r->seq + 1;
	m->epoch = r->epoch;
	if (r->kind == wanted)
		take_value(m, r->value_ns);
	if (m->order->break_ns && r->kind == KQT_RAW_NOTIFICATION)
		note_trigger(&m->seen, r);
	else if (m->order->break_ns)
		note_wait(m, r);
}

static void drain(struct measuring *m)
{
	static struct kqt_raw batch[RAW_BATCH];
	size_t n;

	while ((n = kqt_session_raw(m->session, batch, RAW_BATCH)) > 0)
		for (size_t i = 0; i < n; i++)
			take_raw(m, &batch[i]);
}

/* -- slices ----------------------------------------------------------------- */

static void hists_of(struct kqt_tally *t, struct kqt_hist *out[HISTS])
{
	size_t n = 0;

	out[n++] = &t->wait_wake;
	out[n++] = &t->wait_timeout;
	for (int f = 0; f < KQT_FILTERS; f++) {
		out[n++] = &t->wait_filter[f];
		out[n++] = &t->notification[f];
		out[n++] = &t->response[f];
	}
}

static void describe_slice(struct measuring *m, const struct kqt_tally *t, size_t i)
{
	static const double q[2] = {0.50, 0.99};
	struct kqt_slice *s = &m->slice[i];
	uint64_t v[2];

	*s = (struct kqt_slice){.seconds = kqt_tally_seconds(t), .waits = t->waits};
	kqt_hist_reset(m->hist);
	kqt_tally_hist(t, KQT_LATENCY_WAIT, KQT_FILTERS, m->hist);
	kqt_hist_quantiles(m->hist, q, 2, v);
	s->wait_p50_ns = t->waits ? v[0] : KQT_UNKNOWN;
	s->wait_p99_ns = t->waits ? v[1] : KQT_UNKNOWN;
	/* a slice without a wait lasted for one: that long at least */
	m->mean[i] = t->waits ? kqt_hist_mean(m->hist) : s->seconds * 1e9;
	kqt_hist_reset(m->hist);
	kqt_tally_hist(t, KQT_LATENCY_NOTIFICATION, KQT_FILTERS, m->hist);
	kqt_hist_quantiles(m->hist, q, 2, v);
	s->notification_p50_ns = m->hist->count ? v[0] : KQT_UNKNOWN;
	s->notification_p99_ns = m->hist->count ? v[1] : KQT_UNKNOWN;
}

static int keep_part(struct part *p, struct kqt_tally *t, const struct kqt_stimulus_stats *st)
{
	struct kqt_hist *h[HISTS];

	p->counters = malloc(offsetof(struct kqt_tally, wait_wake));
	if (!p->counters)
		return -ENOMEM;
	memcpy(p->counters, t, offsetof(struct kqt_tally, wait_wake));
	p->ticks = st->ticks;
	p->lost = st->lost;
	p->behind = st->behind;
	hists_of(t, h);
	for (size_t i = 0; i < HISTS; i++)
		if (kqt_sparse_from(h[i], &p->hist[i]) < 0)
			return -ENOMEM;
	return 0;
}

static int take_slice(struct measuring *m, size_t i)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(m->session);

	kqt_tally_reset(m->scratch);
	kqt_tally_merge(m->scratch, snap->interval);
	describe_slice(m, m->scratch, i);
	if (i < m->n_parts)
		return keep_part(&m->part[i], m->scratch, &snap->stimulus);
	kqt_tally_merge(m->rest, m->scratch);
	return 0;
}

static int pause_until(struct measuring *m, uint64_t due_ns)
{
	struct timespec nap = kqt_ns_to_timespec(POLL_MS * KQT_NS_PER_MS);

	for (;;) {
		int rc = kqt_session_pump(m->session);

		drain(m);
		if (rc < 0)
			return rc;
		if (!m->go_on(m->arg))
			return -KQT_E_STOPPED;
		if (m->out->broke.wait_ns || kqt_clock_now_ns() >= due_ns)
			return 0;
		nanosleep(&nap, NULL);
	}
}

/* @return how many slices there are, or negative */
static int run_slices(struct measuring *m)
{
	uint64_t step = m->order->round_ns / m->n_slices;
	size_t i = 0;
	int rc;

	m->start_ns = kqt_clock_now_ns();
	while (i < m->n_slices && m->out->broke.wait_ns == 0) {
		rc = pause_until(m, m->start_ns + (i + 1) * step);
		if (rc == 0)
			rc = kqt_session_refresh(m->session);
		if (rc == 0)
			rc = take_slice(m, i++);
		if (rc < 0)
			return rc;
	}
	drain(m);
	return (int)i;
}

/* -- the round -------------------------------------------------------------- */

/* How many slices are warm-up. */
static size_t warmup(struct kqt_round *r, const double *mean, size_t n)
{
	long d = kqt_stats_warmup(mean, n);

	r->steady = d < 0 ? -1 : (size_t)d <= n / 2;
	return r->steady == 1 ? (size_t)d : 0;
}

static void put_back(struct measuring *m, const struct part *p)
{
	struct kqt_hist *h[HISTS];

	kqt_tally_reset(m->scratch);
	memcpy(m->scratch, p->counters, offsetof(struct kqt_tally, wait_wake));
	hists_of(m->scratch, h);
	for (size_t i = 0; i < HISTS; i++)
		kqt_sparse_add_to(&p->hist[i], h[i]);
	kqt_tally_merge(m->rest, m->scratch);
}

static int fill_hists(struct kqt_round *r, const struct kqt_tally *t)
{
	int rc = kqt_sparse_from(&t->wait_wake, &r->wait_wake);

	if (rc == 0)
		rc = kqt_sparse_from(&t->wait_timeout, &r->wait_timeout);
	for (int f = 0; f < KQT_FILTERS && rc == 0; f++) {
		rc = kqt_sparse_from(&t->wait_filter[f], &r->wait_filter[f]);
		if (rc == 0)
			rc = kqt_sparse_from(&t->notification[f], &r->notification[f]);
		if (rc == 0)
			rc = kqt_sparse_from(&t->response[f], &r->response[f]);
	}
	return rc;
}

static int fill_round(struct measuring *m, size_t n)
{
	struct kqt_round *r = &m->out->round;
	const struct kqt_snapshot *snap = kqt_session_snapshot(m->session);
	const struct kqt_tally *t = m->rest;
	size_t cut = warmup(r, m->mean, n);

	for (size_t i = 0; i < n; i++) {
		if (i < cut)
			r->warmup_s += m->slice[i].seconds;
		else
			r->seconds += m->slice[i].seconds;
		if (i >= cut && i < m->n_parts)
			put_back(m, &m->part[i]);
	}
	r->waits = t->waits;
	r->timeouts = t->timeouts;
	r->stalls = t->stalls;
	r->stall_max_ns = t->stall_max_ns;
	r->raw_lost = snap->total->raw_lost; /* entropy begins with the warm-up's bytes */
	r->excluded = t->excluded;
	r->ticks = snap->stimulus.ticks - (cut ? m->part[cut - 1].ticks : 0);
	r->ticks_lost = snap->stimulus.lost - (cut ? m->part[cut - 1].lost : 0);
	r->saturated = kqt_stimulus_saturated(
	    r->ticks, r->ticks_lost, snap->stimulus.behind - (cut ? m->part[cut - 1].behind : 0));
	for (int f = 0; f < KQT_FILTERS; f++) {
		r->filter[f] = t->filter[f];
		if (!kqt_filter_is_stamped(&m->order->config, (enum kqt_filter)f))
			r->filter[f].merged = r->filter[f].missed = r->filter[f].unstamped =
			    KQT_UNKNOWN;
	}
	for (int k = 0; k < KQT_SOURCE_KINDS; k++)
		r->missing += snap->shortfall[k].wanted - snap->shortfall[k].got;
	r->slice = kqt_array_new(n, sizeof(r->slice[0]));
	if (!r->slice)
		return -ENOMEM;
	memcpy(r->slice, m->slice, n * sizeof(r->slice[0]));
	r->n_slices = n;
	return fill_hists(r, t);
}

/* -- entropy ---------------------------------------------------------------- */

static bool go_on_assessing(void *arg, double done)
{
	const struct measuring *m = arg;

	(void)done;
	return m->go_on(m->arg);
}

static int assess(struct measuring *m)
{
	struct kqt_round_entropy *e = &m->out->round.entropy;
	const struct kqt_assess_options opt = {.threads = 1, .progress = go_on_assessing, .arg = m};
	struct kqt_assess_workspace *w;
	uint64_t counts[256] = {0};
	struct kqt_assessment a;
	int rc;

	if (m->n_bytes < KQT_ROUND_BYTES)
		return 0;
	w = kqt_assess_workspace_new(KQT_ROUND_BYTES, 8);
	if (!w)
		return -ENOMEM;
	rc = kqt_assess(w, m->bytes, KQT_ROUND_BYTES, 8, &opt, &a);
	kqt_assess_workspace_free(w);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < KQT_ROUND_BYTES; i++)
		counts[m->bytes[i]]++;
	e->n = KQT_ROUND_BYTES;
	e->assessed = a.assessed;
	e->mcv = kqt_mcv_bits(counts);
	e->shannon = kqt_shannon_bits(counts);
	return 0;
}

/* -- all of it -------------------------------------------------------------- */

static void describe_session(struct measuring *m)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(m->session);
	char text[768];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	m->out->backend = strdup(snap->backend);
	m->out->backend_label = strdup(snap->backend_label);
	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++) {
		if (snap->shortfall[k].error[0] && sb.len)
			kqt_strbuf_add(&sb, "; ");
		(void)kqt_shortfall_text(snap, k, &sb);
	}
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++) {
		if (snap->stimulus.failed[f] && sb.len)
			kqt_strbuf_add(&sb, "; ");
		(void)kqt_failed_text(snap, f, &sb);
	}
	if (sb.len)
		m->out->shortfall = strdup(text);
}

static int measure(struct measuring *m, struct kqt_strbuf *why)
{
	struct kqt_session_options so = {
	    .raw_mask = 1u << KQT_RAW_WAIT,
	    .raw_len = RAW_LEN,
	};
	struct kqt_disturbance before;
	int rc, n;

	if (m->order->break_ns || m->order->stream == KQT_STREAM_NOTIFICATION)
		so.raw_mask |= 1u << KQT_RAW_NOTIFICATION;
	rc = kqt_session_open(&m->order->config, &so, &m->session, why);
	if (rc < 0) {
		m->out->unusable = rc != -KQT_E_NO_SOURCE;
		return rc;
	}
	kqt_disturbance_now(&before);
	n = run_slices(m);
	kqt_disturbance_since(&before, &m->out->round.flags);
	describe_session(m);
	rc = n < 0 ? n : fill_round(m, (size_t)n);
	kqt_session_free(m->session);
	return rc < 0 ? rc : assess(m);
}

static struct measuring *measuring_new(void)
{
	struct measuring *m = kqt_array_new(1, sizeof(*m));

	if (!m)
		return NULL;
	m->rest = kqt_array_new(1, sizeof(*m->rest));
	m->scratch = kqt_array_new(1, sizeof(*m->scratch));
	m->hist = kqt_array_new(1, sizeof(*m->hist));
	forget(&m->seen);
	return m;
}

static void measuring_free(struct measuring *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < SLICES_MAX / 2; i++) {
		free(m->part[i].counters);
		for (size_t h = 0; h < HISTS; h++)
			kqt_sparse_free(&m->part[i].hist[h]);
	}
	free(m->rest);
	free(m->scratch);
	free(m->hist);
	free(m);
}

int kqt_round_measure(const struct kqt_round_order *order, bool (*go_on)(void *arg), void *arg,
                      struct kqt_round_answer *out)
{
	struct measuring *m = measuring_new();
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc = -ENOMEM;

	if (m && m->rest && m->scratch && m->hist) {
		m->order = order;
		m->out = out;
		m->go_on = go_on;
		m->arg = arg;
		m->n_slices = order->round_ns / SLICE_MIN_NS;
		m->n_slices = m->n_slices < 1            ? 1
		              : m->n_slices > SLICES_MAX ? SLICES_MAX
		                                         : m->n_slices;
		m->n_parts = m->n_slices / 2;
		rc = measure(m, &why);
	}
	measuring_free(m);
	if (rc == 0 || rc == -KQT_E_STOPPED)
		return rc;
	if (!why.len)
		kqt_err_text(rc, text, sizeof(text));
	out->error = strdup(text);
	return out->error ? 0 : -ENOMEM;
}
