/* SPDX-License-Identifier: MIT */
/* kqtop collect: the seed's collect(n), for any other tool. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tui/cmd.h"

/* A pipe that is full for a while must not cost samples: a spin preset makes 5 M
 * waits a second, so this is 0.2 s of them, 16 MB of which only as much is touched
 * as is needed. */
#define RAW_LEN (1u << 20)
#define RAW_BATCH 4096
#define POLL_MS 2
#define PROGRESS_NS (KQT_NS_PER_S / 5)

#define FORMATS "raw|hex|base64|timings" /* in the order of enum format */
enum format { FORMAT_RAW, FORMAT_HEX, FORMAT_BASE64, FORMAT_TIMINGS };

struct collect_options {
	uint64_t n;
	enum format format;
	enum kqt_stream stream;
	uint64_t deadline_ms; /* 0 = none */
	const char *file;     /* NULL = standard output */
};

/** One run. */
struct collecting {
	const struct collect_options *opt;
	FILE *out;
	uint64_t written; /* bytes or timings */
	uint64_t per_run; /* bytes a collection */
	/* the collection in progress */
	struct kqt_fold fold;
	struct kqt_pack pack;
	uint64_t run_waits, run_given;
	uint32_t next_seq;
	uint16_t epoch;
	bool started;
	uint64_t lost;
	/* text formats */
	unsigned char group[3];
	unsigned n_group, column;
	int error;   /* errno of a failed write */
	int wait_rc; /* of a failed wait; 0 = none */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* -- output --------------------------------------------------------------- */

static void put(struct collecting *c, const void *data, size_t size)
{
	if (!c->error && fwrite(data, 1, size, c->out) != size)
		c->error = errno ? errno : EIO;
}

static void put_text(struct collecting *c, const char *text, size_t len)
{
	put(c, text, len);
	c->column += (unsigned)len;
	if (c->column >= 76) {
		put(c, "\n", 1);
		c->column = 0;
	}
}

static void put_base64(struct collecting *c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned n = c->n_group;
	uint32_t v;
	char text[4];

	for (unsigned i = n; i < 3; i++)
		c->group[i] = 0;
	v = (uint32_t)c->group[0] << 16 | (uint32_t)c->group[1] << 8 | c->group[2];
	for (unsigned i = 0; i < 4; i++)
		text[i] = i <= n ? digits[v >> (18 - 6 * i) & 63] : '=';
	put_text(c, text, 4);
	c->n_group = 0;
}

static void put_byte(struct collecting *c, uint8_t byte)
{
	char hex[3];

	c->written++;
	c->run_given++;
	switch (c->opt->format) {
	case FORMAT_HEX:
		snprintf(hex, sizeof(hex), "%02x", byte);
		put_text(c, hex, 2);
		break;
	case FORMAT_BASE64:
		c->group[c->n_group++] = byte;
		if (c->n_group == 3)
			put_base64(c);
		break;
	case FORMAT_RAW:
	case FORMAT_TIMINGS:
		put(c, &byte, 1);
		break;
	}
}

static void put_timing(struct collecting *c, uint64_t ns)
{
	unsigned char le[8];

	for (int i = 0; i < 8; i++)
		le[i] = (unsigned char)(ns >> (8 * i));
	put(c, le, sizeof(le));
	c->written++;
	c->run_given++;
}

static void finish_output(struct collecting *c)
{
	if (c->n_group)
		put_base64(c);
	if (c->column && !c->error)
		put(c, "\n", 1);
	if (fflush(c->out) != 0 && !c->error)
		c->error = errno;
	if (c->opt->file && fclose(c->out) != 0 && !c->error)
		c->error = errno;
}

/* -- extraction ----------------------------------------------------------- */

/* A new collection: its first waits are warm-up again, nothing carries over. */
static void start_run(struct collecting *c)
{
	memset(&c->fold, 0, sizeof(c->fold));
	memset(&c->pack, 0, sizeof(c->pack));
	c->run_waits = c->run_given = 0;
}

static void take_wait(struct collecting *c, uint64_t ns)
{
	uint8_t byte;

	if (++c->run_waits <= KQT_COLLECT_WARMUP)
		return;
	if (c->opt->format == FORMAT_TIMINGS) {
		put_timing(c, ns);
		return;
	}
	switch (c->opt->stream) {
	case KQT_STREAM_SEED:
		if (kqt_fold_step(&c->fold, ns, &byte))
			put_byte(c, byte);
		break;
	case KQT_STREAM_LSB:
		if (kqt_pack_step(&c->pack, ns, &byte))
			put_byte(c, byte);
		break;
	case KQT_STREAM_LOW8:
	case KQT_STREAM_NOTIFICATION:
	case KQT_STREAMS:
		put_byte(c, (uint8_t)ns);
		break;
	}
}

static void take_raw(struct collecting *c, const struct kqt_raw *r)
{
	if (c->started && (r->seq != c->next_seq || r->epoch != c->epoch)) {
		/* a difference across a hole would be no difference of two neighbours */
		c->lost += (uint32_t)(r->seq - c->next_seq);
		memset(&c->fold, 0, sizeof(c->fold));
		memset(&c->pack, 0, sizeof(c->pack));
	}
	c->started = true;
	c->next_seq = r->seq + 1;
	c->epoch = r->epoch;
	take_wait(c, r->value_ns);
	if (c->run_given == c->per_run)
		start_run(c);
}

/* A batch: a reader that is slower than the waits never lets the ring be empty, and the
 * deadline and signals are looked at between two of them.
 * @return whether there may be more at once */
static bool drain(struct collecting *c, struct kqt_session *s)
{
	static struct kqt_raw batch[RAW_BATCH];
	size_t n = kqt_session_raw(s, batch, RAW_BATCH);

	for (size_t i = 0; i < n && c->written < c->opt->n && !c->error; i++)
		take_raw(c, &batch[i]);
	return n == RAW_BATCH;
}

/* -- the run -------------------------------------------------------------- */

static void progress(const struct collecting *c, uint64_t start_ns, bool last)
{
	static uint64_t shown_ns;
	uint64_t now = kqt_clock_now_ns();
	double s = (double)(now - start_ns) / 1e9, rate = s > 0 ? (double)c->written / s : 0;
	char time[16] = "-", left[32] = "";

	if (!isatty(STDERR_FILENO) || (!last && now - shown_ns < PROGRESS_NS))
		return;
	shown_ns = now;
	if (rate > 0)
		kqt_fmt_ns((uint64_t)((double)(c->opt->n - c->written) / rate * 1e9), time,
		           sizeof(time));
	if (!last || c->written == c->opt->n) /* ended before that: nothing will come */
		snprintf(left, sizeof(left), ", %s left", last ? "0s" : time);
	fprintf(stderr, "\r%llu of %llu %s, %.0f/s%s \033[K%s", (unsigned long long)c->written,
	        (unsigned long long)c->opt->n,
	        c->opt->format == FORMAT_TIMINGS ? "timings" : "bytes", rate, left,
	        last ? "\n" : "");
}

/* Is the reader of our output gone? Then there is nothing to wait for. */
static bool reader_gone(const struct collecting *c)
{
	struct pollfd pfd = {.fd = fileno(c->out), .events = 0};

	return poll(&pfd, 1, 0) > 0 && (pfd.revents & POLLERR);
}

static void run(struct collecting *c, struct kqt_session *s)
{
	struct timespec nap = kqt_ns_to_timespec(POLL_MS * KQT_NS_PER_MS);
	uint64_t start = kqt_clock_now_ns();
	uint64_t deadline = c->opt->deadline_ms ? start + c->opt->deadline_ms * KQT_NS_PER_MS
	                                        : UINT64_MAX;

	for (;;) {
		int rc = kqt_session_pump(s);
		bool more = drain(c, s);

		if (c->error || c->written == c->opt->n || interrupted ||
		    kqt_clock_now_ns() >= deadline)
			break;
		if (rc < 0) /* but what was collected before that is to be had */
			c->wait_rc = rc;
		if (c->wait_rc < 0 && !more)
			break;
		if (reader_gone(c)) {
			c->error = EPIPE;
			break;
		}
		progress(c, start, false);
		if (!more)
			nanosleep(&nap, NULL);
	}
	progress(c, start, true);
}

static int verdict(const struct collecting *c, bool missing)
{
	const char *what = c->opt->format == FORMAT_TIMINGS ? "timings" : "bytes";
	char text[96];

	(void)missing; /* told when the session was opened */
	if (c->lost)
		kqt_complain("%llu sample%s lost: the output was too slow",
		             (unsigned long long)c->lost, kqt_plural(c->lost));
	if (c->error) {
		kqt_complain("cannot write to %s%s%s: %s", c->opt->file ? "'" : "",
		             c->opt->file ? c->opt->file : "standard output",
		             c->opt->file ? "'" : "", kqt_errno_text(c->error, text, sizeof(text)));
		return KQT_EXIT_NEGATIVE;
	}
	if (c->written == c->opt->n)
		return KQT_EXIT_OK;
	if (c->wait_rc < 0)
		kqt_complain("the wait failed: %s", kqt_err_text(c->wait_rc, text, sizeof(text)));
	kqt_complain("short: %llu of %llu %s%s", (unsigned long long)c->written,
	             (unsigned long long)c->opt->n, what,
	             interrupted  ? " (interrupted)"
	             : c->wait_rc ? ""
	                          : " when the deadline was reached");
	return KQT_EXIT_NEGATIVE;
}

static int collect(const struct collect_options *opt, const struct kqt_config *cfg)
{
	struct collecting c = {.opt = opt, .out = stdout, .per_run = opt->n};
	bool notif = opt->stream == KQT_STREAM_NOTIFICATION && opt->format != FORMAT_TIMINGS;
	struct kqt_session_options so = {
	    .raw_mask = 1u << (notif || opt->stream == KQT_STREAM_NOTIFICATION
	                           ? KQT_RAW_NOTIFICATION
	                           : KQT_RAW_WAIT),
	    .raw_len = RAW_LEN,
	};
	struct kqt_session *s;
	int rc;

	if (opt->file) { /* before anything is measured, and before descriptors run out */
		c.out = kqt_output_open(opt->file);
		if (!c.out)
			return KQT_EXIT_USAGE;
	}
	rc = kqt_open_session(cfg, &so, &s);
	if (rc < 0 && opt->file && !kqt_output_begin(c.out, opt->file)) {
		kqt_session_free(s);
		rc = KQT_EXIT_NEGATIVE;
	}
	if (rc >= 0) {
		if (opt->file)
			fclose(c.out);
		return rc;
	}
	rc = kqt_tell_shortfall(kqt_session_snapshot(s));
	run(&c, s);
	kqt_session_halt(s);
	(void)kqt_tell_failed(kqt_session_snapshot(s));
	kqt_session_free(s);
	finish_output(&c);
	return verdict(&c, rc > 0);
}

/* -- options -------------------------------------------------------------- */

static int number(const char *value, uint64_t min, uint64_t max, uint64_t *out,
                  struct kqt_strbuf *why)
{
	int rc = kqt_parse_uint(value, min, max, out);

	if (rc < 0)
		kqt_strbuf_add(why, "'%.40s' is not a whole number from %llu to %llu", value,
		               (unsigned long long)min, (unsigned long long)max);
	return rc;
}

static int set_n(void *into, const char *value, struct kqt_strbuf *why)
{
	return number(value, 1, UINT64_C(1) << 40, &((struct collect_options *)into)->n, why);
}

static int set_format(void *into, const char *value, struct kqt_strbuf *why)
{
	int rc = kqt_choice(FORMATS, value, why);

	if (rc < 0)
		return rc;
	((struct collect_options *)into)->format = (enum format)rc;
	return 0;
}

static int set_stream(void *into, const char *value, struct kqt_strbuf *why)
{
	int rc = kqt_stream_from_name(value);

	if (rc < 0) {
		kqt_strbuf_add(why, "'%.40s' is none of seed, low8, lsb, notification", value);
		return rc;
	}
	((struct collect_options *)into)->stream = (enum kqt_stream)rc;
	return 0;
}

static int set_deadline(void *into, const char *value, struct kqt_strbuf *why)
{
	uint64_t ns;

	if (kqt_parse_duration(value, "ms", &ns) < 0 || ns < KQT_NS_PER_MS) {
		kqt_strbuf_add(why, "'%.40s' is not a duration of 1ms or more", value);
		return -KQT_E_SYNTAX;
	}
	((struct collect_options *)into)->deadline_ms = ns / KQT_NS_PER_MS;
	return 0;
}

static int set_file(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)why;
	((struct collect_options *)into)->file = strcmp(value, "-") == 0 ? NULL : value;
	return 0;
}

int kqt_cmd_collect(int argc, char **argv)
{
	static const struct kqt_option options[] = {
	    {"bytes", 'n', "N", "how many bytes (timings: how many waits)", set_n},
	    {"format", '\0', FORMATS, "of the output; timings are 64-bit little-endian ns",
	     set_format},
	    {"stream", '\0', "STREAM", "seed, low8, lsb or notification (default seed)",
	     set_stream},
	    {"deadline-ms", '\0', "MS", "give up after this long (default: never)", set_deadline},
	    {"output", 'o', "FILE", "write there instead of standard output", set_file},
	    {0},
	};
	static const struct kqt_usage usage = {
	    .command = "collect",
	    .synopsis =
	        "kqtop collect -n N [--format FORMAT] [--stream STREAM] [-o FILE] [OPTIONS]",
	    .about = "Collect exactly N raw bytes, or timings, from waits on the event queue.",
	    .options = options,
	    .measures = true,
	};
	/* A write that waits for a slow reader is not an error: it goes on. A second
	 * signal ends us at once, in case there is no reading any more. */
	struct sigaction sa = {.sa_handler = on_interrupt,
	                       .sa_flags = SA_RESTART | (int)SA_RESETHAND};
	struct collect_options opt = {0};
	struct kqt_config cfg;
	int rc = kqt_options_read(argc, argv, &usage, &cfg, &opt, NULL);

	if (rc >= 0)
		return rc;
	if (opt.n == 0) {
		kqt_complain("collect: -n is needed (see 'kqtop collect --help')");
		return KQT_EXIT_USAGE;
	}
	/* raw bytes wreck a terminal; whoever wants that has `cat` */
	if (!opt.file && opt.format != FORMAT_HEX && opt.format != FORMAT_BASE64 &&
	    isatty(STDOUT_FILENO)) {
		kqt_complain(
		    "collect: will not write raw bytes to a terminal: use -o FILE, a pipe, or "
		    "--format hex");
		return KQT_EXIT_USAGE;
	}
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	return collect(&opt, &cfg);
}
