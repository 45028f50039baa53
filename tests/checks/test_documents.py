# SPDX-License-Identifier: MIT
"""Every command that README.md and docs/FLEET.md tell people to type is typed here, on a
terminal, one after the other in one folder: a block of ```sh is commands, other blocks
are not. A screen that comes up is left with q. What would take long is shortened
(SHORTER), what would install something is told not to (INSTEAD); the rest is literal.

A line `<!-- test: 3s -->` above a block bounds commands that have no end of their own:
they get ^C after that time, which must end them. `<!-- test: no, WHY -->` is a skip."""

import contextlib
import os
import pathlib
import re
import shlex
import shutil
import time

import pexpect
import pytest

from cli_kqtop import KQTOP, LIMIT_S, PROFILE, ROOT, environment, http_built_in

DOCUMENTS = ["README.md", "docs/FLEET.md"]

SCREEN = "\x1b[?1049h"  # what a program asks the terminal for when it takes all of it

# The same command on this build, in its folder, without installing. `make test` within a
# test must not run all tests again: one that is quick.
MAKE = (f"make -C {shlex.quote(str(ROOT))} DEPS=no PROFILE={PROFILE} "
        f"B={shlex.quote(os.path.relpath(os.environ.get('KQT_BUILD', 'build/release'), ROOT))} T=")
INSTEAD = [
    (r"^make test$", f"{MAKE}test_layers_refuses_to_judge test"),
    (r"^make run\b", f"{MAKE} run"),
    (r"^make$", f"{MAKE} all"),
    (r"^(sudo )?make install$", f'{MAKE} install DESTDIR="$PWD/tree"'),
    (r"^(sudo )?make uninstall$", f'{MAKE} uninstall DESTDIR="$PWD/tree"'),
    (r"\bbuild/release/kqtop\b", "kqtop"),
]
SHORTER = [
    (r"--duration \S+", "--duration 1s"),
    (r"--rounds \d+", "--rounds 4"),
    (r"--round-time \S+", "--round-time 100ms"),
    (r"--budget \S+", "--budget 4s"),
    (r"(collect\b.*) -n \d{5,}", r"\1 -n 4000"),
]
# A result that is not yes is no error: compare says worse (1) or undecided (3).
STATUSES = [(r"^kqtop compare\b", {0, 1, 3}), (r"--fail-if", {0, 1}), (r"", {0})]


def blocks(text):
    """(directive or None, commands) of each ```sh block."""
    pattern = r"(?:<!-- test: ([^>]*?) -->\s*\n)?^```sh\n(.*?)^```$"
    for match in re.finditer(pattern, text, re.MULTILINE | re.DOTALL):
        joined = match[2].replace("\\\n", " ")
        # a comment ends a command's line; "#" within quotes does not occur
        lines = [re.sub(r"(^|\s+)#.*", "", line).strip() for line in joined.splitlines()]
        yield match[1], [line for line in lines if line]


def commands():
    for name in DOCUMENTS:
        if (ROOT / name).exists():
            for directive, lines in blocks((ROOT / name).read_text()):
                for line in lines:
                    yield pytest.param(name, directive, line, id=f"{name}: {line}")


def as_run(line):
    for pattern, text in INSTEAD + SHORTER:
        line = re.sub(pattern, lambda m, text=text: m.expand(text) if "\\1" in text else text,
                      line)
    return line


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder a document, where its commands find what those before them made."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = tmp_path_factory.mktemp(pathlib.Path(name).stem)
            (made[name] / "bin").mkdir()
            (made[name] / "bin/kqtop").symlink_to(KQTOP)
            (made[name] / "docs").symlink_to(ROOT / "docs")  # commands look at files there
        return made[name]
    return of


def type_it(line, cwd, bound_s):
    """@return (exit status, what was shown)"""
    env = environment(TERM="xterm-256color", HOME=str(cwd),
                      PATH=f"{cwd}/bin:{os.environ['PATH']}")
    child = pexpect.spawn("bash", ["--norc", "-o", "pipefail", "-c", line], cwd=str(cwd), env=env,
                          encoding="utf-8", codec_errors="replace", dimensions=(24, 80),
                          timeout=2 * LIMIT_S)
    shown, screen = "", False
    with contextlib.closing(child):
        end = time.monotonic() + (bound_s or 2 * LIMIT_S)
        while child.expect_exact([pexpect.EOF, SCREEN, pexpect.TIMEOUT], timeout=0.5) != 0:
            shown += child.before if child.after == SCREEN else ""
            screen = screen or child.after == SCREEN
            if screen:
                child.send("q")  # again, should it not have looked at its keys yet
            elif bound_s and time.monotonic() > end:
                child.sendintr()
                bound_s, end = None, time.monotonic() + 2 * LIMIT_S
            assert time.monotonic() < end or bound_s, f"no end: {line}\n{shown}{child.before}"
        shown += child.before
    return child.exitstatus, shown


@pytest.mark.parametrize("name, directive, line", list(commands()))
def test_command_of_a_document(name, directive, line, folder):
    if directive and directive.startswith("no"):
        pytest.skip(directive.partition(",")[2].strip())
    for word in re.split(r"\|\s*", line):
        tool = word.split()[0]
        if "/" not in tool and tool not in ("kqtop", "sudo", "cd") and not shutil.which(tool):
            pytest.skip(f"no {tool} here")
    if "serve --listen" in line and not http_built_in():
        pytest.skip("built without libmicrohttpd")
    bound_s = float(directive.removesuffix("s")) if directive else None
    command = as_run(line)
    status, shown = type_it(command, folder(name), bound_s)
    allowed = next(codes for pattern, codes in STATUSES if re.search(pattern, command))
    assert status in allowed | ({130} if bound_s else set()), f"{command}\n{shown}"


def test_blocks_are_found():
    text = "x\n```sh\na  # b\n# c\nd \\\n e\n```\n```text\nno\n```\n<!-- test: 3s -->\n```sh\nf\n```\n"
    assert list(blocks(text)) == [(None, ["a", "d   e"]), ("3s", ["f"])]
    assert "make run" in "\n".join(line for _, lines in blocks((ROOT / "README.md").read_text())
                                   for line in lines)


@pytest.mark.parametrize("line, status", [("kqtop collect -n 64 | wc -c", 0), ("kqtop nonesuch", 2),
                                          ("kqtop nonesuch | cat", 2)])
def test_a_command_that_fails_is_seen(line, status, folder):
    assert type_it(line, folder("self"), None)[0] == status


def test_what_has_no_end_gets_an_interrupt(folder):
    assert type_it("kqtop live --json-lines >/dev/null", folder("self"), 0.3)[0] in (0, 130)
