# SPDX-License-Identifier: MIT
"""What the engine costs: against a plain loop on the same queue, against the default
preset as a plain program, and in system calls a wait. tests/bench/bench_engine.c and
bench_default.c are the plain ones."""

import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from gates import gate, table

BUILD = pathlib.Path(os.environ["KQT_BUILD"])
SECONDS = 2

STAGES = [("two_clocks", "two clock readings"), ("poll", "the poll alone"),
          ("plain", "plain loop: clock, poll, clock"), ("queue", "the same by the queue's interface"),
          ("events", "what came? (nothing)"), ("step", "a wait, all instruments"),
          ("step_raw", "and into the raw ring")]
TRACED = {"default": [], "spin": ["--preset", "spin"], "quiet": ["--preset", "quiet"],
          "quiet, polled": ["--preset", "quiet", "--timeout", "0"]}


def program(name, *args):
    text = subprocess.run([BUILD / "tests/bench" / name, *map(str, args)], check=True,
                          capture_output=True, text=True).stdout
    return json.loads(text)


def cpu_of_threads(pid):
    """{name: CPU ns so far}."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
        try:
            name = (task / "comm").read_text().strip()
            found[name] = found.get(name, 0) + int((task / "schedstat").read_text().split()[0])
        except (OSError, ValueError):
            pass
    return found


def default_run():
    """SECONDS of the default preset: CPU shares of its threads and waits a second. What
    starting and ending cost is not in it."""
    seen = []
    with subprocess.Popen([os.environ["KQTOP"], "live", "--json-lines", "--interval", "250ms",
                           "--duration", f"{SECONDS + 1}s"], stdout=subprocess.PIPE,
                          text=True) as child:
        for text in child.stdout:
            line = json.loads(text)
            if not line["final"]:
                seen.append((time.monotonic_ns(), cpu_of_threads(child.pid),
                             line["waits_total"]))
    first, last = seen[1], seen[-1]
    ns = last[0] - first[0]
    return {"waits_per_s": (last[2] - first[2]) / ns * 1e9,
            **{name: (last[1][name] - first[1].get(name, 0)) / ns for name in last[1]}}


def plain_run():
    got = program("bench_default", SECONDS)
    ns = got["seconds"] * 1e9
    return {"waits_per_s": got["waits"] / got["seconds"],
            "kqt-collector": got["collector_ns"] / ns, "kqt-stimulus": got["stimulus_ns"] / ns}


def median_of(runs):
    names = {name for run in runs for name in run}
    return {name: statistics.median(run.get(name, 0) for run in runs) for name in names}


def calls(options):
    """System calls a wait, all threads; starting and ending, which a run of 50 ms shows, are
    taken off. None without strace."""
    strace = shutil.which("strace")
    if not strace:
        return None
    got = []
    for duration in ("50ms", "2s"):
        with tempfile.NamedTemporaryFile("r") as log:
            run = subprocess.run(
                [strace, "-f", "-c", "-qq", "-U", "name,calls", "-o", log.name,
                 os.environ["KQTOP"], "live", "--json-lines", "--interval", "500ms",
                 "--assess-window", "0", "--duration", duration, *options],
                check=True, capture_output=True, text=True)
            waits = json.loads(run.stdout.splitlines()[-1])["waits_total"]
            counts = {m[1]: int(m[2]) for m in re.finditer(r"^(\w+) +(\d+)$", log.read(), re.M)
                      if m[1] != "total"}
        got.append((waits, counts))
    (w0, c0), (w1, c1) = got
    each = {name: (n - c0.get(name, 0)) / (w1 - w0) for name, n in c1.items()}
    return {name: n for name, n in each.items() if n >= 0.0005}


def measure(rounds):
    pairs = [(plain_run(), default_run()) for _ in range(2 * rounds)]
    result = {"stages": program("bench_engine", "stages", 150 * rounds),
              "session": program("bench_engine", "session", 2 * rounds),
              "pause": program("bench_engine", "pause", 700 * rounds),
              "plain": median_of([p for p, _ in pairs]),
              "default": median_of([d for _, d in pairs]),
              "calls": {name: calls(options) for name, options in TRACED.items()}}
    # pair by pair: a neighbour on the machine is there for both
    above = [sum(d[t] - p[t] for t in ("kqt-collector", "kqt-stimulus")) for p, d in pairs]
    result["instruments"] = {"median": statistics.median(above), "least": min(above),
                             "most": max(above)}
    measuring = [sum(d[t] for t in ("kqt-collector", "kqt-stimulus")) for _, d in pairs]
    result["measuring"] = {"median": statistics.median(measuring), "least": min(measuring)}
    session, pause = result["session"], result["pause"]
    step = pause["step"]["median"]
    result["gates"] = [
        gate("engine / plain loop, empty polls, watched by the assessor",
             session["watched_ratio"]["median"], 0.90, "", at_least=True),
        gate("engine / plain loop, empty polls", session["engine_ratio"]["median"], 0.90, "",
             at_least=True),
        gate("default preset, collector and stimulus, of a core",
             100 * result["measuring"]["median"], 6, "%"),
        gate("of which above the plain program", 100 * result["instruments"]["median"], 0.3,
             "%"),
        gate("collector's pause at a snapshot, median",
             (pause["step_with_snapshot"]["median"] - step) / 1000, 2, "us"),
        gate("and in the wait after it, on a cold tally",
             (pause["step_after"]["median"] - step) / 1000, 2, "us")]
    return result


def show(row):
    print("\nan empty poll, ns, one thread's CPU time, batches in turn")
    table(["", "least", "median"], [[what, row["stages"][name]["least"],
                                     row["stages"][name]["median"]] for name, what in STAGES],
          first=40)
    print("\na session on the quiet preset, polled, and the plain loop in turn: waits a second "
          "in slices of\n20 ms, a second of CPU time, and its ratio to the plain loop turn by turn")
    table(["", "most", "median", "of CPU time", "most / plain", "ratio"], [
        [name, row["session"][key]["most"], row["session"][key]["median"],
         row["session"][key + "_cpu"]["median"],
         row["session"][key]["most"] / row["session"]["plain"]["most"],
         row["session"][key + "_ratio"]["median"] if key != "plain" else 1.0]
        for key, name in (("plain", "plain loop"), ("engine", "engine"),
                          ("watched", "engine, watched"))])
    print("\na snapshot, ns (a step is a poll and all that follows)")
    table(["", "median", "p99"], [[name, row["pause"][key]["median"], row["pause"][key]["p99"]]
                                  for key, name in (("step", "a step"), (
                                      "step_with_snapshot", "the step that hands over"), (
                                          "step_after", "the step after it"), (
                                              "main", "main: three sums, one reset"))])
    print(f"\ndefault preset, {SECONDS} s a run, in turn: medians, % of a core")
    threads = sorted(set(row["default"]) - {"waits_per_s"})
    table(["", "waits/s", *threads], [
        [name, run["waits_per_s"], *(100 * run[t] if t in run else None for t in threads)]
        for name, run in (("plain program", row["plain"]), ("kqtop live", row["default"]))],
        width=16)
    spread = row["instruments"]
    print(f"above the plain program: {100 * spread['median']:.2f} % "
          f"({100 * spread['least']:.2f} to {100 * spread['most']:.2f} in pairs)")
    print("\nsystem calls a wait, all threads (strace -c; without the assessor)")
    for name, found in row["calls"].items():
        print(f"{name:16}" + ("-" if found is None else ", ".join(
            f"{call} {n:.3f}" for call, n in sorted(found.items(), key=lambda x: -x[1]))))
