/* SPDX-License-Identifier: MIT */
/* kqtop live: the screen, or one line of JSON an interval, or both. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tui/cmd.h"
#include "tui/live/live.h"
#include "tui/live/opening.h"
#include "tui/live/signals.h"
#include "tui/publish.h"
#include "tui/rounds.h"

#define POLL_MS 5
/* 0.7 s of 3 million waits a second, in 32 MB; what finds no room is counted as lost. */
#define RAW_RING 2097152
#define RAW_BATCH 4096
#define RAW_AT_ONCE 1048576

struct live_command {
	struct kqt_live_options live;
	bool lines;             /* --json-lines, with or without a file */
	const char *lines_file; /* NULL or "-" = standard output, no screen */
	struct kqt_window window;
	struct kqt_publish_options publish;
	const char *record;       /* FILE, or NULL */
	bool append;              /* to FILE, if it is there */
	struct kqt_beside beside; /* of --compare */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* @return 0, or errno of the failed write */
static int write_line(FILE *f, struct kqt_session *s, enum kqt_stream stream, bool final)
{
	struct kqt_account account[KQT_FILTERS];
	char *line;
	int rc = 0;

	if (final)
		kqt_session_account(s, account);
	line = kqt_line_json(kqt_session_snapshot(s), stream, final, final ? account : NULL);
	if (!line)
		return ENOMEM;
	errno = 0;
	if (fputs(line, f) == EOF || fflush(f) != 0)
		rc = errno ? errno : EIO;
	free(line);
	return rc;
}

/* What was served before still is when this fails, and /healthz says that it is old. */
static void publish(struct kqt_session *s, const struct kqt_live_options *opt)
{
	char text[96];
	int rc;

	if (!opt->publisher)
		return;
	rc = kqt_publish(opt->publisher, kqt_session_snapshot(s), true, opt->stream,
	                 opt->interval_ns, false);
	if (rc < 0)
		kqt_complain("no new metrics: %s", kqt_err_text(rc, text, sizeof(text)));
}

int kqt_record_waits(struct kqt_recorder *r, struct kqt_session *s, struct kqt_strbuf *why)
{
	static struct kqt_raw raw[RAW_BATCH];
	bool all = !kqt_session_snapshot(s)->running;
	size_t n, taken = 0;
	int rc = 0;

	while ((all || taken < RAW_AT_ONCE) && (n = kqt_session_raw(s, raw, RAW_BATCH)) > 0) {
		if (r && rc >= 0)
			rc = kqt_recorder_waits(r, raw, n, why);
		taken += n;
	}
	return rc;
}

bool kqt_record_lost(const struct kqt_recorder *r, const struct kqt_snapshot *snap,
                     struct kqt_strbuf *words)
{
	uint64_t lost = snap->total ? snap->total->raw_lost : 0;

	if (lost)
		kqt_strbuf_add(words,
		               "'%s.raw' lacks %llu wait%s that came faster than they were written",
		               kqt_recorder_path(r), (unsigned long long)lost, kqt_plural(lost));
	return lost > 0;
}

/* @intervals  the newest too, not just the waits */
static void record(struct kqt_session *s, const struct kqt_live_options *opt, bool intervals)
{
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc = 0;

	if (opt->recorder && intervals)
		rc = kqt_recorder_take(opt->recorder, kqt_session_snapshot(s), opt->stream, &why);
	if (opt->recorder && opt->raw)
		rc = kqt_record_waits(opt->recorder, s, &why);
	if (rc < 0 && why.len) /* the first time; kqt_recorder_close fails once more */
		kqt_complain("%s; no longer recording", text);
}

/* Until the next line is due, or the end, or a signal; answers and waits are taken
 * meanwhile, of which the ring does not hold an interval's. */
static int wait_until(struct kqt_session *s, const struct kqt_live_options *opt, uint64_t due_ns)
{
	struct timespec nap = kqt_ns_to_timespec(POLL_MS * KQT_NS_PER_MS);

	while (!interrupted && kqt_clock_now_ns() < due_ns) {
		int rc = kqt_session_pump(s);

		record(s, opt, false);
		if (rc < 0)
			return rc;
		nanosleep(&nap, NULL);
	}
	return 0;
}

/* @return whether all is recorded that was to be */
static bool end_record(struct kqt_session *s, const struct kqt_live_options *opt)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(s);
	char text[KQT_PATH_SIZE + 128];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	bool lost;
	int rc;

	record(s, opt, true);
	lost = opt->recorder && opt->raw && kqt_record_lost(opt->recorder, snap, &why);
	if (lost)
		kqt_complain("%s", text);
	why = kqt_strbuf_init(text, sizeof(text));
	rc = kqt_recorder_close(opt->recorder, snap, &why);
	if (why.len)
		kqt_complain("%s", text);
	return rc >= 0 && !lost;
}

static int run_lines(struct kqt_session *s, const struct kqt_live_options *opt)
{
	uint64_t start = kqt_clock_now_ns(), next = start;
	uint64_t end = opt->duration_ns ? start + opt->duration_ns : UINT64_MAX;
	int write_error = 0, rc = 0;
	char text[96];

	while (!interrupted && !write_error && rc >= 0) {
		next += opt->interval_ns;
		if (next <= kqt_clock_now_ns()) /* never two at once after a reader's delay */
			next = kqt_clock_now_ns() + opt->interval_ns;
		rc = wait_until(s, opt, next < end ? next : end);
		if (rc < 0 || interrupted || kqt_clock_now_ns() >= end)
			break;
		rc = kqt_session_refresh(s);
		if (rc >= 0)
			publish(s, opt);
		if (rc >= 0)
			write_error = write_line(opt->lines, s, opt->stream, false);
		if (rc >= 0)
			record(s, opt, true);
	}
	kqt_session_halt(s);
	(void)kqt_tell_failed(kqt_session_snapshot(s));
	if (!write_error)
		write_error = write_line(opt->lines, s, opt->stream, true);
	if (write_error)
		kqt_complain("cannot write JSON lines: %s",
		             kqt_errno_text(write_error, text, sizeof(text)));
	if (rc < 0)
		kqt_complain("the wait failed: %s", kqt_err_text(rc, text, sizeof(text)));
	return !end_record(s, opt) || write_error || rc < 0 ? KQT_EXIT_NEGATIVE : KQT_EXIT_OK;
}

/* @return -1 to go on, else the exit status */
static int begin_record(struct live_command *c, struct kqt_session *s)
{
	char text[KQT_PATH_SIZE + 256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc;

	if (!c->record)
		return -1;
	rc = kqt_recorder_open(c->record, c->append ? KQT_LINES_APPEND : KQT_LINES_NEW,
	                       kqt_session_snapshot(s), &c->live.recorder, &why);
	if (rc >= 0 && c->live.raw) {
		rc = kqt_recorder_raw(c->live.recorder,
		                      c->append ? KQT_LINES_APPEND : KQT_LINES_NEW, &why);
		if (rc < 0)
			(void)kqt_recorder_close(c->live.recorder, NULL, NULL);
	}
	if (rc >= 0)
		return -1;
	kqt_complain("%s%s", text,
	             rc == -EEXIST ? "; --record-append goes on with a recording" : "");
	return KQT_EXIT_USAGE;
}

static void catch_signals(void)
{
	/* A write that waits for a slow reader is not an error: it goes on. A second
	 * signal ends us at once, in case there is no reading any more. */
	struct sigaction sa = {.sa_handler = on_interrupt,
	                       .sa_flags = SA_RESTART | (int)SA_RESETHAND};

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

static int live(struct live_command *c, const struct kqt_config *cfg)
{
	bool screen = !c->lines || c->live.lines != stdout;
	struct kqt_session_options opt = {.watch_window = c->window.bytes,
	                                  .watch_window_slow = c->window.slow,
	                                  .watch_stream = c->live.stream};
	struct kqt_opening opening = {0};
	struct kqt_session *s;
	int rc;

	if (c->live.raw) { /* raw samples have one reader */
		opt = (struct kqt_session_options){.raw_mask = 1u << KQT_RAW_WAIT,
		                                   .raw_len = RAW_RING};
	}
	if (screen) {
		rc = kqt_live_prepare(&c->live);
		if (rc > 0)
			return rc;
	} else {
		catch_signals();
	}
	if (c->publish.listen) {
		rc = kqt_publish_open(&c->publish, &c->live.publisher);
		if (rc >= 0)
			return rc;
	}
	opt.opening = screen ? kqt_opening_tell : NULL;
	opt.opening_arg = &opening;
	rc = kqt_open_session(cfg, &opt, &s);
	kqt_opening_end(&opening);
	if (rc >= 0) {
		kqt_publish_close(c->live.publisher);
		if (opening.signal) /* what gave it up ends us, as it would later */
			kqt_signals_die(opening.signal);
		return rc;
	}
	if (!screen)
		(void)kqt_tell_shortfall(kqt_session_snapshot(s));
	rc = begin_record(c, s);
	if (rc < 0 && screen && c->lines && !kqt_output_begin(c->live.lines, c->lines_file)) {
		(void)kqt_recorder_close(c->live.recorder, NULL, NULL);
		rc = KQT_EXIT_NEGATIVE;
	}
	if (rc >= 0) {
		kqt_publish_close(c->live.publisher);
		kqt_session_free(s);
		return rc;
	}
	if (!screen && c->live.publisher)
		fprintf(stderr, "listening on %s\n", kqt_publish_url(c->live.publisher));
	rc = screen ? kqt_live_run(s, &c->live) : run_lines(s, &c->live);
	if (screen) {
		(void)kqt_tell_shortfall(kqt_session_snapshot(s));
		(void)kqt_tell_failed(kqt_session_snapshot(s));
	}
	kqt_publish_close(c->live.publisher);
	kqt_session_free(s);
	return rc;
}

/* -- options -------------------------------------------------------------- */

static int set_duration(void *into, const char *value, struct kqt_strbuf *why)
{
	struct live_command *c = into;

	if (kqt_parse_duration(value, "s", &c->live.duration_ns) < 0 || c->live.duration_ns == 0) {
		kqt_strbuf_add(why, "'%.40s' is not a duration above 0", value);
		return -KQT_E_SYNTAX;
	}
	return 0;
}

static int set_lines(void *into, const char *value, struct kqt_strbuf *why)
{
	struct live_command *c = into;

	(void)why;
	c->lines = true;
	c->lines_file = value;
	return 0;
}

static int set_record(void *into, const char *value, struct kqt_strbuf *why)
{
	if (!*value) {
		kqt_strbuf_add(why, "a file's name is needed");
		return -KQT_E_SYNTAX;
	}
	((struct live_command *)into)->record = value;
	return 0;
}

static int set_ab_rounds(void *into, const char *value, struct kqt_strbuf *why)
{
	struct live_command *c = into;
	int rc = kqt_parse_uint(value, KQT_STATS_ROUNDS_INTERVAL, KQT_STATS_ROUNDS_MAX,
	                        &c->live.ab_pairs);

	if (rc < 0)
		kqt_strbuf_add(why, "'%.40s' is not a whole number from %d to %d", value,
		               KQT_STATS_ROUNDS_INTERVAL, KQT_STATS_ROUNDS_MAX);
	return rc;
}

static int set_ab_round_time(void *into, const char *value, struct kqt_strbuf *why)
{
	return kqt_round_time_parse(value, &((struct live_command *)into)->live.ab_round_ns, why);
}

static int set_compare(void *into, const char *value, struct kqt_strbuf *why)
{
	struct live_command *c = into;
	int rc = kqt_beside_load(&c->beside, value, why);

	if (rc == 0)
		kqt_strbuf_add(why, "a file's name is needed");
	c->live.beside = &c->beside;
	return rc == 0 ? -KQT_E_SYNTAX : rc < 0 ? rc : 0;
}

static int set_raw(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct live_command *)into)->live.raw = true;
	return 0;
}

static int set_append(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct live_command *)into)->append = true;
	return 0;
}

static int set_window(void *into, const char *value, struct kqt_strbuf *why)
{
	return kqt_window_set(&((struct live_command *)into)->window, value, why);
}

static int set_listen(void *into, const char *value, struct kqt_strbuf *why)
{
	((struct live_command *)into)->publish.listen = value;
	return kqt_publish_check_listen(value, why);
}

static struct kqt_settings *settings_of(void *into)
{
	return &((struct live_command *)into)->live.settings;
}

/* Of the file's settings none is for programs, which read lines: only the command
 * line's are. */
static uint64_t setting(const struct live_command *c, enum kqt_setting_id id)
{
	const struct kqt_settings *s = &c->live.settings;
	bool screen = !c->lines || c->live.lines != stdout;

	return screen || s->origin[id].by == KQT_BY_OPTION ? s->value[id] : kqt_setting(id)->def;
}

static void take_settings(struct live_command *c)
{
	c->live.interval_ns = setting(c, KQT_SETTING_INTERVAL) * KQT_NS_PER_MS;
	c->live.stream = (enum kqt_stream)setting(c, KQT_SETTING_STREAM);
}

int kqt_cmd_live(int argc, char **argv)
{
	static const struct kqt_option options[] = {
	    {"duration", '\0', "T", "end so long after all is registered, in s (default: until q)",
	     set_duration},
	    {"json-lines", '\0', "[FILE]",
	     "a JSON object a line; without FILE to standard output, no screen", set_lines},
	    {"record", '\0', "FILE", "record to FILE and FILE.hlog, which must not exist",
	     set_record},
	    {"record-append", '\0', NULL, "if they exist, go on with that recording", set_append},
	    {"record-raw", '\0', NULL,
	     "every wait too, to FILE.raw; raw samples have one reader: nothing is assessed then",
	     set_raw},
	    {"ab-rounds", '\0', "N",
	     "pairs of rounds that key n makes (default 10; fewer give no verdict)", set_ab_rounds},
	    {"ab-round-time", '\0', "T", "length of each of them (default 2s)", set_ab_round_time},
	    {"compare", '\0', "FILE[,FILE]", "reports of kqtop bench to show beside it (up to 4)",
	     set_compare},
	    {"assess-window", '\0', "N", KQT_WINDOW_HELP, set_window},
	    {"listen", '\0', "ADDR:PORT", "metrics over HTTP there, as of kqtop serve", set_listen},
	    {0},
	};
	static const struct kqt_usage usage = {
	    .command = "live",
	    .synopsis =
	        "kqtop [live] [--duration T] [--interval T] [--json-lines[=FILE]] [--record FILE] "
	        "[OPTIONS]",
	    .about = "The interactive monitor: waits on the event queue and shows what the waits "
	             "look like.",
	    .options = options,
	    .measures = true,
	    .settings = settings_of,
	};
	struct live_command c = {.window = KQT_WINDOW_DEFAULT};
	struct kqt_config cfg;
	char text[96];
	int rc = kqt_options_read(argc, argv, &usage, &cfg, &c, NULL);

	if (rc >= 0)
		return rc;
	if ((c.append || c.live.raw) && !c.record) {
		kqt_complain("--record-%s goes with --record FILE (see 'kqtop live --help')",
		             c.append ? "append" : "raw");
		return KQT_EXIT_USAGE;
	}
	if (c.live.beside && c.lines && (!c.lines_file || strcmp(c.lines_file, "-") == 0)) {
		kqt_complain("--compare needs a screen, --json-lines to standard output has none");
		kqt_beside_fini(&c.beside);
		return KQT_EXIT_USAGE;
	}
	if (c.lines && (!c.lines_file || strcmp(c.lines_file, "-") == 0)) {
		c.live.lines = stdout;
	} else if (c.lines) {
		c.live.lines = kqt_output_open(c.lines_file);
		if (!c.live.lines)
			return KQT_EXIT_USAGE;
	}
	take_settings(&c);
	rc = live(&c, &cfg);
	kqt_beside_fini(&c.beside);
	if (c.live.lines && c.live.lines != stdout && fclose(c.live.lines) != 0 &&
	    rc == KQT_EXIT_OK) {
		kqt_complain("cannot write '%s': %s", c.lines_file,
		             kqt_errno_text(errno, text, sizeof(text)));
		rc = KQT_EXIT_NEGATIVE;
	}
	return rc;
}
