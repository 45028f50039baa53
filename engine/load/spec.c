/* SPDX-License-Identifier: MIT */
/* The kinds, and how a load is asked for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/load/keeper.h"
#include "engine/load/load.h"
#include "engine/load/worker.h"

const struct kqt_load_work *const kqt_load_works[KQT_LOAD_KINDS] = {
    [KQT_LOAD_CPU] = &kqt_load_cpu,     [KQT_LOAD_MEMORY] = &kqt_load_memory,
    [KQT_LOAD_FORK] = &kqt_load_fork,   [KQT_LOAD_SOCKETS] = &kqt_load_sockets,
    [KQT_LOAD_FILES] = &kqt_load_files, [KQT_LOAD_TIMERS] = &kqt_load_timers,
};

const char *kqt_load_kind_name(enum kqt_load_kind kind)
{
	return (unsigned)kind < KQT_LOAD_KINDS ? kqt_load_works[kind]->name : "command";
}

const char *kqt_load_kind_ops(enum kqt_load_kind kind)
{
	return (unsigned)kind < KQT_LOAD_KINDS ? kqt_load_works[kind]->ops : "-";
}

void kqt_load_show(struct kqt_strbuf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		kqt_strbuf_add(out, c >= ' ' && c < 127 ? "%c" : "\\x%02x", c);
	}
}

static void say_quoted(struct kqt_strbuf *why, const char *text)
{
	size_t len = strlen(text);

	kqt_strbuf_add(why, "'");
	kqt_load_show(why, text, len < 40 ? len : 40);
	kqt_strbuf_add(why, len < 40 ? "'" : "...'");
}

static int unknown_kind(const char *text, struct kqt_strbuf *why)
{
	say_quoted(why, text);
	kqt_strbuf_add(why, ": no such load; there are");
	for (unsigned i = 0; i < KQT_LOAD_KINDS; i++)
		kqt_strbuf_add(why, "%s%s", i ? ", " : " ", kqt_load_works[i]->name);
	kqt_strbuf_add(why, ", each with :N or :Nx (times the CPUs)");
	return -KQT_E_UNKNOWN_NAME;
}

/* Digits only, 1 to 256. @return 0, -KQT_E_SYNTAX, -KQT_E_RANGE */
static int read_count(const char *text, size_t len, unsigned *out)
{
	unsigned n = 0;

	if (len == 0)
		return -KQT_E_SYNTAX;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -KQT_E_SYNTAX;
		if (n <= KQT_LOAD_COUNT_MAX)
			n = n * 10 + (unsigned)(text[i] - '0');
	}
	if (n < 1 || n > KQT_LOAD_COUNT_MAX)
		return -KQT_E_RANGE;
	*out = n;
	return 0;
}

int kqt_load_parse(const char *text, struct kqt_load_spec *out, struct kqt_strbuf *why)
{
	struct kqt_load_spec spec = {.kind = KQT_LOAD_KINDS, .count = 1, .per_cpu = true};
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	int rc = 0;

	for (unsigned i = 0; i < KQT_LOAD_KINDS; i++)
		if (strlen(kqt_load_works[i]->name) == len &&
		    memcmp(kqt_load_works[i]->name, text, len) == 0)
			spec.kind = (enum kqt_load_kind)i;
	if (spec.kind == KQT_LOAD_KINDS)
		return unknown_kind(text, why);
	if (colon) {
		size_t digits = strlen(colon + 1);

		spec.per_cpu = digits > 0 && colon[digits] == 'x';
		rc = read_count(colon + 1, digits - spec.per_cpu, &spec.count);
	}
	if (rc < 0) {
		say_quoted(why, text);
		kqt_strbuf_add(why,
		               rc == -KQT_E_RANGE
		                   ? ": N is 1 to %d"
		                   : ": after the kind comes :N or :Nx, N from 1 to %d",
		               KQT_LOAD_COUNT_MAX);
		return rc;
	}
	if (kqt_load_units(&spec, 0) > KQT_LOAD_COUNT_MAX) {
		say_quoted(why, text);
		kqt_strbuf_add(why, ": comes to %u here, at most %d", kqt_load_units(&spec, 0),
		               KQT_LOAD_COUNT_MAX);
		return -KQT_E_RANGE;
	}
	*out = spec;
	return 0;
}

const char *kqt_load_text(const struct kqt_load_spec *spec, char *buf, size_t size)
{
	snprintf(buf, size, "%s:%u%s", kqt_load_kind_name(spec->kind), spec->count,
	         spec->per_cpu ? "x" : "");
	return buf;
}

unsigned kqt_load_cpus(unsigned cpus)
{
	long n = cpus ? (long)cpus : sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned)n : 1;
}

unsigned kqt_load_units(const struct kqt_load_spec *spec, unsigned cpus)
{
	return spec->per_cpu ? spec->count * kqt_load_cpus(cpus) : spec->count;
}
