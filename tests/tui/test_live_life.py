# SPDX-License-Identifier: MIT
"""The terminal's life: taken, given back whatever happens, lost."""
import os
import re
import shlex
import signal
import subprocess
import time

import pytest

from pseudoterminal import KQTOP, Pseudoterminal, live

SANITIZED = os.environ.get("KQT_PROFILE") in ("asan", "tsan")


def test_q_restores_and_says_how_to_repeat():
    with live("--timeout", "2") as t:
        t.until("LIVE")
        t.key("T", "p", "u")
        t.until(r"timers 16  sockets 4  watchers 4  timeout 2ms")
        t.until(r"p50 +[\d.]+[num]?s")
        t.key("q")
        assert t.wait() == 0
        t.assert_restored()
        after = bytes(t.raw).rpartition(b"\x1b[?1049l")[2].decode()
    lines = [line for line in after.replace("\r", "").split("\n") if line]
    assert len(lines) == 6, after
    for line, word in zip(lines, ("waits", "latency", "events", "entropy", "not counted", "again")):
        assert word in line
    again = lines[5].removeprefix("again: ")
    assert again == "kqtop live --timers 16 --timeout 2ms"
    with Pseudoterminal([KQTOP, *shlex.split(again)[1:]]) as t:
        t.until(r"timers 16  sockets 4  watchers 4  timeout 2ms")


def test_summary_is_five_lines_of_the_longest_stream_and_of_many_events():
    # with every digit of its counts it had six lines, once a run was long enough
    with live("--stream", "notification", "--preset", "storm", "--timeout", "0") as t:
        t.until("LIVE")
        t.until(r"p50 +[\d.]+[num]?s")
        t.key("q")
        assert t.wait() == 0
        after = bytes(t.raw).rpartition(b"\x1b[?1049l")[2].decode()
    lines = [line for line in after[after.index("kqtop ran"):].replace("\r", "").split("\n") if line]
    for line, word in zip(lines, ("waits", "latency", "events", "entropy", "not counted", "again")):
        assert line.startswith(("kqtop ran", word)) and len(line) <= 80, after
    assert len(lines) == 6, after
    assert re.search(r"^entropy of notification, n [\d.]+[kM]?: Shannon [\d.]+ of [\d.]+, MCV ", lines[3])


@pytest.mark.parametrize("cols", [40, 20])
def test_summary_breaks_at_blanks_on_a_narrow_terminal(cols):
    with live("--timers", "16", "--sockets", "3", "--watchers", "7", cols=cols, rows=12) as t:
        t.until("LIVE|p50")
        t.until(r"p50 +[\d.]+[num]?s")
        t.key("q")
        assert t.wait() == 0
        after = bytes(t.raw).rpartition(b"\x1b[?1049l")[2].decode()
    after = after[after.index("kqtop ran"):].replace("\r", "")
    lines = after.rstrip("\n").split("\n")
    assert max(map(len, lines)) <= cols
    for word in ("events", "notif", "timeouts", "entropy", "merged"):
        assert re.search(rf"\b{word}\b", after), f"{word} is divided or lost"
    command = after[after.index("again: "):].replace(" \\\n", " ").split("\n")[0]
    assert command == "again: kqtop live --timers 16 --sockets 3 --watchers 7"


def test_thousands_of_sources_are_told_of_while_they_are_registered():
    # there was nothing to see till then, which on a slow machine takes seconds
    with live("--timers", "3000", "--sockets", "0", "--watchers", "0") as t:
        t.until("LIVE")
        before = bytes(t.raw).partition(b"\x1b[?1049h")[0].decode()
        assert re.search(r"\rregistering [\d,]+ of 3,000 sources", before), before
        assert before.endswith("\r"), "the line stays on the screen that comes back"


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_start_that_takes_long_is_ended_by_a_signal(sig):
    with live("--timers", "4096", "--sockets", "0", "--watchers", "0") as t:
        while b"registering" not in t.raw:
            assert t.read(20), bytes(t.raw)
        t.signal(sig)
        # a core is left or not, as the system has it; or it came when all was registered
        assert t.wait() & ~0x80 == sig or (sig == signal.SIGINT and b"1049h" in t.raw)


def test_restart_of_thousands_says_how_far_it_is_and_obeys_keys():
    with live("--timers", "4096", "--sockets", "0", "--watchers", "0") as t:
        t.until("LIVE")
        t.key("z")
        t.until("the engine is stopped")
        t.key("z")
        t.until(r"CHANGING(.|\n)* registering [\d,]+ of 4,096 sources")
        t.key("6")  # another view, while they are registered or after that
        t.until(r"engine +started again, in a new epoch")
        t.until("LIVE")


def test_long_change_says_how_far_it_is():
    with live("--timers", "0", "--sockets", "4", "--watchers", "0") as t:
        t.until("LIVE")
        t.key("Tab", "Enter", "4096", "Enter")
        t.until(r"CHANGING(.|\n)* registering [\d,]+ of 4,100 sources")
        t.until("LIVE")
        t.key("t")
        t.until("timers 2048")
        t.key("q")
        assert t.wait() == 0


def test_run_that_ends_before_its_first_frame_ends():
    # the summary was wrapped at the width of a screen that had none yet, for ever
    with live("--duration", "1us") as t:
        assert t.wait() == 0
        assert b"again: kqtop live" in t.raw and len(t.raw) < 20000


def test_duration_ends_like_q():
    with live("--duration", "1s") as t:
        assert t.wait() == 0
        t.assert_restored()
        assert b"again: kqtop live" in t.raw


ENDING = [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
          signal.SIGPIPE, signal.SIGALRM]


@pytest.mark.parametrize("number", ENDING)
def test_signal_restores_and_ends_by_that_signal(number, tmp_path):
    path = tmp_path / "lines"
    with live(f"--json-lines={path}", cwd=str(tmp_path)) as t:
        t.until("LIVE")
        t.signal(number)
        status = t.wait()
        t.assert_restored()
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == number
    assert '"final":true' in path.read_text().splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE])
def test_crash_restores_and_takes_its_course(number, tmp_path):
    if SANITIZED:
        pytest.skip("the sanitizer reports the crash that is sent here as one of its own")
    with live(cwd=str(tmp_path)) as t:
        t.until("LIVE")
        t.signal(number)
        status = t.wait()
        t.assert_restored()
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == number


def test_interrupt_ends_like_q():
    with live() as t:
        t.until("LIVE")
        t.signal(signal.SIGINT)
        assert t.wait() == 0
        t.assert_restored()


@pytest.mark.parametrize("command", ['"$KQTOP" live', """sh -c '"$KQTOP" live; true'"""])
def test_suspend_and_continue_through_a_shell(command):
    """Also below a parent in the same group, as make is in `make run`: the shell must
    not get the terminal before it is put right."""
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Pseudoterminal(shell, env={"PS1": "ready> ", "KQTOP": KQTOP}) as t:
        t.until("ready>")
        t.key(command + "\r")
        t.until(r"LIVE 4/s")
        t.until(r"p50 +[\d.]+[num]?s")
        t.key("^Z")
        t.until("Stopped")
        raw = bytes(t.raw)
        assert raw.rfind(b"\x1b[?1049l") > raw.rfind(b"\x1b[?1049h")
        assert raw.rfind(b"\x1b[?25h") > raw.rfind(b"\x1b[?25l")
        # the text itself is assembled by the shell: what was typed does not show it
        t.key("echo modes=$(stty -a | grep -c ' icanon')\r")
        t.until(r"^modes=1")
        t.key("fg\r")
        t.until(r"timers 8  sockets 4")
        t.until(r"^ quit  \? help")
        t.key("T")
        t.until(r"timers 16")
        t.key("q")
        t.until(r"again: kqtop live --timers 16")
        t.key("exit\r")
        t.wait()


def test_lost_terminal_ends():
    t = live()
    with t:
        t.until("LIVE")
        t.hang_up()
        status = t.wait()
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGHUP


def test_quits_at_once_though_nobody_reads():
    """The output is full: what was not read is thrown away, not waited for."""
    with live("--interval", "20ms", cols=200, rows=60) as t:
        t.until("LIVE")
        end = time.monotonic() + 20
        # not reading until the kernel takes no more; q must not queue up behind that
        while time.monotonic() < end and t.poll() is None:
            t.key("^L")
            if time.monotonic() > end - 18:
                break
            time.sleep(0.02)  # a pace for the keys, no condition is waited for
        start = time.monotonic()
        t.key("q")
        while t.poll() is None and time.monotonic() < start + 10:
            os.sched_yield()
        assert t.poll() == 0
        took = time.monotonic() - start
        t.wait()
        t.assert_restored()
        assert took < 5, "q waited for the line"


@pytest.mark.parametrize("term,words", [("dumb", "cannot address"), (None, "TERM is not set"),
                                        ("no-such-terminal", "unknown")])
def test_terminals_without_a_screen(term, words):
    with live(env={"TERM": term}) as t:
        status = t.wait()
        assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 2
        text = re.sub(r"\s*\r\n", "\n", bytes(t.raw).decode()).strip()
        assert "\n" not in text and words in text
        for hint in ("kqtop live --json-lines", "kqtop bench", "--json"):
            assert hint in text


@pytest.mark.parametrize("stdin", [subprocess.DEVNULL, None])
def test_not_a_terminal(stdin):
    run = subprocess.run([KQTOP, "live"], stdin=stdin or subprocess.DEVNULL, capture_output=True,
                         timeout=20, check=False, env=dict(os.environ, TERM="xterm"))
    assert run.returncode == 2 and run.stdout == b""
    assert run.stderr.count(b"\n") == 1 and b"not a terminal" in run.stderr
