# SPDX-License-Identifier: MIT
"""The folder of the watched files: what cannot be used is told, and nothing stays there."""

import ctypes
import errno
import os
import resource
import signal

import pytest

from cli_kqtop import LIMIT_S, SANITIZED, kqtop, live, one_message, started, wait_for_measuring

IN_CREATE, IN_MOVED_TO = 0x100, 0x80


class Names:
    """Notices each name that appears in a folder, however short its life."""

    def __init__(self, folder):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self.fd >= 0, os.strerror(ctypes.get_errno())
        watch = self.libc.inotify_add_watch(self.fd, os.fsencode(folder),
                                            IN_CREATE | IN_MOVED_TO)
        assert watch >= 0, os.strerror(ctypes.get_errno())

    def seen(self):
        """Raw records so far; empty when no name has appeared."""
        try:
            return os.read(self.fd, 65536)
        except BlockingIOError:
            return b""

    def close(self):
        os.close(self.fd)


@pytest.fixture
def folder(tmp_path):
    """A fresh folder on a file system that has files without a name."""
    path = tmp_path / "watched"
    path.mkdir()
    try:
        os.close(os.open(path, os.O_TMPFILE | os.O_RDWR))
    except OSError as e:
        if e.errno in (errno.EOPNOTSUPP, errno.EISDIR):
            pytest.skip(f"no O_TMPFILE in {tmp_path}: a name appears for microseconds")
        raise
    return path


@pytest.fixture
def names(folder):
    watching = Names(folder)
    yield watching
    watching.close()


def test_fixture_notices_a_name_that_is_gone_at_once(folder, names):
    (folder / "x").touch()
    (folder / "x").unlink()
    assert b"x" in names.seen()


@pytest.mark.parametrize("preset", ["default", "storm", "watchers"])
def test_no_name_appears_during_a_run_and_nothing_is_left(folder, names, preset):
    final = live("--watch-dir", folder, "--preset", preset, duration="200ms").final
    assert final["filters"]["vnode"]["events"] > 0  # files were written there
    assert os.listdir(folder) == [] and names.seen() == b""


def test_no_name_appears_during_a_collection(folder, names):
    assert kqtop("collect", "-n", 64, "--watch-dir", folder, text=False).returncode == 0
    assert os.listdir(folder) == [] and names.seen() == b""


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGABRT", "SIGSEGV"])
def test_nothing_is_left_after_a_signal(folder, names, name):
    if name == "SIGSEGV" and SANITIZED:
        pytest.skip("the sanitizer reports a SIGSEGV as a finding")
    def no_core():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with started("live", "--json-lines", "--watch-dir", folder, preexec_fn=no_core) as child:
        wait_for_measuring(child)
        child.send_signal(getattr(signal, name))
        child.wait(LIMIT_S)
    assert os.listdir(folder) == [] and names.seen() == b""


def unusable(tmp_path):
    (tmp_path / "file").write_text("")
    return {
        "nonexistent": (tmp_path / "none", "no such file"),
        "file": (tmp_path / "file", "not a directory"),
        "no permission": ("/proc/1", ""),  # nobody can make a file there
    }


@pytest.mark.parametrize("case", ["nonexistent", "file", "no permission"])
def test_unusable_folder_is_named_and_the_other_sources_run(tmp_path, case):
    path, why = unusable(tmp_path)[case]
    lines = live("--watch-dir", path, duration="100ms", interval="50ms")
    assert lines.stderr.startswith("kqtop: watchers: 0 of 4 registered: ")
    assert lines.stderr.count("\n") == 1 and f"'{path}'" in lines.stderr and why in lines.stderr
    for line in lines:
        assert len(line["unregistered"]) == 1
        entry = line["unregistered"][0]
        assert (entry["filter"], entry["wanted"], entry["got"]) == ("vnode", 4, 0)
        assert f"'{path}'" in entry["error"] and entry["error"] in lines.stderr
    filters = lines.final["filters"]
    assert filters["vnode"]["events"] == 0
    assert all(filters[name]["events"] > 0 for name in ("timer", "read", "write"))


def test_unusable_folder_does_not_keep_collect_from_its_bytes(tmp_path):
    result = kqtop("collect", "-n", 64, "--watch-dir", tmp_path / "none", text=False)
    assert result.returncode == 0 and len(result.stdout) == 64
    assert str(tmp_path / "none") in result.stderr.decode()


def test_unusable_folder_is_refused_by_strict(tmp_path):
    message = one_message(kqtop("live", "--json-lines", "--duration", "1s", "--strict",
                                "--watch-dir", tmp_path / "none"), 2)
    assert str(tmp_path / "none") in message and "strict" in message


def test_unusable_folder_leaves_nothing_to_run_when_there_are_only_files(tmp_path):
    message = one_message(kqtop("collect", "-n", 64, "--preset", "watchers", "--watch-dir",
                                tmp_path / "none"), 1)
    assert "nothing could be registered" in message and str(tmp_path / "none") in message


@pytest.mark.parametrize("before", ["a", "ab"])
def test_unusable_folder_whose_name_is_cut_is_told_in_whole_characters(before, tmp_path):
    # one of the two is cut in the middle of a character, wherever that is
    recording = tmp_path / "r.jsonl"
    lines = live("--watch-dir", f"/{before}{'é' * 100}", "--record", recording, duration="50ms")
    error = lines.final["unregistered"][0]["error"]
    assert f"cannot make a file in '/{before}éé" in error and "é...': no such file" in error
    assert kqtop("replay", "--json-lines", recording).returncode == 0


def test_unusable_folder_does_not_matter_when_there_are_no_files(tmp_path):
    lines = live("--preset", "timers", "--watch-dir", tmp_path / "none", duration="50ms")
    assert lines.stderr == "" and lines.final["unregistered"] == []


def test_unusable_tmpdir_is_replaced_by_memory_as_nobody_asked_for_it_by_name(tmp_path):
    lines = live("--preset", "watchers", duration="100ms",
                 env=dict(os.environ, TMPDIR=str(tmp_path / "none")))
    assert lines.stderr == "" and lines.final["filters"]["vnode"]["events"] > 0


def test_symbolic_link_planted_in_the_folder_is_not_followed(folder, tmp_path):
    # the seed wrote to names that anyone could guess, and overwrote what they led to
    victim = tmp_path / "victim"
    victim.write_text("precious")
    for i in range(8):
        for pattern in (f"kqtop{i}", f"kqtop-{i}", f".kqtop-{i}", f"kqueue_{i}", f"kq_{i}.tmp"):
            (folder / pattern).symlink_to(victim)
    before = sorted(os.listdir(folder))
    live("--watch-dir", folder, duration="100ms")
    assert victim.read_text() == "precious" and sorted(os.listdir(folder)) == before
