# SPDX-License-Identifier: MIT
"""Small parts that everything stands on: histogram, log, report, comparison, start."""

import os
import pathlib
import subprocess
import tempfile
import time

from engine import BUILD, program
from gates import gate, table

LOAD_BYTES = 10_000_000


def make(rounds, values, seed, file):
    subprocess.run([BUILD / "tests/bench/bench_micro", "make", str(rounds), str(values),
                    str(seed), file], check=True)


def report_of(size, file):
    """A report of about this many bytes: first how many a round has."""
    make(10, 4000, 1, file)
    make(max(1, round(size / (os.stat(file).st_size / 10))), 4000, 1, file)


def process_ms(*command):
    """From the call to its end, ms: an upper bound of what it says."""
    from_ns = time.monotonic_ns()
    subprocess.run([os.environ["KQTOP"], *command], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    return (time.monotonic_ns() - from_ns) / 1e6


def measure(rounds):
    with tempfile.TemporaryDirectory() as scratch:
        big, a, b = (str(pathlib.Path(scratch) / name) for name in ("big", "a", "b"))
        report_of(LOAD_BYTES, big)
        make(20, 20000, 1, a)
        make(20, 20000, 2, b)
        parts = program("bench_micro", 100 * rounds)
        result = {**parts, **program("bench_micro", "load", big, 5 * rounds),
                  **program("bench_micro", "compare", a, b, 5 * rounds),
                  "load_bytes": os.stat(big).st_size, "compare_bytes": os.stat(a).st_size}
        runs = [(process_ms("--version"), process_ms("collect", "-n", "1", "--preset", "spin",
                                                     "-o", os.devnull),
                 process_ms("compare", a, b)) for _ in range(10 * rounds)]
    for i, name in enumerate(("version", "collect", "compare_process")):
        values = sorted(run[i] * 1e6 for run in runs)
        result[name] = {"least": values[0], "median": values[len(values) // 2],
                        "p99": values[int(0.99 * (len(values) - 1))]}
    result["gates"] = [
        gate("histogram: record a value", result["record"]["median"], 5, "ns"),
        gate("four percentiles, all decades in use",
             result["quantiles_wide"]["median"] / 1e3, 20, "us"),
        gate(f"read a report of {result['load_bytes'] / 1e6:.1f} MB",
             result["load"]["median"] / 1e6, 100, "ms"),
        gate("compare two reports of 20 rounds", result["compare"]["median"] / 1e6, 50, "ms"),
        gate("open a session until its first sample",
             result["first_sample"]["median"] / 1e6, 5, "ms")]
    return result


def show(row):
    print("\nsmall parts")
    names = [("record", "histogram: record a value", "ns", 1),
             ("quantiles", "four percentiles, two octaves and outliers", "us", 1e3),
             ("quantiles_wide", "four percentiles, all decades", "us", 1e3),
             ("hlog_write", "write an interval to a log", "us", 1e3),
             ("load", f"read a report of {row['load_bytes'] / 1e6:.1f} MB", "ms", 1e6),
             ("compare", "compare two of 20 rounds, in memory", "ms", 1e6),
             ("compare_process", f"kqtop compare, two of {row['compare_bytes'] / 1e6:.1f} MB",
              "ms", 1e6),
             ("open", "open a session, default preset", "ms", 1e6),
             ("first_sample", "until its first sample is known to main", "ms", 1e6),
             ("close", "close it", "ms", 1e6),
             ("version", "kqtop --version, whole process", "ms", 1e6),
             ("collect", "kqtop collect -n 1 --preset spin, whole process", "ms", 1e6)]
    table(["", "unit", "least", "median", "p99"], [
        [what, unit, *(row[name][k] / by for k in ("least", "median", "p99"))]
        for name, what, unit, by in names], first=52, width=10)
