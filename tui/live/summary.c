/* SPDX-License-Identifier: MIT */
/* The last words: five lines about the whole run that fit 80 columns, however long it
 * ran, then how to run it again; of a replay, which file it was before them. All of it,
 * with every digit, is in --json-lines=FILE. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/live/app.h"

#define AGAIN "again:"

static const char *count(uint64_t v, char buf[16])
{
	return kqt_fmt_count((double)v, buf, 16);
}

static void put_rates(const struct kqt_app *a, const struct kqt_snapshot *p, FILE *out)
{
	const struct kqt_tally *t = p->total;
	double s = kqt_tally_seconds(t);
	char up[24], n[6][16];

	fprintf(out, "%s %s: %s wait%s, %s/s; %s event%s, %s/s; coll %s/%s\n",
	        a->play ? "recorded" : "kqtop ran", kqt_clock_text(p->elapsed_s, up),
	        kqt_fmt_count((double)t->waits, n[0], sizeof(n[0])), kqt_plural(t->waits),
	        kqt_fmt_count(kqt_per_second(t->waits, s), n[1], sizeof(n[1])),
	        kqt_fmt_count((double)kqt_tally_events(t), n[2], sizeof(n[2])),
	        kqt_plural(kqt_tally_events(t)),
	        kqt_fmt_count(kqt_per_second(kqt_tally_events(t), s), n[3], sizeof(n[3])),
	        count(t->collections_done, n[4]), count(t->collections_short, n[5]));
}

static void put_latency(struct kqt_model *m, const struct kqt_tally *t, FILE *out)
{
	const char *gap = "latency p50/p99:";

	for (enum kqt_latency k = 0; k < KQT_LATENCIES; k++) {
		struct kqt_quantiles q;
		char p50[16], p99[16];

		kqt_tally_hist(t, k, KQT_FILTERS, &m->scratch[0]);
		kqt_quantiles_of(&m->scratch[0], &q);
		kqt_hist_reset(&m->scratch[0]);
		fprintf(out, "%s %s ", gap, kqt_latency_short(k));
		if (q.count)
			fprintf(out, "%s/%s", kqt_fmt_ns(q.q_ns[KQT_Q50], p50, sizeof(p50)),
			        kqt_fmt_ns(q.q_ns[KQT_Q99], p99, sizeof(p99)));
		else
			fputc('-', out);
		gap = ",";
	}
	fputc('\n', out);
}

static void put_filters(const struct kqt_snapshot *p, FILE *out)
{
	const struct kqt_tally *t = p->total;
	char n[16];

	fprintf(out, "events:");
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++)
		fprintf(out, " %s %s,", kqt_filter_name(f), count(t->filter[f].events, n));
	fprintf(out, " timeouts %s\n", count(t->timeouts, n));
}

static void put_entropy(const struct kqt_snapshot *p, enum kqt_stream stream, FILE *out)
{
	struct kqt_entropy_figures e;
	char n[16];

	kqt_entropy_figures(p->total->byte_counts[stream], &e);
	fprintf(out, "entropy of %s, n %s: ", kqt_stream_name(stream), count(e.n, n));
	if (e.n < 2)
		fprintf(out, "-");
	else
		fprintf(out, "Shannon %.4f of %.4f, MCV %.3f of %.3f", e.shannon, e.shannon_ref,
		        e.mcv, e.mcv_ref);
	fputc('\n', out);
}

/* What is missing from the lines above, each part only as long as it has to be. */
static void put_lost(const struct kqt_snapshot *p, FILE *out)
{
	const struct kqt_tally *t = p->total;
	const struct kqt_excluded *x = &t->excluded;
	uint64_t excluded = x->eintr + x->control + x->transition + x->gap;
	uint64_t merged = 0, missed = 0;
	char text[256], n[5][16];

	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++) {
		merged += t->filter[f].merged;
		missed += t->filter[f].missed;
	}
	fprintf(out, "not counted %s; merged %s, missed %s; ticks lost %s; stalls %s",
	        count(excluded, n[0]), count(merged, n[1]), count(missed, n[2]),
	        count(p->stimulus.lost, n[3]), count(t->stalls, n[4]));
	for (int k = 0; k < KQT_SOURCE_KINDS; k++) {
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

		if (kqt_shortfall_text(p, (enum kqt_source_kind)k, &sb))
			fprintf(out, "; %s", text);
	}
	fputc('\n', out);
}

/* Where a line that is too long ends: at its last blank that fits, else where it must. */
static size_t cut(const char *line, size_t length, size_t room)
{
	size_t n = room;

	if (length <= room)
		return length;
	while (n > 0 && line[n] != ' ')
		n--;
	return n > 0 ? n : room;
}

/* A command's line ends between two words of the shell, or stays as long as it is: a break
 * within one would be another word, and a terminal's own is none to whoever copies it. */
static size_t cut_command(const char *line, size_t length, size_t cols)
{
	size_t best = length;
	bool quoted = false;

	if (length <= cols)
		return length;
	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\'')
			quoted = !quoted;
		else if (line[i] == '\\' && !quoted)
			i++;
		else if (line[i] == ' ' && !quoted && i > strlen(AGAIN)) {
			if (i + 2 > cols && best < length)
				break;
			best = i;
			if (i + 2 > cols)
				break;
		}
	}
	return best;
}

/* Lines broken at blanks where the terminal is narrow. A command goes on with a
 * backslash, so that it can be copied as it stands. */
static void put_wrapped(const char *text, size_t cols, FILE *out)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		bool command = strncmp(text, AGAIN, strlen(AGAIN)) == 0;

		while (length > 0) {
			size_t n = command ? cut_command(text, length, cols)
			                   : cut(text, length, cols);

			fwrite(text, 1, n, out);
			text += n;
			length -= n;
			if (length > 0 && *text == ' ') {
				text++;
				length--;
			}
			fputs(length > 0 && command ? " \\\n" : "\n", out);
		}
		text += *text == '\n';
	}
}

/* All figures that follow are the recording's, up to there. */
static void put_replayed(const struct kqt_play *p, FILE *out)
{
	const struct kqt_tape_facts *f = kqt_tape_facts(p->tape);
	char at[24], length[24];

	fprintf(out, "replay of %s", f->name);
	if (f->runs > 1)
		fprintf(out, ", run %u of %u", f->run, f->runs);
	fprintf(out, ", left at %s of %s\n", kqt_clock_text(p->pos_s, at),
	        kqt_clock_text(f->length_s, length));
}

/* The same file, from where it was left if it stood there. */
static void add_replay(const struct kqt_play *p, struct kqt_strbuf *out)
{
	const struct kqt_tape_facts *f = kqt_tape_facts(p->tape);

	if (out->len)
		kqt_strbuf_add(out, " ");
	if (f->run > 1)
		kqt_strbuf_add(out, "--run %u ", f->run);
	if (p->speed != 1)
		kqt_strbuf_add(out, "--speed %g ", p->speed);
	if (p->paused)
		kqt_strbuf_add(out, "--pause-at %.10g ", p->pos_s);
	if (p->path[0] == '-')
		kqt_strbuf_add(out, "-- ");
	kqt_shell_word(out, p->path);
}

static void put_all(const struct kqt_app *a, const struct kqt_snapshot *p, FILE *out)
{
	char options[2048];
	struct kqt_strbuf sb = kqt_strbuf_init(options, sizeof(options));

	if (a->play)
		put_replayed(a->play, out);
	put_rates(a, p, out);
	put_latency(a->model, p->total, out);
	put_filters(p, out);
	put_entropy(p, a->ui.stream, out);
	put_lost(p, out);
	if (a->recordings[0])
		fprintf(out, "recorded: %s", a->recordings);
	if (a->recordings[0] && a->recordings_more)
		fprintf(out, "; %d more", a->recordings_more);
	if (a->recordings[0])
		fputc('\n', out);
	if (!a->play)
		kqt_config_command_line(kqt_session_wanted(a->session), &a->opt->settings.file,
		                        &sb);
	if (a->ui.stream != KQT_STREAM_SEED ||
	    a->opt->settings.origin[KQT_SETTING_STREAM].by != KQT_BY_DEFAULT)
		kqt_strbuf_add(&sb, "%s--stream %s", sb.len ? " " : "",
		               kqt_stream_name(a->ui.stream));
	if (a->play)
		add_replay(a->play, &sb);
	fprintf(out, AGAIN " kqtop %s%s%s\n", a->play ? "replay" : "live", sb.len ? " " : "",
	        options);
}

void kqt_app_summary(const struct kqt_app *a, FILE *out)
{
	const struct kqt_snapshot *p = kqt_session_snapshot(a->session);
	char *text = NULL;
	size_t size = 0;
	FILE *lines;

	if (!p->total)
		return;
	lines = open_memstream(&text, &size);
	if (!lines)
		return;
	put_all(a, p, lines);
	/* glibc's fclose succeeds with no text when memory ran out at its very end */
	if (fclose(lines) == 0 && text)
		put_wrapped(text, a->canvas.cols > 0 ? (size_t)a->canvas.cols : 80, out);
	free(text);
	fflush(out);
}
