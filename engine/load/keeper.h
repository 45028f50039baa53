/* SPDX-License-Identifier: MIT */
/* What goes through the two pipes between this process and the keeper of a load, and
 * what the two kinds of keepers share. Private to engine/load. */
#ifndef KQT_LOAD_KEEPER_H
#define KQT_LOAD_KEEPER_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "engine/load/load.h"

/* The keeper's standard input and output: the lifeline, in which each byte is a
 * question, and the answers. */
#define KQT_LOAD_LIFELINE 0
#define KQT_LOAD_ANSWERS 1

enum kqt_load_answer_kind {
	KQT_LOAD_IS_COUNT,  /* the answer to a question */
	KQT_LOAD_IS_ENDED,  /* the last answer: as it should */
	KQT_LOAD_IS_FAILED, /* the last answer: text says why */
};

/** Written by one write() and smaller than any system's PIPE_BUF (512, POSIX), so never
 * torn. Both ends are the same program. */
struct kqt_load_answer {
	uint32_t kind;
	struct kqt_load_count count;
	char text[KQT_LOAD_TEXT];
};
_Static_assert(sizeof(struct kqt_load_answer) <= 512, "PIPE_BUF");

/** Why a keeper woke. */
struct kqt_load_wake {
	bool asked; /* questions, answered by one count each: n */
	unsigned n;
	bool end;   /* the lifeline is closed, or somebody signals the keeper to end */
	bool child; /* some child may have ended */
	bool limit; /* the time limit */
	bool extra; /* the extra descriptor can be read */
};

/** Signals that end the keeper or tell of a child come through a pipe from here on;
 * SIGALRM kills it when limit_ns and `grace_s` more have passed. @return 0 or -errno */
int kqt_load_keeper_begin(uint64_t limit_ns, unsigned grace_s);
/** In a child of the keeper: none of the keeper's signals, pipes, or answers; killed when
 * the keeper ends; SIGALRM at the latest limit_s from now. */
void kqt_load_child_begin(unsigned limit_s);
/** Wait for something to do. @extra a descriptor, or -1. */
void kqt_load_keeper_wait(uint64_t until_ns, int extra, struct kqt_load_wake *wake);
void kqt_load_answer(const struct kqt_load_answer *a);

/** Ends every descendant of the keeper: SIGTERM if `grace_ns`, after it SIGKILL, until
 * there is none. @group a process group that is ended too, 0 = none. */
void kqt_load_end_family(pid_t group, uint64_t grace_ns);

/** The keeper of a command. @return exit status */
int kqt_load_keep_command(const char *command, uint64_t limit_ns);

/** Text in printable ASCII, everything else as \xhh. */
void kqt_load_show(struct kqt_strbuf *out, const char *text, size_t len);
/** cpus, or when 0 those online. */
unsigned kqt_load_cpus(unsigned cpus);

#endif
