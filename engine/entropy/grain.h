/* SPDX-License-Identifier: MIT */
/* Latencies as a coarser clock would have given them. */
#ifndef KQT_ENTROPY_GRAIN_H
#define KQT_ENTROPY_GRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "engine/entropy/watch.h"

/** tick = floor(latency / kqt_grain_ps[grain]), exactly: the grain in whole
 * picoseconds, as `kqtop assess --grain` has it.
 * @ticks  [n]; may be ns itself. Cost: about 1 ns each. */
void kqt_grain_ticks(unsigned grain, const uint64_t *ns, size_t n, uint64_t *ticks);

/** Shannon and MCV of byte counts beside a perfect source's. Cost: about 100 us, for
 * the references; out itself may hold those of the same n already. */
void kqt_grain_figures(const uint64_t counts[256], struct kqt_grain_figures *out);

#endif
