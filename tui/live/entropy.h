/* SPDX-License-Identifier: MIT */
/* The entropy view's parts: what its figures mean in numbers, what is always
 * there (the facts), and the charts, of which a small terminal shows one at a
 * time. Every figure is judged by its distance to a perfect source with as many
 * bytes, never by itself (entropy.md). */
#ifndef KQT_TUI_LIVE_ENTROPY_H
#define KQT_TUI_LIVE_ENTROPY_H

#include <stdint.h>

#include "engine/engine.h"
#include "tui/live/view.h"

/* -- numbers -------------------------------------------------------------- */

/** How many standard deviations a share of ones among n bits is off 0.5: a perfect
 * source's share has 0.5 / sqrt(n). NaN when n is 0. */
double kqt_bias_sigma(double share, uint64_t n);
/** The same of a count where `expected` of n are: the count of a cell is binomial. */
double kqt_count_sigma(uint64_t count, uint64_t n, double expected);
/** 3 / sqrt(n): what 1 of 370 perfect autocorrelations exceeds. NaN when n is 0. */
double kqt_lag_limit(uint64_t n);
/** The smaller of an estimator's two figures, both in bits a sample; NaN = none. */
double kqt_estimate_bits(const struct kqt_assessment *a, int estimator);

/** A style by the distance to a perfect source: good up to `fair`, bad above `poor`. */
unsigned kqt_judge(double value, double perfect, double fair, double poor);
/** ... of standard deviations: what one of `cells` perfect figures exceeds 3, and 4. */
unsigned kqt_judge_sigma(double sigma);
/** ... of the assessed figure against the claim. */
unsigned kqt_judge_verdict(enum kqt_verdict v);
/** "holds", "does not hold", "not known yet". */
const char *kqt_verdict_words(enum kqt_verdict v);

/** "%.*f" or "-". @return buf */
const char *kqt_cell_real(double v, int digits, char buf[16]);
/** "3s", "12m", "5h", never above 4 cells. @return buf */
const char *kqt_cell_age(double seconds, char buf[16]);
/** The moment that ages and times are counted to: the freezing, or now. ns, monotonic. */
uint64_t kqt_scene_at_ns(const struct kqt_scene *sc);
/** Alarms of both tests in a sentence. @return false when there are none. */
bool kqt_alarm_words(const struct kqt_watch *w, enum kqt_health_test test, uint64_t start_ns,
                     struct kqt_strbuf *out);

/* Bits below a perfect source that are still fair, and those that are poor. Marginal
 * figures scatter: MCV by about 0.05 at 4096 bytes, Shannon by 0.002. */
#define KQT_SHANNON_FAIR 0.02
#define KQT_SHANNON_POOR 0.2
#define KQT_MCV_FAIR 0.2
#define KQT_MCV_POOR 1.0

/* -- parts ---------------------------------------------------------------- */

/** A rectangle of a canvas: columns [col, end). */
struct kqt_block {
	struct kqt_canvas *canvas;
	int row, rows, col, end;
};

/** Shannon, MCV, chi-square, assessment, grains, health tests. Takes
 * kqt_facts_rows(columns) rows. */
void kqt_draw_facts(const struct kqt_block *b, const struct kqt_scene *sc);
int kqt_facts_rows(int cols);
/** The same in eight rows of 40 columns; what has no room is cut from below. */
void kqt_draw_short_facts(const struct kqt_block *b, const struct kqt_scene *sc);

enum kqt_chart_id {
	KQT_CHART_ESTIMATORS,
	KQT_CHART_DEFICIT,
	KQT_CHART_BIAS,
	KQT_CHART_LAG,
	KQT_CHART_MAP,
	KQT_CHART_DELAY,
	KQT_CHARTS
};
struct kqt_chart {
	const char *name;
	const char *hint; /* how to read it, at most 78 cells */
	/* the first row is the title's; draws what fits, from 40 columns and 5 rows up */
	void (*draw)(const struct kqt_block *b, const struct kqt_scene *sc);
};
extern const struct kqt_chart kqt_charts[KQT_CHARTS];

/* The assessment in a piece of a row, for other views. */
/** "assessed 6.313 by Compression, bits  3s ago", or how full the window is. */
void kqt_draw_assessed(struct kqt_pen *p, const struct kqt_scene *sc);
/** "2.5 bits a sample: holds". */
void kqt_draw_claim(struct kqt_pen *p, const struct kqt_scene *sc);
/** Both and the age, in as many words as there is room for. */
void kqt_draw_verdict(struct kqt_pen *p, const struct kqt_scene *sc);

/** Pages that key e goes through on a screen of this size. */
unsigned kqt_entropy_pages(int rows, int cols);

#endif
