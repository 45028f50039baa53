# SPDX-License-Identifier: MIT
"""`kqtop collect`: exactly so many bytes, or an honest word about it."""

import base64
import fcntl
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import time

import pytest

from cli_kqtop import (KQTOP, LIMIT_S, SLOW, environment, interrupt_write, kqtop, one_message,
                       started, until, wait_for_measuring, wait_for_standstill)

# A pipe's reader that goes away is noticed within this. Issue 2 says 2 s; sanitizers are slow.
GONE_S = 2 * SLOW

# 62 warm-up waits, then two more than there are bytes (measurement.md, "The seed's job").
WARMUP = 62


def collect(*options, **how):
    """Bytes of a run that succeeded without a word."""
    result = kqtop("collect", *options, text=False, **how)
    assert (result.returncode, result.stderr) == (0, b"")
    return result.stdout


def short(stderr, unit="bytes"):
    """(got, wanted) of the message about a short result."""
    found = re.search(rf"kqtop: short: (\d+) of (\d+) {unit}", stderr)
    assert found, stderr
    return int(found[1]), int(found[2])


# -- what comes out ----------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 64, 1000])
def test_raw_is_exactly_n_bytes(n):
    assert len(collect("-n", n)) == n


def test_bytes_of_a_run_are_not_all_the_same():
    data = collect("-n", 1000)
    assert len(set(data)) > 50  # a constant, a counter of few values: not a measurement
    assert data != collect("-n", 1000)


@pytest.mark.parametrize("n", [1, 2, 3, 64, 1000])
def test_hex_decodes_to_exactly_n_bytes(n):
    text = collect("-n", n, "--format", "hex").decode("ascii")
    assert text.endswith("\n") and all(len(line) <= 76 for line in text.splitlines())
    assert len(bytes.fromhex(text)) == n


@pytest.mark.parametrize("n", [1, 2, 3, 64, 1000])
def test_base64_decodes_to_exactly_n_bytes(n):
    text = collect("-n", n, "--format", "base64").decode("ascii")
    assert text.endswith("\n") and all(len(line) <= 76 for line in text.splitlines())
    assert len(base64.b64decode(text.replace("\n", ""), validate=True)) == n


def test_timings_are_n_numbers_of_64_bits_that_fit_the_run():
    start = time.monotonic_ns()
    data = collect("-n", 1000, "--format", "timings")
    elapsed = time.monotonic_ns() - start
    assert len(data) == 8000
    waits = struct.unpack("<1000Q", data)
    # one after the other, so together no longer than the run; a wrong byte order or a
    # difference below zero would be far above
    assert sum(waits) <= elapsed
    # no system call and two readings of a clock in less than this on any machine
    assert min(waits) >= 20 and len(set(waits)) > 100


def test_timings_of_timeouts_are_never_shorter_than_the_timeout():
    data = collect("-n", 20, "--format", "timings", "--preset", "quiet", "--timeout", "3ms")
    assert min(struct.unpack("<20Q", data)) >= 3_000_000


@pytest.mark.parametrize("stream", ["seed", "low8", "lsb", "notification"])
def test_every_stream_gives_exactly_n_bytes(stream):
    data = collect("-n", 150, "--stream", stream)
    assert len(data) == 150 and len(set(data)) > 5


@pytest.mark.parametrize("stream,n,waits", [
    ("seed", 40, WARMUP + 2 + 40), ("low8", 40, WARMUP + 40), ("lsb", 15, WARMUP + 8 * 15),
])
def test_stream_takes_the_waits_that_it_is_made_of(stream, n, waits):
    # each wait lasts at least its timeout, so that many cannot be over sooner
    start = time.monotonic()
    data = collect("-n", n, "--stream", stream, "--preset", "quiet", "--timeout", "2ms")
    assert len(data) == n and time.monotonic() - start >= waits * 0.002


def test_notification_timings_are_the_stimulus_delays_not_the_waits():
    # one trigger in 20 ms and nothing else: the waits are long, the way from a trigger to
    # us is not
    options = ["--timers", "0", "--sockets", "0", "--watchers", "1", "--stimulus", "20ms",
               "--timeout", "1s", "-n", "20", "--format", "timings"]
    waits = struct.unpack("<20Q", collect(*options))
    delays = struct.unpack("<20Q", collect(*options, "--stream", "notification"))
    assert sorted(delays)[10] < sorted(waits)[10] / 2


def test_every_preset_can_be_collected_from():
    for preset in ("seed", "timers", "sockets", "watchers", "quiet", "spin", "storm"):
        assert len(collect("-n", 64, "--preset", preset)) == 64, preset


def test_output_file_gets_the_bytes_and_standard_output_nothing(tmp_path):
    for option in ("-o", "--output"):
        path = tmp_path / "out"
        path.write_bytes(b"x" * 1000)
        assert collect("-n", 64, option, path) == b""
        assert len(path.read_bytes()) == 64


def test_start_that_fails_leaves_the_output_file_as_it_was(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"precious")
    one_message(kqtop("collect", "-n", 10, "-o", path, "--backend", "nosuch"), 2)
    assert path.read_bytes() == b"precious"


def test_output_file_named_dash_is_standard_output():
    assert len(collect("-n", 64, "-o", "-")) == 64


def test_ent_reads_what_comes_through_a_pipe():
    if not shutil.which("ent"):
        pytest.skip("no ent")
    with started("collect", "-n", 4096, "--preset", "storm", text=False) as child:
        said = subprocess.run(["ent", "-t"], stdin=child.stdout, capture_output=True, text=True,
                              timeout=LIMIT_S, check=True).stdout.splitlines()
        assert child.wait(LIMIT_S) == 0
    values = dict(zip(said[0].split(","), said[1].split(",")))
    assert values["File-bytes"] == "4096"
    # folded differences of latencies: far from constant, never above 8
    assert 4 < float(values["Entropy"]) <= 8


# -- less than what was asked for ----------------------------------------------------------


def test_deadline_gives_what_there_is_and_says_so():
    result = kqtop("collect", "-n", 10_000_000, "--deadline-ms", 300, text=False)
    got, wanted = short(result.stderr.decode())
    assert result.returncode == 1 and b"deadline" in result.stderr
    assert got == len(result.stdout) and wanted == 10_000_000 and 0 < got < wanted


def test_deadline_counts_timings_as_timings():
    result = kqtop("collect", "-n", 10_000_000, "--deadline-ms", 300, "--format", "timings",
                   text=False)
    got, _ = short(result.stderr.decode(), "timings")
    assert result.returncode == 1 and got * 8 == len(result.stdout) > 0


def test_stream_without_any_sample_ends_at_the_deadline_with_nothing():
    result = kqtop("collect", "-n", 1, "--preset", "quiet", "--stream", "notification",
                   "--deadline-ms", 100)
    assert result.returncode == 1 and result.stdout == ""
    assert short(result.stderr) == (0, 1)


def test_deadline_that_is_not_reached_changes_nothing():
    assert len(collect("-n", 64, "--deadline-ms", LIMIT_S * 1000)) == 64


@pytest.mark.parametrize("value", ["0", "x", "-5"])
def test_deadline_that_is_none_is_refused(value):
    assert f"'{value}'" in one_message(kqtop("collect", "-n", 1, f"--deadline-ms={value}"), 2)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signal_gives_what_there_is(tmp_path, name):
    path = tmp_path / "out"
    with started("collect", "-n", 10_000_000, "-o", path) as child:
        wait_for_measuring(child, sleeps=200)
        child.send_signal(getattr(signal, name))
        assert child.wait(LIMIT_S) == 1
        got, wanted = short(child.stderr.read())
    assert got == path.stat().st_size and 0 < got < wanted


def test_signal_while_the_reader_is_slow_loses_nothing():
    with started("collect", "-n", 100_000_000, "--preset", "spin", text=False) as child:
        interrupt_write(child)
        data = child.stdout.read()
        assert child.wait(LIMIT_S) == 1
        # what the full pipe has cost is told too
        assert short(child.stderr.read().decode()) == (len(data), 100_000_000)


@pytest.mark.parametrize("signals", [[], [signal.SIGTERM]], ids=["deadline", "signal"])
def test_slow_reader_cannot_keep_it_from_ending(signals):
    # while the pipe is full hundreds of thousands of waits collect, and more come than a slow
    # reader takes: the end must not wait for all of them
    deadline_s = 0.5
    with started("collect", "-n", 100_000_000, "--preset", "spin", "--stream", "low8",
                 *([] if signals else ["--deadline-ms", int(deadline_s * 1000)]),
                 text=False) as child:
        fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, 4096)
        wait_for_standstill(child)
        full = time.monotonic()
        until(lambda: time.monotonic() > full + deadline_s, "the ring fills, the deadline passes")
        for sig in signals:
            child.send_signal(sig)
        data = child.stdout.read()
        assert child.wait(LIMIT_S) == 1
        assert short(child.stderr.read().decode()) == (len(data), 100_000_000)
    # what is in the pipe, a batch, a buffer
    assert len(data) < 50_000


@pytest.mark.parametrize("value", ["0", "-1", "x", "1k", ""])
def test_number_of_bytes_that_is_none_is_refused(value):
    assert f"'{value}'" in one_message(kqtop("collect", f"-n{value}" if value else "--bytes="), 2)


def test_number_of_bytes_is_needed():
    assert "-n" in one_message(kqtop("collect"), 2)


# -- output that cannot be written -----------------------------------------------------------


def test_full_disk_is_an_error():
    with open("/dev/full", "wb") as full:
        for n in (64, 100_000):  # below and above what is buffered
            message = one_message(kqtop("collect", "-n", n, "--preset", "spin", stdout=full), 1)
            assert "standard output" in message and "no space" in message


def test_full_disk_is_an_error_of_the_output_file_by_name():
    message = one_message(kqtop("collect", "-n", 64, "-o", "/dev/full"), 1)
    assert "'/dev/full'" in message and "no space" in message


def test_output_file_that_cannot_be_opened_is_named_before_anything_is_measured(tmp_path):
    path = tmp_path / "none" / "out"
    message = one_message(kqtop("collect", "-n", 10_000_000, "-o", path), 2)
    assert f"'{path}'" in message and "no such file" in message


@pytest.mark.parametrize("options", [["--preset", "spin"], []], ids=["spin", "default"])
def test_reader_that_goes_away_ends_it_with_an_error_not_a_crash(options):
    with started("collect", "-n", 100_000_000, *options, text=False) as child:
        until(lambda: os.read(child.stdout.fileno(), 10), "the first bytes")
        child.stdout.close()
        start = time.monotonic()
        assert child.wait(LIMIT_S) == 1
        assert time.monotonic() - start < GONE_S
        message = child.stderr.read()
    assert b"standard output" in message and b"pipe" in message


def test_reader_that_was_never_there_ends_it_with_an_error():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        message = one_message(kqtop("collect", "-n", 100_000_000, stdout=writing,
                                    limit_s=GONE_S), 1)
    finally:
        os.close(writing)
    assert "standard output" in message and "pipe" in message


def test_first_bytes_come_before_a_buffer_is_full():
    # who pipes 10 MB into a viewer sees them as they come, not 64 KiB later
    with started("collect", "-n", 10_000_000, text=False) as child:
        first = os.read(child.stdout.fileno(), 1 << 20)
        assert 0 < len(first) < 32768


@pytest.mark.parametrize("closed", ["1", "0 1", "1 2", "0 1 2"])
@pytest.mark.parametrize("n", [64, 100_000])
def test_closed_standard_output_is_an_error(closed, n):
    redirections = " ".join(f"{fd}>&-" for fd in closed.split())
    result = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" collect -n {n} --preset spin {redirections}', KQTOP],
        env=environment(), stderr=subprocess.PIPE, text=True, timeout=LIMIT_S)
    assert result.returncode == 1
    assert "2" in closed or "standard output" in result.stderr


def test_limit_on_file_size_is_an_error_not_a_crash(tmp_path):
    path = tmp_path / "out"
    result = subprocess.run(
        [KQTOP, "collect", "-n", "200000", "--preset", "spin", "-o", str(path)], text=True,
        env=environment(), timeout=LIMIT_S, capture_output=True,
        preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))))
    assert "too large" in one_message(result, 1)


# -- a terminal --------------------------------------------------------------------------------


@pytest.fixture
def terminal():
    """Gives (our end, its end) of a pseudo-terminal."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    for fd in (ours, theirs):
        os.close(fd)


@pytest.mark.parametrize("options", [[], ["--format", "raw"], ["--format", "timings"]])
def test_raw_bytes_are_not_written_to_a_terminal(terminal, options):
    message = one_message(kqtop("collect", "-n", 8, *options, stdout=terminal[1]), 2)
    assert "terminal" in message and "-o" in message


@pytest.mark.parametrize("form", ["hex", "base64"])
def test_text_may_be_written_to_a_terminal(terminal, form):
    result = kqtop("collect", "-n", 8, "--format", form, stdout=terminal[1])
    assert (result.returncode, result.stderr) == (0, "")
    assert os.read(terminal[0], 1000).strip()


def test_raw_bytes_may_go_to_a_file_when_started_on_a_terminal(terminal, tmp_path):
    result = kqtop("collect", "-n", 8, "-o", tmp_path / "out", stdout=terminal[1])
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "out").stat().st_size == 8


def test_progress_is_shown_on_a_terminal_only(terminal, tmp_path):
    with started("collect", "-n", 64, "-o", tmp_path / "out", stderr=terminal[1]) as child:
        assert child.wait(LIMIT_S) == 0
    assert b"64 of 64 bytes" in os.read(terminal[0], 10_000)
    # every other test of this file sees that a pipe gets no progress


def test_progress_of_a_run_that_ended_early_promises_nothing(terminal, tmp_path):
    with started("collect", "-n", 10_000_000, "--deadline-ms", 50, "-o", tmp_path / "out",
                 stderr=terminal[1]) as child:
        assert child.wait(LIMIT_S) == 1
    shown = re.findall(r"of 10000000 bytes, ([^\r\n]*)", os.read(terminal[0], 10_000).decode())
    assert shown and "left" not in shown[-1]
