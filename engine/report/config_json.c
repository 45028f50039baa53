/* SPDX-License-Identifier: MIT */
#include "engine/report/config_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

static void write_value(struct kqt_json_out *out, const struct kqt_config *cfg,
                        const struct kqt_tunable *t)
{
	char text[KQT_PATH_SIZE + 8];

	switch (t->type) {
	case KQT_T_UINT:
	case KQT_T_DURATION:
		kqt_json_put_count(out, kqt_config_get(cfg, t));
		return;
	case KQT_T_FLAG:
		kqt_json_put(out, "%s", kqt_config_get(cfg, t) ? "true" : "false");
		return;
	case KQT_T_CHOICE:
	case KQT_T_TEXT:
	case KQT_T_CPUS:
		break;
	}
	kqt_config_get_text(cfg, t, text, sizeof(text));
	kqt_json_put_text(out, text[0] ? text : NULL);
}

void kqt_config_write_json(struct kqt_json_out *out, const struct kqt_config *cfg)
{
	char sep = '{';

	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		kqt_json_put(out, "%c\"%s\":", sep, t->json);
		write_value(out, cfg, t);
		sep = ',';
	}
	/* no source on purpose: of the presets only `quiet` says so, and more than its
	 * counts may have been changed since */
	kqt_json_put(out,
	             ",\"timeouts_only\":%s,\"preset\":", cfg->timeouts_only ? "true" : "false");
	kqt_json_put_text(out, cfg->preset);
	kqt_json_put(out, "}");
}

static bool set(struct kqt_json_in *in, struct kqt_config *cfg, const char *name, const char *value)
{
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc = kqt_config_set(cfg, name, value, &why);

	return rc == 0 || kqt_json_fail(in, rc, "%s", text);
}

static bool read_text(struct kqt_json_in *in, struct kqt_config *cfg, const char *name)
{
	char *text = NULL;
	bool ok;

	if (kqt_json_null(in))
		return set(in, cfg, name, "");
	ok = kqt_json_text(in, &text) && set(in, cfg, name, text);
	free(text);
	return ok;
}

static bool read_value(struct kqt_json_in *in, struct kqt_config *cfg, const struct kqt_tunable *t)
{
	char number[24];
	uint64_t n;
	bool flag;

	switch (t->type) {
	case KQT_T_UINT:
	case KQT_T_DURATION:
		if (!kqt_json_count(in, &n))
			return false;
		snprintf(number, sizeof(number), "%" PRIu64, n);
		return set(in, cfg, t->name, number);
	case KQT_T_FLAG:
		return kqt_json_flag(in, &flag) && set(in, cfg, t->name, flag ? "on" : "off");
	case KQT_T_CHOICE:
	case KQT_T_TEXT:
	case KQT_T_CPUS:
		break;
	}
	return read_text(in, cfg, t->name);
}

/* The preset is a name to show, not to apply: what it set stands beside it. It may be one
 * that its writer had defined. */
static bool read_preset(struct kqt_json_in *in, struct kqt_config *cfg)
{
	char why_text[256], *text = NULL;
	struct kqt_strbuf why = kqt_strbuf_init(why_text, sizeof(why_text));
	bool ok = kqt_json_text(in, &text);
	int rc = ok ? kqt_preset_name_check(text, &why) : 0;

	if (rc < 0 && rc != -KQT_E_UNKNOWN_NAME) /* which says that it is a built-in one */
		ok = kqt_json_fail(in, -KQT_E_SYNTAX, "%s", why_text);
	if (ok)
		snprintf(cfg->preset, sizeof(cfg->preset), "%s", text);
	free(text);
	return ok;
}

bool kqt_config_read_json(struct kqt_json_in *in, struct kqt_config *cfg)
{
	char key[40];
	bool flag;

	kqt_config_default(cfg);
	if (!kqt_json_enter(in, '{'))
		return false;
	while (kqt_json_more(in, '{')) {
		const struct kqt_tunable *t;

		if (!kqt_json_key(in, key, sizeof(key)))
			return false;
		t = kqt_tunable_find(key);
		if (strcmp(key, "timeouts_only") == 0) {
			if (!kqt_json_flag(in, &flag))
				return false;
			cfg->timeouts_only = flag;
		} else if (strcmp(key, "preset") == 0) {
			if (!read_preset(in, cfg))
				return false;
		} else if (t && strcmp(t->json, key) == 0) {
			if (!read_value(in, cfg, t))
				return false;
		} else if (!kqt_json_skip(in)) {
			return false;
		}
	}
	return in->rc == 0;
}
