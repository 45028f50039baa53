# SPDX-License-Identifier: MIT
"""`kqtop assess`: the keys of the interface, odd input, pipes and timings."""

import json
import math
import os
import random
import struct
import subprocess

import pytest

from cli_kqtop import KQTOP, environment, kqtop, one_message
from cli_schema import REAL_OR_NULL, is_bool, is_count, is_real, one, violations

NAMES = ["mcv", "collision", "markov", "compression", "t_tuple", "lrs", "multi_mcw", "lag",
         "multi_mmc", "lz78y"]
FIGURES = {name: REAL_OR_NULL for name in NAMES}
ASSESS = {
    "schema": one(1), "samples": is_count, "alphabet": is_count, "bits_per_symbol": is_count,
    "h_original": is_real, "h_bitstring": REAL_OR_NULL, "assessed": is_real,
    "truncated": is_bool, "seconds": is_real, "literal": FIGURES, "bitstring": FIGURES,
}
ON_BITS_ONLY = {"collision", "markov", "compression"}


def noise(n, k=256, seed=1):
    generator = random.Random(seed)
    return bytes(generator.randrange(k) for _ in range(n))


@pytest.fixture
def sample(tmp_path):
    """Gives write(data) -> path."""
    def write(data, name="x"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name
    return write


def assessed(*args, **how):
    result = kqtop("assess", "--json", *args, **how)
    assert (result.returncode, result.stderr) == (0, ""), result
    assert result.stdout.count("\n") == 1 and "nan" not in result.stdout.lower()
    return json.loads(result.stdout)


def piped(data, *args):
    """Through a pipe. @return the completed process, bytes."""
    return subprocess.run([KQTOP, "assess", *args, "-"], input=data, capture_output=True,
                          env=environment(), check=False, timeout=60)


def figures(report):
    return {name for name in NAMES if report[name] is not None}


def test_report_has_every_key_of_the_interface(sample):
    report = assessed(sample(noise(20000)))
    assert violations(report, ASSESS) == []
    assert (report["samples"], report["alphabet"], report["bits_per_symbol"]) == (20000, 256, 8)
    assert figures(report["literal"]) == set(NAMES) - ON_BITS_ONLY
    assert figures(report["bitstring"]) == set(NAMES)
    assert not report["truncated"]


def test_minimum_is_that_of_both_views(sample):
    report = assessed(sample(noise(20000)))
    literal = min(v for v in report["literal"].values() if v is not None)
    bitstring = min(report["bitstring"].values())
    assert report["h_original"] == literal and report["h_bitstring"] == bitstring
    assert math.isclose(report["assessed"], min(literal, 8 * bitstring), rel_tol=1e-15)
    binding = report["binding"]
    factor = 8 if binding["on"] == "bitstring" else 1
    assert report[binding["on"]][binding["estimator"]] * factor == report["assessed"]


def test_one_symbol_is_0_with_null_figures(sample):
    report = assessed(sample(b"\x55" * 5000))
    assert report["assessed"] == 0 and report["alphabet"] == 1
    assert figures(report["literal"]) == set() and report["h_bitstring"] is None


def test_two_symbols_have_no_bitstring(sample):
    report = assessed(sample(bytes(0xF0 * b for b in noise(10000, 2))))
    assert report["bitstring"] is None and report["h_bitstring"] is None
    assert figures(report["literal"]) == set(NAMES)
    assert report["alphabet"] == 2 and 0 < report["assessed"] <= 1


def test_too_few_samples_are_null_with_a_reason(sample):
    for n in range(2, 40):
        report = assessed(sample(noise(n, 200)))
        assert report["literal"]["multi_mcw"] is None
        if report["alphabet"] > 1:
            assert report["reasons"]["literal"]["multi_mcw"] == "needs at least 4096"
    assert "needs at least 4096" in kqtop("assess", sample(noise(30))).stdout


def test_table_names_every_estimator_and_the_figures_of_the_json(sample):
    path = sample(noise(20000))
    report = assessed(path)
    result = kqtop("assess", path)
    assert (result.returncode, result.stderr) == (0, "")
    for title in ("MCV", "Collision", "Markov", "Compression", "t-Tuple", "LRS", "MultiMCW",
                  "Lag", "MultiMMC", "LZ78Y"):
        assert title in result.stdout
    for name in NAMES:
        assert f"{report['bitstring'][name]:.9f}" in result.stdout
    assert f"{report['assessed']:.6f}" in result.stdout
    assert "nan" not in result.stdout.lower()
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_pipe_gives_what_a_file_gives(sample):
    data = noise(20000, 16)
    report, by_file = json.loads(piped(data, "--json").stdout), assessed(sample(data))
    for key in ASSESS:
        assert key == "seconds" or report[key] == by_file[key]


def test_threads_change_nothing(sample):
    path = sample(noise(20000))
    reports = [assessed("--threads", n, path) for n in (1, 2, 4)]
    assert len({json.dumps({**r, "seconds": 0}) for r in reports}) == 1


def test_pipe_without_end_is_read_up_to_the_cap():
    with open("/dev/urandom", "rb") as endless:
        report = assessed("--max-samples", 5000, "-", stdin=endless)
    assert report["samples"] == 5000 and report["truncated"]


def test_input_of_just_the_cap_is_not_truncated(sample):
    assert not assessed("--max-samples", 5000, sample(noise(5000)))["truncated"]
    assert assessed("--max-samples", 4999, sample(noise(5000)))["truncated"]


def test_bits_widen_the_word(sample):
    path = sample(noise(8000, 16))
    assert assessed(path)["bits_per_symbol"] == 4
    wide = assessed("--bits", 8, path)
    assert wide["bits_per_symbol"] == 8 and wide["literal"] == assessed(path)["literal"]


def test_samples_wider_than_the_bits_are_refused(sample):
    assert "samples of 8 bits" in one_message(kqtop("assess", "--bits", 4, sample(noise(100))), 2)


# -- timings --


def timings(values):
    return struct.pack(f"<{len(values)}Q", *values)


def test_timing_is_its_low_byte(sample):
    values = [random.Random(2).randrange(1 << 64) for _ in range(1)] + \
             [int.from_bytes(os.urandom(8), "little") for _ in range(5000)]
    by_byte = assessed(sample(bytes(v & 255 for v in values), "bytes"))
    report = assessed("--timings", sample(timings(values)))
    assert report["literal"] == by_byte["literal"] and report["samples"] == 5001


@pytest.mark.parametrize("grain, divide", [
    ("100", lambda v: v // 100), ("1", lambda v: v), ("41.67", lambda v: v * 1000 // 41670),
    ("41.67ns", lambda v: v * 1000 // 41670), ("1us", lambda v: v // 1000), ("0.1us", lambda v: v // 100)])
def test_timing_is_divided_by_the_grain(sample, grain, divide):
    generator = random.Random(3)
    values = [generator.randrange(1 << 64) for _ in range(5000)]
    by_byte = assessed(sample(bytes(divide(v) & 255 for v in values), "bytes"))
    assert assessed("--timings", "--grain", grain,
                    sample(timings(values)))["literal"] == by_byte["literal"]


@pytest.mark.parametrize("at, grain", enumerate([None, 41.67, 100, 1000]))
def test_timings_have_figures_on_coarser_clocks(sample, at, grain):
    generator = random.Random(5)
    path = sample(timings([generator.randrange(10**6) for _ in range(5000)]))
    figures = assessed("--timings", path)["grains"][at]
    same = assessed("--timings", *([] if grain is None else ["--grain", grain]), path)
    assert figures["grain_ps"] == (grain and grain * 1000)
    assert figures["n"] == 5000
    assert math.isclose(figures["mcv"], same["literal"]["mcv"], rel_tol=1e-9)
    assert 0 < figures["mcv"] <= figures["shannon"] <= 8
    assert 6 < figures["mcv_ref"] < figures["shannon_ref"] < 8
    assert "low bytes on a clock of" in kqtop("assess", "--timings", path).stdout


def test_bytes_have_no_clock(sample):
    assert assessed(sample(bytes(range(256))))["grains"] is None
    assert "clock" not in kqtop("assess", sample(bytes(range(256)))).stdout


def test_partial_last_timing_is_told(sample):
    result = kqtop("assess", "--json", "--timings", sample(timings(range(100)) + b"abc"))
    assert result.returncode == 0 and "last 3 bytes" in result.stderr
    assert json.loads(result.stdout)["samples"] == 100


def test_less_than_a_timing_is_refused(sample):
    result = kqtop("assess", "--timings", sample(b"abc"))
    assert result.returncode == 2 and "no whole timing" in result.stderr and not result.stdout


def test_what_collect_writes_can_be_assessed(tmp_path):
    path = tmp_path / "t"
    assert kqtop("collect", "-n", 3000, "--preset", "spin", "--format", "timings",
                 "-o", path).returncode == 0
    assert assessed("--timings", "--grain", 100, path)["samples"] == 3000


# -- refusals --


@pytest.mark.parametrize("args, words", [
    ([], "one file is needed"), (["a", "b"], "one file is needed"),
    (["--bits", "9", "-"], "--bits"), (["--bits", "0", "-"], "--bits"),
    (["--threads", "0", "-"], "--threads"), (["--max-samples", "0", "-"], "--max-samples"),
    (["--timings", "--grain", "0", "-"], "--grain"),
    (["--timings", "--grain", "nan", "-"], "--grain"),
    (["--timings", "--grain", "0x10", "-"], "--grain"), (["--timings", "--grain", "1x", "-"], "--grain"),
    (["--timings", "--grain", "2h", "-"], "--grain"), (["--timings", "--grain", "1ns2", "-"], "--grain"), (["--grain", "5", "-"], "--timings"),
    (["/nonexistent/x"], "cannot open '/nonexistent/x': no such file"),
    (["/"], "cannot read '/': is a directory"), (["/dev/null"], "nothing to assess"),
    (["-"], "nothing to assess: standard input")])
def test_refusal_says_why(args, words):
    assert words in one_message(kqtop("assess", *args), 2)


def test_unreadable_file_is_refused(sample):
    path = sample(noise(10))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads every file")
    assert "permission denied" in one_message(kqtop("assess", path), 2)


def test_full_disk_is_an_error(sample):
    path = sample(noise(1000))
    with open("/dev/full", "wb") as full:
        for options in ([], ["--json"]):
            message = one_message(kqtop("assess", *options, path, stdout=full), 1)
            assert "standard output" in message
