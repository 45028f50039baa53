#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`make check-nist KQT_NIST=PATH`: NIST's own ea_non_iid and `kqtop assess` on the same
samples, generated, random and really collected; every estimate within 1e-9. Optional: the
tool is not a package. Values that it gave once are tests/data/estimates.tsv."""

import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile

KQTOP = os.environ["KQTOP"]
BUILD = pathlib.Path(os.environ["KQT_BUILD"])
NIST = os.environ.get("KQT_NIST")
TOLERANCE = 1e-9

# the tool's name of a test case -> ours, its key for symbols, for the bitstring
CASES = {
    "Most Common Value": ("mcv", "hOriginal", "hBitstring"),
    "Collision Test (for bit strings only)": ("collision", None, "hBitstring"),
    "Markov Test (for bit strings only)": ("markov", None, "hBitstring"),
    "Compression Test (for bit strings only)": ("compression", None, "hBitstring"),
    "T-Tuple Test": ("t_tuple", "tTupleRes", "binTTupleRes"),
    "LRS Test": ("lrs", "lrsRes", "binLrsRes"),
    "Multi Most Common in Window Test": ("multi_mcw", "hOriginal", "hBitstring"),
    "Lag Prediction Test": ("lag", "hOriginal", "hBitstring"),
    "Multi Markov Model with Counting Test (MultiMMC)": ("multi_mmc", "hOriginal", "hBitstring"),
    "LZ78Y Test": ("lz78y", "hOriginal", "hBitstring"),
}


def samples(scratch):
    """(what, file) one after the other."""
    file = pathlib.Path(scratch) / "samples"
    for kind in ("uni8", "mkv8", "geom", "nib", "sym64", "popc", "ramp", "const"):
        with open(file, "wb") as out:
            subprocess.run([BUILD / "tests/bench/bench_entropy", kind, "30000"], stdout=out,
                           check=True)
        yield kind, file
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    for turn in range(12):
        n, k, stay = rng.randrange(2000, 60000), rng.randrange(3, 257), rng.random()
        data, last = bytearray(), 0
        for _ in range(n):
            last = last if rng.random() < stay * 0.9 else rng.randrange(k)
            data.append(last)
        file.write_bytes(data)
        yield f"seed {seed} turn {turn}: {n} of {k} symbols, {stay:.2f} alike", file
    for stream in ("seed", "low8", "lsb"):
        subprocess.run([KQTOP, "collect", "-n", "50000", "--preset", "spin", "--stream", stream,
                        "-o", file], check=True)
        yield f"collected, stream {stream}", file


def compare(file):
    """@return the worst difference and where; None when the tool gave nothing."""
    out = file.with_suffix(".json")
    subprocess.run([NIST, "-o", out, file], check=True, capture_output=True)
    theirs = {case["testCaseDesc"]: case for case in json.loads(out.read_text())["testCases"]}
    text = subprocess.run([KQTOP, "assess", "--json", file], check=True, capture_output=True,
                          text=True).stdout
    ours, worst = json.loads(text), (0.0, "all equal")
    for title, (name, *keys) in CASES.items():
        for view, key in zip(("literal", "bitstring"), keys):
            want = theirs.get(title, {}).get(key) if key else None
            got = (ours[view] or {}).get(name)
            if want is None or got is None:
                if (want is None) != (got is None):
                    worst = max(worst, (math.inf, f"{view} {name}: theirs {want}, ours {got}"))
                continue
            worst = max(worst, (abs(want - got), f"{view} {name}: theirs {want}, ours {got}"))
    return worst


def main():
    if not NIST:
        print("check-nist: name NIST's ea_non_iid by KQT_NIST=PATH", file=sys.stderr)
        return 2
    failed = passed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for what, file in samples(scratch):
            worst, where = compare(file)
            bad = worst > TOLERANCE
            failed, passed = failed + bad, passed + (not bad)
            print(f"{'FAIL' if bad else 'ok  '} {worst:8.1e}  {what}" + (f": {where}" * bad))
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
