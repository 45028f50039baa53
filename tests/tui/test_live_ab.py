# SPDX-License-Identifier: MIT
"""Key n: an A/B bench against the baseline, on the screen, in processes of their own."""
import os
import signal
import subprocess
import time

import pytest

from pseudoterminal import KQTOP, live

LIMIT_S = 60
SHORT = ("--ab-rounds", "10", "--ab-round-time", "60ms")
LONG = ("--ab-round-time", "1h")
READY = r"p50 +[\d.]+[num]?s"

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc here")


def children(pid):
    """Processes whose parent is pid, zombies too: those we forgot to reap."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as f:
                parent = int(f.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(name))
    return found


def until(condition, what):
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.01)


def change_a_knob(t, *views):
    """A baseline is an epoch of half a second or more. @views: keys pressed on the way to
    the overview, which says when there is one, and back."""
    for key in views[:1]:
        t.key(key)
    t.until(READY)
    t.until(r"up 0:00:0[1-9]")
    t.key("T")
    t.until(r"timers 16")
    t.until(r"A>now")
    for key in views[1:]:
        t.key(key)


def begin(t):
    change_a_knob(t)
    t.key("n")
    t.until(r"round 1 of \d+ \([AB]\), some \d+ s left")
    assert "STOPPED" in t.row(0) and "timers 8 -> 16" in t.text()
    (child,) = children(t.pid)
    return child


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_without_a_change_it_says_what_to_do():
    with live(*SHORT) as t:
        t.until(READY)
        t.key("n")
        t.until("no baseline yet: change a knob first, then n")
        assert children(t.pid) == []


def test_result_has_a_verdict_for_each_row_and_the_engine_goes_on():
    deciding = ["* notification p50", "* notification p99", "* wait p50", "* wait p99",
                "* waits/s", "* assessed entropy"]
    with live(*SHORT) as t:
        t.until(READY)
        t.key("5")
        t.until("n measures the configuration now")
        change_a_knob(t, "1", "5")
        t.key("n")
        t.until(r"round \d+ of 20")
        t.until(r"B is (better|worse|equivalent|differs|inconclusive)", limit_s=LIMIT_S)
        t.until("10 pairs of rounds")
        assert "; B/A: " in t.text()
        assert all(row in t.text() for row in deciding) and "interval" in t.text()
        assert "too few: both: 0 pairs, 10 are needed: assessed entropy" in t.text()
        assert children(t.pid) == []
        t.until("LIVE")
        t.resize(40, 16)
        t.until(r"B/A\s+verdict")
        assert all(row in t.text() for row in deciding)
        t.resize(40, 10)
        t.until(r"A/B .* timers 8 -> 16")
        assert all(row in t.text() for row in deciding)
        # the same question once more, though the epoch before now has the same configuration
        t.key("n")
        t.until(r"round \d+ of 20")


def test_escape_cancels_and_the_engine_goes_on():
    with live(*LONG) as t:
        child = begin(t)
        t.key("T")
        t.until("an A/B bench is running: Esc cancels it first")
        t.key("Esc")
        t.until("A/B cancelled; the live engine runs again")
        t.until(r"LIVE")
        assert children(t.pid) == [] and not alive(child)
        assert "timers 16" in t.text()
        # an epoch that is long enough, and then the same configuration again: what was it?
        t.key("1")
        t.until(r"up 0:00:(0[5-9]|[1-9])")
        t.key("n")
        t.until(r"round 1 of \d+")
        t.key("Esc")
        t.until("restarted after A/B")
        assert "changed back" not in t.text()


@pytest.mark.parametrize("how", ["q", signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_screen(how):
    with live(*LONG) as t:
        child = begin(t)
        if how == "q":
            t.key("q")
        else:
            t.signal(how)
        t.wait()
        until(lambda: not alive(child), "the round ends")


@pytest.mark.parametrize("option,value,words", [
    ("--ab-rounds", "5", "whole number from 6 to 400"),
    ("--ab-rounds", "ten", "whole number from 6 to 400"),
    ("--ab-round-time", "1ms", "duration from 50ms to 24h"),
])
def test_bad_values_are_refused(option, value, words):
    result = subprocess.run([KQTOP, "live", option, value], capture_output=True, text=True,
                            check=False)
    assert result.returncode == 2 and words in result.stderr and option in result.stderr
