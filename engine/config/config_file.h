/* SPDX-License-Identifier: MIT */
/* The configuration file: read by inih (config_file.c), changed line by line so that
 * whatever is not ours stays (config_edit.c), replaced whole (config_save.c). Needs inih;
 * not in libkqtop-core. docs/FORMATS.md has the format.
 *
 * Threads: main only, as reading sets inih's line length and the presets of one's own. */
#ifndef KQT_CONFIG_CONFIG_FILE_H
#define KQT_CONFIG_CONFIG_FILE_H

#include <stdio.h>

#include "engine/config/config.h"

#define KQT_CONFIG_FILE_MAX (1 << 20) /* bytes; a thousand times what anyone writes */

/** A line `name = value` of a section. Texts borrowed for the call. */
struct kqt_config_key {
	const char *section, *name, *value; /* section "" = before the first */
	int line;                           /* from 1 */
};

/** Where the file says what, by line; 0 = it does not. */
struct kqt_config_lines {
	int row[KQT_TUNABLES_MAX]; /* of kqt_tunables, in section [kqtop] */
	int preset;
};

/** What a reader of the file wants to know beside the tunables. */
struct kqt_config_use {
	/* receives every key that is neither a tunable's nor a preset's. @return 0, or
	 * -KQT_E_* with a sentence in why: the file is refused at that line. NULL: they are
	 * passed over */
	int (*other)(void *ctx, const struct kqt_config_key *key, struct kqt_strbuf *why);
	void *ctx;
	struct kqt_config_lines *lines; /* filled on success; or NULL */
};

/** Apply an INI file. In section [kqtop] each key is a tunable's name, or `preset`, which
 * is applied before all others wherever it stands. A section [preset NAME] defines a
 * preset of one's own by the same keys; those of the file replace all that there were.
 * @use   may be NULL
 * @return 0; -ENOENT when there is no file (not an error for the default path);
 * -errno when it cannot be read (why stays empty); -KQT_E_SYNTAX, -KQT_E_RANGE,
 * -KQT_E_NO_SOURCE or -KQT_E_UNKNOWN_NAME (preset) with "FILE:LINE: message" in why, which
 * may be NULL. Control characters, lines above 1150 bytes (less where inih was built
 * with less) and files above 1 MiB are refused. cfg is unchanged on failure. */
KQT_MUST_USE int kqt_config_file_load(struct kqt_config *cfg, const char *path,
                                      const struct kqt_config_use *use, struct kqt_strbuf *why);
/** The same from a stream; path is for messages only. */
KQT_MUST_USE int kqt_config_file_from(FILE *f, const char *path, struct kqt_config *cfg,
                                      const struct kqt_config_use *use, struct kqt_strbuf *why);

/** $XDG_CONFIG_HOME/kqtop/config, else $HOME/.config/kqtop/config.
 * @return buf, or NULL when neither variable is set or it does not fit. */
const char *kqt_config_file_path(char *buf, size_t size);

/* -- changing it ----------------------------------------------------------- */

/** A file's text with one key changed: the last line of that section and name gets the
 * value and keeps what stands around it (blanks, a comment behind it); without such a
 * line there is a new one at the section's end; without the section, a new one at the
 * end. All else is kept byte by byte.
 * @text   any bytes but NUL
 * @value  NULL takes all lines of that name away; else one that can stand on a line
 * @return heap, or NULL when memory is short. */
char *kqt_config_edit(const char *text, const char *section, const char *name, const char *value);

/** The file's text. A file that is not there reads as empty.
 * @out    heap, NULL on failure
 * @return 0, -errno, -KQT_E_RANGE above 1 MiB, -KQT_E_SYNTAX when it holds a NUL. */
KQT_MUST_USE int kqt_config_text_load(const char *path, char **out);

/** Replace it, whole or not at all: a file beside it, synced, then its name. Permissions
 * are kept, and the owner where that is possible; of a symbolic link the target is
 * replaced; folders that are missing are made (0700).
 * @return 0 or -errno; nothing has changed on failure. -EINVAL: it is no regular file. */
KQT_MUST_USE int kqt_config_text_save(const char *path, const char *text);

#endif
