/* SPDX-License-Identifier: MIT */
/* The configuration file changed and saved, settings and presets of one's own, with real
 * files in a folder of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/engine.h"
#include "tui/live/ui.h"
#include "tui/settings.h"

static char dir[64], file[128], other[128], why_text[512];
static struct kqt_strbuf why;
static struct kqt_settings s;
static struct kqt_config cfg;

static int make_folder(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/kqt-settings-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/new/kqtop/config", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_folder(void **state)
{
	(void)state;
	kqt_presets_forget();
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int load(const char *path)
{
	struct kqt_config_use use = {.other = kqt_settings_take, .ctx = &s};

	why = kqt_strbuf_init(why_text, sizeof(why_text));
	kqt_settings_default(&s);
	kqt_config_default(&cfg);
	snprintf(s.path, sizeof(s.path), "%s", path);
	return kqt_config_file_load(&cfg, path, &use, &why);
}

static void write_text(const char *path, const char *text)
{
	assert_int_equal(kqt_config_text_save(path, text), 0);
}

static void assert_text(const char *path, const char *want)
{
	char *text;

	assert_int_equal(kqt_config_text_load(path, &text), 0);
	assert_string_equal(text, want);
	free(text);
}

static void assert_edit(const char *text, const char *section, const char *name, const char *value,
                        const char *want)
{
	char *got = kqt_config_edit(text, section, name, value);

	assert_non_null(got);
	assert_string_equal(got, want);
	free(got);
}

/* -- the text -------------------------------------------------------------- */

static void edit_changes_one_value_and_keeps_all_around_it(void **state)
{
	(void)state;
	assert_edit("# c\n[kqtop]\n theme = light  ; sun\nx=1\n", "kqtop", "theme", "mono",
	            "# c\n[kqtop]\n theme = mono  ; sun\nx=1\n");
	assert_edit("[kqtop]\ntheme=light\nthemes = a\n#theme = b\n", "kqtop", "theme", "mono",
	            "[kqtop]\ntheme=mono\nthemes = a\n#theme = b\n");
	assert_edit("[kqtop]\ntheme: light", "kqtop", "theme", "mono", "[kqtop]\ntheme: mono");
	assert_edit("[kqtop]\ntheme =\n", "kqtop", "theme", "mono", "[kqtop]\ntheme = mono\n");
	assert_edit("[kqtop]\ntheme = ;c\n", "kqtop", "theme", "mono",
	            "[kqtop]\ntheme = mono ;c\n");
	/* of several lines the last is the one that counts */
	assert_edit("[kqtop]\ntheme = a\ntheme = b\n", "kqtop", "theme", "mono",
	            "[kqtop]\ntheme = a\ntheme = mono\n");
	assert_edit("[kqtop]\r\ntheme = a\r\nx = 1\r\n", "kqtop", "theme", "mono",
	            "[kqtop]\r\ntheme = mono\r\nx = 1\r\n");
}

static void edit_adds_a_line_where_it_belongs(void **state)
{
	(void)state;
	assert_edit("", "kqtop", "theme", "mono", "[kqtop]\ntheme = mono\n");
	assert_edit("theme = a", "kqtop", "theme", "mono", "theme = a\n\n[kqtop]\ntheme = mono\n");
	assert_edit("[kqtop]\nx = 1\n\n# about y\n[y]\ntheme = b\n", "kqtop", "theme", "mono",
	            "[kqtop]\nx = 1\ntheme = mono\n\n# about y\n[y]\ntheme = b\n");
	assert_edit("[kqtop]", "kqtop", "theme", "mono", "[kqtop]\ntheme = mono\n");
	assert_edit("[a]\r\nb = c\r\n", "kqtop", "theme", "mono",
	            "[a]\r\nb = c\r\n\r\n[kqtop]\r\ntheme = mono\r\n");
	assert_edit("[kqtop]\r", "kqtop", "theme", "mono", "[kqtop]\r\ntheme = mono\n");
}

static void edit_without_a_value_takes_every_line_of_the_name_away(void **state)
{
	(void)state;
	assert_edit("theme = 0\n[kqtop]\ntheme = a\nx = 1\ntheme = b", "kqtop", "theme", NULL,
	            "theme = 0\n[kqtop]\nx = 1\n");
	assert_edit("[a]\nb = c\n", "kqtop", "theme", NULL, "[a]\nb = c\n");
}

/* -- the file -------------------------------------------------------------- */

static void save_makes_folders_for_their_owner_only(void **state)
{
	char folder[128];
	struct stat st;

	(void)state;
	write_text(file, "a\n");
	assert_text(file, "a\n");
	snprintf(folder, sizeof(folder), "%s/new/kqtop", dir);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void save_keeps_permissions(void **state)
{
	struct stat st;

	(void)state;
	write_text(file, "a\n");
	assert_int_equal(chmod(file, 0640), 0);
	write_text(file, "b\n");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_text(file, "b\n");
}

static void save_follows_links_also_to_nothing(void **state)
{
	char link_path[160];
	struct stat st;

	(void)state;
	write_text(file, "a\n");
	snprintf(link_path, sizeof(link_path), "%s/link", dir);
	assert_int_equal(symlink("new/kqtop/config", link_path), 0);
	write_text(link_path, "b\n");
	assert_int_equal(lstat(link_path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_text(file, "b\n");
	assert_int_equal(unlink(file), 0);
	write_text(link_path, "c\n");
	assert_text(file, "c\n");
	unlink(link_path);
	assert_int_equal(symlink("link", link_path), 0);
	assert_int_equal(kqt_config_text_save(link_path, "d\n"), -ELOOP);
}

static void save_that_fails_changes_nothing_and_leaves_nothing(void **state)
{
	char below[160], folder[160];
	int entries = 0;
	DIR *d;

	(void)state;
	write_text(file, "a\n");
	snprintf(below, sizeof(below), "%s/config", file);
	assert_int_equal(kqt_config_text_save(below, "b\n"), -ENOTDIR);
	assert_int_equal(kqt_config_text_save(dir, "b\n"), -EISDIR);
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_int_equal(kqt_config_text_save(other, "b\n"), -EINVAL);
	assert_int_equal(unlink(other), 0);
	assert_text(file, "a\n");
	snprintf(folder, sizeof(folder), "%s/new/kqtop", dir);
	d = opendir(folder);
	assert_non_null(d);
	while (readdir(d))
		entries++;
	closedir(d);
	assert_int_equal(entries, 3); /* two of them are the folder and the one above */
}

static void text_with_a_nul_or_too_long_is_not_taken(void **state)
{
	char *text;
	FILE *f;

	(void)state;
	f = fopen(other, "wb");
	assert_non_null(f);
	fwrite("a\0b", 1, 3, f);
	fclose(f);
	assert_int_equal(kqt_config_text_load(other, &text), -KQT_E_SYNTAX);
	assert_int_equal(truncate(other, KQT_CONFIG_FILE_MAX + 1), 0);
	assert_int_equal(kqt_config_text_load(other, &text), -KQT_E_RANGE);
	assert_null(text);
}

/* -- settings -------------------------------------------------------------- */

static void words_are_the_names_that_the_program_uses(void **state)
{
	char text[64];

	(void)state;
	for (uint64_t i = 0; i < KQT_STREAMS; i++)
		assert_string_equal(kqt_setting_text(KQT_SETTING_STREAM, i, text, sizeof(text)),
		                    kqt_stream_name((enum kqt_stream)i));
	for (uint64_t i = 0; i < KQT_LATENCIES; i++)
		assert_string_equal(kqt_setting_text(KQT_SETTING_KIND, i, text, sizeof(text)),
		                    kqt_latency_name((enum kqt_latency)i));
	for (uint64_t i = 0; i < KQT_SCALES; i++)
		assert_string_equal(kqt_setting_text(KQT_SETTING_SCALE, i, text, sizeof(text)),
		                    kqt_scale_name((enum kqt_scale)i));
	for (int id = 0; id < KQT_SETTINGS; id++)
		assert_null(kqt_tunable_find(kqt_setting((enum kqt_setting_id)id)->name));
}

static void every_value_of_every_setting_goes_round(void **state)
{
	(void)state;
	for (int i = 0; i < KQT_SETTINGS; i++) {
		enum kqt_setting_id id = (enum kqt_setting_id)i;
		uint64_t value = kqt_setting(id)->def;

		for (int turn = 0; turn < 12; turn++) {
			assert_int_equal(load(file) == 0 || turn == 0, 1);
			s.value[id] = value;
			assert_int_equal(kqt_settings_save(&s, id, &why), 0);
			assert_int_equal(load(file), 0);
			assert_int_equal(s.value[id], value);
			assert_int_equal(s.origin[id].by, KQT_BY_FILE);
			value = kqt_setting_step(id, value, turn < 6 ? 1 : -1);
		}
	}
}

static void an_interval_never_steps_the_other_way(void **state)
{
	static const uint64_t ms[][3] = {
	    /* value, less, more */
	    {10, 10, 100},   {99, 99, 100},      {100, 100, 250},    {250, 100, 500},
	    {300, 250, 500}, {5000, 2000, 5000}, {6000, 5000, 6000}, {60000, 5000, 60000}};

	(void)state;
	for (size_t i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		assert_int_equal(kqt_setting_step(KQT_SETTING_INTERVAL, ms[i][0], -1), ms[i][1]);
		assert_int_equal(kqt_setting_step(KQT_SETTING_INTERVAL, ms[i][0], 1), ms[i][2]);
	}
}

static void what_is_not_ours_stays_and_is_noted(void **state)
{
	static const char text[] =
	    "# mine\n[kqtop]\ncolour = blue\ntimers = 16\n\n[future]\nx = y\n";

	(void)state;
	write_text(file, text);
	assert_int_equal(load(file), 0);
	assert_int_equal(cfg.num_timers, 16);
	assert_int_equal(s.n_unknown, 2);
	assert_string_equal(s.unknown[0].name, "colour");
	assert_int_equal(s.unknown[0].line, 3);
	assert_string_equal(s.unknown[1].section, "future");
	s.value[KQT_SETTING_THEME] = KQT_PALETTE_MONO;
	assert_int_equal(kqt_settings_save(&s, KQT_SETTING_THEME, &why), 0);
	assert_text(file, "# mine\n[kqtop]\ncolour = blue\ntimers = 16\ntheme = mono\n\n"
	                  "[future]\nx = y\n");
}

static void what_was_written_meanwhile_is_not_lost(void **state)
{
	(void)state;
	write_text(file, "[kqtop]\nscale = lin\n");
	assert_int_equal(load(file), 0);
	write_text(file, "[kqtop]\nscale = lin\nkind = response\n");
	s.value[KQT_SETTING_SCALE] = KQT_SCALE_LOG;
	assert_int_equal(kqt_settings_save(&s, KQT_SETTING_SCALE, &why), 0);
	assert_text(file, "[kqtop]\nscale = log\nkind = response\n");
}

static void a_value_that_is_none_is_refused_with_its_line(void **state)
{
	static const char *const texts[][2] = {
	    {"[kqtop]\n\ntheme = dark\n",
	     ":3: theme: 'dark' is none of default, light, contrast, mono"},
	    {"[kqtop]\ninterval = 5\n", ":2: interval: '5' is not a duration from 10ms to 60000ms"},
	    {"[kqtop]\ninterval = 10500us\n",
	     ":2: interval: '10500us' is not a duration from 10ms to 60000ms"},
	    {"[kqtop]\nmouse =\n", ":2: mouse: '' is none of off, on"},
	    {"[preset a]\n\ntimers = 4097\n", ":3: timers: 4097 is out of range (0 to 4096)"},
	    {"[preset storm]\ntimers = 1\n", ":2: 'storm' is a built-in preset"},
	    {"[preset a b]\ntimers = 1\n",
	     ":2: 'a b' is no preset's name: 1 to 31 letters, digits, '-', '_' or '.', a letter "
	     "or digit first"},
	    {"[preset a]\npreset = b\n[preset b]\nx = 1\n",
	     ":2: no preset 'b' (there are: default, seed, timers, sockets, watchers, quiet, spin, "
	     "storm)"},
	    {"[preset a]\ntimers = 0\nsockets = 0\nwatchers = 0\n",
	     ":2: no sources: give timers, sockets or watchers, or --preset quiet to measure "
	     "timeouts only"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char want[512];

		write_text(file, texts[i][0]);
		assert_true(load(file) <= -KQT_E_TOO_FEW);
		snprintf(want, sizeof(want), "%s%s", file, texts[i][1]);
		assert_string_equal(why_text, want);
	}
}

static void without_a_place_nothing_is_saved_and_it_says_so(void **state)
{
	(void)state;
	kqt_settings_default(&s);
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	assert_true(kqt_settings_save(&s, KQT_SETTING_THEME, &why) < 0);
	assert_non_null(strstr(why_text, "not saved"));
}

/* -- presets --------------------------------------------------------------- */

static void preset_of_ones_own_goes_round(void **state)
{
	struct kqt_config mine, back;

	(void)state;
	write_text(file, "[kqtop]\ntimers = 3\n# end\n");
	assert_int_equal(load(file), 0);
	kqt_config_default(&mine);
	mine.num_timers = 5;
	mine.timeout_ms = 20;
	mine.dither = 1;
	mine.cpu_stimulus = 1;
	assert_int_equal(kqt_settings_save_preset(&s, "mine", &mine, &why), 0);
	assert_int_equal(load(file), 0);
	assert_int_equal(cfg.num_timers, 3);
	kqt_config_default(&back);
	assert_int_equal(kqt_config_preset(&back, "mine", &why), 0);
	assert_true(kqt_config_same(&back, &mine));
	assert_string_equal(back.preset, "mine");
	assert_string_equal(kqt_preset_name(8), "mine");
	assert_null(kqt_preset_name(9));
}

static void preset_saved_again_is_another_and_keeps_comments(void **state)
{
	struct kqt_config mine;

	(void)state;
	write_text(file, "[preset a]\n# why\nnum_timers = 9 ; nine\nmlock = on\nodd = 1\n");
	assert_int_equal(load(file), 0);
	kqt_config_default(&mine);
	mine.num_timers = 2;
	assert_int_equal(kqt_settings_save_preset(&s, "a", &mine, &why), 0);
	assert_text(file, "[preset a]\n# why\nodd = 1\ntimers = 2\nsockets = 4\nwatchers = 4\n"
	                  "timeout = 1ms\nstimulus = 500us\nwrite = driven\nphase = 0us\n"
	                  "dither = off\nspread = off\n");
	kqt_config_default(&cfg);
	assert_int_equal(kqt_config_preset(&cfg, "a", NULL), 0);
	assert_int_equal(cfg.num_timers, 2);
	assert_int_equal(cfg.mlock, 0);
}

static void preset_without_sources_is_one_of_timeouts(void **state)
{
	struct kqt_config quiet;

	(void)state;
	kqt_settings_default(&s);
	snprintf(s.path, sizeof(s.path), "%s", file);
	kqt_config_default(&quiet);
	assert_int_equal(kqt_config_preset(&quiet, "quiet", NULL), 0);
	quiet.timeout_ms = 7;
	assert_int_equal(kqt_settings_save_preset(&s, "still", &quiet, &why), 0);
	assert_int_equal(load(file), 0);
	assert_int_equal(kqt_config_preset(&cfg, "still", NULL), 0);
	assert_true(kqt_config_same(&cfg, &quiet));
	assert_int_equal(kqt_config_check(&cfg, NULL), 0);
}

static void file_may_begin_with_a_preset_defined_further_down(void **state)
{
	(void)state;
	write_text(file, "[kqtop]\npreset = late\nsockets = 1\n[preset late]\npreset = storm\n"
	                 "dither = yes\n");
	assert_int_equal(load(file), 0);
	assert_int_equal(cfg.num_timers, 64);
	assert_int_equal(cfg.num_sockets, 1);
	assert_int_equal(cfg.dither, 1);
	assert_string_equal(cfg.preset, "late");
}

static void names_are_checked(void **state)
{
	static const char *const bad[] = {"",    "-a",       ".a",
	                                  "a b", "a]",       "a;b",
	                                  "a/b", "\xc3\xa4", "abcdefghijklmnopqrstuvwxyz123456"};
	static const char *const good[] = {"a", "9", "My-1_x.y", "abcdefghijklmnopqrstuvwxyz12345"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(kqt_preset_name_check(bad[i], NULL), -KQT_E_SYNTAX);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(kqt_preset_name_check(good[i], NULL), 0);
	for (size_t i = 0; kqt_preset_names[i]; i++)
		assert_int_equal(kqt_preset_name_check(kqt_preset_names[i], NULL),
		                 -KQT_E_UNKNOWN_NAME);
}

static void there_are_at_most_32_presets(void **state)
{
	static char text[8192];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	(void)state;
	for (int i = 0; i < KQT_PRESETS_OWN_MAX; i++)
		kqt_strbuf_add(&sb, "[preset p%d]\ntimers = %d\n", i, i + 1);
	write_text(file, text);
	assert_int_equal(load(file), 0);
	assert_int_equal(kqt_config_preset(&cfg, "p31", NULL), 0);
	assert_int_equal(cfg.num_timers, 32);
	kqt_strbuf_add(&sb, "[preset more]\ntimers = 1\n");
	write_text(file, text);
	assert_int_equal(load(file), -KQT_E_RANGE);
	assert_non_null(strstr(why_text, ":66: more than 32 presets"));
}

/* -- the command line that repeats it -------------------------------------- */

static void assert_again(const char *base_options, const char *want)
{
	struct kqt_config base, now;
	char text[256];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	kqt_config_default(&base);
	kqt_config_default(&now);
	if (strcmp(base_options, "timers") == 0)
		base.num_timers = 16;
	else if (strcmp(base_options, "dither") == 0)
		base.dither = 1;
	else
		assert_int_equal(kqt_config_preset(&base, base_options, NULL), 0);
	kqt_config_command_line(&now, &base, &sb);
	assert_string_equal(text, want);
}

static void command_line_overrules_the_file(void **state)
{
	(void)state;
	assert_again("default", "");
	assert_again("timers", "--preset default");
	assert_again("dither", "--dither=off");
	assert_again("storm", "--preset default");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(edit_changes_one_value_and_keeps_all_around_it),
	    cmocka_unit_test(edit_adds_a_line_where_it_belongs),
	    cmocka_unit_test(edit_without_a_value_takes_every_line_of_the_name_away),
	    TEST(save_makes_folders_for_their_owner_only),
	    TEST(save_keeps_permissions),
	    TEST(save_follows_links_also_to_nothing),
	    TEST(save_that_fails_changes_nothing_and_leaves_nothing),
	    TEST(text_with_a_nul_or_too_long_is_not_taken),
	    cmocka_unit_test(words_are_the_names_that_the_program_uses),
	    TEST(every_value_of_every_setting_goes_round),
	    TEST(an_interval_never_steps_the_other_way),
	    TEST(what_is_not_ours_stays_and_is_noted),
	    TEST(what_was_written_meanwhile_is_not_lost),
	    TEST(a_value_that_is_none_is_refused_with_its_line),
	    TEST(without_a_place_nothing_is_saved_and_it_says_so),
	    TEST(preset_of_ones_own_goes_round),
	    TEST(preset_saved_again_is_another_and_keeps_comments),
	    TEST(preset_without_sources_is_one_of_timeouts),
	    TEST(file_may_begin_with_a_preset_defined_further_down),
	    cmocka_unit_test(names_are_checked),
	    TEST(there_are_at_most_32_presets),
	    cmocka_unit_test(command_line_overrules_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
