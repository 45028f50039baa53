/* SPDX-License-Identifier: MIT */
/* What happened: changes and what they did, trouble, and what was asked for, each with its
 * moment and a sentence, in bounded memory. The log view shows it. What goes on for a
 * while is one entry that grows, so that an hour of losses does not push out everything
 * else. Text of others is escaped on its way in. No curses in here.
 *
 * Threads: main only. */
#ifndef KQT_TUI_LIVE_JOURNAL_H
#define KQT_TUI_LIVE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/live/model.h"

#define KQT_JOURNAL_LEN 1000 /* entries; 256 KB */
#define KQT_JOURNAL_TEXT 216

enum kqt_entry_kind {
	KQT_ENTRY_CHANGE,    /* of the configuration: before -> after */
	KQT_ENTRY_EFFECT,    /* what it did, once that can be told */
	KQT_ENTRY_ENGINE,    /* stopped, started, failed */
	KQT_ENTRY_LOAD,      /* on the machine */
	KQT_ENTRY_FIGURES,   /* reset, brought back */
	KQT_ENTRY_SOURCE,    /* what could not be registered */
	KQT_ENTRY_SATURATED, /* the stimulus */
	KQT_ENTRY_LOST,      /* samples or reports that had no room */
	KQT_ENTRY_STALL,
	KQT_ENTRY_GAP,   /* the process was stopped or slept */
	KQT_ENTRY_ALARM, /* of a health test */
	KQT_ENTRY_RECORD,
	KQT_ENTRY_AB,
	KQT_ENTRY_REPORT, /* loaded, refused */
	KQT_ENTRY_KINDS
};

struct kqt_moment {
	double elapsed_s; /* since the run began */
	int64_t wall_s;   /* since 1970; -1 = unknown */
};

struct kqt_entry {
	uint64_t serial; /* from 1 */
	struct kqt_moment at, until;
	enum kqt_entry_kind kind;
	char text[KQT_JOURNAL_TEXT]; /* UTF-8 without control characters */
};

struct kqt_journal {
	struct kqt_entry entry[KQT_JOURNAL_LEN];
	uint64_t next; /* serial of the next entry; 0 and 1: there is none yet */
	bool utc;      /* its hours are shown so: a recording's are of anywhere */
	/* what the snapshot before said, to see what is new */
	uint64_t lost, stalls, gaps, alarms[KQT_HEALTH_TESTS], alarm_epoch;
	enum kqt_stream alarm_stream;
	bool saturated;
	struct kqt_moment saturated_from, saturated_last;
	uint64_t saturated_lost; /* ticks lost before it began */
	char shortfall[KQT_SOURCE_KINDS][256];
	/* entries that may still grow, by serial, and what they count; 0 = none */
	uint64_t growing[KQT_ENTRY_KINDS], grown[KQT_ENTRY_KINDS];
	uint64_t told_epoch; /* whose effect was told */
	char told_looks[64]; /* how it looked then, */
	char told_of[32];    /* and in what */
	char told_what[128]; /* of which change: a baseline that is pinned makes another of it */
	bool told_again;     /* it was looked at once more, with more of it */
};

/** Heap, empty; NULL when memory is short. Free with free(). */
struct kqt_journal *kqt_journal_new(void);

/** As it is now, to stay so: of a frozen view. Heap; NULL when memory is short. */
struct kqt_journal *kqt_journal_copy(const struct kqt_journal *j);

/** A sentence; control characters in it are escaped, what is too long is cut. */
void kqt_journal_add(struct kqt_journal *j, struct kqt_moment at, enum kqt_entry_kind kind,
                     const char *fmt, ...) KQT_PRINTF(4, 5);

/** Look at a snapshot: losses, stalls, gaps, saturation, health alarms, shortfalls. Once
 * for each, in order. Cost: below 1 us when nothing is new. */
void kqt_journal_watch(struct kqt_journal *j, struct kqt_moment at,
                       const struct kqt_snapshot *snap);

/** A health test has raised alarms; told of a snapshot's watch by kqt_journal_watch.
 * @alarms  [KQT_HEALTH_ALPHAS] of this epoch
 * @stream  whose, or NULL when that is not known */
void kqt_journal_alarms(struct kqt_journal *j, struct kqt_moment at, enum kqt_health_test test,
                        const uint64_t alarms[KQT_HEALTH_ALPHAS], unsigned symbol,
                        const char *stream);

/** Is it time to tell what this epoch's change did? As soon as it has settled, and once more
 * when much more of it is known. */
bool kqt_journal_wants_effect(const struct kqt_journal *j, const struct kqt_snapshot *snap);
/** Tell it, if it can be told yet; the second time only where it looks different by then.
 * @of  what it is of: "wait, all"; shorter than 32 */
void kqt_journal_effect(struct kqt_journal *j, struct kqt_moment at, uint64_t epoch,
                        const struct kqt_change_figures *c, const char *of);

/** @return the entry; NULL when it is not, or not any more, there. */
const struct kqt_entry *kqt_journal_entry(const struct kqt_journal *j, uint64_t serial);
/** The newest, at or before `serial` (UINT64_MAX: of all), of a group; NULL = none. */
const struct kqt_entry *kqt_journal_before(const struct kqt_journal *j, uint64_t serial,
                                           enum kqt_entry_group g);
/** The oldest, at or after `serial`, of a group; NULL = none. */
const struct kqt_entry *kqt_journal_after(const struct kqt_journal *j, uint64_t serial,
                                          enum kqt_entry_group g);

/* -- looking at it (view_journal.c) -- */

enum kqt_log_move {
	KQT_LOG_UP, /* an entry */
	KQT_LOG_DOWN,
	KQT_LOG_PAGE_UP,
	KQT_LOG_PAGE_DOWN,
	KQT_LOG_FIRST,
	KQT_LOG_LAST
};
/** Where a screen of `rows` and `cols` that ends with entry `end` (0: with the newest,
 * whichever that is) ends after a move; 0 when that is the newest. */
uint64_t kqt_log_moved(const struct kqt_journal *j, enum kqt_entry_group g, uint64_t end,
                       enum kqt_log_move move, int rows, int cols);

/** "change", "effect", ...: at most 8 cells. */
const char *kqt_entry_kind_name(enum kqt_entry_kind k);
/** "all", "changes", "trouble", "files and runs". */
const char *kqt_entry_group_name(enum kqt_entry_group g);
enum kqt_entry_group kqt_entry_group_of(enum kqt_entry_kind k);

#endif
