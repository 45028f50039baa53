# SPDX-License-Identifier: MIT
"""Every key of the table is in the help and does something that can be seen."""
import json
import re

import pytest

from pseudoterminal import live
from test_live_screen import knobs

# key, what the screen shows after it; in a run that has figures and a focus
VISIBLE = [
    ("t", knobs(timers=4)), ("T", knobs(timers=16)), ("s", knobs(sockets=2)),
    ("S", knobs(sockets=8)), ("w", knobs(watchers=2)), ("W", knobs(watchers=8)),
    ("o", "timeout: 1ms is as far"), ("O", knobs(timeout="2ms")),
    ("Tab", "timers: - and \\+ step it"), ("Right", "timers: - and \\+ step it"),
    ("Left", "timeout: - and \\+ step it"), ("BackTab", "timeout: - and \\+ step it"),
    ("-", knobs(timers=4)), ("Down", knobs(timers=4)), ("+", knobs(timers=16)),
    ("Up", knobs(timers=16)), ("Enter", "timers: _ "), ("=", "timers: _ "),
    ("p", "p seed"), ("P", "p storm"), ("u", "nothing to undo"), ("r", "figures start afresh"),
    ("g", "load cpu:1 for 60s"), ("G", "load cpu:1x for 60s"),
    ("z", "STOPPED"), ("k", "notification latency"), ("f", "timer only"), ("d", "d low8"),
    ("l", "scale log"), ("B", "ghost is off"),
    ("v", "no baseline yet"), ("b", "too soon to pin|baseline A pinned"), ("[", "1 s a column"), ("]", "2 s a column"),
    ("{", "all of the past is on the screen"), ("}", "this is the newest"), ("L", "range fixed: "),
    ("Space", "FROZEN"), ("<", "LIVE 2/s"), (">", "LIVE 10/s"), ("m", "theme light"),
    (",", "saved at once"), ("F2", "saved at once"), ("M", "mouse on"), ("N", "save preset as: _"),
    ("1", "overview"), ("2", "^ now  p50 +\\d"), ("4", "entropy of stream seed"), ("e", "estimators, 1 of 6"), ("?", "what is measured"),
    ("F1", "what is measured"), ("3", "so far events"), ("c", "report: _"), ("6", "log: all"), ("PgDn", "pages are in help"), ("PgUp", "pages are in help"),
    ("Home", "pages are in help"), ("End", "pages are in help"), ("Esc", "q quits"), ("^L", "drawn again"),
]
ENDS = ["q", "F10", "^C"]
NAMES_IN_HELP = {"Right": "arrows", "Left": "arrows", "BackTab": "Tab", "Down": "arrows", "Up": "arrows",
                 "PgUp": "PgUp/Dn", "PgDn": "PgUp/Dn"}


@pytest.mark.parametrize("key,shows", VISIBLE)
def test_key_does_something_visible(key, shows):
    with live() as t:
        t.until(r"p50 +[\d.]+[num]?s")
        t.key(key)
        t.until(shows)


def test_d_changes_what_the_assessor_watches(tmp_path):
    path = tmp_path / "lines"

    def watched(stream):
        """Does a line have figures that only the assessor has, of this stream?"""
        lines = path.read_text().splitlines() if path.exists() else []
        figures = [json.loads(line)["entropy"] for line in lines if line.endswith("}")]
        return any(e["stream"] == stream and e["watched"] for e in figures)
    with live(f"--json-lines={path}") as t:
        t.until(lambda _: watched("seed"))
        t.key("d")
        t.until(lambda _: watched("low8"))
        t.key("q")
        assert t.wait() == 0


@pytest.mark.parametrize("key", ENDS)
def test_key_ends(key):
    with live() as t:
        t.until(r"LIVE")
        t.key(key)
        assert t.wait() == 0
        t.assert_restored()


def help_keys(text):
    """The first column of each row of the help, in both halves, without titles."""
    halves = [half for row in text.split("\n")[2:-2] for half in (row[1:40], row[41:])]
    titles = ("what is measured", "what is shown", "the program")
    return {word for half in halves if half.strip() not in titles for word in half[:9].split()}


def test_help_is_complete_at_80x24():
    with live() as t:
        t.until("LIVE")
        t.key("?")
        t.until("quit, with a summary")
        text = t.text()
        for key, _ in VISIBLE:
            name = NAMES_IN_HELP.get(key, key)
            assert re.search(rf"(^|\s){re.escape(name)}([\s,]|$)", text, re.M), f"{key} is not in the help"
        for key in ENDS + ["^Z"]:
            assert re.search(rf"(^|\s){re.escape(key)}(\s|$)", text, re.M), f"{key} is not in the help"
        pressed = {key for key, _ in VISIBLE} | set(ENDS) | {"^Z", "PgUp/Dn"}
        pressed |= {"R", "x"}  # test_live_record.py, test_live_setup.py: they make files
        pressed |= {"n", "5"}  # test_live_ab.py: it takes its time
        assert help_keys(text) - pressed == set(), "the help names a key that no test presses"


def test_escape_never_quits_and_ends_help():
    with live() as t:
        t.until("LIVE")
        t.key("?")
        t.until("what is measured")
        t.key("Esc")
        t.until("wait latency")
        for _ in range(3):
            t.key("Esc")
        t.until("q quits")
        assert t.poll() is None


def test_unknown_sequences_are_no_keys():
    with live() as t:
        t.until("LIVE")
        for sequence in ("\x1b[15~", "\x1b[200~", "\x1b[<0;3;4M", "\x1bOS", "\x1bt"):
            t.key(sequence)
        t.key("k")
        t.until("notification latency")
        t.until(knobs())


def test_leaving_a_knob_leaves_what_was_typed_for_it():
    # it was typed on with no knob chosen, and the next frame looked for its name
    with live() as t:
        t.until("LIVE")
        t.key("=", "5")
        t.until(r"timers: 5_")
        t.key("Tab", "Tab", "Tab", "Tab")
        t.until("no knob chosen")
        t.key("q")
        assert t.wait() == 0
        t.assert_restored()
    assert b"again: kqtop live\r" in t.raw  # no value was set
