/* SPDX-License-Identifier: MIT */
#include "engine/collect/session_feed.h"

#include <errno.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/collect/session_priv.h"

int kqt_session_open_fed(struct kqt_session **out)
{
	struct kqt_session *s = kqt_aligned_new(sizeof(*s));

	*out = NULL;
	if (!s)
		return -ENOMEM;
	if (kqt_session_tallies_new(s) < 0) {
		kqt_session_free(s);
		return -ENOMEM;
	}
	kqt_config_default(&s->cfg);
	s->epoch_cfg = s->cfg;
	s->snap.backend = s->snap.backend_label = "";
	kqt_session_fill_snapshot(s);
	s->snap.elapsed_s = 0;
	*out = s;
	return 0;
}

void kqt_session_feed_restart(struct kqt_session *s)
{
	kqt_session_spare_give(s, s->interval);
	s->interval = NULL;
	kqt_tally_reset(s->total);
	kqt_tally_reset(s->epoch_tally); /* first: an empty epoch becomes no baseline */
	kqt_session_roll_epoch(s, 0);
	s->have_baseline = s->pinned; /* what was pinned is there to compare the rest with */
	s->stim_before = s->stim_last = (struct kqt_stimulus_stats){0};
	kqt_session_fill_snapshot(s);
	s->snap.elapsed_s = 0;
}

/* What an engine would know of its sources, the recording says. */
static void fill(struct kqt_session *s, double elapsed_s)
{
	struct kqt_shortfall shortfall[KQT_SOURCE_KINDS];
	uint64_t registered[KQT_SOURCE_KINDS];

	memcpy(shortfall, s->snap.shortfall, sizeof(shortfall));
	memcpy(registered, s->snap.registered, sizeof(registered));
	kqt_session_fill_snapshot(s);
	memcpy(s->snap.shortfall, shortfall, sizeof(shortfall));
	memcpy(s->snap.registered, registered, sizeof(registered));
	s->snap.elapsed_s = elapsed_s;
}

void kqt_session_feed_config(struct kqt_session *s, const struct kqt_fed_config *c)
{
	s->cfg = *c->config;
	kqt_session_roll_epoch(s, c->epoch);
	s->snap.backend = c->backend ? c->backend : "";
	s->snap.backend_label = c->backend_label ? c->backend_label : "";
	s->snap.capabilities = c->capabilities;
	memcpy(s->snap.registered, c->registered, sizeof(s->snap.registered));
	memcpy(s->snap.shortfall, c->shortfall, sizeof(s->snap.shortfall));
	fill(s, s->snap.elapsed_s);
}

void kqt_session_feed_interval(struct kqt_session *s, const struct kqt_tally *t,
                               const struct kqt_stimulus_stats *stimulus, double elapsed_s)
{
	kqt_session_spare_give(s, s->interval);
	s->interval = kqt_session_spare_take(s); /* there is one: nothing is on its way */
	kqt_tally_merge(s->interval, t);
	kqt_session_count(s, s->interval);
	s->stim_before = *stimulus;
	fill(s, elapsed_s);
}
