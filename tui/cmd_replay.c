/* SPDX-License-Identifier: MIT */
/* kqtop replay: a recording on the live screen, or as the lines that it was made of. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cmd.h"
#include "tui/live/live.h"
#include "tui/live/play.h"

#define RUNS_MAX 1000000

struct replay_command {
	struct kqt_live_options live;
	struct kqt_play play;
	uint64_t run;
	bool lines;
};

/* @return 0, or errno of the failed write */
static int write_line(const struct kqt_snapshot *snap, enum kqt_stream stream, bool final)
{
	/* no account: a recording does not have the clock's side of it */
	char *line = kqt_line_json(snap, stream, final, NULL);
	int rc = 0;

	if (!line)
		return ENOMEM;
	errno = 0;
	if (fputs(line, stdout) == EOF || (final && fflush(stdout) != 0))
		rc = errno ? errno : EIO;
	free(line);
	return rc;
}

/* Every interval of the run at once: who reads lines has a clock of his own. */
static int run_lines(struct kqt_tape *t, enum kqt_stream stream)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(kqt_tape_session(t));
	struct kqt_snapshot view = {.interval = NULL};
	const struct kqt_recorded *rec;
	char text[512], err[96];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc = 0, write_error = 0;

	while (!write_error && (rc = kqt_tape_step(t, HUGE_VAL, &rec, &why)) > 0) {
		if (rec->type != KQT_RECORDED_INTERVAL)
			continue;
		view = *snap;
		view.elapsed_s = rec->elapsed_s; /* no position: what was recorded */
		write_error = write_line(&view, stream, false);
	}
	if (!write_error && view.interval)
		write_error = write_line(&view, stream, true);
	if (write_error) {
		kqt_complain("cannot write JSON lines: %s",
		             kqt_errno_text(write_error, err, sizeof(err)));
		return KQT_EXIT_NEGATIVE;
	}
	if (rc < 0)
		kqt_complain("%s", text);
	return rc < 0 ? KQT_EXIT_USAGE : KQT_EXIT_OK;
}

static int replay(struct replay_command *c, const char *path)
{
	char text[KQT_PATH_SIZE + 256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc;

	rc = kqt_tape_open(path, (unsigned)c->run, &c->play.tape, &why);
	if (rc < 0) {
		kqt_complain("%s%s", rc == -KQT_E_RANGE && c->run > 1 ? "--run: " : "", text);
		return KQT_EXIT_USAGE;
	}
	if (c->lines) {
		rc = run_lines(c->play.tape, c->live.stream);
	} else {
		rc = kqt_live_prepare(&c->live);
		if (rc == 0)
			rc = kqt_live_run(kqt_tape_session(c->play.tape), &c->live);
		if (c->play.error) {
			kqt_complain("%s", c->play.why);
			rc = KQT_EXIT_USAGE;
		}
	}
	kqt_tape_close(c->play.tape);
	return rc;
}

/* -- options -------------------------------------------------------------- */

static int set_speed(void *into, const char *value, struct kqt_strbuf *why)
{
	char *end;
	double v = strtod(value, &end);

	if (strspn(value, "0123456789.") != (size_t)(end - value) || end == value ||
	    (*end && strcmp(end, "x") != 0) || !(v >= KQT_SPEED_MIN && v <= KQT_SPEED_MAX)) {
		kqt_strbuf_add(why, "'%.40s' is not a speed from %gx to %gx", value, KQT_SPEED_MIN,
		               KQT_SPEED_MAX);
		return -KQT_E_RANGE;
	}
	((struct replay_command *)into)->play.speed = v;
	return 0;
}

static int set_pause_at(void *into, const char *value, struct kqt_strbuf *why)
{
	struct kqt_play *p = &((struct replay_command *)into)->play;
	uint64_t ns;

	if (kqt_play_time_parse(value, &p->pause_at_s))
		return 0;
	if (kqt_parse_duration(value, "s", &ns) < 0) {
		kqt_strbuf_add(why, "'%.40s' is no time such as 90s, 1:30 or 1:02:03", value);
		return -KQT_E_SYNTAX;
	}
	p->pause_at_s = (double)ns / 1e9;
	return 0;
}

static int set_run(void *into, const char *value, struct kqt_strbuf *why)
{
	int rc = kqt_parse_uint(value, 1, RUNS_MAX, &((struct replay_command *)into)->run);

	if (rc < 0)
		kqt_strbuf_add(why, "'%.40s' is not a whole number from 1 to %d", value, RUNS_MAX);
	return rc;
}

static int set_keep(void *into, const char *value, struct kqt_strbuf *why)
{
	int rc = kqt_parse_uint(value, 0, KQT_KEEP_MAX,
	                        &((struct replay_command *)into)->play.keep.most);

	if (rc < 0)
		kqt_strbuf_add(why, "'%.40s' is not a whole number from 0 to %d", value,
		               KQT_KEEP_MAX);
	return rc;
}

static int set_lines(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct replay_command *)into)->lines = true;
	return 0;
}

static struct kqt_settings *settings_of(void *into)
{
	return &((struct replay_command *)into)->live.settings;
}

/* Of the file's settings none is for programs, which read lines. */
static void take_settings(struct replay_command *c)
{
	const struct kqt_settings *s = &c->live.settings;
	bool mine = c->lines && s->origin[KQT_SETTING_STREAM].by != KQT_BY_OPTION;

	c->live.interval_ns = s->value[KQT_SETTING_INTERVAL] * KQT_NS_PER_MS;
	c->live.stream = mine ? (enum kqt_stream)kqt_setting(KQT_SETTING_STREAM)->def
	                      : (enum kqt_stream)s->value[KQT_SETTING_STREAM];
}

int kqt_cmd_replay(int argc, char **argv)
{
	static const struct kqt_option options[] = {
	    {"speed", '\0', "N", "seconds of the recording a second, 0.1x to 1000x (default 1x)",
	     set_speed},
	    {"pause-at", '\0', "T", "begin there, paused: 90s, 1:30 or 1:02:03", set_pause_at},
	    {"run", '\0', "N", "of a file with several (--record-append; default 1)", set_run},
	    {"keep", '\0', "N",
	     "positions kept in memory to go back to at once, 6 MB each, 0 to 10 (default 8)",
	     set_keep},
	    {"json-lines", '\0', NULL,
	     "the run's intervals to standard output, as live has them; no screen", set_lines},
	    {0},
	};
	static const struct kqt_usage usage = {
	    .command = "replay",
	    .synopsis = "kqtop replay [--speed N] [--pause-at T] [--run N] [--json-lines] FILE",
	    .about = "A recording (live --record FILE, key R) on the live screen.",
	    .options = options,
	    .operands = "FILE",
	    .settings = settings_of,
	};
	struct replay_command c = {
	    .play = {.speed = 1, .pause_at_s = -1, .target_s = -1, .keep = {.most = 8}}, .run = 1};
	int first, rc = kqt_options_read(argc, argv, &usage, NULL, &c, &first);

	if (rc >= 0)
		return rc;
	if (argc - first != 1) {
		kqt_complain("%s file is needed (see 'kqtop replay --help')",
		             argc == first ? "a recording's" : "exactly one");
		return KQT_EXIT_USAGE;
	}
	take_settings(&c);
	c.live.play = &c.play;
	c.play.path = argv[first];
	return replay(&c, argv[first]);
}
