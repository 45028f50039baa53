/* SPDX-License-Identifier: MIT */
/* The only #if over back ends: which tables this build has. The Makefile
 * defines KQT_HAVE_<BACKEND> for each eventq_<backend>.c it compiles. */
#include <string.h>

#include "engine/eventq/eventq.h"

const struct kqt_eventq_ops *const kqt_eventq_list[] = {
#if defined(KQT_HAVE_EPOLL)
    &kqt_eventq_epoll,
#endif
#if defined(KQT_HAVE_KQUEUE)
    &kqt_eventq_kqueue,
#endif
    NULL,
};

const struct kqt_eventq_ops *kqt_eventq_find(const char *name)
{
	for (size_t i = 0; kqt_eventq_list[i]; i++)
		if (name[0] == '\0' || strcmp(kqt_eventq_list[i]->name, name) == 0)
			return kqt_eventq_list[i];
	return NULL;
}
