# SPDX-License-Identifier: MIT
"""What the screen costs who looks at it: kqtop, and htop and btop where they are installed,
measured in the same way by a program at the other end of a pseudo-terminal. Bytes are only
counted there, not drawn, so that reading them takes no time from what is measured.

Neighbours have another job; the figures say what a terminal program of this kind costs here."""

import errno
import fcntl
import gzip
import json
import os
import pathlib
import pty
import random
import re
import select
import shutil
import signal
import statistics
import struct
import tempfile
import termios
import time

from gates import gate, table

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SIGNALS = ["INT", "TERM", "HUP", "QUIT", "SEGV", "ABRT", "USR1"]
QUIET_S = 0.05      # silence after which a frame was complete
WATCH_S = 8         # of bytes and CPU time while nobody presses a key
KEYS = 41
SLOW_BYTES_S = 960  # a serial line of 9600 baud
HISTORY_S = 5400    # of a recording: 5 of 5 levels of the history have columns


class Tty:
    """A program on a pseudo-terminal; what it writes is counted, with its times."""

    def __init__(self, argv, cols, rows, env=None):
        environment = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8",
                           XDG_CONFIG_HOME="/nonexistent/kqtop-bench", **(env or {}))
        for name in ("LINES", "COLUMNS", "NO_COLOR", "COLORTERM", "TMUX"):
            environment.pop(name, None)
        self.fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave, self.status, self.tail, self.end_s = slave, None, b"", None
        self.start = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for fd in (0, 1, 2):
                    os.dup2(slave, fd)
                os.closerange(3, 64)
                os.execvpe(argv[0], argv, environment)
            finally:
                os._exit(127)
        os.set_blocking(self.fd, False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
        os.close(self.slave)

    def ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status, self.end_s = status, time.monotonic()
        return self.status is not None

    def read(self, seconds, most=65536):
        """@return bytes of one read, 0 when nothing came in that time"""
        if not select.select([self.fd], [], [], max(0, seconds))[0]:
            return 0
        try:
            data = os.read(self.fd, most)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EAGAIN):
                raise
            return 0
        self.tail = (self.tail + data)[-4096:]
        return len(data)

    def until_quiet(self, quiet_s=QUIET_S, limit_s=10):
        """@return when the last byte came, or None"""
        last, end = None, time.monotonic() + limit_s
        while time.monotonic() < end:
            if self.read(quiet_s if last else 0.5):
                last = time.monotonic()
            elif last or self.ended():
                return last
        return last

    def take(self, seconds):
        n, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            n += self.read(end - time.monotonic())
        return n

    def cpu_ns(self, main_only):
        total = 0
        for task in pathlib.Path(f"/proc/{self.pid}/task").glob("*"):
            if main_only and task.name != str(self.pid):
                continue
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                pass
        return total

    def resident_mib(self):
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024

    def key(self, text):
        os.write(self.fd, text.encode())

    def restored(self):
        """The line's modes as before, cursor seen, alternate screen and mouse off."""
        modes = termios.tcgetattr(self.slave)[:4] == self.before[:4]
        def last(on, off):
            return self.tail.rfind(off) > self.tail.rfind(on)
        return modes and last(b"\x1b[?25l", b"\x1b[?25h") and last(b"\x1b[?1049h", b"\x1b[?1049l")


def first_frame_ms(program):
    took = []
    for _ in range(5):
        with Tty(program["argv"], *program["size"]) as t:
            last = t.until_quiet()
            if last:
                took.append((last - t.start) * 1e3)
    return statistics.median(took) if took else None


def watched(program):
    """Bytes a second, CPU % of the interface, MiB, while it is only looked at."""
    with Tty(program["argv"], *program["size"]) as t:
        t.take(3)
        before, begin = t.cpu_ns(program["own"]), time.monotonic()
        n = t.take(WATCH_S)
        took = time.monotonic() - begin
        return (n / took, (t.cpu_ns(program["own"]) - before) / took / 1e7, t.resident_mib())


def key_ms(program):
    """From a key to the first byte after it, at moments when the screen is still."""
    took, other = [], 0
    with Tty(program["argv"], *program["size"]) as t:
        t.take(2)
        for i in range(KEYS):
            t.take(random.uniform(0.05, 0.15))
            while t.read(0.01):
                pass
            begin = time.monotonic()
            t.key(program["keys"][i % len(program["keys"])])
            if t.read(1):
                took.append((time.monotonic() - begin) * 1e3)
            else:
                other += 1
    return statistics.median(took) if len(took) > other else None


def quit_ms(program):
    """From q to the end of the process, on a line that takes 960 bytes a second."""
    took = []
    for _ in range(3):
        with Tty(program["argv"], 80, 24) as t:
            begin, got, pressed = time.monotonic(), 0, None
            while not t.ended() and time.monotonic() - begin < 40:
                now = time.monotonic() - begin
                if pressed is None and now > 4:
                    t.key("q")
                    pressed = time.monotonic()
                room = int(now * SLOW_BYTES_S) - got
                if room > 0:
                    read = t.read(0, room)
                    got = got + read if read else int(now * SLOW_BYTES_S)
                time.sleep(0.002)
            took.append((t.end_s - pressed) * 1e3 if t.end_s and pressed else 40e3)
    return statistics.median(took)


def not_restored(program):
    """Signals after which the terminal is not as it was."""
    left = []
    for name in SIGNALS:
        with Tty(program["argv"], *program["size"]) as t:
            t.take(1)
            os.kill(t.pid, getattr(signal, "SIG" + name))
            end = time.monotonic() + 2
            while not t.ended() and time.monotonic() < end:
                t.read(0.01)
            while t.read(0.05):
                pass
            if not t.ended() or not t.restored():
                left.append(name)
    return left


def long_recording(folder):
    """tests/data's session, its quiet seconds again and again: an hour and a half."""
    path = pathlib.Path(folder) / "long.jsonl"
    data = ROOT / "tests/data"
    (pathlib.Path(folder) / "long.jsonl.hlog").write_bytes(
        gzip.decompress((data / "session.jsonl.hlog.gz").read_bytes()))
    lines = gzip.decompress((data / "session.jsonl.gz").read_bytes()).decode().splitlines()
    parts = [x for x in lines if x.startswith('{"type":"interval"')][1:5]
    begin = json.loads(parts[0])["tally"]["start_ns"]
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines[:2]) + "\n")
        for i in range(HISTORY_S):
            text = parts[i % len(parts)]
            for key, value in (("start_ns", begin + i * 10**9), ("end_ns", begin + (i + 1) * 10**9),
                               ("elapsed_s", i + 1.0)):
                text = re.sub(rf'"{key}":[\d.e+]+', f'"{key}":{value}', text)
            file.write(text + "\n")
    return str(path)


def history_mib():
    """What an hour and a half of history adds, from a replay of it at its fastest."""
    sizes = []
    with tempfile.TemporaryDirectory() as folder:
        path = long_recording(folder)
        for at in ("10", str(HISTORY_S)):
            with Tty([os.environ["KQTOP"], "replay", path, "--pause-at", at, "--keep", "0"], 140, 45) as t:
                t.until_quiet(3, 120)  # it shows its way while it reads
                sizes.append(t.resident_mib())
    return sizes[1] - sizes[0]


def programs():
    kqtop = os.environ["KQTOP"]
    # own: the interface is one thread of it; the others measure
    rows = [{"name": "kqtop 140x45", "argv": [kqtop, "live"], "size": (140, 45), "own": True, "keys": "kf"},
            {"name": "kqtop 120x40", "argv": [kqtop, "live"], "size": (120, 40), "own": True, "keys": "kf"}]
    for name, keys in (("htop", ["\x1bOB", "\x1bOA"]), ("btop", ["e"])):
        path = shutil.which(name)
        if path:
            rows.append({"name": f"{name} 120x40", "argv": [path], "size": (120, 40), "own": False,
                         "keys": keys})
    return rows


def measure(_rounds):
    result = {"programs": []}
    for program in programs():
        bytes_s, cpu, mib = watched(program)
        result["programs"].append({
            "name": program["name"], "first_frame_ms": first_frame_ms(program), "bytes_s": bytes_s,
            "cpu_percent": cpu, "resident_mib": mib, "quit_ms": quit_ms(program),
            "key_ms": key_ms(program), "not_restored": not_restored(program)})
    plain = {"argv": [os.environ["KQTOP"], "live", "--assess-window", "0"], "size": (140, 45), "own": True}
    result["plain_mib"], result["history_mib"] = watched(plain)[2], history_mib()
    own = result["programs"][0]
    result["gates"] = [
        gate("first full frame", own["first_frame_ms"], 20, "ms"),
        gate("bytes a second, 140x45, 4 frames a second", own["bytes_s"], 3000, "B/s"),
        gate("CPU of the interface's thread", own["cpu_percent"], 0.5, "%"),
        gate("resident, an hour and a half of history, no assessor",
             result["plain_mib"] + result["history_mib"], 24, "MiB"),
        gate("q to the end, a line of 960 B/s", own["quit_ms"], 50, "ms"),
        gate("key to the first byte of its effect, median", own["key_ms"], 5, "ms"),
        gate("signals after which the terminal is not as it was", len(own["not_restored"]), 0, "of 7")]
    return result


def show(result):
    print("\na terminal program while it is looked at; kqtop: CPU of the interface's thread, the others: "
          "all threads")
    rows = [(p["name"], p["first_frame_ms"], p["bytes_s"], p["cpu_percent"], p["resident_mib"],
             p["quit_ms"], p["key_ms"], ", ".join(p["not_restored"]) or "none") for p in result["programs"]]
    table(("", "frame, ms", "bytes/s", "CPU, %", "MiB", "q slow, ms", "key, ms", "not restored"), rows,
          first=16, width=14)
    print(f"kqtop without the assessor {result['plain_mib']:.1f} MiB; {HISTORY_S / 3600:g} h of history add "
          f"{result['history_mib']:.1f}")
    print("frame: fork to the last byte before 50 ms of silence; not restored: after which of "
          + " ".join(SIGNALS))
