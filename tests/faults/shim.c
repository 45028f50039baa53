/* SPDX-License-Identifier: MIT */
/* Preloaded (LD_PRELOAD) before a program under test: lets one library or system call
 * fail, chosen by where it is called from. tests/support/faults.py drives it.
 *
 *   KQT_FAULT_SITES=FILE   [struct sites] mapped and shared by all processes of a run: every
 *                          (call, stack of callers) that was met, and how often. What is
 *                          written there survives however a process ends.
 *   KQT_FAULT=CALL:SITE:K:EFFECT[:on]
 *                          the K-th call of CALL at SITE (its key in the table, in hex; 0 =
 *                          wherever) has EFFECT: a number is errno, "short" does a part
 *                          of a read or write, "jump" sets the clock forward; with "on" every
 *                          later one too
 *
 * A site is a hash of the callers' addresses relative to their modules, so that it is
 * the same in every run, whatever thread comes first and wherever the program lies. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define SITES 16384
#define FRAMES 14
#define MODULES 64
#define NAME 24
#define MODULE_NAME 48
#define JUMP_S 3600

struct site {
	_Atomic uint64_t key; /* 0 = free */
	_Atomic uint64_t count;
	_Atomic uint64_t ready; /* the rest is written */
	char call[NAME];
	uint64_t frame[FRAMES]; /* module << 48 | offset; module 0 is the program */
};

struct sites {
	_Atomic uint64_t fired, overflow;
	char module[MODULES][MODULE_NAME]; /* of what each number stands for */
	struct site site[SITES];
};

static struct sites *sites;
static struct {
	uintptr_t from, to, base;
} module[MODULES];
static int n_modules;
static _Atomic bool armed;
static _Atomic uint64_t anywhere; /* calls of that kind in this process */
static __thread bool inside;      /* the shim's own calls are nobody's */

static struct {
	char call[NAME];
	uint64_t key, k;
	int error;
	bool partial, jump, on;
} fault;

/* -- where ------------------------------------------------------------------ */

static int note_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char *slash = strrchr(info->dlpi_name, '/');
	const char *name = slash ? slash + 1 : info->dlpi_name;

	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum && n_modules < MODULES; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		strncpy(sites->module[n_modules], name, MODULE_NAME - 1);
		module[n_modules].base = info->dlpi_addr;
		module[n_modules].from = info->dlpi_addr + p->p_vaddr;
		module[n_modules++].to = info->dlpi_addr + p->p_vaddr + p->p_memsz;
	}
	return 0;
}

static uint64_t place_of(void *address)
{
	uintptr_t a = (uintptr_t)address;

	for (int i = 0; i < n_modules; i++)
		if (a >= module[i].from && a < module[i].to)
			return (uint64_t)i << 48 | (a - module[i].base);
	return UINT64_MAX; /* loaded later: all alike */
}

/* FNV-1a */
static uint64_t hash(uint64_t h, const void *data, size_t size)
{
	const unsigned char *p = data;

	while (size--)
		h = (h ^ *p++) * UINT64_C(0x100000001b3);
	return h;
}

static __attribute__((noinline)) struct site *site_of(const char *call)
{
	void *stack[FRAMES + 4];
	uint64_t frame[FRAMES] = {0}, key;
	int n = backtrace(stack, FRAMES + 4), kept = 0;

	/* 3: this function, fails() and the wrapper */
	for (int i = 3; i < n && kept < FRAMES; i++)
		frame[kept++] = place_of(stack[i]);
	key = hash(hash(UINT64_C(0xcbf29ce484222325), call, strlen(call)), frame, sizeof(frame)) |
	      1;
	for (uint64_t i = 0; i < SITES; i++) {
		struct site *s = &sites->site[(key + i) % SITES];
		uint64_t was = 0;

		if (atomic_compare_exchange_strong(&s->key, &was, key)) {
			strcpy(s->call, call);
			memcpy(s->frame, frame, sizeof(frame));
			atomic_store(&s->ready, 1);
			return s;
		}
		if (was == key)
			return s;
	}
	atomic_fetch_add(&sites->overflow, 1);
	return NULL;
}

/* -- when ------------------------------------------------------------------- */

/* Is this call to have the effect? errno is set then. */
static __attribute__((noinline)) bool fails(const char *call)
{
	int before = errno;
	struct site *s;
	uint64_t n;
	bool hit;

	if (!atomic_load_explicit(&armed, memory_order_relaxed) || inside)
		return false;
	inside = true;
	s = site_of(call);
	n = s ? atomic_fetch_add(&s->count, 1) + 1 : 0;
	if (s && !fault.key && strcmp(call, fault.call) == 0)
		n = atomic_fetch_add(&anywhere, 1) + 1;
	inside = false;
	hit = s && fault.k && strcmp(call, fault.call) == 0 &&
	      (s->key == fault.key || !fault.key) && (n == fault.k || (fault.on && n > fault.k));
	if (hit)
		atomic_fetch_add(&sites->fired, 1);
	errno = hit ? fault.error : before;
	return hit;
}

/* KQT_FAULT, read once before main: no call of the program is needed for it. */
static void read_order(void)
{
	const char *text = getenv("KQT_FAULT");
	char effect[16] = "", on[8] = "";
	unsigned long long key = 0, k = 0;

	if (!text ||
	    sscanf(text, "%23[^:]:%llx:%llu:%15[^:]:%7s", fault.call, &key, &k, effect, on) < 4)
		return;
	fault.key = key;
	fault.k = k;
	fault.on = strcmp(on, "on") == 0;
	fault.partial = strcmp(effect, "short") == 0;
	fault.jump = strcmp(effect, "jump") == 0;
	fault.error = atoi(effect);
}

static void prepare(void)
{
	const char *path = getenv("KQT_FAULT_SITES");
	void *warm[2];
	int fd;

	if (!path)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	sites = (void *)syscall(SYS_mmap, NULL, sizeof(*sites), PROT_READ | PROT_WRITE, MAP_SHARED,
	                        fd, 0);
	syscall(SYS_close, fd);
	if (sites == MAP_FAILED)
		return;
	dl_iterate_phdr(note_module, NULL);
	read_order();
	(void)backtrace(warm, 2); /* it loads the unwinder */
	atomic_store(&armed, true);
}

/* Everything before main is the loader's and other libraries' business. */
typedef int (*main_function)(int, char **, char **);
int __libc_start_main(main_function fn, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);
int __libc_start_main(main_function fn, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	__typeof__(&__libc_start_main) real =
	    (__typeof__(&__libc_start_main))dlsym(RTLD_NEXT, "__libc_start_main");

	prepare();
	return real(fn, argc, argv, init, fini, rtld_fini, stack_end);
}

/* -- calls ------------------------------------------------------------------ */

#define REAL(name)                                                                                 \
	static __typeof__(&name) real;                                                             \
	if (!real) {                                                                               \
		bool was = inside;                                                                 \
		inside = true;                                                                     \
		*(void **)&real = dlsym(RTLD_NEXT, #name);                                         \
		inside = was;                                                                      \
	}

/* NAME(parameters) gives BAD with errno set when it is to fail */
#define WRAP(type, name, parameters, arguments, bad)                                               \
	type name parameters                                                                       \
	{                                                                                          \
		REAL(name)                                                                         \
		return fails(#name) ? (bad) : real arguments;                                      \
	}

/* those that return an error number */
#define WRAP_RC(name, parameters, arguments)                                                       \
	int name parameters                                                                        \
	{                                                                                          \
		REAL(name)                                                                         \
		return fails(#name) ? fault.error : real arguments;                                \
	}

#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#ifndef __clang__ /* which has no such warnings */
#pragma GCC diagnostic ignored "-Wnonnull-compare"
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif

/* memory */
WRAP(void *, malloc, (size_t size), (size), NULL)
WRAP(void *, realloc, (void *p, size_t size), (p, size), NULL)
WRAP_RC(posix_memalign, (void **p, size_t a, size_t size), (p, a, size))
WRAP(void *, mmap, (void *a, size_t len, int prot, int flags, int fd, off_t at),
     (a, len, prot, flags, fd, at), MAP_FAILED)
WRAP(int, mlockall, (int flags), (flags), -1)

/* dlsym itself may want it: some room until the real one is known */
void *calloc(size_t n, size_t size)
{
	static _Alignas(16) unsigned char room[4096];
	static size_t used;
	static void *(*real)(size_t, size_t);
	static __thread bool asking;

	if (!real && asking) {
		void *p = room + used;

		used += (n * size + 15) / 16 * 16;
		return used <= sizeof(room) ? p : NULL;
	}
	if (!real) {
		asking = true;
		*(void **)&real = dlsym(RTLD_NEXT, "calloc");
		asking = false;
	}
	return fails("calloc") ? NULL : real(n, size);
}

/* descriptors */
static mode_t mode_of(int flags, va_list *list)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(*list, mode_t) : 0;
}

#define WRAP_OPEN(name)                                                                            \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		va_list list;                                                                      \
		mode_t mode;                                                                       \
		REAL(name)                                                                         \
		va_start(list, flags);                                                             \
		mode = mode_of(flags, &list);                                                      \
		va_end(list);                                                                      \
		return fails("open") ? -1 : real(path, flags, mode);                               \
	}
WRAP_OPEN(open)
WRAP_OPEN(open64)
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}
int openat(int at, const char *path, int flags, ...)
{
	va_list list;
	mode_t mode;
	REAL(openat)
	va_start(list, flags);
	mode = mode_of(flags, &list);
	va_end(list);
	return fails("openat") ? -1 : real(at, path, flags, mode);
}
int fcntl(int fd, int command, ...)
{
	va_list list;
	void *arg;
	REAL(fcntl)
	va_start(list, command);
	arg = va_arg(list, void *);
	va_end(list);
	return fails("fcntl") ? -1 : real(fd, command, arg);
}
int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *arg;
	REAL(ioctl)
	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);
	return fails("ioctl") ? -1 : real(fd, request, arg);
}
WRAP(int, pipe, (int fd[2]), (fd), -1)
WRAP(int, pipe2, (int fd[2], int flags), (fd, flags), -1)
WRAP(int, dup2, (int a, int b), (a, b), -1)
WRAP(int, socketpair, (int a, int b, int c, int fd[2]), (a, b, c, fd), -1)
WRAP(int, socket, (int a, int b, int c), (a, b, c), -1)
WRAP(int, listen, (int fd, int n), (fd, n), -1)
WRAP(int, setsockopt, (int fd, int a, int b, const void *p, socklen_t n), (fd, a, b, p, n), -1)
int epoll_create1(int flags);
int timerfd_create(int clock, int flags);
struct itimerspec;
int timerfd_settime(int fd, int flags, const struct itimerspec *now, struct itimerspec *was);
int inotify_init1(int flags);
int inotify_add_watch(int fd, const char *path, uint32_t mask);
int inotify_rm_watch(int fd, int wd);
int eventfd(unsigned start, int flags);
WRAP(int, epoll_create1, (int flags), (flags), -1)
WRAP(int, epoll_ctl, (int q, int op, int fd, struct epoll_event *e), (q, op, fd, e), -1)
WRAP(int, epoll_wait, (int q, struct epoll_event *e, int n, int ms), (q, e, n, ms), -1)
WRAP(int, epoll_pwait2,
     (int q, struct epoll_event *e, int n, const struct timespec *t, const sigset_t *m),
     (q, e, n, t, m), -1)
WRAP(int, timerfd_create, (int clock, int flags), (clock, flags), -1)
WRAP(int, timerfd_settime,
     (int fd, int flags, const struct itimerspec *now, struct itimerspec *was),
     (fd, flags, now, was), -1)
WRAP(int, inotify_init1, (int flags), (flags), -1)
WRAP(int, inotify_add_watch, (int fd, const char *path, uint32_t mask), (fd, path, mask), -1)
WRAP(int, inotify_rm_watch, (int fd, int wd), (fd, wd), -1)
WRAP(int, eventfd, (unsigned start, int flags), (start, flags), -1)
WRAP(int, memfd_create, (const char *name, unsigned flags), (name, flags), -1)

/* files */
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL)
WRAP(FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL)
WRAP(FILE *, tmpfile, (void), (), NULL)
WRAP(FILE *, open_memstream, (char **text, size_t *size), (text, size), NULL)
WRAP(int, fflush, (FILE * f), (f), EOF)
WRAP(size_t, fwrite, (const void *p, size_t size, size_t n, FILE *f), (p, size, n, f), 0)
WRAP(int, fputs, (const char *text, FILE *f), (text, f), EOF)
WRAP(char *, fgets, (char *text, int size, FILE *f), (text, size, f), NULL)
/* what fclose could not write is lost, and the file closed all the same */
int fclose(FILE *f)
{
	int rc, error;
	bool hit;
	REAL(fclose)
	hit = fails("fclose");
	error = errno;
	rc = real(f);
	if (hit)
		errno = error;
	return hit ? EOF : rc;
}
int close(int fd)
{
	int rc, error;
	bool hit;
	REAL(close)
	hit = fails("close");
	error = errno;
	rc = real(fd);
	if (hit)
		errno = error;
	return hit ? -1 : rc;
}
WRAP(int, fsync, (int fd), (fd), -1)
WRAP(int, ftruncate, (int fd, off_t size), (fd, size), -1)
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), -1)
WRAP(int, stat, (const char *path, struct stat *st), (path, st), -1)
WRAP(int, lstat, (const char *path, struct stat *st), (path, st), -1)
WRAP(int, access, (const char *path, int mode), (path, mode), -1)
WRAP(int, faccessat, (int at, const char *path, int mode, int flags), (at, path, mode, flags), -1)
WRAP(int, rename, (const char *from, const char *to), (from, to), -1)
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), -1)
WRAP(int, mkstemp, (char *path), (path), -1)
WRAP(int, mkostemp, (char *path, int flags), (path, flags), -1)
WRAP(char *, mkdtemp, (char *path), (path), NULL)
WRAP(char *, realpath, (const char *path, char *out), (path, out), NULL)
WRAP(int, flock, (int fd, int op), (fd, op), -1)
WRAP(off_t, lseek, (int fd, off_t at, int how), (fd, at, how), -1)
WRAP(int, futimens, (int fd, const struct timespec t[2]), (fd, t), -1)

/* bytes */
static size_t less(size_t size)
{
	return size > 1 ? size / 2 : size;
}
#define WRAP_BYTES(name, parameters, all, part)                                                    \
	ssize_t name parameters                                                                    \
	{                                                                                          \
		REAL(name)                                                                         \
		if (!fails(#name))                                                                 \
			return real all;                                                           \
		return fault.partial ? real part : -1;                                             \
	}
WRAP_BYTES(read, (int fd, void *p, size_t n), (fd, p, n), (fd, p, less(n)))
WRAP_BYTES(write, (int fd, const void *p, size_t n), (fd, p, n), (fd, p, less(n)))
WRAP_BYTES(pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at), (fd, p, less(n), at))
WRAP_BYTES(pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at),
           (fd, p, less(n), at))
WRAP_BYTES(send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags),
           (fd, p, less(n), flags))
WRAP_BYTES(recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags), (fd, p, less(n), flags))

/* locks: counted, to see that there are none where there must not be any */
WRAP_RC(pthread_mutex_lock, (pthread_mutex_t * m), (m))
WRAP_RC(pthread_cond_wait, (pthread_cond_t * c, pthread_mutex_t *m), (c, m))

/* threads, processes, time */
WRAP_RC(pthread_create,
        (pthread_t *restrict t, const pthread_attr_t *restrict a, void *(*fn)(void *),
         void *restrict arg),
        (t, a, fn, arg))
WRAP_RC(posix_spawnp,
        (pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *f,
         const posix_spawnattr_t *restrict a, char *const argv[restrict],
         char *const env[restrict]),
        (pid, file, f, a, argv, env))
WRAP_RC(posix_spawn,
        (pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *f,
         const posix_spawnattr_t *restrict a, char *const argv[restrict],
         char *const env[restrict]),
        (pid, file, f, a, argv, env))
WRAP(pid_t, fork, (void), (), -1)
WRAP(pid_t, waitpid, (pid_t pid, int *status, int flags), (pid, status, flags), -1)
WRAP(int, poll, (struct pollfd * fds, nfds_t n, int ms), (fds, n, ms), -1)
WRAP(int, ppoll, (struct pollfd * fds, nfds_t n, const struct timespec *t, const sigset_t *m),
     (fds, n, t, m), -1)
WRAP(int, pselect,
     (int n, fd_set *r, fd_set *w, fd_set *x, const struct timespec *t, const sigset_t *m),
     (n, r, w, x, t, m), -1)
WRAP(int, nanosleep, (const struct timespec *t, struct timespec *left), (t, left), -1)
WRAP(int, sigaction, (int sig, const struct sigaction *now, struct sigaction *was), (sig, now, was),
     -1)
WRAP(int, sigaltstack, (const stack_t *now, stack_t *was), (now, was), -1)
int prctl(int option, ...)
{
	va_list list;
	unsigned long a[4];
	REAL(prctl)
	va_start(list, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(list, unsigned long);
	va_end(list);
	return fails("prctl") ? -1 : real(option, a[0], a[1], a[2], a[3]);
}
int getrlimit(__rlimit_resource_t what, struct rlimit *out)
{
	REAL(getrlimit)
	return fails("getrlimit") ? -1 : real(what, out);
}
WRAP(int, tcgetattr, (int fd, struct termios *t), (fd, t), -1)
WRAP(int, tcsetattr, (int fd, int when, const struct termios *t), (fd, when, t), -1)

/* A jump forward happens once, and the clock goes on from there; a wall clock jumps
 * back as well: its effect is a number of seconds below zero in KQT_FAULT. */
int clock_gettime(clockid_t clock, struct timespec *ts)
{
	static _Atomic int64_t jumped;
	const char *name = clock == CLOCK_REALTIME    ? "clock_realtime"
	                   : clock == CLOCK_MONOTONIC ? "clock_monotonic"
	                                              : "clock_other";
	int rc;
	REAL(clock_gettime)
	if (fails(name)) {
		if (!fault.jump)
			return -1;
		atomic_store(&jumped, 1);
	}
	rc = real(clock, ts);
	if (atomic_load_explicit(&jumped, memory_order_relaxed) && strcmp(name, fault.call) == 0)
		ts->tv_sec += clock == CLOCK_REALTIME ? -JUMP_S : JUMP_S;
	return rc;
}
