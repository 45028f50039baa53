# SPDX-License-Identifier: MIT
"""Descriptors: what a run holds, and what it does when it cannot have all."""

import json
import os
import pathlib
import re
import time

import pytest

from cli_kqtop import (FILTERS_OF, KQTOP, SANITIZED, SLOW, SOURCES, WITHOUT, kqtop, live,
                       one_message, started, tasks, wait_for_measuring)

COLLECT_S = 2 * SLOW  # issue 2: with `ulimit -n` from 6 to 64, `collect -n 64` ends within 2 s

# Of the defaults, 8 timers, 4 socket pairs, 4 files: 3 standard ones, epoll, its wake-up,
# the stimulus' wake-up, inotify, and the sources' own.
PIPED = "eventfd_ppoll" in WITHOUT  # then the stimulus' wake-up is a pipe: two of them
NEEDED = 3 + 4 + PIPED + 8 + 2 * 4 + 4
FIRST = 6 + PIPED  # with these many nothing can be registered, with fewer not even opened

MISSING = re.compile(r"(timers|sockets|watchers): (\d+) of (\d+) registered: (.+)")
LIMIT = re.compile(r"too many open files: (\d+) allowed, (\d+) needed")


def missing(stderr):
    """{kind: (got, wanted, why)} of what stderr says."""
    return {kind: (int(got), int(wanted), why)
            for kind, got, wanted, why in MISSING.findall(stderr.replace("; ", "\n"))}


def open_files(pid):
    """{descriptor: what it is} of a running process, without the standard ones."""
    found = {}
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            found[int(link.name)] = os.readlink(link)
        except OSError:
            continue
    return {fd: target for fd, target in found.items() if fd > 2}


def count(files, word):
    return sum(word in target for target in files.values())


# -- too few -------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", range(FIRST, 65))
def test_collect_with_few_descriptors_ends_and_tells_what_is_missing(limit):
    start = time.monotonic()
    result = kqtop("collect", "-n", 64, text=False, descriptors=limit)
    assert time.monotonic() - start < COLLECT_S
    stderr = result.stderr.decode()
    if result.returncode == 0:
        assert len(result.stdout) == 64
    else:
        assert result.returncode == 1 and "nothing could be registered" in stderr
    if limit >= NEEDED:
        assert (result.returncode, stderr) == (0, "")
        return
    told = missing(stderr)
    assert told and stderr.count(" allowed, ") == len(told)
    for kind, (got, wanted, why) in told.items():
        assert got < wanted == {"timers": 8, "sockets": 4, "watchers": 4}[kind]
        found = LIMIT.fullmatch(why)
        assert found and (int(found[1]), int(found[2])) == (limit, NEEDED)
    # what is not told of is all there: together that fits the limit, and no source less
    per_source = {"timers": 1, "sockets": 2, "watchers": 1}
    lacking = sum((told[kind][1] - told[kind][0]) * per_source[kind] for kind in told)
    assert NEEDED - lacking <= limit + (told.get("watchers", (1,))[0] == 0)
    assert (result.returncode == 1) == all(told.get(kind, (1,))[0] == 0 for kind in SOURCES)


@pytest.mark.parametrize("limit", [FIRST + 1, 10, 13, 20, NEEDED - 1])
def test_live_with_few_descriptors_says_the_same_in_json_and_on_stderr(limit):
    lines = live("--duration", "100ms", "--interval", "50ms", descriptors=limit)
    told = missing(lines.stderr)
    assert told and len(lines) >= 2
    expected = [{"filter": name, "wanted": wanted, "got": got, "error": why}
                for kind, (got, wanted, why) in told.items() for name in FILTERS_OF[kind]]
    for line in lines:
        assert sorted(line["unregistered"], key=str) == sorted(expected, key=str)
        for kind, filters in FILTERS_OF.items():
            if kind in told and told[kind][0] == 0:
                assert all(line["filters"][name]["events"] == 0 for name in filters)
    for kind, filters in FILTERS_OF.items():
        if kind not in told or told[kind][0] > 0:
            assert lines.final["filters"][filters[0]]["events"] > 0, kind


def test_live_with_enough_descriptors_misses_nothing_and_says_nothing():
    lines = live("--duration", "50ms", descriptors=NEEDED)
    assert lines.stderr == "" and lines.final["unregistered"] == []


@pytest.mark.parametrize("limit", [FIRST, FIRST + 1, 20, NEEDED - 1])
@pytest.mark.parametrize("command", [["live", "--json-lines", "--duration", "1s"],
                                     ["collect", "-n", "64"]], ids=lambda c: c[0])
def test_strict_refuses_what_is_not_complete(command, limit):
    # with nothing at all there is nothing to be strict about: that is status 1
    message = one_message(kqtop(*command, "--strict", descriptors=limit), 2 if limit > FIRST else 1)
    assert missing(message)
    assert f"{limit} allowed, {NEEDED} needed" in message


def test_strict_runs_when_all_is_there():
    assert kqtop("collect", "-n", 64, "--strict", text=False, descriptors=NEEDED).returncode == 0


@pytest.mark.parametrize("preset,needed", [("quiet", 6), ("timers", 6 + 8), ("sockets", 6 + 8),
                                           ("watchers", 7 + 4)])
def test_preset_needs_no_more_than_its_sources(preset, needed):
    needed += PIPED
    result = kqtop("collect", "-n", 64, "--preset", preset, text=False, descriptors=needed)
    assert (result.returncode, result.stderr, len(result.stdout)) == (0, b"", 64)
    if preset != "quiet":
        result = kqtop("collect", "-n", 64, "--preset", preset, descriptors=needed - 1,
                       text=False)
        assert f"{needed - 1} allowed, {needed} needed" in result.stderr.decode()


# -- all there -----------------------------------------------------------------------------


@pytest.mark.parametrize("options,timers,sockets,files", [
    ([], 8, 8, 4), (["--preset", "quiet"], 0, 0, 0), (["--preset", "storm"], 64, 64, 32),
    (["--timers", "100", "--sockets", "0", "--watchers", "0"], 100, 0, 0),
    (["--timers", "0", "--sockets", "3", "--watchers", "2", "--write", "level"], 0, 6, 2),
])
def test_run_holds_one_descriptor_a_timer_and_file_and_two_a_socket_pair(tmp_path, options,
                                                                          timers, sockets, files):
    with started("live", "--json-lines", "--watch-dir", tmp_path, *options) as child:
        child.stdout.readline()
        held = open_files(child.pid)
        flags = {fd: pathlib.Path(f"/proc/{child.pid}/fdinfo/{fd}").read_text() for fd in held}
    assert count(held, "timerfd") == timers
    assert count(held, "socket:") == sockets
    assert count(held, f"{tmp_path}/") == files
    assert count(held, "inotify") == (1 if files else 0)
    assert count(held, "eventpoll") == 1
    # the collector's wake-up and the stimulus'
    assert (count(held, "eventfd"), count(held, "pipe:")) == ((1, 2) if PIPED else (2, 0))
    assert len(held) == timers + sockets + files + (files > 0) + 3 + PIPED, held
    # none of them would be inherited by a program that we start
    for fd, text in flags.items():
        assert int(re.search(r"flags:\s+0(\d+)", text)[1], 8) & os.O_CLOEXEC, held[fd]


def test_files_have_no_name_and_lie_in_the_watch_folder(tmp_path):
    with started("live", "--json-lines", "--watch-dir", tmp_path) as child:
        child.stdout.readline()
        files = [target for target in open_files(child.pid).values() if str(tmp_path) in target]
    assert len(files) == 4 and all(target.endswith(" (deleted)") for target in files)


def test_files_lie_in_tmpdir_when_no_folder_is_given(tmp_path):
    with started("live", "--json-lines", env=dict(os.environ, TMPDIR=str(tmp_path))) as child:
        child.stdout.readline()
        assert count(open_files(child.pid), f"{tmp_path}/") == 4


@pytest.mark.skipif("name_of_thread" in WITHOUT, reason="built without names for threads")
def test_measuring_threads_have_names():
    with started("live", "--json-lines") as child:
        wait_for_measuring(child)
        names = sorted(tasks(child.pid).values())
    expected = sorted([os.path.basename(KQTOP)[:15], "kqt-collector", "kqt-stimulus",
                       "kqt-assessor"])
    if SANITIZED:  # they have threads of their own
        assert set(expected) <= set(names)
    else:
        assert names == expected


def test_first_line_says_what_is_registered_before_the_run_ends():
    with started("live", "--json-lines", "--interval", "10ms") as child:
        assert json.loads(child.stdout.readline())["unregistered"] == []
