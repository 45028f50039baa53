# SPDX-License-Identifier: MIT
"""Made-up reports of `kqtop bench`, as JSON files: what tests of compare read.

A round's latencies are a mixture of three log-normal modes, given as counts of bins, so
that twenty rounds of 20,000 samples are a small file. Rounds differ by `spread`."""

import json
import math
import random

FILTERS = ["timer", "read", "write", "vnode"]
SAMPLES = 20000
POINTS = 120  # of a distribution; log-spaced over six decades
# weight, median in ns, sigma: CPU awake, idle, held up
MODES = [(0.55, 18000, 0.12), (0.40, 31000, 0.15), (0.05, 130000, 0.5)]


def bucket(ns):
    """Index in HdrHistogram's layout, and the bucket's lowest value."""
    shift = max(ns.bit_length() - 11, 0)
    return (shift << 10) + (ns >> shift), ns >> shift << shift


def histogram(values):
    """{ns: count} as a report has it."""
    bins, next_index = [], 0
    merged = {}
    for ns, count in values.items():
        if count:
            merged.setdefault(bucket(ns)[0], [0, ns])[0] += count
    for index in sorted(merged):
        if index > next_index:
            bins.append(-(index - next_index))
        bins.append(merged[index][0])
        next_index = index + 1
    present = [ns for ns, count in values.items() if count]
    return {"count": sum(values.values()), "sum_ns": sum(n * c for n, c in values.items()),
            "min_ns": min(present) if present else None,
            "max_ns": max(present) if present else None, "above": 0, "bins": bins}


def mixture(samples, scale, tail):
    """{ns: count}: MODES with all places times scale (the points' too, so that a quantile
    moves as they do), the last mode's times tail too."""
    values, done, below = {}, 0, 0.0
    for i in range(POINTS):
        ns = int(1000 * scale * 10 ** (6 * i / POINTS))
        upper = 1000 * scale * 10 ** (6 * (i + 1) / POINTS)
        below = sum(w * 0.5 * (1 + math.erf(math.log(
            upper / (m * scale * (tail if k == 2 else 1))) / s / math.sqrt(2)))
            for k, (w, m, s) in enumerate(MODES))
        here = round(samples * below) - done
        done += here
        if here > 0:
            values[ns] = here
    if done < samples:
        values[ns] = values.get(ns, 0) + samples - done
    return values


NOTHING = {}


def make_round(order, side, pair, generator, *, ratio=1.0, tail=1.0, spread=0.01, rate=4000.0,
               entropy=3.2, samples=SAMPLES, saturated=False, share=None, steady=True):
    scale = ratio * math.exp(generator.gauss(0, spread))
    held = tail * math.exp(generator.gauss(0, spread))
    values = mixture(samples, scale, held)
    each = {f: histogram(mixture(samples // 4, scale, held)) for f in FILTERS}
    waits = histogram(values)
    seconds = samples / (rate * math.exp(generator.gauss(0, spread)))
    bits = None if entropy is None else {
        "n": 20000, "assessed": max(0.0, entropy + generator.gauss(0, spread)), "mcv": 7.1,
        "shannon": 7.9}
    zero = {"eintr": 0, "control": 0, "transition": 0, "gap": 0}
    return {
        "side": "AB"[side], "pair": pair, "order": order, "start_s": 5.5 * order,
        "seconds": seconds, "warmup_s": 0.2, "steady": steady, "waits": samples, "timeouts": 0,
        "stalls": 0, "stall_max_ns": 0, "missing": 0, "excluded": zero,
        "filters": {f: {"events": samples // 2, "wakes": samples // 4, "triggers": samples // 4,
                        "merged": 0, "missed": 0, "unstamped": 0, "transition": 0, "gap": 0}
                    for f in FILTERS},
        "stimulus": {"ticks": 9000, "lost": 900 if saturated else 0, "saturated": saturated},
        "entropy": bits,
        "flags": {"steal_ns": 0, "throttled_ns": 0},
        "load": {"share": share, "utilisation": None, "switches_per_s": None, "ops_per_s": None},
        "slices": [],
        "latency": {"wait": {"wake": waits, "timeout": histogram(NOTHING), **each},
                    "notification": each, "response": each},
    }


def make_report(*, rounds=20, seed=1, label=None, load=None, load_version=None, share=None,
                config=None, round_ns=5000000000, how=None, facts=None, b=None,
                **round_options):
    """@b: dict of what side B has else (its rounds' options, `options`, `config`); then
    the report is of an A/B run, in pairs of random order."""
    generator = random.Random(seed)
    no_load = {"share": share, "utilisation": None, "switches_per_s": None, "ops_per_s": None}
    report = {
        "schema": 1, "version": "0.1.0", "label": label, "started": "2026-11-23T01:30:00Z",
        "seed": seed, "backend": "epoll", "backend_label": "epoll+timerfd+inotify",
        "self_check": False, "complete": True, "rounds_wanted": rounds,
        "how": {"round_ns": round_ns, "warmup": "mser", "stream": "seed", "grain_ns": 0.0,
                "dma_latency_us": None, **(how or {})},
        "config": config or {},
        "load": {"requested": load, "command": None, "version": load_version,
                 "achieved": no_load}, "b": None,
        "fingerprint": {"kernel": "Linux 6.1.0", "cpu_model": "Some CPU", "cores": 2,
                        "governor": None, **(facts or {})},
        "rounds": [],
    }
    if b is None:
        report["rounds"] = [make_round(i, 0, i, generator, share=share, **round_options)
                            for i in range(rounds)]
        return report
    b = dict(b)
    report["b"] = {"options": b.pop("options", "--timers 16"),
                   "config": b.pop("config", config or {}),
                   "load": {"requested": b.pop("load", load), "command": None,
                            "achieved": dict(no_load, share=b.get("share", share))}}
    for pair in range(rounds):
        sides = [0, 1] if generator.random() < 0.5 else [1, 0]
        for place, side in enumerate(sides):
            of_b = {**round_options, **b} if side else round_options
            report["rounds"].append(
                make_round(2 * pair + place, side, pair, generator, **of_b))
    return report


def write(path, report):
    path.write_text(json.dumps(report))
    return path
