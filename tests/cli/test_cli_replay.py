# SPDX-License-Identifier: MIT
"""`kqtop replay` without a screen: options, files that are no recording or a broken one."""
import json
import pathlib
import re

import pytest

from cli_kqtop import kqtop, one_message
from session import unpack


@pytest.fixture(name="path")
def _path(tmp_path):
    return pathlib.Path(unpack(tmp_path))


def lines(*args):
    result = kqtop("replay", "--json-lines", *args)
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def test_lines_are_those_that_were_recorded(path):
    recorded = [x for x in map(json.loads, path.read_text().splitlines()) if x["type"] == "interval"]
    result, shown = lines(path)
    assert result.returncode == 0 and result.stderr == ""
    assert [x["final"] for x in shown] == [False] * len(recorded) + [True]
    for was, now in zip(recorded, shown):
        for of in was["latency"].values():  # the file is from when means were no whole numbers
            of["mean_ns"] = of["mean_ns"] and round(of["mean_ns"])
        for key in ("elapsed_s", "waits_total", "waits_per_s", "config", "filters", "latency",
                    "collections", "excluded", "stimulus", "unregistered"):
            assert now[key] == was[key], key
    assert shown[-1]["waits_total"] == recorded[-1]["waits_total"]
    # nobody assessed anything here: unknown is null
    assert all(x["entropy"]["assessed"] is None for x in shown)


def test_cut_line_is_the_end(path):
    text = path.read_text()
    path.write_text(text[:-100])
    result, shown = lines(path)
    assert result.returncode == 0
    assert len(shown) == text.count('"type":"interval"')  # one less, and the final one


def test_broken_line_ends_it_and_is_named(path):
    all_lines = path.read_text().split("\n")
    at = [i for i, x in enumerate(all_lines) if '"type":"interval"' in x][5]
    all_lines[at] = all_lines[at].replace('"waits":', '"waits":-')
    path.write_text("\n".join(all_lines))
    result, shown = lines(path)
    assert result.returncode == 2
    assert f"session.jsonl', line {at + 1}, column" in result.stderr
    assert len(shown) == 6 and shown[-1]["final"]


def test_broken_histogram_is_named_with_its_file(path):
    hlog = path.with_name(path.name + ".hlog")
    data = hlog.read_bytes()
    hlog.write_bytes(data[:len(data) // 2])
    result, shown = lines(path)
    assert result.returncode == 2 and len(shown) > 1
    assert re.search("session.jsonl', line \\d+: the .hlog lacks lines of it", result.stderr)


@pytest.mark.parametrize("spoil,words", [
    (lambda p: p.unlink(), "session.jsonl': no such file"),
    (lambda p: p.with_name(p.name + ".hlog").unlink(), "session.jsonl.hlog': no such file"),
    (lambda p: p.write_text("hello\n"), "line 1: no line of a kqtop recording"),
    (lambda p: p.write_text(""), "holds no whole line"),
    (lambda p: p.write_text(p.read_text().replace('"format":1', '"format":2')),
     "line 1: a recording in another format")])
def test_what_cannot_be_replayed_is_said(path, spoil, words):
    spoil(path)
    result, _ = lines(path)
    assert result.stdout == ""
    assert words in one_message(result, 2)


def test_runs_of_a_file(path):
    path.write_text(path.read_text() * 2)
    one, two = lines("--run", "1", path)[1], lines("--run", "2", path)[1]
    assert [x["waits_total"] for x in one] == [x["waits_total"] for x in two]
    result, _ = lines("--run", "3", path)
    assert "--run: 'session.jsonl' has 2 runs" in one_message(result, 2)


@pytest.mark.parametrize("args,words", [
    (["--speed", "0"], "'0' is not a speed from 0.1x to 1000x"),
    (["--speed", "2y"], "'2y' is not a speed"),
    (["--speed", "0x10"], "'0x10' is not a speed"),
    (["--pause-at", "1:60"], "'1:60' is no time such as"),
    (["--pause-at", "-1"], "'-1' is no time such as"),
    (["--run", "0"], "'0' is not a whole number"),
    ([], "a recording's file is needed")])
def test_options_are_checked(args, words):
    result = kqtop("replay", *args, *(["x"] if args else []))
    assert words in one_message(result, 2)


def test_screen_needs_a_terminal(path):
    result = kqtop("replay", path)
    assert result.returncode == 2 and "no screen" in result.stderr
    # what live offers instead it does not have
    assert "--json-lines" in result.stderr


@pytest.mark.parametrize("name,words", [("a.json", "is no recording of kqtop"),
                                        ("a.hlog", "is the histograms of a recording: "),
                                        ("nosuch", "cannot open ")])
def test_file_that_is_no_recording_is_told_as_what_it_is(tmp_path, name, words):
    for file in ("a.json", "a.hlog"):
        (tmp_path / file).write_text('{"format":1}\n')
    assert words in one_message(kqtop("replay", "--json-lines", tmp_path / name), 2)
