/* SPDX-License-Identifier: MIT */
/* The screen's settings: one table gives each its name, words and help. Command line,
 * configuration file, setup screen and `kqtop config` are made from it. They live in the
 * file's section [kqtop] beside the tunables. Command line beats file beats default.
 *
 * Threads: main only. */
#ifndef KQT_TUI_SETTINGS_H
#define KQT_TUI_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

enum kqt_setting_id {
	KQT_SETTING_THEME, /* place: enum kqt_palette */
	KQT_SETTING_GLYPHS,
	KQT_SETTING_COLOR,
	KQT_SETTING_INTERVAL, /* ms */
	KQT_SETTING_VIEW,
	KQT_SETTING_KIND,   /* place: enum kqt_latency */
	KQT_SETTING_STREAM, /* place: enum kqt_stream */
	KQT_SETTING_SCALE,  /* place: enum kqt_scale */
	KQT_SETTING_MOUSE,
	KQT_SETTINGS
};
enum { KQT_COLOR_AUTO, KQT_COLOR_ALWAYS, KQT_COLOR_NEVER };
enum { KQT_WANT_AUTO, KQT_WANT_BRAILLE, KQT_WANT_BLOCK, KQT_WANT_ASCII }; /* glyphs */

struct kqt_setting {
	const char *name;  /* option, key of the file, row of the setup screen */
	const char *words; /* "auto|always|never": a value is a place in it. NULL: ms */
	const char *arg;   /* metavariable */
	uint64_t def;
	const char *help; /* at most 38 cells, lower case */
};
/** @return the row; words filled in also where they are made from another table. */
const struct kqt_setting *kqt_setting(enum kqt_setting_id id);
/** @return KQT_SETTINGS when none has that name. */
enum kqt_setting_id kqt_setting_find(const char *name);
/** A value as the file has it. @return buf. */
const char *kqt_setting_text(enum kqt_setting_id id, uint64_t value, char *buf, size_t size);
/** @return 0 with *value set, or -KQT_E_* with a sentence in why, without the name. */
KQT_MUST_USE int kqt_setting_parse(enum kqt_setting_id id, const char *text, uint64_t *value,
                                   struct kqt_strbuf *why);
/** The next value, or the one before; of an interval the next of a row of usual ones. */
uint64_t kqt_setting_step(enum kqt_setting_id id, uint64_t value, int step);

/** Where a value comes from. */
struct kqt_origin {
	enum { KQT_BY_DEFAULT, KQT_BY_FILE, KQT_BY_OPTION } by;
	int line; /* of the file */
};

#define KQT_UNKNOWN_KEYS 16
struct kqt_settings {
	char path[KQT_PATH_SIZE]; /* of the file, there or not; "" = there can be none */
	bool there;
	uint64_t value[KQT_SETTINGS];
	struct kqt_origin origin[KQT_SETTINGS];
	struct kqt_origin tunable[KQT_TUNABLES_MAX], preset; /* by name, not by preset */
	struct kqt_config file; /* what the file made of the defaults */
	struct {
		char section[40], name[40];
		int line;
	} unknown[KQT_UNKNOWN_KEYS];
	int n_unknown; /* of the file; the first KQT_UNKNOWN_KEYS are kept */
};

/** The defaults. */
void kqt_settings_default(struct kqt_settings *s);
/** A key of the file that is no tunable's; as struct kqt_config_use's other, ctx being
 * the settings. */
int kqt_settings_take(void *settings, const struct kqt_config_key *key, struct kqt_strbuf *why);

/** Write one setting's value to the file, at once and whole; nothing else of it changes.
 * @return 0, or -errno with a sentence in why that names the file. */
KQT_MUST_USE int kqt_settings_save(const struct kqt_settings *s, enum kqt_setting_id id,
                                   struct kqt_strbuf *why);
/** Define a preset of one's own and write it to the file.
 * @return 0; -KQT_E_* when the name may not be; -errno when it is not in the file, though
 * defined for this run. A sentence in why. */
KQT_MUST_USE int kqt_settings_save_preset(const struct kqt_settings *s, const char *name,
                                          const struct kqt_config *cfg, struct kqt_strbuf *why);

#endif
