/* SPDX-License-Identifier: MIT */
/* A comparison as one page that needs nothing else. Every text that comes from a report
 * or from the command line goes through escape(); the policy in the head forbids the
 * browser to load or run anything, should one ever not. */
#include <stdlib.h>
#include <string.h>

#include "engine/report/compare_draw.h"

/* Lines, because one piece of output is limited in length. Colours: blue and orange
 * that people who see no red or green tell apart, on both backgrounds. */
static const char *const style[] = {
    ":root{color-scheme:light dark;--ink:#1c2126;--soft:#5b6670;--page:#fff;--card:#f5f6f8;",
    "--grid:#dfe3e7;--band:#e6e9ed;--a:#1b6ec2;--b:#c2570c;--good:#137333;--bad:#b3261e}\n",
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#a3adb7;--page:#14171a;",
    "--card:#1c2126;--grid:#333b43;--band:#2c333a;--a:#6db3f2;--b:#f29a4a;--good:#6fcf87;",
    "--bad:#f28b82}}\n",
    "*{box-sizing:border-box}body{margin:0 auto;padding:1.5rem;max-width:70rem;",
    "background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}\n",
    "h1{font-size:1.4rem;margin:0 0 .5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}",
    "h3{font-size:1rem;margin:1.5rem 0 .3rem}p{margin:.3rem 0}code{overflow-wrap:anywhere}\n",
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}",
    ".wide{overflow-x:auto}th,td{padding:.15rem .6rem .15rem 0;text-align:left;",
    "border-bottom:1px solid var(--grid);overflow-wrap:anywhere}\n",
    "th{color:var(--soft);font-weight:600}th.c{width:150px;text-align:center}",
    "td.n,th.n{text-align:right;white-space:nowrap}",
    ".primary td{font-weight:650}.row td:first-child{white-space:nowrap}",
    ".note{color:var(--soft)}\n",
    ".better{color:var(--good)}.worse,.refused{color:var(--bad)}",
    ".grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:1rem;",
    "margin-top:1rem}\n",
    "figure{margin:0;background:var(--card);border-radius:8px;padding:.6rem .8rem}",
    "figcaption{font-weight:600}figcaption span{font-weight:400;color:var(--soft)}",
    "svg{display:block;width:100%;height:auto}svg.cell{width:150px;height:18px}",
    "figure{overflow-x:auto}svg.long{min-width:40rem}\n",
    "svg text{fill:var(--soft);font:11px system-ui,sans-serif}",
    ".grid{stroke:var(--grid)}.axis{stroke:var(--soft)}.band{fill:var(--band)}",
    ".mark{stroke:var(--ink);stroke-width:2}.ink{fill:var(--ink)}\n",
    ".line{fill:none;stroke-width:2}.ink.line{stroke:var(--ink)}.b.line{stroke:var(--b)}",
    ".a.area{fill:var(--a);stroke:var(--a);fill-opacity:.28}",
    ".b.area{fill:var(--b);stroke:var(--b);fill-opacity:.28}\n",
    ".a.heat{fill:var(--a)}.b.heat{fill:var(--b)}.a.tag{background:var(--a)}",
    ".b.tag{background:var(--b)}.tag{color:var(--page);border-radius:4px;padding:0 .4rem;",
    "font-weight:650}\n",
};

static void escape(struct kqt_json_out *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			kqt_json_put(out, "&amp;");
			break;
		case '<':
			kqt_json_put(out, "&lt;");
			break;
		case '>':
			kqt_json_put(out, "&gt;");
			break;
		case '"':
			kqt_json_put(out, "&quot;");
			break;
		case '\'':
			kqt_json_put(out, "&#39;");
			break;
		default:
			kqt_json_put(out, "%c", *text);
		}
	}
}

static void head(struct kqt_json_out *out, const struct kqt_compare *c)
{
	kqt_json_put(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
	kqt_json_put(out, "<meta http-equiv=\"Content-Security-Policy\" "
	                  "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
	kqt_json_put(out, "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
	kqt_json_put(out, "kqtop compare: %s</title>\n<style>\n",
	             kqt_compare_verdict_text(c->verdict));
	for (size_t i = 0; i < sizeof(style) / sizeof(style[0]); i++)
		kqt_json_put(out, "%s", style[i]);
	kqt_json_put(out, "</style></head>\n<body>\n<h1>kqtop compare: <span class=\"%s\">%s",
	             kqt_compare_verdict_text(c->verdict), kqt_compare_verdict_text(c->verdict));
	kqt_json_put(out, "</span></h1>\n");
}

static void tag(struct kqt_json_out *out, const struct kqt_compare *c, size_t entrant)
{
	kqt_json_put(out, "<span class=\"%s tag\">%s</span>", entrant ? "b" : "a",
	             c->entrant[entrant].tag);
}

static void entrants(struct kqt_json_out *out, const struct kqt_compare *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct kqt_entrant *e = &c->entrant[i];
		char round[16];

		kqt_json_put(out, "<p>");
		tag(out, c, i);
		kqt_json_put(out, " ");
		escape(out, e->name);
		kqt_json_put(out, " <span class=\"note\">%zu round%s of %s", e->figures.n,
		             kqt_plural(e->figures.n),
		             kqt_fmt_ns(e->report->how.round_ns, round, sizeof(round)));
		if (e->report->started) {
			kqt_json_put(out, ", started ");
			escape(out, e->report->started);
		}
		kqt_json_put(out, ", <code>");
		escape(out, e->file);
		kqt_json_put(out, "</code></span></p>\n");
	}
}

static void differences(struct kqt_json_out *out, const struct kqt_comparison *one)
{
	static const char *const names[] = {
	    [KQT_DIFF_FACTOR] = "factor",
	    [KQT_DIFF_MACHINE] = "machine",
	    [KQT_DIFF_BLOCKS] = "<span class=\"refused\">refused</span>"};

	for (size_t i = 0; i < one->differs.n; i++) {
		const struct kqt_difference *d = &one->differs.list[i];

		kqt_json_put(out, "<p>%s: ", names[d->kind]);
		escape(out, d->what);
		kqt_json_put(out, " <code>");
		escape(out, d->a);
		kqt_json_put(out, "</code> &#8594; <code>");
		escape(out, d->b);
		kqt_json_put(out, "</code></p>\n");
	}
	for (size_t i = 0; i < one->n_notices; i++) {
		kqt_json_put(out, "<p class=\"note\">");
		escape(out, one->notice[i].text);
		kqt_json_put(out, "</p>\n");
	}
}

static void row(struct kqt_json_out *out, const struct kqt_compare *c, size_t i,
                const struct kqt_row_result *r)
{
	const char *verdict = r->judged ? kqt_stats_verdict_text(r->verdict) : "";
	struct kqt_compare_cells cells;

	kqt_compare_cells(c, &kqt_rows[i], r, &cells);
	kqt_json_put(out, "<tr class=\"row%s\"><td>%s</td>", kqt_rows[i].primary ? " primary" : "",
	             kqt_rows[i].title);
	kqt_json_put(out, "<td class=\"n\">%s</td><td class=\"n\">%s</td>", cells.a, cells.b);
	kqt_json_put(out, "<td class=\"n\">%s</td><td class=\"n\">%s</td><td>", cells.estimate,
	             cells.interval);
	kqt_draw_interval(out, &kqt_rows[i], r);
	/* a class of two words is two classes: neither is coloured */
	kqt_json_put(out, "</td><td class=\"%s\">", verdict);
	escape(out, cells.verdict);
	kqt_json_put(out, "</td></tr>\n");
}

static void rows(struct kqt_json_out *out, const struct kqt_compare *c,
                 const struct kqt_comparison *one)
{
	const char *a = c->entrant[one->a].tag, *b = c->entrant[one->b].tag;

	kqt_json_put(out,
	             "<div class=\"wide\"><table><tr><th></th><th class=\"n\">%s</th>"
	             "<th class=\"n\">%s</th>",
	             a, b);
	kqt_json_put(out,
	             "<th class=\"n\">%s/%s</th><th class=\"n\">interval</th>"
	             "<th class=\"c\">in margins</th><th>verdict</th></tr>\n",
	             b, a);
	for (size_t i = 0; i < KQT_ROWS; i++)
		row(out, c, i, &one->row[i]);
	kqt_json_put(out,
	             "</table></div>\n<p class=\"note\">Bold rows decide together: their "
	             "intervals cover %.4g %%, those of the others 95 %%. ",
	             100 * (1 - c->alpha));
	kqt_json_put(out, "Entropy: %s - %s in bits. Shaded: the margin of %.3g %%. ", b, a,
	             100 * c->margin);
	kqt_json_put(out,
	             "Ratios are the shift between the rounds (Hodges-Lehmann), not the quotient "
	             "beside them. ");
	kqt_json_put(out, "(N): rounds a side that it would take.</p>\n");
}

static void figure(struct kqt_json_out *out, const char *caption, const char *more)
{
	kqt_json_put(out, "<figure><figcaption>%s <span>%s</span></figcaption>", caption, more);
}

static void drawings(struct kqt_json_out *out, const struct kqt_compare *c,
                     const struct kqt_comparison *one, enum kqt_latency kind)
{
	const struct kqt_effect *e = &one->effect[kind];
	static struct kqt_draw d;

	if (!kqt_draw_init(&d, c, one, kind))
		return;
	kqt_json_put(out, "<h3>%s</h3>\n<p>", kqt_latency_name(kind));
	tag(out, c, one->a);
	kqt_json_put(out, " %llu ", (unsigned long long)e->count[0]);
	tag(out, c, one->b);
	kqt_json_put(out, " %llu sample%s", (unsigned long long)e->count[1],
	             kqt_plural(e->count[1]));
	kqt_json_put(out, ". Cliff's delta %+.3f, D- %.3f, D+ %.3f%s</p>\n", e->cliff, e->gap.minus,
	             e->gap.plus,
	             e->crossing ? ": <b>crossing</b>, neither is shorter everywhere" : "");
	figure(out, "Distribution", "share of the samples, on a root scale");
	kqt_draw_density(out, &d);
	kqt_json_put(out, "</figure>\n<div class=\"grid2\">");
	figure(out, "Quantile shift", "ratio of all samples; dots and bars: of the rounds");
	kqt_draw_shift(out, &d);
	kqt_json_put(out, "</figure>");
	figure(out, "Difference of the distribution functions", "");
	kqt_draw_ecdf(out, &d);
	kqt_json_put(out, "</figure>");
	for (int side = 0; side < 2; side++) {
		kqt_json_put(out,
		             "<figure><figcaption>Rounds of %s <span>latency upwards; the "
		             "deeper the more often</span></figcaption>",
		             c->entrant[side ? one->b : one->a].tag);
		kqt_draw_rounds(out, &d, side);
		kqt_json_put(out, "</figure>");
	}
	kqt_json_put(out, "</div>\n");
}

static void comparison(struct kqt_json_out *out, const struct kqt_compare *c,
                       const struct kqt_comparison *one)
{
	static const enum kqt_latency kinds[] = {KQT_LATENCY_NOTIFICATION, KQT_LATENCY_WAIT,
	                                         KQT_LATENCY_RESPONSE};

	kqt_json_put(out, "<h2>");
	tag(out, c, one->b);
	kqt_json_put(out, " against ");
	tag(out, c, one->a);
	kqt_json_put(out, ": <span class=\"%s\">%s</span></h2>\n",
	             kqt_compare_verdict_text(one->verdict),
	             kqt_compare_verdict_text(one->verdict));
	differences(out, one);
	rows(out, c, one);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		drawings(out, c, one, kinds[i]);
}

static void ranking(struct kqt_json_out *out, const struct kqt_compare *c)
{
	kqt_json_put(out, "<p>Best first: ");
	for (size_t i = 0; i < c->n; i++) {
		tag(out, c, c->rank[i]);
		kqt_json_put(out, " ");
	}
	kqt_json_put(out, "</p>\n");
}

char *kqt_compare_html(const struct kqt_compare *c)
{
	struct kqt_json_out out = {0};

	head(&out, c);
	entrants(&out, c);
	if (c->n > 2)
		ranking(&out, c);
	for (size_t i = 0; i + 1 < c->n; i++)
		comparison(&out, c, &c->comparison[i]);
	kqt_json_put(&out, "</body></html>\n");
	if (out.failed) {
		free(out.text);
		return NULL;
	}
	return out.text;
}
