# SPDX-License-Identifier: MIT
"""Limits of the real system: a disk that is full, a storm of signals, a clock that
jumps. What the kernel says itself, not a call that was made to fail."""

import json
import os
import signal
import subprocess
import threading
import time

import pytest

import faults
from cli_kqtop import (FILTERS, KQTOP, LIMIT_S, SANITIZED, Lines, environment, kqtop, started,
                       wait_for_measuring)


@pytest.fixture
def tiny(tmp_path):
    """A file system of 64 KiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
                          capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"nothing can be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    with open(folder / "filler", "wb", buffering=0) as f:
        try:
            while f.write(b"x" * 4096) == 4096:
                pass
        except OSError:
            pass
    return folder


def test_full_disk_is_told_of_watched_files_and_counted(tiny):
    result = kqtop("live", "--json-lines", "--duration", "300ms", "--watch-dir", fill(tiny))
    final = Lines(result.stdout).final
    assert result.returncode == 0 and "no space left on device" in result.stderr
    # either it cannot even make them, or no write to them succeeds
    if final["unregistered"]:
        assert "no space" in final["unregistered"][0]["error"]
    else:
        assert "vnode: " in result.stderr and " triggers failed: " in result.stderr
        assert final["filters"]["vnode"]["account"]["failed"] > 0
    assert os.listdir(tiny) == ["filler"]


def test_full_disk_ends_a_collection_with_what_failed(tiny):
    result = kqtop("collect", "-n", "200000", "--preset", "spin", "-o", tiny / "bytes")
    assert result.returncode == 1
    assert f"cannot write to '{tiny}/bytes': no space left on device" in result.stderr


def test_full_disk_ends_a_recording_that_can_be_read_up_to_there(tiny):
    result = kqtop("live", "--json-lines", "--duration", "5s", "--preset", "storm", "--record",
                   tiny / "rec", "--interval", "500ms")
    assert result.returncode == 1 and "no space left on device" in result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["final"]  # the engine went on
    lines = (tiny / "rec").read_text().split("\n")
    assert [json.loads(line)["type"] for line in lines[:-1]][:2] == ["recording", "config"]


@pytest.mark.parametrize("args", [["bench", "--rounds", "1", "--round-time", "50ms", "-o", "report"],
                                  ["serve", "--duration", "1s", "--textfile", "."]],
                         ids=lambda a: a[0])
def test_full_disk_leaves_no_part_of_a_file(tiny, args):
    result = subprocess.run([KQTOP, *args], cwd=fill(tiny), env=environment(), text=True,
                            capture_output=True, timeout=LIMIT_S, check=False)
    assert result.returncode == 1, result.stderr
    assert "no space left on device" in result.stderr
    assert os.listdir(tiny) == ["filler"]


def test_storm_of_signals_costs_no_byte():
    with started("collect", "-n", "400", "--format", "hex") as child:
        wait_for_measuring(child, 1)
        stop = threading.Event()

        def storm():
            while not stop.is_set() and child.poll() is None:
                for sig in (signal.SIGCONT, signal.SIGWINCH, signal.SIGURG, signal.SIGCHLD):
                    child.send_signal(sig)
                time.sleep(0.0005)
        sender = threading.Thread(target=storm)
        sender.start()
        try:
            text, words = child.communicate(timeout=LIMIT_S)
        finally:
            stop.set()
            sender.join()
    assert (child.returncode, words) == (0, "")
    assert len(text.replace("\n", "")) == 800


@pytest.mark.skipif(faults.why_not() is not None or SANITIZED, reason="needs the preloaded clock")
def test_clock_that_jumps_an_hour_leaves_the_account_exact():
    # what a virtual machine sees that was stopped and moved: all clocks jump at once. (In a
    # suspend of Linux CLOCK_MONOTONIC stands still: nothing to see.)
    run = faults.run_command(faults.COMMANDS["live"], ("clock_monotonic", 0, 400, "jump", False))
    assert run.status == 0 and run.fired, run.stderr
    final = Lines(run.stdout).final
    assert final["elapsed_s"] > 3000
    for name in FILTERS[1:]:
        a = final["filters"][name]["account"]
        assert a["due"] == a["performed"] + a["missed"] + a["skipped"] + a["folded"], (name, a)
        assert a["performed"] == a["samples"] + a["transition"] + a["gap"] + a["pending"], (name, a)
    assert final["stimulus"]["lost"] > 1_000_000  # and is told so
    assert final["stimulus"]["saturated"]
