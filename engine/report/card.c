/* SPDX-License-Identifier: MIT */
#include "engine/report/card.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "engine/base/err.h"
#include "engine/clock/thread.h"
#include "engine/config/config.h"
#include "engine/entropy/watch.h"
#include "engine/eventq/eventq.h"
#include "engine/report/json_tree.h"

/* A number that the kernel gives in a file; 0 = unknown. */
static uint64_t number_in(const char *path)
{
	char text[32] = "";
	FILE *f = fopen(path, "re");
	uint64_t v;

	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return kqt_parse_uint(text, 0, UINT64_MAX, &v) == 0 ? v : 0;
}

static void read_limits(struct kqt_card *c)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur != RLIM_INFINITY)
		c->max_descriptors = (uint64_t)rl.rlim_cur;
	c->max_inotify_watches = number_in("/proc/sys/fs/inotify/max_user_watches");
	c->max_inotify_instances = number_in("/proc/sys/fs/inotify/max_user_instances");
	c->timer_slack_ns = kqt_thread_slack_ns();
}

static void read_features(struct kqt_card *c, const struct kqt_eventq_ops *ops)
{
	unsigned can = ops->capabilities, thread = kqt_thread_features();
	const struct {
		bool here;
		const char *name;
		bool cost; /* nothing that one would miss */
	} all[] = {
	    {can & KQT_CAP_TIMER_DUE, "timer-due", false},
	    {can & KQT_CAP_TIMER_FD, "timer-descriptors", true},
	    {can & KQT_CAP_NS_TIMEOUT, "ns-timeout", false},
	    {can & KQT_CAP_NAMELESS_FILE, "nameless-files", false},
	    {thread & KQT_THREAD_PIN, "cpu-pinning", false},
	    {thread & KQT_THREAD_SLACK, "timer-slack", false},
	};
	size_t n = 0, m = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].here)
			c->features[n++] = all[i].name;
		else if (!all[i].cost)
			c->lacks[m++] = all[i].name;
	c->features[n] = c->lacks[m] = NULL;
	if (ops->capabilities & KQT_CAP_TIMER_FD) /* a timer is a descriptor: no limit of its own */
		c->max_timers = c->max_descriptors < KQT_SOURCES_MAX ? c->max_descriptors
		                                                     : KQT_SOURCES_MAX;
}

void kqt_card_add_feature(struct kqt_card *c, const char *name, bool here)
{
	const char **list = here ? c->features : c->lacks;
	size_t n = 0;

	_Static_assert(sizeof(c->features) == sizeof(c->lacks), "one limit for both");
	while (list[n])
		n++;
	if (n + 1 < sizeof(c->features) / sizeof(c->features[0])) {
		list[n] = name;
		list[n + 1] = NULL;
	}
}

void kqt_card_read(struct kqt_card *c)
{
	struct kqt_eventq *q = NULL;
	char text[96];
	size_t n = 0;
	int rc;

	*c = (struct kqt_card){
	    .name = "kqueue_events",
	    .description = "Times how long a process waits on its kernel event queue while timers, "
	                   "socket pairs and watched files make it ready",
	    .physics =
	        "A wait ends when the first of many independent causes is delivered: timer "
	        "expirations "
	        "pass through the interrupt path, timer coalescing and power states of the "
	        "processor; "
	        "socket data through the network stack's buffer allocator and wake-up path; file "
	        "changes through the file system's notification lists. All meet in one queue whose "
	        "lock and ready list they share, and the scheduler decides when the waiter runs. "
	        "The "
	        "jitter of these paths is in the low digits of each wait.",
	    .category = "IPC",
	    .platform = "any",
	    .entropy_rate_estimate = KQT_CLAIMED_BITS,
	    .composite = false,
	    .is_fast = true,
	    .version = KQT_VERSION,
	};
	for (; n < 3 && kqt_eventq_list[n]; n++)
		c->backends[n] = kqt_eventq_list[n]->name;
	kqt_clock_measure(&c->clock);
	read_limits(c);
	if (n == 0) {
		snprintf(c->reason, sizeof(c->reason), "no event queue back end in this build");
		return;
	}
	read_features(c, kqt_eventq_list[0]);
	rc = kqt_eventq_list[0]->open(&q);
	if (rc < 0) {
		snprintf(c->reason, sizeof(c->reason), "cannot open the %s event queue: %s",
		         kqt_eventq_list[0]->name, kqt_err_text(rc, text, sizeof(text)));
		return;
	}
	kqt_eventq_list[0]->close(q);
	c->available = true;
}

static json_t *string_or_null(const char *s)
{
	return s[0] ? json_string(s) : json_null();
}

static json_t *count_or_null(uint64_t v)
{
	return v ? json_integer((json_int_t)v) : json_null();
}

static json_t *strings(const char *const *list)
{
	json_t *a = json_array();

	for (size_t i = 0; list[i]; i++)
		kqt_tree_append(a, json_string(list[i]));
	return a;
}

static json_t *clock_json(const struct kqt_clock_info *ci)
{
	json_t *o = json_object();

	kqt_tree_set(o, "name", json_string(ci->name));
	kqt_tree_set(o, "source", string_or_null(ci->source));
	kqt_tree_set(o, "granularity_ns", count_or_null(ci->granularity_ns));
	kqt_tree_set(o, "cost_ns", json_integer((json_int_t)llround(ci->cost_ns)));
	return o;
}

static json_t *limits_json(const struct kqt_card *c)
{
	json_t *o = json_object();

	kqt_tree_set(o, "descriptors", count_or_null(c->max_descriptors));
	kqt_tree_set(o, "inotify_watches", count_or_null(c->max_inotify_watches));
	kqt_tree_set(o, "inotify_instances", count_or_null(c->max_inotify_instances));
	kqt_tree_set(o, "timers", count_or_null(c->max_timers));
	kqt_tree_set(o, "timer_slack_ns", count_or_null(c->timer_slack_ns));
	return o;
}

char *kqt_card_json(const struct kqt_card *c)
{
	json_t *o = json_object();

	kqt_tree_set(o, "schema", json_integer(1));
	kqt_tree_set(o, "name", json_string(c->name));
	kqt_tree_set(o, "description", json_string(c->description));
	kqt_tree_set(o, "physics", json_string(c->physics));
	kqt_tree_set(o, "category", json_string(c->category));
	kqt_tree_set(o, "platform", json_string(c->platform));
	kqt_tree_set(o, "requirements", json_array());
	kqt_tree_set(o, "entropy_rate_estimate", json_real(c->entropy_rate_estimate));
	kqt_tree_set(o, "composite", json_boolean(c->composite));
	kqt_tree_set(o, "is_fast", json_boolean(c->is_fast));
	kqt_tree_set(o, "available", json_boolean(c->available));
	kqt_tree_set(o, "reason", string_or_null(c->reason));
	kqt_tree_set(o, "backends", strings(c->backends));
	kqt_tree_set(o, "features", strings(c->features));
	kqt_tree_set(o, "lacks", strings(c->lacks));
	kqt_tree_set(o, "clock", clock_json(&c->clock));
	kqt_tree_set(o, "limits", limits_json(c));
	kqt_tree_set(o, "version", json_string(c->version));
	return kqt_tree_text(o, "");
}
