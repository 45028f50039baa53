# SPDX-License-Identifier: MIT
"""kqtop config and the configuration file: settings of the screen, presets of one's own,
where each value comes from."""
import json
import os

import pytest

from cli_kqtop import environment, kqtop, one_message

TEXT = """# mine
[kqtop]
theme = light  ; for the sun
timers = 16
colour = blue
preset = seed

[preset tail]
timers = 2
timeout = 20ms
dither = on
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "kqtop").mkdir()
    (tmp_path / "kqtop/config").write_text(TEXT)
    return tmp_path


def run(home, *args):
    return kqtop(*args, env=environment(XDG_CONFIG_HOME=str(home)))


def config(home, *args):
    result = run(home, "config", "--json", *args)
    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    rows = {row["name"]: (row["value"], row["source"], row["line"], row["preset"])
            for row in found["measured"] + found["screen"]}
    return found, rows


def test_each_value_says_where_it_comes_from(home):
    found, rows = config(home, "--sockets", 2, "--scale", "log")
    assert found["schema"] == 1 and found["exists"] and found["file"] == f"{home}/kqtop/config"
    assert rows["preset"] == ("seed", "file", 6, None)
    assert rows["timers"] == ("16", "file", 4, None)
    assert rows["sockets"] == ("2", "option", None, None)
    assert rows["write"] == ("level", "file", 6, "seed")
    assert rows["phase"] == ("0us", "default", None, None)
    assert rows["theme"] == ("light", "file", 3, None)
    assert rows["scale"] == ("log", "option", None, None)
    assert rows["glyphs"] == ("auto", "default", None, None)
    assert found["presets"] == [{"name": "tail", "options": "--timers 2 --timeout 20ms --dither"}]
    assert found["unknown"] == [{"section": "kqtop", "name": "colour", "line": 5}]


def test_preset_of_the_command_line_stands_above_the_file(home):
    _, rows = config(home, "--preset", "tail", "--watchers=1")
    assert rows["timers"] == ("2", "option", None, "tail")
    assert rows["dither"] == ("on", "option", None, "tail")
    assert rows["watchers"] == ("1", "option", None, None)


def test_text_has_the_same(home):
    result = run(home, "config", "--sockets", 2)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["file", f"{home}/kqtop/config"]
    words = [line.split() for line in lines]
    assert ["timers", "16", "file:4"] in words
    assert ["sockets", "2", "command", "line"] in words
    assert ["stimulus", "500us", "preset", "seed,", "file:6"] in words
    assert ["theme", "light", "file:3"] in words
    assert ["tail", "--timers", "2", "--timeout", "20ms", "--dither"] in words
    assert ["colour", "[kqtop],", "file:5"] in words


def test_without_a_file(tmp_path):
    found, rows = config(tmp_path)
    assert not found["exists"] and found["file"] == f"{tmp_path}/kqtop/config"
    assert {source for _, source, _, _ in rows.values()} == {"default"}
    assert not list(tmp_path.iterdir()), "looking makes nothing"


@pytest.mark.parametrize("command", [
    ["live", "--json-lines", "--duration", "20ms"], ["collect", "-n", "1", "-o", "/dev/null"],
    ["bench", "--rounds", "1", "--round-time", "50ms", "--json"], ["config"],
])
def test_own_preset_is_known_to_every_command_that_measures(home, command):
    result = run(home, *command, "--preset", "tail")
    assert result.returncode == 0, result.stderr


def test_report_names_the_preset_and_is_read_where_nobody_knows_it(home, tmp_path):
    report = tmp_path / "r.json"
    assert run(home, "bench", "--rounds", 1, "--round-time", "50ms", "--preset", "tail", "-o",
               report).returncode == 0
    assert json.loads(report.read_text())["config"]["preset"] == "tail"
    elsewhere = kqtop("compare", report, report)
    assert elsewhere.returncode in (0, 1, 3), elsewhere.stderr
    report.write_text(report.read_text().replace('"preset":"tail"', '"preset":"a\\u001bb"'))
    assert "preset" in one_message(kqtop("compare", report, report), 2)


def test_unknown_preset_names_those_there_are(home):
    message = one_message(run(home, "collect", "-n", 1, "--preset", "nope"), 2)
    assert "'nope'" in message and "storm, tail)" in message


@pytest.mark.parametrize("line,why", [
    ("theme = dark", "theme: 'dark' is none of default, light, contrast, mono"),
    ("interval = 1ms", "interval: '1ms' is not a duration from 10ms to 60000ms"),
    ("timers = 5000", "timers: 5000 is out of range (0 to 4096)"),
    ("view = nowhere", "view: 'nowhere' is none of "),
    ("mouse = \\x1b[31m", "mouse: "),
])
@pytest.mark.parametrize("explicit", [True, False])
def test_bad_value_is_refused_by_file_line_and_key(home, line, why, explicit):
    path = home / "kqtop/config"
    path.write_text(f"[kqtop]\n# c\n{line}\n")
    where = ["--config", path] if explicit else []
    message = one_message(run(home, "config", *where), 2)
    assert message.startswith(f"{path}:3: {why}")


@pytest.mark.parametrize("where", ["locked", "a file"])
def test_own_file_that_cannot_be_reached_is_told_and_left_alone(home, where):
    """HOME may still speak of another user. A file that was named must be there."""
    root = ()
    if where == "locked":
        (home / "kqtop").chmod(0)
        root = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    else:
        home = home / "kqtop/config"
    env = environment(XDG_CONFIG_HOME=str(home))
    result = kqtop("collect", "-n", 3, "--format", "hex", env=env,
                   under=root if os.geteuid() == 0 else ())
    assert (result.returncode, len(result.stdout.strip())) == (0, 6)
    why = "permission denied" if where == "locked" else "not a directory"
    assert result.stderr == f"kqtop: '{home}/kqtop/config' is not read: {why}\n"
    result = kqtop("collect", "-n", 3, "--config", f"{home}/kqtop/config", env=env,
                   under=root if os.geteuid() == 0 else ())
    assert why in one_message(result, 2)


def test_settings_of_the_screen_are_no_matter_without_one(home):
    (home / "kqtop/config").write_text("[kqtop]\ntheme = dark\ninterval = 20ms\n")
    assert run(home, "collect", "-n", 1, "-o", "/dev/null").returncode == 0
    (home / "kqtop/config").write_text("[kqtop]\ninterval = 60s\nstream = lsb\n")
    result = run(home, "live", "--json-lines", "--duration", "700ms")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) >= 2 and {line["entropy"]["stream"] for line in lines} == {"seed"}


def test_option_of_a_setting_is_checked():
    assert "'pink'" in one_message(kqtop("config", "--theme", "pink"), 2)
    assert "'--theme'" in one_message(kqtop("collect", "-n", 1, "--theme", "light"), 2)
