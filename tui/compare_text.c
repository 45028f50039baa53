/* SPDX-License-Identifier: MIT */
/* kqtop compare, as people read it. */
#include "tui/compare_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 80
#define INDENT 9 /* of a paragraph's lines below its first word */
#define MACHINE_SHOWN 6
#define LACKING_SIZE 256 /* a reason and the titles of all primary rows */

/* -- paragraphs ------------------------------------------------------------------- */

/* Words of text at 80 columns, lines but the first indented. A word that is longer than
 * a line stays whole. Columns are characters: names of wide ones may stand out. */
static size_t put_words(const char *text, size_t column)
{
	while (*text) {
		size_t bytes = strcspn(text, " "), cells = 0;

		for (size_t i = 0; i < bytes; i++)
			cells += ((unsigned char)text[i] & 0xc0) != 0x80;
		if (column > INDENT && column + 1 + cells > COLUMNS) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			printf(" ");
			column++;
		}
		printf("%.*s", (int)bytes, text);
		column += cells;
		text += bytes + (text[bytes] == ' ');
	}
	return column;
}

static size_t put_head(const char *word)
{
	printf("%-*s", INDENT, word);
	return INDENT;
}

static void put_differences(const struct kqt_comparison *one, enum kqt_difference_kind kind,
                            const char *head, size_t most)
{
	size_t column = 0, n = 0;
	char text[320];

	for (size_t i = 0; i < one->differs.n; i++) {
		const struct kqt_difference *d = &one->differs.list[i];

		if (d->kind != kind || n++ >= most)
			continue;
		if (n == 1)
			column = put_head(head);
		snprintf(text, sizeof(text), "%s%s %s -> %s", n == 1 ? "" : "| ", d->what, d->a,
		         d->b);
		column = put_words(text, column);
	}
	if (n > most) {
		snprintf(text, sizeof(text), "| %zu more (--json)", n - most);
		(void)put_words(text, column);
	}
	if (n)
		printf("\n");
}

static void put_all_differences(const struct kqt_comparison *one)
{
	put_differences(one, KQT_DIFF_FACTOR, "factor", KQT_TUNABLES_MAX);
	put_differences(one, KQT_DIFF_MACHINE, "machine", MACHINE_SHOWN);
	put_differences(one, KQT_DIFF_BLOCKS, "refused", KQT_TUNABLES_MAX);
}

static void put_entrant(const struct kqt_entrant *e)
{
	const struct kqt_side *s = &e->report->side[e->side];
	char round[16], text[512];

	printf("%-*s", INDENT, e->tag);
	snprintf(text, sizeof(text), "%zu round%s of %s%s%s, %s", e->figures.n,
	         kqt_plural(e->figures.n),
	         kqt_fmt_ns(e->report->how.round_ns, round, sizeof(round)),
	         s->load || s->load_command ? ", load " : "",
	         s->load           ? s->load
	         : s->load_command ? "by a command"
	                           : "",
	         e->name);
	(void)put_words(text, INDENT);
	printf("\n");
}

/* ", D- 0.58 at 15.4us" */
static void add_gap(struct kqt_strbuf *sb, const char *name, double gap, uint64_t at_ns)
{
	char at[16];

	kqt_strbuf_add(sb, ", %s %.2f", name, gap);
	if (gap > 0)
		kqt_strbuf_add(sb, " at %s", kqt_fmt_ns(at_ns, at, sizeof(at)));
}

/* Pooled samples describe, and a line says where to look; the rounds decide. Response is
 * notification where nothing is missed. */
static void put_effects(const struct kqt_comparison *one, bool crossing_only)
{
	for (int kind = 0; kind < KQT_LATENCY_RESPONSE; kind++) {
		const struct kqt_effect *e = &one->effect[kind];
		char text[200];
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

		if (isnan(e->cliff) || (crossing_only && !e->crossing))
			continue;
		kqt_strbuf_add(&sb, "%s: Cliff %+.2f", kqt_latency_name((enum kqt_latency)kind),
		               e->cliff);
		add_gap(&sb, "D-", e->gap.minus, e->gap.minus_at_ns);
		add_gap(&sb, "D+", e->gap.plus, e->gap.plus_at_ns);
		kqt_strbuf_add(&sb, "%s", e->crossing ? ": crossing" : "");
		(void)put_words(text, put_head("effect"));
		printf("\n");
	}
}

/* @but  tag of an entrant whose sentences stand elsewhere; NULL = none */
static void put_notices(const struct kqt_comparison *one, const char *but)
{
	for (size_t i = 0; i < one->n_notices; i++) {
		const char *text = one->notice[i].text;
		size_t tag = but ? strlen(but) : 0;

		if (but && strncmp(text, but, tag) == 0 && strchr(" :", text[tag]))
			continue;
		(void)put_words(text, put_head("note"));
		printf("\n");
	}
}

/* -- two: their rows ---------------------------------------------------------------- */

static void put_rows(const struct kqt_compare *c, const struct kqt_comparison *one)
{
	struct kqt_compare_cells cells;

	char ratio[16];

	snprintf(ratio, sizeof(ratio), "%s/%s", c->entrant[one->b].tag, c->entrant[one->a].tag);
	printf("\n%-20s%8s%8s%8s  %-14s %s\n", "", c->entrant[one->a].tag, c->entrant[one->b].tag,
	       ratio, "interval", "verdict");
	for (size_t i = 0; i < KQT_ROWS; i++) {
		if (kqt_rows[i].detail)
			continue;
		kqt_compare_cells(c, &kqt_rows[i], &one->row[i], &cells);
		printf("%c %-18s%8s%8s%8s  %-14s %s\n", kqt_rows[i].primary ? '*' : ' ',
		       kqt_rows[i].title, cells.a, cells.b, cells.estimate, cells.interval,
		       cells.verdict);
	}
	printf("\n");
}

/* " | worse: wait p99, waits/s" */
static size_t put_rows_with(const struct kqt_comparison *one, enum kqt_stats_verdict v,
                            size_t column)
{
	char text[64];
	size_t n = 0;

	for (size_t i = 0; i < KQT_ROWS; i++) {
		if (!kqt_rows[i].primary || !one->row[i].judged || one->row[i].verdict != v)
			continue;
		if (n++)
			printf(",");
		else
			snprintf(text, sizeof(text), "| %s:", kqt_stats_verdict_text(v));
		column = n == 1 ? put_words(text, column) : column + 1;
		column = put_words(kqt_rows[i].title, column);
	}
	return column;
}

static void put_lacking(const struct kqt_comparison *one)
{
	bool said[KQT_ROWS] = {false};
	char text[LACKING_SIZE];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	while (kqt_compare_lacking(one, said, &sb)) {
		(void)put_words(text, put_head("too few"));
		printf("\n");
		sb = kqt_strbuf_init(text, sizeof(text));
	}
}

static void put_verdict(const struct kqt_comparison *one)
{
	size_t column = put_words(kqt_compare_verdict_text(one->verdict), put_head("verdict"));

	if (one->verdict == KQT_COMPARE_REFUSED)
		column = put_words("(it was not measured in the same way)", column);
	column = put_rows_with(one, KQT_STATS_WORSE, column);
	(void)put_rows_with(one, KQT_STATS_BETTER, column);
	printf("\n");
	put_lacking(one);
}

static void put_legend(const struct kqt_compare *c)
{
	printf("%-*s* decides, at %.4g %% | others at 95 %% | (N) rounds needed | margin %.3g %%\n",
	       INDENT, "key", 100 * (1 - c->alpha), 100 * c->margin);
	printf("%*sratios are the shift between the rounds (Hodges-Lehmann), not A's and B's "
	       "quotient\n",
	       INDENT, "");
}

/* -- more: a ranking ------------------------------------------------------------------ */

static char mark_of(const struct kqt_row_result *r)
{
	static const char marks[] = {
	    [KQT_STATS_TOO_FEW] = '.',    [KQT_STATS_BETTER] = '+',  [KQT_STATS_WORSE] = '-',
	    [KQT_STATS_EQUIVALENT] = '=', [KQT_STATS_DIFFERS] = '~', [KQT_STATS_INCONCLUSIVE] = '?',
	};

	return r->judged ? marks[r->verdict] : ' ';
}

static void put_ranked(const struct kqt_compare *c, size_t place)
{
	size_t entrant = c->rank[place];
	const struct kqt_comparison *one = entrant ? &c->comparison[entrant - 1] : NULL;
	const struct kqt_entrant *e = &c->entrant[entrant];

	printf("%2zu. %-3s", place + 1, e->tag);
	for (size_t i = 0; i < KQT_ROWS; i++) {
		char text[16];

		if (!kqt_rows[i].primary)
			continue;
		if (one) {
			kqt_compare_scale_text(&kqt_rows[i], one->row[i].estimate, text,
			                       sizeof(text));
			printf("%9s%c", text, mark_of(&one->row[i]));
		} else {
			kqt_compare_value_text(&kqt_rows[i], c->comparison[0].row[i].median[0],
			                       text, sizeof(text));
			printf("%9s ", text);
		}
	}
	printf("  %s\n", one ? kqt_compare_verdict_text(one->verdict) : "reference");
}

static void put_ranking(const struct kqt_compare *c)
{
	printf("\n%-7s%10s%10s%10s%10s%10s%10s\n", "", "notific.", "notific.", "wait", "wait",
	       "waits", "entropy");
	printf("%-7s%10s%10s%10s%10s%10s%10s  against %s\n", "", "p50", "p99", "p50", "p99", "/s",
	       "bits", c->entrant[0].tag);
	for (size_t place = 0; place < c->n; place++)
		put_ranked(c, place);
	printf("\n");
	(void)put_words("ratios to the first (entropy: difference). + better, - worse, = "
	                "equivalent, ~ differs, ? inconclusive, . too few",
	                put_head("key"));
	printf("\n");
}

static void print_more(const struct kqt_compare *c)
{
	put_ranking(c);
	for (size_t i = 0; i + 1 < c->n; i++) {
		const struct kqt_comparison *one = &c->comparison[i];

		printf("\n%s and %s\n", c->entrant[one->a].tag, c->entrant[one->b].tag);
		put_all_differences(one);
		put_lacking(one);
		put_effects(one, true);
		put_notices(one, i ? c->entrant[one->a].tag : NULL);
	}
}

void kqt_compare_print(const struct kqt_compare *c)
{
	const struct kqt_comparison *one = &c->comparison[0];

	for (size_t i = 0; i < c->n; i++)
		put_entrant(&c->entrant[i]);
	if (c->n > 2) {
		print_more(c);
		return;
	}
	put_all_differences(one);
	put_rows(c, one);
	put_verdict(one);
	put_effects(one, false);
	put_notices(one, NULL);
	put_legend(c);
}

/* -- for documents --------------------------------------------------------------------- */

/* A name may hold what Markdown takes for its own. */
static void put_markdown(const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_{}[]<>()#+!|~&", *text))
			putchar('\\');
		putchar(*text);
	}
}

static void put_markdown_differences(const struct kqt_comparison *one)
{
	static const char *const heads[] = {[KQT_DIFF_FACTOR] = "factor",
	                                    [KQT_DIFF_MACHINE] = "machine",
	                                    [KQT_DIFF_BLOCKS] = "**refused**"};

	for (size_t i = 0; i < one->differs.n; i++) {
		const struct kqt_difference *d = &one->differs.list[i];

		printf("- %s: ", heads[d->kind]);
		put_markdown(d->what);
		printf(" ");
		put_markdown(d->a);
		printf(" → ");
		put_markdown(d->b);
		printf("\n");
	}
	for (int kind = KQT_LATENCIES - 1; kind >= 0; kind--)
		if (one->effect[kind].crossing)
			printf("- crossing: %s (D- %.2f, D+ %.2f)\n",
			       kqt_latency_name((enum kqt_latency)kind),
			       one->effect[kind].gap.minus, one->effect[kind].gap.plus);
	for (size_t i = 0; i < one->n_notices; i++) {
		printf("- ");
		put_markdown(one->notice[i].text);
		printf("\n");
	}
}

static void put_markdown_rows(const struct kqt_compare *c, const struct kqt_comparison *one)
{
	struct kqt_compare_cells cells;

	printf("\n| row | %s | %s | ratio | interval | verdict |\n|---|--:|--:|--:|---|---|\n",
	       c->entrant[one->a].tag, c->entrant[one->b].tag);
	for (size_t i = 0; i < KQT_ROWS; i++) {
		const char *bold = kqt_rows[i].primary ? "**" : "";

		if (kqt_rows[i].detail)
			continue;
		kqt_compare_cells(c, &kqt_rows[i], &one->row[i], &cells);
		printf("| %s%s%s | %s | %s | %s | %s | %s%s%s |\n", bold, kqt_rows[i].title, bold,
		       cells.a, cells.b, cells.estimate, cells.interval, bold, cells.verdict, bold);
	}
	printf("\n");
}

void kqt_compare_print_markdown(const struct kqt_compare *c)
{
	printf("## kqtop compare: %s\n\n", kqt_compare_verdict_text(c->verdict));
	for (size_t i = 0; i < c->n; i++) {
		char round[16];

		printf("- %s: ", c->entrant[i].tag);
		put_markdown(c->entrant[i].name);
		printf(", %zu round%s of %s\n", c->entrant[i].figures.n,
		       kqt_plural(c->entrant[i].figures.n),
		       kqt_fmt_ns(c->entrant[i].report->how.round_ns, round, sizeof(round)));
	}
	for (size_t i = 0; i + 1 < c->n; i++) {
		const struct kqt_comparison *one = &c->comparison[i];

		printf("\n### %s against %s: %s\n\n", c->entrant[one->b].tag,
		       c->entrant[one->a].tag, kqt_compare_verdict_text(one->verdict));
		put_markdown_differences(one);
		put_markdown_rows(c, one);
	}
	printf("Bold rows decide; their intervals cover %.4g %%, others 95 %%. Margin %.3g %%.\n",
	       100 * (1 - c->alpha), 100 * c->margin);
}

static void put_real(double v)
{
	if (isfinite(v))
		printf(",%.15g", v);
	else
		printf(",");
}

void kqt_compare_print_csv(const struct kqt_compare *c)
{
	printf("first,second,row,primary,unit,better,rounds_first,rounds_second,median_first,"
	       "median_second,scale,estimate,lo,hi,margin,floor,verdict,rounds_needed\n");
	for (size_t i = 0; i + 1 < c->n; i++)
		for (size_t k = 0; k < KQT_ROWS; k++) {
			const struct kqt_comparison *one = &c->comparison[i];
			const struct kqt_row_result *r = &one->row[k];
			const struct kqt_row *row = &kqt_rows[k];
			bool bits = row->source == KQT_ROW_ENTROPY;

			printf("%s,%s,%s,%d,%s,%s,%zu,%zu", c->entrant[one->a].tag,
			       c->entrant[one->b].tag, row->name, row->primary,
			       row->source == KQT_ROW_QUANTILE ? "ns"
			       : bits                          ? "bits"
			                                       : "1/s",
			       kqt_row_more_is_better(row) ? "more" : "less", r->rounds[0],
			       r->rounds[1]);
			put_real(r->median[0]);
			put_real(r->median[1]);
			printf(",%s", bits ? "difference" : "ratio");
			put_real(r->estimate);
			put_real(r->lo);
			put_real(r->hi);
			put_real(r->margin);
			put_real(r->floor);
			printf(",%s,", r->judged ? kqt_stats_verdict_text(r->verdict) : "");
			if (r->rounds_needed)
				printf("%llu", (unsigned long long)r->rounds_needed);
			printf("\n");
		}
}
