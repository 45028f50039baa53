# SPDX-License-Identifier: MIT
"""View 6: what happened, as the program itself wrote it down, and scrolling in it."""
import os
import re
import signal

from cli_kqtop import WITHOUT
from pseudoterminal import live
from test_live_screen import knobs

READY = r"p50 +[\d.]+[num]?s"


def test_changes_and_undo_are_in_the_log_with_before_and_after():
    with live() as t:
        t.until(READY)
        t.key("T")
        t.until(knobs(timers=16))
        t.key("u")
        t.until(knobs(timers=8))
        t.key("6")
        t.until(r"change +timers 8 -> 16$")
        t.until(r"change +undone: timers 16 -> 8$")
        t.until(r"engine +started on \S+, preset default")


def test_beginning_has_what_no_knob_shows():
    slack, said = (("--slack", "50us"), ", slack 50000ns") if "slack_prctl" not in WITHOUT else ((), "")
    with live("--preset", "quiet", *slack, "--dither", cols=160) as t:
        t.until(READY)
        t.key("6")
        t.until(rf"started on \S+, preset quiet, .*timeout \S+, dither on{said}$")


def test_what_a_change_did_is_told_once_it_settled():
    with live() as t:
        t.until(READY)
        t.until(r"up 0:00:0[1-9]")
        t.key("T", "6")
        # broken over lines, at places that the figures decide
        t.until(lambda _: re.search(r"effect timers 8 -> 16: looks .*\(wait, all\): p50 .* -> .*, D 0",
                                    " ".join(t.text().split())))


def test_stop_start_reset_and_suspension_are_in_the_log():
    with live() as t:
        t.until(READY)
        t.key("6")
        t.until("log: all")
        t.key("z")
        t.until(r"engine +stopped")
        t.key("z")
        t.until(r"engine +started again, in a new epoch")
        t.key("r")
        t.until(r"figures +reset: figures start afresh")


def test_a_stopped_process_leaves_a_gap_in_the_log():
    # nearly all of its time is one wait: the stop falls into it
    with live("--preset", "watchers", "--stimulus", "20ms", "--timeout", "10s") as t:
        t.until(READY)
        t.key("6")
        t.until("log: all")
        t.signal(signal.SIGSTOP)
        os.waitpid(t.pid, os.WUNTRACED)  # else the two signals may cancel each other
        t.signal(signal.SIGCONT)
        t.until(r"gap +the process was stopped or slept: \d+ waits? left out")


def test_pages_arrows_and_home_scroll_and_end_follows():
    with live("--timers", "1", rows=10) as t:
        t.until("timers 1 ")
        for key in "TtTtTtTt":
            t.key(key)
        t.key("6")
        t.until("log: all")
        t.until(r"change +timers")
        t.key("Home")
        t.until(r"started on")
        t.until(r"\d+ newer: End")
        t.key("End")
        t.until(lambda text: "newer: End" not in text)
        t.key("Up")
        t.until(r" 1 newer: End")
        t.key("Down")
        t.until(lambda text: "newer: End" not in text)
        t.key("PgUp")
        t.until(r"\d newer: End")
        t.key("PgDn", "PgDn", "PgDn")
        t.until(lambda text: "newer: End" not in text)


def test_frozen_log_stands_still_and_counts_what_came_since():
    with live() as t:
        t.until(READY)
        t.key("6", "T")
        t.until(r"change +timers 8 -> 16$")
        t.key("Space")
        t.until("FROZEN")
        t.key("S")
        t.until(r" [1-9]\d* since the freeze: space thaws$")
        t.key("r")
        t.until("figures start afresh")
        assert not re.search(r"change +sockets|figures +reset", t.text())
        t.key("Space")
        t.until(r"change +sockets 4 -> 8$")
        t.until(r"figures +reset: figures start afresh")


def test_arrows_step_a_knob_that_is_chosen_in_the_log_too():
    with live() as t:
        t.until(READY)
        t.key("6", "Tab", "Up")
        t.until(knobs(timers=16))


def test_f_goes_through_the_kinds_of_entries():
    with live() as t:
        t.until(READY)
        t.key("6")
        t.until("log: all")
        t.key("f")
        t.until(r"log: changes [^,]")
        t.key("f")
        t.until(r"log: trouble [^,]")
        t.until(lambda text: "started on" not in text)
        t.key("f", "f")
        t.until("started on")
