/* SPDX-License-Identifier: MIT */
/* Bytes from the terminal to keys. Not curses' getch: that one hides the end of
 * the terminal (it reads "no key" for ever), and it may write. */
#ifndef KQT_TUI_LIVE_INPUT_H
#define KQT_TUI_LIVE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KQT_SEQUENCES_MAX 64

/** A press of a button or a turn of the wheel, where it was. */
struct kqt_mouse {
	enum { KQT_MOUSE_CLICK, KQT_MOUSE_WHEEL_UP, KQT_MOUSE_WHEEL_DOWN } what;
	int row, col; /* from 0 */
};

struct kqt_input {
	char buf[256];
	size_t len;
	uint64_t escape_ns; /* when the sequence at the front began to wait; 0 = none waits */
	struct {
		const char *text;
		int code;
	} seq[KQT_SEQUENCES_MAX];
	int n_seq;
	struct kqt_mouse mouse; /* of the last KQT_KEY_MOUSE */
};

/** The sequences of usual terminals. */
void kqt_input_init(struct kqt_input *in);
/** One more, of this terminal; text borrowed for ever. NULL or empty: nothing. */
void kqt_input_learn(struct kqt_input *in, const char *text, int code);
/** Bytes that were read. What does not fit is dropped. */
void kqt_input_feed(struct kqt_input *in, const char *bytes, size_t n);
/** @return the next key (a character, a byte of one that is not ASCII, or enum kqt_key_code), KQT_KEY_NONE when
 * there is none yet. An escape alone is a key when 25 ms have passed. */
int kqt_input_next(struct kqt_input *in, uint64_t now_ns);
/** Is there an escape that only time can tell? */
bool kqt_input_waits(const struct kqt_input *in);

#endif
