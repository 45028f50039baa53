# SPDX-License-Identifier: MIT
"""What watches over the threads sees something: with a release store weakened
ThreadSanitizer complains, with a wrong role clang's analysis does."""

import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RING = ["tests/stress/ring.c", "engine/base/spsc.c"]
RUNS = "4"


def compiled(tmp_path, *flags):
    """The ring's stress test with ThreadSanitizer, as a command."""
    program = tmp_path / "ring"
    made = subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-I.", "-O1", "-g", "-pthread",
                           "-fsanitize=thread", *flags, *RING, "-o", str(program)],
                          cwd=ROOT, capture_output=True, text=True, check=False)
    if made.returncode:
        if "tsan" in made.stderr:
            pytest.skip("no ThreadSanitizer here")
        raise AssertionError(made.stderr)
    # gcc 12's does not know address spaces as random as newer kernels make them
    fixed = ["setarch", "-R"] if shutil.which("setarch") else []
    if subprocess.run([*fixed, "true"], capture_output=True, check=False).returncode:
        fixed = []
    return [*fixed, str(program), RUNS]


def run(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False,
                          env={"TSAN_OPTIONS": "halt_on_error=1"})


def test_ring_between_two_threads_that_stop_anywhere_accounts_for_everything(tmp_path):
    result = run(compiled(tmp_path))
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    assert "all accounted for" in result.stdout


def test_sanitizer_complains_when_the_release_store_is_weakened(tmp_path):
    result = run(compiled(tmp_path, "-DKQT_SPSC_RELEASE=memory_order_relaxed"))
    assert result.returncode and "data race" in result.stderr
    assert re.search(r"kqt_spsc_(pop|push|span)|look", result.stderr)


ROLES = """
#include "engine/base/annot.h"
struct thing {{ int mine KQT_OWNED(on_collector); }};
void touch(struct thing *t) {role};
void touch(struct thing *t)
{{
	t->mine++;
}}
void call(struct thing *t) KQT_ON({caller});
void call(struct thing *t)
{{
	touch(t);
}}
"""


@pytest.mark.parametrize("role,caller,refused", [
    ("KQT_ON(on_collector)", "on_collector", None),
    ("KQT_ON(on_main)", "on_main", "'mine' requires holding role 'on_collector'"),
    ("", "on_collector", "'mine' requires holding role 'on_collector'"),
    ("KQT_ON(on_collector)", "on_stimulus", "'touch' requires holding role 'on_collector'"),
])
def test_clang_refuses_a_wrong_role(tmp_path, role, caller, refused):
    if not shutil.which("clang"):
        pytest.skip("no clang")
    source = tmp_path / "role.c"
    source.write_text(ROLES.format(role=role, caller=caller))
    result = subprocess.run(["clang", "-std=c17", "-I.", "-fsyntax-only", "-Wthread-safety",
                             "-Werror=thread-safety", str(source)],
                            cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode == 0) == (refused is None), result.stderr
    assert refused is None or refused in result.stderr.replace("writing variable ", "").replace("calling function ", ""), result.stderr
