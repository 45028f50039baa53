/* SPDX-License-Identifier: MIT */
/* Does cost follow what is ready, or what is registered? One JSON object:
 *
 *   bench_growth wait timers|sockets|watchers N TURNS
 *       the collector with N sources of a kind that say nothing, ns: a poll when nothing
 *       is ready (CPU time), and when one of them is
 *   bench_growth life timers|sockets|watchers N TURNS
 *       a session of N sources: opening, one source less, one more, closing; ns, wall
 *
 * A source that cannot be had (a limit of the machine) is said on stderr; exit 3. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/clock/clock.h"
#include "engine/collect/session.h"
#include "tests/bench/series.h"
#include "tests/support/collector_rig.h"

#define FAR_NS (3600 * KQT_NS_PER_S)
#define SOON_NS (2 * KQT_NS_PER_MS)
#define IDLE 200
#define LIMIT 3 /* exit status */

static struct kqt_source *source[KQT_SLOTS_PER_KIND];

/* Files in memory where there is such a folder: how a disk's file system makes a thousand
 * of them is not ours (ext4 looks for each at all that were deleted in the last seconds). */
static const char *folder(void)
{
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : kqt_default_watch_dir();
}

static int limit(const char *what, int rc)
{
	fprintf(stderr, "bench_growth: %s: %s\n", what, strerror(-rc));
	return LIMIT;
}

static int kind_of(const char *name)
{
	if (strcmp(name, "timers") == 0)
		return KQT_SOURCE_TIMER;
	if (strcmp(name, "sockets") == 0)
		return KQT_SOURCE_SOCKET;
	return strcmp(name, "watchers") == 0 ? KQT_SOURCE_FILE : -1;
}

/* -- waits -------------------------------------------------------------------------- */

static int open_source(struct collector_rig *r, enum kqt_source_kind kind, uint32_t i)
{
	struct kqt_source *s = NULL;
	int fd, rc = r->q->ops->open_source(r->q, kind, &fd);

	if (rc == 0 && kind == KQT_SOURCE_SOCKET)
		rc = kqt_source_open_socket(KQT_WRITE_DRIVEN, &s);
	else if (rc == 0 && kind == KQT_SOURCE_FILE)
		rc = kqt_source_open_file(folder(), &s);
	else if (rc == 0)
		s = kqt_source_new(kind);
	if (rc < 0 || !s)
		return rc < 0 ? rc : -ENOMEM;
	if (kind == KQT_SOURCE_TIMER)
		s->fd = fd;
	s->index = i;
	s->token = kqt_token((uint32_t)kind * KQT_SLOTS_PER_KIND + i, 1);
	/* the last timer is the one that speaks; all others would in an hour */
	s->interval_ns = FAR_NS;
	s->offset_ns = FAR_NS;
	source[i] = s;
	return 0;
}

/* Step until one brought something. @return what that step took */
static double step_until_event(struct collector_rig *r)
{
	double from, took;

	kqt_role_enter(&on_collector);
	do {
		from = wall_ns();
		if (kqt_collector_step(r->c) < 0)
			return 0;
		took = wall_ns() - from;
	} while (r->c->reports == 0);
	return took;
}

static int waits(enum kqt_source_kind kind, uint32_t n, int turns)
{
	static struct series idle = {.name = "idle"}, ready = {.name = "one_ready"};
	struct collector_rig r;
	int rc = collector_rig_open(&r, &kqt_eventq_epoll, 0, 0);

	kqt_role_enter(&on_collector);
	for (uint32_t i = 0; i < n && rc == 0; i++)
		rc = open_source(&r, kind, i);
	if (rc == 0 && kind == KQT_SOURCE_TIMER) {
		source[n - 1]->interval_ns = SOON_NS;
		source[n - 1]->offset_ns = 0;
	}
	if (rc == 0)
		rc = collector_rig_begin(&r, source, n);
	for (int t = 0; t < turns && rc == 0; t++) {
		uint64_t empty = r.c->tally->timeouts;
		double from = cpu_ns();

		for (int i = 0; i < IDLE; i++)
			rc = rc < 0 ? rc : kqt_collector_step(r.c);
		if (r.c->tally->timeouts == empty + IDLE)
			series_add(&idle, (cpu_ns() - from) / IDLE);
		if (rc == 0 && kind != KQT_SOURCE_TIMER)
			rc = collector_rig_trigger(&r, source[n - 1], (uint64_t)t,
			                           kqt_clock_now_ns());
		if (rc == 0)
			series_add(&ready, step_until_event(&r));
	}
	if (rc < 0)
		return limit("waits", rc);
	series_print(&idle, "{");
	series_print(&ready, ",");
	printf("}\n");
	collector_rig_close(&r);
	for (uint32_t i = 0; i < n; i++)
		kqt_source_free(source[i]);
	return 0;
}

/* -- sessions ----------------------------------------------------------------------- */

static int change(struct kqt_session *s, struct kqt_config *cfg, uint64_t *field, uint64_t n,
                  struct series *took)
{
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	double from = wall_ns();
	int rc;

	*field = n;
	rc = kqt_session_apply(s, cfg, &why);
	while (rc >= 0 && !(rc & KQT_NEWS_CHANGE)) {
		struct timespec pause = kqt_ns_to_timespec(10 * KQT_NS_PER_US);

		nanosleep(&pause, NULL);
		rc = kqt_session_pump(s);
	}
	series_add(took, wall_ns() - from);
	return rc < 0 ? rc : 0;
}

static int lives(enum kqt_source_kind kind, uint32_t n, int turns)
{
	static struct series opened = {.name = "open"}, less = {.name = "one_less"},
	                     more = {.name = "one_more"}, freed = {.name = "close"};
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_config cfg;
	uint64_t *field = kind == KQT_SOURCE_TIMER    ? &cfg.num_timers
	                  : kind == KQT_SOURCE_SOCKET ? &cfg.num_sockets
	                                              : &cfg.num_file_watchers;
	int rc = 0;

	for (int t = 0; t < turns && rc == 0; t++) {
		struct kqt_session *s = NULL;
		double from;

		kqt_config_default(&cfg);
		snprintf(cfg.watch_dir, sizeof(cfg.watch_dir), "%s", folder());
		cfg.num_timers = cfg.num_sockets = cfg.num_file_watchers = 0;
		cfg.stimulus_us = 1000000;
		cfg.strict = cfg.timeouts_only = 1;
		*field = n;
		from = wall_ns();
		rc = kqt_session_open(&cfg, NULL, &s, &why);
		if (rc < 0)
			break;
		series_add(&opened, wall_ns() - from);
		rc = change(s, &cfg, field, n - 1, &less);
		if (rc == 0)
			rc = change(s, &cfg, field, n, &more);
		from = wall_ns();
		kqt_session_free(s);
		series_add(&freed, wall_ns() - from);
	}
	if (rc < 0)
		return fprintf(stderr, "bench_growth: %s\n", text), LIMIT;
	series_print(&opened, "{");
	series_print(&less, ",");
	series_print(&more, ",");
	series_print(&freed, ",");
	printf("}\n");
	return 0;
}

int main(int argc, char **argv)
{
	int kind = argc == 5 ? kind_of(argv[2]) : -1;
	unsigned long n = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
	int turns = argc == 5 ? atoi(argv[4]) : 0;
	struct rlimit rl;

	if (kind < 0 || n < 1 || n > KQT_SLOTS_PER_KIND || turns < 1) {
		fprintf(stderr, "usage: bench_growth wait|life timers|sockets|watchers N TURNS\n");
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
	if (strcmp(argv[1], "wait") == 0)
		return waits((enum kqt_source_kind)kind, (uint32_t)n, turns);
	return lives((enum kqt_source_kind)kind, (uint32_t)n, turns);
}
