/* SPDX-License-Identifier: MIT */
#include "engine/base/kinds.h"

const char *kqt_filter_name(enum kqt_filter f)
{
	static const char *const names[KQT_FILTERS] = {"timer", "read", "write", "vnode"};

	return (unsigned)f < KQT_FILTERS ? names[f] : "?";
}

const char *kqt_source_kind_name(enum kqt_source_kind k)
{
	static const char *const names[KQT_SOURCE_KINDS] = {"timers", "sockets", "watchers"};

	return (unsigned)k < KQT_SOURCE_KINDS ? names[k] : "?";
}
