# SPDX-License-Identifier: MIT
"""`kqtop live --listen`: the endpoint beside the screen. What it serves: tests/cli."""
import http.client
import json
import re
import subprocess
import time

import pytest

from pseudoterminal import KQTOP, LIMIT_S, live

CARD = json.loads(subprocess.run([KQTOP, "info", "--json"], capture_output=True, check=True).stdout)
if "metrics-http" not in CARD["features"]:
    pytest.skip("built without libmicrohttpd", allow_module_level=True)


def ask(port, path):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    link.request("GET", path)
    answer = link.getresponse()
    text = answer.read().decode()
    link.close()
    return answer.status, text


def value(port, name):
    return float(re.search(rf"^{name} (\S+)$", ask(port, "/metrics")[1], re.M)[1])


def until(t, condition):
    """Poll, while what the program draws is taken from it."""
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, t.text()
        t.read(0.02)


def test_address_is_on_the_screen_and_no_key_sets_a_counter_back():
    with live("--listen", "127.0.0.1:0", "--interval", "50ms") as t:
        t.until(r"metrics at http://127\.0\.0\.1:\d+/metrics")
        port = int(re.search(r"127\.0\.0\.1:(\d+)/", "\n".join(t.screen.display))[1])
        last = value(port, "kqtop_waits_total")
        for key in ("r", "T", "u", "p", " "):
            t.key(key)
            until(t, lambda: value(port, "kqtop_waits_total") != last)  # newer ones
            now = value(port, "kqtop_waits_total")
            assert now > last
            last = now
        t.key("q")
        assert t.wait() == 0


def test_halted_engine_is_unhealthy_and_its_figures_stay():
    with live("--listen", "127.0.0.1:0", "--interval", "50ms") as t:
        t.until(r"metrics at http://127\.0\.0\.1:\d+/metrics")
        port = int(re.search(r"127\.0\.0\.1:(\d+)/", "\n".join(t.screen.display))[1])
        assert ask(port, "/healthz") == (200, "ok\n")
        t.key("z")
        until(t, lambda: ask(port, "/healthz")[0] != 200)
        assert ask(port, "/healthz") == (503, "halted: the engine does not measure\n")
        waits = value(port, "kqtop_waits_total")
        assert waits > 0 and value(port, "kqtop_running") == 0
        t.key("z")
        until(t, lambda: ask(port, "/healthz")[0] == 200)
        assert value(port, "kqtop_waits_total") >= waits
