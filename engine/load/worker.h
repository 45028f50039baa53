/* SPDX-License-Identifier: MIT */
/* What a kind of load is to its keeper: a function that runs in a process of its own
 * and asks, after every bit of work, whether to go on. Private to engine/load. */
#ifndef KQT_LOAD_WORKER_H
#define KQT_LOAD_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/annot.h"

/** A worker's figures, in memory that it shares with the keeper. One writer each. */
struct kqt_load_slot {
	_Atomic uint64_t ops, cpu_ns, switches, wanted_ns;
	_Atomic int working; /* 0 = not yet, 1 = at work, -errno = why it could not */
} KQT_CACHE_ALIGNED;

struct kqt_load_worker {
	unsigned role;   /* within its unit: 0 .. processes - 1 */
	int fd;          /* its end of the unit's pair; -1 when the kind has none */
	uint64_t random; /* state of kqt_load_random, from seed, unit and role */
	struct kqt_load_slot *slot;
	bool children;      /* what its children use counts too */
	uint64_t until_ns;  /* the time limit */
	uint64_t look_ns;   /* when to look at limit and lifeline next */
	uint64_t ops;       /* done so far */
	volatile double to; /* results go here, so that no compiler leaves the work out */
};

/** One kind. */
struct kqt_load_work {
	const char *name, *ops;
	unsigned processes;  /* of a unit */
	bool pair;           /* the two of a unit get a socket pair */
	bool children;       /* it forks */
	uint64_t unit_bytes; /* memory of a unit, when it is worth asking first */
	/* @return 0 when told to end, -errno when it cannot work */
	int (*run)(struct kqt_load_worker *w);
};
extern const struct kqt_load_work kqt_load_cpu, kqt_load_memory, kqt_load_fork, kqt_load_sockets,
    kqt_load_files, kqt_load_timers;
/** By kind; KQT_LOAD_KINDS of them. */
extern const struct kqt_load_work *const kqt_load_works[];

/** `ops` more are done. Reads the clock; every 10 ms of it tells the keeper and looks at
 * the lifeline. @return false: end now. */
bool kqt_load_go_on(struct kqt_load_worker *w, uint64_t ops);

/** The next number of the worker's own sequence. */
uint64_t kqt_load_random(struct kqt_load_worker *w);

/** Run a worker to its end, in its process. @return exit status. */
int kqt_load_worker_run(struct kqt_load_worker *w, const struct kqt_load_work *work);

#endif
