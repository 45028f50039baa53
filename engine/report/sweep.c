/* SPDX-License-Identifier: MIT */
#include "engine/report/sweep.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/config/text.h"
#include "engine/report/json.h"
#include "engine/report/summary.h"

#define MARGIN 0.05

static const struct {
	const char *name, *about;
	bool more;
} objectives[KQT_OBJECTIVES] = {
    [KQT_OBJECTIVE_P99] = {"p99", "notification p99, less is better", false},
    [KQT_OBJECTIVE_P50] = {"p50", "notification p50, less is better", false},
    [KQT_OBJECTIVE_WAITS] = {"waits_per_s", "waits a second, more is better", true},
    [KQT_OBJECTIVE_ASSESSED] = {"assessed_bits_per_s", "assessed bits a second, more is better",
                                true},
};

const char *kqt_objective_name(enum kqt_objective o)
{
	return (unsigned)o < KQT_OBJECTIVES ? objectives[o].name : "?";
}

const char *kqt_objective_about(enum kqt_objective o)
{
	return (unsigned)o < KQT_OBJECTIVES ? objectives[o].about : "?";
}

bool kqt_objective_more_is_better(enum kqt_objective o)
{
	return (unsigned)o < KQT_OBJECTIVES && objectives[o].more;
}

int kqt_objective_parse(const char *name, struct kqt_strbuf *why)
{
	char shown[64];

	for (int o = 0; o < KQT_OBJECTIVES; o++)
		if (strcmp(objectives[o].name, name) == 0)
			return o;
	kqt_strbuf_add(why, "'%s' is none of", kqt_text_show(name, shown, sizeof(shown)));
	for (int o = 0; o < KQT_OBJECTIVES; o++)
		kqt_strbuf_add(why, "%s %s", o ? "," : "", objectives[o].name);
	return -KQT_E_UNKNOWN_NAME;
}

/* -- axes ------------------------------------------------------------------ */

/* Texts (folders, back ends) and processors are no quantity to tune. */
static bool can_sweep(const struct kqt_tunable *t)
{
	return t->type == KQT_T_UINT || t->type == KQT_T_DURATION || t->type == KQT_T_FLAG ||
	       t->type == KQT_T_CHOICE;
}

static int unknown_axis(const char *name, struct kqt_strbuf *why)
{
	char shown[64];

	kqt_strbuf_add(why, "no axis '%s'; there are", kqt_text_show(name, shown, sizeof(shown)));
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
		if (can_sweep(t))
			kqt_strbuf_add(why, " %s", t->name);
	return -KQT_E_UNKNOWN_NAME;
}

/* One value, made the way the tunable itself writes it, so that "2" and "2ms" are one. */
static int add_value(struct kqt_sweep_axis *a, const char *text, struct kqt_strbuf *why)
{
	const struct kqt_tunable *t = a->tunable;
	struct kqt_config cfg;
	int rc;

	if (!*text) {
		kqt_strbuf_add(why, "axis %s: a value is empty", t->name);
		return -KQT_E_SYNTAX;
	}
	if (a->n == KQT_SWEEP_VALUES_MAX) {
		kqt_strbuf_add(why, "axis %s: more than %d values", t->name, KQT_SWEEP_VALUES_MAX);
		return -KQT_E_RANGE;
	}
	kqt_config_default(&cfg);
	kqt_strbuf_add(why, "axis ");
	rc = kqt_config_set(&cfg, t->name, text, why);
	if (rc < 0)
		return rc;
	why->len = 0;
	why->text[0] = '\0';
	kqt_config_get_text(&cfg, t, a->value[a->n], KQT_SWEEP_TEXT);
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->value[i], a->value[a->n]) != 0)
			continue;
		kqt_strbuf_add(why, "axis %s: %s is there twice", t->name, a->value[i]);
		return -KQT_E_SYNTAX;
	}
	a->n++;
	return 0;
}

int kqt_sweep_axis_parse(const char *text, struct kqt_sweep_axis *out, struct kqt_strbuf *why)
{
	const char *equals = strchr(text, '=');
	char copy[1024], shown[64], *value, *comma;
	size_t len = strlen(text);
	int rc = 0;

	if (!equals || equals == text || len >= sizeof(copy)) {
		kqt_strbuf_add(why, "'%s' is no axis: AXIS=VALUE,VALUE.. such as timers=0,4,8",
		               kqt_text_show(text, shown, sizeof(shown)));
		return -KQT_E_SYNTAX;
	}
	memcpy(copy, text, len + 1);
	copy[equals - text] = '\0';
	memset(out, 0, sizeof(*out));
	out->tunable = kqt_tunable_find(copy);
	if (!out->tunable || !can_sweep(out->tunable))
		return unknown_axis(copy, why);
	for (value = copy + (equals - text) + 1; value && rc == 0; value = comma) {
		comma = strchr(value, ',');
		if (comma)
			*comma++ = '\0';
		rc = add_value(out, value, why);
	}
	return rc;
}

/* -- the grid --------------------------------------------------------------- */

size_t kqt_sweep_place(const struct kqt_sweep *s, size_t point, size_t axis)
{
	for (size_t a = s->n_axes; a-- > axis + 1;)
		point /= s->axis[a].n;
	return point % s->axis[axis].n;
}

void kqt_sweep_config(const struct kqt_sweep *s, size_t point, struct kqt_config *out)
{
	*out = s->base;
	for (size_t a = 0; a < s->n_axes; a++) /* was accepted when it was parsed */
		(void)!kqt_config_set(out, s->axis[a].tunable->name,
		                      s->axis[a].value[kqt_sweep_place(s, point, a)], NULL);
}

void kqt_sweep_point_text(const struct kqt_sweep *s, size_t point, struct kqt_strbuf *out)
{
	for (size_t a = 0; a < s->n_axes; a++)
		kqt_strbuf_add(out, "%s%s=%s", a ? " " : "", s->axis[a].tunable->name,
		               s->axis[a].value[kqt_sweep_place(s, point, a)]);
}

static int check_points(const struct kqt_sweep *s, struct kqt_strbuf *why)
{
	for (size_t p = 0; p < s->n_points; p++) {
		char text[256], reason[256];
		struct kqt_strbuf name = kqt_strbuf_init(text, sizeof(text));
		struct kqt_strbuf sb = kqt_strbuf_init(reason, sizeof(reason));
		struct kqt_config cfg;
		int rc;

		kqt_sweep_config(s, p, &cfg);
		rc = kqt_config_check(&cfg, &sb);
		if (rc == 0)
			continue;
		kqt_sweep_point_text(s, p, &name);
		kqt_strbuf_add(why, "%s cannot be measured: %s", text, reason);
		return rc;
	}
	return 0;
}

static int check_axes(const struct kqt_sweep_axis *axis, size_t n, size_t *points,
                      struct kqt_strbuf *why)
{
	if (n < 1 || n > KQT_SWEEP_AXES_MAX) {
		kqt_strbuf_add(why, "1 to %d axes", KQT_SWEEP_AXES_MAX);
		return -KQT_E_RANGE;
	}
	*points = 1;
	for (size_t a = 0; a < n; a++) {
		for (size_t b = 0; b < a; b++) {
			if (axis[a].tunable != axis[b].tunable)
				continue;
			kqt_strbuf_add(why, "axis %s is there twice", axis[a].tunable->name);
			return -KQT_E_SYNTAX;
		}
		*points *= axis[a].n;
		if (*points > KQT_SWEEP_POINTS_MAX) {
			kqt_strbuf_add(why, "more than %d points", KQT_SWEEP_POINTS_MAX);
			return -KQT_E_RANGE;
		}
	}
	return 0;
}

int kqt_sweep_new(const struct kqt_config *base, const struct kqt_sweep_axis *axis, size_t n,
                  struct kqt_sweep **out, struct kqt_strbuf *why)
{
	struct kqt_sweep *s;
	size_t points;
	int rc = check_axes(axis, n, &points, why);

	if (rc < 0)
		return rc;
	s = calloc(1, sizeof(*s));
	if (s)
		s->point = calloc(points, sizeof(*s->point));
	if (!s || !s->point) {
		free(s);
		return -ENOMEM;
	}
	s->base = *base;
	s->n_axes = n;
	s->n_points = points;
	memcpy(s->axis, axis, n * sizeof(*axis));
	rc = check_points(s, why);
	if (rc < 0) {
		kqt_sweep_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void kqt_sweep_free(struct kqt_sweep *s)
{
	if (s)
		free(s->point);
	free(s);
}

/* splitmix64 (Sebastiano Vigna, public domain) */
static uint64_t random_of(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void kqt_sweep_order(const struct kqt_sweep *s, uint64_t pass, size_t *order)
{
	uint64_t state = s->seed + pass * UINT64_C(0xd1342543de82ef95);

	/* Fisher and Yates; the remainder's bias is below 1024 / 2^64 */
	for (size_t i = 0; i < s->n_points; i++) {
		size_t j = random_of(&state) % (i + 1);

		if (j != i)
			order[i] = order[j];
		order[j] = i;
	}
}

bool kqt_sweep_best_first(const struct kqt_sweep *s, size_t pair)
{
	uint64_t state = ~s->seed + pair * UINT64_C(0xd1342543de82ef95);

	return random_of(&state) & 1;
}

/* -- figures ---------------------------------------------------------------- */

/* What the stream gives, a byte of which is made from so much: extract.h. */
static double bytes_per_s(const struct kqt_round *r, enum kqt_stream stream, uint64_t collection,
                          const struct kqt_hist *notification)
{
	double n = (double)collection;

	switch (stream) {
	case KQT_STREAM_SEED:
		return (double)r->waits * (n / (n + KQT_COLLECT_EXTRA)) / r->seconds;
	case KQT_STREAM_LOW8:
		return (double)r->waits / r->seconds;
	case KQT_STREAM_LSB:
		return (double)r->waits / 8 / r->seconds;
	case KQT_STREAM_NOTIFICATION:
		return (double)notification->count / r->seconds;
	case KQT_STREAMS:
		break;
	}
	return NAN;
}

void kqt_sweep_figures_of(const struct kqt_round *round, enum kqt_stream stream,
                          uint64_t collection, struct kqt_sweep_figures *out)
{
	static const double q[2] = {0.50, 0.99};
	static struct kqt_hist hist; /* 400 KB; main only */
	uint64_t v[2];

	*out = (struct kqt_sweep_figures){NAN, NAN, NAN, NAN, NAN};
	kqt_hist_reset(&hist);
	kqt_round_hist(round, KQT_LATENCY_NOTIFICATION, KQT_FILTERS, &hist);
	kqt_hist_quantiles(&hist, q, 2, v);
	if (hist.count)
		out->p50_ns = (double)v[0];
	if (kqt_stats_tail_suffices(hist.count, 0.99))
		out->p99_ns = (double)v[1];
	if (round->seconds > 0) {
		out->waits_per_s = (double)round->waits / round->seconds;
		out->bytes_per_s = bytes_per_s(round, stream, collection, &hist);
	}
	if (round->entropy.n)
		out->assessed = round->entropy.assessed;
}

double kqt_sweep_value(const struct kqt_sweep *s, const struct kqt_sweep_figures *f)
{
	double v = s->objective == KQT_OBJECTIVE_P99     ? f->p99_ns
	           : s->objective == KQT_OBJECTIVE_P50   ? f->p50_ns
	           : s->objective == KQT_OBJECTIVE_WAITS ? f->waits_per_s
	                                                 : f->assessed * f->bytes_per_s;

	return isfinite(v) && v > 0 ? v : NAN; /* its logarithm is compared */
}

struct kqt_sweep_spread kqt_sweep_spread(const struct kqt_sweep *s, size_t point)
{
	const struct kqt_sweep_point *p = &s->point[point];
	struct kqt_sweep_spread out = {0, NAN, NAN, NAN};
	double v[KQT_SWEEP_ROUNDS_MAX];

	for (size_t i = 0; i < p->n; i++) {
		double x = kqt_sweep_value(s, &p->round[i]);

		if (isnan(x))
			continue;
		out.least = out.n && out.least < x ? out.least : x;
		out.most = out.n && out.most > x ? out.most : x;
		v[out.n++] = x;
	}
	out.median = kqt_median(v, out.n);
	return out;
}

double kqt_sweep_median(const struct kqt_sweep *s, size_t point, size_t offset)
{
	const struct kqt_sweep_point *p = &s->point[point];
	double v[KQT_SWEEP_ROUNDS_MAX];

	for (size_t i = 0; i < p->n; i++)
		memcpy(&v[i], (const char *)&p->round[i] + offset, sizeof(v[i]));
	return kqt_median(v, p->n);
}

long kqt_sweep_best(const struct kqt_sweep *s)
{
	bool more = kqt_objective_more_is_better(s->objective);
	double best = NAN;
	long at = -1;

	for (size_t p = 0; p < s->n_points; p++) {
		double v = kqt_sweep_spread(s, p).median;

		if (isnan(v) || (at >= 0 && (more ? v <= best : v >= best)))
			continue;
		best = v;
		at = (long)p;
	}
	return at;
}

/* -- the best against the base ---------------------------------------------- */

static void turn(struct kqt_sweep_verdict *out, const struct kqt_stats_judged *j, bool more)
{
	/* shifts are oriented so that above 0 is worse; the ratio is best / base */
	double sign = more ? -1 : 1;

	out->known = true;
	out->ratio = exp(sign * j->shift);
	out->lo = exp(more ? -j->interval.hi : j->interval.lo);
	out->hi = exp(more ? -j->interval.lo : j->interval.hi);
	out->verdict = j->verdict;
}

int kqt_sweep_judge(const struct kqt_sweep *s, struct kqt_sweep_verdict *out)
{
	const struct kqt_stats_rule rule = {.alpha = KQT_STATS_ALPHA, .margin = log(1 + MARGIN)};
	bool more = kqt_objective_more_is_better(s->objective);
	double d[KQT_SWEEP_PAIRS];
	struct kqt_stats_shifts shifts = {0};
	struct kqt_stats_null *null = NULL;
	struct kqt_stats_judged judged;
	int rc;

	*out = (struct kqt_sweep_verdict){0, false, NAN, NAN, NAN, KQT_STATS_TOO_FEW};
	for (size_t i = 0; i < s->n_pairs; i++) {
		double base = kqt_sweep_value(s, &s->pair[i][0]);
		double best = kqt_sweep_value(s, &s->pair[i][1]);

		if (!isnan(base) && !isnan(best))
			d[out->pairs++] = (more ? -1 : 1) * log(best / base);
	}
	if (out->pairs < KQT_STATS_ROUNDS_INTERVAL)
		return 0;
	rc = kqt_stats_shifts_paired(d, out->pairs, &shifts);
	if (rc == 0)
		rc = kqt_stats_null_paired(out->pairs, &null);
	if (rc == 0) {
		kqt_stats_judge(&shifts, null, &rule, out->pairs, &judged);
		turn(out, &judged, more);
	}
	kqt_stats_null_free(null);
	kqt_stats_shifts_fini(&shifts);
	return rc;
}

/* -- JSON ------------------------------------------------------------------- */

static void put_reals(struct kqt_json_out *out, const char *key, double v)
{
	kqt_json_put(out, ",\"%s\":", key);
	kqt_json_put_real(out, v);
}

static void put_value(struct kqt_json_out *out, const struct kqt_sweep_axis *a, size_t place)
{
	struct kqt_config cfg;

	kqt_config_default(&cfg);
	if (a->tunable->type == KQT_T_CHOICE) {
		kqt_json_put_text(out, a->value[place]);
		return;
	}
	(void)!kqt_config_set(&cfg, a->tunable->name, a->value[place], NULL);
	if (a->tunable->type == KQT_T_FLAG)
		kqt_json_put(out, kqt_config_get(&cfg, a->tunable) ? "true" : "false");
	else
		kqt_json_put_count(out, kqt_config_get(&cfg, a->tunable));
}

static void put_axes(struct kqt_json_out *out, const struct kqt_sweep *s)
{
	kqt_json_put(out, ",\"axes\":[");
	for (size_t a = 0; a < s->n_axes; a++) {
		kqt_json_put(out, "%s{\"name\":\"%s\",\"config\":\"%s\",\"values\":[", a ? "," : "",
		             s->axis[a].tunable->name, s->axis[a].tunable->json);
		for (size_t i = 0; i < s->axis[a].n; i++) {
			kqt_json_put(out, i ? "," : "");
			put_value(out, &s->axis[a], i);
		}
		kqt_json_put(out, "]}");
	}
	kqt_json_put(out, "]");
}

static void put_at(struct kqt_json_out *out, const struct kqt_sweep *s, size_t point)
{
	kqt_json_put(out, "{\"at\":{");
	for (size_t a = 0; a < s->n_axes; a++) {
		kqt_json_put(out, "%s\"%s\":", a ? "," : "", s->axis[a].tunable->name);
		put_value(out, &s->axis[a], kqt_sweep_place(s, point, a));
	}
	kqt_json_put(out, "}");
}

static void put_point(struct kqt_json_out *out, const struct kqt_sweep *s, size_t point)
{
	struct kqt_sweep_spread spread = kqt_sweep_spread(s, point);

	put_at(out, s, point);
	put_reals(out, "median", spread.median);
	put_reals(out, "min", spread.least);
	put_reals(out, "max", spread.most);
	put_reals(out, "notification_p50_ns",
	          kqt_sweep_median(s, point, offsetof(struct kqt_sweep_figures, p50_ns)));
	put_reals(out, "notification_p99_ns",
	          kqt_sweep_median(s, point, offsetof(struct kqt_sweep_figures, p99_ns)));
	put_reals(out, "waits_per_s",
	          kqt_sweep_median(s, point, offsetof(struct kqt_sweep_figures, waits_per_s)));
	put_reals(out, "bytes_per_s",
	          kqt_sweep_median(s, point, offsetof(struct kqt_sweep_figures, bytes_per_s)));
	put_reals(out, "assessed",
	          kqt_sweep_median(s, point, offsetof(struct kqt_sweep_figures, assessed)));
	kqt_json_put(out, ",\"rounds\":[");
	for (size_t i = 0; i < s->point[point].n; i++) {
		kqt_json_put(out, i ? "," : "");
		kqt_json_put_real(out, kqt_sweep_value(s, &s->point[point].round[i]));
	}
	kqt_json_put(out, "]}");
}

void kqt_sweep_command(const struct kqt_sweep *s, size_t point, struct kqt_strbuf *out)
{
	char text[KQT_PATH_SIZE + 1024];
	struct kqt_strbuf options = kqt_strbuf_init(text, sizeof(text));
	struct kqt_config cfg;

	kqt_sweep_config(s, point, &cfg);
	kqt_config_command_line(&cfg, s->from, &options);
	kqt_strbuf_add(out, "kqtop live%s%s", options.len ? " " : "", text);
}

static void put_best(struct kqt_json_out *out, const struct kqt_sweep *s, long best)
{
	char line[KQT_PATH_SIZE + 1024];
	struct kqt_strbuf sb = kqt_strbuf_init(line, sizeof(line));

	if (best < 0) {
		kqt_json_put(out, ",\"best\":null");
		return;
	}
	kqt_sweep_command(s, (size_t)best, &sb);
	kqt_json_put(out, ",\"best\":");
	put_at(out, s, (size_t)best);
	kqt_json_put(out, ",\"command\":");
	kqt_json_put_text(out, line);
	kqt_json_put(out, "}");
}

static void put_confirm(struct kqt_json_out *out, const struct kqt_sweep *s)
{
	struct kqt_sweep_verdict v;

	if (s->n_pairs == 0 || kqt_sweep_judge(s, &v) < 0) {
		kqt_json_put(out, ",\"confirm\":null");
		return;
	}
	kqt_json_put(out, ",\"confirm\":{\"pairs\":%zu", v.pairs);
	put_reals(out, "ratio", v.ratio);
	put_reals(out, "lo", v.lo);
	put_reals(out, "hi", v.hi);
	kqt_json_put(out, ",\"verdict\":\"%s\",\"base\":[", kqt_stats_verdict_text(v.verdict));
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < s->n_pairs; i++) {
			kqt_json_put(out, i ? "," : "");
			kqt_json_put_real(out, kqt_sweep_value(s, &s->pair[i][side]));
		}
		kqt_json_put(out, side ? "]}" : "],\"best\":[");
	}
}

char *kqt_sweep_json(const struct kqt_sweep *s)
{
	struct kqt_json_out out = {0};

	kqt_json_put(&out, "{\"schema\":1,\"objective\":\"%s\",\"more_is_better\":%s",
	             kqt_objective_name(s->objective),
	             kqt_objective_more_is_better(s->objective) ? "true" : "false");
	kqt_json_put(&out, ",\"stream\":\"%s\",\"backend\":", kqt_stream_name(s->stream));
	kqt_json_put_text(&out, s->backend[0] ? s->backend : NULL);
	kqt_json_put(&out, ",\"round_ns\":");
	kqt_json_put_count(&out, s->round_ns);
	kqt_json_put(&out, ",\"seed\":");
	kqt_json_put_count(&out, s->seed);
	put_axes(&out, s);
	kqt_json_put(&out, ",\"points\":[");
	for (size_t p = 0; p < s->n_points; p++) {
		kqt_json_put(&out, p ? "," : "");
		put_point(&out, s, p);
	}
	kqt_json_put(&out, "]");
	put_best(&out, s, kqt_sweep_best(s));
	put_confirm(&out, s);
	kqt_json_put(&out, "}\n");
	if (!out.failed)
		return out.text;
	free(out.text);
	return NULL;
}
