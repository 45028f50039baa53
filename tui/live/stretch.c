/* SPDX-License-Identifier: MIT */
/* Which part of the history is on the screen. While the right edge is the newest, the
 * map sweeps: a column of the screen is fixed to a time until the write gap comes round
 * again. Scrolled back, or with a moment chosen, time runs from left to right. */
#include <math.h>
#include <stdio.h>

#include "tui/live/view.h"

double kqt_column_s(const struct kqt_ui *ui)
{
	double refresh = (double)ui->interval_ns / 1e9;

	/* as many refreshes as come nearest to a second (history.c) */
	return fmax(ceil(1 / refresh - 0.5), 1) * refresh;
}

bool kqt_stretch_moment(const struct kqt_ui *ui)
{
	return ui->frozen && ui->at != KQT_NOW;
}

bool kqt_stretch_of(const struct kqt_history *h, const struct kqt_ui *ui, int width,
                    struct kqt_stretch *out)
{
	uint64_t newest, shown;

	if (!kqt_history_newest(h, &newest) || width < 1)
		return false;
	/* the newest still grows: drawn with every refresh it would double what the whole
	 * screen sends; the very first is better than nothing */
	out->end = newest ? newest : 1;
	out->zoom = ui->zoom;
	out->width = (uint64_t)width;
	out->sweep = ui->end == KQT_NOW && !kqt_stretch_moment(ui);
	if (ui->end != KQT_NOW && ui->end + 1 < out->end)
		out->end = ui->end + 1;
	out->last = (out->end - 1) / out->zoom;
	shown = out->sweep && width > 1 ? out->width - 1 : out->width; /* the gap */
	out->first = out->last >= shown ? out->last - shown + 1 : 0;
	return true;
}

int kqt_stretch_column(const struct kqt_stretch *w, uint64_t group)
{
	return (int)(w->sweep ? group % w->width : w->width - 1 - (w->last - group));
}

/* The next moment before or after one that can be told from it. */
static uint64_t step(const struct kqt_history *h, uint64_t at, uint64_t zoom, bool back)
{
	uint64_t group = at / zoom * zoom, first = group, end = group + zoom;
	const struct kqt_column *c = kqt_history_find(h, at, zoom);

	if (c && c->index < first)
		first = c->index;
	if (c && c->index + c->span > end)
		end = c->index + c->span;
	return !back ? end : first ? first - 1 : 0;
}

/* From the freeze itself the first step back leads to the last full column, and a step
 * forward from that to the freeze again. */
static void move_moment(const struct kqt_history *h, struct kqt_ui *ui, int width, int columns,
                        uint64_t last)
{
	uint64_t at = ui->at == KQT_NOW ? last : ui->at, oldest = kqt_history_oldest(h);
	int steps = columns < 0 ? -columns : columns;
	struct kqt_stretch w;

	if (ui->at == KQT_NOW && (columns >= 0 || steps == 0))
		return;
	for (int i = ui->at == KQT_NOW ? 1 : 0; i < steps; i++)
		at = step(h, at, ui->zoom, columns < 0);
	if (at > last) {
		(void)kqt_stretch_home(ui);
		return;
	}
	ui->at = at < oldest ? oldest : at;
	if (ui->end == KQT_NOW)
		ui->end = last;
	/* outside: it comes to the middle */
	if (kqt_stretch_of(h, ui, width, &w) &&
	    (ui->at / w.zoom < w.first || ui->at / w.zoom > w.last)) {
		ui->end = ui->at + w.width / 2 * w.zoom;
		ui->end = ui->end > last ? last : ui->end;
	}
}

void kqt_stretch_move(const struct kqt_history *h, struct kqt_ui *ui, int width, int columns)
{
	uint64_t newest, last, least, end;
	struct kqt_stretch w;

	if (!kqt_history_newest(h, &newest) || !kqt_stretch_of(h, ui, width, &w))
		return;
	last = newest ? newest - 1 : 0;
	if (ui->frozen) {
		move_moment(h, ui, width, columns, last);
		return;
	}
	/* as far as the oldest stands at the left edge */
	least = kqt_history_oldest(h) + w.width * w.zoom;
	least = least > last ? last : least;
	end = ui->end == KQT_NOW ? last : ui->end;
	if (columns < 0)
		end = end > least + (uint64_t)-columns * w.zoom ? end - (uint64_t)-columns * w.zoom
		                                                : least;
	else
		end += (uint64_t)columns * w.zoom;
	ui->end = end >= last ? KQT_NOW : end;
}

bool kqt_stretch_home(struct kqt_ui *ui)
{
	bool away = ui->end != KQT_NOW || ui->at != KQT_NOW;

	ui->end = ui->at = KQT_NOW;
	return away;
}

double kqt_stretch_ago_s(const struct kqt_history *h, const struct kqt_ui *ui)
{
	uint64_t newest, at = kqt_stretch_moment(ui) ? ui->at : ui->end;
	const struct kqt_column *c;

	if (at == KQT_NOW || !kqt_history_newest(h, &newest))
		return 0;
	c = kqt_history_find(h, at, ui->zoom);
	if (!c)
		return 0;
	/* the last full second before the freeze is one second before: what has grown of the
	 * next makes no whole one */
	if (kqt_stretch_moment(ui) && newest > 0)
		return kqt_history_column(h, newest - 1)->end_s - c->end_s + kqt_column_s(ui);
	return kqt_history_column(h, newest)->end_s - c->end_s;
}

const char *kqt_ago_text(double seconds, char buf[24])
{
	unsigned long s = seconds > 0 ? (unsigned long)(seconds + 0.5) : 0;

	if (s < 60)
		snprintf(buf, 24, "%lus", s);
	else if (s < 3600)
		snprintf(buf, 24, "%lu:%02lu", s / 60, s % 60);
	else
		snprintf(buf, 24, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	return buf;
}
