# SPDX-License-Identifier: MIT
"""Names that a terminal would obey, folders in which others write, and what the endpoint
is sent by strangers. docs/SECURITY.md says what is promised."""

import os
import re
import resource
import shutil
import socket
import stat
import subprocess
import tempfile

import pytest

from cli_kqtop import KQTOP, LIMIT_S, SANITIZED, WITHOUT, environment, kqtop, started

# ESC [, BEL, DEL, and C1's CSI in UTF-8 and as a byte that is none
EVIL = "\x1b[31mX\x07\x7f\u009b\udc9b"
RAW = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")

SAID = [
    ["live", "--json-lines", "--duration", "50ms", "--watch-dir", f"/nonexistent/{EVIL}"],
    ["live", "--json-lines", "--duration", "50ms", "--record", f"/nonexistent/{EVIL}"],
    ["live", f"--json-lines=/nonexistent/{EVIL}"], ["live", "--config", f"/nonexistent/{EVIL}"],
    ["live", f"--{EVIL}"], ["live", "--preset", EVIL], ["live", "--timers", EVIL],
    ["live", "--backend", EVIL, "--json-lines"], [EVIL], ["help", EVIL],
    ["collect", "-n", "1", "-o", f"/nonexistent/{EVIL}"], ["assess", EVIL], ["replay", EVIL],
    ["compare", EVIL, "b"], ["bench", "-o", f"/nonexistent/{EVIL}"], ["bench", "--load", EVIL],
    ["bench", "--load-cmd", EVIL], ["bench", "--fail-if", EVIL], ["bench", "--label", EVIL],
    ["sweep", f"{EVIL}=1"], ["serve", "--listen", EVIL], ["serve", "--textfile", f"/nonexistent/{EVIL}"],
    ["serve", "--stream", EVIL], ["config", EVIL],
]


@pytest.mark.parametrize("args", SAID, ids=lambda a: "-".join(x for x in a if "X" not in x) or "command")
def test_message_holds_nothing_that_a_terminal_obeys(args):
    result = subprocess.run([KQTOP, *args], env=environment(), stdin=subprocess.DEVNULL,
                            capture_output=True, timeout=LIMIT_S, check=False)
    assert result.returncode in (1, 2) and result.stderr
    assert not RAW.search(result.stderr), result.stderr
    assert not RAW.search(result.stdout), result.stdout
    result.stderr.decode()  # UTF-8 to the end


def test_file_with_such_a_name_is_made_and_shown_harmless(tmp_path):
    # what is evil for a terminal is a name like others for a file system
    out = tmp_path / "a\x1b[2Jb"
    assert kqtop("collect", "-n", "4", "-o", out, text=False).returncode == 0
    assert out.stat().st_size == 4
    result = kqtop("assess", out, text=False)
    assert not RAW.search(result.stdout + result.stderr)


@pytest.fixture
def shared(tmp_path):
    """A folder such as /tmp: sticky, anybody may write; with a victim outside."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    (tmp_path / "victim").write_text("precious")
    return folder


def test_recording_goes_through_no_link_that_lies_there(shared, tmp_path):
    for name in ("rec", "rec.hlog"):
        (shared / name).symlink_to(tmp_path / "victim")
        result = kqtop("live", "--json-lines", "--duration", "50ms", "--record", shared / "rec")
        assert result.returncode == 2 and "exist" in result.stderr, result.stderr
        assert (tmp_path / "victim").read_text() == "precious"
        (shared / name).unlink()
    (shared / "rec").symlink_to(tmp_path / "not there")
    assert kqtop("live", "--json-lines", "--duration", "50ms", "--record", shared / "rec").returncode == 2
    assert not (tmp_path / "not there").exists()


def test_metrics_file_replaces_a_link_and_writes_through_none(shared, tmp_path):
    (shared / "kqtop.prom").symlink_to(tmp_path / "victim")
    (shared / ".kqtop.prom.unfinished").symlink_to(tmp_path / "victim")
    result = kqtop("serve", "--duration", "100ms", "--textfile", shared)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "victim").read_text() == "precious"
    assert not (shared / "kqtop.prom").is_symlink()


def test_report_is_written_beside_its_name_with_a_name_nobody_can_guess(shared):
    # for the moment in which it has another name: nobody else may open it for writing
    trace = shared.parent / "trace"
    try:
        done = subprocess.run(["strace", "-f", "-qq", "-e", "trace=openat,open", "-o", trace, KQTOP, "bench",
                               "--rounds", "1", "--round-time", "50ms", "-o", shared / "report"],
                              env=environment(ASAN_OPTIONS="detect_leaks=0"), capture_output=True,
                              timeout=LIMIT_S, check=False)
    except FileNotFoundError:
        pytest.skip("no strace")
    if done.returncode:
        pytest.skip(f"strace may not trace here: {done.stderr}")
    made = [line for line in trace.read_text().splitlines() if "O_CREAT" in line and str(shared) in line]
    assert made
    new = set()
    for line in made:
        name = re.search(r"/report(?:\.hlog)?\.\w{6}\"", line)
        assert name, line
        assert "O_EXCL" in line or name[0] in new, line
        new.add(name[0])
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((shared / "report").stat().st_mode) == 0o666 & ~mask


def test_watched_files_are_made_in_another_users_folder_as_any_user_would(shared):
    if os.geteuid() != 0:
        pytest.skip("another user needs root")
    os.chown(shared, 65534, 65534)
    shared.chmod(0o700)

    def nobody():
        os.setgroups([])
        os.setgid(65533)
        os.setuid(65533)
    done = subprocess.run([KQTOP, "live", "--json-lines", "--duration", "50ms", "--watch-dir", shared],
                          env=environment(ASAN_OPTIONS="detect_leaks=0"), text=True,
                          preexec_fn=nobody, capture_output=True, timeout=LIMIT_S, check=False, cwd="/")
    # kqtop itself may lie where that user cannot reach it
    if done.returncode and "kqtop" not in done.stderr:
        pytest.skip("the program cannot be started by another user here")
    assert done.returncode == 0 and "permission denied" in done.stderr


def test_program_has_no_special_rights():
    mode = os.stat(KQTOP).st_mode
    assert not mode & (stat.S_ISUID | stat.S_ISGID)
    with pytest.raises(OSError):
        os.getxattr(KQTOP, "security.capability")


@pytest.fixture
def as_nobody(tmp_path_factory):
    """Gives run(capability or None, *args), as a user without rights but that one."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("another user needs root and setpriv")
    if SANITIZED:
        pytest.skip("a sanitizer's shadow cannot be locked")
    with tempfile.TemporaryDirectory(prefix="kqtop-nobody-") as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(KQTOP, folder)

        def run(capability, *args):
            given = [f"--{which}-caps=+{capability}" for which in ("inh", "ambient") if capability]
            return subprocess.run(
                ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *given, program, "live",
                 "--json-lines", "--duration", "30ms", *args], cwd="/", text=True,
                env=environment(HOME=folder, TMPDIR=None), capture_output=True, timeout=LIMIT_S, check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536)))
        yield run


# docs/SECURITY.md, "What needs more than a user has"
@pytest.mark.parametrize("option,capability", [
    pytest.param(["--slack", "1000"], None,
                 marks=pytest.mark.skipif("slack_prctl" in WITHOUT, reason="built without timer slack")),
    (["--priority", "10"], "sys_nice"), (["--mlock"], "ipc_lock")],
    ids=["slack", "priority", "mlock"])
def test_option_needs_the_one_capability_that_is_documented_and_no_other(as_nobody, option, capability):
    with_it = as_nobody(capability, *option)
    if "setpriv" in with_it.stderr:
        pytest.skip(f"no such capability to give: {with_it.stderr.strip()}")
    assert with_it.returncode == 0, with_it.stderr
    if capability:
        without = as_nobody(None, *option)
        assert without.returncode == 2 and option[0].lstrip("-") in without.stderr, without.stderr


ABUSE = {
    "half a line": b"GET /met",
    "no end": b"GET /metrics HTTP/1.1\r\nHost: x\r\n",
    "long line": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "long header": b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + b"b" * 100_000 + b"\r\n\r\n",
    "many headers": b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    "dots": b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "zero byte": b"GET /metrics\x00.txt HTTP/1.1\r\nHost: x\r\n\r\n",
    "escape": b"GET /\x1b[31m HTTP/1.1\r\nHost: \x1b\r\n\r\n",
    "negative length": b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "huge length": b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nx",
    "both lengths": b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "noise": bytes(range(256)) * 64,
    "chunks for ever": b"POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"5\r\nabcde\r\n" * 2000,
}


def test_endpoint_bears_what_strangers_send(tmp_path):
    with started("serve", "--listen", "127.0.0.1:0", text=False) as child:
        said = child.stderr.readline().decode()
        if "without libmicrohttpd" in said:
            pytest.skip("built without libmicrohttpd")
        port = int(re.search(r":(\d+)/metrics", said)[1])
        open_ = []
        for name, request in ABUSE.items():
            s = socket.create_connection(("127.0.0.1", port), timeout=10)
            open_.append(s)  # left open: a place that is taken
            try:
                s.sendall(request)
                s.settimeout(0.3)
                reply = s.recv(65536)
            except (TimeoutError, ConnectionError):
                reply = b""
            if reply:
                assert reply.startswith(b"HTTP/1."), (name, reply[:80])
                # the library ends a path at its zero byte, as C does: no harm
                assert b" 200 " not in reply.split(b"\r\n")[0] or name == "zero byte", (name, reply[:80])
                assert b"root:" not in reply and b"\x1b" not in reply, name
        for s in open_:
            s.close()
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as s:
            s.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert s.recv(100).startswith(b"HTTP/1.")
        child.terminate()
        rest = child.stderr.read()
        assert child.wait(LIMIT_S) == 0
        assert not RAW.search(rest), rest
