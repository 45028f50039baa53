/* SPDX-License-Identifier: MIT */
/* Heap arrays with the multiplication checked. */
#ifndef KQT_BASE_ALLOC_H
#define KQT_BASE_ALLOC_H

#include <stddef.h>
#include <stdlib.h>

#include "engine/base/annot.h"

/** n zeroed elements of size bytes, given to the caller (free). NULL when
 * memory is short or n * size overflows; n = 0 gives one element's room, so
 * that NULL always means failure. */
static inline void *kqt_array_new(size_t n, size_t size) KQT_GIVES(free);
static inline void *kqt_array_new(size_t n, size_t size)
{
	size_t bytes;

	/* calloc checks too, but under the sanitizers it then aborts */
	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return calloc(n ? n : 1, size);
}

/** As kqt_array_new, aligned to a cache line (so that two threads' structures
 * do not share one). Freed by free(). */
void *kqt_aligned_new(size_t size);

#endif
