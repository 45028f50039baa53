/* SPDX-License-Identifier: MIT */
/* What people type as values and options. Whatever it is, it is taken or refused in one
 * sentence without anything raw in it; what is refused changes nothing; what is taken can
 * be said in words that are taken again and mean the same.
 *
 * Input: one byte that chooses the reader (see `readers`), then the text. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/engine.h"
#include "engine/load/load.h"
#include "engine/metrics/listen.h"
#include "engine/report/sweep.h"
#include "tests/fuzz/fuzz.h"
#include "tui/bench.h"
#include "tui/live/play.h"
#include "tui/rounds.h"

static char message[1024];

static struct kqt_strbuf nothing_said(void)
{
	return kqt_strbuf_init(message, sizeof(message));
}

static void check_plain(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		KQT_FUZZ_MUST(*p >= ' ' && *p != 0x7f);
}

/* Refused means: in words. Those of some readers are made harmless where they are printed
 * (kqt_complain), as everything is. */
static void check_said(int rc, const struct kqt_strbuf *why)
{
	KQT_FUZZ_MUST((rc < 0) == (why->len > 0));
}

/* -- values ------------------------------------------------------------------ */

static void duration(char *text)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	char again[32];

	for (int i = 0; i < 4; i++) {
		uint64_t ns = 77, same = 0;

		if (kqt_parse_duration(text, units[i], &ns) < 0) {
			KQT_FUZZ_MUST(ns == 77);
			continue;
		}
		KQT_FUZZ_MUST(ns <= UINT64_C(365) * 86400 * KQT_NS_PER_S);
		snprintf(again, sizeof(again), "%lluns", (unsigned long long)ns);
		KQT_FUZZ_MUST(kqt_parse_duration(again, "s", &same) == 0 && same == ns);
	}
}

static void number(char *text)
{
	uint64_t n = 77;

	if (kqt_parse_uint(text, 3, 4096, &n) < 0)
		KQT_FUZZ_MUST(n == 77);
	else
		KQT_FUZZ_MUST(n >= 3 && n <= 4096 && strspn(text, "0123456789") == strlen(text));
}

static void play_time(char *text)
{
	double seconds = -1;

	if (kqt_play_time_parse(text, &seconds))
		KQT_FUZZ_MUST(seconds >= 0 && seconds < 1e18);
}

static void round_time(char *text)
{
	struct kqt_strbuf why = nothing_said();
	uint64_t ns = 0;
	int rc = kqt_round_time_parse(text, &ns, &why);

	check_said(rc, &why);
	KQT_FUZZ_MUST(rc < 0 || (ns >= KQT_ROUND_MIN_NS && ns <= KQT_ROUND_MAX_NS));
}

/* "NAME=VALUE" */
static void tunable(char *text)
{
	static struct kqt_config before, after, again;
	char *value = strchr(text, '='), said[KQT_PATH_SIZE];
	struct kqt_strbuf why = nothing_said();
	const struct kqt_tunable *t;
	int rc;

	if (value)
		*value++ = '\0';
	kqt_config_default(&before);
	after = before;
	rc = kqt_config_set(&after, text, value, &why);
	check_said(rc, &why);
	check_plain(message);
	t = kqt_tunable_find(text);
	if (rc < 0) {
		KQT_FUZZ_MUST(memcmp(&after, &before, sizeof(after)) == 0);
	} else if (t) {
		kqt_config_get_text(&after, t, said, sizeof(said));
		again = after;
		KQT_FUZZ_MUST(kqt_config_set(&again, t->name, said, NULL) == 0);
		KQT_FUZZ_MUST(kqt_config_same(&again, &after));
	}
}

/* "NAME=VALUE" */
static void setting(char *text)
{
	char *value = strchr(text, '='), said[64];
	struct kqt_strbuf why = nothing_said();
	uint64_t got = 77, again = 78;
	enum kqt_setting_id id;
	int rc;

	if (!value)
		return;
	*value++ = '\0';
	id = kqt_setting_find(text);
	if (id == KQT_SETTINGS)
		return;
	rc = kqt_setting_parse(id, value, &got, &why);
	check_said(rc, &why);
	if (rc < 0)
		return;
	kqt_setting_text(id, got, said, sizeof(said));
	KQT_FUZZ_MUST(kqt_setting_parse(id, said, &again, NULL) == 0 && again == got);
}

static void preset_name(char *text)
{
	struct kqt_strbuf why = nothing_said();
	int rc = kqt_preset_name_check(text, &why);

	check_said(rc, &why);
	KQT_FUZZ_MUST(rc < 0 || (strlen(text) >= 1 && strlen(text) <= 31));
	if (rc == 0)
		check_plain(text);
}

static void address(char *text)
{
	struct kqt_strbuf why = nothing_said();

	check_said(kqt_listen_check(text, &why), &why);
}

static void load(char *text)
{
	struct kqt_strbuf why = nothing_said();
	struct kqt_load_spec spec = {.count = 77}, again;
	char said[16];
	int rc = kqt_load_parse(text, &spec, &why);

	check_said(rc, &why);
	check_plain(message);
	if (rc < 0) {
		KQT_FUZZ_MUST(spec.count == 77 && !spec.per_cpu);
		return;
	}
	kqt_load_text(&spec, said, sizeof(said));
	KQT_FUZZ_MUST(kqt_load_parse(said, &again, &why) == 0);
	KQT_FUZZ_MUST(again.kind == spec.kind && again.count == spec.count &&
	              again.per_cpu == spec.per_cpu);
	KQT_FUZZ_MUST(kqt_load_units(&spec, 4) >= 1 &&
	              kqt_load_units(&spec, 4) <= 4 * KQT_LOAD_COUNT_MAX);
}

/* -- small languages ---------------------------------------------------------- */

static void condition(char *text)
{
	struct kqt_strbuf why = nothing_said();
	struct kqt_condition c = {.filter = 77};
	int rc = kqt_condition_parse(text, &c, &why);

	check_said(rc, &why);
	if (rc < 0) {
		KQT_FUZZ_MUST(c.filter == 77);
		return;
	}
	KQT_FUZZ_MUST(c.text == text && c.filter <= KQT_FILTERS);
	KQT_FUZZ_MUST((c.latency >= 0) != (c.what >= 0) && c.latency < KQT_LATENCIES);
	KQT_FUZZ_MUST(c.quantile >= -1 && c.quantile < KQT_SUMMARY_QUANTILES);
	KQT_FUZZ_MUST(c.value >= 0 && c.value < 1e308);
}

static void axis(char *text)
{
	static struct kqt_sweep_axis a;
	struct kqt_strbuf why = nothing_said();
	static struct kqt_config cfg;
	int rc = kqt_sweep_axis_parse(text, &a, &why);

	check_said(rc, &why);
	if (rc < 0)
		return;
	KQT_FUZZ_MUST(a.n >= 1 && a.n <= KQT_SWEEP_VALUES_MAX);
	kqt_config_default(&cfg);
	for (size_t i = 0; i < a.n; i++)
		KQT_FUZZ_MUST(kqt_config_set(&cfg, a.tunable->name, a.value[i], NULL) == 0);
}

/* Each word in single quotes is the same words again. */
static void words(char *text)
{
	char **word, **again, *line, *end;
	int n = -1, same = -1;
	size_t size = 1;

	if (kqt_words(text, &word, &n) < 0)
		return;
	KQT_FUZZ_MUST(n == 0 || (n > 0 && !word[n])); /* of none the first is what is freed */
	for (int i = 0; i < n; i++)
		size += 4 * strlen(word[i]) + 3;
	line = end = malloc(size);
	KQT_FUZZ_MUST(line);
	for (int i = 0; i < n; i++) {
		*end++ = '\'';
		for (const char *p = word[i]; *p; p++)
			end += sprintf(end, *p == '\'' ? "'\\''" : "%c", *p);
		end += sprintf(end, "' ");
	}
	*end = '\0';
	KQT_FUZZ_MUST(kqt_words(line, &again, &same) == 0 && same == n);
	for (int i = 0; i < n; i++)
		KQT_FUZZ_MUST(strcmp(word[i], again[i]) == 0);
	free(line);
	free(again[0]);
	free(again);
	free(word[0]);
	free(word);
}

/* -- a command line ------------------------------------------------------------ */

static int take_text(void *into, const char *value, struct kqt_strbuf *why)
{
	*(const char **)into = value;
	if (value && strchr(value, '!'))
		kqt_strbuf_add(why, "'%.40s' is no text", value);
	return why->len ? -KQT_E_SYNTAX : 0;
}

/* The words of the text, as options within an option (no file is read then). @return exit
 * status, or -1 */
static int read_options(char **word, int n, struct kqt_config *cfg)
{
	static const struct kqt_option options[] = {
	    {"text", 't', "TEXT", "any", take_text},
	    {"maybe", '\0', "[TEXT]", "any or none", take_text},
	    {"flag", 'f', NULL, "none", take_text},
	    {0},
	};
	static const struct kqt_usage usage = {.command = "fuzz",
	                                       .synopsis = "kqtop fuzz",
	                                       .about = "Nothing.",
	                                       .options = options,
	                                       .measures = true,
	                                       .operands = "WORD",
	                                       .within = "--within"};
	char *argv[66] = {(char *)(uintptr_t) "kqtop"}, *none[] = {argv[0], NULL};
	const char *taken = NULL;
	int argc = 1, first = 0, rc;

	for (int i = 0; i < n && argc < 65; i++)
		argv[argc++] = word[i];
	rc = kqt_options_read(argc, argv, &usage, cfg, &taken, &first);
	KQT_FUZZ_MUST(rc >= 0 || (first >= 1 && first <= argc));
	optind = 0; /* getopt forgets the rest of an "-abc" that was refused */
	(void)getopt(1, none, "");
	return rc;
}

/* What the reading said: one line on standard error, when it was refused. */
static void options(char *text)
{
	static struct kqt_config cfg;
	static FILE *kept;
	char said[8192];
	int out, err, n, rc;
	ssize_t len;
	char **word;

	if (kqt_words(text, &word, &n) < 0)
		return;
	if (!kept)
		kept = tmpfile();
	KQT_FUZZ_MUST(kept && ftruncate(fileno(kept), 0) == 0 &&
	              lseek(fileno(kept), 0, SEEK_SET) == 0);
	fflush(NULL);
	out = dup(STDOUT_FILENO);
	err = dup(STDERR_FILENO);
	KQT_FUZZ_MUST(out >= 0 && err >= 0 && dup2(fileno(kept), STDOUT_FILENO) >= 0 &&
	              dup2(fileno(kept), STDERR_FILENO) >= 0);
	kqt_config_default(&cfg);
	rc = read_options(word, n, &cfg);
	fflush(NULL);
	KQT_FUZZ_MUST(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
	close(out);
	close(err);
	len = pread(fileno(kept), said, sizeof(said) - 1, 0);
	KQT_FUZZ_MUST(len >= 0 && (rc < 0) == (len == 0));
	said[len] = '\0';
	if (rc == KQT_EXIT_USAGE) {
		KQT_FUZZ_MUST(said[len - 1] == '\n');
		said[len - 1] = '\0';
		check_plain(said);
	}
	KQT_FUZZ_MUST(rc == -1 || rc == KQT_EXIT_OK || rc == KQT_EXIT_USAGE);
	free(word[0]);
	free(word);
}

static const struct {
	char by;
	void (*read)(char *text);
} readers[] = {
    {'d', duration}, {'n', number},      {'p', play_time}, {'r', round_time}, {'t', tunable},
    {'s', setting},  {'m', preset_name}, {'a', address},   {'l', load},       {'i', condition},
    {'x', axis},     {'w', words},       {'o', options},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size < 1 || memchr(data, '\0', size))
		return 0;
	text = malloc(size); /* of its own: what reads past its end is seen */
	KQT_FUZZ_MUST(text);
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		if (readers[i].by != (char)data[0])
			continue;
		memcpy(text, data + 1, size - 1);
		text[size - 1] = '\0';
		message[0] = '\0';
		readers[i].read(text);
	}
	free(text);
	return 0;
}
