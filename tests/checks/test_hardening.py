# SPDX-License-Identifier: MIT
"""What a release is hardened with, seen in the program itself; no path of this machine
in it. The Makefile takes of its flags what compiler and linker know (BUILD/has.mk)."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from cli_kqtop import KQTOP, PROFILE, ROOT

BUILD = pathlib.Path(os.environ.get("KQT_BUILD", ROOT / "build/release"))

pytestmark = [
    pytest.mark.skipif(PROFILE != "release", reason="only a release is hardened"),
    pytest.mark.skipif(not shutil.which("readelf"), reason="no readelf here"),
    pytest.mark.skipif("HARDEN_" not in (BUILD / "has.mk").read_text(),
                       reason="built with HARDEN=no, or the compiler knows none of the flags"),
]


def readelf(*options):
    done = subprocess.run(["readelf", "-W", *options, KQTOP], capture_output=True, text=True,
                          check=True, env=dict(os.environ, LC_ALL="C"))
    return done.stdout


def taken(flag):
    """Did this compiler take it? (Else there is nothing to look for.)"""
    if flag not in (BUILD / "has.mk").read_text():
        pytest.skip(f"this compiler or linker does not know {flag}")


def test_program_is_position_independent():
    taken("-pie")
    assert re.search(r"Type:\s+DYN", readelf("-h"))
    assert re.search(r"FLAGS_1.*\bPIE\b", readelf("-d"))


def test_relocations_are_done_at_start_and_then_read_only():
    taken("-z,relro")
    taken("-z,now")
    assert "GNU_RELRO" in readelf("-l")
    assert re.search(r"FLAGS_1.*\bNOW\b", readelf("-d"))


def test_no_memory_is_writable_and_executable():
    segments = re.findall(r"^  (\w+) .* ([R ][W ][E ]) 0x", readelf("-l"), re.MULTILINE)
    assert "GNU_STACK" in dict(segments)
    assert [name for name, flags in segments if "W" in flags and "E" in flags] == []


def test_stack_is_protected():
    taken("-fstack-protector-strong")
    assert "__stack_chk_fail" in readelf("--dyn-syms")


def test_libc_calls_are_fortified():
    taken("FORTIFY_SOURCE")
    symbols = readelf("--dyn-syms")
    if "GLIBC_" not in symbols:
        pytest.skip("only glibc fortifies")
    assert set(re.findall(r"__(\w+)_chk@", symbols)) - {"stack"}


def test_libraries_are_looked_for_where_the_system_says():
    dynamic = readelf("-d")
    assert not re.search(r"\((RPATH|RUNPATH|TEXTREL)\)", dynamic)


def test_no_path_of_this_machine_is_in_the_program():
    taken("-ffile-prefix-map")
    assert str(ROOT).encode() not in pathlib.Path(KQTOP).read_bytes()
