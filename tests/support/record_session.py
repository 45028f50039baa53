#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Make tests/data/session.jsonl.gz and session.jsonl.hlog.gz anew: half a minute of the
program itself on this machine's kernel, its keys pressed on a pseudo-terminal. Afterwards
the golden screens are of another recording: `make golden`.

    KQTOP=build/release/kqtop PYTHONPATH=tests/tui tests/support/record_session.py

What happens in it, about when: 6 s T (timers 2 -> 4), 11 s one process of cpu load, 17 s
its end, 20 s p (preset seed, whose bytes raise alarms of the health tests), 24 s the end.
A quiet configuration before that, so that the files stay small."""
import gzip
import pathlib
import tempfile
import time

from pseudoterminal import live

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
QUIET = ["--timers", "2", "--sockets", "1", "--watchers", "1", "--timeout", "5ms", "--stimulus",
         "5ms", "--assess-window", "1000"]
STEPS = [(6, ["T"]), (11, ["g"]), (11.3, ["Enter"]), (17, ["Esc"]), (20, ["p"]), (24.3, ["q"])]


def main():
    with tempfile.TemporaryDirectory() as folder:
        with live(*QUIET, "--record", "session.jsonl", cwd=folder) as t:
            t.until("LIVE")
            begin = time.monotonic()
            for at, keys in STEPS:
                while time.monotonic() - begin < at:
                    t.read(0.02)
                t.key(*keys)
            assert t.wait() == 0, t.text()
        for name in ("session.jsonl", "session.jsonl.hlog"):
            data = (pathlib.Path(folder) / name).read_bytes()
            packed = gzip.compress(data, 9, mtime=0)
            (DATA / (name + ".gz")).write_bytes(packed)
            print(f"{name}: {len(data)} bytes, {len(packed)} packed")


if __name__ == "__main__":
    main()
