/* SPDX-License-Identifier: MIT */
/* The tunables: one table gives every setting its name, JSON name, unit, range,
 * default and help. Command line, keys, configuration file, screen and reports
 * are made from it; nothing else in the program knows a range. */
#ifndef KQT_CONFIG_CONFIG_H
#define KQT_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"

#define KQT_SOURCES_MAX 4096 /* of each kind */
#define KQT_PATH_SIZE 1024
#define KQT_TUNABLES_MAX 32 /* the table is not longer: for arrays with one entry a row */

enum kqt_write_mode {
	KQT_WRITE_DRIVEN, /* near end kept full, edge-triggered, the stimulus drains it */
	KQT_WRITE_EDGE,   /* stimulus' end, edge-triggered: wakes after each read of ours */
	KQT_WRITE_LEVEL,  /* stimulus' end, level-triggered: the seed's; always ready */
};

/** Everything that decides how a run measures. Plain data, copied freely.
 * kqt_config_default() first; then set fields through the table. */
struct kqt_config {
	uint64_t num_timers, num_sockets, num_file_watchers; /* 0 .. 4096 */
	uint64_t timeout_ms;                                 /* 0 .. 60000; 0 polls */
	uint64_t stimulus_us;                                /* 10 .. 1000000 */
	uint64_t write;                                      /* enum kqt_write_mode */
	uint64_t phase_us;   /* 0 .. 1000000 offset of the stimulus from the timers' grid */
	uint64_t dither;     /* 0, 1: each tick uniform in its own period */
	uint64_t spread;     /* 0, 1: timers at different phases of their intervals */
	uint64_t collection; /* 1 .. 1048576 bytes */
	int64_t cpu_collector, cpu_stimulus; /* -1 = not pinned */
	uint64_t priority;                   /* SCHED_FIFO priority; 0 = not asked */
	uint64_t mlock;                      /* 0, 1 */
	uint64_t slack_ns;                   /* timer slack of our threads; 0 = the system's */
	uint64_t strict;               /* 0, 1: refuse to run when anything cannot be registered */
	uint64_t timeouts_only;        /* 0, 1: no source is on purpose (preset quiet) */
	char backend[16];              /* "" = first that works */
	char watch_dir[KQT_PATH_SIZE]; /* "" = $TMPDIR, else /tmp */
	char preset[32];               /* last preset applied, "default" at first */
};

enum kqt_tunable_type {
	KQT_T_UINT,
	KQT_T_DURATION,
	KQT_T_FLAG,
	KQT_T_CHOICE,
	KQT_T_TEXT,
	KQT_T_CPUS
};

/** One row of the table. */
struct kqt_tunable {
	const char *name; /* option, file key, screen: "timers" */
	const char *json; /* "num_timers" */
	enum kqt_tunable_type type;
	const char *unit;           /* "ms" "us" "ns", "" for counts */
	uint64_t min, max, def;     /* in its unit */
	const char *const *choices; /* NULL-terminated, KQT_T_CHOICE only */
	char key_less, key_more;    /* live keys, '\0' when none */
	size_t offset;              /* of the field in struct kqt_config */
	size_t size;                /* of a text field */
	const char *arg;            /* metavariable for help: "N" "MS" "DIR", NULL for a flag */
	const char *help;           /* one line, lower case, no full stop */
};

/** The table, ended by a row whose name is NULL. Order is the order of help. */
extern const struct kqt_tunable kqt_tunables[];

/** @return the row, or NULL. `name` may be the option name or the JSON name. */
const struct kqt_tunable *kqt_tunable_find(const char *name);

/** The built-in presets by name; ended by NULL: default seed timers sockets watchers quiet
 * spin storm. */
extern const char *const kqt_preset_names[];

/** Presets of one's own (the configuration file's sections [preset NAME]) are known to
 * kqt_config_preset from their definition on.
 * Threads: main only, as the collection of them is the process'. */
#define KQT_PRESETS_OWN_MAX 32

/** May a preset of one's own have this name? 1 to 31 letters, digits, '-', '_', '.' of
 * ASCII, a letter or digit first, and not a built-in preset's.
 * @why  receives a sentence on failure; may be NULL
 * @return 0, -KQT_E_SYNTAX or -KQT_E_UNKNOWN_NAME (taken). */
KQT_MUST_USE int kqt_preset_name_check(const char *name, struct kqt_strbuf *why);
/** Define it, or define it anew. It sets what a built-in one sets, and the rows named.
 * @values  copied
 * @named   [rows of the table]
 * @return 0, as kqt_preset_name_check, or -KQT_E_RANGE when there are 32 already. */
KQT_MUST_USE int kqt_preset_define(const char *name, const struct kqt_config *values,
                                   const bool named[KQT_TUNABLES_MAX], struct kqt_strbuf *why);
/** Forget all of one's own. */
void kqt_presets_forget(void);
/** The i-th preset's name, built-in ones first; NULL after the last. Borrowed until the
 * next change of the collection. */
const char *kqt_preset_name(size_t i);
/** Does this preset set this row? A name that none has: no. */
bool kqt_preset_sets(const char *name, const struct kqt_tunable *t);

void kqt_config_default(struct kqt_config *cfg);

/** Set the tunables that a preset is made of: the three counts, timeout,
 * stimulus, write, timeouts_only and the name; one's own may set more. Others keep
 * their value.
 * @return 0, or -KQT_E_UNKNOWN_NAME with a message that lists the presets. */
KQT_MUST_USE int kqt_config_preset(struct kqt_config *cfg, const char *name,
                                   struct kqt_strbuf *why);

/** Set one tunable from text, as typed on the command line, in the file or on
 * the screen. Durations take a unit ("500ms" "2s" "1m" "250us") or a bare
 * number in the row's own unit, and must be a whole number of it; flags take
 * on/off yes/no true/false 1/0 and NULL or "" (= on); cpus "2" or "2,3", with
 * "none" (or "" for both) for not pinned. Texts are UTF-8 without control
 * characters; "" gives the default back.
 * @name   a row's option or JSON name, or "preset"
 * @value  borrowed; NULL only for flags
 * @why    receives, on failure, a sentence that names option, value and range:
 *         "timers: 5000 is out of range (0 to 4096)". Appended; control
 *         characters of the value escaped; long values shortened. NULL: no text
 * @return 0, -KQT_E_UNKNOWN_NAME, -KQT_E_SYNTAX or -KQT_E_RANGE; cfg unchanged
 * on failure. */
KQT_MUST_USE int kqt_config_set(struct kqt_config *cfg, const char *name, const char *value,
                                struct kqt_strbuf *why);

/** Rules that span fields: at least one source unless timeouts_only or the
 * counts were zeroed by preset quiet. @return 0 or -KQT_E_NO_SOURCE, -KQT_E_RANGE. */
KQT_MUST_USE int kqt_config_check(const struct kqt_config *cfg, struct kqt_strbuf *why);

/** The value of a row as text that kqt_config_set accepts, unit included
 * ("2ms", "16", "on"). @return buf. */
const char *kqt_config_get_text(const struct kqt_config *cfg, const struct kqt_tunable *t,
                                char *buf, size_t size);

/** The number of a row in its unit; a choice's place; 0 for texts, the
 * collector's CPU for cpu (UINT64_MAX when not pinned). */
uint64_t kqt_config_get(const struct kqt_config *cfg, const struct kqt_tunable *t);

/** Are two configurations the same measurement? The preset's name does not
 * count, and timeouts_only only where there is no source. */
bool kqt_config_same(const struct kqt_config *a, const struct kqt_config *b);

/** The options that lead from the defaults to cfg, shortest first choice:
 * "--preset spin --timers 16". Empty for the defaults. Values that a shell
 * would split or expand are quoted. Presets of one's own are not used.
 * @base  what the reader's configuration file makes of the defaults: the options lead to
 *        cfg from there too. NULL: nothing */
void kqt_config_command_line(const struct kqt_config *cfg, const struct kqt_config *base,
                             struct kqt_strbuf *out);

/** A word of a POSIX shell's command line: quoted where the shell would split or expand it. */
void kqt_shell_word(struct kqt_strbuf *out, const char *word);

/** Next step of a count or timeout by key: powers of two, 0 and 1 neighbours,
 * kept in the row's range; timeout never steps below 1 (and stays at 0).
 * @up  true for the upper-case key. */
uint64_t kqt_tunable_step(const struct kqt_tunable *t, uint64_t value, bool up);

/** A duration such as "500ms", "2s", "1m", "1.5s", bare numbers in default_unit
 * ("ms" "us" "ns" "s"). For options that are no tunables (--duration).
 * Units: ns us ms s m h. No sign, blank or exponent; digits on both sides of a
 * point; exact, so a fraction of a nanosecond is a syntax error.
 * @return 0 with *ns set; -KQT_E_SYNTAX or -KQT_E_RANGE (above 365 days). */
KQT_MUST_USE int kqt_parse_duration(const char *text, const char *default_unit, uint64_t *ns);

/** An unsigned decimal number, whole string, no sign, no blanks.
 * @return 0, -KQT_E_SYNTAX or -KQT_E_RANGE (outside min..max, or 2^64 - 1 and
 * above); *value untouched on failure. */
KQT_MUST_USE int kqt_parse_uint(const char *text, uint64_t min, uint64_t max, uint64_t *value);

#endif
