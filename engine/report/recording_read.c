/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/config/config.h"
#include "engine/hist/hlog.h"
#include "engine/report/recording_priv.h"

/* Of one interval: more would not fit into sums of them. At 10^9 a second this is
 * three days. */
#define COUNT_MAX (UINT64_C(1) << 48)
/* The refresh is at most a minute, but the process may have been stopped in it. */
#define LENGTH_MAX_NS (UINT64_C(100) * 86400 * 1000000000)
#define ELAPSED_MAX_S 1e9

struct kqt_recording {
	FILE *lines;
	struct kqt_hlog_reader *hlog;
	char name[256]; /* as it may be shown */
	struct kqt_tally *tally;
	struct kqt_rec_line line;
	struct kqt_recorded out;
	char text[KQT_RECORDING_LINE_MAX + 1];
};

static void free_head(struct kqt_recorded_head *h)
{
	free(h->version);
	free(h->started);
	free(h->system);
	free(h->release);
	free(h->machine);
	free(h->clock);
	free(h->clock_source);
	*h = (struct kqt_recorded_head){.cpus = UINT64_MAX};
}

static void free_config(struct kqt_recorded_config *c)
{
	free(c->backend);
	free(c->backend_label);
	memset(c, 0, sizeof(*c));
	kqt_config_default(&c->config);
}

static void free_alarm(struct kqt_recorded_alarm *a)
{
	free(a->test);
	*a = (struct kqt_recorded_alarm){0};
}

static void free_mark(struct kqt_recorded_mark *m)
{
	free(m->key);
	free(m->text);
	*m = (struct kqt_recorded_mark){0};
}

static int bad(const struct kqt_recording *r, struct kqt_strbuf *why, int rc, const char *text)
{
	kqt_strbuf_add(why, "'%s', line %llu: %s", r->name, (unsigned long long)r->out.line, text);
	return rc;
}

/* -- histograms ----------------------------------------------------------- */

/* Are the exact figures of the JSON line possible with these buckets? */
static const char *fault_of(const struct kqt_hist *exact, const struct kqt_hist *buckets)
{
	uint64_t least, most, last = buckets->counts[kqt_hist_index(KQT_HIST_MAX_NS)];

	if (exact->count != buckets->count)
		return "another number of values in the .hlog than here";
	if (exact->count > COUNT_MAX)
		return "more values than an interval can have";
	if (kqt_hist_index(exact->min_ns) != kqt_hist_index(buckets->min_ns) ||
	    kqt_hist_index(exact->max_ns) != kqt_hist_index(buckets->max_ns) ||
	    exact->min_ns > exact->max_ns)
		return "minimum or maximum are not in the outermost buckets of the .hlog";
	if (exact->above > last || (exact->above > 0) != (exact->max_ns > KQT_HIST_MAX_NS))
		return "values above the range that the .hlog does not have";
	if (__builtin_mul_overflow(exact->count, exact->min_ns, &least) || exact->sum_ns < least ||
	    (!__builtin_mul_overflow(exact->count, exact->max_ns, &most) && exact->sum_ns > most))
		return "a sum that these values cannot have";
	return NULL;
}

static int take_hist(struct kqt_recording *r, struct kqt_hist *exact,
                     const struct kqt_hist *buckets, struct kqt_strbuf *why)
{
	const char *fault = fault_of(exact, buckets);
	unsigned lo, end;

	if (fault)
		return bad(r, why, -KQT_E_SYNTAX, fault);
	lo = kqt_hist_index(exact->min_ns);
	end = kqt_hist_index(exact->max_ns) + 1;
	memcpy(exact->counts + lo, buckets->counts + lo, (end - lo) * sizeof(exact->counts[0]));
	return 0;
}

static int take_bytes(struct kqt_recording *r, enum kqt_stream s, const struct kqt_hist *h,
                      struct kqt_strbuf *why)
{
	if (h->count > COUNT_MAX || h->max_ns > 255)
		return bad(r, why, -KQT_E_RANGE, "counts of bytes in the .hlog that no bytes have");
	memcpy(r->tally->byte_counts[s], h->counts, sizeof(r->tally->byte_counts[s]));
	return 0;
}

static int take_series(struct kqt_recording *r, const struct kqt_hlog_interval *iv, unsigned *seen,
                       struct kqt_strbuf *why)
{
	for (unsigned i = 0; kqt_rec_series[i].tag; i++) {
		if (strcmp(iv->tag, kqt_rec_series[i].tag) != 0)
			continue;
		if (*seen & 1u << i)
			return bad(r, why, -KQT_E_SYNTAX, "a tag twice in its part of the .hlog");
		*seen |= 1u << i;
		return take_hist(r, (void *)((char *)r->tally + kqt_rec_series[i].offset), iv->hist,
		                 why);
	}
	for (enum kqt_stream s = 0; s < KQT_STREAMS; s++)
		if (strcmp(iv->tag, kqt_rec_bytes_tag(s)) == 0)
			return take_bytes(r, s, iv->hist, why);
	return 0; /* untagged: the sum of others; a later version's: nothing we know */
}

static int check_complete(struct kqt_recording *r, unsigned seen, struct kqt_strbuf *why)
{
	for (unsigned i = 0; kqt_rec_series[i].tag; i++) {
		const struct kqt_hist *h =
		    (const void *)((const char *)r->tally + kqt_rec_series[i].offset);

		if (h->count > 0 && !(seen & 1u << i))
			return bad(r, why, -KQT_E_SYNTAX,
			           "histograms that the .hlog does not have");
		if (h->count == 0 && (h->sum_ns || h->min_ns || h->max_ns || h->above))
			return bad(r, why, -KQT_E_SYNTAX, "figures of a histogram without values");
	}
	return 0;
}

static int take_hlog(struct kqt_recording *r, struct kqt_strbuf *why)
{
	const struct kqt_rec_line *l = &r->line;
	struct kqt_hlog_interval iv;
	unsigned seen = 0;
	int rc;

	if (l->hlog_from > l->hlog_to || kqt_hlog_seek(r->hlog, l->hlog_from) < 0)
		return bad(r, why, -KQT_E_RANGE, "no place in the .hlog");
	for (uint64_t n = 0; n < l->hlog_lines; n++) {
		rc = kqt_hlog_read(r->hlog, &iv, why);
		if (rc < 0)
			return rc;
		if (rc == 0 || kqt_hlog_tell(r->hlog) > l->hlog_to)
			return bad(r, why, -KQT_E_SYNTAX, "the .hlog lacks lines of it");
		rc = take_series(r, &iv, &seen, why);
		if (rc < 0)
			return rc;
	}
	if (kqt_hlog_tell(r->hlog) != l->hlog_to)
		return bad(r, why, -KQT_E_SYNTAX, "the .hlog has other lines than it had");
	return check_complete(r, seen, why);
}

/* -- lines ---------------------------------------------------------------- */

static int parse(struct kqt_recording *r, const struct kqt_field *table, struct kqt_strbuf *why)
{
	struct kqt_json_in in = kqt_json_in(r->name, r->text, strlen(r->text), why);

	in.lines_before = (size_t)r->out.line - 1;
	if (kqt_json_read(&in, table, &r->line))
		(void)kqt_json_end(&in);
	return in.rc;
}

static bool any_above(const uint64_t *v, size_t n, uint64_t most)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] > most)
			return true;
	return false;
}

/* Counts that no interval has, or that its histograms do not: a wait is counted in both. */
static const char *fault_of_counts(const struct kqt_tally *t)
{
	const uint64_t others[] = {t->stale,    t->overflows,        t->stalls,
	                           t->raw_lost, t->collections_done, t->collections_short,
	                           t->bytes};

	if (any_above((const uint64_t *)t->filter, sizeof(t->filter) / 8, COUNT_MAX) ||
	    any_above((const uint64_t *)&t->excluded, sizeof(t->excluded) / 8, COUNT_MAX) ||
	    any_above(t->events_per_wait, KQT_EVENTS_PER_WAIT, COUNT_MAX) ||
	    any_above(others, sizeof(others) / sizeof(others[0]), COUNT_MAX))
		return "more of something than an interval can have";
	if (t->waits != t->wait_wake.count + t->wait_timeout.count)
		return "waits are not those of hists.wait.wake and .timeout";
	if (t->timeouts != t->wait_timeout.count)
		return "timeouts are not those of hists.wait.timeout";
	for (int f = 0; f < KQT_FILTERS; f++)
		if (t->filter[f].wakes != t->wait_filter[f].count)
			return "a filter's wakes are not those of its waits";
	return NULL;
}

static int check_tally(struct kqt_recording *r, struct kqt_strbuf *why)
{
	struct kqt_tally *t = r->tally;
	const char *fault = fault_of_counts(t);

	if (fault)
		return bad(r, why, -KQT_E_SYNTAX, fault);
	if (t->start_ns == 0 || t->end_ns < t->start_ns)
		return bad(r, why, -KQT_E_SYNTAX, "an interval that ends before it begins");
	if (t->end_ns - t->start_ns > LENGTH_MAX_NS)
		return bad(r, why, -KQT_E_RANGE, "an interval longer than any is");
	if (t->measured_ns == UINT64_MAX)
		t->measured_ns = t->end_ns - t->start_ns;
	if (t->measured_ns > t->end_ns - t->start_ns)
		return bad(r, why, -KQT_E_RANGE, "an interval that measured longer than it was");
	return 0;
}

static int take_interval(struct kqt_recording *r, struct kqt_strbuf *why)
{
	int rc;

	kqt_tally_reset(r->tally);
	r->line.interval.tally = r->tally;
	/* what recordings of before 2026-11-23 lack */
	r->tally->measured_ns = r->line.interval.stimulus.behind = UINT64_MAX;
	rc = parse(r, kqt_rec_interval_fields, why);
	if (r->line.interval.stimulus.behind == UINT64_MAX)
		r->line.interval.stimulus.behind = r->line.interval.stimulus.lost;
	if (rc == 0)
		rc = check_tally(r, why);
	if (rc == 0)
		rc = take_hlog(r, why);
	r->out.interval = r->line.interval;
	return rc;
}

static int take_head(struct kqt_recording *r, struct kqt_strbuf *why)
{
	int rc;

	free_head(&r->line.head);
	rc = parse(r, kqt_rec_head_fields, why);
	r->out.head = r->line.head;
	if (rc == 0 && r->line.format != KQT_RECORDING_FORMAT)
		rc = bad(r, why, -KQT_E_UNSUPPORTED, "a recording in another format than 1");
	r->out.run++;
	r->line.elapsed_s = 0;
	return rc;
}

static int take_config(struct kqt_recording *r, struct kqt_strbuf *why)
{
	int rc;

	free_config(&r->line.config);
	rc = parse(r, kqt_rec_config_fields, why);
	r->out.config = r->line.config;
	return rc;
}

static int take_alarm(struct kqt_recording *r, struct kqt_strbuf *why)
{
	int rc;

	free_alarm(&r->line.alarm);
	rc = parse(r, kqt_rec_alarm_fields, why);
	r->out.alarm = r->line.alarm;
	return rc;
}

static int take_mark(struct kqt_recording *r, struct kqt_strbuf *why)
{
	const char *key;
	int rc;

	free_mark(&r->line.mark);
	rc = parse(r, kqt_rec_mark_fields, why);
	r->out.mark = r->line.mark;
	key = r->line.mark.key;
	if (rc == 0 && (!key || key[0] <= ' ' || key[0] > '~' || key[1] != '\0'))
		rc = bad(r, why, -KQT_E_SYNTAX, "a mark without a key");
	return rc;
}

static const struct {
	const char *begins;
	int (*take)(struct kqt_recording *r, struct kqt_strbuf *why);
} types[] = {
    [KQT_RECORDED_HEAD] = {"{\"type\":\"recording\",", take_head},
    [KQT_RECORDED_CONFIG] = {"{\"type\":\"config\",", take_config},
    [KQT_RECORDED_INTERVAL] = {"{\"type\":\"interval\",", take_interval},
    [KQT_RECORDED_ALARM] = {"{\"type\":\"alarm\",", take_alarm},
    [KQT_RECORDED_MARK] = {"{\"type\":\"mark\",", take_mark},
};
#define TYPES (sizeof(types) / sizeof(types[0]))

/* @return 1 taken, 0 of no known type, negative not understood */
static int take_line(struct kqt_recording *r, struct kqt_strbuf *why)
{
	for (size_t i = 0; i < TYPES; i++) {
		int rc;

		if (strncmp(r->text, types[i].begins, strlen(types[i].begins)) != 0)
			continue;
		if (r->out.run == 0 && i != KQT_RECORDED_HEAD)
			return bad(r, why, -KQT_E_SYNTAX,
			           "no recording: its first line is no head");
		rc = types[i].take(r, why);
		if (rc < 0)
			return rc;
		if (r->line.elapsed_s > ELAPSED_MAX_S)
			return bad(r, why, -KQT_E_RANGE, "a time later than any run lasts");
		r->out.type = (enum kqt_recorded_type)i;
		r->out.elapsed_s = r->line.elapsed_s;
		return 1;
	}
	if (r->out.run == 0 || strncmp(r->text, "{\"type\":\"", 9) != 0)
		return bad(r, why, -KQT_E_SYNTAX, "no line of a kqtop recording");
	return 0;
}

int kqt_recording_next(struct kqt_recording *r, const struct kqt_recorded **out,
                       struct kqt_strbuf *why)
{
	for (;;) {
		size_t len;
		int rc = kqt_line_read(r->lines, r->text, sizeof(r->text), &len);

		if (rc == 0)
			return 0;
		r->out.line++;
		if (rc < 0)
			return bad(r, why, rc,
			           rc == -KQT_E_RANGE    ? "longer than any line of a recording"
			           : rc == -KQT_E_SYNTAX ? "has a NUL byte"
			                                 : "cannot be read");
		rc = take_line(r, why);
		if (rc != 0) {
			*out = &r->out;
			return rc;
		}
	}
}

static int rewind_all(struct kqt_recording *r, struct kqt_strbuf *why)
{
	if (fseeko(r->lines, 0, SEEK_SET) < 0) {
		int rc = -errno;

		kqt_strbuf_add(why, "'%s' cannot be read from its beginning again", r->name);
		return rc;
	}
	r->out.line = 0;
	r->out.run = 0;
	r->out.elapsed_s = 0;
	return 0;
}

/* -- runs ----------------------------------------------------------------- */

/* A number of a line that is not read: only its own reader says whether it is one. */
static double peek(const char *line, const char *key)
{
	const char *at = strstr(line, key);
	double v = at ? strtod(at + strlen(key), NULL) : 0;

	return v >= 0 && v <= ELAPSED_MAX_S * 1e9 ? v : 0;
}

static int add_run(struct kqt_recording_run **runs, size_t *n, uint64_t offset, uint64_t line)
{
	struct kqt_recording_run *more = realloc(*runs, (*n + 1) * sizeof(**runs));

	if (!more)
		return -ENOMEM;
	*runs = more;
	more[(*n)++] = (struct kqt_recording_run){.offset = offset, .line = line};
	return 0;
}

static void note_line(struct kqt_recording_run *run, const char *line)
{
	double at = peek(line, "\"elapsed_s\":");

	if (run->intervals == 0 && run->changes == 0)
		run->begin_s = at; /* until an interval says when it began */
	if (at > run->end_s)
		run->end_s = at;
	if (strncmp(line, types[KQT_RECORDED_CONFIG].begins,
	            strlen(types[KQT_RECORDED_CONFIG].begins)) == 0)
		run->changes++;
	if (strncmp(line, types[KQT_RECORDED_INTERVAL].begins,
	            strlen(types[KQT_RECORDED_INTERVAL].begins)) != 0)
		return;
	if (run->intervals++ == 0) {
		double length = peek(line, "\"end_ns\":") - peek(line, "\"start_ns\":");

		run->begin_s = at - length / 1e9 > 0 ? at - length / 1e9 : 0;
	}
}

int kqt_recording_runs(struct kqt_recording *r, struct kqt_recording_run **out, size_t *n,
                       struct kqt_strbuf *why)
{
	const char *head = types[KQT_RECORDED_HEAD].begins;
	uint64_t offset = 0, line = 0;
	size_t len;
	int rc = rewind_all(r, why);

	*out = NULL;
	*n = 0;
	/* ends, too, at a line that no reader takes */
	while (rc == 0 && kqt_line_read(r->lines, r->text, sizeof(r->text), &len) == 1) {
		off_t at = ftello(r->lines);

		line++;
		if (strncmp(r->text, head, strlen(head)) == 0)
			rc = add_run(out, n, offset, line);
		else if (*n > 0)
			note_line(&(*out)[*n - 1], r->text);
		offset = at > 0 ? (uint64_t)at : 0;
	}
	for (size_t i = 0; i < *n; i++)
		(*out)[i].changes -= (*out)[i].changes > 0;
	if (rc == 0)
		rc = rewind_all(r, why);
	if (rc < 0) {
		free(*out);
		*out = NULL;
		*n = 0;
	}
	return rc;
}

void kqt_recording_place(struct kqt_recording *r, struct kqt_recording_run *at)
{
	off_t offset = ftello(r->lines);

	*at = (struct kqt_recording_run){.offset = offset > 0 ? (uint64_t)offset : 0,
	                                 .line = r->out.line + 1};
}

int kqt_recording_go(struct kqt_recording *r, const struct kqt_recording_run *run, unsigned number,
                     struct kqt_strbuf *why)
{
	int rc = run->offset > INT64_MAX                              ? -EOVERFLOW
	         : fseeko(r->lines, (off_t)run->offset, SEEK_SET) < 0 ? -errno
	                                                              : 0;

	if (rc < 0) {
		kqt_strbuf_add(why, "'%s' cannot be read from line %llu on", r->name,
		               (unsigned long long)run->line);
		return rc;
	}
	r->out.line = run->line - 1;
	r->out.run = number - 1;
	r->out.elapsed_s = 0;
	return 0;
}

/* -- open, close ---------------------------------------------------------- */

/* Look at the first line without taking it, so that a file of another kind is told
 * from a recording at once. */
static int check_first(struct kqt_recording *r, struct kqt_strbuf *why)
{
	const struct kqt_recorded *first;
	int rc = kqt_recording_next(r, &first, why);

	if (rc == 0) {
		kqt_strbuf_add(why, "'%s' holds no whole line", r->name);
		return -KQT_E_SYNTAX;
	}
	return rc < 0 ? rc : rewind_all(r, why);
}

int kqt_recording_from(FILE *lines, FILE *hlog, const char *name, struct kqt_recording **out,
                       struct kqt_strbuf *why)
{
	struct kqt_recording *r = kqt_array_new(1, sizeof(*r));
	char hlog_name[sizeof(r->name) + 8];
	size_t n = 0;
	int rc = -ENOMEM;

	*out = NULL;
	if (r)
		r->tally = kqt_array_new(1, sizeof(*r->tally));
	if (!r || !r->tally) {
		kqt_strbuf_add(why, "no memory to read a recording");
		free(r);
		fclose(lines);
		fclose(hlog);
		return rc;
	}
	r->lines = lines;
	r->line.head.cpus = UINT64_MAX;
	kqt_config_default(&r->line.config.config);
	for (; *name && n + 1 < sizeof(r->name); name++)
		r->name[n++] = (unsigned char)*name < ' ' || *name == 0x7f ? '?' : *name;
	snprintf(hlog_name, sizeof(hlog_name), "%s.hlog", r->name);
	rc = kqt_hlog_reader_new(hlog, hlog_name, &r->hlog);
	if (rc < 0)
		kqt_strbuf_add(why, "no memory to read a recording");
	else
		rc = check_first(r, why);
	if (rc < 0) {
		kqt_recording_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

static FILE *open_or_say(const char *path, const char *suffix, int *rc, struct kqt_strbuf *why)
{
	char full[KQT_PATH_SIZE + 8], text[96];
	FILE *f = NULL;

	*rc = -ENAMETOOLONG;
	if (snprintf(full, sizeof(full), "%s%s", path, suffix) < (int)sizeof(full)) {
		f = fopen(full, "re");
		*rc = f ? 0 : -errno;
	}
	if (!f)
		kqt_strbuf_add(why, "cannot open '%s%s': %s", path, suffix,
		               kqt_err_text(*rc, text, sizeof(text)));
	return f;
}

/* Its other half is not there: is it a recording at all? */
static bool begins_as_one(FILE *lines)
{
	static const char head[] = "{\"type\":\"recording\"";
	char text[sizeof(head)] = "";

	return fread(text, 1, sizeof(head) - 1, lines) == sizeof(head) - 1 &&
	       strcmp(text, head) == 0;
}

int kqt_recording_open(const char *path, struct kqt_recording **out, struct kqt_strbuf *why)
{
	size_t n = strlen(path), from = why->len;
	FILE *lines, *hlog;
	int rc;

	*out = NULL;
	lines = open_or_say(path, "", &rc, why);
	if (!lines)
		return rc;
	if (n > 5 && strcmp(path + n - 5, ".hlog") == 0) {
		kqt_strbuf_add(why, "'%s' is the histograms of a recording: '%.*s' is wanted", path,
		               (int)(n - 5), path);
		fclose(lines);
		return -KQT_E_SYNTAX;
	}
	hlog = open_or_say(path, ".hlog", &rc, why);
	if (!hlog && !begins_as_one(lines)) {
		why->len = from;
		kqt_strbuf_add(why, "'%s' is no recording of kqtop (live --record, or the key R)",
		               path);
		rc = -KQT_E_SYNTAX;
	}
	if (!hlog) {
		fclose(lines);
		return rc;
	}
	return kqt_recording_from(lines, hlog, path, out, why);
}

void kqt_recording_close(struct kqt_recording *r)
{
	if (!r)
		return;
	fclose(r->lines);
	kqt_hlog_reader_free(r->hlog);
	free_head(&r->line.head);
	free_config(&r->line.config);
	free_alarm(&r->line.alarm);
	free_mark(&r->line.mark);
	free(r->tally);
	free(r);
}
