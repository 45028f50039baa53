/* SPDX-License-Identifier: MIT */
/* What a change did: figures of two epochs, and in words. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/live/model_priv.h"

/* Below this many samples in a half, D says more of chance than of the source. */
#define OWN_MIN_COUNT 200
/* Below this many, p99 lies between less than twenty. */
#define TAIL_MIN_COUNT 2000

/* -- own halves ----------------------------------------------------------- */

/* D between the halves of the window, one kind and filter a snapshot: in four
 * seconds all of them, at a fifteenth of the work. */
static void note_own(struct kqt_model *m, const struct kqt_snapshot *snap)
{
	unsigned n = KQT_LATENCIES * (KQT_FILTERS + 1), turn = m->turn % n;
	enum kqt_latency kind = (enum kqt_latency)(turn / (KQT_FILTERS + 1));
	unsigned filter = turn % (KQT_FILTERS + 1);

	if (snap->window[0]->waits < OWN_MIN_COUNT || snap->window[1]->waits < OWN_MIN_COUNT)
		return; /* the older half is empty for five seconds */
	m->turn++;
	for (int i = 0; i < 2; i++)
		kqt_tally_hist(snap->window[i], kind, filter, &m->scratch[i]);
	if (m->scratch[0].count >= OWN_MIN_COUNT && m->scratch[1].count >= OWN_MIN_COUNT)
		m->own[kind][filter] = kqt_hist_ks(&m->scratch[0], &m->scratch[1], NULL);
	for (int i = 0; i < 2; i++)
		kqt_hist_reset(&m->scratch[i]);
}

static bool is_viewers(const struct kqt_snapshot *snap)
{
	return snap->baseline_serial != snap->run_baseline_serial;
}

/* The run's may change while another is shown instead. */
void kqt_model_note_baseline(struct kqt_model *m, const struct kqt_snapshot *snap)
{
	if (snap->run_baseline_serial != m->baseline_serial) {
		m->baseline_serial = snap->run_baseline_serial;
		memcpy(m->own_baseline, m->own, sizeof(m->own));
	}
	if (is_viewers(snap) && snap->baseline_serial != m->pin_serial) {
		m->pin_serial = snap->baseline_serial;
		memcpy(m->own_pin, m->own, sizeof(m->own));
	}
}

void kqt_model_keep_pin(struct kqt_model *to, const struct kqt_model *from)
{
	to->pin_serial = from->pin_serial;
	memcpy(to->own_pin, from->own_pin, sizeof(to->own_pin));
}

/* D between the halves of the baseline that is shown. */
static double own_of(const struct kqt_model *m, const struct kqt_snapshot *snap, enum kqt_latency k,
                     unsigned filter)
{
	return is_viewers(snap) ? m->own_pin[k][filter] : m->own_baseline[k][filter];
}

void kqt_model_note(struct kqt_model *m, const struct kqt_snapshot *snap)
{
	if (!snap->window[0] || !snap->epoch)
		return;
	kqt_model_note_baseline(m, snap);
	if (snap->epoch->waits && snap->epoch->epoch != m->epoch) {
		m->epoch = snap->epoch->epoch;
		for (int k = 0; k < KQT_LATENCIES; k++)
			for (int f = 0; f <= KQT_FILTERS; f++)
				m->own[k][f] = NAN;
	}
	note_own(m, snap);
}

/* -- words ---------------------------------------------------------------- */

void kqt_change_words(const struct kqt_config *before, const struct kqt_config *now,
                      struct kqt_strbuf *out)
{
	struct kqt_config pure = *now;
	char a[64], b[64];

	if (strcmp(before->preset, now->preset) != 0) {
		kqt_strbuf_add(out, "preset %s -> %s", before->preset, now->preset);
		if (kqt_config_preset(&pure, now->preset, NULL) == 0 && kqt_config_same(&pure, now))
			return; /* the name says it all */
	}
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		if (t->type == KQT_T_TEXT)
			continue; /* cannot change while it runs */
		kqt_config_get_text(before, t, a, sizeof(a));
		kqt_config_get_text(now, t, b, sizeof(b));
		if (strcmp(a, b) != 0)
			kqt_strbuf_add(out, "%s%s %s -> %s", out->len ? ", " : "", t->name, a, b);
	}
}

static const char *slower(uint64_t before, uint64_t now, double tolerance)
{
	double ratio = before ? (double)now / (double)before : 1;

	if (ratio > 1 + tolerance)
		return "slower";
	return ratio < 1 / (1 + tolerance) ? "faster" : "same";
}

/* What a look tells of two distributions. */
struct look {
	const char *body, *tail; /* "slower" "faster" "same" */
	bool within;             /* D is not above the baseline's own */
};

static struct look look_at(const struct kqt_change_figures *c)
{
	/* no wider than a look can tell; D within the baseline's own is no difference */
	bool within = isfinite(c->own) && isfinite(c->ks) && c->ks <= c->own;
	const uint64_t *a = c->before.q_ns, *b = c->now.q_ns;

	return (struct look){slower(a[KQT_Q50], b[KQT_Q50], within ? 0.25 : 0.05),
	                     slower(a[KQT_Q99], b[KQT_Q99], within ? 0.25 : 0.10), within};
}

void kqt_looks_words(const struct kqt_change_figures *c, struct kqt_strbuf *out)
{
	struct look l = look_at(c);
	bool few = c->now.count < TAIL_MIN_COUNT || c->before.count < TAIL_MIN_COUNT;

	if (c->settling || c->before.count == 0)
		kqt_strbuf_add(out, "settling, %llu sample%s in %.0f s",
		               (unsigned long long)c->now.count, kqt_plural(c->now.count),
		               floor(c->now_s));
	else if (l.within && strcmp(l.body, "same") == 0 && strcmp(l.tail, "same") == 0)
		kqt_strbuf_add(out, "within noise");
	else
		/* D is of the body: a hundredth of the waits may go anywhere within it. Short: with
		 * it the row of 80 columns is full, and D itself comes below. */
		kqt_strbuf_add(out, "body %s, tail %s%s", l.body, l.tail,
		               !l.within ? ""
		               : few     ? "; too few to tell"
		                         : "; as a whole within noise");
}

/* The first kind of latency that went the other way than the chosen one, by the same rule: who
 * looks at one of them would take it for all. Nothing where the chosen one went no way at all. */
static void other_words(struct kqt_model *m, const struct kqt_snapshot *snap,
                        const struct kqt_ui *ui, struct kqt_change_figures *c)
{
	struct kqt_strbuf out = kqt_strbuf_init(c->other, sizeof(c->other));
	struct look chosen = look_at(c);
	bool up = strcmp(chosen.body, "slower") == 0 || strcmp(chosen.tail, "slower") == 0;
	bool down = strcmp(chosen.body, "faster") == 0 || strcmp(chosen.tail, "faster") == 0;
	const char *way = up ? "faster" : "slower";

	if (c->settling || c->before.count == 0 || up == down)
		return;
	for (enum kqt_latency k = 0; k < KQT_LATENCIES; k++) {
		struct kqt_change_figures o = {.own = own_of(m, snap, k, ui->filter)};
		bool body, tail;
		struct look l;

		if (k == ui->kind)
			continue;
		kqt_tally_hist(snap->baseline, k, ui->filter, &m->scratch[0]);
		kqt_tally_hist(snap->epoch, k, ui->filter, &m->scratch[1]);
		kqt_quantiles_of(&m->scratch[0], &o.before);
		kqt_quantiles_of(&m->scratch[1], &o.now);
		o.ks = kqt_hist_ks(&m->scratch[0], &m->scratch[1], &o.ks_at_ns);
		kqt_hist_reset(&m->scratch[0]);
		kqt_hist_reset(&m->scratch[1]);
		l = look_at(&o);
		body = strcmp(l.body, way) == 0;
		tail = strcmp(l.tail, way) == 0;
		if (o.before.count == 0 || o.now.count < KQT_CHANGE_MIN_COUNT || (!body && !tail))
			continue;
		kqt_strbuf_add(&out, "%s %s%s", kqt_latency_short(k),
		               body && tail ? ""
		               : body       ? "body "
		                            : "tail ",
		               way);
		return;
	}
}

/* -- before and after ------------------------------------------------------- */

/* The epoch before differs by what began this one; a pinned baseline by all that has come
 * since, and the configuration does not tell of a load. */
static void cause_words(const struct kqt_ui *ui, bool pinned, struct kqt_strbuf *what)
{
	const struct kqt_ui_loaded *l = &ui->loaded;
	const char *then = l->own ? l->own_pinned : l->pinned;

	if (!pinned) {
		if (!what->len)
			kqt_strbuf_add(what, "%s", ui->cause);
		return;
	}
	then = then[0] ? then : "none";
	if (strcmp(then, l->now[0] ? l->now : "none") != 0)
		kqt_strbuf_add(what, "%sload %s -> %s", what->len ? ", " : "", then,
		               l->now[0] ? l->now : "none");
}

void kqt_model_change(struct kqt_model *m, const struct kqt_snapshot *snap, const struct kqt_ui *ui,
                      struct kqt_change_figures *c)
{
	struct kqt_strbuf what = kqt_strbuf_init(c->what, sizeof(c->what));
	struct kqt_strbuf looks = kqt_strbuf_init(c->looks, sizeof(c->looks));

	c->known = snap->baseline != NULL;
	if (!c->known)
		return;
	kqt_tally_hist(snap->baseline, ui->kind, ui->filter, &m->scratch[0]);
	kqt_tally_hist(snap->epoch, ui->kind, ui->filter, &m->scratch[1]);
	kqt_quantiles_of(&m->scratch[0], &c->before);
	kqt_quantiles_of(&m->scratch[1], &c->now);
	c->ks = c->now.count < KQT_CHANGE_MIN_COUNT
	            ? NAN
	            : kqt_hist_ks(&m->scratch[0], &m->scratch[1], &c->ks_at_ns);
	c->own = own_of(m, snap, ui->kind, ui->filter);
	c->waits_before = kqt_per_second(snap->baseline->waits, kqt_tally_seconds(snap->baseline));
	c->waits_now = kqt_per_second(snap->epoch->waits, kqt_tally_seconds(snap->epoch));
	c->now_s = kqt_tally_seconds(snap->epoch);
	c->settling = c->now_s < KQT_SETTLE_S || c->now.count < KQT_CHANGE_MIN_COUNT;
	kqt_entropy_figures(snap->baseline->byte_counts[ui->stream], &c->h_before);
	kqt_entropy_figures(snap->epoch->byte_counts[ui->stream], &c->h_now);
	c->pinned = snap->pinned;
	c->pinned_s = snap->baseline_s;
	c->reset = snap->reset;
	kqt_change_words(&snap->baseline_config, &snap->config, &what);
	cause_words(ui, c->pinned, &what);
	kqt_looks_words(c, &looks);
	kqt_hist_reset(&m->scratch[0]);
	kqt_hist_reset(&m->scratch[1]);
	other_words(m, snap, ui, c);
}

void kqt_model_load_ended(struct kqt_model *m, const struct kqt_snapshot *snap,
                          const struct kqt_ui *ui, const char *what, double lasted_s,
                          uint64_t now_ns)
{
	struct kqt_load_told *l = &m->fig.load;
	char cause[sizeof(ui->cause)];

	snprintf(cause, sizeof(cause), "load none -> %s", what);
	*l = (struct kqt_load_told){.any = true, .lasted_s = lasted_s, .ended_ns = now_ns};
	snprintf(l->what, sizeof(l->what), "%s", what);
	snprintf(l->of, sizeof(l->of), "%s, %s", kqt_latency_short(ui->kind),
	         kqt_filter_label(ui->filter));
	if (!snap->baseline || !snap->epoch)
		return;
	kqt_model_change(m, snap, ui, &l->change);
	/* a knob turned while it ran, or a pinned baseline of another configuration: then it
	 * would not be the load's doing alone */
	if (strcmp(l->change.what, cause) != 0 || l->change.settling)
		l->change.known = false;
}
