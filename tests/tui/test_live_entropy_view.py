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


SPIN = ("--preset", "spin", "--assess-window", "10000")
ASSESSED = r"assessed \d\.\d{3} by \S+, (bits|symbols)"


def test_real_assessment_names_figure_estimator_verdict_and_age():
    with live(*SPIN) as t:
        t.until("LIVE")
        t.key("e")
        t.until(rf"2\.5 bits a sample: (holds|does not hold)  {ASSESSED}  \d+s ago")
        t.until(r"^ \* \S+ +[\d.-]+ +[\d.-]+ +\S+s ")
        t.until(r"H, least +\d\.\d{4} +\d\.\d{4} ")
        t.until(r"^ Shannon +\d\.\d{4} +\d\.\d{4} +\d\.\d{4} +\d\.\d{4}│")
        t.until(r"RCT cutoff +\d+ +\d+ +\d+ +\d+$")
        for _ in PAGES[1:]:
            t.key("e")
        t.until(r"delay plot.* [\d.]+k? pairs")
        t.until(r"^ 00 \S")
        # the overview has the same beside MCV and Shannon
        t.key("1")
        t.until(r"MCV +\d\.\d+ of \d\.\d+ +\d\.\d\d \S+ 2\.5 (holds|fails)")


def test_frozen_view_keeps_the_assessment_it_shows():
    with live(*SPIN) as t:
        t.until("LIVE")
        t.key("e")
        t.until(ASSESSED)
        t.key("Space")
        t.until("FROZEN")
        held, seen = [t.row(i) for i in range(2, 22)], t.row(0)
        t.until(lambda text: t.row(0) != seen)  # the clock of the header goes on
        t.until(lambda text: t.row(0).count("0:00:") == 2)
        assert [t.row(i) for i in range(2, 22)] == held


def test_deficit_over_time_is_drawn_beside_the_perfect_lines():
    with live(*SPIN, "--interval", "100ms") as t:
        t.until("LIVE")
        t.key("e", "e")
        t.until("h Shannon, m MCV")
        t.until(r"^ *(8|1|1e-\d)? *[hma&]{2,}$")
        t.until("──")


def test_another_stream_is_assessed_after_d():
    with live(*SPIN) as t:
        t.until("LIVE")
        t.key("e")
        t.until(ASSESSED)
        t.key("d")
        t.until(r"stream low8.* watched [\d.]+[kM]?  lost")
        t.until(ASSESSED)


def test_nobody_watches_when_told_so():
    with live("--assess-window", "0") as t:
        t.until("LIVE")
        t.key("e")
        t.until("not watched")
        t.until(r"assessed -$")
