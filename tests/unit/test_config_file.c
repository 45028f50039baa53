/* SPDX-License-Identifier: MIT */
/* The configuration file, with real files in a folder of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/config/config_file.h"

static char dir[64], file[80], why_text[512];
static struct kqt_strbuf why;

static int make_folder(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/kqt-config-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/config", dir);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

static void write_bytes(const void *bytes, size_t size)
{
	FILE *f = fopen(file, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static int load(struct kqt_config *cfg)
{
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	return kqt_config_file_load(cfg, file, NULL, &why);
}

/* Load from the defaults. */
static int load_text(struct kqt_config *cfg, const char *text)
{
	write_bytes(text, strlen(text));
	kqt_config_default(cfg);
	return load(cfg);
}

/* The file is refused with `message` at `line`, and nothing has changed. */
static void assert_refused(const void *bytes, size_t size, int rc, int line, const char *message)
{
	struct kqt_config cfg, before;
	char want[512];

	write_bytes(bytes, size);
	kqt_config_default(&cfg);
	cfg.num_timers = 77;
	before = cfg;
	assert_int_equal(load(&cfg), rc);
	snprintf(want, sizeof(want), "%s:%d: %s", file, line, message);
	assert_string_equal(why.text, want);
	assert_memory_equal(&cfg, &before, sizeof(cfg));
}

static void assert_text_refused(const char *text, int rc, int line, const char *message)
{
	assert_refused(text, strlen(text), rc, line, message);
}

static void keys_of_the_section_are_applied(void **state)
{
	struct kqt_config cfg;

	(void)state;
	assert_int_equal(load_text(&cfg, "# mine\n"
	                                 "[kqtop]\n"
	                                 "timers = 16\n"
	                                 "  sockets=2   ; fewer\n"
	                                 "timeout = 2s\r\n"
	                                 "\n"
	                                 "\twrite : edge\n"
	                                 "dither = on\n"
	                                 "mlock =\n"
	                                 "cpu = 2,3\n"
	                                 "watch-dir = /tmp/a b\n"
	                                 "num_file_watchers = 1"),
	                 0);
	assert_int_equal(cfg.num_timers, 16);
	assert_int_equal(cfg.num_sockets, 2);
	assert_int_equal(cfg.num_file_watchers, 1);
	assert_int_equal(cfg.timeout_ms, 2000);
	assert_int_equal(cfg.write, KQT_WRITE_EDGE);
	assert_int_equal(cfg.dither, 1);
	assert_int_equal(cfg.mlock, 1);
	assert_int_equal(cfg.cpu_collector, 2);
	assert_int_equal(cfg.cpu_stimulus, 3);
	assert_string_equal(cfg.watch_dir, "/tmp/a b");
	assert_int_equal(cfg.stimulus_us, 500);
	assert_string_equal(why.text, "");
}

static void preset_is_applied_first_wherever_it_stands(void **state)
{
	struct kqt_config cfg;

	(void)state;
	assert_int_equal(load_text(&cfg, "[kqtop]\ntimers = 3\npreset = storm\ntimeout = 0\n"), 0);
	assert_int_equal(cfg.num_timers, 3);
	assert_int_equal(cfg.num_sockets, 32);
	assert_int_equal(cfg.stimulus_us, 50);
	assert_int_equal(cfg.timeout_ms, 0);
	assert_string_equal(cfg.preset, "storm");
	assert_int_equal(load_text(&cfg, "[kqtop]\npreset = quiet\n"), 0);
	assert_int_equal(cfg.timeouts_only, 1);
}

static void file_changes_only_what_it_names(void **state)
{
	struct kqt_config cfg, before;

	(void)state;
	write_bytes("[kqtop]\nsockets = 9\n", 20);
	kqt_config_default(&cfg);
	cfg.num_timers = 77;
	cfg.cpu_stimulus = 5;
	snprintf(cfg.watch_dir, sizeof(cfg.watch_dir), "/var/tmp");
	before = cfg;
	before.num_sockets = 9;
	assert_int_equal(load(&cfg), 0);
	assert_memory_equal(&cfg, &before, sizeof(cfg));
}

static void last_of_two_equal_keys_counts(void **state)
{
	struct kqt_config cfg;

	(void)state;
	assert_int_equal(load_text(&cfg, "[kqtop]\ntimers=1\n[kqtop]\ntimers=2\n"), 0);
	assert_int_equal(cfg.num_timers, 2);
}

static void keys_and_sections_of_others_are_left_alone(void **state)
{
	struct kqt_config cfg, defaults;

	(void)state;
	kqt_config_default(&defaults);
	assert_int_equal(load_text(&cfg, "timers = 1\n"
	                                 "[screen]\ntimers = what\npreset = x\n"
	                                 "[kqtop]\ntheme = dark\n"
	                                 "[kqtop2]\ntimers = 2\n"),
	                 0);
	assert_memory_equal(&cfg, &defaults, sizeof(cfg));
	assert_int_equal(load_text(&cfg, ""), 0);
	assert_memory_equal(&cfg, &defaults, sizeof(cfg));
}

static void byte_order_mark_is_no_part_of_the_first_line(void **state)
{
	struct kqt_config cfg;

	(void)state;
	assert_int_equal(load_text(&cfg, "\xef\xbb\xbf[kqtop]\ntimers=5\n"), 0);
	assert_int_equal(cfg.num_timers, 5);
}

static void indented_key_is_no_continuation_of_the_line_above(void **state)
{
	struct kqt_config cfg;

	(void)state;
	assert_int_equal(load_text(&cfg, "[kqtop]\nwatch-dir = /a\n  timers = 5\n"), 0);
	assert_int_equal(cfg.num_timers, 5);
	assert_string_equal(cfg.watch_dir, "/a");
}

static void wrong_value_is_reported_with_file_and_line(void **state)
{
	(void)state;
	assert_text_refused("[kqtop]\nsockets=1\ntimers=5000\n", -KQT_E_RANGE, 3,
	                    "timers: 5000 is out of range (0 to 4096)");
	assert_text_refused("\n\n[kqtop]\ntimeout = 12x\nsockets = y\n", -KQT_E_SYNTAX, 4,
	                    "timeout: '12x' is not a duration (0ms to 60000ms)");
	assert_text_refused("[kqtop]\ntimers =", -KQT_E_SYNTAX, 2,
	                    "timers: '' is not a whole number (0 to 4096)");
	assert_text_refused("[kqtop]\npreset = nope\n", -KQT_E_UNKNOWN_NAME, 2,
	                    "no preset 'nope' (there are: default, seed, timers, sockets, "
	                    "watchers, quiet, spin, storm)");
	assert_text_refused("[kqtop]\nwatch-dir = /a\xff\n", -KQT_E_SYNTAX, 2,
	                    "watch-dir: '/a\\xff' is not plain UTF-8 text");
}

static void first_wrong_line_is_the_one_reported(void **state)
{
	static const char message[] = "line is neither key = value, [section] nor # comment";

	(void)state;
	assert_text_refused("[kqtop]\ntimers\n", -KQT_E_SYNTAX, 2, message);
	assert_text_refused("[kqtop\ntimers=1\n", -KQT_E_SYNTAX, 1, message);
	/* inih names the first bad line only when all is read */
	assert_text_refused("[kqtop]\njunk\ntimers=5000\n", -KQT_E_SYNTAX, 2, message);
	assert_text_refused("[kqtop]\njunk\nx\x01\n", -KQT_E_SYNTAX, 2, message);
	assert_text_refused("[kqtop]\ntimers=5000\njunk\n", -KQT_E_RANGE, 2,
	                    "timers: 5000 is out of range (0 to 4096)");
}

static void control_characters_and_nuls_are_refused(void **state)
{
	static const char message[] = "line holds a control character";

	(void)state;
	assert_refused("[kqtop]\ntimers=1\0x=2\n", 22, -KQT_E_SYNTAX, 2, message);
	assert_refused("\0", 1, -KQT_E_SYNTAX, 1, message);
	assert_text_refused("[kqtop]\n# \x1b[31m\n", -KQT_E_SYNTAX, 2, message);
	assert_text_refused("[kqtop]\nwatch-dir=/a\x7f\n", -KQT_E_SYNTAX, 2, message);
	assert_text_refused("[kqtop]\ntimers=1\rsockets=2\n", -KQT_E_SYNTAX, 2, message);
}

static void path_of_1023_bytes_fits_and_no_longer_one(void **state)
{
	struct kqt_config cfg;
	char text[1200], path[KQT_PATH_SIZE + 1];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[KQT_PATH_SIZE] = '\0'; /* 1024 bytes */
	snprintf(text, sizeof(text), "[kqtop]\nwatch-dir = %s\n", path);
	assert_int_equal(load_text(&cfg, text), -KQT_E_RANGE);
	assert_non_null(strstr(why.text, ":2: watch-dir: '/aaa"));
	assert_non_null(strstr(why.text, "...' is longer than 1023 bytes"));
	path[KQT_PATH_SIZE - 1] = '\0';
	snprintf(text, sizeof(text), "[kqtop]\nwatch-dir = %s\n", path);
	assert_int_equal(load_text(&cfg, text), 0);
	assert_string_equal(cfg.watch_dir, path);
}

/* 1152 bytes of buffer less newline and terminator. */
static void long_line_is_refused_and_its_tail_is_no_key(void **state)
{
	char line[1152] = "", text[1300];
	struct kqt_config cfg;

	(void)state;
	memset(line, '#', sizeof(line) - 1);
	snprintf(text, sizeof(text), "[kqtop]\n%.1150s\ntimers=3\n", line);
	assert_int_equal(load_text(&cfg, text), 0);
	assert_int_equal(cfg.num_timers, 3);
	snprintf(text, sizeof(text), "[kqtop]\n%.1151s\ntimers=3\n", line);
	assert_text_refused(text, -KQT_E_RANGE, 2, "line is longer than 1150 bytes");
}

static void file_without_end_is_refused(void **state)
{
	size_t size = (1 << 20) + 1;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', size);
	assert_refused(text, size, -KQT_E_RANGE, (1 << 20) + 1, "the file is larger than 1 MiB");
	memset(text, ' ', size);
	assert_refused(text, size, -KQT_E_RANGE, 1, "the file is larger than 1 MiB");
	free(text);
}

static void file_that_is_absent_or_unreadable_gives_errno_and_no_text(void **state)
{
	struct kqt_config cfg;

	(void)state;
	kqt_config_default(&cfg);
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	unlink(file);
	assert_int_equal(kqt_config_file_load(&cfg, file, NULL, &why), -ENOENT);
	assert_int_equal(kqt_config_file_load(&cfg, dir, NULL, &why), -EISDIR);
	assert_string_equal(why.text, "");
}

static void message_may_be_left_out_and_shows_no_raw_path(void **state)
{
	struct kqt_config cfg;
	char odd[128];

	(void)state;
	write_bytes("junk\n", 5);
	kqt_config_default(&cfg);
	assert_int_equal(kqt_config_file_load(&cfg, file, NULL, NULL), -KQT_E_SYNTAX);
	snprintf(odd, sizeof(odd), "%s/\x1b[2J", dir);
	assert_int_equal(rename(file, odd), 0);
	why = kqt_strbuf_init(why_text, sizeof(why_text));
	assert_int_equal(kqt_config_file_load(&cfg, odd, NULL, &why), -KQT_E_SYNTAX);
	unlink(odd);
	assert_null(strchr(why.text, '\x1b'));
	assert_non_null(strstr(why.text, "/\\x1b[2J:1: "));
}

/* No outcome is asserted but the promise: a message of printable text or no
 * error; the sanitizers watch the rest. Mostly words of ours, or nothing past
 * the first check would be reached. */
static void random_bytes_never_crash_and_never_leave_half_a_change(void **state)
{
	static const char *const words[] = {
	    "[kqtop]\n", "timers=", "preset=", "cpu=",  "watch-dir=", "\n", "=", "[",
	    "]",         "; ",      "9",       "storm", "\xc2\x9b",   ",",  " "};
	uint64_t x = 0x9e3779b97f4a7c15u;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct kqt_config cfg, before;
		char text[600];
		size_t len = 0;

		while (len < 500) {
			const char *w;

			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			w = words[(x >> 20) % 15];
			if ((x >> 60) == 0) {
				text[len++] = (char)(x >> 40);
				continue;
			}
			for (; *w; w++)
				text[len++] = *w;
		}
		write_bytes(text, len);
		kqt_config_default(&cfg);
		before = cfg;
		if (load(&cfg) < 0) {
			assert_memory_equal(&cfg, &before, sizeof(cfg));
			for (const char *p = why.text; *p; p++)
				assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
		}
	}
}

static void default_path_follows_xdg(void **state)
{
	char buf[64], small[20];

	(void)state;
	setenv("HOME", "/home/u", 1);
	setenv("XDG_CONFIG_HOME", "/x", 1);
	assert_string_equal(kqt_config_file_path(buf, sizeof(buf)), "/x/kqtop/config");
	setenv("XDG_CONFIG_HOME", "relative", 1);
	assert_string_equal(kqt_config_file_path(buf, sizeof(buf)), "/home/u/.config/kqtop/config");
	setenv("XDG_CONFIG_HOME", "", 1);
	assert_string_equal(kqt_config_file_path(buf, sizeof(buf)), "/home/u/.config/kqtop/config");
	unsetenv("XDG_CONFIG_HOME");
	assert_null(kqt_config_file_path(small, sizeof(small)));
	assert_null(kqt_config_file_path(buf, strlen("/home/u/.config/kqtop/config")));
	unsetenv("HOME");
	assert_null(kqt_config_file_path(buf, sizeof(buf)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_of_the_section_are_applied),
	    cmocka_unit_test(preset_is_applied_first_wherever_it_stands),
	    cmocka_unit_test(file_changes_only_what_it_names),
	    cmocka_unit_test(last_of_two_equal_keys_counts),
	    cmocka_unit_test(keys_and_sections_of_others_are_left_alone),
	    cmocka_unit_test(byte_order_mark_is_no_part_of_the_first_line),
	    cmocka_unit_test(indented_key_is_no_continuation_of_the_line_above),
	    cmocka_unit_test(wrong_value_is_reported_with_file_and_line),
	    cmocka_unit_test(first_wrong_line_is_the_one_reported),
	    cmocka_unit_test(control_characters_and_nuls_are_refused),
	    cmocka_unit_test(path_of_1023_bytes_fits_and_no_longer_one),
	    cmocka_unit_test(long_line_is_refused_and_its_tail_is_no_key),
	    cmocka_unit_test(file_without_end_is_refused),
	    cmocka_unit_test(file_that_is_absent_or_unreadable_gives_errno_and_no_text),
	    cmocka_unit_test(message_may_be_left_out_and_shows_no_raw_path),
	    cmocka_unit_test(random_bytes_never_crash_and_never_leave_half_a_change),
	    cmocka_unit_test(default_path_follows_xdg),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
