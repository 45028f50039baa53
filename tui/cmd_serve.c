/* SPDX-License-Identifier: MIT */
/* kqtop serve: no screen; metrics over HTTP, in a file, or both. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/cmd.h"
#include "tui/publish.h"

/* How old what is served may be. Both renderings and the line take some 0.9 ms: 0.2 % of a
 * processor. */
#define PERIOD_NS (500 * KQT_NS_PER_MS)

struct serve_command {
	struct kqt_publish_options publish;
	uint64_t duration_ns; /* 0 = until a signal */
	enum kqt_stream stream;
	struct kqt_window window;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* The signals that end us come only while we sleep, so that none is missed between the
 * look at `interrupted` and the sleep. A second one ends us at once. @sleep receives the
 * mask to sleep with. */
static void catch_signals(sigset_t *sleep)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa = {.sa_handler = on_interrupt,
	                       .sa_flags = SA_RESTART | (int)SA_RESETHAND};
	sigset_t block;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&block);
	pthread_sigmask(SIG_BLOCK, NULL, sleep);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		sigaction(ends[i], &sa, NULL);
		sigaddset(&block, ends[i]);
		sigdelset(sleep, ends[i]);
	}
	pthread_sigmask(SIG_BLOCK, &block, NULL);
}

static void sleep_until(uint64_t due_ns, const sigset_t *mask)
{
	uint64_t now = kqt_clock_now_ns();

	while (!interrupted && now < due_ns) {
		struct timespec left = kqt_ns_to_timespec(due_ns - now);

		(void)pselect(0, NULL, NULL, NULL, &left, mask);
		now = kqt_clock_now_ns();
	}
}

static int publish(const struct serve_command *c, struct kqt_session *s, struct kqt_publisher *p,
                   bool running, bool last)
{
	char text[96];
	int rc = kqt_publish(p, kqt_session_snapshot(s), running, c->stream, PERIOD_NS, last);

	if (rc < 0)
		kqt_complain("cannot write metrics: %s", kqt_err_text(rc, text, sizeof(text)));
	return rc;
}

static void tell_ready(const struct serve_command *c, const struct kqt_publisher *p)
{
	char shown[KQT_PATH_SIZE];

	if (c->publish.textfile)
		fprintf(stderr, "writing %s/%s\n",
		        kqt_text_show(c->publish.textfile, shown, sizeof(shown)),
		        KQT_TEXTFILE_NAME);
	if (c->publish.listen)
		fprintf(stderr, "listening on %s\n", kqt_publish_url(p));
}

static int run(const struct serve_command *c, struct kqt_session *s, struct kqt_publisher *p,
               const sigset_t *mask)
{
	uint64_t start = kqt_clock_now_ns(), next = start;
	uint64_t end = c->duration_ns ? start + c->duration_ns : UINT64_MAX;
	bool ready = false;
	char text[96];
	int rc = 0, wait_rc = 0;

	while (!interrupted && next < end && rc >= 0) {
		wait_rc = kqt_session_refresh(s);
		if (wait_rc < 0)
			break;
		rc = publish(c, s, p, true, false);
		if (rc >= 0 && !ready)
			tell_ready(c, p);
		ready = true;
		next += PERIOD_NS;
		if (next <= kqt_clock_now_ns()) /* never two at once after a delay */
			next = kqt_clock_now_ns() + PERIOD_NS;
		sleep_until(next < end ? next : end, mask);
	}
	kqt_session_halt(s);
	(void)kqt_tell_failed(kqt_session_snapshot(s));
	if (wait_rc < 0)
		kqt_complain("the wait failed: %s", kqt_err_text(wait_rc, text, sizeof(text)));
	if (rc >= 0)
		rc = publish(c, s, p, false, true);
	return rc < 0 || wait_rc < 0 ? KQT_EXIT_NEGATIVE : KQT_EXIT_OK;
}

static int serve(const struct serve_command *c, const struct kqt_config *cfg)
{
	struct kqt_session_options opt = {.watch_window = c->window.bytes,
	                                  .watch_window_slow = c->window.slow,
	                                  .watch_stream = c->stream};
	struct kqt_publisher *p;
	struct kqt_session *s;
	sigset_t mask;
	int rc = kqt_publish_open(&c->publish, &p);

	if (rc >= 0)
		return rc;
	rc = kqt_open_session(cfg, &opt, &s);
	if (rc < 0) {
		(void)kqt_tell_shortfall(kqt_session_snapshot(s));
		catch_signals(&mask);
		rc = run(c, s, p, &mask);
		kqt_session_free(s);
	}
	kqt_publish_close(p);
	return rc;
}

/* -- options -------------------------------------------------------------- */

static int set_listen(void *into, const char *value, struct kqt_strbuf *why)
{
	((struct serve_command *)into)->publish.listen = value;
	return kqt_publish_check_listen(value, why);
}

static int set_duration(void *into, const char *value, struct kqt_strbuf *why)
{
	struct serve_command *c = into;

	if (kqt_parse_duration(value, "s", &c->duration_ns) < 0 || c->duration_ns == 0) {
		kqt_strbuf_add(why, "'%.40s' is not a duration above 0", value);
		return -KQT_E_SYNTAX;
	}
	return 0;
}

static int set_textfile(void *into, const char *value, struct kqt_strbuf *why)
{
	((struct serve_command *)into)->publish.textfile = value;
	if (value[0])
		return 0;
	kqt_strbuf_add(why, "'' is no folder");
	return -KQT_E_SYNTAX;
}

static int set_stream(void *into, const char *value, struct kqt_strbuf *why)
{
	int rc = kqt_stream_from_name(value);

	if (rc < 0) {
		kqt_strbuf_add(why, "'%.40s' is none of seed, low8, lsb, notification", value);
		return rc;
	}
	((struct serve_command *)into)->stream = (enum kqt_stream)rc;
	return 0;
}

static int set_window(void *into, const char *value, struct kqt_strbuf *why)
{
	return kqt_window_set(&((struct serve_command *)into)->window, value, why);
}

int kqt_cmd_serve(int argc, char **argv)
{
	static const struct kqt_option options[] = {
	    {"listen", '\0', "ADDR:PORT",
	     "serve over HTTP there (default " KQT_HTTP_DEFAULT_LISTEN "; port 0: any)",
	     set_listen},
	    {"textfile", '\0', "DIR",
	     "write DIR/" KQT_TEXTFILE_NAME " for node_exporter; no HTTP unless --listen is given",
	     set_textfile},
	    {"duration", '\0', "T", "end after this long, in s (default: until a signal)",
	     set_duration},
	    {"stream", '\0', "STREAM", "byte stream looked at: seed, low8, lsb, notification",
	     set_stream},
	    {"assess-window", '\0', "N", KQT_WINDOW_HELP, set_window},
	    {0},
	};
	static const struct kqt_usage usage = {
	    .command = "serve",
	    .synopsis =
	        "kqtop serve [--listen ADDR:PORT] [--duration T] [--textfile DIR] [OPTIONS]",
	    .about =
	        "Measure without a screen, and give the figures to Prometheus: over HTTP, in a "
	        "file, or both.",
	    .options = options,
	    .measures = true,
	};
	struct serve_command c = {.window = KQT_WINDOW_DEFAULT};
	struct kqt_config cfg;
	int rc = kqt_options_read(argc, argv, &usage, &cfg, &c, NULL);

	if (rc >= 0)
		return rc;
	if (!c.publish.listen && !c.publish.textfile)
		c.publish.listen = KQT_HTTP_DEFAULT_LISTEN;
	return serve(&c, &cfg);
}
