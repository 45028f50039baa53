# SPDX-License-Identifier: MIT
"""Does cost follow what is ready, or what is registered (tests/bench/bench_growth.c)?"""

import json
import subprocess

from engine import BUILD
from gates import gate, table

KINDS = ["timers", "sockets", "watchers"]
COUNTS = [1, 8, 64, 512, 4096]
PASSES = 4


def one(what, kind, n, turns):
    """Figures, or why this machine does not give so many."""
    run = subprocess.run([BUILD / "tests/bench/bench_growth", what, kind, str(n), str(turns)],
                         capture_output=True, text=True, check=False)
    if run.returncode == 3:
        return run.stderr.strip()
    run.check_returncode()
    return json.loads(run.stdout)


def better(kept, run):
    """Of each figure that of the pass with the least; why there is none stays."""
    if kept is None or isinstance(kept, str) or isinstance(run, str):
        return run if kept is None else kept
    return {key: min((s for s in (kept[key], run[key]) if s), key=lambda s: s["least"],
                     default=None) for key in kept}


def measure(rounds):
    # Each pass measures every row: what slows the machine for a second or two is in rows
    # of one pass, not in all that a row has.
    best = {}
    for _ in range(PASSES):
        for kind in KINDS:
            for n in COUNTS:
                turns = max(4, 20 * rounds // max(1, n // 256) // PASSES)
                best[kind, n] = [better(kept, run) for kept, run in zip(
                    best.get((kind, n), [None, None]),
                    (one("wait", kind, n, 100 * rounds // PASSES), one("life", kind, n, turns)))]
    rows = []
    for (kind, n), (waits, life) in best.items():
        missing = next((got for got in (waits, life) if isinstance(got, str)), None)
        rows.append({"kind": kind, "n": n, "missing": missing} if missing else
                    {"kind": kind, "n": n, "missing": None, **waits, **life})

    def least(kind, n, key):
        row = next(r for r in rows if (r["kind"], r["n"]) == (kind, n))
        return None if row["missing"] else row[key]["least"]

    def most_to_few(key, few, each, kinds=tuple(KINDS)):
        """The worst kind's ratio. @each  per source, without what none would cost"""
        worst = None
        for kind in kinds:
            most = next((n for n in reversed(COUNTS) if least(kind, n, key)), 0)
            if most <= few:
                continue
            low, high = least(kind, few, key), least(kind, most, key)
            if each:
                none = least(kind, 1, key)
                low, high = (low - none) / (few - 1), (high - none) / (most - 1)
            worst = high / low if worst is None else max(worst, high / low)
        return worst
    # timers cannot be quiet: thousands of them expire a million times a second
    quiet = ("sockets", "watchers")
    return {"rows": rows, "gates": [
        gate("a poll, most sources / one", most_to_few("idle", 1, False), 1.2, ""),
        gate("a wait with one ready, most sources / one", most_to_few("one_ready", 1, False),
             1.2, ""),
        gate("opening, per source: most / 512", most_to_few("open", 512, True), 1.5, ""),
        gate("closing, per source: most / 512", most_to_few("close", 512, True), 1.5, ""),
        gate("one socket or watcher less, most / 512", most_to_few("one_less", 512, False, quiet),
             1.5, ""),
        gate("one socket or watcher more, most / 512", most_to_few("one_more", 512, False, quiet),
             1.5, "")]}


def show(row):
    print("\nsources that say nothing: a poll, and a wait that brings one of them, ns; opening "
          "and closing, us a\nsource; a change by one source, us; least of the turns")
    table(["", "sources", "poll", "one ready", "open", "close", "one less", "one more"],
          [[r["kind"], r["n"], *([None] * 6 if r["missing"] else [
              r["idle"]["least"], r["one_ready"]["least"], r["open"]["least"] / 1e3 / r["n"],
              r["close"]["least"] / 1e3 / r["n"], r["one_less"]["least"] / 1e3,
              r["one_more"]["least"] / 1e3])] for r in row["rows"]], first=12, width=12)
    for r in row["rows"]:
        if r["missing"]:
            print(f"{r['kind']}, {r['n']}: {r['missing']}")
