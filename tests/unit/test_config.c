/* SPDX-License-Identifier: MIT */
/* The table of tunables: every row's range from the table itself, the presets
 * and messages by hand, the command line by giving it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/config/config.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* NOLINTNEXTLINE(bugprone-macro-parentheses): t is declared here */
#define FOR_EACH_ROW(t) for (const struct kqt_tunable *t = kqt_tunables; (t)->name; (t)++)

static char why_text[512];
static struct kqt_strbuf why;

static int set(struct kqt_config *cfg, const char *name, const char *value)
{
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	return kqt_config_set(cfg, name, value, &why);
}

static struct kqt_config defaults(void)
{
	struct kqt_config cfg;

	kqt_config_default(&cfg);
	return cfg;
}

static bool is_number(const struct kqt_tunable *t)
{
	return t->type == KQT_T_UINT || t->type == KQT_T_DURATION;
}

/* The value is refused with rc, by a message that begins with the row's name,
 * and nothing changes. */
static void assert_refused(const struct kqt_tunable *t, const char *value, int rc)
{
	struct kqt_config cfg = defaults(), before = cfg;
	char start[64];

	assert_int_equal(set(&cfg, t->name, value), rc);
	assert_memory_equal(&cfg, &before, sizeof(cfg));
	snprintf(start, sizeof(start), "%s: ", t->name);
	assert_memory_equal(why.text, start, strlen(start));
	for (const char *p = why.text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void assert_message(const char *name, const char *value, const char *message)
{
	struct kqt_config cfg = defaults();

	assert_true(set(&cfg, name, value) < 0);
	assert_string_equal(why.text, message);
}

static void rows_are_those_of_the_interface(void **state)
{
	static const struct {
		const char *name, *json, *unit;
		uint64_t min, max, def;
		char less, more;
	} want[] = {
	    {"timers", "num_timers", "", 0, 4096, 8, 't', 'T'},
	    {"sockets", "num_sockets", "", 0, 4096, 4, 's', 'S'},
	    {"watchers", "num_file_watchers", "", 0, 4096, 4, 'w', 'W'},
	    {"timeout", "timeout_ms", "ms", 0, 60000, 1, 'o', 'O'},
	    {"stimulus", "stimulus_us", "us", 10, 1000000, 500, 0, 0},
	    {"write", "write", "", 0, 2, 0, 0, 0},
	    {"phase", "phase_us", "us", 0, 1000000, 0, 0, 0},
	    {"dither", "dither", "", 0, 1, 0, 0, 0},
	    {"spread", "spread", "", 0, 1, 0, 0, 0},
	    {"watch-dir", "watch_dir", "", 0, 0, 0, 0, 0},
	    {"backend", "backend", "", 0, 0, 0, 0, 0},
	    {"collection", "collection", "", 1, 1048576, 1024, 0, 0},
	    {"cpu", "cpu", "", 0, 1023, 0, 0, 0},
	    {"priority", "priority", "", 0, 99, 0, 0, 0},
	    {"mlock", "mlock", "", 0, 1, 0, 0, 0},
	    {"slack", "slack_ns", "ns", 0, 1000000000, 0, 0, 0},
	    {"strict", "strict", "", 0, 1, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		const struct kqt_tunable *t = kqt_tunable_find(want[i].name);

		assert_ptr_equal(t, &kqt_tunables[i]);
		assert_ptr_equal(kqt_tunable_find(want[i].json), t);
		assert_string_equal(t->unit, want[i].unit);
		assert_int_equal(t->min, want[i].min);
		assert_int_equal(t->max, want[i].max);
		assert_int_equal(t->def, want[i].def);
		assert_int_equal(t->key_less, want[i].less);
		assert_int_equal(t->key_more, want[i].more);
		assert_non_null(t->help);
		assert_int_equal(t->arg == NULL, t->type == KQT_T_FLAG);
	}
	assert_null(kqt_tunables[COUNT(want)].name);
	assert_null(kqt_tunable_find("preset"));
	assert_null(kqt_tunable_find(""));
}

static void defaults_are_the_preset_default_and_pass_the_check(void **state)
{
	struct kqt_config cfg = defaults(), again = cfg;

	(void)state;
	FOR_EACH_ROW(t)
	{
		if (t->type != KQT_T_CPUS)
			assert_int_equal(kqt_config_get(&cfg, t), t->def);
	}
	assert_int_equal(cfg.cpu_collector, -1);
	assert_int_equal(cfg.cpu_stimulus, -1);
	assert_string_equal(cfg.preset, "default");
	assert_string_equal(cfg.watch_dir, "");
	assert_int_equal(kqt_config_preset(&again, "default", NULL), 0);
	assert_memory_equal(&cfg, &again, sizeof(cfg));
	assert_int_equal(kqt_config_check(&cfg, NULL), 0);
}

static void presets_are_those_of_the_design(void **state)
{
	static const struct {
		const char *name;
		uint64_t timers, sockets, watchers, timeout_ms, stimulus_us, write, timeouts_only;
	} want[] = {
	    {"default", 8, 4, 4, 1, 500, KQT_WRITE_DRIVEN, 0},
	    {"seed", 8, 4, 4, 1, 500, KQT_WRITE_LEVEL, 0},
	    {"timers", 8, 0, 0, 1, 500, KQT_WRITE_DRIVEN, 0},
	    {"sockets", 0, 4, 0, 1, 500, KQT_WRITE_DRIVEN, 0},
	    {"watchers", 0, 0, 4, 1, 500, KQT_WRITE_DRIVEN, 0},
	    {"quiet", 0, 0, 0, 1, 500, KQT_WRITE_DRIVEN, 1},
	    {"spin", 8, 4, 4, 0, 500, KQT_WRITE_DRIVEN, 0},
	    {"storm", 64, 32, 32, 1, 50, KQT_WRITE_DRIVEN, 0},
	};
	struct kqt_config cfg = defaults(); /* kept: each preset undoes the one before */

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_string_equal(kqt_preset_names[i], want[i].name);
		assert_int_equal(set(&cfg, "preset", want[i].name), 0);
		assert_int_equal(cfg.num_timers, want[i].timers);
		assert_int_equal(cfg.num_sockets, want[i].sockets);
		assert_int_equal(cfg.num_file_watchers, want[i].watchers);
		assert_int_equal(cfg.timeout_ms, want[i].timeout_ms);
		assert_int_equal(cfg.stimulus_us, want[i].stimulus_us);
		assert_int_equal(cfg.write, want[i].write);
		assert_int_equal(cfg.timeouts_only, want[i].timeouts_only);
		assert_string_equal(cfg.preset, want[i].name);
		assert_int_equal(kqt_config_check(&cfg, NULL), 0);
	}
	assert_null(kqt_preset_names[COUNT(want)]);
}

static void preset_keeps_what_it_is_not_made_of(void **state)
{
	static const char *const pairs[][2] = {
	    {"phase", "7"},   {"dither", "on"}, {"spread", "on"},  {"watch-dir", "/w"},
	    {"backend", "b"}, {"cpu", "1,2"},   {"slack", "9"},    {"collection", "5"},
	    {"strict", "on"}, {"mlock", "on"},  {"priority", "3"},
	};
	struct kqt_config cfg = defaults();
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_int_equal(set(&cfg, pairs[i][0], pairs[i][1]), 0);
	assert_int_equal(set(&cfg, "preset", "storm"), 0);
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const struct kqt_tunable *t = kqt_tunable_find(pairs[i][0]);

		kqt_config_get_text(&cfg, t, text, sizeof(text));
		assert_memory_equal(text, pairs[i][1], strlen(pairs[i][1]));
	}
}

static void every_number_takes_its_whole_range_and_nothing_beyond(void **state)
{
	(void)state;
	FOR_EACH_ROW(t)
	{
		struct kqt_config cfg = defaults();
		char value[32];

		if (!is_number(t))
			continue;
		snprintf(value, sizeof(value), "%llu", (unsigned long long)t->max);
		assert_int_equal(set(&cfg, t->name, value), 0);
		assert_int_equal(kqt_config_get(&cfg, t), t->max);
		snprintf(value, sizeof(value), "%llu", (unsigned long long)t->min);
		assert_int_equal(set(&cfg, t->json, value), 0);
		assert_int_equal(kqt_config_get(&cfg, t), t->min);
		snprintf(value, sizeof(value), "%llu", (unsigned long long)t->max + 1);
		assert_refused(t, value, -KQT_E_RANGE);
		if (t->min > 0) {
			snprintf(value, sizeof(value), "%llu", (unsigned long long)t->min - 1);
			assert_refused(t, value, -KQT_E_RANGE);
		}
	}
}

static void every_number_refuses_what_is_none(void **state)
{
	static const char *const garbage[] = {"",    " ",    "x",  "-1",
	                                      "+1",  "0x10", "1 ", "\x1b[31m",
	                                      "1e3", "12x",  "--", "99999999999999999999999x"};
	static const char *const huge[] = {"18446744073709551615", "18446744073709551616",
	                                   "18446744073709551626", "184467440737095516160",
	                                   "99999999999999999999999999999999999999999999999999999"};

	(void)state;
	FOR_EACH_ROW(t)
	{
		if (!is_number(t) && t->type != KQT_T_CPUS)
			continue;
		for (size_t i = t->type == KQT_T_CPUS; i < COUNT(garbage); i++)
			assert_refused(t, garbage[i], -KQT_E_SYNTAX);
		for (size_t i = 0; i < COUNT(huge); i++)
			assert_refused(t, huge[i], -KQT_E_RANGE);
		assert_refused(t, NULL, -KQT_E_SYNTAX);
		if (t->type != KQT_T_DURATION) {
			assert_refused(t, "1.5s", -KQT_E_SYNTAX);
			assert_refused(t, "0.0005ms", -KQT_E_SYNTAX);
			assert_refused(t, "1ms", -KQT_E_SYNTAX);
		}
	}
}

static void durations_take_units_and_stay_whole(void **state)
{
	struct kqt_config cfg = defaults();

	(void)state;
	assert_int_equal(set(&cfg, "timeout", "1.5s"), 0);
	assert_int_equal(cfg.timeout_ms, 1500);
	assert_int_equal(set(&cfg, "timeout", "1m"), 0);
	assert_int_equal(cfg.timeout_ms, 60000);
	assert_int_equal(set(&cfg, "timeout", "7000us"), 0);
	assert_int_equal(cfg.timeout_ms, 7);
	assert_int_equal(set(&cfg, "stimulus", "0.5ms"), 0);
	assert_int_equal(cfg.stimulus_us, 500);
	assert_int_equal(set(&cfg, "slack", "0.0005ms"), 0);
	assert_int_equal(cfg.slack_ns, 500);
	assert_int_equal(set(&cfg, "phase", "250"), 0);
	assert_int_equal(cfg.phase_us, 250);
	assert_refused(kqt_tunable_find("timeout"), "0.0005ms", -KQT_E_SYNTAX);
	assert_refused(kqt_tunable_find("timeout"), "61s", -KQT_E_RANGE);
	assert_refused(kqt_tunable_find("stimulus"), "9.999us", -KQT_E_SYNTAX);
	assert_refused(kqt_tunable_find("stimulus"), "9000ns", -KQT_E_RANGE);
}

static void flags_take_words_and_nothing_at_all(void **state)
{
	static const char *const on[] = {"on", "yes", "true", "1", "", "On", NULL};
	static const char *const off[] = {"off", "no", "false", "0", "FALSE"};

	(void)state;
	FOR_EACH_ROW(t)
	{
		struct kqt_config cfg = defaults();

		if (t->type != KQT_T_FLAG)
			continue;
		for (size_t i = 0; i < COUNT(on); i++) {
			assert_int_equal(set(&cfg, t->name, "off"), 0);
			assert_int_equal(set(&cfg, t->name, on[i]), 0);
			assert_int_equal(kqt_config_get(&cfg, t), 1);
		}
		for (size_t i = 0; i < COUNT(off); i++) {
			assert_int_equal(set(&cfg, t->name, "on"), 0);
			assert_int_equal(set(&cfg, t->name, off[i]), 0);
			assert_int_equal(kqt_config_get(&cfg, t), 0);
		}
		assert_refused(t, "2", -KQT_E_SYNTAX);
		assert_refused(t, "onn", -KQT_E_SYNTAX);
	}
}

static void choices_are_taken_by_name(void **state)
{
	const struct kqt_tunable *t = kqt_tunable_find("write");
	struct kqt_config cfg = defaults();

	(void)state;
	assert_int_equal(set(&cfg, "write", "level"), 0);
	assert_int_equal(cfg.write, KQT_WRITE_LEVEL);
	assert_int_equal(set(&cfg, "write", "edge"), 0);
	assert_int_equal(cfg.write, KQT_WRITE_EDGE);
	assert_int_equal(set(&cfg, "write", "driven"), 0);
	assert_int_equal(cfg.write, KQT_WRITE_DRIVEN);
	assert_refused(t, "", -KQT_E_SYNTAX);
	assert_refused(t, "edg", -KQT_E_SYNTAX);
	assert_refused(t, "1", -KQT_E_SYNTAX);
	assert_refused(t, NULL, -KQT_E_SYNTAX);
}

static void cpus_are_one_or_two_numbers_or_none(void **state)
{
	static const struct {
		const char *text;
		int64_t collector, stimulus;
		const char *back;
	} good[] = {
	    {"2", 2, -1, "2"},        {"2,3", 2, 3, "2,3"}, {"1023,0", 1023, 0, "1023,0"},
	    {"none", -1, -1, "none"}, {"", -1, -1, "none"}, {"none,4", -1, 4, "none,4"},
	    {"5,none", 5, -1, "5"},
	};
	static const char *const bad[] = {
	    ",",     "1,",    ",1",
	    "1,2,3", "1, 2",  "-1",
	    "1;2",   "nonee", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,1"};
	const struct kqt_tunable *t = kqt_tunable_find("cpu");
	struct kqt_config cfg = defaults();
	char text[32];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(set(&cfg, "cpu", good[i].text), 0);
		assert_int_equal(cfg.cpu_collector, good[i].collector);
		assert_int_equal(cfg.cpu_stimulus, good[i].stimulus);
		assert_string_equal(kqt_config_get_text(&cfg, t, text, sizeof(text)), good[i].back);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(t, bad[i], -KQT_E_SYNTAX);
	assert_refused(t, "1024", -KQT_E_RANGE);
	assert_refused(t, "0,1024", -KQT_E_RANGE);
	assert_refused(t, "0,18446744073709551616", -KQT_E_RANGE);
	assert_refused(t, "99999999999999999999999999999999,1", -KQT_E_RANGE);
}

static void texts_fit_their_fields_and_are_plain(void **state)
{
	char value[KQT_PATH_SIZE + 1];

	(void)state;
	FOR_EACH_ROW(t)
	{
		struct kqt_config cfg = defaults();
		char text[KQT_PATH_SIZE];

		if (t->type != KQT_T_TEXT)
			continue;
		memset(value, 'a', t->size);
		value[t->size] = '\0';
		assert_refused(t, value, -KQT_E_RANGE);
		value[t->size - 1] = '\0';
		assert_int_equal(set(&cfg, t->name, value), 0);
		assert_string_equal(kqt_config_get_text(&cfg, t, text, sizeof(text)), value);
		assert_int_equal(set(&cfg, t->name, "\xc3\xa9 '$"), 0);
		assert_int_equal(set(&cfg, t->name, ""), 0);
		assert_string_equal(kqt_config_get_text(&cfg, t, text, sizeof(text)), "");
		assert_refused(t, "a\nb", -KQT_E_SYNTAX);
		assert_refused(t, "\x1b[2J", -KQT_E_SYNTAX);
		assert_refused(t, "\xff", -KQT_E_SYNTAX);
		assert_refused(t, NULL, -KQT_E_SYNTAX);
	}
}

static void messages_name_option_value_and_range(void **state)
{
	(void)state;
	assert_message("timers", "5000", "timers: 5000 is out of range (0 to 4096)");
	assert_message("num_timers", "5000", "timers: 5000 is out of range (0 to 4096)");
	assert_message("timers", "-5", "timers: '-5' is not a whole number (0 to 4096)");
	assert_message("timeout", "12x", "timeout: '12x' is not a duration (0ms to 60000ms)");
	assert_message("timeout", "2h", "timeout: 2h is out of range (0ms to 60000ms)");
	assert_message("timeout", "9000h", "timeout: 9000h is out of range (0ms to 60000ms)");
	assert_message("timeout", "1500us", "timeout: 1500us is not a whole number of ms");
	assert_message("stimulus", "9", "stimulus: 9 is out of range (10us to 1000000us)");
	assert_message("write", "foo", "write: 'foo' is none of driven, edge, level");
	assert_message("write", "a\x1b[m", "write: 'a\\x1b[m' is none of driven, edge, level");
	assert_message("mlock", "x", "mlock: 'x' is none of on, off, yes, no, true, false, 1, 0");
	assert_message("cpu", "a", "cpu: 'a' is not COLLECTOR[,STIMULUS] (0 to 1023)");
	assert_message("cpu", "1,5000", "cpu: 1,5000 is out of range (0 to 1023)");
	assert_message("watch-dir", "a\tb", "watch-dir: 'a\\x09b' is not plain UTF-8 text");
	assert_message("backend", "1234567890123456",
	               "backend: '1234567890123456' is longer than 15 bytes");
	assert_message("timers", NULL, "timers: needs a value, N");
	assert_message("preset", "x",
	               "no preset 'x' (there are: default, seed, timers, sockets, watchers, "
	               "quiet, spin, storm)");
	assert_message("timer\n", "1", "no option 'timer\\x0a'");
	/* the range stays, the value is cut: 47 bytes with the dots */
	assert_message("timers", "12345678901234567890123456789012345678901234567890",
	               "timers: 12345678901234567890123456789012345678901234... is out of range "
	               "(0 to 4096)");
}

static void unknown_names_are_told_from_wrong_values(void **state)
{
	struct kqt_config cfg = defaults(), before = cfg;

	(void)state;
	assert_int_equal(set(&cfg, "timer", "1"), -KQT_E_UNKNOWN_NAME);
	assert_int_equal(set(&cfg, "", ""), -KQT_E_UNKNOWN_NAME);
	assert_int_equal(set(&cfg, "preset", "Storm"), -KQT_E_UNKNOWN_NAME);
	assert_int_equal(set(&cfg, "preset", NULL), -KQT_E_UNKNOWN_NAME);
	assert_int_equal(kqt_config_set(&cfg, "timers", "x", NULL), -KQT_E_SYNTAX);
	assert_memory_equal(&cfg, &before, sizeof(cfg));
}

static void no_source_is_an_error_unless_timeouts_were_asked_for(void **state)
{
	struct kqt_config cfg = defaults();

	(void)state;
	cfg.num_timers = cfg.num_sockets = cfg.num_file_watchers = 0;
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	assert_int_equal(kqt_config_check(&cfg, &why), -KQT_E_NO_SOURCE);
	assert_string_equal(why.text, "no sources: give timers, sockets or watchers, or "
	                              "--preset quiet to measure timeouts only");
	cfg.num_file_watchers = 1;
	assert_int_equal(kqt_config_check(&cfg, &why), 0);
	assert_int_equal(set(&cfg, "preset", "quiet"), 0);
	assert_int_equal(set(&cfg, "timeout", "0"), 0);
	assert_int_equal(kqt_config_check(&cfg, &why), 0);
	assert_int_equal(set(&cfg, "preset", "seed"), 0);
	cfg.num_timers = cfg.num_sockets = cfg.num_file_watchers = 0;
	assert_int_equal(kqt_config_check(&cfg, &why), -KQT_E_NO_SOURCE);
}

static void check_finds_every_field_that_is_out_of_range(void **state)
{
	(void)state;
	FOR_EACH_ROW(t)
	{
		struct kqt_config cfg = defaults();
		char start[64];

		if (t->type == KQT_T_TEXT)
			memset((char *)&cfg + t->offset, 'a', t->size);
		else if (t->type == KQT_T_CPUS)
			cfg.cpu_stimulus = -2;
		else
			*(uint64_t *)(void *)((char *)&cfg + t->offset) = t->max + 1;
		why = kqt_strbuf_init(why_text, sizeof(why_text));
		assert_int_equal(kqt_config_check(&cfg, &why), -KQT_E_RANGE);
		snprintf(start, sizeof(start), "%s: ", t->name);
		assert_memory_equal(why.text, start, strlen(start));
	}
}

static void value_texts_carry_the_unit(void **state)
{
	struct kqt_config cfg = defaults();
	char text[32];

	(void)state;
	cfg.num_timers = 16;
	cfg.timeout_ms = 60000;
	cfg.dither = 1;
#define TEXT_OF(name) kqt_config_get_text(&cfg, kqt_tunable_find(name), text, sizeof(text))
	assert_string_equal(TEXT_OF("timers"), "16");
	assert_string_equal(TEXT_OF("timeout"), "60000ms");
	assert_string_equal(TEXT_OF("stimulus"), "500us");
	assert_string_equal(TEXT_OF("slack"), "0ns");
	assert_string_equal(TEXT_OF("dither"), "on");
	assert_string_equal(TEXT_OF("strict"), "off");
	assert_string_equal(TEXT_OF("write"), "driven");
	assert_string_equal(TEXT_OF("cpu"), "none");
	assert_string_equal(kqt_config_get_text(&cfg, kqt_tunable_find("timeout"), text, 4), "600");
}

static void same_sees_every_row_and_not_the_presets_name(void **state)
{
	struct kqt_config a = defaults(), b = defaults();

	(void)state;
	snprintf(b.preset, sizeof(b.preset), "mine");
	b.timeouts_only = 1; /* says nothing while there are sources */
	assert_true(kqt_config_same(&a, &b));
	FOR_EACH_ROW(t)
	{
		struct kqt_config c = defaults();

		if (t->type == KQT_T_TEXT)
			*((char *)&c + t->offset) = 'x';
		else
			*(uint64_t *)(void *)((char *)&c + t->offset) += 1;
		assert_false(kqt_config_same(&a, &c));
		assert_false(kqt_config_same(&c, &a));
	}
	b = a;
	b.cpu_stimulus = 0;
	assert_false(kqt_config_same(&a, &b));
	a.num_timers = a.num_sockets = a.num_file_watchers = 0;
	b = a;
	b.timeouts_only = 1;
	assert_false(kqt_config_same(&a, &b));
}

static void steps_go_through_powers_of_two(void **state)
{
	static const struct {
		uint64_t from, up, down;
	} want[] = {
	    {0, 1, 0},
	    {1, 2, 0},
	    {2, 4, 1},
	    {3, 4, 2},
	    {4, 8, 2},
	    {5, 8, 4},
	    {7, 8, 4},
	    {8, 16, 4},
	    {9, 16, 8},
	    {16, 32, 8},
	    {17, 32, 16},
	    {4000, 4096, 2048},
	    {4095, 4096, 2048},
	    {4096, 4096, 2048},
	    {UINT64_MAX, 4096, 4096}, /* from outside, back into the range */
	};
	const struct kqt_tunable *t = kqt_tunable_find("timers");

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_int_equal(kqt_tunable_step(t, want[i].from, true), want[i].up);
		assert_int_equal(kqt_tunable_step(t, want[i].from, false), want[i].down);
	}
}

static void timeout_never_steps_below_one(void **state)
{
	const struct kqt_tunable *t = kqt_tunable_find("timeout");

	(void)state;
	assert_int_equal(kqt_tunable_step(t, 0, true), 1);
	assert_int_equal(kqt_tunable_step(t, 0, false), 0); /* polls: stays, does not jump up */
	assert_int_equal(kqt_tunable_step(t, 1, false), 1);
	assert_int_equal(kqt_tunable_step(t, 2, false), 1);
	assert_int_equal(kqt_tunable_step(t, 1, true), 2);
	assert_int_equal(kqt_tunable_step(t, 32768, true), 60000);
	assert_int_equal(kqt_tunable_step(t, 60000, true), 60000);
	assert_int_equal(kqt_tunable_step(t, 60000, false), 32768);
	/* zero is for the timeout's own reasons; a phase of 0 is like any other */
	assert_int_equal(kqt_tunable_step(kqt_tunable_find("phase"), 1, false), 0);
	assert_int_equal(kqt_tunable_step(kqt_tunable_find("stimulus"), 16, false), 10);
}

/* Splits a line as a POSIX shell does, as far as our lines need it: blanks,
 * '...' and a backslash outside quotes; any other special character fails.
 * @return the next word in word[], NULL at the end. */
static const char *next_word(const char **p, char *word)
{
	while (**p == ' ')
		(*p)++;
	if (**p == '\0')
		return NULL;
	for (; **p && **p != ' '; (*p)++) {
		if (**p == '\'') {
			while (*++*p != '\'') {
				assert_true(**p != '\0');
				*word++ = **p;
			}
		} else if (**p == '\\') {
			*word++ = *++*p;
		} else {
			assert_null(strchr("\"$`~*?[]#&|;<>(){}!=", **p));
			*word++ = **p;
		}
	}
	*word = '\0';
	return *p;
}

static struct kqt_config apply_line(const char *line)
{
	static char option[8192], value[8192];
	struct kqt_config cfg = defaults();

	while (next_word(&line, option)) {
		const struct kqt_tunable *t;

		assert_memory_equal(option, "--", 2);
		t = kqt_tunable_find(option + 2);
		if (t && t->type == KQT_T_FLAG) {
			assert_int_equal(set(&cfg, option + 2, NULL), 0);
			continue;
		}
		assert_non_null(next_word(&line, value));
		assert_int_equal(set(&cfg, option + 2, value), 0);
	}
	return cfg;
}

static const char *line_of(const struct kqt_config *cfg)
{
	static char text[8192];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	kqt_config_command_line(cfg, NULL, &sb);
	assert_false(sb.cut);
	return text;
}

static void command_line_is_short_and_calls_presets_by_name(void **state)
{
	static const char *const lines[] = {
	    "",
	    "--preset seed",
	    "--preset timers",
	    "--preset sockets",
	    "--preset watchers",
	    "--preset quiet",
	    "--preset spin",
	    "--preset storm",
	    "--timers 16",
	    "--timeout 2ms",
	    "--preset spin --timers 16",
	    "--preset quiet --timeout 0ms",
	    "--preset storm --stimulus 60us --phase 1us --dither --collection 1 --cpu 2,3",
	    "--watch-dir /tmp/a-b_c.d",
	    "--watch-dir 'a b'",
	    "--watch-dir ''\\''$HOME'\\'''",
	    "--watch-dir '~'",
	    "--cpu none,1 --priority 9 --mlock --slack 1ns --strict",
	    "--preset timers --timers 0", /* no source, and not by intent: not quiet */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct kqt_config cfg = apply_line(lines[i]);

		assert_string_equal(line_of(&cfg), lines[i]);
	}
}

static uint64_t random_next(void)
{
	static uint64_t x = 88172645463325252u; /* xorshift64 */

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x >> 11;
}

static void random_text(char *text, size_t size)
{
	static const char chars[] = " '\"$\\`!*?~#&|;<>(){}[]=aZ09/._-%,:\xc3\xa9";
	size_t len = random_next() % (random_next() % 8 ? 12 : size);

	for (size_t i = 0; i < len && i < size - 1; i++)
		text[i] = chars[random_next() % 33];
	text[len < size ? len : size - 1] = '\0';
}

/* From a preset, some rows changed at random, ends of the ranges included. */
static struct kqt_config random_config(void)
{
	struct kqt_config cfg = defaults();

	assert_int_equal(set(&cfg, "preset", kqt_preset_names[random_next() % 8]), 0);
	FOR_EACH_ROW(t)
	{
		if (random_next() % 3 != 0)
			continue;
		if (t->type == KQT_T_TEXT) {
			random_text((char *)&cfg + t->offset, t->size);
		} else if (t->type == KQT_T_CPUS) {
			cfg.cpu_collector = (int64_t)(random_next() % 1025) - 1;
			cfg.cpu_stimulus = (int64_t)(random_next() % 3) - 1;
		} else {
			uint64_t *field = (uint64_t *)(void *)((char *)&cfg + t->offset);

			*field = t->min + random_next() % (t->max - t->min + 1);
			if (random_next() % 4 == 0)
				*field = random_next() % 2 ? t->min : t->max;
		}
	}
	return cfg;
}

static void command_line_leads_back_to_every_configuration(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct kqt_config cfg = random_config(), back = apply_line(line_of(&cfg));

		if (!kqt_config_same(&cfg, &back))
			fail_msg("round %d: %s", i, line_of(&cfg));
		assert_string_equal(cfg.watch_dir, back.watch_dir);
	}
}

static void every_value_text_is_taken_back(void **state)
{
	char text[KQT_PATH_SIZE];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct kqt_config cfg = random_config(), back = defaults();

		back.timeouts_only = cfg.timeouts_only;
		FOR_EACH_ROW(t)
		{
			kqt_config_get_text(&cfg, t, text, sizeof(text));
			assert_int_equal(set(&back, t->name, text), 0);
		}
		assert_true(kqt_config_same(&cfg, &back));
	}
}

/* The splitter above is ours; this is the real thing. */
static void real_shell_reads_the_quoted_folder_unchanged(void **state)
{
	static const char *const folders[] = {"a b",      "'",       "$HOME `id` $(id)",
	                                      "\\n\"x\"", "~/*?[a]", "!a"};

	(void)state;
	for (size_t i = 0; i < COUNT(folders); i++) {
		struct kqt_config cfg = defaults();
		char command[16384], got[256] = "", want[256];
		FILE *p;
		size_t n;

		assert_int_equal(set(&cfg, "watch-dir", folders[i]), 0);
		snprintf(command, sizeof(command), "printf '%%s|' %s", line_of(&cfg));
		p = popen(command, "r"); /* NOLINT(cert-env33-c): the shell is what we test */
		assert_non_null(p);
		n = fread(got, 1, sizeof(got) - 1, p);
		got[n] = '\0';
		assert_int_equal(pclose(p), 0);
		snprintf(want, sizeof(want), "--watch-dir|%s|", folders[i]);
		assert_string_equal(got, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_those_of_the_interface),
	    cmocka_unit_test(defaults_are_the_preset_default_and_pass_the_check),
	    cmocka_unit_test(presets_are_those_of_the_design),
	    cmocka_unit_test(preset_keeps_what_it_is_not_made_of),
	    cmocka_unit_test(every_number_takes_its_whole_range_and_nothing_beyond),
	    cmocka_unit_test(every_number_refuses_what_is_none),
	    cmocka_unit_test(durations_take_units_and_stay_whole),
	    cmocka_unit_test(flags_take_words_and_nothing_at_all),
	    cmocka_unit_test(choices_are_taken_by_name),
	    cmocka_unit_test(cpus_are_one_or_two_numbers_or_none),
	    cmocka_unit_test(texts_fit_their_fields_and_are_plain),
	    cmocka_unit_test(messages_name_option_value_and_range),
	    cmocka_unit_test(unknown_names_are_told_from_wrong_values),
	    cmocka_unit_test(no_source_is_an_error_unless_timeouts_were_asked_for),
	    cmocka_unit_test(check_finds_every_field_that_is_out_of_range),
	    cmocka_unit_test(value_texts_carry_the_unit),
	    cmocka_unit_test(same_sees_every_row_and_not_the_presets_name),
	    cmocka_unit_test(steps_go_through_powers_of_two),
	    cmocka_unit_test(timeout_never_steps_below_one),
	    cmocka_unit_test(command_line_is_short_and_calls_presets_by_name),
	    cmocka_unit_test(command_line_leads_back_to_every_configuration),
	    cmocka_unit_test(every_value_text_is_taken_back),
	    cmocka_unit_test(real_shell_reads_the_quoted_folder_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
