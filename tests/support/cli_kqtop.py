# SPDX-License-Identifier: MIT
"""Starting kqtop from a test, without a screen: what the files in tests/cli share.

Every process starts with an environment that no configuration file of the user
reaches, and with a time limit that is for hangs only (LIMIT_S)."""

import contextlib
import functools
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KQTOP = os.environ.get("KQTOP") or str(ROOT / "build/release/kqtop")
PROFILE = os.environ.get("KQT_PROFILE", "release")
SANITIZED = PROFILE in ("asan", "tsan")
# Probes (engine/*/probe/) that this build was told to answer with no.
WITHOUT = set(os.environ.get("KQT_WITHOUT", "").split())

# Sanitizers slow a program down by 2 to 15 times, its start by more.
SLOW = 10 if SANITIZED else 1
# A virtual machine's processor may be away for half a minute, and with it what ends an
# inotify instance in the kernel (docs/TESTING.md, "Stalls of the machine").
LIMIT_S = 300 if SANITIZED else 120

FILTERS = ["timer", "read", "write", "vnode"]
SOURCES = {"timers": "num_timers", "sockets": "num_sockets", "watchers": "num_file_watchers"}
# What `unregistered` calls a kind: a socket pair stands for two filters.
FILTERS_OF = {"timers": ["timer"], "sockets": ["read", "write"], "watchers": ["vnode"]}
PRESETS = ["default", "seed", "timers", "sockets", "watchers", "quiet", "spin", "storm"]


def environment(**changes):
    """The tests' environment without a configuration file; None takes a variable out."""
    env = dict(os.environ, XDG_CONFIG_HOME="/nonexistent/kqtop-tests", LC_ALL="C.UTF-8")
    env.update(changes)
    return {name: value for name, value in env.items() if value is not None}


def limited(n):
    """For preexec_fn: at most n descriptors."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))


def kqtop(*args, text=True, limit_s=LIMIT_S, env=None, stdin=subprocess.DEVNULL,
          stdout=subprocess.PIPE, descriptors=None, under=()):
    """Run to the end. @under: a command to run it with, such as strace."""
    return subprocess.run([*under, KQTOP, *map(str, args)], text=text, timeout=limit_s,
                          env=env or environment(), stdin=stdin, stdout=stdout,
                          stderr=subprocess.PIPE,
                          preexec_fn=limited(descriptors) if descriptors else None)


@functools.cache
def http_built_in():
    return "metrics-http" in json.loads(kqtop("info", "--json").stdout)["features"]


@contextlib.contextmanager
def started(*args, text=True, env=None, **popen):
    """A running kqtop; ended by SIGKILL at the latest when the block is left."""
    popen = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
             "stderr": subprocess.PIPE, **popen}
    with subprocess.Popen([KQTOP, *map(str, args)], text=text, env=env or environment(),
                          **popen) as child:
        try:
            yield child
        finally:
            if PROFILE == "cov":  # gcov: what a signal ends leaves no counts
                child.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(3)
            child.kill()


def until(condition, what, limit_s=LIMIT_S):
    """Poll. @return the first true value of condition(); fails after limit_s."""
    end = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"waited {limit_s} s in vain: {what}"
        time.sleep(0.005)


def one_message(result, code):
    """The single line that a refusal says, without "kqtop: ". Nothing else is said."""
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    lines = result.stderr.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("kqtop: "), lines
    assert not result.stdout
    return lines[0][len("kqtop: "):]


class Lines(list):
    """The lines of a run of `live --json-lines`, as objects; .stderr, .returncode."""

    def __init__(self, text, stderr="", returncode=0):
        super().__init__(json.loads(line) for line in text.splitlines())
        self.stderr, self.returncode = stderr, returncode

    @property
    def final(self):
        assert self[-1]["final"], "the last line is not final"
        return self[-1]


def live(*options, duration="600ms", interval="200ms", **how):
    """`live --json-lines` to its end, which is a success without a word on stderr."""
    result = kqtop("live", "--json-lines", "--duration", duration, "--interval", interval,
                   *options, **how)
    lines = Lines(result.stdout, result.stderr, result.returncode)
    assert result.returncode == 0, result.stderr
    return lines


def config_of(*options, **how):
    """The configuration that a command line leads to."""
    return live(*options, duration="20ms", **how).final["config"]


def tasks(pid):
    """{thread id: name} of a running process."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found[int(task.name)] = (task / "comm").read_text().strip()
    return found


def collector_sleeps(pid):
    """How often the collector has slept, by the kernel's count; 0 before it is there.
    Grows with each wait that had to wait."""
    with contextlib.suppress(OSError):
        found = tasks(pid)
        if "name_of_thread" in WITHOUT:  # known by the order of their start instead
            named = {task: "kqt-collector" for task in sorted(found)[2:3]}
        else:
            named = found
        for task, name in named.items():
            if name != "kqt-collector":
                continue
            for line in pathlib.Path(f"/proc/{pid}/task/{task}/status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches:"):
                    return int(line.split()[1])
    return 0


def wait_for_measuring(child, sleeps=100):
    """Until it has really waited on its queue that often."""
    until(lambda: child.poll() is not None or collector_sleeps(child.pid) >= sleeps,
          "the collector waits")
    assert child.poll() is None, child.stderr.read()


def wait_for_standstill(child):
    """Until its main thread sleeps for good, as in a write to a pipe that is full: it does
    not wake while we look twenty times (its naps are of some milliseconds)."""
    path, seen = pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/status"), []

    def stands():
        assert child.poll() is None, "it ended"
        text = path.read_text()
        wakes = text.split("voluntary_ctxt_switches:")[1].split()[0]
        seen.append((wakes, "State:\tS" in text))
        return len(seen) >= 20 and set(seen[-20:]) == {(wakes, True)}
    until(stands, "the main thread stands still")


def interrupt_write(child):
    """Send each signal that ends a run to one that waits for its reader. The first may
    find a write that has done a part; the last surely one that has done nothing."""
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        wait_for_standstill(child)
        child.send_signal(sig)
    wait_for_standstill(child)


@contextlib.contextmanager
def cpu_load(n=2):
    """n processes that want a CPU all the time; they end by themselves if we cannot."""
    code = f"import time\nend = time.monotonic() + {LIMIT_S}\nwhile time.monotonic() < end: pass"
    busy = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(n)]
    try:
        yield
    finally:
        for child in busy:
            child.kill()
        for child in busy:
            child.wait()


def is_stopped(pid):
    """Does every thread of it stand still by SIGSTOP?"""
    states = [path.read_text().rpartition(")")[2].split()[0]
              for path in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(state in "Tt" for state in states)


def stop_for(child, seconds):
    """SIGSTOP, that long, SIGCONT. @return how long it stood still, at least."""
    child.send_signal(signal.SIGSTOP)
    try:
        until(lambda: is_stopped(child.pid), "the process stops")
        start = time.monotonic()
        time.sleep(seconds)  # the stop itself is what is tested
        return time.monotonic() - start
    finally:
        child.send_signal(signal.SIGCONT)
