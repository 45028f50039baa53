/* SPDX-License-Identifier: MIT */
/* The words that every layer shares: filters, kinds of sources, and the token
 * by which an event names its source. */
#ifndef KQT_BASE_KINDS_H
#define KQT_BASE_KINDS_H

#include <stdint.h>

/** kqueue's filters, in the order of every table and output. */
enum kqt_filter {
	KQT_FILTER_TIMER,
	KQT_FILTER_READ,
	KQT_FILTER_WRITE,
	KQT_FILTER_VNODE,
	KQT_FILTERS
};

/** "timer" "read" "write" "vnode". */
const char *kqt_filter_name(enum kqt_filter f);

enum kqt_source_kind { KQT_SOURCE_TIMER, KQT_SOURCE_SOCKET, KQT_SOURCE_FILE, KQT_SOURCE_KINDS };

/** "timers" "sockets" "watchers". */
const char *kqt_source_kind_name(enum kqt_source_kind k);

/* Slots: 4096 of each kind, one numbering for all. A token is a generation above
 * the slot's 14 bits; generations start at 1, so no token is 0, and 16 bits of
 * them keep it below 2^31. */
#define KQT_SLOTS_PER_KIND 4096u
#define KQT_SLOTS (KQT_SLOTS_PER_KIND * KQT_SOURCE_KINDS)
#define KQT_SLOT_BITS 14
#define KQT_GENERATION_MASK 0xffffu

static inline uint32_t kqt_slot_of_token(uint32_t token)
{
	return token & ((1u << KQT_SLOT_BITS) - 1);
}

static inline uint32_t kqt_token(uint32_t slot, uint32_t generation)
{
	generation &= KQT_GENERATION_MASK;
	return (generation ? generation : 1) << KQT_SLOT_BITS | slot;
}

#endif
