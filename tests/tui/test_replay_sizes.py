# SPDX-License-Identifier: MIT
"""What holds at every size, on every terminal, in every view: over the recorded session,
paused, so that nothing moves."""
import os
import re
import shutil
import subprocess
import tempfile
import time

import pytest

from pseudoterminal import KQTOP, LIMIT_S, Pseudoterminal, live
from session import ROOT, VIEWS, replayed, styled, unpack

SIZES = [(40, 10), (60, 15), (80, 24), (120, 40), (200, 60)]
AT = "0:16"
KNOBS = "timers 4  sockets 1  watchers 1  timeout 5ms"
BEYOND = 12  # columns and rows that the terminal has and says nothing of


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("session")
    unpack(folder)
    return folder


def paused(folder, name, cols, rows, **env):
    return replayed(folder, str(folder / "session.jsonl"), name, AT, cols, rows, **env)


def until_there(t, name):
    """As until_still, also where there is no room for a header: the knobs were others before."""
    t.until(lambda s: re.search(r"timers 4 |t4 s1", s) and "SEEKING" not in s and
            re.search(r"^ quit ", s, re.M))
    while t.read(0.1):  # what is left of the frame; nothing follows while it is paused
        pass
    if name == "help":
        t.key("?")
        t.until("page 1 of")
        while t.read(0.1):
            pass


@pytest.mark.parametrize("cols,rows", SIZES)
@pytest.mark.parametrize("name", VIEWS)
def test_nothing_is_written_beyond_the_edge(folder, name, cols, rows):
    """The terminal is larger than it says: what would wrap there is seen."""
    with paused(folder, name, cols, rows) as t:
        t.screen.resize(rows + BEYOND, cols + BEYOND)
        until_there(t, name)
        for line in t.screen.display[:rows]:
            assert line[cols:].strip() == ""
        assert "".join(t.screen.display[rows:]).strip() == ""
        assert t.row(rows - 1).startswith(" quit")


@pytest.mark.parametrize("cols,rows", [size for size in SIZES if size >= (80, 24)])
@pytest.mark.parametrize("name", VIEWS)
def test_knobs_are_literal_in_every_view(folder, name, cols, rows):
    with paused(folder, name, cols, rows) as t:
        until_there(t, name)
        assert t.row(1).strip().startswith(KNOBS)
        assert "REPLAY 0:00:16 of 0:00:24" in t.row(0)


def ends(line):
    """Where the figures of a row end: columns are right-aligned."""
    return [m.end() for m in re.finditer(r"\S+", line)][1:8]


@pytest.mark.parametrize("cols,rows", [(80, 24), (120, 40), (200, 60)])
def test_columns_of_the_table_are_aligned(folder, cols, rows):
    with paused(folder, "overview", cols, rows) as t:
        until_there(t, "overview")
        # a bar of the share is no column
        table = [re.sub("[█▉▊▋▌▍▎▏]", " ", line) for line in t.screen.display
                 if re.match(r" (timer|read|write|vnode) ", line)]
        assert len(table) == 4
        assert len({tuple(ends(line)) for line in table}) == 1, "\n".join(table)


def man_keys(mark):
    """(keys, what they do) of one of the man page's tables of keys."""
    text = (ROOT / "docs/kqtop.1").read_text().split(f"{mark}:begin")[1].split(f"{mark}:end")[0]
    rows = re.findall(r"^\.It Ic (.*)\n(.*)$", text, re.M)
    return [(re.sub(r"\\[&-]?", lambda m: "-" if m[0] == "\\-" else "", keys), words) for keys, words in rows]


def help_text(t):
    """All pages, without blanks: a line may be broken anywhere between words."""
    pages = int(t.until(r"page 1 of (\d+)")[1])
    text = t.text()
    for page in range(2, pages + 1):
        t.key("Space")
        t.until(f"page {page} of {pages}")
        text += t.text()
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("cols,rows", SIZES)
def test_help_has_every_key(folder, cols, rows):
    with live("--preset", "quiet", cols=cols, rows=rows) as t:
        t.until(r"^ quit ")
        t.key("?")
        text = help_text(t)
    with paused(folder, "overview", cols, rows) as t:
        until_there(t, "overview")
        t.key("?")
        replay = help_text(t)
    for keys, words in man_keys("keys"):
        assert re.sub(r"\s", "", keys + words) in text
    for keys, words in man_keys("replay-keys"):
        assert re.sub(r"\s", "", keys + words) in replay


@pytest.mark.parametrize("name", VIEWS)
def test_no_byte_above_126_in_the_c_locale(folder, name):
    with paused(folder, name, 80, 24, LC_ALL="C") as t:
        until_there(t, name)
        assert max(t.raw) <= 126


@pytest.mark.parametrize("term,env,colors", [
    ("xterm-256color", {}, 256), ("xterm-16color", {}, 16), ("xterm", {}, 8), ("vt100", {}, 0),
    ("xterm-256color", {"NO_COLOR": "1"}, 0)])
def test_figures_are_the_same_in_all_colours(folder, term, env, colors):
    """And no colour is asked for that the terminal does not have."""
    if subprocess.run(["infocmp", term], capture_output=True, check=False).returncode:
        pytest.skip(f"no terminal type {term} here")
    path = str(folder / "session.jsonl")
    with paused(folder, "overview", 80, 24) as best, \
            Pseudoterminal([KQTOP, "replay", path, "--pause-at", AT], term=term,
                           env={"XDG_CONFIG_HOME": str(folder), **env}) as t:
        for one in (best, t):
            until_there(one, "overview")
        def figures(one):
            return [one.row(y) for y in (0, 1, 2, *range(12, 24))]
        t.until(lambda _: figures(t) == figures(best) or term == "vt100")
        assert [re.sub(r"[^ -~]|[x`]", " ", x)[:60] for x in figures(t)][:3] == \
            [re.sub(r"[^ -~]|[x`]", " ", x)[:60] for x in figures(best)][:3]
        asked = {int(n) for text in re.findall(rb"\x1b\[([\d;]+)m", bytes(t.raw))
                 for n in re.findall(rb"[34]8;5;(\d+)", text)}
        plain = {int(n) for text in re.findall(rb"\x1b\[([\d;]+)m", bytes(t.raw))
                 for n in re.sub(rb"[34]8;5;\d+", b"", text).split(b";") if n}
        if colors <= 8:
            assert not asked
        assert all(n < colors for n in asked)
        if colors == 0:
            assert not any(30 <= n <= 38 or 40 <= n <= 48 or n >= 90 for n in plain)


def test_a_storm_of_resizes_leaves_the_screen_as_it_is(folder):
    with paused(folder, "overview", 80, 24) as direct, paused(folder, "overview", 140, 45) as t:
        for one in (direct, t):
            until_there(one, "overview")
        for cols, rows in [(40, 10), (200, 60), (1, 1), (39, 9), (80, 24), (20, 3), (300, 90)]:
            t.resize(cols, rows)
            t.read(0.01)
        for i in range(50):
            t.resize(30 + 3 * i, 5 + i)
            t.read(0.001)
        t.resize(80, 24)
        t.key("^L")
        t.until("drawn again")
        t.until(lambda _: styled(t.screen) == styled(direct.screen))


def tmux(folder, *args):
    """A server of our own: its socket lies in the test's folder, no file of the user is read."""
    env = dict(os.environ, TMUX_TMPDIR=str(folder), LC_ALL="C.UTF-8", TERM="xterm-256color",
               XDG_CONFIG_HOME=str(folder))
    env.pop("TMUX", None)
    return subprocess.run(["tmux", "-f", "/dev/null", *args], env=env, text=True, timeout=LIMIT_S,
                          capture_output=True, check=False)


@pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux here")
def test_tmux_shows_what_our_own_terminal_shows(folder):
    with tempfile.TemporaryDirectory() as socket, paused(folder, "overview", 80, 24,
                                                         TERM="screen-256color") as t:
        until_there(t, "overview")
        command = f"exec {KQTOP} replay {folder}/session.jsonl --pause-at {AT}"
        # one line: a status row of tmux's own is off, so that all 24 are ours
        try:
            made = tmux(socket, "new-session", "-d", "-x", "80", "-y", "24", "-s", "kqtop", "sleep 60",
                        ";", "set-option", "-g", "status", "off", ";", "set-option", "-g", "default-terminal",
                        "screen-256color", ";", "resize-window", "-x", "80", "-y", "24", ";",
                        "respawn-pane", "-k", command)
            if made.returncode:
                pytest.skip(f"tmux does not start here: {made.stderr.strip()}")
            for key, ours in (("", ""), ("4", "4"), ("6", "6"), ("?", "?"), ("1", "1"), ("f", "f")):
                if key:
                    tmux(socket, "send-keys", key)
                    t.key(ours)
                end = time.monotonic() + LIMIT_S
                while True:
                    t.read(0.05)
                    pane = tmux(socket, "capture-pane", "-p").stdout.split("\n")
                    pane = [line.rstrip() for line in pane][:24]
                    if pane == [t.row(y) for y in range(24)]:
                        break
                    assert time.monotonic() < end, "\n".join(pane) + "\n" + t.text()
        finally:
            tmux(socket, "kill-server")
