# SPDX-License-Identifier: MIT
"""Whole runs of the program in which one call fails, and a verdict on each.

tests/faults/shim.c, preloaded, knows every place from which a call is made (a site: the
call and its callers) and lets one of them fail. A first run of a command without a fault
lists its sites; each of them then fails in runs of its own. Whatever fails, a run

    ends in time, by itself, with an exit status that the manual knows;
    is either complete, or says in words what failed;
    leaves nothing in the folders for temporary files, and of its results whole
    files or none;
    leaks nothing (under the address sanitizer)."""

import contextlib
import errno
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
from fcntl import ioctl

from cli_kqtop import KQTOP, PROFILE, ROOT, WITHOUT, environment
import report_make

BUILD = pathlib.Path(os.environ.get("KQT_BUILD") or ROOT / "build" / PROFILE)
SHIM = BUILD / "tests/faults/shim.so"
LIMIT_S = 60 if PROFILE == "asan" else 15  # a hang; runs take some 0.2 s

# -- the shim's table: struct sites in tests/faults/shim.c ------------------------------------

SITES, FRAMES, NAME, MODULES, MODULE_NAME = 16384, 14, 24, 64, 48
HEAD = struct.Struct(f"<QQ{MODULES * MODULE_NAME}s")
SITE = struct.Struct(f"<QQQ{NAME}s{FRAMES}Q")


PLACES = {}


def learn_places(sites):
    """One look into the program's lines for all of them: it takes a moment."""
    new = {f for s in sites for f in s.frames if f and f >> 48 == 0} - set(PLACES)
    addresses = "".join(f"{f - 1:#x}\n" for f in sorted(new))
    out = subprocess.run(["addr2line", "-s", "-f", "-e", KQTOP], input=addresses, text=True,
                         capture_output=True, check=False).stdout.splitlines()
    PLACES.update({f: f"{fn} {at.split(' ')[0]}"
                   for f, fn, at in zip(sorted(new), out[::2], out[1::2])})


def place_of(frame):
    return PLACES.get(frame) or f"{frame:#x}"


class Site:
    def __init__(self, raw, modules):
        self.key, self.count, self.ready, call, *self.frames = SITE.unpack(raw)
        self.call = call.split(b"\0")[0].decode()
        # the libraries between the program and the call, innermost first
        self.through = []
        for frame in self.frames:
            name = modules[frame >> 48] if frame >> 48 < len(modules) else "?"
            if not name or not frame:
                break
            if name not in self.through:
                self.through.append(name)

    def where(self):
        """The program's own functions on the stack, innermost first."""
        text = " < ".join(place_of(f) for f in self.frames if f and f >> 48 == 0) or "?"
        return f"({' < '.join(self.through)}) {text}" if self.through else text


def read_sites(path):
    data = path.read_bytes()
    fired, overflow, names = HEAD.unpack_from(data)
    assert not overflow, "more sites than the table holds"
    modules = [names[i:i + MODULE_NAME].split(b"\0")[0].decode()
               for i in range(0, len(names), MODULE_NAME)]
    found = [Site(data[at:at + SITE.size], modules)
             for at in range(HEAD.size, HEAD.size + SITES * SITE.size, SITE.size)
             if data[at:at + 8] != b"\0" * 8]
    return fired, [s for s in found if s.ready]


def why_not():
    """Why no fault can be injected here, or None."""
    if PROFILE == "tsan":
        return "the thread sanitizer cannot have its memory functions preloaded"
    if not SHIM.exists():
        return f"no {SHIM}: a preloaded library is for Linux with glibc"
    if PROFILE == "asan":
        ldd = subprocess.run(["ldd", KQTOP], text=True, capture_output=True, check=False)
        if "libasan" not in ldd.stdout:
            return "clang's sanitizer lies in the program, and comes before what is preloaded"
    return None


# -- which effects a call has -----------------------------------------------------------------

NO_MEMORY, NO_FD, NO_SPACE = errno.ENOMEM, errno.EMFILE, errno.ENOSPC
EFFECTS = {
    "malloc": [NO_MEMORY], "calloc": [NO_MEMORY], "realloc": [NO_MEMORY],
    "posix_memalign": [NO_MEMORY], "mmap": [NO_MEMORY],
    "open": [NO_FD, errno.EACCES], "openat": [NO_FD, errno.EACCES],
    "fopen": [NO_FD, errno.EACCES], "fdopen": [NO_MEMORY], "tmpfile": [NO_FD],
    "open_memstream": [NO_MEMORY],
    "fcntl": [errno.EINVAL], "ioctl": [errno.EIO], "pipe": [NO_FD], "pipe2": [NO_FD],
    "dup2": [errno.EBUSY], "socketpair": [NO_FD], "socket": [NO_FD, errno.ENOBUFS],
    "listen": [errno.EADDRINUSE], "setsockopt": [errno.ENOBUFS],
    "epoll_create1": [NO_FD, NO_MEMORY], "epoll_ctl": [NO_SPACE, NO_MEMORY],
    "epoll_wait": [errno.EINTR, errno.EBADF], "epoll_pwait2": [errno.EINTR, errno.EBADF, errno.ENOSYS],
    "timerfd_create": [NO_FD, NO_MEMORY], "timerfd_settime": [errno.EINVAL],
    "inotify_init1": [NO_FD, NO_MEMORY], "inotify_add_watch": [NO_SPACE, NO_MEMORY],
    "inotify_rm_watch": [errno.EINVAL],
    "eventfd": [NO_FD, NO_MEMORY], "memfd_create": [NO_FD],
    "fflush": [NO_SPACE], "fwrite": [NO_SPACE], "fputs": [NO_SPACE], "fclose": [NO_SPACE],
    "fgets": [errno.EIO],
    "close": [errno.EIO], "fsync": [errno.EIO, NO_SPACE], "ftruncate": [NO_SPACE],
    "fchmod": [errno.EPERM], "fstat": [errno.EIO], "stat": [errno.EACCES],
    "lstat": [errno.EACCES], "access": [errno.EACCES], "faccessat": [errno.EACCES],
    "rename": [errno.EXDEV, NO_SPACE], "renameat": [errno.EXDEV, NO_SPACE],
    "mkstemp": [NO_FD, NO_SPACE], "mkostemp": [NO_FD, NO_SPACE], "mkdtemp": [NO_SPACE],
    "realpath": [NO_MEMORY], "flock": [errno.ENOLCK], "lseek": [errno.EIO],
    "futimens": [errno.EIO],
    "read": [errno.EINTR, errno.EIO, "short"], "write": [errno.EINTR, NO_SPACE, "short"],
    "pread": [errno.EIO, "short"], "pwrite": [NO_SPACE, "short"],
    "send": [errno.ENOBUFS, errno.EPIPE], "recv": [errno.EINTR, errno.EIO],
    "pthread_create": [errno.EAGAIN], "posix_spawnp": [errno.EAGAIN],
    "posix_spawn": [errno.EAGAIN], "fork": [errno.EAGAIN],
    "waitpid": [errno.EINTR], "poll": [errno.EINTR], "ppoll": [errno.EINTR],
    "pselect": [errno.EINTR], "nanosleep": [errno.EINTR],
    "sigaction": [errno.EINVAL], "sigaltstack": [NO_MEMORY], "prctl": [errno.EINVAL],
    "getrlimit": [errno.EINVAL], "mlockall": [NO_MEMORY],
    "tcgetattr": [errno.EIO], "tcsetattr": [errno.EIO],
    "clock_realtime": ["jump"], "clock_monotonic": ["jump"], "clock_other": [errno.EINVAL],
}
# An interruption or half of the bytes is nobody's business: the run is complete.
UNSEEN = {errno.EINTR, "short"}


# -- commands ---------------------------------------------------------------------------------

class Command:
    """A command line, and how to see that what it made is complete."""

    name = ""
    args = ()
    files = ()  # that it makes in its folder when all goes well
    statuses = (0, 1, 2)
    keys = None  # on a pseudo-terminal, with these

    def prepare(self, folder):
        """Input that lies in the folder before the start."""

    def complete(self, folder, run):
        """None, or what is missing of a run that says it went well."""


def lines_complete(text):
    lines = [json.loads(line) for line in text.splitlines()]
    if not lines or not lines[-1]["final"]:
        return "no final line"
    return None


class Live(Command):
    name = "live"
    args = ("live", "--json-lines", "--duration", "60ms", "--interval", "20ms")

    def complete(self, folder, run):
        return lines_complete(run.stdout)


class Record(Command):
    name = "record"
    args = ("live", "--json-lines=lines", "--duration", "80ms", "--interval", "40ms", "--record", "rec",
            "--record-raw")
    files = ("lines", "rec", "rec.hlog", "rec.raw")
    keys = b""

    def complete(self, folder, run):
        missing = [f for f in self.files if not (folder / f).exists()]
        return f"no {missing}" if missing else lines_complete((folder / "lines").read_text())


class Screen(Command):
    name = "screen"
    args = ("live", "--duration", "400ms")
    keys = b"234?\x1br51+"

    def complete(self, folder, run):
        return None if "kqtop" in run.stdout else "nothing was shown"


class Collect(Command):
    name = "collect"
    args = ("collect", "-n", "64", "-o", "bytes")
    files = ("bytes",)

    def complete(self, folder, run):
        return None if (folder / "bytes").stat().st_size == 64 else "not 64 bytes"


class Timings(Command):
    name = "timings"
    args = ("collect", "-n", "64", "--format", "hex", "--stream", "low8", "--preset", "seed")

    def complete(self, folder, run):
        return None if len(run.stdout.replace("\n", "")) == 128 else "not 64 bytes"


class Bench(Command):
    name = "bench"
    args = ("bench", "--rounds", "2", "--round-time", "50ms", "-o", "report")
    files = ("report", "report.hlog")

    def complete(self, folder, run):
        report = json.loads((folder / "report").read_text())
        return None if report["complete"] and len(report["rounds"]) == 2 else "not 2 rounds"


class BenchLoad(Bench):
    name = "bench-load"
    args = ("bench", "--rounds", "1", "--round-time", "50ms", "-o", "report", "--load", "files:1")

    def complete(self, folder, run):
        report = json.loads((folder / "report").read_text())
        return None if report["complete"] and len(report["rounds"]) == 1 else "not 1 round"


class Sweep(Command):
    name = "sweep"
    args = ("sweep", "timers=1,2", "--rounds", "3", "--round-time", "50ms", "--objective",
            "waits_per_s", "--seed", "7", "--json", "--watchers", "0", "--sockets", "1")

    def complete(self, folder, run):
        return None if len(json.loads(run.stdout)["points"]) == 2 else "not 2 points"


class Compare(Command):
    name = "compare"
    args = ("compare", "--html", "page.html", "a", "b")
    files = ("page.html",)
    statuses = (0, 1, 2, 3)

    def prepare(self, folder):
        for i, name in enumerate("ab"):
            report_make.write(folder / name, report_make.make_report(rounds=8, seed=i))

    def complete(self, folder, run):
        if run.status != 2 and not (folder / "page.html").read_text().endswith("</html>\n"):
            return "the page is cut"
        return None


class Assess(Command):
    name = "assess"
    args = ("assess", "--json", "--threads", "2", "samples")

    def prepare(self, folder):
        (folder / "samples").write_bytes(bytes((i * i * 31 + i // 7) & 0xff for i in range(3000)))

    def complete(self, folder, run):
        return None if "assessed" in run.stdout or "min_entropy" in run.stdout else "no result"


class Info(Command):
    name = "info"
    args = ("info",)

    def complete(self, folder, run):
        return None if len(run.stdout.splitlines()) > 5 else "not much"


class Serve(Command):
    name = "serve"
    args = ("serve", "--duration", "300ms", "--textfile", ".") + (
        () if "microhttpd" in WITHOUT else ("--listen", "127.0.0.1:0"))
    files = ("kqtop.prom",)

    def complete(self, folder, run):
        text = (folder / "kqtop.prom").read_text()
        return None if text.startswith("#") and text.endswith("\n") else "the file is cut"


COMMANDS = {c.name: c for c in (Live(), Record(), Screen(), Collect(), Timings(), Bench(), BenchLoad(), Sweep(),
                                Compare(), Assess(), Info(), Serve())}


# -- a run ------------------------------------------------------------------------------------

class Run:
    """What came of it."""

    def __init__(self):
        self.status = None  # exit status; negative: a signal; None: it hung
        self.stdout = self.stderr = ""
        self.fired = 0
        self.sites = []
        self.left = []
        self.report = ""
        self.restored = True
        self.seconds = 0.0

    def told(self):
        return [line for line in self.stderr.splitlines() if line.strip()]


def run_on_terminal(argv, env, cwd, keys, run):
    """All that it writes is standard output and error in one."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    before = termios.tcgetattr(slave)
    with subprocess.Popen(argv, env=env, cwd=cwd, stdin=slave, stdout=slave,
                          stderr=subprocess.PIPE, start_new_session=True) as child:
        os.set_blocking(child.stderr.fileno(), False)
        out, err, sent = b"", b"", 0
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            over = child.poll() is not None  # before the last look at what it wrote
            ready, _, _ = select.select([master], [], [], 0.02)
            with contextlib.suppress(OSError):
                out += os.read(master, 65536) if ready else b""
            with contextlib.suppress(OSError):
                err += child.stderr.read() or b""
            if b"\x1b[?1049h" in out and sent < len(keys):
                os.write(master, keys[sent:sent + 1])
                sent += 1
            if not ready and over:
                break
        else:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        run.status = child.returncode if time.monotonic() < end else None
    run.stdout, run.stderr = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
    after = termios.tcgetattr(slave)
    run.restored = after[:4] == before[:4] and all(
        out.rfind(off) >= out.rfind(on) for off, on in
        ((b"\x1b[?1049l", b"\x1b[?1049h"), (b"\x1b[?25h", b"\x1b[?25l")))
    os.close(master)
    os.close(slave)


def run_piped(argv, env, cwd, run):
    with subprocess.Popen(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, errors="replace",
                          start_new_session=True) as child:
        try:
            run.stdout, run.stderr = child.communicate(timeout=LIMIT_S)
            run.status = child.returncode
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            run.stdout, run.stderr = child.communicate()
            run.status = None


def run_command(command, fault=None, keep_sites=False):
    """@fault: (call, key, k, effect, on) or None."""
    run = Run()
    with tempfile.TemporaryDirectory(prefix="kqtop-faults-") as top:
        top = pathlib.Path(top)
        work, temporary, table = top / "work", top / "tmp", top / "sites"
        work.mkdir()
        temporary.mkdir()
        with open(table, "wb") as f:
            f.truncate(HEAD.size + SITES * SITE.size)
        command.prepare(work)
        before = set(os.listdir(work))
        changes = {"LD_PRELOAD": str(SHIM), "KQT_FAULT_SITES": str(table), "TMPDIR": str(temporary),
                   "TERM": "xterm-256color", "LINES": None, "COLUMNS": None}
        if fault:
            call, key, k, effect, on = fault
            changes["KQT_FAULT"] = f"{call}:{key:x}:{k}:{effect}" + (":on" if on else "")
        if PROFILE == "asan":
            changes["ASAN_OPTIONS"] = (f"verify_asan_link_order=0:allocator_may_return_null=1:log_path={top}/asan:"
                                       "exitcode=77:use_sigaltstack=0")
            changes["UBSAN_OPTIONS"] = f"log_path={top}/asan:print_stacktrace=1"
        env = environment(**changes)
        start = time.monotonic()
        argv = [KQTOP, *command.args]
        if command.keys is not None:
            run_on_terminal(argv, env, work, command.keys, run)
        else:
            run_piped(argv, env, work, run)
        run.seconds = time.monotonic() - start
        run.fired, sites = read_sites(table)
        run.sites = sites if keep_sites else []
        learn_places(run.sites)
        made = set(os.listdir(work)) - before
        run.left = sorted(os.listdir(temporary)) + sorted(made - set(command.files))
        for path in top.glob("asan.*"):
            text = path.read_text("utf-8", "replace")
            text = re.sub(r"(?m)^==\d+==WARNING: \w+ failed to allocate .*$", "", text)
            run.report += text.strip()
        run.incomplete = None
        if run.status is not None and run.status == 0 or run.status == 1 and command.name == "compare":
            try:
                run.incomplete = command.complete(work, run)
            except (OSError, ValueError, KeyError) as e:
                run.incomplete = f"{type(e).__name__}: {e}"
        run.files = made
    return run


# Each wakes another thread through an eventfd or a pipe of its own that is never full:
# there is no disk behind it, and its 8 bytes, or one, are written or not.
WAKES = ("kqt_pace_wake", "eq_wake", "on_noted")
# Records below PIPE_BUF in a pipe: the kernel never cuts one.
RECORDS = ("kqt_load_answer", "take_answers", "wait_answer", "read unistd.h:38 < wait_answer",
           "read unistd.h:38 < take_answers")


def possible(site, effect):
    if not any(f and f >> 48 == 0 for f in site.frames):
        return False  # a library's own thread, or a sanitizer's
    if effect == "short" and site.where().startswith(RECORDS):
        return False
    return not (effect in (NO_SPACE, "short") and site.call == "write" and site.where().startswith(WAKES))


def verdict(command, run, site=None, effect=None):
    """What is wrong with it, in a word or two; None when nothing is."""
    if site and run.restored and run.status in (-signal.SIGSEGV, -signal.SIGABRT) and \
            any(m.startswith(("libncurses", "libtinfo")) for m in site.through):
        return None  # curses itself does not look whether it got memory; see docs/TESTING.md
    if site and command.keys is not None and site.call in ("read", "write", "tcsetattr") and \
            re.search(" (term|app).c", site.where()) and effect not in UNSEEN and run.status in (0, -signal.SIGHUP):
        return None  # the terminal is gone: that is a hang-up, and nobody is there to be told
    if site and run.report and "leaked" in run.report and site.where().startswith("main main.c"):
        return None  # glibc's setlocale forgets a name when it has no memory for the next
    if run.status is None:
        return f"hangs (ended after {LIMIT_S} s)"
    if run.report:
        return f"sanitizer: {run.report[:3000]}"
    if run.status < 0:
        return f"ended by signal {-run.status}"
    if run.status not in command.statuses:
        return f"exit status {run.status}"
    if not run.restored:
        return "the terminal is not restored"
    if run.left:
        return f"left behind: {run.left}"
    if run.status == 0 and run.incomplete:
        return f"says 0, but: {run.incomplete}"
    if run.status not in (0, 3) and command.name != "compare" and not run.told():
        return f"status {run.status} without a word"
    if run.status == 2 and not run.told():
        return "status 2 without a word"
    if effect in UNSEEN and run.fired and run.status not in (0, 3) and command.name != "compare":
        return f"{effect} is seen: status {run.status}: {run.stderr.strip()}"
    return None
