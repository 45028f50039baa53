# SPDX-License-Identifier: MIT
"""Against the algorithm that kqtop replaces, as it was written (tests/bench/bench_seed.c),
in turn with presets of kqtop, files in the same folder: waits, bytes, writes to disk."""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from engine import BUILD
from gates import table

SECONDS = 3
COLLECTION = 1024
PRESETS = ["default", "seed", "spin"]


def disk_writes(folder):
    """Writes completed so far by the disk that a folder is on; None where there is none
    to ask. Everybody's: the least of several runs is the one to look at."""
    number = os.stat(folder).st_dev
    try:
        line = next(words for words in map(str.split, pathlib.Path("/proc/diskstats")
                                           .read_text().splitlines())
                    if (int(words[0]), int(words[1])) == (os.major(number), os.minor(number)))
        return int(line[7])
    except (OSError, StopIteration):
        return None


def run(command, folder):
    """Run to its end; what it printed last, its CPU seconds, what it had written to disk."""
    before, from_s = disk_writes(folder), time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ, TMPDIR=folder)) as child:
        text = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command[0]} failed")
    took = time.monotonic() - from_s
    os.sync()
    after = disk_writes(folder)
    line = json.loads(text.splitlines()[-1])
    return line, {"cpu": (used.ru_utime + used.ru_stime) / took,
                  "bytes_to_disk": used.ru_oublock * 512,
                  "disk_writes": None if before is None else after - before}


def per_wait(figures, waits):
    return {**figures, "disk_writes": None if figures["disk_writes"] is None
            else figures["disk_writes"] / waits, "bytes_to_disk": figures["bytes_to_disk"] / waits}


def seed_run(folder):
    line, used = run([BUILD / "tests/bench/bench_seed", str(SECONDS), str(COLLECTION)], folder)
    return {"waits_per_s": line["waits"] / line["seconds"],
            "bytes_per_s": line["bytes"] / line["seconds"],
            "drain_share": line["drain_ns"] / (line["drain_ns"] + line["call_ns"]),
            **per_wait(used, line["waits"])}


def preset_run(preset, folder):
    line, used = run([os.environ["KQTOP"], "live", "--json-lines", "--preset", preset,
                      "--collection", str(COLLECTION), "--interval", "1s",
                      "--assess-window", "0", "--duration", f"{SECONDS}s"], folder)
    return {"waits_per_s": line["waits_total"] / line["elapsed_s"],
            "bytes_per_s": line["bytes_total"] / line["elapsed_s"], "drain_share": None,
            **per_wait(used, line["waits_total"])}


def measure(rounds):
    runs = {name: [] for name in ["seed's algorithm", *PRESETS]}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            runs["seed's algorithm"].append(seed_run(folder))
            for preset in PRESETS:
                runs[preset].append(preset_run(preset, folder))
    return {name: {key: None if of[0][key] is None else
                   (min if "disk" in key else statistics.median)(one[key] for one in of)
                   for key in of[0]} for name, of in runs.items()}


def show(row):
    print(f"\nthe seed's algorithm and ours, {SECONDS} s a run, in turn, collections of "
          f"{COLLECTION} bytes; medians, of the disk the least")
    table(["", "waits/s", "bytes/s", "cores", "disk writes/wait", "bytes to disk/wait",
           "time in reads"],
          [[name if name.startswith("seed's") else f"preset {name}", of["waits_per_s"],
            of["bytes_per_s"], of["cpu"], of["disk_writes"], of["bytes_to_disk"],
            of["drain_share"]] for name, of in row.items()], first=20, width=20)
