/* SPDX-License-Identifier: MIT */
#include "engine/report/report_hlog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/config/text.h"
#include "engine/hist/hlog.h"

/** A log that is being written. */
struct writing {
	struct kqt_hlog_writer *w;
	struct kqt_hist *hist;
	uint64_t start_ns, length_ns; /* of the round */
	bool b;
	int rc;
};

static void line(struct writing *g, const char *tag)
{
	char with_side[64];

	if (g->rc < 0 || g->hist->count == 0)
		return;
	if (g->b) {
		snprintf(with_side, sizeof(with_side), "B.%s", tag ? tag : "wait");
		tag = with_side;
	}
	g->rc = kqt_hlog_write(g->w, tag, g->start_ns, g->length_ns, g->hist);
}

static void sparse_line(struct writing *g, const struct kqt_sparse *s, const char *tag)
{
	kqt_hist_reset(g->hist);
	kqt_sparse_add_to(s, g->hist);
	line(g, tag);
}

static void write_round(struct writing *g, const struct kqt_round *r)
{
	char tag[48];

	g->start_ns = (uint64_t)((r->start_s + r->warmup_s) * 1e9);
	g->length_ns = (uint64_t)(r->seconds * 1e9);
	g->b = r->side == 1;
	kqt_hist_reset(g->hist);
	kqt_round_hist(r, KQT_LATENCY_WAIT, KQT_FILTERS, g->hist);
	line(g, NULL);
	sparse_line(g, &r->wait_wake, "wait.wake");
	sparse_line(g, &r->wait_timeout, "wait.timeout");
	for (enum kqt_latency k = 0; k < KQT_LATENCIES; k++)
		for (enum kqt_filter f = 0; f < KQT_FILTERS; f++) {
			snprintf(tag, sizeof(tag), "%s.%s", kqt_latency_name(k),
			         kqt_filter_name(f));
			kqt_hist_reset(g->hist);
			kqt_round_hist(r, k, f, g->hist);
			line(g, tag);
		}
}

/* "2026-11-23T01:30:00Z" as ms since 1970; 0 when it is not that. */
static uint64_t started_ms(const struct kqt_report *r)
{
	struct tm tm = {0};
	const char *end = r->started ? strptime(r->started, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;
	time_t t = end && !*end ? timegm(&tm) : 0;

	return t > 0 ? (uint64_t)t * 1000 : 0;
}

static int write_all(const struct kqt_report *r, const char *path)
{
	char label[KQT_HLOG_COMMENT_MAX];
	const char *comments[] = {"kqtop bench", label, NULL};
	struct kqt_hlog_head head = {.start_ms = started_ms(r), .comments = comments};
	struct writing g = {.hist = kqt_array_new(1, sizeof(struct kqt_hist))};
	int rc;

	snprintf(label, sizeof(label), "label: %s", r->label ? r->label : "-");
	if (!g.hist)
		return -ENOMEM;
	g.rc = kqt_hlog_create(path, KQT_LINES_REPLACE, &head, &g.w);
	if (g.rc == 0) {
		for (size_t i = 0; i < r->n_rounds; i++)
			write_round(&g, &r->rounds[i]);
		rc = kqt_hlog_close(g.w);
		g.rc = g.rc < 0 ? g.rc : rc;
	}
	free(g.hist);
	return g.rc;
}

/* Beside the target, then its name; mkstemp's mode is made what open() would give. */
static int replace(const struct kqt_report *r, const char *path)
{
	char beside[KQT_PATH_SIZE + 16];
	mode_t mask = umask(0);
	int fd, rc;

	umask(mask);
	if ((size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= sizeof(beside))
		return -ENAMETOOLONG;
	fd = mkstemp(beside);
	if (fd < 0)
		return -errno;
	rc = fchmod(fd, 0666 & ~mask) < 0 ? -errno : 0;
	close(fd);
	if (rc == 0)
		rc = write_all(r, beside);
	if (rc == 0 && rename(beside, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(beside);
	return rc;
}

int kqt_report_save_hlog(const struct kqt_report *r, const char *path, struct kqt_strbuf *why)
{
	char shown[256], words[96];
	int rc = replace(r, path);

	if (rc < 0)
		kqt_strbuf_add(why, "cannot write '%s': %s",
		               kqt_text_show(path, shown, sizeof(shown)),
		               kqt_err_text(rc, words, sizeof(words)));
	return rc;
}
