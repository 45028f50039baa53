/* SPDX-License-Identifier: MIT */
#include "engine/metrics/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/clock/thread.h"
#include "engine/metrics/families.h"
#include "engine/report/line.h"

/* -- what is carried on --------------------------------------------------------- */

/* Pages of memory that are in use, by the kernel's file; 0 = it does not say. */
static uint64_t resident_bytes(void)
{
	char text[128] = "", *second;
	uint64_t pages;
	long size = sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	second = strchr(text, ' '); /* the first number is of what is mapped */
	if (size <= 0 || !second)
		return 0;
	second++;
	second[strcspn(second, " ")] = '\0';
	return kqt_parse_uint(second, 0, UINT64_MAX, &pages) == 0 ? pages * (uint64_t)size : 0;
}

/* Has this filter a latency now, and are merged and missed known? */
static bool is_stamped(const struct kqt_snapshot *p, enum kqt_filter f)
{
	return kqt_filter_is_stamped(&p->config, f) &&
	       (f != KQT_FILTER_TIMER || (p->capabilities & KQT_CAP_TIMER_DUE));
}

void kqt_metrics_init(struct kqt_metrics *m)
{
	struct kqt_clock_info clock;
	struct timespec now;

	memset(m, 0, sizeof(*m));
	kqt_clock_measure(&clock);
	m->clock_granularity_ns = clock.granularity_ns;
	clock_gettime(CLOCK_REALTIME, &now);
	m->start_unix_ns = (uint64_t)now.tv_sec * KQT_NS_PER_S + (uint64_t)now.tv_nsec;
}

void kqt_metrics_note(struct kqt_metrics *m, const struct kqt_snapshot *snap)
{
	const struct kqt_watch *w = snap->watch;

	m->cpu_ns = kqt_process_cpu_ns();
	m->resident_bytes = resident_bytes();
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++)
		m->stamped |= is_stamped(snap, f) ? UINT32_C(1) << f : 0;
	if (!w)
		return;
	m->watched_ever |= UINT32_C(1) << w->stream;
	if (!m->watched || w->epoch != m->epoch || w->stream != m->stream)
		memset(m->last_alarms, 0, sizeof(m->last_alarms));
	m->watched = true;
	m->epoch = w->epoch;
	m->stream = w->stream;
	for (int t = 0; t < KQT_HEALTH_TESTS; t++)
		for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
			uint64_t now = w->health[t][a].alarms;

			/* a count that fell began anew: all of it is more */
			m->alarms[w->stream][t][a] += now >= m->last_alarms[t][a]
			                                  ? now - m->last_alarms[t][a]
			                                  : now;
			m->last_alarms[t][a] = now;
		}
}

/* -- the families ---------------------------------------------------------------- */

/* Has this filter a latency, and are merged and missed known, now or at some time of the
 * run? What came then stays in the counters. */
static bool is_told(const struct kqt_metrics *m, const struct kqt_snapshot *p, enum kqt_filter f)
{
	return is_stamped(p, f) || (m->stamped >> f & 1);
}

static const char *one_label(struct kqt_labels *l, const char *name, const char *value)
{
	l->len = 0;
	kqt_label(l, name, value);
	return l->text;
}

static void add_build(struct kqt_family_writer *w, const struct kqt_snapshot *p)
{
	struct kqt_labels l = {.len = 0};

	kqt_label(&l, "version", KQT_VERSION);
	kqt_label(&l, "backend", p->backend);
	kqt_family(w, KQT_FAMILY_INFO, "kqtop_build", NULL,
	           "Version of kqtop and the event queue it measures.");
	kqt_sample_count(w, l.text, 1);
}

static void add_totals(struct kqt_family_writer *w, const struct kqt_tally *t)
{
	const struct {
		const char *name, *unit;
		uint64_t v;
		const char *help;
	} all[] = {
	    {"kqtop_waits", NULL, t->waits, "Waits completed by events or by their timeout."},
	    {"kqtop_timeouts", NULL, t->timeouts, "Waits that ended by their timeout."},
	    {"kqtop_bytes", NULL, t->bytes, "Bytes that collections gave."},
	    {"kqtop_collections", NULL, t->collections_done, "Collections completed."},
	    {"kqtop_collections_short", NULL, t->collections_short,
	     "Collections given up before they were complete."},
	    {"kqtop_stalls", NULL, t->stalls, "Gaps between two waits above the limit."},
	    {"kqtop_vnode_overflows", NULL, t->overflows,
	     "Times the kernel dropped reports of file changes."},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		kqt_family(w, KQT_FAMILY_COUNTER, all[i].name, all[i].unit, all[i].help);
		kqt_sample_count(w, NULL, all[i].v);
	}
}

static void add_excluded(struct kqt_family_writer *w, const struct kqt_excluded *x)
{
	const struct {
		const char *reason;
		uint64_t v;
	} all[] = {
	    {"eintr", x->eintr},
	    {"control", x->control},
	    {"transition", x->transition},
	    {"gap", x->gap},
	};
	struct kqt_labels l;

	kqt_family(w, KQT_FAMILY_COUNTER, "kqtop_excluded_waits", NULL,
	           "Waits that are no samples: ended by a signal, by kqtop itself, during a change "
	           "of the configuration, or over a stop of the process.");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		kqt_sample_count(w, one_label(&l, "reason", all[i].reason), all[i].v);
}

/* One counter a filter. */
static void add_filter_counter(struct kqt_family_writer *w, const struct kqt_metrics *m,
                               const struct kqt_snapshot *p, const char *name, size_t offset,
                               bool only_stamped, const char *help)
{
	struct kqt_labels l;

	kqt_family(w, KQT_FAMILY_COUNTER, name, NULL, help);
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++) {
		const char *tally = (const char *)&p->total->filter[f];
		uint64_t v;

		if (only_stamped && !is_told(m, p, f))
			continue;
		memcpy(&v, tally + offset, sizeof(v));
		kqt_sample_count(w, one_label(&l, "filter", kqt_filter_name(f)), v);
	}
}

static void add_filters(struct kqt_family_writer *w, const struct kqt_metrics *m,
                        const struct kqt_snapshot *p)
{
#define OF(field) offsetof(struct kqt_filter_tally, field)
	add_filter_counter(w, m, p, "kqtop_events", OF(events), false, "Readiness reports.");
	add_filter_counter(w, m, p, "kqtop_wakes", OF(wakes), false,
	                   "Waits that returned at least one report of this filter.");
	add_filter_counter(w, m, p, "kqtop_merged", OF(merged), true,
	                   "Triggers beyond one a report: several were delivered as one.");
	add_filter_counter(w, m, p, "kqtop_missed", OF(missed), true,
	                   "Triggers that were due and never pulled.");
	add_filter_counter(w, m, p, "kqtop_unstamped", OF(unstamped), true,
	                   "Reports for which no time of a trigger was there.");
#undef OF
}

static void add_latencies(struct kqt_family_writer *w, const struct kqt_metrics *m,
                          const struct kqt_snapshot *p)
{
	const struct kqt_tally *t = p->total;
	const struct kqt_hist *waits[] = {&t->wait_wake, &t->wait_timeout};
	struct kqt_labels l;

	kqt_family(w, KQT_FAMILY_HISTOGRAM, "kqtop_wait_seconds", "seconds",
	           "Time in the wait call, of all waits that are samples.");
	kqt_sample_hist(w, NULL, waits, 2);
	for (int kind = 0; kind < 2; kind++) {
		const struct kqt_hist *of = kind ? t->response : t->notification;

		kqt_family(
		    w, KQT_FAMILY_HISTOGRAM,
		    kind ? "kqtop_response_seconds" : "kqtop_notification_seconds", "seconds",
		    kind ? "From the moment a trigger was due to the moment it was seen."
		         : "From the moment a trigger was pulled to the moment it was seen.");
		for (enum kqt_filter f = 0; f < KQT_FILTERS; f++) {
			const struct kqt_hist *h = &of[f];

			if (is_told(m, p, f))
				kqt_sample_hist(w, one_label(&l, "filter", kqt_filter_name(f)), &h,
				                1);
		}
	}
}

static void add_gauge(struct kqt_family_writer *w, const char *name, uint64_t v, const char *help)
{
	kqt_family(w, KQT_FAMILY_GAUGE, name, NULL, help);
	kqt_sample_count(w, NULL, v);
}

static void add_state(struct kqt_family_writer *w, const struct kqt_snapshot *p)
{
	struct kqt_labels l;

	add_gauge(w, "kqtop_running", p->running,
	          "1 while the engine measures, 0 while it is halted.");
	add_gauge(w, "kqtop_epoch", p->total->epoch,
	          "Number of the present epoch: each change of the configuration begins one.");
	kqt_family(w, KQT_FAMILY_COUNTER, "kqtop_stimulus_ticks", NULL,
	           "Ticks at which sockets and files were poked.");
	kqt_sample_count(w, NULL, p->stimulus.ticks);
	kqt_family(w, KQT_FAMILY_COUNTER, "kqtop_stimulus_lost_ticks", NULL,
	           "Ticks whose time had passed before the stimulus came to them.");
	kqt_sample_count(w, NULL, p->stimulus.lost);
	add_gauge(w, "kqtop_stimulus_saturated", p->saturated,
	          "1 if more than 1 % of the last interval's ticks were lost.");
	kqt_family(w, KQT_FAMILY_GAUGE, "kqtop_registered", NULL, "Sources that are registered.");
	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++)
		kqt_sample_count(w, one_label(&l, "source", kqt_source_kind_name(k)),
		                 p->registered[k]);
	kqt_family(w, KQT_FAMILY_GAUGE, "kqtop_unregistered", NULL,
	           "Sources that were asked for and could not be registered.");
	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++)
		kqt_sample_count(w, one_label(&l, "source", kqt_source_kind_name(k)),
		                 p->shortfall[k].wanted - p->shortfall[k].got);
}

static void add_process(struct kqt_family_writer *w, const struct kqt_metrics *m)
{
	if (m->clock_granularity_ns) {
		kqt_family(w, KQT_FAMILY_GAUGE, "kqtop_clock_granularity_seconds", "seconds",
		           "Smallest step seen between two readings of the clock.");
		kqt_sample_ns(w, NULL, m->clock_granularity_ns);
	}
	if (m->start_unix_ns) {
		kqt_family(w, KQT_FAMILY_GAUGE, "kqtop_start_time_seconds", "seconds",
		           "When measuring began, since 1970.");
		kqt_sample_ns(w, NULL, m->start_unix_ns);
	}
	kqt_family(w, KQT_FAMILY_COUNTER, "kqtop_process_cpu_seconds", "seconds",
	           "CPU time that kqtop has used, measuring included.");
	kqt_sample_ns(w, NULL, m->cpu_ns);
	if (m->resident_bytes) {
		kqt_family(w, KQT_FAMILY_GAUGE, "kqtop_process_resident_memory_bytes", "bytes",
		           "Memory of kqtop that is resident.");
		kqt_sample_count(w, NULL, m->resident_bytes);
	}
}

/* -- configuration ---------------------------------------------------------------- */

static uint64_t ns_per_unit(const char *unit)
{
	if (strcmp(unit, "ms") == 0)
		return KQT_NS_PER_MS;
	return strcmp(unit, "us") == 0 ? KQT_NS_PER_US : 1;
}

/* Numbers and flags, a gauge each; texts and choices as labels of one info. */
static void add_config(struct kqt_family_writer *w, const struct kqt_config *cfg)
{
	struct kqt_labels l = {.len = 0};
	char name[96], text[KQT_PATH_SIZE + 8];

	kqt_label(&l, "preset", cfg->preset);
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		bool time = t->type == KQT_T_DURATION;

		if (t->type == KQT_T_CHOICE || t->type == KQT_T_TEXT) {
			kqt_config_get_text(cfg, t, text, sizeof(text));
			if (text[0])
				kqt_label(&l, t->json, text);
			continue;
		}
		if (t->type == KQT_T_CPUS)
			continue;
		snprintf(name, sizeof(name), "kqtop_config_%s%s", t->name, time ? "_seconds" : "");
		kqt_family(w, KQT_FAMILY_GAUGE, name, time ? "seconds" : NULL, t->help);
		if (time)
			kqt_sample_ns(w, NULL, kqt_config_get(cfg, t) * ns_per_unit(t->unit));
		else
			kqt_sample_count(w, NULL, kqt_config_get(cfg, t));
	}
	if (cfg->cpu_collector >= 0) {
		struct kqt_labels cpu;

		kqt_family(w, KQT_FAMILY_GAUGE, "kqtop_config_cpu", NULL,
		           "Processor that a thread is pinned to; absent when it is not.");
		kqt_sample_count(w, one_label(&cpu, "thread", "collector"),
		                 (uint64_t)cfg->cpu_collector);
		if (cfg->cpu_stimulus >= 0)
			kqt_sample_count(w, one_label(&cpu, "thread", "stimulus"),
			                 (uint64_t)cfg->cpu_stimulus);
	}
	kqt_family(w, KQT_FAMILY_INFO, "kqtop_config", NULL,
	           "Settings that are texts; those that are empty are absent.");
	kqt_sample_count(w, l.text, 1);
}

/* -- entropy ---------------------------------------------------------------------- */

static void add_figure(struct kqt_family_writer *w, const struct kqt_entropy_figures e[KQT_STREAMS],
                       const char *name, size_t offset, const char *help)
{
	struct kqt_labels l;

	kqt_family(w, KQT_FAMILY_GAUGE, name, NULL, help);
	for (enum kqt_stream st = 0; st < KQT_STREAMS; st++) {
		double v;

		memcpy(&v, (const char *)&e[st] + offset, sizeof(v));
		if (isfinite(v))
			kqt_sample_real(w, one_label(&l, "stream", kqt_stream_name(st)), v);
	}
}

static void add_entropy(struct kqt_family_writer *w, const struct kqt_snapshot *p)
{
	struct kqt_entropy_figures e[KQT_STREAMS];
	struct kqt_labels l;

	for (enum kqt_stream st = 0; st < KQT_STREAMS; st++)
		kqt_entropy_figures(p->bytes[st], &e[st]);
#define OF(field) offsetof(struct kqt_entropy_figures, field)
	kqt_family(w, KQT_FAMILY_GAUGE, "kqtop_entropy_window_bytes", "bytes",
	           "Bytes that Shannon and MCV figures are of: the latest of the epoch.");
	for (enum kqt_stream st = 0; st < KQT_STREAMS; st++)
		kqt_sample_count(w, one_label(&l, "stream", kqt_stream_name(st)), e[st].n);
	add_figure(
	    w, e, "kqtop_entropy_shannon", OF(shannon),
	    "Shannon entropy, bits a byte: an upper bound, to be read beside its reference.");
	add_figure(w, e, "kqtop_entropy_shannon_reference", OF(shannon_ref),
	           "What the Shannon figure of a perfect source reads at as many bytes.");
	add_figure(w, e, "kqtop_entropy_mcv", OF(mcv),
	           "Most common value estimate of min-entropy, bits a byte: an upper bound.");
	add_figure(w, e, "kqtop_entropy_mcv_reference", OF(mcv_ref),
	           "What the MCV figure of a perfect source reads at as many bytes.");
#undef OF
	kqt_family(w, KQT_FAMILY_GAUGE, "kqtop_entropy_claimed", NULL,
	           "Min-entropy that the source claims, bits a byte of the stream.");
	for (enum kqt_stream st = 0; st < KQT_STREAMS; st++)
		kqt_sample_real(w, one_label(&l, "stream", kqt_stream_name(st)),
		                kqt_watch_claim(st, KQT_CLAIMED_BITS));
}

static void add_assessment(struct kqt_family_writer *w, const struct kqt_watch *watch)
{
	struct kqt_labels l;

	kqt_label((l.len = 0, &l), "stream", kqt_stream_name(watch->stream));
	kqt_family(w, KQT_FAMILY_GAUGE, "kqtop_entropy_assessed", NULL,
	           "Min-entropy assessed by SP 800-90B 6.3, bits a byte, in this epoch.");
	kqt_sample_real(w, l.text, watch->assessment.assessed);
	kqt_family(w, KQT_FAMILY_GAUGE, "kqtop_entropy_assessed_bytes", "bytes",
	           "Bytes that the assessment is of.");
	kqt_sample_count(w, l.text, watch->assessment.samples);
}

/* Of every stream that was watched, also while another is. */
static void add_alarms(struct kqt_family_writer *w, const struct kqt_metrics *m, uint32_t streams)
{
	static const char *const tests[KQT_HEALTH_TESTS] = {"rct", "apt"};
	char alpha[16];

	kqt_family(w, KQT_FAMILY_COUNTER, "kqtop_entropy_health_alarms", NULL,
	           "Alarms of SP 800-90B 4.4's tests at a probability alpha of a false one.");
	for (enum kqt_stream s = 0; s < KQT_STREAMS; s++)
		for (int i = 0; i < KQT_HEALTH_TESTS * KQT_HEALTH_ALPHAS; i++) {
			int t = i / KQT_HEALTH_ALPHAS, a = i % KQT_HEALTH_ALPHAS;
			struct kqt_labels l = {.len = 0};

			if (!(streams >> s & 1))
				continue;
			snprintf(alpha, sizeof(alpha), "2^-%u", kqt_health_alpha_exp[a]);
			kqt_label(&l, "stream", kqt_stream_name(s));
			kqt_label(&l, "test", tests[t]);
			kqt_label(&l, "alpha", alpha);
			kqt_sample_count(w, l.text, m->alarms[s][t][a]);
		}
}

static void add_watch(struct kqt_family_writer *w, const struct kqt_metrics *m,
                      const struct kqt_snapshot *p)
{
	const struct kqt_watch *watch = p->watch;
	uint32_t streams = m->watched_ever | (watch ? UINT32_C(1) << watch->stream : 0);

	if (!streams)
		return;
	kqt_family(w, KQT_FAMILY_COUNTER, "kqtop_lost_samples", NULL,
	           "Samples that were counted but not watched: there was no time to look at them.");
	kqt_sample_count(w, NULL, p->total->raw_lost);
	add_alarms(w, m, streams);
	if (watch && watch->have && watch->assessed_epoch == watch->epoch)
		add_assessment(w, watch);
}

int kqt_metrics_render(const struct kqt_metrics *m, const struct kqt_snapshot *snap,
                       enum kqt_metrics_format format, struct kqt_strbuf *out)
{
	struct kqt_family_writer w = {.out = out, .format = format};

	if (!snap->interval || !snap->total)
		return -KQT_E_TOO_FEW;
	add_build(&w, snap);
	add_totals(&w, snap->total);
	add_excluded(&w, &snap->total->excluded);
	add_filters(&w, m, snap);
	add_latencies(&w, m, snap);
	add_state(&w, snap);
	add_config(&w, &snap->config);
	add_entropy(&w, snap);
	add_watch(&w, m, snap);
	add_process(&w, m);
	kqt_families_end(&w);
	return out->cut ? -ENOBUFS : 0;
}
