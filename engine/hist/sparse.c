/* SPDX-License-Identifier: MIT */
#include "engine/hist/sparse.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/base/alloc.h"

int kqt_sparse_from(const struct kqt_hist *h, struct kqt_sparse *out)
{
	unsigned lo, end;
	size_t n = 0;

	*out = (struct kqt_sparse){0};
	if (h->count == 0)
		return 0;
	lo = kqt_hist_index(h->min_ns);
	end = kqt_hist_index(h->max_ns) + 1;
	for (unsigned i = lo; i < end; i++)
		n += h->counts[i] > 0;
	out->bins = kqt_array_new(n, sizeof(out->bins[0]));
	if (!out->bins)
		return -ENOMEM;
	for (unsigned i = lo; i < end; i++)
		if (h->counts[i])
			out->bins[out->n++] = (struct kqt_bin){.index = i, .count = h->counts[i]};
	out->count = h->count;
	out->sum_ns = h->sum_ns;
	out->min_ns = h->min_ns;
	out->max_ns = h->max_ns;
	out->above = h->above;
	return 0;
}

void kqt_sparse_free(struct kqt_sparse *s)
{
	free(s->bins);
	*s = (struct kqt_sparse){0};
}

void kqt_sparse_add_to(const struct kqt_sparse *s, struct kqt_hist *dst)
{
	if (s->count == 0)
		return;
	for (size_t i = 0; i < s->n; i++)
		dst->counts[s->bins[i].index] += s->bins[i].count;
	if (dst->count == 0 || s->min_ns < dst->min_ns)
		dst->min_ns = s->min_ns;
	if (dst->count == 0 || s->max_ns > dst->max_ns)
		dst->max_ns = s->max_ns;
	dst->count += s->count;
	dst->sum_ns += s->sum_ns;
	dst->above += s->above;
}

static const char *bins_fault(const struct kqt_sparse *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->bins[i].index >= KQT_HIST_LEN)
			return "a bin is above the highest";
		if (i && s->bins[i].index <= s->bins[i - 1].index)
			return "the bins are not in order";
		if (s->bins[i].count == 0)
			return "a bin is empty";
		if (__builtin_add_overflow(sum, s->bins[i].count, &sum))
			return "the bins' sum is too large";
	}
	return sum == s->count ? NULL : "the bins' sum is not the count";
}

/* Values in their own buckets lie where the extremes allow: sum_ns wraps only where
 * the product does, and then nothing can be said of it. */
static bool sum_is_possible(const struct kqt_sparse *s)
{
	unsigned __int128 count = s->count;

	return count * s->max_ns > UINT64_MAX ||
	       (s->sum_ns >= count * s->min_ns && s->sum_ns <= count * s->max_ns);
}

const char *kqt_sparse_fault(const struct kqt_sparse *s)
{
	const char *fault = bins_fault(s);

	if (fault)
		return fault;
	if (s->count == 0)
		return s->sum_ns || s->above ? "empty, but not its sum" : NULL;
	if (s->min_ns > s->max_ns)
		return "the minimum is above the maximum";
	if (kqt_hist_index(s->min_ns) != s->bins[0].index)
		return "the minimum is not in the first bin";
	if (kqt_hist_index(s->max_ns) != s->bins[s->n - 1].index)
		return "the maximum is not in the last bin";
	if ((s->above > 0) != (s->max_ns > KQT_HIST_MAX_NS) || s->above > s->bins[s->n - 1].count)
		return "above does not fit the maximum";
	return sum_is_possible(s) ? NULL : "the sum does not fit the count";
}
