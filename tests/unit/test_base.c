/* SPDX-License-Identifier: MIT */
/* Result texts, bounded strings, the two number formats, the ring, checked
 * allocation. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/base/spsc.h"
#include "engine/base/strbuf.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* --- results --- */

static void err_text_of_any_success_is_success(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(kqt_err_text(0, buf, sizeof(buf)), "success");
	assert_string_equal(kqt_err_text(7, buf, sizeof(buf)), "success");
}

static void err_text_of_an_errno_reads_in_a_sentence(void **state)
{
	char buf[128], want[128];

	(void)state;
	/* strerror is the independent source of the words */
	snprintf(want, sizeof(want), "%s", strerror(EMFILE));
	assert_int_equal(want[0], 'T');
	want[0] = 't';
	assert_string_equal(kqt_err_text(-EMFILE, buf, sizeof(buf)), want);
	assert_string_equal(kqt_errno_text(EMFILE, buf, sizeof(buf)), want);
}

static void errno_text_changes_nothing_but_a_sentences_first_letter(void **state)
{
	char buf[128];

	(void)state;
	for (int e = 1; e < 134; e++) {
		const char *want = strerror(e);

		kqt_errno_text(e, buf, sizeof(buf));
		assert_string_equal(buf + 1, want + 1);
		/* "RFS specific error", "I/O error" (BSD) are abbreviations */
		if (isupper((unsigned char)want[1]) || want[1] == '/')
			assert_int_equal(buf[0], want[0]);
		else
			assert_int_equal(buf[0], tolower((unsigned char)want[0]));
	}
}

static void err_text_exists_once_for_every_own_error(void **state)
{
	char text[KQT_E_END - KQT_E_TOO_FEW][128];

	(void)state;
	for (int e = KQT_E_TOO_FEW; e < KQT_E_END; e++) {
		char *t = text[e - KQT_E_TOO_FEW];

		assert_ptr_equal(kqt_err_text(-e, t, sizeof(text[0])), t);
		assert_true(t[0] >= 'a' && t[0] <= 'z');
		assert_null(strchr(t, '\n'));
		for (int other = KQT_E_TOO_FEW; other < e; other++)
			assert_string_not_equal(t, text[other - KQT_E_TOO_FEW]);
	}
}

static void err_text_beyond_the_last_error_names_the_number(void **state)
{
	char buf[64];

	(void)state;
	kqt_err_text(-KQT_E_END, buf, sizeof(buf));
	assert_non_null(strstr(buf, "10011"));
}

static void err_text_fits_any_buffer(void **state)
{
	char buf[4] = "zzz";

	(void)state;
	kqt_err_text(-ENOENT, buf, 2);
	assert_int_equal(buf[1], '\0');
	assert_int_equal(buf[2], 'z');
	buf[0] = 'q';
	kqt_err_text(-ENOENT, buf, 0);
	assert_int_equal(buf[0], 'q');
}

/* --- strings --- */

static void strbuf_appends_in_order(void **state)
{
	char storage[32];
	struct kqt_strbuf sb = kqt_strbuf_init(storage, sizeof(storage));

	(void)state;
	assert_string_equal(sb.text, "");
	kqt_strbuf_add(&sb, "%d-%s", 42, "x");
	kqt_strbuf_add(&sb, "!");
	assert_string_equal(sb.text, "42-x!");
	assert_int_equal(sb.len, 5);
	assert_false(sb.cut);
}

static void counted_word_is_plural_but_of_one(void **state)
{
	(void)state;
	assert_string_equal(kqt_plural(0), "s");
	assert_string_equal(kqt_plural(1), "");
	assert_string_equal(kqt_plural(2), "s");
}

static void strbuf_full_to_the_last_byte_is_not_cut(void **state)
{
	char storage[6];
	struct kqt_strbuf sb = kqt_strbuf_init(storage, sizeof(storage));

	(void)state;
	kqt_strbuf_add(&sb, "12345");
	assert_false(sb.cut);
	kqt_strbuf_add(&sb, "%s", "");
	assert_false(sb.cut);
	kqt_strbuf_add(&sb, "6");
	assert_true(sb.cut);
	assert_string_equal(sb.text, "12345");
}

static void strbuf_never_writes_past_its_storage(void **state)
{
	char storage[16];

	(void)state;
	for (size_t size = 1; size < 9; size++) {
		struct kqt_strbuf sb;

		memset(storage, 0x5a, sizeof(storage));
		sb = kqt_strbuf_init(storage, size);
		kqt_strbuf_add(&sb, "%s", "abcdefghij");
		assert_true(sb.cut);
		assert_int_equal(sb.len, size - 1);
		assert_int_equal(strlen(sb.text), size - 1);
		assert_memory_equal(sb.text, "abcdefghij", size - 1);
		assert_int_equal(storage[size], 0x5a);
	}
}

static void strbuf_after_a_cut_takes_nothing_more(void **state)
{
	char storage[8];
	struct kqt_strbuf sb = kqt_strbuf_init(storage, 4);

	(void)state;
	kqt_strbuf_add(&sb, "ab\xc2\xb5"
	                    "c"); /* the micro sign does not fit whole */
	assert_true(sb.cut);
	assert_string_equal(sb.text, "ab");
	kqt_strbuf_add(&sb, "c"); /* would fit, and would read as if nothing was missing */
	assert_string_equal(sb.text, "ab");
}

static void strbuf_cuts_between_characters(void **state)
{
	/* 1, 2, 3 and 4 bytes: a, micro, block element, G clef */
	static const char text[] = "a\xc2\xb5\xe2\x96\x88\xf0\x9d\x84\x9e";
	/* room for n bytes leaves this many: ends of whole characters */
	static const size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
	char storage[16];

	(void)state;
	for (size_t n = 0; n < LEN(whole); n++) {
		struct kqt_strbuf sb = kqt_strbuf_init(storage, n + 1);

		kqt_strbuf_add(&sb, "%s", text);
		assert_int_equal(sb.len, whole[n]);
		assert_int_equal(strlen(sb.text), whole[n]);
		assert_memory_equal(sb.text, text, whole[n]);
	}
}

static void strbuf_cut_keeps_what_was_there_before(void **state)
{
	char storage[8];
	struct kqt_strbuf sb = kqt_strbuf_init(storage, 4);

	(void)state;
	kqt_strbuf_add(&sb, "%s", "\xe2\x96"); /* half a character, put there on purpose */
	kqt_strbuf_add(&sb, "%s", "\xc2\xb5");
	assert_true(sb.cut);
	assert_string_equal(sb.text, "\xe2\x96");
	sb = kqt_strbuf_init(storage, 4);
	kqt_strbuf_add(&sb, "%s", "\xf0\x9d"); /* and its rest, of which one byte fits */
	kqt_strbuf_add(&sb, "%s", "\x84\x9e");
	assert_memory_equal(sb.text, "\xf0\x9d", 2);
}

/* --- numbers --- */

static void fmt_ns_shows_three_digits_and_the_unit(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
	    {0, "0ns"},
	    {999, "999ns"},
	    {1000, "1.00us"},
	    {1424, "1.42us"},
	    {1425, "1.43us"}, /* halves up */
	    {9994, "9.99us"},
	    {9995, "10.0us"},
	    {12345, "12.3us"},
	    {99949, "99.9us"},
	    {99950, "100us"},
	    {999499, "999us"},
	    {999500, "1.00ms"}, /* never 1000us */
	    {4800000, "4.80ms"},
	    {999499999, "999ms"},
	    {999500000, "1.00s"},
	    {12000000000, "12.0s"},
	    {59949999999, "59.9s"},
	    {59950000000, "1.00m"}, /* never 60.0s */
	    {3596999999999, "59.9m"},
	    {3597000000000, "1.00h"}, /* 59.95 min */
	    {3600000000000, "1.00h"},
	    {36000000000000, "10.0h"},
	    {3598199999999999, "999h"},
	    {3598200000000000, "41.6d"}, /* 999.5 h = 41.646 d */
	    {86356799999999999, "999d"},
	    {86356800000000000, "2.74y"}, /* 999.5 d = 2.738 y of 365 d */
	    {UINT64_MAX, "585y"},         /* 18446744073.7 s / 31536000 s = 584.94 */
	};
	char buf[8];

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		assert_string_equal(kqt_fmt_ns(cases[i].ns, buf, sizeof(buf)), cases[i].text);
}

static void fmt_ns_takes_at_most_six_cells(void **state)
{
	uint64_t ns = 1;
	char buf[32];

	(void)state;
	while (ns < UINT64_MAX / 2) {
		for (int off = -2; off <= 2; off++) {
			kqt_fmt_ns(ns + (uint64_t)(int64_t)off, buf, sizeof(buf));
			assert_in_range(strlen(buf), 3, 6);
		}
		ns += ns / 97 + 1;
		if (ns < 3)
			ns = 3;
	}
}

static void fmt_count_shows_three_digits(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
	    {0, "0"},          {-0.0, "0"},         {1, "1"},
	    {999, "999"},      {999.4, "999"},      {999.5, "1.00k"},
	    {1000, "1.00k"},   {10300, "10.3k"},    {999499, "999k"},
	    {999500, "1.00M"}, {1.2e6, "1.20M"},    {3.45e9, "3.45G"},
	    {6.7e12, "6.70T"}, {8e15, "8.00P"},     {1.8e19, "18.0E"},
	    {1e22, ">999E"},   {INFINITY, ">999E"}, {0.25, "0.25"},
	    {0.001, "<0.01"},  {3.14159, "3.14"},   {-1, "-"},
	    {-1e-9, "-"},      {-INFINITY, "-"},    {NAN, "-"},
	};
	char buf[8];

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		assert_string_equal(kqt_fmt_count(cases[i].value, buf, sizeof(buf)), cases[i].text);
}

static void fmt_count_takes_at_most_five_cells(void **state)
{
	char buf[32];

	(void)state;
	for (double v = 1e-12; v < 1e30; v *= 1.0037) {
		kqt_fmt_count(v, buf, sizeof(buf));
		assert_in_range(strlen(buf), 1, 5);
		kqt_fmt_count(floor(v), buf, sizeof(buf));
		assert_in_range(strlen(buf), 1, 5);
	}
}

/* --- ring --- */

static void spsc_refuses_nothing_and_too_much(void **state)
{
	struct kqt_spsc r;

	(void)state;
	assert_int_equal(kqt_spsc_init(&r, 0, 8), -KQT_E_RANGE);
	assert_int_equal(kqt_spsc_init(&r, 8, 0), -KQT_E_RANGE);
	assert_int_equal(kqt_spsc_init(&r, (size_t)1 << 30, 2), -KQT_E_RANGE);
	assert_int_equal(kqt_spsc_init(&r, SIZE_MAX, SIZE_MAX), -KQT_E_RANGE);
	/* 900 MB, but rounded up 1.6 GB */
	assert_int_equal(kqt_spsc_init(&r, 300000000, 3), -KQT_E_RANGE);
	kqt_spsc_fini(&r);
}

static void spsc_fini_accepts_a_zeroed_ring(void **state)
{
	struct kqt_spsc r;

	(void)state;
	memset(&r, 0, sizeof(r));
	kqt_spsc_fini(&r);
	kqt_spsc_fini(&r);
	assert_int_equal(kqt_spsc_init(&r, 8, 8), 0);
	kqt_spsc_fini(&r); /* leaves a zeroed one */
	kqt_spsc_fini(&r);
}

/* 1 GiB is what may be had; whether it can is another matter. */
static void spsc_may_have_a_gibibyte(void **state)
{
	struct kqt_spsc r;
	int rc = kqt_spsc_init(&r, 1, (size_t)1 << 30);

	(void)state;
	assert_true(rc == 0 || rc == -ENOMEM);
	kqt_spsc_fini(&r);
}

static void spsc_takes_exactly_its_rounded_size(void **state)
{
	(void)state;
	for (size_t count = 5; count <= 8; count++) {
		struct kqt_spsc r;
		int v = -1;

		assert_int_equal(kqt_spsc_init(&r, count, sizeof(int)), 0);
		assert_false(kqt_spsc_pop(&r, &v));
		assert_int_equal(v, -1);
		for (int i = 0; i < 8; i++)
			assert_true(kqt_spsc_push(&r, &i));
		assert_int_equal(kqt_spsc_count(&r), 8);
		assert_false(kqt_spsc_push(&r, &v));
		for (int i = 0; i < 8; i++) {
			assert_true(kqt_spsc_pop(&r, &v));
			assert_int_equal(v, i);
		}
		assert_false(kqt_spsc_pop(&r, &v));
		kqt_spsc_fini(&r);
	}
}

/* Elements are seen where they lie, in one piece up to the ring's end. */
static void spsc_shows_what_waits_and_drops_it(void **state)
{
	struct kqt_spsc r;
	const int *at;
	size_t n;
	int v;

	(void)state;
	assert_int_equal(kqt_spsc_init(&r, 8, sizeof(v)), 0);
	assert_null(kqt_spsc_span(&r, &n));
	assert_int_equal(n, 0);
	for (v = 0; v < 6; v++)
		assert_true(kqt_spsc_push_sized(&r, &v, sizeof(v)));
	at = kqt_spsc_span(&r, &n);
	assert_int_equal(n, 6);
	assert_int_equal(at[0], 0);
	assert_int_equal(at[5], 5);
	kqt_spsc_drop(&r, 5);
	for (v = 6; v < 13; v++)
		assert_true(kqt_spsc_push_sized(&r, &v, sizeof(v)));
	assert_false(kqt_spsc_push_sized(&r, &v, sizeof(v)));
	at = kqt_spsc_span(&r, &n);
	assert_int_equal(n, 3);
	assert_int_equal(at[0], 5);
	assert_int_equal(at[2], 7);
	kqt_spsc_drop(&r, 3);
	at = kqt_spsc_span(&r, &n);
	assert_int_equal(n, 5);
	assert_int_equal(at[0], 8);
	kqt_spsc_drop(&r, 4);
	assert_true(kqt_spsc_pop(&r, &v)); /* both ways of taking, by turns */
	assert_int_equal(v, 12);
	assert_int_equal(kqt_spsc_count(&r), 0);
	kqt_spsc_fini(&r);
}

static void spsc_keeps_order_across_many_wraps(void **state)
{
	struct kqt_spsc r;
	uint64_t in = 0, out = 0, v;

	(void)state;
	assert_int_equal(kqt_spsc_init(&r, 4, sizeof(v)), 0);
	for (int round = 0; round < 1000; round++) {
		for (int k = 0; k < 1 + round % 5; k++)
			in += kqt_spsc_push(&r, &in);
		assert_int_equal(kqt_spsc_count(&r), in - out);
		for (int k = 0; k < 1 + round % 3 && kqt_spsc_pop(&r, &v); k++)
			assert_int_equal(v, out++);
	}
	assert_true(out > 1000);
	kqt_spsc_fini(&r);
}

/* Three words, so that a torn element shows: b and c follow from a. */
struct elem {
	uint64_t a, b, c;
};
#define TWO_THREAD_ELEMS UINT64_C(300000)

struct producer {
	struct kqt_spsc ring;
	_Atomic bool done;
};

static void *produce(void *arg)
{
	struct producer *p = arg;

	for (uint64_t i = 0; i < TWO_THREAD_ELEMS; i++) {
		struct elem e = {i, ~i, i * 31};

		while (!kqt_spsc_push(&p->ring, &e))
			sched_yield();
	}
	atomic_store_explicit(&p->done, true, memory_order_release);
	return NULL;
}

/* @return elements until the first that is not the next one, whole. */
static uint64_t consume(struct producer *p, bool *wrong)
{
	uint64_t next = 0;
	struct elem e;

	for (;;) {
		/* asked before the pop: after "done" an empty ring stays empty */
		bool done = atomic_load_explicit(&p->done, memory_order_acquire);

		if (!kqt_spsc_pop(&p->ring, &e)) {
			if (done)
				return next;
			sched_yield();
			continue;
		}
		if (e.a != next || e.b != ~next || e.c != next * 31)
			*wrong = true; /* go on, or the producer would never end */
		next++;
	}
}

static void spsc_between_two_threads_loses_and_repeats_nothing(void **state)
{
	/* 8 slots: the ring is full or empty most of the time, which is where the
	 * copies of the other side's index are reloaded */
	struct producer *p = kqt_aligned_new(sizeof(*p));
	bool wrong = false;
	pthread_t thread;
	uint64_t n;

	(void)state;
	assert_non_null(p);
	assert_int_equal(kqt_spsc_init(&p->ring, 8, sizeof(struct elem)), 0);
	assert_int_equal(pthread_create(&thread, NULL, produce, p), 0);
	n = consume(p, &wrong);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(wrong);
	assert_int_equal(n, TWO_THREAD_ELEMS);
	kqt_spsc_fini(&p->ring);
	free(p);
}

/* --- allocation --- */

/* The sanitizers end the program at an impossible size unless told to behave
 * as calloc does; they ask these functions, by these names. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void array_new_refuses_a_product_that_overflows(void **state)
{
	/* volatile: gcc would warn of the size it can see, and clang removes an
	 * allocation that is only compared with NULL, taking it for granted */
	volatile size_t half = SIZE_MAX / 2 + 2;
	void *volatile p = kqt_array_new(half, 2);

	(void)state;
	assert_null(p);
	free(p);
}

static void array_new_gives_zeros_and_room_for_none(void **state)
{
	unsigned char *p = kqt_array_new(100, 3);
	void *none = kqt_array_new(0, 16);

	(void)state;
	assert_non_null(p);
	assert_non_null(none);
	for (int i = 0; i < 300; i++)
		assert_int_equal(p[i], 0);
	free(p);
	free(none);
}

static void aligned_new_gives_zeroed_cache_lines(void **state)
{
	unsigned char *p = kqt_aligned_new(1000);

	(void)state;
	assert_non_null(p);
	assert_int_equal((uintptr_t)p % KQT_CACHE_LINE, 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(err_text_of_any_success_is_success),
	    cmocka_unit_test(err_text_of_an_errno_reads_in_a_sentence),
	    cmocka_unit_test(errno_text_changes_nothing_but_a_sentences_first_letter),
	    cmocka_unit_test(err_text_exists_once_for_every_own_error),
	    cmocka_unit_test(err_text_beyond_the_last_error_names_the_number),
	    cmocka_unit_test(err_text_fits_any_buffer),
	    cmocka_unit_test(strbuf_appends_in_order),
	    cmocka_unit_test(counted_word_is_plural_but_of_one),
	    cmocka_unit_test(strbuf_full_to_the_last_byte_is_not_cut),
	    cmocka_unit_test(strbuf_never_writes_past_its_storage),
	    cmocka_unit_test(strbuf_after_a_cut_takes_nothing_more),
	    cmocka_unit_test(strbuf_cuts_between_characters),
	    cmocka_unit_test(strbuf_cut_keeps_what_was_there_before),
	    cmocka_unit_test(fmt_ns_shows_three_digits_and_the_unit),
	    cmocka_unit_test(fmt_ns_takes_at_most_six_cells),
	    cmocka_unit_test(fmt_count_shows_three_digits),
	    cmocka_unit_test(fmt_count_takes_at_most_five_cells),
	    cmocka_unit_test(spsc_refuses_nothing_and_too_much),
	    cmocka_unit_test(spsc_fini_accepts_a_zeroed_ring),
	    cmocka_unit_test(spsc_may_have_a_gibibyte),
	    cmocka_unit_test(spsc_takes_exactly_its_rounded_size),
	    cmocka_unit_test(spsc_shows_what_waits_and_drops_it),
	    cmocka_unit_test(spsc_keeps_order_across_many_wraps),
	    cmocka_unit_test(spsc_between_two_threads_loses_and_repeats_nothing),
	    cmocka_unit_test(array_new_refuses_a_product_that_overflows),
	    cmocka_unit_test(array_new_gives_zeros_and_room_for_none),
	    cmocka_unit_test(aligned_new_gives_zeroed_cache_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
