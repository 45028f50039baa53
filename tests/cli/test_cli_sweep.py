# SPDX-License-Identifier: MIT
"""kqtop sweep: a grid of rounds, the best of it, and what is refused before any round."""

import contextlib
import json
import os
import pathlib
import re
import shlex
import signal

import pytest

from cli_kqtop import LIMIT_S, kqtop, one_message, started, until

# Rounds as short as they may be; `waits_per_s` is the one figure that each of them has.
QUICK = ["--round-time", "50ms", "--rounds", "3", "--objective", "waits_per_s", "--seed", "7"]


# 20 rounds of it confirm the best, each a process of its own: some 0.2 s on a busy machine
PATIENCE_S = 4 * LIMIT_S


def text(*options):
    result = kqtop("sweep", *QUICK, *options, limit_s=PATIENCE_S)
    assert result.returncode == 0, result.stderr
    return result.stdout


def sweep(*options, code=0):
    result = kqtop("sweep", *QUICK, "--json", *options, limit_s=PATIENCE_S)
    assert result.returncode == code, (result.returncode, result.stderr)
    return json.loads(result.stdout)


def test_every_combination_is_measured_and_the_best_is_confirmed():
    out = sweep("timers=0,2", "watchers=1,2", "--sockets", "0")
    assert out["schema"] == 1 and out["seed"] == 7 and out["round_ns"] == 50_000_000
    assert [a["values"] for a in out["axes"]] == [[0, 2], [1, 2]]
    assert [a["config"] for a in out["axes"]] == ["num_timers", "num_file_watchers"]
    assert [p["at"] for p in out["points"]] == [
        {"timers": t, "watchers": w} for t in (0, 2) for w in (1, 2)]
    for point in out["points"]:
        rounds = [r for r in point["rounds"] if r is not None]
        assert len(point["rounds"]) == 3
        assert (point["min"], point["max"]) == (min(rounds), max(rounds))
        assert point["min"] <= point["median"] <= point["max"]
        assert point["median"] == point["waits_per_s"]
    assert out["more_is_better"] is True
    best = max(out["points"], key=lambda p: p["median"])
    assert out["best"]["at"] == best["at"]
    assert len(out["confirm"]["base"]) == len(out["confirm"]["best"]) == 10
    confirm = out["confirm"]
    assert confirm["lo"] <= confirm["ratio"] <= confirm["hi"]
    assert confirm["verdict"] in ("better", "worse", "equivalent", "differs", "inconclusive")


def test_command_line_of_the_best_gives_its_configuration_back():
    out = sweep("timers=3,5", "dither=off", "--sockets", "0", "--watchers", "1")
    words = shlex.split(out["best"]["command"])
    assert words[:2] == ["kqtop", "live"]
    result = kqtop("live", "--json-lines", "--duration", "20ms", *words[2:])
    config = json.loads(result.stdout.splitlines()[-1])["config"]
    assert config["num_timers"] == out["best"]["at"]["timers"]
    assert (config["num_sockets"], config["num_file_watchers"]) == (0, 1)
    assert out["best"]["at"]["dither"] is False


def test_command_line_of_the_best_leads_there_from_the_file_too(tmp_path):
    file = tmp_path / "config"
    file.write_text("[kqtop]\ntimers = 3\nsockets = 1\n")
    out = sweep("timers=8", "--timers", "8", "--sockets", "4", "--config", file)
    words = shlex.split(out["best"]["command"])
    result = kqtop("live", "--json-lines", "--duration", "20ms", "--config", file, *words[2:])
    config = json.loads(result.stdout.splitlines()[-1])["config"]
    assert (config["num_timers"], config["num_sockets"]) == (8, 4)


def test_default_that_is_the_best_needs_no_confirmation():
    out = sweep("timers=2", "--timers", "2", "--sockets", "0")
    assert out["best"]["at"] == {"timers": 2} and out["confirm"] is None


def test_a_figure_that_no_round_has_is_null_and_a_negative_result():
    """Who asked for the best gets none: a script must not go on as if there was one."""
    options = ["timers=1,2", "--sockets", "0", "--watchers", "0",
               "--objective", "assessed_bits_per_s"]
    out = sweep(*options, code=1)
    assert all(p["median"] is None and p["assessed"] is None for p in out["points"])
    assert out["best"] is None and out["confirm"] is None
    result = kqtop("sweep", *QUICK, *options, limit_s=PATIENCE_S)
    assert result.returncode == 1 and "\nbest:" not in result.stdout
    assert result.stderr.splitlines()[-1] == (
        "kqtop: sweep: no point has the figure assessed_bits_per_s: "
        "no round gave 20000 bytes; --round-time makes them longer")


def test_assessed_bits_come_with_enough_bytes():
    out = sweep("timers=1", "--preset", "spin", "--timers", "1", "--objective", "assessed_bits_per_s")
    (point,) = out["points"]
    known = [r for r in point["rounds"] if r is not None]
    if not known:
        pytest.skip("no round of 50 ms gave 20,000 bytes on this machine")
    assert 0 <= point["assessed"] <= 8 and point["bytes_per_s"] > 0


def test_table_and_map_show_each_point():
    out = text("timers=1,2", "timeout=1,2ms,3", "--sockets", "0")
    assert "\033" not in out
    head, table, heat, best = out.split("\n\n")
    assert head == "6 points, 3 rounds of 50.0ms each, interleaved; " \
                   "objective: waits a second, more is better"
    rows = [re.split(r"\s+", line.strip(" *")) for line in table.splitlines()]
    assert rows[0][:3] == ["timers", "timeout", "objective"]
    assert [r[:2] for r in rows[1:]] == [[t, f"{o}ms"] for t in "12" for o in "123"]
    assert sum(line.startswith("*") for line in table.splitlines()) == 1
    lines = heat.splitlines()
    assert lines[0] == "timers \\ timeout" and lines[1].split() == ["1ms", "2ms", "3ms"]
    assert [line.split()[0] for line in lines[2:4]] == ["1", "2"]
    assert heat.count("*") == 2  # the best's, and the legend's
    assert best.splitlines()[0].startswith("best: timers=")
    assert best.splitlines()[-1].startswith("kqtop live --")


def test_map_of_three_axes_comes_in_slices():
    out = text("dither=on,off", "timers=1,2", "timeout=1", "--sockets", "0")
    assert re.findall(r"^dither=\w+$", out, re.M) == ["dither=on", "dither=off"]
    assert out.count("timers \\ timeout") == 2


def test_color_is_for_those_who_ask():
    out = text("timers=1,2", "--sockets", "0", "--color", "always")
    assert out.count("\033[48;5;") == out.count("\033[0m") == 2


@pytest.mark.parametrize("axes,words", [
    ([], ["timers=0,4,8"]),
    (["timers"], ["'timers' is no axis", "AXIS=VALUE"]),
    (["=1,2"], ["'=1,2' is no axis"]),
    (["timer=1,2"], ["no axis 'timer'", "there are timers sockets"]),
    (["watch-dir=/tmp"], ["no axis 'watch-dir'"]),
    (["back\033[2Jend=1"], ["no axis 'back\\x1b[2Jend'"]),
    (["timers="], ["axis timers", "empty"]),
    (["timers=1,,2"], ["axis timers", "empty"]),
    (["timers=1,2,"], ["axis timers", "empty"]),
    (["timers=1,x"], ["axis timers", "'x'"]),
    (["timers=1,5000"], ["axis timers", "5000", "0 to 4096"]),
    (["timers=-1"], ["axis timers"]),
    (["timers=1,01"], ["axis timers", "1 is there twice"]),
    (["timeout=2,2ms"], ["axis timeout", "2ms is there twice"]),
    (["write=driven,loud"], ["axis write", "'loud'"]),
    (["timers=1,2", "timers=3"], ["axis timers is there twice"]),
    (["timers=1", "num_timers=2"], ["axis timers is there twice"]),
    (["timers=0,1", "sockets=0", "watchers=0"], ["timers=0 sockets=0 watchers=0 cannot be measured"]),
    (["timers=" + ",".join(map(str, range(65)))], ["axis timers", "more than 64 values"]),
    (["timers=" + ",".join(map(str, range(1, 33))), "sockets=" + ",".join(map(str, range(33)))],
     ["more than 1024 points"]),
    (["timers=1", "sockets=1", "watchers=1", "timeout=1", "stimulus=500", "phase=0", "dither=on"],
     ["more than 6 axes"]),
])
def test_bad_axis_is_named_before_any_round(axes, words):
    message = one_message(kqtop("sweep", *axes), 2)
    assert all(word in message for word in words), message


@pytest.mark.parametrize("options,words", [
    (["--objective", "speed"], ["--objective", "'speed'", "p99", "assessed_bits_per_s"]),
    (["--budget", "soon"], ["--budget", "'soon'"]),
    (["--budget", "0"], ["--budget"]),
    (["--rounds", "2"], ["--rounds", "3 to 100"]),
    (["--round-time", "1ms"], ["--round-time", "50ms"]),
    (["--seed", "-1"], ["--seed"]),
    (["--color", "red"], ["--color", "'red'"]),
])
def test_bad_option_is_named(options, words):
    message = one_message(kqtop("sweep", "timers=1,2", *options), 2)
    assert all(word in message for word in words), message


def test_grid_above_the_budget_is_refused_with_what_it_takes():
    message = one_message(kqtop("sweep", "timers=1,2,3,4", "--budget", "10s", "--round-time", "1s"), 2)
    assert "4 points, 3 rounds of 1.00s each, and 20 to confirm the best take about 36.8s" in message
    assert "more than the budget of 10.0s" in message and "--budget" in message
    message = one_message(kqtop("sweep", "timers=1,2,3,4", "--budget", "7s"), 2)
    assert "3 rounds of 100ms each, and 20 to confirm the best take about 8.00s" in message
    message = one_message(kqtop("sweep", "timers=1,2", "--rounds", "50", "--budget", "20s"), 2)
    assert "2 points, 50 rounds of 100ms each" in message
    message = one_message(kqtop("sweep", "timers=1", "--objective", "assessed_bits_per_s",
                                "--budget", "1m"), 2)
    assert "3 rounds of 5.00s each" in message


def test_short_budget_makes_shorter_rounds():
    # too few waits for a p99, so there is no best to confirm and it is over after 3 rounds
    result = kqtop("sweep", "timers=1", "--sockets", "0", "--watchers", "0", "--budget", "10s",
                   "--json")
    assert result.returncode == 1 and "p99: rounds had too few notifications;" in result.stderr
    swept = json.loads(result.stdout)
    assert swept["round_ns"] == 284 * 10**6 and len(swept["points"][0]["rounds"]) == 3


def test_interruption_shows_what_there_is():
    with started("sweep", "timers=1,2", "--rounds", "100", "--round-time", "50ms",
                 "--objective", "waits_per_s") as child:
        # a process of its own for each round: the second one is another pid
        seen = set()
        until(lambda: seen.update(children(child.pid)) or len(seen) >= 3, "three rounds")
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 1
    assert re.search(r"interrupted after \d+ of 220 rounds", err)
    assert out.startswith("2 points, ")


def test_round_that_is_lost_takes_no_other_with_it():
    with started("sweep", "timers=1,2", "--rounds", "100", "--round-time", "50ms",
                 "--objective", "waits_per_s", "--json") as child:
        seen = set()
        until(lambda: seen.update(children(child.pid)) or len(seen) >= 4, "four rounds")
        # one that ends just now may be nobody's any more: then the next
        until(lambda: child.poll() is not None or kill_rounds(child.pid), "its end")
        out, err = child.communicate(timeout=LIMIT_S)
    assert child.returncode == 1 and "round" in err
    assert sum(len(point["rounds"]) for point in json.loads(out)["points"]) >= 2


def kill_rounds(pid):
    """Not what else is there: the leak sanitizer looks at a process by a child of it."""
    for child in children(pid):
        with contextlib.suppress(OSError):
            if "__round" in pathlib.Path(f"/proc/{child}/cmdline").read_text():
                os.kill(int(child), signal.SIGKILL)
    return False


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return f.read().split()
