/* SPDX-License-Identifier: MIT */
/* A small program over libkqtop-core.a alone: it registers a timer, a socket pair
 * and a file with each back end there is, waits, and prints what came. `make cross`
 * links it for systems that are not at hand; on this one it also runs. */
#include <stdio.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/collect/session.h"

#define WAITS 200

static int say(const char *what, int rc)
{
	char text[128];

	printf("%s: %s\n", what, kqt_err_text(rc, text, sizeof(text)));
	return rc < 0;
}

static void print_figures(const struct kqt_snapshot *p)
{
	for (enum kqt_filter f = 0; f < KQT_FILTERS; f++)
		printf("  %-6s %llu events\n", kqt_filter_name(f),
		       (unsigned long long)p->total->filter[f].events);
	printf("  %llu waits, %llu of them timed out\n", (unsigned long long)p->total->waits,
	       (unsigned long long)p->total->timeouts);
}

static int try_back_end(const struct kqt_eventq_ops *ops)
{
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct kqt_session_options opt = {.queue_ops = ops};
	struct kqt_session *s = NULL;
	struct kqt_config cfg;
	int rc;

	kqt_config_default(&cfg);
	rc = kqt_session_open(&cfg, &opt, &s, &why);
	if (rc < 0)
		return say(text, rc);
	printf("%s (%s), clock %s\n", ops->name, ops->label, KQT_CLOCK_NAME);
	do
		rc = kqt_session_refresh(s);
	while (rc == 0 && kqt_session_snapshot(s)->total->waits < WAITS);
	kqt_session_halt(s);
	print_figures(kqt_session_snapshot(s));
	kqt_session_free(s);
	return say("  done", rc);
}

int main(void)
{
	int failed = 0;

	for (size_t i = 0; kqt_eventq_list[i]; i++)
		failed |= try_back_end(kqt_eventq_list[i]);
	return failed;
}
