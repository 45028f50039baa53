# SPDX-License-Identifier: MIT
"""What the kernel saw: strace counts the waits of a real run, and they are those that the
program reports."""

import os
import re
import shutil
import subprocess

import pytest

from cli_kqtop import PROFILE, environment, live

WAIT_CALLS = "epoll_wait,epoll_pwait,epoll_pwait2"
# PID call(descriptor ...: the start of a call, also when its end stands on a later line
STARTED = re.compile(r"^(\d+) +epoll_(?:wait|pwait|pwait2)\((-?\d+), ")
RETURNED = re.compile(r"^(\d+) +.*\) += (-?\d+)(?: |$)")

RUNS = {
    "default": [], "seed": ["--preset", "seed"], "spin": ["--preset", "spin"],
    "quiet": ["--preset", "quiet"], "storm": ["--preset", "storm"],
    # longer than a snapshot waits: each rings, and the wait is resumed
    "long": ["--preset", "quiet", "--timeout", "300ms"],
}


@pytest.fixture(scope="module")
def strace(tmp_path_factory):
    """Gives run(calls, options) -> (final line, lines of strace)."""
    program = shutil.which("strace")
    if not program:
        pytest.skip("no strace")
    probe = subprocess.run([program, "-f", "-o", os.devnull, "true"], text=True,
                           capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"strace may not trace here: {probe.stderr.strip()}")
    env = environment()
    if PROFILE == "asan":  # LeakSanitizer cannot work under ptrace
        env["ASAN_OPTIONS"] = ":".join(filter(None, [env.get("ASAN_OPTIONS"),
                                                     "detect_leaks=0"]))

    def run(calls, *options):
        log = tmp_path_factory.mktemp("strace") / "log"
        lines = live(*options, duration="1s", env=env,
                     under=[program, "-f", "-qq", "-e", "signal=none", "-e", f"trace={calls}",
                            "-o", log])
        return lines.final, log.read_text().splitlines()
    return run


@pytest.fixture(scope="module", params=RUNS)
def traced(request, strace):
    return strace(WAIT_CALLS, *RUNS[request.param])


def calls_on_a_queue(log):
    """{thread: how many wait calls with a descriptor}. The one probe by which the program
    finds out whether epoll_pwait2 exists is a call with descriptor -1: it waits for
    nothing."""
    found, probes = {}, 0
    for line in log:
        match = STARTED.match(line)
        if match and int(match[2]) < 0:
            probes += 1
        elif match:
            found[match[1]] = found.get(match[1], 0) + 1
    assert probes == 1
    return found


def test_reported_waits_are_exactly_those_that_the_kernel_saw(traced):
    final, log = traced
    found = calls_on_a_queue(log)
    assert len(found) == 1, "one thread waits on the queue"
    assert sum(found.values()) == final["waits_total"] + sum(final["excluded"].values())


def test_reported_timeouts_are_the_waits_that_returned_nothing(traced):
    final, log = traced
    empty = sum(1 for line in log if (m := RETURNED.match(line)) and int(m[2]) == 0)
    # a wait within a change is excluded, whether it returned something or not
    assert final["timeouts_total"] <= empty <= \
        final["timeouts_total"] + final["excluded"]["transition"]


def test_performed_triggers_are_the_writes_that_the_kernel_saw(strace):
    """Files are triggered by pwrite and every 8th time by a change of their attributes,
    sockets by a message of one stamp."""
    final, log = strace("pwrite64,utimensat,sendto", "--preset", "default", "--write", "edge")
    done = [line for line in log if (m := RETURNED.match(line)) and int(m[2]) >= 0]
    files = sum("pwrite64" in line or "utimensat" in line for line in done)
    sockets = sum("sendto" in line for line in done)
    assert files == final["filters"]["vnode"]["account"]["performed"]
    assert sockets == final["filters"]["read"]["account"]["performed"]
    assert final["filters"]["vnode"]["account"]["due"] >= files


def test_timers_are_read_only_when_they_have_expired(strace):
    """The seed's drain read what had nothing, and blocked there nine tenths of its time."""
    final, log = strace("read," + WAIT_CALLS, "--preset", "timers")
    collector, = calls_on_a_queue(log)
    results = [int(RETURNED.match(line)[2]) for line in log
               if line.split()[0] == collector and RETURNED.match(line)
               and re.search(r"read(\(| resumed)", line)]
    timer = final["filters"]["timer"]
    # 8 bytes, the number of expirations: an event; of excluded waits the count alone is known
    assert timer["events"] <= results.count(8) <= timer["events"] + timer["account"]["transition"]
    # nothing to read: the last look at each timer when it is taken down, and no other
    assert len(results) - results.count(8) <= final["config"]["num_timers"]
