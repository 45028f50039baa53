/* SPDX-License-Identifier: MIT */
/* Presets: the built-in ones, and those of one's own, which the configuration file
 * defines. */
#include "engine/config/config.h"
#include "engine/config/text.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"

#define SHOWN 48
#define NAME_SIZE sizeof(((struct kqt_config *)NULL)->preset)

/* measurement.md, "Presets". Same order as kqt_preset_names. */
static const struct preset {
	uint64_t timers, sockets, watchers, timeout_ms, stimulus_us;
	enum kqt_write_mode write;
	bool timeouts_only;
} presets[] = {
    {8, 4, 4, 1, 500, KQT_WRITE_DRIVEN, false},   /* default */
    {8, 4, 4, 1, 500, KQT_WRITE_LEVEL, false},    /* seed */
    {8, 0, 0, 1, 500, KQT_WRITE_DRIVEN, false},   /* timers */
    {0, 4, 0, 1, 500, KQT_WRITE_DRIVEN, false},   /* sockets */
    {0, 0, 4, 1, 500, KQT_WRITE_DRIVEN, false},   /* watchers */
    {0, 0, 0, 1, 500, KQT_WRITE_DRIVEN, true},    /* quiet */
    {8, 4, 4, 0, 500, KQT_WRITE_DRIVEN, false},   /* spin */
    {64, 32, 32, 1, 50, KQT_WRITE_DRIVEN, false}, /* storm */
};
#define BUILT_IN (sizeof(presets) / sizeof(presets[0]))

const char *const kqt_preset_names[] = {
    "default", "seed", "timers", "sockets", "watchers", "quiet", "spin", "storm", NULL,
};

_Static_assert(BUILT_IN + 1 == sizeof(kqt_preset_names) / sizeof(kqt_preset_names[0]),
               "one row for each preset's name");

static struct own {
	struct kqt_config values; /* its preset field is the name */
	bool named[KQT_TUNABLES_MAX];
} own[KQT_PRESETS_OWN_MAX];
static size_t n_own;

static void apply_built_in(struct kqt_config *cfg, size_t i)
{
	const struct preset *p = &presets[i];

	cfg->num_timers = p->timers;
	cfg->num_sockets = p->sockets;
	cfg->num_file_watchers = p->watchers;
	cfg->timeout_ms = p->timeout_ms;
	cfg->stimulus_us = p->stimulus_us;
	cfg->write = p->write;
	cfg->timeouts_only = p->timeouts_only;
}

/* What every preset is made of. */
static bool is_of_all(const struct kqt_tunable *t)
{
	static const size_t fields[] = {
	    offsetof(struct kqt_config, num_timers),
	    offsetof(struct kqt_config, num_sockets),
	    offsetof(struct kqt_config, num_file_watchers),
	    offsetof(struct kqt_config, timeout_ms),
	    offsetof(struct kqt_config, stimulus_us),
	    offsetof(struct kqt_config, write),
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i] == t->offset)
			return true;
	return false;
}

static void copy_row(struct kqt_config *to, const struct kqt_config *from,
                     const struct kqt_tunable *t)
{
	size_t n = t->type == KQT_T_TEXT   ? t->size
	           : t->type == KQT_T_CPUS ? 2 * sizeof(int64_t)
	                                   : sizeof(uint64_t);

	memcpy((char *)to + t->offset, (const char *)from + t->offset, n);
}

static void apply_own(struct kqt_config *cfg, const struct own *o)
{
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
		if (o->named[t - kqt_tunables] || is_of_all(t))
			copy_row(cfg, &o->values, t);
	cfg->timeouts_only = o->values.timeouts_only;
}

bool kqt_preset_sets(const char *name, const struct kqt_tunable *t)
{
	const char *known;

	for (size_t i = 0; (known = kqt_preset_name(i)) != NULL; i++)
		if (strcmp(known, name) == 0)
			return is_of_all(t) ||
			       (i >= BUILT_IN && own[i - BUILT_IN].named[t - kqt_tunables]);
	return false;
}

const char *kqt_preset_name(size_t i)
{
	if (i < BUILT_IN)
		return kqt_preset_names[i];
	return i - BUILT_IN < n_own ? own[i - BUILT_IN].values.preset : NULL;
}

int kqt_config_preset(struct kqt_config *cfg, const char *name, struct kqt_strbuf *why)
{
	char shown[SHOWN];
	const char *known;

	for (size_t i = 0; (known = kqt_preset_name(i)) != NULL; i++) {
		if (strcmp(known, name) != 0)
			continue;
		if (i < BUILT_IN)
			apply_built_in(cfg, i);
		else
			apply_own(cfg, &own[i - BUILT_IN]);
		memmove(cfg->preset, known, strlen(known) + 1);
		return 0;
	}
	if (!why)
		return -KQT_E_UNKNOWN_NAME;
	kqt_strbuf_add(why,
	               "no preset '%s' (there are: ", kqt_text_show(name, shown, sizeof(shown)));
	for (size_t i = 0; (known = kqt_preset_name(i)) != NULL; i++)
		kqt_strbuf_add(why, "%s%s", i ? ", " : "", known);
	kqt_strbuf_add(why, ")");
	return -KQT_E_UNKNOWN_NAME;
}

int kqt_preset_name_check(const char *name, struct kqt_strbuf *why)
{
	static const char first[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char rest[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t n = strlen(name);
	char shown[SHOWN];

	if (n == 0 || n >= NAME_SIZE || !strchr(first, name[0]) || name[strspn(name, rest)]) {
		if (why)
			kqt_strbuf_add(why,
			               "'%s' is no preset's name: 1 to %zu letters, digits, '-', "
			               "'_' or '.', a letter or digit first",
			               kqt_text_show(name, shown, sizeof(shown)), NAME_SIZE - 1);
		return -KQT_E_SYNTAX;
	}
	for (size_t i = 0; i < BUILT_IN; i++) {
		if (strcmp(name, kqt_preset_names[i]) != 0)
			continue;
		if (why)
			kqt_strbuf_add(why, "'%s' is a built-in preset", name);
		return -KQT_E_UNKNOWN_NAME;
	}
	return 0;
}

int kqt_preset_define(const char *name, const struct kqt_config *values,
                      const bool named[KQT_TUNABLES_MAX], struct kqt_strbuf *why)
{
	int rc = kqt_preset_name_check(name, why);
	size_t i = 0;

	if (rc < 0)
		return rc;
	while (i < n_own && strcmp(own[i].values.preset, name) != 0)
		i++;
	if (i == KQT_PRESETS_OWN_MAX) {
		if (why)
			kqt_strbuf_add(why, "more than %d presets", KQT_PRESETS_OWN_MAX);
		return -KQT_E_RANGE;
	}
	n_own += i == n_own;
	own[i].values = *values;
	memcpy(own[i].named, named, sizeof(own[i].named));
	snprintf(own[i].values.preset, NAME_SIZE, "%s", name);
	return 0;
}

void kqt_presets_forget(void)
{
	n_own = 0;
}
