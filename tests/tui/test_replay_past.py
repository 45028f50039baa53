# SPDX-License-Identifier: MIT
"""Scrolling back and a pinned baseline, over the recorded session: it has a past at once."""
import re

import pytest

from session import replayed, unpack


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("session")
    unpack(folder)
    return folder


def paused(folder, at, cols, rows):
    t = replayed(folder, str(folder / "session.jsonl"), "overview", at, cols, rows)
    t.until(lambda s: "PAUSED" in s and "SEEKING" not in s and re.search(r"^ quit ", s, re.M))
    return t


def test_map_scrolls_back_and_home(folder):
    # 19 columns of a second for 24 seconds
    with paused(folder, "0:24", 40, 20) as t:
        t.key("{")
        t.until(r"scrolled back by \ds")
        t.until(r"BACK PAUSED")
        t.key("{")
        t.until("nothing older is kept")
        t.key("Esc")
        t.until("now again")
        t.until(lambda s: "BACK" not in s)
        t.key("{", "}")
        t.until("at the newest again")


def test_pinned_baseline_stays_over_a_seek_and_is_shown(folder):
    with paused(folder, "0:04", 140, 45) as t:
        t.key("b")
        t.until(r"A pinned 0:00:0[34]")
        t.key("Right", "Right")
        t.until(r"REPLAY 0:00:14")
        t.until(r"A pinned 0:00:0[34]")
        t.key("v")
        t.until(r"BASELINE, over [34] s")
        t.key("Left")
        t.until(r"REPLAY 0:00:09")
        t.until(r"A pinned at 0:00:0[34]")
        t.until(r"BASELINE, over [34] s")


@pytest.mark.parametrize("cols,rows", [(60, 20), (80, 24), (140, 45)])
def test_what_was_only_pinned_is_not_said_to_be_restarted(folder, cols, rows):
    with paused(folder, "0:04", cols, rows) as t:
        t.key("b", "5")
        t.until(lambda s: re.search(r"A \(pinned at 0:00:0[34]\): nothing changed, [34] s", " ".join(s.split())))
