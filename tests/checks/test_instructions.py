# SPDX-License-Identifier: MIT
"""The hot path takes no more instructions than it did: callgrind counts those of
tests/bench/bench_instructions.c, which no neighbour on the machine changes, and
tests/data/instructions.tsv has what they came to. `make check-instructions` runs this alone.

The counts belong to one compiler, libc and processor, those named in that file; with
others this is skipped. TOLERANCE is for what a run still leaves to chance and to point
releases: the clock's readings decide a few branches (a new least or most), and libc's
wrappers of system calls have differed by an instruction or two. 2 % is five instructions of
an empty poll: less than any of the calls, table look-ups or divisions that were once
taken out of it."""

import os
import pathlib
import platform
import re
import shutil
import subprocess

import pytest

from cli_kqtop import PROFILE, ROOT, WITHOUT

TOLERANCE = 0.02
COUNTS = ROOT / "tests/data/instructions.tsv"
PROGRAM = pathlib.Path(os.environ.get("KQT_BUILD", ROOT / "build/release"),
                       "tests/bench/bench_instructions")
# 1,234,567 (12.34%)  ./tests/bench/bench_instructions.c:case_poll [/path/of/the/program]
CASE = re.compile(r"^ *([\d,]+) \( *[\d.]+%\)  \S*bench_instructions\.c:case_(\w+) ", re.M)


def committed():
    """{case: instructions of all its calls}, and the comments: {"compiler": ...}."""
    lines = COUNTS.read_text().splitlines()
    told = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    return {name: int(n) for name, n in (line.split("\t") for line in lines
                                         if line and not line.startswith("#"))}, told


def made_by():
    """What the program was compiled by: "GCC: (Debian 12.2.0-14) 12.2.0"."""
    text = subprocess.run(["readelf", "-p", ".comment", PROGRAM], capture_output=True, text=True,
                          check=False).stdout
    return " ".join(re.findall(r"\] +(\S.*)$", text, re.M))


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    if PROFILE != "release" or WITHOUT:
        pytest.skip("counted in the release as it is shipped only")
    if not PROGRAM.exists():
        pytest.skip("counted with the epoll back end only")
    if not shutil.which("valgrind") or not shutil.which("readelf"):
        pytest.skip("no valgrind or no readelf")
    _, told = committed()
    here = f"{platform.machine()}, {made_by()}"
    if told["compiler"] not in here:
        pytest.skip(f"the counts are those of {told['compiler']}, this is {here}")
    out = tmp_path_factory.mktemp("callgrind") / "out"
    subprocess.run(["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}",
                    PROGRAM], check=True, capture_output=True, timeout=120)
    text = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100",
                           "--auto=no", out], check=True, capture_output=True, text=True).stdout
    return {name: int(n.replace(",", "")) for n, name in CASE.findall(text)}


def test_every_case_that_is_committed_was_counted(counted):
    assert counted.keys() == committed()[0].keys()


@pytest.mark.parametrize("case", committed()[0])
def test_hot_path_takes_no_more_instructions(counted, case):
    was = committed()[0][case]
    assert counted[case] <= was * (1 + TOLERANCE), (
        f"{case}: {counted[case]} instructions, {was} committed ({counted[case] / was - 1:+.1%}); "
        f"callgrind_annotate shows where; if it must be so: {COUNTS.name}")


def test_what_is_committed_is_not_far_above_what_is_counted(counted):
    """Else the check would let a regression pass that eats up an improvement."""
    far = {name: (n, counted[name]) for name, n in committed()[0].items()
           if counted[name] < n * (1 - 2 * TOLERANCE)}
    assert not far, f"fewer instructions than committed: write them into {COUNTS.name}: {far}"
