#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Start a command on a terminal of its own, wait for kqtop's screen, press q.

    screen.py COMMAND...

What comes before the screen is shown. Exit status 0 when the screen came, the command
ended with 0, and gave the terminal back. Used for what the README promises."""

import sys

import pexpect

# to install a compiler and compile, on a slow machine and a slow network
LIMIT_S = 1800


def main():
    child = pexpect.spawn(sys.argv[1], sys.argv[2:], timeout=LIMIT_S, dimensions=(24, 80),
                          encoding="utf-8", codec_errors="replace")
    child.expect_exact(["\x1b[?1049h", pexpect.EOF])
    lines = child.before.splitlines()
    print("\n".join(lines[:4] + ["..."] * (len(lines) > 8) + lines[-4:]))
    if child.after is pexpect.EOF:
        print("it ended without a screen", file=sys.stderr)
        return 1
    while child.expect_exact(["\x1b[?1049l", pexpect.EOF, pexpect.TIMEOUT], timeout=2) == 2:
        child.send("q")
    child.expect(pexpect.EOF)
    print(child.before.strip())
    child.close()
    if child.exitstatus != 0:
        print(f"exit status {child.exitstatus}, signal {child.signalstatus}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
