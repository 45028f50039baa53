/* SPDX-License-Identifier: MIT */
/* Compiler annotations behind one set of names, so that no other file has an
 * #ifdef for a compiler. Three groups:
 *   - contracts the compiler checks (KQT_MUST_USE, KQT_PRINTF, KQT_GIVES),
 *   - hints for the hot path (KQT_LIKELY, KQT_HOT),
 *   - thread roles: a role is a compile-time token, not a lock. A field marked
 *     KQT_OWNED(on_collector) may be touched only in a function marked
 *     KQT_ON(on_collector); clang's -Wthread-safety checks it, other compilers
 *     see nothing. Idea: QEMU's graph lock, Open vSwitch's compiler.h. */
#ifndef KQT_BASE_ANNOT_H
#define KQT_BASE_ANNOT_H

#define KQT_MUST_USE __attribute__((warn_unused_result))
#define KQT_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define KQT_LIKELY(x) __builtin_expect(!!(x), 1)
#define KQT_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define KQT_HOT __attribute__((hot))
#define KQT_ALWAYS_INLINE __attribute__((always_inline)) inline
#define KQT_UNUSED __attribute__((unused))
/* One cache line: 64 bytes on x86-64 and most arm64; 128 keeps Apple's lines
 * and the adjacent-line prefetcher of x86 apart as well. */
#define KQT_CACHE_LINE 128
#define KQT_CACHE_ALIGNED __attribute__((aligned(KQT_CACHE_LINE)))

/* The static analyser follows ownership through malloc(deallocator, position);
 * the attribute stops inlining of the deallocator, hence debug builds only. */
#if defined(KQT_DEBUG) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
#define KQT_GIVES(free_fn) __attribute__((malloc(free_fn, 1)))
#else
#define KQT_GIVES(free_fn)
#endif

#if defined(__clang__)
#define KQT_TSA(x) __attribute__((x))
#else
#define KQT_TSA(x)
#endif

/** A thread role. Declared once below, never locked. */
struct KQT_TSA(capability("role")) kqt_role {
	char unused;
};
#define KQT_OWNED(role) KQT_TSA(guarded_by(role))
#define KQT_ON(role) KQT_TSA(requires_capability(role))
#define KQT_ANY_THREAD KQT_TSA(no_thread_safety_analysis)

extern struct kqt_role on_main, on_collector, on_stimulus, on_assessor, on_http;

/** Declares that the running thread has the role from here on. Costs nothing;
 * call once at the start of a thread, or of a function that runs while the
 * role's thread does not exist (before start, after join). */
static inline void kqt_role_enter(struct kqt_role *role KQT_UNUSED)
    KQT_TSA(assert_capability(role));
static inline void kqt_role_enter(struct kqt_role *role KQT_UNUSED)
{
}

#endif
