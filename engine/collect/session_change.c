/* SPDX-License-Identifier: MIT */
/* Sources come and go as the difference of two configurations:
 *
 *   WAITING -> BEGIN -> REMOVING -> (all back) -> PARAMS -> OPENING -> END -> ADDING -> DONE
 *
 * What is to go goes first and comes back before anything is opened, so that a
 * change that replaces every descriptor works within the limit that held before. Thousands
 * are opened (ADD each) in slices of time, between which the caller obeys keys. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/collect/session_priv.h"
#include "engine/config/text.h"

#define STALL_FACTOR 10              /* measurement.md, "Words" */
#define SLICE_NS (5 * KQT_NS_PER_MS) /* of opening: what a key may have to wait */

static uint64_t wanted(const struct kqt_config *c, enum kqt_source_kind k)
{
	switch (k) {
	case KQT_SOURCE_TIMER:
		return c->num_timers;
	case KQT_SOURCE_SOCKET:
		return c->num_sockets;
	case KQT_SOURCE_FILE:
		return c->num_file_watchers;
	case KQT_SOURCE_KINDS:
		break;
	}
	return 0;
}

/* Timers at 1 + i % 10 ms, as the seed has them. Spread: each at its own point of
 * its interval, by the golden ratio, so that timer i has its phase whatever the
 * number of others; otherwise harmonic timers come in bunches. */
static void timer_shape(struct kqt_source *src, bool spread)
{
	static const double golden = 0.61803398874989485;
	double turns = (double)src->index * golden;

	src->interval_ns = (1 + src->index % 10) * KQT_NS_PER_MS;
	src->offset_ns =
	    spread ? (uint64_t)((turns - (double)(uint64_t)turns) * (double)src->interval_ns) : 0;
}

/* -- removing ------------------------------------------------------------- */

static void remove_one(struct kqt_session *s, enum kqt_source_kind k, struct kqt_source *src)
{
	struct kqt_collect_msg msg = {.op = KQT_COL_REMOVE, .u.source = src};

	if (kqt_collector_send(s->collector, &msg))
		s->fleet[k].leaving++;
}

/* Are a kind's sources made in another way than those of the epoch that ends? Its
 * configuration is what they were made by. */
static bool made_otherwise(const struct kqt_session *s, enum kqt_source_kind k)
{
	const struct kqt_config *was = &s->epoch_cfg, *now = &s->cfg;

	switch (k) {
	case KQT_SOURCE_TIMER:
		return was->spread != now->spread;
	case KQT_SOURCE_SOCKET:
		return was->write != now->write;
	case KQT_SOURCE_FILE:
		return strcmp(was->watch_dir, now->watch_dir) != 0;
	case KQT_SOURCE_KINDS:
		break;
	}
	return false;
}

/* A source's number is its slot, so those to keep are not looked at: with 4096 watchers
 * that look was 160 of the 380 us of a change by one (make bench, growth). */
static void remove_surplus(struct kqt_session *s, enum kqt_source_kind k, uint64_t keep)
{
	struct kqt_fleet *fl = &s->fleet[k];

	if (made_otherwise(s, k))
		keep = 0;
	for (uint32_t i = (uint32_t)keep; i < KQT_SLOTS_PER_KIND; i++)
		if (fl->source[i])
			remove_one(s, k, fl->source[i]);
}

/* For timers that are gone: how often the clock says they expired. Between the two
 * readings around the last read of the timer lies its true count; the middle of
 * that is off by less than one expiration. */
static uint64_t expirations(const struct kqt_source *src)
{
	uint64_t end = src->removed_ns[0] + (src->removed_ns[1] - src->removed_ns[0]) / 2;

	return end < src->first_due_ns ? 0 : (end - src->first_due_ns) / src->interval_ns + 1;
}

static void free_slot(struct kqt_fleet *fl, uint32_t i)
{
	fl->source[i] = NULL;
	if (i < fl->free_from)
		fl->free_from = i;
}

void kqt_session_retired(struct kqt_session *s, struct kqt_source *src, int rc)
{
	struct kqt_fleet *fl = &s->fleet[src->kind];

	if (rc < 0) { /* never was registered */
		if (!fl->first_error)
			fl->first_error = rc;
	} else {
		fl->leaving--;
		if (src->kind == KQT_SOURCE_TIMER)
			s->timer_expired += expirations(src);
	}
	fl->live--;
	free_slot(fl, kqt_slot_of_token(src->token) % KQT_SLOTS_PER_KIND);
	kqt_source_free(src);
}

/* -- adding --------------------------------------------------------------- */

static int open_one(struct kqt_session *s, enum kqt_source_kind k, struct kqt_source **out)
{
	const char *dir = s->cfg.watch_dir[0] ? s->cfg.watch_dir : NULL;
	int fd, rc;

	rc = s->queue->ops->open_source(s->queue, k, &fd);
	if (rc < 0)
		return rc;
	s->watching |= k == KQT_SOURCE_FILE;
	if (k == KQT_SOURCE_SOCKET)
		return kqt_source_open_socket((enum kqt_write_mode)s->cfg.write, out);
	if (k == KQT_SOURCE_FILE && !(s->queue->ops->capabilities & KQT_CAP_NAMELESS_FILE))
		return kqt_source_open_named_file(dir, out);
	if (k == KQT_SOURCE_FILE)
		return kqt_source_open_file(dir, out);
	*out = kqt_source_new(k);
	if (!*out) {
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	(*out)->fd = fd;
	return 0;
}

/* A free slot and the smallest number that no live source of the kind has. Live
 * numbers are 0 .. n-1 but for holes that a failed registration left. */
static bool place(struct kqt_fleet *fl, enum kqt_source_kind k, struct kqt_source *src)
{
	/* not from 0: so opening 4096 timers took 72 ms instead of 14 (make bench, growth) */
	for (uint32_t i = fl->free_from; i < KQT_SLOTS_PER_KIND; i++) {
		if (fl->source[i])
			continue;
		fl->free_from = i + 1;
		fl->source[i] = src;
		src->index = i; /* slots are filled from below: slot and number are one */
		src->token = kqt_token((uint32_t)k * KQT_SLOTS_PER_KIND + i, ++fl->generation[i]);
		return true;
	}
	return false;
}

static int add_one(struct kqt_session *s, enum kqt_source_kind k)
{
	struct kqt_collect_msg msg = {.op = KQT_COL_ADD};
	struct kqt_fleet *fl = &s->fleet[k];
	struct kqt_source *src;
	int rc = open_one(s, k, &src);

	if (rc < 0)
		return rc;
	if (!place(fl, k, src)) {
		kqt_source_free(src);
		return -ENOSPC;
	}
	if (k == KQT_SOURCE_TIMER)
		timer_shape(src, s->cfg.spread);
	fl->live++;
	msg.u.source = src;
	return kqt_collector_send(s->collector, &msg) ? 0 : -EAGAIN;
}

/* One of each kind in turn, so that when descriptors run out every kind has some.
 * @return whether there are more when the slice is over */
static bool add_missing(struct kqt_session *s)
{
	uint64_t end = kqt_clock_now_ns() + SLICE_NS;
	bool more = true;

	while (more && kqt_clock_now_ns() < end) {
		more = false;
		for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++) {
			struct kqt_fleet *fl = &s->fleet[k];

			if (fl->live >= wanted(&s->cfg, k) || fl->first_error)
				continue;
			fl->first_error = add_one(s, k);
			more = true;
		}
	}
	return more;
}

static void send_params(struct kqt_session *s)
{
	struct kqt_collect_msg msg = {.op = KQT_COL_PARAMS, .u.params = &s->params};
	struct kqt_collect_params *p = &s->params;
	uint64_t period = s->cfg.stimulus_us * KQT_NS_PER_US;
	uint64_t longest;
	struct kqt_sched sched = {.id = p->sched.id,
	                          .dither = s->cfg.dither,
	                          .base_ns = s->t0_ns + s->cfg.phase_us * KQT_NS_PER_US,
	                          .period_ns = period,
	                          .dither_seed = s->t0_ns};

	p->timeout_ns = s->cfg.timeout_ms * KQT_NS_PER_MS;
	p->collection = s->cfg.collection;
	longest = p->timeout_ns > period ? p->timeout_ns : period;
	p->stall_limit_ns = STALL_FACTOR * longest;
	p->t0_ns = s->t0_ns;
	p->sched_changed = p->sched.period_ns != sched.period_ns ||
	                   p->sched.base_ns != sched.base_ns || p->sched.dither != sched.dither;
	if (p->sched_changed) {
		sched.id = ++s->sched_id;
		p->sched = sched;
	}
	(void)kqt_collector_send(s->collector, &msg);
}

/* -- the phases ----------------------------------------------------------- */

void kqt_session_begin_change(struct kqt_session *s)
{
	s->phase = KQT_CHANGE_WAITING;
	s->snap.changing = true;
	kqt_session_advance_change(s);
}

static void note_size(struct kqt_session *s)
{
	s->change_size = 0;
	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++) {
		const struct kqt_fleet *fl = &s->fleet[k];
		uint64_t stay = fl->live - fl->leaving;

		s->change_size += fl->leaving;
		if (wanted(&s->cfg, k) > stay)
			s->change_size += wanted(&s->cfg, k) - stay;
	}
}

static void try_begin(struct kqt_session *s)
{
	struct kqt_tally *spare = s->n_awaited < 3 ? kqt_session_spare_take(s) : NULL;

	if (!spare) {
		kqt_session_ring(s); /* else the change would wait for the end of a wait */
		return;
	}
	(void)kqt_session_order(s, KQT_COL_BEGIN, spare);
	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++)
		remove_surplus(s, k, wanted(&s->cfg, k));
	note_size(s);
	s->phase = KQT_CHANGE_REMOVING;
	kqt_collector_ring(s->collector);
}

static void begin_opening(struct kqt_session *s)
{
	/* params first: what joins finds the grid and the schedule it belongs to */
	send_params(s);
	for (int k = 0; k < KQT_SOURCE_KINDS; k++)
		s->fleet[k].first_error = 0;
	s->cut_short = false;
	s->phase = KQT_CHANGE_OPENING;
}

/* One slice; END behind the last. */
static void open_slice(struct kqt_session *s)
{
	struct kqt_collect_msg end = {.op = KQT_COL_END, .u.epoch = s->epoch + 1};

	s->cut_short = s->halting;
	/* Nobody rings yet: sources that are registered speak, and the collector would work on
	 * that while we open the rest. */
	if (!s->halting && add_missing(s))
		return;
	if (s->assessor)
		kqt_assessor_epoch(s->assessor, end.u.epoch, s->cfg.collection);
	(void)kqt_collector_send(s->collector, &end);
	s->phase = KQT_CHANGE_ADDING;
	kqt_collector_ring(s->collector);
}

void kqt_session_advance_change(struct kqt_session *s)
{
	uint64_t leaving = 0;

	if (s->phase == KQT_CHANGE_WAITING)
		try_begin(s);
	for (int k = 0; k < KQT_SOURCE_KINDS; k++)
		leaving += s->fleet[k].leaving;
	if (s->phase == KQT_CHANGE_REMOVING && leaving == 0)
		begin_opening(s);
	if (s->phase == KQT_CHANGE_OPENING)
		open_slice(s);
}

bool kqt_session_progress(const struct kqt_session *s, struct kqt_progress *out)
{
	*out = (struct kqt_progress){0};
	if (s->phase == KQT_CHANGE_NONE || s->phase == KQT_CHANGE_WAITING)
		return false;
	out->all = s->change_size;
	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++) {
		out->have += s->fleet[k].live;
		out->wanted += wanted(&s->cfg, k);
		out->leaving += s->fleet[k].leaving;
	}
	return true;
}

void kqt_session_take_next(struct kqt_session *s)
{
	if (s->have_next)
		s->cfg = s->next_cfg;
	s->have_next = false;
}

void kqt_session_done(struct kqt_session *s)
{
	s->phase = KQT_CHANGE_NONE;
	if (!s->cut_short)
		kqt_session_fill_shortfall(s);
	if (!s->have_next || s->halting)
		return;
	kqt_session_take_next(s);
	kqt_session_begin_change(s);
}

int kqt_session_apply(struct kqt_session *s, const struct kqt_config *cfg, struct kqt_strbuf *why)
{
	int rc = kqt_config_check(cfg, why);

	if (rc == 0 && s->running)
		rc = kqt_session_lock(s, cfg->mlock, why);
	if (rc < 0)
		return rc;
	if (s->phase != KQT_CHANGE_NONE) {
		s->next_cfg = *cfg;
		s->have_next = true;
		return 0;
	}
	s->cfg = *cfg;
	if (s->running)
		kqt_session_begin_change(s);
	return 0;
}

static void name_config(struct kqt_config *cfg, const char *preset)
{
	snprintf(cfg->preset, sizeof(cfg->preset), "%s", preset);
}

void kqt_session_name(struct kqt_session *s, const char *preset)
{
	if (s->have_next) {
		name_config(&s->next_cfg, preset);
		return;
	}
	name_config(&s->cfg, preset);
	if (s->phase != KQT_CHANGE_NONE)
		return; /* the figures are of another configuration until it is through */
	name_config(&s->snap.config, preset);
	if (s->running)
		name_config(&s->epoch_cfg, preset);
}

const struct kqt_config *kqt_session_wanted(const struct kqt_session *s)
{
	return s->have_next ? &s->next_cfg : &s->cfg;
}

void kqt_session_remove_all(struct kqt_session *s)
{
	struct timespec pause = kqt_ns_to_timespec(100 * KQT_NS_PER_US);
	uint64_t live = 1;

	/* let a change that is under way end: its sources are not all known yet */
	while (s->phase != KQT_CHANGE_NONE && !s->failed) {
		(void)kqt_session_take_answers(s);
		nanosleep(&pause, NULL);
	}
	while ((s->n_spare == 0 || s->n_awaited >= 3) && !s->failed) {
		kqt_collector_ring(s->collector);
		(void)kqt_session_take_answers(s);
		nanosleep(&pause, NULL);
	}
	if (s->failed)
		return;
	(void)kqt_session_order(s, KQT_COL_BEGIN, kqt_session_spare_take(s));
	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++)
		remove_surplus(s, k, 0);
	kqt_collector_ring(s->collector);
	while (live > 0 && !s->failed) {
		(void)kqt_session_take_answers(s);
		live = 0;
		for (int k = 0; k < KQT_SOURCE_KINDS; k++)
			live += s->fleet[k].live;
		if (live)
			nanosleep(&pause, NULL);
	}
}

void kqt_session_free_sources(struct kqt_session *s)
{
	for (int k = 0; k < KQT_SOURCE_KINDS; k++) {
		struct kqt_fleet *fl = &s->fleet[k];

		for (uint32_t i = 0; i < KQT_SLOTS_PER_KIND && fl->live > 0; i++) {
			if (!fl->source[i])
				continue;
			kqt_source_free(fl->source[i]);
			free_slot(fl, i);
			fl->live--;
		}
		fl->leaving = 0;
	}
}

/* -- what is missing ------------------------------------------------------ */

static uint64_t descriptors_open(uint64_t limit)
{
	uint64_t n = 0;

	if (limit > 65536)
		limit = 65536;
	for (int fd = 0; fd < (int)limit; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static uint64_t descriptors_missing(const struct kqt_session *s)
{
	unsigned caps = s->queue->ops->capabilities;
	const uint64_t each_of[KQT_SOURCE_KINDS] = {
	    [KQT_SOURCE_TIMER] = caps & KQT_CAP_TIMER_FD ? 1 : 0,
	    [KQT_SOURCE_SOCKET] = 2,
	    [KQT_SOURCE_FILE] = caps & KQT_CAP_FILE_FD ? 2 : 1,
	};
	uint64_t n = 0;

	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++) {
		uint64_t each = each_of[k];
		uint64_t want = wanted(&s->cfg, k);

		if (want > s->fleet[k].live)
			n += (want - s->fleet[k].live) * each;
		if (k == KQT_SOURCE_FILE && want > 0 && !s->watching)
			n++; /* the queue's own for watches */
	}
	return n;
}

static void error_text(const struct kqt_session *s, enum kqt_source_kind k, char *buf, size_t size)
{
	struct kqt_strbuf sb = kqt_strbuf_init(buf, size);
	int rc = s->fleet[k].first_error;
	char text[96], shown[84];
	struct rlimit rl;

	kqt_err_text(rc, text, sizeof(text));
	/* cut between two characters: it goes into JSON, which has no half ones */
	if (k == KQT_SOURCE_FILE && s->cfg.watch_dir[0] && rc != -EMFILE && rc != -ENOSPC)
		kqt_strbuf_add(&sb, "cannot make a file in '%s': ",
		               kqt_text_show(s->cfg.watch_dir, shown, sizeof(shown)));
	if (rc == -EMFILE && getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		uint64_t allowed = (uint64_t)rl.rlim_cur;
		uint64_t needed = descriptors_open(allowed) + descriptors_missing(s);

		/* EMFILE has a second meaning for inotify: a user's instances are limited */
		if (k == KQT_SOURCE_FILE && needed <= allowed)
			kqt_strbuf_add(&sb, "no inotify instance left for this user "
			                    "(fs.inotify.max_user_instances)");
		else
			kqt_strbuf_add(&sb, "%s: %llu allowed, %llu needed", text,
			               (unsigned long long)allowed, (unsigned long long)needed);
	} else if (rc == -ENOMEM && k == KQT_SOURCE_TIMER) { /* what kqueue says then */
		kqt_strbuf_add(&sb, "no timer left in the kernel, or no memory: %s", text);
	} else if (rc == -ENOSPC && k == KQT_SOURCE_FILE) {
		kqt_strbuf_add(&sb, "no watch left for this user, or no space: %s", text);
	} else {
		kqt_strbuf_add(&sb, "%s", text);
	}
}

void kqt_session_fill_shortfall(struct kqt_session *s)
{
	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++) {
		struct kqt_shortfall *sf = &s->snap.shortfall[k];
		bool was = sf->error[0] != '\0' && sf->wanted == wanted(&s->cfg, k) &&
		           sf->got == s->fleet[k].live;

		if (!s->running)
			continue; /* what it ran with, and what was missing, stays said */
		s->snap.registered[k] = s->fleet[k].live;
		if (s->phase != KQT_CHANGE_NONE)
			continue; /* not settled: what was missing before the change stays said */
		sf->wanted = wanted(&s->cfg, k);
		sf->got = s->fleet[k].live;
		if (sf->got >= sf->wanted)
			sf->error[0] = '\0';
		else if (!was) /* counting descriptors takes a moment: once a change */
			error_text(s, k, sf->error, sizeof(sf->error));
	}
}

bool kqt_shortfall_text(const struct kqt_snapshot *snap, enum kqt_source_kind kind,
                        struct kqt_strbuf *out)
{
	const struct kqt_shortfall *sf = &snap->shortfall[kind];

	if (!sf->error[0])
		return false;
	kqt_strbuf_add(out, "%s: %llu of %llu registered: %s", kqt_source_kind_name(kind),
	               (unsigned long long)sf->got, (unsigned long long)sf->wanted, sf->error);
	return true;
}

bool kqt_failed_text(const struct kqt_snapshot *snap, enum kqt_filter f, struct kqt_strbuf *out)
{
	const struct kqt_stimulus_stats *st = &snap->stimulus;
	uint64_t all = st->performed[f] + st->failed[f];
	char text[96];

	if (st->failed[f] == 0)
		return false;
	kqt_strbuf_add(out, "%s: %llu of %llu triggers failed: %s", kqt_filter_name(f),
	               (unsigned long long)st->failed[f], (unsigned long long)all,
	               kqt_err_text(st->failed_rc[f], text, sizeof(text)));
	return true;
}
