/* SPDX-License-Identifier: MIT */
#include "tui/live/opening.h"

#include <signal.h>
#include <stdio.h>

#define MANY 500 /* sources: some 25 ms on a machine of today, and seconds on a slow one */
#define TELL_NS (50 * KQT_NS_PER_MS)

/* "6,096": with so many digits a separator is read faster. */
static void add_count(struct kqt_strbuf *out, uint64_t n)
{
	if (n < 1000)
		kqt_strbuf_add(out, "%llu", (unsigned long long)n);
	else
		kqt_strbuf_add(out, "%llu,%03llu", (unsigned long long)(n / 1000),
		               (unsigned long long)(n % 1000));
}

bool kqt_opening_text(const struct kqt_progress *p, struct kqt_strbuf *out)
{
	if (p->all < MANY)
		return false;
	if (p->leaving > 0) {
		kqt_strbuf_add(out, "removing sources: ");
		add_count(out, p->leaving);
		kqt_strbuf_add(out, " to go");
		return true;
	}
	kqt_strbuf_add(out, "registering ");
	add_count(out, p->have);
	kqt_strbuf_add(out, " of ");
	add_count(out, p->wanted);
	kqt_strbuf_add(out, " sources");
	return true;
}

bool kqt_opening_tell(void *opening, const struct kqt_progress *p)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct kqt_opening *o = opening;
	uint64_t now = kqt_clock_now_ns();
	char text[64];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));
	sigset_t came;

	sigpending(&came);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (sigismember(&came, ends[i])) {
			o->signal = ends[i];
			return false;
		}
	if (now >= o->next_ns && kqt_opening_text(p, &sb)) {
		printf("\r%-*s", o->cells, text);
		fflush(stdout);
		o->next_ns = now + TELL_NS;
		o->cells = (int)sb.len > o->cells ? (int)sb.len : o->cells;
	}
	return true;
}

void kqt_opening_end(struct kqt_opening *o)
{
	if (o->cells > 0)
		printf("\r%*s\r", o->cells, "");
	fflush(stdout);
	o->cells = 0;
}
