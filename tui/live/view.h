/* SPDX-License-Identifier: MIT */
/* Views are a table: each draws a scene on a canvas and may not block, keep or
 * change anything. A view is one file and one row of kqt_views. */
#ifndef KQT_TUI_LIVE_VIEW_H
#define KQT_TUI_LIVE_VIEW_H

#include "engine/engine.h"
#include "tui/live/beside.h"
#include "tui/live/canvas.h"
#include "tui/live/history.h"
#include "tui/live/journal.h"
#include "tui/live/model.h"
#include "tui/live/play.h"
#include "tui/live/ui.h"

/** The latency axis: bins [lo, hi), kept from frame to frame so that it grows
 * when it must but never jitters. */
struct kqt_axis {
	unsigned lo, hi; /* hi 0 = not set */
	enum kqt_latency kind;
	unsigned filter;
};

struct kqt_app_ab; /* ab.h */

/** Everything a view may look at. All borrowed. */
struct kqt_scene {
	const struct kqt_snapshot *snap; /* a copy while the view is frozen */
	const struct kqt_snapshot *live; /* what the engine says now */
	const struct kqt_config *wanted; /* in force, or soon */
	const struct kqt_history *history;
	const struct kqt_figures *fig;
	const struct kqt_ui *ui;
	struct kqt_axis axis;
	bool running, changing;            /* the engine, now */
	const struct kqt_play *play;       /* a recording is shown; NULL = the engine is */
	double elapsed_s;                  /* now, or the position in the recording */
	uint64_t start_ns;                 /* the monotonic moment that it counts from */
	uint64_t now_ns;                   /* monotonic, of this drawing or this position */
	const struct kqt_app_ab *ab;       /* key n; NULL = there is none */
	const struct kqt_beside *beside;   /* as computed last; NULL = there is nothing */
	const struct kqt_journal *journal; /* NULL = there is none; a copy while frozen */
	uint64_t log_since;                /* entries that came since it was frozen */
	const struct kqt_account *account; /* [KQT_FILTERS]; NULL = not known */
	unsigned cpus;
	const char *progress;    /* of a long change, shown in its place; NULL = there is none */
	bool message;            /* ui->message is to be shown */
	const char *recording;   /* file that is being written, or NULL */
	uint64_t recorded_bytes; /* in it so far */
};

struct kqt_view {
	const char *name;
	int hotkey;             /* as in the key table */
	int rows_min, cols_min; /* below, the compact form is drawn instead */
	bool latencies;         /* shown: adding up histograms is two thirds of all work */
	void (*draw)(struct kqt_canvas *c, const struct kqt_scene *sc);
};
extern const struct kqt_view kqt_views[]; /* by enum kqt_view_id */
/** Is its key a digit? Those can be chosen as the first (setting `view`). */
bool kqt_view_is_numbered(enum kqt_view_id v);

/** Draw the chosen view, or the compact form where it has no room. */
void kqt_view_draw(struct kqt_canvas *c, const struct kqt_scene *sc);

/* view_common.c: what every view has. Each draws one row. */
void kqt_draw_header(struct kqt_canvas *c, int row, const struct kqt_scene *sc);
/** The knobs and what is shown; at least what the contract of the screen asks for. In row 0,
 * where no header is above: FROZEN, STOPPED, CHANGING, a load and REC at the right end. */
void kqt_draw_knobs(struct kqt_canvas *c, int row, const struct kqt_scene *sc);
void kqt_draw_key_bar(struct kqt_canvas *c, int row);
/** A line across with a title at its left. @return where text may go on. */
struct kqt_pen kqt_draw_title(struct kqt_canvas *c, int row, int col, int end, const char *title);
/** Message if there is one. @return whether there was. */
bool kqt_draw_message(struct kqt_canvas *c, int row, const struct kqt_scene *sc);
/** The last two rows of a view without a log: a message's, over what is there, and the keys'. */
void kqt_draw_foot(struct kqt_canvas *c, const struct kqt_scene *sc);

/** Pieces of text that flow over rows [row, rows_end); none is broken over two. */
struct kqt_flow {
	struct kqt_canvas *canvas;
	int row, rows_end, col;
	struct {
		const char *text; /* for the end of the first row that has room left; NULL none */
		unsigned style;
	} spare[2];
};
void kqt_flow_add(struct kqt_flow *f, unsigned style, const char *fmt, ...) KQT_PRINTF(3, 4);
/** What is spare, here, if it has room in this row. */
void kqt_flow_spare(struct kqt_flow *f);

/* view_log.c: what the last change did, and what the reader has to know about
 * the figures, flowing over `rows` rows; in the log a message takes the last of them. */
void kqt_draw_news(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc);
/** In one row: that a load has ended, and what it did. @return false when there is none to
 * tell of. */
bool kqt_draw_load_told(struct kqt_canvas *c, int row, const struct kqt_scene *sc);
void kqt_draw_log(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc);

/** What was measured and does not count, and what was lost. */
void kqt_flow_excluded(struct kqt_flow *f, const struct kqt_figures *fig);

/* panel.c */
/** Widen bins [*lo, *hi) to whatever is not 0, outwards to a multiple of `step`; *hi 0 = there
 * is no range yet. Nothing when all are 0. */
void kqt_range_widen(unsigned *lo, unsigned *hi, const uint64_t bins[KQT_BINS], unsigned step);
/** Grow the axis so that what is shown has room; nothing while ui->fixed. */
void kqt_axis_update(struct kqt_axis *axis, const struct kqt_figures *fig,
                     const struct kqt_history *h, const struct kqt_ui *ui);
/** Heat map and distribution, with their title, in rows [row, row + rows). */
void kqt_draw_latency(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc);
/** The same with a time axis below, and the baseline's percentiles beside those of now. */
void kqt_draw_latency_wide(struct kqt_canvas *c, int row, int rows, const struct kqt_scene *sc);

/* stretch.c */
/** What of the history is on the screen: groups of ui->zoom columns each, one a column
 * of the screen. */
struct kqt_stretch {
	uint64_t first, last; /* groups; each is `zoom` places long, the first begins at 0 */
	uint64_t end;         /* behind the last place that is shown: full columns only */
	uint64_t width, zoom; /* columns of the screen; places in a group */
	bool sweep;           /* else the newest is at the right */
};
/** @return false when there is nothing to show. */
bool kqt_stretch_of(const struct kqt_history *h, const struct kqt_ui *ui, int width,
                    struct kqt_stretch *out);
/** Column of the screen, 0 .. width - 1, of a group in the window. */
int kqt_stretch_column(const struct kqt_stretch *w, uint64_t group);
/** Columns of the heat map on a screen this wide. */
int kqt_map_cells(int cols, bool wide);
/** Scroll by so many columns of the screen (back < 0), or, while frozen, move the moment
 * that is shown. */
void kqt_stretch_move(const struct kqt_history *h, struct kqt_ui *ui, int width, int columns);
/** Is a moment of a frozen view chosen, other than its last? */
bool kqt_stretch_moment(const struct kqt_ui *ui);
/** The newest again. @return whether it was not. */
bool kqt_stretch_home(struct kqt_ui *ui);
/** How far the right edge, or the chosen moment, lies before the newest; 0 when there. */
double kqt_stretch_ago_s(const struct kqt_history *h, const struct kqt_ui *ui);
/** Seconds that one column of the history covers. */
double kqt_column_s(const struct kqt_ui *ui);

/* view_table.c */
/** The style of a filter, or of all. */
unsigned kqt_filter_style(unsigned filter);
/** Title, four filters, timeouts: six rows. */
void kqt_draw_filters(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc);
/** A trend of the last `cells` columns. what: 0 .. 3 a filter's events, then: */
enum { KQT_TREND_TIMEOUTS = KQT_FILTERS, KQT_TREND_WAITS, KQT_TREND_EVENTS, KQT_TREND_BYTES };
void kqt_draw_trend(struct kqt_canvas *c, int row, int col, int end, const struct kqt_scene *sc,
                    int what, unsigned style);

/* view_compact.c */
#define KQT_COMPACT_ROWS 10 /* below, it is a line */
#define KQT_COMPACT_COLS 40
void kqt_draw_compact(struct kqt_canvas *c, const struct kqt_scene *sc);

/* a file each */
void kqt_draw_overview(struct kqt_canvas *c, const struct kqt_scene *sc);
void kqt_draw_latency_view(struct kqt_canvas *c, const struct kqt_scene *sc);
void kqt_draw_entropy(struct kqt_canvas *c, const struct kqt_scene *sc);
void kqt_draw_events(struct kqt_canvas *c, const struct kqt_scene *sc);
/** Pages that the events have on a screen of so many rows: 1 from 24 up. */
unsigned kqt_events_pages(int rows, const struct kqt_snapshot *snap);
/** Pages that the help has on a screen of this size. */
unsigned kqt_help_pages(int rows, int cols);
void kqt_draw_compare(struct kqt_canvas *c, const struct kqt_scene *sc);
#define KQT_COMPARE_LAST (~0u) /* ui->page: the last page, where A/B is */
unsigned kqt_compare_pages(const struct kqt_beside *b, const struct kqt_app_ab *ab);
/* view_beside.c: in rows [row, end) */
void kqt_draw_beside(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc);
void kqt_draw_beside_words(struct kqt_canvas *c, int row, int end, const struct kqt_scene *sc);
void kqt_draw_journal(struct kqt_canvas *c, const struct kqt_scene *sc);
void kqt_draw_help(struct kqt_canvas *c, const struct kqt_scene *sc);
/* view_setup.c */
void kqt_draw_setup(struct kqt_canvas *c, const struct kqt_scene *sc);

/** Text of a table that ends before column `end`. */
void kqt_draw_cell(struct kqt_canvas *c, int row, int end, unsigned style, const char *text);
/** A count there: "-" when it is not known, dim when it is 0. @digits  in full where it has no
 * more; else in 5 cells. 0: always those */
void kqt_draw_count(struct kqt_canvas *c, int row, int end, bool known, uint64_t n, int digits);

/** A latency in 6 cells, right-aligned; "     -" when count is 0. @return buf */
const char *kqt_cell_ns(uint64_t count, uint64_t ns, char buf[16]);
/** A count or rate in 5 cells; "    -" for NaN. @return buf */
const char *kqt_cell_count(double value, char buf[16]);
/** "12s", "4:10", "1:04:10". @return buf */
const char *kqt_ago_text(double seconds, char buf[24]);
/** "0:12:41". @return buf */
const char *kqt_clock_text(double seconds, char buf[24]);

#endif
