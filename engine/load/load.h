/* SPDX-License-Identifier: MIT */
/* Load on the machine while something is measured: six kinds of our own, and any
 * command of the user's.
 *
 *   kqtop --------- lifeline (pipe): "how far are you?" -------> keeper ---- workers
 *         <-------- answers (pipe): counts, or what went wrong -        \--- ..
 *
 * The keeper is this program once more, by exec: a bare fork of a process with threads
 * keeps its event queue's registrations and its pipes alive. It has a process group of
 * its own and forks the workers, or the command. Everybody in it watches the lifeline:
 * when this process ends, by whatever means, the kernel closes it, and they end within
 * 20 ms of CPU time of their own. A time limit holds whatever else fails. Nothing but the
 * keeper's own processes is changed: no setting of the machine, nothing left on disk.
 *
 * A user's command gets the same keeper: it, and on Linux all that comes of it (the
 * keeper is their reaper), is asked to end with SIGTERM and 500 ms later with SIGKILL.
 * Elsewhere its process group is, and what left that group is not.
 *
 * The same kind, number and seed give the same sequence of work for the same version
 * (KQT_LOAD_VERSION); how fast it gets through it is what is achieved.
 *
 * SIGPIPE must be ignored in the process. Threads: any, one at a time for a load. */
#ifndef KQT_LOAD_LOAD_H
#define KQT_LOAD_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/annot.h"
#include "engine/base/strbuf.h"

/* A figure made with one version is not comparable with another's: raised whenever a
 * kind does other work for the same request. */
#define KQT_LOAD_VERSION 1
#define KQT_LOAD_COUNT_MAX 256 /* N of KIND:N, and what N of KIND:Nx comes to */
#define KQT_LOAD_LIMIT_MIN_NS UINT64_C(1000000)
#define KQT_LOAD_LIMIT_MAX_NS UINT64_C(86400000000000) /* a day */
#define KQT_LOAD_COMMAND_MAX 4096
#define KQT_LOAD_TEXT 256
#define KQT_LOAD_UNKNOWN UINT64_MAX

enum kqt_load_kind {
	KQT_LOAD_CPU,     /* integer arithmetic */
	KQT_LOAD_MEMORY,  /* a stream through more memory than caches hold */
	KQT_LOAD_FORK,    /* processes that are made and end at once */
	KQT_LOAD_SOCKETS, /* ping-pong over a socket pair, two processes each */
	KQT_LOAD_FILES,   /* writes to a file without a name, and truncations */
	KQT_LOAD_TIMERS,  /* short sleeps, four processes each */
	KQT_LOAD_KINDS,
	KQT_LOAD_COMMAND = KQT_LOAD_KINDS, /* a command of the user's */
};

/** "cpu" "memory" "fork" "sockets" "files" "timers" "command". */
const char *kqt_load_kind_name(enum kqt_load_kind kind);
/** What one operation is: "rounds of 1000 steps", "MiB", ... "-" for a command. */
const char *kqt_load_kind_ops(enum kqt_load_kind kind);

/** What is asked for. */
struct kqt_load_spec {
	enum kqt_load_kind kind; /* not KQT_LOAD_COMMAND */
	unsigned count;          /* 1 .. 256 */
	bool per_cpu;            /* count for each CPU that is online */
};

/** KIND, KIND:N or KIND:Nx; KIND alone is KIND:1x.
 * @why  receives a sentence on failure, without the option's name; control characters
 *       of the text escaped
 * @return 0; -KQT_E_UNKNOWN_NAME: no such kind; -KQT_E_SYNTAX; -KQT_E_RANGE: N is 0 or too
 * many. *out untouched on failure. */
KQT_MUST_USE int kqt_load_parse(const char *text, struct kqt_load_spec *out,
                                struct kqt_strbuf *why);
/** As kqt_load_parse takes it, "cpu:2x". @return buf. size at least 16. */
const char *kqt_load_text(const struct kqt_load_spec *spec, char *buf, size_t size);
/** How many units (workers, pairs) that is here. @cpus 0 = those online. */
unsigned kqt_load_units(const struct kqt_load_spec *spec, unsigned cpus);

struct kqt_load_order {
	struct kqt_load_spec spec;
	const char *command; /* for /bin/sh -c, in place of spec; NULL = spec; borrowed */
	uint64_t seed;
	uint64_t limit_ns; /* it ends by itself after this, 1 ms .. 1 day */
};

enum kqt_load_state {
	KQT_LOAD_STARTING, /* not all workers at work yet */
	KQT_LOAD_RUNNING,
	KQT_LOAD_ENDED,  /* the time limit, or the command ended with status 0 */
	KQT_LOAD_FAILED, /* it could not start, or ended otherwise; kqt_load_reason */
};

/** How far it got since its start. Differences of two are what was achieved between
 * them. KQT_LOAD_UNKNOWN where nobody can tell. */
struct kqt_load_count {
	uint64_t at_ns;     /* kqt_clock_now_ns of this count */
	uint64_t cpu_ns;    /* CPU time of all its processes; a command's: Linux only */
	uint64_t wanted_ns; /* CPU time and time waiting for a CPU, together; a command's unknown */
	uint64_t switches;  /* context switches of its processes; a command's unknown */
	uint64_t ops;       /* kqt_load_kind_ops; a command's unknown */
	uint32_t running;   /* processes at work now */
	uint32_t wanted;    /* that should be; a command: 1 */
};

/** What was achieved over a span; the fields of a report's struct kqt_load_figures.
 * NAN = unknown. */
struct kqt_load_rates {
	double seconds;
	/* Of what was asked for. cpu: how much of the time its processes had a CPU or waited
	 * for one: they want one always, and what the program that is measured takes from
	 * them is not missing. Where the system does not say that: CPUs kept busy / CPUs asked
	 * for, no more than there are. Else processes at work / wanted, at the span's end. */
	double share;
	double utilisation;    /* CPUs kept busy: 2.0 = two of them */
	double switches_per_s; /* of its own processes */
	double ops_per_s;
};

struct kqt_load;

/** Start it; does not wait until it works (kqt_load_settle does).
 * @out  given (kqt_load_stop); untouched on failure
 * @why  receives a sentence on failure
 * @return 0; -KQT_E_RANGE: an absurd order, more memory than half of the machine's;
 * -KQT_E_SYNTAX: an empty command; -errno of pipe or exec. */
KQT_MUST_USE int kqt_load_start(const struct kqt_load_order *order, struct kqt_load **out,
                                struct kqt_strbuf *why);

/** Wait until every worker is at work; for a command until it has lived for 200 ms,
 * so that one that is not there or takes no such option is found out.
 * @why  on failure: "load command ended with status 127: sh: 1: nope: not found"
 * @return 0; -KQT_E_STOPPED: it has ended, a command also with status 0; -ETIMEDOUT */
KQT_MUST_USE int kqt_load_settle(struct kqt_load *l, uint64_t timeout_ns, struct kqt_strbuf *why);

/** Take what has been answered and ask again. Never blocks. About 5 us. */
enum kqt_load_state kqt_load_poll(struct kqt_load *l);

/** The newest count that is here; all unknown before the first. */
void kqt_load_last(const struct kqt_load *l, struct kqt_load_count *out);

/** A count of now: asks and waits for the answer, on an idle machine some 50 us, on a
 * loaded one some milliseconds.
 * @return 0; -KQT_E_STOPPED: it has ended, *out is the last count; -ETIMEDOUT likewise */
KQT_MUST_USE int kqt_load_sample(struct kqt_load *l, uint64_t timeout_ns,
                                 struct kqt_load_count *out);

/** What happened between two counts of a load. All NAN when no time lies between them. */
void kqt_load_rates_of(const struct kqt_load *l, const struct kqt_load_count *from,
                       const struct kqt_load_count *to, struct kqt_load_rates *out);

/** Why it failed, or how it ended; "" while it runs. A command's last line on stderr
 * is in it, escaped. Borrowed, valid until the next call. */
const char *kqt_load_reason(const struct kqt_load *l);

/** Time until it ends by itself; 0 when it has ended. */
uint64_t kqt_load_left_ns(const struct kqt_load *l);

/** End it and wait until no process of it is left: some ms, a command that does not
 * obey SIGTERM 500 ms. Free it. NULL is fine. */
void kqt_load_stop(struct kqt_load *l);

/** Hidden commands of the program (`__load`, `__load-cmd`): the keeper. main() hands over
 * when argv[1] is one of them, before it does anything else.
 * @return -1: argv[1] is none of them; else the exit status to end with. */
int kqt_load_keeper(int argc, char **argv);

/** Where the system does not say which file the running program is (port/), it is
 * found by argv[0]; main() gives it before anything is started. Borrowed for ever. */
void kqt_load_program(const char *argv0);

#endif
