# SPDX-License-Identifier: MIT
"""SIGSTOP and SIGCONT: the time in which the process did not run is nobody's latency."""

import json

import pytest

from cli_kqtop import FILTERS, LIMIT_S, Lines, started, stop_for

STOPS = 4
# Hundreds of times the timeout and the stimulus' period, and far beyond what a busy
# machine makes a thread wait for its CPU.
STOP_S = 0.4
PERIOD_S = 0.0005

RUNS = {"default": [], "spin": ["--preset", "spin"], "timers": ["--preset", "timers"],
        "long-waits": ["--preset", "watchers", "--stimulus", "20ms", "--timeout", "10s"]}


def read_until(child, lines, condition):
    """Read lines until one is as wanted. What never comes is for a test to find."""
    for _ in range(200):
        text = child.stdout.readline()
        assert text, child.stderr.read()
        lines.append(text)
        if condition(json.loads(text)):
            return


@pytest.fixture(scope="module", params=RUNS)
def stopped(request):
    """(final line, seconds stopped) of a run that was stopped some times. The collector
    sleeps in its wait by default; in spin it is mostly awake, in or around the call."""
    options, lines, total = RUNS[request.param], [], 0.0
    with started("live", "--json-lines", "--interval", "25ms", *options) as child:
        read_until(child, lines, lambda line: line["waits_total"] > 10)
        for _ in range(STOPS):
            before = json.loads(lines[-1])["elapsed_s"]
            total += stop_for(child, STOP_S)
            # both threads have gone on: lines from before the stop may still be in the pipe
            read_until(child, lines, lambda line, t=before + STOP_S: line["elapsed_s"] > t)
            ticks = json.loads(lines[-1])["stimulus"]["ticks"]
            if ticks:
                read_until(child, lines, lambda line: line["stimulus"]["ticks"] > ticks + 1)
        child.terminate()
        lines.append(child.stdout.read())
        assert (child.wait(LIMIT_S), child.stderr.read()) == (0, "")
    return Lines("".join(lines)).final, total


def test_waits_that_a_stop_cut_are_excluded(stopped):
    excluded, timers = stopped[0]["excluded"], stopped[0]["config"]["num_timers"]
    # EINTR, or one that began before the process was continued. A stop may also fall
    # between two waits and cut none, but not each time where nearly all time is waited.
    assert excluded["eintr"] + excluded["gap"] <= 2 * STOPS
    if stopped[0]["config"]["timeout_ms"] > 0 or timers == 0:
        assert excluded["eintr"] + excluded["gap"] >= 1


@pytest.mark.parametrize("kind", ["wait", "notification", "response"])
def test_no_latency_is_as_long_as_a_stop(stopped, kind):
    latency = stopped[0]["latency"][kind]
    assert latency["count"] == 0 or latency["max_ns"] < STOP_S * 1e9


def test_dues_in_a_stop_are_not_performed(stopped):
    final, total = stopped
    period = final["config"]["stimulus_us"] / 1e6
    for name, n in (("read", final["config"]["num_sockets"]),
                    ("write", final["config"]["num_sockets"]),
                    ("vnode", final["config"]["num_file_watchers"])):
        a = final["filters"][name]["account"]
        # Skipped, or missed where the stimulus came to look before the thread that takes
        # SIGCONT had run; two at the ends of each stop may be on either side.
        assert a["skipped"] + a["missed"] >= n * (total / period - 2 * STOPS), (name, a)


def test_expirations_in_a_stop_are_a_gap(stopped):
    final, total = stopped
    timers = final["config"]["num_timers"]
    expired = sum(total * 1000 / (1 + i % 10) - STOPS for i in range(timers))
    # a timer's expirations are read at once, so none of those of the stop are samples
    assert final["filters"]["timer"]["account"]["gap"] >= expired


def test_account_is_exact_in_spite_of_stops(stopped):
    final = stopped[0]
    for name in FILTERS:
        a = final["filters"][name]["account"]
        slack = final["config"]["num_timers"] if name == "timer" else 0
        assert abs(a["performed"] - a["samples"] - a["transition"] - a["gap"]) <= slack, (name, a)
        assert a["due"] == a["performed"] + a["missed"] + a["skipped"], (name, a)
    assert final["waits_total"] == final["latency"]["wait"]["count"]
