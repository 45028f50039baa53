/* SPDX-License-Identifier: MIT */
/* A row's figures as people read them, the same in every table. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/report/compare.h"

#define ROUNDS_SHOWN 10000 /* from here on a number of rounds is no advice */

void kqt_compare_value_text(const struct kqt_row *row, double v, char *buf, size_t size)
{
	if (isnan(v))
		snprintf(buf, size, "-");
	else if (row->source == KQT_ROW_QUANTILE)
		(void)kqt_fmt_ns((uint64_t)llround(v), buf, size);
	else if (row->source == KQT_ROW_ENTROPY)
		snprintf(buf, size, "%.3fb", v);
	else
		(void)kqt_fmt_count(v, buf, size);
}

/* Four characters at most say a ratio well enough: 0.602 7.13 131. */
void kqt_compare_scale_text(const struct kqt_row *row, double v, char *buf, size_t size)
{
	if (isnan(v))
		snprintf(buf, size, "-");
	else if (row->source == KQT_ROW_ENTROPY)
		snprintf(buf, size, "%+.3f", v);
	else if (v < 0.0005 || v >= 9999.5)
		snprintf(buf, size, "%.0e", v);
	else
		snprintf(buf, size, "%.*f", v < 9.995 ? 3 - (v >= 1.9995) : v < 99.95 ? 1 : 0, v);
}

static void verdict_text(const struct kqt_compare *c, const struct kqt_row_result *r, char *buf,
                         size_t size)
{
	if (!r->judged)
		snprintf(buf, size, "-");
	else if (r->verdict == KQT_STATS_INCONCLUSIVE && r->rounds_needed &&
	         r->rounds_needed < ROUNDS_SHOWN)
		snprintf(buf, size, "inconclusive (%llu)", (unsigned long long)r->rounds_needed);
	else if (r->verdict == KQT_STATS_DIFFERS && r->under_floor)
		snprintf(buf, size, "differs, maybe noise");
	else if (r->verdict == KQT_STATS_DIFFERS)
		snprintf(buf, size, "differs, maybe <%.3g%%", 100 * c->margin);
	else
		snprintf(buf, size, "%s", kqt_stats_verdict_text(r->verdict));
}

void kqt_compare_cells(const struct kqt_compare *c, const struct kqt_row *row,
                       const struct kqt_row_result *r, struct kqt_compare_cells *out)
{
	char lo[12], hi[12];

	kqt_compare_value_text(row, r->median[0], out->a, sizeof(out->a));
	kqt_compare_value_text(row, r->median[1], out->b, sizeof(out->b));
	kqt_compare_scale_text(row, r->estimate, out->estimate, sizeof(out->estimate));
	kqt_compare_scale_text(row, r->lo, lo, sizeof(lo));
	kqt_compare_scale_text(row, r->hi, hi, sizeof(hi));
	snprintf(out->interval, sizeof(out->interval), r->known ? "%s..%s" : "-", lo, hi);
	verdict_text(c, r, out->verdict, sizeof(out->verdict));
}

bool kqt_compare_lacking(const struct kqt_comparison *one, bool said[], struct kqt_strbuf *out)
{
	const char *why = NULL;

	for (size_t i = 0; i < KQT_ROWS; i++) {
		const struct kqt_row_result *r = &one->row[i];

		if (!kqt_rows[i].primary || !r->why[0] || said[i] ||
		    (why && strcmp(r->why, why) != 0))
			continue;
		kqt_strbuf_add(out, "%s%s %s", why ? "," : r->why, why ? "" : ":",
		               kqt_rows[i].title);
		why = r->why;
		said[i] = true;
	}
	return why != NULL;
}
