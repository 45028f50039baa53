/* SPDX-License-Identifier: MIT */
/* The header of a replay: that it is one, where in it we are, when that was, and how
 * it runs. Which of it stays where there is little room: REPLAY, position, state, then
 * the hour, the length, the name, the date. */
#include <stdio.h>
#include <time.h>

#include "tui/live/view.h"

const char *kqt_play_word(const struct kqt_play *p)
{
	if (kqt_play_seeks(p))
		return "SEEKING";
	return kqt_play_ended(p) ? "END" : p->paused ? "PAUSED" : "REPLAY";
}

/* UTC, as a zone would be this machine's: "2026-11-23 " and "01:30:07Z". */
static void wall_clock(const struct kqt_play *p, char date[16], char hour[16])
{
	const struct kqt_tape_facts *f = kqt_tape_facts(p->tape);
	time_t at = (time_t)((double)f->started_ms / 1e3 + p->pos_s);
	struct tm tm;

	snprintf(date, 16, "-");
	snprintf(hour, 16, "-");
	if (!f->started_ms || !gmtime_r(&at, &tm))
		return;
	(void)strftime(date, 16, "%Y-%m-%d", &tm);
	(void)strftime(hour, 16, "%H:%M:%SZ", &tm);
}

/* The name as far as there is room: its beginning, if not all of it. */
static void add_name(struct kqt_pen *p, const char *name)
{
	int room = p->end - p->col - 2;

	if (kqt_pen_try(p, KQT_STYLE_NORMAL, "  %s", name) || room < 8)
		return;
	for (int n = room - 2; n >= 4; n--)
		if ((name[n] & 0xc0) != 0x80 && /* not within a character */
		    kqt_pen_try(p, KQT_STYLE_NORMAL, "  %.*s..", n, name))
			return;
}

void kqt_draw_replay(struct kqt_canvas *c, int row, const struct kqt_scene *sc)
{
	const struct kqt_play *play = sc->play;
	const struct kqt_tape_facts *f = kqt_tape_facts(play->tape);
	bool still = play->paused || kqt_play_seeks(play) || kqt_play_ended(play);
	struct kqt_pen p = kqt_pen_at(c, row, 1, c->cols);
	char at[24], length[24], date[16], hour[16], state[32];

	snprintf(state, sizeof(state), " %s%s%s%gx ", sc->ui->end != KQT_NOW ? "BACK " : "",
	         still ? kqt_play_word(play) : "", still ? " " : "", play->speed);
	kqt_pen_right(&p, still ? KQT_STYLE_ALERT : KQT_STYLE_LIVE, "%s", state);
	p.end -= kqt_text_cells(state) + 1;
	wall_clock(play, date, hour);
	kqt_clock_text(play->pos_s, at);
	kqt_clock_text(f->length_s, length);
	if (c->cols >= 60)
		kqt_pen_add(&p, KQT_STYLE_NAME, "kqtop ");
	kqt_pen_add(&p, KQT_STYLE_ALERT, "REPLAY");
	kqt_pen_add(&p, KQT_STYLE_STRONG, " %s", at);
	(void)kqt_pen_try(&p, KQT_STYLE_NORMAL, " of %s", length);
	if (p.end - p.col >= 40)
		(void)kqt_pen_try(&p, KQT_STYLE_DIM, "  %s", date);
	(void)kqt_pen_try(&p, KQT_STYLE_DIM, "%s%s", c->cols >= 60 ? " " : "", hour);
	if (f->runs > 1)
		(void)kqt_pen_try(&p, KQT_STYLE_NORMAL, "  run %u of %u", f->run, f->runs);
	add_name(&p, f->name);
	if (p.end - p.col > 30)
		(void)kqt_pen_try(&p, KQT_STYLE_DIM, "  %s", sc->live->backend_label);
}
