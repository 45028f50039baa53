# SPDX-License-Identifier: MIT
"""The command line and the configuration file: what is taken, what is refused and how."""

import os
import shutil
import subprocess

import pytest

from cli_kqtop import (PRESETS, SOURCES, WITHOUT, config_of, environment, kqtop, live,
                       one_message)

# interface.md, "Common": option, JSON name, range in its own unit, unit, default
TUNABLES = [
    ("timers", "num_timers", 0, 4096, "", 8),
    ("sockets", "num_sockets", 0, 4096, "", 4),
    ("watchers", "num_file_watchers", 0, 4096, "", 4),
    ("timeout", "timeout_ms", 0, 60000, "ms", 1),
    ("stimulus", "stimulus_us", 10, 1000000, "us", 500),
    ("phase", "phase_us", 0, 1000000, "us", 0),
    ("collection", "collection", 1, 1048576, "", 1024),
    ("priority", "priority", 0, 99, "", 0),
    ("slack", "slack_ns", 0, 1000000000, "ns", 0),
]
OTHER_OPTIONS = ["write", "dither", "watch-dir", "preset", "backend", "cpu", "mlock", "strict"]

# measurement.md, "Presets": timers, sockets, watchers, timeout, stimulus, write
PRESET_VALUES = {
    "default": (8, 4, 4, 1, 500, "driven"),
    "seed": (8, 4, 4, 1, 500, "level"),
    "timers": (8, 0, 0, 1, 500, "driven"),
    "sockets": (0, 4, 0, 1, 500, "driven"),
    "watchers": (0, 0, 4, 1, 500, "driven"),
    "quiet": (0, 0, 0, 1, 500, "driven"),
    "spin": (8, 4, 4, 0, 500, "driven"),
    "storm": (64, 32, 32, 1, 50, "driven"),
}
PRESET_KEYS = [*SOURCES.values(), "timeout_ms", "stimulus_us", "write"]


def refused(*args, **how):
    """A command line that must end with status 2 and one sentence, which it gives."""
    return one_message(kqtop(*args, **how), 2)


# -- refused -----------------------------------------------------------------------


@pytest.mark.parametrize("command", ["live", "info", "collect"])
@pytest.mark.parametrize("option", ["--frobnicate", "-x", "--no-timers", "--timer-count=3"])
def test_unknown_option_is_named_and_refused(command, option):
    message = refused(command, option)
    assert f"'{option}'" in message and f"kqtop {command} --help" in message


def test_unknown_command_is_named_and_the_commands_listed():
    message = refused("frobnicate")
    assert "'frobnicate'" in message
    assert all(command in message for command in ["live", "info", "collect"])


@pytest.mark.parametrize("args,says", [
    (["assess", "data", "--bogus"], "no option '--bogus'"),
    (["assess", "data", "more", "-?"], "no option '-?'"),
    (["compare", "a.json", "--margin"], "option '--margin' needs a value"),
    (["compare", "a.json", "b.json", "--json=3"], "option '--json=3' takes no value"),
    (["sweep", "timers=1", "-q", "sockets=1"], "no option '-q'"),
])
def test_option_behind_an_operand_is_the_one_that_is_named(args, says):
    assert refused(*args).removeprefix(args[0] + ": ").startswith(says)


@pytest.mark.parametrize("command", ["live", "info", "collect"])
def test_operand_is_named_and_refused(command):
    assert "'surplus'" in refused(command, "surplus")


@pytest.mark.parametrize("option", ["--" + row[0] for row in TUNABLES] +
                         ["--write", "--watch-dir", "--preset", "--backend", "--cpu", "--config"])
def test_option_at_the_end_without_its_value_is_refused(option):
    message = refused("collect", "-n", "1", option)
    assert f"'{option}'" in message and "value" in message


@pytest.mark.parametrize("option", ["-n", "--format", "--stream", "--deadline-ms", "-o"])
def test_collect_option_without_its_value_is_refused(option):
    assert f"'{option}'" in refused("collect", option)


@pytest.mark.parametrize("option,value", [
    *[(row[0], row[3] + 1) for row in TUNABLES],
    *[(row[0], row[2] - 1) for row in TUNABLES if row[2] > 0],
    ("timers", 2 ** 64), ("timers", 2 ** 64 + 4), ("collection", 2 ** 63),
    ("timeout", "61s"), ("timeout", "2m"), ("stimulus", "2s"), ("stimulus", "0.009ms"),
    ("slack", "1001ms"), ("timeout", "999999h"),
])
def test_value_out_of_range_is_refused_with_option_value_and_range(option, value):
    row = next(row for row in TUNABLES if row[0] == option)
    message = refused("collect", "-n", "1", f"--{option}", value)
    assert message.startswith(f"{option}: ") and str(value) in message
    assert f"({row[2]}{row[4]} to {row[3]}{row[4]})" in message


@pytest.mark.parametrize("value", ["1024", "0,1024"])
def test_cpu_out_of_range_is_refused_with_its_range(value):
    message = refused("collect", "-n", "1", "--cpu", value)
    assert value in message and "(0 to 1023)" in message


@pytest.mark.parametrize("option,value", [
    ("timers", "-1"), ("timers", "+1"), ("timers", "x"), ("timers", ""), ("timers", " 3"),
    ("timers", "3.0"), ("timers", "0x10"), ("timeout", "1e3"), ("timeout", "-1ms"),
    ("timeout", "5 ms"), ("timeout", "5parsec"), ("timeout", ".5s"), ("stimulus", "us"),
])
def test_what_is_no_number_is_refused_with_option_and_value(option, value):
    message = refused("collect", "-n", "1", f"--{option}={value}")
    assert message.startswith(f"{option}: '{value}'")


@pytest.mark.parametrize("option,value,unit", [
    ("timeout", "0.0005ms", "ms"), ("timeout", "1500us", "ms"), ("stimulus", "9999ns", "us"),
    ("phase", "0.0005ms", "us"),
])
def test_fraction_of_an_option_s_unit_is_refused(option, value, unit):
    message = refused("collect", "-n", "1", f"--{option}", value)
    assert option in message and value in message and f"whole number of {unit}" in message


def test_unknown_names_are_refused_with_what_there_is():
    assert all(name in refused("collect", "-n", "1", "--preset", "foo")
               for name in ["'foo'", *PRESETS])
    assert all(name in refused("collect", "-n", "1", "--write", "foo")
               for name in ["'foo'", "driven", "edge", "level"])
    assert all(name in refused("collect", "-n", "1", "--format", "foo")
               for name in ["'foo'", "raw", "hex", "base64", "timings"])
    for command in (["collect", "-n", "1"], ["live", "--json-lines"]):
        assert all(name in refused(*command, "--stream", "foo")
                   for name in ["'foo'", "seed", "low8", "lsb", "notification"])
    assert "'foo'" in refused("collect", "-n", "1", "--backend", "foo")


def test_no_source_at_all_is_refused_unless_asked_for_by_preset():
    message = refused("live", "--json-lines", "--timers", "0", "--sockets", "0",
                      "--watchers", "0")
    assert "no source" in message and "quiet" in message


@pytest.mark.parametrize("value", ["0", "0s", "-1", "x", ""])
def test_live_refuses_a_duration_that_is_none(value):
    message = refused("live", "--json-lines", f"--duration={value}")
    assert "duration" in message and f"'{value}'" in message


@pytest.mark.parametrize("value", ["9ms", "61s", "x"])
def test_live_refuses_an_interval_out_of_range_with_the_range(value):
    message = refused("live", "--json-lines", "--interval", value)
    assert f"'{value}'" in message and "10ms" in message and "60000ms" in message


def test_flag_refuses_a_value_that_is_neither_on_nor_off():
    assert "dither: 'perhaps'" in refused("collect", "-n", "1", "--dither=perhaps")


def test_option_that_takes_no_value_refuses_one():
    assert "--json" in refused("info", "--json=yes")


def test_control_characters_of_a_value_do_not_reach_the_terminal():
    message = refused("collect", "-n", "1", "--timers", "\x1b[31mred")
    assert "\x1b" not in message and "red" in message


# -- taken ---------------------------------------------------------------------------


def test_defaults_are_those_of_the_interface():
    config = config_of()
    assert {row[1]: config[row[1]] for row in TUNABLES} == {row[1]: row[5] for row in TUNABLES}
    assert config["write"] == "driven" and config["preset"] == "default"
    assert [config[flag] for flag in ("dither", "mlock", "strict")] == [False] * 3


@pytest.mark.parametrize("option,value", [
    ("timeout", 0), ("timeout", 60000), ("stimulus", 10), ("stimulus", 1000000),
    ("phase", 0), ("phase", 1000000), ("collection", 1), ("collection", 1048576),
    ("watchers", 0), ("sockets", 0), ("timers", 0), ("priority", 0), ("slack", 0),
])
def test_ends_of_a_range_are_inside(option, value):
    row = next(row for row in TUNABLES if row[0] == option)
    assert value in row[2:4]
    assert config_of(f"--{option}", value)[row[1]] == value


HAS_SLACK = pytest.mark.skipif("slack_prctl" in WITHOUT, reason="built without timer slack")


@pytest.mark.parametrize("option,text,value", [
    ("timeout", "500ms", 500), ("timeout", "2s", 2000), ("timeout", "1m", 60000),
    ("timeout", "7", 7), ("timeout", "1000us", 1), ("timeout", "1.5s", 1500),
    ("stimulus", "0.5ms", 500), ("stimulus", "1s", 1000000), ("stimulus", "20000ns", 20),
    ("stimulus", "600", 600), ("phase", "250us", 250), ("phase", "0.0010ms", 1),
    pytest.param("slack", "1us", 1000, marks=HAS_SLACK),
    pytest.param("slack", "60000", 60000, marks=HAS_SLACK),
])
def test_duration_takes_a_unit_and_a_bare_number_is_in_its_own(option, text, value):
    row = next(row for row in TUNABLES if row[0] == option)
    assert config_of(f"--{option}", text)[row[1]] == value


def test_preset_sets_what_the_design_says():
    for name in PRESETS:
        config = config_of("--preset", name)
        assert tuple(config[key] for key in PRESET_KEYS) == PRESET_VALUES[name], name
        assert config["preset"] == name


def test_preset_and_single_options_combine_whatever_their_order():
    for options in (["--preset", "quiet", "--timeout", "0"],
                    ["--timeout", "0", "--preset", "quiet"]):
        config = config_of(*options)
        assert tuple(config[key] for key in PRESET_KEYS) == (0, 0, 0, 0, 500, "driven")
    config = config_of("--write", "edge", "--timers", "3", "--preset", "seed", "--timers", "5")
    assert tuple(config[key] for key in PRESET_KEYS) == (5, 4, 4, 1, 500, "edge")


def test_last_of_two_equal_options_wins():
    assert config_of("--timers", "3", "--timers=5")["num_timers"] == 5
    assert config_of("--preset", "storm", "--preset", "timers")["preset"] == "timers"
    assert config_of("--dither", "--dither=off")["dither"] is False


def test_flags_and_texts_arrive(tmp_path):
    config = config_of("--dither", "--strict=on", "--mlock=no", "--watch-dir", tmp_path,
                       "--backend", "epoll", "--write", "level")
    assert (config["dither"], config["strict"], config["mlock"]) == (True, True, False)
    assert (config["watch_dir"], config["backend"], config["write"]) == \
        (str(tmp_path), "epoll", "level")


@pytest.mark.skipif("pin_cpu_set" in WITHOUT, reason="built without pinning to a CPU")
def test_cpu_arrives():
    assert config_of("--cpu", "0")["cpu"] == "0"


@pytest.mark.parametrize("probe,option,value", [("pin_cpu_set", "cpu", "0"),
                                                ("slack_prctl", "slack", "1000")])
def test_what_the_system_lacks_is_refused_by_name(probe, option, value):
    if probe not in WITHOUT:
        pytest.skip(f"this build has {probe}; `make test WITHOUT={probe}` tries the other way")
    message = refused("collect", "-n", "64", f"--{option}", value)
    assert f"--{option} {value}" in message and "not supported here" in message


def test_live_is_the_command_when_none_is_given():
    result = kqtop("--json-lines", "--duration", "20ms", "--preset", "timers")
    assert result.returncode == 0 and '"preset":"timers"' in result.stdout


# -- help and version ------------------------------------------------------------------


@pytest.mark.parametrize("command", ["live", "collect"])
@pytest.mark.parametrize("letter", ["--help", "-h"])
def test_help_lists_every_tunable_with_its_range(command, letter):
    result = kqtop(command, letter)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("usage: kqtop") and command in lines[0]
    for name, _, low, high, unit, default in TUNABLES:
        line = next((t for t in lines if t.startswith(f"  --{name} ")), None)
        assert line, f"no --{name}"
        assert f"({low} to {high}{unit}, default {default}{unit})" in line
    for name in OTHER_OPTIONS:
        assert any(t.startswith(f"  --{name}") for t in lines), name
    assert all(name in next(t for t in lines if "--preset" in t) for name in PRESETS)


def test_help_lists_the_options_of_each_command():
    for command, options in {"live": ["--duration T", "--interval T", "--json-lines[=FILE]"],
                             "info": ["--json"],
                             "collect": ["-n", "--format raw|hex|base64|timings",
                                         "--stream STREAM", "--deadline-ms MS", "-o"]}.items():
        result = kqtop(command, "--help")
        assert (result.returncode, result.stderr) == (0, "")
        assert all(f"  {option}" in result.stdout for option in options), command


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_general_help_lists_the_commands(word):
    result = kqtop(word)
    assert (result.returncode, result.stderr) == (0, "")
    assert all(f"\n  {command} " in result.stdout for command in ["live", "info", "collect"])


@pytest.mark.parametrize("command", [[], ["live"], ["info"], ["collect"]])
def test_version_is_said_by_every_command(command):
    result = kqtop(*command, "--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.split()[0] == "kqtop" and result.stdout.split()[1][0].isdigit()
    assert result.stdout == kqtop("--version").stdout


def test_help_needs_nothing_else_to_be_right():
    assert kqtop("collect", "--timers", "3", "--help").returncode == 0


# -- the configuration file --------------------------------------------------------------


@pytest.fixture
def conf(tmp_path):
    """Gives write(text, name) -> path of a configuration file."""
    def write(text, name="conf"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path
    return write


def test_file_sets_values_and_its_preset_comes_before_them(conf):
    path = conf("# mine\n[kqtop]\ntimers = 3\ntimeout = 2s\nwrite = edge\ndither = yes\n"
                "preset = seed\nnum_sockets = 2\n")
    config = config_of("--config", path)
    assert tuple(config[key] for key in PRESET_KEYS) == (3, 2, 4, 2000, 500, "edge")
    assert config["dither"] is True and config["preset"] == "seed"


def test_command_line_beats_file_beats_default(conf):
    path = conf("[kqtop]\ntimers = 3\nsockets = 2\n")
    config = config_of("--config", path, "--timers", "5")
    assert (config["num_timers"], config["num_sockets"]) == (5, 2)
    assert config["num_file_watchers"] == 4
    # a preset given by hand is single options given by hand: it beats the file's too
    assert config_of("--config", path, "--preset", "storm")["num_timers"] == 64


def test_key_that_is_not_ours_is_left_alone(conf):
    path = conf("[kqtop]\nfavourite_colour = blue\ntimers = 3\n[other]\ntimers = x\n")
    assert config_of("--config", path)["num_timers"] == 3


@pytest.mark.parametrize("text,line,words", [
    ("[kqtop]\n\ntimers = 5000\n", 3, ["timers", "5000", "(0 to 4096)"]),
    ("[kqtop]\ntimers = 3\ntimeout = soon\n", 3, ["timeout", "'soon'"]),
    ("[kqtop]\npreset = foo\n", 2, ["'foo'", *PRESETS]),
    ("[kqtop]\ntimers = 3\n\nthis is no line\n", 4, ["key = value"]),
    ("[kqtop]\nwrite = \x1b[2J\n", 2, ["control"]),
])
def test_bad_line_of_a_file_is_told_with_file_and_line(conf, text, line, words):
    path = conf(text)
    message = refused("collect", "-n", "1", "--config", path)
    assert message.startswith(f"{path}:{line}: ")
    assert all(word in message for word in words)


def test_file_given_by_name_must_be_there(tmp_path):
    message = refused("collect", "-n", "1", "--config", tmp_path / "none")
    assert str(tmp_path / "none") in message and "no such file" in message


def test_folder_in_place_of_a_file_is_refused(tmp_path):
    assert str(tmp_path) in refused("collect", "-n", "1", "--config", tmp_path)


def test_usual_file_is_read_from_xdg_config_home_else_home(conf, tmp_path):
    conf("[kqtop]\ntimers = 3\n", "xdg/kqtop/config")
    conf("[kqtop]\ntimers = 5\n", "home/.config/kqtop/config")
    home = str(tmp_path / "home")
    with_xdg = environment(XDG_CONFIG_HOME=str(tmp_path / "xdg"), HOME=home)
    assert config_of(env=with_xdg)["num_timers"] == 3
    assert config_of(env=environment(XDG_CONFIG_HOME=None, HOME=home))["num_timers"] == 5
    assert config_of("--timers", "7", env=with_xdg)["num_timers"] == 7


def test_file_given_by_name_replaces_the_usual_one(conf, tmp_path):
    conf("[kqtop]\ntimers = 3\n", "xdg/kqtop/config")
    other = conf("[kqtop]\nsockets = 2\n")
    config = config_of("--config", other,
                       env=environment(XDG_CONFIG_HOME=str(tmp_path / "xdg")))
    assert (config["num_timers"], config["num_sockets"]) == (8, 2)


def test_usual_file_may_be_missing_but_not_bad(conf, tmp_path):
    assert config_of(env=environment(XDG_CONFIG_HOME=str(tmp_path)))["num_timers"] == 8
    path = conf("[kqtop]\ntimers = many\n", "kqtop/config")
    message = refused("collect", "-n", "1", env=environment(XDG_CONFIG_HOME=str(tmp_path)))
    assert message.startswith(f"{path}:2: timers: 'many'")


def test_info_reads_no_configuration(conf, tmp_path):
    conf("[kqtop]\ntimers = many\n", "kqtop/config")
    result = kqtop("info", env=environment(XDG_CONFIG_HOME=str(tmp_path)))
    assert result.returncode == 0, result.stderr


# -- no guessing -------------------------------------------------------------------


@pytest.mark.parametrize("args", [("--timer=3",), ("--timer", "3"), ("--dith",), ("--form", "hex"),
                                  ("--prese=spin",)])
def test_a_beginning_of_an_option_is_not_taken_for_it(args):
    """A script that relied on it would break with the next option that begins so."""
    assert f"no option '{args[0]}'" in refused("collect", "-n", "1", *args)


BENCH = ("bench", "--rounds", "1", "--round-time", "50ms", "--preset", "timers")


@pytest.mark.parametrize("args", [("--help",), ("--version",), ("info",), ("info", "--json"),
                                  ("collect", "--help"), BENCH, (*BENCH, "--json"),
                                  (*BENCH, "--fail-if", "timeouts>=0", "--json")])
def test_what_reaches_nobody_is_an_error(args):
    with open("/dev/full", "w") as full:
        done = kqtop(*args, stdout=full)
    assert done.returncode == 1
    assert done.stderr.count("cannot write to standard output: no space left on device\n") == 1


def test_messages_are_english_and_json_is_utf8_in_every_locale(tmp_path):
    # French words in ISO-8859-1 are no UTF-8: "m\xe9moire"
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", "fr_FR", "-f", "ISO-8859-1", tmp_path / "fr_FR.iso88591"],
        capture_output=True, check=False, timeout=60).returncode == 0
    if not made or not os.path.exists("/usr/share/locale/fr/LC_MESSAGES/libc.mo"):
        pytest.skip("no French locale can be made here, or libc has no French words")
    # where LOCPATH is set, glibc's setlocale of one category forgets its list of folders
    leaky = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    french = environment(LOCPATH=str(tmp_path), LC_ALL="fr_FR.iso88591", ASAN_OPTIONS=leaky)
    nowhere = tmp_path / "none"
    assert f"'{nowhere}': no such file or directory" in refused("replay", nowhere, env=french)
    # /proc takes no files, for another reason
    error = live("--watch-dir", "/proc/1", duration="50ms", env=french).final["unregistered"][0]
    assert error["error"].isascii() and "cannot make a file" in error["error"]
