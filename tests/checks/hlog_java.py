#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""HdrHistogram's own Java tool reads a log that kqtop records now (make check-hlog-java).

For the untagged lines and for each tag, HistogramLogProcessor sums all intervals up and
prints a table of percentiles: every value, percentile and count in it must be what the
plain reader (tests/support/hlog_plain.py) finds in the same log."""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import hlog_plain

JAR = "/usr/share/java/hdrhistogram.jar"
ROW = re.compile(r"^ *([\d.]+) ([01]\.\d+) +(\d+)(?: +(?:[\d.]+|Infinity))?$", re.M)


def processor(log, *options):
    done = subprocess.run(["java", "-cp", JAR, "org.HdrHistogram.HistogramLogProcessor", "-i", log,
                           *options], capture_output=True, text=True, check=False)
    if done.returncode != 0 or "Exception" in done.stdout + done.stderr:
        sys.exit(f"check-hlog-java: HistogramLogProcessor failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def compare(tag, table, counts):
    rows = [(float(value), float(share), int(count)) for value, share, count in ROW.findall(table)]
    total = sum(counts.values())
    assert rows and rows[-1][1:] == (1.0, total), f"'{tag}': {rows[-1:]} for {total} values"
    for value, share, below in rows:
        at = [i for i in counts if hlog_plain.highest_of(i) <= value]
        assert sum(counts[i] for i in at) == below, f"'{tag}': {below} values up to {value}"
        if share > 0:
            assert hlog_plain.highest_of(max(at)) == value, f"'{tag}': {value} is no bucket's end"
    return len(rows)


def main():
    if not os.path.exists(JAR):
        sys.exit(f"check-hlog-java: no {JAR}: Debian's libhdrhistogram-java (make deps FOR=optional)")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "run.jsonl"
        subprocess.run([os.environ["KQTOP"], "live", "--json-lines", "--duration", "3s", "--record",
                        path], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True)
        log = pathlib.Path(f"{path}.hlog")
        sums = collections.defaultdict(collections.Counter)
        for interval in hlog_plain.read(log)[1]:
            sums[interval.tag].update(interval.counts)
        tags = processor(log, "-listtags").split()
        assert set(tags) >= set(sums) - {""}, f"tags seen: {tags}"
        rows = 0
        for tag, counts in sums.items():
            options = ["-tag", tag] if tag else []
            rows += compare(tag, processor(log, "-outputValueUnitRatio", "1", *options), counts)
    print(f"check-hlog-java: {len(sums)} tags, {rows} rows of percentiles, all as kqtop wrote them")


if __name__ == "__main__":
    main()
