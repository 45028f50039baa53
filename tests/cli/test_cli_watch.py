# SPDX-License-Identifier: MIT
"""`live`: the byte stream that is watched, in JSON lines."""

import json
import math

import pytest

from cli_kqtop import LIMIT_S, kqtop, live, one_message, started
from cli_schema import ASSESSED, WATCHED, violations

STREAMS = ["seed", "low8", "lsb", "notification"]


def entropy_until(wanted, *options):
    """`entropy` of the first line for which `wanted` holds."""
    with started("live", "--json-lines", "--interval", "50ms", "--duration", LIMIT_S,
                 *options) as child:
        for text in child.stdout:
            entropy = json.loads(text)["entropy"]
            if wanted(entropy):
                return entropy
    pytest.fail(f"no such line in {LIMIT_S} s")


@pytest.fixture(scope="module")
def assessed():
    return entropy_until(lambda e: e["assessed"], "--preset", "spin", "--assess-window", "10000")


def test_a_window_is_assessed_and_the_claim_is_judged(assessed):
    a = assessed["assessed"]
    assert violations(a, ASSESSED) == []
    assert a["n"] == 10000
    assert a["claim"] == 2.5
    assert a["holds"] == (a["assessed"] >= 2.5)
    assert assessed["verdict"] == ("holds" if a["holds"] else "fails")


def test_the_least_estimate_is_the_assessed_one(assessed):
    a = assessed["assessed"]
    bits = a["bits_per_symbol"]
    found = [v for v in a["literal"].values() if v is not None]
    found += [v * bits for v in (a["bitstring"] or {}).values() if v is not None]
    assert math.isclose(a["assessed"], min(found + [bits]))
    assert math.isclose(a["h_original"], min([v for v in a["literal"].values()
                                              if v is not None] + [bits]))


def test_every_sample_has_figures(assessed):
    assert violations(assessed, WATCHED) == []
    assert assessed["watched"] >= 10000
    assert [t["cutoff"] for t in assessed["health"]["rct"]["tests"]] == [9, 13, 17]
    assert [t["cutoff"] for t in assessed["health"]["apt"]["tests"]] == [135, 147, 157]
    for test in assessed["health"]["rct"]["tests"]:
        assert (test["alarms"] > 0) == (assessed["health"]["rct"]["max"] >= test["cutoff"])
        assert (test["alarms"] > 0) == (test["age_s"] is not None)
    assert [g["grain_ps"] for g in assessed["grains"]] == [None, 41670, 100000, 1000000]
    assert all(g["n"] > 0 and g["shannon"] <= 8 for g in assessed["grains"])


@pytest.mark.parametrize("stream", STREAMS)
def test_each_stream_can_be_watched(stream):
    e = entropy_until(lambda e: e["watched"], "--stream", stream, "--dither", "--sockets", "4")
    assert e["stream"] == stream
    assert violations(e, WATCHED) == []
    assert e["claim_bits"] == (8 if stream == "lsb" else 2.5)


def test_without_an_assessor_nothing_is_known():
    for line in live("--assess-window", "0", duration="100ms", interval="50ms"):
        assert [key for key in WATCHED if line["entropy"][key] is not None] == []
        assert line["entropy"]["assessed"] is None


@pytest.mark.parametrize("value", ["999", "1000001", "-1", "x", "", "1e4"])
def test_a_window_out_of_range_is_refused(value):
    message = one_message(kqtop("live", "--json-lines", f"--assess-window={value}"), 2)
    assert "--assess-window" in message and "1000 to 1000000" in message
