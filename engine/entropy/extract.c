/* SPDX-License-Identifier: MIT */
#include "engine/entropy/extract.h"

#include <string.h>

#include "engine/base/err.h"

static const char *const names[KQT_STREAMS] = {
    [KQT_STREAM_SEED] = "seed",
    [KQT_STREAM_LOW8] = "low8",
    [KQT_STREAM_LSB] = "lsb",
    [KQT_STREAM_NOTIFICATION] = "notification",
};

const char *kqt_stream_name(enum kqt_stream s)
{
	return (unsigned)s < KQT_STREAMS ? names[s] : "";
}

int kqt_stream_from_name(const char *name)
{
	for (int i = 0; i < KQT_STREAMS; i++) {
		if (strcmp(name, names[i]) == 0)
			return i;
	}
	return -KQT_E_UNKNOWN_NAME;
}

void kqt_extract_cut(struct kqt_extract *e)
{
	e->waits = 0;
	memset(&e->fold, 0, sizeof(e->fold));
	memset(&e->pack, 0, sizeof(e->pack));
}

/* A run of waits after warm-up, of one collection. */
static size_t fold_run(struct kqt_fold *fold, const uint64_t *ns, size_t n, uint8_t *out)
{
	struct kqt_fold f = *fold;
	size_t got = 0;

	for (size_t i = 0; i < n; i++)
		got += kqt_fold_step(&f, ns[i], &out[got]);
	*fold = f;
	return got;
}

static size_t seed_block(struct kqt_extract *e, const uint64_t *ns, size_t n, uint8_t *out)
{
	size_t got = 0;

	while (n > 0) {
		bool warm = e->waits >= KQT_COLLECT_WARMUP;
		uint64_t end = warm ? e->collection + KQT_COLLECT_EXTRA : KQT_COLLECT_WARMUP;
		size_t part = end - e->waits < n ? (size_t)(end - e->waits) : n;

		if (warm)
			got += fold_run(&e->fold, ns, part, out + got);
		e->waits += part;
		if (e->waits == e->collection + KQT_COLLECT_EXTRA)
			kqt_extract_cut(e);
		ns += part;
		n -= part;
	}
	return got;
}

size_t kqt_extract_block(struct kqt_extract *e, const uint64_t *ns, size_t n, uint8_t *out)
{
	size_t got = 0;

	switch (e->stream) {
	case KQT_STREAM_SEED:
		return seed_block(e, ns, n, out);
	case KQT_STREAM_LSB:
		for (size_t i = 0; i < n; i++)
			got += kqt_pack_step(&e->pack, ns[i], &out[got]);
		return got;
	default:
		for (size_t i = 0; i < n; i++)
			out[i] = (uint8_t)ns[i];
		return n;
	}
}
