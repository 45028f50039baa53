# SPDX-License-Identifier: MIT
"""Presets show what measurement.md predicts, on this kernel."""

import pytest

from cli_kqtop import FILTERS, live


@pytest.fixture(scope="module")
def finals():
    """Gives the final line of a preset's run; each runs once."""
    known = {}

    def final(*options):
        if options not in known:
            known[options] = live(*options).final
        return known[options]
    return final


def events(final):
    return {name: final["filters"][name]["events"] for name in FILTERS}


def test_default_times_out_almost_never_as_the_stimulus_is_faster_than_the_timeout(finals):
    final = finals()
    assert final["config"]["stimulus_us"] / 1000 < final["config"]["timeout_ms"]
    # when the stimulus' thread does not get a CPU for a millisecond, that wait times out
    assert final["timeouts_total"] < 0.1 * final["waits_total"]
    assert min(events(final).values()) > 0


def test_quiet_has_timeouts_and_nothing_else(finals):
    final = finals("--preset", "quiet")
    assert final["waits_total"] == final["timeouts_total"] > 0
    assert final["events_total"] == 0 and set(events(final).values()) == {0}
    assert final["latency"]["wait"]["min_ns"] >= 1_000_000  # never early
    assert final["latency"]["notification"]["count"] == 0
    assert final["latency"]["response"]["count"] == 0
    assert final["stimulus"]["ticks"] == final["stimulus"]["lost"] == 0  # it sleeps
    assert final["bytes_total"] > 0 and final["unregistered"] == []


def test_quiet_with_timeout_0_is_the_empty_poll(finals):
    final = finals("--preset", "quiet", "--timeout", "0")
    assert final["waits_total"] == final["timeouts_total"] > 1000
    # an empty poll returns at once; with a timeout half of them could not be this short
    assert final["latency"]["wait"]["p50_ns"] < 1_000_000


def test_spin_waits_far_more_often_than_anything_happens(finals):
    final = finals("--preset", "spin")
    assert final["waits_total"] > 10 * final["events_total"] > 0
    assert final["timeouts_total"] > 0.9 * final["waits_total"]
    assert min(events(final).values()) > 0


def test_seed_is_ready_to_write_at_every_wait(finals):
    final = finals("--preset", "seed")
    write = final["filters"]["write"]
    # ready at every wait but in the moment in which the far end is full
    assert write["wakes"] > 0.99 * final["waits_total"]
    assert write["events"] >= 3.9 * write["wakes"]  # every one of the four
    assert final["timeouts_total"] == 0
    # no trigger, so nothing that could merge, be missed or be late
    assert [write[key] for key in ("merged", "missed", "p50_ns", "p99_ns")] == [None] * 4
    # so it hides all other waits: theirs are a small share
    assert final["waits_total"] > 3 * finals()["waits_total"]


def test_driven_write_wakes_as_often_as_it_is_drained(finals):
    f = finals()["filters"]
    assert f["write"]["events"] <= f["write"]["account"]["performed"]
    assert f["write"]["wakes"] < 0.95 * finals("--preset", "seed")["filters"]["write"]["wakes"]


def test_edge_write_has_no_trigger_of_its_own(finals):
    write = finals("--write", "edge")["filters"]["write"]
    assert write["events"] > 0 and write["merged"] is None and write["missed"] is None
    assert write["account"]["due"] == 0


@pytest.mark.parametrize("preset,active", [("timers", ["timer"]), ("sockets", ["read", "write"]),
                                           ("watchers", ["vnode"])])
def test_preset_of_one_kind_has_events_of_that_kind_only(finals, preset, active):
    final = finals("--preset", preset)
    assert [name for name in FILTERS if events(final)[name] > 0] == active
    for name in FILTERS:
        f = final["filters"][name]
        if name not in active:
            assert (f["wakes"], f["account"]["due"], f["p50_ns"]) == (0, 0, None)
    if preset == "timers":
        assert final["stimulus"]["ticks"] == 0  # nobody to poke: it sleeps
        # on Linux what is due is exact: no lateness beside the notification
        kinds = final["latency"]
        assert kinds["notification"] == kinds["response"]


def test_storm_has_every_source_working(finals):
    final = finals("--preset", "storm")
    assert min(events(final).values()) > 0 and final["unregistered"] == []
    # 64 timers expire 8 times as often as 8; by the clock, as events merge under load
    due = final["filters"]["timer"]["account"]["due"]
    assert due > 4 * finals()["filters"]["timer"]["account"]["due"]


def test_lost_ticks_saturate_the_stimulus():
    # 10 us a tick over 4000 system calls is more than any machine does
    lines = live("--timers", "0", "--sockets", "0", "--watchers", "300", "--stimulus", "10us")
    final = lines.final
    assert final["stimulus"]["lost"] > 0 and final["stimulus"]["saturated"] is True
    # the latency is honest about it: dues that were never performed are in `response`
    assert final["latency"]["response"]["count"] > final["latency"]["notification"]["count"]
    assert final["filters"]["vnode"]["missed"] > 0


def test_stimulus_that_keeps_up_is_not_saturated():
    final = live("--stimulus", "50ms").final
    assert final["stimulus"]["lost"] <= 0.01 * final["stimulus"]["ticks"] + 1
    if final["stimulus"]["lost"] == 0:
        assert final["stimulus"]["saturated"] is False


def test_slow_stimulus_lets_waits_time_out():
    # one trigger in ten timeouts: nine pass between two
    final = live("--timers", "0", "--sockets", "0", "--watchers", "1", "--stimulus", "20ms",
                 "--timeout", "2ms").final
    assert final["timeouts_total"] > 3 * final["filters"]["vnode"]["wakes"] > 0


def test_snapshots_do_not_put_a_timeout_off():
    # each line wakes a wait as long as this; begun anew it would never come to its end
    final = live("--preset", "quiet", "--timeout", "300ms", duration="1s", interval="50ms").final
    assert final["timeouts_total"] > 0 and final["excluded"]["control"] > 0
    assert final["latency"]["wait"]["min_ns"] >= 300_000_000


def test_dither_keeps_the_rate_and_moves_the_ticks():
    # the wait for the next of evenly spaced triggers is always a period; dithered it is not
    options = ["--preset", "watchers", "--stimulus", "10ms", "--timeout", "1s"]
    even = live(*options, duration="1s").final
    dithered = live(*options, "--dither", duration="1s").final
    for final in (even, dithered):
        ticks = final["stimulus"]["ticks"] + final["stimulus"]["lost"]
        # the stimulus works from before the duration begins until after it has passed
        assert 1 / 0.010 - 2 <= ticks <= final["elapsed_s"] / 0.010 + 2
    # uniform within its period: gaps from 0 to 20 ms, one in eight below 5 ms
    spread = {name: final["latency"]["wait"]["p90_ns"] - final["latency"]["wait"]["p50_ns"]
              for name, final in (("even", even), ("dithered", dithered))}
    assert spread["dithered"] > 1_000_000
