# SPDX-License-Identifier: MIT
"""A program on a real pseudo-terminal, its screen kept by pyte.

Nothing in here sleeps to wait: `until` reads what the program writes until the
screen is as asked, or fails with the screen it saw."""
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import pyte

KQTOP = os.path.abspath(os.environ.get("KQTOP", "build/release/kqtop"))
# Sanitizers slow the program down several times, and CI machines are shared.
LIMIT_S = 20.0

# What pyte does not know: "repeat the last character n times", and the bytes of a
# sequence of which the rest has not arrived.
_REPEAT = re.compile(r"(.)\x1b\[(\d+)b", re.S)
_REPEAT_FIRST = re.compile(r"\x1b\[(\d+)b")
_UNFINISHED = re.compile(r"(?:.\x1b(?:\[[0-9;?]*)?|\x1b[\[(]?[0-9;?]*)$", re.S)

# Whoever was started in the background of a script ignores these two, and so would all
# that is started here; not after the fork, as a test may send one at once.
for _sig in (signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(_sig) is signal.SIG_IGN:
        signal.signal(_sig, signal.SIG_DFL)

KEYS = {"F1": "\x1bOP", "F2": "\x1bOQ", "F10": "\x1b[21~", "Up": "\x1bOA", "Down": "\x1bOB", "Right": "\x1bOC",
        "Left": "\x1bOD", "Tab": "\t", "BackTab": "\x1b[Z", "Enter": "\r", "PgUp": "\x1b[5~", "PgDn": "\x1b[6~",
        "Home": "\x1b[1~", "End": "\x1b[F", "Esc": "\x1b",
        "Space": " ", "Backspace": "\x7f", "^C": "\x03", "^L": "\x0c", "^Z": "\x1a"}


class Screen(pyte.Screen):
    """With what curses does to a part of a screen that moved: scroll its region up or down."""

    def _at_top(self, change, count):
        x, y = self.cursor.x, self.cursor.y
        self.cursor.y = self.margins.top if self.margins else 0
        change(count or 1)
        self.cursor.x, self.cursor.y = x, y

    def scroll_up(self, count=1, **_):
        self._at_top(self.delete_lines, count)

    def scroll_down(self, count=1, **_):
        self._at_top(self.insert_lines, count)


class Stream(pyte.Stream):
    csi = dict(pyte.Stream.csi, S="scroll_up", T="scroll_down")
    events = pyte.Stream.events | {"scroll_up", "scroll_down"}


class Pseudoterminal:
    def __init__(self, argv, cols=80, rows=24, term="xterm-256color", env=None, cwd=None):
        self.screen = Screen(cols, rows)
        self.stream = Stream(self.screen)
        self.raw = bytearray()
        self.rest = self.last = ""
        self.undecoded = b""
        self.status = None
        environment = dict(os.environ, TERM=term, LC_ALL="C.UTF-8",
                           XDG_CONFIG_HOME="/nonexistent/kqtop-tests")
        for name in ("LINES", "COLUMNS", "NO_COLOR", "COLORTERM"):
            environment.pop(name, None)
        environment.update(env or {})
        environment = {k: v for k, v in environment.items() if v is not None}
        # The size stands before the program starts, so that its first frame has it.
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        self.modes_before = termios.tcgetattr(slave)
        # Python forgets an interrupt that comes between fork and exec: it waits until there
        # is nobody but the system who takes it.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_SETMASK, mask - {signal.SIGINT})
                os.close(master)
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for fd in (0, 1, 2):
                    os.dup2(slave, fd)
                os.closerange(3, 64)
                if cwd:
                    os.chdir(cwd)
                os.execvpe(argv[0], argv, environment)
            finally:
                os._exit(127)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self.slave = slave  # kept open: its modes can be read after the program's end
        self.fd = master
        os.set_blocking(master, False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.poll() is None and os.environ.get("KQT_PROFILE") == "cov":
            # gcov: what a signal ends leaves no counts
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGINT)
            end = time.monotonic() + 3
            while self.poll() is None and time.monotonic() < end:
                self.read(0.01)
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        for fd in (self.slave, self.fd):
            if fd is not None:
                os.close(fd)

    def poll(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status

    def read(self, seconds):
        """Take what there is, waiting at most so long for the first of it."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EAGAIN):
                raise
            return False
        self.raw += data
        data = self.undecoded + data
        keep = 0
        for back in range(1, min(3, len(data)) + 1):  # a character cut by the read
            if data[-back] >= 0xc0:
                keep = back if back < (2 if data[-back] < 0xe0 else 3) else 0
                break
        self.undecoded = data[len(data) - keep:]
        text = self.rest + data[:len(data) - keep].decode("utf-8", "replace")
        cut = _UNFINISHED.search(text)
        self.rest = text[cut.start():] if cut else ""
        text = text[:cut.start()] if cut else text
        # the character to repeat may have come with the read before, which ended there
        first = _REPEAT_FIRST.match(text)
        if first:
            text = self.last * int(first[1]) + text[first.end():]
        text = _REPEAT.sub(lambda m: m[1] * (int(m[2]) + 1), text)
        self.stream.feed(text)
        self.last = text[-1:] or self.last
        return bool(data)

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def row(self, n):
        return self.screen.display[n].rstrip()

    def until(self, what, limit_s=LIMIT_S):
        """Read until the screen matches a pattern, or a function of it is true."""
        end = time.monotonic() + limit_s
        check = what if callable(what) else lambda t: re.search(what, t, re.M)
        while True:
            found = check(self.text())
            if found:
                return found
            left = end - time.monotonic()
            assert left > 0, f"never saw {what!r}; the screen is:\n{self.text()}"
            got = self.read(min(left, 0.05))
            assert got or self.poll() is None or check(self.text()), \
                f"ended without {what!r}; the screen is:\n{self.text()}"

    def key(self, *names):
        for name in names:
            os.write(self.fd, KEYS.get(name, name).encode())

    def resize(self, cols, rows):
        self.screen.resize(rows, cols)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def signal(self, number):
        os.kill(self.pid, number)

    def hang_up(self):
        os.close(self.slave)
        os.close(self.fd)
        self.slave = self.fd = None

    def wait(self, limit_s=LIMIT_S):
        """@return the exit status as os.waitpid has it, all output read."""
        end = time.monotonic() + limit_s
        while self.poll() is None:
            assert time.monotonic() < end, f"still running; the screen is:\n{self.text()}"
            if self.fd is None:
                select.select([], [], [], 0.01)
            else:
                self.read(0.01)
        while self.fd is not None and self.read(0.05):
            pass
        return self.status

    def assert_restored_modes(self):
        """Line discipline as before, no reports of the mouse."""
        raw = bytes(self.raw)
        for mode in (b"1000", b"1006"):
            assert raw.rfind(b"\x1b[?" + mode + b"l") >= raw.rfind(b"\x1b[?" + mode + b"h")
        assert termios.tcgetattr(self.slave)[:4] == self.modes_before[:4]

    def assert_restored(self):
        """That, cursor seen, keypad and alternate screen off."""
        raw = bytes(self.raw)
        self.assert_restored_modes()
        assert raw.rfind(b"\x1b[?25h") > raw.rfind(b"\x1b[?25l"), "cursor still hidden"
        assert raw.rfind(b"\x1b[?1049l") > raw.rfind(b"\x1b[?1049h"), "alternate screen still on"
        assert raw.rfind(b"\x1b[?1l") > raw.rfind(b"\x1b[?1h"), "keypad still on"


def live(*options, **kwargs):
    return Pseudoterminal([KQTOP, "live", *options], **kwargs)
