#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Includes follow the arrows of the architecture (make check-layers).

    layers.py BUILD        for example layers.py build/release

Which files belong together is not guessed from the text: the compiler's own .d
files below BUILD say which files each object was made from. Each of those files
must include only what its folder may (FILE: INCLUDE is printed if not), and no
object may reach, through however many headers, a folder that no chain of arrows
leads to. Tests are not looked at: they may include anything.
"""

import pathlib
import re
import sys

# The same map as docs/ARCHITECTURE.md, arrow by arrow: what a folder may include
# besides itself.
ARROWS = {
    "engine/base": [],
    "engine/clock": ["base"],
    "engine/config": ["base"],
    "engine/hist": ["base"],
    "engine/entropy": ["base"],
    "engine/eventq": ["base", "clock"],
    "engine/stimulus": ["base", "clock", "config"],
    "engine/collect": ["base", "clock", "config", "hist", "entropy", "eventq", "stimulus"],
    "engine/report": ["base", "clock", "config", "hist", "entropy", "eventq", "collect"],
    "engine/load": ["base", "clock"],
    "engine/metrics": ["base", "clock", "config", "hist", "entropy", "eventq", "stimulus",
                       "collect", "report"],
}
ARROWS = {folder: {f"engine/{name}" for name in names} for folder, names in ARROWS.items()}
# engine.h is the engine's face and names whatever it shows. The screen and the
# commands see that header only, and each other.
ARROWS["engine"] = set(ARROWS)
ARROWS["tui"] = {"engine"}

# Between quotes: <term.h> is the system's though tui/live has a term.h too.
QUOTED = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.MULTILINE)


def folder_of(path):
    """The node of the map that a file belongs to; None for a folder not on it."""
    if path.startswith("tui/"):
        return "tui"
    # the variants of a system's differences belong to the folder they are in
    folder = path.rpartition("/")[0].removesuffix("/port").removesuffix("/probe")
    return folder if folder in ARROWS else None


def reachable(folder):
    """All folders that a chain of arrows leads to."""
    seen, todo = set(), [folder]
    while todo:
        for target in ARROWS[todo.pop()] - seen:
            seen.add(target)
            todo.append(target)
    return seen


def read_dependencies(path):
    """The files of ours that an object was made from, the source first."""
    rule = path.read_text().replace("\\\n", " ").split("\n", 1)[0]
    files = rule.partition(":")[2].split()
    return [f for f in files if f.startswith(("engine/", "tui/"))]


def check_file(path):
    """What a file's own #include lines do wrong."""
    folder = folder_of(path)
    if folder is None:
        yield f"{path}: is in no folder of the map"
        return
    text = pathlib.Path(path).read_text()
    quoted = set(QUOTED.findall(text))
    for name in INCLUDE.findall(text):
        beside = pathlib.Path(path).parent / name
        if name in quoted and beside.exists() and not pathlib.Path(name).exists():
            yield f"{path}: {name} (write it from the root: {beside})"
        if name.startswith("tests/"):
            yield f"{path}: {name}"
        if not name.startswith(("engine/", "tui/")):
            continue
        target = folder_of(name)
        if target != folder and target not in ARROWS[folder]:
            yield f"{path}: {name}"


def check_object(files):
    """What an object reaches only through macros or chains that the map forbids."""
    folder = folder_of(files[0])
    if folder is None:
        return
    allowed = reachable(folder) | {folder}
    for name in files[1:]:
        if folder_of(name) not in allowed:
            yield f"{files[0]}: {name} (reached through other headers)"


def main():
    build = pathlib.Path(sys.argv[1])
    objects = [read_dependencies(d) for top in ("engine", "tui")
               for d in sorted((build / top).rglob("*.d"))]
    # A .d of a source that was deleted since says nothing about today.
    objects = [files for files in objects if files and pathlib.Path(files[0]).exists()]
    if not objects:
        print(f"check-layers: no .d files in '{build}': build first", file=sys.stderr)
        return 1
    files = {f for o in objects for f in o if pathlib.Path(f).exists()}
    # Headers that nothing includes yet obey the arrows too.
    files |= {str(h) for top in ("engine", "tui") for h in pathlib.Path(top).rglob("*.h")}

    wrong = {text for f in files for text in check_file(f)}
    direct = {text.partition(" (")[0] for text in wrong}
    wrong |= {text for o in objects for text in check_object(o)
              if text.partition(" (")[0] not in direct}
    for text in sorted(wrong):
        print(f"check-layers: {text}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
