# SPDX-License-Identifier: MIT
"""A short `make soak-signals`, and a short `make soak`: that they can tell, and that
some seconds of them are borne."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time

from pseudoterminal import Pseudoterminal

SHAKE = pathlib.Path(__file__).resolve().parents[1] / "stress/shake"


def shake(*args):
    return subprocess.run([sys.executable, SHAKE, *map(str, args)], text=True, capture_output=True,
                          timeout=300, check=False, env=dict(os.environ))


def test_terminal_loses_no_interrupt_between_fork_and_exec():
    # a run that was interrupted then would go on for ever and pass for a hang of kqtop
    for _ in range(20):
        with Pseudoterminal(["/bin/sleep", "600"]) as t:
            time.sleep(random.random() * 0.002)
            t.signal(signal.SIGINT)
            assert t.wait(30) == signal.SIGINT


def test_signals_sizes_and_keys_at_once_end_nothing_in_disorder():
    done = shake("signals", "--seconds", 5, "--signals", 100, "--seed", 2)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all ended as they should" in done.stdout


def test_soak_accounts_for_every_sample():
    done = shake("soak", "--seconds", 3, "--seed", 1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"waits_recorded"' in done.stdout
