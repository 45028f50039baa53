# SPDX-License-Identifier: MIT
"""One call fails: what is said, and what becomes of the run. A selection by hand, of
calls by their number; `make check-faults` tries every one from every place."""

import errno

import pytest

import faults
from cli_kqtop import WITHOUT
from faults import COMMANDS, NO_FD, NO_MEMORY, NO_SPACE

pytestmark = pytest.mark.skipif(faults.why_not() is not None, reason=str(faults.why_not()))

# command, call, which, effect, from then on, status, what is said
TOLD = [
    ("live", "epoll_create1", 1, NO_FD, False, 2, "cannot open the epoll event queue: too many open files"),
    ("live", "eventfd", 2, NO_MEMORY, False, 2, "cannot open the epoll event queue: cannot allocate memory"),
    ("live", "pthread_create", 1, errno.EAGAIN, False, 2, "cannot start the measuring threads: resource"),
    ("live", "pthread_create", 2, errno.EAGAIN, False, 2, "cannot start the measuring threads: resource"),
    ("live", "pthread_create", 3, errno.EAGAIN, False, 2,
     "cannot start the thread that watches the byte stream: resource"),
    ("live", "timerfd_create", 4, NO_FD, True, 0, "timers: 3 of 8 registered: too many open files"),
    ("live", "timerfd_settime", 1, errno.EINVAL, False, 0, "timers: 7 of 8 registered: invalid argument"),
    ("live", "socketpair", 2, NO_FD, True, 0, "sockets: 1 of 4 registered: too many open files"),
    ("live", "inotify_init1", 1, NO_FD, True, 0, "fs.inotify.max_user_instances"),
    ("live", "inotify_add_watch", 1, NO_SPACE, False, 0, "watchers: 3 of 4 registered: no watch left"),
    ("live", "epoll_pwait2", 40, errno.EBADF, False, 1, "the wait failed: bad file descriptor"),
    ("live", "fputs", 1, NO_SPACE, False, 1, "cannot write JSON lines: no space left on device"),
    ("live", "pwrite", 1, NO_SPACE, True, 0, "triggers failed: no space left on device"),
    ("live", "pwrite", 1, "short", True, 0, "triggers failed: no space left on device"),
    ("live", "futimens", 1, errno.EIO, True, 0, "triggers failed: input/output error"),
    ("record", "fdopen", 1, NO_MEMORY, True, None, None),
    ("screen", "tcgetattr", 1, errno.EIO, True, 2, "no screen"),
    ("collect", "open", 1, errno.EACCES, False, 2, "cannot open 'bytes': permission denied"),
    ("collect", "fdopen", 1, NO_MEMORY, False, 2, "cannot open 'bytes': "),
    ("collect", "ftruncate", 1, errno.EIO, False, 1, "cannot write 'bytes': input/output error"),
    ("collect", "fwrite", 1, NO_SPACE, False, 1, "cannot write to 'bytes': no space left on device"),
    ("collect", "fclose", 1, NO_SPACE, False, 1, "cannot write to 'bytes': no space left on device"),
    ("collect", "epoll_pwait2", 30, errno.EBADF, False, 1, "the wait failed: bad file descriptor"),
    ("bench", "posix_spawnp", 1, errno.EAGAIN, True, 1, "cannot run a round: resource"),
    ("bench", "pipe", 1, NO_FD, True, 1, "cannot run a round: too many open files"),
    ("bench", "mkstemp", 1, NO_SPACE, True, 1, "cannot write 'report': no space left on device"),
    ("bench", "rename", 1, NO_SPACE, True, 1, "cannot write 'report': no space left on device"),
    ("bench", "fsync", 1, errno.EIO, True, 1, "cannot write 'report': input/output error"),
    ("bench-load", "posix_spawn", 1, errno.EAGAIN, True, 2, "cannot start the load: resource"),
    ("bench-load", "fork", 1, errno.EAGAIN, True, 2, "cannot start 1 process: resource"),
    ("sweep", "fputs", 1, NO_SPACE, False, 1, "cannot write to standard output"),
    ("serve", "listen", 1, errno.EADDRINUSE, False, 2, "--listen: "),
    ("serve", "renameat", 1, NO_SPACE, True, 1, "cannot write metrics: no space left on device"),
    ("compare", "open", 1, NO_FD, False, 2, "cannot open 'a': too many open files"),
    ("assess", "open", 1, errno.EACCES, False, 2, "permission denied"),
    ("assess", "read", 1, errno.EIO, False, 2, "input/output error"),
    ("assess", "fputs", 1, NO_SPACE, False, 1, "cannot write to standard output"),
]


# what another port calls instead
if "eventfd_ppoll" in WITHOUT:
    TOLD = [c for c in TOLD if c[:3] != ("live", "eventfd", 2)]
if "epoll_pwait2" in WITHOUT:  # by its number, or epoll_wait
    TOLD = [c for c in TOLD if c[1] != "epoll_pwait2"]
if "microhttpd" in WITHOUT:
    TOLD = [c for c in TOLD if c[1] != "listen"]


def run(name, *fault):
    call, k, effect, on = fault
    command = COMMANDS[name]
    result = faults.run_command(command, (call, 0, k, effect, on))
    assert result.fired, f"{call} is not called {k} times"
    wrong = faults.verdict(command, result, None, effect)
    assert not wrong, (wrong, result.stderr)
    return result


@pytest.mark.parametrize("name,call,k,effect,on,status,words", TOLD,
                         ids=[f"{c[0]}-{c[1]}-{c[2]}" for c in TOLD])
def test_failed_call_is_told_in_words(name, call, k, effect, on, status, words):
    result = run(name, call, k, effect, on)
    if status is not None:
        assert result.status == status, result.stderr
        assert words in result.stderr


# An interruption, and a part of what was asked for, change nothing.
UNSEEN = [("collect", "read"), ("collect", "write"), ("live", "epoll_pwait2"), ("live", "nanosleep"),
          ("live", "ppoll"), ("bench", "read"), ("bench", "poll"), ("bench", "waitpid"), ("bench", "write"),
          ("record", "write"), ("assess", "read"), ("compare", "read"), ("serve", "pselect"), ("serve", "write")]


if "eventfd_ppoll" in WITHOUT:
    UNSEEN.remove(("live", "ppoll"))
if "epoll_pwait2" in WITHOUT:
    UNSEEN.remove(("live", "epoll_pwait2"))


@pytest.mark.parametrize("name,call", UNSEEN)
def test_interruption_is_not_seen(name, call):
    assert run(name, call, 1, errno.EINTR, False).status in (0, 3)


@pytest.mark.parametrize("name,call", [c for c in UNSEEN if c[1] in ("read", "write")])
def test_part_of_the_bytes_is_not_seen(name, call):
    assert run(name, call, 1, "short", False).status in (0, 3)


@pytest.mark.parametrize("name", ["live", "record", "serve", "compare", "assess"])
@pytest.mark.parametrize("k", [5, 60])
def test_no_memory_at_one_moment_or_from_then_on(name, k):
    for call, on in (("malloc", False), ("calloc", True)):
        command = COMMANDS[name]
        result = faults.run_command(command, (call, 0, k, NO_MEMORY, on))
        assert not faults.verdict(command, result, None, NO_MEMORY), result.stderr


def test_clock_that_jumps_an_hour_ends_no_run_in_disorder():
    for name in ("live", "screen", "collect"):
        run(name, "clock_monotonic", 5, "jump", False)
