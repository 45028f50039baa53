#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`make screenshots`: pictures of real runs on this machine into docs/images, taken from the
same terminal as the tests'. Each run is half a minute or so and presses the keys listed below.
Names as arguments: those pictures only."""
import pathlib
import sys
import tempfile
import time

import picture
from pseudoterminal import live

IMAGES = pathlib.Path(__file__).resolve().parents[2] / "docs/images"

# A change after 25 s, a load after 50, half a minute of what it does.
CHANGE_AND_LOAD = [(25, ["T"]), (50, ["g"]), (50.5, ["Enter"]), (83, [])]
# name: theme, columns, rows, options, [(seconds, keys)]; the picture is taken at the last
SHOTS = {
    "overview": ("default", 126, 36, [], CHANGE_AND_LOAD),
    "latency-light": ("light", 126, 36, ["--view", "latency"], [(25, ["b"]), (35, ["S", "S"]), (36, ["T", "T"]), (75, [])]),
}


def shoot(name, theme, cols, rows, options, steps):
    with tempfile.TemporaryDirectory() as home, \
            live("--theme", theme, *options, cols=cols, rows=rows, env={"XDG_CONFIG_HOME": home}) as t:
        t.until(r"^ quit ")
        begin = time.monotonic()
        for at, keys in steps:
            while time.monotonic() - begin < at:
                t.read(0.02)
            t.key(*keys)
        path = IMAGES / f"{name}.png"
        picture.draw(t.screen, path, theme != "light")
        print(f"{path.name}: {path.stat().st_size // 1024} KB")
        t.key("q")
        t.wait()


def main():
    IMAGES.mkdir(exist_ok=True)
    for name in sys.argv[1:] or SHOTS:
        shoot(name, *SHOTS[name])


if __name__ == "__main__":
    main()
