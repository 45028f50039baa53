/* SPDX-License-Identifier: MIT */
#include "tui/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cmd.h"
#include "tui/live/view.h"

#define SECTION "kqtop"
#define INTERVAL_MIN_MS 10
#define INTERVAL_MAX_MS 60000

static struct kqt_setting table[KQT_SETTINGS] = {
    [KQT_SETTING_THEME] = {"theme", "default|light|contrast|mono", "default|light|contrast|mono", 0,
                           "for a dark or light terminal, no colour"},
    [KQT_SETTING_GLYPHS] = {"glyphs", "auto|braille|block|ascii", "auto|braille|block|ascii",
                            KQT_WANT_AUTO, "characters that charts are drawn with"},
    [KQT_SETTING_COLOR] = {"color", "auto|always|never", "auto|always|never", KQT_COLOR_AUTO,
                           "auto: as the terminal and NO_COLOR say"},
    [KQT_SETTING_INTERVAL] = {"interval", NULL, "T", 250, "refresh and line period, in ms"},
    [KQT_SETTING_VIEW] = {"view", "", "VIEW", 0, "what is shown first"},
    [KQT_SETTING_KIND] = {"kind", "wait|notification|response", "wait|notification|response",
                          KQT_LATENCY_WAIT, "latency shown first"},
    [KQT_SETTING_STREAM] = {"stream", "seed|low8|lsb|notification", "STREAM", KQT_STREAM_SEED,
                            "byte stream shown and assessed first"},
    [KQT_SETTING_SCALE] = {"scale", "lin|sqrt|log", "lin|sqrt|log", KQT_SCALE_SQRT,
                           "of bars and of the heat map's colours"},
    [KQT_SETTING_MOUSE] = {"mouse", "off|on", "off|on", 0, "click knobs and keys, wheel steps"},
};

/* The views that have a number. */
static const char *view_words(void)
{
	static char text[128];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	for (int v = 0; v < KQT_VIEWS; v++)
		if (kqt_view_is_numbered((enum kqt_view_id)v))
			kqt_strbuf_add(&sb, "%s%s", sb.len ? "|" : "", kqt_views[v].name);
	return text;
}

const struct kqt_setting *kqt_setting(enum kqt_setting_id id)
{
	if (id == KQT_SETTING_VIEW)
		table[id].words = table[id].arg = view_words();
	return &table[id];
}

enum kqt_setting_id kqt_setting_find(const char *name)
{
	int id = 0;

	while (id < KQT_SETTINGS && strcmp(table[id].name, name) != 0)
		id++;
	return (enum kqt_setting_id)id;
}

const char *kqt_setting_text(enum kqt_setting_id id, uint64_t value, char *buf, size_t size)
{
	const char *word = kqt_setting(id)->words;

	if (!word) {
		snprintf(buf, size, "%llums", (unsigned long long)value);
		return buf;
	}
	for (uint64_t i = 0; i < value && *word; i++) {
		word += strcspn(word, "|");
		word += *word == '|';
	}
	snprintf(buf, size, "%.*s", (int)strcspn(word, "|"), word);
	return buf;
}

int kqt_setting_parse(enum kqt_setting_id id, const char *text, uint64_t *value,
                      struct kqt_strbuf *why)
{
	const struct kqt_setting *s = kqt_setting(id);
	uint64_t ns;
	int rc;

	if (s->words) {
		rc = kqt_choice(s->words, text, why);
		if (rc >= 0)
			*value = (uint64_t)rc;
		return rc < 0 ? rc : 0;
	}
	if (kqt_parse_duration(text, "ms", &ns) < 0 || ns % KQT_NS_PER_MS ||
	    ns < INTERVAL_MIN_MS * KQT_NS_PER_MS || ns > INTERVAL_MAX_MS * KQT_NS_PER_MS) {
		kqt_strbuf_add(why, "'%.40s' is not a duration from %dms to %dms", text,
		               INTERVAL_MIN_MS, INTERVAL_MAX_MS);
		return -KQT_E_RANGE;
	}
	*value = ns / KQT_NS_PER_MS;
	return 0;
}

/* Outside the row a value goes to its nearer end or stays, never the other way. */
static uint64_t step_ms(uint64_t value, int step)
{
	static const uint64_t ms[] = {100, 250, 500, 1000, 2000, 5000};
	int n = (int)(sizeof(ms) / sizeof(ms[0])), at = 0;

	if (step > 0) {
		while (at < n && ms[at] <= value)
			at++;
		return at < n ? ms[at] : value;
	}
	for (at = n - 1; at >= 0 && ms[at] >= value;)
		at--;
	return at >= 0 ? ms[at] : value;
}

uint64_t kqt_setting_step(enum kqt_setting_id id, uint64_t value, int step)
{
	const char *words = kqt_setting(id)->words;
	uint64_t n = 1;

	if (!words)
		return step_ms(value, step);
	for (; *words; words++)
		n += *words == '|';
	return (value + (step > 0 ? 1 : n - 1)) % n;
}

/* -- reading --------------------------------------------------------------- */

void kqt_settings_default(struct kqt_settings *s)
{
	memset(s, 0, sizeof(*s));
	for (int id = 0; id < KQT_SETTINGS; id++)
		s->value[id] = table[id].def;
}

static void note_unknown(struct kqt_settings *s, const struct kqt_config_key *key)
{
	int i = s->n_unknown++;

	if (i >= KQT_UNKNOWN_KEYS)
		return;
	kqt_text_show(key->section, s->unknown[i].section, sizeof(s->unknown[i].section));
	kqt_text_show(key->name, s->unknown[i].name, sizeof(s->unknown[i].name));
	s->unknown[i].line = key->line;
}

int kqt_settings_take(void *settings, const struct kqt_config_key *key, struct kqt_strbuf *why)
{
	struct kqt_settings *s = settings;
	enum kqt_setting_id id = kqt_setting_find(key->name);
	char text[256], shown[48];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	int rc;

	if (id == KQT_SETTINGS || strcmp(key->section, SECTION) != 0) {
		note_unknown(s, key);
		return 0;
	}
	rc = kqt_setting_parse(id, kqt_text_show(key->value, shown, sizeof(shown)), &s->value[id],
	                       &sb);
	if (rc < 0)
		kqt_strbuf_add(why, "%s: %s", key->name, text);
	else
		s->origin[id] = (struct kqt_origin){KQT_BY_FILE, key->line};
	return rc;
}

/* -- writing --------------------------------------------------------------- */

/* Change the text by one key; text becomes NULL when memory is short. */
static void edit(char **text, const char *section, const char *name, const char *value)
{
	char *edited = *text ? kqt_config_edit(*text, section, name, value) : NULL;

	free(*text);
	*text = edited;
}

/* The file as it is now: whatever somebody else has written meanwhile stays. */
static int begin(const struct kqt_settings *s, char **text, struct kqt_strbuf *why)
{
	char reason[96], shown[256];
	int rc;

	*text = NULL;
	if (!s->path[0]) {
		kqt_strbuf_add(why, "not saved: neither XDG_CONFIG_HOME nor HOME is set");
		return -ENOENT;
	}
	rc = kqt_config_text_load(s->path, text);
	if (rc < 0)
		kqt_strbuf_add(why, "not saved: cannot read '%s': %s",
		               kqt_text_show(s->path, shown, sizeof(shown)),
		               kqt_err_text(rc, reason, sizeof(reason)));
	return rc;
}

static int finish(const struct kqt_settings *s, char *text, struct kqt_strbuf *why)
{
	char reason[96], shown[256];
	int rc = text ? kqt_config_text_save(s->path, text) : -ENOMEM;

	free(text);
	if (rc < 0)
		kqt_strbuf_add(why, "not saved: cannot write '%s': %s",
		               kqt_text_show(s->path, shown, sizeof(shown)),
		               kqt_err_text(rc, reason, sizeof(reason)));
	return rc;
}

int kqt_settings_save(const struct kqt_settings *s, enum kqt_setting_id id, struct kqt_strbuf *why)
{
	char value[64], *text;
	int rc = begin(s, &text, why);

	if (rc < 0)
		return rc;
	edit(&text, SECTION, kqt_setting(id)->name,
	     kqt_setting_text(id, s->value[id], value, sizeof(value)));
	return finish(s, text, why);
}

/* What decides about waits is written always, the machine's part where it is not as by
 * default. */
static void rows_of(const struct kqt_config *cfg, bool named[KQT_TUNABLES_MAX])
{
	static const char *const always[] = {"phase", "dither", "spread", NULL};
	struct kqt_config def;
	char a[KQT_PATH_SIZE], b[KQT_PATH_SIZE];

	kqt_config_default(&def);
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		bool *want = &named[t - kqt_tunables];

		kqt_config_get_text(cfg, t, a, sizeof(a));
		kqt_config_get_text(&def, t, b, sizeof(b));
		*want = kqt_preset_sets("default", t) || strcmp(a, b) != 0;
		for (int i = 0; always[i]; i++)
			*want |= strcmp(t->name, always[i]) == 0;
	}
}

/* A folder's name may be what a line of the file would not give back. */
static bool can_stand(const char *value)
{
	size_t n = strlen(value);

	return !strstr(value, " ;") && !strstr(value, "\t;") && value[0] != ';' &&
	       value[0] != ' ' && (n == 0 || value[n - 1] != ' ');
}

int kqt_settings_save_preset(const struct kqt_settings *s, const char *name,
                             const struct kqt_config *cfg, struct kqt_strbuf *why)
{
	bool named[KQT_TUNABLES_MAX] = {false};
	char section[64], value[KQT_PATH_SIZE], *text = NULL;
	int rc;

	rows_of(cfg, named);
	if (!can_stand(cfg->watch_dir)) {
		kqt_strbuf_add(why, "not saved: the file cannot hold this watch-dir");
		return -KQT_E_SYNTAX;
	}
	rc = kqt_preset_define(name, cfg, named, why);
	if (rc == 0)
		rc = begin(s, &text, why);
	if (rc < 0)
		return rc;
	snprintf(section, sizeof(section), "preset %s", name);
	/* of no source on purpose, `quiet` is the beginning */
	edit(&text, section, "preset", cfg->timeouts_only ? "quiet" : NULL);
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		kqt_config_get_text(cfg, t, value, sizeof(value));
		if (strcmp(t->json, t->name) != 0) /* the key by its other name */
			edit(&text, section, t->json, NULL);
		edit(&text, section, t->name, named[t - kqt_tunables] ? value : NULL);
	}
	return finish(s, text, why);
}
