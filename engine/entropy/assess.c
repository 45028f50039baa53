/* SPDX-License-Identifier: MIT */
/* An assessment: the two views of the data, the jobs on them, the threads that take
 * jobs from a list, longest first, and the minimum. */
#include "engine/entropy/assess.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/entropy/est_work.h"
#include "engine/entropy/tuples.h"

#define PROGRESS_NS 50000000

enum view { LITERAL, BITSTRING, VIEWS };

struct kqt_assess_workspace {
	size_t max_samples, max_binary;
	unsigned bits;
	uint8_t *symbols; /* [max_samples] literal, by rank */
	uint8_t *binary;  /* [max_binary] bitstring */
	uint64_t *msb, *lsb;
	size_t size;
	struct kqt_est_work work; /* tuples are by turns, all else belongs to one view */
	struct kqt_est_data data[VIEWS];
	struct kqt_assessment result;
	atomic_int order; /* 1 = stop */
	/* the jobs, by lock */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned next_job, running; /* running: threads that have not ended */
	double done;                /* share of the whole */
};

/* Estimators that run one after the other in one thread, and what they cost as a share
 * of 1000 (1,000,000 uniform bytes; it orders the list and moves the bar). */
struct job {
	enum view view;
	unsigned first, last; /* enum kqt_estimator_id */
	unsigned cost;
	bool tuples_of_both;
};

static const struct job jobs[] = {
    {BITSTRING, KQT_EST_T_TUPLE, KQT_EST_LRS, 330, true},
    {BITSTRING, KQT_EST_MULTI_MMC, KQT_EST_MULTI_MMC, 250, false},
    {LITERAL, KQT_EST_MULTI_MMC, KQT_EST_MULTI_MMC, 130, false},
    {BITSTRING, KQT_EST_MULTI_MCW, KQT_EST_MULTI_MCW, 70, false},
    {BITSTRING, KQT_EST_LAG, KQT_EST_LAG, 60, false},
    {LITERAL, KQT_EST_MULTI_MCW, KQT_EST_MULTI_MCW, 50, false},
    {BITSTRING, KQT_EST_LZ78Y, KQT_EST_LZ78Y, 40, false},
    {LITERAL, KQT_EST_LZ78Y, KQT_EST_LZ78Y, 20, false},
    {LITERAL, KQT_EST_LAG, KQT_EST_LAG, 20, false},
    {BITSTRING, KQT_EST_MCV, KQT_EST_COMPRESSION, 25, false},
    {LITERAL, KQT_EST_MCV, KQT_EST_COMPRESSION, 5, false},
};
#define JOBS (sizeof(jobs) / sizeof(jobs[0]))
#define COST_ALL 1000.0

/* -- workspace ---------------------------------------------------------------- */

struct kqt_assess_workspace *kqt_assess_workspace_new(size_t max_samples, unsigned bits)
{
	struct kqt_assess_workspace *w;

	if (max_samples == 0 || max_samples > KQT_ASSESS_MAX_SAMPLES || bits < 1 || bits > 8)
		return NULL;
	w = kqt_array_new(1, sizeof(*w));
	if (!w)
		return NULL;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	w->max_samples = max_samples;
	w->size = sizeof(*w) + max_samples * (1 + bits) +
	          2 * sizeof(*w->msb) * KQT_EST_WORDS(max_samples * bits);
	w->max_binary = max_samples * bits;
	w->bits = bits;
	w->symbols = kqt_array_new(max_samples, 1);
	w->binary = kqt_array_new(w->max_binary, 1);
	w->msb = kqt_array_new(KQT_EST_WORDS(w->max_binary), sizeof(*w->msb));
	w->lsb = kqt_array_new(KQT_EST_WORDS(w->max_binary), sizeof(*w->lsb));
	w->work = (struct kqt_est_work){
	    .tuples = kqt_tuple_work_new(w->max_binary, &w->size),
	    .mmc = kqt_mmc_work_new(max_samples, &w->size),
	    .mmc_bits = kqt_mmc_bits_new(&w->size),
	    .lz = kqt_lz_work_new(&w->size),
	    .lz_bits = kqt_lz_bits_new(&w->size),
	};
	if (!w->symbols || !w->binary || !w->msb || !w->lsb || !w->work.tuples || !w->work.mmc ||
	    !w->work.mmc_bits || !w->work.lz || !w->work.lz_bits) {
		kqt_assess_workspace_free(w);
		return NULL;
	}
	return w;
}

void kqt_assess_workspace_free(struct kqt_assess_workspace *w)
{
	if (!w)
		return;
	free(w->symbols);
	free(w->binary);
	free(w->msb);
	free(w->lsb);
	kqt_tuple_work_free(w->work.tuples);
	kqt_mmc_work_free(w->work.mmc);
	kqt_mmc_bits_free(w->work.mmc_bits);
	kqt_lz_work_free(w->work.lz);
	kqt_lz_bits_free(w->work.lz_bits);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

size_t kqt_assess_workspace_size(const struct kqt_assess_workspace *w)
{
	return w->size;
}

void kqt_assess_stop(struct kqt_assess_workspace *w)
{
	atomic_store_explicit(&w->order, 1, memory_order_relaxed);
}

/* -- the views ------------------------------------------------------------------ */

unsigned kqt_assess_bits(const uint8_t *samples, size_t n)
{
	unsigned all = 1, bits = 0;

	for (size_t i = 0; i < n; i++)
		all |= samples[i];
	while (all >> bits)
		bits++;
	return bits;
}

/* Symbols by rank. @return how many there are. */
static unsigned rank_symbols(struct kqt_assess_workspace *w, const uint8_t *samples, size_t n)
{
	bool seen[256] = {false};
	uint8_t rank[256] = {0};
	unsigned k = 0;

	for (size_t i = 0; i < n; i++)
		seen[samples[i]] = true;
	for (unsigned x = 0; x < 256; x++)
		if (seen[x])
			rank[x] = (uint8_t)k++;
	for (size_t i = 0; i < n; i++)
		w->symbols[i] = rank[samples[i]];
	return k;
}

static void expand(struct kqt_assess_workspace *w, const uint8_t *samples, size_t n, unsigned bits)
{
	uint8_t *to = w->binary;

	for (size_t i = 0; i < n; i++)
		for (unsigned b = bits; b-- > 0;)
			*to++ = samples[i] >> b & 1;
}

/* 0 and 1, packed in both orders. */
static void pack(struct kqt_assess_workspace *w, const uint8_t *binary, size_t n)
{
	memset(w->msb, 0, KQT_EST_WORDS(n) * sizeof(*w->msb));
	memset(w->lsb, 0, KQT_EST_WORDS(n) * sizeof(*w->lsb));
	for (size_t i = 0; i < n; i++) {
		w->msb[i / 64] |= (uint64_t)binary[i] << (63 - i % 64);
		w->lsb[i / 64] |= (uint64_t)binary[i] << (i % 64);
	}
}

static void clear_view(struct kqt_assess_view *v)
{
	*v = (struct kqt_assess_view){.h = NAN};
	for (int e = 0; e < KQT_ESTIMATORS; e++) {
		v->bits[e] = NAN;
		v->rc[e] = -KQT_E_UNSUPPORTED;
	}
}

static void make_views(struct kqt_assess_workspace *w, const uint8_t *samples, size_t n,
                       unsigned bits)
{
	struct kqt_assessment *r = &w->result;
	unsigned k = rank_symbols(w, samples, n);

	*r = (struct kqt_assessment){
	    .samples = n, .alphabet = k, .bits_per_symbol = bits, .binding = -1};
	clear_view(&r->literal);
	clear_view(&r->bitstring);
	r->literal.assessed = k > 1;
	r->bitstring.assessed = k > 2;
	w->data[LITERAL] =
	    (struct kqt_est_data){.symbols = w->symbols, .n = n, .k = k, .order = &w->order};
	if (k == 2) {
		pack(w, w->symbols, n);
		w->data[LITERAL].msb = w->msb;
		w->data[LITERAL].lsb = w->lsb;
	}
	if (k > 2) {
		expand(w, samples, n, bits);
		pack(w, w->binary, n * bits);
		w->data[BITSTRING] = (struct kqt_est_data){.symbols = w->binary,
		                                           .msb = w->msb,
		                                           .lsb = w->lsb,
		                                           .n = n * bits,
		                                           .k = 2,
		                                           .order = &w->order};
	}
}

/* -- jobs ------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

static void run_estimators(struct kqt_assess_workspace *w, enum view view, unsigned first,
                           unsigned last)
{
	struct kqt_assess_view *v = view == LITERAL ? &w->result.literal : &w->result.bitstring;
	const struct kqt_est_data *d = &w->data[view];

	if (!v->assessed)
		return;
	for (unsigned e = first; e <= last; e++) {
		const struct kqt_estimator *est = &kqt_estimators[e];
		uint64_t start = now_ns();

		if (d->k == 2 ? !est->on_bits : !est->on_symbols)
			continue;
		if (atomic_load_explicit(&w->order, memory_order_relaxed))
			return;
		v->rc[e] = est->run(d, &w->work, &v->bits[e]);
		v->ns[e] = now_ns() - start;
	}
}

static void run_job(struct kqt_assess_workspace *w, const struct job *job)
{
	if (job->tuples_of_both)
		run_estimators(w, LITERAL, job->first, job->last);
	run_estimators(w, job->view, job->first, job->last);
}

static void *worker(void *arg)
{
	struct kqt_assess_workspace *w = arg;

	pthread_mutex_lock(&w->lock);
	while (w->next_job < JOBS) {
		const struct job *job = &jobs[w->next_job++];

		pthread_mutex_unlock(&w->lock);
		run_job(w, job);
		pthread_mutex_lock(&w->lock);
		w->done += job->cost / COST_ALL;
		pthread_cond_signal(&w->changed);
	}
	w->running--;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* With every signal blocked that does not tell of a fault in the thread itself. */
static int start(struct kqt_assess_workspace *w, unsigned wanted, pthread_t *threads,
                 unsigned *started)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
	sigset_t mask, old;
	int rc = 0;

	sigfillset(&mask);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&mask, faults[i]);
	pthread_sigmask(SIG_SETMASK, &mask, &old);
	*started = 0;
	for (unsigned i = 0; i < wanted && rc == 0; i++) {
		w->running++;
		rc = pthread_create(&threads[i], NULL, worker, w);
		if (rc == 0)
			(*started)++;
		else
			w->running--;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return *started ? 0 : -rc;
}

static void wait_for_workers(struct kqt_assess_workspace *w, const struct kqt_assess_options *opt)
{
	pthread_mutex_lock(&w->lock);
	while (w->running > 0) {
		struct timespec until;
		double done = w->done;

		if (!opt->progress) {
			pthread_cond_wait(&w->changed, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		if (!opt->progress(opt->arg, fmin(done, 1)))
			kqt_assess_stop(w);
		pthread_mutex_lock(&w->lock);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += PROGRESS_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (w->running > 0)
			pthread_cond_timedwait(&w->changed, &w->lock, &until);
	}
	pthread_mutex_unlock(&w->lock);
}

static int run_jobs(struct kqt_assess_workspace *w, const struct kqt_assess_options *opt)
{
	pthread_t threads[KQT_ASSESS_MAX_THREADS];
	unsigned wanted = opt->threads ? opt->threads : 1, started;
	int rc;

	w->next_job = w->running = 0;
	w->done = 0;
	w->work.tuples->counted = NULL;
	pthread_mutex_lock(&w->lock); /* nobody ends before all have started */
	rc = start(w, wanted < KQT_ASSESS_MAX_THREADS ? wanted : KQT_ASSESS_MAX_THREADS, threads,
	           &started);
	pthread_mutex_unlock(&w->lock);
	if (rc < 0)
		return rc;
	wait_for_workers(w, opt);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return atomic_load(&w->order) ? -KQT_E_STOPPED : 0;
}

/* -- the minimum -------------------------------------------------------------------- */

/* @word: bits of a sample for each bit of this view */
static void take_minimum(struct kqt_assessment *r, struct kqt_assess_view *v, double most,
                         double word)
{
	if (!v->assessed)
		return;
	v->h = most;
	for (int e = 0; e < KQT_ESTIMATORS; e++) {
		if (v->rc[e] != 0)
			continue;
		v->h = fmin(v->h, v->bits[e]);
		if (r->binding >= 0 ? v->bits[e] * word < r->assessed
		                    : v->bits[e] * word <= r->assessed) {
			r->assessed = v->bits[e] * word;
			r->binding = e;
			r->binding_bitstring = v == &r->bitstring;
		}
	}
}

static void conclude(struct kqt_assessment *r)
{
	double bits = r->bits_per_symbol;

	if (r->alphabet < 2) {
		r->literal.h = 0;
		r->assessed = 0;
		return;
	}
	r->assessed = bits;
	take_minimum(r, &r->literal, bits, 1);
	take_minimum(r, &r->bitstring, 1, bits);
}

int kqt_assess(struct kqt_assess_workspace *w, const uint8_t *samples, size_t n, unsigned bits,
               const struct kqt_assess_options *opt, struct kqt_assessment *out)
{
	static const struct kqt_assess_options one_thread = {.threads = 1};
	uint64_t begin = now_ns();
	int rc = 0;

	if (n == 0)
		return -KQT_E_TOO_FEW;
	if (n > w->max_samples || bits < 1 || bits > w->bits)
		return -KQT_E_RANGE;
	if (kqt_assess_bits(samples, n) > bits)
		return -KQT_E_BAD_SYMBOL;
	atomic_store(&w->order, 0);
	make_views(w, samples, n, bits);
	if (w->result.literal.assessed)
		rc = run_jobs(w, opt ? opt : &one_thread);
	if (rc < 0)
		return rc;
	conclude(&w->result);
	w->result.seconds = (double)(now_ns() - begin) / 1e9;
	*out = w->result;
	return 0;
}

const char *kqt_assess_reason(enum kqt_estimator_id id, int rc, char *buf, size_t size)
{
	if (rc == 0)
		snprintf(buf, size, "%s", "");
	else if (rc == -KQT_E_TOO_FEW)
		snprintf(buf, size, "needs %s", kqt_estimators[id].needs);
	else if (rc == -KQT_E_UNSUPPORTED)
		snprintf(buf, size, "does not run on this alphabet");
	else
		kqt_err_text(rc, buf, size);
	return buf;
}
