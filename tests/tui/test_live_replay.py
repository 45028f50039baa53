# SPDX-License-Identifier: MIT
"""A recording on the live screen: time, keys, and what is the same whichever way one came."""
import os
import re

import pytest

from pseudoterminal import KQTOP, Pseudoterminal
from session import styled, unpack


@pytest.fixture(scope="module", name="path")
def _path(tmp_path_factory):
    return unpack(tmp_path_factory.mktemp("session"))


def replay(path, *options, **kwargs):
    return Pseudoterminal([KQTOP, "replay", path, *options], **kwargs)


def paused_at(t, clock):
    t.until(rf"REPLAY {clock} of 0:00:24 .*PAUSED 1x$")
    while t.read(0.1):  # what is left of the frame; nothing follows
        pass


def without_message(t):
    """The whole screen but the message, which goes by itself."""
    return [[t.screen.buffer[y][x] for x in range(t.screen.columns)]
            for y in range(t.screen.lines) if y != t.screen.lines - 2]


def test_it_plays_to_the_end_and_stays_there(path):
    with replay(path, "--speed", "100x") as t:
        t.until(r"the recording ends here, at 0:00:24")
        t.until(r"REPLAY 0:00:24 of 0:00:24 .* END 100x$")
        t.until("p seed")
        t.key("Space")
        t.until("this is the end; Home goes to the beginning")
        t.key("q")
        assert t.wait() == 0
        t.assert_restored()


def test_every_way_to_a_position_shows_the_same(path):
    with replay(path, "--pause-at", "16") as direct, replay(path, "--pause-at", "1:00") as back:
        paused_at(direct, "0:00:16")
        back.until(r"END 1x$")
        back.key("=", *"0:16", "Enter")
        back.until(lambda _: without_message(back) == without_message(direct))
        back.key("Home")
        paused_at(back, "0:00:00")
        back.key(*["Right"] * 4, "Left", *"=16", "Enter")
        back.until(r"REPLAY 0:00:16")
        back.until(lambda _: without_message(back) == without_message(direct))


def test_what_is_kept_shows_the_same_as_what_is_read_again(path):
    """A position is kept after 20 s; 22 s is shown from there, and from the beginning."""
    with replay(path, "--pause-at", "24") as kept, replay(path, "--pause-at", "22", "--keep", "0") as read:
        paused_at(read, "0:00:22")
        kept.until(r"END 1x$|PAUSED 1x$")
        kept.key("=", *"22", "Enter")
        kept.until(r"REPLAY 0:00:22")
        kept.until(lambda _: without_message(kept) == without_message(read))
        for key in ("6", "2"):
            for t in (kept, read):
                t.key(key)
            kept.until(lambda _: read.read(0.01) or without_message(kept) == without_message(read))


@pytest.mark.parametrize("env", [{"TZ": "Asia/Tokyo"}, {"TZ": "UTC", "COLUMNS": "60", "LINES": "20"}])
def test_nothing_on_it_is_this_machines(path, env):
    one = ["taskset", "-c", "0"] if os.path.exists("/usr/bin/taskset") else []
    with replay(path, "--pause-at", "16") as a, \
            Pseudoterminal([*one, KQTOP, "replay", path, "--pause-at", "16"], env=env) as b:
        for t in (a, b):
            paused_at(t, "0:00:16")
        b.until(lambda _: styled(a.screen) == styled(b.screen))


def test_seek_keys(path):
    with replay(path, "--pause-at", "3") as t:
        for key, clock in [("Right", "0:00:08"), ("Right", "0:00:13"), ("Left", "0:00:08"),
                           ("Home", "0:00:00"), ("Left", "0:00:00")]:
            if key != "Left" or clock != "0:00:00":
                t.key(key)
            paused_at(t, clock)
        t.key("PgDn")
        t.until(r"REPLAY 0:00:24 .*END 1x$")
        t.key("PgUp")
        paused_at(t, "0:00:00")
        t.key("End")
        t.until(r"REPLAY 0:00:24 .*END 1x$")


def test_pause_and_speed_keys(path):
    with replay(path, "--speed", "1x") as t:
        t.until(r"REPLAY 0:00:0[1-9]")
        t.key("Space")
        t.until(r"PAUSED 1x$")
        t.key("+")
        t.until(r"PAUSED 2x$")
        t.key("-", "-")
        t.until(r"PAUSED 0.5x$")
        t.key(*"++++++")
        t.until(r"PAUSED 50x$")
        t.key("Space")
        t.until(r"END 50x$")


def test_what_would_change_an_engine_says_why_not(path):
    with replay(path, "--pause-at", "3") as t:
        paused_at(t, "0:00:03")
        knobs = t.row(1)
        for key in "tTsSwWoOpPurgGzn":
            t.key(key)
            t.until(rf"{key}: a recording cannot be changed; \? lists the keys")
        t.key("Tab")
        t.until(r"^ a recording cannot be changed")
        t.key("R")
        t.until("this is a recording already: session.jsonl")
        assert t.row(1) == knobs
        t.key("q")
        assert t.wait() == 0


def test_help_has_the_keys_of_a_replay_and_not_those_of_an_engine(path):
    with replay(path, "--pause-at", "3") as t:
        paused_at(t, "0:00:03")
        t.key("?")
        t.until("the recording")
        for words in ("pause, go on", "5 s back, forward", "type a time"):
            assert words in t.text()
        assert "timers: fewer" not in t.text() and "A/B bench" not in t.text()
        t.key("PgDn")
        t.until("page 2 of")  # no minute forward
        assert "REPLAY 0:00:03" in t.row(0)
        t.key("3")
        t.until("so far events")
        t.resize(40, 10)
        t.until("page 1 of 3")
        t.key("PgDn")
        t.until("page 2 of 3")


def test_a_typed_time_that_is_none_is_refused(path):
    with replay(path, "--pause-at", "3") as t:
        paused_at(t, "0:00:03")
        t.key("=", *"1:75")
        t.until(r"go to: 1:75_")
        t.key("Enter")
        t.until(r"! '1:75' is no time such as")
        paused_at(t, "0:00:03")


def test_changes_and_alarms_are_told(path):
    with replay(path, "--pause-at", "9", cols=140, rows=45) as t:
        t.until(r"A>now timers 2 -> 4:")
        t.key("End")
        t.until(r"A>now preset default -> seed")
        t.until(r"! (APT|RCT) 2\^-\d\d: alarm \d+, byte \d+, at 0:00:2\d")


def test_broken_line_is_told_and_what_stands_before_it_is_shown(path, tmp_path):
    text = open(path, encoding="utf-8").read().split("\n")
    at = [i for i, x in enumerate(text) if '"type":"interval"' in x][8]
    text[at] = text[at].replace('"tally":{', '"tally":[')
    (tmp_path / "bad.jsonl").write_text("\n".join(text))
    os.link(path + ".hlog", tmp_path / "bad.jsonl.hlog")
    with replay(str(tmp_path / "bad.jsonl"), "--pause-at", "20") as t:
        t.until(rf"! cannot be read further: '.*bad.jsonl', line {at + 1}")
        t.until(r"REPLAY 0:00:08 of")
        t.until(r"p50 +[\d.]+[num]?s")
        t.key("q")
        assert os.waitstatus_to_exitcode(t.wait()) == 2
        assert re.search(rf"bad.jsonl', line {at + 1}".encode(), bytes(t.raw).split(b"1049l")[-1])


def test_runs_are_named(path, tmp_path):
    (tmp_path / "two.jsonl").write_text(open(path, encoding="utf-8").read() * 2)
    os.link(path + ".hlog", tmp_path / "two.jsonl.hlog")
    with replay(str(tmp_path / "two.jsonl"), "--pause-at", "16") as t:
        t.until(r"run 1 of the 2 in this file; --run chooses one")
        t.until(r"run 1 of 2")
    with replay(str(tmp_path / "two.jsonl"), "--pause-at", "16", "--run", "2") as t:
        t.until(r"REPLAY 0:00:16 of 0:00:24 .*run 2 of 2")


@pytest.mark.parametrize("cols,rows", [(40, 10), (60, 15), (20, 3), (200, 60)])
def test_small_and_large(path, cols, rows):
    with replay(path, "--pause-at", "16", cols=cols, rows=rows) as t:
        t.until("PAUSED")
        if rows >= 10:
            t.until("0:00:16")
        t.until(r"p50 +[\d.]+[num]?s")


def test_a_load_is_told_of_as_it_was_live(tmp_path):
    """Its mark by its key's letter and no other, what it did, and how much of it there was."""
    path = tmp_path / "load's.jsonl"
    with Pseudoterminal([KQTOP, "live", "--record", path], cols=140, rows=45) as t:
        t.until(r"in the last [1-9] s")
        t.key("g", "3", "Enter")
        t.until(r"load cpu:1: .*it kept \S+ CPUs busy")
        t.until(r"load cpu:1 for 3s, ended \ds ago")
        t.until(r"load cpu:1 -> none: +(settling, \d+ samples in 1 s|looks: )")
        t.key("q")
        assert t.wait() == 0
    with replay(path, "--pause-at", "1:00:00", cols=140, rows=45) as t:
        t.until(r" END 1x$")
        t.until(r"load cpu:1 for 3s, ended \ds ago")
        t.until(r"─ g load cpu:1 -> none ─")  # the newest mark: no other came with its epoch
        t.key("6")
        t.until(r"load  +load none -> cpu:1\n(.*\n)*.* load  +load cpu:1: .*it kept \S+ CPUs busy"
                r"(.*\n)+.* load  +load cpu:1 -> none")
        t.key("q")
        assert t.wait() == 0


def test_farewell_is_of_the_replay(path, tmp_path):
    """Which file, where it was left, and a command line that goes there; figures are the recording's."""
    odd = tmp_path / "it's a file.jsonl"  # no place for a line of a command to end
    for end in ("", ".hlog"):
        os.symlink(path + end, f"{odd}{end}")
    with replay(str(odd), "--speed", "5", "--pause-at", "16") as t:
        t.until(r"REPLAY 0:00:16 of 0:00:24 .*PAUSED 5x$")
        t.key("q")
        assert t.wait() == 0
        after = bytes(t.raw).rpartition(b"\x1b[?1049l")[2].decode().replace("\r", "")
    lines = after[after.index("replay of"):].replace(" \\\n", " ").strip("\n").split("\n")
    assert lines[0] == "replay of it's a file.jsonl, left at 0:00:16 of 0:00:24"
    assert lines[1].startswith("recorded 0:00:1") and "kqtop ran" not in after
    quoted = str(odd).replace("'", "'\\''")
    assert lines[-1] == f"again: kqtop replay --speed 5 --pause-at 16 '{quoted}'"
