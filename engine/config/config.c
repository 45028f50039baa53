/* SPDX-License-Identifier: MIT */
/* The table of tunables, the presets, and everything that is made from them.
 * A row finds its field by offset; the row's type says how text becomes a
 * value and back:
 *
 *   UINT DURATION FLAG CHOICE   one uint64_t, so one range check serves all
 *   TEXT                        char[size]
 *   CPUS                        cpu_collector and cpu_stimulus together */
#include "engine/config/config.h"
#include "engine/config/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/err.h"

#define CPU_LAST 1023 /* glibc's and the BSDs' cpu_set_t end here */
#define SHOWN 48      /* of a refused value: the range after it must stay readable */
#define FIELD(f) .offset = offsetof(struct kqt_config, f)
#define TEXT_FIELD(f) FIELD(f), .size = sizeof(((struct kqt_config *)NULL)->f)

static const char *const write_modes[] = {
    [KQT_WRITE_DRIVEN] = "driven",
    [KQT_WRITE_EDGE] = "edge",
    [KQT_WRITE_LEVEL] = "level",
    NULL,
};

/* clang-format off */
const struct kqt_tunable kqt_tunables[] = {
	{ .name = "timers", .json = "num_timers", .type = KQT_T_UINT, .unit = "",
	  .max = KQT_SOURCES_MAX, .def = 8, .key_less = 't', .key_more = 'T', FIELD(num_timers),
	  .arg = "N", .help = "periodic timers, 1 to 10 ms" },
	{ .name = "sockets", .json = "num_sockets", .type = KQT_T_UINT, .unit = "",
	  .max = KQT_SOURCES_MAX, .def = 4, .key_less = 's', .key_more = 'S', FIELD(num_sockets),
	  .arg = "N", .help = "socket pairs, watched for reading and writing" },
	{ .name = "watchers", .json = "num_file_watchers", .type = KQT_T_UINT, .unit = "",
	  .max = KQT_SOURCES_MAX, .def = 4, .key_less = 'w', .key_more = 'W',
	  FIELD(num_file_watchers), .arg = "N", .help = "files watched for changes" },
	{ .name = "timeout", .json = "timeout_ms", .type = KQT_T_DURATION, .unit = "ms",
	  .max = 60000, .def = 1, .key_less = 'o', .key_more = 'O', FIELD(timeout_ms),
	  .arg = "MS", .help = "longest wait for an event; 0 polls" },
	{ .name = "stimulus", .json = "stimulus_us", .type = KQT_T_DURATION, .unit = "us",
	  .min = 10, .max = 1000000, .def = 500, FIELD(stimulus_us),
	  .arg = "US", .help = "time between two writes to each socket and file" },
	{ .name = "write", .json = "write", .type = KQT_T_CHOICE, .unit = "",
	  .max = KQT_WRITE_LEVEL, .def = KQT_WRITE_DRIVEN, .choices = write_modes,
	  FIELD(write),
	  .arg = "MODE", .help = "write readiness: driven by drains, edge or level" },
	{ .name = "phase", .json = "phase_us", .type = KQT_T_DURATION, .unit = "us",
	  .max = 1000000, FIELD(phase_us),
	  .arg = "US", .help = "offset of the stimulus from the timers' grid" },
	{ .name = "dither", .json = "dither", .type = KQT_T_FLAG, .unit = "", .max = 1,
	  FIELD(dither), .help = "move each stimulus uniformly within its own period" },
	{ .name = "spread", .json = "spread", .type = KQT_T_FLAG, .unit = "", .max = 1,
	  FIELD(spread), .help = "start the timers at different phases of their intervals" },
	{ .name = "watch-dir", .json = "watch_dir", .type = KQT_T_TEXT, .unit = "",
	  TEXT_FIELD(watch_dir),
	  .arg = "DIR", .help = "folder of the watched files; $TMPDIR or /tmp when not given" },
	{ .name = "backend", .json = "backend", .type = KQT_T_TEXT, .unit = "",
	  TEXT_FIELD(backend),
	  .arg = "NAME", .help = "kernel facility; the first that works when not given" },
	{ .name = "collection", .json = "collection", .type = KQT_T_UINT, .unit = "",
	  .min = 1, .max = 1048576, .def = 1024, FIELD(collection),
	  .arg = "N", .help = "bytes gathered by one collection" },
	{ .name = "cpu", .json = "cpu", .type = KQT_T_CPUS, .unit = "", .max = CPU_LAST,
	  FIELD(cpu_collector),
	  .arg = "COLLECTOR[,STIMULUS]", .help = "pin the threads to these CPUs" },
	{ .name = "priority", .json = "priority", .type = KQT_T_UINT, .unit = "", .max = 99,
	  FIELD(priority),
	  .arg = "PRIO", .help = "SCHED_FIFO priority of the threads; 0 asks for none" },
	{ .name = "mlock", .json = "mlock", .type = KQT_T_FLAG, .unit = "", .max = 1,
	  FIELD(mlock), .help = "lock the program's memory" },
	{ .name = "slack", .json = "slack_ns", .type = KQT_T_DURATION, .unit = "ns",
	  .max = 1000000000, FIELD(slack_ns),
	  .arg = "NS", .help = "timer slack of the threads; 0 keeps the system's" },
	{ .name = "strict", .json = "strict", .type = KQT_T_FLAG, .unit = "", .max = 1,
	  FIELD(strict), .help = "refuse to run when a part cannot be registered" },
	{ .name = NULL },
};
/* clang-format on */

_Static_assert(sizeof(kqt_tunables) / sizeof(kqt_tunables[0]) - 1 <= KQT_TUNABLES_MAX,
               "KQT_TUNABLES_MAX holds for the table");

const struct kqt_tunable *kqt_tunable_find(const char *name)
{
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
		if (strcmp(t->name, name) == 0 || strcmp(t->json, name) == 0)
			return t;
	return NULL;
}

static uint64_t *number_field(struct kqt_config *cfg, const struct kqt_tunable *t)
{
	return (uint64_t *)(void *)((char *)cfg + t->offset);
}

static uint64_t number_of(const struct kqt_config *cfg, const struct kqt_tunable *t)
{
	return *(const uint64_t *)(const void *)((const char *)cfg + t->offset);
}

static const char *text_of(const struct kqt_config *cfg, const struct kqt_tunable *t)
{
	return (const char *)cfg + t->offset;
}

void kqt_config_default(struct kqt_config *cfg)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->cpu_collector = cfg->cpu_stimulus = -1;
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
		if (t->type != KQT_T_TEXT && t->type != KQT_T_CPUS)
			*number_field(cfg, t) = t->def;
	(void)!kqt_config_preset(cfg, kqt_preset_names[0], NULL);
}

/* Messages. A caller that only wants the result passes no buffer. */

static int fail(struct kqt_strbuf *why, int rc, const char *fmt, ...) KQT_PRINTF(3, 4);
static int fail(struct kqt_strbuf *why, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (why)
		kqt_strbuf_addv(why, fmt, ap);
	va_end(ap);
	return rc;
}

static int fail_list(struct kqt_strbuf *why, int rc, const char *const *names, const char *end)
{
	for (size_t i = 0; why && names[i]; i++)
		kqt_strbuf_add(why, "%s%s", i ? ", " : "", names[i]);
	return fail(why, rc, "%s", end);
}

static int fail_range(struct kqt_strbuf *why, int rc, const struct kqt_tunable *t)
{
	return fail(why, rc, " (%llu%s to %llu%s)", (unsigned long long)t->min, t->unit,
	            (unsigned long long)t->max, t->unit);
}

static int out_of_range(const struct kqt_tunable *t, const char *shown, struct kqt_strbuf *why)
{
	fail(why, -KQT_E_RANGE, "%s: %s is out of range", t->name, shown);
	return fail_range(why, -KQT_E_RANGE, t);
}

/* Setting: one function a type; none touches cfg before all is known good. */

static int set_uint(struct kqt_config *cfg, const struct kqt_tunable *t, const char *value,
                    struct kqt_strbuf *why)
{
	char shown[SHOWN];
	int rc = kqt_parse_uint(value, t->min, t->max, number_field(cfg, t));

	if (rc == 0)
		return 0;
	kqt_text_show(value, shown, sizeof(shown));
	if (rc == -KQT_E_RANGE)
		return out_of_range(t, shown, why);
	fail(why, rc, "%s: '%s' is not a whole number", t->name, shown);
	return fail_range(why, rc, t);
}

static int set_duration(struct kqt_config *cfg, const struct kqt_tunable *t, const char *value,
                        struct kqt_strbuf *why)
{
	char shown[SHOWN];
	uint64_t ns = 0, unit_ns = 1;
	int rc = kqt_parse_duration(value, t->unit, &ns);

	if (rc == 0)
		rc = kqt_parse_duration("1", t->unit, &unit_ns);
	kqt_text_show(value, shown, sizeof(shown));
	if (rc == -KQT_E_SYNTAX) {
		fail(why, rc, "%s: '%s' is not a duration", t->name, shown);
		return fail_range(why, rc, t);
	}
	if (rc == 0 && ns % unit_ns != 0)
		return fail(why, -KQT_E_SYNTAX, "%s: %s is not a whole number of %s", t->name,
		            shown, t->unit);
	if (rc < 0 || ns / unit_ns < t->min || ns / unit_ns > t->max)
		return out_of_range(t, shown, why);
	*number_field(cfg, t) = ns / unit_ns;
	return 0;
}

static int set_choice(struct kqt_config *cfg, const struct kqt_tunable *t, const char *value,
                      struct kqt_strbuf *why)
{
	char shown[SHOWN];

	for (uint64_t i = 0; t->choices[i]; i++) {
		if (strcmp(t->choices[i], value) == 0) {
			*number_field(cfg, t) = i;
			return 0;
		}
	}
	fail(why, 0, "%s: '%s' is none of ", t->name, kqt_text_show(value, shown, sizeof(shown)));
	return fail_list(why, -KQT_E_SYNTAX, t->choices, "");
}

static int set_flag(struct kqt_config *cfg, const struct kqt_tunable *t, const char *value,
                    struct kqt_strbuf *why)
{
	/* even places are on, odd ones off */
	static const char *const words[] = {
	    "on", "off", "yes", "no", "true", "false", "1", "0", NULL,
	};
	char shown[SHOWN];

	if (*value == '\0') {
		*number_field(cfg, t) = 1;
		return 0;
	}
	for (size_t i = 0; words[i]; i++) {
		if (strcasecmp(words[i], value) == 0) {
			*number_field(cfg, t) = i % 2 == 0;
			return 0;
		}
	}
	fail(why, 0, "%s: '%s' is none of ", t->name, kqt_text_show(value, shown, sizeof(shown)));
	return fail_list(why, -KQT_E_SYNTAX, words, "");
}

/* Control characters and bytes that are no UTF-8 are refused here, once, so
 * that screen, JSON, file and command line can carry every text that got in. */
static int set_text(struct kqt_config *cfg, const struct kqt_tunable *t, const char *value,
                    struct kqt_strbuf *why)
{
	char shown[SHOWN];
	size_t len = strlen(value);

	if (len >= t->size)
		return fail(why, -KQT_E_RANGE, "%s: '%s' is longer than %zu bytes", t->name,
		            kqt_text_show(value, shown, sizeof(shown)), t->size - 1);
	if (!kqt_text_is_plain(value))
		return fail(why, -KQT_E_SYNTAX, "%s: '%s' is not plain UTF-8 text", t->name,
		            kqt_text_show(value, shown, sizeof(shown)));
	memcpy((char *)cfg + t->offset, value, len + 1);
	return 0;
}

/* One CPU: a number, or "none" for not pinned. */
static int parse_cpu(const struct kqt_tunable *t, const char *text, int64_t *cpu)
{
	uint64_t v = 0;
	int rc;

	if (strcmp(text, "none") == 0) {
		*cpu = -1;
		return 0;
	}
	rc = kqt_parse_uint(text, t->min, t->max, &v);
	if (rc == 0)
		*cpu = (int64_t)v;
	return rc;
}

static int set_cpus(struct kqt_config *cfg, const struct kqt_tunable *t, const char *value,
                    struct kqt_strbuf *why)
{
	char first[24] = "none", shown[SHOWN]; /* 20 digits hold 2^64 - 1 */
	const char *comma = strchr(value, ',');
	size_t n = comma ? (size_t)(comma - value) : strlen(value);
	int64_t collector = -1, stimulus = -1;
	int rc = 0;

	if (n >= sizeof(first))
		rc = strspn(value, "0123456789") == n ? -KQT_E_RANGE : -KQT_E_SYNTAX;
	if (rc == 0 && *value != '\0')
		snprintf(first, sizeof(first), "%.*s", (int)n, value);
	if (rc == 0)
		rc = parse_cpu(t, first, &collector);
	if (rc == 0 && comma)
		rc = parse_cpu(t, comma + 1, &stimulus);
	if (rc == 0) {
		cfg->cpu_collector = collector;
		cfg->cpu_stimulus = stimulus;
		return 0;
	}
	kqt_text_show(value, shown, sizeof(shown));
	if (rc == -KQT_E_RANGE)
		return out_of_range(t, shown, why);
	fail(why, rc, "%s: '%s' is not %s", t->name, shown, t->arg);
	return fail_range(why, rc, t);
}

int kqt_config_set(struct kqt_config *cfg, const char *name, const char *value,
                   struct kqt_strbuf *why)
{
	const struct kqt_tunable *t = kqt_tunable_find(name);
	char shown[SHOWN];

	if (strcmp(name, "preset") == 0)
		return kqt_config_preset(cfg, value ? value : "", why);
	if (!t)
		return fail(why, -KQT_E_UNKNOWN_NAME, "no option '%s'",
		            kqt_text_show(name, shown, sizeof(shown)));
	if (!value && t->type != KQT_T_FLAG)
		return fail(why, -KQT_E_SYNTAX, "%s: needs a value, %s", t->name, t->arg);
	switch (t->type) {
	case KQT_T_UINT:
		return set_uint(cfg, t, value, why);
	case KQT_T_DURATION:
		return set_duration(cfg, t, value, why);
	case KQT_T_FLAG:
		return set_flag(cfg, t, value ? value : "", why);
	case KQT_T_CHOICE:
		return set_choice(cfg, t, value, why);
	case KQT_T_TEXT:
		return set_text(cfg, t, value, why);
	case KQT_T_CPUS:
		return set_cpus(cfg, t, value, why);
	}
	return -KQT_E_UNKNOWN_NAME;
}

static bool no_source(const struct kqt_config *cfg)
{
	return cfg->num_timers == 0 && cfg->num_sockets == 0 && cfg->num_file_watchers == 0;
}

static bool cpu_in_range(int64_t cpu, const struct kqt_tunable *t)
{
	return cpu >= -1 && cpu <= (int64_t)t->max;
}

static bool row_in_range(const struct kqt_config *cfg, const struct kqt_tunable *t)
{
	switch (t->type) {
	case KQT_T_TEXT:
		return memchr(text_of(cfg, t), '\0', t->size) != NULL;
	case KQT_T_CPUS:
		return cpu_in_range(cfg->cpu_collector, t) && cpu_in_range(cfg->cpu_stimulus, t);
	default:
		return number_of(cfg, t) >= t->min && number_of(cfg, t) <= t->max;
	}
}

int kqt_config_check(const struct kqt_config *cfg, struct kqt_strbuf *why)
{
	char value[64];

	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		if (row_in_range(cfg, t))
			continue;
		if (t->type == KQT_T_TEXT)
			return fail(why, -KQT_E_RANGE, "%s: longer than %zu bytes", t->name,
			            t->size - 1);
		return out_of_range(t, kqt_config_get_text(cfg, t, value, sizeof(value)), why);
	}
	if (no_source(cfg) && !cfg->timeouts_only)
		return fail(why, -KQT_E_NO_SOURCE,
		            "no sources: give timers, sockets or watchers, or --preset quiet to "
		            "measure timeouts only");
	return 0;
}

uint64_t kqt_config_get(const struct kqt_config *cfg, const struct kqt_tunable *t)
{
	return t->type == KQT_T_TEXT ? 0 : number_of(cfg, t);
}

static const char *cpu_text(int64_t cpu, char *buf, size_t size)
{
	if (cpu == -1)
		snprintf(buf, size, "none");
	else
		snprintf(buf, size, "%lld", (long long)cpu);
	return buf;
}

const char *kqt_config_get_text(const struct kqt_config *cfg, const struct kqt_tunable *t,
                                char *buf, size_t size)
{
	char a[24], b[24];
	uint64_t v = kqt_config_get(cfg, t);

	if (t->type == KQT_T_TEXT)
		snprintf(buf, size, "%s", text_of(cfg, t));
	else if (t->type == KQT_T_FLAG && v <= 1)
		snprintf(buf, size, "%s", v ? "on" : "off");
	else if (t->type == KQT_T_CHOICE && v <= t->max)
		snprintf(buf, size, "%s", t->choices[v]);
	else if (t->type == KQT_T_CPUS && cfg->cpu_stimulus == -1)
		snprintf(buf, size, "%s", cpu_text(cfg->cpu_collector, a, sizeof(a)));
	else if (t->type == KQT_T_CPUS)
		snprintf(buf, size, "%s,%s", cpu_text(cfg->cpu_collector, a, sizeof(a)),
		         cpu_text(cfg->cpu_stimulus, b, sizeof(b)));
	else
		snprintf(buf, size, "%llu%s", (unsigned long long)v, t->unit);
	return buf;
}

static bool row_same(const struct kqt_config *a, const struct kqt_config *b,
                     const struct kqt_tunable *t)
{
	switch (t->type) {
	case KQT_T_TEXT:
		return strcmp(text_of(a, t), text_of(b, t)) == 0;
	case KQT_T_CPUS:
		return a->cpu_collector == b->cpu_collector && a->cpu_stimulus == b->cpu_stimulus;
	default:
		return number_of(a, t) == number_of(b, t);
	}
}

/* timeouts_only means something only where there is no source. */
static bool same_intent(const struct kqt_config *a, const struct kqt_config *b)
{
	return (no_source(a) && a->timeouts_only) == (no_source(b) && b->timeouts_only);
}

bool kqt_config_same(const struct kqt_config *a, const struct kqt_config *b)
{
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++)
		if (!row_same(a, b, t))
			return false;
	return same_intent(a, b);
}

/* A preset on top of cfg; NULL: none. */
static struct kqt_config with_preset(const struct kqt_config *cfg, const char *name)
{
	struct kqt_config made = *cfg;

	if (name)
		(void)!kqt_config_preset(&made, name, NULL);
	return made;
}

/* How many rows have to be set by options after this preset, from both beginnings;
 * SIZE_MAX when no options lead to cfg from there. */
static size_t rows_left(const struct kqt_config *cfg, const struct kqt_config from[2],
                        const char *preset)
{
	size_t rows = 0;

	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		bool same = true;

		for (int i = 0; i < 2; i++) {
			struct kqt_config made = with_preset(&from[i], preset);

			/* timeouts only are asked for by quiet and by nothing else */
			if (no_source(cfg) && !made.timeouts_only != !cfg->timeouts_only)
				return SIZE_MAX;
			same &= row_same(&made, cfg, t);
		}
		rows += !same;
	}
	return rows;
}

/* The preset that leaves the fewest rows to set; among equals the earlier, none (NULL)
 * being the earliest. That is the fewest options too, as --preset costs one and saves at
 * least one, and a configuration that is a preset is always called by its name. One's own
 * are left out: the command line is to mean the same where nobody has defined them. */
static const char *nearest_preset(const struct kqt_config *cfg, const struct kqt_config from[2])
{
	const char *best = NULL;
	size_t best_rows = rows_left(cfg, from, NULL);

	for (size_t i = 0; kqt_preset_names[i]; i++) {
		size_t rows = rows_left(cfg, from, kqt_preset_names[i]);

		if (rows < best_rows) {
			best = kqt_preset_names[i];
			best_rows = rows;
		}
	}
	return best;
}

/* Inside '...' nothing is special but the quote. */
void kqt_shell_word(struct kqt_strbuf *out, const char *word)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                           "0123456789_./:,+@%-";

	if (*word != '\0' && word[strspn(word, safe)] == '\0') {
		kqt_strbuf_add(out, "%s", word);
		return;
	}
	kqt_strbuf_add(out, "'");
	for (; *word; word++) {
		size_t n = strcspn(word, "'");

		kqt_strbuf_add(out, "%.*s", (int)n, word);
		word += n;
		if (*word == '\0')
			break;
		kqt_strbuf_add(out, "'\\''");
	}
	kqt_strbuf_add(out, "'");
}

void kqt_config_command_line(const struct kqt_config *cfg, const struct kqt_config *base,
                             struct kqt_strbuf *out)
{
	struct kqt_config from[2];
	char value[KQT_PATH_SIZE];
	const char *preset, *gap = "";

	kqt_config_default(&from[0]);
	from[1] = base ? *base : from[0];
	preset = nearest_preset(cfg, from);
	for (int i = 0; i < 2; i++)
		from[i] = with_preset(&from[i], preset);
	if (preset) {
		kqt_strbuf_add(out, "--preset %s", preset);
		gap = " ";
	}
	for (const struct kqt_tunable *t = kqt_tunables; t->name; t++) {
		if (row_same(&from[0], cfg, t) && row_same(&from[1], cfg, t))
			continue;
		kqt_config_get_text(cfg, t, value, sizeof(value));
		kqt_strbuf_add(out, "%s--%s", gap, t->name);
		gap = " ";
		if (t->type == KQT_T_FLAG) { /* its value may stand behind "=" only */
			kqt_strbuf_add(out, "%s", strcmp(value, "on") == 0 ? "" : "=off");
			continue;
		}
		kqt_strbuf_add(out, " ");
		kqt_shell_word(out, value);
	}
}

static uint64_t step_up(uint64_t value)
{
	uint64_t power = 1;

	while (power <= value && power <= UINT64_MAX / 2)
		power *= 2;
	return power;
}

static uint64_t step_down(uint64_t value)
{
	uint64_t power = 1;

	if (value <= 1)
		return 0;
	while (power < value / 2 + value % 2)
		power *= 2;
	return power;
}

uint64_t kqt_tunable_step(const struct kqt_tunable *t, uint64_t value, bool up)
{
	uint64_t next = up ? step_up(value) : step_down(value);
	/* no timeout at all is a way of measuring of its own: chosen, not stumbled on */
	bool is_timeout = t->offset == offsetof(struct kqt_config, timeout_ms);

	if (is_timeout && !up && value <= 1)
		return value;
	if (next < t->min)
		return t->min;
	return next > t->max ? t->max : next;
}
