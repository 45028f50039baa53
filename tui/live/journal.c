/* SPDX-License-Identifier: MIT */
#include "tui/live/journal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What comes again within this time is the same trouble: its entry grows. */
#define QUIET_S 10.0
/* Fewer have no ten beyond p99: more of them may say otherwise. */
#define FEW 1000
/* An effect that was told of the first seconds is looked at again: others were at work
 * on the machine then, or what was changed had not taken hold. */
#define AGAIN_S 20

static const struct {
	const char *name;
	enum kqt_entry_group group;
} kinds[KQT_ENTRY_KINDS] = {
    [KQT_ENTRY_CHANGE] = {"change", KQT_ENTRIES_CHANGES},
    [KQT_ENTRY_EFFECT] = {"effect", KQT_ENTRIES_CHANGES},
    [KQT_ENTRY_ENGINE] = {"engine", KQT_ENTRIES_CHANGES},
    [KQT_ENTRY_LOAD] = {"load", KQT_ENTRIES_CHANGES},
    [KQT_ENTRY_FIGURES] = {"figures", KQT_ENTRIES_CHANGES},
    [KQT_ENTRY_SOURCE] = {"sources", KQT_ENTRIES_TROUBLE},
    [KQT_ENTRY_SATURATED] = {"stimulus", KQT_ENTRIES_TROUBLE},
    [KQT_ENTRY_LOST] = {"lost", KQT_ENTRIES_TROUBLE},
    [KQT_ENTRY_STALL] = {"stall", KQT_ENTRIES_TROUBLE},
    [KQT_ENTRY_GAP] = {"gap", KQT_ENTRIES_TROUBLE},
    [KQT_ENTRY_ALARM] = {"alarm", KQT_ENTRIES_TROUBLE},
    [KQT_ENTRY_RECORD] = {"record", KQT_ENTRIES_FILES},
    [KQT_ENTRY_AB] = {"A/B", KQT_ENTRIES_FILES},
    [KQT_ENTRY_REPORT] = {"report", KQT_ENTRIES_FILES},
};

const char *kqt_entry_kind_name(enum kqt_entry_kind k)
{
	return (unsigned)k < KQT_ENTRY_KINDS ? kinds[k].name : "?";
}

enum kqt_entry_group kqt_entry_group_of(enum kqt_entry_kind k)
{
	return (unsigned)k < KQT_ENTRY_KINDS ? kinds[k].group : KQT_ENTRIES_ALL;
}

const char *kqt_entry_group_name(enum kqt_entry_group g)
{
	static const char *const names[KQT_ENTRY_GROUPS] = {"all", "changes", "trouble",
	                                                    "files and runs"};

	return (unsigned)g < KQT_ENTRY_GROUPS ? names[g] : "?";
}

struct kqt_journal *kqt_journal_new(void)
{
	struct kqt_journal *j = calloc(1, sizeof(*j));

	if (j)
		j->next = 1;
	return j;
}

struct kqt_journal *kqt_journal_copy(const struct kqt_journal *j)
{
	struct kqt_journal *copy = malloc(sizeof(*copy));

	if (copy)
		*copy = *j;
	return copy;
}

/* -- entries -------------------------------------------------------------- */

static struct kqt_entry *place(struct kqt_journal *j, uint64_t serial)
{
	return &j->entry[serial % KQT_JOURNAL_LEN];
}

const struct kqt_entry *kqt_journal_entry(const struct kqt_journal *j, uint64_t serial)
{
	const struct kqt_entry *e = &j->entry[serial % KQT_JOURNAL_LEN];

	return serial > 0 && e->serial == serial ? e : NULL;
}

static bool is_of(const struct kqt_entry *e, enum kqt_entry_group g)
{
	return g == KQT_ENTRIES_ALL || kqt_entry_group_of(e->kind) == g;
}

static uint64_t oldest(const struct kqt_journal *j)
{
	return j->next > KQT_JOURNAL_LEN ? j->next - KQT_JOURNAL_LEN : 1;
}

const struct kqt_entry *kqt_journal_before(const struct kqt_journal *j, uint64_t serial,
                                           enum kqt_entry_group g)
{
	if (serial >= j->next)
		serial = j->next - 1;
	for (; serial >= oldest(j); serial--)
		if (is_of(&j->entry[serial % KQT_JOURNAL_LEN], g))
			return kqt_journal_entry(j, serial);
	return NULL;
}

const struct kqt_entry *kqt_journal_after(const struct kqt_journal *j, uint64_t serial,
                                          enum kqt_entry_group g)
{
	if (serial < oldest(j))
		serial = oldest(j);
	for (; serial < j->next; serial++)
		if (is_of(&j->entry[serial % KQT_JOURNAL_LEN], g))
			return kqt_journal_entry(j, serial);
	return NULL;
}

static void put(struct kqt_journal *j, struct kqt_moment at, enum kqt_entry_kind kind,
                const char *text)
{
	struct kqt_entry *e = place(j, j->next);

	e->serial = j->next++;
	e->at = e->until = at;
	e->kind = kind;
	(void)kqt_text_show(text, e->text, sizeof(e->text));
}

void kqt_journal_add(struct kqt_journal *j, struct kqt_moment at, enum kqt_entry_kind kind,
                     const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(j, at, kind, text);
}

/* The entry of this kind that goes on, or a new one. @return it, with what it counts
 * grown by n. Its text is to be written afresh. */
static struct kqt_entry *grow(struct kqt_journal *j, struct kqt_moment at, enum kqt_entry_kind kind,
                              uint64_t n)
{
	struct kqt_entry *e = place(j, j->growing[kind]);

	if (j->growing[kind] == 0 || e->serial != j->growing[kind] ||
	    at.elapsed_s - e->until.elapsed_s > QUIET_S) {
		j->growing[kind] = j->next;
		j->grown[kind] = 0;
		put(j, at, kind, "");
		e = place(j, j->growing[kind]);
	}
	e->until = at;
	j->grown[kind] += n;
	return e;
}

static void set_text(struct kqt_entry *e, const char *fmt, ...) KQT_PRINTF(2, 3);
static void set_text(struct kqt_entry *e, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (e->until.elapsed_s - e->at.elapsed_s >= 1 && n > 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, ", in %.0f s",
		         e->until.elapsed_s - e->at.elapsed_s);
	(void)kqt_text_show(text, e->text, sizeof(e->text));
}

/* -- what a snapshot tells ------------------------------------------------ */

static void watch_lost(struct kqt_journal *j, struct kqt_moment at, const struct kqt_tally *t)
{
	uint64_t lost = t->raw_lost + t->overflows;
	char n[24];

	if (lost > j->lost) {
		struct kqt_entry *e = grow(j, at, KQT_ENTRY_LOST, lost - j->lost);

		set_text(e, "%s sample%s or report%s had no room%s",
		         kqt_fmt_count((double)j->grown[KQT_ENTRY_LOST], n, sizeof(n)),
		         kqt_plural(j->grown[KQT_ENTRY_LOST]), kqt_plural(j->grown[KQT_ENTRY_LOST]),
		         t->overflows ? " (the kernel's queue of file events too)" : "");
	}
	j->lost = lost;
}

static void watch_stalls(struct kqt_journal *j, struct kqt_moment at, const struct kqt_tally *t)
{
	char longest[16], n[24];

	if (t->stalls > j->stalls) {
		struct kqt_entry *e = grow(j, at, KQT_ENTRY_STALL, t->stalls - j->stalls);

		set_text(e, "%s stall%s between two waits; the longest of the run %s",
		         kqt_fmt_count((double)j->grown[KQT_ENTRY_STALL], n, sizeof(n)),
		         kqt_plural(j->grown[KQT_ENTRY_STALL]),
		         kqt_fmt_ns(t->stall_max_ns, longest, sizeof(longest)));
	}
	j->stalls = t->stalls;
}

/* A stop ends a wait by its SIGCONT, or the wait began before it. */
static void watch_gaps(struct kqt_journal *j, struct kqt_moment at, const struct kqt_tally *t)
{
	uint64_t gaps = t->excluded.gap + t->excluded.eintr;
	char n[24];

	if (gaps > j->gaps) {
		struct kqt_entry *e = grow(j, at, KQT_ENTRY_GAP, gaps - j->gaps);

		set_text(e, "the process was stopped or slept: %s wait%s left out",
		         kqt_fmt_count((double)j->grown[KQT_ENTRY_GAP], n, sizeof(n)),
		         kqt_plural(j->grown[KQT_ENTRY_GAP]));
	}
	j->gaps = gaps;
}

/* Once begun it is over when it has not been seen for a while: it comes and goes. */
static void watch_stimulus(struct kqt_journal *j, struct kqt_moment at,
                           const struct kqt_snapshot *snap)
{
	uint64_t ticks = snap->interval_ticks + snap->interval_lost;
	char n[24];

	if (snap->saturated && ticks) {
		if (!j->saturated) {
			j->saturated = true;
			j->saturated_from = at;
			j->saturated_lost = snap->stimulus.lost - snap->interval_lost;
			kqt_journal_add(j, at, KQT_ENTRY_SATURATED,
			                "saturated: loses %.0f%% of its ticks",
			                100 * (double)snap->interval_lost / (double)ticks);
		}
		j->saturated_last = at;
	} else if (j->saturated && at.elapsed_s - j->saturated_last.elapsed_s > QUIET_S) {
		j->saturated = false;
		kqt_journal_add(
		    j, at, KQT_ENTRY_SATURATED,
		    "in time again since %.0f s; lost %s tick%s in %.0f s",
		    at.elapsed_s - j->saturated_last.elapsed_s,
		    kqt_fmt_count((double)(snap->stimulus.lost - j->saturated_lost), n, sizeof(n)),
		    kqt_plural(snap->stimulus.lost - j->saturated_lost),
		    fmax(j->saturated_last.elapsed_s - j->saturated_from.elapsed_s, 1));
	}
}

void kqt_journal_alarms(struct kqt_journal *j, struct kqt_moment at, enum kqt_health_test test,
                        const uint64_t alarms[KQT_HEALTH_ALPHAS], unsigned symbol,
                        const char *stream)
{
	struct kqt_entry *e = grow(j, at, KQT_ENTRY_ALARM, 0);
	char n[16], text[128] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
		if (alarms[a])
			kqt_strbuf_add(&sb, "%s%s at 2^-%u", sb.len ? ", " : "",
			               kqt_fmt_count((double)alarms[a], n, sizeof(n)),
			               kqt_health_alpha_exp[a]);
	set_text(e, "%s alarms of this epoch: %s; byte %02x%s%s",
	         test == KQT_HEALTH_RCT ? "RCT" : "APT", text, symbol, stream ? " of stream " : "",
	         stream ? stream : "");
}

/* Both tests' alarms, at all their levels; a watch that begins anew counts from 0. */
static void watch_health(struct kqt_journal *j, struct kqt_moment at, const struct kqt_watch *w)
{
	if (w->epoch != j->alarm_epoch || w->stream != j->alarm_stream)
		memset(j->alarms, 0, sizeof(j->alarms));
	j->alarm_epoch = w->epoch;
	j->alarm_stream = w->stream;
	for (enum kqt_health_test t = 0; t < KQT_HEALTH_TESTS; t++) {
		const struct kqt_health *h = w->health[t];
		uint64_t counts[KQT_HEALTH_ALPHAS];

		for (int a = 0; a < KQT_HEALTH_ALPHAS; a++)
			counts[a] = h[a].alarms;
		if (h[0].alarms > j->alarms[t])
			kqt_journal_alarms(j, at, t, counts, h[0].symbol,
			                   kqt_stream_name(w->stream));
		j->alarms[t] = h[0].alarms;
	}
}

static void watch_sources(struct kqt_journal *j, struct kqt_moment at,
                          const struct kqt_snapshot *snap)
{
	for (int k = 0; k < KQT_SOURCE_KINDS; k++) {
		char text[sizeof(j->shortfall[0])];
		struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

		text[0] = '\0';
		(void)kqt_shortfall_text(snap, (enum kqt_source_kind)k, &sb);
		if (strcmp(text, j->shortfall[k]) == 0)
			continue;
		if (text[0])
			put(j, at, KQT_ENTRY_SOURCE, text);
		else
			kqt_journal_add(j, at, KQT_ENTRY_SOURCE, "%s: nothing is missing any more",
			                kqt_source_kind_name((enum kqt_source_kind)k));
		memcpy(j->shortfall[k], text, sizeof(text));
	}
}

void kqt_journal_watch(struct kqt_journal *j, struct kqt_moment at, const struct kqt_snapshot *snap)
{
	if (!snap->total)
		return;
	watch_lost(j, at, snap->total);
	watch_stalls(j, at, snap->total);
	watch_gaps(j, at, snap->total);
	watch_stimulus(j, at, snap);
	watch_sources(j, at, snap);
	if (snap->watch)
		watch_health(j, at, snap->watch);
}

/* -- what a change did ---------------------------------------------------- */

bool kqt_journal_wants_effect(const struct kqt_journal *j, const struct kqt_snapshot *snap)
{
	double seconds;

	if (!snap->baseline || !snap->epoch || !snap->epoch->waits)
		return false;
	seconds = kqt_tally_seconds(snap->epoch);
	if (snap->epoch->epoch == j->told_epoch)
		return !j->told_again && seconds >= AGAIN_S;
	return seconds >= KQT_SETTLE_S;
}

void kqt_journal_effect(struct kqt_journal *j, struct kqt_moment at, uint64_t epoch,
                        const struct kqt_change_figures *c, const char *of)
{
	char a[16], b[16], w[2][16], p[2][16], ks[48] = "", few[40] = "", later[24] = "";

	if (!c->known || c->settling || !c->before.count)
		return;
	if (epoch == j->told_epoch) {
		j->told_again = true;
		if (strcmp(of, j->told_of) != 0 || strcmp(c->what, j->told_what) != 0 ||
		    strcmp(c->looks, j->told_looks) == 0)
			return;
		snprintf(later, sizeof(later), ", after %.0f s", c->now_s);
	} else {
		j->told_epoch = epoch;
		j->told_again = false;
		snprintf(j->told_of, sizeof(j->told_of), "%s", of);
		snprintf(j->told_looks, sizeof(j->told_looks), "%s", c->looks);
		snprintf(j->told_what, sizeof(j->told_what), "%s", c->what);
	}
	if (c->now.count < FEW)
		snprintf(few, sizeof(few), ", from %llu sample%s only",
		         (unsigned long long)c->now.count, kqt_plural(c->now.count));
	if (isfinite(c->ks) && isfinite(c->own))
		snprintf(ks, sizeof(ks), ", D %.2f (own halves %.2f)", c->ks, c->own);
	else if (isfinite(c->ks))
		snprintf(ks, sizeof(ks), ", D %.2f", c->ks);
	kqt_journal_add(j, at, KQT_ENTRY_EFFECT,
	                "%s%s: looks %s (%s): p50 %s -> %s, p99 %s -> %s, waits/s %s -> %s%s%s",
	                c->what[0] ? c->what : "a new epoch", later, c->looks, of,
	                kqt_fmt_ns(c->before.q_ns[KQT_Q50], a, sizeof(a)),
	                kqt_fmt_ns(c->now.q_ns[KQT_Q50], b, sizeof(b)),
	                kqt_fmt_ns(c->before.q_ns[KQT_Q99], p[0], sizeof(p[0])),
	                kqt_fmt_ns(c->now.q_ns[KQT_Q99], p[1], sizeof(p[1])),
	                kqt_fmt_count(c->waits_before, w[0], sizeof(w[0])),
	                kqt_fmt_count(c->waits_now, w[1], sizeof(w[1])), ks, few);
}
