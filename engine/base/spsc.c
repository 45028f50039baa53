/* SPDX-License-Identifier: MIT */
#include "engine/base/spsc.h"

#include <errno.h>

#include "engine/base/alloc.h"

#define BYTES_MAX ((size_t)1 << 30)

int kqt_spsc_init(struct kqt_spsc *r, size_t count, size_t size)
{
	size_t n = 1;

	memset(r, 0, sizeof(*r));
	if (count == 0 || size == 0 || count > BYTES_MAX / size)
		return -KQT_E_RANGE;
	while (n < count)
		n <<= 1;
	if (n > BYTES_MAX / size)
		return -KQT_E_RANGE;
	r->slots = kqt_array_new(n, size);
	if (!r->slots)
		return -ENOMEM;
	r->mask = n - 1;
	r->size = size;
	return 0;
}

void kqt_spsc_fini(struct kqt_spsc *r)
{
	free(r->slots);
	memset(r, 0, sizeof(*r));
}
