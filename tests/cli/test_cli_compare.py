# SPDX-License-Identifier: MIT
"""kqtop compare, on reports that are made up: what it calls better, worse, equivalent,
what it refuses to judge, and how it says so."""

import csv
import io
import itertools
import json
import math
import os
import re

import pytest

from cli_kqtop import kqtop, one_message
from report_make import make_report, write

PRIMARY = ["notification.p50", "notification.p99", "wait.p50", "wait.p99", "waits_per_s",
           "entropy"]
VERDICTS = {"too few", "better", "worse", "equivalent", "differs", "inconclusive"}


@pytest.fixture
def report(tmp_path):
    """Gives report(name, ...) -> path, as make_report."""
    return lambda name, **options: write(tmp_path / f"{name}.json", make_report(**options))


class Compared(dict):
    """The JSON object; .code, .row[name], .of(verdict)."""

    def __init__(self, *args):
        result = kqtop("compare", "--json", *args)
        assert result.stderr == "" and result.stdout.count("\n") == 1, result
        assert "nan" not in result.stdout.lower() and "inf" not in result.stdout.lower()
        super().__init__(json.loads(result.stdout))
        self.code = result.returncode
        self.row = {row["name"]: row for row in self["rows"]}

    def of(self, verdict):
        return {name for name in PRIMARY if self.row[name]["verdict"] == verdict}


def test_identical_is_equivalent(report):
    c = Compared(report("a", seed=1), report("b", seed=2))
    assert (c.code, c["verdict"]) == (0, "equivalent")
    assert c.of("equivalent") == set(PRIMARY)
    assert c["factor"] == c["machine"] == c["refused"] == [] and not c["paired"]
    assert "unpaired, drift not excluded" in " ".join(c["notices"])


def test_load_makes_the_tail_worse_and_the_middle_better(report):
    c = Compared(report("idle", seed=1),
                 report("loaded", seed=2, load="cpu:2x", share=0.97, ratio=0.6, tail=7))
    assert (c.code, c["verdict"]) == (1, "worse")
    assert c.row["notification.p99"]["verdict"] == c.row["wait.p99"]["verdict"] == "worse"
    assert c.row["notification.p50"]["verdict"] == c.row["wait.p50"]["verdict"] == "better"
    assert abs(c.row["notification.p50"]["ratio"] - 0.6) < 0.02
    assert c["factor"] == [{"what": "load", "a": "none", "b": "cpu:2x"}]
    effect = c["effects"]["notification"]
    assert effect["crossing"] and effect["cliff"] < 0 and effect["d_minus"] > effect["d_plus"] > 0


def test_less_throughput_and_less_entropy_are_worse(report):
    c = Compared(report("a", seed=1), report("b", seed=2, rate=3000, entropy=2.5))
    assert c.of("worse") == {"waits_per_s", "entropy"} and c.code == 1
    assert c.row["waits_per_s"]["ratio"] < 0.8
    row = c.row["entropy"]
    assert row["ratio"] is None and row["scale"] == "difference" and row["unit"] == "bits"
    assert -0.75 < row["lo"] <= row["estimate"] <= row["hi"] < -0.65
    # 0.05 of the smaller figure
    assert abs(row["margin"] - 0.05 * 2.5) < 0.005


def test_noise_is_inconclusive_with_the_rounds_it_would_take(report):
    c = Compared(report("a", seed=1, spread=0.3), report("b", seed=2, spread=0.3))
    assert (c.code, c["verdict"]) == (3, "inconclusive")
    needed = [c.row[name]["rounds_needed"] for name in c.of("inconclusive")]
    assert needed and all(n is None or n > 20 for n in needed) and any(needed)


def test_swapped_reports_swap_the_verdict(report):
    a, b = report("a", seed=1), report("b", seed=2, ratio=0.8, rate=3500, entropy=3.0)
    one, other = Compared(a, b), Compared(b, a)
    swap = {"better": "worse", "worse": "better"}
    for name, row in one.row.items():
        back = other.row[name]
        assert back["verdict"] == swap.get(row["verdict"], row["verdict"]), name
        if row["scale"] == "ratio":
            assert math.isclose(back["lo"] * row["hi"], 1, rel_tol=1e-12)
        else:
            assert math.isclose(back["lo"], -row["hi"], rel_tol=1e-9)
    assert one.of("better") and other.code == 1


def test_figures_are_hodges_lehmanns_of_the_rounds(report):
    """events/s of 20 against 20 rounds, counted out; 128 is R's qwilcox(0.025, 20, 20)."""
    paths = [report("a", seed=1), report("b", seed=2, rate=3900)]
    rates = [[sum(f["events"] for f in r["filters"].values()) / r["seconds"]
              for r in json.loads(path.read_text())["rounds"]] for path in paths]
    w = sorted(math.log(b / a) for a, b in itertools.product(*rates))
    row = Compared(*paths).row["events_per_s"]
    assert math.isclose(row["ratio"], math.exp((w[199] + w[200]) / 2), rel_tol=1e-12)
    assert math.isclose(row["lo"], math.exp(w[127]), rel_tol=1e-12)
    assert math.isclose(row["hi"], math.exp(w[-128]), rel_tol=1e-12)
    assert 0.95 <= row["covers"] < 0.96
    middle = [sorted(r)[9:11] for r in rates]
    assert [row["a"], row["b"]] == pytest.approx([sum(m) / 2 for m in middle], rel=1e-12)


def test_margin_decides_what_is_worse(report):
    a, b = report("a", seed=1), report("b", seed=2, ratio=1.2)
    assert Compared(a, b).of("worse") >= {"notification.p50", "wait.p50"}
    wide = Compared("--margin", "25%", a, b)
    assert not wide.of("worse") and wide.code == 0 and wide["margin"] == 0.25
    assert Compared("--margin", "25", a, b)["margin"] == 0.25


def test_report_says_what_the_interface_promises(report):
    c = Compared(report("a", seed=1, label="a\u00e9"), report("b", seed=2, ratio=1.5))
    assert c["schema"] == 1 and len(c["rows"]) == 22
    assert {row["name"] for row in c["rows"] if row["primary"]} == set(PRIMARY)
    for row in c["rows"]:
        assert row["verdict"] in VERDICTS
        if row["scale"] == "ratio":
            assert row["lo"] <= row["ratio"] <= row["hi"]
    assert [r["tag"] for r in c["reports"]] == ["A", "B"]
    assert c["reports"][0]["name"] == "a\u00e9" and c["reports"][1]["name"] == "b.json"
    assert c["ranking"] == ["A", "B"]
    # Holm: six rows, some of which are worse
    assert math.isclose(c["alpha"], 0.05 / (6 - len(c.of("worse"))))
    assert c["comparisons"][0]["rows"] == c["rows"]


# -- pairs --


def test_sides_of_an_ab_report_are_compared_in_pairs(report):
    c = Compared(report("ab", seed=1, spread=0.05, b={"ratio": 1.3, "config": {"num_timers": 16}}))
    assert c["paired"] and c.code == 1
    assert c["factor"] == [{"what": "timers", "a": "8", "b": "16"}]
    assert not any("unpaired" in text for text in c["notices"])
    assert c.row["notification.p50"]["rounds_a"] == 20


def test_pairs_take_out_what_both_rounds_share(tmp_path):
    """All rounds get slower and slower; in pairs a difference of 15 % is seen, in two
    files it is not."""
    def drifting(side_of):
        rep = make_report(seed=3, b={"ratio": 1.15})
        for r in rep["rounds"]:
            hour = 1.5 ** (r["pair"] / 4)
            r["seconds"] *= hour  # of the rates only
        rep["rounds"] = [r for r in rep["rounds"] if side_of is None or r["side"] == side_of]
        if side_of is not None:
            rep["b"] = None
            rep["rounds"] = [dict(r, side="A") for r in rep["rounds"]]
        return rep
    together = Compared(write(tmp_path / "ab", drifting(None)))
    apart = Compared(write(tmp_path / "a", drifting("A")), write(tmp_path / "b", drifting("B")))
    width = [math.log(c.row["waits_per_s"]["hi"] / c.row["waits_per_s"]["lo"])
             for c in (together, apart)]
    assert width[0] < 0.1 < 0.5 < width[1]
    assert apart["reports"][0]["rows_drifting"] == 1
    assert any("A drifts" in text for text in apart["notices"])


@pytest.mark.parametrize("cores,told", [(2, True), (4, False), (None, False)])
def test_what_the_hypervisor_took_is_a_share_of_all_processors(tmp_path, cores, told):
    """steal_ns is of all of them together, and of the warm-up too."""
    rep = make_report(seed=1, facts={"cores": cores})
    for r in rep["rounds"]:
        r["flags"]["steal_ns"] = int(0.03e9 * (r["seconds"] + r["warmup_s"]))
    c = Compared(write(tmp_path / "a", rep), write(tmp_path / "b", make_report(seed=2)))
    notice = "A: the hypervisor took more than 1 % of the CPUs in 20 of 20 rounds"
    assert (notice in c["notices"]) == told


@pytest.mark.parametrize("lost", [7, 0, None])
def test_samples_that_entropy_did_not_see_are_told(tmp_path, lost):
    """An older report has no such count."""
    rep = make_report(seed=1)
    for r in rep["rounds"][:3]:
        r.update({} if lost is None else {"raw_lost": lost})
    c = Compared(write(tmp_path / "a", rep), write(tmp_path / "b", make_report(seed=2)))
    notice = "A: raw samples were lost in 3 of 20 rounds: bytes have holes"
    assert (notice in c["notices"]) == bool(lost)


@pytest.mark.parametrize("flag,told", [({"throttled_ns": 5}, True), ({"thermal_throttles": 1}, True),
                                       ({"throttled_ns": None, "thermal_throttles": None}, False)])
def test_throttled_processors_are_told(tmp_path, flag, told):
    rep = make_report(seed=1)
    for r in rep["rounds"][:3]:
        r["flags"].update(flag)
    c = Compared(write(tmp_path / "a", rep), write(tmp_path / "b", make_report(seed=2)))
    assert ("A: CPU throttled in 3 of 20 rounds" in c["notices"]) == told


def test_versions_that_differ_and_a_self_check_are_told(tmp_path):
    a, b, both = make_report(seed=1), make_report(seed=2), make_report(seed=3, b={"options": ""})
    b["version"] = "0.9.9"
    both["self_check"] = True
    c = Compared(write(tmp_path / "a", a), write(tmp_path / "b", b))
    assert "measured by kqtop 0.1.0 and 0.9.9" in c["notices"]
    b["version"] = "1" + "é" * 40  # cut, and not in the middle of one
    c = Compared(write(tmp_path / "a", a), write(tmp_path / "b", b))
    assert any(n.endswith("éé...") for n in c["notices"])
    c = Compared(write(tmp_path / "both", both))
    assert "self-check: both sides are the same on purpose" in c["notices"]


@pytest.mark.parametrize("text,said", [
    (r"\u00e9\u20AC\ud83d\uDE00", "\u00e9\u20ac\U0001f600"), (r"\u00eg", None), (r"\ud83d\u0041", None),
    (r"\ud83dx", None), (r"\udc00", None), (r"\u12", None)])
def test_escaped_characters_are_read_or_refused(tmp_path, text, said):
    """In two, three and four bytes; half a pair is no character."""
    (tmp_path / "a").write_text(json.dumps(make_report(seed=1, label="LABEL")).replace("LABEL", text))
    write(tmp_path / "b", make_report(seed=2))
    if said is None:
        assert "a', line 1, column " in one_message(kqtop("compare", tmp_path / "a", tmp_path / "b"), 2)
    else:
        assert said in kqtop("compare", tmp_path / "a", tmp_path / "b").stdout


def test_half_a_pair_is_left_out(tmp_path):
    rep = make_report(seed=1, b={"ratio": 1.3})
    rep["rounds"] = rep["rounds"][:-1]
    rep["complete"] = False
    c = Compared(write(tmp_path / "ab", rep))
    assert c.row["wait.p50"]["rounds_a"] == c.row["wait.p50"]["rounds_b"] == 19
    assert any("not complete" in text for text in c["notices"])


# -- what is refused, and what is not --


@pytest.mark.parametrize("change, what", [
    ({"round_ns": 1000000000}, "round time"), ({"how": {"warmup": "none"}}, "warm-up"),
    ({"how": {"stream": "low8"}}, "stream of the entropy"), ({"how": {"grain_ns": 100.0}}, "grain"),
    ({"how": {"dma_latency_us": 0}}, "DMA latency"), ({"config": {"dither": True}}, "dither"),
    ({"config": {"cpu": "1"}}, "cpu"), ({"saturated": True}, "stimulus"),
    ({"load": "cpu:2x", "share": 0.85}, "achieved load")])
def test_unasked_difference_in_measuring_is_refused(report, change, what):
    c = Compared(report("a", seed=1), report("b", seed=2, **change))
    assert (c.code, c["verdict"]) == (3, "refused")
    assert what in [d["what"] for d in c["refused"]]
    assert {row["verdict"] for row in c["rows"]} == {None}
    assert c.row["notification.p50"]["ratio"] is not None
    table = kqtop("compare", report("a", seed=1), report("b", seed=2, **change))
    assert table.returncode == 3 and f"refused  {what.split()[0]}" in table.stdout


@pytest.mark.parametrize("change, what", [
    ({"config": {"num_timers": 16}}, "timers"), ({"config": {"timeout_ms": 2}}, "timeout"),
    ({"load": "cpu:2x", "share": 0.93}, "load"),
    ({"load": "cpu:2x", "share": 0.95, "saturated": True}, "load")])
def test_what_was_asked_for_is_the_factor(report, change, what):
    c = Compared(report("a", seed=1), report("b", seed=2, **change))
    assert c["verdict"] == "equivalent" and what in [d["what"] for d in c["factor"]]


def test_load_that_does_other_work_by_the_same_name_is_refused(report):
    asked = {"load": "cpu:2x", "share": 1.0}
    c = Compared(report("a", seed=1, load_version=1, **asked),
                 report("b", seed=2, load_version=2, **asked))
    assert c["verdict"] == "refused"
    assert [(d["what"], d["a"], d["b"]) for d in c["refused"]] == [("version of the load", "1", "2")]
    before_it_was_recorded = Compared(report("a", seed=1, **asked),
                                      report("b", seed=2, load_version=2, **asked))
    assert before_it_was_recorded["verdict"] == "equivalent"


def test_ab_run_may_vary_how_it_measures(report):
    c = Compared(report("ab", b={"config": {"dither": True, "cpu": "1"}}))
    assert c["verdict"] == "equivalent"
    assert {d["what"] for d in c["factor"]} == {"dither", "cpu"}


def test_another_machine_is_listed_with_all_its_facts(report):
    c = Compared(report("a", seed=1, label="web1", facts={"load_average_1m": 0.1}),
                 report("b", seed=2, label="web2",
                        facts={"kernel": "Linux 6.8", "load_average_1m": 0.7, "new": "x"}))
    assert {d["what"]: (d["a"], d["b"]) for d in c["machine"]} == {
        "label": ("web1", "web2"), "kernel": ("Linux 6.1.0", "Linux 6.8"),
        "load_average_1m": ("0.1", "0.7"), "new": ("unknown", "x")}
    assert c["verdict"] == "equivalent" and "sessions" in " ".join(c["notices"])


def test_load_average_alone_is_no_other_machine(report):
    c = Compared(report("a", seed=1, facts={"load_average_1m": 0.1}),
                 report("b", seed=2, facts={"load_average_1m": 0.7}))
    assert c["machine"] == []


# -- too few --


def test_nine_rounds_have_an_interval_and_no_verdict(report):
    c = Compared(report("a", seed=1), report("b", seed=2, rounds=9, ratio=3))
    assert c.of("too few") == set(PRIMARY) and (c.code, c["verdict"]) == (3, "inconclusive")
    row = c.row["wait.p50"]
    assert row["lo"] > 2.5 and row["why"] == "B: 9 rounds, 10 are needed"


def test_five_rounds_have_no_interval(report):
    c = Compared(report("a", seed=1), report("b", seed=2, rounds=5))
    row = c.row["wait.p50"]
    assert row["lo"] is row["ratio"] is None and row["b"] > 0 and row["verdict"] == "too few"


def test_quantile_needs_ten_samples_above_it_in_each_round(report):
    c = Compared(report("a", seed=1, samples=4000), report("b", seed=2, samples=3996))
    # a quarter of the samples is each filter's
    assert c.row["notification.timer.p99"]["verdict"] == "too few"
    assert c.row["notification.timer.p99"]["why"] == \
        "B: a round has 999 samples, 1000 are needed"
    assert c.row["notification.timer.p50"]["verdict"] == "equivalent"
    assert c.row["wait.p999"]["verdict"] == "too few"


def test_rounds_without_entropy_are_left_out_of_its_row(tmp_path):
    rep = make_report(seed=1)
    for r in rep["rounds"][:8]:
        r["entropy"] = None
    c = Compared(write(tmp_path / "a", rep), write(tmp_path / "b", make_report(seed=2)))
    assert c.row["entropy"]["rounds_a"] == 12 and c.row["entropy"]["rounds_b"] == 20
    assert c.row["entropy"]["verdict"] == "equivalent"


def test_what_rounds_of_one_run_differ_by_is_not_called_worse(tmp_path):
    def wild(seed, ratio):
        rep = make_report(seed=seed, ratio=ratio)
        other = make_report(seed=seed + 10, ratio=1.5 * ratio)
        rep["rounds"][1::2] = other["rounds"][1::2]
        return rep
    paths = [write(tmp_path / "a", wild(1, 1)), write(tmp_path / "b", wild(2, 1.4))]
    row = Compared(*paths).row["wait.p50"]
    assert row["lo"] > 1.05 and 1.4 < row["floor"] and row["verdict"] == "differs"
    assert "differs, maybe noise" in kqtop("compare", *paths).stdout


def test_round_of_no_time_and_no_value_has_no_figure(tmp_path):
    rep = make_report(seed=1)
    rep["rounds"][3]["seconds"] = 0.0
    c = Compared(write(tmp_path / "a", rep), write(tmp_path / "b", make_report(seed=2)))
    assert c.row["waits_per_s"]["rounds_a"] == 19


def test_more_than_400_rounds_are_told(tmp_path):
    rep = make_report(seed=1, samples=400)
    rounds = [dict(r, order=i, pair=i) for i, r in enumerate(rep["rounds"] * 21)]
    c = Compared(write(tmp_path / "a", dict(rep, rounds=rounds)),
                 write(tmp_path / "b", make_report(seed=2, samples=400)))
    assert c["reports"][0]["rounds"] == 400 and c["reports"][0]["rounds_left_out"] == 20
    assert any("only the first 400 of its 420 rounds" in text for text in c["notices"])


# -- several, and formats --


def test_more_than_two_are_ranked_against_the_first(report):
    paths = [report("a", seed=1), report("b", seed=2, ratio=1.4, tail=1.4),
             report("c", seed=3, ratio=0.7), report("ab", seed=4, b={"ratio": 1.1})]
    c = Compared(*paths)
    assert [r["tag"] for r in c["reports"]] == list("ABCDE")
    assert c["ranking"][0] == "C" and c["ranking"][-1] == "B"
    assert c["verdict"] == "worse" and c.code == 1
    assert [one["b"] for one in c["comparisons"]] == list("BCDE")
    assert not any(one["paired"] for one in c["comparisons"])
    table = kqtop("compare", *paths).stdout
    assert " 1. C" in table and " 5. B" in table
    assert max(map(len, table.splitlines())) <= 80


def test_table_fits_80_columns_and_says_what_json_says(report):
    paths = [report("a", seed=1, label="x" * 200),
             report("b", seed=2, ratio=0.6, tail=7, load="cpu:2x", share=1.0,
                    facts={f"fact_{i}": "value" * 10 for i in range(20)})]
    c, table = Compared(*paths), kqtop("compare", *paths)
    lines = table.stdout.splitlines()
    assert max(map(len, lines)) <= 80 or max(lines, key=len).count("x") > 60
    for name, verdict in (("notification p99", "worse"), ("wait p50", "better")):
        line = next(text for text in lines if text.startswith(f"* {name}"))
        assert line.endswith(verdict) and c.row[name.replace(" ", ".")]["verdict"] == verdict
    assert "verdict  worse | worse: notification p99" in table.stdout
    assert "more (--json)" in table.stdout
    assert "crossing" in table.stdout and "unpaired, drift not excluded" in table.stdout


def test_table_of_two_is_one_screen(report):
    lines = kqtop("compare", report("a", seed=1), report("b", seed=2, ratio=1.2)).stdout
    assert len(lines.splitlines()) <= 24


def test_csv_has_every_row_of_every_comparison(report):
    paths = [report("a", seed=1), report("b", seed=2, ratio=1.3), report("c", seed=3)]
    c, text = Compared(*paths), kqtop("compare", "--csv", *paths)
    rows = list(csv.DictReader(io.StringIO(text.stdout)))
    assert text.returncode == 1 and len(rows) == 44
    for row in rows[:22]:
        own = c.row[row["row"]]
        assert row["verdict"] == own["verdict"] and row["primary"] == str(int(own["primary"]))
        assert math.isclose(float(row["estimate"]), own["estimate"], rel_tol=1e-12)


def test_markdown_escapes_names(report):
    text = kqtop("compare", "--markdown", report("a", seed=1, label="a|b*<c>"),
                 report("b", seed=2)).stdout
    assert "a\\|b\\*\\<c\\>" in text
    assert "| **notification p50** |" in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 11 and {line.count("|") for line in table} == {7}


def test_one_report_without_a_second_side_is_not_enough(report):
    assert "two reports are needed" in one_message(kqtop("compare", report("a")), 2)


@pytest.mark.parametrize("args, words", [
    ([], "two reports are needed"), (["--margin", "0", "a", "b"], "--margin"),
    (["--margin", "-5%", "a", "b"], "--margin"), (["--margin", "nan", "a", "b"], "--margin"),
    (["--margin", "5%%", "a", "b"], "--margin"), (["--margin", "0x5", "a", "b"], "--margin"),
    (["--json", "--csv", "a", "b"], "--csv"),
    (["/nonexistent/a", "b"], "cannot open '/nonexistent/a': no such file"),
    ([str(i) for i in range(11)], "at most 10 reports")])
def test_refusal_says_why(args, words):
    assert words in one_message(kqtop("compare", *args), 2)


def test_eleven_entrants_are_too_many(report):
    ab = report("ab", rounds=2, samples=50, b={})
    assert "at most 10" in one_message(kqtop("compare", *[ab] * 6), 2)


@pytest.mark.parametrize("spoil", [
    lambda text: text[:-20], lambda text: "[" * 100000, lambda text: "",
    lambda text: text.replace('"schema": 1', '"schema": 2'),
    lambda text: text.replace("20000", "1e999", 1),
    lambda text: text.replace('"label": null', '"label": "\\u001b[2J"'),
    # more, longer or other than any bench writes
    lambda text: text.replace('"cores"', "".join(f'"k{i}": "v", ' for i in range(64)) + '"cores"'),
    lambda text: text.replace('"label": null', f'"label": "{"x" * 100000}"'),
    lambda text: text.replace('"seed": 1', f'"seed": 1{"0" * 500}'),
    lambda text: text.replace('"timeouts": 0', '"timeouts": 7', 1),
    lambda text: text.replace('"wakes": 5000', '"wakes": 5001', 1),
    lambda text: text.replace('"self_check": false', '"self_check": true')])
def test_hostile_report_is_refused_by_name(report, spoil):
    path = report("evil")
    path.write_text(spoil(path.read_text()))
    message = one_message(kqtop("compare", report("a"), path), 2)
    assert "evil.json" in message and "\x1b" not in message


def test_file_names_are_never_printed_raw(tmp_path):
    a = write(tmp_path / "a\x1b[2J\n.json", make_report(seed=1))
    b = write(tmp_path / "b.json", make_report(seed=2))
    for options in ([], ["--markdown"], ["--csv"], ["--json"]):
        result = kqtop("compare", *options, a, b)
        assert result.returncode == 0 and "\x1b" not in result.stdout
    assert "a\\x1b[2J\\x0a.json" in kqtop("compare", a, b).stdout


def test_full_disk_is_no_verdict(report):
    paths = [report("a", seed=1), report("b", seed=2)]
    with open("/dev/full", "wb") as full:
        for options in ([], ["--json"], ["--csv"], ["--markdown"]):
            message = one_message(kqtop("compare", *options, *paths, stdout=full), 2)
            assert "standard output" in message


def test_unreadable_report_is_refused(report):
    path = report("a")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads every file")
    assert "permission denied" in one_message(kqtop("compare", path, path), 2)


@pytest.mark.parametrize("form", [[], ["--markdown"]])
def test_one_round_is_no_rounds(report, tmp_path, form):
    """A word that is counted is in the singular where there is one; on the page too."""
    page = tmp_path / "page.html"
    said = kqtop("compare", report("a", rounds=1), report("b", rounds=1), "--html", str(page),
                 *form).stdout + page.read_text()
    assert said.count("1 round of 5.00s") == 4
    assert not re.search(r"\b1 (rounds|samples)\b", said)
