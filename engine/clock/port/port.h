/* SPDX-License-Identifier: MIT */
/* What differs from system to system, one small file each in this folder. The
 * Makefile picks one for each function by compiling probe/has_*.c; the last resort
 * says that the system has no such thing. */
#ifndef KQT_CLOCK_PORT_PORT_H
#define KQT_CLOCK_PORT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** name_*.c: name the running thread, for ps and debuggers only. */
void kqt_port_name_thread(const char *name);

/** pin_*.c: bind the running thread to a processor.
 * @return 0, -errno, -KQT_E_UNSUPPORTED */
int kqt_port_pin_thread(int cpu);
extern const bool kqt_port_can_pin;

/** slack_*.c: how late this thread's timers may be, so that they can be bundled.
 * @return 0, -errno, -KQT_E_UNSUPPORTED; for get 0 = the system does not say. */
int kqt_port_set_slack(uint64_t ns);
uint64_t kqt_port_get_slack(void);
extern const bool kqt_port_can_slack;

/** lowest_*.c: the running thread at the lowest priority that needs no right. */
void kqt_port_lower_thread(void);

/** counter_*.c: what hardware the kernel's clock reads, "" when unknown. */
void kqt_port_clock_counter(char *out, size_t size);

#endif
