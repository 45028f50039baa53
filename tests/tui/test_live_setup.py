# SPDX-License-Identifier: MIT
"""The setup screen, settings and presets that are saved, the mouse, snapshots."""
import json
import os
import re
import signal

import pytest

from cli_kqtop import WITHOUT
from pseudoterminal import KQTOP, Pseudoterminal, live
from test_live_screen import knobs

SANITIZED = os.environ.get("KQT_PROFILE") in ("asan", "tsan")
MOUSE = r"mouse on: click knobs and keys, the wheel steps"
SETTINGS = ["theme", "glyphs", "color", "interval", "view", "kind", "stream", "scale", "mouse"]


@pytest.fixture
def home(tmp_path):
    """A home of the test's own, its configuration file and how to start with it."""
    class Home:
        file = tmp_path / "kqtop/config"
        folder = tmp_path

        @staticmethod
        def live(*options, **how):
            env = {"XDG_CONFIG_HOME": str(tmp_path), **how.pop("env", {})}
            return live(*options, env=env, cwd=str(tmp_path), **how)

        @staticmethod
        def write(text):
            (tmp_path / "kqtop").mkdir(exist_ok=True)
            (tmp_path / "kqtop/config").write_text(text)
    return Home


def leave(t):
    t.key("q")
    assert t.wait() == 0
    t.assert_restored()


# -- the setup screen ----------------------------------------------------------------


def test_setup_is_complete_at_80x24(home):
    with home.live() as t:
        t.until("LIVE")
        t.key("F2")
        t.until("change, saved at once; Esc leaves")
        for name in SETTINGS:
            t.until(rf"^[ >]+{name} +(< )?\w+.* default$")
        t.until(r"^ file  \S*/kqtop/config\n +not there yet")
        t.until(r"^ default  seed  timers  sockets  watchers  quiet  spin  storm$")
        t.until(knobs())
        t.until(r"^ quit  \? help")
    assert not home.file.exists(), "looking at settings saves none"


def test_change_is_seen_and_saved_at_once_and_the_rest_of_the_file_stays(home):
    home.write("# mine\n[kqtop]\nscale = lin ; why\nodd = 1\n[x]\ny = z\n")
    with home.live() as t:
        t.until(r" lin ─$")
        t.key(",")
        t.until("2 unknown keys, kept")
        for _ in range(SETTINGS.index("scale")):
            t.key("Down")
        t.until("> scale")
        t.key("Right", "Right")
        t.until(r"scale +< log >[^\0]*scale log, saved")
        assert home.file.read_text() == "# mine\n[kqtop]\nscale = log ; why\nodd = 1\n[x]\ny = z\n"
        t.key("Left")
        t.until(r"scale sqrt, saved")
        t.key("Up", "Up", "Right")
        t.until(r"> kind +< notification >")
        t.key("Esc")
        t.until("notification latency")
        t.until(r" sqrt ─$")
        leave(t)
    assert home.file.read_text() == \
        "# mine\n[kqtop]\nscale = sqrt ; why\nodd = 1\nkind = notification\n[x]\ny = z\n"
    with home.live() as t:
        t.until("notification latency")


@pytest.mark.parametrize("name,times,shows", [
    ("theme", 1, lambda t: b"48;5;153" in t.raw),
    ("glyphs", -1, lambda t: all(ord(c) < 127 for c in t.text())),
    ("color", -1, lambda t: re.search(rb"never[^\0]*", bytes(t.raw))),
    ("interval", 1, lambda t: "LIVE 2/s" in t.text()),
    ("stream", 1, lambda t: "d low8" in t.text()),
    ("mouse", 1, lambda t: b"\x1b[?1000h" in t.raw),
])
def test_each_setting_works_at_once(home, name, times, shows):
    with home.live() as t:
        t.until("LIVE")
        t.key(",")
        t.until("saved at once")
        for _ in range(SETTINGS.index(name)):
            t.key("Down")
        t.key("Right" if times > 0 else "Left")
        t.until(rf"> {name} +< \w+ >[^\0]*{name} \w+, saved")
        t.until(lambda _: shows(t))
        leave(t)
    assert re.search(rf"^{name} = \w+$", home.file.read_text(), re.M)


def test_view_of_the_next_start(home):
    home.write("[kqtop]\nview = entropy\nkind = response\ninterval = 1s\n")
    with home.live() as t:
        t.until("entropy of stream seed")
        t.until("LIVE 1/s")
        t.until("k resp")
    with home.live("--view", "overview", "--kind", "wait") as t:
        t.until("wait latency")


def test_esc_leads_back_to_the_view_before(home):
    with home.live() as t:
        t.until("LIVE")
        t.key("4")
        t.until("entropy of stream")
        t.key(",")
        t.until("saved at once")
        t.key("Esc")
        t.until("entropy of stream")


def test_setup_is_usable_at_40x10(home):
    with home.live(cols=40, rows=10) as t:
        t.until("p50")
        t.key(",")
        t.until("> theme")
        for name in SETTINGS[1:]:
            t.key("Down")
            t.until(rf"> {name}")
        t.key("Right")
        t.until("mouse on, saved")
        t.until(r"t8 s4 w4 o1ms")
        assert all(len(line) <= 40 for line in t.text().split("\n"))
        t.until(r"^ quit  \? help")  # again, when the message is over


def test_a_save_that_fails_says_so_and_the_setting_holds(home):
    with home.live() as t:
        t.until("LIVE")
        (home.folder / "kqtop").write_text("a file where a folder should be")
        t.key(",")
        t.until("saved at once")
        t.key("Right")
        t.until("! not saved: cannot (read|write)")  # the path may stand in the next row
        t.until(r"> theme +< light >")
        leave(t)


# -- presets of one's own ------------------------------------------------------------


def test_preset_of_ones_own_is_saved_stepped_to_and_an_option(home):
    with home.live("--timers", "3", "--timeout", "7ms") as t:
        t.until(knobs(timers=3, timeout="7ms"))
        t.key(*"Nmy-1", "Enter")
        t.until("preset my-1 saved")
        t.until(r"p my-1\b(?!\*)")
        t.key("p")
        t.until("p default")
        t.key("P")
        t.until(r"p my-1\b")
        t.until(knobs(timers=3, timeout="7ms"))
        t.key("P")
        t.until("p storm")
        leave(t)
    text = home.file.read_text()
    assert text.startswith("[preset my-1]\ntimers = 3\nsockets = 4\n") and "timeout = 7ms\n" in text
    with home.live("--preset", "my-1") as t:
        t.until(knobs(timers=3, timeout="7ms"))
        t.until(r"p my-1\b(?!\*)")
        t.key("q")
        assert t.wait() == 0
        assert b"again: kqtop live --timers 3 --timeout 7ms" in t.raw


def affinity(t):
    """CPUs of the collector's thread; None while there is none of that name."""
    for task in os.listdir(f"/proc/{t.pid}/task"):
        try:
            with open(f"/proc/{t.pid}/task/{task}/comm", encoding="ascii") as f:
                if f.read() == "kqt-collector\n":
                    return os.sched_getaffinity(int(task))
        except OSError:  # it ended meanwhile
            pass
    return None


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
                    reason="two CPUs are needed to be pinned to one")
@pytest.mark.skipif(bool({"pin_cpu_set", "slack_prctl", "name_of_thread"} & WITHOUT),
                    reason="built without pinning, slack or names for threads")
def test_what_a_preset_asks_of_threads_is_in_force_and_undone(home):
    cpus = os.sched_getaffinity(0)
    cpu = max(cpus)
    home.write(f"[preset pinned]\ncpu = {cpu}\nslack = 1us\n")
    with home.live(f"--json-lines={home.folder}/lines") as t:
        t.until(r"p50 +[\d.]+[num]?s")
        t.until(lambda _: affinity(t) == cpus)
        t.key("P")
        t.until(r"preset default -> pinned \(restarted for cpu, slack\)")
        t.until(lambda _: affinity(t) == {cpu})
        t.until(r"LIVE")
        t.key("u")
        t.until(r"preset pinned -> default \(restarted for cpu, slack\)")
        t.until(lambda _: affinity(t) == cpus)
        t.key("z")
        t.until("STOPPED")
        t.key("P")
        t.until(r"preset default -> pinned \(at the next start, z\)")
        leave(t)


def test_a_preset_that_threads_cannot_have_leaves_what_is(home):
    home.write("[preset nowhere]\ncpu = 1023\n")
    with home.live() as t:
        t.until(r"p50 +[\d.]+[num]?s")
        t.key("P")
        t.until(r"! cannot start the measuring threads, --cpu 1023")
        t.until(r"p default .*")
        t.until("LIVE")
        t.key("T")
        t.until("timers 8 -> 16")
        leave(t)
    assert b"again: kqtop live --timers 16\r" in t.raw


@pytest.mark.skipif("pin_cpu_set" in WITHOUT, reason="built without pinning")
def test_an_undo_that_cannot_be_is_not_lost(home):
    home.write(f"[preset nowhere]\ncpu = 1023\n[preset there]\ncpu = {min(os.sched_getaffinity(0))}\n")
    with home.live() as t:
        t.until(r"p50 +[\d.]+[num]?s")
        t.key("z")
        t.until("STOPPED")
        t.key("P")
        t.until("preset default -> there")
        t.key("P")
        t.until("preset there -> nowhere")
        t.key("p")
        t.until("preset nowhere -> there")
        t.key("z")
        t.until("LIVE")
        t.key("u")
        t.until(r"! cannot start the measuring threads, --cpu 1023")
        t.key("z")
        t.until("STOPPED")
        t.key("u")
        t.until("preset there -> nowhere")
        leave(t)


def test_unknown_keys_of_the_file_are_told_at_the_start(home):
    home.write("[kqtop]\nscale = lin\ntmers = 16\nodd = 1\n")
    with home.live() as t:
        t.until(r"config file: 'tmers', line 3, is unknown, and others: log \(6\)")
        t.key("6")
        t.until(r"configuration file, line 3: 'tmers' in \[kqtop\] is[^\0]*line 4: 'odd' in")
        leave(t)
    assert home.file.read_text() == "[kqtop]\nscale = lin\ntmers = 16\nodd = 1\n"


@pytest.mark.parametrize("name,why", [("storm", "'storm' is a built-in preset"),
                                      ("-x", "'-x' is no preset's name"),
                                      ("a/b", "'a/b' is no preset's name")])
def test_names_that_may_not_be_are_refused(home, name, why):
    with home.live() as t:
        t.until("LIVE")
        t.key("N", *name, "Enter")
        t.until(f"! {why}")
        assert not home.file.exists()


def test_a_preset_that_is_there_is_replaced_when_asked_twice(home):
    home.write("[preset a]\ntimers = 1\n")
    with home.live() as t:
        t.until("LIVE")
        t.key("N", "a", "Enter")
        t.until("is there: Enter replaces it")
        t.key("Esc")
        t.until(lambda text: "Enter" not in text)
        assert home.file.read_text() == "[preset a]\ntimers = 1\n"
        t.key("N", "a", "Enter", "Enter")
        t.until("preset a saved")
        assert "timers = 8\n" in home.file.read_text()


def test_letters_of_a_name_are_no_keys(home):
    with home.live() as t:
        t.until("LIVE")
        t.key("N", *"Tqz", "Backspace")
        t.until("save preset as: Tq_")
        t.key("Esc")
        t.until(lambda text: "save preset" not in text)
        t.until(knobs())
        assert t.poll() is None


# -- the command line that repeats it ------------------------------------------------


def test_summary_overrules_the_file_and_leaves_the_look_out(home):
    home.write("[kqtop]\ntimers = 16\ndither = on\ntheme = light\nview = entropy\n")
    with home.live("--scale", "log") as t:
        t.until(knobs(timers=16))
        t.key("t", "d")
        t.until(knobs(timers=8))
        t.key("q")
        assert t.wait() == 0
        again = re.search(rb"again: (kqtop live [^\r\n]*)", bytes(t.raw))[1].decode()
    assert again == "kqtop live --preset default --dither --stream low8"
    with home.live(*again.split()[2:]) as t:
        t.until(knobs(timers=8))
        t.until("stream low8|d low8")


# -- mouse ---------------------------------------------------------------------------


def click(t, pattern, button=0, at=0):
    """Press and release on what the screen shows; SGR counts from 1."""
    for row, line in enumerate(t.text().split("\n")):
        found = re.search(pattern, line)
        if found:
            where = f"{button};{found.start() + at + 1};{row + 1}"
            t.key(f"\x1b[<{where}M", f"\x1b[<{where}m")
            return
    raise AssertionError(f"no {pattern!r} on the screen:\n{t.text()}")


def test_mouse_chooses_steps_and_presses(home):
    with home.live() as t:
        t.until("LIVE")
        click(t, "sockets 4")  # not asked for yet: nothing
        t.key("M")
        t.until(MOUSE)
        click(t, "timers 8", at=3)
        t.until("timers: - and \\+ step it")
        t.key("+")
        t.until(knobs(timers=16))
        click(t, "sockets 4", button=64)
        t.until(knobs(timers=16, sockets=8))
        click(t, "sockets 8", button=65, at=8)
        t.until(knobs(timers=16, sockets=4))
        click(t, "spc freeze", at=5)
        t.until("FROZEN")
        click(t, "spc freeze", button=64)  # the wheel presses no keys
        click(t, r"\? help")
        t.until("what is measured")
        t.key("M")
        t.until("mouse off")
        assert t.raw.rfind(b"\x1b[?1000l") > t.raw.rfind(b"\x1b[?1000h")
        leave(t)


def test_wheel_on_a_knob_is_refused_where_its_keys_are(home):
    with home.live("--mouse", "on", "--ab-round-time", "1h") as t:
        t.until(r"p50 +[\d.]+[num]?s")
        t.key(",")
        t.until("> theme")
        click(t, "timers 8", button=64)
        t.until("setup: arrows change a setting; Esc leaves first")
        t.key("Esc")
        t.until("wait latency, all")
        t.until(r"up 0:00:0[1-9]")
        t.key("S")
        t.until(r"A>now sockets 4 -> 8")
        t.key("n")
        t.until(r"round 1 of ")
        click(t, "timers 8", button=65)
        t.until("an A/B bench is running: Esc cancels it first")
        t.key("m")  # said and gone
        t.until("theme light")
        click(t, "timers 8")
        t.until("an A/B bench is running: Esc cancels it first")
        t.key("Esc")
        t.until("A/B cancelled")
        leave(t)
    assert b"again: kqtop live --sockets 8\r" in t.raw


def test_mouse_chooses_and_changes_settings(home):
    with home.live("--mouse", "on") as t:
        t.until("LIVE")
        t.key(",")
        t.until("> theme")
        click(t, "scale  ")
        t.until("> scale")
        click(t, "kind  ", button=64)
        t.until("> kind +< notification >")
        assert home.file.read_text() == "[kqtop]\nkind = notification\n"


def test_mouse_is_given_back_whatever_ends_it(home):
    for number in (signal.SIGTERM, signal.SIGSEGV):
        if number == signal.SIGSEGV and SANITIZED:
            continue  # the sanitizer reports the crash that is sent here as one of its own
        with home.live("--mouse", "on") as t:
            t.until("LIVE")
            t.until(lambda _, t=t: b"\x1b[?1006h" in t.raw)
            t.signal(number)
            t.wait()
            t.assert_restored()


def test_mouse_is_given_back_while_suspended():
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Pseudoterminal(shell, env={"PS1": "ready> ", "KQTOP": KQTOP}) as t:
        t.until("ready>")
        t.key('"$KQTOP" live --mouse on\r')
        t.until(r"LIVE 4/s")
        t.until(lambda _: b"\x1b[?1000h" in t.raw)
        t.key("^Z")
        t.until("Stopped")
        assert t.raw.rfind(b"\x1b[?1000l") > t.raw.rfind(b"\x1b[?1000h")
        t.key("fg\r")
        t.until(lambda _: t.raw.rfind(b"\x1b[?1000h") > t.raw.rfind(b"\x1b[?1000l"))
        t.until(r"^ quit  \? help")
        t.key("q")
        t.until("again: kqtop live")
        t.key("exit\r")
        t.wait()


def test_terminal_without_a_mouse_says_so():
    with live(term="vt100") as t:
        t.until("p50")
        t.key("M")
        t.until("! this terminal does not report its mouse")
        assert b"?1000" not in t.raw


# -- x -------------------------------------------------------------------------------


def test_x_saves_what_is_shown_and_never_over_another_file(home):
    with home.live("--timers", "3") as t:
        t.until(r"p50 +[\d.]+[num]?s")
        for n in (1, 2, 3):
            t.key("x")
            t.until(lambda _, n=n: len(list(home.folder.glob("kqtop-*.txt"))) == n)
            t.until(r"saved (kqtop-\d{8}-\d{6}(-\d)?)\.txt and \1\.json")
        leave(t)
    texts, objects = (sorted(home.folder.glob(f"kqtop-*.{end}")) for end in ("txt", "json"))
    assert [f.stem for f in texts] == [f.stem for f in objects] and len(texts) == 3
    for text in texts:
        lines = text.read_text().split("\n")
        assert re.fullmatch(r"kqtop \S+, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}", lines[0])
        assert lines[1] == "kqtop live --timers 3"
        assert re.search(knobs(timers=3), lines[4]) and len(lines) == 3 + 24 + 1
    for line in objects:
        assert json.loads(line.read_text())["config"]["num_timers"] == 3


def test_x_that_cannot_save_says_why_and_leaves_nothing(home):
    closed = home.folder / "closed"
    closed.mkdir()
    with live(cwd=str(closed)) as t:
        t.until(r"p50 +[\d.]+[num]?s")
        closed.rmdir()
        t.key("x")
        t.until(r"! cannot save kqtop-\d{8}-\d{6}\.txt: no such file")
        leave(t)
