/* SPDX-License-Identifier: MIT */
/* A sweep as people read it: the table of all points, then the objective as a map. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/sweep.h"

#define CELL 9 /* of the map: a glyph, a value, blanks */
#define LEVELS 10
static const char glyphs[LEVELS + 1] = " .:-=+ox#@";
/* Black over blue and red to yellow, as the live screen's heat map: bright is good. */
static const unsigned char palette[LEVELS] = {17, 18, 54, 90, 126, 162, 203, 209, 215, 221};

static const char *value_text(enum kqt_objective o, double v, char *buf, size_t size)
{
	if (isnan(v))
		return "-";
	if (o == KQT_OBJECTIVE_P99 || o == KQT_OBJECTIVE_P50)
		return kqt_fmt_ns((uint64_t)(v + 0.5), buf, size);
	return kqt_fmt_count(v, buf, size);
}

static int axis_width(const struct kqt_sweep_axis *a)
{
	size_t w = strlen(a->tunable->name);

	for (size_t i = 0; i < a->n; i++)
		w = strlen(a->value[i]) > w ? strlen(a->value[i]) : w;
	return (int)w;
}

/* -- table ------------------------------------------------------------------ */

static void show_point(const struct kqt_sweep *s, size_t p, bool best)
{
	struct kqt_sweep_spread spread = kqt_sweep_spread(s, p);
	double p50 = kqt_sweep_median(s, p, offsetof(struct kqt_sweep_figures, p50_ns));
	double p99 = kqt_sweep_median(s, p, offsetof(struct kqt_sweep_figures, p99_ns));
	double waits = kqt_sweep_median(s, p, offsetof(struct kqt_sweep_figures, waits_per_s));
	double bits = kqt_sweep_median(s, p, offsetof(struct kqt_sweep_figures, assessed));
	char a[16], b[16];

	printf("%c", best ? '*' : ' ');
	for (size_t i = 0; i < s->n_axes; i++)
		printf(" %*s", axis_width(&s->axis[i]), s->axis[i].value[kqt_sweep_place(s, p, i)]);
	printf("  %9s", value_text(s->objective, spread.median, a, sizeof(a)));
	printf("  %6s .. %-6s", value_text(s->objective, spread.least, a, sizeof(a)),
	       value_text(s->objective, spread.most, b, sizeof(b)));
	printf(" %7s", value_text(KQT_OBJECTIVE_P50, p50, a, sizeof(a)));
	printf(" %7s", value_text(KQT_OBJECTIVE_P99, p99, a, sizeof(a)));
	printf(" %8s", kqt_fmt_count(waits, a, sizeof(a)));
	if (isnan(bits))
		printf(" %8s\n", "-");
	else
		printf(" %8.3f\n", bits);
}

static void show_table(const struct kqt_sweep *s, long best)
{
	printf("\n ");
	for (size_t i = 0; i < s->n_axes; i++)
		printf(" %*s", axis_width(&s->axis[i]), s->axis[i].tunable->name);
	printf("  %9s  %-16s %7s %7s %8s %8s\n", "objective", "least .. most", "p50", "p99",
	       "waits/s", "assessed");
	for (size_t p = 0; p < s->n_points; p++)
		show_point(s, p, best == (long)p);
}

/* -- map -------------------------------------------------------------------- */

struct scale {
	double lo, hi; /* logarithms */
	bool more, color;
};

static struct scale scale_of(const struct kqt_sweep *s, bool color)
{
	struct scale k = {NAN, NAN, kqt_objective_more_is_better(s->objective), color};

	for (size_t p = 0; p < s->n_points; p++) {
		double v = log(kqt_sweep_spread(s, p).median);

		if (isnan(v))
			continue;
		k.lo = isnan(k.lo) || v < k.lo ? v : k.lo;
		k.hi = isnan(k.hi) || v > k.hi ? v : k.hi;
	}
	return k;
}

static void show_cell(const struct kqt_sweep *s, const struct scale *k, size_t p, bool best)
{
	double v = kqt_sweep_spread(s, p).median, share;
	char text[16], cell[32];
	int level;

	if (isnan(v)) {
		printf("  %*s", CELL - 2, "-");
		return;
	}
	share = k->hi > k->lo ? (log(v) - k->lo) / (k->hi - k->lo) : 1;
	level = (int)((k->more || k->hi <= k->lo ? share : 1 - share) * (LEVELS - 1) + 0.5);
	snprintf(cell, sizeof(cell), "%c%6s%c", glyphs[level],
	         value_text(s->objective, v, text, sizeof(text)), best ? '*' : ' ');
	if (k->color)
		printf(" \033[48;5;%d;38;5;%dm%s\033[0m", palette[level], level < 6 ? 231 : 16,
		       cell);
	else
		printf(" %s", cell);
}

/* One map: the last two axes (or the only one) at fixed places of those before. */
static void show_map(const struct kqt_sweep *s, const struct scale *k, size_t first, long best)
{
	const struct kqt_sweep_axis *across = &s->axis[s->n_axes - 1];
	const struct kqt_sweep_axis *down = s->n_axes > 1 ? &s->axis[s->n_axes - 2] : NULL;
	int left = down ? axis_width(down) : 0;

	printf("\n");
	for (size_t a = 0; a + 2 < s->n_axes; a++)
		printf("%s%s=%s", a ? " " : "", s->axis[a].tunable->name,
		       s->axis[a].value[kqt_sweep_place(s, first, a)]);
	printf("%s%*s%s%s\n%*s", s->n_axes > 2 ? "\n" : "", left, down ? down->tunable->name : "",
	       down ? " \\ " : "", across->tunable->name, left, "");
	for (size_t i = 0; i < across->n; i++)
		printf(" %7s ", across->value[i]);
	printf("\n");
	for (size_t row = 0; row < (down ? down->n : 1); row++) {
		printf("%*s", left, down ? down->value[row] : "");
		for (size_t i = 0; i < across->n; i++) {
			size_t p = first + row * across->n + i;

			show_cell(s, k, p, best == (long)p);
		}
		printf("\n");
	}
}

static void show_maps(const struct kqt_sweep *s, bool color, long best)
{
	struct scale k = scale_of(s, color);
	size_t step = s->axis[s->n_axes - 1].n;

	if (s->n_axes > 1)
		step *= s->axis[s->n_axes - 2].n;
	for (size_t first = 0; first < s->n_points; first += step)
		show_map(s, &k, first, best);
	if (s->n_points > 1)
		printf("worst '%c' to best '%c', * the best; %s\n", glyphs[0], glyphs[LEVELS - 1],
		       kqt_objective_about(s->objective));
}

/* -- the best --------------------------------------------------------------- */

static void show_verdict(const struct kqt_sweep *s)
{
	struct kqt_sweep_verdict v;

	if (s->n_pairs == 0 || kqt_sweep_judge(s, &v) < 0)
		return;
	if (!v.known) {
		printf("against the default: too few pairs of rounds have the figure (%zu)\n",
		       v.pairs);
		return;
	}
	printf("against the default, %zu pairs of rounds of their own: %.3f of it (%.3f to %.3f, "
	       "95 %%): %s\n",
	       v.pairs, v.ratio, v.lo, v.hi, kqt_stats_verdict_text(v.verdict));
	if (v.verdict != KQT_STATS_BETTER)
		printf("so it is not shown to be better than the default by 5 %%: that it came out "
		       "best may be chance\n");
}

void kqt_sweep_show(const struct kqt_sweep *s, bool color)
{
	char text[256], line[KQT_PATH_SIZE + 1024];
	struct kqt_strbuf point = kqt_strbuf_init(text, sizeof(text));
	struct kqt_strbuf command = kqt_strbuf_init(line, sizeof(line));
	long best = kqt_sweep_best(s);

	printf("%zu point%s, %zu round%s of %s each, interleaved; objective: %s\n", s->n_points,
	       kqt_plural(s->n_points), s->point[0].n, kqt_plural(s->point[0].n),
	       kqt_fmt_ns(s->round_ns, text, sizeof(text)), kqt_objective_about(s->objective));
	show_table(s, best);
	show_maps(s, color, best);
	if (best < 0)
		return;
	kqt_sweep_point_text(s, (size_t)best, &point);
	printf("\nbest: %s\n", text);
	show_verdict(s);
	kqt_sweep_command(s, (size_t)best, &command);
	printf("%s\n", line);
}
