/* SPDX-License-Identifier: MIT */
/* Both renderings of a snapshot made by hand, byte for byte; which one an Accept header
 * asks for; addresses; the door between main and the server.
 *
 * tests/data/metrics_{classic,open}.txt are what is expected, @VERSION@ in place of the
 * version. KQT_UPDATE=1 writes them anew: then read the difference. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/clock/thread.h"
#include "engine/metrics/families.h"
#include "engine/metrics/listen.h"
#include "engine/metrics/metrics.h"
#include "engine/metrics/pages.h"
#include "engine/metrics/textfile.h"

static struct kqt_tally total, interval;
static uint64_t bytes[KQT_STREAMS][256];
static struct kqt_watch watch;
static struct kqt_snapshot snap;
static struct kqt_metrics facts;
static char text[KQT_METRICS_ROOM], other[KQT_METRICS_ROOM];

/* Some of everything: a filter with latencies, one with none, one without stamps; a
 * stream that is uniform, one of one byte, one with a single byte, one with nothing. */
static int setup(void **state)
{
	(void)state;
	memset(&total, 0, sizeof(total));
	memset(&interval, 0, sizeof(interval));
	memset(bytes, 0, sizeof(bytes));
	memset(&watch, 0, sizeof(watch));
	memset(&snap, 0, sizeof(snap));

	total.waits = 7;
	total.timeouts = 2;
	total.epoch = 3;
	total.bytes = 1024;
	total.collections_done = 1;
	total.excluded.control = 5;
	total.excluded.gap = 1;
	total.stalls = 4;
	total.filter[KQT_FILTER_TIMER] = (struct kqt_filter_tally){
	    .events = 10, .wakes = 3, .triggers = 12, .merged = 2, .missed = 1};
	total.filter[KQT_FILTER_WRITE] = (struct kqt_filter_tally){.events = 9, .wakes = 9};
	for (unsigned i = 0; i < 5; i++)
		kqt_hist_record(&total.wait_wake, 63 + i); /* 63 .. 67: about the first bound */
	kqt_hist_record(&total.wait_timeout, 1000000);
	kqt_hist_record(&total.wait_timeout, UINT64_C(2000000000)); /* above the last bound */
	kqt_hist_record(&total.notification[KQT_FILTER_TIMER], 98303);
	kqt_hist_record(&total.notification[KQT_FILTER_TIMER], 98304);
	kqt_hist_record(&total.response[KQT_FILTER_TIMER], KQT_HIST_MAX_NS + 1);

	for (int b = 0; b < 256; b++)
		bytes[KQT_STREAM_SEED][b] = 4;
	bytes[KQT_STREAM_LOW8][7] = 10;
	bytes[KQT_STREAM_NOTIFICATION][0] = 1;

	snap.serial = 1;
	snap.elapsed_s = 1.5;
	snap.interval = snap.epoch = &interval;
	snap.total = &total;
	snap.window[0] = snap.window[1] = &interval;
	snap.bytes = (const uint64_t(*)[256])bytes;
	kqt_config_default(&snap.config);
	snap.config.write = KQT_WRITE_LEVEL;
	snap.config.cpu_collector = 1;
	strcpy(snap.config.watch_dir, "/tmp/a \"b\"\\c");
	snap.backend = "epoll";
	snap.backend_label = "epoll+timerfd+inotify";
	snap.capabilities = KQT_CAP_TIMER_DUE;
	snap.registered[KQT_SOURCE_TIMER] = 8;
	snap.registered[KQT_SOURCE_SOCKET] = 4;
	snap.shortfall[KQT_SOURCE_FILE] = (struct kqt_shortfall){.wanted = 4, .got = 1};
	snap.stimulus.ticks = 200;
	snap.stimulus.lost = 3;
	snap.saturated = true;
	snap.running = true;

	facts = (struct kqt_metrics){.clock_granularity_ns = 20,
	                             .start_unix_ns = UINT64_C(1700000000123456789),
	                             .cpu_ns = UINT64_C(1234567890),
	                             .resident_bytes = 4096};
	return 0;
}

static const char *render(enum kqt_metrics_format f)
{
	struct kqt_strbuf out = kqt_strbuf_init(text, sizeof(text));

	assert_int_equal(kqt_metrics_render(&facts, &snap, f, &out), 0);
	return text;
}

static bool has(const char *in, const char *line)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	return strstr(in, whole) != NULL;
}

/* -- the texts ------------------------------------------------------------------- */

static void update(const char *path, const char *is)
{
	const char *at = strstr(is, KQT_VERSION);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_non_null(at);
	fprintf(f, "%.*s@VERSION@%s", (int)(at - is), is, at + strlen(KQT_VERSION));
	fclose(f);
}

static void compare(const char *path, const char *is)
{
	char line[1024], want[1100];
	FILE *f;

	if (getenv("KQT_UPDATE"))
		update(path, is);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *at = strstr(line, "@VERSION@");

		if (at)
			snprintf(want, sizeof(want), "%.*s%s%s", (int)(at - line), line,
			         KQT_VERSION, at + strlen("@VERSION@"));
		else
			snprintf(want, sizeof(want), "%s", line);
		if (strncmp(is, want, strlen(want)) != 0)
			fail_msg("expected %.200s     found %.200s", want, is);
		is += strlen(want);
	}
	fclose(f);
	assert_string_equal(is, "");
}

static void classic_text_is_as_written_down(void **state)
{
	(void)state;
	compare("tests/data/metrics_classic.txt", render(KQT_METRICS_CLASSIC));
}

static void openmetrics_text_is_as_written_down(void **state)
{
	(void)state;
	compare("tests/data/metrics_open.txt", render(KQT_METRICS_OPEN));
}

static void rendering_twice_gives_the_same_bytes(void **state)
{
	(void)state;
	strcpy(other, render(KQT_METRICS_OPEN));
	assert_string_equal(other, render(KQT_METRICS_OPEN));
}

/* What the text may not be is silently short. */
static void text_that_does_not_fit_is_an_error(void **state)
{
	size_t whole = strlen(render(KQT_METRICS_OPEN));
	struct kqt_strbuf out = kqt_strbuf_init(text, whole + 1);

	(void)state;
	assert_int_equal(kqt_metrics_render(&facts, &snap, KQT_METRICS_OPEN, &out), 0);
	for (size_t size = 1; size <= whole; size += 97) {
		out = kqt_strbuf_init(text, size);
		assert_int_equal(kqt_metrics_render(&facts, &snap, KQT_METRICS_OPEN, &out),
		                 -ENOBUFS);
		assert_true(strlen(text) < size);
	}
}

static void longest_texts_fit(void **state)
{
	(void)state;
	memset(snap.config.watch_dir, '"', sizeof(snap.config.watch_dir) - 1);
	memset(snap.config.backend, '\\', sizeof(snap.config.backend) - 1);
	memset(snap.config.preset, '\n', sizeof(snap.config.preset) - 1);
	memset(&total, 0xff, sizeof(total)); /* the longest numbers */
	facts.cpu_ns = facts.resident_bytes = UINT64_MAX;
	for (int f = 0; f < KQT_METRICS_FORMATS; f++) {
		struct kqt_strbuf out = kqt_strbuf_init(text, sizeof(text));

		total.wait_wake.min_ns = total.wait_timeout.min_ns = 0;
		assert_int_equal(
		    kqt_metrics_render(&facts, &snap, (enum kqt_metrics_format)f, &out), 0);
	}
}

static void no_figures_yet_is_an_error(void **state)
{
	struct kqt_strbuf out = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	snap.total = NULL;
	assert_int_equal(kqt_metrics_render(&facts, &snap, KQT_METRICS_OPEN, &out), -KQT_E_TOO_FEW);
}

/* -- what is unknown -------------------------------------------------------------- */

static void unknown_is_absent_and_never_0(void **state)
{
	(void)state;
	facts = (struct kqt_metrics){0};
	render(KQT_METRICS_CLASSIC);
	assert_null(strstr(text, "kqtop_clock_granularity"));
	assert_null(strstr(text, "resident_memory"));
	assert_null(strstr(text, "start_time"));
	/* nobody watches */
	assert_null(strstr(text, "kqtop_lost_samples"));
	assert_null(strstr(text, "health_alarms"));
	assert_null(strstr(text, "kqtop_entropy_assessed"));
	/* level-triggered: no stamps */
	assert_null(strstr(text, "kqtop_notification_seconds_count{filter=\"write\"}"));
	assert_null(strstr(text, "kqtop_missed_total{filter=\"write\"}"));
	assert_true(has(text, "kqtop_events_total{filter=\"write\"} 9"));
	/* of nothing, of one byte: no figure */
	assert_true(has(text, "kqtop_entropy_window_bytes{stream=\"lsb\"} 0"));
	assert_null(strstr(text, "kqtop_entropy_shannon{stream=\"lsb\"}"));
	assert_null(strstr(text, "kqtop_entropy_mcv{stream=\"notification\"}"));
}

/* A scraper takes a counter that went and came back for one that was set back. */
static void counter_once_told_stays_in_every_configuration(void **state)
{
	(void)state;
	snap.config.write = KQT_WRITE_DRIVEN;
	total.filter[KQT_FILTER_WRITE].missed = 6;
	kqt_hist_record(&total.notification[KQT_FILTER_WRITE], 500);
	snap.watch = &watch;
	watch.stream = KQT_STREAM_LOW8;
	watch.health[KQT_HEALTH_RCT][0].alarms = 2;
	kqt_metrics_note(&facts, &snap);
	snap.config.write = KQT_WRITE_LEVEL;
	watch.stream = KQT_STREAM_LSB;
	watch.health[KQT_HEALTH_RCT][0].alarms = 0;
	kqt_metrics_note(&facts, &snap);
	render(KQT_METRICS_CLASSIC);
	assert_true(has(text, "kqtop_missed_total{filter=\"write\"} 6"));
	assert_true(has(text, "kqtop_merged_total{filter=\"write\"} 0"));
	assert_true(has(text, "kqtop_notification_seconds_count{filter=\"write\"} 1"));
	assert_true(has(text, "kqtop_response_seconds_count{filter=\"write\"} 0"));
	assert_true(has(text, "kqtop_entropy_health_alarms_total{stream=\"low8\",test=\"rct\","
	                      "alpha=\"2^-20\"} 2"));
	assert_true(has(text, "kqtop_entropy_health_alarms_total{stream=\"lsb\",test=\"rct\","
	                      "alpha=\"2^-20\"} 0"));
	snap.watch = NULL;
	kqt_metrics_note(&facts, &snap);
	render(KQT_METRICS_CLASSIC);
	assert_non_null(strstr(text, "kqtop_lost_samples_total "));
	assert_non_null(strstr(text, "kqtop_entropy_health_alarms_total{stream=\"low8\""));
}

static void timers_that_nobody_knows_the_due_of_have_no_latency(void **state)
{
	(void)state;
	snap.capabilities = 0;
	render(KQT_METRICS_CLASSIC);
	assert_null(strstr(text, "kqtop_notification_seconds_count{filter=\"timer\"}"));
	assert_true(has(text, "kqtop_notification_seconds_count{filter=\"read\"} 0"));
}

static void watched_stream_is_told(void **state)
{
	(void)state;
	watch.epoch = 3;
	watch.stream = KQT_STREAM_LOW8;
	watch.health[KQT_HEALTH_APT][1].alarms = 2;
	total.raw_lost = 11;
	snap.watch = &watch;
	kqt_metrics_note(&facts, &snap);
	render(KQT_METRICS_CLASSIC);
	assert_true(has(text, "kqtop_lost_samples_total 11"));
	assert_true(has(text, "kqtop_entropy_health_alarms_total{stream=\"low8\",test=\"apt\","
	                      "alpha=\"2^-30\"} 2"));
	assert_true(has(text, "kqtop_entropy_health_alarms_total{stream=\"low8\",test=\"rct\","
	                      "alpha=\"2^-20\"} 0"));
	assert_null(strstr(text, "kqtop_entropy_assessed"));

	watch.have = true;
	watch.assessment.assessed = 2.25;
	watch.assessment.samples = 100000;
	watch.assessed_epoch = 3;
	render(KQT_METRICS_CLASSIC);
	assert_true(has(text, "kqtop_entropy_assessed{stream=\"low8\"} 2.25"));
	assert_true(has(text, "kqtop_entropy_assessed_bytes{stream=\"low8\"} 100000"));

	watch.assessed_epoch = 2; /* of a configuration that is no more */
	assert_null(strstr(render(KQT_METRICS_CLASSIC), "kqtop_entropy_assessed"));
}

/* -- counters that a snapshot has since its epoch only ---------------------------- */

static uint64_t alarms_after(uint64_t epoch, enum kqt_stream stream, uint64_t count)
{
	watch.epoch = epoch;
	watch.stream = stream;
	watch.health[KQT_HEALTH_RCT][0].alarms = count;
	snap.watch = &watch;
	kqt_metrics_note(&facts, &snap);
	return facts.alarms[stream][KQT_HEALTH_RCT][0];
}

static void alarms_go_on_over_epochs_and_streams(void **state)
{
	(void)state;
	assert_int_equal(alarms_after(1, KQT_STREAM_SEED, 3), 3);
	assert_int_equal(alarms_after(1, KQT_STREAM_SEED, 3), 3);
	assert_int_equal(alarms_after(1, KQT_STREAM_SEED, 5), 5);
	assert_int_equal(alarms_after(2, KQT_STREAM_SEED, 1), 6);
	assert_int_equal(alarms_after(2, KQT_STREAM_LOW8, 4), 4);
	assert_int_equal(alarms_after(2, KQT_STREAM_SEED, 2), 8);
	assert_int_equal(alarms_after(2, KQT_STREAM_SEED, 1), 9); /* chosen again */
	snap.watch = NULL;
	kqt_metrics_note(&facts, &snap);
	assert_int_equal(alarms_after(3, KQT_STREAM_SEED, 0), 9);
}

/* -- histograms ------------------------------------------------------------------- */

static void bounds_are_powers_of_two_and_their_halves_between(void **state)
{
	(void)state;
	assert_int_equal(kqt_metrics_bound_ns(0), 64);
	assert_int_equal(kqt_metrics_bound_ns(1), 96);
	assert_int_equal(kqt_metrics_bound_ns(2), 128);
	assert_int_equal(kqt_metrics_bound_ns(KQT_METRICS_BOUNDS - 1), 1 << 30);
	for (unsigned i = 0; i < KQT_METRICS_BOUNDS; i++) /* each is an edge of the fine ones */
		assert_int_equal(kqt_hist_lowest_of(kqt_hist_index(kqt_metrics_bound_ns(i))),
		                 kqt_metrics_bound_ns(i));
}

/* Against counting one by one, at and about every bound. */
static void buckets_are_exact(void **state)
{
	static struct kqt_hist h;
	const struct kqt_hist *parts[] = {&h};
	struct kqt_strbuf out = kqt_strbuf_init(text, sizeof(text));
	struct kqt_family_writer w = {.out = &out, .name = "x"};
	uint64_t below = 0;
	char line[80];

	(void)state;
	kqt_hist_reset(&h);
	for (unsigned i = 0; i < KQT_METRICS_BOUNDS; i++)
		for (int d = -1; d <= 1; d++)
			kqt_hist_record(&h, kqt_metrics_bound_ns(i) + (uint64_t)(int64_t)d);
	kqt_sample_hist(&w, NULL, parts, 1);
	strcpy(other, "\n");
	strcat(other, text);
	for (unsigned i = 0; i < KQT_METRICS_BOUNDS; i++) {
		below += i ? 3 : 1; /* a bound's own value and the one above are not below it */
		snprintf(line, sizeof(line), "x_bucket{le=\"%.10g\"} %llu",
		         (double)kqt_metrics_bound_ns(i) / 1e9, (unsigned long long)below);
		assert_true(has(other, line));
	}
}

/* -- syntax ----------------------------------------------------------------------- */

static void label_values_are_escaped(void **state)
{
	struct kqt_labels l = {.len = 0};

	(void)state;
	kqt_label(&l, "a", "x\\y\"z\nw");
	kqt_label(&l, "b", "");
	assert_string_equal(l.text, "a=\"x\\\\y\\\"z\\nw\",b=\"\"");
}

static void label_without_room_is_cut_and_still_one(void **state)
{
	static char value[2 * KQT_LABELS_SIZE];
	struct kqt_labels l = {.len = 0};

	(void)state;
	memset(value, '"', sizeof(value) - 1);
	kqt_label(&l, "a", value);
	kqt_label(&l, "b", "c");
	assert_true(l.len < sizeof(l.text));
	assert_int_equal(strlen(l.text), l.len);
	assert_string_equal(l.text + l.len - 3, "\\\"\"");
}

static void help_is_escaped_by_the_rules_of_each_format(void **state)
{
	struct kqt_strbuf out = kqt_strbuf_init(text, sizeof(text));
	struct kqt_family_writer w = {.out = &out, .format = KQT_METRICS_CLASSIC};

	(void)state;
	kqt_family(&w, KQT_FAMILY_COUNTER, "x", NULL, "a\\b\n\"c\"");
	assert_string_equal(text, "# HELP x_total a\\\\b\\n\"c\"\n# TYPE x_total counter\n");
	out = kqt_strbuf_init(text, sizeof(text));
	w.format = KQT_METRICS_OPEN;
	kqt_family(&w, KQT_FAMILY_COUNTER, "x_seconds", "seconds", "a\\b\n\"c\"");
	assert_string_equal(text, "# TYPE x_seconds counter\n# UNIT x_seconds seconds\n"
	                          "# HELP x_seconds a\\\\b\\n\\\"c\\\"\n");
}

/* -- Accept ----------------------------------------------------------------------- */

static void accept_chooses_the_format(void **state)
{
	static const struct {
		const char *accept;
		enum kqt_metrics_format f;
	} all[] = {
	    {NULL, KQT_METRICS_CLASSIC},
	    {"", KQT_METRICS_CLASSIC},
	    {"*/*", KQT_METRICS_CLASSIC},
	    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	     KQT_METRICS_CLASSIC},
	    {"text/plain", KQT_METRICS_CLASSIC},
	    {"application/openmetrics-text", KQT_METRICS_OPEN},
	    {"Application/OpenMetrics-Text ; Version=1.0.0", KQT_METRICS_OPEN},
	    {"application/openmetrics-text; version=\"1.0.0\"", KQT_METRICS_OPEN},
	    /* Prometheus 2.42 */
	    {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
	     "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
	     KQT_METRICS_OPEN},
	    /* Prometheus 2.0 */
	    {"text/plain;version=0.0.4;q=1,*/*;q=0.1", KQT_METRICS_CLASSIC},
	    {"application/openmetrics-text;version=0.0.1", KQT_METRICS_CLASSIC},
	    {"application/openmetrics-text;q=0.5, text/plain;q=0.501", KQT_METRICS_CLASSIC},
	    {"application/openmetrics-text;q=0.501, text/plain;q=0.5", KQT_METRICS_OPEN},
	    {"application/openmetrics-text;q=0", KQT_METRICS_CLASSIC},
	    {"application/openmetrics-text;q=0.000, */*;q=0", KQT_METRICS_CLASSIC},
	    {"application/openmetrics-textual", KQT_METRICS_CLASSIC},
	    {"application/openmetrics-text;q=x", KQT_METRICS_CLASSIC},
	    {";;;,,,===;q=,;q;,application/openmetrics-text;;", KQT_METRICS_OPEN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (kqt_metrics_accept(all[i].accept) != all[i].f)
			fail_msg("%s", all[i].accept ? all[i].accept : "no header");
}

/* -- addresses -------------------------------------------------------------------- */

static void addresses_that_are_none_are_refused(void **state)
{
	static const char *const all[] = {
	    "",
	    ":",
	    "9464",
	    ":9464",
	    "127.0.0.1",
	    "127.0.0.1:",
	    "127.0.0.1:x",
	    "127.0.0.1:-1",
	    "127.0.0.1:65536",
	    "127.0.0.1:+1",
	    "::1:9464",
	    "[::1]",
	    "[::1",
	    "[]:1",
	    "[127.0.0.1]:1",
	    "example.org:80",
	    "1.2.3:80",
	    "127.0.0.1 :80",
	    "[::1]:80:90",
	    "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:1"};
	char sentence[256];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct kqt_strbuf why = kqt_strbuf_init(sentence, sizeof(sentence));

		if (kqt_listen_check(all[i], &why) != -KQT_E_SYNTAX)
			fail_msg("taken: %s", all[i]);
		assert_non_null(strstr(sentence, "is not ADDRESS:PORT"));
	}
}

static void what_is_refused_is_said_without_its_control_characters(void **state)
{
	char sentence[256];
	struct kqt_strbuf why = kqt_strbuf_init(sentence, sizeof(sentence));

	(void)state;
	assert_int_equal(kqt_listen_check("a\033[2J\177", &why), -KQT_E_SYNTAX);
	assert_non_null(strstr(sentence, "'a\\x1b[2J\\x7f'"));
}

static void port_0_takes_a_free_one_and_says_which(void **state)
{
	char sentence[256];
	struct kqt_strbuf why = kqt_strbuf_init(sentence, sizeof(sentence));
	struct kqt_listener a, b;

	(void)state;
	assert_int_equal(kqt_listen_open("localhost:0", &a, &why), 0);
	assert_true(a.loopback);
	assert_int_equal(strncmp(a.address, "127.0.0.1:", 10), 0);
	assert_int_not_equal(atoi(a.address + 10), 0);
	assert_int_equal(kqt_listen_open(a.address, &b, &why), -EADDRINUSE);
	assert_non_null(strstr(sentence, a.address));
	assert_non_null(strstr(sentence, "address already in use"));
	assert_int_equal(b.fd, -1);
	kqt_listen_close(&a);
	kqt_listen_close(&a);
	assert_int_equal(kqt_listen_open("0.0.0.0:0", &a, &why), 0);
	assert_false(a.loopback);
	kqt_listen_close(&a);
}

/* -- the door --------------------------------------------------------------------- */

#define PUBLICATIONS 20000

static struct kqt_door door;
static _Atomic bool over;

/* A set is whole: what main wrote into its fields belongs together. */
static void *take_sets(void *arg)
{
	uint64_t *taken = arg, last = 0;

	kqt_role_enter(&on_http);
	while (!atomic_load(&over)) {
		const struct kqt_pages *p = kqt_door_take(&door);

		if (p->at_ns < last || p->period_ns != p->at_ns ||
		    p->metrics_len[0] != (size_t)p->at_ns)
			return "torn, or older than the one before";
		*taken += p->at_ns > last;
		last = p->at_ns;
	}
	return kqt_door_take(&door)->at_ns == PUBLICATIONS ? NULL : "the last one was lost";
}

static void door_gives_whole_sets_and_the_newest_at_last(void **state)
{
	pthread_t thread;
	uint64_t taken = 0;
	void *wrong;

	(void)state;
	assert_int_equal(kqt_door_init(&door), 0);
	kqt_role_enter(&on_main);
	atomic_store(&over, false);
	assert_int_equal(pthread_create(&thread, NULL, take_sets, &taken), 0);
	for (uint64_t i = 1; i <= PUBLICATIONS; i++) {
		struct kqt_pages *p = kqt_door_back(&door);

		p->at_ns = p->period_ns = i;
		p->metrics_len[0] = (size_t)i;
		kqt_door_publish(&door);
	}
	atomic_store(&over, true);
	pthread_join(thread, &wrong);
	kqt_door_fini(&door);
	if (wrong)
		fail_msg("%s", (const char *)wrong);
}

/* Whatever the order, main never fills what the server reads. */
static void door_never_gives_one_set_to_both(void **state)
{
	const struct kqt_pages *front;

	(void)state;
	assert_int_equal(kqt_door_init(&door), 0);
	kqt_role_enter(&on_main);
	kqt_role_enter(&on_http);
	front = kqt_door_take(&door);
	for (unsigned i = 1; i < 1000; i++) {
		if (i % 2 || i % 7 == 0) {
			kqt_door_back(&door)->at_ns = i;
			kqt_door_publish(&door);
		}
		assert_ptr_not_equal(kqt_door_back(&door), front);
		if (i % 3 == 0)
			front = kqt_door_take(&door);
		assert_ptr_not_equal(kqt_door_back(&door), front);
		assert_true(front == kqt_door_take(&door) || i % 3);
		front = kqt_door_take(&door);
	}
	kqt_door_fini(&door);
}

static void pages_hold_both_texts_and_the_line(void **state)
{
	(void)state;
	assert_int_equal(kqt_door_init(&door), 0);
	kqt_role_enter(&on_main);
	for (int i = 0; i < 5; i++) { /* sets are used again */
		struct kqt_pages *p = kqt_door_back(&door);

		assert_int_equal(kqt_pages_fill(p, &facts, &snap, KQT_STREAM_SEED), 0);
		assert_string_equal(p->metrics[KQT_METRICS_OPEN], render(KQT_METRICS_OPEN));
		assert_int_equal(p->metrics_len[KQT_METRICS_OPEN], strlen(text));
		assert_int_equal(p->line_len, strlen(p->line));
		assert_int_equal(p->line[0], '{');
		assert_true(p->running);
		kqt_door_publish(&door);
	}
	kqt_door_fini(&door);
}

/* -- the file --------------------------------------------------------------------- */

static void textfile_is_replaced_whole_and_leaves_nothing_beside_it(void **state)
{
	char dir[] = "/tmp/kqtop-metrics-XXXXXX", path[64], beside[64], sentence[256];
	struct kqt_strbuf why = kqt_strbuf_init(sentence, sizeof(sentence));
	struct kqt_textfile *t;
	struct stat st;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/kqtop.prom", dir);
	snprintf(beside, sizeof(beside), "%s/.kqtop.prom.unfinished", dir);
	assert_int_equal(symlink("/nonexistent/elsewhere", beside), 0); /* never followed */
	assert_int_equal(kqt_textfile_open(dir, &t, &why), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(kqt_textfile_write(t, &facts, &snap), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0644);
		assert_int_equal(st.st_size, strlen(render(KQT_METRICS_CLASSIC)));
		assert_int_not_equal(lstat(beside, &st), 0);
	}
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fread(other, 1, sizeof(other), f), strlen(text));
	fclose(f);
	assert_memory_equal(other, text, strlen(text));
	/* no room for a new one: the old one stays */
	assert_int_equal(mkdir(beside, 0700), 0);
	assert_true(kqt_textfile_write(t, &facts, &snap) < 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(rmdir(beside), 0);
	kqt_textfile_close(t);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(kqt_textfile_open(dir, &t, &why), -ENOENT);
	assert_non_null(strstr(sentence, "no such file or directory"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
	    T(classic_text_is_as_written_down),
	    T(openmetrics_text_is_as_written_down),
	    T(rendering_twice_gives_the_same_bytes),
	    T(text_that_does_not_fit_is_an_error),
	    T(longest_texts_fit),
	    T(no_figures_yet_is_an_error),
	    T(unknown_is_absent_and_never_0),
	    T(counter_once_told_stays_in_every_configuration),
	    T(timers_that_nobody_knows_the_due_of_have_no_latency),
	    T(watched_stream_is_told),
	    T(alarms_go_on_over_epochs_and_streams),
	    T(bounds_are_powers_of_two_and_their_halves_between),
	    T(buckets_are_exact),
	    T(label_values_are_escaped),
	    T(label_without_room_is_cut_and_still_one),
	    T(help_is_escaped_by_the_rules_of_each_format),
	    T(accept_chooses_the_format),
	    T(addresses_that_are_none_are_refused),
	    T(what_is_refused_is_said_without_its_control_characters),
	    T(port_0_takes_a_free_one_and_says_which),
	    T(door_gives_whole_sets_and_the_newest_at_last),
	    T(door_never_gives_one_set_to_both),
	    T(pages_hold_both_texts_and_the_line),
	    T(textfile_is_replaced_whole_and_leaves_nothing_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
