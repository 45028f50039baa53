# SPDX-License-Identifier: MIT
"""`live --record FILE`: what it leaves behind, whatever ends it, and who can read it."""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import struct
import subprocess

import pytest

import hlog_plain
from cli_kqtop import (FILTERS, KQTOP, LIMIT_S, ROOT, environment, kqtop, one_message, started,
                       until, wait_for_standstill)

TYPES = {"recording", "config", "interval", "alarm"}


def lines_of(path):
    """Whole lines, as objects; a cut one at the end is left out."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def intervals_of(path):
    return [line for line in lines_of(path) if line["type"] == "interval"]


def hlog_of(path):
    return path.with_name(path.name + ".hlog")


def limited_to(size):
    """For preexec_fn: no file grows beyond this, which is how a full disk looks."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """(FILE, the lines of JSON of the same run)."""
    path = tmp_path_factory.mktemp("record") / "run.jsonl"
    done = kqtop("live", "--json-lines", "--duration", "2.4s", "--interval", "100ms",
                 "--record", path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return path, [json.loads(line) for line in done.stdout.splitlines()]


def test_head_configuration_intervals_in_this_order(recording):
    lines = lines_of(recording[0])
    assert [line["type"] for line in lines[:3]] == ["recording", "config", "interval"]
    assert {line["type"] for line in lines} <= TYPES
    assert lines[0]["format"] == 1 and lines[0]["cpus"] >= 1
    assert lines[1]["config"]["num_timers"] == 8
    assert [line["elapsed_s"] for line in lines[1:]] == sorted(
        line["elapsed_s"] for line in lines[1:])


def test_intervals_are_about_a_second_and_add_up_to_the_run(recording):
    path, lines = recording
    intervals = intervals_of(path)
    assert 2 <= len(intervals) <= 4  # 24 refreshes
    assert sum(i["tally"]["waits"] for i in intervals) == lines[-1]["waits_total"]
    for name in FILTERS:
        assert sum(i["tally"][name]["events"] for i in intervals) == \
            lines[-1]["filters"][name]["events"]
    assert {i["stimulus"]["ticks"] >= i["ticks"] for i in intervals} == {True}


def test_interval_has_the_keys_of_a_json_line(recording):
    path, lines = recording
    for interval in intervals_of(path):
        assert set(lines[0]) <= set(interval)


def test_last_interval_is_of_the_stream_that_was_asked_for(tmp_path):
    path = tmp_path / "run.jsonl"
    done = kqtop("live", "--json-lines", "--duration", "300ms", "--stream", "low8",
                 "--record", path)
    assert done.returncode == 0, done.stderr
    assert [line["entropy"]["stream"] for line in intervals_of(path)] == ["low8"]


def test_histograms_hold_what_the_lines_say(recording):
    path, _ = recording
    head, intervals = hlog_plain.read(hlog_of(path))
    assert all(len(line) < 127 for line in head)
    assert any(line.startswith("#[StartTime: ") for line in head)
    assert any(line.startswith("#[BaseTime: ") for line in head)
    lines = intervals_of(path)
    assert sum(line["hlog"][2] for line in lines) == len(intervals)
    assert lines[-1]["hlog"][1] == hlog_of(path).stat().st_size
    for line in lines:
        part, intervals = intervals[:line["hlog"][2]], intervals[line["hlog"][2]:]
        by_tag = {i.tag: i for i in part}
        assert len(by_tag) == len(part)
        assert sum(by_tag[""].counts.values()) == line["tally"]["waits"]
        for tag, (count, _, _, maximum, _) in line["tally"]["hists"].items():
            assert sum(by_tag[tag].counts.values()) == count if count else tag not in by_tag
            if count:
                assert by_tag[tag].maximum == pytest.approx(maximum / 1e6, abs=0.00051)
        for name in FILTERS:
            if line["filters"][name]["p99_ns"] is not None:
                counts = by_tag[f"notification.{name}"].counts
                assert line["filters"][name]["p50_ns"] == hlog_plain.percentile(counts, 50)


def node_modules():
    """HdrHistogram's JavaScript library, installed once a build; skips where that cannot be."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("no node or no npm")
    folder = pathlib.Path(os.environ.get("KQT_BUILD", ROOT / "build/release")) / "hlog_js"
    if not (folder / "node_modules/hdr-histogram-js").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / "tests/support/hlog_js" / name, folder)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                              cwd=folder, capture_output=True, text=True, timeout=LIMIT_S * 4)
        if done.returncode != 0 and any(
                word in done.stderr for word in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED",
                                                 "ENETUNREACH", "ETIMEDOUT")):
            pytest.skip("npm's registry cannot be reached")
        assert done.returncode == 0, done.stderr
    return folder


def test_hdrhistograms_own_reader_gives_identical_percentiles(recording):
    path, _ = recording
    done = subprocess.run(["node", ROOT / "tests/support/hlog_js/read.js", node_modules(),
                           hlog_of(path)], capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    theirs = [json.loads(line) for line in done.stdout.splitlines()]
    _, ours = hlog_plain.read(hlog_of(path))
    assert [(i["tag"], i["count"]) for i in theirs] == [(i.tag, sum(i.counts.values()))
                                                        for i in ours]
    keys = {"50": "p50_ns", "90": "p90_ns", "99": "p99_ns", "99.9": "p999_ns"}
    for line in intervals_of(path):
        part, theirs = theirs[:line["hlog"][2]], theirs[line["hlog"][2]:]
        waits = line["latency"]["wait"]
        assert part[0]["tag"] == "" and part[0]["count"] == waits["count"]
        start_ms = lines_of(path)[0]["started_ms"]
        assert 0 <= part[0]["start_ms"] - start_ms < LIMIT_S * 1000
        for p, key in keys.items():
            # in the last bucket kqtop knows more: the exact maximum
            assert waits[key] == min(part[0]["percentiles"][p], waits["max_ns"])
        for i in part:
            exact = line["tally"]["hists"].get(i["tag"])
            if exact:
                assert i["percentiles"]["100"] >= exact[3]
                assert i["percentiles"]["0"] <= exact[2]


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM])
def test_signal_leaves_what_was_there_readable(tmp_path, sig):
    path = tmp_path / "run.jsonl"
    with started("live", "--json-lines", "--interval",
                 "100ms", "--record", path, stdout=subprocess.DEVNULL) as child:
        until(lambda: path.exists() and len(intervals_of(path)) >= 2, "two seconds are recorded")
        child.send_signal(sig)
        child.wait(LIMIT_S)
        seen = len(intervals_of(path))
    assert seen >= 2
    hlog = hlog_of(path).read_bytes()
    for line in intervals_of(path):
        start, end, n = line["hlog"]
        part = hlog[start:end]
        assert part.endswith(b"\n") and part.count(b"\n") == n
        for text in part.splitlines():
            hlog_plain.counts_of(text.rpartition(b",")[2])


def test_existing_file_is_refused_and_kept(tmp_path):
    path = tmp_path / "precious.jsonl"
    path.write_text("precious")
    done = kqtop("live", "--json-lines", "--duration", "200ms", "--record", path)
    assert "file exists; --record-append" in one_message(done, 2)
    assert path.read_text() == "precious"
    assert not hlog_of(path).exists()


def test_append_goes_on_with_a_recording_and_with_nothing_else(tmp_path):
    path = tmp_path / "run.jsonl"
    for _ in range(2):
        done = kqtop("live", "--json-lines", "--duration", "300ms", "--record", path,
                     "--record-append")
        assert done.returncode == 0, done.stderr
    types = [line["type"] for line in lines_of(path)]
    assert types.count("recording") == 2
    head, intervals = hlog_plain.read(hlog_of(path))
    assert len([line for line in head if line.startswith("#[BaseTime")]) == 1
    assert len({i.start for i in intervals if i.tag == ""}) == types.count("interval")
    other = tmp_path / "other"
    other.write_text("something\nelse")
    done = kqtop("live", "--json-lines", "--duration", "200ms", "--record", other,
                 "--record-append")
    assert "no recording" in one_message(done, 2)
    assert other.read_text() == "something\nelse"


def test_append_without_a_file_is_a_usage_error():
    done = kqtop("live", "--json-lines", "--duration", "200ms", "--record-append")
    assert "--record FILE" in one_message(done, 2)


@pytest.mark.parametrize("name, says", [("missing/run.jsonl", "no such file"), ("", "name")])
def test_name_that_cannot_be_is_refused(tmp_path, name, says):
    done = kqtop("live", "--json-lines", "--duration", "200ms", "--record",
                 str(tmp_path / name) if name else "")
    assert says in one_message(done, 2)


def test_full_disk_is_told_once_and_the_rest_goes_on(tmp_path):
    path, size = tmp_path / "run.jsonl", 30000
    # standard output is a pipe, which has no such limit
    done = subprocess.run(
        [KQTOP, "live", "--json-lines", "--duration", "2500ms", "--interval", "100ms",
         "--preset", "storm", "--record", path],
        env=environment(), capture_output=True, text=True, timeout=LIMIT_S,
        stdin=subprocess.DEVNULL, preexec_fn=limited_to(size))
    assert done.returncode == 1
    assert done.stderr.count("kqtop: cannot write") == 1
    assert "file too large; no longer recording" in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["final"] is True
    for file in (path, hlog_of(path)):
        data = file.read_bytes()
        assert len(data) <= size and data.endswith(b"\n")
    hlog_plain.read(hlog_of(path))
    assert lines_of(path)[0]["type"] == "recording"


# -- every wait -----------------------------------------------------------------------------


def raw_of(path):
    return path.with_name(path.name + ".raw")


def test_raw_has_every_wait_as_collect_writes_timings(tmp_path):
    path = tmp_path / "run.jsonl"
    command = ["live", "--json-lines", "--duration", "1.2s", "--interval", "100ms",
               "--record", path, "--record-raw"]
    done = kqtop(*command)
    assert (done.returncode, done.stderr) == (0, "")
    final = json.loads(done.stdout.splitlines()[-1])
    raw = raw_of(path).read_bytes()
    waits = struct.unpack(f"<{len(raw) // 8}Q", raw)
    assert len(waits) == final["waits_total"] > 0
    # the same waits that the histogram has
    assert (min(waits), max(waits)) == (final["latency"]["wait"]["min_ns"],
                                        final["latency"]["wait"]["max_ns"])
    assert final["entropy"]["assessed"] is None
    assessed = kqtop("assess", "--timings", "--json", raw_of(path))
    assert json.loads(assessed.stdout)["samples"] == len(waits)
    # a number that was cut off is taken away when it goes on
    raw_of(path).write_bytes(raw + b"cut")
    again = kqtop(*command, "--record-append")
    assert (again.returncode, again.stderr) == (0, "")
    longer = raw_of(path).read_bytes()
    assert longer.startswith(raw) and len(longer) % 8 == 0
    assert len(longer) == len(raw) + 8 * json.loads(again.stdout.splitlines()[-1])["waits_total"]


def test_raw_file_that_exists_is_refused_and_nothing_is_left(tmp_path):
    path = tmp_path / "run.jsonl"
    raw_of(path).write_text("mine")
    message = one_message(kqtop("live", "--json-lines", "--duration", "1s", "--record", path,
                                "--record-raw"), 2)
    assert str(raw_of(path)) in message and "exists" in message
    assert [p.name for p in tmp_path.iterdir()] == ["run.jsonl.raw"]
    assert raw_of(path).read_text() == "mine"


def test_raw_without_a_recording_is_a_usage_error():
    assert "--record FILE" in one_message(kqtop("live", "--json-lines", "--record-raw"), 2)


def test_raw_that_cannot_be_written_ends_the_recording_and_not_the_run(tmp_path):
    path = tmp_path / "run.jsonl"
    with started("live", "--json-lines", "--duration", "1.5s", "--preset", "spin", "--interval",
                 "100ms", "--record", path, "--record-raw",
                 preexec_fn=limited_to(1 << 18)) as child:
        out, err = child.communicate(timeout=LIMIT_S)
    assert child.returncode == 1 and json.loads(out.splitlines()[-1])["final"]
    assert "cannot write" in err and f"{path}.raw" in err


def test_raw_grows_between_the_lines(tmp_path):
    # the ring holds 2 million waits; a preset that spins makes more in the time of an interval
    path = tmp_path / "run.jsonl"
    with started("live", "--json-lines", "--interval", "60s", "--record", path,
                 "--record-raw") as child:
        until(lambda: raw_of(path).exists() and raw_of(path).stat().st_size > 0, "waits come",
              limit_s=30)
        child.terminate()
        out, err = child.communicate(timeout=LIMIT_S)
    assert (child.returncode, err, len(out.splitlines())) == (0, "", 1)
    assert raw_of(path).stat().st_size == 8 * json.loads(out)["waits_total"]


def cpu_s(child):
    """Time that it has really run."""
    fields = pathlib.Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_waits_that_found_no_room_are_told_and_no_success(tmp_path):
    path = tmp_path / "run.jsonl"
    with started("live", "--json-lines", "--interval", "10ms", "--preset", "spin", "--record",
                 path, "--record-raw") as child:
        wait_for_standstill(child)  # in a write to the full pipe
        # what spins for a second makes some 3 million waits, under a sanitizer fewer
        start = cpu_s(child)
        until(lambda: cpu_s(child) > start + 1.5, "the ring is full")
        child.terminate()
        out, err = child.communicate(timeout=LIMIT_S)
    told = re.search(r"run\.jsonl\.raw' lacks (\d+) waits", err)
    lost = int(told[1]) if told else 0
    assert child.returncode == (1 if lost else 0)
    assert lost + raw_of(path).stat().st_size // 8 == json.loads(out.splitlines()[-1])["waits_total"]
