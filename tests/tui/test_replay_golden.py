#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whole screens of the recorded session, paused, against those in tests/data/screens: text
and looks. What is shown must not depend on the machine, the hour or the build.

`make golden` runs this file as a program: it shows what would change and writes it.
`git diff tests/data/screens` is the same once more; look at it before you commit."""
import contextlib
import difflib
import pathlib
import sys
import tempfile

import pytest

from session import SCREENS, SIZES, VIEWS, replayed, styled, unpack, until_still

CASES = [(name, cols, rows, at) for cols, rows, at in SIZES for name in VIEWS]


def file_of(name, cols, rows):
    return SCREENS / f"{name}_{cols}x{rows}.txt"


def shoot(folder):
    """Every case, all of them at once. @return {file: what is on the screen}"""
    path = unpack(folder)
    with contextlib.ExitStack() as stack:
        shown = [(stack.enter_context(replayed(folder, path, name, at, cols, rows)), name, at,
                  file_of(name, cols, rows)) for name, cols, rows, at in CASES]
        for t, name, at, _ in shown:
            until_still(t, name, at)
        return {file: styled(t.screen) for t, _, _, file in shown}


@pytest.fixture(scope="module", name="screens")
def _screens(tmp_path_factory):
    return shoot(tmp_path_factory.mktemp("session"))


def difference(path, now):
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    return "".join(difflib.unified_diff(before.splitlines(True), now.splitlines(True),
                                        f"{path.name} as it was", f"{path.name} now", n=0))


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}_{c[1]}x{c[2]}")
def test_screen_is_as_it_was(screens, case):
    path = file_of(*case[:3])
    changed = difference(path, screens[path])
    assert not changed, f"make golden writes it anew, if this is wanted:\n{changed}"


def test_no_screen_is_left_over():
    assert sorted(SCREENS.iterdir()) == sorted({file_of(*c[:3]) for c in CASES})


def renew():
    with tempfile.TemporaryDirectory() as folder:
        screens = shoot(pathlib.Path(folder))
    changed = [(path, difference(path, now)) for path, now in screens.items()]
    for path, text in changed:
        sys.stdout.write(text)
        if text:
            path.write_text(screens[path], encoding="utf-8")
    for path in SCREENS.iterdir():
        if path not in screens:
            print(f"{path.name}: no screen of now")
            path.unlink()
    print(f"{sum(1 for _, text in changed if text)} of {len(screens)} screens renewed")


if __name__ == "__main__":
    renew()
