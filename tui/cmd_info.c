/* SPDX-License-Identifier: MIT */
/* kqtop info: the source's card. */
#include <stdio.h>
#include <stdlib.h>

#include "tui/cmd.h"

struct info_options {
	bool json;
};

static int set_json(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct info_options *)into)->json = true;
	return 0;
}

static void number(const char *name, uint64_t v)
{
	if (v)
		printf("  %-20s %llu\n", name, (unsigned long long)v);
	else
		printf("  %-20s -\n", name);
}

/* A paragraph at 78 columns. */
static void wrapped(const char *name, const char *text)
{
	size_t column = 22;

	printf("%-22s", name);
	while (*text) {
		size_t len = 0;

		while (text[len] && text[len] != ' ')
			len++;
		if (column + len > 78) {
			printf("\n%-22s", "");
			column = 22;
		}
		printf("%s%.*s", column > 22 ? " " : "", (int)len, text);
		column += len + 1;
		text += len + (text[len] == ' ');
	}
	printf("\n");
}

static void list(const char *name, const char *const *items)
{
	char text[256];
	struct kqt_strbuf sb = kqt_strbuf_init(text, sizeof(text));

	for (size_t i = 0; items[i]; i++)
		kqt_strbuf_add(&sb, "%s%s", i ? ", " : "", items[i]);
	wrapped(name, items[0] ? text : "-");
}

static void print_card(const struct kqt_card *c)
{
	printf("%-22s%s\n", "name", c->name);
	wrapped("description", c->description);
	wrapped("physics", c->physics);
	printf("%-22s%s\n", "category", c->category);
	printf("%-22s%s\n", "platform", c->platform);
	printf("%-22s%s\n", "requirements", "none");
	printf("%-22s%.1f bits a wait (claimed, not measured)\n", "entropy rate",
	       c->entropy_rate_estimate);
	printf("%-22s%s\n", "composite", c->composite ? "yes" : "no");
	printf("%-22s%s\n", "fast", c->is_fast ? "yes" : "no");
	printf("%-22s%s%s%s\n", "available here", c->available ? "yes" : "no",
	       c->available ? "" : ": ", c->reason);
	list("back ends", c->backends);
	list("features", c->features);
	list("not here", c->lacks);
	printf("%-22s%s%s%s, grain %llu ns, %.1f ns a reading\n", "clock", c->clock.name,
	       c->clock.source[0] ? " by " : "", c->clock.source,
	       (unsigned long long)c->clock.granularity_ns, c->clock.cost_ns);
	printf("limits\n");
	number("descriptors", c->max_descriptors);
	number("timers", c->max_timers);
	number("inotify watches", c->max_inotify_watches);
	number("inotify instances", c->max_inotify_instances);
	number("timer slack, ns", c->timer_slack_ns);
	printf("%-22s%s\n", "version", c->version);
}

int kqt_cmd_info(int argc, char **argv)
{
	static const struct kqt_option options[] = {
	    {"json", '\0', NULL, "one JSON object", set_json},
	    {0},
	};
	static const struct kqt_usage usage = {
	    .command = "info",
	    .synopsis = "kqtop info [--json]",
	    .about = "Print the source's card: what it is, what it claims, whether it works here.",
	    .options = options,
	};
	struct info_options opt = {0};
	struct kqt_card card;
	char *json;
	int rc = kqt_options_read(argc, argv, &usage, NULL, &opt, NULL);

	if (rc >= 0)
		return rc;
	kqt_card_read(&card);
	kqt_card_add_feature(&card, "metrics-http", kqt_http_available);
	if (!opt.json) {
		print_card(&card);
	} else {
		json = kqt_card_json(&card);
		if (!json) {
			kqt_complain("out of memory");
			return KQT_EXIT_NEGATIVE;
		}
		printf("%s\n", json);
		free(json);
	}
	return kqt_output_end() ? KQT_EXIT_OK : KQT_EXIT_NEGATIVE;
}
