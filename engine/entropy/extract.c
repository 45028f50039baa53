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
