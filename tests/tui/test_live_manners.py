# SPDX-License-Identifier: MIT
"""What a newcomer's hands do: typing into the wrong place, changing one's mind, looking for
what has gone. Each of these misled somebody once."""
import re

import pytest

from pseudoterminal import live
from test_live_screen import knobs


def test_a_letter_closes_the_number_field_and_is_the_key_it_is():
    with live() as t:
        t.until("LIVE")
        t.key("=", "5")
        t.until("timers: 5_")
        t.key("k")
        t.until("notification latency")
        t.until(knobs())  # nothing was set
        t.key("=", "q")
        assert t.wait() == 0


def test_units_belong_to_a_duration():
    with live() as t:
        t.until("LIVE")
        t.key("BackTab", "=", *"3ms", "Enter")
        t.until(knobs(timeout="3ms"))


def test_digits_choose_views_while_a_knob_is_chosen():
    with live() as t:
        t.until("LIVE")
        t.key("Tab")
        t.until("Enter types a value")
        t.key("6")
        t.until("log: all")


def test_a_knob_that_nobody_uses_is_not_chosen_for_ever():
    with live() as t:
        t.until("LIVE")
        t.key("=", "9")
        t.until("timers: 9_")
        t.until("timers: nothing was set")
        t.key("+")  # with none chosen the first is
        t.until(knobs(timers=16))


def test_escape_leaves_field_and_knob_at_once():
    with live() as t:
        t.until("LIVE")
        t.key("BackTab", "=", "9")
        t.until("timeout: 9_")
        t.key("Esc")
        t.until(lambda s: "timeout: 9_" not in s)
        t.key("+")  # the timeout is not chosen any more
        t.until(knobs(timers=16))


def test_another_key_than_enter_says_that_no_load_was_started():
    with live() as t:
        t.until("LIVE")
        t.key("G")
        t.until("Enter starts")
        t.key("y")
        t.until("no load started")


def test_keys_of_the_engine_wait_behind_the_setup():
    with live() as t:
        t.until("LIVE")
        t.key(",")
        t.until("saved at once")
        for key in "TOrpz":
            t.key(key)
            t.until("Esc leaves first")
        t.key("Esc")
        t.until("wait latency")
        t.until(knobs())
        t.until("no change yet")


def test_a_blank_in_a_presets_name_is_seen_as_what_it_becomes():
    with live() as t:
        t.until("LIVE")
        t.key("N", *"my p")
        t.until("save preset as: my-p_")


@pytest.mark.parametrize("environment,why", [({}, "setup \\(,\\) saves"), ({"NO_COLOR": "1"}, "NO_COLOR is set")])
def test_theme_says_what_it_does_not_do(environment, why):
    with live(env=environment) as t:
        t.until("LIVE")
        t.key("m")
        t.until(f"theme light.*{why}")


def test_a_cursor_that_cannot_be_hidden_stands_in_the_corner():
    with live(term="vt100") as t:
        t.until("LIVE")
        t.key("k")
        t.until(lambda s: "notification latency" in s
                and (t.screen.cursor.y, t.screen.cursor.x) == (23, 79))


def test_the_filter_stays_on_a_full_row_of_knobs():
    with live("--timers=128", "--timeout=100ms") as t:
        t.until("LIVE")
        t.key("k", "f")
        t.until(r"k notif +f timer$")


@pytest.mark.parametrize("view", "1356?,")
def test_a_recording_and_a_load_are_seen_in_every_view(view, tmp_path):
    with live(cols=40, rows=10, cwd=tmp_path) as t:
        t.until("p50")
        t.key("R", view)
        t.until(lambda s: re.search(r" REC *$", s.split("\n")[0]))


@pytest.mark.parametrize("size", [(80, 24), (79, 23), (60, 16), (40, 10)])
def test_views_are_on_the_key_bar(size):
    with live(cols=size[0], rows=size[1]) as t:
        t.until(r"^ quit  \? help .*1-6 views")


def test_a_row_of_the_axis_has_one_label():
    with live(cols=60, rows=16) as t:
        t.until("p50")
        t.until(r"[▀▄█]")
        labels = [t.row(r)[:7] for r in range(4, 8) if "events" not in t.row(r)]
        assert all(re.fullmatch(r" *(10*[num]?s|30*[num]?s)? *", label + " ") for label in labels), labels


def test_the_sweep_says_where_now_is():
    with live() as t:
        t.until(lambda s: "now" in "\n".join(s.split("\n")[3:12]))
        t.key("?", " ", " ")
        t.until("it sweeps: the new goes over the old")


@pytest.mark.parametrize("size", [(79, 23), (60, 16)])
def test_a_small_screen_tells_saturation_and_change(size):
    with live("--stimulus=50us", "--timers=64", "--sockets=64", "--watchers=64", cols=size[0], rows=size[1]) as t:
        t.until("stimulus saturated")
        if size[1] > 20:
            t.until("no change yet|A>now")


def test_percentiles_are_in_their_order():
    with live(cols=60, rows=16) as t:
        t.until(r"p50 .*p90 .*p99 .*p99\.9 .*max ")


def test_the_percentiles_window_is_named_at_80_columns():
    with live() as t:
        t.until(r"n +\S+  in \d+ s$")


@pytest.mark.parametrize("key,name", [("2", "latency"), ("?", "help"), (",", "setup")])
def test_a_view_without_room_says_so(key, name):
    with live(cols=60 if key == "2" else 20, rows=16 if key == "2" else 4) as t:
        t.until("p50")
        t.key(key)
        t.until("latency needs 80x16" if key == "2" else f"{name}: no room")


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
def test_messages_end_with_a_word(size):
    with live(cols=size[0], rows=size[1]) as t:
        t.until("LIVE|p50")
        t.key("Space", "T")
        t.until(r"timers 8 -> 16( \(the view is frozen, the engine obeys\))?$")
        t.key("Space", "G")
        t.until("digits: seconds$|0-9$")


def test_a_fixed_range_leaves_the_title_whole():
    with live() as t:
        t.until(r"p50 +[\d.]+[num]?s")
        t.key("k", "L")
        t.until(r" notification, all .*range fixed +1s/col ")


@pytest.mark.parametrize("key", ["?", "Esc"])
def test_help_leads_back_to_where_it_was_asked_for(key):
    with live() as t:
        t.until(r"p50 +[\d.]+[num]?s")
        t.key("6", "?")
        t.until("what is measured")
        t.key(key)
        t.until("log: all")
