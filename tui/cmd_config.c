/* SPDX-License-Identifier: MIT */
/* kqtop config: what is in force and where each value comes from. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cmd.h"

#define NAME_CELLS 12
#define VALUE_CELLS 14

struct config_command {
	struct kqt_settings settings;
	bool json;
};

static struct kqt_settings *settings_of(void *into)
{
	return &((struct config_command *)into)->settings;
}

static int set_json(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct config_command *)into)->json = true;
	return 0;
}

/** Where a tunable has its value from; by a preset when it is not named itself. */
struct source {
	struct kqt_origin origin;
	bool preset;
};

/* --preset stands above the file's single keys, the file's below them. */
static struct source source_of(const struct kqt_settings *s, const struct kqt_config *cfg,
                               const struct kqt_tunable *t)
{
	struct kqt_origin own = s->tunable[t - kqt_tunables];
	bool by_preset = s->preset.by > KQT_BY_DEFAULT && kqt_preset_sets(cfg->preset, t);

	if (by_preset && s->preset.by > own.by)
		return (struct source){s->preset, true};
	return (struct source){own, false};
}

static const char *kind_text(struct kqt_origin o)
{
	return o.by == KQT_BY_FILE ? "file" : o.by == KQT_BY_OPTION ? "option" : "default";
}

static const char *source_text(const struct kqt_config *cfg, struct source src, char *buf,
                               size_t size)
{
	struct kqt_strbuf sb = kqt_strbuf_init(buf, size);

	if (src.preset)
		kqt_strbuf_add(&sb, "preset %s, ", cfg->preset);
	if (src.origin.by == KQT_BY_FILE)
		kqt_strbuf_add(&sb, "file:%d", src.origin.line);
	else
		kqt_strbuf_add(&sb, "%s",
		               src.origin.by == KQT_BY_OPTION ? "command line" : "default");
	return buf;
}

/* -- for people ------------------------------------------------------------ */

static void put_row(const char *name, const char *value, const char *source)
{
	printf("  %-*s %-*s %s\n", NAME_CELLS, name, VALUE_CELLS, *value ? value : "-", source);
}

/* What one's own preset is, in options. */
static const char *preset_options(const char *name, char *buf, size_t size)
{
	struct kqt_strbuf sb = kqt_strbuf_init(buf, size);
	struct kqt_config cfg;

	kqt_config_default(&cfg);
	if (kqt_config_preset(&cfg, name, NULL) == 0)
		kqt_config_command_line(&cfg, NULL, &sb);
	return buf;
}

static bool is_own(const char *name)
{
	for (size_t i = 0; kqt_preset_names[i]; i++)
		if (strcmp(kqt_preset_names[i], name) == 0)
			return false;
	return true;
}

static void put_presets(void)
{
	char options[2048];
	const char *name;
	bool first = true;

	for (size_t i = 0; (name = kqt_preset_name(i)) != NULL; i++) {
		if (!is_own(name))
			continue;
		if (first)
			printf("presets of your own\n");
		first = false;
		preset_options(name, options, sizeof(options));
		printf("  %-*s %s\n", NAME_CELLS, name, options[0] ? options : "as by default");
	}
}

static void put_unknown(const struct kqt_settings *s)
{
	if (s->n_unknown)
		printf("unknown, kept in the file\n");
	for (int i = 0; i < s->n_unknown && i < KQT_UNKNOWN_KEYS; i++)
		printf("  %-*s [%s], file:%d\n", NAME_CELLS, s->unknown[i].name,
		       s->unknown[i].section, s->unknown[i].line);
	if (s->n_unknown > KQT_UNKNOWN_KEYS)
		printf("  and %d more\n", s->n_unknown - KQT_UNKNOWN_KEYS);
}

static void put_text(const struct kqt_settings *s, const struct kqt_config *cfg)
{
	char value[KQT_PATH_SIZE], shown[KQT_PATH_SIZE], source[96];

	printf("file           %s%s\n",
	       s->path[0] ? kqt_text_show(s->path, shown, sizeof(shown))
	                  : "none: neither XDG_CONFIG_HOME nor HOME is set",
	       s->path[0] && !s->there ? " (not there)" : "");
	printf("what is measured\n");
	put_row("preset", cfg->preset,
	        source_text(cfg, (struct source){s->preset, false}, source, sizeof(source)));
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
		put_row(t->name, kqt_config_get_text(cfg, t, value, sizeof(value)),
		        source_text(cfg, source_of(s, cfg, t), source, sizeof(source)));
	printf("the screen\n");
	for (int id = 0; id < KQT_SETTINGS; id++)
		put_row(
		    kqt_setting((enum kqt_setting_id)id)->name,
		    kqt_setting_text((enum kqt_setting_id)id, s->value[id], value, sizeof(value)),
		    source_text(cfg, (struct source){s->origin[id], false}, source,
		                sizeof(source)));
	put_presets();
	put_unknown(s);
}

/* -- JSON ------------------------------------------------------------------ */

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static json_t *row_json(const char *name, const char *value, struct kqt_origin o,
                        const char *preset)
{
	return json_pack("{s:s, s:o, s:s, s:o, s:o}", "name", name, "value", text_or_null(value),
	                 "source", kind_text(o), "line",
	                 o.by == KQT_BY_FILE ? json_integer(o.line) : json_null(), "preset",
	                 text_or_null(preset));
}

static json_t *tunables_json(const struct kqt_settings *s, const struct kqt_config *cfg)
{
	json_t *rows = json_array();
	char value[KQT_PATH_SIZE];

	json_array_append_new(rows, row_json("preset", cfg->preset, s->preset, ""));
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		struct source src = source_of(s, cfg, t);

		json_array_append_new(
		    rows, row_json(t->name, kqt_config_get_text(cfg, t, value, sizeof(value)),
		                   src.origin, src.preset ? cfg->preset : ""));
	}
	return rows;
}

static json_t *settings_json(const struct kqt_settings *s)
{
	json_t *rows = json_array();
	char value[64];

	for (int id = 0; id < KQT_SETTINGS; id++)
		json_array_append_new(rows,
		                      row_json(kqt_setting((enum kqt_setting_id)id)->name,
		                               kqt_setting_text((enum kqt_setting_id)id,
		                                                s->value[id], value, sizeof(value)),
		                               s->origin[id], ""));
	return rows;
}

static json_t *presets_json(void)
{
	json_t *rows = json_array();
	char options[2048];
	const char *name;

	for (size_t i = 0; (name = kqt_preset_name(i)) != NULL; i++)
		if (is_own(name))
			json_array_append_new(
			    rows, json_pack("{s:s, s:s}", "name", name, "options",
			                    preset_options(name, options, sizeof(options))));
	return rows;
}

static json_t *unknown_json(const struct kqt_settings *s)
{
	json_t *rows = json_array();

	for (int i = 0; i < s->n_unknown && i < KQT_UNKNOWN_KEYS; i++)
		json_array_append_new(
		    rows, json_pack("{s:s, s:s, s:i}", "section", s->unknown[i].section, "name",
		                    s->unknown[i].name, "line", s->unknown[i].line));
	return rows;
}

/* @return false when memory is short */
static bool put_json(const struct kqt_settings *s, const struct kqt_config *cfg)
{
	char path[KQT_PATH_SIZE];
	json_t *o = json_pack("{s:i, s:o, s:b, s:o, s:o, s:o, s:o, s:i}", "schema", 1, "file",
	                      text_or_null(kqt_text_show(s->path, path, sizeof(path))), "exists",
	                      s->there, "measured", tunables_json(s, cfg), "screen",
	                      settings_json(s), "presets", presets_json(), "unknown",
	                      unknown_json(s), "unknown_count", s->n_unknown);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	if (text)
		printf("%s\n", text);
	free(text);
	return text != NULL;
}

int kqt_cmd_config(int argc, char **argv)
{
	static const struct kqt_option options[] = {
	    {"json", '\0', NULL, "one JSON object", set_json},
	    {0},
	};
	static const struct kqt_usage usage = {
	    .command = "config",
	    .synopsis = "kqtop config [--json] [OPTIONS]",
	    .about =
	        "Print what would be in force with these options, and where each value comes from.",
	    .options = options,
	    .measures = true,
	    .settings = settings_of,
	};
	struct config_command c = {.json = false};
	struct kqt_config cfg;
	int rc = kqt_options_read(argc, argv, &usage, &cfg, &c, NULL);

	if (rc >= 0)
		return rc;
	if (!c.json)
		put_text(&c.settings, &cfg);
	else if (!put_json(&c.settings, &cfg)) {
		kqt_complain("out of memory");
		return KQT_EXIT_NEGATIVE;
	}
	return kqt_output_end() ? KQT_EXIT_OK : KQT_EXIT_NEGATIVE;
}
