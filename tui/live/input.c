/* SPDX-License-Identifier: MIT */
#include "tui/live/input.h"

#include <string.h>

#include "tui/live/keymap.h"

#define ESCAPE_NS UINT64_C(25000000)

void kqt_input_learn(struct kqt_input *in, const char *text, int code)
{
	if (!text || !*text || in->n_seq >= KQT_SEQUENCES_MAX)
		return;
	in->seq[in->n_seq].text = text;
	in->seq[in->n_seq++].code = code;
}

void kqt_input_init(struct kqt_input *in)
{
	static const struct {
		const char *text;
		int code;
	} usual[] = {
	    {"\033[A", KQT_KEY_UP},    {"\033OA", KQT_KEY_UP},    {"\033[B", KQT_KEY_DOWN},
	    {"\033OB", KQT_KEY_DOWN},  {"\033[C", KQT_KEY_RIGHT}, {"\033OC", KQT_KEY_RIGHT},
	    {"\033[D", KQT_KEY_LEFT},  {"\033OD", KQT_KEY_LEFT},  {"\033[Z", KQT_KEY_BACKTAB},
	    {"\033OP", KQT_KEY_F1},    {"\033[11~", KQT_KEY_F1},  {"\033[[A", KQT_KEY_F1},
	    {"\033OQ", KQT_KEY_F2},    {"\033[12~", KQT_KEY_F2},  {"\033[[B", KQT_KEY_F2},
	    {"\033[21~", KQT_KEY_F10}, {"\033[5~", KQT_KEY_PGUP}, {"\033[6~", KQT_KEY_PGDN},
	    {"\033[H", KQT_KEY_HOME},  {"\033OH", KQT_KEY_HOME},  {"\033[1~", KQT_KEY_HOME},
	    {"\033[7~", KQT_KEY_HOME}, {"\033[F", KQT_KEY_END},   {"\033OF", KQT_KEY_END},
	    {"\033[4~", KQT_KEY_END},  {"\033[8~", KQT_KEY_END},
	};

	memset(in, 0, sizeof(*in));
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		kqt_input_learn(in, usual[i].text, usual[i].code);
}

void kqt_input_feed(struct kqt_input *in, const char *bytes, size_t n)
{
	if (n > sizeof(in->buf) - in->len)
		n = sizeof(in->buf) - in->len;
	memcpy(in->buf + in->len, bytes, n);
	in->len += n;
}

static void drop(struct kqt_input *in, size_t n)
{
	in->len -= n;
	memmove(in->buf, in->buf + n, in->len);
	in->escape_ns = 0;
}

static int plain(unsigned char ch)
{
	switch (ch) {
	case '\n':
		return KQT_KEY_ENTER;
	case 8:
		return KQT_KEY_BACKSPACE;
	default:
		return ch; /* from 128 on a part of a character: a name may have it */
	}
}

/* @return a key and its length, or 0 with *more when the bytes may become one. */
static int known_sequence(const struct kqt_input *in, size_t *len, bool *more)
{
	for (int i = 0; i < in->n_seq; i++) {
		size_t n = strlen(in->seq[i].text);

		if (n <= in->len && memcmp(in->buf, in->seq[i].text, n) == 0) {
			*len = n;
			return in->seq[i].code;
		}
		if (n > in->len && memcmp(in->buf, in->seq[i].text, in->len) == 0)
			*more = true;
	}
	return KQT_KEY_NONE;
}

/* Length of a control sequence that means nothing to us (an unknown function key,
 * a report): its letters must not be taken for keys. 0 = not complete. */
static size_t foreign_sequence(const struct kqt_input *in)
{
	size_t i = 2;

	if (in->len < 2)
		return 0;
	if (in->buf[1] != '[')
		return in->buf[1] == 'O' ? (in->len > 2 ? 3 : 0) : 2;
	while (i < in->len && (in->buf[i] < '@' || in->buf[i] > '~'))
		i++;
	return i < in->len ? i + 1 : 0;
}

/* SGR's report of the mouse, ESC [ < button ; column ; row and M pressed or m released,
 * of n bytes. @return whether it is an event of ours: the first button, the wheel. */
static bool read_mouse(struct kqt_input *in, size_t n)
{
	unsigned v[3] = {0};
	int field = 0;

	if (n < 9 || in->buf[2] != '<' || in->buf[n - 1] != 'M')
		return false;
	for (size_t i = 3; i < n - 1; i++) {
		char c = in->buf[i];

		if (c == ';' && ++field < 3)
			continue;
		if (c < '0' || c > '9' || field > 2 || v[field] > 999)
			return false;
		v[field] = v[field] * 10 + (unsigned)(c - '0');
	}
	if (field != 2 || v[1] == 0 || v[2] == 0)
		return false;
	v[0] &= ~(unsigned)(4 | 8 | 16); /* shift, meta, control */
	if (v[0] != 0 && v[0] != 64 && v[0] != 65)
		return false;
	in->mouse.what = v[0] == 0    ? KQT_MOUSE_CLICK
	                 : v[0] == 64 ? KQT_MOUSE_WHEEL_UP
	                              : KQT_MOUSE_WHEEL_DOWN;
	in->mouse.col = (int)v[1] - 1;
	in->mouse.row = (int)v[2] - 1;
	return true;
}

bool kqt_input_waits(const struct kqt_input *in)
{
	return in->len > 0;
}

int kqt_input_next(struct kqt_input *in, uint64_t now_ns)
{
	while (in->len > 0) {
		bool more = false;
		size_t len = 0;
		int key;

		if (in->buf[0] != KQT_KEY_ESC) {
			key = plain((unsigned char)in->buf[0]);
			drop(in, 1);
			if (key != KQT_KEY_NONE)
				return key;
			continue;
		}
		key = known_sequence(in, &len, &more);
		if (key != KQT_KEY_NONE) {
			drop(in, len);
			return key;
		}
		len = more ? 0 : foreign_sequence(in);
		if (len > 0) {
			bool mouse = read_mouse(in, len);

			drop(in, len);
			if (mouse)
				return KQT_KEY_MOUSE;
			continue;
		}
		if (in->escape_ns == 0)
			in->escape_ns = now_ns;
		if (now_ns - in->escape_ns < ESCAPE_NS)
			return KQT_KEY_NONE;
		if (in->len > 1) { /* cut short: no key of ours */
			drop(in, in->len);
			continue;
		}
		drop(in, 1);
		return KQT_KEY_ESC;
	}
	return KQT_KEY_NONE;
}
