# SPDX-License-Identifier: MIT
"""View 5: now, the baseline and loaded reports side by side; key c and --compare."""
import json
import re
import subprocess

import pytest

from pseudoterminal import KQTOP, live

READY = r"p50 +[\d.]+[num]?s"


@pytest.fixture(name="reports", scope="module")
def _reports(tmp_path_factory):
    """A folder with one.json, and two.json of two sides."""
    folder = tmp_path_factory.mktemp("reports")
    for name, options in (("one", []), ("two", ["--ab", "--timers 32", "--label", "a label"])):
        subprocess.run([KQTOP, "bench", "--rounds", "2", "--round-time", "60ms", *options,
                        "-o", str(folder / f"{name}.json")], check=True, capture_output=True)
    return folder


def flat(t):
    return " ".join(t.text().split())


def test_baseline_stands_beside_now_with_ratios_and_their_difference():
    with live() as t:
        t.until(READY)
        t.until(r"up 0:00:0[1-9]")
        t.key("T", "5")
        t.until(r" now .* A .* now-A, (0\.\d|1) ")
        t.until(r"p99 +[\d.]+[num]?s +[\d.]+[num]?s +x[\d.e-]+$")
        t.until(r"D +0\.\d\d +at [\d.]+[num]?s$")
        t.until(r"A: before timers 8 -> 16, \d+ s; (looks|settling)")


def test_option_loads_reports_and_opens_the_view(reports):
    with live("--compare", f"{reports}/one.json,{reports}/two.json", cols=140, rows=45) as t:
        t.until(r" now .* R1 .* now-R1, .* R2A .* R2B ")
        t.until(lambda _: "R2B: a label, 2 rounds of 60.0ms together, epoll; timers 32, here 8" in flat(t))
        t.key("PgDn")
        t.until("kqtop compare judges")
        t.until("page 2 of 2")


def test_c_asks_for_a_file_and_tab_completes_it(reports):
    with live(cwd=reports, cols=100) as t:
        t.until(READY)
        t.key("c")
        t.until(r"report: _")
        t.key("o", "Tab")
        t.until(r"report: one\._")
        t.key("Tab")
        t.until(r"one\.hlog")  # what it could be
        t.key("j", "Tab")
        t.until(r"report: one\.json_")
        t.key(",tw", "Backspace", "Backspace", "two.json", "Enter")
        t.until("2 reports loaded")
        t.until(r" now .* R1 .* R2A .* R2B ")
        t.key("6")
        t.until(r"report +loaded one\.json,two\.json")
        t.key("c", "Enter")
        t.until("no reports beside it any more")
        t.until(lambda text: "R1" not in text)


def test_name_that_is_not_ascii_can_be_typed(reports, tmp_path):
    (tmp_path / "Größe.json").write_bytes((reports / "one.json").read_bytes())
    with live(cwd=tmp_path, cols=100) as t:
        t.until(READY)
        t.key("ß")  # elsewhere no key at all
        t.key("c")
        t.until(r"report: _")
        t.key("Grüß", "Backspace", "Backspace", "öße.json")
        t.until(r"report: Größe\.json_")
        t.key("Enter")
        t.until("1 report loaded")


def test_letters_are_the_names_while_it_asks_and_esc_leaves():
    with live() as t:
        t.until(READY)
        t.key("c")
        t.key("q", "T", "5")
        t.until(r"report: qT5_")
        t.key("Esc")
        t.until(lambda text: "report:" not in text)
        t.until("timers 8 ")
        assert t.poll() is None


def test_bad_file_is_named_with_its_field_and_nothing_is_lost(reports, tmp_path):
    bad = tmp_path / "bad.json"
    report = json.loads((reports / "one.json").read_text())
    report["rounds"][1]["seconds"] = -1
    bad.write_text(json.dumps(report))
    with live("--compare", str(reports / "one.json"), cols=140) as t:
        t.until(" R1 ")
        t.key("c", f"{bad}", "Enter")
        t.until(r"! .*bad\.json.*rounds\[1\]\.seconds")
        assert " R1 " in t.text()
        t.key("6")
        t.until(r"report +not loaded: .*bad\.json")


@pytest.mark.parametrize("value,words", [
    ("absent.json", "absent.json"), ("", "a file's name is needed"), (",,", "a file's name is needed"),
    ("a,b,c,d,e", "'a'"), ("/dev/null", "/dev/null"),
])
def test_bad_values_of_the_option_are_refused(value, words):
    result = subprocess.run([KQTOP, "live", "--compare", value], capture_output=True, text=True,
                            check=False, stdin=subprocess.DEVNULL)
    assert result.returncode == 2 and "--compare" in result.stderr and words in result.stderr


def test_more_than_four_reports_are_refused(reports):
    one = str(reports / "one.json")
    other = [reports / f"copy{i}.json" for i in range(4)]
    for path in other:
        path.write_bytes((reports / "one.json").read_bytes())
    result = subprocess.run([KQTOP, "live", "--compare", ",".join([one, *map(str, other)])],
                            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert result.returncode == 2 and "there is room for 4 reports" in result.stderr


def test_it_needs_a_screen(reports):
    result = subprocess.run([KQTOP, "live", "--json-lines", "--compare", str(reports / "one.json")],
                            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert result.returncode == 2 and re.search("--compare needs a screen", result.stderr)


@pytest.mark.parametrize("cols,rows", [(40, 10), (80, 24), (60, 16), (200, 60)])
def test_percentiles_of_all_are_there_at_every_size(reports, cols, rows):
    with live("--compare", str(reports / "one.json"), cols=cols, rows=rows) as t:
        for name in ("p50", "p90", "p99", "p99.9", "max", "waits/s"):
            t.until(rf"^ *{name} +\S+ +\S+")
