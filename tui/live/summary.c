/* SPDX-License-Identifier: MIT */
/* The last words: five lines about the whole run, then how to run it again. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tui/live/app.h"

static void put_rates(const struct kqt_snapshot *p, FILE *out)
{
	const struct kqt_tally *t = p->total;
	double s = kqt_tally_seconds(t);
	char up[24], a[16], b[16];

	fprintf(out,
	        "kqtop: ran %s on %s: %llu waits (%s/s), %llu events (%s/s), %llu collections, "
	        "%llu short\n",
	        kqt_clock_text(p->elapsed_s, up), p->backend_label, (unsigned long long)t->waits,
	        kqt_fmt_count(s > 0 ? (double)t->waits / s : NAN, a, sizeof(a)),
	        (unsigned long long)kqt_tally_events(t),
	        kqt_fmt_count(s > 0 ? (double)kqt_tally_events(t) / s : NAN, b, sizeof(b)),
	        (unsigned long long)t->collections_done, (unsigned long long)t->collections_short);
}

static void put_latency(struct kqt_model *m, const struct kqt_tally *t, FILE *out)
{
	static const char *const names[KQT_QUANTILES] = {"p50", "p90", "p99", "p99.9"};
	const char *gap = "latency:";

	for (enum kqt_latency k = 0; k < KQT_LATENCIES; k++) {
		struct kqt_quantiles q;
		char text[16];

		kqt_tally_hist(t, k, KQT_FILTERS, &m->scratch[0]);
		kqt_quantiles_of(&m->scratch[0], &q);
		kqt_hist_reset(&m->scratch[0]);
		fprintf(out, "%s %s", gap, kqt_latency_name(k));
		for (int i = 0; q.count && i < KQT_QUANTILES; i++)
			fprintf(out, " %s %s", names[i], kqt_fmt_ns(q.q_ns[i], text, sizeof(text)));
		fprintf(out, q.count ? " max %s" : " -", kqt_fmt_ns(q.max_ns, text, sizeof(text)));
		gap = ";";
	}
	fputc('\n', out);
}

static void put_filters(const struct kqt_snapshot *p, FILE *out)
{
	const struct kqt_tally *t = p->total;

	fprintf(out, "events:");
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++) {
		const struct kqt_filter_tally *x = &t->filter[f];

		fprintf(out, "%s %s %llu", f ? ";" : "", kqt_filter_name(f),
		        (unsigned long long)x->events);
		if (kqt_filter_is_stamped(&p->config, f))
			fprintf(out, " (merged %llu, missed %llu)", (unsigned long long)x->merged,
			        (unsigned long long)x->missed);
	}
	fprintf(out, "; timeouts %llu\n", (unsigned long long)t->timeouts);
}

static void put_entropy(const struct kqt_snapshot *p, enum kqt_stream stream, FILE *out)
{
	struct kqt_entropy_figures e;

	kqt_entropy_figures(p->total->byte_counts[stream], &e);
	fprintf(out, "entropy of %s, n %llu: ", kqt_stream_name(stream), (unsigned long long)e.n);
	if (e.n < 2)
		fprintf(out, "-");
	else
		fprintf(out, "Shannon %.4f (perfect %.4f), MCV %.3f (perfect %.3f) bits a byte",
		        e.shannon, e.shannon_ref, e.mcv, e.mcv_ref);
	fprintf(out, "; claimed %.1f bits a wait, not assessed\n", KQT_CLAIMED_BITS);
}

static void put_lost(const struct kqt_snapshot *p, FILE *out)
{
	const struct kqt_tally *t = p->total;
	const struct kqt_excluded *x = &t->excluded;
	char text[256];

	fprintf(out,
	        "not counted: eintr %llu, control %llu, transition %llu, gap %llu; stimulus ticks "
	        "lost %llu "
	        "of %llu; stalls %llu",
	        (unsigned long long)x->eintr, (unsigned long long)x->control,
	        (unsigned long long)x->transition, (unsigned long long)x->gap,
	        (unsigned long long)p->stimulus.lost,
	        (unsigned long long)(p->stimulus.ticks + p->stimulus.lost),
	        (unsigned long long)t->stalls);
	for (int k = 0; k < KQT_SOURCE_KINDS; k++) {
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

		if (kqt_shortfall_text(p, (enum kqt_source_kind)k, &sb))
			fprintf(out, "; %s", text);
	}
	fputc('\n', out);
}

void kqt_app_summary(const struct kqt_app *a, FILE *out)
{
	const struct kqt_snapshot *p = kqt_session_snapshot(a->session);
	char options[2048];
	struct kqt_strbuf sb = kqt_strbuf_init(options, sizeof(options));

	if (!p->total)
		return;
	put_rates(p, out);
	put_latency(a->model, p->total, out);
	put_filters(p, out);
	put_entropy(p, a->ui.stream, out);
	put_lost(p, out);
	kqt_config_command_line(kqt_session_wanted(a->session), &sb);
	fprintf(out, "again: kqtop live%s%s\n", sb.len ? " " : "", options);
	fflush(out);
}
