# SPDX-License-Identifier: MIT
"""The checks themselves: each must fail when it should, else it guards nothing."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A machine on which nothing is installed and apt-get only writes down what it is
# asked for, then "installs" it.
FAKE = {
    "dpkg-query": 'for last; do :; done; grep -qx "$last" "$FAKE_STATE" && printf installed',
    "apt-get": 'echo "$*" >>"$FAKE_STATE.log"\n'
               'case $1 in install) for p; do echo "$p" >>"$FAKE_STATE"; done; esac',
    "id": "echo 0",
    "pkg-config": 'test "$*" = "--exists jansson" && test -e "$FAKE_STATE.jansson"',
    "cc": "exit 1",
}
TOOLS = ["awk", "sed", "tr", "cut", "cat", "env", "grep", "uname", "dirname", "sh", "ls"]


@pytest.fixture
def machine(tmp_path):
    """Gives run(action, what, **environment) -> completed process, and a state file."""
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    for name, body in FAKE.items():
        (bin_dir / name).write_text(f"#!/bin/sh\n{body}\n")
        (bin_dir / name).chmod(0o755)
    for name in TOOLS:
        for folder in ("/usr/bin", "/bin"):
            if os.path.exists(f"{folder}/{name}") and not (bin_dir / name).exists():
                (bin_dir / name).symlink_to(f"{folder}/{name}")
    state = tmp_path / "installed"
    state.write_text("")

    def run(*args):
        return subprocess.run(
            [str(ROOT / ".ci/deps"), *args], capture_output=True, text=True, check=False,
            env={"PATH": str(bin_dir), "FAKE_STATE": str(state), "PYTHON": "/nonexistent"})

    run.state = state
    run.log = pathlib.Path(f"{state}.log")
    return run


def test_deps_names_what_is_missing_and_what_for(machine):
    done = machine("check", "jansson")
    assert done.returncode == 1
    assert done.stderr == ("kqtop needs jansson (JSON output): Debian package libjansson-dev; "
                           "`make deps` installs it\n")
    assert not machine.log.exists()


def test_deps_installs_only_what_is_missing(machine):
    machine.state.write_text("zlib1g-dev\n")
    done = machine("install", "jansson", "zlib")
    assert done.returncode == 0, done.stderr
    installs = [line for line in machine.log.read_text().splitlines() if line.startswith("install")]
    assert len(installs) == 1
    assert installs[0].endswith(" libjansson-dev")
    assert "libjansson-dev" in done.stdout  # said before it is done


def test_deps_asks_apt_nothing_when_nothing_is_missing(machine):
    machine.state.write_text("libjansson-dev\n")
    assert machine("install", "jansson").returncode == 0
    assert not machine.log.exists()


def test_deps_counts_a_library_built_by_hand(machine):
    pathlib.Path(f"{machine.state}.jansson").touch()
    assert machine("check", "jansson").returncode == 0


def test_deps_refuses_a_name_not_in_the_table(machine):
    assert machine("check", "nonesuch").returncode == 2


def layers(folder):
    return subprocess.run([sys.executable, str(ROOT / "tests/checks/layers.py"), "build"],
                          cwd=folder, capture_output=True, text=True, check=False)


def make_tree(folder, files, objects):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for source, headers in objects.items():
        path = (folder / "build" / source).with_suffix(".d")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"build/x.o: {source} \\\n {' '.join(headers)}\n")


GOOD = {
    "engine/base/b.h": "",
    "engine/hist/h.h": '#include "engine/base/b.h"\n',
    "engine/hist/h.c": '#include "engine/hist/h.h"\n',
    "engine/engine.h": '#include "engine/hist/h.h"\n',
    "tui/main.c": '#include "engine/engine.h"\n',
}


def test_layers_accepts_arrows_that_point_down(tmp_path):
    make_tree(tmp_path, GOOD, {
        "engine/hist/h.c": ["engine/hist/h.h", "engine/base/b.h"],
        "tui/main.c": ["engine/engine.h", "engine/hist/h.h", "engine/base/b.h"]})
    done = layers(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("source, include", [
    ("engine/base/b.h", "engine/hist/h.h"),
    ("engine/hist/h.c", "engine/engine.h"),
    ("engine/hist/h.c", "tui/t.h"),
    ("engine/engine.h", "tui/t.h"),
    ("tui/main.c", "engine/hist/h.h"),
    ("engine/hist/h.c", "tests/support/s.h"),
])
def test_layers_refuses_an_arrow_that_does_not_exist(tmp_path, source, include):
    make_tree(tmp_path, {**GOOD, "tui/t.h": "", source: f'#include "{include}"\n'}, {
        "engine/hist/h.c": ["engine/hist/h.h", "engine/base/b.h"],
        "tui/main.c": ["engine/engine.h"]})
    done = layers(tmp_path)
    assert done.returncode == 1
    assert f"{source}: {include}" in done.stderr


def test_layers_refuses_an_include_that_only_the_compiler_saw(tmp_path):
    make_tree(tmp_path, {**GOOD, "engine/report/r.h": ""}, {
        "engine/hist/h.c": ["engine/hist/h.h", "engine/report/r.h"]})
    done = layers(tmp_path)
    assert done.returncode == 1
    assert "engine/hist/h.c: engine/report/r.h" in done.stderr


def test_layers_refuses_to_judge_an_empty_build(tmp_path):
    make_tree(tmp_path, GOOD, {})
    assert layers(tmp_path).returncode == 1


@pytest.mark.parametrize("text, good", [("#include <stddef.h>\nsize_t f(void);\n", True),
                                        ("size_t f(void);\n", False)])
def test_headers_must_compile_alone(tmp_path, text, good):
    (tmp_path / "h.h").write_text(text)
    done = subprocess.run([str(ROOT / "tests/checks/headers"), "-I.", "h.h"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == good


# A C test without cmocka: it says in TAP what it is told to say, then ends as told.
RUNNER_CASES = [
    ("1..1\nok 1 - a\n", "exit 0", "1 passed, 0 failed, 0 skipped", 0),
    ("1..2\nok 1 - a\nnot ok 2 - b\n", "exit 1", "1 passed, 1 failed, 0 skipped", 1),
    ("1..2\nok 1 - a\nskip: no strace\nnot ok 2 # SKIP b\n", "exit 0",
     "1 passed, 0 failed, 1 skipped", 0),
    ("1..1\nnot ok 1 # SKIP b\n", "exit 0", "0 passed, 0 failed, 1 skipped", 1),
    ("1..2\nok 1 - a\n", "kill -SEGV $$", "1 passed, 1 failed, 0 skipped", 1),
    ("1..2\nok 1 - a\n", "exit 0", "1 passed, 1 failed, 0 skipped", 1),
    ("1..1\nok 1 - a\n", "exit 23", "1 passed, 1 failed, 0 skipped", 1),
    ("", "exit 0", "0 passed, 1 failed, 0 skipped", 1),
]


@pytest.mark.parametrize("says, ends, line, code", RUNNER_CASES)
def test_runner_counts(tmp_path, says, ends, line, code):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/run").write_text((ROOT / "tests/run").read_text())
    (tmp_path / "says").write_text(says)
    (tmp_path / "t").write_text(f"#!/bin/sh\ncat says\n{ends}\n")
    (tmp_path / "t").chmod(0o755)
    done = subprocess.run([sys.executable, str(tmp_path / "tests/run"), "t"],
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "KQT_PROFILE": "release"})
    assert done.stdout.splitlines()[-1] == line
    assert done.returncode == code
    if "strace" in says:
        assert "SKIP t: b: no strace" in done.stdout


def test_runner_counts_no_test_as_an_error(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/run").write_text((ROOT / "tests/run").read_text())
    done = subprocess.run([sys.executable, str(tmp_path / "tests/run")],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.endswith("0 passed, 0 failed, 0 skipped\n")


COUNTED = """int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 5) {
		argc += 2;

		return argc;
	}
	return 0;
}
"""


def coverage(tmp_path, *args):
    return subprocess.run([sys.executable, str(ROOT / "tests/checks/coverage.py"), *args], cwd=tmp_path,
                          capture_output=True, text=True, check=False)


def test_coverage_names_the_lines_that_did_not_run(tmp_path):
    (tmp_path / "engine").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "engine/a.c").write_text(COUNTED)
    made = subprocess.run(["gcc", "--coverage", "-c", "engine/a.c", "-o", "b/a.o"], cwd=tmp_path,
                          capture_output=True, check=False) if shutil.which("gcc") and shutil.which("gcov") else None
    if not made or made.returncode:
        pytest.skip("no gcc with gcov")
    subprocess.run(["gcc", "--coverage", "b/a.o", "-o", "b/a"], cwd=tmp_path, check=True)
    subprocess.run(["b/a"], cwd=tmp_path, check=True)
    done = coverage(tmp_path, "b", "engine")
    assert done.returncode == 0, done.stderr
    # between the two there is no code
    assert done.stdout == " 60.0 % of    5 engine/a.c: 5-7\n60.0 %: 3 of 5 lines\n"


def test_coverage_refuses_to_judge_an_empty_build(tmp_path):
    assert coverage(tmp_path, ".").returncode == 1
