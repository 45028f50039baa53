# SPDX-License-Identifier: MIT
"""docs/FLEET.md: its commands run, and what it names is there. With a real Prometheus:
make check-fleet."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from cli_kqtop import KQTOP, LIMIT_S, ROOT, environment, http_built_in
from test_cli_serve import needs_http, serving

FLEET = (ROOT / "docs/FLEET.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", FLEET, re.S | re.M)
NAMES = set(re.findall(r"`(kqtop_[a-z0-9_]+)(?:\{[a-z,]+\})?`", FLEET))


def base(name):
    """A family by the name that its samples have."""
    return re.sub(r"_(bucket|sum|count)$", "", name)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.split()[0] + c[-20:-1])
def test_commands_run(command, tmp_path):
    if "promtool" in command and not shutil.which("promtool"):
        pytest.skip("no promtool (Debian package prometheus): make check-fleet")
    if "--listen" in command and not http_built_in():
        pytest.skip("built without libmicrohttpd")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    # as it stands, but not for so long, and beside others that run
    command = command.replace("--duration 10s", "--duration 200ms").replace(":9464", ":0")
    path = f"{pathlib.Path(KQTOP).parent}:{os.environ['PATH']}"
    done = subprocess.run(["sh", "-euc", command], cwd=tmp_path, capture_output=True, text=True,
                          timeout=LIMIT_S, env=environment(PATH=path), check=False)
    assert done.returncode == 0, done.stderr


@needs_http
def test_metrics_of_the_table_are_served_and_none_is_left_out():
    with serving("--assess-window", "1000") as s:
        text = s.ask()[2]
        served = {base(name) for name in re.findall(r"^(kqtop_\w+)", text, re.M)}
    served = {name for name in served if not name.startswith("kqtop_config_")}
    later = {"kqtop_entropy_assessed", "kqtop_entropy_assessed_bytes"}  # once there is one
    short = {"kqtop_entropy_mcv", "kqtop_entropy_shannon_reference", "kqtop_entropy_mcv_reference"}
    told = {name for name in NAMES if name not in ("kqtop_config_info",)} | short
    assert served - later == told - later


def test_rules_name_only_metrics_that_are_served():
    rules = (ROOT / "docs/fleet/rules.yml").read_text(encoding="utf-8")
    expressions = re.findall(r"^\s+expr: (?:\|\n)?((?:.+\n)(?:\s{10,}.+\n)*)", rules, re.M)
    used = {base(name) for e in expressions for name in re.findall(r"(?<![:\w])kqtop_\w+", e)}
    assert len(used) >= 8 and used <= NAMES, used - NAMES
