/* SPDX-License-Identifier: MIT */
/* What the load generators need that not every system has; one small file each in this
 * folder, picked by the Makefile. */
#ifndef KQT_LOAD_PORT_PORT_H
#define KQT_LOAD_PORT_PORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** self_*.c: a path by which the running program can be executed once more.
 * @argv0  as main got it; NULL = unknown
 * @return buf, or NULL when it cannot be told */
const char *kqt_port_self(const char *argv0, char *buf, size_t size);

/** family_*.c: what the system does about processes whose parent has gone. */
/** From here on orphans among our descendants become our children. */
void kqt_port_adopt(void);
/** From here on the running process is killed when its parent ends. */
void kqt_port_follow_parent(void);
/** All living descendants of the running process, adopted ones too.
 * @each    called for each
 * @cpu_ns  receives their CPU time and that of what they have waited for; may be NULL
 * @return how many; -KQT_E_UNSUPPORTED where nobody can tell */
int kqt_port_family(void (*each)(pid_t pid, void *arg), void *arg, uint64_t *cpu_ns);

/** How long the calling process has had a CPU or waited for one: what it wanted.
 * @return nanoseconds; KQT_LOAD_UNKNOWN where nobody can tell */
uint64_t kqt_port_wanted_ns(void);

/** file_*.c: a file without a name in dir. @return a descriptor or -errno */
int kqt_port_load_file(const char *dir);

#endif
