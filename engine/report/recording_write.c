/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/hist/hlog.h"
#include "engine/report/line.h"
#include "engine/report/recording_priv.h"

#define INTERVAL_S 1.0
#define RAW_CHUNK 4096 /* waits a write */

struct kqt_recorder {
	char path[KQT_PATH_SIZE];
	struct kqt_lines lines;
	struct kqt_hlog_writer *hlog;
	int raw_fd; /* FILE.raw; -1 = not wanted */
	uint64_t raw_size;
	int rc;    /* of the first failure */
	bool told; /* it has been said */

	struct kqt_tally *tally; /* what grows until the next line; start_ns 0 = nothing */
	uint64_t ticks, ticks_lost, ticks_behind; /* with it */
	uint64_t serial;                          /* of the last snapshot taken */
	double elapsed_s, first_s;                /* at the last snapshot taken; at open */
	enum kqt_stream stream;                   /* of the last snapshot taken */
	bool have_epoch;
	uint64_t epoch;
	struct kqt_config config; /* of that epoch */
	struct kqt_hist scratch;  /* all waits; bytes */
	uint32_t alarms[KQT_HEALTH_TESTS][KQT_HEALTH_ALPHAS];
};

static int fail(struct kqt_recorder *r, int rc, const char *suffix, struct kqt_strbuf *why)
{
	char text[96];

	if (r->rc == 0)
		r->rc = rc;
	if (!r->told && why)
		kqt_strbuf_add(why, "cannot write '%s%s': %s", r->path, suffix,
		               kqt_err_text(rc, text, sizeof(text)));
	r->told = true;
	return r->rc;
}

/* -- lines ---------------------------------------------------------------- */

/* {"type":"NAME", the table's keys, then those of `rest`, an object and a newline, or
 * NULL. */
static int put_line(struct kqt_recorder *r, const char *type, const struct kqt_field *table,
                    const struct kqt_rec_line *line, const char *rest, struct kqt_strbuf *why)
{
	struct kqt_json_out own = {0};
	const char *tail = rest ? rest + 1 : "\n";
	int n = -1, rc = -ENOMEM;
	size_t size;
	char *text;

	kqt_json_write(&own, table, line);
	size = own.len + strlen(tail) + 64;
	text = own.failed ? NULL : kqt_array_new(size, 1);
	if (text) {
		own.text[own.len - 1] = rest ? ',' : '}';
		n = snprintf(text, size, "{\"type\":\"%s\",%s%s", type, own.text + 1, tail);
	}
	if (n > 0 && (size_t)n < size)
		rc = n <= KQT_RECORDING_LINE_MAX ? kqt_lines_write(&r->lines, text, (size_t)n)
		                                 : -KQT_E_RANGE;
	free(own.text);
	free(text);
	return rc < 0 ? fail(r, rc, "", why) : 0;
}

static int put_head(struct kqt_recorder *r, uint64_t now_ms, struct kqt_strbuf *why)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char started[32] = "", clock[] = KQT_CLOCK_NAME;
	time_t seconds = (time_t)(now_ms / 1000);
	struct kqt_clock_info ci;
	struct utsname un;
	struct tm tm;
	struct kqt_rec_line line = {
	    .format = KQT_RECORDING_FORMAT,
	    .head = {.version = (char[]){KQT_VERSION},
	             .started_ms = now_ms,
	             .clock = clock,
	             .cpus = cpus > 0 ? (uint64_t)cpus : UINT64_MAX},
	};

	if (gmtime_r(&seconds, &tm) &&
	    strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &tm))
		line.head.started = started;
	/* not the node's name: a recording is passed on, and that is asked for elsewhere */
	if (uname(&un) >= 0) {
		line.head.system = un.sysname;
		line.head.release = un.release;
		line.head.machine = un.machine;
	}
	kqt_clock_measure(&ci);
	line.head.clock_source = ci.source[0] ? ci.source : NULL;
	return put_line(r, "recording", kqt_rec_head_fields, &line, NULL, why);
}

static int put_config(struct kqt_recorder *r, const struct kqt_snapshot *snap,
                      struct kqt_strbuf *why)
{
	struct kqt_rec_line *line = kqt_array_new(1, sizeof(*line));
	struct kqt_recorded_config *c;
	int rc;

	if (!line)
		return fail(r, -ENOMEM, "", why);
	c = &line->config;
	line->elapsed_s = snap->elapsed_s;
	c->config = r->config = snap->config;
	c->epoch = r->epoch = snap->epoch->epoch;
	c->backend = (char *)snap->backend; /* only read */
	c->backend_label = (char *)snap->backend_label;
	c->capabilities = snap->capabilities;
	memcpy(c->registered, snap->registered, sizeof(c->registered));
	memcpy(c->shortfall, snap->shortfall, sizeof(c->shortfall));
	rc = put_line(r, "config", kqt_rec_config_fields, line, NULL, why);
	free(line);
	return rc;
}

static int put_alarms(struct kqt_recorder *r, const struct kqt_snapshot *snap,
                      struct kqt_strbuf *why)
{
	static char names[KQT_HEALTH_TESTS][4] = {"rct", "apt"};

	for (int t = 0; snap->watch && t < KQT_HEALTH_TESTS; t++) {
		for (int a = 0; a < KQT_HEALTH_ALPHAS; a++) {
			const struct kqt_health *h = &snap->watch->health[t][a];
			struct kqt_rec_line line = {.elapsed_s = snap->elapsed_s,
			                            .alarm = {.test = names[t],
			                                      .alpha_exp = kqt_health_alpha_exp[a],
			                                      .alarms = h->alarms,
			                                      .symbol = h->symbol}};
			uint32_t before = r->alarms[t][a];

			r->alarms[t][a] = (uint32_t)h->alarms;
			/* fewer than before: another epoch counts afresh */
			if (h->alarms == 0 || r->alarms[t][a] == before)
				continue;
			if (put_line(r, "alarm", kqt_rec_alarm_fields, &line, NULL, why) < 0)
				return r->rc;
		}
	}
	return 0;
}

/* -- an interval ---------------------------------------------------------- */

static uint64_t ns_since_open(const struct kqt_recorder *r, double elapsed_s)
{
	double s = elapsed_s - r->first_s;

	return s > 0 ? (uint64_t)(s * 1e9) : 0;
}

static void bytes_hist(const uint64_t counts[256], struct kqt_hist *h)
{
	kqt_hist_reset(h);
	for (unsigned b = 0; b < 256; b++) {
		if (!counts[b])
			continue;
		if (h->count == 0)
			h->min_ns = b;
		h->max_ns = b;
		h->counts[b] = counts[b];
		h->count += counts[b];
		h->sum_ns += b * counts[b];
	}
}

/* @return how many lines, or -errno */
static int put_hists(struct kqt_recorder *r)
{
	double seconds = kqt_tally_seconds(r->tally);
	uint64_t length = (uint64_t)(seconds * 1e9);
	uint64_t start = ns_since_open(r, r->elapsed_s - seconds);
	int lines = 1, rc;

	/* untagged: what HdrHistogram's tools show when nobody says which */
	kqt_hist_reset(&r->scratch);
	kqt_tally_hist(r->tally, KQT_LATENCY_WAIT, KQT_FILTERS, &r->scratch);
	rc = kqt_hlog_write(r->hlog, NULL, start, length, &r->scratch);
	for (int i = 0; i < KQT_REC_SERIES && rc == 0; i++) {
		const struct kqt_hist *h =
		    (const void *)((const char *)r->tally + kqt_rec_series[i].offset);

		if (h->count == 0)
			continue;
		rc = kqt_hlog_write(r->hlog, kqt_rec_series[i].tag, start, length, h);
		lines++;
	}
	for (enum kqt_stream s = 0; s < KQT_STREAMS && rc == 0; s++) {
		bytes_hist(r->tally->byte_counts[s], &r->scratch);
		if (r->scratch.count == 0)
			continue;
		rc = kqt_hlog_write(r->hlog, kqt_rec_bytes_tag(s), start, length, &r->scratch);
		lines++;
	}
	return rc < 0 ? rc : lines;
}

/* The same object as a line of `live --json-lines`, over our longer interval. */
static char *line_of(struct kqt_recorder *r, const struct kqt_snapshot *snap)
{
	struct kqt_snapshot view = *snap;

	view.interval = r->tally;
	view.config = r->config;
	view.saturated = kqt_stimulus_saturated(r->ticks, r->ticks_lost, r->ticks_behind);
	return kqt_line_json(&view, r->stream, false, NULL);
}

static int flush(struct kqt_recorder *r, const struct kqt_snapshot *snap, struct kqt_strbuf *why)
{
	struct kqt_rec_line line = {.hlog_from = kqt_hlog_size(r->hlog),
	                            .interval = {.tally = r->tally,
	                                         .stimulus = snap->stimulus,
	                                         .ticks = r->ticks,
	                                         .ticks_lost = r->ticks_lost}};
	int n = put_hists(r), rc;
	char *figures;

	if (n < 0)
		return fail(r, n, ".hlog", why);
	line.hlog_to = kqt_hlog_size(r->hlog);
	line.hlog_lines = (uint64_t)n;
	figures = line_of(r, snap);
	if (!figures)
		return fail(r, -ENOMEM, "", why);
	rc = put_line(r, "interval", kqt_rec_interval_fields, &line, figures, why);
	free(figures);
	kqt_tally_reset(r->tally);
	r->ticks = r->ticks_lost = r->ticks_behind = 0;
	return rc;
}

int kqt_recorder_take(struct kqt_recorder *r, const struct kqt_snapshot *snap,
                      enum kqt_stream stream, struct kqt_strbuf *why)
{
	bool changed;
	double seconds;

	if (r->rc < 0 || !snap->interval || snap->serial == r->serial)
		return r->rc;
	r->serial = snap->serial;
	r->stream = stream;
	/* only now: what has counted nothing yet does not know its epoch */
	if (!r->have_epoch && put_config(r, snap, why) < 0)
		return r->rc;
	r->have_epoch = true;
	changed = snap->epoch->epoch != r->epoch;
	kqt_tally_merge(r->tally, snap->interval);
	r->tally->epoch = r->epoch;
	r->ticks += snap->interval_ticks;
	r->ticks_lost += snap->interval_lost;
	r->ticks_behind += snap->interval_behind;
	r->elapsed_s = snap->elapsed_s;
	seconds = kqt_tally_seconds(r->tally);
	/* nearer to its second than with another refresh */
	if ((changed || seconds + kqt_tally_seconds(snap->interval) / 2 >= INTERVAL_S) &&
	    flush(r, snap, why) < 0)
		return r->rc;
	if (changed && put_config(r, snap, why) < 0)
		return r->rc;
	return put_alarms(r, snap, why);
}

int kqt_recorder_mark(struct kqt_recorder *r, const struct kqt_snapshot *snap, char key,
                      const char *text, struct kqt_strbuf *why)
{
	char name[2] = {key, '\0'}, words[128];
	struct kqt_strbuf sb = kqt_strbuf_init(words, sizeof(words));
	struct kqt_rec_line line = {.elapsed_s = snap->elapsed_s, .mark = {name, words}};

	if (r->rc < 0 || !r->have_epoch)
		return r->rc;
	/* what was counted before it is apart from what comes */
	if (r->tally->start_ns && flush(r, snap, why) < 0)
		return r->rc;
	if (key == 'b' && snap->pinned) /* the time that its label has */
		line.elapsed_s = snap->baseline_s;
	kqt_strbuf_add(&sb, "%s", text); /* cut between two characters */
	return put_line(r, "mark", kqt_rec_mark_fields, &line, NULL, why);
}

/* Only what was created just now. */
static void forget(const struct kqt_recorder *r, enum kqt_lines_how how)
{
	char path[KQT_PATH_SIZE + 8];

	if (how != KQT_LINES_NEW || r->lines.fd < 0)
		return;
	(void)unlink(r->path);
	snprintf(path, sizeof(path), "%s.hlog", r->path);
	if (r->hlog)
		(void)unlink(path);
}

static int open_files(struct kqt_recorder *r, enum kqt_lines_how how, uint64_t now_ms,
                      struct kqt_strbuf *why)
{
	static const char *const comments[] = {
	    "kqtop " KQT_VERSION " recording; values in ns, but those of bytes.*",
	    "no tag: all waits; wait.* notification.* response.*: latency by filter", NULL};
	struct kqt_hlog_head head = {.start_ms = now_ms, .comments = comments};
	char path[KQT_PATH_SIZE + 8], text[96];
	int rc = kqt_lines_open(&r->lines, r->path, how, KQT_RECORDING_BEGINS);

	snprintf(path, sizeof(path), "%s.hlog", r->path);
	if (rc < 0) {
		kqt_strbuf_add(why, "cannot open '%s': %s", r->path,
		               rc == -KQT_E_SYNTAX  ? "no recording, nothing is added to it"
		               : rc == -EWOULDBLOCK ? "another kqtop writes it"
		                                    : kqt_err_text(rc, text, sizeof(text)));
		return rc;
	}
	rc = kqt_hlog_create(path, how, &head, &r->hlog);
	if (rc < 0)
		kqt_strbuf_add(why, "cannot open '%s': %s", path,
		               kqt_err_text(rc, text, sizeof(text)));
	return rc;
}

int kqt_recorder_open(const char *path, enum kqt_lines_how how, const struct kqt_snapshot *snap,
                      struct kqt_recorder **out, struct kqt_strbuf *why)
{
	struct kqt_recorder *r = kqt_array_new(1, sizeof(*r));
	struct timespec now;
	uint64_t now_ms;
	int rc = -ENOMEM;

	*out = NULL;
	if (r)
		r->lines.fd = r->raw_fd = -1;
	if (!r || !(r->tally = kqt_array_new(1, sizeof(*r->tally)))) {
		kqt_strbuf_add(why, "no memory to record");
		free(r);
		return rc;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	if (snprintf(r->path, sizeof(r->path), "%s", path) >= (int)sizeof(r->path)) {
		kqt_strbuf_add(why, "cannot open a name of more than %d bytes", KQT_PATH_SIZE - 1);
		rc = -ENAMETOOLONG;
	} else {
		rc = open_files(r, how, now_ms, why);
	}
	r->first_s = r->elapsed_s = snap->elapsed_s;
	r->serial = snap->serial;
	if (rc == 0)
		rc = put_head(r, now_ms, why);
	if (rc < 0) {
		forget(r, how);
		(void)kqt_recorder_close(r, NULL, NULL);
		return rc;
	}
	*out = r;
	return 0;
}

/* -- every wait ----------------------------------------------------------- */

int kqt_recorder_raw(struct kqt_recorder *r, enum kqt_lines_how how, struct kqt_strbuf *why)
{
	/* not blocking: a FIFO that nobody reads is an error, not a wait without end */
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK |
	            (how == KQT_LINES_NEW ? O_EXCL : 0);
	char path[KQT_PATH_SIZE + 8], text[96];
	struct stat st;
	int rc = 0;

	snprintf(path, sizeof(path), "%s.raw", r->path);
	r->raw_fd = open(path, flags, 0666);
	if (r->raw_fd < 0 || fstat(r->raw_fd, &st) < 0) {
		rc = -errno;
	} else if (!S_ISREG(st.st_mode)) {
		rc = -EINVAL;
	} else {
		r->raw_size = (uint64_t)(st.st_size - st.st_size % 8);
		rc = ftruncate(r->raw_fd, (off_t)r->raw_size) < 0 ? -errno : 0;
	}
	if (rc < 0)
		kqt_strbuf_add(why, "cannot open '%s': %s", path,
		               kqt_err_text(rc, text, sizeof(text)));
	if (rc < 0)
		forget(r, how);
	return rc;
}

static int write_raw(struct kqt_recorder *r, const unsigned char *p, size_t size)
{
	while (size > 0) {
		ssize_t n = write(r->raw_fd, p, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			p += n;
			size -= (size_t)n;
			r->raw_size += (uint64_t)n;
		}
	}
	return 0;
}

int kqt_recorder_waits(struct kqt_recorder *r, const struct kqt_raw *samples, size_t n,
                       struct kqt_strbuf *why)
{
	unsigned char bytes[RAW_CHUNK * 8];
	size_t size = 0;

	for (size_t i = 0; r->raw_fd >= 0 && r->rc == 0 && i < n; i++) {
		if (samples[i].kind == KQT_RAW_WAIT)
			for (unsigned b = 0; b < 8; b++)
				bytes[size++] = (unsigned char)(samples[i].value_ns >> 8 * b);
		if (size == sizeof(bytes) || (i + 1 == n && size > 0)) {
			int rc = write_raw(r, bytes, size);

			if (rc < 0)
				return fail(r, rc, ".raw", why);
			size = 0;
		}
	}
	return r->rc;
}

int kqt_recorder_close(struct kqt_recorder *r, const struct kqt_snapshot *snap,
                       struct kqt_strbuf *why)
{
	int rc, rc_hlog;

	if (!r)
		return 0;
	if (r->rc == 0 && snap && r->tally->start_ns)
		(void)flush(r, snap, why);
	rc_hlog = kqt_hlog_close(r->hlog);
	if (r->raw_fd >= 0 && close(r->raw_fd) < 0 && r->rc == 0)
		(void)fail(r, -errno, ".raw", why);
	rc = kqt_lines_close(&r->lines);
	if (r->rc == 0 && rc_hlog < 0)
		(void)fail(r, rc_hlog, ".hlog", why);
	if (r->rc == 0 && rc < 0)
		(void)fail(r, rc, "", why);
	rc = r->rc;
	free(r->tally);
	free(r);
	return rc;
}

const char *kqt_recorder_path(const struct kqt_recorder *r)
{
	return r->path;
}

uint64_t kqt_recorder_size(const struct kqt_recorder *r)
{
	return r->lines.size + kqt_hlog_size(r->hlog) + r->raw_size;
}

void kqt_recording_default_name(char *out, size_t size)
{
	time_t now = time(NULL);
	char base[32] = "kqtop", hlog[KQT_PATH_SIZE];
	struct stat st;
	struct tm tm;

	if (localtime_r(&now, &tm))
		(void)strftime(base, sizeof(base), "kqtop-%Y%m%d-%H%M%S", &tm);
	for (int i = 1; i < 1000; i++) {
		if (i == 1)
			snprintf(out, size, "%s.jsonl", base);
		else
			snprintf(out, size, "%s-%d.jsonl", base, i);
		snprintf(hlog, sizeof(hlog), "%s.hlog", out);
		if (lstat(out, &st) < 0 && lstat(hlog, &st) < 0)
			return;
	}
}
