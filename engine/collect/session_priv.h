/* SPDX-License-Identifier: MIT */
/* What session.c (life, figures) and session_change.c (sources, changes) share. */
#ifndef KQT_COLLECT_SESSION_PRIV_H
#define KQT_COLLECT_SESSION_PRIV_H

#include "engine/collect/assessor.h"
#include "engine/collect/session.h"

/* Tallies that travel: one with the collector, one or two on their way, the last
 * interval, a part of an interval that ended with an epoch. */
#define KQT_TALLIES 6

/** Where a change stands. */
enum kqt_change_phase {
	KQT_CHANGE_NONE,
	KQT_CHANGE_WAITING,  /* BEGIN not yet sent: no spare tally */
	KQT_CHANGE_REMOVING, /* until every removed source is back: descriptors are free then */
	KQT_CHANGE_OPENING,  /* sources, a slice of time a call */
	KQT_CHANGE_ADDING,   /* until DONE */
};

/** Why the collector was asked for a tally: for figures, to begin a change, or since what
 * it holds now is to be parted from what comes (a reset, a pin). */
enum kqt_awaited { KQT_AWAITED_SNAP, KQT_AWAITED_BEGIN, KQT_AWAITED_CUT };

/** Where it belongs what the collector had already counted at a reset or a pin, and hands
 * over later: to the run and what is undone, or to the run and the windows. */
enum kqt_cut { KQT_CUT_NONE, KQT_CUT_RESET, KQT_CUT_PIN };

/** Sources of one kind. */
struct kqt_fleet {
	struct kqt_source *source[KQT_SLOTS_PER_KIND]; /* by slot; NULL = free */
	uint32_t generation[KQT_SLOTS_PER_KIND];
	uint32_t free_from; /* no slot below is free */
	uint64_t live;      /* registered or being so */
	uint64_t leaving;   /* REMOVE sent, not yet back */
	int first_error;    /* of opening or registering, in this change; 0 = none */
};

/** Of a baseline: whose it is, which one of all, and when it was made. */
struct kqt_baseline_facts {
	struct kqt_config config;
	uint64_t serial;
	double at_s;
};

struct kqt_session {
	struct kqt_session_options opt;
	struct kqt_config cfg;       /* in force, or being put into force */
	struct kqt_config next_cfg;  /* after that */
	struct kqt_config epoch_cfg; /* of the epoch that is being counted */
	bool have_next;

	struct kqt_eventq *queue;
	struct kqt_stimulus *stimulus;
	struct kqt_collector *collector;
	struct kqt_assessor *assessor; /* NULL = nobody watches */
	struct kqt_dirty *dirty;
	struct kqt_spsc raw;
	KQT_CACHE_ALIGNED _Atomic uint32_t bell;

	bool running, failed;
	bool locked;          /* the process' memory */
	bool halting;         /* no further interval but the last */
	uint64_t change_size; /* sources that this change, or the last one, removes and adds */
	bool cut_short;       /* it halts: what was not open yet is not missing */
	int fail_rc;
	bool watching; /* the queue has its own descriptor for watches */
	uint64_t opened_ns, t0_ns, epoch;
	enum kqt_change_phase phase;
	struct kqt_collect_params params;
	uint32_t sched_id;
	struct kqt_fleet fleet[KQT_SOURCE_KINDS];

	/* figures */
	struct kqt_tally *spare[KQT_TALLIES];
	unsigned n_spare;
	struct kqt_tally *interval, *part; /* last interval; a piece cut off by BEGIN, or NULL */
	struct kqt_tally *epoch_tally, *baseline, *total, *saved, *window[2];
	bool have_baseline, have_saved, pinned;
	struct kqt_baseline_facts baseline_facts;
	uint64_t baselines; /* made so far: the last serial */
	/* Fed only (else NULL): the baseline of who looks at it, which is shown instead of the
	 * recording's, and what was counted since it was pinned. What is fed goes on beside
	 * them: it has to be what was recorded when they go. */
	struct kqt_tally *own, *own_epoch;
	bool have_own, own_apart; /* own_apart: own_epoch is shown, till another epoch begins */
	struct kqt_baseline_facts own_facts;
	uint64_t bytes[2][KQT_STREAMS][256];  /* two halves of the byte window */
	uint64_t bytes_sum[KQT_STREAMS][256]; /* what the snapshot shows */
	uint64_t bytes_n[2][KQT_STREAMS];
	/* orders whose SNAPPED is awaited, oldest first */
	enum kqt_awaited awaited[4];
	unsigned n_awaited, n_cuts; /* of those, cuts */
	bool cut_wanted;            /* no room for its order yet */
	enum kqt_cut cut;           /* what comes until the last of them */
	uint64_t lost_before;       /* raw samples, before this epoch */
	uint64_t requested_ns;
	bool rung; /* the collector was, since its last tally came or figures were asked for */

	struct kqt_stimulus_stats stim_before,
	    stim_last;          /* of earlier starts; at the last snapshot */
	uint64_t timer_expired; /* by the clock, of timers that are gone */
	struct kqt_snapshot snap;
};

/* session_change.c */
void kqt_session_begin_change(struct kqt_session *s);
void kqt_session_retired(struct kqt_session *s, struct kqt_source *src, int rc);
void kqt_session_done(struct kqt_session *s);
/** What was to follow this change is what is wanted from now on. */
void kqt_session_take_next(struct kqt_session *s);
/** Bring the change forward; call after every answer. */
void kqt_session_advance_change(struct kqt_session *s);
/** REMOVE everything (the session is about to halt). */
void kqt_session_remove_all(struct kqt_session *s);
/** Both threads are gone. What a failed wait kept from coming back is freed, so that
 * no descriptor and no file with a name stays. */
void kqt_session_free_sources(struct kqt_session *s);
void kqt_session_fill_shortfall(struct kqt_session *s);

/* session_figures.c */

/** @return 0 or -ENOMEM; what was allocated stays the session's. */
KQT_MUST_USE int kqt_session_tallies_new(struct kqt_session *s);
/** An empty tally to send on its way; NULL when all are. */
struct kqt_tally *kqt_session_spare_take(struct kqt_session *s);
/** It is back: emptied and kept. Accepts NULL. */
void kqt_session_spare_give(struct kqt_session *s, struct kqt_tally *t);
/** What the collector has handed over, into everything that it is part of. */
void kqt_session_count(struct kqt_session *s, const struct kqt_tally *t);
/** A new epoch begins; the old one becomes the baseline if it was long enough. */
void kqt_session_roll_epoch(struct kqt_session *s, uint64_t epoch);
void kqt_session_fill_snapshot(struct kqt_session *s);
/** Epoch and baseline of the snapshot are what they are now. */
void kqt_session_show_epoch(struct kqt_session *s);
/** kqt_session_pin and _unpin of a session that runs; of a recording's pin. */
bool kqt_session_pin_epoch(struct kqt_session *s, double at_s);
void kqt_session_unpin_epoch(struct kqt_session *s);
/** The snapshot's watch is the newest. */
void kqt_session_take_watch(struct kqt_session *s);
void kqt_session_stats_sum(struct kqt_stimulus_stats *d, const struct kqt_stimulus_stats *a);

/* session.c */
/** What the collector has answered so far, up to the first news. @return it. */
int kqt_session_take_answers(struct kqt_session *s);
/** Lock the process' memory, or give it free. @return 0, or -errno with a sentence in why. */
KQT_MUST_USE int kqt_session_lock(struct kqt_session *s, bool on, struct kqt_strbuf *why);
bool kqt_session_order(struct kqt_session *s, enum kqt_collect_op op, struct kqt_tally *tally);
/** Wake the collector, unless that was done: its answers are waited for. */
void kqt_session_ring(struct kqt_session *s);
/** Part what was counted until now from what comes: in this epoch only the latter counts. */
void kqt_session_cut(struct kqt_session *s, enum kqt_cut cut);
/** No cut any more: what is on its way belongs to the epoch. */
void kqt_session_cut_undo(struct kqt_session *s);

#endif
