# SPDX-License-Identifier: MIT
"""The recorded session of tests/data, replayed and paused; a screen as text with styles."""
import gzip
import pathlib
import string

from pseudoterminal import KQTOP, Pseudoterminal

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "tests/data"
SCREENS = DATA / "screens"

VIEWS = ["overview", "latency", "events", "entropy", "compare", "log", "help"]
# cols, rows, position
SIZES = [(80, 24, "0:16"), (140, 45, "0:23")]


def unpack(folder):
    """The recording as two files in a folder. @return the path to give to kqtop"""
    for name in ("session.jsonl", "session.jsonl.hlog"):
        (pathlib.Path(folder) / name).write_bytes(gzip.decompress((DATA / (name + ".gz")).read_bytes()))
    return str(pathlib.Path(folder) / "session.jsonl")


def replayed(folder, path, name, at, cols, rows, **env):
    """A terminal with a view of the session, paused; `name` "help" is a key's."""
    return Pseudoterminal([KQTOP, "replay", path, "--pause-at", at, *(["--view", name] if name != "help" else [])],
                          cols=cols, rows=rows, env={"XDG_CONFIG_HOME": str(folder), **env})


def until_drawn(t):
    """All of a frame: its last cell is of the key bar, which has a colour of its own or is
    reversed; then what may still be on its way. Nothing follows while it is paused."""
    last = t.screen.buffer[t.screen.lines - 1]
    t.until(lambda _: last[t.screen.columns - 1].bg != "default" or last[t.screen.columns - 1].reverse)
    while t.read(0.1):
        pass


def until_still(t, name, clock):
    """Paused where it is to be, nothing on its way; the help is asked for."""
    t.until(lambda s: f"REPLAY 0:{int(clock.split(':')[0]):02}:{clock.split(':')[1]}" in s and "SEEKING" not in s)
    until_drawn(t)
    if name == "help":
        t.key("?")
        t.until("page 1 of")
        until_drawn(t)


def styled(screen):
    """Rows of text, then which look each cell has: a letter a look, in order of appearance;
    a blank is the terminal's own, or a blank cell of whose colour nothing is seen."""
    letters, rows = {}, []
    for y in range(screen.lines):
        row = ""
        for x in range(screen.columns):
            c = screen.buffer[y][x]
            look_of = (c.fg, c.bg, "bold " * c.bold + "reverse " * c.reverse + "underline " * c.underscore)
            unseen = c.data == " " and c.bg == "default" and not c.reverse and not c.underscore
            if unseen or look_of == ("default", "default", ""):
                row += " "
                continue
            letters.setdefault(look_of, (string.ascii_letters + string.digits + string.punctuation)[len(letters)])
            row += letters[look_of]
        rows.append(row.rstrip())
    text = [line.rstrip() for line in screen.display]
    legend = [f"{letter} = {fg} on {bg} {more}".rstrip() for (fg, bg, more), letter in letters.items()]
    return "\n".join(text + ["-- looks --"] + rows + legend) + "\n"
