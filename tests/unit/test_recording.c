/* SPDX-License-Identifier: MIT */
/* A recording gives back what was recorded, to the last count, and nothing but an
 * error when somebody has been at it. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/report/recording.h"

#define TALLIES 6
static struct kqt_tally *tally[TALLIES], *total, *epoch;
static struct kqt_snapshot snap;
static uint64_t bytes[KQT_STREAMS][256];
static char path[64], hlog[80], why_text[512];
static struct kqt_strbuf why;
static uint64_t seed;

static uint64_t random_below(uint64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % n;
}

static void fill_hist(struct kqt_hist *h, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		kqt_hist_record(h, random_below(1000) * (1 + random_below(5000)));
}

/* An interval of `ms` with something in every field. */
static void fill(struct kqt_tally *t, uint64_t start_ms, uint64_t ms)
{
	memset(t, 0, sizeof(*t));
	t->start_ns = 77000000000 + start_ms * 1000000;
	kqt_tally_end(t, t->start_ns + ms * 1000000);
	t->epoch = snap.epoch->epoch;
	for (int f = 0; f < KQT_FILTERS; f++) {
		t->filter[f] = (struct kqt_filter_tally){1, 2, 3, 4, 5, 6, 7, 8};
		t->filter[f].events = 10 + random_below(1000);
		fill_hist(&t->wait_filter[f], 50);
		if (f != KQT_FILTER_WRITE) /* one that stays empty */
			fill_hist(&t->notification[f], 200);
		fill_hist(&t->response[f], 200);
	}
	t->excluded = (struct kqt_excluded){1, 2, 3, 4};
	t->stale = 9;
	t->overflows = 1;
	t->stalls = 2;
	t->stall_max_ns = 123456789;
	t->raw_lost = 1;
	t->collections_done = 1;
	t->collections_short = 1;
	t->collection_last_ns = 340000001;
	t->bytes = 1024;
	for (int i = 0; i < KQT_EVENTS_PER_WAIT; i++)
		t->events_per_wait[i] = (uint64_t)i * 3;
	for (int s = 0; s < KQT_STREAMS; s++)
		for (int b = 0; b < 256; b++)
			t->byte_counts[s][b] = s == KQT_STREAM_LSB ? 0 : random_below(9);
	fill_hist(&t->wait_wake, 150);
	kqt_hist_record(&t->wait_wake, KQT_HIST_MAX_NS + 5); /* above the range, kept exactly */
	fill_hist(&t->wait_timeout, 3);
	t->timeouts = t->wait_timeout.count;
	t->waits = t->wait_wake.count + t->timeouts;
	for (int f = 0; f < KQT_FILTERS; f++)
		t->filter[f].wakes = t->wait_filter[f].count;
}

static int start(void **state)
{
	int fd;

	(void)state;
	for (int i = 0; i < TALLIES; i++)
		tally[i] = calloc(1, sizeof(*tally[i]));
	total = calloc(1, sizeof(*total));
	epoch = calloc(1, sizeof(*epoch));
	memset(&snap, 0, sizeof(snap));
	seed = 1;
	snprintf(path, sizeof(path), "/tmp/kqtop-recording-XXXXXX");
	fd = mkstemp(path);
	close(fd);
	unlink(path);
	snprintf(hlog, sizeof(hlog), "%s.hlog", path);
	epoch->epoch = 1;
	kqt_config_default(&snap.config);
	snap.total = total;
	snap.epoch = epoch;
	snap.bytes = (const uint64_t(*)[256])bytes;
	snap.backend = "epoll";
	snap.backend_label = "epoll+timerfd+inotify";
	snap.capabilities = 31;
	snap.registered[KQT_SOURCE_TIMER] = 8;
	snap.shortfall[KQT_SOURCE_FILE] = (struct kqt_shortfall){4, 1, "too many \"files\""};
	snap.elapsed_s = 0.5;
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (int i = 0; i < TALLIES; i++)
		free(tally[i]);
	free(total);
	free(epoch);
	unlink(path);
	unlink(hlog);
	return 0;
}

static struct kqt_recorder *recorder(enum kqt_lines_how how)
{
	struct kqt_recorder *r = NULL;
	int rc = kqt_recorder_open(path, how, &snap, &r, &why);

	if (rc < 0)
		print_message("%s\n", why_text);
	assert_int_equal(rc, 0);
	return r;
}

static void give(struct kqt_recorder *r, struct kqt_tally *t, uint64_t ms)
{
	snap.serial++;
	snap.elapsed_s += (double)ms / 1e3;
	snap.interval = t;
	snap.interval_ticks = 500;
	snap.interval_lost = 4;
	snap.stimulus.ticks += 500;
	snap.stimulus.due[KQT_FILTER_READ] += 2000;
	kqt_tally_merge(total, t);
	assert_int_equal(kqt_recorder_take(r, &snap, KQT_STREAM_SEED, &why), 0);
}

static struct kqt_recording *reading(void)
{
	struct kqt_recording *r = NULL;
	int rc = kqt_recording_open(path, &r, &why);

	if (rc < 0)
		print_message("%s\n", why_text);
	assert_int_equal(rc, 0);
	return r;
}

static const struct kqt_recorded *next(struct kqt_recording *r, enum kqt_recorded_type type)
{
	const struct kqt_recorded *rec = NULL;
	int rc = kqt_recording_next(r, &rec, &why);

	if (rc != 1)
		print_message("%d %s\n", rc, why_text);
	assert_int_equal(rc, 1);
	assert_int_equal(rec->type, type);
	return rec;
}

static void at_end(struct kqt_recording *r)
{
	const struct kqt_recorded *rec;

	assert_int_equal(kqt_recording_next(r, &rec, &why), 0);
	kqt_recording_close(r);
}

/* A second each, so that each becomes a line. */
static void record_seconds(int n)
{
	struct kqt_recorder *r = recorder(KQT_LINES_NEW);

	for (int i = 0; i < n; i++) {
		fill(tally[i], (uint64_t)i * 1000, 1000);
		give(r, tally[i], 1000);
	}
	assert_int_equal(kqt_recorder_close(r, &snap, &why), 0);
}

/* -- what was recorded ---------------------------------------------------- */

static void every_count_comes_back(void **state)
{
	const struct kqt_recorded *rec;
	struct kqt_recording *r;

	(void)state;
	snap.config.num_timers = 17;
	snap.config.dither = 1;
	record_seconds(3);
	r = reading();
	rec = next(r, KQT_RECORDED_HEAD);
	assert_string_equal(rec->head.version, KQT_VERSION);
	assert_true(rec->head.started_ms > 1700000000000);
	assert_int_equal(rec->run, 1);
	rec = next(r, KQT_RECORDED_CONFIG);
	assert_true(kqt_config_same(&rec->config.config, &snap.config));
	assert_int_equal(rec->config.epoch, 1);
	assert_string_equal(rec->config.backend_label, "epoll+timerfd+inotify");
	assert_int_equal(rec->config.registered[KQT_SOURCE_TIMER], 8);
	assert_string_equal(rec->config.shortfall[KQT_SOURCE_FILE].error, "too many \"files\"");
	for (int i = 0; i < 3; i++) {
		rec = next(r, KQT_RECORDED_INTERVAL);
		assert_memory_equal(rec->interval.tally, tally[i], sizeof(*tally[i]));
		assert_int_equal(rec->interval.ticks, 500);
		assert_int_equal(rec->interval.ticks_lost, 4);
		assert_int_equal(rec->interval.stimulus.due[KQT_FILTER_READ], 2000 * (i + 1));
		assert_true(rec->elapsed_s == 1.5 + i);
	}
	at_end(r);
}

static void short_refreshes_become_one_interval(void **state)
{
	struct kqt_recorder *r = recorder(KQT_LINES_NEW);
	struct kqt_tally *sum = calloc(1, sizeof(*sum));
	const struct kqt_recorded *rec;
	struct kqt_recording *in;

	(void)state;
	for (uint64_t i = 0; i < 5; i++) {
		fill(tally[i], i * 250, 250);
		give(r, tally[i], 250);
		/* taken once, however often it is given */
		assert_int_equal(kqt_recorder_take(r, &snap, KQT_STREAM_SEED, &why), 0);
	}
	assert_int_equal(kqt_recorder_close(r, &snap, &why), 0);
	in = reading();
	(void)next(in, KQT_RECORDED_HEAD);
	(void)next(in, KQT_RECORDED_CONFIG);
	for (int i = 0; i < 4; i++)
		kqt_tally_merge(sum, tally[i]);
	rec = next(in, KQT_RECORDED_INTERVAL);
	assert_memory_equal(rec->interval.tally, sum, sizeof(*sum));
	assert_int_equal(rec->interval.ticks, 2000);
	rec = next(in, KQT_RECORDED_INTERVAL); /* the last one, by close */
	assert_memory_equal(rec->interval.tally, tally[4], sizeof(*sum));
	at_end(in);
	free(sum);
}

static void change_ends_the_interval_and_is_told(void **state)
{
	struct kqt_recorder *r = recorder(KQT_LINES_NEW);
	const struct kqt_recorded *rec;
	struct kqt_recording *in;

	(void)state;
	fill(tally[0], 0, 250);
	give(r, tally[0], 250);
	fill(tally[1], 250, 250);
	epoch->epoch = 2;
	snap.config.num_timers = 16;
	give(r, tally[1], 250);
	fill(tally[2], 500, 250);
	give(r, tally[2], 250);
	assert_int_equal(kqt_recorder_close(r, &snap, &why), 0);
	in = reading();
	(void)next(in, KQT_RECORDED_HEAD);
	rec = next(in, KQT_RECORDED_CONFIG);
	assert_int_equal(rec->config.config.num_timers, 8);
	rec = next(in, KQT_RECORDED_INTERVAL);
	assert_int_equal(rec->interval.tally->epoch, 1);
	assert_int_equal(rec->interval.tally->waits, tally[0]->waits + tally[1]->waits);
	rec = next(in, KQT_RECORDED_CONFIG);
	assert_int_equal(rec->config.config.num_timers, 16);
	assert_int_equal(rec->config.epoch, 2);
	rec = next(in, KQT_RECORDED_INTERVAL);
	assert_int_equal(rec->interval.tally->epoch, 2);
	assert_int_equal(rec->interval.tally->waits, tally[2]->waits);
	at_end(in);
}

static void alarms_are_told_once(void **state)
{
	struct kqt_recorder *r = recorder(KQT_LINES_NEW);
	struct kqt_watch *watch = calloc(1, sizeof(*watch));
	const struct kqt_recorded *rec;
	struct kqt_recording *in;

	(void)state;
	snap.watch = watch;
	fill(tally[0], 0, 1000);
	give(r, tally[0], 1000);
	watch->health[KQT_HEALTH_APT][1] = (struct kqt_health){.alarms = 2, .symbol = 7};
	for (uint64_t i = 1; i < 3; i++) {
		fill(tally[i], i * 1000, 1000);
		give(r, tally[i], 1000);
	}
	assert_int_equal(kqt_recorder_close(r, &snap, &why), 0);
	in = reading();
	(void)next(in, KQT_RECORDED_HEAD);
	(void)next(in, KQT_RECORDED_CONFIG);
	(void)next(in, KQT_RECORDED_INTERVAL);
	(void)next(in, KQT_RECORDED_INTERVAL);
	rec = next(in, KQT_RECORDED_ALARM);
	assert_string_equal(rec->alarm.test, "apt");
	assert_int_equal(rec->alarm.alpha_exp, kqt_health_alpha_exp[1]);
	assert_int_equal(rec->alarm.alarms, 2);
	assert_int_equal(rec->alarm.symbol, 7);
	(void)next(in, KQT_RECORDED_INTERVAL);
	at_end(in);
	free(watch);
}

static void marks_stand_between_the_intervals(void **state)
{
	struct kqt_recorder *r = recorder(KQT_LINES_NEW);
	const struct kqt_recorded *rec;
	struct kqt_recording *in;

	(void)state;
	assert_int_equal(kqt_recorder_mark(r, &snap, 'r', "too early", &why), 0);
	fill(tally[0], 0, 1000);
	give(r, tally[0], 1000);
	assert_int_equal(kqt_recorder_mark(r, &snap, 'G', "load \"none\" -> cpu:1", &why), 0);
	fill(tally[1], 1000, 1000);
	give(r, tally[1], 1000);
	assert_int_equal(kqt_recorder_close(r, &snap, &why), 0);
	in = reading();
	(void)next(in, KQT_RECORDED_HEAD);
	(void)next(in, KQT_RECORDED_CONFIG);
	(void)next(in, KQT_RECORDED_INTERVAL);
	rec = next(in, KQT_RECORDED_MARK);
	assert_string_equal(rec->mark.key, "G");
	assert_string_equal(rec->mark.text, "load \"none\" -> cpu:1");
	assert_true(rec->elapsed_s == 1.5);
	(void)next(in, KQT_RECORDED_INTERVAL);
	at_end(in);
}

static void a_long_mark_is_cut_between_two_characters(void **state)
{
	struct kqt_recorder *r = recorder(KQT_LINES_NEW);
	struct kqt_recording *in;
	char text[160];

	(void)state;
	snprintf(text, sizeof(text), "%0126d\xc3\xa9 and more", 0); /* 127 bytes are kept at most */
	fill(tally[0], 0, 1000);
	give(r, tally[0], 1000);
	assert_int_equal(kqt_recorder_mark(r, &snap, 'G', text, &why), 0);
	assert_int_equal(kqt_recorder_close(r, &snap, &why), 0);
	in = reading();
	(void)next(in, KQT_RECORDED_HEAD);
	(void)next(in, KQT_RECORDED_CONFIG);
	(void)next(in, KQT_RECORDED_INTERVAL);
	text[126] = '\0';
	assert_string_equal(next(in, KQT_RECORDED_MARK)->mark.text, text);
	at_end(in);
}

static void interval_ends_at_a_mark(void **state)
{
	struct kqt_recorder *r = recorder(KQT_LINES_NEW);
	struct kqt_recording *in;
	uint64_t waits;

	(void)state;
	fill(tally[0], 0, 300);
	waits = tally[0]->waits;
	give(r, tally[0], 300);
	snap.pinned = true;
	snap.baseline_s = snap.elapsed_s + 0.125;
	assert_int_equal(kqt_recorder_mark(r, &snap, 'b', "baseline pinned", &why), 0);
	/* nothing came since: nothing is to be parted */
	assert_int_equal(kqt_recorder_mark(r, &snap, 'r', "reset", &why), 0);
	fill(tally[1], 300, 300);
	give(r, tally[1], 300);
	assert_int_equal(kqt_recorder_close(r, &snap, &why), 0);
	in = reading();
	(void)next(in, KQT_RECORDED_HEAD);
	(void)next(in, KQT_RECORDED_CONFIG);
	assert_int_equal(next(in, KQT_RECORDED_INTERVAL)->interval.tally->waits, waits);
	/* of the second of its label on the live screen */
	assert_true(next(in, KQT_RECORDED_MARK)->elapsed_s == snap.baseline_s);
	(void)next(in, KQT_RECORDED_MARK);
	(void)next(in, KQT_RECORDED_INTERVAL);
	at_end(in);
	snap.pinned = false;
}

static void going_on_is_another_run(void **state)
{
	struct kqt_recorder *r;
	const struct kqt_recorded *rec;
	struct kqt_recording *in;
	struct stat st;

	(void)state;
	record_seconds(2);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 100), 0); /* as a kill leaves it */
	snap.elapsed_s = 0;
	r = recorder(KQT_LINES_APPEND);
	fill(tally[2], 0, 1000);
	give(r, tally[2], 1000);
	assert_int_equal(kqt_recorder_close(r, &snap, &why), 0);
	in = reading();
	(void)next(in, KQT_RECORDED_HEAD);
	(void)next(in, KQT_RECORDED_CONFIG);
	(void)next(in, KQT_RECORDED_INTERVAL);
	rec = next(in, KQT_RECORDED_HEAD);
	assert_int_equal(rec->run, 2);
	(void)next(in, KQT_RECORDED_CONFIG);
	rec = next(in, KQT_RECORDED_INTERVAL);
	assert_memory_equal(rec->interval.tally, tally[2], sizeof(*tally[2]));
	at_end(in);
}

/* -- files that are there, or full ---------------------------------------- */

/* Its sum is as small as it can be, and as large. */
static void an_interval_of_one_wait_comes_back(void **state)
{
	struct kqt_recorder *r = recorder(KQT_LINES_NEW);
	struct kqt_recording *in;

	(void)state;
	tally[0]->start_ns = 77000000000;
	kqt_tally_end(tally[0], 78000000000);
	tally[0]->epoch = 1;
	tally[0]->waits = tally[0]->timeouts = 1;
	kqt_hist_record(&tally[0]->wait_timeout, 1234567);
	give(r, tally[0], 1000);
	assert_int_equal(kqt_recorder_close(r, &snap, &why), 0);
	in = reading();
	(void)next(in, KQT_RECORDED_HEAD);
	(void)next(in, KQT_RECORDED_CONFIG);
	assert_memory_equal(next(in, KQT_RECORDED_INTERVAL)->interval.tally, tally[0],
	                    sizeof(*tally[0]));
	at_end(in);
}

static void runs_of_a_file_say_when_they_were_and_what_is_in_them(void **state)
{
	struct kqt_recording_run *runs;
	struct kqt_recorder *r;
	struct kqt_recording *in;
	size_t n;

	(void)state;
	record_seconds(3); /* from 0.5 s on */
	snap.elapsed_s = 0.25;
	r = recorder(KQT_LINES_APPEND);
	fill(tally[3], 0, 2000);
	give(r, tally[3], 2000);
	assert_int_equal(kqt_recorder_close(r, &snap, &why), 0);
	in = reading();
	assert_int_equal(kqt_recording_runs(in, &runs, &n, &why), 0);
	assert_int_equal(n, 2);
	assert_true(runs[0].offset == 0 && runs[0].line == 1);
	assert_true(runs[0].begin_s == 0.5 && runs[0].end_s == 3.5);
	assert_true(runs[0].intervals == 3 && runs[0].changes == 0);
	assert_int_equal(runs[1].line, 6); /* after a head, a configuration, three intervals */
	assert_true(runs[1].begin_s == 0.25 && runs[1].end_s == 2.25);
	assert_true(runs[1].intervals == 1 && runs[1].changes == 0);
	assert_int_equal(kqt_recording_go(in, &runs[1], 2, &why), 0);
	assert_int_equal(next(in, KQT_RECORDED_HEAD)->run, 2);
	(void)next(in, KQT_RECORDED_CONFIG);
	assert_memory_equal(next(in, KQT_RECORDED_INTERVAL)->interval.tally, tally[3],
	                    sizeof(*tally[3]));
	free(runs);
	at_end(in);
}

static void what_exists_is_not_touched(void **state)
{
	struct kqt_recorder *r;
	struct stat st;

	(void)state;
	fclose(fopen(hlog, "w"));
	assert_int_equal(kqt_recorder_open(path, KQT_LINES_NEW, &snap, &r, &why), -EEXIST);
	assert_non_null(strstr(why_text, ".hlog': file exists"));
	assert_int_equal(stat(path, &st), -1); /* what was created first is gone again */
	fclose(fopen(path, "w"));
	assert_int_equal(kqt_recorder_open(path, KQT_LINES_NEW, &snap, &r, &why), -EEXIST);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
}

/* The log is made, and its header does not fit on the disk any more. */
static void what_was_created_is_gone_when_it_cannot_be_begun(void **state)
{
	struct rlimit old, none;
	struct kqt_recorder *r = NULL;
	int rc;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = old.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	rc = kqt_recorder_open(path, KQT_LINES_NEW, &snap, &r, &why);
	(void)setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(rc, -EFBIG);
	assert_null(r);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_not_equal(access(hlog, F_OK), 0);
}

/* Somebody has put a FIFO where the raw samples are to go on. */
static void raw_that_nobody_reads_is_refused_and_not_waited_for(void **state)
{
	struct kqt_recorder *r = recorder(KQT_LINES_NEW);
	char raw[80];

	(void)state;
	snprintf(raw, sizeof(raw), "%s.raw", path);
	assert_int_equal(mkfifo(raw, 0600), 0);
	assert_int_equal(kqt_recorder_raw(r, KQT_LINES_APPEND, &why), -ENXIO);
	unlink(raw);
	assert_non_null(strstr(why_text, ".raw'"));
	kqt_recorder_close(r, NULL, NULL);
}

static void other_files_are_not_added_to(void **state)
{
	struct kqt_recorder *r;
	struct stat st;
	FILE *f = fopen(path, "w");

	(void)state;
	fputs("{\"type\":\"other\"}\nno newline", f);
	fclose(f);
	assert_int_equal(kqt_recorder_open(path, KQT_LINES_APPEND, &snap, &r, &why), -KQT_E_SYNTAX);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 27);
	assert_int_equal(stat(hlog, &st), -1);
}

static void second_recorder_is_refused(void **state)
{
	struct kqt_recorder *r = recorder(KQT_LINES_NEW), *second;

	(void)state;
	assert_int_equal(kqt_recorder_open(path, KQT_LINES_APPEND, &snap, &second, &why),
	                 -EWOULDBLOCK);
	assert_non_null(strstr(why_text, "another kqtop"));
	kqt_recorder_close(r, NULL, NULL);
}

/* -- hostile input -------------------------------------------------------- */

static char *slurp(const char *file, size_t *n)
{
	FILE *f = fopen(file, "r");
	char *text = malloc(1 << 22);

	*n = fread(text, 1, 1 << 22, f);
	fclose(f);
	return text;
}

/* Read all of two texts. @return what ended it */
static int read_all(char *a, size_t na, char *b, size_t nb)
{
	const struct kqt_recorded *rec;
	struct kqt_recording *r;
	int rc;

	why = kqt_strbuf_init(why_text, sizeof(why_text));
	rc = kqt_recording_from(fmemopen(a, na, "r"), fmemopen(b, nb, "r"), "x\033.jsonl", &r,
	                        &why);
	if (rc < 0)
		return rc;
	while ((rc = kqt_recording_next(r, &rec, &why)) == 1)
		;
	kqt_recording_close(r);
	return rc;
}

/* Four of them are more than a source's error is ever long. */
#define LONG "0123456789012345678901234567890123456789"

static void replaced_text_is_an_error_with_its_line(void **state)
{
	static const struct {
		const char *was, *is;
	} cases[] = {
	    {"\"format\":1", "\"format\":2"},
	    {"\"type\":\"recording\"", "\"type\":\"RECORDING\""},
	    {"\"waits\":1", "\"waits\":-1"},
	    {"\"waits\":1", "\"waits\":1e"},
	    {"\"waits\":1", "\"waits\":2"},
	    {"\"timeouts\":3", "\"timeouts\":4"},
	    {"\"wakes\":50", "\"wakes\":51"},
	    {"\"gap\":8", "\"gap\":999999999999999999"},
	    {"\"eintr\":1", "\"eintr\":281474976710657"},
	    {"\"stale\":9", "\"stale\":281474976710657"},
	    {"\"events_per_wait\":[0,", "\"events_per_wait\":[281474976710657,"},
	    {"\"start_ns\":7", "\"start_ns\":9"},
	    {"\"error\":\"too", "\"error\":\"" LONG LONG LONG LONG},
	    {"\"elapsed_s\":1.5", "\"elapsed_s\":NaN"},
	    {"\"elapsed_s\":1.5", "\"elapsed_s\":1e300"},
	    {"\"hlog\":[", "\"hlog\":[9"},
	    {"\"hlog\":[", "\"hlog\":[7,"},
	    {"\"wait.wake\":[1", "\"wait.wake\":[2"},
	    {"\"wait.timeout\":[3,", "\"wait.timeout\":[3,9"},
	    {"\"num_timers\":8", "\"num_timers\":5000"},
	    {"\"excluded\":{", "\"excluded\":[{"},
	    {"\"stale\":9", "\"waits\":9"},
	    {"\"type\":\"config\"", "\"type\":\"interval\""},
	};

	(void)state;
	record_seconds(2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t na, nb, was = strlen(cases[i].was), is = strlen(cases[i].is);
		char *a = slurp(path, &na), *b = slurp(hlog, &nb), *at;

		a[na] = '\0';
		at = strstr(a, cases[i].was);
		assert_non_null(at);
		memmove(at + is, at + was, na - (size_t)(at - a) - was + 1);
		memcpy(at, cases[i].is, is);
		if (read_all(a, na - was + is, b, nb) >= 0)
			fail_msg("%s is taken", cases[i].is);
		assert_ptr_equal(strstr(why_text, "'x?.jsonl', line "), why_text);
		free(a);
		free(b);
	}
}

static void cut_anywhere_is_an_end_or_an_error(void **state)
{
	size_t na, nb, cut = 0;
	char *a, *b;

	(void)state;
	record_seconds(2);
	a = slurp(path, &na);
	b = slurp(hlog, &nb);
	assert_int_equal(read_all(a, na, b, nb), 0);
	for (size_t n = 1; n < na; n += 97) /* FILE alone: its whole lines are read */
		if (read_all(a, n, b, nb) < 0)
			cut++;
	assert_true(cut <= 300 / 97 + 1); /* only without a whole first line */
	for (size_t n = 1; n < nb; n += 997)
		assert_true(read_all(a, na, b, n) < 0);
	free(a);
	free(b);
}

static void changed_bytes_never_read_as_more(void **state)
{
	size_t na, nb;
	char *a, *b;

	(void)state;
	record_seconds(1);
	a = slurp(path, &na);
	b = slurp(hlog, &nb);
	for (int i = 0; i < 2000; i++) {
		size_t at = random_below(i % 2 ? na : nb);
		char *in = i % 2 ? a : b, was = in[at];

		in[at] = (char)(was ^ (1 << random_below(8)));
		(void)read_all(a, na, b, nb); /* the sanitizers judge */
		in[at] = was;
	}
	free(a);
	free(b);
}

static void a_place_that_no_file_has_is_an_error_whatever_errno_was(void **state)
{
	struct kqt_recording_run nowhere = {.offset = UINT64_MAX, .line = 7};
	struct kqt_recording *r;

	(void)state;
	record_seconds(2);
	r = reading();
	errno = 0;
	assert_int_equal(kqt_recording_go(r, &nowhere, 1, &why), -EOVERFLOW);
	assert_non_null(strstr(why_text, "from line 7 on"));
	kqt_recording_close(r);
}

static void missing_companion_is_named(void **state)
{
	struct kqt_recording *r;

	(void)state;
	record_seconds(1);
	unlink(hlog);
	assert_int_equal(kqt_recording_open(path, &r, &why), -ENOENT);
	assert_non_null(strstr(why_text, ".hlog'"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	const struct CMUnitTest tests[] = {
	    TEST(every_count_comes_back),
	    TEST(short_refreshes_become_one_interval),
	    TEST(change_ends_the_interval_and_is_told),
	    TEST(alarms_are_told_once),
	    TEST(marks_stand_between_the_intervals),
	    TEST(a_long_mark_is_cut_between_two_characters),
	    TEST(interval_ends_at_a_mark),
	    TEST(going_on_is_another_run),
	    TEST(an_interval_of_one_wait_comes_back),
	    TEST(runs_of_a_file_say_when_they_were_and_what_is_in_them),
	    TEST(what_exists_is_not_touched),
	    TEST(what_was_created_is_gone_when_it_cannot_be_begun),
	    TEST(raw_that_nobody_reads_is_refused_and_not_waited_for),
	    TEST(other_files_are_not_added_to),
	    TEST(second_recorder_is_refused),
	    TEST(replaced_text_is_an_error_with_its_line),
	    TEST(cut_anywhere_is_an_end_or_an_error),
	    TEST(changed_bytes_never_read_as_more),
	    TEST(a_place_that_no_file_has_is_an_error_whatever_errno_was),
	    TEST(missing_companion_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
