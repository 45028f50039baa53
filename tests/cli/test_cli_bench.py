# SPDX-License-Identifier: MIT
"""kqtop bench: rounds, reports, sides, conditions, and what ends it early."""

import json
import os
import pathlib
import pty
import re
import shlex
import signal
import subprocess
import time

import pytest

from cli_kqtop import (FILTERS, KQTOP, SANITIZED, WITHOUT, environment, kqtop, one_message,
                       started, until)

# Rounds as short as they may be, and a configuration that is light on a busy machine.
QUICK = ["--round-time", "50ms", "--preset", "timers"]
TOP = {"schema", "config", "backend", "label", "load", "fingerprint", "rounds", "summary", "seed",
       "started"}


def bench(*options, rounds=2, code=0, **how):
    """A run with --json. @return the report; .stderr is not looked at."""
    result = kqtop("bench", "--rounds", rounds, *QUICK, "--json", *options, **how)
    assert result.returncode == code, (result.returncode, result.stderr)
    return json.loads(result.stdout)


def lowest(i):
    """As docs/FORMATS.md has it."""
    b = max(0, i // 1024 - 1)
    return (i - 1024 * b) << b


def buckets(bins):
    i = 0
    for v in bins:
        if v < 0:
            i -= v
        else:
            yield lowest(i), v
            i += 1


def histograms(round_):
    for kind in round_["latency"].values():
        yield from kind.values()


def processes_of(pid):
    """Descendants of a process, itself not."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, todo = [], [pid]
    while todo:
        more = children.get(todo.pop(), [])
        found += more
        todo += more
    return found


def running(pid):
    """A process that has not ended; one that nobody has waited for has."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


# -- the report ---------------------------------------------------------------


def test_report_has_its_keys_and_its_rounds():
    r = bench("--label", "web3 é", "--seed", "5", rounds=3)
    assert TOP <= set(r)
    assert (r["schema"], r["label"], r["seed"], r["complete"]) == (1, "web3 é", 5, True)
    assert set(r["load"]) >= {"requested", "achieved"} and r["load"]["requested"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", r["started"])
    assert r["config"]["num_timers"] == 8 and r["config"]["preset"] == "timers"
    assert r["b"] is None and r["summary"]["B"] is None
    assert [x["order"] for x in r["rounds"]] == [0, 1, 2]
    assert {x["side"] for x in r["rounds"]} == {"A"}
    for x in r["rounds"]:
        assert 0.03 < x["seconds"]
        assert x["waits"] > 0 and x["entropy"] is None
        assert set(x["filters"]) == set(FILTERS)
        assert x["filters"]["timer"]["events"] > 0


def test_histograms_are_what_their_bins_say():
    r = bench("--sockets", "2")
    for x in r["rounds"]:
        wait = x["latency"]["wait"]
        assert x["waits"] == wait["wake"]["count"] + wait["timeout"]["count"]
        for h in histograms(x):
            bins = list(buckets(h["bins"]))
            assert sum(n for _, n in bins) == h["count"]
            if h["count"]:
                assert bins[0][0] <= h["min_ns"] <= h["max_ns"]
                assert bins[-1][0] <= h["max_ns"]
                assert h["min_ns"] * h["count"] <= h["sum_ns"] <= h["max_ns"] * h["count"]


def test_summary_is_of_the_rounds():
    r = bench(rounds=3)
    s = r["summary"]["A"]
    timers = [x["filters"]["timer"]["events"] for x in r["rounds"]]
    assert s["filters"]["timer"]["events"] == sum(timers) == s["filters"]["all"]["events"]
    assert s["filters"]["all"]["wait"]["max_ns"] == max(
        max(x["latency"]["wait"]["wake"]["max_ns"] or 0, x["latency"]["wait"]["timeout"]["max_ns"] or 0)
        for x in r["rounds"])
    assert s["filters"]["read"]["wait"]["p50_ns"] is None
    assert s["waits_per_s"] == sorted(x["waits_per_s"] for x in r["rounds"])[1]


def test_stimulus_is_dithered_unless_told_otherwise():
    assert bench(rounds=1)["config"]["dither"] is True
    assert bench("--dither=off", rounds=1)["config"]["dither"] is False


@pytest.mark.skipif(SANITIZED, reason="a round of 20,000 waits takes too long")
@pytest.mark.parametrize("stream", ["seed", "low8", "lsb"])
def test_entropy_is_of_exactly_20000_bytes(stream):
    # empty polls: hundreds of thousands a second on any machine, and lsb takes eight a byte
    r = bench("--preset", "quiet", "--timeout", "0", "--round-time", "1s", "--stream", stream,
              rounds=1)
    assert r["how"]["stream"] == stream
    entropy = r["rounds"][0]["entropy"]
    assert entropy["n"] == 20000
    assert 0 <= entropy["assessed"] <= entropy["mcv"] <= entropy["shannon"] <= 8
    assert r["summary"]["A"]["entropy"]["rounds"] == 1


def test_fingerprint_has_what_the_system_says():
    f = bench(rounds=1)["fingerprint"]
    u = os.uname()
    assert f["kernel"] == f"{u.sysname} {u.release}" and f["machine"] == u.machine
    assert f["cores"] == os.cpu_count()
    assert f["clock_granularity_ns"] > 0 and f["clock_source"]
    assert isinstance(f["load_average_1"], float | int)
    assert {"governor", "timer_slack_ns", "tick_ns", "mitigations", "virtualisation"} <= set(f)
    assert "hostname" not in f


def test_host_name_only_when_asked():
    result = kqtop("bench", "--rounds", 1, *QUICK, "--json", "--hostname")
    assert json.loads(result.stdout)["fingerprint"]["hostname"] == os.uname().nodename


def test_flags_say_what_disturbed_a_round():
    measured = bench(rounds=1)["rounds"][0]
    flags = measured["flags"]
    assert type(measured["raw_lost"]) is int
    assert flags["involuntary_switches"] >= 0
    assert all(v is None or v >= 0 for v in flags.values())


# -- output -------------------------------------------------------------------


def test_file_and_log_are_written_and_nothing_else(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("old")
    result = kqtop("bench", "--rounds", 2, *QUICK, "-o", path, env=environment(TMPDIR=tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    assert "notification" in result.stdout and "events/s" in result.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.hlog", "x.json"]
    report = json.loads(path.read_text())
    log = (tmp_path / "x.hlog").read_text().splitlines()
    data = [line for line in log if not line.startswith(("#", '"'))]
    # a line a round and latency that has values, one of each round untagged
    assert len([line for line in data if not line.startswith("Tag=")]) == 2
    assert len([line for line in data if line.startswith("Tag=wait.timer,")]) == 2
    seconds = [float(line.split(",")[1]) for line in data if not line.startswith("Tag=")]
    assert seconds == pytest.approx([x["seconds"] for x in report["rounds"]], abs=0.0011)


def test_dash_is_standard_output():
    result = kqtop("bench", "--rounds", 1, *QUICK, "-o", "-")
    assert json.loads(result.stdout)["complete"]


def test_table_has_a_line_for_each_filter_that_was_there():
    out = kqtop("bench", "--rounds", 1, *QUICK).stdout
    names = [line.split()[0] for line in out.splitlines() if line.split()[1:2] == ["wait"]]
    assert names == ["all", "timer"]
    assert re.search(r"p50 +p90 +p99 +p99\.9 +max +events/s +merged +missed", out)
    assert "--preset timers" in out
    assert max(map(len, out.splitlines())) <= 80


def test_progress_is_for_terminals_only():
    assert kqtop("bench", "--rounds", 1, *QUICK).stderr == ""
    main, other = pty.openpty()
    child = subprocess.Popen([KQTOP, "bench", "--rounds", "2", *QUICK], stderr=other,
                             stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                             env=environment())
    os.close(other)
    seen = b""
    while True:
        try:
            part = os.read(main, 4096)
        except OSError: # the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(main)
    assert child.wait() == 0
    assert b"round 1 of 2" in seen and b"left" in seen
    assert seen.endswith(b"\r\x1b[K") # and nothing of it stays


# -- two sides ----------------------------------------------------------------


def test_sides_come_in_pairs_in_an_order_that_the_seed_draws():
    def order(seed):
        r = bench("--ab", "--timers 4 --spread", "--seed", seed, rounds=8)
        assert [x["pair"] for x in r["rounds"]] == [i // 2 for i in range(16)]
        sides = "".join(x["side"] for x in r["rounds"])
        assert all(sorted(sides[i:i + 2]) == ["A", "B"] for i in range(0, 16, 2))
        assert (r["config"]["num_timers"], r["b"]["config"]["num_timers"]) == (8, 4)
        assert (r["config"]["spread"], r["b"]["config"]["spread"]) == (False, True)
        assert r["b"]["options"] == "--timers 4 --spread"
        assert r["summary"]["B"]["rounds"] == 8
        return sides

    first = order(1)
    assert "AB" in first[::1] and {first[i:i + 2] for i in range(0, 16, 2)} == {"AB", "BA"}
    assert order(1) == first
    assert order(2) != first


def test_ab_ends_with_what_compare_says(tmp_path):
    path = tmp_path / "x.json"
    result = kqtop("bench", "--rounds", 2, *QUICK, "--ab", "--timers 4", "-o", path)
    assert (result.returncode, result.stderr) == (0, "")
    said = kqtop("compare", path).stdout
    assert "timers 8 -> 4" in said
    assert result.stdout.endswith(said)


def test_ab_takes_quotes_and_presets(tmp_path):
    folder = tmp_path / "with blank"
    folder.mkdir()
    r = bench("--ab", f"--preset sockets --watch-dir '{folder}'", rounds=1)
    assert r["b"]["config"]["watch_dir"] == str(folder)
    assert (r["b"]["config"]["num_timers"], r["b"]["config"]["num_sockets"]) == (0, 4)


def test_self_check_prints_a_noise_floor_for_each_row():
    # whether a row differs is chance on a live machine: both answers are right here
    result = kqtop("bench", "--rounds", 6, *QUICK, "--self-check")
    assert result.returncode in (0, 1)
    rows = result.stdout[result.stdout.index("noise floor"):]
    for name in ("notification p50", "notification p99", "wait p50", "wait p99", "waits/s",
                 "assessed entropy"):
        assert name in rows
    assert re.search(r"waits/s +[\d.]+ +[\d.]+ \.\. +[\d.]+ +[\d.]+ %", rows)
    assert "assessed entropy too few" in rows
    assert ("differ" in rows and result.returncode == 1) or "no row differs" in rows


def test_self_check_says_so_in_the_report():
    result = kqtop("bench", "--rounds", 1, *QUICK, "--self-check", "--json")
    r = json.loads(result.stdout)
    assert r["self_check"] and r["b"]["config"] == r["config"]
    assert "noise floor" in result.stderr


# -- conditions ---------------------------------------------------------------


@pytest.mark.parametrize("condition", ["timer.notification.p99>1ns", "wait.max >= 1us",
                                       "waits_per_s<1e9", "timer.events>0", "missed<=0",
                                       "assessed<8"])
def test_condition_that_is_met_is_a_negative_result(condition):
    result = kqtop("bench", "--rounds", 1, *QUICK, "--fail-if", condition)
    assert result.returncode == 1
    assert f"'{condition}'" in result.stderr


def test_condition_judges_the_figure_of_the_summary():
    figures = {"events": ("all", "events"), "read.merged": ("read", "merged"), "missed": ("all", "missed"),
               "write.events_per_s": ("write", "events_per_s"), "waits_per_s": ("waits_per_s",),
               "timeouts": ("timeouts",), "assessed": ("entropy", "assessed"), "mcv": ("entropy", "mcv"),
               "shannon": ("entropy", "shannon")}
    result = kqtop("bench", "--rounds", 1, "--round-time", "200ms", "--preset", "spin", "--json",
                   *(word for name in figures for word in ("--fail-if", f"{name}>=0")))
    assert result.returncode == 1
    told = re.findall(r"--fail-if '(.*)>=0'(?: is met)?: (.*)", result.stderr)
    assert [name for name, _ in told] == list(figures)
    side = json.loads(result.stdout)["summary"]["A"]
    for name, value in told:
        figure = {**side["filters"], **side}
        for key in figures[name]:
            figure = figure and figure[key]
        assert value == ("the figure is not known" if figure is None else f"{figure:.6g}"), name


def test_conditions_that_are_not_met_change_nothing():
    result = kqtop("bench", "--rounds", 1, *QUICK, "--fail-if", "wait.p50>1h", "--fail-if",
                   "waits_per_s<0.001", "--fail-if", "read.events>0")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("condition,says", [
    ("p99", "is not FIGURE>VALUE"), (">5us", "is not FIGURE>VALUE"),
    ("notification>5us", "needs one of p50"), ("notification.p98>5us", "needs one of p50"),
    ("notification.p99>500", "needs a unit"), ("notification.p99>x", "not a duration"),
    ("notification.p99>", "not a duration"), ("mcv>x", "not a number"), ("mcv>", "not a number"),
    ("mcv>0x10", "not a number"), ("mcv>nan", "not a number"), ("nosuch>5", "no figure 'nosuch'"),
    ("timer.waits_per_s>5", "is not of a filter"), ("a" * 200 + ">5", "is not FIGURE>VALUE"),
])
def test_condition_that_makes_no_sense_is_refused(condition, says):
    message = one_message(kqtop("bench", "--fail-if", condition), 2)
    assert message.startswith("--fail-if: ") and says in message


def test_break_shows_the_wait_that_was_too_long():
    # every wait for a timer takes longer than a microsecond somewhere within a round
    result = kqtop("bench", "--rounds", 5, *QUICK, "--round-time", "30s", "--break", "1us", "--json")
    assert result.returncode == 1
    r = json.loads(result.stdout)
    assert len(r["rounds"]) == 1 and not r["complete"]
    first = result.stderr.splitlines()[0]
    assert re.fullmatch(r"kqtop: a wait of \S+, \d+\.\d+ s into round 1, ended by: (timer|its timeout)",
                        first)


def test_break_that_no_wait_reaches_changes_nothing():
    assert bench("--break", "1h")["complete"]


# -- load ---------------------------------------------------------------------


def test_load_is_recorded_with_what_was_achieved():
    r = bench("--load", "cpu:1", "--round-time", "200ms")
    assert r["load"]["requested"] == "cpu:1" and r["load"]["version"] >= 1
    assert r["load"]["achieved"]["utilisation"] > 0
    assert all(x["load"]["ops_per_s"] > 0 for x in r["rounds"])


def test_load_of_one_side_only():
    r = bench("--ab", "--load cpu:1", "--round-time", "200ms")
    assert r["load"]["requested"] is None and r["b"]["load"]["requested"] == "cpu:1"
    for x in r["rounds"]:
        assert (x["load"]["utilisation"] is None) == (x["side"] == "A")


def test_command_as_load_is_ended():
    r = bench("--load-cmd", "exec sleep 61.25", rounds=1)
    assert r["load"]["command"] == "exec sleep 61.25" and r["load"]["requested"] is None
    everything = [p.read_bytes() for p in pathlib.Path("/proc").glob("[0-9]*/cmdline")
                  if p.exists()]
    assert not any(b"61.25" in line for line in everything)


def test_load_that_cannot_be_had_is_refused():
    message = one_message(kqtop("bench", "--rounds", 1, *QUICK, "--load-cmd", "exec /nonexistent/x"), 2)
    assert "status 127" in message


# -- refusals -----------------------------------------------------------------


@pytest.mark.parametrize("options,says", [
    (["--rounds", "0"], "--rounds: '0' is not a whole number from 1 to 5000"),
    (["--rounds", "1.5"], "--rounds: '1.5'"),
    (["--round-time", "49ms"], "--round-time: '49ms' is not a duration from 50ms to 24h"),
    (["--load", "nope"], "--load: 'nope': no such load"),
    (["--load", "cpu", "--load-cmd", "true"], "--load and --load-cmd exclude each other"),
    (["--ab", "--load cpu --load-cmd true"], "--load and --load-cmd exclude each other"),
    (["--load-cmd", ""], "--load-cmd: the command is empty"),
    (["--ab", "--nope"], "--ab: no option '--nope'"),
    (["--ab", "--timers 5000"], "--ab: timers: 5000 is out of range (0 to 4096)"),
    (["--ab", "extra"], "--ab: 'extra' is not expected here"),
    (["--ab", "--watch-dir '/x"], "--ab: a quote is not closed"),
    (["--ab", "--timers 1", "--self-check"], "--ab and --self-check exclude each other"),
    (["--label", "a\x1b[31m"], "--label: "),
    (["--label", "x" * 201], "--label: longer than 200 bytes"),
    (["--seed", "9007199254740992"], "--seed: "),
    (["--break", "0"], "--break: '0' is not a duration above 0"),
    (["--dma-latency", "x"], "--dma-latency: 'x'"), (["--dma-latency", "1ns"], "--dma-latency: '1ns'"),
    (["--dma-latency", "2001s"], "--dma-latency: '2001s'"),
    (["--stream", "nope"], "--stream: 'nope' is none of"),
    (["-o", "/dev/null/x.json"], "cannot write '/dev/null/x.json': not a directory"),
    (["-o", "/"], "cannot write '/': is a directory"),
    (["extra"], "'extra' is not expected here"),
    (["--timers", "0", "--sockets", "0", "--watchers", "0"], "no sources"),
    (["--backend", "nope"], "'nope' is not in this build"),
    (["--cpu", "1023"], "cannot start the measuring threads, --cpu 1023: " +
     ("" if "pin_cpu_set" in WITHOUT else "no such CPU")),
])
def test_refused(options, says):
    message = one_message(kqtop("bench", "--rounds", 1, "--round-time", "50ms", *options), 2)
    assert says in message
    assert all(c.isprintable() for c in message)


def test_what_is_missing_is_said_once_and_counted():
    result = kqtop("bench", "--rounds", 2, *QUICK, "--timers", "64", "--json", descriptors=40)
    assert result.returncode == 0
    assert re.search(r"timers: \d+ of 64 registered", result.stderr)
    assert len(result.stderr.splitlines()) == 1
    assert all(x["missing"] > 0 for x in json.loads(result.stdout)["rounds"])


@pytest.mark.parametrize("given, us", [("0", 0), ("1ms", 1000)])
def test_dma_latency_is_held_or_refused(given, us):
    result = kqtop("bench", "--rounds", 1, *QUICK, "--dma-latency", given, "--json")
    if result.returncode == 2:
        assert one_message(result, 2).startswith(
            f"--dma-latency: cannot hold {us}us at '/dev/cpu_dma_latency': ")
    else:
        assert json.loads(result.stdout)["how"]["dma_latency_us"] == us


# -- ends ---------------------------------------------------------------------


def test_interrupt_gives_the_rounds_that_are_there(tmp_path):
    path = tmp_path / "x.json"
    with started("bench", "--rounds", 5000, *QUICK, "-o", path) as child:
        # the second round is being measured when a second child is seen
        seen = set()
        until(lambda: len(seen.union(processes_of(child.pid))) > len(seen) and
              (seen.update(processes_of(child.pid)) or len(seen) > 1), "rounds")
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 1
    assert re.search(r"kqtop: interrupted after \d+ of 5000 rounds", err)
    r = json.loads(path.read_text())
    assert not r["complete"] and 1 <= len(r["rounds"]) < 5000
    assert r["rounds_wanted"] == 5000


def test_no_process_outlives_a_killed_bench(tmp_path):
    with started("bench", "--rounds", 2, "--round-time", "1h", "--load", "cpu:1",
                 env=environment(TMPDIR=tmp_path)) as child:
        # a round, the load's keeper and its worker
        until(lambda: len(processes_of(child.pid)) >= 3, "round and load")
        family = processes_of(child.pid)
        child.kill()
        child.wait()
        until(lambda: not any(running(pid) for pid in family), "an end")
    assert not list(tmp_path.iterdir())


def test_round_that_is_killed_is_told():
    with started("bench", "--rounds", 2, "--round-time", "1h") as child:
        until(lambda: processes_of(child.pid), "a round")
        os.kill(processes_of(child.pid)[0], signal.SIGKILL)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 1
    assert err == "kqtop: a round's process was ended by signal 9 (Killed)\n"


def test_no_thread_but_the_measuring_ones_runs_in_a_round():
    with started("bench", "--rounds", 1, "--round-time", "1h") as child:
        pid = until(lambda: processes_of(child.pid), "a round")[0]

        def names():
            return sorted(p.read_text().strip()
                          for p in pathlib.Path(f"/proc/{pid}/task").glob("*/comm"))
        until(lambda: len(names()) >= 3, "threads")
        if "name_of_thread" not in WITHOUT:
            def ours():
                return [n for n in names() if n.startswith("kqt-")]
            # each names itself, some time after it is there
            until(lambda: len(ours()) >= 2, "threads with names")
            assert ours() == ["kqt-collector", "kqt-stimulus"]
        assert SANITIZED or len(names()) == 3  # sanitizers have threads of their own


def test_answer_and_order_of_a_round_are_checked():
    for order in ("", "{}", "[1", '{"config":{},"round_ns":1,"stream":0,"break_ns":0}'):
        result = subprocess.run([KQTOP, "__round"], input=order + "\n", text=True,
                                capture_output=True, env=environment(), timeout=60)
        assert (result.returncode, result.stdout) == (2, ""), order
        assert result.stderr.startswith("kqtop: __round: ")


@pytest.mark.parametrize("options", [["--timers", "8"], ["--dither=off"]])
def test_printed_command_leads_to_the_configuration_from_the_file_too(tmp_path, options):
    # what is a default need not be the file's, nor the command's own (bench dithers)
    file = tmp_path / "config"
    file.write_text("[kqtop]\ntimers = 3\n")
    run = ["bench", "--config", file, "--rounds", 1, "--round-time", "50ms"]
    first = kqtop(*run, *options)
    assert first.returncode == 0, first.stderr
    words = shlex.split(re.search(r": kqtop bench (.*)", first.stdout)[1])
    reports = [kqtop(*run, "--json", *line) for line in (options, words)]
    one, again = (json.loads(r.stdout)["config"] for r in reports)
    assert one == again
