/* SPDX-License-Identifier: MIT */
#include "engine/report/summary.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/alloc.h"

const double kqt_summary_q[KQT_SUMMARY_QUANTILES] = {0.50, 0.90, 0.99, 0.999};
const char *const kqt_summary_q_names[KQT_SUMMARY_QUANTILES] = {"p50", "p90", "p99", "p999"};

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double kqt_median(double *v, size_t n)
{
	size_t known = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(v[i]))
			v[known++] = v[i];
	if (known == 0)
		return NAN;
	qsort(v, known, sizeof(*v), ascending);
	return known % 2 ? v[known / 2] : (v[known / 2 - 1] + v[known / 2]) / 2;
}

/** A column for each figure of a latency, a line for each round. */
struct columns {
	double *q[KQT_SUMMARY_QUANTILES], *rate;
};

static uint64_t whole(double v)
{
	return isnan(v) ? KQT_UNKNOWN : (uint64_t)llround(v);
}

static void one_round(const struct kqt_round *r, enum kqt_latency kind, unsigned filter,
                      const struct columns *c, size_t line, struct kqt_summary_latency *out)
{
	static struct kqt_hist h; /* 270 KB; main thread only */
	uint64_t v[KQT_SUMMARY_QUANTILES];

	kqt_hist_reset(&h);
	kqt_round_hist(r, kind, filter, &h);
	out->count += h.count;
	if (h.count && (out->max_ns == KQT_UNKNOWN || h.max_ns > out->max_ns))
		out->max_ns = h.max_ns;
	kqt_hist_quantiles(&h, kqt_summary_q, KQT_SUMMARY_QUANTILES, v);
	for (int i = 0; i < KQT_SUMMARY_QUANTILES; i++)
		c->q[i][line] = h.count ? (double)v[i] : NAN;
}

static void latency(const struct kqt_report *r, unsigned side, enum kqt_latency kind,
                    unsigned filter, const struct columns *c, struct kqt_summary_latency *out)
{
	size_t n = 0;

	*out = (struct kqt_summary_latency){.max_ns = KQT_UNKNOWN};
	for (size_t i = 0; i < r->n_rounds; i++)
		if (r->rounds[i].side == side)
			one_round(&r->rounds[i], kind, filter, c, n++, out);
	for (int i = 0; i < KQT_SUMMARY_QUANTILES; i++)
		out->q_ns[i] = whole(kqt_median(c->q[i], n));
}

/* What is not known is the largest that there is: with it, too, the sum overflows, or is it. */
static void add(uint64_t *sum, uint64_t v)
{
	if (__builtin_add_overflow(*sum, v, sum))
		*sum = KQT_UNKNOWN;
}

static void counts(const struct kqt_round *r, unsigned filter, struct kqt_summary_row *row)
{
	for (unsigned f = 0; f < KQT_FILTERS; f++) {
		if (filter != KQT_FILTERS && filter != f)
			continue;
		row->events += r->filter[f].events;
		add(&row->merged, r->filter[f].merged);
		add(&row->missed, r->filter[f].missed);
	}
}

static double events_of(const struct kqt_round *r, unsigned filter)
{
	return (double)(filter == KQT_FILTERS ? kqt_round_events(r) : r->filter[filter].events);
}

static void row(const struct kqt_report *r, unsigned side, unsigned filter, const struct columns *c,
                struct kqt_summary_row *out)
{
	size_t n = 0;

	*out = (struct kqt_summary_row){0};
	for (size_t i = 0; i < r->n_rounds; i++) {
		const struct kqt_round *round = &r->rounds[i];

		if (round->side != side)
			continue;
		counts(round, filter, out);
		c->rate[n++] = round->seconds > 0 ? events_of(round, filter) / round->seconds : NAN;
	}
	out->events_per_s = kqt_median(c->rate, n);
	for (enum kqt_latency k = 0; k < KQT_LATENCIES; k++)
		latency(r, side, k, filter, c, &out->latency[k]);
}

static void whole_run(const struct kqt_report *r, unsigned side, const struct columns *c,
                      struct kqt_summary *out)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_rounds; i++) {
		const struct kqt_round *round = &r->rounds[i];

		if (round->side != side)
			continue;
		out->seconds += round->seconds;
		out->waits += round->waits;
		out->timeouts += round->timeouts;
		out->saturated_rounds += round->saturated;
		out->unsteady_rounds += round->steady == 0;
		out->raw_lost_rounds += round->raw_lost != KQT_UNKNOWN && round->raw_lost > 0;
		out->entropy_rounds += round->entropy.n > 0;
		c->rate[n] = round->seconds > 0 ? (double)round->waits / round->seconds : NAN;
		c->q[0][n] = round->entropy.assessed;
		c->q[1][n] = round->entropy.mcv;
		c->q[2][n] = round->entropy.shannon;
		n++;
	}
	out->rounds = n;
	out->waits_per_s = kqt_median(c->rate, n);
	out->assessed = kqt_median(c->q[0], n);
	out->mcv = kqt_median(c->q[1], n);
	out->shannon = kqt_median(c->q[2], n);
}

void kqt_summarise(const struct kqt_report *r, unsigned side, struct kqt_summary *out)
{
	double *room = kqt_array_new(r->n_rounds, (KQT_SUMMARY_QUANTILES + 1) * sizeof(double));
	struct columns c;

	*out =
	    (struct kqt_summary){.waits_per_s = NAN, .assessed = NAN, .mcv = NAN, .shannon = NAN};
	if (!room)
		return;
	for (size_t i = 0; i < KQT_SUMMARY_QUANTILES; i++)
		c.q[i] = room + i * r->n_rounds;
	c.rate = room + KQT_SUMMARY_QUANTILES * r->n_rounds;
	whole_run(r, side, &c, out);
	for (unsigned f = 0; f <= KQT_FILTERS; f++)
		row(r, side, f, &c, &out->row[f]);
	free(room);
}

/* -- JSON ------------------------------------------------------------------- */

static void write_latency(struct kqt_json_out *out, const struct kqt_summary_latency *l)
{
	kqt_json_put(out, "{\"count\":");
	kqt_json_put_count(out, l->count);
	for (int i = 0; i < KQT_SUMMARY_QUANTILES; i++) {
		kqt_json_put(out, ",\"%s_ns\":", kqt_summary_q_names[i]);
		kqt_json_put_count(out, l->q_ns[i]);
	}
	kqt_json_put(out, ",\"max_ns\":");
	kqt_json_put_count(out, l->max_ns);
	kqt_json_put(out, "}");
}

static void write_row(struct kqt_json_out *out, const struct kqt_summary_row *r)
{
	kqt_json_put(out, "{\"events\":");
	kqt_json_put_count(out, r->events);
	kqt_json_put(out, ",\"events_per_s\":");
	kqt_json_put_real(out, r->events_per_s);
	kqt_json_put(out, ",\"merged\":");
	kqt_json_put_count(out, r->merged);
	kqt_json_put(out, ",\"missed\":");
	kqt_json_put_count(out, r->missed);
	for (enum kqt_latency k = 0; k < KQT_LATENCIES; k++) {
		kqt_json_put(out, ",\"%s\":", kqt_latency_name(k));
		write_latency(out, &r->latency[k]);
	}
	kqt_json_put(out, "}");
}

static void write_real(struct kqt_json_out *out, const char *key, double v)
{
	kqt_json_put(out, ",\"%s\":", key);
	kqt_json_put_real(out, v);
}

static void write_side(struct kqt_json_out *out, const struct kqt_summary *s)
{
	kqt_json_put(out, "{\"rounds\":%zu", s->rounds);
	write_real(out, "seconds", s->seconds);
	kqt_json_put(out, ",\"waits\":");
	kqt_json_put_count(out, s->waits);
	kqt_json_put(out, ",\"timeouts\":");
	kqt_json_put_count(out, s->timeouts);
	write_real(out, "waits_per_s", s->waits_per_s);
	kqt_json_put(out, ",\"entropy\":{\"rounds\":%zu", s->entropy_rounds);
	write_real(out, "assessed", s->assessed);
	write_real(out, "mcv", s->mcv);
	write_real(out, "shannon", s->shannon);
	kqt_json_put(out,
	             "},\"saturated_rounds\":%zu,\"unsteady_rounds\":%zu,"
	             "\"raw_lost_rounds\":%zu,\"filters\":{\"all\":",
	             s->saturated_rounds, s->unsteady_rounds, s->raw_lost_rounds);
	write_row(out, &s->row[KQT_FILTERS]);
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++) {
		kqt_json_put(out, ",\"%s\":", kqt_filter_name(f));
		write_row(out, &s->row[f]);
	}
	kqt_json_put(out, "}}");
}

void kqt_summary_write_json(struct kqt_json_out *out, const struct kqt_report *r)
{
	struct kqt_summary s;

	kqt_summarise(r, 0, &s);
	kqt_json_put(out, "{\"A\":");
	write_side(out, &s);
	kqt_json_put(out, ",\"B\":");
	if (r->ab) {
		kqt_summarise(r, 1, &s);
		write_side(out, &s);
	} else {
		kqt_json_put(out, "null");
	}
	kqt_json_put(out, "}");
}
