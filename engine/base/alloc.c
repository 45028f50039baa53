/* SPDX-License-Identifier: MIT */
#include "engine/base/alloc.h"

#include <string.h>

void *kqt_aligned_new(size_t size)
{
	void *p = NULL;

	if (posix_memalign(&p, KQT_CACHE_LINE, size) != 0)
		return NULL;
	return memset(p, 0, size);
}
