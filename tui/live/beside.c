/* SPDX-License-Identifier: MIT */
#include "tui/live/beside.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/live/view.h"

#define AXIS_STEP (KQT_BINS_PER_DECADE / 2) /* the axis only grows, by half decades */

/* -- reports -------------------------------------------------------------- */

static void free_sides(struct kqt_beside *b)
{
	for (size_t i = 0; i < b->n_sides; i++)
		free(b->side[i].hist);
	memset(b->side, 0, sizeof(b->side));
	b->n_sides = 0;
}

size_t kqt_beside_clear(struct kqt_beside *b)
{
	size_t n = b->n_reports;

	free_sides(b);
	for (size_t i = 0; i < n; i++) {
		kqt_report_free(b->report[i]);
		free(b->path[i]);
	}
	memset(b->report, 0, sizeof(b->report));
	memset(b->path, 0, sizeof(b->path));
	b->n_reports = 0;
	b->hi = 0;
	return n;
}

void kqt_beside_fini(struct kqt_beside *b)
{
	(void)kqt_beside_clear(b);
	kqt_report_free(b->here);
	free(b->scratch);
	memset(b, 0, sizeof(*b));
}

/* "web2, 20 rounds of 2.00s together, epoll, load cpu:2x" */
static void describe(struct kqt_beside_side *s, const char *file)
{
	const struct kqt_report *r = s->report;
	const struct kqt_side *side = &r->side[s->side];
	struct kqt_strbuf sb = kqt_strbuf_init(s->words, sizeof(s->words));
	uint64_t waits = 0;
	double seconds = 0;
	size_t rounds = 0;
	char each[16], text[64];

	for (size_t i = 0; i < r->n_rounds; i++) {
		if (r->rounds[i].side != s->side)
			continue;
		rounds++;
		waits += r->rounds[i].waits;
		seconds += r->rounds[i].seconds;
	}
	s->waits_s = kqt_per_second(waits, seconds);
	kqt_strbuf_add(&sb, "%s", kqt_text_show(r->label ? r->label : file, text, sizeof(text)));
	kqt_strbuf_add(&sb, ", %zu round%s", rounds, kqt_plural(rounds));
	if (r->how.round_ns)
		kqt_strbuf_add(&sb, " of %s", kqt_fmt_ns(r->how.round_ns, each, sizeof(each)));
	if (rounds > 1) /* kqtop compare takes medians of rounds: its figures are others */
		kqt_strbuf_add(&sb, " together");
	if (!r->complete)
		kqt_strbuf_add(&sb, " (not complete)");
	if (r->backend)
		kqt_strbuf_add(&sb, ", %s", kqt_text_show(r->backend, text, sizeof(text)));
	if (side->load)
		kqt_strbuf_add(&sb, ", load %s", kqt_text_show(side->load, text, sizeof(text)));
	else if (side->load_command)
		kqt_strbuf_add(&sb, ", load by a command");
}

/* @return 0 or -ENOMEM */
static int make_sides(struct kqt_beside *b)
{
	free_sides(b);
	for (size_t i = 0; i < b->n_reports; i++) {
		for (unsigned side = 0; side < (b->report[i]->ab ? 2u : 1u); side++) {
			struct kqt_beside_side *s = &b->side[b->n_sides];

			s->hist = calloc(1, sizeof(*s->hist));
			if (!s->hist)
				return -ENOMEM;
			s->report = b->report[i];
			s->side = side;
			snprintf(s->tag, sizeof(s->tag), "R%zu%s", (i + 1) % 10,
			         !b->report[i]->ab ? ""
			         : side            ? "B"
			                           : "A");
			describe(s, b->name[i]);
			b->n_sides++;
		}
	}
	return 0;
}

/* What stands between two commas, or all of it where there is such a file. */
static const char *next_name(const char *names, char *name, size_t size)
{
	size_t n = access(names, F_OK) == 0 ? strlen(names) : strcspn(names, ",");

	snprintf(name, size, "%.*s", (int)n, names);
	return names + n + (names[n] == ',');
}

/* The same for every way to name one file; what has none (a pipe) goes by its name. */
static char *path_of(const char *name)
{
	char *path = realpath(name, NULL);

	return path ? path : strdup(name);
}

/* The end of a long name tells it from others. */
static void show_name(const char *name, char *buf, size_t size)
{
	size_t n = strlen(name);

	if (n < size) {
		(void)kqt_text_show(name, buf, size);
		return;
	}
	name += n - (size - 4);
	while (((unsigned char)*name & 0xc0) == 0x80)
		name++;
	snprintf(buf, size, "...");
	(void)kqt_text_show(name, buf + 3, size - 3);
}

static size_t place_of(const struct kqt_beside *b, const char *path)
{
	size_t i = 0;

	while (i < b->n_reports && strcmp(b->path[i], path) != 0)
		i++;
	return i;
}

/* A report that was read, on its way to its place. */
struct incoming {
	struct kqt_report *report;
	char *path, name[sizeof(((struct kqt_beside *)NULL)->name[0])];
};

static int read_one(struct incoming *in, const char *name, struct kqt_strbuf *why)
{
	in->path = path_of(name);
	if (!in->path) {
		kqt_strbuf_add(why, "out of memory");
		return -ENOMEM;
	}
	show_name(name, in->name, sizeof(in->name));
	return kqt_report_load(name, &in->report, why);
}

static void put(struct kqt_beside *b, struct incoming *in)
{
	size_t at = place_of(b, in->path);

	kqt_report_free(b->report[at]);
	free(b->path[at]);
	b->report[at] = in->report;
	b->path[at] = in->path;
	memcpy(b->name[at], in->name, sizeof(in->name));
	b->n_reports += at == b->n_reports;
}

int kqt_beside_load(struct kqt_beside *b, const char *names, struct kqt_strbuf *why)
{
	struct incoming in[KQT_BESIDE_FILES] = {{NULL, NULL, ""}};
	char name[KQT_PATH_SIZE];
	size_t n = 0, fresh = 0;
	int rc = 0;

	while (rc == 0 && *names) {
		names = next_name(names, name, sizeof(name));
		if (!*name)
			continue;
		if (n == KQT_BESIDE_FILES) {
			rc = -KQT_E_RANGE;
			break;
		}
		rc = read_one(&in[n], name, why);
		if (rc == 0)
			fresh += place_of(b, in[n].path) == b->n_reports;
		n++;
	}
	if (rc == 0 && b->n_reports + fresh > KQT_BESIDE_FILES)
		rc = -KQT_E_RANGE;
	if (rc == -KQT_E_RANGE && !why->len)
		kqt_strbuf_add(why, "there is room for %d reports", KQT_BESIDE_FILES);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0) {
			put(b, &in[i]);
			continue;
		}
		kqt_report_free(in[i].report);
		free(in[i].path);
	}
	if (rc < 0)
		return rc;
	b->hi = 0;
	rc = make_sides(b);
	if (rc < 0) {
		(void)kqt_beside_clear(b);
		kqt_strbuf_add(why, "out of memory");
		return rc;
	}
	return (int)n;
}

/* -- what differs --------------------------------------------------------- */

static int make_here(struct kqt_beside *b)
{
	if (b->here)
		return 0;
	b->here = kqt_report_new();
	if (b->here && kqt_fingerprint(b->here, false) == 0)
		return 0;
	kqt_report_free(b->here);
	b->here = NULL;
	return -ENOMEM;
}

/* Facts that are not those of the moment make it another machine; the label is in the
 * words, how the rounds were made is no matter of the live screen. */
static void add_difference(struct kqt_strbuf *out, const struct kqt_difference *d, bool *machine,
                           bool wants_machine)
{
	bool is_machine = d->kind == KQT_DIFF_MACHINE;

	if (is_machine != wants_machine || strcmp(d->what, "label") == 0 ||
	    strcmp(d->what, "dither") == 0 || strcmp(d->what, "sources not registered") == 0 ||
	    strcmp(d->what, "stimulus") == 0 || strcmp(d->what, "achieved load") == 0)
		return;
	if (is_machine && (kqt_fact_is_momentary(d->what) || strcmp(d->a, "unknown") == 0 ||
	                   strcmp(d->b, "unknown") == 0))
		return;
	if (is_machine && !*machine && strcmp(d->what, "back end") != 0) {
		kqt_strbuf_add(out, "%sdifferent machine: ", out->len ? "; " : "");
		*machine = true;
	} else if (out->len) {
		kqt_strbuf_add(out, ", ");
	}
	kqt_strbuf_add(out, "%s %s, here %s", d->what, d->b, d->a);
}

static void tell_differences(struct kqt_beside *b, struct kqt_beside_side *s)
{
	struct kqt_entrant a = {.report = b->here}, other = {.report = s->report, .side = s->side};
	struct kqt_strbuf out = kqt_strbuf_init(s->differs, sizeof(s->differs));
	struct kqt_differences d = {0};
	bool machine = false;
	struct kqt_how how;

	s->differs[0] = '\0';
	if (!b->here)
		return;
	how = b->here->how;
	b->here->how = s->report->how; /* a screen has no rounds: no difference in these */
	kqt_compare_differences(&a, &other, &d);
	b->here->how = how;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < d.n; i++)
			add_difference(&out, &d.list[i], &machine, pass == 1);
	free(d.list);
}

static void all_differences(struct kqt_beside *b, const struct kqt_snapshot *snap, const char *load,
                            bool machine)
{
	char text[sizeof(b->here_load)];
	struct kqt_side *side;

	if (b->n_sides == 0 || !machine || make_here(b) < 0)
		return;
	/* "LOAD cpu:2x 47s" */
	snprintf(text, sizeof(text), "%s", load[0] ? load + strcspn(load, " ") + 1 : "");
	text[strcspn(text, " ")] = '\0';
	side = &b->here->side[0];
	if (b->side[0].differs[0] && kqt_config_same(&side->config, &snap->config) &&
	    strcmp(text, b->here_load) == 0 && b->side[b->n_sides - 1].filled)
		return;
	memcpy(b->here_load, text, sizeof(text));
	side->config = snap->config;
	side->load = text[0] ? b->here_load : NULL;
	free(b->here->backend);
	b->here->backend = snap->backend ? strdup(snap->backend) : NULL;
	for (size_t i = 0; i < b->n_sides; i++)
		tell_differences(b, &b->side[i]);
	side->load = NULL; /* ours, not the report's to free */
}

/* -- figures -------------------------------------------------------------- */

static void fill_side(struct kqt_beside_side *s, enum kqt_latency kind, unsigned filter)
{
	if (s->filled && s->kind == kind && s->filter == filter)
		return;
	kqt_hist_reset(s->hist);
	for (size_t i = 0; i < s->report->n_rounds; i++)
		if (s->report->rounds[i].side == s->side)
			kqt_round_hist(&s->report->rounds[i], kind, filter, s->hist);
	s->kind = kind;
	s->filter = filter;
	s->filled = true;
}

static void add_one(struct kqt_beside *b, const char *tag, const struct kqt_hist *hist,
                    double waits_s, const struct kqt_history *h)
{
	struct kqt_beside_one *o = &b->one[b->n++], *now = &b->one[0];
	double f_now = 0, f_this = 0;

	memset(o, 0, sizeof(*o));
	snprintf(o->tag, sizeof(o->tag), "%s", tag);
	o->waits_s = waits_s;
	kqt_quantiles_of(hist, &o->q);
	kqt_history_coarsen(h, hist, o->bins);
	kqt_range_widen(&b->lo, &b->hi, o->bins, AXIS_STEP);
	o->ks = NAN;
	if (o == now || !o->q.count || !now->q.count)
		return;
	o->ks = kqt_hist_ks(&b->scratch[0], hist, &o->ks_at_ns);
	for (int i = 0; i < KQT_BINS; i++) {
		f_now += (double)now->bins[i] / (double)now->q.count;
		f_this += (double)o->bins[i] / (double)o->q.count;
		o->gap[i] = f_now - f_this;
		o->gap_max = fmax(o->gap_max, fabs(o->gap[i]));
	}
}

static double rate(const struct kqt_tally *t)
{
	return kqt_per_second(t->waits, kqt_tally_seconds(t));
}

void kqt_beside_update(struct kqt_beside *b, const struct kqt_snapshot *snap,
                       const struct kqt_history *h, const struct kqt_ui *ui, bool machine)
{
	if (!b->scratch)
		b->scratch = calloc(2, sizeof(*b->scratch));
	b->n = 0;
	if (!b->scratch || !snap->epoch)
		return;
	if (b->kind != ui->kind || b->filter != ui->filter)
		b->hi = 0;
	b->kind = ui->kind;
	b->filter = ui->filter;
	kqt_tally_hist(snap->epoch, ui->kind, ui->filter, &b->scratch[0]);
	add_one(b, "now", &b->scratch[0], rate(snap->epoch), h);
	if (snap->baseline) {
		kqt_tally_hist(snap->baseline, ui->kind, ui->filter, &b->scratch[1]);
		add_one(b, "A", &b->scratch[1], rate(snap->baseline), h);
		kqt_hist_reset(&b->scratch[1]);
	}
	all_differences(b, snap, ui->load, machine);
	for (size_t i = 0; i < b->n_sides; i++) {
		fill_side(&b->side[i], ui->kind, ui->filter);
		add_one(b, b->side[i].tag, b->side[i].hist, b->side[i].waits_s, h);
		b->one[b->n - 1].is_report = true;
	}
	kqt_hist_reset(&b->scratch[0]);
}
