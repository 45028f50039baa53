# SPDX-License-Identifier: MIT
"""Load by g and G: asked for first, counted down, and gone with whatever ends it."""
import os
import signal
import time

import pytest

from pseudoterminal import KQTOP, Pseudoterminal, live

LIMIT_S = 20
RUNS = r"LOAD cpu:1 \d+s"


def stat(pid):
    """Parent and process group of a process; None when it is gone or a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            state, parent, group = f.read().rpartition(")")[2].split()[:3]
    except OSError:
        return None
    return None if state in "ZX" else (int(parent), int(group))


def processes():
    found = ((int(name), stat(name)) for name in os.listdir("/proc") if name.isdigit())
    return {pid: s for pid, s in found if s}


def keepers(t):
    return [pid for pid, (parent, _) in processes().items() if parent == t.pid]


def group(pgid):
    return [pid for pid, (_, g) in processes().items() if g == pgid]


def until_gone(pgid):
    end = time.monotonic() + LIMIT_S
    while group(pgid):
        assert time.monotonic() < end, f"left of the load: {group(pgid)}"


def start(t, *keys):
    """Press g (one process of cpu), keys, Enter. Returns the keeper's group."""
    t.until(r"p50 +[\d.]+[num]?s")
    t.key("g")
    t.until(r"cpu:1 (for )?60s\? Enter")
    assert keepers(t) == [], "it has started without an answer"
    for key in keys:
        t.key(key)
    t.key("Enter")
    t.until(r"LOAD \w+:1 \d+s")
    (keeper,) = keepers(t)
    return keeper


def a_second_more(t):
    up = int(t.until(r"up 0:00:(\d\d)")[1])
    t.until(lambda text: int(text.split("up 0:00:")[1][:2]) > up + 1)


pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc here")


def test_question_is_left_without_a_load():
    with live() as t:
        t.until(r"p50 +[\d.]+[num]?s")
        t.key("G")
        t.until(r"load cpu:1x for 60s\?")
        t.key("G")
        t.until(r"load cpu:2x for 60s\?")
        t.key("g")
        t.key("g")
        t.until(r"cpu:1 (for )?60s\? Enter")
        t.key("g")  # as little as there is
        t.key("Tab")
        t.until(r"load memory:1 for 60s\?")
        t.key("Left")
        t.key("Left")
        t.until(r"load timers:1 for 60s\?")
        for key in ("3", "0", "0"):
            t.key(key)
        t.until(r"load timers:1 for 300s\?")
        t.key("Backspace")
        t.until(r"load timers:1 for 30s\?")
        t.key("Esc")
        t.until(lambda text: "load timers" not in text)
        assert keepers(t) == []
        t.key("Esc")
        t.until("q quits")


def test_start_and_end_are_changes_and_escape_ends_it():
    with live() as t:
        t.until(r"up 0:00:0[1-9]")  # an epoch of less than half a second is no baseline
        keeper = start(t)
        t.until(r"A>now load none -> cpu:1:")
        assert group(keeper) != []
        t.until(r"LOAD cpu:1 5[0-7]s")
        t.key("Esc")
        t.until(r"load cpu:1: ended; it kept [\d.]+ CPUs busy, \S+ x 10,000 steps/s")
        t.until(r"load cpu:1 for [3-9]s, ended [0-9]s ago:  (body|within)")
        t.until(r"while it ran:\s+p50 \S+ -> \S+ \(\S+\)\s+p99 \S+ -> \S+ \(\S+\)")
        until_gone(keeper)
        assert "LOAD" not in t.text()
        a_second_more(t)
        t.key("T")  # a knob's change is told as before
        t.until(r"A>now timers 8 -> 16:")


def test_load_is_no_change_from_a_pinned_baseline_only_where_it_was_pinned_with_it(tmp_path):
    path = tmp_path / "run.jsonl"
    with live("--record", str(path), cols=140, rows=45) as t:
        t.until(r"up 0:00:0[1-9]")
        t.key("b")
        t.until(r"A>now nothing changed: +A pinned at ")
        start(t)
        t.until(r"A>now load none -> cpu:1: +A pinned at ")
        t.key("5")
        t.until(r"A \(pinned at \S+\): before load none -> cpu:1, ")
        t.key("1", "b")
        t.until(lambda text: "A pinned" not in text)
        a_second_more(t)
        t.key("b")
        t.until(r"A>now nothing changed: +A pinned at ")
        t.key("Esc")
        t.until(r"load cpu:1: ended")
        t.until(r"A>now load cpu:1 -> none: +A pinned at ")
        t.until(r"load cpu:1 for \S+ ended \S+ ago:  what it did cannot be told")  # A had it too
        a_second_more(t)  # a baseline for the viewer
        t.key("q")
        assert t.wait() == 0
    with Pseudoterminal([KQTOP, "replay", str(path)], cols=140, rows=45) as t:
        t.key("End")
        t.until(r"A>now load cpu:1 -> none: +A pinned at ")
        t.key("b")  # the viewer's own
        t.until(r"A>now nothing changed: +A pinned at ")
        t.key("b")
        t.until(r"A>now load cpu:1 -> none: +A pinned at ")
        t.key("q")
        assert t.wait() == 0


def test_load_that_takes_anothers_place_is_one_change_from_that():
    with live() as t:
        t.until(r"up 0:00:0[1-9]")
        keeper = start(t)
        t.until(r"A>now load none -> cpu:1:")
        a_second_more(t)
        t.key("G", "Enter")
        t.until(r"A>now load cpu:1 -> cpu:1x:")
        until_gone(keeper)


def test_less_than_least_ends_it():
    with live() as t:
        keeper = start(t)
        t.until(RUNS)
        t.key("g")
        t.until(r"no load\? Enter ends it")
        t.key("Enter")
        t.until(r"load cpu:1: ended")
        until_gone(keeper)


def test_more_takes_its_place():
    with live() as t:
        keeper = start(t)
        t.key("G")
        t.until(r"load cpu:1x for 60s\?")
        t.key("Enter")
        t.until(r"LOAD cpu:1x \d+s")
        until_gone(keeper)
        assert len(keepers(t)) == 1


def test_time_ends_it():
    with live() as t:
        keeper = start(t, "1")
        t.until(r"load cpu:1: the time limit is over; it kept")
        until_gone(keeper)
        assert "LOAD" not in t.text()


@pytest.mark.parametrize("seconds", ["9999", "3601"])
def test_time_that_is_too_long_is_refused(seconds):
    with live() as t:
        t.until("LIVE")
        t.key("g")
        for digit in seconds:
            t.key(digit)
        t.key("Enter")
        t.until(rf"load: '{seconds}' is not 1 to 3600 seconds")
        assert keepers(t) == []


@pytest.mark.parametrize("how", ["q", "^C", signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_outlives_the_screen(how):
    with live() as t:
        keeper = start(t)
        t.until(RUNS)
        if isinstance(how, str):
            t.key(how)
        else:
            os.kill(t.pid, how)
        t.wait()
        until_gone(keeper)


def test_question_and_countdown_have_room_at_40x10():
    with live(cols=40, rows=10) as t:
        t.until("LIVE|p50")
        t.key("g")
        t.until(r"cpu:1 (for )?60s\? Enter")
        t.key("Enter")
        t.until(r"LOAD cpu:1 \d+s")


def test_no_load_is_proposed_that_is_at_work():
    with live() as t:
        keeper = start(t)
        t.until(RUNS)
        t.key("G")
        t.until(r"load cpu:1x for 60s\? Enter")
        t.key(" ")
        t.until("the load goes on as it was")
        t.key("g")  # from what is at work, not from what was asked last
        t.until(r"no load\? Enter ends it")
        t.key("G")
        t.until(r"load cpu:1x for 60s\? Enter")
        t.key("g")
        t.until(r"no load\? Enter ends it")
        t.key("Enter")
        t.until(r"load cpu:1: ended|load cpu:1 for \d+s, ended")
        t.key("q")
        assert t.wait() == 0
    until_gone(keeper)
