# SPDX-License-Identifier: MIT
"""The recorded session of tests/data, replayed and paused; a screen as text with styles."""
import gzip
import pathlib
import string
import time

from pseudoterminal import LIMIT_S

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
SCREENS = DATA / "screens"

# key, name (of the file, and what the screen says for some seconds after the key)
VIEWS = [("1", "overview"), ("4", "entropy"), ("5", "compare"), ("6", "log"), ("?", "help")]
# cols, rows, position
SIZES = [(80, 24, "0:16"), (140, 45, "0:23")]


def unpack(folder):
    """The recording as two files in a folder. @return the path to give to kqtop"""
    for name in ("session.jsonl", "session.jsonl.hlog"):
        (pathlib.Path(folder) / name).write_bytes(gzip.decompress((DATA / (name + ".gz")).read_bytes()))
    return str(pathlib.Path(folder) / "session.jsonl")


def message_row(t):
    return t.row(t.screen.lines - 2).strip()


def until_still(t, clock):
    """Paused where it is to be, nothing on its way, no message on the screen."""
    t.until(lambda s: "REPLAY" in s and "SEEKING" not in s)
    t.until(lambda s: clock in s.split("\n")[0])


def until_views(shown):
    """[(terminal, name)]: wait until each has said the name of its view and has stopped
    saying it. All of them together, as that takes four seconds."""
    waits = [[t, name, False] for t, name in shown]
    end = time.monotonic() + LIMIT_S
    while waits:
        for wait in list(waits):
            t, name, _ = wait
            t.read(0.01)
            if name == "help" and "page 1 of" in t.text():
                waits.remove(wait)  # says nothing
            elif message_row(t) == name:
                wait[2] = True
            elif wait[2]:
                waits.remove(wait)
        assert time.monotonic() < end, f"never: {waits[0][1]}\n{waits[0][0].text()}"


def styled(screen):
    """Rows of text, then which look each cell has: a letter a look, in order of appearance;
    a blank is the terminal's own."""
    letters, rows = {}, []
    for y in range(screen.lines):
        row = ""
        for x in range(screen.columns):
            c = screen.buffer[y][x]
            look_of = (c.fg, c.bg, "bold " * c.bold + "reverse " * c.reverse + "underline " * c.underscore)
            if look_of == ("default", "default", ""):
                row += " "
                continue
            letters.setdefault(look_of, (string.ascii_letters + string.digits + string.punctuation)[len(letters)])
            row += letters[look_of]
        rows.append(row.rstrip())
    text = [line.rstrip() for line in screen.display]
    legend = [f"{letter} = {fg} on {bg} {more}".rstrip() for (fg, bg, more), letter in letters.items()]
    return "\n".join(text + ["-- looks --"] + rows + legend) + "\n"
