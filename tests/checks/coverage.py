#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Which lines no test came by: `make cov` calls this after its tests.

    tests/checks/coverage.py BUILD [FOLDER..]

BUILD holds what PROFILE=cov compiled and counted. A line a source file: how many of its
lines that the compiler made code of ran, and those that did not, as ranges. FOLDER: only
sources below it (engine tui). A process that a test kills counts nothing: what only such a
one does is shown as not run."""

import collections
import json
import pathlib
import subprocess
import sys


def counts(build, root):
    """{source: {line: how often}}, of all objects, as a header is in several."""
    lines = collections.defaultdict(collections.Counter)
    for notes in sorted(pathlib.Path(build).rglob("*.gcno")):
        done = subprocess.run(["gcov", "--json-format", "--stdout", str(notes.resolve())], cwd=root, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        for text in done.stdout.splitlines():
            for file in json.loads(text)["files"]:
                for line in file["lines"]:
                    lines[file["file"].removeprefix("./")][line["line_number"]] += line["count"]
    return lines


def ranges(numbers, code):
    """What did not run, joined over lines without code: [(first, last)]."""
    out, last = [], None
    for number in sorted(code):
        if number not in numbers:
            last = None
        elif last is None:
            out.append([number, number])
            last = number
        else:
            out[-1][1] = last = number
    return [f"{a}" if a == b else f"{a}-{b}" for a, b in out]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    root = pathlib.Path.cwd()
    below = tuple(f"{f.rstrip('/')}/" for f in sys.argv[2:] or ["engine", "tui"])
    total = ran = 0
    for source, lines in sorted(counts(sys.argv[1], root).items()):
        if not source.startswith(below):
            continue
        missed = {n for n, count in lines.items() if count == 0}
        total += len(lines)
        ran += len(lines) - len(missed)
        print(f"{100 * (1 - len(missed) / len(lines)):5.1f} % of {len(lines):4} {source}: "
              f"{' '.join(ranges(missed, lines)) or 'all'}")
    if not total:
        sys.exit(f"{sys.argv[1]}: nothing compiled with PROFILE=cov")
    print(f"{100 * ran / total:.1f} %: {ran} of {total} lines")


if __name__ == "__main__":
    main()
