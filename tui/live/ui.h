/* SPDX-License-Identifier: MIT */
/* What the user has chosen to see. Keys change it, views read it. */
#ifndef KQT_TUI_LIVE_UI_H
#define KQT_TUI_LIVE_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/live/theme.h"
#include "tui/settings.h"

enum kqt_scale { KQT_SCALE_LIN, KQT_SCALE_SQRT, KQT_SCALE_LOG, KQT_SCALES };

enum kqt_view_id {
	KQT_VIEW_OVERVIEW,
	KQT_VIEW_LATENCY,
	KQT_VIEW_EVENTS,
	KQT_VIEW_ENTROPY,
	KQT_VIEW_COMPARE,
	KQT_VIEW_LOG,
	KQT_VIEW_HELP,
	KQT_VIEW_SETUP,
	KQT_VIEWS
};

#define KQT_NOW UINT64_MAX

enum kqt_message_kind { KQT_MESSAGE_NONE, KQT_MESSAGE_INFO, KQT_MESSAGE_BAD };

/** Kinds of the journal's entries, for looking at one of them (journal.h). */
enum kqt_entry_group {
	KQT_ENTRIES_ALL,
	KQT_ENTRIES_CHANGES,
	KQT_ENTRIES_TROUBLE,
	KQT_ENTRIES_FILES,
	KQT_ENTRY_GROUPS
};

/** What the cumulative figures read from, since the last reset: the run's totals at
 * that moment. The session's own totals, which programs read, are never reset. */
struct kqt_reset_base {
	struct kqt_filter_tally filter[KQT_FILTERS];
	uint64_t timeouts, collections_done, collections_short;
};

/** What loads the machine, "cpu:2x"; "" or "none" = nothing: now, when the baseline was
 * pinned, and, in a replay, when the viewer's own was, while there is one. */
struct kqt_ui_loaded {
	char now[32], pinned[32], own_pinned[32];
	bool own;
};

struct kqt_ui {
	enum kqt_view_id view;
	enum kqt_latency kind;
	unsigned filter; /* enum kqt_filter, or KQT_FILTERS for all */
	enum kqt_stream stream;
	enum kqt_scale scale;
	enum kqt_palette palette;
	bool ghost;
	unsigned chart; /* of the entropy view: which page, modulo what the size has */
	enum kqt_entry_group log_group; /* of the log: which kinds */
	uint64_t log_end;               /* of the log: the entry at its bottom, 0 = the newest */
	unsigned page;                  /* of the events, where one screen has no room */
	unsigned help_page;             /* modulo how many there are */
	unsigned zoom;                  /* columns of history a column of the screen */
	uint64_t end; /* place in the history of the right edge; KQT_NOW = goes along */
	uint64_t at;  /* while frozen: of the moment that is shown; KQT_NOW = the last */
	bool fixed;   /* the latency axis stays as it is */
	bool swap;    /* the baseline as the main figures, now as the ghost; if there is one */
	bool frozen;
	double frozen_s;         /* elapsed time when it was frozen */
	int focus;               /* knob 0 .. 3, -1 none */
	uint64_t focus_until_ns; /* when it is forgotten, if no key of its own comes */
	bool typing;
	char typed[16];    /* the value so far */
	bool asking;       /* for reports' files */
	bool asking_shown; /* ... while the message line says something */
	char path[512];    /* ... so far */
	bool naming;       /* a preset of one's own */
	char name[32];     /* ... so far */
	bool name_taken;   /* it is one's own already: Enter once more replaces it */
	/* the setup screen: what it shows, and what of it has no other place here; the row
	 * that the arrows change; where Esc leads */
	struct kqt_settings settings;
	int setup_row;
	enum kqt_view_id view_before, before_help;
	bool mouse;
	enum kqt_message_kind message_kind;
	char message[256];
	uint64_t message_until_ns;
	uint64_t interval_ns; /* between two refreshes */
	char load[40];        /* "LOAD cpu:2x 47s"; "" = none */
	/* what began the epoch, where its configuration is what it was before: "load none ->
	 * cpu:2x", "restarted"; "" = not known */
	char cause[64];
	struct kqt_ui_loaded loaded;
	struct kqt_reset_base base;
};

/** What `value` (0 .. 1 of the largest) is drawn as, 0 .. 1; above 0 for any value
 * above 0. log: four decades. */
double kqt_scale_apply(enum kqt_scale scale, double value);
const char *kqt_scale_name(enum kqt_scale scale);

#endif
