# SPDX-License-Identifier: MIT
"""A short `make soak-signals`, and a short `make soak`: that they can tell, and that
some seconds of them are borne."""

import os
import pathlib
import subprocess
import sys

SHAKE = pathlib.Path(__file__).resolve().parents[1] / "stress/shake"


def shake(*args):
    return subprocess.run([sys.executable, SHAKE, *map(str, args)], text=True, capture_output=True,
                          timeout=300, check=False, env=dict(os.environ))


def test_signals_sizes_and_keys_at_once_end_nothing_in_disorder():
    done = shake("signals", "--seconds", 5, "--signals", 100, "--seed", 2)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all ended as they should" in done.stdout


def test_soak_accounts_for_every_sample():
    done = shake("soak", "--seconds", 3, "--seed", 1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"waits_recorded"' in done.stdout
