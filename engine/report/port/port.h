/* SPDX-License-Identifier: MIT */
/* What a fingerprint needs that not every system has; one small file each in this
 * folder, picked by the Makefile. */
#ifndef KQT_REPORT_PORT_PORT_H
#define KQT_REPORT_PORT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** model_*.c: the processor's name. @return false when it is not known. */
bool kqt_port_cpu_model(char *out, size_t size);
/** tick_*.c: the scheduler's tick in ns; 0 = unknown. */
uint64_t kqt_port_tick_ns(void);

#endif
