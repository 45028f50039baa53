/* SPDX-License-Identifier: MIT */
#include "engine/collect/assessor.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/clock/thread.h"
#include "engine/collect/collector.h"
#include "engine/entropy/assess.h"
#include "engine/entropy/blockstat.h"
#include "engine/entropy/grain.h"
#include "engine/entropy/health.h"

#define POLL_NS (20 * KQT_NS_PER_MS)
/* Figures cost some 0.2 ms, most of it perfect sources' references. */
#define PUBLISH_NS (100 * KQT_NS_PER_MS)
#define REST_FACTOR 4
#define RETRY_NS KQT_NS_PER_S /* after an assessment that could not be started */
#define SLOW_NS (60 * KQT_NS_PER_S)
#define BATCH 1024 /* raw samples */
#define WATCHES 3  /* main's, one on its way, one to fill in */
/* Changes that main can be ahead by. A thousand and more while this thread never ran
 * once: then an epoch's collections are taken to be those of the last one known. */
#define EPOCHS 1024

/** What main says of an epoch. */
struct epoch {
	uint64_t number, collection;
};

enum window_state {
	WINDOW_RESTING, /* until rest_until_ns */
	WINDOW_FILLING,
	WINDOW_FULL
};

struct kqt_assessor {
	struct kqt_assessor_options opt;
	struct kqt_spsc raw;         /* of struct kqt_raw, from the collector */
	struct kqt_spsc epochs;      /* of struct epoch, from main */
	struct kqt_spsc full, empty; /* of struct kqt_watch *, to main and back */
	_Atomic int wanted;          /* stream: only the newest wish matters */
	_Atomic bool quit;
	_Atomic int holders; /* main, the thread: the last one frees */
	_Atomic int started;
	struct kqt_watch *watches;         /* [WATCHES] */
	struct kqt_watch *shown;           /* main's */
	struct kqt_assess_workspace *work; /* of the window */

	/* the thread's */
	struct kqt_watch now KQT_OWNED(on_assessor); /* what is published next */
	uint64_t published_ns KQT_OWNED(on_assessor);
	bool news KQT_OWNED(on_assessor), urgent KQT_OWNED(on_assessor);
	bool give_up KQT_OWNED(on_assessor); /* the assessment is of another stream */
	/* the series */
	bool begun KQT_OWNED(on_assessor); /* a sample was seen */
	uint32_t next_seq KQT_OWNED(on_assessor);
	struct epoch epoch KQT_OWNED(on_assessor);
	struct kqt_extract extract KQT_OWNED(on_assessor);
	/* every byte */
	struct kqt_block_stat stat KQT_OWNED(on_assessor);
	struct kqt_health_run health KQT_OWNED(on_assessor);
	/* the window */
	enum window_state state KQT_OWNED(on_assessor);
	uint8_t *window KQT_OWNED(on_assessor); /* [opt.window] */
	size_t filled KQT_OWNED(on_assessor);
	uint64_t filling_ns KQT_OWNED(on_assessor); /* since then */
	uint64_t full_ns KQT_OWNED(on_assessor), rest_until_ns KQT_OWNED(on_assessor);
	/* the window on coarser clocks; [0] is as measured and has no extract */
	struct kqt_extract coarse[KQT_GRAINS] KQT_OWNED(on_assessor);
	uint64_t grain_counts[KQT_GRAINS][256] KQT_OWNED(on_assessor);
	bool grains_known KQT_OWNED(on_assessor); /* of a full window */
	/* scratch */
	uint64_t ns[BATCH] KQT_OWNED(on_assessor), ticks[BATCH] KQT_OWNED(on_assessor);
	uint8_t bytes[BATCH] KQT_OWNED(on_assessor);
};

/* -- what main sees ------------------------------------------------------------ */

/* As it is before the first byte; what was assessed stays known. */
static void clear_watch(struct kqt_watch *w)
{
	struct kqt_watch none;

	kqt_watch_unknown(&none);
	memcpy(w->bias, none.bias, sizeof(w->bias));
	memcpy(w->lag, none.lag, sizeof(w->lag));
	memcpy(w->grain, none.grain, sizeof(w->grain));
	w->chi_square = w->chi_p = NAN;
	w->apt_window = KQT_APT_WINDOW;
	if (!w->have)
		w->assessment = none.assessment;
}

static void show_health(struct kqt_assessor *a) KQT_ON(on_assessor)
{
	struct kqt_watch *w = &a->now;

	memcpy(w->health, a->health.test, sizeof(w->health));
	w->claim_bits = a->health.claim_bits;
	w->rct_max = a->health.rct_max;
	w->apt_max = a->health.apt_max;
}

static void publish(struct kqt_assessor *a, uint64_t now_ns) KQT_ON(on_assessor)
{
	struct kqt_watch *w = &a->now, *to;

	if (!a->news || (!a->urgent && now_ns - a->published_ns < PUBLISH_NS) ||
	    !kqt_spsc_pop(&a->empty, &to))
		return;
	kqt_block_stat_figures(&a->stat, w);
	show_health(a);
	w->filled = a->filled;
	for (int g = 0; g < KQT_GRAINS && !a->grains_known; g++)
		kqt_grain_figures(a->grain_counts[g], &w->grain[g]);
	w->serial++;
	w->at_ns = now_ns;
	*to = *w;
	(void)kqt_spsc_push(&a->full, &to); /* as long as there are watches */
	a->published_ns = now_ns;
	a->news = a->urgent = false;
}

struct kqt_watch *kqt_assessor_newest(struct kqt_assessor *a)
{
	struct kqt_watch *w;

	while (kqt_spsc_pop(&a->full, &w)) {
		(void)kqt_spsc_push(&a->empty, &a->shown);
		a->shown = w;
	}
	return a->shown;
}

/* -- windows --------------------------------------------------------------------- */

static void begin_window(struct kqt_assessor *a, uint64_t now_ns) KQT_ON(on_assessor)
{
	a->state = WINDOW_FILLING;
	a->filled = 0;
	a->filling_ns = now_ns;
	memset(a->grain_counts, 0, sizeof(a->grain_counts));
	/* in step with the bytes as measured, but for the two that a run of waits lacks */
	for (int g = 1; g < KQT_GRAINS; g++) {
		a->coarse[g] = a->extract;
		memset(&a->coarse[g].fold, 0, sizeof(a->coarse[g].fold));
		memset(&a->coarse[g].pack, 0, sizeof(a->coarse[g].pack));
	}
}

static void count_coarse(struct kqt_assessor *a, unsigned grain, size_t n) KQT_ON(on_assessor)
{
	size_t got;

	kqt_grain_ticks(grain, a->ns, n, a->ticks);
	got = kqt_extract_block(&a->coarse[grain], a->ticks, n, a->bytes);
	for (size_t i = 0; i < got; i++)
		a->grain_counts[grain][a->bytes[i]]++;
}

/* @n  latencies in a->ns  @got  bytes in a->bytes, made of them */
static void fill_window(struct kqt_assessor *a, size_t n, size_t got, uint64_t now_ns)
    KQT_ON(on_assessor)
{
	size_t room = a->opt.window - a->filled;

	if (got > room)
		got = room;
	memcpy(a->window + a->filled, a->bytes, got);
	a->filled += got;
	for (size_t i = 0; i < got; i++)
		a->grain_counts[0][a->bytes[i]]++;
	for (unsigned g = 1; g < KQT_GRAINS; g++)
		count_coarse(a, g, n);
	if (a->filled == a->opt.window) {
		a->state = WINDOW_FULL;
		a->full_ns = now_ns;
	}
}

/* Would the whole window take more than a minute? Then a smaller one has to do, and if
 * there is more than that already, its newest bytes. */
static void judge_window(struct kqt_assessor *a, uint64_t now_ns) KQT_ON(on_assessor)
{
	double spent = (double)(now_ns - a->filling_ns);
	size_t slow = a->opt.window_slow;

	if (slow == 0 || a->filled == 0)
		return;
	a->now.window = a->opt.window;
	if (spent * (double)a->opt.window / (double)a->filled <= (double)SLOW_NS)
		return;
	a->now.window = slow;
	if (a->filled < slow)
		return;
	memmove(a->window, a->window + a->filled - slow, slow);
	a->filled = slow;
	a->state = WINDOW_FULL;
	a->full_ns = now_ns;
}

/* -- the series -------------------------------------------------------------------- */

/* Everything that is counted of a stream in an epoch begins anew. */
static void begin_counting(struct kqt_assessor *a, uint64_t now_ns) KQT_ON(on_assessor)
{
	enum kqt_stream stream = a->extract.stream;

	clear_watch(&a->now);
	a->now.stream = stream;
	a->now.epoch = a->epoch.number;
	a->now.window = a->opt.window;
	memset(&a->stat, 0, sizeof(a->stat));
	memset(a->grain_counts, 0, sizeof(a->grain_counts));
	kqt_health_begin(&a->health, kqt_watch_claim(stream, KQT_CLAIMED_BITS));
	show_health(a);
	a->extract.collection = a->epoch.collection;
	kqt_extract_cut(&a->extract);
	a->grains_known = false;
	if (a->state != WINDOW_RESTING)
		begin_window(a, now_ns);
	a->news = a->urgent = true;
}

/* The epoch that a sample with these low bits is of, and its collections: main told of
 * it before the collector could, and of epochs without a sample too. */
static void begin_epoch(struct kqt_assessor *a, uint16_t low, uint64_t now_ns) KQT_ON(on_assessor)
{
	struct epoch e = a->epoch;
	bool known = false;

	while (!known && kqt_spsc_pop(&a->epochs, &e))
		known = (uint16_t)e.number == low;
	if (!known)
		e.number += (uint16_t)(low - (uint16_t)e.number);
	a->epoch = e;
	begin_counting(a, now_ns);
}

/* n latencies in a->ns that follow each other. */
static void take_batch(struct kqt_assessor *a, size_t n, uint64_t now_ns) KQT_ON(on_assessor)
{
	size_t got;

	if (n == 0)
		return;
	got = kqt_extract_block(&a->extract, a->ns, n, a->bytes);
	kqt_block_stat_add(&a->stat, a->bytes, got);
	kqt_health_add(&a->health, a->bytes, got, now_ns);
	if (a->state == WINDOW_FILLING)
		fill_window(a, n, got, now_ns);
}

static void cut(struct kqt_assessor *a) KQT_ON(on_assessor)
{
	kqt_extract_cut(&a->extract);
	for (int g = 1; g < KQT_GRAINS; g++)
		kqt_extract_cut(&a->coarse[g]);
}

static void take_samples(struct kqt_assessor *a, const struct kqt_raw *r, size_t count,
                         uint64_t now_ns) KQT_ON(on_assessor)
{
	enum kqt_raw_kind kind = a->extract.stream == KQT_STREAM_NOTIFICATION ? KQT_RAW_NOTIFICATION
	                                                                      : KQT_RAW_WAIT;
	size_t n = 0;

	for (const struct kqt_raw *end = r + count; r < end; r++) {
		if (KQT_UNLIKELY(!a->begun || r->epoch != (uint16_t)a->epoch.number)) {
			take_batch(a, n, now_ns);
			n = 0;
			begin_epoch(a, r->epoch, now_ns);
			a->begun = true;
		} else if (KQT_UNLIKELY(r->seq != a->next_seq)) {
			take_batch(a, n, now_ns);
			n = 0;
			cut(a);
		}
		a->next_seq = r->seq + 1;
		if (r->kind != kind)
			continue;
		a->ns[n++] = r->value_ns;
		if (n == BATCH) {
			take_batch(a, n, now_ns);
			n = 0;
		}
	}
	take_batch(a, n, now_ns);
}

static void follow_wish(struct kqt_assessor *a, uint64_t now_ns) KQT_ON(on_assessor)
{
	enum kqt_stream wanted = (enum kqt_stream)atomic_load_explicit(&a->wanted,
	                                                               memory_order_relaxed);

	if (wanted == a->extract.stream)
		return;
	a->extract.stream = wanted;
	a->now.have = false;
	a->give_up = true;
	begin_counting(a, now_ns);
}

/* What is in the ring now. No more, or a fast collector would keep us here. */
static void take_all(struct kqt_assessor *a, uint64_t now_ns) KQT_ON(on_assessor)
{
	uint64_t left = kqt_spsc_count(&a->raw);

	follow_wish(a, now_ns);
	while (left > 0) {
		size_t n;
		const struct kqt_raw *r = kqt_spsc_span(&a->raw, &n);

		n = n < left ? n : (size_t)left;
		take_samples(a, r, n, now_ns);
		kqt_spsc_drop(&a->raw, n);
		left -= n;
		a->now.taken += n;
		a->news = true;
	}
}

/* -- assessments -------------------------------------------------------------------- */

/* While kqt_assess runs: every 50 ms, in this thread. */
static bool meanwhile(void *arg, double done)
{
	struct kqt_assessor *a = arg;
	uint64_t now_ns = kqt_clock_now_ns();

	(void)done;
	kqt_role_enter(&on_assessor);
	take_all(a, now_ns);
	publish(a, now_ns);
	return !a->give_up && !atomic_load_explicit(&a->quit, memory_order_relaxed);
}

static void assess(struct kqt_assessor *a) KQT_ON(on_assessor)
{
	struct kqt_assess_options opt = {.threads = 1, .progress = meanwhile, .arg = a};
	struct kqt_assessment result;
	uint64_t begin_ns = kqt_clock_now_ns(), end_ns, epoch = a->epoch.number;
	size_t n = a->filled;
	int rc;

	for (int g = 0; g < KQT_GRAINS; g++)
		kqt_grain_figures(a->grain_counts[g], &a->now.grain[g]);
	a->grains_known = true;
	a->state = WINDOW_RESTING; /* the window's bytes stay as they are */
	a->give_up = false;
	a->now.running = a->news = a->urgent = true;
	publish(a, begin_ns);
	rc = kqt_assess(a->work, a->window, n, kqt_assess_bits(a->window, n), &opt, &result);
	end_ns = kqt_clock_now_ns();
	a->now.running = false;
	a->news = a->urgent = true;
	a->filled = 0;
	a->rest_until_ns = rc < 0 ? end_ns + RETRY_NS : end_ns + REST_FACTOR * (end_ns - begin_ns);
	if (rc < 0 && a->give_up)
		a->rest_until_ns = end_ns; /* the new stream need not wait */
	if (rc < 0 || a->give_up)
		return;
	a->now.have = true;
	a->now.assessment = result;
	a->now.assessed_ns = a->full_ns;
	a->now.assessed_epoch = epoch;
	a->now.assessments++;
}

void kqt_assessor_step(struct kqt_assessor *a)
{
	uint64_t now_ns = kqt_clock_now_ns();

	if (a->state == WINDOW_RESTING && now_ns >= a->rest_until_ns)
		begin_window(a, now_ns);
	take_all(a, now_ns);
	if (a->state == WINDOW_FILLING)
		judge_window(a, now_ns);
	if (a->state == WINDOW_FULL)
		assess(a);
	publish(a, kqt_clock_now_ns());
}

/* -- life ---------------------------------------------------------------------------- */

static void free_all(struct kqt_assessor *a)
{
	kqt_role_enter(&on_assessor); /* the last holder */
	kqt_spsc_fini(&a->raw);
	kqt_spsc_fini(&a->epochs);
	kqt_spsc_fini(&a->full);
	kqt_spsc_fini(&a->empty);
	kqt_assess_workspace_free(a->work);
	free(a->window);
	free(a->watches);
	free(a);
}

static void let_go(struct kqt_assessor *a)
{
	if (atomic_fetch_sub(&a->holders, 1) == 1)
		free_all(a);
}

static void *assessor_main(void *arg)
{
	struct kqt_assessor *a = arg;
	struct kqt_thread_options opt = {.name = "kqt-assessor", .cpu = -1};
	struct timespec nap = kqt_ns_to_timespec(POLL_NS);
	int rc = kqt_thread_apply(&opt);

	/* before it is last in the line: main waits for this word */
	atomic_store_explicit(&a->started, rc < 0 ? rc : 1, memory_order_release);
	if (rc < 0)
		return NULL;
	kqt_thread_lowest();
	kqt_role_enter(&on_assessor);
	while (!atomic_load_explicit(&a->quit, memory_order_relaxed)) {
		kqt_assessor_step(a);
		nanosleep(&nap, NULL);
	}
	let_go(a);
	return NULL;
}

static int make_rings(struct kqt_assessor *a)
{
	const struct {
		struct kqt_spsc *ring;
		size_t count, size;
	} rings[] = {
	    {&a->raw, a->opt.ring ? a->opt.ring : KQT_ASSESSOR_RING, sizeof(struct kqt_raw)},
	    {&a->epochs, EPOCHS, sizeof(struct epoch)},
	    {&a->full, WATCHES, sizeof(struct kqt_watch *)},
	    {&a->empty, WATCHES, sizeof(struct kqt_watch *)},
	};

	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		int rc = kqt_spsc_init(rings[i].ring, rings[i].count, rings[i].size);

		if (rc < 0)
			return rc;
	}
	/* the collector is not to be the first to touch a page */
	memset(a->raw.slots, 0, (a->raw.mask + 1) * a->raw.size);
	return 0;
}

int kqt_assessor_new(const struct kqt_assessor_options *opt, struct kqt_assessor **out)
{
	struct kqt_assessor *a;
	int rc;

	if (opt->window < 1 || opt->window > KQT_ASSESS_MAX_SAMPLES ||
	    opt->window_slow > opt->window)
		return -KQT_E_RANGE;
	a = kqt_aligned_new(sizeof(*a));
	if (!a)
		return -ENOMEM;
	kqt_role_enter(&on_assessor); /* no thread yet */
	a->opt = *opt;
	atomic_store(&a->wanted, (int)opt->stream);
	atomic_store(&a->holders, 1);
	a->window = kqt_array_new(opt->window, 1);
	a->watches = kqt_array_new(WATCHES, sizeof(*a->watches));
	a->work = kqt_assess_workspace_new(opt->window, 8);
	rc = a->window && a->watches && a->work ? make_rings(a) : -ENOMEM;
	if (rc < 0) {
		free_all(a);
		return rc;
	}
	a->extract.stream = opt->stream;
	a->epoch.collection = 1;
	begin_counting(a, kqt_clock_now_ns());
	a->shown = &a->watches[0];
	*a->shown = a->now;
	for (int i = 1; i < WATCHES; i++) {
		struct kqt_watch *w = &a->watches[i];

		(void)kqt_spsc_push(&a->empty, &w);
	}
	*out = a;
	return 0;
}

int kqt_assessor_start(struct kqt_assessor *a)
{
	pthread_t thread;
	int rc;

	atomic_store(&a->holders, 2);
	rc = kqt_thread_start(&thread, assessor_main, a, &a->started);
	if (rc < 0) {
		atomic_store(&a->holders, 1);
		return rc;
	}
	pthread_detach(thread);
	return 0;
}

void kqt_assessor_release(struct kqt_assessor *a)
{
	if (!a)
		return;
	atomic_store(&a->quit, true);
	let_go(a);
}

/* -- main's orders -------------------------------------------------------------------- */

struct kqt_spsc *kqt_assessor_ring(struct kqt_assessor *a)
{
	return &a->raw;
}

void kqt_assessor_epoch(struct kqt_assessor *a, uint64_t epoch, uint64_t collection)
{
	struct epoch e = {.number = epoch, .collection = collection};

	(void)kqt_spsc_push(&a->epochs, &e); /* full: EPOCHS */
}

void kqt_assessor_watch(struct kqt_assessor *a, enum kqt_stream stream)
{
	atomic_store_explicit(&a->wanted, (int)stream, memory_order_relaxed);
}
