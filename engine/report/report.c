/* SPDX-License-Identifier: MIT */
/* A report's life, and its way from and to a file. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/base/io.h"
#include "engine/config/text.h"
#include "engine/report/report_priv.h"

#define CHUNK 65536

/* -- life ------------------------------------------------------------------- */

static const struct kqt_load_figures no_load = {NAN, NAN, NAN, NAN};

struct kqt_report *kqt_report_new(void)
{
	struct kqt_report *r = kqt_array_new(1, sizeof(*r));

	if (!r)
		return NULL;
	for (int i = 0; i < KQT_SIDES; i++) {
		kqt_config_default(&r->side[i].config);
		r->side[i].achieved = no_load;
		r->side[i].load_version = KQT_UNKNOWN;
	}
	r->how.dma_latency_us = KQT_UNKNOWN;
	return r;
}

void kqt_round_fini(struct kqt_round *round)
{
	kqt_sparse_free(&round->wait_wake);
	kqt_sparse_free(&round->wait_timeout);
	for (int f = 0; f < KQT_FILTERS; f++) {
		kqt_sparse_free(&round->wait_filter[f]);
		kqt_sparse_free(&round->notification[f]);
		kqt_sparse_free(&round->response[f]);
	}
	free(round->slice);
	*round = (struct kqt_round){
	    .steady = -1,
	    .load = no_load,
	    .entropy = {.assessed = NAN, .mcv = NAN, .shannon = NAN},
	    .flags = {KQT_UNKNOWN, KQT_UNKNOWN, KQT_UNKNOWN, KQT_UNKNOWN, KQT_UNKNOWN, KQT_UNKNOWN,
	              KQT_UNKNOWN, KQT_UNKNOWN},
	};
}

static void side_fini(struct kqt_side *s)
{
	free(s->options);
	free(s->load);
	free(s->load_command);
}

void kqt_report_free(struct kqt_report *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_rounds; i++)
		kqt_round_fini(&r->rounds[i]);
	for (size_t i = 0; i < r->n_facts; i++) {
		free(r->facts[i].key);
		free(r->facts[i].value);
	}
	for (int i = 0; i < KQT_SIDES; i++)
		side_fini(&r->side[i]);
	free(r->rounds);
	free(r->facts);
	free(r->version);
	free(r->label);
	free(r->started);
	free(r->backend);
	free(r->backend_label);
	free(r->how.warmup);
	free(r->how.stream);
	free(r);
}

struct kqt_round *kqt_report_add_round(struct kqt_report *r)
{
	struct kqt_round *more;

	/* room doubles: it is full whenever the number is a power of two */
	if ((r->n_rounds & (r->n_rounds - 1)) == 0) {
		size_t room = r->n_rounds ? 2 * r->n_rounds : 1;

		more = realloc(r->rounds, room * sizeof(*more));
		if (!more)
			return NULL;
		r->rounds = more;
	}
	more = &r->rounds[r->n_rounds++];
	*more = (struct kqt_round){0};
	kqt_round_fini(more);
	return more;
}

/* -- figures ---------------------------------------------------------------- */

void kqt_round_hist(const struct kqt_round *r, enum kqt_latency kind, unsigned filter,
                    struct kqt_hist *out)
{
	const struct kqt_sparse *of = kind == KQT_LATENCY_WAIT           ? r->wait_filter
	                              : kind == KQT_LATENCY_NOTIFICATION ? r->notification
	                                                                 : r->response;

	if (filter < KQT_FILTERS) {
		kqt_sparse_add_to(&of[filter], out);
	} else if (kind == KQT_LATENCY_WAIT) {
		kqt_sparse_add_to(&r->wait_wake, out);
		kqt_sparse_add_to(&r->wait_timeout, out);
	} else {
		for (int f = 0; f < KQT_FILTERS; f++)
			kqt_sparse_add_to(&of[f], out);
	}
}

uint64_t kqt_round_events(const struct kqt_round *r)
{
	uint64_t n = 0;

	for (int f = 0; f < KQT_FILTERS; f++)
		n += r->filter[f].events;
	return n;
}

/* -- reading ---------------------------------------------------------------- */

/* What no field alone shows. */
static const char *report_fault(const struct kqt_report *r)
{
	for (size_t i = 0; i < r->n_rounds; i++)
		if (r->rounds[i].side == 1 && !r->ab)
			return "a round is of side B, and 'b' says that there is none";
	if (r->self_check && !r->ab)
		return "a self-check without a side B";
	return NULL;
}

/* What is said about a file that is not what it should be. */
struct verdict {
	int rc;
	char text[768];
};

/* The `schema` of an object, by an own pass: it may stand anywhere. @return whether all
 * of it is JSON. @rounds whether there is such a key. */
static bool find_schema(const char *text, size_t size, uint64_t *schema, bool *rounds)
{
	char nothing[8], key[16];
	struct kqt_strbuf unheard = kqt_strbuf_init(nothing, sizeof(nothing));
	struct kqt_json_in in = kqt_json_in("", text, size, &unheard);

	*rounds = false;
	if (!kqt_json_enter(&in, '{'))
		return false;
	while (kqt_json_more(&in, '{') && kqt_json_key(&in, key, sizeof(key))) {
		*rounds = *rounds || strcmp(key, "rounds") == 0;
		if (strcmp(key, "schema") == 0)
			(void)kqt_json_count(&in, schema);
		else
			(void)kqt_json_skip(&in);
	}
	return in.rc == 0;
}

/* In a file of another format version, or of another kind, the first error only
 * follows from that. */
static void explain(const char *text, size_t size, const char *name, struct verdict *v)
{
	uint64_t schema = KQT_REPORT_SCHEMA;
	bool rounds, whole;

	if (v->rc != -KQT_E_SYNTAX && v->rc != -KQT_E_RANGE)
		return;
	whole = find_schema(text, size, &schema, &rounds);
	if (schema != KQT_REPORT_SCHEMA) {
		snprintf(v->text, sizeof(v->text),
		         "'%s': schema: this is format version %llu, and %d is what can be read",
		         name, (unsigned long long)schema, KQT_REPORT_SCHEMA);
		v->rc = -KQT_E_UNSUPPORTED;
	} else if (whole && !rounds) {
		snprintf(v->text, sizeof(v->text),
		         "'%s' has no 'rounds': it is not a report of kqtop bench", name);
	}
}

int kqt_report_parse(const char *text, size_t size, const char *name, struct kqt_report **out,
                     struct kqt_strbuf *why)
{
	struct kqt_report *r = kqt_report_new();
	struct verdict v = {.rc = -ENOMEM, .text = "out of memory"};
	struct kqt_strbuf said = kqt_strbuf_init(v.text, sizeof(v.text));
	char shown[256];

	if (r) {
		struct kqt_json_in in = kqt_json_in(kqt_text_show(name, shown, sizeof(shown)), text,
		                                    size, &said);

		if (kqt_json_read(&in, kqt_report_fields, r) && kqt_json_end(&in)) {
			const char *fault = report_fault(r);

			if (fault)
				(void)kqt_json_fail(&in, -KQT_E_SYNTAX, "%s", fault);
		}
		if (in.rc == 0) {
			*out = r;
			return 0;
		}
		v.rc = in.rc;
		explain(text, size, shown, &v);
	}
	kqt_report_free(r);
	kqt_strbuf_add(why, "%s", v.text);
	return v.rc;
}

static int grow(char **text, size_t *room)
{
	size_t more = *room ? 2 * *room : CHUNK;
	char *p = realloc(*text, more);

	if (!p)
		return -ENOMEM;
	*text = p;
	*room = more;
	return 0;
}

static int read_fd(int fd, char **text, size_t *size)
{
	size_t room = 0;
	ssize_t got;

	*size = 0;
	for (;;) {
		if (*size == room && grow(text, &room) < 0)
			return -ENOMEM;
		got = read(fd, *text + *size, room - *size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		*size += (size_t)got;
		if (*size > KQT_REPORT_SIZE_MAX)
			return -KQT_E_RANGE;
	}
}

int kqt_report_load(const char *path, struct kqt_report **out, struct kqt_strbuf *why)
{
	char shown[256], words[96], *text = NULL;
	size_t size = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = fd < 0 ? -errno : 0;

	kqt_text_show(path, shown, sizeof(shown));
	if (fd >= 0) {
		rc = read_fd(fd, &text, &size);
		close(fd);
	}
	if (rc == -KQT_E_RANGE)
		kqt_strbuf_add(why, "'%s' is larger than %llu MiB", shown,
		               (unsigned long long)(KQT_REPORT_SIZE_MAX >> 20));
	else if (rc < 0)
		kqt_strbuf_add(why, "cannot %s '%s': %s", fd < 0 ? "open" : "read", shown,
		               kqt_err_text(rc, words, sizeof(words)));
	else
		rc = kqt_report_parse(text, size, path, out, why);
	free(text);
	return rc;
}

/* -- writing ---------------------------------------------------------------- */

char *kqt_report_json(const struct kqt_report *r, size_t *size)
{
	struct kqt_json_out out = {0};

	kqt_json_write(&out, kqt_report_fields, r);
	kqt_json_put(&out, "\n");
	if (out.failed) {
		free(out.text);
		return NULL;
	}
	if (size)
		*size = out.len;
	return out.text;
}

/* A file of its own beside the target, then its name. mkstemp's mode is 0600: what
 * open() would have given is set. */
static int replace(const char *path, const char *text, size_t size)
{
	char beside[KQT_PATH_SIZE + 16];
	mode_t mask;
	int fd, rc;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= sizeof(beside))
		return -ENAMETOOLONG;
	fd = mkstemp(beside);
	if (fd < 0)
		return -errno;
	mask = umask(0);
	umask(mask);
	rc = fchmod(fd, 0666 & ~mask) < 0 ? -errno : kqt_write_all(fd, text, size);
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(beside, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(beside);
	return rc;
}

/* A pipe or a device is written to, not replaced; of a symbolic link the target is. */
int kqt_file_replace(const char *path, const char *text, size_t size)
{
	struct stat st;
	char *target;
	int fd, rc;

	if (stat(path, &st) < 0)
		return replace(path, text, size);
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		rc = fd < 0 ? -errno : kqt_write_all(fd, text, size);
		if (fd >= 0 && close(fd) < 0 && rc == 0)
			rc = -errno;
		return rc;
	}
	target = realpath(path, NULL);
	rc = target ? replace(target, text, size) : -errno;
	free(target);
	return rc;
}

int kqt_report_save(const struct kqt_report *r, const char *path, struct kqt_strbuf *why)
{
	char shown[256], words[96];
	size_t size;
	char *text = kqt_report_json(r, &size);
	int rc = text ? kqt_file_replace(path, text, size) : -ENOMEM;

	if (rc < 0)
		kqt_strbuf_add(why, "cannot write '%s': %s",
		               kqt_text_show(path, shown, sizeof(shown)),
		               kqt_err_text(rc, words, sizeof(words)));
	free(text);
	return rc;
}
