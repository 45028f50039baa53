# SPDX-License-Identifier: MIT
"""Themes, colours and glyphs on terminals that have more or fewer of them: what is sent is
only what the terminal has, and what is shown can be read."""
import re
import shutil
import subprocess

import pytest

from pseudoterminal import KQTOP, Pseudoterminal, live
from session import unpack, until_still
from test_live_screen import knobs, with_figures

THEMES = ["default", "light", "contrast", "mono"]
PLAIN = {0, 1, 2, 3, 4, 7, 10, 11, 22, 24, 27, 39, 49}
EIGHT = set(range(30, 38)) | set(range(40, 48))
SIXTEEN = EIGHT | set(range(90, 98)) | set(range(100, 108))

# The first as ncurses-term has it, which is not installed everywhere.
TERMINFO = """kqtop-16color|xterm with sixteen colours,
\tccc@, colors#16, pairs#256,
\tsetab=\\E[%?%p1%{8}%<%t%p1%{40}%+%e%p1%{92}%+%;%dm,
\tsetaf=\\E[%?%p1%{8}%<%t%p1%{30}%+%e%p1%{82}%+%;%dm, use=xterm,
kqtop-45pairs|xterm with as many pairs as one theme needs,
\tpairs#45, use=xterm,
"""


def colors_sent(raw):
    """The numbers of all SGR sequences, and of those with 256 colours the colours."""
    numbers, indexed = set(), set()
    for sequence in re.findall(rb"\x1b\[([\d;]*)m", raw):
        text = re.sub(rb"[34]8;5;(\d+)", lambda m: indexed.add(int(m[1])) or b"", sequence)
        numbers |= {int(n) for n in text.split(b";") if n}
    return numbers, indexed


def sent(term, env, *options):
    with live(*options, term=term, env=env) as t:
        with_figures(t)
        t.until(knobs())
        t.key("T", ",")
        t.until("saved at once")
        t.key("4")
        t.until("entropy of stream")
        t.key("q")
        assert t.wait() == 0
        t.assert_restored_modes()
        return bytes(t.raw)


@pytest.fixture(scope="module")
def terminfo(tmp_path_factory):
    if not shutil.which("tic"):
        pytest.skip("no tic here")
    folder = tmp_path_factory.mktemp("terminfo")
    (folder / "source").write_text(TERMINFO)
    subprocess.run(["tic", "-x", "-o", folder, folder / "source"], check=True)
    return {"TERMINFO": str(folder), "TERMINFO_DIRS": "/etc/terminfo:/lib/terminfo:/usr/share/terminfo"}


@pytest.mark.parametrize("theme", THEMES)
def test_256_colours(theme):
    numbers, indexed = colors_sent(sent("xterm-256color", {}, "--theme", theme))
    assert numbers <= PLAIN | SIXTEEN
    assert bool(indexed) == (theme != "mono")
    if theme == "light":  # sky blue and yellow of the dark theme have no contrast on white
        assert not indexed & {74, 227} and {20, 29, 90, 130} <= indexed
    if theme == "default":
        assert {214, 74, 36, 227, 175} <= indexed


@pytest.mark.parametrize("theme", THEMES)
def test_16_colours(theme, terminfo):
    numbers, indexed = colors_sent(sent("kqtop-16color", terminfo, "--theme", theme))
    assert not indexed and numbers <= PLAIN | SIXTEEN
    assert bool(numbers & (SIXTEEN - EIGHT)) == (theme != "mono"), "the heat map's bright ones"


@pytest.mark.parametrize("theme", THEMES)
def test_8_colours(theme):
    numbers, indexed = colors_sent(sent("xterm", {}, "--theme", theme))
    assert not indexed and numbers <= PLAIN | EIGHT
    assert bool(numbers & EIGHT) == (theme != "mono")


@pytest.mark.parametrize("term,env,options", [
    ("vt100", {}, ["--color", "always"]), ("xterm-256color", {"NO_COLOR": "1"}, []),
    ("xterm-256color", {}, ["--color", "never"])])
def test_no_colours(term, env, options):
    numbers, indexed = colors_sent(sent(term, env, *options))
    assert not indexed and not numbers & SIXTEEN


def test_color_always_beats_no_color():
    _, indexed = colors_sent(sent("xterm-256color", {"NO_COLOR": "1"}, "--color", "always"))
    assert indexed


def panel(t):
    """What the cells of the latency panel look like."""
    return [[(cell.data, cell.fg, cell.bg) for cell in (t.screen.buffer[y][x] for x in range(140))]
            for y in range(3, 28)]


def paused(path, folder, terminfo, *options):
    return Pseudoterminal([KQTOP, "replay", path, "--pause-at", "0:23", *options], cols=140,
                          rows=45, term="kqtop-45pairs",
                          env={"XDG_CONFIG_HOME": folder, **terminfo})


def test_themes_by_key_look_as_those_from_the_start(tmp_path, terminfo):
    """Where there are no more pairs of colours than one theme may need."""
    path, looks = unpack(tmp_path), {}
    for theme in THEMES:
        with paused(path, str(tmp_path), terminfo, "--theme", theme) as t:
            until_still(t, "overview", "0:23")
            looks[theme] = panel(t)
    assert len({str(look) for look in looks.values()}) == 3  # contrast has the dark one's map
    with paused(path, str(tmp_path), terminfo) as t:
        until_still(t, "overview", "0:23")
        for theme, name in zip(THEMES[1:] + THEMES[:2], ("light", "high contrast", "mono", "default", "light")):
            t.key("m")
            t.until(rf"^ ?theme {name}\b")
            t.until(r"^ quit ")
            assert panel(t) == looks[theme], theme


BRAILLE = r"[\u2801-\u28ff]"


@pytest.mark.parametrize("glyphs,shown,not_shown", [
    ("auto", "[\u2581-\u2588]", BRAILLE), ("block", "[\u2581-\u2588]", BRAILLE),
    ("braille", BRAILLE, r"[\u2581-\u2583]"), ("ascii", "[-=#]{3}", r"[^\0-~]")])
def test_glyphs(glyphs, shown, not_shown):
    with live("--glyphs", glyphs, cols=120, rows=40) as t:
        with_figures(t)
        t.until(rf"^ timer .*s +{shown}" if glyphs == "braille" else shown)
        assert not re.search(not_shown, t.text())


@pytest.mark.parametrize("glyphs", ["auto", "braille", "block"])
def test_no_byte_above_126_without_utf8_whatever_is_asked_for(glyphs):
    with live("--glyphs", glyphs, "--theme", "light", env={"LC_ALL": "C"}) as t:
        with_figures(t)
        t.key("T", ",")
        t.until("saved at once")
        t.key("?")
        t.until("what is measured")
        t.key("q")
        assert t.wait() == 0
        assert max(t.raw) <= 126


def test_linux_console_gets_no_braille():
    with live("--glyphs", "braille", term="linux") as t:
        with_figures(t)
        t.until(r"^ timer .*s +[_.\u2584\u2588]")
        assert not re.search(BRAILLE, t.text())
