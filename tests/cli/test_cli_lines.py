# SPDX-License-Identifier: MIT
"""`live --json-lines`: each line is what interface.md promises, and its figures agree."""

import fcntl
import json
import math
import os
import signal
import time

import pytest

from cli_kqtop import (FILTERS, LIMIT_S, PRESETS, SLOW, Lines, environment, interrupt_write,
                       kqtop, live, one_message, started, until, wait_for_measuring,
                       wait_for_standstill)
from cli_schema import LINE, violations

GONE_S = 2 * SLOW  # a reader that goes away is noticed within this, as by collect

# One that measures everything, and those that make keys null or zero.
RUNS = {
    "default": [], "seed": ["--preset", "seed"], "quiet": ["--preset", "quiet"],
    "spin": ["--preset", "spin"], "small": ["--collection", "7", "--timers", "2"],
    "low8": ["--stream", "low8"], "lsb": ["--stream", "lsb"],
    "notification": ["--stream", "notification", "--dither"],
}


@pytest.fixture(scope="module", params=RUNS)
def run(request):
    """Lines of a run without a terminal of any kind."""
    return live(*RUNS[request.param], duration="700ms", interval="100ms",
                env=environment(TERM=None))


def whole_nanoseconds(value, where="$"):
    """Places of keys in nanoseconds that hold something else than a whole number or null."""
    inside = dict(enumerate(value)) if isinstance(value, list) else value
    wrong = []
    for key, v in inside.items() if isinstance(inside, dict) else ():
        if str(key).endswith("_ns") and type(v) not in (int, type(None)):
            wrong.append(f"{where}.{key}")
        wrong += whole_nanoseconds(v, f"{where}.{key}")
    return wrong


def test_nanoseconds_are_whole_in_every_line(run):
    for line in run:
        assert whole_nanoseconds(line) == []


@pytest.mark.parametrize("args", [
    ["info"], ["assess", "--timings", "-"],
    ["bench", "--rounds", "1", "--round-time", "100ms"]], ids=lambda args: args[0])
def test_nanoseconds_are_whole_in_every_object(args, tmp_path):
    with open(tmp_path / "timings", "wb+") as timings:
        for ns in range(1000, 3000):
            timings.write(ns.to_bytes(8, "little"))
        timings.seek(0)
        result = kqtop(args[0], "--json", *args[1:], stdin=timings)
    assert result.returncode == 0, result.stderr
    assert whole_nanoseconds(json.loads(result.stdout)) == []


def test_every_line_has_every_key_with_its_type(run):
    assert len(run) >= 2
    for i, line in enumerate(run):
        assert violations(line, LINE) == [], f"line {i}"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_writes_every_key_with_its_type(preset):
    for line in live("--preset", preset, duration="60ms", interval="20ms"):
        assert violations(line, LINE) == []


def test_last_line_and_no_other_is_final(run):
    assert [line["final"] for line in run] == [False] * (len(run) - 1) + [True]


def test_success_is_silent(run):
    assert run.stderr == ""


def totals(line):
    """Everything that covers the whole run and so can only grow."""
    found = {key: line[key] for key in line if key.endswith("_total")}
    found.update({key: line["collections"][key] for key in ("done", "short")})
    found.update(line["excluded"])
    found.update({key: line["stimulus"][key] for key in ("ticks", "lost")})
    for name in FILTERS:
        found.update({(name, key): line["filters"][name][key]
                      for key in ("events", "wakes", "merged", "missed")
                      if line["filters"][name][key] is not None})
    return dict(found, elapsed=line["elapsed_s"])


def test_totals_never_fall(run):
    for before, after in zip(run, run[1:]):
        was, now = totals(before), totals(after)
        assert was.keys() == now.keys()
        assert [key for key in was if now[key] < was[key]] == []


def test_events_are_the_sum_over_the_filters(run):
    for line in run:
        assert line["events_total"] == sum(line["filters"][f]["events"] for f in FILTERS)


def test_wait_latency_has_one_sample_a_wait(run):
    assert run.final["latency"]["wait"]["count"] == run.final["waits_total"]
    seen = 0
    for line in run[:-1]:  # since the line before
        seen += line["latency"]["wait"]["count"]
        assert seen == line["waits_total"]


def test_other_latencies_have_one_sample_a_trigger_and_one_a_due(run):
    filters, latency = run.final["filters"], run.final["latency"]
    samples = sum(filters[f]["account"]["samples"] for f in FILTERS)
    assert latency["notification"]["count"] == samples
    assert latency["response"]["count"] == samples + sum(filters[f]["missed"] or 0
                                                         for f in FILTERS)


def test_triggers_are_events_and_what_merged(run):
    for name in FILTERS:
        f = run.final["filters"][name]
        if f["merged"] is not None:
            assert f["account"]["samples"] == f["events"] - f["unstamped"] + f["merged"], name


def test_waits_are_timeouts_and_wakes(run):
    for line in run:
        wakes = [line["filters"][f]["wakes"] for f in FILTERS]
        events = [line["filters"][f]["events"] for f in FILTERS]
        assert line["timeouts_total"] <= line["waits_total"]
        # a wake counts once in each filter that it returned, and at least in one
        awake = line["waits_total"] - line["timeouts_total"]
        assert max(wakes) <= awake <= sum(wakes)
        assert all(w <= e for w, e in zip(wakes, events))


def test_bytes_are_what_the_waits_of_collections_give(run):
    n = run.final["config"]["collection"]
    for line in run:
        # n bytes take n + 64 waits; the first byte of the one in progress its 65th
        rest = line["waits_total"] - line["collections"]["done"] * (n + 64)
        assert 0 <= rest < n + 64
        assert line["bytes_total"] == line["collections"]["done"] * n + max(0, rest - 64)
        # what the end cut off is short; nothing else was
        assert line["collections"]["short"] == (1 if line["final"] and rest else 0)
        assert (line["collections"]["last_ms"] is None) == (line["collections"]["done"] == 0)


def test_entropy_counts_the_bytes_of_its_stream(run):
    final = run.final
    n = {"seed": final["bytes_total"], "low8": final["waits_total"],
         "lsb": final["waits_total"] // 8,
         "notification": final["latency"]["notification"]["count"]}
    assert final["entropy"]["n"] == n[final["entropy"]["stream"]]


def test_entropy_window_forgets_what_is_old():
    # two halves of 32,768 bytes; an interval is never divided, so a fast source has more
    lines = live("--preset", "spin", "--stream", "low8", duration="700ms", interval="50ms")
    most = max(line["latency"]["wait"]["count"] for line in lines[:-1])
    assert all(line["entropy"]["n"] <= 2 * (32768 + most) for line in lines[:-1])
    assert lines[-2]["entropy"]["n"] < lines[-2]["waits_total"]


def test_entropy_figures_are_within_what_bytes_can_have(run):
    for line in run:
        e = line["entropy"]
        if e["n"] < 2:
            continue
        assert 0 <= e["mcv"] <= e["shannon"] <= 8
        assert 0 < e["mcv_ref"] < e["shannon_ref"] < 8
        assert e["shannon"] <= math.log2(e["n"]) + 1e-9
        if e["n"] < 1000:
            continue
        # A perfect source reads the reference give or take: 2 n ln2 (8 - H) is chi-square
        # with 255 degrees of freedom, so H has a deviation of 16.3 / n; six of those. The
        # largest of 256 counts near 4 and above varies by less than a factor of 1.4.
        assert e["shannon"] <= e["shannon_ref"] + 98 / e["n"]
        assert e["mcv"] <= e["mcv_ref"] + 0.5


def test_rates_of_the_intervals_add_up_to_the_run(run):
    before, seconds = 0, 0.0
    for line in run[:-1]:
        # an interval may be empty where a CPU was not to be had
        if line["waits_per_s"]:
            seconds += (line["waits_total"] - before) / line["waits_per_s"]
        before = line["waits_total"]
        assert seconds <= line["elapsed_s"]
    # the last line's are over the whole run, which began after the program did
    final = run.final
    for key in ("waits", "events", "bytes"):
        assert final[f"{key}_per_s"] >= final[f"{key}_total"] / final["elapsed_s"]
    span = final["waits_total"] / final["waits_per_s"]
    assert seconds <= span * (1 + 1e-9) <= final["elapsed_s"] * (1 + 2e-9)
    for name in FILTERS:
        f = final["filters"][name]
        assert f["events_per_s"] * span == pytest.approx(f["events"])


def test_percentiles_are_in_order(run):
    for line in run:
        for kind in ("wait", "notification", "response"):
            latency = line["latency"][kind]
            values = [latency[f"{key}_ns"] for key in ("min", "p50", "p90", "p99", "p999", "max")]
            if latency["count"] == 0:
                assert values == [None] * 6
                continue
            assert values[1:5] == sorted(values[1:5])
            # percentiles stand for a bucket of the histogram, three digits wide
            assert values[0] <= values[1] * 1.001 + 1 and values[4] <= values[5] * 1.001 + 1


def test_filters_without_a_sample_have_no_percentile_and_others_have(run):
    for name in FILTERS:
        f = run.final["filters"][name]
        assert (f["p50_ns"] is None) == (f["account"]["samples"] == 0), name
        assert f["p50_ns"] is None or f["p50_ns"] <= f["p99_ns"]


def test_run_lasts_its_duration_and_no_line_comes_before_its_interval(run):
    assert run.final["elapsed_s"] >= 0.7
    # a line an interval, fewer where we did not get a CPU, never more
    assert 2 <= len(run) <= 8
    for i, line in enumerate(run[:-1]):
        assert line["elapsed_s"] >= 0.1 * (i + 1)


def test_configuration_and_back_end_are_told(run):
    for line in run:
        assert line["backend"] == "epoll" and line["epoch"] == 1
        assert line["config"] == run.final["config"]


def test_numbers_keep_the_digits_that_they_have():
    text = kqtop("live", "--json-lines", "--duration", "100ms").stdout.splitlines()[-1]
    final = json.loads(text)
    # a real number that was written with fewer digits would come back shorter from repr
    rate = final["waits_per_s"]
    assert rate == int(rate) or len(repr(rate).replace(".", "")) >= 12
    assert '"waits_per_s":1e' not in text


# -- how it ends ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signal_ends_it_with_a_final_line(name):
    with started("live", "--json-lines", "--interval", "50ms") as child:
        wait_for_measuring(child)
        child.send_signal(getattr(signal, name))
        out, err = child.communicate(timeout=LIMIT_S)
        assert (child.returncode, err) == (0, "")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["final"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert violations(lines[-1], LINE) == []


def test_assessment_of_a_window_is_in_the_lines():
    """As soon as there is one: the assessor has the lowest priority."""
    with started("live", "--json-lines", "--interval", "50ms", "--assess-window", "1000",
                 "--preset", "sockets") as child:
        line = next(line for line in map(json.loads, child.stdout) if line["entropy"]["assessed"])
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=LIMIT_S)
    assert violations(line, LINE) == []
    a, views = line["entropy"]["assessed"], line["entropy"]["assessed"]
    assert (a["n"], a["window"]) == (1000, 1000)
    bits = a["bits_per_symbol"] if a["binding"]["on"] == "bitstring" else 1
    assert math.isclose(views[a["binding"]["on"]][a["binding"]["estimator"]] * bits, a["assessed"])
    assert a["holds"] == (a["assessed"] >= a["claim"])
    if a["epoch"] == line["epoch"]:
        assert line["entropy"]["verdict"] == ("holds" if a["holds"] else "fails")


def test_signal_while_the_reader_is_slow_loses_nothing():
    with started("live", "--json-lines", "--interval", "10ms") as child:
        interrupt_write(child)
        lines = Lines(child.stdout.read())
        assert (child.wait(LIMIT_S), child.stderr.read()) == (0, "")
    assert lines.final["final"] and violations(lines.final, LINE) == []


def test_second_signal_ends_it_even_if_nobody_reads():
    with started("live", "--json-lines", "--interval", "10ms") as child:
        wait_for_standstill(child)
        # the second may come before the first was taken, and then they are one
        until(lambda: child.terminate() or child.poll() is not None, "it ends")
        assert child.returncode == -signal.SIGTERM


def test_each_line_comes_at_once_and_whole():
    with started("live", "--json-lines", "--interval", "20ms") as child:
        for _ in range(3):
            assert json.loads(child.stdout.readline())["final"] is False


def test_full_disk_is_an_error():
    with open("/dev/full", "wb") as full:
        message = one_message(kqtop("live", "--json-lines", stdout=full), 1)
    assert "no space" in message


def test_reader_that_goes_away_ends_it_with_an_error_not_a_crash():
    with started("live", "--json-lines", "--interval", "50ms") as child:
        child.stdout.readline()
        child.stdout.close()
        start = time.monotonic()
        assert child.wait(LIMIT_S) == 1
        assert time.monotonic() - start < GONE_S
        assert "pipe" in child.stderr.read()


def test_closed_standard_input_and_output_are_an_error_not_a_crash():
    def close_both():
        os.close(0)
        os.close(1)
    with started("live", "--json-lines", "--duration", "100ms", preexec_fn=close_both) as child:
        assert child.wait(LIMIT_S) == 1
        assert "cannot write" in child.stderr.read()


def test_lines_that_a_slow_reader_kept_from_coming_do_not_come_all_at_once():
    with started("live", "--json-lines", "--interval", "50ms") as child:
        fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, 4096)
        wait_for_standstill(child)
        full = time.monotonic()
        until(lambda: time.monotonic() > full + 1.5, "a reader takes its time")
        seen, gap_at = [], None
        while gap_at is None or seen[-1] < gap_at + 0.5:
            seen.append(json.loads(child.stdout.readline())["elapsed_s"])
            if len(seen) > 1 and seen[-1] - seen[-2] >= 1.5:
                gap_at = seen[-1]
        child.terminate()
        child.communicate(timeout=LIMIT_S)
    # however late one is, the next is due an interval later; those of 1.5 s would be 30
    assert len([t for t in seen if gap_at <= t <= gap_at + 0.5]) <= 0.5 / 0.05 + 2


# -- the screen needs a terminal -------------------------------------------------------------


def test_lines_to_a_file_go_with_a_screen_which_needs_a_terminal(tmp_path):
    path = tmp_path / "lines"
    path.write_text("precious")
    message = one_message(kqtop("live", f"--json-lines={path}", "--duration", "100ms"), 2)
    assert "terminal" in message
    assert path.read_text() == "precious"  # nothing has come that could replace it


def test_screen_needs_a_terminal():
    for args in (["live"], []):
        assert "terminal" in one_message(kqtop(*args), 2)


def test_file_for_lines_that_cannot_be_opened_is_named(tmp_path):
    path = tmp_path / "none" / "lines"
    message = one_message(kqtop("live", f"--json-lines={path}", "--duration", "100ms"), 2)
    assert f"'{path}'" in message


def test_lines_to_dash_are_lines_to_standard_output():
    result = kqtop("live", "--json-lines=-", "--duration", "50ms")
    assert result.returncode == 0 and json.loads(result.stdout.splitlines()[-1])["final"]
