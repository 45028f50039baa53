/* SPDX-License-Identifier: MIT */
/* link: -Wl,--wrap=calloc -Wl,--wrap=malloc -Wl,--wrap=realloc -Wl,--wrap=free -Wl,--wrap=open -Wl,--wrap=close -Wl,--wrap=pthread_mutex_lock -Wl,--wrap=write */
/* What the collector never does in its loop: allocate, lock, open or close. Each of these
 * calls, from whatever file of the engine, is counted while it steps. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/clock/clock.h"
#include "tests/support/collector_rig.h"

#define STEPS 200

static unsigned calls;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	calls++;
	return __real_calloc(n, size);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	calls++;
	return __real_malloc(size);
}

void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
	calls++;
	return __real_realloc(p, size);
}

void __real_free(void *p);
void __wrap_free(void *p);
void __wrap_free(void *p)
{
	calls++;
	__real_free(p);
}

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
	calls++;
	return __real_open(path, flags, mode);
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	calls++;
	return __real_close(fd);
}

int __real_pthread_mutex_lock(pthread_mutex_t *m);
int __wrap_pthread_mutex_lock(pthread_mutex_t *m);
int __wrap_pthread_mutex_lock(pthread_mutex_t *m)
{
	calls++;
	return __real_pthread_mutex_lock(m);
}

ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n)
{
	calls++;
	return __real_write(fd, p, n);
}

static struct kqt_source *a_source(struct collector_rig *r, enum kqt_source_kind kind)
{
	struct kqt_source *s = NULL;
	int fd;

	assert_int_equal(r->q->ops->open_source(r->q, kind, &fd), 0);
	if (kind == KQT_SOURCE_SOCKET)
		assert_int_equal(kqt_source_open_socket(KQT_WRITE_DRIVEN, &s), 0);
	else if (kind == KQT_SOURCE_FILE)
		assert_int_equal(r->q->ops->capabilities & KQT_CAP_NAMELESS_FILE
		                     ? kqt_source_open_file(NULL, &s)
		                     : kqt_source_open_named_file(NULL, &s),
		                 0);
	else
		s = kqt_source_new(kind);
	assert_non_null(s);
	if (kind == KQT_SOURCE_TIMER)
		s->fd = fd;
	s->interval_ns = KQT_NS_PER_MS;
	s->token = kqt_token((uint32_t)kind * KQT_SLOTS_PER_KIND, 1);
	return s;
}

/* Waits with something of every kind, empty ones, a snapshot, raw samples into a ring that
 * becomes full. */
static void loop_allocates_locks_opens_and_wakes_nothing(void **state)
{
	struct kqt_source *source[KQT_SOURCE_KINDS];
	struct collector_rig r;

	(void)state;
	assert_int_equal(collector_rig_open(&r, kqt_eventq_list[0], 0, STEPS), 0);
	kqt_role_enter(&on_collector);
	for (enum kqt_source_kind k = 0; k < KQT_SOURCE_KINDS; k++)
		source[k] = a_source(&r, k);
	assert_int_equal(collector_rig_begin(&r, source, KQT_SOURCE_KINDS), 0);
	calls = 0;
	for (uint64_t i = 0; i < STEPS || r.c->tally->filter[KQT_FILTER_TIMER].events == 0; i++) {
		int rc = collector_rig_trigger(&r, source[1 + i % 2], i, kqt_clock_now_ns());

		if (i == STEPS / 2)
			assert_true(collector_rig_order(&r, KQT_COL_SNAP, r.tally[1]));
		rc = rc < 0 ? rc : kqt_collector_step(r.c);
		assert_int_equal(rc < 0 ? rc : kqt_collector_step(r.c), 0);
	}
	assert_int_equal(calls, 0);
	assert_true(r.tally[1]->timeouts > 0); /* it did go through all of it */
	for (int f = 0; f < KQT_FILTERS; f++)
		assert_true(f == KQT_FILTER_WRITE || r.tally[1]->filter[f].events > 0);
	assert_true(r.tally[1]->raw_lost > 0);
	collector_rig_close(&r);
	for (int k = 0; k < KQT_SOURCE_KINDS; k++)
		kqt_source_free(source[k]);
	assert_true(calls > 0); /* and calls are counted at all */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(loop_allocates_locks_opens_and_wakes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
