/* SPDX-License-Identifier: MIT */
/* Small parts, one after the other, again and again, by the thread's own CPU time; one
 * JSON object in ns a call:
 *
 *   bench_micro TURNS            histogram, its log, opening a session
 *   bench_micro load FILE TURNS  reading a report
 *   bench_micro compare A B TURNS
 *   bench_micro make ROUNDS VALUES SEED FILE   a made-up report */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clock/clock.h"
#include "engine/collect/session.h"
#include "engine/hist/hist.h"
#include "engine/hist/hlog.h"
#include "engine/report/compare.h"
#include "tests/bench/series.h"
#include "tests/support/est_gen.h"
#include "tests/support/report_gen.h"

#define VALUES 65536
#define RECORDS 20000
#define QUERIES 50

static uint64_t value[VALUES];
static struct kqt_hist narrow, wide, other;

/* Waits as they come: most within two octaves, some far out. Wide: all decades. */
static void make_values(void)
{
	uint64_t random = 1;

	for (int i = 0; i < VALUES; i++) {
		uint64_t r = est_random(&random);
		unsigned out = (r >> 40) % 64 == 0 ? 10 : 0;

		value[i] = (300 + r % 900) << out;
		kqt_hist_record(&narrow, value[i]);
		kqt_hist_record(&wide, (r >> 20) >> (r % 44));
	}
}

static void record(struct series *s)
{
	double from = cpu_ns();

	for (int i = 0; i < RECORDS; i++)
		kqt_hist_record(&other, value[i]);
	series_add(s, (cpu_ns() - from) / RECORDS);
}

static void query(struct series *s, const struct kqt_hist *h)
{
	static const double q[] = {0.5, 0.9, 0.99, 0.999};
	uint64_t out[4], sum = 0;
	double from = cpu_ns();

	for (int i = 0; i < QUERIES; i++) {
		kqt_hist_quantiles(h, q, 4, out);
		sum += out[0];
	}
	series_add(s, (cpu_ns() - from) / QUERIES + (double)(sum == 1));
}

static int write_log(struct series *s, struct kqt_hlog_writer *w)
{
	double from = cpu_ns();
	int rc = kqt_hlog_write(w, "wait", 0, KQT_NS_PER_S, &narrow);

	series_add(s, cpu_ns() - from);
	return rc;
}

/* Wall clock: threads are started, a queue is made. */
static int open_session(struct series *opened, struct series *first, struct series *freed)
{
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_session *s = NULL;
	struct kqt_config cfg;
	double from = wall_ns(), since;
	int rc;

	kqt_config_default(&cfg);
	rc = kqt_session_open(&cfg, NULL, &s, &why);
	series_add(opened, wall_ns() - from);
	do
		rc = rc < 0 ? rc : kqt_session_refresh(s);
	while (rc == 0 && kqt_session_snapshot(s)->total->waits == 0);
	series_add(first, wall_ns() - from);
	since = wall_ns();
	kqt_session_free(s);
	series_add(freed, wall_ns() - since);
	if (rc < 0)
		fprintf(stderr, "bench_micro: %s\n", text);
	return rc;
}

static int parts(int turns)
{
	static struct series recorded = {.name = "record"}, few = {.name = "quantiles"},
	                     many = {.name = "quantiles_wide"}, logged = {.name = "hlog_write"},
	                     opened = {.name = "open"}, first = {.name = "first_sample"},
	                     freed = {.name = "close"};
	struct kqt_hlog_head head = {0};
	struct kqt_hlog_writer *w;
	int rc = kqt_hlog_create("/dev/null", KQT_LINES_REPLACE, &head, &w);

	if (rc < 0)
		return rc;
	make_values();
	for (int t = 0; t < turns && rc == 0; t++) {
		record(&recorded);
		query(&few, &narrow);
		query(&many, &wide);
		rc = write_log(&logged, w);
		if (rc == 0 && t % 10 == 0)
			rc = open_session(&opened, &first, &freed);
	}
	(void)kqt_hlog_close(w);
	series_print(&recorded, "{");
	series_print(&few, ",");
	series_print(&many, ",");
	series_print(&logged, ",");
	series_print(&opened, ",");
	series_print(&first, ",");
	series_print(&freed, ",");
	printf("}\n");
	return rc;
}

static int load_one(const char *path, struct kqt_report **out)
{
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc = kqt_report_load(path, out, &why);

	if (rc < 0)
		fprintf(stderr, "bench_micro: %s\n", text);
	return rc;
}

static int load(const char *path, int turns)
{
	static struct series s = {.name = "load"};
	struct kqt_report *r;
	int rc = 0;

	for (int t = 0; t < turns && rc == 0; t++) {
		double from = cpu_ns();

		rc = load_one(path, &r);
		series_add(&s, cpu_ns() - from);
		if (rc == 0)
			kqt_report_free(r);
	}
	series_print(&s, "{");
	printf("}\n");
	return rc;
}

static int compare(char **file, int turns)
{
	static struct series s = {.name = "compare"};
	const char *const names[] = {file[0], file[1]};
	struct kqt_report *r[2] = {NULL, NULL};
	struct kqt_compare *c;
	int rc = load_one(file[0], &r[0]);

	if (rc == 0)
		rc = load_one(file[1], &r[1]);
	for (int t = 0; t < turns && rc == 0; t++) {
		double from = cpu_ns();

		rc = kqt_compare_new((const struct kqt_report *const *)r, names, 2, 0.05, &c);
		series_add(&s, cpu_ns() - from);
		if (rc == 0)
			kqt_compare_free(c);
	}
	series_print(&s, "{");
	printf("}\n");
	kqt_report_free(r[0]);
	kqt_report_free(r[1]);
	return rc;
}

static int make(char **arg)
{
	struct kqt_report *r = report_gen((unsigned)atoi(arg[0]), (unsigned)atoi(arg[1]), false,
	                                  strtoull(arg[2], NULL, 10));
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc = r ? kqt_report_save(r, arg[3], &why) : -ENOMEM;

	if (rc < 0)
		fprintf(stderr, "bench_micro: %s\n", text);
	kqt_report_free(r);
	return rc;
}

int main(int argc, char **argv)
{
	int rc;

	if (argc == 2 && atoi(argv[1]) > 0) {
		rc = parts(atoi(argv[1]));
	} else if (argc == 4 && strcmp(argv[1], "load") == 0) {
		rc = load(argv[2], atoi(argv[3]));
	} else if (argc == 5 && strcmp(argv[1], "compare") == 0) {
		rc = compare(argv + 2, atoi(argv[4]));
	} else if (argc == 6 && strcmp(argv[1], "make") == 0) {
		rc = make(argv + 2);
	} else {
		fprintf(stderr, "usage: bench_micro TURNS | load FILE TURNS | compare A B TURNS"
		                " | make ROUNDS VALUES SEED FILE\n");
		return 2;
	}
	return rc < 0 ? 1 : 0;
}
