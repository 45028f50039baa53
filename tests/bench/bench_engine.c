/* SPDX-License-Identifier: MIT */
/* What the engine costs above a plain loop "clock, wait, clock" on the same queue, polled
 * without sources; one JSON object. In a process with as many threads, since a process
 * of one thread finds its descriptors more cheaply.
 *
 *   bench_engine stages TURNS    ns a wait, from one clock reading up to the whole step,
 *                                each a batch in turn, by the thread's own CPU time
 *   bench_engine session TURNS   waits a second of a real session (its own threads, a
 *                                snapshot every SLICE), and of the plain loop, in turn:
 *                                a second of the clock, and of the thread's CPU time
 *   bench_engine pause TURNS     what a snapshot costs the collector, ns */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "engine/clock/clock.h"
#include "engine/collect/session.h"
#include "tests/bench/plain.h"
#include "tests/bench/series.h"
#include "tests/support/collector_rig.h"

#define BATCH 2000
#define RING 65536
#define SLICE_NS (20 * KQT_NS_PER_MS)
#define SLICES 12
#define WATCH_WINDOW 100000 /* the program's own */
#define SNAPSHOT_EVERY_NS (200 * KQT_NS_PER_US)

static int fail(const char *what, int rc)
{
	fprintf(stderr, "bench_engine: %s: %s\n", what, strerror(-rc));
	return 1;
}

static void pause_ns(uint64_t ns)
{
	struct timespec ts = kqt_ns_to_timespec(ns);

	nanosleep(&ts, NULL);
}

/* -- threads that only are there ------------------------------------------------ */

static pthread_mutex_t idle_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t idle_thread;

static void *idle(void *arg)
{
	pthread_mutex_lock(&idle_lock);
	pthread_mutex_unlock(&idle_lock);
	return arg;
}

static int begin_idle(void)
{
	pthread_mutex_lock(&idle_lock);
	return pthread_create(&idle_thread, NULL, idle, NULL);
}

static void end_idle(void)
{
	pthread_mutex_unlock(&idle_lock);
	pthread_join(idle_thread, NULL);
}

/* -- stages ------------------------------------------------------------------------ */

enum stage { CLOCKS, POLL, PLAIN, QUEUE, NOTHING_CAME, STEP, STEP_RAW, STAGES };
static struct series stage[STAGES] = {
    [CLOCKS] = {.name = "two_clocks"},   [POLL] = {.name = "poll"},
    [PLAIN] = {.name = "plain"},         [QUEUE] = {.name = "queue"},
    [NOTHING_CAME] = {.name = "events"}, [STEP] = {.name = "step"},
    [STEP_RAW] = {.name = "step_raw"},
};

static uint64_t sink;

static void batch(enum stage what, struct collector_rig *bare, struct collector_rig *raw,
                  const int plain[2])
{
	static struct epoll_event events[PLAIN_EVENTS];
	struct kqt_wait w = {0};
	double from;

	kqt_role_enter(&on_collector);
	from = cpu_ns();
	switch (what) {
	case CLOCKS:
		for (int i = 0; i < 2 * BATCH; i++)
			sink += plain_now();
		break;
	case POLL:
		for (int i = 0; i < BATCH; i++)
			sink += (uint64_t)epoll_wait(plain[0], events, PLAIN_EVENTS, 0);
		break;
	case PLAIN:
		sink += plain_polls(plain[0], BATCH);
		break;
	case QUEUE:
		for (int i = 0; i < BATCH; i++) {
			w.t0_ns = 0;
			sink += (uint64_t)bare->q->ops->wait(bare->q, 0, &w);
		}
		break;
	case NOTHING_CAME:
		for (int i = 0; i < BATCH; i++)
			kqt_collector_events(bare->c);
		break;
	case STEP:
		for (int i = 0; i < BATCH; i++)
			sink += (uint64_t)kqt_collector_step(bare->c);
		break;
	case STEP_RAW:
		for (int i = 0; i < BATCH; i++)
			sink += (uint64_t)kqt_collector_step(raw->c);
		break;
	case STAGES:
		break;
	}
	series_add(&stage[what], (cpu_ns() - from) / BATCH);
	if (what == STEP_RAW)
		kqt_spsc_drop(&raw->raw, BATCH);
}

static int stages(int turns)
{
	struct collector_rig bare, raw;
	int plain[2], rc = collector_rig_open(&bare, &kqt_eventq_epoll, 0, 0);

	if (rc == 0)
		rc = collector_rig_open(&raw, &kqt_eventq_epoll, 0, RING);
	if (rc == 0)
		rc = collector_rig_begin(&bare, NULL, 0);
	if (rc == 0)
		rc = collector_rig_begin(&raw, NULL, 0);
	if (rc < 0 || plain_open(plain) < 0 || begin_idle() != 0)
		return fail("stages", rc < 0 ? rc : -errno);
	kqt_spsc_drop(&raw.raw, kqt_spsc_count(&raw.raw));
	for (int t = 0; t < turns; t++)
		for (enum stage s = 0; s < STAGES; s++)
			batch(s, &bare, &raw, plain);
	end_idle();
	for (enum stage s = 0; s < STAGES; s++)
		series_print(&stage[s], s ? "," : "{");
	printf("}\n");
	collector_rig_close(&bare);
	collector_rig_close(&raw);
	close(plain[0]);
	close(plain[1]);
	return 0;
}

/* -- a real session --------------------------------------------------------------- */

enum way { ALONE, ENGINE, WATCHED, WAYS };
static struct series rate[WAYS] = {
    [ALONE] = {.name = "plain"}, [ENGINE] = {.name = "engine"}, [WATCHED] = {.name = "watched"}};
static struct series cpu_rate[WAYS] = {[ALONE] = {.name = "plain_cpu"},
                                       [ENGINE] = {.name = "engine_cpu"},
                                       [WATCHED] = {.name = "watched_cpu"}};
/* of each turn: engine / plain, by CPU time */
static struct series ratio[WAYS] = {
    [ENGINE] = {.name = "engine_ratio"}, [WATCHED] = {.name = "watched_ratio"}};

struct plain_run {
	int epfd;
	double cpu; /* waits a second of CPU time, over the turn */
};

/* CPU time so far of this process' thread of that name, ns; 0 where /proc does not say. */
static double cpu_of(const char *name)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *d;
	double ns = 0;

	while (tasks && (d = readdir(tasks))) {
		char path[300], text[64] = "";
		unsigned long long run = 0;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", d->d_name);
		f = fopen(path, "re");
		if (f && fgets(text, sizeof(text), f))
			text[strcspn(text, "\n")] = '\0';
		if (f)
			fclose(f);
		if (strcmp(text, name) != 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", d->d_name);
		f = fopen(path, "re");
		if (f && fscanf(f, "%llu", &run) == 1)
			ns = (double)run;
		if (f)
			fclose(f);
	}
	if (tasks)
		closedir(tasks);
	return ns;
}

static void *plain_main(void *arg)
{
	struct plain_run *p = arg;

	double cpu = cpu_ns();
	uint64_t all = 0;

	for (int i = 0; i < SLICES; i++) {
		double from = wall_ns(), now;
		uint64_t n = 0;

		do {
			sink += plain_polls(p->epfd, BATCH);
			n += BATCH;
			now = wall_ns();
		} while (now - from < (double)SLICE_NS);
		series_add(&rate[ALONE], (double)n * 1e9 / (now - from));
		all += n;
	}
	p->cpu = (double)all * 1e9 / (cpu_ns() - cpu);
	series_add(&cpu_rate[ALONE], p->cpu);
	return NULL;
}

static int plain_turn(int epfd, double *cpu)
{
	struct plain_run p = {.epfd = epfd};
	pthread_t t;

	if (begin_idle() != 0 || pthread_create(&t, NULL, plain_main, &p) != 0)
		return -EAGAIN;
	pthread_join(t, NULL);
	end_idle();
	*cpu = p.cpu;
	return 0;
}

static int open_session(enum way w, struct kqt_session **out)
{
	struct kqt_session_options opt = {.watch_window = w == WATCHED ? WATCH_WINDOW : 0};
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_config cfg;
	int rc;

	kqt_config_default(&cfg);
	rc = kqt_config_preset(&cfg, "quiet", &why);
	cfg.timeout_ms = 0;
	if (rc == 0)
		rc = kqt_session_open(&cfg, &opt, out, &why);
	if (rc < 0)
		fprintf(stderr, "%s\n", text);
	return rc;
}

/* A session of its own each turn: threads, memory and queue are new. The first slice is
 * its warm-up. */
static int session_turn(enum way w, double *cpu)
{
	struct kqt_session *s = NULL;
	uint64_t waits = 0, before = 0;
	double from = 0, now = 0;
	int rc = open_session(w, &s);

	for (int i = 0; rc == 0 && i <= SLICES; i++) {
		const struct kqt_snapshot *p;

		pause_ns(SLICE_NS);
		rc = kqt_session_refresh(s);
		now = cpu_of("kqt-collector");
		p = kqt_session_snapshot(s);
		waits = p->total->waits;
		if (i == 0) {
			from = now;
			before = waits;
			continue;
		}
		series_add(&rate[w], (double)p->interval->waits / kqt_tally_seconds(p->interval));
	}
	kqt_session_free(s);
	*cpu = now > from ? (double)(waits - before) * 1e9 / (now - from) : 0;
	series_add(&cpu_rate[w], *cpu);
	return rc;
}

static int session(int turns)
{
	int plain[2], rc = 0;

	if (plain_open(plain) < 0)
		return fail("epoll", -errno);
	for (int t = 0; t < turns && rc == 0; t++) {
		double alone, ours;

		rc = plain_turn(plain[0], &alone);
		for (enum way w = ENGINE; w < WAYS && rc == 0; w++) {
			rc = session_turn(w, &ours);
			series_add(&ratio[w], ours / alone);
		}
	}
	if (rc < 0)
		return fail("session", rc);
	for (enum way w = 0; w < WAYS; w++)
		series_print(&rate[w], w ? "," : "{");
	for (enum way w = 0; w < WAYS; w++)
		series_print(&cpu_rate[w], ",");
	series_print(&ratio[ENGINE], ",");
	series_print(&ratio[WATCHED], ",");
	printf("}\n");
	close(plain[0]);
	close(plain[1]);
	return 0;
}

/* -- snapshots ---------------------------------------------------------------------- */

static struct series usual = {.name = "step"}, swapped = {.name = "step_with_snapshot"},
                     after = {.name = "step_after"}, merged = {.name = "main"};
static _Atomic bool pausing_done;

/* The one with the snapshot is known by the bell it has seen; the one after it is on a
 * tally that is cold. In CPU time: main's order comes when main runs, and where it
 * runs in this thread's place the step that sees the order is the one that was held up. */
static void *stepping(void *arg)
{
	struct collector_rig *r = arg;
	unsigned n = 0;
	bool was = false;

	kqt_role_enter(&on_collector);
	while (!atomic_load_explicit(&pausing_done, memory_order_relaxed)) {
		uint32_t seen = r->c->bell_seen;
		double from = cpu_ns(), took;
		bool now;

		sink += (uint64_t)kqt_collector_step(r->c);
		took = cpu_ns() - from;
		now = r->c->bell_seen != seen;
		if (now)
			series_add(&swapped, took);
		else if (was)
			series_add(&after, took);
		else if (++n % 128 == 0)
			series_add(&usual, took);
		was = now;
	}
	return NULL;
}

/* What a session does with what it gets: three sums and an empty one back. */
static struct kqt_tally sums[3];

static void count(struct kqt_tally *t)
{
	double from = cpu_ns();

	kqt_tally_merge_all((struct kqt_tally *[]){&sums[0], &sums[1], &sums[2]}, 3, t);
	kqt_tally_reset(t);
	series_add(&merged, cpu_ns() - from);
}

static int pauses(int turns)
{
	struct kqt_tally *spare;
	struct kqt_collect_msg msg;
	struct collector_rig r;
	pthread_t t;
	int rc = collector_rig_open(&r, &kqt_eventq_epoll, 0, 0);

	if (rc == 0)
		rc = collector_rig_begin(&r, NULL, 0);
	if (rc < 0 || pthread_create(&t, NULL, stepping, &r) != 0)
		return fail("pause", rc);
	spare = r.tally[1];
	for (int i = 0; i < turns; i++) {
		pause_ns(SNAPSHOT_EVERY_NS);
		(void)collector_rig_order(&r, KQT_COL_SNAP, spare);
		while (!kqt_collector_answer(r.c, &msg))
			pause_ns(1);
		spare = msg.u.tally;
		count(spare);
	}
	atomic_store(&pausing_done, true);
	pthread_join(t, NULL);
	series_print(&usual, "{");
	series_print(&swapped, ",");
	series_print(&after, ",");
	series_print(&merged, ",");
	printf("}\n");
	collector_rig_close(&r);
	return 0;
}

int main(int argc, char **argv)
{
	int turns = argc == 3 ? atoi(argv[2]) : 0;

	if (turns > 0 && strcmp(argv[1], "stages") == 0)
		return stages(turns);
	if (turns > 0 && strcmp(argv[1], "session") == 0)
		return session(turns);
	if (turns > 0 && strcmp(argv[1], "pause") == 0)
		return pauses(turns);
	fprintf(stderr, "usage: bench_engine stages|session|pause TURNS\n");
	return 2;
}
