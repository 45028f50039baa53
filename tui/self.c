/* SPDX-License-Identifier: MIT */
#include "tui/self.h"

#include <unistd.h>

#define PROC_SELF "/proc/self/exe"

static const char *self = "kqtop";

void kqt_self_set(const char *argv0)
{
	self = argv0;
}

const char *kqt_self_path(void)
{
	return access(PROC_SELF, X_OK) == 0 ? PROC_SELF : self;
}
