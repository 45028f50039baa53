# SPDX-License-Identifier: MIT
"""The live screen: what it shows, what keys do to it, at which sizes."""
import json
import os
import re

import pytest

from pseudoterminal import KQTOP, Pseudoterminal, live

KNOBS = r"timers {}  ?sockets {}  ?watchers {}  ?timeout {}"


def knobs(timers=8, sockets=4, watchers=4, timeout="1ms"):
    return KNOBS.format(timers, sockets, watchers, timeout) + r"\b"


def lines_of(path):
    """The whole lines that are there; the last may still be in the making."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.endswith("\n")]


def with_figures(t, kind="wait"):
    """Wait until percentiles are there."""
    t.until(r"p50 +[\d.]+[num]?s")
    t.until(rf"{kind} latency")


def test_T_shows_at_once_and_timer_events_rise(tmp_path):
    path = str(tmp_path / "lines")
    (tmp_path / "lines").write_text("of another run\n" * 1000)  # is gone with the first frame
    with live(f"--json-lines={path}") as t:
        t.until(knobs(timers=8))
        t.until(lambda _: len(lines_of(path)) >= 8)
        t.key("T")
        t.until(knobs(timers=16))
        changed = len(lines_of(path))
        t.until(lambda _: len(lines_of(path)) >= changed + 10)
        t.key("q")
        assert t.wait() == 0
    lines = lines_of(path)
    before = [x for x in lines if x["config"]["num_timers"] == 8 and not x["final"]]
    after = [x for x in lines if x["config"]["num_timers"] == 16 and not x["final"]]

    def rate(part):
        # the middle one: the lines next to the change are short of a whole interval
        return sorted(x["filters"]["timer"]["events_per_s"] or 0 for x in part)[len(part) // 2]
    assert rate(after) > 1.5 * rate(before)
    assert lines[-1]["final"] and [x["final"] for x in lines].count(True) == 1
    assert "account" in lines[-1]["filters"]["timer"]


def test_change_stands_on_a_line_in_words():
    with live() as t:
        with_figures(t)
        t.until(r"up 0:00:0[1-9]")
        t.key("T")
        t.until(r"A>now timers 8 -> 16:.*looks: ")
        t.until(r"p50 \S+ -> \S+ \([-+x1]/?\d+%?\)")
        t.until(r"waits/s \S+ -> \S+")
        t.until(r"KS D=\d\.\d\d at \S+ \(own halves (-|\d\.\d\d)\)")
        assert "verdict" not in t.text() and "crit" not in t.text()


@pytest.mark.parametrize("key,row", [
    ("T", knobs(timers=16)), ("t", knobs(timers=4)), ("S", knobs(sockets=8)),
    ("s", knobs(sockets=2)), ("W", knobs(watchers=8)), ("w", knobs(watchers=2)),
    ("O", knobs(timeout="2ms"))])
def test_knob_key_steps_and_undo_brings_back(key, row):
    with live() as t:
        t.until(knobs())
        t.key(key)
        t.until(row)
        t.key("u")
        t.until(knobs())


def test_timeout_key_stops_at_one():
    with live() as t:
        t.until(knobs())
        t.key("o")
        t.until(r"timeout: 1ms is as far")
        t.until(knobs())


def test_last_source_is_kept_and_the_reason_is_shown():
    with live("--preset", "timers", "--timers", "1") as t:
        t.until(knobs(1, 0, 0))
        t.key("t")
        t.until(r"! no sources: give timers")
        t.until(knobs(1, 0, 0))


def test_presets_step_and_typed_value_is_checked():
    with live() as t:
        t.until(knobs())
        t.key("p")
        t.until(r"p seed\b")
        t.key("P")
        t.until(r"p default\b")
        t.key("Tab", "Enter", *"9999", "Enter")
        t.until(r"! timers: 9999 is out of range \(0 to 4096\)")
        t.key("Enter", *"12", "Enter")
        t.until(knobs(timers=12))
        t.key("Right", "Up")
        t.until(knobs(timers=12, sockets=8))


def test_freeze_stops_the_view_and_not_the_engine(tmp_path):
    path = str(tmp_path / "lines")
    with live(f"--json-lines={path}") as t:
        with_figures(t)
        t.key("Space")
        t.until(r"FROZEN at 0:00:\d\d")
        held, seen = t.row(2), len(lines_of(path))
        t.until(lambda _: len(lines_of(path)) >= seen + 6)
        assert t.row(2) == held
        first, last = lines_of(path)[seen - 1], lines_of(path)[-1]
        assert last["waits_total"] > first["waits_total"]
        t.key("T")
        t.until(knobs(timers="16<8"))  # in force, and what the figures are of
        t.until(r"view is frozen, the engine obeys")
        assert t.row(2) == held
        t.key("k")
        t.until(r"notification latency, all filters")
        assert "FROZEN" in t.row(0)
        t.key("Space")
        t.until(r"LIVE 4/s")


def test_frozen_view_goes_back_moment_by_moment():
    with live() as t:
        with_figures(t)
        t.until(r"up 0:00:0[4-9]")
        t.key("Space")
        t.until(r"FROZEN at 0:00:\d\d$")
        t.key("Left")
        t.until(r"FROZEN at 0:00:\d\d, [1-3]s before$")
        t.until(r"^─.* [1-3]s before .* sqrt")  # below the figures: they are there then
        held = t.row(2)
        t.key("Left")
        t.until(lambda _: t.row(2) != held)
        t.key("Right")
        t.until(lambda _: t.row(2) == held)
        t.key("Esc")
        t.until(r"FROZEN at 0:00:\d\d$")
        t.key("Tab", "Right")  # with a knob chosen the arrows choose knobs
        t.until(r"sockets: - and \+ step it")
        t.key("BackTab", "BackTab")
        t.until(r"no knob chosen")
        t.key("Space")
        t.until(r"LIVE 4/s")


def test_pinned_baseline_outlives_changes_and_can_be_looked_at():
    with live(cols=140, rows=45) as t:
        with_figures(t)
        t.until(r"up 0:00:0[2-9]")
        t.key("b")
        t.until(r"baseline A pinned: \S+ waits of \d+s; b unpins")
        t.until(r"A>now nothing changed: +A pinned at 0:00:\d\d ")
        t.key("T")
        t.until(r"A>now timers 8 -> 16: +A pinned at 0:00:\d\d ")
        t.until(r"up 0:00:0[3-9]")
        t.key("O")
        t.until(r"A>now .*timeout 1ms -> 2ms.*A pinned at 0:00:\d\d ")
        t.key("v")
        t.until(r"BASELINE A, v: now$")
        t.until(r"BASELINE, over \d+ s $|BASELINE, over \d+ s")
        t.key("v")
        t.until(r"in the last \d+ s")
        t.key("b")
        t.until(r"baseline unpinned")
        t.until(lambda text: "A pinned" not in text)


def test_reset_begins_the_comparison_anew_and_undo_brings_it_back():
    with live(cols=140, rows=45) as t:
        with_figures(t)
        t.until(r"up 0:00:0[2-9]")
        t.key("T")
        t.until(r"A>now timers 8 -> 16:.*looks")
        t.key("r")
        t.until(r"A>now timers 8 -> 16: +since the reset +settling")
        t.key("u")
        t.until(lambda text: "since the reset" not in text and "A>now timers 8 -> 16:  looks" in text)


def test_reset_leaves_a_frozen_view_as_it_is():
    with live() as t:
        with_figures(t)
        t.until(r"up 0:00:0[2-9]")
        t.key("Space")
        t.until(r"FROZEN at 0:00:\d\d$")
        rows = [t.row(r) for r in range(13, 19)]
        assert re.search(r"timer +\d", "\n".join(rows)), t.text()
        t.until(r"up 0:00:0[3-9]")
        t.key("r")
        t.until(r"figures start afresh \(what is frozen stays\); u brings")
        assert [t.row(r) for r in range(13, 19)] == rows
        t.key("Space")
        t.until(r"live again")
        t.until(r" timer +\d{1,4} ")


def test_change_and_back_is_called_that():
    with live(cols=140, rows=45) as t:
        with_figures(t)
        t.until(r"up 0:00:0[2-9]")
        t.key("T", "t")
        t.until(r"A>now changed and changed back:")
        t.until(r" \| changed and changed back | timers 16 -> 8 ")
        assert "restarted" not in t.text() and "a new epoch" not in t.text()


def test_freeze_just_after_a_start_has_figures():
    with live() as t:
        with_figures(t)
        t.key("z", "z", "Space")
        t.until(r"FROZEN at")
        assert re.search(r"p50 +\d", t.row(2)), t.text()


def test_what_was_done_is_marked_in_words():
    with live(cols=140, rows=45) as t:
        t.until(r"up 0:00:0[2-9]")
        t.key("T")
        t.until(r"filters ─ T timers 8 -> 16 ─")
        t.key("r")
        t.until(r"filters ─ r reset ─")
        t.key("z")
        t.until(r"filters ─ z engine stopped ─")


def test_stop_and_start():
    with live() as t:
        with_figures(t)
        t.key("z")
        t.until(r"STOPPED")
        t.key("T")
        t.until(knobs(timers=16))
        t.key("z")
        t.until(r"LIVE")
        with_figures(t)


def test_reset_starts_the_counts_afresh_and_undo_brings_them_back():
    with live("--interval", "100ms") as t:
        t.until(r"^ timer +\d+\.?\d*k")
        t.key("r")
        t.until(r"^ timer +\d{1,3} ")
        t.key("u")
        t.until(r"^ timer +\d+\.?\d*k")


def test_selections_are_named_where_they_count():
    with live() as t:
        with_figures(t)
        t.key("k")
        t.until(r"notification latency, all filters[^\0]*notif p50")
        t.key("k")
        t.until(r"response latency, all filters[^\0]*resp p50")
        t.key("f")
        t.until(r"response latency, timer only")
        t.key("d")
        t.until(r"^ low8 n ")
        t.key("l")
        t.until(r" log ─$")


def test_seed_preset_shows_unknown_as_a_dash():
    with live("--preset", "seed") as t:
        with_figures(t)
        t.until(r"^ write +\S+ +\S+ +\S+ +\S+ +- +- ")
        t.until(r"^ read +\S+ +\S+ +\S+ +\S+ +[\d.]+k? +[\d.]+k? ")


def test_quiet_preset_has_timeouts_only():
    with live("--preset", "quiet") as t:
        t.until(r"^ timer off +- +- +- +- +- +- +- +-")
        t.until(r"^ timeout +\d\S* +\S+ 100.0%")


def test_it_says_why_no_wait_times_out():
    # longer than the default's 1 ms: on a busy machine the stimulus may be that late
    with live("--timeout", "50ms") as t:
        t.until(r"no wait timed out: stimulus 500us < timeout")


def test_missing_descriptors_are_told_with_the_reason():
    argv = ["sh", "-c", f"ulimit -n 24; exec {KQTOP} live"]
    with Pseudoterminal(argv, cols=120, rows=40) as t:
        t.until(r"! sockets: \d+ of 4 registered: too many open files: 24 allowed, \d+ needed")
        t.until(r"^ read!")


@pytest.mark.parametrize("cols,rows", [(80, 24), (100, 30), (140, 45), (200, 60)])
def test_complete_and_unclipped_from_80x24_up(cols, rows):
    with live(cols=cols, rows=rows) as t:
        with_figures(t)
        t.until(r"^ kqtop  (epoll\+timerfd\+inotify|(lib)?kqueue)  up 0:00:\d\d.*LIVE 4/s$")
        t.until(r"p50 .* p90 .* p99 .* p99.9 .* max .* n ")
        for name in ("timer", "read", "write", "vnode", "timeout", "waits/s", "events/s", "bytes/s"):
            t.until(rf"(^| ){name} +\S")
        t.until(r"claim +2\.5|2\.5 bits a sample|2\.5 not known yet|assessed")
        t.until(r"(H|Shannon) +[5-8]\.\d{4} +(of|perfect) [5-8]\.\d{4}")
        t.until(r"^ quit  \? help")
        t.key("?")
        t.until(r"what is measured")
        t.until(knobs())


@pytest.mark.parametrize("cols,rows", [(79, 23), (60, 16), (40, 10)])
def test_compact_form(cols, rows):
    with live(cols=cols, rows=rows) as t:
        t.until(r"p50 +[\d.]+[num]?s")
        t.until(r"^timeout +\d")
        t.until(knobs() if cols >= 42 else r"t8 s4 w4 o1ms")
        t.key("Space")
        t.until(r"FROZEN")


@pytest.mark.parametrize("cols,rows", [(20, 3), (30, 8), (200, 5)])
def test_one_line_below_40x10(cols, rows):
    with live(cols=cols, rows=rows) as t:
        t.until(r"p50 +[\d.]+[num]?s")
        assert [i for i in range(rows) if t.row(i)] == [0]


def test_resizes_at_any_time():
    with live() as t:
        with_figures(t)
        for cols, rows in [(140, 45), (40, 10), (20, 3), (1, 1), (300, 100), (3, 200), (80, 24)]:
            t.resize(cols, rows)
            t.read(0.02)
        for i in range(60):
            t.resize(30 + 3 * i, 5 + i)
            t.read(0.001)
        t.resize(80, 24)
        # ^L: what an emulator makes of a frame of another size is not the matter here
        t.key("^L")
        t.until(knobs())
        t.until(r"^ quit  \? help")


@pytest.mark.parametrize("term,env", [
    ("xterm", {}), ("vt100", {}), ("linux", {}), ("screen", {}), ("xterm-256color", {"NO_COLOR": "1"})])
def test_terminals_of_few_means(term, env):
    with live(term=term, env=env) as t:
        with_figures(t)
        t.until(knobs())
        if env or term == "vt100":
            assert not re.search(rb"\x1b\[[0-9;]*[34][0-8][;m]", bytes(t.raw)), "colour was used"
        t.key("q")
        assert t.wait() == 0


@pytest.mark.parametrize("env", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "NO_COLOR": "1"}])
def test_no_byte_above_126_without_utf8(env):
    with live(env=env) as t:
        with_figures(t)
        t.key("T", "?")
        t.until(r"what is measured")
        t.key("?", "k")
        with_figures(t, "notification")
        t.key("q")
        assert t.wait() == 0
        assert max(t.raw) <= 126
