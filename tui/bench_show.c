/* SPDX-License-Identifier: MIT */
/* A report as people read it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/bench.h"

static const char *ns_text(uint64_t ns, char *buf, size_t size)
{
	return ns == KQT_UNKNOWN ? "-" : kqt_fmt_ns(ns, buf, size);
}

static const char *count_text(uint64_t n, char *buf, size_t size)
{
	return n == KQT_UNKNOWN ? "-" : kqt_fmt_count((double)n, buf, size);
}

static void show_row(const char *name, const struct kqt_summary_row *row)
{
	char buf[16];

	for (enum kqt_latency k = 0; k < KQT_LATENCIES; k++) {
		const struct kqt_summary_latency *l = &row->latency[k];

		printf("%-6s%-13s", k == 0 ? name : "", kqt_latency_name(k));
		for (int i = 0; i < KQT_SUMMARY_QUANTILES; i++)
			printf("%7s", ns_text(l->q_ns[i], buf, sizeof(buf)));
		printf("%7s", ns_text(l->max_ns, buf, sizeof(buf)));
		if (k == 0) {
			printf("%9s", kqt_fmt_count(row->events_per_s, buf, sizeof(buf)));
			printf("%8s", count_text(row->merged, buf, sizeof(buf)));
			printf("%8s", count_text(row->missed, buf, sizeof(buf)));
		}
		printf("\n");
	}
}

static void show_figures(const struct kqt_summary *s)
{
	char buf[16];

	printf("waits %s/s", kqt_fmt_count(s->waits_per_s, buf, sizeof(buf)));
	printf(", %s timeout%s", count_text(s->timeouts, buf, sizeof(buf)),
	       kqt_plural(s->timeouts));
	if (s->entropy_rounds)
		printf("; entropy %.3f bits a byte assessed, %.3f MCV, %.3f Shannon", s->assessed,
		       s->mcv, s->shannon);
	else
		printf("; entropy not known: no round gave %d bytes", KQT_ROUND_BYTES);
	if (s->entropy_rounds && s->entropy_rounds < s->rounds)
		printf(" (%zu of %zu round%s gave %d bytes)", s->entropy_rounds, s->rounds,
		       kqt_plural(s->rounds), KQT_ROUND_BYTES);
	printf("\n");
	if (s->saturated_rounds)
		printf("stimulus saturated in %zu of %zu round%s\n", s->saturated_rounds, s->rounds,
		       kqt_plural(s->rounds));
	if (s->unsteady_rounds)
		printf("no steady state in %zu of %zu round%s\n", s->unsteady_rounds, s->rounds,
		       kqt_plural(s->rounds));
	if (s->raw_lost_rounds)
		printf(
		    "raw samples were lost in %zu of %zu round%s: entropy and --break did not see "
		    "them\n",
		    s->raw_lost_rounds, s->rounds, kqt_plural(s->rounds));
}

static void show_load(const struct kqt_side *side)
{
	const struct kqt_load_figures *l = &side->achieved;
	char buf[16];

	if (!side->load && !side->load_command)
		return;
	printf("load %s%s%s:", side->load ? side->load : "'", side->load ? "" : side->load_command,
	       side->load ? "" : "'");
	if (!isnan(l->share) && side->load && strncmp(side->load, "cpu", 3) == 0)
		printf(" ran or waited for a CPU %.0f %% of the time,", 100 * l->share);
	else if (!isnan(l->share))
		printf(" %.0f %% of it achieved,", 100 * l->share);
	if (!isnan(l->utilisation))
		printf(" %.2f CPUs,", l->utilisation);
	printf(" %s switches/s,", kqt_fmt_count(l->switches_per_s, buf, sizeof(buf)));
	printf(" %s operations/s\n", kqt_fmt_count(l->ops_per_s, buf, sizeof(buf)));
}

static void show_side(const struct kqt_report *r, unsigned side, const struct kqt_config *base)
{
	char line[KQT_PATH_SIZE + 512], buf[16];
	struct kqt_strbuf options = kqt_strbuf_init(line, sizeof(line));
	struct kqt_summary s;

	kqt_summarise(r, side, &s);
	kqt_config_command_line(&r->side[side].config, base, &options);
	printf("%s%s%zu round%s of %s, %s: kqtop bench %s\n", r->ab ? (side ? "B" : "A") : "",
	       r->ab ? ": " : "", s.rounds, kqt_plural(s.rounds),
	       kqt_fmt_ns(r->how.round_ns, buf, sizeof(buf)),
	       r->backend_label ? r->backend_label : "-", line);
	show_load(&r->side[side]);
	if (s.rounds == 0)
		return;
	printf("%-19s%7s%7s%7s%7s%7s%9s%8s%8s\n", "", "p50", "p90", "p99", "p99.9", "max",
	       "events/s", "merged", "missed");
	show_row("all", &s.row[KQT_FILTERS]);
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++)
		if (s.row[f].events)
			show_row(kqt_filter_name(f), &s.row[f]);
	show_figures(&s);
}

void kqt_bench_show(const struct kqt_report *r, const struct kqt_config *base)
{
	if (r->label)
		printf("%s\n", r->label);
	show_side(r, 0, base);
	if (r->ab) {
		printf("\n");
		show_side(r, 1, base);
	}
	if (r->n_rounds > 1)
		printf("each figure is the median of the rounds, max the largest of all\n");
}

void kqt_bench_show_broke(const struct kqt_bench *b)
{
	const struct kqt_broke *k = &b->broke;
	char text[256], ns[16];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++)
		if (k->filters & 1u << f)
			kqt_strbuf_add(&sb, "%s%s", sb.len ? " " : "", kqt_filter_name(f));
	kqt_complain("a wait of %s, %.3f s into %sround %zu, ended by: %s",
	             kqt_fmt_ns(k->wait_ns, ns, sizeof(ns)), k->at_s,
	             !b->report->ab  ? ""
	             : b->broke_side ? "B's "
	                             : "A's ",
	             b->report->n_rounds, sb.len ? text : "its timeout");
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++)
		if (k->pending[f])
			kqt_complain("  pending: %llu %s, the oldest for %s",
			             (unsigned long long)k->pending[f], kqt_filter_name(f),
			             kqt_fmt_ns(k->pending_oldest_ns[f], ns, sizeof(ns)));
	sb = kqt_strbuf_init(text, sizeof(text));
	for (int i = 0; i < KQT_BROKE_BEFORE && k->before_ns[i] != KQT_UNKNOWN; i++)
		kqt_strbuf_add(&sb, " %s", kqt_fmt_ns(k->before_ns[i], ns, sizeof(ns)));
	if (sb.len)
		kqt_complain("  the waits before it, last first:%s", text);
}
