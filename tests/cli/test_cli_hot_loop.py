# SPDX-License-Identifier: MIT
"""What the collector and the stimulus do between two waits, seen from outside: neither
allocates nor locks, and no system call is there beside the wait, reads and writes."""

import collections
import re
import shutil
import subprocess

import pytest

import faults
from cli_kqtop import PROFILE, WITHOUT, environment, live

ALLOCATING = {"malloc", "calloc", "realloc", "posix_memalign", "mmap"}
LOCKING = {"pthread_mutex_lock", "pthread_cond_wait"}
THREADS = {"collector_main": "kqt-collector", "stimulus_main": "kqt-stimulus"}

# While measuring. A file's read is inotify's, a socket's are recv and send.
LOOP = {"kqt-collector": {"epoll_wait", "epoll_pwait2", "read", "recvfrom", "sendto"},
        # the nap is for a late wake-up, so that SIGCONT's handler is heard first
        "kqt-stimulus": {"ppoll", "pselect6", "read", "sendto", "recvfrom", "pwrite64", "utimensat",
                         "clock_nanosleep"}}
SETTLED = 200  # calls of each thread after which it has joined, and before which it leaves


@pytest.fixture(scope="module")
def sites():
    if faults.why_not():
        pytest.skip(faults.why_not())
    run = faults.run_command(faults.COMMANDS["live"], keep_sites=True)
    assert run.status == 0, run.stderr
    return [(site, site.where()) for site in run.sites]


@pytest.mark.parametrize("thread", THREADS)
@pytest.mark.parametrize("what", [ALLOCATING, LOCKING], ids=["allocates", "locks"])
def test_measuring_thread_never(sites, thread, what):
    mine = [(site.call, where) for site, where in sites if thread in where]
    assert len(mine) > 3, "its calls are not seen"
    assert not [m for m in mine if m[0] in what]


def test_others_are_seen_to_allocate(sites):
    # the look above would find an allocation if there was one
    assert any(site.call in ALLOCATING and "main.c" in where for site, where in sites)


@pytest.mark.skipif(PROFILE != "release", reason="sanitizers make calls of their own")
def test_loops_make_no_other_system_call(tmp_path):
    if not shutil.which("strace"):
        pytest.skip("no strace")
    if "name_of_thread" in WITHOUT:
        pytest.skip("built without names for threads")
    trace = tmp_path / "trace"
    under = ["strace", "-f", "-q", "--decode-pids=comm", "--seccomp-bpf", "-e", "signal=none", "-o", str(trace)]
    if subprocess.run([*under, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here, or is too old")
    live(under=under, env=environment(), duration="400ms")
    calls = collections.defaultdict(list)
    for line in trace.read_text().splitlines():
        started = re.match(r"\d+<(.*?)> (\w+)\(", line)
        if started:
            calls[started[1]].append(started[2])
    for thread, allowed in LOOP.items():
        made = calls[thread]
        assert len(made) > 3 * SETTLED, (thread, len(made))
        other = collections.Counter(made[SETTLED:-SETTLED]) - collections.Counter(
            {name: len(made) for name in allowed})
        assert not other, (thread, other)
