/* SPDX-License-Identifier: MIT */
/* The key table's promises, and the decoder that feeds it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/engine.h"
#include "tui/live/canvas.h"
#include "tui/live/input.h"
#include "tui/live/keymap.h"
#include "tui/live/view.h"

static void no_key_means_two_things(void **state)
{
	(void)state;
	for (const struct kqt_key *k = kqt_keymap; k->keys; k++)
		for (int i = 0; i < KQT_KEY_BINDINGS && k->bind[i].code; i++)
			assert_ptr_equal(kqt_keymap_find(k->bind[i].code), &k->bind[i]);
	assert_null(kqt_keymap_find('#'));
}

static void every_row_does_something_and_fits_the_help(void **state)
{
	(void)state;
	for (const struct kqt_key *k = kqt_keymap; k->keys; k++) {
		assert_int_not_equal(k->bind[0].code, 0);
		assert_int_not_equal(k->bind[0].action, KQT_DO_NOTHING);
		assert_true(kqt_text_cells(k->keys) <= 8);
		assert_true(kqt_text_cells(k->help) <= 30);
		assert_true(!k->bar || k->priority < 99);
	}
}

static void help_fits_80x24_in_two_columns(void **state)
{
	int rows[KQT_KEY_GROUPS] = {0};

	(void)state;
	for (const struct kqt_key *k = kqt_keymap; k->keys; k++)
		rows[k->group]++;
	/* rows 2 .. 21: a title each, a blank between the two groups of the left column */
	assert_true(rows[KQT_KEYS_MEASURE] + 1 + 1 + rows[KQT_KEYS_PROGRAM] + 1 <= 20);
	assert_true(rows[KQT_KEYS_SHOW] + 1 <= 20);
}

static void function_keys_have_a_letter_beside_them(void **state)
{
	(void)state;
	for (const struct kqt_key *k = kqt_keymap; k->keys; k++)
		for (int i = 0; i < KQT_KEY_BINDINGS && k->bind[i].code; i++)
			if (k->bind[i].code >= KQT_KEY_F1 && k->bind[i].code <= KQT_KEY_F10)
				assert_in_range(k->bind[0].code, ' ', '~');
}

/* The row of a digit, and that digit's place in it, is where its view's name stands. */
static void digits_name_the_views_of_the_table(void **state)
{
	(void)state;
	for (int v = 0; v < KQT_VIEWS; v++) {
		const struct kqt_binding *b = kqt_keymap_find(kqt_views[v].hotkey);
		const struct kqt_key *row = kqt_keymap;
		const char *name;

		assert_non_null(kqt_views[v].draw);
		assert_non_null(b);
		if (b->action != KQT_DO_VIEW)
			continue;
		assert_int_equal(b->arg, kqt_views[v].hotkey - '0');
		while (b < row->bind || b >= row->bind + KQT_KEY_BINDINGS)
			row++;
		name = row->help;
		for (const struct kqt_binding *before = row->bind; before < b; before++)
			name = strchr(name, ' ') + 1;
		assert_memory_equal(name, kqt_views[v].name, strlen(kqt_views[v].name));
	}
}

static void digits_without_a_view_are_no_keys(void **state)
{
	(void)state;
	for (int digit = '0'; digit <= '9'; digit++) {
		bool view = false;

		for (int v = 0; v < KQT_VIEWS; v++)
			view |= kqt_views[v].hotkey == digit;
		assert_int_equal(kqt_keymap_find(digit) != NULL, view);
	}
}

static void key_bar_never_loses_help_and_quit(void **state)
{
	struct kqt_canvas c = {0};
	char row[512];

	(void)state;
	for (int cols = 20; cols <= 300; cols++) {
		assert_int_equal(kqt_canvas_resize(&c, 1, cols), 0);
		kqt_draw_key_bar(&c, 0);
		kqt_canvas_row_text(&c, 0, row, sizeof(row));
		assert_memory_equal(row, " quit  ? help", strlen(" quit  ? help"));
		assert_true(kqt_text_cells(row) <= cols);
	}
	kqt_canvas_fini(&c);
}

static void key_bar_says_what_a_click_on_it_means(void **state)
{
	struct kqt_canvas c = {0};
	char row[512];
	const char *at;

	(void)state;
	assert_int_equal(kqt_canvas_resize(&c, 1, 250), 0);
	kqt_draw_key_bar(&c, 0);
	kqt_canvas_row_text(&c, 0, row, sizeof(row));
	assert_int_equal(kqt_canvas_zone_at(&c, 0, 1)->arg, 'q');
	assert_int_equal(kqt_canvas_zone_at(&c, 0, 4)->arg, 'q');
	assert_null(kqt_canvas_zone_at(&c, 0, 0));
	at = strstr(row, "tT timers");
	assert_non_null(at);
	assert_int_equal(kqt_canvas_zone_at(&c, 0, (int)(at - row))->arg, 't');
	assert_int_equal(kqt_canvas_zone_at(&c, 0, (int)(at - row) + 1)->arg, 'T');
	at = strstr(row, "spc freeze");
	assert_non_null(at);
	assert_int_equal(kqt_canvas_zone_at(&c, 0, (int)(at - row) + 1)->arg, ' ');
	kqt_canvas_fini(&c);
}

static void knob_keys_are_the_tunables_own(void **state)
{
	(void)state;
	for (int i = 0; i < KQT_KNOBS; i++) {
		const struct kqt_tunable *t = kqt_knob(i);

		assert_non_null(t);
		assert_int_equal(kqt_keymap_find(t->key_less)->arg, i * 2);
		assert_int_equal(kqt_keymap_find(t->key_more)->arg, i * 2 + 1);
	}
	assert_null(kqt_knob(KQT_KNOBS));
	assert_null(kqt_knob(-1));
}

static void man_page_has_the_key_table_as_it_is(void **state)
{
	static char text[8192], page[131072];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	FILE *f = fopen("docs/kqtop.1", "r"); /* the runner starts tests at the top */
	size_t n;

	(void)state;
	assert_non_null(f);
	n = fread(page, 1, sizeof(page) - 1, f);
	fclose(f);
	page[n] = '\0';
	kqt_keymap_mdoc(kqt_keymap, &sb);
	assert_false(sb.cut);
	for (const struct kqt_key *k = kqt_keymap; k->keys; k++)
		assert_non_null(strstr(text, k->help));
	assert_non_null(strstr(page, text)); /* else: paste what kqt_keymap_mdoc gives */
	sb.len = 0;
	kqt_keymap_mdoc(kqt_keymap_replay, &sb);
	assert_non_null(strstr(page, text));
}

/* Called last: there is no way back. */
static void replay_has_keys_of_its_own_and_none_that_changes_an_engine(void **state)
{
	int rows = 0;

	(void)state;
	for (const struct kqt_key *k = kqt_keymap_replay; k->keys; k++) {
		assert_true(kqt_text_cells(k->keys) <= 8);
		assert_true(kqt_text_cells(k->help) <= 30);
		assert_int_equal(k->group, KQT_KEYS_REPLAY);
	}
	assert_ptr_equal(kqt_keys(), kqt_keymap);
	kqt_keymap_replaying();
	for (const struct kqt_key *k = kqt_keys(); k->keys; k++, rows++) {
		assert_int_not_equal(k->group, KQT_KEYS_MEASURE);
		assert_string_not_equal(k->keys, "R");
		assert_string_not_equal(k->keys, "n");
	}
	/* nothing was left out for want of room: the last row is the table's */
	assert_string_equal(kqt_keys()[rows - 1].help, "quit, with a summary");
	assert_int_equal(kqt_keys_row(' ')->group, KQT_KEYS_REPLAY);
	assert_null(kqt_keys_row('T'));
	assert_non_null(kqt_keys_row('k'));
}

/* -- the decoder ---------------------------------------------------------- */

static struct kqt_input in;
static const uint64_t t0 = 1000000000;

static void feed(const char *bytes)
{
	kqt_input_feed(&in, bytes, strlen(bytes));
}

static void letters_and_sequences_are_keys(void **state)
{
	(void)state;
	kqt_input_init(&in);
	feed("T\033[A\033OPq\r\n\177");
	assert_int_equal(kqt_input_next(&in, t0), 'T');
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_UP);
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_F1);
	assert_int_equal(kqt_input_next(&in, t0), 'q');
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_ENTER);
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_ENTER);
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_BACKSPACE);
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_NONE);
}

static void escape_alone_is_a_key_after_25_ms(void **state)
{
	(void)state;
	kqt_input_init(&in);
	feed("\033");
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_NONE);
	assert_true(kqt_input_waits(&in));
	assert_int_equal(kqt_input_next(&in, t0 + 24000000), KQT_KEY_NONE);
	assert_int_equal(kqt_input_next(&in, t0 + 25000000), KQT_KEY_ESC);
	assert_false(kqt_input_waits(&in));
}

static void sequence_may_come_in_pieces(void **state)
{
	(void)state;
	kqt_input_init(&in);
	for (const char *p = "\033[21~"; *p; p++) {
		char one[2] = {*p, 0};

		assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_NONE);
		feed(one);
	}
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_F10);
}

static void foreign_sequences_leave_no_letters_behind(void **state)
{
	(void)state;
	kqt_input_init(&in);
	feed("\033[200~\033[<0;3;4m\033OS\033t\033[1;5Ck");
	assert_int_equal(kqt_input_next(&in, t0), 'k');
	feed("\033[20"); /* never ends */
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_NONE);
	assert_int_equal(kqt_input_next(&in, t0 + 30000000), KQT_KEY_NONE);
	feed("q");
	assert_int_equal(kqt_input_next(&in, t0 + 30000001), 'q');
}

static void assert_mouse(const char *bytes, int what, int row, int col)
{
	kqt_input_init(&in);
	feed(bytes);
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_MOUSE);
	assert_int_equal(in.mouse.what, what);
	assert_int_equal(in.mouse.row, row);
	assert_int_equal(in.mouse.col, col);
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_NONE);
}

static void presses_and_wheel_are_mouse_events(void **state)
{
	(void)state;
	assert_mouse("\033[<0;3;4M", KQT_MOUSE_CLICK, 3, 2);
	assert_mouse("\033[<16;1;1M", KQT_MOUSE_CLICK, 0, 0); /* with control held */
	assert_mouse("\033[<64;300;100M", KQT_MOUSE_WHEEL_UP, 99, 299);
	assert_mouse("\033[<65;10;2M", KQT_MOUSE_WHEEL_DOWN, 1, 9);
}

static void other_reports_of_a_mouse_are_none(void **state)
{
	static const char *const others[] = {
	    "\033[<0;3;4m", "\033[<1;3;4M",     "\033[<2;3;4M",     "\033[<32;3;4M",
	    "\033[<0;0;4M", "\033[<0;3;0M",     "\033[<0;3M",       "\033[<0;3;4;5M",
	    "\033[<;;M",    "\033[<99999;3;4M", "\033[<0;99999;4M", "\033[<-1;3;4M",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		kqt_input_init(&in);
		feed(others[i]);
		feed("k");
		assert_int_equal(kqt_input_next(&in, t0), 'k');
	}
}

static void bytes_that_are_no_ascii_are_no_keys_but_there(void **state)
{
	(void)state;
	kqt_input_init(&in);
	feed("\xc3\xa4\xff");
	assert_int_equal(kqt_input_next(&in, t0), 0xc3);
	assert_int_equal(kqt_input_next(&in, t0), 0xa4);
	assert_int_equal(kqt_input_next(&in, t0), 0xff);
	assert_int_equal(kqt_input_next(&in, t0), KQT_KEY_NONE);
	for (int key = 128; key < KQT_KEY_UP; key++)
		assert_null(kqt_keymap_find(key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_key_means_two_things),
	    cmocka_unit_test(every_row_does_something_and_fits_the_help),
	    cmocka_unit_test(help_fits_80x24_in_two_columns),
	    cmocka_unit_test(function_keys_have_a_letter_beside_them),
	    cmocka_unit_test(digits_name_the_views_of_the_table),
	    cmocka_unit_test(digits_without_a_view_are_no_keys),
	    cmocka_unit_test(key_bar_never_loses_help_and_quit),
	    cmocka_unit_test(key_bar_says_what_a_click_on_it_means),
	    cmocka_unit_test(knob_keys_are_the_tunables_own),
	    cmocka_unit_test(man_page_has_the_key_table_as_it_is),
	    cmocka_unit_test(letters_and_sequences_are_keys),
	    cmocka_unit_test(escape_alone_is_a_key_after_25_ms),
	    cmocka_unit_test(sequence_may_come_in_pieces),
	    cmocka_unit_test(foreign_sequences_leave_no_letters_behind),
	    cmocka_unit_test(presses_and_wheel_are_mouse_events),
	    cmocka_unit_test(other_reports_of_a_mouse_are_none),
	    cmocka_unit_test(bytes_that_are_no_ascii_are_no_keys_but_there),
	    cmocka_unit_test(replay_has_keys_of_its_own_and_none_that_changes_an_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
