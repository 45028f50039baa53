# SPDX-License-Identifier: MIT
"""`kqtop info`: the card, as JSON and as text."""

import json
import re
import resource

import pytest

from cli_kqtop import kqtop, one_message
from cli_schema import INFO, violations


@pytest.fixture(scope="module")
def card():
    result = kqtop("info", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def text():
    result = kqtop("info")
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def flat(text):
    """Without the line breaks of its paragraphs."""
    return " ".join(text.split())


def test_card_has_every_key_of_the_interface_with_its_type(card):
    assert violations(card, INFO) == []


def test_card_says_that_epoll_is_available_here(card):
    assert card["available"] is True and card["reason"] is None
    assert "epoll" in card["backends"]


def test_card_tells_the_limits_of_this_machine(card):
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert card["limits"]["descriptors"] == soft
    with open("/proc/sys/fs/inotify/max_user_watches", encoding="ascii") as f:
        assert card["limits"]["inotify_watches"] == int(f.read())


def test_card_tells_the_limit_of_descriptors_that_it_runs_under():
    card = json.loads(kqtop("info", "--json", descriptors=77).stdout)
    assert card["limits"]["descriptors"] == 77
    assert card["limits"]["timers"] <= 77


def test_card_names_a_clock_that_was_measured(card):
    assert "MONOTONIC" in card["clock"]["name"].upper()
    assert card["clock"]["granularity_ns"] >= 1 and card["clock"]["cost_ns"] > 0


def test_queue_that_cannot_be_opened_is_told_as_the_reason():
    # 3 are open, the next is the queue, the one after it is refused
    result = kqtop("info", "--json", descriptors=4)
    assert result.returncode == 0, result.stderr
    card = json.loads(result.stdout)
    assert card["available"] is False and "too many open files" in card["reason"]
    assert "too many open files" in kqtop("info", descriptors=4).stdout


def test_text_says_what_the_json_says(card, text):
    words = flat(text)
    for key in ("name", "description", "physics", "category", "platform", "version"):
        assert flat(card[key]) in words, key
    for item in card["backends"] + card["features"]:
        assert item in words
    assert "2.5 bits" in words and "claimed" in words
    assert re.search(r"available here\s+yes", text)
    assert re.search(r"composite\s+no", text) and re.search(r"fast\s+yes", text)
    assert card["clock"]["name"] in words
    for key, name in {"descriptors": "descriptors", "timers": "timers",
                      "inotify_watches": "inotify watches"}.items():
        assert re.search(rf"{name}\s+{card['limits'][key]}\n", text), key


def test_text_fits_an_80_column_terminal(text):
    assert max(len(line) for line in text.splitlines()) <= 80


def test_full_disk_is_an_error():
    with open("/dev/full", "wb") as full:
        for options in ([], ["--json"]):
            assert "standard output" in one_message(kqtop("info", *options, stdout=full), 1)
