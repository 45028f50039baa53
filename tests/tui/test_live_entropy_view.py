# SPDX-License-Identifier: MIT
"""The entropy view on a terminal: its pages, its sizes, the keys that lead there."""
import re

import pytest

from pseudoterminal import live
from test_live_screen import knobs

PAGES = ["estimators", "8 - H", "bit bias", "autocorrelation", "bytes", "delay plot"]
FACTS = ["entropy of stream seed", "chi-square", r"2\.5 bits a sample: ", "assessed ",
         "grain +clock 41.67ns +100ns +1us", r"health +2\^-20 2\^-30 2\^-40", "RCT cutoff", "APT cutoff"]


def test_e_goes_there_and_then_through_all_figures():
    with live() as t:
        t.until("LIVE")
        for i, name in enumerate(PAGES * 2):
            t.key("e")
            t.until(f"{name}, {i % 6 + 1} of 6")
            t.until(knobs())
            for fact in FACTS:
                t.until(fact)
        t.key("1")
        t.until("wait latency")
        t.key("e")
        t.until("delay plot, 6 of 6")  # where it was left
        t.key("Esc")
        t.until("wait latency")


@pytest.mark.parametrize("cols,rows", [(140, 45), (200, 60)])
def test_large_screen_has_all_figures_at_once(cols, rows):
    with live(cols=cols, rows=rows) as t:
        t.until("LIVE")
        t.key("4")
        for name in PAGES:
            t.until(f"─ {name} ─")
        t.until("lag 16 ")
        for fact in FACTS:
            t.until(fact)
        t.key("e")
        t.until("estimators, 1 of 6")


@pytest.mark.parametrize("env", [{"LC_ALL": "C"}, {"NO_COLOR": "1"}, {}])
def test_forty_columns_have_the_facts_and_then_each_figure(env):
    with live(cols=40, rows=10, env=env) as t:
        t.until("LIVE|events")
        t.key("e")
        for what in (r"^seed ", r"^H .* of .* MCV .* of ", r"2\.5 bits a sample", "^assessed", "^RCT ", "^APT "):
            t.until(what)
        for name in PAGES:
            t.key("e")
            t.until(rf"{re.escape(name)}, \d of 6")
        t.key("e")
        t.until(r"^APT ")


def test_stream_is_named_and_starts_afresh():
    with live() as t:
        t.until("LIVE")
        t.key("e", "d")
        t.until("entropy of stream low8")
        t.key("Space")
        t.until("FROZEN")
        t.until("entropy of stream low8")


def test_digit_with_a_knob_chosen_is_a_value_not_a_view():
    with live() as t:
        t.until("LIVE")
        t.key("Tab", "4")
        t.until("timers: 4_")
        t.key("8", "Enter")
        t.until(knobs(timers=48))
        t.until("wait latency")
        t.key("Left")
        t.until("no knob chosen")
        t.key("4")
        t.until("entropy of stream")
