# SPDX-License-Identifier: MIT
"""Where every trigger went (engine/collect/session.h, struct kqt_account):
    due       = performed + missed + skipped + folded     the stimulus' side
    performed = samples + transition + gap + pending      the collector's side
and after the end nothing is folded or pending, idle and under load."""

import contextlib

import pytest

from cli_kqtop import FILTERS, SANITIZED, cpu_load, live

CONFIGS = {
    "default": [],
    "seed": ["--preset", "seed"],
    "storm": ["--preset", "storm"],
    "spin": ["--preset", "spin"],
    "dither": ["--dither"],
    "spread": ["--spread"],
    "50us": ["--stimulus", "50us"],
    "edge": ["--write", "edge"],
    "level": ["--write", "level", "--stimulus", "50us"],
    "slow": ["--timeout", "1s", "--stimulus", "100ms", "--phase", "7ms"],
}
DURATION_S = 0.5


@pytest.fixture(scope="module", params=[(name, load) for load in ("idle", "loaded")
                                        for name in CONFIGS], ids="-".join)
def final(request):
    name, load = request.param
    with cpu_load() if load == "loaded" else contextlib.nullcontext():
        return live(*CONFIGS[name], duration=f"{DURATION_S}s").final


def targets(final, name):
    """How many sources of a filter the stimulus triggers."""
    config = final["config"]
    return {"timer": 0, "read": config["num_sockets"], "vnode": config["num_file_watchers"],
            "write": config["num_sockets"] if config["write"] == "driven" else 0}[name]


def timer_rate(n):
    """Expirations a second of n timers of 1 + i % 10 ms."""
    return sum(1000 / (1 + i % 10) for i in range(n))


@pytest.mark.parametrize("name", ["read", "write", "vnode"])
def test_every_due_is_performed_or_counted_by_name(final, name):
    a = final["filters"][name]["account"]
    assert min(a.values()) >= 0, a
    assert a["due"] == a["performed"] + a["missed"] + a["skipped"], a
    assert a["folded"] == 0 and a["failed"] == 0, a


@pytest.mark.parametrize("name", ["read", "write", "vnode"])
def test_every_performed_trigger_is_a_sample_or_counted_by_name(final, name):
    a = final["filters"][name]["account"]
    assert a["performed"] == a["samples"] + a["transition"] + a["gap"], a
    assert a["pending"] == 0 and a["gap"] == 0, a


def test_every_expiration_is_a_sample_or_counted_by_name(final):
    # by the clock: it is read before and after a timer's last expirations are, and one of
    # each timer may lie between; more where a sanitizer and a load keep us from the CPU
    # between the two, milliseconds at a time
    n = final["config"]["num_timers"]
    between = n + (timer_rate(n) * 0.05 if SANITIZED else 0)
    a = final["filters"]["timer"]["account"]
    taken = a["samples"] + a["transition"] + a["gap"]
    assert abs(a["performed"] - taken) <= between, a
    assert a["missed"] == a["skipped"] == a["failed"] == a["gap"] == 0, a


def test_no_report_of_a_stamped_filter_is_without_its_stamp(final):
    for name in FILTERS:
        if name == "write" and final["config"]["write"] != "driven":
            assert final["filters"][name]["unstamped"] is None
        else:
            assert final["filters"][name]["unstamped"] == 0, name


def test_dues_are_those_of_the_schedule(final):
    # From outside: sources live from before the duration begins until after it has passed.
    # Two ticks more or less: one at each end.
    stimulus, period_s = final["stimulus"], final["config"]["stimulus_us"] / 1e6
    ticks = stimulus["ticks"] + stimulus["lost"]
    assert DURATION_S / period_s - 2 <= ticks <= final["elapsed_s"] / period_s + 2
    for name in ("read", "write", "vnode"):
        due, n = final["filters"][name]["account"]["due"], targets(final, name)
        # they join and leave one after the other, with ticks between
        assert n * (DURATION_S / period_s - 2) <= due <= n * ticks, name


def test_expirations_are_those_of_the_intervals(final):
    n = final["config"]["num_timers"]
    due = final["filters"]["timer"]["account"]["due"]
    assert timer_rate(n) * DURATION_S - n <= due <= timer_rate(n) * final["elapsed_s"] + n


def test_most_triggers_are_samples(final):
    # The identities also hold for a program that drops everything. What is on its way when
    # the run ends is dropped; where the CPUs are busy elsewhere that is a good part, and with
    # a sanitizer's slowness it was more than half of a run of half a second.
    for name in FILTERS:
        a = final["filters"][name]["account"]
        enough = (0.2 if SANITIZED else 0.5) * a["performed"] - final["config"]["num_timers"]
        assert a["samples"] >= enough, (name, a)
        assert targets(final, name) == 0 or a["samples"] > 0, name


def test_missed_dues_are_those_that_samples_carry(final):
    # what a filter tells and what the account tells are counted on different threads
    stimulus, period_s = final["stimulus"], final["config"]["stimulus_us"] / 1e6
    early = stimulus["ticks"] + stimulus["lost"] - DURATION_S / period_s + 2
    for name in ("read", "write", "vnode"):
        f = final["filters"][name]
        if f["missed"] is None:
            continue
        left_out = f["account"]["missed"] - f["missed"]
        assert left_out >= 0, name
        # the stamps that a change dropped carried theirs away; and a sample leaves out the
        # dues it carries from before the first configuration was in force: ticks lost then
        assert f["account"]["transition"] > 0 or left_out <= targets(final, name) * early, name
